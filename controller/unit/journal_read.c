#include "journal_read.h"

#include <string.h>

#include "segment.h"

static void close_segment(struct journal_reader *r)
{
    if (r->is_open) {
        r->world->file_close(r->world->self, r->handle);
        r->is_open = false;
    }
    r->held = 0;
    r->used = 0;
}

static bool read_header(const struct journal_reader *r, uint32_t number, struct segment_header *h)
{
    char path[PATH_MAX_BYTES];
    int handle = -1;
    const struct world *w = r->world;
    if (!segment_path(r->folder, number, path) ||
        w->file_open(w->self, path, FILE_READ, &handle) != STATUS_OK) {
        return false;
    }
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    size_t size = 0;
    const enum status status = w->file_read(w->self, handle, 0, bytes, sizeof bytes, &size);
    w->file_close(w->self, handle);
    return status == STATUS_OK && size == sizeof bytes && segment_header_decode(bytes, h);
}

static void insert_segment(struct journal_reader *r, const struct journal_reader_segment *s)
{
    if (r->segment_count >= JOURNAL_SEGMENT_MAX) {
        return;
    }
    uint32_t ix = r->segment_count++;
    for (; ix > 0 && r->segment[ix - 1].first_seq > s->first_seq; ix--) {
        r->segment[ix] = r->segment[ix - 1];
    }
    r->segment[ix] = *s;
}

/* Lists the folder anew. Segments with a torn or foreign header are not part of the journal. */
static enum status survey(struct journal_reader *r)
{
    char name[PATH_MAX_BYTES];
    uint32_t cursor = 0;
    const struct world *w = r->world;
    r->segment_count = 0;
    enum status status = w->file_list(w->self, r->folder, &cursor, name, sizeof name);
    while (status == STATUS_OK) {
        struct journal_reader_segment s;
        struct segment_header h;
        if (segment_number(name, &s.number) && read_header(r, s.number, &h)) {
            s.first_seq = h.first_seq;
            s.at = h.at;
            insert_segment(r, &s);
        }
        status = w->file_list(w->self, r->folder, &cursor, name, sizeof name);
    }
    if (r->segment_count > 0) {
        return STATUS_OK;
    }
    return status == STATUS_NOT_FOUND ? STATUS_NOT_FOUND : STATUS_IO;
}

static enum status enter_segment(struct journal_reader *r, uint32_t segment_ix)
{
    close_segment(r);
    char path[PATH_MAX_BYTES];
    const struct world *w = r->world;
    if (!segment_path(r->folder, r->segment[segment_ix].number, path) ||
        w->file_open(w->self, path, FILE_READ, &r->handle) != STATUS_OK) {
        return STATUS_IO;
    }
    r->is_open = true;
    r->here = r->segment[segment_ix];
    r->offset = JOURNAL_HEADER_BYTES;
    r->next_seq = r->segment[segment_ix].first_seq;
    return STATUS_OK;
}

enum status journal_reader_open(struct journal_reader *r, const struct world *world,
                                const char *folder)
{
    memset(r, 0, sizeof *r);
    r->world = world;
    const size_t length = strlen(folder);
    if (length >= sizeof r->folder) {
        return STATUS_INVALID;
    }
    memcpy(r->folder, folder, length + 1);
    const enum status status = survey(r);
    return status == STATUS_OK ? enter_segment(r, 0) : status;
}

void journal_reader_close(struct journal_reader *r)
{
    close_segment(r);
}

static enum status read_more(struct journal_reader *r)
{
    const struct world *w = r->world;
    r->used = 0;
    r->held = 0;
    return w->file_read(w->self, r->handle, r->offset, r->buffer, sizeof r->buffer, &r->held);
}

