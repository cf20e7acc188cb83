#include <string.h>

#include "estimate_parts.h"

enum {
    READ_DS = 8,         /* readings nearer than this are of one moment */
    CORRECTIONS_MAX = 6, /* of one reading */
    COUNTS_MAX = 4,      /* of one loop in one tick; more are no vehicles */
    HELD_DS = 30,        /* a loop occupied this long has a standing vehicle on it */
    BEYOND_FREE_DS = 40, /* loops free for so long: nobody stands beyond them */
    LOST_DS = 60,        /* overdue by so much although no queue holds it: has come unseen */
    HIDDEN_MAX = 20,     /* beyond sight; a longer queue makes no difference to the horizon */
    ETA_LEAST_CS = -30000,
    ETA_MOST_CS = 30000,
    CHECK_VEHICLES = 16, /* seen by one: the others should have seen some, too */
    TRUSTED_AGAIN = 4
};

/* One approach at one tick. */
struct feeder_look {
    struct estimate *e;
    const struct layout *layout;
    const struct layout_feeder *def;
    struct estimate_feeder *s;
    const struct estimate_view *view;
    int32_t now_ds, lag_ds;
    int32_t speed_cmps; /* learned by the lanes that it leads to */
};

static bool is_trustworthy(const struct estimate_view *v, int32_t ix)
{
    return v->detectors->d[ix].health == DETECTOR_HEALTHY &&
           v->detectors->d[ix].force == DETECTOR_GIVE_BACK &&
           v->in->detector[ix].quality == INPUT_GOOD;
}

static int32_t travel_ds(const struct feeder_look *k, int32_t distance_cm)
{
    return distance_cm * 10 / k->speed_cmps;
}

/* ---- who goes where ---- */

/* Whole vehicles by the learned proportions of the lanes: what a lane is owed is carried on, so
 * that the next vehicles make up for it. */
static int32_t next_lane(const struct estimate *e, const struct layout *l, lane_mask_t lanes,
                         int32_t credit[LANE_MAX])
{
    int32_t sum = 0;
    int32_t best = (int32_t)__builtin_ctzll(lanes);
    for (lane_mask_t left = lanes; left != 0; left &= left - 1) {
        sum += estimate_learn_lane_permille(e, l, (int32_t)__builtin_ctzll(left));
    }
    for (lane_mask_t left = lanes; left != 0; left &= left - 1) {
        const int32_t i = (int32_t)__builtin_ctzll(left);
        credit[i] += estimate_learn_lane_permille(e, l, i) * 1000 / max_i32(sum, 1);
        best = credit[i] > credit[best] ? i : best;
    }
    credit[best] -= 1000;
    return best;
}

static void insert(const struct feeder_look *k, int32_t at, int32_t eta_ds)
{
    struct estimate_feeder *s = k->s;
    if (s->count >= ESTIMATE_FEEDER_MAX) {
        return;
    }
    memmove(&s->vehicle[at + 1], &s->vehicle[at], (size_t)(s->count - at) * sizeof s->vehicle[0]);
    const int32_t lane_ix = next_lane(k->e, k->layout, k->def->lanes, k->e->feeder_credit);
    s->vehicle[at] = (struct estimate_fed_vehicle){ .eta_ds = eta_ds, .lane_ix = (uint8_t)lane_ix };
    s->count++;
}

static void remove_first(struct estimate_feeder *s)
{
    s->count--;
    memmove(&s->vehicle[0], &s->vehicle[1], (size_t)s->count * sizeof s->vehicle[0]);
}

static int32_t feeder_of(const struct layout *l, const struct layout_lane *lane)
{
    const uint32_t lane_ix = (uint32_t)(lane - l->lane);
    for (int32_t f = 0; f < l->feeder_count; f++) {
        if ((l->feeder[f].lanes & bit64(lane_ix)) != 0) {
            return f;
        }
    }
    return -1;
}

