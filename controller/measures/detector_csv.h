/* detector_csv.h: one line of a detector file in the form that signal performance measures use:
 * DeviceId,Phase,Function,Parameter, the parameter being the channel. Reads lines in memory, never
 * files. Owned by nobody: it keeps nothing. */
#ifndef KAVSAK_DETECTOR_CSV_H
#define KAVSAK_DETECTOR_CSV_H

#include "hires_csv.h"
#include "measures.h"

#define DETECTOR_CSV_HEADING "DeviceId,Phase,Function,Parameter"

/* Reads a heading: the four columns once each, in any order, in capitals or not. */
MUST_CHECK bool detector_csv_heading(struct hires_csv *csv, const char *line,
                                     struct hires_csv_error *error);

/* Reads one line. The function may stand in quotes; one that no table uses is MEASURES_OTHER. */
MUST_CHECK bool detector_csv_line(const struct hires_csv *csv, const char *line,
                                  struct measures_detector *detector,
                                  struct hires_csv_error *error);

#endif
