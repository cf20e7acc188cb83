/* schedule.h: which pattern the calendar asks for. Pure: civil time in, pattern index out; one-off
 * before special day before season's week plan. Local date from UTC and offset by arithmetic (no
 * libc). */
#ifndef KAVSAK_SCHEDULE_H
#define KAVSAK_SCHEDULE_H

#include "plan.h"

struct civil {
    int32_t year, month, day; /* month and day from 1 */
    int32_t weekday;          /* Monday 0 */
    int32_t ms_of_day;
};

/* Proleptic Gregorian, after Hinnant, "chrono-compatible low-level date algorithms". */
struct civil civil_from_wall(wall_t wall, int32_t utc_offset_s);
int64_t days_from_civil(int32_t year, int32_t month, int32_t day);

/* Index into plan->pattern; never fails: a checked plan covers every moment. */
int32_t schedule_pattern(const struct plan *p, wall_t wall, int32_t utc_offset_s);

#endif
