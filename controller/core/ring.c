#include "ring.h"

#include <string.h>

/* What one tick looks like, read once and then only asked. */
struct scene {
    const struct plan *p;
    const struct pattern *pattern;
    const struct ring_order_now *o;
    const struct calls *calls;
    const struct coord *coord;
    sg_mask_t
        green; /* without green-flash: a phase begun while its last green still flashes waits */
    sg_mask_t not_red;
    bool is_timed;            /* force-offs and permissive periods of the cycle clock hold */
    bool is_coordinated;      /* timed, and the coordinated phases have their rights */
    phase_mask_t called;      /* somebody waits for them; never phases that are on */
    phase_mask_t serviceable; /* of those, the ones that may be begun now */
    phase_mask_t advised;     /* to be on, as far as they can be; 0: nobody says so */
};

void rings_init(struct rings *r, const struct plan *p)
{
    memset(r, 0, sizeof *r);
    r->crossed_from = -1;
    for (uint32_t i = 0; i < RING_MAX; i++) {
        r->ring[i] = (struct ring_state){ .phase_ix = -1, .last_ix = -1 };
    }
    for (uint32_t i = 0; i < PHASE_MAX; i++) {
        r->timer[i].clearing_ms = -1;
        r->timer[i].min_now_ms = p->phase[i].min_green_ms;
    }
}

static bool phase_has(const struct scene *s, uint32_t ix, enum phase_option option)
{
    return (s->p->phase[ix].options & (int32_t)option) != 0;
}

static uint32_t phase_id(const struct scene *s, uint32_t ix)
{
    return (uint32_t)s->p->phase[ix].phase_id;
}

static bool phases_conflict(const struct plan *p, uint32_t a, uint32_t b)
{
    return p->phase[a].ring_ix == p->phase[b].ring_ix ||
           p->phase[a].barrier_ix != p->phase[b].barrier_ix;
}

static bool is_coordinated_phase(const struct scene *s, uint32_t ix)
{
    return s->is_coordinated && (s->pattern->coord_phases & bit32(ix)) != 0;
}

/* --- Who waits ------------------------------------------------------------------------------- */

static phase_mask_t phases_in_order(const struct scene *s)
{
    phase_mask_t in_order = 0;
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        const struct ring_order *order = &s->pattern->ring[ring];
        for (int32_t k = 0; k < order->count; k++) {
            in_order |= bit32((uint32_t)order->phase_ix[k]);
        }
    }
    return in_order;
}

static bool wants_every_cycle(const struct scene *s, uint32_t ix)
{
    return s->o->strategy == STRATEGY_FIXED || s->o->strategy == STRATEGY_MANUAL ||
           s->pattern->split_mode[ix] == SPLIT_NON_ACTUATED || phase_has(s, ix, PHASE_NON_ACTUATED);
}

static bool has_vehicle_call(const struct scene *s, uint32_t ix)
{
    return (s->calls->vehicle & s->p->phase[ix].vehicle_sg) != 0 || is_coordinated_phase(s, ix) ||
           (wants_every_cycle(s, ix) && s->p->phase[ix].vehicle_sg != 0);
}

static bool has_ped_call(const struct scene *s, uint32_t ix)
{
    const sg_mask_t ped_sg = s->p->phase[ix].ped_sg;
    return ped_sg != 0 && (s->o->ped_omit & bit32(ix)) == 0 &&
           ((s->calls->ped & ped_sg) != 0 ||
            (wants_every_cycle(s, ix) && s->o->strategy != STRATEGY_MANUAL) ||
            (wants_every_cycle(s, ix) && s->p->phase[ix].vehicle_sg == 0));
}

static int32_t since_vehicle_ms(const struct scene *s, uint32_t ix)
{
    int32_t least_ms = AGE_MAX_MS;
    if (s->pattern->split_mode[ix] == SPLIT_NON_ACTUATED || phase_has(s, ix, PHASE_NON_ACTUATED)) {
        return least_ms;
    }
    for (sg_mask_t left = s->p->phase[ix].vehicle_sg; left != 0; left &= left - 1) {
        least_ms = min_i32(least_ms, s->calls->since_extension_ms[lowest_bit(left)]);
    }
    return least_ms;
}

/* Its green would end by a gap if anybody waited. */
static bool dwells(const struct rings *r, const struct scene *s, uint32_t ix)
{
    const struct phase_timer *t = &r->timer[ix];
    return t->is_green && !t->ped_is_busy && t->green_ms >= t->min_now_ms &&
           since_vehicle_ms(s, ix) >= s->p->phase[ix].passage_ms;
}

/* Soft recall speaks when nobody else does and the phases against it dwell; not against one that
 * rests by soft recall itself, or two of them would change places for ever. */
static phase_mask_t soft_calls(const struct rings *r, const struct scene *s, phase_mask_t eligible)
{
    phase_mask_t soft = 0;
    phase_mask_t called = 0;
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if ((s->calls->soft_recall & s->p->phase[i].vehicle_sg) != 0) {
            soft |= bit32(i);
        }
    }
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        bool is_opposed = false;
        for (uint32_t k = 0; k < (uint32_t)s->p->phase_count; k++) {
            is_opposed |= (r->on & bit32(k)) != 0 && phases_conflict(s->p, i, k) &&
                          ((soft & bit32(k)) != 0 || !dwells(r, s, k));
        }
        if ((soft & eligible & bit32(i)) != 0 && !is_opposed) {
            called |= bit32(i);
        }
    }
    return called;
}

