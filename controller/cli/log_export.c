#include "log_export.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hires_asc3.h"
#include "hires_csv.h"
#include "hires_maxtime.h"
#include "packed.h"
#include "when.h"

enum {
    NAME_BYTES = 128,
    PATH_BYTES = PACKED_PATH_BYTES,
    TENTH_MS = HIRES_ASC3_TENTH_MS,
    PHASES_MAX = 32
};

struct log_export {
    struct log_export_options o;
    struct hires_log log; /* device is not used */
    int32_t device;       /* of all events but those of the process; -1: none yet */
    bool has_several;
    size_t details; /* events that have a detail, which no form carries */
    /* Told at the end. */
    size_t written, unfit, cut, backwards, unread, files;
};

struct log_export *log_export_create(const struct log_export_options *options)
{
    struct log_export *x = calloc(1, sizeof *x);
    if (x != NULL) {
        x->o = *options;
        x->device = -1;
    }
    return x;
}

void log_export_drop(struct log_export *x)
{
    if (x != NULL) {
        hires_log_finish(&x->log);
        free(x);
    }
}

bool log_export_add(struct log_export *x, const struct hires_event *event)
{
    if (event->device != 0) {
        x->has_several = x->has_several || (x->device >= 0 && event->device != x->device);
        x->device = event->device;
    }
    const struct hires_log *log = &x->log;
    x->backwards += log->count > 0 && event->at_ms < log->event[log->count - 1].at_ms ? 1 : 0;
    return hires_log_put(&x->log, event);
}

bool log_export_take(struct log_export *x, const struct wire_event *event, uint32_t junction_ix)
{
    const struct hires_event e = {
        .at_ms = event->wall.ms,
        .device = junction_ix == UINT16_MAX ? 0 : (int32_t)junction_ix + 1,
        .code = event->event.code,
        .param = hires_param_of(&event->event),
    };
    x->details += event->event.detail != 0 && e.param == event->event.param ? 1 : 0;
    return log_export_add(x, &e);
}

static int say(const char *path, const char *what)
{
    (void)fprintf(stderr, "kavsak log: %s: %s\n", path != NULL ? path : "standard output", what);
    return CLI_IO;
}

/* As the log's own clock showed it, and with the number that is asked for. */
static struct hires_event shown(const struct log_export *x, const struct hires_event *event)
{
    struct hires_event e = *event;
    e.at_ms += (int64_t)when_offset_s((wall_t){ .ms = event->at_ms }) * 1000;
    e.device = x->o.device != 0 && e.device != 0 ? x->o.device : e.device;
    return e;
}

/* CSV and MaxTime: one file. */

static void put_text(struct packed_out *out, const char *text)
{
    packed_put(out, text, strlen(text));
}

static void put_csv(struct log_export *x, struct packed_out *out)
{
    put_text(out, HIRES_CSV_HEADING "\n");
    for (size_t i = 0; i < x->log.count; i++) {
        char line[HIRES_CSV_LINE_BYTES + 2];
        const struct hires_event e = shown(x, &x->log.event[i]);
        hires_csv_text(&e, x->o.is_utc, line);
        put_text(out, line);
        put_text(out, "\n");
    }
    x->written = x->log.count;
}

static void put_maxtime(struct log_export *x, struct packed_out *out)
{
    put_text(out, HIRES_MAXTIME_BEGIN);
    for (size_t i = 0; i < x->log.count; i++) {
        char line[HIRES_MAXTIME_LINE_BYTES];
        const struct hires_event e = shown(x, &x->log.event[i]);
        x->unread += e.code > HIRES_MAXTIME_READ_MAX || e.param > HIRES_MAXTIME_READ_MAX ? 1 : 0;
        hires_maxtime_text(&e, i + 1, line);
        put_text(out, line);
    }
    put_text(out, HIRES_MAXTIME_END);
    x->written = x->log.count;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text);
    const size_t wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static enum packing packing_of(const char *path)
{
    if (path != NULL && ends_with(path, ".gz")) {
        return PACKING_GZIP;
    }
    return path != NULL && ends_with(path, ".datZ") ? PACKING_ZLIB : PACKING_NONE;
}

static int write_one(struct log_export *x)
{
    struct packed_out *out = packed_create(x->o.out, packing_of(x->o.out));
    if (out == NULL) {
        return say(x->o.out, strerror(errno));
    }
    if (x->o.format == HIRES_FORMAT_CSV) {
        put_csv(x, out);
    } else {
        put_maxtime(x, out);
    }
    x->files = 1;
    return packed_finish(out, true) == STATUS_OK ? CLI_FINE : say(x->o.out, strerror(errno));
}

