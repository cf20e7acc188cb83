#include "history.h"

#include <string.h>

#include "moment.h"
#include "reading.h"
#include "tally.h"

static struct payload_writer *begin_page(struct outlet *o, const struct outlet_asker *asker)
{
    struct payload_writer *w = outlet_begin_answer(o, asker);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    return w;
}

static bool end_page(struct outlet *o, const struct outlet_asker *asker, bool is_complete,
                     bool is_end, const char *reason)
{
    struct payload_writer *w = &o->writer;
    payload_close(w);
    payload_key(w, "complete");
    payload_boolean(w, is_complete);
    if (is_end) {
        payload_key(w, "end");
        payload_boolean(w, true);
    }
    if (reason != NULL) {
        payload_key(w, "reason");
        payload_text(w, reason);
    }
    payload_close(w);
    return outlet_answer(o, asker) == STATUS_OK;
}

static void refuse(struct history *h, const struct history_moment *m,
                   const struct outlet_asker *asker, const char *reason)
{
    (void)begin_page(m->outlet, asker);
    const bool was_sent = end_page(m->outlet, asker, true, false, reason);
    (void)was_sent; /* an asker that floods us hears less */
    h->refused++;
}

static bool take_bound(const struct value_tree *tree, const char *key, wall_t *wall)
{
    const struct value *value = value_get(tree, value_root(tree), key);
    const char *text = value_text(tree, value);
    return value == NULL || (text != NULL && moment_read(text, wall));
}

/* Journal events go as they are; counts are made of them anew, from the window before the first
 * wanted one on, whose events prove that the journal goes back so far. */
static void begin(struct history_job *j, const struct history_moment *m)
{
    wall_t from = j->from;
    const int32_t window_ms = j->channel->kind->window_ms;
    if (window_ms > 0) {
        counts_init(&j->counts, m->plan, window_ms);
        from.ms = (from.ms / window_ms - 1) * window_ms;
    }
    spool_ask(&j->spool, 0, from);
}

static const char *judge(const struct history_moment *m, const struct channel *channel,
                         const struct mqtt_message *message, struct history_job *out)
{
    if (channel == NULL) {
        return "no such channel";
    }
    if (channel->kind->attribute != NULL || channel->kind->version != NULL) {
        return "the journal keeps no past of this channel";
    }
    out->to.ms = INT64_MAX;
    if (message->payload_bytes > 0 &&
        (reading_take(message->payload, message->payload_bytes, m->tree) == NULL ||
         !take_bound(m->tree, "from", &out->from) || !take_bound(m->tree, "to", &out->to))) {
        return "from and to must be times like 2026-03-01T07:15:00Z";
    }
    if (!m->has_daemon) {
        return "the controller does not answer";
    }
    return NULL;
}

void history_take(struct history *h, const struct history_moment *m, const struct channel *channel,
                  const struct topic *topic, const struct mqtt_message *message)
{
    struct history_job *place = NULL;
    struct outlet_asker asker;
    h->taken++;
    outlet_find_asker(m->outlet, topic, message, &asker);
    for (size_t i = 0; i < HISTORY_JOBS && place == NULL; i++) {
        place = h->job[i].is_used ? NULL : &h->job[i];
    }
    if (place == NULL) {
        refuse(h, m, &asker, "too many fetches are under way, ask again");
        return;
    }
    memset(place, 0, sizeof *place);
    const char *reason = judge(m, channel, message, place);
    if (reason != NULL) {
        refuse(h, m, &asker, reason);
        return;
    }
    place->is_used = true;
    place->asker = asker;
    place->channel = channel;
    begin(place, m);
}

/* How many of the slice's events, from the present place on, go into one page: the last of a slice
 * waits for the next slice, which says what follows it. */
static uint32_t page_end(const struct history_job *j, bool *is_over)
{
    const struct spool *s = &j->spool;
    uint32_t until = j->at;
    *is_over = false;
    const uint32_t limit = s->is_last || s->count == 0 ? s->count : s->count - 1;
    while (until < limit && until - j->at < EVENTS_PAGE) {
        if (s->event[until].wall.ms >= j->to.ms) {
            *is_over = true;
            return until;
        }
        until++;
    }
    *is_over = (s->is_last && until == s->count) ||
               (until < s->count && s->event[until].wall.ms >= j->to.ms);
    return until;
}

