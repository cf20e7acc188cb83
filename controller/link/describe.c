#include "describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "words.h"

static const char *const sg_type_word[SG_TYPE_COUNT] = {
    [SG_VEHICLE] = "vehicle", [SG_ARROW] = "arrow",           [SG_BUS] = "bus",
    [SG_TRAM] = "tram",       [SG_PEDESTRIAN] = "pedestrian", [SG_CYCLE] = "cycle",
};

static const char *const detector_word[] = {
    [DETECTOR_LOOP] = "loop",   [DETECTOR_CAMERA] = "camera",     [DETECTOR_BUTTON] = "button",
    [DETECTOR_RADAR] = "radar", [DETECTOR_PRIORITY] = "priority",
};

static const char *const role_word[] = { "calls", "extends",       "counts",      "queue",
                                         "exit",  "added_initial", "yellow_lock", "red_lock" };
enum { ROLE_WORDS = sizeof role_word / sizeof role_word[0] };

static const char *const turn_word[] = {
    [TURN_THROUGH] = "through", [TURN_LEFT] = "left", [TURN_RIGHT] = "right", [TURN_U] = "u"
};

uint64_t describe_version(const struct channel_view *v)
{
    return v->plan->plan_hash | 1;
}

static void add_text(struct payload_writer *w, const char *key, const char *text)
{
    payload_key(w, key);
    payload_text(w, text);
}

static void add_number(struct payload_writer *w, const char *key, int64_t value)
{
    payload_key(w, key);
    payload_integer(w, value);
}

static void add_boolean(struct payload_writer *w, const char *key, bool value)
{
    payload_key(w, key);
    payload_boolean(w, value);
}

static void open_list(struct payload_writer *w, const char *key)
{
    payload_key(w, key);
    payload_open(w, BOX_ARRAY);
}

/* Numbers of groups, stages, phases: from 1, as in "sg/1". */
static void add_members(struct payload_writer *w, const char *key, uint32_t mask)
{
    open_list(w, key);
    for (uint32_t left = mask; left != 0; left &= left - 1) {
        payload_integer(w, (int64_t)lowest_bit(left) + 1);
    }
    payload_close(w);
}

static void add_hash(struct payload_writer *w, const char *key, uint64_t hash)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%016" PRIx64, hash);
    add_text(w, key, text);
}

void describe_groups(const struct channel_view *v, struct payload_writer *w)
{
    const struct plan *p = v->plan;
    add_text(w, "junction", p->junction_name);
    add_text(w, "zone", p->zone);
    add_hash(w, "plan_hash", p->plan_hash);
    add_hash(w, "safety_hash", p->safety_hash);
    open_list(w, "groups");
    for (int32_t i = 0; i < p->sg_count; i++) {
        const int32_t type = p->safety.sg_type[i];
        payload_open(w, BOX_MAP);
        add_number(w, "sg", i + 1);
        add_text(w, "name", p->sg[i].name);
        add_text(w, "type", type >= 0 && type < SG_TYPE_COUNT ? sg_type_word[type] : "vehicle");
        add_number(w, "phase", p->sg[i].phase_id);
        add_number(w, "min_green_ms", p->safety.min_green_ms[i]);
        payload_close(w);
    }
    payload_close(w);
}

void describe_stages(const struct channel_view *v, struct payload_writer *w)
{
    const struct plan *p = v->plan;
    open_list(w, "stages");
    for (int32_t i = 0; i < p->stage_count; i++) {
        payload_open(w, BOX_MAP);
        add_number(w, "stage", i + 1);
        add_text(w, "name", p->stage[i].name);
        add_members(w, "sg", p->stage[i].sg);
        add_members(w, "next", p->stage[i].next);
        payload_close(w);
    }
    payload_close(w);
    open_list(w, "phases");
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *phase = &p->phase[i];
        payload_open(w, BOX_MAP);
        add_number(w, "phase", phase->phase_id);
        add_text(w, "name", phase->name);
        add_number(w, "ring", phase->ring_ix + 1);
        add_number(w, "barrier", phase->barrier_ix + 1);
        add_members(w, "sg", phase->vehicle_sg | phase->ped_sg);
        payload_close(w);
    }
    payload_close(w);
}

static void add_detector(struct payload_writer *w, const struct plan *p, int32_t ix)
{
    const struct detector *d = &p->detector[ix];
    payload_open(w, BOX_MAP);
    add_number(w, "dl", ix + 1);
    add_text(w, "name", d->name);
    add_number(w, "channel", d->number);
    add_text(w, "type", d->type >= 0 && d->type <= DETECTOR_PRIORITY ? detector_word[d->type] : "");
    if (d->lane_ix >= 0) {
        add_number(w, "lane", d->lane_ix + 1);
        add_number(w, "distance_cm", d->distance_cm);
        add_number(w, "length_cm", d->length_cm);
    }
    add_members(w, "sg", d->sg);
    open_list(w, "roles");
    for (uint32_t i = 0; i < ROLE_WORDS; i++) {
        if (((uint32_t)d->roles & bit32(i)) != 0) {
            payload_text(w, role_word[i]);
        }
    }
    payload_close(w);
    payload_close(w);
}

void describe_detectors(const struct channel_view *v, struct payload_writer *w)
{
    open_list(w, "detectors");
    for (int32_t i = 0; i < v->plan->detector_count; i++) {
        add_detector(w, v->plan, i);
    }
    payload_close(w);
}

