#include <string.h>

#include "estimate_parts.h"

enum {
    SPACING_DS = 12,   /* least time between two vehicles of one lane, reference 5.3 a */
    EARLY_DS = 35,     /* a vehicle cannot be this much before its free-flow arrival */
    HELD_DS = 30,      /* a loop occupied this long has a standing vehicle on it */
    LINE_HELD_DS = 20, /* at the stop line sooner: nobody drives that slowly over it */
    CLEAR_DS = 35,     /* stop line free for so long on green: the queue is gone */
    CLEAR_YIELDING_DS = 80,
    START_DS = 15,          /* first reaction and start of a queue */
    SETTLED_DS = 15,        /* green for so long that who comes to the line passes it */
    LOST_DS = 60,           /* overdue at a loop that others pass: left the lane, or never was */
    FREE_DS = 30,           /* no queue moves over a loop that is free for so long */
    START_WAVE_CMPS = 400,  /* of the start through a queue, on the slow side: 15 km/h */
    BEYOND_FREE_DS = 40,    /* far loop free for so long: nobody stands beyond it */
    CREEP_SPACING_CM = 900, /* a queue up to a held loop need not have closed up yet */
    GAPLESS_LEAST = 2,      /* departures in a row that make a queue, */
    GAP_DS = 25,            /* the gap that ends it, */
    FOLLOWERS = 4,          /* and the least that follow out of sight until then */
    GUESSES_MAX = 40,
    STORAGE_LEAST = 12, /* even behind a short lane: its queue goes on upstream */
    STARVING_DS = 50    /* red this long without any eyes: somebody will have come */
};

int32_t estimate_far_ix(const struct layout_lane *lane, const struct estimate_lane *s)
{
    for (int32_t c = lane->counter_count - 1; c >= 0; c--) {
        if (lane->counter[c].distance_cm > LINE_MAX_CM && (s->trusted & bit32((uint32_t)c)) != 0) {
            return c;
        }
    }
    return -1;
}

void estimate_lane_insert(struct estimate_lane *s, int32_t at, const struct estimate_vehicle *v)
{
    if (s->count >= ESTIMATE_LIST_MAX) {
        return; /* longer queues make no difference to a horizon of a minute */
    }
    memmove(&s->vehicle[at + 1], &s->vehicle[at], (size_t)(s->count - at) * sizeof *v);
    s->vehicle[at] = *v;
    s->count++;
}

void estimate_lane_remove(struct estimate_lane *s, int32_t at)
{
    REQUIRE(at < s->count);
    s->count--;
    memmove(&s->vehicle[at], &s->vehicle[at + 1], (size_t)(s->count - at) * sizeof s->vehicle[0]);
    if (at == 0) {
        s->is_line_entered = false;
        s->head_is_told = false;
    }
}

int32_t estimate_lane_place(const struct layout_lane *lane, int32_t distance_cm)
{
    for (int32_t c = 0; c < lane->counter_count; c++) {
        if (lane->counter[c].distance_cm >= distance_cm) {
            return c;
        }
    }
    return lane->counter_count;
}

int32_t estimate_lane_distance_cm(const struct estimate_look *k, int32_t ix)
{
    const int32_t left_ds = min_i32(k->s->vehicle[ix].eta_ds - k->now_ds, 1000);
    return max_i32(ix * JAM_SPACING_CM, left_ds * k->s->speed_cmps / 10);
}

int32_t estimate_lane_storage(const struct layout_lane *lane)
{
    return min_i32(max_i32(lane->length_cm / JAM_SPACING_CM, STORAGE_LEAST), ESTIMATE_LIST_MAX);
}

/* The first that has not passed this counter yet. */
static int32_t next_at(const struct estimate_lane *s, int32_t counter_ix)
{
    int32_t i = 0;
    while (i < s->count && s->vehicle[i].place <= counter_ix) {
        i++;
    }
    return i;
}

static void arrive(const struct estimate_look *k)
{
    k->s->arrived++;
    if (k->s->feeder_from_cm == 0) {
        estimate_inflow_seen(k->e, k->lane->approach_ix);
    }
}

