/* sumo_mail.h: letters between junctions of one simulation: what each decision has to say goes to
 * the junctions that it concerns, and reaches them on the ticks of the next second, by the same
 * message and the same resolution as over MQTT. Owned by struct sumo. */
#ifndef KAVSAK_SUMO_MAIL_H
#define KAVSAK_SUMO_MAIL_H

#include "junction.h"

enum {
    MAIL_TICKS = 10,
    MAIL_MAX = MAIL_TICKS * NEIGHBOUR_PER_TICK_MAX, /* that a second can deliver */
    MAIL_BOXES_MAX = 64
};

struct mailbox {
    const struct plan *plan;
    uint64_t feeds;  /* bit = junction that it sends vehicles to */
    uint64_t fed_by; /* and gets them from */
    uint64_t told;   /* number of the decision whose messages are out */
    uint64_t taken;  /* messages that entered ticks */
    uint32_t count, given;
    struct neighbour_input mail[MAIL_MAX]; /* for the next second, oldest first */
};

struct mail {
    uint32_t count;
    struct mailbox box[MAIL_BOXES_MAX];
    uint64_t sent, lost; /* messages that somebody took; inputs that a second had no room for */
};

void mail_init(struct mail *m, const struct plan *const *plans, uint32_t count);

/* Empties all boxes: a second is over. */
void mail_clear(struct mail *m);
/* What this junction has to say since its last decision goes into the boxes of its neighbours. */
void mail_post(struct mail *m, uint32_t junction_ix, const struct optimiser *o, wall_t wall);
/* The part of this tick, 0 to 9. */
void mail_deliver(struct mail *m, uint32_t junction_ix, int32_t tick, struct input_frame *in);

#endif
