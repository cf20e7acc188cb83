#include "test.h"

#include <string.h>

#include "detector.h"

/* One loop on group 0 that calls and extends; tests change what they are about. */
struct bench {
    struct plan plan;
    struct detectors ds;
    struct input_frame in;
    struct event_list events;
    int32_t green_ms[SG_MAX];
    sg_mask_t green;
    mono_t now;
};

static struct bench b;

static void set_up(void)
{
    memset(&b, 0, sizeof b);
    b.plan.sg_count = 4;
    b.plan.detector_count = 1;
    b.plan.detector[0] = (struct detector){ .number = 7,
                                            .type = DETECTOR_LOOP,
                                            .roles = DETECTOR_CALLS | DETECTOR_EXTENDS,
                                            .sg = 1,
                                            .stale_ms = 2000 };
    b.in.detector[0].quality = INPUT_GOOD;
    detectors_init(&b.ds, &b.plan);
}

static const struct detector_state *tick(bool occupied, uint8_t edge_count)
{
    event_list_clear(&b.events);
    b.now.ms += TICK_MS;
    b.in.detector[0].is_occupied = occupied;
    b.in.detector[0].edge_count = edge_count;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        b.green_ms[i] = (b.green & bit32(i)) != 0 ? b.green_ms[i] + TICK_MS : 0;
    }
    detectors_feed(&b.ds, &b.plan, &b.in, b.green, b.green_ms, b.now, &b.events);
    return &b.ds.d[0];
}

static const struct detector_state *ticks(int32_t count, bool occupied, uint8_t edge_count)
{
    for (int32_t i = 1; i < count; i++) {
        (void)tick(occupied, edge_count);
    }
    return tick(occupied, edge_count);
}

static uint32_t count_events(enum event_code code)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b.events.count; i++) {
        n += b.events.event[i].code == code ? 1 : 0;
    }
    return n;
}

static void edges_are_logged_once(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 200);
    assert_int_equal(b.events.count, 0);
    assert_int_equal(tick(true, 201)->new_actuations, 1);
    assert_int_equal(b.events.count, 1);
    assert_int_equal(b.events.event[0].code, EVENT_DETECTOR_ON);
    assert_int_equal(b.events.event[0].param, 7);
    assert_int_equal(tick(true, 201)->new_actuations, 0);
    assert_int_equal(b.events.count, 0);
    assert_int_equal(tick(false, 201)->new_actuations, 0);
    assert_int_equal(b.events.event[0].code, EVENT_DETECTOR_OFF);
}

static void buttons_have_numbers_of_their_own(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].type = DETECTOR_BUTTON;
    (void)tick(false, 0);
    (void)tick(true, 1);
    assert_int_equal(b.events.event[0].code, EVENT_PED_DETECTOR_ON);
    (void)tick(false, 1);
    assert_int_equal(b.events.event[0].code, EVENT_PED_DETECTOR_OFF);
}

static void a_pulse_between_ticks_is_on_and_off_in_one_tick(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 255);
    const struct detector_state *d = tick(false, 1); /* rolls over: two pulses */
    assert_int_equal(d->new_actuations, 2);
    assert_true(d->is_calling);
    assert_int_equal(b.events.count, 4);
    assert_int_equal(b.events.event[0].code, EVENT_DETECTOR_ON);
    assert_int_equal(b.events.event[1].code, EVENT_DETECTOR_OFF);
    assert_int_equal(b.events.event[3].code, EVENT_DETECTOR_OFF);
    assert_false(tick(false, 1)->is_calling);
}

static void an_occupied_detector_that_pulses_goes_off_first(void **state)
{
    (void)state;
    set_up();
    (void)tick(true, 0);
    assert_int_equal(tick(true, 1)->new_actuations, 1);
    assert_int_equal(b.events.count, 2);
    assert_int_equal(b.events.event[0].code, EVENT_DETECTOR_OFF);
    assert_int_equal(b.events.event[1].code, EVENT_DETECTOR_ON);
}

static void the_first_frame_sets_the_baseline(void **state)
{
    (void)state;
    set_up();
    const struct detector_state *d = tick(true, 99);
    assert_int_equal(d->new_actuations, 0);
    assert_true(d->is_calling);
    assert_int_equal(count_events(EVENT_DETECTOR_ON), 1);
}

