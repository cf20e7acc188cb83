#include "oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const aspect_names[ASPECT_COUNT] = {
    [ASPECT_DARK] = "dark",
    [ASPECT_RED] = "red",
    [ASPECT_RED_YELLOW] = "red-yellow",
    [ASPECT_GREEN] = "green",
    [ASPECT_GREEN_FLASH] = "green-flash",
    [ASPECT_YELLOW] = "yellow",
    [ASPECT_FLASH_YELLOW] = "flash-yellow",
    [ASPECT_FLASH_RED] = "flash-red",
    [ASPECT_PED_CLEAR] = "ped-clear",
    [ASPECT_UNKNOWN] = "unknown lamps",
};

static const char *name_of(int32_t aspect)
{
    return aspect >= 0 && aspect < ASPECT_COUNT ? aspect_names[aspect] : "no aspect";
}

/* Only the first violation of a call is told; all the rest would follow from it. */
__attribute__((format(printf, 2, 3))) static void accuse(struct oracle *o, const char *format, ...)
{
    if (o->reason[0] != '\0') {
        return;
    }
    va_list list;
    va_start(list, format);
    (void)vsnprintf(o->reason, sizeof o->reason, format, list);
    va_end(list);
}

void oracle_init(struct oracle *o, const struct safety *s, int32_t late_ms)
{
    memset(o, 0, sizeof *o);
    o->safety = s;
    o->late_ms = late_ms;
}

void oracle_forget(struct oracle *o)
{
    o->life = ORACLE_NEW;
    memset(o->group, 0, sizeof o->group);
}

static int32_t group_count(const struct oracle *o)
{
    return o->safety->sg_count < SG_MAX ? o->safety->sg_count : SG_MAX;
}

static const struct oracle_span *newest(const struct oracle_group *g)
{
    return &g->span[(g->count - 1) % ORACLE_SPAN_MAX];
}

static void remember(struct oracle_group *g, int32_t aspect, int64_t from_ms, bool is_partial)
{
    g->span[g->count % ORACLE_SPAN_MAX] =
        (struct oracle_span){ .aspect = aspect, .from_ms = from_ms, .is_partial = is_partial };
    g->count++;
}

static void remember_changes(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    for (int32_t i = 0; i < group_count(o); i++) {
        if (aspect[i] != newest(&o->group[i])->aspect) {
            remember(&o->group[i], aspect[i], now_ms, false);
        }
    }
}

static bool is_pedestrian(const struct safety *s, int32_t i)
{
    return s->sg_type[i] == SG_PEDESTRIAN;
}

/* L1: what a group of its type may show in service. */
static bool may_show(const struct safety *s, int32_t i, int32_t aspect)
{
    if (aspect == ASPECT_RED || aspect == ASPECT_GREEN) {
        return true;
    }
    if (is_pedestrian(s, i)) {
        return aspect == ASPECT_PED_CLEAR;
    }
    return aspect == ASPECT_RED_YELLOW || aspect == ASPECT_GREEN_FLASH || aspect == ASPECT_YELLOW;
}

/* L3: the one aspect that may follow. Optional aspects are there if and only if they have a time.
 */
static int32_t next_aspect(const struct safety *s, int32_t i, int32_t aspect)
{
    const bool pedestrian = is_pedestrian(s, i);
    if (aspect == ASPECT_RED) {
        return !pedestrian && s->red_yellow_ms[i] > 0 ? ASPECT_RED_YELLOW : ASPECT_GREEN;
    }
    if (aspect == ASPECT_RED_YELLOW) {
        return ASPECT_GREEN;
    }
    if (aspect == ASPECT_GREEN && pedestrian) {
        return s->ped_clear_ms[i] > 0 ? ASPECT_PED_CLEAR : ASPECT_RED;
    }
    if (aspect == ASPECT_GREEN && s->green_flash_ms[i] > 0) {
        return ASPECT_GREEN_FLASH;
    }
    return aspect_is_green(aspect) ? ASPECT_YELLOW : ASPECT_RED;
}

/* L4, L5, L7: the least time of what is being left. */
static int32_t least_ms(const struct oracle *o, int32_t i, int32_t aspect)
{
    const struct safety *s = o->safety;
    const int32_t least_green_ms =
        o->is_preempting ? s->preempt_min_green_ms[i] : s->min_green_ms[i];
    const int32_t least[ASPECT_COUNT] = {
        [ASPECT_RED] = s->min_red_ms[i],   [ASPECT_RED_YELLOW] = s->red_yellow_ms[i],
        [ASPECT_GREEN] = least_green_ms,   [ASPECT_GREEN_FLASH] = s->green_flash_ms[i],
        [ASPECT_YELLOW] = s->yellow_ms[i], [ASPECT_PED_CLEAR] = s->ped_clear_ms[i],
    };
    return aspect >= 0 && aspect < ASPECT_COUNT ? least[aspect] : 0;
}

static const char *law_of(int32_t aspect)
{
    return aspect == ASPECT_GREEN ? "L4" : (aspect == ASPECT_RED ? "L7" : "L5");
}

