#include "test.h"

#include "junction.h"
#include "null.h"
#include "order.h"
#include "plan_build.h"
#include "signals.h"

#include <string.h>

/* A junction whole, on a cabinet without faults, because the optimiser reads a controller's state.
 */
struct rig {
    struct plan plan;
    struct junction j;
    struct null_cabinet cabinet;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    mono_t now;
    int32_t limits_told;
    uint32_t limit_bits;
};

static struct rig r;

static void rig_start(bool is_staged)
{
    memset(&r, 0, sizeof r);
    is_staged ? plan_build_staged(&r.plan) : plan_build_rings(&r.plan);
    for (int32_t i = 0; i < r.plan.pattern_count; i++) {
        r.plan.pattern[i].strategy = STRATEGY_ADAPTIVE;
    }
    strcpy(r.plan.movement[0].exit, "next/w1");
    r.plan.ladder.step_up_ms = 2000;
    r.now.ms = 5000;
    r.in.wall_is_synced = true;
    r.in.scheduled_pattern_ix = is_staged ? (int32_t)ST_ACTUATED : (int32_t)RG_ACTUATED;
    for (int32_t i = 0; i < r.plan.detector_count; i++) {
        r.in.detector[i].quality = INPUT_GOOD;
    }
    junction_init(&r.j, &r.plan, r.now);
    null_cabinet_init(&r.cabinet, (uint32_t)r.plan.safety.site_id, r.plan.safety_hash,
                      r.plan.safety.flash_aspect, r.plan.sg_count);
}

static void tick(void)
{
    r.now.ms += TICK_MS;
    r.in.wall.ms += TICK_MS;
    event_list_clear(&r.events);
    junction_tick(&r.j, &r.in, r.now, &r.out, &r.events);
    null_cabinet_exchange(&r.cabinet, &r.out, r.now, &r.in.cabinet);
    for (uint32_t i = 0; i < r.events.count; i++) {
        if (r.events.event[i].code == EVENT_ADAPTIVE_LIMIT) {
            r.limits_told++;
            r.limit_bits = r.events.event[i].param;
        }
    }
}

static void ticks(int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        tick();
    }
}

static void until_adaptive(void)
{
    for (int32_t i = 0; i < 1000 && !r.j.optimiser.advice.is_valid; i++) {
        tick();
    }
    assert_true(r.j.optimiser.advice.is_valid);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_ADAPTIVE);
}

static void it_decides_on_its_tick_of_each_interval(void **state)
{
    (void)state;
    rig_start(true);
    const struct optimiser_settings settings = { .slot_tick = 3, .interval_s = 2 };
    junction_set_optimiser(&r.j, &settings);
    until_adaptive();
    for (int32_t k = 0; k < 5; k++) {
        const uint64_t number = r.j.optimiser.decision.number;
        ticks(19);
        assert_int_equal(r.j.optimiser.decision.number, number);
        tick();
        assert_int_equal(r.j.optimiser.decision.number, number + 1);
        assert_int_equal(r.j.optimiser.ticks % 20, 3);
    }
}

/* As learned controllers decide, every ten seconds: followed to the next decision, and no longer
 * when that one does not come. */
static void advice_of_a_long_interval_lasts_to_the_next(void **state)
{
    (void)state;
    rig_start(true);
    const struct optimiser_settings settings = { .slot_tick = 3, .interval_s = 10 };
    junction_set_optimiser(&r.j, &settings);
    until_adaptive();
    for (int32_t k = 0; k < 300; k++) {
        tick();
        assert_true(order_is_advised(&r.j.optimiser.advice));
    }
    struct advice late = r.j.optimiser.advice;
    late.age_ms = 9000 + ADVICE_STALE_MS;
    assert_true(order_is_advised(&late));
    late.age_ms++;
    assert_false(order_is_advised(&late));
}

