#include "cabinet.h"

#include <string.h>

enum { LAMP_REGISTERS = LAMP_MAX / 16, INPUT_REGISTERS = DETECTOR_MAX / 16 };

_Static_assert(CABINET_C_FLASH == CABINET_C_ON + LAMP_REGISTERS, "the image fills its registers");
_Static_assert(CABINET_C_CRC == CABINET_C_FLASH + LAMP_REGISTERS, "the CRC follows the image");
_Static_assert(CABINET_S_CRC == CABINET_S_EDGES + DETECTOR_MAX / 2, "the CRC follows the edges");

uint16_t cabinet_crc16(const uint16_t *registers, size_t count)
{
    uint32_t crc = 0xffff;
    for (size_t i = 0; i < count * 2; i++) {
        const uint16_t word = registers[i / 2];
        crc ^= i % 2 == 0 ? (uint32_t)word >> 8 : word & 0xffu;
        for (int32_t bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? (crc >> 1) ^ 0xa001u : crc >> 1;
        }
    }
    return (uint16_t)crc;
}

/* Lamps of one head, bit = enum lamp. flash is a subset of on. */
struct head {
    uint32_t on;
    uint32_t flash;
};

enum { R = 1 << LAMP_RED, Y = 1 << LAMP_YELLOW, G = 1 << LAMP_GREEN };

/* docs/laws.md, section 1. */
static const struct head aspect_head[ASPECT_COUNT] = {
    [ASPECT_DARK] = { 0, 0 },           [ASPECT_RED] = { R, 0 },
    [ASPECT_RED_YELLOW] = { R | Y, 0 }, [ASPECT_GREEN] = { G, 0 },
    [ASPECT_GREEN_FLASH] = { G, G },    [ASPECT_YELLOW] = { Y, 0 },
    [ASPECT_FLASH_YELLOW] = { Y, Y },   [ASPECT_FLASH_RED] = { R, R },
    [ASPECT_PED_CLEAR] = { G, G },      [ASPECT_UNKNOWN] = { 0, 0 },
};

/* Red comes before dark, so that a head without a red lamp that shows nothing reads as red: in
 * service nobody is dark. */
static const int32_t vehicle_aspects[] = { ASPECT_RED,         ASPECT_GREEN,
                                           ASPECT_YELLOW,      ASPECT_RED_YELLOW,
                                           ASPECT_GREEN_FLASH, ASPECT_FLASH_YELLOW,
                                           ASPECT_FLASH_RED,   ASPECT_DARK };
static const int32_t pedestrian_aspects[] = { ASPECT_RED, ASPECT_GREEN, ASPECT_PED_CLEAR,
                                              ASPECT_DARK };

static const int32_t *aspects_of_type(int32_t type, size_t *count)
{
    if (type == SG_PEDESTRIAN) {
        *count = sizeof pedestrian_aspects / sizeof pedestrian_aspects[0];
        return pedestrian_aspects;
    }
    *count = sizeof vehicle_aspects / sizeof vehicle_aspects[0];
    return vehicle_aspects;
}

static bool type_shows(int32_t type, int32_t aspect)
{
    size_t count = 0;
    const int32_t *aspects = aspects_of_type(type, &count);
    for (size_t i = 0; i < count; i++) {
        if (aspects[i] == aspect) {
            return true;
        }
    }
    return false;
}

static bool is_lamp(int32_t n)
{
    return n >= 0 && n < LAMP_MAX;
}

void lamps_of_aspects(const struct lamp_map *map, const int32_t sg_type[SG_MAX], int32_t sg_count,
                      const int32_t aspect[SG_MAX], struct lamp_image *image)
{
    memset(image, 0, sizeof *image);
    for (int32_t sg = 0; sg < sg_count && sg < SG_MAX; sg++) {
        if (!type_shows(sg_type[sg], aspect[sg])) {
            continue; /* dark: a missing red that the cabinet's monitor ends */
        }
        const struct head *head = &aspect_head[aspect[sg]];
        for (uint32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            const int32_t n = map->output[sg][lamp];
            if (!is_lamp(n)) {
                continue;
            }
            const uint32_t bit = bit32((uint32_t)n % 32);
            image->on[n / 32] |= (head->on & bit32(lamp)) != 0 ? bit : 0;
            image->flash[n / 32] |= (head->flash & bit32(lamp)) != 0 ? bit : 0;
        }
    }
}

