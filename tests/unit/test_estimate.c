#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "estimate.h"

/* A street of one lane, made by the test itself so that the truth is known: cars follow each other
 * at a safe gap, stop at red, and pass a stop-line loop, a loop between, an advance loop and a
 * camera zone. All lengths in metres, times in seconds; the estimator sees detectors only. */
enum { CARS_MAX = 256, LINE = 0, MID = 1, FAR = 2, ZONE = 3, EYES = 4, HOUR_TICKS = 36000 };

static const double speed_mps = 13.9 * 0.95;
static const double far_m = 80;
static const double loop_m[3] = { 1, 35, 80 };

struct car {
    double x_m, mps;
    uint8_t noted[3]; /* loops: 0 not there yet, 1 on it, 2 passed */
    bool is_missed[3];
};

enum fault { HEALTHY, DEAD_SAID, DEAD_SILENT };

struct street {
    struct layout layout;
    struct estimate estimate;
    struct snapshot snapshot;
    struct detectors detectors;
    struct input_frame in;
    struct car car[CARS_MAX]; /* front first */
    int32_t count;
    uint64_t seed;
    int64_t tick;
    double per_hour, owed;
    int32_t cycle_s, green_s;
    bool is_batched, is_noisy;
    enum fault fault[EYES];
    int32_t pulses[3]; /* since the last report */
    bool level[3];
    int32_t zone_n[6], zone_q[6]; /* 0.1 s apart, newest first */
    int64_t passed;
};

static struct street street;

static double dice(struct street *s)
{
    s->seed = s->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(s->seed >> 40) / (double)(1 << 24);
}

static void build(double per_hour)
{
    memset(&street, 0, sizeof street);
    struct street *s = &street;
    s->seed = 7;
    s->per_hour = per_hour;
    s->cycle_s = 60;
    s->green_s = 25;
    s->layout.lane_count = 1;
    s->layout.approach_count = 1;
    s->layout.exit_count = 1;
    s->layout.exit[0] = (struct layout_exit){
        .detector_ix = 4, .length_cm = 10000, .speed_cmps = 1390, .storage_vehicles = 14
    };
    struct layout_lane *lane = &s->layout.lane[0];
    *lane = (struct layout_lane){ .movement_count = 1,
                                  .sg = 1,
                                  .length_cm = 40000,
                                  .speed_cmps = 1390,
                                  .headway_ms = 1900,
                                  .counter_count = 3,
                                  .zone_ix = ZONE,
                                  .zone_length_cm = 8000 };
    lane->movement[0] =
        (struct layout_movement){ .sg = 1, .share_permille = 1000, .exit_ix = 0, .movement_ix = 3 };
    for (int32_t c = 0; c < 3; c++) {
        lane->counter[c].detector_ix = c;
        lane->counter[c].distance_cm = (int32_t)(loop_m[c] * 100);
    }
    for (int32_t d = 0; d < DETECTOR_MAX; d++) {
        s->detectors.d[d].force = DETECTOR_GIVE_BACK;
        s->in.detector[d].quality = INPUT_GOOD;
    }
    s->in.detector[ZONE].has_zone = true;
    s->in.detector[4].has_zone = true;
    estimate_init(&s->estimate, &s->layout, (mono_t){ 0 });
}

static bool is_green(const struct street *s)
{
    return s->tick / 10 % s->cycle_s < s->green_s;
}

static bool is_flowing(const struct street *s)
{
    return s->tick / 10 % s->cycle_s < s->green_s + 3;
}

static void move_cars(struct street *s)
{
    const double tick_s = 0.1;
    for (int32_t i = 0; i < s->count; i++) {
        struct car *c = &s->car[i];
        double gap_m = 1000;
        if (i > 0) {
            gap_m = c->x_m - s->car[i - 1].x_m - 7.5;
        }
        const bool stops = !is_green(s) && c->x_m > 0.5 && c->x_m > c->mps * c->mps / 12;
        if (stops && c->x_m - 0.5 < gap_m) {
            gap_m = c->x_m - 0.5;
        }
        double mps = c->mps + 2.0 * tick_s;
        mps = mps > speed_mps ? speed_mps : mps;
        mps = mps > gap_m / 1.3 ? gap_m / 1.3 : mps;
        c->mps = mps < 0 ? 0 : mps;
        c->x_m -= c->mps * tick_s;
        s->passed += c->x_m <= 0 && c->x_m + c->mps * tick_s > 0;
    }
    while (s->count > 0 && s->car[0].x_m < -30) {
        s->count--;
        memmove(&s->car[0], &s->car[1], (size_t)s->count * sizeof s->car[0]);
    }
    s->owed += dice(s) < s->per_hour / 36000 ? 1 : 0;
    if (s->owed >= 1 && s->count < CARS_MAX &&
        (s->count == 0 || s->car[s->count - 1].x_m < 300 - 25)) {
        s->owed -= 1;
        s->car[s->count++] = (struct car){ .x_m = 300, .mps = speed_mps };
    }
}

