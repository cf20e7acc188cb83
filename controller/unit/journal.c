#include "journal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "journal_queue.h"
#include "segment.h"

enum {
    BUFFER_BYTES = 65536,
    BATCH_MAX = 16 /* buffers in one step: the disk thread must come round to sync and to fetches */
};

/* A place in the chain of records. Kept twice, now and at the last sync, because a failed sync
 * takes back everything after the one before (Linux drops pages that it could not write and forgets
 * the error). */
struct position {
    uint32_t segment_ix;
    uint64_t end;  /* offset of the next record */
    uint64_t seq;  /* its number */
    uint64_t lost; /* numbers covered by gaps so far */
};

struct journal {
    struct journal_config config;
    struct journal_queue *queue;
    uint32_t segment_count; /* usable: less than configured if the disk had no room for all */
    bool has_position;
    bool is_failed;
    bool is_dirty;
    int handle; /* of the present segment, -1 none */
    struct position now, synced;
    uint64_t first_seq; /* of the present segment */
    uint64_t chain;     /* number after the last record of the buffer */
    wall_t last_at;
    uint32_t gap_reason; /* of the next gap */
    uint64_t base; /* first number of this run if the journal could not be opened at its start */
    mono_t retry_at, synced_at;
    uint64_t behind; /* queued records with numbers below the disk's */
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
    uint8_t payload[RECORD_PAYLOAD_MAX_BYTES];
    _Atomic bool seen_writing;
    _Atomic uint64_t seen_next, seen_synced, seen_lost;
};

/* Payloads. */

static void put_le(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)in[i] << (8 * i);
    }
    return value;
}

enum { EVENT_BYTES = 12, GAP_BYTES = 12, BOOT_BYTES = 24 };

uint64_t journal_put_event(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                           const struct event *event)
{
    uint8_t payload[EVENT_BYTES] = { 0 };
    put_le(payload, event->code, 2);
    put_le(payload + 2, event->param, 2);
    put_le(payload + 4, (uint32_t)event->detail, 4);
    const struct record r = { .payload_bytes = EVENT_BYTES,
                              .type = RECORD_EVENT,
                              .junction = junction_ix,
                              .at = at,
                              .payload = payload };
    return journal_put(queue, &r);
}

uint64_t journal_put_boot(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                          uint64_t boot_id, mono_t now, uint64_t plan_hash)
{
    uint8_t payload[BOOT_BYTES];
    put_le(payload, boot_id, 8);
    put_le(payload + 8, (uint64_t)now.ms, 8);
    put_le(payload + 16, plan_hash, 8);
    const struct record r = { .payload_bytes = BOOT_BYTES,
                              .type = RECORD_BOOT,
                              .junction = junction_ix,
                              .at = at,
                              .payload = payload };
    return journal_put(queue, &r);
}

bool journal_is_event(const struct record *r, struct event *event)
{
    if (r->type != RECORD_EVENT || r->payload_bytes != EVENT_BYTES) {
        return false;
    }
    *event = (struct event){ .code = (uint16_t)get_le(r->payload, 2),
                             .param = (uint16_t)get_le(r->payload + 2, 2),
                             .detail = (int32_t)(uint32_t)get_le(r->payload + 4, 4) };
    return true;
}

bool journal_is_gap(const struct record *r, uint64_t *count, uint32_t *reason)
{
    if (r->type != RECORD_GAP || r->payload_bytes != GAP_BYTES) {
        return false;
    }
    *count = get_le(r->payload, 8);
    *reason = (uint32_t)get_le(r->payload + 8, 4);
    return *count > 0;
}

bool journal_tells(const struct record *r, struct event *event)
{
    uint64_t count = 0;
    uint32_t reason = 0;
    if (journal_is_gap(r, &count, &reason)) {
        *event = (struct event){ .code = EVENT_JOURNAL_GAP,
                                 .param = (uint16_t)reason,
                                 .detail = count < INT32_MAX ? (int32_t)count : INT32_MAX };
        return true;
    }
    return journal_is_event(r, event);
}

