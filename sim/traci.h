/* traci.h: SUMO's TraCI protocol, as much of it as co-simulation needs: start and connect, version,
 * step, subscriptions to induction loops and lane area detectors, states of traffic lights. It has
 * no call for a vehicle: control sees what a cabinet could see. Blocking, one connection, errors
 * with SUMO's own words. Protocol: sumo.dlr.de/docs/TraCI/Protocol.html, versions 20 and up. */
#ifndef KAVSAK_TRACI_H
#define KAVSAK_TRACI_H

#include "types.h"

enum { TRACI_ERROR_BYTES = 512, TRACI_VERSION_LEAST = 20, TRACI_WATCH_MAX = 8192 };

struct traci;

struct traci_reading {     /* one detector after the last step */
    int32_t entered;       /* loops: vehicles that came onto it in the step */
    int32_t occupancy_pct; /* loops: share of the step it was covered */
    int32_t quiet_ms;      /* loops: since it was last covered; 0: it is covered now */
    int32_t vehicles;      /* zones: on it now */
    int32_t halted;        /* zones: of them, standing */
};

/* argv: the whole command line of sumo but for --remote-port, NULL at its end. NULL: error says
 * why ("sumo not found: install the package sumo"). */
struct traci *traci_start(char *const argv[], char error[TRACI_ERROR_BYTES]);
/* The same with a connection that stands already; takes the descriptor, in failure too. */
struct traci *traci_attach(int fd, char error[TRACI_ERROR_BYTES]);
void traci_stop(struct traci *t); /* closes in order; kills what does not end */
const char *traci_error(const struct traci *t);

/* Subscribes one detector; *ix counts up from 0 in the order of calls. */
MUST_CHECK enum status traci_watch_loop(struct traci *t, const char *id, uint32_t *ix);
MUST_CHECK enum status traci_watch_zone(struct traci *t, const char *id, uint32_t *ix);

/* Travels with the next step, which also brings what SUMO has to say against it. */
MUST_CHECK enum status traci_set_state(struct traci *t, const char *light, const char *letters);
/* One step; then traci_reading() has the new values. STATUS_INVALID: SUMO refused something;
 * STATUS_IO: sumo is gone; what it said last is in traci_error(). SUMO itself never ends a
 * simulation that is led by a client: who steps looks at the time. */
MUST_CHECK enum status traci_step(struct traci *t);
const struct traci_reading *traci_reading(const struct traci *t, uint32_t ix);
int64_t traci_time_ms(const struct traci *t);
int64_t traci_end_ms(const struct traci *t); /* as the scenario has it, -1 none */

/* What the simulation as a whole says, for progress and the report only. */
struct traci_totals {
    int32_t running, waiting, arrived, expected, teleports, collisions;
};
/* As the last step left them, but for waiting, which has to be asked for: */
struct traci_totals traci_counts(const struct traci *t);
MUST_CHECK enum status traci_totals(struct traci *t, struct traci_totals *totals);

#endif
