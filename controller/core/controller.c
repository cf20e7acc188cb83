#include "controller.h"

#include "order.h"

/* A call that is not served for so long is a fault, whatever the plan says: the phase guard of
 * Dutch controllers waits 240 s. Long cycles get two of themselves (NTCIP's cycle fault). */
enum { STARVED_LEAST_MS = 240000 };

static void reset_signals(struct controller *c)
{
    sequencer_init(&c->sequencer, c->plan);
    stages_init(&c->stages, c->plan);
    rings_init(&c->rings, c->plan);
    coord_init(&c->coord);
    box_init(&c->box);
    c->wanted = (struct wanted){ .open = 0 };
    c->manual_stage_ix = -1;
    c->steady_ms = 0;
}

static void flash_frame(const struct plan *p, int32_t aspect[SG_MAX])
{
    for (int32_t ix = 0; ix < SG_MAX; ix++) {
        aspect[ix] = ix < p->sg_count ? p->safety.flash_aspect[ix] : ASPECT_RED;
    }
}

void controller_init(struct controller *c, const struct plan *p, mono_t now)
{
    *c = (struct controller){ .plan = p };
    lease_init(&c->lease);
    detectors_init(&c->detectors, p);
    calls_init(&c->calls);
    manual_init(&c->manual);
    mode_init(&c->mode);
    reset_signals(c);
    c->tick.now = now;
    c->detectors.fed_at = now;
    /* Two daemons that start for one cabinet shall not count alike (lease.c). */
    c->seq = (uint16_t)((uint64_t)now.ms & UINT16_MAX);
    c->last.wants_flash = true;
    c->last.seq = c->seq;
    flash_frame(p, c->last.aspect);
}

static void set_alarm(struct controller *c, enum alarm alarm, bool is_on, struct event_list *events)
{
    const uint32_t bit = bit32((uint32_t)alarm);
    if (((c->alarms & bit) != 0) == is_on) {
        return;
    }
    c->alarms ^= bit;
    event_add(events, is_on ? EVENT_ALARM_ON : EVENT_ALARM_OFF, (uint32_t)alarm);
}

static void tell_start(struct controller *c, struct event_list *events)
{
    if (c->has_started) {
        return;
    }
    c->has_started = true;
    event_add(events, EVENT_POWER_UP, 0);
    event_add_detail(events, EVENT_PLAN_LOADED, 0, (int32_t)(uint32_t)c->plan->plan_hash);
    event_add_detail(events, EVENT_MODE, MODE_FLASH, REASON_BOOT);
}

static void note_clocks(struct controller *c, const struct input_frame *in, mono_t now,
                        bool is_confirmed)
{
    c->tick = (struct tick){ .now = now,
                             .confirmed_at = c->lease.confirmed_at,
                             .advances = is_confirmed,
                             .wall = in->wall,
                             .utc_offset_s = in->utc_offset_s,
                             .wall_is_synced = in->wall_is_synced };
}

static void enter_flash(struct controller *c, enum reason reason, struct event_list *events)
{
    mode_change(&c->mode, MODE_FLASH, reason, c->tick.wall, events);
    reset_signals(c);
}

/* What leaves only flash, at once, whatever the lamps show. */
static enum reason reason_to_flash(const struct controller *c)
{
    if (c->mode.guard_latched) {
        return (enum reason)c->mode.reason;
    }
    if (c->lease.state != LEASE_HELD) {
        return (enum reason)c->lease.reason;
    }
    return c->lease.monitor_fault != 0 ? REASON_MONITOR : REASON_NONE;
}

static void latch(struct controller *c, enum reason reason, struct event_list *events)
{
    if (c->mode.mode != MODE_FLASH) {
        enter_flash(c, reason, events);
    } else if (!c->mode.guard_latched) {
        event_add_detail(events, EVENT_MODE, MODE_FLASH, (int32_t)reason);
    }
    c->mode.reason = (int32_t)reason;
    c->mode.guard_latched = true;
}

static bool is_running(const struct controller *c)
{
    return c->mode.mode == MODE_NORMAL || c->mode.mode == MODE_MANUAL ||
           c->mode.mode == MODE_PREEMPT;
}

