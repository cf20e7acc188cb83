/* event.h: what happened, in numbers of the Indiana traffic signal high-resolution enumeration
 * (2012, and its 2018-19 revision) where one exists; our own from 1000. Numbers are never reused.
 * The core appends, it never reads: an event changes nothing. */
#ifndef KAVSAK_EVENT_H
#define KAVSAK_EVENT_H

#include "types.h"

enum event_code {
    /* Indiana; param is the phase number unless said. */
    EVENT_PHASE_ON = 0,
    EVENT_GREEN_BEGIN = 1,
    EVENT_PHASE_CHECK = 2,
    EVENT_MIN_GREEN_END = 3,
    EVENT_GAP_OUT = 4,
    EVENT_MAX_OUT = 5,
    EVENT_FORCE_OFF = 6,
    EVENT_GREEN_END = 7,
    EVENT_YELLOW_BEGIN = 8,
    EVENT_YELLOW_END = 9,
    EVENT_RED_CLEAR_BEGIN = 10,
    EVENT_RED_CLEAR_END = 11,
    EVENT_PHASE_INACTIVE = 12,
    EVENT_WALK_BEGIN = 21,
    EVENT_PED_CLEAR_BEGIN = 22,
    EVENT_DONT_WALK_BEGIN = 23,
    EVENT_BARRIER = 31, /* param: barrier number, from 1 */
    EVENT_HOLD_BEGIN = 41,
    EVENT_HOLD_END = 42,
    EVENT_CALL_ON = 43,
    EVENT_CALL_OFF = 44,
    EVENT_PED_CALL_ON = 45,
    EVENT_OMIT_BEGIN = 46,
    EVENT_OMIT_END = 47,
    EVENT_PED_OMIT_BEGIN = 48,
    EVENT_PED_OMIT_END = 49,
    EVENT_MAX_STEP_UP = 52,
    EVENT_MAX_STEP_DOWN = 53,
    EVENT_OVERLAP_GREEN = 61, /* param: overlap number, from 1 */
    EVENT_OVERLAP_TRAIL = 62,
    EVENT_OVERLAP_YELLOW = 63,
    EVENT_OVERLAP_RED_CLEAR = 64,
    EVENT_OVERLAP_INACTIVE = 65,
    EVENT_DETECTOR_OFF = 81, /* param: detector number, from 1 */
    EVENT_DETECTOR_ON = 82,
    EVENT_DETECTOR_RESTORED = 83,
    EVENT_DETECTOR_FAULT_OTHER = 84,
    EVENT_DETECTOR_FAULT_WATCHDOG = 85, /* no activity, or stale */
    EVENT_DETECTOR_FAULT_OPEN = 86,
    EVENT_DETECTOR_FAULT_SHORTED = 87,
    EVENT_DETECTOR_FAULT_EXCESSIVE = 88,
    EVENT_PED_DETECTOR_OFF = 89,
    EVENT_PED_DETECTOR_ON = 90,
    EVENT_PED_DETECTOR_FAILED = 91,
    EVENT_PED_DETECTOR_RESTORED = 92,
    EVENT_PATTERN_CHANGE = 131, /* param: pattern_id, 0 free */
    EVENT_CYCLE_CHANGE = 132,   /* param: seconds */
    EVENT_OFFSET_CHANGE = 133,  /* param: seconds */
    EVENT_SPLIT_CHANGE_1 = 134, /* 134 to 149: phases 1 to 16, param: seconds */
    EVENT_COORD_STATE = 150,    /* param: enum coord_state */
    EVENT_COORD_YIELD = 151,
    EVENT_COORD_BEGIN = 152,
    EVENT_FLASH = 173, /* param: NTCIP unitFlashStatus */
    EVENT_ALARM_1 = 174,
    EVENT_INTERVAL_ADVANCE = 179,
    EVENT_STOP_TIME = 180, /* param: 1 on, 0 off */
    EVENT_CLOCK_UPDATED = 181,
    EVENT_POWER_UP = 184, /* the process started */
    EVENT_ALARM_ON = 200, /* param: enum alarm */
    EVENT_ALARM_OFF = 201,
    EVENT_ACTUAL_SPLIT_1 =
        300, /* 300 to 315: seconds of phases 1 to 16; 316 up: coordinated phase */

