#include "microsim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

enum { DETECTORS_PER_LANE_MAX = 12, FOE_LANES_MAX = 12, PENDING_BUTTON_TICKS = 5 };

/* Passenger cars and city buses; accelerations of Treiber and Kesting, "Traffic Flow Dynamics",
 * 2013, table 11.2; comfortable braking and the yellow decision as in ITE's clearance formula (3.0
 * to 3.4 m/s2). */
static const double car_length_m = 5.0;
static const double bus_length_m = 12.0;
static const double standing_gap_m = 2.0;
/* Drivers differ: reaction times spread evenly by a quarter either way, so that the number of
 * vehicles in a green is not the same whole number each time. The mean headway stays the lane's. */
static const double reaction_spread = 0.25;
static const double car_accel_mps2 = 2.0;
static const double bus_accel_mps2 = 1.3;
static const double brake_mps2 = 3.0;
static const double yellow_stop_mps2 = 3.4;
static const double red_stop_mps2 = 8.0;
static const double stop_line_gap_m = 1.0;
/* Critical gap of a permissive left turn, HCM 7, chapter 31: 4.5 s from one opposing vehicle to the
 * next; the first half second of it is gone when that vehicle has left the box. */
static const double critical_gap_s = 4.0;
static const double box_m = 6.0;
static const double exit_zone_max_m = 40.0;
static const double queue_speed_mps = 2.0;
static const double tick_s = TICK_MS / 1000.0;

struct vehicle {
    double x_m; /* front to stop line: positive before it */
    double speed_mps;
    double length_m;
    double delay_s;
    double lane_delay_s;
    double reaction; /* of this driver, as a share of the lane's */
    int32_t movement_ix;
    bool is_bus;
    bool is_standing;
    bool has_gap;   /* took a gap at the stop line: does not think again */
    bool has_moved; /* faster than 1.5 m/s since its last stop */
    int32_t stops;
};

struct lane_detector {
    uint32_t detector_ix;
    double from_m, to_m; /* downstream and upstream edge, before the stop line */
};

struct source { /* where vehicles of one kind come in */
    struct rng rng;
    double next_s;  /* next arrival */
    double rate;    /* per second, as of now */
    double until_s; /* when the rate changes */
    double owed;    /* uniform arrivals: fraction of a vehicle due */
};

struct street { /* one lane with its cars, front first, in a ring buffer */
    const struct lane *lane;
    uint32_t junction_ix, lane_ix;
    char node[DEMAND_NODE_BYTES];
    double speed_mps, reaction_s, entry_m;
    struct vehicle *car;
    uint32_t room, first, count;
    uint32_t pending_cars, pending_buses; /* due, no room to enter */
    double pending_delay_s;               /* of those, not yet handed to a vehicle */
    struct source source[2];              /* enum demand_kind: vehicles, buses */
    struct rng turns;
    uint32_t movement_count;
    int32_t movement[MOVEMENT_MAX];
    uint32_t detector_count;
    struct lane_detector detector[DETECTORS_PER_LANE_MAX];
    struct microsim_lane seen;
};

struct turn_way {   /* what a movement leads to and yields to */
    int32_t target; /* street index, -1 out of the network */
    double exit_zone_m;
    uint32_t foe_count;
    uint32_t foe[FOE_LANES_MAX]; /* street indices */
};

struct crossing {
    bool is_used;
    char node[DEMAND_NODE_BYTES];
    struct source source;
    uint32_t waiting;
    double oldest_s;
    double busy_until_s; /* somebody walks */
    int32_t button_ticks;
};

struct site_model {
    const struct plan *plan;
    struct turn_way way[MOVEMENT_MAX];
    struct crossing crossing[SG_MAX];
    struct detector_input input[DETECTOR_MAX];
};

struct microsim {
    const struct demand *demand;
    bool is_uniform;
    int64_t ticks;
    uint32_t site_count, street_count;
    struct site_model *site;
    struct street *street;
    struct microsim_totals totals;
};

