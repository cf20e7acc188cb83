#include "events.h"

#include "moment.h"

void events_remember(struct events *e, uint64_t confirmed, const struct event_span *span,
                     uint32_t span_count)
{
    e->confirmed = confirmed;
    e->span_count = 0;
    for (uint32_t i = 0; i < span_count && i < EVENTS_SPAN_MAX; i++) {
        e->span[e->span_count++] = span[i];
    }
}

/* More outages than there is room for: the last two become one, with what lies between them. */
static void add_span(struct events *e, uint64_t after, uint64_t until)
{
    if (until <= after) {
        return;
    }
    if (e->span_count == EVENTS_SPAN_MAX) {
        e->span_count--;
        after = e->span[e->span_count].after;
    }
    e->span[e->span_count++] = (struct event_span){ .after = after, .until = until };
}

/* From here on live; what was missed goes to the spans. Nothing is known of the time before the
 * first confirmation. */
static void open_live(struct events *e)
{
    if (e->confirmed > 0) {
        add_span(e, e->confirmed, e->released);
    }
    e->confirmed = e->released > e->confirmed ? e->released : e->confirmed;
    e->sent = e->confirmed;
    e->count = 0;
    e->is_open = true;
    e->done_is_due = true;
    e->replayed = e->span_count > 0 ? e->span[0].after : 0;
    e->at = 0;
    spool_release(&e->spool);
}

void events_announce(struct events *e)
{
    e->is_open = false;
}

bool events_has_room(const struct events *e)
{
    return !e->is_open || e->count < EVENTS_PAGE;
}

void events_take(struct events *e, const struct wire_event *event, const struct events_moment *m)
{
    e->released = event->seq;
    if (!m->channel->is_wanted) { /* stopped by its listeners: not missed by them either */
        e->confirmed = m->is_primed ? event->seq : e->confirmed;
        e->is_open = false;
        return;
    }
    if (!e->is_open || event->seq <= e->sent) {
        return;
    }
    if (e->count == 0) {
        e->batch_at = m->now;
    }
    REQUIRE(e->count < EVENTS_PAGE); /* callers ask events_has_room */
    e->batch[e->count++] = *event;
}

void events_write_entry(const struct wire_event *e, bool is_past, const wall_t *next,
                        struct payload_writer *w)
{
    char text[MOMENT_BYTES];
    moment_write(e->wall, text);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, text);
    if (is_past) {
        payload_key(w, "next_ts");
        if (next != NULL) {
            moment_write(*next, text);
            payload_text(w, text);
        } else {
            payload_null(w);
        }
    }
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    payload_key(w, "code");
    payload_integer(w, e->event.code);
    payload_key(w, "param");
    payload_integer(w, e->event.param);
    if (e->event.detail != 0) {
        payload_key(w, "detail");
        payload_integer(w, e->event.detail);
    }
    channel_close_entry(w, e->seq);
}

static struct payload_writer *begin_message(struct outlet *o)
{
    struct payload_writer *w = outlet_begin(o);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    return w;
}

static void send_batch(struct events *e, const struct events_moment *m)
{
    const struct topic topic = channel_topic(m->channel, TOPIC_STATUS);
    struct payload_writer *w = begin_message(m->outlet);
    for (uint32_t i = 0; i < e->count; i++) {
        events_write_entry(&e->batch[i], false, NULL, w);
    }
    payload_close(w);
    payload_key(w, "after");
    payload_integer(w, (int64_t)e->sent);
    payload_close(w);
    if (outlet_send(m->outlet, &topic, (struct outlet_how){ .qos = 1 }) == STATUS_OK) {
        e->sent = e->batch[e->count - 1].seq;
        e->told += e->count;
        e->count = 0;
    }
}

/* Replay. */

static void end_span(struct events *e)
{
    for (uint32_t i = 1; i < e->span_count; i++) {
        e->span[i - 1] = e->span[i];
    }
    e->span_count--;
    e->replayed = e->span_count > 0 ? e->span[0].after : 0;
    spool_release(&e->spool);
    e->done_is_due = true;
}

