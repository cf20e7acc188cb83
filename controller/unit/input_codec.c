#include "input_codec.h"

#include <string.h>

/* Writes or reads one field after the other, so that layout and reading back are one list of
 * fields and cannot differ. */
struct flat {
    bool is_reading;
    size_t at;
    uint8_t *bytes;     /* INPUT_FLAT_MAX_BYTES */
    size_t messages_at; /* where neighbours begin */
};

static uint64_t flat_field(struct flat *f, uint64_t value, size_t bytes)
{
    REQUIRE(f->at + bytes <= INPUT_FLAT_MAX_BYTES);
    uint64_t read = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (f->is_reading) {
            read |= (uint64_t)f->bytes[f->at + i] << (8 * i);
        } else {
            f->bytes[f->at + i] = (uint8_t)(value >> (8 * i));
        }
    }
    f->at += bytes;
    return f->is_reading ? read : value;
}

/* Zigzag, as in Protocol Buffers: small numbers of either sign have zero high bytes. */
static uint64_t zigzag(uint64_t value)
{
    return (value << 1) ^ ((value >> 63) != 0 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t value)
{
    return (value >> 1) ^ ((value & 1u) != 0 ? UINT64_MAX : 0);
}

/* A value as its difference to what is expected; wraps, so that every value can be carried. */
static void flat_i64(struct flat *f, int64_t *value, int64_t expected)
{
    const uint64_t difference = (uint64_t)*value - (uint64_t)expected;
    *value = (int64_t)(unzigzag(flat_field(f, zigzag(difference), 8)) + (uint64_t)expected);
}

static void flat_i32(struct flat *f, int32_t *value, int32_t expected)
{
    const uint32_t difference = (uint32_t)*value - (uint32_t)expected;
    const uint32_t sign = (difference >> 31) != 0 ? UINT32_MAX : 0;
    const uint32_t coded = (uint32_t)flat_field(f, (difference << 1) ^ sign, 4);
    const uint32_t back = (coded >> 1) ^ ((coded & 1u) != 0 ? UINT32_MAX : 0);
    *value = (int32_t)(back + (uint32_t)expected);
}

static void flat_u32(struct flat *f, uint32_t *value)
{
    *value = (uint32_t)flat_field(f, *value, 4);
}

static void flat_u16(struct flat *f, uint16_t *value, uint16_t expected)
{
    *value = (uint16_t)(flat_field(f, (uint16_t)(*value - expected), 2) + expected);
}

static void flat_u8(struct flat *f, uint8_t *value)
{
    *value = (uint8_t)flat_field(f, *value, 1);
}

static void flat_bool(struct flat *f, bool *value)
{
    *value = flat_field(f, *value ? 1 : 0, 1) != 0;
}

static void flat_cabinet(struct flat *f, struct cabinet_view *v, mono_t now, uint16_t expected_seq)
{
    flat_bool(f, &v->is_present);
    flat_bool(f, &v->is_fresh);
    flat_i64(f, &v->seen_at.ms, now.ms);
    flat_u16(f, &v->epoch, 0);
    flat_u16(f, &v->seq, expected_seq);
    flat_u32(f, &v->flags);
    flat_i32(f, &v->monitor_fault, 0);
    flat_u32(f, &v->conflict_count);
    flat_u32(f, &v->boot_count);
    flat_u32(f, &v->site_id);
    v->safety_hash = flat_field(f, v->safety_hash, 8);
    for (size_t i = 0; i < SG_MAX; i++) {
        flat_i32(f, &v->aspect[i], 0);
    }
}

/* By columns: detectors of one source have one age, so each age is expected to be the one
 * before. */
static void flat_detectors(struct flat *f, struct detector_input d[DETECTOR_MAX])
{
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_bool(f, &d[i].is_occupied);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_u8(f, &d[i].edge_count);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_u8(f, &d[i].quality);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_i32(f, &d[i].age_ms, i > 0 ? d[i - 1].age_ms : 0);
    }
}

static void flat_command(struct flat *f, struct command *c)
{
    c->command_id = flat_field(f, c->command_id, 8);
    flat_i32(f, &c->kind, 0);
    flat_i32(f, &c->target, 0);
    flat_i32(f, &c->value, 0);
    flat_i32(f, &c->duration_ms, 0);
    flat_i64(f, &c->until.ms, 0);
}

/* Added later, behind everything else: what was written before them reads as frames without. */
static void flat_zones(struct flat *f, struct detector_input d[DETECTOR_MAX])
{
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_bool(f, &d[i].has_zone);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_u8(f, &d[i].zone_vehicles);
    }
    for (size_t i = 0; i < DETECTOR_MAX; i++) {
        flat_u8(f, &d[i].zone_queued);
    }
}

