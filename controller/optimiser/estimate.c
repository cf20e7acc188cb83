#include "estimate.h"

#include <string.h>

#include "estimate_parts.h"

enum {
    COUNTS_SURE = 8, /* counts of as many ticks, all on one tick of the second: reported so */
    COUNTS_MAX = 4,  /* of one loop in one tick; more are no vehicles */
    AGE_MAX_CS = 30000,
    ETA_LEAST_CS = -30000, /* who waits longer waits that long */
    READY_MAX_CS = 1000
};

void estimate_init(struct estimate *e, const struct layout *l, mono_t now)
{
    memset(e, 0, sizeof *e);
    e->epoch = now;
    e->fed_ds = -1;
    for (int32_t i = 0; i < l->lane_count; i++) {
        struct estimate_lane *s = &e->lane[i];
        estimate_learn_init(s, &l->lane[i]);
        s->look_ds = i % SECOND_DS;
        s->zone_read_ds = -SECOND_DS;
        s->departed_ds = -SECOND_DS;
    }
    estimate_exit_init(e, l);
}

static int32_t now_ds(const struct estimate *e, mono_t now)
{
    return (int32_t)(mono_since_ms(now, e->epoch) / 100);
}

/* What the lamps let the lane do: free if each of its movements may go without looking. */
static enum estimate_flow flow_of(const struct layout *l, const struct layout_lane *lane,
                                  sg_mask_t flowing)
{
    bool is_free = true;
    for (int32_t m = 0; m < lane->movement_count; m++) {
        const struct layout_movement *way = &lane->movement[m];
        is_free = is_free && (way->sg & flowing) != 0 && (way->foe_peds & flowing) == 0;
        for (lane_mask_t left = way->foes; left != 0; left &= left - 1) {
            const int32_t foe = (int32_t)__builtin_ctzll(left);
            is_free = is_free && (l->lane[foe].sg & flowing) == 0;
        }
    }
    if ((lane->sg & flowing) == 0) {
        return ESTIMATE_HELD;
    }
    return is_free ? ESTIMATE_FREE : ESTIMATE_YIELDS;
}

static void change_flow(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const enum estimate_flow flow = flow_of(k->layout, k->lane, k->e->flowing);
    if (flow == (enum estimate_flow)s->flow) {
        return;
    }
    estimate_learn_flow(k);
    if (s->flow == ESTIMATE_HELD) {
        s->flow_since_ds = k->now_ds;
    }
    if (flow == ESTIMATE_HELD) {
        s->flow_until_ds = k->now_ds;
    }
    s->flow = (uint8_t)flow;
}

static bool is_trustworthy(const struct detector_state *d, const struct detector_input *in)
{
    return d->health == DETECTOR_HEALTHY && d->force == DETECTOR_GIVE_BACK &&
           in->quality == INPUT_GOOD;
}

static void take_counts(const struct estimate_look *k, int32_t c, const struct detector_state *d)
{
    struct estimate_lane *s = k->s;
    const uint8_t bit = (uint8_t)bit32((uint32_t)c);
    const int32_t many = min_i32(d->new_actuations, COUNTS_MAX);
    const bool was_occupied = (s->occupied & bit) != 0;
    s->occupied = d->is_occupied ? s->occupied | bit : s->occupied & (uint8_t)~bit;
    if (many > 0 || (d->is_occupied && !was_occupied)) {
        s->entered_ds[c] = k->now_ds;
    }
    if (!d->is_occupied && (many > 0 || was_occupied)) {
        s->left_ds[c] = k->now_ds;
    }
    s->seen[c] = (uint16_t)min_i32(s->seen[c] + many, UINT16_MAX);
    if ((s->trusted & bit) == 0) {
        return;
    }
    for (int32_t i = 0; i < many; i++) {
        estimate_lane_count(k, c);
    }
    if (c == 0 && !d->is_occupied && (many > 0 || was_occupied)) {
        estimate_lane_leave(k);
    }
}

static void update_trust(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    uint32_t trusted = 0;
    for (int32_t c = 0; c < k->lane->counter_count; c++) {
        const int32_t ix = k->lane->counter[c].detector_ix;
        const bool is_trusted =
            is_trustworthy(&k->view->detectors->d[ix], &k->view->in->detector[ix]);
        trusted |= is_trusted ? bit32((uint32_t)c) : 0;
    }
    s->trusted = (uint8_t)(trusted & ~(uint32_t)s->distrusted);
    const int32_t ix = k->lane->zone_ix;
    s->zone_is_good = ix >= 0 && k->view->in->detector[ix].has_zone &&
                      is_trustworthy(&k->view->detectors->d[ix], &k->view->in->detector[ix]);
    s->zone_is_trusted = s->zone_is_good && !s->zone_is_distrusted;
}

