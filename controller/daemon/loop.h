/* loop.h: ten ticks a second, on absolute deadlines of CLOCK_MONOTONIC, so that lateness never adds
 * up. Missed periods are skipped and counted, never caught up: two ticks back to back would age
 * timers faster than the street (rule RT-2). Half a period later comes a second, smaller step, for
 * what a tick has asked of the world and could repeat. Decides nothing about signals; runs in the
 * tick thread. */
#ifndef KAVSAK_LOOP_H
#define KAVSAK_LOOP_H

#include "types.h"

/* Written by the tick thread alone. */
struct loop_figures {
    uint64_t ticks, skipped;
    int64_t wake_max_us, compute_max_us;
    int64_t faults_minor,
        faults_major; /* page faults of the tick thread after its first second (RT-8) */
};

/* What one wake-up means: how late it was, which periods are lost, when the next one is due. */
struct loop_turn {
    int64_t late_us;
    uint32_t skipped;
    int64_t next_deadline_ns;
};

/* Pure. The next deadline stays on the grid of the first and is at least half a period away. */
struct loop_turn loop_turn_after(int64_t deadline_ns, int64_t now_ns);

struct loop_steps {
    void *self;
    bool (*tick)(void *self, mono_t now); /* false ends the loop */
    void (*between)(void *self, mono_t now);
    void (*note)(void *self, int64_t wake_us, int64_t compute_us); /* after each tick */
};

/* Returns when tick says so. */
void loop_run(const struct loop_steps *steps, struct loop_figures *figures);

#endif
