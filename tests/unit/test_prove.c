/* Good plans pass; each way of spoiling one is found, named and placed. Then, at random: whatever
 * the prover accepts shows no conflict when another player plays it. */
#include "test.h"

#include "plan_build.h"
#include "plan_player.h"
#include "prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct plan plan;
static struct prove_result result;

static void print_findings(void)
{
    for (uint32_t i = 0; i < result.count && i < PROVE_FINDING_MAX; i++) {
        (void)fprintf(stderr, "# %d: %s\n", (int)result.finding[i].kind, result.finding[i].text);
    }
}

/* The first finding of this kind; the test fails if there is none. */
static const struct prove_finding *found(enum prove_kind kind)
{
    plan_prove(&plan, &result);
    for (uint32_t i = 0; i < result.count && i < PROVE_FINDING_MAX; i++) {
        if (result.finding[i].kind == (int32_t)kind) {
            assert_true(strlen(result.finding[i].text) > 0);
            return &result.finding[i];
        }
    }
    print_findings();
    fail_msg("no finding of kind %d among %" PRIu32, (int)kind, result.count);
    return NULL;
}

static void assert_says(const struct prove_finding *f, const char *part)
{
    if (strstr(f->text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", f->text, part);
    }
}

static void assert_proved(void)
{
    plan_prove(&plan, &result);
    print_findings();
    assert_int_equal(result.count, 0);
}

static void good_plans_pass(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    assert_proved();
    assert_int_equal(result.states, ST_STAGE_COUNT);
    assert_int_equal(result.transition_ms[ST_STAGE_LEFT][ST_STAGE_EW], 9000);
    assert_int_equal(result.transition_ms[ST_STAGE_LEFT][ST_STAGE_NS], -1);
    plan_build_rings(&plan);
    assert_proved();
    assert_int_equal(result.states, 16); /* two barrier groups of 3 x 3 - 1 */
    assert_int_equal(result.transitions, 8 * 7 * 3);
}

static void proof_is_the_same_every_time(void **state)
{
    (void)state;
    static struct prove_result again;
    plan_build_rings(&plan);
    plan.pattern[RG_FIXED].split_ms[0] = 12000;
    plan_prove(&plan, &result);
    memset(&again, 0x5a, sizeof again);
    plan_prove(&plan, &again);
    assert_memory_equal(&result, &again, sizeof again);
}

static void a_stage_with_conflicting_groups_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.stage[ST_STAGE_LEFT].sg |= bit32(ST_N);
    const struct prove_finding *f = found(PROVE_STAGE_CONFLICT);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT);
    assert_int_equal(f->sg_a_ix, ST_N);
    assert_int_equal(f->sg_b_ix, ST_SL);
    assert_says(f, "stage \"LEFT\" opens \"north\" and \"south_left\"");
    /* The permissive crossing beside a turning group is no conflict. */
    plan_build_staged(&plan);
    plan.stage[ST_STAGE_NS].on_demand = 0;
    plan_prove(&plan, &result);
    assert_int_equal(result.errors, 0);
}

static void half_an_entry_of_the_matrix_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.safety.intergreen_ms[ST_E][ST_N] = NO_CONFLICT_MS;
    const struct prove_finding *f = found(PROVE_MATRIX);
    assert_int_equal(f->sg_a_ix, ST_N);
    assert_int_equal(f->sg_b_ix, ST_E);
    plan_build_staged(&plan);
    plan.safety.permissive[ST_E] &= ~(int32_t)bit32(ST_PN);
    (void)found(PROVE_MATRIX);
}

static void a_stage_without_a_way_out_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.stage[ST_STAGE_EW].next = 0;
    const struct prove_finding *f = found(PROVE_STAGE_UNREACHABLE);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT); /* which only leads to EW */
    assert_int_equal(f->to_stage_ix, ST_STAGE_NS);
}

static void consecutive_steps_need_an_allowed_change(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.stage[ST_STAGE_NS].next = bit32(ST_STAGE_EW);
    plan.stage[ST_STAGE_EW].next = bit32(ST_STAGE_NS) | bit32(ST_STAGE_LEFT);
    const struct prove_finding *f = found(PROVE_TRANSITION_MISSING);
    assert_int_equal(f->pattern_ix, ST_FIXED);
    assert_int_equal(f->step_ix, 0);
    assert_int_equal(f->to_stage_ix, ST_STAGE_LEFT);
}

