#include "test.h"

#include <string.h>

#include "guard.h"

/* A junction small enough to think through. A is a through road, B crosses it, P is the crossing
 * over A, L a left turn beside A that may run with it (permissive) and clears against B. */
enum { A, B, P, L, SG_COUNT };
enum { TICKS_PER_HOUR = 36000 };

static const struct safety small_junction = {
    .sg_count = SG_COUNT,
    .startup_flash_ms = 2000,
    .startup_yellow_ms = 1000,
    .startup_all_red_ms = 7000,
    .sg_type = { [A] = SG_VEHICLE, [B] = SG_BUS, [P] = SG_PEDESTRIAN, [L] = SG_ARROW },
    .intergreen_ms = { [A] = { NO_CONFLICT_MS, 5000, 7000, 4000 },
                       [B] = { 6000, NO_CONFLICT_MS, NO_CONFLICT_MS, 5500 },
                       [P] = { 6500, NO_CONFLICT_MS, NO_CONFLICT_MS, NO_CONFLICT_MS },
                       [L] = { 3500, 5000, NO_CONFLICT_MS, NO_CONFLICT_MS } },
    .permissive = { [A] = 1 << L, [L] = 1 << A },
    .min_green_ms = { [A] = 5000, [B] = 6000, [P] = 4000, [L] = 4500 },
    .preempt_min_green_ms = { [A] = 2000, [B] = 3000, [P] = 1000, [L] = 1500 },
    .green_flash_ms = { [B] = 2000 },
    .yellow_ms = { [A] = 3000, [B] = 4000, [L] = 3000 },
    .red_yellow_ms = { [A] = 1000, [L] = 1500 },
    .ped_clear_ms = { [P] = 5000 },
    .min_red_ms = { [A] = 2000, [B] = 2500, [P] = 3000, [L] = 3500 },
    .flash_aspect = { [A] = ASPECT_FLASH_YELLOW,
                      [B] = ASPECT_FLASH_RED,
                      [P] = ASPECT_DARK,
                      [L] = ASPECT_FLASH_YELLOW },
};

/* A guard with the world around it. lag_ms: age of the read-back that confirms, at its tick. With a
 * lag of a whole tick both clocks agree and every time is over on its very tick. */
struct bench {
    struct safety s;
    struct guard g;
    struct output_frame f;
    struct guard_tick t;
    int64_t lag_ms;
};

static struct bench *bench_of(void **state)
{
    return *state;
}

static enum guard_fault tick(struct bench *b)
{
    b->t.now.ms += TICK_MS;
    b->t.confirmed_at.ms = b->t.now.ms - b->lag_ms;
    const enum guard_fault fault = guard_check(&b->g, &b->s, &b->t, &b->f);
    b->t.reset_seen = false;
    return fault;
}

static void pass_ticks(struct bench *b, int32_t ticks)
{
    for (int32_t i = 0; i < ticks; i++) {
        assert_int_equal(tick(b), GUARD_PASS);
    }
}

static void pass_ms(struct bench *b, int32_t time_ms)
{
    pass_ticks(b, time_ms / TICK_MS);
}

static enum guard_fault show(struct bench *b, int32_t sg, int32_t aspect)
{
    b->f.aspect[sg] = aspect;
    return tick(b);
}

/* On a copy: what if this were shown now? */
static enum guard_fault try_show(const struct bench *b, int32_t sg, int32_t aspect)
{
    struct bench copy = *b;
    return show(&copy, sg, aspect);
}

static void pass_show(struct bench *b, int32_t sg, int32_t aspect)
{
    assert_int_equal(show(b, sg, aspect), GUARD_PASS);
}

static void set_flash(struct bench *b)
{
    b->f.wants_flash = true;
    memcpy(b->f.aspect, b->s.flash_aspect, sizeof b->f.aspect);
    for (int32_t i = b->s.sg_count; i < SG_MAX; i++) {
        b->f.aspect[i] = ASPECT_RED;
    }
}

static void set_red(struct bench *b)
{
    b->f.wants_flash = false;
    b->f.wants_latch = false;
    for (int32_t i = 0; i < SG_MAX; i++) {
        b->f.aspect[i] = ASPECT_RED;
    }
}

static void set_startup_yellow(struct bench *b)
{
    set_red(b);
    b->f.aspect[A] = ASPECT_YELLOW;
    b->f.aspect[L] = ASPECT_YELLOW;
}

/* First tick of flash; the lamps before were not ours. */
static void boot(struct bench *b, const struct safety *s)
{
    memset(b, 0, sizeof *b);
    b->s = *s;
    b->lag_ms = TICK_MS;
    b->t.now.ms = 5000;
    b->t.is_ours = true;
    b->f.may_write = true;
    guard_init(&b->g, &b->s);
    set_flash(b);
    assert_int_equal(tick(b), GUARD_PASS);
    b->t.is_confirmed = true;
}

/* The first frame of all red after a legal flash and yellow. */
static void come_to_red(struct bench *b)
{
    pass_ms(b, b->s.startup_flash_ms - TICK_MS);
    if (b->s.startup_yellow_ms > 0) {
        set_startup_yellow(b);
        pass_ms(b, b->s.startup_yellow_ms);
    }
    set_red(b);
    assert_int_equal(tick(b), GUARD_PASS);
}

static void run(struct bench *b)
{
    come_to_red(b);
    pass_ms(b, b->s.startup_all_red_ms - TICK_MS);
}

static int set_up(void **state)
{
    static struct bench bench;
    boot(&bench, &small_junction);
    run(&bench);
    *state = &bench;
    return 0;
}

static int32_t time_of(const struct bench *b, int32_t sg, int32_t aspect)
{
    const int32_t times_ms[ASPECT_COUNT] = {
        [ASPECT_RED] = b->s.min_red_ms[sg],     [ASPECT_RED_YELLOW] = b->s.red_yellow_ms[sg],
        [ASPECT_GREEN] = b->s.min_green_ms[sg], [ASPECT_GREEN_FLASH] = b->s.green_flash_ms[sg],
        [ASPECT_YELLOW] = b->s.yellow_ms[sg],   [ASPECT_PED_CLEAR] = b->s.ped_clear_ms[sg],
    };
    return times_ms[aspect];
}

/* The full way of each group, from its first red to its second. */
static const int32_t way[SG_COUNT][6] = {
    [A] = { ASPECT_RED, ASPECT_RED_YELLOW, ASPECT_GREEN, ASPECT_YELLOW, ASPECT_RED, -1 },
    [B] = { ASPECT_RED, ASPECT_GREEN, ASPECT_GREEN_FLASH, ASPECT_YELLOW, ASPECT_RED, -1 },
    [P] = { ASPECT_RED, ASPECT_GREEN, ASPECT_PED_CLEAR, ASPECT_RED, -1, -1 },
    [L] = { ASPECT_RED, ASPECT_RED_YELLOW, ASPECT_GREEN, ASPECT_YELLOW, ASPECT_RED, -1 },
};

/* Brings sg, now red, to the first frame of the wanted step of its way, each step for its least
 * time. */
