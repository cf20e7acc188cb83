#include "test.h"

#include <string.h>

#include "coord.h"
#include "plan_build.h"

/* Cycle of 100 s, phases 2 and 6 coordinated; civil time starts where a test wants it. */
struct bench {
    struct plan plan;
    struct coord c;
    struct calls calls;
    struct tick t;
    struct event_list events;
    int32_t pattern_ix;
    int32_t strategy;
};

static struct bench b;

static void start_at(bool staged, int32_t pattern_ix, int64_t wall_ms)
{
    memset(&b, 0, sizeof b);
    if (staged) {
        plan_build_staged(&b.plan);
    } else {
        plan_build_rings(&b.plan);
    }
    coord_init(&b.c);
    b.pattern_ix = pattern_ix;
    b.strategy = b.plan.pattern[pattern_ix].strategy;
    b.t.wall.ms = wall_ms;
    b.t.wall_is_synced = true;
}

static struct pattern *pattern(void)
{
    return &b.plan.pattern[b.pattern_ix];
}

static void step(void)
{
    event_list_clear(&b.events);
    coord_step(&b.c, &b.plan, b.pattern_ix, b.strategy, &b.t, &b.events);
    b.t.now.ms += TICK_MS;
    b.t.wall.ms += TICK_MS;
}

static void run_s(int32_t seconds)
{
    for (int32_t i = 0; i < seconds * 10; i++) {
        step();
    }
}

static bool was_logged(enum event_code code, uint32_t param)
{
    for (uint32_t i = 0; i < b.events.count; i++) {
        if (b.events.event[i].code == code && b.events.event[i].param == param) {
            return true;
        }
    }
    return false;
}

/* How far the local cycle is before its target, -50 s to 50 s. */
static int32_t ahead_ms(void)
{
    const int32_t cycle_ms = b.c.cycle_ms;
    const int32_t ahead = (b.c.local_ms - b.c.target_ms + 2 * cycle_ms) % cycle_ms;
    return ahead > cycle_ms / 2 ? ahead - cycle_ms : ahead;
}

static void step_clock_s(int32_t seconds)
{
    b.t.wall.ms += (int64_t)seconds * 1000;
}

static void the_cycle_counter_is_base_plus_offset(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 250000);
    pattern()->offset_ms = 20000;
    step();
    assert_int_equal(b.c.target_ms, 70000);
    assert_int_equal(b.c.local_ms, 70000);
    assert_true(was_logged(EVENT_COORD_STATE, COORD_IN_STEP));
}

static void a_held_cycle_stands_and_catches_up(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    run_s(10);
    const int32_t before_ms = b.c.local_ms;
    b.c.is_held = true;
    run_s(7);
    assert_int_equal(b.c.local_ms, before_ms);
    b.c.is_held = false;
    step();
    assert_in_range(-ahead_ms(), 6900, 7100);
    run_s(400);
    assert_in_range(ahead_ms() + 1000, 900, 1100);
}

static void base_is_local_midnight(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, INT64_C(86400000) * 20000 - 10800000 + 30000);
    b.t.utc_offset_s = 10800;
    step();
    assert_int_equal(b.c.target_ms, 30000 + pattern()->offset_ms);
}

static void local_zero_comes_once_a_cycle(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    int32_t zeros = 0;
    for (int32_t i = 0; i < 3001; i++) {
        step();
        if (was_logged(EVENT_COORD_STATE, COORD_LOCAL_ZERO)) {
            zeros++;
            assert_int_equal(b.c.local_ms, 0);
        }
    }
    assert_int_equal(zeros, 3);
    assert_int_equal(b.c.state, COORD_IN_STEP);
}

static void the_offset_names_the_instant_that_the_pattern_chose(void **state)
{
    (void)state;
    /* Ring 1: 1 for 20 s, 2 for 35 s; ring 2: 5 for 30 s, 6 for 25 s; clearance 5 s. */
    static const struct {
        enum coord_reference reference;
        int32_t yield_2_ms;
    } row[] = { { COORD_REF_FIRST_GREEN_BEGIN, 30000 },
                { COORD_REF_LAST_GREEN_BEGIN, 20000 },
                { COORD_REF_FIRST_GREEN_END, 0 },
                { COORD_REF_LAST_GREEN_END, 0 } };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        start_at(false, RG_COORDINATED, 0);
        pattern()->split_ms[4] = 30000;
        pattern()->split_ms[5] = 25000;
        pattern()->reference = (int32_t)row[i].reference;
        step();
        assert_int_equal(b.c.force_off_at_ms[1], row[i].yield_2_ms);
        assert_int_equal(b.c.force_off_at_ms[5], row[i].yield_2_ms);
    }
}

