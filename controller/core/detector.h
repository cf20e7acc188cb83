/* detector.h: turns raw inputs into trusted occupancy; notices detectors that are stuck on, silent,
 * chattering, stale or reported faulty by their hardware. Never places calls: call.c does, from
 * what is reported here. A faulty detector reads as its plan says, by default occupied: a needless
 * green costs seconds, a missing one strands a driver. Owned by struct controller; fed once per
 * tick, confirmed or not, before calls are read. Numbers: reference features F33 to F43. */
#ifndef KAVSAK_DETECTOR_H
#define KAVSAK_DETECTOR_H

#include "event.h"
#include "frame.h"
#include "plan.h"
#include "tick.h"

enum detector_health {
    DETECTOR_HEALTHY,
    DETECTOR_NO_ACTIVITY,
    DETECTOR_STUCK_ON,
    DETECTOR_ERRATIC,
    DETECTOR_SOURCE_STALE,
    DETECTOR_HARDWARE,
    DETECTOR_HEALTH_COUNT
};

struct detector_state {
    bool is_occupied;  /* raw, after forcing */
    bool is_calling;   /* after delay; what call.c reads while the group is not green */
    bool is_extending; /* after extension; what it reads while the group is green */
    uint8_t edge_count;
    int32_t new_actuations; /* edges since the last tick, counted at the source */
    int32_t health;         /* enum detector_health */
    int32_t force;          /* -1 none, 0 off, 1 on */
    int32_t occupied_ms;
    int32_t quiet_ms; /* since the last change of any kind */
    int32_t delay_ms;
    int32_t extend_ms;
    int32_t window_ms; /* of the chatter count */
    int32_t window_edges;
    int32_t good_ms; /* since the fault condition went away */
    int32_t good_actuations;
    int32_t seen_actuation; /* has the source ever been heard */
};

struct detectors {
    struct detector_state d[DETECTOR_MAX];
    mono_t fed_at;
};

void detectors_init(struct detectors *ds, const struct plan *p);

/* green: groups whose green is showing; green_ms: for how long. Emits 81/82, 89/90, 83 to 88, 91/92
 * and ours; the raw edge is logged, not the delayed one. */
void detectors_feed(struct detectors *ds, const struct plan *p, const struct input_frame *in,
                    sg_mask_t green, const int32_t green_ms[SG_MAX], mono_t now,
                    struct event_list *events);

/* Share of detectors with DETECTOR_CALLS or DETECTOR_EXTENDS that are not healthy, 0 to 100. */
int32_t detectors_failed_pct(const struct detectors *ds, const struct plan *p);
/* Groups that a failed detector puts on maximum recall; and whether one asks for the fixed plan. */
sg_mask_t detectors_max_recall(const struct detectors *ds, const struct plan *p);
bool detectors_want_fixed(const struct detectors *ds, const struct plan *p);

#endif