static void a_vehicle_at_the_line_gets_its_stage(void **state)
{
    (void)state;
    rig_start(true);
    until_adaptive();
    for (int32_t i = 0; i < r.plan.detector_count; i++) {
        if (r.plan.detector[i].sg == bit32(ST_E)) {
            r.in.detector[i].is_occupied = true;
            r.in.detector[i].edge_count++;
        }
    }
    bool was_green = false;
    for (int32_t i = 0; i < 600 && !was_green; i++) {
        tick();
        was_green = r.out.aspect[ST_E] == ASPECT_GREEN;
    }
    assert_true(was_green);
    assert_int_equal(r.j.guard.tripped, GUARD_PASS);
}

static void overload_stops_decisions_and_steps_down_with_its_reason(void **state)
{
    (void)state;
    rig_start(false);
    until_adaptive();
    r.in.is_overloaded = true;
    tick();
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_ACTUATED);
    assert_int_equal(r.j.controller.mode.strategy_reason, REASON_TICK_LATE);
    assert_false(r.j.optimiser.advice.is_valid);
    const uint64_t number = r.j.optimiser.decision.number;
    ticks(50);
    assert_int_equal(r.j.optimiser.decision.number, number);
    r.in.is_overloaded = false;
    ticks(40);
    assert_int_equal(r.j.controller.mode.strategy, STRATEGY_ADAPTIVE);
}

static void silent_neighbours_are_told_and_their_return_takes_its_time(void **state)
{
    (void)state;
    rig_start(true);
    until_adaptive();
    ticks(200);
    assert_int_equal(r.limits_told, 0); /* nobody was ever heard */
    r.in.neighbour_count = 1;
    r.in.neighbour[0] = (struct neighbour_input){ .direction = NEIGHBOUR_INFLOW, .travel_s = 20 };
    tick();
    r.in.neighbour_count = 0;
    ticks(80);
    assert_int_equal(r.limits_told, 1);
    assert_int_equal(r.limit_bits, ADAPTIVE_NO_NEIGHBOURS);
    for (int32_t i = 0; i < 60; i++) {
        r.in.neighbour_count = i % 10 == 0 ? 1 : 0;
        tick();
    }
    assert_int_equal(r.limits_told, 2);
    assert_int_equal(r.limit_bits, 0);
}

static void messages_speak_of_exits_and_of_lanes(void **state)
{
    (void)state;
    rig_start(true);
    static struct neighbour_message message[LAYOUT_EXIT_MAX + LANE_MAX];
    assert_int_equal(optimiser_messages(&r.j.optimiser, &r.plan, r.in.wall, message, 80), 0);
    until_adaptive();
    const uint32_t count = optimiser_messages(&r.j.optimiser, &r.plan, r.in.wall, message, 80);
    assert_int_equal(count, 1 + r.plan.lane_count);
    assert_int_equal(message[0].direction, NEIGHBOUR_INFLOW);
    assert_string_equal(message[0].link, "next/w1");
    assert_string_equal(message[0].from, r.plan.junction_name);
    assert_int_equal(message[1].direction, NEIGHBOUR_ROOM);
    assert_true(message[1].room_vehicles >= 0);
    assert_int_equal(optimiser_messages(&r.j.optimiser, &r.plan, r.in.wall, message, 2), 2);
}

/* The signals' half of a snapshot says what the core then does. */
static void a_snapshot_foretells_when_greens_begin_and_may_end(void **state)
{
    (void)state;
    static struct snapshot s;
    rig_start(true);
    until_adaptive();
    int32_t foretold = 0;
    for (int32_t n = 0; n < 3000; n++) {
        r.in.detector[n / 150 % r.plan.lane_count].is_occupied = n % 150 < 90;
        tick();
        const struct controller *c = &r.j.controller;
        signals_fill(c, &r.j.optimiser.layout, &s);
        assert_int_equal(s.option_ix, c->stages.stage_ix);
        assert_true(s.may_leave_in_cs <= s.must_leave_in_cs);
        if (c->stages.all_green && c->stages.min_served) {
            assert_in_range(s.may_leave_in_cs, 0, 700); /* the pattern's own minimum at most */
        }
        const uint32_t ix = ST_E;
        if ((c->wanted.open & bit32(ix)) != 0 && s.sg_green_in_cs[ix] > 100) {
            const int32_t begins_in = s.sg_green_in_cs[ix] / 10;
            int32_t waited = 0;
            for (; waited < 200 && r.out.aspect[ix] != ASPECT_GREEN; waited++) {
                tick();
            }
            assert_in_range(waited, begins_in - 3, begins_in + 3);
            foretold++;
        }
    }
    assert_true(foretold > 2);
}

