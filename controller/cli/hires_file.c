#include "hires_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hires_asc3.h"
#include "hires_csv.h"
#include "hires_maxtime.h"
#include "packed.h"
#include "text_file.h"
#include "xml.h"

enum {
    PEEK_BYTES = 256,
    ASC3_MAX_BYTES =
        HIRES_LOG_MAX * HIRES_ASC3_RECORD_BYTES + HIRES_ASC3_LINES * HIRES_ASC3_HEAD_BYTES
};

const char *const hires_format_names[HIRES_FORMAT_COUNT] = {
    [HIRES_FORMAT_CSV] = "csv",
    [HIRES_FORMAT_ASC3] = "asc3",
    [HIRES_FORMAT_MAXTIME] = "maxtime",
};

static const char out_of_order[] = "earlier than the event before it (--sort puts them in order)";

static const char *why_of(enum status status)
{
    return status == STATUS_INVALID ? out_of_order : "too many events, or no memory";
}

static enum status say(struct hires_log *log, enum status status, const char *path,
                       const char *what)
{
    (void)snprintf(log->says, sizeof log->says, "%.400s: %.200s", path, what);
    return status;
}

/* CSV. */

static enum status say_line(struct hires_log *log, const char *path, int64_t number,
                            const struct hires_csv_error *error)
{
    (void)snprintf(log->says, sizeof log->says, "%.400s: line %" PRId64 ", column %zu: expected %s",
                   path, number, error->column, error->expected);
    return STATUS_INVALID;
}

static enum status take_line(struct hires_log *log, const struct hires_csv *csv, const char *path,
                             const char *line, int64_t number)
{
    struct hires_event event;
    struct hires_csv_error error;
    if (!hires_csv_line(csv, line, &event, &error)) {
        return say_line(log, path, number, &error);
    }
    log->has_z = log->has_z || strchr(line, 'Z') != NULL;
    const enum status status = hires_log_add(log, &event);
    if (status != STATUS_OK) {
        (void)snprintf(log->says, sizeof log->says, "%.400s: line %" PRId64 ": %s", path, number,
                       why_of(status));
    }
    return status;
}

static enum status end_of_lines(struct hires_log *log, enum status status, const char *path,
                                int64_t number)
{
    if (status == STATUS_NOT_FOUND) {
        return number > 1 ? STATUS_OK : say(log, STATUS_INVALID, path, "empty: no event log");
    }
    (void)snprintf(log->says, sizeof log->says, "%.400s: line %" PRId64 ": %s", path, number,
                   status == STATUS_IO ? "cannot be read, or its packing is damaged"
                                       : "too long, or not text: no event log");
    return status;
}

static enum status read_csv(struct hires_log *log, const char *path)
{
    struct text_file *file = text_file_open(path);
    if (file == NULL) {
        return say(log, STATUS_IO, path, strerror(errno));
    }
    struct hires_csv csv = hires_csv_usual();
    const char *line = NULL;
    int64_t number = 0;
    enum status status = text_file_line(file, &line, &number);
    enum status taken = STATUS_OK;
    if (status == STATUS_OK && !hires_csv_is_data(line)) {
        struct hires_csv_error error;
        taken =
            hires_csv_heading(&csv, line, &error) ? STATUS_OK : say_line(log, path, number, &error);
        status = taken == STATUS_OK ? text_file_line(file, &line, &number) : STATUS_OK;
    }
    while (status == STATUS_OK && taken == STATUS_OK) {
        taken = take_line(log, &csv, path, line, number);
        status = text_file_line(file, &line, &number);
    }
    text_file_close(file);
    return taken != STATUS_OK ? taken : end_of_lines(log, status, path, number);
}

/* ASC/3. */

static enum status say_offset(struct hires_log *log, const char *path, size_t offset,
                              const char *what)
{
    (void)snprintf(log->says, sizeof log->says, "%.400s: byte %zu: %s", path, offset, what);
    return STATUS_INVALID;
}

static enum status take_records(struct hires_log *log, const char *path, const uint8_t *bytes,
                                size_t size)
{
    struct hires_asc3 f;
    struct hires_asc3_error error = { .offset = 0 };
    struct hires_event event;
    char what[HIRES_LOG_SAYS_BYTES / 4];
    enum status status = STATUS_INVALID;
    if (hires_asc3_open(&f, bytes, size, &error)) {
        status = hires_asc3_next(&f, &event, &error);
    }
    while (status == STATUS_OK) { /* each turn takes four bytes */
        const enum status added = hires_log_add(log, &event);
        if (added != STATUS_OK) {
            (void)say_offset(log, path, f.at - HIRES_ASC3_RECORD_BYTES, why_of(added));
            return added;
        }
        status = hires_asc3_next(&f, &event, &error);
    }
    if (status == STATUS_INVALID) {
        (void)snprintf(what, sizeof what, "expected %s", error.expected);
        return say_offset(log, path, error.offset, what);
    }
    return STATUS_OK;
}

