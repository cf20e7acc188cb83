#include "detector.h"

#include <string.h>

enum {
    ERRATIC_WINDOW_MS = 60000, /* F39 counts per minute */
    ABSENT_PATIENCE_MS =
        5000, /* where the plan leaves stale_ms to the source: links need this to come up */
    PULSES_LOGGED_MAX = 8 /* of one detector in one tick; more in 0.1 s are no vehicles */
};

/* What one frame says about one source, compared with what it said before. */
struct reading {
    bool is_heard;   /* fresh and not reported faulty: level and counter mean something */
    bool is_rebased; /* heard for the first time, or again: the level is news, the counter is not */
    bool is_on;
    int32_t edges;
};

void detectors_init(struct detectors *ds, const struct plan *p)
{
    memset(ds, 0, sizeof *ds);
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        ds->d[i].force = DETECTOR_GIVE_BACK;
        ds->d[i].serves = p->detector[i].sg;
    }
}

static bool is_button(const struct detector *def)
{
    return def->type == DETECTOR_BUTTON;
}

static void log_edge(const struct detector *def, bool on, struct event_list *events)
{
    if (is_button(def)) {
        event_add(events, on ? EVENT_PED_DETECTOR_ON : EVENT_PED_DETECTOR_OFF,
                  (uint32_t)def->number);
    } else {
        event_add(events, on ? EVENT_DETECTOR_ON : EVENT_DETECTOR_OFF, (uint32_t)def->number);
    }
}

static struct reading read_source(struct detector_state *d, const struct detector_input *in)
{
    struct reading r = { .is_heard = in->quality == INPUT_GOOD, .is_on = d->source_is_on };
    if (!r.is_heard) {
        if (in->quality != INPUT_STALE) {
            d->has_baseline = false; /* its counter may start anew */
        }
        return r;
    }
    r.is_on = in->is_occupied;
    r.is_rebased = !d->has_baseline;
    if (!r.is_rebased) {
        r.edges = (uint8_t)(in->edge_count - d->edge_count);
        const bool rose = r.is_on && !d->source_is_on;
        if (rose && r.edges == 0) {
            r.edges = 1;
            d->rise_is_uncounted = true;
        } else if (d->rise_is_uncounted && r.edges > 0) {
            r.edges--;
            d->rise_is_uncounted = false;
        }
    } else {
        d->rise_is_uncounted = false;
    }
    d->edge_count = in->edge_count;
    d->has_baseline = true;
    return r;
}

/* Raw edges in an order that is possible: pulses that only the counter saw come between the level
 * of the last tick and the level of this one. */
static void log_reading(const struct detector *def, bool was_on, const struct reading *r,
                        struct event_list *events)
{
    const int32_t seen_by_level = (!was_on && r->is_on && r->edges > 0) ? 1 : 0;
    const int32_t pulses = min_i32(r->edges - seen_by_level, PULSES_LOGGED_MAX);
    bool on = was_on;
    for (int32_t i = 0; i < pulses; i++) {
        log_edge(def, !on, events);
        log_edge(def, on, events);
    }
    if (on != r->is_on) {
        log_edge(def, r->is_on, events);
    }
}

static void measure_source(struct detector_state *d, const struct detector *def,
                           const struct reading *r, int32_t dt_ms)
{
    if (!r->is_heard) {
        d->silent_ms = age_add_ms(d->silent_ms, dt_ms);
        return;
    }
    d->silent_ms = 0;
    const bool changed = r->edges > 0 || r->is_on != d->source_is_on;
    d->quiet_ms = changed ? 0 : age_add_ms(d->quiet_ms, dt_ms);
    d->occupied_ms = (r->is_on && r->edges == 0) ? age_add_ms(d->occupied_ms, dt_ms) : 0;
    d->window_ms += dt_ms;
    if (d->window_ms >= ERRATIC_WINDOW_MS) {
        d->last_window_was_bad = d->window_is_bad;
        d->window_is_bad = false;
        d->window_ms = 0;
        d->window_edges = 0;
    }
    d->window_edges = age_add_ms(d->window_edges, r->edges);
    if (def->erratic_per_min > 0 && d->window_edges > def->erratic_per_min) {
        d->window_is_bad = true;
    }
}

