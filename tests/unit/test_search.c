#include "test.h"

#include "plan_build.h"
#include "search.h"

#include <stdio.h>
#include <string.h>

/* The staged plan of plan_build.h: NS, LEFT, EW, without pedestrians unless a test calls them.
 * Everything free, NS green for long, nobody there. */
struct rig {
    struct plan plan;
    struct layout layout;
    struct snapshot snapshot;
    struct search_settings settings;
    struct search_limits limits;
    struct search_result result;
};

static struct rig rig;

enum { LANE_N, LANE_S, LANE_E, LANE_W, LANE_NL, LANE_SL };

static void rig_stand_in(struct rig *r, int32_t option_ix)
{
    struct snapshot *s = &r->snapshot;
    s->option_ix = option_ix;
    s->green_cs = 2000;
    s->may_leave_in_cs = 0;
    s->must_leave_in_cs = SNAPSHOT_NEVER_CS;
    for (uint32_t g = 0; g < SG_MAX; g++) {
        const bool is_open = (r->layout.option[option_ix].sg & bit32(g)) != 0;
        const bool is_walk = (r->layout.peds & bit32(g)) != 0;
        s->sg_green_in_cs[g] = is_open && !is_walk ? 0 : SNAPSHOT_NEVER_CS;
        s->sg_flows_for_cs[g] = 0;
    }
}

static void rig_init(struct rig *r)
{
    memset(r, 0, sizeof *r);
    plan_build_staged(&r->plan);
    for (uint32_t i = 0; i < 3; i++) { /* any stage after any */
        r->plan.stage[i].next = 7;
    }
    layout_init(&r->layout, &r->plan, ST_ACTUATED);
    r->settings = *search_settings_default();
    r->limits.allowed = UINT32_MAX;
    r->limits.stay_max_cs = SNAPSHOT_NEVER_CS;
    r->snapshot.layout = &r->layout;
    for (int32_t i = 0; i < LANE_MAX; i++) {
        r->snapshot.lane[i].headway_cs = 200;
        r->snapshot.lane[i].start_loss_cs = 100;
    }
    for (int32_t e = 0; e < LAYOUT_EXIT_MAX; e++) {
        r->snapshot.exit[e].room_vehicles = EXIT_ROOM_UNKNOWN;
    }
    rig_stand_in(r, ST_STAGE_NS);
}

static void add(struct rig *r, int32_t lane_ix, int32_t eta_cs)
{
    struct snapshot_lane *lane = &r->snapshot.lane[lane_ix];
    lane->vehicle[lane->count++] = (struct snapshot_vehicle){ .eta_cs = (int16_t)eta_cs,
                                                              .weight = SNAPSHOT_WEIGHT_ONE,
                                                              .is_stopped = eta_cs < 0 };
}

static void queue(struct rig *r, int32_t lane_ix, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        add(r, lane_ix, -1000 + 100 * i);
    }
}

static int32_t run(struct rig *r)
{
    search_run(&r->snapshot, &r->settings, &r->limits, NULL, &r->result);
    return r->result.option_ix;
}

static void an_empty_junction_rests(void **state)
{
    (void)state;
    rig_init(&rig);
    assert_int_equal(run(&rig), ST_STAGE_NS);
    assert_int_equal(rig.result.binding, BINDING_NO_DEMAND);
    assert_int_equal(rig.result.timeline_count, 1);
    assert_int_equal(search_cost_sum(&rig.result.alternative[ST_STAGE_NS].cost), 0);
}

static void a_queue_against_nobody_is_served_at_once(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_E, 3);
    assert_int_equal(run(&rig), ST_STAGE_EW);
    assert_int_equal(rig.result.timeline[0].option_ix, ST_STAGE_EW);
    assert_false(rig.result.was_cut);
    assert_true(rig.result.nodes > 0);
}

static void a_platoon_in_green_is_not_cut_for_one_car(void **state)
{
    (void)state;
    rig_init(&rig);
    for (int32_t i = 0; i < 6; i++) {
        add(&rig, LANE_N, 100 + 200 * i);
        add(&rig, LANE_S, 100 + 200 * i);
    }
    queue(&rig, LANE_E, 1);
    assert_int_equal(run(&rig), ST_STAGE_NS);
    assert_int_equal(rig.result.timeline[1].option_ix, ST_STAGE_EW);
    assert_in_range(rig.result.alternative[ST_STAGE_NS].leave_in_s, 6, 14);
    assert_true(rig.result.alternative[ST_STAGE_EW].is_possible);
    assert_true(search_cost_sum(&rig.result.alternative[ST_STAGE_EW].cost) >
                search_cost_sum(&rig.result.alternative[ST_STAGE_NS].cost));
}