static bool has_loop_news(const struct estimate_look *k)
{
    const uint32_t occupied = k->s->occupied;
    for (int32_t c = 0; c < k->lane->counter_count; c++) {
        const struct detector_state *d = &k->view->detectors->d[k->lane->counter[c].detector_ix];
        if (d->new_actuations > 0 || d->is_occupied != ((occupied >> c & 1U) != 0)) {
            return true;
        }
    }
    return false;
}

static bool has_zone_news(const struct estimate_look *k)
{
    const int32_t ix = k->lane->zone_ix;
    return ix >= 0 && (k->view->in->detector[ix].zone_vehicles != k->s->zone_vehicles[0] ||
                       k->view->in->detector[ix].zone_queued != k->s->zone_queued[0]);
}

/* Returns whether somebody was counted. The farthest first: who passes two in one report is known
 * to the first when the second sees it. */
static bool feed_counters(const struct estimate_look *k)
{
    bool is_counted = false;
    for (int32_t c = k->lane->counter_count - 1; c >= 0; c--) {
        const struct detector_state *d = &k->view->detectors->d[k->lane->counter[c].detector_ix];
        take_counts(k, c, d);
        is_counted = is_counted || d->new_actuations > 0;
    }
    return is_counted;
}

static void feed_zone(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const struct detector_input *in = &k->view->in->detector[k->lane->zone_ix];
    const int32_t more = in->zone_vehicles - s->zone_vehicles[0];
    s->zone_seen = (uint16_t)min_i32(s->zone_seen + max_i32(more, 0), UINT16_MAX);
    estimate_zone_read(k, in);
}

static int32_t oldest_age_cs(const struct estimate_look *k)
{
    int32_t age_ms = 0;
    for (int32_t c = 0; c < k->lane->counter_count; c++) {
        age_ms = max_i32(age_ms, k->view->in->detector[k->lane->counter[c].detector_ix].age_ms);
    }
    if (k->lane->zone_ix >= 0) {
        age_ms = max_i32(age_ms, k->view->in->detector[k->lane->zone_ix].age_ms);
    }
    return min_i32(age_ms / 10, AGE_MAX_CS);
}

/* Most ticks bring nothing to most lanes, and cost next to nothing. */
static bool feed_lane(const struct estimate_look *k, bool lamps_changed)
{
    struct estimate_lane *s = k->s;
    if (lamps_changed) {
        change_flow(k);
    }
    const bool is_second = k->now_ds >= s->look_ds;
    const bool loops_changed = has_loop_news(k);
    const bool zone_changed = has_zone_news(k);
    if (!is_second && !loops_changed && !zone_changed) {
        return false;
    }
    update_trust(k);
    const bool is_counted = loops_changed && feed_counters(k);
    if (s->zone_is_good && (zone_changed || is_second)) {
        feed_zone(k);
    }
    if (is_second) {
        s->look_ds = k->now_ds + SECOND_DS;
        s->age_cs = oldest_age_cs(k);
        estimate_learn_second(k);
        estimate_lane_second(k);
    }
    return is_counted;
}

static void take_messages(struct estimate *e, const struct layout *l, const struct input_frame *in,
                          int32_t at_ds)
{
    const uint32_t many = in->neighbour_count < NEIGHBOUR_PER_TICK_MAX
                              ? in->neighbour_count
                              : (uint32_t)NEIGHBOUR_PER_TICK_MAX;
    for (uint32_t i = 0; i < many; i++) {
        if (in->neighbour[i].direction == NEIGHBOUR_INFLOW) {
            estimate_inflow_take(e, l, &in->neighbour[i], at_ds);
        } else if (in->neighbour[i].direction == NEIGHBOUR_ROOM) {
            estimate_exit_take(e, &in->neighbour[i], at_ds);
        }
    }
}

