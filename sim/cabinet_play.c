#include "cabinet_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_log.h"
#include "scan.h"

void play_init(struct play *p)
{
    memset(p, 0, sizeof *p);
    p->speed_percent = 100;
    for (int32_t c = 0; c < PLAY_CHANNEL_MAX; c++) {
        p->input_of[c] = (int16_t)(c >= 1 && c <= DETECTOR_MAX ? c - 1 : -1);
        p->input_of_button[c] = -1;
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
    int16_t input_of[PLAY_CHANNEL_MAX];
    memset(input_of, -1, sizeof input_of);
    bool names_detectors = false;
    const char *at = text;
    for (int32_t i = 0; i < 2 * PLAY_CHANNEL_MAX; i++) {
        int64_t channel = 0;
        int64_t input = 0;
        const bool is_button = scan_text(&at, "b");
        if (!scan_number(&at, 0, PLAY_CHANNEL_MAX - 1, &channel) || !scan_text(&at, ":") ||
            !scan_number(&at, 0, DETECTOR_MAX - 1, &input)) {
            return STATUS_INVALID;
        }
        int16_t *table = is_button ? p->input_of_button : input_of;
        table[channel] = (int16_t)input;
        names_detectors = names_detectors || !is_button;
        if (*at == '\0') {
            if (names_detectors) {
                memcpy(p->input_of, input_of, sizeof input_of);
            }
            return STATUS_OK;
        }
        if (!scan_text(&at, ",")) {
            return STATUS_INVALID;
        }
    }
    return STATUS_INVALID;
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

/* The input that an event moves, -1 none; is_on: to which side. */
static int32_t input_moved(const struct play *p, const struct log_event *e, bool *is_on)
{
    *is_on = e->code == EVENT_DETECTOR_ON || e->code == EVENT_PED_DETECTOR_ON;
    if (e->param < 0 || e->param >= PLAY_CHANNEL_MAX) {
        return -1;
    }
    const bool is_button = e->code == EVENT_PED_DETECTOR_ON || e->code == EVENT_PED_DETECTOR_OFF;
    return is_button ? p->input_of_button[e->param] : p->input_of[e->param];
}

static bool is_detector_event(const struct log_event *e)
{
    return e->code == EVENT_DETECTOR_ON || e->code == EVENT_DETECTOR_OFF ||
           e->code == EVENT_PED_DETECTOR_ON || e->code == EVENT_PED_DETECTOR_OFF;
}

static enum status take_log(struct play *p, const struct event_log *log, char *error,
                            size_t error_bytes)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_event *e = &log->event[i];
        if (!is_detector_event(e)) {
            continue;
        }
        bool is_on = false;
        const int32_t input = input_moved(p, e, &is_on);
        if (input < 0) {
            p->skipped++;
        } else if (!append(p, e->at_ms - log->event[0].at_ms, (int16_t)input, is_on)) {
            (void)snprintf(error, error_bytes, "too many events");
            return STATUS_INVALID;
        }
    }
    if (p->count == 0) {
        (void)snprintf(error, error_bytes, "no detector event (81, 82, 89, 90) for any input");
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status play_open(struct play *p, const char *path, char *error, size_t error_bytes)
{
    struct event_log log;
    const enum status read = event_log_read(&log, path, EVENT_LOG_ANY_DEVICE);
    enum status status = read == STATUS_OK ? take_log(p, &log, error, error_bytes) : read;
    if (read != STATUS_OK) {
        (void)snprintf(error, error_bytes, "%s", log.says);
        status = read == STATUS_IO ? STATUS_IO : STATUS_INVALID;
    }
    event_log_finish(&log);
    return status;
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
        if (event->on && (e->occupied & bit64(event->input)) != 0) {
            /* Two vehicles with less than a sample between them: the log has no end of the first.
             */
            (void)cabinet_emu_input(e, event->input, false, now_ms);
        }
        (void)cabinet_emu_input(e, event->input, event->on, now_ms);
    }
}

bool play_is_over(const struct play *p)
{
    return p->next >= p->count;
}
