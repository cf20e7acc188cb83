#include "test.h"

#include <string.h>

#include "hires_asc3.h"
#include "hires_time.h"

/* Seven lines as an Econolite controller writes them, of 9 August 2021, and three events. */
#define STAMP "8-9-2021 18:41:58.4,"
static const char theirs[] = STAMP
    "Version #:,3\n" STAMP "ECON_10.0.0.7_2021_08_09_1841.dat\n" STAMP "Intersection #:,7\n" STAMP
    "IP Address:,10.0.0.7\n" STAMP "MAC Address:,00:11:22:33:44:55\n" STAMP
    "Controller Data Log Beginning:,8/9/2021,18:41:58.4\n" STAMP "Phases in use:,2,4,5,6,8\n"
    "\x07\x02\x00\x53"
    "\x52\x0a\x00\x53"
    "\x2b\x06\xff\xff";

static const int64_t theirs_start_ms = INT64_C(1628534518400);

static struct hires_asc3 f;
static struct hires_asc3_error error;
static struct hires_event e;

static bool open_text(const char *text, size_t size)
{
    return hires_asc3_open(&f, (const uint8_t *)text, size, &error);
}

static void a_file_of_theirs_is_read(void **state)
{
    (void)state;
    assert_true(hires_asc3_begins((const uint8_t *)theirs, sizeof theirs - 1));
    assert_true(open_text(theirs, sizeof theirs - 1));
    assert_true(f.start_ms == theirs_start_ms);
    assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_OK);
    assert_true(e.at_ms == theirs_start_ms + 8300);
    assert_int_equal(e.code, 7);
    assert_int_equal(e.param, 2);
    assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_OK);
    assert_int_equal(e.code, 82);
    assert_int_equal(e.param, 10);
    assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_OK);
    assert_true(e.at_ms == theirs_start_ms + 6553500); /* unsigned: an hour fits */
    assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_NOT_FOUND);
}

static void a_file_that_is_cut_off_is_refused_at_its_end(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 4; cut++) {
        assert_true(open_text(theirs, sizeof theirs - 1 - cut));
        assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_OK);
        assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_OK);
        assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_INVALID);
        assert_int_equal(error.offset, sizeof theirs - 1 - 4);
    }
    const size_t head = sizeof theirs - 1 - 12;
    for (size_t size = 0; size < head; size++) { /* inside the head, at every byte */
        assert_false(open_text(theirs, size));
        assert_true(error.offset <= size);
        assert_non_null(error.expected);
    }
    assert_true(open_text(theirs, head));
    assert_int_equal(hires_asc3_next(&f, &e, &error), STATUS_NOT_FOUND);
}

static void what_is_no_such_file_is_refused(void **state)
{
    (void)state;
    assert_false(open_text("\x1f\x8b\x08\x00garbage", 11));
    assert_int_equal(error.offset, 0);
    assert_false(open_text("TimeStamp,DeviceId,EventId,Parameter\n", 37));
    static const char no_lines[] = "8-9-2021 18:41:58.4,\x01\x02\x03\x04";
    assert_false(open_text(no_lines, sizeof no_lines - 1));
    assert_int_equal(error.offset, 20);
    static const char seventh[] = "8-9-2021 18:41:58.4,\n2\n3\n4\n5\n6\nseven\n";
    assert_false(open_text(seventh, sizeof seventh - 1));
    assert_string_equal(error.expected, "\"Phases in use\" in the seventh line");
    char endless[4096];
    memset(endless, 'x', sizeof endless);
    static const char stamp[] = STAMP;
    memcpy(endless, stamp, sizeof stamp - 1);
    assert_false(open_text(endless, sizeof endless));
    assert_int_equal(error.offset, HIRES_ASC3_HEAD_BYTES);
}

