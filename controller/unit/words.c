#include "words.h"

#include <string.h>

#include "command.h"
#include "coord.h"
#include "detector.h"
#include "event.h"
#include "guard.h"
#include "journal.h"
#include "lease.h"
#include "search.h"

#define TABLE_SIZE(table) ((int32_t)(sizeof(table) / sizeof(table)[0]))

static const char *pick(const char *const *table, int32_t count, int32_t ix)
{
    return ix >= 0 && ix < count && table[ix] != NULL ? table[ix] : "?";
}

static const char *const modes[MODE_COUNT] = {
    [MODE_STARTUP] = "start-up", [MODE_NORMAL] = "normal", [MODE_MANUAL] = "manual",
    [MODE_PREEMPT] = "preempt",  [MODE_FLASH] = "flash",
};

static const char *const strategies[STRATEGY_COUNT] = {
    [STRATEGY_FLASH] = "flash",
    [STRATEGY_ALL_RED] = "all-red",
    [STRATEGY_FIXED] = "fixed",
    [STRATEGY_ACTUATED] = "actuated",
    [STRATEGY_COORDINATED] = "coordinated",
    [STRATEGY_ADAPTIVE] = "adaptive",
    [STRATEGY_MANUAL] = "manual",
    [STRATEGY_PREEMPT] = "preempt",
};

static const char *const reasons[REASON_COUNT] = {
    [REASON_NONE] = "none",
    [REASON_BOOT] = "boot",
    [REASON_SCHEDULE] = "schedule",
    [REASON_COMMAND] = "command",
    [REASON_COMMAND_EXPIRED] = "command expired",
    [REASON_LINK_LOST] = "cabinet link lost",
    [REASON_MISMATCH] = "lamps differ from command",
    [REASON_GUARD] = "guard",
    [REASON_MONITOR] = "cabinet monitor",
    [REASON_CABINET_REBOOT] = "cabinet restarted",
    [REASON_LEASE_LOST] = "lease lost",
    [REASON_LOCAL_CONTROL] = "local control",
    [REASON_WRONG_CABINET] = "wrong cabinet",
    [REASON_DETECTORS_FAILED] = "detectors failed",
    [REASON_CLOCK_UNSYNCED] = "clock not synchronised",
    [REASON_CLOCK_STEPPED] = "clock stepped",
    [REASON_COORD_FAILED] = "coordination failed",
    [REASON_CYCLE_FAULT] = "cycle fault",
    [REASON_TICK_LATE] = "tick late",
    [REASON_SHUTDOWN] = "shutdown",
    [REASON_CORRUPT_STATE] = "corrupt state",
    [REASON_RELOAD] = "reload",
    [REASON_RECOVERED] = "recovered",
    [REASON_UNAVAILABLE] = "not available here",
};

static const char *const aspects[ASPECT_COUNT] = {
    [ASPECT_DARK] = "dark",
    [ASPECT_RED] = "red",
    [ASPECT_RED_YELLOW] = "red-yellow",
    [ASPECT_GREEN] = "green",
    [ASPECT_GREEN_FLASH] = "green-flash",
    [ASPECT_YELLOW] = "yellow",
    [ASPECT_FLASH_YELLOW] = "flash-yellow",
    [ASPECT_FLASH_RED] = "flash-red",
    [ASPECT_PED_CLEAR] = "ped-clear",
    [ASPECT_UNKNOWN] = "unknown",
};

static const char *const links[] = {
    [LINK_UNHEARD] = "unheard", [LINK_CONFIRMED] = "confirmed", [LINK_UNCONFIRMED] = "unconfirmed",
    [LINK_UNKNOWN] = "unknown", [LINK_LOST] = "lost",
};

static const char *const leases[] = {
    [LEASE_NONE] = "none",
    [LEASE_TAKING] = "taking",
    [LEASE_HELD] = "held",
    [LEASE_LOST] = "lost",
};

