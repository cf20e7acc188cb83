#include "spool.h"

#include <string.h>

void spool_ask(struct spool *s, uint64_t from_seq, wall_t from)
{
    s->state = SPOOL_WANTS;
    s->from_seq = from_seq;
    s->from = from;
    s->count = 0;
    s->refused = 0;
    s->is_last = false;
    s->at.ms = 0;
}

void spool_release(struct spool *s)
{
    s->state = SPOOL_IDLE;
}

bool spool_is_asked(const struct spool *s)
{
    return s->state == SPOOL_ASKED;
}

bool spool_step(struct spool *s, struct session *session, uint16_t junction_ix, mono_t now)
{
    struct wire_fetch m;
    if (s->state == SPOOL_ASKED && mono_since_ms(now, s->at) >= SPOOL_WAIT_MS) {
        s->state = SPOOL_WANTS;
    }
    if (s->state != SPOOL_WANTS || now.ms < s->at.ms) {
        return s->state == SPOOL_ASKED;
    }
    memset(&m, 0, sizeof m);
    m.what = WIRE_FETCH_WITH_PROCESS;
    m.from_seq = s->from_seq;
    m.from = s->from;
    m.first = SPOOL_SLICE;
    wire_head(&m.header, WIRE_FETCH, sizeof m, 0);
    m.header.junction_ix = junction_ix;
    if (!session_send(session, &m.header)) {
        return false;
    }
    s->state = SPOOL_ASKED;
    s->request = m.header.request;
    s->count = 0;
    s->at = now;
    return true;
}

bool spool_take(struct spool *s, const struct wire_events *page, mono_t now)
{
    if (s->state != SPOOL_ASKED || page->header.request != s->request) {
        return false;
    }
    s->at = now;
    for (uint32_t i = 0; i < page->count && i < WIRE_EVENT_MAX && s->count < SPOOL_SLICE; i++) {
        s->event[s->count++] = page->event[i];
    }
    if (page->more == 0) {
        s->is_last = s->count < SPOOL_SLICE;
        s->state = SPOOL_HAS;
    }
    return true;
}

bool spool_refuse(struct spool *s, uint32_t request, mono_t now)
{
    if (s->state != SPOOL_ASKED || request != s->request) {
        return false;
    }
    s->refused++;
    s->state = s->refused < SPOOL_REFUSED_MAX ? SPOOL_WANTS : SPOOL_FAILED;
    s->at.ms = now.ms + SPOOL_PAUSE_MS;
    return true;
}

void spool_lose(struct spool *s)
{
    if (s->state == SPOOL_ASKED) {
        s->state = SPOOL_WANTS;
        s->at.ms = 0;
    }
}
