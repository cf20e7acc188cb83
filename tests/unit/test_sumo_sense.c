#include "test.h"

#include <string.h>

#include "sumo_sense.h"

enum { LOOP, ZONE, NOWHERE, DETECTORS };

static void start(struct sense *s, bool is_noisy, int32_t failed_pct)
{
    const struct sense_options options = { .seed = 3,
                                           .is_noisy = is_noisy,
                                           .failed_pct = failed_pct };
    sense_init(s, &options, DETECTORS, bit64(LOOP) | bit64(ZONE), bit64(ZONE));
}

/* Runs a second and returns the ticks on which the loop is occupied, as bits. */
static uint32_t second(struct sense *s, const struct traci_reading *r,
                       struct detector_input in[DETECTOR_MAX])
{
    uint32_t level = 0;
    sense_take(s, LOOP, r);
    for (int32_t tick = 0; tick < SENSE_TICKS; tick++) {
        sense_fill(s, tick, in);
        level |= in[LOOP].is_occupied ? bit32((uint32_t)tick) : 0;
    }
    return level;
}

static void a_vehicle_passes_on_the_ticks_it_was_there(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, false, 0);
    /* Off 0.4 s before the end, on for 0.3 s: from 0.3 to 0.6. */
    const struct traci_reading r = { .entered = 1, .occupancy_pct = 30, .quiet_ms = 400 };
    assert_int_equal(second(&s, &r, in), 0x038);
    assert_int_equal(in[LOOP].edge_count, 1);
    assert_int_equal(in[LOOP].quality, INPUT_GOOD);
    const struct traci_reading none = { .quiet_ms = 1400 };
    assert_int_equal(second(&s, &none, in), 0);
    assert_int_equal(in[LOOP].edge_count, 1);
}

static void who_stands_on_the_loop_stays_and_leaves_once(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, false, 0);
    const struct traci_reading comes = { .entered = 1, .occupancy_pct = 20 };
    assert_int_equal(second(&s, &comes, in), 0x300);
    const struct traci_reading stands = { .occupancy_pct = 100 };
    assert_int_equal(second(&s, &stands, in), 0x3ff);
    const struct traci_reading leaves = { .quiet_ms = 800 };
    assert_int_equal(second(&s, &leaves, in), 0x003);
    assert_int_equal(in[LOOP].edge_count, 1);
}

static void a_queue_that_flows_gives_an_edge_for_each(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, false, 0);
    const struct traci_reading comes = { .entered = 1, .occupancy_pct = 20 };
    (void)second(&s, &comes, in);
    /* One leaves, the next comes and is there at the end. */
    const struct traci_reading follows = { .entered = 1, .occupancy_pct = 20 };
    const uint32_t level = second(&s, &follows, in);
    assert_int_equal(level & 0x301, 0x301);
    assert_int_not_equal(level, 0x3ff); /* a gap lies between the two */
    assert_int_equal(in[LOOP].edge_count, 2);
    const struct traci_reading two = { .entered = 2, .occupancy_pct = 40, .quiet_ms = 100 };
    (void)second(&s, &two, in);
    assert_int_equal(in[LOOP].edge_count, 4);
}

static void a_camera_counts_its_zone_at_once(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, false, 0);
    sense_take(&s, ZONE, &(struct traci_reading){ .vehicles = 5, .halted = 3 });
    sense_fill(&s, 0, in);
    assert_true(in[ZONE].has_zone && in[ZONE].is_occupied);
    assert_int_equal(in[ZONE].zone_vehicles, 5);
    assert_int_equal(in[ZONE].zone_queued, 3);
    assert_int_equal(in[ZONE].age_ms, 0);
    assert_false(in[LOOP].has_zone);
    sense_fill(&s, 7, in);
    assert_int_equal(in[ZONE].age_ms, 100); /* since it last said anything */
    sense_take(&s, ZONE, &(struct traci_reading){ .vehicles = 1000, .halted = 1000 });
    sense_fill(&s, 0, in);
    assert_int_equal(in[ZONE].zone_vehicles, 255);
}

static void what_the_network_lacks_is_healthy_and_empty(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, false, 100);
    sense_fill(&s, 0, in);
    assert_int_equal(in[NOWHERE].quality, INPUT_GOOD);
    assert_false(in[NOWHERE].is_occupied);
}

static void noise_loses_a_tenth_and_doubles_a_twentieth(void **state)
{
    (void)state;
    enum { VEHICLES = 20000 };
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, true, 0);
    const struct traci_reading r = { .entered = 1, .occupancy_pct = 30, .quiet_ms = 400 };
    uint32_t missed = 0;
    uint32_t doubled = 0;
    uint8_t before = 0;
    for (int32_t i = 0; i < VEHICLES; i++) {
        (void)second(&s, &r, in);
        missed += (uint8_t)(in[LOOP].edge_count - before) == 0 ? 1 : 0;
        doubled += (uint8_t)(in[LOOP].edge_count - before) == 2 ? 1 : 0;
        before = in[LOOP].edge_count;
    }
    assert_in_range(missed, VEHICLES * 9 / 100, VEHICLES * 11 / 100);
    assert_in_range(doubled, VEHICLES * 4 / 100, VEHICLES * 5 / 100);
}

static void a_noisy_camera_is_half_a_second_late(void **state)
{
    (void)state;
    struct sense s;
    struct detector_input in[DETECTOR_MAX];
    start(&s, true, 0);
    sense_take(&s, ZONE, &(struct traci_reading){ .vehicles = 100, .halted = 0 });
    for (int32_t tick = 0; tick < 5; tick++) {
        sense_fill(&s, tick, in);
        assert_int_equal(in[ZONE].zone_vehicles, 0);
    }
    sense_fill(&s, 5, in);
    assert_in_range(in[ZONE].zone_vehicles, 75, 99);
    assert_int_equal(in[ZONE].age_ms, 500);
}

static void dead_detectors_are_silent_or_say_so_for_ever(void **state)
{
    (void)state;
    int32_t silent = 0;
    int32_t failed = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct sense s;
        struct detector_input in[DETECTOR_MAX];
        const struct sense_options options = { .seed = seed, .failed_pct = 20 };
        sense_init(&s, &options, DETECTORS, bit64(LOOP), 0);
        const struct traci_reading r = { .entered = 1, .occupancy_pct = 30, .quiet_ms = 400 };
        const uint32_t level = second(&s, &r, in);
        silent += level == 0 && in[LOOP].quality == INPUT_GOOD ? 1 : 0;
        failed += level == 0 && in[LOOP].quality == INPUT_FAILED ? 1 : 0;
    }
    assert_in_range(silent + failed, 60, 100);
    assert_in_range(silent, 25, 55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vehicle_passes_on_the_ticks_it_was_there),
        cmocka_unit_test(who_stands_on_the_loop_stays_and_leaves_once),
        cmocka_unit_test(a_queue_that_flows_gives_an_edge_for_each),
        cmocka_unit_test(a_camera_counts_its_zone_at_once),
        cmocka_unit_test(what_the_network_lacks_is_healthy_and_empty),
        cmocka_unit_test(noise_loses_a_tenth_and_doubles_a_twentieth),
        cmocka_unit_test(a_noisy_camera_is_half_a_second_late),
        cmocka_unit_test(dead_detectors_are_silent_or_say_so_for_ever),
    };
    return RUN_TESTS(tests);
}