bool journal_is_boot(const struct record *r, uint64_t *boot_id, mono_t *at, uint64_t *plan_hash)
{
    if (r->type != RECORD_BOOT || r->payload_bytes != BOOT_BYTES) {
        return false;
    }
    *boot_id = get_le(r->payload, 8);
    at->ms = (int64_t)get_le(r->payload + 8, 8);
    *plan_hash = get_le(r->payload + 16, 8);
    return true;
}

/* Life. */

enum status journal_create(const struct journal_config *config, struct journal_queue *queue,
                           struct journal **journal)
{
    char path[PATH_MAX_BYTES];
    if (config->segment_count < 2 || config->segment_count > JOURNAL_SEGMENT_MAX ||
        config->segment_bytes < JOURNAL_SEGMENT_MIN_BYTES ||
        !segment_path(config->folder, 0, path)) {
        return STATUS_INVALID;
    }
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL) {
        return STATUS_NO_SPACE;
    }
    j->config = *config;
    j->queue = queue;
    j->segment_count = config->segment_count;
    j->handle = -1;
    j->gap_reason = JOURNAL_GAP_QUEUE;
    *journal = j;
    return STATUS_OK;
}

static void close_handle(struct journal *j)
{
    if (j->handle >= 0) {
        j->config.world->file_close(j->config.world->self, j->handle);
        j->handle = -1;
    }
}

void journal_destroy(struct journal *journal)
{
    if (journal != NULL) {
        close_handle(journal);
        free(journal);
    }
}

static void show_state(struct journal *j)
{
    atomic_store_explicit(&j->seen_writing, !j->is_failed, memory_order_relaxed);
    atomic_store_explicit(&j->seen_next, j->now.seq, memory_order_relaxed);
    atomic_store_explicit(&j->seen_synced, j->synced.seq, memory_order_relaxed);
    atomic_store_explicit(&j->seen_lost, j->now.lost + j->behind, memory_order_relaxed);
}

void journal_state(const struct journal *journal, struct journal_state *state)
{
    *state = (struct journal_state){
        .is_writing = atomic_load_explicit(&journal->seen_writing, memory_order_relaxed),
        .next_seq = atomic_load_explicit(&journal->seen_next, memory_order_relaxed),
        .synced_seq = atomic_load_explicit(&journal->seen_synced, memory_order_relaxed),
        .lost = atomic_load_explicit(&journal->seen_lost, memory_order_relaxed),
    };
}

static const char *status_words(enum status status)
{
    switch (status) {
    case STATUS_NO_SPACE:
        return "no space left";
    case STATUS_NOT_FOUND:
        return "folder or file not found";
    case STATUS_REFUSED:
        return "not allowed";
    case STATUS_OK:
    case STATUS_AGAIN:
    case STATUS_INVALID:
    case STATUS_IO:
    case STATUS_TIMEOUT:
        break;
    }
    return "input/output error";
}

/* Said once for each failure, not for each try. */
static enum status fail(struct journal *j, enum status why, const char *what, mono_t now)
{
    if (!j->is_failed) {
        char line[PATH_MAX_BYTES + 160];
        (void)snprintf(line, sizeof line, "journal: %s: cannot %s: %s; records are kept in memory",
                       j->config.folder, what, status_words(why));
        j->config.world->log(j->config.world->self, LOG_ERR, line);
    }
    j->is_failed = true;
    j->retry_at.ms = now.ms + JOURNAL_RETRY_MS;
    close_handle(j);
    show_state(j);
    return why;
}

/* Segments. */

static enum status open_segment(struct journal *j, uint32_t segment_ix)
{
    close_handle(j);
    char path[PATH_MAX_BYTES];
    if (!segment_path(j->config.folder, segment_ix, path)) {
        return STATUS_INVALID;
    }
    const struct world *w = j->config.world;
    const enum status opened = w->file_open(w->self, path, FILE_WRITE, &j->handle);
    if (opened != STATUS_OK) {
        j->handle = -1;
    }
    return opened;
}

