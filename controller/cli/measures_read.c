/* Event logs and detector files, line by line. */
#include "measures_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "detector_csv.h"
#include "text_file.h"

enum { ROOM_FIRST = 65536, BACKWARDS_MS = 60000 };

/* What both kinds of files have in common. */
struct reading {
    struct measures_input *in;
    const char *path;
    const char *line;
    int64_t number;
    struct hires_csv csv;
    int32_t wanted;
    bool is_full;
    int64_t last_ms, backwards, back_line, back_ms;
};

static void refuse(struct reading *r, size_t column, const char *text)
{
    r->in->errors++;
    if (r->in->errors > MEASURES_ERRORS_SHOWN_MAX) {
        return;
    }
    (void)fprintf(stderr, "%s:%" PRId64, r->path, r->number);
    if (column > 0) {
        (void)fprintf(stderr, ":%zu: expected", column);
    } else {
        (void)fputc(':', stderr);
    }
    (void)fprintf(stderr, " %s\n", text);
}

static void refuse_line(struct reading *r, const struct hires_csv_error *error)
{
    refuse(r, error->column, error->expected);
}

/* One more of what an array holds; NULL: no space. */
static void *grow(void *array, size_t count, size_t *room, size_t size, size_t most)
{
    if (count < *room) {
        return array;
    }
    const size_t more = *room == 0 ? ROOM_FIRST : *room * 2;
    void *grown = count >= most ? NULL : realloc(array, more * size);
    if (grown != NULL) {
        *room = more;
    }
    return grown;
}

bool measures_keep_event(struct measures_input *in, const struct hires_event *e)
{
    struct hires_event *more =
        grow(in->event, in->event_count, &in->event_room, sizeof *more, MEASURES_EVENTS_MAX);
    if (more == NULL) {
        return false;
    }
    in->event = more;
    in->event[in->event_count++] = *e;
    return true;
}

bool measures_keep_detector(struct measures_input *in, const struct measures_detector *d)
{
    struct measures_detector *more = grow(in->detector, in->detector_count, &in->detector_room,
                                          sizeof *more, MEASURES_DETECTORS_MAX);
    if (more == NULL) {
        return false;
    }
    in->detector = more;
    in->detector[in->detector_count++] = *d;
    return true;
}

/* The first of the steps back by more than a minute is told: a clock that was set back puts two
 * hours of events into the same bins. */
static void watch_clock(struct reading *r, int64_t at_ms)
{
    if (r->last_ms - at_ms > BACKWARDS_MS) {
        r->back_line = r->backwards == 0 ? r->number : r->back_line;
        r->back_ms = r->backwards == 0 ? r->last_ms - at_ms : r->back_ms;
        r->backwards++;
    }
    r->last_ms = at_ms;
}

static void take_event(struct reading *r)
{
    struct hires_event e = { 0 };
    struct hires_csv_error error = { 0 };
    if (!hires_csv_line(&r->csv, r->line, &e, &error)) {
        refuse_line(r, &error);
    } else if (r->wanted == MEASURES_ANY_DEVICE || e.device == r->wanted) {
        watch_clock(r, e.at_ms);
        r->is_full = !measures_keep_event(r->in, &e);
    }
}

static void take_detector(struct reading *r)
{
    struct measures_detector d = { 0 };
    struct hires_csv_error error = { 0 };
    if (!detector_csv_line(&r->csv, r->line, &d, &error)) {
        refuse_line(r, &error);
    } else {
        r->is_full = !measures_keep_detector(r->in, &d);
    }
}

/* False: the heading is none, and what follows it would be refused line by line. */
static bool take_heading(struct reading *r, bool is_events, bool *is_data)
{
    struct hires_csv_error error = { 0 };
    *is_data = is_events && hires_csv_is_data(r->line);
    const bool is_fine = *is_data || (is_events ? hires_csv_heading(&r->csv, r->line, &error)
                                                : detector_csv_heading(&r->csv, r->line, &error));
    if (!is_fine) {
        refuse_line(r, &error);
    }
    return is_fine;
}

static enum status read_lines(struct reading *r, struct text_file *file, bool is_events)
{
    bool has_heading = false;
    enum status status = STATUS_OK;
    while (status == STATUS_OK || status == STATUS_INVALID) {
        bool is_data = has_heading;
        status = text_file_line(file, &r->line, &r->number);
        if (status == STATUS_INVALID) {
            refuse(r, 0, "not a line of text of less than 512 bytes");
        }
        if (status != STATUS_OK || r->line[strspn(r->line, " ")] == '\0') {
            continue;
        }
        if (!has_heading && !take_heading(r, is_events, &is_data)) {
            return STATUS_INVALID;
        }
        has_heading = true;
        if (is_data && is_events) {
            take_event(r);
        } else if (is_data) {
            take_detector(r);
        }
        if (r->is_full) {
            refuse(r, 0, "too much: no space for what comes from here");
            return STATUS_NO_SPACE;
        }
    }
    if (status == STATUS_IO) {
        refuse(r, 0, "cannot be read on: cut off or damaged");
    }
    return status;
}

static void tell_clock(const struct reading *r)
{
    if (r->backwards > 0) {
        (void)fprintf(stderr,
                      "%s:%" PRId64 ": the time goes back by %.1f s, in all %" PRId64
                      " times by more than a minute: sorted; if the clock was set back, two times "
                      "lie over each other\n",
                      r->path, r->back_line, (double)r->back_ms / 1000.0, r->backwards);
    }
}

static int read_file(struct measures_input *in, const char *path, int32_t device, bool is_events)
{
    struct reading r = { .in = in, .path = path, .csv = hires_csv_usual(), .wanted = device };
    const int64_t errors_before = in->errors;
    errno = 0;
    struct text_file *file = text_file_open(path);
    if (file == NULL) {
        (void)fprintf(stderr, "kavsak measures: %s: cannot be opened: %s\n", path, strerror(errno));
        return CLI_IO;
    }
    (void)read_lines(&r, file, is_events);
    text_file_close(file);
    tell_clock(&r);
    if (in->errors > MEASURES_ERRORS_SHOWN_MAX) {
        (void)fprintf(stderr, "%s: %" PRId64 " errors in all\n", path, in->errors - errors_before);
    }
    return in->errors > errors_before ? CLI_FINDINGS : CLI_FINE;
}

int measures_read_events(struct measures_input *in, const char *path, int32_t device)
{
    return read_file(in, path, device, true);
}

int measures_read_detectors(struct measures_input *in, const char *path)
{
    return read_file(in, path, MEASURES_ANY_DEVICE, false);
}

void measures_input_finish(struct measures_input *in)
{
    free(in->event);
    free(in->detector);
    *in = (struct measures_input){ 0 };
}