static void reach(struct bench *b, int32_t sg, int32_t step)
{
    for (int32_t i = 1; i <= step; i++) {
        pass_show(b, sg, way[sg][i]);
        if (i < step) {
            pass_ms(b, time_of(b, sg, way[sg][i]) - TICK_MS);
        }
    }
}

static void reach_aspect(struct bench *b, int32_t sg, int32_t aspect)
{
    int32_t step = 1;
    while (way[sg][step] != aspect) {
        step++;
    }
    reach(b, sg, step);
}

/* L1 */

static bool table_says_service(int32_t type, int32_t aspect)
{
    static const int32_t vehicle[] = { ASPECT_RED, ASPECT_RED_YELLOW, ASPECT_GREEN,
                                       ASPECT_GREEN_FLASH, ASPECT_YELLOW };
    static const int32_t walker[] = { ASPECT_RED, ASPECT_GREEN, ASPECT_PED_CLEAR };
    const bool walks = type == SG_PEDESTRIAN;
    for (size_t i = 0; i < (walks ? sizeof walker : sizeof vehicle) / sizeof(int32_t); i++) {
        if ((walks ? walker : vehicle)[i] == aspect) {
            return true;
        }
    }
    return false;
}

static bool table_says_flash(int32_t type, int32_t aspect)
{
    return aspect == ASPECT_FLASH_RED ||
           aspect == (type == SG_PEDESTRIAN ? ASPECT_DARK : ASPECT_FLASH_YELLOW);
}

static void every_type_shows_its_own_aspects_and_no_other(void **state)
{
    for (int32_t type = 0; type < SG_TYPE_COUNT; type++) {
        for (int32_t aspect = -1; aspect <= ASPECT_COUNT; aspect++) {
            struct bench b = *bench_of(state);
            b.s.sg_type[A] = type;
            b.s.flash_aspect[A] = ASPECT_FLASH_RED;
            const enum guard_fault fault = show(&b, A, aspect);
            if (table_says_service(type, aspect)) {
                assert_int_not_equal(fault, GUARD_ASPECT);
                assert_int_not_equal(fault, GUARD_FLASH_MIXED);
            } else if (table_says_flash(type, aspect)) {
                assert_int_equal(fault, GUARD_FLASH_MIXED);
            } else {
                assert_int_equal(fault, GUARD_ASPECT);
                assert_int_equal(b.g.sg_a, A);
            }
        }
    }
}

static void groups_not_in_use_show_red_in_flash_as_in_service(void **state)
{
    struct bench b = *bench_of(state);
    assert_int_equal(show(&b, SG_COUNT, ASPECT_DARK), GUARD_ASPECT);
    assert_int_equal(b.g.sg_a, SG_COUNT);
    b = *bench_of(state);
    assert_int_equal(show(&b, SG_MAX - 1, ASPECT_GREEN), GUARD_ASPECT);
    b = *bench_of(state);
    set_flash(&b);
    assert_int_equal(try_show(&b, SG_MAX - 1, ASPECT_RED), GUARD_PASS);
    assert_int_equal(try_show(&b, SG_MAX - 1, ASPECT_FLASH_RED), GUARD_ASPECT);
}

static void all_groups_may_be_in_use(void **state)
{
    (void)state;
    struct safety s = small_junction;
    s.sg_count = SG_MAX;
    for (int32_t i = SG_COUNT; i < SG_MAX; i++) {
        s.flash_aspect[i] = ASPECT_FLASH_RED;
        s.intergreen_ms[i][i] = NO_CONFLICT_MS;
    }
    struct bench b;
    boot(&b, &s);
    run(&b);
    pass_show(&b, B, ASPECT_GREEN);
    assert_int_equal(show(&b, SG_MAX - 1, ASPECT_GREEN), GUARD_CONFLICT);
    assert_int_equal(b.g.sg_a, B);
    assert_int_equal(b.g.sg_b, SG_MAX - 1);
}

static void flash_is_whole_or_not_at_all(void **state)
{
    struct bench b = *bench_of(state);
    set_flash(&b);
    for (int32_t i = 0; i < SG_COUNT; i++) {
        assert_int_equal(try_show(&b, i, ASPECT_RED), GUARD_FLASH_MIXED);
    }
    /* A flash aspect of its type, but not the one of the safety file. */
    assert_int_equal(try_show(&b, A, ASPECT_FLASH_RED), GUARD_FLASH_MIXED);
    struct bench unasked = b;
    unasked.f.wants_flash = false;
    assert_int_equal(tick(&unasked), GUARD_FLASH_MIXED);
    assert_int_equal(tick(&b), GUARD_PASS);
}

/* L2 */

static void of_two_conflicting_groups_one_shows_red(void **state)
{
    static const int32_t second_step[] = { ASPECT_GREEN, ASPECT_YELLOW, ASPECT_RED_YELLOW };
    for (size_t i = 0; i < sizeof second_step / sizeof second_step[0]; i++) {
        struct bench b = *bench_of(state);
        reach_aspect(&b, A, ASPECT_GREEN);
        pass_ms(&b, 60000);
        assert_int_equal(show(&b, B, second_step[i]), GUARD_CONFLICT);
        assert_int_equal(b.g.sg_a, A);
        assert_int_equal(b.g.sg_b, B);
    }
}

static void a_pedestrian_still_clearing_conflicts(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, P, ASPECT_PED_CLEAR);
    assert_int_equal(try_show(&b, A, ASPECT_RED_YELLOW), GUARD_CONFLICT);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_PASS);
}

static void yellow_of_one_keeps_red_yellow_of_the_other_away(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, B, ASPECT_YELLOW);
    assert_int_equal(try_show(&b, A, ASPECT_RED_YELLOW), GUARD_CONFLICT);
    pass_ms(&b, 3900);
    pass_show(&b, B, ASPECT_RED);
    pass_show(&b, A, ASPECT_RED_YELLOW); /* before the intergreen of 6 s is over */
}

/* L3 */

static bool law_lets_follow(const struct safety *s, int32_t sg, int32_t from, int32_t to)
{
    const bool walks = s->sg_type[sg] == SG_PEDESTRIAN;
    switch ((enum aspect)from) {
    case ASPECT_RED:
        return to == (s->red_yellow_ms[sg] > 0 ? ASPECT_RED_YELLOW : ASPECT_GREEN);
    case ASPECT_RED_YELLOW:
        return to == ASPECT_GREEN;
    case ASPECT_GREEN:
        if (walks) {
            return to == (s->ped_clear_ms[sg] > 0 ? ASPECT_PED_CLEAR : ASPECT_RED);
        }
        return to == (s->green_flash_ms[sg] > 0 ? ASPECT_GREEN_FLASH : ASPECT_YELLOW);
    case ASPECT_GREEN_FLASH:
        return to == ASPECT_YELLOW;
    case ASPECT_YELLOW:
    case ASPECT_PED_CLEAR:
        return to == ASPECT_RED;
    case ASPECT_DARK:
    case ASPECT_FLASH_YELLOW:
    case ASPECT_FLASH_RED:
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        break;
    }
    return false;
}

