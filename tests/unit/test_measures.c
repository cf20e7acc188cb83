/* Small logs whose tables can be worked out by hand. */
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures.h"

enum { EVENTS_MAX = 512, ROOM = 4096, TEXT_BYTES = 8192, BIN_S = 900 };

/* Midnight between 13 and 14 May 2024; times of the tests are seconds from it. */
static const int64_t zero_ms = INT64_C(1715644800000);

static struct hires_event event[EVENTS_MAX];
static size_t event_count;
static struct measures_detector detector[16];
static size_t detector_count;
static struct measures_options options;
static struct item stream[ROOM], sample[ROOM], window[ROOM];
static char text[TEXT_BYTES];
static enum measure shown;

static int begin(void **state)
{
    (void)state;
    event_count = 0;
    detector_count = 0;
    options = measures_usual();
    options.gap_ms = 0;
    return 0;
}

static void put_of(int32_t device, double second, uint16_t code, int32_t param)
{
    assert_true(event_count < EVENTS_MAX);
    const double ms = second * 1000.0;
    event[event_count++] =
        (struct hires_event){ .at_ms = zero_ms + (int64_t)(ms < 0.0 ? ms - 0.5 : ms + 0.5),
                              .device = device,
                              .param = param,
                              .code = code };
}

static void put(double second, uint16_t code, int32_t param)
{
    put_of(1, second, code, param);
}

static void detects(int32_t channel, int32_t phase, enum measures_function function)
{
    detector[detector_count++] = (struct measures_detector){
        .device = 1, .channel = channel, .phase = phase, .function = (int32_t)function
    };
}

/* One green of a phase, from begin to the end of the red clearance: 4 s yellow, 2 s red. */
static void put_green(int32_t phase, double from, double until)
{
    put(from, EVENT_GREEN_BEGIN, phase);
    put(until, EVENT_GREEN_END, phase);
    put(until, EVENT_YELLOW_BEGIN, phase);
    put(until + 4, EVENT_YELLOW_END, phase);
    put(until + 4, EVENT_RED_CLEAR_BEGIN, phase);
    put(until + 6, EVENT_RED_CLEAR_END, phase);
}

static void take(void *taker, const struct measures_row *row)
{
    (void)taker;
    const struct measures_column *column = NULL;
    const uint32_t count = measures_columns(shown, &options, &column);
    for (uint32_t i = 0; i < count; i++) {
        const size_t used = strlen(text);
        const union measures_cell *cell = &row->cell[i];
        char *at = text + used;
        const size_t room = sizeof text - used;
        if (column[i].kind == MEASURES_REAL) {
            (void)snprintf(at, room, "%.4g", cell->real);
        } else if (column[i].kind == MEASURES_WORD) {
            (void)snprintf(at, room, "%s", measures_word(cell->whole));
        } else if (column[i].kind == MEASURES_ROLE) {
            (void)snprintf(at, room, "%s", measures_function_name(cell->whole));
        } else if (column[i].kind == MEASURES_TIME) {
            (void)snprintf(at, room, "%g", (double)(cell->whole - zero_ms) / 1000.0);
        } else {
            (void)snprintf(at, room, "%" PRId64, cell->whole);
        }
        (void)strncat(text, i + 1 < count ? " " : "\n", sizeof text - strlen(text) - 1);
    }
}

static const char *table(enum measure measure)
{
    qsort(event, event_count, sizeof event[0], measures_compare_events);
    qsort(detector, detector_count, sizeof detector[0], measures_compare_detectors);
    struct measures m = { .event = event,
                          .event_count = measures_order(event, event_count),
                          .detector = detector,
                          .detector_count = detector_count,
                          .options = options,
                          .sort = qsort,
                          .take = take,
                          .stream = { .item = stream, .room = ROOM },
                          .sample = { .item = sample, .room = ROOM },
                          .window = { .item = window, .room = ROOM } };
    text[0] = '\0';
    shown = measure;
    assert_int_equal(measures_table(&m, measure), STATUS_OK);
    return text;
}

