/* Rules of timing plans of ring plans: splits and coordination. */
#include "check.h"
#include "script.h"

static const struct yaml_node *pattern_node(const struct reader *r, int32_t ix)
{
    return r->names[REF_PATTERN].node[ix];
}

/* Red clearance of a phase: what the matrix wants beyond the yellow before any group that conflicts
 * with it. */
static int32_t red_clear_ms(const struct plan *p, const struct phase *ph)
{
    int32_t most_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        for (uint32_t k = 0; k < (uint32_t)p->sg_count && (ph->vehicle_sg & bit32(i)) != 0; k++) {
            const bool is_vehicle = p->safety.sg_type[k] != SG_PEDESTRIAN;
            if (is_vehicle && safety_conflict(&p->safety, i, k)) {
                most_ms = max_i32(most_ms, p->safety.intergreen_ms[i][k] - p->safety.yellow_ms[i]);
            }
        }
    }
    return most_ms;
}

static int32_t largest(const int32_t *value, sg_mask_t sg)
{
    int32_t most = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        most = (sg & bit32(i)) != 0 ? max_i32(most, value[i]) : most;
    }
    return most;
}

static void check_split(struct reader *r, int32_t ix, int32_t phase_ix)
{
    const struct plan *p = r->plan;
    const struct pattern *pt = &p->pattern[ix];
    const struct phase *ph = &p->phase[phase_ix];
    if (pt->split_mode[phase_ix] == SPLIT_OMIT) {
        return;
    }
    const int32_t ped_ms = ph->walk_ms + largest(p->safety.ped_clear_ms, ph->ped_sg);
    const bool holds_walk = ph->ped_sg != 0 && !script_ped_may_overrun(p, pt, phase_ix);
    const int32_t green_ms = max_i32(ph->min_green_ms, holds_walk ? ped_ms : 0) +
                             largest(p->safety.green_flash_ms, ph->vehicle_sg);
    const int32_t least_ms =
        green_ms + largest(p->safety.yellow_ms, ph->vehicle_sg) + red_clear_ms(p, ph);
    if (pt->split_ms[phase_ix] < least_ms) {
        const struct yaml_node *splits = yaml_get(pattern_node(r, ix), "splits");
        diag_rule(r->diag, RULE_SPLIT_SHORT, reader_at(splits, r->names[REF_PHASE].name[phase_ix]),
                  "plan %s: the split of phase %d is %s s, at least %s s is wanted", pt->name,
                  ph->phase_id, seconds_of(pt->split_ms[phase_ix]).s, seconds_of(least_ms).s);
    }
}

/* Splits of one ring inside one barrier group, omitted phases left out. */
static int32_t barrier_sum_ms(const struct plan *p, const struct pattern *pt, int32_t ring_ix,
                              int32_t barrier_ix)
{
    int32_t sum_ms = 0;
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        const bool counts = ph->ring_ix == ring_ix && ph->barrier_ix == barrier_ix &&
                            pt->split_mode[i] != SPLIT_OMIT;
        sum_ms += counts ? pt->split_ms[i] : 0;
    }
    return sum_ms;
}

static void check_sums(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct pattern *pt = &p->pattern[ix];
    const struct diag_at at = reader_at(pattern_node(r, ix), "splits");
    for (int32_t ring_ix = 0; ring_ix < RING_MAX && pt->ring[ring_ix].count > 0; ring_ix++) {
        int32_t sum_ms = 0;
        for (int32_t b = 0; b < r->barrier_count; b++) {
            const int32_t part_ms = barrier_sum_ms(p, pt, ring_ix, b);
            const int32_t first_ms = barrier_sum_ms(p, pt, 0, b);
            sum_ms += part_ms;
            if (part_ms != first_ms) {
                diag_rule(r->diag, RULE_SPLITS_SUM, at,
                          "plan %s: ring %d takes %s s to barrier %d, ring 1 takes %s s", pt->name,
                          ring_ix + 1, seconds_of(part_ms).s, b + 1, seconds_of(first_ms).s);
                return;
            }
        }
        if (sum_ms != pt->cycle_ms) {
            diag_rule(r->diag, RULE_SPLITS_SUM, at,
                      "plan %s: splits of ring %d sum to %s s, the cycle is %s s", pt->name,
                      ring_ix + 1, seconds_of(sum_ms).s, seconds_of(pt->cycle_ms).s);
            return;
        }
    }
}

static void check_coordinated(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct pattern *pt = &p->pattern[ix];
    const struct yaml_node *n = pattern_node(r, ix);
    uint32_t rings = 0;
    int32_t barrier_ix = -1;
    if (pt->strategy == STRATEGY_COORDINATED && yaml_get(n, "coordinated") == NULL) {
        diag_rule(r->diag, RULE_COORDINATED_PHASES, reader_at(n, "strategy"),
                  "plan %s names no coordinated phases", pt->name);
    }
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        if ((pt->coord_phases & bit32(i)) == 0 || ph->ring_ix < 0) {
            continue;
        }
        const bool is_bad = (rings & bit32((uint32_t)ph->ring_ix)) != 0 ||
                            (barrier_ix >= 0 && barrier_ix != ph->barrier_ix) ||
                            pt->split_mode[i] == SPLIT_OMIT;
        if (is_bad) {
            diag_rule(r->diag, RULE_COORDINATED_PHASES, reader_at(n, "coordinated"),
                      "plan %s: phase %d cannot be coordinated with the others", pt->name,
                      ph->phase_id);
        }
        rings |= bit32((uint32_t)ph->ring_ix);
        barrier_ix = ph->barrier_ix;
    }
}

void check_rings(struct reader *r)
{
    const struct plan *p = r->plan;
    for (int32_t ix = 0; ix < p->pattern_count && p->phase_count > 0; ix++) {
        const struct pattern *pt = &p->pattern[ix];
        const struct yaml_node *n = pattern_node(r, ix);
        const bool needs_splits =
            pt->strategy == STRATEGY_FIXED || pt->strategy == STRATEGY_COORDINATED;
        check_coordinated(r, ix);
        if (needs_splits && yaml_get(n, "splits") == NULL) {
            diag_rule(r->diag, RULE_PLAN_INCOMPLETE, yaml_key_at(n), "plan %s needs splits",
                      pt->name);
        } else if (needs_splits) {
            for (int32_t i = 0; i < p->phase_count; i++) {
                check_split(r, ix, i);
            }
            if (!r->rings_are_broken) {
                check_sums(r, ix);
            }
        }
    }
}
