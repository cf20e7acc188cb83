#include "sumo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "null.h"
#include "oracle.h"
#include "schedule.h"
#include "sumo_mail.h"
#include "sumo_scenario.h"
#include "sumo_sense.h"

enum {
    FIRST_NOW_MS = 1000,
    HISTOGRAM_BINS = 20000, /* microseconds; the last holds what is longer */
    STEP_MS = 1000,
    REASON_BYTES = 256
};

/* A Monday, 2026-11-23T00:00Z: the civil time that a simulation of second 0 begins at. */
static const int64_t first_day_ms = 1795392000000;
static const int32_t day_ms = 86400000;

_Static_assert(SENSE_TICKS *TICK_MS == STEP_MS, "a step is ten ticks");

struct corner { /* one junction under SUMO */
    struct junction junction;
    struct null_cabinet cabinet;
    struct oracle oracle;
    struct sense sense;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    int32_t pattern_ix;    /* that runs the strategy; -1: it is commanded over the calendar's */
    int64_t wall_shift_ms; /* keeps the phase of its cycle and never crosses midnight */
    int64_t first_tick;    /* when its start-up begins */
    uint32_t watch_ix[DETECTOR_MAX];
    char letters[SUMO_LINK_MAX + 1];
    struct sumo_corner_totals totals;
};

struct sumo {
    struct sumo_config config;
    struct sumo_command command;
    struct traci *traci;
    struct corner *set;
    struct mail mail;
    int64_t ticks;      /* since start-up */
    int64_t warm_ticks; /* of them, before the scenario begins */
    int64_t begin_ms, time_ms, end_ms;
    bool is_warm;
    char error[TRACI_ERROR_BYTES];
    char objection[REASON_BYTES];
    struct traci_totals street;
    struct sumo_totals totals;
    uint32_t histogram[HISTOGRAM_BINS];
    int64_t began_ns;
};

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static mono_t mono_now(const struct sumo *s)
{
    return (mono_t){ .ms = FIRST_NOW_MS + s->ticks * TICK_MS };
}

/* Of the scenario; start-up lies before its beginning. */
static wall_t street_time(const struct sumo *s)
{
    const int64_t since_begin_ms = (s->ticks - s->warm_ticks) * TICK_MS;
    return (wall_t){ .ms = first_day_ms + s->begin_ms + since_begin_ms };
}

static int32_t find_pattern(const struct plan *p, int32_t strategy)
{
    for (int32_t i = 0; i < p->pattern_count; i++) {
        if (p->pattern[i].strategy == strategy) {
            return i;
        }
    }
    return -1;
}

/* Cycles are counted from midnight, as in a real controller, and a simulation may begin there: then
 * start-up would run in the phase of another day. The junction's clock is therefore moved to a time
 * of day with the same phase, early in a day. */
static int64_t choose_shift_ms(const struct plan *p, int32_t pattern_ix, int64_t begin_ms)
{
    const int64_t cycle_ms = pattern_ix >= 0 ? p->pattern[pattern_ix].cycle_ms : 0;
    if (cycle_ms <= 0) {
        return 0;
    }
    const int64_t warm_up_ms = (int64_t)SUMO_WARM_UP_S * STEP_MS;
    const int64_t cycles = (warm_up_ms + cycle_ms - 1) / cycle_ms + 1;
    return cycles * cycle_ms + begin_ms % cycle_ms - begin_ms;
}

static void make_sense(struct sumo *s, uint32_t j)
{
    struct corner *c = &s->set[j];
    const struct plan *p = s->config.plans[j];
    detector_mask_t exists = 0;
    detector_mask_t zones = 0;
    for (uint32_t i = 0; i < (uint32_t)p->detector_count; i++) {
        exists |= s->config.maps[j]->detector[i].lane_count > 0 ? bit64(i) : 0;
        zones |= p->detector[i].type == DETECTOR_CAMERA ? bit64(i) : 0;
    }
    const struct sense_options sense = { .seed = s->config.seed,
                                         .junction_ix = j,
                                         .is_noisy = s->config.sensor_noise,
                                         .failed_pct = s->config.failed_detectors_pct };
    sense_init(&c->sense, &sense, (uint32_t)p->detector_count, exists, zones);
    for (uint32_t i = 0; i < (uint32_t)p->detector_count; i++) {
        const struct sense_detector *d = &c->sense.detector[i];
        c->totals.detectors += d->exists ? 1 : 0;
        c->totals.dead_detectors += d->life != SENSE_ALIVE ? 1 : 0;
    }
    s->totals.dead_detectors += c->totals.dead_detectors;
}

