/* witness.h: tells the guard, on its own evidence, when the cabinet confirmed the lamps of the
 * previous frame. The controller's lease decides the same by other means; the guard believes a
 * confirmation only when both do, so that one mistake cannot make time run for sequencer and guard
 * alike. Remembers which frames were sent; never sends, never judges a lamp. Owned by struct
 * junction. */
#ifndef KAVSAK_WITNESS_H
#define KAVSAK_WITNESS_H

#include "frame.h"

enum { WITNESS_FRAMES = 32 }; /* 3.2 s; a link that lags so far has long been lost */

/* One frame that a link may have carried. */
struct witness_frame {
    int32_t seq; /* -1: none, or its echo was used */
    int32_t epoch;
    int32_t image; /* number of the lamp image it carried */
};

struct witness {
    int32_t image; /* number of the present lamp image: +1 with every change, rolls over */
    int32_t next;
    int32_t aspect[SG_MAX];
    struct witness_frame sent[WITNESS_FRAMES];
};

void witness_init(struct witness *w);

/* True when this read echoes, for the first time, a frame that carried the present lamps, the lease
 * is its epoch's, nobody else holds the lamps, and they were sensed as commanded. */
bool witness_confirms(struct witness *w, int32_t sg_count, const struct cabinet_view *seen);

/* After every tick: the frame that leaves. */
void witness_note(struct witness *w, const struct output_frame *out);

#endif
