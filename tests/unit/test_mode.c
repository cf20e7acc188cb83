#include "test.h"

#include "mode.h"

#include <string.h>

static struct event_list events;

static void flash_is_reached_from_anywhere_and_left_by_start_up_alone(void **state)
{
    (void)state;
    for (int32_t from = 0; from < MODE_COUNT; from++) {
        assert_int_equal(mode_may_change((enum mode)from, MODE_FLASH), from != MODE_FLASH);
        assert_int_equal(mode_may_change(MODE_FLASH, (enum mode)from), from == MODE_STARTUP);
        assert_false(mode_may_change((enum mode)from, (enum mode)from));
        assert_int_equal(mode_may_change((enum mode)from, MODE_STARTUP), from == MODE_FLASH);
    }
    assert_true(mode_may_change(MODE_STARTUP, MODE_NORMAL));
    assert_false(mode_may_change(MODE_STARTUP, MODE_MANUAL));
}

static void a_change_of_mode_is_told_with_its_reason(void **state)
{
    (void)state;
    struct mode_state m;
    mode_init(&m);
    event_list_clear(&events);
    mode_change(&m, MODE_STARTUP, REASON_BOOT, (wall_t){ 5 }, &events);
    mode_change(&m, MODE_FLASH, REASON_MONITOR, (wall_t){ 77 }, &events);
    assert_int_equal(events.count, 3);
    assert_int_equal(events.event[1].code, EVENT_MODE);
    assert_int_equal(events.event[1].detail, REASON_MONITOR);
    assert_int_equal(events.event[2].code, EVENT_FLASH);
    assert_int_equal(events.event[2].param, 6); /* mmu, in the words of NTCIP 1202 */
    assert_int_equal(m.last_fault, REASON_MONITOR);
    assert_int_equal(m.last_fault_at.ms, 77);
}

/* Steps start-up with late_ms between tick and read-back; returns the ticks until it is done. */
static int32_t startup_ticks(int32_t yellow_ms, int32_t late_ms, int32_t *yellow_ticks)
{
    struct safety s;
    memset(&s, 0, sizeof s);
    s.startup_flash_ms = 2000;
    s.startup_yellow_ms = yellow_ms;
    s.startup_all_red_ms = 3000;
    struct mode_state m;
    mode_init(&m);
    event_list_clear(&events);
    mode_change(&m, MODE_STARTUP, REASON_BOOT, (wall_t){ 0 }, &events);
    struct tick t = { .now = { 1000 }, .advances = true };
    *yellow_ticks = 0;
    for (int32_t n = 1; n < 1000; n++) {
        t.now.ms += TICK_MS;
        t.confirmed_at.ms = t.now.ms - late_ms;
        (void)mode_step_startup(&m, &s, &t);
        *yellow_ticks += m.startup == STARTUP_YELLOW ? 1 : 0;
        if (m.startup == STARTUP_DONE) {
            return n;
        }
    }
    return -1;
}

static void start_up_shows_each_step_for_its_time_on_both_clocks(void **state)
{
    (void)state;
    int32_t yellow_ticks = 0;
    assert_int_equal(startup_ticks(1000, TICK_MS, &yellow_ticks), 60);
    assert_int_equal(yellow_ticks, 10);
    /* A fresher read-back starts the second clock later: one tick more for each step. */
    assert_int_equal(startup_ticks(1000, 0, &yellow_ticks), 63);
    assert_int_equal(yellow_ticks, 11);
}

static void start_up_without_yellow_leaves_it_out(void **state)
{
    (void)state;
    int32_t yellow_ticks = 0;
    assert_int_equal(startup_ticks(0, TICK_MS, &yellow_ticks), 50);
    assert_int_equal(yellow_ticks, 0);
}

struct ladder_rig {
    struct plan plan;
    struct mode_state m;
    struct tick t;
    struct ladder_view v;
};

static void ladder_start(struct ladder_rig *r, enum strategy asked)
{
    memset(r, 0, sizeof *r);
    r->plan.ladder.step_up_ms = 2000;
    mode_init(&r->m);
    r->t = (struct tick){ .now = { 1000 }, .advances = true };
    r->v = (struct ladder_view){ .asked = (int32_t)asked,
                                 .asked_reason = REASON_SCHEDULE,
                                 .wall_is_synced = true,
                                 .can_coordinate = true };
    event_list_clear(&events);
}

static void choose(struct ladder_rig *r, int32_t ticks)
{
    for (int32_t i = 0; i < ticks; i++) {
        mode_choose_strategy(&r->m, &r->plan, &r->v, &r->t, &events);
    }
}

