/* supervise.h: keeps the search honest where its model ends: every red time bounded, queues served
 * before they starve (the anticipated clearing need of Laemmer and Helbing, J. Stat. Mech. 2008
 * P04019), no green into a full exit, throughput instead of delay when demand exceeds capacity, a
 * way out where junctions wait for each other in a circle. It can only restrict what the search may
 * choose, never widen it. Owned by struct optimiser; stepped before each decision. */
#ifndef KAVSAK_SUPERVISE_H
#define KAVSAK_SUPERVISE_H

#include "search.h"

enum { SUPERVISE_QUEUE_MAX = LANE_MAX };

struct supervise {
    uint8_t starving[SUPERVISE_QUEUE_MAX]; /* lane_ix, who must be served first; FIFO */
    int32_t starving_count;
    int32_t load_pct;         /* sum of critical flow ratios and lost time, 5 min mean */
    int32_t oversaturated_ms; /* for how long load or starvation has been too high */
    bool is_oversaturated;
    int32_t exit_blocked_ms[LAYOUT_EXIT_MAX];
    int32_t stuck_ms; /* green without anybody passing although lanes are full */
};

void supervise_init(struct supervise *v);
/* since_ms: since the last step. */
void supervise_step(struct supervise *v, const struct snapshot *s, int32_t since_ms,
                    struct search_limits *limits);

#endif
