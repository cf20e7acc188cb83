/* events.h: the channel kavsak.events/live: the journal's events as they happen, in batches, and
 * after an outage those that were missed, on the replay topic beside the live ones. seq is the
 * journal's own number, which is never used twice: what a subscriber has already, it recognises.
 * Each message says after which number it is without a gap. Keeps no events: the journal does.
 * Owned by struct node. */
#ifndef KAVSAK_EVENTS_H
#define KAVSAK_EVENTS_H

#include "channel.h"
#include "spool.h"

enum {
    EVENTS_PAGE = 64,                /* entries of one message */
    EVENTS_SPAN_MAX = 8,             /* outages to be replayed; more become one */
    EVENTS_REPLAY_MS = 250,          /* between two messages of a replay */
    EVENTS_WAITING_MAX = 48,         /* messages not yet acknowledged: live data comes first */
    EVENTS_REPLAY_BACK_MS = 86400000 /* older ones can be fetched */
};

struct event_span { /* numbers above after, up to until, were not delivered */
    uint64_t after, until;
};

struct events {
    uint64_t released;  /* newest that came from the feed */
    uint64_t sent;      /* newest that went out live; all before did, or are in spans */
    uint64_t confirmed; /* newest of which the broker said so, or that a span stands for */
    bool is_open;
    uint32_t count;
    mono_t batch_at;
    struct wire_event batch[EVENTS_PAGE];
    uint32_t span_count;
    struct event_span span[EVENTS_SPAN_MAX];
    bool done_is_due;
    uint64_t replayed; /* of the first span: newest that went out */
    uint32_t at;       /* in the slice */
    mono_t replay_at;
    struct spool spool;
    uint64_t told, told_again;
};

struct events_moment {
    struct channel *channel;
    struct outlet *outlet;
    bool is_up;       /* the broker is there and knows that the channel runs */
    bool is_primed;   /* the feed has reached the present once */
    uint32_t waiting; /* messages not yet acknowledged */
    mono_t now;
    wall_t wall;
};

/* From an earlier life: all up to confirmed was delivered but for the spans. */
void events_remember(struct events *e, uint64_t confirmed, const struct event_span *span,
                     uint32_t span_count);
/* A new session of the broker: what was not acknowledged may be lost. */
void events_announce(struct events *e);

/* Whether it takes one more now. */
bool events_has_room(const struct events *e);
void events_take(struct events *e, const struct wire_event *event, const struct events_moment *m);
void events_step(struct events *e, const struct events_moment *m);

/* One entry of status, replay or history. next: the time of the following one, NULL none yet. */
void events_write_entry(const struct wire_event *e, bool is_past, const wall_t *next,
                        struct payload_writer *w);

#endif
