/* prove.h: proves by enumeration that no stage, phase combination, transition or pattern of a plan
 * can show conflicting groups, cut a minimum or starve a group, and gives a counterexample where
 * one can. Works on the structs alone: mapping a finding to a place in a file is the caller's
 * business. Bounded and deterministic; prints nothing, changes nothing. What is proved and how:
 * docs/proof-of-plans.md. */
#ifndef KAVSAK_PROVE_H
#define KAVSAK_PROVE_H

#include "plan.h"

enum {
    PROVE_FINDING_MAX = 64,
    PROVE_TEXT_BYTES = 320,
    /* Work: a tick of the timeline costs about a microsecond, a junction of the usual size needs
     * some ten thousand. A plan that needs more than this cannot be proved and is refused for that.
     */
    PROVE_TICK_MAX = 2000000,
    PROVE_STATE_MAX = 700, /* four rings of four phases, and none, inside one barrier group: 624 */
    PROVE_TRANSITION_MAX = 20000,
    PROVE_STEP_LIMIT_MS = 300000 /* a change of stage that takes longer than this never ends */
};

/* What is wrong. The numbers may become rule numbers of files; they are never reused. */
enum prove_kind {
    PROVE_NONE = 0,
    PROVE_INDEX = 1,            /* a number points outside its table: nothing else can be proved */
    PROVE_MATRIX = 2,           /* an entry a -> b without one b -> a, or a group against itself */
    PROVE_STAGE_CONFLICT = 3,   /* stage, sg_a, sg_b */
    PROVE_PHASE_CONFLICT = 4,   /* phase_a, phase_b (equal: inside one phase), sg_a, sg_b */
    PROVE_OVERLAP_CONFLICT = 5, /* overlap, phase_a, phase_b or -1, sg_a, sg_b */
    PROVE_FRAME_CONFLICT =
        6,             /* the timeline itself showed a conflict: pattern or stages, sg_a, sg_b */
    PROVE_STARTUP = 7, /* stage or phase_a: where the junction begins */
    PROVE_RELATION_CYCLE = 8,    /* relation: part of a ring of demands on itself */
    PROVE_RELATION_CONFLICT = 9, /* relation: its two groups conflict */
    PROVE_RELATION_IDLE = 10,    /* relation: its groups are never open together; warning */
    PROVE_FOLLOW_ON_BROKEN =
        11, /* relation, stage or phase_a: opens the first group without the second */
    PROVE_STAGE_UNREACHABLE = 12,  /* stage, to_stage: no way from one to the other */
    PROVE_TRANSITION_STUCK = 13,   /* stage, to_stage (or phases): the change never ends */
    PROVE_TRANSITION_MISSING = 14, /* pattern, step, stage, to_stage: not among the allowed */
    PROVE_CYCLE_SUM = 15, /* pattern; steps, or one ring's splits, do not add up to the cycle */
    PROVE_BARRIER_SUM =
        16,                /* pattern, phase_a, phase_b: rings reach a barrier at different times */
    PROVE_RING_ORDER = 17, /* pattern, phase_a */
    PROVE_GROUP_STARVED = 18, /* pattern, sg_a: never opens */
    PROVE_NEVER_GREEN =
        19,             /* pattern, step or phase_a, sg_a: its time is over before it is green */
    PROVE_MIN_CUT = 20, /* the same: green, but for less than the minimum */
    PROVE_MAX_RED = 21, /* pattern, sg_a: waits longer than max_red */
    PROVE_MAX_BELOW_MIN = 22, /* pattern, step or phase_a: a maximum below a minimum */
    PROVE_PHASE_MINIMUM = 23, /* phase_a, sg_a: shorter than the safety file allows */
    PROVE_SPLIT_PED = 24,     /* pattern, phase_a, sg_a: walk and clearance do not fit the green */
    PROVE_UNCALLED = 25,      /* pattern, sg_a: opens on demand, but nothing can call it */
    PROVE_FAILURE_STARVES = 26, /* detector, sg_a: ignored on failure, and nothing else calls */
    PROVE_FALLBACK = 27,        /* pattern: not complete in fixed time */
    PROVE_TOO_LARGE = 28        /* more states or ticks than this prover may spend */
};

enum prove_level { PROVE_ERROR, PROVE_WARNING };

/* One counterexample. Indices are -1 where they say nothing. */
struct prove_finding {
    int32_t kind;  /* enum prove_kind */
    int32_t level; /* enum prove_level */
    int32_t pattern_ix, step_ix;
    int32_t stage_ix, to_stage_ix;
    int32_t phase_a_ix, phase_b_ix;
    int32_t overlap_ix, relation_ix, detector_ix;
    int32_t sg_a_ix, sg_b_ix;
    int32_t at_ms; /* of the cycle (0: its first step), or of the change of stage */
    char text[PROVE_TEXT_BYTES];
};

struct prove_result {
    uint32_t count, errors, warnings; /* all; only the first PROVE_FINDING_MAX are kept */
    struct prove_finding finding[PROVE_FINDING_MAX];
    uint32_t states;      /* stages, or combinations of phases, shown free of conflict */
    uint32_t transitions; /* changes between them played to their end */
    uint32_t cycles;      /* cycles of patterns played, one for each demand that matters */
    uint32_t ticks;
    /* From the wish for a stage until all its groups are green, at worst; -1: not allowed. */
    int32_t transition_ms[STAGE_MAX][STAGE_MAX];
};

/* Fills r whole. p may hold anything that its types can hold. */
void plan_prove(const struct plan *p, struct prove_result *r);

#endif
