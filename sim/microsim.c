#include "microsim.h"

#include <math.h>
#include <string.h>

#include "microsim_model.h"

enum { BUTTON_TICKS = 5 };

/* Drivers differ: reaction times spread evenly by a quarter either way, so that the number of
 * vehicles in a green is not the same whole number each time. The mean headway stays the lane's. */
static const double reaction_spread = 0.25;
/* Comfortable braking and the yellow decision as in ITE's clearance formula (3.0 to 3.4 m/s2). */
static const double brake_mps2 = 3.0;
static const double yellow_stop_mps2 = 3.4;
static const double red_stop_mps2 = 8.0;
static const double stop_line_gap_m = 1.0;
/* Critical gap of a permissive left turn, HCM 7, chapter 31: 4.5 s from one opposing vehicle to the
 * next; the first half second of it is gone when that vehicle has left the box. */
static const double critical_gap_s = 4.0;
static const double box_m = 6.0;
/* Yellow and half of the usual all-red. */
static const double clear_box_s = 4.0;
/* Without lights one vehicle after the other drives, whoever has stood longest first. Four
 * approaches of an all-way stop, each with saturation headways of 8 to 10 s (HCM 7, exhibit 21-14,
 * case 5), make one in 2.5 s or less often. */
static const double turn_taking_s = 2.5;
static const double queue_speed_mps = 2.0;

/* Arrivals */

/* The wish, or what Gipps's safe speed behind the leader (Newell's while it is faster: a queue that
 * starts keeps its headway) leaves of it. The root is drawn only where it matters. */
static double bounded_mps(double wish_mps, double gap_m, double leader_mps, double reaction_s)
{
    if (gap_m <= 0) {
        return 0;
    }
    const double bt = brake_mps2 * reaction_s;
    const double free_m2ps2 = 2 * brake_mps2 * gap_m + leader_mps * leader_mps;
    double speed_mps = wish_mps;
    if (free_m2ps2 < wish_mps * (wish_mps + 2 * bt)) {
        speed_mps = sqrt(bt * bt + free_m2ps2) - bt;
    }
    return speed_mps * reaction_s > gap_m ? gap_m / reaction_s : speed_mps;
}

/* How many come in this tick. Poisson: exponential gaps, redrawn when the rate changes (no memory).
 */
static uint32_t source_due(struct source *s, const struct microsim *m, const char *node,
                           enum demand_kind kind)
{
    if (m->now_s >= s->until_s) {
        s->rate = demand_rate(m->demand, node, kind, m->now_s, &s->until_s) / 3600.0;
        s->next_s = s->rate > 0 ? m->now_s + rng_exponential(&s->rng, 1.0 / s->rate) : INFINITY;
    }
    uint32_t due = 0;
    if (m->is_uniform) {
        s->owed += s->rate * tick_s;
        due = (uint32_t)s->owed;
        s->owed -= due;
        return due;
    }
    while (s->next_s < m->now_s + tick_s) {
        due++;
        s->next_s += rng_exponential(&s->rng, 1.0 / s->rate);
    }
    return due;
}

/* Nothing is due before; the tick that ends at next_s is still to be asked. */
static double source_wake_s(const struct source *s)
{
    return less_of(s->next_s - tick_s, s->until_s);
}

static struct vehicle *car_at(const struct road *r, uint32_t place)
{
    return &r->car[(r->first + place) & r->room_mask];
}

/* What is left at the entry behind the last car; below 0: no room for one more. */
static double entry_gap_m(const struct road *r)
{
    if (r->count == 0) {
        return INFINITY;
    }
    if (r->count > r->room_mask) {
        return -1;
    }
    const struct vehicle *last = car_at(r, r->count - 1);
    return r->entry_m - last->x_m - last->length_m - standing_gap_m;
}

