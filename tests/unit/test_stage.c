#include "test.h"

#include "plan_build.h"
#include "stage.h"

#include <string.h>

/* Stages and sequencer together on the staged plan of plan_build.h; every tick is confirmed. */
struct rig {
    struct plan plan;
    struct stages stages;
    struct sequencer s;
    struct stage_order order;
    struct calls calls;
    struct coord coord;
    struct tick t;
    struct wanted w;
    struct event_list events;
    int32_t seen[EVENT_MAX_RED + 1];
    int32_t ticks;
};

static void rig_init(struct rig *r, enum strategy strategy, int32_t pattern_ix)
{
    memset(r, 0, sizeof *r);
    plan_build_staged(&r->plan);
    r->plan.relation_count = 0;
    r->plan.stage[ST_STAGE_NS].recall = RECALL_NONE;
    r->order = (struct stage_order){ .strategy = (int32_t)strategy,
                                     .pattern_ix = pattern_ix,
                                     .forced_stage_ix = -1 };
    for (uint32_t ix = 0; ix < SG_MAX; ix++) {
        r->calls.since_extension_ms[ix] = AGE_MAX_MS; /* nobody for long */
    }
}

static void rig_start(struct rig *r)
{
    sequencer_init(&r->s, &r->plan);
    stages_init(&r->stages, &r->plan);
    coord_init(&r->coord);
    r->t = (struct tick){ .now = { 100000 }, .advances = true };
}

static void tick(struct rig *r)
{
    event_list_clear(&r->events);
    r->t.now.ms += TICK_MS;
    r->t.confirmed_at.ms = r->t.now.ms;
    stages_step(&r->stages, &r->plan, &r->order, &r->calls, &r->s, &r->coord, &r->t, &r->w,
                &r->events);
    sequencer_step(&r->s, &r->plan, &r->t, &r->w, &r->events);
    const sg_mask_t green = sequencer_green(&r->s, &r->plan);
    r->calls.vehicle &= ~green; /* served */
    r->calls.ped &= ~green;
    r->ticks++;
    for (uint32_t i = 0; i < r->events.count; i++) {
        r->seen[r->events.event[i].code]++;
    }
}

static void ticks(struct rig *r, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        tick(r);
    }
}

/* Ticks until the stage is wanted; fails after most. */
static int32_t ticks_to_stage(struct rig *r, int32_t stage_ix, int32_t most)
{
    for (int32_t n = 1; n <= most; n++) {
        tick(r);
        if (r->stages.stage_ix == stage_ix) {
            return n;
        }
    }
    fail_msg("stage %d never came", (int)stage_ix);
    return 0;
}

static void until_all_green(struct rig *r)
{
    for (int32_t n = 0; n < 400 && !r->stages.all_green; n++) {
        tick(r);
    }
    assert_true(r->stages.all_green);
}

static void fixed_stages_follow_the_durations_of_the_pattern(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    rig_start(&r);
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 500);
    for (int32_t cycle_ix = 0; cycle_ix < 3; cycle_ix++) {
        assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 500), 180);
        assert_int_equal(ticks_to_stage(&r, ST_STAGE_NS, 500), 320);
        assert_int_equal(ticks_to_stage(&r, ST_STAGE_LEFT, 500), 400);
    }
}

static void a_duration_too_short_for_the_minimum_waits_for_it(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    r.plan.pattern[ST_FIXED].step[1].duration_ms = 1000;
    rig_start(&r);
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 500);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 500);
    assert_int_equal(r.s.green_ms[ST_NL] >= r.plan.safety.min_green_ms[ST_NL], true);
}

static void nobody_waits_and_the_stage_rests(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    ticks(&r, 6000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    assert_int_equal(sequencer_green(&r.s, &r.plan), bit32(ST_N) | bit32(ST_S));
    assert_int_equal(r.seen[EVENT_STAGE], 1);
    assert_int_equal(r.seen[EVENT_STAGE_GREEN], 1);
}

static void a_stage_without_call_is_skipped(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    ticks(&r, 300);
    r.calls.vehicle = bit32(ST_E);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 10), 1); /* minimum and gap are long past */
    assert_int_equal(r.seen[EVENT_GAP_OUT], 2);               /* phases of N and S */
    until_all_green(&r);
    r.calls.vehicle = bit32(ST_NL);
    (void)ticks_to_stage(&r, ST_STAGE_NS, 200); /* the only way from EW leads through NS */
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 400);
}

