/* tick.h: what every module of the core is told about the present tick. Timers of signals and
 * strategies advance only when advances is true: the cabinet confirmed the lamps of the previous
 * frame. Detectors and calls are fed on every tick. */
#ifndef KAVSAK_TICK_H
#define KAVSAK_TICK_H

#include "types.h"

struct tick {
    mono_t now;
    mono_t confirmed_at; /* when the read-back that confirmed the present lamps was complete */
    bool advances;
    wall_t wall;
    int32_t utc_offset_s;
    bool wall_is_synced;
};

#endif
