/* How far is the beam from the best there is? Random small junctions; an exact solver walks through
 * every plan of the same model, second by second, merging equal states and leaving out what cannot
 * become better than the best plan known (each lane alone, green for ever, is the bound). It is
 * itself checked by plain enumeration on instances that are small enough.
 *
 *     prop_search FIRST COUNT      prints the regrets; 1 1 tells about one seed
 *     prop_search tune FIRST COUNT [OPTIONS]      several widths of the beam, nobody judged */
#include "search_model.h"

#include "require.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATES_MAX = 1 << 18, SLOTS = 1 << 19, NOBODY = -1 };

/* --- Chance ----------------------------------------------------------------------------------- */

static uint64_t chance_state;

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is as good as any other. */
static uint64_t chance(void)
{
    chance_state += UINT64_C(0x9e3779b97f4a7c15);
    return model_mix(chance_state);
}

static int32_t between(int32_t low, int32_t high)
{
    REQUIRE(low <= high);
    return low + (int32_t)(chance() % (uint64_t)(high - low + 1));
}

static bool one_in(int32_t n)
{
    return between(1, n) == 1;
}

/* --- Instances -------------------------------------------------------------------------------- */

struct instance {
    struct layout layout;
    struct snapshot snapshot;
    struct search_settings settings;
    struct search_limits limits;
};

/* A group for each lane; an option opens two or three of them, neighbours share one now and then;
 * the last group is a crossing. */
static void make_layout(struct layout *l, int32_t options, int32_t lanes)
{
    memset(l, 0, sizeof *l);
    l->lane_count = lanes;
    l->option_count = options;
    l->sg_count = lanes + 1;
    l->peds = bit32((uint32_t)lanes);
    const int32_t all_red_ms = between(0, 2) * 1000;
    for (int32_t i = 0; i < lanes; i++) {
        struct layout_lane *lane = &l->lane[i];
        lane->movement_count = 1;
        lane->sg = bit32((uint32_t)i);
        lane->movement[0] =
            (struct layout_movement){ .sg = lane->sg, .share_permille = 1000, .exit_ix = -1 };
        l->min_green_ms[i] = 5000;
        l->yellow_ms[i] = 3000;
    }
    for (int32_t i = 0; i < options; i++) {
        l->option[i].sg = bit32((uint32_t)(i * lanes / options));
        l->option[i].next = (bit32((uint32_t)options) - 1) & ~bit32((uint32_t)i);
        l->option[i].max_ms = one_in(3) ? between(15, 30) * 1000 : 0;
        l->option[i].stage_ix = i;
    }
    for (int32_t i = 0; i < lanes; i++) {
        l->option[i * options / lanes].sg |= bit32((uint32_t)i);
        if (one_in(4)) {
            l->option[between(0, options - 1)].sg |= bit32((uint32_t)i);
        }
    }
    for (int32_t i = 0; i < SG_MAX; i++) {
        for (int32_t j = 0; j < SG_MAX; j++) {
            bool are_together = i == j;
            for (int32_t o = 0; o < options; o++) {
                const sg_mask_t both = bit32((uint32_t)i) | bit32((uint32_t)j);
                are_together |= (l->option[o].sg & both) == both;
            }
            l->clear_ms[i][j] = are_together && i != j ? -1 : 3000 + all_red_ms;
        }
    }
}

