#include "journal_make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "journal.h"
#include "segment.h"

enum {
    EVENT_RECORD_BYTES = RECORD_HEADER_BYTES + 12 + RECORD_CRC_BYTES, /* docs/journal.md */
    QUEUE_BYTES = 1 << 20,
    BATCH = 8192, /* events between two steps; all of them fit into the queue */
    SEGMENTS_WANTED = 64,
    SEGMENT_LEAST_BYTES = 1 << 20
};

/* The disk as it is; the clock shows what the events say. */
struct past {
    struct world world;
    wall_t now;
    char folder[PATH_MAX_BYTES];
    char why[JOURNAL_MAKE_SAYS_BYTES]; /* the first failure, as the journal tells it */
};

static wall_t past_now(void *self, const char *zone, int32_t *utc_offset_s, bool *is_synced)
{
    (void)zone;
    const struct past *past = self;
    *utc_offset_s = 0;
    *is_synced = true;
    return past->now;
}

/* What comes after the reason is of a daemon that goes on; we do not. */
static void past_log(void *self, int priority, const char *line)
{
    (void)priority;
    struct past *past = self;
    if (past->why[0] == '\0') {
        (void)snprintf(past->why, sizeof past->why, "%.*s", (int)strcspn(line, ";"), line);
    }
}

static enum status say(struct journal_make *m, enum status status, const char *what)
{
    (void)snprintf(m->says, sizeof m->says, "%.400s: %.200s", m->folder, what);
    return status;
}

/* Leaves nothing behind. */
static void remove_folder(const struct past *past)
{
    for (uint32_t number = 0; number < JOURNAL_SEGMENT_MAX; number++) {
        char path[PATH_MAX_BYTES];
        if (segment_path(past->folder, number, path)) {
            (void)unlink(path);
        }
    }
    (void)rmdir(past->folder);
}

static enum status begin(struct journal_make *m, struct past *past)
{
    files_fill_world(&past->world);
    char name[PATH_MAX_BYTES];
    uint32_t cursor = 0;
    const enum status listed = past->world.file_list(NULL, m->folder, &cursor, name, sizeof name);
    if (listed == STATUS_OK) {
        return say(m, STATUS_REFUSED, "is not empty: an import begins a journal of its own");
    }
    if (listed != STATUS_NOT_FOUND) { /* no such folder, or nothing in it */
        return say(m, STATUS_IO, "is no folder, or cannot be read");
    }
    size_t length = strlen(m->folder);
    while (length > 1 && m->folder[length - 1] == '/') {
        length--;
    }
    const int written =
        snprintf(past->folder, sizeof past->folder, "%.*s.XXXXXX", (int)length, m->folder);
    if (written < 0 || (size_t)written >= sizeof past->folder - sizeof "/segment-0000.kvj") {
        return say(m, STATUS_IO, "the name is too long");
    }
    if (mkdtemp(past->folder) == NULL || chmod(past->folder, 0755) != 0) {
        return say(m, STATUS_IO, strerror(errno));
    }
    past->world.self = past;
    past->world.now_wall = past_now;
    past->world.log = past_log;
    return STATUS_OK;
}

/* Room for all records, a stop and what the ends of segments waste. */
static void size_up(const struct journal_make *m, struct journal_config *config)
{
    const uint64_t bytes = (uint64_t)(m->count + 1) * EVENT_RECORD_BYTES;
    uint64_t segment_bytes = bytes / SEGMENTS_WANTED + 1;
    segment_bytes = segment_bytes < SEGMENT_LEAST_BYTES ? SEGMENT_LEAST_BYTES : segment_bytes;
    const uint64_t used = segment_bytes - JOURNAL_HEADER_BYTES - 4 * (uint64_t)EVENT_RECORD_BYTES;
    const uint64_t count = bytes / used + 1;
    config->segment_bytes = (uint32_t)segment_bytes;
    config->segment_count = (uint32_t)(count < 2 ? 2 : count);
}

static void put_events(struct journal_make *m, struct past *past, struct journal_queue *queue,
                       struct journal *journal)
{
    const mono_t now = { .ms = 0 };
    for (size_t i = 0; i < m->count; i++) {
        const struct hires_event *e = &m->event[i];
        past->now.ms = e->at_ms > past->now.ms ? e->at_ms : past->now.ms;
        struct event event;
        if (!hires_to_event(e, &event)) {
            m->unfit++;
            continue;
        }
        (void)journal_put_event(queue, (uint16_t)(e->device - 1), (wall_t){ .ms = e->at_ms },
                                &event);
        while (i % BATCH == 0 && journal_step(journal, now)) { /* until the queue is empty */
        }
    }
    journal_close(journal, now);
}

static enum status write_all(struct journal_make *m, struct past *past)
{
    struct journal_config config = { .world = &past->world, .folder = past->folder };
    struct journal_queue *queue = NULL;
    struct journal *journal = NULL;
    struct journal_state state = { .lost = 1 };
    size_up(m, &config);
    past->now.ms = m->count > 0 ? m->event[0].at_ms : 0;
    enum status status = journal_queue_create(QUEUE_BYTES, &queue);
    if (status == STATUS_OK) {
        status = journal_create(&config, queue, &journal);
    }
    if (status == STATUS_OK) {
        status = journal_open(journal, (mono_t){ .ms = 0 });
    }
    if (status == STATUS_OK) {
        put_events(m, past, queue, journal);
        journal_state(journal, &state);
        status = state.lost > 0 || !state.is_writing || journal_queue_lost(queue) > 0 ? STATUS_IO
                                                                                      : STATUS_OK;
    }
    journal_destroy(journal);
    journal_queue_destroy(queue);
    return status == STATUS_OK
               ? STATUS_OK
               : say(m, status, past->why[0] != '\0' ? past->why : "cannot be written");
}

enum status journal_make(struct journal_make *m)
{
    static struct past past; /* large */
    m->unfit = 0;
    past.why[0] = '\0';
    enum status status = begin(m, &past);
    if (status != STATUS_OK) {
        return status;
    }
    status = write_all(m, &past);
    if (status == STATUS_OK && rename(past.folder, m->folder) != 0) {
        status = say(m, STATUS_IO, strerror(errno));
    }
    if (status != STATUS_OK) {
        remove_folder(&past);
    }
    return status;
}
