#include "coord.h"

#include <string.h>

#include "phase.h"

enum {
    MS_PER_S = 1000,
    DAY_MS = 86400000,
    CLOCK_STEP_MS =
        1000 /* civil time beside the monotonic clock by this much in one tick has jumped */
};

/* Nominal places of the phases of a ring plan, in ms after the first barrier group begins. */
struct timeline {
    int32_t begin_ms[PHASE_MAX];
    int32_t force_off_ms[PHASE_MAX];
    phase_mask_t placed;
};

static int32_t wrap_ms(int64_t ms, int32_t cycle_ms)
{
    const int64_t rest_ms = ms % cycle_ms;
    return (int32_t)(rest_ms < 0 ? rest_ms + cycle_ms : rest_ms);
}

void coord_init(struct coord *c)
{
    memset(c, 0, sizeof *c);
    c->pattern_ix = -1;
    c->strategy = STRATEGY_ACTUATED;
    c->step_ix = -1;
    c->fault_sg_ix = -1;
    c->unsynced_ms = AGE_MAX_MS;
}

int32_t coord_split_green_ms(const struct plan *p, const struct pattern *pattern, uint32_t phase_ix)
{
    REQUIRE(phase_ix < PHASE_MAX);
    return max_i32(0, pattern->split_ms[phase_ix] - phase_clear_ms(p, phase_ix));
}

/* --- The pattern's timeline ------------------------------------------------------------------ */

static bool is_placed(const struct plan *p, const struct pattern *pattern, int32_t phase_ix,
                      int32_t barrier_ix)
{
    return p->phase[phase_ix].barrier_ix == barrier_ix &&
           pattern->split_mode[phase_ix] != SPLIT_OMIT;
}

/* Phases of one ring on one side of the barrier. Returns where the last of them ends and names
 * it. */
static int32_t place_ring(const struct plan *p, const struct pattern *pattern, uint32_t ring,
                          int32_t barrier_ix, int32_t at_ms, struct timeline *line,
                          int32_t *last_ix)
{
    const struct ring_order *order = &pattern->ring[ring];
    *last_ix = -1;
    for (int32_t k = 0; k < order->count; k++) {
        const int32_t ix = order->phase_ix[k];
        if (is_placed(p, pattern, ix, barrier_ix)) {
            line->begin_ms[ix] = at_ms;
            at_ms += pattern->split_ms[ix];
            line->force_off_ms[ix] = at_ms - phase_clear_ms(p, (uint32_t)ix);
            line->placed |= bit32((uint32_t)ix);
            *last_ix = ix;
        }
    }
    return at_ms;
}

/* Greens before a barrier end together, so the longest clearance among them sets their
 * force-off. */
static int32_t place_side(const struct plan *p, const struct pattern *pattern, int32_t barrier_ix,
                          int32_t at_ms, struct timeline *line)
{
    int32_t last_ix[RING_MAX];
    int32_t end_ms = at_ms;
    int32_t clear_ms = 0;
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        end_ms =
            max_i32(end_ms, place_ring(p, pattern, ring, barrier_ix, at_ms, line, &last_ix[ring]));
        if (last_ix[ring] >= 0) {
            clear_ms = max_i32(clear_ms, phase_clear_ms(p, (uint32_t)last_ix[ring]));
        }
    }
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        if (last_ix[ring] >= 0) {
            line->force_off_ms[last_ix[ring]] = end_ms - clear_ms;
        }
    }
    return end_ms;
}

static void lay_out(const struct plan *p, const struct pattern *pattern, struct timeline *line)
{
    memset(line, 0, sizeof *line);
    int32_t at_ms = 0;
    for (int32_t barrier_ix = 0; barrier_ix < BARRIER_MAX; barrier_ix++) {
        at_ms = place_side(p, pattern, barrier_ix, at_ms, line);
    }
}

/* Phases whose instants the offset names; where a pattern coordinates none, those that open the
 * cycle. */
