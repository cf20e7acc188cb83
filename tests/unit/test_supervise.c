/* The supervisor on a crossroads of two options: lanes 0 and 1 (north-south, group 0), lane 2
 * (east, group 1), and a crossing (group 2) that goes with the east. */
#include "test.h"

#include <string.h>

#include "supervise.h"

enum { NORTH_SOUTH, EAST };

struct rig {
    struct layout layout;
    struct snapshot s;
    struct supervise v;
    struct search_limits limits;
};

static void set_up(struct rig *r)
{
    memset(r, 0, sizeof *r);
    struct layout *l = &r->layout;
    l->lane_count = 3;
    l->exit_count = 2;
    l->sg_count = 3;
    l->peds = bit32(2);
    l->option_count = 2;
    l->option[NORTH_SOUTH] = (struct layout_option){ .sg = bit32(0), .next = bit32(EAST) };
    l->option[EAST] =
        (struct layout_option){ .sg = bit32(1) | bit32(2), .next = bit32(NORTH_SOUTH) };
    for (uint32_t i = 0; i < 3; i++) {
        l->lane[i].sg = bit32(i == 2 ? 1 : 0);
        l->lane[i].movement_count = 1;
        l->lane[i].movement[0] =
            (struct layout_movement){ .sg = l->lane[i].sg, .exit_ix = i == 2 ? 1 : 0 };
        r->s.lane[i].headway_cs = 200;
        r->s.lane[i].start_loss_cs = 200;
        r->s.lane[i].arrivals_per_ks = 100;
        r->s.lane[i].share_permille[0] = 1000;
    }
    r->s.layout = l;
    r->s.exit[0].room_vehicles = EXIT_ROOM_UNKNOWN;
    r->s.exit[1].room_vehicles = EXIT_ROOM_UNKNOWN;
    r->s.option_ix = NORTH_SOUTH;
    supervise_init(&r->v);
}

static void stand(struct rig *r, uint32_t lane_ix, int32_t count, int32_t red_cs)
{
    r->s.lane[lane_ix].count = count;
    for (int32_t i = 0; i < count; i++) {
        r->s.lane[lane_ix].vehicle[i] = (struct snapshot_vehicle){ .eta_cs = -100, .weight = 16 };
    }
    r->s.red_cs[lowest_bit(r->layout.lane[lane_ix].sg)] = red_cs;
}

static void step(struct rig *r)
{
    supervise_step(&r->v, &r->s, 1000, &r->limits);
}

static void nothing_is_restricted_where_traffic_flows(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    stand(&r, 2, 4, 3000);
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(NORTH_SOUTH) | bit32(EAST));
    assert_int_equal(r.limits.stay_max_cs, SNAPSHOT_NEVER_CS);
    assert_false(r.limits.is_throughput);
}

static void a_queue_of_one_cycles_arrivals_is_due_after_the_target_cycle(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    /* 0.1/s for 120 s are 12 vehicles; start-up and 12 headways take 26 s. */
    stand(&r, 2, 12, 12000 - 2600 - 100);
    step(&r);
    assert_int_equal(r.v.starving_count, 0);
    stand(&r, 2, 12, 12000 - 2600);
    step(&r);
    assert_int_equal(r.v.starving_count, 1);
    assert_int_equal(r.limits.allowed, bit32(EAST));
    assert_int_equal(r.limits.stay_max_cs, 0);
}

static void a_single_vehicle_is_due_at_the_latest_after_the_maximum(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    r.s.lane[2].arrivals_per_ks = 0;
    stand(&r, 2, 1, 3000);
    step(&r);
    assert_int_equal(r.v.starving_count, 0);
    stand(&r, 2, 1, SUPERVISE_CYCLE_MAX_CS);
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(EAST));
}

static void who_starves_is_served_until_its_queue_is_gone(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    stand(&r, 2, 12, 12000);
    step(&r);
    r.s.option_ix = EAST;
    stand(&r, 2, 3, 0);
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(EAST)); /* stays */
    assert_int_equal(r.limits.stay_max_cs, SNAPSHOT_NEVER_CS);
    stand(&r, 2, 0, 0);
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(NORTH_SOUTH) | bit32(EAST));
}

static void nobody_holds_the_others_up_for_ever(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    stand(&r, 2, 40, 12000);
    step(&r);
    r.s.option_ix = EAST;
    stand(&r, 2, 40, 0);
    for (int32_t second = 0; second < 60; second++) {
        step(&r);
        assert_int_equal(r.v.starving_count, 1);
    }
    step(&r);
    assert_int_equal(r.v.starving_count, 0);
}

static void a_waiting_pedestrian_is_due_too(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    r.s.called = bit32(2);
    r.s.waiting_cs[2] = SUPERVISE_PED_CS - 1;
    step(&r);
    assert_int_equal(r.v.starving_count, 0);
    r.s.waiting_cs[2] = SUPERVISE_PED_CS;
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(EAST));
}

static void a_full_exit_is_not_entered_while_others_can_go(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    stand(&r, 0, 5, 0);
    stand(&r, 2, 2, 1000);
    r.s.exit[0].is_blocked = true;
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(EAST));
    assert_int_equal(r.limits.stay_max_cs, 0);
    r.s.exit[0].is_blocked = false;
    r.s.exit[0].room_vehicles = 1;
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(EAST));
    r.s.exit[0].room_vehicles = 2;
    step(&r);
    assert_int_equal(r.limits.allowed, bit32(NORTH_SOUTH) | bit32(EAST));
}

static void it_never_restricts_to_nothing(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    stand(&r, 0, 5, 0);
    stand(&r, 2, 12, 18000);
    r.s.exit[0].is_blocked = true;
    r.s.exit[1].is_blocked = true;
    step(&r);
    assert_int_not_equal(r.limits.allowed, 0);
}

static void steady_starvation_of_several_means_oversaturation(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    for (int32_t second = 0; second < 59; second++) {
        stand(&r, 0, 30, 18000);
        stand(&r, 2, 30, 18000);
        step(&r);
        assert_false(r.limits.is_throughput);
    }
    step(&r);
    assert_true(r.limits.is_throughput);
    stand(&r, 0, 0, 0);
    stand(&r, 2, 0, 0);
    for (int32_t second = 0; second < 56; second++) {
        step(&r);
    }
    assert_false(r.limits.is_throughput);
}

static void load_is_critical_flow_and_lost_time_of_a_cycle(void **state)
{
    (void)state;
    struct rig r;
    set_up(&r);
    r.s.lane[0].arrivals_per_ks = 200; /* 0.4 of its saturation flow; lane 1 goes along */
    r.s.lane[2].arrivals_per_ks = 150; /* 0.3 */
    step(&r);
    assert_int_equal(r.v.load_pct, 73); /* 40 + 30 and twice 2 s of 120 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_restricted_where_traffic_flows),
        cmocka_unit_test(a_queue_of_one_cycles_arrivals_is_due_after_the_target_cycle),
        cmocka_unit_test(a_single_vehicle_is_due_at_the_latest_after_the_maximum),
        cmocka_unit_test(who_starves_is_served_until_its_queue_is_gone),
        cmocka_unit_test(nobody_holds_the_others_up_for_ever),
        cmocka_unit_test(a_waiting_pedestrian_is_due_too),
        cmocka_unit_test(a_full_exit_is_not_entered_while_others_can_go),
        cmocka_unit_test(it_never_restricts_to_nothing),
        cmocka_unit_test(steady_starvation_of_several_means_oversaturation),
        cmocka_unit_test(load_is_critical_flow_and_lost_time_of_a_cycle),
    };
    return RUN_TESTS(tests);
}
