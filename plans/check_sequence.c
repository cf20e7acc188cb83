/* Rules of stages, phases, overlaps and relations: what may be open together. */
#include "check.h"

static const char *name_of(const struct reader *r, uint32_t sg_ix)
{
    return r->plan->sg[sg_ix].name;
}

/* The first conflicting pair with one group in a and one in b; false: none. */
static bool find_conflict(const struct plan *p, sg_mask_t a, sg_mask_t b, uint32_t *first,
                          uint32_t *second)
{
    for (uint32_t i = 0; i < SG_MAX; i++) {
        for (uint32_t j = 0; j < SG_MAX; j++) {
            if (i != j && (a & bit32(i)) != 0 && (b & bit32(j)) != 0 &&
                safety_conflict(&p->safety, i, j)) {
                *first = i;
                *second = j;
                return true;
            }
        }
    }
    return false;
}

static void check_stage(struct reader *r, int32_t ix)
{
    const struct stage *s = &r->plan->stage[ix];
    const struct yaml_node *n = r->names[REF_STAGE].node[ix];
    uint32_t a = 0;
    uint32_t b = 0;
    if (find_conflict(r->plan, s->sg, s->sg, &a, &b)) {
        diag_rule(r->diag, RULE_STAGE_CONFLICT, reader_at(n, "groups"),
                  "stage %s opens %s and %s, which conflict", s->name, name_of(r, a),
                  name_of(r, b));
    }
    if ((s->next & bit32((uint32_t)ix)) != 0) {
        diag_rule(r->diag, RULE_STAGE_NEXT, reader_at(n, "next"), "stage %s names itself as next",
                  s->name);
    }
}

static void check_groups_open(struct reader *r)
{
    const struct plan *p = r->plan;
    sg_mask_t opened = 0;
    for (int32_t i = 0; i < p->stage_count; i++) {
        opened |= p->stage[i].sg;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        opened |= p->phase[i].vehicle_sg | p->phase[i].ped_sg;
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        opened |= p->overlap[i].sg;
    }
    for (int32_t i = 0; i < p->sg_count; i++) {
        if ((opened & bit32((uint32_t)i)) == 0) {
            diag_rule(r->diag, RULE_GROUP_NEVER, yaml_key_at(r->names[REF_GROUP].node[i]),
                      "%s never opens", p->sg[i].name);
        }
    }
}

static void check_phase_groups(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct phase *ph = &p->phase[ix];
    const struct yaml_node *n = r->names[REF_PHASE].node[ix];
    bool has_number = ph->vehicle_sg == 0;
    sg_mask_t others = 0;
    for (int32_t k = 0; k < ix; k++) {
        others |= p->phase[k].vehicle_sg | p->phase[k].ped_sg;
    }
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        const bool is_vehicle = (ph->vehicle_sg & bit32(i)) != 0;
        const bool is_ped = (ph->ped_sg & bit32(i)) != 0;
        has_number = has_number || (is_vehicle && p->sg[i].phase_id == ph->phase_id);
        const bool is_misplaced = (is_vehicle && p->safety.sg_type[i] == SG_PEDESTRIAN) ||
                                  (is_ped && p->safety.sg_type[i] != SG_PEDESTRIAN);
        if (is_misplaced) {
            diag_rule(r->diag, RULE_PHASE_GROUP,
                      reader_at(n, is_vehicle ? "groups" : "pedestrians"),
                      "phase %d: %s belongs under %s", ph->phase_id, name_of(r, i),
                      is_vehicle ? "pedestrians" : "groups");
        } else if ((is_vehicle || is_ped) && (others & bit32(i)) != 0) {
            diag_rule(r->diag, RULE_PHASE_GROUP,
                      reader_at(n, is_vehicle ? "groups" : "pedestrians"),
                      "%s already belongs to another phase", name_of(r, i));
        }
    }
    if (!has_number) {
        diag_rule(r->diag, RULE_PHASE_NUMBER, reader_at(n, "groups"),
                  "no group of phase %d has phase: %d in safety.yaml", ph->phase_id, ph->phase_id);
    }
}

