/* supervise.h: keeps the search honest where its model ends: every red bounded, queues served
 * before they starve, no green into a full exit, throughput instead of delay when demand exceeds
 * capacity. It can only restrict what the search may choose, never widen it, and it never restricts
 * to nothing. Owned by struct optimiser; stepped before each decision.
 *
 * Starvation is the stabilising rule of Laemmer and Helbing, "Self-control of traffic lights and
 * vehicle flows in urban road networks", J. Stat. Mech. (2008) P04019: a lane has to be served when
 * its queue reaches n_crit(z) = q T (T_max - z) / (T_max - T), where q is its mean arrival rate and
 * z the time from its last green to the end of the green that would clear it now. A queue of one
 * cycle's arrivals is due after T, a single vehicle after T_max. */
#ifndef KAVSAK_SUPERVISE_H
#define KAVSAK_SUPERVISE_H

#include "search.h"

enum {
    SUPERVISE_CYCLE_CS = 12000,     /* T: what lanes may expect to wait from green to green */
    SUPERVISE_CYCLE_MAX_CS = 18000, /* T_max: and what they are promised */
    SUPERVISE_PED_CS = 9000,        /* a pedestrian's call is due after this */
    /* Who must be served: lanes by lane_ix, groups whose call nobody else speaks for (pedestrians,
     * groups without lanes) by SUPERVISE_GROUP_0 + sg_ix. */
    SUPERVISE_GROUP_0 = LANE_MAX,
    SUPERVISE_QUEUE_MAX = LANE_MAX + SG_MAX
};

struct supervise {
    uint8_t starving[SUPERVISE_QUEUE_MAX]; /* first come, first served */
    int32_t starving_count;
    int32_t served_ms; /* the first of them has had green for so long */
    int32_t load_pct;  /* critical flow ratios and lost time: what a cycle would have to hold */
    int32_t oversaturated_ms; /* rises while several starve, falls otherwise */
    bool is_oversaturated;
    int32_t blocked_ms; /* everybody who has green now waits for a full exit */
};

void supervise_init(struct supervise *v);

/* since_ms: since the last step. Fills limits whole. */
void supervise_step(struct supervise *v, const struct snapshot *s, int32_t since_ms,
                    struct search_limits *limits);

#endif
