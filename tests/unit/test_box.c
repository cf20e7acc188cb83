#include "test.h"

#include "box.h"
#include "plan_build.h"

#include <string.h>

/* North and south have just ended, east and west are wanted; a camera sees the inside. */
struct rig {
    struct plan plan;
    struct detectors detectors;
    struct input_frame in;
    struct sequencer seq;
    struct box box;
    struct event_list events;
    int32_t waits_told;
    sg_mask_t held;
};

static struct rig r;
static const sg_mask_t east_west = 1u << ST_E | 1u << ST_W;

static void green_ends(int32_t since_ms)
{
    memset(&r, 0, sizeof r);
    plan_build_staged(&r.plan);
    r.plan.detector[0].roles = DETECTOR_BOX;
    sequencer_init(&r.seq, &r.plan);
    r.seq.since_green_ms[ST_N] = since_ms;
    r.seq.since_green_ms[ST_S] = since_ms;
    box_init(&r.box);
}

static void ticks(int32_t count, int32_t inside, int32_t standing)
{
    r.detectors.d[0].force = DETECTOR_GIVE_BACK;
    r.detectors.d[0].is_occupied = inside > 0;
    r.in.detector[0] = (struct detector_input){ .has_zone = true,
                                                .zone_vehicles = (uint8_t)inside,
                                                .zone_queued = (uint8_t)standing };
    for (int32_t i = 0; i < count; i++) {
        event_list_clear(&r.events);
        r.held = box_step(&r.box, &r.plan, &r.detectors, &r.in, &r.seq, east_west, &r.events);
        r.waits_told += (int32_t)r.events.count;
        r.seq.since_green_ms[ST_N] += TICK_MS;
        r.seq.since_green_ms[ST_S] += TICK_MS;
    }
}

static int32_t intergreen_ms(void)
{
    return r.plan.safety.intergreen_ms[ST_N][ST_E];
}

static void nobody_inside_holds_nobody(void **state)
{
    (void)state;
    green_ends(0);
    ticks(25, 0, 0);
    ticks(25, 3, 0); /* they pass */
    assert_int_equal(r.held, 0);
    assert_int_equal(r.waits_told, 0);
}

static void who_stands_inside_holds_what_conflicts(void **state)
{
    (void)state;
    green_ends(0);
    ticks(1, 2, 1);
    assert_true((r.held & east_west) == east_west);
    assert_false((r.held & bit32(ST_PE)) != 0);
    assert_int_equal(r.waits_told, 0); /* their intergreen runs anyway */
}

static void it_opens_when_the_last_has_moved_off(void **state)
{
    (void)state;
    green_ends(0);
    ticks(30, 2, 2);
    ticks(BOX_CLEAR_MS / TICK_MS - 1, 2, 0);
    assert_true((r.held & east_west) == east_west);
    ticks(1, 2, 0);
    assert_int_equal(r.held, 0);
}

static void it_opens_when_all_have_left(void **state)
{
    (void)state;
    green_ends(0);
    ticks(30, 2, 2);
    ticks(5, 2, 0);
    ticks(1, 0, 0);
    assert_int_equal(r.held, 0);
    ticks(1, 1, 0); /* somebody else passes */
    assert_int_equal(r.held, 0);
}

static void a_detector_without_zone_sees_only_who_stands(void **state)
{
    (void)state;
    green_ends(0);
    ticks(1, 1, 0);
    assert_int_equal(r.held, 0);
    r.in.detector[0].has_zone = false;
    r.held = box_step(&r.box, &r.plan, &r.detectors, &r.in, &r.seq, east_west, &r.events);
    assert_true((r.held & east_west) == east_west);
}

static void the_wait_is_bounded_and_told_once_for_each_group(void **state)
{
    (void)state;
    green_ends(0);
    ticks((intergreen_ms() + BOX_EXTENSION_MAX_MS) / TICK_MS, 1, 1);
    assert_true((r.held & east_west) == east_west);
    ticks(1, 1, 1);
    assert_false((r.held & east_west) != 0);
    assert_int_equal(r.waits_told, 2);
}

static void a_group_that_is_open_or_opening_is_left_alone(void **state)
{
    (void)state;
    green_ends(0);
    r.seq.aspect[ST_E] = ASPECT_RED_YELLOW;
    r.seq.aspect[ST_W] = ASPECT_GREEN;
    ticks(1, 1, 1);
    assert_false((r.held & east_west) != 0);
}

static void a_detector_that_failed_sees_nobody(void **state)
{
    (void)state;
    green_ends(0);
    r.detectors.d[0].health = DETECTOR_STUCK_ON;
    ticks(1, 1, 1);
    assert_int_equal(r.held, 0);
}

static void a_person_may_say_that_somebody_stands_there(void **state)
{
    (void)state;
    green_ends(0);
    ticks(1, 0, 0);
    r.detectors.d[0].health = DETECTOR_STUCK_ON;
    r.detectors.d[0].force = DETECTOR_FORCE_ON;
    r.detectors.d[0].is_occupied = true;
    r.held = box_step(&r.box, &r.plan, &r.detectors, &r.in, &r.seq, east_west, &r.events);
    assert_true((r.held & east_west) == east_west);
}

static void pedestrians_that_leave_are_no_business_of_it(void **state)
{
    (void)state;
    green_ends(AGE_MAX_MS / 2);
    r.seq.since_green_ms[ST_PN] = 0;
    ticks(1, 1, 1);
    assert_false((r.held & bit32(ST_N)) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_inside_holds_nobody),
        cmocka_unit_test(who_stands_inside_holds_what_conflicts),
        cmocka_unit_test(it_opens_when_the_last_has_moved_off),
        cmocka_unit_test(it_opens_when_all_have_left),
        cmocka_unit_test(a_detector_without_zone_sees_only_who_stands),
        cmocka_unit_test(the_wait_is_bounded_and_told_once_for_each_group),
        cmocka_unit_test(a_group_that_is_open_or_opening_is_left_alone),
        cmocka_unit_test(a_detector_that_failed_sees_nobody),
        cmocka_unit_test(a_person_may_say_that_somebody_stands_there),
        cmocka_unit_test(pedestrians_that_leave_are_no_business_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
