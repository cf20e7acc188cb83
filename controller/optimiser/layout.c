#include "layout.h"

#include "relation.h"

#include <string.h>

/* Vehicles standing in a queue: 5 m and 2.5 m between them (SUMO's default; HCM: 25 feet). */
enum {
    SPACING_CM = 750,
    HEADWAY_DEFAULT_MS = 2000,
    SPEED_DEFAULT_CMPS = 1389,
    LINE_MAX_CM = 600 /* a loop this near to the stop line sees who stands at it */
};

/* --- Groups ----------------------------------------------------------------------------------- */

static bool is_ped(const struct plan *p, uint32_t sg_ix)
{
    return p->safety.sg_type[sg_ix] == SG_PEDESTRIAN;
}

static int32_t closing_ms(const struct safety *f, uint32_t ix)
{
    return f->sg_type[ix] == SG_PEDESTRIAN ? f->ped_clear_ms[ix] : f->yellow_ms[ix];
}

/* The sequencer begins red-yellow only when every conflicting group is red; a permissive partner
 * owes the intergreen and no more. */
static int32_t clear_ms(const struct safety *f, uint32_t i, uint32_t j)
{
    if (i == j) {
        return f->green_flash_ms[i] + closing_ms(f, i) + f->min_red_ms[i] + f->red_yellow_ms[i];
    }
    if (f->intergreen_ms[i][j] < 0) {
        return -1;
    }
    const int32_t aspects_ms =
        f->red_yellow_ms[j] + (safety_conflict(f, i, j) ? closing_ms(f, i) : 0);
    return f->green_flash_ms[i] + max_i32(f->intergreen_ms[i][j], aspects_ms);
}

static void fill_groups(struct layout *l, const struct plan *p)
{
    const struct safety *f = &p->safety;
    l->sg_count = p->sg_count;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        l->peds |= is_ped(p, i) ? bit32(i) : 0;
        l->min_green_ms[i] = f->min_green_ms[i];
        l->yellow_ms[i] = f->yellow_ms[i];
        l->ped_clear_ms[i] = f->ped_clear_ms[i];
        l->max_red_ms[i] = f->max_red_ms[i];
        l->open_ms[i] = f->red_yellow_ms[i];
        l->green_flash_ms[i] = is_ped(p, i) ? 0 : f->green_flash_ms[i];
        for (uint32_t j = 0; j < (uint32_t)p->sg_count; j++) {
            l->clear_ms[i][j] = clear_ms(f, i, j);
        }
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        for (uint32_t left = p->phase[i].ped_sg; left != 0; left &= left - 1) {
            int32_t *walk_ms = &l->min_green_ms[lowest_bit(left)];
            *walk_ms = max_i32(*walk_ms, p->phase[i].walk_ms);
        }
    }
    const uint32_t binding = relation_binding(p);
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        if (rel->kind == RELATION_EARLY_START && (binding & bit32(r)) != 0) {
            l->lead[l->lead_count++] =
                (struct layout_lead){ rel->sg_a_ix, rel->sg_b_ix, rel->time_ms };
        }
    }
}

/* --- Street ----------------------------------------------------------------------------------- */

/* One exit for each detector that watches one, else for each name; -1: leads nowhere. */
static int32_t exit_of(struct layout *l, const struct plan *p, int32_t seen[LAYOUT_EXIT_MAX],
                       uint32_t movement_ix)
{
    const struct movement *m = &p->movement[movement_ix];
    if (m->exit_detector_ix < 0 && m->exit[0] == '\0') {
        return -1;
    }
    for (int32_t e = 0; e < l->exit_count; e++) {
        const struct movement *other = &p->movement[seen[e]];
        const bool is_same = m->exit_detector_ix >= 0 || other->exit_detector_ix >= 0
                                 ? m->exit_detector_ix == other->exit_detector_ix
                                 : strncmp(m->exit, other->exit, NAME_MAX_BYTES) == 0;
        if (is_same) {
            return e;
        }
    }
    if (l->exit_count == LAYOUT_EXIT_MAX) {
        return -1;
    }
    seen[l->exit_count] = (int32_t)movement_ix;
    l->exit[l->exit_count] = (struct layout_exit){
        .detector_ix = m->exit_detector_ix,
        .length_cm = m->exit_length_cm,
        .speed_cmps = m->exit_speed_cmps > 0 ? m->exit_speed_cmps : SPEED_DEFAULT_CMPS,
        .storage_vehicles = max_i32(1, m->exit_length_cm / SPACING_CM),
    };
    return l->exit_count++;
}

