#include "optimiser.h"

#include <string.h>

#include "signals.h"

enum {
    TICKS_PER_SECOND = 1000 / TICK_MS,
    /* Half a minute unfed, nothing of what it knew of the street is true any more. */
    FED_GAP_MAX_MS = 30000,
    VEHICLE_SPACE_CM = 750 /* a standing car and its gap (HCM 2010, 31-2) */
};

static bool leads_to_junction(const struct movement *m)
{
    bool has_slash = false;
    for (size_t i = 0; i < sizeof m->exit && m->exit[i] != '\0'; i++) {
        has_slash = has_slash || m->exit[i] == '/';
    }
    return has_slash;
}

static void take_plan(struct optimiser *o, const struct plan *p, int32_t pattern_ix)
{
    o->plan = p;
    o->pattern_ix = pattern_ix;
    layout_init(&o->layout, p, pattern_ix);
    o->result.option_ix = -1;
    o->advice.is_valid = false;
}

static void start_anew(struct optimiser *o, const struct plan *p, int32_t pattern_ix, mono_t now)
{
    take_plan(o, p, pattern_ix);
    estimate_init(&o->estimate, &o->layout, now);
    supervise_init(&o->supervise);
    o->fed_at = now;
    o->unheard_ms = AGE_MAX_MS;
    o->is_relevant = false;
    o->has_exits = false;
    for (int32_t i = 0; i < p->pattern_count; i++) {
        o->is_relevant = o->is_relevant || p->pattern[i].strategy == STRATEGY_ADAPTIVE;
    }
    for (int32_t i = 0; i < p->movement_count; i++) {
        o->has_exits = o->has_exits || leads_to_junction(&p->movement[i]);
    }
}

void optimiser_set(struct optimiser *o, const struct optimiser_settings *settings)
{
    REQUIRE(settings->slot_tick >= 0 && settings->slot_tick < TICKS_PER_SECOND &&
            settings->interval_s > 0);
    /* Field by field: padding stays as it was, and junctions can be compared. */
    o->settings.slot_tick = settings->slot_tick;
    o->settings.interval_s = settings->interval_s;
    o->settings.hears_neighbours = settings->hears_neighbours;
}

void optimiser_init(struct optimiser *o, const struct plan *p, mono_t now)
{
    memset(o, 0, sizeof *o);
    const struct optimiser_settings settings = optimiser_settings_of(0);
    optimiser_set(o, &settings);
    o->stepped_at = now;
    start_anew(o, p, 0, now);
}

enum reason optimiser_fault(const struct optimiser *o, const struct input_frame *in)
{
    bool has_lane = false;
    for (int32_t i = 0; i < o->layout.lane_count && !has_lane; i++) {
        has_lane = o->layout.lane[i].sg != 0;
    }
    if (!has_lane || o->layout.option_count < 2) {
        return REASON_UNAVAILABLE;
    }
    return in->is_overloaded ? REASON_TICK_LATE : REASON_NONE;
}

/* --- Each tick ---------------------------------------------------------------------------------
 */

static void feed(struct optimiser *o, const struct controller *c, const struct input_frame *in,
                 mono_t now)
{
    struct estimate_view v = { .detectors = &c->detectors, .in = in, .now = now };
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        const int32_t aspect = c->sequencer.aspect[ix];
        v.green |= aspect_is_green(aspect) ? bit32(ix) : 0;
        v.flowing |= aspect_is_green(aspect) || aspect == ASPECT_YELLOW ? bit32(ix) : 0;
    }
    if (mono_since_ms(now, o->fed_at) > FED_GAP_MAX_MS) {
        estimate_init(&o->estimate, &o->layout, now);
    }
    o->fed_at = now;
    if (in->neighbour_count == 0 || o->settings.hears_neighbours) {
        estimate_feed(&o->estimate, &o->layout, &v);
        return;
    }
    struct input_frame deaf = *in;
    deaf.neighbour_count = 0;
    v.in = &deaf;
    estimate_feed(&o->estimate, &o->layout, &v);
}

/* --- A decision --------------------------------------------------------------------------------
 */

