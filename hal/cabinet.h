/* cabinet.h: the cabinet's register map (docs/cabinet.md): output frame to registers, registers to
 * cabinet view and inputs. Pure encoding, both ways, so that the map can be proved and the emulated
 * cabinet can be checked against it. All in holding registers, one FC23 transaction per tick, 18
 * registers out and 65 back; every block ends with a CRC-16 of its own, because a gateway can
 * garble what TCP cannot. */
#ifndef KAVSAK_CABINET_H
#define KAVSAK_CABINET_H

#include "frame.h"
#include "types.h"

enum {
    CABINET_VERSION = 0x4b01, /* "K", map version 1 */

    /* Command block, written. */
    CABINET_COMMAND_ADDRESS = 0x0000,
    CABINET_C_VERSION = 0,
    CABINET_C_EPOCH = 1,
    CABINET_C_SEQ = 2,
    CABINET_C_HEARTBEAT = 3, /* 0x5555 and 0xaaaa by turns; 0: stopped on purpose */
    CABINET_C_MODE = 4,      /* 1 lamps as in the image, 2 flash, 3 flash and latch */
    CABINET_C_ON = 5,        /* 6 registers: lamp n is bit n % 16 of register n / 16 */
    CABINET_C_FLASH = 11,    /* 6 registers: lit lamps that flash, with the cabinet's flasher */
    CABINET_C_CRC = 17,
    CABINET_COMMAND_REGISTERS = 18,

    /* State block, read. */
    CABINET_STATE_ADDRESS = 0x0100,
    CABINET_S_VERSION = 0,
    CABINET_S_SITE = 1,
    CABINET_S_HASH = 2,  /* 4 registers, most significant first: the safety file it was wired for */
    CABINET_S_EPOCH = 6, /* whom it obeys or last obeyed */
    CABINET_S_SEQ = 7,   /* last accepted */
    CABINET_S_FLAGS = 8, /* enum cabinet_flag */
    CABINET_S_FAULT = 9, /* monitor, 0 none */
    CABINET_S_CONFLICTS = 10, /* counts since it left the works, low 16 bits */
    CABINET_S_BOOTS = 11,
    CABINET_S_ON = 12,          /* 6 registers: lamps sensed lit (steady or flashing) */
    CABINET_S_FLASH = 18,       /* 6 registers: sensed flashing */
    CABINET_S_INPUTS = 24,      /* 4 registers: input n occupied is bit n % 16 of register n / 16 */
    CABINET_S_INPUT_FAULT = 28, /* 4 registers: input n reported faulty by its own hardware */
    CABINET_S_EDGES = 32, /* 32 registers: off-to-on edges of input 2k low byte, 2k + 1 high byte */
    CABINET_S_CRC = 64,
    CABINET_STATE_REGISTERS = 65
};

/* What a write asks of the cabinet, decoded: the emulated cabinet's side. */
struct cabinet_command {
    uint16_t epoch, seq, heartbeat, mode;
    struct lamp_image image;
};

/* What the cabinet knows, before it is a frame. */
struct cabinet_state {
    uint16_t site_id;
    uint64_t safety_hash;
    uint16_t epoch, seq, flags, fault, conflict_count, boot_count;
    struct lamp_image sensed;
    uint64_t occupied;
    uint64_t faulty;
    uint8_t edge_count[DETECTOR_MAX];
};

/* CRC-16/MODBUS over registers, high byte first. */
uint16_t cabinet_crc16(const uint16_t *registers, size_t count);

/* Aspects to lamps and back. Unmapped lamps of an aspect are left out; lamps_to_aspects answers
 * ASPECT_UNKNOWN where no aspect of the type has these lamps. Aspects that a head cannot tell apart
 * for want of a lamp read as the first of red, green, yellow; groups not in use read red, as frames
 * have them. The table is in docs/laws.md, section 1. */
void lamps_of_aspects(const struct lamp_map *map, const int32_t sg_type[SG_MAX], int32_t sg_count,
                      const int32_t aspect[SG_MAX], struct lamp_image *image);
void lamps_to_aspects(const struct lamp_map *map, const int32_t sg_type[SG_MAX], int32_t sg_count,
                      const struct lamp_image *sensed, int32_t aspect[SG_MAX]);

void cabinet_encode_command(const struct cabinet_command *c,
                            uint16_t registers[CABINET_COMMAND_REGISTERS]);
MUST_CHECK enum status cabinet_decode_command(const uint16_t *registers, size_t count,
                                              struct cabinet_command *c);
void cabinet_encode_state(const struct cabinet_state *s,
                          uint16_t registers[CABINET_STATE_REGISTERS]);
MUST_CHECK enum status cabinet_decode_state(const uint16_t *registers, size_t count,
                                            struct cabinet_state *s);

#endif
