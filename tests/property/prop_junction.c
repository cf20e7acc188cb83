/* Does any seed break a law? Random plans, traffic, links, cabinets and commands drive
 * junction_tick() for an hour of junction time each; the oracle sees every lamp that was lit. The
 * seed is the bug report: prop_junction FIRST COUNT runs seeds FIRST to FIRST + COUNT - 1; a COUNT
 * of 0 runs FIRST alone and prints every change of it. */
#include "junction.h"
#include "oracle.h"
#include "plan_build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_PER_SEED = 36000, STARVED_TICKS = 6000 };

/* --- Chance
 * ------------------------------------------------------------------------------------------ */

static uint64_t chance_state;

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is as good as any other. */
static uint64_t chance(void)
{
    chance_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int32_t between(int32_t low, int32_t high)
{
    REQUIRE(low <= high);
    return low + (int32_t)(chance() % (uint64_t)(high - low + 1));
}

static bool one_in(int32_t n)
{
    return between(1, n) == 1;
}

/* --- A cabinet that is simple enough to be right
 * ----------------------------------------------------- */

struct cabinet {
    uint16_t epoch, seq;
    struct output_frame under_way; /* a slow link: heard one tick later */
    bool has_under_way;
    bool lease_is_free, is_latched, is_local, reset_pressed, is_flashing;
    int32_t silent_ticks; /* since a heartbeat was last heard */
    uint32_t boot_count;
    int32_t aspect[SG_MAX];
};

static void cabinet_flash(struct cabinet *c, const struct safety *s)
{
    c->is_flashing = true;
    for (int32_t ix = 0; ix < SG_MAX; ix++) {
        c->aspect[ix] = ix < s->sg_count ? s->flash_aspect[ix] : ASPECT_RED;
    }
}

static void cabinet_boot(struct cabinet *c, const struct safety *s)
{
    const uint32_t boots = c->boot_count;
    memset(c, 0, sizeof *c);
    c->boot_count = boots + 1;
    c->lease_is_free = true;
    cabinet_flash(c, s);
}

static bool is_newer(uint16_t a, uint16_t b)
{
    return a != b && (uint16_t)(a - b) < 0x8000;
}

static void cabinet_hear(struct cabinet *c, const struct safety *s, const struct output_frame *f)
{
    const bool takes = c->lease_is_free && is_newer(f->epoch, c->epoch);
    const bool obeys = !c->lease_is_free && f->epoch == c->epoch && is_newer(f->seq, c->seq);
    if (!takes && !obeys) {
        return;
    }
    c->epoch = f->epoch;
    c->seq = f->seq;
    c->lease_is_free = !f->heartbeat;
    c->silent_ticks = f->heartbeat ? 0 : c->silent_ticks;
    c->is_latched = c->is_latched || f->wants_latch;
    c->is_flashing = !f->heartbeat || c->is_latched || f->wants_flash;
    if (c->is_local) {
        return;
    }
    if (c->is_flashing) {
        cabinet_flash(c, s);
        return;
    }
    memcpy(c->aspect, f->aspect, sizeof c->aspect);
}

static void cabinet_age(struct cabinet *c, const struct safety *s)
{
    c->silent_ticks++;
    if (c->silent_ticks >= 10) {
        c->lease_is_free = true;
        if (!c->is_local) {
            cabinet_flash(c, s);
        }
    }
}

/* --- One seed
 * ---------------------------------------------------------------------------------------- */

struct faults {
    /* Each happens in one of so many ticks; 0: never. */
    int32_t lost_write, lost_read, slow, stall, reboot, local, lie;
    int32_t command, stop, wall_step;
    bool is_calm; /* nothing of all that: everybody who waits must be served */
};

enum adviser { ADVISER_NONE, ADVISER_OPTIMISER, ADVISER_MADMAN, ADVISER_COUNT };

struct run {
    uint64_t seed;
    enum adviser adviser; /* who advises where the plan's patterns are adaptive */
    struct advice madness;
    struct plan plan, other;
    struct junction junction;
    struct oracle oracle;
    struct cabinet cabinet;
    struct faults faults;
    struct input_frame in;
    struct output_frame out, before;
    struct event_list events;
    mono_t now, deadline, sent_at;
    int32_t late_ms; /* ticks come up to this much after their deadlines */
    int32_t traffic; /* an arrival at each detector one tick in so many */
    int32_t stop_ticks, lie_ticks, local_ticks, stall_ticks;
    int32_t waited[SG_MAX];
    int64_t greens, flashes, confirmed;
};

static int32_t tenths(int32_t low_ms, int32_t high_ms)
{
    return between(low_ms / TICK_MS, high_ms / TICK_MS) * TICK_MS;
}

static void shake_safety(struct plan *p)
{
    struct safety *s = &p->safety;
    int32_t longest_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        const bool is_ped = s->sg_type[i] == SG_PEDESTRIAN;
        s->min_green_ms[i] = tenths(is_ped ? 4000 : 3000, 10000);
        s->yellow_ms[i] = is_ped ? 0 : tenths(3000, 5000);
        s->red_yellow_ms[i] = is_ped || one_in(4) ? 0 : tenths(500, 2500);
        s->green_flash_ms[i] = is_ped || one_in(2) ? 0 : tenths(1000, 4000);
        s->ped_clear_ms[i] = is_ped && !one_in(8) ? tenths(3000, 9000) : 0;
        s->min_red_ms[i] = one_in(4) ? 0 : tenths(100, 4000);
        for (uint32_t j = 0; j < (uint32_t)p->sg_count; j++) {
            if (s->intergreen_ms[i][j] >= 0) {
                s->intergreen_ms[i][j] = tenths(3000, 12000);
                longest_ms = max_i32(longest_ms, s->intergreen_ms[i][j]);
            }
        }
    }
    s->startup_all_red_ms = longest_ms + tenths(0, 3000);
    s->startup_flash_ms = tenths(1000, 6000);
    s->startup_yellow_ms = one_in(3) ? 0 : tenths(1000, 4000);
}

