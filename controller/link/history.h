/* history.h: fetches from MQTT: any time range of the channels whose past is in the journal, page
 * by page to where the asker wants it. Every fetch is answered; what cannot be had is answered
 * empty, complete, and with a reason. Owned by struct node. */
#ifndef KAVSAK_HISTORY_H
#define KAVSAK_HISTORY_H

#include "counts.h"
#include "events.h"

enum { HISTORY_JOBS = 4, HISTORY_PAUSE_MS = 100, HISTORY_TRIES = 300 };

struct history_job {
    bool is_used;
    const struct channel *channel;
    struct outlet_asker asker;
    wall_t from, to; /* from inclusive, to exclusive */
    struct spool spool;
    uint32_t at; /* in the slice */
    bool is_at_end;
    struct counts counts;
    mono_t next_at;
};

struct history {
    struct history_job job[HISTORY_JOBS];
    uint64_t taken, refused, told;
};

struct history_moment {
    struct outlet *outlet;
    const struct plan *plan;
    struct value_tree *tree;
    bool has_daemon;
    uint32_t waiting;
    mono_t now;
};

/* channel: NULL if there is none of that name. topic: where the answer goes by default. */
void history_take(struct history *h, const struct history_moment *m, const struct channel *channel,
                  const struct topic *topic, const struct mqtt_message *message);
void history_step(struct history *h, const struct history_moment *m);

#endif
