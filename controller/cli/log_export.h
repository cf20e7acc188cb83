/* log_export.h: events of the log as files that other systems read: CSV, ASC/3 and MaxTime. Tells
 * how many events a form cannot hold; writes all files or none. Part of kavsak log. */
#ifndef KAVSAK_LOG_EXPORT_H
#define KAVSAK_LOG_EXPORT_H

#include "cli.h"
#include "hires_file.h"
#include "wire.h"

enum { LOG_EVERY_MIN = 15 }; /* minutes of an ASC/3 file */

struct log_export_options {
    bool is_wanted;
    enum hires_format format;
    const char *out;     /* NULL: standard output */
    const char *address; /* of the controller, in names and heads of ASC/3 files */
    int32_t every_min;   /* minutes to an ASC/3 file */
    int32_t device;      /* DeviceId and intersection number; 0: the number of the junction */
    bool is_packed;      /* .datZ in a folder */
    bool is_utc;         /* times of a CSV end in Z */
};

struct log_export;

/* NULL: no memory. */
struct log_export *log_export_create(const struct log_export_options *options);

/* One event, oldest first. False: too many. */
MUST_CHECK bool log_export_take(struct log_export *x, const struct wire_event *event,
                                uint32_t junction_ix);

/* An event out of a log of others. */
MUST_CHECK bool log_export_add(struct log_export *x, const struct hires_event *event);

/* Writes what was taken, says what was left out and returns an exit code. Frees x. */
int log_export_finish(struct log_export *x);
void log_export_drop(struct log_export *x);

#endif
