/* timeline.h: what the lamps of a plan do when every tick is confirmed: groups that should be open,
 * played forward tick by tick. Written from docs/laws.md for the prover and the drawings; shares no
 * code with the sequencer, so that a plan is proved by another hand than the one that runs it.
 * Never judges a plan. Owned by whoever plays; plain data. */
#ifndef KAVSAK_TIMELINE_H
#define KAVSAK_TIMELINE_H

#include "plan.h"

struct timeline {
    const struct plan *plan;
    sg_mask_t entry[SG_MAX];    /* groups with an entry to [ix], in either direction */
    sg_mask_t conflict[SG_MAX]; /* of these, those that are not permissive */
    int32_t walk_ms[SG_MAX];    /* pedestrians: walk ends after this long; 0: lasts while wanted */
    int32_t aspect[SG_MAX];
    int32_t shown_ms[SG_MAX];
    int32_t green_ms[SG_MAX];       /* since green began, green-flash included */
    int32_t since_green_ms[SG_MAX]; /* AGE_MAX_MS: never green */
    sg_mask_t walk_done;            /* walked this time; opens again when wanted anew */
};

/* All red for as long as counts. */
void timeline_init(struct timeline *tl, const struct plan *p);

/* Shows these groups green, their minimums over; everything else is red for as long as counts. */
void timeline_settle(struct timeline *tl, sg_mask_t green);

/* One tick: `open` are the groups that should be open in the frame that it makes. */
void timeline_step(struct timeline *tl, sg_mask_t open);

/* Nothing moves any more while `open` stays the same. */
bool timeline_is_settled(const struct timeline *tl, sg_mask_t open);

/* Lets time pass in a settled timeline. */
void timeline_skip(struct timeline *tl, int32_t skip_ms);

/* Groups in green or green-flash; groups that are not red. */
sg_mask_t timeline_green(const struct timeline *tl);
sg_mask_t timeline_not_red(const struct timeline *tl);

#endif