static void other_shapes_of_the_start_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        { "08-09-2021 18:41:58", 1628534518000 },    { "8/9/2021 18:41:58.4", 1628534518400 },
        { "8/9/2021 6:41:58 PM", 1628534518000 },    { "8/9/2021 12:00:00 AM", 1628467200000 },
        { "8/9/2021 12:00:00 PM", 1628510400000 },   { "12-31-1999 23:59:59.9", 946684799900 },
        { "10-12-2024 18:41:58.45", 1728758518450 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = rows[i].text;
        int64_t ms = 0;
        assert_true(hires_time_us_read(&at, &ms));
        assert_int_equal(*at, '\0');
        assert_true(ms == rows[i].ms);
    }
    static const char *const bad[] = { "13-9-2021 18:41:58",    "2-30-2021 18:41:58",
                                       "8-9/2021 18:41:58",     "8-9-2021T18:41:58",
                                       "8/9/2021 13:00:00 PM",  "8/9/2021 0:00:00 AM",
                                       "8-9-2021 18:41",        "8-9-1969 18:41:58",
                                       "2021-08-09T18:41:58.4", "" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = bad[i];
        int64_t ms = -1;
        assert_false(hires_time_us_read(&at, &ms));
        assert_int_equal(ms, -1);
    }
}

/* Readers of others were read, not run: docs/journal.md names them. */
static void a_head_of_ours_is_what_others_read(void **state)
{
    (void)state;
    const struct hires_asc3_head head = { .start_ms = INT64_C(1715612400000),
                                          .device = 227,
                                          .phases = 0xbb,
                                          .name = "ECON_10.0.0.7_2024_05_13_1500.dat",
                                          .address = "10.0.0.7" };
    char out[HIRES_ASC3_HEAD_BYTES];
    const size_t size = hires_asc3_head(&head, out);
    static const char wanted[] =
        "05-13-2024 15:00:00,Version #:,3\n"
        "05-13-2024 15:00:00,ECON_10.0.0.7_2024_05_13_1500.dat\n"
        "05-13-2024 15:00:00,Intersection #:,227\n"
        "05-13-2024 15:00:00,IP Address:,10.0.0.7\n"
        "05-13-2024 15:00:00,MAC Address:,00:00:00:00:00:00\n"
        "05-13-2024 15:00:00,Controller Data Log Beginning:,5/13/2024,15:00:00.0\n"
        "05-13-2024 15:00:00,Phases in use:,1,2,4,5,6,8\n";
    assert_int_equal(size, sizeof wanted - 1);
    assert_memory_equal(out, wanted, size);
    assert_true(open_text(out, size));
    assert_true(f.start_ms == head.start_ms);
}

static void the_longest_head_fits(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const struct hires_asc3_head head = { .start_ms = INT64_C(1735689599000), /* 31 December */
                                          .device = INT32_MIN,
                                          .phases = UINT32_MAX,
                                          .name = longest,
                                          .address = longest };
    char out[HIRES_ASC3_HEAD_BYTES];
    const size_t size = hires_asc3_head(&head, out);
    assert_true(size <= sizeof out);
    assert_true(open_text(out, size));
}

static void records_hold_what_fits_and_refuse_the_rest(void **state)
{
    (void)state;
    uint8_t out[HIRES_ASC3_RECORD_BYTES];
    struct hires_event event = { .at_ms = 100000 + 123499, .code = 255, .param = 255 };
    assert_true(hires_asc3_record(&event, 100000, out));
    assert_memory_equal(out, "\xff\xff\x04\xd2", 4); /* 1234 tenths */
    event.code = 256;
    assert_false(hires_asc3_record(&event, 100000, out));
    event.code = 82;
    event.param = 256;
    assert_false(hires_asc3_record(&event, 100000, out));
    event.param = -1;
    assert_false(hires_asc3_record(&event, 100000, out));
    event.param = 0;
    event.at_ms = 99999;
    assert_false(hires_asc3_record(&event, 100000, out));
    event.at_ms = 100000 + 3276799; /* the last that a signed number holds */
    assert_true(hires_asc3_record(&event, 100000, out));
    assert_memory_equal(out + 2, "\x7f\xff", 2);
    event.at_ms++;
    assert_false(hires_asc3_record(&event, 100000, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_theirs_is_read),
        cmocka_unit_test(a_file_that_is_cut_off_is_refused_at_its_end),
        cmocka_unit_test(what_is_no_such_file_is_refused),
        cmocka_unit_test(other_shapes_of_the_start_are_read),
        cmocka_unit_test(a_head_of_ours_is_what_others_read),
        cmocka_unit_test(the_longest_head_fits),
        cmocka_unit_test(records_hold_what_fits_and_refuse_the_rest),
    };
    return RUN_TESTS(tests);
}
