/* segment.h: one segment file of the journal as bytes: its name and its header. Shared by writer
 * and reader, so that they cannot disagree. */
#ifndef KAVSAK_SEGMENT_H
#define KAVSAK_SEGMENT_H

#include "journal.h"

/* Header, little-endian: magic u64, version u32, header bytes u32, first_seq u64, begun at i64,
 * segment bytes u64, reserved u64 and u64, reserved u32, crc32c u32 of all before. */
struct segment_header {
    uint64_t first_seq;
    wall_t at;
    uint64_t bytes;
};

void segment_header_encode(const struct segment_header *h, uint8_t out[JOURNAL_HEADER_BYTES]);
bool segment_header_decode(const uint8_t in[JOURNAL_HEADER_BYTES], struct segment_header *h);

/* False: the path is too long. */
bool segment_path(const char *folder, uint32_t number, char path[PATH_MAX_BYTES]);
/* The number in a file's name; false: not a segment. */
bool segment_number(const char *name, uint32_t *number);

#endif
