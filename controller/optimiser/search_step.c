#include "search_model.h"

enum {
    /* A permitted left turn takes gaps from 4.5 s on (its critical headway in HCM 2010). */
    GAP_CS = 450,
    /* Pedestrians beside slow a turn down: headway in sixteenths of itself while they walk, and
     * while their crossing is merely open. Estimates; SUMO's own models decide more. */
    WALK_SLOWS_16 = 28,
    CROSSING_SLOWS_16 = 19,
    /* Shares from here on are as good as all of it. */
    WHOLE_PERMILLE = 985,
    PASSED_MAX = 12,
    /* Demand farther away is no reason to change now. */
    LOOK_AHEAD_S = 15
};

/* --- Nodes ------------------------------------------------------------------------------------ */

void model_root(const struct model *m, struct model_node *n)
{
    const struct snapshot *s = m->snapshot;
    *n = (struct model_node){
        .option = MODEL_NONE, .from = MODEL_NONE, .max_s = 0, .first = MODEL_ROOT_FIRST
    };
    for (uint32_t g = 0; g < (uint32_t)s->layout->sg_count; g++) {
        const bool matters = m->called_weight[g] > 0 || m->red_limit_cs[g] < SNAPSHOT_NEVER_CS;
        n->pending |= matters ? bit32(g) : 0;
    }
    for (int32_t slot = 0; slot < m->lane_count; slot++) {
        n->ready_cs[slot] =
            (uint16_t)min_i32(max_i32(s->lane[m->lane[slot].lane_ix].ready_cs, 0), 20000);
    }
    if (s->option_ix < 0) {
        return;
    }
    const struct model_change *c = &m->change[MODEL_NONE][s->option_ix];
    n->option = (uint8_t)s->option_ix;
    n->go = c->keeps | c->closes;
    n->settle_s = c->settle_s;
    n->leave_s = c->leave_s;
    const bool walks = (c->keeps & m->option[n->option].walks) != 0;
    n->walk_end_s = walks ? (uint8_t)max_i32(n->leave_s, 1) : 0;
    const int32_t max_s = s->must_leave_in_cs >= SNAPSHOT_NEVER_CS
                              ? MODEL_NO_LIMIT_S
                              : model_to_s(s->must_leave_in_cs);
    n->max_s = (uint8_t)min_i32(max_s, m->stay_max_s);
}

static bool is_far(const struct model *m, const struct model_node *n, lane_mask_t demand,
                   uint32_t to)
{
    return (demand & m->gains[n->option][to]) == 0 && (n->pending & m->option[to].sg) == 0;
}

uint32_t model_choices(const struct model *m, const struct model_node *n, int32_t t_s)
{
    if (n->since_s < n->leave_s || t_s % m->settings->decision_s != 0) {
        return 0;
    }
    const int32_t until_s = min_i32(t_s + LOOK_AHEAD_S, m->horizon_s);
    lane_mask_t demand = 0;
    for (uint32_t slot = 0; slot < (uint32_t)m->lane_count; slot++) {
        demand |= n->next[slot] < m->lane[slot].due[until_s] ? bit64(slot) : 0;
    }
    uint32_t choices = 0;
    for (uint32_t to = 0; to < (uint32_t)m->option_count; to++) {
        if (to != n->option && m->via[n->option][to] != MODEL_NONE && !is_far(m, n, demand, to)) {
            choices |= bit32(m->via[n->option][to]);
        }
    }
    return n->first == MODEL_ROOT_FIRST ? choices & m->allowed : choices;
}

bool model_must_leave(const struct model *m, const struct model_node *n)
{
    return n->since_s >= n->max_s || (n->first == MODEL_ROOT_FIRST && !m->may_stay);
}

static void begin_change(const struct model *m, struct model_node *n, uint32_t to, int32_t t_s)
{
    const struct model_change *c = &m->change[n->option][to];
    const struct model_option *o = &m->option[to];
    int32_t hold_s = 0;
    if (n->walk_end_s > 0 && c->walk_hold_cs > 0) {
        hold_s = max_i32(model_to_s(c->walk_hold_cs) - max_i32(n->since_s - n->walk_end_s, 0), 0);
    }
    int32_t walk_cs = 0;
    for (uint32_t left = n->pending & o->walks & c->opens; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        walk_cs = max_i32(walk_cs, c->open_cs[g] + m->snapshot->layout->min_green_ms[g] / 10);
    }
    if (n->first == MODEL_ROOT_FIRST) {
        n->first = t_s == 0 ? (uint8_t)to : n->option;
    }
    n->from = n->option;
    n->option = (uint8_t)to;
    n->since_s = 0;
    n->hold_s = (uint8_t)hold_s;
    n->settle_s = (uint8_t)max_i32(c->settle_s, hold_s);
    n->walk_end_s = (uint8_t)model_to_s(walk_cs);
    n->leave_s = (uint8_t)min_i32(
        max_i32(max_i32(c->leave_s, hold_s > 0 ? hold_s + c->min_s : 0), n->walk_end_s),
        MODEL_NO_LIMIT_S - 1);
    n->max_s = (uint8_t)min_i32(
        o->max_s == MODEL_NO_LIMIT_S ? MODEL_NO_LIMIT_S : n->settle_s + o->max_s, MODEL_NO_LIMIT_S);
    n->saved -= (int64_t)m->settings->switch_cs * SNAPSHOT_WEIGHT_ONE;
}

