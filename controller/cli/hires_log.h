/* hires_log.h: events of logs of others, gathered from one file or many, with the moments at which
 * they happened. The files show local time; here it becomes UTC, and the order is judged. Allocates
 * while it grows; owned by the caller. */
#ifndef KAVSAK_HIRES_LOG_H
#define KAVSAK_HIRES_LOG_H

#include "hires.h"

enum {
    HIRES_LOG_MAX = 16000000, /* two months of a busy junction */
    HIRES_LOG_FILES_MAX = 10000,
    HIRES_LOG_SAYS_BYTES = 640,
    HIRES_LOG_ANY_DEVICE = -1
};

/* What one file brought. */
struct hires_span {
    const char *path; /* kept by the caller */
    size_t first, count;
    int64_t from_ms, until_ms;
};

struct hires_log {
    struct hires_event *event; /* at_ms in UTC */
    size_t count, room;
    struct hires_span *span;
    size_t span_count, span_room;
    /* Set by the caller before the first file. */
    int32_t device;  /* only this one's events are wanted */
    bool is_sorting; /* events out of order are put in order instead of refused */
    /* Of the present file. */
    bool is_second; /* an hour that clocks repeat is meant the second time */
    int64_t last_ms;
    /* For people. */
    size_t others;       /* events of other devices */
    size_t earlier;      /* that were out of order */
    size_t twice, never; /* in an hour that clocks repeat, or leave out */
    bool has_z;          /* a time said that it is UTC */
    char says[HIRES_LOG_SAYS_BYTES];
};

void hires_log_finish(struct hires_log *log);

/* One event as it is, its time in UTC. False: too many, or no memory. */
MUST_CHECK bool hires_log_put(struct hires_log *log, const struct hires_event *event);

/* By time; events of one moment keep their order. False: no memory. */
MUST_CHECK bool hires_log_sort(struct hires_log *log);

MUST_CHECK enum status hires_log_begin_file(struct hires_log *log, const char *path,
                                            bool is_second);

/* One event, its time local. Of two moments that a local time can mean, the first that is not
 * before the event before it. STATUS_INVALID: it is earlier than the event before it.
 * STATUS_NO_SPACE: too many. */
MUST_CHECK enum status hires_log_add(struct hires_log *log, const struct hires_event *event);

/* After the last file: puts the files in order. STATUS_INVALID: two of them speak of the same time;
 * says names them. STATUS_NO_SPACE: no memory. */
MUST_CHECK enum status hires_log_order(struct hires_log *log);

#endif