/* How fast one may come in; there is room. */
static double entry_mps(const struct road *r, double wish_mps)
{
    if (r->count == 0) {
        return wish_mps;
    }
    return bounded_mps(wish_mps, entry_gap_m(r), car_at(r, r->count - 1)->speed_mps, r->reaction_s);
}

static int32_t choose_movement(struct road *r, const struct plan *p)
{
    int32_t total = 0;
    for (uint32_t k = 0; k < r->movement_count; k++) {
        total += p->movement[r->movement[k]].share_permille;
    }
    if (total <= 0) {
        return r->movement[0];
    }
    int32_t draw = (int32_t)rng_below(&r->turns, (uint32_t)total);
    uint32_t k = 0;
    while (k + 1 < r->movement_count && draw >= p->movement[r->movement[k]].share_permille) {
        draw -= p->movement[r->movement[k]].share_permille;
        k++;
    }
    return r->movement[k];
}

static void push_car(const struct microsim *m, struct road *r, struct vehicle car)
{
    car.x_m = r->entry_m;
    car.lane_delay_s = 0;
    car.movement_ix = choose_movement(r, m->site[r->junction_ix].plan);
    *car_at(r, r->count) = car;
    r->count++;
}

static void take_arrivals(struct microsim *m, struct road *r)
{
    const uint32_t cars = source_due(&r->source[DEMAND_VEHICLE], m, r->node, DEMAND_VEHICLE);
    const uint32_t buses = source_due(&r->source[DEMAND_BUS], m, r->node, DEMAND_BUS);
    m->totals.due += cars + buses;
    m->totals.buses += buses;
    r->pending_cars += cars;
    r->pending_buses += buses;
    r->wake_s = m->is_uniform ? 0
                              : less_of(source_wake_s(&r->source[DEMAND_VEHICLE]),
                                        source_wake_s(&r->source[DEMAND_BUS]));
}

static void let_in(struct microsim *m, struct road *r)
{
    const uint32_t pending = r->pending_cars + r->pending_buses;
    if (pending == 0 || entry_gap_m(r) < 0) {
        return;
    }
    const bool is_bus = r->pending_buses > 0;
    /* First come, first served: the one that enters has waited the mean of those that wait. */
    const double share_s = r->pending_delay_s / pending;
    r->pending_delay_s -= share_s;
    r->pending_cars -= is_bus ? 0 : 1;
    r->pending_buses -= is_bus ? 1 : 0;
    const double reaction = 1 + reaction_spread * (2 * rng_unit(&r->turns) - 1);
    push_car(m, r,
             (struct vehicle){ .speed_mps = entry_mps(r, r->speed_mps),
                               .length_m = is_bus ? bus_length_m : car_length_m,
                               .accel_mps2 = is_bus ? bus_accel_mps2 : car_accel_mps2,
                               .delay_s = share_s,
                               .reaction = reaction,
                               .is_bus = is_bus,
                               .has_moved = true });
}

/* Lights */

static void read_lights(struct microsim *m, struct site_model *site, const int32_t aspect[SG_MAX])
{
    if (m->ticks > 0 && memcmp(site->aspect, aspect, sizeof site->aspect) == 0) {
        return;
    }
    memcpy(site->aspect, aspect, sizeof site->aspect);
    const sg_mask_t yellow_before = site->lights.yellow;
    struct lights seen = { 0 };
    for (uint32_t g = 0; g < (uint32_t)site->plan->sg_count; g++) {
        const bool is_silent = aspect[g] == ASPECT_DARK || aspect[g] == ASPECT_UNKNOWN ||
                               aspect[g] == ASPECT_FLASH_YELLOW || aspect[g] == ASPECT_FLASH_RED;
        seen.green |= aspect_is_green(aspect[g]) ? bit32(g) : 0;
        seen.yellow |= aspect[g] == ASPECT_YELLOW ? bit32(g) : 0;
        seen.silent |= is_silent ? bit32(g) : 0;
        if ((seen.yellow & ~yellow_before & bit32(g)) != 0) {
            site->yellow_at_s[g] = m->now_s;
        }
    }
    site->lights = seen;
}