static void events_are_counted_by_bin_device_and_channel(void **state)
{
    (void)state;
    put(899.9, EVENT_DETECTOR_ON, 5);
    put(900, EVENT_DETECTOR_ON, 5);
    put(901, EVENT_DETECTOR_OFF, 5);
    put(902, EVENT_DETECTOR_ON, 40);
    put_of(7, 10, EVENT_DETECTOR_ON, 5);
    put_of(7, 11, EVENT_DETECTOR_ON, 5);
    assert_string_equal(table(MEASURE_ACTUATIONS), "0 1 5 1\n"
                                                   "0 7 5 2\n"
                                                   "900 1 5 1\n"
                                                   "900 1 40 1\n");
}

static void what_stands_there_twice_counts_once_in_any_order(void **state)
{
    (void)state;
    put(5, EVENT_DETECTOR_ON, 5);
    put(3, EVENT_DETECTOR_ON, 5);
    put(5, EVENT_DETECTOR_ON, 5);
    put(6, EVENT_DETECTOR_ON, -1);
    put(7, EVENT_DETECTOR_ON, 40000);
    assert_string_equal(table(MEASURE_ACTUATIONS), "0 1 5 2\n");
}

static void a_bin_has_data_when_each_part_of_it_has(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 3; i++) {
        put(0 + i, EVENT_DETECTOR_ON, 1);
        put(300 + i, EVENT_DETECTOR_ON, 1);
        put(600 + i, EVENT_DETECTOR_ON, 1);
        put(900 + i, EVENT_DETECTOR_ON, 1);
        put(1500 + i, EVENT_DETECTOR_ON, 1);
    }
    assert_string_equal(table(MEASURE_HAS_DATA), "0 1\n");
    put(1200, EVENT_DETECTOR_ON, 1);
    put(1201, EVENT_DETECTOR_ON, 1);
    assert_string_equal(table(MEASURE_HAS_DATA), "0 1\n");
    put(1499.9, EVENT_DETECTOR_ON, 1);
    assert_string_equal(table(MEASURE_HAS_DATA), "0 1\n900 1\n");
}

static void ends_of_greens_have_their_names(void **state)
{
    (void)state;
    put(1, EVENT_GAP_OUT, 2);
    put(2, EVENT_MAX_OUT, 2);
    put(3, EVENT_FORCE_OFF, 2);
    put(4, EVENT_FORCE_OFF, 2);
    put(5, EVENT_GREEN_END, 2);
    assert_string_equal(table(MEASURE_TERMINATIONS), "0 1 2 GapOut 1\n"
                                                     "0 1 2 MaxOut 1\n"
                                                     "0 1 2 ForceOff 2\n");
}

static void splits_are_those_that_were_logged_or_those_that_were_shown(void **state)
{
    (void)state;
    put(100, EVENT_ACTUAL_SPLIT_1 + 1, 30);
    put(200, EVENT_ACTUAL_SPLIT_1 + 1, 31);
    put(300, 318, 9);
    assert_string_equal(table(MEASURE_SPLITS), "0 1 301 2 30.5\n");
    assert_string_equal(table(MEASURE_SPLITS_BETTER), "");
    put_green(2, 400, 420);
    put_green(2, 500, 530);
    put(600, EVENT_GREEN_BEGIN, 2); /* its end was lost */
    put_green(2, 700, 710);
    assert_string_equal(table(MEASURE_SPLITS_BETTER), "0 1 2 3 26 20 4 2\n");
}

static void coordination_holds_until_it_changes(void **state)
{
    (void)state;
    options.min_data_points = 1;
    options.no_data_ms = options.bin_ms;
    put(10, EVENT_PATTERN_CHANGE, 3);
    put(20, EVENT_CYCLE_CHANGE, 90);
    put(20, EVENT_CYCLE_CHANGE, 100);
    put(950, EVENT_DETECTOR_ON, 1);
    put(1900, HIRES_COORDINATED_ACTUAL_CYCLE, 99);
    put(1900, HIRES_COORDINATED_ACTUAL_OFFSET, 12);
    put_of(2, 1900, EVENT_DETECTOR_ON, 1);
    assert_string_equal(table(MEASURE_COORDINATION_AGG), "0 1 3 100 0 0\n"
                                                         "900 1 3 100 0 0\n"
                                                         "1800 1 3 100 99 12\n"
                                                         "1800 2 0 0 0 0\n");
    assert_string_equal(table(MEASURE_COORDINATION), "0 10 1 131 3\n"
                                                     "0 20 1 132 90\n"
                                                     "0 20 1 132 100\n"
                                                     "1800 1900 1 316 99\n"
                                                     "1800 1900 1 318 12\n");
}

