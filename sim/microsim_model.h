/* microsim_model.h: what the microsimulator is made of, shared by the file that builds it and the
 * one that moves it; nobody else includes this. One road is one lane with its cars, front first.
 * Everything that a step would have to search for is found once, when the model is built. */
#ifndef KAVSAK_MICROSIM_MODEL_H
#define KAVSAK_MICROSIM_MODEL_H

#include "microsim.h"
#include "rng.h"

enum { DETECTORS_PER_LANE_MAX = 12, FOE_LANES_MAX = 12 };

struct vehicle {
    double x_m; /* front to stop line: positive before it */
    double speed_mps;
    double length_m;
    double accel_mps2;
    double reaction; /* of this driver, as a share of the lane's */
    double delay_s;
    double lane_delay_s;
    double stood_at_s; /* since when it stands */
    int32_t movement_ix;
    int32_t stops;
    bool is_bus;
    bool is_standing;
    bool may_go;    /* took a gap at the stop line, or its turn: does not think again */
    bool is_in_box; /* at green it was the first of those that wait for a gap */
    bool has_moved; /* faster than 1.5 m/s since its last stop */
};

struct lane_detector {
    uint32_t detector_ix;
    bool is_camera;      /* counts what is in its zone */
    double from_m, to_m; /* downstream and upstream edge, before the stop line */
};

struct exit_detector {
    uint32_t detector_ix;
    bool is_camera;
    double from_m, to_m;   /* upstream and downstream edge, behind the stop line */
    int32_t target;        /* road that its vehicles go on to, -1 out of the network */
    double zone_m;         /* behind the stop line, where that road begins */
    uint64_t movements[2]; /* bit = movement_ix that leads there; MOVEMENT_MAX of them */
};

struct source { /* where vehicles of one kind, or pedestrians, come in */
    struct rng rng;
    double next_s;  /* next arrival */
    double rate;    /* per second, as of now */
    double until_s; /* when the rate changes */
    double owed;    /* uniform arrivals: fraction of a vehicle due */
};

struct road {
    const struct lane *lane;
    uint32_t junction_ix;
    char node[DEMAND_NODE_BYTES];
    double speed_mps, reaction_s, entry_m;
    double per_speed; /* 1 / speed_mps */
    struct vehicle *car;
    uint32_t room_mask, first, count;     /* room is a power of two */
    uint32_t pending_cars, pending_buses; /* due, no room to enter */
    double pending_delay_s;               /* of those, not yet handed to a vehicle */
    double wake_s;                        /* no source has anything to say before */
    struct source source[2];              /* DEMAND_VEHICLE, DEMAND_BUS */
    struct rng turns;
    uint32_t movement_count;
    int32_t movement[MOVEMENT_MAX];
    uint32_t detector_count;
    struct lane_detector detector[DETECTORS_PER_LANE_MAX]; /* downstream first */
    uint32_t covered;                                      /* bit = its place in detector */
    struct microsim_lane seen;
};

struct turn_way { /* what a movement leads to and yields to */
    sg_mask_t sg, yields_to;
    bool turns_on_red;
    int32_t target; /* road index, -1 out of the network */
    double exit_zone_m;
    uint32_t foe_count;
    uint32_t foe[FOE_LANES_MAX]; /* road indices */
};

struct crossing {
    uint32_t sg_ix;
    char node[DEMAND_NODE_BYTES];
    struct source source;
    double clear_s; /* for the whole crossing, at walking speed */
    uint32_t waiting;
    double oldest_s;
    double busy_until_s; /* somebody walks where turning traffic would drive */
    int32_t button_ticks;
};

/* What the groups say, read once a step. Silent: flashing, dark or senseless, so that everybody has
 * to look for himself. */
struct lights {
    sg_mask_t green, yellow, silent;
};

struct site_model {
    const struct plan *plan;
    uint32_t first_road;
    struct turn_way way[MOVEMENT_MAX];
    uint32_t crossing_count;
    struct crossing crossing[SG_MAX];
    sg_mask_t busy;    /* crossings on which somebody walks */
    sg_mask_t pressed; /* crossings whose button is held */
    uint32_t button_count;
    uint32_t button[DETECTOR_MAX]; /* detector indices */
    int32_t aspect[SG_MAX];        /* of the last step */
    struct lights lights;
    double yellow_at_s[SG_MAX];
    double next_turn_s; /* silent lights: when the next may drive */
    uint32_t exit_count;
    struct exit_detector exit[DETECTOR_MAX];
    struct detector_input input[DETECTOR_MAX];
};

struct microsim {
    const struct demand *demand;
    bool is_uniform;
    int64_t ticks;
    double now_s;
    uint32_t site_count, road_count;
    struct site_model *site;
    struct road *road;
    struct microsim_totals totals;
};

/* Passenger cars and city buses; accelerations of Treiber and Kesting, "Traffic Flow Dynamics",
 * 2013, table 11.2. */
static const double car_length_m = 5.0;
static const double bus_length_m = 12.0;
static const double standing_gap_m = 2.0;
static const double car_accel_mps2 = 2.0;
static const double bus_accel_mps2 = 1.3;
static const double exit_zone_max_m = 40.0;
static const double tick_s = TICK_MS / 1000.0;

/* fmin and fmax are calls, for the sake of NaN; there is none here. */
static inline double less_of(double a, double b)
{
    return a < b ? a : b;
}

static inline double more_of(double a, double b)
{
    return a > b ? a : b;
}

#endif
