/* Demand: whoever has to be asked for can be asked for, by a detector, a button or a recall, also
 * when a detector has failed. */
#include "prove_parts.h"

#include "script.h"

/* Groups that some detector calls; sound: only those that still call when they have failed. */
static sg_mask_t callable(const struct plan *p, bool after_failure)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        const bool survives = d->fail_action != FAIL_IGNORED;
        if ((d->roles & DETECTOR_CALLS) != 0 && (!after_failure || survives)) {
            sg |= d->sg;
        }
    }
    return sg;
}

/* Pedestrian groups, and all others. */
static sg_mask_t ped_groups(const struct plan *p)
{
    sg_mask_t sg = 0;
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        sg |= p->safety.sg_type[g] == SG_PEDESTRIAN ? bit32(g) : 0;
    }
    return sg;
}

/* A vehicle recall brings the stage with all that opens in it by itself, a pedestrian recall its
 * crossings too. A soft recall waits for an idle junction and is none. */
static sg_mask_t stage_recalled(const struct plan *p, const struct stage *s)
{
    sg_mask_t sg = 0;
    if ((s->recall & (RECALL_MIN | RECALL_MAX | RECALL_PED)) != 0) {
        sg |= s->sg & ~s->on_demand;
    }
    if ((s->recall & RECALL_PED) != 0) {
        sg |= s->sg & ped_groups(p);
    }
    if ((s->recall & (RECALL_MIN | RECALL_MAX)) != 0) {
        sg |= s->sg & ~ped_groups(p);
    }
    return sg;
}

/* Groups that this pattern opens without being asked. */
static sg_mask_t served_unasked_staged(const struct plan *p, const struct pattern *t)
{
    sg_mask_t sg = 0;
    const stage_mask_t stages = script_stages(p, t);
    for (int32_t i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stage[i];
        if ((stages & bit32((uint32_t)i)) != 0) {
            sg |= stage_recalled(p, s);
            sg |= script_is_timed(t) ? s->sg & ~s->on_demand : 0;
        }
    }
    return sg;
}

static bool phase_comes_unasked(const struct plan *p, const struct pattern *t, int32_t i)
{
    const struct phase *f = &p->phase[i];
    const int32_t mode = t->split_mode[i];
    const bool is_coordinated = script_is_timed(t) && (t->coord_phases & bit32((uint32_t)i)) != 0;
    return (f->recall & (RECALL_MIN | RECALL_MAX | RECALL_PED)) != 0 || is_coordinated ||
           (script_is_timed(t) && t->strategy == STRATEGY_FIXED) ||
           (f->options & PHASE_NON_ACTUATED) != 0 || mode == SPLIT_MIN_RECALL ||
           mode == SPLIT_MAX_RECALL || mode == SPLIT_PED_RECALL || mode == SPLIT_MAX_PED_RECALL ||
           mode == SPLIT_NON_ACTUATED;
}

static bool walk_comes_unasked(const struct plan *p, const struct pattern *t, int32_t i)
{
    const struct phase *f = &p->phase[i];
    const int32_t mode = t->split_mode[i];
    const bool is_coordinated = script_is_timed(t) && (t->coord_phases & bit32((uint32_t)i)) != 0;
    return (f->recall & RECALL_PED) != 0 || mode == SPLIT_PED_RECALL ||
           mode == SPLIT_MAX_PED_RECALL || mode == SPLIT_NON_ACTUATED ||
           (f->options & PHASE_NON_ACTUATED) != 0 ||
           (is_coordinated && (f->options & PHASE_REST_IN_WALK) != 0);
}