static void communications_are_averages_of_the_codes_asked_for(void **state)
{
    (void)state;
    put(1, 503, 40);
    put(2, 503, 45);
    put(3, 500, 99);
    assert_string_equal(table(MEASURE_COMMUNICATIONS), "0 1 503 42.5\n");
    options.code_count = 1;
    options.code[0] = 500;
    assert_string_equal(table(MEASURE_COMMUNICATIONS), "0 1 500 99\n");
}

static void presses_close_together_are_one_pedestrian(void **state)
{
    (void)state;
    put(10, EVENT_PED_DETECTOR_ON, 4); /* the first of a log is nobody, as the peer counts */
    put(25, EVENT_PED_DETECTOR_ON, 4); /* 15.0 s later: the same */
    put(40.1, EVENT_PED_DETECTOR_ON, 4);
    put(950, EVENT_PED_DETECTOR_ON, 4);
    put(960, EVENT_WALK_BEGIN, 4);
    put(970, HIRES_OVERLAP_WALK_BEGIN, 4);
    assert_string_equal(table(MEASURE_UNIQUE_PED), "0 1 4 1\n900 1 4 1\n");
    assert_string_equal(table(MEASURE_PED), "0 1 4 0 3\n900 1 4 2 1\n");
    /* Two in the hour from the first bin: 0.7167*2 + 0.0599*4 = 1.673, half of it, and 1.1063/4. In
     * the second hour one: 0.7766. */
    assert_string_equal(table(MEASURE_FULL_PED), "0 1 4 0 3 1 1.113\n"
                                                 "900 1 4 2 1 1 1.053\n");
    options.has_volumes = false;
    assert_string_equal(table(MEASURE_FULL_PED), "0 1 4 0 3 1\n900 1 4 2 1 1\n");
}

static void a_pedestrian_waits_from_the_first_press_to_the_walk(void **state)
{
    (void)state;
    put(100, EVENT_PED_DETECTOR_ON, 4);
    put(110, EVENT_PED_DETECTOR_ON, 4);
    put(130, EVENT_WALK_BEGIN, 4);
    put(135, EVENT_PED_DETECTOR_ON, 4); /* while he may walk */
    put(137, EVENT_PED_CLEAR_BEGIN, 4);
    put(150, EVENT_DONT_WALK_BEGIN, 4);
    put(890, EVENT_PED_DETECTOR_ON, 4);
    put(900, EVENT_WALK_BEGIN, 4);
    put(907, EVENT_PED_CLEAR_BEGIN, 4);
    put(999, EVENT_PED_DETECTOR_ON, 4); /* never served */
    assert_string_equal(table(MEASURE_PED_DELAY), "0 1 4 30 1\n900 1 4 10 1\n");
    assert_string_equal(table(MEASURE_PED_DELAY_BETTER), "0 1 4 30 30 1\n900 1 4 10 10 1\n");
}

static void who_is_called_by_the_button_of_another_waits_too(void **state)
{
    (void)state;
    put(100, EVENT_PED_DETECTOR_ON, 4);
    put(100.1, EVENT_PED_CALL_ON, 4);
    put(100.1, EVENT_PED_CALL_ON, 8);
    put(120.1, EVENT_WALK_BEGIN, 4);
    put(140.1, EVENT_WALK_BEGIN, 8);
    assert_string_equal(table(MEASURE_PED_DELAY), "0 1 4 20.1 1\n");
    assert_string_equal(table(MEASURE_PED_DELAY_BETTER), "0 1 4 20 20 1\n0 1 8 40 40 1\n");
}