/* The whole file, unpacked; NULL: log->says is filled. */
static uint8_t *read_bytes(struct hires_log *log, const char *path, size_t *size,
                           enum status *status)
{
    struct packed_file *file = packed_open(path);
    uint8_t *bytes = NULL;
    *size = 0;
    *status = file != NULL ? STATUS_OK : say(log, STATUS_IO, path, strerror(errno));
    for (size_t room = 1 << 20; *status == STATUS_OK; room *= 2) {
        uint8_t *more = room / 2 <= ASC3_MAX_BYTES ? realloc(bytes, room) : NULL;
        if (more == NULL) {
            *status = say(log, STATUS_NO_SPACE, path, "too large for an event log");
            break;
        }
        bytes = more;
        size_t got = 0;
        *status = packed_read(file, bytes + *size, room - *size, &got);
        *size += got;
        if (*status != STATUS_OK) {
            (void)say(log, *status, path,
                      *status == STATUS_IO ? strerror(errno) : "the packing is broken or cut off");
        } else if (*size < room) {
            break;
        }
    }
    packed_close(file);
    if (*status != STATUS_OK) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static enum status read_asc3(struct hires_log *log, const char *path)
{
    size_t size = 0;
    enum status status = STATUS_OK;
    uint8_t *bytes = read_bytes(log, path, &size, &status);
    if (bytes != NULL) {
        status = take_records(log, path, bytes, size);
        free(bytes);
    }
    return status;
}

/* MaxTime. */

struct elements {
    struct hires_log *log;
    const char *path;
    uint64_t line;
    uint64_t depth;
    enum status status; /* of what was refused */
};

static bool refuse_element(struct elements *x, enum status status, const char *what)
{
    x->status = status;
    (void)snprintf(x->log->says, sizeof x->log->says, "%.400s: line %" PRIu64 ": %.200s", x->path,
                   x->line, what);
    return false;
}

static bool on_open(void *self, const char *element, const char *const *attributes)
{
    struct elements *x = self;
    if (x->depth++ == 0 && strcmp(element, "EventResponses") != 0) {
        return refuse_element(x, STATUS_INVALID, "expected EventResponses: no event log");
    }
    if (strcmp(element, "Event") != 0) {
        return true;
    }
    const struct hires_maxtime values = { .time = xml_get(attributes, "TimeStamp"),
                                          .code = xml_get(attributes, "EventTypeID"),
                                          .param = xml_get(attributes, "Parameter") };
    struct hires_event event;
    const char *expected = NULL;
    if (!hires_maxtime_read(&values, &event, &expected)) {
        char what[HIRES_LOG_SAYS_BYTES / 4];
        (void)snprintf(what, sizeof what, "expected %s", expected);
        return refuse_element(x, STATUS_INVALID, what);
    }
    const enum status added = hires_log_add(x->log, &event);
    return added == STATUS_OK || refuse_element(x, added, why_of(added));
}

static enum status read_maxtime(struct hires_log *log, const char *path)
{
    struct elements x = { .log = log, .path = path, .status = STATUS_INVALID };
    const struct xml_handler handler = { .open = on_open, .self = &x, .line = &x.line };
    char error[XML_ERROR_BYTES];
    const enum status status = xml_read(path, &handler, error);
    if (status == STATUS_REFUSED) {
        return x.status;
    }
    if (status != STATUS_OK) {
        (void)snprintf(log->says, sizeof log->says, "%s", error);
    }
    return status;
}

/* Any of them. */

static enum status format_of(struct hires_log *log, const char *path, enum hires_format *format)
{
    struct packed_file *file = packed_open(path);
    if (file == NULL) {
        return say(log, STATUS_IO, path, strerror(errno));
    }
    uint8_t bytes[PEEK_BYTES];
    size_t got = 0;
    const enum status status = packed_read(file, bytes, sizeof bytes, &got);
    packed_close(file);
    if (status == STATUS_IO) {
        return say(log, STATUS_IO, path, strerror(errno));
    }
    size_t at = got >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < got && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r')) {
        at++;
    }
    *format = HIRES_FORMAT_CSV;
    if (hires_asc3_begins(bytes, got)) {
        *format = HIRES_FORMAT_ASC3;
    } else if (at < got && bytes[at] == '<') {
        *format = HIRES_FORMAT_MAXTIME;
    }
    return STATUS_OK;
}

/* "ECON_10.0.0.7_2024_10_27_0200_2.dat": the second time. */
static bool is_second(const char *path)
{
    const char *end = strrchr(path, '.');
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const size_t tail = sizeof "_0200" HIRES_FILE_SECOND - 1;
    return end != NULL && end > name + tail && strncmp(end - 2, HIRES_FILE_SECOND, 2) == 0 &&
           end[-(ptrdiff_t)tail] == '_';
}

enum status hires_file_read(struct hires_log *log, const char *path)
{
    enum hires_format format = HIRES_FORMAT_CSV;
    enum status status = format_of(log, path, &format);
    if (status == STATUS_OK) {
        status = hires_log_begin_file(log, path, format == HIRES_FORMAT_ASC3 && is_second(path));
        if (status != STATUS_OK) {
            return say(log, status, path, "too many files");
        }
        switch (format) {
        case HIRES_FORMAT_CSV:
            return read_csv(log, path);
        case HIRES_FORMAT_ASC3:
            return read_asc3(log, path);
        case HIRES_FORMAT_MAXTIME:
            return read_maxtime(log, path);
        case HIRES_FORMAT_COUNT:
            break;
        }
    }
    return status;
}