static enum status begin_segment(struct journal *j, uint32_t segment_ix, uint64_t first_seq)
{
    enum status status = open_segment(j, segment_ix);
    const struct world *w = j->config.world;
    if (status == STATUS_OK) {
        status = w->file_reserve(w->self, j->handle, j->config.segment_bytes);
    }
    if (status == STATUS_OK) {
        const struct segment_header h = { .first_seq = first_seq,
                                          .at = j->last_at,
                                          .bytes = j->config.segment_bytes };
        uint8_t bytes[JOURNAL_HEADER_BYTES];
        segment_header_encode(&h, bytes);
        status = w->file_write(w->self, j->handle, 0, bytes, sizeof bytes);
    }
    if (status == STATUS_OK) {
        j->now.segment_ix = segment_ix;
        j->now.end = JOURNAL_HEADER_BYTES;
        j->now.seq = first_seq;
        j->first_seq = first_seq;
        j->is_dirty = true;
    }
    return status;
}

static bool read_header(struct journal *j, struct segment_header *h)
{
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    size_t size = 0;
    const struct world *w = j->config.world;
    return w->file_read(w->self, j->handle, 0, bytes, sizeof bytes, &size) == STATUS_OK &&
           size == sizeof bytes && segment_header_decode(bytes, h);
}

static uint64_t numbers_of(const struct record *r)
{
    uint64_t count = 1;
    uint32_t reason = 0;
    return journal_is_gap(r, &count, &reason) ? count : 1;
}

/* Follows the chain of the open segment to its end. last_type: of the last record, 0 if there is
 * none. */
static enum status find_end(struct journal *j, const struct segment_header *h, uint8_t *last_type)
{
    const struct world *w = j->config.world;
    j->now.end = JOURNAL_HEADER_BYTES;
    j->now.seq = j->first_seq = h->first_seq;
    j->last_at = h->at;
    *last_type = 0;
    for (bool goes_on = true; goes_on;) {
        size_t held = 0;
        const enum status status =
            w->file_read(w->self, j->handle, j->now.end, j->buffer, sizeof j->buffer, &held);
        if (status != STATUS_OK) {
            return status;
        }
        goes_on = false; /* unless at least one more record came */
        struct record r;
        size_t used = 0;
        for (size_t at = 0; record_decode(j->buffer + at, held - at, &r, &used) == STATUS_OK &&
                            r.seq == j->now.seq;
             at += used) {
            j->now.seq += numbers_of(&r);
            j->now.end += used;
            j->last_at = r.at;
            *last_type = r.type;
            goes_on = true;
        }
    }
    return STATUS_OK;
}

/* Makes all segments exist with their full size and finds the newest. *newest: segment_count if
 * none. */
static enum status survey(struct journal *j, uint32_t *newest, struct segment_header *newest_header)
{
    const struct world *w = j->config.world;
    j->segment_count = j->config.segment_count;
    *newest = j->segment_count;
    for (uint32_t i = 0; i < j->segment_count; i++) {
        enum status status = open_segment(j, i);
        if (status == STATUS_OK) {
            status = w->file_reserve(w->self, j->handle, j->config.segment_bytes);
        }
        if (status == STATUS_NO_SPACE && i >= 2) {
            j->segment_count = i;
            w->log(w->self, LOG_WARNING, "journal: no space for all segments; keeping fewer");
            break;
        }
        if (status != STATUS_OK) {
            return status;
        }
        struct segment_header h;
        if (read_header(j, &h) &&
            (*newest == j->config.segment_count || h.first_seq > newest_header->first_seq)) {
            *newest = i;
            *newest_header = h;
        }
    }
    return STATUS_OK;
}

static void buffer_add(struct journal *j, const struct record *r)
{
    const size_t size = record_encode(r, j->buffer + j->used, sizeof j->buffer - j->used);
    REQUIRE(size > 0);
    j->used += size;
    j->chain = r->seq + numbers_of(r);
    j->last_at = r->at;
}

static void buffer_add_gap(struct journal *j, uint64_t count, uint32_t reason)
{
    uint8_t payload[GAP_BYTES];
    put_le(payload, count, 8);
    put_le(payload + 8, reason, 4);
    const struct record r = { .payload_bytes = GAP_BYTES,
                              .type = RECORD_GAP,
                              .junction = UINT16_MAX,
                              .at = j->last_at,
                              .seq = j->chain,
                              .payload = payload };
    buffer_add(j, &r);
}

