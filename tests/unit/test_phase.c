#include "test.h"

#include <string.h>

#include "phase.h"

/* A green that every rule would end; tests take away what they are about. */
static struct phase_view ripe(void)
{
    return (struct phase_view){ .green_ms = 30000,
                                .max_timer_ms = 30000,
                                .since_vehicle_ms = 9000,
                                .min_green_ms = 7000,
                                .max_green_ms = 30000,
                                .passage_ms = 3000,
                                .conflicting_call = true,
                                .force_off = true };
}

static void min_green_outranks_everything(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.green_ms = 6900;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
    v.green_ms = 7000;
    assert_int_equal(phase_green_end(&v), PHASE_FORCE_OFF);
}

static void hold_outranks_force_off(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.hold = true;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
}

static void force_off_outranks_maximum_and_recall(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.max_recall = true;
    v.max_is_inhibited = true;
    assert_int_equal(phase_green_end(&v), PHASE_FORCE_OFF);
}

static void nobody_waiting_means_rest(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.force_off = false;
    v.conflicting_call = false;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
    v.conflicting_call = true;
    assert_int_equal(phase_green_end(&v), PHASE_MAX_OUT);
}

static void the_maximum_ends_on_its_tick_unless_inhibited(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.force_off = false;
    v.since_vehicle_ms = 0;
    v.max_timer_ms = 29900;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
    v.max_timer_ms = 30000;
    assert_int_equal(phase_green_end(&v), PHASE_MAX_OUT);
    v.max_is_inhibited = true;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
}

static void the_gap_ends_on_its_tick_unless_on_max_recall(void **state)
{
    (void)state;
    struct phase_view v = ripe();
    v.force_off = false;
    v.max_timer_ms = 0;
    v.since_vehicle_ms = 2900;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
    v.since_vehicle_ms = 3000;
    assert_int_equal(phase_green_end(&v), PHASE_GAP_OUT);
    v.max_recall = true;
    assert_int_equal(phase_green_end(&v), PHASE_END_NONE);
}

static void added_initial_grows_with_the_queue_up_to_its_maximum(void **state)
{
    (void)state;
    const struct phase p = { .min_green_ms = 7000,
                             .added_initial_ms = 1500,
                             .max_initial_ms = 15000 };
    assert_int_equal(phase_min_green_ms(&p, 0), 7000);
    assert_int_equal(phase_min_green_ms(&p, 4), 7000);
    assert_int_equal(phase_min_green_ms(&p, 5), 7500);
    assert_int_equal(phase_min_green_ms(&p, 11), 15000);
    assert_int_equal(phase_min_green_ms(&p, AGE_MAX_MS), 15000);
}

static void the_gap_shrinks_evenly_after_the_time_before_reduction(void **state)
{
    (void)state;
    struct phase p = { .passage_ms = 4000,
                       .min_gap_ms = 2000,
                       .time_before_reduction_ms = 10000,
                       .time_to_reduce_ms = 20000 };
    assert_int_equal(phase_passage_ms(&p, 10000), 4000);
    assert_int_equal(phase_passage_ms(&p, 15000), 3500);
    assert_int_equal(phase_passage_ms(&p, 20000), 3000);
    assert_int_equal(phase_passage_ms(&p, 30000), 2000);
    assert_int_equal(phase_passage_ms(&p, AGE_MAX_MS), 2000);
    p.time_to_reduce_ms = 0;
    assert_int_equal(phase_passage_ms(&p, 30000), 4000);
}

static void two_max_outs_in_a_row_raise_the_maximum_and_two_gaps_lower_it(void **state)
{
    (void)state;
    const struct phase p = { .dynamic_max_ms = 40000, .dynamic_step_ms = 5000 };
    struct phase_timer t = { 0 };
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 0);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 1);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 1);
    assert_int_equal(t.dynamic_ms, 10000);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 0); /* at the limit */
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_GAP_OUT, &t), 0);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_FORCE_OFF, &t), 0);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_GAP_OUT, &t), -1);
    assert_int_equal(t.dynamic_ms, 5000);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 0); /* turn about: unchanged */
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_GAP_OUT, &t), 0);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_GAP_OUT, &t), -1);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_GAP_OUT, &t),
                     0); /* never below the maximum */
    assert_int_equal(t.dynamic_ms, 0);
}

static void a_phase_without_dynamic_maximum_learns_nothing(void **state)
{
    (void)state;
    const struct phase p = { .dynamic_step_ms = 5000 };
    struct phase_timer t = { 0 };
    (void)phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t);
    assert_int_equal(phase_learn_max(&p, 30000, PHASE_MAX_OUT, &t), 0);
    assert_int_equal(t.dynamic_ms, 0);
}

static void clearance_is_flash_and_the_longest_intergreen_to_vehicles(void **state)
{
    (void)state;
    static struct plan p;
    p.safety.sg_count = 4;
    for (uint32_t a = 0; a < 4; a++) {
        for (uint32_t c = 0; c < 4; c++) {
            p.safety.intergreen_ms[a][c] = NO_CONFLICT_MS;
        }
        p.safety.yellow_ms[a] = 3000;
    }
    p.phase[0].vehicle_sg = 1;
    assert_int_equal(phase_clear_ms(&p, 0), 3000);
    p.safety.sg_type[3] = SG_PEDESTRIAN;
    p.safety.intergreen_ms[0][3] = 9000;
    p.safety.intergreen_ms[0][1] = 5000;
    p.safety.intergreen_ms[0][2] = 6000;
    assert_int_equal(phase_clear_ms(&p, 0), 6000);
    p.safety.green_flash_ms[0] = 2000;
    assert_int_equal(phase_clear_ms(&p, 0), 8000);
    p.phase[1].ped_sg = 8;
    p.safety.yellow_ms[3] = 0;
    p.safety.intergreen_ms[3][0] = 12000;
    assert_int_equal(phase_clear_ms(&p, 1), 12000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(min_green_outranks_everything),
        cmocka_unit_test(hold_outranks_force_off),
        cmocka_unit_test(force_off_outranks_maximum_and_recall),
        cmocka_unit_test(nobody_waiting_means_rest),
        cmocka_unit_test(the_maximum_ends_on_its_tick_unless_inhibited),
        cmocka_unit_test(the_gap_ends_on_its_tick_unless_on_max_recall),
        cmocka_unit_test(added_initial_grows_with_the_queue_up_to_its_maximum),
        cmocka_unit_test(the_gap_shrinks_evenly_after_the_time_before_reduction),
        cmocka_unit_test(two_max_outs_in_a_row_raise_the_maximum_and_two_gaps_lower_it),
        cmocka_unit_test(a_phase_without_dynamic_maximum_learns_nothing),
        cmocka_unit_test(clearance_is_flash_and_the_longest_intergreen_to_vehicles),
    };
    return RUN_TESTS(tests);
}