/* One vehicle waits in the east, so that the green of the north is not to last; does the optimiser
 * open a crossing there whose button is pressed only now? */
static bool opens_late(bool is_pressed)
{
    rig_start(true);
    until_adaptive();
    const struct stages *stages = &r.j.controller.stages;
    for (int32_t i = 0; i < 2000 && !(stages->stage_ix == ST_STAGE_NS && stages->all_green); i++) {
        tick();
    }
    for (int32_t i = 0; i < r.plan.detector_count; i++) {
        const sg_mask_t sg = r.plan.detector[i].sg;
        const bool is_meant = sg == bit32(ST_E) || (is_pressed && sg == bit32(ST_PE));
        r.in.detector[i].is_occupied = is_meant;
        r.in.detector[i].edge_count = is_meant ? 1 : 0;
    }
    for (int32_t i = 0; i < 30; i++) {
        tick();
        if ((r.j.optimiser.advice.walks & bit32(ST_PE)) != 0) {
            return true;
        }
    }
    return false;
}

static void a_late_walk_is_weighed_against_those_who_wait(void **state)
{
    (void)state;
    assert_false(opens_late(false));
    assert_true(opens_late(true));
    ticks(10);
    assert_int_equal(r.out.aspect[ST_PE], ASPECT_GREEN);
    assert_int_equal(r.j.controller.stages.stage_ix, ST_STAGE_NS);
}

/* Who explains why a stage may not be left yet names the group, as long as it is a group's minimum.
 */
static void the_group_behind_its_minimum_is_named(void **state)
{
    (void)state;
    rig_start(true);
    until_adaptive();
    int32_t named = 0;
    for (int32_t n = 0; n < 3000; n++) {
        r.in.detector[n / 150 % r.plan.lane_count].is_occupied = n % 150 < 90;
        tick();
        const struct controller *c = &r.j.controller;
        const int32_t sg_ix = signals_least_sg(c);
        if (sg_ix >= 0) {
            assert_int_equal(r.out.aspect[sg_ix], ASPECT_GREEN);
            assert_true(c->sequencer.shown_ms[sg_ix] < r.plan.safety.min_green_ms[sg_ix]);
            named++;
        } else if (c->stages.all_green) {
            assert_true(c->sequencer.shown_ms[ST_E] == 0 || r.out.aspect[ST_E] != ASPECT_GREEN ||
                        c->sequencer.shown_ms[ST_E] >= r.plan.safety.min_green_ms[ST_E]);
        }
        if (r.j.optimiser.decision.binding == BINDING_MIN_GREEN) {
            assert_in_range(r.j.optimiser.decision.binding_sg_ix + 1, 0, r.plan.sg_count);
        }
    }
    assert_true(named > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_decides_on_its_tick_of_each_interval),
        cmocka_unit_test(advice_of_a_long_interval_lasts_to_the_next),
        cmocka_unit_test(a_vehicle_at_the_line_gets_its_stage),
        cmocka_unit_test(overload_stops_decisions_and_steps_down_with_its_reason),
        cmocka_unit_test(silent_neighbours_are_told_and_their_return_takes_its_time),
        cmocka_unit_test(messages_speak_of_exits_and_of_lanes),
        cmocka_unit_test(the_group_behind_its_minimum_is_named),
        cmocka_unit_test(a_late_walk_is_weighed_against_those_who_wait),
        cmocka_unit_test(a_snapshot_foretells_when_greens_begin_and_may_end),
    };
    return RUN_TESTS(tests);
}