static void add_movements(struct payload_writer *w, const struct plan *p, int32_t lane_ix)
{
    open_list(w, "movements");
    for (int32_t i = 0; i < p->movement_count; i++) {
        const struct movement *m = &p->movement[i];
        if (m->lane_ix != lane_ix) {
            continue;
        }
        payload_open(w, BOX_MAP);
        add_text(w, "turn", m->turn >= 0 && m->turn <= TURN_U ? turn_word[m->turn] : "");
        add_members(w, "sg", m->sg);
        if (m->exit[0] != '\0') {
            add_text(w, "exit", m->exit);
            add_number(w, "exit_length_cm", m->exit_length_cm);
        }
        payload_close(w);
    }
    payload_close(w);
}

void describe_lanes(const struct channel_view *v, struct payload_writer *w)
{
    const struct plan *p = v->plan;
    open_list(w, "lanes");
    for (int32_t i = 0; i < p->lane_count; i++) {
        payload_open(w, BOX_MAP);
        add_number(w, "lane", i + 1);
        add_text(w, "name", p->lane[i].name);
        add_number(w, "approach_deg", p->lane[i].approach_deg);
        add_number(w, "length_cm", p->lane[i].length_cm);
        add_number(w, "speed_cmps", p->lane[i].speed_cmps);
        add_movements(w, p, i);
        payload_close(w);
    }
    payload_close(w);
}

void describe_plans(const struct channel_view *v, struct payload_writer *w)
{
    const struct plan *p = v->plan;
    open_list(w, "plans");
    for (int32_t i = 0; i < p->pattern_count; i++) {
        const struct pattern *pattern = &p->pattern[i];
        payload_open(w, BOX_MAP);
        add_number(w, "plan", pattern->pattern_id);
        add_text(w, "name", pattern->name);
        add_text(w, "strategy", word_strategy(pattern->strategy));
        add_number(w, "cycle_ms", pattern->cycle_ms);
        add_number(w, "offset_ms", pattern->offset_ms);
        open_list(w, "steps");
        for (int32_t k = 0; k < pattern->step_count; k++) {
            payload_open(w, BOX_ARRAY); /* a thousand of them fit only without words */
            payload_integer(w, pattern->step[k].stage_ix + 1);
            payload_integer(w, pattern->step[k].duration_ms);
            payload_close(w);
        }
        payload_close(w);
        payload_close(w);
    }
    payload_close(w);
}

/* Decisions. */

uint64_t describe_decision_version(const struct channel_view *v)
{
    return v->decision->number;
}

/* An option is a stage, or phases that run together. */
static void add_option(struct payload_writer *w, const struct decision *d, int32_t option_ix)
{
    const int32_t name = option_ix >= 0 && option_ix < STAGE_MAX ? d->option_name[option_ix] : 0;
    if (option_ix < 0) {
        return;
    }
    if (d->is_staged) {
        add_number(w, "stage", name + 1);
    } else {
        add_members(w, "phases", (uint32_t)name);
    }
}

static void add_alternatives(struct payload_writer *w, const struct decision *d)
{
    open_list(w, "alternatives");
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        const struct search_cost *c = &d->alternative[i].cost;
        payload_open(w, BOX_MAP);
        add_option(w, d, d->alternative[i].option_ix);
        add_number(w, "leave_in_s", d->alternative[i].leave_in_s);
        add_number(w, "cost_cs", search_cost_sum(c));
        add_number(w, "delay_cs", c->delay_cs);
        add_number(w, "stops_cs", c->stops_cs);
        add_number(w, "waits_cs", c->waits_cs);
        add_number(w, "pedestrians_cs", c->peds_cs);
        add_number(w, "blocked_cs", c->blocked_cs);
        payload_close(w);
    }
    payload_close(w);
}

static void add_lanes(struct payload_writer *w, const struct decision *d)
{
    open_list(w, "lanes");
    for (int32_t i = 0; i < d->lane_count && i < LANE_MAX; i++) {
        const struct decision_lane *lane = &d->lane[i];
        payload_open(w, BOX_MAP);
        add_number(w, "lane", i + 1);
        add_number(w, "standing", lane->standing);
        add_number(w, "coming", lane->coming);
        add_number(w, "age_ds", lane->age_ds);
        add_boolean(w, "substituted", lane->is_substituted);
        payload_close(w);
    }
    payload_close(w);
}

static void add_option_named(struct payload_writer *w, const char *key, const struct decision *d,
                             int32_t option_ix)
{
    payload_key(w, key);
    payload_open(w, BOX_MAP);
    add_option(w, d, option_ix);
    payload_close(w);
}

void describe_decision(const struct channel_view *v, struct payload_writer *w)
{
    const struct decision *d = v->decision;
    add_number(w, "number", (int64_t)d->number);
    add_option_named(w, "was", d, d->was_ix);
    add_option_named(w, "chosen", d, d->chosen_ix);
    add_text(w, "binding", word_binding(d->binding));
    if (d->binding_sg_ix >= 0) {
        add_number(w, "binding_sg", d->binding_sg_ix + 1);
    }
    add_boolean(w, "oversaturated", d->is_oversaturated);
    add_number(w, "load_pct", d->load_pct);
    open_list(w, "timeline");
    for (int32_t i = 0; i < d->timeline_count && i < SEARCH_TIMELINE_MAX; i++) {
        payload_open(w, BOX_MAP);
        add_option(w, d, d->timeline[i].option_ix);
        add_number(w, "from_s", d->timeline[i].from_s);
        payload_close(w);
    }
    payload_close(w);
    add_alternatives(w, d);
    add_lanes(w, d);
}
