/* plan.yaml without its calendar: stages, phases, rings, overlaps, relations, timing plans, ladder.
 */
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "read.h"

enum { MIN_DEFAULT = -1 };

static int32_t largest_of(const int32_t *value, sg_mask_t sg)
{
    int32_t most = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        if ((sg & bit32(i)) != 0) {
            most = max_i32(most, value[i]);
        }
    }
    return most;
}

static void read_stage(struct reader *r, uint32_t ix)
{
    struct stage *stage = &r->plan->stage[ix];
    const struct yaml_node *node = r->names[REF_STAGE].node[ix];
    (void)snprintf(stage->name, sizeof stage->name, "%s", r->names[REF_STAGE].name[ix]);
    fields_read(r, node, SHAPE_STAGE, stage, 0);
    if ((stage->sg & stage->on_demand) != 0) {
        diag_rule(r->diag, RULE_STAGE_TWICE, reader_at(node, "on_demand"),
                  "stage %s has a group both in groups and in on_demand", stage->name);
    }
    stage->sg |= stage->on_demand;
}

static void read_phase(struct reader *r, uint32_t ix)
{
    struct phase *ph = &r->plan->phase[ix];
    const struct safety *s = &r->plan->safety;
    const struct yaml_node *node = r->names[REF_PHASE].node[ix];
    const char *number = r->names[REF_PHASE].name[ix];
    ph->ring_ix = -1;
    ph->barrier_ix = -1;
    (void)snprintf(ph->name, sizeof ph->name, "%s", number);
    if (decimal_parse(number, 0, &ph->phase_id) != DECIMAL_OK || ph->phase_id < 1 ||
        ph->phase_id > PHASE_MAX) {
        diag_rule(r->diag, RULE_NUMBER_RANGE, yaml_key_at(node),
                  "phase '%.20s': phases are numbered 1 to %d", number, PHASE_MAX);
    }
    ph->min_green_ms = MIN_DEFAULT;
    ph->walk_ms = MIN_DEFAULT;
    fields_read(r, node, SHAPE_PHASE, ph, 0);
    ph->options |= PHASE_ENABLED;
    if (ph->min_green_ms == MIN_DEFAULT) {
        ph->min_green_ms = largest_of(s->min_green_ms, ph->vehicle_sg);
    }
    if (ph->walk_ms == MIN_DEFAULT) {
        ph->walk_ms = largest_of(s->min_green_ms, ph->ped_sg);
    }
    for (uint32_t i = 1; i < 3; i++) {
        ph->max_green_ms[i] = ph->max_green_ms[i] > 0 ? ph->max_green_ms[i] : ph->max_green_ms[0];
    }
}

/* "1 2 | 3 4": phases of one ring in order. places[] receives the barrier of each phase found. */
static bool read_ring(struct reader *r, const struct yaml_node *node, struct ring_order *order,
                      int32_t barrier_of[PHASE_MAX], int32_t *barriers)
{
    int32_t barrier_ix = 0;
    bool is_good = node->kind == YAML_SCALAR && !node->is_refused;
    for (const char *p = node->text; is_good && *p != '\0';) {
        const size_t length = strcspn(p, " |");
        if (*p == ' ') {
            p++;
        } else if (*p == '|') {
            p++;
            barrier_ix++;
            is_good = barrier_ix < BARRIER_MAX;
        } else {
            char word[NAME_MAX_BYTES];
            (void)snprintf(word, sizeof word, "%.*s", (int)min_i32((int32_t)length, 20), p);
            const int32_t ix = name_need(r, REF_PHASE, node, word, RULE_RINGS_BAD);
            if (ix >= 0 && (barrier_of[ix] >= 0 || order->count >= PHASE_MAX)) {
                diag_rule(r->diag, RULE_RINGS_BAD, yaml_at(node), "phase %s stands twice", word);
            } else if (ix >= 0) {
                order->phase_ix[order->count] = ix;
                order->count++;
                barrier_of[ix] = barrier_ix;
            }
            p += length;
        }
    }
    if (!is_good) {
        diag_rule(r->diag, RULE_RINGS_BAD, yaml_at(node),
                  "a ring is written \"1 2 | 3 4\", at most %d barriers", BARRIER_MAX);
    }
    *barriers = barrier_ix + 1;
    return is_good;
}

/* All rings of the junction or of one timing plan. ring_of and barrier_of by phase, -1 where not
 * named. */