static void greens_before_a_barrier_end_together(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    b.plan.safety.intergreen_ms[7][0] = 8000; /* phase 8 clears longer than 4 */
    step();
    assert_int_equal(b.c.force_off_at_ms[3], b.c.force_off_at_ms[7]);
    assert_int_equal(b.c.force_off_at_ms[3], 72000); /* 2 begins at 20 s: local zero */
}

static void force_off_holds_from_its_time_to_the_next_release(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    step();
    /* Local zero: 2 begins. Yield of 2 at 30 s; 3 runs to 47 - 5 = 42 s, 4 to 70 s, 1 to 95 s. */
    for (int32_t i = 0; i < 1000; i++) {
        step();
        const int32_t at_ms = b.c.local_ms;
        const bool for_three = at_ms >= 30000 && at_ms < 47000;
        assert_int_equal((b.c.may_begin & bit32(2)) != 0, for_three);
        assert_int_equal((b.c.force_off & bit32(2)) != 0, !for_three);
        const bool for_one = at_ms >= 30000 && at_ms < 95000;
        assert_int_equal((b.c.may_begin & bit32(0)) != 0, for_one);
        assert_true((b.c.may_begin & bit32(1)) != 0);
        assert_int_equal((b.c.force_off & bit32(1)) != 0, false);
        assert_int_equal((b.c.may_leave & bit32(1)) != 0, for_one);
    }
    assert_int_equal(b.c.to_force_off_ms[1], (30000 - b.c.local_ms + 100000) % 100000);
}

static void in_fixed_running_each_phase_has_its_own_time(void **state)
{
    (void)state;
    start_at(false, RG_FIXED, 0);
    for (int32_t i = 0; i < 1000; i++) {
        step();
        uint32_t running = 0;
        for (uint32_t ix = 0; ix < 4; ix++) {
            running += (b.c.may_begin & bit32(ix)) != 0 ? 1 : 0;
        }
        assert_int_equal(running, 1);
        assert_int_equal((b.c.may_begin | b.c.force_off) & 0xff, 0xff);
        assert_int_equal(b.c.may_begin & b.c.force_off, 0);
    }
}

static void a_coordinated_pattern_may_be_run_fixed(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    step();
    b.strategy = STRATEGY_FIXED;
    step();
    assert_int_equal(b.events.count, 0); /* the same pattern, the same cycle */
    assert_int_equal(b.c.coordinated, 0);
    assert_true(b.c.is_running);
}

static void small_errors_are_trimmed_without_a_transition(void **state)
{
    (void)state;
    static const int32_t slew_ms[] = { 700, -700 };
    for (size_t i = 0; i < 2; i++) {
        start_at(false, RG_COORDINATED, 0);
        pattern()->correction = i == 0 ? COORD_ADD_ONLY : COORD_SUBTRACT_ONLY; /* the wrong way */
        run_s(10);
        b.t.wall.ms += slew_ms[i];
        for (int32_t k = 0; k < 100; k++) {
            step();
            assert_int_equal(b.c.state, COORD_IN_STEP);
        }
        assert_in_range(ahead_ms() + 100, 0, 200);
    }
}

static void the_four_corrections_go_their_ways(void **state)
{
    (void)state;
    static const struct {
        enum coord_correction correction;
        int32_t step_s; /* of the clock: positive leaves us behind */
        enum coord_state state;
    } row[] = {
        { COORD_SHORTWAY, 20, COORD_TRANSITION_SUBTRACT },
        { COORD_SHORTWAY, -20, COORD_TRANSITION_ADD },
        { COORD_SHORTWAY, 80, COORD_TRANSITION_ADD },
        { COORD_ADD_ONLY, 20, COORD_TRANSITION_ADD },
        { COORD_ADD_ONLY, -20, COORD_TRANSITION_ADD },
        { COORD_SUBTRACT_ONLY, 20, COORD_TRANSITION_SUBTRACT },
        { COORD_SUBTRACT_ONLY, -20, COORD_TRANSITION_SUBTRACT },
        { COORD_DWELL, 20, COORD_TRANSITION_DWELL },
        { COORD_DWELL, -20, COORD_TRANSITION_DWELL },
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        start_at(false, RG_COORDINATED, 0);
        pattern()->correction = (int32_t)row[i].correction;
        run_s(10);
        step_clock_s(row[i].step_s);
        step();
        assert_true(was_logged(EVENT_COORD_STATE, row[i].state));
        run_s(1000); /* at 15 % per cycle 80 s need six cycles */
        assert_int_equal(b.c.state, COORD_IN_STEP);
        assert_in_range(ahead_ms() + 100, 0, 200);
    }
}

