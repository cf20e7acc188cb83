#include "test.h"

#include "layout.h"
#include "plan_build.h"

#include <string.h>

static struct plan plan;
static struct layout layout;

static void stages_become_options_with_their_bounds(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    layout_init(&layout, &plan, ST_ACTUATED);
    assert_int_equal(layout.option_count, ST_STAGE_COUNT);
    assert_int_equal(layout.option[ST_STAGE_NS].sg, plan.stage[ST_STAGE_NS].sg);
    assert_int_equal(layout.option[ST_STAGE_NS].on_demand, bit32(ST_PE) | bit32(ST_PW));
    assert_int_equal(layout.option[ST_STAGE_NS].next, bit32(ST_STAGE_LEFT) | bit32(ST_STAGE_EW));
    assert_int_equal(layout.option[ST_STAGE_LEFT].max_ms, 15000);
    assert_int_equal(layout.option[ST_STAGE_LEFT].min_ms, 8000);
    assert_int_equal(layout_find_stage(&layout, ST_STAGE_EW), ST_STAGE_EW);
    assert_int_equal(layout_find_stage(&layout, -1), -1);
    assert_int_equal(layout_find_phases(&layout, 0), -1);
}

static void a_pattern_without_maximums_lends_its_durations(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.pattern[ST_FIXED].step[ST_STAGE_EW].max_ms = 0;
    layout_init(&layout, &plan, ST_FIXED);
    assert_int_equal(layout.option[ST_STAGE_EW].max_ms, 32000);
}

static void clearing_takes_what_the_sequencer_takes(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    layout_init(&layout, &plan, ST_ACTUATED);
    /* Intergreen 5 s; yellow 3 s and red-yellow 2 s take as long. */
    assert_int_equal(layout.clear_ms[ST_N][ST_E], 5000);
    /* East flashes green for 2 s first. */
    assert_int_equal(layout.clear_ms[ST_E][ST_N], 7000);
    /* Walk to vehicles: 8 s of clearance, then 2 s of red-yellow. */
    assert_int_equal(layout.clear_ms[ST_PE][ST_E], 10000);
    /* A permissive partner owes the 3 s of its entry. */
    assert_int_equal(layout.clear_ms[ST_N][ST_PE], 3000);
    assert_int_equal(layout.clear_ms[ST_N][ST_S], -1);
    /* Again the same: yellow, 2 s of red, red-yellow. */
    assert_int_equal(layout.clear_ms[ST_N][ST_N], 7000);
    assert_int_equal(layout.lead_count, 2);
    assert_int_equal(layout.lead[0].time_ms, 3000);
}

static void lanes_know_groups_foes_and_detectors(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.movement[0].yields_to = bit32(ST_S) | bit32(ST_PE);
    plan.detector[5].lane_ix = 0; /* a second loop, farther away, found after the first */
    plan.detector[5].distance_cm = 6000;
    plan.detector[4].lane_ix = 0; /* and one nearer than both */
    plan.detector[4].distance_cm = 0;
    plan.detector[6] = plan.detector[0];
    plan.detector[6].type = DETECTOR_CAMERA;
    plan.detector[6].roles = DETECTOR_QUEUE;
    plan.detector[6].distance_cm = 0;
    plan.detector[6].length_cm = 9000;
    layout_init(&layout, &plan, ST_ACTUATED);
    const struct layout_lane *north = &layout.lane[0];
    assert_int_equal(layout.lane_count, 6);
    assert_int_equal(north->movement_count, 1);
    assert_int_equal(north->sg, bit32(ST_N));
    assert_int_equal(north->movement[0].foes, bit64(1));
    assert_int_equal(north->movement[0].foe_peds, bit32(ST_PE));
    assert_int_equal(north->counter_count, 3);
    assert_int_equal(north->counter[0].detector_ix, 4);
    assert_int_equal(north->counter[1].detector_ix, 0);
    assert_int_equal(north->counter[2].detector_ix, 5);
    assert_int_equal(north->zone_ix, 6);
    assert_int_equal(north->zone_length_cm, 9000);
    assert_int_equal(layout.lane[1].zone_ix, -1);
    assert_int_equal(north->approach_ix, layout.lane[4].approach_ix);
    assert_int_not_equal(north->approach_ix, layout.lane[1].approach_ix);
    assert_int_equal(layout.approach_count, 4);
}