static void an_actuated_pattern_needs_a_way_between_its_stages(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    /* NS -> LEFT -> EW -> NS holds; without EW the pattern cannot leave LEFT. */
    struct pattern *t = &plan.pattern[ST_ACTUATED];
    t->step_count = 2;
    plan_prove(&plan, &result);
    const struct prove_finding *f = found(PROVE_TRANSITION_MISSING);
    assert_int_equal(f->pattern_ix, ST_ACTUATED);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT);
}

static void a_pattern_without_steps_runs_all_stages(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.pattern[ST_ACTUATED].step_count = 0;
    assert_proved();
    plan.detector[0].roles = 0; /* of N, whose stage is recalled */
    assert_proved();
    plan.detector[2].roles = 0; /* of E, whose stage is not */
    (void)found(PROVE_UNCALLED);
}

static void start_up_needs_a_stage(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.startup_stage_ix = ST_STAGE_COUNT;
    (void)found(PROVE_STARTUP);
    plan.startup_stage_ix = -1;
    (void)found(PROVE_STARTUP);
    plan_build_rings(&plan);
    plan.startup_phases = bit32(1) | bit32(7); /* across the barrier */
    (void)found(PROVE_STARTUP);
    plan.startup_phases = 0;
    (void)found(PROVE_STARTUP);
    plan.startup_phases = bit32(12);
    (void)found(PROVE_STARTUP);
    plan.startup_phases = bit32(2) | bit32(6);
    assert_proved();
}

static void a_step_that_cuts_a_minimum_names_second_and_group(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    /* The arrows are green 9 s after the walk of the stage before has ended, and need 5 s. */
    struct pattern *t = &plan.pattern[ST_FIXED];
    t->step[1].duration_ms = 13900;
    t->step[0].duration_ms = 44100;
    const struct prove_finding *f = found(PROVE_MIN_CUT);
    assert_int_equal(f->pattern_ix, ST_FIXED);
    assert_int_equal(f->step_ix, 1);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT);
    assert_int_equal(f->at_ms, 58000);
    assert_says(f,
                "second 58.0: stage \"LEFT\" ends when \"north_left\" has had 3.9 s of the 5.0 s");
}

static void the_edge_of_a_minimum_is_exact(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    struct pattern *t = &plan.pattern[ST_FIXED];
    t->step[1].duration_ms = 15000; /* 8 s of clearance, 2 s of red-yellow, 5 s of green */
    t->step[0].duration_ms = 43000;
    assert_proved();
    t->step[1].duration_ms = 14900;
    t->step[0].duration_ms = 43100;
    (void)found(PROVE_MIN_CUT);
    /* Without the crossings, and one at a time, the step would do; demand matters. */
    plan.stage[ST_STAGE_NS].sg = bit32(ST_N) | bit32(ST_S);
    plan.stage[ST_STAGE_NS].on_demand = 0;
    plan_prove(&plan, &result);
    for (uint32_t i = 0; i < result.count; i++) {
        assert_int_not_equal(result.finding[i].kind, PROVE_MIN_CUT);
    }
}

static void a_step_that_ends_before_green_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    struct pattern *t = &plan.pattern[ST_COORDINATED];
    t->step[1].duration_ms = 8000;
    t->step[0].duration_ms = 50000;
    const struct prove_finding *f = found(PROVE_NEVER_GREEN);
    assert_int_equal(f->pattern_ix, ST_COORDINATED);
    assert_int_equal(f->step_ix, 1);
    assert_int_equal(f->at_ms, 58000);
}

static void a_group_kept_over_two_steps_must_be_green_in_each(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    /* A short step of N and S before their long one, entered from EW: N and S are late for it. */
    struct pattern *t = &plan.pattern[ST_FIXED];
    t->step[3] = t->step[2];
    t->step[2] = t->step[1];
    t->step[1] = t->step[0];
    t->step_count = 4;
    t->step[0].duration_ms = 5000;
    t->step[1].duration_ms = 35000;
    const struct prove_finding *f = found(PROVE_NEVER_GREEN);
    assert_int_equal(f->step_ix, 0);
    assert_int_equal(f->at_ms, 5000);
    t->step[0].duration_ms = 15000;
    t->step[1].duration_ms = 25000;
    assert_proved();
}