/* Groups shown green, for detectors and calls. */
static sg_mask_t green_now(const struct controller *c)
{
    return sequencer_green(&c->sequencer, c->plan);
}

static sg_mask_t yellow_now(const struct controller *c)
{
    sg_mask_t yellow = 0;
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        yellow |= c->sequencer.aspect[ix] == ASPECT_YELLOW ? bit32(ix) : 0;
    }
    return yellow;
}

static void force_detectors(struct controller *c, struct event_list *events)
{
    const bool is_left_alone = c->manual.count == 0;
    for (int32_t ix = 0; ix < c->plan->detector_count; ix++) {
        const struct command *command =
            is_left_alone ? NULL : manual_find(&c->manual, COMMAND_DETECTOR_FORCE, ix);
        const int32_t force = command != NULL ? command->value : (int32_t)DETECTOR_GIVE_BACK;
        if (c->detectors.d[ix].force == force) {
            continue;
        }
        detectors_force(&c->detectors, c->plan, (uint32_t)ix, (enum detector_force)force, events);
    }
}

/* Every tick, confirmed or not: the street does not wait for our link. */
static void read_street(struct controller *c, const struct input_frame *in, mono_t now,
                        struct event_list *events)
{
    const sg_mask_t green = green_now(c);
    manual_step(&c->manual, c->plan, in, now, events);
    force_detectors(c, events);
    detectors_feed(&c->detectors, c->plan, in, green, c->sequencer.green_ms, now, events);
    const struct order_view v = { .plan = c->plan,
                                  .manual = &c->manual,
                                  .strategy = c->mode.strategy,
                                  .pattern_ix = c->pattern_ix,
                                  .green = green };
    order_recalls(&v, detectors_max_recall(&c->detectors, c->plan), &c->recalls);
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        if ((c->manual.call & bit32(ix)) != 0) {
            calls_place(&c->calls, c->plan, ix, events);
        }
    }
    c->manual.call = 0;
    calls_step(&c->calls, c->plan, &c->detectors, &c->recalls, green, yellow_now(c), &c->tick,
               events);
}

/* The pattern that a command or the calendar asks for. The calendar's index comes from outside; if
 * it makes no sense we stay where we are. */
static int32_t asked_pattern(const struct controller *c, const struct input_frame *in,
                             enum reason *reason)
{
    const struct command *command = manual_find(&c->manual, COMMAND_PATTERN, -1);
    for (int32_t i = 0; command != NULL && i < c->plan->pattern_count; i++) {
        if (c->plan->pattern[i].pattern_id == command->value) {
            *reason = REASON_COMMAND;
            return i;
        }
    }
    *reason = REASON_SCHEDULE;
    const int32_t scheduled = in->scheduled_pattern_ix;
    return scheduled >= 0 && scheduled < c->plan->pattern_count ? scheduled : c->pattern_ix;
}

static int32_t asked_strategy(const struct controller *c, const struct pattern *pattern,
                              enum reason *reason)
{
    const struct command *strategy = manual_find(&c->manual, COMMAND_STRATEGY, -1);
    const enum reason of_pattern = *reason;
    *reason = REASON_COMMAND;
    if (manual_find(&c->manual, COMMAND_FLASH, -1) != NULL) {
        return STRATEGY_FLASH;
    }
    if (manual_find(&c->manual, COMMAND_ALL_RED, -1) != NULL) {
        return STRATEGY_ALL_RED;
    }
    if (strategy != NULL) {
        return strategy->value;
    }
    *reason = of_pattern;
    return pattern->strategy;
}

static int32_t starved_limit_ms(const struct controller *c)
{
    const struct pattern *pattern = &c->plan->pattern[c->pattern_ix];
    int32_t round_ms = pattern->cycle_ms;
    int32_t longest_ms = 0;
    for (int32_t i = 0; i < pattern->step_count; i++) {
        longest_ms =
            age_add_ms(longest_ms, max_i32(pattern->step[i].max_ms, pattern->step[i].min_ms));
    }
    for (int32_t i = 0; i < c->plan->phase_count; i++) {
        longest_ms = age_add_ms(longest_ms, c->plan->phase[i].max_green_ms[pattern->max_set]);
    }
    round_ms = max_i32(round_ms, longest_ms);
    return max_i32(STARVED_LEAST_MS, age_add_ms(round_ms, min_i32(round_ms, AGE_MAX_MS / 2)));
}

