#include "test.h"

#include "manual.h"
#include "plan_build.h"

static struct plan plan;
static struct manual m;
static struct input_frame in;
static struct event_list events;
static mono_t now;

static int start(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    manual_init(&m);
    in = (struct input_frame){ .wall = { 1000000 } };
    now = (mono_t){ 5000 };
    return 0;
}

/* Gives one command and returns its answer. */
static enum command_result say(struct command c)
{
    c.command_id = UINT64_C(0x1122334455667788);
    in.command_count = 1;
    in.command[0] = c;
    event_list_clear(&events);
    manual_step(&m, &plan, &in, now, &events);
    in.command_count = 0;
    assert_int_equal(events.count, 2);
    assert_int_equal(events.event[0].code, EVENT_COMMAND);
    assert_int_equal(events.event[1].code, EVENT_COMMAND_RESULT);
    assert_int_equal(events.event[1].detail, 0x55667788);
    return (enum command_result)events.event[1].param;
}

static void wait_ms(int32_t ms)
{
    now.ms += ms;
    in.wall.ms += ms;
    manual_step(&m, &plan, &in, now, &events);
}

static void an_effect_lasts_its_duration_and_no_longer(void **state)
{
    (void)state;
    const struct command c = { .kind = COMMAND_FLASH, .duration_ms = 1000 };
    assert_int_equal(say(c), COMMAND_DONE);
    wait_ms(999);
    assert_non_null(manual_find(&m, COMMAND_FLASH, -1));
    wait_ms(1);
    assert_null(manual_find(&m, COMMAND_FLASH, -1));
}

static void civil_time_ends_an_effect_earlier(void **state)
{
    (void)state;
    const struct command c = { .kind = COMMAND_ALL_RED,
                               .duration_ms = 60000,
                               .until = { 1000500 } };
    assert_int_equal(say(c), COMMAND_DONE);
    wait_ms(499);
    assert_non_null(manual_find(&m, COMMAND_ALL_RED, -1));
    wait_ms(1);
    assert_null(manual_find(&m, COMMAND_ALL_RED, -1));
}

static void an_effect_without_an_end_is_refused(void **state)
{
    (void)state;
    assert_int_equal(say((struct command){ .kind = COMMAND_FLASH }), COMMAND_INVALID);
    assert_int_equal(say((struct command){ .kind = COMMAND_FLASH, .duration_ms = INT32_MAX }),
                     COMMAND_INVALID);
    assert_int_equal(
        say((struct command){ .kind = COMMAND_FLASH, .duration_ms = 1000, .until = { 1000000 } }),
        COMMAND_INVALID);
    assert_int_equal(m.count, 0);
}

static void what_does_not_exist_is_missing(void **state)
{
    (void)state;
    const struct command wrong[] = {
        { .kind = COMMAND_PATTERN, .value = 99, .duration_ms = 1000 },
        { .kind = COMMAND_STAGE, .value = ST_STAGE_COUNT, .duration_ms = 1000 },
        { .kind = COMMAND_STAGE, .value = -1, .duration_ms = 1000 },
        { .kind = COMMAND_HOLD, .target = ST_SG_COUNT, .duration_ms = 1000 },
        { .kind = COMMAND_OMIT, .target = -1, .duration_ms = 1000 },
        { .kind = COMMAND_DETECTOR_FORCE, .target = 63, .duration_ms = 1000 },
        { .kind = COMMAND_CALL_PED, .target = ST_N },
        { .kind = COMMAND_CALL_VEHICLE, .target = ST_PN },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(say(wrong[i]), COMMAND_MISSING);
    }
    assert_int_equal(say((struct command){ .kind = COMMAND_KIND_COUNT }), COMMAND_INVALID);
    assert_int_equal(say((struct command){ .kind = -5 }), COMMAND_INVALID);
    assert_int_equal(say((struct command){ .kind = COMMAND_STRATEGY,
                                           .value = STRATEGY_PREEMPT,
                                           .duration_ms = 1000 }),
                     COMMAND_INVALID);
}