static phase_mask_t reference_phases(const struct pattern *pattern, const struct timeline *line)
{
    if ((pattern->coord_phases & line->placed) != 0) {
        return pattern->coord_phases & line->placed;
    }
    phase_mask_t first = 0;
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        if (pattern->ring[ring].count > 0) {
            first |= bit32((uint32_t)pattern->ring[ring].phase_ix[0]);
        }
    }
    return first & line->placed;
}

static int32_t extreme_ms(const int32_t at_ms[PHASE_MAX], phase_mask_t phases, bool latest)
{
    int32_t found_ms = latest ? INT32_MIN : INT32_MAX;
    for (uint32_t i = 0; i < PHASE_MAX; i++) {
        if ((phases & bit32(i)) != 0) {
            found_ms = latest ? max_i32(found_ms, at_ms[i]) : min_i32(found_ms, at_ms[i]);
        }
    }
    return phases != 0 ? found_ms : 0;
}

static int32_t reference_ms(const struct pattern *pattern, const struct timeline *line,
                            phase_mask_t phases)
{
    switch ((enum coord_reference)pattern->reference) {
    case COORD_REF_FIRST_GREEN_BEGIN:
        return extreme_ms(line->begin_ms, phases, false);
    case COORD_REF_LAST_GREEN_BEGIN:
        return extreme_ms(line->begin_ms, phases, true);
    case COORD_REF_FIRST_GREEN_END:
        return extreme_ms(line->force_off_ms, phases, false);
    case COORD_REF_LAST_GREEN_END:
        return extreme_ms(line->force_off_ms, phases, true);
    }
    return 0;
}

/* The phase whose force-off releases this one: before it in the ring, in coordination the
 * nearest that is coordinated; a ring without one is released by the coordinated phase of
 * another. */
static int32_t releasing_phase(const struct coord *c, const struct plan *p,
                               const struct pattern *pattern, int32_t phase_ix)
{
    const struct ring_order *order = &pattern->ring[p->phase[phase_ix].ring_ix];
    int32_t place = 0;
    for (int32_t k = 0; k < order->count; k++) {
        place = order->phase_ix[k] == phase_ix ? k : place;
    }
    for (int32_t back = 1; back <= order->count; back++) {
        const int32_t ix = order->phase_ix[(place - back + order->count) % order->count];
        const phase_mask_t bit = bit32((uint32_t)ix);
        if ((c->timed & bit) != 0 && (c->coordinated == 0 || (c->coordinated & bit) != 0)) {
            return ix;
        }
    }
    for (int32_t ix = 0; ix < PHASE_MAX; ix++) {
        if ((c->coordinated & bit32((uint32_t)ix)) != 0) {
            return ix;
        }
    }
    return phase_ix;
}

static int32_t leave_window_ms(const struct coord *c, const struct plan *p, uint32_t phase_ix)
{
    int32_t longest_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const bool conflicts = p->phase[i].ring_ix == p->phase[phase_ix].ring_ix ||
                               p->phase[i].barrier_ix != p->phase[phase_ix].barrier_ix;
        if (i != phase_ix && conflicts && (c->timed & bit32(i)) != 0) {
            longest_ms = max_i32(
                longest_ms, wrap_ms((int64_t)c->force_off_at_ms[i] - c->force_off_at_ms[phase_ix],
                                    c->cycle_ms));
        }
    }
    return longest_ms;
}

