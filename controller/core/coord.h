/* coord.h: the cycle clock. Where in the cycle we are and where we should be, from civil time,
 * cycle and offset; brings the two together by one of the four corrections; says when greens are
 * forced off and when they may yield. Never ends a green itself. A stepped clock moves only the
 * target: the local cycle follows through the same bounded correction (rule RT-3). */
#ifndef KAVSAK_COORD_H
#define KAVSAK_COORD_H

#include "event.h"
#include "plan.h"
#include "tick.h"

/* Values of event 150. */
enum coord_state {
    COORD_FREE = 0,
    COORD_IN_STEP = 1,
    COORD_TRANSITION_ADD = 2,
    COORD_TRANSITION_SUBTRACT = 3,
    COORD_TRANSITION_DWELL = 4,
    COORD_LOCAL_ZERO = 5
};

struct coord {
    int32_t state;         /* enum coord_state */
    int32_t pattern_ix;    /* -1 free */
    int32_t local_ms;      /* place in the cycle that splits are timed by */
    int32_t target_ms;     /* where civil time says we should be */
    int32_t corrected_ms;  /* correction spent in this cycle */
    int32_t rate_error_ms; /* fraction of a tick carried over while correcting */
    int32_t dwelt_ms;
    phase_mask_t force_off; /* phases to end now */
    phase_mask_t may_yield; /* phases inside their permissive period */
    bool step_is_due;       /* stage plans: the pattern's step at local_ms */
    int32_t step_ix;
    int32_t cycles_unserved[PHASE_MAX]; /* F61 */
};

void coord_init(struct coord *c);
/* pattern_ix -1: run free. */
void coord_step(struct coord *c, const struct plan *p, int32_t pattern_ix, const struct tick *t,
                struct event_list *events);

#endif
