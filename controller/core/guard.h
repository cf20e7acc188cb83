/* guard.h: judges every frame before it leaves, from the safety file and the frames alone: conflicts,
 * intergreens, minimum greens, exact yellow and red-yellow, pedestrian clearance, legal order, legal
 * values, start-up after flash. Shares no code and no state with the sequencer: a bug must not hide in
 * its own checker. Never repairs a frame. A trip latches until it is reset at the cabinet. */
#ifndef KAVSAK_GUARD_H
#define KAVSAK_GUARD_H

#include "frame.h"
#include "plan.h"

enum guard_fault {
    GUARD_PASS = 0,
    GUARD_CONFLICT = 1,
    GUARD_INTERGREEN = 2,
    GUARD_MIN_GREEN = 3,
    GUARD_YELLOW_SHORT = 4,
    GUARD_YELLOW_LONG = 5,
    GUARD_RED_YELLOW = 6,
    GUARD_PED_CLEAR = 7,
    GUARD_SEQUENCE = 8,   /* an aspect may not follow the one before it */
    GUARD_ASPECT = 9,     /* not a legal aspect of this type of group, or an unused group not red */
    GUARD_STARTUP = 10,   /* left flash without yellow, all-red and their times */
    GUARD_STATE = 11,     /* its own state or the safety file broke an invariant */
    GUARD_FLASH_MIXED = 12, /* some groups flash, others run */
    GUARD_MIN_RED = 13,
    GUARD_FAULT_COUNT
};

/* Laid out for proof: flat int32_t and int64_t, no pointers. */
struct guard {
    int32_t tripped;     /* enum guard_fault; anything but 0 latches */
    int32_t sg_a, sg_b;  /* groups of the trip */
    int32_t phase;       /* enum guard_phase of guard.c: following, flash, start-up, running */
    int32_t phase_ms;
    int32_t aspect[SG_MAX];
    int32_t shown_ms[SG_MAX];
    int32_t since_green_ms[SG_MAX];
    int64_t shown_at_ms[SG_MAX];     /* monotonic, of the confirming read-back */
    int64_t green_end_at_ms[SG_MAX];
    int32_t shown_confirmed[SG_MAX];
};

/* What the guard may know of the tick besides the frame. is_confirmed: the cabinet echoed the previous
 * frame and its lamps were read back as commanded. is_preempting: the shorter preempt minimums hold. */
struct guard_tick {
    mono_t now;
    mono_t confirmed_at;
    bool is_confirmed;
    bool is_ours;       /* we hold the lease and nobody controls locally; otherwise follow the seen lamps */
    bool is_preempting;
    bool reset_seen;    /* reset was pressed at the cabinet */
};

void guard_init(struct guard *g, const struct safety *s);

/* Judges frame and, if it passes, takes it as shown. A trip is kept; while tripped only flash passes. */
enum guard_fault guard_check(struct guard *g, const struct safety *s, const struct guard_tick *t,
                             const struct output_frame *frame);

/* While the lamps are not ours: remember what they show, so that what we take over is known. */
void guard_follow(struct guard *g, const struct safety *s, const struct guard_tick *t,
                  const struct cabinet_view *seen);

#endif