static void fill_movements(struct layout *l, const struct plan *p)
{
    int32_t seen[LAYOUT_EXIT_MAX] = { 0 };
    sg_mask_t lane_sg[LANE_MAX] = { 0 };
    for (int32_t i = 0; i < p->movement_count; i++) {
        lane_sg[p->movement[i].lane_ix] |= p->movement[i].sg;
    }
    for (uint32_t i = 0; i < (uint32_t)p->movement_count; i++) {
        const struct movement *from = &p->movement[i];
        struct layout_lane *lane = &l->lane[from->lane_ix];
        if (from->sg == 0 || lane->movement_count == LAYOUT_MOVEMENTS_MAX) {
            continue;
        }
        struct layout_movement *m = &lane->movement[lane->movement_count++];
        *m = (struct layout_movement){ .sg = from->sg,
                                       .share_permille = from->share_permille,
                                       .foe_peds = from->yields_to & l->peds,
                                       .exit_ix = exit_of(l, p, seen, i),
                                       .movement_ix = (int32_t)i };
        lane->sg |= from->sg;
        for (uint32_t k = 0; k < (uint32_t)p->lane_count; k++) {
            if ((lane_sg[k] & from->yields_to) != 0 && k != (uint32_t)from->lane_ix) {
                m->foes |= bit64(k);
            }
        }
    }
}

static void add_counter(struct layout_lane *lane, const struct plan *p, int32_t detector_ix)
{
    const int32_t distance_cm = p->detector[detector_ix].distance_cm;
    int32_t at = lane->counter_count;
    while (at > 0 && lane->counter[at - 1].distance_cm > distance_cm) {
        at--;
    }
    if (at == LAYOUT_COUNTERS_MAX) {
        return;
    }
    lane->counter_count = min_i32(lane->counter_count + 1, LAYOUT_COUNTERS_MAX);
    for (int32_t k = lane->counter_count - 1; k > at; k--) {
        lane->counter[k] = lane->counter[k - 1];
    }
    lane->counter[at] = (struct layout_counter){ detector_ix, distance_cm };
}

/* A loop at the stop line that was laid to call and extend still says whether somebody is there,
 * and its edges are vehicles as long as they move: better than nobody's word. */
static bool sees_line(const struct detector *d)
{
    return (d->type == DETECTOR_LOOP || d->type == DETECTOR_RADAR) &&
           (d->roles & DETECTOR_EXIT) == 0 && d->distance_cm <= LINE_MAX_CM;
}

static bool counts_at_line(const struct layout_lane *lane)
{
    return lane->counter_count > 0 && lane->counter[0].distance_cm <= LINE_MAX_CM;
}

/* Upstream of where its lane begins. */
static bool is_feeder(const struct plan *p, const struct detector *d)
{
    return d->lane_ix >= 0 && p->lane[d->lane_ix].length_cm > 0 &&
           d->distance_cm >= p->lane[d->lane_ix].length_cm && d->type != DETECTOR_BUTTON &&
           d->type != DETECTOR_PRIORITY && (d->roles & DETECTOR_COUNTS) != 0 &&
           (d->roles & (DETECTOR_CALLS | DETECTOR_EXTENDS | DETECTOR_EXIT)) == 0;
}

static bool is_zone(const struct detector *d)
{
    return d->type == DETECTOR_CAMERA && (d->roles & DETECTOR_QUEUE) != 0;
}