static void shake_plan(struct plan *p)
{
    for (int32_t i = 0; i < p->stage_count; i++) {
        p->stage[i].passage_ms = tenths(1000, 5000);
        p->stage[i].recall = one_in(4) ? between(0, 15) : p->stage[i].recall;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        p->phase[i].options ^= one_in(4) ? 1 << between(0, 7) : 0;
        p->phase[i].recall = one_in(4) ? between(0, 15) : p->phase[i].recall;
    }
    const sg_mask_t all = bit32((uint32_t)p->sg_count) - 1;
    for (int32_t n = between(0, 3); n > 0 && p->relation_count < RELATION_MAX; n--) {
        p->relation[p->relation_count++] =
            (struct relation){ .kind = between(0, 2),
                               .sg_a_ix = between(0, p->sg_count - 1),
                               .sg_b_ix = between(0, p->sg_count - 1),
                               .time_ms = tenths(0, 6000) };
    }
    for (int32_t i = 0; i < p->detector_count; i++) {
        p->detector[i].sg &= all;
    }
    p->ladder.step_up_ms = tenths(1000, 60000);
}

static void make_adaptive(struct plan *p)
{
    for (int32_t i = 0; i < p->pattern_count; i++) {
        if (p->pattern[i].strategy >= STRATEGY_FIXED) {
            p->pattern[i].strategy = STRATEGY_ADAPTIVE;
        }
    }
}

static void begin(struct run *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    r->seed = seed;
    r->adviser = (enum adviser)(seed % ADVISER_COUNT);
    chance_state = seed;
    if (seed % 2 == 0) {
        plan_build_staged(&r->plan);
    } else {
        plan_build_rings(&r->plan);
    }
    r->faults.is_calm = seed % 5 == 0;
    if (!one_in(4)) {
        shake_safety(&r->plan);
        if (!r->faults.is_calm) {
            shake_plan(&r->plan);
        }
    }
    if (r->adviser != ADVISER_NONE) {
        make_adaptive(&r->plan);
    }
    r->other = r->plan;
    r->other.plan_hash++;
    if (!r->faults.is_calm) {
        r->faults = (struct faults){ .lost_write = between(2, 400),
                                     .lost_read = between(2, 400),
                                     .slow = between(2, 1000),
                                     .stall = between(20, 4000),
                                     .reboot = between(2000, 20000),
                                     .local = between(2000, 20000),
                                     .lie = between(2000, 40000),
                                     .command = between(20, 2000),
                                     .stop = between(4000, 40000),
                                     .wall_step = between(500, 20000) };
        if (one_in(3)) { /* else the link is so bad that signals never run */
            r->faults.lost_write = 0;
            r->faults.lost_read = 0;
        }
    }
    r->traffic = between(10, 600);
    r->deadline.ms = between(1, 1000000);
    r->now = r->deadline;
    r->sent_at = r->now;
    r->late_ms = r->faults.is_calm ? 0 : between(0, 90);
    r->in.wall.ms = INT64_C(1700000000000);
    r->in.wall_is_synced = !one_in(5);
    r->in.utc_offset_s = 10800;
    junction_init(&r->junction, &r->plan, r->now);
    oracle_init(&r->oracle, &r->plan.safety,
                r->faults.is_calm ? GUARD_SLACK_TICKS * TICK_MS : ORACLE_NOT_JUDGED);
    cabinet_boot(&r->cabinet, &r->plan.safety);
}

