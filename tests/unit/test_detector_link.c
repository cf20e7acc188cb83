#include "test.h"

#include <string.h>

#include "detector_link.h"
#include "sim_world.h"

/* A device with two blocks of inputs: discrete 0 to 1 and a register of counters at 40. */
struct street {
    struct sim_world *sim;
    struct site site;
    struct detector_link link;
    uint16_t inputs[2];
    uint16_t counter;
    uint32_t requests;
    int64_t latency_ms;
    enum status fault;
};

static void answer(void *self, uint32_t link_ix, const struct modbus_request *request, mono_t now,
                   struct modbus_reply *reply)
{
    struct street *t = self;
    assert_int_equal(link_ix, 0);
    t->requests++;
    reply->done_at.ms = now.ms + t->latency_ms;
    reply->status = t->fault;
    reply->count = request->read_count;
    for (uint16_t i = 0; i < request->read_count; i++) {
        const uint16_t address = (uint16_t)(request->read_address + i);
        reply->read[i] =
            request->function == MODBUS_READ_DISCRETE ? t->inputs[address % 2] : t->counter;
    }
}

static int setup(void **state)
{
    static struct street t;
    memset(&t, 0, sizeof t);
    t.sim = sim_world_create(1);
    t.site.link_count = 2;
    t.site.link[1] = (struct site_link){ .duty = DUTY_DETECTORS,
                                         .unit = 3,
                                         .poll_ms = 200,
                                         .timeout_ms = 50,
                                         .max_registers = 16,
                                         .stale_ms = 600 };
    t.site.point_count = 3;
    t.site.point[0] = (struct site_point){ .link_ix = 1, .detector_ix = 4, .area = AREA_DISCRETE };
    t.site.point[1] =
        (struct site_point){ .link_ix = 1, .detector_ix = 5, .area = AREA_DISCRETE, .address = 1 };
    t.site.point[2] = (struct site_point){ .link_ix = 1,
                                           .detector_ix = 5,
                                           .use = POINT_COUNT,
                                           .area = AREA_INPUT,
                                           .address = 40,
                                           .words = 1 };
    assert_int_equal(detector_link_create(&t.link, &t.site, 1, 0), STATUS_OK);
    sim_world_set_modbus(t.sim, answer, &t);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    struct street *t = *state;
    detector_link_destroy(&t->link);
    sim_world_destroy(t->sim);
    return 0;
}

/* Steps of half a tick, as the unit makes them. */
static void run(struct street *t, int32_t steps)
{
    for (int32_t i = 0; i < steps; i++) {
        detector_link_step(&t->link, sim_world_of(t->sim), sim_world_now(t->sim));
        sim_world_advance(t->sim, TICK_MS / 2);
    }
}

static void fill(struct street *t, struct detector_input input[DETECTOR_MAX])
{
    memset(input, 0, DETECTOR_MAX * sizeof *input);
    points_fill(t->link.points, sim_world_now(t->sim), input);
}

static void points_become_detectors_after_one_round(void **state)
{
    struct street *t = *state;
    struct detector_input input[DETECTOR_MAX];
    fill(t, input);
    assert_int_equal(input[4].quality, INPUT_ABSENT);
    t->inputs[1] = 1;
    run(t, 4);
    fill(t, input);
    assert_int_equal(input[4].quality, INPUT_GOOD);
    assert_false(input[4].is_occupied);
    assert_true(input[5].is_occupied);
    assert_int_equal(input[6].quality, INPUT_ABSENT);
}

static void rounds_keep_the_rate_of_the_site_file(void **state)
{
    struct street *t = *state;
    run(t, 1 + 10 * 4); /* ten rounds of 200 ms, and the one that begins */
    assert_in_range(t->requests, 20, 22);
}

static void one_transaction_at_a_time_however_slow(void **state)
{
    struct street *t = *state;
    t->latency_ms = 1000;
    run(t, 20);
    assert_int_equal(t->requests, 1);
    run(t, 2);
    assert_int_equal(t->requests, 2);
}

static void a_counter_tells_what_was_missed(void **state)
{
    struct street *t = *state;
    struct detector_input input[DETECTOR_MAX];
    t->counter = 65534;
    run(t, 8);
    fill(t, input);
    const uint8_t before = input[5].edge_count;
    t->counter = 1; /* three more, over the end of sixteen bits */
    run(t, 8);
    fill(t, input);
    assert_int_equal((uint8_t)(input[5].edge_count - before), 3);
}

static void a_silent_device_goes_stale_and_recovers(void **state)
{
    struct street *t = *state;
    struct detector_input input[DETECTOR_MAX];
    run(t, 8);
    t->fault = STATUS_TIMEOUT;
    run(t, 20);
    fill(t, input);
    assert_int_equal(input[4].quality, INPUT_STALE);
    assert_true(input[4].age_ms > 600);
    assert_true(t->link.failed > 0);
    t->fault = STATUS_OK;
    run(t, 8);
    fill(t, input);
    assert_int_equal(input[4].quality, INPUT_GOOD);
}

static void a_point_no_device_can_have_is_refused(void **state)
{
    struct street *t = *state;
    struct detector_link bad;
    t->site.point[2].detector_ix = DETECTOR_MAX;
    assert_int_equal(detector_link_create(&bad, &t->site, 1, 0), STATUS_INVALID);
    detector_link_destroy(&bad);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(points_become_detectors_after_one_round), TEST(rounds_keep_the_rate_of_the_site_file),
        TEST(one_transaction_at_a_time_however_slow),  TEST(a_counter_tells_what_was_missed),
        TEST(a_silent_device_goes_stale_and_recovers), TEST(a_point_no_device_can_have_is_refused),
    };
    return RUN_TESTS(tests);
}
