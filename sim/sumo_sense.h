/* sumo_sense.h: what the detectors of one junction report, tick by tick, from what SUMO says of a
 * whole second: vehicles on loops at the tenth of a second that their counts, occupancy and gaps
 * leave possible, camera zones once a second. Also where sensors are made worse than SUMO's: missed
 * and doubled vehicles, late cameras, dead detectors. Deterministic for its seed. Pure. */
#ifndef KAVSAK_SUMO_SENSE_H
#define KAVSAK_SUMO_SENSE_H

#include "plan.h"
#include "rng.h"
#include "traci.h"

enum { SENSE_TICKS = 10 }; /* of one SUMO step */

enum sense_life { SENSE_ALIVE, SENSE_STUCK_OFF, SENSE_FAILED };

struct sense_detector {
    bool is_zone, exists;
    int32_t life; /* enum sense_life */
    struct rng rng;
    bool was_covered; /* loops: by somebody at the end of the last second */
    bool is_missed;   /* and that vehicle is one that the loop does not notice */
    bool was_on;      /* zones */
    uint8_t edge_count;
    uint16_t level;                     /* bit = tick: loop is occupied */
    uint8_t edges[SENSE_TICKS];         /* vehicles that come on that tick */
    int32_t vehicles, queued;           /* zones: as this second has them */
    int32_t told_vehicles, told_queued; /* and as the camera has said */
    int32_t told_ago_ticks;
};

struct sense {
    bool is_noisy;
    uint32_t count;
    struct sense_detector detector[DETECTOR_MAX];
};

struct sense_options {
    uint64_t seed;
    uint32_t junction_ix;
    bool is_noisy;
    int32_t failed_pct;
};

/* exists: bit = detector_ix, those that the network has; zones: those of them that are cameras. */
void sense_init(struct sense *s, const struct sense_options *options, uint32_t count,
                detector_mask_t exists, detector_mask_t zones);
/* The last step's value of one detector. */
void sense_take(struct sense *s, uint32_t detector_ix, const struct traci_reading *r);
/* What the frame of this tick (0 to 9) says. */
void sense_fill(struct sense *s, int32_t tick, struct detector_input in[DETECTOR_MAX]);

#endif