static const char *const healths[DETECTOR_HEALTH_COUNT] = {
    [DETECTOR_HEALTHY] = "healthy",
    [DETECTOR_NO_ACTIVITY] = "no activity",
    [DETECTOR_STUCK_ON] = "stuck on",
    [DETECTOR_ERRATIC] = "erratic",
    [DETECTOR_SOURCE_STALE] = "silent source",
    [DETECTOR_HARDWARE] = "hardware fault",
};

static const char *const guards[GUARD_FAULT_COUNT] = {
    [GUARD_PASS] = "passes",
    [GUARD_CONFLICT] = "conflict",
    [GUARD_INTERGREEN] = "intergreen too short",
    [GUARD_MIN_GREEN] = "minimum green cut",
    [GUARD_YELLOW_SHORT] = "yellow too short",
    [GUARD_YELLOW_LONG] = "yellow too long",
    [GUARD_RED_YELLOW] = "red-yellow wrong",
    [GUARD_PED_CLEAR] = "pedestrian clearance cut",
    [GUARD_SEQUENCE] = "order of aspects",
    [GUARD_ASPECT] = "illegal aspect",
    [GUARD_STARTUP] = "start-up left early",
    [GUARD_STATE] = "state corrupt",
    [GUARD_FLASH_MIXED] = "flash mixed with lamps",
    [GUARD_MIN_RED] = "least red cut",
    [GUARD_UNCONFIRMED] = "change without confirmation",
    [GUARD_GREEN_FLASH] = "green-flash too short",
};

static const char *const alarms[ALARM_COUNT] = {
    [ALARM_LINK] = "cabinet link",
    [ALARM_MISMATCH] = "lamps differ",
    [ALARM_GUARD] = "guard",
    [ALARM_MONITOR] = "cabinet monitor",
    [ALARM_DETECTOR] = "detector",
    [ALARM_COORD] = "coordination",
    [ALARM_CLOCK] = "clock",
    [ALARM_JOURNAL] = "journal",
    [ALARM_DEADLOCK] = "deadlock",
    [ALARM_DOOR] = "cabinet door",
    [ALARM_SAFETY_FILE] = "safety file",
};

static const char *const coords[] = {
    [COORD_FREE] = "free",
    [COORD_IN_STEP] = "in step",
    [COORD_TRANSITION_ADD] = "adding",
    [COORD_TRANSITION_SUBTRACT] = "subtracting",
    [COORD_TRANSITION_DWELL] = "dwelling",
    [COORD_LOCAL_ZERO] = "local zero",
};

static const char *const results[COMMAND_RESULT_COUNT] = {
    [COMMAND_DONE] = "done",
    [COMMAND_ALREADY] = "already so",
    [COMMAND_MISSING] = "no such thing",
    [COMMAND_INVALID] = "invalid",
    [COMMAND_DENIED] = "denied",
    [COMMAND_FAILED] = "failed",
    [COMMAND_BUSY] = "busy",
};

static const char *const commands[COMMAND_KIND_COUNT] = {
    [COMMAND_NONE] = "none",
    [COMMAND_PATTERN] = "pattern",
    [COMMAND_STRATEGY] = "strategy",
    [COMMAND_STAGE] = "stage",
    [COMMAND_CALL_VEHICLE] = "call",
    [COMMAND_CALL_PED] = "call-ped",
    [COMMAND_RECALL] = "recall",
    [COMMAND_HOLD] = "hold",
    [COMMAND_OMIT] = "omit",
    [COMMAND_FORCE_OFF] = "force-off",
    [COMMAND_DETECTOR_FORCE] = "detector",
    [COMMAND_FLASH] = "flash",
    [COMMAND_ALL_RED] = "all-red",
    [COMMAND_STOP_TIME] = "stop-time",
    [COMMAND_MANUAL] = "manual",
    [COMMAND_ADVANCE] = "advance",
    [COMMAND_RELEASE] = "release",
};

/* NTCIP 1202 unitFlashStatus. */
static const char *const flashes[] = {
    [1] = "another cause", [2] = "no flash",        [3] = "asked for", [4] = "local control",
    [5] = "guard",         [6] = "cabinet monitor", [7] = "start-up",  [8] = "preemption",
};

