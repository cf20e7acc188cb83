/* phase.h: the timing rules of one phase: when its green may end and why. Pure functions of a
 * phase's settings and a view of the moment; no state, no events. Meanings are those of NTCIP 1202.
 */
#ifndef KAVSAK_PHASE_H
#define KAVSAK_PHASE_H

#include "plan.h"
#include "types.h"

enum phase_end { PHASE_END_NONE, PHASE_GAP_OUT, PHASE_MAX_OUT, PHASE_FORCE_OFF };

/* What runs for one phase; ring.c keeps it. Times are confirmed time. */
struct phase_timer {
    int32_t green_ms;            /* since its vehicle green showed */
    int32_t max_ms;              /* against the maximum: runs while a conflicting call waits */
    int32_t min_now_ms;          /* minimum of this green, added initial included */
    int32_t waiting_conflict_ms; /* since a conflicting call: gap reduction runs on it */
    int32_t guarantee_ms; /* of a guaranteed passage, what is left after the decision to end */
    int32_t dynamic_ms;   /* what dynamic maximum has added to the maximum; may be negative */
    int32_t streak;       /* max-outs (+) or gap-outs (-) in a row */
    int32_t clearing_ms;  /* since its green ended; -1: not clearing, or cleared */
    int32_t split_ms;     /* since its green began, clearance included: event 300 */
    sg_mask_t ped_wanted; /* its pedestrians that are to open or rest in walk */
    sg_mask_t ped_walked; /* of this green: those that have walked */
    bool is_green;
    bool gap_is_latched; /* gapped out for good, waits for the guarantee or for the other ring */
    bool has_checked;    /* a conflicting call has been seen in this green (event 2) */
    bool ped_is_busy;    /* its pedestrians are to open, walk or clear */
};

/* The moment, as the rules see it. */
struct phase_view {
    int32_t green_ms, max_timer_ms, since_vehicle_ms;
    int32_t min_green_ms, max_green_ms, passage_ms; /* as they hold for this green */
    bool conflicting_call; /* somebody could be served if this green ended */
    bool force_off;
    bool hold;
    bool max_recall;
    bool max_is_inhibited;
};

/* PHASE_END_NONE: stay green. The minimum outranks everything, then hold, then force-off; a phase
 * that nobody waits for rests in green. */
enum phase_end phase_green_end(const struct phase_view *v);

/* Minimum of a green that follows so many actuations: added initial, bounded by maximum initial and
 * never less than the minimum green. */
int32_t phase_min_green_ms(const struct phase *p, int32_t actuations_in_red);

/* The gap that ends the green once a conflicting call has waited so long: passage until the time
 * before reduction, then falling evenly to the minimum gap over the time to reduce; 0 there
 * switches it off. */
int32_t phase_passage_ms(const struct phase *p, int32_t waiting_conflict_ms);

/* One more end by gap or maximum (F15): from the second in a row of one kind on, the maximum moves
 * by one step towards the limit or back. Returns +1, -1 or 0, as timer->dynamic_ms rose, fell or
 * stayed. */
int32_t phase_learn_max(const struct phase *p, int32_t max_green_ms, enum phase_end end,
                        struct phase_timer *timer);

/* From the decision to end the green of its vehicles (of its pedestrians, if it has no vehicles) to
 * the earliest green of a conflicting group of vehicles: what a split holds beside the green. */
int32_t phase_clear_ms(const struct plan *p, uint32_t phase_ix);

#endif
