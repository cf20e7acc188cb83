/* limits.h: every bound of the product in one place. A plan that needs more is refused by name, so
 * no loop, queue or array elsewhere has to grow. Values are enumerators, not macros, because the
 * proof annotations can only speak of enumerators. */
#ifndef KAVSAK_LIMITS_H
#define KAVSAK_LIMITS_H

enum {
    TICK_MS = 100,

    /* The model. 32 groups fill a mask word; the rest follows controllers in the field. */
    SG_MAX = 32,
    PHASE_MAX = 16,
    RING_MAX = 4,
    BARRIER_MAX = 8, /* barrier groups of one sequence */
    STAGE_MAX = 32,
    DETECTOR_MAX = 64,
    LANE_MAX = 48,
    MOVEMENT_MAX = 96,
    OVERLAP_MAX = 16,
    RELATION_MAX = 32, /* early starts, simultaneous starts, follow-ons */
    PATTERN_MAX = 32,
    PATTERN_STEP_MAX = 32, /* stages of one pattern, in order; a stage may come twice */
    DAY_PLAN_MAX = 16,
    DAY_EVENT_MAX = 24,
    WEEK_PLAN_MAX = 10,
    SEASON_MAX = 16,
    SPECIAL_DAY_MAX = 64,
    ONE_OFF_MAX = 32,
    LINK_MAX = 8,        /* Modbus links of one junction, the cabinet's included */
    NAME_MAX_BYTES = 24, /* with the closing zero */

    /* One tick. */
    EVENT_PER_TICK_MAX = 192, /* start-up of a full junction emits about 130 */
    COMMAND_PER_TICK_MAX = 4,
    NEIGHBOUR_PER_TICK_MAX = 8,

    /* The cabinet's image: three lamps for each group. */
    LAMP_MAX = 96,

    /* Link supervision, in ticks (reference: contracts, rules S-5 to S-7). */
    LINK_UNKNOWN_TICKS = 3, /* unconfirmed this long: what the lamps show is unknown */
    LINK_LOST_TICKS = 10,   /* this long: stop the heartbeat, come back through start-up */
    MISMATCH_ALARM_TICKS = 5,
    MISMATCH_TRIP_TICKS = 10, /* the field check of a cabinet monitor uses the same second */

    /* The guard lets a yellow or red-yellow last this many confirmed ticks more than its time:
     * one for the clock rule of contracts.md, one for a read-back that lags. */
    GUARD_SLACK_TICKS = 2,

    /* Longest time any plan value may hold; far below where int32_t milliseconds overflow. */
    PLAN_TIME_MAX_MS = 86400000,
    AGE_MAX_MS = 100000000 /* timers saturate here */
};

#endif