static void try_all_followers(const struct bench *b, int32_t sg)
{
    const int32_t from = b->g.lamps.aspect[sg];
    for (int32_t to = ASPECT_RED; to <= ASPECT_PED_CLEAR; to++) {
        if (to != from && table_says_service(b->s.sg_type[sg], to)) {
            const enum guard_fault fault = try_show(b, sg, to);
            if (law_lets_follow(&b->s, sg, from, to)) {
                assert_int_equal(fault, GUARD_PASS);
            } else {
                assert_int_equal(fault, GUARD_SEQUENCE);
            }
        }
    }
}

static void every_aspect_is_followed_by_its_one_successor(void **state)
{
    for (int32_t sg = 0; sg < SG_COUNT; sg++) {
        for (int32_t step = 0; way[sg][step] >= 0; step++) {
            struct bench b = *bench_of(state);
            reach(&b, sg, step);
            pass_ms(&b, time_of(&b, sg, way[sg][step]) - (step > 0 ? TICK_MS : 0));
            try_all_followers(&b, sg);
        }
    }
}

static void a_crossing_without_clearance_goes_from_walk_to_red(void **state)
{
    struct bench b = *bench_of(state);
    b.s.ped_clear_ms[P] = 0;
    reach_aspect(&b, P, ASPECT_GREEN);
    pass_ms(&b, 3900);
    try_all_followers(&b, P);
    pass_show(&b, P, ASPECT_RED);
}

/* L4, L5, L7 */

static void every_aspect_is_held_to_its_very_tick(void **state)
{
    static const struct {
        int32_t sg, aspect;
        enum guard_fault fault;
    } rows[] = {
        { A, ASPECT_RED_YELLOW, GUARD_RED_YELLOW },
        { A, ASPECT_GREEN, GUARD_MIN_GREEN },
        { A, ASPECT_YELLOW, GUARD_YELLOW_SHORT },
        { B, ASPECT_GREEN, GUARD_MIN_GREEN },
        { B, ASPECT_GREEN_FLASH, GUARD_GREEN_FLASH },
        { B, ASPECT_YELLOW, GUARD_YELLOW_SHORT },
        { P, ASPECT_GREEN, GUARD_MIN_GREEN },
        { P, ASPECT_PED_CLEAR, GUARD_PED_CLEAR },
        { L, ASPECT_RED_YELLOW, GUARD_RED_YELLOW },
        { L, ASPECT_YELLOW, GUARD_YELLOW_SHORT },
        { A, ASPECT_RED, GUARD_MIN_RED },
        { B, ASPECT_RED, GUARD_MIN_RED },
        { P, ASPECT_RED, GUARD_MIN_RED },
        { L, ASPECT_RED, GUARD_MIN_RED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b = *bench_of(state);
        const int32_t sg = rows[i].sg;
        reach_aspect(&b, sg, rows[i].aspect);
        int32_t step = 1;
        while (way[sg][step] != rows[i].aspect) {
            step++;
        }
        const int32_t next = way[sg][way[sg][step + 1] >= 0 ? step + 1 : 1];
        for (int32_t ms = TICK_MS; ms < time_of(&b, sg, rows[i].aspect); ms += TICK_MS) {
            assert_int_equal(try_show(&b, sg, next), rows[i].fault);
            pass_ticks(&b, 1);
        }
        assert_int_equal(try_show(&b, sg, next), GUARD_PASS);
    }
}

static void a_fault_names_the_group(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, P, ASPECT_GREEN);
    assert_int_equal(show(&b, P, ASPECT_PED_CLEAR), GUARD_MIN_GREEN);
    assert_int_equal(b.g.tripped, GUARD_MIN_GREEN);
    assert_int_equal(b.g.sg_a, P);
    assert_int_equal(b.g.sg_b, GUARD_NO_SG);
}

static void preemption_cuts_minimum_green_to_its_own_minimum(void **state)
{
    for (int32_t sg = 0; sg < SG_COUNT; sg++) {
        struct bench b = *bench_of(state);
        reach_aspect(&b, sg, ASPECT_GREEN);
        const int32_t after = way[sg][sg == A || sg == L ? 3 : 2];
        pass_ms(&b, b.s.preempt_min_green_ms[sg] - 2 * TICK_MS);
        b.t.is_preempting = true;
        assert_int_equal(try_show(&b, sg, after), GUARD_MIN_GREEN);
        pass_ticks(&b, 1);
        assert_int_equal(try_show(&b, sg, after), GUARD_PASS);
        b.t.is_preempting = false;
        assert_int_equal(try_show(&b, sg, after), GUARD_MIN_GREEN);
    }
}

static void yellow_and_red_yellow_end_two_ticks_late_at_the_latest(void **state)
{
    static const struct {
        int32_t sg, aspect, next;
        enum guard_fault fault;
    } rows[] = {
        { A, ASPECT_YELLOW, ASPECT_RED, GUARD_YELLOW_LONG },
        { B, ASPECT_YELLOW, ASPECT_RED, GUARD_YELLOW_LONG },
        { A, ASPECT_RED_YELLOW, ASPECT_GREEN, GUARD_RED_YELLOW },
        { L, ASPECT_RED_YELLOW, ASPECT_GREEN, GUARD_RED_YELLOW },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b = *bench_of(state);
        reach_aspect(&b, rows[i].sg, rows[i].aspect);
        pass_ms(&b, time_of(&b, rows[i].sg, rows[i].aspect) + TICK_MS);
        assert_int_equal(try_show(&b, rows[i].sg, rows[i].next), GUARD_PASS);
        b.t.is_confirmed = false;
        pass_ticks(&b, 100); /* a silent link is not a long yellow */
        b.t.is_confirmed = true;
        assert_int_equal(tick(&b), rows[i].fault);
        assert_int_equal(b.g.sg_a, rows[i].sg);
    }
}

static void other_aspects_may_last(void **state)
{
    static const int32_t rows[][2] = { { A, ASPECT_GREEN },
                                       { B, ASPECT_GREEN_FLASH },
                                       { P, ASPECT_GREEN },
                                       { P, ASPECT_PED_CLEAR },
                                       { A, ASPECT_RED } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b = *bench_of(state);
        reach_aspect(&b, rows[i][0], rows[i][1]);
        pass_ticks(&b, TICKS_PER_HOUR);
    }
}

static void timers_stop_counting_before_they_overflow(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, A, ASPECT_RED);
    b.g.shown_ms[A] = AGE_MAX_MS;
    b.g.since_green_ms[A] = AGE_MAX_MS;
    b.g.life_ms = AGE_MAX_MS;
    pass_ticks(&b, 3);
    assert_int_equal(b.g.shown_ms[A], AGE_MAX_MS);
    assert_int_equal(b.g.since_green_ms[A], AGE_MAX_MS);
    assert_int_equal(b.g.life_ms, AGE_MAX_MS);
}

static void the_first_opening_after_startup_owes_no_least_red(void **state)
{
    struct bench b = *bench_of(state);
    b.s.min_red_ms[B] = 60000;
    pass_show(&b, B, ASPECT_GREEN);
}

/* Two clocks */

