/* hires_time.h: dates and times of event logs, to the millisecond, in the log's own clock. Knows no
 * time zones: a log shows what its controller's clock showed. Owned by nobody: it keeps nothing. */
#ifndef KAVSAK_HIRES_TIME_H
#define KAVSAK_HIRES_TIME_H

#include "types.h"

enum { HIRES_TIME_BYTES = 32 };

/* "2024-05-13T15:00:01.2Z", with T or a blank, Z or nothing, any number of decimals; digits beyond
 * the third are dropped. Leaves *at behind it; false leaves *at and *ms alone. */
MUST_CHECK bool hires_time_read(const char **at, int64_t *ms);

/* Milliseconds since 1970 of a date and time of day. False: there is no such moment. */
MUST_CHECK bool hires_time_of(int64_t year, int64_t month, int64_t day, int64_t of_day_ms,
                              int64_t *ms);

/* The same the other way, "2024-05-13T15:00:01.200" with Z if is_utc; years 1970 to 9999. */
void hires_time_text(int64_t ms, bool is_utc, char text[HIRES_TIME_BYTES]);

/* The other order, "5-13-2024 15:00:01.2", as ASC/3 and MaxTime write it: with - or /, with or
 * without leading zeros and decimals, of 24 hours or with AM or PM behind it. */
MUST_CHECK bool hires_time_us_read(const char **at, int64_t *ms);

/* "05-13-2024 15:00:01", with three decimals or none. */
void hires_time_us_text(int64_t ms, bool has_decimals, char text[HIRES_TIME_BYTES]);

#endif
