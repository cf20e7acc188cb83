/* measures_io.h: the files around kavsak measures: event logs, detector files, journals in; tables
 * out. What a line says is read by controller/measures, what it means is computed there. Owned by
 * cli_measures. */
#ifndef KAVSAK_MEASURES_IO_H
#define KAVSAK_MEASURES_IO_H

#include <stdio.h>

#include "measures.h"

enum {
    MEASURES_EVENTS_MAX = 50000000, /* 1.2 GB: a year of a junction is more than one run wants */
    MEASURES_DETECTORS_MAX = 1000000,
    MEASURES_ERRORS_SHOWN_MAX = 50,
    MEASURES_ANY_DEVICE = -1,
    MEASURES_NAMED_MAX = 16
};

struct measures_input {
    struct hires_event *event;
    size_t event_count, event_room;
    struct measures_detector *detector;
    size_t detector_count, detector_room;
    int64_t errors; /* lines that were refused, told on standard error up to a limit */
};

/* False: no space. */
MUST_CHECK bool measures_keep_event(struct measures_input *in, const struct hires_event *e);
MUST_CHECK bool measures_keep_detector(struct measures_input *in,
                                       const struct measures_detector *d);

/* Each reads one file and returns an exit code; all errors of the file are told, with its name and
 * line. */
MUST_CHECK int measures_read_events(struct measures_input *in, const char *path, int32_t device);
MUST_CHECK int measures_read_detectors(struct measures_input *in, const char *path);

/* From a journal folder; the device is the number of the junction, as kavsak log shows it. The
 * detectors come from the junction directories, in the daemon's order. */
MUST_CHECK int measures_read_journal(struct measures_input *in, const char *folder, int32_t device);
MUST_CHECK int measures_read_junction(struct measures_input *in, const char *directory,
                                      int32_t device, char name[NAME_MAX_BYTES]);
void measures_input_finish(struct measures_input *in);

/* A table as it is handed over, row by row. */
struct measures_output {
    FILE *file;
    bool is_json;
    const struct measures_column *column;
    uint32_t column_count;
    int64_t from_ms, until_ms; /* rows whose first cell is elsewhere are left out */
    int64_t rows;
};

void measures_write_begin(struct measures_output *out, const char *table);
void measures_write_row(void *output, const struct measures_row *row);
/* False: the file could not be written. */
MUST_CHECK bool measures_write_end(struct measures_output *out);

#endif
