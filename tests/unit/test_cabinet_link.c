#include "test.h"

#include <string.h>

#include "cabinet_link.h"
#include "sim_world.h"

/* A cabinet that obeys at once, and the faults a wire may have. */
struct street {
    struct sim_world *sim;
    struct cabinet_link link;
    struct plan plan;
    struct site site;
    struct cabinet_state state;
    struct cabinet_command last;
    uint32_t requests, writes;
    enum status fault;
    int32_t fail_next; /* this many replies fail */
    int64_t latency_ms;
    bool garble;
};

static void answer(void *self, uint32_t link_ix, const struct modbus_request *request, mono_t now,
                   struct modbus_reply *reply)
{
    struct street *t = self;
    assert_int_equal(link_ix, 0);
    t->requests++;
    reply->done_at.ms = now.ms + t->latency_ms;
    if (t->fail_next > 0) {
        t->fail_next--;
        reply->status = t->fault;
        return;
    }
    if (request->function == MODBUS_WRITE_READ) {
        t->writes++;
        assert_int_equal(request->write_address, CABINET_COMMAND_ADDRESS);
        assert_int_equal(cabinet_decode_command(request->write, request->write_count, &t->last),
                         STATUS_OK);
        t->state.seq = t->last.seq;
        t->state.epoch = t->last.epoch;
        t->state.sensed = t->last.image;
    }
    reply->status = STATUS_OK;
    reply->count = CABINET_STATE_REGISTERS;
    cabinet_encode_state(&t->state, reply->read);
    reply->read[CABINET_S_SEQ] ^= t->garble ? 1 : 0;
}

static int setup(void **state)
{
    static struct street t;
    memset(&t, 0, sizeof t);
    t.sim = sim_world_create(1);
    t.plan.sg_count = t.plan.safety.sg_count = 2;
    t.state.safety_hash = 77;
    t.plan.detector_count = 3;
    for (int32_t sg = 0; sg < SG_MAX; sg++) {
        for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            t.plan.safety.lamps.output[sg][lamp] = sg < 2 ? 3 * sg + lamp : -1;
            t.plan.safety.lamps.sensed[sg][lamp] = sg < 2 ? 3 * sg + lamp : -1;
        }
    }
    for (int32_t i = 0; i < DETECTOR_MAX; i++) {
        t.site.cabinet_input[i] = -1;
    }
    t.site.cabinet_input[0] = 5;
    t.site.cabinet_input[2] = 0;
    t.site.link[0].unit = 1;
    t.site.link[0].timeout_ms = 40;
    t.site.link[0].stale_ms = 500;
    cabinet_link_init(&t.link, 0, &t.site.link[0]);
    sim_world_set_modbus(t.sim, answer, &t);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    struct street *t = *state;
    sim_world_destroy(t->sim);
    return 0;
}

static struct input_frame gather(struct street *t)
{
    struct input_frame in = { 0 };
    cabinet_link_receive(&t->link, sim_world_of(t->sim), sim_world_now(t->sim));
    cabinet_link_gather(&t->link, &t->plan, &t->site, sim_world_now(t->sim), &in);
    return in;
}

static void send(struct street *t, uint16_t seq)
{
    struct output_frame out = { .may_write = true, .heartbeat = true, .epoch = 9, .seq = seq };
    for (int32_t sg = 0; sg < SG_MAX; sg++) {
        out.aspect[sg] = sg == 0 ? ASPECT_GREEN : ASPECT_RED;
    }
    cabinet_link_send(&t->link, sim_world_of(t->sim), &t->plan, &out);
}

static void between(struct street *t)
{
    sim_world_advance(t->sim, 50);
    cabinet_link_repeat(&t->link, sim_world_of(t->sim), sim_world_now(t->sim));
    sim_world_advance(t->sim, 50);
}

static void a_frame_goes_out_and_its_lamps_come_back(void **state)
{
    struct street *t = *state;
    struct input_frame in = gather(t);
    assert_false(in.cabinet.is_present);
    assert_int_equal(in.detector[0].quality, INPUT_ABSENT);
    send(t, 1);
    between(t);
    in = gather(t);
    assert_true(in.cabinet.is_present);
    assert_true(in.cabinet.is_fresh);
    assert_int_equal(in.cabinet.seq, 1);
    assert_int_equal(in.cabinet.epoch, 9);
    assert_true(in.cabinet.safety_hash == 77);
    assert_int_equal(in.cabinet.aspect[0], ASPECT_GREEN);
    assert_int_equal(in.cabinet.aspect[1], ASPECT_RED);
    assert_int_equal(t->requests, 1);
    in = gather(t);
    assert_true(in.cabinet.is_present);
    assert_false(in.cabinet.is_fresh);
}

static void heartbeat_alternates_and_stops_on_purpose(void **state)
{
    struct street *t = *state;
    send(t, 1);
    assert_int_equal(t->last.heartbeat, 0xaaaa);
    between(t);
    (void)gather(t);
    send(t, 2);
    assert_int_equal(t->last.heartbeat, 0x5555);
    between(t);
    (void)gather(t);
    const struct output_frame out = { .may_write = true, .seq = 3, .wants_flash = true };
    cabinet_link_send(&t->link, sim_world_of(t->sim), &t->plan, &out);
    assert_int_equal(t->last.heartbeat, 0);
    assert_int_equal(t->last.mode, 2);
}

