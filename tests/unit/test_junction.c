#include "test.h"

#include "junction.h"
#include "plan_build.h"

#include <string.h>

/* A junction on a perfect link: what is commanded at one tick is lit, sensed and echoed by the
 * next. */
struct rig {
    struct plan plan, other;
    struct junction j;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    mono_t now;
    bool link_is_up, lies, lease_is_free, resets;
    uint16_t epoch;
    int32_t seen[EVENT_MAX_RED + 1];
    int32_t reason; /* of the last change of mode */
};

static void rig_start(struct rig *r, bool staged)
{
    memset(r, 0, sizeof *r);
    if (staged) {
        plan_build_staged(&r->plan);
    } else {
        plan_build_rings(&r->plan);
    }
    r->now.ms = 50000;
    r->link_is_up = true;
    r->lease_is_free = true;
    r->in.wall.ms = INT64_C(1700000000000);
    r->in.wall_is_synced = true;
    r->in.scheduled_pattern_ix = staged ? (int32_t)ST_FIXED : (int32_t)RG_FIXED;
    for (int32_t i = 0; i < DETECTOR_MAX; i++) {
        r->in.detector[i].quality = INPUT_GOOD;
    }
    junction_init(&r->j, &r->plan, r->now);
}

static void read_cabinet(struct rig *r)
{
    struct cabinet_view *v = &r->in.cabinet;
    v->is_fresh = r->link_is_up;
    if (!r->link_is_up) {
        return;
    }
    v->is_present = true;
    v->seen_at = r->now;
    v->site_id = (uint32_t)r->plan.safety.site_id;
    v->safety_hash = r->plan.safety_hash;
    if (r->out.may_write) {
        r->lease_is_free = !r->out.heartbeat;
        r->epoch = r->out.epoch;
        v->seq = r->out.seq;
    }
    v->epoch = r->epoch;
    v->flags = (r->lease_is_free ? CABINET_LEASE_FREE : 0) | (r->resets ? CABINET_RESET_SEEN : 0);
    memcpy(v->aspect, r->out.aspect, sizeof v->aspect);
    v->aspect[0] = r->lies ? ASPECT_UNKNOWN : v->aspect[0];
}

static void tick(struct rig *r)
{
    r->now.ms += TICK_MS;
    r->in.wall.ms += TICK_MS;
    read_cabinet(r);
    event_list_clear(&r->events);
    junction_tick(&r->j, &r->in, r->now, &r->out, &r->events);
    r->in.command_count = 0;
    for (uint32_t i = 0; i < r->events.count; i++) {
        const struct event *e = &r->events.event[i];
        r->seen[e->code]++;
        r->reason = e->code == EVENT_MODE ? e->detail : r->reason;
    }
}

static void ticks(struct rig *r, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        tick(r);
    }
}

static enum mode mode_of(const struct rig *r)
{
    return (enum mode)r->j.controller.mode.mode;
}

static void until_mode(struct rig *r, enum mode mode, int32_t most)
{
    for (int32_t n = 0; n < most && mode_of(r) != mode; n++) {
        tick(r);
    }
    assert_int_equal(mode_of(r), mode);
}

static void command(struct rig *r, struct command c)
{
    r->in.command_count = 1;
    r->in.command[0] = c;
}

static int32_t count_aspect(const struct rig *r, enum aspect aspect)
{
    int32_t count = 0;
    for (int32_t ix = 0; ix < r->plan.sg_count; ix++) {
        count += r->out.aspect[ix] == (int32_t)aspect ? 1 : 0;
    }
    return count;
}

static void start_up_is_flash_then_yellow_then_all_red_then_the_first_stage(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    int32_t flash_ticks = 0;
    int32_t yellow_ticks = 0;
    int32_t red_ticks = 0;
    for (int32_t n = 0; n < 400 && mode_of(&r) != MODE_NORMAL; n++) {
        tick(&r);
        assert_true(r.out.wants_flash || count_aspect(&r, ASPECT_GREEN) == 0);
        flash_ticks += r.out.wants_flash ? 1 : 0;
        yellow_ticks += count_aspect(&r, ASPECT_YELLOW) == 6 ? 1 : 0;
        red_ticks += count_aspect(&r, ASPECT_RED) == r.plan.sg_count ? 1 : 0;
    }
    assert_in_range(flash_ticks, 50, 56);
    assert_int_equal(yellow_ticks, 31);
    assert_in_range(red_ticks, 90, 91);
    ticks(&r, 30);
    assert_int_equal(r.out.aspect[ST_N], ASPECT_GREEN);
    assert_int_equal(r.out.aspect[ST_S], ASPECT_GREEN);
    assert_int_equal(r.seen[EVENT_GUARD_TRIP], 0);
}

