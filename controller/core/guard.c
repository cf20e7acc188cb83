#include "guard.h"

/* Where the lamps are on the way of law L8. Following: they are not ours. */
enum guard_life { LIFE_FOLLOWING, LIFE_FLASH, LIFE_YELLOW, LIFE_ALL_RED, LIFE_RUNNING, LIFE_COUNT };

enum { LIFE_FORBIDDEN = LIFE_COUNT };

struct verdict {
    int32_t fault; /* enum guard_fault */
    int32_t sg_a, sg_b;
};

static struct verdict verdict_of(int32_t fault, int32_t sg_a, int32_t sg_b)
{
    return (struct verdict){ .fault = fault, .sg_a = sg_a, .sg_b = sg_b };
}

static struct verdict pass(void)
{
    return verdict_of(GUARD_PASS, GUARD_NO_SG, GUARD_NO_SG);
}

/* Aspects: the table of laws.md, section 1. */

static bool is_service_aspect(int32_t sg_type, int32_t aspect)
{
    if (sg_type == SG_PEDESTRIAN) {
        return aspect == ASPECT_RED || aspect == ASPECT_GREEN || aspect == ASPECT_PED_CLEAR;
    }
    return aspect >= ASPECT_RED && aspect <= ASPECT_YELLOW;
}
_Static_assert(ASPECT_RED == 1 && ASPECT_RED_YELLOW == 2 && ASPECT_GREEN == 3 &&
                   ASPECT_GREEN_FLASH == 4 && ASPECT_YELLOW == 5,
               "the aspects of a vehicle head in service are a range");

static bool is_flash_aspect(int32_t sg_type, int32_t aspect)
{
    const int32_t other = sg_type == SG_PEDESTRIAN ? ASPECT_DARK : ASPECT_FLASH_YELLOW;
    return aspect == ASPECT_FLASH_RED || aspect == other;
}

/* What a group shows where law L8 leaves it no choice. */
static int32_t image_aspect(const struct safety *s, int32_t life, int32_t i)
{
    if (life == LIFE_FLASH) {
        return s->flash_aspect[i];
    }
    if (life == LIFE_YELLOW && s->flash_aspect[i] == ASPECT_FLASH_YELLOW) {
        return ASPECT_YELLOW;
    }
    return ASPECT_RED;
}

static bool shows_image(const struct safety *s, int32_t life, const struct guard_lamps *lamps)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (lamps->aspect[i] != image_aspect(s, life, i)) {
            return false;
        }
    }
    return true;
}

/* Invariants of the safety file: what the laws take for granted. Checked on every tick, because a
 * file that was good at start-up proves nothing about the memory it lies in. */

static bool is_plan_time(int32_t time_ms)
{
    return time_ms >= 0 && time_ms <= PLAN_TIME_MAX_MS;
}

static bool safety_life_ok(const struct safety *s)
{
    return s->sg_count >= 1 && s->sg_count <= SG_MAX && is_plan_time(s->startup_flash_ms) &&
           is_plan_time(s->startup_yellow_ms) && is_plan_time(s->startup_all_red_ms);
}

static bool safety_sg_ok(const struct safety *s, int32_t i)
{
    return s->sg_type[i] >= 0 && s->sg_type[i] < SG_TYPE_COUNT &&
           is_flash_aspect(s->sg_type[i], s->flash_aspect[i]) && is_plan_time(s->min_green_ms[i]) &&
           is_plan_time(s->preempt_min_green_ms[i]) && is_plan_time(s->green_flash_ms[i]) &&
           is_plan_time(s->yellow_ms[i]) && is_plan_time(s->red_yellow_ms[i]) &&
           is_plan_time(s->ped_clear_ms[i]) && is_plan_time(s->min_red_ms[i]) &&
           s->intergreen_ms[i][i] == NO_CONFLICT_MS;
}

/* Start-up's all-red stands for every intergreen that is not measured (L6), so none may be longer.
 */
static bool is_intergreen(const struct safety *s, int32_t time_ms)
{
    return time_ms >= 0 && time_ms <= s->startup_all_red_ms;
}

static bool is_permissive(const struct safety *s, int32_t i, int32_t j)
{
    return ((uint32_t)s->permissive[i] & bit32((uint32_t)j)) != 0;
}

