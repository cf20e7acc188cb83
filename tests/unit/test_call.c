#include "test.h"

#include <string.h>

#include "call.h"

/* Group 0: vehicles of phase 2, loop 0. Group 1: vehicles of phase 2 too (arrow). Group 2:
 * pedestrians of phase 4, button 1. Detector states are set by hand: the rules of detector.c are
 * not asked here. */
struct bench {
    struct plan plan;
    struct detectors ds;
    struct calls c;
    struct recalls r;
    struct event_list events;
    struct tick t;
};

static struct bench b;

static void set_up(void)
{
    memset(&b, 0, sizeof b);
    b.plan.sg_count = 3;
    b.plan.safety.sg_type[2] = SG_PEDESTRIAN;
    b.plan.sg[0].phase_id = 2;
    b.plan.sg[1].phase_id = 2;
    b.plan.sg[2].phase_id = 4;
    b.plan.detector_count = 2;
    b.plan.detector[0] = (struct detector){ .roles = DETECTOR_CALLS | DETECTOR_EXTENDS, .sg = 1 };
    b.plan.detector[1] =
        (struct detector){ .type = DETECTOR_BUTTON, .roles = DETECTOR_CALLS, .sg = 4 };
    detectors_init(&b.ds, &b.plan);
    calls_init(&b.c);
}

static void step(sg_mask_t green, sg_mask_t yellow)
{
    event_list_clear(&b.events);
    b.t.now.ms += TICK_MS;
    calls_step(&b.c, &b.plan, &b.ds, &b.r, green, yellow, &b.t, &b.events);
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

static void presence_calls_as_long_as_it_lasts(void **state)
{
    (void)state;
    set_up();
    b.ds.d[0].is_calling = true;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 1);
    assert_true(was_logged(EVENT_CALL_ON, 2));
    step(0, 0);
    assert_int_equal(b.events.count, 0);
    b.ds.d[0].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 0);
    assert_true(was_logged(EVENT_CALL_OFF, 2));
}

static void a_red_lock_remembers_until_green(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].roles |= DETECTOR_RED_LOCK;
    b.ds.d[0].is_calling = true;
    step(0, 1); /* yellow is not red */
    b.ds.d[0].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 0);
    b.ds.d[0].is_calling = true;
    step(0, 0);
    b.ds.d[0].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 1);
    assert_int_equal(b.c.locked, 1);
    step(1, 0);
    assert_int_equal(b.c.vehicle, 0);
    assert_true(was_logged(EVENT_CALL_OFF, 2));
}

static void a_yellow_lock_remembers_yellow_only(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].roles |= DETECTOR_YELLOW_LOCK;
    b.ds.d[0].is_calling = true;
    step(0, 0);
    b.ds.d[0].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 0);
    b.ds.d[0].is_calling = true;
    step(0, 1);
    b.ds.d[0].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 1);
}

static void a_button_is_remembered_and_served_by_walk(void **state)
{
    (void)state;
    set_up();
    b.ds.d[1].is_calling = true;
    step(0, 0);
    assert_int_equal(b.c.ped, 4);
    assert_true(was_logged(EVENT_PED_CALL_ON, 4));
    b.ds.d[1].is_calling = false;
    step(0, 0);
    assert_int_equal(b.c.ped, 4);
    step(4, 0);
    assert_int_equal(b.c.ped, 0);
    assert_int_equal(b.events.count, 0);
}

static void recalls_call_in_silence(void **state)
{
    (void)state;
    set_up();
    b.r.of_sg[0] = RECALL_MIN;
    b.r.of_sg[1] = RECALL_MAX;
    b.r.of_sg[2] = RECALL_PED;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 3);
    assert_int_equal(b.c.ped, 4);
    assert_int_equal(b.c.max_recall, 2);
    assert_int_equal(b.events.count, 0);
    step(7, 0);
    assert_int_equal(b.c.vehicle | b.c.ped, 0);
    assert_int_equal(b.c.max_recall, 2);
}

static void soft_recall_is_reported_and_calls_nobody(void **state)
{
    (void)state;
    set_up();
    b.r.of_sg[0] = RECALL_SOFT;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 0);
    assert_int_equal(b.c.soft_recall, 1);
}

static void minimum_recall_does_not_call_pedestrians(void **state)
{
    (void)state;
    set_up();
    b.r.of_sg[2] = RECALL_MIN | RECALL_MAX;
    step(0, 0);
    assert_int_equal(b.c.ped, 0);
}

static void a_failed_detector_may_put_its_groups_on_maximum_recall(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].fail_action = FAIL_MAX_RECALL;
    b.plan.detector[1].fail_action = FAIL_MAX_RECALL;
    step(0, 0);
    assert_int_equal(b.c.vehicle | b.c.ped, 0);
    b.ds.d[0].health = DETECTOR_STUCK_ON;
    b.ds.d[1].health = DETECTOR_STUCK_ON;
    step(0, 0);
    assert_int_equal(b.c.vehicle, 1);
    assert_int_equal(b.c.max_recall, 1);
    assert_int_equal(b.c.ped, 4);
}

