/* Lanes before the stop lines, the movements from them, and the detectors that a cabinet could have
 * there: nothing further than 100 m from the stop line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_sumo_parts.h"

enum {
    HEADWAY_MS = 2000,
    LANE_MOST_CM = 30000, /* room that matters for queues */
    LANE_LEAST_CM = 500,  /* format's minimum */
    EXIT_MOST_CM = 20000,
    EXIT_LED_CM = 500000, /* format's maximum */
    EXIT_ZONE_CM = 6000,
    BOX_CM = 3000, /* across a junction */
    HOP_MAX = 32,
    RANK_MAIN = 4,
    STUB_CM = 750,      /* a vehicle and its distance */
    STOP_CM = 200,      /* a waiting vehicle's front stands about a metre before the line */
    STOP_SURE_CM = 350, /* a vehicle that waits at the line stands on it */
    ADVANCE_LEAST_CM = 1500,
    MID_CM = 4500,  /* 3.2 s at 50 km/h: a vehicle there can still make it */
    CAMERA_MAX = 32 /* of site.yaml */
};

static const double EDGE_M = 0.1; /* of a lane: no detector closer */

struct import_chain import_chain_up(const struct sumo_net *net, int32_t lane, double lead_m)
{
    struct import_chain c = { .count = 0, .length_m = lead_m };
    double gap_m = 0;
    for (; lane >= 0 && c.count < SUMO_ZONE_LANES_MAX; c.count++) {
        c.lane[c.count] = lane;
        c.from_m[c.count] = c.length_m + gap_m;
        c.length_m += gap_m + net->lane[lane].length_m;
        if (c.length_m * 100 >= IMPORT_REACH_CM) {
            c.count++;
            break;
        }
        lane = sumo_net_lane_before(net, lane, &gap_m);
    }
    return c;
}

/* A stub that holds less than a vehicle is no lane to judge demand by. Where it and others like it
 * spring from one lane, that one is the lane before the stop line. *lead_m: from there to the line.
 */
static int32_t root_of(const struct sumo_net *net, int32_t stub, double *lead_m)
{
    int32_t lane = stub;
    double ahead_m = 0;
    *lead_m = 0;
    for (int32_t hop = 0; hop < SUMO_ZONE_LANES_MAX; hop++) {
        double gap_m = 0;
        bool splits = false;
        ahead_m += net->lane[lane].length_m;
        const int32_t before = sumo_net_lane_feeding(net, lane, &gap_m, &splits);
        ahead_m += gap_m;
        if (before < 0 || ahead_m * 100 > STUB_CM) {
            return stub;
        }
        if (splits) {
            *lead_m = ahead_m;
            return before;
        }
        lane = before;
    }
    return stub;
}

/* Downstream of the junction, as far as one lane leads to the next. */
static struct import_chain chain_down(const struct sumo_net *net, int32_t lane, double most_m)
{
    struct import_chain c = { .count = 0, .length_m = 0 };
    double gap_m = 0;
    for (; lane >= 0 && c.count < SUMO_ZONE_LANES_MAX; c.count++) {
        c.lane[c.count] = lane;
        c.from_m[c.count] = c.length_m + gap_m;
        c.length_m += gap_m + net->lane[lane].length_m;
        if (c.length_m >= most_m) {
            c.count++;
            break;
        }
        lane = sumo_net_lane_behind(net, lane, &gap_m);
    }
    return c;
}

static int32_t cm_of(double m, int32_t least_cm, int32_t most_cm)
{
    const double cm = floor(m * 100 + 0.5);
    return cm < least_cm ? least_cm : cm > most_cm ? most_cm : (int32_t)cm;
}

/* Whole kilometres per hour, as the files have it, in cm/s. */
static int32_t speed_of(double mps)
{
    const int32_t kmh = min_i32(max_i32((int32_t)floor(mps * 3.6 + 0.5), 10), 120);
    return (kmh * 1000 + 18) / 36;
}

/* ---- lanes ---- */

static const char *compass_of(int32_t deg)
{
    static const char *const names[] = { "n", "ne", "e", "se", "s", "sw", "w", "nw" };
    return names[(deg * 2 + 45) / 90 % 8];
}