static void plan_rings(struct coord *c, const struct plan *p, const struct pattern *pattern)
{
    struct timeline line;
    lay_out(p, pattern, &line);
    const phase_mask_t named = reference_phases(pattern, &line);
    const int32_t zero_ms = reference_ms(pattern, &line, named);
    c->timed = line.placed;
    c->coordinated = c->strategy == STRATEGY_COORDINATED ? pattern->coord_phases & line.placed : 0;
    c->dwell_at_ms = wrap_ms(
        (int64_t)extreme_ms(line.force_off_ms, named, false) - zero_ms - TICK_MS, c->cycle_ms);
    for (uint32_t i = 0; i < PHASE_MAX; i++) {
        c->force_off_at_ms[i] = wrap_ms((int64_t)line.force_off_ms[i] - zero_ms, c->cycle_ms);
    }
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((c->timed & bit32(i)) != 0) {
            c->release_at_ms[i] = c->force_off_at_ms[releasing_phase(c, p, pattern, (int32_t)i)];
            c->leave_ms[i] = leave_window_ms(c, p, i);
        }
    }
}

static int32_t pattern_cycle_ms(const struct plan *p, const struct pattern *pattern,
                                int32_t strategy)
{
    if (strategy != STRATEGY_FIXED && strategy != STRATEGY_COORDINATED) {
        return 0;
    }
    if (pattern->cycle_ms > 0 || !plan_is_staged(p) || strategy == STRATEGY_COORDINATED) {
        return pattern->cycle_ms;
    }
    int32_t sum_ms = 0; /* a fixed stage plan needs no cycle of its own */
    for (int32_t k = 0; k < pattern->step_count; k++) {
        sum_ms += pattern->step[k].duration_ms;
    }
    return sum_ms;
}

static void log_pattern(const struct plan *p, int32_t pattern_ix, int32_t cycle_ms,
                        struct event_list *events)
{
    if (pattern_ix < 0) {
        event_add(events, EVENT_PATTERN_CHANGE, 0);
        event_add(events, EVENT_CYCLE_CHANGE, 0);
        return;
    }
    const struct pattern *pattern = &p->pattern[pattern_ix];
    event_add(events, EVENT_PATTERN_CHANGE, (uint32_t)pattern->pattern_id);
    event_add(events, EVENT_CYCLE_CHANGE, (uint32_t)(cycle_ms / MS_PER_S));
    event_add(events, EVENT_OFFSET_CHANGE, (uint32_t)(pattern->offset_ms / MS_PER_S));
    for (int32_t i = 0; i < p->phase_count; i++) {
        const int32_t code = EVENT_SPLIT_CHANGE_1 + p->phase[i].phase_id - 1;
        event_add(events, (enum event_code)code, (uint32_t)(pattern->split_ms[i] / MS_PER_S));
    }
}

static void take_pattern(struct coord *c, const struct plan *p, int32_t pattern_ix,
                         int32_t strategy, struct event_list *events)
{
    REQUIRE(pattern_ix >= -1 && pattern_ix < p->pattern_count);
    if (pattern_ix == c->pattern_ix && strategy == c->strategy) {
        return;
    }
    const int32_t cycle_ms =
        pattern_ix < 0 ? 0 : pattern_cycle_ms(p, &p->pattern[pattern_ix], strategy);
    if (pattern_ix != c->pattern_ix) {
        log_pattern(p, pattern_ix, cycle_ms, events);
    }
    c->pattern_ix = pattern_ix;
    c->strategy = strategy;
    c->cycle_ms = cycle_ms;
    c->corrected_ms = 0;
    c->fault = COORD_HEALTHY;
    c->timed = 0;
    c->coordinated = 0;
    if (cycle_ms == 0) {
        return;
    }
    c->local_ms = wrap_ms(c->local_ms, cycle_ms);
    const struct pattern *pattern = &p->pattern[pattern_ix];
    if (plan_is_staged(p)) {
        c->dwell_at_ms = max_i32(0, pattern->step[pattern->coord_step_ix].duration_ms - TICK_MS);
    } else {
        plan_rings(c, p, pattern);
    }
}

/* --- The clocks ------------------------------------------------------------------------------ */

