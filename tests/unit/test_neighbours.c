#include "test.h"

#include <stdio.h>
#include <string.h>

#include "neighbours.h"
#include "plan_build.h"

static const wall_t now = { .ms = 1795392000000 };

struct bench {
    struct plan plan;
    struct neighbour_message message;
    struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX];
};

static void bench_init(struct bench *b)
{
    memset(b, 0, sizeof *b);
    plan_build_staged(&b->plan);
    (void)snprintf(b->plan.junction_name, sizeof b->plan.junction_name, "west");
    b->plan.lane_count = 2;
    (void)snprintf(b->plan.lane[1].name, sizeof b->plan.lane[1].name, "E1");
    b->plan.lane[1].length_cm = 20000;
    b->plan.lane[1].speed_cmps = 1389;
    b->plan.movement_count = 3;
    (void)snprintf(b->plan.movement[0].exit, sizeof b->plan.movement[0].exit, "east/W1");
    (void)snprintf(b->plan.movement[2].exit, sizeof b->plan.movement[2].exit, "east/W1");
    b->message = (struct neighbour_message){ .version = NEIGHBOUR_VERSION,
                                             .direction = NEIGHBOUR_INFLOW,
                                             .made_at = { now.ms - 700 },
                                             .from = "east",
                                             .link = "west/E1" };
    b->message.bin_mveh[0] = 500;
    b->message.bin_mveh[59] = UINT16_MAX;
}

static uint32_t resolve(struct bench *b)
{
    return neighbours_resolve(&b->plan, &b->message, now, b->input);
}

static void speak_of_room(struct bench *b, int32_t vehicles)
{
    b->message.direction = NEIGHBOUR_ROOM;
    b->message.room_vehicles = vehicles;
    (void)snprintf(b->message.link, sizeof b->message.link, "east/W1");
}

static void inflow_finds_its_lane_with_age_and_travel_time(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    assert_int_equal(resolve(&b), 1);
    assert_int_equal(b.input[0].direction, NEIGHBOUR_INFLOW);
    assert_int_equal(b.input[0].ix, 1);
    assert_int_equal(b.input[0].age_ms, 700);
    assert_int_equal(b.input[0].travel_s, 14); /* 200 m at 50 km/h */
    assert_int_equal(b.input[0].bin_mveh[0], 500);
    assert_true(b.input[0].sender < NEIGHBOURS_SENDERS);
}

static void no_bin_is_above_what_a_lane_can_carry(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    assert_int_equal(resolve(&b), 1);
    assert_int_equal(b.input[0].bin_mveh[59], NEIGHBOUR_BIN_MAX_MVEH);
}

static void what_is_not_for_us_is_nothing(void **state)
{
    (void)state;
    static const char *const links[] = { "north/E1", "west/E2", "west",   "west/",
                                         "westE1",   "",        "wes/E1", "west1/E1" };
    struct bench b;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        bench_init(&b);
        (void)snprintf(b.message.link, sizeof b.message.link, "%s", links[i]);
        assert_int_equal(resolve(&b), 0);
    }
    bench_init(&b);
    (void)snprintf(b.message.from, sizeof b.message.from, "west"); /* ourselves */
    assert_int_equal(resolve(&b), 0);
}

static void age_has_its_limits_on_both_sides(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.message.made_at.ms = now.ms - 60000;
    assert_int_equal(resolve(&b), 1);
    b.message.made_at.ms--;
    assert_int_equal(resolve(&b), 0);
    b.message.made_at.ms = now.ms + NEIGHBOURS_FUTURE_MS;
    assert_int_equal(resolve(&b), 1);
    assert_int_equal(b.input[0].age_ms, 0);
    b.message.made_at.ms++;
    assert_int_equal(resolve(&b), 0);
    b.message.made_at.ms = INT64_MAX;
    assert_int_equal(resolve(&b), 0);
    b.message.made_at.ms = INT64_MIN;
    assert_int_equal(resolve(&b), 0);
}

static void room_reaches_each_movement_that_feeds_the_lane(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    speak_of_room(&b, 7);
    assert_int_equal(resolve(&b), 2);
    assert_int_equal(b.input[0].ix, 0);
    assert_int_equal(b.input[1].ix, 2);
    assert_int_equal(b.input[0].room_vehicles, 7);
    assert_int_equal(b.input[1].room_vehicles, 7);
    speak_of_room(&b, INT32_MAX);
    assert_int_equal(resolve(&b), 2);
    assert_int_equal(b.input[0].room_vehicles, NEIGHBOUR_ROOM_MAX);
}

static void room_that_is_unknown_stale_or_of_others_is_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    speak_of_room(&b, NEIGHBOUR_ROOM_UNKNOWN);
    assert_int_equal(resolve(&b), 0);
    speak_of_room(&b, 3);
    b.message.made_at.ms = now.ms - NEIGHBOUR_STALE_MS;
    assert_int_equal(resolve(&b), 2);
    b.message.made_at.ms--;
    assert_int_equal(resolve(&b), 0);
    b.message.made_at.ms = now.ms;
    (void)snprintf(b.message.from, sizeof b.message.from, "north");
    assert_int_equal(resolve(&b), 0);
}

static void a_malformed_message_is_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.message.version++;
    assert_int_equal(resolve(&b), 0);
    bench_init(&b);
    b.message.direction = 2;
    assert_int_equal(resolve(&b), 0);
    bench_init(&b);
    memset(b.message.link, 'x', sizeof b.message.link);
    assert_int_equal(resolve(&b), 0);
    bench_init(&b);
    memset(b.message.from, 'x', sizeof b.message.from);
    assert_int_equal(resolve(&b), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflow_finds_its_lane_with_age_and_travel_time),
        cmocka_unit_test(no_bin_is_above_what_a_lane_can_carry),
        cmocka_unit_test(what_is_not_for_us_is_nothing),
        cmocka_unit_test(age_has_its_limits_on_both_sides),
        cmocka_unit_test(room_reaches_each_movement_that_feeds_the_lane),
        cmocka_unit_test(room_that_is_unknown_stale_or_of_others_is_nothing),
        cmocka_unit_test(a_malformed_message_is_nothing),
    };
    return RUN_TESTS(tests);
}
