#include "cbor.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "reading.h"
#include "test.h"

static struct value_tree one, other;

static enum status read_hex(const char *hex)
{
    uint8_t bytes[256];
    size_t size = 0;
    unsigned byte = 0;
    for (const char *at = hex; sscanf(at, "%2x", &byte) == 1; at += 2) {
        bytes[size++] = (uint8_t)byte;
    }
    return cbor_read(bytes, size, &one);
}

/* Whether two trees hold the same; both are small. */
static bool is_same(void)
{
    if (one.count != other.count) {
        return false;
    }
    /* Values come in order of depth in one tree and of breadth in the other, so both are walked
     * together, pair by pair. */
    static uint32_t pair[PAYLOAD_VALUE_MAX][2];
    uint32_t count = 1;
    pair[0][0] = pair[0][1] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct value *a = &one.value[pair[i][0]];
        const struct value *b = &other.value[pair[i][1]];
        const bool is_text = a->kind == VALUE_TEXT;
        if (a->kind != b->kind || a->integer != b->integer || a->real != b->real ||
            strcmp(one.text + a->key, other.text + b->key) != 0 ||
            (is_text && strcmp(one.text + a->text, other.text + b->text) != 0)) {
            return false;
        }
        const struct value *x = value_first(&one, a);
        const struct value *y = value_first(&other, b);
        for (; x != NULL && y != NULL; x = value_next(&one, x), y = value_next(&other, y)) {
            pair[count][0] = (uint32_t)(x - one.value);
            pair[count++][1] = (uint32_t)(y - other.value);
        }
        if (x != NULL || y != NULL) {
            return false;
        }
    }
    return true;
}

static uint64_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth */
    return (uint32_t)(seed >> 33) % below;
}

static void write_leaf(struct payload_writer *w)
{
    static const char *const texts[] = { "",           "a",
                                         "sg/1",       "Çaydere \"x\"\\",
                                         "tab\there",  "twenty-four or more letters in one text",
                                         "\xff broken" };
    static const int64_t numbers[] = { 0,
                                       1,
                                       23,
                                       24,
                                       255,
                                       256,
                                       65535,
                                       65536,
                                       4294967295,
                                       4294967296,
                                       INT64_C(9007199254740992),
                                       -1,
                                       -24,
                                       -25,
                                       -256,
                                       -257,
                                       -65537,
                                       INT64_C(-9007199254740992) };
    switch (chance(4)) {
    case 0:
        payload_text(w, texts[chance(sizeof texts / sizeof texts[0])]);
        return;
    case 1:
        payload_integer(w, numbers[chance(sizeof numbers / sizeof numbers[0])]);
        return;
    case 2:
        payload_boolean(w, chance(2) == 0);
        return;
    default:
        payload_null(w);
        return;
    }
}

/* The same seed writes the same values, in whatever form. */
static size_t write_any(uint64_t from_seed, const struct payload_form *form, char *bytes,
                        size_t room)
{
    struct payload_writer w;
    seed = from_seed;
    payload_begin(&w, form, bytes, room);
    payload_open(&w, chance(2) == 0 ? BOX_MAP : BOX_ARRAY);
    const uint32_t steps = chance(600);
    for (uint32_t i = 0; i < steps && w.depth > 0; i++) {
        const bool is_end = chance(8) == 0;
        char key[16];
        if (is_end && w.depth > 1) {
            payload_close(&w);
            continue;
        }
        if (w.box[w.depth - 1] == BOX_MAP) {
            (void)snprintf(key, sizeof key, "k%u", i);
            payload_key(&w, key);
        }
        if (chance(4) == 0 && w.depth < PAYLOAD_DEPTH_MAX) {
            payload_open(&w, chance(2) == 0 ? BOX_MAP : BOX_ARRAY);
        } else {
            write_leaf(&w);
        }
    }
    while (w.depth > 0) {
        payload_close(&w);
    }
    assert_int_equal(payload_end(&w), STATUS_OK);
    return w.used;
}

