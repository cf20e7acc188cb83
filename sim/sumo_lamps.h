/* sumo_lamps.h: which of the ten displays of a second SUMO is shown for its next step. Pure. */
#ifndef KAVSAK_SUMO_LAMPS_H
#define KAVSAK_SUMO_LAMPS_H

#include "types.h"

/* From the lamps of the last two ticks of a second. A display lasts a tick longer than its time in
 * the file (both clocks have to agree that it is over), so that a yellow of 3.0 s that begins on
 * the last tick of a second would be seen by four samples instead of three; its first tick is
 * therefore not the one that is shown. */
void sumo_lamps_sample(const int32_t before[SG_MAX], const int32_t last[SG_MAX],
                       int32_t shown[SG_MAX]);

#endif