/* Front of the queue at a silent light: who stands at the line and may drive when it is his turn.
 */
static struct vehicle *waits_in_silence(const struct site_model *site, const struct road *r)
{
    for (uint32_t k = 0; k < r->count; k++) {
        struct vehicle *v = car_at(r, k);
        if (v->x_m > 0) {
            const bool is_silent = (site->way[v->movement_ix].sg & site->lights.silent) != 0;
            const bool is_at_line = v->x_m <= stop_line_gap_m + 0.5;
            return is_silent && is_at_line && v->is_standing && !v->may_go ? v : NULL;
        }
    }
    return NULL;
}

static void take_turns(struct microsim *m, struct site_model *site)
{
    if (site->lights.silent == 0 || m->now_s < site->next_turn_s) {
        return;
    }
    struct vehicle *next = NULL;
    for (uint32_t k = 0; k < (uint32_t)site->plan->lane_count; k++) {
        struct vehicle *v = waits_in_silence(site, &m->road[site->first_road + k]);
        if (v != NULL && (next == NULL || v->stood_at_s < next->stood_at_s)) {
            next = v;
        }
    }
    if (next != NULL) {
        next->may_go = true;
        site->next_turn_s = m->now_s + turn_taking_s;
    }
}

/* Right of way */

/* Two opposing turns that yield to each other pass each other; whoever stands to turn also holds
 * back those behind. */
static bool foe_comes(const struct road *r, const struct site_model *site,
                      const struct turn_way *own)
{
    for (uint32_t k = 0; k < r->count; k++) {
        const struct vehicle *v = car_at(r, k);
        const struct turn_way *way = &site->way[v->movement_ix];
        if (v->x_m > 0 && v->speed_mps < queue_speed_mps && (way->yields_to & own->sg) != 0) {
            return false;
        }
        if ((way->sg & own->yields_to) == 0 || (way->yields_to & own->sg) != 0) {
            continue;
        }
        if (v->x_m <= 0 && v->x_m > -box_m) {
            return true; /* still in the box */
        }
        const bool may_come = (site->lights.green & way->sg) != 0 ||
                              ((site->lights.yellow & way->sg) != 0 && v->speed_mps > 5.0);
        if (v->x_m > 0 && may_come) {
            return v->x_m < critical_gap_s * more_of(v->speed_mps, 3.0);
        }
    }
    return false;
}

static bool gap_is_open(const struct microsim *m, const struct site_model *site,
                        const struct turn_way *way)
{
    if ((way->yields_to & site->busy) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < way->foe_count; i++) {
        if (foe_comes(&m->road[way->foe[i]], site, way)) {
            return false;
        }
    }
    return true;
}

/* How long ago the yellow of a movement began: the youngest of its groups. */
static double since_yellow_s(const struct microsim *m, const struct site_model *site, sg_mask_t sg)
{
    double since_s = INFINITY;
    for (uint32_t g = 0; g < SG_MAX; g++) {
        if ((sg & bit32(g)) != 0 && m->now_s - site->yellow_at_s[g] < since_s) {
            since_s = m->now_s - site->yellow_at_s[g];
        }
    }
    return since_s;
}

/* A turner that stood in the box when the green ended clears it when the opposing traffic has
 * stopped (the "sneaker" of HCM 7, chapter 31); later, cross traffic would be there. Our cars stand
 * at the line instead, and only the first of a lane. */
static bool clears_box(const struct microsim *m, const struct vehicle *v,
                       const struct site_model *site, const struct turn_way *way)
{
    return v->is_in_box && since_yellow_s(m, site, way->sg) < clear_box_s &&
           gap_is_open(m, site, way);
}