/* At the junction's first tick. */
static void switch_on(struct sumo *s, uint32_t j)
{
    struct corner *c = &s->set[j];
    const struct plan *p = s->config.plans[j];
    c->in = (struct input_frame){ 0 };
    c->out = (struct output_frame){ 0 };
    const struct optimiser_settings settings = { .interval_s = s->config.decision_interval_s,
                                                 .hears_neighbours = s->config.neighbours };
    junction_init(&c->junction, p, mono_now(s));
    junction_set_optimiser(&c->junction, &settings);
    oracle_init(&c->oracle, &p->safety, GUARD_SLACK_TICKS * TICK_MS);
    null_cabinet_init(&c->cabinet, (uint32_t)p->safety.site_id, p->safety_hash,
                      p->safety.flash_aspect, p->sg_count);
    c->pattern_ix = find_pattern(p, s->config.strategy);
    c->wall_shift_ms = choose_shift_ms(p, c->pattern_ix, s->begin_ms);
}

static void gather(struct sumo *s, uint32_t j, int32_t tick)
{
    struct corner *c = &s->set[j];
    const struct plan *p = s->config.plans[j];
    c->in.wall = street_time(s);
    c->in.wall.ms += c->wall_shift_ms;
    c->in.wall_is_synced = true;
    c->in.command_count = 0;
    if (c->pattern_ix >= 0) {
        c->in.scheduled_pattern_ix = c->pattern_ix;
    } else if (tick == 0) {
        c->in.scheduled_pattern_ix = schedule_pattern(p, c->in.wall, 0);
        c->in.command_count = 1; /* renewed each second: it never ends while we run */
        c->in.command[0] = (struct command){ .command_id = 1,
                                             .kind = COMMAND_STRATEGY,
                                             .value = s->config.strategy,
                                             .duration_ms = day_ms };
    }
    sense_fill(&c->sense, tick, c->in.detector);
    mail_deliver(&s->mail, j, tick, &c->in);
}

static void object(struct sumo *s, struct corner *c, uint32_t j, const char *why)
{
    c->totals.objections++;
    s->totals.objections++;
    if (s->objection[0] == '\0') {
        (void)snprintf(s->objection, sizeof s->objection, "%s, second %.1f: %s",
                       s->config.plans[j]->junction_name,
                       (double)(street_time(s).ms - first_day_ms) / 1000, why);
    }
}

static void judge(struct sumo *s, struct corner *c, uint32_t j)
{
    const bool is_flash = !c->out.may_write || !c->out.heartbeat || c->out.wants_flash;
    const char *why = oracle_see(&c->oracle, mono_now(s), c->cabinet.aspect, is_flash);
    if (why == NULL && c->junction.guard.tripped != GUARD_PASS) {
        why = "the guard tripped";
    }
    if (why != NULL) {
        object(s, c, j, why);
    }
}

static void count_events(struct corner *c)
{
    for (uint32_t i = 0; i < c->events.count; i++) {
        c->totals.stage_changes += c->events.event[i].code == EVENT_STAGE ? 1 : 0;
        c->totals.greens += c->events.event[i].code == EVENT_GREEN_BEGIN ? 1 : 0;
    }
}

/* One tick of one junction; the nanoseconds that the controller itself took. */
static int64_t run_tick(struct sumo *s, uint32_t j, int32_t tick)
{
    struct corner *c = &s->set[j];
    gather(s, j, tick);
    event_list_clear(&c->events);
    const int64_t from_ns = now_ns();
    junction_tick(&c->junction, &c->in, mono_now(s), &c->out, &c->events);
    const int64_t took_ns = now_ns() - from_ns;
    null_cabinet_exchange(&c->cabinet, &c->out, mono_now(s), &c->in.cabinet);
    judge(s, c, j);
    if (s->is_warm) {
        count_events(c);
    }
    return took_ns;
}

