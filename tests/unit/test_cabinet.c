#include "test.h"

#include <string.h>

#include "cabinet.h"

/* xorshift64*: tests must repeat, so they bring their own dice. */
static uint64_t dice(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static struct cabinet_command random_command(uint64_t *seed)
{
    struct cabinet_command c;
    memset(&c, 0, sizeof c);
    c.epoch = (uint16_t)dice(seed);
    c.seq = (uint16_t)dice(seed);
    c.heartbeat = (uint16_t)dice(seed);
    c.mode = (uint16_t)dice(seed);
    for (size_t i = 0; i < LAMP_MAX / 32; i++) {
        c.image.on[i] = (uint32_t)(dice(seed) >> 16);
        c.image.flash[i] = (uint32_t)(dice(seed) >> 16);
    }
    return c;
}

static struct cabinet_state random_state(uint64_t *seed)
{
    struct cabinet_state s;
    memset(&s, 0, sizeof s);
    s.site_id = (uint16_t)dice(seed);
    s.safety_hash = dice(seed);
    s.epoch = (uint16_t)dice(seed);
    s.seq = (uint16_t)dice(seed);
    s.flags = (uint16_t)dice(seed);
    s.fault = (uint16_t)dice(seed);
    s.conflict_count = (uint16_t)dice(seed);
    s.boot_count = (uint16_t)dice(seed);
    for (size_t i = 0; i < LAMP_MAX / 32; i++) {
        s.sensed.on[i] = (uint32_t)(dice(seed) >> 16);
        s.sensed.flash[i] = (uint32_t)(dice(seed) >> 16);
    }
    s.occupied = dice(seed);
    s.faulty = dice(seed);
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        s.edge_count[i] = (uint8_t)dice(seed);
    }
    return s;
}

static void crc_is_that_of_the_modbus_serial_line_specification(void **state)
{
    (void)state;
    /* The frame 01 03 00 00 00 0A travels with C5 CD behind it, low byte first. */
    const uint16_t registers[] = { 0x0103, 0x0000, 0x000a };
    assert_int_equal(cabinet_crc16(registers, 3), 0xcdc5);
    assert_int_equal(cabinet_crc16(registers, 0), 0xffff);
}

static void any_command_comes_back_as_it_went(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int32_t i = 0; i < 10000; i++) {
        const struct cabinet_command in = random_command(&seed);
        uint16_t registers[CABINET_COMMAND_REGISTERS];
        struct cabinet_command out;
        memset(&out, 0, sizeof out);
        cabinet_encode_command(&in, registers);
        assert_int_equal(cabinet_decode_command(registers, CABINET_COMMAND_REGISTERS, &out),
                         STATUS_OK);
        assert_memory_equal(&in, &out, sizeof in);
    }
}

static void any_state_comes_back_as_it_went(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int32_t i = 0; i < 10000; i++) {
        const struct cabinet_state in = random_state(&seed);
        uint16_t registers[CABINET_STATE_REGISTERS];
        struct cabinet_state out;
        memset(&out, 0, sizeof out);
        cabinet_encode_state(&in, registers);
        assert_int_equal(cabinet_decode_state(registers, CABINET_STATE_REGISTERS, &out), STATUS_OK);
        assert_memory_equal(&in, &out, sizeof in);
    }
}

static void every_lamp_and_input_has_a_bit_of_its_own(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < LAMP_MAX; n++) {
        struct cabinet_command c = { .mode = 1 };
        c.image.on[n / 32] = bit32(n % 32);
        uint16_t registers[CABINET_COMMAND_REGISTERS];
        cabinet_encode_command(&c, registers);
        for (uint32_t r = 0; r < 6; r++) {
            const uint32_t expected = r == n / 16 ? bit32(n % 16) : 0;
            assert_int_equal(registers[CABINET_C_ON + r], expected);
            assert_int_equal(registers[CABINET_C_FLASH + r], 0);
        }
    }
    for (uint32_t n = 0; n < DETECTOR_MAX; n++) {
        struct cabinet_state s = { .occupied = bit64(n) };
        s.edge_count[n] = 0xab;
        uint16_t registers[CABINET_STATE_REGISTERS];
        cabinet_encode_state(&s, registers);
        for (uint32_t r = 0; r < 4; r++) {
            const uint32_t expected = r == n / 16 ? bit32(n % 16) : 0;
            assert_int_equal(registers[CABINET_S_INPUTS + r], expected);
        }
        assert_int_equal(registers[CABINET_S_EDGES + n / 2], n % 2 == 0 ? 0x00ab : 0xab00);
    }
}

