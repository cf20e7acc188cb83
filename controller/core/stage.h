/* stage.h: chooses the wanted stage of a stage-based plan: by the clock (fixed, coordinated), by
 * gaps and maximums (actuated), by hand (manual). Only says which groups should be open; the
 * sequencer brings them there. Changes only along the plan's allowed transitions. */
#ifndef KAVSAK_STAGE_H
#define KAVSAK_STAGE_H

#include "call.h"
#include "coord.h"
#include "event.h"
#include "plan.h"
#include "sequencer.h"

struct stages {
    int32_t stage_ix;  /* wanted now */
    int32_t step_ix;   /* of the running pattern, -1 outside */
    int32_t next_ix;   /* decided but not begun, -1 none */
    int32_t wanted_ms; /* confirmed time since it became wanted */
    int32_t green_ms;  /* since all its unconditional groups were green; 0 before */
    int32_t max_ms;    /* time against the maximum: runs while a conflicting call waits */
    sg_mask_t open;    /* of its groups, those opened this time (conditional ones by demand) */
    bool all_green;
};

void stages_init(struct stages *s, const struct plan *p);

/* What a strategy may impose for this tick. */
struct stage_order {
    int32_t strategy; /* STRATEGY_FIXED, _ACTUATED, _COORDINATED, _MANUAL */
    int32_t pattern_ix;
    int32_t forced_stage_ix; /* command or manual: go here when allowed; -1 none */
    bool hold;               /* stay, whatever the timers say */
    bool finish;             /* shutting down: open nothing new */
    sg_mask_t omit;
};

void stages_step(struct stages *s, const struct plan *p, const struct stage_order *o,
                 const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                 const struct tick *t, struct wanted *w, struct event_list *events);

/* A stage border: the wanted stage is all green and its minimum served, so a plan may be exchanged.
 */
bool stages_at_border(const struct stages *s, const struct plan *p);

#endif
