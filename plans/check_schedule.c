/* Rules of the calendar and of names towards the outside. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "schedule.h"

enum { DAYS_MAX = 366 };

/* Day of a leap year, 0 to 365; -1 for dates that were refused already. */
static int32_t day_of_year(int32_t month, int32_t day)
{
    if (month < 1 || day < 1) {
        return -1;
    }
    return (int32_t)(days_from_civil(2024, month, day) - days_from_civil(2024, 1, 1));
}

static void check_year(struct reader *r)
{
    const struct schedule *s = &r->plan->schedule;
    const struct yaml_node *root = yaml_get(r->doc[FILE_PLAN]->root, "schedule");
    bool is_covered[DAYS_MAX] = { false };
    for (int32_t i = 0; i < s->season_count; i++) {
        const struct season *season = &s->season[i];
        const int32_t from = day_of_year(season->from_month, season->from_day);
        const int32_t to = day_of_year(season->to_month, season->to_day);
        for (int32_t d = 0; d < DAYS_MAX && from >= 0 && to >= 0; d++) {
            const bool is_in = from <= to ? d >= from && d <= to : d >= from || d <= to;
            is_covered[d] = is_covered[d] || is_in;
        }
        if (from < 0 || to < 0) {
            return; /* reported; what is missing cannot be said */
        }
    }
    for (int32_t d = 0; d < DAYS_MAX && root != NULL; d++) {
        if (!is_covered[d]) {
            const wall_t wall = { .ms = (days_from_civil(2024, 1, 1) + d) * 86400000 };
            const struct civil c = civil_from_wall(wall, 0);
            diag_rule(r->diag, RULE_YEAR_COVER, reader_at(root, "seasons"),
                      "no season holds on %02d-%02d", c.month, c.day);
            return;
        }
    }
}

static void check_one_offs(struct reader *r)
{
    const struct schedule *s = &r->plan->schedule;
    for (int32_t i = 0; i < s->one_off_count; i++) {
        const struct one_off *o = &s->one_off[i];
        if (o->until.ms <= o->from.ms && o->until.ms != 0 && o->from.ms != 0) {
            diag_rule(r->diag, RULE_ONE_OFF_ORDER, reader_at(r->one_off[i], "until"),
                      "it ends before it begins");
        }
    }
}

static void tell_unused(struct reader *r, enum ref ref, uint64_t used)
{
    for (uint32_t i = 0; i < (uint32_t)r->names[ref].count; i++) {
        if ((used & bit64(i)) == 0) {
            diag_rule(r->diag, RULE_UNUSED, yaml_key_at(r->names[ref].node[i]), "%s %s is not used",
                      format_ref_name((int32_t)ref), r->names[ref].name[i]);
        }
    }
}

static uint64_t bit_of(int32_t ix)
{
    return ix >= 0 && ix < 64 ? bit64((uint32_t)ix) : 0;
}

static void check_use(struct reader *r)
{
    const struct schedule *s = &r->plan->schedule;
    uint64_t days = 0;
    uint64_t weeks = 0;
    uint64_t plans = bit_of(r->plan->ladder.fallback_pattern_ix);
    for (int32_t i = 0; i < s->day_plan_count; i++) {
        for (int32_t k = 0; k < s->day_plan[i].event_count; k++) {
            plans |= bit_of(s->day_plan[i].event[k].pattern_ix);
        }
    }
    for (int32_t i = 0; i < s->week_plan_count; i++) {
        for (uint32_t k = 0; k < 7; k++) {
            days |= bit_of(s->week_plan[i].day_plan_ix[k]);
        }
    }
    for (int32_t i = 0; i < s->season_count; i++) {
        weeks |= bit_of(s->season[i].week_plan_ix);
    }
    for (int32_t i = 0; i < s->special_day_count; i++) {
        days |= bit_of(s->special_day[i].day_plan_ix);
    }
    for (int32_t i = 0; i < s->one_off_count; i++) {
        plans |= bit_of(s->one_off[i].pattern_ix);
    }
    tell_unused(r, REF_DAY, days);
    tell_unused(r, REF_WEEK, weeks);
    tell_unused(r, REF_PATTERN, plans);
}

/* A zone is a file of the tz database. Its name is checked first: it becomes a path. */
static void check_zone(struct reader *r)
{
    const char *zone = r->plan->zone;
    char path[64];
    const bool is_name =
        strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
            strlen(zone) &&
        zone[0] != '/';
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    if (!is_name || zone[0] == '\0' || access(path, R_OK) != 0) {
        diag_rule(r->diag, RULE_ZONE_UNKNOWN, reader_at(r->doc[FILE_PLAN]->root, "zone"),
                  "no time zone is called '%s'", zone);
    }
}

static void check_node(struct reader *r)
{
    const char *node = r->plan->node;
    const char *slash = strchr(node, '/');
    const bool is_pair = slash != NULL && slash != node && strchr(slash + 1, '/') == NULL;
    const bool is_good = is_pair && strchr(node, '.') == NULL && strpbrk(node, "+#$") == NULL &&
                         strcmp(slash + 1, r->plan->junction_name) == 0;
    if (node[0] != '\0' && !is_good) {
        diag_rule(r->diag, RULE_NODE_NAME, reader_at(r->doc[FILE_PLAN]->root, "node"),
                  "node '%s' is not city/%s", node, r->plan->junction_name);
    }
}

void check_schedule(struct reader *r)
{
    check_year(r);
    check_one_offs(r);
    if (r->diag->errors == 0) {
        check_use(r); /* what an error hides would look unused */
    }
    check_zone(r);
    check_node(r);
}