static void a_counter_that_lags_its_level_counts_once(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 0);
    assert_int_equal(tick(true, 0)->new_actuations, 1);
    assert_int_equal(tick(true, 1)->new_actuations, 0);
    assert_int_equal(b.events.count, 0);
    assert_int_equal(tick(true, 2)->new_actuations, 1);
}

static void a_flood_of_edges_is_counted_but_not_logged_whole(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 0);
    assert_int_equal(tick(false, 250)->new_actuations, 250);
    assert_int_equal(b.events.count, 16);
    assert_int_equal(b.events.dropped, 0);
}

static void delay_holds_a_call_back_until_it_has_run(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].delay_ms = 500;
    (void)tick(false, 0);
    assert_false(ticks(5, true, 1)->is_calling);
    assert_true(tick(true, 1)->is_calling);
    assert_false(tick(false, 1)->is_calling);
    assert_false(tick(true, 2)->is_calling); /* starts anew */
}

static void delay_does_not_run_while_green(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].delay_ms = 500;
    (void)tick(false, 0);
    b.green = 1;
    assert_true(ticks(20, true, 1)->is_calling);
    b.green = 0;
    assert_false(tick(true, 1)->is_calling);
    assert_false(ticks(3, true, 1)->is_calling);
    assert_true(tick(true, 1)->is_calling);
}

static void delay_runs_until_all_groups_are_green(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].delay_ms = 300;
    b.plan.detector[0].sg = 3;
    b.green = 1;
    (void)tick(false, 0);
    assert_false(tick(true, 1)->is_calling);
    assert_true(b.ds.d[0].is_extending);
    assert_true(ticks(3, true, 1)->is_calling);
}

static void extension_outlasts_the_actuation_in_green(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].extend_ms = 300;
    b.green = 1;
    (void)tick(false, 0);
    assert_true(tick(true, 1)->is_extending);
    assert_true(tick(false, 1)->is_extending);
    assert_true(ticks(2, false, 1)->is_extending);
    assert_false(tick(false, 1)->is_extending);
}

static void nothing_extends_in_red(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].extend_ms = 300;
    (void)tick(false, 0);
    assert_false(tick(true, 1)->is_extending);
    (void)tick(false, 1);
    b.green = 1;
    assert_false(tick(false, 1)->is_extending);
}

static void queue_limit_ends_what_a_queue_detector_says(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].queue_limit_ms = 500;
    (void)tick(true, 0);
    b.green = 1;
    assert_true(ticks(4, true, 0)->is_extending);
    assert_false(tick(true, 0)->is_extending);
    assert_false(b.ds.d[0].is_calling);
    b.green = 0;
    assert_true(tick(true, 0)->is_calling);
}

static void a_switched_detector_works_for_the_other_group(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].switch_sg = 2;
    (void)tick(true, 0);
    assert_int_equal(b.ds.d[0].serves, 1);
    b.green = 2;
    assert_int_equal(tick(true, 0)->serves, 2);
    assert_true(b.ds.d[0].is_extending);
    b.green = 3; /* its own are green too: it stays with them */
    assert_int_equal(tick(true, 0)->serves, 1);
}

static void max_presence_fails_a_stuck_loop_and_absence_heals_it(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].max_presence_ms = 1000;
    b.plan.detector[0].restore_ms = 300;
    b.plan.detector[0].restore_actuations = 1;
    (void)tick(false, 0);
    (void)ticks(10, true, 1);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
    (void)tick(true, 1);
    assert_int_equal(b.ds.d[0].health, DETECTOR_STUCK_ON);
    assert_int_equal(count_events(EVENT_DETECTOR_MAX_PRESENCE), 1);
    assert_int_equal(count_events(EVENT_DETECTOR_FAULT_OTHER), 1);
    (void)ticks(10, false, 1); /* time alone does not restore */
    assert_int_equal(b.ds.d[0].health, DETECTOR_STUCK_ON);
    (void)tick(true, 2);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
    assert_int_equal(count_events(EVENT_DETECTOR_RESTORED), 1);
}

static void actuations_alone_do_not_restore(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].max_presence_ms = 1000;
    b.plan.detector[0].restore_ms = 5000;
    b.plan.detector[0].restore_actuations = 2;
    (void)tick(false, 0);
    (void)ticks(12, true, 1);
    for (uint8_t i = 2; i < 8; i++) {
        (void)tick(false, i);
    }
    assert_int_equal(b.ds.d[0].health, DETECTOR_STUCK_ON);
    (void)ticks(44, false, 7);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
}