static void both_forms_hold_equal_values(void **state)
{
    static char json[65536], cbor[65536];
    (void)state;
    for (uint64_t i = 1; i <= 2000; i++) {
        const size_t json_size = write_any(i, &json_form, json, sizeof json);
        const size_t cbor_size = write_any(i, &cbor_form, cbor, sizeof cbor);
        assert_int_equal(json_read(json, json_size, &one), STATUS_OK);
        assert_int_equal(cbor_read(cbor, cbor_size, &other), STATUS_OK);
        if (!is_same()) {
            fail_msg("seed %u: JSON and CBOR differ: %s", (unsigned)i, json);
        }
        assert_non_null(reading_take(json, json_size, &one));
        assert_non_null(reading_take(cbor, cbor_size, &other));
        assert_ptr_equal(reading_form(cbor, cbor_size, &json_form), &cbor_form);
        assert_true(cbor_size < json_size);
        /* Whatever is cut off is not a value. */
        const size_t cut = chance((uint32_t)cbor_size);
        assert_int_equal(cbor_read(cbor, cut, &other), STATUS_INVALID);
    }
}

static void our_messages_have_the_drafts_bytes(void **state)
{
    static const char wanted[] = "\xa1\x65state\x67running";
    struct payload_writer w;
    char bytes[64];
    (void)state;
    payload_begin(&w, &cbor_form, bytes, sizeof bytes);
    payload_open(&w, BOX_MAP);
    payload_key(&w, "state");
    payload_text(&w, "running");
    payload_close(&w);
    assert_int_equal(payload_end(&w), STATUS_OK);
    assert_int_equal(w.used, sizeof wanted - 1);
    assert_memory_equal(bytes, wanted, w.used);
    payload_begin(&w, &cbor_form, bytes, sizeof bytes);
    payload_text(&w, "offline");
    assert_memory_equal(bytes, "\x67offline", 8);
}

static void a_box_that_does_not_fit_is_noticed(void **state)
{
    struct payload_writer w;
    char bytes[40];
    (void)state;
    for (size_t room = 0; room < 32; room++) {
        payload_begin(&w, &cbor_form, bytes, room);
        payload_open(&w, BOX_ARRAY);
        for (int32_t i = 0; i < 30; i++) {
            payload_integer(&w, 1);
        }
        payload_close(&w); /* 30 members need a head of two bytes */
        assert_int_equal(payload_end(&w), room < 32 ? STATUS_NO_SPACE : STATUS_OK);
    }
    payload_begin(&w, &cbor_form, bytes, 32);
    payload_open(&w, BOX_ARRAY);
    for (int32_t i = 0; i < 30; i++) {
        payload_integer(&w, 1);
    }
    payload_close(&w);
    assert_int_equal(payload_end(&w), STATUS_OK);
}

static void what_is_well_formed_is_read(void **state)
{
    (void)state;
    /* {"a": [1, -2, 1.5, true, null]}, also with endless boxes and a text in pieces. */
    assert_int_equal(read_hex("a16161850121f93e00f5f6"), STATUS_OK);
    assert_int_equal(one.count, 7);
    assert_int_equal(read_hex("bf61619f0121f93e00f5f6ffff"), STATUS_OK);
    const struct value *list = value_get(&one, value_root(&one), "a");
    int64_t integer = 0;
    assert_true(value_integer(value_first(&one, list), &integer) && integer == 1);
    assert_int_equal(read_hex("7f61616162ff"), STATUS_OK);
    assert_string_equal(value_text(&one, value_root(&one)), "ab");
    /* Tag 0: a time. A whole number may be a float or have eight bytes. */
    assert_int_equal(read_hex("c06161"), STATUS_OK);
    assert_int_equal(read_hex("fb4008000000000000"), STATUS_OK);
    assert_true(value_integer(value_root(&one), &integer) && integer == 3);
    assert_int_equal(read_hex("1b0000000000000003"), STATUS_OK);
    assert_true(value_integer(value_root(&one), &integer) && integer == 3);
    assert_int_equal(read_hex("a0"), STATUS_OK);
    assert_int_equal(read_hex("80"), STATUS_OK);
}

