#include "segment.h"

#include <stdio.h>
#include <string.h>

static const uint64_t segment_magic = UINT64_C(0x314c4e524a56414b); /* "KAVJRNL1" */

enum {
    SEGMENT_VERSION = 1,
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_HEADER_BYTES = 12,
    AT_FIRST_SEQ = 16,
    AT_BEGUN = 24,
    AT_SEGMENT_BYTES = 32,
    AT_CRC = JOURNAL_HEADER_BYTES - 4
};

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

void segment_header_encode(const struct segment_header *h, uint8_t out[JOURNAL_HEADER_BYTES])
{
    memset(out, 0, JOURNAL_HEADER_BYTES);
    put_le(out + AT_MAGIC, segment_magic, 8);
    put_le(out + AT_VERSION, SEGMENT_VERSION, 4);
    put_le(out + AT_HEADER_BYTES, JOURNAL_HEADER_BYTES, 4);
    put_le(out + AT_FIRST_SEQ, h->first_seq, 8);
    put_le(out + AT_BEGUN, (uint64_t)h->at.ms, 8);
    put_le(out + AT_SEGMENT_BYTES, h->bytes, 8);
    put_le(out + AT_CRC, crc32c(0, out, AT_CRC), 4);
}

bool segment_header_decode(const uint8_t in[JOURNAL_HEADER_BYTES], struct segment_header *h)
{
    if (get_le(in + AT_MAGIC, 8) != segment_magic ||
        get_le(in + AT_VERSION, 4) != SEGMENT_VERSION ||
        get_le(in + AT_CRC, 4) != crc32c(0, in, AT_CRC)) {
        return false;
    }
    *h = (struct segment_header){
        .first_seq = get_le(in + AT_FIRST_SEQ, 8),
        .at = { .ms = (int64_t)get_le(in + AT_BEGUN, 8) },
        .bytes = get_le(in + AT_SEGMENT_BYTES, 8),
    };
    return true;
}

bool segment_path(const char *folder, uint32_t number, char path[PATH_MAX_BYTES])
{
    const int length = snprintf(path, PATH_MAX_BYTES, "%s/segment-%04u.kvj", folder, number);
    return length > 0 && length < PATH_MAX_BYTES;
}

bool segment_number(const char *name, uint32_t *number)
{
    uint32_t value = 0;
    int32_t end = 0;
    if (sscanf(name, "segment-%4u.kvj%n", &value, &end) != 1 || end == 0 || name[end] != '\0' ||
        value >= JOURNAL_SEGMENT_MAX) {
        return false;
    }
    *number = value;
    return true;
}
