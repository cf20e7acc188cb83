#include "schedule.h"

enum { MS_PER_DAY = 86400000, DAYS_PER_ERA = 146097, EPOCH_SHIFT_DAYS = 719468 };

/* Years begin on 1 March here, so that the leap day is a year's last; an era is 400 years. */
int64_t days_from_civil(int32_t year, int32_t month, int32_t day)
{
    const int64_t y = (int64_t)year - (month <= 2 ? 1 : 0);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t month_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT_DAYS;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

struct civil civil_from_wall(wall_t wall, int32_t utc_offset_s)
{
    const int64_t offset_ms = (int64_t)utc_offset_s * 1000;
    /* A clock that says year 292 million is broken, but may not overflow us. */
    const bool fits =
        offset_ms >= 0 ? wall.ms <= INT64_MAX - offset_ms : wall.ms >= INT64_MIN - offset_ms;
    const int64_t local_ms = fits ? wall.ms + offset_ms : wall.ms;
    const int64_t days = floor_div(local_ms, MS_PER_DAY);
    const int64_t shifted = days + EPOCH_SHIFT_DAYS;
    const int64_t era = floor_div(shifted, DAYS_PER_ERA);
    const int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const int32_t month = (int32_t)((month_from_march + 2) % 12 + 1);
    /* 1970-01-01 was a Thursday. */
    const int64_t weekday = days + 3 - floor_div(days + 3, 7) * 7;
    return (struct civil){
        .year = (int32_t)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
        .month = month,
        .day = (int32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .weekday = (int32_t)weekday,
        .ms_of_day = (int32_t)((local_ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY),
    };
}

static int32_t month_day(int32_t month, int32_t day)
{
    return month * 100 + day;
}

/* A season that begins after it ends crosses the new year: 1 November to 31 March. */
static bool season_holds(const struct season *s, const struct civil *c)
{
    const int32_t from = month_day(s->from_month, s->from_day);
    const int32_t to = month_day(s->to_month, s->to_day);
    const int32_t today = month_day(c->month, c->day);
    if (from <= to) {
        return today >= from && today <= to;
    }
    return today >= from || today <= to;
}

/* A one-off wins over the calendar; of two that overlap the one that began later, and of two that
 * began together the one written later. */
static int32_t one_off_pattern(const struct schedule *s, wall_t wall)
{
    int32_t best = -1;
    for (int32_t i = 0; i < s->one_off_count; i++) {
        const struct one_off *o = &s->one_off[i];
        const bool holds = o->from.ms <= wall.ms && wall.ms < o->until.ms;
        if (holds && (best < 0 || o->from.ms >= s->one_off[best].from.ms)) {
            best = i;
        }
    }
    return best < 0 ? -1 : s->one_off[best].pattern_ix;
}

/* A dated special day wins over a yearly one; among equals the later entry. -1: an ordinary day. */
static int32_t special_day_plan(const struct schedule *s, const struct civil *c)
{
    int32_t yearly = -1;
    int32_t dated = -1;
    for (int32_t i = 0; i < s->special_day_count; i++) {
        const struct special_day *d = &s->special_day[i];
        if (d->month != c->month || d->day != c->day) {
            continue;
        }
        if (d->year == 0) {
            yearly = d->day_plan_ix;
        } else if (d->year == c->year) {
            dated = d->day_plan_ix;
        }
    }
    return dated >= 0 ? dated : yearly;
}

static int32_t season_day_plan(const struct schedule *s, const struct civil *c)
{
    int32_t week_ix = 0;
    for (int32_t i = 0; i < s->season_count; i++) {
        if (season_holds(&s->season[i], c)) {
            week_ix = s->season[i].week_plan_ix;
        }
    }
    return s->week_plan[week_ix].day_plan_ix[c->weekday];
}

int32_t schedule_pattern(const struct plan *p, wall_t wall, int32_t utc_offset_s)
{
    const struct schedule *s = &p->schedule;
    const int32_t one_off = one_off_pattern(s, wall);
    if (one_off >= 0) {
        return one_off;
    }
    const struct civil c = civil_from_wall(wall, utc_offset_s);
    const int32_t special = special_day_plan(s, &c);
    const struct day_plan *d = &s->day_plan[special >= 0 ? special : season_day_plan(s, &c)];
    int32_t pattern_ix = d->event[0].pattern_ix;
    for (int32_t i = 1; i < d->event_count && d->event[i].start_ms <= c.ms_of_day; i++) {
        pattern_ix = d->event[i].pattern_ix;
    }
    return pattern_ix;
}