/* Lanes of one street share a bearing, and no other street has it. */
static int32_t approach_of(const struct import_light *l, int32_t lane)
{
    const struct plan *p = &l->plan;
    const int32_t edge_ix = l->net->lane[lane].edge_ix;
    for (int32_t i = 0; i < p->lane_count; i++) {
        if (l->net->lane[l->lane_of[i]].edge_ix == edge_ix) {
            return p->lane[i].approach_deg;
        }
    }
    int32_t deg = (int32_t)floor(l->net->lane[lane].heading_deg + 180.5) % 360;
    for (int32_t i = 0; i < p->lane_count; i++) {
        if (p->lane[i].approach_deg == deg) {
            deg = (deg + 1) % 360;
            i = -1;
        }
    }
    return deg;
}

static void name_lane(struct plan *p, int32_t ix)
{
    const char *compass = compass_of(p->lane[ix].approach_deg);
    int32_t number = 1;
    for (int32_t i = 0; i < ix; i++) {
        number += strcmp(compass_of(p->lane[i].approach_deg), compass) == 0 ? 1 : 0;
    }
    (void)snprintf(p->lane[ix].name, sizeof p->lane[ix].name, "%s%d", compass, (int)number);
}

static int32_t lane_for(struct import_light *l, int32_t stub)
{
    struct plan *p = &l->plan;
    double lead_m = 0;
    const int32_t lane = root_of(l->net, stub, &lead_m);
    for (int32_t i = 0; i < p->lane_count; i++) {
        if (l->lane_of[i] == lane) {
            return i;
        }
    }
    if (p->lane_count == LANE_MAX) {
        return -1;
    }
    const struct import_chain c = import_chain_up(l->net, lane, lead_m);
    const int32_t deg = approach_of(l, lane);
    const int32_t ix = p->lane_count++;
    struct lane *made = &p->lane[ix];
    l->lane_of[ix] = lane;
    l->lead_m[ix] = lead_m;
    made->length_cm = cm_of(c.length_m, LANE_LEAST_CM, LANE_MOST_CM);
    made->speed_cmps = speed_of(l->net->lane[lane].speed_mps);
    made->saturation_headway_ms = HEADWAY_MS;
    made->approach_deg = deg;
    name_lane(p, ix);
    return ix;
}

/* ---- movements ---- */

static int32_t turn_of(char dir)
{
    switch (dir) {
    case 'l':
    case 'L':
        return TURN_LEFT;
    case 'r':
    case 'R':
        return TURN_RIGHT;
    case 't':
        return TURN_U;
    default:
        return TURN_THROUGH;
    }
}

/* Groups that the link gives way to: foes that are open in a stage where it shows 'g', or that it
 * merges with. */
static sg_mask_t yields_of(const struct import_light *l, int32_t index)
{
    const struct import_link *own = &l->link[index];
    sg_mask_t mask = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        const struct import_link *foe = &l->link[i];
        if (!foe->is_signalled || foe->sg_ix == own->sg_ix || !link_in(&l->foes[index], i)) {
            continue;
        }
        for (int32_t s = 0; s < l->stage_count; s++) {
            const struct import_stage *stage = &l->stage[s];
            const bool is_together = link_in(&stage->open, index) && link_in(&stage->open, i);
            const bool has_way = !link_in(&stage->minor, i);
            const bool yields = link_in(&stage->minor, index)
                                    ? has_way || link_in(&l->gives_way[index], i)
                                    : has_way && link_in(&l->gives_way[index], i);
            mask |= is_together && yields ? bit32((uint32_t)foe->sg_ix) : 0;
        }
    }
    return mask;
}

/* Lanes side by side into one street are one movement: the exit that continues the lane counts. */
static struct movement *movement_like(struct import_light *l, const struct movement *m,
                                      int32_t exit_lane)
{
    const struct sumo_net *net = l->net;
    for (int32_t i = 0; i < l->plan.movement_count; i++) {
        struct movement *other = &l->plan.movement[i];
        const int32_t other_exit = l->exit_lane_of[i];
        if (other->lane_ix == m->lane_ix && other->turn == m->turn && other->sg == m->sg &&
            net->lane[other_exit].edge_ix == net->lane[exit_lane].edge_ix) {
            const int32_t own = net->lane[l->lane_of[m->lane_ix]].index;
            if (abs(net->lane[exit_lane].index - own) < abs(net->lane[other_exit].index - own)) {
                l->exit_lane_of[i] = exit_lane;
            }
            return other;
        }
    }
    return NULL;
}

