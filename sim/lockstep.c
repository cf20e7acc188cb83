#include "lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neighbours.h"
#include "null.h"
#include "oracle.h"
#include "schedule.h"

enum {
    REASON_BYTES = 256,
    SCHEDULE_EVERY_TICKS = 10,
    FIRST_NOW_MS = 1000,
    MESSAGES_MAX = LAYOUT_EXIT_MAX + LANE_MAX,
    MAILBOX_MAX = 64 /* of one junction: its lanes' neighbours speak once a second */
};

static const int32_t day_ms = 86400000;

struct corner { /* one junction in lockstep */
    struct junction junction;
    struct null_cabinet cabinet;
    struct oracle oracle;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    struct lockstep_phase phase[LOCKSTEP_PHASE_MAX];
    struct neighbour_input mail[MAILBOX_MAX]; /* not yet delivered, oldest first */
    uint32_t mail_count;
    uint64_t told; /* number of the decision whose messages are out */
    bool was_normal;
};

struct lockstep {
    struct lockstep_config config;
    struct microsim *street;
    struct corner *set;
    int32_t (*lamps)[SG_MAX];
    int64_t ticks;
    uint32_t refusals;
    struct microsim_totals forgotten;
    char reason[REASON_BYTES];
};

mono_t lockstep_now(const struct lockstep *l)
{
    return (mono_t){ .ms = FIRST_NOW_MS + l->ticks * TICK_MS };
}

static wall_t wall_now(const struct lockstep *l)
{
    return (wall_t){ .ms = l->config.start.ms + l->ticks * TICK_MS };
}

struct lockstep *lockstep_create(const struct lockstep_config *config, const char **why)
{
    struct lockstep *l = calloc(1, sizeof *l);
    *why = "out of memory";
    if (l == NULL) {
        return NULL;
    }
    l->config = *config;
    l->set = calloc(config->plan_count, sizeof *l->set);
    l->lamps = calloc(config->plan_count, sizeof *l->lamps);
    if (l->set != NULL && l->lamps != NULL) {
        l->street =
            microsim_create(config->plans, config->plan_count, config->demand, config->seed, why);
    }
    if (l->street == NULL) {
        lockstep_destroy(l);
        return NULL;
    }
    for (uint32_t j = 0; j < config->plan_count; j++) {
        const struct plan *p = config->plans[j];
        junction_init(&l->set[j].junction, p, lockstep_now(l));
        struct optimiser_settings settings = optimiser_settings_of(j);
        settings.interval_s = max_i32(1, config->decision_interval_s);
        settings.hears_neighbours = !config->is_deaf;
        junction_set_optimiser(&l->set[j].junction, &settings);
        oracle_init(&l->set[j].oracle, &p->safety, GUARD_SLACK_TICKS * TICK_MS);
        null_cabinet_init(&l->set[j].cabinet, (uint32_t)p->safety.site_id, p->safety_hash,
                          p->safety.flash_aspect, p->sg_count);
    }
    return l;
}

void lockstep_destroy(struct lockstep *l)
{
    if (l == NULL) {
        return;
    }
    microsim_destroy(l->street);
    free(l->set);
    free(l->lamps);
    free(l);
}

/* The strategy is commanded once, when the junction first runs normally. */
static void command_strategy(struct lockstep *l, struct corner *s)
{
    s->in.command_count = 0;
    const bool is_normal = s->junction.controller.mode.mode == MODE_NORMAL;
    if (l->config.strategy >= 0 && is_normal && !s->was_normal) {
        s->in.command_count = 1;
        s->in.command[0] = (struct command){ .command_id = 1,
                                             .kind = COMMAND_STRATEGY,
                                             .value = l->config.strategy,
                                             .duration_ms = day_ms };
    }
    s->was_normal = is_normal;
}

/* As many as a tick takes; the others wait, and are as much older. */
static void take_mail(struct corner *s)
{
    const uint32_t count =
        s->mail_count < NEIGHBOUR_PER_TICK_MAX ? s->mail_count : NEIGHBOUR_PER_TICK_MAX;
    memcpy(s->in.neighbour, s->mail, count * sizeof s->mail[0]);
    s->in.neighbour_count = count;
    s->mail_count -= count;
    memmove(s->mail, s->mail + count, s->mail_count * sizeof s->mail[0]);
    for (uint32_t i = 0; i < s->mail_count; i++) {
        s->mail[i].age_ms = (uint16_t)(s->mail[i].age_ms + TICK_MS);
    }
}

static void put_mail(struct corner *s, const struct plan *p, const struct neighbour_message *m,
                     wall_t wall)
{
    struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX];
    const uint32_t count = neighbours_resolve(p, m, wall, input);
    for (uint32_t i = 0; i < count && s->mail_count < MAILBOX_MAX; i++) {
        s->mail[s->mail_count++] = input[i];
    }
}

/* What a junction has decided goes to all others; who it concerns finds out there, as it does
 * behind a broker. */
static void tell_neighbours(struct lockstep *l, uint32_t j)
{
    struct corner *s = &l->set[j];
    const struct optimiser *o = &s->junction.optimiser;
    if (l->config.plan_count < 2 || o->decision.number == s->told) {
        return;
    }
    s->told = o->decision.number;
    struct neighbour_message message[MESSAGES_MAX];
    const uint32_t count =
        optimiser_messages(o, l->config.plans[j], wall_now(l), message, MESSAGES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < l->config.plan_count; k++) {
            if (k != j) {
                put_mail(&l->set[k], l->config.plans[k], &message[i], wall_now(l));
            }
        }
    }
}

