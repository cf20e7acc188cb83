/* Numbers are plausible for a town in Türkiye and belong to no real junction. */
#include "plan_build.h"

#include <stdio.h>
#include <string.h>

static void name_copy(char name[NAME_MAX_BYTES], const char *text)
{
    REQUIRE(strlen(text) < NAME_MAX_BYTES);
    memcpy(name, text, strlen(text) + 1);
}

void plan_build_conflict(struct plan *p, uint32_t a, uint32_t b, int32_t a_to_b_ms,
                         int32_t b_to_a_ms)
{
    p->safety.intergreen_ms[a][b] = a_to_b_ms;
    p->safety.intergreen_ms[b][a] = b_to_a_ms;
}

static void build_permissive(struct plan *p, uint32_t a, uint32_t b, int32_t entry_ms)
{
    plan_build_conflict(p, a, b, entry_ms, entry_ms);
    p->safety.permissive[a] |= (int32_t)bit32(b);
    p->safety.permissive[b] |= (int32_t)bit32(a);
}

static void build_empty(struct plan *p, const char *name, const char *node)
{
    memset(p, 0, sizeof *p);
    struct safety *s = &p->safety;
    s->profile = PROFILE_TR;
    s->site_id = 7;
    s->startup_flash_ms = 5000;
    s->startup_yellow_ms = 3000;
    s->startup_all_red_ms = 9000;
    memset(s->intergreen_ms, 0xff, sizeof s->intergreen_ms); /* NO_CONFLICT_MS everywhere */
    memset(&s->lamps, 0xff, sizeof s->lamps);
    for (uint32_t i = 0; i < SG_MAX; i++) {
        s->flash_aspect[i] = ASPECT_FLASH_YELLOW;
    }
    name_copy(p->junction_name, name);
    (void)snprintf(p->node, sizeof p->node, "%s", node);
    (void)snprintf(p->zone, sizeof p->zone, "Europe/Istanbul");
    p->safety_hash = UINT64_C(0x1122334455667788);
    p->plan_hash = UINT64_C(0x99aabbccddeeff00);
    p->startup_stage_ix = 0;
}

static void build_lamps(struct plan *p, uint32_t sg_ix)
{
    const bool has_yellow = p->safety.sg_type[sg_ix] != SG_PEDESTRIAN;
    for (uint32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
        const int32_t output = (int32_t)(sg_ix * LAMP_COUNT + lamp);
        const bool is_there = lamp != LAMP_YELLOW || has_yellow;
        p->safety.lamps.output[sg_ix][lamp] = is_there ? output : -1;
        p->safety.lamps.sensed[sg_ix][lamp] = is_there ? output : -1;
    }
}

static void build_sg(struct plan *p, const char *name, enum sg_type type)
{
    struct safety *s = &p->safety;
    const uint32_t i = (uint32_t)p->sg_count;
    name_copy(p->sg[i].name, name);
    p->sg[i].phase_id = (int32_t)i + 1;
    s->sg_type[i] = (int32_t)type;
    s->min_red_ms[i] = 2000;
    s->max_red_ms[i] = 120000;
    if (type == SG_PEDESTRIAN) {
        s->min_green_ms[i] = 6000;
        s->ped_clear_ms[i] = 8000;
        s->flash_aspect[i] = ASPECT_DARK;
    } else {
        s->min_green_ms[i] = type == SG_ARROW ? 5000 : 7000;
        s->yellow_ms[i] = 3000;
        s->red_yellow_ms[i] = 2000;
    }
    s->preempt_min_green_ms[i] = 4000;
    build_lamps(p, i);
    p->sg_count++;
    s->sg_count = p->sg_count;
}

