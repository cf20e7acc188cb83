/* Relations between groups: can they be kept at all, together, and do they ever apply? */
#include "prove_parts.h"

/* Longer than any sum of demands, small enough to be added. */
static const int64_t longest_ms = INT64_C(1) << 40;

enum { NO_PATH = -1 };

struct demands {
    int64_t ms[SG_MAX][SG_MAX]; /* [b] at least this long after [a]; NO_PATH */
};

static void add_demand(struct demands *d, int32_t a, int32_t b, int64_t ms)
{
    if (ms > d->ms[a][b]) {
        d->ms[a][b] = ms;
    }
}

/* Longest chains of demands. A loop makes them grow; they are cut, since one round of growth is
 * enough. */
static void chain_demands(struct demands *d, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        for (int32_t i = 0; i < count; i++) {
            for (int32_t j = 0; j < count; j++) {
                if (d->ms[i][k] == NO_PATH || d->ms[k][j] == NO_PATH) {
                    continue;
                }
                const int64_t sum_ms = d->ms[i][k] + d->ms[k][j];
                add_demand(d, i, j, sum_ms < longest_ms ? sum_ms : longest_ms);
            }
        }
    }
}

static void read_demands(const struct plan *p, struct demands *starts, struct demands *ends)
{
    for (int32_t i = 0; i < SG_MAX; i++) {
        for (int32_t j = 0; j < SG_MAX; j++) {
            starts->ms[i][j] = NO_PATH;
            ends->ms[i][j] = NO_PATH;
        }
    }
    for (int32_t i = 0; i < p->relation_count; i++) {
        const struct relation *r = &p->relation[i];
        switch ((enum relation_kind)r->kind) {
        case RELATION_EARLY_START:
            add_demand(starts, r->sg_a_ix, r->sg_b_ix, r->time_ms);
            break;
        case RELATION_SAME_START:
            add_demand(starts, r->sg_a_ix, r->sg_b_ix, 0);
            add_demand(starts, r->sg_b_ix, r->sg_a_ix, 0);
            break;
        case RELATION_FOLLOW_ON:
            add_demand(ends, r->sg_a_ix, r->sg_b_ix, r->time_ms);
            break;
        }
    }
    chain_demands(starts, p->sg_count);
    chain_demands(ends, p->sg_count);
}

static const char *kind_name(int32_t kind)
{
    switch ((enum relation_kind)kind) {
    case RELATION_EARLY_START:
        return "early start";
    case RELATION_SAME_START:
        return "same start";
    case RELATION_FOLLOW_ON:
        return "follow-on";
    }
    return "relation";
}

/* Starts may wait for each other in a circle only if nobody has to be later than himself; ends may
 * not at all, because a follow-on holds its second green until the first has ended. */
static bool is_on_circle(const struct relation *r, const struct demands *starts,
                         const struct demands *ends)
{
    if (r->kind == RELATION_FOLLOW_ON) {
        return ends->ms[r->sg_b_ix][r->sg_a_ix] != NO_PATH;
    }
    const int64_t back_ms = starts->ms[r->sg_b_ix][r->sg_a_ix];
    const int64_t there_ms = r->kind == RELATION_EARLY_START ? r->time_ms : 0;
    return back_ms != NO_PATH && back_ms + there_ms > 0;
}

static void prove_meaning(struct prover *pr, int32_t i)
{
    const struct plan *p = pr->p;
    const struct relation *r = &p->relation[i];
    const uint32_t a = (uint32_t)r->sg_a_ix;
    const uint32_t b = (uint32_t)r->sg_b_ix;
    struct prove_finding f = prove_blank(PROVE_RELATION_CONFLICT);
    f.relation_ix = i;
    f.sg_a_ix = r->sg_a_ix;
    f.sg_b_ix = r->sg_b_ix;
    if ((pr->timeline.conflict[a] & bit32(b)) != 0) {
        prove_report(pr, &f, "%s asks \"%s\" and \"%s\" to be green together, but they conflict",
                     kind_name(r->kind), p->sg[a].name, p->sg[b].name);
        return;
    }
    if ((pr->together[a] & bit32(b)) == 0) {
        f.kind = PROVE_RELATION_IDLE;
        f.level = PROVE_WARNING;
        prove_report(pr, &f, "%s of \"%s\" and \"%s\" never applies: nothing opens both at a time",
                     kind_name(r->kind), p->sg[a].name, p->sg[b].name);
    }
}

/* Whoever passes the first group shall also pass the second. */
static void prove_follow_on(struct prover *pr, int32_t i)
{
    const struct plan *p = pr->p;
    const struct relation *r = &p->relation[i];
    for (int32_t k = 0; k < p->stage_count; k++) {
        const bool has_a = (p->stage[k].sg & bit32((uint32_t)r->sg_a_ix)) != 0;
        const bool has_b = (p->stage[k].sg & bit32((uint32_t)r->sg_b_ix)) != 0;
        if (has_a && !has_b) {
            struct prove_finding f = prove_blank(PROVE_FOLLOW_ON_BROKEN);
            f.level = PROVE_WARNING;
            f.relation_ix = i;
            f.stage_ix = k;
            prove_report(
                pr, &f,
                "stage \"%s\" opens \"%s\" without \"%s\", which a follow-on promises to keep "
                "open behind it",
                p->stage[k].name, p->sg[r->sg_a_ix].name, p->sg[r->sg_b_ix].name);
        }
    }
}

void prove_relations(struct prover *pr)
{
    const struct plan *p = pr->p;
    struct demands starts;
    struct demands ends;
    read_demands(p, &starts, &ends);
    for (int32_t i = 0; i < p->relation_count; i++) {
        const struct relation *r = &p->relation[i];
        prove_meaning(pr, i);
        if (is_on_circle(r, &starts, &ends)) {
            struct prove_finding f = prove_blank(PROVE_RELATION_CYCLE);
            f.relation_ix = i;
            f.sg_a_ix = r->sg_a_ix;
            f.sg_b_ix = r->sg_b_ix;
            prove_report(pr, &f,
                         "%s of \"%s\" and \"%s\" is part of a circle that nobody can satisfy",
                         kind_name(r->kind), p->sg[r->sg_a_ix].name, p->sg[r->sg_b_ix].name);
        }
        if (r->kind == RELATION_FOLLOW_ON) {
            prove_follow_on(pr, i);
        }
    }
}
