/* spool.h: a range of the journal, slice by slice, over the daemon's socket: the journal is the
 * only spool, nobody else keeps events. A slice is asked for, comes in pages, and is whole when its
 * last page is there; then its owner goes through it at a pace of its own. One slice is under way
 * at a time for the whole link, because the daemon reads for a peer one fetch at a time. */
#ifndef KAVSAK_SPOOL_H
#define KAVSAK_SPOOL_H

#include "session.h"
#include "wire.h"

enum {
    SPOOL_SLICE = 512,     /* events; each slice costs the daemon a search in one segment */
    SPOOL_WAIT_MS = 20000, /* for the next page */
    SPOOL_PAUSE_MS = 500,  /* after a refusal: others are reading */
    SPOOL_REFUSED_MAX = 20
};

enum spool_state { SPOOL_IDLE, SPOOL_WANTS, SPOOL_ASKED, SPOOL_HAS, SPOOL_FAILED };

struct spool {
    enum spool_state state;
    uint64_t from_seq; /* first wanted; 0: by time */
    wall_t from;
    uint32_t request, refused;
    mono_t at; /* ASKED: last heard of; WANTS: not before */
    uint32_t count;
    bool is_last; /* nothing follows in the journal as it was then */
    struct wire_event event[SPOOL_SLICE];
};

void spool_ask(struct spool *s, uint64_t from_seq, wall_t from);
void spool_release(struct spool *s);

/* Sends what is wanted, if it may now. True: it is under way. */
bool spool_step(struct spool *s, struct session *session, uint16_t junction_ix, mono_t now);
bool spool_is_asked(const struct spool *s);

/* A page, or a refusal. False: not of this slice. */
bool spool_take(struct spool *s, const struct wire_events *page, mono_t now);
bool spool_refuse(struct spool *s, uint32_t request, mono_t now);
/* The daemon is gone: what was under way is asked for again. */
void spool_lose(struct spool *s);

#endif
