/* input_codec.h: input frames as RECORD_INPUT payloads and back, bit for bit, so that a replay
 * makes the same outputs. A frame is first laid out as bytes whose usual change from tick to tick
 * is none (ages as differences along the array, times as differences to what the tick would make
 * them), then only what differs from the frame before is written. A key frame stands alone. Pure.
 */
#ifndef KAVSAK_INPUT_CODEC_H
#define KAVSAK_INPUT_CODEC_H

#include "frame.h"
#include "record.h"

enum {
    INPUT_KEY_TICKS = 600, /* a key frame each minute: what a gap can cost */
    INPUT_FLAT_MAX_BYTES =
        2176 /* a frame laid out; with run lengths still below a record's payload */
};

struct input_coder { /* one for each junction and direction */
    bool has_previous;
    int32_t since_key;
    mono_t now;
    wall_t wall;
    uint16_t seq;
    uint8_t flat[INPUT_FLAT_MAX_BYTES];
};

void input_coder_init(struct input_coder *c);

/* Returns the bytes written, 0 if room is below RECORD_PAYLOAD_MAX_BYTES. */
size_t input_encode(struct input_coder *c, const struct input_frame *in, mono_t now, uint8_t *out,
                    size_t room);

/* STATUS_AGAIN: not a key frame and the one before it is not known (after a gap): wait for the next
 * key. STATUS_INVALID: not a frame. After a gap call input_coder_init() first. */
MUST_CHECK enum status input_decode(struct input_coder *c, const uint8_t *bytes, size_t size,
                                    struct input_frame *in, mono_t *now);

/* Output frames as RECORD_OUTPUT payloads: what a replay must come to. */
enum { OUTPUT_PACKED_BYTES = 5 + SG_MAX / 2 };
void output_encode(const struct output_frame *out, uint8_t bytes[OUTPUT_PACKED_BYTES]);
/* False: not an output frame. */
MUST_CHECK bool output_decode(const uint8_t *bytes, size_t size, struct output_frame *out);

#endif
