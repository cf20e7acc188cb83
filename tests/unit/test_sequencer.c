#include "test.h"

#include "sequencer.h"

#include <string.h>

/* Two conflicting vehicle groups A and B, a crossing P that conflicts with B, and C, which
 * conflicts with nobody. Times differ from each other so that a wrong one is noticed. */
enum { A, B, C, P, SG_COUNT };

enum { LAG_MS = 40 }; /* a read-back is complete this long before the tick that uses it */

struct rig {
    struct plan plan;
    struct sequencer s;
    struct tick t;
    struct wanted w;
    struct event_list events;
    int32_t ticks;           /* since the rig was set up */
    int32_t seen[UINT8_MAX]; /* events by code, all ticks together */
};

static void conflict(struct rig *r, uint32_t a, uint32_t b, int32_t ab_ms, int32_t ba_ms)
{
    r->plan.safety.intergreen_ms[a][b] = ab_ms;
    r->plan.safety.intergreen_ms[b][a] = ba_ms;
}

static void permissive(struct rig *r, uint32_t a, uint32_t b)
{
    r->plan.safety.permissive[a] |= (int32_t)bit32(b);
    r->plan.safety.permissive[b] |= (int32_t)bit32(a);
}

static void relate(struct rig *r, enum relation_kind kind, int32_t a, int32_t b, int32_t time_ms)
{
    r->plan.relation[r->plan.relation_count++] =
        (struct relation){ .kind = (int32_t)kind, .sg_a_ix = a, .sg_b_ix = b, .time_ms = time_ms };
}

static void rig_plan(struct rig *r)
{
    memset(r, 0, sizeof *r);
    struct safety *f = &r->plan.safety;
    memset(f->intergreen_ms, 0xff, sizeof f->intergreen_ms);
    r->plan.sg_count = SG_COUNT;
    f->sg_count = SG_COUNT;
    for (uint32_t i = 0; i < SG_COUNT; i++) {
        r->plan.sg[i].phase_id = (int32_t)i + 1;
        f->min_green_ms[i] = 5000;
        f->yellow_ms[i] = 3000;
        f->red_yellow_ms[i] = 1000;
        f->min_red_ms[i] = 2000;
        f->flash_aspect[i] = ASPECT_FLASH_YELLOW;
    }
    f->sg_type[P] = SG_PEDESTRIAN;
    f->yellow_ms[P] = 0;
    f->red_yellow_ms[P] = 0;
    f->ped_clear_ms[P] = 6000;
    f->min_green_ms[P] = 4000;
    conflict(r, A, B, 5000, 6000);
    conflict(r, P, B, 8000, 4000);
}

static void rig_start(struct rig *r)
{
    sequencer_init(&r->s, &r->plan);
    r->w = (struct wanted){ .open = 0 };
    r->t = (struct tick){ .now = { 100000 }, .advances = true };
}

/* One confirmed tick; the monotonic clock moves by step_ms. */
static void tick_of(struct rig *r, int32_t step_ms)
{
    event_list_clear(&r->events);
    r->t.now.ms += step_ms;
    r->t.confirmed_at.ms = r->t.now.ms - LAG_MS;
    sequencer_step(&r->s, &r->plan, &r->t, &r->w, &r->events);
    r->ticks++;
    for (uint32_t i = 0; i < r->events.count; i++) {
        if (r->events.event[i].code < UINT8_MAX) {
            r->seen[r->events.event[i].code]++;
        }
    }
}

static void ticks(struct rig *r, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        tick_of(r, TICK_MS);
    }
}

/* Ticks until the group shows the aspect; fails if that takes longer than most. */
static int32_t ticks_until(struct rig *r, uint32_t ix, enum aspect aspect, int32_t most)
{
    for (int32_t n = 1; n <= most; n++) {
        tick_of(r, TICK_MS);
        if (r->s.aspect[ix] == (int32_t)aspect) {
            return n;
        }
    }
    fail_msg("group %u never showed aspect %d", ix, (int)aspect);
    return 0;
}

/* A red for long, everything else too, A green just now. */
static void open_a(struct rig *r)
{
    rig_start(r);
    ticks(r, 100);
    r->w.open = bit32(A);
    (void)ticks_until(r, A, ASPECT_GREEN, 20);
}

