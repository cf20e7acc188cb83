#include "test.h"

#include <string.h>

#include "service.h"

static struct event_log log_of(const struct log_event *event, size_t count)
{
    struct event_log log = { 0 };
    for (size_t i = 0; i < count; i++) {
        assert_true(event_log_append(&log, event[i].at_ms, event[i].code, event[i].param));
    }
    return log;
}
#define LOG(list) log_of(list, sizeof(list) / sizeof(list)[0])

static const struct stretch hour = { .from_ms = 0, .until_ms = 3600000 };
static const struct stretches none = { 0 };

/* Phase 2 for 40 s, 4 for 20 s, twice in two cycles of 70 s, and a third green that does not end.
 */
static const struct log_event plain[] = {
    { 0, 150, 5 },      { 1000, 1, 2 },   { 41000, 6, 2 },  { 41000, 7, 2 },   { 45000, 1, 4 },
    { 45000, 21, 4 },   { 65000, 4, 4 },  { 65000, 7, 4 },  { 70000, 150, 5 }, { 71000, 1, 2 },
    { 111000, 5, 2 },   { 111000, 7, 2 }, { 115000, 1, 4 }, { 135000, 6, 4 },  { 135000, 7, 4 },
    { 142000, 150, 5 }, { 143000, 1, 2 },
};

static void greens_ends_walks_and_cycles_are_counted(void **state)
{
    (void)state;
    struct event_log log = LOG(plain);
    struct service s;
    service_count(&log, hour, &none, &s);
    assert_int_equal(s.phase[2].greens, 2);
    assert_int_equal(s.phase[2].green_ms, 80000);
    assert_int_equal(s.phase[2].greens_in[0], 3); /* begun, whether ended or not */
    assert_int_equal(s.phase[2].force_offs, 1);
    assert_int_equal(s.phase[2].max_outs, 1);
    assert_int_equal(s.phase[4].gap_outs, 1);
    assert_int_equal(s.phase[4].walks, 1);
    assert_int_equal(s.phase[6].greens, 0);
    assert_int_equal(s.cycles, 2);
    assert_int_equal(s.cycle_ms, 142000);
    assert_int_equal(s.cycle_least_ms, 70000);
    assert_int_equal(s.cycle_most_ms, 72000);
    assert_int_equal(s.bins, 4);
    event_log_finish(&log);
}

static void a_quarter_begins_where_the_last_ends(void **state)
{
    (void)state;
    static const struct log_event list[] = {
        { 899900, 1, 1 },
        { 899950, 7, 1 },
        { 900000, 1, 1 },
        { 900100, 7, 1 },
    };
    struct event_log log = LOG(list);
    struct service s;
    service_count(&log, hour, &none, &s);
    assert_int_equal(s.phase[1].greens_in[0], 1);
    assert_int_equal(s.phase[1].greens_in[1], 1);
    event_log_finish(&log);
}

static void what_begins_in_a_stretch_left_out_is_not_counted(void **state)
{
    (void)state;
    struct event_log log = LOG(plain);
    struct service s;
    const struct stretches out = { .count = 1, .s = { { 70000, 142000 } } };
    service_count(&log, hour, &out, &s);
    assert_int_equal(s.phase[2].greens, 1);
    assert_int_equal(s.phase[2].max_outs, 0);
    assert_int_equal(s.phase[4].greens, 1);
    assert_int_equal(s.phase[2].greens_in[0], 3);
    assert_int_equal(s.cycles, 1);
    event_log_finish(&log);
}

static void a_preemption_spoils_the_cycles_until_the_clock_is_in_step(void **state)
{
    (void)state;
    static const struct log_event list[] = {
        { 0, 150, 5 },      { 130000, 150, 5 }, { 150000, 102, 6 }, { 151000, 102, 5 },
        { 200000, 104, 5 }, { 201000, 111, 6 }, { 260000, 150, 5 }, { 300000, 150, 1 },
        { 390000, 150, 5 }, { 520000, 150, 5 }, { 600000, 102, 2 },
    };
    struct event_log log = LOG(list);
    struct stretches out;
    service_preempted(&log, &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.s[0].from_ms, 130000);
    assert_int_equal(out.s[0].until_ms, 390000);
    assert_int_equal(out.s[1].from_ms, 520000);
    assert_true(out.s[1].until_ms == INT64_MAX);
    event_log_finish(&log);
}

static void a_log_is_like_itself(void **state)
{
    (void)state;
    struct event_log log = LOG(plain);
    struct service_likeness l;
    assert_true(service_compare(&log, &log, hour, &none, &l));
    assert_float_equal(l.served_pct, 100, 0.001);
    assert_float_equal(l.ends_pct, 100, 0.001);
    assert_float_equal(l.mean_green_s, 0, 0.001);
    assert_float_equal(l.all_lamps_pct, 100, 0.001);
    assert_true(l.lamps_pct[6] < 0);
    event_log_finish(&log);
}

static void differences_show_in_every_measure(void **state)
{
    (void)state;
    static const struct log_event other[] = {
        { 0, 150, 5 },    { 1000, 1, 2 },   { 51000, 6, 2 },  { 51000, 7, 2 },
        { 71000, 1, 2 },  { 111000, 6, 2 }, { 111000, 7, 2 }, { 115000, 1, 4 },
        { 135000, 6, 4 }, { 135000, 7, 4 }, { 143000, 1, 2 },
    };
    struct event_log a = LOG(plain);
    struct event_log b = LOG(other);
    const struct stretch whole = { .from_ms = 0, .until_ms = 200000 };
    struct service_likeness l;
    assert_true(service_compare(&a, &b, whole, &none, &l));
    assert_float_equal(l.served_pct, 75, 0.001); /* four greens, one missing */
    assert_float_equal(l.mean_green_s, 5, 0.001);
    assert_float_equal(l.ends_pct, 62.5, 0.001);
    assert_float_equal(l.lamps_pct[2], 95, 0.001);  /* 10 s of 200 */
    assert_float_equal(l.lamps_pct[4], 90, 0.001);  /* 20 s of 200 */
    assert_float_equal(l.all_lamps_pct, 88, 0.001); /* 41 to 51 and 45 to 65 */
    event_log_finish(&a);
    event_log_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greens_ends_walks_and_cycles_are_counted),
        cmocka_unit_test(a_quarter_begins_where_the_last_ends),
        cmocka_unit_test(what_begins_in_a_stretch_left_out_is_not_counted),
        cmocka_unit_test(a_preemption_spoils_the_cycles_until_the_clock_is_in_step),
        cmocka_unit_test(a_log_is_like_itself),
        cmocka_unit_test(differences_show_in_every_measure),
    };
    return RUN_TESTS(tests);
}
