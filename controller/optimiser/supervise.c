#include "supervise.h"

enum {
    SERVED_MAX_MS = 60000,       /* longer than this nobody holds the others up */
    OVERSATURATED_ON_MS = 60000, /* starvation of several for so long: demand exceeds capacity */
    OVERSATURATED_OFF_MS = 5000,
    OVERSATURATED_TOP_MS = 120000,
    LOAD_CYCLE_CS = SUPERVISE_CYCLE_CS,
    RATE_LEAST_PER_KS = 30,      /* a lane whose rate is not learned yet is not due at once */
    ROOM_LEAST_VEHICLES = 2,     /* an exit with less room is not entered */
    BLOCKED_SHARE_PERMILLE = 500 /* of a lane's flow into full exits: the lane counts as blocked */
};

void supervise_init(struct supervise *v)
{
    *v = (struct supervise){ .starving_count = 0 };
}

static int32_t standing_on(const struct snapshot_lane *lane)
{
    int32_t standing = 0;
    while (standing < lane->count && lane->vehicle[standing].eta_cs <= 0) {
        standing++;
    }
    return standing;
}

static bool exit_is_full(const struct snapshot *s, int32_t exit_ix)
{
    if (exit_ix < 0) {
        return false;
    }
    const struct snapshot_exit *exit = &s->exit[exit_ix];
    return exit->is_blocked ||
           (exit->room_vehicles != EXIT_ROOM_UNKNOWN && exit->room_vehicles < ROOM_LEAST_VEHICLES);
}

/* Would most of this lane's traffic drive into a full exit? */
static bool lane_is_blocked(const struct snapshot *s, int32_t lane_ix)
{
    const struct layout_lane *lane = &s->layout->lane[lane_ix];
    int32_t blocked_permille = 0;
    int32_t all_permille = 0;
    for (int32_t m = 0; m < lane->movement_count; m++) {
        const int32_t share_permille = s->lane[lane_ix].share_permille[m];
        all_permille += share_permille;
        blocked_permille += exit_is_full(s, lane->movement[m].exit_ix) ? share_permille : 0;
    }
    return all_permille > 0 && blocked_permille * 1000 > BLOCKED_SHARE_PERMILLE * all_permille;
}

/* Time since a lane was last served: the shortest red of its groups. */
static int32_t lane_red_cs(const struct snapshot *s, int32_t lane_ix)
{
    int32_t red_cs = SNAPSHOT_NEVER_CS;
    for (sg_mask_t left = s->layout->lane[lane_ix].sg; left != 0; left &= left - 1) {
        red_cs = min_i32(red_cs, s->red_cs[lowest_bit(left)]);
    }
    return red_cs;
}

/* From its end of green to the end of the green that would clear the lane if it began soon. */
static bool lane_is_due(const struct snapshot *s, int32_t lane_ix)
{
    const struct snapshot_lane *lane = &s->lane[lane_ix];
    const int32_t standing = standing_on(lane);
    const int32_t red_cs = lane_red_cs(s, lane_ix);
    if (standing == 0 || red_cs == 0) {
        return false;
    }
    const int32_t z_cs =
        min_i32(red_cs + lane->start_loss_cs + standing * lane->headway_cs, SUPERVISE_CYCLE_MAX_CS);
    const int64_t expected_per_cycle_ks =
        (int64_t)max_i32(lane->arrivals_per_ks, RATE_LEAST_PER_KS) *
        SUPERVISE_CYCLE_CS; /* vehicles x 100,000 */
    const int64_t critical = expected_per_cycle_ks * (SUPERVISE_CYCLE_MAX_CS - z_cs) /
                             (SUPERVISE_CYCLE_MAX_CS - SUPERVISE_CYCLE_CS);
    return (int64_t)standing * 100000 >= critical;
}

static bool group_is_due(const struct snapshot *s, uint32_t sg_ix)
{
    const bool is_ped = (s->layout->peds & bit32(sg_ix)) != 0;
    const int32_t limit_cs = is_ped ? SUPERVISE_PED_CS : SUPERVISE_CYCLE_MAX_CS;
    return (s->called & bit32(sg_ix)) != 0 && s->waiting_cs[sg_ix] >= limit_cs;
}

static sg_mask_t groups_with_lanes(const struct layout *l)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < l->lane_count; i++) {
        sg |= l->lane[i].sg;
    }
    return sg;
}

static sg_mask_t groups_of(const struct layout *l, uint8_t who)
{
    return who < SUPERVISE_GROUP_0 ? l->lane[who].sg : bit32((uint32_t)who - SUPERVISE_GROUP_0);
}

