#include "format.h"

/* One key a row; the columns are those of struct field. */

#define AT(record, member) (int32_t) offsetof(struct record, member), 0
#define AT_SG(member)      (int32_t) offsetof(struct safety, member), (int32_t)sizeof(int32_t)
#define NOWHERE            FIELD_NOWHERE, 0
#define NO_RANGE           0, 0

enum {
    S = 1000, /* one second, in ms */
    MIN = 60 * S,
    M = 100,           /* one metre, in cm */
    LONG_MS = 3600 * S /* no interval of a signal is longer */
};

const char *const words_profile[] = { "tr", "us", "bench", NULL };
const char *const words_sg_type[] = {
    "vehicle", "arrow", "bus", "tram", "pedestrian", "cycle", NULL
};
static const char *const words_flash[] = { "dark", "yellow", "red", NULL };
static const char *const words_together[] = { "never", "permissive", NULL };
static const char *const words_turn[] = { "through", "left", "right", "u_turn", NULL };
static const char *const words_detector[] = {
    "loop", "camera", "button", "radar", "priority", NULL
};
static const char *const words_role[] = { "calls",       "extends",  "counts",
                                          "queue",       "exit",     "added_initial",
                                          "yellow_lock", "red_lock", "box",
                                          NULL };
static const char *const words_failure[] = { "called", "max_recall", "ignored", "fixed_plan",
                                             NULL };
static const char *const words_recall[] = { "min", "max", "pedestrian", "soft", NULL };
static const char *const words_option[] = {
    "dual_entry",   "simultaneous_gap", "conditional_service",
    "rest_in_walk", "red_rest",         "guaranteed_passage",
    "non_actuated", "walk_recycle",     NULL
};
static const char *const words_overlap[] = { "normal", "minus_green_yellow", NULL };
static const char *const words_relation[] = { "early_start", "same_start", "follow_on", NULL };
static const char *const words_strategy[] = { "flash",       "all_red",  "fixed", "actuated",
                                              "coordinated", "adaptive", NULL };
static const char *const words_reference[] = { "first_green_begin", "last_green_begin",
                                               "first_green_end", "last_green_end", NULL };
static const char *const words_correction[] = { "dwell", "shortway", "add_only", "subtract_only",
                                                NULL };
static const char *const words_force_off[] = { "fixed", "floating", NULL };
const char *const words_split_mode[] = {
    "none", "min_recall", "max_recall", "ped_recall", "max_ped_recall", "omit", "non_actuated", NULL
};
const char *const words_weekday[] = { "monday", "tuesday",  "wednesday", "thursday",
                                      "friday", "saturday", "sunday",    NULL };
static const char *const words_link[] = { "tcp", "rtu", "simulator", NULL };
static const char *const words_duty[] = { "cabinet", "detectors", NULL };
static const char *const words_parity[] = { "none", "even", "odd", NULL };
static const char *const words_use[] = { "occupied", "fault", "open", "shorted", "count", NULL };
static const char *const words_area[] = { "coil", "discrete", "input", "holding", NULL };
static const char *const words_order[] = { "big", "little", NULL };
static const char *const words_camera[] = { "onvif", "frigate", NULL };

const struct shape_text format_shapes[SHAPE_COUNT] = {
    [SHAPE_SAFETY] = { "safety", FILE_SAFETY,
                       "Signal groups, intergreens, minimums and lamp outputs: the file that is "
                       "signed." },
    [SHAPE_STARTUP] = { "startup", FILE_SAFETY, "The way from flash to normal running." },
    [SHAPE_GROUP] = { "group", FILE_SAFETY,
                      "A signal group: lamp heads that always show the same aspect." },
    [SHAPE_LAMPS] = { "lamps", FILE_SAFETY,
                      "Numbers of outputs (or read-back points) of the cabinet." },
    [SHAPE_CELL] = { "cell", FILE_SAFETY, "An intergreen that says more than its seconds." },
    [SHAPE_LANES] = { "lanes_file", FILE_LANES, "Lanes, movements and detectors: the street." },
    [SHAPE_LANE] = { "lane", FILE_LANES, "A lane before its stop line." },
    [SHAPE_MOVEMENT] = { "movement", FILE_LANES, "A way from a lane across the junction." },
    [SHAPE_EXIT] = { "exit", FILE_LANES, "The lane behind the junction." },
    [SHAPE_DETECTOR] = { "detector", FILE_LANES,
                         "A loop, camera zone, radar, push button or priority input." },
    [SHAPE_PLAN] = { "plan_file", FILE_PLAN,
                     "How the junction runs: stages or phases, plans, schedule." },
    [SHAPE_STAGE] = { "stage", FILE_PLAN, "Groups that are open together." },
    [SHAPE_PHASE] = { "phase", FILE_PLAN, "A timed right of way of a ring, as in NTCIP 1202." },
    [SHAPE_OVERLAP] = { "overlap", FILE_PLAN,
                        "Groups that are open whenever one of several phases is." },
    [SHAPE_RELATION] = { "relation", FILE_PLAN, "What two groups owe each other." },
    [SHAPE_PATTERN] = { "timing_plan", FILE_PLAN, "A timing plan: cycle, offset, splits, bounds." },
    [SHAPE_STEP] = { "step", FILE_PLAN, "A stage in the course of a timing plan." },
    [SHAPE_SCHEDULE] = { "schedule", FILE_PLAN, "Which timing plan runs when." },
    [SHAPE_WEEK] = { "week", FILE_PLAN, "The day of each weekday." },
    [SHAPE_SEASON] = { "season", FILE_PLAN,
                       "From when to when, every year, a week holds; later entries win." },
    [SHAPE_SPECIAL_DAY] = { "special_day", FILE_PLAN, "A holiday, once or every year." },
    [SHAPE_ONE_OFF] = { "one_off", FILE_PLAN,
                        "A timing plan for some hours, whatever the calendar says." },
    [SHAPE_LADDER] = { "ladder", FILE_PLAN, "When to fall back, and to what." },
    [SHAPE_SITE] = { "site", FILE_SITE,
                     "Where the junction is plugged in: links, inputs, cameras." },
    [SHAPE_CABINET] = { "cabinet", FILE_SITE, "The cabinet and what is wired to its inputs." },
    [SHAPE_LINK] = { "link", FILE_SITE, "A Modbus link." },
    [SHAPE_POINT] = { "point", FILE_SITE, "A point of a detector device." },
    [SHAPE_CAMERA] = { "camera", FILE_SITE, "A zone of a camera as a detector." },
    [SHAPE_BROKER] = { "broker", FILE_SITE, "The MQTT broker of kavsak-link." },
    [SHAPE_SIGNING] = { "signing", FILE_SITE,
                        "Who may sign safety.yaml (its signature is safety.yaml.sig)." },
};