    /* Ours. */
    EVENT_MODE = 1000,             /* param: enum mode; detail: enum reason */
    EVENT_STRATEGY = 1001,         /* param: enum strategy; detail: enum reason */
    EVENT_ASPECT = 1002,           /* param: sg_ix + 1; detail: enum aspect */
    EVENT_STAGE = 1003,            /* param: stage_ix + 1 that becomes the wanted stage */
    EVENT_STAGE_GREEN = 1004,      /* param: stage_ix + 1, all its groups are green */
    EVENT_GUARD_TRIP = 1005,       /* param: enum guard_fault; detail: sg_a << 8 | sg_b */
    EVENT_LINK_UNCONFIRMED = 1006, /* param: ticks without confirmation so far */
    EVENT_LINK_LOST = 1007,
    EVENT_LINK_CONFIRMED = 1008,
    EVENT_LEASE = 1009,          /* param: enum lease_state; detail: epoch */
    EVENT_MISMATCH = 1010,       /* param: sg_ix + 1; detail: commanded << 8 | seen */
    EVENT_MONITOR_FAULT = 1011,  /* param: the monitor's code */
    EVENT_CABINET_REBOOT = 1012, /* param: boot count, low 16 bits */
    EVENT_COMMAND = 1013,        /* param: enum command_kind; detail: low 32 bits of command_id */
    EVENT_COMMAND_RESULT = 1014, /* param: enum command_result; detail: low 32 bits of command_id */
    EVENT_DETECTOR_CHATTER = 1015,      /* param: detector number */
    EVENT_DETECTOR_MAX_PRESENCE = 1016, /* param: detector number */
    EVENT_DETECTOR_STALE = 1017,        /* param: detector number */
    EVENT_DETECTOR_FORCED = 1018, /* param: detector number; detail: 0 off 1 on 2 given back */
    EVENT_TICK_LATE = 1019,       /* param: ticks skipped */
    EVENT_CYCLE_FAULT = 1020,
    EVENT_COORD_FAULT = 1021,
    EVENT_PLAN_LOADED = 1022, /* detail: low 32 bits of the plan's hash */
    EVENT_PLAN_REFUSED = 1023,
    EVENT_CLOCK_STEP = 1024,     /* detail: seconds, signed */
    EVENT_DROPPED = 1025,        /* param: events that did not fit into their tick */
    EVENT_LOCAL_CONTROL = 1026,  /* param: 1 begins, 0 ends */
    EVENT_MAX_RED = 1027,        /* param: sg_ix + 1: red longer than its maximum red */
    EVENT_JOURNAL_GAP = 1028,    /* numbers without records, told by the journal's readers;
                                    param: enum journal_gap; detail: how many, saturating */
    EVENT_ADAPTIVE_LIMIT = 1029, /* param: enum adaptive_limit bits; detail: lanes substituted */
    EVENT_BOX_WAIT = 1030        /* param: sg_ix + 1: its green waits until the junction is clear */
};

/* What the adaptive strategy has to do without, in the order of the fallback ladder. */
enum adaptive_limit {
    ADAPTIVE_NO_NEIGHBOURS = 1 << 0, /* they were heard and are silent now */
    ADAPTIVE_SUBSTITUTED = 1 << 1    /* lanes whose arrivals are guessed: their detectors failed */
};

enum alarm {
    ALARM_LINK = 1,
    ALARM_MISMATCH = 2,
    ALARM_GUARD = 3,
    ALARM_MONITOR = 4,
    ALARM_DETECTOR = 5,
    ALARM_COORD = 6,
    ALARM_CLOCK = 7,
    ALARM_JOURNAL = 8,
    ALARM_DEADLOCK = 9,
    ALARM_DOOR = 10,
    ALARM_SAFETY_FILE = 11,
    ALARM_COUNT
};

struct event {
    uint16_t code; /* enum event_code */
    uint16_t param;
    int32_t detail; /* 0 for Indiana codes */
};

/* The events of one tick of one junction, in the order in which they happened. Overflow is counted
 * and reported by EVENT_DROPPED, never hidden. */
struct event_list {
    uint32_t count;
    uint32_t dropped;
    struct event event[EVENT_PER_TICK_MAX];
};

static inline void event_list_clear(struct event_list *list)
{
    list->count = 0;
    list->dropped = 0;
}

static inline void event_add_detail(struct event_list *list, enum event_code code, uint32_t param,
                                    int32_t detail)
{
    if (list->count >= EVENT_PER_TICK_MAX) {
        list->dropped++;
        return;
    }
    list->event[list->count++] =
        (struct event){ .code = (uint16_t)code, .param = (uint16_t)param, .detail = detail };
}

static inline void event_add(struct event_list *list, enum event_code code, uint32_t param)
{
    event_add_detail(list, code, param, 0);
}

/* Name for people and tables, "green begin"; "unknown" for a number that is not in the table. */
const char *event_name(uint16_t code);

#endif