static void step_events(struct history *h, struct history_job *j, const struct history_moment *m)
{
    const struct spool *s = &j->spool;
    bool is_over = false;
    const uint32_t until = page_end(j, &is_over);
    (void)begin_page(m->outlet, &j->asker);
    for (uint32_t i = j->at; i < until; i++) {
        events_write_entry(&s->event[i], true, i + 1 < s->count ? &s->event[i + 1].wall : NULL,
                           &m->outlet->writer);
    }
    const bool is_end = is_over && s->is_last && until == s->count;
    if (!end_page(m->outlet, &j->asker, is_over, is_end, NULL)) {
        return; /* the queue is full: the same page again */
    }
    h->told += until - j->at;
    j->at = until;
    j->is_used = !is_over;
    if (!is_over && !s->is_last && j->at + 1 >= s->count) {
        const uint64_t next = s->event[s->count - 1].seq;
        j->at = 0;
        spool_ask(&j->spool, next, (wall_t){ .ms = 0 });
    }
}

static bool is_wanted(const struct history_job *j, const struct counted *window)
{
    const int64_t end_ms = counts_end(&j->counts, window->number).ms;
    return end_ms >= j->from.ms && end_ms < j->to.ms;
}

/* Windows that end with these events, as many as go into one page. */
static uint32_t add_windows(struct history_job *j, struct payload_writer *w)
{
    struct counted window;
    bool is_whole = false;
    uint32_t written = 0;
    for (; j->at < j->spool.count && written < 4 && !j->is_at_end; j->at++) {
        const struct wire_event *e = &j->spool.event[j->at];
        if (counts_breaks(e)) {
            counts_break(&j->counts, e->wall);
        }
        while (counts_close(&j->counts, e->wall, &window, &is_whole)) { /* ends: at the event */
            if (is_whole && is_wanted(j, &window)) {
                tally_write_entry(&j->counts, &window, true, w);
                written++;
            }
        }
        counts_add(&j->counts, e);
        j->is_at_end = j->counts.number * j->counts.window_ms >= j->to.ms;
    }
    return written;
}

static void step_counts(struct history *h, struct history_job *j, const struct history_moment *m)
{
    const struct history_job before = *j;
    const uint32_t written = add_windows(j, begin_page(m->outlet, &j->asker));
    const bool is_through = j->at >= j->spool.count;
    const bool is_over = j->is_at_end || (is_through && j->spool.is_last);
    if ((written > 0 || is_over) && !end_page(m->outlet, &j->asker, is_over, false, NULL)) {
        *j = before;
        return;
    }
    h->told += written;
    j->is_used = !is_over;
    if (!is_over && is_through) {
        const uint64_t next = j->spool.event[j->spool.count - 1].seq + 1;
        j->at = 0;
        spool_ask(&j->spool, next, (wall_t){ .ms = 0 });
    }
}

static void step_job(struct history *h, struct history_job *j, const struct history_moment *m)
{
    if (m->now.ms < j->next_at.ms || m->waiting > EVENTS_WAITING_MAX) {
        return;
    }
    if (j->spool.state == SPOOL_FAILED || !m->has_daemon) {
        refuse(h, m, &j->asker, "the journal cannot be read");
        j->is_used = false;
        return;
    }
    if (j->spool.state != SPOOL_HAS) {
        return;
    }
    j->next_at.ms = m->now.ms + HISTORY_PAUSE_MS;
    if (j->channel->kind->window_ms > 0) {
        step_counts(h, j, m);
    } else {
        step_events(h, j, m);
    }
}

void history_step(struct history *h, const struct history_moment *m)
{
    for (size_t i = 0; i < HISTORY_JOBS; i++) {
        if (h->job[i].is_used) {
            step_job(h, &h->job[i], m);
        }
    }
}
