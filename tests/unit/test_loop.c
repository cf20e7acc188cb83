#include "test.h"

#include "loop.h"

enum { MS = 1000000 };

static void a_punctual_tick_is_followed_a_period_later(void **state)
{
    (void)state;
    const struct loop_turn turn = loop_turn_after(5000 * (int64_t)MS, 5000 * (int64_t)MS);
    assert_int_equal(turn.late_us, 0);
    assert_int_equal(turn.skipped, 0);
    assert_int_equal(turn.next_deadline_ns, 5100 * (int64_t)MS);
}

static void lateness_does_not_move_the_grid(void **state)
{
    (void)state;
    const struct loop_turn turn = loop_turn_after(5000 * (int64_t)MS, 5050 * (int64_t)MS);
    assert_int_equal(turn.late_us, 50000);
    assert_int_equal(turn.skipped, 0);
    assert_int_equal(turn.next_deadline_ns, 5100 * (int64_t)MS);
}

static void more_than_half_a_period_late_takes_the_place_of_the_next(void **state)
{
    (void)state;
    const struct loop_turn turn = loop_turn_after(5000 * (int64_t)MS, 5050 * (int64_t)MS + 1);
    assert_int_equal(turn.skipped, 1);
    assert_int_equal(turn.next_deadline_ns, 5200 * (int64_t)MS);
}

static void a_long_stall_is_skipped_whole_and_never_caught_up(void **state)
{
    (void)state;
    for (int64_t late_ms = 0; late_ms < 20000; late_ms += 7) {
        const int64_t now_ns = (5000 + late_ms) * MS;
        const struct loop_turn turn = loop_turn_after(5000 * (int64_t)MS, now_ns);
        assert_true(turn.next_deadline_ns - now_ns >= 50 * MS);
        assert_true(turn.next_deadline_ns - now_ns < 150 * MS);
        assert_int_equal(turn.next_deadline_ns % (100 * MS), 0);
        assert_int_equal(turn.next_deadline_ns, (5000 + 100 * ((int64_t)turn.skipped + 1)) * MS);
    }
}

struct script {
    int32_t ticks, betweens, notes;
    mono_t tick_at, last_tick_at;
    int64_t least_gap_ms;
    bool order_is_right;
};

static bool script_tick(void *self, mono_t now)
{
    struct script *s = self;
    s->order_is_right = s->order_is_right && s->betweens == s->ticks;
    s->tick_at = now;
    s->ticks++;
    return s->ticks < 5;
}

static void script_between(void *self, mono_t now)
{
    struct script *s = self;
    s->betweens++;
    const int64_t gap_ms = mono_since_ms(now, s->tick_at);
    s->least_gap_ms = gap_ms < s->least_gap_ms ? gap_ms : s->least_gap_ms;
}

static void script_note(void *self, int64_t wake_us, int64_t compute_us)
{
    struct script *s = self;
    s->notes++;
    s->order_is_right =
        s->order_is_right && wake_us >= 0 && compute_us >= 0 && s->notes == s->ticks;
}

static void ticks_and_the_steps_between_alternate_until_told_to_end(void **state)
{
    (void)state;
    struct script s = { .order_is_right = true, .least_gap_ms = 1000 };
    struct loop_figures figures = { .ticks = 0 };
    const struct loop_steps steps = {
        .self = &s, .tick = script_tick, .between = script_between, .note = script_note
    };
    loop_run(&steps, &figures);
    assert_int_equal(s.ticks, 5);
    assert_int_equal(s.betweens, 4);
    assert_int_equal(s.notes, 5);
    assert_true(s.order_is_right);
    assert_int_equal(figures.ticks, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_punctual_tick_is_followed_a_period_later),
        cmocka_unit_test(lateness_does_not_move_the_grid),
        cmocka_unit_test(more_than_half_a_period_late_takes_the_place_of_the_next),
        cmocka_unit_test(a_long_stall_is_skipped_whole_and_never_caught_up),
        cmocka_unit_test(ticks_and_the_steps_between_alternate_until_told_to_end),
    };
    return RUN_TESTS(tests);
}