static void read_clock(struct coord *c, const struct tick *t, struct event_list *events)
{
    if (c->is_stepped) {
        const int64_t civil_ms =
            t->wall.ms - c->wall.ms + (int64_t)(t->utc_offset_s - c->utc_offset_s) * MS_PER_S;
        const int64_t elapsed_ms = mono_since_ms(t->now, c->stepped_at);
        const int64_t jump_ms = civil_ms - elapsed_ms;
        if (jump_ms >= CLOCK_STEP_MS || jump_ms <= -CLOCK_STEP_MS) {
            const int64_t jump_s = jump_ms / MS_PER_S;
            const int64_t shown_s = jump_s > INT32_MAX ? INT32_MAX : jump_s;
            event_add_detail(events, EVENT_CLOCK_STEP, 0,
                             (int32_t)(shown_s < INT32_MIN ? INT32_MIN : shown_s));
        }
        c->unsynced_ms =
            age_add_ms(c->unsynced_ms, elapsed_ms < DAY_MS ? (int32_t)elapsed_ms : DAY_MS);
    }
    if (t->wall_is_synced) {
        c->unsynced_ms = 0;
    }
    c->wall = t->wall;
    c->utc_offset_s = t->utc_offset_s;
    c->stepped_at = t->now;
    c->is_stepped = true;
}

/* F53, with local midnight as base. */
static int32_t target_now_ms(const struct coord *c, const struct plan *p, const struct tick *t)
{
    const int64_t local_ms = t->wall.ms + (int64_t)t->utc_offset_s * MS_PER_S;
    const int32_t of_day_ms = wrap_ms(local_ms, DAY_MS);
    return wrap_ms((int64_t)of_day_ms + p->pattern[c->pattern_ix].offset_ms, c->cycle_ms);
}

static bool may_run(const struct coord *c)
{
    if (c->cycle_ms == 0 || c->fault == COORD_SUSPENDED || c->fault == COORD_FAILED ||
        c->fault == COORD_CYCLE_FAILED) {
        return false;
    }
    return c->strategy == STRATEGY_FIXED || c->unsynced_ms < COORD_HOLDOVER_MS;
}

static enum coord_state choose_correction(const struct coord *c, const struct pattern *pattern,
                                          int32_t ahead_ms)
{
    const int32_t behind_ms = c->cycle_ms - ahead_ms;
    if (ahead_ms <= COORD_TRIM_MS || behind_ms <= COORD_TRIM_MS) {
        return COORD_IN_STEP;
    }
    switch ((enum coord_correction)pattern->correction) {
    case COORD_DWELL:
        return COORD_TRANSITION_DWELL;
    case COORD_SHORTWAY:
        return ahead_ms <= behind_ms ? COORD_TRANSITION_ADD : COORD_TRANSITION_SUBTRACT;
    case COORD_ADD_ONLY:
        return COORD_TRANSITION_ADD;
    case COORD_SUBTRACT_ONLY:
        return COORD_TRANSITION_SUBTRACT;
    }
    return COORD_IN_STEP;
}

/* How much of this tick the local cycle waits (+) or hurries (-), inside the budget of the
 * cycle. ahead: how far the local cycle is before its target. */
static int32_t correction_ms(struct coord *c, const struct pattern *pattern, int32_t ahead_ms,
                             enum coord_state state)
{
    const int32_t pct =
        pattern->correction_max_pct > 0 ? pattern->correction_max_pct : COORD_DEFAULT_PCT;
    const int32_t budget_ms = (int32_t)((int64_t)c->cycle_ms * pct / 100);
    const int32_t left_ms = max_i32(0, budget_ms - c->corrected_ms);
    const int32_t rate_ms = min_i32(TICK_MS * pct / 100, TICK_MS);
    const int32_t behind_ms = c->cycle_ms - ahead_ms;
    const bool adds =
        state == COORD_TRANSITION_ADD || (state == COORD_IN_STEP && ahead_ms <= COORD_TRIM_MS);
    if (state == COORD_TRANSITION_DWELL) {
        const int32_t most_ms = pattern->dwell_max_ms > 0 ? pattern->dwell_max_ms : budget_ms;
        const bool at_place = wrap_ms((int64_t)c->dwell_at_ms - c->local_ms, c->cycle_ms) < TICK_MS;
        return at_place ? min_i32(TICK_MS, max_i32(0, most_ms - c->corrected_ms)) : 0;
    }
    if (state == COORD_IN_STEP && (ahead_ms < TICK_MS || behind_ms < TICK_MS)) {
        return 0; /* closer than a tick is as close as it gets */
    }
    return adds ? min_i32(min_i32(rate_ms, left_ms), ahead_ms)
                : -min_i32(min_i32(rate_ms, left_ms), behind_ms);
}