static phase_mask_t has_vehicles(const struct plan *p)
{
    phase_mask_t mask = 0;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        mask |= p->phase[i].vehicle_sg != 0 ? bit32(i) : 0;
    }
    return mask;
}

static phase_mask_t called_phases(const struct rings *r, const struct scene *s)
{
    phase_mask_t eligible = phases_in_order(s) & ~r->on & ~s->o->omit;
    phase_mask_t called = 0;
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if (!phase_has(s, i, PHASE_ENABLED) || s->pattern->split_mode[i] == SPLIT_OMIT) {
            eligible &= ~bit32(i);
        }
        if (has_vehicle_call(s, i) || has_ped_call(s, i)) {
            called |= bit32(i);
        }
    }
    called = (called | (s->advised & has_vehicles(s->p))) & eligible;
    return called != 0 ? called : soft_calls(r, s, eligible);
}

/* --- Whether there is time ------------------------------------------------------------------- */

static int32_t ped_time_ms(const struct plan *p, uint32_t ix)
{
    int32_t longest_ms = 0;
    for (sg_mask_t left = p->phase[ix].ped_sg; left != 0; left &= left - 1) {
        const uint32_t i = lowest_bit(left);
        const int32_t walk_ms = max_i32(p->phase[ix].walk_ms, p->safety.min_green_ms[i]);
        longest_ms = max_i32(longest_ms, walk_ms + p->safety.ped_clear_ms[i]);
    }
    return longest_ms;
}

/* Until a phase that is chosen now can show green. */
static int32_t ring_clear_left_ms(const struct rings *r, const struct plan *p, uint32_t ring)
{
    const struct ring_state *rs = &r->ring[ring];
    if (rs->phase_ix >= 0 && r->timer[rs->phase_ix].is_green) {
        return phase_clear_ms(p, (uint32_t)rs->phase_ix);
    }
    if (rs->last_ix < 0 || r->timer[rs->last_ix].clearing_ms < 0) {
        return 0;
    }
    return max_i32(0, phase_clear_ms(p, (uint32_t)rs->last_ix) - r->timer[rs->last_ix].clearing_ms);
}

static bool ped_fits(const struct rings *r, const struct scene *s, uint32_t ix)
{
    const int32_t clear_ms =
        r->timer[ix].is_green ? 0 : ring_clear_left_ms(r, s->p, (uint32_t)s->p->phase[ix].ring_ix);
    return !s->is_timed || s->coord->to_force_off_ms[ix] >= clear_ms + ped_time_ms(s->p, ix);
}

/* A walk that no split of this pattern would hold is begun with the green of its phase all the same
 * where the pattern says so. */
static bool may_overrun(const struct scene *s, uint32_t ix)
{
    return s->pattern->ped_may_overrun && s->is_coordinated && !is_coordinated_phase(s, ix);
}

/* In a coordinated cycle a call is heard while its phase can still be served before its
 * force-off (F59). */
static phase_mask_t serviceable_phases(const struct rings *r, const struct scene *s)
{
    phase_mask_t serviceable = 0;
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if ((s->called & bit32(i)) == 0) {
            continue;
        }
        if (!s->is_timed || is_coordinated_phase(s, i)) {
            serviceable |= bit32(i);
            continue;
        }
        const int32_t need_ms = ring_clear_left_ms(r, s->p, (uint32_t)s->p->phase[i].ring_ix) +
                                s->p->phase[i].min_green_ms;
        const bool minimum_fits = s->coord->to_force_off_ms[i] >= need_ms;
        const bool vehicle_fits = has_vehicle_call(s, i) && minimum_fits;
        const bool walk_fits =
            has_ped_call(s, i) && (ped_fits(r, s, i) || (minimum_fits && may_overrun(s, i)));
        if ((s->coord->may_begin & bit32(i)) != 0 && (vehicle_fits || walk_fits)) {
            serviceable |= bit32(i);
        }
    }
    return serviceable;
}

static bool has_conflicting_call(const struct scene *s, uint32_t ix)
{
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if (i != ix && (s->serviceable & bit32(i)) != 0 && phases_conflict(s->p, i, ix)) {
            return true;
        }
    }
    return false;
}

/* The first phase not on that serves one of these groups, -1 none. */
static int32_t phase_that_serves(const struct rings *r, const struct scene *s, sg_mask_t sg,
                                 phase_mask_t among)
{
    for (phase_mask_t left = sg != 0 ? among & ~r->on : 0; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        if (((s->p->phase[ix].vehicle_sg | s->p->phase[ix].ped_sg) & sg) != 0) {
            return (int32_t)ix;
        }
    }
    return -1;
}

/* What the optimiser wants on, as far as it fits together: whoever is overdue comes first, and
 * phases that cannot be on beside each other are no advice. */
