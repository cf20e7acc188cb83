/* command.h: what people and the Control Center may ask of a junction, reduced to what the tick
 * needs. Who may ask, whether it is fresh and whether it was signed are settled before it gets here
 * (controller/unit); whether it is possible is settled in the tick, which answers with an event. */
#ifndef KAVSAK_COMMAND_H
#define KAVSAK_COMMAND_H

#include "types.h"

/* Numbers are on the wire and in journals: never reused. */
enum command_kind {
    COMMAND_NONE = 0,
    COMMAND_PATTERN = 1,         /* value: pattern_id, 0 gives it back to the schedule */
    COMMAND_STRATEGY = 2,        /* value: enum strategy that patterns may be run under */
    COMMAND_STAGE = 3,           /* value: stage_ix to call next (stage plans) */
    COMMAND_CALL_VEHICLE = 4,    /* target: sg_ix */
    COMMAND_CALL_PED = 5,        /* target: sg_ix */
    COMMAND_RECALL = 6,          /* target: sg_ix; value: enum recall */
    COMMAND_HOLD = 7,            /* target: sg_ix */
    COMMAND_OMIT = 8,            /* target: sg_ix */
    COMMAND_FORCE_OFF = 9,       /* target: sg_ix */
    COMMAND_DETECTOR_FORCE = 10, /* target: detector_ix; value: 0 off, 1 on, -1 give back */
    COMMAND_FLASH = 11,
    COMMAND_ALL_RED = 12,
    COMMAND_STOP_TIME = 13, /* hold everything as it stands (minimums still run) */
    COMMAND_MANUAL = 14,    /* take manual control: rest in the present stage or phases */
    COMMAND_ADVANCE = 15,   /* manual: go to the next stage or phases */
    COMMAND_RELEASE = 16,   /* give back: ends commands of this list; value: 0 all of them, else
                               bits 1 << enum command_kind; target: then only that one's, or -1 */
    COMMAND_KIND_COUNT
};

/* Effect ends by itself at until (civil) or after duration_ms (monotonic), whichever is first. */
struct command {
    uint64_t command_id; /* answers carry it */
    int32_t kind;        /* enum command_kind */
    int32_t target;
    int32_t value;
    int32_t duration_ms; /* of the effect; every effect has an end */
    wall_t until;        /* 0: only duration_ms counts */
};

enum command_result {
    COMMAND_DONE,
    COMMAND_ALREADY,
    COMMAND_MISSING, /* no such pattern, stage, group, detector */
    COMMAND_INVALID,
    COMMAND_DENIED,
    COMMAND_FAILED,
    COMMAND_BUSY,
    COMMAND_RESULT_COUNT
};

#endif