static void set_state(struct coord *c, enum coord_state state, struct event_list *events)
{
    if (c->state != (int32_t)state) {
        c->state = (int32_t)state;
        event_add(events, EVENT_COORD_STATE, (uint32_t)state);
    }
}

static void advance_local(struct coord *c, const struct plan *p, const struct tick *t,
                          struct event_list *events)
{
    const struct pattern *pattern = &p->pattern[c->pattern_ix];
    const bool is_known = c->unsynced_ms == 0;
    if (is_known) {
        c->target_ms = target_now_ms(c, p, t);
    }
    if (!c->is_running) {
        c->is_running = true;
        c->corrected_ms = 0;
        c->local_ms = is_known ? c->target_ms : 0;
        set_state(c, COORD_IN_STEP, events);
        return;
    }
    int32_t wait_ms = 0;
    if (is_known && !c->is_held) {
        const int32_t ahead_ms =
            wrap_ms((int64_t)c->local_ms + TICK_MS - c->target_ms, c->cycle_ms);
        const enum coord_state state = choose_correction(c, pattern, ahead_ms);
        wait_ms = correction_ms(c, pattern, ahead_ms, state);
        set_state(c, state, events);
    }
    c->corrected_ms += wait_ms < 0 ? -wait_ms : wait_ms;
    if (c->is_held) {
        return;
    }
    const int32_t before_ms = c->local_ms;
    c->local_ms = wrap_ms((int64_t)c->local_ms + TICK_MS - wait_ms, c->cycle_ms);
    if (c->local_ms < before_ms) {
        c->corrected_ms = 0;
        event_add(events, EVENT_COORD_STATE, COORD_LOCAL_ZERO);
    }
}

static void run_free(struct coord *c, struct event_list *events)
{
    c->is_running = false;
    c->force_off = 0;
    c->may_begin = 0;
    c->may_leave = 0;
    c->step_ix = -1;
    c->step_is_due = false;
    set_state(c, COORD_FREE, events);
}

/* --- What the moment means ------------------------------------------------------------------- */

static void time_phases(struct coord *c, const struct plan *p, struct event_list *events)
{
    const phase_mask_t could_leave = c->may_leave;
    c->force_off = 0;
    c->may_begin = 0;
    c->may_leave = 0;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const phase_mask_t bit = bit32(i);
        if ((c->timed & bit) == 0) {
            continue;
        }
        c->to_force_off_ms[i] = wrap_ms((int64_t)c->force_off_at_ms[i] - c->local_ms, c->cycle_ms);
        if ((c->coordinated & bit) != 0) {
            const int32_t since_ms =
                wrap_ms((int64_t)c->local_ms - c->force_off_at_ms[i], c->cycle_ms);
            c->may_begin |= bit;
            c->may_leave |= since_ms < c->leave_ms[i] ? bit : 0;
            if ((c->may_leave & ~could_leave & bit) != 0) {
                event_add(events, EVENT_COORD_YIELD, (uint32_t)p->phase[i].phase_id);
            }
            continue;
        }
        const int32_t window_ms =
            wrap_ms((int64_t)c->force_off_at_ms[i] - c->release_at_ms[i], c->cycle_ms);
        const int32_t since_ms = wrap_ms((int64_t)c->local_ms - c->release_at_ms[i], c->cycle_ms);
        const bool is_its_time = window_ms == 0 || since_ms < window_ms;
        c->may_begin |= is_its_time ? bit : 0;
        c->force_off |= is_its_time ? 0 : bit;
    }
}

