/* The model before its first step: roads, ways and crossings out of the plans' lanes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "microsim_model.h"

static void name_node(char node[DEMAND_NODE_BYTES], const char *junction, const char *part)
{
    (void)snprintf(node, DEMAND_NODE_BYTES, "%s/%s", junction, part);
}

static int32_t find_road(const struct microsim *m, const char *node)
{
    for (uint32_t i = 0; i < m->road_count; i++) {
        if (strcmp(m->road[i].node, node) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void source_init(struct source *s, uint64_t seed, uint64_t stream)
{
    rng_init(&s->rng, seed, stream);
    s->next_s = INFINITY;
    s->until_s = 0;
    s->rate = 0;
    s->owed = 0;
}

static void add_lane_detector(struct road *r, uint32_t detector_ix, const struct detector *d)
{
    uint32_t at = r->detector_count++;
    for (; at > 0 && r->detector[at - 1].from_m > d->distance_cm / 100.0; at--) {
        r->detector[at] = r->detector[at - 1];
    }
    r->detector[at] = (struct lane_detector){
        .detector_ix = detector_ix,
        .is_camera = d->type == DETECTOR_CAMERA,
        .from_m = d->distance_cm / 100.0,
        .to_m = (d->distance_cm + d->length_cm) / 100.0,
    };
}

static const char *add_detectors(struct road *r, const struct plan *p, uint32_t lane_ix)
{
    for (uint32_t i = 0; i < (uint32_t)p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if (d->lane_ix != (int32_t)lane_ix || d->type == DETECTOR_BUTTON ||
            (d->roles & DETECTOR_EXIT) != 0) {
            continue;
        }
        if (r->detector_count == DETECTORS_PER_LANE_MAX) {
            return "a lane has more than 12 detectors";
        }
        add_lane_detector(r, i, d);
    }
    return NULL;
}

static const char *road_init(struct road *r, const struct plan *p, uint32_t junction_ix,
                             uint32_t lane_ix, uint64_t seed)
{
    const struct lane *lane = &p->lane[lane_ix];
    r->lane = lane;
    r->junction_ix = junction_ix;
    name_node(r->node, p->junction_name, lane->name);
    r->speed_mps = lane->speed_cmps / 100.0;
    r->per_speed = 1 / r->speed_mps;
    const double jam_m = car_length_m + standing_gap_m;
    r->reaction_s = lane->saturation_headway_ms / 1000.0 - jam_m / r->speed_mps;
    if (r->reaction_s < tick_s) {
        return "a saturation headway is too short for its lane's speed";
    }
    r->entry_m = lane->length_cm / 100.0;
    for (uint32_t i = 0; i < (uint32_t)p->movement_count; i++) {
        if (p->movement[i].lane_ix == (int32_t)lane_ix) {
            r->movement[r->movement_count++] = (int32_t)i;
        }
    }
    if (r->movement_count == 0) {
        return "a lane has no movement";
    }
    const uint64_t stream = ((uint64_t)junction_ix * LANE_MAX + lane_ix) * 4;
    source_init(&r->source[DEMAND_VEHICLE], seed, stream);
    source_init(&r->source[DEMAND_BUS], seed, stream + 1);
    rng_init(&r->turns, seed, stream + 2);
    return add_detectors(r, p, lane_ix);
}

static void add_foes(const struct microsim *m, struct turn_way *way, const struct plan *p,
                     uint32_t junction_ix, int32_t own_lane_ix)
{
    const uint32_t first = m->site[junction_ix].first_road;
    for (uint32_t k = 0; k < (uint32_t)p->lane_count; k++) {
        const struct road *r = &m->road[first + k];
        bool is_foe = false;
        for (uint32_t i = 0; (int32_t)k != own_lane_ix && i < r->movement_count; i++) {
            is_foe = is_foe || (p->movement[r->movement[i]].sg & way->yields_to) != 0;
        }
        if (is_foe && way->foe_count < FOE_LANES_MAX) {
            way->foe[way->foe_count++] = first + k;
        }
    }
}

static void connect_way(struct microsim *m, uint32_t junction_ix, int32_t movement_ix)
{
    struct site_model *site = &m->site[junction_ix];
    const struct movement *mv = &site->plan->movement[movement_ix];
    struct turn_way *way = &site->way[movement_ix];
    const double exit_m = mv->exit_length_cm / 100.0;
    way->sg = mv->sg;
    way->yields_to = mv->yields_to;
    way->turns_on_red = mv->turn == TURN_RIGHT && site->plan->lane[mv->lane_ix].turn_on_red;
    way->exit_zone_m = fmin(fmax(exit_m, 10.0), exit_zone_max_m);
    /* An exit to a junction that is not simulated leaves the network. */
    way->target = mv->exit[0] == '\0' ? -1 : find_road(m, mv->exit);
    if (way->target >= 0) {
        struct road *next = &m->road[way->target];
        REQUIRE(next->lane != NULL); /* roads of lanes come first, so that exits find them */
        const double entry_m = next->lane->length_cm / 100.0 + fmax(0, exit_m - way->exit_zone_m);
        next->entry_m = fmax(next->entry_m, entry_m);
    }
    if (mv->yields_to != 0) {
        add_foes(m, way, site->plan, junction_ix, mv->lane_ix);
    }
}

