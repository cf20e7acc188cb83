/* fetch.h: the desk between the socket and the disk thread: a range of the journal is asked for by
 * the tick thread, read by the disk thread, page by page, so that no reader's disk wait reaches a
 * tick. */
#ifndef KAVSAK_FETCH_H
#define KAVSAK_FETCH_H

#include "journal_read.h"
#include "wire.h"

enum {
    FETCH_DESK_MAX = 4, /* fetches under way at once */
    /* Pages made at once, and sent in one tick: twenty thousand events a second, so that a day of a
     * busy junction is told in a quarter of a minute. */
    FETCH_PAGES = 32
};

struct journal_desk;

/* A page of the journal: decisions if they were asked for, else events. */
union fetch_page {
    struct wire_header header;
    struct wire_events events;
    struct wire_decisions decisions;
};

MUST_CHECK enum status journal_desk_create(const struct world *world, const char *folder,
                                           struct journal_desk **desk);
void journal_desk_destroy(struct journal_desk *desk);

/* Tick thread. STATUS_AGAIN: all places are taken. *place names the fetch until it has ended. */
MUST_CHECK enum status journal_desk_ask(struct journal_desk *desk, const struct wire_fetch *fetch,
                                        uint32_t *place);
/* Tick thread. STATUS_OK: a page (*is_last: then the place is free again); STATUS_AGAIN: not yet;
 * STATUS_IO: the journal cannot be read, the place is free. */
MUST_CHECK enum status journal_desk_take(struct journal_desk *desk, uint32_t place,
                                         union fetch_page *page, bool *is_last);
/* Tick thread. The asker has gone: the place becomes free when the disk thread lets go of it. */
void journal_desk_drop(struct journal_desk *desk, uint32_t place);

/* Disk thread, beside journal_step(): reads at most FETCH_PAGES for each place. */
void journal_desk_step(struct journal_desk *desk);

#endif
