/* journal_read.h: reads a journal folder in order of sequence numbers: kavsak log, replay,
 * measures, and the daemon's answers to WIRE_FETCH. Never writes. Works while the daemon writes: a
 * torn or missing tail is "nothing more yet", a segment reused under the reader is a jump. Of
 * struct world it uses file_open, file_read, file_size, file_list and file_close only. */
#ifndef KAVSAK_JOURNAL_READ_H
#define KAVSAK_JOURNAL_READ_H

#include "journal.h"

struct journal_reader_segment {
    uint64_t first_seq;
    wall_t at; /* when it was begun */
    uint32_t number;
};

/* About 70 kB: keep it static or allocate it once. */
struct journal_reader {
    const struct world *world;
    char folder[PATH_MAX_BYTES];
    uint32_t segment_count;
    struct journal_reader_segment segment[JOURNAL_SEGMENT_MAX]; /* by first_seq */
    struct journal_reader_segment here;                         /* being read */
    bool is_open;
    int handle;
    uint64_t offset;   /* of the next record in its file */
    uint64_t next_seq; /* that it must have */
    uint64_t skipped;  /* sequence numbers that no record stood for, since the start */
    bool has_pending;  /* a seek has found the next record already */
    struct record pending;
    size_t held, used; /* bytes in buffer, and of them consumed */
    uint8_t buffer[32768];
};

/* Starts at the oldest record. STATUS_NOT_FOUND: no journal there. STATUS_IO: it cannot be read. */
MUST_CHECK enum status journal_reader_open(struct journal_reader *r, const struct world *world,
                                           const char *folder);

/* Goes to the first record with this number or a later one. */
MUST_CHECK enum status journal_reader_seek(struct journal_reader *r, uint64_t seq);

/* Goes to the first record not older than this. Segments begun earlier are searched from their
 * start. */
MUST_CHECK enum status journal_reader_seek_time(struct journal_reader *r, wall_t from);

/* The next record, valid until the next call. STATUS_AGAIN: the end for now; call again later. */
MUST_CHECK enum status journal_reader_next(struct journal_reader *r, struct record *record);

void journal_reader_close(struct journal_reader *r);

#endif
