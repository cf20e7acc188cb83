/* plan.h: one junction as frozen data: what its files say once they are read, checked and proved.
 * The checker (plans/) fills it, everybody else only reads it through a const pointer. No value
 * here needs another range check. Times are milliseconds, multiples of TICK_MS; -1 means "none"
 * where said. Indices (_ix) are 0-based and dense; ids are what people wrote. */
#ifndef KAVSAK_PLAN_H
#define KAVSAK_PLAN_H

#include "frame.h"
#include "types.h"

enum profile { PROFILE_TR, PROFILE_US, PROFILE_BENCH };

enum { NO_CONFLICT_MS = -1 };

/* The safety file (safety.yaml): the guard's only input besides frames. Flat int32_t, no pointers.
 */
struct safety {
    int32_t sg_count;
    int32_t profile; /* enum profile */
    int32_t site_id;
    int32_t startup_flash_ms;
    int32_t startup_yellow_ms;  /* vehicle groups, flash to red: steady yellow first; 0 none */
    int32_t startup_all_red_ms; /* at least the largest intergreen */
    int32_t sg_type[SG_MAX];    /* enum sg_type */
    /* End of green of [row] to start of green of [column]; NO_CONFLICT_MS: no entry. The green ends
     * with green-flash, or with walk for pedestrians. Presence is symmetric, values need not be. */
    int32_t intergreen_ms[SG_MAX][SG_MAX];
    int32_t permissive[SG_MAX];   /* sg_mask_t: may be green together although an entry exists */
    int32_t min_green_ms[SG_MAX]; /* includes no green-flash; for pedestrians the least walk */
    int32_t green_flash_ms[SG_MAX];
    int32_t yellow_ms[SG_MAX];     /* 0 for pedestrians */
    int32_t red_yellow_ms[SG_MAX]; /* 0: red to green at once */
    int32_t ped_clear_ms[SG_MAX];  /* pedestrians: after walk, before red */
    int32_t min_red_ms[SG_MAX];    /* red revert: least red before the same group opens again */
    int32_t max_red_ms[SG_MAX];    /* 0 none; longer is alarmed and a fault of the strategy */
    int32_t preempt_min_green_ms[SG_MAX]; /* what a preemption may cut min_green to, never less */
    int32_t flash_aspect[SG_MAX];         /* ASPECT_FLASH_YELLOW, ASPECT_FLASH_RED or ASPECT_DARK */
    struct lamp_map lamps;
};

static inline bool safety_conflict(const struct safety *s, uint32_t a, uint32_t b)
{
    return s->intergreen_ms[a][b] >= 0 && ((uint32_t)s->permissive[a] & bit32(b)) == 0;
}

struct sg {
    char name[NAME_MAX_BYTES];
    int32_t phase_id; /* 1 to 32, of all Indiana events; in ring plans the phase's own number */
};

/* lanes.yaml */

enum detector_type {
    DETECTOR_LOOP,
    DETECTOR_CAMERA,
    DETECTOR_BUTTON,
    DETECTOR_RADAR,
    DETECTOR_PRIORITY
};

/* What a detector is used for; several may be set. */
enum detector_role {
    DETECTOR_CALLS = 1 << 0,
    DETECTOR_EXTENDS = 1 << 1,
    DETECTOR_COUNTS = 1 << 2,
    DETECTOR_QUEUE = 1 << 3,
    DETECTOR_EXIT = 1 << 4, /* occupied means the exit is full */
    DETECTOR_ADDED_INITIAL = 1 << 5,
    DETECTOR_YELLOW_LOCK = 1 << 6, /* an actuation during yellow is remembered */
    /* One during red is remembered until served (NTCIP locking memory). */
    DETECTOR_RED_LOCK = 1 << 7,
    DETECTOR_BOX = 1 << 8 /* occupied means that somebody stands inside the junction: see box.h */
};

