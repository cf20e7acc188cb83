#include "when.h"

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

/* Reads a number of at most so many digits and moves on; false: there is none, or it is too large.
 */
static bool take_number(const char **at, int32_t digits_max, int32_t largest, int32_t *value)
{
    int32_t digits = 0;
    *value = 0;
    while (digits < digits_max && **at >= '0' && **at <= '9') {
        *value = *value * 10 + (**at - '0');
        digits++;
        (*at)++;
    }
    return digits > 0 && *value <= largest;
}

static bool take_character(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

/* Hours, minutes and perhaps seconds. */
static bool take_clock(const char **at, int64_t *second_of_day)
{
    int32_t hour = 0;
    int32_t minute = 0;
    int32_t second = 0;
    if (!take_number(at, 2, 23, &hour) || !take_character(at, ':') ||
        !take_number(at, 2, 59, &minute)) {
        return false;
    }
    if (**at == ':') {
        (*at)++;
        if (!take_number(at, 2, 59, &second)) {
            return false;
        }
    }
    *second_of_day = (int64_t)hour * 3600 + minute * 60 + second;
    return true;
}

/* "2026-11-23", as seconds of its midnight if it were UTC. */
static bool take_date(const char **at, int64_t *day_s)
{
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    if (!take_number(at, 4, 9999, &year) || !take_character(at, '-') ||
        !take_number(at, 2, 12, &month) || !take_character(at, '-') ||
        !take_number(at, 2, 31, &day) || month == 0 || day == 0) {
        return false;
    }
    *day_s = days_from_civil(year, month, day) * DAY_S;
    return true;
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
    const char *at = text;
    int64_t second_of_day = 0;
    int64_t day_s = 0;
    if (take_date(&at, &day_s)) {
        const bool has_clock = take_character(&at, 'T') || take_character(&at, ' ');
        if (has_clock && !take_clock(&at, &second_of_day)) {
            return STATUS_INVALID;
        }
    } else {
        const int64_t local_s = now.ms / 1000 + when_offset_s(now);
        day_s = local_s - local_s % DAY_S;
        at = text;
        if (!take_clock(&at, &second_of_day)) {
            return STATUS_INVALID;
        }
    }
    const bool is_utc = take_character(&at, 'Z');
    if (*at != '\0') {
        return STATUS_INVALID;
    }
    const int64_t at_s = day_s + second_of_day;
    *wall = from_local(at_s);
    if (is_utc) {
        wall->ms = at_s * 1000;
    }
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
