/* record.h: one journal record as bytes: {len, type, t_ms, seq, junction, payload, crc32c},
 * little-endian. Pure encoding; controller/unit/journal.c keeps the segments. A record is whole or
 * it is not there: the CRC covers everything before it. */
#ifndef KAVSAK_RECORD_H
#define KAVSAK_RECORD_H

#include "types.h"

enum record_type {
    RECORD_EVENT =
        1, /* payload: code u16, param u16, detail i32, tick offset u32 (ms since t_ms' tick) */
    RECORD_INPUT = 2, /* payload: input frame, packed by replay's codec */
    RECORD_DECISION = 3,
    RECORD_COMMAND = 4,
    RECORD_GAP = 5,   /* payload: count u64 of records lost, reason u32 */
    RECORD_BOOT = 6,  /* payload: boot_id u64, mono i64 at t_ms, plan_hash u64 */
    RECORD_STOP = 7,  /* no payload: the process ended in order, all before it is on disk */
    RECORD_OUTPUT = 8 /* payload: output frame of the input before it, packed by the same codec */
};

enum {
    RECORD_HEADER_BYTES =
        24, /* len u16, type u8, version u8, junction u16, reserved u16, t_ms i64, seq u64 */
    RECORD_CRC_BYTES = 4,
    RECORD_PAYLOAD_MAX_BYTES = 2304, /* an input frame with every message a tick can bring */
    RECORD_MAX_BYTES = RECORD_HEADER_BYTES + RECORD_PAYLOAD_MAX_BYTES + RECORD_CRC_BYTES
};

struct record {
    uint16_t payload_bytes;
    uint8_t type;      /* enum record_type */
    uint16_t junction; /* junction_ix of the process */
    wall_t at;
    uint64_t seq; /* +1 for each record of the journal, never reset */
    const uint8_t *payload;
};

/* CRC-32C (Castagnoli), RFC 3720 appendix B.4. Chain by passing the previous result; start with 0.
 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size);

/* Returns the bytes written, 0 if room is too small or the payload too long. */
size_t record_encode(const struct record *r, uint8_t *out, size_t room);

/* STATUS_OK: *r filled, its payload points into bytes, *used says how far to go on. STATUS_AGAIN:
 * the bytes end inside the record. STATUS_INVALID: not a record, or its CRC is wrong. */
enum status record_decode(const uint8_t *bytes, size_t size, struct record *r, size_t *used);

#endif
