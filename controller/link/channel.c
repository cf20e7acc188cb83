#include "channel.h"

#include <stdio.h>
#include <string.h>

#include "moment.h"

void channel_init(struct channel *c, const struct channel_kind *kind)
{
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->is_wanted = kind->starts_running;
    channel_announce(c);
}

void channel_announce(struct channel *c)
{
    c->state_is_due = true;
    c->full_is_due = true;
    c->clear_is_due = true;
    c->has_batch = false; /* the full update that follows says it all */
}

void channel_start(struct channel *c, int32_t timeout_s, mono_t now)
{
    REQUIRE(timeout_s >= 0 && timeout_s <= CHANNEL_TIMEOUT_MAX_S);
    const int32_t time_s = timeout_s > 0 ? timeout_s : c->kind->prune_s;
    c->is_wanted = true;
    c->has_end = time_s > 0;
    c->end_at.ms = now.ms + (int64_t)time_s * 1000;
    c->state_is_due = true;
    c->full_is_due = true;
}

void channel_stop(struct channel *c)
{
    c->is_wanted = false;
    c->has_end = false;
    c->has_batch = false;
    c->state_is_due = true;
    c->clear_is_due = true;
}

struct topic channel_topic(const struct channel *c, enum topic_type type)
{
    return (struct topic){ .type = type, .code = c->kind->code, .channel = c->kind->name };
}

bool channel_is_open(const struct channel *c)
{
    return c->is_shown && !c->state_is_due;
}

void channel_open_entry(struct payload_writer *w, wall_t at)
{
    char text[MOMENT_BYTES];
    moment_write(at, text);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, text);
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
}

void channel_close_entry(struct payload_writer *w, uint64_t seq)
{
    payload_close(w);
    payload_key(w, "seq");
    payload_integer(w, (int64_t)seq);
    payload_close(w);
}

void channel_step_state(struct channel *c, struct outlet *o, const struct channel_moment *m)
{
    if (c->has_end && m->now.ms >= c->end_at.ms) {
        channel_stop(c);
    }
    const bool is_shown = c->is_wanted && m->view.status != NULL;
    if (is_shown == c->is_shown && !c->state_is_due) {
        return;
    }
    const struct topic topic = channel_topic(c, TOPIC_CHANNEL);
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

/* Values. */

static int32_t count_of(const struct attribute *a, const struct channel_view *v)
{
    return a->count != NULL ? a->count(v) : 1;
}

static int64_t value_of(const struct attribute *a, const struct channel_view *v, int32_t ix)
{
    if (a->form != FORM_TEXT) {
        return a->value(v, ix);
    }
    char text[ATTRIBUTE_TEXT_BYTES];
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    a->text(v, text);
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
    }
    return (int64_t)(hash >> 1);
}

static void write_value(const struct attribute *a, const struct channel_view *v, int32_t ix,
                        struct payload_writer *w)
{
    char text[ATTRIBUTE_TEXT_BYTES];
    switch (a->form) {
    case FORM_INTEGER:
        payload_integer(w, a->value(v, ix));
        return;
    case FORM_BOOLEAN:
        payload_boolean(w, a->value(v, ix) != 0);
        return;
    case FORM_LETTER:
        (void)snprintf(text, sizeof text, "%c", (char)a->value(v, ix));
        payload_text(w, text);
        return;
    case FORM_WORD:
        payload_text(w, a->word((int32_t)a->value(v, ix)));
        return;
    case FORM_TEXT:
        a->text(v, text);
        payload_text(w, text);
        return;
    }
}

static int32_t total_count(const struct channel *c, const struct channel_view *v)
{
    int32_t total = 0;
    for (int32_t i = 0; i < c->kind->attribute_count; i++) {
        total += count_of(&c->kind->attribute[i], v);
    }
    REQUIRE(total <= CHANNEL_VALUE_MAX); /* counts are bounded by limits.h */
    return total;
}

static bool has_changed(const struct channel *c, const struct channel_view *v)
{
    if (c->kind->version != NULL) {
        return c->kind->version(v) != c->last_version;
    }
    int32_t at = 0;
    bool has_changed = c->last_count != total_count(c, v);
    for (int32_t i = 0; i < c->kind->attribute_count && !has_changed; i++) {
        const struct attribute *a = &c->kind->attribute[i];
        const int32_t count = count_of(a, v);
        for (int32_t k = 0; k < count && !a->is_along; k++) {
            has_changed = has_changed || c->last[at + k] != value_of(a, v, k);
        }
        at += count;
    }
    return has_changed;
}

static void remember(struct channel *c, const struct channel_view *v)
{
    if (c->kind->version != NULL) {
        c->last_version = c->kind->version(v);
        return;
    }
    int32_t at = 0;
    c->last_count = total_count(c, v);
    for (int32_t i = 0; i < c->kind->attribute_count; i++) {
        const struct attribute *a = &c->kind->attribute[i];
        const int32_t count = count_of(a, v);
        for (int32_t k = 0; k < count; k++) {
            c->last[at++] = value_of(a, v, k);
        }
    }
}