static void time_steps(struct coord *c, const struct plan *p)
{
    const struct pattern *pattern = &p->pattern[c->pattern_ix];
    const int32_t before_ix = c->step_ix;
    int32_t end_ms = 0;
    for (int32_t k = 0; k < pattern->step_count; k++) {
        const int32_t ix = (pattern->coord_step_ix + k) % pattern->step_count;
        end_ms += pattern->step[ix].duration_ms;
        c->step_ix = ix;
        if (c->local_ms < end_ms) {
            break;
        }
    }
    c->step_is_due = c->step_ix != before_ix;
}

void coord_step(struct coord *c, const struct plan *p, int32_t pattern_ix, int32_t strategy,
                const struct tick *t, struct event_list *events)
{
    read_clock(c, t, events);
    take_pattern(c, p, pattern_ix, strategy, events);
    if (!may_run(c)) {
        run_free(c, events);
        return;
    }
    advance_local(c, p, t, events);
    if (plan_is_staged(p)) {
        time_steps(c, p);
    } else {
        time_phases(c, p, events);
    }
}

/* --- F61 ------------------------------------------------------------------------------------- */

static int32_t find_starving(const struct plan *p, const struct calls *calls, sg_mask_t serviceable,
                             int32_t limit_ms)
{
    const sg_mask_t called = (calls->vehicle | calls->ped) & serviceable;
    for (int32_t i = 0; i < p->sg_count; i++) {
        if ((called & bit32((uint32_t)i)) != 0 && calls->waiting_ms[i] >= limit_ms) {
            return i;
        }
    }
    return -1;
}

static void log_starving(const struct plan *p, enum event_code code, int32_t sg_ix,
                         struct event_list *events)
{
    event_add_detail(events, code, (uint32_t)p->sg[sg_ix].phase_id, sg_ix);
}

void coord_watch(struct coord *c, const struct plan *p, const struct calls *calls,
                 sg_mask_t serviceable, struct event_list *events)
{
    if (c->cycle_ms == 0) {
        return;
    }
    const int32_t limit_ms = COORD_FAULT_CYCLES * c->cycle_ms;
    const int32_t sg_ix = find_starving(p, calls, serviceable, limit_ms);
    c->fault_ms = age_add_ms(c->fault_ms, TICK_MS);
    switch ((enum coord_fault)c->fault) {
    case COORD_HEALTHY:
        if (sg_ix >= 0 && c->is_running) {
            c->fault = COORD_SUSPENDED;
            c->fault_ms = 0;
            c->fault_sg_ix = sg_ix;
            log_starving(p, EVENT_CYCLE_FAULT, sg_ix, events);
        }
        return;
    case COORD_SUSPENDED:
        if (sg_ix < 0) {
            c->fault = COORD_RETRYING;
            c->fault_ms = 0;
            log_starving(p, EVENT_COORD_FAULT, c->fault_sg_ix, events);
        } else if (c->fault_ms >= limit_ms) {
            c->fault = COORD_CYCLE_FAILED;
            log_starving(p, EVENT_CYCLE_FAULT, sg_ix, events);
        }
        return;
    case COORD_RETRYING:
        if (sg_ix >= 0) {
            c->fault = COORD_FAILED;
            c->fault_sg_ix = sg_ix;
            log_starving(p, EVENT_COORD_FAULT, sg_ix, events);
        } else if (c->fault_ms >= limit_ms) {
            c->fault = COORD_HEALTHY;
        }
        return;
    case COORD_FAILED:
    case COORD_CYCLE_FAILED:
        return;
    }
}
