/* snapshot.h: one moment of a junction as the search sees it: who stands or comes where, what the
 * lamps do, what the exits can take. Made by the estimator and the signals' state, read by search,
 * supervisor and explanation; the exact solver of the tests reads the same. Times are centiseconds
 * from now, integers throughout, so that a decision repeats bit for bit anywhere. */
#ifndef KAVSAK_SNAPSHOT_H
#define KAVSAK_SNAPSHOT_H

#include "layout.h"

enum {
    SNAPSHOT_VEHICLES_MAX = 64, /* of one lane within the horizon */
    SNAPSHOT_WEIGHT_ONE = 16,   /* one car */
    SNAPSHOT_NEVER_CS = INT16_MAX,
    EXIT_ROOM_UNKNOWN = -1
};

struct snapshot_vehicle {
    int16_t eta_cs;  /* at the stop line if nothing were in its way; below 0: waits since then */
    uint8_t weight;  /* sixteenths of a car: buses more, expected vehicles less */
    bool is_stopped; /* stands already: another stop cannot be saved */
};

struct snapshot_lane {
    struct snapshot_vehicle vehicle[SNAPSHOT_VEHICLES_MAX]; /* by eta, nearest first */
    int32_t count;
    int32_t headway_cs;      /* learned saturation headway */
    int32_t start_loss_cs;   /* learned: of the first vehicle after red */
    int32_t ready_cs;        /* flowing now: earliest next departure; 0 if it does not matter */
    int32_t arrivals_per_ks; /* mean rate, vehicles in 1000 s: for what lies beyond the horizon */
    int32_t age_cs;          /* of the oldest source that this rests on */
    bool is_substituted;     /* its detectors failed: a guess */
    uint16_t share_permille[LAYOUT_MOVEMENTS_MAX]; /* learned turning shares of layout movements */
};

struct snapshot_exit {
    int32_t room_vehicles; /* EXIT_ROOM_UNKNOWN: not seen, taken as free */
    int32_t drains_per_ks; /* vehicles that leave it in 1000 s, as observed lately */
    bool is_blocked;       /* seen full and standing now */
};

struct snapshot {
    const struct layout *layout;
    struct snapshot_lane lane[LANE_MAX];
    struct snapshot_exit exit[LAYOUT_EXIT_MAX];
    int32_t option_ix;               /* wanted now, reached or on the way; -1: none */
    int32_t green_cs;                /* since all of it was green, 0 on the way */
    int32_t sg_green_in_cs[SG_MAX];  /* of groups of this option: 0 green, else time until green */
    int32_t sg_flows_for_cs[SG_MAX]; /* of groups that close: time they still pass vehicles */
    int32_t may_leave_in_cs;         /* earliest end of this option by its minimums */
    int32_t must_leave_in_cs;        /* its maximum, if anybody else waits; SNAPSHOT_NEVER_CS */
    sg_mask_t called;                /* groups with a call, pedestrians included */
    int32_t red_cs[SG_MAX];          /* for how long a group has not been green */
    int32_t waiting_cs[SG_MAX];      /* for how long its call waits, 0 without call */
};

#endif