enum detector_failure {
    FAIL_AS_CALLED,  /* reads occupied: calls in red, holds fail_hold_ms in green (0: no hold) */
    FAIL_MAX_RECALL, /* its groups get maximum recall */
    FAIL_IGNORED, /* reads empty; allowed only where another detector or a recall serves its groups
                   */
    FAIL_FIXED    /* the junction steps down to its fixed plan */
};

/* A loop, radar or camera that only counts may stand upstream of where its lane begins (distance_cm
 * not below the lane's length_cm), if nothing enters or leaves between: a feeder. It sees whoever
 * comes to any lane of that approach (equal approach_deg) that begins downstream of it; which lane
 * they will take is open. */
struct detector {
    char name[NAME_MAX_BYTES];
    int32_t number;      /* 1-based channel of events 81 and 82; buttons: of 89 and 90 */
    int32_t type;        /* enum detector_type */
    int32_t roles;       /* enum detector_role */
    int32_t lane_ix;     /* -1 none */
    sg_mask_t sg;        /* groups it calls and extends */
    sg_mask_t switch_sg; /* F35: extends these instead while they are green and its own are red */
    int32_t distance_cm; /* of its near end to the stop line; exits: to where the exit begins */
    int32_t length_cm;
    int32_t delay_ms;        /* not counted while its group is green (F33) */
    int32_t extend_ms;       /* after the actuation ends, while its group is green */
    int32_t queue_limit_ms;  /* after green begins the detector is ignored; 0 none (F34) */
    int32_t no_activity_ms;  /* 0 off (F37) */
    int32_t max_presence_ms; /* 0 off (F38) */
    int32_t erratic_per_min; /* 0 off (F39) */
    int32_t stale_ms;        /* source silent this long: failed; 0 = default of its link */
    int32_t fail_action;     /* enum detector_failure */
    int32_t fail_hold_ms;
    int32_t restore_actuations; /* good actuations and */
    int32_t restore_ms;         /* time without fault before it is trusted again (F42) */
};

enum turn { TURN_THROUGH, TURN_LEFT, TURN_RIGHT, TURN_U };

struct lane {
    char name[NAME_MAX_BYTES];
    int32_t length_cm;
    int32_t speed_cmps;
    int32_t saturation_headway_ms;
    int32_t approach_deg; /* compass bearing from which it arrives, for drawings */
    bool turn_on_red;
};

struct movement {
    int32_t lane_ix;
    int32_t turn;              /* enum turn */
    sg_mask_t sg;              /* any of these green lets it go */
    int32_t share_permille;    /* of its lane's flow */
    sg_mask_t yields_to;       /* permissive foes */
    char exit[NAME_MAX_BYTES]; /* "junction/lane" downstream, or "" where vehicles leave */
    int32_t exit_length_cm;    /* to the next stop line, or to where the exit's room ends */
    int32_t exit_speed_cmps;
    int32_t exit_detector_ix; /* zone or loop (DETECTOR_EXIT) that sees whether the exit is full; -1
                                 none */
};

/* plan.yaml: relations between groups (F23). */
enum relation_kind {
    RELATION_EARLY_START, /* a opens, b not before a has been green for time_ms (leading
                             pedestrians) */
    RELATION_SAME_START,  /* a and b, both wanted, begin green on one tick */
    RELATION_FOLLOW_ON    /* after the green of a ends, b stays green for time_ms more */
};

struct relation {
    int32_t kind; /* enum relation_kind */
    int32_t sg_a_ix;
    int32_t sg_b_ix;
    int32_t time_ms;
};

enum recall {
    RECALL_NONE = 0,
    RECALL_MIN = 1 << 0,
    RECALL_MAX = 1 << 1,
    RECALL_PED = 1 << 2,
    RECALL_SOFT = 1 << 3
};

/* Stages: groups open together. A group in a stage opens only if it has demand when is_on_demand.
 */