static void sense_loops(struct street *s)
{
    for (int32_t d = 0; d < 3; d++) {
        s->level[d] = false;
        for (int32_t i = 0; i < s->count; i++) {
            struct car *c = &s->car[i];
            if (c->noted[d] == 0 && c->x_m <= loop_m[d] + 1) {
                c->noted[d] = 1;
                c->is_missed[d] = s->is_noisy && dice(s) < 0.1;
                s->pulses[d] += c->is_missed[d] ? 0 : s->is_noisy && dice(s) < 0.05 ? 2 : 1;
            }
            c->noted[d] = c->noted[d] == 1 && c->x_m + 5 < loop_m[d] ? 2 : c->noted[d];
            s->level[d] = s->level[d] || (c->noted[d] == 1 && !c->is_missed[d]);
        }
    }
    memmove(&s->zone_n[1], &s->zone_n[0], 5 * sizeof s->zone_n[0]);
    memmove(&s->zone_q[1], &s->zone_q[0], 5 * sizeof s->zone_q[0]);
    s->zone_n[0] = 0;
    s->zone_q[0] = 0;
    for (int32_t i = 0; i < s->count; i++) {
        const bool is_in = s->car[i].x_m > 0 && s->car[i].x_m <= far_m;
        const bool is_seen = is_in && !(s->is_noisy && dice(s) < 0.1);
        s->zone_n[0] += is_seen ? 1 : 0;
        s->zone_q[0] += is_seen && s->car[i].mps < 0.1 ? 1 : 0;
    }
}

static void report(struct street *s)
{
    const bool reports = !s->is_batched || s->tick % 10 == 0;
    for (int32_t d = 0; d < 3; d++) {
        struct detector_state *state = &s->detectors.d[d];
        state->new_actuations = 0;
        state->health = s->fault[d] == DEAD_SAID ? DETECTOR_HARDWARE : DETECTOR_HEALTHY;
        if (reports) {
            const bool is_alive = s->fault[d] == HEALTHY;
            state->new_actuations = is_alive ? s->pulses[d] : 0;
            state->is_occupied = is_alive && s->level[d];
            s->pulses[d] = 0;
        }
    }
    struct detector_input *zone = &s->in.detector[ZONE];
    zone->quality = s->fault[ZONE] == DEAD_SAID ? INPUT_STALE : INPUT_GOOD;
    if (s->tick % 10 == 0) {
        const int32_t late = s->is_noisy ? 5 : 0;
        zone->zone_vehicles = s->fault[ZONE] == HEALTHY ? (uint8_t)s->zone_n[late] : 0;
        zone->zone_queued = s->fault[ZONE] == HEALTHY ? (uint8_t)s->zone_q[late] : 0;
    }
}

static void tick(struct street *s)
{
    move_cars(s);
    sense_loops(s);
    s->tick++;
    report(s);
    const struct estimate_view v = { .detectors = &s->detectors,
                                     .in = &s->in,
                                     .green = is_green(s) ? 1 : 0,
                                     .flowing = is_flowing(s) ? 1 : 0,
                                     .now = { s->tick * 100 } };
    estimate_feed(&s->estimate, &s->layout, &v);
    s->in.neighbour_count = 0;
}

/* Those within the advance loop, and the queue that reaches beyond it. */
static int32_t within(const struct street *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->count; i++) {
        const double reach_m = s->car[i].mps < 3 ? 300 : far_m;
        n += s->car[i].x_m > 0 && s->car[i].x_m <= reach_m ? 1 : 0;
    }
    return n;
}

static int32_t believed(struct street *s)
{
    estimate_fill(&s->estimate, &s->layout, (mono_t){ s->tick * 100 }, &s->snapshot);
    int32_t n = 0;
    for (int32_t i = 0; i < s->snapshot.lane[0].count; i++) {
        n += s->snapshot.lane[0].vehicle[i].eta_cs <= far_m / speed_mps * 100 + 50 ? 1 : 0;
    }
    return n;
}

static int32_t standing(const struct street *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->count; i++) {
        n += s->car[i].x_m > 0 && s->car[i].x_m <= far_m && s->car[i].mps < 0.1 ? 1 : 0;
    }
    return n;
}

struct errors {
    double vehicles, bias; /* within the advance loop, each second */
    double stopped;        /* at the end of red */
    double eta_s;          /* of moving vehicles, where the numbers agree */
    double mean;           /* true vehicles */
};