static void the_newer_of_two_replaces_the_older(void **state)
{
    (void)state;
    (void)say((struct command){ .kind = COMMAND_PATTERN, .value = 1, .duration_ms = 9000 });
    (void)say((struct command){ .kind = COMMAND_PATTERN, .value = 2, .duration_ms = 9000 });
    assert_int_equal(m.count, 1);
    assert_int_equal(manual_find(&m, COMMAND_PATTERN, -1)->value, 2);
    assert_int_equal(say((struct command){ .kind = COMMAND_PATTERN }), COMMAND_DONE);
    assert_null(manual_find(&m, COMMAND_PATTERN, -1));
    assert_int_equal(say((struct command){ .kind = COMMAND_PATTERN }), COMMAND_ALREADY);
}

static void one_effect_too_many_is_answered_busy(void **state)
{
    (void)state;
    for (int32_t i = 0; i < ST_SG_COUNT; i++) {
        const struct command c = { .kind = COMMAND_HOLD, .target = i, .duration_ms = 9000 };
        assert_int_equal(say(c), COMMAND_DONE);
    }
    for (int32_t i = 0; i < MANUAL_MAX - ST_SG_COUNT; i++) {
        const struct command c = { .kind = COMMAND_OMIT, .target = i, .duration_ms = 9000 };
        assert_int_equal(say(c), COMMAND_DONE);
    }
    const struct command more = { .kind = COMMAND_FLASH, .duration_ms = 9000 };
    assert_int_equal(say(more), COMMAND_BUSY);
    const struct command again = { .kind = COMMAND_HOLD, .target = 3, .duration_ms = 500 };
    assert_int_equal(say(again), COMMAND_DONE); /* replaces its own */
    wait_ms(500);
    assert_int_equal(say(more), COMMAND_DONE);
}

static void steps_are_taken_in_manual_mode_only(void **state)
{
    (void)state;
    assert_int_equal(say((struct command){ .kind = COMMAND_ADVANCE }), COMMAND_DENIED);
    (void)say((struct command){ .kind = COMMAND_MANUAL, .duration_ms = 1000 });
    assert_int_equal(say((struct command){ .kind = COMMAND_ADVANCE }), COMMAND_DONE);
    assert_true(m.advance);
    wait_ms(1000);
    assert_false(m.advance); /* with manual control its steps are gone */
}

static void release_gives_everything_back(void **state)
{
    (void)state;
    assert_int_equal(say((struct command){ .kind = COMMAND_RELEASE }), COMMAND_ALREADY);
    (void)say((struct command){ .kind = COMMAND_MANUAL, .duration_ms = 1000 });
    (void)say((struct command){ .kind = COMMAND_FLASH, .duration_ms = 1000 });
    assert_int_equal(say((struct command){ .kind = COMMAND_RELEASE }), COMMAND_DONE);
    assert_int_equal(m.count, 0);
}

static void calls_and_force_offs_are_handed_over_once(void **state)
{
    (void)state;
    assert_int_equal(say((struct command){ .kind = COMMAND_CALL_PED, .target = ST_PN }),
                     COMMAND_DONE);
    assert_int_equal(say((struct command){ .kind = COMMAND_FORCE_OFF, .target = ST_E }),
                     COMMAND_DONE);
    assert_int_equal(m.call, bit32(ST_PN));
    assert_int_equal(m.force_off, bit32(ST_E));
    assert_int_equal(m.count, 0);
}

static void a_new_plan_ends_what_named_parts_of_the_old(void **state)
{
    (void)state;
    (void)say((struct command){ .kind = COMMAND_PATTERN, .value = 1, .duration_ms = 9000 });
    (void)say((struct command){ .kind = COMMAND_FLASH, .duration_ms = 9000 });
    (void)say((struct command){ .kind = COMMAND_STAGE, .value = 1, .duration_ms = 9000 });
    manual_take_plan(&m);
    assert_int_equal(m.count, 1);
    assert_non_null(manual_find(&m, COMMAND_FLASH, -1));
}