/* Groups that the running pattern can serve at all. */
static sg_mask_t servable(const struct controller *c)
{
    const struct pattern *pattern = &c->plan->pattern[c->pattern_ix];
    sg_mask_t mask = 0;
    for (int32_t i = 0; i < pattern->step_count; i++) {
        mask |= c->plan->stage[pattern->step[i].stage_ix].sg;
    }
    for (int32_t i = 0; i < c->plan->phase_count; i++) {
        if ((c->plan->phase[i].options & PHASE_ENABLED) != 0 &&
            pattern->split_mode[i] != SPLIT_OMIT) {
            mask |= c->plan->phase[i].vehicle_sg | c->plan->phase[i].ped_sg;
        }
    }
    return mask & ~order_mask(c->plan, &c->manual, COMMAND_OMIT);
}

/* Does somebody wait longer than any way of serving the pattern can explain? People who hold, force
 * or stop the signals explain it. */
static bool somebody_starves(struct controller *c)
{
    const bool by_hand = c->mode.mode != MODE_NORMAL || c->mode.strategy < STRATEGY_FIXED ||
                         manual_find(&c->manual, COMMAND_HOLD, -1) != NULL ||
                         manual_find(&c->manual, COMMAND_STAGE, -1) != NULL ||
                         manual_find(&c->manual, COMMAND_STOP_TIME, -1) != NULL;
    if (by_hand) {
        c->steady_ms = 0;
        return false;
    }
    c->steady_ms = age_add_ms(c->steady_ms, TICK_MS);
    if (c->steady_ms < STARVED_LEAST_MS) {
        return false;
    }
    const sg_mask_t waits = (c->calls.vehicle | c->calls.ped) & ~green_now(c);
    sg_mask_t late = 0;
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        late |= c->calls.waiting_ms[ix] >= STARVED_LEAST_MS ? waits & bit32(ix) : 0;
    }
    if (late == 0) {
        return false;
    }
    const int32_t limit_ms = starved_limit_ms(c);
    late &= servable(c);
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        late &= c->calls.waiting_ms[ix] < limit_ms ? ~bit32(ix) : ~UINT32_C(0);
    }
    return late != 0 && c->steady_ms >= limit_ms;
}

static bool pattern_has_clock(const struct plan *p, int32_t pattern_ix)
{
    return p->pattern[pattern_ix].cycle_ms > 0;
}

/* The fixed strategy needs durations; a pattern without them is replaced by the ladder's. */
static int32_t pattern_to_run(const struct controller *c, int32_t asked_ix)
{
    const int32_t fallback_ix = c->plan->ladder.fallback_pattern_ix;
    const bool needs_clock = c->mode.strategy == STRATEGY_FIXED;
    const bool can_fall = fallback_ix >= 0 && fallback_ix < c->plan->pattern_count;
    return needs_clock && !pattern_has_clock(c->plan, asked_ix) && can_fall ? fallback_ix
                                                                            : asked_ix;
}

static void choose_strategy(struct controller *c, const struct input_frame *in,
                            enum reason adaptive_fault, struct event_list *events)
{
    enum reason reason = REASON_SCHEDULE;
    const int32_t asked_ix = asked_pattern(c, in, &reason);
    const int32_t was = c->mode.strategy;
    const bool starves = somebody_starves(c);
    struct ladder_view v = { .wall_is_synced = in->wall_is_synced, .starved = starves };
    v.asked = asked_strategy(c, &c->plan->pattern[asked_ix], &reason);
    v.asked_reason = (int32_t)reason;
    v.can_coordinate = pattern_has_clock(c->plan, asked_ix);
    const int32_t failed_pct = detectors_failed_pct(&c->detectors, c->plan);
    v.detectors_failed = detectors_want_fixed(&c->detectors, c->plan) ||
                         (c->plan->ladder.failed_detectors_pct > 0 &&
                          failed_pct >= c->plan->ladder.failed_detectors_pct);
    v.adaptive_fault = (int32_t)adaptive_fault;
    if (adaptive_fault == REASON_NONE && failed_pct > ADAPTIVE_FAILED_MAX_PCT) {
        v.adaptive_fault = REASON_DETECTORS_FAILED;
    }
    mode_choose_strategy(&c->mode, c->plan, &v, &c->tick, events);
    if (starves) {
        event_add(events, EVENT_CYCLE_FAULT, 0);
    }
    if (starves || c->mode.strategy != was) {
        c->steady_ms = 0;
    }
    set_alarm(c, ALARM_DEADLOCK,
              starves ||
                  (c->mode.last_fault == REASON_CYCLE_FAULT && c->mode.ceiling < STRATEGY_ADAPTIVE),
              events);
    const bool leaves_all_red = was == STRATEGY_ALL_RED && c->mode.strategy != STRATEGY_ALL_RED;
    if (leaves_all_red && is_running(c)) {
        stages_init(&c->stages, c->plan);
        rings_init(&c->rings, c->plan);
    }
    c->pattern_ix = pattern_to_run(c, asked_ix);
}