static void a_long_pedestrian_clearance_is_part_of_the_change(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.safety.ped_clear_ms[ST_PE] = 25000;
    const struct prove_finding *f = found(PROVE_NEVER_GREEN);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT);
}

static void a_follow_on_that_collides_with_the_next_stage_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.relation[plan.relation_count] = (struct relation){ RELATION_FOLLOW_ON, ST_N, ST_S, 20000 };
    plan.relation_count++;
    const struct prove_finding *f = found(PROVE_NEVER_GREEN);
    assert_int_equal(f->stage_ix, ST_STAGE_LEFT);
    plan.relation[plan.relation_count - 1].time_ms = 2000;
    assert_proved();
}

static void steps_must_fill_the_cycle(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.pattern[ST_FIXED].step[0].duration_ms += TICK_MS;
    const struct prove_finding *f = found(PROVE_CYCLE_SUM);
    assert_int_equal(f->pattern_ix, ST_FIXED);
    assert_says(f, "90.1 s together, its cycle is 90.0 s");
    plan_build_staged(&plan);
    plan.pattern[ST_COORDINATED].cycle_ms = 0;
    f = found(PROVE_CYCLE_SUM);
    assert_int_equal(f->pattern_ix, ST_COORDINATED);
}

static void a_group_that_no_step_opens_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    struct pattern *t = &plan.pattern[ST_FIXED];
    t->step[0].duration_ms += t->step[1].duration_ms;
    t->step[1] = t->step[2];
    t->step_count = 2;
    const struct prove_finding *f = found(PROVE_GROUP_STARVED);
    assert_int_equal(f->pattern_ix, ST_FIXED);
    assert_int_equal(f->sg_a_ix, ST_NL);
    /* Nobody runs it: then it may leave a group out. */
    plan.schedule.day_plan[1].event[1].pattern_ix = ST_COORDINATED;
    plan.ladder.fallback_pattern_ix = ST_COORDINATED;
    assert_proved();
    plan.schedule.one_off[0] = (struct one_off){ { 0 }, { 1 }, ST_FIXED };
    plan.schedule.one_off_count = 1;
    (void)found(PROVE_GROUP_STARVED);
}

static void a_wait_longer_than_max_red_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    /* E and W are open from 58 s to 90 s of 90 s: green about 23 s, not green 70 s. */
    plan.safety.max_red_ms[ST_W] = 60000;
    const struct prove_finding *f = found(PROVE_MAX_RED);
    assert_int_equal(f->sg_a_ix, ST_W);
    assert_int_equal(f->pattern_ix, ST_FIXED);
}

static void max_red_counts_the_correction_of_the_offset(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.safety.max_red_ms[ST_W] = 75000;
    const struct prove_finding *f = found(PROVE_MAX_RED); /* fixed holds, coordinated may stretch */
    assert_int_equal(f->pattern_ix, ST_COORDINATED);
    plan.pattern[ST_COORDINATED].correction_max_pct = 0;
    assert_proved();
    plan.pattern[ST_COORDINATED].correction = COORD_DWELL;
    plan.pattern[ST_COORDINATED].dwell_max_ms = 30000;
    (void)found(PROVE_MAX_RED);
}

static void relations_must_be_possible(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.relation[3] = (struct relation){ RELATION_EARLY_START, ST_E, ST_PN, 1000 };
    plan.relation_count = 4;
    const struct prove_finding *f = found(PROVE_RELATION_CYCLE);
    assert_int_equal(f->relation_ix, 0);
    plan.relation[3] = (struct relation){ RELATION_SAME_START, ST_PN, ST_E, 0 };
    (void)found(PROVE_RELATION_CYCLE);
    plan.relation[3] = (struct relation){ RELATION_SAME_START, ST_S, ST_N, 0 };
    assert_proved();
    plan.relation[3] = (struct relation){ RELATION_FOLLOW_ON, ST_N, ST_S, 1000 };
    plan.relation[4] = (struct relation){ RELATION_FOLLOW_ON, ST_S, ST_N, 0 };
    plan.relation_count = 5;
    f = found(PROVE_RELATION_CYCLE);
    assert_int_equal(f->relation_ix, 3);
}