/* What a change looks like in one second. */
struct moment {
    const struct model_node *before; /* at its begin */
    struct model_node *n;
    struct model_ledger *ledger;
    const struct model_change *change;
    sg_mask_t go, stays; /* stays: beyond this second too */
    int32_t t_s, begin_cs, end_cs;
    int32_t since_cs; /* of the change, at its begin */
};

static int32_t group_opens_cs(const struct moment *w, uint32_t g)
{
    const int32_t open_cs = max_i32(w->change->open_cs[g], w->n->hold_s * MODEL_STEP_CS);
    return w->begin_cs - w->since_cs + open_cs;
}

static const uint16_t *flows_of(const struct model *m, const struct model_node *n)
{
    const bool is_root = n->from == MODEL_NONE && m->snapshot->option_ix >= 0;
    return is_root ? m->root_flow_cs : m->flow_cs;
}

static void look(const struct model *m, struct moment *w)
{
    const struct model_node *n = w->n;
    const struct model_change *c = w->change;
    const sg_mask_t unwanted = m->option[n->option].walks & ~n->pending;
    if (n->since_s >= n->settle_s && n->from == n->option) {
        w->stays = m->option[n->option].sg & ~unwanted;
        w->go = w->stays;
        return;
    }
    w->stays = c->keeps;
    for (uint32_t left = c->opens & ~unwanted; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        w->stays |= group_opens_cs(w, g) < w->end_cs ? bit32(g) : 0;
    }
    w->go = w->stays;
    const uint16_t *flow_cs = flows_of(m, n);
    for (uint32_t left = c->closes; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        w->go |= flow_cs[g] > w->since_cs ? bit32(g) : 0;
    }
}

/* --- Lanes ------------------------------------------------------------------------------------ */

/* Has a permissive movement to wait for somebody who comes or stands against it? */
static bool foes_come(const struct model *m, const struct moment *w, lane_mask_t foes)
{
    for (lane_mask_t left = foes; left != 0; left &= left - 1) {
        const uint32_t f = (uint32_t)__builtin_ctzll(left);
        const struct model_lane *foe = &m->lane[f];
        const int32_t next = w->before->next[f];
        if ((foe->sg & w->go) != 0 && next < foe->count &&
            foe->eta_cs[next] < w->begin_cs + GAP_CS) {
            return true;
        }
    }
    return false;
}

/* How a lane flows in one second. */
struct flow {
    uint32_t moves;
    int32_t share_permille;
    int32_t slow_16; /* headway in sixteenths of itself */
    int32_t until_cs;
    bool is_full; /* somebody cannot go because his exit is full */
};

static void look_at_movement(const struct model *m, const struct moment *w,
                             const struct model_movement *v, uint32_t k, struct flow *f)
{
    const sg_mask_t open = v->sg & w->go;
    if (open == 0) {
        return;
    }
    const bool ends = (v->sg & w->stays) == 0;
    int32_t until_cs = w->end_cs;
    if (ends) {
        const uint16_t *flow_cs = flows_of(m, w->n);
        int32_t last_cs = 0;
        for (uint32_t left = open; left != 0; left &= left - 1) {
            last_cs = max_i32(last_cs, flow_cs[lowest_bit(left)]);
        }
        until_cs = min_i32(w->end_cs, w->begin_cs - w->since_cs + last_cs);
    }
    /* At the end of green one turns who waits inside the junction. */
    const bool sneaks = ends && until_cs <= w->end_cs;
    if (v->foes != 0 && !sneaks && foes_come(m, w, v->foes)) {
        return;
    }
    if (v->exit_slot >= 0 &&
        w->n->entered[v->exit_slot] + MODEL_EXIT_UNIT > m->exit_cap[v->exit_slot][w->t_s]) {
        f->is_full = true;
        return;
    }
    if ((v->foe_peds & w->stays) != 0) {
        const bool walks = w->n->since_s < w->n->walk_end_s;
        f->slow_16 = max_i32(f->slow_16, walks ? WALK_SLOWS_16 : CROSSING_SLOWS_16);
    }
    f->moves |= bit32(k);
    f->share_permille += v->share_permille;
    f->until_cs = max_i32(f->until_cs, until_cs);
}