static void fill_detectors(struct layout *l, const struct plan *p)
{
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if (d->lane_ix < 0 || (d->roles & DETECTOR_EXIT) != 0 || is_feeder(p, d)) {
            continue;
        }
        struct layout_lane *lane = &l->lane[d->lane_ix];
        if (is_zone(d) && lane->zone_ix < 0) {
            lane->zone_ix = i;
            lane->zone_length_cm = d->distance_cm + d->length_cm;
        } else if (!is_zone(d) && (d->roles & DETECTOR_COUNTS) != 0) {
            add_counter(lane, p, i);
        }
    }
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if (d->lane_ix >= 0 && sees_line(d) && !counts_at_line(&l->lane[d->lane_ix])) {
            add_counter(&l->lane[d->lane_ix], p, i);
        }
    }
}

/* Lanes that arrive from one bearing are one approach. */
static void fill_approaches(struct layout *l, const struct plan *p)
{
    for (int32_t i = 0; i < p->lane_count; i++) {
        l->lane[i].approach_ix = -1;
        for (int32_t k = 0; k < i && l->lane[i].approach_ix < 0; k++) {
            if (p->lane[k].approach_deg == p->lane[i].approach_deg) {
                l->lane[i].approach_ix = l->lane[k].approach_ix;
            }
        }
        if (l->lane[i].approach_ix < 0) {
            l->lane[i].approach_ix = l->approach_count++;
        }
    }
}

static struct layout_feeder *feeder_of(struct layout *l, int32_t approach_ix)
{
    for (int32_t i = 0; i < l->feeder_count; i++) {
        if (l->feeder[i].approach_ix == approach_ix) {
            return &l->feeder[i];
        }
    }
    if (l->feeder_count == LAYOUT_FEEDERS_MAX) {
        return NULL;
    }
    struct layout_feeder *made = &l->feeder[l->feeder_count++];
    made->approach_ix = approach_ix;
    made->begin_cm = INT32_MAX;
    return made;
}

static void fill_feeders(struct layout *l, const struct plan *p)
{
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        struct layout_feeder *f =
            is_feeder(p, d) ? feeder_of(l, l->lane[d->lane_ix].approach_ix) : NULL;
        if (f == NULL) {
            continue;
        }
        if (is_zone(d) && f->zone_count < LAYOUT_FEEDER_EYES) {
            f->zone[f->zone_count++] = (struct layout_zone){ i, d->distance_cm, d->length_cm };
        } else if (!is_zone(d) && f->counter_count < LAYOUT_FEEDER_EYES) {
            f->counter[f->counter_count++] = (struct layout_counter){ i, d->distance_cm };
        } else {
            continue;
        }
        f->begin_cm = min_i32(f->begin_cm, d->distance_cm);
        f->end_cm = max_i32(f->end_cm, d->distance_cm + (is_zone(d) ? d->length_cm : 0));
        for (uint32_t k = 0; k < (uint32_t)p->lane_count; k++) {
            const bool is_fed =
                l->lane[k].approach_ix == f->approach_ix && p->lane[k].length_cm <= d->distance_cm;
            f->lanes |= is_fed ? bit64(k) : 0;
        }
    }
}

static void fill_lanes(struct layout *l, const struct plan *p)
{
    l->lane_count = p->lane_count;
    for (int32_t i = 0; i < p->lane_count; i++) {
        const struct lane *from = &p->lane[i];
        l->lane[i].length_cm = from->length_cm;
        l->lane[i].speed_cmps = from->speed_cmps > 0 ? from->speed_cmps : SPEED_DEFAULT_CMPS;
        l->lane[i].headway_ms =
            from->saturation_headway_ms > 0 ? from->saturation_headway_ms : HEADWAY_DEFAULT_MS;
        l->lane[i].zone_ix = -1;
    }
    fill_movements(l, p);
    fill_detectors(l, p);
    fill_approaches(l, p);
    fill_feeders(l, p);
}