static phase_mask_t advised_phases(const struct rings *r, const struct scene *s)
{
    phase_mask_t can = phases_in_order(s) & ~s->o->omit;
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        const bool is_out =
            !phase_has(s, i, PHASE_ENABLED) || s->pattern->split_mode[i] == SPLIT_OMIT;
        can &= is_out ? ~bit32(i) : ~UINT32_C(0);
    }
    const phase_mask_t advised = s->o->advised & can;
    const sg_mask_t first = s->o->overdue | ((advised & ~r->on) != 0 ? s->o->overdue_next : 0);
    const int32_t first_ix = phase_that_serves(r, s, first, can);
    phase_mask_t fits = first_ix >= 0 ? bit32((uint32_t)first_ix) : 0;
    for (phase_mask_t left = advised & ~fits; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        bool is_opposed = false;
        for (phase_mask_t other = fits; other != 0; other &= other - 1) {
            is_opposed |= phases_conflict(s->p, ix, lowest_bit(other));
        }
        fits |= is_opposed ? 0 : bit32(ix);
    }
    return s->o->advised != 0 ? fits : 0;
}

static sg_mask_t plain_green(const struct sequencer *seq, const struct plan *p)
{
    sg_mask_t green = sequencer_green(seq, p);
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        green &= seq->aspect[i] == ASPECT_GREEN ? UINT32_MAX : ~bit32(i);
    }
    return green;
}

static struct scene look(const struct rings *r, const struct plan *p,
                         const struct ring_order_now *o, const struct calls *calls,
                         const struct sequencer *seq, const struct coord *coord)
{
    REQUIRE(o->pattern_ix >= 0 && o->pattern_ix < p->pattern_count);
    struct scene s = { .p = p,
                       .pattern = &p->pattern[o->pattern_ix],
                       .o = o,
                       .calls = calls,
                       .coord = coord,
                       .green = plain_green(seq, p),
                       .not_red = sequencer_not_red(seq, p) };
    s.is_timed =
        coord->is_running && (o->strategy == STRATEGY_FIXED || o->strategy == STRATEGY_COORDINATED);
    s.is_coordinated = s.is_timed && o->strategy == STRATEGY_COORDINATED;
    s.advised = o->strategy == STRATEGY_ADAPTIVE ? advised_phases(r, &s) : 0;
    s.called = called_phases(r, &s);
    s.serviceable = serviceable_phases(r, &s);
    return s;
}

/* --- Orders and their events ----------------------------------------------------------------- */

static void log_mask(const struct plan *p, phase_mask_t before, phase_mask_t after,
                     enum event_code begin, enum event_code end, struct event_list *events)
{
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if (((before ^ after) & bit32(i)) != 0) {
            event_add(events, (after & bit32(i)) != 0 ? begin : end,
                      (uint32_t)p->phase[i].phase_id);
        }
    }
}

static void take_orders(struct rings *r, const struct plan *p, const struct ring_order_now *o,
                        struct event_list *events)
{
    log_mask(p, r->hold, o->hold, EVENT_HOLD_BEGIN, EVENT_HOLD_END, events);
    log_mask(p, r->omit, o->omit, EVENT_OMIT_BEGIN, EVENT_OMIT_END, events);
    log_mask(p, r->ped_omit, o->ped_omit, EVENT_PED_OMIT_BEGIN, EVENT_PED_OMIT_END, events);
    r->hold = o->hold;
    r->omit = o->omit;
    r->ped_omit = o->ped_omit;
    if (o->advance) {
        r->advance = r->on;
    }
    if (o->strategy != STRATEGY_MANUAL) {
        r->advance = 0;
    }
}

/* --- One phase ------------------------------------------------------------------------------- */

static void phase_begin(struct rings *r, uint32_t ring, uint32_t ix)
{
    struct phase_timer *t = &r->timer[ix];
    *t =
        (struct phase_timer){ .dynamic_ms = t->dynamic_ms, .streak = t->streak, .clearing_ms = -1 };
    r->ring[ring].phase_ix = (int32_t)ix;
    r->ring[ring].end = PHASE_END_NONE;
    r->ring[ring].wants_barrier = false;
    r->on |= bit32(ix);
}

static int32_t max_green_ms(const struct scene *s, uint32_t ix)
{
    if (s->o->strategy == STRATEGY_FIXED) {
        const int32_t split_ms = coord_split_green_ms(s->p, s->pattern, ix);
        if (split_ms > 0) {
            return split_ms;
        }
    }
    return s->p->phase[ix].max_green_ms[s->pattern->max_set];
}

static void log_end(const struct scene *s, uint32_t ix, enum phase_end end,
                    struct event_list *events)
{
    switch (end) {
    case PHASE_GAP_OUT:
        event_add(events, EVENT_GAP_OUT, phase_id(s, ix));
        return;
    case PHASE_MAX_OUT:
        event_add(events, EVENT_MAX_OUT, phase_id(s, ix));
        return;
    case PHASE_FORCE_OFF:
        event_add(events, EVENT_FORCE_OFF, phase_id(s, ix));
        return;
    case PHASE_END_NONE:
        return;
    }
}

