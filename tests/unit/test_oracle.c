#include "test.h"

#include <string.h>

#include "oracle.h"

/* Groups: 1 vehicle with red-yellow and green-flash, 2 vehicle without, foes; 3 pedestrian, foe of
 * 1; 4 arrow, permissive with 2. */
enum { CAR, SIDE, PED, TURN, GROUPS };

struct street {
    struct safety safety;
    struct oracle oracle;
    int32_t aspect[SG_MAX];
    int64_t now_ms;
};

static void owe(struct safety *s, int32_t a, int32_t b, int32_t ab_ms, int32_t ba_ms)
{
    s->intergreen_ms[a][b] = ab_ms;
    s->intergreen_ms[b][a] = ba_ms;
}

static void street_init(struct street *t, int32_t late_ms)
{
    memset(t, 0, sizeof *t);
    struct safety *s = &t->safety;
    s->sg_count = GROUPS;
    s->startup_flash_ms = 5000;
    s->startup_yellow_ms = 3000;
    s->startup_all_red_ms = 6000;
    for (int32_t i = 0; i < SG_MAX; i++) {
        for (int32_t j = 0; j < SG_MAX; j++) {
            s->intergreen_ms[i][j] = NO_CONFLICT_MS;
        }
    }
    owe(s, CAR, SIDE, 6000, 5000);
    owe(s, CAR, PED, 7000, 8000);
    owe(s, SIDE, TURN, 5000, 4000);
    s->permissive[SIDE] = 1 << TURN;
    s->permissive[TURN] = 1 << SIDE;
    s->sg_type[PED] = SG_PEDESTRIAN;
    s->sg_type[TURN] = SG_ARROW;
    for (int32_t i = 0; i < GROUPS; i++) {
        s->min_green_ms[i] = 5000;
        s->preempt_min_green_ms[i] = 2000;
        s->yellow_ms[i] = i == PED ? 0 : 3000;
        s->min_red_ms[i] = 1000;
        s->flash_aspect[i] = i == PED ? ASPECT_DARK : ASPECT_FLASH_RED;
        t->aspect[i] = s->flash_aspect[i];
    }
    s->flash_aspect[CAR] = ASPECT_FLASH_YELLOW;
    s->red_yellow_ms[CAR] = 1000;
    s->green_flash_ms[CAR] = 2000;
    s->ped_clear_ms[PED] = 6000;
    oracle_init(&t->oracle, s, late_ms);
}

/* Shows what is set for so long, tick by tick; the first objection, or NULL. */
static const char *show(struct street *t, bool is_flash, int32_t for_ms)
{
    for (int64_t end_ms = t->now_ms + for_ms; t->now_ms < end_ms; t->now_ms += TICK_MS) {
        const char *reason =
            oracle_see(&t->oracle, (mono_t){ .ms = t->now_ms }, t->aspect, is_flash);
        if (reason != NULL) {
            t->now_ms += TICK_MS;
            return reason;
        }
    }
    return NULL;
}

static const char *flash(struct street *t, int32_t for_ms)
{
    for (int32_t i = 0; i < GROUPS; i++) {
        t->aspect[i] = t->safety.flash_aspect[i];
    }
    return show(t, true, for_ms);
}

static const char *all_red(struct street *t, int32_t for_ms)
{
    for (int32_t i = 0; i < GROUPS; i++) {
        t->aspect[i] = ASPECT_RED;
    }
    return show(t, false, for_ms);
}

static const char *set(struct street *t, int32_t group, int32_t aspect, int32_t for_ms)
{
    t->aspect[group] = aspect;
    return show(t, false, for_ms);
}

static const char *startup_yellow(struct street *t, int32_t for_ms)
{
    for (int32_t i = 0; i < GROUPS; i++) {
        t->aspect[i] = i == CAR ? ASPECT_YELLOW : ASPECT_RED;
    }
    return show(t, false, for_ms);
}

/* Start-up done, everything red for its time. */
static void street_opens(struct street *t, int32_t late_ms)
{
    street_init(t, late_ms);
    assert_null(flash(t, 5000));
    assert_null(startup_yellow(t, 3000));
    assert_null(all_red(t, 6000));
}

static void assert_law(const char *reason, const char *law)
{
    assert_non_null(reason);
    assert_memory_equal(reason, law, strlen(law));
}

static void car_to_green(struct street *t)
{
    assert_null(set(t, CAR, ASPECT_RED_YELLOW, 1000));
    assert_null(set(t, CAR, ASPECT_GREEN, 5000));
}

