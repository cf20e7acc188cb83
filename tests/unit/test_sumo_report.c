#define _GNU_SOURCE

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sumo_report.h"

static const char head[] =
    "<tripinfos><tripinfo id=\"a\" depart=\"3.00\" departDelay=\"1.50\" arrival=\"90.00\" "
    "timeLoss=\"20.25\" waitingTime=\"7.00\"/>"
    "<tripinfo id=\"b\" depart=\"5.00\" departDelay=\"0.00\" arrival=\"-1.00\" timeLoss=\"40.00\" "
    "waitingTime=\"31.00\"/>"
    "<personinfo id=\"p\" depart=\"1.00\"/>";
static const char undeparted[] =
    "<tripinfo id=\"c\" depart=\"-1\" departDelay=\"58.25\" arrival=\"-1.00\" timeLoss=\"0.00\" "
    "waitingTime=\"0.00\"/>";

static struct sumo_report read_text(const char *text, const char *more)
{
    char path[] = "/tmp/kavsak-tripinfo-XXXXXX";
    char error[XML_ERROR_BYTES];
    struct sumo_report r;
    const int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fputs(more, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sumo_report_read(path, &r, error), STATUS_OK);
    (void)unlink(path);
    return r;
}

static void everybody_who_was_due_counts(void **state)
{
    (void)state;
    char rest[512];
    (void)snprintf(rest, sizeof rest, "%s</tripinfos>", undeparted);
    const struct sumo_report r = read_text(head, rest);
    assert_true(r.is_whole);
    assert_int_equal(r.count[SUMO_FINISHED], 1);
    assert_int_equal(r.count[SUMO_UNFINISHED], 1);
    assert_int_equal(r.count[SUMO_UNDEPARTED], 1);
    assert_int_equal(sumo_report_due(&r), 3);
    assert_true(sumo_report_mean_delay_s(&r) == 40.0); /* (21.75 + 40 + 58.25) / 3 */
    assert_true(r.worst_delay_s == 58.25);
    assert_string_equal(r.worst_vehicle, "c");
    assert_true(r.longest_wait_s == 31.0);
    assert_int_equal(r.persons, 1);
}

static void a_file_that_breaks_off_counts_up_to_there(void **state)
{
    (void)state;
    const struct sumo_report r = read_text(head, "<tripinfo id=\"d\" dep");
    assert_false(r.is_whole);
    assert_int_equal(sumo_report_due(&r), 2);
}

static void nobody_has_no_delay(void **state)
{
    (void)state;
    const struct sumo_report r = read_text("<tripinfos>", "</tripinfos>");
    assert_true(r.is_whole);
    assert_true(sumo_report_mean_delay_s(&r) == 0);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct sumo_report r;
    char error[XML_ERROR_BYTES];
    assert_int_equal(sumo_report_read("/nowhere/tripinfo.xml", &r, error), STATUS_IO);
    assert_non_null(strstr(error, "/nowhere/tripinfo.xml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_who_was_due_counts),
        cmocka_unit_test(a_file_that_breaks_off_counts_up_to_there),
        cmocka_unit_test(nobody_has_no_delay),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
    };
    return RUN_TESTS(tests);
}
