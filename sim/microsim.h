/* microsim.h: vehicles and pedestrians at one or more junctions, made from their lanes.yaml. Shows
 * the controllers loops, buttons and camera zones, obeys the lamps, and counts what it cost: delay,
 * stops, queues. Never sees a plan's timing and never tells a controller what a detector could not.
 *
 * Car following is Newell's linear rule ("A simplified car-following theory", Transportation
 * Research B 36, 2002), bounded by Gipps's safe speed (Transportation Research B 15, 1981) behind
 * slower leaders: in a moving queue spacing is jam spacing plus speed times reaction time, so with
 *     reaction time = saturation headway - jam spacing / speed
 * a lane discharges with the headway that lanes.yaml states. Bounded acceleration (the free term of
 * Treiber's IDM, 2000) makes the start-up loss. A yellow is obeyed by whoever can stop comfortably.
 *
 * Owned by whoever created it; allocates in create only; deterministic for a seed. */
#ifndef KAVSAK_MICROSIM_H
#define KAVSAK_MICROSIM_H

#include "demand.h"
#include "frame.h"
#include "plan.h"

enum { MICROSIM_JUNCTION_MAX = 64 };

struct microsim;

struct microsim_totals {
    uint64_t due;     /* vehicles that should have come so far */
    uint64_t arrived; /* left the network */
    uint64_t waiting; /* due, not inserted: no room at the entry */
    uint64_t running;
    double delay_s; /* of all due vehicles, arrived or not: time so far less free-flow time */
    double stops;   /* of all vehicles: standstills */
    double bus_delay_s;
    uint64_t buses;
    uint64_t pedestrians;
    double pedestrian_delay_s;
    double pedestrian_delay_max_s;
    double delay_max_s; /* of one vehicle */
    uint64_t red_runs;  /* crossed the stop line against red: must stay 0 */
};

struct microsim_lane {
    uint64_t passed; /* crossed the stop line */
    double delay_s;  /* spent on this lane by those that passed */
    double stops;
    uint32_t queue; /* standing or slower than 2 m/s now */
    uint32_t queue_max;
};

/* NULL when memory is out or the plans do not fit each other; *why says which (static text). Plans
 * and demand must outlive the simulator. */
struct microsim *microsim_create(const struct plan *const *plans, uint32_t plan_count,
                                 const struct demand *demand, uint64_t seed, const char **why);
void microsim_destroy(struct microsim *m);

/* Arrivals evenly spaced instead of Poisson; for comparison with theory. */
void microsim_set_uniform(struct microsim *m, bool is_uniform);

/* One tick of TICK_MS under these lamps: aspect[junction][sg]. */
void microsim_step(struct microsim *m, const int32_t aspect[][SG_MAX]);

/* Detectors of one junction as they are now; quality is INPUT_GOOD, age 0. Cameras count the
 * vehicles of their zones; exits (lanes.yaml, exit_detector) see what is behind the stop line. */
void microsim_detectors(const struct microsim *m, uint32_t junction_ix,
                        struct detector_input input[DETECTOR_MAX]);

struct microsim_totals microsim_totals(const struct microsim *m);
struct microsim_lane microsim_lane(const struct microsim *m, uint32_t junction_ix,
                                   uint32_t lane_ix);

#endif