static int32_t head_to_aspect(int32_t type, uint32_t lamps_present, const struct head *seen)
{
    size_t count = 0;
    const int32_t *aspects = aspects_of_type(type, &count);
    for (size_t i = 0; i < count; i++) {
        const struct head *head = &aspect_head[aspects[i]];
        if ((head->on & lamps_present) == seen->on &&
            (head->flash & lamps_present) == seen->flash) {
            return aspects[i];
        }
    }
    return ASPECT_UNKNOWN;
}

void lamps_to_aspects(const struct lamp_map *map, const int32_t sg_type[SG_MAX], int32_t sg_count,
                      const struct lamp_image *sensed, int32_t aspect[SG_MAX])
{
    for (int32_t sg = 0; sg < SG_MAX; sg++) {
        uint32_t present = 0;
        struct head seen = { 0, 0 };
        for (uint32_t lamp = 0; lamp < LAMP_COUNT && sg < sg_count; lamp++) {
            const int32_t n = map->sensed[sg][lamp];
            if (!is_lamp(n)) {
                continue;
            }
            present |= bit32(lamp);
            const uint32_t bit = bit32((uint32_t)n % 32);
            seen.on |= (sensed->on[n / 32] & bit) != 0 ? bit32(lamp) : 0;
            seen.flash |= (sensed->flash[n / 32] & bit) != 0 ? bit32(lamp) : 0;
        }
        aspect[sg] = sg < sg_count ? head_to_aspect(sg_type[sg], present, &seen) : ASPECT_RED;
    }
}

static void put_lamps(const uint32_t lamps[LAMP_MAX / 32], uint16_t *registers)
{
    for (size_t i = 0; i < LAMP_REGISTERS; i++) {
        registers[i] = (uint16_t)(lamps[i / 2] >> (16 * (i % 2)));
    }
}

static void get_lamps(const uint16_t *registers, uint32_t lamps[LAMP_MAX / 32])
{
    for (size_t i = 0; i < LAMP_MAX / 32; i++) {
        lamps[i] = registers[2 * i] | (uint32_t)registers[2 * i + 1] << 16;
    }
}

static void put_inputs(uint64_t inputs, uint16_t *registers)
{
    for (size_t i = 0; i < INPUT_REGISTERS; i++) {
        registers[i] = (uint16_t)(inputs >> (16 * i));
    }
}

static uint64_t get_inputs(const uint16_t *registers)
{
    uint64_t inputs = 0;
    for (size_t i = 0; i < INPUT_REGISTERS; i++) {
        inputs |= (uint64_t)registers[i] << (16 * i);
    }
    return inputs;
}

void cabinet_encode_command(const struct cabinet_command *c,
                            uint16_t registers[CABINET_COMMAND_REGISTERS])
{
    registers[CABINET_C_VERSION] = CABINET_VERSION;
    registers[CABINET_C_EPOCH] = c->epoch;
    registers[CABINET_C_SEQ] = c->seq;
    registers[CABINET_C_HEARTBEAT] = c->heartbeat;
    registers[CABINET_C_MODE] = c->mode;
    put_lamps(c->image.on, &registers[CABINET_C_ON]);
    put_lamps(c->image.flash, &registers[CABINET_C_FLASH]);
    registers[CABINET_C_CRC] = cabinet_crc16(registers, CABINET_C_CRC);
}