static void compare_etas(struct street *s, double *sum_s, double *many)
{
    int32_t k = 0;
    for (int32_t i = 0; i < s->count; i++) {
        const struct car *c = &s->car[i];
        if (c->x_m <= 0 || c->x_m > far_m) {
            continue;
        }
        const struct snapshot_vehicle *v = &s->snapshot.lane[0].vehicle[k++];
        if (c->mps > speed_mps - 1) {
            *sum_s += abs((int)(v->eta_cs - c->x_m / speed_mps * 100)) / 100.0;
            *many += 1;
        }
    }
}

static struct errors run(const char *name, int64_t ticks)
{
    struct street *s = &street;
    struct errors e = { 0 };
    double seconds = 0, reds = 0, moving = 0;
    for (int64_t t = 0; t < ticks; t++) {
        tick(s);
        if (s->tick % 10 != 5 || s->tick < 6000) {
            continue;
        }
        const int32_t truth = within(s);
        const int32_t guess = believed(s);
        seconds++;
        e.mean += truth;
        e.vehicles += abs(truth - guess);
        e.bias += guess - truth;
        if (truth == guess) {
            compare_etas(s, &e.eta_s, &moving);
        }
        if (s->tick / 10 % s->cycle_s == s->cycle_s - 1) {
            int32_t stopped = 0;
            for (int32_t i = 0; i < guess; i++) {
                stopped += s->snapshot.lane[0].vehicle[i].is_stopped;
            }
            e.stopped += abs(standing(s) - stopped);
            reds++;
        }
    }
    e.mean /= seconds;
    e.vehicles /= seconds;
    e.bias /= seconds;
    e.stopped /= reds;
    e.eta_s /= moving > 0 ? moving : 1;
    print_message("# %-34s true %5.2f, error %5.2f (bias %+5.2f), stopped %5.2f, eta %4.2f s; "
                  "headway %d start %d speed %d rate %d\n",
                  name, e.mean, e.vehicles, e.bias, e.stopped, e.eta_s,
                  s->snapshot.lane[0].headway_cs, s->snapshot.lane[0].start_loss_cs,
                  s->estimate.lane[0].speed_cmps, s->snapshot.lane[0].arrivals_per_ks);
    return e;
}

static void loops_alone_follow_the_queue(void **state)
{
    (void)state;
    build(500);
    street.fault[ZONE] = DEAD_SAID;
    struct errors e = run("three loops", HOUR_TICKS);
    assert_true(e.vehicles < 0.4);
    build(500);
    street.fault[ZONE] = DEAD_SAID;
    street.is_batched = true;
    e = run("three loops, once a second", HOUR_TICKS);
    assert_true(e.vehicles < 0.6);
    build(800);
    street.fault[ZONE] = DEAD_SAID;
    e = run("three loops, near capacity", HOUR_TICKS);
    assert_true(e.vehicles < 1.5);
    build(500);
    street.fault[ZONE] = DEAD_SAID;
    street.is_noisy = true;
    e = run("three loops, noisy", HOUR_TICKS);
    assert_true(e.vehicles < 1.0);
}

static void camera_and_loops_agree(void **state)
{
    (void)state;
    build(500);
    struct errors e = run("loops and camera", HOUR_TICKS);
    assert_true(e.vehicles < 0.4);
    build(500);
    street.is_batched = true;
    e = run("loops and camera, once a second", HOUR_TICKS);
    assert_true(e.vehicles < 0.5);
    build(500);
    street.is_noisy = true;
    e = run("loops and camera, noisy", HOUR_TICKS);
    assert_true(e.vehicles < 1.0);
    build(800);
    street.is_noisy = true;
    e = run("loops and camera, noisy, full", HOUR_TICKS);
    assert_true(e.vehicles < 2.0);
}

static void what_is_dead_is_substituted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum fault fault[EYES];
        double most;
        bool is_guess;
    } cases[] = {
        { "camera alone", { DEAD_SAID, DEAD_SAID, DEAD_SAID, HEALTHY }, 0.8, false },
        { "stop line dead", { DEAD_SAID, HEALTHY, HEALTHY, HEALTHY }, 0.6, false },
        { "stop line silently dead", { DEAD_SILENT, HEALTHY, HEALTHY, HEALTHY }, 0.6, false },
        { "advance loop silently dead", { HEALTHY, HEALTHY, DEAD_SILENT, HEALTHY }, 0.8, false },
        { "camera silently dead", { HEALTHY, HEALTHY, HEALTHY, DEAD_SILENT }, 0.6, false },
        { "no camera, no advance loop", { HEALTHY, HEALTHY, DEAD_SAID, DEAD_SAID }, 2.5, false },
        { "stop-line loop alone", { HEALTHY, DEAD_SAID, DEAD_SAID, DEAD_SAID }, 3.0, true },
        { "advance loop alone", { DEAD_SAID, DEAD_SAID, HEALTHY, DEAD_SAID }, 2.5, true },
        { "blind", { DEAD_SAID, DEAD_SAID, DEAD_SAID, DEAD_SAID }, 4.0, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        build(500);
        memcpy(street.fault, cases[i].fault, sizeof street.fault);
        const struct errors e = run(cases[i].name, HOUR_TICKS);
        assert_true(e.vehicles < cases[i].most);
        assert_int_equal(street.snapshot.lane[0].is_substituted, cases[i].is_guess);
    }
}