static bool add_movement(struct import_light *l, int32_t index, const struct net_connection *c)
{
    struct plan *p = &l->plan;
    const struct import_link *link = &l->link[index];
    const int32_t lane_ix = lane_for(l, c->from_lane);
    if (lane_ix < 0) {
        return import_leave_out(l, "it has more than %d lanes", LANE_MAX);
    }
    struct movement m;
    memset(&m, 0, sizeof m);
    m.lane_ix = lane_ix;
    m.turn = turn_of(c->dir);
    m.sg = bit32((uint32_t)link->sg_ix);
    m.yields_to = yields_of(l, index);
    m.exit_detector_ix = -1;
    p->lane[lane_ix].turn_on_red =
        p->lane[lane_ix].turn_on_red || (link->stops_on_red && m.turn == TURN_RIGHT);
    struct movement *like = movement_like(l, &m, c->to_lane);
    if (like != NULL) {
        like->yields_to |= m.yields_to;
        return true;
    }
    if (p->movement_count == MOVEMENT_MAX) {
        return import_leave_out(l, "it has more than %d movements", MOVEMENT_MAX);
    }
    l->exit_lane_of[p->movement_count] = c->to_lane;
    p->movement[p->movement_count++] = m;
    return true;
}

/* Nothing is known yet: most go straight on, few turn back. The optimiser learns the rest. */
static void share_out(struct plan *p, int32_t lane_ix)
{
    static const int32_t weights[] = {
        [TURN_THROUGH] = 20, [TURN_LEFT] = 8, [TURN_RIGHT] = 8, [TURN_U] = 1
    };
    int32_t sum = 0;
    int32_t given = 0;
    struct movement *largest = NULL;
    for (int32_t i = 0; i < p->movement_count; i++) {
        sum += p->movement[i].lane_ix == lane_ix ? weights[p->movement[i].turn] : 0;
    }
    for (int32_t i = 0; i < p->movement_count; i++) {
        struct movement *m = &p->movement[i];
        if (m->lane_ix == lane_ix) {
            m->share_permille = weights[m->turn] * 1000 / sum;
            given += m->share_permille;
            largest = largest == NULL || m->share_permille > largest->share_permille ? m : largest;
        }
    }
    if (largest != NULL) {
        largest->share_permille += 1000 - given;
    }
}

bool import_lanes(struct import_light *l)
{
    struct plan *p = &l->plan;
    for (int32_t i = 0; i < l->link_count; i++) {
        const struct import_link *link = &l->link[i];
        for (int32_t k = 0; link->is_signalled && k < link->connection_count; k++) {
            const struct net_connection *c = &l->net->connection[link->connection[k]];
            const bool is_lane = link->type != SG_PEDESTRIAN &&
                                 net_edge_of(l->net, c->from_lane)->function == NET_NORMAL;
            if (is_lane && !add_movement(l, i, c)) {
                return false;
            }
        }
    }
    for (int32_t i = 0; i < p->lane_count; i++) {
        share_out(p, i);
    }
    return true;
}

/* ---- detectors ---- */

bool import_has_room(const struct plan *p, int32_t type)
{
    int32_t cameras = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        cameras += p->detector[i].type == DETECTOR_CAMERA ? 1 : 0;
    }
    return p->detector_count < DETECTOR_MAX && (type != DETECTOR_CAMERA || cameras < CAMERA_MAX);
}

