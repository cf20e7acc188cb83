/* Detectors upstream of where an approach widens, or narrows, before its stop line: nobody enters
 * or leaves between, but the lanes are other ones. They see the approach as a whole. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "import_sumo_parts.h"

enum {
    FEEDERS_MOST = 16, /* of one approach */
    HOP_MAX = 16,
    FEEDER_LEAST_CM = 1000, /* less is not worth a detector */
    TOP_CM = 500            /* lanes side by side differ by so much in length */
};

struct feeder {
    struct import_chain chain;
    int32_t lane_ix; /* the first that it leads to */
    int32_t begin_cm;
};

struct approach {
    int32_t own_count, fed_count;
    struct import_chain own[LANE_MAX];
    int32_t lane_ix[LANE_MAX]; /* of own */
    struct feeder fed[FEEDERS_MOST];
};

/* Where the lane begins, if it is one of the chain's, in metres from the stop line; else -1. */
static double begin_in(const struct sumo_net *net, const struct import_chain *c, int32_t lane)
{
    for (int32_t i = 0; i < c->count; i++) {
        if (c->lane[i] == lane) {
            return c->from_m[i] + net->lane[lane].length_m;
        }
    }
    return -1;
}

static bool is_covered(const struct sumo_net *net, const struct approach *a, int32_t lane)
{
    bool is_in = false;
    for (int32_t i = 0; i < a->own_count; i++) {
        is_in = is_in || begin_in(net, &a->own[i], lane) >= 0;
    }
    for (int32_t i = 0; i < a->fed_count; i++) {
        is_in = is_in || begin_in(net, &a->fed[i].chain, lane) >= 0;
    }
    return is_in;
}

/* The lanes of the plan that it leads to, directly or over other feeders: the first of them, and
 * how far from the stop line the last of them begins. */
static void find_end(const struct import_light *l, const struct approach *a, int32_t lane,
                     struct feeder *f, double *end_m)
{
    const struct sumo_net *net = l->net;
    f->lane_ix = -1;
    *end_m = -1;
    for (int32_t k = net->out_first[lane]; k < net->out_first[lane + 1]; k++) {
        const struct net_connection *c = &net->connection[net->out_list[k]];
        const double gap_m = c->via_lane >= 0 ? net->lane[c->via_lane].length_m : 0;
        for (int32_t i = 0; i < a->own_count + a->fed_count; i++) {
            const bool is_own = i < a->own_count;
            const struct feeder *next = is_own ? NULL : &a->fed[i - a->own_count];
            const int32_t to = is_own ? a->lane_ix[i] : next->lane_ix;
            const double begin_m = begin_in(net, is_own ? &a->own[i] : &next->chain, c->to_lane);
            if (begin_m < 0) {
                continue;
            }
            *end_m = fmax(*end_m, begin_m + gap_m);
            *end_m = fmax(*end_m, is_own ? l->plan.lane[to].length_cm / 100.0 : 0);
            f->lane_ix = f->lane_ix < 0 || to < f->lane_ix ? to : f->lane_ix;
        }
    }
}

static void add_feeder(const struct import_light *l, struct approach *a, int32_t lane)
{
    struct feeder *f = &a->fed[a->fed_count];
    double end_m = 0;
    if (a->fed_count == FEEDERS_MOST || l->net->lane[lane].use == NET_USE_PEDESTRIAN ||
        is_covered(l->net, a, lane)) {
        return;
    }
    find_end(l, a, lane, f, &end_m);
    if (f->lane_ix < 0 || end_m * 100 >= IMPORT_REACH_CM) {
        return;
    }
    f->chain = import_chain_up(l->net, lane, end_m);
    f->begin_cm = (int32_t)ceil(end_m * 100);
    a->fed_count++;
}

static void find_feeders(const struct import_light *l, int32_t first_lane_ix, struct approach *a)
{
    const struct sumo_net *net = l->net;
    int32_t edge_ix = net->lane[l->lane_of[first_lane_ix]].edge_ix;
    a->own_count = 0;
    a->fed_count = 0;
    for (int32_t i = first_lane_ix; i < l->plan.lane_count; i++) {
        if (net->lane[l->lane_of[i]].edge_ix == edge_ix) {
            a->lane_ix[a->own_count] = i;
            a->own[a->own_count++] = import_chain_up(net, l->lane_of[i], l->lead_m[i]);
        }
    }
    for (int32_t hop = 0; hop < HOP_MAX; hop++) {
        edge_ix = sumo_net_edge_before(net, edge_ix);
        if (edge_ix < 0) {
            break;
        }
        const struct net_edge *e = &net->edge[edge_ix];
        for (int32_t lane = e->first_lane; lane < e->first_lane + e->lane_count; lane++) {
            add_feeder(l, a, lane);
        }
    }
}

