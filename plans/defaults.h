/* defaults.h: what a group gets when its file says nothing, and the least that a profile accepts.
 * The only place with such numbers; docs/plan-format.md prints it. */
#ifndef KAVSAK_DEFAULTS_H
#define KAVSAK_DEFAULTS_H

#include "plan.h"

struct group_defaults {
    int32_t min_green_ms; /* pedestrians: walk */
    int32_t green_flash_ms;
    int32_t yellow_ms;
    int32_t red_yellow_ms;
    int32_t min_red_ms;
    int32_t flash_aspect;
};

struct profile_limits {
    int32_t yellow_least_ms;
    int32_t green_least_ms; /* vehicles, trams, cycles */
    int32_t walk_least_ms;
    int32_t red_yellow_least_ms, red_yellow_most_ms; /* or 0 */
    int32_t flash_least_ms, startup_yellow_least_ms; /* of the start-up */
    int32_t walking_speed_cmps;                      /* default */
    int32_t walking_speed_most_cmps;
    bool yellow_fits_speed; /* rule P040 holds */
};

const struct group_defaults *defaults_of(int32_t profile, int32_t sg_type);
const struct profile_limits *defaults_limits(int32_t profile);

#endif
