/* service.h: what a controller did, counted from its event log, and how alike two controllers
 * were: greens, their length and why they ended, walks, cycles, lamps. Both logs are counted by the
 * same rules. Stretches that a preemption touched can be left out of both. Pure, but for the memory
 * of the lamps. */
#ifndef KAVSAK_SERVICE_H
#define KAVSAK_SERVICE_H

#include "event_log.h"

enum {
    SERVICE_PHASE_MAX = 17, /* phase numbers 1 to 16 */
    SERVICE_BIN_MAX = 96,   /* quarters of an hour */
    SERVICE_STRETCH_MAX = 64,
    SERVICE_BIN_MS = 900000
};

struct stretch {
    int64_t from_ms, until_ms;
};

struct stretches {
    int32_t count;
    struct stretch s[SERVICE_STRETCH_MAX];
};

struct service_phase {
    int32_t greens; /* that began in the time counted and ended in it */
    int64_t green_ms;
    int32_t gap_outs, max_outs, force_offs, walks;
    int32_t greens_in[SERVICE_BIN_MAX]; /* all that began, left-out stretches included */
};

struct service {
    struct service_phase phase[SERVICE_PHASE_MAX];
    int32_t bins;
    int32_t cycles; /* from one local zero to the next (event 150, 5) */
    int64_t cycle_ms, cycle_least_ms, cycle_most_ms;
};

/* Cycles that a preemption touched (events 102 to 104 and 111): from the local zero before it to
 * the one after the clock was in step again (150, 1). */
void service_preempted(const struct event_log *log, struct stretches *out);

/* Counts [from_ms, until_ms) without what begins in the stretches left out. */
void service_count(const struct event_log *log, struct stretch whole, const struct stretches *out,
                   struct service *service);

struct service_likeness {
    double served_pct;   /* greens per phase: 100 less the sum of differences by the sum */
    double ends_pct;     /* the same for gap-outs, max-outs and force-offs */
    double mean_green_s; /* largest difference of a phase's mean green */
    double lamps_pct[SERVICE_PHASE_MAX]; /* share of the time in which both were green or neither;
                                            below zero: no such phase */
    double all_lamps_pct;                /* the same for all phases at once */
};

/* False: out of memory. */
MUST_CHECK bool service_compare(const struct event_log *recorded, const struct event_log *ours,
                                struct stretch whole, const struct stretches *out,
                                struct service_likeness *likeness);

#endif
