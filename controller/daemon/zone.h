/* zone.h: how far local time is from UTC, from the tz database, without asking the C library during
 * a tick. The library reads the database once, before the first tick; what it knows of the years
 * 2000 to 2100 is kept as a table of changes, and from then on a zone is arithmetic. */
#ifndef KAVSAK_ZONE_H
#define KAVSAK_ZONE_H

#include "types.h"

enum { ZONE_NAME_BYTES = 32, ZONE_CHANGE_MAX = 512 };

struct zone_change {
    int64_t from_s; /* UTC second from which on the offset holds */
    int32_t offset_s;
};

struct zone {
    char name[ZONE_NAME_BYTES];
    uint32_t change_count;
    struct zone_change change[ZONE_CHANGE_MAX];
};

/* Sets TZ of the process for a moment: only one thread may use the environment while it runs.
 * STATUS_NOT_FOUND: the tz database has no such zone. STATUS_NO_SPACE: it changes too often. */
MUST_CHECK enum status zone_read(struct zone *z, const char *name);

/* Seconds to add to UTC. Before the table's first year and after its last the nearest entry holds.
 */
int32_t zone_offset_s(const struct zone *z, wall_t wall);

#endif
