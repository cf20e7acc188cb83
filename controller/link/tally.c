#include "tally.h"

#include <string.h>

#include "moment.h"

void tally_init(struct tally *t, const struct plan *plan, int32_t window_ms)
{
    memset(t, 0, sizeof *t);
    counts_init(&t->counts, plan, window_ms);
    t->sent = -1;
    t->confirmed = -1;
}

void tally_announce(struct tally *t)
{
    t->is_open = false;
}

static void keep(struct tally *t, const struct counted *window)
{
    if (t->count == TALLY_WINDOWS) {
        t->first = (t->first + 1) % TALLY_WINDOWS;
        t->count--;
    }
    t->window[(t->first + t->count) % TALLY_WINDOWS] = *window;
    t->count++;
}

static void close_until(struct tally *t, wall_t at)
{
    struct counted window;
    bool is_whole = false;
    while (counts_close(&t->counts, at, &window, &is_whole)) { /* ends: it reaches the present */
        if (is_whole) {
            keep(t, &window);
        }
    }
}

void tally_take(struct tally *t, const struct wire_event *e)
{
    if (counts_breaks(e)) {
        counts_break(&t->counts, e->wall);
    }
    close_until(t, e->wall);
    counts_add(&t->counts, e);
}

void tally_tick(struct tally *t, wall_t wall)
{
    close_until(t, wall);
}

void tally_write_entry(const struct counts *c, const struct counted *window, bool is_past,
                       struct payload_writer *w)
{
    char text[MOMENT_BYTES];
    moment_write(counts_end(c, window->number), text);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, text);
    if (is_past) {
        moment_write(counts_end(c, window->number + 1), text);
        payload_key(w, "next_ts");
        payload_text(w, text);
    }
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    counts_write(c, window, w);
    channel_close_entry(w, (uint64_t)window->number);
}

static bool publish(const struct tally *t, const struct events_moment *m,
                    const struct counted *window, enum topic_type type, bool is_done)
{
    const struct topic topic = channel_topic(m->channel, type);
    struct payload_writer *w = outlet_begin(m->outlet);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    if (window != NULL) {
        tally_write_entry(&t->counts, window, type == TOPIC_REPLAY, w);
    }
    payload_close(w);
    if (is_done) {
        payload_key(w, "done");
        payload_boolean(w, true);
    }
    payload_close(w);
    const struct outlet_how how = { .qos = 1, .retain = type == TOPIC_STATUS };
    return outlet_send(m->outlet, &topic, how) == STATUS_OK;
}

/* One message a step: the oldest that was not sent. */
void tally_step(struct tally *t, const struct events_moment *m)
{
    if (!m->is_up || !m->is_primed || !m->channel->is_wanted) {
        return;
    }
    if (!t->is_open) {
        t->is_open = true;
        t->done_is_due = true;
        t->sent = t->confirmed;
    } else if (m->waiting == 0) {
        t->confirmed = t->sent;
    }
    for (uint32_t i = 0; i < t->count && m->waiting <= EVENTS_WAITING_MAX; i++) {
        const struct counted *window = &t->window[(t->first + i) % TALLY_WINDOWS];
        if (window->number <= t->sent) {
            continue;
        }
        const bool is_newest = i + 1 == t->count;
        if (is_newest && t->done_is_due) {
            break; /* first the end of the replay is said */
        }
        if (publish(t, m, window, is_newest ? TOPIC_STATUS : TOPIC_REPLAY, false)) {
            t->sent = window->number;
        }
        return;
    }
    if (t->done_is_due && m->waiting <= EVENTS_WAITING_MAX) {
        t->done_is_due = !publish(t, m, NULL, TOPIC_REPLAY, true);
    }
}