static void check_phase_times(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct phase *ph = &p->phase[ix];
    const struct yaml_node *n = r->names[REF_PHASE].node[ix];
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        const int32_t least_ms = p->safety.min_green_ms[i];
        if ((ph->vehicle_sg & bit32(i)) != 0 && ph->min_green_ms < least_ms) {
            diag_rule(r->diag, RULE_PLAN_LOWERS, reader_at(n, "min_green_s"),
                      "phase %d: minimum green %s s is below the %s s of %s in safety.yaml",
                      ph->phase_id, seconds_of(ph->min_green_ms).s, seconds_of(least_ms).s,
                      name_of(r, i));
        }
        if ((ph->ped_sg & bit32(i)) != 0 && ph->walk_ms < least_ms) {
            diag_rule(r->diag, RULE_PLAN_LOWERS, reader_at(n, "walk_s"),
                      "phase %d: walk %s s is below the %s s of %s in safety.yaml", ph->phase_id,
                      seconds_of(ph->walk_ms).s, seconds_of(least_ms).s, name_of(r, i));
        }
    }
    static const char *const keys[] = { "max_green_s", "max_green_2_s", "max_green_3_s" };
    for (uint32_t k = 0; k < 3; k++) {
        if (yaml_get(n, keys[k]) != NULL && ph->max_green_ms[k] < ph->min_green_ms) {
            diag_rule(r->diag, RULE_MAX_BELOW_MIN, reader_at(n, keys[k]),
                      "phase %d: %s is below the minimum green %s s", ph->phase_id, keys[k],
                      seconds_of(ph->min_green_ms).s);
        }
    }
    if (ph->min_gap_ms > ph->passage_ms) {
        diag_rule(r->diag, RULE_DENSITY, reader_at(n, "min_gap_s"),
                  "phase %d: the minimum gap is above the passage %s s", ph->phase_id,
                  seconds_of(ph->passage_ms).s);
    }
    if (ph->added_initial_ms > ph->max_initial_ms) {
        diag_rule(r->diag, RULE_DENSITY, reader_at(n, "added_initial_s"),
                  "phase %d: one added initial is above the maximum initial %s s", ph->phase_id,
                  seconds_of(ph->max_initial_ms).s);
    }
}

/* Phases of two rings in one barrier group may be on together, with everything that they open. */
static void check_phase_pairs(struct reader *r)
{
    const struct plan *p = r->plan;
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *a = &p->phase[i];
        const sg_mask_t open_a = a->vehicle_sg | a->ped_sg;
        uint32_t x = 0;
        uint32_t y = 0;
        if (find_conflict(p, open_a, open_a, &x, &y)) {
            diag_rule(r->diag, RULE_PHASES_CONFLICT,
                      reader_at(r->names[REF_PHASE].node[i], "groups"),
                      "phase %d opens %s and %s, which conflict", a->phase_id, name_of(r, x),
                      name_of(r, y));
        }
        for (int32_t k = i + 1; k < p->phase_count; k++) {
            const struct phase *b = &p->phase[k];
            const bool is_together = a->ring_ix >= 0 && b->ring_ix >= 0 &&
                                     a->ring_ix != b->ring_ix && a->barrier_ix == b->barrier_ix;
            if (is_together && find_conflict(p, open_a, b->vehicle_sg | b->ped_sg, &x, &y)) {
                diag_rule(r->diag, RULE_PHASES_CONFLICT, yaml_key_at(r->names[REF_PHASE].node[k]),
                          "phases %d and %d may run together, but %s and %s conflict", a->phase_id,
                          b->phase_id, name_of(r, x), name_of(r, y));
            }
        }
    }
}

static void check_overlap(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct overlap *o = &p->overlap[ix];
    const struct yaml_node *n = r->names[REF_OVERLAP].node[ix];
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        uint32_t a = 0;
        uint32_t b = 0;
        if (((ph->vehicle_sg | ph->ped_sg) & o->sg) != 0) {
            diag_rule(r->diag, RULE_PHASE_GROUP, reader_at(n, "groups"),
                      "overlap %s has a group of phase %d", o->name, ph->phase_id);
        }
        if ((o->parents & bit32(i)) != 0 &&
            find_conflict(p, o->sg, ph->vehicle_sg | ph->ped_sg, &a, &b)) {
            diag_rule(r->diag, RULE_OVERLAP_BAD, reader_at(n, "parents"),
                      "overlap %s follows phase %d, but %s and %s conflict", o->name, ph->phase_id,
                      name_of(r, a), name_of(r, b));
        }
    }
    const bool has_modifiers = o->modifiers != 0;
    if (has_modifiers != (o->kind == OVERLAP_MINUS_GREEN_YELLOW)) {
        diag_rule(r->diag, RULE_OVERLAP_BAD, reader_at(n, has_modifiers ? "modifiers" : "kind"),
                  "overlap %s: modifiers go with kind: minus_green_yellow", o->name);
    }
}

