/* sim_sumo.h: kavsak sim --sumo: a SUMO scenario under Kavşak. Internal to the sim subcommand: what
 * its parts (options, plans, run, report) hand to each other. */
#ifndef KAVSAK_SIM_SUMO_H
#define KAVSAK_SIM_SUMO_H

#include "diag.h"
#include "import_sumo.h"
#include "sumo.h"
#include "sumo_report.h"

enum { SIM_SUMO_LEFT_MAX = 256 };

struct sim_sumo_options {
    const char *config_path;
    const char *plans_folder; /* NULL: import */
    const char *out_folder;   /* NULL: nothing is kept */
    int32_t strategy;
    uint64_t seed;
    int64_t end_ms;
    int32_t decision_interval_s, yellow_ms, all_red_ms, failed_pct;
    bool is_noisy, has_gui, is_alone, is_json, is_quiet;
    char *const *extra; /* what stands behind --, NULL at its end */
};

/* The junctions of a scenario, and the lights that are left to SUMO. */
struct sim_sumo_plans {
    uint32_t count;
    struct plan *plan[SUMO_JUNCTION_MAX];
    struct sumo_map *map[SUMO_JUNCTION_MAX];
    uint32_t left_count, warnings, repairs; /* of the import */
    struct import_note left[SIM_SUMO_LEFT_MAX];
    bool is_quiet;
};

struct sim_sumo_run {
    const struct sim_sumo_options *options;
    const struct sim_sumo_plans *plans;
    struct sumo *sumo;
    struct sumo_report report;
    struct traci_totals street;
    bool has_died, was_interrupted;
    char why[TRACI_ERROR_BYTES]; /* it died */
};

/* Imports every light of the scenario's network into folder, which must not have junctions. */
int sim_sumo_import(struct sim_sumo_plans *p, const struct sim_sumo_options *o, const char *folder);
/* Loads the junction directories of a folder. Those that were imported and do not load are left to
 * SUMO; those that a person named are an error. */
int sim_sumo_load(struct sim_sumo_plans *p, const char *folder, bool is_imported);
void sim_sumo_forget(struct sim_sumo_plans *p);

void sim_sumo_write_json(FILE *file, const struct sim_sumo_run *run);
void sim_sumo_print(const struct sim_sumo_run *run);

#endif