/* last: NULL writes all of it. Returns how many values were written. */
static int32_t write_attribute(const struct attribute *a, const struct channel_view *v,
                               const int64_t *last, struct payload_writer *w)
{
    const int32_t count = count_of(a, v);
    int32_t written = 0;
    for (int32_t k = 0; k < count; k++) {
        char component[32];
        if (last != NULL && last[k] == value_of(a, v, k)) {
            continue;
        }
        if (written == 0) {
            payload_key(w, a->name);
        }
        if (written == 0 && a->component != NULL) {
            payload_open(w, BOX_MAP);
        }
        if (a->component != NULL) {
            (void)snprintf(component, sizeof component, "%s/%d", a->component, k + 1);
            payload_key(w, component);
        }
        write_value(a, v, k, w);
        written++;
    }
    if (a->component != NULL && written > 0) {
        payload_close(w);
    }
    return written;
}

/* True: every primary attribute is there, so the entry may be retained. */
static bool write_values(const struct channel *c, const struct channel_view *v, bool is_full,
                         struct payload_writer *w)
{
    if (c->kind->version != NULL) {
        c->kind->write(v, w);
        return true;
    }
    const bool is_whole = is_full || c->last_count != total_count(c, v);
    bool is_complete = true;
    int32_t at = 0;
    for (int32_t i = 0; i < c->kind->attribute_count; i++) {
        const struct attribute *a = &c->kind->attribute[i];
        const int64_t *last = is_whole || a->is_along || a->is_always ? NULL : &c->last[at];
        const int32_t count = count_of(a, v);
        is_complete = write_attribute(a, v, last, w) == count && is_complete;
        at += count;
    }
    return is_complete;
}

/* Entries. */

static bool send_batch(struct channel *c, struct outlet *o)
{
    struct payload_writer w = c->batch;
    payload_close(&w);
    payload_close(&w);
    const struct topic topic = channel_topic(c, TOPIC_STATUS);
    const struct outlet_how how = { .qos = c->kind->qos,
                                    .retain = c->batch_is_complete && !c->kind->is_never_retained };
    if (outlet_send_other(o, &topic, how, &w) != STATUS_OK) {
        return false;
    }
    c->has_batch = false;
    return true;
}

static void begin_batch(struct channel *c, const struct outlet *o, mono_t now)
{
    payload_begin(&c->batch, o->form, c->batch_bytes, sizeof c->batch_bytes);
    payload_open(&c->batch, BOX_MAP);
    payload_key(&c->batch, "entries");
    payload_open(&c->batch, BOX_ARRAY);
    c->has_batch = true;
    c->batch_at = now;
}

static void append(struct channel *c, struct payload_writer *w, const struct channel_moment *m,
                   bool is_full)
{
    channel_open_entry(w, m->view.status->wall);
    c->batch_is_complete = write_values(c, &m->view, is_full, w);
    channel_close_entry(w, c->seq);
}

static void told(struct channel *c, const struct channel_moment *m, bool is_full)
{
    c->seq++;
    remember(c, &m->view);
    c->full_is_due = c->full_is_due && !is_full;
    c->event_at.ms = m->now.ms + c->kind->pause_ms;
}

/* In the outlet's own room, which holds the largest. */
static void publish(struct channel *c, struct outlet *o, const struct channel_moment *m,
                    bool is_full)
{
    const struct topic topic = channel_topic(c, TOPIC_STATUS);
    struct payload_writer *w = outlet_begin(o);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    append(c, w, m, is_full);
    payload_close(w);
    payload_close(w);
    const struct outlet_how how = { .qos = c->kind->qos,
                                    .retain = c->batch_is_complete && !c->kind->is_never_retained };
    if (outlet_send(o, &topic, how) == STATUS_OK) {
        told(c, m, is_full);
    }
}

/* Entries wait for those that follow; a full update takes with it what waits. */
static void step_batch(struct channel *c, struct outlet *o, const struct channel_moment *m)
{
    const bool is_event =
        m->now.ms >= c->event_at.ms && !c->full_is_due && has_changed(c, &m->view);
    const bool is_tight =
        c->has_batch && c->batch.room - c->batch.used < (size_t)CHANNEL_ENTRY_BYTES;
    if (is_tight && !send_batch(c, o)) {
        return;
    }
    if (c->full_is_due || is_event) {
        const bool is_full = c->full_is_due;
        if (!c->has_batch) {
            begin_batch(c, o, m->now);
        }
        append(c, &c->batch, m, is_full);
        told(c, m, is_full);
        c->batch_at.ms -= is_full ? c->kind->batch_ms : 0;
    }
    if (c->has_batch && mono_since_ms(m->now, c->batch_at) >= c->kind->batch_ms) {
        const bool was_sent = send_batch(c, o);
        (void)was_sent; /* the next step tries again */
    }
}

void channel_step_entries(struct channel *c, struct outlet *o, const struct channel_moment *m)
{
    if (c->state_is_due) {
        return; /* its state could not be said yet */
    }
    if (!c->is_shown) {
        const struct topic topic = channel_topic(c, TOPIC_STATUS);
        c->clear_is_due = c->clear_is_due && outlet_clear(o, &topic) != STATUS_OK;
        return;
    }
    if (c->kind->attribute == NULL && c->kind->version == NULL) {
        return;
    }
    if (c->kind->version != NULL && c->kind->version(&m->view) == 0) {
        return;
    }
    const int64_t window = m->view.status->wall.ms / c->kind->full_every_ms;
    if (window != c->window) {
        c->window = window;
        c->full_is_due = true;
    }
    if (c->kind->batch_ms > 0) {
        step_batch(c, o, m);
    } else if (c->full_is_due) {
        publish(c, o, m, true);
    } else if (m->now.ms >= c->event_at.ms && has_changed(c, &m->view)) {
        publish(c, o, m, false);
    }
}