static void relations_between_conflicting_groups_are_found(void **state)
{
    (void)state;
    for (int32_t kind = RELATION_EARLY_START; kind <= RELATION_FOLLOW_ON; kind++) {
        plan_build_staged(&plan);
        plan.relation[3] = (struct relation){ kind, ST_N, ST_E, 1000 };
        plan.relation_count = 4;
        const struct prove_finding *f = found(PROVE_RELATION_CONFLICT);
        assert_int_equal(f->relation_ix, 3);
    }
}

static void relations_that_never_apply_are_a_warning(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.relation[3] = (struct relation){ RELATION_EARLY_START, ST_PN, ST_PE, 1000 };
    plan.relation_count = 4;
    const struct prove_finding *f = found(PROVE_RELATION_IDLE);
    assert_int_equal(f->level, PROVE_WARNING);
    assert_int_equal(result.errors, 0);
    plan.relation[3] = (struct relation){ RELATION_FOLLOW_ON, ST_E, ST_W, 1000 };
    plan.stage[ST_STAGE_EW].sg &= ~bit32(ST_W);
    f = found(PROVE_FOLLOW_ON_BROKEN);
    assert_int_equal(f->stage_ix, ST_STAGE_EW);
}

static void an_early_start_that_is_longer_than_its_step_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.relation[0].time_ms = 30000;
    const struct prove_finding *f = found(PROVE_NEVER_GREEN);
    assert_int_equal(f->sg_a_ix, ST_E);
}

static void a_change_that_never_ends_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.safety.intergreen_ms[ST_N][ST_E] = PROVE_STEP_LIMIT_MS + 2000;
    const struct prove_finding *f = found(PROVE_TRANSITION_STUCK);
    assert_int_equal(f->stage_ix, ST_STAGE_NS);
    assert_int_equal(f->to_stage_ix, ST_STAGE_EW);
}

static void a_maximum_below_a_minimum_is_found(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.pattern[ST_ACTUATED].step[1].max_ms = 7900;
    const struct prove_finding *f = found(PROVE_MAX_BELOW_MIN);
    assert_int_equal(f->step_ix, 1);
    plan_build_rings(&plan);
    plan.phase[3].max_green_ms[0] = 6900;
    f = found(PROVE_MAX_BELOW_MIN);
    assert_int_equal(f->phase_a_ix, 3);
    plan.pattern[RG_ACTUATED].max_set = 1;
    assert_proved();
}

static void groups_on_demand_can_be_called(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.detector[plan.detector_count - 1].roles = DETECTOR_COUNTS;
    const struct prove_finding *f = found(PROVE_UNCALLED);
    assert_int_equal(f->sg_a_ix, ST_PW);
    plan.stage[ST_STAGE_NS].recall |= RECALL_PED;
    assert_proved();
    /* An actuated stage without a loop is left to chance, unless it is recalled. */
    plan_build_staged(&plan);
    plan.detector[2].roles = DETECTOR_EXTENDS; /* of E */
    f = found(PROVE_UNCALLED);
    assert_int_equal(f->pattern_ix, ST_ACTUATED);
    assert_int_equal(f->sg_a_ix, ST_E);
    plan.stage[ST_STAGE_EW].recall = RECALL_SOFT;
    (void)found(PROVE_UNCALLED);
    plan.stage[ST_STAGE_EW].recall = RECALL_MAX;
    assert_proved();
}

static void a_failed_detector_does_not_starve_its_group(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.detector[4].fail_action = FAIL_IGNORED; /* of the north left turn */
    const struct prove_finding *f = found(PROVE_FAILURE_STARVES);
    assert_int_equal(f->detector_ix, 4);
    assert_int_equal(f->sg_a_ix, ST_NL);
    plan.stage[ST_STAGE_LEFT].recall = RECALL_MIN;
    assert_proved();
}

