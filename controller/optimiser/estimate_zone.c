#include "estimate_parts.h"

enum {
    READ_DS = 8,         /* readings nearer than this are of one moment */
    CORRECTIONS_MAX = 4, /* of one reading */
    ZONE_LEAST_CM = 3000,
    RED_DS = 20 /* red this long: whoever stands, stands from the head */
};

/* A vehicle that does not stop is in a shorter zone for less than two readings. */
bool estimate_zone_sees_arrivals(const struct estimate_look *k)
{
    return k->s->zone_is_trusted && k->lane->zone_length_cm >= ZONE_LEAST_CM;
}

/* Standing vehicles fill it: who comes behind them is out of sight. */
bool estimate_zone_is_full(const struct estimate_look *k)
{
    return k->s->zone_is_trusted &&
           (k->s->zone_queued[0] + 1) * JAM_SPACING_CM >= k->lane->zone_length_cm;
}

/* Vehicles of the list that are within the zone if each is nearer by slack_cm than believed. */
static int32_t within(const struct estimate_look *k, int32_t slack_cm)
{
    const int32_t end_cm = k->lane->zone_length_cm + slack_cm;
    int32_t n = 0;
    while (n < k->s->count && estimate_lane_distance_cm(k, n) < end_cm) {
        n++;
    }
    return n;
}

static int32_t stopped(const struct estimate_lane *s)
{
    int32_t n = 0;
    while (n < s->count && s->vehicle[n].is_stopped) {
        n++;
    }
    return n;
}

/* Standing ones join the tail of the queue. Moving ones were missed anywhere on the way: with a
 * loop at the zone's end somewhere in the middle, else they have just entered. */
static void add(const struct estimate_look *k, int32_t many, int32_t queued, bool has_far)
{
    struct estimate_lane *s = k->s;
    for (int32_t i = 0; i < min_i32(many, CORRECTIONS_MAX); i++) {
        const int32_t tail = stopped(s);
        const bool is_standing = (s->flow == ESTIMATE_HELD ? tail : s->count) < queued;
        const int32_t distance_cm =
            max_i32(k->lane->zone_length_cm / (has_far ? 2 : 1) - 1, s->count * JAM_SPACING_CM);
        const int32_t eta_ds =
            is_standing ? k->now_ds : k->now_ds - k->lag_ds + estimate_travel_ds(s, distance_cm);
        int32_t at = tail;
        while (!is_standing && at < s->count && s->vehicle[at].eta_ds <= eta_ds) {
            at++;
        }
        const int32_t from_cm = is_standing ? tail * JAM_SPACING_CM : distance_cm;
        const struct estimate_vehicle v = { .eta_ds = eta_ds,
                                            .weight = SNAPSHOT_WEIGHT_ONE,
                                            .place = (uint8_t)estimate_lane_place(k->lane, from_cm),
                                            .source = ESTIMATE_CAMERA,
                                            .is_stopped = is_standing };
        estimate_lane_insert(s, at, &v);
        estimate_feeder_entered(k);
        if (!has_far && estimate_zone_sees_arrivals(k)) {
            s->arrived++;
            if (s->feeder_from_cm == 0) {
                estimate_inflow_seen(k->e, k->lane->approach_ix);
            }
        }
    }
}

/* While the lane flows the head has left unseen; at red a moving one never was. */
static void take_away(const struct estimate_look *k, int32_t many, int32_t queued)
{
    struct estimate_lane *s = k->s;
    for (int32_t i = 0; i < many && s->count > 0; i++) {
        const int32_t tail = stopped(s);
        const bool has_flowed =
            s->flow != ESTIMATE_HELD || k->now_ds - s->flow_until_ds <= 2 * SECOND_DS;
        const bool is_head = has_flowed || tail > queued || tail >= s->count;
        if (is_head && has_flowed) {
            s->departed_ds = k->now_ds;
            estimate_exit_sent(k);
        }
        estimate_lane_remove(s, is_head ? 0 : tail);
    }
}

static int32_t most(const uint8_t reading[ESTIMATE_READINGS])
{
    return max_i32(max_i32(reading[0], reading[1]), reading[2]);
}

/* A camera misses vehicles for a reading now and then: what it sees twice is there, what it does
 * not see three times is not. */
static void correct_count(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const bool has_far = estimate_far_ix(k->lane, s) >= 0;
    /* An approaching vehicle may be a second and a bit off its place. */
    const int32_t slack_cm = s->speed_cmps;
    const int32_t surely =
        has_far ? min_i32(s->zone_vehicles[0], s->zone_vehicles[1]) : s->zone_vehicles[0];
    const int32_t possibly = most(s->zone_vehicles);
    const int32_t queued = min_i32(s->zone_queued[0], s->zone_queued[1]);
    const int32_t widest = within(k, slack_cm);
    if (surely > widest) {
        add(k, surely - widest, queued, has_far);
        return;
    }
    const bool is_empty = s->zone_vehicles[0] == 0 && s->zone_vehicles[1] == 0;
    const int32_t narrowest = within(k, -slack_cm);
    if (narrowest > (is_empty ? 0 : possibly)) {
        take_away(k, narrowest - (is_empty ? 0 : possibly), most(s->zone_queued));
    }
}

static void correct_queue(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    if (s->flow != ESTIMATE_HELD || k->now_ds - s->flow_until_ds < RED_DS) {
        return;
    }
    const int32_t queued = min_i32(s->zone_queued[0], s->zone_queued[1]);
    for (int32_t i = 0; i < min_i32(queued, s->count); i++) {
        s->vehicle[i].is_stopped = true;
        s->vehicle[i].eta_ds = min_i32(s->vehicle[i].eta_ds, k->now_ds);
    }
    for (int32_t i = most(s->zone_queued) + 1; i < s->count; i++) {
        if (estimate_lane_distance_cm(k, i) < k->lane->zone_length_cm) {
            s->vehicle[i].is_stopped = false;
        }
    }
}

void estimate_zone_read(const struct estimate_look *k, const struct detector_input *in)
{
    struct estimate_lane *s = k->s;
    if (k->now_ds - s->zone_read_ds >= READ_DS) {
        for (int32_t i = ESTIMATE_READINGS - 1; i > 0; i--) {
            s->zone_vehicles[i] = s->zone_vehicles[i - 1];
            s->zone_queued[i] = s->zone_queued[i - 1];
        }
        s->zone_read_ds = k->now_ds;
    }
    s->zone_vehicles[0] = in->zone_vehicles;
    s->zone_queued[0] = in->zone_queued;
    if (s->zone_is_trusted) {
        correct_count(k);
        correct_queue(k);
    }
}