/* Vehicles do not overtake: the oldest has come, whichever lane was thought to be its own. */
void estimate_feeder_entered(const struct estimate_look *k)
{
    const int32_t f = k->s->feeder_from_cm > 0 ? feeder_of(k->layout, k->lane) : -1;
    if (f < 0 || k->e->feeder[f].count == 0) {
        return;
    }
    struct estimate_feeder *s = &k->e->feeder[f];
    const uint8_t lane_ix = (uint8_t)(k->s - k->e->lane);
    for (int32_t i = 0; i < s->count; i++) {
        if (s->vehicle[i].lane_ix == lane_ix) {
            s->vehicle[i].lane_ix = s->vehicle[0].lane_ix;
            break;
        }
    }
    remove_first(s);
    s->standing = (uint8_t)max_i32(s->standing - 1, 0);
}

/* ---- loops ---- */

static void arrive(const struct feeder_look *k)
{
    k->s->hidden = (uint8_t)max_i32(k->s->hidden - 1, 0);
    estimate_inflow_seen(k->e, k->def->approach_ix);
}

static void count_one(const struct feeder_look *k, int32_t distance_cm)
{
    const int32_t eta_ds = k->now_ds - k->lag_ds + travel_ds(k, distance_cm);
    insert(k, k->s->count, eta_ds);
    arrive(k);
}

static void feed_loops(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    for (int32_t c = 0; c < k->def->counter_count; c++) {
        const struct detector_state *d = &k->view->detectors->d[k->def->counter[c].detector_ix];
        const uint32_t bit = bit32((uint32_t)c);
        const bool was_occupied = (s->occupied & bit) != 0;
        const int32_t many = min_i32(d->new_actuations, COUNTS_MAX);
        s->seen_loops = (uint16_t)min_i32(s->seen_loops + many, UINT16_MAX);
        if (d->is_occupied != was_occupied || many > 0) {
            s->changed_ds[c] = k->now_ds;
        }
        s->occupied = (uint8_t)(d->is_occupied ? s->occupied | bit : s->occupied & ~bit);
        for (int32_t i = 0; s->loops_are_trusted && i < many; i++) {
            count_one(k, k->def->counter[c].distance_cm);
        }
    }
}

/* All loops of the approach occupied, or free, for so long. */
static bool loops_are(const struct feeder_look *k, bool is_occupied, int32_t for_ds)
{
    const struct estimate_feeder *s = k->s;
    bool is_any = false;
    bool is_all = true;
    for (int32_t c = 0; c < k->def->counter_count; c++) {
        const bool is_so =
            ((s->occupied >> c & 1U) != 0) == is_occupied && k->now_ds - s->changed_ds[c] >= for_ds;
        is_any = is_any || is_so;
        is_all = is_all && is_so;
    }
    return is_occupied ? is_any : is_all;
}

/* ---- zones ---- */

static int32_t most(const uint8_t reading[ESTIMATE_READINGS])
{
    return max_i32(max_i32(reading[0], reading[1]), reading[2]);
}

static void read_zones(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    int32_t vehicles = 0;
    int32_t queued = 0;
    for (int32_t z = 0; z < k->def->zone_count; z++) {
        const struct detector_input *in = &k->view->in->detector[k->def->zone[z].detector_ix];
        vehicles += in->zone_vehicles;
        queued += in->zone_queued;
    }
    vehicles = min_i32(vehicles, UINT8_MAX);
    queued = min_i32(queued, UINT8_MAX);
    const int32_t more = max_i32(vehicles - s->vehicles[0], 0);
    s->seen_zones = (uint16_t)min_i32(s->seen_zones + more, UINT16_MAX);
    if (k->now_ds - s->read_ds >= READ_DS) {
        for (int32_t i = ESTIMATE_READINGS - 1; i > 0; i--) {
            s->vehicles[i] = s->vehicles[i - 1];
            s->queued[i] = s->queued[i - 1];
        }
        s->read_ds = k->now_ds;
    }
    s->vehicles[0] = (uint8_t)vehicles;
    s->queued[0] = (uint8_t)queued;
}

/* How many are upstream of the lanes is what the zones say; loops say when they come. A camera
 * misses vehicles for a reading now and then, and between the zones nobody is seen: what was there
 * in one of three readings has not gone. */