static void no_cycle_is_corrected_by_more_than_its_share(void **state)
{
    (void)state;
    for (int32_t way = 0; way < 2; way++) {
        start_at(false, RG_COORDINATED, 0);
        pattern()->correction = way == 0 ? COORD_ADD_ONLY : COORD_SUBTRACT_ONLY;
        step_clock_s(0);
        run_s(50);
        step_clock_s(50);
        int64_t zero_at_ms = -1;
        for (int32_t i = 0; i < 3000; i++) {
            step();
            if (was_logged(EVENT_COORD_STATE, COORD_LOCAL_ZERO)) {
                if (zero_at_ms >= 0) {
                    const int64_t length_ms = b.t.now.ms - zero_at_ms;
                    assert_in_range(length_ms, way == 0 ? 100000 : 85000,
                                    way == 0 ? 115100 : 100000);
                }
                zero_at_ms = b.t.now.ms;
            }
        }
    }
}

static void a_stepped_clock_moves_the_target_and_not_the_cycle(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    run_s(10);
    const int32_t local_ms = b.c.local_ms;
    step_clock_s(-30);
    step();
    assert_true(was_logged(EVENT_CLOCK_STEP, 0));
    assert_int_equal(b.events.event[0].detail, -30);
    assert_in_range(b.c.local_ms - local_ms, 80, 120);
    step();
    assert_false(was_logged(EVENT_CLOCK_STEP, 0));
}

static void summer_time_moves_the_target_like_a_step(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    run_s(10);
    b.t.utc_offset_s = 3600;
    step();
    assert_true(was_logged(EVENT_CLOCK_STEP, 0));
    assert_int_equal(b.events.event[0].detail, 3600);
}

static void dwelling_waits_in_the_coordinated_green_and_no_longer_than_allowed(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    pattern()->correction = COORD_DWELL;
    pattern()->dwell_max_ms = 8000;
    run_s(10);
    step_clock_s(-20); /* we are 20 s ahead */
    int32_t still = 0;
    for (int32_t i = 0; i < 900; i++) {
        const int32_t before_ms = b.c.local_ms;
        step();
        if (b.c.local_ms == before_ms) {
            still++;
            assert_int_equal(b.c.local_ms, 29900); /* yield is at 30 s */
        }
    }
    assert_int_equal(still, 80);
    run_s(300);
    assert_int_equal(b.c.state, COORD_IN_STEP);
}

static void without_a_clock_a_coordinated_pattern_gives_up_in_the_end(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    run_s(10);
    b.t.wall_is_synced = false;
    run_s(599);
    assert_true(b.c.is_running);
    run_s(2);
    assert_false(b.c.is_running);
    assert_int_equal(b.c.state, COORD_FREE);
    assert_int_equal(b.c.may_begin | b.c.force_off, 0);
    b.t.wall_is_synced = true;
    step();
    assert_true(b.c.is_running);
    assert_int_equal(b.c.local_ms, b.c.target_ms);
}

static void a_fixed_pattern_runs_without_any_clock(void **state)
{
    (void)state;
    start_at(false, RG_FIXED, 12345678);
    b.t.wall_is_synced = false;
    step();
    assert_true(b.c.is_running);
    assert_int_equal(b.c.local_ms, 0);
    run_s(50);
    assert_int_equal(b.c.local_ms, 50000);
}

static void a_new_pattern_is_announced_with_its_values(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    pattern()->offset_ms = 20000;
    step();
    assert_true(was_logged(EVENT_PATTERN_CHANGE, (uint32_t)pattern()->pattern_id));
    assert_true(was_logged(EVENT_CYCLE_CHANGE, 100));
    assert_true(was_logged(EVENT_OFFSET_CHANGE, 20));
    assert_true(was_logged(EVENT_SPLIT_CHANGE_1, 20));
    assert_true(was_logged(EVENT_SPLIT_CHANGE_1 + 7, 28));
    step();
    assert_int_equal(b.events.count, 0);
    b.pattern_ix = -1;
    coord_step(&b.c, &b.plan, -1, STRATEGY_ACTUATED, &b.t, &b.events);
    assert_true(was_logged(EVENT_PATTERN_CHANGE, 0));
    assert_true(was_logged(EVENT_COORD_STATE, COORD_FREE));
}