static bool source_is_lost(const struct detector_state *d, const struct detector *def,
                           const struct detector_input *in)
{
    switch ((enum input_quality)in->quality) {
    case INPUT_STALE:
        return d->silent_ms >= def->stale_ms || (def->stale_ms > 0 && in->age_ms >= def->stale_ms);
    case INPUT_ABSENT:
        return d->silent_ms >= (def->stale_ms > 0 ? def->stale_ms : ABSENT_PATIENCE_MS);
    case INPUT_GOOD:
        return def->stale_ms > 0 && in->age_ms >= def->stale_ms;
    case INPUT_OPEN:
    case INPUT_SHORTED:
    case INPUT_EXCESSIVE_CHANGE:
    case INPUT_FAILED:
        return false;
    }
    return true; /* a quality nobody defined is no news from the road */
}

static bool hardware_is_faulty(const struct detector_input *in)
{
    return in->quality == INPUT_OPEN || in->quality == INPUT_SHORTED ||
           in->quality == INPUT_EXCESSIVE_CHANGE || in->quality == INPUT_FAILED;
}

/* The fault condition that holds now, the surest first. */
static enum detector_health diagnose(const struct detector_state *d, const struct detector *def,
                                     const struct detector_input *in)
{
    if (hardware_is_faulty(in)) {
        return DETECTOR_HARDWARE;
    }
    if (source_is_lost(d, def, in)) {
        return DETECTOR_SOURCE_STALE;
    }
    if (def->max_presence_ms > 0 && d->occupied_ms >= def->max_presence_ms) {
        return DETECTOR_STUCK_ON;
    }
    if (d->window_is_bad || d->last_window_was_bad) {
        return DETECTOR_ERRATIC;
    }
    if (def->no_activity_ms > 0 && d->quiet_ms >= def->no_activity_ms) {
        return DETECTOR_NO_ACTIVITY;
    }
    return DETECTOR_HEALTHY;
}

static enum event_code hardware_event(const struct detector_input *in)
{
    switch ((enum input_quality)in->quality) {
    case INPUT_OPEN:
        return EVENT_DETECTOR_FAULT_OPEN;
    case INPUT_SHORTED:
        return EVENT_DETECTOR_FAULT_SHORTED;
    case INPUT_EXCESSIVE_CHANGE:
        return EVENT_DETECTOR_FAULT_EXCESSIVE;
    case INPUT_ABSENT:
    case INPUT_GOOD:
    case INPUT_STALE:
    case INPUT_FAILED:
        break;
    }
    return EVENT_DETECTOR_FAULT_OTHER;
}

static void log_fault(const struct detector *def, enum detector_health health,
                      const struct detector_input *in, struct event_list *events)
{
    const uint32_t number = (uint32_t)def->number;
    enum event_code code = EVENT_DETECTOR_FAULT_OTHER;
    switch (health) {
    case DETECTOR_NO_ACTIVITY:
        code = EVENT_DETECTOR_FAULT_WATCHDOG;
        break;
    case DETECTOR_STUCK_ON:
        event_add(events, EVENT_DETECTOR_MAX_PRESENCE, number);
        break;
    case DETECTOR_ERRATIC:
        event_add(events, EVENT_DETECTOR_CHATTER, number);
        break;
    case DETECTOR_SOURCE_STALE:
        code = EVENT_DETECTOR_FAULT_WATCHDOG;
        event_add(events, EVENT_DETECTOR_STALE, number);
        break;
    case DETECTOR_HARDWARE:
        code = hardware_event(in);
        break;
    case DETECTOR_HEALTHY:
    case DETECTOR_HEALTH_COUNT:
        return;
    }
    event_add(events, is_button(def) ? EVENT_PED_DETECTOR_FAILED : code, number);
}

