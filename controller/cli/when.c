#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schedule.h"

enum { DAY_S = 86400 };

int32_t when_offset_s(wall_t wall)
{
    const time_t at = (time_t)(wall.ms / 1000);
    struct tm local;
    return localtime_r(&at, &local) != NULL ? (int32_t)local.tm_gmtoff : 0;
}

wall_t when_now(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_REALTIME, &at) == 0);
    return (wall_t){ .ms = (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
}

/* Reads hours, minutes and perhaps seconds; *rest is what follows. */
static bool parse_clock(const char *text, int64_t *second_of_day, const char **rest)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int used = 0;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &used) != 2 || used == 0) {
        return false;
    }
    int more = 0;
    if (sscanf(text + used, ":%2d%n", &second, &more) == 1) {
        used += more;
    }
    *second_of_day = (int64_t)hour * 3600 + minute * 60 + second;
    *rest = text + used;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

/* Local seconds to UTC: the offset of the moment itself, found from a first guess. */
static wall_t from_local(int64_t local_s)
{
    const int32_t guess_s = when_offset_s((wall_t){ .ms = local_s * 1000 });
    const wall_t near = { .ms = (local_s - guess_s) * 1000 };
    return (wall_t){ .ms = (local_s - when_offset_s(near)) * 1000 };
}

enum status when_parse(const char *text, wall_t now, wall_t *wall)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int used = 0;
    int64_t second_of_day = 0;
    int64_t day_s = 0;
    const char *rest = text;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && used > 0) {
        if (month < 1 || month > 12 || day < 1 || day > 31) {
            return STATUS_INVALID;
        }
        day_s = days_from_civil(year, month, day) * DAY_S;
        rest = text + used;
        const bool has_clock = *rest == 'T' || *rest == ' ';
        if (has_clock && !parse_clock(rest + 1, &second_of_day, &rest)) {
            return STATUS_INVALID;
        }
    } else if (parse_clock(text, &second_of_day, &rest)) {
        const int64_t local_s = now.ms / 1000 + when_offset_s(now);
        day_s = local_s - local_s % DAY_S;
    } else {
        return STATUS_INVALID;
    }
    const bool is_utc = strcmp(rest, "Z") == 0;
    if (*rest != '\0' && !is_utc) {
        return STATUS_INVALID;
    }
    const int64_t at_s = day_s + second_of_day;
    *wall = is_utc ? (wall_t){ .ms = at_s * 1000 } : from_local(at_s);
    return STATUS_OK;
}

enum status when_parse_duration(const char *text, int32_t *duration_ms)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    int32_t unit_s = 1;
    if (strcmp(end, "m") == 0) {
        unit_s = 60;
    } else if (strcmp(end, "h") == 0) {
        unit_s = 3600;
    } else if (strcmp(end, "") != 0 && strcmp(end, "s") != 0) {
        return STATUS_INVALID;
    }
    if (end == text || value < 1 || value > DAY_S / unit_s) {
        return STATUS_INVALID;
    }
    *duration_ms = (int32_t)value * unit_s * 1000;
    return STATUS_OK;
}
