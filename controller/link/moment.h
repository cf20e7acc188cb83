/* moment.h: civil time as text, ISO 8601 in UTC, for messages. Pure. */
#ifndef KAVSAK_MOMENT_H
#define KAVSAK_MOMENT_H

#include "types.h"

enum { MOMENT_BYTES = 32 };

/* 2026-03-01T07:15:00.000Z */
void moment_write(wall_t wall, char out[MOMENT_BYTES]);

/* 0 to 9 decimals, Z or +hh:mm; years 1970 to 9999. False: no such moment, *wall unchanged. */
bool moment_read(const char *text, wall_t *wall);

#endif