static void enter_exits(const struct model_lane *lane, const struct moment *w, const struct flow *f,
                        int32_t size)
{
    for (int32_t k = 0; k < lane->movement_count; k++) {
        const struct model_movement *v = &lane->movement[k];
        if ((f->moves & bit32((uint32_t)k)) == 0 || f->share_permille <= 0) {
            continue;
        }
        const int32_t mveh =
            v->share_permille * 1000 / f->share_permille * size / SNAPSHOT_WEIGHT_ONE;
        if (v->exit_slot >= 0) {
            uint16_t *entered = &w->n->entered[v->exit_slot];
            *entered = (uint16_t)min_i32(*entered + mveh * MODEL_EXIT_UNIT / 1000, UINT16_MAX);
        }
        if (w->ledger != NULL && w->ledger->outflow_mveh != NULL && v->exit_ix >= 0) {
            uint16_t *told = &w->ledger->outflow_mveh[v->exit_ix][w->t_s];
            *told = (uint16_t)min_i32(*told + mveh, UINT16_MAX);
        }
    }
}

/* One vehicle goes: what it saves. */
static void depart(const struct model *m, const struct moment *w, uint32_t slot, int32_t at_cs)
{
    const struct model_lane *lane = &m->lane[slot];
    struct model_node *n = w->n;
    const int32_t i = n->next[slot]++;
    const int64_t weight = lane->weight[i];
    const int32_t end_cs = m->horizon_s * MODEL_STEP_CS;
    const int32_t late_cs = max_i32(lane->eta_cs[i] + m->settings->max_wait_cs, at_cs);
    int64_t waits = 0;
    if (late_cs < end_cs) {
        waits = weight * m->settings->max_wait_weight / 16 * (end_cs - late_cs);
    }
    const bool rolls = lane->may_stop[i] && at_cs - lane->eta_cs[i] <= MODEL_ROLLING_CS;
    const int64_t stops = rolls ? weight * m->stop_cs : 0;
    n->gone += (int32_t)weight;
    n->gone_at += weight * at_cs;
    n->saved += waits + stops;
    n->hash += m->key[slot];
    if (w->ledger != NULL) {
        w->ledger->delay_cs -= weight * (end_cs - at_cs);
        w->ledger->waits -= waits;
        w->ledger->stops -= stops;
    }
}

/* Where only some of a lane's movements can go, the first who cannot stops all behind him. The
 * chance that the n-th still passes is share^n; in the mean of many such lanes the headway grows by
 * 1/share with each vehicle. */
static int32_t partial_headway_cs(const struct flow *f, int32_t headway_cs, int32_t passed)
{
    int64_t cs = headway_cs;
    for (int32_t i = 0; i <= passed && cs < 20000; i++) {
        cs = cs * 1000 / max_i32(f->share_permille, 1);
    }
    return (int32_t)(cs < 20000 ? cs : 20000);
}

static int32_t lane_opens_cs(const struct moment *w, const struct model_lane *lane)
{
    int32_t at_cs = w->end_cs;
    if ((lane->sg & w->change->keeps) != 0) {
        return w->begin_cs;
    }
    for (uint32_t left = lane->sg & w->change->opens & w->stays; left != 0; left &= left - 1) {
        at_cs = min_i32(at_cs, group_opens_cs(w, lowest_bit(left)));
    }
    return max_i32(at_cs, w->begin_cs);
}