static void a_minimum_holds_whoever_waits(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_E, 8);
    rig.snapshot.may_leave_in_cs = 350;
    assert_int_equal(run(&rig), ST_STAGE_NS);
    assert_int_equal(rig.result.binding, BINDING_MIN_GREEN);
    assert_int_equal(rig.result.timeline[1].option_ix, ST_STAGE_EW);
    assert_int_equal(rig.result.timeline[1].from_s, 4);
}

/* The same street: who decides every five seconds cannot leave after four. */
static void changes_begin_with_decisions(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_E, 8);
    rig.snapshot.may_leave_in_cs = 350;
    rig.settings.decision_s = 5;
    assert_int_equal(run(&rig), ST_STAGE_NS);
    assert_int_equal(rig.result.timeline[1].option_ix, ST_STAGE_EW);
    assert_int_equal(rig.result.timeline[1].from_s, 5);
}

static void a_maximum_ends_a_green_for_one_who_waits(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_N, 30);
    queue(&rig, LANE_E, 1);
    assert_int_equal(run(&rig), ST_STAGE_NS);
    rig.snapshot.must_leave_in_cs = 0;
    assert_int_equal(run(&rig), ST_STAGE_EW);
    assert_int_equal(rig.result.binding, BINDING_MAX_GREEN);
    rig.snapshot.lane[LANE_E].count = 0;
    assert_int_equal(run(&rig), ST_STAGE_NS);
}

static void a_red_beyond_its_maximum_is_ended(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_N, 30);
    queue(&rig, LANE_S, 30);
    queue(&rig, LANE_NL, 1);
    assert_int_equal(run(&rig), ST_STAGE_NS);
    rig.snapshot.red_cs[ST_NL] = 11800; /* of 120 s */
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    assert_int_equal(rig.result.binding, BINDING_MAX_RED);
    assert_int_equal(rig.result.binding_sg_ix, ST_NL);
}

static void pedestrians_are_served_and_walk_to_the_end(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.snapshot.called = bit32(ST_PN);
    rig.snapshot.waiting_cs[ST_PN] = 500;
    assert_int_equal(run(&rig), ST_STAGE_EW);
    /* Back to NS not before the walk: 3 s of intergreen before it, 6 s of walk. */
    queue(&rig, LANE_N, 6);
    (void)run(&rig);
    for (int32_t i = 1; i < rig.result.timeline_count; i++) {
        if (rig.result.timeline[i - 1].option_ix == ST_STAGE_EW) {
            assert_true(rig.result.timeline[i].from_s - rig.result.timeline[i - 1].from_s >= 9);
        }
    }
}

static void limits_of_the_supervisor_hold(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_N, 10);
    queue(&rig, LANE_E, 10);
    queue(&rig, LANE_NL, 2);
    rig.limits.allowed = bit32(ST_STAGE_LEFT);
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    assert_int_equal(rig.result.binding, BINDING_STARVING);
    rig.limits.allowed = bit32(ST_STAGE_NS);
    assert_int_equal(run(&rig), ST_STAGE_NS);
    assert_int_equal(rig.result.binding, BINDING_STARVING);
    rig.limits.allowed = UINT32_MAX;
    rig.limits.stay_max_cs = 0;
    assert_int_not_equal(run(&rig), ST_STAGE_NS);
}

static void a_full_exit_gets_no_green(void **state)
{
    (void)state;
    rig_init(&rig);
    strcpy(rig.plan.movement[LANE_E].exit, "next/a");
    layout_init(&rig.layout, &rig.plan, ST_ACTUATED);
    for (uint32_t i = 0; i < 3; i++) {
        rig.layout.option[i].next = 7 & ~bit32(i);
    }
    queue(&rig, LANE_E, 10);
    queue(&rig, LANE_NL, 2);
    assert_int_equal(run(&rig), ST_STAGE_EW);
    rig.snapshot.exit[0].room_vehicles = 0;
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    rig.snapshot.exit[0].room_vehicles = 30;
    rig.snapshot.exit[0].is_blocked = true;
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    assert_true(rig.result.alternative[ST_STAGE_LEFT].cost.delay_cs > 0);
}

