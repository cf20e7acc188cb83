/* neighbour.h: what one junction tells the next, in process and over MQTT alike: the outflow it
 * plans and the room it has. Version 1 is fixed here so that journal, wire and link have a place
 * for it; it is advice with an age limit and bounds, so a lying neighbour can cost seconds but
 * never safety. */
#ifndef KAVSAK_NEIGHBOUR_H
#define KAVSAK_NEIGHBOUR_H

#include "types.h"

enum {
    NEIGHBOUR_VERSION = 1,
    NEIGHBOUR_BINS = 60,          /* of one second, from made_at on */
    NEIGHBOUR_STALE_MS = 5000,    /* older: ignored */
    NEIGHBOUR_BIN_MAX_MVEH = 2000 /* thousandths of a vehicle; above saturation flow is a lie */
};

struct neighbour_flow {
    int32_t version;
    wall_t made_at;
    char link[NAME_MAX_BYTES * 2]; /* "junction/lane" it enters */
    int32_t outflow_mveh[NEIGHBOUR_BINS];
    int32_t free_vehicles; /* room left on the sender's own entry, -1 unknown */
};

#endif
