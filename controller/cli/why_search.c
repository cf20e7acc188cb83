#include "why_search.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEAR_MS = 2000,          /* a decision that close belongs to the moment */
    AFTER_MS = 60000,        /* how far the nearest is looked for behind it */
    DAY_MS = 86400000,       /* and before it */
    MODES_LAST = 16,         /* a start-up takes four */
    COMMAND_NEAR_MS = 60000, /* a command is named that long */
    ORDER_NEAR_MS = 20000,   /* longest from a stage's change to the end of a green in it */
    FAULT_NEAR_MS = 200
};

/* Greens end every few minutes; a day's look for a rare one would take minutes to fetch. */
static const int32_t end_window_ms[] = { 120000, 1800000 };

/* Decisions. */

struct nearest {
    wall_t asked;
    bool has_before, has_after;
    struct decision before, after;
};

static void take_nearest(void *self, const struct why_record *r)
{
    struct nearest *n = self;
    if (!r->is_decision) {
        return;
    }
    if (r->decision.at.ms <= n->asked.ms) {
        n->before = r->decision;
        n->has_before = true;
    } else if (!n->has_after) {
        n->after = r->decision;
        n->has_after = true;
    }
}

static enum status find_decision(struct why_source *source, struct why *w, wall_t at)
{
    struct nearest n = { .asked = at };
    struct why_range range = {
        .what = WIRE_FETCH_DECISIONS, .from = { at.ms - DAY_MS }, .until = at, .last = 1
    };
    enum status status = why_source_scan(source, &range, take_nearest, &n);
    const int64_t before_ms = n.has_before ? at.ms - n.before.at.ms : INT64_MAX;
    if (status == STATUS_OK && before_ms > NEAR_MS) {
        range = (struct why_range){ .what = WIRE_FETCH_DECISIONS,
                                    .from = at,
                                    .until = { at.ms + AFTER_MS } };
        status = why_source_scan(source, &range, take_nearest, &n);
    }
    const bool is_after_nearer = n.has_after && n.after.at.ms - at.ms < before_ms;
    w->has_decision = n.has_before || n.has_after;
    w->decision = is_after_nearer ? n.after : n.before;
    return status;
}

/* Modes. */

static void take_mode(void *self, const struct why_record *r)
{
    struct why_mode *m = self;
    if (r->event.code == EVENT_MODE) {
        m->has_mode = true;
        m->mode = r->event.param;
        m->mode_reason = r->event.detail;
        m->mode_at = r->at;
    } else if (r->event.code == EVENT_STRATEGY) {
        m->has_strategy = true;
        m->strategy = r->event.param;
        m->strategy_reason = r->event.detail;
        m->strategy_at = r->at;
    }
}

static enum status find_mode(struct why_source *source, struct why *w, wall_t at)
{
    const struct why_range range = { .what = WIRE_FETCH_MODES, .until = at, .last = MODES_LAST };
    return why_source_scan(source, &range, take_mode, &w->mode);
}

/* The end of a green: events of the time before it are remembered until it comes. */

struct ending {
    int32_t sg_ix;
    int32_t phase_id;
    bool is_green;
    wall_t green_at;
    struct why_record stage, rule, command, mode; /* the last of each; at 0: none */
    struct why_end end;
};

static bool is_rule(uint16_t code)
{
    return code == EVENT_GAP_OUT || code == EVENT_MAX_OUT || code == EVENT_FORCE_OFF;
}

static void end_green(struct ending *e, wall_t at)
{
    struct why_end *end = &e->end;
    *end = (struct why_end){ .is_found = true, .at = at, .ordered_at = at, .rule = -1 };
    const wall_t since = { e->green_at.ms > at.ms - ORDER_NEAR_MS ? e->green_at.ms
                                                                  : at.ms - ORDER_NEAR_MS };
    if (e->rule.at.ms >= since.ms) {
        end->rule = e->rule.event.code;
        end->ordered_at = e->rule.at;
    }
    if (e->stage.at.ms > since.ms) {
        end->has_stage = true;
        end->stage_ix = e->stage.event.param - 1;
        end->ordered_at = e->stage.at;
    }
    if (e->command.at.ms >= at.ms - COMMAND_NEAR_MS) {
        end->has_command = true;
        end->command_kind = e->command.event.param;
        end->command_at = e->command.at;
    }
    end->has_fault = e->mode.at.ms >= at.ms - FAULT_NEAR_MS && e->mode.event.param != MODE_NORMAL;
}

/* The steady green counts: a flashing one is its end, like yellow. */
static void take_aspect(struct ending *e, const struct why_record *r)
{
    const bool is_green = r->event.detail == ASPECT_GREEN;
    const bool was_green =
        e->is_green || r->event.detail == ASPECT_GREEN_FLASH || r->event.detail == ASPECT_PED_CLEAR;
    const bool is_already_ending = e->end.is_found && e->end.at.ms >= e->green_at.ms;
    if (!is_green && was_green && !is_already_ending) {
        end_green(e, r->at);
    }
    if (is_green && !e->is_green) {
        e->green_at = r->at;
    }
    e->is_green = is_green;
}

static void take_event(void *self, const struct why_record *r)
{
    struct ending *e = self;
    if (r->event.code == EVENT_STAGE) {
        e->stage = *r;
    } else if (is_rule(r->event.code) && r->event.param == e->phase_id) {
        e->rule = *r;
    } else if (r->event.code == EVENT_COMMAND) {
        e->command = *r;
    } else if (r->event.code == EVENT_MODE) {
        e->mode = *r;
    } else if (r->event.code == EVENT_ASPECT && r->event.param == e->sg_ix + 1) {
        take_aspect(e, r);
    }
}

static enum status find_end(struct why_source *source, struct why *w, int32_t phase_id)
{
    enum status status = STATUS_OK;
    const size_t tries = sizeof end_window_ms / sizeof end_window_ms[0];
    for (size_t i = 0; status == STATUS_OK && !w->end.is_found && i < tries; i++) {
        static struct ending e; /* holds four records */
        memset(&e, 0, sizeof e);
        e.sg_ix = w->sg_ix;
        e.phase_id = abs(phase_id);
        const struct why_range range = { .what = WIRE_FETCH_EVENTS,
                                         .from = { w->asked.ms - end_window_ms[i] },
                                         .until = w->asked };
        status = why_source_scan(source, &range, take_event, &e);
        w->end = e.end;
    }
    return status;
}

enum status why_search(struct why_source *source, struct why *w, int32_t phase_id)
{
    wall_t at = w->asked;
    enum status status = STATUS_OK;
    if (w->has_end) {
        status = find_end(source, w, phase_id);
        at = w->end.is_found ? w->end.ordered_at : at;
    }
    if (status == STATUS_OK) {
        status = find_decision(source, w, at);
    }
    if (status == STATUS_OK) {
        status = find_mode(source, w, at);
    }
    return status;
}