static void opening_waits_for_least_red_and_shows_red_yellow(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    r.w.open = bit32(A);
    /* 2 s of red are over on the tick after 20 confirmed ones, because the second clock starts only
     * with the first read-back. */
    assert_int_equal(ticks_until(&r, A, ASPECT_RED_YELLOW, 40), 21);
    assert_int_equal(ticks_until(&r, A, ASPECT_GREEN, 40), 11);
}

static void a_group_without_red_yellow_opens_at_once(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    r.plan.safety.red_yellow_ms[A] = 0;
    rig_start(&r);
    ticks(&r, 50);
    r.w.open = bit32(A);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
}

static void minimum_green_outlives_the_wish(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    r.w.open = 0;
    assert_int_equal(ticks_until(&r, A, ASPECT_YELLOW, 80), 51);
    assert_int_equal(ticks_until(&r, A, ASPECT_RED, 80), 31);
}

static void green_stays_while_it_is_wanted(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    ticks(&r, 3000);
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
}

static void green_flash_comes_between_green_and_yellow_and_counts_as_green(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    r.plan.safety.green_flash_ms[A] = 2000;
    open_a(&r);
    ticks(&r, 100);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN_FLASH);
    assert_int_equal(sequencer_green(&r.s, &r.plan), bit32(A));
    assert_int_equal(r.seen[EVENT_GREEN_END], 0);
    r.w.open = bit32(A); /* too late: the order of aspects knows no way back */
    assert_int_equal(ticks_until(&r, A, ASPECT_YELLOW, 40), 21);
    assert_int_equal(r.seen[EVENT_GREEN_END], 1);
}

static void two_clocks_must_both_say_so(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    r.w.open = 0;
    /* Ticks that come late and then on time: 50 confirmed ticks, but not yet 5 s. */
    for (int32_t i = 0; i < 50; i++) {
        tick_of(&r, TICK_MS - 10);
    }
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
    /* And the other way round: plenty of time, too few ticks. */
    open_a(&r);
    r.w.open = 0;
    for (int32_t i = 0; i < 49; i++) {
        tick_of(&r, 5 * TICK_MS);
    }
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
    tick_of(&r, 5 * TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
}

static void intergreen_runs_from_the_end_of_green_and_red_yellow_is_inside_it(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    ticks(&r, 100);
    r.w.open = bit32(B);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
    const int32_t red_ticks = ticks_until(&r, B, ASPECT_RED_YELLOW, 100);
    const int32_t red_yellow_ticks = ticks_until(&r, B, ASPECT_GREEN, 100);
    /* 5 s of intergreen and the tick of the second clock; red-yellow costs nothing beside them. */
    assert_int_equal(red_ticks + red_yellow_ticks, 51);
    assert_int_equal(red_yellow_ticks, 11);
}

static void red_yellow_never_begins_beside_a_conflicting_yellow(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    r.plan.safety.red_yellow_ms[B] = 4000; /* would have to begin after 1 s, A being yellow for 3 */
    open_a(&r);
    ticks(&r, 100);
    r.w.open = bit32(B);
    while (r.s.aspect[B] != ASPECT_GREEN) {
        tick_of(&r, TICK_MS);
        assert_true(r.s.aspect[A] == ASPECT_RED || r.s.aspect[B] == ASPECT_RED);
        assert_true(r.ticks < 1000);
    }
}

static void of_two_wanted_foes_the_open_one_stays(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(B);
    (void)ticks_until(&r, B, ASPECT_GREEN, 20);
    r.w.open = bit32(A) | bit32(B);
    ticks(&r, 500);
    assert_int_equal(r.s.aspect[B], ASPECT_GREEN);
    assert_int_equal(r.s.aspect[A], ASPECT_RED);
    r.w.open = bit32(A);
    (void)ticks_until(&r, A, ASPECT_GREEN, 80);
    assert_int_equal(r.s.aspect[B], ASPECT_RED);
}

static void of_two_closed_foes_the_first_opens(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(A) | bit32(B);
    ticks(&r, 200);
    assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
    assert_int_equal(r.s.aspect[B], ASPECT_RED);
}

static void who_cannot_open_does_not_hold_up_a_third(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    conflict(&r, A, C, 5000, 5000);
    conflict(&r, A, B, NO_CONFLICT_MS, NO_CONFLICT_MS);
    conflict(&r, A, P, 5000, 5000);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(P);
    r.w.hold_walk = bit32(P);
    (void)ticks_until(&r, P, ASPECT_GREEN, 20);
    /* A waits for P, which stays; C conflicts with A only and must not wait behind it. */
    r.w.open = bit32(P) | bit32(A) | bit32(C);
    (void)ticks_until(&r, C, ASPECT_GREEN, 40);
}

static void pedestrians_walk_their_time_and_clear(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(P);
    r.w.walk_ms[P] = 7000;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[P], ASPECT_GREEN);
    assert_int_equal(ticks_until(&r, P, ASPECT_PED_CLEAR, 200), 71);
    assert_int_equal(ticks_until(&r, P, ASPECT_RED, 200), 61);
    ticks(&r, 300);
    assert_int_equal(r.s.aspect[P], ASPECT_RED); /* one walk for one opening */
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    r.w.open = bit32(P);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[P], ASPECT_GREEN);
    assert_int_equal(r.seen[EVENT_WALK_BEGIN], 2);
    assert_int_equal(r.seen[EVENT_PED_CLEAR_BEGIN], 1);
    assert_int_equal(r.seen[EVENT_DONT_WALK_BEGIN], 1);
}