void estimate_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v)
{
    struct estimate_look k = { .e = e, .layout = l, .view = v, .now_ds = now_ds(e, v->now) };
    const bool is_one_phase = e->counts >= COUNTS_SURE && (e->phases & (e->phases - 1)) == 0;
    k.lag_ds = is_one_phase ? LAG_DS / 2 : 0;
    const bool lamps_changed = e->fed_ds < 0 || e->flowing != v->flowing;
    e->flowing = v->flowing;
    e->fed_ds = k.now_ds;
    take_messages(e, l, v->in, k.now_ds);
    estimate_feeder_feed(e, l, v, k.now_ds, k.lag_ds);
    bool is_counted = false;
    for (int32_t i = 0; i < l->lane_count; i++) {
        k.lane = &l->lane[i];
        k.s = &e->lane[i];
        is_counted = feed_lane(&k, lamps_changed) || is_counted;
    }
    if (is_counted) {
        e->phases |= (uint16_t)bit32((uint32_t)k.now_ds % 10);
        e->counts = (uint8_t)min_i32(e->counts + 1, UINT8_MAX);
    }
    estimate_exit_feed(e, l, v, k.now_ds);
    if (k.now_ds % 10 == 0) {
        estimate_inflow_second(e, l, k.now_ds);
    }
}

/* Earliest next departure of a lane that flows. */
static int32_t ready_cs(const struct estimate_lane *s, int32_t at_ds)
{
    if (s->flow == ESTIMATE_HELD || s->count == 0) {
        return 0;
    }
    const bool has_started = s->departed_ds >= s->flow_since_ds;
    const int32_t ready_ds = has_started ? s->departed_ds + s->headway_ms / 100
                                         : s->flow_since_ds + s->start_loss_ms / 100;
    return max_i32(0, min_i32((ready_ds - at_ds) * 10, READY_MAX_CS));
}

/* A guess is what somebody sees arrive or depart nowhere. */
static bool is_substituted(const struct layout_lane *lane, const struct estimate_lane *s)
{
    if (s->zone_is_trusted) {
        return false;
    }
    const bool sees_line = lane->counter_count > 0 && lane->counter[0].distance_cm <= LINE_MAX_CM &&
                           (s->trusted & 1U) != 0;
    return !sees_line || estimate_far_ix(lane, s) < 0;
}

void estimate_put(struct snapshot_lane *out, const struct snapshot_vehicle *v)
{
    if (out->count >= SNAPSHOT_VEHICLES_MAX) {
        return;
    }
    int32_t at = out->count++;
    for (; at > 0 && out->vehicle[at - 1].eta_cs > v->eta_cs; at--) {
        out->vehicle[at] = out->vehicle[at - 1];
    }
    out->vehicle[at] = *v;
}

static void fill_vehicles(const struct estimate_lane *s, int32_t at_ds, struct snapshot_lane *out)
{
    out->count = 0;
    for (int32_t i = 0; i < min_i32(s->count, SNAPSHOT_VEHICLES_MAX); i++) {
        const struct estimate_vehicle *v = &s->vehicle[i];
        const int32_t eta_cs = max_i32(ETA_LEAST_CS, (v->eta_ds - at_ds) * 10);
        const struct snapshot_vehicle vehicle = { .eta_cs = (int16_t)min_i32(eta_cs, 30000),
                                                  .weight = v->weight,
                                                  .is_stopped = v->is_stopped };
        estimate_put(out, &vehicle);
    }
}

void estimate_fill(const struct estimate *e, const struct layout *l, mono_t now,
                   struct snapshot *snapshot)
{
    const int32_t at_ds = now_ds(e, now);
    for (int32_t i = 0; i < l->lane_count; i++) {
        const struct estimate_lane *s = &e->lane[i];
        struct snapshot_lane *out = &snapshot->lane[i];
        fill_vehicles(s, at_ds, out);
        out->headway_cs = s->headway_ms / 10;
        out->start_loss_cs = s->start_loss_ms / 10;
        out->ready_cs = ready_cs(s, at_ds);
        out->arrivals_per_ks = estimate_learn_rate_per_ks(e, l, i);
        out->age_cs = s->age_cs;
        out->is_substituted = is_substituted(&l->lane[i], s);
        memcpy(out->share_permille, s->share_permille, sizeof out->share_permille);
    }
    estimate_feeder_fill(e, l, at_ds, snapshot);
    estimate_inflow_fill(e, l, at_ds, snapshot);
    estimate_expect_fill(e, l, snapshot);
    estimate_exit_fill(e, l, at_ds, snapshot);
}