/* May this vehicle, before the stop line, drive over it? */
static bool may_pass(const struct microsim *m, const struct vehicle *v,
                     const struct site_model *site, const struct turn_way *way)
{
    const double stop_m2ps2 = v->speed_mps * v->speed_mps;
    const double way_m = 2 * more_of(v->x_m, 0.01);
    if ((site->lights.green & way->sg) != 0) {
        return way->yields_to == 0 || v->may_go || v->x_m > 15.0 || gap_is_open(m, site, way);
    }
    if (v->may_go && v->is_in_box) {
        return true;
    }
    if ((site->lights.yellow & way->sg) != 0) {
        return stop_m2ps2 > yellow_stop_mps2 * way_m || clears_box(m, v, site, way);
    }
    if ((site->lights.silent & way->sg) != 0 && v->may_go) {
        return true;
    }
    if (way->turns_on_red && v->is_standing && v->x_m < 4.0) {
        return gap_is_open(m, site, way);
    }
    return stop_m2ps2 > red_stop_mps2 * way_m || clears_box(m, v, site, way);
}

/* Movement */

/* What the stop line or a full exit leaves of the wish. */
static double obstacle_mps(const struct microsim *m, const struct road *r,
                           const struct site_model *site, struct vehicle *v, double wish_mps)
{
    const struct turn_way *way = &site->way[v->movement_ix];
    if (v->x_m > 0) {
        /* Nobody can be stopped by a light that is further than the braking distance. */
        const double look_m = v->speed_mps * v->speed_mps / (2 * brake_mps2) +
                              v->speed_mps * (r->reaction_s + tick_s) + 5.0;
        const bool goes = v->x_m > look_m || may_pass(m, v, site, way);
        v->may_go = goes && v->x_m <= stop_line_gap_m + 0.5;
        if ((site->lights.green & way->sg) != 0) {
            v->is_in_box = way->yields_to != 0 && v->x_m <= stop_line_gap_m + 0.5;
        }
        return goes ? wish_mps : bounded_mps(wish_mps, v->x_m - stop_line_gap_m, 0, tick_s);
    }
    if (way->target >= 0 && entry_gap_m(&m->road[way->target]) < 0) {
        return bounded_mps(wish_mps, v->x_m + way->exit_zone_m, 0, tick_s);
    }
    return wish_mps;
}

static void move_car(struct microsim *m, const struct road *r, const struct site_model *site,
                     struct vehicle *v, const struct vehicle *leader)
{
    const double part = v->speed_mps * r->per_speed;
    const double part2 = part * part;
    double speed_mps = v->speed_mps + v->accel_mps2 * (1 - part2 * part2) * tick_s;
    speed_mps = less_of(more_of(speed_mps, 0), r->speed_mps);
    if (leader != NULL) {
        /* The leader has moved already: the gap is that of the same moment. */
        const double gap_m =
            v->x_m - leader->x_m - leader->speed_mps * tick_s - leader->length_m - standing_gap_m;
        speed_mps = bounded_mps(speed_mps, gap_m, leader->speed_mps, r->reaction_s * v->reaction);
    }
    speed_mps = more_of(obstacle_mps(m, r, site, v, speed_mps), 0);
    v->speed_mps = speed_mps;
    v->x_m -= speed_mps * tick_s;
    v->has_moved = v->has_moved || speed_mps > 1.5;
    if (!v->is_standing && speed_mps < 0.1) {
        v->stood_at_s = m->now_s;
    }
    v->is_standing = speed_mps < 0.1;
    if (v->is_standing && v->has_moved) {
        v->has_moved = false;
        v->stops++;
        m->totals.stops++;
    }
}

static void count_passing(struct microsim *m, struct road *r, const struct site_model *site,
                          const struct vehicle *v)
{
    const struct turn_way *way = &site->way[v->movement_ix];
    const sg_mask_t any = site->lights.green | site->lights.yellow | site->lights.silent;
    if ((any & way->sg) == 0 && !way->turns_on_red && !v->is_in_box) {
        m->totals.red_runs++;
    }
    r->seen.passed++;
    r->seen.delay_s += v->lane_delay_s;
    r->seen.stops += v->stops;
}

