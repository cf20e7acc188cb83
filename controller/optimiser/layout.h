/* layout.h: what estimator and search need to know of a junction, derived once from its plan and
 * pattern: which lanes there are, who lets them go, whom they yield to, where they lead, what sees
 * them, and the choices of where to be ("options": the stages of a stage plan, the compatible sets
 * of phases of a ring plan). Frozen between plans. Decides nothing. */
#ifndef KAVSAK_LAYOUT_H
#define KAVSAK_LAYOUT_H

#include "plan.h"

enum {
    LAYOUT_EXIT_MAX = 32,
    LAYOUT_COUNTERS_MAX = 4, /* loops of one lane that count, stop line included */
    LAYOUT_FEEDERS_MAX = 16, /* approaches that are seen upstream of their lanes */
    LAYOUT_FEEDER_EYES = 6,  /* loops of one of them, and zones */
    LAYOUT_MOVEMENTS_MAX = 6 /* of one lane */
};

typedef uint64_t lane_mask_t; /* bit = lane_ix */

struct layout_movement {
    sg_mask_t sg; /* any of these green lets it go */
    int32_t share_permille;
    lane_mask_t foes;   /* lanes whose traffic it has to wait for while they have green */
    sg_mask_t foe_peds; /* pedestrian groups it yields to */
    int32_t exit_ix;    /* -1: leads nowhere that can be full */
    int32_t movement_ix;
};

struct layout_counter {
    int32_t detector_ix;
    int32_t distance_cm;
};

struct layout_lane {
    struct layout_movement movement[LAYOUT_MOVEMENTS_MAX];
    int32_t movement_count;
    sg_mask_t sg;        /* of all its movements */
    int32_t approach_ix; /* lanes that come the same way: they share arrivals from a neighbour */
    int32_t length_cm, speed_cmps, headway_ms;
    struct layout_counter counter[LAYOUT_COUNTERS_MAX]; /* nearest to the stop line first */
    int32_t counter_count;
    int32_t zone_ix; /* detector_ix of a camera zone that begins at the stop line, -1 none */
    int32_t zone_length_cm;
};

struct layout_zone {
    int32_t detector_ix;
    int32_t begin_cm, length_cm; /* begin: its end nearer to the stop line */
};

/* What sees an approach upstream of where its lanes begin. */
struct layout_feeder {
    int32_t approach_ix;
    lane_mask_t lanes; /* that begin downstream of it */
    struct layout_counter counter[LAYOUT_FEEDER_EYES];
    struct layout_zone zone[LAYOUT_FEEDER_EYES];
    int32_t counter_count, zone_count;
    int32_t begin_cm, end_cm; /* from the stop line to its nearest and farthest sight */
};

struct layout_exit {
    int32_t detector_ix; /* -1 none */
    int32_t length_cm, speed_cmps;
    int32_t storage_vehicles;
};

/* Somewhere to be. */
struct layout_option {
    sg_mask_t sg;           /* groups open, those on demand included */
    sg_mask_t on_demand;    /* of them: only when called */
    uint32_t next;          /* bit = option_ix it may change to */
    int32_t stage_ix;       /* stage plans, else -1 */
    phase_mask_t phases;    /* ring plans, else 0 */
    int32_t min_ms, max_ms; /* of its green as a whole; max 0: none */
};

/* Early starts: sg_b not before sg_a has been green for time_ms, if both open. */
struct layout_lead {
    int32_t sg_a_ix, sg_b_ix, time_ms;
};

struct layout {
    int32_t lane_count, exit_count, option_count, sg_count, approach_count, feeder_count;
    struct layout_lane lane[LANE_MAX];
    struct layout_feeder feeder[LAYOUT_FEEDERS_MAX];
    struct layout_exit exit[LAYOUT_EXIT_MAX];
    struct layout_option option[STAGE_MAX];
    sg_mask_t peds;
    /* From the decision to close [row] to green of [column], green flash and red-yellow included,
     * as the sequencer needs it; -1: they need not wait for each other. [i][i]: until the same
     * group can be green again. */
    int32_t clear_ms[SG_MAX][SG_MAX];
    int32_t open_ms[SG_MAX];        /* from the decision to open a group that waits for nobody */
    int32_t green_flash_ms[SG_MAX]; /* vehicles still pass in it */
    int32_t lead_count;
    struct layout_lead lead[RELATION_MAX];
    int32_t min_green_ms[SG_MAX];
    int32_t yellow_ms[SG_MAX];
    int32_t ped_clear_ms[SG_MAX];
    int32_t max_red_ms[SG_MAX]; /* 0 none */
};

/* lane[] has the plan's own lane_ix; lanes without groups have no movements. Options beyond
 * STAGE_MAX are left out: what is left out is never chosen, and served by the core's own rules.
 * pattern_ix names the bounds: its steps' minimums and maximums, or its set of maximum greens. */
void layout_init(struct layout *l, const struct plan *p, int32_t pattern_ix);

/* The option that the core is in, -1 if it is in none. */
int32_t layout_find_stage(const struct layout *l, int32_t stage_ix);
int32_t layout_find_phases(const struct layout *l, phase_mask_t phases);

#endif
