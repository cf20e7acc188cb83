#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plan_build.h"
#include "ring.h"

/* The dual-ring junction of plan_build.h under the real calls and the real sequencer. One
 * detector for each phase and one button for each crossing; what they say is set by hand. */
enum { LOG_MAX = 8192, DETECTORS = 12 };

struct entry {
    int64_t at_ms;
    struct event event;
};

struct bench {
    struct plan plan;
    struct detectors ds;
    struct recalls recalls;
    struct calls calls;
    struct coord coord;
    struct rings rings;
    struct sequencer seq;
    struct wanted wanted;
    struct ring_order_now order;
    struct tick t;
    struct event_list events;
    struct entry log[LOG_MAX];
    uint32_t logged;
    bool uses_clock;
};

static struct bench b;

static void set_up(int32_t pattern_ix)
{
    memset(&b, 0, sizeof b);
    plan_build_rings(&b.plan);
    b.plan.phase[1].recall = RECALL_NONE;
    b.plan.phase[5].recall = RECALL_NONE;
    for (int32_t i = 0; i < 4; i++) {
        b.plan.sg[RG_P2 + i].phase_id = 2 * i + 2; /* crossings carry the number of their phase */
    }
    b.plan.detector_count = DETECTORS;
    for (uint32_t i = 0; i < DETECTORS; i++) {
        b.plan.detector[i] = (struct detector){ .type = i < 8 ? DETECTOR_LOOP : DETECTOR_BUTTON,
                                                .roles = DETECTOR_CALLS | DETECTOR_EXTENDS,
                                                .sg = bit32(i) };
    }
    detectors_init(&b.ds, &b.plan);
    calls_init(&b.calls);
    coord_init(&b.coord);
    rings_init(&b.rings, &b.plan);
    sequencer_init(&b.seq, &b.plan);
    b.order.strategy = b.plan.pattern[pattern_ix].strategy;
    b.order.pattern_ix = pattern_ix;
    b.uses_clock = b.plan.pattern[pattern_ix].cycle_ms > 0;
    b.t.wall_is_synced = true;
}

static void log_events(void)
{
    for (uint32_t i = 0; i < b.events.count && b.logged < LOG_MAX; i++) {
        b.log[b.logged++] = (struct entry){ b.t.now.ms, b.events.event[i] };
    }
    assert_int_equal(b.events.dropped, 0);
}

static void step(void)
{
    b.t.now.ms += TICK_MS;
    b.t.wall.ms += TICK_MS;
    b.t.confirmed_at.ms = b.t.now.ms - 50;
    b.t.advances = true;
    event_list_clear(&b.events);
    memset(&b.recalls, 0, sizeof b.recalls);
    rings_recall(&b.plan, b.order.pattern_ix, &b.recalls);
    sg_mask_t yellow = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        yellow |= b.seq.aspect[i] == ASPECT_YELLOW ? bit32(i) : 0;
    }
    calls_step(&b.calls, &b.plan, &b.ds, &b.recalls, sequencer_green(&b.seq, &b.plan), yellow, &b.t,
               &b.events);
    b.coord.is_held = b.rings.peds_overrun;
    coord_step(&b.coord, &b.plan, b.uses_clock ? b.order.pattern_ix : -1, b.order.strategy, &b.t,
               &b.events);
    rings_step(&b.rings, &b.plan, &b.order, &b.calls, &b.seq, &b.coord, &b.t, &b.wanted, &b.events);
    b.order.advance = false;
    sequencer_step(&b.seq, &b.plan, &b.t, &b.wanted, &b.events);
    log_events();
}

static void run_s(double seconds)
{
    for (int32_t i = 0; i < (int32_t)(seconds * 10.0 + 0.5); i++) {
        step();
    }
}

/* Vehicles on the detectors of these phases, by number: they call in red and extend in green. */
static void traffic(uint32_t phase_id, bool present)
{
    b.ds.d[phase_id - 1].is_calling = present;
    b.ds.d[phase_id - 1].is_extending = present;
}

static void press(uint32_t phase_id)
{
    b.ds.d[7 + phase_id / 2].is_calling = true;
    step();
    b.ds.d[7 + phase_id / 2].is_calling = false;
}

static bool is_on(uint32_t phase_id)
{
    return (b.rings.on & bit32(phase_id - 1)) != 0;
}

static bool shows(uint32_t sg_ix, int32_t aspect)
{
    return b.seq.aspect[sg_ix] == aspect;
}

/* Time of the n-th such event from the first on, -1: there is none. */
static int64_t when(enum event_code code, uint32_t param, uint32_t n)
{
    for (uint32_t i = 0; i < b.logged; i++) {
        if (b.log[i].event.code == code && b.log[i].event.param == param && n-- == 0) {
            return b.log[i].at_ms;
        }
    }
    return -1;
}

static void forget(void)
{
    b.logged = 0;
}

static void start_up_opens_the_phases_of_the_plan(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    assert_int_equal(b.rings.on, bit32(1) | bit32(5));
    assert_true(shows(1, ASPECT_GREEN) && shows(5, ASPECT_GREEN));
    assert_true(when(EVENT_PHASE_ON, 2, 0) > 0);
    assert_int_equal(when(EVENT_MIN_GREEN_END, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 0), 7000);
}

static void nobody_waiting_means_rest_in_green(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(600);
    assert_int_equal(b.rings.on, bit32(1) | bit32(5));
    assert_int_equal(when(EVENT_GREEN_END, 2, 0), -1);
    assert_int_equal(when(EVENT_PHASE_CHECK, 2, 0), -1);
}

static void a_call_across_the_barrier_ends_both_rings_together(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(30);
    traffic(4, true);
    run_s(0.1);
    assert_int_equal(b.rings.on, bit32(3) | bit32(7)); /* 8 by dual entry */
    assert_int_equal(when(EVENT_GAP_OUT, 2, 0), when(EVENT_GAP_OUT, 6, 0));
    assert_true(when(EVENT_GAP_OUT, 2, 0) > 0);
    run_s(10);
    assert_true(shows(3, ASPECT_GREEN) && shows(7, ASPECT_GREEN));
    assert_int_equal(when(EVENT_BARRIER, 1, 0), when(EVENT_PHASE_ON, 4, 0));
}

