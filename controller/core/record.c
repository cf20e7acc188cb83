#include "record.h"

#include <string.h>

enum { RECORD_VERSION = 1 };

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

size_t record_encode(const struct record *r, uint8_t *out, size_t room)
{
    const size_t total = RECORD_HEADER_BYTES + (size_t)r->payload_bytes + RECORD_CRC_BYTES;
    if (r->payload_bytes > RECORD_PAYLOAD_MAX_BYTES || room < total) {
        return 0;
    }
    put_le(out, r->payload_bytes, 2);
    out[2] = r->type;
    out[3] = RECORD_VERSION;
    put_le(out + 4, r->junction, 2);
    put_le(out + 6, 0, 2);
    put_le(out + 8, (uint64_t)r->at.ms, 8);
    put_le(out + 16, r->seq, 8);
    memcpy(out + RECORD_HEADER_BYTES, r->payload, r->payload_bytes);
    put_le(out + total - RECORD_CRC_BYTES, crc32c(0, out, total - RECORD_CRC_BYTES),
           RECORD_CRC_BYTES);
    return total;
}

enum status record_decode(const uint8_t *bytes, size_t size, struct record *r, size_t *used)
{
    if (size < RECORD_HEADER_BYTES + RECORD_CRC_BYTES) {
        return STATUS_AGAIN;
    }
    const size_t payload_bytes = (size_t)get_le(bytes, 2);
    if (payload_bytes > RECORD_PAYLOAD_MAX_BYTES || bytes[3] != RECORD_VERSION) {
        return STATUS_INVALID;
    }
    const size_t covered = RECORD_HEADER_BYTES + payload_bytes;
    if (size < covered + RECORD_CRC_BYTES) {
        return STATUS_AGAIN;
    }
    if (get_le(bytes + covered, RECORD_CRC_BYTES) != crc32c(0, bytes, covered)) {
        return STATUS_INVALID;
    }
    *r = (struct record){
        .payload_bytes = (uint16_t)payload_bytes,
        .type = bytes[2],
        .junction = (uint16_t)get_le(bytes + 4, 2),
        .at = { .ms = (int64_t)get_le(bytes + 8, 8) },
        .seq = get_le(bytes + 16, 8),
        .payload = bytes + RECORD_HEADER_BYTES,
    };
    *used = covered + RECORD_CRC_BYTES;
    return STATUS_OK;
}
