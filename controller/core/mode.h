/* mode.h: start-up, normal, manual, preempt, flash, and inside normal which strategy runs: the
 * schedule's, a command's, or one lower on the fallback ladder. Legal moves are a table; flash is
 * reached from anywhere and left by start-up alone. Every step carries its reason; steps up need
 * hysteresis. */
#ifndef KAVSAK_MODE_H
#define KAVSAK_MODE_H

#include "event.h"
#include "plan.h"
#include "tick.h"

enum startup_step { STARTUP_FLASH, STARTUP_YELLOW, STARTUP_ALL_RED, STARTUP_DONE };

struct mode_state {
    int32_t mode;     /* enum mode */
    int32_t reason;   /* enum reason of the present mode */
    int32_t startup;  /* enum startup_step */
    int32_t step_ms;  /* confirmed time in that step */
    mono_t step_at;   /* read-back that first confirmed it */
    int32_t strategy; /* enum strategy in force */
    int32_t strategy_reason;
    int32_t scheduled; /* enum strategy the schedule or a command asks for */
    int32_t ceiling; /* enum strategy: nothing above it may run now; STRATEGY_ADAPTIVE: anything */
    int32_t healthy_ms; /* for how long a step up has been possible */
    int32_t last_fault; /* enum reason of the last step down */
    wall_t last_fault_at;
    bool guard_latched; /* until reset at the cabinet */
};

/* In flash, because the process has just started. */
void mode_init(struct mode_state *m);

bool mode_may_change(enum mode from, enum mode to);
/* Emits 1000, and 173 with flash. The move must be legal. */
void mode_change(struct mode_state *m, enum mode to, enum reason reason, wall_t wall,
                 struct event_list *events);

/* Start-up, once each confirmed tick of MODE_STARTUP: returns true when the step changed with this
 * tick, to STARTUP_DONE after all red. */
bool mode_step_startup(struct mode_state *m, const struct safety *s, const struct tick *t);

enum {
    /* With more than a third of its calling detectors gone the optimiser guesses more than it sees;
     * gaps and maximums ask less of them. */
    ADAPTIVE_FAILED_MAX_PCT = 33
};

/* What the ladder looks at. */
struct ladder_view {
    int32_t asked;         /* enum strategy of the pattern or of a command */
    int32_t asked_reason;  /* enum reason: schedule or command */
    bool detectors_failed; /* too many, or one that must not */
    bool starved;          /* a call is not served although it should long have been */
    bool wall_is_synced;
    bool can_coordinate;    /* the pattern has a cycle */
    int32_t adaptive_fault; /* enum reason why the optimiser cannot run; REASON_NONE: it can */
};

/* Chooses the strategy in force; emits 1001 when it changes. Down at once, up after
 * ladder.step_up_ms without a fault. STRATEGY_FLASH: below fixed there is nothing else. */
void mode_choose_strategy(struct mode_state *m, const struct plan *p, const struct ladder_view *v,
                          const struct tick *t, struct event_list *events);

#endif
