#include "past.h"

#include <string.h>

static const enum channel_ix tally_channel[PAST_TALLIES] = { CHANNEL_COUNT_MINUTE,
                                                             CHANNEL_COUNT_QUARTER };

enum { SLICE_COUNT = 2 + HISTORY_JOBS };

void past_init(struct past *p, const struct plan *plan, const char *state_folder)
{
    memset(p, 0, sizeof *p);
    memory_init(&p->memory, state_folder, plan->node);
    for (size_t i = 0; i < PAST_TALLIES; i++) {
        tally_init(&p->tally[i], plan, channel_kinds[tally_channel[i]].window_ms);
    }
}

void past_announce(struct past *p)
{
    events_announce(&p->events);
    for (size_t i = 0; i < PAST_TALLIES; i++) {
        tally_announce(&p->tally[i]);
    }
}

/* The slices, those first that keep the present waiting. */
static struct spool *slice(struct past *p, size_t ix)
{
    if (ix == 0) {
        return &p->feed.spool;
    }
    return ix == 1 ? &p->events.spool : &p->history.job[ix - 2].spool;
}

void past_begin(struct past *p, mono_t now, wall_t wall)
{
    feed_begin(&p->feed, now, wall, PAST_BACK_MS);
}

void past_lose(struct past *p)
{
    feed_lose(&p->feed);
    for (size_t i = 1; i < SLICE_COUNT; i++) {
        spool_lose(slice(p, i));
    }
}

void past_hear(struct past *p, const struct wire_events *m, mono_t now)
{
    if (m->header.request == 0) {
        feed_hear(&p->feed, m, now);
        return;
    }
    for (size_t i = 0; i < SLICE_COUNT; i++) {
        if (spool_take(slice(p, i), m, now)) {
            return;
        }
    }
}

bool past_refuse(struct past *p, uint32_t request, mono_t now)
{
    bool was_ours = false;
    for (size_t i = 0; i < SLICE_COUNT && !was_ours; i++) {
        was_ours = spool_refuse(slice(p, i), request, now);
    }
    return was_ours;
}

bool past_is_asked(const struct past *p)
{
    bool is_asked = spool_is_asked(&p->feed.spool) || spool_is_asked(&p->events.spool);
    for (size_t i = 0; i < HISTORY_JOBS; i++) {
        is_asked = is_asked || spool_is_asked(&p->history.job[i].spool);
    }
    return is_asked;
}

bool past_ask(struct past *p, struct session *session, uint16_t junction_ix, mono_t now)
{
    bool is_asked = false;
    for (size_t i = 0; i < SLICE_COUNT && !is_asked; i++) {
        is_asked = spool_step(slice(p, i), session, junction_ix, now);
    }
    return is_asked;
}

static struct events_moment events_moment_of(const struct past *p, const struct past_moment *m,
                                             enum channel_ix ix)
{
    return (struct events_moment){ .channel = &m->channel[ix],
                                   .outlet = m->outlet,
                                   .is_up = m->is_up && channel_is_open(&m->channel[ix]),
                                   .is_primed = p->feed.is_primed,
                                   .waiting = m->waiting,
                                   .now = m->now,
                                   .wall = m->wall };
}

static struct history_moment history_moment_of(const struct past_moment *m)
{
    return (struct history_moment){ .outlet = m->outlet,
                                    .plan = m->plan,
                                    .tree = m->tree,
                                    .has_daemon = m->status != NULL,
                                    .waiting = m->waiting,
                                    .now = m->now };
}

void past_fetch(struct past *p, const struct past_moment *m, const struct channel *channel,
                const struct topic *topic, const struct mqtt_message *message)
{
    const struct history_moment hm = history_moment_of(m);
    history_take(&p->history, &hm, channel, topic, message);
}

static void hand_out(struct past *p, const struct past_moment *m)
{
    const struct events_moment em = events_moment_of(p, m, CHANNEL_EVENTS);
    for (int32_t i = 0; i < PAST_EVENTS_PER_STEP && events_has_room(&p->events); i++) {
        const struct wire_event *e = feed_next(&p->feed, m->now);
        if (e == NULL) {
            break;
        }
        events_take(&p->events, e, &em);
        for (size_t k = 0; k < PAST_TALLIES; k++) {
            tally_take(&p->tally[k], e);
        }
    }
    events_step(&p->events, &em);
}

static void step_tallies(struct past *p, const struct past_moment *m)
{
    for (size_t i = 0; i < PAST_TALLIES; i++) {
        const struct events_moment tm = events_moment_of(p, m, tally_channel[i]);
        struct tally *t = &p->tally[i];
        if (m->status != NULL) {
            t->counts.was_faulty |= m->status->detector_failed;
        }
        if (p->feed.state == FEED_LIVE && m->status != NULL) {
            tally_tick(t, (wall_t){ .ms = m->status->wall.ms - PAST_LATE_MS });
        }
        tally_step(t, &tm);
    }
}

void past_step(struct past *p, const struct past_moment *m)
{
    const struct history_moment hm = history_moment_of(m);
    if (!p->has_loaded) {
        const bool was_good = memory_load(&p->memory, m->world, m->tree, &p->events, m->alarms);
        (void)was_good; /* said in the log; there is nothing else to begin with */
        p->has_loaded = true;
    }
    hand_out(p, m);
    step_tallies(p, m);
    history_step(&p->history, &hm);
    memory_step(&p->memory, m->world, &p->events, m->alarms, m->now, false);
}

void past_stop(struct past *p, const struct past_moment *m)
{
    if (p->has_loaded) {
        memory_step(&p->memory, m->world, &p->events, m->alarms, m->now, true);
    }
}
