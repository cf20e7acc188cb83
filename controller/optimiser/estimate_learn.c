#include "estimate_parts.h"

enum {
    HEADWAY_DEFAULT_MS = 1900, /* HCM 7: 1,900 vehicles per hour and lane */
    HEADWAY_BOUND_PCT = 35,
    START_LOSS_DEFAULT_MS = 1500,
    START_LOSS_MAX_MS = 4000,
    SPEED_BOUND_PCT = 40,
    SPEED_FIRST_PCT = 95, /* of the limit, as most drive */
    SETTLED_VEHICLES = 4, /* HCM 7: from the fifth on headways are those of saturation */
    SAMPLE_VEHICLES = 4,  /* at least so many gaps make a sample */
    WAITED_DS = 15,
    RATE_DEFAULT_PER_KS = 80,
    RATE_TIME_S = 600,
    RATE_FIRST_S = 60, /* weight of the default */
    RATE_OWN_S = 300,  /* after so long a lane knows its own rate better than others do */
    SHARE_STEP = 32,   /* an observation moves shares by one part of so many */
    SHARE_LEAST_PERMILLE = 20,
    HEAD_WAITS_DS = 30,  /* reference 3.2: standing so long at its green: not its green */
    CHECK_VEHICLES = 16, /* seen by one: the others should have seen some, too */
    TRUSTED_AGAIN = 4
};

static int32_t clamp(int32_t x, int32_t least, int32_t most)
{
    return max_i32(least, min_i32(most, x));
}

void estimate_learn_init(struct estimate_lane *s, const struct layout_lane *lane)
{
    s->headway_ms = lane->headway_ms > 0 ? lane->headway_ms : HEADWAY_DEFAULT_MS;
    s->start_loss_ms = START_LOSS_DEFAULT_MS;
    s->speed_cmps = max_i32(100, lane->speed_cmps * SPEED_FIRST_PCT / 100);
    s->rate_x256 = RATE_DEFAULT_PER_KS * 256;
    for (int32_t m = 0; m < lane->movement_count; m++) {
        s->share_permille[m] = (uint16_t)clamp(lane->movement[m].share_permille, 0, 1000);
    }
}

/* Movements whose groups flow now; bit = place in the lane. */
static uint32_t flowing_movements(const struct estimate_look *k)
{
    uint32_t mask = 0;
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        mask |= (k->lane->movement[m].sg & k->e->flowing) != 0 ? bit32((uint32_t)m) : 0;
    }
    return mask;
}

/* The queue of this green has ended, or its row was broken: what it taught about the headway. */
static void close_row(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const int32_t gaps = s->departures - SETTLED_VEHICLES;
    if (gaps >= SAMPLE_VEHICLES) {
        const int32_t first_ms = k->lane->headway_ms > 0 ? k->lane->headway_ms : HEADWAY_DEFAULT_MS;
        const int32_t bound_ms = first_ms * HEADWAY_BOUND_PCT / 100;
        const int32_t sample_ms = (s->departed_ds - s->fourth_ds) * 100 / gaps;
        s->headway_ms += (sample_ms - s->headway_ms) * min_i32(gaps, 16) / 64;
        s->headway_ms = clamp(s->headway_ms, first_ms - bound_ms, first_ms + bound_ms);
    }
    s->departures = 0;
}

void estimate_learn_flow(const struct estimate_look *k)
{
    close_row(k);
}

