/* POSIX beyond C11. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hires_log.h"

static const int64_t two_ms = INT64_C(1729994400000); /* 2024-10-27 02:00, as if it were UTC */
static const int64_t summer_ms = 7200000;
static const int64_t winter_ms = 3600000;
static const int64_t minute_ms = 60000;

static struct hires_log log_of;

static void begin(void)
{
    hires_log_finish(&log_of);
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    tzset();
}

static enum status add(int64_t local_ms, int32_t param)
{
    const struct hires_event e = { .at_ms = local_ms, .code = 82, .param = param, .device = 1 };
    return hires_log_add(&log_of, &e);
}

static void a_repeated_hour_is_told_apart_by_time_that_goes_back(void **state)
{
    (void)state;
    begin();
    assert_int_equal(hires_log_begin_file(&log_of, "a", false), STATUS_OK);
    assert_int_equal(add(two_ms - minute_ms, 1), STATUS_OK);
    assert_int_equal(add(two_ms + 5 * minute_ms, 2), STATUS_OK);
    assert_int_equal(add(two_ms + 50 * minute_ms, 3), STATUS_OK);
    assert_int_equal(add(two_ms + 5 * minute_ms, 4), STATUS_OK); /* the second time */
    assert_int_equal(add(two_ms + 50 * minute_ms, 5), STATUS_OK);
    assert_int_equal(add(two_ms + 61 * minute_ms, 6), STATUS_OK);
    assert_true(log_of.event[1].at_ms == two_ms + 5 * minute_ms - summer_ms);
    assert_true(log_of.event[2].at_ms == two_ms + 50 * minute_ms - summer_ms);
    assert_true(log_of.event[3].at_ms == two_ms + 5 * minute_ms - winter_ms);
    assert_true(log_of.event[4].at_ms == two_ms + 50 * minute_ms - winter_ms);
    assert_int_equal(log_of.twice, 4);
    assert_int_equal(log_of.never, 0);
    /* A third time there is not. */
    assert_int_equal(add(two_ms + 5 * minute_ms, 7), STATUS_INVALID);
}

static void a_file_can_say_that_it_is_of_the_second_time(void **state)
{
    (void)state;
    begin();
    assert_int_equal(hires_log_begin_file(&log_of, "a_2.dat", true), STATUS_OK);
    assert_int_equal(add(two_ms + 5 * minute_ms, 1), STATUS_OK);
    assert_true(log_of.event[0].at_ms == two_ms + 5 * minute_ms - winter_ms);
}

static void what_is_out_of_order_is_refused_or_sorted(void **state)
{
    (void)state;
    begin();
    assert_int_equal(hires_log_begin_file(&log_of, "a", false), STATUS_OK);
    assert_int_equal(add(minute_ms, 1), STATUS_OK);
    assert_int_equal(add(minute_ms, 2), STATUS_OK); /* the same moment is no disorder */
    assert_int_equal(add(minute_ms - 1, 3), STATUS_INVALID);
    assert_int_equal(log_of.count, 2);
    log_of.is_sorting = true;
    assert_int_equal(add(minute_ms - 1, 3), STATUS_OK);
    assert_int_equal(add(minute_ms - 1, 4), STATUS_OK);
    assert_int_equal(add(minute_ms, 5), STATUS_OK);
    assert_int_equal(log_of.earlier, 1);
    assert_int_equal(hires_log_order(&log_of), STATUS_OK);
    static const int32_t wanted[] = { 3, 4, 1, 2, 5 };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(log_of.event[i].param, wanted[i]);
    }
}

static void files_are_put_in_order_and_may_not_overlap(void **state)
{
    (void)state;
    begin();
    assert_int_equal(hires_log_begin_file(&log_of, "later", false), STATUS_OK);
    assert_int_equal(add(20 * minute_ms, 3), STATUS_OK);
    assert_int_equal(add(30 * minute_ms, 4), STATUS_OK);
    assert_int_equal(hires_log_begin_file(&log_of, "empty", false), STATUS_OK);
    assert_int_equal(hires_log_begin_file(&log_of, "earlier", false), STATUS_OK);
    assert_int_equal(add(10 * minute_ms, 1), STATUS_OK);
    assert_int_equal(add(20 * minute_ms, 2), STATUS_OK); /* ends as the other begins */
    assert_int_equal(hires_log_order(&log_of), STATUS_OK);
    assert_int_equal(log_of.event[0].param, 1);
    assert_int_equal(log_of.event[3].param, 4);
    begin();
    assert_int_equal(hires_log_begin_file(&log_of, "one", false), STATUS_OK);
    assert_int_equal(add(10 * minute_ms, 1), STATUS_OK);
    assert_int_equal(add(30 * minute_ms, 1), STATUS_OK);
    assert_int_equal(hires_log_begin_file(&log_of, "other", false), STATUS_OK);
    assert_int_equal(add(20 * minute_ms, 1), STATUS_OK);
    assert_int_equal(hires_log_order(&log_of), STATUS_INVALID);
    assert_non_null(strstr(log_of.says, "one and other"));
    log_of.is_sorting = true;
    assert_int_equal(hires_log_order(&log_of), STATUS_OK);
    assert_true(log_of.event[1].at_ms < log_of.event[2].at_ms);
}

static void other_devices_are_counted(void **state)
{
    (void)state;
    begin();
    log_of.device = 2;
    assert_int_equal(hires_log_begin_file(&log_of, "a", false), STATUS_OK);
    assert_int_equal(add(minute_ms, 1), STATUS_OK);
    assert_int_equal(log_of.count, 0);
    assert_int_equal(log_of.others, 1);
    hires_log_finish(&log_of);
}

static void sorting_keeps_what_is_equal(void **state)
{
    (void)state;
    begin();
    for (int32_t i = 0; i < 10000; i++) {
        const struct hires_event e = { .at_ms = (i * 7919) % 97, .param = i };
        assert_true(hires_log_put(&log_of, &e));
    }
    assert_true(hires_log_sort(&log_of));
    assert_int_equal(log_of.count, 10000);
    for (size_t i = 1; i < log_of.count; i++) {
        const struct hires_event *a = &log_of.event[i - 1];
        const struct hires_event *b = &log_of.event[i];
        assert_true(a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->param < b->param));
    }
    hires_log_finish(&log_of);
}

int main(void)
{
    log_of.device = HIRES_LOG_ANY_DEVICE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeated_hour_is_told_apart_by_time_that_goes_back),
        cmocka_unit_test(a_file_can_say_that_it_is_of_the_second_time),
        cmocka_unit_test(what_is_out_of_order_is_refused_or_sorted),
        cmocka_unit_test(files_are_put_in_order_and_may_not_overlap),
        cmocka_unit_test(other_devices_are_counted),
        cmocka_unit_test(sorting_keeps_what_is_equal),
    };
    return RUN_TESTS(tests);
}