/* When i was last seen to end green (or green-flash), going back through its history. */
static bool last_green_end(const struct oracle_group *g, int64_t *end_ms)
{
    const uint32_t kept = g->count < ORACLE_SPAN_MAX ? g->count : ORACLE_SPAN_MAX;
    for (uint32_t back = 1; back < kept; back++) {
        const struct oracle_span *older = &g->span[(g->count - 1 - back) % ORACLE_SPAN_MAX];
        const struct oracle_span *later = &g->span[(g->count - back) % ORACLE_SPAN_MAX];
        if (aspect_is_green(older->aspect) && !aspect_is_green(later->aspect)) {
            *end_ms = later->from_ms;
            return true;
        }
    }
    return false;
}

/* L6, for j beginning green now. A foe that is green itself is L2's business, or permitted. */
static void judge_intergreens(struct oracle *o, int32_t j, const int32_t aspect[SG_MAX],
                              int64_t now_ms)
{
    for (int32_t i = 0; i < group_count(o); i++) {
        const int32_t owed_ms = o->safety->intergreen_ms[i][j];
        int64_t end_ms = 0;
        if (i == j || owed_ms < 0 || aspect_is_green(aspect[i]) ||
            !last_green_end(&o->group[i], &end_ms)) {
            continue;
        }
        if (now_ms - end_ms < owed_ms) {
            accuse(o, "L6: group %d green %" PRId64 " ms after the green of %d, intergreen %d ms",
                   (int)j + 1, now_ms - end_ms, (int)i + 1, (int)owed_ms);
        }
    }
}

static void judge_step(struct oracle *o, int32_t i, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    const struct oracle_span *was = newest(&o->group[i]);
    const int64_t shown_ms = now_ms - was->from_ms;
    const int32_t wanted_ms = least_ms(o, i, was->aspect);
    if (next_aspect(o->safety, i, was->aspect) != aspect[i]) {
        accuse(o, "L3: group %d goes from %s to %s", (int)i + 1, name_of(was->aspect),
               name_of(aspect[i]));
    }
    if (!was->is_partial && shown_ms < wanted_ms) {
        accuse(o, "%s: group %d left %s after %" PRId64 " of %d ms", law_of(was->aspect),
               (int)i + 1, name_of(was->aspect), shown_ms, (int)wanted_ms);
    }
}

static void judge_length(struct oracle *o, int32_t i, int64_t now_ms)
{
    const struct oracle_span *is = newest(&o->group[i]);
    const bool has_longest = is->aspect == ASPECT_YELLOW || is->aspect == ASPECT_RED_YELLOW;
    if (o->late_ms < 0 || !has_longest || is->is_partial) {
        return;
    }
    const int64_t shown_ms = now_ms - is->from_ms;
    const int32_t longest_ms = least_ms(o, i, is->aspect) + o->late_ms;
    if (shown_ms > longest_ms) {
        accuse(o, "L5: group %d shows %s for %" PRId64 " ms, at most %d", (int)i + 1,
               name_of(is->aspect), shown_ms, (int)longest_ms);
    }
}

static void judge_values(struct oracle *o, const int32_t aspect[SG_MAX])
{
    for (int32_t i = 0; i < group_count(o); i++) {
        if (!may_show(o->safety, i, aspect[i])) {
            accuse(o, "L1: group %d shows %s in service", (int)i + 1, name_of(aspect[i]));
        }
    }
}

static void judge_conflicts(struct oracle *o, const int32_t aspect[SG_MAX])
{
    for (int32_t a = 0; a < group_count(o); a++) {
        if (aspect[a] == ASPECT_RED) {
            continue;
        }
        for (int32_t b = 0; b < group_count(o); b++) {
            const bool both = a != b && aspect[b] != ASPECT_RED;
            if (both && safety_conflict(o->safety, (uint32_t)a, (uint32_t)b)) {
                accuse(o, "L2: group %d shows %s while %d shows %s", (int)a + 1, name_of(aspect[a]),
                       (int)b + 1, name_of(aspect[b]));
            }
        }
    }
}

static void serve(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    judge_values(o, aspect);
    judge_conflicts(o, aspect);
    for (int32_t i = 0; i < group_count(o); i++) {
        judge_length(o, i, now_ms); /* of what is shown, or left now */
        if (aspect[i] == newest(&o->group[i])->aspect) {
            continue;
        }
        judge_step(o, i, aspect, now_ms);
        if (aspect[i] == ASPECT_GREEN) {
            judge_intergreens(o, i, aspect, now_ms);
        }
    }
    /* After all are judged: groups that change together are judged by the same past. */
    remember_changes(o, aspect, now_ms);
}

static bool is_all_red(const struct oracle *o, const int32_t aspect[SG_MAX])
{
    for (int32_t i = 0; i < group_count(o); i++) {
        if (aspect[i] != ASPECT_RED) {
            return false;
        }
    }
    return true;
}

