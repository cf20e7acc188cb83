/* types.h: the words every part shares: the two clocks, masks, aspects, modes, roles. Decides
 * nothing. Aspects and modes are stored in int32_t fields wherever state is proved or protected, so
 * that any bit pattern is a value that can be judged. */
#ifndef KAVSAK_TYPES_H
#define KAVSAK_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"
#include "require.h"

/* Time since boot; runs every timer. */
typedef struct {
    int64_t ms;
} mono_t;

/* Civil time, milliseconds since 1970-01-01T00:00:00Z; picks plans, aligns cycles and stamps logs.
 * The compiler, not the reviewer, keeps the two clocks apart. */
typedef struct {
    int64_t ms;
} wall_t;

static inline int64_t mono_since_ms(mono_t now, mono_t then)
{
    REQUIRE(now.ms >= then.ms);
    return now.ms - then.ms;
}

/* Timers stop at AGE_MAX_MS instead of overflowing: older than a day is simply old. */
static inline int32_t age_add_ms(int32_t age_ms, int32_t add_ms)
{
    return age_ms < AGE_MAX_MS - add_ms ? age_ms + add_ms : AGE_MAX_MS;
}

static inline int32_t min_i32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t max_i32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

typedef uint32_t sg_mask_t;       /* bit = sg_ix */
typedef uint32_t phase_mask_t;    /* bit = phase_ix */
typedef uint32_t stage_mask_t;    /* bit = stage_ix */
typedef uint64_t detector_mask_t; /* bit = detector_ix */

static inline uint32_t bit32(uint32_t ix)
{
    return UINT32_C(1) << ix;
}

static inline uint64_t bit64(uint32_t ix)
{
    return UINT64_C(1) << ix;
}

/* The lowest member of a mask that has one. Masks are walked member by member, in order, with
 *     for (uint32_t left = mask; left != 0; left &= left - 1) { ... lowest_bit(left) ... }
 * which takes as many turns as there are members, not as many as there could be. */
static inline uint32_t lowest_bit(uint32_t mask)
{
    REQUIRE(mask != 0);
    return (uint32_t)__builtin_ctz(mask);
}

/* How an operation on the world ended. A fault is a value: callers must look. */
enum status {
    STATUS_OK,
    STATUS_AGAIN,   /* nothing yet, or full: ask again at the next step */
    STATUS_INVALID, /* what came in is malformed */
    STATUS_REFUSED, /* well formed, but not allowed */
    STATUS_IO,      /* the device, file or peer failed */
    STATUS_TIMEOUT,
    STATUS_NO_SPACE,
    STATUS_NOT_FOUND
};

/* What a group of signal heads shows. Green-flash counts as green; ped-clear is neither green nor
 * red: pedestrians finish crossing. ASPECT_UNKNOWN is only ever seen, never commanded. */
enum aspect {
    ASPECT_DARK,
    ASPECT_RED,
    ASPECT_RED_YELLOW,
    ASPECT_GREEN,
    ASPECT_GREEN_FLASH,
    ASPECT_YELLOW,
    ASPECT_FLASH_YELLOW,
    ASPECT_FLASH_RED,
    ASPECT_PED_CLEAR,
    ASPECT_UNKNOWN,
    ASPECT_COUNT
};

static inline bool aspect_is_green(int32_t aspect)
{
    return aspect == ASPECT_GREEN || aspect == ASPECT_GREEN_FLASH;
}

enum sg_type { SG_VEHICLE, SG_ARROW, SG_BUS, SG_TRAM, SG_PEDESTRIAN, SG_CYCLE, SG_TYPE_COUNT };

enum mode { MODE_STARTUP, MODE_NORMAL, MODE_MANUAL, MODE_PREEMPT, MODE_FLASH, MODE_COUNT };

/* Who chooses inside a mode. The order from ADAPTIVE to FLASH is also the fallback ladder's. */
enum strategy {
    STRATEGY_FLASH,
    STRATEGY_ALL_RED,
    STRATEGY_FIXED,
    STRATEGY_ACTUATED,
    STRATEGY_COORDINATED,
    STRATEGY_ADAPTIVE,
    STRATEGY_MANUAL,
    STRATEGY_PREEMPT,
    STRATEGY_COUNT
};

/* Why a junction runs below what its schedule asks for, or flashes. One code for each change (rule
 * S-21); numbers are never reused. */
enum reason {
    REASON_NONE = 0,
    REASON_BOOT = 1,
    REASON_SCHEDULE = 2,
    REASON_COMMAND = 3,
    REASON_COMMAND_EXPIRED = 4,
    REASON_LINK_LOST = 5,
    REASON_MISMATCH = 6, /* lamps seen are not the lamps commanded */
    REASON_GUARD = 7,
    REASON_MONITOR = 8, /* the cabinet's own monitor took the lamps */
    REASON_CABINET_REBOOT = 9,
    REASON_LEASE_LOST = 10,
    REASON_LOCAL_CONTROL = 11, /* police panel or local switch */
    REASON_WRONG_CABINET = 12, /* site id or safety hash differs */
    REASON_DETECTORS_FAILED = 13,
    REASON_CLOCK_UNSYNCED = 14,
    REASON_CLOCK_STEPPED = 15,
    REASON_COORD_FAILED = 16,
    REASON_CYCLE_FAULT = 17,
    REASON_TICK_LATE = 18,
    REASON_SHUTDOWN = 19,
    REASON_CORRUPT_STATE = 20,
    REASON_RELOAD = 21,
    REASON_RECOVERED = 22,
    REASON_UNAVAILABLE = 23, /* asked for something that this junction cannot run */
    REASON_COUNT
};

enum role {
    ROLE_OBSERVER,
    ROLE_TECHNICIAN,
    ROLE_OPERATOR,
    ROLE_ENGINEER,
    ROLE_SAFETY_ENGINEER,
    ROLE_COUNT
};

#endif
