/* Ring plans: every combination of phases that rings and barriers allow, overlaps included, and
 * every change from one to another. */
#include "prove_parts.h"

#include <inttypes.h>

/* Above this many full combinations only those changes are played in which one ring moves or a
 * barrier is crossed: a change of two rings at once asks for no more than both alone. */
enum { ALL_CHANGES_MAX = 64 };

struct combination {
    phase_mask_t phases;
    int32_t barrier_ix;
    bool is_full; /* each ring that has phases in this barrier group shows one */
};

struct combinations {
    uint32_t count;
    struct combination c[PROVE_STATE_MAX];
};

static bool is_enabled(const struct phase *f)
{
    return (f->options & PHASE_ENABLED) != 0;
}

static sg_mask_t overlaps_open(const struct plan *p, phase_mask_t phases)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < p->overlap_count; i++) {
        const struct overlap *o = &p->overlap[i];
        const bool is_closed =
            o->kind == OVERLAP_MINUS_GREEN_YELLOW && (o->modifiers & phases) != 0;
        sg |= (o->parents & phases) != 0 && !is_closed ? o->sg : 0;
    }
    return sg;
}

static sg_mask_t phases_open(const struct plan *p, phase_mask_t phases, bool with_peds)
{
    sg_mask_t sg = overlaps_open(p, phases);
    for (int32_t i = 0; i < p->phase_count; i++) {
        if ((phases & bit32((uint32_t)i)) != 0) {
            sg |= p->phase[i].vehicle_sg | (with_peds ? p->phase[i].ped_sg : 0);
        }
    }
    return sg;
}

/* Counts through all combinations of one barrier group like an odometer, one digit for each ring:
 * place 0 is "none", the others the ring's phases in that group. */
static void enumerate(const struct plan *p, int32_t barrier_ix, struct combinations *all)
{
    int32_t choice[RING_MAX][PHASE_MAX] = { { 0 } };
    int32_t choice_count[RING_MAX] = { 0 };
    int32_t digit[RING_MAX] = { 0 };
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *f = &p->phase[i];
        if (is_enabled(f) && f->barrier_ix == barrier_ix) {
            choice[f->ring_ix][choice_count[f->ring_ix]] = i;
            choice_count[f->ring_ix]++;
        }
    }
    for (int32_t ring = 0; ring < RING_MAX && all->count < PROVE_STATE_MAX;) {
        if (digit[ring] == choice_count[ring]) {
            digit[ring] = 0;
            ring++;
            continue;
        }
        digit[ring]++;
        struct combination c = { .barrier_ix = barrier_ix, .is_full = true };
        for (int32_t k = 0; k < RING_MAX; k++) {
            if (digit[k] > 0) {
                c.phases |= bit32((uint32_t)choice[k][digit[k] - 1]);
            }
            c.is_full = c.is_full && (digit[k] > 0 || choice_count[k] == 0);
        }
        all->c[all->count] = c;
        all->count++;
        ring = 0;
    }
}

/* Which phase, or else which overlap, opens this group in this combination. */
static int32_t phase_of(const struct plan *p, phase_mask_t phases, uint32_t sg_ix)
{
    for (int32_t i = 0; i < p->phase_count; i++) {
        const sg_mask_t sg = p->phase[i].vehicle_sg | p->phase[i].ped_sg;
        if ((phases & bit32((uint32_t)i)) != 0 && (sg & bit32(sg_ix)) != 0) {
            return i;
        }
    }
    return -1;
}

static int32_t overlap_of(const struct plan *p, phase_mask_t phases, uint32_t sg_ix)
{
    for (int32_t i = 0; i < p->overlap_count; i++) {
        const struct overlap *o = &p->overlap[i];
        if ((o->parents & phases) != 0 && (o->sg & bit32(sg_ix)) != 0) {
            return i;
        }
    }
    return -1;
}

static void report_conflict(struct prover *pr, phase_mask_t phases, uint32_t a, uint32_t b)
{
    const struct plan *p = pr->p;
    const int32_t phase_a = phase_of(p, phases, a);
    const int32_t phase_b = phase_of(p, phases, b);
    struct prove_finding f = prove_blank(PROVE_PHASE_CONFLICT);
    f.sg_a_ix = (int32_t)a;
    f.sg_b_ix = (int32_t)b;
    if (phase_a >= 0 && phase_b >= 0) {
        f.phase_a_ix = phase_a;
        f.phase_b_ix = phase_b;
        if (phase_a == phase_b) {
            prove_report(pr, &f, "phase \"%s\" opens \"%s\" and \"%s\", which conflict",
                         p->phase[phase_a].name, p->sg[a].name, p->sg[b].name);
        } else {
            prove_report(
                pr, &f, "phases \"%s\" and \"%s\" may run together, but \"%s\" and \"%s\" conflict",
                p->phase[phase_a].name, p->phase[phase_b].name, p->sg[a].name, p->sg[b].name);
        }
        return;
    }
    const int32_t phase_ix = max_i32(phase_a, phase_b);
    f.kind = PROVE_OVERLAP_CONFLICT;
    f.overlap_ix = overlap_of(p, phases, phase_a < 0 ? a : b);
    /* With two overlaps against each other: the phases under which both are open. */
    const phase_mask_t parents = p->overlap[f.overlap_ix].parents & phases;
    f.phase_a_ix = phase_ix >= 0 ? phase_ix : __builtin_ctz(parents);
    prove_report(
        pr, &f, "overlap \"%s\" is open while phase \"%s\" runs: \"%s\" and \"%s\" conflict",
        p->overlap[f.overlap_ix].name, p->phase[f.phase_a_ix].name, p->sg[a].name, p->sg[b].name);
}

