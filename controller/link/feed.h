/* feed.h: the events of one junction, in the journal's order, each once, whatever happens between
 * here and the daemon: live ones from the stream, after any loss the missing ones from the journal.
 * An event is let go only when it is old enough to be on disk, so that what a crash of the daemon
 * takes with it was never told to anybody. Owned by struct node. */
#ifndef KAVSAK_FEED_H
#define KAVSAK_FEED_H

#include "spool.h"

enum {
    FEED_RING = 1024,
    FEED_HOLD_MS = 300,  /* the disk thread takes its queue every 50 ms (docs/journal.md) */
    FEED_SETTLE_MS = 600 /* from the subscription on nothing is missed; before, the disk has it */
};

enum feed_state { FEED_AWAY, FEED_SETTLING, FEED_CATCHING, FEED_LIVE };

struct feed {
    enum feed_state state;
    bool has_started, has_missed;
    bool is_primed; /* it was live once */
    mono_t since;
    wall_t start;      /* how far back it begins when it knows of nothing */
    uint64_t last_seq; /* let go last */
    uint32_t at;       /* in the slice */
    struct spool spool;
    uint32_t first, count;
    struct {
        struct wire_event event;
        mono_t heard_at;
    } ring[FEED_RING];
};

/* The junction can be heard; back_ms: at the first time, how much of the past is wanted. */
void feed_begin(struct feed *f, mono_t now, wall_t wall, int64_t back_ms);
void feed_lose(struct feed *f);
/* Messages of the daemon were lost on the way. */
void feed_miss(struct feed *f);

void feed_hear(struct feed *f, const struct wire_events *live, mono_t now);

/* The next event; NULL: not now. Valid until the next call. */
const struct wire_event *feed_next(struct feed *f, mono_t now);

#endif