/* A phase has a call when one of its groups has; an overlap comes with its parents. */
static sg_mask_t served_rings(const struct plan *p, const struct pattern *t, sg_mask_t called)
{
    sg_mask_t sg = 0;
    phase_mask_t phases = 0;
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *f = &p->phase[i];
        if (!script_serves_phase(p, t, i)) {
            continue;
        }
        sg |= walk_comes_unasked(p, t, i) ? f->ped_sg : 0;
        sg |= phase_comes_unasked(p, t, i) ? f->vehicle_sg : 0;
        const bool has_call = ((f->vehicle_sg | f->ped_sg) & called) != 0;
        phases |= has_call || phase_comes_unasked(p, t, i) ? bit32((uint32_t)i) : 0;
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        sg |= (p->overlap[i].parents & phases) != 0 ? p->overlap[i].sg : 0;
    }
    return sg;
}

/* A group behind a follow-on is served with the one before it. */
static sg_mask_t served_behind(const struct plan *p, sg_mask_t served)
{
    for (int32_t i = 0; i < p->relation_count; i++) {
        const struct relation *r = &p->relation[i];
        if (r->kind == RELATION_FOLLOW_ON && (served & bit32((uint32_t)r->sg_a_ix)) != 0) {
            served |= bit32((uint32_t)r->sg_b_ix);
        }
    }
    return served;
}

static sg_mask_t served(const struct plan *p, const struct pattern *t, bool after_failure)
{
    const sg_mask_t called = callable(p, after_failure);
    const sg_mask_t unasked =
        plan_is_staged(p) ? served_unasked_staged(p, t) : served_rings(p, t, called);
    return served_behind(p, called | unasked);
}

/* Groups that the pattern opens at all; the others are starved, which is said elsewhere. */
static sg_mask_t offered(const struct plan *p, const struct pattern *t)
{
    sg_mask_t sg = 0;
    const stage_mask_t stages = script_stages(p, t);
    for (int32_t i = 0; i < p->stage_count; i++) {
        sg |= (stages & bit32((uint32_t)i)) != 0 ? p->stage[i].sg : 0;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (script_serves_phase(p, t, i)) {
            sg |= p->phase[i].vehicle_sg | p->phase[i].ped_sg;
        }
    }
    return sg;
}

static int32_t ignored_detector_of(const struct plan *p, uint32_t sg_ix)
{
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if ((d->sg & bit32(sg_ix)) != 0 && d->fail_action == FAIL_IGNORED) {
            return i;
        }
    }
    return -1;
}

static void prove_pattern_demand(struct prover *pr, int32_t pattern_ix, sg_mask_t *reported)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    const sg_mask_t lost = offered(p, t) & ~served(p, t, false) & ~*reported;
    const sg_mask_t lost_later = offered(p, t) & ~served(p, t, true) & ~*reported & ~lost;
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        struct prove_finding f = prove_blank(PROVE_UNCALLED);
        f.pattern_ix = pattern_ix;
        f.sg_a_ix = (int32_t)g;
        if ((lost & bit32(g)) != 0) {
            prove_report(
                pr, &f,
                "pattern \"%s\": \"%s\" opens on demand only, but no detector, button or recall "
                "can call it",
                t->name, p->sg[g].name);
        } else if ((lost_later & bit32(g)) != 0) {
            f.kind = PROVE_FAILURE_STARVES;
            f.detector_ix = ignored_detector_of(p, g);
            prove_report(
                pr, &f,
                "pattern \"%s\": when \"%s\" fails it is ignored, and nothing else calls \"%s\"",
                t->name, f.detector_ix >= 0 ? p->detector[f.detector_ix].name : "a detector",
                p->sg[g].name);
        }
    }
    *reported |= lost | lost_later;
}

void prove_demand(struct prover *pr)
{
    sg_mask_t reported = 0;
    for (int32_t i = 0; i < pr->p->pattern_count; i++) {
        const int32_t strategy = pr->p->pattern[i].strategy;
        const bool is_running = strategy != STRATEGY_FLASH && strategy != STRATEGY_ALL_RED;
        if (is_running && prove_is_scheduled(pr->p, i)) {
            prove_pattern_demand(pr, i, &reported);
        }
    }
}
