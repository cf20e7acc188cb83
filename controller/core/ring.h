/* ring.h: rings and barriers in the sense of NTCIP 1202: which phases should be on. Barriers are
 * crossed only when every ring is ready. Ends greens by gap, maximum or force-off (phase.c has the
 * rules), skips phases without call, rests, adds overlaps. Only says which groups should be open.
 */
#ifndef KAVSAK_RING_H
#define KAVSAK_RING_H

#include "call.h"
#include "coord.h"
#include "event.h"
#include "phase.h"
#include "plan.h"
#include "sequencer.h"

struct ring_state {
    int32_t phase_ix; /* active, -1 none yet */
    int32_t next_ix;  /* chosen, -1 none */
    int32_t order_ix; /* place in the ring's order */
    int32_t end;      /* enum phase_end of the active phase; PHASE_END_NONE while green is wanted */
    bool wants_barrier; /* done with its side, waits for the other rings */
};

struct rings {
    struct ring_state ring[RING_MAX];
    struct phase_timer timer[PHASE_MAX];
    int32_t barrier_ix;
    phase_mask_t on; /* phases whose groups are wanted open */
    phase_mask_t next;
    phase_mask_t max_outs_in_row[3];
};

void rings_init(struct rings *r, const struct plan *p);

struct ring_order_now { /* what a strategy imposes for this tick */
    int32_t strategy;   /* STRATEGY_FIXED, _ACTUATED, _COORDINATED, _MANUAL */
    int32_t pattern_ix;
    phase_mask_t hold, omit, ped_omit, force_off;
    bool advance; /* manual: end the greens that run, minimums kept */
    bool stop_time;
    bool finish; /* shutting down: open nothing new */
};

void rings_step(struct rings *r, const struct plan *p, const struct ring_order_now *o,
                const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                const struct tick *t, struct wanted *w, struct event_list *events);

bool rings_at_border(const struct rings *r, const struct plan *p);

#endif