static void a_pattern_change_keeps_the_local_cycle_and_corrects(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    b.plan.pattern[RG_FIXED].offset_ms = 30000;
    run_s(40);
    b.pattern_ix = RG_FIXED;
    b.strategy = STRATEGY_FIXED;
    step();
    assert_in_range(b.c.local_ms, 39900, 40100);
    assert_true(was_logged(EVENT_COORD_STATE, COORD_TRANSITION_SUBTRACT));
}

static void steps_of_a_stage_pattern_follow_the_local_cycle(void **state)
{
    (void)state;
    start_at(true, ST_FIXED, 0);
    pattern()->offset_ms = 0;
    pattern()->coord_step_ix = 1;
    const struct pattern *f = pattern();
    int32_t due = 0;
    for (int32_t i = 0; i < f->cycle_ms / TICK_MS; i++) {
        step();
        due += b.c.step_is_due ? 1 : 0;
        const int32_t first_ms = f->step[1].duration_ms;
        if (b.c.local_ms < first_ms) {
            assert_int_equal(b.c.step_ix, 1);
        } else if (b.c.local_ms < first_ms + f->step[2 % f->step_count].duration_ms) {
            assert_int_equal(b.c.step_ix, 2 % f->step_count);
        }
    }
    assert_int_equal(due, f->step_count);
}

static void watch(int32_t seconds)
{
    for (int32_t i = 0; i < seconds * 10; i++) {
        for (uint32_t g = 0; g < SG_MAX; g++) {
            const bool waits = (b.calls.vehicle & bit32(g)) != 0;
            b.calls.waiting_ms[g] = waits ? b.calls.waiting_ms[g] + TICK_MS : 0;
        }
        step();
        coord_watch(&b.c, &b.plan, &b.calls, UINT32_MAX, &b.events);
        if (b.events.count > 0 && b.events.event[b.events.count - 1].code >= EVENT_CYCLE_FAULT) {
            return; /* so that a test sees the event */
        }
    }
}

static void a_call_that_waits_two_cycles_suspends_coordination(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    b.calls.vehicle = bit32(3);
    watch(199);
    assert_int_equal(b.c.fault, COORD_HEALTHY);
    watch(2);
    assert_int_equal(b.c.fault, COORD_SUSPENDED);
    assert_true(was_logged(EVENT_CYCLE_FAULT, 4));
    step();
    assert_int_equal(b.c.state, COORD_FREE);
    b.calls.vehicle = 0; /* served: so it was coordination's fault */
    watch(1);
    assert_true(was_logged(EVENT_COORD_FAULT, 4));
    step();
    assert_true(b.c.is_running);
    watch(201);
    assert_int_equal(b.c.fault, COORD_HEALTHY);
}

static void the_same_again_within_two_cycles_fails_coordination(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    b.calls.vehicle = bit32(3);
    watch(201);
    b.calls.vehicle = 0;
    watch(1);
    b.calls.vehicle = bit32(3);
    b.calls.waiting_ms[3] = 10000;
    watch(195);
    assert_int_equal(b.c.fault, COORD_FAILED);
    b.calls.vehicle = 0;
    watch(1000);
    assert_int_equal(b.c.fault, COORD_FAILED); /* until the pattern changes */
    assert_false(b.c.is_running);
    b.pattern_ix = RG_FIXED;
    b.strategy = STRATEGY_FIXED;
    step();
    assert_true(b.c.is_running);
}

static void a_call_not_served_in_free_running_either_is_a_cycle_failure(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    b.calls.vehicle = bit32(3);
    watch(201);
    assert_int_equal(b.c.fault, COORD_SUSPENDED);
    watch(201);
    assert_int_equal(b.c.fault, COORD_CYCLE_FAILED);
    assert_true(was_logged(EVENT_CYCLE_FAULT, 4));
}

static void calls_that_nobody_may_serve_are_no_fault(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    step();
    b.calls.vehicle = bit32(3);
    b.calls.waiting_ms[3] = 900000;
    coord_watch(&b.c, &b.plan, &b.calls, ~bit32(3), &b.events);
    assert_int_equal(b.c.fault, COORD_HEALTHY);
}

