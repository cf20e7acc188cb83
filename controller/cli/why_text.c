#include "why_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "words.h"

enum {
    TERMS = 7,
    COLUMN_WIDTH = 9,
    NAME_WIDTH = 28,
    AWAY_S = 2 /* a decision further from the moment than this is another moment's */
};

/* Terms of a cost in the order of the table; names in it and in sentences. */
static const struct {
    const char *heading, *words;
} term_name[TERMS] = {
    { "delay", "delay" },
    { "stops", "stops" },
    { "switches", "switches" },
    { "waits", "long waits" },
    { "people", "pedestrians" },
    { "blocked", "blocked exits" },
    { "end", "queues left at the end" },
};

static void terms_of(const struct search_cost *c, int32_t term[TERMS])
{
    const int32_t terms[TERMS] = { c->delay_cs, c->stops_cs,   c->switches_cs, c->waits_cs,
                                   c->peds_cs,  c->blocked_cs, c->terminal_cs };
    memcpy(term, terms, sizeof terms);
}

static int64_t sum_of(const struct search_cost *c)
{
    int32_t term[TERMS];
    int64_t sum = 0;
    terms_of(c, term);
    for (int i = 0; i < TERMS; i++) {
        sum += term[i];
    }
    return sum;
}

/* Centiseconds as seconds with one decimal, rounded. */
static void say_cs(int64_t cs, char text[24])
{
    const int64_t tenths = ((cs < 0 ? -cs : cs) + 5) / 10;
    (void)snprintf(text, 24, "%s%lld.%lld", cs < 0 && tenths > 0 ? "-" : "",
                   (long long)(tenths / 10), (long long)(tenths % 10));
}

static void add_cs(struct page *p, int64_t cs, int width)
{
    char text[24];
    say_cs(cs, text);
    page_add(p, "%*s", width, text);
}

static void say_phases(const struct why *w, uint32_t phases, char text[WHY_OPTION_BYTES])
{
    const struct wire_names *n = w->names != NULL ? &w->names->kind[WIRE_NAMES_PHASES] : NULL;
    size_t used = 0;
    (void)snprintf(text, WHY_OPTION_BYTES, "no phase");
    for (uint32_t left = phases; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        char name[NAME_MAX_BYTES + 8];
        if (n != NULL && ix < n->count && n->name[ix][0] != '\0') {
            (void)snprintf(name, sizeof name, "%s", n->name[ix]);
        } else {
            (void)snprintf(name, sizeof name, "phase %u", (unsigned)ix + 1);
        }
        const size_t room = WHY_OPTION_BYTES - used;
        if (strlen(name) + 2 > room) {
            return;
        }
        used += (size_t)snprintf(text + used, room, "%s%s", used > 0 ? "+" : "", name);
    }
}

void why_say_option(const struct why *w, int32_t option_ix, char text[WHY_OPTION_BYTES])
{
    if (option_ix < 0 || option_ix >= STAGE_MAX) {
        (void)snprintf(text, WHY_OPTION_BYTES, "nowhere");
        return;
    }
    const int32_t name = w->decision.option_name[option_ix];
    if (w->decision.is_staged) {
        names_say(w->names, WIRE_NAMES_STAGES, name + 1, text);
    } else {
        say_phases(w, (uint32_t)name, text);
    }
}

static void say_group(const struct why *w, int32_t sg_ix, char text[NAMES_TEXT_BYTES])
{
    names_say(w->names, WIRE_NAMES_GROUPS, sg_ix + 1, text);
}

/* A limit that is nobody's own is that of the stage, or of the phases. */
static void say_bound(const struct why *w, char text[WHY_OPTION_BYTES])
{
    if (w->decision.binding_sg_ix < 0) {
        why_say_option(w, w->decision.was_ix, text);
        return;
    }
    char group[NAMES_TEXT_BYTES];
    say_group(w, w->decision.binding_sg_ix, group);
    (void)snprintf(text, WHY_OPTION_BYTES, "%s", group);
}

/* The first line. */

