#include "search_model.h"

#include <string.h>

enum {
    /* Lanes that need more than one change to be served. */
    FAR_CS = 3000,
    /* Groups shall be green this long before their maximum red is over. */
    RED_MARGIN_CS = 200
};

/* --- Street ----------------------------------------------------------------------------------- */

static void add_vehicle(struct model *m, struct model_lane *lane, const struct snapshot_vehicle *v)
{
    const int32_t end_cs = m->horizon_s * MODEL_STEP_CS;
    const int32_t weight = min_i32(v->weight, 4096);
    const struct search_settings *set = m->settings;
    if (v->eta_cs >= end_cs || weight <= 0) {
        return;
    }
    const int32_t i = lane->count++;
    /* Nearest first, also where an estimator was careless. */
    const int32_t before_cs = i > 0 ? lane->eta_cs[i - 1] : INT16_MIN;
    const int32_t eta_cs = max_i32(v->eta_cs, before_cs);
    lane->eta_cs[i] = (int16_t)eta_cs;
    lane->weight[i] = (uint16_t)weight;
    /* A bus weighs as its passengers do and fills no more than two places. */
    lane->size[i] = (uint8_t)min_i32(v->weight, 2 * SNAPSHOT_WEIGHT_ONE);
    lane->may_stop[i] =
        !v->is_stopped && eta_cs > -MODEL_ROLLING_CS && eta_cs + MODEL_ROLLING_CS <= end_cs;
    m->base_delay_cs += (int64_t)weight * (end_cs - max_i32(eta_cs, 0));
    m->base_stops_cs += lane->may_stop[i] ? (int64_t)weight * m->stop_cs : 0;
    const int32_t late_cs = max_i32(eta_cs + set->max_wait_cs, 0);
    m->base_waits_cs += (int64_t)weight * set->max_wait_weight / 16 * max_i32(end_cs - late_cs, 0);
}

static void fill_due(const struct model *m, struct model_lane *lane)
{
    int32_t i = 0;
    for (int32_t t = 0; t <= m->horizon_s; t++) {
        while (i < lane->count && lane->eta_cs[i] < t * MODEL_STEP_CS) {
            i++;
        }
        lane->due[t] = (uint8_t)i;
    }
    lane->weight_after[lane->count] = 0;
    for (int32_t k = lane->count - 1; k >= 0; k--) {
        lane->weight_after[k] = lane->weight_after[k + 1] + lane->weight[k];
    }
}

/* Learned shares, or the plan's where nothing is learned; their sum becomes a thousand. */
static void fill_shares(struct model_lane *lane, const struct layout_lane *l,
                        const struct snapshot_lane *s)
{
    int32_t sum = 0;
    for (int32_t k = 0; k < l->movement_count; k++) {
        sum += s->share_permille[k];
    }
    const bool is_learned = sum > 0;
    for (int32_t k = 0; !is_learned && k < l->movement_count; k++) {
        sum += l->movement[k].share_permille;
    }
    for (int32_t k = 0; k < l->movement_count; k++) {
        const int32_t share = is_learned ? s->share_permille[k] : l->movement[k].share_permille;
        lane->movement[k].share_permille = sum > 0 ? share * 1000 / sum : 1000 / l->movement_count;
    }
}

static void add_lane(struct model *m, int32_t lane_ix)
{
    const struct layout_lane *l = &m->snapshot->layout->lane[lane_ix];
    const struct snapshot_lane *s = &m->snapshot->lane[lane_ix];
    if (l->movement_count == 0) {
        return;
    }
    struct model_lane *lane = &m->lane[m->lane_count];
    *lane = (struct model_lane){ .sg = l->sg,
                                 .movement_count = l->movement_count,
                                 .lane_ix = lane_ix,
                                 .headway_cs = max_i32(s->headway_cs, 50),
                                 .start_loss_cs = max_i32(s->start_loss_cs, 0) };
    for (int32_t i = 0; i < min_i32(s->count, SNAPSHOT_VEHICLES_MAX); i++) {
        add_vehicle(m, lane, &s->vehicle[i]);
    }
    if (lane->count == 0) {
        return;
    }
    fill_due(m, lane);
    fill_shares(lane, l, s);
    const uint32_t slot = (uint32_t)m->lane_count++;
    m->key[slot] = model_mix((uint64_t)lane_ix + 1) | 1;
    for (int32_t k = 0; k < l->movement_count; k++) {
        lane->movement[k].sg = l->movement[k].sg;
        lane->movement[k].foe_peds = l->movement[k].foe_peds;
        lane->movement[k].exit_ix = l->movement[k].exit_ix;
        lane->movement[k].exit_slot = -1;
        for (uint32_t left = l->movement[k].sg; left != 0; left &= left - 1) {
            m->slots_of_sg[lowest_bit(left)] |= bit64(slot);
        }
    }
}