static void describe_lanes(struct optimiser *o, const struct snapshot *s)
{
    struct decision *d = &o->decision;
    d->lane_count = o->layout.lane_count;
    for (int32_t i = 0; i < o->layout.lane_count; i++) {
        const struct snapshot_lane *lane = &s->lane[i];
        const struct layout_lane *l = &o->layout.lane[i];
        const int32_t travel_cs = l->speed_cmps > 0 ? l->length_cm * 100 / l->speed_cmps : 0;
        int32_t standing = 0;
        int32_t inside = 0;
        for (int32_t k = 0; k < lane->count; k++) {
            standing += lane->vehicle[k].eta_cs <= 0 ? 1 : 0;
            inside += lane->vehicle[k].eta_cs <= travel_cs ? 1 : 0;
        }
        const int32_t age_ds = (lane->age_cs + 9) / 10;
        d->lane[i] =
            (struct decision_lane){ .standing = (uint8_t)standing,
                                    .coming = (uint8_t)(lane->count - standing),
                                    .age_ds = (uint8_t)min_i32(age_ds, DECISION_AGE_OLD_DS),
                                    .is_substituted = lane->is_substituted };
        const int32_t room = max_i32(0, l->length_cm / VEHICLE_SPACE_CM - inside);
        o->room_vehicles[i] = (uint8_t)min_i32(room, NEIGHBOUR_ROOM_MAX);
    }
}

/* The alternatives, best first, as many as are kept. */
static void describe_alternatives(struct decision *d, const struct layout *l,
                                  const struct search_result *r)
{
    d->alternative_count = 0;
    for (int32_t i = 0; i < l->option_count; i++) {
        const struct search_alternative *a = &r->alternative[i];
        if (!a->is_possible) {
            continue;
        }
        const int32_t sum = search_cost_sum(&a->cost);
        int32_t at = d->alternative_count;
        while (at > 0 && search_cost_sum(&d->alternative[at - 1].cost) > sum) {
            at--;
        }
        if (at >= DECISION_ALTERNATIVES_MAX) {
            continue;
        }
        const int32_t kept = min_i32(d->alternative_count, DECISION_ALTERNATIVES_MAX - 1);
        for (int32_t k = kept; k > at; k--) {
            d->alternative[k] = d->alternative[k - 1];
        }
        d->alternative[at] = (struct decision_alternative){ .option_ix = (int16_t)i,
                                                            .leave_in_s = (int16_t)a->leave_in_s,
                                                            .cost = a->cost };
        d->alternative_count = (int16_t)(kept + 1);
    }
}

static void describe(struct optimiser *o, const struct snapshot *s, wall_t wall)
{
    struct decision *d = &o->decision;
    const struct search_result *r = &o->result;
    d->number++;
    d->at = wall;
    d->was_ix = (int16_t)s->option_ix;
    d->chosen_ix = (int16_t)r->option_ix;
    decision_name_options(d, &o->layout);
    d->may_leave_in_cs = (int16_t)s->may_leave_in_cs;
    d->must_leave_in_cs = (int16_t)s->must_leave_in_cs;
    d->binding = r->binding;
    d->binding_sg_ix = (int16_t)r->binding_sg_ix;
    describe_alternatives(d, &o->layout, r);
    describe_lanes(o, s);
    d->timeline_count = (int16_t)min_i32(r->timeline_count, SEARCH_TIMELINE_MAX);
    memcpy(d->timeline, r->timeline, sizeof d->timeline);
    d->nodes = r->nodes;
    d->was_cut = r->was_cut;
    d->is_oversaturated = o->supervise.is_oversaturated;
    d->starving_count = (uint8_t)min_i32(o->supervise.starving_count, UINT8_MAX);
    d->load_pct = o->supervise.load_pct;
}

static void tell_outflow(struct optimiser *o, const struct snapshot *s)
{
    _Static_assert((int)NEIGHBOUR_BINS == (int)SEARCH_HORIZON_MAX_S, "one bin for each second");
    if (o->has_exits) {
        search_outflow(s, o->result.timeline, o->result.timeline_count, o->outflow_mveh);
    }
}

/* Where to be: what the search says, or where the junction is going already. */
static void advise(struct optimiser *o, const struct controller *c, sg_mask_t walks)
{
    const int32_t option_ix = o->result.option_ix;
    o->advice = (struct advice){ .stage_ix = c->stages.stage_ix, .phases = c->rings.on };
    if (option_ix < 0 || option_ix >= o->layout.option_count) {
        return;
    }
    o->advice.is_valid = true;
    o->advice.pause_ms = (o->settings.interval_s - 1) * 1000;
    o->advice.walks = walks;
    if (signals_are_on_the_way(c)) {
        return;
    }
    o->advice.stage_ix = o->layout.option[option_ix].stage_ix;
    o->advice.phases = o->layout.option[option_ix].phases;
    if (option_ix == o->decision.was_ix) {
        o->advice.stay_ms = o->result.alternative[option_ix].leave_in_s * 1000;
    }
}

/* Who presses in a green is seldom alone when the next one comes: their wait counts twice. In the
 * demo's corridor pedestrians then wait no longer than under actuated control. */
static int64_t cost_of(const struct search_result *r)
{
    const bool is_known = r->option_ix >= 0 && r->alternative[r->option_ix].is_possible;
    const struct search_cost *cost = &r->alternative[is_known ? r->option_ix : 0].cost;
    return is_known ? (int64_t)search_cost_sum(cost) + cost->peds_cs : INT64_MAX;
}

