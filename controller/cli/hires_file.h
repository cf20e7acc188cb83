/* hires_file.h: reads the files in which controllers and their tools keep high-resolution event
 * logs: CSV, ASC/3 and MaxTime, told apart by how they begin. Knows the forms through
 * controller/measures and decides nothing about events. */
#ifndef KAVSAK_HIRES_FILE_H
#define KAVSAK_HIRES_FILE_H

#include "hires_log.h"

enum hires_format { HIRES_FORMAT_CSV, HIRES_FORMAT_ASC3, HIRES_FORMAT_MAXTIME, HIRES_FORMAT_COUNT };

/* "csv", "asc3", "maxtime". */
extern const char *const hires_format_names[HIRES_FORMAT_COUNT];

/* Files of 15 minutes of the hour that clocks repeat carry this before their extension the second
 * time, because all else in their names is alike. */
#define HIRES_FILE_SECOND "_2"

/* Adds a file's events. STATUS_IO: it cannot be read; STATUS_INVALID: it is no such file, is broken
 * or out of order; STATUS_NO_SPACE: too many events. log->says is then filled: file, where, what.
 */
MUST_CHECK enum status hires_file_read(struct hires_log *log, const char *path);

#endif
