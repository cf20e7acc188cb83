#include "measures_parts.h"

#include <string.h>

enum { PARAM_MAX = 32767, COLUMNS_OF_VOLUMES = 7, COLUMNS_OF_FULL_PED = 6 };

struct table {
    const char *name;
    void (*fill)(struct measures *m);
    uint32_t column_count;
    struct measures_column column[MEASURES_CELLS_MAX];
};

#define BIN                                                                                        \
    { "TimeStamp", MEASURES_TIME },                                                                \
    {                                                                                              \
        "DeviceId", MEASURES_WHOLE                                                                 \
    }
#define BIN_PHASE                                                                                  \
    BIN,                                                                                           \
    {                                                                                              \
        "Phase", MEASURES_WHOLE                                                                    \
    }

/* clang-format off */
static const struct table tables[MEASURE_COUNT] = {
    [MEASURE_HAS_DATA] = { "has_data", counts_has_data, 2, { BIN } },
    [MEASURE_ACTUATIONS] = { "actuations", counts_actuations, 4,
        { BIN, { "Detector", MEASURES_WHOLE }, { "Total", MEASURES_WHOLE } } },
    [MEASURE_PED] = { "ped", counts_ped, 5,
        { BIN_PHASE, { "PedServices", MEASURES_WHOLE }, { "PedActuation", MEASURES_WHOLE } } },
    [MEASURE_SPLITS] = { "splits", counts_splits, 5,
        { BIN, { "EventId", MEASURES_WHOLE }, { "Services", MEASURES_WHOLE },
          { "Average_Split", MEASURES_REAL } } },
    [MEASURE_TERMINATIONS] = { "terminations", counts_terminations, 5,
        { BIN_PHASE, { "PerformanceMeasure", MEASURES_WORD }, { "Total", MEASURES_WHOLE } } },
    [MEASURE_COORDINATION] = { "coordination", coordination_events, 5,
        { { "TimeStamp", MEASURES_TIME }, { "Raw_TimeStamp", MEASURES_TIME },
          { "DeviceId", MEASURES_WHOLE }, { "EventId", MEASURES_WHOLE },
          { "Parameter", MEASURES_WHOLE } } },
    [MEASURE_COORDINATION_AGG] = { "coordination_agg", coordination_bins, 6,
        { BIN, { "Pattern", MEASURES_WHOLE }, { "CycleLength", MEASURES_WHOLE },
          { "ActualCycleLength", MEASURES_WHOLE }, { "ActualOffset", MEASURES_WHOLE } } },
    [MEASURE_PED_DELAY] = { "ped_delay", crossings_ped_delay, 5,
        { BIN_PHASE, { "AvgPedDelay", MEASURES_REAL }, { "Samples", MEASURES_WHOLE } } },
    [MEASURE_ARRIVAL_ON_GREEN] = { "arrival_on_green", cycles_arrival_on_green, 5,
        { BIN_PHASE, { "Total_Actuations", MEASURES_WHOLE }, { "Percent_AOG", MEASURES_REAL } } },
    [MEASURE_COMMUNICATIONS] = { "communications", counts_communications, 4,
        { BIN, { "EventId", MEASURES_WHOLE }, { "Average", MEASURES_REAL } } },
    [MEASURE_UNIQUE_PED] = { "unique_ped", crossings_unique_ped, 4,
        { BIN_PHASE, { "Unique_Actuations", MEASURES_WHOLE } } },
    [MEASURE_FULL_PED] = { "full_ped", crossings_full_ped, COLUMNS_OF_VOLUMES,
        { BIN_PHASE, { "PedServices", MEASURES_WHOLE }, { "PedActuation", MEASURES_WHOLE },
          { "Unique_Actuations", MEASURES_WHOLE }, { "Estimated_Volumes", MEASURES_REAL } } },
    [MEASURE_SPLIT_FAILURES] = { "split_failures", failures_table, 7,
        { BIN_PHASE, { "Green_Time", MEASURES_REAL }, { "Green_Occupancy", MEASURES_REAL },
          { "Red_Occupancy", MEASURES_REAL }, { "Split_Failure", MEASURES_WHOLE } } },
    [MEASURE_YELLOW_RED] = { "yellow_red", cycles_yellow_red, 6,
        { BIN_PHASE, { "Signal_State", MEASURES_WHOLE }, { "Red_Offset", MEASURES_REAL },
          { "Count", MEASURES_WHOLE } } },
    [MEASURE_PHASE_WAIT] = { "phase_wait", waits_table, 5,
        { BIN_PHASE, { "AvgPhaseWait", MEASURES_REAL }, { "TotalSkips", MEASURES_WHOLE } } },
    [MEASURE_DATA_GAPS] = { "data_gaps", health_gaps, 4,
        { { "StartTime", MEASURES_TIME }, { "EndTime", MEASURES_TIME },
          { "DeviceId", MEASURES_WHOLE }, { "Seconds", MEASURES_REAL } } },
    [MEASURE_DETECTOR_HEALTH] = { "detector_health", health_detectors, 7,
        { BIN, { "Detector", MEASURES_WHOLE }, { "Actuations", MEASURES_WHOLE },
          { "Occupancy", MEASURES_REAL }, { "Lost_Events", MEASURES_WHOLE },
          { "Faults", MEASURES_WHOLE } } },
    [MEASURE_SPLITS_BETTER] = { "splits_better", cycles_splits_better, 8,
        { BIN_PHASE, { "Services", MEASURES_WHOLE }, { "Average_Split", MEASURES_REAL },
          { "Average_Green", MEASURES_REAL }, { "Average_Yellow", MEASURES_REAL },
          { "Average_Red_Clear", MEASURES_REAL } } },
    [MEASURE_PED_DELAY_BETTER] = { "ped_delay_better", crossings_ped_delay_better, 6,
        { BIN_PHASE, { "AvgPedDelay", MEASURES_REAL }, { "MaxPedDelay", MEASURES_REAL },
          { "Samples", MEASURES_WHOLE } } },
    [MEASURE_ARRIVAL_ON_GREEN_BETTER] = { "arrival_on_green_better",
        cycles_arrival_on_green_better, 7,
        { BIN_PHASE, { "Total_Actuations", MEASURES_WHOLE }, { "Percent_AOG", MEASURES_REAL },
          { "Green_Share", MEASURES_REAL }, { "Platoon_Ratio", MEASURES_REAL } } },
    [MEASURE_PHASE_WAIT_BETTER] = { "phase_wait_better", waits_table_better, 7,
        { BIN_PHASE, { "AvgPhaseWait", MEASURES_REAL }, { "MaxPhaseWait", MEASURES_REAL },
          { "Samples", MEASURES_WHOLE }, { "TotalSkips", MEASURES_WHOLE } } },
    [MEASURE_PHASE_CYCLES] = { "phase_cycles", diagrams_phase_cycles, 13,
        { BIN_PHASE, { "Yellow_Begin", MEASURES_TIME }, { "Red_Begin", MEASURES_TIME },
          { "Next_Green", MEASURES_TIME }, { "Green", MEASURES_REAL },
          { "Red_At", MEASURES_REAL }, { "Split", MEASURES_REAL }, { "Cycle", MEASURES_REAL },
          { "Programmed_Split", MEASURES_WHOLE }, { "End", MEASURES_WORD },
          { "Walk", MEASURES_WHOLE } } },
    [MEASURE_ARRIVALS] = { "arrivals", diagrams_arrivals, 6,
        { BIN_PHASE, { "Detector", MEASURES_WHOLE }, { "Second", MEASURES_REAL },
          { "Signal", MEASURES_WORD } } },
    [MEASURE_SPLIT_MONITOR] = { "split_monitor", diagrams_split_monitor, 13,
        { BIN_PHASE, { "Services", MEASURES_WHOLE }, { "Programmed_Split", MEASURES_WHOLE },
          { "Average_Split", MEASURES_REAL }, { "Median_Split", MEASURES_REAL },
          { "Split_85", MEASURES_REAL }, { "GapOut", MEASURES_REAL },
          { "MaxOut", MEASURES_REAL }, { "ForceOff", MEASURES_REAL },
          { "Unknown", MEASURES_REAL }, { "Walk", MEASURES_REAL } } },
    [MEASURE_VOLUMES] = { "volumes", counts_volumes, 7,
        { BIN_PHASE, { "Function", MEASURES_ROLE }, { "Detectors", MEASURES_WHOLE },
          { "Total", MEASURES_WHOLE }, { "Per_Hour", MEASURES_REAL } } },
    [MEASURE_PED_WAITS] = { "ped_waits", crossings_ped_waits, 4,
        { BIN_PHASE, { "Waited", MEASURES_REAL } } },
};
/* clang-format on */

