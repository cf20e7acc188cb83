/* null.h: the cabinet that is not there: obeys and confirms every frame at once, in the same
 * process, and shows exactly what was commanded. For simulation and for benchmarks of a thousand
 * junctions. Keeps what a controller's life depends on (lease, heartbeat time, latch, reset) and
 * nothing else: it judges no lamp. Pure; owned by the caller. */
#ifndef KAVSAK_NULL_H
#define KAVSAK_NULL_H

#include "frame.h"

enum { NULL_HEARTBEAT_MS = 1000 };

struct null_cabinet {
    uint32_t site_id;
    uint64_t safety_hash;
    int32_t flash_aspect[SG_MAX];
    int32_t aspect[SG_MAX]; /* as shown */
    uint16_t epoch, seq;
    bool is_held, is_latched, reset_seen;
    mono_t obeyed_at;
    uint32_t boot_count;
};

/* In flash, lease free. Groups from sg_count on show red, as in frames. */
void null_cabinet_init(struct null_cabinet *n, uint32_t site_id, uint64_t safety_hash,
                       const int32_t flash_aspect[SG_MAX], int32_t sg_count);

/* One tick's exchange: obeys the frame (NULL: none was sent) and fills the view with a fresh read.
 */
void null_cabinet_exchange(struct null_cabinet *n, const struct output_frame *frame, mono_t now,
                           struct cabinet_view *view);

/* Someone presses reset: ends the latch and is told to one read. */
void null_cabinet_reset(struct null_cabinet *n);

#endif