static void add_age(struct page *p, const struct decision *d)
{
    int32_t age_ds = 0;
    for (int32_t i = 0; i < d->lane_count && i < LANE_MAX; i++) {
        age_ds = max_i32(age_ds, d->lane[i].age_ds);
    }
    if (d->lane_count <= 0) {
        return;
    }
    if (age_ds >= DECISION_AGE_OLD_DS) {
        page_add(p, ", some information older than 25 s");
    } else {
        page_add(p, ", information at most %d.%d s old", (int)age_ds / 10, (int)age_ds % 10);
    }
}

static void add_heading(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    page_add_in(p, PAGE_BOLD, "%s", w->junction);
    page_add(p, "  ");
    page_add_wall(p, d->at, w->utc_offset_s, true);
    page_add(p, "  adaptive, decision %llu, %d nodes%s", (unsigned long long)d->number,
             (int)d->nodes, d->was_cut ? " (its budget)" : "");
    add_age(p, d);
    page_add(p, "\n");
}

/* What was chosen, and what it would have cost not to. */

static int32_t find_alternative(const struct decision *d, int32_t option_ix)
{
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        if (d->alternative[i].option_ix == option_ix) {
            return i;
        }
    }
    return -1;
}

/* The best of the alternatives that were not chosen; staying first, if it was left. */
static int32_t find_rival(const struct decision *d)
{
    const int32_t staying = find_alternative(d, d->was_ix);
    if (d->chosen_ix != d->was_ix && staying >= 0) {
        return staying;
    }
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        if (d->alternative[i].option_ix != d->chosen_ix) {
            return i;
        }
    }
    return -1;
}

/* Largest first; what rounds to nothing is left out. */
static void add_differences(struct page *p, const struct search_cost *a,
                            const struct search_cost *b)
{
    int32_t mine[TERMS];
    int32_t theirs[TERMS];
    bool is_told[TERMS] = { false };
    const char *glue = ": ";
    terms_of(a, mine);
    terms_of(b, theirs);
    for (int k = 0; k < TERMS; k++) {
        int largest = -1;
        int64_t size_cs = 0;
        for (int i = 0; i < TERMS; i++) {
            const int64_t more_cs = llabs((int64_t)theirs[i] - mine[i]);
            if (!is_told[i] && more_cs > size_cs) {
                largest = i;
                size_cs = more_cs;
            }
        }
        if (largest < 0 || size_cs < 5) {
            return;
        }
        is_told[largest] = true;
        char text[24];
        say_cs(size_cs, text);
        page_add(p, "%s%s %s for %s", glue, text, theirs[largest] > mine[largest] ? "more" : "less",
                 term_name[largest].words);
        glue = ", ";
    }
}

static void add_comparison(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    const int32_t mine = find_alternative(d, d->chosen_ix);
    const int32_t rival = find_rival(d);
    if (mine < 0 || rival < 0) {
        page_add(p, " Nothing else was possible.\n");
        return;
    }
    const struct decision_alternative *a = &d->alternative[mine];
    const struct decision_alternative *b = &d->alternative[rival];
    const int64_t more_cs = sum_of(&b->cost) - sum_of(&a->cost);
    char option[WHY_OPTION_BYTES];
    char text[24];
    why_say_option(w, b->option_ix, option);
    say_cs(more_cs < 0 ? -more_cs : more_cs, text);
    if (b->option_ix == d->was_ix) {
        page_add(p, " Staying in %s", option);
    } else if (b->leave_in_s > 0) {
        page_add(p, " Leaving in %d s for %s", (int)b->leave_in_s, option);
    } else {
        page_add(p, " Leaving now for %s", option);
    }
    page_add(p, " would cost %s vehicle-seconds %s", text, more_cs < 0 ? "less" : "more");
    add_differences(p, &a->cost, &b->cost);
    page_add(p, ".\n");
}

static void add_choice(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    char was[WHY_OPTION_BYTES];
    char chosen[WHY_OPTION_BYTES];
    why_say_option(w, d->was_ix, was);
    why_say_option(w, d->chosen_ix, chosen);
    if (d->binding == BINDING_ON_THE_WAY) {
        page_add(p, "On the way to %s: nothing to decide before its greens show.\n", chosen);
        return;
    }
    if (d->was_ix < 0) {
        page_add(p, "Begin with %s.", chosen);
    } else if (d->was_ix == d->chosen_ix) {
        page_add(p, "Stay in %s.", was);
    } else {
        page_add(p, "Leave %s for %s.", was, chosen);
    }
    add_comparison(p, w);
}