static void a_guard_trip_asks_for_the_latch(void **state)
{
    struct street *t = *state;
    const struct output_frame out = { .may_write = true, .wants_flash = true, .wants_latch = true };
    cabinet_link_send(&t->link, sim_world_of(t->sim), &t->plan, &out);
    assert_int_equal(t->last.mode, 3);
}

static void what_may_not_be_written_is_only_read(void **state)
{
    struct street *t = *state;
    const struct output_frame out = { .may_write = false, .heartbeat = true };
    cabinet_link_send(&t->link, sim_world_of(t->sim), &t->plan, &out);
    assert_int_equal(t->requests, 1);
    assert_int_equal(t->writes, 0);
    between(t);
    assert_true(gather(t).cabinet.is_fresh);
}

static void a_failure_is_repeated_once_in_its_tick(void **state)
{
    struct street *t = *state;
    const enum status faults[] = { STATUS_TIMEOUT, STATUS_IO, STATUS_INVALID };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        t->fault = faults[i];
        t->fail_next = 1;
        t->requests = 0;
        const uint16_t seq = (uint16_t)(10 + i);
        send(t, seq);
        between(t);
        assert_int_equal(t->requests, 2);
        struct input_frame in = gather(t);
        assert_true(in.cabinet.is_fresh);
        assert_int_equal(in.cabinet.seq, seq);

        t->fail_next = 9;
        t->requests = 0;
        send(t, (uint16_t)(20 + i));
        between(t);
        cabinet_link_repeat(&t->link, sim_world_of(t->sim), sim_world_now(t->sim));
        cabinet_link_repeat(&t->link, sim_world_of(t->sim), sim_world_now(t->sim));
        assert_int_equal(t->requests, 2);
        t->fail_next = 0;
        in = gather(t);
        assert_false(in.cabinet.is_fresh);
        assert_int_equal(in.cabinet.seq, seq);
    }
}

static void a_garbled_state_is_not_believed(void **state)
{
    struct street *t = *state;
    send(t, 1);
    between(t);
    (void)gather(t);
    t->garble = true;
    send(t, 2);
    between(t);
    const struct input_frame in = gather(t);
    assert_false(in.cabinet.is_fresh);
    assert_int_equal(in.cabinet.seq, 1);
}

/* One tick's reply comes in the next one: the newer request waits its turn, nothing is sent
 * twice. */
static void a_slow_reply_delays_the_next_request(void **state)
{
    struct street *t = *state;
    t->latency_ms = 120;
    send(t, 1);
    between(t);
    assert_false(gather(t).cabinet.is_fresh);
    send(t, 2);
    assert_int_equal(t->requests, 1);
    between(t);
    assert_int_equal(t->requests, 2);
    assert_int_equal(t->last.seq, 2);
    const struct input_frame in = gather(t);
    assert_true(in.cabinet.is_fresh);
    assert_int_equal(in.cabinet.seq, 1);
}

static bool strange_take(void *self, uint32_t link_ix, struct modbus_reply *reply)
{
    (void)link_ix;
    int32_t *left = self;
    if (*left == 0) {
        return false;
    }
    (*left)--;
    const struct cabinet_state state = { .seq = 4711 };
    *reply = (struct modbus_reply){ .ticket = 1000, .count = CABINET_STATE_REGISTERS };
    cabinet_encode_state(&state, reply->read);
    return true;
}

static void a_reply_nobody_waits_for_is_discarded(void **state)
{
    struct street *t = *state;
    int32_t left = 1;
    struct world strange = *sim_world_of(t->sim);
    strange.self = &left;
    strange.modbus_take = strange_take;
    send(t, 1);
    cabinet_link_receive(&t->link, &strange, sim_world_now(t->sim));
    assert_int_equal(t->link.late, 1);
    assert_false(t->link.has_state);
    between(t);
    assert_int_equal(gather(t).cabinet.seq, 1);
}

static void inputs_are_detectors_with_an_age(void **state)
{
    struct street *t = *state;
    t->state.occupied = bit64(5);
    t->state.edge_count[5] = 200;
    t->state.faulty = bit64(0);
    t->latency_ms = 10;
    send(t, 1);
    between(t);
    struct input_frame in = gather(t);
    assert_true(in.detector[0].is_occupied);
    assert_int_equal(in.detector[0].edge_count, 200);
    assert_int_equal(in.detector[0].quality, INPUT_GOOD);
    assert_int_equal(in.detector[0].age_ms, 90);
    assert_int_equal(in.detector[1].quality, INPUT_ABSENT); /* wired elsewhere */
    assert_int_equal(in.detector[2].quality, INPUT_FAILED);
    sim_world_advance(t->sim, 410);
    assert_int_equal(gather(t).detector[0].quality, INPUT_GOOD);
    sim_world_advance(t->sim, 1);
    in = gather(t);
    assert_int_equal(in.detector[0].age_ms, 501);
    assert_int_equal(in.detector[0].quality, INPUT_STALE);
    assert_int_equal(in.detector[2].quality, INPUT_STALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_frame_goes_out_and_its_lamps_come_back),
        TEST(heartbeat_alternates_and_stops_on_purpose),
        TEST(a_guard_trip_asks_for_the_latch),
        TEST(what_may_not_be_written_is_only_read),
        TEST(a_failure_is_repeated_once_in_its_tick),
        TEST(a_garbled_state_is_not_believed),
        TEST(a_slow_reply_delays_the_next_request),
        TEST(a_reply_nobody_waits_for_is_discarded),
        TEST(inputs_are_detectors_with_an_age),
    };
    return RUN_TESTS(tests);
}
