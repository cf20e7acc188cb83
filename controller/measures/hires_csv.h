/* hires_csv.h: one line of the form in which signal performance measures exchange event logs:
 * TimeStamp,DeviceId,EventId,Parameter. Reads and writes lines in memory, never files, and knows
 * nothing of what the numbers mean. Owned by nobody: it keeps nothing. */
#ifndef KAVSAK_HIRES_CSV_H
#define KAVSAK_HIRES_CSV_H

#include "hires.h"
#include "hires_time.h"

#define HIRES_CSV_HEADING "TimeStamp,DeviceId,EventId,Parameter"

enum { HIRES_CSV_LINE_BYTES = HIRES_TIME_BYTES + 3 * 12 };

/* What stands where: index of the time, device, code and parameter in a line. */
struct hires_csv {
    uint8_t place[4];
};

/* A column by one of its names, in small letters. */
struct csv_name {
    const char *name;
    uint8_t column;
};

/* Reads a heading of four columns, each there once, in any order, in capitals or not. */
MUST_CHECK bool csv_heading(struct hires_csv *csv, const char *line, const struct csv_name *names,
                            size_t name_count);

/* Why a line was refused: "expected ..." at a byte of the line, counted from 1. */
struct hires_csv_error {
    size_t column;
    const char *expected;
};

/* The order of HIRES_CSV_HEADING, for logs that have no heading. */
struct hires_csv hires_csv_usual(void);

/* Reads the heading of a log; also with the names of other tools (SignalID, EventCode,
 * EventParam). */
MUST_CHECK bool hires_csv_heading(struct hires_csv *csv, const char *line,
                                  struct hires_csv_error *error);

/* Whether a first line is no heading: it begins with a digit. */
MUST_CHECK bool hires_csv_is_data(const char *line);

/* Reads one line, without its end. */
MUST_CHECK bool hires_csv_line(const struct hires_csv *csv, const char *line,
                               struct hires_event *event, struct hires_csv_error *error);

/* Writes one line in the usual order, without its end. */
void hires_csv_text(const struct hires_event *event, bool is_utc, char text[HIRES_CSV_LINE_BYTES]);

#endif
