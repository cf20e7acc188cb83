#include "fetch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCH_RECORDS_PER_STEP = 20000 /* some milliseconds: the disk thread has a journal to write */
};

enum place_state {
    PLACE_FREE,  /* tick thread's */
    PLACE_ASKED, /* disk thread's: make pages */
    PLACE_READY, /* tick thread's: take the pages */
    PLACE_FAILED /* tick thread's: the journal cannot be read */
};

enum place_phase { PHASE_BEGIN, PHASE_COUNT, PHASE_READ };

struct place {
    _Atomic int32_t state; /* enum place_state: whose the rest is */
    _Atomic bool is_dropped;
    struct wire_fetch fetch;
    union fetch_page page[FETCH_PAGES];
    uint32_t page_count;
    bool is_last;   /* the last of these pages */
    uint32_t taken; /* tick thread's alone */
    /* Disk thread alone. */
    bool is_open;
    enum place_phase phase;
    uint32_t segments_back; /* "the last n": segments tried, from the newest */
    uint64_t matching;      /* events found in them */
    uint64_t to_skip;
    uint32_t left; /* of "the first n"; UINT32_MAX: all */
    struct journal_reader reader;
};

struct journal_desk {
    const struct world *world;
    char folder[PATH_MAX_BYTES];
    struct place place[FETCH_DESK_MAX];
};

enum status journal_desk_create(const struct world *world, const char *folder,
                                struct journal_desk **desk)
{
    if (strlen(folder) >= PATH_MAX_BYTES) {
        return STATUS_INVALID;
    }
    struct journal_desk *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return STATUS_NO_SPACE;
    }
    d->world = world;
    memcpy(d->folder, folder, strlen(folder) + 1);
    *desk = d;
    return STATUS_OK;
}

static void close_reader(struct place *p)
{
    if (p->is_open) {
        journal_reader_close(&p->reader);
        p->is_open = false;
    }
}

void journal_desk_destroy(struct journal_desk *desk)
{
    if (desk == NULL) {
        return;
    }
    for (uint32_t i = 0; i < FETCH_DESK_MAX; i++) {
        close_reader(&desk->place[i]);
    }
    free(desk);
}

enum status journal_desk_ask(struct journal_desk *desk, const struct wire_fetch *fetch,
                             uint32_t *place)
{
    for (uint32_t i = 0; i < FETCH_DESK_MAX; i++) {
        struct place *p = &desk->place[i];
        if (atomic_load_explicit(&p->state, memory_order_acquire) == PLACE_FREE) {
            p->fetch = *fetch;
            p->phase = PHASE_BEGIN;
            p->taken = 0;
            *place = i;
            atomic_store_explicit(&p->state, PLACE_ASKED, memory_order_release);
            return STATUS_OK;
        }
    }
    return STATUS_AGAIN;
}

enum status journal_desk_take(struct journal_desk *desk, uint32_t place, union fetch_page *page,
                              bool *is_last)
{
    REQUIRE(place < FETCH_DESK_MAX);
    struct place *p = &desk->place[place];
    const int32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
    if (state == PLACE_FAILED) {
        atomic_store_explicit(&p->state, PLACE_FREE, memory_order_release);
        return STATUS_IO;
    }
    if (state != PLACE_READY) {
        return STATUS_AGAIN;
    }
    *page = p->page[p->taken++];
    const bool is_empty = p->taken == p->page_count;
    *is_last = is_empty && p->is_last;
    if (is_empty) {
        p->taken = 0;
        const int32_t next = p->is_last ? PLACE_FREE : PLACE_ASKED;
        atomic_store_explicit(&p->state, next, memory_order_release);
    }
    return STATUS_OK;
}

void journal_desk_drop(struct journal_desk *desk, uint32_t place)
{
    REQUIRE(place < FETCH_DESK_MAX);
    atomic_store_explicit(&desk->place[place].is_dropped, true, memory_order_release);
}

/* Disk thread. */

static bool is_of_modes(const struct event *e)
{
    return e->code == EVENT_MODE || e->code == EVENT_STRATEGY || e->code == EVENT_JOURNAL_GAP;
}

static bool matches(const struct place *p, const struct record *r, struct event *event)
{
    const bool is_ours = r->junction == p->fetch.header.junction_ix ||
                         (p->fetch.what == WIRE_FETCH_WITH_PROCESS && r->junction == UINT16_MAX);
    if (!is_ours || r->at.ms < p->fetch.from.ms || r->seq < p->fetch.from_seq) {
        return false;
    }
    if (p->fetch.what == WIRE_FETCH_DECISIONS) {
        return r->type == RECORD_DECISION && r->payload_bytes <= WIRE_DECISION_BYTES;
    }
    return journal_tells(r, event) && (p->fetch.what != WIRE_FETCH_MODES || is_of_modes(event));
}

static bool is_past(const struct place *p, const struct record *r)
{
    return p->fetch.until.ms != 0 && r->at.ms > p->fetch.until.ms;
}

/* Of a journal in order of time the newest segments are enough for "the last n": one more, two
 * more, four more are tried until they hold n events. */
static enum status start_count(struct place *p)
{
    const uint32_t count = p->reader.segment_count;
    const uint32_t back = p->segments_back < count ? p->segments_back : count;
    p->matching = 0;
    p->phase = PHASE_COUNT;
    return journal_reader_seek(&p->reader, p->reader.segment[count - back].first_seq);
}

static enum status begin(struct place *p, const struct journal_desk *desk)
{
    close_reader(p);
    enum status status = journal_reader_open(&p->reader, desk->world, desk->folder);
    if (status != STATUS_OK) {
        return status;
    }
    p->is_open = true;
    p->to_skip = 0;
    p->left = p->fetch.first > 0 ? p->fetch.first : UINT32_MAX;
    if (p->fetch.last > 0) {
        p->segments_back = 1;
        return start_count(p);
    }
    p->phase = PHASE_READ;
    return p->fetch.from_seq > 0 ? journal_reader_seek(&p->reader, p->fetch.from_seq)
                                 : journal_reader_seek_time(&p->reader, p->fetch.from);
}

