#include "test.h"

#include "plan_build.h"
#include "script.h"
#include "timeline.h"

static struct plan plan;
static struct timeline tl;

static void start(void)
{
    plan_build_staged(&plan);
    timeline_init(&tl, &plan);
}

/* Plays and returns the time until the group shows this aspect, -1 if it does not within a minute.
 */
static int32_t time_until_ms(sg_mask_t open, uint32_t sg_ix, enum aspect aspect)
{
    for (int32_t at_ms = 0; at_ms <= 60000; at_ms += TICK_MS) {
        timeline_step(&tl, open);
        if (tl.aspect[sg_ix] == (int32_t)aspect) {
            return at_ms;
        }
    }
    return -1;
}

static void a_vehicle_group_shows_every_aspect_for_its_time(void **state)
{
    (void)state;
    start();
    assert_int_equal(time_until_ms(bit32(ST_E), ST_E, ASPECT_RED_YELLOW), 0);
    assert_int_equal(time_until_ms(bit32(ST_E), ST_E, ASPECT_GREEN), 1900);
    assert_int_equal(time_until_ms(0, ST_E, ASPECT_GREEN_FLASH), 6900);
    assert_int_equal(time_until_ms(0, ST_E, ASPECT_YELLOW), 1900);
    assert_int_equal(time_until_ms(0, ST_E, ASPECT_RED), 2900);
}

static void a_crossing_clears_between_walk_and_red(void **state)
{
    (void)state;
    start();
    assert_int_equal(time_until_ms(bit32(ST_PN), ST_PN, ASPECT_GREEN), 0);
    assert_int_equal(time_until_ms(0, ST_PN, ASPECT_PED_CLEAR), 5900);
    assert_int_equal(time_until_ms(0, ST_PN, ASPECT_RED), 7900);
}

static void green_stays_while_wanted_and_ends_at_once_afterwards(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_N));
    for (int32_t i = 0; i < 600; i++) {
        timeline_step(&tl, bit32(ST_N));
        assert_int_equal(tl.aspect[ST_N], ASPECT_GREEN);
    }
    assert_int_equal(time_until_ms(0, ST_N, ASPECT_YELLOW), 0);
}

static void green_waits_for_the_intergreen_and_red_yellow_fills_its_end(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_N));
    assert_int_equal(time_until_ms(bit32(ST_E), ST_E, ASPECT_RED_YELLOW), 3000);
    assert_int_equal(time_until_ms(bit32(ST_E), ST_E, ASPECT_GREEN), 1900);
}

static void intergreen_runs_from_the_end_of_walk(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_PN));
    assert_int_equal(time_until_ms(bit32(ST_N), ST_N, ASPECT_GREEN), 9000 + 1000);
    /* 8 s of clearance keep the crossing not red, and red-yellow may begin after it alone. */
    start();
    plan.safety.intergreen_ms[ST_PN][ST_N] = 12000;
    timeline_settle(&tl, bit32(ST_PN));
    assert_int_equal(time_until_ms(bit32(ST_N), ST_N, ASPECT_GREEN), 12000);
}

static void permissive_partners_may_be_green_together(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_N));
    assert_int_equal(time_until_ms(bit32(ST_N) | bit32(ST_PE), ST_PE, ASPECT_GREEN), 0);
    /* In sequence the intergreen is owed. */
    timeline_settle(&tl, bit32(ST_N));
    assert_int_equal(time_until_ms(bit32(ST_PE), ST_PE, ASPECT_GREEN), 3000);
}

static void a_permissive_partner_stays_until_red_yellow_is_over(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_PE));
    timeline_step(&tl, bit32(ST_PE) | bit32(ST_N));
    assert_int_equal(tl.aspect[ST_N], ASPECT_RED_YELLOW);
    assert_int_equal(time_until_ms(bit32(ST_N), ST_PE, ASPECT_PED_CLEAR), 1900);
    assert_int_equal(tl.aspect[ST_N], ASPECT_GREEN);
}

