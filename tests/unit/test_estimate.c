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
            gap_m = c->x_m - s->car[i - 1].x_m - 7;
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

static int32_t within(const struct street *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->count; i++) {
        n += s->car[i].x_m > 0 && s->car[i].x_m <= far_m ? 1 : 0;
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
    assert_true(e.vehicles < 2.5);
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
    assert_true(e.vehicles < 1.5);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_alone_follow_the_queue),
        cmocka_unit_test(camera_and_loops_agree),
        cmocka_unit_test(what_is_dead_is_substituted),
    };
    return RUN_TESTS(tests);
}
