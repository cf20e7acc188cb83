/* estimate_state.h: what the estimator remembers; the estimate files alone look inside. Times are
 * tenths of a second since estimate_init(), which is as fine as a tick and lasts six years in 32
 * bits. Plain arrays without pointers, so that a junction's state can be copied and compared. */
#ifndef KAVSAK_ESTIMATE_STATE_H
#define KAVSAK_ESTIMATE_STATE_H

#include "neighbour.h"
#include "snapshot.h"

enum {
    ESTIMATE_LIST_MAX = 64,     /* vehicles of one lane that are on their way to its stop line */
    ESTIMATE_PAST_BINS = 100,   /* s, the longest way of which a message is taken */
    ESTIMATE_MESSAGES_MAX = 32, /* current inflow messages of a junction, a sender and lane each */
    ESTIMATE_FEEDER_MAX = 40,   /* vehicles in sight upstream of the lanes of one approach */
    ESTIMATE_READINGS = 3       /* of a camera zone, a second apart, newest first */
};

enum estimate_source { ESTIMATE_LOOP, ESTIMATE_CAMERA, ESTIMATE_GUESS };

/* place: the nearest counter that it has passed, as in layout_lane; counter_count: not one yet. */
struct estimate_vehicle {
    int32_t eta_ds; /* at the stop line if nothing were in its way */
    uint8_t weight; /* sixteenths of a car */
    uint8_t place;
    uint8_t source; /* enum estimate_source */
    bool is_stopped;
};

enum estimate_flow { /* what the lamps let the head of a lane do */
                     ESTIMATE_HELD,
                     ESTIMATE_YIELDS, /* it may go, but some may have to wait all the same */
                     ESTIMATE_FREE
};

struct estimate_lane {
    struct estimate_vehicle vehicle[ESTIMATE_LIST_MAX]; /* head first */
    uint8_t count;
    uint8_t flow;         /* enum estimate_flow */
    bool is_line_entered; /* the head stands on the stop-line loop, or is leaving it */
    bool head_is_told;    /* its movement has been learned from already */
    /* Detectors; bit = place in layout_lane.counter */
    uint8_t occupied, trusted, distrusted;
    bool zone_is_good; /* its source is healthy */
    bool zone_is_trusted, zone_is_distrusted;
    uint8_t zone_vehicles[ESTIMATE_READINGS], zone_queued[ESTIMATE_READINGS];
    int32_t entered_ds[LAYOUT_COUNTERS_MAX], left_ds[LAYOUT_COUNTERS_MAX];
    int32_t zone_read_ds, look_ds; /* last reading; next second's work */
    int32_t age_cs;                /* of the oldest source in use */
    /* Signals */
    int32_t flow_since_ds, flow_until_ds; /* the last that began, the last that ended */
    int32_t departed_ds, fourth_ds;       /* last departure; the fourth of this green */
    uint8_t departures;                   /* of the queue of this green, in an unbroken row */
    uint8_t row; /* departures without a gap in this green, whether or not they teach */
    /* Learned */
    int32_t headway_ms, start_loss_ms, speed_cmps;
    int32_t rate_x256; /* arrivals per 1000 s, times 256 */
    int32_t rate_age_s, arrived;
    int32_t owed_mveh; /* arrivals by rate not yet put into the list */
    uint16_t share_permille[LAYOUT_MOVEMENTS_MAX];
    /* Cross-check: what each source saw since check_ds */
    int32_t check_ds;
    uint16_t seen[LAYOUT_COUNTERS_MAX], zone_seen;
    int32_t feeder_from_cm; /* how far a feeder sees that can be trusted; 0: there is none */
};

struct estimate_fed_vehicle {
    int32_t eta_ds;
    uint8_t lane_ix; /* by the learned proportions */
};

/* Vehicles in sight upstream of the lanes of one approach; index as layout.feeder. */
struct estimate_feeder {
    struct estimate_fed_vehicle vehicle[ESTIMATE_FEEDER_MAX]; /* oldest first */
    uint8_t count, standing;
    uint8_t hidden;      /* guessed behind them, out of sight */
    uint8_t occupied;    /* loops; bit = place in layout_feeder.counter */
    bool zones_are_good; /* their sources are healthy */
    bool loops_are_trusted, zones_are_trusted, loops_are_distrusted, zones_are_distrusted;
    uint8_t vehicles[ESTIMATE_READINGS], queued[ESTIMATE_READINGS]; /* of all zones together */
    int32_t read_ds, look_ds; /* last reading; next second's work */
    int32_t changed_ds[LAYOUT_FEEDER_EYES];
    int32_t owed_mveh;
    uint16_t seen_loops, seen_zones; /* cross-check */
};

/* What one sender said of one lane: the future by its last message, in force until its last
 * vehicles have arrived, and behind it what earlier messages said of vehicles still on the way. */
struct estimate_message {
    bool is_used;
    uint8_t lane_ix, sender;
    int32_t made_ds;                                  /* begin of bin ESTIMATE_PAST_BINS */
    int32_t travel_ds;                                /* from the sender's stop line to ours */
    uint8_t bin[ESTIMATE_PAST_BINS + NEIGHBOUR_BINS]; /* of eight thousandths of a vehicle */
};

/* Lanes that come the same way. */
struct estimate_approach {
    int32_t account_mveh;              /* announced and due at the loops, less those seen there */
    int32_t announced_mveh, seen_mveh; /* over minutes: how far announcements can be believed */
    bool has_message;
};

struct estimate_exit {
    uint8_t vehicles, queued; /* of its zone, last reading */
    uint8_t vehicles_then;    /* at the last full second */
    bool is_seen, is_full;
    int32_t occupied_ds;        /* loops: since when, -1: free */
    int32_t told_room, told_ds; /* by the neighbour; -1: never */
    int32_t sent_mveh;          /* since the last second */
    int32_t drains_x256;        /* vehicles per 1000 s, times 256 */
};

struct estimate {
    mono_t epoch;
    int32_t fed_ds;
    sg_mask_t flowing, green;
    uint16_t phases; /* bit = tick of the second on which counts came, */
    uint8_t counts;  /* and how many: counts that come on one tick of ten come late */
    struct estimate_lane lane[LANE_MAX];
    struct estimate_message message[ESTIMATE_MESSAGES_MAX];
    struct estimate_approach approach[LANE_MAX];
    struct estimate_exit exit[LAYOUT_EXIT_MAX];
    struct estimate_feeder feeder[LAYOUT_FEEDERS_MAX];
    int32_t feeder_credit[LANE_MAX];        /* thousandths of a vehicle that the lane is owed */
    uint8_t exit_of_movement[MOVEMENT_MAX]; /* 255: none */
};

#endif