static void early_start_keeps_the_second_group_back(void **state)
{
    (void)state;
    start();
    const sg_mask_t both = bit32(ST_PN) | bit32(ST_E);
    assert_int_equal(time_until_ms(both, ST_PN, ASPECT_GREEN), 0);
    assert_int_equal(time_until_ms(both, ST_E, ASPECT_GREEN), 2900);
    start();
    assert_int_equal(time_until_ms(bit32(ST_E), ST_E, ASPECT_GREEN), 2000);
}

static void same_start_waits_for_the_slower_group(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_SL)); /* N waits 5 s for it, S nothing */
    const sg_mask_t both = bit32(ST_N) | bit32(ST_S);
    assert_int_equal(time_until_ms(both, ST_S, ASPECT_GREEN), 5000);
    assert_int_equal(tl.aspect[ST_N], ASPECT_GREEN);
    timeline_settle(&tl, bit32(ST_SL));
    assert_int_equal(time_until_ms(bit32(ST_S), ST_S, ASPECT_GREEN), 2000);
}

static void follow_on_keeps_the_second_green(void **state)
{
    (void)state;
    start();
    plan.relation[plan.relation_count] = (struct relation){ RELATION_FOLLOW_ON, ST_E, ST_W, 4000 };
    plan.relation_count++;
    timeline_settle(&tl, bit32(ST_E) | bit32(ST_W));
    assert_int_equal(time_until_ms(0, ST_E, ASPECT_YELLOW), 2000);
    assert_int_equal(time_until_ms(0, ST_W, ASPECT_GREEN_FLASH), 3900);
    /* Alone, the second group owes nothing. */
    timeline_settle(&tl, bit32(ST_W));
    assert_int_equal(time_until_ms(0, ST_W, ASPECT_GREEN_FLASH), 0);
}

static void a_walk_with_a_length_ends_by_itself(void **state)
{
    (void)state;
    start();
    tl.walk_ms[ST_PN] = 7000;
    assert_int_equal(time_until_ms(bit32(ST_PN), ST_PN, ASPECT_GREEN), 0);
    assert_int_equal(time_until_ms(bit32(ST_PN), ST_PN, ASPECT_PED_CLEAR), 6900);
    assert_int_equal(time_until_ms(bit32(ST_PN), ST_PN, ASPECT_GREEN), -1);
    timeline_step(&tl, 0);
    assert_int_equal(time_until_ms(bit32(ST_PN), ST_PN, ASPECT_GREEN), 0);
}

static void the_same_group_opens_again_only_after_its_least_red(void **state)
{
    (void)state;
    start();
    timeline_settle(&tl, bit32(ST_N));
    assert_int_equal(time_until_ms(0, ST_N, ASPECT_RED), 3000);
    assert_int_equal(time_until_ms(bit32(ST_N), ST_N, ASPECT_RED_YELLOW), 1900);
}

static void skipping_equals_stepping_once_settled(void **state)
{
    (void)state;
    start();
    const sg_mask_t open = bit32(ST_N) | bit32(ST_PE);
    while (!timeline_is_settled(&tl, open)) {
        timeline_step(&tl, open);
    }
    struct timeline stepped = tl;
    for (int32_t i = 0; i < 100; i++) {
        timeline_step(&stepped, open);
    }
    timeline_skip(&tl, 100 * TICK_MS);
    assert_memory_equal(&stepped, &tl, sizeof tl);
}

static void steps_become_spans_of_the_cycle(void **state)
{
    (void)state;
    static struct script sc;
    plan_build_staged(&plan);
    script_read(&plan, ST_FIXED, 0, &sc);
    assert_int_equal(sc.cycle_ms, 90000);
    assert_int_equal(script_open(&sc, 0), bit32(ST_N) | bit32(ST_S));
    assert_int_equal(script_open(&sc, 39900), bit32(ST_N) | bit32(ST_S));
    assert_int_equal(script_open(&sc, 40000), bit32(ST_NL) | bit32(ST_SL));
    assert_int_equal(script_next_ms(&sc, 0), 40000);
    assert_int_equal(script_next_ms(&sc, 40000), 58000);
    assert_int_equal(script_next_ms(&sc, 58000), 90000);
    script_read(&plan, ST_FIXED, bit32(ST_PE), &sc);
    assert_int_equal(script_open(&sc, 0), bit32(ST_N) | bit32(ST_S) | bit32(ST_PE));
}