static bool take_buffered(struct journal_reader *r, struct record *record)
{
    size_t size = 0;
    if (record_decode(r->buffer + r->used, r->held - r->used, record, &size) != STATUS_OK ||
        record->seq != r->next_seq) {
        return false;
    }
    uint64_t count = 1;
    uint32_t reason = 0;
    if (!journal_is_gap(record, &count, &reason)) {
        count = 1;
    }
    r->used += size;
    r->offset += size;
    r->next_seq += count;
    return true;
}

/* The next record of the open segment, from what is buffered or, failing that, from the file as it
 * is now. */
static enum status take_here(struct journal_reader *r, struct record *record)
{
    if (take_buffered(r, record)) {
        return STATUS_OK;
    }
    const enum status status = read_more(r);
    if (status != STATUS_OK) {
        return status;
    }
    return take_buffered(r, record) ? STATUS_OK : STATUS_AGAIN;
}

/* The chain has ended here. Another segment may go on; before we leave for it we look here once
 * more, because the writer may have filled this one after we looked and before it began the next.
 */
static enum status go_on(struct journal_reader *r, struct record *record)
{
    const uint64_t wanted = r->next_seq;
    const struct journal_reader_segment here = r->here;
    const enum status surveyed = survey(r);
    if (surveyed != STATUS_OK) {
        return surveyed == STATUS_NOT_FOUND ? STATUS_AGAIN : surveyed;
    }
    uint32_t next = 0;
    while (next < r->segment_count &&
           (r->segment[next].first_seq < wanted || r->segment[next].first_seq <= here.first_seq)) {
        next++;
    }
    if (next == r->segment_count) {
        return STATUS_AGAIN;
    }
    const enum status last_look = take_here(r, record);
    if (last_look != STATUS_AGAIN) {
        return last_look;
    }
    const enum status entered = enter_segment(r, next);
    if (entered != STATUS_OK) {
        return entered;
    }
    r->skipped += r->next_seq - wanted;
    return take_here(r, record);
}

static enum status next_record(struct journal_reader *r, struct record *record)
{
    enum status status = take_here(r, record);
    /* Bounded: each round enters a later segment; an empty one is passed over. */
    for (uint32_t round = 0; status == STATUS_AGAIN && round < JOURNAL_SEGMENT_MAX; round++) {
        const uint64_t before = r->next_seq;
        status = go_on(r, record);
        if (status == STATUS_AGAIN && r->next_seq == before) {
            break;
        }
    }
    return status;
}

enum status journal_reader_next(struct journal_reader *r, struct record *record)
{
    if (!r->is_open) {
        return STATUS_IO;
    }
    if (r->has_pending) {
        r->has_pending = false;
        *record = r->pending;
        return STATUS_OK;
    }
    return next_record(r, record);
}

static enum status start_again(struct journal_reader *r, uint32_t segment_ix)
{
    r->has_pending = false;
    r->skipped = 0;
    return enter_segment(r, segment_ix);
}

enum status journal_reader_seek(struct journal_reader *r, uint64_t seq)
{
    enum status status = survey(r);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t start = 0;
    while (start + 1 < r->segment_count && r->segment[start + 1].first_seq <= seq) {
        start++;
    }
    status = start_again(r, start);
    while (status == STATUS_OK && r->next_seq <= seq) {
        status = next_record(r, &r->pending);
        r->has_pending = status == STATUS_OK && r->next_seq > seq;
    }
    return status == STATUS_AGAIN ? STATUS_OK : status;
}

enum status journal_reader_seek_time(struct journal_reader *r, wall_t from)
{
    enum status status = survey(r);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t start = 0;
    for (uint32_t i = 1; i < r->segment_count && r->segment[i].at.ms < from.ms; i++) {
        start = i;
    }
    status = start_again(r, start);
    while (status == STATUS_OK && !r->has_pending) {
        status = next_record(r, &r->pending);
        r->has_pending = status == STATUS_OK && r->pending.at.ms >= from.ms;
    }
    return status == STATUS_AGAIN ? STATUS_OK : status;
}