static bool happens(int32_t one_in_ticks)
{
    return one_in_ticks > 0 && one_in(one_in_ticks);
}

static void upset_cabinet(struct run *r)
{
    struct cabinet *c = &r->cabinet;
    if (happens(r->faults.reboot)) {
        cabinet_boot(c, &r->plan.safety);
    }
    if (happens(r->faults.local)) {
        r->local_ticks = between(1, 600);
    }
    const bool was_local = c->is_local;
    c->is_local = r->local_ticks > 0;
    r->local_ticks -= c->is_local ? 1 : 0;
    if (was_local && !c->is_local) {
        cabinet_flash(c, &r->plan.safety);
    }
    if (happens(r->faults.lie)) {
        r->lie_ticks = between(1, 14);
    }
    if (c->is_latched && one_in(300)) {
        c->is_latched = false;
        c->reset_pressed = true;
    }
}

static void read_cabinet(struct run *r)
{
    struct cabinet *c = &r->cabinet;
    struct cabinet_view *v = &r->in.cabinet;
    v->is_fresh = !happens(r->faults.lost_read);
    if (!v->is_fresh) {
        return;
    }
    const bool monitor_holds = c->is_latched || (c->is_flashing && c->lease_is_free);
    v->is_present = true;
    /* Some time after the write of the last tick reached the lamps. */
    v->seen_at.ms = r->now.ms - between(0, (int32_t)(r->now.ms - r->sent_at.ms));
    v->epoch = c->epoch;
    v->seq = c->seq;
    v->boot_count = c->boot_count;
    v->site_id = (uint32_t)r->plan.safety.site_id;
    v->safety_hash = r->plan.safety_hash;
    v->flags = (c->lease_is_free ? CABINET_LEASE_FREE : 0) | (c->is_local ? CABINET_LOCAL : 0) |
               (monitor_holds ? CABINET_FLASHING : 0) | (c->is_latched ? CABINET_LATCHED : 0) |
               (c->reset_pressed ? CABINET_RESET_SEEN : 0);
    c->reset_pressed = false;
    memcpy(v->aspect, c->aspect, sizeof v->aspect);
    if (r->lie_ticks > 0) {
        r->lie_ticks--;
        v->aspect[between(0, r->plan.sg_count - 1)] = between(0, ASPECT_COUNT - 1);
    }
}

static void make_traffic(struct run *r)
{
    for (int32_t i = 0; i < r->plan.detector_count; i++) {
        struct detector_input *d = &r->in.detector[i];
        d->quality = INPUT_GOOD;
        if (d->is_occupied) {
            d->is_occupied = !one_in(10);
        } else if (one_in(r->traffic)) {
            d->is_occupied = true;
            d->edge_count++;
        }
        if (!r->faults.is_calm && one_in(20000)) {
            d->quality = INPUT_STALE;
        }
        if (r->adviser != ADVISER_NONE && r->plan.detector[i].type == DETECTOR_LOOP && i % 3 == 0) {
            d->has_zone = true; /* some are cameras that count */
            d->zone_vehicles = (uint8_t)(d->is_occupied ? between(1, 12) : 0);
            d->zone_queued = (uint8_t)between(0, d->zone_vehicles);
        }
    }
}

/* What a neighbour says may be anything that fits into its bytes. */
static void make_neighbours(struct run *r)
{
    r->in.neighbour_count = 0;
    if (r->adviser == ADVISER_NONE || !one_in(10)) {
        return;
    }
    r->in.neighbour_count = (uint32_t)between(1, NEIGHBOUR_PER_TICK_MAX);
    for (uint32_t i = 0; i < r->in.neighbour_count; i++) {
        struct neighbour_input *n = &r->in.neighbour[i];
        *n = (struct neighbour_input){ .direction = (uint8_t)between(0, one_in(20) ? 255 : 1),
                                       .sender = (uint8_t)between(0, one_in(20) ? 255 : 7),
                                       .ix = (uint8_t)between(0, one_in(20) ? 255 : 9),
                                       .room_vehicles = (uint8_t)between(0, 255),
                                       .age_ms = (uint16_t)between(0, UINT16_MAX),
                                       .travel_s = (uint16_t)between(0, one_in(9) ? 65535 : 60) };
        for (int32_t b = 0; b < NEIGHBOUR_BINS; b++) {
            n->bin_mveh[b] = (uint16_t)between(0, one_in(50) ? UINT16_MAX : 900);
        }
    }
}