static bool safety_pair_ok(const struct safety *s, int32_t i, int32_t j)
{
    const int32_t there_ms = s->intergreen_ms[i][j];
    const int32_t back_ms = s->intergreen_ms[j][i];
    const bool is_free = there_ms == NO_CONFLICT_MS && back_ms == NO_CONFLICT_MS;
    const bool is_entry = is_intergreen(s, there_ms) && is_intergreen(s, back_ms);
    return (is_free || is_entry) && is_permissive(s, i, j) == is_permissive(s, j, i);
}

static bool safety_row_ok(const struct safety *s, int32_t i)
{
    for (int32_t j = 0; j < i; j++) {
        if (!safety_pair_ok(s, i, j)) {
            return false;
        }
    }
    return safety_sg_ok(s, i);
}

static bool safety_ok(const struct safety *s)
{
    if (!safety_life_ok(s)) {
        return false;
    }
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (!safety_row_ok(s, i)) {
            return false;
        }
    }
    return true;
}

/* L2. The safety file holds presence and permission symmetric, so one direction tells. */

/* Two groups of which i does not show red. */
static bool are_in_conflict(const struct safety *s, const struct guard_lamps *lamps, int32_t i,
                            int32_t j)
{
    return lamps->aspect[j] != ASPECT_RED && s->intergreen_ms[i][j] >= 0 && !is_permissive(s, i, j);
}

static struct verdict judge_conflict_of(const struct safety *s, const struct guard_lamps *lamps,
                                        int32_t i)
{
    for (int32_t j = 0; j < i; j++) {
        if (are_in_conflict(s, lamps, i, j)) {
            return verdict_of(GUARD_CONFLICT, j, i);
        }
    }
    return pass();
}

static struct verdict judge_conflicts(const struct safety *s, const struct guard_lamps *lamps)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (lamps->aspect[i] != ASPECT_RED) {
            const struct verdict v = judge_conflict_of(s, lamps, i);
            if (v.fault != GUARD_PASS) {
                return v;
            }
        }
    }
    return pass();
}

/* Invariants of the guard's own memory. */

static bool is_age(int32_t age_ms)
{
    return age_ms >= 0 && age_ms <= AGE_MAX_MS;
}

static bool state_sg_times_ok(const struct guard *g, int32_t i)
{
    return is_age(g->shown_ms[i]) && is_age(g->since_green_ms[i]) && g->shown_at_ms[i] >= 0 &&
           g->green_end_at_ms[i] >= 0 && (g->was_green[i] == 0 || g->was_green[i] == 1);
}

static bool state_sg_ok(const struct guard *g, const struct safety *s, int32_t i)
{
    const int32_t aspect = g->lamps.aspect[i];
    if (!state_sg_times_ok(g, i)) {
        return false;
    }
    if (g->life == LIFE_FOLLOWING) {
        return aspect >= 0 && aspect < ASPECT_COUNT && g->was_green[i] == 0;
    }
    if (g->life != LIFE_RUNNING) {
        return aspect == image_aspect(s, g->life, i) && g->was_green[i] == 0;
    }
    return is_service_aspect(s->sg_type[i], aspect) &&
           (!aspect_is_green(aspect) || (g->was_green[i] == 1 && g->since_green_ms[i] == 0));
}

static bool state_ok(const struct guard *g, const struct safety *s)
{
    if (g->tripped < 0 || g->tripped >= GUARD_FAULT_COUNT || g->life < 0 || g->life >= LIFE_COUNT ||
        !is_age(g->life_ms)) {
        return false;
    }
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (!state_sg_ok(g, s, i)) {
            return false;
        }
    }
    return g->life != LIFE_RUNNING || judge_conflicts(s, &g->lamps).fault == GUARD_PASS;
}

static bool tick_ok(const struct guard_tick *t)
{
    return t->now.ms >= 0 && (!t->is_confirmed || t->confirmed_at.ms >= 0);
}

/* Time (laws.md, section 2). Over means over by both clocks; before the first confirmation nothing
 * is. A read-back may be stamped after the tick's own now: the difference is negative and not over.
 */
static bool is_over(int32_t confirmed_ms, int64_t start_at_ms, int32_t time_ms, mono_t now)
{
    return confirmed_ms > 0 && confirmed_ms >= time_ms && now.ms - start_at_ms >= time_ms;
}