/* A vehicle on a loop upstream: the one that was expected there, or one nobody knew of. */
static void count_upstream(const struct estimate_look *k, int32_t counter_ix)
{
    struct estimate_lane *s = k->s;
    const int32_t travel_ds = estimate_travel_ds(s, k->lane->counter[counter_ix].distance_cm);
    const int32_t at = next_at(s, counter_ix);
    int32_t eta_ds = k->now_ds - k->lag_ds + travel_ds;
    if (at > 0 && s->vehicle[at - 1].eta_ds > k->now_ds) {
        eta_ds = max_i32(eta_ds, s->vehicle[at - 1].eta_ds + SPACING_DS);
    }
    const bool is_known =
        at < s->count && s->vehicle[at].eta_ds - travel_ds <= k->now_ds + EARLY_DS;
    if (is_known) {
        s->vehicle[at].place = (uint8_t)counter_ix;
        s->vehicle[at].eta_ds = eta_ds;
        s->vehicle[at].source = ESTIMATE_LOOP;
    } else {
        const struct estimate_vehicle v = { .eta_ds = eta_ds,
                                            .weight = SNAPSHOT_WEIGHT_ONE,
                                            .place = (uint8_t)counter_ix,
                                            .source = ESTIMATE_LOOP };
        estimate_lane_insert(s, at, &v);
        estimate_feeder_entered(k);
    }
    if (counter_ix == estimate_far_ix(k->lane, s)) {
        arrive(k);
    }
}

static void depart(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const bool follows = s->departed_ds >= s->flow_since_ds && k->now_ds - s->departed_ds <= GAP_DS;
    s->row = follows ? (uint8_t)min_i32(s->row + 1, UINT8_MAX) : 1;
    estimate_learn_departure(k);
    estimate_exit_sent(k);
    s->departed_ds = k->now_ds;
    estimate_lane_remove(s, 0);
}

/* Somebody is at the stop line, so the list has a head there. */
static void put_at_line(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    if (s->count == 0 || s->vehicle[0].eta_ds > k->now_ds + EARLY_DS) {
        const struct estimate_vehicle v = { .eta_ds = k->now_ds,
                                            .weight = SNAPSHOT_WEIGHT_ONE,
                                            .source = ESTIMATE_LOOP };
        estimate_lane_insert(s, 0, &v);
        estimate_feeder_entered(k);
    }
    struct estimate_vehicle *head = &s->vehicle[0];
    head->place = 0;
    head->eta_ds = min_i32(head->eta_ds, k->now_ds);
    s->is_line_entered = true;
}

/* An entry onto the stop-line loop, which lies about a metre before the line: at red the vehicle
 * stays on it, at green it has as good as left, unless it has to yield. In yellow it may do either:
 * it has left when the loop says so. */
static void count_line(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    if (estimate_far_ix(k->lane, s) < 0 && !estimate_zone_sees_arrivals(k)) {
        arrive(k);
    }
    if (s->is_line_entered && s->count > 0) {
        depart(k); /* two cannot stand on it */
    }
    estimate_learn_passage(k);
    put_at_line(k);
    const bool is_green = (k->lane->sg & k->view->green) != 0;
    if (is_green && s->flow == ESTIMATE_FREE && k->now_ds - s->flow_since_ds >= SETTLED_DS) {
        depart(k);
    }
}

void estimate_lane_count(const struct estimate_look *k, int32_t counter_ix)
{
    if (k->lane->counter[counter_ix].distance_cm <= LINE_MAX_CM && counter_ix == 0) {
        count_line(k);
    } else {
        count_upstream(k, counter_ix);
    }
}

void estimate_lane_leave(const struct estimate_look *k)
{
    if (k->s->is_line_entered && k->s->count > 0) {
        depart(k);
    }
}

