/* script.h: a fixed or coordinated pattern as a script: which groups should be open at which moment
 * of its cycle, from steps or from splits. Time 0 is the start of the first step, or of the first
 * phase of each ring; the offset plays no part. Never decides what lamps show: timeline.c does. */
#ifndef KAVSAK_SCRIPT_H
#define KAVSAK_SCRIPT_H

#include "plan.h"

enum { SCRIPT_SPAN_MAX = 4 * PHASE_MAX + 2 * OVERLAP_MAX * PHASE_MAX };

struct script_span {
    int32_t from_ms, until_ms; /* until may pass the end of the cycle and then wraps */
    sg_mask_t sg;
    bool closes;      /* keeps the groups closed, whatever opens them */
    int32_t step_ix;  /* stage plans, else -1 */
    int32_t phase_ix; /* ring plans, else -1 */
};

struct script {
    int32_t cycle_ms;
    int32_t count;
    int32_t walk_ms[SG_MAX];           /* for timeline.walk_ms */
    int32_t phase_start_ms[PHASE_MAX]; /* -1: not in this pattern */
    struct script_span span[SCRIPT_SPAN_MAX];
};

/* Has the pattern a cycle whose every moment is known beforehand? */
bool script_is_timed(const struct pattern *t);

/* demand: groups that somebody asked for, of those that open on demand only. The pattern must be
 * timed, its indices valid and its sums right. */
void script_read(const struct plan *p, int32_t pattern_ix, sg_mask_t demand, struct script *out);

sg_mask_t script_open(const struct script *sc, int32_t at_ms);
/* The next moment after at_ms at which script_open() may change; the end of the cycle at the
 * latest. */
int32_t script_next_ms(const struct script *sc, int32_t at_ms);

/* The groups of this pattern that open on demand only. */
sg_mask_t script_on_demand(const struct plan *p, int32_t pattern_ix);

/* Is the phase served by this pattern: enabled, in its ring's order, not omitted, with a split? */
bool script_serves_phase(const struct plan *p, const struct pattern *t, int32_t phase_ix);

/* May the walk of this phase outlast its split? One that comes now and then costs the cycle its
 * step; one that comes each time would never let it find back, and for a coordinated phase nobody
 * waits. */
bool script_ped_may_overrun(const struct plan *p, const struct pattern *t, int32_t phase_ix);

/* The stages that a pattern runs, as a mask: a pattern without a clock that lists no steps runs
 * them all. */
stage_mask_t script_stages(const struct plan *p, const struct pattern *t);

/* The splits of one ring inside one barrier group. */
int64_t script_barrier_ms(const struct plan *p, const struct pattern *t, int32_t ring_ix,
                          int32_t barrier_ix);

#endif