static void phases_on_demand_can_be_called(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.detector[0].roles = 0; /* of phase 1 */
    const struct prove_finding *f = found(PROVE_UNCALLED);
    assert_int_equal(f->sg_a_ix, 0);
    plan.phase[0].options |= PHASE_NON_ACTUATED;
    assert_proved();
    plan_build_rings(&plan);
    plan.detector[8].roles = 0; /* the button of phase 2 */
    f = found(PROVE_UNCALLED);
    assert_int_equal(f->sg_a_ix, RG_P2);
    plan.phase[1].recall |= RECALL_PED;
    assert_proved();
}

static void the_fallback_runs_by_the_clock_alone(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.ladder.fallback_pattern_ix = ST_ACTUATED;
    const struct prove_finding *f = found(PROVE_FALLBACK);
    assert_int_equal(f->pattern_ix, ST_ACTUATED);
    plan.ladder.fallback_pattern_ix = ST_PATTERN_COUNT;
    (void)found(PROVE_FALLBACK);
}

static void conflicting_phases_of_one_barrier_group_are_found(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan_build_conflict(&plan, 0, 5, 5000, 5000);
    const struct prove_finding *f = found(PROVE_PHASE_CONFLICT);
    assert_int_equal(f->phase_a_ix, 0);
    assert_int_equal(f->phase_b_ix, 5);
    plan_build_rings(&plan);
    plan.phase[7].barrier_ix = 0; /* phase 8 among 1, 2, 5, 6 */
    f = found(PROVE_PHASE_CONFLICT);
    assert_int_equal(f->phase_b_ix, 7);
    plan_build_rings(&plan);
    plan.phase[1].ped_sg |= bit32(RG_P4);
    f = found(PROVE_PHASE_CONFLICT);
    assert_int_equal(f->phase_a_ix, f->phase_b_ix);
}

static void conflicting_overlaps_are_found(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.overlap[0].parents |= bit32(4); /* phase 5 runs beside phase 1, which the arrow crosses */
    const struct prove_finding *f = found(PROVE_OVERLAP_CONFLICT);
    assert_int_equal(f->overlap_ix, 0);
    assert_int_equal(f->phase_a_ix, 0);
    assert_int_equal(f->sg_a_ix, 0);
    assert_int_equal(f->sg_b_ix, RG_OVERLAP);
    /* As an overlap that phase 1 closes it is good again. */
    plan.overlap[0].kind = OVERLAP_MINUS_GREEN_YELLOW;
    plan.overlap[0].modifiers = bit32(0);
    plan_prove(&plan, &result);
    for (uint32_t i = 0; i < result.count; i++) {
        assert_int_not_equal(result.finding[i].kind, PROVE_OVERLAP_CONFLICT);
    }
}

static void two_overlaps_against_each_other_are_found(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.overlap[1] = plan.overlap[0];
    plan.overlap[1].name[0] = 'B';
    plan.overlap[1].sg = bit32(RG_P4); /* conflicts with the arrow */
    plan.overlap[1].parents = bit32(2);
    plan.overlap_count = 2;
    const struct prove_finding *f = found(PROVE_OVERLAP_CONFLICT);
    assert_true(f->sg_a_ix == RG_P4 || f->sg_b_ix == RG_P4);
}

static void rings_cross_barriers_together(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.pattern[RG_FIXED].split_ms[0] += 1000;
    const struct prove_finding *f = found(PROVE_BARRIER_SUM);
    assert_int_equal(f->pattern_ix, RG_FIXED);
    assert_says(f, "barrier group 1 the splits of ring 1 last 56.0 s, those of ring 2 55.0 s");
    plan.pattern[RG_FIXED].split_ms[4] += 1000;
    f = found(PROVE_CYCLE_SUM);
    assert_says(f, "101.0 s");
    plan.pattern[RG_FIXED].cycle_ms += 1000;
    assert_proved();
}

static void a_split_that_cuts_a_minimum_is_found(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    struct pattern *t = &plan.pattern[RG_COORDINATED];
    t->split_ms[0] = 14000;
    t->split_ms[1] = 41000;
    const struct prove_finding *f = found(PROVE_MIN_CUT);
    assert_int_equal(f->pattern_ix, RG_COORDINATED);
    assert_int_equal(f->phase_a_ix, 0);
    assert_int_equal(f->sg_a_ix, 0);
    t->split_ms[0] = 17000;
    t->split_ms[1] = 38000;
    assert_proved();
}

