/* prove_parts.h: what the parts of the prover share. Private to prove*.c. */
#ifndef KAVSAK_PROVE_PARTS_H
#define KAVSAK_PROVE_PARTS_H

#include "prove.h"
#include "seconds.h"
#include "timeline.h"

struct prover {
    const struct plan *p;
    struct prove_result *r;
    struct timeline timeline;   /* one for all plays; holds the masks of conflict */
    sg_mask_t together[SG_MAX]; /* groups that some state opens together with [ix] */
    bool is_exhausted;          /* PROVE_TICK_MAX is spent */
};

/* All indices -1. */
struct prove_finding prove_blank(enum prove_kind kind);

/* Adds the finding with its words, unless the same thing was found at another moment already. */
void prove_report(struct prover *pr, const struct prove_finding *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One step of pr->timeline, counted; the frame it makes is checked for conflicts. where: the rest
 * of the finding. False: the work is spent. */
bool prove_tick(struct prover *pr, sg_mask_t open, const struct prove_finding *where);

/* From `from`, green for long, until all of `to` is green and nothing else moves; -1: it never
 * ends. */
int32_t prove_change_ms(struct prover *pr, sg_mask_t from, sg_mask_t to,
                        const struct prove_finding *where);

/* A pair of conflicting groups inside the mask; false: none. */
bool prove_find_conflict(const struct prover *pr, sg_mask_t sg, uint32_t *a, uint32_t *b);

/* Notes that a state opens these groups together. */
void prove_note_state(struct prover *pr, sg_mask_t open);

/* The parts. Indices are in range in all but the first. */
bool prove_indices(struct prover *pr);
void prove_stages(struct prover *pr);
void prove_rings(struct prover *pr);
void prove_relations(struct prover *pr);
void prove_patterns(struct prover *pr);
void prove_demand(struct prover *pr);

/* Does the calendar, a one-off or the fallback ever run this pattern? */
bool prove_is_scheduled(const struct plan *p, int32_t pattern_ix);

#endif
