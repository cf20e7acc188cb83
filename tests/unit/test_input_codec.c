#include "test.h"

#include <string.h>

#include "input_codec.h"

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 16;
}

/* Field by field, because padding is nobody's. */
static void assert_same(const struct input_frame *a, const struct input_frame *b)
{
    assert_true(a->wall.ms == b->wall.ms);
    assert_int_equal(a->utc_offset_s, b->utc_offset_s);
    assert_int_equal(a->wall_is_synced, b->wall_is_synced);
    assert_int_equal(a->is_stopping, b->is_stopping);
    assert_int_equal(a->scheduled_pattern_ix, b->scheduled_pattern_ix);
    assert_int_equal(a->cabinet.is_present, b->cabinet.is_present);
    assert_int_equal(a->cabinet.is_fresh, b->cabinet.is_fresh);
    assert_true(a->cabinet.seen_at.ms == b->cabinet.seen_at.ms);
    assert_int_equal(a->cabinet.epoch, b->cabinet.epoch);
    assert_int_equal(a->cabinet.seq, b->cabinet.seq);
    assert_int_equal(a->cabinet.flags, b->cabinet.flags);
    assert_int_equal(a->cabinet.monitor_fault, b->cabinet.monitor_fault);
    assert_int_equal(a->cabinet.conflict_count, b->cabinet.conflict_count);
    assert_int_equal(a->cabinet.boot_count, b->cabinet.boot_count);
    assert_int_equal(a->cabinet.site_id, b->cabinet.site_id);
    assert_true(a->cabinet.safety_hash == b->cabinet.safety_hash);
    assert_memory_equal(a->cabinet.aspect, b->cabinet.aspect, sizeof a->cabinet.aspect);
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        assert_int_equal(a->detector[i].is_occupied, b->detector[i].is_occupied);
        assert_int_equal(a->detector[i].edge_count, b->detector[i].edge_count);
        assert_int_equal(a->detector[i].quality, b->detector[i].quality);
        assert_int_equal(a->detector[i].age_ms, b->detector[i].age_ms);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        assert_int_equal(a->detector[i].has_zone, b->detector[i].has_zone);
        assert_int_equal(a->detector[i].zone_vehicles, b->detector[i].zone_vehicles);
        assert_int_equal(a->detector[i].zone_queued, b->detector[i].zone_queued);
    }
    assert_int_equal(a->is_overloaded, b->is_overloaded);
    assert_int_equal(a->neighbour_count, b->neighbour_count);
    for (size_t i = 0; i < a->neighbour_count; i++) { /* of bytes and halves only: no padding */
        assert_memory_equal(&a->neighbour[i], &b->neighbour[i], sizeof a->neighbour[i]);
    }
    assert_int_equal(a->command_count, b->command_count);
    for (size_t i = 0; i < COMMAND_PER_TICK_MAX; i++) {
        assert_true(a->command[i].command_id == b->command[i].command_id);
        assert_int_equal(a->command[i].kind, b->command[i].kind);
        assert_int_equal(a->command[i].target, b->command[i].target);
        assert_int_equal(a->command[i].value, b->command[i].value);
        assert_int_equal(a->command[i].duration_ms, b->command[i].duration_ms);
        assert_true(a->command[i].until.ms == b->command[i].until.ms);
    }
}