static void the_minimum_of_the_stage_is_kept_before_a_gap_counts(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.pattern[ST_ACTUATED].step[ST_STAGE_NS].min_ms = 12000;
    rig_start(&r);
    r.calls.vehicle = bit32(ST_E);
    until_all_green(&r);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 400), 120);
}

static void arrivals_hold_the_green_until_the_gap(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    r.calls.vehicle = bit32(ST_E);
    r.calls.since_extension_ms[ST_S] = 0;
    until_all_green(&r);
    ticks(&r, 150);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.since_extension_ms[ST_S] = r.plan.stage[ST_STAGE_NS].passage_ms - TICK_MS;
    tick(&r);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.since_extension_ms[ST_S] += TICK_MS;
    tick(&r);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_EW);
    assert_int_equal(r.seen[EVENT_MAX_OUT], 0);
}

static void the_maximum_runs_only_while_somebody_waits(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    until_all_green(&r);
    r.calls.since_extension_ms[ST_N] = 0; /* never a gap */
    ticks(&r, 2000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.vehicle = bit32(ST_E);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 500), 450);
    assert_int_equal(r.seen[EVENT_MAX_OUT], 2);
    assert_int_equal(r.seen[EVENT_GAP_OUT], 0);
}

static void a_group_that_stays_green_does_not_hold_the_stage(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_LEFT].sg = bit32(ST_N) | bit32(ST_NL); /* N goes on */
    rig_start(&r);
    until_all_green(&r);
    ticks(&r, 100);
    r.calls.since_extension_ms[ST_N] = 0;
    r.calls.vehicle = bit32(ST_NL);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_LEFT, 10), 1);
}

static void recalls_place_demand(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_EW].recall = RECALL_MIN;
    rig_start(&r);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_EW].recall = RECALL_SOFT;
    rig_start(&r);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
    until_all_green(&r);
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_EW); /* and rests there */
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_NS].recall = RECALL_MAX;
    rig_start(&r);
    until_all_green(&r);
    r.calls.vehicle = bit32(ST_E);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 500), 450); /* no gap ends it */
}

static void a_pedestrian_recall_counts_only_where_somebody_walks(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_LEFT].recall = RECALL_PED; /* a stage without a crossing */
    rig_start(&r);
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_EW].recall = RECALL_PED;
    rig_start(&r);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
}

static void a_called_group_with_soft_recall_is_where_to_rest(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    r.calls.soft_recall = bit32(ST_E);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
    r.calls.soft_recall = bit32(ST_N);
    (void)ticks_to_stage(&r, ST_STAGE_NS, 300);
}

static void a_pattern_without_steps_goes_through_the_stages_in_their_order(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.pattern[ST_ACTUATED].step_count = 0;
    rig_start(&r);
    until_all_green(&r);
    r.calls.vehicle = bit32(ST_NL) | bit32(ST_E);
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 200);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 200);
    assert_int_equal(stages_following(&r.stages, &r.plan, ST_ACTUATED), ST_STAGE_NS);
    rig_init(&r, STRATEGY_COORDINATED, ST_COORDINATED);
    r.plan.pattern[ST_COORDINATED].step_count = 0;
    rig_start(&r);
    r.coord.is_running = true;
    r.coord.step_ix = -1; /* the clock names no step: the stage stays */
    ticks(&r, 600);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
}

static void a_pattern_of_one_stage_has_no_other_to_go_to(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    r.plan.pattern[ST_FIXED].step_count = 1;
    rig_start(&r);
    ticks(&r, 2000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    assert_int_equal(stages_following(&r.stages, &r.plan, ST_FIXED), ST_STAGE_NS);
}

static void crossings_open_on_demand_only(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    r.calls.ped = bit32(ST_PE);
    until_all_green(&r);
    assert_int_equal(r.seen[EVENT_WALK_BEGIN], 1);
    assert_int_equal(r.s.aspect[ST_PW], ASPECT_RED);
    ticks(&r, 300);
    assert_int_equal(r.seen[EVENT_WALK_BEGIN], 1);
    r.calls.ped = bit32(ST_PE) | bit32(ST_PW); /* pressed again while the stage rests */
    ticks(&r, 5);
    assert_int_equal(r.seen[EVENT_WALK_BEGIN], 3);
}

static void a_crossing_walks_with_its_fixed_stage(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    r.plan.stage[ST_STAGE_NS].on_demand = 0;
    rig_start(&r);
    until_all_green(&r);
    while (r.stages.stage_ix == ST_STAGE_NS) {
        assert_true(aspect_is_green(r.s.aspect[ST_PE]));
        tick(&r);
    }
    assert_int_equal(r.s.aspect[ST_PE], ASPECT_PED_CLEAR);
}

static void a_crossing_that_walked_opens_again_in_the_next_stage(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.plan.stage[ST_STAGE_LEFT].sg = bit32(ST_N) | bit32(ST_PW);
    r.plan.stage[ST_STAGE_LEFT].on_demand = 0;
    rig_start(&r);
    r.calls.ped = bit32(ST_PW);
    ticks(&r, 400); /* walked, cleared, red again, and still part of the stage */
    assert_int_equal(r.s.aspect[ST_PW], ASPECT_RED);
    r.order.forced_stage_ix = ST_STAGE_LEFT;
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 50);
    until_all_green(&r);
    assert_int_equal(r.s.aspect[ST_PW], ASPECT_GREEN);
}