static void nothing_is_written_before_the_cabinet_is_heard(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.link_is_up = false;
    ticks(&r, 100);
    assert_false(r.out.may_write);
    assert_true(r.out.wants_flash);
    assert_int_equal(mode_of(&r), MODE_FLASH);
}

static void lamps_stand_still_while_nothing_is_confirmed_and_then_start_anew(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    ticks(&r, 200);
    const struct output_frame before = r.out;
    r.link_is_up = false;
    for (int32_t n = 1; n < LINK_LOST_TICKS; n++) {
        tick(&r);
        assert_memory_equal(r.out.aspect, before.aspect, sizeof before.aspect);
        assert_true(r.out.heartbeat);
    }
    tick(&r);
    assert_false(r.out.heartbeat);
    assert_true(r.out.wants_flash);
    assert_int_equal(r.reason, REASON_LINK_LOST);
    r.link_is_up = true;
    until_mode(&r, MODE_STARTUP, 20);
    until_mode(&r, MODE_NORMAL, 400);
}

static void lying_lamps_latch_until_the_reset(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    r.lies = true;
    ticks(&r, MISMATCH_TRIP_TICKS - 1);
    assert_false(r.out.wants_flash);
    tick(&r);
    assert_true(r.out.wants_flash && r.out.wants_latch && r.out.heartbeat);
    assert_int_equal(r.reason, REASON_MISMATCH);
    r.lies = false;
    ticks(&r, 600);
    assert_int_equal(mode_of(&r), MODE_FLASH);
    r.resets = true;
    tick(&r);
    r.resets = false;
    until_mode(&r, MODE_NORMAL, 400);
    assert_false(r.out.wants_latch);
}

static void a_guard_trip_latches_until_the_reset(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    ticks(&r, 50);
    r.j.controller.sequencer.aspect[ST_E] = ASPECT_GREEN; /* a bug of ours, beside N and S */
    tick(&r);
    assert_int_equal(r.seen[EVENT_GUARD_TRIP], 1);
    assert_true(r.out.wants_flash && r.out.wants_latch);
    assert_int_equal(r.out.aspect[ST_E], ASPECT_FLASH_YELLOW);
    ticks(&r, 600);
    assert_int_equal(r.seen[EVENT_GUARD_TRIP], 1);
    assert_true(r.out.wants_flash && r.out.wants_latch);
    assert_true((r.j.controller.alarms & bit32(ALARM_GUARD)) != 0);
    r.resets = true;
    tick(&r);
    r.resets = false;
    until_mode(&r, MODE_NORMAL, 400);
    assert_true((r.j.controller.alarms & bit32(ALARM_GUARD)) == 0);
}

/* Rule S-22: every single bit. */
static void any_flipped_bit_of_guard_or_safety_file_ends_in_flash(void **state)
{
    (void)state;
    static struct rig r;
    static struct rig good;
    rig_start(&good, true);
    until_mode(&good, MODE_NORMAL, 400);
    ticks(&good, 50);
    uint8_t *const places[] = { (uint8_t *)&r.j.guard, (uint8_t *)&r.j.safety,
                                (uint8_t *)&r.j.shadow };
    const size_t sizes[] = { sizeof r.j.guard, sizeof r.j.safety, sizeof r.j.shadow };
    for (size_t place = 0; place < 3; place++) {
        for (size_t byte = 0; byte < sizes[place]; byte++) {
            r.j = good.j;
            r.in = good.in;
            r.out = good.out;
            r.now = good.now;
            places[place][byte] ^= (uint8_t)(1U << (byte % 8)); /* each byte, bits by turns */
            event_list_clear(&r.events);
            r.now.ms += TICK_MS;
            junction_tick(&r.j, &r.in, r.now, &r.out, &r.events);
            assert_true(r.out.wants_flash && r.out.wants_latch);
            assert_int_equal(r.j.controller.mode.reason, REASON_CORRUPT_STATE);
        }
    }
}

