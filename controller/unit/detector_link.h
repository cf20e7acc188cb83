/* detector_link.h: a Modbus device that brings detectors and no lamps: reads its points
 * (hal/points.h) round by round at the rate of site.yaml, one transaction at a time. Never
 * waits, never repeats: what a read missed the next round brings, and until then it ages. Owned
 * by struct unit. */
#ifndef KAVSAK_DETECTOR_LINK_H
#define KAVSAK_DETECTOR_LINK_H

#include "points.h"

struct detector_link {
    uint32_t link_ix; /* of the world */
    const struct site_link *site;
    struct points *points; /* its own memory: most junctions have no such link */
    uint32_t ticket;       /* of the last transaction */
    bool is_under_way;
    uint32_t read_ix; /* of that transaction, or of the next */
    bool has_begun;   /* a round, at round_at */
    mono_t round_at;
    uint64_t ok, failed, late;
};

/* site_link_ix: its place in site->link. STATUS_INVALID: a point that no device can have;
 * STATUS_NO_SPACE. */
MUST_CHECK enum status detector_link_create(struct detector_link *d, const struct site *site,
                                            int32_t site_link_ix, uint32_t link_ix);
void detector_link_destroy(struct detector_link *d);

/* At every tick and between: takes an answer, starts the next read when it is due. */
void detector_link_step(struct detector_link *d, const struct world *world, mono_t now);

#endif