static void without_dual_entry_a_ring_rests_in_red(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[7].options &= ~(int32_t)PHASE_DUAL_ENTRY;
    run_s(30);
    traffic(4, true);
    run_s(20);
    assert_int_equal(b.rings.on, bit32(3));
    assert_true(shows(7, ASPECT_RED));
    traffic(8, true); /* and starts alone when somebody comes */
    run_s(0.1);
    assert_int_equal(b.rings.on, bit32(3) | bit32(7));
}

static void phases_without_call_are_skipped_and_others_served_in_order(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(30);
    traffic(3, true);
    traffic(4, true);
    traffic(1, true);
    run_s(8);
    traffic(3, false);
    run_s(12);
    assert_int_equal(when(EVENT_GREEN_BEGIN, 1, 0), -1);
    assert_true(when(EVENT_GREEN_BEGIN, 3, 0) > 0);
    assert_true(when(EVENT_GREEN_BEGIN, 4, 0) > when(EVENT_GREEN_BEGIN, 3, 0));
    traffic(4, false);
    run_s(20);
    assert_true(when(EVENT_GREEN_BEGIN, 1, 0) > when(EVENT_GREEN_BEGIN, 4, 0));
    assert_int_equal(when(EVENT_GREEN_BEGIN, 5, 0), -1);
    assert_int_equal(when(EVENT_GREEN_BEGIN, 7, 0), -1);
}

static void the_barrier_waits_for_the_slower_ring(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    traffic(6, true);
    run_s(30);
    traffic(8, true);
    run_s(20);
    assert_true(is_on(2) && is_on(6)); /* 2 has gapped, 6 is still extended */
    assert_true(b.rings.ring[0].wants_barrier);
    assert_false(b.rings.ring[1].wants_barrier);
    traffic(6, false);
    run_s(3.2);
    assert_true(is_on(4) && is_on(8));
    assert_int_equal(when(EVENT_GREEN_END, 2, 0), when(EVENT_GREEN_END, 6, 0));
}

static void the_maximum_runs_from_the_conflicting_call(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    traffic(2, true);
    traffic(6, true);
    run_s(60);
    const int64_t called_ms = b.t.now.ms;
    traffic(4, true);
    run_s(60);
    assert_int_equal(when(EVENT_PHASE_CHECK, 2, 0), called_ms + TICK_MS);
    assert_int_equal(when(EVENT_MAX_OUT, 2, 0), called_ms + 40000);
    assert_int_equal(when(EVENT_MAX_OUT, 6, 0), called_ms + 40000);
}

static void a_latched_gap_is_not_undone_by_a_new_vehicle(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    traffic(6, true);
    run_s(30);
    traffic(8, true);
    run_s(1);
    assert_int_equal(b.rings.ring[0].end, PHASE_GAP_OUT);
    traffic(2, true);
    run_s(5);
    assert_int_equal(b.rings.ring[0].end, PHASE_GAP_OUT);
    traffic(6, false);
    run_s(3.2);
    assert_true(is_on(8));
}

static void simultaneous_gap_lets_a_new_vehicle_undo_it(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].options |= PHASE_SIMULTANEOUS_GAP;
    traffic(6, true);
    run_s(30);
    traffic(8, true);
    run_s(1);
    assert_int_equal(b.rings.ring[0].end, PHASE_GAP_OUT);
    traffic(2, true);
    run_s(1);
    assert_int_equal(b.rings.ring[0].end, PHASE_END_NONE);
    traffic(6, false);
    run_s(5);
    assert_true(is_on(2) && is_on(6)); /* now ring 2 waits for ring 1 */
    traffic(2, false);
    run_s(3.2);
    assert_true(is_on(8));
}

static void a_guaranteed_passage_runs_out_after_a_reduced_gap(void **state)
{
    (void)state;
    for (int32_t guaranteed = 0; guaranteed < 2; guaranteed++) {
        set_up(RG_ACTUATED);
        b.plan.phase[1].min_gap_ms = 1000;
        b.plan.phase[1].time_to_reduce_ms = 5000;
        b.plan.phase[1].options |= guaranteed ? PHASE_GUARANTEED_PASSAGE : 0;
        traffic(2, true);
        traffic(3, true);
        run_s(30);
        const int64_t last_ms = b.t.now.ms;
        traffic(2, false);
        run_s(5);
        const int64_t left_ms = last_ms + TICK_MS; /* the first tick without it */
        assert_int_equal(when(EVENT_GAP_OUT, 2, 0), left_ms + (guaranteed ? 3000 : 1000));
    }
}

static void maximum_recall_holds_a_green_without_vehicles(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].recall = RECALL_MAX;
    traffic(4, true);
    run_s(60);
    assert_int_equal(when(EVENT_MAX_OUT, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 0), 40000);
}

static void minimum_recall_brings_a_phase_back(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].recall = RECALL_MIN;
    run_s(20);
    traffic(4, true);
    run_s(8);
    traffic(4, false);
    run_s(20);
    assert_true(is_on(2));
}

static void soft_recall_speaks_only_when_nobody_else_does(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].recall = RECALL_SOFT;
    b.plan.phase[5].recall = RECALL_SOFT;
    run_s(20);
    traffic(4, true);
    traffic(7, true);
    run_s(20);
    assert_true(is_on(4) && is_on(7));
    traffic(4, false);
    traffic(7, false);
    run_s(20);
    assert_true(is_on(2) && is_on(6));
    run_s(300); /* and it does not change places with itself */
    assert_true(is_on(2) && is_on(6));
}

static void soft_recall_waits_for_traffic_and_for_other_calls(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].recall = RECALL_SOFT;
    run_s(20);
    traffic(4, true);
    run_s(200);
    assert_true(is_on(4)); /* nobody else: its traffic goes on, beyond the maximum */
    assert_int_equal(when(EVENT_MAX_OUT, 4, 0), -1);
    traffic(3, true);
    traffic(4, false);
    run_s(4);
    assert_true(is_on(3));
    traffic(3, false);
    run_s(15);
    assert_true(is_on(2));
}

static void a_green_closed_by_somebody_else_begins_anew(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(30);
    const struct wanted nothing = { .open = 0 };
    for (int32_t i = 0; i < 150; i++) { /* a preemption, say */
        b.t.now.ms += TICK_MS;
        b.t.confirmed_at.ms = b.t.now.ms - 50;
        sequencer_step(&b.seq, &b.plan, &b.t, &nothing, &b.events);
    }
    traffic(4, true);
    run_s(30);
    assert_int_equal(when(EVENT_GAP_OUT, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 1), 7000);
}

