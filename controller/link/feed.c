#include "feed.h"

static void settle(struct feed *f, mono_t now)
{
    f->state = FEED_SETTLING;
    f->since = now;
    f->count = 0;
    f->has_missed = false;
    spool_release(&f->spool);
}

void feed_begin(struct feed *f, mono_t now, wall_t wall, int64_t back_ms)
{
    if (f->state != FEED_AWAY) {
        return;
    }
    if (!f->has_started) {
        f->has_started = true;
        f->start.ms = wall.ms - back_ms;
    }
    settle(f, now);
}

void feed_lose(struct feed *f)
{
    f->state = FEED_AWAY;
    f->count = 0;
    spool_release(&f->spool);
}

void feed_miss(struct feed *f)
{
    f->has_missed = true;
}

void feed_hear(struct feed *f, const struct wire_events *live, mono_t now)
{
    for (uint32_t i = 0; i < live->count && i < WIRE_EVENT_MAX && f->state != FEED_AWAY; i++) {
        if (f->count == FEED_RING) {
            f->has_missed = true;
            return;
        }
        const uint32_t place = (f->first + f->count) % FEED_RING;
        f->ring[place].event = live->event[i];
        f->ring[place].heard_at = now;
        f->count++;
    }
}

static const struct wire_event *next_live(struct feed *f, mono_t now)
{
    while (f->count > 0 && mono_since_ms(now, f->ring[f->first].heard_at) >= FEED_HOLD_MS) {
        const struct wire_event *e = &f->ring[f->first].event;
        f->first = (f->first + 1) % FEED_RING;
        f->count--;
        if (e->seq > f->last_seq) { /* the journal had it already */
            f->last_seq = e->seq;
            return e;
        }
    }
    return NULL;
}

static void ask(struct feed *f)
{
    f->at = 0;
    f->state = FEED_CATCHING;
    const wall_t anywhere = { .ms = 0 };
    spool_ask(&f->spool, f->last_seq > 0 ? f->last_seq + 1 : 0,
              f->last_seq > 0 ? anywhere : f->start);
}

const struct wire_event *feed_next(struct feed *f, mono_t now)
{
    if (f->state != FEED_AWAY && f->has_missed) {
        settle(f, now);
    }
    if (f->state == FEED_SETTLING && mono_since_ms(now, f->since) >= FEED_SETTLE_MS) {
        ask(f);
    }
    if (f->state == FEED_CATCHING && f->spool.state == SPOOL_FAILED) {
        settle(f, now); /* the journal cannot be read now */
    }
    if (f->state == FEED_CATCHING && f->spool.state == SPOOL_HAS) {
        while (f->at < f->spool.count) {
            const struct wire_event *e = &f->spool.event[f->at++];
            if (e->seq > f->last_seq) {
                f->last_seq = e->seq;
                return e;
            }
        }
        if (f->spool.is_last) {
            spool_release(&f->spool);
            f->state = FEED_LIVE;
            f->is_primed = true;
        } else {
            ask(f);
        }
    }
    return f->state == FEED_LIVE ? next_live(f, now) : NULL;
}
