/* search_model.h: how search expects a junction to go on: a queue for each lane that discharges at
 * its headway while a movement of it is green, exits that fill, changes that take their time. One
 * step is a second. The beam, the exact solver of the tests, the warm start and the outflow all use
 * this one transition, so that a test of the search is about search and not about models. Inner
 * header: search_model.c prepares, search_step.c steps, search.c looks. Decides nothing; method and
 * sources: docs/optimiser.md.
 *
 * Costs are counted in sixteenths of vehicle-centiseconds and backwards: what would be lost if
 * nobody ever moved is a constant, and every departure saves its share of it. So a step looks only
 * at lanes that flow. */
#ifndef KAVSAK_SEARCH_MODEL_H
#define KAVSAK_SEARCH_MODEL_H

#include "search.h"

enum {
    MODEL_EXITS_MAX = 8,    /* exits that could fill within the horizon; others are free */
    MODEL_NONE = STAGE_MAX, /* as an option: no green; as what a change comes from: the change that
                               runs at the beginning */
    MODEL_ROWS = STAGE_MAX + 1,
    MODEL_NO_LIMIT_S = UINT8_MAX,
    MODEL_ROOT_FIRST = UINT8_MAX, /* has not changed yet */
    MODEL_STEP_CS = 100,
    /* Of yellow, as the instances do by which the method was chosen; SUMO's drivers use more. */
    MODEL_YELLOW_USED_CS = 100,
    MODEL_ROLLING_CS = 150, /* who departs so soon after arriving has not stopped */
    MODEL_EXIT_UNIT = 64,   /* of a vehicle's place in an exit */
    /* A group that is red beyond its maximum costs as much as so many waiting vehicles. */
    MODEL_RED_WEIGHT = 64 * SNAPSHOT_WEIGHT_ONE,
    /* Of each second until all of an option is green, when nodes are compared: two vehicles that
     * could have gone, with eight seconds each (docs/optimiser.md has what other prices do). */
    MODEL_SETTLE_PRICE = 6400
};

struct model_movement {
    lane_mask_t foes; /* slots */
    sg_mask_t sg, foe_peds;
    int32_t share_permille;
    int32_t exit_slot; /* -1 free */
    int32_t exit_ix;   /* of the layout */
};

/* A lane that somebody stands on or comes to; its index is a slot. */
struct model_lane {
    struct model_movement movement[LAYOUT_MOVEMENTS_MAX];
    sg_mask_t sg;
    int32_t movement_count, lane_ix, count, headway_cs, start_loss_cs;
    uint8_t due[SEARCH_HORIZON_MAX_S + 1]; /* vehicles with eta before each second */
    int16_t eta_cs[SNAPSHOT_VEHICLES_MAX];
    uint16_t weight[SNAPSHOT_VEHICLES_MAX];          /* sixteenths, the lane's own weight in them */
    uint8_t size[SNAPSHOT_VEHICLES_MAX];             /* sixteenths of a car, as it fills an exit */
    bool may_stop[SNAPSHOT_VEHICLES_MAX];            /* a stop can still be saved */
    int32_t weight_after[SNAPSHOT_VEHICLES_MAX + 1]; /* of this and all later vehicles */
};

struct model_option {
    lane_mask_t serves;  /* slots */
    sg_mask_t sg, walks; /* walks: crossings on demand */
    uint32_t next;
    int32_t max_s; /* MODEL_NO_LIMIT_S: none */
};

struct model_change {
    sg_mask_t keeps, opens, closes;
    uint16_t open_cs[SG_MAX];
    uint16_t walk_hold_cs; /* from the end of a walk on demand to the greens that wait for it */
    uint8_t settle_s;      /* all of it is green */
    uint8_t leave_s;       /* and may be left */
    uint8_t min_s;         /* the same from when all is green */
};