static void spoil(struct input_frame *in, uint64_t *seed)
{
    in->wall.ms = (int64_t)chance(seed);
    in->wall.ms -= (int64_t)chance(seed);
    in->utc_offset_s = (int32_t)chance(seed);
    in->wall_is_synced = chance(seed) % 2 == 0;
    in->is_stopping = chance(seed) % 2 == 0;
    in->scheduled_pattern_ix = (int32_t)chance(seed);
    in->cabinet.is_present = chance(seed) % 2 == 0;
    in->cabinet.seen_at.ms = (int64_t)chance(seed);
    in->cabinet.epoch = (uint16_t)chance(seed);
    in->cabinet.seq = (uint16_t)chance(seed);
    in->cabinet.flags = (uint32_t)chance(seed);
    in->cabinet.safety_hash = chance(seed) * chance(seed);
    for (size_t i = 0; i < SG_MAX; i++) {
        in->cabinet.aspect[i] = (int32_t)chance(seed);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        in->detector[i].is_occupied = chance(seed) % 2 == 0;
        in->detector[i].edge_count = (uint8_t)chance(seed);
        in->detector[i].quality = (uint8_t)chance(seed);
        in->detector[i].age_ms = (int32_t)chance(seed);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        in->detector[i].has_zone = chance(seed) % 2 == 0;
        in->detector[i].zone_vehicles = (uint8_t)chance(seed);
        in->detector[i].zone_queued = (uint8_t)chance(seed);
    }
    in->is_overloaded = chance(seed) % 2 == 0;
    in->neighbour_count = (uint32_t)(chance(seed) % (NEIGHBOUR_PER_TICK_MAX + 1));
    for (size_t i = 0; i < sizeof in->neighbour; i++) {
        ((uint8_t *)in->neighbour)[i] = (uint8_t)chance(seed);
    }
    in->command_count = (uint32_t)(chance(seed) % (COMMAND_PER_TICK_MAX + 1));
    for (size_t i = 0; i < COMMAND_PER_TICK_MAX; i++) {
        in->command[i].command_id = chance(seed) << 20;
        in->command[i].value = (int32_t)chance(seed);
        in->command[i].until.ms = INT64_MIN + (int64_t)chance(seed);
    }
}

static void any_frame_comes_back_bit_for_bit(void **state)
{
    (void)state;
    struct input_coder out;
    struct input_coder back;
    input_coder_init(&out);
    input_coder_init(&back);
    uint64_t seed = 1;
    for (int32_t i = 0; i < 3000; i++) {
        struct input_frame in = { 0 };
        struct input_frame seen;
        uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
        spoil(&in, &seed);
        const mono_t now = { .ms = (int64_t)chance(&seed) };
        mono_t seen_now;
        const size_t size = input_encode(&out, &in, now, bytes, sizeof bytes);
        assert_true(size > 0 && size <= sizeof bytes);
        assert_int_equal(input_decode(&back, bytes, size, &seen, &seen_now), STATUS_OK);
        assert_true(seen_now.ms == now.ms);
        assert_same(&in, &seen);
    }
}

/* A tick as the street makes it: what must be small is small. */
static void an_ordinary_tick_takes_few_bytes(void **state)
{
    (void)state;
    struct input_coder out;
    struct input_coder back;
    input_coder_init(&out);
    input_coder_init(&back);
    struct input_frame in = { .wall_is_synced = true, .utc_offset_s = 10800 };
    in.cabinet.is_present = true;
    in.cabinet.is_fresh = true;
    size_t bytes_of_minute = 0;
    size_t keys = 0;
    for (int32_t i = 0; i < 600; i++) {
        const mono_t now = { .ms = 5000 + 100 * (int64_t)i };
        in.wall.ms = INT64_C(1800000000000) + 100 * (int64_t)i;
        in.cabinet.seen_at.ms = now.ms - 90 - i % 3;
        in.cabinet.seq = (uint16_t)(65000 + i);
        for (size_t d = 0; d < 32; d++) {
            in.detector[d].quality = INPUT_GOOD;
            in.detector[d].age_ms = 90 + i % 3;
        }
        in.detector[i % 32].is_occupied = !in.detector[i % 32].is_occupied;
        uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
        const size_t size = input_encode(&out, &in, now, bytes, sizeof bytes);
        keys += bytes[0] == 2;
        bytes_of_minute += size;
        struct input_frame seen;
        mono_t seen_now;
        assert_int_equal(input_decode(&back, bytes, size, &seen, &seen_now), STATUS_OK);
        assert_same(&in, &seen);
    }
    assert_int_equal(keys, 1);
    assert_true(bytes_of_minute < 600 * 20);
}

