/* journal.h: the only memory that outlives the process. The tick puts records into a queue that
 * never blocks; the disk thread takes them out, writes them into a preallocated ring of segment
 * files and syncs. Decides nothing about signals; a dead, full or read-only disk costs records,
 * never a tick, and what it cost is itself a record with the exact count. All file work goes
 * through struct world.
 *
 * A folder holds segment_count files "segment-NNNN.kvj" of segment_bytes each: a header of
 * JOURNAL_HEADER_BYTES (docs/journal.md), then records of record.h without padding. Sequence
 * numbers of one segment follow each other without a hole; a RECORD_GAP stands for as many numbers
 * as it says were lost, beginning with its own. So the end of a segment is where the chain breaks:
 * bytes of the segment's previous life carry lower numbers and cannot be taken for records of this
 * one. */
#ifndef KAVSAK_JOURNAL_H
#define KAVSAK_JOURNAL_H

#include "event.h"
#include "record.h"
#include "world.h"

enum {
    JOURNAL_HEADER_BYTES = 64,
    JOURNAL_SEGMENT_MAX = 512,
    JOURNAL_SEGMENT_MIN_BYTES = 4096,
    JOURNAL_SYNC_MS = 500,   /* between syncs: power loss takes less than the last second */
    JOURNAL_RETRY_MS = 1000, /* after a failure of the disk */
    /* After a crash this many sequence numbers are skipped. Numbers that subscribers saw but the
     * disk did not are then never used twice, and no record of the torn tail can come back to life.
     * Larger than anything the queue and one second of writing can hold. */
    JOURNAL_CRASH_SKIP = 1 << 20
};

enum journal_gap {                        /* reason of RECORD_GAP */
                   JOURNAL_GAP_QUEUE = 1, /* the disk thread was too slow, the queue was full */
                   JOURNAL_GAP_DISK = 2,  /* a write or a sync failed */
                   JOURNAL_GAP_CRASH = 3  /* the last run ended without RECORD_STOP: count is what
                                             was skipped, not lost */
};

/* One producer (the tick thread), one consumer (the disk thread), a byte ring between them. */
struct journal_queue;

/* Room for `bytes` of records, a power of two of at least 4096. STATUS_NO_SPACE: no memory. */
MUST_CHECK enum status journal_queue_create(size_t bytes, struct journal_queue **queue);
void journal_queue_destroy(struct journal_queue *queue);

/* Tick thread. Gives the record its sequence number (r->seq is not read) and returns it. A record
 * that does not fit is counted; its number is used up all the same. Never blocks. */
uint64_t journal_put(struct journal_queue *queue, const struct record *r);

/* journal_put() of the payloads that have a fixed shape. */
uint64_t journal_put_event(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                           const struct event *event);
uint64_t journal_put_boot(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                          uint64_t boot_id, mono_t now, uint64_t plan_hash);

/* Payloads back to values; false: not of that type or not of that size. */
bool journal_is_event(const struct record *r, struct event *event);
bool journal_is_gap(const struct record *r, uint64_t *count, uint32_t *reason);
/* What a log shows: events, and gaps as EVENT_JOURNAL_GAP. */
bool journal_tells(const struct record *r, struct event *event);
bool journal_is_boot(const struct record *r, uint64_t *boot_id, mono_t *at, uint64_t *plan_hash);

struct journal_config {
    const struct world *world;
    const char *folder;     /* exists; kept by the caller */
    uint32_t segment_count; /* 2 to JOURNAL_SEGMENT_MAX */
    uint32_t segment_bytes; /* at least JOURNAL_SEGMENT_MIN_BYTES */
};

struct journal;

MUST_CHECK enum status journal_create(const struct journal_config *config,
                                      struct journal_queue *queue, struct journal **journal);
void journal_destroy(struct journal *journal);

/* Before the first tick: reserves the segments, finds the end, lets the queue go on numbering from
 * there. Anything but STATUS_OK: the disk is unusable now; the daemon runs all the same and
 * journal_step() keeps trying. Numbers then start from civil time, above all that were ever used.
 */
MUST_CHECK enum status journal_open(struct journal *journal, mono_t now);

/* Disk thread, every 20 to 100 ms: takes what is queued, writes it, syncs when JOURNAL_SYNC_MS have
 * gone. May block in file operations. Returns true while more is queued. */
bool journal_step(struct journal *journal, mono_t now);

/* After the last tick: writes all that is queued and RECORD_STOP, syncs. */
void journal_close(struct journal *journal, mono_t now);

struct journal_state {   /* read by any thread */
    bool is_writing;     /* the last write or sync succeeded */
    uint64_t next_seq;   /* to be written next */
    uint64_t synced_seq; /* all below are on disk */
    uint64_t lost;       /* records lost since start: queue and disk */
};

void journal_state(const struct journal *journal, struct journal_state *state);
uint64_t journal_queue_lost(const struct journal_queue *queue);

#endif