static void arrivals_are_on_green_from_its_begin_to_yellow(void **state)
{
    (void)state;
    detects(3, 2, MEASURES_ADVANCE);
    detects(9, 2, MEASURES_COUNT_LINE);
    put(5, EVENT_DETECTOR_ON, 3); /* nothing is known yet */
    put_green(2, 10, 30);
    put(9.9, EVENT_DETECTOR_ON, 3);
    put(10, EVENT_DETECTOR_ON, 3);
    put(29.9, EVENT_DETECTOR_ON, 3);
    put(30, EVENT_DETECTOR_ON, 3);
    put(20, EVENT_DETECTOR_ON, 9);
    put_green(2, 50, 60);
    put(70, EVENT_DETECTOR_ON, 3);
    assert_string_equal(table(MEASURE_ARRIVAL_ON_GREEN), "0 1 2 6 0.3333\n");
    /* From 10 to 50, where both ends are known: 2 of 3, green 20 of 40 s. */
    assert_string_equal(table(MEASURE_ARRIVAL_ON_GREEN_BETTER), "0 1 2 3 0.6667 0.5 1.333\n");
    options.arrival_latency_ms = 100;
    assert_string_equal(table(MEASURE_ARRIVAL_ON_GREEN), "0 1 2 6 0.3333\n");
}

static void a_bin_without_an_arrival_on_green_is_missing_with_the_peer(void **state)
{
    (void)state;
    detects(3, 2, MEASURES_ADVANCE);
    put_green(2, 10, 30);
    put(40, EVENT_DETECTOR_ON, 3);
    put_green(2, 50, 60);
    assert_string_equal(table(MEASURE_ARRIVAL_ON_GREEN), "");
    assert_string_equal(table(MEASURE_ARRIVAL_ON_GREEN_BETTER), "0 1 2 1 0 0.5 0\n");
}

static void actuations_on_red_are_told_by_half_seconds(void **state)
{
    (void)state;
    detects(42, 2, MEASURES_YELLOW_RED);
    options.red_latency_ms = 0;
    put_green(2, 880, 895);             /* red at 899 */
    put(890.74, EVENT_DETECTOR_ON, 42); /* -8.26: -8.5, before what is looked at */
    put(890.75, EVENT_DETECTOR_ON, 42); /* -8.25: -8.5 */
    put(890.76, EVENT_DETECTOR_ON, 42); /* -8.24: -8 */
    put(896, EVENT_DETECTOR_ON, 42);    /* -3, yellow */
    put(899.25, EVENT_DETECTOR_ON, 42); /* 0.5 */
    put(899.74, EVENT_DETECTOR_ON, 42); /* 0.5 */
    put(901, EVENT_DETECTOR_ON, 42);    /* 2, in the bin of its red */
    put_green(2, 1000, 1010);
    put(1000, EVENT_DETECTOR_ON, 42); /* begins with the green: -14 */
    assert_string_equal(table(MEASURE_YELLOW_RED), "0 1 2 1 -8 1\n"
                                                   "0 1 2 8 -3 1\n"
                                                   "0 1 2 10 0.5 2\n"
                                                   "0 1 2 10 2 1\n");
}

static void a_cycle_with_lost_events_tells_nothing_of_red(void **state)
{
    (void)state;
    detects(42, 2, MEASURES_YELLOW_RED);
    put(10, EVENT_GREEN_BEGIN, 2);
    put(24, EVENT_RED_CLEAR_BEGIN, 2);
    put(26, EVENT_DETECTOR_ON, 42);
    assert_string_equal(table(MEASURE_YELLOW_RED), "");
    put(20, EVENT_YELLOW_BEGIN, 2);
    assert_string_equal(table(MEASURE_YELLOW_RED), "0 1 2 10 0.5 1\n");
}