/* Shared lanes, permissive turns, a crossing with a button. */
static void add_complications(struct instance *n)
{
    struct layout *l = &n->layout;
    const int32_t lanes = l->lane_count;
    const uint32_t ped = (uint32_t)lanes;
    l->min_green_ms[ped] = 5000;
    l->ped_clear_ms[ped] = 6000;
    if (one_in(2)) {
        const int32_t o = between(0, l->option_count - 1);
        l->option[o].sg |= bit32(ped);
        l->option[o].on_demand |= bit32(ped);
        for (int32_t i = 0; i < lanes; i++) {
            const bool is_beside = (l->option[o].sg & bit32((uint32_t)i)) != 0;
            l->clear_ms[ped][i] = is_beside ? -1 : 8000;
            l->clear_ms[i][ped] = is_beside ? -1 : 5000;
        }
        n->snapshot.called = one_in(2) ? bit32(ped) : 0;
    }
    if (one_in(3)) {
        const int32_t a = between(0, lanes - 1);
        const int32_t b = (a + between(1, lanes - 1)) % lanes;
        struct layout_lane *lane = &l->lane[a];
        lane->movement_count = 2;
        lane->movement[0].share_permille = 700;
        lane->movement[1] = (struct layout_movement){ .sg = bit32((uint32_t)b),
                                                      .share_permille = 300,
                                                      .exit_ix = -1 };
        lane->sg |= bit32((uint32_t)b);
    }
    if (one_in(3)) {
        const int32_t a = between(0, lanes - 1);
        const int32_t b = (a + between(1, lanes - 1)) % lanes;
        l->lane[a].movement[0].foes = bit64((uint32_t)b);
    }
    if (one_in(4)) {
        l->exit_count = 1;
        l->lane[between(0, lanes - 1)].movement[0].exit_ix = 0;
        n->snapshot.exit[0].room_vehicles = between(0, 4);
        n->snapshot.exit[0].drains_per_ks = between(0, 400);
    }
}

static void make_traffic(struct instance *n, int32_t veh_per_h)
{
    const int32_t lanes = n->layout.lane_count;
    for (int32_t i = 0; i < lanes; i++) {
        struct snapshot_lane *lane = &n->snapshot.lane[i];
        lane->headway_cs = between(17, 22) * 10;
        lane->start_loss_cs = 100;
        const int32_t queue = between(0, 5);
        for (int32_t k = 0; k < queue; k++) {
            lane->vehicle[lane->count++] =
                (struct snapshot_vehicle){ .eta_cs = (int16_t)(-200 * (queue - k)),
                                           .weight = SNAPSHOT_WEIGHT_ONE,
                                           .is_stopped = true };
        }
        /* Flows 1 : 0.35 alternating, as reference instances have them. */
        const int32_t share_pct = (i % 2 == 0 ? 148 : 52);
        const int32_t rate_per_h = veh_per_h * share_pct / 100 / lanes;
        int32_t last_cs = -200;
        for (int32_t t = 0; t < 60 && lane->count < 40; t++) {
            if (between(0, 3599) < rate_per_h) {
                last_cs = max_i32(t * 100 + between(0, 99), last_cs + 150);
                lane->vehicle[lane->count++] =
                    (struct snapshot_vehicle){ .eta_cs = (int16_t)last_cs,
                                               .weight = SNAPSHOT_WEIGHT_ONE };
            }
        }
    }
}

static void make_instance(struct instance *n, uint64_t seed, int32_t horizon_s, int32_t options)
{
    chance_state = seed * UINT64_C(0x5851f42d4c957f2d);
    memset(n, 0, sizeof *n);
    for (int32_t e = 0; e < LAYOUT_EXIT_MAX; e++) {
        n->snapshot.exit[e].room_vehicles = EXIT_ROOM_UNKNOWN;
    }
    make_layout(&n->layout, options, options > 4 ? between(options, 2 * options) : between(4, 8));
    add_complications(n);
    n->snapshot.layout = &n->layout;
    make_traffic(n, between(8, 24) * 100);
    n->settings = *search_settings_default();
    n->settings.horizon_s = horizon_s;
    n->limits.allowed = UINT32_MAX;
    n->limits.stay_max_cs = SNAPSHOT_NEVER_CS;
    struct snapshot *s = &n->snapshot;
    s->option_ix = between(0, options - 1);
    s->may_leave_in_cs = one_in(2) ? between(0, 500) : 0;
    s->must_leave_in_cs = SNAPSHOT_NEVER_CS;
    for (uint32_t g = 0; g < SG_MAX; g++) {
        const bool is_open = (n->layout.option[s->option_ix].sg & bit32(g)) != 0;
        const bool is_walk = (n->layout.option[s->option_ix].on_demand & bit32(g)) != 0;
        s->sg_green_in_cs[g] = is_open && !is_walk ? 0 : SNAPSHOT_NEVER_CS;
    }
}

/* --- The exact solver ------------------------------------------------------------------------- */

struct exact {
    struct model model;
    struct model_node *now, *then;
    int32_t *slot; /* hash table of then */
    int32_t count;
    int64_t bound; /* a plan that costs so much is known */
    int64_t states;
    bool is_full;
};

