#include "search.h"

#include "search_model.h"

#include <string.h>

enum {
    NODES_MAX = 256,                      /* of one second */
    KEPT_MAX = NODES_MAX + STAGE_MAX + 1, /* and the best of each first action */
    BEAM_LEAST = 8,                       /* below, beams lose the way: docs/optimiser.md */
    NOBODY = UINT16_MAX
};

/* Somebody who could be looked at in the next second. */
struct candidate {
    int64_t score;
    uint64_t hash;
    uint16_t parent;
    uint8_t option, first;
};

struct level {
    struct candidate chosen[KEPT_MAX];
    int32_t group_count[MODEL_ROWS];   /* of chosen, group by group, beam apart */
    struct candidate best[MODEL_ROWS]; /* of each first action; MODEL_NONE: not yet acted */
    bool has_best[MODEL_ROWS];
    int32_t beam;
};

struct step_taken {
    uint16_t parent;
    uint8_t option;
};

/* The workspace of one search, about 360 kB of the caller's stack. */
struct search {
    struct model model;
    struct model_node node[2][KEPT_MAX]; /* seconds take turns */
    struct model_node *now, *then;
    struct step_taken way[SEARCH_HORIZON_MAX_S + 1][KEPT_MAX];
    struct level level;
    int32_t count; /* of now */
    int32_t nodes;
    bool was_cut;
};

/* A plan, second by second. */
struct path {
    uint8_t option[SEARCH_HORIZON_MAX_S];
    int64_t cost; /* INT64_MAX: none */
    uint8_t first;
};

/* Stop, switch and terminal costs are the middle of what published controllers use; width and
 * budget were measured: docs/optimiser.md. */
const struct search_settings *search_settings_default(void)
{
    static const struct search_settings settings = {
        .horizon_s = 40,
        .decision_s = 1,
        .beam = 16,
        .node_budget = 10000,
        .stop_cs = 400,
        .switch_cs = 100,
        .terminal_cs = 800,
        .terminal_delay_pct = 50,
        .max_wait_cs = 9000,
        .max_wait_weight = 32,
        .ped_weight = 16,
    };
    return &settings;
}

/* --- One second of the beam ------------------------------------------------------------------- */

/* Keeps the best of each option; what came first stays before what is as good. Two of one state
 * are one. */
static void offer(struct level *l, const struct candidate *c)
{
    struct candidate *group = &l->chosen[c->option < MODEL_NONE ? c->option * l->beam : 0];
    int32_t *count = &l->group_count[c->option];
    if (*count == l->beam && c->score >= group[*count - 1].score) {
        return;
    }
    int32_t at = *count;
    for (int32_t i = 0; i < *count; i++) {
        if (group[i].hash == c->hash) {
            if (group[i].score <= c->score) {
                return;
            }
            at = i;
            break;
        }
    }
    if (at == *count) {
        at = min_i32(at, l->beam - 1);
        *count = at + 1;
    }
    for (; at > 0 && group[at - 1].score > c->score; at--) {
        group[at] = group[at - 1];
    }
    group[at] = *c;
}

static void offer_first(struct level *l, const struct candidate *c)
{
    const uint32_t first = c->first < MODEL_NONE ? c->first : MODEL_NONE;
    if (!l->has_best[first] || c->score < l->best[first].score) {
        l->has_best[first] = true;
        l->best[first] = *c;
    }
}

/* A change's hash is that of the state it begins in. */
static uint64_t changed_hash(const struct model_node *n, uint32_t to)
{
    const uint64_t place = to | (uint64_t)n->option << 8 | UINT64_C(1) << 56 |
                           (uint64_t)n->walk_end_s << 40 | (uint64_t)n->since_s << 16;
    const uint64_t kept = n->walk_end_s > 0 ? place : place & ~(UINT64_C(0xff) << 16);
    return model_mix(n->hash + kept * UINT64_C(0x9e3779b97f4a7c15)) + n->pending;
}

