#include "test.h"

#include <string.h>

#include "hires_csv.h"

static void times_are_written_as_they_are_read(void **state)
{
    (void)state;
    static const char *const times[] = { "1970-01-01T00:00:00.000", "1999-12-31T23:59:59.900",
                                         "2000-02-29T12:00:00.100", "2024-05-13T15:00:01.200",
                                         "2100-03-01T00:00:00.000", "9999-12-31T23:59:59.999" };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const char *at = times[i];
        int64_t ms = -1;
        char text[HIRES_TIME_BYTES];
        assert_true(hires_time_read(&at, &ms));
        assert_int_equal(*at, '\0');
        hires_time_text(ms, false, text);
        assert_string_equal(text, times[i]);
        hires_time_text(ms, true, text);
        assert_int_equal(text[strlen(text) - 1], 'Z');
    }
}

static void a_day_that_never_was_is_refused(void **state)
{
    (void)state;
    static const char *const times[] = { "2023-02-29T00:00:00", "2024-04-31T00:00:00",
                                         "1969-12-31T23:59:59", "2024-05-13T24:00:00",
                                         "2024-05-13T15:60:00", "2024-05-13x15:00:00" };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const char *at = times[i];
        int64_t ms = -1;
        assert_false(hires_time_read(&at, &ms));
        assert_ptr_equal(at, times[i]);
        assert_int_equal(ms, -1);
    }
}

static void columns_are_found_by_their_names(void **state)
{
    (void)state;
    struct hires_csv csv;
    struct hires_csv_error error;
    struct hires_event e;
    assert_true(hires_csv_heading(&csv, "SignalID,Timestamp,EventCode,EventParam", &error));
    assert_true(hires_csv_line(&csv, "7115,2024-05-13 15:00:00.1,82,5", &e, &error));
    assert_int_equal(e.device, 7115);
    assert_int_equal(e.code, 82);
    assert_int_equal(e.param, 5);
    assert_true(e.at_ms == INT64_C(1715612400100));
    assert_true(hires_csv_heading(&csv, "\xef\xbb\xbf" HIRES_CSV_HEADING, &error));
    assert_int_equal(csv.place[3], 3);
}

static void a_heading_has_each_column_once(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "TimeStamp,DeviceId,EventId",
                                       "TimeStamp,DeviceId,EventId,Parameter,Detail",
                                       "TimeStamp,DeviceId,EventId,EventId",
                                       "TimeStamp,DeviceIds,EventId,Parameter" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hires_csv csv;
        struct hires_csv_error error;
        assert_false(hires_csv_heading(&csv, bad[i], &error));
        assert_string_equal(error.expected, HIRES_CSV_HEADING);
    }
}

static void lines_are_written_as_they_are_read(void **state)
{
    (void)state;
    static const char *const lines[] = { "2024-05-13T15:00:01.200Z,227,82,5",
                                         "1970-01-01T00:00:00.000Z,0,0,-2147483648",
                                         "9999-12-31T23:59:59.999Z,2147483647,65535,2147483647" };
    const struct hires_csv csv = hires_csv_usual();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct hires_event e;
        struct hires_csv_error error;
        char text[HIRES_CSV_LINE_BYTES];
        assert_true(hires_csv_is_data(lines[i]));
        assert_true(hires_csv_line(&csv, lines[i], &e, &error));
        hires_csv_text(&e, true, text);
        assert_string_equal(text, lines[i]);
    }
}

static void a_bad_line_says_where_and_what(void **state)
{
    (void)state;
    const struct hires_csv csv = hires_csv_usual();
    struct hires_event e;
    struct hires_csv_error error;
    assert_false(hires_csv_line(&csv, "2024-05-13T15:00:00Z,1,65536,5", &e, &error));
    assert_int_equal(error.column, 24);
    assert_string_equal(error.expected, "a comma and the number of the event");
    assert_false(hires_csv_line(&csv, "", &e, &error));
    assert_int_equal(error.column, 1);
    assert_string_equal(error.expected, "a time like 2024-05-13T15:00:01.2Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_as_they_are_read),
        cmocka_unit_test(a_day_that_never_was_is_refused),
        cmocka_unit_test(columns_are_found_by_their_names),
        cmocka_unit_test(a_heading_has_each_column_once),
        cmocka_unit_test(lines_are_written_as_they_are_read),
        cmocka_unit_test(a_bad_line_says_where_and_what),
    };
    return RUN_TESTS(tests);
}
