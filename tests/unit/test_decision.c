#include "test.h"

#include <string.h>

#include "decision.h"

static struct decision full(void)
{
    struct decision d;
    memset(&d, 0xff, sizeof d);
    d.number = UINT64_MAX;
    d.at.ms = INT64_MIN;
    d.was_ix = STAGE_MAX - 1;
    d.chosen_ix = 0;
    d.binding = BINDING_COUNT - 1;
    d.binding_sg_ix = SG_MAX - 1;
    d.may_leave_in_cs = INT16_MIN;
    d.must_leave_in_cs = INT16_MIN;
    d.nodes = INT32_MIN;
    d.load_pct = INT32_MIN;
    d.was_cut = d.is_oversaturated = d.is_staged = true;
    d.alternative_count = DECISION_ALTERNATIVES_MAX;
    for (int32_t i = 0; i < DECISION_ALTERNATIVES_MAX; i++) {
        d.alternative[i] =
            (struct decision_alternative){ .option_ix = (int16_t)i,
                                           .leave_in_s = INT16_MIN,
                                           .cost = { INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN,
                                                     INT32_MIN, INT32_MIN, INT32_MIN } };
    }
    d.lane_count = LANE_MAX;
    for (int32_t i = 0; i < LANE_MAX; i++) {
        d.lane[i] =
            (struct decision_lane){ .standing = 255, .age_ds = 255, .is_substituted = i % 3 == 0 };
    }
    d.timeline_count = SEARCH_TIMELINE_MAX;
    for (int32_t i = 0; i < SEARCH_TIMELINE_MAX; i++) {
        d.timeline[i] = (struct search_segment){ .option_ix = (int16_t)(i + 10), .from_s = -1 };
    }
    for (int32_t i = 0; i < STAGE_MAX; i++) {
        d.option_name[i] = i < 26 || i == STAGE_MAX - 1 ? INT32_MIN + i : 0;
    }
    return d;
}

/* Eight stages and sixteen lanes, as the design names them for a large junction. */
static struct decision usual(void)
{
    struct decision d;
    memset(&d, 0, sizeof d);
    d.number = 123456;
    d.at.ms = INT64_C(1795457047123);
    d.was_ix = 1;
    d.chosen_ix = 1;
    d.is_staged = true;
    d.binding = BINDING_MIN_GREEN;
    d.binding_sg_ix = 3;
    d.may_leave_in_cs = 210;
    d.must_leave_in_cs = 3400;
    d.nodes = 212;
    d.load_pct = 63;
    d.alternative_count = 8;
    for (int16_t i = 0; i < 8; i++) {
        d.option_name[i] = i;
        d.alternative[i] = (struct decision_alternative){
            .option_ix = (int16_t)i,
            .leave_in_s = 6,
            .cost = { .delay_cs = 31200 + i, .stops_cs = 4000, .switches_cs = 200, .waits_cs = 90 }
        };
    }
    d.lane_count = 16;
    for (uint8_t i = 0; i < 16; i++) {
        d.lane[i] = (struct decision_lane){ .standing = i, .coming = 3, .age_ds = 4 };
    }
    d.timeline_count = 4;
    for (int16_t i = 0; i < 4; i++) {
        d.timeline[i] = (struct search_segment){ .option_ix = i, .from_s = (int16_t)(12 * i) };
    }
    return d;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    const struct decision made[] = { usual(), full(), { .number = 1, .was_ix = -1 } };
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        uint8_t bytes[DECISION_PACKED_MAX_BYTES];
        struct decision read;
        const size_t size = decision_encode(&made[i], bytes);
        assert_true(decision_decode(bytes, size, &read));
        uint8_t again[DECISION_PACKED_MAX_BYTES];
        assert_int_equal(decision_encode(&read, again), size);
        assert_memory_equal(bytes, again, size);
        assert_int_equal(read.number, made[i].number);
        assert_int_equal(read.at.ms, made[i].at.ms);
        assert_int_equal(read.was_ix, made[i].was_ix);
        assert_memory_equal(read.alternative, made[i].alternative,
                            (size_t)made[i].alternative_count * sizeof read.alternative[0]);
        assert_memory_equal(read.option_name, made[i].option_name, sizeof read.option_name);
        assert_int_equal(read.lane_count, made[i].lane_count);
        for (int32_t k = 0; k < read.lane_count; k++) {
            assert_int_equal(read.lane[k].standing, made[i].lane[k].standing);
            assert_int_equal(read.lane[k].is_substituted, made[i].lane[k].is_substituted);
        }
        assert_memory_equal(read.timeline, made[i].timeline,
                            (size_t)made[i].timeline_count * sizeof read.timeline[0]);
    }
}