static void what_is_not_is_refused(void **state)
{
    static const char *const row[] = {
        "",                   /* nothing */
        "9a7fffffff",         /* an array that claims 2^31 members: 16 GB in the library's tree */
        "9a05f5e100",         /* 10^8 members */
        "9b0100000000000000", /* 2^56 */
        "bb0100000000000000", /* a map of them */
        "7b7fffffffffffffff", /* a text of 2^63 bytes */
        "5a7fffffff",         /* bytes */
        "4161",               /* bytes are not in JSON's model */
        "8201",               /* one member is missing */
        "820102ff",           /* a break that nobody opened */
        "0102",               /* two items */
        "ff",                 /* a break alone */
        "a1",                 /* no key */
        "a16161",             /* no value */
        "a10161",             /* a number for a key */
        "bf6161ff",           /* a key without value */
        "a2616101616102",     /* a key twice */
        "61ff",               /* not UTF-8 */
        "6100",               /* a zero in a text */
        "f7",                 /* undefined */
        "f97e00",             /* NaN */
        "f97c00",             /* infinity */
        "c16161",             /* another tag */
        "c001",               /* a time that is a number */
        "c0c06161",           /* twice */
        "1c",                 /* reserved */
        "7f6161",             /* pieces without end */
        "7f01ff",             /* a number among pieces */
        "9f",                 /* a box without end */
        "81818181818181818181818181818181818101", /* 18 deep */
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (read_hex(row[i]) != STATUS_INVALID || one.count != 0) {
            fail_msg("%s was read", row[i]);
        }
    }
    static uint8_t deep[9000];
    memset(deep, 0x81, sizeof deep);
    assert_int_equal(cbor_read(deep, sizeof deep, &one), STATUS_INVALID);
    memset(deep, 0x9f, sizeof deep);
    assert_int_equal(cbor_read(deep, sizeof deep, &one), STATUS_INVALID);
    static uint8_t large[PAYLOAD_MAX_BYTES + 1];
    memset(large, 0, sizeof large);
    assert_int_equal(cbor_read(large, sizeof large, &one), STATUS_INVALID);
    large[0] = 0x99; /* 65,000 members: more values than a message may have */
    large[1] = 0xfd;
    large[2] = 0xe8;
    assert_int_equal(cbor_read(large, 65003, &one), STATUS_INVALID);
}

/* Any bytes: never more than a refusal. The sanitizers watch. */
static void any_bytes_are_survived(void **state)
{
    static char bytes[4096];
    static uint8_t noise[64];
    (void)state;
    for (uint64_t i = 1; i <= 20000; i++) {
        seed = i;
        for (size_t k = 0; k < sizeof noise; k++) {
            noise[k] = (uint8_t)chance(256);
        }
        const enum status status = cbor_read(noise, chance(sizeof noise), &one);
        assert_true(status == STATUS_OK || status == STATUS_INVALID);
    }
    for (uint64_t i = 1; i <= 2000; i++) { /* good ones with a wrong byte */
        static char whole[65536];
        const size_t size = write_any(i % 200 + 1, &cbor_form, whole, sizeof whole);
        const size_t used = size < sizeof bytes ? size : sizeof bytes;
        memcpy(bytes, whole, used);
        seed = i;
        bytes[chance((uint32_t)used)] = (char)chance(256);
        const enum status status = cbor_read(bytes, used, &one);
        assert_true(status == STATUS_OK || status == STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_hold_equal_values),
        cmocka_unit_test(our_messages_have_the_drafts_bytes),
        cmocka_unit_test(a_box_that_does_not_fit_is_noticed),
        cmocka_unit_test(what_is_well_formed_is_read),
        cmocka_unit_test(what_is_not_is_refused),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return RUN_TESTS(tests);
}
