/* safety.yaml to struct safety: groups, lamps, intergreens. */
#include <stdio.h>
#include <string.h>

#include "defaults.h"
#include "read.h"

static int32_t flash_word_to_aspect(int32_t word)
{
    static const int32_t aspects[] = { ASPECT_DARK, ASPECT_FLASH_YELLOW, ASPECT_FLASH_RED };
    return word >= 0 && word < 3 ? aspects[word] : ASPECT_DARK;
}

/* Keys that a type does not have are refused, so that nobody believes they do something. */
static void refuse_keys(struct reader *r, const struct yaml_node *group, const char *const *keys,
                        const char *why)
{
    for (; *keys != NULL; keys++) {
        const struct yaml_node *n = yaml_get(group, *keys);
        if (n != NULL) {
            diag_rule(r->diag, RULE_KEY_NOT_FOR_TYPE, yaml_key_at(n), "'%s' is %s", *keys, why);
        }
    }
}

static void read_pedestrian(struct reader *r, const struct yaml_node *group, uint32_t ix)
{
    static const char *const not_for_ped[] = { "min_green_s", "green_flash_s", "yellow_s",
                                               "red_yellow_s", NULL };
    struct safety *s = &r->plan->safety;
    refuse_keys(r, group, not_for_ped, "not for pedestrians; they have min_walk_s and clearance_s");
    (void)field_read_one(r, group, SHAPE_GROUP, "min_walk_s", &s->min_green_ms[ix]);
    int32_t length_cm = 0;
    int32_t speed_cmps = defaults_limits(s->profile)->walking_speed_cmps;
    (void)field_read_one(r, group, SHAPE_GROUP, "length_m", &length_cm);
    (void)field_read_one(r, group, SHAPE_GROUP, "walking_speed_mps", &speed_cmps);
    r->ped_length_cm[ix] = length_cm;
    r->walking_speed_cmps[ix] = speed_cmps;
    s->green_flash_ms[ix] = 0;
    s->yellow_ms[ix] = 0;
    s->red_yellow_ms[ix] = 0;
    if (yaml_get(group, "clearance_s") == NULL) {
        /* Up to the next tick: a tenth of a second too long is fine, too short is not. */
        const int32_t exact_ms = (length_cm * 1000 + speed_cmps - 1) / speed_cmps;
        s->ped_clear_ms[ix] = (exact_ms + TICK_MS - 1) / TICK_MS * TICK_MS;
    }
}

static void read_lamps(struct reader *r, const struct yaml_node *group, uint32_t ix)
{
    struct lamp_map *lamps = &r->plan->safety.lamps;
    const struct yaml_node *driven = field_map(r, group, SHAPE_GROUP, "lamps");
    fields_read(r, driven, SHAPE_LAMPS, lamps->output[ix], 0);
    const struct yaml_node *sensed = field_map(r, group, SHAPE_GROUP, "sensed");
    fields_read(r, sensed, SHAPE_LAMPS, lamps->sensed[ix], 0);
    if (sensed == NULL) {
        memcpy(lamps->sensed[ix], lamps->output[ix], sizeof lamps->sensed[ix]);
    }
}

static void read_group(struct reader *r, uint32_t ix)
{
    static const char *const ped_only[] = { "min_walk_s", "length_m", "walking_speed_mps",
                                            "clearance_s", NULL };
    struct safety *s = &r->plan->safety;
    const struct yaml_node *group = r->names[REF_GROUP].node[ix];
    int32_t type = SG_VEHICLE;
    const struct yaml_node *said = yaml_get(group, "type");
    if (said != NULL && word_find(words_sg_type, said->text) >= 0) {
        type = word_find(words_sg_type, said->text);
    }
    const struct group_defaults *d = defaults_of(s->profile, type);
    s->min_green_ms[ix] = d->min_green_ms;
    s->green_flash_ms[ix] = d->green_flash_ms;
    s->yellow_ms[ix] = d->yellow_ms;
    s->red_yellow_ms[ix] = d->red_yellow_ms;
    s->min_red_ms[ix] = d->min_red_ms;
    s->flash_aspect[ix] = -1;
    fields_read(r, group, SHAPE_GROUP, s, ix);
    s->sg_type[ix] = type;
    s->flash_aspect[ix] =
        s->flash_aspect[ix] < 0 ? d->flash_aspect : flash_word_to_aspect(s->flash_aspect[ix]);
    if (type == SG_PEDESTRIAN) {
        read_pedestrian(r, group, ix);
    } else {
        refuse_keys(r, group, ped_only, "for pedestrians only");
        s->ped_clear_ms[ix] = 0;
    }
    if (yaml_get(group, "preempt_min_green_s") == NULL) {
        s->preempt_min_green_ms[ix] = s->min_green_ms[ix];
    }
    read_lamps(r, group, ix);
    struct sg *sg = &r->plan->sg[ix];
    (void)snprintf(sg->name, sizeof sg->name, "%s", r->names[REF_GROUP].name[ix]);
    (void)field_read_one(r, group, SHAPE_GROUP, "phase", &sg->phase_id);
}

static void read_cell(struct reader *r, const struct yaml_node *n, int32_t row, int32_t column)
{
    struct safety *s = &r->plan->safety;
    struct cell cell = { .s_ms = 0, .together = 0 };
    if (n->kind == YAML_SCALAR) {
        if (n->is_refused || !number_read(r, n, n->text, field_find(SHAPE_CELL, "s"), &cell.s_ms)) {
            return;
        }
    } else {
        fields_read(r, n, SHAPE_CELL, &cell, 0);
    }
    s->intergreen_ms[row][column] = cell.s_ms;
    if (cell.together == 1) {
        s->permissive[row] = (int32_t)((uint32_t)s->permissive[row] | bit32((uint32_t)column));
    }
    r->has_cell[row][column] = true;
    r->cell[row][column] = n;
}

static void read_matrix(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *matrix = field_map(r, root, SHAPE_SAFETY, "intergreen");
    for (const struct yaml_node *m = matrix != NULL ? matrix->child : NULL; m != NULL;
         m = m->next) {
        const int32_t row = name_need(r, REF_GROUP, m, m->key, RULE_NAME_UNKNOWN);
        if (m->kind != YAML_MAP) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(m),
                      "intergreen of %s: a mapping of groups to seconds is wanted", m->key);
            continue;
        }
        for (const struct yaml_node *n = m->child; n != NULL; n = n->next) {
            const int32_t column = name_need(r, REF_GROUP, n, n->key, RULE_NAME_UNKNOWN);
            if (row >= 0 && column >= 0) {
                read_cell(r, n, row, column);
            }
        }
    }
}

void safety_read(struct reader *r)
{
    const struct yaml_node *root = r->doc[FILE_SAFETY]->root;
    struct safety *s = &r->plan->safety;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        for (uint32_t j = 0; j < SG_MAX; j++) {
            s->intergreen_ms[i][j] = NO_CONFLICT_MS;
        }
        for (uint32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            s->lamps.output[i][lamp] = -1;
            s->lamps.sensed[i][lamp] = -1;
        }
    }
    fields_read(r, root, SHAPE_SAFETY, r->plan, 0);
    fields_read(r, field_map(r, root, SHAPE_SAFETY, "startup"), SHAPE_STARTUP, s, 0);
    s->sg_count = r->names[REF_GROUP].count;
    r->plan->sg_count = s->sg_count;
    for (int32_t ix = 0; ix < s->sg_count; ix++) {
        read_group(r, (uint32_t)ix);
    }
    read_matrix(r, root);
}