/* The whole tick on which it was made, controller and guard included. */
static void count_decision(struct sumo *s, const struct decision *d, int64_t took_ns)
{
    const int64_t us = took_ns / 1000;
    s->totals.cut_decisions += d->was_cut ? 1 : 0;
    s->totals.nodes_max = max_i32(s->totals.nodes_max, d->nodes);
    s->histogram[us < HISTOGRAM_BINS - 1 ? us : HISTOGRAM_BINS - 1]++;
    s->totals.decisions++;
    s->totals.decision_max_us = us > s->totals.decision_max_us ? us : s->totals.decision_max_us;
}

static void exchange_mail(struct sumo *s)
{
    mail_clear(&s->mail);
    for (uint32_t j = 0; s->config.neighbours && j < s->config.junction_count; j++) {
        if (s->ticks > s->set[j].first_tick) {
            mail_post(&s->mail, j, &s->set[j].junction.optimiser, street_time(s));
        }
    }
}

/* Ten ticks of all junctions, side by side as on the street. */
static void run_second(struct sumo *s)
{
    int64_t took_ns = 0;
    for (int32_t tick = 0; tick < SENSE_TICKS; tick++) {
        for (uint32_t j = 0; j < s->config.junction_count; j++) {
            if (s->ticks == s->set[j].first_tick) {
                switch_on(s, j);
            }
            if (s->ticks < s->set[j].first_tick) {
                continue;
            }
            const struct decision *decision = &s->set[j].junction.optimiser.decision;
            const uint64_t number = decision->number;
            const int64_t tick_ns = run_tick(s, j, tick);
            took_ns += tick_ns;
            if (s->is_warm && decision->number != number) {
                count_decision(s, decision, tick_ns);
            }
        }
        s->ticks++;
    }
    exchange_mail(s);
    if (s->is_warm) {
        s->totals.controller_s += (double)took_ns / 1e9;
    }
}

static bool is_normal(const struct sumo *s, uint32_t j)
{
    return s->set[j].junction.controller.mode.mode == MODE_NORMAL;
}

static void run_start_up(struct sumo *s)
{
    s->ticks = 0;
    mail_init(&s->mail, s->config.plans, s->config.junction_count);
    while (s->ticks < s->warm_ticks) {
        run_second(s);
    }
}

/* A stage plan under fixed runs free from the end of start-up on; the programmes of a network are
 * in step with each other. How much earlier has this junction to be switched on to be in its place
 * of the cycle when the scenario begins? A second more, because SUMO shows the lamps a second after
 * they were decided. */
static int64_t ticks_too_late(const struct sumo *s, uint32_t j)
{
    const struct controller *c = &s->set[j].junction.controller;
    const struct plan *p = s->config.plans[j];
    if (!plan_is_staged(p) || c->mode.strategy != STRATEGY_FIXED || c->coord.cycle_ms <= 0 ||
        c->stages.step_ix < 0) {
        return 0;
    }
    const struct pattern *pattern = &p->pattern[c->pattern_ix];
    int64_t place_ms = c->stages.wanted_ms;
    for (int32_t k = pattern->coord_step_ix; k != c->stages.step_ix;
         k = (k + 1) % pattern->step_count) {
        place_ms += pattern->step[k].duration_ms;
    }
    const int64_t behind_ms = c->coord.target_ms + STEP_MS - place_ms;
    const int64_t cycle_ms = c->coord.cycle_ms;
    return ((behind_ms % cycle_ms + cycle_ms) % cycle_ms) / TICK_MS;
}

/* Start-up happens before the scenario begins, on an empty street: once to see where each junction
 * comes to be in its cycle, and once more so that all are in their places. */
static enum status warm_up(struct sumo *s)
{
    int64_t late[SUMO_JUNCTION_MAX] = { 0 };
    int64_t most = 0;
    s->warm_ticks = (int64_t)SUMO_WARM_UP_S * SENSE_TICKS;
    run_start_up(s);
    for (uint32_t j = 0; j < s->config.junction_count; j++) {
        late[j] = ticks_too_late(s, j);
        most = late[j] > most ? late[j] : most;
    }
    most = (most + SENSE_TICKS - 1) / SENSE_TICKS * SENSE_TICKS;
    for (uint32_t j = 0; j < s->config.junction_count; j++) {
        s->set[j].first_tick = most - late[j];
    }
    s->warm_ticks += most;
    run_start_up(s);
    for (uint32_t j = 0; j < s->config.junction_count; j++) {
        if (!is_normal(s, j)) {
            (void)snprintf(s->error, sizeof s->error, "%s: start-up takes more than %d s",
                           s->config.plans[j]->junction_name, SUMO_WARM_UP_S);
            return STATUS_INVALID;
        }
    }
    s->is_warm = true;
    return STATUS_OK;
}