/* Finds where the last run ended. Leaves the crash gap, if one is due, in the buffer. */
static enum status find_position(struct journal *j)
{
    uint32_t newest = 0;
    struct segment_header h = { 0 };
    j->used = 0;
    enum status status = survey(j, &newest, &h);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t last_type = RECORD_STOP; /* a new journal has no past to be careful of */
    if (newest == j->config.segment_count) {
        status = begin_segment(j, 0, 1);
    } else {
        status = open_segment(j, newest);
        if (status == STATUS_OK) {
            j->now.segment_ix = newest;
            status = find_end(j, &h, &last_type);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    j->chain = j->now.seq;
    j->synced = j->now;
    if (last_type != RECORD_STOP) {
        buffer_add_gap(j, JOURNAL_CRASH_SKIP, JOURNAL_GAP_CRASH);
    }
    return STATUS_OK;
}

/* The first position of this run. Records that were numbered before the disk could be read start a
 * segment of their own, because their numbers do not follow on those of the last run. */
static enum status take_position(struct journal *j)
{
    enum status status = find_position(j);
    if (status != STATUS_OK) {
        return status;
    }
    if (j->chain < j->base) {
        j->used = 0;
        status = begin_segment(j, (j->now.segment_ix + 1) % j->segment_count, j->base);
        if (status != STATUS_OK) {
            return status;
        }
        j->chain = j->base;
        j->synced = j->now;
    }
    journal_queue_set_floor(j->queue, j->chain);
    j->has_position = true;
    return STATUS_OK;
}

enum status journal_open(struct journal *journal, mono_t now)
{
    struct journal *j = journal;
    int32_t utc_offset_s = 0;
    bool is_synced = false;
    const struct world *w = j->config.world;
    j->last_at = w->now_wall(w->self, "UTC", &utc_offset_s, &is_synced);
    j->synced_at = now;
    const enum status status = take_position(j);
    if (status != STATUS_OK) {
        /* Above all numbers ever used, because fewer than 2^20 records are made in a second. */
        j->base = (uint64_t)(j->last_at.ms / 1000) << 20;
        journal_queue_set_floor(j->queue, j->base);
        return fail(j, status, "open it", now);
    }
    show_state(j);
    return STATUS_OK;
}

/* Writing. */

static enum status sync_now(struct journal *j, mono_t now)
{
    const struct world *w = j->config.world;
    const enum status status = w->file_sync(w->self, j->handle);
    if (status != STATUS_OK) {
        /* What was written since the last sync may or may not be there: it counts as lost. */
        j->now = j->synced;
        j->chain = j->now.seq;
        j->used = 0;
        j->gap_reason = JOURNAL_GAP_DISK;
        return fail(j, status, "sync", now);
    }
    j->synced = j->now;
    j->synced_at = now;
    j->is_dirty = false;
    return STATUS_OK;
}

/* A segment is on disk before the next one is begun. */
static enum status next_segment(struct journal *j, mono_t now)
{
    const enum status synced = j->is_dirty ? sync_now(j, now) : STATUS_OK;
    if (synced != STATUS_OK) {
        return synced;
    }
    const uint32_t next = (j->now.segment_ix + 1) % j->segment_count;
    const enum status begun = begin_segment(j, next, j->now.seq);
    return begun == STATUS_OK ? STATUS_OK : fail(j, begun, "begin a segment", now);
}

static enum status flush(struct journal *j, mono_t now)
{
    if (j->used == 0) {
        return STATUS_OK;
    }
    if (j->now.end + j->used > j->config.segment_bytes) {
        const enum status status = next_segment(j, now);
        if (status != STATUS_OK) {
            return status;
        }
    }
    const struct world *w = j->config.world;
    const enum status status = w->file_write(w->self, j->handle, j->now.end, j->buffer, j->used);
    if (status != STATUS_OK) {
        return fail(j, status, "write", now); /* the buffer is kept and written again */
    }
    j->now.end += j->used;
    j->now.seq = j->chain;
    j->used = 0;
    j->is_dirty = true;
    return STATUS_OK;
}

/* A buffer may not cross into the next segment. */
static size_t room_left(const struct journal *j)
{
    const uint64_t in_segment = j->config.segment_bytes - j->now.end;
    return in_segment < sizeof j->buffer ? (size_t)in_segment : sizeof j->buffer;
}

static void add_gap_before(struct journal *j, uint64_t seq)
{
    if (seq > j->chain) {
        const uint64_t count = seq - j->chain;
        buffer_add_gap(j, count, j->gap_reason);
        j->now.lost += count;
        j->gap_reason = JOURNAL_GAP_QUEUE;
    }
}

enum filled { FILLED_ALL, FILLED_BUFFER, FILLED_SEGMENT };

/* Encodes what is queued. A gap and its record go together, so room is asked for both. */
static enum filled fill(struct journal *j)
{
    const uint64_t promised = journal_queue_promised(j->queue);
    const size_t gap_bytes = RECORD_HEADER_BYTES + GAP_BYTES + RECORD_CRC_BYTES;
    struct record r;
    while (journal_queue_peek(j->queue, &r, j->payload)) {
        if (r.seq < j->chain) { /* numbered before the disk's own numbers were known */
            j->behind++;
            journal_queue_drop(j->queue);
            continue;
        }
        const size_t size = gap_bytes + RECORD_HEADER_BYTES + r.payload_bytes + RECORD_CRC_BYTES;
        if (j->used + size > room_left(j)) {
            return room_left(j) < sizeof j->buffer ? FILLED_SEGMENT : FILLED_BUFFER;
        }
        add_gap_before(j, r.seq);
        buffer_add(j, &r);
        journal_queue_drop(j->queue);
    }
    if (j->used + gap_bytes <= room_left(j)) {
        add_gap_before(j, promised);
    }
    return FILLED_ALL;
}

/* After a failure: the same segment again if it is still ours, else from a new beginning. */
static enum status recover(struct journal *j, mono_t now)
{
    if (!j->has_position) {
        const enum status found = take_position(j);
        return found == STATUS_OK ? STATUS_OK : fail(j, found, "open it", now);
    }
    enum status status = open_segment(j, j->now.segment_ix);
    struct segment_header h;
    if (status == STATUS_OK && (!read_header(j, &h) || h.first_seq != j->first_seq)) {
        status = begin_segment(j, j->now.segment_ix, j->now.seq);
    }
    return status == STATUS_OK ? STATUS_OK : fail(j, status, "open it again", now);
}

static bool is_ready(struct journal *j, mono_t now)
{
    return !j->is_failed || (now.ms >= j->retry_at.ms && recover(j, now) == STATUS_OK);
}

static void end_failure(struct journal *j)
{
    if (j->is_failed) {
        j->is_failed = false;
        j->config.world->log(j->config.world->self, LOG_NOTICE, "journal: writing again");
    }
}

bool journal_step(struct journal *journal, mono_t now)
{
    struct journal *j = journal;
    if (!is_ready(j, now)) {
        return false;
    }
    enum filled filled = FILLED_BUFFER;
    for (int32_t batch = 0; batch < BATCH_MAX && filled != FILLED_ALL; batch++) {
        filled = fill(j);
        if (flush(j, now) != STATUS_OK) {
            return false;
        }
        if (filled == FILLED_SEGMENT && next_segment(j, now) != STATUS_OK) {
            return false;
        }
    }
    const bool sync_is_due = mono_since_ms(now, j->synced_at) >= JOURNAL_SYNC_MS || j->is_failed;
    if (j->is_dirty && sync_is_due && sync_now(j, now) != STATUS_OK) {
        return false;
    }
    end_failure(j);
    show_state(j);
    return filled != FILLED_ALL;
}

void journal_close(struct journal *journal, mono_t now)
{
    struct journal *j = journal;
    int32_t utc_offset_s = 0;
    bool is_synced = false;
    const struct world *w = j->config.world;
    const struct record stop = { .type = RECORD_STOP,
                                 .junction = UINT16_MAX,
                                 .at = w->now_wall(w->self, "UTC", &utc_offset_s, &is_synced) };
    (void)journal_put(j->queue, &stop);
    j->retry_at = now; /* a failed disk gets its last chance */
    /* The queue is bounded and nobody fills it any more. */
    while (journal_step(j, now)) {
    }
    if (!j->is_failed && j->is_dirty) {
        (void)sync_now(j, now);
    }
    show_state(j);
    close_handle(j);
}
