#include "event_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hires_csv.h"
#include "text_file.h"

enum { ROOM_FIRST = 4096 };

bool event_log_append(struct event_log *log, int64_t at_ms, int32_t code, int32_t param)
{
    if (log->count == log->room) {
        const size_t room = log->room == 0 ? ROOM_FIRST : log->room * 2;
        struct log_event *more =
            room > EVENT_LOG_MAX ? NULL : realloc(log->event, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        log->event = more;
        log->room = room;
    }
    log->event[log->count++] = (struct log_event){ .at_ms = at_ms, .code = code, .param = param };
    return true;
}

void event_log_finish(struct event_log *log)
{
    if (log != NULL) {
        free(log->event);
        *log = (struct event_log){ 0 };
    }
}

static enum status refuse(struct event_log *log, int64_t line, const struct hires_csv_error *why)
{
    (void)snprintf(log->says, sizeof log->says, "line %" PRId64 ", column %zu: expected %s", line,
                   why->column, why->expected);
    return STATUS_INVALID;
}

static enum status take_line(struct event_log *log, const struct hires_csv *csv, int64_t number,
                             const char *line, int32_t wanted)
{
    struct hires_event f = { 0 };
    struct hires_csv_error error = { 0 };
    if (!hires_csv_line(csv, line, &f, &error)) {
        return refuse(log, number, &error);
    }
    if (wanted != EVENT_LOG_ANY_DEVICE && f.device != wanted) {
        return STATUS_OK;
    }
    if (log->count > 0 && f.device != log->device) {
        (void)snprintf(log->says, sizeof log->says,
                       "line %" PRId64 ": device %" PRId32 " beside device %" PRId32
                       ": say which one is meant",
                       number, f.device, log->device);
        return STATUS_INVALID;
    }
    if (log->count > 0 && f.at_ms < log->event[log->count - 1].at_ms) {
        error = (struct hires_csv_error){
            .column = 1, .expected = "a time not before that of the line above: oldest first"
        };
        return refuse(log, number, &error);
    }
    log->device = f.device;
    if (!event_log_append(log, f.at_ms, f.code, f.param)) {
        (void)snprintf(log->says, sizeof log->says, "line %" PRId64 ": more than %d events", number,
                       EVENT_LOG_MAX / 2);
        return STATUS_NO_SPACE;
    }
    return STATUS_OK;
}

static enum status read_lines(struct event_log *log, struct text_file *file, int32_t device)
{
    const char *line = NULL;
    int64_t number = 0;
    struct hires_csv csv = hires_csv_usual();
    struct hires_csv_error error = { 0 };
    enum status status = text_file_line(file, &line, &number);
    if (status == STATUS_OK && !hires_csv_is_data(line)) {
        if (!hires_csv_heading(&csv, line, &error)) {
            return refuse(log, number, &error);
        }
        status = text_file_line(file, &line, &number);
    }
    while (status == STATUS_OK) {
        const bool is_blank = line[strspn(line, " ")] == '\0';
        status = is_blank ? STATUS_OK : take_line(log, &csv, number, line, device);
        if (status != STATUS_OK) {
            return status;
        }
        status = text_file_line(file, &line, &number);
    }
    if (status == STATUS_INVALID) {
        (void)snprintf(log->says, sizeof log->says,
                       "line %" PRId64 ": not a line of text below %d bytes", number,
                       TEXT_LINE_BYTES);
    } else if (status == STATUS_IO) {
        (void)snprintf(log->says, sizeof log->says,
                       "line %" PRId64 ": cannot be read: cut off or damaged", number);
        return STATUS_INVALID;
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status event_log_read(struct event_log *log, const char *path, int32_t device)
{
    *log = (struct event_log){ .device = device };
    errno = 0;
    struct text_file *file = text_file_open(path);
    if (file == NULL) {
        (void)snprintf(log->says, sizeof log->says, "cannot be opened: %s", strerror(errno));
        return STATUS_IO;
    }
    enum status status = read_lines(log, file, device);
    text_file_close(file);
    if (status == STATUS_OK && log->count == 0) {
        (void)snprintf(log->says, sizeof log->says,
                       device == EVENT_LOG_ANY_DEVICE ? "no event in it" : "no event of device %d",
                       (int)device);
        status = STATUS_NOT_FOUND;
    }
    return status;
}
