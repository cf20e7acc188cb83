/* search.h: looks for the best sequence of options over a horizon: each second stay, or start the
 * change to another option. A beam for each option, integer time and cost, a budget of nodes and no
 * clock, so that the same snapshot gives the same decision on any machine. Never proposes to leave
 * before a minimum, to stay beyond a maximum or maximum red, or to go where the plan forbids. Pure;
 * works on the caller's stack. Method and measured quality: docs/optimiser.md. */
#ifndef KAVSAK_SEARCH_H
#define KAVSAK_SEARCH_H

#include "snapshot.h"

enum {
    SEARCH_HORIZON_MAX_S = 60,
    SEARCH_TIMELINE_MAX = 16 /* segments of a planned sequence */
};

/* One published set for all junctions (search_settings_default); costs in vehicle-centiseconds. */
struct search_settings {
    int32_t horizon_s;
    int32_t decision_s;         /* changes begin at multiples of it only, from now on */
    int32_t beam;               /* nodes kept for each of eight options; of fewer up to twice it */
    int32_t node_budget;        /* expansions of one search */
    int32_t stop_cs;            /* cost of a stop of a vehicle that was moving */
    int32_t switch_cs;          /* of each change of option */
    int32_t terminal_cs;        /* of each vehicle not served at the end */
    int32_t terminal_delay_pct; /* of the time until its lane could next be served, for them */
    int32_t max_wait_cs;        /* beyond it waiting costs more: */
    int32_t max_wait_weight;    /* sixteenths added to the weight */
    int32_t ped_weight;         /* sixteenths of a car for each pedestrian call */
};

const struct search_settings *search_settings_default(void);

/* Terms of a cost, vehicle-centiseconds. */
struct search_cost {
    int32_t delay_cs, stops_cs, switches_cs, terminal_cs, waits_cs, peds_cs, blocked_cs;
};

static inline int32_t search_cost_sum(const struct search_cost *c)
{
    return c->delay_cs + c->stops_cs + c->switches_cs + c->terminal_cs + c->waits_cs + c->peds_cs +
           c->blocked_cs;
}

enum search_binding { /* what kept the best plan from being better, or decided alone */
                      BINDING_NONE,
                      BINDING_ON_THE_WAY, /* a change runs: nothing to decide */
                      BINDING_MIN_GREEN,
                      BINDING_MAX_GREEN,
                      BINDING_MAX_RED,
                      BINDING_PEDESTRIANS, /* walk or clearance holds */
                      BINDING_NO_DEMAND,   /* nobody else waits or comes */
                      BINDING_EXIT_FULL,
                      BINDING_STARVING, /* the supervisor restricted the choice */
                      BINDING_COUNT
};

struct search_segment {
    int16_t option_ix;
    int16_t from_s; /* the change to it starts */
};

struct search_alternative { /* the best plan that begins with going to an option (or staying) */
    bool is_possible;
    struct search_cost cost;
    int32_t leave_in_s; /* plans that stay: for how long */
};

struct search_result {
    int32_t option_ix;                                   /* to be in now */
    int32_t binding;                                     /* enum search_binding */
    int32_t binding_sg_ix;                               /* the group it speaks of, -1 */
    struct search_alternative alternative[STAGE_MAX];    /* by option_ix; its own: stay */
    struct search_segment timeline[SEARCH_TIMELINE_MAX]; /* of the best plan, first at 0 */
    int32_t timeline_count;
    int32_t nodes;
    bool was_cut; /* the budget ended the search before the horizon's end */
};

/* What the supervisor lets the search choose from. */
struct search_limits {
    uint32_t allowed;    /* bit = option_ix it may go to; staying too if its bit is set */
    int32_t stay_max_cs; /* leave by then, SNAPSHOT_NEVER_CS: no limit but the plan's */
    bool is_throughput;  /* oversaturated: stops do not count */
};

/* previous: the result of one decision ago, or NULL; its plan is tried first (warm start). */
void search_run(const struct snapshot *s, const struct search_settings *settings,
                const struct search_limits *limits, const struct search_result *previous,
                struct search_result *result);

/* Vehicles that a sequence of options releases into each exit in each second, thousandths of a
 * vehicle: what neighbours are told. */
void search_outflow(const struct snapshot *s, const struct search_segment *timeline, int32_t count,
                    uint16_t mveh[LAYOUT_EXIT_MAX][SEARCH_HORIZON_MAX_S]);

#endif