static void splits_hold_the_clearance_of_their_phase(void **state)
{
    (void)state;
    static struct script sc;
    plan_build_rings(&plan);
    script_read(&plan, RG_FIXED, 0, &sc);
    /* Phases 1 and 5 have 20 s: 14 s, then 6 s until the crossings of 2 and 6 may open. */
    assert_int_equal(script_open(&sc, 0), bit32(0) | bit32(4));
    assert_int_equal(script_open(&sc, 13900), bit32(0) | bit32(4));
    assert_int_equal(script_open(&sc, 14000), 0);
    assert_int_equal(script_open(&sc, 20000), bit32(1) | bit32(5) | bit32(RG_OVERLAP));
    assert_int_equal(sc.phase_start_ms[2], 55000);
    assert_int_equal(sc.phase_start_ms[6], 55000);
}

static void an_overlap_stays_open_between_its_parents(void **state)
{
    (void)state;
    static struct script sc;
    plan_build_rings(&plan);
    script_read(&plan, RG_FIXED, 0, &sc);
    for (int32_t at_ms = 20000; at_ms < 55000 + 17000 - 6000; at_ms += TICK_MS) {
        assert_true((script_open(&sc, at_ms) & bit32(RG_OVERLAP)) != 0);
    }
    plan.overlap[0].parents = bit32(1);
    plan.overlap[0].trail_green_ms = 1000;
    script_read(&plan, RG_FIXED, 0, &sc);
    /* Phase 2 closes 5 s before 3 may open, at 50 s; the overlap trails by one. */
    assert_true((script_open(&sc, 50900) & bit32(RG_OVERLAP)) != 0);
    assert_true((script_open(&sc, 51000) & bit32(RG_OVERLAP)) == 0);
}

static void a_modifier_closes_its_overlap_while_green_or_yellow(void **state)
{
    (void)state;
    static struct script sc;
    plan_build_rings(&plan);
    plan.overlap[0].kind = OVERLAP_MINUS_GREEN_YELLOW;
    plan.overlap[0].modifiers = bit32(6); /* phase 7, beside phase 3 */
    script_read(&plan, RG_FIXED, 0, &sc);
    assert_true((script_open(&sc, 54000) & bit32(RG_OVERLAP)) != 0);
    assert_true((script_open(&sc, 55000) & bit32(RG_OVERLAP)) == 0);
    assert_true((script_open(&sc, 60000) & bit32(RG_OVERLAP)) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vehicle_group_shows_every_aspect_for_its_time),
        cmocka_unit_test(a_crossing_clears_between_walk_and_red),
        cmocka_unit_test(green_stays_while_wanted_and_ends_at_once_afterwards),
        cmocka_unit_test(green_waits_for_the_intergreen_and_red_yellow_fills_its_end),
        cmocka_unit_test(intergreen_runs_from_the_end_of_walk),
        cmocka_unit_test(permissive_partners_may_be_green_together),
        cmocka_unit_test(a_permissive_partner_stays_until_red_yellow_is_over),
        cmocka_unit_test(early_start_keeps_the_second_group_back),
        cmocka_unit_test(same_start_waits_for_the_slower_group),
        cmocka_unit_test(follow_on_keeps_the_second_green),
        cmocka_unit_test(a_walk_with_a_length_ends_by_itself),
        cmocka_unit_test(the_same_group_opens_again_only_after_its_least_red),
        cmocka_unit_test(skipping_equals_stepping_once_settled),
        cmocka_unit_test(steps_become_spans_of_the_cycle),
        cmocka_unit_test(splits_hold_the_clearance_of_their_phase),
        cmocka_unit_test(an_overlap_stays_open_between_its_parents),
        cmocka_unit_test(a_modifier_closes_its_overlap_while_green_or_yellow),
    };
    return RUN_TESTS(tests);
}