static void without_a_coordinated_phase_the_offset_names_the_first_of_each_ring(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    pattern()->coord_phases = 0;
    pattern()->reference = COORD_REF_FIRST_GREEN_BEGIN;
    b.strategy = STRATEGY_FIXED;
    step();
    const int32_t zero_of_first_ms = b.c.force_off_at_ms[0];
    assert_int_equal(zero_of_first_ms, 15000); /* 20 s less 5 s of clearance, from its own begin */
    pattern()->ring[0].count = 0;              /* a ring that serves nobody names nothing */
    b.c.pattern_ix = -1;
    step();
    assert_int_equal(b.c.timed & 0xf, 0);
    assert_int_equal(b.c.force_off_at_ms[4], zero_of_first_ms);
}

static void a_ring_without_a_coordinated_phase_is_released_by_the_other(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    step();
    assert_int_equal(b.c.release_at_ms[6], b.c.force_off_at_ms[5]); /* by 6, of its own ring */
    pattern()->coord_phases = bit32(1);
    pattern()->split_ms[4] = 30000;
    pattern()->split_ms[5] = 25000;
    b.c.pattern_ix = -1;
    step();
    assert_int_equal(b.c.coordinated, bit32(1));
    assert_int_equal(b.c.release_at_ms[6], b.c.force_off_at_ms[1]);
}

static void a_fixed_stage_pattern_without_a_cycle_takes_the_sum_of_its_steps(void **state)
{
    (void)state;
    start_at(true, ST_FIXED, 0);
    pattern()->cycle_ms = 0;
    step();
    assert_int_equal(b.c.cycle_ms, 90000);
    assert_true(b.c.is_running);
    start_at(true, ST_COORDINATED, 0); /* a coordinated one has no cycle but its own */
    pattern()->cycle_ms = 0;
    step();
    assert_int_equal(b.c.cycle_ms, 0);
    assert_false(b.c.is_running);
}

static void no_pattern_has_no_cycle(void **state)
{
    (void)state;
    start_at(false, RG_COORDINATED, 0);
    step();
    assert_true(b.c.is_running);
    b.pattern_ix = -1;
    step();
    assert_false(b.c.is_running);
    assert_int_equal(b.c.cycle_ms, 0);
    assert_true(was_logged(EVENT_PATTERN_CHANGE, 0));
    assert_true(was_logged(EVENT_CYCLE_CHANGE, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cycle_counter_is_base_plus_offset),
        cmocka_unit_test(a_held_cycle_stands_and_catches_up),
        cmocka_unit_test(base_is_local_midnight),
        cmocka_unit_test(local_zero_comes_once_a_cycle),
        cmocka_unit_test(the_offset_names_the_instant_that_the_pattern_chose),
        cmocka_unit_test(greens_before_a_barrier_end_together),
        cmocka_unit_test(force_off_holds_from_its_time_to_the_next_release),
        cmocka_unit_test(in_fixed_running_each_phase_has_its_own_time),
        cmocka_unit_test(a_coordinated_pattern_may_be_run_fixed),
        cmocka_unit_test(small_errors_are_trimmed_without_a_transition),
        cmocka_unit_test(the_four_corrections_go_their_ways),
        cmocka_unit_test(no_cycle_is_corrected_by_more_than_its_share),
        cmocka_unit_test(a_stepped_clock_moves_the_target_and_not_the_cycle),
        cmocka_unit_test(summer_time_moves_the_target_like_a_step),
        cmocka_unit_test(dwelling_waits_in_the_coordinated_green_and_no_longer_than_allowed),
        cmocka_unit_test(without_a_clock_a_coordinated_pattern_gives_up_in_the_end),
        cmocka_unit_test(a_fixed_pattern_runs_without_any_clock),
        cmocka_unit_test(a_new_pattern_is_announced_with_its_values),
        cmocka_unit_test(a_pattern_change_keeps_the_local_cycle_and_corrects),
        cmocka_unit_test(steps_of_a_stage_pattern_follow_the_local_cycle),
        cmocka_unit_test(a_call_that_waits_two_cycles_suspends_coordination),
        cmocka_unit_test(the_same_again_within_two_cycles_fails_coordination),
        cmocka_unit_test(a_call_not_served_in_free_running_either_is_a_cycle_failure),
        cmocka_unit_test(calls_that_nobody_may_serve_are_no_fault),
        cmocka_unit_test(without_a_coordinated_phase_the_offset_names_the_first_of_each_ring),
        cmocka_unit_test(a_ring_without_a_coordinated_phase_is_released_by_the_other),
        cmocka_unit_test(a_fixed_stage_pattern_without_a_cycle_takes_the_sum_of_its_steps),
        cmocka_unit_test(no_pattern_has_no_cycle),
    };
    return RUN_TESTS(tests);
}
