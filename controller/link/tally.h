/* tally.h: a channel of counts: the windows that have ended, kept until the broker has them, the
 * newest on the status topic, those of an outage on the replay topic. Owned by struct node. */
#ifndef KAVSAK_TALLY_H
#define KAVSAK_TALLY_H

#include "channel.h"
#include "counts.h"
#include "events.h"

enum { TALLY_WINDOWS = 96 }; /* a day of quarter hours */

struct tally {
    struct counts counts;
    bool is_open, done_is_due;
    int64_t sent, confirmed; /* window numbers, -1 none */
    uint32_t first, count;
    struct counted window[TALLY_WINDOWS];
};

void tally_init(struct tally *t, const struct plan *plan, int32_t window_ms);
void tally_announce(struct tally *t);
/* Every event of the feed, and now and then what time it is. */
void tally_take(struct tally *t, const struct wire_event *e);
void tally_tick(struct tally *t, wall_t wall);
void tally_step(struct tally *t, const struct events_moment *m);

/* One entry of status, replay or history. */
void tally_write_entry(const struct counts *c, const struct counted *window, bool is_past,
                       struct payload_writer *w);

#endif