/* The table. */

static void add_row(struct page *p, const struct why *w, const struct decision_alternative *a)
{
    char option[WHY_OPTION_BYTES];
    char what[WHY_OPTION_BYTES + 32];
    int32_t term[TERMS];
    why_say_option(w, a->option_ix, option);
    if (a->option_ix == w->decision.was_ix) {
        (void)snprintf(what, sizeof what, "stay in %s, %d s", option, (int)a->leave_in_s);
    } else if (a->leave_in_s > 0) {
        (void)snprintf(what, sizeof what, "to %s in %d s", option, (int)a->leave_in_s);
    } else {
        (void)snprintf(what, sizeof what, "to %s now", option);
    }
    page_add(p, "%s ", a->option_ix == w->decision.chosen_ix ? ">" : " ");
    page_add_cell(p, what, NAME_WIDTH);
    add_cs(p, sum_of(&a->cost), COLUMN_WIDTH);
    terms_of(&a->cost, term);
    for (int i = 0; i < TERMS; i++) {
        add_cs(p, term[i], COLUMN_WIDTH);
    }
    page_add(p, "\n");
}

static void add_table(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    if (d->alternative_count <= 0) {
        return;
    }
    page_add(p, "\n  ");
    page_add_cell(p, "vehicle-seconds, best first", NAME_WIDTH);
    page_add(p, "%*s", COLUMN_WIDTH, "total");
    for (int i = 0; i < TERMS; i++) {
        page_add(p, "%*s", COLUMN_WIDTH, term_name[i].heading);
    }
    page_add(p, "\n");
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        add_row(p, w, &d->alternative[i]);
    }
}

/* What bound it. */

static void say_in(int32_t cs, const char *before, char text[40])
{
    char seconds[24];
    text[0] = '\0';
    if (cs > 0 && cs < SNAPSHOT_NEVER_CS) {
        say_cs(cs, seconds);
        (void)snprintf(text, 40, " %s %s s", before, seconds);
    }
}

static void say_binding(const struct why *w, char *text, size_t room)
{
    const struct decision *d = &w->decision;
    char group[WHY_OPTION_BYTES];
    char more[40];
    char left[40];
    say_bound(w, group);
    say_in(d->may_leave_in_cs, "for another", more);
    say_in(d->must_leave_in_cs, "in", left);
    switch ((enum search_binding)d->binding) {
    case BINDING_NONE:
        (void)snprintf(text, room, "nothing: everything the plan allows was possible");
        return;
    case BINDING_ON_THE_WAY:
        (void)snprintf(text, room, "the change under way");
        return;
    case BINDING_MIN_GREEN:
        (void)snprintf(text, room, "minimum green of %s%s", group, more);
        return;
    case BINDING_MAX_GREEN:
        (void)snprintf(text, room, "maximum green of %s%s%s", group,
                       left[0] != '\0' ? ", reached" : ": reached", left);
        return;
    case BINDING_MAX_RED:
        (void)snprintf(text, room, "maximum red of %s: it has to be served", group);
        return;
    case BINDING_PEDESTRIANS:
        (void)snprintf(text, room, "pedestrians on %s%s", group, more);
        return;
    case BINDING_NO_DEMAND:
        (void)snprintf(text, room, "nobody else waits or comes");
        return;
    case BINDING_EXIT_FULL:
        (void)snprintf(text, room, "a full exit: who would get green could not leave");
        return;
    case BINDING_STARVING:
        (void)snprintf(text, room, "the supervisor: %d lane%s waited too long and come%s first",
                       (int)d->starving_count, d->starving_count == 1 ? " has" : "s have",
                       d->starving_count == 1 ? "s" : "");
        return;
    case BINDING_COUNT:
        break;
    }
    (void)snprintf(text, room, "something this version does not know");
}

