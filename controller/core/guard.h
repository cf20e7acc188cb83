/* guard.h: judges every frame before it leaves, by the laws L1 to L11 of docs/laws.md, from the
 * safety file and the frames alone. Shares no code and no state with the sequencer: a bug must not
 * hide in its own checker. Never repairs a frame. A trip latches until it is reset at the cabinet.
 * Owned by struct junction, which flashes on any answer but GUARD_PASS. */
#ifndef KAVSAK_GUARD_H
#define KAVSAK_GUARD_H

#include "frame.h"
#include "plan.h"

/* Numbers are in journals (EVENT_GUARD_TRIP): never reused. */
enum guard_fault {
    GUARD_PASS = 0,
    GUARD_CONFLICT = 1,
    GUARD_INTERGREEN = 2,
    GUARD_MIN_GREEN = 3,
    GUARD_YELLOW_SHORT = 4,
    GUARD_YELLOW_LONG = 5,
    GUARD_RED_YELLOW = 6, /* too short or too long */
    GUARD_PED_CLEAR = 7,
    GUARD_SEQUENCE = 8, /* an aspect may not follow the one before it */
    GUARD_ASPECT = 9,   /* not a legal aspect of this type of group, or an unused group not red */
    GUARD_STARTUP =
        10,           /* left flash without yellow, all-red and their times, or took over without */
    GUARD_STATE = 11, /* its own state or the safety file broke an invariant */
    GUARD_FLASH_MIXED = 12, /* some groups flash, others run */
    GUARD_MIN_RED = 13,
    GUARD_UNCONFIRMED = 14, /* lamps changed on a tick that was not confirmed */
    GUARD_GREEN_FLASH = 15, /* too short */
    GUARD_FAULT_COUNT
};

enum { GUARD_NO_SG = 255 }; /* fits the byte it has in EVENT_GUARD_TRIP */

/* An image of all groups; a struct of its own because the proof speaks of values, not of pointers.
 */
struct guard_lamps {
    int32_t aspect[SG_MAX]; /* enum aspect */
};

/* Laid out for proof: flat int32_t and int64_t, no pointers. A time of 0 ms is one whose first
 * confirming read-back has not come yet; its monotonic start means nothing until then. */
struct guard {
    int32_t tripped;          /* enum guard_fault; anything but 0 latches */
    int32_t sg_a, sg_b;       /* groups of the trip, GUARD_NO_SG where it has none */
    int32_t life;             /* enum guard_life of guard.c: following, flash, start-up, running */
    int32_t life_ms;          /* confirmed time in it */
    struct guard_lamps lamps; /* of the last frame that passed */
    int32_t shown_ms[SG_MAX]; /* confirmed time of the present aspect */
    int64_t shown_at_ms[SG_MAX];     /* monotonic, of the read-back that first confirmed it */
    int32_t was_green[SG_MAX];       /* 1: green at least once since start-up's all-red */
    int32_t since_green_ms[SG_MAX];  /* confirmed time since the end of green; 0 while green */
    int64_t green_end_at_ms[SG_MAX]; /* monotonic, of the read-back that first confirmed the end */
};

/* What the guard may know of the tick besides the frame. is_confirmed: the cabinet echoed the
 * previous frame and its lamps were read back as commanded. is_ours: we hold the lease and nobody
 * controls locally; otherwise the seen lamps are followed. is_preempting: the shorter preempt
 * minimums hold. reset_seen is true on the one tick that learns of a reset at the cabinet; held
 * longer it would clear later trips. */
struct guard_tick {
    mono_t now;
    mono_t confirmed_at;
    bool is_confirmed;
    bool is_ours;
    bool is_preempting;
    bool reset_seen;
};

void guard_init(struct guard *g, const struct safety *s);

/* Judges frame and, if it passes, takes it as shown. A trip is kept; while tripped only a flash
 * that asks to be latched passes. While not is_ours it only sees to it that nothing but flash is
 * commanded. */
enum guard_fault guard_check(struct guard *g, const struct safety *s, const struct guard_tick *t,
                             const struct output_frame *frame);

/* While the lamps are not ours: remember what they show, so that what we take over is known. */
void guard_follow(struct guard *g, const struct safety *s, const struct guard_tick *t,
                  const struct cabinet_view *seen);

#endif
