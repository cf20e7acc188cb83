/* sumo.h: junctions in lockstep with SUMO instead of the microsimulator. A SUMO step of one second
 * is ten ticks of every junction on perfect cabinets: detectors are read, the ticks run, and the
 * lamps of the last go to SUMO for its next step. The junctions are those of the daemon:
 * junction_tick() with guard, oracle watching. Neighbours exchange their messages after each
 * second, by the same message as over MQTT. */
#ifndef KAVSAK_SUMO_H
#define KAVSAK_SUMO_H

#include "junction.h"
#include "sumo_map.h"
#include "traci.h"

enum { SUMO_JUNCTION_MAX = 64 };

struct sumo_config {
    const char *config_path; /* .sumocfg */
    const struct plan *const *plans;
    const struct sumo_map *const *maps;
    uint32_t junction_count;
    int32_t strategy; /* enum strategy to command over all plans */
    uint64_t seed;
    int64_t end_ms; /* -1: the scenario's own */
    int32_t decision_interval_s;
    bool sensor_noise; /* 10 % of vehicles missed, 5 % counted twice, cameras 0.5 s late */
    int32_t failed_detectors_pct; /* this share of detectors dead from the start, chosen by seed */
    bool neighbours;              /* they talk */
    const char *out_dir;          /* tripinfo.xml and summary.json; NULL: a scratch directory */
    const char *program;          /* "sumo" or "sumo-gui" */
    char *const *extra;           /* options for sumo, NULL at the end; they win */
};

struct sumo;
struct sumo_totals {
    double seconds, controller_s, wall_s; /* simulated; spent in ticks; spent in all */
    uint64_t decisions, cut_decisions;
    int64_t decision_p99_us, decision_max_us;
    uint64_t objections; /* of oracle or guard: must stay 0 */
};

struct sumo *sumo_create(const struct sumo_config *config, char error[TRACI_ERROR_BYTES]);
/* One second. STATUS_NOT_FOUND: the end. */
MUST_CHECK enum status sumo_step(struct sumo *s);
struct sumo_totals sumo_totals(const struct sumo *s);
const struct junction *sumo_junction(const struct sumo *s, uint32_t junction_ix);
struct traci_totals sumo_street(const struct sumo *s);
const char *sumo_error(const struct sumo *s);
void sumo_destroy(struct sumo *s);

#endif
