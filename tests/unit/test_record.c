#include "test.h"

#include <string.h>

#include "record.h"

static const uint8_t payload[] = { 1, 2, 3, 4, 5 };

static struct record sample(void)
{
    return (struct record){ .payload_bytes = sizeof payload,
                            .type = RECORD_EVENT,
                            .junction = 3,
                            .at = { .ms = 1715612400123 },
                            .seq = UINT64_C(0x1122334455),
                            .payload = payload };
}

static void crc32c_matches_rfc_3720(void **state)
{
    (void)state;
    uint8_t bytes[32] = { 0 };
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), crc32c(0, "123456789", 9));
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    const struct record in = sample();
    uint8_t bytes[RECORD_MAX_BYTES];
    const size_t size = record_encode(&in, bytes, sizeof bytes);
    assert_int_equal(size, RECORD_HEADER_BYTES + sizeof payload + RECORD_CRC_BYTES);
    struct record out;
    size_t used = 0;
    assert_int_equal(record_decode(bytes, size, &out, &used), STATUS_OK);
    assert_int_equal(used, size);
    assert_int_equal(out.type, in.type);
    assert_int_equal(out.junction, in.junction);
    assert_int_equal(out.at.ms, in.at.ms);
    assert_int_equal(out.seq, in.seq);
    assert_memory_equal(out.payload, payload, sizeof payload);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    const struct record in = sample();
    uint8_t bytes[RECORD_MAX_BYTES];
    const size_t size = record_encode(&in, bytes, sizeof bytes);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        struct record out;
        size_t used = 0;
        assert_int_not_equal(record_decode(bytes, size, &out, &used), STATUS_OK);
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

static void a_record_cut_short_asks_for_more(void **state)
{
    (void)state;
    const struct record in = sample();
    uint8_t bytes[RECORD_MAX_BYTES];
    const size_t size = record_encode(&in, bytes, sizeof bytes);
    for (size_t n = 0; n < size; n++) {
        struct record out;
        size_t used = 0;
        assert_int_equal(record_decode(bytes, n, &out, &used), STATUS_AGAIN);
    }
}

static void too_little_room_writes_nothing(void **state)
{
    (void)state;
    const struct record in = sample();
    uint8_t bytes[RECORD_MAX_BYTES];
    assert_int_equal(record_encode(&in, bytes, RECORD_HEADER_BYTES + sizeof payload), 0);
    struct record big = in;
    big.payload_bytes = RECORD_PAYLOAD_MAX_BYTES + 1;
    assert_int_equal(record_encode(&big, bytes, sizeof bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_matches_rfc_3720),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(a_record_cut_short_asks_for_more),
        cmocka_unit_test(too_little_room_writes_nothing),
    };
    return RUN_TESTS(tests);
}
