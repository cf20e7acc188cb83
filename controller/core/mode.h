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
    int32_t strategy; /* enum strategy in force */
    int32_t strategy_reason;
    int32_t scheduled;  /* enum strategy the schedule or a command asks for */
    int32_t healthy_ms; /* for how long a step up has been possible */
    int32_t last_fault; /* enum reason of the last step down */
    wall_t last_fault_at;
    bool guard_latched; /* until reset at the cabinet */
};

bool mode_may_change(enum mode from, enum mode to);

#endif
