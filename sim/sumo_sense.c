#include "sumo_sense.h"

#include <string.h>

enum {
    STEP_MS = SENSE_TICKS * TICK_MS,
    CAMERA_LATE_TICKS = 5,
    SPANS_MAX = 8 /* vehicles that one loop can see in a second */
};

/* Of the noise that figures are stated for; what published field studies of loops and video
 * detectors find on bad days. */
static const double missed_share = 0.10;
static const double doubled_share = 0.05;

struct span { /* a vehicle on the loop, ms within the step */
    int32_t from_ms, to_ms;
    bool has_come; /* else it stood there before */
};

void sense_init(struct sense *s, const struct sense_options *options, uint32_t count,
                detector_mask_t exists, detector_mask_t zones)
{
    memset(s, 0, sizeof *s);
    s->is_noisy = options->is_noisy;
    s->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct sense_detector *d = &s->detector[i];
        const uint64_t stream = (uint64_t)options->junction_ix * DETECTOR_MAX + i;
        rng_init(&d->rng, options->seed, stream);
        d->exists = (exists & bit64(i)) != 0;
        d->is_zone = (zones & bit64(i)) != 0;
        const bool is_dead = rng_unit(&d->rng) * 100 < options->failed_pct;
        const bool is_silent = rng_unit(&d->rng) < 0.5;
        if (is_dead && d->exists) {
            d->life = is_silent ? SENSE_STUCK_OFF : SENSE_FAILED;
        }
    }
}

/* When vehicles were on the loop. One that came and one that left are exact; of several in one
 * second only the last is, and the others share the time before it. */
static int32_t find_spans(const struct sense_detector *d, const struct traci_reading *r,
                          struct span span[SPANS_MAX])
{
    const int32_t end_ms = max_i32(0, STEP_MS - min_i32(r->quiet_ms, STEP_MS));
    const int32_t come = min_i32(r->entered, SPANS_MAX - 1);
    const int32_t on_ms = max_i32(1, r->occupancy_pct * STEP_MS / 100 / max_i32(come, 1));
    int32_t count = 0;
    if (d->was_covered) {
        const int32_t first_ms = come == 0 ? end_ms : max_i32(0, end_ms - on_ms) / (come * 2);
        span[count++] = (struct span){ .from_ms = 0, .to_ms = first_ms };
    }
    for (int32_t i = 1; i <= come; i++) {
        const int32_t to_ms = i == come ? end_ms : end_ms * i / come;
        span[count++] =
            (struct span){ .from_ms = max_i32(0, to_ms - on_ms), .to_ms = to_ms, .has_come = true };
    }
    return count;
}

static void mark(struct sense_detector *d, const struct span *span)
{
    const int32_t first = min_i32(span->from_ms / TICK_MS, SENSE_TICKS - 1);
    const int32_t last = max_i32(first, (span->to_ms + TICK_MS - 1) / TICK_MS - 1);
    for (int32_t tick = first; tick <= last && tick < SENSE_TICKS; tick++) {
        d->level |= (uint16_t)(1u << tick);
    }
}

static void take_loop(struct sense *s, struct sense_detector *d, const struct traci_reading *r)
{
    struct span span[SPANS_MAX];
    const int32_t count = find_spans(d, r, span);
    d->level = 0;
    memset(d->edges, 0, sizeof d->edges);
    for (int32_t i = 0; i < count; i++) {
        const int32_t tick = min_i32(span[i].from_ms / TICK_MS, SENSE_TICKS - 1);
        if (span[i].has_come) {
            d->is_missed = s->is_noisy && rng_unit(&d->rng) < missed_share;
            const bool is_doubled = s->is_noisy && rng_unit(&d->rng) < doubled_share;
            d->edges[tick] = (uint8_t)(d->edges[tick] + (d->is_missed ? 0 : (is_doubled ? 2 : 1)));
        }
        if (!d->is_missed) {
            mark(d, &span[i]);
        }
    }
    d->was_covered = r->quiet_ms == 0;
}

static int32_t count_noticed(struct sense *s, struct sense_detector *d, int32_t vehicles)
{
    int32_t noticed = vehicles;
    for (int32_t i = 0; s->is_noisy && i < vehicles; i++) {
        noticed -= rng_unit(&d->rng) < missed_share ? 1 : 0;
    }
    return noticed;
}

void sense_take(struct sense *s, uint32_t detector_ix, const struct traci_reading *r)
{
    REQUIRE(detector_ix < s->count);
    struct sense_detector *d = &s->detector[detector_ix];
    if (!d->is_zone) {
        take_loop(s, d, r);
        return;
    }
    const int32_t halted = min_i32(r->halted, r->vehicles);
    d->queued = count_noticed(s, d, halted);
    d->vehicles = d->queued + count_noticed(s, d, r->vehicles - halted);
}

static void fill_loop(struct sense_detector *d, int32_t tick, struct detector_input *in)
{
    d->edge_count = (uint8_t)(d->edge_count + d->edges[tick]);
    in->is_occupied = (d->level & (1u << tick)) != 0;
    in->edge_count = d->edge_count;
}

static void fill_zone(const struct sense *s, struct sense_detector *d, int32_t tick,
                      struct detector_input *in)
{
    const int32_t late_ticks = s->is_noisy ? CAMERA_LATE_TICKS : 0;
    d->told_ago_ticks = min_i32(d->told_ago_ticks + 1, SENSE_TICKS);
    if (tick == late_ticks) {
        d->told_vehicles = d->vehicles;
        d->told_queued = d->queued;
        d->told_ago_ticks = late_ticks;
    }
    const bool is_on = d->told_vehicles > 0;
    d->edge_count = (uint8_t)(d->edge_count + (is_on && !d->was_on ? 1 : 0));
    d->was_on = is_on;
    in->has_zone = true;
    in->is_occupied = is_on;
    in->zone_vehicles = (uint8_t)min_i32(d->told_vehicles, UINT8_MAX);
    in->zone_queued = (uint8_t)min_i32(d->told_queued, UINT8_MAX);
    in->edge_count = d->edge_count;
    in->age_ms = d->told_ago_ticks * TICK_MS;
}

void sense_fill(struct sense *s, int32_t tick, struct detector_input in[DETECTOR_MAX])
{
    REQUIRE(tick >= 0 && tick < SENSE_TICKS);
    for (uint32_t i = 0; i < s->count; i++) {
        struct sense_detector *d = &s->detector[i];
        in[i] = (struct detector_input){ .quality = INPUT_GOOD };
        if (d->life == SENSE_FAILED) {
            in[i].quality = INPUT_FAILED;
        } else if (d->life == SENSE_STUCK_OFF) {
            in[i].has_zone = d->is_zone;
        } else if (d->exists && d->is_zone) {
            fill_zone(s, d, tick, &in[i]);
        } else if (d->exists) {
            fill_loop(d, tick, &in[i]);
        }
    }
}