static void prove_combination(struct prover *pr, const struct combination *c)
{
    const sg_mask_t open = phases_open(pr->p, c->phases, true);
    prove_note_state(pr, open);
    pr->r->states++;
    for (uint32_t a = 0; a < (uint32_t)pr->p->sg_count; a++) {
        for (uint32_t b = a + 1; b < (uint32_t)pr->p->sg_count; b++) {
            const bool both = (open & bit32(a)) != 0 && (open & bit32(b)) != 0;
            if (both && (pr->timeline.conflict[a] & bit32(b)) != 0) {
                report_conflict(pr, c->phases, a, b);
            }
        }
    }
}

static void play_change(struct prover *pr, const struct combination *from,
                        const struct combination *to)
{
    /* Walkers before, after, or both. */
    static const bool walkers[3][2] = { { true, true }, { true, false }, { false, true } };
    struct prove_finding f = prove_blank(PROVE_TRANSITION_STUCK);
    f.phase_a_ix = __builtin_ctz(from->phases);
    f.phase_b_ix = __builtin_ctz(to->phases);
    for (size_t i = 0; i < 3; i++) {
        const int32_t change_ms =
            prove_change_ms(pr, phases_open(pr->p, from->phases, walkers[i][0]),
                            phases_open(pr->p, to->phases, walkers[i][1]), &f);
        if (pr->is_exhausted) {
            return;
        }
        pr->r->transitions++;
        if (change_ms < 0) {
            prove_report(pr, &f,
                         "the change from the phases of \"%s\" to those of \"%s\" never ends",
                         pr->p->phase[f.phase_a_ix].name, pr->p->phase[f.phase_b_ix].name);
        }
    }
}

static bool moves_one_ring(const struct combination *a, const struct combination *b)
{
    return __builtin_popcount(a->phases & ~b->phases) <= 1;
}

static void prove_changes(struct prover *pr, const struct combinations *all)
{
    uint32_t full_count = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        full_count += all->c[i].is_full ? 1 : 0;
    }
    for (uint32_t i = 0; i < all->count; i++) {
        for (uint32_t k = 0; k < all->count; k++) {
            const struct combination *from = &all->c[i];
            const struct combination *to = &all->c[k];
            const bool is_played = i != k && from->is_full && to->is_full &&
                                   (full_count <= ALL_CHANGES_MAX || moves_one_ring(from, to) ||
                                    from->barrier_ix != to->barrier_ix);
            if (is_played && pr->r->transitions < PROVE_TRANSITION_MAX && !pr->is_exhausted) {
                play_change(pr, from, to);
            } else if (is_played) {
                pr->is_exhausted = true;
                return;
            }
        }
    }
}

static void prove_minimums(struct prover *pr)
{
    const struct plan *p = pr->p;
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
            struct prove_finding f = prove_blank(PROVE_PHASE_MINIMUM);
            f.phase_a_ix = i;
            f.sg_a_ix = (int32_t)g;
            const int32_t least_ms = p->safety.min_green_ms[g];
            if ((ph->vehicle_sg & bit32(g)) != 0 && ph->min_green_ms < least_ms) {
                prove_report(
                    pr, &f,
                    "phase \"%s\" has a minimum green of %s s, the safety file asks %s s of "
                    "\"%s\"",
                    ph->name, seconds_text(ph->min_green_ms).s, seconds_text(least_ms).s,
                    p->sg[g].name);
            }
            if ((ph->ped_sg & bit32(g)) != 0 && ph->walk_ms < least_ms) {
                prove_report(
                    pr, &f, "phase \"%s\" has a walk of %s s, the safety file asks %s s of \"%s\"",
                    ph->name, seconds_text(ph->walk_ms).s, seconds_text(least_ms).s, p->sg[g].name);
            }
        }
    }
}

static void prove_startup(struct prover *pr, const struct combinations *all)
{
    const struct plan *p = pr->p;
    struct prove_finding f = prove_blank(PROVE_STARTUP);
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->c[i].phases == p->startup_phases) {
            return;
        }
    }
    if (p->startup_phases == 0) {
        prove_report(pr, &f, "no phase is named to begin with after start-up");
        return;
    }
    f.phase_a_ix = __builtin_ctz(p->startup_phases);
    if (f.phase_a_ix >= p->phase_count) {
        f.phase_a_ix = -1;
        prove_report(pr, &f, "a phase that is to begin after start-up does not exist");
        return;
    }
    prove_report(
        pr, &f,
        "the phases after start-up (\"%s\" among them) are not one of the combinations that "
        "rings and barriers allow: enabled, one for each ring, one barrier group",
        p->phase[f.phase_a_ix].name);
}

void prove_rings(struct prover *pr)
{
    struct combinations all = { .count = 0 };
    for (int32_t barrier_ix = 0; barrier_ix < BARRIER_MAX; barrier_ix++) {
        enumerate(pr->p, barrier_ix, &all);
    }
    if (all.count == PROVE_STATE_MAX) {
        const struct prove_finding f = prove_blank(PROVE_TOO_LARGE);
        prove_report(pr, &f, "rings and barriers allow more than %d combinations of phases",
                     PROVE_STATE_MAX - 1);
        return;
    }
    const uint32_t errors_before = pr->r->errors;
    for (uint32_t i = 0; i < all.count; i++) {
        prove_combination(pr, &all.c[i]);
    }
    prove_minimums(pr);
    prove_startup(pr, &all);
    if (pr->r->errors == errors_before) {
        prove_changes(pr, &all);
    }
}
