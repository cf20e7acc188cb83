#include "test.h"

#include "sumo_lamps.h"

/* A group that is green, then yellow for so many ticks from begin on, then red. */
static int32_t aspect_at(int32_t tick, int32_t begin, int32_t yellow_ticks)
{
    if (tick < begin) {
        return ASPECT_GREEN;
    }
    return tick < begin + yellow_ticks ? ASPECT_YELLOW : ASPECT_RED;
}

static int32_t steps_of_yellow(int32_t begin, int32_t yellow_ticks)
{
    int32_t steps = 0;
    for (int32_t tick = 9; tick < 120; tick += 10) {
        int32_t before[SG_MAX] = { aspect_at(tick - 1, begin, yellow_ticks) };
        int32_t last[SG_MAX] = { aspect_at(tick, begin, yellow_ticks) };
        int32_t shown[SG_MAX];
        sumo_lamps_sample(before, last, shown);
        steps += shown[0] == ASPECT_YELLOW ? 1 : 0;
    }
    return steps;
}

/* A display of 3.0 s lasts 31 ticks. */
static void a_yellow_of_three_seconds_is_three_steps_whenever_it_begins(void **state)
{
    (void)state;
    for (int32_t begin = 10; begin < 30; begin++) {
        assert_int_equal(steps_of_yellow(begin, 31), 3);
        assert_int_equal(steps_of_yellow(begin, 51), 5);
    }
}

static void what_is_no_fresh_yellow_is_shown_as_it_is(void **state)
{
    (void)state;
    const int32_t before[SG_MAX] = { ASPECT_RED, ASPECT_YELLOW, ASPECT_YELLOW, ASPECT_RED };
    const int32_t last[SG_MAX] = { ASPECT_GREEN, ASPECT_YELLOW, ASPECT_RED, ASPECT_RED_YELLOW };
    int32_t shown[SG_MAX];
    sumo_lamps_sample(before, last, shown);
    for (int32_t i = 0; i < SG_MAX; i++) {
        assert_int_equal(shown[i], last[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_yellow_of_three_seconds_is_three_steps_whenever_it_begins),
        cmocka_unit_test(what_is_no_fresh_yellow_is_shown_as_it_is),
    };
    return RUN_TESTS(tests);
}