static void build_detector(struct plan *p, const char *name, enum detector_type type,
                           uint32_t sg_ix, int32_t lane_ix)
{
    const int32_t i = p->detector_count;
    struct detector *d = &p->detector[i];
    name_copy(d->name, name);
    d->number = i + 1;
    d->type = (int32_t)type;
    d->lane_ix = lane_ix;
    d->sg = bit32(sg_ix);
    d->no_activity_ms = 360 * 60000;
    d->restore_actuations = 3;
    d->restore_ms = 60000;
    d->stale_ms = 2000;
    d->fail_action = FAIL_AS_CALLED;
    if (type == DETECTOR_BUTTON) {
        d->roles = DETECTOR_CALLS | DETECTOR_RED_LOCK;
        d->max_presence_ms = 10 * 60000;
    } else {
        d->roles = DETECTOR_CALLS | DETECTOR_EXTENDS | DETECTOR_COUNTS;
        d->length_cm = 200;
        d->distance_cm = 100;
        d->max_presence_ms = 20 * 60000;
        d->erratic_per_min = 45;
    }
    p->detector_count++;
}

/* A lane with its one movement and the loop at its stop line. */
static void build_lane(struct plan *p, const char *name, uint32_t sg_ix, int32_t approach_deg,
                       enum turn turn)
{
    const int32_t i = p->lane_count;
    struct lane *l = &p->lane[i];
    name_copy(l->name, name);
    l->length_cm = 15000;
    l->speed_cmps = 1389; /* 50 km/h */
    l->saturation_headway_ms = 2000;
    l->approach_deg = approach_deg;
    p->lane_count++;
    struct movement *m = &p->movement[p->movement_count];
    m->lane_ix = i;
    m->turn = (int32_t)turn;
    m->sg = bit32(sg_ix);
    m->share_permille = 1000;
    m->exit_length_cm = 10000;
    m->exit_speed_cmps = 1389;
    m->exit_detector_ix = -1;
    p->movement_count++;
    char loop[NAME_MAX_BYTES] = "d_";
    strncat(loop, name, sizeof loop - strlen(loop) - 1);
    build_detector(p, loop, DETECTOR_LOOP, sg_ix, i);
}

/* Fills a week: weekdays follow day plan 0, Saturday and Sunday day plan 1; all year. */
static void build_schedule(struct plan *p, int32_t night_ix, int32_t day_ix, int32_t fixed_ix)
{
    struct schedule *s = &p->schedule;
    s->day_plan_count = 2;
    name_copy(s->day_plan[0].name, "weekday");
    s->day_plan[0].event_count = 3;
    s->day_plan[0].event[0] = (struct day_event){ .start_ms = 0, .pattern_ix = night_ix };
    s->day_plan[0].event[1] = (struct day_event){ .start_ms = 7 * 3600000, .pattern_ix = day_ix };
    s->day_plan[0].event[2] =
        (struct day_event){ .start_ms = 22 * 3600000, .pattern_ix = night_ix };
    name_copy(s->day_plan[1].name, "weekend");
    s->day_plan[1].event_count = 2;
    s->day_plan[1].event[0] = (struct day_event){ .start_ms = 0, .pattern_ix = night_ix };
    s->day_plan[1].event[1] = (struct day_event){ .start_ms = 9 * 3600000, .pattern_ix = fixed_ix };
    s->week_plan_count = 1;
    name_copy(s->week_plan[0].name, "all year");
    s->week_plan[0].day_plan_ix[5] = 1;
    s->week_plan[0].day_plan_ix[6] = 1;
    s->season_count = 1;
    s->season[0] = (struct season){ .from_month = 1, .from_day = 1, .to_month = 12, .to_day = 31 };
    p->ladder = (struct ladder){ .failed_detectors_pct = 50,
                                 .step_up_ms = 300000,
                                 .fallback_pattern_ix = fixed_ix };
}

static struct pattern *build_pattern(struct plan *p, const char *name, enum strategy strategy)
{
    struct pattern *t = &p->pattern[p->pattern_count];
    name_copy(t->name, name);
    t->pattern_id = p->pattern_count + 1;
    t->strategy = (int32_t)strategy;
    p->pattern_count++;
    return t;
}

