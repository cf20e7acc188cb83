/* wanted.h: the one thing that stages, ring phases, manual control and the optimiser have to say to
 * the sequencer: which groups should be open. It is a wish; when a group may open or close is the
 * sequencer's business alone. */
#ifndef KAVSAK_WANTED_H
#define KAVSAK_WANTED_H

#include "types.h"

struct wanted {
    sg_mask_t open; /* everything else shall close as soon as it may */
    sg_mask_t
        hold_walk; /* pedestrian groups that rest in walk while open; others close after walk_ms */
    int32_t walk_ms[SG_MAX]; /* pedestrian groups: walk for this opening, at least min_green_ms */
};

#endif
