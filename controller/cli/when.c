#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "schedule.h"

enum { DAY_S = 86400, ZONE_PATH_BYTES = 128 };

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

/* An offset holds for weeks, so a day before and a day after a moment tell what may hold in it. */
uint32_t when_of_local(int64_t local_ms, wall_t found[2])
{
    const int32_t before_s = when_offset_s((wall_t){ .ms = local_ms - DAY_S * 1000 });
    const int32_t after_s = when_offset_s((wall_t){ .ms = local_ms + DAY_S * 1000 });
    uint32_t count = 0;
    found[0].ms = local_ms - (int64_t)before_s * 1000;
    count += when_offset_s(found[0]) == before_s ? 1 : 0;
    if (after_s == before_s) {
        return count;
    }
    const wall_t later = { .ms = local_ms - (int64_t)after_s * 1000 };
    if (when_offset_s(later) == after_s) {
        found[count++] = later;
    }
    return count;
}

static wall_t from_local(int64_t local_s)
{
    wall_t found[2];
    (void)when_of_local(local_s * 1000, found);
    return found[0];
}

/* The C library takes a zone that it does not know for UTC without a word. */
enum status when_set_zone(const char *name)
{
    char path[ZONE_PATH_BYTES];
    const char *folder = getenv("TZDIR");
    const int length =
        snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);
    const bool is_name = name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL &&
                         length > 0 && (size_t)length < sizeof path;
    struct stat about;
    const bool is_file = is_name && stat(path, &about) == 0 && S_ISREG(about.st_mode);
    if (!is_file && strcmp(name, "UTC") != 0) {
        return STATUS_NOT_FOUND;
    }
    if (setenv("TZ", name, 1) != 0) {
        return STATUS_NO_SPACE;
    }
    tzset();
    return STATUS_OK;
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