static void flat_neighbour(struct flat *f, struct neighbour_input *n)
{
    flat_u8(f, &n->direction);
    flat_u8(f, &n->sender);
    flat_u8(f, &n->ix);
    flat_u8(f, &n->room_vehicles);
    flat_u16(f, &n->age_ms, 0);
    flat_u16(f, &n->travel_s, 0);
    for (size_t i = 0; i < NEIGHBOUR_BINS; i++) {
        flat_u16(f, &n->bin_mveh[i], 0);
    }
}

static void flat_frame(struct flat *f, const struct input_coder *c, struct input_frame *in,
                       mono_t *now)
{
    flat_i64(f, &now->ms, c->has_previous ? (int64_t)((uint64_t)c->now.ms + TICK_MS) : 0);
    const uint64_t passed = (uint64_t)now->ms - (uint64_t)c->now.ms;
    flat_i64(f, &in->wall.ms, c->has_previous ? (int64_t)((uint64_t)c->wall.ms + passed) : 0);
    flat_i32(f, &in->utc_offset_s, 0);
    flat_bool(f, &in->wall_is_synced);
    flat_bool(f, &in->is_stopping);
    flat_i32(f, &in->scheduled_pattern_ix, 0);
    flat_cabinet(f, &in->cabinet, *now, c->has_previous ? (uint16_t)(c->seq + 1) : 0);
    flat_detectors(f, in->detector);
    flat_u32(f, &in->command_count);
    for (size_t i = 0; i < COMMAND_PER_TICK_MAX; i++) {
        flat_command(f, &in->command[i]);
    }
    flat_bool(f, &in->is_overloaded);
    flat_zones(f, in->detector);
    f->messages_at = f->at;
    flat_u32(f, &in->neighbour_count);
    for (size_t i = 0; i < in->neighbour_count && i < NEIGHBOUR_PER_TICK_MAX; i++) {
        flat_neighbour(f, &in->neighbour[i]);
    }
}

/* A message comes once: the next frame differs from one without it. */
static void remember(struct input_coder *c, const struct input_frame *in, mono_t now,
                     const struct flat *f)
{
    c->has_previous = true;
    c->now = now;
    c->wall = in->wall;
    c->seq = in->cabinet.seq;
    memcpy(c->flat, f->bytes, f->messages_at);
    memset(c->flat + f->messages_at, 0, INPUT_FLAT_MAX_BYTES - f->messages_at);
}

/* Runs: a byte below RUN_LITERAL says that byte + 1 zeros follow, another that (byte -
 * RUN_LITERAL) + 1 bytes follow as they are. Trailing zeros are left out. */
enum { RUN_LITERAL = 0x80, RUN_MAX = 0x80 };

static size_t zeros_at(const uint8_t *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && bytes[count] == 0) {
        count++;
    }
    return count;
}

/* Up to the next two zeros: a single one is cheaper inside. */
static size_t literals_at(const uint8_t *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && count < RUN_MAX &&
           (bytes[count] != 0 || (count + 1 < size && bytes[count + 1] != 0))) {
        count++;
    }
    return count;
}

static size_t runs_pack(const uint8_t *bytes, size_t size, uint8_t *out, size_t room)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t zeros = zeros_at(bytes + at, size - at);
        if (at + zeros == size) {
            break;
        }
        if (zeros > 0) {
            zeros = zeros < RUN_MAX ? zeros : RUN_MAX;
            REQUIRE(used < room);
            out[used++] = (uint8_t)(zeros - 1);
            at += zeros;
            continue;
        }
        const size_t literals = literals_at(bytes + at, size - at);
        REQUIRE(literals > 0 && used + 1 + literals <= room);
        out[used++] = (uint8_t)(RUN_LITERAL + literals - 1);
        memcpy(out + used, bytes + at, literals);
        used += literals;
        at += literals;
    }
    return used;
}

static bool runs_unpack(const uint8_t *bytes, size_t size, uint8_t *out, size_t room)
{
    size_t used = 0;
    memset(out, 0, room);
    for (size_t at = 0; at < size;) {
        const uint8_t token = bytes[at++];
        const size_t count = (size_t)(token % RUN_LITERAL) + 1;
        if (used + count > room) {
            return false;
        }
        if (token >= RUN_LITERAL) {
            if (at + count > size) {
                return false;
            }
            memcpy(out + used, bytes + at, count);
            at += count;
        }
        used += count;
    }
    return true;
}

enum { KIND_DELTA = 1, KIND_KEY = 2 };