static const struct measures_column failures_by_detector[] = {
    { "TimeStamp", MEASURES_TIME },     { "DeviceId", MEASURES_WHOLE },
    { "Detector", MEASURES_WHOLE },     { "Phase", MEASURES_WHOLE },
    { "Green_Time", MEASURES_REAL },    { "Green_Occupancy", MEASURES_REAL },
    { "Red_Occupancy", MEASURES_REAL }, { "Split_Failure", MEASURES_WHOLE },
};

/* The parameters of the peer's own test; communications are those of Maxtime controllers. */
struct measures_options measures_usual(void)
{
    return (struct measures_options){
        .bin_ms = 15 * 60000,
        .no_data_ms = 5 * 60000,
        .min_data_points = 3,
        .gap_ms = 5 * 60000,
        .red_latency_ms = 1500,
        .min_red_offset_ms = -8000,
        .red_ms = 5000,
        .green_threshold_pml = 800,
        .red_threshold_pml = 800,
        .between_ped_ms = 15000,
        .has_volumes = true,
        .min_duration_ms = 200,
        .preempt_ms = 120000,
        .assumed_cycle_s = 140,
        .skip_multiplier_pml = 1500,
        .code_count = 3,
        .code = { HIRES_COMMUNICATION_LOAD, HIRES_COMMUNICATION_ANSWERED,
                  HIRES_COMMUNICATION_LOAD_PERCENT },
    };
}

