/* cabinet_link.h: the wire between one junction and its cabinet: one transaction a tick with the newest
 * output frame, at most one repetition inside the tick (rule S-6), replies matched by ticket. Turns the
 * cabinet's registers into its view and detector inputs, each with its age. Never makes a sequence number
 * and never waits. Owned by struct unit. */
#ifndef KAVSAK_CABINET_LINK_H
#define KAVSAK_CABINET_LINK_H

#include "cabinet.h"
#include "plan.h"
#include "site.h"
#include "world.h"

enum { CABINET_HASH_CHECK_MS = 60000 };

struct cabinet_link {
    uint32_t link_ix; /* of the world */
    const struct site_link *site;
    struct modbus_request request; /* of this tick */
    bool is_under_way;
    bool may_repeat;
    bool has_state;
    struct cabinet_state state; /* last good one */
    mono_t state_at;            /* when it was complete */
    bool is_fresh;              /* since the last gather */
    mono_t hash_checked_at;
    bool hash_was_checked;
    uint64_t ok, failed, late; /* late: replies to tickets given up */
};

void cabinet_link_init(struct cabinet_link *c, uint32_t link_ix, const struct site_link *site);

/* Takes the replies that are there. now never lies before the last call's. */
void cabinet_link_receive(struct cabinet_link *c, const struct world *world, mono_t now);

/* What the tick may know: the view, and the detectors wired to cabinet inputs. */
void cabinet_link_gather(struct cabinet_link *c, const struct plan *plan, const struct site *site,
                         mono_t now, struct input_frame *in);

/* Starts this tick's transaction: a write-and-read, or a read alone while the frame may not be written.
 * If the last one is still under way it is given up: its reply will be stale. */
void cabinet_link_send(struct cabinet_link *c, const struct world *world, const struct plan *plan,
                       const struct output_frame *out);

/* Between ticks: if this tick's transaction has failed, repeats it, once. */
void cabinet_link_repeat(struct cabinet_link *c, const struct world *world, mono_t now);

/* At the first state and then every CABINET_HASH_CHECK_MS: true if the cabinet was wired for another
 * safety file than the plan's. The lease refuses such a cabinet on every tick; this is for the alarm. */
bool cabinet_link_hash_differs(struct cabinet_link *c, const struct plan *plan, mono_t now);

#endif