static void count_sg(struct guard *g, int32_t i, mono_t confirmed_at)
{
    if (g->shown_ms[i] == 0) {
        g->shown_at_ms[i] = confirmed_at.ms;
    }
    g->shown_ms[i] = age_add_ms(g->shown_ms[i], TICK_MS);
    if (g->was_green[i] == 1 && !aspect_is_green(g->lamps.aspect[i])) {
        if (g->since_green_ms[i] == 0) {
            g->green_end_at_ms[i] = confirmed_at.ms;
        }
        g->since_green_ms[i] = age_add_ms(g->since_green_ms[i], TICK_MS);
    }
}

/* On the first tick that is ours a confirmation can only be that of the flash which took the lease
 * (L10), so it counts for L8 (a) as well. */
static void count(struct guard *g, const struct safety *s, const struct guard_tick *t)
{
    if (t->is_confirmed) {
        g->life_ms = age_add_ms(g->life_ms, TICK_MS);
        for (int32_t i = 0; i < s->sg_count; i++) {
            count_sg(g, i, t->confirmed_at);
        }
    }
}

/* L1 */

static int32_t judge_value(const struct safety *s, const struct output_frame *frame, int32_t i)
{
    const int32_t aspect = frame->aspect[i];
    const bool is_service = is_service_aspect(s->sg_type[i], aspect);
    if (!is_service && !is_flash_aspect(s->sg_type[i], aspect)) {
        return GUARD_ASPECT;
    }
    if (frame->wants_flash ? aspect != s->flash_aspect[i] : !is_service) {
        return GUARD_FLASH_MIXED;
    }
    return GUARD_PASS;
}

static struct verdict judge_values(const struct safety *s, const struct output_frame *frame)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        const int32_t fault = judge_value(s, frame, i);
        if (fault != GUARD_PASS) {
            return verdict_of(fault, i, GUARD_NO_SG);
        }
    }
    for (int32_t i = s->sg_count; i < SG_MAX; i++) {
        if (frame->aspect[i] != ASPECT_RED) {
            return verdict_of(GUARD_ASPECT, i, GUARD_NO_SG);
        }
    }
    return pass();
}

/* L8: where this frame would bring us, LIFE_FORBIDDEN if nowhere. The times are
 * confirmed times alone. Where no group flashes yellow, the yellow image is all red. */

static int32_t life_after_flash(const struct guard *g, const struct safety *s,
                                const struct guard_lamps *lamps)
{
    const int32_t next = s->startup_yellow_ms > 0 ? LIFE_YELLOW : LIFE_ALL_RED;
    const bool is_due = g->life_ms >= s->startup_flash_ms;
    return is_due && shows_image(s, next, lamps) ? next : LIFE_FORBIDDEN;
}

static int32_t life_after_yellow(const struct guard *g, const struct safety *s,
                                 const struct guard_lamps *lamps)
{
    if (g->life_ms >= s->startup_yellow_ms && shows_image(s, LIFE_ALL_RED, lamps)) {
        return LIFE_ALL_RED;
    }
    return shows_image(s, LIFE_YELLOW, lamps) ? LIFE_YELLOW : LIFE_FORBIDDEN;
}

static int32_t life_after_all_red(const struct guard *g, const struct safety *s,
                                  const struct guard_lamps *lamps)
{
    if (shows_image(s, LIFE_ALL_RED, lamps)) {
        return LIFE_ALL_RED;
    }
    return g->life_ms >= s->startup_all_red_ms ? LIFE_RUNNING : LIFE_FORBIDDEN;
}

static int32_t next_life(const struct guard *g, const struct safety *s,
                         const struct output_frame *frame, const struct guard_lamps *lamps)
{
    int32_t next = LIFE_FORBIDDEN; /* following: taking over starts with flash */
    if (frame->wants_flash) {
        next = LIFE_FLASH;
    } else if (g->life == LIFE_FLASH) {
        next = life_after_flash(g, s, lamps);
    } else if (g->life == LIFE_YELLOW) {
        next = life_after_yellow(g, s, lamps);
    } else if (g->life == LIFE_ALL_RED) {
        next = life_after_all_red(g, s, lamps);
    } else if (g->life == LIFE_RUNNING) {
        next = LIFE_RUNNING;
    }
    return next;
}

/* L11 */
static struct verdict judge_repeat(const struct guard *g, const struct safety *s,
                                   const struct guard_tick *t, const struct guard_lamps *lamps)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (!t->is_confirmed && lamps->aspect[i] != g->lamps.aspect[i]) {
            return verdict_of(GUARD_UNCONFIRMED, i, GUARD_NO_SG);
        }
    }
    return pass();
}

/* L3: the one aspect that may follow. */