static void correct(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    const bool has_loops = s->loops_are_trusted && k->def->counter_count > 0;
    const int32_t surely = has_loops ? min_i32(s->vehicles[0], s->vehicles[1]) : s->vehicles[0];
    const int32_t middle_cm = (k->def->begin_cm + k->def->end_cm) / 2;
    for (int32_t i = 0; i < CORRECTIONS_MAX && s->count < surely; i++) {
        const bool is_standing = s->count < s->queued[0];
        const int32_t from_cm = has_loops ? middle_cm : k->def->end_cm;
        const int32_t eta_ds =
            is_standing ? k->now_ds : k->now_ds - k->lag_ds + travel_ds(k, from_cm);
        int32_t at = s->count;
        while (at > 0 && s->vehicle[at - 1].eta_ds > eta_ds) {
            at--;
        }
        insert(k, at, eta_ds);
        if (!has_loops) {
            arrive(k);
        }
    }
    int32_t inside = 0; /* whom a loop counted this second the zone need not have yet */
    while (inside < s->count &&
           s->vehicle[inside].eta_ds <= k->now_ds + travel_ds(k, k->def->end_cm) - SECOND_DS) {
        inside++;
    }
    for (; inside > most(s->vehicles); inside--) {
        remove_first(s);
    }
    s->standing = (uint8_t)min_i32(min_i32(s->queued[0], s->queued[1]), s->count);
}

/* Loops alone: who is overdue although no lane is full to its beginning has come unseen. */
static void drop_lost(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    for (lane_mask_t left = k->def->lanes; left != 0; left &= left - 1) {
        const int32_t i = (int32_t)__builtin_ctzll(left);
        if ((k->e->lane[i].count + 1) * JAM_SPACING_CM >= k->layout->lane[i].length_cm) {
            return;
        }
    }
    while (s->count > 0 && s->vehicle[0].eta_ds < k->now_ds - LOST_DS) {
        remove_first(s);
    }
}

/* ---- each second ---- */

static void cross_check(struct estimate_feeder *s)
{
    s->loops_are_distrusted = s->loops_are_distrusted && s->seen_loops < TRUSTED_AGAIN;
    s->zones_are_distrusted = s->zones_are_distrusted && s->seen_zones < TRUSTED_AGAIN;
    if (max_i32(s->seen_loops, s->seen_zones) >= CHECK_VEHICLES) {
        s->loops_are_distrusted = s->seen_loops == 0;
        s->zones_are_distrusted = s->seen_zones == 0;
        s->seen_loops = 0;
        s->seen_zones = 0;
    }
}

static bool is_full(const struct feeder_look *k)
{
    int32_t length_cm = 0;
    for (int32_t z = 0; z < k->def->zone_count; z++) {
        length_cm += k->def->zone[z].length_cm;
    }
    const bool is_filled = k->s->zones_are_trusted &&
                           (k->s->standing + k->def->zone_count) * JAM_SPACING_CM >= length_cm;
    return is_filled || (k->s->loops_are_trusted && loops_are(k, true, HELD_DS));
}

/* Where all that is in sight stands, more may stand behind it: the learned rate. */
static void guess_hidden(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    if (!is_full(k)) {
        const bool has_loops = s->loops_are_trusted && k->def->counter_count > 0;
        if (!has_loops || loops_are(k, false, BEYOND_FREE_DS)) {
            s->hidden = 0;
            s->owed_mveh = 0;
        }
        return;
    }
    for (lane_mask_t left = k->def->lanes; left != 0; left &= left - 1) {
        s->owed_mveh += estimate_learn_rate_per_ks(k->e, k->layout, (int32_t)__builtin_ctzll(left));
    }
    const int32_t more = s->owed_mveh / 1000;
    s->owed_mveh -= more * 1000;
    s->hidden = (uint8_t)min_i32(s->hidden + more, HIDDEN_MAX);
}

