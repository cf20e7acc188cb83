#include "event_replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "hires_time.h"
#include "null.h"
#include "oracle.h"
#include "recorded.h"
#include "schedule.h"

enum { REASON_BYTES = 256, SCHEDULE_EVERY_TICKS = 10, FIRST_NOW_MS = 1000, NUMBER_MAX = 256 };

struct event_replay {
    struct event_replay_config config;
    struct junction junction;
    struct null_cabinet cabinet;
    struct oracle oracle;
    struct recorded recorded;
    struct recorded_event *event;
    size_t used, foreign;
    struct input_frame in;
    struct output_frame frame;
    struct event_list events;
    int64_t start_ms; /* on the log's clock */
    int64_t ticks;
    char reason[REASON_BYTES];
};

/* Detectors by the numbers of the log, 0 where there is none, else their index and one. */
struct channels {
    uint8_t loop[NUMBER_MAX], button[NUMBER_MAX];
};

static struct channels channels_of(const struct plan *p)
{
    struct channels c = { 0 };
    for (int32_t i = 0; i < p->detector_count; i++) {
        const bool is_button = p->detector[i].type == DETECTOR_BUTTON;
        (is_button ? c.button : c.loop)[p->detector[i].number % NUMBER_MAX] = (uint8_t)(i + 1);
    }
    return c;
}

static void take_events(struct event_replay *r)
{
    const struct channels c = channels_of(r->config.plan);
    const struct event_log *log = r->config.log;
    for (size_t i = 0; i < log->count; i++) {
        const struct log_event *e = &log->event[i];
        const bool is_loop = e->code == EVENT_DETECTOR_ON || e->code == EVENT_DETECTOR_OFF;
        const bool is_button =
            e->code == EVENT_PED_DETECTOR_ON || e->code == EVENT_PED_DETECTOR_OFF;
        if (!is_loop && !is_button) {
            continue;
        }
        const bool has_number = e->param >= 0 && e->param < NUMBER_MAX;
        const uint8_t found = has_number ? (is_button ? c.button : c.loop)[e->param] : 0;
        if (found == 0) {
            r->foreign++;
            continue;
        }
        r->event[r->used++] = (struct recorded_event){
            .t_ms = e->at_ms - r->start_ms,
            .detector_ix = (uint8_t)(found - 1),
            .on = e->code == EVENT_DETECTOR_ON || e->code == EVENT_PED_DETECTOR_ON,
        };
    }
}

static mono_t now_of(const struct event_replay *r)
{
    return (mono_t){ .ms = FIRST_NOW_MS + r->ticks * TICK_MS };
}

struct event_replay *event_replay_create(const struct event_replay_config *config)
{
    struct event_replay *r = calloc(1, sizeof *r);
    struct recorded_event *event = calloc(config->log->count + 1, sizeof *event);
    if (r == NULL || event == NULL) {
        free(r);
        free(event);
        return NULL;
    }
    const struct plan *p = config->plan;
    r->config = *config;
    r->event = event;
    r->start_ms = config->from_ms - config->lead_in_ms;
    take_events(r);
    const detector_mask_t present =
        p->detector_count < DETECTOR_MAX ? bit64((uint32_t)p->detector_count) - 1 : UINT64_MAX;
    recorded_init(&r->recorded, r->event, r->used, present);
    junction_init(&r->junction, p, now_of(r));
    oracle_init(&r->oracle, &p->safety, GUARD_SLACK_TICKS * TICK_MS);
    null_cabinet_init(&r->cabinet, (uint32_t)p->safety.site_id, p->safety_hash,
                      p->safety.flash_aspect, p->sg_count);
    return r;
}

void event_replay_destroy(struct event_replay *r)
{
    if (r != NULL) {
        free(r->event);
        free(r);
    }
}

static void gather(struct event_replay *r, int64_t t_ms)
{
    const int64_t utc_ms = r->config.is_utc ? 0 : (int64_t)r->config.utc_offset_s * 1000;
    r->in.wall.ms = r->start_ms + t_ms - utc_ms;
    r->in.utc_offset_s = r->config.utc_offset_s;
    r->in.wall_is_synced = true;
    if (r->ticks % SCHEDULE_EVERY_TICKS == 0) {
        r->in.scheduled_pattern_ix =
            schedule_pattern(r->config.plan, r->in.wall, r->in.utc_offset_s);
    }
    (void)recorded_play(&r->recorded, t_ms, r->in.detector);
}

static bool keep_events(struct event_replay *r, int64_t t_ms)
{
    if (r->config.out == NULL || t_ms < r->config.lead_in_ms) {
        return true;
    }
    bool fits = true;
    for (uint32_t i = 0; i < r->events.count; i++) {
        const struct event *e = &r->events.event[i];
        fits = fits && event_log_append(r->config.out, r->start_ms + t_ms, e->code, e->param);
    }
    return fits;
}

static const char *judge(struct event_replay *r)
{
    const struct output_frame *f = &r->frame;
    const bool is_flash = !f->may_write || !f->heartbeat || f->wants_flash;
    const char *why = oracle_see(&r->oracle, now_of(r), r->cabinet.aspect, is_flash);
    return why == NULL && r->junction.guard.tripped != GUARD_PASS ? "the guard tripped" : why;
}

enum event_replay_result event_replay_step(struct event_replay *r)
{
    const int64_t t_ms = r->ticks * TICK_MS;
    if (r->start_ms + t_ms >= r->config.until_ms) {
        return REPLAY_DONE;
    }
    gather(r, t_ms);
    event_list_clear(&r->events);
    junction_tick(&r->junction, &r->in, now_of(r), &r->frame, &r->events);
    null_cabinet_exchange(&r->cabinet, &r->frame, now_of(r), &r->in.cabinet);
    const char *why = judge(r);
    if (why != NULL) {
        char at[HIRES_TIME_BYTES];
        hires_time_text(r->start_ms + t_ms, r->config.is_utc, at);
        (void)snprintf(r->reason, sizeof r->reason, "%s: %s", at, why);
        return REPLAY_OBJECTION;
    }
    const bool is_kept = keep_events(r, t_ms);
    r->ticks++;
    return is_kept ? REPLAY_GOES_ON : REPLAY_NO_SPACE;
}

const char *event_replay_reason(const struct event_replay *r)
{
    return r->reason;
}

int64_t event_replay_ticks(const struct event_replay *r)
{
    return r->ticks;
}

size_t event_replay_used(const struct event_replay *r)
{
    return r->used;
}

size_t event_replay_foreign(const struct event_replay *r)
{
    return r->foreign;
}

const struct junction *event_replay_junction(const struct event_replay *r)
{
    return &r->junction;
}