/* What an exit's loop or camera sees lies behind the stop line of every lane that leads there. */
static void connect_exit(struct site_model *site, int32_t movement_ix)
{
    const struct movement *mv = &site->plan->movement[movement_ix];
    if (mv->exit_detector_ix < 0 ||
        (site->plan->detector[mv->exit_detector_ix].roles & DETECTOR_EXIT) == 0) {
        return;
    }
    const uint32_t detector_ix = (uint32_t)mv->exit_detector_ix;
    uint32_t k = 0;
    while (k < site->exit_count && site->exit[k].detector_ix != detector_ix) {
        k++;
    }
    struct exit_detector *e = &site->exit[k];
    if (k == site->exit_count) {
        const struct detector *d = &site->plan->detector[detector_ix];
        const struct turn_way *way = &site->way[movement_ix];
        *e = (struct exit_detector){ .detector_ix = detector_ix,
                                     .is_camera = d->type == DETECTOR_CAMERA,
                                     .from_m = d->distance_cm / 100.0,
                                     .to_m = (d->distance_cm + d->length_cm) / 100.0,
                                     .target = way->target,
                                     .zone_m = way->exit_zone_m };
        site->exit_count++;
    }
    e->movements[movement_ix / 64] |= bit64((uint32_t)movement_ix % 64);
}

static const char *connect_ways(struct microsim *m)
{
    for (uint32_t j = 0; j < m->site_count; j++) {
        for (int32_t i = 0; i < m->site[j].plan->movement_count; i++) {
            connect_way(m, j, i);
            connect_exit(&m->site[j], i);
        }
    }
    for (uint32_t i = 0; i < m->road_count; i++) {
        struct road *r = &m->road[i];
        const uint32_t need = (uint32_t)((r->entry_m + 2 * exit_zone_max_m) / car_length_m) + 4;
        uint32_t room = 1;
        while (room < need) {
            room *= 2;
        }
        r->room_mask = room - 1;
        r->car = calloc(room, sizeof *r->car);
        if (r->car == NULL) {
            return "out of memory";
        }
    }
    return NULL;
}

static void site_init(struct site_model *site, uint32_t junction_ix, uint64_t seed)
{
    const struct plan *p = site->plan;
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        if (p->safety.sg_type[g] != SG_PEDESTRIAN) {
            continue;
        }
        struct crossing *c = &site->crossing[site->crossing_count++];
        c->sg_ix = g;
        c->clear_s = p->safety.ped_clear_ms[g] / 1000.0;
        name_node(c->node, p->junction_name, p->sg[g].name);
        source_init(&c->source, seed, UINT64_C(1000000) + junction_ix * SG_MAX + g);
    }
    for (uint32_t i = 0; i < (uint32_t)p->detector_count; i++) {
        site->input[i].quality = INPUT_GOOD;
        if (p->detector[i].type == DETECTOR_BUTTON) {
            site->button[site->button_count++] = i;
        }
    }
}

static const char *fill(struct microsim *m, const struct plan *const *plans, uint64_t seed)
{
    uint32_t next = 0;
    for (uint32_t j = 0; j < m->site_count; j++) {
        m->site[j].plan = plans[j];
        m->site[j].first_road = next;
        site_init(&m->site[j], j, seed);
        for (uint32_t k = 0; k < (uint32_t)plans[j]->lane_count; k++) {
            const char *why = road_init(&m->road[next++], plans[j], j, k, seed);
            if (why != NULL) {
                return why;
            }
        }
    }
    return connect_ways(m);
}

struct microsim *microsim_create(const struct plan *const *plans, uint32_t plan_count,
                                 const struct demand *demand, uint64_t seed, const char **why)
{
    struct microsim *m = calloc(1, sizeof *m);
    *why = "out of memory";
    if (m == NULL || plan_count == 0 || plan_count > MICROSIM_JUNCTION_MAX) {
        *why = m == NULL ? *why : "between 1 and 64 junctions can be simulated together";
        free(m);
        return NULL;
    }
    m->demand = demand;
    m->site_count = plan_count;
    for (uint32_t j = 0; j < plan_count; j++) {
        m->road_count += (uint32_t)plans[j]->lane_count;
    }
    m->site = calloc(plan_count, sizeof *m->site);
    m->road = calloc(m->road_count + 1u, sizeof *m->road);
    if (m->site != NULL && m->road != NULL) {
        *why = fill(m, plans, seed);
    }
    if (*why != NULL) {
        microsim_destroy(m);
        return NULL;
    }
    return m;
}

void microsim_destroy(struct microsim *m)
{
    if (m == NULL) {
        return;
    }
    for (uint32_t i = 0; m->road != NULL && i < m->road_count; i++) {
        free(m->road[i].car);
    }
    free(m->road);
    free(m->site);
    free(m);
}
