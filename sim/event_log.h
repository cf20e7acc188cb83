/* event_log.h: reads an event log in the form that signal performance measures exchange (ATSPM,
 * "hi-res data"): lines TimeStamp,DeviceId,EventId,Parameter with Indiana event numbers, plain or
 * gzip, oldest first. Knows the form and nothing of what the numbers mean. Allocates while it
 * reads; owned by the caller. */
#ifndef KAVSAK_EVENT_LOG_H
#define KAVSAK_EVENT_LOG_H

#include "types.h"

enum { EVENT_LOG_MAX = 16000000, EVENT_LOG_SAYS_BYTES = 160, EVENT_LOG_ANY_DEVICE = -1 };

struct log_event {
    int64_t at_ms; /* the log's clock as if it were UTC, since 1970 */
    int32_t code;
    int32_t param;
};

struct event_log {
    struct log_event *event;
    size_t count, room;
    int32_t device; /* whose events these are */
    /* Where and why it was refused: "line 7, column 26: expected ..." */
    char says[EVENT_LOG_SAYS_BYTES];
};

/* Reads the events of one device, or of the only one in the file. STATUS_IO: the file cannot be
 * opened; STATUS_INVALID: it is no such log, is broken, or speaks of several devices and none was
 * named; STATUS_NOT_FOUND: nothing of this device in it; STATUS_NO_SPACE: too many events. says is
 * filled in each case. */
MUST_CHECK enum status event_log_read(struct event_log *log, const char *path, int32_t device);
void event_log_finish(struct event_log *log);

/* One more event at the end; it must not be older. False: no space. */
MUST_CHECK bool event_log_append(struct event_log *log, int64_t at_ms, int32_t code, int32_t param);

#endif