static void discharge(const struct model *m, const struct moment *w, uint32_t slot,
                      const struct flow *f)
{
    const struct model_lane *lane = &m->lane[slot];
    struct model_node *n = w->n;
    const bool is_partial = f->share_permille < WHOLE_PERMILLE;
    const int32_t headway_cs = lane->headway_cs * f->slow_16 / 16;
    int32_t ready_cs = max_i32(n->ready_cs[slot], w->begin_cs);
    if ((lane->sg & w->before->go) == 0) {
        const int32_t open_cs = lane_opens_cs(w, lane);
        const bool stands = lane->eta_cs[n->next[slot]] <= open_cs;
        ready_cs = max_i32(ready_cs, open_cs + (stands ? lane->start_loss_cs : 0));
    }
    if (!is_partial) {
        n->passed[slot] = 0;
    } else if ((lane->sg & w->before->go) == 0) {
        /* The first of a lane that is partly closed may be one who cannot go. */
        ready_cs += partial_headway_cs(f, headway_cs, n->passed[slot]) - headway_cs;
    }
    while (n->next[slot] < lane->count) {
        const int32_t at_cs = max_i32(ready_cs, lane->eta_cs[n->next[slot]]);
        if (at_cs >= f->until_cs) {
            break;
        }
        enter_exits(lane, w, f, lane->size[n->next[slot]]);
        depart(m, w, slot, at_cs);
        int32_t gap_cs = headway_cs;
        if (is_partial) {
            n->passed[slot] = (uint8_t)min_i32(n->passed[slot] + 1, PASSED_MAX);
            gap_cs = partial_headway_cs(f, headway_cs, n->passed[slot]);
        }
        ready_cs = at_cs + gap_cs;
    }
    n->ready_cs[slot] = (uint16_t)min_i32(ready_cs, UINT16_MAX);
    /* Lanes that differ in this are not as far as each other, though as many have gone. */
    const int32_t grown = n->passed[slot] - w->before->passed[slot];
    n->hash += (uint64_t)(int64_t)grown * (m->key[slot] >> 9 | 1);
}

static void note_blocked(const struct model *m, const struct moment *w, uint32_t slot)
{
    const struct model_lane *lane = &m->lane[slot];
    const int32_t due = lane->due[w->t_s];
    const int32_t next = w->n->next[slot];
    if (w->ledger != NULL && next < due) {
        const int64_t stands = lane->weight_after[next] - lane->weight_after[due];
        w->ledger->blocked += stands * MODEL_STEP_CS;
        w->ledger->delay_cs -= stands * MODEL_STEP_CS;
    }
}

static void run_lane(const struct model *m, const struct moment *w, uint32_t slot)
{
    const struct model_lane *lane = &m->lane[slot];
    if (w->n->next[slot] >= lane->due[w->t_s + 1]) {
        return;
    }
    struct flow f = { .slow_16 = 16 };
    for (int32_t k = 0; k < lane->movement_count; k++) {
        look_at_movement(m, w, &lane->movement[k], (uint32_t)k, &f);
    }
    if (f.moves != 0) {
        discharge(m, w, slot, &f);
    }
    if (f.is_full) {
        note_blocked(m, w, slot);
    }
}

/* --- Calls ------------------------------------------------------------------------------------ */

static void serve_call(const struct model *m, const struct moment *w, uint32_t g)
{
    const int32_t end_cs = m->horizon_s * MODEL_STEP_CS;
    const int32_t at_cs = max_i32(group_opens_cs(w, g), w->begin_cs);
    const int64_t weight = m->called_weight[g];
    const int64_t peds = weight * max_i32(end_cs - at_cs, 0);
    int64_t waits = weight * m->settings->max_wait_weight / 16 *
                    max_i32(end_cs - max_i32(at_cs, m->wait_limit_cs[g]), 0);
    waits += (int64_t)MODEL_RED_WEIGHT * max_i32(end_cs - max_i32(at_cs, m->red_limit_cs[g]), 0);
    if ((m->option[w->n->option].walks & bit32(g)) != 0) {
        const int32_t walk_s =
            model_to_s(at_cs - w->begin_cs + m->snapshot->layout->min_green_ms[g] / 10);
        const int32_t end_s = min_i32(w->n->since_s + walk_s, MODEL_NO_LIMIT_S - 1);
        w->n->walk_end_s = (uint8_t)max_i32(w->n->walk_end_s, end_s);
        w->n->leave_s = (uint8_t)max_i32(w->n->leave_s, end_s);
    }
    w->n->pending &= ~bit32(g);
    w->n->saved += peds + waits;
    if (w->ledger != NULL) {
        w->ledger->peds -= peds;
        w->ledger->waits -= waits;
    }
}

/* Time runs; what no longer matters is forgotten, so that equal states are equal. */
static void grow_older(const struct model *m, struct model_node *n)
{
    n->since_s = (uint8_t)min_i32(n->since_s + 1, MODEL_NO_LIMIT_S - 1);
    if (n->since_s >= n->settle_s) {
        n->from = n->option;
        n->hold_s = 0;
        n->settle_s = 0;
    }
    int32_t walk_s = 0;
    for (uint32_t left = n->walk_end_s > 0 ? m->option[n->option].walks : 0; left != 0;
         left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        walk_s = max_i32(walk_s, model_to_s(m->snapshot->layout->ped_clear_ms[g] / 10) + 5);
    }
    if (n->from == n->option && n->since_s >= n->leave_s &&
        (n->walk_end_s == 0 || n->since_s >= n->walk_end_s + walk_s)) {
        n->walk_end_s = 0;
        n->leave_s = 0;
        n->since_s = n->max_s == MODEL_NO_LIMIT_S ? 0 : n->since_s;
    }
}

