#include "counts.h"

#include "test.h"

static struct plan plan;
static struct counts counts;

enum { WINDOW_MS = 60000 };

static const int64_t base_ms = INT64_C(1800000000000); /* a whole minute */

static int setup(void **state)
{
    (void)state;
    plan.detector_count = 3;
    plan.detector[0].number = 11;
    plan.detector[1].number = 12;
    plan.detector[2].number = 11;
    plan.detector[2].type = DETECTOR_BUTTON; /* buttons have channels of their own */
    counts_init(&counts, &plan, WINDOW_MS);
    return 0;
}

static void happen(int64_t at_ms, uint16_t code, uint16_t param)
{
    struct counted window;
    bool is_whole = false;
    const struct wire_event e = { .wall = { .ms = base_ms + at_ms },
                                  .event = { .code = code, .param = param } };
    while (counts_close(&counts, e.wall, &window, &is_whole)) {
    }
    counts_add(&counts, &e);
}

/* The first window that ends by then. */
static bool ends(int64_t at_ms, struct counted *window)
{
    bool is_whole = false;
    const wall_t at = { .ms = base_ms + at_ms };
    return counts_close(&counts, at, window, &is_whole) && is_whole;
}

static void a_window_begun_in_its_middle_is_not_told(void **state)
{
    struct counted window;
    (void)state;
    happen(30000, EVENT_DETECTOR_ON, 11);
    assert_false(ends(60000, &window));
    happen(61000, EVENT_DETECTOR_ON, 12);
    assert_true(ends(120000, &window));
    assert_int_equal(window.vehicles[1], 1);
}

static void vehicles_and_occupancy_belong_to_their_window(void **state)
{
    struct counted window;
    (void)state;
    happen(-1000, EVENT_PHASE_ON, 1);
    happen(59999, EVENT_PHASE_ON, 1);
    happen(60000, EVENT_DETECTOR_ON, 11); /* the boundary itself is the next window's */
    happen(66000, EVENT_DETECTOR_OFF, 11);
    happen(114000, EVENT_DETECTOR_ON, 11); /* on over the boundary */
    assert_true(ends(120000, &window));
    assert_int_equal(window.number, base_ms / WINDOW_MS + 1);
    assert_int_equal(window.vehicles[0], 2);
    assert_int_equal(window.occupied_pct[0], 20);
    assert_int_equal(window.vehicles[1], 0);
    happen(126000, EVENT_DETECTOR_OFF, 11);
    assert_true(ends(180000, &window));
    assert_int_equal(window.vehicles[0], 0);
    assert_int_equal(window.occupied_pct[0], 10);
    assert_int_equal(counts_end(&counts, window.number).ms, base_ms + 180000);
}

static void a_failed_detector_counts_nothing(void **state)
{
    struct counted window;
    (void)state;
    happen(-1000, EVENT_PHASE_ON, 1);
    happen(1000, EVENT_DETECTOR_ON, 11);
    happen(2000, EVENT_DETECTOR_FAULT_EXCESSIVE, 11);
    happen(3000, EVENT_DETECTOR_ON, 12);
    happen(61000, EVENT_DETECTOR_RESTORED, 11);
    happen(62000, EVENT_DETECTOR_ON, 11);
    setup(state);
    happen(-1000, EVENT_PHASE_ON, 1);
    happen(2000, EVENT_DETECTOR_FAULT_EXCESSIVE, 11);
    happen(3000, EVENT_DETECTOR_ON, 12);
    assert_true(ends(60000, &window));
    assert_int_equal(window.vehicles[0], COUNTS_UNKNOWN);
    assert_int_equal(window.occupied_pct[0], COUNTS_UNKNOWN);
    assert_int_equal(window.vehicles[1], 1);
    happen(61000, EVENT_DETECTOR_RESTORED, 11); /* still failed in this one */
    assert_true(ends(120000, &window));
    assert_int_equal(window.vehicles[0], COUNTS_UNKNOWN);
    assert_true(ends(180000, &window));
    assert_int_equal(window.vehicles[0], 0);
}

static void a_restart_breaks_its_window(void **state)
{
    struct counted window;
    (void)state;
    happen(-1000, EVENT_PHASE_ON, 1);
    happen(1000, EVENT_DETECTOR_ON, 11);
    const struct wire_event e = { .event = { .code = EVENT_POWER_UP } };
    assert_true(counts_breaks(&e));
    counts_break(&counts, (wall_t){ .ms = base_ms + 2000 });
    assert_false(ends(60000, &window));
    assert_true(ends(120000, &window));
}

static void silence_is_nobody_unless_something_was_missed(void **state)
{
    struct counted window;
    (void)state;
    happen(-1000, EVENT_PHASE_ON, 1);
    happen(1000, EVENT_DETECTOR_ON, 11);
    happen(2000, EVENT_DETECTOR_OFF, 11);
    assert_true(ends(200000, &window));
    assert_true(ends(200000, &window));
    assert_int_equal(window.number, base_ms / WINDOW_MS + 1);
    assert_int_equal(window.vehicles[0], 0);
    counts_break(&counts, (wall_t){ .ms = base_ms + 430000 });
    assert_false(ends(430000, &window)); /* not those of the time that nobody saw */
    assert_false(ends(480000, &window));
    assert_true(ends(540000, &window));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_window_begun_in_its_middle_is_not_told, setup),
        cmocka_unit_test_setup(vehicles_and_occupancy_belong_to_their_window, setup),
        cmocka_unit_test_setup(a_failed_detector_counts_nothing, setup),
        cmocka_unit_test_setup(a_restart_breaks_its_window, setup),
        cmocka_unit_test_setup(silence_is_nobody_unless_something_was_missed, setup),
    };
    return RUN_TESTS(tests);
}
