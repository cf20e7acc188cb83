/* hires.h: one event of a high-resolution log, as controllers write them and signal performance
 * measures read them: when, which controller, what, of which phase or channel. Holds what the
 * formats have in common and decides nothing. Owned by whoever read it. */
#ifndef KAVSAK_HIRES_H
#define KAVSAK_HIRES_H

#include "event.h"

/* Numbers of the Indiana enumeration that logs of others have and ours has not: those of event.h
 * are not repeated. Param is the phase number unless said. */
enum hires_code {
    HIRES_PREEMPT_CALL_ON = 102, /* param: preemption number */
    HIRES_PREEMPT_CALL_OFF = 104,
    HIRES_TSP_EARLY_GREEN = 113,
    HIRES_TSP_EXTEND_GREEN = 114,
    HIRES_OVERLAP_WALK_BEGIN = 67,          /* param: overlap number */
    HIRES_COORDINATED_ACTUAL_CYCLE = 316,   /* param: seconds */
    HIRES_COORDINATED_ACTUAL_SPLIT = 317,   /* param: seconds */
    HIRES_COORDINATED_ACTUAL_OFFSET = 318,  /* param: seconds */
    HIRES_COMMUNICATION_LOAD = 400,         /* param: what the maker says, often a share */
    HIRES_COMMUNICATION_LOAD_PERCENT = 502, /* the same of other makers */
    HIRES_COMMUNICATION_ANSWERED = 503
};

enum { HIRES_DEVICE_MAX = INT32_MAX, HIRES_CODE_MAX = UINT16_MAX };

struct hires_event {
    int64_t at_ms;  /* the log's clock as if it were UTC, since 1970 */
    int32_t device; /* which controller, from 0 */
    int32_t param;  /* phase, channel, seconds, ...: the code says */
    uint16_t code;  /* enum event_code or enum hires_code, or any other number of the enumeration */
};

/* Our records keep a parameter from 0 to 65535. What others write beside that (-1 for "unknown")
 * stands in the detail, which codes of the enumeration do not use; ours do. */

/* An event of a journal, its parameter whole. */
static inline int32_t hires_param_of(const struct event *event)
{
    return event->code < EVENT_MODE && event->detail != 0 ? event->detail : event->param;
}

/* The other way. False: no record of ours can hold the parameter. */
static inline bool hires_to_event(const struct hires_event *from, struct event *event)
{
    const bool fits = from->param >= 0 && from->param <= UINT16_MAX;
    *event = (struct event){ .code = from->code,
                             .param = (uint16_t)from->param,
                             .detail = fits ? 0 : from->param };
    return fits || from->code < EVENT_MODE;
}

#endif
