/* call.h: who waits. Keeps vehicle and pedestrian calls for each signal group from detectors,
 * locking memory, recalls and commands. Never decides who is served. A call exists while its group
 * is not green: green (for pedestrians walk) serves it. Owned by struct controller; stepped once
 * per tick, confirmed or not, after the detectors. */
#ifndef KAVSAK_CALL_H
#define KAVSAK_CALL_H

#include "detector.h"

struct calls {
    sg_mask_t vehicle;   /* a vehicle, cycle or tram waits, or memory or recall says so */
    sg_mask_t ped;       /* pedestrian groups with a call */
    sg_mask_t locked;    /* of both: kept until served */
    sg_mask_t demanded;  /* of both: by the road, not by recall; what 43 to 45 speak of */
    sg_mask_t extending; /* a detector of this green group keeps it alive */
    sg_mask_t max_recall;
    sg_mask_t soft_recall;
    sg_mask_t green;                    /* groups that were green at the last step */
    int32_t since_extension_ms[SG_MAX]; /* since extending ceased or green began: gap timing */
    int32_t waiting_ms[SG_MAX];         /* since the call began */
    int32_t actuations_in_red[SG_MAX]; /* for added initial: since green ended; kept during green */
    mono_t stepped_at;
    bool is_stepped; /* stepped_at means something */
};

/* Recall bits (enum recall) for each group, merged from plan, pattern and commands by the strategy.
 * Pedestrian groups are recalled by RECALL_PED alone. */
struct recalls {
    int32_t of_sg[SG_MAX];
};

void calls_init(struct calls *c);
/* yellow: groups that show yellow, where yellow lock listens. Emits 43 to 45, by phase number;
 * recalls emit nothing (Indiana enumeration). */
void calls_step(struct calls *c, const struct plan *p, const struct detectors *ds,
                const struct recalls *r, sg_mask_t green, sg_mask_t yellow, const struct tick *t,
                struct event_list *events);
/* A call placed by command; served like one from a detector with locking memory. One for a group
 * that is green is served already. */
void calls_place(struct calls *c, const struct plan *p, uint32_t sg_ix, struct event_list *events);

#endif