static void a_green_that_still_flashes_is_not_the_next_one(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.safety.green_flash_ms[1] = 3000;
    b.plan.phase[1].options |= PHASE_RED_REST;
    while (!shows(1, ASPECT_GREEN_FLASH)) {
        step();
    }
    traffic(2, true);
    run_s(30);
    assert_true(shows(1, ASPECT_GREEN));
    assert_int_equal(when(EVENT_PHASE_ON, 2, 1) - when(EVENT_GREEN_BEGIN, 2, 1), TICK_MS);
    assert_int_equal(when(EVENT_MIN_GREEN_END, 2, 1) - when(EVENT_GREEN_BEGIN, 2, 1), 7000);
}

static void an_earlier_phase_is_served_again_if_nobody_waits_across(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(30);
    traffic(5, true);
    run_s(0.1);
    assert_true(is_on(5) && is_on(2));
    assert_false(is_on(6));
}

static void conditional_service_needs_time_in_the_other_ring(void **state)
{
    (void)state;
    for (int32_t rest_s = 30; rest_s >= 10; rest_s -= 20) {
        set_up(RG_ACTUATED);
        b.plan.phase[5].options |= PHASE_CONDITIONAL_SERVICE;
        traffic(2, true);
        run_s(20);
        traffic(8, true); /* 2 is extended to its maximum of 40 s from here on */
        run_s(40 - rest_s);
        traffic(5, true);
        run_s(0.2);
        assert_int_equal(is_on(5), rest_s == 30); /* 5 s of clearance and 7 s of minimum green */
        assert_true(is_on(2));
        run_s(60);
        assert_int_equal(when(EVENT_MAX_OUT, 2, 0), 60000);
    }
}

static void pedestrians_walk_with_their_phase_and_hold_it_until_clear(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    press(4);
    run_s(60);
    const int64_t walk_ms = when(EVENT_WALK_BEGIN, 4, 0);
    assert_true(walk_ms > 0);
    assert_in_range(when(EVENT_PED_CLEAR_BEGIN, 4, 0) - walk_ms, 7000, 7100);
    assert_true(is_on(4)); /* rests there */
    traffic(2, true);
    run_s(1);
    assert_false(is_on(4));
}

static void a_green_does_not_end_while_its_pedestrians_are_on_the_road(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    press(4);
    traffic(2, true);
    run_s(60);
    const int64_t end_ms = when(EVENT_GREEN_END, 4, 0);
    assert_true(when(EVENT_WALK_BEGIN, 4, 0) > 0);
    assert_true(end_ms >= when(EVENT_DONT_WALK_BEGIN, 4, 0));
    assert_true(end_ms <= when(EVENT_DONT_WALK_BEGIN, 4, 0) + TICK_MS);
}

static void a_late_button_is_served_if_nobody_else_waits(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(40);
    const int64_t pressed_ms = b.t.now.ms;
    press(2);
    run_s(1);
    assert_true(when(EVENT_WALK_BEGIN, 2, 0) >= pressed_ms);
    assert_true(when(EVENT_WALK_BEGIN, 2, 0) <= pressed_ms + 300);
    run_s(60);
    forget();
    press(2); /* again in the same green: only with walk recycle */
    run_s(20);
    assert_int_equal(when(EVENT_WALK_BEGIN, 2, 0), -1);
    b.plan.phase[1].options |= PHASE_WALK_RECYCLE;
    run_s(1);
    assert_true(when(EVENT_WALK_BEGIN, 2, 0) > 0);
}

static void a_late_button_waits_if_somebody_else_does(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    traffic(2, true);
    traffic(6, true);
    run_s(20);
    traffic(4, true);
    run_s(1);
    press(2);
    run_s(30);
    assert_int_equal(when(EVENT_WALK_BEGIN, 2, 0), -1);
    assert_true(is_on(2));
}

static void rest_in_walk_lasts_until_somebody_waits(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].options |= PHASE_REST_IN_WALK;
    run_s(20);
    press(2);
    run_s(60);
    assert_true(shows(RG_P2, ASPECT_GREEN));
    traffic(4, true);
    run_s(0.2);
    assert_true(shows(RG_P2, ASPECT_PED_CLEAR));
    run_s(30);
    assert_true(is_on(4));
}

static void red_rest_closes_an_empty_junction(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].options |= PHASE_RED_REST;
    b.plan.phase[5].options |= PHASE_RED_REST;
    run_s(30);
    assert_int_equal(b.rings.on, 0);
    assert_true(rings_at_border(&b.rings, &b.plan));
    traffic(2, true);
    run_s(0.1);
    assert_int_equal(b.rings.on, bit32(1));
    traffic(2, false);
    run_s(20);
    traffic(7, true);
    run_s(10);
    assert_true(is_on(7));
    assert_false(is_on(2));
}

static void hold_keeps_a_green_and_omit_keeps_one_away(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    b.order.hold = bit32(1);
    traffic(4, true);
    run_s(100);
    assert_true(is_on(2));
    assert_true(when(EVENT_HOLD_BEGIN, 2, 0) > 0);
    b.order.hold = 0;
    b.order.omit = bit32(3);
    run_s(100);
    assert_false(is_on(4));
    assert_true(when(EVENT_HOLD_END, 2, 0) > 0 && when(EVENT_OMIT_BEGIN, 4, 0) > 0);
    b.order.omit = 0;
    run_s(1);
    assert_true(is_on(4));
    assert_true(when(EVENT_OMIT_END, 4, 0) > 0);
}

static void ped_omit_serves_the_vehicles_alone(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    b.order.ped_omit = bit32(3);
    press(4);
    run_s(5);
    assert_false(is_on(4)); /* nobody but pedestrians called */
    traffic(4, true);
    run_s(30);
    assert_true(shows(3, ASPECT_GREEN) && shows(RG_P4, ASPECT_RED));
    assert_true(when(EVENT_PED_OMIT_BEGIN, 4, 0) > 0);
}