static void check_relation(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct relation *rel = &p->relation[ix];
    const struct yaml_node *n = r->relation[ix];
    if (rel->sg_a_ix < 0 || rel->sg_b_ix < 0) {
        return;
    }
    const uint32_t a = (uint32_t)rel->sg_a_ix;
    const uint32_t b = (uint32_t)rel->sg_b_ix;
    if (a == b) {
        diag_rule(r->diag, RULE_RELATION_BAD, reader_at(n, "then"), "%s with itself",
                  name_of(r, a));
    } else if (safety_conflict(&p->safety, a, b)) {
        diag_rule(r->diag, RULE_RELATION_BAD, reader_at(n, "then"),
                  "%s and %s conflict and are never green together", name_of(r, a), name_of(r, b));
    } else if (rel->kind != RELATION_SAME_START && rel->time_ms == 0) {
        diag_rule(r->diag, RULE_RELATION_BAD, reader_at(n, "time_s"), "this relation needs a time");
    } else if (rel->kind == RELATION_SAME_START && rel->time_ms != 0) {
        diag_rule(r->diag, RULE_RELATION_BAD, reader_at(n, "time_s"), "same_start has no time");
    }
}

static void check_kind(struct reader *r)
{
    const struct plan *p = r->plan;
    const struct yaml_node *root = r->doc[FILE_PLAN]->root;
    if (p->stage_count == 0 && p->phase_count == 0) {
        const struct diag_at top = { .file = r->doc[FILE_PLAN]->path, .line = 0, .column = 0 };
        diag_rule(r->diag, RULE_STAGES_OR_PHASES, top, "neither stages nor phases");
    } else if (p->stage_count > 0 && p->phase_count > 0) {
        diag_rule(r->diag, RULE_STAGES_OR_PHASES, yaml_key_at(yaml_get(root, "phases")),
                  "both stages and phases");
    }
    static const char *const ring_keys[] = { "rings", "startup_phases", "overlaps" };
    for (uint32_t i = 0; i < 3 && p->phase_count == 0 && p->stage_count > 0; i++) {
        const struct yaml_node *n = yaml_get(root, ring_keys[i]);
        if (n != NULL) {
            diag_rule(r->diag, RULE_NOT_FOR_THIS_PLAN, yaml_key_at(n), "'%s' belongs to ring plans",
                      n->key);
        }
    }
    const struct yaml_node *stage = yaml_get(root, "startup_stage");
    if (stage != NULL && p->phase_count > 0) {
        diag_rule(r->diag, RULE_NOT_FOR_THIS_PLAN, yaml_key_at(stage),
                  "'startup_stage' belongs to stage plans");
    }
}

static void check_startup_phases(struct reader *r)
{
    const struct plan *p = r->plan;
    uint32_t rings = 0;
    int32_t barrier_ix = -1;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        if ((p->startup_phases & bit32(i)) == 0 || ph->ring_ix < 0) {
            continue;
        }
        const bool is_bad = (rings & bit32((uint32_t)ph->ring_ix)) != 0 ||
                            (barrier_ix >= 0 && barrier_ix != ph->barrier_ix);
        if (is_bad) {
            diag_rule(r->diag, RULE_STARTUP_FIRST,
                      reader_at(r->doc[FILE_PLAN]->root, "startup_phases"),
                      "phase %d cannot begin together with the others", ph->phase_id);
        }
        rings |= bit32((uint32_t)ph->ring_ix);
        barrier_ix = ph->barrier_ix;
    }
}

void check_sequence(struct reader *r)
{
    const struct plan *p = r->plan;
    check_kind(r);
    for (int32_t i = 0; i < p->stage_count; i++) {
        check_stage(r, i);
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        check_phase_groups(r, i);
        check_phase_times(r, i);
    }
    if (!r->rings_are_broken) {
        check_phase_pairs(r);
        check_startup_phases(r);
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        check_overlap(r, i);
    }
    for (int32_t i = 0; i < p->relation_count; i++) {
        check_relation(r, i);
    }
    check_groups_open(r);
}