struct stage {
    char name[NAME_MAX_BYTES];
    sg_mask_t sg;
    sg_mask_t on_demand; /* subset of sg: opened only when called (crossings) */
    stage_mask_t next;   /* stages it may change to */
    int32_t recall;      /* enum recall bits */
    int32_t passage_ms;  /* gap that ends it (actuated) */
};

/* Phases, with the names and meanings of NTCIP 1202 (reference: features F7, F11 to F21). Yellow
 * and red clearance live in the safety file; what is here may only be longer or optional. */
enum phase_option {
    PHASE_DUAL_ENTRY = 1 << 0,
    PHASE_SIMULTANEOUS_GAP = 1 << 1,
    PHASE_CONDITIONAL_SERVICE = 1 << 2,
    PHASE_REST_IN_WALK = 1 << 3,
    PHASE_RED_REST = 1 << 4,
    PHASE_GUARANTEED_PASSAGE = 1 << 5,
    PHASE_NON_ACTUATED = 1 << 6,
    PHASE_WALK_RECYCLE = 1 << 7,
    PHASE_ENABLED = 1 << 8
};

struct phase {
    char name[NAME_MAX_BYTES];
    int32_t phase_id; /* 1 to 16 */
    sg_mask_t vehicle_sg;
    sg_mask_t ped_sg;
    int32_t ring_ix;
    int32_t barrier_ix; /* barrier group; phases of two rings run together only inside one group */
    int32_t min_green_ms;
    int32_t passage_ms;
    int32_t max_green_ms[3];
    int32_t walk_ms;
    int32_t added_initial_ms; /* for each actuation during red */
    int32_t max_initial_ms;
    int32_t time_before_reduction_ms;
    int32_t time_to_reduce_ms;
    int32_t min_gap_ms;
    int32_t dynamic_max_ms; /* 0 off */
    int32_t dynamic_step_ms;
    int32_t recall;  /* enum recall bits */
    int32_t options; /* enum phase_option bits */
};

enum overlap_kind { OVERLAP_NORMAL, OVERLAP_MINUS_GREEN_YELLOW };

struct overlap {
    char name[NAME_MAX_BYTES];
    int32_t kind; /* enum overlap_kind */
    sg_mask_t sg;
    phase_mask_t parents;
    phase_mask_t
        modifiers; /* OVERLAP_MINUS_GREEN_YELLOW: closed while one of these is green or yellow */
    int32_t trail_green_ms;
};

/* Order of phases in one ring, grouped by barrier: barrier_ix never falls along the list. */
struct ring_order {
    int32_t count;
    int32_t phase_ix[PHASE_MAX];
};

enum coord_reference { /* which instant of the coordinated phases the offset names (F54) */
                       COORD_REF_FIRST_GREEN_BEGIN,
                       COORD_REF_LAST_GREEN_BEGIN,
                       COORD_REF_FIRST_GREEN_END,
                       COORD_REF_LAST_GREEN_END
};

enum coord_correction { COORD_DWELL, COORD_SHORTWAY, COORD_ADD_ONLY, COORD_SUBTRACT_ONLY };

enum split_mode {
    SPLIT_NONE,
    SPLIT_MIN_RECALL,
    SPLIT_MAX_RECALL,
    SPLIT_PED_RECALL,
    SPLIT_MAX_PED_RECALL,
    SPLIT_OMIT,
    SPLIT_NON_ACTUATED
};

struct pattern_step { /* stage plans; start of its wanted time to start of the next */
    int32_t stage_ix;
    int32_t duration_ms; /* fixed and coordinated: share of the cycle; sums to cycle_ms */
    int32_t min_ms;      /* actuated, adaptive: bounds of the stage's green */
    int32_t max_ms;
};

/* A timing plan as people know it ("plan 5"): called pattern here, as in NTCIP, because struct plan
 * is the whole junction. */