/* L8 (b): those that flashed yellow show yellow, the others red. */
static bool is_startup_yellow(const struct oracle *o, const int32_t aspect[SG_MAX])
{
    for (int32_t i = 0; i < group_count(o); i++) {
        const bool flashes = o->safety->flash_aspect[i] == ASPECT_FLASH_YELLOW;
        if (aspect[i] != (flashes ? ASPECT_YELLOW : ASPECT_RED)) {
            return false;
        }
    }
    return true;
}

static void enter(struct oracle *o, enum oracle_life life, int64_t now_ms)
{
    o->life = (int32_t)life;
    o->life_from_ms = now_ms;
}

static void begin_history(struct oracle *o, const int32_t aspect[SG_MAX], int64_t from_ms,
                          bool is_partial)
{
    for (int32_t i = 0; i < group_count(o); i++) {
        o->group[i].count = 0;
        remember(&o->group[i], aspect[i], from_ms, is_partial);
    }
}

static void judge_part(struct oracle *o, const char *part, int64_t shown_ms, int32_t wanted_ms)
{
    if (shown_ms < wanted_ms) {
        accuse(o, "L8: %s of start-up lasted %" PRId64 " of %d ms", part, shown_ms, (int)wanted_ms);
    }
}

static bool some_flash_yellow(const struct oracle *o)
{
    for (int32_t i = 0; i < group_count(o); i++) {
        if (o->safety->flash_aspect[i] == ASPECT_FLASH_YELLOW) {
            return true;
        }
    }
    return false;
}

/* Out of flash: yellow first where the safety file has it, all red otherwise; nothing else. */
static void leave_flash(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    const struct safety *s = o->safety;
    const bool yellow_first = s->startup_yellow_ms > 0 && some_flash_yellow(o);
    judge_part(o, "flash", now_ms - o->life_from_ms, s->startup_flash_ms);
    begin_history(o, aspect, now_ms, false);
    if (yellow_first && is_startup_yellow(o, aspect)) {
        enter(o, ORACLE_STARTUP_YELLOW, now_ms);
    } else if (!yellow_first && is_all_red(o, aspect)) {
        enter(o, ORACLE_STARTUP_RED, now_ms);
    } else {
        accuse(o, "L8: flash is left for something that is not the start-up");
        enter(o, ORACLE_SERVICE, now_ms);
    }
}

static void leave_startup_yellow(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    judge_part(o, "yellow", now_ms - o->life_from_ms, o->safety->startup_yellow_ms);
    if (is_all_red(o, aspect)) {
        enter(o, ORACLE_STARTUP_RED, now_ms);
    } else {
        accuse(o, "L8: start-up yellow is not followed by all red");
        enter(o, ORACLE_SERVICE, now_ms);
    }
    remember_changes(o, aspect, now_ms);
}

static void start_up(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    const struct safety *s = o->safety;
    if (o->life == ORACLE_STARTUP_YELLOW) {
        if (!is_startup_yellow(o, aspect)) {
            leave_startup_yellow(o, aspect, now_ms);
        }
        return;
    }
    if (is_all_red(o, aspect)) {
        return;
    }
    /* Where nobody flashes yellow the yellow part is there too, but looks like all red. */
    const int32_t unseen_ms = some_flash_yellow(o) ? 0 : s->startup_yellow_ms;
    judge_part(o, "all red", now_ms - o->life_from_ms, s->startup_all_red_ms + unseen_ms);
    enter(o, ORACLE_SERVICE, now_ms);
    serve(o, aspect, now_ms);
}

static void show_flash(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    if (o->life != ORACLE_FLASH) {
        enter(o, ORACLE_FLASH, now_ms);
    }
    for (int32_t i = 0; i < group_count(o); i++) {
        if (aspect[i] != o->safety->flash_aspect[i]) {
            accuse(o, "L8: in flash group %d shows %s instead of %s", (int)i + 1,
                   name_of(aspect[i]), name_of(o->safety->flash_aspect[i]));
        }
    }
}

static void show_service(struct oracle *o, const int32_t aspect[SG_MAX], int64_t now_ms)
{
    switch ((enum oracle_life)o->life) {
    case ORACLE_NEW:
        begin_history(o, aspect, now_ms, true);
        enter(o, ORACLE_SERVICE, now_ms);
        judge_values(o, aspect);
        judge_conflicts(o, aspect);
        return;
    case ORACLE_FLASH:
        leave_flash(o, aspect, now_ms);
        return;
    case ORACLE_STARTUP_YELLOW:
    case ORACLE_STARTUP_RED:
        start_up(o, aspect, now_ms);
        return;
    case ORACLE_SERVICE:
        serve(o, aspect, now_ms);
        return;
    }
}

const char *oracle_see(struct oracle *o, mono_t now, const int32_t aspect[SG_MAX], bool is_flash)
{
    o->reason[0] = '\0';
    if (now.ms < o->seen_at_ms) {
        accuse(o, "the clock of display runs backwards");
    }
    o->seen_at_ms = now.ms;
    if (is_flash) {
        show_flash(o, aspect, now.ms);
    } else {
        show_service(o, aspect, now.ms);
    }
    if (o->reason[0] == '\0') {
        return NULL;
    }
    o->violations++;
    return o->reason;
}