static void confirmed_time_alone_does_not_end_a_yellow(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, A, ASPECT_GREEN);
    pass_ms(&b, 4900);
    pass_show(&b, A, ASPECT_YELLOW);
    b.lag_ms = TICK_MS - 1; /* confirmed a millisecond later than the ticks suggest */
    pass_ms(&b, 2900);
    assert_int_equal(try_show(&b, A, ASPECT_RED), GUARD_YELLOW_SHORT);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, A, ASPECT_RED), GUARD_PASS);
}

static void monotonic_time_alone_does_not_end_a_yellow(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, A, ASPECT_GREEN);
    pass_ms(&b, 4900);
    pass_show(&b, A, ASPECT_YELLOW);
    pass_ms(&b, 1000);
    b.t.is_confirmed = false;
    pass_ms(&b, 1000);
    b.t.is_confirmed = true;
    pass_ms(&b, 1900); /* 3.9 s by the clock, 2.9 s confirmed */
    assert_int_equal(try_show(&b, A, ASPECT_RED), GUARD_PASS);
    struct bench early = *bench_of(state);
    reach_aspect(&early, A, ASPECT_YELLOW);
    pass_ms(&early, 1000);
    early.t.now.ms += 60000; /* the process slept */
    assert_int_equal(try_show(&early, A, ASPECT_RED), GUARD_YELLOW_SHORT);
    pass_ms(&early, 1900);
    assert_int_equal(try_show(&early, A, ASPECT_RED), GUARD_PASS);
}

static void nothing_is_over_before_it_was_confirmed(void **state)
{
    struct bench b = *bench_of(state);
    b.s.min_green_ms[B] = 0;
    pass_show(&b, B, ASPECT_GREEN);
    b.t.is_confirmed = false;
    assert_int_equal(try_show(&b, B, ASPECT_GREEN_FLASH), GUARD_UNCONFIRMED);
    b.t.now.ms += 60000;
    b.t.is_confirmed = true;
    assert_int_equal(try_show(&b, B, ASPECT_GREEN_FLASH), GUARD_PASS);
}

static void a_read_back_stamped_after_the_tick_only_delays(void **state)
{
    struct bench b = *bench_of(state);
    b.lag_ms = -3;
    pass_show(&b, B, ASPECT_GREEN);
    pass_ms(&b, 6000);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN_FLASH), GUARD_MIN_GREEN);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN_FLASH), GUARD_PASS);
}

static void intergreens_need_both_clocks_too(void **state)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[A] = 0;
    reach_aspect(&b, B, ASPECT_YELLOW);
    b.lag_ms = TICK_MS - 1;
    pass_ms(&b, 4000);
    pass_show(&b, B, ASPECT_RED);
    pass_ms(&b, 1800);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_INTERGREEN); /* confirmed for 6.0 s */
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_PASS);
}

/* L6 */

/* From the first frame after the green of one to the green of the other, nobody else open. */
static void assert_intergreen(void **state, int32_t from, int32_t to, int32_t intergreen_ms)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[to] = 0; /* measured without the red-yellow that would delay it */
    b.s.min_green_ms[from] = 0;
    b.s.green_flash_ms[from] = 0;
    b.s.yellow_ms[from] = 1000;
    b.s.ped_clear_ms[from] = 1000;
    if (b.s.red_yellow_ms[from] > 0) {
        pass_show(&b, from, ASPECT_RED_YELLOW);
        pass_ms(&b, b.s.red_yellow_ms[from] - TICK_MS);
    }
    pass_show(&b, from, ASPECT_GREEN);
    pass_show(&b, from, from == P ? ASPECT_PED_CLEAR : ASPECT_YELLOW);
    pass_ms(&b, 900);
    pass_show(&b, from, ASPECT_RED);
    pass_ms(&b, intergreen_ms - 1000 - 2 * TICK_MS);
    assert_int_equal(try_show(&b, to, ASPECT_GREEN), GUARD_INTERGREEN);
    struct bench named = b;
    (void)show(&named, to, ASPECT_GREEN);
    assert_int_equal(named.g.sg_a, from);
    assert_int_equal(named.g.sg_b, to);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, to, ASPECT_GREEN), GUARD_PASS);
}

static void every_intergreen_holds_to_its_tick_and_in_its_direction(void **state)
{
    int32_t entries = 0;
    for (int32_t from = 0; from < SG_COUNT; from++) {
        for (int32_t to = 0; to < SG_COUNT; to++) {
            if (small_junction.intergreen_ms[from][to] != NO_CONFLICT_MS) {
                assert_intergreen(state, from, to, small_junction.intergreen_ms[from][to]);
                entries++;
            }
        }
    }
    assert_int_equal(entries, 8);
}

static void intergreen_runs_from_the_end_of_green_flash(void **state)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[A] = 0;
    reach_aspect(&b, B, ASPECT_RED); /* a yellow of 4 s behind it */
    pass_ms(&b, 1800);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_INTERGREEN);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_PASS);
}

static void a_group_may_not_open_in_the_frame_that_ends_its_foe(void **state)
{
    struct bench b = *bench_of(state);
    b.s.ped_clear_ms[P] = 0;
    b.s.red_yellow_ms[A] = 0;
    b.s.intergreen_ms[P][A] = 0; /* even then: the end of walk is not confirmed yet */
    reach_aspect(&b, P, ASPECT_GREEN);
    pass_ms(&b, 60000);
    b.f.aspect[P] = ASPECT_RED;
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_INTERGREEN);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_PASS);
}

static void groups_not_green_since_startup_owe_no_intergreen(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    run(&b);
    pass_show(&b, B, ASPECT_GREEN);
}

static void startup_wipes_intergreens_because_all_red_outlasts_them(void **state)
{
    struct bench b = *bench_of(state);
    reach_aspect(&b, A, ASPECT_GREEN);
    set_flash(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
    run(&b);
    pass_show(&b, P, ASPECT_GREEN);
}

static void permissive_groups_may_be_green_together(void **state)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[L] = 0;
    reach_aspect(&b, A, ASPECT_GREEN);
    pass_ms(&b, 300);
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_PASS);
    b.s.permissive[A] = 0;
    b.s.permissive[L] = 0;
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_CONFLICT);
}

static void permissive_groups_owe_intergreen_in_sequence(void **state)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[L] = 0;
    reach_aspect(&b, A, ASPECT_GREEN);
    pass_ms(&b, 10000);
    b.f.aspect[A] = ASPECT_YELLOW;
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_INTERGREEN); /* ends in this frame */
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_INTERGREEN);
    pass_ms(&b, 2900);
    pass_show(&b, A, ASPECT_RED);
    pass_ms(&b, 800);
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_INTERGREEN);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_PASS);
}

static void opening_together_does_not_waive_what_the_other_still_owes(void **state)
{
    struct bench b = *bench_of(state);
    b.s.red_yellow_ms[A] = 0;
    b.s.red_yellow_ms[L] = 0;
    b.s.min_red_ms[A] = 0;
    pass_show(&b, A, ASPECT_GREEN);
    pass_ms(&b, 4900);
    pass_show(&b, A, ASPECT_YELLOW);
    pass_ms(&b, 2900);
    pass_show(&b, A, ASPECT_RED);
    b.f.aspect[A] = ASPECT_GREEN;
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_INTERGREEN);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, L, ASPECT_GREEN), GUARD_PASS); /* A is still green */
}