struct pattern {
    char name[NAME_MAX_BYTES];
    int32_t pattern_id; /* 1 to 255 */
    int32_t strategy; /* STRATEGY_FIXED, _ACTUATED, _COORDINATED, _ADAPTIVE, or _FLASH, _ALL_RED */
    int32_t cycle_ms; /* 0 in free running patterns */
    int32_t offset_ms;
    int32_t reference;          /* enum coord_reference */
    int32_t correction;         /* enum coord_correction */
    int32_t correction_max_pct; /* of the cycle, per cycle */
    int32_t dwell_max_ms;
    int32_t step_count;
    struct pattern_step step[PATTERN_STEP_MAX];
    int32_t coord_step_ix; /* stage plans: the step whose start the offset names */
    phase_mask_t coord_phases;
    bool force_off_is_floating;
    int32_t max_set;       /* 0 to 2: which of the three maximums */
    bool max_is_inhibited; /* coordinated: the maximum does not end greens, the force-off does */
    bool ped_may_overrun;  /* coordinated: a walk that its split cannot hold is served all the same,
                              and the cycle waits for it */
    int32_t split_ms[PHASE_MAX];
    int32_t split_mode[PHASE_MAX]; /* enum split_mode */
    struct ring_order ring[RING_MAX];
};

struct day_event {
    int32_t start_ms; /* of the local day */
    int32_t pattern_ix;
};

struct day_plan {
    char name[NAME_MAX_BYTES];
    int32_t event_count;
    struct day_event event[DAY_EVENT_MAX]; /* by start_ms, first at 0 */
};

struct week_plan {
    char name[NAME_MAX_BYTES];
    int32_t day_plan_ix[7]; /* Monday first */
};

struct season { /* inclusive, yearly; later entries win */
    int32_t from_month, from_day, to_month, to_day;
    int32_t week_plan_ix;
};

struct special_day { /* one date, or every year if year is 0 */
    int32_t year, month, day;
    int32_t day_plan_ix;
};

struct one_off {
    wall_t from, until;
    int32_t pattern_ix;
};

struct schedule {
    int32_t day_plan_count, week_plan_count, season_count, special_day_count, one_off_count;
    struct day_plan day_plan[DAY_PLAN_MAX];
    struct week_plan week_plan[WEEK_PLAN_MAX];
    struct season season[SEASON_MAX];
    struct special_day special_day[SPECIAL_DAY_MAX];
    struct one_off one_off[ONE_OFF_MAX];
};

/* Bounds of the fallback ladder. */
struct ladder {
    int32_t failed_detectors_pct; /* this share of calling detectors failed: actuated steps down to
                                     fixed */
    int32_t step_up_ms;           /* healthy this long before a step up */
    int32_t
        fallback_pattern_ix; /* the fixed plan to fall to where the running one has no durations */
};

struct plan {
    struct safety safety;
    uint64_t safety_hash; /* first 64 bits of BLAKE2b of the safety file's bytes */
    uint64_t plan_hash;   /* the same over all files */
    char junction_name[NAME_MAX_BYTES];
    char node[64];    /* "<city>/<junction>", RSMP node id */
    char zone[32];    /* tz database name */
    int32_t sg_count; /* = safety.sg_count */
    struct sg sg[SG_MAX];
    int32_t detector_count, lane_count, movement_count, relation_count, stage_count, phase_count,
        overlap_count, pattern_count;
    struct detector detector[DETECTOR_MAX];
    struct lane lane[LANE_MAX];
    struct movement movement[MOVEMENT_MAX];
    struct relation relation[RELATION_MAX];
    /* Exactly one of stage_count and phase_count is above zero. */
    struct stage stage[STAGE_MAX];
    struct phase phase[PHASE_MAX];
    struct overlap overlap[OVERLAP_MAX];
    struct pattern pattern[PATTERN_MAX];
    int32_t startup_stage_ix;    /* first stage after all-red */
    phase_mask_t startup_phases; /* or first phases */
    struct schedule schedule;
    struct ladder ladder;
};

static inline bool plan_is_staged(const struct plan *p)
{
    return p->stage_count > 0;
}

#endif