struct detector *import_detector_add(struct import_light *l, int32_t type, int32_t roles,
                                     int32_t lane_ix, const char *suffix)
{
    struct plan *p = &l->plan;
    struct detector *d = &p->detector[p->detector_count++];
    d->number = p->detector_count;
    d->type = type;
    d->roles = roles;
    d->lane_ix = lane_ix;
    if (lane_ix >= 0) {
        char name[NAME_MAX_BYTES];
        (void)snprintf(name, sizeof name, "%.15s_%.6s", p->lane[lane_ix].name, suffix);
        memcpy(d->name, name, sizeof d->name);
        for (int32_t m = 0; m < p->movement_count; m++) {
            d->sg |= p->movement[m].lane_ix == lane_ix ? p->movement[m].sg : 0;
        }
    }
    d->fail_action = (roles & DETECTOR_CALLS) != 0 ? FAIL_AS_CALLED : FAIL_IGNORED;
    return d;
}

int32_t import_place_up(const struct sumo_net *net, const struct import_chain *c, double distance_m,
                        double *pos_m)
{
    for (int32_t i = 0; i < c->count; i++) {
        const double length_m = net->lane[c->lane[i]].length_m;
        if (distance_m <= c->from_m[i] + length_m || i + 1 == c->count) {
            const double pos = length_m - (distance_m - c->from_m[i]);
            *pos_m = pos < 0 ? 0 : pos > length_m ? length_m : pos;
            return i;
        }
    }
    return -1;
}

void import_map_lane(struct sumo_detector *s, const struct sumo_net *net, int32_t lane)
{
    (void)snprintf(s->lane[s->lane_count], SUMO_ID_BYTES, "%s", net->lane[lane].id);
    s->lane_count++;
}

static void add_loop(struct import_light *l, int32_t lane_ix, int32_t roles, const char *suffix,
                     int32_t distance_cm)
{
    if (!import_has_room(&l->plan, DETECTOR_LOOP)) {
        return;
    }
    const struct import_chain c = import_chain_up(l->net, l->lane_of[lane_ix], l->lead_m[lane_ix]);
    struct detector *d = import_detector_add(l, DETECTOR_LOOP, roles, lane_ix, suffix);
    struct sumo_detector *s = &l->map.detector[l->plan.detector_count - 1];
    const double middle_m = (distance_cm + IMPORT_LOOP_CM / 2.0) / 100.0;
    const int32_t at = import_place_up(l->net, &c, middle_m, &s->pos_m);
    const double length_m = l->net->lane[c.lane[at]].length_m;
    s->pos_m = fmin(fmax(s->pos_m, EDGE_M), fmax(length_m - EDGE_M, 0));
    s->end_pos_m = s->pos_m;
    import_map_lane(s, l->net, c.lane[at]);
    /* Where a stub or a node is in the way it lies further upstream than was asked for, and who
     * waits beyond it must not be forgotten. */
    const double real_m = c.from_m[at] + length_m - s->pos_m;
    d->distance_cm = cm_of(real_m - IMPORT_LOOP_CM / 200.0, 0, l->plan.lane[lane_ix].length_cm - 1);
    d->length_cm = IMPORT_LOOP_CM;
    if ((roles & DETECTOR_CALLS) != 0 && d->distance_cm > STOP_SURE_CM) {
        d->roles |= DETECTOR_YELLOW_LOCK | DETECTOR_RED_LOCK;
    }
}

static void add_zone(struct import_light *l, int32_t lane_ix)
{
    if (!import_has_room(&l->plan, DETECTOR_CAMERA)) {
        return;
    }
    const struct import_chain c = import_chain_up(l->net, l->lane_of[lane_ix], l->lead_m[lane_ix]);
    struct detector *d =
        import_detector_add(l, DETECTOR_CAMERA, DETECTOR_QUEUE | DETECTOR_COUNTS, lane_ix, "cam");
    struct sumo_detector *s = &l->map.detector[l->plan.detector_count - 1];
    d->distance_cm = cm_of(l->lead_m[lane_ix], 0, STUB_CM);
    const int32_t begin_cm = cm_of(c.length_m, d->distance_cm + 100, IMPORT_REACH_CM);
    d->length_cm = begin_cm - d->distance_cm;
    const int32_t last = import_place_up(l->net, &c, begin_cm / 100.0, &s->pos_m);
    for (int32_t i = last; i >= 0; i--) {
        import_map_lane(s, l->net, c.lane[i]);
    }
    s->end_pos_m = l->net->lane[c.lane[0]].length_m;
}

