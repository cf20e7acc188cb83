#include "log_import.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "journal_make.h"

enum { JUNCTION_MAX = UINT16_MAX };

/* Names of files as they are found, each allocated. */
struct names_found {
    char **path;
    size_t count, room;
};

static void names_finish(struct names_found *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->path[i]);
    }
    free(n->path);
}

static bool names_add(struct names_found *n, const char *folder, const char *name)
{
    if (n->count == n->room) {
        const size_t room = n->room == 0 ? 64 : 2 * n->room;
        char **more = n->room >= HIRES_LOG_FILES_MAX ? NULL : realloc(n->path, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        n->path = more;
        n->room = room;
    }
    char *path = NULL;
    if (asprintf(&path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name) < 0) {
        return false;
    }
    n->path[n->count++] = path;
    return true;
}

static int fail(const char *path, const char *what)
{
    (void)fprintf(stderr, "kavsak log: %s: %s\n", path, what);
    return CLI_IO;
}

static bool is_log_name(const char *name)
{
    static const char *const ends[] = { ".dat", ".datz", ".csv", ".csv.gz", ".xml", ".xml.gz" };
    const size_t length = strlen(name);
    bool is_log = false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);
        is_log = is_log || (length > end && strcasecmp(name + length - end, ends[i]) == 0);
    }
    return is_log && name[0] != '.';
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_folder(struct names_found *n, const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return fail(folder, strerror(errno));
    }
    const size_t first = n->count;
    int result = CLI_FINE;
    for (const struct dirent *entry = readdir(dir); entry != NULL && result == CLI_FINE;
         entry = readdir(dir)) {
        if (is_log_name(entry->d_name) && !names_add(n, folder, entry->d_name)) {
            result = fail(folder, "too many files");
        }
    }
    (void)closedir(dir);
    if (result == CLI_FINE && n->count == first) {
        return fail(folder, "no file .dat, .datZ, .csv or .xml, packed or not, in it");
    }
    if (n->count > first) {
        qsort(n->path + first, n->count - first, sizeof *n->path, by_name);
    }
    return result;
}

static int find_files(const struct log_import_options *o, struct names_found *n)
{
    int result = CLI_FINE;
    for (size_t i = 0; i < o->path_count && result == CLI_FINE; i++) {
        struct stat about;
        if (stat(o->paths[i], &about) == 0 && S_ISDIR(about.st_mode)) {
            result = list_folder(n, o->paths[i]);
        } else if (!names_add(n, "", o->paths[i])) {
            result = fail(o->paths[i], "too many files");
        }
    }
    return result;
}

static int exit_of(enum status status)
{
    return status == STATUS_INVALID || status == STATUS_REFUSED ? CLI_FINDINGS : CLI_IO;
}

static int read_files(const struct names_found *n, struct hires_log *log)
{
    for (size_t i = 0; i < n->count; i++) {
        const enum status status = hires_file_read(log, n->path[i]);
        if (status != STATUS_OK) {
            (void)fprintf(stderr, "kavsak log: %s\n", log->says);
            return exit_of(status);
        }
    }
    const enum status status = hires_log_order(log);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "kavsak log: %s\n",
                      status == STATUS_INVALID ? log->says : "out of memory");
        return exit_of(status);
    }
    return CLI_FINE;
}

/* Devices become junctions. Only CSV names devices; the others speak of device 0. */
static int number_junctions(const struct log_import_options *o, struct hires_log *log,
                            bool has_devices)
{
    for (size_t i = 0; i < log->count; i++) {
        struct hires_event *e = &log->event[i];
        if (o->junction != 0 && (e->device != 0 || !has_devices)) {
            e->device = o->junction;
        } else if (!has_devices) {
            e->device = 1;
        } else if (e->device >= JUNCTION_MAX) {
            (void)fprintf(stderr,
                          "kavsak log: device %d: numbers of junctions end at %d; --device %d "
                          "--junction N says which one it is\n",
                          (int)e->device, JUNCTION_MAX - 1, (int)e->device);
            return CLI_FINDINGS;
        }
    }
    return CLI_FINE;
}

static bool names_devices(const struct hires_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->event[i].device != 0) {
            return true;
        }
    }
    return false;
}

static void tell(const struct log_import_options *o, const struct hires_log *log)
{
    if (log->has_z && !o->is_utc) {
        (void)fputs(
            "kavsak log: times end in Z and are taken for local time all the same, as loggers "
            "write it; --time-zone UTC if they are UTC\n",
            stderr);
    }
    if (log->others > 0) {
        (void)fprintf(stderr, "kavsak log: %zu events of other devices left out\n", log->others);
    }
    if (log->earlier > 0) {
        (void)fprintf(stderr,
                      "kavsak log: %zu events were earlier than the event before them: put "
                      "in order\n",
                      log->earlier);
    }
    if (log->twice > 0) {
        (void)fprintf(stderr,
                      "kavsak log: %zu events lie in an hour that clocks show twice: taken for the "
                      "first time until time goes back\n",
                      log->twice);
    }
    if (log->never > 0) {
        (void)fprintf(stderr, "kavsak log: %zu events lie in an hour that clocks leave out\n",
                      log->never);
    }
}

int log_import_read(const struct log_import_options *o, struct hires_log *log)
{
    struct names_found names = { .count = 0 };
    *log = (struct hires_log){ .device = o->device, .is_sorting = o->is_sorting };
    int result = find_files(o, &names);
    if (result == CLI_FINE) {
        result = read_files(&names, log);
    }
    if (result == CLI_FINE && log->count == 0) {
        (void)fprintf(stderr, "kavsak log: no events%s\n",
                      log->others > 0 ? " of this device" : "");
        result = CLI_FINDINGS;
    }
    if (result == CLI_FINE) {
        result = number_junctions(o, log, names_devices(log));
    }
    if (result == CLI_FINE) {
        tell(o, log);
    }
    names_finish(&names);
    log->span_count = 0; /* their names are gone */
    return result;
}

int log_import_journal(const struct hires_log *log, const char *folder)
{
    struct journal_make make = { .folder = folder, .event = log->event, .count = log->count };
    const enum status status = journal_make(&make);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "kavsak log: %s\n", make.says);
        return status == STATUS_REFUSED ? CLI_FINDINGS : CLI_IO;
    }
    (void)fprintf(stderr, "kavsak log: %zu events, %zu written into the journal %s\n", log->count,
                  log->count - make.unfit, folder);
    if (make.unfit > 0) {
        (void)fprintf(stderr,
                      "kavsak log: %zu left out: their parameter is not in 0 to 65535, and of our "
                      "own codes\n",
                      make.unfit);
    }
    return CLI_FINE;
}