/* Manual mode begins and ends with its command; the plan's strategy goes on being chosen
 * underneath. */
static void follow_manual(struct controller *c, struct event_list *events)
{
    const bool is_asked = manual_find(&c->manual, COMMAND_MANUAL, -1) != NULL;
    if (is_asked && c->mode.mode == MODE_NORMAL) {
        mode_change(&c->mode, MODE_MANUAL, REASON_COMMAND, c->tick.wall, events);
        c->manual_stage_ix = -1;
    } else if (!is_asked && c->mode.mode == MODE_MANUAL) {
        mode_change(&c->mode, MODE_NORMAL, REASON_COMMAND_EXPIRED, c->tick.wall, events);
    }
    const bool stops_time = manual_find(&c->manual, COMMAND_STOP_TIME, -1) != NULL;
    if (stops_time != c->was_stopped_time) {
        event_add(events, EVENT_STOP_TIME, stops_time ? 1 : 0);
        c->was_stopped_time = stops_time;
    }
}

static void advance_by_hand(struct controller *c, struct event_list *events)
{
    if (!c->manual.advance) {
        return;
    }
    event_add(events, EVENT_INTERVAL_ADVANCE, 0);
    if (plan_is_staged(c->plan)) {
        c->manual_stage_ix = stages_following(&c->stages, c->plan, c->pattern_ix);
    }
}

static void move_stages(struct controller *c, const struct order_view *v, struct event_list *events)
{
    struct stage_order o = order_of_stages(v, &c->stages, c->manual_stage_ix);
    if (o.advised_ix >= 0) {
        const struct order_overdue late = order_overdue(c->plan, &c->calls, &c->sequencer);
        o.overdue = late.now;
        o.overdue_next = late.next;
    }
    /* A plan that waits is taken before the stage is left: stages that end with their minimum never
     * stand at a border between two ticks. */
    o.hold = o.hold || c->offered != NULL;
    stages_step(&c->stages, c->plan, &o, &c->calls, &c->sequencer, &c->coord, &c->tick, &c->wanted,
                events);
}

static void move_rings(struct controller *c, const struct order_view *v, struct event_list *events)
{
    struct ring_order_now o = order_of_rings(v);
    if (o.advised != 0) {
        const struct order_overdue late = order_overdue(c->plan, &c->calls, &c->sequencer);
        o.overdue = late.now;
        o.overdue_next = late.next;
    }
    o.hold |= c->offered != NULL ? c->rings.on : 0;
    rings_step(&c->rings, c->plan, &o, &c->calls, &c->sequencer, &c->coord, &c->tick, &c->wanted,
               events);
}