static void phase_finish(struct rings *r, const struct scene *s, uint32_t ring,
                         struct event_list *events)
{
    struct ring_state *rs = &r->ring[ring];
    const uint32_t ix = (uint32_t)rs->phase_ix;
    log_end(s, ix, (enum phase_end)rs->end, events);
    const int32_t moved = phase_learn_max(&s->p->phase[ix], max_green_ms(s, ix),
                                          (enum phase_end)rs->end, &r->timer[ix]);
    if (moved != 0) {
        event_add(events, moved > 0 ? EVENT_MAX_STEP_UP : EVENT_MAX_STEP_DOWN, phase_id(s, ix));
    }
    r->timer[ix].is_green = false;
    r->timer[ix].clearing_ms = 0;
    r->on &= ~bit32(ix);
    r->advance &= ~bit32(ix);
    rs->last_ix = rs->phase_ix;
    rs->phase_ix = -1;
    rs->end = PHASE_END_NONE;
    rs->wants_barrier = false;
}

static bool green_shows(const struct scene *s, uint32_t ix)
{
    const sg_mask_t vehicle_sg = s->p->phase[ix].vehicle_sg;
    return vehicle_sg != 0 ? (vehicle_sg & ~s->green) == 0
                           : (s->p->phase[ix].ped_sg & s->green) != 0;
}

static void green_begins(struct rings *r, const struct scene *s, uint32_t ix,
                         struct event_list *events)
{
    int32_t actuations = 0;
    for (sg_mask_t left = s->p->phase[ix].vehicle_sg; left != 0; left &= left - 1) {
        actuations = max_i32(actuations, s->calls->actuations_in_red[lowest_bit(left)]);
    }
    r->timer[ix].is_green = true;
    r->timer[ix].min_now_ms = phase_min_green_ms(&s->p->phase[ix], actuations);
    if (r->crossed_from >= 0) {
        event_add(events, EVENT_BARRIER, (uint32_t)r->crossed_from + 1);
        r->crossed_from = -1;
    }
    event_add(events, EVENT_PHASE_ON, phase_id(s, ix));
    if (is_coordinated_phase(s, ix)) {
        event_add(events, EVENT_COORD_BEGIN, phase_id(s, ix));
    }
}

static bool is_on_max_recall(const struct scene *s, uint32_t ix)
{
    return s->o->strategy == STRATEGY_FIXED ||
           (s->calls->max_recall & s->p->phase[ix].vehicle_sg) != 0;
}

static void time_green(struct rings *r, const struct scene *s, uint32_t ix,
                       struct event_list *events)
{
    struct phase_timer *t = &r->timer[ix];
    if (t->is_green && s->p->phase[ix].vehicle_sg != 0 && !green_shows(s, ix)) {
        t->is_green = false; /* somebody else closed it: its green begins anew */
        t->green_ms = 0;
        t->max_ms = 0;
    }
    if (!t->is_green) {
        if (!green_shows(s, ix)) {
            return;
        }
        green_begins(r, s, ix, events);
    }
    const bool was_minimum = t->green_ms < t->min_now_ms;
    t->green_ms = age_add_ms(t->green_ms, TICK_MS);
    t->split_ms = age_add_ms(t->split_ms, TICK_MS);
    if (was_minimum && t->green_ms >= t->min_now_ms) {
        event_add(events, EVENT_MIN_GREEN_END, phase_id(s, ix));
    }
    if (s->o->stop_time) {
        return;
    }
    const bool conflict = has_conflicting_call(s, ix);
    if (conflict && !t->has_checked) {
        event_add(events, EVENT_PHASE_CHECK, phase_id(s, ix));
        t->has_checked = true;
    }
    t->waiting_conflict_ms = conflict ? age_add_ms(t->waiting_conflict_ms, TICK_MS) : 0;
    t->max_ms = conflict || is_on_max_recall(s, ix) ? age_add_ms(t->max_ms, TICK_MS) : 0;
}

/* After its green a phase's split runs on until its clearance is over (event 300 and up). */
static void time_clearance(struct rings *r, const struct scene *s, uint32_t ix,
                           struct event_list *events)
{
    struct phase_timer *t = &r->timer[ix];
    if (t->clearing_ms < 0) {
        return;
    }
    t->clearing_ms = age_add_ms(t->clearing_ms, TICK_MS);
    t->split_ms = age_add_ms(t->split_ms, TICK_MS);
    if (t->clearing_ms >= phase_clear_ms(s->p, ix)) {
        t->clearing_ms = -1;
        if (s->is_timed) {
            event_add(events, (enum event_code)(EVENT_ACTUAL_SPLIT_1 + phase_id(s, ix) - 1),
                      (uint32_t)t->split_ms / 1000);
        }
    }
}

/* --- Pedestrians of a phase ------------------------------------------------------------------ */

static bool ped_may_open(const struct rings *r, const struct scene *s, uint32_t ix)
{
    const struct phase_timer *t = &r->timer[ix];
    if (t->ped_is_busy || s->o->finish || s->o->stop_time || !has_ped_call(s, ix)) {
        return false;
    }
    if (!t->is_green) {
        return ped_fits(r, s, ix) || may_overrun(s, ix);
    }
    if (t->ped_walked != 0 && !phase_has(s, ix, PHASE_WALK_RECYCLE) &&
        s->p->phase[ix].vehicle_sg != 0) {
        return false;
    }
    if (is_coordinated_phase(s, ix)) {
        return ped_fits(r, s, ix);
    }
    return !has_conflicting_call(s, ix) || (s->o->hold & bit32(ix)) != 0;
}