/* ASC/3: a file for each stretch of local time. */

/* The stretch in which an event lies. Clocks that are set back show a stretch a second time. */
struct stretch {
    int64_t start_ms; /* local */
    int32_t utc_offset_s;
};

static struct stretch stretch_of(const struct log_export *x, int64_t wall_ms)
{
    const int64_t every_ms = (int64_t)x->o.every_min * 60000;
    const int32_t utc_offset_s = when_offset_s((wall_t){ .ms = wall_ms });
    const int64_t local_ms = wall_ms + (int64_t)utc_offset_s * 1000;
    return (struct stretch){ .start_ms = local_ms - local_ms % every_ms,
                             .utc_offset_s = utc_offset_s };
}

static bool is_repeated(const struct stretch *s)
{
    wall_t found[2];
    const int64_t wall_ms = s->start_ms - (int64_t)s->utc_offset_s * 1000;
    return when_of_local(s->start_ms, found) == 2 && found[1].ms == wall_ms;
}

static void name_of(const struct log_export *x, const struct stretch *s, char name[NAME_BYTES])
{
    char start[HIRES_TIME_BYTES]; /* 2024-05-13T15:00:00.000 */
    hires_time_text(s->start_ms, false, start);
    (void)snprintf(name, NAME_BYTES, "ECON_%.45s_%.4s_%.2s_%.2s_%.2s%.2s%s.%s", x->o.address, start,
                   start + 5, start + 8, start + 11, start + 14,
                   is_repeated(s) ? HIRES_FILE_SECOND : "", x->o.is_packed ? "datZ" : "dat");
}

/* Phases that began something green or yellow in the whole log: codes 0 to 12 name them. */
static uint32_t phases_of(const struct log_export *x)
{
    uint32_t phases = 0;
    for (size_t i = 0; i < x->log.count; i++) {
        const struct hires_event *e = &x->log.event[i];
        if (e->code <= EVENT_PHASE_INACTIVE && e->param >= 1 && e->param <= PHASES_MAX) {
            phases |= bit32((uint32_t)e->param - 1);
        }
    }
    return phases;
}

static void put_asc3(struct log_export *x, struct packed_out *out, const struct stretch *s,
                     const char *name, size_t first, size_t until)
{
    const struct hires_asc3_head head = { .start_ms = s->start_ms,
                                          .device = x->o.device != 0 ? x->o.device : x->device,
                                          .phases = phases_of(x),
                                          .name = name,
                                          .address = x->o.address };
    char text[HIRES_ASC3_HEAD_BYTES];
    packed_put(out, text, hires_asc3_head(&head, text));
    for (size_t i = first; i < until; i++) {
        const struct hires_event e = shown(x, &x->log.event[i]);
        uint8_t record[HIRES_ASC3_RECORD_BYTES];
        if (hires_asc3_record(&e, s->start_ms, record)) {
            packed_put(out, record, sizeof record);
            x->written++;
            x->cut += e.at_ms % TENTH_MS != 0 ? 1 : 0;
        } else {
            x->unfit++;
        }
    }
}

/* Where the next stretch begins in the events. */
static size_t stretch_end(const struct log_export *x, const struct stretch *s, size_t first)
{
    size_t until = first + 1;
    for (; until < x->log.count; until++) {
        const struct stretch other = stretch_of(x, x->log.event[until].at_ms);
        if (other.start_ms != s->start_ms || other.utc_offset_s != s->utc_offset_s) {
            break;
        }
    }
    return until;
}

static int write_stretch(struct log_export *x, const char *folder, size_t first, size_t *until)
{
    const struct stretch s = stretch_of(x, x->log.event[first].at_ms);
    char name[NAME_BYTES];
    char path[PATH_BYTES];
    name_of(x, &s, name);
    *until = stretch_end(x, &s, first);
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        return say(folder, "the name is too long");
    }
    struct packed_out *out = packed_create(path, x->o.is_packed ? PACKING_ZLIB : PACKING_NONE);
    if (out == NULL) {
        return say(path, strerror(errno));
    }
    put_asc3(x, out, &s, name, first, *until);
    x->files++;
    return packed_finish(out, true) == STATUS_OK ? CLI_FINE : say(path, strerror(errno));
}

