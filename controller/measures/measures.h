/* measures.h: what a log of events says about how a junction worked: tables of performance measures
 * by bins of the clock. The tables of the first kind are those of the atspm package, cell for cell;
 * those of the second kind are ours, where the others' are doubtful or say nothing
 * (docs/measures.md). Reads events, writes rows; never files, never the clock, and allocates
 * nothing: the caller lends the room. Owned by whoever asks. */
#ifndef KAVSAK_MEASURES_H
#define KAVSAK_MEASURES_H

#include "hires.h"
#include "item.h"

enum measure {
    MEASURE_HAS_DATA,
    MEASURE_ACTUATIONS,
    MEASURE_PED,
    MEASURE_SPLITS,
    MEASURE_TERMINATIONS,
    MEASURE_COORDINATION,
    MEASURE_COORDINATION_AGG,
    MEASURE_PED_DELAY,
    MEASURE_ARRIVAL_ON_GREEN,
    MEASURE_COMMUNICATIONS,
    MEASURE_UNIQUE_PED,
    MEASURE_FULL_PED,
    MEASURE_SPLIT_FAILURES,
    MEASURE_YELLOW_RED,
    MEASURE_PHASE_WAIT,
    MEASURE_PEER_COUNT, /* ours from here */
    MEASURE_DATA_GAPS = MEASURE_PEER_COUNT,
    MEASURE_DETECTOR_HEALTH,
    MEASURE_SPLITS_BETTER,
    MEASURE_PED_DELAY_BETTER,
    MEASURE_ARRIVAL_ON_GREEN_BETTER,
    MEASURE_PHASE_WAIT_BETTER,
    MEASURE_PHASE_CYCLES,
    MEASURE_ARRIVALS,
    MEASURE_SPLIT_MONITOR,
    MEASURE_VOLUMES,
    MEASURE_PED_WAITS,
    MEASURE_COUNT
};

/* What a detector is for, as the peer's detector file says it. One channel may have several rows.
 */
enum measures_function {
    MEASURES_ADVANCE,    /* far upstream: arrivals */
    MEASURES_PRESENCE,   /* at the stop line: occupied or not */
    MEASURES_COUNT_LINE, /* counts at the stop line */
    MEASURES_YELLOW_RED, /* counts behind the stop line */
    MEASURES_OTHER
};

struct measures_detector {
    int32_t device;
    int32_t channel;
    int32_t phase;
    int32_t function; /* enum measures_function */
};

enum { MEASURES_CODES_MAX = 8, MEASURES_CELLS_MAX = 14 };

/* Every number that the tables depend on; measures_usual() has the peer's. */
struct measures_options {
    int64_t bin_ms;              /* divides a day */
    int64_t no_data_ms;          /* a bin has data if each part of this length ... */
    int32_t min_data_points;     /* ... has at least so many events */
    int64_t gap_ms;              /* silence from which nothing is concluded across it; 0: never */
    int64_t arrival_latency_ms;  /* arrival_on_green: from detector to log */
    int64_t red_latency_ms;      /* yellow_red: the same */
    int64_t min_red_offset_ms;   /* yellow_red: earliest actuation before red */
    int64_t red_ms;              /* split_failures: how much of the red is looked at */
    int32_t green_threshold_pml; /* split_failures: occupied share of green, per mille */
    int32_t red_threshold_pml;
    bool is_by_detector;         /* split_failures: each detector by itself, not the approach */
    bool is_by_cycle;            /* split_failures: each cycle by itself, not their average */
    int64_t between_ped_ms;      /* unique_ped: presses closer than this are one pedestrian */
    bool has_volumes;            /* full_ped: with the estimate */
    int64_t min_duration_ms;     /* phase_wait, ped_delay: shorter ones are left out */
    int64_t preempt_ms;          /* phase_wait: after a preemption nothing is judged */
    int32_t assumed_cycle_s;     /* phase_wait: where no cycle runs */
    int32_t skip_multiplier_pml; /* phase_wait: in cycles, per mille, until a phase was skipped */
    bool is_actual_cycle;        /* phase_wait: the cycle that ran (316), not the one asked for */
    uint32_t code_count;         /* communications: the events that are averaged */
    uint16_t code[MEASURES_CODES_MAX];
};

struct measures_options measures_usual(void);

enum measures_kind {
    MEASURES_TIME,  /* whole: milliseconds since 1970 */
    MEASURES_WHOLE, /* whole */
    MEASURES_REAL,  /* real */
    MEASURES_WORD,  /* whole: enum event_code, shown as measures_word() */
    MEASURES_ROLE   /* whole: enum measures_function, shown as measures_function_name() */
};

struct measures_column {
    const char *name;
    enum measures_kind kind;
};

union measures_cell {
    int64_t whole;
    double real;
};

struct measures_row {
    union measures_cell cell[MEASURES_CELLS_MAX];
};

typedef void measures_take_fn(void *taker, const struct measures_row *row);

struct measures {
    const struct hires_event *event; /* as measures_order() leaves them */
    size_t event_count;
    const struct measures_detector *detector; /* sorted by measures_compare_detectors */
    size_t detector_count;
    struct measures_options options;
    item_sort_fn *sort;
    measures_take_fn *take;
    void *taker;
    struct item_list stream, sample, window; /* room lent by the caller */
};

/* The name of a table, as its file is called, and its columns. */
const char *measures_name(enum measure measure);
MUST_CHECK bool measures_find(const char *name, enum measure *measure);
uint32_t measures_columns(enum measure measure, const struct measures_options *o,
                          const struct measures_column **column);
const char *measures_word(int64_t code);

const char *measures_function_name(int64_t function);

/* "Advance", "Presence", "Stopbar Count", "Yellow_Red"; anything else is of no use here. */
enum measures_function measures_function_of(const char *text, size_t size);

int measures_compare_detectors(const void *a, const void *b);
int measures_compare_events(const void *a, const void *b);

/* Of sorted events, those that stand there twice, and those of which no sense can be made
 * (parameters below 0 or above 32,767, as the peer has it), are taken out; returns how many are
 * left. */
size_t measures_order(struct hires_event *event, size_t count);

/* Hands the rows of one table to take, sorted. STATUS_NO_SPACE: the lists need more room; nothing
 * was handed over. */
MUST_CHECK enum status measures_table(struct measures *m, enum measure measure);

#endif