static void a_large_junction_takes_two_hundred_bytes(void **state)
{
    (void)state;
    uint8_t bytes[DECISION_PACKED_MAX_BYTES];
    const struct decision d = usual();
    assert_in_range(decision_encode(&d, bytes), 100, 200);
    const struct decision largest = full();
    assert_in_range(decision_encode(&largest, bytes), 700, DECISION_PACKED_MAX_BYTES);
}

static void cut_short_or_too_long_is_no_decision(void **state)
{
    (void)state;
    uint8_t bytes[DECISION_PACKED_MAX_BYTES + 1] = { 0 };
    struct decision read;
    const struct decision d = usual();
    const size_t size = decision_encode(&d, bytes);
    for (size_t i = 0; i < size; i++) {
        assert_false(decision_decode(bytes, i, &read));
    }
    assert_true(decision_decode(bytes, size, &read));
    assert_false(decision_decode(bytes, size + 1, &read));
    bytes[0]++;
    assert_false(decision_decode(bytes, size, &read));
}

/* Any byte changed: no decision, or one with everything in range. */
static void damaged_bytes_stay_in_range(void **state)
{
    (void)state;
    const struct decision made[] = { usual(), full() };
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[DECISION_PACKED_MAX_BYTES];
        struct decision d;
        const size_t size = decision_encode(&made[i], bytes);
        for (size_t at = 0; at < size * 8; at++) {
            bytes[at / 8] = (uint8_t)(bytes[at / 8] ^ (1 << at % 8));
            if (decision_decode(bytes, size, &d)) {
                assert_in_range(d.alternative_count, 0, DECISION_ALTERNATIVES_MAX);
                assert_in_range(d.lane_count, 0, LANE_MAX);
                assert_in_range(d.timeline_count, 0, SEARCH_TIMELINE_MAX);
                assert_in_range(d.chosen_ix + 1, 0, STAGE_MAX);
                assert_in_range(d.binding_sg_ix + 1, 0, SG_MAX);
                assert_in_range(d.binding, 0, BINDING_COUNT - 1);
            }
            bytes[at / 8] = (uint8_t)(bytes[at / 8] ^ (1 << at % 8));
        }
    }
}

static void options_are_named_by_stage_or_phases(void **state)
{
    (void)state;
    static struct layout l;
    struct decision d = usual();
    l.option_count = 2;
    l.option[0].stage_ix = 4;
    l.option[1].stage_ix = 2;
    decision_name_options(&d, &l);
    assert_true(d.is_staged);
    assert_int_equal(d.option_name[1], 2);
    assert_int_equal(d.option_name[2], 0);
    l.option[0] = (struct layout_option){ .stage_ix = -1, .phases = 0x22 };
    decision_name_options(&d, &l);
    assert_false(d.is_staged);
    assert_int_equal(d.option_name[0], 0x22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_large_junction_takes_two_hundred_bytes),
        cmocka_unit_test(cut_short_or_too_long_is_no_decision),
        cmocka_unit_test(damaged_bytes_stay_in_range),
        cmocka_unit_test(options_are_named_by_stage_or_phases),
    };
    return RUN_TESTS(tests);
}
