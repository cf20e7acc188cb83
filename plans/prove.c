#include "prove_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct prove_finding prove_blank(enum prove_kind kind)
{
    struct prove_finding f;
    memset(&f, 0, sizeof f);
    f.kind = (int32_t)kind;
    f.level = PROVE_ERROR;
    f.pattern_ix = f.step_ix = f.stage_ix = f.to_stage_ix = -1;
    f.phase_a_ix = f.phase_b_ix = f.overlap_ix = f.relation_ix = f.detector_ix = -1;
    f.sg_a_ix = f.sg_b_ix = f.at_ms = -1;
    return f;
}

static bool is_same(const struct prove_finding *a, const struct prove_finding *b)
{
    return a->kind == b->kind && a->pattern_ix == b->pattern_ix && a->step_ix == b->step_ix &&
           a->stage_ix == b->stage_ix && a->to_stage_ix == b->to_stage_ix &&
           a->phase_a_ix == b->phase_a_ix && a->phase_b_ix == b->phase_b_ix &&
           a->overlap_ix == b->overlap_ix && a->relation_ix == b->relation_ix &&
           a->detector_ix == b->detector_ix && a->sg_a_ix == b->sg_a_ix && a->sg_b_ix == b->sg_b_ix;
}

void prove_report(struct prover *pr, const struct prove_finding *f, const char *format, ...)
{
    struct prove_result *r = pr->r;
    const uint32_t kept = r->count < PROVE_FINDING_MAX ? r->count : PROVE_FINDING_MAX;
    for (uint32_t i = 0; i < kept; i++) {
        if (is_same(&r->finding[i], f)) {
            return;
        }
    }
    if (r->count < PROVE_FINDING_MAX) {
        struct prove_finding *kept_f = &r->finding[r->count];
        *kept_f = *f;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(kept_f->text, sizeof kept_f->text, format, arguments);
        va_end(arguments);
    }
    r->count++;
    if (f->level == PROVE_ERROR) {
        r->errors++;
    } else {
        r->warnings++;
    }
}

static void check_frame(struct prover *pr, const struct prove_finding *where)
{
    const sg_mask_t not_red = timeline_not_red(&pr->timeline);
    for (uint32_t a = 0; a < (uint32_t)pr->p->sg_count; a++) {
        const sg_mask_t foes = pr->timeline.conflict[a] & not_red;
        if ((not_red & bit32(a)) == 0 || foes == 0) {
            continue;
        }
        struct prove_finding f = *where;
        f.kind = PROVE_FRAME_CONFLICT;
        f.sg_a_ix = (int32_t)a;
        f.sg_b_ix = __builtin_ctz(foes);
        prove_report(pr, &f, "second %s: \"%s\" and \"%s\" conflict and neither is red",
                     seconds_text(f.at_ms).s, pr->p->sg[a].name, pr->p->sg[f.sg_b_ix].name);
    }
}

bool prove_tick(struct prover *pr, sg_mask_t open, const struct prove_finding *where)
{
    if (pr->r->ticks >= PROVE_TICK_MAX) {
        pr->is_exhausted = true;
        return false;
    }
    pr->r->ticks++;
    timeline_step(&pr->timeline, open);
    check_frame(pr, where);
    return true;
}

int32_t prove_change_ms(struct prover *pr, sg_mask_t from, sg_mask_t to,
                        const struct prove_finding *where)
{
    timeline_settle(&pr->timeline, from);
    struct prove_finding here = *where;
    for (int32_t at_ms = 0; at_ms <= PROVE_STEP_LIMIT_MS; at_ms += TICK_MS) {
        here.at_ms = at_ms;
        if (!prove_tick(pr, to, &here)) {
            return -1;
        }
        if (timeline_is_settled(&pr->timeline, to)) {
            return at_ms;
        }
    }
    return -1;
}

bool prove_find_conflict(const struct prover *pr, sg_mask_t sg, uint32_t *a, uint32_t *b)
{
    for (uint32_t i = 0; i < (uint32_t)pr->p->sg_count; i++) {
        const sg_mask_t foes = pr->timeline.conflict[i] & sg;
        if ((sg & bit32(i)) != 0 && foes != 0) {
            *a = i;
            *b = (uint32_t)__builtin_ctz(foes);
            return true;
        }
    }
    return false;
}

void prove_note_state(struct prover *pr, sg_mask_t open)
{
    for (uint32_t i = 0; i < (uint32_t)pr->p->sg_count; i++) {
        if ((open & bit32(i)) != 0) {
            pr->together[i] |= open;
        }
    }
}

/* The guard reads one direction of a pair, the sequencer the other: a matrix with half an entry
 * means two different things to them. */
static void prove_matrix(struct prover *pr)
{
    const struct safety *s = &pr->p->safety;
    for (int32_t a = 0; a < s->sg_count; a++) {
        for (int32_t b = 0; b < s->sg_count; b++) {
            struct prove_finding f = prove_blank(PROVE_MATRIX);
            f.sg_a_ix = a;
            f.sg_b_ix = b;
            const bool has_entry = s->intergreen_ms[a][b] >= 0;
            const bool has_reverse = s->intergreen_ms[b][a] >= 0;
            const bool is_permissive = ((uint32_t)s->permissive[a] & bit32((uint32_t)b)) != 0;
            const bool reverse_is = ((uint32_t)s->permissive[b] & bit32((uint32_t)a)) != 0;
            if (a == b && has_entry) {
                prove_report(pr, &f, "group \"%s\" has an intergreen against itself",
                             pr->p->sg[a].name);
            } else if (has_entry && !has_reverse) {
                prove_report(
                    pr, &f,
                    "\"%s\" owes \"%s\" an intergreen, but none is given for the other order",
                    pr->p->sg[a].name, pr->p->sg[b].name);
            } else if (is_permissive && !reverse_is) {
                prove_report(pr, &f,
                             "\"%s\" may be green together with \"%s\", but not the reverse",
                             pr->p->sg[a].name, pr->p->sg[b].name);
            }
        }
    }
}

void plan_prove(const struct plan *p, struct prove_result *r)
{
    memset(r, 0, sizeof *r);
    memset(r->transition_ms, 0xff, sizeof r->transition_ms);
    struct prover pr = { .p = p, .r = r };
    if (!prove_indices(&pr)) {
        return;
    }
    timeline_init(&pr.timeline, p);
    prove_matrix(&pr);
    if (plan_is_staged(p)) {
        prove_stages(&pr);
    } else {
        prove_rings(&pr);
    }
    prove_relations(&pr);
    prove_patterns(&pr);
    prove_demand(&pr);
    if (pr.is_exhausted) {
        const struct prove_finding f = prove_blank(PROVE_TOO_LARGE);
        prove_report(&pr, &f, "not everything could be proved within %d ticks of play",
                     PROVE_TICK_MAX);
    }
}
