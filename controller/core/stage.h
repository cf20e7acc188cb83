/* stage.h: chooses the wanted stage of a stage-based plan: by the clock (fixed, coordinated), by
 * gaps and maximums (actuated), by advice (adaptive), by hand (manual). Only says which groups
 * should be open; the sequencer brings them there. Changes only along the plan's allowed
 * transitions. */
#ifndef KAVSAK_STAGE_H
#define KAVSAK_STAGE_H

#include "call.h"
#include "coord.h"
#include "event.h"
#include "plan.h"
#include "sequencer.h"

struct stages {
    int32_t stage_ix;     /* wanted now */
    int32_t pattern_ix;   /* that step_ix belongs to, -1 none yet */
    int32_t step_ix;      /* of the running pattern, -1 outside */
    int32_t next_ix;      /* decided but not begun, -1 none */
    int32_t wanted_ms;    /* confirmed time since it became wanted */
    int32_t green_ms;     /* since all its unconditional groups were green; 0 before */
    int32_t max_ms;       /* time against the maximum: runs while a conflicting call waits */
    sg_mask_t open;       /* of its groups, those opened this time (conditional ones by demand) */
    sg_mask_t seen_green; /* of open, those that have been green since it became wanted */
    sg_mask_t
        reopen; /* pedestrians left out of wanted for one tick: their next walk is a new one */
    bool all_green;
    bool min_served; /* all green, and the minimum of every green group is over */
};

/* Before the first stage, which the first step begins. */
void stages_init(struct stages *s, const struct plan *p);

/* What a strategy may impose for this tick. */
struct stage_order {
    int32_t strategy; /* STRATEGY_FIXED, _ACTUATED, _COORDINATED, _ADAPTIVE, _MANUAL */
    int32_t pattern_ix;
    int32_t forced_stage_ix; /* command or manual: go here when allowed, and stay; -1 none */
    bool hold;               /* stay, whatever the timers say */
    bool force_off;          /* go on as soon as minimums allow */
    bool finish;             /* shutting down: open nothing new */
    sg_mask_t omit;
    /* STRATEGY_ADAPTIVE */
    int32_t stay_ms;        /* for how long it means to stay in it; 0: not known */
    sg_mask_t walks;        /* called crossings that it would open now, whatever stay_ms says */
    int32_t advised_ix;     /* where the optimiser would be; -1: no valid advice, run by gaps */
    sg_mask_t overdue;      /* groups that must be served before anything else, from now on */
    sg_mask_t overdue_next; /* those that another stage before theirs would make overdue */
};

/* One confirmed tick: chooses, and writes the groups of the wanted stage into w. */
void stages_step(struct stages *s, const struct plan *p, const struct stage_order *o,
                 const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                 const struct tick *t, struct wanted *w, struct event_list *events);

/* A stage border: the wanted stage is all green and its minimum served, so a plan may be exchanged.
 */
bool stages_at_border(const struct stages *s, const struct plan *p);

/* The stage after the present one in the pattern's order: where a person's "next" leads. */
int32_t stages_following(const struct stages *s, const struct plan *p, int32_t pattern_ix);

/* The next stage on the shortest way of allowed transitions; from itself if there is no way. */
int32_t stages_way(const struct plan *p, int32_t from_ix, int32_t to_ix);

#endif
