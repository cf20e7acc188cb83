/* sumo_lamps.h: from the lamps of signal groups to the letters of a SUMO traffic light. Pure. */
#ifndef KAVSAK_SUMO_LAMPS_H
#define KAVSAK_SUMO_LAMPS_H

#include "sumo_map.h"

/* letters gets one for each link and a closing zero. */
void sumo_lamps(const struct sumo_map *map, const int32_t aspect[SG_MAX],
                char letters[SUMO_LINK_MAX + 1]);

/* What SUMO is to show for a whole second whose last two ticks were these. A display lasts a tick
 * longer than its time in the file (both clocks have to agree that it is over), so that a yellow of
 * 3.0 s that begins on the last tick of a second would be seen by four samples instead of three;
 * its first tick is therefore not the one that is shown. */
void sumo_lamps_sample(const int32_t before[SG_MAX], const int32_t last[SG_MAX],
                       int32_t shown[SG_MAX]);

#endif