/* Lanes that go on flowing at different instants are not in one state, though as many have gone:
 * merged, the beam lost 0.20 % of cost in the mean and 12 % at worst instead of 0.14 and 9. */
static uint64_t ready_hash(const struct model *m, const struct model_node *n, int32_t t_s)
{
    uint64_t hash = 0;
    for (int32_t i = 0; i < m->lane_count; i++) {
        const int32_t late_cs = n->ready_cs[i] - t_s * MODEL_STEP_CS;
        hash += late_cs > 0 ? (uint64_t)late_cs * (m->key[i] >> 17 | 1) : 0;
    }
    return hash;
}

static void offer_node(struct search *s, int32_t ix, int32_t t_s)
{
    const struct model_node *n = &s->now[ix];
    const uint32_t choices = model_choices(&s->model, n, t_s);
    const uint64_t ready = ready_hash(&s->model, n, t_s);
    const bool has_acted = n->first != MODEL_ROOT_FIRST;
    struct candidate c = { .score = model_score(&s->model, n, t_s),
                           .hash = model_hash(n) + ready,
                           .parent = (uint16_t)ix,
                           .option = n->option,
                           .first = n->first };
    if (choices == 0 || !model_must_leave(&s->model, n)) {
        offer(&s->level, &c);
        offer_first(&s->level, &c);
    }
    const int64_t stay_score = c.score;
    for (uint32_t left = choices; left != 0; left &= left - 1) {
        const uint32_t to = lowest_bit(left);
        c.score = stay_score + (int64_t)s->model.settings->switch_cs * SNAPSHOT_WEIGHT_ONE +
                  (int64_t)s->model.change[n->option][to].settle_s * MODEL_SETTLE_PRICE;
        c.option = (uint8_t)to;
        c.hash = changed_hash(n, to) + ready;
        c.first = has_acted ? n->first : t_s == 0 ? (uint8_t)to : n->option;
        offer(&s->level, &c);
        offer_first(&s->level, &c);
    }
}

static bool is_chosen(const struct level *l, const struct candidate *c)
{
    const struct candidate *group = &l->chosen[c->option < MODEL_NONE ? c->option * l->beam : 0];
    for (int32_t i = 0; i < l->group_count[c->option]; i++) {
        if (group[i].parent == c->parent) {
            return true;
        }
    }
    return false;
}

static void take(struct search *s, const struct candidate *c, int32_t t_s, int32_t at)
{
    model_step(&s->model, &s->now[c->parent], t_s, c->option, &s->then[at], NULL);
    s->way[t_s + 1][at] = (struct step_taken){ c->parent, c->option };
    s->nodes++;
}

static void expand(struct search *s, int32_t t_s)
{
    struct level *l = &s->level;
    int32_t count = 0;
    for (uint32_t o = 0; o < MODEL_ROWS; o++) {
        const bool has_any = o < MODEL_NONE && l->group_count[o] > 0;
        const struct candidate *group = &l->chosen[has_any ? (int32_t)o * l->beam : 0];
        for (int32_t i = 0; i < l->group_count[o]; i++) {
            take(s, &group[i], t_s, count++);
        }
    }
    for (uint32_t first = 0; first < MODEL_ROWS; first++) {
        if (l->has_best[first] && !is_chosen(l, &l->best[first])) {
            take(s, &l->best[first], t_s, count++);
        }
    }
    struct model_node *swap = s->now;
    s->now = s->then;
    s->then = swap;
    s->count = count;
}

/* So many for each option that the budget lasts to the horizon. The width is meant for eight
 * options; fewer share out the same number of nodes, up to twice the width each. */
static int32_t beam_now(struct search *s, int32_t t_s)
{
    const struct search_settings *set = s->model.settings;
    const int32_t options = max_i32(s->model.option_count, 1);
    const int32_t most = max_i32(NODES_MAX / options, BEAM_LEAST);
    const int32_t beam = max_i32(set->beam, 1);
    const int32_t shared = min_i32(8 * beam / options, 2 * beam);
    const int32_t wanted = min_i32(max_i32(beam, shared), most);
    const int32_t left = max_i32(set->node_budget - s->nodes, 0) / (s->model.horizon_s - t_s);
    /* A level is rarely full: only what would overstep is cut. */
    const int32_t affordable = max_i32((left - options) / options, 1);
    if (affordable < wanted && s->count + 2 * options > left) {
        s->was_cut = true;
        return affordable;
    }
    return wanted;
}