static void force_off_ends_a_green_before_its_gap(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    traffic(2, true);
    traffic(6, true);
    run_s(20);
    traffic(4, true);
    b.order.force_off = bit32(1) | bit32(5);
    run_s(0.1);
    assert_true(is_on(4));
    assert_true(when(EVENT_FORCE_OFF, 2, 0) > 0);
    assert_int_equal(when(EVENT_GAP_OUT, 2, 0), -1);
}

static void manual_rests_until_advanced_and_then_goes_through_the_order(void **state)
{
    (void)state;
    static const phase_mask_t turn[] = { 0x22, 0x44, 0x88, 0x11, 0x22 };
    set_up(RG_ACTUATED);
    b.order.strategy = STRATEGY_MANUAL;
    for (size_t i = 0; i < sizeof turn / sizeof turn[0]; i++) {
        run_s(100);
        assert_int_equal(b.rings.on, turn[i]);
        b.order.advance = true;
    }
}

static void a_manual_step_keeps_the_minimum(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.order.strategy = STRATEGY_MANUAL;
    while (!shows(1, ASPECT_GREEN)) {
        step();
    }
    b.order.advance = true;
    run_s(20);
    /* The sequencer waits for the slower of its two clocks: up to a tick more. */
    assert_in_range(when(EVENT_GREEN_END, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 0), 7000, 7100);
}

static void stopped_time_holds_everything_walks_included(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    press(2);
    run_s(1);
    b.order.stop_time = true;
    traffic(4, true);
    run_s(100);
    assert_true(shows(RG_P2, ASPECT_GREEN) && is_on(2));
    b.order.stop_time = false;
    run_s(40);
    assert_true(is_on(4));
}

static void finishing_ends_greens_at_their_minimum_and_opens_nothing(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    while (!shows(1, ASPECT_GREEN)) {
        step();
    }
    traffic(4, true);
    b.order.finish = true;
    run_s(60);
    assert_int_equal(b.rings.on, 0);
    assert_int_equal(b.wanted.open, 0);
    assert_true(sequencer_is_clear(&b.seq, &b.plan, &b.t));
    /* The sequencer waits for the slower of its two clocks: up to a tick more. */
    assert_in_range(when(EVENT_GREEN_END, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 0), 7000, 7100);
    assert_int_equal(when(EVENT_GREEN_BEGIN, 4, 0), -1);
}

static void an_overlap_stays_open_from_parent_to_parent(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    run_s(20);
    assert_true(shows(RG_OVERLAP, ASPECT_GREEN));
    traffic(3, true);
    run_s(12);
    assert_true(shows(2, ASPECT_GREEN) && shows(RG_OVERLAP, ASPECT_GREEN));
    assert_true((b.wanted.open & bit32(RG_OVERLAP)) != 0);
    traffic(4, true);
    traffic(3, false);
    run_s(12);
    assert_true(shows(3, ASPECT_GREEN) && shows(RG_OVERLAP, ASPECT_RED));
}

static void a_trailing_overlap_outlasts_its_last_parent(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.overlap[0].trail_green_ms = 4000;
    run_s(20);
    traffic(4, true);
    run_s(0.1);
    assert_false(is_on(2));
    run_s(3.8);
    assert_true((b.wanted.open & bit32(RG_OVERLAP)) != 0);
    run_s(0.2);
    assert_false((b.wanted.open & bit32(RG_OVERLAP)) != 0);
    run_s(20);
    assert_true(shows(3, ASPECT_GREEN));
}

static void a_minus_overlap_is_closed_by_its_modifier(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.overlap[0].kind = OVERLAP_MINUS_GREEN_YELLOW;
    b.plan.overlap[0].modifiers = bit32(4);
    run_s(20);
    assert_true(shows(RG_OVERLAP, ASPECT_GREEN));
    traffic(5, true);
    run_s(15);
    assert_true(is_on(5) && is_on(2));
    assert_true(shows(RG_OVERLAP, ASPECT_RED));
}

static void a_second_maximum_is_chosen_by_the_pattern(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].max_green_ms[1] = 25000;
    b.plan.pattern[RG_ACTUATED].max_set = 1;
    traffic(2, true);
    traffic(3, true);
    run_s(60);
    assert_int_equal(when(EVENT_MAX_OUT, 2, 0) - when(EVENT_GREEN_BEGIN, 2, 0), 25000);
}

static void dynamic_maximum_steps_up_after_two_max_outs(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[1].dynamic_max_ms = 60000;
    b.plan.phase[1].dynamic_step_ms = 10000;
    traffic(2, true);
    traffic(3, true);
    run_s(240);
    assert_int_equal(when(EVENT_MAX_OUT, 2, 1), when(EVENT_MAX_STEP_UP, 2, 0));
    const int64_t third_ms = when(EVENT_MAX_OUT, 2, 2) - when(EVENT_GREEN_BEGIN, 2, 2);
    assert_int_equal(third_ms, 50000);
}

static void added_initial_lengthens_the_minimum(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[3].added_initial_ms = 2000;
    b.plan.phase[3].max_initial_ms = 15000;
    b.plan.detector[3].roles |= DETECTOR_ADDED_INITIAL;
    run_s(20);
    b.ds.d[3].new_actuations = 6;
    step();
    b.ds.d[3].new_actuations = 0;
    traffic(4, true);
    run_s(1);
    traffic(4, false);
    traffic(2, true);
    run_s(40);
    assert_int_equal(when(EVENT_MIN_GREEN_END, 4, 0) - when(EVENT_GREEN_BEGIN, 4, 0), 12000);
}

static void a_fixed_pattern_serves_everyone_to_the_second(void **state)
{
    (void)state;
    static const int32_t split_ms[8] = { 20000, 35000, 17000, 28000, 20000, 35000, 17000, 28000 };
    set_up(RG_FIXED);
    run_s(300);
    forget();
    run_s(400);
    for (uint32_t id = 1; id <= 8; id++) {
        for (uint32_t n = 0; n < 2; n++) {
            const int64_t begin_ms = when(EVENT_GREEN_BEGIN, id, n);
            assert_int_equal(when(EVENT_GREEN_BEGIN, id, n + 1) - begin_ms, 100000);
        }
        const uint32_t first =
            when(EVENT_FORCE_OFF, id, 0) < when(EVENT_GREEN_BEGIN, id, 0) ? 1 : 0;
        const int64_t green_ms = when(EVENT_FORCE_OFF, id, first) - when(EVENT_GREEN_BEGIN, id, 0);
        assert_in_range(green_ms, split_ms[id - 1] - 5000 - 200, split_ms[id - 1] - 5000);
    }
}