static void car_to_red(struct street *t)
{
    assert_null(set(t, CAR, ASPECT_GREEN_FLASH, 2000));
    assert_null(set(t, CAR, ASPECT_YELLOW, 3000));
    assert_null(set(t, CAR, ASPECT_RED, 100));
}

static void a_whole_lawful_cycle_passes(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    for (int32_t round = 0; round < 5; round++) {
        car_to_green(&t);
        car_to_red(&t);                               /* green-flash ended 3100 ms ago */
        assert_null(set(&t, SIDE, ASPECT_RED, 2900)); /* 6000 */
        t.aspect[TURN] = ASPECT_GREEN;
        assert_null(set(&t, SIDE, ASPECT_GREEN, 1000)); /* permissive pair together */
        assert_null(set(&t, PED, ASPECT_GREEN, 5000));
        assert_null(set(&t, PED, ASPECT_PED_CLEAR, 6000));
        t.aspect[PED] = ASPECT_RED;
        t.aspect[TURN] = ASPECT_YELLOW;
        assert_null(set(&t, SIDE, ASPECT_YELLOW, 3000));
        assert_null(all_red(&t, 2000));
    }
    assert_int_equal(t.oracle.violations, 0);
}

static void l1_refuses_aspects_that_have_no_place_in_service(void **state)
{
    (void)state;
    const int32_t wrong[] = { ASPECT_DARK,      ASPECT_FLASH_YELLOW, ASPECT_FLASH_RED,
                              ASPECT_PED_CLEAR, ASPECT_UNKNOWN,      -1,
                              ASPECT_COUNT };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct street t;
        street_opens(&t, 200);
        assert_law(set(&t, SIDE, wrong[i], 100), "L1");
    }
    struct street t;
    street_opens(&t, 200);
    assert_law(set(&t, PED, ASPECT_YELLOW, 100), "L1");
}

static void l2_wants_red_on_one_of_two_foes(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    car_to_green(&t);
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L2");
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 100));
    assert_law(set(&t, CAR, ASPECT_RED_YELLOW, 100), "L2");
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 100));
    assert_null(set(&t, TURN, ASPECT_GREEN, 100)); /* permissive */
    assert_null(set(&t, PED, ASPECT_GREEN, 100));  /* no entry */
}

static void l3_refuses_every_step_out_of_order(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_law(set(&t, CAR, ASPECT_GREEN, 100), "L3"); /* red-yellow left out */
    street_opens(&t, 200);
    assert_law(set(&t, SIDE, ASPECT_RED_YELLOW, 100), "L3"); /* it has none */
    street_opens(&t, 200);
    car_to_green(&t);
    assert_law(set(&t, CAR, ASPECT_YELLOW, 100), "L3"); /* green-flash left out */
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_law(set(&t, SIDE, ASPECT_RED, 100), "L3");
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3000));
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L3");
    street_opens(&t, 200);
    assert_null(set(&t, PED, ASPECT_GREEN, 5000));
    assert_law(set(&t, PED, ASPECT_RED, 100), "L3"); /* clearance left out */
    street_opens(&t, 200);
    assert_law(set(&t, PED, ASPECT_PED_CLEAR, 100), "L3");
}

static void l4_holds_the_minimum_green_to_the_tick(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 4900));
    assert_law(set(&t, SIDE, ASPECT_YELLOW, 100), "L4");
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 100));
}

static void l4_lets_preemption_cut_to_its_own_minimum_and_no_further(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    t.oracle.is_preempting = true;
    assert_null(set(&t, SIDE, ASPECT_GREEN, 2000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 100));
    street_opens(&t, 200);
    t.oracle.is_preempting = true;
    assert_null(set(&t, SIDE, ASPECT_GREEN, 1900));
    assert_law(set(&t, SIDE, ASPECT_YELLOW, 100), "L4");
}

static void l5_holds_the_exact_times_from_below(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_null(set(&t, CAR, ASPECT_RED_YELLOW, 900));
    assert_law(set(&t, CAR, ASPECT_GREEN, 100), "L5");
    street_opens(&t, 200);
    car_to_green(&t);
    assert_null(set(&t, CAR, ASPECT_GREEN_FLASH, 1900));
    assert_law(set(&t, CAR, ASPECT_YELLOW, 100), "L5");
    street_opens(&t, 200);
    car_to_green(&t);
    assert_null(set(&t, CAR, ASPECT_GREEN_FLASH, 2000));
    assert_null(set(&t, CAR, ASPECT_YELLOW, 2900));
    assert_law(set(&t, CAR, ASPECT_RED, 100), "L5");
    street_opens(&t, 200);
    assert_null(set(&t, PED, ASPECT_GREEN, 5000));
    assert_null(set(&t, PED, ASPECT_PED_CLEAR, 5900));
    assert_law(set(&t, PED, ASPECT_RED, 100), "L5");
}