/* Departures count from the first of a green on, as long as they follow each other like a queue. */
static void follow_row(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const bool is_first = s->departed_ds < s->flow_since_ds;
    const int32_t gap_ms = (k->now_ds - s->departed_ds) * 100;
    if (is_first) {
        s->departures = 1;
        return;
    }
    if (s->departures == 0 || gap_ms < s->headway_ms / 3 - k->lag_ds * 100) {
        return; /* of no queue, or counted twice */
    }
    if (gap_ms > s->headway_ms * 7 / 4 + k->lag_ds * 100) {
        close_row(k);
        return;
    }
    s->departures = (uint8_t)min_i32(s->departures + 1, 200);
    if (s->departures == SETTLED_VEHICLES) {
        s->fourth_ds = k->now_ds;
        const int32_t since_ms = (k->now_ds - k->lag_ds - s->flow_since_ds) * 100;
        const int32_t loss_ms = since_ms - (SETTLED_VEHICLES - 1) * s->headway_ms;
        s->start_loss_ms += (clamp(loss_ms, 0, START_LOSS_MAX_MS) - s->start_loss_ms) / 8;
    }
}

/* The head was seen to be of one of these movements. */
static void learn_share(const struct estimate_look *k, uint32_t mask)
{
    struct estimate_lane *s = k->s;
    int32_t sum = 0;
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        sum += (mask & bit32((uint32_t)m)) != 0 ? s->share_permille[m] : 0;
    }
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        const int32_t now_permille = s->share_permille[m];
        const bool is_in = (mask & bit32((uint32_t)m)) != 0;
        const int32_t goal_permille = is_in && sum > 0 ? now_permille * 1000 / sum : 0;
        const int32_t next_permille = now_permille + (goal_permille - now_permille) / SHARE_STEP;
        s->share_permille[m] = (uint16_t)clamp(next_permille, SHARE_LEAST_PERMILLE, 1000);
    }
}

/* Free speed from who met green and nobody in front: a step towards the median. */
void estimate_learn_passage(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const int32_t far_ix = estimate_far_ix(k->lane, s);
    if (s->count == 0 || far_ix < 0 || s->flow != ESTIMATE_FREE) {
        return;
    }
    const struct estimate_vehicle *head = &s->vehicle[0];
    const int32_t travel_ds = estimate_travel_ds(s, k->lane->counter[far_ix].distance_cm);
    const int32_t late_ds = k->now_ds - k->lag_ds - head->eta_ds;
    const bool is_alone = k->now_ds - s->departed_ds > 2 * s->headway_ms / 100 &&
                          k->now_ds - s->flow_since_ds > travel_ds + 2 * SECOND_DS;
    const bool is_likely = late_ds * 5 < travel_ds * 2 && -late_ds * 5 < travel_ds * 2;
    if (head->source != ESTIMATE_LOOP || head->is_stopped || !is_alone || !is_likely) {
        return;
    }
    const int32_t step_cmps = s->speed_cmps / 128 + 1;
    s->speed_cmps += late_ds > 1 ? -step_cmps : late_ds < -1 ? step_cmps : 0;
    const int32_t bound_cmps = k->lane->speed_cmps * SPEED_BOUND_PCT / 100;
    s->speed_cmps = clamp(s->speed_cmps, max_i32(100, k->lane->speed_cmps - bound_cmps),
                          max_i32(100, k->lane->speed_cmps + bound_cmps));
}

void estimate_learn_departure(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const struct estimate_vehicle *head = &s->vehicle[0];
    const uint32_t all = bit32((uint32_t)k->lane->movement_count) - 1;
    const uint32_t flowing = flowing_movements(k);
    if (flowing != 0 && flowing != all && !s->head_is_told) {
        learn_share(k, flowing);
    }
    if (s->flow != ESTIMATE_FREE) {
        return;
    }
    const bool has_waited = head->is_stopped || head->eta_ds < k->now_ds - WAITED_DS;
    if (!has_waited || estimate_exit_is_full(k)) {
        if (has_waited) {
            s->departures = 0; /* a jam below teaches nothing about this line */
        }
        close_row(k);
        return;
    }
    follow_row(k);
}