static void run_strategy(struct controller *c, const struct advice *advice,
                         struct event_list *events)
{
    const struct plan *p = c->plan;
    const bool by_hand = c->mode.mode == MODE_MANUAL;
    const bool by_clock =
        (c->mode.strategy == STRATEGY_COORDINATED || c->mode.strategy == STRATEGY_FIXED) &&
        pattern_has_clock(p, c->pattern_ix);
    const struct order_view v = { .plan = p,
                                  .manual = &c->manual,
                                  .strategy = by_hand ? STRATEGY_MANUAL : c->mode.strategy,
                                  .pattern_ix = c->pattern_ix,
                                  .green = green_now(c),
                                  .advice = advice };
    c->coord.is_held = !plan_is_staged(p) && c->rings.peds_overrun;
    coord_step(&c->coord, p, by_clock ? c->pattern_ix : -1, c->mode.strategy, &c->tick, events);
    /* Who waited before the clock began is not the clock's fault. */
    const bool had_time = c->steady_ms >= COORD_FAULT_CYCLES * p->pattern[c->pattern_ix].cycle_ms;
    coord_watch(&c->coord, p, &c->calls, had_time ? servable(c) : 0, events);
    if (by_hand) {
        advance_by_hand(c, events);
    }
    if (plan_is_staged(p)) {
        move_stages(c, &v, events);
    } else {
        move_rings(c, &v, events);
    }
    c->manual.advance = false;
    c->manual.force_off &= v.green; /* once its green has ended, a force-off has done its work */
}

/* Red for longer than a group's maximum, while it is wanted: by a call, or because nothing detects
 * who waits there. */
static void watch_max_red(struct controller *c, struct event_list *events)
{
    sg_mask_t detected = 0;
    for (int32_t i = 0; i < c->plan->detector_count; i++) {
        const bool calls = (c->plan->detector[i].roles & DETECTOR_CALLS) != 0;
        detected |= calls ? c->plan->detector[i].sg : 0;
    }
    const sg_mask_t waits = c->calls.vehicle | c->calls.ped | ~detected;
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        const int32_t max_ms = c->plan->safety.max_red_ms[ix];
        const bool is_late = max_ms > 0 && c->sequencer.aspect[ix] == ASPECT_RED &&
                             c->sequencer.shown_ms[ix] > max_ms && (waits & bit32(ix)) != 0;
        if (is_late && (c->max_red_told & bit32(ix)) == 0) {
            event_add(events, EVENT_MAX_RED, ix + 1);
            c->max_red_told |= bit32(ix);
        } else if (c->sequencer.aspect[ix] != ASPECT_RED) {
            c->max_red_told &= ~bit32(ix);
        }
    }
}

/* Start-up on a confirmed tick; true when it is over and signals may run on this very tick. */
static bool run_startup(struct controller *c, struct event_list *events)
{
    const bool was_all_red = c->mode.startup == STARTUP_ALL_RED;
    const bool changed = mode_step_startup(&c->mode, &c->plan->safety, &c->tick);
    if (c->mode.startup == STARTUP_DONE) {
        mode_change(&c->mode, MODE_NORMAL, REASON_NONE, c->tick.wall, events);
        return true;
    }
    if (changed && c->mode.startup == STARTUP_ALL_RED) {
        reset_signals(c);
    } else if (was_all_red) {
        sequencer_step(&c->sequencer, c->plan, &c->tick, &c->wanted, events);
    }
    return false;
}

/* Running, on a confirmed tick. Flash that was asked for, and the end, are reached through all red.
 */
static void run_signals(struct controller *c, const struct input_frame *in,
                        const struct advice *advice, struct event_list *events)
{
    const bool closes_down = in->is_stopping || c->mode.strategy == STRATEGY_FLASH;
    if (closes_down && sequencer_is_clear(&c->sequencer, c->plan, &c->tick)) {
        enter_flash(c, in->is_stopping ? REASON_SHUTDOWN : (enum reason)c->mode.strategy_reason,
                    events);
        return;
    }
    follow_manual(c, events);
    if (closes_down || c->mode.strategy == STRATEGY_ALL_RED) {
        c->wanted.open = 0;
    } else {
        run_strategy(c, advice, events);
    }
    c->wanted.open &= ~box_step(&c->box, c->plan, &c->detectors, &c->sequencer, c->wanted.open,
                                events);
    sequencer_step(&c->sequencer, c->plan, &c->tick, &c->wanted, events);
    watch_max_red(c, events);
}