static void l5_bounds_yellow_from_above_where_no_frame_is_lost(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3200));
    assert_null(set(&t, SIDE, ASPECT_RED, 100)); /* two ticks late */
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3300));
    assert_law(set(&t, SIDE, ASPECT_RED, 100), "L5");
    street_opens(&t, ORACLE_NOT_JUDGED);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 60000));
    assert_null(set(&t, SIDE, ASPECT_RED, 100));
}

static void l6_counts_from_the_end_of_green_flash(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    car_to_green(&t);
    car_to_red(&t); /* 3100 ms since green-flash ended */
    assert_null(set(&t, SIDE, ASPECT_RED, 2800));
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L6"); /* 5900 of 6000 */
    street_opens(&t, 200);
    car_to_green(&t);
    car_to_red(&t);
    assert_null(set(&t, SIDE, ASPECT_RED, 2900));
    assert_null(set(&t, SIDE, ASPECT_GREEN, 100));
}

static void l6_counts_from_the_end_of_walk(void **state)
{
    (void)state;
    struct street t;
    for (int32_t early_ms = 0; early_ms <= 100; early_ms += 100) {
        street_opens(&t, 200);
        assert_null(set(&t, PED, ASPECT_GREEN, 5000));
        assert_null(set(&t, PED, ASPECT_PED_CLEAR, 6000));
        assert_null(
            set(&t, PED, ASPECT_RED, 1000 - early_ms)); /* 8000 owed, 7000 before red-yellow */
        assert_null(set(&t, CAR, ASPECT_RED_YELLOW, 1000));
        const char *reason = set(&t, CAR, ASPECT_GREEN, 100);
        if (early_ms == 0) {
            assert_null(reason);
        } else {
            assert_law(reason, "L6");
        }
    }
}

static void l6_still_owes_the_intergreen_in_sequence_to_a_permissive_foe(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3000));
    assert_null(set(&t, SIDE, ASPECT_RED, 1900));
    assert_law(set(&t, TURN, ASPECT_GREEN, 100), "L6"); /* 4900 of 5000 */
}

static void l6_remembers_a_green_long_ago_only_as_long_as_it_matters(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    car_to_green(&t);
    car_to_red(&t);
    assert_null(set(&t, CAR, ASPECT_RED, 3600000));
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
}

static void l7_wants_the_least_red(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3000));
    assert_null(set(&t, SIDE, ASPECT_RED, 900));
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L7");
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 5000));
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 3000));
    assert_null(set(&t, SIDE, ASPECT_RED, 1000));
    assert_null(set(&t, SIDE, ASPECT_GREEN, 100));
}

static void l8_measures_each_part_of_the_start_up(void **state)
{
    (void)state;
    struct street t;
    street_init(&t, 200);
    assert_null(flash(&t, 4900));
    assert_law(startup_yellow(&t, 100), "L8");
    street_init(&t, 200);
    assert_null(flash(&t, 5000));
    assert_null(startup_yellow(&t, 2900));
    assert_law(all_red(&t, 100), "L8");
    street_init(&t, 200);
    assert_null(flash(&t, 5000));
    assert_null(startup_yellow(&t, 3000));
    assert_null(all_red(&t, 5900));
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L8");
}

static void l8_refuses_a_start_up_with_a_part_left_out(void **state)
{
    (void)state;
    struct street t;
    street_init(&t, 200);
    assert_null(flash(&t, 5000));
    assert_law(all_red(&t, 100), "L8"); /* yellow left out */
    street_init(&t, 200);
    assert_null(flash(&t, 5000));
    assert_null(startup_yellow(&t, 3000));
    t.aspect[CAR] = ASPECT_RED;
    assert_law(set(&t, SIDE, ASPECT_GREEN, 100), "L8"); /* all red left out */
    street_init(&t, 200);
    t.safety.startup_yellow_ms = 0;
    assert_null(flash(&t, 5000));
    assert_law(startup_yellow(&t, 100), "L8"); /* a yellow that is not in the file */
    street_init(&t, 200);
    t.safety.startup_yellow_ms = 0;
    assert_null(flash(&t, 5000));
    assert_null(all_red(&t, 6000));
    assert_null(set(&t, SIDE, ASPECT_GREEN, 100));
}

