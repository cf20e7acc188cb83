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

enum detector_force { DETECTOR_GIVE_BACK = -1, DETECTOR_FORCE_OFF = 0, DETECTOR_FORCE_ON = 1 };

struct detector_state {
    bool is_occupied;  /* after forcing; a failed source keeps its last word here */
    bool is_calling;   /* after delay and failure action: what call.c reads in red */
    bool is_extending; /* after extension, queue limit and failure action: what it reads in green */
    bool source_is_on; /* as the source last said, whatever is forced */
    bool has_baseline; /* edge_count is the source's; cleared when the source was lost */
    bool rise_is_uncounted; /* the level rose before its counter did: one edge is already counted */
    bool window_is_bad, last_window_was_bad;
    uint8_t edge_count;
    int32_t new_actuations; /* since the last tick, counted at the source */
    sg_mask_t serves;       /* groups it works for now: its own, or those it is switched to (F35) */
    int32_t health;         /* enum detector_health */
    int32_t force;          /* enum detector_force */
    int32_t occupied_ms;    /* while heard */
    int32_t quiet_ms;       /* since the last change of any kind, while heard */
    int32_t silent_ms;      /* since the source was last heard */
    int32_t delay_ms;       /* occupied this long while not green */
    int32_t extend_ms;      /* of the extension, what is left */
    int32_t window_ms;      /* of the chatter count */
    int32_t window_edges;
    int32_t good_ms; /* since the fault condition went away */
    int32_t good_actuations;
};

struct detectors {
    struct detector_state d[DETECTOR_MAX];
    mono_t fed_at;
    bool is_fed; /* fed_at means something */
};

void detectors_init(struct detectors *ds, const struct plan *p);

/* green: groups whose green is showing; green_ms: for how long. Emits 81/82, 89/90, 83 to 88, 91/92
 * and ours; the raw edge is logged, not the delayed one. */
void detectors_feed(struct detectors *ds, const struct plan *p, const struct input_frame *in,
                    sg_mask_t green, const int32_t green_ms[SG_MAX], mono_t now,
                    struct event_list *events);

/* Forces a detector on or off, or gives it back (F43). Diagnosis of the source goes on underneath.
 */
void detectors_force(struct detectors *ds, const struct plan *p, uint32_t detector_ix,
                     enum detector_force force, struct event_list *events);

/* Share of detectors with DETECTOR_CALLS or DETECTOR_EXTENDS that are not healthy, 0 to 100. One
 * that is forced counts as healthy: a person answers for it. */
int32_t detectors_failed_pct(const struct detectors *ds, const struct plan *p);
/* Groups that a failed detector puts on maximum recall; and whether one asks for the fixed plan. */
sg_mask_t detectors_max_recall(const struct detectors *ds, const struct plan *p);
bool detectors_want_fixed(const struct detectors *ds, const struct plan *p);

#endif
