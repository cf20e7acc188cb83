/* The four files of a junction and sumo.csv, as an engineer would write them: names, seconds with
 * one decimal, one line for each thing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_sumo_parts.h"
#include "read.h"

static const char *profile_name(int32_t profile)
{
    return words_profile[profile];
}

/* ", key: [A, B]" of the groups in a mask; nothing for none. */
static void put_groups(FILE *f, const struct plan *p, const char *key, sg_mask_t mask)
{
    const char *between = "";
    if (mask == 0) {
        return;
    }
    (void)fprintf(f, ", %s: [", key);
    for (uint32_t left = mask; left != 0; left &= left - 1) {
        (void)fprintf(f, "%s%s", between, p->sg[lowest_bit(left)].name);
        between = ", ";
    }
    (void)fputs("]", f);
}

/* ---- safety.yaml ---- */

static void put_group(FILE *f, const struct import_light *l, int32_t g)
{
    const struct safety *s = &l->plan.safety;
    const int32_t *lamp = s->lamps.output[g];
    (void)fprintf(f, "  %s: {type: %s, phase: %d", l->plan.sg[g].name, words_sg_type[s->sg_type[g]],
                  (int)l->plan.sg[g].phase_id);
    if (s->sg_type[g] == SG_PEDESTRIAN) {
        (void)fprintf(f, ", min_walk_s: %s, length_m: %d.%02d, clearance_s: %s",
                      seconds_of(s->min_green_ms[g]).s, (int)(l->ped_length_cm[g] / 100),
                      (int)(l->ped_length_cm[g] % 100), seconds_of(s->ped_clear_ms[g]).s);
    } else {
        (void)fprintf(f, ", min_green_s: %s, yellow_s: %s, red_yellow_s: %s",
                      seconds_of(s->min_green_ms[g]).s, seconds_of(s->yellow_ms[g]).s,
                      seconds_of(s->red_yellow_ms[g]).s);
    }
    (void)fprintf(f, ", max_red_s: %s, lamps: {red: %d", seconds_of(s->max_red_ms[g]).s,
                  (int)lamp[LAMP_RED]);
    if (lamp[LAMP_YELLOW] >= 0) {
        (void)fprintf(f, ", yellow: %d", (int)lamp[LAMP_YELLOW]);
    }
    (void)fprintf(f, ", green: %d}}\n", (int)lamp[LAMP_GREEN]);
}

static void put_matrix(FILE *f, const struct plan *p)
{
    const struct safety *s = &p->safety;
    bool has_head = false;
    for (uint32_t a = 0; a < (uint32_t)p->sg_count; a++) {
        const char *between = "";
        for (uint32_t b = 0; b < (uint32_t)p->sg_count; b++) {
            if (s->intergreen_ms[a][b] < 0) {
                continue;
            }
            if (!has_head) {
                (void)fputs("\n# Row ends, column begins; seconds from end of green to start of "
                            "green. Pairs are those whose traffic\n# meets in the network.\n"
                            "intergreen:\n",
                            f);
                has_head = true;
            }
            if (between[0] == '\0') {
                (void)fprintf(f, "  %s: {", p->sg[a].name);
            }
            const bool is_permissive = ((uint32_t)s->permissive[a] & bit32(b)) != 0;
            const struct seconds_text seconds = seconds_of(s->intergreen_ms[a][b]);
            (void)fprintf(f, is_permissive ? "%s%s: {s: %s, together: permissive}" : "%s%s: %s",
                          between, p->sg[b].name, seconds.s);
            between = ", ";
        }
        if (between[0] != '\0') {
            (void)fputs("}\n", f);
        }
    }
}

static void put_safety(FILE *f, const struct import_light *l)
{
    const struct plan *p = &l->plan;
    (void)fprintf(
        f,
        "# %s: made of the traffic light \"%s\" of a SUMO network. Times that the network "
        "does not have are\n# defaults of the profile: an engineer checks this file before "
        "it drives lamps.\n",
        p->junction_name, l->light->id);
    (void)fprintf(f, "junction: \"%s\"\nsite_id: %d\nprofile: %s\n\n", p->junction_name,
                  (int)p->safety.site_id, profile_name(p->safety.profile));
    (void)fprintf(f, "startup: {flash_s: %s, yellow_s: %s, all_red_s: %s}\n\ngroups:\n",
                  seconds_of(p->safety.startup_flash_ms).s,
                  seconds_of(p->safety.startup_yellow_ms).s,
                  seconds_of(p->safety.startup_all_red_ms).s);
    for (int32_t g = 0; g < p->sg_count; g++) {
        put_group(f, l, g);
    }
    put_matrix(f, p);
}

