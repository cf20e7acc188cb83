#include <string.h>

#include "estimate_parts.h"

enum {
    BIN_MVEH = 8, /* unit in which bins are kept: a byte holds NEIGHBOUR_BIN_MAX_MVEH */
    ACCOUNT_MAX_MVEH = 6000,
    BELIEF_MIN_MVEH = 4000, /* so many have to be missing before announcements are doubted */
    BELIEF_SPAN_MVEH = 200000,
    SECONDS_MAX = 64, /* ahead of now: the longest horizon of a search */
    WHOLE_MVEH = 750, /* so much of a vehicle is one */
    PART_MVEH = 125,  /* less is none: two sixteenths */
    PART_S = 4        /* a part waits this long for the rest */
};

_Static_assert(NEIGHBOUR_BIN_MAX_MVEH / BIN_MVEH <= UINT8_MAX, "a bin has to fit into a byte");

static struct estimate_message *find_place(struct estimate *e, const struct neighbour_input *in)
{
    struct estimate_message *place = &e->message[0];
    for (int32_t i = 0; i < ESTIMATE_MESSAGES_MAX; i++) {
        struct estimate_message *m = &e->message[i];
        if (m->is_used && m->lane_ix == in->ix && m->sender == in->sender) {
            return m;
        }
        if (place->is_used && (!m->is_used || m->made_ds < place->made_ds)) {
            place = m;
        }
    }
    return place;
}

/* Seconds that have passed become past: vehicles that left then are on their way. */
static void age_bins(struct estimate_message *m, int32_t passed_s)
{
    const int32_t shift = min_i32(passed_s, ESTIMATE_PAST_BINS + NEIGHBOUR_BINS);
    const size_t left = (size_t)(ESTIMATE_PAST_BINS + NEIGHBOUR_BINS - shift);
    memmove(m->bin, m->bin + shift, left);
    memset(m->bin + left, 0, (size_t)shift);
}

/* Begin of the first bin, as it arrives at our stop line. */
static int32_t begin_ds(const struct estimate_message *m)
{
    return m->made_ds + m->travel_ds - ESTIMATE_PAST_BINS * 10;
}

void estimate_inflow_take(struct estimate *e, const struct layout *l,
                          const struct neighbour_input *in, int32_t now_ds)
{
    if (in->ix >= l->lane_count || in->age_ms >= NEIGHBOUR_BINS * 1000 ||
        in->travel_s >= ESTIMATE_PAST_BINS) {
        return;
    }
    struct estimate_message *m = find_place(e, in);
    const int32_t made_ds = now_ds - in->age_ms / 100;
    const bool is_same = m->is_used && m->lane_ix == in->ix && m->sender == in->sender;
    if (!is_same) {
        memset(m, 0, sizeof *m);
        m->made_ds = made_ds;
    } else if (made_ds < m->made_ds) {
        return; /* overtaken on its way */
    }
    age_bins(m, (made_ds - m->made_ds + 5) / 10);
    m->is_used = true;
    m->lane_ix = in->ix;
    m->sender = in->sender;
    m->made_ds = made_ds;
    m->travel_ds = in->travel_s * 10;
    for (int32_t b = 0; b < NEIGHBOUR_BINS; b++) {
        const int32_t mveh = min_i32(in->bin_mveh[b], NEIGHBOUR_BIN_MAX_MVEH);
        m->bin[ESTIMATE_PAST_BINS + b] = (uint8_t)(mveh / BIN_MVEH);
    }
    e->approach[l->lane[in->ix].approach_ix].has_message = true;
}

void estimate_inflow_seen(struct estimate *e, int32_t approach_ix)
{
    struct estimate_approach *a = &e->approach[approach_ix];
    if (a->has_message) {
        a->account_mveh = max_i32(a->account_mveh - 1000, -ACCOUNT_MAX_MVEH);
        a->seen_mveh += 1000;
    }
}

/* Where the own detectors of a lane begin to see, as time to the stop line. */
int32_t estimate_sight_ds(const struct layout_lane *lane, const struct estimate_lane *s)
{
    const int32_t far_ix = estimate_far_ix(lane, s);
    int32_t from_cm = far_ix >= 0 ? lane->counter[far_ix].distance_cm : 0;
    if (s->zone_is_trusted) {
        from_cm = max_i32(from_cm, lane->zone_length_cm);
    }
    return estimate_travel_ds(s, max_i32(from_cm, s->feeder_from_cm));
}

/* Lanes that see nobody come take what is due at their stop line. */
static void feed_blind(struct estimate *e, const struct layout *l, int32_t approach,
                       int32_t due_mveh)
{
    for (int32_t i = 0; i < l->lane_count; i++) {
        struct estimate_lane *s = &e->lane[i];
        const bool is_blind = estimate_far_ix(&l->lane[i], s) < 0 && !s->zone_is_trusted;
        if (l->lane[i].approach_ix == approach && is_blind) {
            const int32_t part_mveh = due_mveh * estimate_learn_lane_permille(e, l, i) / 1000;
            s->owed_mveh = min_i32(s->owed_mveh + part_mveh, ACCOUNT_MAX_MVEH);
        }
    }
}

static void settle(struct estimate_approach *a, int32_t due_mveh)
{
    a->account_mveh =
        a->account_mveh * 3 / 4; /* tolerance of about four seconds, reference 5.3 c */
    a->account_mveh = min_i32(a->account_mveh + due_mveh, ACCOUNT_MAX_MVEH);
    a->announced_mveh += due_mveh;
    if (a->announced_mveh > BELIEF_SPAN_MVEH || a->seen_mveh > BELIEF_SPAN_MVEH) {
        a->announced_mveh /= 2;
        a->seen_mveh /= 2;
    }
}