/* A message that a platoon of so many vehicles leaves the neighbour from second from_s on, half a
 * vehicle a second. */
static void announce(struct street *s, int32_t vehicles, int32_t from_s, int32_t age_ms)
{
    struct neighbour_input *n = &s->in.neighbour[s->in.neighbour_count++];
    *n = (struct neighbour_input){ .direction = NEIGHBOUR_INFLOW,
                                   .age_ms = (uint16_t)age_ms,
                                   .travel_s = 20 };
    for (int32_t b = from_s; b < from_s + 2 * vehicles && b < NEIGHBOUR_BINS; b++) {
        n->bin_mveh[b] = 500;
    }
}

static double weight_of(struct street *s, int32_t from_cs, int32_t to_cs)
{
    estimate_fill(&s->estimate, &s->layout, (mono_t){ s->tick * 100 }, &s->snapshot);
    double cars = 0;
    for (int32_t i = 0; i < s->snapshot.lane[0].count; i++) {
        const struct snapshot_vehicle *v = &s->snapshot.lane[0].vehicle[i];
        cars += v->eta_cs >= from_cs && v->eta_cs < to_cs ? v->weight / 16.0 : 0;
        assert_true(i == 0 || s->snapshot.lane[0].vehicle[i - 1].eta_cs <= v->eta_cs);
    }
    return cars;
}

static void announced_vehicles_are_expected_beyond_the_loops(void **state)
{
    (void)state;
    build(0);
    tick(&street);
    announce(&street, 8, 0, 0);
    tick(&street);
    /* From 20 s on for 16 s, less what is cut where the search no longer looks. */
    const double cars = weight_of(&street, 1900, 3700);
    assert_true(cars > 7.4 && cars < 8.1);
    assert_true(weight_of(&street, -1000, 1900) == 0);
    /* What should have come to the advance loop and did not is believed for a few seconds only. */
    for (int32_t t = 0; t < 300; t++) {
        tick(&street);
    }
    const double late = weight_of(&street, -1000, 3000);
    assert_true(late < 4.5);
    for (int32_t t = 0; t < 150; t++) {
        tick(&street);
    }
    assert_true(weight_of(&street, -1000, 3000) < 0.6);
}

static void a_silent_neighbours_last_word_runs_to_its_end(void **state)
{
    (void)state;
    build(0);
    tick(&street);
    announce(&street, 4, 30, NEIGHBOUR_STALE_MS + 5000);
    tick(&street);
    assert_true(weight_of(&street, 3800, 4900) > 3.4); /* 20 s to go, 20 s of way */
    for (int32_t t = 0; t < 710; t++) {
        tick(&street);
    }
    assert_int_equal(street.estimate.message[0].is_used, false);
    announce(&street, 4, 0, UINT16_MAX);
    tick(&street);
    assert_true(weight_of(&street, -1000, 6000) < 0.6);
}

static void a_lying_neighbour_loses_its_voice(void **state)
{
    (void)state;
    build(0);
    for (int32_t t = 0; t < 6000; t++) {
        if (t % 10 == 0) {
            announce(&street, 30, 0, 0);
            for (int32_t b = 0; b < NEIGHBOUR_BINS; b++) {
                street.in.neighbour[0].bin_mveh[b] = UINT16_MAX;
            }
        }
        tick(&street);
        if (t == 20) {
            /* At most what the lane can carry: 60 s at its headway, and a few late ones. */
            assert_true(weight_of(&street, -1000, 12000) <= 60 / 1.9 + 7);
        }
    }
    print_message("# a liar is believed %.2f vehicles\n", weight_of(&street, -1000, 12000));
    assert_true(weight_of(&street, -1000, 12000) < 3.5);
}