static void build_staged_groups(struct plan *p)
{
    static const char *const names[] = { "north",      "south",      "east",        "west",
                                         "north_left", "south_left", "cross_north", "cross_south",
                                         "cross_east", "cross_west" };
    for (uint32_t i = 0; i < ST_SG_COUNT; i++) {
        const enum sg_type type = i < ST_NL ? SG_VEHICLE : i < ST_PN ? SG_ARROW : SG_PEDESTRIAN;
        build_sg(p, names[i], type);
    }
    p->safety.green_flash_ms[ST_E] = 2000;
    p->safety.green_flash_ms[ST_W] = 2000;
}

/* 5 s between vehicles, 6 s before pedestrians, 9 s after their walk (8 s of clearance and one
 * spare). */
static void build_staged_matrix(struct plan *p)
{
    static const uint8_t vehicles[][2] = {
        { ST_N, ST_E },  { ST_N, ST_W },  { ST_S, ST_E },  { ST_S, ST_W },  { ST_N, ST_SL },
        { ST_S, ST_NL }, { ST_E, ST_NL }, { ST_W, ST_NL }, { ST_E, ST_SL }, { ST_W, ST_SL },
    };
    static const uint8_t crossings[][2] = {
        { ST_N, ST_PN },  { ST_N, ST_PS },  { ST_S, ST_PN },  { ST_S, ST_PS },
        { ST_E, ST_PE },  { ST_E, ST_PW },  { ST_W, ST_PE },  { ST_W, ST_PW },
        { ST_NL, ST_PE }, { ST_NL, ST_PN }, { ST_SL, ST_PW }, { ST_SL, ST_PS },
    };
    static const uint8_t turning[][2] = {
        { ST_N, ST_PE }, { ST_N, ST_PW }, { ST_S, ST_PE }, { ST_S, ST_PW },
        { ST_E, ST_PN }, { ST_E, ST_PS }, { ST_W, ST_PN }, { ST_W, ST_PS },
    };
    for (size_t i = 0; i < sizeof vehicles / sizeof vehicles[0]; i++) {
        plan_build_conflict(p, vehicles[i][0], vehicles[i][1], 5000, 5000);
    }
    for (size_t i = 0; i < sizeof crossings / sizeof crossings[0]; i++) {
        plan_build_conflict(p, crossings[i][0], crossings[i][1], 6000, 9000);
    }
    for (size_t i = 0; i < sizeof turning / sizeof turning[0]; i++) {
        build_permissive(p, turning[i][0], turning[i][1], 3000);
    }
}

static void build_stage(struct plan *p, const char *name, sg_mask_t sg, sg_mask_t on_demand,
                        stage_mask_t next)
{
    struct stage *s = &p->stage[p->stage_count];
    name_copy(s->name, name);
    s->sg = sg;
    s->on_demand = on_demand;
    s->next = next;
    s->passage_ms = 3000;
    p->stage_count++;
}

static void build_staged_steps(struct pattern *t)
{
    static const int32_t duration_ms[ST_STAGE_COUNT] = { 40000, 18000, 32000 };
    static const int32_t max_ms[ST_STAGE_COUNT] = { 45000, 15000, 35000 };
    const bool has_cycle = t->strategy != STRATEGY_ACTUATED;
    t->step_count = ST_STAGE_COUNT;
    for (int32_t i = 0; i < ST_STAGE_COUNT; i++) {
        t->step[i] = (struct pattern_step){ .stage_ix = i,
                                            .duration_ms = has_cycle ? duration_ms[i] : 0,
                                            .min_ms = 8000,
                                            .max_ms = max_ms[i] };
    }
    if (has_cycle) {
        t->cycle_ms = 90000;
        t->correction = COORD_SHORTWAY;
        t->correction_max_pct = 20;
    }
}

