#include "cabinet_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "scan.h"

enum { EVENT_OFF = 81, EVENT_ON = 82, DAY_MS = 86400000 };

void play_init(struct play *p)
{
    memset(p, 0, sizeof *p);
    p->speed_percent = 100;
    for (int32_t c = 0; c < PLAY_CHANNEL_MAX; c++) {
        p->input_of[c] = (int16_t)(c >= 1 && c <= DETECTOR_MAX ? c - 1 : -1);
    }
}

void play_finish(struct play *p)
{
    if (p != NULL) {
        free(p->event);
        p->event = NULL;
    }
}

enum status play_map(struct play *p, const char *text)
{
    for (int32_t c = 0; c < PLAY_CHANNEL_MAX; c++) {
        p->input_of[c] = -1;
    }
    const char *at = text;
    for (int32_t i = 0; i < PLAY_CHANNEL_MAX; i++) {
        int64_t channel = 0;
        int64_t input = 0;
        if (!scan_number(&at, 0, PLAY_CHANNEL_MAX - 1, &channel) || !scan_text(&at, ":") ||
            !scan_number(&at, 0, DETECTOR_MAX - 1, &input)) {
            return STATUS_INVALID;
        }
        p->input_of[channel] = (int16_t)input;
        if (*at == '\0') {
            return STATUS_OK;
        }
        if (!scan_text(&at, ",")) {
            return STATUS_INVALID;
        }
    }
    return STATUS_INVALID;
}

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

/* 2024-05-13T15:00:01.2Z, with T or a blank, Z or nothing, any number of decimals. */
static bool read_time(const char *text, int64_t *ms)
{
    const char *at = text;
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    const bool has_date = scan_number(&at, 1970, 9999, &year) && scan_text(&at, "-") &&
                          scan_number(&at, 1, 12, &month) && scan_text(&at, "-") &&
                          scan_number(&at, 1, 31, &day);
    const bool has_time = has_date && (scan_text(&at, "T") || scan_text(&at, " ")) &&
                          scan_number(&at, 0, 23, &hour) && scan_text(&at, ":") &&
                          scan_number(&at, 0, 59, &minute) && scan_text(&at, ":") &&
                          scan_number(&at, 0, 60, &second);
    if (!has_time) {
        return false;
    }
    *ms = days_of(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 +
          read_decimals(&at);
    return scan_text(&at, "Z,") || scan_text(&at, ",");
}

static bool append(struct play *p, int64_t at_ms, int16_t input, bool on)
{
    if (p->count == p->room) {
        const size_t room = p->room == 0 ? 4096 : p->room * 2;
        struct play_event *more =
            room > PLAY_EVENT_MAX ? NULL : realloc(p->event, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        p->event = more;
        p->room = room;
    }
    p->event[p->count++] = (struct play_event){ .at_ms = at_ms, .input = (uint8_t)input, .on = on };
    return true;
}

/* NULL, or what is wrong with the line. */
static const char *read_event(struct play *p, const char *line, int64_t *first_ms)
{
    const char *at = line + strcspn(line, ",");
    int64_t device = 0;
    int64_t code = 0;
    int64_t channel = 0;
    int64_t at_ms = 0;
    if (!scan_text(&at, ",") || !scan_number(&at, 0, INT32_MAX, &device) || !scan_text(&at, ",") ||
        !scan_number(&at, 0, INT32_MAX, &code) || !scan_text(&at, ",") ||
        !scan_number(&at, INT32_MIN, INT32_MAX, &channel)) {
        return "want TimeStamp,DeviceId,EventId,Parameter";
    }
    if (!read_time(line, &at_ms)) {
        return "the time is not like 2024-05-13T15:00:01.2Z";
    }
    if (*first_ms < 0) {
        *first_ms = at_ms;
    }
    if (code != EVENT_ON && code != EVENT_OFF) {
        return NULL;
    }
    const int64_t since_ms = at_ms - *first_ms;
    if (since_ms < 0 || (p->count > 0 && since_ms < p->event[p->count - 1].at_ms)) {
        return "time runs backwards";
    }
    if (channel < 0 || channel >= PLAY_CHANNEL_MAX || p->input_of[channel] < 0) {
        p->skipped++;
        return NULL;
    }
    return append(p, since_ms, p->input_of[channel], code == EVENT_ON) ? NULL : "too many events";
}

enum status play_open(struct play *p, const char *path, char *error, size_t error_bytes)
{
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (file == NULL) {
        (void)snprintf(error, error_bytes, "cannot be opened");
        return STATUS_IO;
    }
    char line[PLAY_LINE_BYTES];
    int64_t first_ms = -1;
    const char *wrong = NULL;
    int32_t number = 0;
    while (wrong == NULL && gzgets(file, line, sizeof line) != NULL) {
        number++;
        const bool is_blank = line[strspn(line, " \r\n")] == '\0';
        const bool is_heading = number == 1 && (line[0] < '0' || line[0] > '9');
        if (!is_blank && !is_heading) {
            wrong = read_event(p, line, &first_ms);
        }
    }
    int code = Z_OK;
    const char *gz_says = gzerror(file, &code);
    if (wrong == NULL && code != Z_OK && code != Z_STREAM_END) {
        wrong = gz_says[0] != '\0' ? "the compressed file is damaged" : "cannot be read";
    }
    (void)gzclose(file);
    if (wrong == NULL && p->count == 0) {
        wrong = "no detector event (81, 82) for any input";
    }
    if (wrong != NULL) {
        (void)snprintf(error, error_bytes, "line %d: %s", (int)number, wrong);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

void play_start(struct play *p, struct cabinet_emu *e, int64_t now_ms)
{
    uint64_t occupied = 0;
    for (p->next = 0; p->next < p->count && p->event[p->next].at_ms < p->from_ms; p->next++) {
        const uint64_t bit = bit64(p->event[p->next].input);
        occupied = p->event[p->next].on ? occupied | bit : occupied & ~bit;
    }
    for (int32_t input = 0; input < DETECTOR_MAX; input++) {
        if ((occupied & bit64((uint32_t)input)) != 0) {
            (void)cabinet_emu_input(e, input, true, now_ms);
        }
    }
    p->is_running = true;
    p->started_ms = now_ms;
}

void play_step(struct play *p, struct cabinet_emu *e, int64_t now_ms)
{
    if (!p->is_running) {
        return;
    }
    const int64_t at_ms = p->from_ms + (now_ms - p->started_ms) * p->speed_percent / 100;
    for (; p->next < p->count && p->event[p->next].at_ms <= at_ms; p->next++) {
        const struct play_event *event = &p->event[p->next];
        (void)cabinet_emu_input(e, event->input, event->on, now_ms);
    }
}

bool play_is_over(const struct play *p)
{
    return p->next >= p->count;
}
