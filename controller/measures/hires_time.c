#include "hires_time.h"

#include <string.h>

#include "scan.h"

static const int64_t day_ms = 86400000;

/* Days since 1970-01-01 of a date of the Gregorian calendar; March is the first month of its year,
 * so that the leap day comes last (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    const int64_t era = days / 146097;
    const int64_t of_era = days - era * 146097;
    const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

bool hires_time_of(int64_t year, int64_t month, int64_t day, int64_t of_day_ms, int64_t *ms)
{
    int64_t same_year = 0;
    int64_t same_month = 0;
    int64_t same_day = 0;
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 ||
        of_day_ms < 0 || of_day_ms > day_ms + 1000) {
        return false;
    }
    const int64_t days = days_of(year, month, day);
    date_of(days, &same_year, &same_month, &same_day); /* 30 February would become 1 March */
    if (same_day != day) {
        return false;
    }
    *ms = days * day_ms + of_day_ms;
    return true;
}

static int64_t read_decimals(const char **at)
{
    int64_t ms = 0;
    int64_t worth_ms = 100;
    if (scan_text(at, ".")) {
        for (; **at >= '0' && **at <= '9'; (*at)++) {
            ms += worth_ms * (**at - '0');
            worth_ms /= 10;
        }
    }
    return ms;
}

bool hires_time_read(const char **at, int64_t *ms)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    const char *c = *at;
    const bool has_date = scan_number(&c, 1970, 9999, &year) && scan_text(&c, "-") &&
                          scan_number(&c, 1, 12, &month) && scan_text(&c, "-") &&
                          scan_number(&c, 1, 31, &day);
    const bool has_time = has_date && (scan_text(&c, "T") || scan_text(&c, " ")) &&
                          scan_number(&c, 0, 23, &hour) && scan_text(&c, ":") &&
                          scan_number(&c, 0, 59, &minute) && scan_text(&c, ":") &&
                          scan_number(&c, 0, 60, &second);
    if (!has_time) {
        return false;
    }
    const int64_t of_day_ms = ((hour * 60 + minute) * 60 + second) * 1000 + read_decimals(&c);
    if (!hires_time_of(year, month, day, of_day_ms, ms)) {
        return false;
    }
    if (*c == 'Z') {
        c++;
    }
    *at = c;
    return true;
}

/* Writes a number with leading zeros and what follows it; returns where the text goes on. */
static char *put(char *at, int64_t value, int32_t digits, char after)
{
    for (int32_t i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    at[digits] = after;
    return at + digits + 1;
}

void hires_time_text(int64_t ms, bool is_utc, char text[HIRES_TIME_BYTES])
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    const int64_t last_ms = days_of(9999, 12, 31) * day_ms + day_ms - 1;
    const int64_t shown_ms = ms < 0 ? 0 : (ms > last_ms ? last_ms : ms);
    const int64_t of_day_ms = shown_ms % day_ms;
    date_of(shown_ms / day_ms, &year, &month, &day);
    char *at = put(text, year, 4, '-');
    at = put(at, month, 2, '-');
    at = put(at, day, 2, 'T');
    at = put(at, of_day_ms / 3600000, 2, ':');
    at = put(at, of_day_ms / 60000 % 60, 2, ':');
    at = put(at, of_day_ms / 1000 % 60, 2, '.');
    at = put(at, of_day_ms % 1000, 3, is_utc ? 'Z' : '\0');
    *at = '\0';
}

/* Hours of a twelve-hour clock: 12 AM is midnight. False: 13 PM. */
static bool take_half_of_day(const char **at, int64_t *hour)
{
    const char *c = *at;
    const bool is_am = scan_text(&c, " AM");
    const bool is_pm = !is_am && scan_text(&c, " PM");
    if (!is_am && !is_pm) {
        return true;
    }
    if (*hour < 1 || *hour > 12) {
        return false;
    }
    *hour = *hour % 12 + (is_pm ? 12 : 0);
    *at = c;
    return true;
}

bool hires_time_us_read(const char **at, int64_t *ms)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    const char *c = *at;
    const bool has_month = scan_number(&c, 1, 12, &month);
    const char *const between = *c == '/' ? "/" : "-";
    const bool has_date = has_month && scan_text(&c, between) && scan_number(&c, 1, 31, &day) &&
                          scan_text(&c, between) && scan_number(&c, 1970, 9999, &year);
    const bool has_time = has_date && scan_text(&c, " ") && scan_number(&c, 0, 23, &hour) &&
                          scan_text(&c, ":") && scan_number(&c, 0, 59, &minute) &&
                          scan_text(&c, ":") && scan_number(&c, 0, 59, &second);
    if (!has_time) {
        return false;
    }
    const int64_t decimals_ms = read_decimals(&c);
    if (!take_half_of_day(&c, &hour)) {
        return false;
    }
    const int64_t of_day_ms = ((hour * 60 + minute) * 60 + second) * 1000 + decimals_ms;
    if (!hires_time_of(year, month, day, of_day_ms, ms)) {
        return false;
    }
    *at = c;
    return true;
}

void hires_time_us_text(int64_t ms, bool has_decimals, char text[HIRES_TIME_BYTES])
{
    char usual[HIRES_TIME_BYTES]; /* 2024-05-13T15:00:01.200 */
    hires_time_text(ms, false, usual);
    memcpy(text, usual + 5, 5);
    text[5] = '-';
    memcpy(text + 6, usual, 4);
    text[10] = ' ';
    memcpy(text + 11, usual + 11, 12);
    text[has_decimals ? 23 : 19] = '\0';
}
