#include "event.h"

struct event_row {
    uint16_t code;
    const char *name;
};

/* In the order of event.h, so in the order of codes: event_name searches by halves. */
static const struct event_row event_rows[] = {
    { EVENT_PHASE_ON, "phase on" },
    { EVENT_GREEN_BEGIN, "green begin" },
    { EVENT_PHASE_CHECK, "phase check" },
    { EVENT_MIN_GREEN_END, "min green end" },
    { EVENT_GAP_OUT, "gap out" },
    { EVENT_MAX_OUT, "max out" },
    { EVENT_FORCE_OFF, "force off" },
    { EVENT_GREEN_END, "green end" },
    { EVENT_YELLOW_BEGIN, "yellow begin" },
    { EVENT_YELLOW_END, "yellow end" },
    { EVENT_RED_CLEAR_BEGIN, "red clear begin" },
    { EVENT_RED_CLEAR_END, "red clear end" },
    { EVENT_PHASE_INACTIVE, "phase inactive" },
    { EVENT_WALK_BEGIN, "walk begin" },
    { EVENT_PED_CLEAR_BEGIN, "ped clear begin" },
    { EVENT_DONT_WALK_BEGIN, "dont walk begin" },
    { EVENT_BARRIER, "barrier" },
    { EVENT_HOLD_BEGIN, "hold begin" },
    { EVENT_HOLD_END, "hold end" },
    { EVENT_CALL_ON, "call on" },
    { EVENT_CALL_OFF, "call off" },
    { EVENT_PED_CALL_ON, "ped call on" },
    { EVENT_OMIT_BEGIN, "omit begin" },
    { EVENT_OMIT_END, "omit end" },
    { EVENT_PED_OMIT_BEGIN, "ped omit begin" },
    { EVENT_PED_OMIT_END, "ped omit end" },
    { EVENT_MAX_STEP_UP, "max step up" },
    { EVENT_MAX_STEP_DOWN, "max step down" },
    { EVENT_OVERLAP_GREEN, "overlap green" },
    { EVENT_OVERLAP_TRAIL, "overlap trail" },
    { EVENT_OVERLAP_YELLOW, "overlap yellow" },
    { EVENT_OVERLAP_RED_CLEAR, "overlap red clear" },
    { EVENT_OVERLAP_INACTIVE, "overlap inactive" },
    { EVENT_DETECTOR_OFF, "detector off" },
    { EVENT_DETECTOR_ON, "detector on" },
    { EVENT_DETECTOR_RESTORED, "detector restored" },
    { EVENT_DETECTOR_FAULT_OTHER, "detector fault other" },
    { EVENT_DETECTOR_FAULT_WATCHDOG, "detector fault watchdog" },
    { EVENT_DETECTOR_FAULT_OPEN, "detector fault open" },
    { EVENT_DETECTOR_FAULT_SHORTED, "detector fault shorted" },
    { EVENT_DETECTOR_FAULT_EXCESSIVE, "detector fault excessive" },
    { EVENT_PED_DETECTOR_OFF, "ped detector off" },
    { EVENT_PED_DETECTOR_ON, "ped detector on" },
    { EVENT_PED_DETECTOR_FAILED, "ped detector failed" },
    { EVENT_PED_DETECTOR_RESTORED, "ped detector restored" },
    { EVENT_PATTERN_CHANGE, "pattern change" },
    { EVENT_CYCLE_CHANGE, "cycle change" },
    { EVENT_OFFSET_CHANGE, "offset change" },
    { EVENT_SPLIT_CHANGE_1, "split change" },
    { EVENT_COORD_STATE, "coord state" },
    { EVENT_COORD_YIELD, "coord yield" },
    { EVENT_COORD_BEGIN, "coord begin" },
    { EVENT_FLASH, "flash" },
    { EVENT_ALARM_1, "alarm 1" },
    { EVENT_INTERVAL_ADVANCE, "interval advance" },
    { EVENT_STOP_TIME, "stop time" },
    { EVENT_CLOCK_UPDATED, "clock updated" },
    { EVENT_POWER_UP, "power up" },
    { EVENT_ALARM_ON, "alarm on" },
    { EVENT_ALARM_OFF, "alarm off" },
    { EVENT_ACTUAL_SPLIT_1, "actual split" },
    { EVENT_MODE, "mode" },
    { EVENT_STRATEGY, "strategy" },
    { EVENT_ASPECT, "aspect" },
    { EVENT_STAGE, "stage" },
    { EVENT_STAGE_GREEN, "stage green" },
    { EVENT_GUARD_TRIP, "guard trip" },
    { EVENT_LINK_UNCONFIRMED, "link unconfirmed" },
    { EVENT_LINK_LOST, "link lost" },
    { EVENT_LINK_CONFIRMED, "link confirmed" },
    { EVENT_LEASE, "lease" },
    { EVENT_MISMATCH, "mismatch" },
    { EVENT_MONITOR_FAULT, "monitor fault" },
    { EVENT_CABINET_REBOOT, "cabinet reboot" },
    { EVENT_COMMAND, "command" },
    { EVENT_COMMAND_RESULT, "command result" },
    { EVENT_DETECTOR_CHATTER, "detector chatter" },
    { EVENT_DETECTOR_MAX_PRESENCE, "detector max presence" },
    { EVENT_DETECTOR_STALE, "detector stale" },
    { EVENT_DETECTOR_FORCED, "detector forced" },
    { EVENT_TICK_LATE, "tick late" },
    { EVENT_CYCLE_FAULT, "cycle fault" },
    { EVENT_COORD_FAULT, "coord fault" },
    { EVENT_PLAN_LOADED, "plan loaded" },
    { EVENT_PLAN_REFUSED, "plan refused" },
    { EVENT_CLOCK_STEP, "clock step" },
    { EVENT_DROPPED, "dropped" },
    { EVENT_LOCAL_CONTROL, "local control" },
    { EVENT_MAX_RED, "max red" },
    { EVENT_JOURNAL_GAP, "journal gap" },
    { EVENT_ADAPTIVE_LIMIT, "adaptive limit" },
    { EVENT_BOX_WAIT, "box wait" },
};

static bool is_numbered_range(uint16_t code, uint16_t first, uint16_t *base)
{
    *base = first;
    return code >= first && code < first + PHASE_MAX;
}

const char *event_name(uint16_t code)
{
    uint16_t wanted = code;
    uint16_t base;
    if (is_numbered_range(code, EVENT_SPLIT_CHANGE_1, &base) ||
        is_numbered_range(code, EVENT_ACTUAL_SPLIT_1, &base)) {
        wanted = base;
    }
    size_t low = 0;
    size_t high = sizeof event_rows / sizeof event_rows[0];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (event_rows[middle].code == wanted) {
            return event_rows[middle].name;
        }
        if (event_rows[middle].code < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return "unknown";
}