static enum status end_count(struct place *p)
{
    const uint32_t count = p->reader.segment_count;
    const bool is_older_wanted =
        p->segments_back < count &&
        p->reader.segment[count - p->segments_back].at.ms >= p->fetch.from.ms;
    if (p->matching < p->fetch.last && is_older_wanted) {
        p->segments_back *= 2;
        return start_count(p);
    }
    const uint32_t back = p->segments_back < count ? p->segments_back : count;
    p->to_skip = p->matching > p->fetch.last ? p->matching - p->fetch.last : 0;
    p->phase = PHASE_READ;
    return journal_reader_seek(&p->reader, p->reader.segment[count - back].first_seq);
}

static union fetch_page *page_of(struct place *p)
{
    return &p->page[p->page_count];
}

static void add_to_page(struct place *p, const struct record *r, const struct event *event)
{
    union fetch_page *page = page_of(p);
    if (p->to_skip > 0) {
        p->to_skip--;
        return;
    }
    p->left -= p->left != UINT32_MAX ? 1 : 0;
    if (p->fetch.what == WIRE_FETCH_DECISIONS) {
        struct wire_decision *d = &page->decisions.decision[page->decisions.count++];
        *d = (struct wire_decision){ .seq = r->seq, .wall = r->at, .used = r->payload_bytes };
        memcpy(d->packed, r->payload, r->payload_bytes);
        return;
    }
    page->events.event[page->events.count++] =
        (struct wire_event){ .seq = r->seq, .wall = r->at, .event = *event };
}

static void begin_page(struct place *p)
{
    union fetch_page *page = page_of(p);
    memset(page, 0, sizeof *page);
    if (p->fetch.what == WIRE_FETCH_DECISIONS) {
        wire_head(&page->header, WIRE_DECISIONS, sizeof page->decisions, p->fetch.header.request);
    } else {
        wire_head(&page->header, WIRE_EVENTS, sizeof page->events, p->fetch.header.request);
    }
    page->header.junction_ix = p->fetch.header.junction_ix;
}

static uint32_t held_by(struct place *p)
{
    const union fetch_page *page = page_of(p);
    return p->fetch.what == WIRE_FETCH_DECISIONS ? page->decisions.count : page->events.count;
}

/* Others follow it. */
static void end_page(struct place *p)
{
    if (p->fetch.what == WIRE_FETCH_DECISIONS) {
        page_of(p)->decisions.more = 1;
    } else {
        page_of(p)->events.more = 1;
    }
    p->page_count++;
}

static enum status end_last_page(struct place *p)
{
    p->page_count++;
    p->is_last = true;
    return STATUS_OK;
}

/* The next record. STATUS_AGAIN: there is none in the range. */
static enum status read_record(struct place *p, struct record *r)
{
    const enum status status = journal_reader_next(&p->reader, r);
    return status == STATUS_OK && is_past(p, r) ? STATUS_AGAIN : status;
}

/* STATUS_OK: pages are ready, the last has more 0. STATUS_AGAIN: this step's share is done. */
static enum status work(struct place *p)
{
    const uint32_t room =
        p->fetch.what == WIRE_FETCH_DECISIONS ? WIRE_DECISION_MAX : WIRE_EVENT_MAX;
    p->page_count = 0;
    p->is_last = false;
    begin_page(p);
    for (int32_t i = 0; i < FETCH_RECORDS_PER_STEP; i++) {
        struct record r;
        struct event event;
        enum status status = read_record(p, &r);
        if (status == STATUS_AGAIN && p->phase == PHASE_READ) {
            return end_last_page(p);
        }
        const bool is_read = status == STATUS_OK;
        status = status == STATUS_AGAIN ? end_count(p) : status;
        if (status != STATUS_OK) {
            return status;
        }
        if (is_read && matches(p, &r, &event)) {
            if (p->phase == PHASE_COUNT) {
                p->matching++;
            } else {
                add_to_page(p, &r, &event);
            }
        }
        if (p->left == 0) {
            return end_last_page(p);
        }
        if (held_by(p) == room) {
            end_page(p);
            if (p->page_count == FETCH_PAGES) {
                return STATUS_OK;
            }
            begin_page(p);
        }
    }
    if (held_by(p) > 0) {
        end_page(p);
    }
    return p->page_count > 0 ? STATUS_OK : STATUS_AGAIN;
}

static void step_place(struct journal_desk *desk, struct place *p)
{
    const int32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
    if (atomic_load_explicit(&p->is_dropped, memory_order_acquire)) {
        close_reader(p);
        atomic_store_explicit(&p->is_dropped, false, memory_order_relaxed);
        atomic_store_explicit(&p->state, PLACE_FREE, memory_order_release);
        return;
    }
    if (state != PLACE_ASKED) {
        return;
    }
    enum status status = p->phase == PHASE_BEGIN ? begin(p, desk) : STATUS_OK;
    if (status == STATUS_OK) {
        status = work(p);
    }
    if (status == STATUS_AGAIN) {
        return;
    }
    if (status != STATUS_OK || p->is_last) {
        close_reader(p);
    }
    atomic_store_explicit(&p->state, status == STATUS_OK ? PLACE_READY : PLACE_FAILED,
                          memory_order_release);
}

void journal_desk_step(struct journal_desk *desk)
{
    for (uint32_t i = 0; i < FETCH_DESK_MAX; i++) {
        step_place(desk, &desk->place[i]);
    }
}
