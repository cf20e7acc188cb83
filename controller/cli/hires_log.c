#include "hires_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "when.h"

enum { ROOM_FIRST = 4096, SPANS_FIRST = 64 };

void hires_log_finish(struct hires_log *log)
{
    free(log->event);
    free(log->span);
    *log = (struct hires_log){ .device = HIRES_LOG_ANY_DEVICE };
}

enum status hires_log_begin_file(struct hires_log *log, const char *path, bool is_second)
{
    if (log->span_count == log->span_room) {
        const size_t room = log->span_room == 0 ? SPANS_FIRST : log->span_room * 2;
        struct hires_span *more =
            log->span_room >= HIRES_LOG_FILES_MAX ? NULL : realloc(log->span, room * sizeof *more);
        if (more == NULL) {
            return STATUS_NO_SPACE;
        }
        log->span = more;
        log->span_room = room;
    }
    log->span[log->span_count++] = (struct hires_span){ .path = path, .first = log->count };
    log->is_second = is_second;
    log->last_ms = INT64_MIN;
    return STATUS_OK;
}

bool hires_log_put(struct hires_log *log, const struct hires_event *event)
{
    if (log->count == log->room) {
        const size_t room = log->room == 0 ? ROOM_FIRST : log->room * 2;
        struct hires_event *more =
            log->count >= HIRES_LOG_MAX ? NULL : realloc(log->event, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        log->event = more;
        log->room = room;
    }
    log->event[log->count++] = *event;
    return true;
}

static int64_t moment_of(struct hires_log *log, int64_t local_ms)
{
    wall_t found[2];
    const uint32_t count = when_of_local(local_ms, found);
    log->twice += count == 2 ? 1 : 0;
    log->never += count == 0 ? 1 : 0;
    const bool is_later = count == 2 && (log->is_second || found[0].ms < log->last_ms);
    return is_later ? found[1].ms : found[0].ms;
}

enum status hires_log_add(struct hires_log *log, const struct hires_event *event)
{
    if (log->device != HIRES_LOG_ANY_DEVICE && event->device != log->device) {
        log->others++;
        return STATUS_OK;
    }
    struct hires_event e = *event;
    e.at_ms = moment_of(log, event->at_ms);
    if (e.at_ms < log->last_ms) {
        if (!log->is_sorting) {
            return STATUS_INVALID;
        }
        log->earlier++;
    }
    if (!hires_log_put(log, &e)) {
        return STATUS_NO_SPACE;
    }
    struct hires_span *span = &log->span[log->span_count - 1];
    span->from_ms = span->count == 0 || e.at_ms < span->from_ms ? e.at_ms : span->from_ms;
    span->until_ms = span->count == 0 || e.at_ms > span->until_ms ? e.at_ms : span->until_ms;
    span->count++;
    log->last_ms = e.at_ms;
    return STATUS_OK;
}

/* Merges two neighbouring runs; of two events of one moment the one that came first stays first. */
static void merge(const struct hires_event *from, struct hires_event *to, size_t begin,
                  size_t middle, size_t end)
{
    size_t left = begin;
    size_t right = middle;
    for (size_t at = begin; at < end; at++) {
        const bool is_left =
            left < middle && (right >= end || from[left].at_ms <= from[right].at_ms);
        to[at] = from[is_left ? left++ : right++];
    }
}

bool hires_log_sort(struct hires_log *log)
{
    struct hires_event *from = log->event;
    struct hires_event *to = malloc((log->count > 0 ? log->count : 1) * sizeof *to);
    if (to == NULL) {
        return false;
    }
    for (size_t width = 1; width < log->count; width *= 2) {
        for (size_t begin = 0; begin < log->count; begin += 2 * width) {
            const size_t middle = begin + width < log->count ? begin + width : log->count;
            const size_t end = middle + width < log->count ? middle + width : log->count;
            merge(from, to, begin, middle, end);
        }
        struct hires_event *swapped = from;
        from = to;
        to = swapped;
    }
    log->event = from;
    log->room = log->count > 0 ? log->count : 1;
    free(to);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct hires_span *left = a;
    const struct hires_span *right = b;
    if (left->from_ms != right->from_ms) {
        return left->from_ms < right->from_ms ? -1 : 1;
    }
    return left->first < right->first ? -1 : left->first > right->first;
}

enum status hires_log_order(struct hires_log *log)
{
    size_t used = 0; /* files without events have no place in time */
    bool is_in_order = log->earlier == 0;
    for (size_t i = 0; i < log->span_count; i++) {
        if (log->span[i].count > 0) {
            is_in_order =
                is_in_order && (used == 0 || log->span[i].from_ms >= log->span[used - 1].until_ms);
            log->span[used++] = log->span[i];
        }
    }
    log->span_count = used;
    if (is_in_order) {
        return STATUS_OK;
    }
    qsort(log->span, used, sizeof *log->span, by_start);
    for (size_t i = 1; i < used && !log->is_sorting; i++) {
        if (log->span[i].from_ms < log->span[i - 1].until_ms) {
            (void)snprintf(log->says, sizeof log->says,
                           "%.250s and %.250s speak of the same time: are they of one controller?",
                           log->span[i - 1].path, log->span[i].path);
            return STATUS_INVALID;
        }
    }
    return hires_log_sort(log) ? STATUS_OK : STATUS_NO_SPACE;
}