static void step_peds(struct rings *r, const struct scene *s, uint32_t ix)
{
    struct phase_timer *t = &r->timer[ix];
    const sg_mask_t ped_sg = s->p->phase[ix].ped_sg;
    t->ped_walked |= t->ped_wanted & s->green;
    if (s->o->finish) {
        t->ped_wanted &= s->green; /* who has not begun to walk shall not begin */
    }
    t->ped_wanted &= s->green | ~t->ped_walked; /* walk has ended: not again */
    t->ped_is_busy = t->ped_wanted != 0 || (t->ped_walked & s->not_red) != 0;
    const bool is_exclusive = s->p->phase[ix].vehicle_sg == 0;
    if (ped_may_open(r, s, ix) || (is_exclusive && !t->is_green && !t->ped_is_busy)) {
        t->ped_wanted = ped_sg;
        t->ped_walked = 0;
        t->ped_is_busy = true;
    }
}

/* Pedestrians hold a phase beyond its force-off: the cycle is to wait for them. */
static bool peds_overrun(const struct rings *r, const struct scene *s)
{
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if ((r->on & s->coord->force_off & bit32(i)) != 0 && r->timer[i].is_green &&
            r->timer[i].ped_is_busy && may_overrun(s, i)) {
            return true;
        }
    }
    return false;
}

/* Rest in walk: while nobody else waits, in coordination until just enough is left to clear. */
static bool rests_in_walk(const struct rings *r, const struct scene *s, uint32_t ix)
{
    if (s->o->stop_time) {
        return true;
    }
    if (!phase_has(s, ix, PHASE_REST_IN_WALK) || s->o->finish || (r->advance & bit32(ix)) != 0) {
        return false;
    }
    if (is_coordinated_phase(s, ix)) {
        const int32_t clear_ms = ped_time_ms(s->p, ix) - s->p->phase[ix].walk_ms;
        return (s->coord->may_leave & bit32(ix)) == 0 &&
               s->coord->to_force_off_ms[ix] > clear_ms + TICK_MS;
    }
    return !has_conflicting_call(s, ix);
}

/* --- Why a green may end --------------------------------------------------------------------- */

static bool is_advised(const struct scene *s, uint32_t ix)
{
    return (s->advised & bit32(ix)) != 0;
}

static bool is_forced_off(const struct rings *r, const struct scene *s, uint32_t ix)
{
    if (((s->o->force_off | r->advance) & bit32(ix)) != 0) {
        return true;
    }
    if (s->advised != 0) {
        return !is_advised(s, ix);
    }
    if (!s->is_timed) {
        return false;
    }
    if (is_coordinated_phase(s, ix)) {
        return (s->coord->may_leave & bit32(ix)) != 0 && has_conflicting_call(s, ix);
    }
    const int32_t split_ms = coord_split_green_ms(s->p, s->pattern, ix);
    const bool floated =
        s->pattern->force_off_is_floating && split_ms > 0 && r->timer[ix].green_ms >= split_ms;
    return floated || (s->coord->force_off & bit32(ix)) != 0;
}

static struct phase_view view_phase(const struct rings *r, const struct scene *s, uint32_t ix)
{
    const struct phase_timer *t = &r->timer[ix];
    const bool is_guest = is_coordinated_phase(s, ix);
    const bool manual_rest = s->o->strategy == STRATEGY_MANUAL && (r->advance & bit32(ix)) == 0;
    return (struct phase_view){
        .green_ms = t->green_ms,
        .max_timer_ms = t->max_ms,
        .since_vehicle_ms = since_vehicle_ms(s, ix),
        .min_green_ms = t->min_now_ms,
        .max_green_ms = max_green_ms(s, ix) + t->dynamic_ms,
        .passage_ms = phase_passage_ms(&s->p->phase[ix], t->waiting_conflict_ms),
        .conflicting_call = has_conflicting_call(s, ix),
        .force_off = is_forced_off(r, s, ix),
        .hold = (s->o->hold & bit32(ix)) != 0 || manual_rest,
        .max_recall = is_on_max_recall(s, ix) || is_guest || is_advised(s, ix),
        .max_is_inhibited = s->is_timed && (is_guest || s->pattern->max_is_inhibited ||
                                            s->o->strategy == STRATEGY_FIXED),
    };
}

/* A gap once found stays found, unless the phase may revert to extending until the other rings
 * are ready too (simultaneous gap). A guaranteed passage runs out in full although the gap had
 * been reduced. */