/* Flash goes on for another reason than it began with: this cabinet is not to be taken at all. */
static void tell_kept_out(struct controller *c, struct event_list *events)
{
    const bool is_kept_out =
        c->lease.state == LEASE_NONE &&
        (c->lease.reason == REASON_WRONG_CABINET || c->lease.reason == REASON_LOCAL_CONTROL);
    if (c->mode.mode == MODE_FLASH && !c->mode.guard_latched && is_kept_out &&
        c->mode.reason != c->lease.reason) {
        c->mode.reason = c->lease.reason;
        event_add_detail(events, EVENT_MODE, MODE_FLASH, c->mode.reason);
    }
}

/* Whatever forces or ends flash, on any tick. */
static void follow_world(struct controller *c, const struct input_frame *in,
                         struct event_list *events)
{
    const struct cabinet_view *v = &in->cabinet;
    if (c->mode.guard_latched && v->is_fresh && (v->flags & CABINET_RESET_SEEN) != 0) {
        c->mode.guard_latched = false;
    }
    if (c->lease.mismatch_tripped) {
        c->lease.mismatch_tripped = false;
        latch(c, REASON_MISMATCH, events);
    }
    const enum reason reason = reason_to_flash(c);
    const bool must_flash =
        c->mode.guard_latched || c->lease.state != LEASE_HELD || c->lease.monitor_fault != 0;
    if (must_flash && c->mode.mode != MODE_FLASH) {
        enter_flash(c, reason, events);
    }
    tell_kept_out(c, events);
    if (in->is_stopping && !is_running(c)) {
        if (c->mode.mode == MODE_STARTUP) {
            enter_flash(c, REASON_SHUTDOWN, events);
        }
        lease_stop(&c->lease, REASON_SHUTDOWN, events);
    }
    if (!must_flash && !in->is_stopping && c->mode.mode == MODE_FLASH && c->tick.advances &&
        c->mode.strategy != STRATEGY_FLASH) {
        mode_change(&c->mode, MODE_STARTUP, (enum reason)c->mode.reason, c->tick.wall, events);
    }
}

static void watch_alarms(struct controller *c, const struct input_frame *in,
                         struct event_list *events)
{
    const struct lease *l = &c->lease;
    const bool is_wrong = l->state == LEASE_NONE && l->reason == REASON_WRONG_CABINET;
    const bool is_held = l->state == LEASE_HELD;
    set_alarm(c, ALARM_LINK, l->link >= LINK_UNKNOWN || (!is_held && l->state != LEASE_TAKING),
              events);
    set_alarm(c, ALARM_MISMATCH,
              l->mismatch_ticks >= MISMATCH_ALARM_TICKS ||
                  (c->mode.guard_latched && c->mode.reason == REASON_MISMATCH),
              events);
    set_alarm(c, ALARM_GUARD, c->mode.guard_latched && c->mode.reason != REASON_MISMATCH, events);
    set_alarm(c, ALARM_MONITOR, l->monitor_fault != 0, events);
    set_alarm(c, ALARM_DETECTOR, detectors_failed_pct(&c->detectors, c->plan) > 0, events);
    set_alarm(c, ALARM_COORD, c->coord.fault != COORD_HEALTHY, events);
    set_alarm(c, ALARM_CLOCK, !in->wall_is_synced, events);
    set_alarm(c, ALARM_DOOR, (in->cabinet.flags & CABINET_DOOR_OPEN) != 0, events);
    set_alarm(c, ALARM_SAFETY_FILE, is_wrong, events);
}

static void startup_yellow_frame(const struct plan *p, int32_t aspect[SG_MAX])
{
    for (int32_t ix = 0; ix < SG_MAX; ix++) {
        const bool is_yellow =
            ix < p->sg_count && p->safety.flash_aspect[ix] == ASPECT_FLASH_YELLOW;
        aspect[ix] = is_yellow ? ASPECT_YELLOW : ASPECT_RED;
    }
}

static void fill_frame(struct controller *c, struct output_frame *out)
{
    *out = (struct output_frame){ .may_write = lease_may_write(&c->lease),
                                  .heartbeat = lease_has_heartbeat(&c->lease),
                                  .wants_latch = c->mode.guard_latched,
                                  .epoch = c->lease.epoch,
                                  .seq = ++c->seq };
    const bool starts = c->mode.mode == MODE_STARTUP;
    out->wants_flash = c->mode.mode == MODE_FLASH || (starts && c->mode.startup == STARTUP_FLASH);
    if (out->wants_flash) {
        flash_frame(c->plan, out->aspect);
    } else if (starts && c->mode.startup == STARTUP_YELLOW) {
        startup_yellow_frame(c->plan, out->aspect);
    } else {
        for (int32_t ix = 0; ix < SG_MAX; ix++) {
            out->aspect[ix] = c->sequencer.aspect[ix];
        }
    }
}