static void all_bits_of_one_word_are_watched(void **state)
{
    (void)state;
    static struct rig good;
    static struct junction j;
    rig_start(&good, true);
    until_mode(&good, MODE_NORMAL, 400);
    for (uint32_t bit = 0; bit < 32; bit++) {
        j = good.j;
        j.guard.shown_ms[ST_N] ^= (int32_t)bit32(bit);
        struct input_frame in = good.in;
        event_list_clear(&good.events);
        junction_tick(&j, &in, (mono_t){ good.now.ms + TICK_MS }, &good.out, &good.events);
        assert_int_equal(j.controller.mode.reason, REASON_CORRUPT_STATE);
        assert_int_equal(j.guard.tripped, GUARD_STATE);
    }
}

/* Not the controller's word alone: the guard itself lets nothing but latched flash through. */
static void a_corrupt_guard_stays_tripped_until_reset_at_the_cabinet(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    r.j.guard.shown_ms[ST_N] ^= 1;
    tick(&r);
    ticks(&r, 100);
    assert_int_equal(r.j.guard.tripped, GUARD_STATE);
    assert_true(r.out.wants_latch);
    r.j.controller.mode.guard_latched = false; /* as if a bug had forgotten it */
    ticks(&r, 100);
    assert_int_equal(r.j.guard.tripped, GUARD_STATE);
    assert_true(r.out.wants_flash && r.out.wants_latch);
}

static void a_stop_finishes_minimums_shows_all_red_and_ends_the_heartbeat(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    while (r.out.aspect[ST_N] != ASPECT_GREEN) {
        tick(&r);
    }
    r.in.is_stopping = true;
    int32_t green_ticks = 0;
    int32_t red_ticks = 0;
    for (int32_t n = 0; n < 400 && r.out.heartbeat; n++) {
        tick(&r);
        green_ticks += r.out.aspect[ST_N] == ASPECT_GREEN ? 1 : 0;
        red_ticks += count_aspect(&r, ASPECT_RED) == r.plan.sg_count ? 1 : 0;
    }
    assert_false(r.out.heartbeat);
    assert_true(green_ticks >= 70);
    /* 3 s of the intergreens after N and S went by in yellow; the largest is 6 s. */
    assert_true(red_ticks >= 30);
    assert_int_equal(r.reason, REASON_SHUTDOWN);
    ticks(&r, 300);
    assert_false(r.out.heartbeat);
    r.in.is_stopping = false;
    until_mode(&r, MODE_NORMAL, 500);
}

static void ordered_flash_comes_through_all_red_and_ends_with_its_command(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    ticks(&r, 100);
    command(&r, (struct command){ .kind = COMMAND_FLASH, .duration_ms = 60000 });
    bool was_all_red = false;
    for (int32_t n = 0; n < 400 && !r.out.wants_flash; n++) {
        tick(&r);
        was_all_red = was_all_red || count_aspect(&r, ASPECT_RED) == r.plan.sg_count;
    }
    assert_true(was_all_red && r.out.wants_flash);
    assert_int_equal(r.reason, REASON_COMMAND);
    ticks(&r, 100);
    assert_int_equal(mode_of(&r), MODE_FLASH);
    until_mode(&r, MODE_NORMAL, 1000);
}

static void all_red_is_kept_for_its_time_and_then_the_first_stage_runs(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    ticks(&r, 100);
    command(&r, (struct command){ .kind = COMMAND_ALL_RED, .duration_ms = 30000 });
    ticks(&r, 200);
    assert_int_equal(count_aspect(&r, ASPECT_RED), r.plan.sg_count);
    ticks(&r, 140);
    assert_int_equal(r.out.aspect[ST_N], ASPECT_GREEN);
    assert_int_equal(mode_of(&r), MODE_NORMAL);
}

static void by_hand_stages_change_only_when_told(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    command(&r, (struct command){ .kind = COMMAND_MANUAL, .duration_ms = 400000 });
    ticks(&r, 2000);
    assert_int_equal(mode_of(&r), MODE_MANUAL);
    assert_int_equal(r.j.controller.stages.stage_ix, ST_STAGE_NS);
    command(&r, (struct command){ .kind = COMMAND_ADVANCE });
    ticks(&r, 1000);
    assert_int_equal(r.j.controller.stages.stage_ix, ST_STAGE_LEFT);
    ticks(&r, 1001);
    assert_int_equal(mode_of(&r), MODE_NORMAL);
    assert_int_equal(r.reason, REASON_COMMAND_EXPIRED);
}