static bool is_name_taken(const struct plan *p, const char *name)
{
    for (int32_t i = 0; i + 1 < p->detector_count; i++) {
        if (strcmp(p->detector[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* As the approach, and counted on: s_feed1, s_feed2. */
static struct detector *add_named(struct import_light *l, const struct feeder *f, int32_t type,
                                  int32_t roles, const char *kind)
{
    struct detector *d = import_detector_add(l, type, roles, f->lane_ix, "");
    const char *lane = l->plan.lane[f->lane_ix].name;
    int32_t number = 0;
    d->sg = 0; /* it calls and extends nobody */
    do {
        number++;
        (void)snprintf(d->name, sizeof d->name, "%.*s_%s%d", (int)strcspn(lane, "0123456789"), lane,
                       kind, (int)number);
    } while (is_name_taken(&l->plan, d->name));
    return d;
}

static int32_t end_cm_of(const struct feeder *f)
{
    return (int32_t)fmin(IMPORT_REACH_CM, floor(f->chain.length_m * 100));
}

static void add_zone(struct import_light *l, const struct feeder *f)
{
    const int32_t end_cm = end_cm_of(f);
    if (end_cm - f->begin_cm < FEEDER_LEAST_CM || !import_has_room(&l->plan, DETECTOR_CAMERA)) {
        return;
    }
    struct detector *d =
        add_named(l, f, DETECTOR_CAMERA, DETECTOR_QUEUE | DETECTOR_COUNTS, "feedcam");
    struct sumo_detector *s = &l->map.detector[l->plan.detector_count - 1];
    d->distance_cm = f->begin_cm;
    d->length_cm = end_cm - f->begin_cm;
    const int32_t last = import_place_up(l->net, &f->chain, end_cm / 100.0, &s->pos_m);
    for (int32_t i = last; i >= 0; i--) {
        import_map_lane(s, l->net, f->chain.lane[i]);
    }
    s->end_pos_m = l->net->lane[f->chain.lane[0]].length_m;
}

/* Only where nothing feeds the feeder: everybody is counted once. */
static void add_loop(struct import_light *l, const struct feeder *f, int32_t top_cm)
{
    const int32_t end_cm = end_cm_of(f);
    if (end_cm + TOP_CM < top_cm || end_cm - f->begin_cm < FEEDER_LEAST_CM ||
        !import_has_room(&l->plan, DETECTOR_LOOP)) {
        return;
    }
    struct detector *d = add_named(l, f, DETECTOR_LOOP, DETECTOR_COUNTS, "feed");
    struct sumo_detector *s = &l->map.detector[l->plan.detector_count - 1];
    d->length_cm = IMPORT_LOOP_CM;
    d->distance_cm = end_cm - d->length_cm;
    const double middle_m = (d->distance_cm + d->length_cm / 2.0) / 100.0;
    const int32_t at = import_place_up(l->net, &f->chain, middle_m, &s->pos_m);
    s->end_pos_m = s->pos_m;
    import_map_lane(s, l->net, f->chain.lane[at]);
}

void import_feeders(struct import_light *l)
{
    for (int32_t i = 0; i < l->plan.lane_count; i++) {
        bool is_first = true;
        for (int32_t k = 0; k < i; k++) {
            is_first = is_first && l->plan.lane[k].approach_deg != l->plan.lane[i].approach_deg;
        }
        if (!is_first) {
            continue;
        }
        struct approach a;
        int32_t top_cm = 0;
        find_feeders(l, i, &a);
        for (int32_t k = 0; k < a.fed_count; k++) {
            top_cm = max_i32(top_cm, end_cm_of(&a.fed[k]));
        }
        for (int32_t k = 0; k < a.fed_count && l->options->places_cameras; k++) {
            add_zone(l, &a.fed[k]);
        }
        for (int32_t k = 0; k < a.fed_count; k++) {
            add_loop(l, &a.fed[k], top_cm);
        }
    }
}