const struct field format_fields[] = {
    /* ---- safety.yaml ---- */
    { SHAPE_SAFETY, "junction", FIELD_NAME, 0, 0, NAME_MAX_BYTES, FIELD_REQUIRED,
      AT(plan, junction_name), NULL, "Name of the junction." },
    { SHAPE_SAFETY, "site_id", FIELD_INT, 0, 1, 65535, FIELD_REQUIRED, AT(plan, safety.site_id),
      NULL, "Number set in the cabinet; another number there is another junction." },
    { SHAPE_SAFETY, "profile", FIELD_WORD, 0, NO_RANGE, PROFILE_TR, AT(plan, safety.profile),
      words_profile,
      "Limits that the rules enforce: tr, us, or bench (published comparisons, not "
      "street-legal)." },
    { SHAPE_SAFETY, "startup", FIELD_SHAPE, SHAPE_STARTUP, NO_RANGE, 0, NOWHERE, NULL,
      "Times of the start-up." },
    { SHAPE_SAFETY, "groups", FIELD_NAMED, SHAPE_GROUP, 1, SG_MAX, FIELD_REQUIRED, NOWHERE, NULL,
      "The signal groups by name." },
    { SHAPE_SAFETY, "intergreen", FIELD_MATRIX, SHAPE_CELL, 0, 600 * S, 0, NOWHERE, NULL,
      "Seconds from end of green of the outer group to start of green of the inner one. An entry "
      "makes the two conflict; nothing else does." },

    { SHAPE_STARTUP, "flash_s", FIELD_SECONDS, 0, 0, 60 * S, 6 * S, AT(safety, startup_flash_ms),
      NULL, "Flash at least this long before the lamps are taken." },
    { SHAPE_STARTUP, "yellow_s", FIELD_SECONDS, 0, 0, 10 * S, 3 * S, AT(safety, startup_yellow_ms),
      NULL, "Then steady yellow of the groups that flashed yellow; 0 leaves it out." },
    { SHAPE_STARTUP, "all_red_s", FIELD_SECONDS, 0, 0, 60 * S, 10 * S,
      AT(safety, startup_all_red_ms), NULL, "Then all red; at least the largest intergreen." },

    { SHAPE_GROUP, "type", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT_SG(sg_type), words_sg_type,
      "What the heads show and whom they stop." },
    { SHAPE_GROUP, "phase", FIELD_INT, 0, 1, SG_MAX, FIELD_REQUIRED, NOWHERE, NULL,
      "Number in all logs; in ring plans the number of the phase that opens it." },
    { SHAPE_GROUP, "min_green_s", FIELD_SECONDS, 0, 0, LONG_MS, FIELD_BY_TYPE, AT_SG(min_green_ms),
      NULL, "Green that nothing can cut, without green flash. Not for pedestrians." },
    { SHAPE_GROUP, "min_walk_s", FIELD_SECONDS, 0, 0, LONG_MS, FIELD_BY_TYPE, NOWHERE, NULL,
      "Walk that nothing can cut. Pedestrians only." },
    { SHAPE_GROUP, "green_flash_s", FIELD_SECONDS, 0, 0, 10 * S, FIELD_BY_TYPE,
      AT_SG(green_flash_ms), NULL,
      "Flashing green before the yellow; counts as green. Not for pedestrians." },
    { SHAPE_GROUP, "yellow_s", FIELD_SECONDS, 0, 0, 10 * S, FIELD_BY_TYPE, AT_SG(yellow_ms), NULL,
      "Yellow, exactly. Not for pedestrians." },
    { SHAPE_GROUP, "red_yellow_s", FIELD_SECONDS, 0, 0, 5 * S, FIELD_BY_TYPE, AT_SG(red_yellow_ms),
      NULL, "Red and yellow before the green, exactly; 0: none. Not for pedestrians." },
    { SHAPE_GROUP, "length_m", FIELD_METRES, 0, M, 100 * M, 0, NOWHERE, NULL,
      "Crossing from kerb to kerb. Pedestrians only." },
    { SHAPE_GROUP, "walking_speed_mps", FIELD_MPS, 0, 50, 150, FIELD_BY_TYPE, NOWHERE, NULL,
      "Speed that clearance is computed with. Pedestrians only." },
    { SHAPE_GROUP, "clearance_s", FIELD_SECONDS, 0, 0, 120 * S, FIELD_COMPUTED, AT_SG(ped_clear_ms),
      NULL,
      "From end of walk to red; by default length_m by walking_speed_mps, rounded up. Pedestrians "
      "only." },
    { SHAPE_GROUP, "min_red_s", FIELD_SECONDS, 0, 0, 60 * S, FIELD_BY_TYPE, AT_SG(min_red_ms), NULL,
      "Least red before the same group opens again." },
    { SHAPE_GROUP, "max_red_s", FIELD_SECONDS, 0, 0, LONG_MS, 0, AT_SG(max_red_ms), NULL,
      "A red longer than this is a fault of the plan and alarmed; 0: no bound." },
    { SHAPE_GROUP, "preempt_min_green_s", FIELD_SECONDS, 0, 0, LONG_MS, FIELD_COMPUTED,
      AT_SG(preempt_min_green_ms), NULL,
      "What a preemption may cut the minimum green to; by default nothing is cut." },
    { SHAPE_GROUP, "flash", FIELD_WORD, 0, NO_RANGE, FIELD_BY_TYPE, AT_SG(flash_aspect),
      words_flash, "What it shows when the junction flashes." },
    { SHAPE_GROUP, "lamps", FIELD_SHAPE, SHAPE_LAMPS, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "Outputs of the cabinet." },
    { SHAPE_GROUP, "sensed", FIELD_SHAPE, SHAPE_LAMPS, NO_RANGE, FIELD_COMPUTED, NOWHERE, NULL,
      "Read-back points of the cabinet; by default the numbers of the outputs." },

    { SHAPE_LAMPS, "red", FIELD_INT, 0, 0, LAMP_MAX - 1, -1, 0, 0, NULL, "Red lamp." },
    { SHAPE_LAMPS, "yellow", FIELD_INT, 0, 0, LAMP_MAX - 1, -1, (int32_t)sizeof(int32_t), 0, NULL,
      "Yellow lamp." },
    { SHAPE_LAMPS, "green", FIELD_INT, 0, 0, LAMP_MAX - 1, -1, 2 * (int32_t)sizeof(int32_t), 0,
      NULL, "Green lamp." },

    { SHAPE_CELL, "s", FIELD_SECONDS, 0, 0, 600 * S, FIELD_REQUIRED, AT(cell, s_ms), NULL,
      "Intergreen, owed whenever one follows the other." },
    { SHAPE_CELL, "together", FIELD_WORD, 0, NO_RANGE, 0, AT(cell, together), words_together,
      "permissive: both may be green at once, one yields (left turn through gaps)." },

    /* ---- lanes.yaml ---- */
    { SHAPE_LANES, "lanes", FIELD_NAMED, SHAPE_LANE, 0, LANE_MAX, 0, NOWHERE, NULL,
      "The lanes by name." },
    { SHAPE_LANES, "movements", FIELD_LIST, SHAPE_MOVEMENT, 0, MOVEMENT_MAX, 0, NOWHERE, NULL,
      "Where traffic of each lane goes." },
    { SHAPE_LANES, "detectors", FIELD_NAMED, SHAPE_DETECTOR, 0, DETECTOR_MAX, 0, NOWHERE, NULL,
      "The detectors by name." },

    { SHAPE_LANE, "length_m", FIELD_METRES, 0, 5 * M, 2000 * M, FIELD_REQUIRED, AT(lane, length_cm),
      NULL, "Room for waiting vehicles before the stop line." },
    { SHAPE_LANE, "speed_kmh", FIELD_KMH, 0, 10, 120, 50, AT(lane, speed_cmps), NULL,
      "Speed of approach: the yellow must fit it." },
    { SHAPE_LANE, "saturation_headway_s", FIELD_SECONDS, 0, S, 6 * S, 2 * S,
      AT(lane, saturation_headway_ms), NULL, "Between two vehicles that leave a queue." },
    { SHAPE_LANE, "approach_deg", FIELD_INT, 0, 0, 359, 0, AT(lane, approach_deg), NULL,
      "Compass bearing it arrives from; for drawings." },
    { SHAPE_LANE, "turn_on_red", FIELD_BOOL, 0, NO_RANGE, 0, AT(lane, turn_on_red), NULL,
      "Right turns may go on red after a stop." },

    { SHAPE_MOVEMENT, "lane", FIELD_REF, REF_LANE, NO_RANGE, FIELD_REQUIRED, AT(movement, lane_ix),
      NULL, "From this lane." },
    { SHAPE_MOVEMENT, "turn", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(movement, turn),
      words_turn, "Which way." },
    { SHAPE_MOVEMENT, "groups", FIELD_REFS, REF_GROUP, 1, SG_MAX, FIELD_REQUIRED, AT(movement, sg),
      NULL, "It goes when any of these is green." },
    { SHAPE_MOVEMENT, "share_pct", FIELD_PERMILLE, 0, 0, 1000, 1000, AT(movement, share_permille),
      NULL, "Share of the lane's traffic." },
    { SHAPE_MOVEMENT, "yields_to", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(movement, yields_to),
      NULL, "Groups whose traffic has right of way when both are green." },
    { SHAPE_MOVEMENT, "exit", FIELD_SHAPE, SHAPE_EXIT, NO_RANGE, 0, NOWHERE, NULL,
      "Where it leaves to." },

    { SHAPE_EXIT, "to", FIELD_TEXT, 0, 0, NAME_MAX_BYTES, 0, AT(movement_exit, to), NULL,
      "junction/lane downstream; left out where vehicles leave the network." },
    { SHAPE_EXIT, "length_m", FIELD_METRES, 0, 5 * M, 5000 * M, 100 * M,
      AT(movement_exit, length_cm), NULL, "To the next stop line." },
    { SHAPE_EXIT, "speed_kmh", FIELD_KMH, 0, 10, 120, 50, AT(movement_exit, speed_cmps), NULL,
      "Speed there." },
    { SHAPE_EXIT, "detector", FIELD_REF, REF_DETECTOR, NO_RANGE, -1, AT(movement_exit, detector_ix),
      NULL, "Detector with the role exit that sees whether there is room; none by default." },

    { SHAPE_DETECTOR, "number", FIELD_INT, 0, 1, DETECTOR_MAX, FIELD_REQUIRED, AT(detector, number),
      NULL, "Channel in all logs; buttons count apart." },
    { SHAPE_DETECTOR, "type", FIELD_WORD, 0, NO_RANGE, DETECTOR_LOOP, AT(detector, type),
      words_detector, "What it is." },
    { SHAPE_DETECTOR, "roles", FIELD_WORDS, 0, NO_RANGE, DETECTOR_CALLS | DETECTOR_EXTENDS,
      AT(detector, roles), words_role,
      "What it is used for; calls and extends by default. A box sees the inside of "
      "the junction: greens wait until nobody stands in it." },
    { SHAPE_DETECTOR, "lane", FIELD_REF, REF_LANE, NO_RANGE, -1, AT(detector, lane_ix), NULL,
      "The lane it lies on." },
    { SHAPE_DETECTOR, "groups", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(detector, sg), NULL,
      "Groups it calls and extends." },
    { SHAPE_DETECTOR, "switch_to", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(detector, switch_sg),
      NULL, "Extends these instead while they are green and its own are red." },
    { SHAPE_DETECTOR, "distance_m", FIELD_METRES, 0, 0, 500 * M, 0, AT(detector, distance_cm), NULL,
      "From the stop line upstream. At or beyond the lane's length_m a detector that only counts "
      "(feeder) sees all lanes of its approach_deg." },
    { SHAPE_DETECTOR, "length_m", FIELD_METRES, 0, 0, 100 * M, 2 * M, AT(detector, length_cm), NULL,
      "Length of its zone." },
    { SHAPE_DETECTOR, "delay_s", FIELD_SECONDS, 0, 0, 255 * S, 0, AT(detector, delay_ms), NULL,
      "Occupied this long before it calls; not counted while its group is green." },
    { SHAPE_DETECTOR, "extend_s", FIELD_SECONDS, 0, 0, 25500, 0, AT(detector, extend_ms), NULL,
      "Held this long after it clears, while its group is green." },
    { SHAPE_DETECTOR, "queue_limit_s", FIELD_SECONDS, 0, 0, 255 * S, 0,
      AT(detector, queue_limit_ms), NULL, "Ignored after this much green; 0: never." },
    { SHAPE_DETECTOR, "no_activity_minutes", FIELD_MINUTES, 0, 0, 1440 * MIN, FIELD_BY_TYPE,
      AT(detector, no_activity_ms), NULL,
      "Silent this long: failed; 0: off. By default 360, buttons 1440." },
    { SHAPE_DETECTOR, "max_presence_minutes", FIELD_MINUTES, 0, 0, 255 * MIN, FIELD_BY_TYPE,
      AT(detector, max_presence_ms), NULL,
      "Occupied this long: failed; 0: off. By default 20, buttons 10." },
    { SHAPE_DETECTOR, "erratic_per_minute", FIELD_INT, 0, 0, 255, 45, AT(detector, erratic_per_min),
      NULL, "More actuations than this in a minute: failed; 0: off." },
    { SHAPE_DETECTOR, "stale_s", FIELD_SECONDS, 0, 0, 600 * S, 0, AT(detector, stale_ms), NULL,
      "Source silent this long: failed; 0: as its link says." },
    { SHAPE_DETECTOR, "on_failure", FIELD_WORD, 0, NO_RANGE, FAIL_AS_CALLED,
      AT(detector, fail_action), words_failure, "What a failed detector reads as." },
    { SHAPE_DETECTOR, "failure_hold_s", FIELD_SECONDS, 0, 0, 254 * S, 0, AT(detector, fail_hold_ms),
      NULL, "With called: holds its green this long; 0: not at all." },
    { SHAPE_DETECTOR, "restore_actuations", FIELD_INT, 0, 0, 100, 3,
      AT(detector, restore_actuations), NULL, "Good actuations before it is trusted again." },
    { SHAPE_DETECTOR, "restore_s", FIELD_SECONDS, 0, 0, LONG_MS, 60 * S, AT(detector, restore_ms),
      NULL, "And time without fault." },

    /* ---- plan.yaml ---- */
    { SHAPE_PLAN, "node", FIELD_TEXT, 0, 1, 64, FIELD_REQUIRED, AT(plan, node), NULL,
      "city/junction, the name towards the Control Center." },
    { SHAPE_PLAN, "zone", FIELD_TEXT, 0, 1, 32, FIELD_COMPUTED, AT(plan, zone), NULL,
      "Time zone of the schedule; Europe/Istanbul by default." },
    { SHAPE_PLAN, "stages", FIELD_NAMED, SHAPE_STAGE, 1, STAGE_MAX, 0, NOWHERE, NULL,
      "The stages by name (stage plans)." },
    { SHAPE_PLAN, "startup_stage", FIELD_REF, REF_STAGE, NO_RANGE, 0, AT(plan, startup_stage_ix),
      NULL, "First stage after all-red; the first one by default." },
    { SHAPE_PLAN, "phases", FIELD_NAMED, SHAPE_PHASE, 1, PHASE_MAX, 0, NOWHERE, NULL,
      "The phases by number (ring plans)." },
    { SHAPE_PLAN, "rings", FIELD_RINGS, 0, 1, RING_MAX, 0, NOWHERE, NULL,
      "Order of phases of each ring, barriers as |: [\"1 2 | 3 4\", \"5 6 | 7 8\"]." },
    { SHAPE_PLAN, "startup_phases", FIELD_REFS, REF_PHASE, 1, RING_MAX, FIELD_COMPUTED,
      AT(plan, startup_phases), NULL,
      "First phases after all-red; by default the first of each ring." },
    { SHAPE_PLAN, "overlaps", FIELD_NAMED, SHAPE_OVERLAP, 0, OVERLAP_MAX, 0, NOWHERE, NULL,
      "Overlaps by name (ring plans)." },
    { SHAPE_PLAN, "relations", FIELD_LIST, SHAPE_RELATION, 0, RELATION_MAX, 0, NOWHERE, NULL,
      "Early starts, simultaneous starts, follow-ons." },
    { SHAPE_PLAN, "plans", FIELD_NAMED, SHAPE_PATTERN, 1, PATTERN_MAX, FIELD_REQUIRED, NOWHERE,
      NULL, "The timing plans by name." },
    { SHAPE_PLAN, "schedule", FIELD_SHAPE, SHAPE_SCHEDULE, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "The calendar." },
    { SHAPE_PLAN, "ladder", FIELD_SHAPE, SHAPE_LADDER, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "The fallback ladder." },

    { SHAPE_STAGE, "groups", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(stage, sg), NULL,
      "Open whenever the stage is." },
    { SHAPE_STAGE, "on_demand", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(stage, on_demand), NULL,
      "Open too, but only if called." },
    { SHAPE_STAGE, "next", FIELD_REFS, REF_STAGE, 1, STAGE_MAX, FIELD_REQUIRED, AT(stage, next),
      NULL, "Stages it may change to." },
    { SHAPE_STAGE, "recall", FIELD_WORDS, 0, NO_RANGE, 0, AT(stage, recall), words_recall,
      "Demand that the plan places itself." },
    { SHAPE_STAGE, "passage_s", FIELD_SECONDS, 0, 0, 25500, 3 * S, AT(stage, passage_ms), NULL,
      "Gap between vehicles that ends it (actuated)." },

    { SHAPE_PHASE, "name", FIELD_NAME, 0, 0, NAME_MAX_BYTES, FIELD_COMPUTED, AT(phase, name), NULL,
      "For people; by default the number." },
    { SHAPE_PHASE, "groups", FIELD_REFS, REF_GROUP, 0, SG_MAX, FIELD_REQUIRED,
      AT(phase, vehicle_sg), NULL, "Vehicle groups it opens." },
    { SHAPE_PHASE, "pedestrians", FIELD_REFS, REF_GROUP, 0, SG_MAX, 0, AT(phase, ped_sg), NULL,
      "Pedestrian groups it opens." },
    { SHAPE_PHASE, "min_green_s", FIELD_SECONDS, 0, 0, 255 * S, FIELD_COMPUTED,
      AT(phase, min_green_ms), NULL,
      "Minimum green; by default, and at least, that of its groups." },
    { SHAPE_PHASE, "passage_s", FIELD_SECONDS, 0, 0, 25500, 3 * S, AT(phase, passage_ms), NULL,
      "Gap between vehicles that ends the green." },
    { SHAPE_PHASE, "max_green_s", FIELD_SECONDS, 0, S, LONG_MS, FIELD_REQUIRED,
      AT(phase, max_green_ms[0]), NULL, "First maximum green." },
    { SHAPE_PHASE, "max_green_2_s", FIELD_SECONDS, 0, S, LONG_MS, FIELD_COMPUTED,
      AT(phase, max_green_ms[1]), NULL, "Second; by default the first." },
    { SHAPE_PHASE, "max_green_3_s", FIELD_SECONDS, 0, S, LONG_MS, FIELD_COMPUTED,
      AT(phase, max_green_ms[2]), NULL, "Third; by default the first." },
    { SHAPE_PHASE, "walk_s", FIELD_SECONDS, 0, 0, 255 * S, FIELD_COMPUTED, AT(phase, walk_ms), NULL,
      "Walk; by default, and at least, that of its groups." },
    { SHAPE_PHASE, "added_initial_s", FIELD_SECONDS, 0, 0, 25500, 0, AT(phase, added_initial_ms),
      NULL, "Minimum green grows by this with each actuation during red." },
    { SHAPE_PHASE, "max_initial_s", FIELD_SECONDS, 0, 0, 255 * S, 0, AT(phase, max_initial_ms),
      NULL, "But not above this." },
    { SHAPE_PHASE, "time_before_reduction_s", FIELD_SECONDS, 0, 0, 255 * S, 0,
      AT(phase, time_before_reduction_ms), NULL,
      "Conflicting call this long: the gap begins to shrink." },
    { SHAPE_PHASE, "time_to_reduce_s", FIELD_SECONDS, 0, 0, 255 * S, 0,
      AT(phase, time_to_reduce_ms), NULL,
      "And has shrunk to min_gap_s after this; 0: no gap reduction." },
    { SHAPE_PHASE, "min_gap_s", FIELD_SECONDS, 0, 0, 25500, 0, AT(phase, min_gap_ms), NULL,
      "Least gap." },
    { SHAPE_PHASE, "dynamic_max_s", FIELD_SECONDS, 0, 0, LONG_MS, 0, AT(phase, dynamic_max_ms),
      NULL, "The maximum may grow to this; 0: off." },
    { SHAPE_PHASE, "dynamic_step_s", FIELD_SECONDS, 0, 0, 255 * S, 0, AT(phase, dynamic_step_ms),
      NULL, "By this after two max-outs in a row." },
    { SHAPE_PHASE, "recall", FIELD_WORDS, 0, NO_RANGE, 0, AT(phase, recall), words_recall,
      "Demand that the plan places itself." },
    { SHAPE_PHASE, "options", FIELD_WORDS, 0, NO_RANGE, 0, AT(phase, options), words_option,
      "As in NTCIP 1202." },

    { SHAPE_OVERLAP, "groups", FIELD_REFS, REF_GROUP, 1, SG_MAX, FIELD_REQUIRED, AT(overlap, sg),
      NULL, "Groups it opens." },
    { SHAPE_OVERLAP, "kind", FIELD_WORD, 0, NO_RANGE, OVERLAP_NORMAL, AT(overlap, kind),
      words_overlap, "normal, or closed while a modifier is green or yellow." },
    { SHAPE_OVERLAP, "parents", FIELD_REFS, REF_PHASE, 1, PHASE_MAX, FIELD_REQUIRED,
      AT(overlap, parents), NULL, "Open while one of these is." },
    { SHAPE_OVERLAP, "modifiers", FIELD_REFS, REF_PHASE, 0, PHASE_MAX, 0, AT(overlap, modifiers),
      NULL, "Closed while one of these is green or yellow." },
    { SHAPE_OVERLAP, "trail_green_s", FIELD_SECONDS, 0, 0, 255 * S, 0, AT(overlap, trail_green_ms),
      NULL, "Stays open this long after its parents." },

    { SHAPE_RELATION, "kind", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(relation, kind),
      words_relation,
      "early_start: then waits for first; same_start: both begin on one tick; follow_on: then "
      "outlasts first." },
    { SHAPE_RELATION, "first", FIELD_REF, REF_GROUP, NO_RANGE, FIELD_REQUIRED,
      AT(relation, sg_a_ix), NULL, "The leading group." },
    { SHAPE_RELATION, "then", FIELD_REF, REF_GROUP, NO_RANGE, FIELD_REQUIRED, AT(relation, sg_b_ix),
      NULL, "The other one." },
    { SHAPE_RELATION, "time_s", FIELD_SECONDS, 0, 0, 60 * S, 0, AT(relation, time_ms), NULL,
      "By how much." },

    { SHAPE_PATTERN, "number", FIELD_INT, 0, 1, 255, FIELD_REQUIRED, AT(pattern, pattern_id), NULL,
      "Number in logs and towards the Control Center." },
    { SHAPE_PATTERN, "strategy", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(pattern, strategy),
      words_strategy, "Who chooses." },
    { SHAPE_PATTERN, "cycle_s", FIELD_SECONDS, 0, 0, 600 * S, 0, AT(pattern, cycle_ms), NULL,
      "Cycle; left out in actuated and adaptive plans that run free." },
    { SHAPE_PATTERN, "offset_s", FIELD_SECONDS, 0, 0, 600 * S, 0, AT(pattern, offset_ms), NULL,
      "Added to the time since midnight to count the cycle; it is 0 at the reference." },
    { SHAPE_PATTERN, "reference", FIELD_WORD, 0, NO_RANGE, COORD_REF_FIRST_GREEN_BEGIN,
      AT(pattern, reference), words_reference,
      "Instant of the coordinated phases that the offset names (ring plans)." },
    { SHAPE_PATTERN, "reference_stage", FIELD_REF, REF_STAGE, NO_RANGE, -1, NOWHERE, NULL,
      "Stage whose start the offset names; the first step by default (stage plans)." },
    { SHAPE_PATTERN, "correction", FIELD_WORD, 0, NO_RANGE, COORD_SHORTWAY, AT(pattern, correction),
      words_correction, "How a wrong offset is put right." },
    { SHAPE_PATTERN, "correction_max_pct", FIELD_PERCENT, 0, 1, 50, 20,
      AT(pattern, correction_max_pct), NULL, "By at most this part of the cycle in each cycle." },
    { SHAPE_PATTERN, "dwell_max_s", FIELD_SECONDS, 0, 0, 600 * S, 30 * S, AT(pattern, dwell_max_ms),
      NULL, "Correction dwell: waits at most this long in each cycle." },
    { SHAPE_PATTERN, "steps", FIELD_LIST, SHAPE_STEP, 1, PATTERN_STEP_MAX, 0, NOWHERE, NULL,
      "Stages in order (stage plans)." },
    { SHAPE_PATTERN, "coordinated", FIELD_REFS, REF_PHASE, 1, RING_MAX, 0,
      AT(pattern, coord_phases), NULL, "Coordinated phases (ring plans)." },
    { SHAPE_PATTERN, "force_off", FIELD_WORD, 0, NO_RANGE, 0, NOWHERE, words_force_off,
      "fixed: at a place in the cycle; floating: after the split (ring plans)." },
    { SHAPE_PATTERN, "max_set", FIELD_INT, 0, 1, 3, 1, AT(pattern, max_set), NULL,
      "Which of the three maximum greens (ring plans)." },
    { SHAPE_PATTERN, "max_is_inhibited", FIELD_BOOL, 0, NO_RANGE, 0, AT(pattern, max_is_inhibited),
      NULL, "In coordination the force-off ends greens, not the maximum (ring plans)." },
    { SHAPE_PATTERN, "pedestrian_overrun", FIELD_BOOL, 0, NO_RANGE, 0, AT(pattern, ped_may_overrun),
      NULL, "A called walk may outlast its split, and the cycle waits for it (ring plans)." },
    { SHAPE_PATTERN, "splits", FIELD_SPLITS, REF_PHASE, 0, 600 * S, 0, NOWHERE, NULL,
      "Share of the cycle of each phase, yellow and red clearance included (ring plans)." },
    { SHAPE_PATTERN, "split_modes", FIELD_MODES, REF_PHASE, NO_RANGE, 0, NOWHERE, words_split_mode,
      "Recalls of this timing plan (ring plans)." },
    { SHAPE_PATTERN, "rings", FIELD_RINGS, 0, 1, RING_MAX, 0, NOWHERE, NULL,
      "Another order of phases, inside the same barriers (ring plans)." },

    { SHAPE_STEP, "stage", FIELD_REF, REF_STAGE, NO_RANGE, FIELD_REQUIRED,
      AT(pattern_step, stage_ix), NULL, "The stage." },
    { SHAPE_STEP, "duration_s", FIELD_SECONDS, 0, 0, 600 * S, 0, AT(pattern_step, duration_ms),
      NULL, "From its start to the start of the next (fixed, coordinated); all sum to the cycle." },
    { SHAPE_STEP, "min_s", FIELD_SECONDS, 0, 0, 600 * S, FIELD_COMPUTED, AT(pattern_step, min_ms),
      NULL, "Least green; by default that of its groups." },
    { SHAPE_STEP, "max_s", FIELD_SECONDS, 0, 0, 600 * S, FIELD_COMPUTED, AT(pattern_step, max_ms),
      NULL, "Most green (actuated, adaptive); by default the duration." },

    { SHAPE_SCHEDULE, "days", FIELD_DAYS, REF_PATTERN, 1, DAY_PLAN_MAX, FIELD_REQUIRED, NOWHERE,
      NULL, "Kinds of day: from \"HH:MM\" on this timing plan; begins at \"00:00\"." },
    { SHAPE_SCHEDULE, "weeks", FIELD_NAMED, SHAPE_WEEK, 1, WEEK_PLAN_MAX, FIELD_REQUIRED, NOWHERE,
      NULL, "Kinds of week by name." },
    { SHAPE_SCHEDULE, "seasons", FIELD_LIST, SHAPE_SEASON, 0, SEASON_MAX, 0, NOWHERE, NULL,
      "Which week when; by default the first week all year." },
    { SHAPE_SCHEDULE, "special_days", FIELD_LIST, SHAPE_SPECIAL_DAY, 0, SPECIAL_DAY_MAX, 0, NOWHERE,
      NULL, "Holidays." },
    { SHAPE_SCHEDULE, "one_off", FIELD_LIST, SHAPE_ONE_OFF, 0, ONE_OFF_MAX, 0, NOWHERE, NULL,
      "Single events." },

    { SHAPE_WEEK, "monday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[0]), NULL, "Kind of day." },
    { SHAPE_WEEK, "tuesday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[1]), NULL, "Kind of day." },
    { SHAPE_WEEK, "wednesday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[2]), NULL, "Kind of day." },
    { SHAPE_WEEK, "thursday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[3]), NULL, "Kind of day." },
    { SHAPE_WEEK, "friday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[4]), NULL, "Kind of day." },
    { SHAPE_WEEK, "saturday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[5]), NULL, "Kind of day." },
    { SHAPE_WEEK, "sunday", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(week_plan, day_plan_ix[6]), NULL, "Kind of day." },

    { SHAPE_SEASON, "from", FIELD_DATE, 0, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "First day, \"MM-DD\"." },
    { SHAPE_SEASON, "to", FIELD_DATE, 0, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "Last day, \"MM-DD\"; may lie in the next year." },
    { SHAPE_SEASON, "week", FIELD_REF, REF_WEEK, NO_RANGE, FIELD_REQUIRED, AT(season, week_plan_ix),
      NULL, "The week that holds." },

    { SHAPE_SPECIAL_DAY, "date", FIELD_DATE, 0, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "\"YYYY-MM-DD\", or \"MM-DD\" for every year." },
    { SHAPE_SPECIAL_DAY, "day", FIELD_REF, REF_DAY, NO_RANGE, FIELD_REQUIRED,
      AT(special_day, day_plan_ix), NULL, "The kind of day." },

    { SHAPE_ONE_OFF, "from", FIELD_INSTANT, 0, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "\"YYYY-MM-DDTHH:MM+03:00\", with the offset from UTC." },
    { SHAPE_ONE_OFF, "until", FIELD_INSTANT, 0, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "The same." },
    { SHAPE_ONE_OFF, "plan", FIELD_REF, REF_PATTERN, NO_RANGE, FIELD_REQUIRED,
      AT(one_off, pattern_ix), NULL, "The timing plan." },

    { SHAPE_LADDER, "failed_detectors_pct", FIELD_PERCENT, 0, 1, 100, 50,
      AT(ladder, failed_detectors_pct), NULL,
      "This part of the detectors failed: actuated steps down to fixed." },
    { SHAPE_LADDER, "step_up_s", FIELD_SECONDS, 0, 10 * S, LONG_MS, 300 * S, AT(ladder, step_up_ms),
      NULL, "Healthy this long before it steps up again." },
    { SHAPE_LADDER, "fallback_plan", FIELD_REF, REF_PATTERN, NO_RANGE, FIELD_REQUIRED,
      AT(ladder, fallback_pattern_ix), NULL,
      "Fixed timing plan to fall to where the running one has no durations." },

    /* ---- site.yaml ---- */
    { SHAPE_SITE, "cabinet", FIELD_SHAPE, SHAPE_CABINET, NO_RANGE, FIELD_REQUIRED, NOWHERE, NULL,
      "The cabinet." },
    { SHAPE_SITE, "links", FIELD_NAMED, SHAPE_LINK, 1, LINK_MAX, FIELD_REQUIRED, NOWHERE, NULL,
      "Modbus links by name." },
    { SHAPE_SITE, "points", FIELD_LIST, SHAPE_POINT, 0, SITE_POINT_MAX, 0, NOWHERE, NULL,
      "Detectors on devices of their own." },
    { SHAPE_SITE, "cameras", FIELD_LIST, SHAPE_CAMERA, 0, SITE_CAMERA_MAX, 0, NOWHERE, NULL,
      "Detectors in cameras." },
    { SHAPE_SITE, "broker", FIELD_SHAPE, SHAPE_BROKER, NO_RANGE, 0, NOWHERE, NULL,
      "The MQTT broker." },
    { SHAPE_SITE, "signing", FIELD_SHAPE, SHAPE_SIGNING, NO_RANGE, 0, NOWHERE, NULL,
      "Keys of the safety file." },

    { SHAPE_CABINET, "name", FIELD_NAME, 0, 1, NAME_MAX_BYTES, FIELD_REQUIRED,
      AT(site, cabinet_name), NULL, "What is painted on its door." },
    { SHAPE_CABINET, "inputs", FIELD_INPUTS, REF_DETECTOR, 0, DETECTOR_MAX - 1, 0, NOWHERE, NULL,
      "Detectors on the cabinet's own inputs: name: input number from 0." },

    { SHAPE_LINK, "kind", FIELD_WORD, 0, NO_RANGE, LINK_TCP, AT(site_link, kind), words_link,
      "tcp, rtu, or simulator (inside the process)." },
    { SHAPE_LINK, "duty", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(site_link, duty), words_duty,
      "cabinet (lamps) or detectors." },
    { SHAPE_LINK, "host", FIELD_TEXT, 0, 0, SITE_HOST_BYTES, 0, AT(site_link, host), NULL,
      "IP address (tcp)." },
    { SHAPE_LINK, "port", FIELD_INT, 0, 1, 65535, 502, AT(site_link, port), NULL, "TCP port." },
    { SHAPE_LINK, "device", FIELD_TEXT, 0, 0, SITE_HOST_BYTES, 0, NOWHERE, NULL,
      "Serial device, /dev/... (rtu)." },
    { SHAPE_LINK, "unit", FIELD_INT, 0, 0, 247, 1, AT(site_link, unit), NULL, "Modbus unit." },
    { SHAPE_LINK, "baud", FIELD_INT, 0, 1200, 921600, 0, AT(site_link, baud), NULL,
      "Speed (rtu); 38400 or more for lamps." },
    { SHAPE_LINK, "parity", FIELD_WORD, 0, NO_RANGE, 1, NOWHERE, words_parity, "Parity (rtu)." },
    { SHAPE_LINK, "data_bits", FIELD_INT, 0, 7, 8, 8, AT(site_link, data_bits), NULL,
      "Data bits (rtu)." },
    { SHAPE_LINK, "stop_bits", FIELD_INT, 0, 1, 2, 1, AT(site_link, stop_bits), NULL,
      "Stop bits (rtu)." },
    { SHAPE_LINK, "poll_s", FIELD_SECONDS, 0, 100, 60 * S, 100, AT(site_link, poll_ms), NULL,
      "Asked this often; a cabinet in each tick." },
    { SHAPE_LINK, "timeout_ms", FIELD_INT, 0, 1, 10000, 40, AT(site_link, timeout_ms), NULL,
      "An answer must come within this many milliseconds." },
    { SHAPE_LINK, "max_registers", FIELD_INT, 0, 1, 125, 125, AT(site_link, max_registers), NULL,
      "Registers that the device can give in one answer." },
    { SHAPE_LINK, "stale_s", FIELD_SECONDS, 0, 100, 600 * S, S, AT(site_link, stale_ms), NULL,
      "Values older than this are stale." },
    { SHAPE_LINK, "insecure_ok", FIELD_BOOL, 0, NO_RANGE, 0, AT(site_link, insecure_ok), NULL,
      "A person accepts that this address is public." },

    { SHAPE_POINT, "link", FIELD_REF, REF_LINK, NO_RANGE, FIELD_REQUIRED, AT(site_point, link_ix),
      NULL, "The device." },
    { SHAPE_POINT, "detector", FIELD_REF, REF_DETECTOR, NO_RANGE, FIELD_REQUIRED,
      AT(site_point, detector_ix), NULL, "The detector it feeds." },
    { SHAPE_POINT, "use", FIELD_WORD, 0, NO_RANGE, POINT_OCCUPIED, AT(site_point, use), words_use,
      "What it says." },
    { SHAPE_POINT, "area", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(site_point, area),
      words_area, "Modbus table." },
    { SHAPE_POINT, "address", FIELD_INT, 0, 0, 65535, FIELD_REQUIRED, AT(site_point, address), NULL,
      "As in the manual of the device." },
    { SHAPE_POINT, "base", FIELD_INT, 0, 0, 1, 0, NOWHERE, NULL,
      "What the manual counts addresses from." },
    { SHAPE_POINT, "bit", FIELD_INT, 0, 0, 15, 0, AT(site_point, bit), NULL, "Bit of a register." },
    { SHAPE_POINT, "invert", FIELD_BOOL, 0, NO_RANGE, 0, AT(site_point, is_inverted), NULL,
      "0 means yes." },
    { SHAPE_POINT, "words", FIELD_INT, 0, 1, 2, 1, AT(site_point, words), NULL,
      "Registers of a counter." },
    { SHAPE_POINT, "order", FIELD_WORD, 0, NO_RANGE, WORDS_BIG, AT(site_point, order), words_order,
      "Order of two registers." },

    { SHAPE_CAMERA, "detector", FIELD_REF, REF_DETECTOR, NO_RANGE, FIELD_REQUIRED,
      AT(site_camera, detector_ix), NULL, "The detector it feeds." },
    { SHAPE_CAMERA, "format", FIELD_WORD, 0, NO_RANGE, FIELD_REQUIRED, AT(site_camera, format),
      words_camera, "Shape of the messages." },
    { SHAPE_CAMERA, "topic", FIELD_TEXT, 0, 1, SITE_TOPIC_BYTES, FIELD_REQUIRED,
      AT(site_camera, topic), NULL, "MQTT topic." },
    { SHAPE_CAMERA, "zone", FIELD_TEXT, 0, 1, NAME_MAX_BYTES, FIELD_REQUIRED, AT(site_camera, zone),
      NULL, "ONVIF rule or Frigate zone." },
    { SHAPE_CAMERA, "label", FIELD_TEXT, 0, 0, NAME_MAX_BYTES, 0, AT(site_camera, label), NULL,
      "Class of object that counts; any by default." },
    { SHAPE_CAMERA, "max_age_s", FIELD_SECONDS, 0, 500, 600 * S, 5 * S, AT(site_camera, max_age_ms),
      NULL, "Older messages are stale." },

    { SHAPE_BROKER, "host", FIELD_TEXT, 0, 1, SITE_HOST_BYTES, FIELD_REQUIRED, AT(site, broker),
      NULL, "Name or address." },
    { SHAPE_BROKER, "port", FIELD_INT, 0, 1, 65535, 1883, AT(site, broker_port), NULL,
      "TCP port." },

    { SHAPE_SIGNING, "keys", FIELD_KEYS, 0, 1, 8, FIELD_REQUIRED, NOWHERE, NULL,
      "Public keys (Ed25519, 64 hexadecimal digits) of the safety engineers." },
};

const size_t format_field_count = sizeof format_fields / sizeof format_fields[0];

const char *format_file_name(int32_t file)
{
    static const char *const names[FILE_COUNT] = { "safety.yaml", "lanes.yaml", "plan.yaml",
                                                   "site.yaml" };
    return names[file];
}

int32_t format_root(int32_t file)
{
    static const int32_t roots[FILE_COUNT] = { SHAPE_SAFETY, SHAPE_LANES, SHAPE_PLAN, SHAPE_SITE };
    return roots[file];
}

const char *format_ref_name(int32_t ref)
{
    static const char *const names[REF_COUNT] = { "group", "lane",    "detector", "stage",
                                                  "phase", "overlap", "plan",     "kind of day",
                                                  "week",  "link" };
    return names[ref];
}

struct scale {
    int32_t type, places, factor;
    const char *unit;
};

/* Kilometres per hour are whole; 1 km/h = 27.78 cm/s is rounded by the reader. */
static const struct scale scales[] = {
    { FIELD_SECONDS, 1, 100, "s" }, { FIELD_MINUTES, 0, 60000, "min" },
    { FIELD_METRES, 2, 1, "m" },    { FIELD_MPS, 2, 1, "m/s" },
    { FIELD_PERMILLE, 1, 1, "%" },  { FIELD_PERCENT, 0, 1, "%" },
    { FIELD_KMH, 0, 1, "km/h" },    { FIELD_SPLITS, 1, 100, "s" },
    { FIELD_MATRIX, 1, 100, "s" },
};

static const struct scale *scale_of(int32_t type)
{
    static const struct scale plain = { FIELD_INT, 0, 1, "" };
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        if (scales[i].type == type) {
            return &scales[i];
        }
    }
    return &plain;
}

const char *format_unit(int32_t type)
{
    return scale_of(type)->unit;
}

int32_t format_places(int32_t type)
{
    return scale_of(type)->places;
}

int32_t format_factor(int32_t type)
{
    return scale_of(type)->factor;
}