static void build_staged_patterns(struct plan *p)
{
    build_staged_steps(build_pattern(p, "fixed 90", STRATEGY_FIXED));
    struct pattern *coordinated = build_pattern(p, "coordinated 90", STRATEGY_COORDINATED);
    build_staged_steps(coordinated);
    coordinated->offset_ms = 20000;
    build_staged_steps(build_pattern(p, "actuated", STRATEGY_ACTUATED));
    (void)build_pattern(p, "flash", STRATEGY_FLASH);
}

static void build_staged_street(struct plan *p)
{
    build_lane(p, "n1", ST_N, 0, TURN_THROUGH);
    build_lane(p, "s1", ST_S, 180, TURN_THROUGH);
    build_lane(p, "e1", ST_E, 90, TURN_THROUGH);
    build_lane(p, "w1", ST_W, 270, TURN_THROUGH);
    build_lane(p, "n2", ST_NL, 0, TURN_LEFT);
    build_lane(p, "s2", ST_SL, 180, TURN_LEFT);
    build_detector(p, "b_north", DETECTOR_BUTTON, ST_PN, -1);
    build_detector(p, "b_south", DETECTOR_BUTTON, ST_PS, -1);
    build_detector(p, "b_east", DETECTOR_BUTTON, ST_PE, -1);
    build_detector(p, "b_west", DETECTOR_BUTTON, ST_PW, -1);
}

void plan_build_staged(struct plan *p)
{
    build_empty(p, "Four arms", "test/four-arms");
    build_staged_groups(p);
    build_staged_matrix(p);
    const sg_mask_t crossings_ew = bit32(ST_PE) | bit32(ST_PW);
    const sg_mask_t crossings_ns = bit32(ST_PN) | bit32(ST_PS);
    build_stage(p, "NS", bit32(ST_N) | bit32(ST_S) | crossings_ew, crossings_ew,
                bit32(ST_STAGE_LEFT) | bit32(ST_STAGE_EW));
    build_stage(p, "LEFT", bit32(ST_NL) | bit32(ST_SL), 0, bit32(ST_STAGE_EW));
    build_stage(p, "EW", bit32(ST_E) | bit32(ST_W) | crossings_ns, crossings_ns,
                bit32(ST_STAGE_NS));
    p->stage[ST_STAGE_NS].recall = RECALL_MIN;
    p->relation[0] = (struct relation){ RELATION_EARLY_START, ST_PN, ST_E, 3000 };
    p->relation[1] = (struct relation){ RELATION_EARLY_START, ST_PS, ST_W, 3000 };
    p->relation[2] = (struct relation){ RELATION_SAME_START, ST_N, ST_S, 0 };
    p->relation_count = 3;
    build_staged_patterns(p);
    build_staged_street(p);
    build_schedule(p, ST_ACTUATED, ST_COORDINATED, ST_FIXED);
}

static bool phases_together(uint32_t a, uint32_t b)
{
    return a / 4 != b / 4 && a % 4 / 2 == b % 4 / 2;
}

static void build_rings_matrix(struct plan *p)
{
    static const uint32_t crossing[][2] = {
        { RG_P2, 2 }, { RG_P4, 4 }, { RG_P6, 6 }, { RG_P8, 8 }
    };
    for (uint32_t a = 0; a < 8; a++) {
        for (uint32_t b = a + 1; b < 8; b++) {
            if (!phases_together(a, b)) {
                plan_build_conflict(p, a, b, 5000, 5000);
            }
        }
    }
    /* A crossing runs beside its through phase, across the street of the other barrier group and
     * across the left turn that opposes its phase. */
    for (size_t i = 0; i < 4; i++) {
        const uint32_t phase_ix = crossing[i][1] - 1;
        for (uint32_t v = 0; v < 8; v++) {
            if (v % 4 / 2 != phase_ix % 4 / 2 || v == phase_ix - 1) {
                plan_build_conflict(p, v, crossing[i][0], 6000, 9000);
            }
        }
    }
    plan_build_conflict(p, RG_OVERLAP, 0, 5000, 5000); /* phases 1 and 4 leave by the same exit */
    plan_build_conflict(p, RG_OVERLAP, 3, 5000, 5000);
    plan_build_conflict(p, RG_OVERLAP, RG_P4, 6000, 9000);
    build_permissive(p, RG_OVERLAP, RG_P2, 3000);
}