static void every_flipped_bit_of_a_command_is_noticed(void **state)
{
    (void)state;
    uint64_t seed = 3;
    const struct cabinet_command in = random_command(&seed);
    uint16_t registers[CABINET_COMMAND_REGISTERS];
    cabinet_encode_command(&in, registers);
    for (uint32_t bit = 0; bit < CABINET_COMMAND_REGISTERS * 16; bit++) {
        registers[bit / 16] ^= (uint16_t)bit32(bit % 16);
        struct cabinet_command out;
        assert_int_equal(cabinet_decode_command(registers, CABINET_COMMAND_REGISTERS, &out),
                         STATUS_INVALID);
        registers[bit / 16] ^= (uint16_t)bit32(bit % 16);
    }
}

static void every_flipped_bit_of_a_state_is_noticed(void **state)
{
    (void)state;
    uint64_t seed = 4;
    const struct cabinet_state in = random_state(&seed);
    uint16_t registers[CABINET_STATE_REGISTERS];
    cabinet_encode_state(&in, registers);
    for (uint32_t bit = 0; bit < CABINET_STATE_REGISTERS * 16; bit++) {
        registers[bit / 16] ^= (uint16_t)bit32(bit % 16);
        struct cabinet_state out;
        assert_int_equal(cabinet_decode_state(registers, CABINET_STATE_REGISTERS, &out),
                         STATUS_INVALID);
        registers[bit / 16] ^= (uint16_t)bit32(bit % 16);
    }
}

static void a_block_of_another_length_or_version_is_invalid(void **state)
{
    (void)state;
    uint64_t seed = 5;
    const struct cabinet_state in = random_state(&seed);
    uint16_t registers[CABINET_STATE_REGISTERS];
    struct cabinet_state out;
    cabinet_encode_state(&in, registers);
    assert_int_equal(cabinet_decode_state(registers, CABINET_STATE_REGISTERS - 1, &out),
                     STATUS_INVALID);
    registers[CABINET_S_VERSION] = CABINET_VERSION + 1;
    registers[CABINET_S_CRC] = cabinet_crc16(registers, CABINET_S_CRC);
    assert_int_equal(cabinet_decode_state(registers, CABINET_STATE_REGISTERS, &out),
                     STATUS_INVALID);
}

/* Two groups: a vehicle head on outputs 0 to 2, a pedestrian head on 40 and 95, sensed where
 * commanded. */
struct heads {
    struct lamp_map map;
    int32_t type[SG_MAX];
};

static void heads_init(struct heads *h)
{
    memset(h, 0, sizeof *h);
    for (int32_t sg = 0; sg < SG_MAX; sg++) {
        for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            h->map.output[sg][lamp] = -1;
        }
    }
    h->type[0] = SG_VEHICLE;
    h->type[1] = SG_PEDESTRIAN;
    h->map.output[0][LAMP_RED] = 0;
    h->map.output[0][LAMP_YELLOW] = 1;
    h->map.output[0][LAMP_GREEN] = 2;
    h->map.output[1][LAMP_RED] = 40;
    h->map.output[1][LAMP_GREEN] = 95;
    memcpy(h->map.sensed, h->map.output, sizeof h->map.sensed);
}

static int32_t there_and_back(const struct heads *h, int32_t sg, int32_t aspect)
{
    int32_t aspects[SG_MAX] = { [0] = ASPECT_RED, [1] = ASPECT_RED };
    aspects[sg] = aspect;
    struct lamp_image image;
    lamps_of_aspects(&h->map, h->type, 2, aspects, &image);
    int32_t seen[SG_MAX];
    lamps_to_aspects(&h->map, h->type, 2, &image, seen);
    assert_int_equal(seen[1 - sg], ASPECT_RED);
    assert_int_equal(seen[2], ASPECT_RED);
    return seen[sg];
}

static void every_aspect_of_a_type_is_read_back_as_itself(void **state)
{
    (void)state;
    struct heads h;
    heads_init(&h);
    const int32_t vehicle[] = { ASPECT_DARK,      ASPECT_RED,        ASPECT_RED_YELLOW,
                                ASPECT_GREEN,     ASPECT_YELLOW,     ASPECT_FLASH_YELLOW,
                                ASPECT_FLASH_RED, ASPECT_GREEN_FLASH };
    for (size_t i = 0; i < sizeof vehicle / sizeof vehicle[0]; i++) {
        assert_int_equal(there_and_back(&h, 0, vehicle[i]), vehicle[i]);
    }
    const int32_t pedestrian[] = { ASPECT_DARK, ASPECT_RED, ASPECT_GREEN, ASPECT_PED_CLEAR };
    for (size_t i = 0; i < sizeof pedestrian / sizeof pedestrian[0]; i++) {
        assert_int_equal(there_and_back(&h, 1, pedestrian[i]), pedestrian[i]);
    }
}

