/* controller.h: puts the core together: lease and link, detectors, calls, commands, mode, strategy,
 * sequencer. Branches here, computes in the leaves. Never looks at the guard's state: the guard
 * tells it of a trip through controller_fail(). Owned by struct junction. */
#ifndef KAVSAK_CONTROLLER_H
#define KAVSAK_CONTROLLER_H

#include "advice.h"
#include "box.h"
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
    struct box box;
    struct wanted wanted;
    struct tick tick;
    struct output_frame last; /* as it left at the tick before, the guard's word included */
    int32_t pattern_ix;
    int32_t manual_stage_ix; /* where the last manual step leads, -1: stay */
    int32_t steady_ms;       /* time the present strategy had to serve everybody */
    uint32_t alarms;         /* bit = enum alarm */
    sg_mask_t max_red_told;
    uint16_t seq;
    bool has_started; /* the first tick is past */
    bool was_stopped_time;
};

void controller_init(struct controller *c, const struct plan *p, mono_t now);

/* First half of a tick: the clocks, the street, what people and calendar ask for; chooses who
 * chooses. adaptive_fault: enum reason why the optimiser cannot run, REASON_NONE: it can. */
void controller_observe(struct controller *c, const struct input_frame *in, mono_t now,
                        enum reason adaptive_fault, struct event_list *events);

/* Second half: moves the signals. advice is followed while the adaptive strategy is in force and it
 * is valid and young; NULL: none. Fills out whole; it is final only when the guard has seen it. */
void controller_step(struct controller *c, const struct input_frame *in,
                     const struct advice *advice, struct output_frame *out,
                     struct event_list *events);

/* The guard refused the frame of this tick, or its state was found corrupt: out becomes flash, asks
 * the cabinet to latch, and nothing but a reset at the cabinet leads back. */
void controller_fail(struct controller *c, enum reason reason, struct output_frame *out,
                     struct event_list *events);

/* The lamps are ours: the frame of this tick is obeyed and has to be judged. */
bool controller_is_in_charge(const struct controller *c);

/* After the frame of a tick: takes the offered plan if this is a safe point. */
void controller_take_offer(struct controller *c, struct event_list *events);

#endif