static void l8_without_a_yellow_head_the_yellow_part_is_all_red_of_the_same_length(void **state)
{
    (void)state;
    struct street t;
    for (int32_t early_ms = 0; early_ms <= 100; early_ms += 100) {
        street_init(&t, 200);
        t.safety.flash_aspect[CAR] = ASPECT_FLASH_RED;
        assert_null(flash(&t, 5000));
        assert_null(all_red(&t, 9000 - early_ms));
        const char *reason = set(&t, SIDE, ASPECT_GREEN, 100);
        if (early_ms == 0) {
            assert_null(reason);
        } else {
            assert_law(reason, "L8");
        }
    }
}

static void l8_flash_may_follow_anything_and_starts_over(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    car_to_green(&t);
    assert_null(flash(&t, 100));
    assert_law(all_red(&t, 100), "L8");
    street_init(&t, 200);
    assert_null(flash(&t, 5000));
    assert_null(startup_yellow(&t, 1000));
    assert_null(flash(&t, 1000));
    assert_law(startup_yellow(&t, 100), "L8");
}

static void l8_in_flash_every_group_flashes_as_its_file_says(void **state)
{
    (void)state;
    struct street t;
    street_init(&t, 200);
    t.aspect[CAR] = ASPECT_FLASH_YELLOW;
    assert_null(show(&t, true, 100));
    t.aspect[SIDE] = ASPECT_GREEN;
    assert_law(show(&t, true, 100), "L8");
}

static void what_began_before_we_looked_is_not_held_against_anyone(void **state)
{
    (void)state;
    struct street t;
    street_init(&t, 200);
    for (int32_t i = 0; i < GROUPS; i++) {
        t.aspect[i] = ASPECT_RED;
    }
    assert_null(
        set(&t, SIDE, ASPECT_GREEN, 1000)); /* seen for one second, shown for who knows how long */
    assert_null(set(&t, SIDE, ASPECT_YELLOW, 2000));
    assert_law(set(&t, SIDE, ASPECT_RED, 100), "L5"); /* the yellow was seen whole */
    street_opens(&t, 200);
    assert_null(set(&t, SIDE, ASPECT_GREEN, 1000));
    oracle_forget(&t.oracle); /* police */
    assert_null(all_red(&t, 100));
    assert_null(set(&t, SIDE, ASPECT_GREEN, 100));
}

static void a_clock_that_runs_backwards_is_told(void **state)
{
    (void)state;
    struct street t;
    street_opens(&t, 200);
    assert_non_null(oracle_see(&t.oracle, (mono_t){ .ms = 0 }, t.aspect, false));
    assert_int_equal(t.oracle.violations, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_lawful_cycle_passes),
        cmocka_unit_test(l1_refuses_aspects_that_have_no_place_in_service),
        cmocka_unit_test(l2_wants_red_on_one_of_two_foes),
        cmocka_unit_test(l3_refuses_every_step_out_of_order),
        cmocka_unit_test(l4_holds_the_minimum_green_to_the_tick),
        cmocka_unit_test(l4_lets_preemption_cut_to_its_own_minimum_and_no_further),
        cmocka_unit_test(l5_holds_the_exact_times_from_below),
        cmocka_unit_test(l5_bounds_yellow_from_above_where_no_frame_is_lost),
        cmocka_unit_test(l6_counts_from_the_end_of_green_flash),
        cmocka_unit_test(l6_counts_from_the_end_of_walk),
        cmocka_unit_test(l6_still_owes_the_intergreen_in_sequence_to_a_permissive_foe),
        cmocka_unit_test(l6_remembers_a_green_long_ago_only_as_long_as_it_matters),
        cmocka_unit_test(l7_wants_the_least_red),
        cmocka_unit_test(l8_measures_each_part_of_the_start_up),
        cmocka_unit_test(l8_refuses_a_start_up_with_a_part_left_out),
        cmocka_unit_test(l8_without_a_yellow_head_the_yellow_part_is_all_red_of_the_same_length),
        cmocka_unit_test(l8_flash_may_follow_anything_and_starts_over),
        cmocka_unit_test(l8_in_flash_every_group_flashes_as_its_file_says),
        cmocka_unit_test(what_began_before_we_looked_is_not_held_against_anyone),
        cmocka_unit_test(a_clock_that_runs_backwards_is_told),
    };
    return RUN_TESTS(tests);
}
