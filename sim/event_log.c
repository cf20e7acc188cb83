#include "event_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scan.h"
#include "text_file.h"

enum { ROOM_FIRST = 4096 };

static const int64_t day_ms = 86400000;
static const char heading[] = "TimeStamp,DeviceId,EventId,Parameter";

struct line_fields {
    int64_t at_ms, device, code, param;
};

/* Days since 1970-01-01 of a date of the Gregorian calendar; March is the first month of its year,
 * so that the leap day comes last (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    const int64_t era = days / 146097;
    const int64_t of_era = days - era * 146097;
    const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

/* ".2" is 200 ms; digits beyond the third say nothing to a tick of 100 ms. */
static int64_t read_decimals(const char **at)
{
    int64_t ms = 0;
    int64_t worth_ms = 100;
    if (scan_text(at, ".")) {
        for (; **at >= '0' && **at <= '9'; (*at)++) {
            ms += worth_ms * (**at - '0');
            worth_ms /= 10;
        }
    }
    return ms;
}

bool event_log_time(const char **at, int64_t *ms)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    const char *c = *at;
    const bool has_date = scan_number(&c, 1970, 9999, &year) && scan_text(&c, "-") &&
                          scan_number(&c, 1, 12, &month) && scan_text(&c, "-") &&
                          scan_number(&c, 1, 31, &day);
    const bool has_time = has_date && (scan_text(&c, "T") || scan_text(&c, " ")) &&
                          scan_number(&c, 0, 23, &hour) && scan_text(&c, ":") &&
                          scan_number(&c, 0, 59, &minute) && scan_text(&c, ":") &&
                          scan_number(&c, 0, 60, &second);
    if (!has_time) {
        return false;
    }
    *ms = days_of(year, month, day) * day_ms + ((hour * 60 + minute) * 60 + second) * 1000 +
          read_decimals(&c);
    if (*c == 'Z') {
        c++;
    }
    *at = c;
    return true;
}

void event_log_time_text(int64_t ms, bool is_utc, char text[EVENT_LOG_TIME_BYTES])
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    const int64_t last_ms = days_of(9999, 12, 31) * day_ms + day_ms - 1;
    const int64_t shown_ms = ms < 0 ? 0 : (ms > last_ms ? last_ms : ms);
    const int64_t of_day_ms = shown_ms % day_ms;
    date_of(shown_ms / day_ms, &year, &month, &day);
    (void)snprintf(text, EVENT_LOG_TIME_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03u%s",
                   (unsigned)(year % 10000), (unsigned)(month % 100), (unsigned)(day % 100),
                   (unsigned)(of_day_ms / 3600000 % 24), (unsigned)(of_day_ms / 60000 % 60),
                   (unsigned)(of_day_ms / 1000 % 60), (unsigned)(of_day_ms % 1000),
                   is_utc ? "Z" : "");
}

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

static enum status refuse(struct event_log *log, int64_t line, const char *from, const char *at,
                          const char *expected)
{
    (void)snprintf(log->says, sizeof log->says, "line %" PRId64 ", column %d: expected %s", line,
                   (int)(at - from) + 1, expected);
    return STATUS_INVALID;
}

static enum status read_fields(struct event_log *log, int64_t number, const char *line,
                               struct line_fields *f)
{
    const char *at = line;
    if (!event_log_time(&at, &f->at_ms)) {
        return refuse(log, number, line, at, "a time like 2024-05-13T15:00:01.2Z");
    }
    if (!scan_text(&at, ",") || !scan_number(&at, 0, INT32_MAX, &f->device)) {
        return refuse(log, number, line, at, "a comma and the number of the device");
    }
    if (!scan_text(&at, ",") || !scan_number(&at, 0, UINT16_MAX, &f->code)) {
        return refuse(log, number, line, at, "a comma and the number of the event");
    }
    if (!scan_text(&at, ",") || !scan_number(&at, INT32_MIN, INT32_MAX, &f->param)) {
        return refuse(log, number, line, at, "a comma and the event's parameter");
    }
    if (*at != '\0') {
        return refuse(log, number, line, at, "the end of the line");
    }
    return STATUS_OK;
}

static enum status take_line(struct event_log *log, int64_t number, const char *line,
                             int32_t wanted)
{
    struct line_fields f = { 0 };
    const enum status status = read_fields(log, number, line, &f);
    if (status != STATUS_OK) {
        return status;
    }
    if (wanted != EVENT_LOG_ANY_DEVICE && f.device != wanted) {
        return STATUS_OK;
    }
    if (log->count > 0 && f.device != log->device) {
        (void)snprintf(log->says, sizeof log->says,
                       "line %" PRId64 ": device %" PRId64 " beside device %" PRId32
                       ": say which one is meant",
                       number, f.device, log->device);
        return STATUS_INVALID;
    }
    if (log->count > 0 && f.at_ms < log->event[log->count - 1].at_ms) {
        return refuse(log, number, line, line,
                      "a time not before that of the line above: oldest first");
    }
    log->device = (int32_t)f.device;
    if (!event_log_append(log, f.at_ms, (int32_t)f.code, (int32_t)f.param)) {
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
    enum status status = text_file_line(file, &line, &number);
    if (status == STATUS_OK && (line[0] < '0' || line[0] > '9')) {
        if (strcasecmp(line, heading) != 0) {
            return refuse(log, number, line, line, heading);
        }
        status = text_file_line(file, &line, &number);
    }
    while (status == STATUS_OK) {
        const bool is_blank = line[strspn(line, " ")] == '\0';
        status = is_blank ? STATUS_OK : take_line(log, number, line, device);
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