/* What has been spent beyond recall. */
static int64_t spent(const struct model *m, const struct model_node *n)
{
    return n->gone_at - (int64_t)m->horizon_s * MODEL_STEP_CS * n->gone - n->saved;
}

static uint16_t ready_of(const struct model_node *n, int32_t lane, int32_t t_s)
{
    return (uint16_t)max_i32(n->ready_cs[lane], t_s * MODEL_STEP_CS);
}

static bool is_same(const struct exact *x, const struct model_node *a, const struct model_node *b,
                    int32_t t_s)
{
    bool same = model_hash(a) == model_hash(b) && a->go == b->go && a->settle_s == b->settle_s &&
                a->pending == b->pending;
    same = same && (a->first == MODEL_ROOT_FIRST) == (b->first == MODEL_ROOT_FIRST);
    for (int32_t i = 0; same && i < x->model.lane_count; i++) {
        same = a->next[i] == b->next[i] && a->passed[i] == b->passed[i] &&
               ready_of(a, i, t_s) == ready_of(b, i, t_s);
    }
    return same && memcmp(a->entered, b->entered, sizeof a->entered) == 0;
}

static void keep(struct exact *x, const struct model_node *n, int32_t t_s)
{
    uint64_t hash = model_hash(n);
    for (int32_t i = 0; i < x->model.lane_count; i++) {
        hash = model_mix(hash + ready_of(n, i, t_s));
    }
    size_t at = hash % SLOTS;
    while (x->slot[at] != NOBODY) {
        struct model_node *other = &x->then[x->slot[at]];
        if (is_same(x, other, n, t_s)) {
            if (spent(&x->model, n) < spent(&x->model, other)) {
                *other = *n;
            }
            return;
        }
        at = (at + 1) % SLOTS;
    }
    if (x->count == STATES_MAX) {
        x->is_full = true;
        return;
    }
    x->slot[at] = x->count;
    x->then[x->count++] = *n;
}

/* The most that the rest can still save: each lane flows as if it were alone and green. */
static int64_t hope(const struct model *m, const struct model_node *n, int32_t t_s)
{
    const int32_t end_cs = m->horizon_s * MODEL_STEP_CS;
    int64_t most = 0;
    for (int32_t i = 0; i < m->lane_count; i++) {
        const struct model_lane *lane = &m->lane[i];
        int32_t ready_cs = ready_of(n, i, t_s);
        for (int32_t k = n->next[i]; k < lane->count; k++) {
            const int32_t at_cs = max_i32(ready_cs, lane->eta_cs[k]);
            if (at_cs >= end_cs) {
                most -= (int64_t)lane->weight_after[k] * m->settings->terminal_cs;
                break;
            }
            const int32_t late_cs = max_i32(at_cs, lane->eta_cs[k] + m->settings->max_wait_cs);
            most += (int64_t)lane->weight[k] * (end_cs - at_cs);
            most += (int64_t)lane->weight[k] * m->settings->max_wait_weight / 16 *
                    max_i32(end_cs - late_cs, 0);
            most += lane->may_stop[k] ? (int64_t)lane->weight[k] * m->stop_cs : 0;
            ready_cs = at_cs + lane->headway_cs;
        }
    }
    for (uint32_t left = n->pending; left != 0; left &= left - 1) {
        most += (int64_t)m->called_weight[lowest_bit(left)] * (end_cs - t_s * MODEL_STEP_CS);
    }
    return most;
}

static void expand(struct exact *x, const struct model_node *n, int32_t t_s, int32_t forced_ix)
{
    const struct model *m = &x->model;
    const uint32_t choices = model_choices(m, n, t_s);
    const bool must = choices != 0 && model_must_leave(m, n);
    uint32_t options = choices | (must ? 0 : bit32(n->option));
    if (t_s == 0 && forced_ix >= 0) {
        options &= bit32((uint32_t)forced_ix);
    }
    for (uint32_t left = options; left != 0; left &= left - 1) {
        struct model_node child;
        model_step(m, n, t_s, lowest_bit(left), &child, NULL);
        x->states++;
        if (m->base + spent(m, &child) - hope(m, &child, t_s + 1) <= x->bound) {
            keep(x, &child, t_s + 1);
        }
    }
}