static bool option_serves(const struct layout *l, int32_t option_ix, uint8_t who)
{
    return (l->option[option_ix].sg & groups_of(l, who)) != 0;
}

static bool is_listed(const struct supervise *v, uint8_t who)
{
    for (int32_t i = 0; i < v->starving_count; i++) {
        if (v->starving[i] == who) {
            return true;
        }
    }
    return false;
}

static bool can_be_served(const struct layout *l, uint8_t who)
{
    for (int32_t i = 0; i < l->option_count; i++) {
        if (option_serves(l, i, who)) {
            return true;
        }
    }
    return false;
}

static void list(struct supervise *v, const struct layout *l, uint8_t who)
{
    if (!is_listed(v, who) && can_be_served(l, who) && v->starving_count < SUPERVISE_QUEUE_MAX) {
        v->starving[v->starving_count++] = who;
    }
}

static void list_who_is_due(struct supervise *v, const struct snapshot *s)
{
    const struct layout *l = s->layout;
    for (int32_t i = 0; i < l->lane_count; i++) {
        if (lane_is_due(s, i) && !lane_is_blocked(s, i)) {
            list(v, l, (uint8_t)i);
        }
    }
    const sg_mask_t alone = s->called & ~groups_with_lanes(l);
    for (sg_mask_t left = alone; left != 0; left &= left - 1) {
        const uint32_t sg_ix = lowest_bit(left);
        if (group_is_due(s, sg_ix)) {
            list(v, l, (uint8_t)(SUPERVISE_GROUP_0 + sg_ix));
        }
    }
}

/* Whoever was served, or cannot go for the moment, makes room for the next. */
static bool is_done(const struct supervise *v, const struct snapshot *s, int32_t position)
{
    const uint8_t who = v->starving[position];
    if (who >= SUPERVISE_GROUP_0) {
        return (s->called & bit32((uint32_t)who - SUPERVISE_GROUP_0)) == 0;
    }
    return standing_on(&s->lane[who]) == 0 || lane_is_blocked(s, who) ||
           (position == 0 && v->served_ms >= SERVED_MAX_MS);
}

static void forget_who_is_done(struct supervise *v, const struct snapshot *s)
{
    int32_t kept = 0;
    const uint8_t first = v->starving_count > 0 ? v->starving[0] : 0;
    for (int32_t i = 0; i < v->starving_count; i++) {
        if (!is_done(v, s, i)) {
            v->starving[kept++] = v->starving[i];
        }
    }
    v->starving_count = kept;
    if (kept == 0 || v->starving[0] != first) {
        v->served_ms = 0;
    }
}

/* What the junction would have to fit into one cycle: the largest flow ratio of each set of lanes
 * that share an option, and the lost time between the options. */
static int32_t load_pct(const struct snapshot *s)
{
    const struct layout *l = s->layout;
    lane_mask_t left = 0;
    for (int32_t i = 0; i < l->lane_count; i++) {
        left |= s->lane[i].arrivals_per_ks > 0 ? bit64((uint32_t)i) : 0;
    }
    int64_t load_cs = 0;
    for (int32_t round = 0; left != 0 && round < l->option_count; round++) {
        int32_t heaviest_ix = -1;
        int64_t heaviest_cs = -1;
        for (int32_t i = 0; i < l->lane_count; i++) {
            const int64_t work_cs = (int64_t)s->lane[i].arrivals_per_ks * s->lane[i].headway_cs *
                                    LOAD_CYCLE_CS / 100000;
            if ((left & bit64((uint32_t)i)) != 0 && work_cs > heaviest_cs) {
                heaviest_ix = i;
                heaviest_cs = work_cs;
            }
        }
        REQUIRE(heaviest_ix >= 0); /* left is not empty */
        int32_t widest_ix = -1;
        int32_t widest = 0;
        for (int32_t o = 0; o < l->option_count; o++) {
            int32_t width = 0;
            for (int32_t i = 0; i < l->lane_count; i++) {
                const bool counts = (left & bit64((uint32_t)i)) != 0;
                width += counts && (l->lane[i].sg & l->option[o].sg) != 0 ? 1 : 0;
            }
            if (option_serves(l, o, (uint8_t)heaviest_ix) && width > widest) {
                widest_ix = o;
                widest = width;
            }
        }
        left &= ~bit64((uint32_t)heaviest_ix);
        for (int32_t i = 0; widest_ix >= 0 && i < l->lane_count; i++) {
            left &=
                (l->lane[i].sg & l->option[widest_ix].sg) != 0 ? ~bit64((uint32_t)i) : UINT64_MAX;
        }
        load_cs += heaviest_cs + s->lane[heaviest_ix].start_loss_cs;
    }
    return (int32_t)(load_cs * 100 / LOAD_CYCLE_CS);
}