static void what_is_asked_runs_when_all_is_well(void **state)
{
    (void)state;
    for (int32_t asked = STRATEGY_FLASH; asked <= STRATEGY_ADAPTIVE; asked++) {
        static struct ladder_rig r;
        ladder_start(&r, (enum strategy)asked);
        choose(&r, 1);
        assert_int_equal(r.m.strategy, asked);
        assert_int_equal(r.m.strategy_reason,
                         asked == STRATEGY_FLASH ? REASON_BOOT : REASON_SCHEDULE);
    }
}

static void adaptive_with_nothing_to_optimise_runs_actuated_and_says_why(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ADAPTIVE);
    r.v.adaptive_fault = REASON_UNAVAILABLE;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.m.strategy_reason, REASON_UNAVAILABLE);
    assert_int_equal(events.count, 1);
    choose(&r, 50);
    assert_int_equal(events.count, 1); /* once */
}

static void adaptive_does_without_civil_time(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ADAPTIVE);
    r.v.wall_is_synced = false;
    choose(&r, 5);
    assert_int_equal(r.m.strategy, STRATEGY_ADAPTIVE);
    r.v.asked = STRATEGY_COORDINATED; /* which does not */
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.m.strategy_reason, REASON_CLOCK_UNSYNCED);
}

static void adaptive_steps_down_to_gaps_and_to_the_clock_and_up_again(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ADAPTIVE);
    choose(&r, 1);
    r.v.adaptive_fault = REASON_TICK_LATE;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.m.strategy_reason, REASON_TICK_LATE);
    r.v.detectors_failed = true;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_FIXED);
    r.v.detectors_failed = false;
    choose(&r, 20);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    r.v.adaptive_fault = REASON_NONE;
    choose(&r, 19);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ADAPTIVE);
    assert_int_equal(r.m.strategy_reason, REASON_RECOVERED);
}

static void a_pattern_without_cycle_cannot_be_coordinated(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_COORDINATED);
    r.v.can_coordinate = false;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.m.strategy_reason, REASON_UNAVAILABLE);
}

static void down_is_at_once_and_up_takes_its_time(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ACTUATED);
    choose(&r, 1);
    r.v.detectors_failed = true;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_FIXED);
    assert_int_equal(r.m.strategy_reason, REASON_DETECTORS_FAILED);
    r.v.detectors_failed = false;
    choose(&r, 19);
    assert_int_equal(r.m.strategy, STRATEGY_FIXED);
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.m.strategy_reason, REASON_RECOVERED);
}

static void a_fault_that_comes_back_starts_the_waiting_anew(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_COORDINATED);
    for (int32_t i = 0; i < 5; i++) {
        r.v.wall_is_synced = false;
        choose(&r, 1);
        assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
        assert_int_equal(r.m.strategy_reason, REASON_CLOCK_UNSYNCED);
        r.v.wall_is_synced = true;
        choose(&r, 19);
    }
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
}

static void starving_steps_down_to_the_clock_and_then_to_flash(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ACTUATED);
    choose(&r, 1);
    r.v.starved = true;
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_FIXED);
    assert_int_equal(r.m.strategy_reason, REASON_CYCLE_FAULT);
    choose(&r, 1);
    assert_int_equal(r.m.strategy, STRATEGY_FLASH);
    assert_int_equal(r.m.strategy_reason, REASON_CYCLE_FAULT);
    r.v.starved = false;
    choose(&r, 20);
    assert_int_equal(r.m.strategy, STRATEGY_ACTUATED);
}

static void faults_do_not_overrule_flash_and_all_red(void **state)
{
    (void)state;
    static struct ladder_rig r;
    ladder_start(&r, STRATEGY_ALL_RED);
    r.v.detectors_failed = true;
    r.v.asked_reason = REASON_COMMAND;
    choose(&r, 3);
    assert_int_equal(r.m.strategy, STRATEGY_ALL_RED);
    assert_int_equal(r.m.strategy_reason, REASON_COMMAND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flash_is_reached_from_anywhere_and_left_by_start_up_alone),
        cmocka_unit_test(a_change_of_mode_is_told_with_its_reason),
        cmocka_unit_test(start_up_shows_each_step_for_its_time_on_both_clocks),
        cmocka_unit_test(start_up_without_yellow_leaves_it_out),
        cmocka_unit_test(what_is_asked_runs_when_all_is_well),
        cmocka_unit_test(adaptive_with_nothing_to_optimise_runs_actuated_and_says_why),
        cmocka_unit_test(adaptive_does_without_civil_time),
        cmocka_unit_test(adaptive_steps_down_to_gaps_and_to_the_clock_and_up_again),
        cmocka_unit_test(a_pattern_without_cycle_cannot_be_coordinated),
        cmocka_unit_test(down_is_at_once_and_up_takes_its_time),
        cmocka_unit_test(a_fault_that_comes_back_starts_the_waiting_anew),
        cmocka_unit_test(starving_steps_down_to_the_clock_and_then_to_flash),
        cmocka_unit_test(faults_do_not_overrule_flash_and_all_red),
    };
    return RUN_TESTS(tests);
}
