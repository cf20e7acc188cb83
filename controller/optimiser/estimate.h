/* estimate.h: from detectors to vehicles: for each lane who waits and who comes when, learned
 * headway, start-up loss, turning shares and speeds, and what the exits can take. Uses counts,
 * occupancies and camera zones of the cabinet's own detectors and neighbours' messages, nothing
 * else; what is failed is substituted and says so. Sources: docs/optimiser.md. Fed once a tick,
 * never allocates. Owned by struct optimiser. */
#ifndef KAVSAK_ESTIMATE_H
#define KAVSAK_ESTIMATE_H

#include "detector.h"
#include "snapshot.h"

enum {
    ESTIMATE_VEHICLES_MAX = 64,
    ESTIMATE_SENDERS_MAX = 8 /* neighbours that feed one lane */
};

/* What a tick brings. */
struct estimate_view {
    const struct detectors *detectors;
    const struct input_frame *in;
    sg_mask_t green;   /* groups that show green in the present frame */
    sg_mask_t flowing; /* and those in yellow, where vehicles still pass */
    mono_t now;
};

/* Everything inside is the module's own; a struct so that it can be stored, copied, compared. */
#include "estimate_state.h"

void estimate_init(struct estimate *e, const struct layout *l, mono_t now);
void estimate_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v);
/* Fills lanes and exits of a snapshot; the signals' part is its caller's. */
void estimate_fill(const struct estimate *e, const struct layout *l, mono_t now,
                   struct snapshot *s);

#endif
