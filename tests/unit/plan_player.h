/* plan_player.h: plays a plan in a second way, to judge the prover: a random walk through stages or
 * phase combinations whose greens are computed as instants, not stepped, and which trusts the plan:
 * it opens what it is told to without looking for conflicts. Every frame is then judged by law L2
 * and L6. Shares no code with plans/. */
#ifndef KAVSAK_PLAN_PLAYER_H
#define KAVSAK_PLAN_PLAYER_H

#include "plan.h"

struct player_fault {
    int32_t tick;
    char text[160];
};

/* splitmix64; below `bound`. */
uint32_t player_random(uint64_t *seed, size_t bound);

/* False: a frame broke a law; fault says which. */
bool player_walk(const struct plan *p, uint64_t *seed, int32_t ticks, struct player_fault *fault);

#endif