/* --- Options: stages -------------------------------------------------------------------------- */

static void fill_stages(struct layout *l, const struct plan *p, const struct pattern *pattern)
{
    l->option_count = min_i32(p->stage_count, STAGE_MAX);
    for (int32_t i = 0; i < l->option_count; i++) {
        const struct stage *stage = &p->stage[i];
        struct layout_option *o = &l->option[i];
        *o = (struct layout_option){ .sg = stage->sg,
                                     .on_demand = stage->on_demand,
                                     .next = stage->next & ~bit32((uint32_t)i),
                                     .stage_ix = i };
        for (int32_t k = 0; k < pattern->step_count; k++) {
            const struct pattern_step *step = &pattern->step[k];
            if (step->stage_ix == i) {
                o->min_ms = step->min_ms;
                o->max_ms = step->max_ms > 0 ? step->max_ms : step->duration_ms;
                break;
            }
        }
    }
}

/* --- Options: sets of phases ------------------------------------------------------------------ */

static bool is_enabled(const struct plan *p, const struct pattern *pattern, uint32_t ix)
{
    return (p->phase[ix].options & PHASE_ENABLED) != 0 && pattern->split_mode[ix] != SPLIT_OMIT &&
           (p->phase[ix].vehicle_sg | p->phase[ix].ped_sg) != 0;
}

/* Place of a phase in its ring's order; -1: the pattern does not run it. */
static int32_t order_of(const struct plan *p, const struct pattern *pattern, uint32_t ix)
{
    const struct ring_order *order = &pattern->ring[p->phase[ix].ring_ix];
    for (int32_t k = 0; k < order->count; k++) {
        if (order->phase_ix[k] == (int32_t)ix) {
            return k;
        }
    }
    return -1;
}

static sg_mask_t sg_of_phases(const struct plan *p, phase_mask_t phases)
{
    sg_mask_t sg = 0;
    for (uint32_t left = phases; left != 0; left &= left - 1) {
        sg |= p->phase[lowest_bit(left)].vehicle_sg | p->phase[lowest_bit(left)].ped_sg;
    }
    for (int32_t k = 0; k < p->overlap_count; k++) {
        const struct overlap *v = &p->overlap[k];
        const bool is_closed =
            v->kind == OVERLAP_MINUS_GREEN_YELLOW && (v->modifiers & phases) != 0;
        sg |= (v->parents & phases) != 0 && !is_closed ? v->sg : 0;
    }
    return sg;
}

static bool has_conflict(const struct plan *p, sg_mask_t sg)
{
    for (uint32_t left = sg; left != 0; left &= left - 1) {
        for (uint32_t rest = left & (left - 1); rest != 0; rest &= rest - 1) {
            if (safety_conflict(&p->safety, lowest_bit(left), lowest_bit(rest))) {
                return true;
            }
        }
    }
    return false;
}

static void add_phases(struct layout *l, const struct plan *p, const struct pattern *pattern,
                       phase_mask_t phases)
{
    const sg_mask_t sg = sg_of_phases(p, phases);
    if (l->option_count == STAGE_MAX || has_conflict(p, sg)) {
        return;
    }
    struct layout_option *o = &l->option[l->option_count++];
    *o = (struct layout_option){ .sg = sg, .stage_ix = -1, .phases = phases };
    for (uint32_t left = phases; left != 0; left &= left - 1) {
        const struct phase *f = &p->phase[lowest_bit(left)];
        const int32_t max_ms = f->max_green_ms[pattern->max_set];
        o->min_ms = max_i32(o->min_ms, f->min_green_ms);
        o->max_ms = max_ms > 0 && (o->max_ms == 0 || max_ms < o->max_ms) ? max_ms : o->max_ms;
        o->on_demand |= (f->recall & RECALL_PED) == 0 ? f->ped_sg : 0;
    }
}

/* All ways to take one phase of each ring that has any in this barrier group, counted through like
 * the digits of a number. */