/* Does every movement of the lane yield to the other? Then the two take turns, and neither counts
 * as a foe: two that wait for each other would wait for ever. */
static bool yields_to(const struct layout_lane *lane, int32_t other_ix)
{
    for (int32_t k = 0; k < lane->movement_count; k++) {
        if ((lane->movement[k].foes & bit64((uint32_t)other_ix)) == 0) {
            return false;
        }
    }
    return true;
}

static void fill_foes(struct model *m)
{
    const struct layout *l = m->snapshot->layout;
    for (int32_t slot = 0; slot < m->lane_count; slot++) {
        struct model_lane *lane = &m->lane[slot];
        for (int32_t k = 0; k < lane->movement_count; k++) {
            const lane_mask_t foes = l->lane[lane->lane_ix].movement[k].foes;
            for (int32_t f = 0; f < m->lane_count; f++) {
                const int32_t foe_ix = m->lane[f].lane_ix;
                if ((foes & bit64((uint32_t)foe_ix)) != 0 &&
                    !yields_to(&l->lane[foe_ix], lane->lane_ix)) {
                    lane->movement[k].foes |= bit64((uint32_t)f);
                }
            }
        }
    }
}

/* Vehicles that could enter an exit within the horizon. */
static int32_t candidates_for(const struct model *m, int32_t exit_ix)
{
    int32_t count = 0;
    for (int32_t slot = 0; slot < m->lane_count; slot++) {
        for (int32_t k = 0; k < m->lane[slot].movement_count; k++) {
            const struct model_movement *v = &m->lane[slot].movement[k];
            count += v->exit_ix == exit_ix && v->share_permille > 0 ? m->lane[slot].count : 0;
        }
    }
    return count;
}

static void add_exit(struct model *m, int32_t exit_ix)
{
    const struct snapshot_exit *x = &m->snapshot->exit[exit_ix];
    const int32_t slot = m->exit_count++;
    const int32_t room = x->is_blocked ? 0 : max_i32(x->room_vehicles, 0);
    m->exit_of_slot[slot] = (uint8_t)exit_ix;
    for (int32_t t = 0; t < m->horizon_s; t++) {
        const int64_t drained = (int64_t)max_i32(x->drains_per_ks, 0) * t * MODEL_EXIT_UNIT / 1000;
        const int64_t cap = (int64_t)room * MODEL_EXIT_UNIT + drained;
        m->exit_cap[slot][t] = (uint16_t)(cap < UINT16_MAX ? cap : UINT16_MAX);
    }
    for (int32_t k = 0; k < m->lane_count; k++) {
        for (int32_t i = 0; i < m->lane[k].movement_count; i++) {
            struct model_movement *v = &m->lane[k].movement[i];
            v->exit_slot = v->exit_ix == exit_ix ? slot : v->exit_slot;
        }
    }
}

/* The fullest first, as there are more exits than a node has room for. */
static void fill_exits(struct model *m)
{
    bool is_in[LAYOUT_EXIT_MAX] = { false };
    const int32_t count = min_i32(m->snapshot->layout->exit_count, LAYOUT_EXIT_MAX);
    while (m->exit_count < MODEL_EXITS_MAX) {
        int32_t fullest_ix = -1;
        int32_t least_room = INT32_MAX;
        for (int32_t e = 0; e < count; e++) {
            const struct snapshot_exit *x = &m->snapshot->exit[e];
            const int32_t room = x->is_blocked ? 0 : x->room_vehicles;
            const bool is_tight = x->is_blocked || x->room_vehicles >= 0;
            if (!is_in[e] && is_tight && room < least_room && candidates_for(m, e) > room) {
                fullest_ix = e;
                least_room = room;
            }
        }
        if (fullest_ix < 0) {
            return;
        }
        is_in[fullest_ix] = true;
        add_exit(m, fullest_ix);
    }
}

/* --- Signals ---------------------------------------------------------------------------------- */