static void add_binding(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    char text[160];
    say_binding(w, text, sizeof text);
    page_add(p, "\nbound by  %s\n", text);
    if (d->is_oversaturated) {
        page_add(p, "          more comes than can leave: throughput counts, stops do not\n");
    }
    if (d->load_pct > 0) {
        page_add(p, "load      %d %% of what the junction can carry, five minutes' mean\n",
                 (int)d->load_pct);
    }
}

static void add_plan(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    const int32_t count = min_i32(d->timeline_count, SEARCH_TIMELINE_MAX);
    if (count <= 0) {
        return;
    }
    page_add(p, "plan      ");
    for (int32_t i = 0; i < count; i++) {
        char option[WHY_OPTION_BYTES];
        why_say_option(w, d->timeline[i].option_ix, option);
        page_add(p, "%s%s", i > 0 ? ", then " : "", option);
        if (i + 1 < count) {
            page_add(p, " %d s", d->timeline[i + 1].from_s - d->timeline[i].from_s);
        }
    }
    page_add(p, "\n");
}

static void add_lanes(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    bool has_substituted = false;
    if (d->lane_count <= 0) {
        return;
    }
    page_add(p, "\n  ");
    page_add_cell(p, "lane", NAME_WIDTH);
    page_add(p, "%*s%*s%*s\n", COLUMN_WIDTH, "standing", COLUMN_WIDTH, "coming", COLUMN_WIDTH,
             "age s");
    for (int32_t i = 0; i < d->lane_count && i < LANE_MAX; i++) {
        const struct decision_lane *lane = &d->lane[i];
        char name[NAMES_TEXT_BYTES];
        char age[24];
        names_say(w->names, WIRE_NAMES_LANES, i + 1, name);
        say_cs(lane->age_ds * 10, age);
        has_substituted = has_substituted || lane->is_substituted;
        page_add(p, "%s ", lane->is_substituted ? "!" : " ");
        page_add_cell(p, name, NAME_WIDTH);
        page_add(p, "%*u%*u%*s\n", COLUMN_WIDTH, (unsigned)lane->standing, COLUMN_WIDTH,
                 (unsigned)lane->coming, COLUMN_WIDTH,
                 lane->age_ds == DECISION_AGE_OLD_DS ? "> 25" : age);
    }
    if (has_substituted) {
        page_add(p, "! no working detector counts it: a guess from what the lane usually brings\n");
    }
}

static void add_decision(struct page *p, const struct why *w)
{
    add_heading(p, w);
    add_choice(p, w);
    add_table(p, w);
    add_binding(p, w);
    add_plan(p, w);
    add_lanes(p, w);
}

/* Nobody searched: who chose, and why. */

static void say_since(const struct why *w, wall_t at, struct page *p)
{
    if (at.ms != 0) {
        page_add(p, " since ");
        page_add_wall(p, at, w->utc_offset_s, true);
    }
}

static void add_mode(struct page *p, const struct why *w)
{
    const struct why_mode *m = &w->mode;
    if (m->has_mode && m->mode != MODE_NORMAL) {
        page_add(p, "mode %s", word_mode(m->mode));
        say_since(w, m->mode_at, p);
        page_add(p, ", because of %s\n", word_reason(m->mode_reason));
    } else if (m->has_strategy) {
        page_add(p, "strategy %s", word_strategy(m->strategy));
        say_since(w, m->strategy_at, p);
        page_add(p, ", because of %s\n", word_reason(m->strategy_reason));
    } else {
        page_add(p, "the journal does not tell who chose then\n");
    }
}

/* Adaptive control ran, as far as is known: then a decision is missing, not foreign. */
static bool was_adaptive(const struct why_mode *m)
{
    return (!m->has_mode || m->mode == MODE_NORMAL) && m->has_strategy &&
           m->strategy == STRATEGY_ADAPTIVE;
}