static void move_road(struct microsim *m, struct road *r)
{
    const struct site_model *site = &m->site[r->junction_ix];
    const struct vehicle *leader = NULL;
    uint32_t queue = 0;
    double lost_sum_s = 0;
    for (uint32_t k = 0; k < r->count; k++) {
        struct vehicle *v = car_at(r, k);
        const bool was_before = v->x_m > 0;
        move_car(m, r, site, v, leader);
        const double lost_s = tick_s * (1 - v->speed_mps * r->per_speed);
        v->delay_s += lost_s;
        v->lane_delay_s += lost_s;
        lost_sum_s += lost_s;
        m->totals.bus_delay_s += v->is_bus ? lost_s : 0;
        m->totals.delay_max_s = more_of(m->totals.delay_max_s, v->delay_s);
        if (was_before && v->x_m <= 0) {
            count_passing(m, r, site, v);
        }
        queue += v->x_m > 0 && v->speed_mps < queue_speed_mps ? 1 : 0;
        leader = v;
    }
    const uint32_t pending = r->pending_cars + r->pending_buses;
    r->pending_delay_s += pending * tick_s;
    m->totals.delay_s += lost_sum_s + pending * tick_s;
    m->totals.bus_delay_s += r->pending_buses * tick_s;
    r->seen.queue = queue + pending;
    r->seen.queue_max = r->seen.queue > r->seen.queue_max ? r->seen.queue : r->seen.queue_max;
}

/* The front car leaves its lane behind the exit zone: out of the network or into the next lane. */
static void hand_over(struct microsim *m, struct road *r)
{
    const struct vehicle *v = car_at(r, 0);
    const struct turn_way *way = &m->site[r->junction_ix].way[v->movement_ix];
    if (v->x_m > -way->exit_zone_m + 0.5) {
        return;
    }
    if (way->target >= 0) {
        struct road *next = &m->road[way->target];
        if (entry_gap_m(next) < 0) {
            return;
        }
        struct vehicle car = *v;
        car.speed_mps = entry_mps(next, less_of(car.speed_mps, next->speed_mps));
        car.stops = 0;
        car.may_go = false;
        car.is_in_box = false;
        push_car(m, next, car);
    } else {
        m->totals.arrived++;
    }
    r->first = (r->first + 1) & r->room_mask;
    r->count--;
}

/* Crossings and detectors */

/* A turning vehicle meets people on one of the two halves of the crossing. */
static void walk(const struct microsim *m, struct crossing *c)
{
    c->waiting = 0;
    c->busy_until_s = m->now_s + c->clear_s / 2;
}

static void step_crossing(struct microsim *m, struct site_model *site, struct crossing *c)
{
    const sg_mask_t bit = bit32(c->sg_ix);
    const bool is_awake = m->is_uniform || m->now_s >= source_wake_s(&c->source);
    const uint32_t due = is_awake ? source_due(&c->source, m, c->node, DEMAND_PEDESTRIAN) : 0;
    m->totals.pedestrians += due;
    if (due > 0 && c->waiting == 0) {
        c->oldest_s = m->now_s;
    }
    c->waiting += due;
    const bool is_walk = site->aspect[c->sg_ix] == ASPECT_GREEN;
    if (c->waiting > 0 && (is_walk || (site->lights.silent & bit) != 0)) {
        walk(m, c);
    }
    if (c->waiting > 0) {
        m->totals.pedestrian_delay_s += c->waiting * tick_s;
        m->totals.pedestrian_delay_max_s =
            more_of(m->totals.pedestrian_delay_max_s, m->now_s - c->oldest_s);
    }
    if (due > 0 && !is_walk) {
        c->button_ticks = BUTTON_TICKS;
    } else if (c->button_ticks > 0) {
        c->button_ticks--;
    }
    site->busy = c->busy_until_s > m->now_s ? site->busy | bit : site->busy & ~bit;
    site->pressed = c->button_ticks > 0 ? site->pressed | bit : site->pressed & ~bit;
}