static enum phase_end latch_gap(struct phase_timer *t, const struct phase *phase,
                                const struct phase_view *v, enum phase_end end)
{
    if (!v->conflicting_call || v->hold) {
        t->gap_is_latched = false;
        return end;
    }
    if (!t->gap_is_latched && end == PHASE_GAP_OUT) {
        const bool is_guaranteed =
            (phase->options & PHASE_GUARANTEED_PASSAGE) != 0 && v->passage_ms < phase->passage_ms;
        t->guarantee_ms = is_guaranteed ? max_i32(0, phase->passage_ms - v->since_vehicle_ms) : 0;
        t->gap_is_latched = is_guaranteed || (phase->options & PHASE_SIMULTANEOUS_GAP) == 0;
    } else if (t->gap_is_latched) {
        t->guarantee_ms = max_i32(0, t->guarantee_ms - TICK_MS);
    }
    if (t->gap_is_latched && t->guarantee_ms == 0 && end != PHASE_END_NONE) {
        return PHASE_GAP_OUT; /* it was done before its time was up, whoever it waits for */
    }
    if (end == PHASE_MAX_OUT || end == PHASE_FORCE_OFF) {
        return end;
    }
    if (t->gap_is_latched) {
        return t->guarantee_ms > 0 ? PHASE_END_NONE : PHASE_GAP_OUT;
    }
    return end;
}

static enum phase_end ready_to_end(struct rings *r, const struct scene *s, uint32_t ix)
{
    struct phase_timer *t = &r->timer[ix];
    if (!t->is_green || t->ped_is_busy || s->o->stop_time) {
        return PHASE_END_NONE;
    }
    const struct phase_view v = view_phase(r, s, ix);
    if (s->advised != 0) {
        t->gap_is_latched = false; /* gaps end nothing here */
        return phase_green_end(&v);
    }
    return latch_gap(t, &s->p->phase[ix], &v, phase_green_end(&v));
}

/* --- Where a ring goes ----------------------------------------------------------------------- */

static int32_t place_in_order(const struct ring_order *order, int32_t phase_ix)
{
    for (int32_t k = 0; k < order->count; k++) {
        if (order->phase_ix[k] == phase_ix) {
            return k;
        }
    }
    return -1;
}

/* Where rings may go: while advised phases wait, nowhere else. */
static phase_mask_t choosable(const struct scene *s)
{
    const phase_mask_t advised = s->serviceable & s->advised;
    return advised != 0 ? advised : s->serviceable;
}

/* First phase of the ring's order in [from, until) that is of this side of the barrier and in
 * the mask. */
static int32_t find_phase(const struct scene *s, uint32_t ring, int32_t from, int32_t until,
                          int32_t barrier_ix, phase_mask_t mask)
{
    const struct ring_order *order = &s->pattern->ring[ring];
    for (int32_t k = from; k < until; k++) {
        const int32_t ix = order->phase_ix[k];
        if ((mask & bit32((uint32_t)ix)) != 0 && s->p->phase[ix].barrier_ix == barrier_ix) {
            return ix;
        }
    }
    return -1;
}

static int32_t place_of_ring(const struct rings *r, const struct scene *s, uint32_t ring)
{
    const struct ring_state *rs = &r->ring[ring];
    return place_in_order(&s->pattern->ring[ring], rs->phase_ix >= 0 ? rs->phase_ix : rs->last_ix);
}

static int32_t find_later(const struct rings *r, const struct scene *s, uint32_t ring)
{
    return find_phase(s, ring, place_of_ring(r, s, ring) + 1, s->pattern->ring[ring].count,
                      r->barrier_ix, choosable(s));
}

static int32_t find_earlier(const struct rings *r, const struct scene *s, uint32_t ring)
{
    const int32_t place = place_of_ring(r, s, ring);
    const int32_t until = r->ring[ring].phase_ix >= 0 ? place : place + 1;
    return find_phase(s, ring, 0, max_i32(0, until), r->barrier_ix, choosable(s));
}

/* The next side of the barrier, in order, where somebody can be served; -1: nobody waits there. */
static int32_t find_barrier(const struct rings *r, const struct scene *s)
{
    for (int32_t step = 1; step < BARRIER_MAX; step++) {
        const int32_t barrier_ix = (r->barrier_ix + step) % BARRIER_MAX;
        for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
            if ((choosable(s) & bit32(i)) != 0 && s->p->phase[i].barrier_ix == barrier_ix) {
                return barrier_ix;
            }
        }
    }
    return -1;
}

/* On the new side each ring serves its first call; without one, its dual entry phase keeps it
 * company. */
static void enter_side(struct rings *r, const struct scene *s)
{
    phase_mask_t dual = 0;
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if (phase_has(s, i, PHASE_DUAL_ENTRY) && phase_has(s, i, PHASE_ENABLED) &&
            s->pattern->split_mode[i] != SPLIT_OMIT && (s->o->omit & bit32(i)) == 0) {
            dual |= bit32(i);
        }
    }
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        const int32_t count = s->pattern->ring[ring].count;
        int32_t ix = find_phase(s, ring, 0, count, r->barrier_ix, choosable(s));
        if (ix < 0) {
            ix = find_phase(s, ring, 0, count, r->barrier_ix, dual);
        }
        r->ring[ring].has_reserviced = false;
        if (ix >= 0) {
            phase_begin(r, ring, (uint32_t)ix);
        }
    }
}

static bool all_rings_ready(const struct rings *r)
{
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        if (r->ring[ring].phase_ix >= 0 && r->ring[ring].end == PHASE_END_NONE) {
            return false;
        }
    }
    return true;
}

static void cross_barrier(struct rings *r, const struct scene *s, int32_t barrier_ix,
                          struct event_list *events)
{
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        if (r->ring[ring].phase_ix >= 0) {
            phase_finish(r, s, ring, events);
        }
    }
    r->crossed_from = r->barrier_ix;
    r->barrier_ix = barrier_ix;
    enter_side(r, s);
}