static void add_absence(struct page *p, const struct why *w)
{
    page_add_in(p, PAGE_BOLD, "%s", w->junction);
    page_add(p, "  ");
    if (!w->is_live) {
        page_add_wall(p, w->asked, w->utc_offset_s, true);
        page_add(p, "  ");
    }
    page_add(p, "%s: ",
             was_adaptive(&w->mode) ? "no decision is kept of this moment"
                                    : "not adaptive, so there is no decision");
    add_mode(p, w);
}

/* A decision of another moment is shown, and said to be one. */
static void add_distance(struct page *p, const struct why *w)
{
    const int64_t away_ms = w->asked.ms - w->decision.at.ms;
    const int64_t away_s = llabs(away_ms) / 1000;
    if (w->is_live || away_s <= AWAY_S) {
        return;
    }
    page_add(p, "The journal has no decision of ");
    page_add_wall(p, w->asked, w->utc_offset_s, false);
    page_add(p, "; the nearest is %lld s %s:\n\n", (long long)away_s,
             away_ms > 0 ? "earlier" : "later");
}

/* The end of a green. */

static const char *rule_words(int32_t code)
{
    switch (code) {
    case EVENT_GAP_OUT:
        return "gap-out: nobody had come for its passage time, and others waited";
    case EVENT_MAX_OUT:
        return "max-out: its maximum was reached while others waited";
    case EVENT_FORCE_OFF:
        return "force-off: its time in the cycle was over, or an order ended it";
    default:
        return NULL;
    }
}

bool why_end_was_advised(const struct why *w)
{
    const int64_t before_ms = w->end.ordered_at.ms - w->decision.at.ms;
    return w->has_decision && before_ms >= 0 && before_ms <= AWAY_S * 1000 &&
           w->decision.chosen_ix != w->decision.was_ix;
}

static void add_end(struct page *p, const struct why *w)
{
    const struct why_end *e = &w->end;
    char group[NAMES_TEXT_BYTES];
    say_group(w, w->sg_ix, group);
    page_add_in(p, PAGE_BOLD, "%s", w->junction);
    if (!e->is_found) {
        page_add(p, "  no end of a green of %s before ", group);
        page_add_wall(p, w->asked, w->utc_offset_s, true);
        page_add(p, " is in the journal\n");
        return;
    }
    page_add(p, "  ");
    page_add_wall(p, e->at, w->utc_offset_s, true);
    page_add(p, "  green of %s ended", group);
    if (e->has_stage) {
        char stage[NAMES_TEXT_BYTES];
        names_say(w->names, WIRE_NAMES_STAGES, e->stage_ix + 1, stage);
        page_add(p, ", for stage %s", stage);
    }
    page_add(p, "\n");
    const char *rule = rule_words(e->rule);
    if (e->has_fault) {
        page_add(p, "by        no choice: the junction left normal operation\n");
    } else if (why_end_was_advised(w)) {
        page_add(p, "by        decision %llu of adaptive control, below\n",
                 (unsigned long long)w->decision.number);
    }
    if (e->rule == EVENT_FORCE_OFF && !e->has_fault && why_end_was_advised(w)) {
        page_add(p, "rule      force-off, which followed that decision\n");
    } else if (rule != NULL && !e->has_fault) {
        page_add(p, "rule      %s\n", rule);
    } else if (!e->has_fault && !why_end_was_advised(w)) {
        page_add(p, "rule      none is told: it closed with the rest of its stage or phase\n");
    }
    if (e->has_command) {
        page_add(p, "command   %s at ", word_command(e->command_kind));
        page_add_wall(p, e->command_at, w->utc_offset_s, false);
        page_add(p, " was in force or had just been\n");
    }
    page_add(p, "by whom   ");
    add_mode(p, w);
}

void why_text_add(struct page *p, const struct why *w)
{
    if (w->has_end) {
        add_end(p, w);
        if (w->end.is_found && why_end_was_advised(w)) {
            page_add(p, "\n");
            add_decision(p, w);
        }
        return;
    }
    if (!w->has_decision) {
        add_absence(p, w);
        return;
    }
    if (w->is_live && w->mode.has_strategy && !was_adaptive(&w->mode)) {
        add_absence(p, w);
        page_add(p, "The last decision it made:\n\n");
    }
    add_distance(p, w);
    add_decision(p, w);
}