/* An honest neighbour: nobody is counted twice, nobody is forgotten on the way. */
static void detected_vehicles_replace_announced_ones(void **state)
{
    (void)state;
    build(500);
    double sum = 0;
    double truth = 0;
    for (int32_t t = 0; t < HOUR_TICKS; t++) {
        tick(&street);
        if (t % 10 != 9) {
            continue;
        }
        /* The neighbour's stop line is 300 m away. Each second it tells whom it let go in the next,
         * which for this street is known only afterwards. */
        struct neighbour_input *n = &street.in.neighbour[street.in.neighbour_count++];
        *n = (struct neighbour_input){ .direction = NEIGHBOUR_INFLOW,
                                       .travel_s = 22,
                                       .age_ms = 1000 };
        for (int32_t i = 0; i < street.count; i++) {
            n->bin_mveh[0] =
                (uint16_t)(n->bin_mveh[0] + (street.car[i].x_m > 300 - speed_mps ? 1000 : 0));
        }
        if (t > 6000) {
            sum += weight_of(&street, -30000, 2300);
            for (int32_t i = 0; i < street.count; i++) {
                truth += street.car[i].x_m > 0 ? 1 : 0;
            }
        }
    }
    print_message("# with announcements: %.2f believed, %.2f true\n", sum / 3000, truth / 3000);
    assert_true(sum > truth * 0.9 && sum < truth * 1.1);
}

/* Two pockets of 14 m behind one lane that a loop at 98 m and a zone from there see. */
enum { POCKETS = 2, FEED_LOOP = 10, FEED_ZONE = 11 };

static void build_pockets(void)
{
    build(0);
    struct layout *l = &street.layout;
    l->lane_count = POCKETS;
    l->lane[0].length_cm = 1400;
    l->lane[0].zone_ix = -1;
    l->lane[0].counter_count = 1; /* the stop line */
    l->lane[1] = l->lane[0];
    l->lane[1].counter[0].detector_ix = 1;
    l->feeder_count = 1;
    l->feeder[0] = (struct layout_feeder){ .lanes = 3,
                                           .counter[0] = { FEED_LOOP, 9800 },
                                           .zone[0] = { FEED_ZONE, 1400, 8600 },
                                           .counter_count = 1,
                                           .zone_count = 1,
                                           .begin_cm = 1400,
                                           .end_cm = 10000 };
    street.in.detector[FEED_ZONE].has_zone = true;
    estimate_init(&street.estimate, l, (mono_t){ 0 });
}

/* For so long at red, the state of the feeder as it is; those counted come on the first tick. */
static void stand_by(int32_t seconds, int32_t counted, int32_t vehicles, int32_t queued)
{
    street.in.detector[FEED_ZONE].zone_vehicles = (uint8_t)vehicles;
    street.in.detector[FEED_ZONE].zone_queued = (uint8_t)queued;
    for (int32_t t = 0; t < seconds * 10; t++) {
        street.tick++;
        street.detectors.d[FEED_LOOP].new_actuations = t == 0 ? counted : 0;
        const struct estimate_view v = { .detectors = &street.detectors,
                                         .in = &street.in,
                                         .now = { street.tick * 100 } };
        estimate_feed(&street.estimate, &street.layout, &v);
        street.detectors.d[0].new_actuations = 0;
        street.detectors.d[1].new_actuations = 0;
    }
    estimate_fill(&street.estimate, &street.layout, (mono_t){ street.tick * 100 },
                  &street.snapshot);
}

/* Vehicles that somebody has seen; others are only to be expected. */
static int32_t known_on(int32_t lane_ix)
{
    const struct snapshot_lane *lane = &street.snapshot.lane[lane_ix];
    int32_t known = 0;
    for (int32_t i = 0; i < lane->count; i++) {
        known += lane->vehicle[i].weight == SNAPSHOT_WEIGHT_ONE ? 1 : 0;
    }
    return known;
}

static int32_t in_both(void)
{
    return known_on(0) + known_on(1);
}

static void who_comes_to_pockets_is_known_before_the_lane(void **state)
{
    (void)state;
    build_pockets();
    stand_by(2, 0, 0, 0);
    for (int32_t i = 1; i <= 4; i++) {
        stand_by(2, 1, i, 0);
    }
    assert_int_equal(known_on(0), 2); /* of equal rates: by turns */
    assert_int_equal(known_on(1), 2);
    const struct snapshot_vehicle *last = &street.snapshot.lane[1].vehicle[1];
    assert_in_range(last->eta_cs, 400, 700); /* 7.4 s from the loop, two of which have passed */
    assert_false(last->is_stopped);
    stand_by(20, 0, 4, 4);
    assert_int_equal(in_both(), 4);
    for (int32_t i = 0; i < 2; i++) {
        assert_true(street.snapshot.lane[i].vehicle[0].is_stopped);
        assert_true(street.snapshot.lane[i].vehicle[1].eta_cs <= 0);
    }
    /* One rolls into the right pocket: it was one of the four. */
    street.detectors.d[0].new_actuations = 1;
    street.detectors.d[0].is_occupied = true;
    stand_by(1, 0, 4, 3);
    assert_int_equal(in_both(), 4);
    stand_by(5, 0, 3, 3);
    assert_int_equal(in_both(), 4);
    assert_int_equal(street.estimate.lane[0].count, 1);
    assert_int_equal(street.estimate.lane[1].count, 0);
}