static void build_phase(struct plan *p, uint32_t ix)
{
    struct phase *f = &p->phase[ix];
    f->phase_id = (int32_t)ix + 1;
    f->name[0] = 'f';
    f->name[1] = (char)('1' + (char)ix);
    f->vehicle_sg = bit32(ix);
    f->ring_ix = (int32_t)ix / 4;
    f->barrier_ix = (int32_t)ix % 4 / 2;
    f->min_green_ms = 7000;
    f->passage_ms = 3000;
    f->options = PHASE_ENABLED;
    const bool is_through = ix % 2 == 1;
    for (int32_t i = 0; i < 3; i++) {
        f->max_green_ms[i] = is_through ? 40000 : 20000;
    }
    if (is_through) {
        f->ped_sg = bit32(RG_P2 + ix / 2);
        f->walk_ms = 7000;
        f->options |= PHASE_DUAL_ENTRY;
    }
}

static void build_ring_splits(struct pattern *t)
{
    static const int32_t split_ms[8] = { 20000, 35000, 17000, 28000, 20000, 35000, 17000, 28000 };
    for (int32_t ring = 0; ring < 2; ring++) {
        t->ring[ring].count = 4;
        for (int32_t i = 0; i < 4; i++) {
            t->ring[ring].phase_ix[i] = ring * 4 + i;
        }
    }
    if (t->strategy != STRATEGY_ACTUATED) {
        memcpy(t->split_ms, split_ms, sizeof split_ms);
        t->cycle_ms = 100000;
        t->correction = COORD_SHORTWAY;
        t->correction_max_pct = 15;
        t->coord_phases = bit32(1) | bit32(5);
    }
}

void plan_build_rings(struct plan *p)
{
    static const char *const names[] = { "f1", "f2", "f3", "f4", "f5", "f6",       "f7",
                                         "f8", "p2", "p4", "p6", "p8", "overlap_a" };
    static const int32_t bearing_deg[8] = { 90, 270, 0, 180, 270, 90, 180, 0 };
    static const char *const lanes[] = { "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8" };
    static const char *const buttons[] = { "b_p2", "b_p4", "b_p6", "b_p8" };
    build_empty(p, "Two rings", "test/two-rings");
    for (uint32_t i = 0; i < RG_SG_COUNT; i++) {
        build_sg(p, names[i],
                 i == RG_OVERLAP ? SG_ARROW
                 : i >= RG_P2    ? SG_PEDESTRIAN
                 : i % 2 == 0    ? SG_ARROW
                                 : SG_VEHICLE);
    }
    build_rings_matrix(p);
    for (uint32_t i = 0; i < 8; i++) {
        build_phase(p, i);
        build_lane(p, lanes[i], i, bearing_deg[i], i % 2 == 0 ? TURN_LEFT : TURN_THROUGH);
    }
    for (uint32_t i = 0; i < 4; i++) {
        build_detector(p, buttons[i], DETECTOR_BUTTON, RG_P2 + i, -1);
    }
    p->phase_count = 8;
    p->phase[1].recall = RECALL_MIN;
    p->phase[5].recall = RECALL_MIN;
    name_copy(p->overlap[0].name, "A");
    p->overlap[0].sg = bit32(RG_OVERLAP);
    p->overlap[0].parents = bit32(1) | bit32(2);
    p->overlap_count = 1;
    p->startup_phases = bit32(1) | bit32(5);
    build_ring_splits(build_pattern(p, "coordinated 100", STRATEGY_COORDINATED));
    build_ring_splits(build_pattern(p, "fixed 100", STRATEGY_FIXED));
    build_ring_splits(build_pattern(p, "free", STRATEGY_ACTUATED));
    build_schedule(p, RG_ACTUATED, RG_COORDINATED, RG_FIXED);
}