static void a_hold_keeps_the_stage_and_its_end_lets_it_go(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    rig_start(&r);
    r.order.hold = true;
    ticks(&r, 3000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.order.hold = false;
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 2);
}

static void a_forced_stage_is_reached_along_allowed_ways_and_kept(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    r.order.forced_stage_ix = ST_STAGE_EW;
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
    r.order.forced_stage_ix = ST_STAGE_LEFT; /* EW leads to NS only */
    (void)ticks_to_stage(&r, ST_STAGE_NS, 300);
    (void)ticks_to_stage(&r, ST_STAGE_LEFT, 300);
    assert_true(r.s.green_ms[ST_N] >= r.plan.safety.min_green_ms[ST_N]);
    r.calls.vehicle = bit32(ST_E);
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_LEFT);
}

static void a_force_off_ends_the_stage_after_its_minimum(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    r.calls.vehicle = bit32(ST_E);
    r.calls.since_extension_ms[ST_N] = 0;
    r.order.force_off = true;
    until_all_green(&r);
    assert_int_equal(ticks_to_stage(&r, ST_STAGE_EW, 500), 80); /* min_ms of the step */
    assert_int_equal(r.seen[EVENT_FORCE_OFF], 2);
}

static void the_coordinated_step_is_followed(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_COORDINATED, ST_COORDINATED);
    rig_start(&r);
    r.coord.is_running = true;
    r.coord.step_ix = 2;
    (void)ticks_to_stage(&r, ST_STAGE_EW, 300);
    until_all_green(&r);
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_EW);
    r.coord.step_ix = 0;
    (void)ticks_to_stage(&r, ST_STAGE_NS, 1);
}

static void without_coordination_a_coordinated_pattern_runs_by_gaps(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_COORDINATED, ST_COORDINATED);
    rig_start(&r);
    r.coord.step_ix = 2;
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.vehicle = bit32(ST_W);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 5);
}

static void an_omitted_group_is_not_opened_and_not_waited_for(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    r.order.omit = bit32(ST_S);
    rig_start(&r);
    until_all_green(&r);
    assert_int_equal(sequencer_green(&r.s, &r.plan), bit32(ST_N));
    r.order.omit = 0;
    ticks(&r, 30);
    assert_int_equal(sequencer_green(&r.s, &r.plan), bit32(ST_N) | bit32(ST_S));
}

static void ways_are_shortest_and_none_stays(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    assert_int_equal(stages_way(&p, ST_STAGE_NS, ST_STAGE_EW), ST_STAGE_EW);
    assert_int_equal(stages_way(&p, ST_STAGE_EW, ST_STAGE_LEFT), ST_STAGE_NS);
    p.stage[ST_STAGE_NS].next = bit32(ST_STAGE_EW);
    assert_int_equal(stages_way(&p, ST_STAGE_EW, ST_STAGE_LEFT), ST_STAGE_EW);
}

static void following_stage_is_the_next_of_the_pattern(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_MANUAL, ST_FIXED);
    rig_start(&r);
    until_all_green(&r);
    assert_int_equal(stages_following(&r.stages, &r.plan, ST_FIXED), ST_STAGE_LEFT);
    r.stages.stage_ix = ST_STAGE_EW;
    assert_int_equal(stages_following(&r.stages, &r.plan, ST_FIXED), ST_STAGE_NS);
}

static void a_border_is_all_green_with_its_minimum_served(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_start(&r);
    until_all_green(&r);
    assert_false(stages_at_border(&r.stages, &r.plan));
    ticks(&r, 68);
    assert_false(stages_at_border(&r.stages, &r.plan));
    ticks(&r, 3);
    assert_true(stages_at_border(&r.stages, &r.plan));
}

