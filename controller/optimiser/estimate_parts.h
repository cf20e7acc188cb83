/* estimate_parts.h: what the estimator's files know of each other; nobody else includes it.
 * estimate.c feeds and fills, estimate_lane.c keeps the list of a lane from loops, estimate_zone.c
 * corrects it by a camera, estimate_learn.c learns from departures, estimate_inflow.c keeps what
 * neighbours announce, estimate_expect.c adds who will come out of sight, estimate_exit.c what the
 * exits can take, estimate_feeder.c who is in sight upstream of where the lanes begin. */
#ifndef KAVSAK_ESTIMATE_PARTS_H
#define KAVSAK_ESTIMATE_PARTS_H

#include "estimate.h"

enum {
    JAM_SPACING_CM =
        750,           /* front to front in a standing queue, HCM 2010 31-2; layout.c counts so */
    LINE_MAX_CM = 600, /* a counter this near to the stop line sees who stands at it */
    LAG_DS = 10,       /* a count may be this late: sources that report once a second */
    SECOND_DS = 10
};

/* One lane at one tick. */
struct estimate_look {
    struct estimate *e;
    const struct layout *layout;
    const struct layout_lane *lane;
    struct estimate_lane *s;
    const struct estimate_view *view;
    int32_t now_ds;
    int32_t lag_ds; /* by which counts are late on average */
};

static inline int32_t estimate_travel_ds(const struct estimate_lane *s, int32_t distance_cm)
{
    return distance_cm * 10 / s->speed_cmps;
}

static inline bool estimate_has_line(const struct estimate_look *k)
{
    return k->lane->counter_count > 0 && k->lane->counter[0].distance_cm <= LINE_MAX_CM &&
           (k->s->trusted & 1U) != 0;
}

/* Farthest counter upstream of the stop line that can be trusted, -1 if none. */
int32_t estimate_far_ix(const struct layout_lane *lane, const struct estimate_lane *s);

/* estimate.c: keeps the order by eta. */
void estimate_put(struct snapshot_lane *out, const struct snapshot_vehicle *v);

/* estimate_lane.c */
void estimate_lane_insert(struct estimate_lane *s, int32_t at, const struct estimate_vehicle *v);
void estimate_lane_remove(struct estimate_lane *s, int32_t at);
int32_t estimate_lane_place(const struct layout_lane *lane, int32_t distance_cm);
/* Where the vehicle is believed to be at the farthest from the stop line. */
int32_t estimate_lane_distance_cm(const struct estimate_look *k, int32_t ix);
int32_t estimate_lane_storage(const struct layout_lane *lane);
void estimate_lane_count(const struct estimate_look *k, int32_t counter_ix);
void estimate_lane_leave(const struct estimate_look *k); /* the stop-line loop is free again */
void estimate_lane_second(const struct estimate_look *k);

/* estimate_zone.c */
void estimate_zone_read(const struct estimate_look *k, const struct detector_input *in);
bool estimate_zone_sees_arrivals(const struct estimate_look *k);
bool estimate_zone_is_full(const struct estimate_look *k);

/* estimate_learn.c */
void estimate_learn_init(struct estimate_lane *s, const struct layout_lane *lane);
void estimate_learn_flow(const struct estimate_look *k);    /* flow began or ended */
void estimate_learn_passage(const struct estimate_look *k); /* the head is at the stop line */
void estimate_learn_departure(const struct estimate_look *k);
void estimate_learn_second(const struct estimate_look *k);
/* Lanes of the same approach whose arrivals are known teach one that is blind. */
int32_t estimate_learn_rate_per_ks(const struct estimate *e, const struct layout *l,
                                   int32_t lane_ix);
int32_t estimate_learn_lane_permille(const struct estimate *e, const struct layout *l,
                                     int32_t lane_ix);

/* estimate_inflow.c */
void estimate_inflow_take(struct estimate *e, const struct layout *l,
                          const struct neighbour_input *in, int32_t now_ds);
void estimate_inflow_seen(struct estimate *e, int32_t approach_ix); /* one at the far counter */
void estimate_inflow_second(struct estimate *e, const struct layout *l, int32_t now_ds);
void estimate_inflow_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                          struct snapshot *s);

/* estimate_feeder.c */
void estimate_feeder_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v,
                          int32_t now_ds, int32_t lag_ds);
void estimate_feeder_entered(const struct estimate_look *k); /* one unknown to the lane is on it */
void estimate_feeder_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                          struct snapshot *s);

/* How long before it reaches the stop line a vehicle is seen by the lane's own detectors. */
int32_t estimate_sight_ds(const struct layout_lane *lane, const struct estimate_lane *s);

/* estimate_expect.c */
void estimate_expect_fill(const struct estimate *e, const struct layout *l, struct snapshot *s);

/* estimate_exit.c */
void estimate_exit_init(struct estimate *e, const struct layout *l);
void estimate_exit_take(struct estimate *e, const struct neighbour_input *in, int32_t now_ds);
void estimate_exit_sent(const struct estimate_look *k);
bool estimate_exit_is_full(const struct estimate_look *k); /* one that the lane leads to */
void estimate_exit_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v,
                        int32_t now_ds);
void estimate_exit_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                        struct snapshot *s);

#endif
