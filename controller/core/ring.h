/* ring.h: rings and barriers in the sense of NTCIP 1202: which phases should be on. Barriers are
 * crossed only when every ring is ready, and then all greens end together. Ends greens by gap,
 * maximum or force-off (phase.c has the rules), skips phases without call, rests, adds overlaps.
 * Only says which groups should be open; a phase is on from the tick it is chosen until its green
 * is to end, and its green counts from the tick its vehicles' green shows. Owned by struct
 * controller; stepped once on each confirmed tick, before the sequencer. */
#ifndef KAVSAK_RING_H
#define KAVSAK_RING_H

#include "call.h"
#include "coord.h"
#include "event.h"
#include "phase.h"
#include "plan.h"
#include "sequencer.h"

struct ring_state {
    int32_t phase_ix; /* active, -1: the ring rests in red */
    int32_t last_ix;  /* the phase it served last, -1 none: where its order goes on */
    int32_t
        end; /* enum phase_end: why the active phase is ready to end; PHASE_END_NONE: it is not */
    bool wants_barrier;  /* done with its side, waits for the other rings */
    bool has_reserviced; /* conditional service was given on this side of the barrier */
};

struct rings {
    struct ring_state ring[RING_MAX];
    struct phase_timer timer[PHASE_MAX];
    int32_t trail_ms[OVERLAP_MAX]; /* what is left of an overlap's trailing green */
    int32_t barrier_ix;
    int32_t
        crossed_from;  /* barrier group left, until the first green of the new one (event 31); -1 */
    phase_mask_t on;   /* phases whose groups are wanted open */
    phase_mask_t next; /* phases that would be served now if greens ended */
    phase_mask_t advance;              /* greens that a manual step shall end */
    phase_mask_t hold, omit, ped_omit; /* as ordered at the last step */
    bool is_started;
    bool peds_overrun; /* the cycle shall wait: pedestrians are on the road past their force-off */
};

void rings_init(struct rings *r, const struct plan *p);

struct ring_order_now { /* what a strategy imposes for this tick */
    int32_t strategy;   /* STRATEGY_FIXED, _ACTUATED, _COORDINATED, _ADAPTIVE, _MANUAL */
    int32_t pattern_ix;
    phase_mask_t hold, omit, ped_omit, force_off;
    bool advance; /* manual: end the greens that run, minimums kept */
    bool stop_time;
    bool finish; /* shutting down: open nothing new, end greens at their minimum */
    /* STRATEGY_ADAPTIVE */
    phase_mask_t advised;   /* to be on; 0: no valid advice, run by gaps */
    sg_mask_t overdue;      /* groups that must be served before anything else, from now on */
    sg_mask_t overdue_next; /* those that other phases before theirs would make overdue */
};

/* Recalls of the plan's phases and of the pattern's split modes, added to what is there. */
void rings_recall(const struct plan *p, int32_t pattern_ix, struct recalls *recalls);

void rings_step(struct rings *r, const struct plan *p, const struct ring_order_now *o,
                const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                const struct tick *t, struct wanted *w, struct event_list *events);

/* A border: every ring rests or is in a green past its minimum with no pedestrian on the road, so a
 * plan may be exchanged. */
bool rings_at_border(const struct rings *r, const struct plan *p);

#endif
