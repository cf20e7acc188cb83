/* display.h: tells the log what the lamps do, in the Indiana numbers: phases (1, 7 to 12), walks
 * (21 to 23), overlaps (61, 63 to 65). Several groups may share one phase number, two lamp circuits
 * of one approach for instance; the log knows phases, so it hears of the first group that turns
 * green and of the last that leaves it. Decides nothing about lamps. Owned by struct sequencer. */
#ifndef KAVSAK_DISPLAY_H
#define KAVSAK_DISPLAY_H

#include "event.h"
#include "plan.h"

enum { PHASE_ID_MAX = 32 };

/* Ordered: of the groups of one phase the largest counts. */
enum interval { INTERVAL_INACTIVE, INTERVAL_RED_CLEAR, INTERVAL_YELLOW, INTERVAL_GREEN };

struct display {
    int32_t phase[PHASE_ID_MAX + 1]; /* enum interval, by phase_id */
    int32_t ped[PHASE_ID_MAX + 1];   /* yellow stands for clearance, inactive for don't walk */
    int32_t overlap[OVERLAP_MAX];
};

/* Compares what the groups show now with what was told last and emits the difference. interval: of
 * each group, of enum interval. */
void display_tell(struct display *d, const struct plan *p, const int32_t shown[SG_MAX],
                  struct event_list *events);

#endif
