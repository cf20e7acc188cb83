#include "sumo_lamps.h"

void sumo_lamps_sample(const int32_t before[SG_MAX], const int32_t last[SG_MAX],
                       int32_t shown[SG_MAX])
{
    for (int32_t i = 0; i < SG_MAX; i++) {
        const bool just_began = last[i] == ASPECT_YELLOW && before[i] != ASPECT_YELLOW;
        shown[i] = just_began ? before[i] : last[i];
    }
}
