/* lanes.yaml to lanes, movements and detectors. */
#include <stdio.h>
#include <string.h>

#include "read.h"

/* Both ways out of a fault of a push button are slower than those of a loop: people come at night
 * too. */
enum { LOOP_SILENT_MIN = 360, BUTTON_SILENT_MIN = 1440, LOOP_HELD_MIN = 20, BUTTON_HELD_MIN = 10 };

static void read_lane(struct reader *r, uint32_t ix)
{
    struct lane *lane = &r->plan->lane[ix];
    (void)snprintf(lane->name, sizeof lane->name, "%s", r->names[REF_LANE].name[ix]);
    fields_read(r, r->names[REF_LANE].node[ix], SHAPE_LANE, lane, 0);
}

static void read_movement(struct reader *r, const struct yaml_node *node, struct movement *m)
{
    m->lane_ix = -1;
    fields_read(r, node, SHAPE_MOVEMENT, m, 0);
    struct movement_exit e;
    memset(&e, 0, sizeof e);
    e.detector_ix = -1;
    fields_read(r, field_map(r, node, SHAPE_MOVEMENT, "exit"), SHAPE_EXIT, &e, 0);
    const char *slash = strchr(e.to, '/');
    if (e.to[0] != '\0' &&
        (slash == NULL || slash == e.to || strchr(slash + 1, '/') != NULL || slash[1] == '\0')) {
        diag_rule(r->diag, RULE_TEXT_BAD, reader_at(yaml_get(node, "exit"), "to"),
                  "to: write junction/lane, for example cay-deresi/n1");
    }
    (void)snprintf(m->exit, sizeof m->exit, "%.*s", NAME_MAX_BYTES - 1, e.to);
    m->exit_length_cm = e.length_cm;
    m->exit_speed_cmps = e.speed_cmps;
    m->exit_detector_ix = e.detector_ix;
}

static void read_detector(struct reader *r, uint32_t ix)
{
    struct detector *d = &r->plan->detector[ix];
    const struct yaml_node *node = r->names[REF_DETECTOR].node[ix];
    (void)snprintf(d->name, sizeof d->name, "%s", r->names[REF_DETECTOR].name[ix]);
    fields_read(r, node, SHAPE_DETECTOR, d, 0);
    const bool is_button = d->type == DETECTOR_BUTTON;
    if (yaml_get(node, "no_activity_minutes") == NULL) {
        d->no_activity_ms = (is_button ? BUTTON_SILENT_MIN : LOOP_SILENT_MIN) * 60000;
    }
    if (yaml_get(node, "max_presence_minutes") == NULL) {
        d->max_presence_ms = (is_button ? BUTTON_HELD_MIN : LOOP_HELD_MIN) * 60000;
    }
}

void lanes_read(struct reader *r)
{
    struct plan *p = r->plan;
    const struct yaml_node *root = r->doc[FILE_LANES]->root;
    fields_read(r, root, SHAPE_LANES, p, 0);
    p->lane_count = r->names[REF_LANE].count;
    for (int32_t ix = 0; ix < p->lane_count; ix++) {
        read_lane(r, (uint32_t)ix);
    }
    const struct yaml_node *list = field_list(r, root, SHAPE_LANES, "movements");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        r->movement[p->movement_count] = n;
        read_movement(r, n, &p->movement[p->movement_count]);
        p->movement_count++;
    }
    p->detector_count = r->names[REF_DETECTOR].count;
    for (int32_t ix = 0; ix < p->detector_count; ix++) {
        read_detector(r, (uint32_t)ix);
    }
}