static int32_t read_rings(struct reader *r, const struct yaml_node *list,
                          struct ring_order ring[RING_MAX], int32_t ring_of[PHASE_MAX],
                          int32_t barrier_of[PHASE_MAX])
{
    int32_t ring_ix = 0;
    int32_t first_barriers = 0;
    for (int32_t i = 0; i < PHASE_MAX; i++) {
        ring_of[i] = -1;
        barrier_of[i] = -1;
    }
    for (const struct yaml_node *n = list->child; n != NULL && ring_ix < RING_MAX; n = n->next) {
        int32_t barriers = 0;
        ring[ring_ix].count = 0;
        (void)read_ring(r, n, &ring[ring_ix], barrier_of, &barriers);
        for (int32_t k = 0; k < ring[ring_ix].count; k++) {
            ring_of[ring[ring_ix].phase_ix[k]] = ring_ix;
        }
        if (ring_ix == 0) {
            first_barriers = barriers;
        } else if (barriers != first_barriers) {
            diag_rule(r->diag, RULE_RINGS_BARRIERS, yaml_at(n),
                      "ring %d has %d barrier group%s, ring 1 has %d", ring_ix + 1, barriers,
                      barriers == 1 ? "" : "s", first_barriers);
        }
        ring_ix++;
    }
    for (int32_t i = 0; i < r->names[REF_PHASE].count; i++) {
        if (ring_of[i] < 0) {
            diag_rule(r->diag, RULE_RINGS_BAD, yaml_at(list), "phase %s is in no ring",
                      r->names[REF_PHASE].name[i]);
        }
    }
    return first_barriers;
}

static void place_phases(struct reader *r, const struct yaml_node *root,
                         struct ring_order ring[RING_MAX])
{
    struct plan *p = r->plan;
    int32_t ring_of[PHASE_MAX];
    int32_t barrier_of[PHASE_MAX];
    const struct yaml_node *list = field_list(r, root, SHAPE_PLAN, "rings");
    if (list == NULL) {
        if (p->phase_count > 0 && yaml_get(root, "rings") == NULL) {
            diag_rule(r->diag, RULE_RINGS_BAD, yaml_key_at(yaml_get(root, "phases")),
                      "phases need rings: [\"1 2 | 3 4\", \"5 6 | 7 8\"]");
        }
        return;
    }
    const uint32_t errors = r->diag->errors;
    r->barrier_count = read_rings(r, list, ring, ring_of, barrier_of);
    r->rings_are_broken = r->diag->errors > errors;
    for (int32_t i = 0; i < p->phase_count; i++) {
        p->phase[i].ring_ix = ring_of[i];
        p->phase[i].barrier_ix = barrier_of[i];
    }
    if (p->startup_phases == 0) {
        for (int32_t i = 0; i < RING_MAX; i++) {
            const bool is_first = ring[i].count > 0 && barrier_of[ring[i].phase_ix[0]] == 0;
            p->startup_phases |= is_first ? bit32((uint32_t)ring[i].phase_ix[0]) : 0;
        }
    }
}

static void read_overlap(struct reader *r, uint32_t ix)
{
    struct overlap *o = &r->plan->overlap[ix];
    (void)snprintf(o->name, sizeof o->name, "%s", r->names[REF_OVERLAP].name[ix]);
    fields_read(r, r->names[REF_OVERLAP].node[ix], SHAPE_OVERLAP, o, 0);
}

static void read_steps(struct reader *r, const struct yaml_node *node, struct pattern *pt,
                       int32_t pattern_ix)
{
    const struct plan *p = r->plan;
    const struct yaml_node *list = field_list(r, node, SHAPE_PATTERN, "steps");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct pattern_step *step = &pt->step[pt->step_count];
        r->step[pattern_ix][pt->step_count] = n;
        step->stage_ix = -1;
        fields_read(r, n, SHAPE_STEP, step, 0);
        if (yaml_get(n, "min_s") == NULL && step->stage_ix >= 0) {
            const struct stage *stage = &p->stage[step->stage_ix];
            step->min_ms = largest_of(p->safety.min_green_ms, stage->sg & ~stage->on_demand);
        }
        if (yaml_get(n, "max_s") == NULL) {
            step->max_ms = step->duration_ms;
        }
        pt->step_count++;
    }
}

static void read_splits(struct reader *r, const struct yaml_node *node, struct pattern *pt)
{
    const struct yaml_node *splits = field_map(r, node, SHAPE_PATTERN, "splits");
    for (const struct yaml_node *n = splits != NULL ? splits->child : NULL; n != NULL;
         n = n->next) {
        const int32_t ix = name_need(r, REF_PHASE, n, n->key, RULE_NAME_UNKNOWN);
        if (ix >= 0 && n->kind == YAML_SCALAR && !n->is_refused) {
            (void)number_read(r, n, n->text, field_find(SHAPE_PATTERN, "splits"),
                              &pt->split_ms[ix]);
        } else if (n->kind != YAML_SCALAR) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(n), "splits: seconds are wanted");
        }
    }
    const struct yaml_node *modes = field_map(r, node, SHAPE_PATTERN, "split_modes");
    for (const struct yaml_node *n = modes != NULL ? modes->child : NULL; n != NULL; n = n->next) {
        const int32_t ix = name_need(r, REF_PHASE, n, n->key, RULE_NAME_UNKNOWN);
        const int32_t mode = word_find(words_split_mode, n->text);
        if (mode < 0 && !n->is_refused) {
            diag_rule(r->diag, RULE_WORD_UNKNOWN, yaml_at(n), "'%.40s' is no split mode", n->text);
        } else if (ix >= 0 && mode >= 0) {
            pt->split_mode[ix] = mode;
        }
    }
}