static void two_heads_of_one_phase_log_one_call(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].sg = 3;
    b.ds.d[0].serves = 3;
    b.ds.d[0].is_calling = true;
    step(0, 0);
    assert_int_equal(b.events.count, 1);
    step(1, 0); /* one of the two is served */
    assert_int_equal(b.c.vehicle, 2);
    assert_int_equal(b.events.count, 0);
}

static void only_green_groups_are_extended(void **state)
{
    (void)state;
    set_up();
    b.ds.d[0].is_extending = true;
    step(0, 0);
    assert_int_equal(b.c.extending, 0);
    step(1, 0);
    assert_int_equal(b.c.extending, 1);
    assert_int_equal(b.c.since_extension_ms[0], 0);
    b.ds.d[0].is_extending = false;
    step(1, 0); /* it may have left at the end of this tick */
    assert_int_equal(b.c.since_extension_ms[0], 0);
    step(1, 0);
    step(1, 0);
    assert_int_equal(b.c.since_extension_ms[0], 200);
}

static void the_gap_begins_with_green(void **state)
{
    (void)state;
    set_up();
    for (int32_t i = 0; i < 50; i++) {
        step(0, 0);
    }
    assert_int_equal(b.c.since_extension_ms[0], 4900);
    step(1, 0);
    assert_int_equal(b.c.since_extension_ms[0], 0);
}

static void waiting_is_timed_from_the_call(void **state)
{
    (void)state;
    set_up();
    step(0, 0);
    b.ds.d[0].is_calling = true;
    step(0, 0);
    step(0, 0);
    assert_int_equal(b.c.waiting_ms[0], 200);
    step(1, 0);
    assert_int_equal(b.c.waiting_ms[0], 0);
}

static void vehicles_that_come_in_red_are_counted_for_the_next_green(void **state)
{
    (void)state;
    set_up();
    b.plan.detector[0].roles |= DETECTOR_ADDED_INITIAL;
    b.ds.d[0].new_actuations = 2;
    step(0, 1);
    step(0, 0);
    assert_int_equal(b.c.actuations_in_red[0], 4);
    step(1, 0);
    assert_int_equal(b.c.actuations_in_red[0], 4);
    step(0, 1);
    assert_int_equal(b.c.actuations_in_red[0], 2);
}

static void a_switched_detector_does_not_call_its_own_group(void **state)
{
    (void)state;
    set_up();
    b.ds.d[0].is_calling = true;
    b.ds.d[0].is_extending = true;
    b.ds.d[0].serves = 2;
    step(2, 0);
    assert_int_equal(b.c.vehicle, 0);
    assert_int_equal(b.c.extending, 2);
}

static void a_placed_call_is_kept_until_served(void **state)
{
    (void)state;
    set_up();
    step(0, 0);
    calls_place(&b.c, &b.plan, 0, &b.events);
    calls_place(&b.c, &b.plan, 2, &b.events);
    assert_true(was_logged(EVENT_CALL_ON, 2));
    assert_true(was_logged(EVENT_PED_CALL_ON, 4));
    step(0, 0);
    assert_int_equal(b.c.vehicle, 1);
    assert_int_equal(b.c.ped, 4);
    assert_int_equal(b.events.count, 0);
    step(5, 0);
    assert_int_equal(b.c.vehicle | b.c.ped, 0);
    calls_place(&b.c, &b.plan, 0, &b.events);
    assert_int_equal(b.c.vehicle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence_calls_as_long_as_it_lasts),
        cmocka_unit_test(a_red_lock_remembers_until_green),
        cmocka_unit_test(a_yellow_lock_remembers_yellow_only),
        cmocka_unit_test(a_button_is_remembered_and_served_by_walk),
        cmocka_unit_test(recalls_call_in_silence),
        cmocka_unit_test(soft_recall_is_reported_and_calls_nobody),
        cmocka_unit_test(minimum_recall_does_not_call_pedestrians),
        cmocka_unit_test(a_failed_detector_may_put_its_groups_on_maximum_recall),
        cmocka_unit_test(two_heads_of_one_phase_log_one_call),
        cmocka_unit_test(only_green_groups_are_extended),
        cmocka_unit_test(the_gap_begins_with_green),
        cmocka_unit_test(waiting_is_timed_from_the_call),
        cmocka_unit_test(vehicles_that_come_in_red_are_counted_for_the_next_green),
        cmocka_unit_test(a_switched_detector_does_not_call_its_own_group),
        cmocka_unit_test(a_placed_call_is_kept_until_served),
    };
    return RUN_TESTS(tests);
}