static enum status tell_lamps(struct sumo *s)
{
    enum status status = STATUS_OK;
    for (uint32_t j = 0; j < s->config.junction_count && status == STATUS_OK; j++) {
        struct corner *c = &s->set[j];
        char letters[SUMO_LINK_MAX + 1];
        sumo_map_state(s->config.maps[j], c->cabinet.aspect, letters);
        if (strcmp(letters, c->letters) != 0) { /* it holds until it is told otherwise */
            memcpy(c->letters, letters, sizeof c->letters);
            status = traci_set_state(s->traci, s->config.maps[j]->light, letters);
        }
    }
    return status;
}

static bool is_box(const struct sumo *s, uint32_t j, uint32_t i)
{
    return (s->config.plans[j]->detector[i].roles & DETECTOR_BOX) != 0;
}

/* Detectors of the lanes of a box were asked for one after the other. */
static int32_t standing_inside(const struct sumo *s, uint32_t j, uint32_t i)
{
    int32_t sum = 0;
    for (int32_t k = 0; is_box(s, j, i) && k < s->config.maps[j]->detector[i].lane_count; k++) {
        sum += traci_reading(s->traci, s->set[j].watch_ix[i] + (uint32_t)k)->halted;
    }
    return sum;
}

static void take_readings(struct sumo *s)
{
    for (uint32_t j = 0; j < s->config.junction_count; j++) {
        struct corner *c = &s->set[j];
        for (uint32_t i = 0; i < c->sense.count; i++) {
            if (!c->sense.detector[i].exists) {
                continue;
            }
            const struct traci_reading inside = { .vehicles = standing_inside(s, j, i) };
            sense_take(&c->sense, i,
                       is_box(s, j, i) ? &inside : traci_reading(s->traci, c->watch_ix[i]));
        }
    }
}

static enum status watch_detectors(struct sumo *s, uint32_t j)
{
    char name[SUMO_DETECTOR_NAME_BYTES];
    struct corner *c = &s->set[j];
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < c->sense.count && status == STATUS_OK; i++) {
        const struct sense_detector *d = &c->sense.detector[i];
        if (!d->exists) {
            continue;
        }
        sumo_detector_name(name, j, i, 0);
        status = d->is_zone ? traci_watch_zone(s->traci, name, &c->watch_ix[i])
                            : traci_watch_loop(s->traci, name, &c->watch_ix[i]);
        const int32_t parts = is_box(s, j, i) ? s->config.maps[j]->detector[i].lane_count : 1;
        for (int32_t k = 1; k < parts && status == STATUS_OK; k++) {
            uint32_t next = 0;
            sumo_detector_name(name, j, i, k);
            status = traci_watch_zone(s->traci, name, &next);
        }
    }
    return status;
}

static enum status say_traci(struct sumo *s, enum status status)
{
    if (status != STATUS_OK) {
        (void)snprintf(s->error, sizeof s->error, "%s", traci_error(s->traci));
    }
    return status;
}