static void walk_is_never_shorter_than_its_minimum_and_rests_when_held(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(P);
    r.w.walk_ms[P] = 1000;
    tick_of(&r, TICK_MS);
    assert_int_equal(ticks_until(&r, P, ASPECT_PED_CLEAR, 200), 41);
    ticks(&r, 100);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    r.w.open = bit32(P);
    r.w.hold_walk = bit32(P);
    ticks(&r, 500);
    assert_int_equal(r.s.aspect[P], ASPECT_GREEN);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[P], ASPECT_PED_CLEAR);
}

static void intergreen_of_pedestrians_runs_from_the_end_of_walk(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(P);
    r.w.hold_walk = bit32(P);
    ticks(&r, 100);
    r.w.open = bit32(B);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[P], ASPECT_PED_CLEAR);
    assert_int_equal(ticks_until(&r, B, ASPECT_GREEN, 200), 81);
}

static void permissive_groups_share_green_but_owe_an_intergreen_in_sequence(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    permissive(&r, A, B);
    open_a(&r);
    ticks(&r, 100);
    r.w.open = bit32(A) | bit32(B);
    assert_int_equal(ticks_until(&r, B, ASPECT_GREEN, 40), 12); /* A stays green beside it */
    r.w.open = 0;
    ticks(&r, 200);
    /* In sequence: B opens only after 5 s without green of A. */
    r.w.open = bit32(A);
    (void)ticks_until(&r, A, ASPECT_GREEN, 100);
    ticks(&r, 60);
    r.w.open = bit32(B);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
    assert_int_equal(ticks_until(&r, B, ASPECT_GREEN, 100), 51);
}

static void a_permissive_partner_stays_green_until_red_yellow_is_over(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    permissive(&r, A, B);
    open_a(&r);
    ticks(&r, 100);
    r.w.open = bit32(A) | bit32(B);
    (void)ticks_until(&r, B, ASPECT_RED_YELLOW, 5);
    r.w.open = bit32(B);
    while (r.s.aspect[B] == ASPECT_RED_YELLOW) {
        assert_int_equal(r.s.aspect[A], ASPECT_GREEN);
        tick_of(&r, TICK_MS);
    }
    assert_int_equal(r.s.aspect[B], ASPECT_GREEN);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
}

static void leading_pedestrians_start_first(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    relate(&r, RELATION_EARLY_START, P, A, 3000);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(P) | bit32(A);
    r.w.walk_ms[P] = 10000;
    assert_int_equal(ticks_until(&r, P, ASPECT_GREEN, 100), 1);
    assert_int_equal(ticks_until(&r, A, ASPECT_GREEN, 100), 31);
    /* Alone, A waits for nobody; nor does it once the walk of this opening is past. */
    r.w.open = bit32(P);
    ticks(&r, 300);
    assert_int_equal(r.s.aspect[P], ASPECT_RED);
    r.w.open = bit32(P) | bit32(A);
    assert_int_equal(ticks_until(&r, A, ASPECT_GREEN, 100), 12);
}

