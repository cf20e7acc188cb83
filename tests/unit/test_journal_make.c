/* mkdtemp */
#define _GNU_SOURCE

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "journal_make.h"
#include "journal_read.h"

enum { MANY = 200000 };

static char parent[64], folder[96];
static struct hires_event events[MANY];
static struct journal_reader reader;
static struct world world;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(parent, sizeof parent, "/tmp/kavsak-make-XXXXXX");
    if (mkdtemp(parent) == NULL) {
        return -1;
    }
    (void)snprintf(folder, sizeof folder, "%s/journal", parent);
    files_fill_world(&world);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int32_t number = 0; number < 100; number++) {
        char path[160];
        (void)snprintf(path, sizeof path, "%s/segment-%04d.kvj", folder, number);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return rmdir(parent); /* nothing else was left */
}

static void read_back(size_t count, int32_t device)
{
    assert_int_equal(journal_reader_open(&reader, &world, folder), STATUS_OK);
    struct record r;
    struct event event;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
        assert_true(journal_is_event(&r, &event));
        assert_true(r.at.ms == events[i].at_ms);
        assert_int_equal(r.junction, (uint16_t)(device - 1));
        assert_int_equal(event.code, events[i].code);
        assert_int_equal(hires_param_of(&event), events[i].param);
    }
    assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
    assert_int_equal(r.type, RECORD_STOP);
    assert_int_equal(journal_reader_next(&reader, &r), STATUS_AGAIN);
    assert_int_equal(reader.skipped, 0);
    journal_reader_close(&reader);
}

static void all_events_are_there_in_their_order(void **state)
{
    (void)state;
    for (int32_t i = 0; i < MANY; i++) {
        events[i] = (struct hires_event){ .at_ms = INT64_C(1715612400000) + i / 3 * 100,
                                          .device = 227,
                                          .code = (uint16_t)(i % 400),
                                          .param = i % 70000 - 5 };
    }
    struct journal_make m = { .folder = folder, .event = events, .count = MANY };
    assert_int_equal(journal_make(&m), STATUS_OK);
    assert_int_equal(m.unfit, 0);
    read_back(MANY, 227);
    /* And they are found by their time. */
    assert_int_equal(journal_reader_open(&reader, &world, folder), STATUS_OK);
    assert_int_equal(journal_reader_seek_time(&reader, (wall_t){ .ms = events[150000].at_ms }),
                     STATUS_OK);
    struct record r;
    assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
    assert_true(r.at.ms == events[150000].at_ms);
    journal_reader_close(&reader);
}

static void what_no_record_holds_is_counted(void **state)
{
    (void)state;
    events[0] = (struct hires_event){ .at_ms = 1, .device = 0, .code = 1000, .param = 65535 };
    events[1] = (struct hires_event){ .at_ms = 2, .device = 0, .code = 1000, .param = -1 };
    struct journal_make m = { .folder = folder, .event = events, .count = 2 };
    assert_int_equal(journal_make(&m), STATUS_OK);
    assert_int_equal(m.unfit, 1);
    read_back(1, 0);
}

static void an_empty_folder_gives_way_and_another_does_not(void **state)
{
    (void)state;
    events[0] = (struct hires_event){ .at_ms = 1, .device = 1, .code = 82, .param = 1 };
    struct journal_make m = { .folder = folder, .event = events, .count = 1 };
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(journal_make(&m), STATUS_OK);
    assert_int_equal(journal_make(&m), STATUS_REFUSED);
    assert_non_null(strstr(m.says, "is not empty"));
    read_back(1, 1);
    char nowhere[160];
    (void)snprintf(nowhere, sizeof nowhere, "%s/no/where", parent);
    m.folder = nowhere;
    assert_int_equal(journal_make(&m), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_events_are_there_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_no_record_holds_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_folder_gives_way_and_another_does_not, set_up,
                                        tear_down),
    };
    return RUN_TESTS(tests);
}