static void the_way_leads_through_allowed_changes(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.layout.option[ST_STAGE_NS].next = bit32(ST_STAGE_LEFT);
    rig.layout.option[ST_STAGE_LEFT].next = bit32(ST_STAGE_EW);
    queue(&rig, LANE_E, 4);
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    assert_int_equal(rig.result.timeline[1].option_ix, ST_STAGE_EW);
}

static void a_left_turn_waits_for_gaps(void **state)
{
    (void)state;
    rig_init(&rig);
    /* North also turns left against south; with a protected stage for it. */
    rig.layout.lane[LANE_NL].movement[0].sg |= bit32(ST_N);
    rig.layout.lane[LANE_NL].movement[0].foes = bit64(LANE_S);
    rig.layout.lane[LANE_NL].sg |= bit32(ST_N);
    queue(&rig, LANE_NL, 4);
    (void)run(&rig);
    const int32_t alone_cs = search_cost_sum(&rig.result.alternative[ST_STAGE_NS].cost);
    assert_int_equal(rig.result.option_ix, ST_STAGE_NS);
    for (int32_t i = 0; i < 20; i++) {
        add(&rig, LANE_S, 200 * i);
    }
    (void)run(&rig);
    assert_true(search_cost_sum(&rig.result.alternative[ST_STAGE_NS].cost) > alone_cs + 2000);
}

static int32_t cost_of_staying_cs(struct rig *r)
{
    (void)run(r);
    return search_cost_sum(&r->result.alternative[r->snapshot.option_ix].cost);
}

static void who_cannot_go_blocks_who_could(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_N, 6);
    struct layout_lane *lane = &rig.layout.lane[LANE_N];
    const int32_t alone_cs = cost_of_staying_cs(&rig);
    lane->movement_count = 2;
    lane->movement[1] = (struct layout_movement){ .sg = bit32(ST_NL), .exit_ix = -1 };
    lane->sg |= bit32(ST_NL);
    rig.snapshot.lane[LANE_N].share_permille[0] = 800;
    rig.snapshot.lane[LANE_N].share_permille[1] = 200;
    const int32_t few_cs = cost_of_staying_cs(&rig);
    rig.snapshot.lane[LANE_N].share_permille[0] = 500;
    rig.snapshot.lane[LANE_N].share_permille[1] = 500;
    const int32_t many_cs = cost_of_staying_cs(&rig);
    assert_true(alone_cs < few_cs && few_cs < many_cs);
}

static void what_stays_green_loses_nothing_by_a_change(void **state)
{
    (void)state;
    rig_init(&rig);
    rig.layout.option[ST_STAGE_LEFT].sg |= bit32(ST_N); /* north goes on beside its left turn */
    rig.layout.clear_ms[ST_N][ST_NL] = -1;
    rig.layout.clear_ms[ST_N][ST_SL] = -1;
    queue(&rig, LANE_N, 6);
    const int32_t alone_cs = cost_of_staying_cs(&rig);
    queue(&rig, LANE_NL, 2);
    assert_int_equal(run(&rig), ST_STAGE_LEFT);
    const struct search_cost *c = &rig.result.alternative[ST_STAGE_LEFT].cost;
    /* Two left turns wait 5 s of intergreen, 1 s and 3 s of headways, and the change costs 1 s. */
    assert_in_range(search_cost_sum(c), alone_cs + 1000, alone_cs + 2000);
}

static void a_rolling_car_that_need_not_stop_saves_its_stop(void **state)
{
    (void)state;
    rig_init(&rig);
    add(&rig, LANE_N, 500);
    assert_int_equal(cost_of_staying_cs(&rig), 0);
    rig_init(&rig);
    add(&rig, LANE_E, 100);
    (void)run(&rig);
    assert_int_equal(rig.result.alternative[ST_STAGE_EW].cost.stops_cs, rig.settings.stop_cs);
    rig.limits.is_throughput = true;
    (void)run(&rig);
    assert_int_equal(rig.result.alternative[ST_STAGE_EW].cost.stops_cs, 0);
}

static void nowhere_to_be_is_left_at_once(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_E, 1);
    rig.snapshot.option_ix = -1;
    assert_int_equal(run(&rig), ST_STAGE_EW);
}