static void fill_calls(struct model *m)
{
    const struct snapshot *s = m->snapshot;
    const struct layout *l = s->layout;
    const int32_t end_cs = m->horizon_s * MODEL_STEP_CS;
    for (uint32_t g = 0; g < (uint32_t)l->sg_count; g++) {
        const bool is_called = (s->called & bit32(g)) != 0;
        const bool is_counted = m->slots_of_sg[g] != 0; /* its vehicles speak for themselves */
        m->red_limit_cs[g] = SNAPSHOT_NEVER_CS;
        m->wait_limit_cs[g] = SNAPSHOT_NEVER_CS;
        if (is_called && !is_counted) {
            const bool is_ped = (l->peds & bit32(g)) != 0;
            m->called_weight[g] = is_ped ? m->settings->ped_weight : SNAPSHOT_WEIGHT_ONE;
            const int32_t late_cs = max_i32(m->settings->max_wait_cs - s->waiting_cs[g], 0);
            m->wait_limit_cs[g] = (int16_t)min_i32(late_cs, SNAPSHOT_NEVER_CS);
            m->base_peds_cs += (int64_t)m->called_weight[g] * end_cs;
            m->base_waits_cs += (int64_t)m->called_weight[g] * m->settings->max_wait_weight / 16 *
                                max_i32(end_cs - late_cs, 0);
        }
        if ((is_called || is_counted) && l->max_red_ms[g] > 0) {
            const int32_t left_cs =
                max_i32(l->max_red_ms[g] / 10 - RED_MARGIN_CS - s->red_cs[g], 0);
            m->red_limit_cs[g] = (int16_t)(left_cs < end_cs ? left_cs : SNAPSHOT_NEVER_CS);
            m->base_waits_cs += (int64_t)MODEL_RED_WEIGHT * max_i32(end_cs - left_cs, 0);
        }
        const int32_t flow_cs =
            l->green_flash_ms[g] / 10 + min_i32(l->yellow_ms[g] / 10, MODEL_YELLOW_USED_CS);
        m->flow_cs[g] = (uint16_t)flow_cs;
        m->root_flow_cs[g] = (uint16_t)max_i32(s->sg_flows_for_cs[g], 0);
    }
}

static void fill_options(struct model *m)
{
    const struct layout *l = m->snapshot->layout;
    m->option_count = l->option_count;
    for (int32_t i = 0; i < l->option_count; i++) {
        struct model_option *o = &m->option[i];
        o->sg = l->option[i].sg;
        o->walks = l->option[i].on_demand & l->peds;
        o->next = l->option[i].next;
        o->max_s =
            l->option[i].max_ms > 0 ? model_to_s(l->option[i].max_ms / 10) : MODEL_NO_LIMIT_S;
        for (uint32_t left = o->sg; left != 0; left &= left - 1) {
            o->serves |= m->slots_of_sg[lowest_bit(left)];
        }
    }
    m->option[MODEL_NONE] =
        (struct model_option){ .next = l->option_count >= 32 ? UINT32_MAX
                                                             : bit32((uint32_t)l->option_count) - 1,
                               .max_s = 0 };
}

/* When does a group open that is closed in the first option, crossings on demand of it apart? */
static int32_t open_at_cs(const struct layout *l, sg_mask_t closes, uint32_t g)
{
    int32_t at_ms = l->open_ms[g];
    for (uint32_t left = closes; left != 0; left &= left - 1) {
        at_ms = max_i32(at_ms, l->clear_ms[lowest_bit(left)][g]);
    }
    return at_ms / 10;
}

static void apply_leads(const struct layout *l, struct model_change *c, sg_mask_t starts)
{
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t k = 0; k < l->lead_count; k++) {
            const struct layout_lead *lead = &l->lead[k];
            const sg_mask_t both = bit32((uint32_t)lead->sg_a_ix) | bit32((uint32_t)lead->sg_b_ix);
            if ((both & ~starts) == 0) {
                const int32_t at_cs = c->open_cs[lead->sg_a_ix] + lead->time_ms / 10;
                c->open_cs[lead->sg_b_ix] = (uint16_t)max_i32(c->open_cs[lead->sg_b_ix], at_cs);
            }
        }
    }
}