static int32_t successor_of_vehicle(const struct safety *s, int32_t i, int32_t aspect)
{
    int32_t next = ASPECT_RED; /* after yellow */
    if (aspect == ASPECT_RED) {
        next = s->red_yellow_ms[i] > 0 ? ASPECT_RED_YELLOW : ASPECT_GREEN;
    } else if (aspect == ASPECT_RED_YELLOW) {
        next = ASPECT_GREEN;
    } else if (aspect == ASPECT_GREEN) {
        next = s->green_flash_ms[i] > 0 ? ASPECT_GREEN_FLASH : ASPECT_YELLOW;
    } else if (aspect == ASPECT_GREEN_FLASH) {
        next = ASPECT_YELLOW;
    }
    return next;
}

static int32_t successor_of_pedestrian(const struct safety *s, int32_t i, int32_t aspect)
{
    int32_t next = ASPECT_RED; /* after ped-clear */
    if (aspect == ASPECT_RED) {
        next = ASPECT_GREEN;
    } else if (aspect == ASPECT_GREEN && s->ped_clear_ms[i] > 0) {
        next = ASPECT_PED_CLEAR;
    }
    return next;
}

static int32_t successor(const struct safety *s, int32_t i, int32_t aspect)
{
    return s->sg_type[i] == SG_PEDESTRIAN ? successor_of_pedestrian(s, i, aspect)
                                          : successor_of_vehicle(s, i, aspect);
}

/* L4, L5, L7: what must be over before an aspect is left, and the fault if it is not. */

struct least {
    int32_t time_ms;
    int32_t fault; /* enum guard_fault */
};

static struct least least_of(const struct guard *g, const struct safety *s,
                             const struct guard_tick *t, int32_t i)
{
    const int32_t aspect = g->lamps.aspect[i];
    /* Red: to open again takes min_red_ms, to open for the first time only start-up's all-red. */
    struct least least = { g->was_green[i] == 1 ? s->min_red_ms[i] : 0, GUARD_MIN_RED };
    if (aspect == ASPECT_GREEN) {
        least = (struct least){ t->is_preempting ? s->preempt_min_green_ms[i] : s->min_green_ms[i],
                                GUARD_MIN_GREEN };
    } else if (aspect == ASPECT_GREEN_FLASH) {
        least = (struct least){ s->green_flash_ms[i], GUARD_GREEN_FLASH };
    } else if (aspect == ASPECT_YELLOW) {
        least = (struct least){ s->yellow_ms[i], GUARD_YELLOW_SHORT };
    } else if (aspect == ASPECT_RED_YELLOW) {
        least = (struct least){ s->red_yellow_ms[i], GUARD_RED_YELLOW };
    } else if (aspect == ASPECT_PED_CLEAR) {
        least = (struct least){ s->ped_clear_ms[i], GUARD_PED_CLEAR };
    }
    return least;
}

static int32_t judge_leaving(const struct guard *g, const struct safety *s,
                             const struct guard_tick *t, int32_t i)
{
    const struct least least = least_of(g, s, t, i);
    const bool is_due = is_over(g->shown_ms[i], g->shown_at_ms[i], least.time_ms, t->now);
    return is_due ? GUARD_PASS : least.fault;
}

/* L5, the other half: yellow and red-yellow end in time. */
static int32_t judge_staying(const struct guard *g, const struct safety *s, int32_t i)
{
    const int32_t aspect = g->lamps.aspect[i];
    const int32_t over_ms = g->shown_ms[i] - GUARD_SLACK_TICKS * TICK_MS;
    int32_t fault = GUARD_PASS;
    if (aspect == ASPECT_YELLOW && over_ms >= s->yellow_ms[i]) {
        fault = GUARD_YELLOW_LONG;
    } else if (aspect == ASPECT_RED_YELLOW && over_ms >= s->red_yellow_ms[i]) {
        fault = GUARD_RED_YELLOW;
    }
    return fault;
}

static int32_t judge_step(const struct guard *g, const struct safety *s, const struct guard_tick *t,
                          int32_t i, int32_t aspect)
{
    int32_t fault = GUARD_SEQUENCE;
    if (aspect == g->lamps.aspect[i]) {
        fault = judge_staying(g, s, i);
    } else if (aspect == successor(s, i, g->lamps.aspect[i])) {
        fault = judge_leaving(g, s, t, i);
    }
    return fault;
}

/* L6. While i is green, or in the very frame in which it ends, its since_green_ms is 0: never over.
 */
