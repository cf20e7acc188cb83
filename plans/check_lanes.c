/* Rules of lanes.yaml, and of what it says about groups. */
#include "check.h"

static const struct yaml_node *detector_node(const struct reader *r, int32_t ix)
{
    return r->names[REF_DETECTOR].node[ix];
}

static sg_mask_t pedestrian_groups(const struct plan *p)
{
    sg_mask_t mask = 0;
    for (int32_t i = 0; i < p->sg_count; i++) {
        mask |= p->safety.sg_type[i] == SG_PEDESTRIAN ? bit32((uint32_t)i) : 0;
    }
    return mask;
}

static const char *first_name(const struct plan *p, sg_mask_t mask)
{
    for (uint32_t i = 0; i < SG_MAX; i++) {
        if ((mask & bit32(i)) != 0) {
            return p->sg[i].name;
        }
    }
    return "?";
}

/* Groups that the plan serves without any detector: recalled stages and phases. */
static sg_mask_t recalled_groups(const struct plan *p)
{
    sg_mask_t mask = 0;
    for (int32_t i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stage[i];
        if ((s->recall & (RECALL_MIN | RECALL_MAX)) != 0) {
            mask |= s->sg & ~s->on_demand;
        }
        if ((s->recall & RECALL_PED) != 0) {
            mask |= s->on_demand;
        }
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        if ((ph->recall & (RECALL_MIN | RECALL_MAX | RECALL_SOFT)) != 0) {
            mask |= ph->vehicle_sg;
        }
        if ((ph->recall & RECALL_PED) != 0) {
            mask |= ph->ped_sg;
        }
    }
    return mask;
}

/* Groups called by detectors other than but_ix that stay usable when they fail. */
static sg_mask_t called_groups(const struct plan *p, int32_t but_ix)
{
    sg_mask_t mask = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        if (i != but_ix && (p->detector[i].roles & DETECTOR_CALLS) != 0) {
            mask |= p->detector[i].sg;
        }
    }
    return mask;
}

static void check_detector_roles(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct detector *d = &p->detector[ix];
    const struct yaml_node *n = detector_node(r, ix);
    const bool serves = (d->roles & (DETECTOR_CALLS | DETECTOR_EXTENDS)) != 0;
    if (serves && d->sg == 0) {
        diag_rule(r->diag, RULE_DETECTOR_IDLE, reader_at(n, "groups"),
                  "%s calls or extends, but names no groups", d->name);
    }
    if ((d->delay_ms > 0 && (d->roles & DETECTOR_CALLS) == 0) ||
        (d->extend_ms > 0 && (d->roles & DETECTOR_EXTENDS) == 0)) {
        diag_rule(r->diag, RULE_DETECTOR_UNUSED_TIME,
                  reader_at(n, d->delay_ms > 0 && (d->roles & DETECTOR_CALLS) == 0 ? "delay_s"
                                                                                   : "extend_s"),
                  "%s has a time for a role that it has not", d->name);
    }
    const sg_mask_t ped = pedestrian_groups(p);
    if (d->type == DETECTOR_BUTTON) {
        for (uint32_t i = 0; i < SG_MAX; i++) {
            const int32_t type = p->safety.sg_type[i];
            if ((d->sg & bit32(i)) != 0 && type != SG_PEDESTRIAN && type != SG_CYCLE) {
                diag_rule(r->diag, RULE_BUTTON_GROUP, reader_at(n, "groups"),
                          "button %s calls %s, which is not for people on foot", d->name,
                          p->sg[i].name);
            }
        }
    } else if ((d->sg & ped) != 0 && d->type == DETECTOR_LOOP) {
        diag_rule(r->diag, RULE_BUTTON_GROUP, reader_at(n, "groups"),
                  "loop %s calls the pedestrians of %s; type: button is missing", d->name,
                  first_name(p, d->sg & ped));
    }
    if ((d->switch_sg & d->sg) != 0) {
        diag_rule(r->diag, RULE_SWITCH_OWN, reader_at(n, "switch_to"), "%s already serves %s",
                  d->name, first_name(p, d->switch_sg & d->sg));
    }
}