static void set_input(struct detector_input *input, bool is_occupied)
{
    if (is_occupied && !input->is_occupied) {
        input->edge_count++;
    }
    input->is_occupied = is_occupied;
}

/* Cars and detectors both lie in order, downstream first: one pass over the two. */
static uint32_t find_covered(const struct road *r)
{
    uint32_t covered = 0;
    uint32_t car = 0;
    for (uint32_t k = 0; k < r->detector_count && car < r->count; k++) {
        const struct vehicle *v = car_at(r, car);
        while (v->x_m + v->length_m < r->detector[k].from_m && ++car < r->count) {
            v = car_at(r, car);
        }
        if (car < r->count && v->x_m <= r->detector[k].to_m) {
            covered |= bit32(k);
        }
    }
    return covered;
}

static void sense_road(struct microsim *m, struct road *r)
{
    const uint32_t covered = find_covered(r);
    for (uint32_t changed = covered ^ r->covered; changed != 0; changed &= changed - 1) {
        const uint32_t k = (uint32_t)__builtin_ctz(changed);
        set_input(&m->site[r->junction_ix].input[r->detector[k].detector_ix],
                  (covered & bit32(k)) != 0);
    }
    r->covered = covered;
}

/* Cameras: what is in a zone, and how much of it stands. */

struct zone_count {
    uint32_t vehicles, queued;
};

static void count_vehicle(struct zone_count *c, const struct vehicle *v)
{
    c->vehicles++;
    c->queued += v->speed_mps < queue_speed_mps ? 1 : 0;
}

static void set_zone(struct detector_input *input, struct zone_count c)
{
    input->has_zone = true;
    input->zone_vehicles = (uint8_t)(c.vehicles < UINT8_MAX ? c.vehicles : UINT8_MAX);
    input->zone_queued = (uint8_t)(c.queued < UINT8_MAX ? c.queued : UINT8_MAX);
}

static void look_at_road(struct microsim *m, const struct road *r)
{
    for (uint32_t k = 0; k < r->detector_count; k++) {
        const struct lane_detector *d = &r->detector[k];
        struct zone_count c = { 0 };
        for (uint32_t i = 0; d->is_camera && i < r->count; i++) {
            const struct vehicle *v = car_at(r, i);
            if (v->x_m <= d->to_m && v->x_m + v->length_m >= d->from_m) {
                count_vehicle(&c, v);
            }
        }
        if (d->is_camera) {
            set_zone(&m->site[r->junction_ix].input[d->detector_ix], c);
        }
    }
}

/* behind_m: of the vehicle's front behind the stop line. A loop says full when something stands on
 * it, a camera when something stands in the first car length of its zone. */
static void count_behind(const struct exit_detector *e, const struct vehicle *v, double behind_m,
                         struct zone_count *c, bool *is_full)
{
    const double rear_m = behind_m - v->length_m;
    if (behind_m < e->from_m || rear_m > e->to_m) {
        return;
    }
    count_vehicle(c, v);
    const double first_m = e->is_camera ? less_of(e->from_m + car_length_m, e->to_m) : e->to_m;
    *is_full = *is_full || (v->speed_mps < queue_speed_mps && rear_m <= first_m);
}

