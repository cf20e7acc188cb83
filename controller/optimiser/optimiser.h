/* optimiser.h: the adaptive strategy whole: each tick it feeds the estimator, on its second it
 * takes a snapshot, asks supervisor and search, and turns the result into advice for the core,
 * messages for the neighbours and a decision that explains itself. Pure: state, inputs and now in,
 * advice out. Owned by struct junction. */
#ifndef KAVSAK_OPTIMISER_H
#define KAVSAK_OPTIMISER_H

#include "advice.h"
#include "controller.h"
#include "decision.h"
#include "estimate.h"
#include "search.h"
#include "supervise.h"

struct optimiser_settings {
    int32_t slot_tick;     /* 0 to 9: junction k of a process decides on tick k mod 10 */
    int32_t interval_s;    /* between decisions, 1; 10 for comparison with learned controllers */
    bool hears_neighbours; /* false: as if all were silent */
};

struct optimiser {
    struct optimiser_settings settings;
    struct layout layout;
    struct estimate estimate;
    struct supervise supervise;
    struct search_result result; /* of the last decision */
    struct decision decision;    /* the same, to be told; decision.number counts */
    struct advice advice;
    uint64_t plan_hash; /* of the plan that layout was made from */
    int32_t pattern_ix;
    int64_t ticks;
};

void optimiser_init(struct optimiser *o, const struct plan *p, mono_t now);
void optimiser_set(struct optimiser *o, const struct optimiser_settings *settings);

/* One tick, after the controller has read the street and before it moves the signals. */
void optimiser_step(struct optimiser *o, const struct controller *c, const struct input_frame *in,
                    mono_t now);

/* What this junction has to say to the next ones since the last decision: messages made in it, at
 * most room, the number returned. ix counts through movements with an exit into another junction
 * (NEIGHBOUR_INFLOW) and lanes (NEIGHBOUR_ROOM). Called after a tick on which decision.number
 * changed. */
uint32_t optimiser_messages(const struct optimiser *o, const struct plan *p, wall_t wall,
                            struct neighbour_message *message, uint32_t room);

#endif