static void a_later_command_replaces_an_earlier_one_for_good(void **state)
{
    (void)state;
    const int32_t first = plan.pattern[0].pattern_id;
    const struct command a = { .kind = COMMAND_PATTERN, .value = first, .duration_ms = 60000 };
    const struct command b = { .kind = COMMAND_PATTERN, .value = first, .duration_ms = 1000 };
    assert_int_equal(say(a), COMMAND_DONE);
    assert_int_equal(say(b), COMMAND_DONE);
    assert_int_equal(m.count, 1);
    wait_ms(1000);
    assert_null(manual_find(&m, COMMAND_PATTERN, -1));
}

static void a_release_ends_what_it_names(void **state)
{
    (void)state;
    for (int32_t sg_ix = 0; sg_ix < 2; sg_ix++) {
        assert_int_equal(
            say((struct command){ .kind = COMMAND_HOLD, .target = sg_ix, .duration_ms = 9000 }),
            COMMAND_DONE);
    }
    assert_int_equal(say((struct command){ .kind = COMMAND_FLASH, .duration_ms = 9000 }),
                     COMMAND_DONE);
    const struct command one = { .kind = COMMAND_RELEASE, .value = 1 << COMMAND_HOLD, .target = 1 };
    assert_int_equal(say(one), COMMAND_DONE);
    assert_int_equal(say(one), COMMAND_ALREADY);
    assert_null(manual_find(&m, COMMAND_HOLD, 1));
    assert_non_null(manual_find(&m, COMMAND_HOLD, 0));
    assert_int_equal(say((struct command){ .kind = COMMAND_RELEASE,
                                           .value = 1 << COMMAND_HOLD | 1 << COMMAND_OMIT,
                                           .target = -1 }),
                     COMMAND_DONE);
    assert_int_equal(m.count, 1);
    assert_non_null(manual_find(&m, COMMAND_FLASH, -1));
    assert_int_equal(say((struct command){ .kind = COMMAND_RELEASE, .value = -1 }),
                     COMMAND_INVALID);
    assert_int_equal(
        say((struct command){ .kind = COMMAND_RELEASE, .value = 1 << COMMAND_KIND_COUNT }),
        COMMAND_INVALID);
}

static void more_commands_than_a_tick_may_bring_are_not_read(void **state)
{
    (void)state;
    in.command_count = UINT32_MAX;
    for (uint32_t i = 0; i < COMMAND_PER_TICK_MAX; i++) {
        in.command[i] = (struct command){ .kind = COMMAND_RELEASE };
    }
    event_list_clear(&events);
    manual_step(&m, &plan, &in, now, &events);
    assert_int_equal(events.count, 2 * COMMAND_PER_TICK_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_effect_lasts_its_duration_and_no_longer, start),
        cmocka_unit_test_setup(civil_time_ends_an_effect_earlier, start),
        cmocka_unit_test_setup(an_effect_without_an_end_is_refused, start),
        cmocka_unit_test_setup(what_does_not_exist_is_missing, start),
        cmocka_unit_test_setup(the_newer_of_two_replaces_the_older, start),
        cmocka_unit_test_setup(one_effect_too_many_is_answered_busy, start),
        cmocka_unit_test_setup(steps_are_taken_in_manual_mode_only, start),
        cmocka_unit_test_setup(release_gives_everything_back, start),
        cmocka_unit_test_setup(calls_and_force_offs_are_handed_over_once, start),
        cmocka_unit_test_setup(a_new_plan_ends_what_named_parts_of_the_old, start),
        cmocka_unit_test_setup(a_later_command_replaces_an_earlier_one_for_good, start),
        cmocka_unit_test_setup(a_release_ends_what_it_names, start),
        cmocka_unit_test_setup(more_commands_than_a_tick_may_bring_are_not_read, start),
    };
    return RUN_TESTS(tests);
}