static void same_start_is_one_tick_whatever_each_has_to_wait_for(void **state)
{
    (void)state;
    for (int32_t red_yellow_ms = 0; red_yellow_ms <= 2000; red_yellow_ms += 500) {
        static struct rig r;
        rig_plan(&r);
        relate(&r, RELATION_SAME_START, B, C, 0);
        r.plan.safety.red_yellow_ms[C] = red_yellow_ms;
        open_a(&r);
        ticks(&r, 100);
        r.w.open = bit32(B) | bit32(C); /* B waits for A, C for B */
        int32_t b_at = 0;
        int32_t c_at = 0;
        for (int32_t n = 1; n < 200 && (b_at == 0 || c_at == 0); n++) {
            tick_of(&r, TICK_MS);
            b_at = b_at == 0 && r.s.aspect[B] == ASPECT_GREEN ? n : b_at;
            c_at = c_at == 0 && r.s.aspect[C] == ASPECT_GREEN ? n : c_at;
        }
        assert_int_not_equal(b_at, 0);
        assert_int_equal(b_at, c_at);
    }
}

static void a_partner_that_is_not_wanted_or_cannot_open_binds_nobody(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    relate(&r, RELATION_SAME_START, B, C, 0);
    relate(&r, RELATION_EARLY_START, B, C, 3000);
    open_a(&r);
    r.w.open = bit32(A) | bit32(C); /* B is not wanted */
    (void)ticks_until(&r, C, ASPECT_GREEN, 20);
    open_a(&r);
    r.w.open = bit32(A) | bit32(B) | bit32(C); /* B is, but A keeps it closed */
    (void)ticks_until(&r, C, ASPECT_GREEN, 20);
}

static void follow_on_keeps_its_green_after_the_first_and_then_lets_go(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    relate(&r, RELATION_FOLLOW_ON, A, C, 6000);
    open_a(&r);
    r.w.open = bit32(A) | bit32(C);
    ticks(&r, 100);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
    assert_int_equal(ticks_until(&r, C, ASPECT_YELLOW, 100), 61);
    /* While A is wanted for longer, C may close alone: others wait for it. */
    open_a(&r);
    r.w.open = bit32(A) | bit32(C);
    ticks(&r, 100);
    r.w.open = bit32(A);
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[C], ASPECT_YELLOW);
}

static void relations_in_a_circle_do_not_stop_the_signals(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    conflict(&r, A, B, NO_CONFLICT_MS, NO_CONFLICT_MS);
    relate(&r, RELATION_EARLY_START, A, B, 2000);
    relate(&r, RELATION_EARLY_START, B, C, 2000);
    relate(&r, RELATION_EARLY_START, C, A, 2000);
    relate(&r, RELATION_FOLLOW_ON, A, B, 2000);
    relate(&r, RELATION_FOLLOW_ON, B, A, 2000);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(A) | bit32(B) | bit32(C);
    ticks(&r, 100);
    assert_int_equal(sequencer_green(&r.s, &r.plan), bit32(A) | bit32(B) | bit32(C));
    r.w.open = 0;
    ticks(&r, 200);
    assert_true(sequencer_is_clear(&r.s, &r.plan, &r.t));
}

static void the_log_hears_of_a_phase_once_and_in_order(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    r.plan.sg[C].phase_id = r.plan.sg[A].phase_id; /* two circuits of one approach */
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(A) | bit32(C);
    ticks(&r, 100);
    assert_int_equal(r.seen[EVENT_GREEN_BEGIN], 1);
    r.w.open = 0;
    ticks(&r, 100);
    assert_int_equal(r.seen[EVENT_GREEN_END], 1);
    assert_int_equal(r.seen[EVENT_YELLOW_BEGIN], 1);
    assert_int_equal(r.seen[EVENT_YELLOW_END], 1);
    assert_int_equal(r.seen[EVENT_RED_CLEAR_BEGIN], 1);
    assert_int_equal(r.seen[EVENT_RED_CLEAR_END], 1);
    assert_int_equal(r.seen[EVENT_PHASE_INACTIVE], 1);
}