/* One zone for all movements that leave over this lane. */
static void add_exit(struct import_light *l, int32_t movement)
{
    struct plan *p = &l->plan;
    const int32_t lane = l->exit_lane_of[movement];
    if (!import_has_room(p, DETECTOR_CAMERA) || p->movement[movement].exit_detector_ix >= 0) {
        return;
    }
    const struct import_chain c = chain_down(l->net, lane, EXIT_ZONE_CM / 100.0);
    struct detector *d = import_detector_add(l, DETECTOR_CAMERA, DETECTOR_EXIT, -1, "");
    struct sumo_detector *s = &l->map.detector[p->detector_count - 1];
    int32_t number = 1;
    for (int32_t i = 0; i + 1 < p->detector_count; i++) {
        number += (p->detector[i].roles & DETECTOR_EXIT) != 0 ? 1 : 0;
    }
    (void)snprintf(d->name, sizeof d->name, "exit%d", (int)number);
    d->length_cm = cm_of(c.length_m, 100, EXIT_ZONE_CM);
    for (int32_t i = 0; i < c.count && c.from_m[i] * 100 < d->length_cm; i++) {
        import_map_lane(s, l->net, c.lane[i]);
        const double end_m = d->length_cm / 100.0 - c.from_m[i];
        const double length_m = l->net->lane[c.lane[i]].length_m;
        s->end_pos_m = end_m < length_m ? end_m : length_m;
    }
    for (int32_t m = 0; m < p->movement_count; m++) {
        if (l->exit_lane_of[m] == lane) {
            p->movement[m].exit_detector_ix = p->detector_count - 1;
        }
    }
}

static bool street_has_exit(const struct import_light *l, int32_t movement)
{
    for (int32_t m = 0; m < l->plan.movement_count; m++) {
        if (l->plan.movement[m].exit_detector_ix >= 0 &&
            l->net->lane[l->exit_lane_of[m]].edge_ix ==
                l->net->lane[l->exit_lane_of[movement]].edge_ix) {
            return true;
        }
    }
    return false;
}

/* A vehicle 100 m away is seven seconds off: it would hold a green for ever. Where there is a loop
 * in between, that one extends, and the far one only counts. */
static void give_extension(struct plan *p, int32_t lane_ix)
{
    struct detector *far = NULL;
    struct detector *mid = NULL;
    for (int32_t i = 0; i < p->detector_count; i++) {
        struct detector *d = &p->detector[i];
        const bool is_on_lane =
            d->lane_ix == lane_ix && d->distance_cm < p->lane[lane_ix].length_cm;
        if (is_on_lane && d->type == DETECTOR_LOOP && (d->roles & DETECTOR_CALLS) == 0) {
            *((d->roles & DETECTOR_EXTENDS) != 0 ? &far : &mid) = d;
        }
    }
    if (far != NULL && mid != NULL) {
        far->roles &= ~DETECTOR_EXTENDS;
        mid->roles |= DETECTOR_EXTENDS;
    }
}

/* The way of a connection through the junction, piece by piece. */
static void add_way(struct sumo_detector *s, const struct sumo_net *net, int32_t connection)
{
    int32_t lane = net->connection[connection].via_lane;
    while (lane >= 0 && s->lane_count < SUMO_ZONE_LANES_MAX) {
        for (int32_t i = 0; i < s->lane_count; i++) {
            if (strcmp(s->lane[i], net->lane[lane].id) == 0) {
                return;
            }
        }
        import_map_lane(s, net, lane);
        const bool ends = net->out_first[lane] == net->out_first[lane + 1];
        lane = ends ? -1 : net->connection[net->out_list[net->out_first[lane]]].via_lane;
    }
}

/* The plan's lane that a signalled connection comes from, -1 none. */
static int32_t plan_lane_of(const struct import_light *l, int32_t connection)
{
    double lead_m = 0;
    const int32_t lane = root_of(l->net, l->net->connection[connection].from_lane, &lead_m);
    for (int32_t i = 0; i < l->plan.lane_count; i++) {
        if (l->lane_of[i] == lane) {
            return i;
        }
    }
    return -1;
}

/* One camera on the inside, if anybody may have to wait there: it sees the ways of those who yield,
 * and of those who come behind them over the same lane. */
