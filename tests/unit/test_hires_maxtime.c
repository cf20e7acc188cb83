#include "test.h"

#include <string.h>

#include "hires_maxtime.h"

static struct hires_event e;
static const char *expected;

static bool read_attributes(const char *time, const char *code, const char *param)
{
    const struct hires_maxtime attributes = { .time = time, .code = code, .param = param };
    return hires_maxtime_read(&attributes, &e, &expected);
}

static void an_event_of_a_controller_is_read(void **state)
{
    (void)state;
    assert_true(read_attributes("09-08-2026 12:00:00.5", "82", "17"));
    assert_true(e.at_ms == INT64_C(1788868800500));
    assert_int_equal(e.code, 82);
    assert_int_equal(e.param, 17);
    assert_int_equal(e.device, 0);
    assert_true(read_attributes("9-8-2026 12:00:00", "65535", "-1"));
    assert_int_equal(e.code, 65535);
    assert_int_equal(e.param, -1);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_false(read_attributes(NULL, "82", "17"));
    assert_non_null(strstr(expected, "TimeStamp"));
    assert_false(read_attributes("2026-09-08 12:00:00.5", "82", "17"));
    assert_non_null(strstr(expected, "TimeStamp"));
    assert_false(read_attributes("09-08-2026 12:00:00.5 ", "82", "17"));
    assert_false(read_attributes("09-08-2026 12:00:00.5", NULL, "17"));
    assert_non_null(strstr(expected, "EventTypeID"));
    assert_false(read_attributes("09-08-2026 12:00:00.5", "65536", "17"));
    assert_false(read_attributes("09-08-2026 12:00:00.5", "82x", "17"));
    assert_false(read_attributes("09-08-2026 12:00:00.5", "82", ""));
    assert_non_null(strstr(expected, "Parameter"));
    assert_false(read_attributes("09-08-2026 12:00:00.5", "82", "99999999999"));
}

static void an_event_is_written_as_one_element(void **state)
{
    (void)state;
    const struct hires_event event = { .at_ms = INT64_C(1788868800507), .code = 82, .param = 17 };
    char text[HIRES_MAXTIME_LINE_BYTES];
    hires_maxtime_text(&event, 1, text);
    assert_string_equal(text, "<Event ID=\"1\" TimeStamp=\"09-08-2026 12:00:00.507\" "
                              "EventTypeID=\"82\" Parameter=\"17\"/>\n");
    const struct hires_event longest = { .at_ms = INT64_MAX,
                                         .code = UINT16_MAX,
                                         .param = INT32_MIN };
    hires_maxtime_text(&longest, INT64_MAX, text);
    assert_true(strlen(text) < sizeof text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_of_a_controller_is_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(an_event_is_written_as_one_element),
    };
    return RUN_TESTS(tests);
}