/* The least cost of a plan, sixteenths; forced_ix: of those that begin with it, or -1. INT64_MAX:
 * too many states. bound: of a plan that is known. */
static int64_t exact_run(struct exact *x, const struct instance *n, int64_t bound,
                         int32_t forced_ix, uint8_t *first)
{
    struct model *m = &x->model;
    model_init(m, &n->snapshot, &n->settings, &n->limits);
    model_root(m, &x->now[0]);
    int32_t count = 1;
    x->bound = bound;
    x->is_full = false;
    x->states = 0;
    for (int32_t t_s = 0; t_s < m->horizon_s; t_s++) {
        memset(x->slot, 0xff, SLOTS * sizeof x->slot[0]);
        x->count = 0;
        for (int32_t i = 0; i < count; i++) {
            expand(x, &x->now[i], t_s, forced_ix);
        }
        struct model_node *swap = x->now;
        x->now = x->then;
        x->then = swap;
        count = x->count;
    }
    int64_t best = INT64_MAX;
    for (int32_t i = 0; i < count; i++) {
        const int64_t cost = model_cost(m, &x->now[i]);
        if (cost < best) {
            best = cost;
            *first = x->now[i].first == MODEL_ROOT_FIRST ? (uint8_t)n->snapshot.option_ix
                                                         : x->now[i].first;
        }
    }
    return x->is_full ? INT64_MAX : best;
}

/* Every plan there is, one after the other: the way down is a stack of nodes and of what is left to
 * try at each. */
static int64_t enumerate(struct exact *x, const struct instance *n)
{
    struct model *m = &x->model;
    model_init(m, &n->snapshot, &n->settings, &n->limits);
    struct model_node *stack = x->now;
    uint32_t left[SEARCH_HORIZON_MAX_S];
    int64_t best = INT64_MAX;
    int32_t depth = 0;
    bool is_new = true;
    model_root(m, &stack[0]);
    while (depth >= 0) {
        if (depth == m->horizon_s) {
            const int64_t cost = model_cost(m, &stack[depth]);
            best = cost < best ? cost : best;
            depth--;
            is_new = false;
            continue;
        }
        if (is_new) {
            const uint32_t choices = model_choices(m, &stack[depth], depth);
            const bool must = choices != 0 && model_must_leave(m, &stack[depth]);
            left[depth] = choices | (must ? 0 : bit32(stack[depth].option));
        }
        is_new = left[depth] != 0;
        if (is_new) {
            const uint32_t option_ix = lowest_bit(left[depth]);
            left[depth] &= left[depth] - 1;
            model_step(m, &stack[depth], depth, option_ix, &stack[depth + 1], NULL);
            depth++;
        } else {
            depth--;
        }
    }
    return best;
}

/* --- Judgement -------------------------------------------------------------------------------- */

static int32_t test_number;

static bool report(bool is_good, const char *text)
{
    printf("%s %d - %s\n", is_good ? "ok" : "not ok", ++test_number, text);
    (void)fflush(stdout);
    return is_good;
}

static int64_t beam_run(const struct instance *n, struct search_result *r)
{
    search_run(&n->snapshot, &n->settings, &n->limits, NULL, r);
    REQUIRE(r->option_ix >= 0);
    return search_cost_sum(&r->alternative[r->option_ix].cost);
}

/* Two to four. */
static int32_t small(uint64_t seed)
{
    return 2 + (int32_t)(seed % 4 % 3);
}

struct quality {
    int32_t count, same_first, unsolved;
    double sum_pct, worst_pct;
    uint64_t worst_seed;
    int64_t states;
};