/* Trusted as a whole or not at all: half of a street's lanes say nothing about the whole. */
static void update_trust(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    bool loops_are_good = k->def->counter_count > 0;
    bool zones_are_good = k->def->zone_count > 0;
    for (int32_t c = 0; c < k->def->counter_count; c++) {
        loops_are_good = loops_are_good && is_trustworthy(k->view, k->def->counter[c].detector_ix);
    }
    for (int32_t z = 0; z < k->def->zone_count; z++) {
        const int32_t ix = k->def->zone[z].detector_ix;
        zones_are_good =
            zones_are_good && is_trustworthy(k->view, ix) && k->view->in->detector[ix].has_zone;
    }
    s->zones_are_good = zones_are_good;
    s->loops_are_trusted = loops_are_good && !s->loops_are_distrusted;
    s->zones_are_trusted = zones_are_good && !s->zones_are_distrusted;
    const bool is_seen = s->loops_are_trusted || s->zones_are_trusted;
    if (!is_seen) {
        s->count = 0;
        s->standing = 0;
        s->hidden = 0;
    }
    for (lane_mask_t left = k->def->lanes; left != 0; left &= left - 1) {
        struct estimate_lane *lane = &k->e->lane[__builtin_ctzll(left)];
        lane->feeder_from_cm = is_seen ? k->def->end_cm : 0;
    }
}

static bool has_zone_news(const struct feeder_look *k)
{
    int32_t vehicles = 0;
    int32_t queued = 0;
    for (int32_t z = 0; z < k->def->zone_count; z++) {
        const struct detector_input *in = &k->view->in->detector[k->def->zone[z].detector_ix];
        vehicles += in->zone_vehicles;
        queued += in->zone_queued;
    }
    return vehicles != k->s->vehicles[0] || queued != k->s->queued[0];
}

static void feed_one(const struct feeder_look *k)
{
    struct estimate_feeder *s = k->s;
    const bool is_second = k->now_ds >= s->look_ds;
    if (is_second) {
        s->look_ds = k->now_ds + SECOND_DS;
        cross_check(s);
    }
    update_trust(k);
    feed_loops(k);
    if (s->zones_are_good && (is_second || has_zone_news(k))) {
        read_zones(k);
        if (s->zones_are_trusted) {
            correct(k);
        }
    }
    if (is_second) {
        if (!s->zones_are_trusted) {
            s->standing = 0;
            drop_lost(k);
        }
        guess_hidden(k);
    }
}

void estimate_feeder_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v,
                          int32_t now_ds, int32_t lag_ds)
{
    for (int32_t f = 0; f < l->feeder_count; f++) {
        const lane_mask_t lanes = l->feeder[f].lanes;
        if (lanes == 0) {
            continue;
        }
        const struct feeder_look k = { .e = e,
                                       .layout = l,
                                       .def = &l->feeder[f],
                                       .s = &e->feeder[f],
                                       .view = v,
                                       .now_ds = now_ds,
                                       .lag_ds = lag_ds,
                                       .speed_cmps = e->lane[__builtin_ctzll(lanes)].speed_cmps };
        feed_one(&k);
    }
}

/* ---- snapshot ---- */

static void put(struct snapshot_lane *out, int32_t eta_cs, bool is_stopped)
{
    /* Behind those that stand in the lane itself. */
    for (int32_t i = 0; is_stopped && i < out->count && out->vehicle[i].is_stopped; i++) {
        eta_cs = max_i32(eta_cs, out->vehicle[i].eta_cs);
    }
    const int32_t bounded_cs = max_i32(ETA_LEAST_CS, min_i32(eta_cs, ETA_MOST_CS));
    const struct snapshot_vehicle v = { .eta_cs = (int16_t)bounded_cs,
                                        .weight = SNAPSHOT_WEIGHT_ONE,
                                        .is_stopped = is_stopped };
    estimate_put(out, &v);
}

void estimate_feeder_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                          struct snapshot *snapshot)
{
    for (int32_t f = 0; f < l->feeder_count; f++) {
        const struct estimate_feeder *s = &e->feeder[f];
        int32_t credit[LANE_MAX];
        memcpy(credit, e->feeder_credit, sizeof credit);
        for (int32_t i = 0; i < s->count; i++) {
            const struct estimate_fed_vehicle *v = &s->vehicle[i];
            const bool is_standing = i < s->standing;
            const int32_t eta_cs = max_i32(v->eta_ds - now_ds, ETA_LEAST_CS / 10) * 10;
            put(&snapshot->lane[v->lane_ix], is_standing ? min_i32(eta_cs, 0) : eta_cs,
                is_standing);
        }
        for (int32_t i = 0; l->feeder[f].lanes != 0 && i < s->hidden; i++) {
            put(&snapshot->lane[next_lane(e, l, l->feeder[f].lanes, credit)], 0, true);
        }
    }
}