static void run_beam(struct search *s)
{
    s->now = s->node[0];
    s->then = s->node[1];
    model_root(&s->model, &s->now[0]);
    s->count = 1;
    for (int32_t t_s = 0; t_s < s->model.horizon_s; t_s++) {
        memset(s->level.group_count, 0, sizeof s->level.group_count);
        memset(s->level.has_best, 0, sizeof s->level.has_best);
        s->level.beam = beam_now(s, t_s);
        for (int32_t i = 0; i < s->count; i++) {
            offer_node(s, i, t_s);
        }
        expand(s, t_s);
    }
}

static void trace(const struct search *s, int32_t at, struct path *path)
{
    int32_t ix = at;
    for (int32_t t_s = s->model.horizon_s; t_s > 0; t_s--) {
        path->option[t_s - 1] = s->way[t_s][ix].option;
        ix = s->way[t_s][ix].parent;
    }
}

/* --- Plans ------------------------------------------------------------------------------------ */

/* Follows a path as far as the rules let it. Two nodes take turns. */
static void follow(const struct model *m, struct path *path, struct model_ledger *ledger,
                   struct model_node turn[2])
{
    model_root(m, &turn[0]);
    for (int32_t t_s = 0; t_s < m->horizon_s; t_s++) {
        const struct model_node *n = &turn[t_s % 2];
        const uint32_t wish = path->option[t_s];
        uint32_t go = n->option;
        if (wish != go && wish < MODEL_NONE) {
            const uint32_t choices = model_choices(m, n, t_s);
            go = (choices & bit32(wish)) != 0 ? wish : go;
        }
        if (go == n->option && model_must_leave(m, n)) {
            const uint32_t choices = model_choices(m, n, t_s);
            go = choices != 0 ? lowest_bit(choices) : go;
        }
        path->option[t_s] = (uint8_t)go;
        model_step(m, n, t_s, go, &turn[(t_s + 1) % 2], ledger);
    }
}

static void write_timeline(const struct model *m, const struct path *path,
                           struct search_result *result)
{
    result->timeline_count = 0;
    for (int32_t t_s = 0; t_s < m->horizon_s; t_s++) {
        const bool is_new = t_s == 0 || path->option[t_s] != path->option[t_s - 1];
        if (is_new && result->timeline_count < SEARCH_TIMELINE_MAX) {
            const int32_t option_ix = path->option[t_s] < MODEL_NONE ? path->option[t_s] : -1;
            result->timeline[result->timeline_count++] =
                (struct search_segment){ (int16_t)option_ix, (int16_t)t_s };
        }
    }
}

static void read_timeline(const struct search_segment *timeline, int32_t count, int32_t shift_s,
                          int32_t horizon_s, uint8_t here, struct path *path)
{
    int32_t k = -1;
    for (int32_t t_s = 0; t_s < horizon_s; t_s++) {
        while (k + 1 < count && timeline[k + 1].from_s <= t_s + shift_s) {
            k++;
        }
        const bool is_there = k >= 0 && timeline[k].option_ix >= 0;
        path->option[t_s] = is_there ? (uint8_t)timeline[k].option_ix : here;
    }
}

static int32_t leaves_at_s(const struct model *m, const struct path *path)
{
    int32_t t_s = 1;
    while (t_s < m->horizon_s && path->option[t_s] == path->option[0]) {
        t_s++;
    }
    return t_s;
}

static void write_alternative(const struct model *m, struct path *path,
                              struct search_alternative *a, struct model_node turn[2])
{
    struct model_ledger ledger;
    model_ledger_begin(m, &ledger);
    follow(m, path, &ledger, turn);
    a->is_possible = true;
    a->leave_in_s = leaves_at_s(m, path);
    model_ledger_end(m, &turn[m->horizon_s % 2], &ledger, &a->cost);
}