static void a_fixed_pattern_without_clock_runs_its_splits(void **state)
{
    (void)state;
    set_up(RG_FIXED);
    b.uses_clock = false;
    run_s(250);
    const int64_t green_ms = when(EVENT_MAX_OUT, 1, 0) - when(EVENT_GREEN_BEGIN, 1, 0);
    assert_int_equal(green_ms, 15000);
}

static void coordinated_phases_rest_until_their_yield_point(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    run_s(200);
    forget();
    traffic(4, true);
    run_s(300);
    for (uint32_t n = 0; n < 2; n++) {
        const int64_t yield_ms = when(EVENT_COORD_YIELD, 2, n);
        assert_true(yield_ms > 0);
        assert_int_equal(when(EVENT_FORCE_OFF, 2, n), yield_ms);
        assert_int_equal(when(EVENT_COORD_YIELD, 2, n + 1) - yield_ms, 100000);
    }
}

static void each_coordinated_phase_keeps_its_own_yield_point(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    struct ring_order *order = &b.plan.pattern[RG_COORDINATED].ring[0];
    order->phase_ix[0] = 1; /* 1 lags: 2 may be left 20 s before 6 */
    order->phase_ix[1] = 0;
    traffic(4, true);
    run_s(300);
    forget();
    run_s(120);
    assert_int_equal(when(EVENT_FORCE_OFF, 6, 0), when(EVENT_COORD_YIELD, 6, 0));
    assert_int_equal(when(EVENT_FORCE_OFF, 2, 0), when(EVENT_FORCE_OFF, 6, 0));
    const int64_t apart_ms = when(EVENT_COORD_YIELD, 6, 0) - when(EVENT_COORD_YIELD, 2, 0);
    assert_int_equal((apart_ms + 100000) % 100000, 20000);
}

static void force_offs_bring_back_the_coordinated_phases_in_time(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    for (uint32_t id = 1; id <= 8; id++) {
        traffic(id, true);
    }
    run_s(200);
    forget();
    run_s(400);
    for (uint32_t id = 1; id <= 8; id++) {
        assert_int_equal(when(EVENT_GREEN_BEGIN, id, 1) - when(EVENT_GREEN_BEGIN, id, 0), 100000);
        assert_int_equal(when(EVENT_MAX_OUT, id, 0), -1);
        assert_true(when(EVENT_FORCE_OFF, id, 0) > 0);
    }
}

static void early_return_gives_unused_time_to_the_coordinated_phases(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    run_s(200);
    forget();
    traffic(4, true);
    while (!shows(3, ASPECT_GREEN)) {
        step();
    }
    traffic(4, false);
    run_s(30);
    assert_true(when(EVENT_GAP_OUT, 4, 0) > 0);
    assert_true(is_on(2) && is_on(6));
    traffic(4, true); /* too late for this cycle: not before the next yield point */
    const int64_t yield_ms = when(EVENT_COORD_YIELD, 2, 0);
    run_s(80);
    assert_true(when(EVENT_FORCE_OFF, 2, 1) >= yield_ms + 100000);
}

static void a_late_call_is_served_while_its_permissive_period_lasts(void **state)
{
    (void)state;
    for (int32_t late_s = 5; late_s <= 35; late_s += 30) {
        set_up(RG_COORDINATED);
        run_s(200);
        while (when(EVENT_COORD_YIELD, 2, 2) < 0) {
            step();
        }
        run_s(late_s);
        traffic(4, true); /* its force-off is 45 s after the yield point */
        run_s(0.2);
        assert_int_equal(is_on(4), late_s == 5);
        run_s(110);
        assert_true(when(EVENT_GREEN_BEGIN, 4, 0) > 0);
    }
}

static void floating_force_offs_do_not_pass_time_on(void **state)
{
    (void)state;
    for (int32_t floating = 0; floating < 2; floating++) {
        set_up(RG_COORDINATED);
        b.plan.pattern[RG_COORDINATED].force_off_is_floating = floating == 1;
        traffic(4, true); /* nobody on 3: with fixed force-offs 4 gets the time of 3 too */
        traffic(8, true);
        run_s(200);
        forget();
        run_s(300);
        const uint32_t first = when(EVENT_FORCE_OFF, 4, 0) < when(EVENT_GREEN_BEGIN, 4, 0) ? 1 : 0;
        const int64_t green_ms = when(EVENT_FORCE_OFF, 4, first) - when(EVENT_GREEN_BEGIN, 4, 0);
        assert_in_range(green_ms, floating ? 23000 : 39800, floating ? 23000 : 40000);
    }
}

/* A crossing of 7 s and a minute in a green of 23 s. */
static void a_walk_overruns_its_split_only_where_the_plan_says_so(void **state)
{
    (void)state;
    for (int32_t allowed = 0; allowed < 2; allowed++) {
        set_up(RG_COORDINATED);
        b.plan.pattern[RG_COORDINATED].ped_may_overrun = allowed == 1;
        b.plan.safety.ped_clear_ms[RG_P4] = 60000;
        traffic(4, true);
        run_s(200);
        forget();
        press(4);
        run_s(300);
        assert_int_equal(when(EVENT_WALK_BEGIN, 4, 0) >= 0, allowed == 1);
        if (allowed == 1) {
            const int64_t walk_ms = when(EVENT_WALK_BEGIN, 4, 0);
            assert_true(when(EVENT_DONT_WALK_BEGIN, 4, 0) - walk_ms >= 60000);
            assert_int_equal(when(EVENT_WALK_BEGIN, 4, 1), -1); /* served once */
        }
    }
}

static void the_cycle_waits_while_pedestrians_overrun(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    b.plan.pattern[RG_COORDINATED].ped_may_overrun = true;
    b.plan.safety.ped_clear_ms[RG_P4] = 60000;
    traffic(4, true);
    run_s(200);
    press(4);
    for (int32_t i = 0; i < 3000 && !b.rings.peds_overrun; i++) {
        step();
    }
    assert_true(b.rings.peds_overrun);
    step();
    const int32_t stands_ms = b.coord.local_ms;
    run_s(5);
    assert_true(b.rings.peds_overrun);
    assert_int_equal(b.coord.local_ms, stands_ms);
    run_s(70);
    assert_false(b.rings.peds_overrun);
    assert_int_not_equal(b.coord.local_ms, stands_ms);
}