static void finishing_opens_nothing(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_FIXED, ST_FIXED);
    rig_start(&r);
    until_all_green(&r);
    r.order.finish = true;
    ticks(&r, 300);
    assert_int_equal(sequencer_not_red(&r.s, &r.plan), 0);
}

/* Where the optimiser would be, from now on; nobody is overdue. */
static void advise(struct rig *r, int32_t stage_ix)
{
    r->order.advised_ix = stage_ix;
}

static void adaptive_without_advice_runs_by_gaps(void **state)
{
    (void)state;
    static struct rig by_gaps;
    static struct rig adaptive;
    rig_init(&by_gaps, STRATEGY_ACTUATED, ST_ACTUATED);
    rig_init(&adaptive, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&adaptive, -1);
    rig_start(&by_gaps);
    rig_start(&adaptive);
    for (int32_t n = 0; n < 3000; n++) {
        const sg_mask_t vehicle = n % 170 == 0 ? bit32(ST_E) : n % 410 == 0 ? bit32(ST_NL) : 0;
        by_gaps.calls.vehicle |= vehicle;
        adaptive.calls.vehicle |= vehicle;
        tick(&by_gaps);
        tick(&adaptive);
        assert_memory_equal(by_gaps.s.aspect, adaptive.s.aspect, sizeof adaptive.s.aspect);
    }
}

static void advice_ends_a_stage_at_its_minimum_and_not_before(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&r, ST_STAGE_NS);
    rig_start(&r);
    r.calls.vehicle = bit32(ST_E);
    until_all_green(&r);
    advise(&r, ST_STAGE_EW);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 200);
    assert_true(r.s.green_ms[ST_N] >= r.plan.safety.min_green_ms[ST_N]);
    assert_in_range(r.s.green_ms[ST_N], 0, r.plan.safety.min_green_ms[ST_N] + 5000);
}

static void advice_opens_a_late_crossing_that_it_finds_worth_it(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&r, ST_STAGE_NS);
    rig_start(&r);
    until_all_green(&r);
    r.calls.vehicle = bit32(ST_E); /* somebody waits, and the stage is not meant to last */
    r.calls.ped = bit32(ST_PE);
    r.order.stay_ms = 3000;
    ticks(&r, 5);
    assert_int_equal(r.s.aspect[ST_PE], ASPECT_RED);
    r.order.walks = bit32(ST_PE) | bit32(ST_PN); /* the other one is no crossing of this stage */
    ticks(&r, 5);
    assert_int_equal(r.s.aspect[ST_PE], ASPECT_GREEN);
    assert_int_equal(r.s.aspect[ST_PN], ASPECT_RED);
    r.order.walks = 0;
    advise(&r, ST_STAGE_EW);
    const int32_t left = ticks_to_stage(&r, ST_STAGE_EW, 300);
    assert_true(r.s.green_ms[ST_N] > 0 && left > 0);
    assert_true(left >=
                (r.plan.safety.min_green_ms[ST_PE] - 500) / TICK_MS); /* its walk is whole */
}

static void advice_keeps_a_stage_through_gaps_until_its_maximum(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&r, ST_STAGE_NS);
    rig_start(&r);
    until_all_green(&r);
    ticks(&r, 1500); /* nobody waits: no maximum runs */
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.vehicle = bit32(ST_E);
    const int32_t max_ms = r.plan.pattern[ST_ACTUATED].step[0].max_ms;
    assert_in_range(ticks_to_stage(&r, ST_STAGE_EW, 1000), max_ms / TICK_MS - 1,
                    max_ms / TICK_MS + 1);
    assert_true(r.seen[EVENT_MAX_OUT] > 0);
}

static void advice_goes_along_allowed_transitions_only(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    r.plan.stage[ST_STAGE_NS].next = bit32(ST_STAGE_EW);
    r.plan.stage[ST_STAGE_EW].next = bit32(ST_STAGE_NS);
    advise(&r, ST_STAGE_LEFT); /* no way leads there */
    rig_start(&r);
    until_all_green(&r);
    ticks(&r, 1000);
    assert_int_equal(r.stages.stage_ix, ST_STAGE_NS);
    r.calls.vehicle = bit32(ST_E); /* who waits is served all the same */
    (void)ticks_to_stage(&r, ST_STAGE_EW, 1000);
    advise(&r, 31); /* a stage that does not exist: by gaps */
    r.calls.vehicle = bit32(ST_N);
    (void)ticks_to_stage(&r, ST_STAGE_NS, 1000);
}