/* Green 100 to 120, red 124 to 129; two detectors of one phase. */
static void put_approach(void)
{
    detects(5, 2, MEASURES_PRESENCE);
    detects(6, 2, MEASURES_PRESENCE);
    put(90, EVENT_DETECTOR_ON, 5);
    put(95, EVENT_DETECTOR_OFF, 5);
    put(90, EVENT_DETECTOR_ON, 6);
    put(110, EVENT_DETECTOR_OFF, 6); /* 100 to 110 by 6 */
    put(108, EVENT_DETECTOR_ON, 5);
    put(116, EVENT_DETECTOR_OFF, 5); /* 108 to 116 by 5: together 16 of 20 s */
    put(125, EVENT_DETECTOR_ON, 5);  /* 4 of 5 s of red */
    put(140, EVENT_DETECTOR_OFF, 5);
    put_green(2, 100, 120);
    put_green(2, 200, 220);
    put(896, EVENT_DETECTOR_ON, 6);
}

static void a_full_green_with_a_full_red_behind_it_is_a_failure(void **state)
{
    (void)state;
    put_approach();
    options.is_by_cycle = true;
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "129 1 2 20 0.8 0.8 1\n"
                                                       "229 1 2 20 0 0 0\n");
    options.green_threshold_pml = 801;
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "129 1 2 20 0.8 0.8 0\n"
                                                       "229 1 2 20 0 0 0\n");
    options.is_by_cycle = false;
    options.green_threshold_pml = 800;
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "0 1 2 20 0.4 0.4 1\n");
    options.is_by_detector = true;
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "0 1 5 2 20 0.2 0.4 0\n"
                                                       "0 1 6 2 20 0.25 0 0\n");
}

static void lost_edges_of_a_detector_are_put_half_way(void **state)
{
    (void)state;
    options.is_by_cycle = true;
    detects(5, 2, MEASURES_PRESENCE);
    put(50, EVENT_DETECTOR_OFF, 5);
    put(101, EVENT_DETECTOR_ON, 5);
    put(102, EVENT_DETECTOR_ON, 5);  /* soon: occupied throughout */
    put(106, EVENT_DETECTOR_ON, 5);  /* late: free from 104 */
    put(108, EVENT_DETECTOR_OFF, 5); /* 101 to 104, 106 to 108 */
    put(112, EVENT_DETECTOR_OFF, 5); /* free, then occupied from 110 */
    put_green(2, 100, 120);
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "129 1 2 20 0.35 0 0\n");
}

static void a_red_cut_short_by_the_next_green_is_left_out(void **state)
{
    (void)state;
    options.is_by_cycle = true;
    detects(5, 2, MEASURES_PRESENCE);
    put(50, EVENT_DETECTOR_ON, 5);
    put_green(2, 100, 120);
    put_green(2, 128.9, 140);
    put_green(2, 200, 220);
    assert_string_equal(table(MEASURE_SPLIT_FAILURES), "229 1 2 20 1 1 1\n");
}

static void the_wait_of_a_phase_begins_with_its_call(void **state)
{
    (void)state;
    put(5, EVENT_CYCLE_CHANGE, 60);
    put(10, EVENT_CALL_ON, 2);
    put(20, EVENT_CALL_OFF, 2);
    put(30, EVENT_CALL_ON, 2);
    put_green(2, 50, 70);
    put(75, EVENT_CALL_OFF, 2);
    put(80, EVENT_CALL_ON, 2);
    put_green(2, 170.1, 180); /* 90.1 s: more than 1.5 cycles */
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 55.05 1\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT_BETTER), "0 1 2 55.05 90.1 2 1\n");
}

static void a_call_that_outlasts_its_green_waits_again(void **state)
{
    (void)state;
    put(10, EVENT_CALL_ON, 2);
    put_green(2, 30, 50);
    put_green(2, 100, 120);
    put(101, EVENT_CALL_OFF, 2);
    put_green(2, 200, 220);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 20 0\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT_BETTER), "0 1 2 35 50 2 0\n");
}

static void a_call_that_was_taken_back_did_not_wait(void **state)
{
    (void)state;
    put(10, EVENT_CALL_ON, 2);
    put(20, EVENT_CALL_OFF, 2);
    put_green(2, 50, 70);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 40 0\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT_BETTER), "");
}