static void watch_saturation(struct supervise *v, const struct snapshot *s, int32_t since_ms)
{
    const int32_t step_ms = v->starving_count >= 2 ? since_ms : -since_ms;
    v->oversaturated_ms = min_i32(max_i32(v->oversaturated_ms + step_ms, 0), OVERSATURATED_TOP_MS);
    v->load_pct = load_pct(s);
    const int32_t border_ms = v->is_oversaturated ? OVERSATURATED_OFF_MS : OVERSATURATED_ON_MS;
    v->is_oversaturated = v->oversaturated_ms >= border_ms;
}

/* Whom an option would let go: standing vehicles that can leave, and those that cannot. */
static void weigh_option(const struct snapshot *s, int32_t option_ix, int32_t *free_vehicles,
                         int32_t *blocked_vehicles)
{
    *free_vehicles = 0;
    *blocked_vehicles = 0;
    for (int32_t i = 0; i < s->layout->lane_count; i++) {
        if ((s->layout->lane[i].sg & s->layout->option[option_ix].sg) != 0) {
            const int32_t waiting = s->lane[i].count > 0 ? max_i32(standing_on(&s->lane[i]), 1) : 0;
            *(lane_is_blocked(s, i) ? blocked_vehicles : free_vehicles) += waiting;
        }
    }
}

/* Options that would send more vehicles against full exits than through free ones. */
static uint32_t clogged(const struct snapshot *s)
{
    uint32_t mask = 0;
    for (int32_t o = 0; o < s->layout->option_count; o++) {
        int32_t free_vehicles = 0;
        int32_t blocked_vehicles = 0;
        weigh_option(s, o, &free_vehicles, &blocked_vehicles);
        mask |= blocked_vehicles > free_vehicles ? bit32((uint32_t)o) : 0;
    }
    return mask;
}

static uint32_t reachable(const struct snapshot *s)
{
    const uint32_t all =
        s->layout->option_count >= 32 ? UINT32_MAX : bit32((uint32_t)s->layout->option_count) - 1;
    return s->option_ix < 0
               ? all
               : (s->layout->option[s->option_ix].next | bit32((uint32_t)s->option_ix)) & all;
}

static uint32_t serving(const struct snapshot *s, uint8_t who)
{
    uint32_t mask = 0;
    for (int32_t o = 0; o < s->layout->option_count; o++) {
        mask |= option_serves(s->layout, o, who) ? bit32((uint32_t)o) : 0;
    }
    return mask;
}

static void serve_the_first(struct supervise *v, const struct snapshot *s, int32_t since_ms,
                            struct search_limits *limits)
{
    if (v->starving_count == 0) {
        return;
    }
    const uint32_t there = serving(s, v->starving[0]) & limits->allowed;
    const uint32_t here = s->option_ix < 0 ? 0 : bit32((uint32_t)s->option_ix);
    if (there == 0) {
        /* Not in one change: whatever comes next is nearer than staying. */
        if ((limits->allowed & ~here) != 0) {
            limits->allowed &= ~here;
            limits->stay_max_cs = 0;
        }
        return;
    }
    limits->allowed = there;
    if ((there & here) != 0) {
        v->served_ms = age_add_ms(v->served_ms, since_ms);
    } else {
        limits->stay_max_cs = 0;
    }
}

void supervise_step(struct supervise *v, const struct snapshot *s, int32_t since_ms,
                    struct search_limits *limits)
{
    *limits = (struct search_limits){ .allowed = reachable(s), .stay_max_cs = SNAPSHOT_NEVER_CS };
    forget_who_is_done(v, s);
    list_who_is_due(v, s);
    watch_saturation(v, s, since_ms);
    limits->is_throughput = v->is_oversaturated;
    const uint32_t clear = limits->allowed & ~clogged(s);
    const bool is_here_clogged =
        s->option_ix >= 0 && (clogged(s) & bit32((uint32_t)s->option_ix)) != 0;
    v->blocked_ms = is_here_clogged ? age_add_ms(v->blocked_ms, since_ms) : 0;
    if (clear != 0) {
        limits->allowed = clear;
        limits->stay_max_cs = is_here_clogged ? 0 : limits->stay_max_cs;
    }
    serve_the_first(v, s, since_ms, limits);
}