/* Who decides every ten seconds must know that he cannot leave in between. */
static struct search_settings settings_of(const struct optimiser *o)
{
    struct search_settings settings = *search_settings_default();
    settings.decision_s = o->settings.interval_s;
    return settings;
}

/* The search opens crossings on demand where their stage begins. Somebody who presses later asks a
 * question of its own: is it cheaper to stay for the walk now, or to let them wait for the next
 * time? Answered by a second search of the street as it would be. */
static sg_mask_t weigh_walks(struct optimiser *o, const struct controller *c,
                             const struct search_limits *limits, struct snapshot *s)
{
    const sg_mask_t walks = signals_late_walks(c, &o->layout, s);
    if (walks == 0) {
        return 0;
    }
    const struct search_settings settings = settings_of(o);
    struct snapshot opened;
    struct search_result result;
    memcpy(&opened, s, sizeof opened);
    signals_open_walks(c, &o->layout, walks, &opened);
    memset(&result, 0, sizeof result);
    search_run(&opened, &settings, limits, &o->result, &result);
    result.nodes += o->result.nodes;
    if (result.option_ix != s->option_ix || cost_of(&result) >= cost_of(&o->result)) {
        return 0;
    }
    memcpy(&o->result, &result, sizeof result);
    memcpy(s, &opened, sizeof opened);
    return walks;
}

static void decide(struct optimiser *o, const struct controller *c, wall_t wall, mono_t now)
{
    struct snapshot s;
    struct search_limits limits;
    memset(&s, 0, sizeof s);
    memset(&limits, 0, sizeof limits);
    estimate_fill(&o->estimate, &o->layout, now, &s);
    signals_fill(c, &o->layout, &s);
    if (s.option_ix < 0) { /* in none of its options: the core goes on by gaps */
        o->advice.is_valid = false;
        o->result.option_ix = -1;
        return;
    }
    supervise_step(&o->supervise, &s, o->settings.interval_s * 1000, &limits);
    const struct search_result previous = o->result;
    const struct search_settings settings = settings_of(o);
    search_run(&s, &settings, &limits, previous.option_ix >= 0 ? &previous : NULL, &o->result);
    const sg_mask_t walks = weigh_walks(o, c, &limits, &s);
    if (o->result.binding == BINDING_MIN_GREEN && o->result.binding_sg_ix < 0) {
        o->result.binding_sg_ix = signals_least_sg(c);
    }
    describe(o, &s, wall);
    tell_outflow(o, &s);
    advise(o, c, walks);
}

/* --- What it has to do without -----------------------------------------------------------------
 */

static bool is_faulty(const struct controller *c, int32_t detector_ix)
{
    return detector_ix >= 0 && c->detectors.d[detector_ix].health != DETECTOR_HEALTHY;
}

/* Lanes that are guessed because something failed, not because nothing was ever laid there. */
static int32_t lost_lanes(const struct optimiser *o, const struct controller *c)
{
    int32_t count = 0;
    for (int32_t i = 0; i < o->decision.lane_count; i++) {
        const struct layout_lane *lane = &o->layout.lane[i];
        bool has_failed = is_faulty(c, lane->zone_ix);
        for (int32_t k = 0; k < lane->counter_count; k++) {
            has_failed = has_failed || is_faulty(c, lane->counter[k].detector_ix);
        }
        count += has_failed && o->decision.lane[i].is_substituted ? 1 : 0;
    }
    return count;
}

static uint32_t limits_now(const struct optimiser *o, int32_t lost)
{
    uint32_t limits = 0;
    const bool was_heard = o->unheard_ms < AGE_MAX_MS;
    if (was_heard && o->unheard_ms > NEIGHBOUR_STALE_MS) {
        limits |= ADAPTIVE_NO_NEIGHBOURS;
    }
    return limits | (lost > 0 ? ADAPTIVE_SUBSTITUTED : 0);
}

/* Less at once, more after the ladder's time without a fault. */
static void tell_limits(struct optimiser *o, const struct controller *c, struct event_list *events)
{
    const int32_t passed_ms = o->settings.interval_s * 1000;
    const int32_t lost = lost_lanes(o, c);
    const uint32_t limits = limits_now(o, lost);
    const bool is_worse = (limits & ~o->degraded) != 0;
    o->healthy_ms = limits == o->degraded || is_worse ? 0 : age_add_ms(o->healthy_ms, passed_ms);
    if (is_worse || (limits != o->degraded && o->healthy_ms >= c->plan->ladder.step_up_ms)) {
        o->degraded = is_worse ? o->degraded | limits : limits;
        o->healthy_ms = 0;
        event_add_detail(events, EVENT_ADAPTIVE_LIMIT, o->degraded, lost);
    }
}