static void who_is_overdue_goes_before_the_advised(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&r, ST_STAGE_NS);
    rig_start(&r);
    until_all_green(&r);
    ticks(&r, 300);
    r.calls.vehicle = bit32(ST_E) | bit32(ST_NL);
    r.order.overdue = bit32(ST_NL);
    assert_in_range(ticks_to_stage(&r, ST_STAGE_LEFT, 100), 1, 2);
    r.order.overdue = 0;
    until_all_green(&r);
    advise(&r, ST_STAGE_NS);
    r.order.overdue_next = bit32(ST_E);
    (void)ticks_to_stage(&r, ST_STAGE_EW, 200);
}

static void a_change_on_its_way_has_no_other_target(void **state)
{
    (void)state;
    static struct rig r;
    rig_init(&r, STRATEGY_ADAPTIVE, ST_ACTUATED);
    advise(&r, ST_STAGE_NS);
    rig_start(&r);
    until_all_green(&r);
    ticks(&r, 300);
    r.calls.vehicle = bit32(ST_E) | bit32(ST_NL);
    advise(&r, ST_STAGE_EW);
    assert_in_range(ticks_to_stage(&r, ST_STAGE_EW, 100), 1, 2);
    advise(&r, ST_STAGE_NS);
    for (int32_t n = 0; n < 400 && !r.stages.all_green; n++) {
        tick(&r);
        assert_int_equal(r.stages.stage_ix, ST_STAGE_EW);
    }
    assert_true(r.stages.all_green);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adaptive_without_advice_runs_by_gaps),
        cmocka_unit_test(advice_ends_a_stage_at_its_minimum_and_not_before),
        cmocka_unit_test(advice_opens_a_late_crossing_that_it_finds_worth_it),
        cmocka_unit_test(advice_keeps_a_stage_through_gaps_until_its_maximum),
        cmocka_unit_test(advice_goes_along_allowed_transitions_only),
        cmocka_unit_test(who_is_overdue_goes_before_the_advised),
        cmocka_unit_test(a_change_on_its_way_has_no_other_target),
        cmocka_unit_test(fixed_stages_follow_the_durations_of_the_pattern),
        cmocka_unit_test(a_duration_too_short_for_the_minimum_waits_for_it),
        cmocka_unit_test(nobody_waits_and_the_stage_rests),
        cmocka_unit_test(a_stage_without_call_is_skipped),
        cmocka_unit_test(the_minimum_of_the_stage_is_kept_before_a_gap_counts),
        cmocka_unit_test(arrivals_hold_the_green_until_the_gap),
        cmocka_unit_test(the_maximum_runs_only_while_somebody_waits),
        cmocka_unit_test(a_group_that_stays_green_does_not_hold_the_stage),
        cmocka_unit_test(recalls_place_demand),
        cmocka_unit_test(crossings_open_on_demand_only),
        cmocka_unit_test(a_crossing_walks_with_its_fixed_stage),
        cmocka_unit_test(a_crossing_that_walked_opens_again_in_the_next_stage),
        cmocka_unit_test(a_hold_keeps_the_stage_and_its_end_lets_it_go),
        cmocka_unit_test(a_forced_stage_is_reached_along_allowed_ways_and_kept),
        cmocka_unit_test(a_force_off_ends_the_stage_after_its_minimum),
        cmocka_unit_test(the_coordinated_step_is_followed),
        cmocka_unit_test(without_coordination_a_coordinated_pattern_runs_by_gaps),
        cmocka_unit_test(an_omitted_group_is_not_opened_and_not_waited_for),
        cmocka_unit_test(ways_are_shortest_and_none_stays),
        cmocka_unit_test(following_stage_is_the_next_of_the_pattern),
        cmocka_unit_test(a_border_is_all_green_with_its_minimum_served),
        cmocka_unit_test(finishing_opens_nothing),
        cmocka_unit_test(a_pedestrian_recall_counts_only_where_somebody_walks),
        cmocka_unit_test(a_called_group_with_soft_recall_is_where_to_rest),
        cmocka_unit_test(a_pattern_without_steps_goes_through_the_stages_in_their_order),
        cmocka_unit_test(a_pattern_of_one_stage_has_no_other_to_go_to),
    };
    return RUN_TESTS(tests);
}