/* L8 */

static void flash_lasts_its_time_before_startup_yellow(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    pass_ms(&b, b.s.startup_flash_ms - 2 * TICK_MS);
    struct bench early = b;
    set_startup_yellow(&early);
    assert_int_equal(tick(&early), GUARD_STARTUP);
    pass_ticks(&b, 1);
    set_startup_yellow(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
}

static void unconfirmed_flash_is_no_flash(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    b.t.is_confirmed = false;
    pass_ms(&b, 60000);
    b.t.is_confirmed = true;
    pass_ms(&b, b.s.startup_flash_ms - 2 * TICK_MS);
    struct bench early = b;
    set_startup_yellow(&early);
    assert_int_equal(tick(&early), GUARD_STARTUP);
    pass_ticks(&b, 1);
    set_startup_yellow(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
}

static void startup_shows_exactly_its_images(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    pass_ms(&b, b.s.startup_flash_ms);
    struct bench skips = b;
    set_red(&skips);
    assert_int_equal(tick(&skips), GUARD_STARTUP);
    set_startup_yellow(&b);
    assert_int_equal(try_show(&b, A, ASPECT_RED), GUARD_STARTUP);
    assert_int_equal(try_show(&b, B, ASPECT_YELLOW), GUARD_STARTUP);
    pass_ms(&b, b.s.startup_yellow_ms + TICK_MS);
    assert_int_equal(try_show(&b, A, ASPECT_RED), GUARD_STARTUP);
    assert_int_equal(try_show(&b, A, ASPECT_GREEN), GUARD_STARTUP);
}

static void startup_yellow_lasts_its_time_and_may_last_longer(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    pass_ms(&b, b.s.startup_flash_ms - TICK_MS);
    set_startup_yellow(&b);
    pass_ms(&b, b.s.startup_yellow_ms);
    struct bench early = b;
    early.g.life_ms -= TICK_MS;
    set_red(&early);
    assert_int_equal(tick(&early), GUARD_STARTUP);
    pass_ms(&b, 60000);
    set_red(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
}

static void startup_all_red_lasts_its_time(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    come_to_red(&b);
    pass_ms(&b, b.s.startup_all_red_ms - 2 * TICK_MS);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_STARTUP);
    pass_ticks(&b, 1);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_PASS);
    assert_int_equal(try_show(&b, B, ASPECT_YELLOW), GUARD_SEQUENCE);
    b.f.aspect[A] = ASPECT_RED_YELLOW;
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_CONFLICT);
}

static void startup_without_yellow_goes_from_flash_to_red(void **state)
{
    (void)state;
    struct safety s = small_junction;
    s.startup_yellow_ms = 0;
    struct bench b;
    boot(&b, &s);
    pass_ms(&b, s.startup_flash_ms);
    struct bench yellow = b;
    set_startup_yellow(&yellow);
    assert_int_equal(tick(&yellow), GUARD_STARTUP);
    set_red(&b);
    pass_ms(&b, s.startup_all_red_ms);
    pass_show(&b, B, ASPECT_GREEN);
}

static void where_nobody_flashes_yellow_the_startup_yellow_is_red(void **state)
{
    (void)state;
    struct safety s = small_junction;
    s.flash_aspect[A] = ASPECT_FLASH_RED;
    s.flash_aspect[L] = ASPECT_FLASH_RED;
    struct bench b;
    boot(&b, &s);
    pass_ms(&b, s.startup_flash_ms);
    set_red(&b);
    pass_ms(&b, s.startup_yellow_ms + s.startup_all_red_ms);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_PASS);
    b.g.life_ms -= 2 * TICK_MS;
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_STARTUP);
}

static void flash_may_follow_anything_and_starts_over(void **state)
{
    for (int32_t sg = 0; sg < SG_COUNT; sg++) {
        for (int32_t step = 0; way[sg][step] >= 0; step++) {
            struct bench b = *bench_of(state);
            reach(&b, sg, step);
            b.t.is_confirmed = false;
            set_flash(&b);
            assert_int_equal(tick(&b), GUARD_PASS);
            b.t.is_confirmed = true;
            pass_ms(&b, b.s.startup_flash_ms - TICK_MS);
            set_startup_yellow(&b);
            struct bench due = b;
            assert_int_equal(tick(&due), GUARD_PASS);
            b.g.life_ms -= TICK_MS;
            assert_int_equal(tick(&b), GUARD_STARTUP);
        }
    }
}