/* --- Why -------------------------------------------------------------------------------------- */

/* A group of the option that stands behind its minimum, or the crossing that is being walked. */
static void explain_minimum(const struct snapshot *s, struct search_result *r)
{
    const struct layout_option *o = &s->layout->option[s->option_ix];
    int32_t slowest_cs = 0;
    for (uint32_t left = o->sg; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        const int32_t in_cs = s->sg_green_in_cs[g];
        const bool is_walk = (o->on_demand & s->layout->peds & bit32(g)) != 0;
        if (!is_walk && in_cs > slowest_cs && in_cs < SNAPSHOT_NEVER_CS) {
            slowest_cs = in_cs;
            r->binding = BINDING_ON_THE_WAY;
            r->binding_sg_ix = (int32_t)g;
        }
    }
    if (slowest_cs > 0) {
        return;
    }
    r->binding = BINDING_MIN_GREEN;
    for (uint32_t left = o->sg & s->layout->peds; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        if (s->sg_green_in_cs[g] == 0) {
            r->binding = BINDING_PEDESTRIANS;
            r->binding_sg_ix = (int32_t)g;
        }
    }
}

static bool exits_are_full(const struct model *m)
{
    for (int32_t slot = 0; slot < m->lane_count; slot++) {
        const struct model_lane *lane = &m->lane[slot];
        for (int32_t k = 0; k < lane->movement_count; k++) {
            const int32_t x = lane->movement[k].exit_slot;
            if (x >= 0 && lane->due[1] > 0 && m->exit_cap[x][0] < MODEL_EXIT_UNIT) {
                return true;
            }
        }
    }
    return false;
}

/* A group that has to be green soon, and is not in the option that is left. */
static int32_t red_limit_sg(const struct model *m, const struct model_node *root, uint32_t to)
{
    const sg_mask_t gains = root->pending & m->option[to].sg & ~root->go;
    for (uint32_t left = gains; left != 0; left &= left - 1) {
        if (m->red_limit_cs[lowest_bit(left)] < SNAPSHOT_NEVER_CS) {
            return (int32_t)lowest_bit(left);
        }
    }
    return -1;
}

static void explain(const struct model *m, const struct search_limits *limits,
                    struct search_result *r, struct model_node *root)
{
    const struct snapshot *s = m->snapshot;
    model_root(m, root);
    const uint32_t restricted = model_choices(m, root, 0);
    root->first = 0; /* as if the first change were made: what would be open without limits */
    const uint32_t open = model_choices(m, root, 0);
    root->first = MODEL_ROOT_FIRST;
    r->binding = BINDING_NONE;
    r->binding_sg_ix = -1;
    if (s->option_ix < 0) {
        return;
    }
    if (s->may_leave_in_cs > 0) {
        explain_minimum(s, r);
        return;
    }
    if (r->option_ix != s->option_ix) {
        r->binding_sg_ix = red_limit_sg(m, root, (uint32_t)r->option_ix);
        const bool is_max = s->must_leave_in_cs < MODEL_STEP_CS;
        const bool is_forced =
            restricted != open || !m->may_stay || limits->stay_max_cs < MODEL_STEP_CS;
        r->binding = is_max                  ? BINDING_MAX_GREEN
                     : r->binding_sg_ix >= 0 ? BINDING_MAX_RED
                     : is_forced             ? BINDING_STARVING
                                             : BINDING_NONE;
        return;
    }
    if (open == 0) {
        r->binding = BINDING_NO_DEMAND;
    } else if (restricted != open) {
        r->binding = BINDING_STARVING;
    } else if (exits_are_full(m)) {
        r->binding = BINDING_EXIT_FULL;
    }
}

/* --- Whole ------------------------------------------------------------------------------------ */