/* What the stop-line loop says when nothing happens on it. */
static void watch_line(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    if ((s->occupied & 1U) != 0) {
        if (k->now_ds - s->entered_ds[0] >= LINE_HELD_DS) {
            put_at_line(k);
            s->vehicle[0].is_stopped = true;
        }
        return;
    }
    if (s->flow == ESTIMATE_HELD || (s->zone_is_trusted && s->zone_vehicles[0] > 0)) {
        return;
    }
    const int32_t clear_ds = s->flow == ESTIMATE_FREE ? CLEAR_DS : CLEAR_YIELDING_DS;
    if (k->now_ds - s->left_ds[0] < clear_ds ||
        k->now_ds - s->flow_since_ds < clear_ds + START_DS) {
        return;
    }
    while (s->count > 0 && s->vehicle[0].eta_ds < k->now_ds - LAG_DS) {
        estimate_lane_remove(s, 0);
    }
}

static int32_t standing(const struct estimate_lane *s)
{
    int32_t i = 0;
    while (i < s->count && s->vehicle[i].is_stopped) {
        i++;
    }
    return i;
}

/* Vehicles that should long have come to a loop between, while it is free and no queue holds them
 * back, have changed the lane or were counted twice. */
static void drop_lost(const struct estimate_look *k, int32_t counter_ix)
{
    struct estimate_lane *s = k->s;
    const int32_t distance_cm = k->lane->counter[counter_ix].distance_cm;
    const bool is_free = (s->occupied & bit32((uint32_t)counter_ix)) == 0 &&
                         k->now_ds - s->left_ds[counter_ix] >= FREE_DS;
    const int32_t queue_cm = (next_at(s, counter_ix) + 3) * JAM_SPACING_CM;
    const bool is_queue_free = s->flow == ESTIMATE_HELD ? queue_cm <= distance_cm
                                                        : k->now_ds - s->flow_since_ds >=
                                                              distance_cm * 10 / START_WAVE_CMPS;
    if (!is_free || !is_queue_free) {
        return;
    }
    const int32_t travel_ds = estimate_travel_ds(s, distance_cm);
    int32_t at = next_at(s, counter_ix);
    while (at < s->count && s->vehicle[at].source != ESTIMATE_CAMERA &&
           s->vehicle[at].eta_ds - travel_ds < k->now_ds - LOST_DS) {
        estimate_lane_remove(s, at);
    }
}

static void insert_guess(const struct estimate_look *k, int32_t at, int32_t place, bool is_stopped)
{
    const struct estimate_vehicle v = { .eta_ds = k->now_ds,
                                        .weight = SNAPSHOT_WEIGHT_ONE,
                                        .place = (uint8_t)place,
                                        .source = ESTIMATE_GUESS,
                                        .is_stopped = is_stopped };
    if (k->s->count < min_i32(GUESSES_MAX, estimate_lane_storage(k->lane))) {
        estimate_lane_insert(k->s, at, &v);
    }
}

/* Arrivals nobody sees: the learned rate, whole vehicles at the tail. */
static void guess_arrivals(const struct estimate_look *k, int32_t place)
{
    struct estimate_lane *s = k->s;
    if (s->feeder_from_cm > 0 && (s->trusted != 0 || s->zone_is_trusted)) {
        return; /* its feeder sees them, or guesses */
    }
    const int32_t lane_ix = (int32_t)(s - k->e->lane);
    if (!k->e->approach[k->lane->approach_ix].has_message) {
        s->owed_mveh += estimate_learn_rate_per_ks(k->e, k->layout, lane_ix);
    }
    if (s->owed_mveh >= 1000) {
        s->owed_mveh -= 1000;
        insert_guess(k, s->count, place, s->flow == ESTIMATE_HELD);
    }
}

/* A queue that passes the line without a gap goes on, however little of it is in sight: who came
 * since it was guessed is in it too, and four at least. Not where somebody may have to yield: those
 * who are not there would hold up who yields to them. */
static void guess_followers(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const bool is_at_line = estimate_has_line(k) && (s->occupied & 1U) != 0;
    const bool is_gapless = s->flow == ESTIMATE_FREE && s->row >= GAPLESS_LEAST &&
                            (is_at_line || k->now_ds - s->departed_ds <= GAP_DS);
    if (!is_gapless || s->feeder_from_cm > 0) {
        return;
    }
    guess_arrivals(k, k->lane->counter_count);
    for (int32_t i = s->count; i < FOLLOWERS; i++) {
        insert_guess(k, s->count, k->lane->counter_count, true);
    }
}

