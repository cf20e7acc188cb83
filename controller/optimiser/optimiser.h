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

/* As the junctions of a process run it, one tick after another. */
static inline struct optimiser_settings optimiser_settings_of(uint32_t junction_ix)
{
    return (struct optimiser_settings){ .slot_tick = (int32_t)(junction_ix % (1000 / TICK_MS)),
                                        .interval_s = 1,
                                        .hears_neighbours = true };
}

struct optimiser {
    const struct plan *plan; /* that layout was made from */
    struct optimiser_settings settings;
    struct layout layout;
    struct estimate estimate;
    struct supervise supervise;
    struct search_result result; /* of the last decision; option_ix -1: none to go on from */
    struct decision decision;    /* the same, to be told; decision.number counts */
    struct advice advice;
    uint16_t outflow_mveh[LAYOUT_EXIT_MAX][NEIGHBOUR_BINS]; /* of the decision's plan */
    uint8_t room_vehicles[LANE_MAX];                        /* as the decision saw the lanes */
    int32_t pattern_ix;
    uint32_t degraded; /* enum adaptive_limit bits, as last told */
    int32_t healthy_ms;
    int32_t unheard_ms; /* since a neighbour was heard; AGE_MAX_MS: never */
    mono_t stepped_at, fed_at;
    int64_t ticks;
    bool is_relevant; /* some pattern of the plan is adaptive: learn at all times */
    bool has_exits;   /* into other junctions */
};

void optimiser_init(struct optimiser *o, const struct plan *p, mono_t now);
void optimiser_set(struct optimiser *o, const struct optimiser_settings *settings);

/* REASON_NONE: it can run this plan with these inputs. */
enum reason optimiser_fault(const struct optimiser *o, const struct input_frame *in);

/* One tick, after the controller has read the street and before it moves the signals. Emits 1029
 * when the adaptive strategy has to do with less than everything, or no longer has to. */
void optimiser_step(struct optimiser *o, const struct controller *c, const struct input_frame *in,
                    mono_t now, struct event_list *events);

/* What this junction has to say to the next ones since the last decision: messages made in it, at
 * most room, the number returned: NEIGHBOUR_INFLOW for each exit into another junction, and
 * NEIGHBOUR_ROOM for each lane. Called after a tick on which decision.number changed. */
uint32_t optimiser_messages(const struct optimiser *o, const struct plan *p, wall_t wall,
                            struct neighbour_message *message, uint32_t room);

#endif