/* Best plan of each first action; staying first, then the lower index, among equals. */
static uint32_t gather(struct search *s, struct path *best, struct path *path,
                       struct search_result *result)
{
    const struct model *m = &s->model;
    const uint32_t here =
        m->snapshot->option_ix >= 0 ? (uint32_t)m->snapshot->option_ix : MODEL_NONE;
    int32_t best_ix[MODEL_ROWS];
    int64_t cost[MODEL_ROWS] = { 0 };
    memset(best_ix, 0xff, sizeof best_ix);
    for (int32_t i = 0; i < s->count; i++) {
        const uint8_t first = s->now[i].first;
        const uint32_t row = first < MODEL_NONE ? first : here;
        const int64_t now = model_cost(m, &s->now[i]);
        if (best_ix[row] < 0 || now < cost[row]) {
            best_ix[row] = i;
            cost[row] = now;
        }
    }
    uint32_t chosen = here;
    for (uint32_t row = 0; row < MODEL_ROWS; row++) {
        if (best_ix[row] >= 0 && (best_ix[chosen] < 0 || cost[row] < cost[chosen])) {
            chosen = row;
        }
    }
    best->cost = cost[chosen];
    trace(s, best_ix[chosen], best);
    for (uint32_t row = 0; row < STAGE_MAX; row++) {
        if (best_ix[row] >= 0) {
            trace(s, best_ix[row], path);
            write_alternative(m, path, &result->alternative[row], s->then);
        }
    }
    return chosen;
}

/* The plan of the decision before, if it is still better. */
static void try_previous(struct search *s, const struct search_result *previous, struct path *best,
                         struct path *path, struct search_result *result)
{
    const struct model *m = &s->model;
    if (previous == NULL || previous->timeline_count <= 0) {
        return;
    }
    const uint8_t here =
        m->snapshot->option_ix >= 0 ? (uint8_t)m->snapshot->option_ix : (uint8_t)MODEL_NONE;
    read_timeline(previous->timeline, previous->timeline_count, m->settings->decision_s,
                  m->horizon_s, here, path);
    follow(m, path, NULL, s->then);
    path->cost = model_cost(m, &s->then[m->horizon_s % 2]);
    if (path->cost < best->cost) {
        *best = *path;
        if (best->option[0] < MODEL_NONE) {
            write_alternative(m, path, &result->alternative[best->option[0]], s->then);
        }
    }
}

void search_run(const struct snapshot *s, const struct search_settings *settings,
                const struct search_limits *limits, const struct search_result *previous,
                struct search_result *result)
{
    struct search work;
    struct path best;
    struct path path;
    model_init(&work.model, s, settings, limits);
    work.nodes = 0;
    work.was_cut = false;
    struct search_result found;
    memset(&found, 0, sizeof found);
    run_beam(&work);
    (void)gather(&work, &best, &path, &found);
    try_previous(&work, previous, &best, &path, &found);
    found.option_ix = best.option[0] < MODEL_NONE ? best.option[0] : -1;
    found.nodes = work.nodes;
    found.was_cut = work.was_cut;
    write_timeline(&work.model, &best, &found);
    explain(&work.model, limits, &found, &work.then[0]);
    *result = found;
}

void search_outflow(const struct snapshot *s, const struct search_segment *timeline, int32_t count,
                    uint16_t mveh[LAYOUT_EXIT_MAX][SEARCH_HORIZON_MAX_S])
{
    struct search_limits limits = { .allowed = UINT32_MAX, .stay_max_cs = SNAPSHOT_NEVER_CS };
    struct model model;
    struct model_node turn[2];
    struct model_ledger ledger;
    struct path path;
    memset(mveh, 0, sizeof(uint16_t) * LAYOUT_EXIT_MAX * SEARCH_HORIZON_MAX_S);
    model_init(&model, s, search_settings_default(), &limits);
    model_ledger_begin(&model, &ledger);
    ledger.outflow_mveh = mveh;
    const uint8_t here = s->option_ix >= 0 ? (uint8_t)s->option_ix : (uint8_t)MODEL_NONE;
    read_timeline(timeline, count, 0, model.horizon_s, here, &path);
    follow(&model, &path, &ledger, turn);
}
