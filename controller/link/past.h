/* past.h: all that a node tells out of the journal: events as they happen, counts, replays after an
 * outage, fetches of any time. Brings them together: one feed, its takers, and the slices of the
 * journal that they want. Owned by struct node. */
#ifndef KAVSAK_PAST_H
#define KAVSAK_PAST_H

#include "channels.h"
#include "feed.h"
#include "history.h"
#include "memory.h"
#include "tally.h"

enum {
    PAST_TALLIES = 2,
    PAST_EVENTS_PER_STEP = 2048,
    /* The window that runs and the one before it, which proves that the journal goes back so far.
     */
    PAST_BACK_MS = 1800000,
    PAST_LATE_MS = 2000 /* after a window's end, before it is closed without a further event */
};

struct past {
    struct feed feed;
    struct events events;
    struct tally tally[PAST_TALLIES];
    struct history history;
    struct memory memory;
    bool has_loaded;
};

struct past_moment {
    const struct world *world;
    struct outlet *outlet;
    struct channel *channel; /* all of the node's */
    struct value_tree *tree;
    struct alarms *alarms;
    const struct plan *plan;
    const struct wire_status *status; /* NULL: the controller does not answer */
    bool is_up;
    uint32_t waiting;
    mono_t now;
    wall_t wall;
};

void past_init(struct past *p, const struct plan *plan, const char *state_folder);
void past_announce(struct past *p);

/* The daemon's side. */
void past_begin(struct past *p, mono_t now, wall_t wall);
void past_lose(struct past *p);
void past_hear(struct past *p, const struct wire_events *m, mono_t now);
bool past_refuse(struct past *p, uint32_t request, mono_t now);

/* Whether a slice is under way; asks for the next one that is wanted. */
bool past_is_asked(const struct past *p);
bool past_ask(struct past *p, struct session *session, uint16_t junction_ix, mono_t now);

/* One message on N/fetch/...; channel: NULL if we have none of that name. */
void past_fetch(struct past *p, const struct past_moment *m, const struct channel *channel,
                const struct topic *topic, const struct mqtt_message *message);
void past_step(struct past *p, const struct past_moment *m);
/* The last words of this process to its file. */
void past_stop(struct past *p, const struct past_moment *m);

#endif
