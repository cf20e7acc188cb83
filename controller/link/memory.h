/* memory.h: what a node has to know after a restart of kavsak-link: how far events were delivered
 * and which alarms people have acknowledged or suspended. One small JSON file for each node,
 * written beside its predecessor and put in its place, so that it is whole or old, never half.
 * Without a folder nothing is kept. */
#ifndef KAVSAK_MEMORY_H
#define KAVSAK_MEMORY_H

#include "alarms.h"
#include "events.h"
#include "world.h"

enum { MEMORY_BYTES = 32768, MEMORY_EVERY_MS = 2000 };

struct memory {
    char path[PATH_MAX_BYTES]; /* "" none */
    uint64_t saved;            /* hash of what the file holds */
    mono_t saved_at;
    bool has_failed;
    char bytes[MEMORY_BYTES];
};

/* folder: NULL none. */
void memory_init(struct memory *m, const char *folder, const char *node);
/* False: there is a file, and it is not one of ours: it is left alone and said in the log. */
bool memory_load(struct memory *m, const struct world *world, struct value_tree *tree,
                 struct events *events, struct alarms *alarms);
/* Writes if something has changed, not more often than MEMORY_EVERY_MS unless is_last. */
void memory_step(struct memory *m, const struct world *world, const struct events *events,
                 const struct alarms *alarms, mono_t now, bool is_last);

#endif