/* Faults begin at once and end with hysteresis: so many good actuations and so long without the
 * condition (F42), because a loose wire that works for a second will fail again in the next. */
static void judge(struct detector_state *d, const struct detector *def,
                  const struct detector_input *in, int32_t edges, int32_t dt_ms,
                  struct event_list *events)
{
    const enum detector_health condition = diagnose(d, def, in);
    if (condition != DETECTOR_HEALTHY) {
        d->good_ms = 0;
        d->good_actuations = 0;
        if (condition == DETECTOR_SOURCE_STALE) {
            d->has_baseline = false; /* a source lost this long may have restarted its counter */
        }
        if (d->health != (int32_t)condition) {
            d->health = (int32_t)condition;
            log_fault(def, condition, in, events);
        }
        return;
    }
    if (d->health == DETECTOR_HEALTHY) {
        return;
    }
    d->good_ms = age_add_ms(d->good_ms, dt_ms);
    d->good_actuations = age_add_ms(d->good_actuations, edges);
    if (d->good_ms >= def->restore_ms && d->good_actuations >= def->restore_actuations) {
        d->health = DETECTOR_HEALTHY;
        event_add(events, is_button(def) ? EVENT_PED_DETECTOR_RESTORED : EVENT_DETECTOR_RESTORED,
                  (uint32_t)def->number);
    }
}

/* What a detector that may not be trusted is read as, by F41. A green on maximum recall or in the
 * fixed plan needs nothing from it, but until the fixed plan runs its road still has to be served.
 */
static void read_as_failed(struct detector_state *d, const struct detector *def, bool is_green,
                           int32_t green_ms)
{
    d->delay_ms = 0;
    d->extend_ms = 0;
    switch ((enum detector_failure)def->fail_action) {
    case FAIL_AS_CALLED:
        d->is_calling = true;
        d->is_extending = is_green && green_ms < def->fail_hold_ms;
        return;
    case FAIL_FIXED:
        d->is_calling = true;
        d->is_extending = false;
        return;
    case FAIL_MAX_RECALL:
    case FAIL_IGNORED:
        break;
    }
    d->is_calling = false;
    d->is_extending = false;
}

static int32_t longest_green_ms(sg_mask_t sg, const int32_t green_ms[SG_MAX])
{
    int32_t longest_ms = 0;
    for (sg_mask_t left = sg; left != 0; left &= left - 1) {
        longest_ms = max_i32(longest_ms, green_ms[lowest_bit(left)]);
    }
    return longest_ms;
}

/* Delay runs until all of its groups are green, extension as soon as one is: a lane served by a
 * through group and an arrow still has to ask for the arrow. */
static void time_actuation(struct detector_state *d, const struct detector *def, bool was_on,
                           bool pulsed, sg_mask_t green, int32_t green_ms, int32_t dt_ms)
{
    const bool any_green = (d->serves & green) != 0;
    const bool all_green = any_green && (d->serves & ~green) == 0;
    const bool on = d->is_occupied || pulsed;
    if (!d->is_occupied || all_green) {
        d->delay_ms = 0;
    } else if (was_on) {
        d->delay_ms = age_add_ms(d->delay_ms, dt_ms);
    }
    d->is_calling = on && (all_green || d->delay_ms >= def->delay_ms);
    if (!any_green) {
        d->extend_ms = 0;
    } else if (on || was_on) {
        d->extend_ms = def->extend_ms;
    } else {
        d->extend_ms = max_i32(0, d->extend_ms - dt_ms);
    }
    d->is_extending = any_green && (on || d->extend_ms > 0);
    if (any_green && def->queue_limit_ms > 0 && green_ms >= def->queue_limit_ms) {
        d->is_calling = false;
        d->is_extending = false;
        d->extend_ms = 0;
    }
}