static bool is_cleared(const struct guard *g, const struct safety *s, const struct guard_tick *t,
                       const struct guard_lamps *lamps, int32_t i, int32_t j)
{
    const int32_t intergreen_ms = s->intergreen_ms[i][j];
    if (intergreen_ms == NO_CONFLICT_MS || g->was_green[i] == 0) {
        return true;
    }
    if (is_permissive(s, i, j) && aspect_is_green(g->lamps.aspect[i]) &&
        aspect_is_green(lamps->aspect[i])) {
        return true;
    }
    return is_over(g->since_green_ms[i], g->green_end_at_ms[i], intergreen_ms, t->now);
}

static struct verdict judge_opening(const struct guard *g, const struct safety *s,
                                    const struct guard_tick *t, const struct guard_lamps *lamps,
                                    int32_t j)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (!is_cleared(g, s, t, lamps, i, j)) {
            return verdict_of(GUARD_INTERGREEN, i, j);
        }
    }
    return pass();
}

static struct verdict judge_sg(const struct guard *g, const struct safety *s,
                               const struct guard_tick *t, const struct guard_lamps *lamps,
                               int32_t i)
{
    const int32_t fault = judge_step(g, s, t, i, lamps->aspect[i]);
    if (fault != GUARD_PASS) {
        return verdict_of(fault, i, GUARD_NO_SG);
    }
    if (aspect_is_green(lamps->aspect[i]) && !aspect_is_green(g->lamps.aspect[i])) {
        return judge_opening(g, s, t, lamps, i);
    }
    return pass();
}

static struct verdict judge_steps(const struct guard *g, const struct safety *s,
                                  const struct guard_tick *t, const struct guard_lamps *lamps)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        const struct verdict v = judge_sg(g, s, t, lamps, i);
        if (v.fault != GUARD_PASS) {
            return v;
        }
    }
    return pass();
}

/* A frame that is not flash, that L8 brings to next. */
static struct verdict judge_service(const struct guard *g, const struct safety *s,
                                    const struct guard_tick *t, const struct guard_lamps *lamps,
                                    int32_t next)
{
    struct verdict v = pass();
    if (next == LIFE_FORBIDDEN) {
        v = verdict_of(GUARD_STARTUP, GUARD_NO_SG, GUARD_NO_SG);
    }
    if (v.fault == GUARD_PASS && next == LIFE_RUNNING) {
        v = judge_conflicts(s, lamps);
    }
    if (v.fault == GUARD_PASS) {
        v = judge_repeat(g, s, t, lamps);
    }
    if (v.fault == GUARD_PASS && next == LIFE_RUNNING) {
        v = judge_steps(g, s, t, lamps);
    }
    return v;
}

/* Taking a frame as shown. */

static void take_aspect(struct guard *g, int32_t i, int32_t aspect)
{
    if (aspect != g->lamps.aspect[i]) {
        g->lamps.aspect[i] = aspect;
        g->shown_ms[i] = 0;
    }
    if (aspect_is_green(aspect)) {
        g->was_green[i] = 1;
        g->since_green_ms[i] = 0;
    }
}

static void take(struct guard *g, const struct safety *s, const struct guard_lamps *lamps,
                 int32_t next)
{
    if (next != g->life) {
        g->life = next;
        g->life_ms = 0;
    }
    for (int32_t i = 0; i < s->sg_count; i++) {
        take_aspect(g, i, lamps->aspect[i]);
    }
}

static void forget_sg(struct guard *g, int32_t i, int32_t aspect)
{
    g->lamps.aspect[i] = aspect;
    g->shown_ms[i] = 0;
    g->shown_at_ms[i] = 0;
    g->was_green[i] = 0;
    g->since_green_ms[i] = 0;
    g->green_end_at_ms[i] = 0;
}

/* Flash ends all that was known, but not its own time: it may have been shown already. */
static void take_flash(struct guard *g, const struct safety *s)
{
    if (g->life != LIFE_FLASH && g->life != LIFE_FOLLOWING) {
        g->life_ms = 0;
    }
    g->life = LIFE_FLASH;
    for (int32_t i = 0; i < SG_MAX; i++) {
        forget_sg(g, i, s->flash_aspect[i]);
    }
}

static void take_following(struct guard *g, const struct safety *s)
{
    g->life = LIFE_FOLLOWING;
    g->life_ms = 0;
    for (int32_t i = 0; i < SG_MAX; i++) {
        forget_sg(g, i, i < s->sg_count ? ASPECT_UNKNOWN : ASPECT_RED);
    }
}

