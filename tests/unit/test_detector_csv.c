#include "test.h"

#include "detector_csv.h"

static struct hires_csv usual(void)
{
    struct hires_csv csv;
    struct hires_csv_error error;
    assert_true(detector_csv_heading(&csv, DETECTOR_CSV_HEADING, &error));
    return csv;
}

static void a_line_says_what_a_channel_is_for(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int32_t function;
    } known[] = {
        { "227,2,Advance,3", MEASURES_ADVANCE },
        { "227,2,Presence,3", MEASURES_PRESENCE },
        { "227,2,Stopbar Count,3", MEASURES_COUNT_LINE },
        { "227,2,\"Stopbar Count\",3", MEASURES_COUNT_LINE },
        { "227,2,Yellow_Red,3", MEASURES_YELLOW_RED },
        { "227,2,Speed,3", MEASURES_OTHER },
        { "227,2,,3", MEASURES_OTHER },
    };
    const struct hires_csv csv = usual();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct measures_detector d;
        struct hires_csv_error error;
        assert_true(detector_csv_line(&csv, known[i].line, &d, &error));
        assert_int_equal(d.device, 227);
        assert_int_equal(d.phase, 2);
        assert_int_equal(d.channel, 3);
        assert_int_equal(d.function, known[i].function);
    }
}

static void columns_come_in_any_order(void **state)
{
    (void)state;
    struct hires_csv csv;
    struct hires_csv_error error;
    struct measures_detector d;
    assert_true(detector_csv_heading(&csv, "Parameter,Function,Phase,DeviceId", &error));
    assert_true(detector_csv_line(&csv, "3,Advance,2,227", &d, &error));
    assert_int_equal(d.channel, 3);
    assert_int_equal(d.device, 227);
    assert_false(detector_csv_heading(&csv, "Parameter,Function,Phase", &error));
    assert_string_equal(error.expected, DETECTOR_CSV_HEADING);
    assert_false(detector_csv_heading(&csv, "227,2,Advance,3", &error));
}

static void a_bad_line_says_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t column;
        const char *expected;
    } bad[] = {
        { "x,2,Advance,3", 1, "the number of the device" },
        { "227,-2,Advance,3", 5, "the number of the phase" },
        { "227,2", 6, "what the detector is for" },
        { "227,2,Advance", 14, "the channel of the detector" },
        { "227,2,\"Advance,3", 17, "the channel of the detector" },
        { "227,2,Advance,40000", 15, "the channel of the detector" },
        { "227,2,Advance,3,4", 16, "the end of the line" },
    };
    const struct hires_csv csv = usual();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct measures_detector d;
        struct hires_csv_error error;
        assert_false(detector_csv_line(&csv, bad[i].line, &d, &error));
        assert_int_equal(error.column, bad[i].column);
        assert_string_equal(error.expected, bad[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_a_channel_is_for),
        cmocka_unit_test(columns_come_in_any_order),
        cmocka_unit_test(a_bad_line_says_where_and_what),
    };
    return RUN_TESTS(tests);
}
