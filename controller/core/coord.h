/* coord.h: the cycle clock. Where in the cycle we are and where we should be, from civil time,
 * cycle and offset; brings the two together by one of the four corrections; says which phases
 * are past their force-off, which may begin now and which coordinated phases may be left. Never
 * ends a green itself.
 *
 * Base time is local midnight. The cycle counter is that of F53: target = (base + offset) mod
 * cycle, so an offset of 10 s puts local zero 10 s before a multiple of the cycle. (NTCIP counts
 * the other way: its offset o is our cycle - o.) Local zero is the instant that the pattern's
 * reference names (F54), in stage plans the start of the coordinated step.
 *
 * A stepped clock moves only the target: the local cycle follows through the same bounded
 * correction (rule RT-3). Without a synchronised clock the local cycle goes on uncorrected; a
 * coordinated pattern gives up after COORD_HOLDOVER_MS and runs free, a fixed one goes on. */
#ifndef KAVSAK_COORD_H
#define KAVSAK_COORD_H

#include "call.h"
#include "event.h"
#include "plan.h"
#include "tick.h"

enum {
    COORD_TRIM_MS = 1000,       /* closer to the target counts as in step, and is trimmed */
    COORD_HOLDOVER_MS = 600000, /* 50 ppm of a crystal drift 30 ms: far below a tick */
    COORD_DEFAULT_PCT = 20,     /* correction per cycle where the pattern says none (F55) */
    COORD_FAULT_CYCLES = 2      /* F61 */
};

/* Values of event 150. */
enum coord_state {
    COORD_FREE = 0,
    COORD_IN_STEP = 1,
    COORD_TRANSITION_ADD = 2,
    COORD_TRANSITION_SUBTRACT = 3,
    COORD_TRANSITION_DWELL = 4,
    COORD_LOCAL_ZERO = 5
};

/* F61: a call that waits for two cycles suspends coordination. If it is served then,
 * coordination was at fault; the same again within two cycles of the retry fails it until the
 * pattern changes. If it is not served in free running either, nothing here can help: the
 * controller must act. */
enum coord_fault {
    COORD_HEALTHY,
    COORD_SUSPENDED,
    COORD_RETRYING,
    COORD_FAILED,
    COORD_CYCLE_FAILED
};

struct coord {
    int32_t state;        /* enum coord_state */
    int32_t pattern_ix;   /* -1 free */
    int32_t strategy;     /* it is run under */
    int32_t cycle_ms;     /* of the pattern; 0 free */
    int32_t local_ms;     /* place in the cycle that splits are timed by */
    int32_t target_ms;    /* where civil time says we should be */
    int32_t corrected_ms; /* correction spent in this cycle */
    int32_t unsynced_ms;  /* since the clock was last known to be right; AGE_MAX_MS: never */
    int32_t utc_offset_s; /* at the last step */
    wall_t wall;
    mono_t stepped_at;
    bool is_stepped; /* the three above mean something */
    bool is_held;    /* set by the owner before a step: the local cycle waits, and catches up
                        later, because pedestrians overran their split */
    bool is_running; /* the local cycle runs: a cycle, a clock good enough, no fault */

    /* Ring plans, for each phase of the pattern, in ms after local zero. */
    int32_t force_off_at_ms[PHASE_MAX];
    int32_t release_at_ms[PHASE_MAX]; /* from here until force-off it may begin and be green */
    int32_t leave_ms[PHASE_MAX];      /* coordinated: it may be left so long after yielding */
    int32_t dwell_at_ms;
    phase_mask_t timed; /* phases that have a place in the cycle */
    phase_mask_t coordinated;

    /* The same for this tick. */
    phase_mask_t force_off; /* past its force-off and not yet released again: green must end */
    phase_mask_t may_begin; /* inside its permissive period; coordinated phases always */
    phase_mask_t may_leave; /* coordinated phases past their yield point */
    int32_t to_force_off_ms[PHASE_MAX];

    /* Stage plans. */
    int32_t step_ix;  /* the step at local_ms, -1 none */
    bool step_is_due; /* it became so on this tick */

    int32_t fault;       /* enum coord_fault */
    int32_t fault_ms;    /* since it was suspended, or retried */
    int32_t fault_sg_ix; /* the group that waited */
};

/* Also when the plan is exchanged: what is kept of a pattern is worked out once. */
void coord_init(struct coord *c);

/* pattern_ix -1: run free. strategy: STRATEGY_FIXED or _COORDINATED, whichever the pattern is
 * run under; in fixed running no phase is coordinated, each has its own time. Emits 131 to 149
 * when the pattern changes, 150 when the state does and at local zero, 151 at the yield point of
 * each coordinated phase, 1024 when civil time jumped. */
void coord_step(struct coord *c, const struct plan *p, int32_t pattern_ix, int32_t strategy,
                const struct tick *t, struct event_list *events);

/* F61, after the calls: serviceable are the groups that the strategy is allowed to serve. Emits
 * 1020 and 1021. */
void coord_watch(struct coord *c, const struct plan *p, const struct calls *calls,
                 sg_mask_t serviceable, struct event_list *events);

/* Green that a split holds: split less clearance; 0 where the pattern gives the phase no split. */
int32_t coord_split_green_ms(const struct plan *p, const struct pattern *pattern,
                             uint32_t phase_ix);

#endif
