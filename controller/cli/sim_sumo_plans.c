/* Where the junctions of a SUMO scenario come from. */
#include "sim_sumo.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "load.h"
#include "sumo_scenario.h"

/* Minimum green of imported plans, as the published comparisons have it. */
enum { IMPORT_MIN_GREEN_MS = 5000 };

static void leave(struct sim_sumo_plans *p, const struct import_note *note)
{
    if (note->light[0] == '\0') { /* of the network as a whole */
        (void)fprintf(stderr, "kavsak sim: %s\n", note->text);
        return;
    }
    if (p->left_count < SIM_SUMO_LEFT_MAX) {
        p->left[p->left_count] = *note;
    }
    p->left_count++;
    (void)fprintf(stderr, "kavsak sim: %s is left to SUMO: %s\n", note->light, note->text);
}

static void take_note(void *self, const struct import_note *note)
{
    struct sim_sumo_plans *p = self;
    switch ((enum import_note_kind)note->kind) {
    case IMPORT_LEFT_OUT:
        leave(p, note);
        return;
    case IMPORT_REPAIRED:
        p->repairs++;
        break;
    case IMPORT_WARNING:
        p->warnings++;
        break;
    case IMPORT_DONE:
        return;
    }
    if (!p->is_quiet) {
        (void)fprintf(stderr, "kavsak sim: %s: %s\n", note->light, note->text);
    }
}

int sim_sumo_import(struct sim_sumo_plans *p, const struct sim_sumo_options *o, const char *folder)
{
    struct sumo_scenario scenario;
    char error[TRACI_ERROR_BYTES];
    const enum status status = sumo_scenario_read(&scenario, o->config_path, o->extra, error);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "kavsak sim: %s\n", error);
        return status == STATUS_IO ? CLI_IO : CLI_FINDINGS;
    }
    const struct import_options options = { .profile = PROFILE_BENCH,
                                            .yellow_ms = o->yellow_ms,
                                            .all_red_ms = o->all_red_ms,
                                            .min_green_ms = IMPORT_MIN_GREEN_MS,
                                            .places_cameras = true };
    int32_t count = 0;
    p->is_quiet = o->is_quiet;
    const enum status made = import_sumo(scenario.net, folder, &options, take_note, p, &count);
    if (made == STATUS_INVALID || made == STATUS_NOT_FOUND) {
        return CLI_FINDINGS; /* it has been told why */
    }
    if (made != STATUS_OK) {
        (void)fprintf(stderr, "kavsak sim: %s could not be imported into %s\n", scenario.net,
                      folder);
        return CLI_IO;
    }
    if (count == 0) {
        (void)fprintf(stderr, "kavsak sim: %s has no traffic light that can be imported\n",
                      scenario.net);
        return CLI_FINDINGS;
    }
    return CLI_FINE;
}

static bool is_junction(const char *folder, const char *name, char *path, size_t room)
{
    char file[SUMO_PATH_BYTES * 2];
    (void)snprintf(path, room, "%s/%s", folder, name);
    (void)snprintf(file, sizeof file, "%s/safety.yaml", path);
    return name[0] != '.' && access(file, R_OK) == 0;
}

static int load_one(struct sim_sumo_plans *p, const char *path, bool is_imported, struct diag *diag)
{
    static struct site site;
    struct plan *plan = calloc(1, sizeof *plan);
    struct sumo_map *map = calloc(1, sizeof *map);
    memset(diag, 0, sizeof *diag);
    if (plan == NULL || map == NULL) {
        (void)fputs("kavsak sim: out of memory\n", stderr);
        free(plan);
        free(map);
        return CLI_IO;
    }
    enum status status = plan_load(path, plan, &site, diag);
    /* STATUS_REFUSED forbids a real cabinet link, and there is none here. */
    if (status == STATUS_OK || status == STATUS_REFUSED) {
        status = sumo_map_read(path, plan, map, diag);
    }
    if (status == STATUS_OK) {
        p->plan[p->count] = plan;
        p->map[p->count++] = map;
        return CLI_FINE;
    }
    free(plan);
    free(map);
    if (!is_imported) {
        diag_print(diag, stderr, isatty(STDERR_FILENO) != 0);
        return status == STATUS_IO ? CLI_IO : CLI_FINDINGS;
    }
    struct import_note note = { .kind = IMPORT_LEFT_OUT };
    const char *slash = strrchr(path, '/');
    (void)snprintf(note.light, sizeof note.light, "%.150s", slash != NULL ? slash + 1 : path);
    (void)snprintf(note.text, sizeof note.text, "%s", diag->count > 0 ? diag->item[0].text : "");
    leave(p, &note);
    return CLI_FINE;
}

int sim_sumo_load(struct sim_sumo_plans *p, const char *folder, bool is_imported)
{
    struct dirent **names = NULL;
    char path[SUMO_PATH_BYTES];
    int result = CLI_FINE;
    struct diag *diag = calloc(1, sizeof *diag);
    const int count = scandir(folder, &names, NULL, alphasort); /* the same order everywhere */
    if (count < 0 || diag == NULL) {
        (void)fprintf(stderr, "kavsak sim: %s cannot be read\n", folder);
        free(diag);
        return CLI_IO;
    }
    for (int i = 0; i < count; i++) {
        if (result == CLI_FINE && is_junction(folder, names[i]->d_name, path, sizeof path)) {
            if (p->count == SUMO_JUNCTION_MAX) {
                (void)fprintf(stderr, "kavsak sim: more than %d junctions\n", SUMO_JUNCTION_MAX);
                result = CLI_FINDINGS;
            } else {
                result = load_one(p, path, is_imported, diag);
            }
        }
        free(names[i]);
    }
    free(names);
    free(diag);
    if (result == CLI_FINE && p->count == 0) {
        (void)fprintf(stderr, "kavsak sim: %s has no junction directory\n", folder);
        return CLI_FINDINGS;
    }
    return result;
}

void sim_sumo_forget(struct sim_sumo_plans *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        free(p->plan[i]);
        free(p->map[i]);
    }
    p->count = 0;
}