/* ---- lanes.yaml ---- */

static int32_t kmh_of(int32_t cmps)
{
    return (cmps * 36 + 500) / 1000;
}

static void put_lane(FILE *f, const struct import_light *l, int32_t ix)
{
    const struct lane *lane = &l->plan.lane[ix];
    (void)fprintf(f,
                  "  %s: {length_m: %d.%02d, speed_kmh: %d, saturation_headway_s: %s, "
                  "approach_deg: %d%s}  # %s\n",
                  lane->name, (int)(lane->length_cm / 100), (int)(lane->length_cm % 100),
                  (int)kmh_of(lane->speed_cmps), seconds_of(lane->saturation_headway_ms).s,
                  (int)lane->approach_deg, lane->turn_on_red ? ", turn_on_red: true" : "",
                  l->net->lane[l->lane_of[ix]].id);
}

static void put_movement(FILE *f, const struct plan *p, const struct movement *m)
{
    static const char *const turns[] = { "through", "left", "right", "u_turn" };
    (void)fprintf(f, "  - {lane: %s, turn: %s", p->lane[m->lane_ix].name, turns[m->turn]);
    put_groups(f, p, "groups", m->sg);
    if (m->share_permille != 1000) {
        (void)fprintf(f, ", share_pct: %d.%d", (int)(m->share_permille / 10),
                      (int)(m->share_permille % 10));
    }
    put_groups(f, p, "yields_to", m->yields_to);
    (void)fputs(", exit: {", f);
    if (m->exit[0] != '\0') {
        (void)fprintf(f, "to: \"%s\", ", m->exit);
    }
    (void)fprintf(f, "length_m: %d.%02d, speed_kmh: %d", (int)(m->exit_length_cm / 100),
                  (int)(m->exit_length_cm % 100), (int)kmh_of(m->exit_speed_cmps));
    if (m->exit_detector_ix >= 0) {
        (void)fprintf(f, ", detector: %s", p->detector[m->exit_detector_ix].name);
    }
    (void)fputs("}}\n", f);
}

static void put_roles(FILE *f, int32_t roles)
{
    static const char *const names[] = { "calls",       "extends",  "counts",
                                         "queue",       "exit",     "added_initial",
                                         "yellow_lock", "red_lock", "box" };
    const char *between = "";
    (void)fputs(", roles: [", f);
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (((uint32_t)roles & bit32(i)) != 0) {
            (void)fprintf(f, "%s%s", between, names[i]);
            between = ", ";
        }
    }
    (void)fputs("]", f);
}

static void put_detector(FILE *f, const struct plan *p, const struct detector *d)
{
    const bool is_camera = d->type == DETECTOR_CAMERA;
    (void)fprintf(f, "  %s: {number: %d", d->name, (int)d->number);
    if (is_camera) {
        (void)fputs(", type: camera", f);
    }
    put_roles(f, d->roles);
    if (d->lane_ix >= 0) {
        (void)fprintf(f, ", lane: %s", p->lane[d->lane_ix].name);
    }
    put_groups(f, p, "groups", d->sg);
    (void)fprintf(f, ", distance_m: %d.%02d, length_m: %d.%02d", (int)(d->distance_cm / 100),
                  (int)(d->distance_cm % 100), (int)(d->length_cm / 100),
                  (int)(d->length_cm % 100));
    /* A zone of a full street is occupied for hours, and that is no fault. */
    (void)fputs(is_camera ? ", max_presence_minutes: 0, erratic_per_minute: 0"
                          : ", max_presence_minutes: 60, erratic_per_minute: 120",
                f);
    (void)fputs((d->roles & DETECTOR_CALLS) != 0 ? ", on_failure: called, failure_hold_s: 10.0}\n"
                                                 : ", on_failure: ignored}\n",
                f);
}