static void a_preemption_excuses_the_waits_it_made(void **state)
{
    (void)state;
    put(100, HIRES_PREEMPT_CALL_ON, 5);
    put(130, HIRES_PREEMPT_CALL_OFF, 5);
    put(90, EVENT_CALL_ON, 1); /* called before: with the peer it counts */
    put_green(1, 300, 320);
    put(249.9, EVENT_CALL_ON, 2); /* within 120 s after it */
    put_green(2, 300, 320);
    put(250, EVENT_CALL_ON, 4);
    put_green(4, 300, 320);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 1 210 0\n0 1 4 50 0\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT_BETTER), "0 1 4 50 50 1 0\n");
}

static void the_cycle_that_ran_is_preferred(void **state)
{
    (void)state;
    put(5, EVENT_CYCLE_CHANGE, 60);
    put(6, HIRES_COORDINATED_ACTUAL_CYCLE, 100);
    put(10, EVENT_CALL_ON, 2);
    put_green(2, 110, 130);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 100 1\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT_BETTER), "0 1 2 100 100 1 0\n");
    options.is_actual_cycle = true;
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 100 0\n");
}

static void nothing_is_concluded_across_a_gap(void **state)
{
    (void)state;
    options.gap_ms = 300000;
    put(10, EVENT_CALL_ON, 2);
    put(311, EVENT_GREEN_BEGIN, 2);
    put_of(2, 100, EVENT_DETECTOR_ON, 1); /* another device does not fill the silence */
    assert_string_equal(table(MEASURE_DATA_GAPS), "10 311 1 301\n");
    assert_string_equal(table(MEASURE_PHASE_WAIT), "");
    put(311, EVENT_DETECTOR_ON, 1);
    put(10.9, EVENT_DETECTOR_ON, 1);
    put(11, EVENT_DETECTOR_ON, 1);
    assert_string_equal(table(MEASURE_DATA_GAPS), "");
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 301 1\n");
}

static void nothing_is_concluded_across_a_new_clock(void **state)
{
    (void)state;
    put(10, EVENT_CALL_ON, 2);
    put(34.9, EVENT_CLOCK_UPDATED, 0);
    put(30, EVENT_GREEN_BEGIN, 2);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "");
    event[2].at_ms += 100; /* the window begins where the wait ends */
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 20 0\n");
}

static void a_silent_detector_shows_in_its_health(void **state)
{
    (void)state;
    detects(7, 2, MEASURES_PRESENCE);
    put(0, EVENT_DETECTOR_ON, 5);
    put(90, EVENT_DETECTOR_OFF, 5);
    put(100, EVENT_DETECTOR_OFF, 5); /* an on was lost */
    put(810, EVENT_DETECTOR_ON, 5);
    put(990, EVENT_DETECTOR_OFF, 5);
    put(991, EVENT_DETECTOR_FAULT_SHORTED, 5);
    assert_string_equal(table(MEASURE_DETECTOR_HEALTH), "0 1 5 2 0.2 1 0\n"
                                                        "0 1 7 0 0 0 0\n"
                                                        "900 1 5 0 0.1 0 1\n"
                                                        "900 1 7 0 0 0 0\n");
}

static void midnight_is_a_moment_like_any_other(void **state)
{
    (void)state;
    put(-20, EVENT_CALL_ON, 2);
    put_green(2, 10, 30);
    put(-1, EVENT_DETECTOR_ON, 5);
    put(0, EVENT_DETECTOR_ON, 5);
    assert_string_equal(table(MEASURE_PHASE_WAIT), "0 1 2 30 0\n");
    assert_string_equal(table(MEASURE_ACTUATIONS), "-900 1 5 1\n0 1 5 1\n");
}