static void read_pattern_rings(struct reader *r, const struct yaml_node *node, struct pattern *pt,
                               int32_t pattern_ix, const struct ring_order standard[RING_MAX])
{
    memcpy(pt->ring, standard, sizeof pt->ring);
    const struct yaml_node *list = field_list(r, node, SHAPE_PATTERN, "rings");
    if (list == NULL) {
        return;
    }
    r->pattern_has_rings[pattern_ix] = true;
    memset(pt->ring, 0, sizeof pt->ring);
    int32_t ring_of[PHASE_MAX];
    int32_t barrier_of[PHASE_MAX];
    (void)read_rings(r, list, pt->ring, ring_of, barrier_of);
    for (int32_t i = 0; i < r->plan->phase_count; i++) {
        const struct phase *ph = &r->plan->phase[i];
        if (ring_of[i] >= 0 && (ring_of[i] != ph->ring_ix || barrier_of[i] != ph->barrier_ix)) {
            diag_rule(r->diag, RULE_RINGS_BARRIERS, yaml_at(list),
                      "phase %d leaves its ring or barrier", ph->phase_id);
        }
    }
}

static void read_pattern(struct reader *r, uint32_t ix, const struct ring_order ring[RING_MAX])
{
    struct pattern *pt = &r->plan->pattern[ix];
    const struct yaml_node *node = r->names[REF_PATTERN].node[ix];
    (void)snprintf(pt->name, sizeof pt->name, "%s", r->names[REF_PATTERN].name[ix]);
    pt->strategy = STRATEGY_FIXED;
    fields_read(r, node, SHAPE_PATTERN, pt, 0);
    pt->max_set -= 1;
    int32_t force_off = 0;
    (void)field_read_one(r, node, SHAPE_PATTERN, "force_off", &force_off);
    pt->force_off_is_floating = force_off == 1;
    r->reference_stage_ix[ix] = -1;
    (void)field_read_one(r, node, SHAPE_PATTERN, "reference_stage", &r->reference_stage_ix[ix]);
    read_steps(r, node, pt, (int32_t)ix);
    for (int32_t i = pt->step_count - 1; i >= 0; i--) {
        if (pt->step[i].stage_ix == r->reference_stage_ix[ix]) {
            pt->coord_step_ix = i;
        }
    }
    if (r->reference_stage_ix[ix] < 0) {
        pt->coord_step_ix = 0;
    }
    read_splits(r, node, pt);
    read_pattern_rings(r, node, pt, (int32_t)ix, ring);
}

static void read_relations(struct reader *r, const struct yaml_node *root)
{
    struct plan *p = r->plan;
    const struct yaml_node *list = field_list(r, root, SHAPE_PLAN, "relations");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct relation *rel = &p->relation[p->relation_count];
        r->relation[p->relation_count] = n;
        rel->sg_a_ix = -1;
        rel->sg_b_ix = -1;
        fields_read(r, n, SHAPE_RELATION, rel, 0);
        p->relation_count++;
    }
}

void plan_read(struct reader *r)
{
    struct plan *p = r->plan;
    const struct yaml_node *root = r->doc[FILE_PLAN]->root;
    struct ring_order ring[RING_MAX];
    memset(ring, 0, sizeof ring);
    (void)snprintf(p->zone, sizeof p->zone, "Europe/Istanbul");
    fields_read(r, root, SHAPE_PLAN, p, 0);
    p->stage_count = r->names[REF_STAGE].count;
    for (int32_t ix = 0; ix < p->stage_count; ix++) {
        read_stage(r, (uint32_t)ix);
    }
    p->phase_count = r->names[REF_PHASE].count;
    for (int32_t ix = 0; ix < p->phase_count; ix++) {
        read_phase(r, (uint32_t)ix);
    }
    place_phases(r, root, ring);
    p->overlap_count = r->names[REF_OVERLAP].count;
    for (int32_t ix = 0; ix < p->overlap_count; ix++) {
        read_overlap(r, (uint32_t)ix);
    }
    read_relations(r, root);
    p->pattern_count = r->names[REF_PATTERN].count;
    for (int32_t ix = 0; ix < p->pattern_count; ix++) {
        read_pattern(r, (uint32_t)ix, ring);
    }
    p->ladder.fallback_pattern_ix = -1;
    fields_read(r, field_map(r, root, SHAPE_PLAN, "ladder"), SHAPE_LADDER, &p->ladder, 0);
    schedule_read(r);
}
