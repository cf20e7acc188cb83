/* null.h: the cabinet that is not there: obeys every frame at once and senses exactly what was commanded.
 * For developing plans without a device and for measuring the daemon without the wire; a safety file never
 * leads to it by accident, because site.yaml has to name the link's kind. Pure. */
#ifndef KAVSAK_NULL_H
#define KAVSAK_NULL_H

#include "frame.h"

struct null_cabinet {
    bool has_heard; /* a frame came since the last view */
    bool is_held;   /* somebody's heartbeat lives */
    mono_t heard_at;
    uint16_t epoch, seq;
    int32_t aspect[SG_MAX]; /* as its lamps burn */
};

/* Lease free, lamps as given: what a cabinet flashes when nobody commands it. */
void null_cabinet_init(struct null_cabinet *c, const int32_t aspect[SG_MAX]);

/* The frame of a tick, by the rules of docs/cabinet.md: while the lease is held only its epoch is obeyed,
 * while it is free only a newer one; a stopped heartbeat frees it. */
void null_cabinet_write(struct null_cabinet *c, const struct output_frame *frame, mono_t now);

/* What the next tick sees of it. It was wired for whatever junction asks. */
void null_cabinet_read(struct null_cabinet *c, uint32_t site_id, uint64_t safety_hash, mono_t now,
                       struct cabinet_view *view);

#endif
