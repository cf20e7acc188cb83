#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_replay.h"
#include "load.h"

enum { FOUR_CYCLES_MS = 520000, LEAD_IN_MS = 300000 };

static struct plan plan;

/* The recorded controller of plans/examples. */
static void load_plan(void)
{
    static struct site site;
    char path[512];
    const char *source = getenv("KAVSAK_SOURCE");
    struct diag *diag = calloc(1, sizeof *diag);
    assert_non_null(diag);
    (void)snprintf(path, sizeof path, "%s/plans/examples/oregon-227",
                   source != NULL ? source : ".");
    assert_int_equal(plan_load(path, &plan, &site, diag), STATUS_OK);
    free(diag);
}

/* 15:00:22 of that day: local zero of the recorded controller's cycle. */
static const int64_t zero_ms = INT64_C(1715612422000);

static void replay(const struct event_log *log, struct event_log *ours)
{
    const struct event_replay_config config = { .plan = &plan,
                                                .log = log,
                                                .from_ms = zero_ms,
                                                .until_ms = zero_ms + FOUR_CYCLES_MS,
                                                .lead_in_ms = LEAD_IN_MS,
                                                .utc_offset_s = -25200,
                                                .out = ours };
    struct event_replay *r = event_replay_create(&config);
    assert_non_null(r);
    enum event_replay_result result = REPLAY_GOES_ON;
    while (result == REPLAY_GOES_ON) {
        result = event_replay_step(r);
    }
    if (result != REPLAY_DONE) {
        fail_msg("%s", event_replay_reason(r));
    }
    assert_int_equal(event_replay_ticks(r), (LEAD_IN_MS + FOUR_CYCLES_MS) / TICK_MS);
    event_replay_destroy(r);
}

static void add(struct event_log *log, double second, int32_t code, int32_t param)
{
    assert_true(event_log_append(log, zero_ms + (int64_t)(second * 1000), code, param));
}

/* Seconds after local zero of the nth such event. */
static double when(const struct event_log *log, int32_t code, int32_t param, int32_t nth)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->event[i].code == code && log->event[i].param == param && nth-- == 0) {
            return (double)(log->event[i].at_ms - zero_ms) / 1000;
        }
    }
    return -1;
}

/* Nobody calls the left turns: the instants are those of docs/oregon.md. */
static void an_empty_street_keeps_the_recorded_cycle(void **state)
{
    (void)state;
    struct event_log log = { 0 };
    struct event_log ours = { 0 };
    load_plan();
    replay(&log, &ours);
    for (int32_t k = 0; k < 3; k++) {
        const double zero_s = 130.0 * k;
        assert_float_equal(when(&ours, 6, 2, k), zero_s + 63, 0.11);
        assert_float_equal(when(&ours, 1, 4, k), zero_s + 70, 0.11);
        assert_float_equal(when(&ours, 7, 8, k), zero_s + 95, 0.11);
        assert_float_equal(when(&ours, 1, 2, k), zero_s + 100, 0.11);
    }
    assert_true(when(&ours, 1, 1, 0) < 0 && when(&ours, 1, 5, 0) < 0);
    event_log_finish(&ours);
}

static void a_vehicle_opens_its_arrow_and_half_a_second_without_one_ends_it(void **state)
{
    (void)state;
    struct event_log log = { 0 };
    struct event_log ours = { 0 };
    load_plan();
    add(&log, 20, EVENT_DETECTOR_ON, 15);
    add(&log, 111, EVENT_DETECTOR_OFF, 15);
    replay(&log, &ours);
    assert_float_equal(when(&ours, 43, 5, 0), 20, 0.11);
    assert_float_equal(when(&ours, 1, 5, 0), 100, 0.11);
    assert_float_equal(when(&ours, 4, 5, 0), 111.5, 0.01);
    assert_float_equal(when(&ours, 1, 6, 0), 115.5, 0.11); /* 3.5 yellow, 0.5 red */
    event_log_finish(&log);
    event_log_finish(&ours);
}

/* One press calls both crossings; their 37 s overrun the split by 12 s, which the cycle makes up
 * for within its 7 percent. */
static void the_cycle_waits_for_pedestrians_and_catches_up(void **state)
{
    (void)state;
    struct event_log log = { 0 };
    struct event_log ours = { 0 };
    load_plan();
    add(&log, 20, EVENT_PED_DETECTOR_ON, 4);
    add(&log, 20.3, EVENT_PED_DETECTOR_OFF, 4);
    replay(&log, &ours);
    assert_float_equal(when(&ours, 21, 4, 0), 70, 0.11);
    assert_float_equal(when(&ours, 21, 8, 0), 70, 0.11);
    assert_float_equal(when(&ours, 22, 4, 0), 78, 0.11);
    assert_float_equal(when(&ours, 7, 4, 0), 107, 0.31);
    assert_float_equal(when(&ours, 1, 2, 0), 112, 0.31);
    const double second_s = when(&ours, 1, 4, 1);
    assert_true(second_s > 200.5 && second_s < 208);
    assert_float_equal(when(&ours, 1, 4, 3), 70 + 390, 0.3);
    event_log_finish(&log);
    event_log_finish(&ours);
}

static void channels_that_the_junction_lacks_are_counted_and_left_out(void **state)
{
    (void)state;
    struct event_log log = { 0 };
    load_plan();
    add(&log, 0, EVENT_DETECTOR_ON, 15);
    add(&log, 1, EVENT_DETECTOR_ON, 7);
    add(&log, 2, EVENT_DETECTOR_ON, 5000);
    add(&log, 3, EVENT_DETECTOR_ON, -1);
    add(&log, 4, EVENT_PED_DETECTOR_ON, 1);
    add(&log, 5, 1, 2);
    const struct event_replay_config config = {
        .plan = &plan, .log = &log, .from_ms = zero_ms, .until_ms = zero_ms + 1000
    };
    struct event_replay *r = event_replay_create(&config);
    assert_non_null(r);
    assert_int_equal(event_replay_used(r), 1);
    assert_int_equal(event_replay_foreign(r), 4);
    event_replay_destroy(r);
    event_log_finish(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_street_keeps_the_recorded_cycle),
        cmocka_unit_test(a_vehicle_opens_its_arrow_and_half_a_second_without_one_ends_it),
        cmocka_unit_test(the_cycle_waits_for_pedestrians_and_catches_up),
        cmocka_unit_test(channels_that_the_junction_lacks_are_counted_and_left_out),
    };
    return RUN_TESTS(tests);
}
