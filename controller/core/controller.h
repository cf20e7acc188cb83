/* controller.h: puts the core together: lease and link, detectors, calls, commands, mode, strategy,
 * sequencer. Branches here, computes in the leaves. Never looks at the guard's state: the guard
 * tells it of a trip through controller_fail(). Owned by struct junction. */
#ifndef KAVSAK_CONTROLLER_H
#define KAVSAK_CONTROLLER_H

#include "call.h"
#include "coord.h"
#include "detector.h"
#include "lease.h"
#include "manual.h"
#include "mode.h"
#include "ring.h"
#include "sequencer.h"
#include "stage.h"

struct controller {
    const struct plan *plan;
    const struct plan *offered; /* waits for a safe point; NULL none */
    struct lease lease;
    struct detectors detectors;
    struct calls calls;
    struct recalls recalls;
    struct mode_state mode;
    struct manual manual;
    struct coord coord;
    struct stages stages;
    struct rings rings;
    struct sequencer sequencer;
    struct wanted wanted;
    int32_t pattern_ix;
    uint16_t seq;
    uint32_t alarms; /* bit = enum alarm */
    int32_t ticks_unconfirmed;
    struct tick tick;
};

void controller_init(struct controller *c, const struct plan *p, mono_t now);
void controller_step(struct controller *c, const struct input_frame *in, mono_t now,
                     struct output_frame *out, struct event_list *events);
void controller_fail(struct controller *c, int32_t guard_fault, struct event_list *events);

#endif
