/* when.h: moments as people type and read them. Local time is the zone of whoever types (TZ); no
 * locale. */
#ifndef KAVSAK_WHEN_H
#define KAVSAK_WHEN_H

#include "types.h"

/* Seconds that local time is ahead of UTC at that moment. */
int32_t when_offset_s(wall_t wall);

wall_t when_now(void);

/* "2026-11-23", "2026-11-23T18:04", "2026-11-23 18:04:30", "18:04" (of the day of now), all local;
 * "...Z" is UTC. STATUS_INVALID: none of these. */
MUST_CHECK enum status when_parse(const char *text, wall_t now, wall_t *wall);

/* "90", "90s", "15m", "2h" as milliseconds; at most a day. STATUS_INVALID: none of these. */
MUST_CHECK enum status when_parse_duration(const char *text, int32_t *duration_ms);

#endif