/* Time that the rings still busy on this side are sure to take, at most. */
static int32_t busy_left_ms(const struct rings *r, const struct scene *s)
{
    int32_t left_ms = 0;
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        const int32_t ix = r->ring[ring].phase_ix;
        if (ix < 0 || r->ring[ring].end != PHASE_END_NONE) {
            continue;
        }
        const int32_t own_ms = s->is_timed ? s->coord->to_force_off_ms[ix]
                                           : max_green_ms(s, (uint32_t)ix) +
                                                 r->timer[ix].dynamic_ms - r->timer[ix].max_ms;
        left_ms = max_i32(left_ms, own_ms);
    }
    return left_ms;
}

/* Conditional service: a ring that is done serves an earlier phase once more if the others will
 * take long enough anyhow for its minimum. */
static int32_t find_reservice(const struct rings *r, const struct scene *s, uint32_t ring)
{
    const uint32_t ix = (uint32_t)r->ring[ring].phase_ix;
    if (!phase_has(s, ix, PHASE_CONDITIONAL_SERVICE) || r->ring[ring].has_reserviced) {
        return -1;
    }
    const int32_t next_ix = find_earlier(r, s, ring);
    if (next_ix < 0) {
        return -1;
    }
    const int32_t need_ms = phase_clear_ms(s->p, ix) + s->p->phase[next_ix].min_green_ms;
    return busy_left_ms(r, s) >= need_ms ? next_ix : -1;
}

/* Red rest: nobody waits anywhere, its own road is empty. */
static bool rests_in_red(const struct rings *r, const struct scene *s, uint32_t ix)
{
    const struct phase *phase = &s->p->phase[ix];
    return phase_has(s, ix, PHASE_RED_REST) && s->o->strategy == STRATEGY_ACTUATED &&
           s->called == 0 && dwells(r, s, ix) && (s->o->hold & bit32(ix)) == 0 &&
           (phase->recall & (RECALL_MIN | RECALL_MAX | RECALL_SOFT)) == 0;
}

static void move_to(struct rings *r, const struct scene *s, uint32_t ring, int32_t next_ix,
                    struct event_list *events)
{
    if (r->ring[ring].phase_ix >= 0) {
        phase_finish(r, s, ring, events);
    }
    phase_begin(r, ring, (uint32_t)next_ix);
}

/* One ring on its own side of the barrier. cross: somebody waits on another side. */
static void step_ring(struct rings *r, const struct scene *s, uint32_t ring, bool cross,
                      struct event_list *events)
{
    struct ring_state *rs = &r->ring[ring];
    int32_t next_ix = find_later(r, s, ring);
    if (next_ix < 0 && (!cross || rs->phase_ix < 0)) {
        next_ix = find_earlier(r, s, ring);
    }
    if (rs->phase_ix < 0) {
        if (next_ix >= 0) {
            move_to(r, s, ring, next_ix, events);
        }
        return;
    }
    if (next_ix < 0 && cross && rs->end != PHASE_END_NONE) {
        next_ix = find_reservice(r, s, ring);
        rs->has_reserviced |= next_ix >= 0;
    }
    rs->wants_barrier = rs->end != PHASE_END_NONE && next_ix < 0 && cross;
    if (rs->end != PHASE_END_NONE && next_ix >= 0) {
        move_to(r, s, ring, next_ix, events);
    } else if (rests_in_red(r, s, (uint32_t)rs->phase_ix)) {
        rs->end = PHASE_GAP_OUT;
        phase_finish(r, s, ring, events);
    }
}

static bool ring_has_later(const struct rings *r, const struct scene *s)
{
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        if (r->ring[ring].phase_ix >= 0 && find_later(r, s, ring) >= 0) {
            return true;
        }
    }
    return false;
}

static void step_all(struct rings *r, const struct scene *s, struct event_list *events)
{
    const int32_t barrier_ix = find_barrier(r, s);
    if (barrier_ix >= 0 && all_rings_ready(r) && !ring_has_later(r, s)) {
        cross_barrier(r, s, barrier_ix, events);
        return;
    }
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        step_ring(r, s, ring, barrier_ix >= 0, events);
    }
}

/* The first greens after start-up are the plan's, called or not. */
static void start(struct rings *r, const struct plan *p)
{
    r->is_started = true;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((p->startup_phases & bit32(i)) != 0) {
            phase_begin(r, (uint32_t)p->phase[i].ring_ix, i);
            r->barrier_ix = p->phase[i].barrier_ix;
        }
    }
}

/* Shutting down: every green ends at its minimum, nothing follows. */
static void finish_all(struct rings *r, const struct scene *s, struct event_list *events)
{
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        const int32_t ix = r->ring[ring].phase_ix;
        if (ix < 0) {
            continue;
        }
        const struct phase_timer *t = &r->timer[ix];
        const bool is_unopened = !t->is_green && !t->ped_is_busy;
        if (!t->ped_is_busy && (is_unopened || t->green_ms >= t->min_now_ms)) {
            r->ring[ring].end = t->is_green ? PHASE_FORCE_OFF : PHASE_END_NONE;
            phase_finish(r, s, ring, events);
        }
    }
}