/* The frame that is judged does not leave: its caller sends flash instead, so flash is what is
 * shown from now on. The first fault is the one that is kept, unless memory is found damaged: then
 * nothing is known, not even what the lamps show. */
static int32_t trip(struct guard *g, const struct safety *s, struct verdict v)
{
    if (g->tripped == GUARD_PASS || v.fault == GUARD_STATE) {
        g->tripped = v.fault;
        g->sg_a = v.sg_a;
        g->sg_b = v.sg_b;
    }
    if (v.fault == GUARD_STATE) {
        take_following(g, s);
    } else {
        take_flash(g, s);
    }
    return g->tripped;
}

static void clear_on_reset(struct guard *g, const struct guard_tick *t)
{
    if (t->reset_seen) {
        g->tripped = GUARD_PASS;
        g->sg_a = GUARD_NO_SG;
        g->sg_b = GUARD_NO_SG;
    }
}

/* L9 */
static struct verdict judge_tripped(const struct guard *g, const struct output_frame *frame)
{
    const bool is_latching = frame->wants_flash && frame->wants_latch;
    return is_latching ? pass() : verdict_of(g->tripped, g->sg_a, g->sg_b);
}

/* L10: whoever's the lamps are, they are not ours to command; flash alone may be offered, to take
 * over. */
static struct verdict judge_foreign(const struct output_frame *frame)
{
    const bool commands = frame->may_write && !frame->wants_flash;
    return commands ? verdict_of(GUARD_STARTUP, GUARD_NO_SG, GUARD_NO_SG) : pass();
}

static int32_t check_foreign(struct guard *g, const struct safety *s,
                             const struct output_frame *frame)
{
    const struct verdict v = judge_foreign(frame);
    if (v.fault != GUARD_PASS) {
        return trip(g, s, v);
    }
    if (g->life != LIFE_FOLLOWING) { /* else guard_follow may have seen what they show */
        take_following(g, s);
    }
    g->life_ms = 0;
    return GUARD_PASS;
}

static int32_t check_ours(struct guard *g, const struct safety *s, const struct guard_tick *t,
                          const struct output_frame *frame)
{
    struct guard_lamps lamps;
    for (int32_t i = 0; i < SG_MAX; i++) {
        lamps.aspect[i] = frame->aspect[i];
    }
    count(g, s, t);
    const int32_t next = next_life(g, s, frame, &lamps);
    struct verdict v = judge_values(s, frame);
    if (v.fault == GUARD_PASS && g->tripped != GUARD_PASS) {
        v = judge_tripped(g, frame);
    }
    if (v.fault == GUARD_PASS && next != LIFE_FLASH) {
        v = judge_service(g, s, t, &lamps, next);
    }
    if (v.fault != GUARD_PASS) {
        return trip(g, s, v);
    }
    if (next == LIFE_FLASH) {
        take_flash(g, s);
    } else {
        take(g, s, &lamps, next);
    }
    return GUARD_PASS;
}

void guard_init(struct guard *g, const struct safety *s)
{
    g->tripped = GUARD_PASS;
    g->sg_a = GUARD_NO_SG;
    g->sg_b = GUARD_NO_SG;
    take_following(g, s);
}

enum guard_fault guard_check(struct guard *g, const struct safety *s, const struct guard_tick *t,
                             const struct output_frame *frame)
{
    int32_t fault;
    clear_on_reset(g, t);
    if (!safety_ok(s) || !state_ok(g, s) || !tick_ok(t)) {
        fault = trip(g, s, verdict_of(GUARD_STATE, GUARD_NO_SG, GUARD_NO_SG));
    } else if (!t->is_ours) {
        fault = check_foreign(g, s, frame);
    } else {
        fault = check_ours(g, s, t, frame);
    }
    return (enum guard_fault)fault;
}

void guard_follow(struct guard *g, const struct safety *s, const struct guard_tick *t,
                  const struct cabinet_view *seen)
{
    clear_on_reset(g, t);
    take_following(g, s);
    for (int32_t i = 0; i < SG_MAX; i++) {
        const int32_t aspect = seen->aspect[i];
        if (seen->is_present && i < s->sg_count && aspect >= 0 && aspect < ASPECT_COUNT) {
            g->lamps.aspect[i] = aspect;
        }
    }
}