/* Who only counts may stand upstream of the lanes and see all that come to them. */
static bool may_feed(const struct detector *d)
{
    const bool is_eye =
        d->type == DETECTOR_LOOP || d->type == DETECTOR_RADAR || d->type == DETECTOR_CAMERA;
    return is_eye && (d->roles & DETECTOR_COUNTS) != 0 &&
           (d->roles & (DETECTOR_CALLS | DETECTOR_EXTENDS)) == 0;
}

static void check_detector(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct detector *d = &p->detector[ix];
    const struct yaml_node *n = detector_node(r, ix);
    check_detector_roles(r, ix);
    if (d->lane_ix >= 0 && p->lane[d->lane_ix].length_cm > 0 && !may_feed(d) &&
        d->distance_cm > p->lane[d->lane_ix].length_cm) {
        diag_rule(r->diag, RULE_DETECTOR_DISTANCE, reader_at(n, "distance_m"),
                  "%s lies %d m before the stop line, but lane %s ends at %d m", d->name,
                  d->distance_cm / 100, p->lane[d->lane_ix].name,
                  p->lane[d->lane_ix].length_cm / 100);
    }
    const sg_mask_t served = recalled_groups(p) | called_groups(p, ix);
    if (d->fail_action == FAIL_IGNORED && (d->roles & DETECTOR_CALLS) != 0 &&
        (d->sg & ~served) != 0) {
        diag_rule(r->diag, RULE_IGNORED_UNSERVED, reader_at(n, "on_failure"),
                  "%s is ignored when it fails, and then nothing serves %s", d->name,
                  first_name(p, d->sg & ~served));
    }
    for (int32_t k = 0; k < ix; k++) {
        const bool is_same_kind =
            (p->detector[k].type == DETECTOR_BUTTON) == (d->type == DETECTOR_BUTTON);
        if (is_same_kind && d->number > 0 && p->detector[k].number == d->number) {
            diag_rule(r->diag, RULE_DETECTOR_NUMBER_TWICE, reader_at(n, "number"),
                      "%s and %s both have number %d", p->detector[k].name, d->name, d->number);
        }
    }
}

/* Traffic that yields is green together with its foe: the pair must allow that. */
static void check_movement(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct movement *m = &p->movement[ix];
    const struct yaml_node *n = r->movement[ix];
    for (uint32_t own = 0; own < SG_MAX; own++) {
        if ((m->sg & bit32(own)) == 0) {
            continue;
        }
        if (p->safety.sg_type[own] == SG_PEDESTRIAN) {
            diag_rule(r->diag, RULE_MOVEMENT_GROUP, reader_at(n, "groups"),
                      "%s is a pedestrian group", p->sg[own].name);
        }
        for (uint32_t foe = 0; foe < SG_MAX; foe++) {
            if ((m->yields_to & bit32(foe)) != 0 && safety_conflict(&p->safety, own, foe)) {
                diag_rule(r->diag, RULE_YIELD_NOT_PERMISSIVE, reader_at(n, "yields_to"),
                          "%s yields to %s, but the two conflict and are never green together",
                          p->sg[own].name, p->sg[foe].name);
            }
        }
    }
}

/* Another detector would say whether someone is there, not whether there is no room. */
static void check_exit(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const int32_t d = p->movement[ix].exit_detector_ix;
    if (d >= 0 && (p->detector[d].roles & DETECTOR_EXIT) == 0) {
        diag_rule(r->diag, RULE_EXIT_DETECTOR,
                  reader_at(yaml_get(r->movement[ix], "exit"), "detector"),
                  "%s sees the exit, but has not the role exit", p->detector[d].name);
    }
}

