/* why_source.h: where kavsak why finds what was: a running daemon with its journal, or a journal
 * folder. Both are asked the same and answer record by record, oldest first. */
#ifndef KAVSAK_WHY_SOURCE_H
#define KAVSAK_WHY_SOURCE_H

#include "client.h"
#include "decision.h"
#include "journal_read.h"

struct why_record {
    wall_t at;
    bool is_decision; /* else event */
    struct event event;
    struct decision decision;
};

typedef void why_take(void *self, const struct why_record *record);

struct why_range {
    enum wire_fetch_what what;
    wall_t from, until;
    uint32_t last; /* if not 0: the newest so many are enough, more may come */
};

struct why_source {
    struct client *client; /* NULL: folder */
    uint16_t junction_ix;
    const char *folder;
    struct journal_reader *reader;
    struct world *world;
    char text[CLIENT_TEXT_BYTES]; /* what went wrong */
};

MUST_CHECK enum status why_source_scan(struct why_source *s, const struct why_range *range,
                                       why_take *take, void *self);

#endif
