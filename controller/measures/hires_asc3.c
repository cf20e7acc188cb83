#include "hires_asc3.h"

#include <string.h>

#include "hires_text.h"
#include "hires_time.h"

enum { LINE_BYTES = 48, PHASE_COUNT = 32 };

static const char last_line[] = "Phases in use";

/* What the start of a file says about time, as text with an end. */
static bool read_start(const uint8_t *bytes, size_t size, int64_t *start_ms)
{
    char line[LINE_BYTES] = "";
    size_t length = 0;
    for (; length < size && length + 1 < sizeof line && bytes[length] >= ' '; length++) {
        line[length] = (char)bytes[length];
    }
    line[length] = '\0';
    const char *at = line;
    return hires_time_us_read(&at, start_ms);
}

bool hires_asc3_begins(const uint8_t *bytes, size_t size)
{
    int64_t start_ms = 0;
    return read_start(bytes, size, &start_ms);
}

static bool refuse(struct hires_asc3_error *error, size_t offset, const char *expected)
{
    *error = (struct hires_asc3_error){ .offset = offset, .expected = expected };
    return false;
}

/* The byte after the next line feed; 0: there is none, or what stands before it is no text. *bad
 * says where. */
static size_t line_end(const uint8_t *bytes, size_t size, size_t from, size_t *bad)
{
    const size_t until = size - from < HIRES_ASC3_HEAD_BYTES ? size : from + HIRES_ASC3_HEAD_BYTES;
    for (*bad = from; *bad < until; (*bad)++) {
        const uint8_t byte = bytes[*bad];
        if (byte == '\n') {
            return *bad + 1;
        }
        if (byte < ' ' && byte != '\r' && byte != '\t') {
            return 0;
        }
    }
    return 0;
}

static bool line_has(const uint8_t *line, size_t size, const char *wanted)
{
    const size_t length = strlen(wanted);
    for (size_t at = 0; at + length <= size; at++) {
        if (memcmp(line + at, wanted, length) == 0) {
            return true;
        }
    }
    return false;
}

bool hires_asc3_open(struct hires_asc3 *f, const uint8_t *bytes, size_t size,
                     struct hires_asc3_error *error)
{
    *f = (struct hires_asc3){ .bytes = bytes, .size = size };
    if (!read_start(bytes, size, &f->start_ms)) {
        return refuse(error, 0, "a start like 5-13-2024 15:00:00.0");
    }
    size_t from = 0;
    for (uint32_t line = 0; line < HIRES_ASC3_LINES; line++) {
        size_t bad = 0;
        from = f->at;
        f->at = line_end(bytes, size, from, &bad);
        if (f->at == 0) {
            return refuse(error, bad, "seven lines of text before the events");
        }
    }
    if (!line_has(bytes + from, f->at - from, last_line)) {
        return refuse(error, from, "\"Phases in use\" in the seventh line");
    }
    return true;
}

enum status hires_asc3_next(struct hires_asc3 *f, struct hires_event *event,
                            struct hires_asc3_error *error)
{
    const size_t left = f->size - f->at;
    if (left == 0) {
        return STATUS_NOT_FOUND;
    }
    if (left < HIRES_ASC3_RECORD_BYTES) {
        (void)refuse(error, f->at, "four bytes for an event; the file is cut off");
        return STATUS_INVALID;
    }
    const uint8_t *record = f->bytes + f->at;
    const int64_t tenths = (int64_t)record[2] << 8 | record[3];
    *event = (struct hires_event){ .at_ms = f->start_ms + tenths * HIRES_ASC3_TENTH_MS,
                                   .code = record[0],
                                   .param = record[1] };
    f->at += HIRES_ASC3_RECORD_BYTES;
    return STATUS_OK;
}

/* "05-13-2024 15:00:00": with the comma behind it the twenty characters that ATSPM takes for the
 * time, whatever day it is. */
static char *begin_line(char *at, const struct hires_asc3_head *head, const char *label)
{
    char start[HIRES_TIME_BYTES];
    hires_time_us_text(head->start_ms, false, start);
    at = hires_text_words(at, start, sizeof start);
    *at++ = ',';
    return hires_text_words(at, label, LINE_BYTES);
}

/* "5/13/2024,15:00:00.0": the sixth line repeats the start in this shape. */
static char *put_start(char *at, int64_t start_ms)
{
    char start[HIRES_TIME_BYTES]; /* 05-13-2024 15:00:00.000 */
    hires_time_us_text(start_ms, true, start);
    const uint32_t month = start[0] == '0' ? 1 : 0;
    const uint32_t day = start[3] == '0' ? 4 : 3;
    at = hires_text_words(at, start + month, 2 - month);
    *at++ = '/';
    at = hires_text_words(at, start + day, 5 - day);
    *at++ = '/';
    at = hires_text_words(at, start + 6, 4);
    *at++ = ',';
    return hires_text_words(at, start + 11, 10);
}

size_t hires_asc3_head(const struct hires_asc3_head *head, char out[HIRES_ASC3_HEAD_BYTES])
{
    char *at = begin_line(out, head, "Version #:,3\n");
    at = begin_line(at, head, "");
    at = hires_text_words(at, head->name, HIRES_ASC3_NAME_BYTES);
    *at++ = '\n';
    at = begin_line(at, head, "Intersection #:,");
    at = hires_text_number(at, head->device);
    *at++ = '\n';
    at = begin_line(at, head, "IP Address:,");
    at = hires_text_words(at, head->address, HIRES_ASC3_NAME_BYTES);
    *at++ = '\n';
    at = begin_line(at, head, "MAC Address:,00:00:00:00:00:00\n");
    at = begin_line(at, head, "Controller Data Log Beginning:,");
    at = put_start(at, head->start_ms);
    *at++ = '\n';
    at = begin_line(at, head, "Phases in use:");
    for (uint32_t phase = 1; phase <= PHASE_COUNT; phase++) {
        if ((head->phases & bit32(phase - 1)) != 0) {
            *at++ = ',';
            at = hires_text_number(at, phase);
        }
    }
    *at++ = '\n';
    return (size_t)(at - out);
}

bool hires_asc3_holds(const struct hires_event *event)
{
    return event->code <= HIRES_ASC3_BYTE_MAX && event->param >= 0 &&
           event->param <= HIRES_ASC3_BYTE_MAX;
}

bool hires_asc3_record(const struct hires_event *event, int64_t start_ms,
                       uint8_t out[HIRES_ASC3_RECORD_BYTES])
{
    const int64_t since_ms = event->at_ms - start_ms;
    if (!hires_asc3_holds(event) || since_ms < 0 ||
        since_ms / HIRES_ASC3_TENTH_MS > HIRES_ASC3_TENTHS_MAX) {
        return false;
    }
    const int64_t tenths = since_ms / HIRES_ASC3_TENTH_MS;
    out[0] = (uint8_t)event->code;
    out[1] = (uint8_t)event->param;
    out[2] = (uint8_t)(tenths >> 8);
    out[3] = (uint8_t)(tenths & 0xff);
    return true;
}
