/* decision.h: one decision, as it is kept in the journal (RECORD_DECISION), sent over the socket
 * and put into words by kavsak why: the alternatives with their costs term by term, what bound the
 * choice, how old the information was, who stood where. Flat and whole; no pointers. Packed it
 * takes some 150 bytes; the layout is in docs/journal.md. Decides nothing. */
#ifndef KAVSAK_DECISION_H
#define KAVSAK_DECISION_H

#include "search.h"

enum {
    DECISION_VERSION = 1,
    DECISION_ALTERNATIVES_MAX = 10,
    DECISION_PACKED_MAX_BYTES = 900,
    DECISION_AGE_OLD_DS = 255
};

struct decision_alternative {
    int16_t option_ix;
    int16_t leave_in_s;
    struct search_cost cost;
};

struct decision_lane { /* as the decision believed it */
    uint8_t standing, coming;
    uint8_t age_ds; /* of its information, tenths of a second, DECISION_AGE_OLD_DS: or older */
    bool is_substituted;
};

struct decision {
    uint64_t number; /* counts up; 0: none yet */
    wall_t at;
    int16_t was_ix, chosen_ix;      /* option_ix; was_ix -1: none */
    int32_t option_name[STAGE_MAX]; /* by option_ix: its stage_ix, or phase_mask_t in ring plans */
    int32_t binding;                /* enum search_binding */
    int16_t binding_sg_ix;
    int16_t may_leave_in_cs;   /* earliest end by minimums, 0: now */
    int16_t must_leave_in_cs;  /* latest by maximums, SNAPSHOT_NEVER_CS: no limit */
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

/* Names every option as the layout has it, and says whether they are stages. */
void decision_name_options(struct decision *d, const struct layout *l);

/* Returns the bytes written, at most DECISION_PACKED_MAX_BYTES. Names are kept of options that it
 * speaks of; those of others come back as 0. */
size_t decision_encode(const struct decision *d, uint8_t bytes[DECISION_PACKED_MAX_BYTES]);
/* False: not a decision of this version, whole, with everything in range; *d is then undefined. */
MUST_CHECK bool decision_decode(const uint8_t *bytes, size_t size, struct decision *d);

#endif