static void by_hand_rings_advance_too(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, false);
    until_mode(&r, MODE_NORMAL, 400);
    command(&r, (struct command){ .kind = COMMAND_MANUAL, .duration_ms = 600000 });
    ticks(&r, 1000);
    const phase_mask_t before = r.j.controller.rings.on;
    for (int32_t i = 0; i < 4;
         i++) { /* a call for the other street, so that there is somewhere to go */
        r.in.detector[2 + i].is_occupied = true;
    }
    ticks(&r, 600);
    assert_int_equal(r.j.controller.rings.on, before);
    command(&r, (struct command){ .kind = COMMAND_ADVANCE });
    ticks(&r, 300);
    assert_int_not_equal(r.j.controller.rings.on, before);
}

static void without_a_synchronised_clock_nothing_is_coordinated(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.in.wall_is_synced = false;
    r.in.scheduled_pattern_ix = ST_COORDINATED;
    until_mode(&r, MODE_NORMAL, 400);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.j.controller.mode.strategy_reason, REASON_CLOCK_UNSYNCED);
    r.in.wall_is_synced = true;
    ticks(&r, 3000);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_COORDINATED);
}

static void failed_detectors_bring_the_fixed_plan(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.in.scheduled_pattern_ix = ST_ACTUATED;
    until_mode(&r, MODE_NORMAL, 400);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_ACTUATED);
    for (int32_t i = 0; i < r.plan.detector_count; i++) {
        r.in.detector[i].quality = INPUT_FAILED;
    }
    ticks(&r, 20);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_FIXED);
    assert_int_equal(r.j.controller.mode.strategy_reason, REASON_DETECTORS_FAILED);
    assert_int_equal(r.j.controller.pattern_ix, ST_FIXED); /* the running one has no durations */
}

static void a_plan_with_another_safety_file_is_refused(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.other = r.plan;
    r.other.safety.min_green_ms[ST_N] += 100;
    assert_int_equal(junction_offer_plan(&r.j, &r.other), STATUS_REFUSED);
    r.other = r.plan;
    r.other.safety_hash++;
    assert_int_equal(junction_offer_plan(&r.j, &r.other), STATUS_REFUSED);
}

static void a_plan_is_taken_at_a_border_and_moves_no_lamp(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.in.scheduled_pattern_ix = ST_ACTUATED; /* rests */
    until_mode(&r, MODE_NORMAL, 400);
    r.other = r.plan;
    r.other.plan_hash++;
    ticks(&r, 60); /* N and S are green, their minimum is not over */
    assert_int_equal(r.out.aspect[ST_N], ASPECT_GREEN);
    assert_int_equal(junction_offer_plan(&r.j, &r.other), STATUS_OK);
    tick(&r);
    assert_ptr_equal(r.j.plan, &r.plan);
    const struct output_frame before = r.out;
    for (int32_t n = 0; n < 100 && r.j.plan == &r.plan; n++) {
        tick(&r);
        assert_memory_equal(r.out.aspect, before.aspect, sizeof before.aspect);
    }
    assert_ptr_equal(r.j.plan, &r.other);
    ticks(&r, 50);
    assert_memory_equal(r.out.aspect, before.aspect, sizeof before.aspect);
    assert_int_equal(r.seen[EVENT_PLAN_LOADED], 2); /* at the start, and this one */
}

/* Every stage and phase is recalled and ends with its minimum: nothing ever rests. */
static void a_plan_is_taken_by_a_junction_that_never_rests(void **state)
{
    (void)state;
    static struct rig r;
    for (int32_t is_staged = 0; is_staged < 2; is_staged++) {
        rig_start(&r, is_staged == 1);
        for (int32_t i = 0; i < r.plan.stage_count; i++) {
            r.plan.stage[i].recall = RECALL_MIN;
        }
        for (int32_t i = 0; i < r.plan.phase_count; i++) {
            r.plan.phase[i].recall = RECALL_MIN;
        }
        r.in.scheduled_pattern_ix = is_staged == 1 ? (int32_t)ST_ACTUATED : (int32_t)RG_ACTUATED;
        until_mode(&r, MODE_NORMAL, 400);
        ticks(&r, 50);
        r.other = r.plan;
        r.other.plan_hash++;
        assert_int_equal(junction_offer_plan(&r.j, &r.other), STATUS_OK);
        ticks(&r, 400);
        assert_ptr_equal(r.j.plan, &r.other);
        ticks(&r, 400);
        assert_int_equal(r.seen[EVENT_GUARD_TRIP], 0);
    }
}