static void judge(struct exact *x, uint64_t seed, int32_t beam, int32_t options, struct quality *q)
{
    struct instance n;
    struct search_result r;
    make_instance(&n, seed, 30 + (int32_t)(seed % 3) * 5, options);
    n.settings.beam = beam;
    const int64_t beam_cs = beam_run(&n, &r);
    uint8_t first = 0;
    /* Terms are told in whole centiseconds: each may have lost one. */
    const int64_t bound = (beam_cs + 8) * SNAPSHOT_WEIGHT_ONE;
    const int64_t best = exact_run(x, &n, bound, -1, &first);
    q->states += x->states;
    if (best == INT64_MAX) {
        q->unsolved++;
        return;
    }
    const double best_cs = (double)best / SNAPSHOT_WEIGHT_ONE;
    const double lost_cs = (double)beam_cs - best_cs;
    const double regret_pct = lost_cs < 8 ? 0 : 100.0 * lost_cs / (best_cs > 1 ? best_cs : 1);
    bool is_same = first == r.option_ix || lost_cs < 8;
    if (!is_same) {
        uint8_t again = 0;
        is_same = exact_run(x, &n, best + 8 * SNAPSHOT_WEIGHT_ONE, r.option_ix, &again) <=
                  best + 8 * SNAPSHOT_WEIGHT_ONE;
    }
    q->count++;
    q->same_first += is_same ? 1 : 0;
    q->sum_pct += regret_pct;
    if (regret_pct > q->worst_pct) {
        q->worst_pct = regret_pct;
        q->worst_seed = seed;
    }
}

static void tell(const char *name, const struct quality *q)
{
    const double count = q->count > 0 ? q->count : 1;
    printf("# %s: %d instances, regret mean %.2f %%, worst %.2f %% (seed %" PRIu64
           "), same first action %.1f %%, %d unsolved, %" PRId64 " states each\n",
           name, q->count, q->sum_pct / count, q->worst_pct, q->worst_seed,
           100.0 * q->same_first / count, q->unsolved, q->states / (q->count + q->unsolved));
}

static bool solver_agrees_with_enumeration(struct exact *x)
{
    bool is_good = true;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct instance n;
        uint8_t first = 0;
        make_instance(&n, seed, 12, 2 + (int32_t)(seed % 2));
        const int64_t all = enumerate(x, &n);
        const int64_t best = exact_run(x, &n, INT64_MAX / 4, -1, &first);
        const int64_t bounded = exact_run(x, &n, best, -1, &first);
        if (all != best || best != bounded) {
            printf("# seed %" PRIu64 ": %" PRId64 " enumerated, %" PRId64 " solved, %" PRId64
                   " with bound\n",
                   seed, all, best, bounded);
            is_good = false;
        }
    }
    return is_good;
}

/* The same junction with lanes and options in reverse order. */
static void relabel(const struct instance *from, struct instance *to)
{
    const struct layout *l = &from->layout;
    *to = *from;
    to->snapshot.layout = &to->layout;
    for (int32_t i = 0; i < l->lane_count; i++) {
        const int32_t k = l->lane_count - 1 - i;
        to->layout.lane[k] = l->lane[i];
        to->snapshot.lane[k] = from->snapshot.lane[i];
        for (int32_t j = 0; j < l->lane[i].movement_count; j++) {
            lane_mask_t foes = 0;
            for (int32_t f = 0; f < l->lane_count; f++) {
                const bool is_foe = (l->lane[i].movement[j].foes & bit64((uint32_t)f)) != 0;
                foes |= is_foe ? bit64((uint32_t)(l->lane_count - 1 - f)) : 0;
            }
            to->layout.lane[k].movement[j].foes = foes;
        }
    }
    for (int32_t o = 0; o < l->option_count; o++) {
        const int32_t k = l->option_count - 1 - o;
        to->layout.option[k] = l->option[o];
        to->layout.option[k].next = (bit32((uint32_t)l->option_count) - 1) & ~bit32((uint32_t)k);
    }
    to->snapshot.option_ix = l->option_count - 1 - from->snapshot.option_ix;
}

struct drift {
    double sum_pct, worst_pct;
};

static void drift_add(struct drift *d, int64_t is_cs, int64_t should_cs)
{
    const double pct =
        100.0 * (double)(is_cs - should_cs) / (double)(should_cs > 1 ? should_cs : 1);
    const double lost_pct = is_cs - should_cs < 8 ? 0 : pct;
    d->sum_pct += lost_pct;
    d->worst_pct = lost_pct > d->worst_pct ? lost_pct : d->worst_pct;
}