static void fill_barrier(struct layout *l, const struct plan *p, const struct pattern *pattern,
                         int32_t barrier_ix)
{
    phase_mask_t in_ring[RING_MAX] = { 0 };
    for (uint32_t ix = 0; ix < (uint32_t)p->phase_count; ix++) {
        const bool is_here = p->phase[ix].barrier_ix == barrier_ix && is_enabled(p, pattern, ix) &&
                             order_of(p, pattern, ix) >= 0;
        in_ring[p->phase[ix].ring_ix] |= is_here ? bit32(ix) : 0;
    }
    phase_mask_t left[RING_MAX];
    memcpy(left, in_ring, sizeof left);
    for (int32_t n = 0; n < STAGE_MAX; n++) {
        phase_mask_t phases = 0;
        for (uint32_t r = 0; r < RING_MAX; r++) {
            phases |= left[r] & (~left[r] + 1);
        }
        if (phases == 0) {
            return;
        }
        add_phases(l, p, pattern, phases);
        uint32_t r = 0;
        for (; r < RING_MAX; r++) {
            left[r] &= left[r] - (left[r] != 0);
            if (left[r] != 0) {
                break;
            }
            left[r] = in_ring[r];
        }
        if (r == RING_MAX) {
            return;
        }
    }
}

/* Rings go forward: to a later phase of the barrier group, all together to another group, or round
 * to an earlier phase where there is no other group to go to. */
static bool may_follow(const struct plan *p, const struct pattern *pattern, phase_mask_t from,
                       phase_mask_t to, bool has_barriers)
{
    for (uint32_t a = from; a != 0; a &= a - 1) {
        for (uint32_t b = to; b != 0; b &= b - 1) {
            const uint32_t i = lowest_bit(a);
            const uint32_t j = lowest_bit(b);
            const bool is_back = p->phase[i].ring_ix == p->phase[j].ring_ix &&
                                 p->phase[i].barrier_ix == p->phase[j].barrier_ix &&
                                 order_of(p, pattern, j) < order_of(p, pattern, i);
            if (is_back && has_barriers) {
                return false;
            }
        }
    }
    return from != to;
}

static void fill_phases(struct layout *l, const struct plan *p, const struct pattern *pattern)
{
    int32_t barrier_count = 0;
    for (int32_t barrier_ix = 0; barrier_ix < BARRIER_MAX; barrier_ix++) {
        const int32_t before = l->option_count;
        fill_barrier(l, p, pattern, barrier_ix);
        barrier_count += l->option_count > before ? 1 : 0;
    }
    for (uint32_t i = 0; i < (uint32_t)l->option_count; i++) {
        for (uint32_t j = 0; j < (uint32_t)l->option_count; j++) {
            const bool may =
                may_follow(p, pattern, l->option[i].phases, l->option[j].phases, barrier_count > 1);
            l->option[i].next |= may ? bit32(j) : 0;
        }
    }
}

/* --- Whole ------------------------------------------------------------------------------------ */

void layout_init(struct layout *l, const struct plan *p, int32_t pattern_ix)
{
    REQUIRE(pattern_ix >= 0 && pattern_ix < p->pattern_count);
    memset(l, 0, sizeof *l);
    fill_groups(l, p);
    fill_lanes(l, p);
    if (plan_is_staged(p)) {
        fill_stages(l, p, &p->pattern[pattern_ix]);
    } else {
        fill_phases(l, p, &p->pattern[pattern_ix]);
    }
}

int32_t layout_find_stage(const struct layout *l, int32_t stage_ix)
{
    for (int32_t i = 0; i < l->option_count; i++) {
        if (stage_ix >= 0 && l->option[i].stage_ix == stage_ix) {
            return i;
        }
    }
    return -1;
}

int32_t layout_find_phases(const struct layout *l, phase_mask_t phases)
{
    for (int32_t i = 0; i < l->option_count; i++) {
        if (phases != 0 && l->option[i].phases == phases) {
            return i;
        }
    }
    return -1;
}