static void check_lane(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    int32_t share = 0;
    int32_t movements = 0;
    const struct yaml_node *n = r->names[REF_LANE].node[ix];
    for (int32_t m = 0; m < p->movement_count; m++) {
        if (p->movement[m].lane_ix == ix) {
            share += p->movement[m].share_permille;
            movements++;
        }
    }
    if (movements == 0) {
        diag_rule(r->diag, RULE_LANE_IDLE, yaml_key_at(n), "lane %s has no movement",
                  p->lane[ix].name);
    } else if (share != 1000) {
        diag_rule(r->diag, RULE_SHARES, yaml_key_at(n), "shares of lane %s make %d.%d %%",
                  p->lane[ix].name, share / 10, share % 10);
    }
}

static void check_groups_have_lanes(struct reader *r)
{
    const struct plan *p = r->plan;
    sg_mask_t moved = 0;
    for (int32_t m = 0; m < p->movement_count; m++) {
        moved |= p->movement[m].sg;
    }
    for (int32_t i = 0; i < p->sg_count; i++) {
        const bool is_seen =
            p->safety.sg_type[i] == SG_PEDESTRIAN || (moved & bit32((uint32_t)i)) != 0;
        if (!is_seen) {
            diag_rule(r->diag, RULE_GROUP_NO_LANE, yaml_key_at(r->names[REF_GROUP].node[i]),
                      "no movement goes on %s", p->sg[i].name);
        }
    }
}

static bool someone_yields(const struct plan *p, uint32_t a, uint32_t b)
{
    for (int32_t m = 0; m < p->movement_count; m++) {
        const struct movement *move = &p->movement[m];
        if (((move->sg & bit32(a)) != 0 && (move->yields_to & bit32(b)) != 0) ||
            ((move->sg & bit32(b)) != 0 && (move->yields_to & bit32(a)) != 0)) {
            return true;
        }
    }
    return false;
}

static void check_permissive_pairs(struct reader *r)
{
    const struct plan *p = r->plan;
    for (uint32_t a = 0; a < (uint32_t)p->sg_count; a++) {
        for (uint32_t b = a + 1; b < (uint32_t)p->sg_count; b++) {
            const bool is_pair =
                r->has_cell[a][b] && ((uint32_t)p->safety.permissive[a] & bit32(b)) != 0;
            if (is_pair && !someone_yields(p, a, b)) {
                diag_rule(r->diag, RULE_PERMISSIVE_UNUSED, yaml_key_at(r->cell[a][b]),
                          "%s and %s are permissive, but no movement yields", p->sg[a].name,
                          p->sg[b].name);
            }
        }
    }
}

/* A group on demand that nothing calls never opens in an actuated plan. */
static void check_demand(struct reader *r)
{
    const struct plan *p = r->plan;
    bool is_actuated = false;
    for (int32_t i = 0; i < p->pattern_count; i++) {
        const int32_t strategy = p->pattern[i].strategy;
        is_actuated = is_actuated || strategy == STRATEGY_ACTUATED ||
                      strategy == STRATEGY_ADAPTIVE || strategy == STRATEGY_COORDINATED;
    }
    const sg_mask_t served = recalled_groups(p) | called_groups(p, -1);
    for (int32_t i = 0; i < p->stage_count && is_actuated; i++) {
        const sg_mask_t unserved = p->stage[i].on_demand & ~served;
        if (unserved != 0) {
            diag_rule(r->diag, RULE_GROUP_NO_DEMAND,
                      reader_at(r->names[REF_STAGE].node[i], "on_demand"),
                      "stage %s opens %s on demand, but nothing calls it", p->stage[i].name,
                      first_name(p, unserved));
        }
    }
}

void check_lanes(struct reader *r)
{
    const struct plan *p = r->plan;
    for (int32_t i = 0; i < p->lane_count; i++) {
        check_lane(r, i);
    }
    for (int32_t i = 0; i < p->movement_count; i++) {
        check_movement(r, i);
        check_exit(r, i);
    }
    for (int32_t i = 0; i < p->detector_count; i++) {
        check_detector(r, i);
    }
    check_groups_have_lanes(r);
    check_permissive_pairs(r);
    check_demand(r);
}