/* The part of the slice that goes into one message. */
static void send_replay(struct events *e, const struct events_moment *m)
{
    const struct topic topic = channel_topic(m->channel, TOPIC_REPLAY);
    struct payload_writer *w = begin_message(m->outlet);
    uint64_t last = e->replayed;
    uint32_t at = e->at;
    uint32_t written = 0;
    for (; at < e->spool.count && written < EVENTS_PAGE; at++) {
        const struct wire_event *event = &e->spool.event[at];
        if (event->seq <= e->span[0].until) {
            const bool has_next = at + 1 < e->spool.count;
            events_write_entry(event, true, has_next ? &e->spool.event[at + 1].wall : NULL, w);
            last = event->seq;
            written++;
        } else {
            last = e->span[0].until;
        }
    }
    payload_close(w);
    payload_key(w, "after");
    payload_integer(w, (int64_t)e->replayed);
    payload_close(w);
    if (written == 0 ||
        outlet_send(m->outlet, &topic, (struct outlet_how){ .qos = 1 }) == STATUS_OK) {
        e->at = at;
        e->replayed = last;
        e->told_again += written;
    }
}

static void go_through(struct events *e, const struct events_moment *m)
{
    if (e->at < e->spool.count) {
        e->replay_at.ms = m->now.ms + EVENTS_REPLAY_MS;
        send_replay(e, m);
    }
    if (e->at < e->spool.count) {
        return;
    }
    if (e->spool.is_last) {
        e->replayed = e->span[0].until;
    }
    spool_release(&e->spool);
}

static void send_done(struct events *e, const struct events_moment *m)
{
    const struct topic topic = channel_topic(m->channel, TOPIC_REPLAY);
    struct payload_writer *w = begin_message(m->outlet);
    payload_close(w);
    payload_key(w, "done");
    payload_boolean(w, true);
    payload_close(w);
    e->done_is_due = outlet_send(m->outlet, &topic, (struct outlet_how){ .qos = 1 }) != STATUS_OK;
}

static void step_replay(struct events *e, const struct events_moment *m)
{
    if (m->now.ms < e->replay_at.ms || m->waiting > EVENTS_WAITING_MAX) {
        return;
    }
    if (e->span_count == 0) {
        if (e->done_is_due) {
            send_done(e, m);
        }
        return;
    }
    if (e->spool.state == SPOOL_FAILED) {
        spool_release(&e->spool); /* the journal cannot be read now: it is asked again */
        e->replay_at.ms = m->now.ms + SPOOL_WAIT_MS;
    } else if (e->replayed >= e->span[0].until) {
        /* All of it went out; when that is acknowledged, confirm() ends the span. */
        e->replay_at.ms = m->now.ms;
    } else if (e->spool.state == SPOOL_IDLE) {
        e->at = 0;
        spool_ask(&e->spool, e->replayed + 1, (wall_t){ .ms = m->wall.ms - EVENTS_REPLAY_BACK_MS });
    } else if (e->spool.state == SPOOL_HAS) {
        go_through(e, m);
    }
}

/* Nothing waits for an acknowledgement: whatever was handed over has arrived. */
static void confirm(struct events *e)
{
    e->confirmed = e->sent > e->confirmed ? e->sent : e->confirmed;
    if (e->span_count > 0 && e->replayed > e->span[0].after) {
        e->span[0].after = e->replayed;
    }
    if (e->span_count > 0 && e->span[0].after >= e->span[0].until) {
        end_span(e);
    }
}

void events_step(struct events *e, const struct events_moment *m)
{
    if (!m->is_up || !m->is_primed || !m->channel->is_wanted) {
        return;
    }
    if (m->waiting == 0 && e->is_open) {
        confirm(e);
    }
    if (!e->is_open) {
        open_live(e);
    }
    const bool is_due =
        e->count == EVENTS_PAGE ||
        (e->count > 0 && mono_since_ms(m->now, e->batch_at) >= m->channel->kind->batch_ms);
    if (is_due) {
        send_batch(e, m);
    }
    step_replay(e, m);
}
