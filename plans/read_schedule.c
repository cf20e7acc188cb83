/* The calendar of plan.yaml: kinds of day and week, seasons, special days, one-offs. */
#include <stdio.h>
#include <string.h>

#include "read.h"
#include "schedule.h"

static bool digits(const char *text, int32_t count, int32_t *value)
{
    *value = 0;
    for (int32_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

/* "HH:MM" to milliseconds of the day. */
static bool time_parse(const char *text, int32_t *ms)
{
    int32_t hour = 0;
    int32_t minute = 0;
    if (strlen(text) != 5 || !digits(text, 2, &hour) || text[2] != ':' ||
        !digits(text + 3, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *ms = (hour * 60 + minute) * 60000;
    return true;
}

static bool date_exists(int32_t year, int32_t month, int32_t day)
{
    static const int32_t length[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool is_leap = year == 0 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    if (month < 1 || month > 12 || day < 1 || day > length[month - 1]) {
        return false;
    }
    return month != 2 || day != 29 || is_leap;
}

/* "MM-DD" (year 0: every year) or "YYYY-MM-DD", a date that exists. */
static bool date_parse(const char *text, int32_t *year, int32_t *month, int32_t *day)
{
    const size_t length = strlen(text);
    const char *p = text;
    *year = 0;
    if (length == 10) {
        if (!digits(p, 4, year) || p[4] != '-' || *year < 2000 || *year > 2199) {
            return false;
        }
        p += 5;
    } else if (length != 5) {
        return false;
    }
    return digits(p, 2, month) && p[2] == '-' && digits(p + 3, 2, day) &&
           date_exists(*year, *month, *day);
}

/* "2026-10-29T08:00+03:00" or "...Z". */
static bool instant_parse(const char *text, wall_t *wall)
{
    char date[11];
    char time[6];
    int32_t year = 0, month = 0, day = 0, ms = 0, offset_ms = 0;
    const size_t length = strlen(text);
    if ((length != 22 && length != 17) || text[10] != 'T') {
        return false;
    }
    (void)snprintf(date, sizeof date, "%.10s", text);
    (void)snprintf(time, sizeof time, "%.5s", text + 11);
    if (!date_parse(date, &year, &month, &day) || !time_parse(time, &ms)) {
        return false;
    }
    const char sign = text[16];
    if (length == 17 ? sign != 'Z'
                     : (sign != '+' && sign != '-') || !time_parse(text + 17, &offset_ms)) {
        return false;
    }
    wall->ms = days_from_civil(year, month, day) * 86400000 + ms -
               (sign == '-' ? -(int64_t)offset_ms : offset_ms);
    return true;
}

/* The text of a key that must be a date. False: absent or reported. */
static bool date_read(struct reader *r, const struct yaml_node *item, const char *key,
                      int32_t *year, int32_t *month, int32_t *day)
{
    const struct yaml_node *n = yaml_get(item, key);
    if (n == NULL || n->is_refused) {
        return false;
    }
    if (n->kind != YAML_SCALAR || !date_parse(n->text, year, month, day)) {
        diag_rule(r->diag, RULE_DATE_BAD, yaml_at(n), "%s: '%.40s' is not a date of the calendar",
                  key, n->text);
        return false;
    }
    return true;
}

static void read_instant(struct reader *r, const struct yaml_node *item, const char *key,
                         wall_t *wall)
{
    const struct yaml_node *n = yaml_get(item, key);
    if (n == NULL || n->is_refused) {
        return;
    }
    if (n->kind != YAML_SCALAR || !instant_parse(n->text, wall)) {
        diag_rule(r->diag, RULE_DATE_BAD, yaml_at(n),
                  "%s: '%.40s' is not an instant like \"2026-10-29T08:00+03:00\"", key, n->text);
    }
}

static void insert_event(struct day_plan *day, int32_t start_ms, int32_t pattern_ix)
{
    int32_t at = day->event_count;
    for (; at > 0 && day->event[at - 1].start_ms > start_ms; at--) {
        day->event[at] = day->event[at - 1];
    }
    day->event[at] = (struct day_event){ .start_ms = start_ms, .pattern_ix = pattern_ix };
    day->event_count++;
}

static void read_day(struct reader *r, uint32_t ix)
{
    struct day_plan *day = &r->plan->schedule.day_plan[ix];
    const struct yaml_node *node = r->names[REF_DAY].node[ix];
    (void)snprintf(day->name, sizeof day->name, "%s", r->names[REF_DAY].name[ix]);
    if (node->kind != YAML_MAP) {
        diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(node),
                  "a day is {\"00:00\": plan, \"07:00\": plan}");
        return;
    }
    if (node->child_count > DAY_EVENT_MAX) {
        diag_rule(r->diag, RULE_TOO_MANY, yaml_key_at(node),
                  "%d changes, but at most %d are possible in a day", node->child_count,
                  DAY_EVENT_MAX);
        return;
    }
    for (const struct yaml_node *n = node->child; n != NULL; n = n->next) {
        int32_t start_ms = 0;
        const bool is_time = time_parse(n->key, &start_ms);
        if (!is_time) {
            diag_rule(r->diag, RULE_DATE_BAD, yaml_key_at(n),
                      "'%.40s' is not a time of day \"HH:MM\"", n->key);
        }
        if (n->kind != YAML_SCALAR) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(n), "the name of a plan is wanted");
            continue;
        }
        const int32_t pattern_ix =
            n->is_refused ? -1 : name_need(r, REF_PATTERN, n, n->text, RULE_NAME_UNKNOWN);
        if (is_time && pattern_ix >= 0) {
            insert_event(day, start_ms, pattern_ix);
        }
    }
    if (node->child_count == 0 || yaml_get(node, "00:00") == NULL) {
        diag_rule(r->diag, RULE_DAY_START, yaml_key_at(node),
                  "day %s does not say what runs from 00:00", day->name);
    }
}

static void read_seasons(struct reader *r, const struct yaml_node *node)
{
    struct schedule *s = &r->plan->schedule;
    const struct yaml_node *list = field_list(r, node, SHAPE_SCHEDULE, "seasons");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct season *season = &s->season[s->season_count];
        int32_t year = 0;
        r->season[s->season_count] = n;
        season->week_plan_ix = -1;
        fields_read(r, n, SHAPE_SEASON, season, 0);
        if (date_read(r, n, "from", &year, &season->from_month, &season->from_day) && year != 0) {
            diag_rule(r->diag, RULE_DATE_BAD, reader_at(n, "from"),
                      "a season has no year: \"MM-DD\"");
        }
        year = 0;
        if (date_read(r, n, "to", &year, &season->to_month, &season->to_day) && year != 0) {
            diag_rule(r->diag, RULE_DATE_BAD, reader_at(n, "to"),
                      "a season has no year: \"MM-DD\"");
        }
        s->season_count++;
    }
    if (node != NULL && yaml_get(node, "seasons") == NULL) {
        s->season[0] = (struct season){ 1, 1, 12, 31, 0 };
        s->season_count = 1;
    }
}

static void read_special_days(struct reader *r, const struct yaml_node *node)
{
    struct schedule *s = &r->plan->schedule;
    const struct yaml_node *list = field_list(r, node, SHAPE_SCHEDULE, "special_days");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct special_day *day = &s->special_day[s->special_day_count];
        r->special_day[s->special_day_count] = n;
        day->day_plan_ix = -1;
        fields_read(r, n, SHAPE_SPECIAL_DAY, day, 0);
        (void)date_read(r, n, "date", &day->year, &day->month, &day->day);
        s->special_day_count++;
    }
}