static void red_clearance_is_logged_until_the_largest_intergreen_has_run(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    ticks(&r, 100);
    r.w.open = 0;
    tick_of(&r, TICK_MS);
    assert_int_equal(r.s.aspect[A], ASPECT_YELLOW);
    ticks(&r, 49);
    assert_int_equal(r.seen[EVENT_RED_CLEAR_BEGIN], 1);
    assert_int_equal(r.seen[EVENT_RED_CLEAR_END], 0);
    ticks(&r, 1);
    assert_int_equal(r.seen[EVENT_RED_CLEAR_END], 1);
}

static void groups_of_an_overlap_are_logged_as_overlap(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    r.plan.phase_count = 1;
    r.plan.phase[0].vehicle_sg = bit32(A);
    r.plan.overlap_count = 1;
    r.plan.overlap[0].sg = bit32(C);
    rig_start(&r);
    ticks(&r, 100);
    r.w.open = bit32(C);
    ticks(&r, 100);
    r.w.open = 0;
    ticks(&r, 100);
    assert_int_equal(r.seen[EVENT_OVERLAP_GREEN], 1);
    assert_int_equal(r.seen[EVENT_OVERLAP_YELLOW], 1);
    assert_int_equal(r.seen[EVENT_OVERLAP_INACTIVE], 1);
    assert_int_equal(r.seen[EVENT_GREEN_BEGIN], 0);
}

static void clear_means_red_and_every_intergreen_run(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    ticks(&r, 100);
    assert_false(sequencer_is_clear(&r.s, &r.plan, &r.t));
    r.w.open = 0;
    (void)ticks_until(&r, A, ASPECT_RED, 100);
    assert_int_equal(sequencer_not_red(&r.s, &r.plan), 0);
    assert_false(sequencer_is_clear(&r.s, &r.plan, &r.t));
    ticks(&r, 20);
    assert_true(sequencer_is_clear(&r.s, &r.plan, &r.t));
}

static void served_minimums_are_told(void **state)
{
    (void)state;
    static struct rig r;
    rig_plan(&r);
    open_a(&r);
    ticks(&r, 50);
    assert_int_equal(sequencer_min_served(&r.s, &r.plan, &r.t), 0);
    ticks(&r, 1);
    assert_int_equal(sequencer_min_served(&r.s, &r.plan, &r.t), bit32(A));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_waits_for_least_red_and_shows_red_yellow),
        cmocka_unit_test(a_group_without_red_yellow_opens_at_once),
        cmocka_unit_test(minimum_green_outlives_the_wish),
        cmocka_unit_test(green_stays_while_it_is_wanted),
        cmocka_unit_test(green_flash_comes_between_green_and_yellow_and_counts_as_green),
        cmocka_unit_test(two_clocks_must_both_say_so),
        cmocka_unit_test(intergreen_runs_from_the_end_of_green_and_red_yellow_is_inside_it),
        cmocka_unit_test(red_yellow_never_begins_beside_a_conflicting_yellow),
        cmocka_unit_test(of_two_wanted_foes_the_open_one_stays),
        cmocka_unit_test(of_two_closed_foes_the_first_opens),
        cmocka_unit_test(who_cannot_open_does_not_hold_up_a_third),
        cmocka_unit_test(pedestrians_walk_their_time_and_clear),
        cmocka_unit_test(walk_is_never_shorter_than_its_minimum_and_rests_when_held),
        cmocka_unit_test(intergreen_of_pedestrians_runs_from_the_end_of_walk),
        cmocka_unit_test(permissive_groups_share_green_but_owe_an_intergreen_in_sequence),
        cmocka_unit_test(a_permissive_partner_stays_green_until_red_yellow_is_over),
        cmocka_unit_test(leading_pedestrians_start_first),
        cmocka_unit_test(same_start_is_one_tick_whatever_each_has_to_wait_for),
        cmocka_unit_test(a_partner_that_is_not_wanted_or_cannot_open_binds_nobody),
        cmocka_unit_test(follow_on_keeps_its_green_after_the_first_and_then_lets_go),
        cmocka_unit_test(relations_in_a_circle_do_not_stop_the_signals),
        cmocka_unit_test(the_log_hears_of_a_phase_once_and_in_order),
        cmocka_unit_test(red_clearance_is_logged_until_the_largest_intergreen_has_run),
        cmocka_unit_test(groups_of_an_overlap_are_logged_as_overlap),
        cmocka_unit_test(clear_means_red_and_every_intergreen_run),
        cmocka_unit_test(served_minimums_are_told),
    };
    return RUN_TESTS(tests);
}