void model_step(const struct model *m, const struct model_node *parent, int32_t t_s,
                uint32_t option_ix, struct model_node *child, struct model_ledger *ledger)
{
    *child = *parent;
    if (option_ix != parent->option) {
        begin_change(m, child, option_ix, t_s);
        if (ledger != NULL) {
            ledger->switches += (int64_t)m->settings->switch_cs * SNAPSHOT_WEIGHT_ONE;
        }
    }
    struct moment w = { .before = parent,
                        .n = child,
                        .ledger = ledger,
                        .change = &m->change[child->from][child->option],
                        .t_s = t_s,
                        .begin_cs = t_s * MODEL_STEP_CS,
                        .end_cs = (t_s + 1) * MODEL_STEP_CS,
                        .since_cs = child->since_s * MODEL_STEP_CS };
    look(m, &w);
    for (uint32_t left = child->pending & w.stays; left != 0; left &= left - 1) {
        serve_call(m, &w, lowest_bit(left));
    }
    lane_mask_t flowing = 0;
    for (uint32_t left = w.go; left != 0; left &= left - 1) {
        flowing |= m->slots_of_sg[lowest_bit(left)];
    }
    for (; flowing != 0; flowing &= flowing - 1) {
        run_lane(m, &w, (uint32_t)__builtin_ctzll(flowing));
    }
    child->go = w.go;
    grow_older(m, child);
}

/* --- Cost ------------------------------------------------------------------------------------- */

static int64_t terminal(const struct model *m, const struct model_node *n)
{
    const bool is_underway = n->from != n->option;
    const int32_t settle_cs = max_i32(n->settle_s - n->since_s, 0) * MODEL_STEP_CS;
    const int32_t leave_cs = max_i32(n->leave_s - n->since_s, 0) * MODEL_STEP_CS;
    int64_t sum = 0;
    for (uint32_t left = n->pending; left != 0; left &= left - 1) {
        sum += (int64_t)m->called_weight[lowest_bit(left)] * m->settings->terminal_cs;
    }
    for (int32_t slot = 0; slot < m->lane_count; slot++) {
        const struct model_lane *lane = &m->lane[slot];
        const int32_t left = lane->weight_after[n->next[slot]];
        if (left == 0) {
            continue;
        }
        int32_t reach_cs = m->reach_cs[n->option][slot];
        if (reach_cs > 0) {
            reach_cs += leave_cs;
        } else if (is_underway && (lane->sg & n->go) == 0) {
            reach_cs = settle_cs;
        }
        const int32_t each_cs =
            m->settings->terminal_cs + reach_cs * m->settings->terminal_delay_pct / 100;
        sum += (int64_t)left * each_cs;
    }
    return sum;
}

int64_t model_cost(const struct model *m, const struct model_node *n)
{
    const int64_t end_cs = (int64_t)m->horizon_s * MODEL_STEP_CS;
    return m->base + n->gone_at - end_cs * n->gone - n->saved + terminal(m, n);
}

void model_ledger_begin(const struct model *m, struct model_ledger *ledger)
{
    *ledger = (struct model_ledger){ .delay_cs = m->base_delay_cs,
                                     .stops = m->base_stops_cs,
                                     .waits = m->base_waits_cs,
                                     .peds = m->base_peds_cs };
}

static int32_t told_cs(int64_t sixteenths)
{
    const int64_t cs = sixteenths / SNAPSHOT_WEIGHT_ONE;
    return cs > INT32_MAX / 8 ? INT32_MAX / 8 : (int32_t)cs;
}

void model_ledger_end(const struct model *m, const struct model_node *n,
                      struct model_ledger *ledger, struct search_cost *cost)
{
    ledger->terminal = terminal(m, n);
    *cost = (struct search_cost){ .delay_cs = told_cs(ledger->delay_cs),
                                  .stops_cs = told_cs(ledger->stops),
                                  .switches_cs = told_cs(ledger->switches),
                                  .terminal_cs = told_cs(ledger->terminal),
                                  .waits_cs = told_cs(ledger->waits),
                                  .peds_cs = told_cs(ledger->peds),
                                  .blocked_cs = told_cs(ledger->blocked) };
}