static void add_box(struct import_light *l)
{
    bool yields[LANE_MAX] = { false };
    bool is_wanted = false;
    const struct plan *p = &l->plan;
    for (int32_t m = 0; m < p->movement_count; m++) {
        yields[p->movement[m].lane_ix] |= p->movement[m].yields_to != 0;
        is_wanted = is_wanted || p->movement[m].yields_to != 0;
    }
    if (!is_wanted || !import_has_room(p, DETECTOR_CAMERA)) {
        return;
    }
    struct detector *d = import_detector_add(l, DETECTOR_CAMERA, DETECTOR_BOX, -1, "");
    struct sumo_detector *s = &l->map.detector[p->detector_count - 1];
    (void)snprintf(d->name, sizeof d->name, "box");
    d->length_cm = BOX_CM;
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < l->link_count; i++) {
            const struct import_link *link = &l->link[i];
            for (int32_t k = 0; link->is_signalled && k < link->connection_count; k++) {
                const int32_t lane = plan_lane_of(l, link->connection[k]);
                if (lane >= 0 && yields[lane] && (pass > 0 || yields_of(l, i) != 0)) {
                    add_way(s, l->net, link->connection[k]);
                }
            }
        }
    }
}

/* What matters most comes first: where the room ends, the rest is left out. */
void import_detectors(struct import_light *l)
{
    struct plan *p = &l->plan;
    const bool has_cameras = l->options->places_cameras;
    for (int32_t i = 0; i < p->lane_count; i++) {
        add_loop(l, i, DETECTOR_CALLS | DETECTOR_EXTENDS | DETECTOR_COUNTS, "stop", STOP_CM);
    }
    for (int32_t i = 0; i < p->lane_count && has_cameras; i++) {
        add_zone(l, i);
    }
    if (has_cameras) {
        add_box(l);
    }
    for (int32_t m = 0; m < p->movement_count && has_cameras; m++) {
        if (!street_has_exit(l, m)) {
            add_exit(l, m);
        }
    }
    for (int32_t i = 0; i < p->lane_count; i++) {
        const int32_t most_cm = min_i32(p->lane[i].length_cm, IMPORT_REACH_CM) - IMPORT_LOOP_CM;
        if (most_cm >= ADVANCE_LEAST_CM) {
            add_loop(l, i, DETECTOR_EXTENDS | DETECTOR_COUNTS, "far", most_cm);
        }
    }
    import_feeders(l);
    for (int32_t m = 0; m < p->movement_count && has_cameras; m++) {
        add_exit(l, m);
    }
    for (int32_t i = 0; i < p->lane_count; i++) {
        if (p->lane[i].length_cm >= IMPORT_REACH_CM) {
            add_loop(l, i, DETECTOR_COUNTS, "mid", MID_CM);
        }
    }
    for (int32_t i = 0; i < p->lane_count; i++) {
        give_extension(p, i);
    }
    if (p->detector_count > 0 && !import_has_room(p, DETECTOR_LOOP)) {
        import_note(l, IMPORT_WARNING, "all %d places for detectors are taken: some are left out",
                    DETECTOR_MAX);
    }
}

/* ---- recalls and exits ---- */

/* Nobody can call people on foot, or a group without lanes: the plan does, in one of its stages. */
void import_recalls(struct import_light *l)
{
    struct plan *p = &l->plan;
    sg_mask_t served = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        served |= (p->detector[i].roles & DETECTOR_CALLS) != 0 ? p->detector[i].sg : 0;
    }
    for (int32_t g = 0; g < p->sg_count; g++) {
        const bool is_ped = p->safety.sg_type[g] == SG_PEDESTRIAN;
        int32_t best = -1;
        for (int32_t s = p->stage_count - 1; s >= 0; s--) {
            const bool opens = (p->stage[s].sg & bit32((uint32_t)g)) != 0;
            best = opens && (best < 0 || p->stage[s].recall != 0 || p->stage[best].recall == 0)
                       ? s
                       : best;
        }
        if (best >= 0 && (served & bit32((uint32_t)g)) == 0) {
            p->stage[best].recall |= is_ped ? RECALL_PED : RECALL_MIN;
        }
    }
}

