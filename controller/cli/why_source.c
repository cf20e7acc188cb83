#include "why_source.h"

#include <stdio.h>
#include <string.h>

#include "decision_record.h"

enum { PAGE_MS = 10000 };

/* From the daemon, page by page. */

static void take_decisions(const struct wire_decisions *m, why_take *take, void *self)
{
    for (uint32_t i = 0; i < m->count && i < WIRE_DECISION_MAX; i++) {
        const struct wire_decision *d = &m->decision[i];
        struct why_record r = { .at = d->wall, .is_decision = true };
        if (d->used <= sizeof d->packed && decision_decode(d->packed, d->used, &r.decision)) {
            take(self, &r);
        }
    }
}

static void take_events(const struct wire_events *m, why_take *take, void *self)
{
    for (uint32_t i = 0; i < m->count && i < WIRE_EVENT_MAX; i++) {
        const struct why_record r = { .at = m->event[i].wall, .event = m->event[i].event };
        take(self, &r);
    }
}

static enum status scan_daemon(struct why_source *s, const struct why_range *range, why_take *take,
                               void *self)
{
    const bool wants_decisions = range->what == WIRE_FETCH_DECISIONS;
    const enum wire_type wanted = wants_decisions ? WIRE_DECISIONS : WIRE_EVENTS;
    struct wire_fetch question;
    memset(&question, 0, sizeof question);
    question.what = (uint32_t)range->what;
    question.from = range->from;
    question.until = range->until;
    question.last = range->last;
    wire_head(&question.header, WIRE_FETCH, sizeof question, 0);
    question.header.junction_ix = s->junction_ix;
    union client_message m;
    enum status status = client_ask(s->client, &question.header, wanted, &m, PAGE_MS);
    while (status == STATUS_OK) { /* ends: the last page says that nothing follows */
        if (m.header.type == (uint16_t)wanted && m.header.request == question.header.request) {
            if (wants_decisions) {
                take_decisions(&m.decisions, take, self);
            } else {
                take_events(&m.events, take, self);
            }
            if ((wants_decisions ? m.decisions.more : m.events.more) == 0) {
                return STATUS_OK;
            }
        }
        status = client_receive(s->client, &m, PAGE_MS);
    }
    (void)snprintf(s->text, sizeof s->text, "%s", s->client->text);
    return status;
}

/* From a folder. */

static void take_record(const struct why_source *s, const struct why_range *range,
                        const struct record *r, why_take *take, void *self)
{
    struct why_record found = { .at = r->at };
    if (r->junction != s->junction_ix) {
        return;
    }
    if (range->what == WIRE_FETCH_DECISIONS) {
        found.is_decision = true;
        if (journal_is_decision(r, &found.decision)) {
            take(self, &found);
        }
    } else if (journal_tells(r, &found.event)) {
        take(self, &found);
    }
}

static enum status scan_folder(struct why_source *s, const struct why_range *range, why_take *take,
                               void *self)
{
    enum status status = journal_reader_open(s->reader, s->world, s->folder);
    if (status == STATUS_OK) {
        status = journal_reader_seek_time(s->reader, range->from);
        for (bool goes_on = status == STATUS_OK; goes_on;) {
            struct record r;
            status = journal_reader_next(s->reader, &r);
            goes_on = status == STATUS_OK && r.at.ms <= range->until.ms;
            if (goes_on) {
                take_record(s, range, &r, take, self);
            }
        }
        journal_reader_close(s->reader);
    }
    if (status == STATUS_OK || status == STATUS_AGAIN) {
        return STATUS_OK;
    }
    (void)snprintf(s->text, sizeof s->text, "%.200s: %s", s->folder,
                   status == STATUS_NOT_FOUND ? "no journal there" : "cannot be read");
    return status;
}

enum status why_source_scan(struct why_source *s, const struct why_range *range, why_take *take,
                            void *self)
{
    return s->client != NULL ? scan_daemon(s, range, take, self)
                             : scan_folder(s, range, take, self);
}