static void silence_of_a_road_is_noticed(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].no_activity_ms = 1000;
    (void)tick(true, 0);
    (void)ticks(9, true, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
    (void)tick(true, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_NO_ACTIVITY);
    assert_int_equal(count_events(EVENT_DETECTOR_FAULT_WATCHDOG), 1);
    (void)tick(false, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
}

static void chatter_is_more_than_the_plan_allows_in_a_minute(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].erratic_per_min = 45;
    (void)tick(false, 0);
    (void)tick(false, 45);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
    (void)tick(false, 46);
    assert_int_equal(b.ds.d[0].health, DETECTOR_ERRATIC);
    assert_int_equal(count_events(EVENT_DETECTOR_CHATTER), 1);
    (void)ticks(1190, false, 46); /* the next whole minute has to be quiet */
    assert_int_equal(b.ds.d[0].health, DETECTOR_ERRATIC);
    (void)ticks(20, false, 46);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
}

static void a_stale_source_is_a_fault_after_its_time(void **state)
{
    (void)state;
    set_up();
    (void)tick(true, 0);
    b.in.detector[0].quality = INPUT_STALE;
    (void)ticks(19, false, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY);
    assert_true(b.ds.d[0].is_occupied); /* its last word */
    (void)tick(false, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_SOURCE_STALE);
    assert_int_equal(count_events(EVENT_DETECTOR_STALE), 1);
    b.in.detector[0].quality = INPUT_GOOD;
    const struct detector_state *d = tick(false, 77); /* restarted: its counter is no news */
    assert_int_equal(d->new_actuations, 0);
    assert_int_equal(d->health, DETECTOR_HEALTHY);
}

static void a_short_silence_loses_no_vehicle(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 0);
    b.in.detector[0].quality = INPUT_STALE;
    (void)ticks(10, false, 0);
    b.in.detector[0].quality = INPUT_GOOD;
    assert_int_equal(tick(false, 3)->new_actuations, 3);
}

static void a_source_never_heard_is_a_fault(void **state)
{
    (void)state;
    set_up();
    b.in.detector[0].quality = INPUT_ABSENT;
    (void)ticks(20, false, 0);
    assert_int_equal(b.ds.d[0].health, DETECTOR_HEALTHY); /* the first tick has no length */
    assert_int_equal(tick(false, 0)->health, DETECTOR_SOURCE_STALE);
}

static void hardware_faults_keep_their_numbers(void **state)
{
    (void)state;
    static const struct {
        uint8_t quality;
        enum event_code code;
    } row[] = { { INPUT_OPEN, EVENT_DETECTOR_FAULT_OPEN },
                { INPUT_SHORTED, EVENT_DETECTOR_FAULT_SHORTED },
                { INPUT_EXCESSIVE_CHANGE, EVENT_DETECTOR_FAULT_EXCESSIVE },
                { INPUT_FAILED, EVENT_DETECTOR_FAULT_OTHER } };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        set_up();
        (void)tick(false, 0);
        b.in.detector[0].quality = row[i].quality;
        assert_int_equal(tick(true, 9)->health, DETECTOR_HARDWARE);
        assert_int_equal(b.events.count, 1);
        assert_int_equal(b.events.event[0].code, row[i].code);
        assert_int_equal(b.ds.d[0].new_actuations, 0);
        (void)tick(true, 9);
        assert_int_equal(b.events.count, 0);
    }
}

static void a_failed_button_says_so_with_its_own_number(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].type = DETECTOR_BUTTON;
    b.in.detector[0].quality = INPUT_FAILED;
    (void)tick(false, 0);
    assert_int_equal(count_events(EVENT_PED_DETECTOR_FAILED), 1);
    b.in.detector[0].quality = INPUT_GOOD;
    (void)tick(false, 0);
    assert_int_equal(count_events(EVENT_PED_DETECTOR_RESTORED), 1);
}