/* Somebody stands at the line although movements flow that need not yield: of another one. */
static void learn_held_head(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    const uint32_t all = bit32((uint32_t)k->lane->movement_count) - 1;
    const uint32_t flowing = flowing_movements(k);
    const bool is_held = estimate_has_line(k) && (s->occupied & 1U) != 0 && s->count > 0 &&
                         k->now_ds - s->entered_ds[0] >= HEAD_WAITS_DS &&
                         k->now_ds - s->flow_since_ds >= HEAD_WAITS_DS + SECOND_DS;
    if (!is_held || s->head_is_told || flowing == 0 || flowing == all || estimate_exit_is_full(k)) {
        return;
    }
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        const struct layout_movement *way = &k->lane->movement[m];
        if ((flowing & bit32((uint32_t)m)) != 0 && (way->foes != 0 || way->foe_peds != 0)) {
            return;
        }
    }
    learn_share(k, all & ~flowing);
    s->head_is_told = true;
}

/* Sources of one lane see the same vehicles. One that saw none of many is dead, whatever its
 * electronics say (silent failure); it is believed again as soon as it sees some. */
static void cross_check(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    int32_t most = k->lane->zone_ix >= 0 ? s->zone_seen : 0;
    for (int32_t c = 0; c < k->lane->counter_count; c++) {
        most = max_i32(most, s->seen[c]);
        if (s->seen[c] >= TRUSTED_AGAIN) {
            s->distrusted &= (uint8_t)~bit32((uint32_t)c);
        }
    }
    s->zone_is_distrusted = s->zone_is_distrusted && s->zone_seen < TRUSTED_AGAIN;
    if (most < CHECK_VEHICLES) {
        return;
    }
    for (int32_t c = 0; c < k->lane->counter_count; c++) {
        s->distrusted |= s->seen[c] == 0 ? (uint8_t)bit32((uint32_t)c) : 0;
        s->seen[c] = 0;
    }
    s->zone_is_distrusted = s->zone_is_distrusted || s->zone_seen == 0;
    s->zone_seen = 0;
}

void estimate_learn_second(const struct estimate_look *k)
{
    struct estimate_lane *s = k->s;
    learn_held_head(k);
    cross_check(k);
    if (s->trusted == 0 && !s->zone_is_trusted) {
        return; /* what is believed of it are guesses: they teach nothing */
    }
    s->rate_age_s = age_add_ms(s->rate_age_s, 1);
    const int32_t time_s = min_i32(RATE_TIME_S, RATE_FIRST_S + s->rate_age_s);
    s->rate_x256 += (s->arrived * 256000 - s->rate_x256) / time_s;
    s->arrived = 0;
}

static bool is_blind(const struct estimate_lane *s)
{
    return s->trusted == 0 && !s->zone_is_trusted;
}

int32_t estimate_learn_rate_per_ks(const struct estimate *e, const struct layout *l,
                                   int32_t lane_ix)
{
    const struct estimate_lane *s = &e->lane[lane_ix];
    if (!is_blind(s) || s->rate_age_s >= RATE_OWN_S) {
        return s->rate_x256 / 256;
    }
    int64_t sum_x256 = 0;
    int32_t lanes = 0;
    for (int32_t i = 0; i < l->lane_count; i++) {
        if (l->lane[i].approach_ix == l->lane[lane_ix].approach_ix && !is_blind(&e->lane[i])) {
            sum_x256 += e->lane[i].rate_x256;
            lanes++;
        }
    }
    return lanes > 0 ? (int32_t)(sum_x256 / lanes / 256) : RATE_DEFAULT_PER_KS;
}

int32_t estimate_learn_lane_permille(const struct estimate *e, const struct layout *l,
                                     int32_t lane_ix)
{
    int64_t sum_x256 = max_i32(1, e->lane[lane_ix].rate_x256);
    for (int32_t i = 0; i < l->lane_count; i++) {
        if (i != lane_ix && l->lane[i].approach_ix == l->lane[lane_ix].approach_ix) {
            sum_x256 += max_i32(1, e->lane[i].rate_x256);
        }
    }
    return (int32_t)(max_i32(1, e->lane[lane_ix].rate_x256) * INT64_C(1000) / sum_x256);
}