static void a_list_that_is_too_small_says_so_and_writes_nothing(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 100; i++) {
        put(i, EVENT_DETECTOR_ON, i);
    }
    struct measures m = { .event = event,
                          .event_count = event_count,
                          .options = options,
                          .sort = qsort,
                          .take = take,
                          .stream = { .item = stream, .room = 99 },
                          .sample = { .item = sample, .room = 99 },
                          .window = { .item = window, .room = 99 } };
    text[0] = '\0';
    shown = MEASURE_ACTUATIONS;
    assert_int_equal(measures_table(&m, MEASURE_ACTUATIONS), STATUS_NO_SPACE);
    assert_string_equal(text, "");
    m.sample.room = 100;
    assert_int_equal(measures_table(&m, MEASURE_ACTUATIONS), STATUS_OK);
}

static void every_table_bears_an_empty_and_a_senseless_log(void **state)
{
    (void)state;
    for (int32_t i = 0; i < MEASURE_COUNT; i++) {
        event_count = 0;
        assert_string_equal(table((enum measure)i), "");
    }
    detects(1, 1, MEASURES_ADVANCE);
    detects(1, 1, MEASURES_PRESENCE);
    detects(1, 2, MEASURES_YELLOW_RED);
    uint32_t random = 7;
    for (int32_t i = 0; i < EVENTS_MAX; i++) {
        random = random * 1664525 + 1013904223;
        put((double)(random >> 20), (uint16_t)(random >> 8 & 127), (int32_t)(random >> 16 & 3));
    }
    for (int32_t i = 0; i < MEASURE_COUNT; i++) {
        enum measure measure = MEASURE_COUNT;
        (void)table((enum measure)i);
        assert_true(measures_find(measures_name((enum measure)i), &measure));
        assert_int_equal(measure, i);
    }
    enum measure none = MEASURE_COUNT;
    assert_false(measures_find("nonsense", &none));
}

static void each_wait_can_be_drawn(void **state)
{
    (void)state;
    put(100, EVENT_PED_DETECTOR_ON, 4);
    put(130, EVENT_WALK_BEGIN, 4);
    put(137, EVENT_PED_CLEAR_BEGIN, 4);
    put(890, EVENT_PED_DETECTOR_ON, 4);
    put(900.5, EVENT_WALK_BEGIN, 4);
    assert_string_equal(table(MEASURE_PED_WAITS), "130 1 4 30\n900.5 1 4 10.5\n");
}

static void a_cycle_is_told_when_the_next_green_has_begun(void **state)
{
    (void)state;
    put(1, EVENT_PATTERN_CHANGE, 3);
    put(1, EVENT_SPLIT_CHANGE_1 + 1, 44);
    put_green(2, 10, 40);
    put(40, EVENT_GAP_OUT, 2);
    put(12, EVENT_WALK_BEGIN, 2);
    put_green(2, 100, 125);
    assert_string_equal(table(MEASURE_PHASE_CYCLES), "10 1 2 40 44 100 30 34 36 90 44 GapOut 1\n");
    put(160, EVENT_PATTERN_CHANGE, 0); /* free: nothing is programmed */
    put(190, EVENT_WALK_BEGIN, 2);     /* before its green */
    put_green(2, 193, 200);
    put_green(2, 300, 320);
    assert_string_equal(table(MEASURE_PHASE_CYCLES),
                        "10 1 2 40 44 100 30 34 36 90 44 GapOut 1\n"
                        "100 1 2 125 129 193 25 29 31 93 44 Unknown 0\n"
                        "193 1 2 200 204 300 7 11 13 107 0 Unknown 1\n");
}

static void a_cycle_that_lost_its_yellow_is_not_told(void **state)
{
    (void)state;
    put(10, EVENT_GREEN_BEGIN, 2);
    put(44, EVENT_RED_CLEAR_BEGIN, 2);
    put(46, EVENT_RED_CLEAR_END, 2);
    put_green(2, 100, 125);
    assert_string_equal(table(MEASURE_PHASE_CYCLES), "");
}

static void the_split_monitor_has_percentiles_and_shares(void **state)
{
    (void)state;
    const uint16_t end[] = { EVENT_GAP_OUT, EVENT_MAX_OUT, EVENT_MAX_OUT, EVENT_FORCE_OFF };
    for (int32_t i = 0; i < 4; i++) {
        put_green(2, 100 * i, 100 * i + 10 * (i + 1));
        put(100 * i + 10 * (i + 1), end[i], 2);
    }
    put_green(2, 950, 960); /* of the next bin, and not over */
    assert_string_equal(table(MEASURE_SPLIT_MONITOR), "0 1 2 4 0 31 26 46 0.25 0.5 0.25 0 0\n");
}

