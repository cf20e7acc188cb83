/* Rules of safety.yaml. */
#include <string.h>

#include "check.h"
#include "defaults.h"

static const char *sg_name(const struct reader *r, int32_t ix)
{
    return r->plan->sg[ix].name;
}

static const struct yaml_node *sg_node(const struct reader *r, int32_t ix)
{
    return r->names[REF_GROUP].node[ix];
}

/* One entry of the matrix. */
static void check_cell(struct reader *r, int32_t a, int32_t b)
{
    const struct safety *s = &r->plan->safety;
    const struct diag_at at = yaml_key_at(r->cell[a][b]);
    const int32_t ms = s->intergreen_ms[a][b];
    if (a == b) {
        diag_rule(r->diag, RULE_MATRIX_DIAGONAL, at, "%s has an intergreen to itself",
                  sg_name(r, a));
        return;
    }
    if (!r->has_cell[b][a]) {
        diag_rule(r->diag, RULE_MATRIX_ONE_SIDED, at,
                  "%s has an intergreen to %s, but %s has none to %s", sg_name(r, a), sg_name(r, b),
                  sg_name(r, b), sg_name(r, a));
    }
    const bool is_permissive = ((uint32_t)s->permissive[a] & bit32((uint32_t)b)) != 0;
    const bool is_back = ((uint32_t)s->permissive[b] & bit32((uint32_t)a)) != 0;
    if (is_permissive && !is_back && r->has_cell[b][a]) {
        diag_rule(r->diag, RULE_PERMISSIVE_ONE_SIDED, at,
                  "%s with %s is permissive, but %s with %s is not", sg_name(r, a), sg_name(r, b),
                  sg_name(r, b), sg_name(r, a));
    }
    const bool is_ped = s->sg_type[a] == SG_PEDESTRIAN;
    /* From the end of green until a is red. */
    const int32_t tail_ms = is_ped ? s->ped_clear_ms[a] : s->yellow_ms[a];
    if (ms < tail_ms) {
        diag_rule(r->diag, is_ped ? RULE_INTERGREEN_PED : RULE_INTERGREEN_YELLOW, at,
                  "intergreen from %s to %s is %s s, but the %s of %s is %s s", sg_name(r, a),
                  sg_name(r, b), seconds_of(ms).s, is_ped ? "clearance" : "yellow", sg_name(r, a),
                  seconds_of(tail_ms).s);
    } else if (!is_permissive && ms < tail_ms + s->red_yellow_ms[b]) {
        diag_rule(r->diag, RULE_RED_YELLOW_LATE, at,
                  "intergreen from %s to %s is %s s, but %s is red after %s s and %s has "
                  "red-yellow of %s s: green comes later",
                  sg_name(r, a), sg_name(r, b), seconds_of(ms).s, sg_name(r, a),
                  seconds_of(tail_ms).s, sg_name(r, b), seconds_of(s->red_yellow_ms[b]).s);
    }
}

static void check_vehicle(struct reader *r, int32_t ix, const struct profile_limits *limits)
{
    const struct safety *s = &r->plan->safety;
    const struct yaml_node *n = sg_node(r, ix);
    if (s->yellow_ms[ix] < limits->yellow_least_ms) {
        diag_rule(r->diag, RULE_YELLOW_SHORT, reader_at(n, "yellow_s"),
                  "yellow of %s is %s s, at least %s s is wanted", sg_name(r, ix),
                  seconds_of(s->yellow_ms[ix]).s, seconds_of(limits->yellow_least_ms).s);
    }
    if (s->min_green_ms[ix] < limits->green_least_ms) {
        diag_rule(r->diag, RULE_GREEN_SHORT, reader_at(n, "min_green_s"),
                  "minimum green of %s is %s s, at least %s s is wanted", sg_name(r, ix),
                  seconds_of(s->min_green_ms[ix]).s, seconds_of(limits->green_least_ms).s);
    }
    const int32_t ry = s->red_yellow_ms[ix];
    if (ry != 0 && (ry < limits->red_yellow_least_ms || ry > limits->red_yellow_most_ms)) {
        diag_rule(r->diag, RULE_RED_YELLOW_RANGE, reader_at(n, "red_yellow_s"),
                  "red-yellow of %s is %s s; 0, or %s to %s s is wanted", sg_name(r, ix),
                  seconds_of(ry).s, seconds_of(limits->red_yellow_least_ms).s,
                  seconds_of(limits->red_yellow_most_ms).s);
    }
}

