/* why_json.c: what why_text.c says, for scripts: numbers as they are, costs in hundredths of a
 * vehicle-second. */
#include "why_text.h"

#include "event.h"
#include "view.h"
#include "words.h"

static void add_key(struct page *p, const char *key, const char *text)
{
    page_add(p, "\"%s\":", key);
    view_json_string(p, text);
}

static void add_option(struct page *p, const struct why *w, const char *key, int32_t option_ix)
{
    char text[WHY_OPTION_BYTES];
    why_say_option(w, option_ix, text);
    add_key(p, key, text);
}

static void add_alternatives(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    page_add(p, ",\"alternatives\":[");
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        const struct search_cost *c = &d->alternative[i].cost;
        page_add(p, "%s{", i > 0 ? "," : "");
        add_option(p, w, "to", d->alternative[i].option_ix);
        page_add(p,
                 ",\"leave_in_s\":%d,\"delay_cs\":%d,\"stops_cs\":%d,\"switches_cs\":%d,"
                 "\"waits_cs\":%d,\"pedestrians_cs\":%d,\"blocked_cs\":%d,\"end_cs\":%d}",
                 d->alternative[i].leave_in_s, (int)c->delay_cs, (int)c->stops_cs,
                 (int)c->switches_cs, (int)c->waits_cs, (int)c->peds_cs, (int)c->blocked_cs,
                 (int)c->terminal_cs);
    }
    page_add(p, "]");
}

static void add_lanes(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    page_add(p, ",\"lanes\":[");
    for (int32_t i = 0; i < d->lane_count && i < LANE_MAX; i++) {
        char name[NAMES_TEXT_BYTES];
        names_say(w->names, WIRE_NAMES_LANES, i + 1, name);
        page_add(p, "%s{", i > 0 ? "," : "");
        add_key(p, "lane", name);
        page_add(p, ",\"standing\":%u,\"coming\":%u,\"age_ds\":%u,\"substituted\":%s}",
                 (unsigned)d->lane[i].standing, (unsigned)d->lane[i].coming,
                 (unsigned)d->lane[i].age_ds, d->lane[i].is_substituted ? "true" : "false");
    }
    page_add(p, "],\"plan\":[");
    for (int32_t i = 0; i < d->timeline_count && i < SEARCH_TIMELINE_MAX; i++) {
        page_add(p, "%s{", i > 0 ? "," : "");
        add_option(p, w, "to", d->timeline[i].option_ix);
        page_add(p, ",\"from_s\":%d}", d->timeline[i].from_s);
    }
    page_add(p, "]");
}

static void add_decision(struct page *p, const struct why *w)
{
    const struct decision *d = &w->decision;
    page_add(p, ",\"decision\":{\"number\":%llu,\"wall_ms\":%lld,", (unsigned long long)d->number,
             (long long)d->at.ms);
    add_option(p, w, "was", d->was_ix);
    page_add(p, ",");
    add_option(p, w, "chosen", d->chosen_ix);
    page_add(p, ",");
    add_key(p, "binding", word_binding(d->binding));
    if (d->binding_sg_ix >= 0) {
        char group[NAMES_TEXT_BYTES];
        names_say(w->names, WIRE_NAMES_GROUPS, d->binding_sg_ix + 1, group);
        page_add(p, ",");
        add_key(p, "binding_group", group);
    }
    page_add(p,
             ",\"may_leave_in_cs\":%d,\"must_leave_in_cs\":%d,\"nodes\":%d,\"cut\":%s,"
             "\"oversaturated\":%s,\"starving\":%u,\"load_pct\":%d",
             d->may_leave_in_cs, d->must_leave_in_cs, (int)d->nodes, d->was_cut ? "true" : "false",
             d->is_oversaturated ? "true" : "false", (unsigned)d->starving_count, (int)d->load_pct);
    add_alternatives(p, w);
    add_lanes(p, w);
    page_add(p, "}");
}

static void add_end(struct page *p, const struct why *w)
{
    char group[NAMES_TEXT_BYTES];
    names_say(w->names, WIRE_NAMES_GROUPS, w->sg_ix + 1, group);
    page_add(p, ",\"ended\":{");
    add_key(p, "group", group);
    page_add(p, ",\"found\":%s", w->end.is_found ? "true" : "false");
    if (w->end.is_found) {
        page_add(p,
                 ",\"wall_ms\":%lld,\"advised\":%s,\"fault\":%s,\"rule\":", (long long)w->end.at.ms,
                 why_end_was_advised(w) ? "true" : "false", w->end.has_fault ? "true" : "false");
        view_json_string(p, w->end.rule >= 0 ? event_name((uint16_t)w->end.rule) : "none");
    }
    if (w->end.is_found && w->end.has_stage) {
        char stage[NAMES_TEXT_BYTES];
        names_say(w->names, WIRE_NAMES_STAGES, w->end.stage_ix + 1, stage);
        page_add(p, ",");
        add_key(p, "stage", stage);
    }
    if (w->end.is_found && w->end.has_command) {
        page_add(p, ",");
        add_key(p, "command", word_command(w->end.command_kind));
    }
    page_add(p, "}");
}

void why_json_add(struct page *p, const struct why *w)
{
    page_add(p, "{");
    add_key(p, "junction", w->junction);
    if (!w->is_live) {
        page_add(p, ",\"asked_ms\":%lld", (long long)w->asked.ms);
    }
    if (w->mode.has_mode) {
        page_add(p, ",");
        add_key(p, "mode", word_mode(w->mode.mode));
    }
    if (w->mode.has_strategy) {
        page_add(p, ",");
        add_key(p, "strategy", word_strategy(w->mode.strategy));
        page_add(p, ",");
        add_key(p, "reason", word_reason(w->mode.strategy_reason));
    }
    if (w->has_end) {
        add_end(p, w);
    }
    if (w->has_decision && (!w->has_end || why_end_was_advised(w))) {
        add_decision(p, w);
    }
    page_add(p, "}\n");
}