/* Nobody waits for a coordinated phase: its walk must fit. */
static void a_coordinated_walk_never_overruns(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    b.plan.pattern[RG_COORDINATED].ped_may_overrun = true;
    b.plan.safety.ped_clear_ms[RG_P2] = 100000;
    traffic(4, true);
    run_s(200);
    forget();
    press(2);
    run_s(300);
    assert_int_equal(when(EVENT_WALK_BEGIN, 2, 0), -1);
}

static void a_gap_found_early_stays_the_reason(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    traffic(4, true);
    traffic(8, true);
    run_s(200);
    forget();
    while (!shows(3, ASPECT_GREEN)) {
        step();
    }
    run_s(12);
    traffic(4, false); /* gaps out and waits for 8, which goes on until the force-off of both */
    run_s(60);
    assert_true(when(EVENT_GAP_OUT, 4, 0) > 0);
    assert_int_equal(when(EVENT_GAP_OUT, 4, 0), when(EVENT_FORCE_OFF, 8, 0));
    assert_int_equal(when(EVENT_FORCE_OFF, 4, 0), -1);
}

static void coordinated_pedestrians_start_late_if_they_fit(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    run_s(200);
    traffic(4, true);
    while (!shows(1, ASPECT_GREEN) || b.coord.to_force_off_ms[1] != 25000) {
        step();
    }
    forget();
    press(2);
    run_s(1);
    assert_true(when(EVENT_WALK_BEGIN, 2, 0) > 0);
    run_s(100);
    while (!shows(1, ASPECT_GREEN) || b.coord.to_force_off_ms[1] != 10000) {
        step();
    }
    forget();
    press(2);
    run_s(9);
    assert_int_equal(when(EVENT_WALK_BEGIN, 2, 0), -1);
}

static void a_cycle_reports_the_splits_that_were_used(void **state)
{
    (void)state;
    set_up(RG_COORDINATED);
    for (uint32_t id = 1; id <= 8; id++) {
        traffic(id, true);
    }
    run_s(400);
    bool seen = false;
    for (uint32_t i = 0; i < b.logged; i++) {
        if (b.log[i].at_ms > 200000 && b.log[i].event.code == EVENT_ACTUAL_SPLIT_1 + 3) {
            assert_in_range(b.log[i].event.param, 27, 28);
            seen = true;
        }
    }
    assert_true(seen);
}

static void a_single_ring_serves_its_phases_in_turn(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    for (uint32_t i = 0; i < 4; i++) {
        b.plan.phase[i].barrier_ix = 0;
    }
    b.plan.pattern[RG_ACTUATED].ring[1].count = 0;
    b.plan.startup_phases = bit32(0);
    for (uint32_t id = 1; id <= 4; id++) {
        traffic(id, true);
    }
    run_s(400);
    for (uint32_t id = 2; id <= 4; id++) {
        assert_true(when(EVENT_GREEN_BEGIN, id, 0) > when(EVENT_GREEN_BEGIN, id - 1, 0));
        assert_true(when(EVENT_GREEN_BEGIN, id, 1) > when(EVENT_GREEN_BEGIN, id - 1, 1));
    }
    assert_true(when(EVENT_GREEN_BEGIN, 1, 1) > when(EVENT_GREEN_BEGIN, 4, 0));
    assert_int_equal(when(EVENT_BARRIER, 1, 0), -1);
}

static void an_exclusive_pedestrian_phase_opens_and_ends(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    b.plan.phase[2].vehicle_sg = 0;
    b.plan.phase[2].ped_sg = bit32(RG_P4);
    b.plan.phase[2].walk_ms = 7000;
    b.plan.phase[3].ped_sg = 0;
    b.plan.overlap_count = 0; /* its arrow crosses them */
    run_s(20);
    traffic(2, true);
    press(4);
    run_s(120);
    assert_true(when(EVENT_WALK_BEGIN, 4, 0) > 0);
    assert_true(when(EVENT_PHASE_ON, 3, 0) > 0);
    assert_true(is_on(2));
}

static void a_border_is_a_green_past_its_minimum_without_pedestrians(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    while (!shows(1, ASPECT_GREEN)) {
        step();
    }
    run_s(6.9);
    assert_false(rings_at_border(&b.rings, &b.plan));
    run_s(0.1);
    assert_true(rings_at_border(&b.rings, &b.plan));
    press(2);
    assert_false(rings_at_border(&b.rings, &b.plan));
    run_s(60);
    assert_true(rings_at_border(&b.rings, &b.plan));
}

/* --- An hour of any traffic ------------------------------------------------------------------ */

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13; /* xorshift, Marsaglia 2003 */
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void random_traffic(uint64_t *seed)
{
    for (uint32_t id = 1; id <= 8; id++) {
        if (random_next(seed) % 40 == 0) {
            traffic(id, random_next(seed) % 3 == 0);
        }
    }
    for (uint32_t i = 8; i < DETECTORS; i++) {
        b.ds.d[i].is_calling = random_next(seed) % 900 == 0;
    }
}

/* What must hold on every tick, whatever comes. */
static const char *judge(const struct bench *x, phase_mask_t on_before)
{
    const phase_mask_t on = x->rings.on;
    for (uint32_t i = 0; i < 8; i++) {
        for (uint32_t k = i + 1; k < 8; k++) {
            const bool both = (on & bit32(i)) != 0 && (on & bit32(k)) != 0;
            if (both && x->plan.phase[i].ring_ix == x->plan.phase[k].ring_ix) {
                return "two phases of one ring";
            }
            if (both && x->plan.phase[i].barrier_ix != x->plan.phase[k].barrier_ix) {
                return "phases of two sides of a barrier";
            }
        }
        const bool ended = (on_before & ~on & bit32(i)) != 0;
        if (ended && x->rings.timer[i].green_ms < x->plan.phase[i].min_green_ms) {
            return "a minimum was cut";
        }
        if (x->calls.waiting_ms[i] > 300000) {
            return "a call was forgotten";
        }
    }
    const phase_mask_t side = on_before & ~on;
    for (uint32_t i = 0; i < 8; i++) {
        const bool begun = (on & ~on_before & bit32(i)) != 0;
        const bool crossed =
            begun && on_before != 0 && (on_before & (i % 4 < 2 ? 0xcc : 0x33)) != 0;
        if (crossed && side != on_before) {
            return "a barrier was crossed before every ring had ended";
        }
    }
    return NULL;
}