static void a_split_has_room_for_walk_and_clearance(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.phase[3].walk_ms = 15000;
    const struct prove_finding *f = found(PROVE_SPLIT_PED);
    assert_int_equal(f->phase_a_ix, 3);
    assert_int_equal(f->sg_a_ix, RG_P4);
    plan.phase[3].walk_ms = 12000;
    assert_proved();
}

static void phases_may_not_undercut_the_safety_file(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.phase[1].min_green_ms = 6900;
    const struct prove_finding *f = found(PROVE_PHASE_MINIMUM);
    assert_int_equal(f->phase_a_ix, 1);
    plan_build_rings(&plan);
    plan.phase[5].walk_ms = 5900;
    f = found(PROVE_PHASE_MINIMUM);
    assert_int_equal(f->sg_a_ix, RG_P6);
}

static void an_omitted_phase_starves_its_groups(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].split_mode[0] = SPLIT_OMIT;
    const struct prove_finding *f = found(PROVE_GROUP_STARVED);
    assert_int_equal(f->pattern_ix, RG_ACTUATED);
    assert_int_equal(f->sg_a_ix, 0);
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].ring[1].count = 3;
    f = found(PROVE_GROUP_STARVED);
    assert_int_equal(f->sg_a_ix, 7);
}

static void ring_order_follows_the_barriers(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].ring[0].phase_ix[1] = 2;
    plan.pattern[RG_ACTUATED].ring[0].phase_ix[2] = 1;
    const struct prove_finding *f = found(PROVE_RING_ORDER);
    assert_int_equal(f->phase_a_ix, 1);
    plan_build_rings(&plan);
    plan.pattern[RG_ACTUATED].ring[0].phase_ix[0] = 4;
    (void)found(PROVE_RING_ORDER);
    plan_build_rings(&plan); /* lagging left turns are fine */
    plan.pattern[RG_ACTUATED].ring[0].phase_ix[0] = 1;
    plan.pattern[RG_ACTUATED].ring[0].phase_ix[1] = 0;
    assert_proved();
}

static void numbers_out_of_range_stop_the_proof(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.pattern[ST_FIXED].step[1].stage_ix = ST_STAGE_COUNT;
    (void)found(PROVE_INDEX);
    plan_build_staged(&plan);
    plan.sg_count = SG_MAX + 1;
    (void)found(PROVE_INDEX);
    plan_build_staged(&plan);
    plan.schedule.day_plan[0].event[0].pattern_ix = -1;
    (void)found(PROVE_INDEX);
    plan_build_staged(&plan);
    memset(plan.sg[0].name, 'x', NAME_MAX_BYTES);
    (void)found(PROVE_INDEX);
}

/* Nothing that the types can hold may make the prover crash, hang or trip a REQUIRE. */
static void random_bytes_never_hurt(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int32_t round = 0; round < 400; round++) {
        if (round % 2 == 0) {
            plan_build_staged(&plan);
        } else {
            plan_build_rings(&plan);
        }
        for (int32_t k = 0; k < 1 + round % 4; k++) {
            const size_t at = player_random(&seed, sizeof plan);
            ((unsigned char *)&plan)[at] = (unsigned char)player_random(&seed, 256);
        }
        plan_prove(&plan, &result);
    }
}

static void the_largest_plan_is_proved_or_refused_in_bounded_work(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    for (int32_t i = 0; i < PHASE_MAX; i++) { /* four rings of four phases in one barrier group */
        plan.phase[i] = plan.phase[0];
        plan.phase[i].vehicle_sg = 0;
        plan.phase[i].ring_ix = i / 4;
    }
    plan.phase_count = PHASE_MAX;
    plan_prove(&plan, &result);
    assert_int_equal(result.states, 5 * 5 * 5 * 5 - 1);
    assert_true(result.transitions <= PROVE_TRANSITION_MAX);
    assert_true(result.ticks <= PROVE_TICK_MAX);
}