struct model {
    const struct snapshot *snapshot;
    const struct search_settings *settings;
    int32_t horizon_s, lane_count, exit_count, option_count;
    uint32_t allowed; /* of the first change */
    bool may_stay;
    int32_t stay_max_s; /* of the first option, as the supervisor wants it */
    int64_t base;       /* what is lost if nobody ever moves */
    int64_t base_delay_cs, base_stops_cs, base_waits_cs, base_peds_cs;
    int32_t stop_cs;
    lane_mask_t slots_of_sg[SG_MAX];
    int32_t called_weight[SG_MAX]; /* of a waiting call, sixteenths */
    int16_t wait_limit_cs[SG_MAX], red_limit_cs[SG_MAX];
    uint16_t flow_cs[SG_MAX], root_flow_cs[SG_MAX];
    uint64_t key[LANE_MAX];                                   /* of departures, for the hash */
    uint16_t exit_cap[MODEL_EXITS_MAX][SEARCH_HORIZON_MAX_S]; /* by second, 1/64 vehicle */
    uint8_t exit_of_slot[MODEL_EXITS_MAX];
    uint8_t via[MODEL_ROWS][STAGE_MAX]; /* first step of the shortest way, MODEL_NONE: no way */
    lane_mask_t gains[MODEL_ROWS][STAGE_MAX]; /* slots that go better in the second */
    uint16_t reach_cs[MODEL_ROWS][LANE_MAX];  /* from an option to green for a slot */
    struct model_lane lane[LANE_MAX];
    struct model_option option[MODEL_ROWS];
    struct model_change change[MODEL_ROWS][MODEL_ROWS];
};

struct model_node {
    int64_t saved;     /* settled for good: stops, waits, calls, less switches */
    int64_t gone_at;   /* sum of weight x departure */
    uint64_t hash;     /* of who has gone */
    int32_t gone;      /* sum of weights */
    sg_mask_t go;      /* let vehicles pass in the last second */
    sg_mask_t pending; /* groups that are waited for and have not been green */
    uint8_t option, from;
    uint8_t since_s, settle_s, leave_s, max_s, hold_s, walk_end_s; /* of the change */
    uint8_t first;            /* option of the first change, or MODEL_ROOT_FIRST */
    uint8_t next[LANE_MAX];   /* vehicles gone */
    uint8_t passed[LANE_MAX]; /* of lanes where only some may go: since all could */
    uint16_t ready_cs[LANE_MAX];
    uint16_t entered[MODEL_EXITS_MAX]; /* 1/64 vehicle */
};

/* What a plan costs, term by term, and what it lets out. Filled beside a step, if wanted. */
struct model_ledger {
    int64_t delay_cs, stops, switches, waits, peds, blocked, terminal;
    uint16_t (*outflow_mveh)[SEARCH_HORIZON_MAX_S]; /* by exit_ix, or NULL */
};

/* Whole seconds, upwards. */
static inline int32_t model_to_s(int32_t cs)
{
    const int32_t s = (max_i32(cs, 0) + MODEL_STEP_CS - 1) / MODEL_STEP_CS;
    return min_i32(s, MODEL_NO_LIMIT_S - 1);
}

void model_init(struct model *m, const struct snapshot *s, const struct search_settings *settings,
                const struct search_limits *limits);
void model_root(const struct model *m, struct model_node *n);

/* Where it may go at second t_s; 0: it has to stay, or nobody would gain. */
uint32_t model_choices(const struct model *m, const struct model_node *n, int32_t t_s);
/* It has to leave, if it has a choice. */
bool model_must_leave(const struct model *m, const struct model_node *n);

/* The second t_s, spent staying (option_ix is the parent's) or beginning a change. The child may
 * not be the parent. */
void model_step(const struct model *m, const struct model_node *parent, int32_t t_s,
                uint32_t option_ix, struct model_node *child, struct model_ledger *ledger);

/* Cost so far and a price for those who still wait and for what is left of a change: for comparing
 * nodes of one second. */
static inline int64_t model_score(const struct model *m, const struct model_node *n, int32_t t_s)
{
    const int64_t until_cs = (int64_t)t_s * MODEL_STEP_CS + m->settings->terminal_cs;
    const int32_t settle_s = n->settle_s > n->since_s ? n->settle_s - n->since_s : 0;
    return n->gone_at - until_cs * n->gone - n->saved + (int64_t)settle_s * MODEL_SETTLE_PRICE;
}

/* Cost of a plan that has come to the horizon, in sixteenths of vehicle-centiseconds. */
int64_t model_cost(const struct model *m, const struct model_node *n);

void model_ledger_begin(const struct model *m, struct model_ledger *ledger);
void model_ledger_end(const struct model *m, const struct model_node *n,
                      struct model_ledger *ledger, struct search_cost *cost);

/* Equal states have equal hashes: who has gone, where it is and since when. */
static inline uint64_t model_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t model_hash(const struct model_node *n)
{
    const uint64_t place = (uint64_t)n->option | (uint64_t)n->from << 8 |
                           (uint64_t)n->since_s << 16 | (uint64_t)n->leave_s << 24 |
                           (uint64_t)n->hold_s << 32 | (uint64_t)n->walk_end_s << 40 |
                           (uint64_t)n->max_s << 48;
    return model_mix(n->hash + place * UINT64_C(0x9e3779b97f4a7c15)) + n->pending;
}

#endif
