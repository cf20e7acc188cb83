#include "test.h"

#include <string.h>

#include "recorded.h"

static const struct recorded_event list[] = {
    { .t_ms = 0, .detector_ix = 0, .on = true },    { .t_ms = 100, .detector_ix = 0, .on = false },
    { .t_ms = 110, .detector_ix = 63, .on = true }, { .t_ms = 120, .detector_ix = 63, .on = false },
    { .t_ms = 130, .detector_ix = 63, .on = true }, { .t_ms = 130, .detector_ix = 63, .on = true },
    { .t_ms = 200, .detector_ix = 5, .on = true },  { .t_ms = 250, .detector_ix = 200, .on = true },
};
enum { LIST_COUNT = sizeof list / sizeof list[0] };

static void events_are_played_when_their_time_has_come(void **state)
{
    (void)state;
    struct recorded r;
    struct detector_input input[DETECTOR_MAX] = { { .is_occupied = false } };
    recorded_init(&r, list, LIST_COUNT, bit64(0) | bit64(63));
    assert_true(recorded_play(&r, 99, input));
    assert_true(input[0].is_occupied);
    assert_int_equal(input[0].edge_count, 1);
    assert_int_equal(input[0].quality, INPUT_GOOD);
    assert_true(recorded_play(&r, 100, input));
    assert_false(input[0].is_occupied);
    assert_int_equal(input[0].edge_count, 1);
}

static void pulses_between_two_ticks_are_counted(void **state)
{
    (void)state;
    struct recorded r;
    struct detector_input input[DETECTOR_MAX] = { { .is_occupied = false } };
    recorded_init(&r, list, LIST_COUNT, bit64(63));
    assert_true(recorded_play(&r, 125, input));
    assert_false(input[63].is_occupied);
    assert_int_equal(input[63].edge_count, 1);
    assert_true(recorded_play(&r, 130, input));
    assert_true(input[63].is_occupied);
    assert_int_equal(input[63].edge_count, 2); /* an edge told twice is one edge */
}

static void an_on_after_an_on_is_another_vehicle(void **state)
{
    (void)state;
    static const struct recorded_event close[] = {
        { .t_ms = 0, .detector_ix = 0, .on = true },
        { .t_ms = 1300, .detector_ix = 0, .on = true },
        { .t_ms = 1500, .detector_ix = 0, .on = false },
        { .t_ms = 1600, .detector_ix = 0, .on = false },
    };
    struct recorded r;
    struct detector_input input[DETECTOR_MAX] = { { .is_occupied = false } };
    recorded_init(&r, close, 4, bit64(0));
    assert_true(recorded_play(&r, 1299, input));
    assert_int_equal(input[0].edge_count, 1);
    assert_true(recorded_play(&r, 1300, input));
    assert_true(input[0].is_occupied);
    assert_int_equal(input[0].edge_count, 2);
    assert_false(recorded_play(&r, 1600, input));
    assert_false(input[0].is_occupied);
    assert_int_equal(input[0].edge_count, 2);
}

static void detectors_that_are_not_present_are_left_alone(void **state)
{
    (void)state;
    struct recorded r;
    struct detector_input input[DETECTOR_MAX] = { [5] = { .edge_count = 9 } };
    recorded_init(&r, list, LIST_COUNT, bit64(0));
    assert_false(recorded_play(&r, 1000, input));
    assert_int_equal(input[5].edge_count, 9);
    assert_int_equal(input[5].quality, INPUT_ABSENT);
}

static void the_end_of_the_list_holds_the_last_state(void **state)
{
    (void)state;
    struct recorded r;
    struct detector_input input[DETECTOR_MAX];
    memset(input, 0, sizeof input);
    recorded_init(&r, list, LIST_COUNT, ~UINT64_C(0));
    assert_false(recorded_play(&r, 1000, input));
    assert_false(recorded_play(&r, 9000000, input));
    assert_true(input[5].is_occupied);
    assert_int_equal(input[5].edge_count, 1);
    recorded_init(&r, NULL, 0, ~UINT64_C(0));
    assert_false(recorded_play(&r, 0, input));
    assert_false(input[5].is_occupied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_played_when_their_time_has_come),
        cmocka_unit_test(pulses_between_two_ticks_are_counted),
        cmocka_unit_test(an_on_after_an_on_is_another_vehicle),
        cmocka_unit_test(detectors_that_are_not_present_are_left_alone),
        cmocka_unit_test(the_end_of_the_list_holds_the_last_state),
    };
    return RUN_TESTS(tests);
}