enum status cabinet_decode_command(const uint16_t *registers, size_t count,
                                   struct cabinet_command *c)
{
    if (count != CABINET_COMMAND_REGISTERS || registers[CABINET_C_VERSION] != CABINET_VERSION ||
        registers[CABINET_C_CRC] != cabinet_crc16(registers, CABINET_C_CRC)) {
        return STATUS_INVALID;
    }
    c->epoch = registers[CABINET_C_EPOCH];
    c->seq = registers[CABINET_C_SEQ];
    c->heartbeat = registers[CABINET_C_HEARTBEAT];
    c->mode = registers[CABINET_C_MODE];
    get_lamps(&registers[CABINET_C_ON], c->image.on);
    get_lamps(&registers[CABINET_C_FLASH], c->image.flash);
    return STATUS_OK;
}

void cabinet_encode_state(const struct cabinet_state *s,
                          uint16_t registers[CABINET_STATE_REGISTERS])
{
    registers[CABINET_S_VERSION] = CABINET_VERSION;
    registers[CABINET_S_SITE] = s->site_id;
    for (uint32_t i = 0; i < 4; i++) {
        registers[CABINET_S_HASH + i] = (uint16_t)(s->safety_hash >> (48 - 16 * i));
    }
    registers[CABINET_S_EPOCH] = s->epoch;
    registers[CABINET_S_SEQ] = s->seq;
    registers[CABINET_S_FLAGS] = s->flags;
    registers[CABINET_S_FAULT] = s->fault;
    registers[CABINET_S_CONFLICTS] = s->conflict_count;
    registers[CABINET_S_BOOTS] = s->boot_count;
    put_lamps(s->sensed.on, &registers[CABINET_S_ON]);
    put_lamps(s->sensed.flash, &registers[CABINET_S_FLASH]);
    put_inputs(s->occupied, &registers[CABINET_S_INPUTS]);
    put_inputs(s->faulty, &registers[CABINET_S_INPUT_FAULT]);
    for (size_t k = 0; k < DETECTOR_MAX / 2; k++) {
        registers[CABINET_S_EDGES + k] =
            (uint16_t)(s->edge_count[2 * k] | (uint32_t)s->edge_count[2 * k + 1] << 8);
    }
    registers[CABINET_S_CRC] = cabinet_crc16(registers, CABINET_S_CRC);
}

enum status cabinet_decode_state(const uint16_t *registers, size_t count, struct cabinet_state *s)
{
    if (count != CABINET_STATE_REGISTERS || registers[CABINET_S_VERSION] != CABINET_VERSION ||
        registers[CABINET_S_CRC] != cabinet_crc16(registers, CABINET_S_CRC)) {
        return STATUS_INVALID;
    }
    s->site_id = registers[CABINET_S_SITE];
    s->safety_hash = 0;
    for (uint32_t i = 0; i < 4; i++) {
        s->safety_hash = s->safety_hash << 16 | registers[CABINET_S_HASH + i];
    }
    s->epoch = registers[CABINET_S_EPOCH];
    s->seq = registers[CABINET_S_SEQ];
    s->flags = registers[CABINET_S_FLAGS];
    s->fault = registers[CABINET_S_FAULT];
    s->conflict_count = registers[CABINET_S_CONFLICTS];
    s->boot_count = registers[CABINET_S_BOOTS];
    get_lamps(&registers[CABINET_S_ON], s->sensed.on);
    get_lamps(&registers[CABINET_S_FLASH], s->sensed.flash);
    s->occupied = get_inputs(&registers[CABINET_S_INPUTS]);
    s->faulty = get_inputs(&registers[CABINET_S_INPUT_FAULT]);
    for (size_t k = 0; k < DETECTOR_MAX / 2; k++) {
        s->edge_count[2 * k] = (uint8_t)(registers[CABINET_S_EDGES + k] & 0xffu);
        s->edge_count[2 * k + 1] = (uint8_t)(registers[CABINET_S_EDGES + k] >> 8);
    }
    return STATUS_OK;
}