static bool find_lane(const struct import_light *const *all, int32_t count, int32_t lane,
                      const struct import_light **light, int32_t *lane_ix)
{
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; !all[i]->is_left_out && k < all[i]->plan.lane_count; k++) {
            if (all[i]->lane_of[k] == lane) {
                *light = all[i];
                *lane_ix = k;
                return true;
            }
        }
    }
    return false;
}

static bool goes_through(const struct plan *p, int32_t lane_ix)
{
    for (int32_t m = 0; m < p->movement_count; m++) {
        if (p->movement[m].lane_ix == lane_ix && p->movement[m].turn == TURN_THROUGH) {
            return true;
        }
    }
    return false;
}

/* How good a way onward is: straight along the main road, then into a lane of another light, and
 * there straight on again. */
static int32_t rank_way(const struct net_connection *c, const struct import_light *const *all,
                        int32_t count)
{
    const struct import_light *next = NULL;
    int32_t lane_ix = 0;
    const int32_t rank = c->dir == 's' && c->is_major ? RANK_MAIN : 0;
    if (!find_lane(all, count, c->to_lane, &next, &lane_ix)) {
        return rank;
    }
    return rank + (goes_through(&next->plan, lane_ix) ? 2 : 1);
}

/* Where traffic goes on from a lane: the one street, or the main road where side streets leave it.
 * -1: a light, several streets alike, or the end. */
static int32_t lane_onward(const struct import_light *l, int32_t lane,
                           const struct import_light *const *all, int32_t count, double *gap_m)
{
    const struct sumo_net *net = l->net;
    int32_t best = -1;
    int32_t best_rank = -1;
    for (int32_t k = net->out_first[lane]; k < net->out_first[lane + 1]; k++) {
        const struct net_connection *c = &net->connection[net->out_list[k]];
        if (c->light != NULL) {
            return -1;
        }
        if (c->dir == 't' || net_edge_of(net, c->to_lane)->function != NET_NORMAL) {
            continue;
        }
        const int32_t rank = rank_way(c, all, count);
        const bool is_other = best >= 0 && net->lane[best].edge_ix != net->lane[c->to_lane].edge_ix;
        if (is_other && (rank >= RANK_MAIN) == (best_rank >= RANK_MAIN)) {
            return -1;
        }
        if (rank > best_rank) {
            best = c->to_lane;
            best_rank = rank;
            *gap_m = c->via_lane >= 0 ? net->lane[c->via_lane].length_m : 0;
        }
    }
    return best;
}

static void lead_exit(struct import_light *l, struct movement *m, int32_t exit_lane,
                      const struct import_light *const *all, int32_t count)
{
    const struct sumo_net *net = l->net;
    double length_m = 0;
    m->exit[0] = '\0';
    m->exit_speed_cmps = speed_of(net->lane[exit_lane].speed_mps);
    int32_t lane = exit_lane;
    for (int32_t hop = 0; hop < HOP_MAX && lane >= 0; hop++) {
        const struct import_light *next = NULL;
        int32_t lane_ix = 0;
        double gap_m = 0;
        length_m += net->lane[lane].length_m;
        if (find_lane(all, count, lane, &next, &lane_ix)) {
            char to[NAME_MAX_BYTES];
            (void)snprintf(to, sizeof to, "%.18s/%.4s", next->plan.junction_name,
                           next->plan.lane[lane_ix].name);
            memcpy(m->exit, to, sizeof m->exit);
            break;
        }
        lane = lane_onward(l, lane, all, count, &gap_m);
        length_m += lane >= 0 ? gap_m : 0;
    }
    /* How far it is to the next light is travel time; without one, only the room matters. */
    m->exit_length_cm =
        cm_of(length_m, LANE_LEAST_CM, m->exit[0] != '\0' ? EXIT_LED_CM : EXIT_MOST_CM);
}

void import_exits(struct import_light *l, const struct import_light *const *all, int32_t count)
{
    for (int32_t m = 0; m < l->plan.movement_count; m++) {
        lead_exit(l, &l->plan.movement[m], l->exit_lane_of[m], all, count);
    }
}