static void each_arrival_has_its_second_and_what_it_met(void **state)
{
    (void)state;
    detects(7, 2, MEASURES_ADVANCE);
    put(5, EVENT_DETECTOR_ON, 7); /* before any green */
    put_green(2, 10, 40);
    put(25, EVENT_DETECTOR_ON, 7);
    put(42, EVENT_DETECTOR_ON, 7);
    put(80, EVENT_DETECTOR_ON, 7);
    put_green(2, 100, 125);
    put(110, EVENT_DETECTOR_ON, 7); /* of a cycle that is not over */
    assert_string_equal(table(MEASURE_ARRIVALS),
                        "25 1 2 7 15 Green\n42 1 2 7 32 Yellow\n80 1 2 7 70 Red\n");
}

static void volumes_have_rows_of_nobody(void **state)
{
    (void)state;
    detects(7, 2, MEASURES_ADVANCE);
    detects(8, 2, MEASURES_ADVANCE);
    detects(9, 4, MEASURES_PRESENCE);
    detects(10, 4, MEASURES_OTHER);
    put(5, EVENT_DETECTOR_ON, 7);
    put(6, EVENT_DETECTOR_ON, 8);
    put(7, EVENT_DETECTOR_ON, 10);
    put(8, EVENT_DETECTOR_ON, 11);
    assert_string_equal(table(MEASURE_VOLUMES), "0 1 2 Advance 2 2 8\n0 1 4 Presence 1 0 0\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(each_wait_can_be_drawn),
        TEST(a_cycle_is_told_when_the_next_green_has_begun),
        TEST(a_cycle_that_lost_its_yellow_is_not_told),
        TEST(the_split_monitor_has_percentiles_and_shares),
        TEST(each_arrival_has_its_second_and_what_it_met),
        TEST(volumes_have_rows_of_nobody),
        TEST(events_are_counted_by_bin_device_and_channel),
        TEST(what_stands_there_twice_counts_once_in_any_order),
        TEST(a_bin_has_data_when_each_part_of_it_has),
        TEST(ends_of_greens_have_their_names),
        TEST(splits_are_those_that_were_logged_or_those_that_were_shown),
        TEST(coordination_holds_until_it_changes),
        TEST(communications_are_averages_of_the_codes_asked_for),
        TEST(presses_close_together_are_one_pedestrian),
        TEST(a_pedestrian_waits_from_the_first_press_to_the_walk),
        TEST(who_is_called_by_the_button_of_another_waits_too),
        TEST(arrivals_are_on_green_from_its_begin_to_yellow),
        TEST(a_bin_without_an_arrival_on_green_is_missing_with_the_peer),
        TEST(actuations_on_red_are_told_by_half_seconds),
        TEST(a_cycle_with_lost_events_tells_nothing_of_red),
        TEST(a_full_green_with_a_full_red_behind_it_is_a_failure),
        TEST(lost_edges_of_a_detector_are_put_half_way),
        TEST(a_red_cut_short_by_the_next_green_is_left_out),
        TEST(the_wait_of_a_phase_begins_with_its_call),
        TEST(a_call_that_outlasts_its_green_waits_again),
        TEST(a_call_that_was_taken_back_did_not_wait),
        TEST(a_preemption_excuses_the_waits_it_made),
        TEST(the_cycle_that_ran_is_preferred),
        TEST(nothing_is_concluded_across_a_gap),
        TEST(nothing_is_concluded_across_a_new_clock),
        TEST(a_silent_detector_shows_in_its_health),
        TEST(midnight_is_a_moment_like_any_other),
        TEST(a_list_that_is_too_small_says_so_and_writes_nothing),
        TEST(every_table_bears_an_empty_and_a_senseless_log),
    };
    return RUN_TESTS(tests);
}
