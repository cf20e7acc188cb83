/* decision.h: one decision, as it is kept in the journal (RECORD_DECISION), sent over the socket
 * and put into words by kavsak why: the alternatives with their costs term by term, what bound the
 * choice, how old the information was, who stood where. Flat and whole; no pointers. */
#ifndef KAVSAK_DECISION_H
#define KAVSAK_DECISION_H

#include "search.h"

enum { DECISION_VERSION = 1, DECISION_ALTERNATIVES_MAX = 10, DECISION_PACKED_MAX_BYTES = 900 };

struct decision_alternative {
    int16_t option_ix;
    int16_t leave_in_s;
    struct search_cost cost;
};

struct decision_lane { /* as the decision believed it */
    uint8_t standing, coming;
    uint8_t age_ds; /* of its information, tenths of a second, 255: older */
    bool is_substituted;
};

struct decision {
    uint64_t number; /* counts up; 0: none yet */
    wall_t at;
    int16_t was_ix, chosen_ix; /* option_ix; stage_ix or the set of phases follow from the plan */
    int32_t was_name, chosen_name; /* stage_ix, or phase_mask_t of ring plans */
    int32_t binding;               /* enum search_binding */
    int16_t binding_sg_ix;
    int16_t alternative_count; /* best first */
    struct decision_alternative alternative[DECISION_ALTERNATIVES_MAX];
    int32_t lane_count;
    struct decision_lane lane[LANE_MAX];
    int16_t timeline_count;
    struct search_segment timeline[SEARCH_TIMELINE_MAX];
    int32_t nodes;
    bool was_cut, is_oversaturated, is_staged;
    uint8_t starving_count;
    int32_t load_pct;
};

/* Returns the bytes written, at most DECISION_PACKED_MAX_BYTES. */
size_t decision_encode(const struct decision *d, uint8_t bytes[DECISION_PACKED_MAX_BYTES]);
MUST_CHECK bool decision_decode(const uint8_t *bytes, size_t size, struct decision *d);

#endif