static void read_one_offs(struct reader *r, const struct yaml_node *node)
{
    struct schedule *s = &r->plan->schedule;
    const struct yaml_node *list = field_list(r, node, SHAPE_SCHEDULE, "one_off");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct one_off *o = &s->one_off[s->one_off_count];
        r->one_off[s->one_off_count] = n;
        o->pattern_ix = -1;
        fields_read(r, n, SHAPE_ONE_OFF, o, 0);
        read_instant(r, n, "from", &o->from);
        read_instant(r, n, "until", &o->until);
        s->one_off_count++;
    }
}

void schedule_read(struct reader *r)
{
    struct schedule *s = &r->plan->schedule;
    const struct yaml_node *node = field_map(r, r->doc[FILE_PLAN]->root, SHAPE_PLAN, "schedule");
    if (node != NULL) {
        fields_read(r, node, SHAPE_SCHEDULE, s, 0);
    }
    s->day_plan_count = r->names[REF_DAY].count;
    for (int32_t ix = 0; ix < s->day_plan_count; ix++) {
        read_day(r, (uint32_t)ix);
    }
    s->week_plan_count = r->names[REF_WEEK].count;
    for (int32_t ix = 0; ix < s->week_plan_count; ix++) {
        struct week_plan *week = &s->week_plan[ix];
        (void)snprintf(week->name, sizeof week->name, "%s", r->names[REF_WEEK].name[ix]);
        for (uint32_t d = 0; d < 7; d++) {
            week->day_plan_ix[d] = -1;
        }
        fields_read(r, r->names[REF_WEEK].node[ix], SHAPE_WEEK, week, 0);
    }
    read_seasons(r, node);
    read_special_days(r, node);
    read_one_offs(r, node);
}
