/* sumo_scenario.h: what a .sumocfg says of its network, and the command line that runs it under
 * Kavşak: our options first, those of the user instead of ours where both name the same, because
 * SUMO refuses to be told twice. */
#ifndef KAVSAK_SUMO_SCENARIO_H
#define KAVSAK_SUMO_SCENARIO_H

#include "sumo.h"

enum { SCENARIO_LIST_BYTES = 4096, SCENARIO_TEXT_BYTES = 16384, SCENARIO_ARGUMENTS_MAX = 200 };

struct sumo_scenario {
    char net[SUMO_PATH_BYTES];            /* as the file or the user's options have it */
    char additional[SCENARIO_LIST_BYTES]; /* with commas between, "" none */
};

/* STATUS_IO: cannot be read; STATUS_INVALID: is no SUMO configuration or names no network. extra:
 * options of the user, which win. */
MUST_CHECK enum status sumo_scenario_read(struct sumo_scenario *c, const char *path,
                                          char *const *extra, char error[TRACI_ERROR_BYTES]);

/* The value that the user's options give to one of ours, NULL if none: "--name value" or
 * "--name=value"; names: all that SUMO has for it, with spaces between. */
const char *sumo_option_of(char *const *extra, const char *names);

/* A command line in the caller's storage, NULL at its end. */
struct sumo_command {
    char *argument[SCENARIO_ARGUMENTS_MAX + 1];
    uint32_t count;
    char text[SCENARIO_TEXT_BYTES];
    size_t used;
    bool is_full;
    char tripinfo[SUMO_PATH_BYTES]; /* where the vehicles' results go */
};

MUST_CHECK enum status sumo_command_make(struct sumo_command *c, const struct sumo_config *config,
                                         const char *detectors_path, char error[TRACI_ERROR_BYTES]);

/* The detectors of all maps as an additional file of SUMO, named sumo_detector_name(). */
enum { SUMO_DETECTOR_NAME_BYTES = 32 };
/* part: 0, or the lane of a box, which takes a detector for each. */
void sumo_detector_name(char name[SUMO_DETECTOR_NAME_BYTES], uint32_t junction_ix,
                        uint32_t detector_ix, int32_t part);
MUST_CHECK enum status sumo_write_detectors(const char *path, const struct sumo_config *config);

#endif