static void a_zone_finds_who_passed_the_loop_unseen(void **state)
{
    (void)state;
    build_pockets();
    stand_by(2, 0, 0, 0);
    stand_by(3, 0, 3, 0);
    assert_int_equal(in_both(), 3);
    stand_by(4, 0, 1, 0); /* and forgets who cannot be there */
    assert_int_equal(in_both(), 1);
}

static void who_stands_before_a_full_pocket_waits_for_it(void **state)
{
    (void)state;
    build_pockets();
    street.layout.lane[0].length_cm = 1200; /* one finds room, two do not */
    street.layout.lane[1].length_cm = 1200;
    street.detectors.d[1].new_actuations = 1;
    street.detectors.d[1].is_occupied = true;
    stand_by(5, 0, 0, 0);
    stand_by(2, 2, 2, 0);
    assert_int_equal(known_on(0), 1); /* they move: anywhere */
    stand_by(5, 0, 2, 2);
    assert_int_equal(known_on(0), 0);
    assert_int_equal(known_on(1), 3);
    street.detectors.d[0].new_actuations = 1; /* one of them goes on, and another comes */
    street.detectors.d[0].is_occupied = true;
    stand_by(5, 1, 2, 2);
    assert_int_equal(street.estimate.lane[0].count, 1);
    assert_int_equal(in_both(), 4);
}

static void an_empty_feeder_leaves_nothing_to_guess(void **state)
{
    (void)state;
    build_pockets();
    street.detectors.d[0].new_actuations = 1;
    street.detectors.d[0].is_occupied = true;
    stand_by(120, 0, 0, 0);
    assert_int_equal(in_both(), 1);
    /* One that has failed is as none: somebody may stand behind who stands. */
    street.in.detector[FEED_ZONE].quality = INPUT_FAILED;
    street.detectors.d[FEED_LOOP].health = DETECTOR_HARDWARE;
    stand_by(120, 0, 0, 0);
    assert_true(in_both() > 1);
}

static void behind_a_full_feeder_others_may_stand(void **state)
{
    (void)state;
    build_pockets();
    stand_by(2, 0, 0, 0);
    stand_by(10, 4, 11, 11);
    street.detectors.d[FEED_LOOP].is_occupied = true;
    stand_by(60, 0, 11, 11);
    assert_true(in_both() > 12);
    assert_true(in_both() <= 11 + 20);
    street.detectors.d[FEED_LOOP].is_occupied = false;
    stand_by(8, 0, 6, 0);
    assert_int_equal(in_both(), 6);
}

static void a_feeder_loop_alone_counts_until_the_stop_line(void **state)
{
    (void)state;
    build_pockets();
    street.in.detector[FEED_ZONE].quality = INPUT_FAILED;
    stand_by(2, 0, 0, 0);
    stand_by(2, 1, 0, 0);
    stand_by(2, 1, 0, 0);
    assert_int_equal(in_both(), 2);
    street.detectors.d[1].new_actuations = 1;
    street.detectors.d[1].is_occupied = true;
    stand_by(4, 0, 0, 0);
    assert_int_equal(in_both(), 2);
    assert_int_equal(street.estimate.lane[1].count, 1);
    stand_by(30, 0, 0, 0);
    assert_int_equal(in_both(), 2); /* the pocket is full to its beginning: it may still stand */
    street.detectors.d[1].is_occupied = false;
}

static void a_full_exit_is_seen(void **state)
{
    (void)state;
    build(500);
    for (int32_t t = 0; t < 3000; t++) {
        tick(&street);
    }
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, 14);
    assert_false(street.snapshot.exit[0].is_blocked);
    street.in.detector[4].zone_vehicles = 8;
    street.in.detector[4].zone_queued = 2;
    tick(&street);
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, 0);
    assert_false(street.snapshot.exit[0].is_blocked); /* they move */
    street.in.detector[4].zone_queued = 8;
    tick(&street);
    believed(&street);
    assert_true(street.snapshot.exit[0].is_blocked);
    street.in.detector[4].quality = INPUT_STALE;
    tick(&street);
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, EXIT_ROOM_UNKNOWN);
    street.in.neighbour[0] =
        (struct neighbour_input){ .direction = NEIGHBOUR_ROOM, .ix = 3, .room_vehicles = 2 };
    street.in.neighbour_count = 1;
    tick(&street);
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, 2);
    for (int32_t t = 0; t <= NEIGHBOUR_STALE_MS / 100; t++) {
        tick(&street);
    }
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, EXIT_ROOM_UNKNOWN);
}