static bool changes_that_must_not_matter(uint64_t first, int32_t count)
{
    struct drift names = { 0 };
    struct drift fewer = { 0 };
    struct drift wider = { 0 };
    bool is_repeated = true;
    for (uint64_t seed = first; seed < first + (uint64_t)count; seed++) {
        struct instance n;
        struct instance other;
        struct search_result r;
        struct search_result again;
        make_instance(&n, seed, 40, 2 + (int32_t)(seed % 5));
        const int64_t cs = beam_run(&n, &r);
        (void)beam_run(&n, &again);
        is_repeated =
            is_repeated && memcmp((const uint8_t *)&r, (const uint8_t *)&again, sizeof r) == 0;
        relabel(&n, &other);
        drift_add(&names, beam_run(&other, &r), cs);
        other = n;
        other.snapshot.layout = &other.layout;
        other.snapshot.lane[seed % (uint64_t)n.layout.lane_count].count = 0;
        drift_add(&fewer, beam_run(&other, &r), cs);
        n.settings.beam *= 2;
        n.settings.node_budget *= 4;
        drift_add(&wider, beam_run(&n, &r), cs);
    }
    printf("# dearer by other names: mean %.3f %%, worst %.2f %%; by less demand: %.3f, %.2f; by a "
           "wider beam: %.3f, %.2f\n",
           names.sum_pct / count, names.worst_pct, fewer.sum_pct / count, fewer.worst_pct,
           wider.sum_pct / count, wider.worst_pct);
    bool is_good = report(is_repeated, "the same moment gives the same answer");
    is_good &= report(names.sum_pct / count < 0.1, "names of lanes and options do not matter");
    is_good &= report(fewer.sum_pct / count < 0.1, "less demand is never dearer");
    is_good &= report(wider.sum_pct / count < 0.1, "a wider beam is never worse");
    return is_good;
}

static void tune(struct exact *x, uint64_t first, int32_t count, int32_t options)
{
    static const int32_t beams[] = { 2, 4, 6, 8, 12, 16, 24 };
    for (size_t b = 0; b < sizeof beams / sizeof beams[0]; b++) {
        struct quality q = { 0 };
        char name[32];
        (void)snprintf(name, sizeof name, "beam %d", (int)beams[b]);
        for (int32_t i = 0; i < count; i++) {
            judge(x, first + (uint64_t)i, beams[b],
                  options > 0 ? options : small(first + (uint64_t)i), &q);
        }
        tell(name, &q);
    }
}

int main(int argc, char **argv)
{
    const bool is_tuning = argc > 3 && strcmp(argv[1], "tune") == 0;
    const int shift = is_tuning ? 1 : 0;
    const uint64_t first = argc > 2 + shift ? strtoull(argv[1 + shift], NULL, 10) : 1;
    const int32_t count = argc > 2 + shift ? (int32_t)strtol(argv[2 + shift], NULL, 10) : 30;
    static struct exact x;
    x.now = malloc(STATES_MAX * sizeof x.now[0]);
    x.then = malloc(STATES_MAX * sizeof x.then[0]);
    x.slot = malloc(SLOTS * sizeof x.slot[0]);
    REQUIRE(x.now != NULL && x.then != NULL && x.slot != NULL && count > 0);
    bool is_good = true;
    if (is_tuning) {
        tune(&x, first, count, argc > 4 ? (int32_t)strtol(argv[4], NULL, 10) : 0);
    } else {
        printf("1..9\n");
        is_good = report(solver_agrees_with_enumeration(&x), "the solver finds what is best");
        struct quality q = { 0 };
        for (int32_t i = 0; i < count; i++) {
            judge(&x, first + (uint64_t)i, search_settings_default()->beam,
                  small(first + (uint64_t)i), &q);
        }
        tell("as shipped", &q);
        is_good &= report(q.unsolved * 20 <= count, "nearly all instances could be solved");
        is_good &= report(q.sum_pct <= 1.0 * q.count, "mean regret is at most 1 %");
        is_good &= report(q.worst_pct <= 10.0, "worst regret is at most 10 %");
        is_good &= report(q.same_first * 20 >= q.count * 19, "95 % begin as the best plan does");
        is_good &= changes_that_must_not_matter(first, count);
    }
    free(x.now);
    free(x.then);
    free(x.slot);
    return is_good ? 0 : 1;
}