static void what_stands_upstream_of_a_lane_sees_its_approach(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.lane[0].length_cm = 1400; /* lanes 0 and 4 come the same way */
    plan.lane[4].length_cm = 3000;
    plan.detector[5] = (struct detector){ .type = DETECTOR_LOOP,
                                          .roles = DETECTOR_COUNTS,
                                          .lane_ix = 0,
                                          .distance_cm = 9800,
                                          .length_cm = 200 };
    plan.detector[6] = plan.detector[5];
    plan.detector[6].type = DETECTOR_CAMERA;
    plan.detector[6].roles = DETECTOR_COUNTS | DETECTOR_QUEUE;
    plan.detector[6].distance_cm = 1400;
    plan.detector[6].length_cm = 8600;
    layout_init(&layout, &plan, ST_ACTUATED);
    const struct layout_feeder *f = &layout.feeder[0];
    assert_int_equal(layout.feeder_count, 1);
    assert_int_equal(f->approach_ix, layout.lane[0].approach_ix);
    assert_int_equal(f->lanes, bit64(0) | bit64(4));
    assert_int_equal(f->counter_count, 1);
    assert_int_equal(f->counter[0].detector_ix, 5);
    assert_int_equal(f->zone_count, 1);
    assert_int_equal(f->zone[0].detector_ix, 6);
    assert_int_equal(f->begin_cm, 1400);
    assert_int_equal(f->end_cm, 10000);
    assert_int_equal(layout.lane[0].zone_ix, -1);
    for (int32_t c = 0; c < layout.lane[0].counter_count; c++) {
        assert_int_not_equal(layout.lane[0].counter[c].detector_ix, 5);
    }
    /* A lane that begins farther away is not fed by the zone, but by the loop. */
    plan.detector[5].lane_ix = -1;
    layout_init(&layout, &plan, ST_ACTUATED);
    assert_int_equal(layout.feeder[0].lanes, bit64(0));
    plan.detector[6].distance_cm = 1399;
    layout_init(&layout, &plan, ST_ACTUATED);
    assert_int_equal(layout.feeder_count, 0);
    assert_int_equal(layout.lane[0].zone_ix, 6);
    /* Whoever extends stands on the lane, whatever its distance says. */
    plan.detector[6].distance_cm = 1400;
    plan.detector[6].roles |= DETECTOR_EXTENDS;
    layout_init(&layout, &plan, ST_ACTUATED);
    assert_int_equal(layout.feeder_count, 0);
}

static void movements_into_one_road_share_their_exit(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    strcpy(plan.movement[0].exit, "next/a");
    strcpy(plan.movement[1].exit, "next/b");
    strcpy(plan.movement[2].exit, "next/a");
    plan.movement[3].exit_detector_ix = 9;
    plan.movement[4].exit_detector_ix = 9;
    layout_init(&layout, &plan, ST_ACTUATED);
    assert_int_equal(layout.exit_count, 3);
    assert_int_equal(layout.lane[0].movement[0].exit_ix, 0);
    assert_int_equal(layout.lane[1].movement[0].exit_ix, 1);
    assert_int_equal(layout.lane[2].movement[0].exit_ix, 0);
    assert_int_equal(layout.lane[3].movement[0].exit_ix, 2);
    assert_int_equal(layout.lane[4].movement[0].exit_ix, 2);
    assert_int_equal(layout.lane[5].movement[0].exit_ix, -1);
    assert_int_equal(layout.exit[2].detector_ix, 9);
    assert_int_equal(layout.exit[0].storage_vehicles, 13); /* 100 m */
}

static void phases_that_may_run_together_become_options(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    layout_init(&layout, &plan, RG_ACTUATED);
    /* Two rings, two phases each on either side of the barrier. */
    assert_int_equal(layout.option_count, 8);
    const int32_t both_lefts = layout_find_phases(&layout, bit32(0) | bit32(4));
    const int32_t throughs = layout_find_phases(&layout, bit32(1) | bit32(5));
    const int32_t other_side = layout_find_phases(&layout, bit32(2) | bit32(6));
    assert_true(both_lefts >= 0 && throughs >= 0 && other_side >= 0);
    assert_int_equal(layout_find_phases(&layout, bit32(0) | bit32(6)), -1);
    const struct layout_option *o = &layout.option[throughs];
    assert_int_equal(o->stage_ix, -1);
    assert_int_equal(o->on_demand, bit32(RG_P2) | bit32(RG_P6));
    assert_int_equal(o->max_ms, 40000);
    /* The overlap opens with its parent. */
    assert_true((o->sg & bit32(RG_OVERLAP)) != 0);
    assert_true((layout.option[both_lefts].sg & bit32(RG_OVERLAP)) == 0);
    /* Forward in the ring or across the barrier, never back. */
    assert_true((layout.option[both_lefts].next & bit32((uint32_t)throughs)) != 0);
    assert_true((o->next & bit32((uint32_t)both_lefts)) == 0);
    assert_true((o->next & bit32((uint32_t)other_side)) != 0);
    assert_true((o->next & bit32((uint32_t)throughs)) == 0);
}

static void a_phase_left_out_by_the_pattern_is_no_option(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].split_mode[0] = SPLIT_OMIT;
    plan.phase[4].options &= ~PHASE_ENABLED;
    layout_init(&layout, &plan, RG_ACTUATED);
    assert_int_equal(layout.option_count, 5);
    assert_int_equal(layout_find_phases(&layout, bit32(0) | bit32(5)), -1);
}

static void rings_without_a_barrier_go_round(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    for (int32_t i = 0; i < 8; i++) {
        if (i % 4 >= 2) {
            plan.phase[i].options &= ~PHASE_ENABLED;
        }
    }
    layout_init(&layout, &plan, RG_ACTUATED);
    assert_int_equal(layout.option_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(layout.option[i].next, 15 & ~bit32(i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_become_options_with_their_bounds),
        cmocka_unit_test(a_pattern_without_maximums_lends_its_durations),
        cmocka_unit_test(clearing_takes_what_the_sequencer_takes),
        cmocka_unit_test(lanes_know_groups_foes_and_detectors),
        cmocka_unit_test(what_stands_upstream_of_a_lane_sees_its_approach),
        cmocka_unit_test(movements_into_one_road_share_their_exit),
        cmocka_unit_test(phases_that_may_run_together_become_options),
        cmocka_unit_test(a_phase_left_out_by_the_pattern_is_no_option),
        cmocka_unit_test(rings_without_a_barrier_go_round),
    };
    return RUN_TESTS(tests);
}
