#include "moment.h"

#include <stdio.h>
#include <string.h>

#include "schedule.h"

enum { DAY_MS = 86400000 };

void moment_write(wall_t wall, char out[MOMENT_BYTES])
{
    const struct civil c = civil_from_wall(wall, 0);
    const int32_t s = c.ms_of_day / 1000;
    (void)snprintf(out, MOMENT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
                   s / 3600, s / 60 % 60, s % 60, c.ms_of_day % 1000);
}

/* Exactly so many digits; false: something else stands there. */
static bool take_number(const char **at, int32_t digits, int32_t *value)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < digits; i++) {
        const char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        sum = sum * 10 + (c - '0');
    }
    *at += digits;
    *value = sum;
    return true;
}

static bool take_letter(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

/* Decimals, of which three count. */
static bool take_fraction(const char **at, int32_t *ms)
{
    int32_t digits = 0;
    int32_t weight = 100;
    *ms = 0;
    if (**at != '.') {
        return true;
    }
    (*at)++;
    while (**at >= '0' && **at <= '9' && digits < 10) {
        *ms += (**at - '0') * weight;
        weight /= 10;
        digits++;
        (*at)++;
    }
    return digits >= 1 && digits <= 9;
}

static bool take_zone(const char **at, int64_t *offset_ms)
{
    int32_t hours = 0;
    int32_t minutes = 0;
    *offset_ms = 0;
    if (take_letter(at, 'Z')) {
        return true;
    }
    const int32_t sign = **at == '-' ? -1 : 1;
    if (**at != '+' && **at != '-') {
        return false;
    }
    (*at)++;
    if (!take_number(at, 2, &hours) || !take_letter(at, ':') || !take_number(at, 2, &minutes) ||
        hours > 14 || minutes > 59) {
        return false;
    }
    *offset_ms = (int64_t)sign * (hours * 3600 + minutes * 60) * 1000;
    return true;
}

static bool day_exists(int32_t year, int32_t month, int32_t day)
{
    if (year < 1970 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    const struct civil c =
        civil_from_wall((wall_t){ .ms = days_from_civil(year, month, day) * DAY_MS }, 0);
    return c.month == month && c.day == day;
}

bool moment_read(const char *text, wall_t *wall)
{
    const char *at = text;
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    int32_t hour = 0;
    int32_t minute = 0;
    int32_t second = 0;
    int32_t ms = 0;
    int64_t offset_ms = 0;
    const bool has_form =
        take_number(&at, 4, &year) && take_letter(&at, '-') && take_number(&at, 2, &month) &&
        take_letter(&at, '-') && take_number(&at, 2, &day) && take_letter(&at, 'T') &&
        take_number(&at, 2, &hour) && take_letter(&at, ':') && take_number(&at, 2, &minute) &&
        take_letter(&at, ':') && take_number(&at, 2, &second) && take_fraction(&at, &ms) &&
        take_zone(&at, &offset_ms) && *at == '\0';
    if (!has_form || !day_exists(year, month, day) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    wall->ms = days_from_civil(year, month, day) * DAY_MS +
               ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000 + ms - offset_ms;
    return true;
}