/* Advice that nobody thought about, for a while each. */
static void go_mad(struct run *r)
{
    if (r->adviser != ADVISER_MADMAN) {
        return;
    }
    if (one_in(60)) {
        r->madness = (struct advice){ .is_valid = !one_in(10),
                                      .stage_ix = between(-3, one_in(10) ? 40 : 3),
                                      .phases = (phase_mask_t)chance(),
                                      .walks = (sg_mask_t)chance(),
                                      .age_ms = between(one_in(10) ? -500 : 0, 3500) };
        r->madness.phases &= one_in(2) ? (phase_mask_t)chance() : UINT8_MAX;
    }
    r->junction.optimiser.advice = r->madness;
}

static void make_commands(struct run *r)
{
    r->in.command_count = 0;
    if (!happens(r->faults.command)) {
        return;
    }
    r->in.command_count = 1;
    r->in.command[0] = (struct command){ .command_id = chance(),
                                         .kind = between(-1, COMMAND_KIND_COUNT),
                                         .target = between(-1, 14),
                                         .value = between(-1, 6),
                                         .duration_ms = between(-100, 120000) };
}

static void make_input(struct run *r)
{
    const bool stalls = happens(r->faults.stall);
    /* Deadlines are absolute: a late tick is followed by a short pause, never by a burst. */
    const int32_t step_ms = stalls ? between(100, 1500) / 100 * 100 : TICK_MS;
    r->deadline.ms += step_ms;
    const int64_t before_ms = r->now.ms;
    r->now.ms = r->deadline.ms + between(0, r->late_ms);
    r->in.wall.ms += r->now.ms - before_ms;
    if (happens(r->faults.wall_step)) {
        r->in.wall.ms += between(-4000000, 4000000);
    }
    r->in.scheduled_pattern_ix =
        one_in(3000) ? between(-1, r->plan.pattern_count) : r->in.scheduled_pattern_ix;
    if (happens(r->faults.stop)) {
        r->stop_ticks = between(1, 900);
    }
    r->in.is_stopping = r->stop_ticks > 0;
    r->stop_ticks -= r->in.is_stopping ? 1 : 0;
    if (!r->faults.is_calm && one_in(5000)) {
        const bool is_first = r->junction.plan == &r->plan;
        const enum status status =
            junction_offer_plan(&r->junction, is_first ? &r->other : &r->plan);
        if (status != STATUS_OK) {
            abort();
        }
    }
    upset_cabinet(r);
    read_cabinet(r);
    make_traffic(r);
    make_neighbours(r);
    make_commands(r);
    r->in.is_overloaded =
        !r->faults.is_calm && one_in(4000) ? !r->in.is_overloaded : r->in.is_overloaded;
    go_mad(r);
}

static const char *check_frame(struct run *r)
{
    static char text[200];
    const struct safety *s = &r->plan.safety;
    const bool is_held = r->junction.controller.lease.state == LEASE_HELD;
    const bool runs = r->junction.controller.mode.mode != MODE_FLASH &&
                      r->junction.controller.mode.mode != MODE_STARTUP;
    for (uint32_t i = 0; runs && i < (uint32_t)s->sg_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (safety_conflict(s, i, j) && r->out.aspect[i] != ASPECT_RED &&
                r->out.aspect[j] != ASPECT_RED) {
                (void)snprintf(text, sizeof text, "groups %u and %u conflict", i, j);
                return text;
            }
        }
    }
    const bool repeats = memcmp(r->out.aspect, r->before.aspect, sizeof r->out.aspect) == 0;
    if (!r->junction.controller.tick.advances && !repeats && !r->out.wants_flash) {
        return "lamps changed on a tick that was not confirmed";
    }
    if (!is_held && !r->out.wants_flash) {
        return "lamps without the lease";
    }
    for (uint32_t i = 0; i < r->events.count; i++) {
        const struct event *e = &r->events.event[i];
        r->greens += e->code == EVENT_ASPECT && e->detail == ASPECT_GREEN ? 1 : 0;
        r->flashes += e->code == EVENT_MODE && e->param == MODE_FLASH ? 1 : 0;
        if (e->code == EVENT_GUARD_TRIP) {
            (void)snprintf(text, sizeof text, "guard tripped: fault %u, groups %d and %d", e->param,
                           (int)(e->detail >> 8), (int)(e->detail & UINT8_MAX));
            return text;
        }
    }
    return r->events.dropped > 0 ? "events were dropped" : NULL;
}