static void a_plan_too_large_to_prove_is_refused(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    /* A change of hours between all stages, with every demand, is more work than the prover may
     * spend. */
    plan.stage_count = STAGE_MAX;
    for (int32_t i = 0; i < STAGE_MAX; i++) {
        plan.stage[i] = plan.stage[ST_STAGE_NS];
        if (i % 2 == 1) {
            plan.stage[i].sg = bit32(ST_NL) | bit32(ST_SL);
            plan.stage[i].on_demand = plan.stage[i].sg;
        }
        plan.stage[i].next = UINT32_MAX & ~bit32((uint32_t)i);
    }
    plan.safety.intergreen_ms[ST_PE][ST_NL] = 200000;
    plan.safety.intergreen_ms[ST_PW][ST_SL] = 200000;
    (void)found(PROVE_TOO_LARGE);
    assert_true(result.ticks <= PROVE_TICK_MAX);
}

/* What is random about a plan: anything that a person might mistype. */
static void mutate(uint64_t *seed)
{
    struct safety *s = &plan.safety;
    const uint32_t g = player_random(seed, (uint32_t)plan.sg_count);
    const uint32_t h = player_random(seed, (uint32_t)plan.sg_count);
    const int32_t ms = (int32_t)player_random(seed, 250) * TICK_MS;
    struct pattern *t = &plan.pattern[player_random(seed, (uint32_t)plan.pattern_count)];
    switch (player_random(seed, 12)) {
    case 0:
        plan_build_conflict(&plan, g, h, ms, ms / 2);
        break;
    case 1:
        plan_build_conflict(&plan, g, h, NO_CONFLICT_MS, NO_CONFLICT_MS);
        break;
    case 2:
        s->permissive[g] ^= (int32_t)bit32(h);
        s->permissive[h] ^= (int32_t)bit32(g);
        break;
    case 3:
        s->min_green_ms[g] = ms;
        break;
    case 4:
        s->yellow_ms[g] = s->sg_type[g] == SG_PEDESTRIAN ? 0 : ms / 4;
        break;
    case 5:
        s->red_yellow_ms[g] = s->sg_type[g] == SG_PEDESTRIAN ? 0 : ms / 8;
        break;
    case 6:
        s->ped_clear_ms[g] = s->sg_type[g] == SG_PEDESTRIAN ? ms : 0;
        break;
    case 7:
        plan.stage[player_random(seed, STAGE_MAX)].sg ^= bit32(g);
        break;
    case 8:
        plan.relation[0] = (struct relation){ (int32_t)player_random(seed, 3), (int32_t)g,
                                              (int32_t)(h == g ? (g + 1) % 4 : h), ms };
        plan.relation_count = max_i32(plan.relation_count, 1);
        break;
    case 9:
        t->step[0].duration_ms += ms;
        t->step[1].duration_ms -= min_i32(ms, t->step[1].duration_ms);
        t->cycle_ms = 0;
        for (int32_t i = 0; i < t->step_count; i++) {
            t->cycle_ms += t->step[i].duration_ms;
        }
        break;
    case 10:
        plan.overlap[0].parents = player_random(seed, 256);
        plan.overlap[0].trail_green_ms = ms / 5;
        break;
    default:
        s->green_flash_ms[g] = s->sg_type[g] == SG_PEDESTRIAN ? 0 : ms / 8;
        break;
    }
}

static void whatever_is_accepted_shows_no_conflict(void **state)
{
    (void)state;
    static struct player_fault fault;
    uint64_t seed = UINT64_C(20261123);
    uint32_t accepted = 0;
    uint32_t refused = 0;
    for (uint32_t round = 0; round < 600; round++) {
        const uint64_t seed_of_round = seed;
        if (round % 2 == 0) {
            plan_build_staged(&plan);
        } else {
            plan_build_rings(&plan);
        }
        for (uint32_t k = 0; k < 1 + round % 3; k++) {
            mutate(&seed);
        }
        plan_prove(&plan, &result);
        if (result.errors > 0) {
            refused++;
            continue;
        }
        accepted++;
        if (!player_walk(&plan, &seed, 1500, &fault)) {
            fail_msg("seed %" PRIu64 ", tick %" PRId32 ": %s", seed_of_round, fault.tick,
                     fault.text);
        }
    }
    /* A test in which the prover accepts or refuses everything would prove nothing. */
    assert_true(accepted > 50);
    assert_true(refused > 50);
}

