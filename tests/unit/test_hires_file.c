/* mkdtemp */
#define _GNU_SOURCE

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hires_file.h"
#include "packed.h"

#define STAMP "5-13-2024 15:00:00.0,"
#define HEAD                                                                                       \
    STAMP "Version #:,3\n" STAMP "x.dat\n" STAMP "Intersection #:,1\n" STAMP                       \
          "IP Address:,10.0.0.7\n" STAMP "MAC Address:,\n" STAMP                                   \
          "Controller Data Log Beginning:,5/13/2024,15:00:00.0\n" STAMP "Phases in use:,2\n"
#define RECORDS "\x52\x05\x00\x00\x51\x05\x00\x11"

static const int64_t three_ms = INT64_C(1715612400000);

static char path[64];
static struct hires_log log_of;

static enum status read_as(const char *bytes, size_t size, enum packing packing)
{
    hires_log_finish(&log_of);
    (void)snprintf(path, sizeof path, "/tmp/kavsak-hires-%ld.dat", (long)getpid());
    struct packed_out *out = packed_create(path, packing);
    assert_non_null(out);
    packed_put(out, bytes, size);
    assert_int_equal(packed_finish(out, true), STATUS_OK);
    const enum status status = hires_file_read(&log_of, path);
    (void)unlink(path);
    return status;
}

static enum status read_text(const char *text)
{
    return read_as(text, strlen(text), PACKING_NONE);
}

static void says(const char *what)
{
    if (strstr(log_of.says, what) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", what, log_of.says);
    }
    assert_non_null(strstr(log_of.says, path));
}

static void check_two_events(void)
{
    assert_int_equal(log_of.count, 2);
    assert_true(log_of.event[0].at_ms == three_ms);
    assert_int_equal(log_of.event[0].code, 82);
    assert_int_equal(log_of.event[1].code, 81);
    assert_int_equal(log_of.event[1].param, 5);
    assert_true(log_of.event[1].at_ms == three_ms + 1700);
}

static void every_form_is_told_by_what_is_in_it(void **state)
{
    (void)state;
    static const char dat[] = HEAD RECORDS;
    static const char csv[] = "TimeStamp,DeviceId,EventId,Parameter\r\n"
                              "2024-05-13T15:00:00.0Z,7,82,5\r\n2024-05-13T15:00:01.7Z,7,81,5\r\n";
    static const char xml[] =
        "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<EventResponses><EventResponse>"
        "<Description>any</Description>"
        "<Event ID=\"1\" TimeStamp=\"5-13-2024 15:00:00.0\" EventTypeID=\"82\" Parameter=\"5\"/>"
        "<Event ID=\"2\" TimeStamp=\"05-13-2024 15:00:01.700\" EventTypeID=\"81\" Parameter=\"5\">"
        "</Event></EventResponse></EventResponses>";
    static const enum packing any[] = { PACKING_NONE, PACKING_GZIP, PACKING_ZLIB };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_as(dat, sizeof dat - 1, any[i]), STATUS_OK);
        check_two_events();
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(read_as(csv, sizeof csv - 1, any[i]), STATUS_OK);
        check_two_events();
        assert_int_equal(log_of.event[0].device, 7);
        assert_true(log_of.has_z);
        assert_int_equal(read_as(xml, sizeof xml - 1, any[i]), STATUS_OK);
        check_two_events();
        assert_false(log_of.has_z);
    }
}

static void a_csv_that_is_broken_is_named_with_line_and_column(void **state)
{
    (void)state;
    assert_int_equal(read_text(""), STATUS_INVALID);
    says("no event log");
    assert_int_equal(read_text("garbage\n"), STATUS_INVALID);
    says("line 1, column 1: expected TimeStamp,DeviceId,EventId,Parameter");
    assert_int_equal(read_text("2024-05-13T15:00:00,7,82,5\n2024-05-13T15:00:00,7,82\n"),
                     STATUS_INVALID);
    says("line 2, column 25: expected a comma");
    assert_int_equal(read_text("2024-05-13T15:00:01,7,82,5\n2024-05-13T15:00:00.9,7,82,5\n"),
                     STATUS_INVALID);
    says("line 2: earlier than the event before it");
    assert_int_equal(read_text("2024-05-13T15:00:01,7,65536,5\n"), STATUS_INVALID);
    says("line 1, column");
    static const char with_zero[] = "2024-05-13T15:00:01,7,82,5\n\0\0\0\0\n";
    assert_int_equal(read_as(with_zero, sizeof with_zero - 1, PACKING_NONE), STATUS_INVALID);
    says("line 2: too long, or not text");
    char endless[5000];
    memset(endless, '1', sizeof endless);
    assert_int_equal(read_as(endless, sizeof endless, PACKING_NONE), STATUS_INVALID);
    says("line 1: too long");
}

