/* The calendar: which pattern when. */
#include "show_parts.h"

#include "schedule.h"

enum { CELLS_PER_DAY = 48, MS_PER_CELL = 1800000 };

/* Patterns have letters in the calendar: a to z, then A to F. */
static char letter_of(int32_t pattern_ix)
{
    return (char)(pattern_ix < 26 ? 'a' + pattern_ix : 'A' + pattern_ix - 26);
}

/* What runs at the start of each half hour. */
static void show_day(const struct day_plan *d, FILE *out)
{
    for (int32_t cell = 0; cell < CELLS_PER_DAY; cell++) {
        int32_t pattern_ix = d->event[0].pattern_ix;
        for (int32_t i = 1; i < d->event_count; i++) {
            if (d->event[i].start_ms <= cell * MS_PER_CELL) {
                pattern_ix = d->event[i].pattern_ix;
            }
        }
        (void)fprintf(out, "%c", letter_of(pattern_ix));
    }
}

static void show_hours(FILE *out)
{
    (void)fprintf(out, "       ");
    for (int32_t hour = 0; hour < 24; hour += 3) {
        (void)fprintf(out, "|%02" PRId32 "   ", hour);
    }
    (void)fprintf(out, "|\n");
}

static void show_week(const struct plan *p, int32_t week_ix, FILE *out)
{
    static const char *const day_name[7] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    const struct week_plan *w = &p->schedule.week_plan[week_ix];
    (void)fprintf(out, "  week \"%s\"\n", w->name);
    show_hours(out);
    for (int32_t i = 0; i < 7; i++) {
        const struct day_plan *d = &p->schedule.day_plan[w->day_plan_ix[i]];
        (void)fprintf(out, "  %s  ", day_name[i]);
        show_day(d, out);
        (void)fprintf(out, "  %s\n", d->name);
    }
}

static void show_events(const struct plan *p, FILE *out)
{
    for (int32_t i = 0; i < p->schedule.day_plan_count; i++) {
        const struct day_plan *d = &p->schedule.day_plan[i];
        (void)fprintf(out, "  day \"%s\":", d->name);
        for (int32_t k = 0; k < d->event_count; k++) {
            const int32_t start_s = d->event[k].start_ms / 1000;
            (void)fprintf(out, "%s %02" PRId32 ":%02" PRId32 " %s", k > 0 ? "," : "",
                          start_s / 3600, start_s / 60 % 60,
                          p->pattern[d->event[k].pattern_ix].name);
        }
        (void)fprintf(out, "\n");
    }
}

static void show_moment(wall_t wall, FILE *out)
{
    const struct civil c = civil_from_wall(wall, 0);
    (void)fprintf(out, "%04" PRId32 "-%02" PRId32 "-%02" PRId32 " %02" PRId32 ":%02" PRId32 "Z",
                  c.year, c.month, c.day, c.ms_of_day / 3600000, c.ms_of_day / 60000 % 60);
}

static void show_exceptions(const struct plan *p, FILE *out)
{
    const struct schedule *s = &p->schedule;
    for (int32_t i = 0; i < s->season_count; i++) {
        const struct season *e = &s->season[i];
        (void)fprintf(
            out,
            "  season %02" PRId32 "-%02" PRId32 " to %02" PRId32 "-%02" PRId32 ": week \"%s\"\n",
            e->from_month, e->from_day, e->to_month, e->to_day, s->week_plan[e->week_plan_ix].name);
    }
    for (int32_t i = 0; i < s->special_day_count; i++) {
        const struct special_day *d = &s->special_day[i];
        (void)fprintf(out, "  special day ");
        if (d->year != 0) {
            (void)fprintf(out, "%04" PRId32 "-", d->year);
        }
        (void)fprintf(out, "%02" PRId32 "-%02" PRId32 "%s: day \"%s\"\n", d->month, d->day,
                      d->year == 0 ? " every year" : "", s->day_plan[d->day_plan_ix].name);
    }
    for (int32_t i = 0; i < s->one_off_count; i++) {
        (void)fprintf(out, "  once from ");
        show_moment(s->one_off[i].from, out);
        (void)fprintf(out, " until ");
        show_moment(s->one_off[i].until, out);
        (void)fprintf(out, ": %s\n", p->pattern[s->one_off[i].pattern_ix].name);
    }
}

void show_schedule(const struct plan *p, FILE *out)
{
    (void)fprintf(out, "\nSchedule\n--------\n  local time of %s\n", p->zone);
    for (int32_t i = 0; i < p->schedule.week_plan_count; i++) {
        show_week(p, i, out);
    }
    for (int32_t i = 0; i < p->pattern_count; i++) {
        (void)fprintf(out, "  %c = %s\n", letter_of(i), p->pattern[i].name);
    }
    show_events(p, out);
    show_exceptions(p, out);
}