static void a_loop_held_for_five_seconds_is_a_full_exit(void **state)
{
    (void)state;
    build(0);
    street.in.detector[4].has_zone = false;
    street.detectors.d[4].is_occupied = true;
    for (int32_t t = 0; t < 50; t++) {
        tick(&street);
    }
    believed(&street);
    assert_false(street.snapshot.exit[0].is_blocked);
    tick(&street);
    believed(&street);
    assert_true(street.snapshot.exit[0].is_blocked);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, 0);
    street.detectors.d[4].is_occupied = false;
    tick(&street);
    believed(&street);
    assert_int_equal(street.snapshot.exit[0].room_vehicles, EXIT_ROOM_UNKNOWN);
}

/* A lane of two movements, of which one alone has green: whoever leaves is of that one. */
static void shares_are_learned_where_one_movement_has_green(void **state)
{
    (void)state;
    build(500);
    struct layout_lane *lane = &street.layout.lane[0];
    lane->movement_count = 2;
    lane->sg = 3;
    lane->movement[1] = lane->movement[0];
    lane->movement[0].share_permille = 500;
    lane->movement[1].share_permille = 500;
    lane->movement[1].sg = 2;
    estimate_init(&street.estimate, &street.layout, (mono_t){ 0 });
    for (int32_t t = 0; t < HOUR_TICKS; t++) {
        tick(&street);
    }
    believed(&street);
    assert_true(street.snapshot.lane[0].share_permille[0] > 900);
    assert_true(street.snapshot.lane[0].share_permille[1] < 100);
}

/* Whatever detectors and neighbours say, the state stays bounded and the lists in order. */
static void out_of_sight_half_vehicles_are_expected_at_the_learned_rate(void **state)
{
    (void)state;
    build_pockets();
    stand_by(2, 0, 0, 0);
    const struct snapshot_lane *lane = &street.snapshot.lane[0];
    assert_int_equal(known_on(0), 0);
    assert_true(lane->count > 0);
    const int32_t gap_cs = 100000 / lane->arrivals_per_ks;
    /* Beyond the feeder's 100 m. */
    assert_in_range(lane->vehicle[0].eta_cs, 700 + gap_cs / 2, 800 + gap_cs / 2);
    for (int32_t i = 0; i < lane->count; i++) {
        assert_int_equal(lane->vehicle[i].weight, SNAPSHOT_WEIGHT_ONE / 2);
        assert_true(i == 0 || lane->vehicle[i].eta_cs - lane->vehicle[i - 1].eta_cs == gap_cs);
    }
}

static void a_lane_that_shows_nobody_come_expects_them_too(void **state)
{
    (void)state;
    build(0);
    street.layout.lane[0].counter_count = 1;
    street.layout.lane[0].zone_ix = -1;
    estimate_init(&street.estimate, &street.layout, (mono_t){ 0 });
    stand_by(2, 0, 0, 0);
    const struct snapshot_lane *lane = &street.snapshot.lane[0];
    const int32_t gap_cs = 100000 / lane->arrivals_per_ks;
    assert_in_range(lane->count, 4500 / gap_cs, 4500 / gap_cs + 1);
    assert_int_equal(lane->vehicle[0].eta_cs, gap_cs / 2);
    assert_int_equal(lane->vehicle[0].weight, SNAPSHOT_WEIGHT_ONE / 2);
}

/* Green for so many seconds, in which one passes the stop line each second second. */
static void pass_line(int32_t seconds, bool has_traffic)
{
    for (int32_t t = 0; t < seconds * 10; t++) {
        street.tick++;
        street.detectors.d[0].new_actuations = has_traffic && t % 20 == 0 ? 1 : 0;
        street.detectors.d[0].is_occupied = has_traffic && t % 20 < 5;
        const struct estimate_view v = { .detectors = &street.detectors,
                                         .in = &street.in,
                                         .green = 3,
                                         .flowing = 3,
                                         .now = { street.tick * 100 } };
        estimate_feed(&street.estimate, &street.layout, &v);
    }
    estimate_fill(&street.estimate, &street.layout, (mono_t){ street.tick * 100 },
                  &street.snapshot);
}

static void a_queue_that_passes_the_line_goes_on_out_of_sight(void **state)
{
    (void)state;
    for (int32_t yields = 0; yields < 2; yields++) {
        build(0);
        struct layout *l = &street.layout;
        l->lane_count = 2;
        l->lane[0].counter_count = 1; /* the stop line */
        l->lane[0].zone_ix = -1;
        l->lane[1] = l->lane[0];
        l->lane[1].sg = 2;
        l->lane[1].counter_count = 0;
        l->lane[0].movement[0].foes = yields != 0 ? 2 : 0;
        estimate_init(&street.estimate, l, (mono_t){ 0 });
        pass_line(10, false);
        assert_int_equal(known_on(0), 0);
        pass_line(2, true);
        assert_int_equal(known_on(0), 0); /* one is no queue */
        pass_line(6, true);
        if (yields != 0) {
            assert_in_range(known_on(0), 0, 1);
        } else {
            assert_in_range(known_on(0), 4, 5);
        }
        pass_line(12, false);
        assert_int_equal(known_on(0), 0);
    }
}