static void the_same_moment_gives_the_same_answer(void **state)
{
    (void)state;
    rig_init(&rig);
    queue(&rig, LANE_E, 5);
    queue(&rig, LANE_N, 5);
    queue(&rig, LANE_SL, 3);
    (void)run(&rig);
    const struct search_result first = rig.result;
    memset(&rig.result, 0xaa, sizeof rig.result);
    (void)run(&rig);
    assert_memory_equal(&first, &rig.result, sizeof first);
}

static void a_small_budget_is_kept_and_told(void **state)
{
    (void)state;
    rig_init(&rig);
    for (int32_t lane_ix = 0; lane_ix < 6; lane_ix++) {
        queue(&rig, lane_ix, 6);
        add(&rig, lane_ix, 1200);
    }
    rig.settings.node_budget = 300;
    (void)run(&rig);
    assert_true(rig.result.was_cut);
    assert_in_range(rig.result.nodes, 40, 600);
    assert_in_range(rig.result.option_ix, 0, 2);
}

static void the_plan_of_a_second_ago_is_never_made_worse(void **state)
{
    (void)state;
    rig_init(&rig);
    for (int32_t lane_ix = 0; lane_ix < 6; lane_ix++) {
        queue(&rig, lane_ix, 4 + lane_ix);
        add(&rig, lane_ix, 500 * (lane_ix + 1));
    }
    (void)run(&rig);
    struct search_result good = rig.result;
    for (int32_t i = 0; i < good.timeline_count; i++) {
        good.timeline[i].from_s = (int16_t)(good.timeline[i].from_s + (i > 0));
    }
    const int32_t good_cs = search_cost_sum(&good.alternative[good.option_ix].cost);
    rig.settings.node_budget = 45; /* one node a second: blind */
    search_run(&rig.snapshot, &rig.settings, &rig.limits, &good, &rig.result);
    assert_true(search_cost_sum(&rig.result.alternative[rig.result.option_ix].cost) <= good_cs);
}

static void outflow_tells_who_leaves_and_when(void **state)
{
    (void)state;
    static uint16_t mveh[LAYOUT_EXIT_MAX][SEARCH_HORIZON_MAX_S];
    rig_init(&rig);
    strcpy(rig.plan.movement[LANE_N].exit, "next/a");
    layout_init(&rig.layout, &rig.plan, ST_ACTUATED);
    queue(&rig, LANE_N, 3);
    const struct search_segment stay = { ST_STAGE_NS, 0 };
    search_outflow(&rig.snapshot, &stay, 1, mveh);
    int32_t sum = 0;
    for (int32_t t = 0; t < SEARCH_HORIZON_MAX_S; t++) {
        sum += mveh[0][t];
    }
    assert_int_equal(sum, 3000);
    assert_int_equal(mveh[0][0], 1000);
    const struct search_segment leave = { ST_STAGE_EW, 0 };
    search_outflow(&rig.snapshot, &leave, 1, mveh);
    assert_int_equal(mveh[0][5], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_junction_rests),
        cmocka_unit_test(a_queue_against_nobody_is_served_at_once),
        cmocka_unit_test(a_platoon_in_green_is_not_cut_for_one_car),
        cmocka_unit_test(a_minimum_holds_whoever_waits),
        cmocka_unit_test(changes_begin_with_decisions),
        cmocka_unit_test(a_maximum_ends_a_green_for_one_who_waits),
        cmocka_unit_test(a_red_beyond_its_maximum_is_ended),
        cmocka_unit_test(pedestrians_are_served_and_walk_to_the_end),
        cmocka_unit_test(limits_of_the_supervisor_hold),
        cmocka_unit_test(a_full_exit_gets_no_green),
        cmocka_unit_test(the_way_leads_through_allowed_changes),
        cmocka_unit_test(a_left_turn_waits_for_gaps),
        cmocka_unit_test(who_cannot_go_blocks_who_could),
        cmocka_unit_test(what_stays_green_loses_nothing_by_a_change),
        cmocka_unit_test(a_rolling_car_that_need_not_stop_saves_its_stop),
        cmocka_unit_test(nowhere_to_be_is_left_at_once),
        cmocka_unit_test(the_same_moment_gives_the_same_answer),
        cmocka_unit_test(a_small_budget_is_kept_and_told),
        cmocka_unit_test(the_plan_of_a_second_ago_is_never_made_worse),
        cmocka_unit_test(outflow_tells_who_leaves_and_when),
    };
    return RUN_TESTS(tests);
}
