/* when.h: moments as people type and read them. Local time is the zone of whoever types (TZ); no
 * locale. */
#ifndef KAVSAK_WHEN_H
#define KAVSAK_WHEN_H

#include "types.h"

/* Seconds that local time is ahead of UTC at that moment. */
int32_t when_offset_s(wall_t wall);

/* All moments at which local clocks show this, the earlier first: one; two in an hour that is
 * repeated when clocks are set back; none in one that is left out when they are set forward, and
 * then found[0] is when they would have shown it. Returns how many. local_ms: since 1970 as if it
 * were UTC. */
uint32_t when_of_local(int64_t local_ms, wall_t found[2]);

/* From now on local time is that of this zone of the tz database. STATUS_NOT_FOUND: it has no such
 * zone. */
MUST_CHECK enum status when_set_zone(const char *name);

wall_t when_now(void);

/* "2026-11-23", "2026-11-23T18:04", "2026-11-23 18:04:30", "18:04" (of the day of now), all local;
 * "...Z" is UTC. STATUS_INVALID: none of these. */
MUST_CHECK enum status when_parse(const char *text, wall_t now, wall_t *wall);

/* "90", "90s", "15m", "2h" as milliseconds; at most a day. STATUS_INVALID: none of these. */
MUST_CHECK enum status when_parse_duration(const char *text, int32_t *duration_ms);

#endif
