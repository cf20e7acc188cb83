/* advice.h: what the optimiser has to say to the strategies of the core: where to be. It is a value
 * that may be followed or not; minimums, maximums, demand and the plan's transitions stay the
 * core's, so advice can waste seconds and never break a law. */
#ifndef KAVSAK_ADVICE_H
#define KAVSAK_ADVICE_H

#include "types.h"

/* Advice that misses its next decision by more is not followed: the stage runs by its gaps. */
enum { ADVICE_STALE_MS = 3000 };

struct advice {
    bool is_valid;
    int32_t stage_ix;    /* stage plans: the stage to be in */
    phase_mask_t phases; /* ring plans: the phases to be on */
    int32_t stay_ms;     /* for how long the optimiser means to be there, from the decision on */
    sg_mask_t walks;     /* stage plans: called crossings worth opening in the running stage */
    int32_t age_ms;      /* since it was decided */
    int32_t pause_ms;    /* to the next decision, beyond the usual second */
};

#endif