static void fill_change(struct model *m, uint32_t from, uint32_t to)
{
    const struct layout *l = m->snapshot->layout;
    const struct model_option *a = &m->option[from];
    const struct model_option *b = &m->option[to];
    struct model_change *c = &m->change[from][to];
    c->keeps = a->sg & b->sg & ~a->walks;
    c->closes = a->sg & ~b->sg & ~a->walks;
    c->opens = b->sg & ~c->keeps;
    for (uint32_t left = c->opens; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        c->open_cs[g] = (uint16_t)min_i32(open_at_cs(l, c->closes, g), 20000);
        if ((b->walks & bit32(g)) == 0) {
            const int32_t hold_cs = open_at_cs(l, a->walks & ~b->sg, g);
            c->walk_hold_cs = (uint16_t)max_i32(c->walk_hold_cs, min_i32(hold_cs, 20000));
        }
    }
    apply_leads(l, c, c->opens & (~b->walks | m->snapshot->called));
    int32_t all_cs = 0;
    int32_t leave_cs = 0;
    int32_t min_cs = from != to && to < MODEL_NONE ? l->option[to].min_ms / 10 : 0;
    for (uint32_t left = c->opens & ~b->walks; left != 0; left &= left - 1) {
        const uint32_t g = lowest_bit(left);
        all_cs = max_i32(all_cs, c->open_cs[g]);
        leave_cs = max_i32(leave_cs, c->open_cs[g] + l->min_green_ms[g] / 10);
        c->min_s = (uint8_t)max_i32(c->min_s, model_to_s(l->min_green_ms[g] / 10));
    }
    c->min_s = (uint8_t)max_i32(c->min_s, model_to_s(min_cs));
    c->leave_s = (uint8_t)model_to_s(max_i32(leave_cs, all_cs + min_cs));
    for (uint32_t left = c->closes; left != 0; left &= left - 1) {
        all_cs = max_i32(all_cs, m->flow_cs[lowest_bit(left)]);
    }
    c->settle_s = (uint8_t)model_to_s(all_cs);
}

/* The change that runs now, as the lamps tell it. */
static void fill_root_change(struct model *m, uint32_t to)
{
    const struct snapshot *s = m->snapshot;
    const struct layout *l = s->layout;
    struct model_change *c = &m->change[MODEL_NONE][to];
    *c = (struct model_change){ .keeps = 0 };
    int32_t all_cs = 0;
    for (uint32_t g = 0; g < (uint32_t)l->sg_count; g++) {
        const int32_t in_cs = s->sg_green_in_cs[g];
        if ((m->option[to].sg & bit32(g)) == 0) {
            c->closes |= m->root_flow_cs[g] > 0 ? bit32(g) : 0;
            all_cs = max_i32(all_cs, m->root_flow_cs[g]);
        } else if (in_cs <= 0) {
            c->keeps |= bit32(g);
        } else if (in_cs < SNAPSHOT_NEVER_CS) {
            c->opens |= bit32(g);
            c->open_cs[g] = (uint16_t)min_i32(in_cs, 20000);
            all_cs = max_i32(all_cs, in_cs);
        }
    }
    c->settle_s = (uint8_t)model_to_s(all_cs);
    c->leave_s = (uint8_t)model_to_s(s->may_leave_in_cs);
}

/* Movements of a slot that an option opens, and those of them that need not yield in it. */
static uint32_t moves_of(const struct model *m, const struct model_lane *lane, sg_mask_t sg,
                         uint32_t *freely)
{
    uint32_t moves = 0;
    *freely = 0;
    lane_mask_t flowing = 0;
    for (uint32_t left = sg; left != 0; left &= left - 1) {
        flowing |= m->slots_of_sg[lowest_bit(left)];
    }
    for (int32_t k = 0; k < lane->movement_count; k++) {
        if ((lane->movement[k].sg & sg) != 0) {
            moves |= bit32((uint32_t)k);
            *freely |= (lane->movement[k].foes & flowing) == 0 ? bit32((uint32_t)k) : 0;
        }
    }
    return moves;
}

static void fill_gains(struct model *m)
{
    for (uint32_t a = 0; a < MODEL_ROWS; a++) {
        if (a >= (uint32_t)m->option_count && a != MODEL_NONE) {
            continue;
        }
        for (uint32_t slot = 0; slot < (uint32_t)m->lane_count; slot++) {
            uint32_t free_a = 0;
            const uint32_t moves_a = moves_of(m, &m->lane[slot], m->option[a].sg, &free_a);
            for (uint32_t b = 0; b < (uint32_t)m->option_count; b++) {
                uint32_t free_b = 0;
                const uint32_t moves_b = moves_of(m, &m->lane[slot], m->option[b].sg, &free_b);
                if ((moves_b & ~moves_a) != 0 || (free_b & ~free_a) != 0) {
                    m->gains[a][b] |= bit64(slot);
                }
            }
        }
    }
}

