/* hires_asc3.h: event logs in the form of Econolite's ASC/3 (.dat): seven lines of text, then four
 * bytes for each event: code, parameter, tenths of a second since the start that the first line
 * gives, high byte first. Encodes and decodes buffers; knows no files, no compression and no time
 * zones. Owned by whoever holds the buffer. docs/journal.md says where each fact comes from. */
#ifndef KAVSAK_HIRES_ASC3_H
#define KAVSAK_HIRES_ASC3_H

#include "hires.h"

enum {
    HIRES_ASC3_RECORD_BYTES = 4,
    HIRES_ASC3_LINES = 7,
    HIRES_ASC3_HEAD_BYTES = 1024, /* room for a head that we write; and what one may take */
    HIRES_ASC3_NAME_BYTES = 80,
    HIRES_ASC3_BYTE_MAX = 255,
    /* ATSPM reads the two bytes as a signed number; others as an unsigned one. */
    HIRES_ASC3_TENTHS_MAX = INT16_MAX,
    HIRES_ASC3_TENTH_MS = 100
};

/* What was refused, at which byte of the file, counted from 0. */
struct hires_asc3_error {
    size_t offset;
    const char *expected;
};

struct hires_asc3 {
    const uint8_t *bytes; /* of the whole file, not packed; must outlive this */
    size_t size;
    size_t at; /* where the next record begins */
    int64_t start_ms;
};

/* Whether a file begins like one: with a date and a time of ours or of theirs. */
bool hires_asc3_begins(const uint8_t *bytes, size_t size);

/* Reads the head. False: error is filled. */
MUST_CHECK bool hires_asc3_open(struct hires_asc3 *f, const uint8_t *bytes, size_t size,
                                struct hires_asc3_error *error);

/* STATUS_OK: the next event, of device 0. STATUS_NOT_FOUND: that was the last. STATUS_INVALID: the
 * file ends inside a record. */
MUST_CHECK enum status hires_asc3_next(struct hires_asc3 *f, struct hires_event *event,
                                       struct hires_asc3_error *error);

struct hires_asc3_head {
    int64_t start_ms;    /* whole seconds: some readers drop the decimals */
    int32_t device;      /* "Intersection #" */
    uint32_t phases;     /* "Phases in use": bit 0 is phase 1 */
    const char *name;    /* of the file */
    const char *address; /* of the controller */
};

/* Returns the bytes written. Names longer than HIRES_ASC3_NAME_BYTES are cut. */
size_t hires_asc3_head(const struct hires_asc3_head *head, char out[HIRES_ASC3_HEAD_BYTES]);

/* Whether code and parameter fit into their bytes. */
bool hires_asc3_holds(const struct hires_event *event);

/* False: it does not hold the event, or the event is before start_ms or too long after it. Less
 * than a tenth of a second is cut. */
MUST_CHECK bool hires_asc3_record(const struct hires_event *event, int64_t start_ms,
                                  uint8_t out[HIRES_ASC3_RECORD_BYTES]);

#endif