static const char *const monitors[] = {
    "no fault",
    "conflict",
    "missing red",
    "short yellow",
    "lost heartbeat",
    "two colours",
    "asked for by the controller",
};

static const char *const gaps[] = {
    [JOURNAL_GAP_QUEUE] = "the disk was too slow",
    [JOURNAL_GAP_DISK] = "the disk could not be written",
    [JOURNAL_GAP_CRASH] = "the run before was cut off",
};

const char *word_mode(int32_t mode)
{
    return pick(modes, TABLE_SIZE(modes), mode);
}

const char *word_strategy(int32_t strategy)
{
    return pick(strategies, TABLE_SIZE(strategies), strategy);
}

const char *word_reason(int32_t reason)
{
    return pick(reasons, TABLE_SIZE(reasons), reason);
}

const char *word_aspect(int32_t aspect)
{
    return pick(aspects, TABLE_SIZE(aspects), aspect);
}

const char *word_link(int32_t link_state)
{
    return pick(links, TABLE_SIZE(links), link_state);
}

const char *word_lease(int32_t lease_state)
{
    return pick(leases, TABLE_SIZE(leases), lease_state);
}

const char *word_health(int32_t detector_health)
{
    return pick(healths, TABLE_SIZE(healths), detector_health);
}

const char *word_guard(int32_t guard_fault)
{
    return pick(guards, TABLE_SIZE(guards), guard_fault);
}

const char *word_alarm(int32_t alarm)
{
    return pick(alarms, TABLE_SIZE(alarms), alarm);
}

const char *word_coord(int32_t coord_state)
{
    return pick(coords, TABLE_SIZE(coords), coord_state);
}

const char *word_result(int32_t command_result)
{
    return pick(results, TABLE_SIZE(results), command_result);
}

const char *word_command(int32_t command_kind)
{
    return pick(commands, TABLE_SIZE(commands), command_kind);
}

const char *word_flash(int32_t unit_flash_status)
{
    return pick(flashes, TABLE_SIZE(flashes), unit_flash_status);
}

const char *word_monitor(int32_t fault)
{
    return pick(monitors, TABLE_SIZE(monitors), fault);
}

const char *word_gap(int32_t reason)
{
    return pick(gaps, TABLE_SIZE(gaps), reason);
}

int32_t word_find_strategy(const char *word)
{
    for (int32_t i = 0; i < STRATEGY_COUNT; i++) {
        if (strcmp(strategies[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static bool find(const char *word, const char *const *table, int32_t count, int32_t *ix)
{
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(table[i], word) == 0) {
            *ix = i;
            return true;
        }
    }
    return false;
}

bool word_find_recall(const char *word, int32_t *bits)
{
    static const char *const recalls[] = { "none", "min", "max", "ped", "soft" };
    static const int32_t bits_of[] = { 0, RECALL_MIN, RECALL_MAX, RECALL_PED, RECALL_SOFT };
    int32_t ix = 0;
    const bool is_found = find(word, recalls, TABLE_SIZE(recalls), &ix);
    *bits = bits_of[ix];
    return is_found;
}

bool word_find_force(const char *word, int32_t *value)
{
    static const char *const forces[] = { "auto", "off", "on" };
    int32_t ix = 0;
    const bool is_found = find(word, forces, TABLE_SIZE(forces), &ix);
    *value = ix - 1;
    return is_found;
}

static const char *const bindings[BINDING_COUNT] = {
    [BINDING_NONE] = "none",           [BINDING_ON_THE_WAY] = "on the way",
    [BINDING_MIN_GREEN] = "min green", [BINDING_MAX_GREEN] = "max green",
    [BINDING_MAX_RED] = "max red",     [BINDING_PEDESTRIANS] = "pedestrians",
    [BINDING_NO_DEMAND] = "no demand", [BINDING_EXIT_FULL] = "exit full",
    [BINDING_STARVING] = "starving",
};

const char *word_binding(int32_t binding)
{
    return pick(bindings, BINDING_COUNT, binding);
}