/* Changes of lamps that did not come from the sequencer, which tells its own. */
static void tell_aspects(const struct controller *c, const struct output_frame *out,
                         struct event_list *events)
{
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        if (out->aspect[ix] != c->last.aspect[ix]) {
            event_add_detail(events, EVENT_ASPECT, ix + 1, out->aspect[ix]);
        }
    }
}

void controller_observe(struct controller *c, const struct input_frame *in, mono_t now,
                        enum reason adaptive_fault, struct event_list *events)
{
    const bool is_confirmed = lease_read(&c->lease, c->plan, in, &c->last, events);
    note_clocks(c, in, now, is_confirmed);
    tell_start(c, events);
    read_street(c, in, now, events);
    if (c->tick.advances) {
        choose_strategy(c, in, adaptive_fault, events);
    }
}

void controller_step(struct controller *c, const struct input_frame *in,
                     const struct advice *advice, struct output_frame *out,
                     struct event_list *events)
{
    const bool was_starting = c->mode.mode == MODE_STARTUP;
    follow_world(c, in, events);
    bool sequencer_told = false;
    if (c->tick.advances && was_starting && c->mode.mode == MODE_STARTUP) {
        sequencer_told = run_startup(c, events);
    }
    if (c->tick.advances && is_running(c)) {
        run_signals(c, in, advice, events);
        sequencer_told = is_running(c);
        if (in->is_stopping && !is_running(c)) {
            lease_stop(&c->lease, REASON_SHUTDOWN, events);
        }
    }
    watch_alarms(c, in, events);
    fill_frame(c, out);
    if (!sequencer_told) {
        tell_aspects(c, out, events);
    }
    c->last = *out;
}

void controller_fail(struct controller *c, enum reason reason, struct output_frame *out,
                     struct event_list *events)
{
    latch(c, reason, events);
    out->wants_flash = true;
    out->wants_latch = true;
    flash_frame(c->plan, out->aspect);
    tell_aspects(c, out, events);
    c->last = *out;
}

bool controller_is_in_charge(const struct controller *c)
{
    return c->lease.state == LEASE_HELD;
}

static bool is_safe_point(const struct controller *c)
{
    if (c->mode.mode == MODE_FLASH || c->mode.mode == MODE_STARTUP) {
        return true;
    }
    return plan_is_staged(c->plan) ? stages_at_border(&c->stages, c->plan)
                                   : rings_at_border(&c->rings, c->plan);
}

/* The stage of the new plan that opens the same groups: the exchange then moves no lamp. */
static void keep_stage(struct stages *s, const struct plan *p, sg_mask_t sg)
{
    for (int32_t i = 0; i < p->stage_count; i++) {
        if (p->stage[i].sg == sg) {
            s->stage_ix = i;
            return;
        }
    }
}

void controller_take_offer(struct controller *c, struct event_list *events)
{
    if (c->offered == NULL || !is_safe_point(c)) {
        return;
    }
    const sg_mask_t sg = plan_is_staged(c->plan) ? c->plan->stage[c->stages.stage_ix].sg : 0;
    c->plan = c->offered;
    c->offered = NULL;
    detectors_init(&c->detectors, c->plan);
    c->detectors.fed_at = c->tick.now;
    calls_init(&c->calls);
    coord_init(&c->coord);
    rings_init(&c->rings, c->plan);
    stages_init(&c->stages, c->plan);
    keep_stage(&c->stages, c->plan, sg);
    sequencer_take_plan(&c->sequencer, c->plan);
    manual_take_plan(&c->manual);
    c->manual_stage_ix = -1;
    c->pattern_ix = c->pattern_ix < c->plan->pattern_count ? c->pattern_ix : 0;
    event_add_detail(events, EVENT_PLAN_LOADED, 0, (int32_t)(uint32_t)c->plan->plan_hash);
}