/* --- What is wanted -------------------------------------------------------------------------- */

static sg_mask_t vehicles_of(const struct plan *p, phase_mask_t phases)
{
    sg_mask_t sg = 0;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((phases & bit32(i)) != 0) {
            sg |= p->phase[i].vehicle_sg;
        }
    }
    return sg;
}

/* An overlap is open with any of its parents and stays open from one parent to the next; its
 * trailing green runs after the last. */
static sg_mask_t open_overlaps(struct rings *r, const struct scene *s)
{
    sg_mask_t open = 0;
    for (uint32_t i = 0; i < (uint32_t)s->p->overlap_count; i++) {
        const struct overlap *o = &s->p->overlap[i];
        const bool parent_is_on = (o->parents & r->on) != 0;
        if (parent_is_on) {
            r->trail_ms[i] = o->trail_green_ms;
        } else {
            r->trail_ms[i] = s->o->finish ? 0 : max_i32(0, r->trail_ms[i] - TICK_MS);
        }
        const bool is_closed =
            o->kind == OVERLAP_MINUS_GREEN_YELLOW &&
            ((o->modifiers & r->on) != 0 || (vehicles_of(s->p, o->modifiers) & s->not_red) != 0);
        if (!is_closed && (parent_is_on || r->trail_ms[i] > 0)) {
            open |= o->sg;
        }
    }
    return open;
}

static void want(struct rings *r, const struct scene *s, struct wanted *w)
{
    memset(w, 0, sizeof *w);
    w->open = vehicles_of(s->p, r->on) | open_overlaps(r, s);
    for (uint32_t i = 0; i < (uint32_t)s->p->phase_count; i++) {
        if ((r->on & bit32(i)) == 0) {
            continue;
        }
        w->open |= r->timer[i].ped_wanted;
        if (rests_in_walk(r, s, i)) {
            w->hold_walk |= r->timer[i].ped_wanted;
        }
        for (sg_mask_t left = s->p->phase[i].ped_sg; left != 0; left &= left - 1) {
            const uint32_t g = lowest_bit(left);
            w->walk_ms[g] = max_i32(s->p->phase[i].walk_ms, s->p->safety.min_green_ms[g]);
        }
    }
}

void rings_recall(const struct plan *p, int32_t pattern_ix, struct recalls *recalls)
{
    REQUIRE(pattern_ix >= 0 && pattern_ix < p->pattern_count);
    static const int32_t by_mode[] = {
        [SPLIT_NONE] = RECALL_NONE,
        [SPLIT_MIN_RECALL] = RECALL_MIN,
        [SPLIT_MAX_RECALL] = RECALL_MAX,
        [SPLIT_PED_RECALL] = RECALL_PED,
        [SPLIT_MAX_PED_RECALL] = RECALL_MAX | RECALL_PED,
        [SPLIT_OMIT] = RECALL_NONE,
        [SPLIT_NON_ACTUATED] = RECALL_NONE,
    };
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase *phase = &p->phase[i];
        const int32_t bits = phase->recall | by_mode[p->pattern[pattern_ix].split_mode[i]];
        for (sg_mask_t left = phase->vehicle_sg; left != 0; left &= left - 1) {
            recalls->of_sg[lowest_bit(left)] |= bits & (RECALL_MIN | RECALL_MAX | RECALL_SOFT);
        }
        for (sg_mask_t left = phase->ped_sg; left != 0; left &= left - 1) {
            recalls->of_sg[lowest_bit(left)] |= bits & RECALL_PED;
        }
    }
}

void rings_step(struct rings *r, const struct plan *p, const struct ring_order_now *o,
                const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                const struct tick *t, struct wanted *w, struct event_list *events)
{
    REQUIRE(t->advances);
    take_orders(r, p, o, events);
    if (!r->is_started && !o->finish) {
        start(r, p);
    }
    struct scene s = look(r, p, o, calls, seq, coord);
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((r->on & bit32(i)) != 0) {
            time_green(r, &s, i, events);
            step_peds(r, &s, i);
        } else {
            time_clearance(r, &s, i, events);
        }
    }
    for (uint32_t ring = 0; ring < RING_MAX; ring++) {
        struct ring_state *rs = &r->ring[ring];
        rs->end = rs->phase_ix >= 0 ? (int32_t)ready_to_end(r, &s, (uint32_t)rs->phase_ix)
                                    : (int32_t)PHASE_END_NONE;
    }
    if (o->finish) {
        finish_all(r, &s, events);
    } else if (!o->stop_time) {
        step_all(r, &s, events);
    }
    r->peds_overrun = peds_overrun(r, &s);
    r->next = s.serviceable & ~r->on;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((r->on & bit32(i)) != 0 && !r->timer[i].is_green) {
            step_peds(r, &s,
                      i); /* phases begun just now open their pedestrians with their vehicles */
        }
    }
    want(r, &s, w);
}

bool rings_at_border(const struct rings *r, const struct plan *p)
{
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase_timer *t = &r->timer[i];
        if ((r->on & bit32(i)) != 0 &&
            (!t->is_green || t->green_ms < t->min_now_ms || t->ped_is_busy)) {
            return false;
        }
    }
    return true;
}
