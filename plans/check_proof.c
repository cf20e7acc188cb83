/* Findings of the prover as findings about files: a rule number and the place that a person should
 * look at. Runs only where the rules found nothing, because what they find makes proofs fail in
 * worse words. */
#include <stdlib.h>

#include "check.h"
#include "prove.h"

/* Several kinds are rules of their own already; they are mapped all the same, so that a gap in a
 * rule is still reported under its number. */
static int32_t rule_of(int32_t kind)
{
    switch ((enum prove_kind)kind) {
    case PROVE_MATRIX:
        return RULE_MATRIX_ONE_SIDED;
    case PROVE_STAGE_CONFLICT:
        return RULE_STAGE_CONFLICT;
    case PROVE_PHASE_CONFLICT:
        return RULE_PHASES_CONFLICT;
    case PROVE_OVERLAP_CONFLICT:
        return RULE_OVERLAP_BAD;
    case PROVE_STARTUP:
        return RULE_STARTUP_FIRST;
    case PROVE_RELATION_CYCLE:
        return RULE_PROOF_RELATION_CYCLE;
    case PROVE_RELATION_CONFLICT:
        return RULE_RELATION_BAD;
    case PROVE_RELATION_IDLE:
        return RULE_PROOF_RELATION_IDLE;
    case PROVE_FOLLOW_ON_BROKEN:
        return RULE_PROOF_FOLLOW_ON;
    case PROVE_STAGE_UNREACHABLE:
        return RULE_PROOF_UNREACHABLE;
    case PROVE_TRANSITION_STUCK:
        return RULE_PROOF_STUCK;
    case PROVE_TRANSITION_MISSING:
        return RULE_STEP_ORDER;
    case PROVE_CYCLE_SUM:
        return RULE_STEPS_SUM;
    case PROVE_BARRIER_SUM:
        return RULE_SPLITS_SUM;
    case PROVE_RING_ORDER:
        return RULE_RINGS_BAD;
    case PROVE_GROUP_STARVED:
        return RULE_PROOF_STARVED;
    case PROVE_NEVER_GREEN:
        return RULE_PROOF_NEVER_GREEN;
    case PROVE_MIN_CUT:
        return RULE_PROOF_MIN_CUT;
    case PROVE_MAX_RED:
        return RULE_RED_TOO_LONG;
    case PROVE_MAX_BELOW_MIN:
        return RULE_MAX_BELOW_MIN;
    case PROVE_PHASE_MINIMUM:
        return RULE_PLAN_LOWERS;
    case PROVE_SPLIT_PED:
        return RULE_SPLIT_SHORT;
    case PROVE_UNCALLED:
        return RULE_GROUP_NO_DEMAND;
    case PROVE_FAILURE_STARVES:
        return RULE_IGNORED_UNSERVED;
    case PROVE_FALLBACK:
        return RULE_FALLBACK_PLAN;
    case PROVE_NONE:
    case PROVE_INDEX:
    case PROVE_FRAME_CONFLICT:
    case PROVE_TOO_LARGE:
        return RULE_PROOF_FAILED;
    }
    return RULE_PROOF_FAILED;
}

static const struct yaml_node *name_node(const struct reader *r, enum ref ref, int32_t ix)
{
    return ix >= 0 && ix < r->names[ref].count ? r->names[ref].node[ix] : NULL;
}

/* The most particular thing that a finding names. */
static struct diag_at place_of(const struct reader *r, const struct prove_finding *f)
{
    const struct yaml_node *n = NULL;
    if (f->pattern_ix >= 0 && f->pattern_ix < r->plan->pattern_count && f->step_ix >= 0 &&
        f->step_ix < r->plan->pattern[f->pattern_ix].step_count) {
        n = r->step[f->pattern_ix][f->step_ix];
    } else if (f->pattern_ix >= 0) {
        n = name_node(r, REF_PATTERN, f->pattern_ix);
        const struct yaml_node *split =
            f->phase_a_ix >= 0
                ? yaml_get(yaml_get(n, "splits"), r->names[REF_PHASE].name[f->phase_a_ix])
                : NULL;
        n = split != NULL ? split : n;
    } else if (f->relation_ix >= 0 && f->relation_ix < r->plan->relation_count) {
        n = r->relation[f->relation_ix];
    } else if (f->detector_ix >= 0) {
        n = name_node(r, REF_DETECTOR, f->detector_ix);
    } else if (f->overlap_ix >= 0) {
        n = name_node(r, REF_OVERLAP, f->overlap_ix);
    } else if (f->stage_ix >= 0) {
        n = name_node(r, REF_STAGE, f->stage_ix);
    } else if (f->phase_a_ix >= 0) {
        n = name_node(r, REF_PHASE, f->phase_a_ix);
    } else if (f->sg_a_ix >= 0) {
        n = name_node(r, REF_GROUP, f->sg_a_ix);
    }
    if (n != NULL) {
        return yaml_key_at(n);
    }
    const struct diag_at top = { .file = r->doc[FILE_PLAN]->path, .line = 0, .column = 0 };
    return top;
}

void check_proof(struct reader *r)
{
    struct prove_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        const struct diag_at top = { .file = r->doc[FILE_PLAN]->path, .line = 0, .column = 0 };
        diag_rule(r->diag, RULE_PROOF_FAILED, top, "no memory for the proof");
        return;
    }
    plan_prove(r->plan, result);
    const uint32_t kept = result->count < PROVE_FINDING_MAX ? result->count : PROVE_FINDING_MAX;
    for (uint32_t i = 0; i < kept; i++) {
        const struct prove_finding *f = &result->finding[i];
        diag_add(r->diag, f->level == PROVE_ERROR ? DIAG_ERROR : DIAG_WARNING, rule_of(f->kind),
                 place_of(r, f), "%s", f->text);
    }
    free(result);
}