/* --- The tick ----------------------------------------------------------------------------------
 */

void optimiser_step(struct optimiser *o, const struct controller *c, const struct input_frame *in,
                    mono_t now, struct event_list *events)
{
    const int64_t passed = mono_since_ms(now, o->stepped_at);
    const int32_t passed_ms = passed < AGE_MAX_MS ? (int32_t)passed : AGE_MAX_MS - 1;
    o->stepped_at = now;
    o->ticks++;
    o->advice.age_ms = age_add_ms(o->advice.age_ms, passed_ms);
    if (o->plan != c->plan) { /* lanes and stages have other numbers now */
        start_anew(o, c->plan, c->pattern_ix, now);
    }
    const bool is_asked =
        c->mode.strategy == STRATEGY_ADAPTIVE || c->mode.scheduled == STRATEGY_ADAPTIVE;
    if (!(is_asked || o->is_relevant) || optimiser_fault(o, in) == REASON_UNAVAILABLE) {
        return;
    }
    if (in->neighbour_count > 0 && o->settings.hears_neighbours) {
        o->unheard_ms = 0;
    } else if (o->unheard_ms < AGE_MAX_MS) {
        o->unheard_ms = min_i32(age_add_ms(o->unheard_ms, passed_ms), AGE_MAX_MS - 1);
    }
    feed(o, c, in, now);
    const bool runs = c->mode.mode == MODE_NORMAL && c->mode.strategy == STRATEGY_ADAPTIVE;
    if (!runs || in->is_overloaded) {
        o->advice.is_valid = false;
        return;
    }
    if (o->ticks % (TICKS_PER_SECOND * o->settings.interval_s) != o->settings.slot_tick) {
        return;
    }
    if (o->pattern_ix != c->pattern_ix) {
        take_plan(o, c->plan, c->pattern_ix);
    }
    decide(o, c, in->wall, now);
    tell_limits(o, c, events);
}

/* --- To the neighbours -------------------------------------------------------------------------
 */

static void join(char *text, size_t room, const char *a, const char *b)
{
    size_t used = 0;
    for (; *a != '\0' && used + 1 < room; a++) {
        text[used++] = *a;
    }
    for (; *b != '\0' && used + 1 < room; b++) {
        text[used++] = *b;
    }
    text[used] = '\0';
}

static void begin_message(struct neighbour_message *m, const struct plan *p, wall_t wall,
                          enum neighbour_direction direction)
{
    memset(m, 0, sizeof *m);
    m->version = NEIGHBOUR_VERSION;
    m->direction = (int32_t)direction;
    m->made_at = wall;
    m->room_vehicles = NEIGHBOUR_ROOM_UNKNOWN;
    join(m->from, sizeof m->from, p->junction_name, "");
}

/* The plan's movement that leads into this exit, NULL: it leads into no other junction. */
static const struct movement *into_exit(const struct optimiser *o, const struct plan *p,
                                        int32_t exit_ix)
{
    for (int32_t i = 0; i < o->layout.lane_count; i++) {
        const struct layout_lane *lane = &o->layout.lane[i];
        for (int32_t k = 0; k < lane->movement_count; k++) {
            const struct movement *m = &p->movement[lane->movement[k].movement_ix];
            if (lane->movement[k].exit_ix == exit_ix && leads_to_junction(m)) {
                return m;
            }
        }
    }
    return NULL;
}

uint32_t optimiser_messages(const struct optimiser *o, const struct plan *p, wall_t wall,
                            struct neighbour_message *message, uint32_t room)
{
    uint32_t count = 0;
    if (o->plan != p || !o->advice.is_valid) {
        return 0;
    }
    for (int32_t i = 0; i < o->layout.exit_count && count < room; i++) {
        const struct movement *m = into_exit(o, p, i);
        if (m == NULL) {
            continue;
        }
        begin_message(&message[count], p, wall, NEIGHBOUR_INFLOW);
        join(message[count].link, sizeof message[count].link, m->exit, "");
        memcpy(message[count].bin_mveh, o->outflow_mveh[i], sizeof message[count].bin_mveh);
        count++;
    }
    for (int32_t i = 0; i < o->layout.lane_count && count < room; i++) {
        char slash[NAME_MAX_BYTES + 1];
        join(slash, sizeof slash, "/", p->lane[i].name);
        begin_message(&message[count], p, wall, NEIGHBOUR_ROOM);
        join(message[count].link, sizeof message[count].link, p->junction_name, slash);
        message[count].room_vehicles = o->room_vehicles[i];
        count++;
    }
    return count;
}