static void gather(struct lockstep *l, uint32_t j)
{
    struct corner *s = &l->set[j];
    const struct plan *p = l->config.plans[j];
    s->in.wall = wall_now(l);
    s->in.utc_offset_s = l->config.utc_offset_s;
    s->in.wall_is_synced = true;
    if (l->ticks % SCHEDULE_EVERY_TICKS == 0) {
        s->in.scheduled_pattern_ix = schedule_pattern(p, s->in.wall, s->in.utc_offset_s);
    }
    microsim_detectors(l->street, j, s->in.detector);
    take_mail(s);
    command_strategy(l, s);
}

static void count_green(struct lockstep_phase *phase, int64_t now_ms, bool is_green)
{
    if (phase->is_green && !is_green) {
        phase->green_s += (double)(now_ms - phase->green_from_ms) / 1000;
    }
    if (!phase->is_green && is_green) {
        phase->greens++;
        phase->green_from_ms = now_ms;
    }
    phase->is_green = is_green;
}

static void count_event(struct lockstep *l, struct corner *s, const struct event *e)
{
    if (e->code == EVENT_COMMAND_RESULT && e->param != COMMAND_DONE &&
        e->param != COMMAND_ALREADY) {
        l->refusals++;
    }
    if (e->code > EVENT_WALK_BEGIN || e->param == 0 || e->param >= LOCKSTEP_PHASE_MAX) {
        return;
    }
    struct lockstep_phase *phase = &s->phase[e->param];
    phase->gap_outs += e->code == EVENT_GAP_OUT;
    phase->max_outs += e->code == EVENT_MAX_OUT;
    phase->force_offs += e->code == EVENT_FORCE_OFF;
    phase->walks += e->code == EVENT_WALK_BEGIN;
    if (e->code == EVENT_GREEN_BEGIN || e->code == EVENT_GREEN_END) {
        count_green(phase, lockstep_now(l).ms, e->code == EVENT_GREEN_BEGIN);
    }
}

static const char *judge(struct lockstep *l, uint32_t j)
{
    struct corner *s = &l->set[j];
    const bool is_flash = !s->out.may_write || !s->out.heartbeat || s->out.wants_flash;
    const char *why = oracle_see(&s->oracle, lockstep_now(l), s->cabinet.aspect, is_flash);
    if (why == NULL && s->junction.guard.tripped != GUARD_PASS) {
        why = "the guard tripped";
    }
    if (why == NULL) {
        return NULL;
    }
    (void)snprintf(l->reason, sizeof l->reason, "%s, second %.1f: %s",
                   l->config.plans[j]->junction_name, (double)l->ticks * TICK_MS / 1000, why);
    return l->reason;
}

const char *lockstep_step(struct lockstep *l)
{
    const char *why = NULL;
    for (uint32_t j = 0; j < l->config.plan_count; j++) {
        struct corner *s = &l->set[j];
        gather(l, j);
        event_list_clear(&s->events);
        junction_tick(&s->junction, &s->in, lockstep_now(l), &s->out, &s->events);
        null_cabinet_exchange(&s->cabinet, &s->out, lockstep_now(l), &s->in.cabinet);
        for (uint32_t i = 0; i < s->events.count; i++) {
            count_event(l, s, &s->events.event[i]);
        }
        tell_neighbours(l, j);
        memcpy(l->lamps[j], s->cabinet.aspect, sizeof l->lamps[j]);
        const char *objection = judge(l, j);
        why = why == NULL ? objection : why;
    }
    microsim_step(l->street, (const int32_t(*)[SG_MAX])l->lamps);
    l->ticks++;
    return why;
}

void lockstep_forget(struct lockstep *l)
{
    l->forgotten = microsim_totals(l->street);
    for (uint32_t j = 0; j < l->config.plan_count; j++) {
        for (uint32_t k = 0; k < LOCKSTEP_PHASE_MAX; k++) {
            struct lockstep_phase *phase = &l->set[j].phase[k];
            *phase = (struct lockstep_phase){ .is_green = phase->is_green,
                                              .green_from_ms = lockstep_now(l).ms };
        }
    }
}

struct microsim_totals lockstep_totals(const struct lockstep *l)
{
    struct microsim_totals t = microsim_totals(l->street);
    const struct microsim_totals *f = &l->forgotten;
    t.due -= f->due;
    t.arrived -= f->arrived;
    t.delay_s -= f->delay_s;
    t.stops -= f->stops;
    t.bus_delay_s -= f->bus_delay_s;
    t.buses -= f->buses;
    t.pedestrians -= f->pedestrians;
    t.pedestrian_delay_s -= f->pedestrian_delay_s;
    return t;
}

const struct microsim *lockstep_street(const struct lockstep *l)
{
    return l->street;
}

const struct lockstep_phase *lockstep_phase(const struct lockstep *l, uint32_t junction_ix,
                                            uint32_t phase_id)
{
    REQUIRE(junction_ix < l->config.plan_count && phase_id < LOCKSTEP_PHASE_MAX);
    return &l->set[junction_ix].phase[phase_id];
}

const struct event_list *lockstep_events(const struct lockstep *l, uint32_t junction_ix)
{
    REQUIRE(junction_ix < l->config.plan_count);
    return &l->set[junction_ix].events;
}

const struct junction *lockstep_junction(const struct lockstep *l, uint32_t junction_ix)
{
    REQUIRE(junction_ix < l->config.plan_count);
    return &l->set[junction_ix].junction;
}

uint32_t lockstep_refusals(const struct lockstep *l)
{
    return l->refusals;
}