static void long_red_is_told_once(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    until_mode(&r, MODE_NORMAL, 400);
    command(&r, (struct command){ .kind = COMMAND_STOP_TIME, .duration_ms = 400000 });
    ticks(&r, 3900);
    r.in.detector[2].is_occupied = true; /* e1 */
    r.in.detector[2].edge_count++;
    ticks(&r, 10);
    assert_int_equal(r.seen[EVENT_MAX_RED], 1);
    ticks(&r, 50);
    assert_int_equal(r.seen[EVENT_MAX_RED], 1);
    assert_int_equal(r.seen[EVENT_STOP_TIME], 1);
}

static void starved_calls_step_down_and_are_told(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r, true);
    r.in.scheduled_pattern_ix = ST_ACTUATED;
    r.plan.stage[ST_STAGE_NS].next = bit32(ST_STAGE_LEFT); /* and no way on from there */
    r.plan.stage[ST_STAGE_LEFT].next = 0;
    until_mode(&r, MODE_NORMAL, 400);
    r.in.detector[2].is_occupied = true;
    r.in.detector[2].edge_count++;
    ticks(&r, 2300);
    assert_int_equal(r.seen[EVENT_CYCLE_FAULT], 0);
    ticks(&r, 400);
    assert_int_equal(r.seen[EVENT_CYCLE_FAULT], 1);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_FIXED);
    assert_int_equal(r.j.controller.mode.strategy_reason, REASON_CYCLE_FAULT);
    assert_true((r.j.controller.alarms & bit32(ALARM_DEADLOCK)) != 0);
}

static void the_same_inputs_give_the_same_state(void **state)
{
    (void)state;
    static struct rig a;
    static struct rig b;
    rig_start(&a, false);
    rig_start(&b, false);
    b.j.plan = &a.plan;
    b.j.controller.plan = &a.plan;
    b.j.optimiser.plan = &a.plan;
    ticks(&a, 1500);
    ticks(&b, 1500);
    assert_memory_equal(&a.out, &b.out, sizeof a.out);
    assert_memory_equal(&a.j, &b.j, sizeof a.j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_up_is_flash_then_yellow_then_all_red_then_the_first_stage),
        cmocka_unit_test(nothing_is_written_before_the_cabinet_is_heard),
        cmocka_unit_test(lamps_stand_still_while_nothing_is_confirmed_and_then_start_anew),
        cmocka_unit_test(lying_lamps_latch_until_the_reset),
        cmocka_unit_test(a_guard_trip_latches_until_the_reset),
        cmocka_unit_test(any_flipped_bit_of_guard_or_safety_file_ends_in_flash),
        cmocka_unit_test(all_bits_of_one_word_are_watched),
        cmocka_unit_test(a_corrupt_guard_stays_tripped_until_reset_at_the_cabinet),
        cmocka_unit_test(a_stop_finishes_minimums_shows_all_red_and_ends_the_heartbeat),
        cmocka_unit_test(ordered_flash_comes_through_all_red_and_ends_with_its_command),
        cmocka_unit_test(all_red_is_kept_for_its_time_and_then_the_first_stage_runs),
        cmocka_unit_test(by_hand_stages_change_only_when_told),
        cmocka_unit_test(by_hand_rings_advance_too),
        cmocka_unit_test(without_a_synchronised_clock_nothing_is_coordinated),
        cmocka_unit_test(failed_detectors_bring_the_fixed_plan),
        cmocka_unit_test(a_plan_with_another_safety_file_is_refused),
        cmocka_unit_test(a_plan_is_taken_at_a_border_and_moves_no_lamp),
        cmocka_unit_test(a_plan_is_taken_by_a_junction_that_never_rests),
        cmocka_unit_test(long_red_is_told_once),
        cmocka_unit_test(starved_calls_step_down_and_are_told),
        cmocka_unit_test(the_same_inputs_give_the_same_state),
    };
    return RUN_TESTS(tests);
}