/* Calm seeds only: whoever calls is green within ten minutes. */
static const char *check_service(struct run *r)
{
    static char text[80];
    const struct controller *c = &r->junction.controller;
    const bool serves =
        r->faults.is_calm && c->mode.mode == MODE_NORMAL && c->mode.strategy >= STRATEGY_FIXED;
    for (uint32_t ix = 0; ix < (uint32_t)r->plan.sg_count; ix++) {
        const bool waits = ((c->calls.vehicle | c->calls.ped) & bit32(ix)) != 0;
        r->waited[ix] = serves && waits ? r->waited[ix] + 1 : 0;
        if (r->waited[ix] > STARVED_TICKS) {
            (void)snprintf(text, sizeof text, "group %u starves", ix);
            return text;
        }
    }
    return NULL;
}

static bool is_told; /* one seed alone, in every detail */

static void look(const struct run *r)
{
    const struct controller *c = &r->junction.controller;
    printf("%9" PRId64 " mode %d/%d strategy %d stage %d ", r->now.ms, c->mode.mode,
           c->mode.startup, c->mode.strategy, c->stages.stage_ix);
    for (int32_t ix = 0; ix < r->plan.sg_count; ix++) {
        printf("%c", ".rRGgyYFcu"[r->out.aspect[ix]]);
    }
    printf(" calls %x %x lease %d %s\n", c->calls.vehicle, c->calls.ped, c->lease.state,
           c->tick.advances ? "" : "-");
}

/* What is written now and then arrives a tick late, and the one after it at once: a burst. */
static void send(struct run *r)
{
    struct cabinet *c = &r->cabinet;
    r->sent_at = r->now;
    if (c->has_under_way) {
        cabinet_hear(c, &r->plan.safety, &c->under_way);
        c->has_under_way = false;
    }
    if (!r->out.may_write || happens(r->faults.lost_write)) {
        return;
    }
    if (happens(r->faults.slow)) {
        c->under_way = r->out;
        c->has_under_way = true;
    } else {
        cabinet_hear(c, &r->plan.safety, &r->out);
    }
}

static const char *run_tick(struct run *r)
{
    make_input(r);
    r->before = r->out;
    event_list_clear(&r->events);
    junction_tick(&r->junction, &r->in, r->now, &r->out, &r->events);
    r->confirmed += r->junction.controller.tick.advances ? 1 : 0;
    const char *wrong = check_frame(r);
    cabinet_age(&r->cabinet, &r->plan.safety);
    send(r);
    if (r->cabinet.is_local) {
        oracle_forget(&r->oracle);
    } else {
        const char *broken =
            oracle_see(&r->oracle, r->now, r->cabinet.aspect, r->cabinet.is_flashing);
        wrong = wrong == NULL ? broken : wrong;
    }
    return wrong == NULL ? check_service(r) : wrong;
}

static bool run_seed(struct run *r, uint64_t seed)
{
    begin(r, seed);
    for (int32_t i = 0; i < TICKS_PER_SEED; i++) {
        const char *wrong = run_tick(r);
        if (is_told && (wrong != NULL || r->events.count > 0)) {
            look(r);
        }
        if (wrong != NULL) {
            printf("# seed %" PRIu64 ", tick %d: %s\n# ", seed, (int)i, wrong);
            look(r);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct run r;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: prop_junction FIRST_SEED COUNT\n");
        return 2;
    }
    const uint64_t first = strtoull(argv[1], NULL, 10);
    const uint64_t count = strtoull(argv[2], NULL, 10);
    is_told = count == 0;
    if (is_told) {
        return run_seed(&r, first) ? 0 : 1;
    }
    int failed = 0;
    int64_t greens = 0;
    int64_t confirmed = 0;
    printf("1..%" PRIu64 "\n", count);
    for (uint64_t seed = first; seed < first + count; seed++) {
        const bool ok = run_seed(&r, seed);
        printf("%sok %" PRIu64 " - seed %" PRIu64 ": %" PRId64 " greens, %" PRId64
               " times to flash\n",
               ok ? "" : "not ", seed - first + 1, seed, r.greens, r.flashes);
        failed += ok ? 0 : 1;
        greens += r.greens;
        confirmed += r.confirmed;
    }
    printf("# %" PRId64 " confirmed ticks, %" PRId64 " greens\n", confirmed, greens);
    return failed > 0 || greens == 0;
}