static double now_s(const struct microsim *m)
{
    return (double)m->ticks * tick_s;
}

/* Set-up */

static void name_node(char node[DEMAND_NODE_BYTES], const char *junction, const char *part)
{
    size_t used = strlen(junction);
    memcpy(node, junction, used);
    node[used++] = '/';
    memcpy(node + used, part, strlen(part) + 1);
}

static int32_t find_street(const struct microsim *m, const char *node)
{
    for (uint32_t i = 0; i < m->street_count; i++) {
        if (strcmp(m->street[i].node, node) == 0) {
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

static const char *street_init(struct street *st, const struct plan *p, uint32_t junction_ix,
                               uint32_t lane_ix, uint64_t seed)
{
    const struct lane *lane = &p->lane[lane_ix];
    st->lane = lane;
    st->junction_ix = junction_ix;
    st->lane_ix = lane_ix;
    name_node(st->node, p->junction_name, lane->name);
    st->speed_mps = lane->speed_cmps / 100.0;
    const double jam_m = car_length_m + standing_gap_m;
    st->reaction_s = lane->saturation_headway_ms / 1000.0 - jam_m / st->speed_mps;
    if (st->reaction_s < tick_s) {
        return "a saturation headway is too short for its lane's speed";
    }
    st->entry_m = lane->length_cm / 100.0;
    for (uint32_t i = 0; i < (uint32_t)p->movement_count; i++) {
        if (p->movement[i].lane_ix == (int32_t)lane_ix) {
            st->movement[st->movement_count++] = (int32_t)i;
        }
    }
    if (st->movement_count == 0) {
        return "a lane has no movement";
    }
    for (uint32_t i = 0; i < (uint32_t)p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if (d->lane_ix != (int32_t)lane_ix || d->type == DETECTOR_BUTTON) {
            continue;
        }
        if (st->detector_count == DETECTORS_PER_LANE_MAX) {
            return "a lane has more than 12 detectors";
        }
        st->detector[st->detector_count++] = (struct lane_detector){
            .detector_ix = i,
            .from_m = d->distance_cm / 100.0,
            .to_m = (d->distance_cm + d->length_cm) / 100.0,
        };
    }
    const uint64_t stream = ((uint64_t)junction_ix * LANE_MAX + lane_ix) * 4;
    source_init(&st->source[DEMAND_VEHICLE], seed, stream);
    source_init(&st->source[DEMAND_BUS], seed, stream + 1);
    rng_init(&st->turns, seed, stream + 2);
    return NULL;
}

static void add_foes(struct microsim *m, struct turn_way *way, const struct plan *p,
                     uint32_t junction_ix, int32_t own_lane_ix, sg_mask_t yields_to)
{
    for (uint32_t i = 0; i < m->street_count; i++) {
        const struct street *st = &m->street[i];
        bool is_foe = false;
        if ((int32_t)st->lane_ix == own_lane_ix) {
            continue;
        }
        for (uint32_t k = 0; st->junction_ix == junction_ix && k < st->movement_count; k++) {
            is_foe = is_foe || (p->movement[st->movement[k]].sg & yields_to) != 0;
        }
        if (is_foe && way->foe_count < FOE_LANES_MAX) {
            way->foe[way->foe_count++] = i;
        }
    }
}

static const char *connect_ways(struct microsim *m)
{
    for (uint32_t j = 0; j < m->site_count; j++) {
        struct site_model *site = &m->site[j];
        for (int32_t i = 0; i < site->plan->movement_count; i++) {
            const struct movement *mv = &site->plan->movement[i];
            struct turn_way *way = &site->way[i];
            const double exit_m = mv->exit_length_cm / 100.0;
            way->exit_zone_m = fmin(fmax(exit_m, 10.0), exit_zone_max_m);
            way->target = mv->exit[0] == '\0' ? -1 : find_street(m, mv->exit);
            if (way->target >=
                0) { /* an exit to a junction that is not simulated leaves the network */
                struct street *st = &m->street[way->target];
                const double entry_m =
                    st->lane->length_cm / 100.0 + fmax(0, exit_m - way->exit_zone_m);
                st->entry_m = fmax(st->entry_m, entry_m);
            }
            if (mv->yields_to != 0) {
                add_foes(m, way, site->plan, j, mv->lane_ix, mv->yields_to);
            }
        }
    }
    for (uint32_t i = 0; i < m->street_count; i++) {
        struct street *st = &m->street[i];
        st->room = (uint32_t)((st->entry_m + 2 * exit_zone_max_m) / car_length_m) + 4;
        st->car = calloc(st->room, sizeof *st->car);
        if (st->car == NULL) {
            return "out of memory";
        }
    }
    return NULL;
}

static void crossings_init(struct site_model *site, uint32_t junction_ix, uint64_t seed)
{
    const struct plan *p = site->plan;
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        struct crossing *c = &site->crossing[g];
        c->is_used = p->safety.sg_type[g] == SG_PEDESTRIAN;
        name_node(c->node, p->junction_name, p->sg[g].name);
        source_init(&c->source, seed, UINT64_C(1000000) + junction_ix * SG_MAX + g);
    }
}

static const char *fill(struct microsim *m, const struct plan *const *plans, uint64_t seed)
{
    uint32_t next = 0;
    for (uint32_t j = 0; j < m->site_count; j++) {
        m->site[j].plan = plans[j];
        crossings_init(&m->site[j], j, seed);
        for (uint32_t k = 0; k < (uint32_t)plans[j]->lane_count; k++) {
            const char *why = street_init(&m->street[next++], plans[j], j, k, seed);
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
        m->street_count += (uint32_t)plans[j]->lane_count;
    }
    m->site = calloc(plan_count, sizeof *m->site);
    m->street = calloc(m->street_count + 1u, sizeof *m->street);
    if (m->site != NULL && m->street != NULL) {
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
    for (uint32_t i = 0; m->street != NULL && i < m->street_count; i++) {
        free(m->street[i].car);
    }
    free(m->street);
    free(m->site);
    free(m);
}

void microsim_set_uniform(struct microsim *m, bool is_uniform)
{
    m->is_uniform = is_uniform;
}

/* Arrivals */

/* Gipps while the leader is slower, Newell while it is faster: a queue that starts keeps its
 * headway. */
static double safe_speed_mps(double gap_m, double leader_mps, double reaction_s)
{
    if (gap_m <= 0) {
        return 0;
    }
    const double bt = brake_mps2 * reaction_s;
    const double gipps_mps = sqrt(bt * bt + 2 * brake_mps2 * gap_m + leader_mps * leader_mps) - bt;
    return fmin(gipps_mps, gap_m / reaction_s);
}

/* How many come in this tick. Poisson: exponential gaps, redrawn when the rate changes (no memory).
 */
static uint32_t source_due(struct source *s, const struct microsim *m, const char *node,
                           enum demand_kind kind)
{
    const double t = now_s(m);
    if (t >= s->until_s) {
        s->rate = demand_rate(m->demand, node, kind, t, &s->until_s) / 3600.0;
        s->next_s = s->rate > 0 ? t + rng_exponential(&s->rng, 1.0 / s->rate) : INFINITY;
    }
    uint32_t due = 0;
    if (m->is_uniform) {
        s->owed += s->rate * tick_s;
        due = (uint32_t)s->owed;
        s->owed -= due;
        return due;
    }
    while (s->next_s < t + tick_s) {
        due++;
        s->next_s += rng_exponential(&s->rng, 1.0 / s->rate);
    }
    return due;
}

static struct vehicle *car_at(const struct street *st, uint32_t place)
{
    return &st->car[(st->first + place) % st->room];
}

/* Room behind the last car for one more, front at entry_m; *speed_mps: how fast it may come in. */
static bool entry_is_open(const struct street *st, double *speed_mps)
{
    *speed_mps = st->speed_mps;
    if (st->count == 0) {
        return true;
    }
    const struct vehicle *last = car_at(st, st->count - 1);
    const double gap_m = st->entry_m - last->x_m - last->length_m - standing_gap_m;
    if (gap_m < 0 || st->count == st->room) {
        return false;
    }
    const double safe_mps = safe_speed_mps(gap_m, last->speed_mps, st->reaction_s);
    *speed_mps = fmin(*speed_mps, safe_mps);
    return true;
}

static int32_t choose_movement(struct street *st, const struct plan *p)
{
    int32_t total = 0;
    for (uint32_t k = 0; k < st->movement_count; k++) {
        total += p->movement[st->movement[k]].share_permille;
    }
    if (total <= 0) {
        return st->movement[0];
    }
    int32_t draw = (int32_t)rng_below(&st->turns, (uint32_t)total);
    uint32_t k = 0;
    while (k + 1 < st->movement_count && draw >= p->movement[st->movement[k]].share_permille) {
        draw -= p->movement[st->movement[k]].share_permille;
        k++;
    }
    return st->movement[k];
}

static void push_car(struct street *st, const struct plan *p, struct vehicle car)
{
    car.x_m = st->entry_m;
    car.lane_delay_s = 0;
    car.movement_ix = choose_movement(st, p);
    *car_at(st, st->count) = car;
    st->count++;
}

static void street_arrivals(struct microsim *m, struct street *st)
{
    const struct plan *p = m->site[st->junction_ix].plan;
    const uint32_t cars = source_due(&st->source[DEMAND_VEHICLE], m, st->node, DEMAND_VEHICLE);
    const uint32_t buses = source_due(&st->source[DEMAND_BUS], m, st->node, DEMAND_BUS);
    m->totals.due += cars + buses;
    m->totals.buses += buses;
    st->pending_cars += cars;
    st->pending_buses += buses;
    const uint32_t pending = st->pending_cars + st->pending_buses;
    double speed_mps;
    if (pending == 0 || !entry_is_open(st, &speed_mps)) {
        return;
    }
    const bool is_bus = st->pending_buses > 0;
    /* First come, first served: the one that enters has waited the mean of those that wait. */
    const double share_s = st->pending_delay_s / pending;
    st->pending_delay_s -= share_s;
    st->pending_cars -= is_bus ? 0 : 1;
    st->pending_buses -= is_bus ? 1 : 0;
    const double reaction = 1 + reaction_spread * (2 * rng_unit(&st->turns) - 1);
    push_car(st, p,
             (struct vehicle){ .speed_mps = speed_mps,
                               .length_m = is_bus ? bus_length_m : car_length_m,
                               .delay_s = share_s,
                               .reaction = reaction,
                               .is_bus = is_bus,
                               .has_moved = true });
}

/* Right of way */

static bool any_green(const int32_t aspect[SG_MAX], sg_mask_t mask)
{
    for (uint32_t g = 0; g < SG_MAX; g++) {
        if ((mask & bit32(g)) != 0 && aspect_is_green(aspect[g])) {
            return true;
        }
    }
    return false;
}

static bool any_yellow(const int32_t aspect[SG_MAX], sg_mask_t mask)
{
    for (uint32_t g = 0; g < SG_MAX; g++) {
        if ((mask & bit32(g)) != 0 && aspect[g] == ASPECT_YELLOW) {
            return true;
        }
    }
    return false;
}

/* Two opposing turns that yield to each other pass each other; whoever stands to turn also holds
 * back those behind. */
static bool foe_comes(const struct street *st, const struct plan *p, const struct movement *own,
                      const int32_t aspect[SG_MAX])
{
    for (uint32_t k = 0; k < st->count; k++) {
        const struct vehicle *v = car_at(st, k);
        const struct movement *mv = &p->movement[v->movement_ix];
        if (v->x_m > 0 && v->speed_mps < queue_speed_mps && (mv->yields_to & own->sg) != 0) {
            return false;
        }
        if ((mv->sg & own->yields_to) == 0 || (mv->yields_to & own->sg) != 0) {
            continue;
        }
        if (v->x_m <= 0 && v->x_m > -box_m) {
            return true; /* still in the box */
        }
        const bool may_come =
            any_green(aspect, mv->sg) || (any_yellow(aspect, mv->sg) && v->speed_mps > 5.0);
        if (v->x_m > 0 && may_come) {
            return v->x_m < critical_gap_s * fmax(v->speed_mps, 3.0);
        }
    }
    return false;
}

static bool gap_is_open(const struct microsim *m, const struct site_model *site,
                        int32_t movement_ix, const int32_t aspect[SG_MAX])
{
    const struct movement *own = &site->plan->movement[movement_ix];
    for (uint32_t g = 0; g < SG_MAX; g++) {
        if ((own->yields_to & bit32(g)) != 0 && site->crossing[g].busy_until_s > now_s(m)) {
            return false;
        }
    }
    const struct turn_way *way = &site->way[movement_ix];
    for (uint32_t i = 0; i < way->foe_count; i++) {
        if (foe_comes(&m->street[way->foe[i]], site->plan, own, aspect)) {
            return false;
        }
    }
    return true;
}

/* May this vehicle, before the stop line, drive over it? */
static bool may_pass(const struct microsim *m, const struct street *st, const struct vehicle *v,
                     const int32_t aspect[SG_MAX])
{
    const struct site_model *site = &m->site[st->junction_ix];
    const struct movement *mv = &site->plan->movement[v->movement_ix];
    const bool must_yield = mv->yields_to != 0;
    const double stopping_mps2 = v->speed_mps * v->speed_mps / (2 * fmax(v->x_m, 0.01));
    if (any_green(aspect, mv->sg)) {
        return !must_yield || v->has_gap || v->x_m > 15.0 ||
               gap_is_open(m, site, v->movement_ix, aspect);
    }
    if (any_yellow(aspect, mv->sg)) {
        const bool waits_in_front = must_yield && v->x_m < 6.0;
        return stopping_mps2 > yellow_stop_mps2 ||
               (waits_in_front && gap_is_open(m, site, v->movement_ix, aspect));
    }
    if (st->lane->turn_on_red && mv->turn == TURN_RIGHT && v->is_standing && v->x_m < 4.0) {
        return gap_is_open(m, site, v->movement_ix, aspect);
    }
    return stopping_mps2 > red_stop_mps2;
}

/* Movement */

static double obstacle_speed_mps(const struct microsim *m, const struct street *st,
                                 struct vehicle *v, const int32_t aspect[SG_MAX])
{
    const struct turn_way *way = &m->site[st->junction_ix].way[v->movement_ix];
    if (v->x_m > 0) {
        /* Nobody can be stopped by a light that is further than the braking distance. */
        const double look_m = v->speed_mps * v->speed_mps / (2 * brake_mps2) +
                              v->speed_mps * (st->reaction_s + tick_s) + 5.0;
        const bool goes = v->x_m > look_m || may_pass(m, st, v, aspect);
        v->has_gap = goes && v->x_m <= stop_line_gap_m + 0.5;
        if (goes) {
            return st->speed_mps;
        }
        return safe_speed_mps(v->x_m - stop_line_gap_m, 0, tick_s);
    }
    double entry_mps;
    if (way->target >= 0 && !entry_is_open(&m->street[way->target], &entry_mps)) {
        return safe_speed_mps(v->x_m + way->exit_zone_m, 0, tick_s);
    }
    return st->speed_mps;
}

static void move_car(const struct microsim *m, const struct street *st, struct vehicle *v,
                     const struct vehicle *leader, const int32_t aspect[SG_MAX])
{
    const double accel_mps2 = v->is_bus ? bus_accel_mps2 : car_accel_mps2;
    const double part = v->speed_mps / st->speed_mps;
    double speed_mps = v->speed_mps + accel_mps2 * (1 - part * part * part * part) * tick_s;
    if (leader != NULL) {
        /* The leader has moved already: the gap is that of the same moment. */
        const double gap_m =
            v->x_m - leader->x_m - leader->speed_mps * tick_s - leader->length_m - standing_gap_m;
        speed_mps =
            fmin(speed_mps, safe_speed_mps(gap_m, leader->speed_mps, st->reaction_s * v->reaction));
    }
    speed_mps = fmin(speed_mps, obstacle_speed_mps(m, st, v, aspect));
    speed_mps = fmin(fmax(speed_mps, 0), st->speed_mps);
    v->speed_mps = speed_mps;
    v->x_m -= speed_mps * tick_s;
    v->has_moved = v->has_moved || speed_mps > 1.5;
    v->is_standing = speed_mps < 0.1;
    if (v->is_standing && v->has_moved) {
        v->has_moved = false;
        v->stops++;
    }
}

static void count_passing(struct microsim *m, struct street *st, const struct vehicle *v,
                          const int32_t aspect[SG_MAX])
{
    const struct movement *mv = &m->site[st->junction_ix].plan->movement[v->movement_ix];
    const bool on_red = !any_green(aspect, mv->sg) && !any_yellow(aspect, mv->sg);
    if (on_red && !(st->lane->turn_on_red && mv->turn == TURN_RIGHT)) {
        m->totals.red_runs++;
    }
    st->seen.passed++;
    st->seen.delay_s += v->lane_delay_s;
    st->seen.stops += v->stops;
}

static void move_street(struct microsim *m, struct street *st, const int32_t aspect[SG_MAX])
{
    const struct vehicle *leader = NULL;
    uint32_t queue = 0;
    for (uint32_t k = 0; k < st->count; k++) {
        struct vehicle *v = car_at(st, k);
        const double before_m = v->x_m;
        const int32_t stops = v->stops;
        move_car(m, st, v, leader, aspect);
        const double lost_s = tick_s * (1 - v->speed_mps / st->speed_mps);
        v->delay_s += lost_s;
        v->lane_delay_s += lost_s;
        m->totals.delay_s += lost_s;
        m->totals.bus_delay_s += v->is_bus ? lost_s : 0;
        m->totals.stops += v->stops - stops;
        m->totals.delay_max_s = fmax(m->totals.delay_max_s, v->delay_s);
        if (before_m > 0 && v->x_m <= 0) {
            count_passing(m, st, v, aspect);
        }
        queue += v->x_m > 0 && v->speed_mps < queue_speed_mps ? 1 : 0;
        leader = v;
    }
    const uint32_t pending = st->pending_cars + st->pending_buses;
    st->pending_delay_s += pending * tick_s;
    m->totals.delay_s += pending * tick_s;
    m->totals.bus_delay_s += st->pending_buses * tick_s;
    st->seen.queue = queue + pending;
    st->seen.queue_max = st->seen.queue > st->seen.queue_max ? st->seen.queue : st->seen.queue_max;
}

/* The front car leaves its lane behind the exit zone: out of the network or into the next lane. */
static void hand_over(struct microsim *m, struct street *st)
{
    if (st->count == 0) {
        return;
    }
    const struct vehicle *v = car_at(st, 0);
    const struct turn_way *way = &m->site[st->junction_ix].way[v->movement_ix];
    if (v->x_m > -way->exit_zone_m + 0.5) {
        return;
    }
    if (way->target >= 0) {
        struct street *next = &m->street[way->target];
        double speed_mps;
        if (!entry_is_open(next, &speed_mps)) {
            return;
        }
        struct vehicle car = *v;
        car.speed_mps = fmin(car.speed_mps, speed_mps);
        car.stops = 0;
        push_car(next, m->site[next->junction_ix].plan, car);
    } else {
        m->totals.arrived++;
    }
    st->first = (st->first + 1) % st->room;
    st->count--;
}

/* Crossings and detectors */

static void step_crossing(struct microsim *m, struct crossing *c, int32_t aspect, int32_t clear_ms)
{
    const double t = now_s(m);
    const uint32_t due = source_due(&c->source, m, c->node, DEMAND_PEDESTRIAN);
    m->totals.pedestrians += due;
    if (due > 0 && c->waiting == 0) {
        c->oldest_s = t;
    }
    c->waiting += due;
    if (c->waiting > 0 && aspect == ASPECT_GREEN) {
        c->waiting = 0;
        c->busy_until_s = t + clear_ms / 1000.0;
    }
    m->totals.pedestrian_delay_s += c->waiting * tick_s;
    if (c->waiting > 0) {
        m->totals.pedestrian_delay_max_s = fmax(m->totals.pedestrian_delay_max_s, t - c->oldest_s);
    }
    if (due > 0 && aspect != ASPECT_GREEN) {
        c->button_ticks = PENDING_BUTTON_TICKS;
    } else if (c->button_ticks > 0) {
        c->button_ticks--;
    }
}

static void set_input(struct detector_input *input, bool is_occupied)
{
    if (is_occupied && !input->is_occupied) {
        input->edge_count++;
    }
    input->is_occupied = is_occupied;
    input->quality = INPUT_GOOD;
    input->age_ms = 0;
}

static bool is_covered(const struct street *st, const struct lane_detector *d)
{
    for (uint32_t k = 0; k < st->count; k++) {
        const struct vehicle *v = car_at(st, k);
        if (v->x_m <= d->to_m && v->x_m + v->length_m >= d->from_m) {
            return true;
        }
        if (v->x_m > d->to_m) {
            return false; /* so are all behind it */
        }
    }
    return false;
}

static void sense(struct microsim *m)
{
    for (uint32_t i = 0; i < m->street_count; i++) {
        const struct street *st = &m->street[i];
        for (uint32_t k = 0; k < st->detector_count; k++) {
            set_input(&m->site[st->junction_ix].input[st->detector[k].detector_ix],
                      is_covered(st, &st->detector[k]));
        }
    }
    for (uint32_t j = 0; j < m->site_count; j++) {
        struct site_model *site = &m->site[j];
        for (int32_t i = 0; i < site->plan->detector_count; i++) {
            const struct detector *d = &site->plan->detector[i];
            bool pressed = false;
            for (uint32_t g = 0; d->type == DETECTOR_BUTTON && g < SG_MAX; g++) {
                pressed =
                    pressed || ((d->sg & bit32(g)) != 0 && site->crossing[g].button_ticks > 0);
            }
            if (d->type == DETECTOR_BUTTON || d->lane_ix < 0) {
                set_input(&site->input[i], pressed);
            }
        }
    }
}

void microsim_step(struct microsim *m, const int32_t aspect[][SG_MAX])
{
    for (uint32_t i = 0; i < m->street_count; i++) {
        street_arrivals(m, &m->street[i]);
    }
    for (uint32_t i = 0; i < m->street_count; i++) {
        move_street(m, &m->street[i], aspect[m->street[i].junction_ix]);
    }
    for (uint32_t i = 0; i < m->street_count; i++) {
        hand_over(m, &m->street[i]);
    }
    for (uint32_t j = 0; j < m->site_count; j++) {
        for (uint32_t g = 0; g < (uint32_t)m->site[j].plan->sg_count; g++) {
            if (m->site[j].crossing[g].is_used) {
                step_crossing(m, &m->site[j].crossing[g], aspect[j][g],
                              m->site[j].plan->safety.ped_clear_ms[g]);
            }
        }
    }
    sense(m);
    m->ticks++;
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
    for (uint32_t i = 0; i < m->street_count; i++) {
        t.waiting += m->street[i].pending_cars + m->street[i].pending_buses;
        t.running += m->street[i].count;
    }
    return t;
}

struct microsim_lane microsim_lane(const struct microsim *m, uint32_t junction_ix, uint32_t lane_ix)
{
    for (uint32_t i = 0; i < m->street_count; i++) {
        if (m->street[i].junction_ix == junction_ix && m->street[i].lane_ix == lane_ix) {
            return m->street[i].seen;
        }
    }
    return (struct microsim_lane){ 0 };
}