static void a_failed_detector_reads_as_its_plan_says(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].fail_hold_ms = 300;
    b.in.detector[0].quality = INPUT_FAILED;
    assert_true(tick(false, 0)->is_calling);
    b.green = 1;
    assert_true(ticks(2, false, 0)->is_extending);
    assert_false(tick(false, 0)->is_extending);
    b.plan.detector[0].fail_action = FAIL_IGNORED;
    b.green = 0;
    assert_false(tick(true, 0)->is_calling);
    assert_int_equal(detectors_max_recall(&b.ds, &b.plan), 0);
    b.plan.detector[0].fail_action = FAIL_MAX_RECALL;
    (void)tick(true, 0);
    assert_int_equal(detectors_max_recall(&b.ds, &b.plan), 1);
    assert_false(detectors_want_fixed(&b.ds, &b.plan));
    b.plan.detector[0].fail_action = FAIL_FIXED;
    assert_true(tick(false, 0)->is_calling);
    assert_true(detectors_want_fixed(&b.ds, &b.plan));
    assert_int_equal(detectors_failed_pct(&b.ds, &b.plan), 100);
}

static void a_forced_detector_hides_its_source_and_its_fault(void **state)
{
    (void)state;
    set_up();
    (void)tick(false, 0);
    event_list_clear(&b.events);
    detectors_force(&b.ds, &b.plan, 0, DETECTOR_FORCE_ON, &b.events);
    detectors_force(&b.ds, &b.plan, 0, DETECTOR_FORCE_ON, &b.events);
    assert_int_equal(b.events.count, 1);
    assert_int_equal(b.events.event[0].code, EVENT_DETECTOR_FORCED);
    assert_int_equal(b.events.event[0].detail, 1);
    b.in.detector[0].quality = INPUT_FAILED;
    const struct detector_state *d = tick(false, 0);
    assert_true(d->is_occupied && d->is_calling);
    assert_int_equal(d->new_actuations, 1);
    assert_int_equal(d->health, DETECTOR_HARDWARE);
    assert_int_equal(detectors_failed_pct(&b.ds, &b.plan), 0);
    detectors_force(&b.ds, &b.plan, 0, DETECTOR_FORCE_OFF, &b.events);
    assert_false(tick(false, 0)->is_calling);
    detectors_force(&b.ds, &b.plan, 0, DETECTOR_GIVE_BACK, &b.events);
    assert_int_equal(b.events.event[b.events.count - 1].detail, 2);
    assert_true(tick(false, 0)->is_calling); /* failed, as called */
    assert_int_equal(detectors_failed_pct(&b.ds, &b.plan), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_logged_once),
        cmocka_unit_test(buttons_have_numbers_of_their_own),
        cmocka_unit_test(a_pulse_between_ticks_is_on_and_off_in_one_tick),
        cmocka_unit_test(an_occupied_detector_that_pulses_goes_off_first),
        cmocka_unit_test(the_first_frame_sets_the_baseline),
        cmocka_unit_test(a_counter_that_lags_its_level_counts_once),
        cmocka_unit_test(a_flood_of_edges_is_counted_but_not_logged_whole),
        cmocka_unit_test(delay_holds_a_call_back_until_it_has_run),
        cmocka_unit_test(delay_does_not_run_while_green),
        cmocka_unit_test(delay_runs_until_all_groups_are_green),
        cmocka_unit_test(extension_outlasts_the_actuation_in_green),
        cmocka_unit_test(nothing_extends_in_red),
        cmocka_unit_test(queue_limit_ends_what_a_queue_detector_says),
        cmocka_unit_test(a_switched_detector_works_for_the_other_group),
        cmocka_unit_test(max_presence_fails_a_stuck_loop_and_absence_heals_it),
        cmocka_unit_test(actuations_alone_do_not_restore),
        cmocka_unit_test(silence_of_a_road_is_noticed),
        cmocka_unit_test(chatter_is_more_than_the_plan_allows_in_a_minute),
        cmocka_unit_test(a_stale_source_is_a_fault_after_its_time),
        cmocka_unit_test(a_short_silence_loses_no_vehicle),
        cmocka_unit_test(a_source_never_heard_is_a_fault),
        cmocka_unit_test(hardware_faults_keep_their_numbers),
        cmocka_unit_test(a_failed_button_says_so_with_its_own_number),
        cmocka_unit_test(a_failed_detector_reads_as_its_plan_says),
        cmocka_unit_test(a_forced_detector_hides_its_source_and_its_fault),
    };
    return RUN_TESTS(tests);
}
