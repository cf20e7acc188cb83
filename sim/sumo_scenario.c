#include "sumo_scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xml.h"

/* All names that SUMO 1.15 has for what is read here. */
static const char names_of_net[] = "net-file net n";
static const char names_of_additional[] = "additional-files additional a";
static const char names_of_tripinfo[] = "tripinfo-output tripinfo";

struct reading {
    struct sumo_scenario *scenario;
    const char *folder; /* of the configuration, with its slash, or "" */
    bool is_configuration;
    bool is_full;
};

/* Is this name one of the list? */
static bool is_among(const char *name, size_t length, const char *names)
{
    for (const char *at = names; *at != '\0'; at += strspn(at, " ")) {
        const size_t size = strcspn(at, " ");
        if (size == length && strncmp(at, name, size) == 0) {
            return true;
        }
        at += size;
    }
    return false;
}

/* Adds a list of paths to another; those of a configuration are relative to its folder. */
static bool add_paths(char *list, size_t room, const char *folder, const char *paths)
{
    for (const char *at = paths; *at != '\0';) {
        at += strspn(at, ", \t\n");
        const size_t size = strcspn(at, ",\t\n");
        const size_t used = strlen(list);
        if (size == 0) {
            break;
        }
        const int put = snprintf(list + used, room - used, "%s%s%.*s", used > 0 ? "," : "",
                                 *at == '/' ? "" : folder, (int)size, at);
        if (put < 0 || (size_t)put >= room - used) {
            return false;
        }
        at += size;
    }
    return true;
}

static bool open_element(void *self, const char *element, const char *const *attributes)
{
    struct reading *r = self;
    struct sumo_scenario *c = r->scenario;
    const char *value = xml_get(attributes, "value");
    const size_t length = strlen(element);
    /* "configuration" or, of old, "sumoConfiguration". */
    r->is_configuration = r->is_configuration || strstr(element, "onfiguration") != NULL;
    if (!r->is_configuration) {
        return false;
    }
    if (value == NULL) {
        return true;
    }
    if (is_among(element, length, names_of_net)) {
        r->is_full = !add_paths(c->net, sizeof c->net, r->folder, value);
    } else if (is_among(element, length, names_of_additional)) {
        r->is_full = !add_paths(c->additional, sizeof c->additional, r->folder, value);
    }
    return !r->is_full;
}

const char *sumo_option_of(char *const *extra, const char *names)
{
    for (; extra != NULL && *extra != NULL; extra++) {
        const char *name = *extra + strspn(*extra, "-");
        const size_t length = strcspn(name, "=");
        if (name == *extra || !is_among(name, length, names)) {
            continue;
        }
        if (name[length] == '=') {
            return name + length + 1;
        }
        return extra[1] != NULL ? extra[1] : "";
    }
    return NULL;
}

enum status sumo_scenario_read(struct sumo_scenario *c, const char *path, char *const *extra,
                               char error[TRACI_ERROR_BYTES])
{
    char folder[SUMO_PATH_BYTES] = "";
    char why[XML_ERROR_BYTES] = "";
    const char *slash = strrchr(path, '/');
    memset(c, 0, sizeof *c);
    if (slash != NULL) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    }
    struct reading reading = { .scenario = c, .folder = folder };
    const struct xml_handler handler = { .open = open_element, .self = &reading };
    const enum status status = xml_read(path, &handler, why);
    const char *net = sumo_option_of(extra, names_of_net);
    const char *additional = sumo_option_of(extra, names_of_additional);
    if (net != NULL) {
        (void)snprintf(c->net, sizeof c->net, "%s", net);
    }
    if (additional != NULL) {
        (void)snprintf(c->additional, sizeof c->additional, "%s", additional);
    }
    (void)snprintf(error, TRACI_ERROR_BYTES, "%s", why);
    if (status == STATUS_IO || status == STATUS_INVALID) {
        return status;
    }
    (void)snprintf(error, TRACI_ERROR_BYTES, "%s: %s", path,
                   !reading.is_configuration ? "is no SUMO configuration"
                   : reading.is_full         ? "names too many files"
                                             : "names no network (net-file)");
    return reading.is_configuration && !reading.is_full && c->net[0] != '\0' ? STATUS_OK
                                                                             : STATUS_INVALID;
}

static void put(struct sumo_command *c, const char *text)
{
    const size_t size = strlen(text) + 1;
    if (c->count == SCENARIO_ARGUMENTS_MAX || size > sizeof c->text - c->used) {
        c->is_full = true;
        return;
    }
    c->argument[c->count++] = memcpy(c->text + c->used, text, size);
    c->argument[c->count] = NULL;
    c->used += size;
}

/* One of our options, unless the user has it. The first of its names is the one that is used. */
static void put_option(struct sumo_command *c, char *const *extra, const char *names,
                       const char *value)
{
    char option[64];
    if (sumo_option_of(extra, names) == NULL) {
        (void)snprintf(option, sizeof option, "--%.*s", (int)strcspn(names, " "), names);
        put(c, option);
        put(c, value);
    }
}

static void put_options(struct sumo_command *c, const struct sumo_config *config)
{
    char number[32];
    char *const *extra = config->extra;
    put_option(c, extra, "step-length", "1");
    put_option(c, extra, "time-to-teleport", "-1");
    put_option(c, extra, "no-step-log no-step", "true");
    put_option(c, extra, "duration-log.disable no-duration-log", "true");
    put_option(c, extra, "xml-validation", "never");
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)config->seed);
    put_option(c, extra, "seed srand", number);
    if (config->end_ms >= 0) {
        (void)snprintf(number, sizeof number, "%.3f", (double)config->end_ms / 1000);
        put_option(c, extra, "end e", number);
    }
    put_option(c, extra, names_of_tripinfo, c->tripinfo);
    put_option(c, extra, "tripinfo-output.write-unfinished", "true");
    put_option(c, extra, "tripinfo-output.write-undeparted", "true");
    if (strstr(config->program, "gui") != NULL) {
        put_option(c, extra, "start S", "true");
        put_option(c, extra, "quit-on-end Q", "true");
    }
}