static void an_aspect_of_another_type_lights_nothing(void **state)
{
    (void)state;
    struct heads h;
    heads_init(&h);
    assert_int_equal(there_and_back(&h, 0, ASPECT_PED_CLEAR), ASPECT_DARK);
    assert_int_equal(there_and_back(&h, 1, ASPECT_YELLOW), ASPECT_DARK);
    assert_int_equal(there_and_back(&h, 1, ASPECT_FLASH_RED), ASPECT_DARK);
    assert_int_equal(there_and_back(&h, 0, ASPECT_UNKNOWN), ASPECT_DARK);
    assert_int_equal(there_and_back(&h, 0, INT32_MAX), ASPECT_DARK);
}

static int32_t seen_with(uint32_t on, uint32_t flash)
{
    struct heads h;
    heads_init(&h);
    const struct lamp_image image = { .on = { on }, .flash = { flash } };
    int32_t seen[SG_MAX];
    lamps_to_aspects(&h.map, h.type, 1, &image, seen);
    return seen[0];
}

static void lamps_that_make_no_aspect_are_unknown(void **state)
{
    (void)state;
    assert_int_equal(seen_with(1 | 4, 0), ASPECT_UNKNOWN);     /* red and green */
    assert_int_equal(seen_with(1 | 2 | 4, 0), ASPECT_UNKNOWN); /* all */
    assert_int_equal(seen_with(2 | 4, 0), ASPECT_UNKNOWN);     /* yellow and green */
    assert_int_equal(seen_with(1 | 2, 1), ASPECT_UNKNOWN);     /* red flashes beside yellow */
    assert_int_equal(seen_with(0, 4), ASPECT_UNKNOWN);         /* flashes without being lit */
    assert_int_equal(seen_with(1 | 2, 0), ASPECT_RED_YELLOW);  /* and the legal neighbour */
}

static void a_pedestrian_head_with_a_lamp_too_many_is_unknown(void **state)
{
    (void)state;
    struct heads h;
    heads_init(&h);
    struct lamp_image image = { .on = { 0, 1u << 8, 1u << 31 } };
    int32_t seen[SG_MAX];
    lamps_to_aspects(&h.map, h.type, 2, &image, seen);
    assert_int_equal(seen[1], ASPECT_UNKNOWN);
    image.on[2] = 0;
    lamps_to_aspects(&h.map, h.type, 2, &image, seen);
    assert_int_equal(seen[1], ASPECT_RED);
}

static void a_head_without_a_lamp_lights_what_it_has(void **state)
{
    (void)state;
    struct heads h;
    heads_init(&h);
    h.type[0] = SG_ARROW;
    h.map.output[0][LAMP_RED] = h.map.output[0][LAMP_YELLOW] = -1;
    h.map.sensed[0][LAMP_RED] = h.map.sensed[0][LAMP_YELLOW] = -1;
    assert_int_equal(there_and_back(&h, 0, ASPECT_GREEN), ASPECT_GREEN);
    assert_int_equal(there_and_back(&h, 0, ASPECT_GREEN_FLASH), ASPECT_GREEN_FLASH);
    assert_int_equal(there_and_back(&h, 0, ASPECT_RED), ASPECT_RED);
    assert_int_equal(there_and_back(&h, 0, ASPECT_DARK), ASPECT_RED); /* cannot be told apart */
}

static void sensed_lamps_may_be_wired_elsewhere(void **state)
{
    (void)state;
    struct heads h;
    heads_init(&h);
    h.map.sensed[0][LAMP_RED] = 10;
    h.map.sensed[0][LAMP_GREEN] = 11;
    const struct lamp_image image = { .on = { 1u << 11 } };
    int32_t seen[SG_MAX];
    lamps_to_aspects(&h.map, h.type, 1, &image, seen);
    assert_int_equal(seen[0], ASPECT_GREEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_that_of_the_modbus_serial_line_specification),
        cmocka_unit_test(any_command_comes_back_as_it_went),
        cmocka_unit_test(any_state_comes_back_as_it_went),
        cmocka_unit_test(every_lamp_and_input_has_a_bit_of_its_own),
        cmocka_unit_test(every_flipped_bit_of_a_command_is_noticed),
        cmocka_unit_test(every_flipped_bit_of_a_state_is_noticed),
        cmocka_unit_test(a_block_of_another_length_or_version_is_invalid),
        cmocka_unit_test(every_aspect_of_a_type_is_read_back_as_itself),
        cmocka_unit_test(an_aspect_of_another_type_lights_nothing),
        cmocka_unit_test(lamps_that_make_no_aspect_are_unknown),
        cmocka_unit_test(a_pedestrian_head_with_a_lamp_too_many_is_unknown),
        cmocka_unit_test(a_head_without_a_lamp_lights_what_it_has),
        cmocka_unit_test(sensed_lamps_may_be_wired_elsewhere),
    };
    return RUN_TESTS(tests);
}