static void nonsense_is_survived(void **state)
{
    (void)state;
    build(500);
    struct street *s = &street;
    for (int32_t t = 0; t < HOUR_TICKS; t++) {
        s->tick++;
        for (int32_t d = 0; d < 5; d++) {
            const double x = dice(s);
            s->detectors.d[d].new_actuations = x < 0.3 ? (int32_t)(dice(s) * 300) : 0;
            s->detectors.d[d].is_occupied = dice(s) < 0.5;
            s->detectors.d[d].health = dice(s) < 0.9 ? 0 : (int32_t)(dice(s) * 6);
            s->in.detector[d] = (struct detector_input){ .quality = (uint8_t)(dice(s) * 8),
                                                         .has_zone = dice(s) < 0.8,
                                                         .zone_vehicles = (uint8_t)(dice(s) * 256),
                                                         .zone_queued = (uint8_t)(dice(s) * 256),
                                                         .age_ms = (int32_t)(dice(s) * 1e8) };
            s->in.detector[d].quality = dice(s) < 0.8 ? INPUT_GOOD : s->in.detector[d].quality;
        }
        s->in.neighbour_count = (uint32_t)(dice(s) * 9);
        for (uint32_t n = 0; n < s->in.neighbour_count && n < NEIGHBOUR_PER_TICK_MAX; n++) {
            uint8_t *bytes = (uint8_t *)&s->in.neighbour[n];
            for (size_t b = 0; b < sizeof s->in.neighbour[n]; b++) {
                bytes[b] = (uint8_t)(dice(s) * (dice(s) < 0.5 ? 3 : 256));
            }
        }
        const struct estimate_view v = { .detectors = &s->detectors,
                                         .in = &s->in,
                                         .green = (sg_mask_t)(dice(s) * 2),
                                         .flowing = (sg_mask_t)(dice(s) * 2),
                                         .now = { s->tick * 100 } };
        estimate_feed(&s->estimate, &s->layout, &v);
        if (t % 10 == 0) {
            (void)weight_of(s, 0, 1);
            assert_in_range(s->snapshot.lane[0].count, 0, SNAPSHOT_VEHICLES_MAX);
            assert_in_range(s->snapshot.lane[0].headway_cs, 120, 260);
            assert_in_range(s->snapshot.lane[0].start_loss_cs, 0, 400);
            assert_in_range(s->estimate.lane[0].speed_cmps, 1390 * 60 / 100, 1390 * 140 / 100);
        }
    }
}

static void state_of_a_junction_stays_small(void **state)
{
    (void)state;
    print_message("# %zu bytes for a junction\n", sizeof(struct estimate));
    assert_true(sizeof(struct estimate) <= 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_alone_follow_the_queue),
        cmocka_unit_test(camera_and_loops_agree),
        cmocka_unit_test(what_is_dead_is_substituted),
        cmocka_unit_test(announced_vehicles_are_expected_beyond_the_loops),
        cmocka_unit_test(a_silent_neighbours_last_word_runs_to_its_end),
        cmocka_unit_test(a_lying_neighbour_loses_its_voice),
        cmocka_unit_test(detected_vehicles_replace_announced_ones),
        cmocka_unit_test(who_comes_to_pockets_is_known_before_the_lane),
        cmocka_unit_test(a_zone_finds_who_passed_the_loop_unseen),
        cmocka_unit_test(who_stands_before_a_full_pocket_waits_for_it),
        cmocka_unit_test(an_empty_feeder_leaves_nothing_to_guess),
        cmocka_unit_test(behind_a_full_feeder_others_may_stand),
        cmocka_unit_test(a_feeder_loop_alone_counts_until_the_stop_line),
        cmocka_unit_test(a_full_exit_is_seen),
        cmocka_unit_test(a_loop_held_for_five_seconds_is_a_full_exit),
        cmocka_unit_test(shares_are_learned_where_one_movement_has_green),
        cmocka_unit_test(out_of_sight_half_vehicles_are_expected_at_the_learned_rate),
        cmocka_unit_test(a_lane_that_shows_nobody_come_expects_them_too),
        cmocka_unit_test(a_queue_that_passes_the_line_goes_on_out_of_sight),
        cmocka_unit_test(nonsense_is_survived),
        cmocka_unit_test(state_of_a_junction_stays_small),
    };
    return RUN_TESTS(tests);
}
