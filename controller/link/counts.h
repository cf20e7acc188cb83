/* counts.h: vehicles and occupancy of each detector over windows of the clock (F46): a window
 * begins and ends on the clock, and one that was not watched from its begin to its end is not told
 * at all. Made of events alone, so that the present, a replay and a fetch of the past agree. Pure.
 */
#ifndef KAVSAK_COUNTS_H
#define KAVSAK_COUNTS_H

#include "payload.h"
#include "plan.h"
#include "wire.h"

enum {
    COUNTS_UNKNOWN = -1,
    COUNTS_SILENT_MAX = 1440 /* windows without a word: longer is a clock that jumped */
};

struct counted {                    /* one window */
    int64_t number;                 /* since 1970, of its length: also its seq */
    int32_t vehicles[DETECTOR_MAX]; /* COUNTS_UNKNOWN: the detector had a fault */
    int32_t occupied_pct[DETECTOR_MAX];
};

struct counts {
    const struct plan *plan;
    int32_t window_ms;
    bool has_window, is_broken; /* not all of it was seen */
    int64_t number;
    int32_t vehicles[DETECTOR_MAX];
    int32_t occupied_ms[DETECTOR_MAX];
    int64_t on_since_ms[DETECTOR_MAX]; /* wall; 0: off */
    detector_mask_t is_faulty;
    detector_mask_t was_faulty; /* at any time in this window */
    detector_mask_t has_spoken; /* since the begin of all */
};

void counts_init(struct counts *c, const struct plan *plan, int32_t window_ms);

/* Call with each event's time before counts_add, until it returns false. True: a window has ended;
 * *out has it if it was seen whole. */
bool counts_close(struct counts *c, wall_t at, struct counted *out, bool *is_whole);
void counts_add(struct counts *c, const struct wire_event *e);
/* This event says that something between it and the one before was not seen: then counts_break
 * with its time, and none of the windows from the last event to this one is told. */
bool counts_breaks(const struct wire_event *e);
void counts_break(struct counts *c, wall_t at);

wall_t counts_end(const struct counts *c, int64_t number);
/* Members of "values". */
void counts_write(const struct counts *c, const struct counted *window, struct payload_writer *w);

#endif