static void put_lanes(FILE *f, const struct import_light *l)
{
    const struct plan *p = &l->plan;
    (void)fprintf(f, "# %s: lanes, movements and detectors, of a SUMO network.\nlanes:\n",
                  p->junction_name);
    for (int32_t i = 0; i < p->lane_count; i++) {
        put_lane(f, l, i);
    }
    (void)fputs("\nmovements:\n", f);
    for (int32_t i = 0; i < p->movement_count; i++) {
        put_movement(f, p, &p->movement[i]);
    }
    (void)fputs("\n# A cabinet could have these: nothing is further than 100 m from the stop "
                "line.\ndetectors:\n",
                f);
    for (int32_t i = 0; i < p->detector_count; i++) {
        put_detector(f, p, &p->detector[i]);
    }
}

/* ---- plan.yaml ---- */

static void put_stage(FILE *f, const struct plan *p, int32_t ix)
{
    const struct stage *s = &p->stage[ix];
    const char *between = "";
    (void)fprintf(f, "  %s: {next: [", s->name);
    for (uint32_t left = s->next; left != 0; left &= left - 1) {
        (void)fprintf(f, "%s%s", between, p->stage[lowest_bit(left)].name);
        between = ", ";
    }
    (void)fputs("]", f);
    put_groups(f, p, "groups", s->sg);
    if (s->recall != 0) {
        (void)fprintf(f, ", recall: [%s%s%s]", (s->recall & RECALL_MIN) != 0 ? "min" : "",
                      (s->recall & (RECALL_MIN | RECALL_PED)) == (RECALL_MIN | RECALL_PED) ? ", "
                                                                                           : "",
                      (s->recall & RECALL_PED) != 0 ? "pedestrian" : "");
    }
    (void)fprintf(f, ", passage_s: %s}\n", seconds_of(s->passage_ms).s);
}

static void put_pattern(FILE *f, const struct plan *p, const struct pattern *pt)
{
    const bool is_fixed = pt->strategy == STRATEGY_FIXED;
    (void)fprintf(f, "  %s:\n    number: %d\n    strategy: %s\n", pt->name, (int)pt->pattern_id,
                  is_fixed                            ? "fixed"
                  : pt->strategy == STRATEGY_ACTUATED ? "actuated"
                                                      : "adaptive");
    if (is_fixed) {
        (void)fprintf(f, "    cycle_s: %s\n    offset_s: %s\n", seconds_of(pt->cycle_ms).s,
                      seconds_of(pt->offset_ms).s);
    }
    (void)fputs("    steps:\n", f);
    for (int32_t i = 0; i < pt->step_count; i++) {
        const struct pattern_step *step = &pt->step[i];
        (void)fprintf(f, "      - {stage: %s", p->stage[step->stage_ix].name);
        if (is_fixed) {
            (void)fprintf(f, ", duration_s: %s}\n", seconds_of(step->duration_ms).s);
        } else {
            (void)fprintf(f, ", min_s: %s, max_s: %s}\n", seconds_of(step->min_ms).s,
                          seconds_of(step->max_ms).s);
        }
    }
}

static void put_plan(FILE *f, const struct import_light *l)
{
    static const char *const days[] = { "monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday" };
    const struct plan *p = &l->plan;
    (void)fprintf(f,
                  "# %s: stages are the green phases of the network's programme; every change from "
                  "one to another is allowed.\nnode: \"%s\"\n\nstages:\n",
                  p->junction_name, p->node);
    for (int32_t i = 0; i < p->stage_count; i++) {
        put_stage(f, p, i);
    }
    (void)fputs("\nplans:\n", f);
    for (int32_t i = 0; i < p->pattern_count; i++) {
        put_pattern(f, p, &p->pattern[i]);
    }
    (void)fputs("\nschedule:\n  days:\n    all: {\"00:00\": adaptive}\n  weeks:\n    normal:\n", f);
    for (uint32_t d = 0; d < sizeof days / sizeof days[0]; d++) {
        (void)fprintf(f, "      %s: all\n", days[d]);
    }
    (void)fputs("  # The plan actuated runs by command; a minute long past counts as its use.\n"
                "  one_off:\n    - {from: \"2000-01-01T00:00+02:00\", until: "
                "\"2000-01-01T00:01+02:00\", plan: actuated}\n",
                f);
    (void)fputs("\nladder: {failed_detectors_pct: 50, step_up_s: 300.0, fallback_plan: "
                "programme}\n",
                f);
}

