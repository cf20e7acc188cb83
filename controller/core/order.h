/* order.h: what the plan, the running pattern and people's commands impose on the strategies for
 * one tick: recalls, holds, omits, force-offs, the forced stage. Pure functions of what they are
 * given; no state. */
#ifndef KAVSAK_ORDER_H
#define KAVSAK_ORDER_H

#include "advice.h"
#include "call.h"
#include "manual.h"
#include "ring.h"
#include "stage.h"

/* strategy: who runs the pattern (STRATEGY_MANUAL: a person). */
struct order_view {
    const struct plan *plan;
    const struct manual *manual;
    int32_t strategy;
    int32_t pattern_ix;
    sg_mask_t green;
    const struct advice *advice; /* looked at while the strategy is STRATEGY_ADAPTIVE */
};

/* Somebody whom no advice may keep waiting longer, where the safety file sets no maximum red: well
 * below the four minutes that count as a fault of the controller. */
enum { ORDER_WAIT_MAX_MS = 180000 };

/* Called groups whose red will exceed its limit. */
struct order_overdue {
    sg_mask_t now;  /* if they are not served next, from now on */
    sg_mask_t next; /* if somebody else is served before them */
};

struct order_overdue order_overdue(const struct plan *p, const struct calls *calls,
                                   const struct sequencer *seq);

/* Advice that is there and young enough to be followed. */
bool order_is_advised(const struct advice *a);

/* Groups that a command of this kind holds or omits. */
sg_mask_t order_mask(const struct plan *p, const struct manual *m, enum command_kind kind);

/* Recalls of the phases and of the pattern's split modes (stage plans: see stage.c), of commands,
 * which replace the plan's, and of failed detectors, which nobody switches off. */
void order_recalls(const struct order_view *v, sg_mask_t failed_max_recall, struct recalls *out);

struct stage_order order_of_stages(const struct order_view *v, const struct stages *s,
                                   int32_t manual_stage_ix);
struct ring_order_now order_of_rings(const struct order_view *v);

#endif
