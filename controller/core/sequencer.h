/* sequencer.h: brings the lamps from what they show to what is wanted: minimum green, green flash,
 * yellow, pedestrian clearance, intergreen, red-yellow, least red, relations between groups. There
 * is one for stages, rings, manual control, preemption and start-up alike. Never chooses what
 * should be open, never reads a detector. Owned by struct controller; stepped once on each
 * confirmed tick. */
#ifndef KAVSAK_SEQUENCER_H
#define KAVSAK_SEQUENCER_H

#include "display.h"
#include "event.h"
#include "plan.h"
#include "tick.h"
#include "wanted.h"

struct sequencer {
    int32_t aspect[SG_MAX];   /* shown in the frame of the last step */
    int32_t shown_ms[SG_MAX]; /* confirmed time in that aspect */
    int32_t green_ms[SG_MAX]; /* confirmed time since green began, green-flash included */
    int32_t
        since_green_ms[SG_MAX]; /* confirmed time since green last ended; AGE_MAX_MS: never green */
    mono_t aspect_at[SG_MAX];   /* read-back that first confirmed the aspect */
    bool aspect_confirmed[SG_MAX];
    mono_t green_end_at[SG_MAX]; /* the same for the end of green */
    bool follow_on_pending[RELATION_MAX];
    sg_mask_t walked;            /* pedestrians that had their walk of this opening */
    uint32_t binding;            /* bit = relation_ix: those that no other relation contradicts */
    sg_mask_t conflicts[SG_MAX]; /* from the safety file: may not be open together */
    int32_t clear_ms[SG_MAX];    /* from the safety file: the largest intergreen after its green */
    struct display display;
};

/* All groups red from this frame on, and none of them owed an intergreen: the first frame of
 * start-up's all-red. Step it with nothing wanted until that is over. */
void sequencer_init(struct sequencer *s, const struct plan *p);

/* One confirmed tick. Writes the new aspects into s and emits EVENT_ASPECT and the display events
 * (1, 7 to 12, 21 to 23, 61 to 65) of every change. */
void sequencer_step(struct sequencer *s, const struct plan *p, const struct tick *t,
                    const struct wanted *w, struct event_list *events);

/* After a plan with the same safety file took the place of p: relations are read anew. */
void sequencer_take_plan(struct sequencer *s, const struct plan *p);

/* Groups whose green (or walk) is showing, green-flash included, and those of them whose minimum is
 * over on both clocks. */
sg_mask_t sequencer_green(const struct sequencer *s, const struct plan *p);
sg_mask_t sequencer_min_served(const struct sequencer *s, const struct plan *p,
                               const struct tick *t);
/* Groups that are not red: green, flashing, yellow, clearing, red-yellow. */
sg_mask_t sequencer_not_red(const struct sequencer *s, const struct plan *p);
/* All are red and every intergreen from them has run: any group could open now. */
bool sequencer_is_clear(const struct sequencer *s, const struct plan *p, const struct tick *t);

#endif
