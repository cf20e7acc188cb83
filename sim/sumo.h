/* sumo.h: junctions in lockstep with SUMO instead of the microsimulator. A SUMO step of one second
 * is ten ticks of every junction on perfect cabinets: detectors are read, the ticks run, and the
 * lamps of the last go to SUMO for its next step. The junctions are those of the daemon:
 * junction_tick() with guard, oracle watching. Neighbours exchange their messages after each
 * second, by the same message as over MQTT. Start-up is over when the scenario begins. */
#ifndef KAVSAK_SUMO_H
#define KAVSAK_SUMO_H

#include "junction.h"
#include "sumo_map.h"
#include "traci.h"

enum { SUMO_JUNCTION_MAX = 64, SUMO_PATH_BYTES = 1024, SUMO_WARM_UP_S = 300 };

struct sumo_config {
    const char *config_path; /* .sumocfg */
    const struct plan *const *plans;
    const struct sumo_map *const *maps;
    uint32_t junction_count;
    int32_t strategy; /* enum strategy; runs the plan of that strategy */
    uint64_t seed;
    int64_t end_ms; /* -1: the scenario's own */
    int32_t decision_interval_s;
    bool sensor_noise; /* 10 % of vehicles missed, 5 % counted twice, cameras 0.5 s late */
    int32_t failed_detectors_pct; /* this share of detectors dead from the start, chosen by seed */
    bool neighbours;              /* they talk */
    const char *out_dir;          /* exists; gets detectors.add.xml and tripinfo.xml */
    const char *program;          /* "sumo" or "sumo-gui" */
    char *const *extra;           /* options for sumo, NULL at the end; they win */
};

struct sumo;
struct sumo_totals {
    double simulated_s, controller_s, wall_s; /* in the scenario; spent in ticks; spent in all */
    uint64_t decisions, cut_decisions;
    int64_t decision_p99_us, decision_max_us; /* of the ticks on which decisions are made */
    int32_t nodes_max;
    uint64_t objections; /* of oracle or guard: must stay 0 */
    uint64_t messages, messages_lost;
    uint32_t dead_detectors;
};

/* What one junction did since the scenario began. */
struct sumo_corner_totals {
    uint64_t objections, stage_changes, greens;
    int64_t below_s; /* seconds below the strategy that was asked for */
    uint32_t detectors, dead_detectors;
    uint64_t messages; /* that it took from neighbours */
};

struct sumo *sumo_create(const struct sumo_config *config, char error[TRACI_ERROR_BYTES]);
/* One second. STATUS_NOT_FOUND: the end. STATUS_IO: sumo is gone. STATUS_INVALID: it refused. */
MUST_CHECK enum status sumo_step(struct sumo *s);
/* Ends SUMO in order, so that its files are whole; the rest can still be asked. */
void sumo_close(struct sumo *s);
struct sumo_totals sumo_totals(const struct sumo *s);
struct sumo_corner_totals sumo_corner_totals(const struct sumo *s, uint32_t junction_ix);
const struct junction *sumo_junction(const struct sumo *s, uint32_t junction_ix);
/* The lamps that SUMO shows for this junction's light in its next step. */
const char *sumo_letters(const struct sumo *s, uint32_t junction_ix);
int64_t sumo_time_ms(const struct sumo *s);
struct traci_totals sumo_street(struct sumo *s);
const char *sumo_tripinfo_path(const struct sumo *s);
const char *sumo_error(const struct sumo *s);
const char *sumo_objection(const struct sumo *s); /* the first one, or "" */
void sumo_destroy(struct sumo *s);

#endif