/* The far loop held by the queue hides who comes behind it. */
static void watch_far(const struct estimate_look *k, int32_t far_ix)
{
    struct estimate_lane *s = k->s;
    const int32_t distance_cm = k->lane->counter[far_ix].distance_cm;
    const bool is_occupied = (s->occupied & bit32((uint32_t)far_ix)) != 0;
    if (is_occupied && k->now_ds - s->entered_ds[far_ix] >= HELD_DS) {
        const bool is_seen = s->zone_is_trusted && k->lane->zone_length_cm + 1000 >= distance_cm;
        const int32_t missing = distance_cm / CREEP_SPACING_CM - next_at(s, far_ix);
        for (int32_t i = 0; !is_seen && i < missing; i++) {
            insert_guess(k, min_i32(standing(s), next_at(s, far_ix)), far_ix, true);
        }
        guess_arrivals(k, k->lane->counter_count);
        return;
    }
    if (!is_occupied && k->now_ds - s->left_ds[far_ix] >= BEYOND_FREE_DS) {
        s->owed_mveh = 0;
        for (int32_t at = next_at(s, far_ix); at < s->count;) {
            if (s->vehicle[at].source == ESTIMATE_CAMERA) {
                at++;
            } else {
                estimate_lane_remove(s, at);
            }
        }
    }
}

/* Nobody sees who leaves: as the lamps and the learned headway let them. */
static void guess_departures(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const bool is_sure =
        s->flow == ESTIMATE_FREE || (s->flow == ESTIMATE_YIELDS && !s->zone_is_trusted);
    if (!is_sure || estimate_exit_is_full(k)) {
        return;
    }
    const int32_t headway_ds = max_i32(1, s->headway_ms / 100);
    int32_t next_ds =
        max_i32(s->departed_ds + headway_ds, s->flow_since_ds + s->start_loss_ms / 100);
    while (s->count > 0 && next_ds <= k->now_ds && s->vehicle[0].eta_ds <= k->now_ds) {
        s->departed_ds = next_ds;
        estimate_exit_sent(k);
        estimate_lane_remove(s, 0);
        next_ds += headway_ds;
    }
}

/* At red those that have reached the tail of the queue stand. */
static void mark_stopped(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    for (int32_t i = 0; i < s->count; i++) {
        struct estimate_vehicle *v = &s->vehicle[i];
        const int32_t tail_ds = estimate_travel_ds(s, i * JAM_SPACING_CM);
        if (!v->is_stopped && v->eta_ds + LAG_DS > k->now_ds + tail_ds) {
            return;
        }
        v->is_stopped = true;
    }
}

void estimate_lane_second(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const int32_t far_ix = estimate_far_ix(k->lane, s);
    REQUIRE(far_ix < LAYOUT_COUNTERS_MAX);
    const bool has_line = estimate_has_line(k);
    if (has_line) {
        watch_line(k);
    } else {
        guess_departures(k);
    }
    for (int32_t c = far_ix - 1; c >= 0; c--) {
        const bool is_between = k->lane->counter[c].distance_cm > LINE_MAX_CM;
        if (is_between && (s->trusted & bit32((uint32_t)c)) != 0) {
            drop_lost(k, c);
        }
    }
    if (far_ix >= 0) {
        watch_far(k, far_ix);
    } else if (!estimate_zone_sees_arrivals(k) || estimate_zone_is_full(k)) {
        /* With a stop line alone: behind somebody who stands, others come. */
        const bool is_held = s->flow == ESTIMATE_HELD && (s->occupied & 1U) != 0;
        guess_followers(k);
        if (is_held || (!has_line && !s->zone_is_trusted)) {
            guess_arrivals(k, k->lane->counter_count);
        }
        if (!s->zone_is_trusted && !has_line && s->flow == ESTIMATE_HELD && s->count == 0 &&
            k->now_ds - s->flow_until_ds >= STARVING_DS) {
            insert_guess(k, 0, 0, true);
        }
    }
    if (s->flow == ESTIMATE_HELD) {
        mark_stopped(k);
    }
}
