#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "journal_replay.h"
#include "null.h"
#include "plan_build.h"

enum { TICKS = 1200, RECORD_ROOM = 40000 };

/* A daemon's life as records in memory. */
struct tape {
    size_t count;
    struct record record[RECORD_ROOM];
    uint8_t payload[RECORD_ROOM][RECORD_PAYLOAD_MAX_BYTES];
};

static struct plan plan;

static void put(struct tape *t, int32_t type, const uint8_t *bytes, size_t size)
{
    assert_true(t->count < RECORD_ROOM);
    memcpy(t->payload[t->count], bytes, size);
    t->record[t->count] = (struct record){ .type = (uint8_t)type,
                                           .payload_bytes = (uint16_t)size,
                                           .seq = t->count,
                                           .payload = t->payload[t->count] };
    t->count++;
}

static void put_le(uint8_t *out, uint64_t value, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put_boot(struct tape *t, mono_t at, uint64_t plan_hash)
{
    uint8_t bytes[24];
    put_le(bytes, 77, 8);
    put_le(bytes + 8, (uint64_t)at.ms, 8);
    put_le(bytes + 16, plan_hash, 8);
    put(t, RECORD_BOOT, bytes, sizeof bytes);
}

static void put_event(struct tape *t, const struct event *e)
{
    uint8_t bytes[12] = { 0 };
    put_le(bytes, e->code, 2);
    put_le(bytes + 2, e->param, 2);
    put_le(bytes + 4, (uint32_t)e->detail, 4);
    put(t, RECORD_EVENT, bytes, sizeof bytes);
}

/* A minute and more of a ring plan with traffic, start-up included. */
static struct tape *record_a_run(enum strategy strategy)
{
    struct tape *t = calloc(1, sizeof *t);
    struct junction *j = calloc(1, sizeof *j);
    assert_non_null(t);
    assert_non_null(j);
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].strategy = (int32_t)strategy;
    struct null_cabinet cabinet;
    struct input_frame in = { .wall_is_synced = true, .scheduled_pattern_ix = RG_ACTUATED };
    struct output_frame out;
    struct event_list events;
    struct input_coder coder;
    mono_t now = { .ms = 5000 };
    null_cabinet_init(&cabinet, (uint32_t)plan.safety.site_id, plan.safety_hash,
                      plan.safety.flash_aspect, plan.sg_count);
    input_coder_init(&coder);
    junction_init(j, &plan, now);
    put_boot(t, now, plan.plan_hash);
    for (int32_t i = 0; i < TICKS; i++, now.ms += TICK_MS) {
        in.wall.ms = INT64_C(1715612400000) + now.ms;
        for (int32_t d = 0; d < plan.detector_count; d++) {
            in.detector[d].quality = INPUT_GOOD;
            in.detector[d].is_occupied = i / 50 % (d + 2) == 0;
        }
        in.neighbour_count = strategy == STRATEGY_ADAPTIVE && i % 70 == 0 ? 1 : 0;
        in.neighbour[0] = (struct neighbour_input){ .direction = NEIGHBOUR_INFLOW,
                                                    .ix = (uint8_t)(i / 70 % plan.lane_count),
                                                    .travel_s = 20,
                                                    .bin_mveh = { 500, 500, 900 } };
        event_list_clear(&events);
        junction_tick(j, &in, now, &out, &events);
        uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
        const size_t input_bytes = input_encode(&coder, &in, now, bytes, sizeof bytes);
        put(t, RECORD_INPUT, bytes, input_bytes);
        output_encode(&out, bytes);
        put(t, RECORD_OUTPUT, bytes, OUTPUT_PACKED_BYTES);
        for (uint32_t k = 0; k < events.count; k++) {
            put_event(t, &events.event[k]);
        }
        null_cabinet_exchange(&cabinet, &out, now, &in.cabinet);
    }
    free(j);
    return t;
}

static size_t find(const struct tape *t, int32_t type, size_t from)
{
    for (size_t i = from; i < t->count; i++) {
        if (t->record[i].type == type) {
            return i;
        }
    }
    fail_msg("no such record");
    return 0;
}

/* Differences found; the first one's text stays in says. */
static uint64_t replay(const struct tape *t, struct journal_replay *r,
                       char says[JOURNAL_REPLAY_SAYS_BYTES])
{
    says[0] = '\0';
    journal_replay_init(r, &plan, 0);
    for (size_t i = 0; i < t->count; i++) {
        const char *different = journal_replay_take(r, &t->record[i]);
        if (different != NULL && says[0] == '\0') {
            (void)strncpy(says, different, JOURNAL_REPLAY_SAYS_BYTES - 1);
        }
    }
    const char *end = journal_replay_end(r);
    if (end != NULL) {
        (void)strncpy(says, end, JOURNAL_REPLAY_SAYS_BYTES - 1);
    }
    return r->differences;
}

static struct journal_replay run;
static char says[JOURNAL_REPLAY_SAYS_BYTES];

static void a_run_repeats_bit_for_bit(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    assert_int_equal(replay(t, &run, says), 0);
    assert_int_equal(run.ticks, TICKS);
    assert_int_equal(run.outputs, TICKS);
    assert_true(run.event_count > 100);
    free(t);
}