const char *measures_name(enum measure measure)
{
    return tables[measure].name;
}

bool measures_find(const char *name, enum measure *measure)
{
    for (int32_t i = 0; i < MEASURE_COUNT; i++) {
        if (strcmp(tables[i].name, name) == 0) {
            *measure = (enum measure)i;
            return true;
        }
    }
    return false;
}

uint32_t measures_columns(enum measure measure, const struct measures_options *o,
                          const struct measures_column **column)
{
    *column = tables[measure].column;
    if (measure == MEASURE_FULL_PED && !o->has_volumes) {
        return COLUMNS_OF_FULL_PED;
    }
    if (measure == MEASURE_SPLIT_FAILURES && o->is_by_detector) {
        *column = failures_by_detector;
        return sizeof failures_by_detector / sizeof failures_by_detector[0];
    }
    return tables[measure].column_count;
}

const char *measures_word(int64_t code)
{
    switch (code) {
    case EVENT_GAP_OUT:
        return "GapOut";
    case EVENT_MAX_OUT:
        return "MaxOut";
    case EVENT_FORCE_OFF:
        return "ForceOff";
    case EVENT_GREEN_END:
        return "Unknown";
    case EVENT_GREEN_BEGIN:
        return "Green";
    case EVENT_YELLOW_BEGIN:
        return "Yellow";
    case EVENT_RED_CLEAR_BEGIN:
        return "Red";
    default:
        return "";
    }
}

static const char *const functions[] = { "Advance", "Presence", "Stopbar Count", "Yellow_Red" };

const char *measures_function_name(int64_t function)
{
    return function >= 0 && function < MEASURES_OTHER ? functions[function] : "";
}

enum measures_function measures_function_of(const char *text, size_t size)
{
    for (int32_t i = 0; i < MEASURES_OTHER; i++) {
        if (strlen(functions[i]) == size && memcmp(functions[i], text, size) == 0) {
            return (enum measures_function)i;
        }
    }
    return MEASURES_OTHER;
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

int measures_compare_detectors(const void *a, const void *b)
{
    const struct measures_detector *x = a;
    const struct measures_detector *y = b;
    int result = order(x->device, y->device);
    result = result != 0 ? result : order(x->channel, y->channel);
    result = result != 0 ? result : order(x->phase, y->phase);
    return result != 0 ? result : order(x->function, y->function);
}

int measures_compare_events(const void *a, const void *b)
{
    const struct hires_event *x = a;
    const struct hires_event *y = b;
    int result = order(x->at_ms, y->at_ms);
    result = result != 0 ? result : order(x->device, y->device);
    result = result != 0 ? result : order(x->code, y->code);
    return result != 0 ? result : order(x->param, y->param);
}

size_t measures_order(struct hires_event *event, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const bool is_sound = event[i].param >= 0 && event[i].param <= PARAM_MAX;
        if (is_sound && (kept == 0 || measures_compare_events(&event[kept - 1], &event[i]) != 0)) {
            event[kept++] = event[i];
        }
    }
    return kept;
}

enum status measures_table(struct measures *m, enum measure measure)
{
    struct item_list *const lists[] = { &m->stream, &m->sample, &m->window };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        lists[i]->count = 0;
        lists[i]->is_full = false;
    }
    tables[measure].fill(m);
    const bool is_full = m->stream.is_full || m->sample.is_full || m->window.is_full;
    return is_full ? STATUS_NO_SPACE : STATUS_OK;
}