static void check_pedestrian(struct reader *r, int32_t ix, const struct profile_limits *limits)
{
    const struct safety *s = &r->plan->safety;
    const struct yaml_node *n = sg_node(r, ix);
    const int32_t length_cm = r->ped_length_cm[ix];
    if (s->min_green_ms[ix] < limits->walk_least_ms) {
        diag_rule(r->diag, RULE_GREEN_SHORT, reader_at(n, "min_walk_s"),
                  "minimum walk of %s is %s s, at least %s s is wanted", sg_name(r, ix),
                  seconds_of(s->min_green_ms[ix]).s, seconds_of(limits->walk_least_ms).s);
    }
    if (yaml_get(n, "length_m") == NULL && yaml_get(n, "clearance_s") == NULL) {
        diag_rule(r->diag, RULE_PED_CLEAR_UNKNOWN, yaml_key_at(n),
                  "%s has neither length_m nor clearance_s", sg_name(r, ix));
    }
    const int64_t walked_cm = (int64_t)s->ped_clear_ms[ix] * r->walking_speed_cmps[ix];
    if (walked_cm < (int64_t)length_cm * 1000) {
        const int32_t least_ms = (length_cm * 1000 / r->walking_speed_cmps[ix] + 99) / 100 * 100;
        diag_rule(r->diag, RULE_PED_CLEAR_SHORT, reader_at(n, "clearance_s"),
                  "clearance of %s is %s s, but %d.%02d m need %s s", sg_name(r, ix),
                  seconds_of(s->ped_clear_ms[ix]).s, length_cm / 100, length_cm % 100,
                  seconds_of(least_ms).s);
    }
}

static void check_group_lamps(struct reader *r, int32_t ix)
{
    const struct safety *s = &r->plan->safety;
    const struct yaml_node *n = sg_node(r, ix);
    const bool needs_yellow = s->yellow_ms[ix] > 0 || s->red_yellow_ms[ix] > 0;
    const int32_t *out = s->lamps.output[ix];
    const int32_t *in = s->lamps.sensed[ix];
    for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
        static const char *const names[] = { "red", "yellow", "green" };
        const bool is_needed = lamp != LAMP_YELLOW || needs_yellow;
        if (is_needed && out[lamp] < 0) {
            diag_rule(r->diag, RULE_LAMP_MISSING, reader_at(n, "lamps"), "%s has no %s lamp",
                      sg_name(r, ix), names[lamp]);
        }
        if ((out[lamp] < 0) != (in[lamp] < 0)) {
            diag_rule(r->diag, RULE_LAMP_MISSING, reader_at(n, "sensed"),
                      "%s: the %s lamp is driven or sensed, not both", sg_name(r, ix), names[lamp]);
        }
    }
    const int32_t flash = s->flash_aspect[ix];
    const bool is_dark_ped = s->sg_type[ix] != SG_PEDESTRIAN || flash == ASPECT_DARK;
    const bool has_lamp = flash == ASPECT_DARK ||
                          (flash == ASPECT_FLASH_YELLOW && out[LAMP_YELLOW] >= 0) ||
                          (flash == ASPECT_FLASH_RED && out[LAMP_RED] >= 0);
    if (!is_dark_ped || !has_lamp) {
        diag_rule(r->diag, RULE_FLASH_LAMP, reader_at(n, "flash"), "%s cannot flash so",
                  sg_name(r, ix));
    }
}

static void check_group(struct reader *r, int32_t ix)
{
    const struct safety *s = &r->plan->safety;
    const struct profile_limits *limits = defaults_limits(s->profile);
    const struct yaml_node *n = sg_node(r, ix);
    if (s->sg_type[ix] == SG_PEDESTRIAN) {
        check_pedestrian(r, ix, limits);
    } else {
        check_vehicle(r, ix, limits);
    }
    if (s->preempt_min_green_ms[ix] > s->min_green_ms[ix]) {
        diag_rule(r->diag, RULE_PREEMPT_GREEN, reader_at(n, "preempt_min_green_s"),
                  "preemption minimum of %s is above its minimum green %s s", sg_name(r, ix),
                  seconds_of(s->min_green_ms[ix]).s);
    }
    check_group_lamps(r, ix);
}

/* Lamps on one output, points read twice, numbers given twice. */
static void check_uniqueness(struct reader *r)
{
    const struct safety *s = &r->plan->safety;
    int32_t driven_by[LAMP_MAX];
    int32_t sensed_by[LAMP_MAX];
    memset(driven_by, 0xff, sizeof driven_by);
    memset(sensed_by, 0xff, sizeof sensed_by);
    for (int32_t ix = 0; ix < s->sg_count; ix++) {
        const struct yaml_node *n = sg_node(r, ix);
        for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            const int32_t out = s->lamps.output[ix][lamp];
            const int32_t in = s->lamps.sensed[ix][lamp];
            const bool is_copy = yaml_get(n, "sensed") == NULL;
            if (out >= 0 && driven_by[out] >= 0) {
                diag_rule(r->diag, RULE_OUTPUT_TWICE, reader_at(n, "lamps"),
                          "output %d drives %s and %s", out, sg_name(r, driven_by[out]),
                          sg_name(r, ix));
            } else if (in >= 0 && sensed_by[in] >= 0 && !(is_copy && driven_by[in] >= 0)) {
                diag_rule(r->diag, RULE_SENSED_TWICE, reader_at(n, "sensed"),
                          "point %d senses %s and %s", in, sg_name(r, sensed_by[in]),
                          sg_name(r, ix));
            }
            if (out >= 0) {
                driven_by[out] = ix;
            }
            if (in >= 0) {
                sensed_by[in] = ix;
            }
        }
        for (int32_t k = 0; k < ix; k++) {
            const bool is_same_kind =
                (s->sg_type[k] == SG_PEDESTRIAN) == (s->sg_type[ix] == SG_PEDESTRIAN);
            const int32_t number = r->plan->sg[ix].phase_id;
            if (is_same_kind && number > 0 && r->plan->sg[k].phase_id == number) {
                diag_rule(r->diag, RULE_PHASE_NUMBER_TWICE, reader_at(n, "phase"),
                          "%s and %s both have phase number %d", sg_name(r, k), sg_name(r, ix),
                          number);
            }
        }
    }
}