/* The player is a judge too: does it notice what it is there to notice? */
static void the_player_sees_conflicts_that_are_there(void **state)
{
    (void)state;
    static struct player_fault fault;
    uint64_t seed = 7;
    plan_build_staged(&plan);
    assert_true(player_walk(&plan, &seed, 20000, &fault));
    plan.stage[ST_STAGE_LEFT].sg |= bit32(ST_N);
    assert_false(player_walk(&plan, &seed, 20000, &fault));
    plan_build_rings(&plan);
    assert_true(player_walk(&plan, &seed, 20000, &fault));
    plan_build_conflict(&plan, 0, 5, 5000, 5000);
    assert_false(player_walk(&plan, &seed, 20000, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_plans_pass),
        cmocka_unit_test(proof_is_the_same_every_time),
        cmocka_unit_test(a_stage_with_conflicting_groups_is_found),
        cmocka_unit_test(half_an_entry_of_the_matrix_is_found),
        cmocka_unit_test(a_stage_without_a_way_out_is_found),
        cmocka_unit_test(consecutive_steps_need_an_allowed_change),
        cmocka_unit_test(an_actuated_pattern_needs_a_way_between_its_stages),
        cmocka_unit_test(a_pattern_without_steps_runs_all_stages),
        cmocka_unit_test(start_up_needs_a_stage),
        cmocka_unit_test(a_step_that_cuts_a_minimum_names_second_and_group),
        cmocka_unit_test(the_edge_of_a_minimum_is_exact),
        cmocka_unit_test(a_step_that_ends_before_green_is_found),
        cmocka_unit_test(a_group_kept_over_two_steps_must_be_green_in_each),
        cmocka_unit_test(a_long_pedestrian_clearance_is_part_of_the_change),
        cmocka_unit_test(a_follow_on_that_collides_with_the_next_stage_is_found),
        cmocka_unit_test(steps_must_fill_the_cycle),
        cmocka_unit_test(a_group_that_no_step_opens_is_found),
        cmocka_unit_test(a_wait_longer_than_max_red_is_found),
        cmocka_unit_test(max_red_counts_the_correction_of_the_offset),
        cmocka_unit_test(relations_must_be_possible),
        cmocka_unit_test(relations_between_conflicting_groups_are_found),
        cmocka_unit_test(relations_that_never_apply_are_a_warning),
        cmocka_unit_test(an_early_start_that_is_longer_than_its_step_is_found),
        cmocka_unit_test(a_change_that_never_ends_is_found),
        cmocka_unit_test(a_maximum_below_a_minimum_is_found),
        cmocka_unit_test(groups_on_demand_can_be_called),
        cmocka_unit_test(a_failed_detector_does_not_starve_its_group),
        cmocka_unit_test(phases_on_demand_can_be_called),
        cmocka_unit_test(the_fallback_runs_by_the_clock_alone),
        cmocka_unit_test(conflicting_phases_of_one_barrier_group_are_found),
        cmocka_unit_test(conflicting_overlaps_are_found),
        cmocka_unit_test(two_overlaps_against_each_other_are_found),
        cmocka_unit_test(rings_cross_barriers_together),
        cmocka_unit_test(a_split_that_cuts_a_minimum_is_found),
        cmocka_unit_test(a_split_has_room_for_walk_and_clearance),
        cmocka_unit_test(phases_may_not_undercut_the_safety_file),
        cmocka_unit_test(an_omitted_phase_starves_its_groups),
        cmocka_unit_test(ring_order_follows_the_barriers),
        cmocka_unit_test(numbers_out_of_range_stop_the_proof),
        cmocka_unit_test(random_bytes_never_hurt),
        cmocka_unit_test(the_largest_plan_is_proved_or_refused_in_bounded_work),
        cmocka_unit_test(a_plan_too_large_to_prove_is_refused),
        cmocka_unit_test(whatever_is_accepted_shows_no_conflict),
        cmocka_unit_test(the_player_sees_conflicts_that_are_there),
    };
    return RUN_TESTS(tests);
}