void estimate_inflow_second(struct estimate *e, const struct layout *l, int32_t now_ds)
{
    int32_t due_mveh[LANE_MAX];
    memset(due_mveh, 0, (size_t)l->lane_count * sizeof due_mveh[0]);
    bool is_any = false;
    for (int32_t i = 0; i < ESTIMATE_MESSAGES_MAX; i++) {
        struct estimate_message *m = &e->message[i];
        if (!m->is_used) {
            continue;
        }
        is_any = true;
        const struct layout_lane *lane = &l->lane[m->lane_ix];
        const int32_t from_ds = estimate_sight_ds(lane, &e->lane[m->lane_ix]);
        const int32_t at_ds = now_ds - begin_ds(m) + from_ds;
        if (at_ds >= 0 && at_ds / 10 < ESTIMATE_PAST_BINS + NEIGHBOUR_BINS) {
            due_mveh[lane->approach_ix] += m->bin[at_ds / 10] * BIN_MVEH;
        }
        m->is_used = now_ds - m->made_ds - m->travel_ds < NEIGHBOUR_BINS * 10;
    }
    for (int32_t a = 0; is_any && a < l->approach_count; a++) {
        if (e->approach[a].has_message) {
            settle(&e->approach[a], due_mveh[a]);
            feed_blind(e, l, a, due_mveh[a]);
        }
    }
}

/* Share of what was announced to an approach lately that came; announcing too little is no lie. */
static int32_t belief_permille(const struct estimate_approach *a)
{
    const int64_t belief =
        (int64_t)(a->seen_mveh + BELIEF_MIN_MVEH) * 1000 / (a->announced_mveh + BELIEF_MIN_MVEH);
    return belief > 1000 ? 1000 : (int32_t)belief;
}

/* Announced vehicles of a whole approach by second of their arrival at the stop line. Returns
 * whether there are any. */
static bool gather(const struct estimate *e, const struct layout *l, int32_t approach,
                   int32_t now_ds, int32_t mveh[SECONDS_MAX])
{
    bool is_any = e->approach[approach].account_mveh > 0;
    for (int32_t i = 0; i < ESTIMATE_MESSAGES_MAX; i++) {
        const struct estimate_message *m = &e->message[i];
        if (!m->is_used || l->lane[m->lane_ix].approach_ix != approach) {
            continue;
        }
        const int32_t first_ds = begin_ds(m) - now_ds;
        const int32_t first = max_i32(0, (9 - first_ds) / 10);
        const int32_t end =
            min_i32(ESTIMATE_PAST_BINS + NEIGHBOUR_BINS, (SECONDS_MAX * 10 - first_ds) / 10);
        for (int32_t b = first; b < end; b++) {
            mveh[(first_ds + b * 10) / 10] += m->bin[b] * BIN_MVEH;
        }
        is_any = true;
    }
    return is_any;
}

/* The lane's part of what its approach is to get, beyond what its own detectors see: late ones are
 * still expected just outside, early ones are not expected again. */
static void expect(const struct estimate *e, const struct layout *l, int32_t lane_ix,
                   const int32_t mveh[SECONDS_MAX], struct snapshot_lane *out)
{
    const struct estimate_lane *s = &e->lane[lane_ix];
    const struct estimate_approach *a = &e->approach[l->lane[lane_ix].approach_ix];
    const int32_t share_permille = estimate_learn_lane_permille(e, l, lane_ix);
    const int32_t belief = belief_permille(a);
    const int32_t most_mveh = 1000000 / s->headway_ms;
    const int32_t room = min_i32(estimate_lane_storage(&l->lane[lane_ix]), SNAPSHOT_VEHICLES_MAX);
    int32_t late_mveh = a->account_mveh;
    int32_t saved_mveh = 0;
    int32_t saved_s = 0;
    int32_t carry_mveh = 0;
    const int32_t begin_s = (estimate_sight_ds(&l->lane[lane_ix], s) + 9) / 10;
    for (int32_t t = begin_s; t < SECONDS_MAX && out->count < room; t++) {
        const int32_t due_mveh = max_i32(0, mveh[t] + late_mveh);
        late_mveh = min_i32(0, mveh[t] + late_mveh);
        /* Later than announced rather than faster than the lane can take it. */
        carry_mveh = min_i32(carry_mveh + due_mveh * share_permille / 1000, ACCOUNT_MAX_MVEH);
        const int32_t now_mveh = min_i32(carry_mveh, most_mveh);
        carry_mveh -= now_mveh;
        saved_s = saved_mveh == 0 ? t : saved_s;
        saved_mveh += now_mveh * belief / 1000;
        if (saved_mveh < WHOLE_MVEH && t - saved_s < PART_S) {
            continue;
        }
        const int32_t weight = min_i32(saved_mveh, 1000) * SNAPSHOT_WEIGHT_ONE / 1000;
        saved_mveh = max_i32(0, saved_mveh - 1000);
        if (weight * 1000 >= PART_MVEH * SNAPSHOT_WEIGHT_ONE) {
            const struct snapshot_vehicle v = { .eta_cs = (int16_t)(t * 100),
                                                .weight = (uint8_t)weight };
            estimate_put(out, &v);
        }
    }
}

void estimate_inflow_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                          struct snapshot *s)
{
    for (int32_t approach = 0; approach < l->approach_count; approach++) {
        int32_t mveh[SECONDS_MAX] = { 0 };
        if (!e->approach[approach].has_message || !gather(e, l, approach, now_ds, mveh)) {
            continue;
        }
        for (int32_t i = 0; i < l->lane_count; i++) {
            if (l->lane[i].approach_ix == approach) {
                expect(e, l, i, mveh, &s->lane[i]);
            }
        }
    }
}
