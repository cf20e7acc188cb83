/* monitor.h: the conflict monitor inside the emulated cabinet. Judges the lamps that are sensed, by
 * a file of its own that a person writes by hand (format: docs/cabinet.md), read by a reader of its
 * own: a slip in the parser of plans must not be common to all judges. Knows no plan, no stage, no
 * sequence: what two channels may not show together, that every head shows something, and how short
 * a yellow may be. Says what is wrong; the cabinet latches flash. Thresholds: NEMA TS 2 and
 * monitors in the field. */
#ifndef KAVSAK_MONITOR_H
#define KAVSAK_MONITOR_H

#include "frame.h"
#include "types.h"

enum {
    MONITOR_CHANNEL_MAX = 32,
    MONITOR_CONFLICT_MS = 300, /* TS 2: not below 200, certainly at 450; MMU2-1600GE: 300 */
    MONITOR_FORGET_MS =
        666, /* MMU2-1600GE forgets a recurrent conflict after this long without one */
    MONITOR_RED_FAIL_MS = 800, /* TS 2: not below 700, certainly at 1000; MMU2-1600GE: 800 */
    MONITOR_DUAL_MS = 450, /* red and green, or yellow and green, of one head: classic 350 to 500 */
    MONITOR_YELLOW_MS = 2700,   /* TS 2 minimum yellow change */
    MONITOR_HEARTBEAT_MS = 1000 /* rule S-5 */
};

/* Numbers are on the wire (CABINET_S_FAULT). */
enum monitor_fault {
    MONITOR_NO_FAULT = 0,
    MONITOR_CONFLICT = 1,
    MONITOR_RED_FAIL = 2,
    MONITOR_SHORT_YELLOW = 3,
    MONITOR_HEARTBEAT = 4, /* flashes, does not latch */
    MONITOR_DUAL = 5,
    MONITOR_COMMANDED = 6, /* the controller asked for latched flash (command mode 3) */
    MONITOR_FAULT_COUNT
};

enum monitor_flash { MONITOR_FLASH_RED, MONITOR_FLASH_YELLOW, MONITOR_FLASH_DARK };

struct monitor_channel {
    bool is_used;
    int32_t lamp[LAMP_COUNT]; /* output number by enum lamp, -1 none */
    int32_t flash;            /* enum monitor_flash */
    int32_t min_yellow_ms;
    uint32_t conflicts; /* bit = channel index */
};

struct monitor_config {
    uint16_t site_id;
    uint64_t safety_hash;
    int32_t heartbeat_ms;
    int32_t conflict_ms;
    int32_t red_fail_ms;
    struct monitor_channel channel[MONITOR_CHANNEL_MAX];
};

/* Lamps lit on one channel and since when, as the monitor remembers them. */
struct monitor_head {
    uint32_t on; /* bit = enum lamp; flashing counts as lit */
    int64_t dark_ms, dual_ms, yellow_ms;
    bool yellow_ends_green;
};

struct monitor {
    const struct monitor_config *config;
    bool is_judging;
    int64_t seen_at_ms;
    int64_t conflict_ms; /* of conflict, gaps forgiven only after MONITOR_FORGET_MS */
    int64_t conflict_free_ms;
    int32_t channel_a, channel_b; /* 1-based, of the last fault; 0 none */
    struct monitor_head head[MONITOR_CHANNEL_MAX];
};

/* Reads the whole text of a monitor file. STATUS_INVALID: error holds "line N: what". */
MUST_CHECK enum status monitor_parse(const char *text, struct monitor_config *config, char *error,
                                     size_t error_bytes);

void monitor_init(struct monitor *m, const struct monitor_config *config);

/* In flash and under police control nothing is judged; judging starts anew afterwards. */
void monitor_rest(struct monitor *m);

/* What the lamps show from now on; what they showed before is held against them for the time since
 * the last call. Call at every change and at least every 20 ms: a fault is noticed here and nowhere
 * else. */
enum monitor_fault monitor_see(struct monitor *m, const struct lamp_image *sensed, int64_t now_ms);

const char *monitor_fault_name(enum monitor_fault fault);

#endif
