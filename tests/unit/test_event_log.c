#define _GNU_SOURCE /* mkstemp, truncate */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "event_log.h"

static char path[64];

static void write_bytes(const char *bytes, size_t size)
{
    (void)snprintf(path, sizeof path, "/tmp/kavsak-log-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    assert_int_equal(close(fd), 0);
}

static enum status read_text(struct event_log *log, const char *text, int32_t device)
{
    write_bytes(text, strlen(text));
    const enum status status = event_log_read(log, path, device);
    (void)unlink(path);
    return status;
}

static void lines_become_events(void **state)
{
    (void)state;
    struct event_log log;
    assert_int_equal(read_text(&log,
                               "TimeStamp,DeviceId,EventId,Parameter\n"
                               "2024-05-13T15:00:00.000Z,227,82,5\r\n"
                               "\n"
                               "2024-05-13 15:00:00.25,227,400,-1\n"
                               "2024-05-13T15:00:01,227,81,5",
                               EVENT_LOG_ANY_DEVICE),
                     STATUS_OK);
    assert_int_equal(log.count, 3);
    assert_int_equal(log.device, 227);
    assert_true(log.event[0].at_ms == INT64_C(1715612400000));
    assert_int_equal(log.event[0].code, 82);
    assert_int_equal(log.event[1].at_ms - log.event[0].at_ms, 250);
    assert_int_equal(log.event[1].param, -1);
    assert_int_equal(log.event[2].code, 81);
    event_log_finish(&log);
    event_log_finish(&log);
}

static void a_heading_is_not_needed(void **state)
{
    (void)state;
    struct event_log log;
    assert_int_equal(read_text(&log, "2024-05-13T15:00:00Z,1,1,2\n", 1), STATUS_OK);
    assert_int_equal(log.count, 1);
    event_log_finish(&log);
}

static void one_device_of_several_is_chosen(void **state)
{
    (void)state;
    static const char two[] = "2024-05-13T15:00:00Z,1,1,2\n2024-05-13T15:00:00Z,7,1,4\n"
                              "2024-05-13T15:00:01Z,1,7,2\n";
    struct event_log log;
    assert_int_equal(read_text(&log, two, 1), STATUS_OK);
    assert_int_equal(log.count, 2);
    event_log_finish(&log);
    assert_int_equal(read_text(&log, two, 7), STATUS_OK);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.event[0].param, 4);
    event_log_finish(&log);
    assert_int_equal(read_text(&log, two, 8), STATUS_NOT_FOUND);
    assert_string_equal(log.says, "no event of device 8");
    event_log_finish(&log);
    assert_int_equal(read_text(&log, two, EVENT_LOG_ANY_DEVICE), STATUS_INVALID);
    assert_string_equal(log.says, "line 2: device 7 beside device 1: say which one is meant");
    event_log_finish(&log);
}

static void what_is_wrong_is_said_with_line_and_column(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        { "when,who,what\n", "line 1, column 1: expected TimeStamp,DeviceId,EventId,Parameter" },
        { "\x89PNG\n", "line 1, column 1: expected TimeStamp" },
        { "13.05.2024 15:00,1,82,5\n", "line 1, column 1: expected a time like" },
        { "2024-13-13T15:00:00Z,1,82,5\n", "line 1, column 1: expected a time like" },
        { "2024-05-13T15:00:00Z;1;82;5\n", "line 1, column 21: expected a comma and the number of "
                                           "the device" },
        { "2024-05-13T15:00:00Z,x,82,5\n", "line 1, column 22: expected a comma and the number of "
                                           "the device" },
        { "2024-05-13T15:00:00Z,1,70000,5\n", "line 1, column 24: expected a comma and the number "
                                              "of the event" },
        { "2024-05-13T15:00:00Z,1,82\n", "line 1, column 26: expected a comma and the event's" },
        { "2024-05-13T15:00:00Z,1,82,5,6\n", "line 1, column 28: expected the end of the line" },
        { "2024-05-13T15:00:00Z,1,82,5\nnonsense\n", "line 2, column 1: expected a time like" },
        { "2024-05-13T15:00:01Z,1,82,5\n2024-05-13T15:00:00.9Z,1,81,5\n",
          "line 2, column 1: expected a time not before" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct event_log log;
        assert_int_equal(read_text(&log, bad[i][0], EVENT_LOG_ANY_DEVICE), STATUS_INVALID);
        if (strncmp(log.says, bad[i][1], strlen(bad[i][1])) != 0) {
            fail_msg("'%s' where '%s' was expected", log.says, bad[i][1]);
        }
        event_log_finish(&log);
    }
}

static void nothing_and_nowhere_are_told_apart(void **state)
{
    (void)state;
    struct event_log log;
    assert_int_equal(read_text(&log, "", EVENT_LOG_ANY_DEVICE), STATUS_NOT_FOUND);
    assert_int_equal(read_text(&log, "TimeStamp,DeviceId,EventId,Parameter\n", 3),
                     STATUS_NOT_FOUND);
    assert_int_equal(event_log_read(&log, "/nonexistent/events.csv", 3), STATUS_IO);
    assert_string_equal(log.says, "cannot be opened: No such file or directory");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    struct event_log log;
    char *line = calloc(1, 4001);
    assert_non_null(line);
    memset(line, '1', 4000);
    assert_int_equal(read_text(&log, line, EVENT_LOG_ANY_DEVICE), STATUS_INVALID);
    assert_memory_equal(log.says, "line 1: not a line of text", 26);
    free(line);
    write_bytes("2024-05-13T15:00:00Z\0,1,82,5\n", 29);
    assert_int_equal(event_log_read(&log, path, EVENT_LOG_ANY_DEVICE), STATUS_INVALID);
    assert_memory_equal(log.says, "line 1: not a line of text", 26);
    (void)unlink(path);
}

/* The same file whole, and with its last bytes missing. */
static void a_compressed_log_is_read_and_a_torn_one_refused(void **state)
{
    (void)state;
    struct event_log log;
    write_bytes("", 0);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    for (int32_t i = 0; i < 2000; i++) {
        assert_true(gzprintf(file, "2024-05-13T15:%02d:%02d.%dZ,227,82,%d\n", i / 600, i / 10 % 60,
                             i % 10, i * 7919 % 64) > 0);
    }
    assert_int_equal(gzclose(file), Z_OK);
    assert_int_equal(event_log_read(&log, path, 227), STATUS_OK);
    assert_int_equal(log.count, 2000);
    event_log_finish(&log);
    assert_int_equal(truncate(path, 2000), 0);
    assert_int_equal(event_log_read(&log, path, 227), STATUS_INVALID);
    assert_non_null(strstr(log.says, "cut off or damaged"));
    event_log_finish(&log);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_events),
        cmocka_unit_test(a_heading_is_not_needed),
        cmocka_unit_test(one_device_of_several_is_chosen),
        cmocka_unit_test(what_is_wrong_is_said_with_line_and_column),
        cmocka_unit_test(nothing_and_nowhere_are_told_apart),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_compressed_log_is_read_and_a_torn_one_refused),
    };
    return RUN_TESTS(tests);
}
