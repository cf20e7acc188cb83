#include "channel.h"

#include "moment.h"

void channel_init(struct channel *c, const struct channel_kind *kind, void *self)
{
    *c = (struct channel){ .kind = kind, .self = self, .is_wanted = kind->starts_running };
    channel_announce(c);
}

void channel_announce(struct channel *c)
{
    c->state_is_due = true;
    c->full_is_due = true;
    c->clear_is_due = true;
}

void channel_start(struct channel *c, int32_t timeout_s, mono_t now)
{
    REQUIRE(timeout_s >= 0 && timeout_s <= CHANNEL_TIMEOUT_MAX_S);
    c->is_wanted = true;
    c->has_end = timeout_s > 0;
    c->end_at.ms = now.ms + (int64_t)timeout_s * 1000;
    c->state_is_due = true;
    c->full_is_due = true;
}

void channel_stop(struct channel *c)
{
    c->is_wanted = false;
    c->has_end = false;
    c->state_is_due = true;
    c->clear_is_due = true;
}

static struct topic topic_of(const struct channel *c, enum topic_type type)
{
    return (struct topic){ .type = type, .code = c->kind->code, .channel = c->kind->name };
}

void channel_step_state(struct channel *c, struct outlet *o, const struct channel_moment *m)
{
    if (c->has_end && m->now.ms >= c->end_at.ms) {
        channel_stop(c);
    }
    const bool is_shown = c->is_wanted && m->status != NULL;
    if (is_shown == c->is_shown && !c->state_is_due) {
        return;
    }
    const struct topic topic = topic_of(c, TOPIC_CHANNEL);
    struct payload_writer *w = outlet_begin(o);
    payload_open(w, BOX_MAP);
    payload_key(w, "state");
    payload_text(w, is_shown ? "running" : "stopped");
    payload_close(w);
    if (outlet_send(o, &topic, (struct outlet_how){ .qos = 1, .retain = true }) == STATUS_OK) {
        c->full_is_due = c->full_is_due || !c->is_shown;
        c->clear_is_due = c->clear_is_due || c->is_shown;
        c->is_shown = is_shown;
        c->state_is_due = false;
    }
}

static void publish(struct channel *c, struct outlet *o, const struct channel_moment *m,
                    bool is_full)
{
    const struct topic topic = topic_of(c, TOPIC_STATUS);
    struct payload_writer *w = outlet_begin(o);
    char at[MOMENT_BYTES];
    moment_write(m->status->wall, at);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, at);
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    const bool is_complete = c->kind->write(c->self, m->status, is_full, w);
    payload_close(w);
    payload_key(w, "seq");
    payload_integer(w, (int64_t)c->seq);
    payload_close(w);
    payload_close(w);
    payload_close(w);
    const struct outlet_how how = { .qos = c->kind->qos, .retain = is_complete };
    if (outlet_send(o, &topic, how) == STATUS_OK) {
        c->seq++;
        c->kind->remember(c->self, m->status);
        c->full_is_due = c->full_is_due && !is_full;
        c->event_at.ms = m->now.ms + c->kind->pause_ms;
    }
}

void channel_step_entries(struct channel *c, struct outlet *o, const struct channel_moment *m)
{
    if (c->state_is_due) {
        return; /* its state could not be said yet */
    }
    if (!c->is_shown) {
        const struct topic topic = topic_of(c, TOPIC_STATUS);
        c->clear_is_due = c->clear_is_due && outlet_clear(o, &topic) != STATUS_OK;
        return;
    }
    const int64_t window = m->status->wall.ms / c->kind->full_every_ms;
    if (window != c->window) {
        c->window = window;
        c->full_is_due = true;
    }
    if (c->full_is_due) {
        publish(c, o, m, true);
    } else if (m->now.ms >= c->event_at.ms && c->kind->has_changed(c->self, m->status)) {
        publish(c, o, m, false);
    }
}