static void an_hour(int32_t pattern_ix, uint64_t seed)
{
    uint64_t random = seed;
    set_up(pattern_ix);
    for (int32_t i = 0; i < 36000; i++) {
        const phase_mask_t on_before = b.rings.on;
        random_traffic(&random);
        step();
        b.logged = 0;
        const char *reason = judge(&b, on_before);
        if (reason != NULL) {
            fail_msg("pattern %" PRId32 ", seed %" PRIu64 ", tick %" PRId32 ": %s", pattern_ix,
                     seed, i, reason);
        }
    }
}

static void no_traffic_breaks_the_order_in_an_hour(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        for (int32_t pattern_ix = 0; pattern_ix < RG_PATTERN_COUNT; pattern_ix++) {
            an_hour(pattern_ix, seed);
        }
    }
}

static int32_t random_below(uint64_t *seed, uint32_t bound)
{
    return (int32_t)(random_next(seed) % bound);
}

/* Any options, recalls, gap reduction, overlaps: whatever a plan may say of its phases. */
static void random_plan(uint64_t *seed)
{
    static const int32_t recalls[] = { RECALL_NONE, RECALL_NONE, RECALL_MIN,
                                       RECALL_MAX,  RECALL_PED,  RECALL_SOFT };
    for (uint32_t i = 0; i < 8; i++) {
        struct phase *f = &b.plan.phase[i];
        f->options = PHASE_ENABLED | (random_below(seed, PHASE_ENABLED) & ~PHASE_NON_ACTUATED);
        f->recall = recalls[random_below(seed, 6)];
        f->min_gap_ms = 1000;
        f->time_to_reduce_ms = random_below(seed, 3) * 5000;
        f->dynamic_max_ms = random_below(seed, 2) * 60000;
        f->dynamic_step_ms = 5000;
    }
    b.plan.overlap[0].trail_green_ms = random_below(seed, 3) * 3000;
    for (int32_t i = 0; i < RG_PATTERN_COUNT; i++) {
        b.plan.pattern[i].force_off_is_floating = random_below(seed, 2) == 1;
        b.plan.pattern[i].max_is_inhibited = random_below(seed, 2) == 1;
        b.plan.pattern[i].correction = random_below(seed, 4);
        b.plan.pattern[i].offset_ms = random_below(seed, 100) * 1000;
    }
}

static void random_orders(uint64_t *seed)
{
    if (random_next(seed) % 100 != 0) {
        return;
    }
    phase_mask_t some = (phase_mask_t)random_next(seed) & 0xff;
    some &= (phase_mask_t)random_next(seed); /* few of them */
    switch (random_next(seed) % 8) {
    case 0:
        b.order.hold = some;
        break;
    case 1:
        b.order.omit = some;
        break;
    case 2:
        b.order.ped_omit = some;
        break;
    case 3:
        b.order.force_off = some;
        break;
    case 4:
        b.order.advance = true;
        break;
    case 5:
        b.order.stop_time = random_next(seed) % 4 == 0;
        break;
    case 6:
        b.t.wall.ms += (int64_t)(random_next(seed) % 7200000) - 3600000;
        break;
    default:
        b.order.pattern_ix = random_below(seed, RG_PATTERN_COUNT);
        b.uses_clock = b.plan.pattern[b.order.pattern_ix].cycle_ms > 0;
        b.order.strategy = random_next(seed) % 3 == 0 ? (int32_t)STRATEGY_MANUAL
                                                      : b.plan.pattern[b.order.pattern_ix].strategy;
        break;
    }
}

static void release_orders(void)
{
    b.order = (struct ring_order_now){ .strategy = STRATEGY_ACTUATED, .pattern_ix = RG_ACTUATED };
    b.uses_clock = false;
    for (uint32_t i = 0; i < DETECTORS; i++) {
        b.ds.d[i].is_calling = true;
        b.ds.d[i].is_extending = false;
    }
}

static void no_order_leaves_the_rings_stuck(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
        set_up(RG_ACTUATED);
        random_plan(&random);
        for (int32_t i = 0; i < 9000; i++) {
            const phase_mask_t on_before = b.rings.on;
            random_traffic(&random);
            random_orders(&random);
            step();
            memset(b.calls.waiting_ms, 0,
                   sizeof b.calls.waiting_ms); /* people may make others wait */
            b.logged = 0;
            const char *reason = judge(&b, on_before);
            if (reason != NULL) {
                fail_msg("seed %" PRIu64 ", tick %" PRId32 ": %s", seed, i, reason);
            }
        }
        release_orders();
        phase_mask_t served = 0;
        for (int32_t i = 0; i < 6000; i++) {
            step();
            b.logged = 0;
            served |= sequencer_green(&b.seq, &b.plan) & 0xff;
        }
        if (served != 0xff) {
            fail_msg("seed %" PRIu64 ": served only %02" PRIx32, seed, served);
        }
        b.order.finish = true;
        run_s(100);
        if (b.rings.on != 0 || !sequencer_is_clear(&b.seq, &b.plan, &b.t)) {
            fail_msg("seed %" PRIu64 ": does not finish", seed);
        }
    }
}

/* Phases by number, as the optimiser would have them on. */
static void advise(uint32_t phase_a, uint32_t phase_b)
{
    b.order.strategy = STRATEGY_ADAPTIVE;
    b.order.advised = bit32(phase_a - 1) | bit32(phase_b - 1);
}

static void advice_serves_its_phases_and_skips_those_between(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    advise(2, 6);
    run_s(15);
    assert_true(is_on(2) && is_on(6));
    traffic(4, true);
    traffic(8, true);
    traffic(3, true);
    advise(4, 8); /* 3 waits as well, and stands first in the order */
    run_s(8);
    assert_true(is_on(4) && is_on(8));
    assert_true(when(EVENT_FORCE_OFF, 2, 0) > 0);
}

static void advice_changes_one_ring_and_leaves_the_other_green(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    advise(2, 6);
    run_s(15);
    traffic(1, true);
    advise(1, 6);
    run_s(8);
    assert_true(is_on(1) && is_on(6));
    assert_true(shows(5, ASPECT_GREEN));
    assert_int_equal(when(EVENT_GREEN_END, 6, 0), -1);
}

