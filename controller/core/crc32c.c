/* Table-driven, one byte a step: records are short and the journal has a thread of its own. */
#include "record.h"

enum { CRC32C_POLYNOMIAL = (int32_t)0x82f63b78 }; /* Castagnoli, reflected */

static uint32_t crc32c_of_byte(uint32_t byte)
{
    uint32_t crc = byte;
    for (int32_t bit = 0; bit < 8; bit++) {
        crc = (crc >> 1) ^ ((crc & 1u) != 0 ? (uint32_t)CRC32C_POLYNOMIAL : 0u);
    }
    return crc;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc = (crc >> 8) ^ crc32c_of_byte((crc ^ p[i]) & 0xffu);
    }
    return ~crc;
}
