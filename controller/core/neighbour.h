/* neighbour.h: what one junction tells the next, in process and over MQTT alike: the outflow it
 * plans and the room it has left. It is advice with an age limit and bounds, so that a lying
 * neighbour can cost seconds but never safety. docs/neighbours.md has the MQTT form. */
#ifndef KAVSAK_NEIGHBOUR_H
#define KAVSAK_NEIGHBOUR_H

#include "types.h"

enum {
    NEIGHBOUR_VERSION = 1,
    NEIGHBOUR_BINS = 60,           /* of one second, from made_at on */
    NEIGHBOUR_STALE_MS = 5000,     /* older: its bins run on to their end, its room is unknown */
    NEIGHBOUR_BIN_MAX_MVEH = 2000, /* thousandths of a vehicle; above saturation flow is a lie */
    NEIGHBOUR_ROOM_UNKNOWN = -1,
    NEIGHBOUR_ROOM_MAX = 250
};

/* Whose lane a message speaks of. */
enum neighbour_direction {
    NEIGHBOUR_INFLOW, /* vehicles that the sender will send into a lane of the receiver */
    NEIGHBOUR_ROOM    /* vehicles that fit into a lane of the sender, which the receiver feeds */
};

/* As it travels. Times in the sender's wall clock. */
struct neighbour_message {
    int32_t version;
    int32_t direction; /* enum neighbour_direction */
    wall_t made_at;
    char from[NAME_MAX_BYTES];         /* junction that says it */
    char link[NAME_MAX_BYTES * 2];     /* "junction/lane" it speaks of */
    uint16_t bin_mveh[NEIGHBOUR_BINS]; /* NEIGHBOUR_INFLOW: leaving the sender's stop line */
    int32_t room_vehicles;             /* NEIGHBOUR_ROOM */
};

/* As it enters a tick: resolved, bounded, with its age. */
struct neighbour_input {
    uint8_t direction; /* enum neighbour_direction */
    uint8_t sender;    /* small number that tells the senders of one lane apart, 0 to 7 */
    uint8_t ix;        /* NEIGHBOUR_INFLOW: lane_ix; NEIGHBOUR_ROOM: movement_ix that feeds it */
    uint8_t room_vehicles;
    uint16_t age_ms;
    uint16_t travel_s; /* NEIGHBOUR_INFLOW: from the sender's stop line to ours, free flow */
    uint16_t bin_mveh[NEIGHBOUR_BINS];
};

#endif
