/* lockstep.h: whole junctions and a street without a clock: each step is one tick of every junction
 * on perfect cabinets, then one tick of traffic, as fast as the machine goes. Every displayed frame
 * is shown to the oracle. The junctions are those of the daemon: junction_tick() and nothing else.
 * Owned by its creator; deterministic for its seed. */
#ifndef KAVSAK_LOCKSTEP_H
#define KAVSAK_LOCKSTEP_H

#include "junction.h"
#include "microsim.h"

enum { LOCKSTEP_PHASE_MAX = 33 }; /* phase numbers 1 to 32 */

struct lockstep_config {
    const struct plan *const *plans;
    uint32_t plan_count;
    const struct demand *demand;
    uint64_t seed;
    wall_t start;
    int32_t utc_offset_s;
    int32_t strategy; /* enum strategy to command over all plans; -1: what the calendar says */
    int32_t decision_interval_s; /* of the optimiser; 0: its own, one second */
    bool is_deaf;                /* junctions do not hear of each other */
};

/* What the lamps of one phase number did. */
struct lockstep_phase {
    uint64_t greens, gap_outs, max_outs, force_offs, walks;
    double green_s;
    int64_t green_from_ms;
    bool is_green;
};

struct lockstep;

struct lockstep *lockstep_create(const struct lockstep_config *config, const char **why);
void lockstep_destroy(struct lockstep *l);

/* NULL, or what the oracle or a junction's guard objects to; the text lives until the next call. */
const char *lockstep_step(struct lockstep *l);

/* Counters start afresh, streets stay as they are: the end of a warm-up. */
void lockstep_forget(struct lockstep *l);

struct microsim_totals lockstep_totals(const struct lockstep *l); /* since the last forget */
const struct microsim *lockstep_street(const struct lockstep *l);
const struct lockstep_phase *lockstep_phase(const struct lockstep *l, uint32_t junction_ix,
                                            uint32_t phase_id);
/* The events of the last step, for who wants to log them. */
const struct event_list *lockstep_events(const struct lockstep *l, uint32_t junction_ix);
const struct junction *lockstep_junction(const struct lockstep *l, uint32_t junction_ix);
mono_t lockstep_now(const struct lockstep *l);
/* Results of commands that were refused since the start, 0 if the strategy was taken everywhere. */
uint32_t lockstep_refusals(const struct lockstep *l);

#endif
