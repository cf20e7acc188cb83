#include "moment.h"

#include "test.h"

static int64_t read_ms(const char *text)
{
    wall_t wall = { .ms = -1 };
    return moment_read(text, &wall) ? wall.ms : -1;
}

static void moments_are_written_in_utc_with_milliseconds(void **state)
{
    (void)state;
    char text[MOMENT_BYTES];
    moment_write((wall_t){ .ms = 0 }, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    moment_write((wall_t){ .ms = INT64_C(1772349300007) }, text);
    assert_string_equal(text, "2026-03-01T07:15:00.007Z");
}

static void moments_are_read_with_any_decimals_and_zone(void **state)
{
    (void)state;
    assert_int_equal(read_ms("2026-03-01T07:15:00Z"), INT64_C(1772349300000));
    assert_int_equal(read_ms("2026-03-01T07:15:00.007Z"), INT64_C(1772349300007));
    assert_int_equal(read_ms("2026-03-01T07:15:00.5Z"), INT64_C(1772349300500));
    assert_int_equal(read_ms("2026-03-01T07:15:00.007999999Z"), INT64_C(1772349300007));
    assert_int_equal(read_ms("2026-03-01T10:15:00+03:00"), INT64_C(1772349300000));
    assert_int_equal(read_ms("2026-02-28T23:45:00-07:30"), INT64_C(1772349300000));
    assert_int_equal(read_ms("2024-02-29T00:00:00Z"), INT64_C(1709164800000));
}

static void moments_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-03-01",
        "2026-03-01T07:15:00",
        "2026-03-01 07:15:00Z",
        "2026-13-01T07:15:00Z",
        "2026-02-29T07:15:00Z",
        "2026-03-00T07:15:00Z",
        "2026-03-01T24:15:00Z",
        "2026-03-01T07:60:00Z",
        "2026-03-01T07:15:61Z",
        "2026-03-01T07:15:00.Z",
        "2026-03-01T07:15:00.1234567890Z",
        "2026-03-01T07:15:00+0300",
        "2026-03-01T07:15:00+15:00",
        "2026-03-01T07:15:00Zx",
        "1969-12-31T23:59:59Z",
        "26-03-01T07:15:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_ms(bad[i]), -1);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (int64_t ms = 1; ms < INT64_C(4000000000000); ms += INT64_C(98765432101)) {
        char text[MOMENT_BYTES];
        moment_write((wall_t){ .ms = ms }, text);
        assert_int_equal(read_ms(text), ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_written_in_utc_with_milliseconds),
        cmocka_unit_test(moments_are_read_with_any_decimals_and_zone),
        cmocka_unit_test(moments_that_do_not_exist_are_refused),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return RUN_TESTS(tests);
}