static enum status start(struct sumo *s)
{
    char path[SUMO_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/detectors.add.xml", s->config.out_dir);
    if (sumo_write_detectors(path, &s->config) != STATUS_OK) {
        (void)snprintf(s->error, sizeof s->error, "%.400s cannot be written", path);
        return STATUS_IO;
    }
    enum status status = sumo_command_make(&s->command, &s->config, path, s->error);
    if (status != STATUS_OK) {
        return status;
    }
    s->traci = traci_start(s->command.argument, s->error);
    if (s->traci == NULL) {
        return STATUS_IO;
    }
    s->begin_ms = traci_time_ms(s->traci);
    s->time_ms = s->begin_ms;
    s->end_ms = traci_end_ms(s->traci);
    for (uint32_t j = 0; j < s->config.junction_count && status == STATUS_OK; j++) {
        make_sense(s, j);
        status = say_traci(s, watch_detectors(s, j));
    }
    return status == STATUS_OK ? warm_up(s) : status;
}

struct sumo *sumo_create(const struct sumo_config *config, char error[TRACI_ERROR_BYTES])
{
    struct sumo *s = calloc(1, sizeof *s);
    (void)snprintf(error, TRACI_ERROR_BYTES, "out of memory");
    if (s == NULL) {
        return NULL;
    }
    s->config = *config;
    s->began_ns = now_ns();
    s->set = calloc(config->junction_count, sizeof *s->set);
    if (s->set == NULL || start(s) != STATUS_OK) {
        if (s->set != NULL) {
            (void)snprintf(error, TRACI_ERROR_BYTES, "%s", s->error);
        }
        sumo_destroy(s);
        return NULL;
    }
    return s;
}

static void count_below(struct sumo *s)
{
    for (uint32_t j = 0; j < s->config.junction_count; j++) {
        struct corner *c = &s->set[j];
        c->totals.below_s +=
            !is_normal(s, j) || c->junction.controller.mode.strategy != s->config.strategy ? 1 : 0;
    }
}

enum status sumo_step(struct sumo *s)
{
    const bool is_over = s->end_ms >= 0 ? s->time_ms >= s->end_ms
                                        : s->totals.simulated_s > 0 && s->street.expected == 0;
    if (is_over || s->traci == NULL) {
        return is_over ? STATUS_NOT_FOUND : STATUS_IO;
    }
    enum status status = tell_lamps(s);
    if (status == STATUS_OK) {
        status = traci_step(s->traci);
    }
    if (say_traci(s, status) != STATUS_OK) {
        return status;
    }
    if (traci_time_ms(s->traci) - s->time_ms != STEP_MS) {
        (void)snprintf(s->error, sizeof s->error, "a step of SUMO has to be one second");
        return STATUS_INVALID;
    }
    s->totals.simulated_s += (double)(traci_time_ms(s->traci) - s->time_ms) / 1000;
    s->time_ms = traci_time_ms(s->traci);
    s->street = traci_counts(s->traci);
    take_readings(s);
    run_second(s);
    count_below(s);
    return STATUS_OK;
}

void sumo_close(struct sumo *s)
{
    traci_stop(s->traci);
    s->traci = NULL;
    s->totals.wall_s = (double)(now_ns() - s->began_ns) / 1e9;
}

static int64_t percentile_us(const struct sumo *s, int32_t permille)
{
    const uint64_t rank = s->totals.decisions * (uint64_t)permille / 1000;
    uint64_t seen = 0;
    for (int32_t us = 0; us < HISTOGRAM_BINS; us++) {
        seen += s->histogram[us];
        if (seen > rank) {
            return us;
        }
    }
    return s->totals.decision_max_us;
}

struct sumo_totals sumo_totals(const struct sumo *s)
{
    struct sumo_totals t = s->totals;
    t.decision_p99_us = percentile_us(s, 990);
    t.messages = s->mail.sent;
    t.messages_lost = s->mail.lost;
    t.wall_s = s->traci != NULL ? (double)(now_ns() - s->began_ns) / 1e9 : t.wall_s;
    return t;
}

struct sumo_corner_totals sumo_corner_totals(const struct sumo *s, uint32_t junction_ix)
{
    REQUIRE(junction_ix < s->config.junction_count);
    struct sumo_corner_totals t = s->set[junction_ix].totals;
    t.messages = s->mail.box[junction_ix].taken;
    return t;
}

const struct junction *sumo_junction(const struct sumo *s, uint32_t junction_ix)
{
    REQUIRE(junction_ix < s->config.junction_count);
    return &s->set[junction_ix].junction;
}

const char *sumo_letters(const struct sumo *s, uint32_t junction_ix)
{
    REQUIRE(junction_ix < s->config.junction_count);
    return s->set[junction_ix].letters;
}

int64_t sumo_time_ms(const struct sumo *s)
{
    return s->time_ms;
}

struct traci_totals sumo_street(struct sumo *s)
{
    if (s->traci != NULL) {
        struct traci_totals now;
        s->street = traci_totals(s->traci, &now) == STATUS_OK ? now : s->street;
    }
    return s->street;
}

const char *sumo_tripinfo_path(const struct sumo *s)
{
    return s->command.tripinfo;
}

const char *sumo_error(const struct sumo *s)
{
    return s->error;
}

const char *sumo_objection(const struct sumo *s)
{
    return s->objection;
}

void sumo_destroy(struct sumo *s)
{
    if (s == NULL) {
        return;
    }
    sumo_close(s);
    free(s->set);
    free(s);
}
