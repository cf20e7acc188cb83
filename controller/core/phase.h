/* phase.h: the timing rules of one phase: when its green may end and why. Pure functions of a
 * phase's settings and a view of the moment; no state, no events. Meanings are those of NTCIP 1202.
 */
#ifndef KAVSAK_PHASE_H
#define KAVSAK_PHASE_H

#include "plan.h"
#include "types.h"

enum phase_end { PHASE_END_NONE, PHASE_GAP_OUT, PHASE_MAX_OUT, PHASE_FORCE_OFF };

struct phase_timer {
    int32_t green_ms; /* since its vehicle green showed */
    int32_t max_ms;   /* against the maximum: runs while a conflicting call waits */
    int32_t since_vehicle_ms;
    int32_t min_now_ms;          /* minimum of this green, added initial included */
    int32_t waiting_conflict_ms; /* since a conflicting call: gap reduction runs on it */
    int32_t dynamic_ms;          /* what dynamic maximum has added */
    int32_t streak;              /* max-outs (+) or gap-outs (-) in a row */
    bool is_green;
    bool gap_is_latched; /* gapped out, waiting for the other ring (simultaneous gap) */
    bool ped_open;       /* its pedestrians were opened this time */
};

struct phase_view {
    int32_t green_ms, max_timer_ms, since_vehicle_ms;
    int32_t min_green_ms, max_green_ms, passage_ms; /* as they hold for this green */
    bool conflicting_call;
    bool force_off;
    bool hold;
    bool max_recall;
    bool max_is_inhibited;
};

enum phase_end phase_green_end(const struct phase_view *v);
int32_t phase_min_green_ms(const struct phase *p, int32_t actuations_in_red);
int32_t phase_passage_ms(const struct phase *p, int32_t waiting_conflict_ms);

#endif