static void check_startup(struct reader *r)
{
    const struct safety *s = &r->plan->safety;
    const struct profile_limits *limits = defaults_limits(s->profile);
    const struct yaml_node *root = r->doc[FILE_SAFETY]->root;
    const struct yaml_node *startup = yaml_get(root, "startup");
    const struct yaml_node *where = startup != NULL ? startup : root;
    int32_t largest_ms = 0;
    for (int32_t a = 0; a < s->sg_count; a++) {
        for (int32_t b = 0; b < s->sg_count; b++) {
            largest_ms = max_i32(largest_ms, s->intergreen_ms[a][b]);
        }
    }
    if (s->startup_all_red_ms < largest_ms) {
        diag_rule(r->diag, RULE_STARTUP_ALL_RED, reader_at(where, "all_red_s"),
                  "all-red of the start-up is %s s, but the largest intergreen is %s s",
                  seconds_of(s->startup_all_red_ms).s, seconds_of(largest_ms).s);
    }
    if (s->startup_flash_ms < limits->flash_least_ms) {
        diag_rule(r->diag, RULE_STARTUP_SHORT, reader_at(where, "flash_s"),
                  "flash of the start-up is %s s, at least %s s is wanted",
                  seconds_of(s->startup_flash_ms).s, seconds_of(limits->flash_least_ms).s);
    }
    if (s->startup_yellow_ms < limits->startup_yellow_least_ms) {
        diag_rule(r->diag, RULE_STARTUP_SHORT, reader_at(where, "yellow_s"),
                  "yellow of the start-up is %s s, at least %s s is wanted",
                  seconds_of(s->startup_yellow_ms).s,
                  seconds_of(limits->startup_yellow_least_ms).s);
    }
}

/* Yellow by speed of approach: 3 s to 50 km/h, 4 s to 60, 5 s above (VwV-StVO to §37; rule S-2). */
static void check_yellow_speed(struct reader *r)
{
    const struct plan *p = r->plan;
    const struct safety *s = &p->safety;
    if (!defaults_limits(s->profile)->yellow_fits_speed) {
        return;
    }
    for (int32_t ix = 0; ix < s->sg_count; ix++) {
        int32_t speed_cmps = 0;
        for (int32_t m = 0; m < p->movement_count; m++) {
            const struct movement *move = &p->movement[m];
            if (move->lane_ix >= 0 && (move->sg & bit32((uint32_t)ix)) != 0) {
                speed_cmps = max_i32(speed_cmps, p->lane[move->lane_ix].speed_cmps);
            }
        }
        const int32_t kmh = (speed_cmps * 36 + 500) / 1000;
        const int32_t least_ms = kmh <= 50 ? 3000 : kmh <= 60 ? 4000 : 5000;
        /* A slower yellow than the profile's is reported there. */
        const bool is_seen = s->sg_type[ix] == SG_PEDESTRIAN || kmh == 0 || least_ms == 3000;
        if (!is_seen && s->yellow_ms[ix] < least_ms) {
            diag_rule(r->diag, RULE_YELLOW_SPEED, reader_at(sg_node(r, ix), "yellow_s"),
                      "yellow of %s is %s s, but %d km/h need %s s", sg_name(r, ix),
                      seconds_of(s->yellow_ms[ix]).s, kmh, seconds_of(least_ms).s);
        }
    }
}

void check_safety(struct reader *r)
{
    const struct safety *s = &r->plan->safety;
    for (int32_t ix = 0; ix < s->sg_count; ix++) {
        check_group(r, ix);
    }
    for (int32_t a = 0; a < s->sg_count; a++) {
        for (int32_t b = 0; b < s->sg_count; b++) {
            if (r->has_cell[a][b]) {
                check_cell(r, a, b);
            }
        }
    }
    check_uniqueness(r);
    check_startup(r);
    check_yellow_speed(r);
}