static void an_adaptive_run_repeats_bit_for_bit(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ADAPTIVE);
    assert_int_equal(replay(t, &run, says), 0);
    assert_int_equal(run.outputs, TICKS);
    assert_int_equal(run.junction.controller.mode.strategy, STRATEGY_ADAPTIVE);
    assert_true(run.junction.optimiser.decision.number > 30);
    free(t);
}

static void an_output_that_was_another_is_found(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    size_t at = find(t, RECORD_OUTPUT, t->count / 2);
    t->payload[at][5] ^= 1; /* group 1 */
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "output: group 1 was ", 20);
    t->payload[at][5] ^= 1;
    t->payload[at][3] ^= 1; /* its number */
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "output: was epoch ", 18);
    free(t);
}

static void events_changed_lost_and_added_are_found(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    const size_t at = find(t, RECORD_EVENT, t->count / 2);
    t->payload[at][2] ^= 64; /* its parameter */
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "recorded, where ours is another: ", 33);
    t->payload[at][2] ^= 64;

    size_t last = at; /* the last event of its tick is missing */
    while (t->record[last + 1].type == RECORD_EVENT) {
        last++;
    }
    t->record[last].type = RECORD_DECISION;
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "only ours: ", 11);
    t->record[last].type = RECORD_EVENT;

    const size_t input = find(t, RECORD_OUTPUT, 1);
    size_t quiet = input; /* a tick without events gets one */
    while (t->record[quiet + 1].type != RECORD_INPUT) {
        quiet = find(t, RECORD_OUTPUT, quiet + 1);
    }
    const struct record saved = t->record[quiet];
    t->record[quiet] = t->record[at];
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "only recorded: ", 15);
    t->record[quiet] = saved;
    assert_int_equal(replay(t, &run, says), 0);
    free(t);
}

static void a_gap_ends_the_replay_until_the_next_start(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    const size_t at = find(t, RECORD_INPUT, t->count / 2);
    t->record[at].type = RECORD_GAP;
    t->record[at].payload_bytes = 0;
    assert_int_equal(replay(t, &run, says), 1);
    assert_non_null(strstr(says, "records are missing"));
    assert_true(run.ticks < TICKS);
    put_le(t->payload[at], 9, 8); /* a crash loses the end of a run: no mistake of ours */
    put_le(t->payload[at] + 8, JOURNAL_GAP_CRASH, 4);
    t->record[at].payload_bytes = 12;
    assert_int_equal(replay(t, &run, says), 0);
    free(t);
}

static void other_files_and_nothing_to_replay_are_said(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    t->payload[0][16] ^= 1;
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "recorded with other files", 25);
    assert_int_equal(run.ticks, 0);
    t->payload[0][16] ^= 1;
    t->count = 1;
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "no inputs in it", 15);
    t->count = 0;
    assert_int_equal(replay(t, &run, says), 1);
    assert_memory_equal(says, "no start of the process", 23);
    free(t);
}

static void another_junction_of_the_journal_is_passed_over(void **state)
{
    (void)state;
    struct tape *t = record_a_run(STRATEGY_ACTUATED);
    for (size_t i = 0; i < t->count; i++) {
        t->record[i].junction = 3;
    }
    assert_int_equal(replay(t, &run, says), 1);
    assert_int_equal(run.starts, 0);
    free(t);
}

static void output_frames_come_back_as_they_were(void **state)
{
    (void)state;
    struct output_frame a = { .may_write = true, .wants_flash = true, .epoch = 65535, .seq = 258 };
    for (int32_t i = 0; i < SG_MAX; i++) {
        a.aspect[i] = i % ASPECT_COUNT;
    }
    uint8_t bytes[OUTPUT_PACKED_BYTES];
    struct output_frame b;
    output_encode(&a, bytes);
    assert_true(output_decode(bytes, sizeof bytes, &b));
    assert_memory_equal(a.aspect, b.aspect, sizeof a.aspect);
    assert_true(b.may_write && !b.heartbeat && b.wants_flash && !b.wants_latch);
    assert_int_equal(b.epoch, 65535);
    assert_int_equal(b.seq, 258);
    assert_false(output_decode(bytes, sizeof bytes - 1, &b));
    bytes[5] = 15; /* no aspect */
    assert_false(output_decode(bytes, sizeof bytes, &b));
    bytes[5] = 0;
    bytes[0] = 16; /* no flag */
    assert_false(output_decode(bytes, sizeof bytes, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_repeats_bit_for_bit),
        cmocka_unit_test(an_adaptive_run_repeats_bit_for_bit),
        cmocka_unit_test(an_output_that_was_another_is_found),
        cmocka_unit_test(events_changed_lost_and_added_are_found),
        cmocka_unit_test(a_gap_ends_the_replay_until_the_next_start),
        cmocka_unit_test(other_files_and_nothing_to_replay_are_said),
        cmocka_unit_test(another_junction_of_the_journal_is_passed_over),
        cmocka_unit_test(output_frames_come_back_as_they_were),
    };
    return RUN_TESTS(tests);
}