void input_coder_init(struct input_coder *c)
{
    memset(c, 0, sizeof *c);
}

size_t input_encode(struct input_coder *c, const struct input_frame *in, mono_t now, uint8_t *out,
                    size_t room)
{
    if (room < RECORD_PAYLOAD_MAX_BYTES) {
        return 0;
    }
    if (!c->has_previous || c->since_key + 1 >= INPUT_KEY_TICKS) {
        input_coder_init(c);
    } else {
        c->since_key++;
    }
    uint8_t flat[INPUT_FLAT_MAX_BYTES] = { 0 };
    struct flat f = { .bytes = flat };
    struct input_frame copy = *in;
    flat_frame(&f, c, &copy, &now);
    uint8_t changed[INPUT_FLAT_MAX_BYTES];
    for (size_t i = 0; i < sizeof changed; i++) {
        changed[i] = flat[i] ^ c->flat[i];
    }
    out[0] = c->has_previous ? KIND_DELTA : KIND_KEY;
    const size_t size = 1 + runs_pack(changed, sizeof changed, out + 1, room - 1);
    remember(c, in, now, &f);
    return size;
}

enum status input_decode(struct input_coder *c, const uint8_t *bytes, size_t size,
                         struct input_frame *in, mono_t *now)
{
    if (size == 0 || (bytes[0] != KIND_KEY && bytes[0] != KIND_DELTA)) {
        return STATUS_INVALID;
    }
    if (bytes[0] == KIND_DELTA && !c->has_previous) {
        return STATUS_AGAIN;
    }
    if (bytes[0] == KIND_KEY) {
        input_coder_init(c);
    }
    uint8_t flat[INPUT_FLAT_MAX_BYTES];
    if (!runs_unpack(bytes + 1, size - 1, flat, sizeof flat)) {
        return STATUS_INVALID;
    }
    for (size_t i = 0; i < sizeof flat; i++) {
        flat[i] ^= c->flat[i];
    }
    struct flat f = { .is_reading = true, .bytes = flat };
    memset(in, 0, sizeof *in);
    flat_frame(&f, c, in, now);
    remember(c, in, *now, &f);
    return in->command_count <= COMMAND_PER_TICK_MAX &&
                   in->neighbour_count <= NEIGHBOUR_PER_TICK_MAX
               ? STATUS_OK
               : STATUS_INVALID;
}

enum { OUT_MAY_WRITE = 1, OUT_HEARTBEAT = 2, OUT_WANTS_FLASH = 4, OUT_WANTS_LATCH = 8 };

_Static_assert(ASPECT_COUNT <= 16, "an aspect is packed into four bits");

void output_encode(const struct output_frame *out, uint8_t bytes[OUTPUT_PACKED_BYTES])
{
    bytes[0] =
        (uint8_t)((out->may_write ? OUT_MAY_WRITE : 0) | (out->heartbeat ? OUT_HEARTBEAT : 0) |
                  (out->wants_flash ? OUT_WANTS_FLASH : 0) |
                  (out->wants_latch ? OUT_WANTS_LATCH : 0));
    bytes[1] = (uint8_t)out->epoch;
    bytes[2] = (uint8_t)(out->epoch >> 8);
    bytes[3] = (uint8_t)out->seq;
    bytes[4] = (uint8_t)(out->seq >> 8);
    for (uint32_t i = 0; i < SG_MAX; i += 2) {
        bytes[5 + i / 2] =
            (uint8_t)(((uint32_t)out->aspect[i] & 15) | ((uint32_t)out->aspect[i + 1] & 15) << 4);
    }
}

bool output_decode(const uint8_t *bytes, size_t size, struct output_frame *out)
{
    if (size != OUTPUT_PACKED_BYTES || bytes[0] > 15) {
        return false;
    }
    *out = (struct output_frame){ .may_write = (bytes[0] & OUT_MAY_WRITE) != 0,
                                  .heartbeat = (bytes[0] & OUT_HEARTBEAT) != 0,
                                  .wants_flash = (bytes[0] & OUT_WANTS_FLASH) != 0,
                                  .wants_latch = (bytes[0] & OUT_WANTS_LATCH) != 0,
                                  .epoch = (uint16_t)(bytes[1] | bytes[2] << 8),
                                  .seq = (uint16_t)(bytes[3] | bytes[4] << 8) };
    for (uint32_t i = 0; i < SG_MAX; i++) {
        out->aspect[i] = bytes[5 + i / 2] >> (4 * (i % 2)) & 15;
        if (out->aspect[i] >= ASPECT_COUNT) {
            return false;
        }
    }
    return true;
}
