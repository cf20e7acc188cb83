/* event_replay.h: a junction in lockstep under the detectors of an event log: actuations (82, 81)
 * and push buttons (90, 89) become its inputs, tick by tick and at the log's own civil time, on a
 * perfect cabinet, as fast as the machine goes. Every display is shown to the oracle. Nothing else
 * of the log is read: what its controller did is for service.h to compare. Owned by its creator. */
#ifndef KAVSAK_EVENT_REPLAY_H
#define KAVSAK_EVENT_REPLAY_H

#include "event_log.h"
#include "junction.h"

struct event_replay_config {
    const struct plan *plan;
    const struct event_log *log;
    int64_t from_ms, until_ms; /* on the log's clock */
    /* Quiet time before, without traffic, for start-up and the first cycles; its events are not
     * kept. */
    int32_t lead_in_ms;
    int32_t utc_offset_s;  /* of the junction's zone */
    bool is_utc;           /* the log's clock is UTC; else it is the junction's civil time */
    struct event_log *out; /* events of the junction, on the log's clock; NULL: not kept */
};

struct event_replay;

/* NULL: out of memory. */
struct event_replay *event_replay_create(const struct event_replay_config *config);
void event_replay_destroy(struct event_replay *r);

enum event_replay_result { REPLAY_GOES_ON, REPLAY_DONE, REPLAY_OBJECTION, REPLAY_NO_SPACE };

/* One tick. REPLAY_OBJECTION: the oracle or the guard objects; event_replay_reason() says to what.
 */
enum event_replay_result event_replay_step(struct event_replay *r);
const char *event_replay_reason(const struct event_replay *r);

int64_t event_replay_ticks(const struct event_replay *r);  /* so far, the lead-in included */
size_t event_replay_used(const struct event_replay *r);    /* detector events of the plan */
size_t event_replay_foreign(const struct event_replay *r); /* of channels that it does not have */
const struct junction *event_replay_junction(const struct event_replay *r);

#endif
