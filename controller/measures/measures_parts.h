/* measures_parts.h: what the files of the measures share: rows, bins, detectors, windows of time
 * that are no good. Nobody else includes it. Owned by struct measures. */
#ifndef KAVSAK_MEASURES_PARTS_H
#define KAVSAK_MEASURES_PARTS_H

#include "measures.h"

/* The tables, in files by what they have in common. */
void counts_has_data(struct measures *m);
void counts_actuations(struct measures *m);
void counts_ped(struct measures *m);
void counts_splits(struct measures *m);
void counts_terminations(struct measures *m);
void counts_communications(struct measures *m);
void counts_volumes(struct measures *m);
void crossings_unique_ped(struct measures *m);
void crossings_full_ped(struct measures *m);
void crossings_ped_delay(struct measures *m);
void crossings_ped_delay_better(struct measures *m);
void crossings_ped_waits(struct measures *m);
void coordination_events(struct measures *m);
void coordination_bins(struct measures *m);
void cycles_arrival_on_green(struct measures *m);
void cycles_arrival_on_green_better(struct measures *m);
void cycles_yellow_red(struct measures *m);
void cycles_splits_better(struct measures *m);
void diagrams_phase_cycles(struct measures *m);
void diagrams_arrivals(struct measures *m);
void diagrams_split_monitor(struct measures *m);
void failures_table(struct measures *m);
void waits_table(struct measures *m);
void waits_table_better(struct measures *m);
void health_detectors(struct measures *m);
void health_gaps(struct measures *m);

int64_t measures_bin_ms(const struct measures *m, int64_t at_ms);

/* The next bin in which something was logged, from the first on: a clock that was not set puts
 * decades between two events, and their bins are nobody's. Begins with INT64_MIN. */
MUST_CHECK bool measures_next_bin(const struct measures *m, int64_t *bin_ms);

/* One pass over the events: choose adds what it wants of each to the list of samples or streams. */
typedef void measures_choose_fn(struct measures *m, const struct hires_event *e);
void measures_choose(struct measures *m, measures_choose_fn *choose);

/* A sample of an event, in the bin of its time. */
void measures_sample(struct measures *m, const struct hires_event *e, int32_t key0, int32_t key1,
                     int64_t value);

/* The rows of a channel in the detector file: from, and how many. */
size_t measures_roles(const struct measures *m, const struct hires_event *e,
                      const struct measures_detector **role);

/* The same of a whole device. */
size_t measures_device_roles(const struct measures *m, int32_t device,
                             const struct measures_detector **role);

/* Whether a phase of this device has a detector of this function. */
MUST_CHECK bool measures_has_function(const struct measures *m, const struct hires_event *e,
                                      enum measures_function function);

/* The bin and device of a group, then its first keys. */
struct measures_row measures_row_of(const struct item_group *g, uint32_t keys);

/* The mean of a group of milliseconds, in seconds, as the peer rounds and as it is, and the longest
 * of them. */
double measures_mean_s(const struct item_group *g);
double measures_exact_mean_s(const struct item_group *g);
double measures_longest_s(const struct item_group *g);

/* Sorts the lists; nothing is handed over if something did not fit. */
void measures_sort_streams(struct measures *m);
MUST_CHECK bool measures_sort_samples(struct measures *m);

/* A cycle of a phase in a stream sorted by measures_sort_streams, third key: code; from its green
 * up to the next green. */
struct cycle {
    const struct item *item;
    size_t count;
    const struct item *yellow, *red;
    bool is_whole; /* one green, one yellow, one red clearance, nothing doubtful in it */
};

/* The next cycle of a stream, begun with a zeroed one. False: there is none. Windows of doubt must
 * have been found and sealed. */
MUST_CHECK bool cycles_next(const struct measures *m, const struct item_group *g, struct cycle *c);

/* Into streams by phase, codes as third key: the actuations of the detectors of one function, moved
 * back by how late they come, and what the phases of these detectors show. */
void cycles_choose(struct measures *m, const struct hires_event *e, enum measures_function function,
                   int64_t late_ms);

/* Windows of time of a device in which something may not be concluded. Filled by windows_find and
 * windows_add; then windows_seal makes them searchable. */
enum window_kind {
    WINDOW_DOUBT,  /* silence longer than gap_ms, and five seconds either side of a new clock (181)
                    */
    WINDOW_PREEMPT /* a preemption, and the time in which the sequence finds its way back */
};
void windows_find(struct measures *m);      /* all of WINDOW_DOUBT */
void windows_find_gaps(struct measures *m); /* the silences alone */
void windows_add(struct measures *m, enum window_kind kind, int32_t device, int64_t from_ms,
                 int64_t until_ms);
void windows_seal(struct measures *m);
/* Whether one of them has a moment in common with the time between from and until. */
MUST_CHECK bool windows_touch(const struct measures *m, enum window_kind kind, int32_t device,
                              int64_t from_ms, int64_t until_ms);

/* The peer keeps single precision; so the last digits are the same. */
static inline double measures_single(double value)
{
    return (double)(float)value;
}

static inline double measures_seconds(int64_t ms)
{
    return (double)((float)ms / 1000.0F);
}

#endif