/* Shortest ways through what the plan allows, so that one can set out for an option that is two
 * changes away. */
static void fill_ways(struct model *m)
{
    memset(m->via, MODEL_NONE, sizeof m->via);
    for (uint32_t to = 0; to < (uint32_t)m->option_count; to++) {
        uint32_t near = bit32(to);
        for (int32_t length = 0; length < m->option_count; length++) {
            uint32_t wider = near;
            for (uint32_t a = 0; a < MODEL_ROWS; a++) {
                const bool exists = a < (uint32_t)m->option_count || a == MODEL_NONE;
                const uint32_t steps = exists ? m->option[a].next & near : 0;
                if (steps != 0 && m->via[a][to] == MODEL_NONE && a != to) {
                    m->via[a][to] = (uint8_t)lowest_bit(steps);
                    wider |= a < MODEL_NONE ? bit32(a) : 0;
                }
            }
            near = wider;
        }
    }
}

static void fill_reach(struct model *m)
{
    for (uint32_t a = 0; a < MODEL_ROWS; a++) {
        if (a >= (uint32_t)m->option_count && a != MODEL_NONE) {
            continue;
        }
        for (uint32_t slot = 0; slot < (uint32_t)m->lane_count; slot++) {
            int32_t least_cs = (m->option[a].serves & bit64(slot)) != 0 ? 0 : FAR_CS;
            for (uint32_t left = m->option[a].next; least_cs > 0 && left != 0; left &= left - 1) {
                const uint32_t b = lowest_bit(left);
                if ((m->option[b].serves & bit64(slot)) != 0) {
                    least_cs = min_i32(least_cs, m->change[a][b].settle_s * MODEL_STEP_CS);
                }
            }
            m->reach_cs[a][slot] = (uint16_t)least_cs;
        }
    }
}

void model_init(struct model *m, const struct snapshot *s, const struct search_settings *settings,
                const struct search_limits *limits)
{
    memset(m, 0, offsetof(struct model, lane));
    memset(m->option, 0, sizeof m->option);
    m->snapshot = s;
    m->settings = settings;
    m->horizon_s = min_i32(max_i32(settings->horizon_s, 1), SEARCH_HORIZON_MAX_S);
    m->stop_cs = limits->is_throughput ? 0 : settings->stop_cs;
    for (int32_t i = 0; i < s->layout->lane_count; i++) {
        add_lane(m, i);
    }
    fill_foes(m);
    fill_exits(m);
    fill_calls(m);
    fill_options(m);
    const uint32_t here = s->option_ix >= 0 ? (uint32_t)s->option_ix : MODEL_NONE;
    REQUIRE(here == MODEL_NONE || here < (uint32_t)m->option_count);
    for (uint32_t a = 0; a < (uint32_t)m->option_count; a++) {
        m->change[a][a] = (struct model_change){ .keeps = m->option[a].sg };
        for (uint32_t left = m->option[a].next; left != 0; left &= left - 1) {
            m->change[a][lowest_bit(left)] = (struct model_change){ .keeps = 0 };
            fill_change(m, a, lowest_bit(left));
        }
    }
    if (here == MODEL_NONE) {
        for (uint32_t b = 0; b < (uint32_t)m->option_count; b++) {
            m->change[MODEL_NONE][b] = (struct model_change){ .keeps = 0 };
            fill_change(m, MODEL_NONE, b);
        }
        m->change[MODEL_NONE][MODEL_NONE] = (struct model_change){ .keeps = 0 };
    } else {
        fill_root_change(m, here);
    }
    fill_gains(m);
    fill_ways(m);
    fill_reach(m);
    m->allowed = limits->allowed;
    m->stay_max_s = limits->stay_max_cs >= SNAPSHOT_NEVER_CS ? MODEL_NO_LIMIT_S
                                                             : model_to_s(limits->stay_max_cs);
    m->may_stay = here == MODEL_NONE || (limits->allowed & bit32(here)) != 0;
    m->base = m->base_delay_cs + m->base_stops_cs + m->base_waits_cs + m->base_peds_cs;
}