static void look_at_exit(struct microsim *m, struct site_model *site, const struct exit_detector *e)
{
    struct zone_count c = { 0 };
    bool is_full = false;
    for (uint32_t k = 0; k < (uint32_t)site->plan->lane_count; k++) {
        const struct road *r = &m->road[site->first_road + k];
        for (uint32_t i = 0; i < r->count && car_at(r, i)->x_m <= 0; i++) {
            const struct vehicle *v = car_at(r, i);
            const uint32_t ix = (uint32_t)v->movement_ix;
            if ((e->movements[ix / 64] & bit64(ix % 64)) != 0) {
                count_behind(e, v, -v->x_m, &c, &is_full);
            }
        }
    }
    const struct road *next = e->target >= 0 ? &m->road[e->target] : NULL;
    for (uint32_t i = 0; next != NULL && i < next->count; i++) {
        const struct vehicle *v = car_at(next, i);
        count_behind(e, v, e->zone_m + next->entry_m - v->x_m, &c, &is_full);
    }
    struct detector_input *input = &site->input[e->detector_ix];
    set_input(input, is_full);
    if (e->is_camera) {
        set_zone(input, c);
    }
}

static void step_crossings(struct microsim *m, struct site_model *site)
{
    const sg_mask_t before = site->pressed;
    for (uint32_t i = 0; i < site->crossing_count; i++) {
        step_crossing(m, site, &site->crossing[i]);
    }
    for (uint32_t i = 0; site->pressed != before && i < site->button_count; i++) {
        const uint32_t ix = site->button[i];
        set_input(&site->input[ix], (site->plan->detector[ix].sg & site->pressed) != 0);
    }
}

void microsim_step(struct microsim *m, const int32_t aspect[][SG_MAX])
{
    m->now_s = (double)m->ticks * tick_s;
    for (uint32_t j = 0; j < m->site_count; j++) {
        read_lights(m, &m->site[j], aspect[j]);
        take_turns(m, &m->site[j]);
    }
    for (uint32_t i = 0; i < m->road_count; i++) {
        struct road *r = &m->road[i];
        if (m->now_s >= r->wake_s) {
            take_arrivals(m, r);
        }
        let_in(m, r);
    }
    for (uint32_t i = 0; i < m->road_count; i++) {
        if (m->road[i].count + m->road[i].pending_cars + m->road[i].pending_buses > 0) {
            move_road(m, &m->road[i]);
        }
    }
    for (uint32_t i = 0; i < m->road_count; i++) {
        if (m->road[i].count > 0) {
            hand_over(m, &m->road[i]);
        }
    }
    for (uint32_t j = 0; j < m->site_count; j++) {
        step_crossings(m, &m->site[j]);
    }
    for (uint32_t i = 0; i < m->road_count; i++) {
        sense_road(m, &m->road[i]);
        look_at_road(m, &m->road[i]);
    }
    for (uint32_t j = 0; j < m->site_count; j++) {
        for (uint32_t k = 0; k < m->site[j].exit_count; k++) {
            look_at_exit(m, &m->site[j], &m->site[j].exit[k]);
        }
    }
    m->ticks++;
}

void microsim_set_uniform(struct microsim *m, bool is_uniform)
{
    m->is_uniform = is_uniform;
    for (uint32_t i = 0; i < m->road_count; i++) {
        m->road[i].wake_s = 0;
    }
}

void microsim_detectors(const struct microsim *m, uint32_t junction_ix,
                        struct detector_input input[DETECTOR_MAX])
{
    REQUIRE(junction_ix < m->site_count);
    memcpy(input, m->site[junction_ix].input, sizeof m->site[junction_ix].input);
}

struct microsim_totals microsim_totals(const struct microsim *m)
{
    struct microsim_totals t = m->totals;
    for (uint32_t i = 0; i < m->road_count; i++) {
        t.waiting += m->road[i].pending_cars + m->road[i].pending_buses;
        t.running += m->road[i].count;
    }
    return t;
}

struct microsim_lane microsim_lane(const struct microsim *m, uint32_t junction_ix, uint32_t lane_ix)
{
    REQUIRE(junction_ix < m->site_count &&
            lane_ix < (uint32_t)m->site[junction_ix].plan->lane_count);
    return m->road[m->site[junction_ix].first_road + lane_ix].seen;
}