/* Each second one: half of the message's bytes are zero, and the tick after it is short again. */
static void a_message_costs_its_own_bytes_once(void **state)
{
    (void)state;
    struct input_coder out;
    input_coder_init(&out);
    struct input_frame in = { .wall_is_synced = true };
    size_t bytes_of[3] = { 0 };
    for (int32_t i = 0; i < 3; i++) {
        uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
        in.neighbour_count = i == 1 ? 1 : 0;
        for (size_t b = 0; b < NEIGHBOUR_BINS; b++) {
            in.neighbour[0].bin_mveh[b] = (uint16_t)(b % 2 == 0 ? 500 : 0);
        }
        bytes_of[i] =
            input_encode(&out, &in, (mono_t){ .ms = 100 * (int64_t)i }, bytes, sizeof bytes);
    }
    assert_in_range(bytes_of[1], 60, 200);
    assert_in_range(bytes_of[2], 1, 16);
}

static void a_frame_of_the_time_before_zones_reads_as_one_without(void **state)
{
    (void)state;
    struct input_coder back;
    input_coder_init(&back);
    /* Key frame: now 5000 as zigzag, nothing else. */
    static const uint8_t old[] = { 2, 0x81, 0x10, 0x27 };
    struct input_frame seen;
    mono_t now;
    assert_int_equal(input_decode(&back, old, sizeof old, &seen, &now), STATUS_OK);
    assert_int_equal(now.ms, 5000);
    assert_false(seen.detector[0].has_zone);
    assert_int_equal(seen.neighbour_count, 0);
}

static void a_delta_without_its_past_waits_for_a_key(void **state)
{
    (void)state;
    struct input_coder out;
    struct input_coder back;
    input_coder_init(&out);
    input_coder_init(&back);
    struct input_frame in = { 0 };
    struct input_frame seen;
    mono_t seen_now;
    uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
    int32_t waited = 0;
    (void)input_encode(&out, &in, (mono_t){ .ms = 0 }, bytes, sizeof bytes);
    for (int32_t i = 1; i <= INPUT_KEY_TICKS; i++) {
        const size_t size =
            input_encode(&out, &in, (mono_t){ .ms = 100 * (int64_t)i }, bytes, sizeof bytes);
        const enum status status = input_decode(&back, bytes, size, &seen, &seen_now);
        waited += status == STATUS_AGAIN;
    }
    assert_int_equal(waited, INPUT_KEY_TICKS - 1);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    struct input_coder back;
    struct input_frame seen;
    mono_t seen_now;
    uint64_t seed = 7;
    uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
    input_coder_init(&back);
    assert_int_equal(input_decode(&back, bytes, 0, &seen, &seen_now), STATUS_INVALID);
    for (int32_t i = 0; i < 20000; i++) {
        const size_t size = chance(&seed) % sizeof bytes;
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (uint8_t)chance(&seed);
        }
        bytes[0] = 2;
        const enum status status = input_decode(&back, bytes, size, &seen, &seen_now);
        assert_true(status != STATUS_OK || (seen.command_count <= COMMAND_PER_TICK_MAX &&
                                            seen.neighbour_count <= NEIGHBOUR_PER_TICK_MAX));
    }
    bytes[0] = 3;
    assert_int_equal(input_decode(&back, bytes, 10, &seen, &seen_now), STATUS_INVALID);
}

static void too_little_room_is_answered_with_nothing(void **state)
{
    (void)state;
    struct input_coder out;
    input_coder_init(&out);
    const struct input_frame in = { 0 };
    uint8_t bytes[RECORD_PAYLOAD_MAX_BYTES];
    assert_int_equal(
        input_encode(&out, &in, (mono_t){ .ms = 0 }, bytes, RECORD_PAYLOAD_MAX_BYTES - 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_frame_comes_back_bit_for_bit),
        cmocka_unit_test(an_ordinary_tick_takes_few_bytes),
        cmocka_unit_test(a_message_costs_its_own_bytes_once),
        cmocka_unit_test(a_frame_of_the_time_before_zones_reads_as_one_without),
        cmocka_unit_test(a_delta_without_its_past_waits_for_a_key),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(too_little_room_is_answered_with_nothing),
    };
    return RUN_TESTS(tests);
}