/* Moves all files of one folder into another; with no other, removes them. */
static int empty_folder(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    int result = dir != NULL ? CLI_FINE : say(from, strerror(errno));
    for (const struct dirent *entry = dir != NULL ? readdir(dir) : NULL;
         entry != NULL && result == CLI_FINE; entry = readdir(dir)) {
        char here[2 * PATH_BYTES];
        char there[2 * PATH_BYTES];
        (void)snprintf(here, sizeof here, "%s/%s", from, entry->d_name);
        (void)snprintf(there, sizeof there, "%s/%s", to != NULL ? to : "", entry->d_name);
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (to == NULL ? unlink(here) != 0 : rename(here, there) != 0) {
            result = say(there, strerror(errno));
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return result;
}

/* All files are made in a folder beside their places, and moved when all are whole. */
static int write_folder(struct log_export *x)
{
    char folder[PATH_BYTES];
    const int length = snprintf(folder, sizeof folder, "%s/.kavsak-XXXXXX", x->o.out);
    if (length < 0 || (size_t)length >= sizeof folder || mkdtemp(folder) == NULL) {
        return say(x->o.out, strerror(errno));
    }
    int result = CLI_FINE;
    for (size_t first = 0; first < x->log.count && result == CLI_FINE;) {
        result = write_stretch(x, folder, first, &first);
    }
    if (result == CLI_FINE) {
        result = empty_folder(folder, x->o.out);
    }
    (void)empty_folder(folder, NULL);
    (void)rmdir(folder);
    return result;
}

static int write_single(struct log_export *x)
{
    const struct stretch s = stretch_of(x, x->log.event[0].at_ms);
    if (stretch_end(x, &s, 0) < x->log.count) {
        (void)fprintf(
            stderr,
            "kavsak log: %s: the events take more than the %d minutes of one file: -o must "
            "be a folder\n",
            x->o.out, (int)x->o.every_min);
        return CLI_USAGE;
    }
    x->o.is_packed = ends_with(x->o.out, ".datZ");
    struct packed_out *out = packed_create(x->o.out, packing_of(x->o.out));
    if (out == NULL) {
        return say(x->o.out, strerror(errno));
    }
    const char *slash = strrchr(x->o.out, '/');
    put_asc3(x, out, &s, slash != NULL ? slash + 1 : x->o.out, 0, x->log.count);
    x->files = 1;
    return packed_finish(out, true) == STATUS_OK ? CLI_FINE : say(x->o.out, strerror(errno));
}

static int write_asc3(struct log_export *x)
{
    struct stat about;
    REQUIRE(x->o.out != NULL); /* log_options.c asks for it */
    /* Else an event before the one before it would begin a file under a name that is taken. */
    if (x->backwards > 0 && !hires_log_sort(&x->log)) {
        return say(x->o.out, "out of memory");
    }
    if (stat(x->o.out, &about) == 0 && S_ISDIR(about.st_mode)) {
        return write_folder(x);
    }
    if (x->log.count == 0) {
        return CLI_FINE;
    }
    return write_single(x);
}

/* What people must know. */

static void tell_count(size_t count, const char *what)
{
    if (count > 0) {
        (void)fprintf(stderr, "kavsak log: %zu %s\n", count, what);
    }
}

static void tell(const struct log_export *x)
{
    (void)fprintf(stderr, "kavsak log: %zu events, %zu written into %zu %s\n", x->log.count,
                  x->written, x->files, x->files == 1 ? "file" : "files");
    tell_count(x->unfit, "left out: their code or parameter is above 255");
    tell_count(x->cut, "times cut to a tenth of a second");
    tell_count(x->details, "details left out: no form has a place for them");
    tell_count(x->unread, "have a number above 32767: written, but ATSPM does not take them");
    tell_count(x->backwards,
               x->o.format == HIRES_FORMAT_ASC3
                   ? "were earlier than the event before them: put in order"
                   : "are earlier than the event before them: the clock was set back");
}

int log_export_finish(struct log_export *x)
{
    int result = CLI_FINE;
    if (x->has_several && (x->o.format != HIRES_FORMAT_CSV || x->o.device != 0)) {
        (void)fprintf(stderr,
                      "kavsak log: events of several junctions: name the one that is meant\n");
        result = CLI_USAGE;
    } else if (x->o.format == HIRES_FORMAT_ASC3) {
        result = write_asc3(x);
    } else {
        result = write_one(x);
    }
    if (result == CLI_FINE) {
        tell(x);
    }
    log_export_drop(x);
    return result;
}