static void advised_greens_outlast_gaps_but_not_their_maximum(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    advise(2, 6);
    run_s(15);
    traffic(4, true);
    run_s(30);
    assert_true(is_on(2) && is_on(6)); /* long without traffic of their own */
    run_s(15);
    assert_true(is_on(4));
    assert_true(when(EVENT_MAX_OUT, 2, 0) > 0);
}

static void who_is_overdue_comes_before_the_advised_phases(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    advise(2, 6);
    run_s(15);
    traffic(3, true);
    b.order.overdue = bit32(2);
    run_s(8);
    assert_true(is_on(3));
    assert_false(is_on(2));
}

static void advice_that_does_not_fit_together_is_followed_as_far_as_it_does(void **state)
{
    (void)state;
    set_up(RG_ACTUATED);
    advise(2, 6);
    run_s(15);
    b.order.advised = ~UINT32_C(0); /* the first that fit: 1 and 5 */
    run_s(10);
    assert_true(is_on(1) && is_on(5));
    assert_int_equal(b.rings.on, bit32(0) | bit32(4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advice_serves_its_phases_and_skips_those_between),
        cmocka_unit_test(advice_changes_one_ring_and_leaves_the_other_green),
        cmocka_unit_test(advised_greens_outlast_gaps_but_not_their_maximum),
        cmocka_unit_test(who_is_overdue_comes_before_the_advised_phases),
        cmocka_unit_test(advice_that_does_not_fit_together_is_followed_as_far_as_it_does),
        cmocka_unit_test(start_up_opens_the_phases_of_the_plan),
        cmocka_unit_test(nobody_waiting_means_rest_in_green),
        cmocka_unit_test(a_call_across_the_barrier_ends_both_rings_together),
        cmocka_unit_test(without_dual_entry_a_ring_rests_in_red),
        cmocka_unit_test(phases_without_call_are_skipped_and_others_served_in_order),
        cmocka_unit_test(the_barrier_waits_for_the_slower_ring),
        cmocka_unit_test(the_maximum_runs_from_the_conflicting_call),
        cmocka_unit_test(a_latched_gap_is_not_undone_by_a_new_vehicle),
        cmocka_unit_test(simultaneous_gap_lets_a_new_vehicle_undo_it),
        cmocka_unit_test(a_guaranteed_passage_runs_out_after_a_reduced_gap),
        cmocka_unit_test(maximum_recall_holds_a_green_without_vehicles),
        cmocka_unit_test(minimum_recall_brings_a_phase_back),
        cmocka_unit_test(soft_recall_speaks_only_when_nobody_else_does),
        cmocka_unit_test(soft_recall_waits_for_traffic_and_for_other_calls),
        cmocka_unit_test(a_green_closed_by_somebody_else_begins_anew),
        cmocka_unit_test(a_green_that_still_flashes_is_not_the_next_one),
        cmocka_unit_test(an_earlier_phase_is_served_again_if_nobody_waits_across),
        cmocka_unit_test(conditional_service_needs_time_in_the_other_ring),
        cmocka_unit_test(pedestrians_walk_with_their_phase_and_hold_it_until_clear),
        cmocka_unit_test(a_green_does_not_end_while_its_pedestrians_are_on_the_road),
        cmocka_unit_test(a_late_button_is_served_if_nobody_else_waits),
        cmocka_unit_test(a_late_button_waits_if_somebody_else_does),
        cmocka_unit_test(rest_in_walk_lasts_until_somebody_waits),
        cmocka_unit_test(red_rest_closes_an_empty_junction),
        cmocka_unit_test(hold_keeps_a_green_and_omit_keeps_one_away),
        cmocka_unit_test(ped_omit_serves_the_vehicles_alone),
        cmocka_unit_test(force_off_ends_a_green_before_its_gap),
        cmocka_unit_test(manual_rests_until_advanced_and_then_goes_through_the_order),
        cmocka_unit_test(a_manual_step_keeps_the_minimum),
        cmocka_unit_test(stopped_time_holds_everything_walks_included),
        cmocka_unit_test(finishing_ends_greens_at_their_minimum_and_opens_nothing),
        cmocka_unit_test(an_overlap_stays_open_from_parent_to_parent),
        cmocka_unit_test(a_trailing_overlap_outlasts_its_last_parent),
        cmocka_unit_test(a_minus_overlap_is_closed_by_its_modifier),
        cmocka_unit_test(a_second_maximum_is_chosen_by_the_pattern),
        cmocka_unit_test(dynamic_maximum_steps_up_after_two_max_outs),
        cmocka_unit_test(added_initial_lengthens_the_minimum),
        cmocka_unit_test(a_fixed_pattern_serves_everyone_to_the_second),
        cmocka_unit_test(a_fixed_pattern_without_clock_runs_its_splits),
        cmocka_unit_test(coordinated_phases_rest_until_their_yield_point),
        cmocka_unit_test(each_coordinated_phase_keeps_its_own_yield_point),
        cmocka_unit_test(force_offs_bring_back_the_coordinated_phases_in_time),
        cmocka_unit_test(early_return_gives_unused_time_to_the_coordinated_phases),
        cmocka_unit_test(a_late_call_is_served_while_its_permissive_period_lasts),
        cmocka_unit_test(floating_force_offs_do_not_pass_time_on),
        cmocka_unit_test(a_walk_overruns_its_split_only_where_the_plan_says_so),
        cmocka_unit_test(the_cycle_waits_while_pedestrians_overrun),
        cmocka_unit_test(a_coordinated_walk_never_overruns),
        cmocka_unit_test(a_gap_found_early_stays_the_reason),
        cmocka_unit_test(coordinated_pedestrians_start_late_if_they_fit),
        cmocka_unit_test(a_cycle_reports_the_splits_that_were_used),
        cmocka_unit_test(a_single_ring_serves_its_phases_in_turn),
        cmocka_unit_test(an_exclusive_pedestrian_phase_opens_and_ends),
        cmocka_unit_test(a_border_is_a_green_past_its_minimum_without_pedestrians),
        cmocka_unit_test(no_traffic_breaks_the_order_in_an_hour),
        cmocka_unit_test(no_order_leaves_the_rings_stuck),
    };
    return RUN_TESTS(tests);
}
