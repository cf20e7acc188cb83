/* POSIX beyond C11. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <stdlib.h>
#include <time.h>

#include "when.h"

static const wall_t now = { .ms = INT64_C(1795457047123) }; /* 2026-11-23T18:04:07.123Z */

static void use_zone(const char *name)
{
    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
}

static int64_t parsed(const char *text)
{
    wall_t wall = { .ms = -1 };
    assert_int_equal(when_parse(text, now, &wall), STATUS_OK);
    return wall.ms;
}

static void what_is_typed_is_local_unless_it_says_z(void **state)
{
    (void)state;
    use_zone("Europe/Istanbul");
    assert_int_equal(when_offset_s(now), 3 * 3600);
    assert_int_equal(parsed("2026-11-23T18:04:07Z"), 1795457047000);
    assert_int_equal(parsed("2026-11-23T21:04:07"), 1795457047000);
    assert_int_equal(parsed("2026-11-23 21:04"), 1795457040000);
    assert_int_equal(parsed("2026-11-24"), 1795467600000);
    assert_int_equal(parsed("21:04:07"), 1795457047000);
}

static void an_hour_after_the_clocks_change_uses_the_new_offset(void **state)
{
    (void)state;
    use_zone("Europe/Berlin");
    assert_int_equal(parsed("2026-03-29T01:59:59"), INT64_C(1774745999000));
    assert_int_equal(parsed("2026-03-29T03:00:00"), INT64_C(1774746000000));
}

static void a_repeated_hour_has_two_moments_and_a_left_out_one_none(void **state)
{
    (void)state;
    use_zone("Europe/Berlin");
    wall_t found[2];
    const int64_t repeated_ms = INT64_C(1729996200000); /* 2024-10-27 02:30 */
    assert_int_equal(when_of_local(repeated_ms, found), 2);
    assert_true(found[0].ms == repeated_ms - 7200000);
    assert_true(found[1].ms == repeated_ms - 3600000);
    assert_int_equal(when_of_local(repeated_ms - 1800001, found), 1); /* the tick before 02:00 */
    assert_true(found[0].ms == repeated_ms - 1800001 - 7200000);
    assert_int_equal(when_of_local(repeated_ms + 1800000, found), 1); /* 03:00 */
    assert_true(found[0].ms == repeated_ms + 1800000 - 3600000);
    const int64_t left_out_ms = INT64_C(1711852200000); /* 2024-03-31 02:30 */
    assert_int_equal(when_of_local(left_out_ms, found), 0);
    assert_true(found[0].ms == left_out_ms - 3600000);
    use_zone("Europe/Istanbul");
    assert_int_equal(when_of_local(repeated_ms, found), 1);
    assert_true(found[0].ms == repeated_ms - 3 * 3600000);
}

static void a_zone_must_be_in_the_database(void **state)
{
    (void)state;
    assert_int_equal(when_set_zone("Europe/Istanbul"), STATUS_OK);
    assert_int_equal(when_offset_s(now), 3 * 3600);
    assert_int_equal(when_set_zone("Europe/Nowhere"), STATUS_NOT_FOUND);
    assert_int_equal(when_set_zone("Europe"), STATUS_NOT_FOUND);
    assert_int_equal(when_set_zone(""), STATUS_NOT_FOUND);
    assert_int_equal(when_set_zone("../../../etc/passwd"), STATUS_NOT_FOUND);
    assert_int_equal(when_set_zone("/etc/localtime"), STATUS_NOT_FOUND);
    assert_int_equal(when_offset_s(now), 3 * 3600);
    assert_int_equal(when_set_zone("UTC"), STATUS_OK);
    assert_int_equal(when_offset_s(now), 0);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         "noon",
                                         "25:00",
                                         "12:60",
                                         "12",
                                         "2026-13-01",
                                         "2026-11-23T",
                                         "2026-11-23x",
                                         "12:30x",
                                         "2026-11-00",
                                         "2026-11-23T18:04Zz" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        wall_t wall;
        assert_int_equal(when_parse(wrong[i], now, &wall), STATUS_INVALID);
    }
}

static void durations_have_units_and_limits(void **state)
{
    (void)state;
    int32_t ms = 0;
    assert_int_equal(when_parse_duration("90", &ms), STATUS_OK);
    assert_int_equal(ms, 90000);
    assert_int_equal(when_parse_duration("15m", &ms), STATUS_OK);
    assert_int_equal(ms, 900000);
    assert_int_equal(when_parse_duration("24h", &ms), STATUS_OK);
    assert_int_equal(ms, 86400000);
    assert_int_equal(when_parse_duration("25h", &ms), STATUS_INVALID);
    assert_int_equal(when_parse_duration("0", &ms), STATUS_INVALID);
    assert_int_equal(when_parse_duration("-5", &ms), STATUS_INVALID);
    assert_int_equal(when_parse_duration("5d", &ms), STATUS_INVALID);
    assert_int_equal(when_parse_duration("", &ms), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_is_local_unless_it_says_z),
        cmocka_unit_test(an_hour_after_the_clocks_change_uses_the_new_offset),
        cmocka_unit_test(a_repeated_hour_has_two_moments_and_a_left_out_one_none),
        cmocka_unit_test(a_zone_must_be_in_the_database),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(durations_have_units_and_limits),
    };
    return RUN_TESTS(tests);
}
