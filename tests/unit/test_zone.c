/* POSIX beyond C11. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "zone.h"

static wall_t utc(int64_t seconds)
{
    return (wall_t){ .ms = seconds * 1000 };
}

static void turkiye_is_utc_plus_three_all_year(void **state)
{
    (void)state;
    static struct zone z;
    assert_int_equal(zone_read(&z, "Europe/Istanbul"), STATUS_OK);
    assert_int_equal(zone_offset_s(&z, utc(1704067200)), 3 * 3600); /* 2024-01-01 */
    assert_int_equal(zone_offset_s(&z, utc(1719792000)), 3 * 3600); /* 2024-07-01 */
    assert_int_equal(zone_offset_s(&z, utc(3976214400)), 3 * 3600); /* 2096-01-01 */
    assert_int_equal(zone_offset_s(&z, utc(1451606400)),
                     2 * 3600); /* 2016-01-01: the last winter time */
}

static void summer_time_begins_and_ends_on_its_very_second(void **state)
{
    (void)state;
    static struct zone z;
    assert_int_equal(zone_read(&z, "Europe/Berlin"), STATUS_OK);
    assert_int_equal(zone_offset_s(&z, utc(1774745999)), 3600);     /* 2026-03-29T00:59:59Z */
    assert_int_equal(zone_offset_s(&z, utc(1774746000)), 2 * 3600); /* 01:00:00Z */
    assert_int_equal(zone_offset_s(&z, utc(1792889999)), 2 * 3600); /* 2026-10-25T00:59:59Z */
    assert_int_equal(zone_offset_s(&z, utc(1792890000)), 3600);
}

static void odd_offsets_and_times_outside_the_table_have_answers(void **state)
{
    (void)state;
    static struct zone z;
    assert_int_equal(zone_read(&z, "Asia/Kathmandu"), STATUS_OK);
    assert_int_equal(zone_offset_s(&z, utc(1704067200)), 20700);
    assert_int_equal(zone_offset_s(&z, utc(0)), 20700);
    assert_int_equal(zone_offset_s(&z, utc(5000000000)), 20700);
}

static void what_is_no_zone_is_refused_and_not_taken_for_utc(void **state)
{
    (void)state;
    static struct zone z;
    assert_int_equal(zone_read(&z, "Europe/Balikesir"), STATUS_NOT_FOUND);
    assert_int_equal(zone_read(&z, ""), STATUS_NOT_FOUND);
    assert_int_equal(zone_read(&z, "/etc/localtime"), STATUS_NOT_FOUND);
    assert_int_equal(zone_read(&z, "../../../etc/passwd"), STATUS_NOT_FOUND);
    assert_int_equal(zone_read(&z, "Europe"), STATUS_NOT_FOUND);
    assert_int_equal(zone_read(&z, "a name that is far too long for a zone"), STATUS_NOT_FOUND);
}

static void the_zone_of_the_process_is_left_as_it_was(void **state)
{
    (void)state;
    static struct zone z;
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    assert_int_equal(zone_read(&z, "Europe/Istanbul"), STATUS_OK);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    assert_int_equal(unsetenv("TZ"), 0);
    assert_int_equal(zone_read(&z, "Europe/Istanbul"), STATUS_OK);
    assert_null(getenv("TZ"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turkiye_is_utc_plus_three_all_year),
        cmocka_unit_test(summer_time_begins_and_ends_on_its_very_second),
        cmocka_unit_test(odd_offsets_and_times_outside_the_table_have_answers),
        cmocka_unit_test(what_is_no_zone_is_refused_and_not_taken_for_utc),
        cmocka_unit_test(the_zone_of_the_process_is_left_as_it_was),
    };
    return RUN_TESTS(tests);
}
