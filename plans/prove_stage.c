/* Stage plans: every stage, every allowed change with every demand that matters, every pair of
 * stages. */
#include "prove_parts.h"

/* Up to this many groups on demand, all subsets are played; above it all, none, each alone and all
 * but each. Presence of a group only ever adds waiting, so the extremes are the worst cases; the
 * subsets are there because an argument is not a proof. */
enum { SUBSET_BITS_MAX = 6 };

static void prove_conflicts(struct prover *pr)
{
    const struct plan *p = pr->p;
    for (int32_t i = 0; i < p->stage_count; i++) {
        const sg_mask_t sg = p->stage[i].sg;
        prove_note_state(pr, sg);
        for (uint32_t a = 0; a < (uint32_t)p->sg_count; a++) {
            for (uint32_t b = a + 1; b < (uint32_t)p->sg_count; b++) {
                const bool both = (sg & bit32(a)) != 0 && (sg & bit32(b)) != 0;
                if (!both || (pr->timeline.conflict[a] & bit32(b)) == 0) {
                    continue;
                }
                struct prove_finding f = prove_blank(PROVE_STAGE_CONFLICT);
                f.stage_ix = i;
                f.sg_a_ix = (int32_t)a;
                f.sg_b_ix = (int32_t)b;
                prove_report(pr, &f, "stage \"%s\" opens \"%s\" and \"%s\", which conflict",
                             p->stage[i].name, p->sg[a].name, p->sg[b].name);
            }
        }
        pr->r->states++;
    }
}

/* Warshall: after round k, reach[i] holds all stages that i can reach through stages 0 to k. */
static void prove_reachability(struct prover *pr)
{
    const struct plan *p = pr->p;
    stage_mask_t reach[STAGE_MAX] = { 0 };
    for (int32_t i = 0; i < p->stage_count; i++) {
        reach[i] = p->stage[i].next | bit32((uint32_t)i);
    }
    for (int32_t k = 0; k < p->stage_count; k++) {
        for (int32_t i = 0; i < p->stage_count; i++) {
            if ((reach[i] & bit32((uint32_t)k)) != 0) {
                reach[i] |= reach[k];
            }
        }
    }
    for (int32_t i = 0; i < p->stage_count; i++) {
        const stage_mask_t all = UINT32_MAX >> (uint32_t)(32 - p->stage_count);
        const stage_mask_t lost = all & ~reach[i];
        if (lost != 0) {
            struct prove_finding f = prove_blank(PROVE_STAGE_UNREACHABLE);
            f.stage_ix = i;
            f.to_stage_ix = __builtin_ctz(lost);
            prove_report(pr, &f,
                         "once in stage \"%s\", no allowed change ever leads to stage \"%s\"",
                         p->stage[i].name, p->stage[f.to_stage_ix].name);
        }
    }
}

/* The k-th demand of those to be played out of the groups in `choice`; false: there are no more. */
static bool nth_demand(sg_mask_t choice, uint32_t k, sg_mask_t *demand)
{
    const uint32_t bits = (uint32_t)__builtin_popcount(choice);
    const bool is_exhaustive = bits <= SUBSET_BITS_MAX;
    if (k >= (is_exhaustive ? bit32(bits) : 2 * bits + 2)) {
        return false;
    }
    sg_mask_t subset = 0;
    uint32_t place = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        if ((choice & bit32(i)) == 0) {
            continue;
        }
        if (is_exhaustive ? (k & bit32(place)) != 0 : k == 2 + place || k == 2 + bits + place) {
            subset |= bit32(i);
        }
        place++;
    }
    if (!is_exhaustive && (k == 1 || k >= 2 + bits)) {
        subset = choice & ~subset;
    }
    *demand = subset;
    return true;
}

/* Until all groups of the new stage are green with this demand; the worst is kept for those who
 * ask. */
static void play_change(struct prover *pr, struct prove_finding *f, sg_mask_t had, sg_mask_t wants)
{
    const struct stage *from = &pr->p->stage[f->stage_ix];
    const struct stage *to = &pr->p->stage[f->to_stage_ix];
    const sg_mask_t open = from->sg & ~(from->on_demand & ~had);
    const sg_mask_t then = to->sg & ~(to->on_demand & ~wants);
    const int32_t change_ms = prove_change_ms(pr, open, then, f);
    if (pr->is_exhausted) {
        return;
    }
    pr->r->transitions++;
    int32_t *worst_ms = &pr->r->transition_ms[f->stage_ix][f->to_stage_ix];
    *worst_ms = max_i32(*worst_ms, change_ms);
    if (change_ms < 0) {
        prove_report(pr, f, "the change from stage \"%s\" to \"%s\" is not over after %s s",
                     from->name, to->name, seconds_text(PROVE_STEP_LIMIT_MS).s);
    }
}

static void prove_change(struct prover *pr, int32_t from_ix, int32_t to_ix)
{
    const struct stage *from = &pr->p->stage[from_ix];
    const struct stage *to = &pr->p->stage[to_ix];
    uint32_t a, b;
    if (prove_find_conflict(pr, from->sg, &a, &b) || prove_find_conflict(pr, to->sg, &a, &b)) {
        return; /* said already; to play it would only say it again */
    }
    struct prove_finding f = prove_blank(PROVE_TRANSITION_STUCK);
    f.stage_ix = from_ix;
    f.to_stage_ix = to_ix;
    sg_mask_t had = 0;
    for (uint32_t k = 0; nth_demand(from->on_demand, k, &had); k++) {
        sg_mask_t wants = 0;
        for (uint32_t n = 0; nth_demand(to->on_demand, n, &wants); n++) {
            play_change(pr, &f, had, wants);
            if (pr->is_exhausted) {
                return;
            }
        }
    }
}

void prove_stages(struct prover *pr)
{
    const struct plan *p = pr->p;
    prove_conflicts(pr);
    prove_reachability(pr);
    for (int32_t from = 0; from < p->stage_count; from++) {
        for (int32_t to = 0; to < p->stage_count; to++) {
            if (from != to && (p->stage[from].next & bit32((uint32_t)to)) != 0) {
                prove_change(pr, from, to);
            }
        }
    }
    if (p->startup_stage_ix < 0 || p->startup_stage_ix >= p->stage_count) {
        const struct prove_finding f = prove_blank(PROVE_STARTUP);
        prove_report(pr, &f, "the stage after start-up does not exist");
    } else if (p->stage[p->startup_stage_ix].sg == 0) {
        struct prove_finding f = prove_blank(PROVE_STARTUP);
        f.stage_ix = p->startup_stage_ix;
        prove_report(pr, &f, "the stage after start-up, \"%s\", opens no group",
                     p->stage[f.stage_ix].name);
    }
}