/* The user's options but for additional files, which are in our list already. */
static void put_extra(struct sumo_command *c, char *const *extra)
{
    for (; extra != NULL && *extra != NULL; extra++) {
        const char *name = *extra + strspn(*extra, "-");
        const size_t length = strcspn(name, "=");
        if (name != *extra && is_among(name, length, names_of_additional)) {
            extra += name[length] == '=' || extra[1] == NULL ? 0 : 1;
            continue;
        }
        put(c, *extra);
    }
}

enum status sumo_command_make(struct sumo_command *c, const struct sumo_config *config,
                              const char *detectors_path, char error[TRACI_ERROR_BYTES])
{
    struct sumo_scenario scenario;
    char additional[SCENARIO_LIST_BYTES + SUMO_PATH_BYTES];
    memset(c, 0, sizeof *c);
    const enum status status =
        sumo_scenario_read(&scenario, config->config_path, config->extra, error);
    if (status != STATUS_OK) {
        return status;
    }
    const char *tripinfo = sumo_option_of(config->extra, names_of_tripinfo);
    (void)snprintf(c->tripinfo, sizeof c->tripinfo, "%s%s",
                   tripinfo != NULL ? tripinfo : config->out_dir,
                   tripinfo != NULL ? "" : "/tripinfo.xml");
    (void)snprintf(additional, sizeof additional, "%s%s%s", scenario.additional,
                   scenario.additional[0] != '\0' ? "," : "", detectors_path);
    put(c, config->program);
    put(c, "--configuration-file");
    put(c, config->config_path);
    put(c, "--additional-files");
    put(c, additional);
    put_options(c, config);
    put_extra(c, config->extra);
    (void)snprintf(error, TRACI_ERROR_BYTES, "too many options for sumo");
    return c->is_full ? STATUS_NO_SPACE : STATUS_OK;
}

void sumo_detector_name(char name[SUMO_DETECTOR_NAME_BYTES], uint32_t junction_ix,
                        uint32_t detector_ix, int32_t part)
{
    const int length =
        snprintf(name, SUMO_DETECTOR_NAME_BYTES, "kavsak_%u_%u", junction_ix, detector_ix);
    if (part > 0) {
        (void)snprintf(name + length, SUMO_DETECTOR_NAME_BYTES - (size_t)length, "_%d", part);
    }
}

static void write_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", file);
            break;
        case '<':
            (void)fputs("&lt;", file);
            break;
        case '"':
            (void)fputs("&quot;", file);
            break;
        default:
            (void)fputc(*text, file);
        }
    }
}

/* Their own output is not wanted: one interval longer than any run, written nowhere. */
static const char detector_end[] = " freq=\"1000000\" friendlyPos=\"true\" file=\"NUL\"/>\n";

static void write_detector(FILE *file, const char *name, const struct sumo_detector *d,
                           bool is_zone)
{
    (void)fprintf(file, "  <%s id=\"%s\" %s=\"", is_zone ? "laneAreaDetector" : "inductionLoop",
                  name, is_zone ? "lanes" : "lane");
    for (int32_t i = 0; i < d->lane_count && i < SUMO_ZONE_LANES_MAX; i++) {
        (void)fputs(i > 0 ? " " : "", file);
        write_text(file, d->lane[i]);
    }
    (void)fprintf(file, "\" pos=\"%.2f\"", d->pos_m);
    if (is_zone) {
        (void)fprintf(file, " endPos=\"%.2f\"", d->end_pos_m);
    }
    (void)fputs(detector_end, file);
}

/* What lies side by side takes a detector each. */
static void write_box(FILE *file, const struct sumo_detector *d, uint32_t junction_ix,
                      uint32_t detector_ix)
{
    char name[SUMO_DETECTOR_NAME_BYTES];
    for (int32_t i = 0; i < d->lane_count && i < SUMO_ZONE_LANES_MAX; i++) {
        sumo_detector_name(name, junction_ix, detector_ix, i);
        (void)fprintf(file, "  <laneAreaDetector id=\"%s\" lane=\"", name);
        write_text(file, d->lane[i]);
        (void)fprintf(file, "\" pos=\"0\" endPos=\"-0.1\"%s", detector_end);
    }
}

enum status sumo_write_detectors(const char *path, const struct sumo_config *config)
{
    char name[SUMO_DETECTOR_NAME_BYTES];
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return STATUS_IO;
    }
    (void)fputs("<additional>\n", file);
    for (uint32_t j = 0; j < config->junction_count; j++) {
        for (uint32_t i = 0; i < (uint32_t)config->plans[j]->detector_count; i++) {
            const struct sumo_detector *d = &config->maps[j]->detector[i];
            if ((config->plans[j]->detector[i].roles & DETECTOR_BOX) != 0) {
                write_box(file, d, j, i);
            } else if (d->lane_count > 0) {
                sumo_detector_name(name, j, i, 0);
                write_detector(file, name, d,
                               config->plans[j]->detector[i].type == DETECTOR_CAMERA);
            }
        }
    }
    (void)fputs("</additional>\n", file);
    const bool was_written = ferror(file) == 0;
    return fclose(file) == 0 && was_written ? STATUS_OK : STATUS_IO;
}