/* F35: while its own groups wait and the others flow, it works for the others. */
static sg_mask_t served_groups(const struct detector *def, sg_mask_t green)
{
    const bool is_switched = (def->sg & green) == 0 && (def->switch_sg & green) != 0;
    return is_switched ? def->switch_sg : def->sg;
}

static void feed_one(struct detector_state *d, const struct detector *def,
                     const struct detector_input *in, sg_mask_t green,
                     const int32_t green_ms[SG_MAX], int32_t dt_ms, struct event_list *events)
{
    const bool was_on = d->is_occupied;
    const struct reading r = read_source(d, in);
    log_reading(def, d->source_is_on, &r, events);
    measure_source(d, def, &r, dt_ms);
    d->source_is_on = r.is_on;
    judge(d, def, in, r.edges, dt_ms, events);

    d->serves = served_groups(def, green);
    const sg_mask_t served_green = d->serves & green;
    if (d->force == DETECTOR_GIVE_BACK) {
        d->is_occupied = r.is_on;
        d->new_actuations = r.edges;
        if (d->health != DETECTOR_HEALTHY) {
            read_as_failed(d, def, served_green != 0, longest_green_ms(served_green, green_ms));
            return;
        }
    } else {
        d->is_occupied = d->force == DETECTOR_FORCE_ON;
        d->new_actuations = (d->is_occupied && !was_on) ? 1 : 0;
    }
    time_actuation(d, def, was_on, d->new_actuations > 0, green,
                   longest_green_ms(served_green, green_ms), dt_ms);
}

void detectors_feed(struct detectors *ds, const struct plan *p, const struct input_frame *in,
                    sg_mask_t green, const int32_t green_ms[SG_MAX], mono_t now,
                    struct event_list *events)
{
    int64_t since_ms = ds->is_fed ? mono_since_ms(now, ds->fed_at) : 0;
    if (since_ms > ERRATIC_WINDOW_MS) {
        since_ms = ERRATIC_WINDOW_MS; /* longer gaps are no tick: the process slept */
    }
    for (int32_t i = 0; i < p->detector_count; i++) {
        feed_one(&ds->d[i], &p->detector[i], &in->detector[i], green, green_ms, (int32_t)since_ms,
                 events);
    }
    ds->fed_at = now;
    ds->is_fed = true;
}

void detectors_force(struct detectors *ds, const struct plan *p, uint32_t detector_ix,
                     enum detector_force force, struct event_list *events)
{
    REQUIRE(detector_ix < DETECTOR_MAX);
    struct detector_state *d = &ds->d[detector_ix];
    if (d->force == (int32_t)force) {
        return;
    }
    d->force = (int32_t)force;
    event_add_detail(events, EVENT_DETECTOR_FORCED, (uint32_t)p->detector[detector_ix].number,
                     force == DETECTOR_GIVE_BACK ? 2 : (int32_t)force);
}

static bool is_failed(const struct detector_state *d)
{
    return d->health != DETECTOR_HEALTHY && d->force == DETECTOR_GIVE_BACK;
}

int32_t detectors_failed_pct(const struct detectors *ds, const struct plan *p)
{
    int32_t used = 0;
    int32_t failed = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        if ((p->detector[i].roles & (DETECTOR_CALLS | DETECTOR_EXTENDS)) != 0) {
            used++;
            failed += is_failed(&ds->d[i]) ? 1 : 0;
        }
    }
    return used == 0 ? 0 : failed * 100 / used;
}

sg_mask_t detectors_max_recall(const struct detectors *ds, const struct plan *p)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        if (is_failed(&ds->d[i]) && p->detector[i].fail_action == FAIL_MAX_RECALL) {
            sg |= p->detector[i].sg;
        }
    }
    return sg;
}

bool detectors_want_fixed(const struct detectors *ds, const struct plan *p)
{
    for (int32_t i = 0; i < p->detector_count; i++) {
        if (is_failed(&ds->d[i]) && p->detector[i].fail_action == FAIL_FIXED) {
            return true;
        }
    }
    return false;
}