/* ---- site.yaml and sumo.csv ---- */

static void put_site(FILE *f, const struct import_light *l)
{
    const struct plan *p = &l->plan;
    const char *between = "";
    bool has_camera = false;
    (void)fprintf(f, "# %s: plugged into a simulator.\ncabinet:\n  name: \"%s\"\n  inputs:\n    {",
                  p->junction_name, p->junction_name);
    for (int32_t i = 0; i < p->detector_count; i++) {
        if (p->detector[i].type != DETECTOR_CAMERA) {
            (void)fprintf(f, "%s%s: %d", between, p->detector[i].name, (int)i);
            between = ", ";
        }
    }
    (void)fputs("}\n\nlinks:\n  cabinet: {kind: simulator, duty: cabinet}\n", f);
    for (int32_t i = 0; i < p->detector_count; i++) {
        if (p->detector[i].type == DETECTOR_CAMERA) {
            (void)fprintf(f, "%s  - {detector: %s, format: onvif, topic: \"sumo/%s\", zone: %s}\n",
                          has_camera ? "" : "\ncameras:\n", p->detector[i].name, p->junction_name,
                          p->detector[i].name);
            has_camera = true;
        }
    }
}

static void put_link(FILE *f, const struct import_light *l, int32_t link)
{
    const struct sumo_map *map = &l->map;
    const int32_t sg_ix = map->sg_of_link[link];
    const uint32_t bit = bit32((uint32_t)link % 32);
    (void)fprintf(f, "link,%d,%s,", (int)link,
                  sg_ix >= 0                  ? l->plan.sg[sg_ix].name
                  : sg_ix == SUMO_CONST_GREEN ? "green"
                  : sg_ix == SUMO_CONST_OFF   ? "off"
                                              : "red");
    if ((map->yields[link / 32] & bit) != 0) {
        (void)fputs("always", f);
    } else if (map->yields_with[link] == 0) {
        (void)fputs("never", f);
    }
    const char *between = "";
    for (uint32_t left = map->yields_with[link]; left != 0; left &= left - 1) {
        (void)fprintf(f, "%s%s", between, l->plan.sg[lowest_bit(left)].name);
        between = " ";
    }
    (void)fprintf(f, ",%s\n", (map->red_is_stop[link / 32] & bit) != 0 ? "stop" : "red");
}

static void put_map(FILE *f, const struct import_light *l)
{
    (void)fputs("# light,ID of the tlLogic\n"
                "# link,INDEX,group or red|green|off,yields: never|always|when these are open,red "
                "or stop\n"
                "# detector,NAME,position on its (first) lane,end on its last lane,lanes\n",
                f);
    (void)fprintf(f, "light,%s\n", l->map.light);
    for (int32_t i = 0; i < l->map.link_count; i++) {
        put_link(f, l, i);
    }
    for (int32_t i = 0; i < l->plan.detector_count; i++) {
        const struct sumo_detector *d = &l->map.detector[i];
        (void)fprintf(f, "detector,%s,%.2f,%.2f,", l->plan.detector[i].name, d->pos_m,
                      d->end_pos_m);
        for (int32_t k = 0; k < d->lane_count; k++) {
            (void)fprintf(f, "%s%s", k > 0 ? " " : "", d->lane[k]);
        }
        (void)fputs("\n", f);
    }
}

bool import_write(const struct import_light *l, struct import_text *text)
{
    static void (*const put[5])(FILE * f, const struct import_light *l) = { put_safety, put_lanes,
                                                                            put_plan, put_site,
                                                                            put_map };
    memset(text, 0, sizeof *text);
    for (int32_t i = 0; i < 5; i++) {
        FILE *f = open_memstream(&text->bytes[i], &text->size[i]);
        if (f == NULL) {
            return false;
        }
        put[i](f, l);
        const bool is_whole = ferror(f) == 0;
        if (fclose(f) != 0 || !is_whole) {
            return false;
        }
    }
    return true;
}

void import_text_finish(struct import_text *text)
{
    for (int32_t i = 0; i < 5; i++) {
        free(text->bytes[i]);
    }
    memset(text, 0, sizeof *text);
}
