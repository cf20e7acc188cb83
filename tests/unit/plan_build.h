/* plan_build.h: two good junctions made in code, for tests that need a plan and no files: a
 * four-arm junction in stages and a dual-ring junction of eight phases. Each breaks no rule; tests
 * mutate them. */
#ifndef KAVSAK_PLAN_BUILD_H
#define KAVSAK_PLAN_BUILD_H

#include "plan.h"

/* Groups of the staged plan. N, S, E, W: vehicles from that arm; NL, SL: their protected left
 * arrows; PN: pedestrians across the north arm. */
enum build_staged_sg {
    ST_N,
    ST_S,
    ST_E,
    ST_W,
    ST_NL,
    ST_SL,
    ST_PN,
    ST_PS,
    ST_PE,
    ST_PW,
    ST_SG_COUNT
};
enum build_staged_stage { ST_STAGE_NS, ST_STAGE_LEFT, ST_STAGE_EW, ST_STAGE_COUNT };
enum build_staged_pattern {
    ST_FIXED,       /* 90 s */
    ST_COORDINATED, /* 90 s, offset 20 s */
    ST_ACTUATED,
    ST_FLASH,
    ST_PATTERN_COUNT
};

/* Stages NS (N S PE PW) -> LEFT (NL SL) -> EW (E W PN PS) -> NS, and NS -> EW. Crossings on demand;
 * pedestrians of the east-west stage walk 3 s ahead of E and W; N and S start together. */
void plan_build_staged(struct plan *p);

/* Groups of the ring plan: sg_ix 0 to 7 belong to phases 1 to 8, then the crossings of the even
 * phases and a right-turn arrow, which is overlap A of phases 2 and 3. */
enum build_rings_sg { RG_P2 = 8, RG_P4, RG_P6, RG_P8, RG_OVERLAP, RG_SG_COUNT };
enum build_rings_pattern {
    RG_COORDINATED, /* 100 s, phases 2 and 6 coordinated */
    RG_FIXED,       /* 100 s */
    RG_ACTUATED,
    RG_PATTERN_COUNT
};

/* Ring 1: 1 2 | 3 4; ring 2: 5 6 | 7 8. phase_ix = phase_id - 1. Recall on 2 and 6. */
void plan_build_rings(struct plan *p);

/* Both directions of a matrix entry. */
void plan_build_conflict(struct plan *p, uint32_t a, uint32_t b, int32_t a_to_b_ms,
                         int32_t b_to_a_ms);

#endif