static void flash_inside_startup_starts_over(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    come_to_red(&b);
    set_flash(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
    set_red(&b);
    assert_int_equal(tick(&b), GUARD_STARTUP);
}

/* L9 */

static void trip_bench(struct bench *b)
{
    assert_int_equal(show(b, A, ASPECT_GREEN), GUARD_SEQUENCE);
    set_flash(b);
    b->f.wants_latch = true;
}

static void a_trip_latches_until_reset_is_pressed(void **state)
{
    struct bench b = *bench_of(state);
    trip_bench(&b);
    pass_ticks(&b, TICKS_PER_HOUR);
    assert_int_equal(b.g.tripped, GUARD_SEQUENCE);
    set_startup_yellow(&b);
    assert_int_equal(tick(&b), GUARD_SEQUENCE);
    set_flash(&b);
    assert_int_equal(tick(&b), GUARD_SEQUENCE); /* flash that does not ask to be latched */
    b.f.wants_latch = true;
    assert_int_equal(tick(&b), GUARD_PASS);
    b.t.reset_seen = true;
    b.f.wants_latch = false;
    assert_int_equal(tick(&b), GUARD_PASS);
    assert_int_equal(b.g.tripped, GUARD_PASS);
    assert_int_equal(b.g.sg_a, GUARD_NO_SG);
    run(&b);
    pass_show(&b, B, ASPECT_GREEN);
}

static void reset_does_not_shorten_startup(void **state)
{
    struct bench b = *bench_of(state);
    trip_bench(&b);
    pass_ticks(&b, 5);
    b.t.reset_seen = true;
    set_red(&b);
    assert_int_equal(tick(&b), GUARD_STARTUP);
}

static void the_first_fault_is_kept(void **state)
{
    struct bench b = *bench_of(state);
    trip_bench(&b);
    b.f.aspect[A] = ASPECT_UNKNOWN;
    assert_int_equal(tick(&b), GUARD_SEQUENCE);
    assert_int_equal(b.g.sg_a, A);
}

static void a_reset_in_the_tick_of_a_violation_does_not_hide_it(void **state)
{
    struct bench b = *bench_of(state);
    b.t.reset_seen = true;
    assert_int_equal(show(&b, A, ASPECT_GREEN), GUARD_SEQUENCE);
    assert_int_equal(b.g.tripped, GUARD_SEQUENCE);
}

static void losing_the_lamps_does_not_clear_a_trip_but_reset_does(void **state)
{
    struct bench b = *bench_of(state);
    const struct cabinet_view seen = { .is_present = true };
    trip_bench(&b);
    b.t.is_ours = false;
    assert_int_equal(tick(&b), GUARD_PASS);
    guard_follow(&b.g, &b.s, &b.t, &seen);
    b.t.is_ours = true;
    b.f.wants_latch = false;
    assert_int_equal(tick(&b), GUARD_SEQUENCE);
    b.t.reset_seen = true;
    guard_follow(&b.g, &b.s, &b.t, &seen);
    b.t.reset_seen = false;
    assert_int_equal(tick(&b), GUARD_PASS);
}

/* L10 */

static void lamps_that_are_not_ours_are_not_judged(void **state)
{
    struct bench b = *bench_of(state);
    b.t.is_ours = false;
    b.f.may_write = false;
    b.f.aspect[A] = ASPECT_UNKNOWN;
    b.f.aspect[B] = ASPECT_GREEN;
    pass_ticks(&b, 10);
}

static void only_flash_may_be_offered_for_lamps_that_are_not_ours(void **state)
{
    struct bench b = *bench_of(state);
    b.t.is_ours = false;
    struct bench commands = b;
    assert_int_equal(tick(&commands), GUARD_STARTUP);
    set_flash(&b);
    pass_ticks(&b, 10);
}

static void taking_over_starts_with_flash(void **state)
{
    struct bench b = *bench_of(state);
    b.t.is_ours = false;
    b.f.may_write = false;
    pass_ticks(&b, 1);
    b.t.is_ours = true;
    b.f.may_write = true;
    struct bench resumes = b;
    assert_int_equal(tick(&resumes), GUARD_STARTUP);
    set_flash(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
    run(&b);
}

/* The flash that took the lease is confirmed on the first tick that is ours. */
static void the_flash_that_took_the_lease_counts(void **state)
{
    struct bench b = *bench_of(state);
    b.t.is_ours = false;
    set_flash(&b);
    pass_ms(&b, 60000);
    b.t.is_ours = true;
    pass_ms(&b, b.s.startup_flash_ms - TICK_MS);
    struct bench early = b;
    early.g.life_ms -= TICK_MS;
    set_startup_yellow(&early);
    assert_int_equal(tick(&early), GUARD_STARTUP);
    set_startup_yellow(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
}

static void what_is_seen_is_remembered(void **state)
{
    struct bench b = *bench_of(state);
    struct cabinet_view seen = { .is_present = true };
    for (int32_t i = 0; i < SG_MAX; i++) {
        seen.aspect[i] = ASPECT_GREEN;
    }
    seen.aspect[B] = ASPECT_COUNT;
    seen.aspect[P] = -1;
    guard_follow(&b.g, &b.s, &b.t, &seen);
    assert_int_equal(b.g.lamps.aspect[A], ASPECT_GREEN);
    assert_int_equal(b.g.lamps.aspect[B], ASPECT_UNKNOWN);
    assert_int_equal(b.g.lamps.aspect[P], ASPECT_UNKNOWN);
    assert_int_equal(b.g.lamps.aspect[SG_COUNT], ASPECT_RED);
    b.t.is_ours = false;
    b.f.may_write = false;
    assert_int_equal(tick(&b), GUARD_PASS);
    assert_int_equal(b.g.lamps.aspect[A], ASPECT_GREEN);
    b.t.is_ours = true;
    b.f.may_write = true;
    seen.is_present = false;
    guard_follow(&b.g, &b.s, &b.t, &seen);
    assert_int_equal(b.g.lamps.aspect[A], ASPECT_UNKNOWN);
    set_flash(&b);
    assert_int_equal(tick(&b), GUARD_PASS);
}

/* L11 */

static void lamps_change_on_confirmed_ticks_only(void **state)
{
    struct bench b = *bench_of(state);
    pass_ticks(&b, 1); /* all red is over */
    b.t.is_confirmed = false;
    pass_ticks(&b, 20);
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_UNCONFIRMED);
    b.t.is_confirmed = true;
    assert_int_equal(try_show(&b, B, ASPECT_GREEN), GUARD_PASS);
}

static void startup_moves_on_confirmed_ticks_only(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    pass_ms(&b, b.s.startup_flash_ms);
    set_startup_yellow(&b);
    b.t.is_confirmed = false;
    assert_int_equal(tick(&b), GUARD_UNCONFIRMED);
    assert_int_equal(b.g.sg_a, A);
}

/* Corruption: every field of state and safety file that a law leans on. */

struct bad_value {
    size_t offset;
    int32_t value;
};

#define IN_SAFETY(field) offsetof(struct safety, field)
#define IN_GUARD(field)  offsetof(struct guard, field)

static void a_damaged_safety_file_trips_in_the_same_tick(void **state)
{
    static const struct bad_value rows[] = {
        { IN_SAFETY(sg_count), 0 },
        { IN_SAFETY(sg_count), SG_MAX + 1 },
        { IN_SAFETY(startup_flash_ms), -1 },
        { IN_SAFETY(startup_flash_ms), PLAN_TIME_MAX_MS + 1 },
        { IN_SAFETY(startup_yellow_ms), -1 },
        { IN_SAFETY(startup_all_red_ms), 6999 }, /* the longest intergreen is 7 s */
        { IN_SAFETY(startup_all_red_ms), PLAN_TIME_MAX_MS + 1 },
        { IN_SAFETY(sg_type[P]), -1 },
        { IN_SAFETY(sg_type[P]), SG_TYPE_COUNT },
        { IN_SAFETY(flash_aspect[A]), ASPECT_DARK },
        { IN_SAFETY(flash_aspect[P]), ASPECT_FLASH_YELLOW },
        { IN_SAFETY(min_green_ms[A]), -1 },
        { IN_SAFETY(min_green_ms[L]), INT32_MIN },
        { IN_SAFETY(preempt_min_green_ms[A]), -1 },
        { IN_SAFETY(green_flash_ms[A]), -1 },
        { IN_SAFETY(yellow_ms[A]), INT32_MAX },
        { IN_SAFETY(red_yellow_ms[A]), -1 },
        { IN_SAFETY(ped_clear_ms[P]), -1 },
        { IN_SAFETY(min_red_ms[A]), -1 },
        { IN_SAFETY(intergreen_ms[B][B]), 0 },
        { IN_SAFETY(intergreen_ms[A][B]), NO_CONFLICT_MS },
        { IN_SAFETY(intergreen_ms[B][A]), NO_CONFLICT_MS },
        { IN_SAFETY(intergreen_ms[B][P]), 4000 },
        { IN_SAFETY(intergreen_ms[A][B]), 7001 },
        { IN_SAFETY(intergreen_ms[B][A]), 7001 },
        { IN_SAFETY(intergreen_ms[B][A]), -2 },
        { IN_SAFETY(permissive[A]), 0 },
        { IN_SAFETY(permissive[B]), 1 << A },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b = *bench_of(state);
        memcpy((char *)&b.s + rows[i].offset, &rows[i].value, sizeof rows[i].value);
        assert_int_equal(tick(&b), GUARD_STATE);
        assert_int_equal(b.g.tripped, GUARD_STATE);
        assert_int_equal(b.g.sg_a, GUARD_NO_SG);
        b.t.reset_seen = true; /* no reset heals a damaged file */
        assert_int_equal(tick(&b), GUARD_STATE);
    }
}

static void a_damaged_state_trips_in_the_same_tick(void **state)
{
    static const struct bad_value rows[] = {
        { IN_GUARD(tripped), -1 },
        { IN_GUARD(tripped), GUARD_FAULT_COUNT },
        { IN_GUARD(life), -1 },
        { IN_GUARD(life), 5 },
        { IN_GUARD(life), 1 }, /* flash, but the lamps are not */
        { IN_GUARD(life_ms), -1 },
        { IN_GUARD(life_ms), AGE_MAX_MS + 1 },
        { IN_GUARD(lamps.aspect[B]), ASPECT_DARK },
        { IN_GUARD(lamps.aspect[B]), ASPECT_FLASH_RED },
        { IN_GUARD(lamps.aspect[B]), -1 },
        { IN_GUARD(lamps.aspect[P]), ASPECT_YELLOW },
        { IN_GUARD(lamps.aspect[B]), ASPECT_YELLOW }, /* conflicts with A, which is green */
        { IN_GUARD(shown_ms[A]), -1 },
        { IN_GUARD(shown_ms[A]), AGE_MAX_MS + 1 },
        { IN_GUARD(since_green_ms[B]), -1 },
        { IN_GUARD(since_green_ms[B]), INT32_MAX },
        { IN_GUARD(since_green_ms[A]), TICK_MS }, /* A is green */
        { IN_GUARD(was_green[A]), 0 },
        { IN_GUARD(was_green[B]), 2 },
        { IN_GUARD(was_green[B]), -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b = *bench_of(state);
        reach_aspect(&b, A, ASPECT_GREEN);
        memcpy((char *)&b.g + rows[i].offset, &rows[i].value, sizeof rows[i].value);
        assert_int_equal(tick(&b), GUARD_STATE);
        assert_int_equal(b.g.tripped, GUARD_STATE);
        set_flash(&b);
        b.f.wants_latch = true;
        assert_int_equal(tick(&b), GUARD_PASS); /* what the trip left is sound */
    }
}

static void clocks_before_boot_are_damage(void **state)
{
    struct bench b = *bench_of(state);
    b.g.shown_at_ms[A] = INT64_MIN;
    assert_int_equal(tick(&b), GUARD_STATE);
    b = *bench_of(state);
    b.g.green_end_at_ms[A] = -1;
    assert_int_equal(tick(&b), GUARD_STATE);
    b = *bench_of(state);
    b.t.now.ms = INT64_MIN;
    b.lag_ms = 0;
    assert_int_equal(tick(&b), GUARD_STATE);
    b = *bench_of(state);
    b.lag_ms = INT64_MAX;
    assert_int_equal(tick(&b), GUARD_STATE);
    b = *bench_of(state);
    b.lag_ms = INT64_MAX;
    b.t.is_confirmed = false; /* then nobody reads it */
    assert_int_equal(tick(&b), GUARD_PASS);
}

static void a_damaged_state_outside_service_trips_too(void **state)
{
    (void)state;
    struct bench b;
    boot(&b, &small_junction);
    struct bench hurt = b;
    hurt.g.was_green[A] = 1;
    assert_int_equal(tick(&hurt), GUARD_STATE);
    hurt = b;
    hurt.g.lamps.aspect[P] = ASPECT_FLASH_RED;
    assert_int_equal(tick(&hurt), GUARD_STATE);
    b.t.is_ours = false;
    assert_int_equal(tick(&b), GUARD_PASS);
    static const int32_t bad[] = { -1, ASPECT_COUNT };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hurt = b;
        hurt.g.lamps.aspect[A] = bad[i];
        assert_int_equal(tick(&hurt), GUARD_STATE);
    }
    hurt = b;
    hurt.g.was_green[A] = 1;
    assert_int_equal(tick(&hurt), GUARD_STATE);
}

static void a_new_damage_replaces_the_fault_that_was_kept(void **state)
{
    struct bench b = *bench_of(state);
    trip_bench(&b);
    b.s.sg_count = -1;
    assert_int_equal(tick(&b), GUARD_STATE);
    assert_int_equal(b.g.tripped, GUARD_STATE);
}

/* Whatever lies in memory, the guard answers with a fault of its list (sanitizers watch), and what
 * it leaves behind after a trip is a flash that a sound safety file can start from. */
static void fill_with_noise(uint32_t *random, void *at, size_t size)
{
    unsigned char *bytes = at;
    for (size_t i = 0; i < size; i++) {
        *random = *random * 1664525u + 1013904223u; /* Numerical Recipes, 2nd edition, 7.1 */
        bytes[i] = (unsigned char)(*random >> 24);
    }
}

static void noise_in_memory_is_judged_and_never_obeyed(void **state)
{
    uint32_t random = 7;
    for (int32_t round = 0; round < 4000; round++) {
        struct bench b = *bench_of(state);
        switch (round % 4) {
        case 0:
            fill_with_noise(&random, &b.g, sizeof b.g);
            break;
        case 1:
            fill_with_noise(&random, &b.s, sizeof b.s);
            break;
        case 2:
            fill_with_noise(&random, &b.t.now, sizeof b.t.now);
            b.t.now.ms |= INT64_MIN;
            b.lag_ms = 0;
            break;
        default:
            fill_with_noise(&random, b.f.aspect, sizeof b.f.aspect);
        }
        const enum guard_fault fault = tick(&b);
        assert_int_equal(fault, round % 4 == 3 ? GUARD_ASPECT : GUARD_STATE);
        b.s = small_junction;
        b.t.now.ms = 1000000;
        b.lag_ms = TICK_MS;
        set_flash(&b);
        b.t.reset_seen = true;
        assert_int_equal(tick(&b), GUARD_PASS);
        run(&b);
    }
}

/* No false trip: a legal day on a bad link. Confirmations are lost, read-backs lag; what is legal
 * by both clocks is done at the first tick on which it is, worked out here from tick stamps alone.
 */

struct stopwatch {
    int32_t confirmed_ms;
    int64_t start_at_ms;
};

struct day {
    struct bench b;
    uint32_t random;
    struct stopwatch shown;
    struct stopwatch green_end;
};

static uint32_t roll(struct day *d, uint32_t sides)
{
    d->random = d->random * 1664525u + 1013904223u; /* Numerical Recipes, 2nd edition, 7.1 */
    return (d->random >> 16) % sides;
}

static void stopwatch_count(struct stopwatch *w, int64_t confirmed_at_ms)
{
    if (w->confirmed_ms == 0) {
        w->start_at_ms = confirmed_at_ms;
    }
    w->confirmed_ms += TICK_MS;
}

static bool stopwatch_over(const struct stopwatch *w, int32_t time_ms, int64_t now_ms)
{
    return w->confirmed_ms >= time_ms && w->confirmed_ms > 0 && now_ms - w->start_at_ms >= time_ms;
}

/* Repeats the frame until the time is over and one may change on this very tick; then changes. */
static void day_show(struct day *d, int32_t least_ms, int32_t intergreen_ms, int32_t sg,
                     int32_t aspect)
{
    for (;;) {
        const int64_t now_ms = d->b.t.now.ms + TICK_MS;
        d->b.lag_ms = (int64_t)roll(d, 100);
        d->b.t.is_confirmed = roll(d, 8) != 0;
        if (d->b.t.is_confirmed) {
            stopwatch_count(&d->shown, now_ms - d->b.lag_ms);
            stopwatch_count(&d->green_end, now_ms - d->b.lag_ms);
        }
        if (d->b.t.is_confirmed && stopwatch_over(&d->shown, least_ms, now_ms) &&
            stopwatch_over(&d->green_end, intergreen_ms, now_ms)) {
            break;
        }
        assert_int_equal(tick(&d->b), GUARD_PASS);
    }
    pass_show(&d->b, sg, aspect);
    d->shown = (struct stopwatch){ 0 };
}

/* Serves one group from red to red; the other group's green ended at d->green_end. */
static void day_serve(struct day *d, int32_t sg, int32_t intergreen_ms)
{
    struct stopwatch end = { 0 };
    for (int32_t step = 1; way[sg][step] >= 0; step++) {
        const int32_t from = way[sg][step - 1];
        const bool opens = way[sg][step] == ASPECT_GREEN;
        const int32_t least_ms = from == ASPECT_RED ? 0 : time_of(&d->b, sg, from);
        day_show(d, least_ms, opens ? intergreen_ms : 0, sg, way[sg][step]);
        if (aspect_is_green(from) && !aspect_is_green(way[sg][step])) {
            d->green_end = end;
        }
    }
}

static void no_legal_day_on_a_bad_link_trips(void **state)
{
    struct day d = { .b = *bench_of(state), .random = 20260101 };
    d.b.s.red_yellow_ms[A] = 0; /* so that the intergreen, not red-yellow, decides */
    static const int32_t way_of_a[] = { ASPECT_RED, ASPECT_GREEN, ASPECT_YELLOW, ASPECT_RED };
    pass_ticks(&d.b, 1);
    for (int32_t round = 0; round < 500; round++) {
        day_serve(&d, B, d.b.s.intergreen_ms[A][B]);
        for (size_t i = 1; i < sizeof way_of_a / sizeof way_of_a[0]; i++) {
            const int32_t from = way_of_a[i - 1];
            day_show(&d, from == ASPECT_RED ? 0 : time_of(&d.b, A, from),
                     from == ASPECT_RED ? d.b.s.intergreen_ms[B][A] : 0, A, way_of_a[i]);
            if (from == ASPECT_GREEN) {
                d.green_end = (struct stopwatch){ 0 };
            }
        }
    }
    assert_int_equal(d.b.g.tripped, GUARD_PASS);
}

#define GUARD_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GUARD_TEST(every_type_shows_its_own_aspects_and_no_other),
        GUARD_TEST(groups_not_in_use_show_red_in_flash_as_in_service),
        GUARD_TEST(all_groups_may_be_in_use),
        GUARD_TEST(flash_is_whole_or_not_at_all),
        GUARD_TEST(of_two_conflicting_groups_one_shows_red),
        GUARD_TEST(a_pedestrian_still_clearing_conflicts),
        GUARD_TEST(yellow_of_one_keeps_red_yellow_of_the_other_away),
        GUARD_TEST(every_aspect_is_followed_by_its_one_successor),
        GUARD_TEST(a_crossing_without_clearance_goes_from_walk_to_red),
        GUARD_TEST(every_aspect_is_held_to_its_very_tick),
        GUARD_TEST(a_fault_names_the_group),
        GUARD_TEST(preemption_cuts_minimum_green_to_its_own_minimum),
        GUARD_TEST(yellow_and_red_yellow_end_two_ticks_late_at_the_latest),
        GUARD_TEST(other_aspects_may_last),
        GUARD_TEST(timers_stop_counting_before_they_overflow),
        GUARD_TEST(the_first_opening_after_startup_owes_no_least_red),
        GUARD_TEST(confirmed_time_alone_does_not_end_a_yellow),
        GUARD_TEST(monotonic_time_alone_does_not_end_a_yellow),
        GUARD_TEST(nothing_is_over_before_it_was_confirmed),
        GUARD_TEST(a_read_back_stamped_after_the_tick_only_delays),
        GUARD_TEST(intergreens_need_both_clocks_too),
        GUARD_TEST(every_intergreen_holds_to_its_tick_and_in_its_direction),
        GUARD_TEST(intergreen_runs_from_the_end_of_green_flash),
        GUARD_TEST(a_group_may_not_open_in_the_frame_that_ends_its_foe),
        GUARD_TEST(groups_not_green_since_startup_owe_no_intergreen),
        GUARD_TEST(startup_wipes_intergreens_because_all_red_outlasts_them),
        GUARD_TEST(permissive_groups_may_be_green_together),
        GUARD_TEST(permissive_groups_owe_intergreen_in_sequence),
        GUARD_TEST(opening_together_does_not_waive_what_the_other_still_owes),
        GUARD_TEST(flash_lasts_its_time_before_startup_yellow),
        GUARD_TEST(unconfirmed_flash_is_no_flash),
        GUARD_TEST(startup_shows_exactly_its_images),
        GUARD_TEST(startup_yellow_lasts_its_time_and_may_last_longer),
        GUARD_TEST(startup_all_red_lasts_its_time),
        GUARD_TEST(startup_without_yellow_goes_from_flash_to_red),
        GUARD_TEST(where_nobody_flashes_yellow_the_startup_yellow_is_red),
        GUARD_TEST(flash_may_follow_anything_and_starts_over),
        GUARD_TEST(flash_inside_startup_starts_over),
        GUARD_TEST(a_trip_latches_until_reset_is_pressed),
        GUARD_TEST(reset_does_not_shorten_startup),
        GUARD_TEST(the_first_fault_is_kept),
        GUARD_TEST(a_reset_in_the_tick_of_a_violation_does_not_hide_it),
        GUARD_TEST(losing_the_lamps_does_not_clear_a_trip_but_reset_does),
        GUARD_TEST(lamps_that_are_not_ours_are_not_judged),
        GUARD_TEST(only_flash_may_be_offered_for_lamps_that_are_not_ours),
        GUARD_TEST(taking_over_starts_with_flash),
        GUARD_TEST(the_flash_that_took_the_lease_counts),
        GUARD_TEST(what_is_seen_is_remembered),
        GUARD_TEST(lamps_change_on_confirmed_ticks_only),
        GUARD_TEST(startup_moves_on_confirmed_ticks_only),
        GUARD_TEST(a_damaged_safety_file_trips_in_the_same_tick),
        GUARD_TEST(a_damaged_state_trips_in_the_same_tick),
        GUARD_TEST(clocks_before_boot_are_damage),
        GUARD_TEST(a_damaged_state_outside_service_trips_too),
        GUARD_TEST(a_new_damage_replaces_the_fault_that_was_kept),
        GUARD_TEST(noise_in_memory_is_judged_and_never_obeyed),
        GUARD_TEST(no_legal_day_on_a_bad_link_trips),
    };
    return RUN_TESTS(tests);
}