static void a_dat_that_is_broken_is_named_with_its_byte(void **state)
{
    (void)state;
    static const char dat[] = HEAD RECORDS;
    assert_int_equal(read_as(dat, sizeof dat - 2, PACKING_NONE), STATUS_INVALID);
    char place[64];
    (void)snprintf(place, sizeof place, "byte %zu: expected four bytes", sizeof HEAD - 1 + 4);
    says(place);
    static const char back[] = HEAD "\x52\x05\x00\x02\x51\x05\x00\x01";
    assert_int_equal(read_as(back, sizeof back - 1, PACKING_NONE), STATUS_INVALID);
    (void)snprintf(place, sizeof place, "byte %zu: earlier than", sizeof HEAD - 1 + 4);
    says(place);
    assert_int_equal(read_text("5-13-2024 15:00:00.0,\x01\x02"), STATUS_INVALID);
    says("byte 21: expected seven lines");
    /* Any cut leaves a word about where. */
    for (size_t size = 22; size < sizeof HEAD - 1; size += 7) {
        assert_int_equal(read_as(dat, size, PACKING_NONE), STATUS_INVALID);
        says("byte ");
    }
}

static void packing_that_is_cut_or_damaged_is_said(void **state)
{
    (void)state;
    static const char dat[] = HEAD RECORDS;
    uint8_t packed[2000];
    (void)snprintf(path, sizeof path, "/tmp/kavsak-hires-%ld.dat", (long)getpid());
    struct packed_out *out = packed_create(path, PACKING_ZLIB);
    assert_non_null(out);
    packed_put(out, dat, sizeof dat - 1);
    assert_int_equal(packed_finish(out, true), STATUS_OK);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(packed, 1, sizeof packed, file);
    (void)fclose(file);
    assert_int_equal(read_as((const char *)packed, size, PACKING_NONE), STATUS_OK);
    for (size_t cut = 1; cut < size - 2; cut++) {
        assert_int_equal(read_as((const char *)packed, size - cut, PACKING_NONE), STATUS_INVALID);
    }
    for (size_t at = 2; at < size; at += 3) {
        packed[at] ^= 0x55;
        assert_int_not_equal(read_as((const char *)packed, size, PACKING_NONE), STATUS_OK);
        packed[at] ^= 0x55;
    }
}

static void an_xml_that_is_broken_is_named_with_its_line(void **state)
{
    (void)state;
    assert_int_equal(read_text("<a/>"), STATUS_INVALID);
    says("line 1: expected EventResponses");
    assert_int_equal(read_text("<EventResponses>\n<EventResponse>\n<Event TimeStamp=\"x\"/>\n"),
                     STATUS_INVALID);
    says("line 3: expected TimeStamp");
    assert_int_equal(read_text("<EventResponses>\n<EventResponse>\n"), STATUS_INVALID);
    says("not XML");
    assert_int_equal(
        read_text("<EventResponses>\n<Event TimeStamp=\"5-13-2024 15:00:01\" EventTypeID=\"1\" "
                  "Parameter=\"2\"/>\n<Event TimeStamp=\"5-13-2024 15:00:00\" EventTypeID=\"1\" "
                  "Parameter=\"2\"/></EventResponses>"),
        STATUS_INVALID);
    says("line 3: earlier than");
    assert_int_equal(read_text("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><EventResponses>&b;"),
                     STATUS_INVALID);
}

static void random_bytes_are_refused_without_harm(void **state)
{
    (void)state;
    uint32_t seed = 1;
    char bytes[600];
    for (int32_t round = 0; round < 400; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
        }
        if (round % 2 == 0) { /* and behind a head that is whole, where anything is an event */
            memcpy(bytes, HEAD, sizeof HEAD - 1);
            assert_int_not_equal(read_as(bytes, sizeof bytes, PACKING_NONE), STATUS_IO);
        } else {
            assert_int_equal(read_as(bytes, sizeof bytes, PACKING_NONE), STATUS_INVALID);
        }
    }
}

static void a_file_that_is_not_there_is_said(void **state)
{
    (void)state;
    hires_log_finish(&log_of);
    (void)snprintf(path, sizeof path, "/tmp/kavsak-nowhere.dat");
    assert_int_equal(hires_file_read(&log_of, path), STATUS_IO);
    says("No such file");
    (void)snprintf(path, sizeof path, "/tmp");
    assert_int_equal(hires_file_read(&log_of, path), STATUS_IO);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_told_by_what_is_in_it),
        cmocka_unit_test(a_csv_that_is_broken_is_named_with_line_and_column),
        cmocka_unit_test(a_dat_that_is_broken_is_named_with_its_byte),
        cmocka_unit_test(packing_that_is_cut_or_damaged_is_said),
        cmocka_unit_test(an_xml_that_is_broken_is_named_with_its_line),
        cmocka_unit_test(random_bytes_are_refused_without_harm),
        cmocka_unit_test(a_file_that_is_not_there_is_said),
    };
    return RUN_TESTS(tests);
}
