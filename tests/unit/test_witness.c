#include "test.h"

#include "witness.h"

enum { GROUPS = 2 };

static struct witness w;

static struct output_frame frame(uint16_t seq, int32_t first_aspect)
{
    return (struct output_frame){
        .may_write = true, .epoch = 7, .seq = seq, .aspect = { first_aspect, ASPECT_RED }
    };
}

static struct cabinet_view echo(uint16_t seq, int32_t first_aspect)
{
    return (struct cabinet_view){ .is_present = true,
                                  .is_fresh = true,
                                  .epoch = 7,
                                  .seq = seq,
                                  .aspect = { first_aspect, ASPECT_RED } };
}

static void send(uint16_t seq, int32_t first_aspect)
{
    const struct output_frame f = frame(seq, first_aspect);
    witness_note(&w, &f);
}

static bool hears(uint16_t seq, int32_t first_aspect)
{
    const struct cabinet_view v = echo(seq, first_aspect);
    return witness_confirms(&w, GROUPS, &v);
}

static int start(void **state)
{
    (void)state;
    witness_init(&w);
    return 0;
}

static void an_echo_confirms_once(void **state)
{
    (void)state;
    assert_false(hears(0, ASPECT_DARK));
    send(1, ASPECT_GREEN);
    assert_true(hears(1, ASPECT_GREEN));
    assert_false(hears(1, ASPECT_GREEN));
}

static void a_late_echo_of_the_same_lamps_confirms_and_older_ones_do_not(void **state)
{
    (void)state;
    send(1, ASPECT_GREEN);
    send(2, ASPECT_GREEN);
    send(3, ASPECT_GREEN);
    assert_true(hears(2, ASPECT_GREEN));
    assert_false(hears(1, ASPECT_GREEN));
    assert_true(hears(3, ASPECT_GREEN));
}

static void an_echo_of_other_lamps_confirms_nothing(void **state)
{
    (void)state;
    send(1, ASPECT_GREEN);
    send(2, ASPECT_YELLOW);
    assert_false(hears(1, ASPECT_YELLOW));
    assert_true(hears(2, ASPECT_YELLOW));
    /* Back to green: the echo of the first green is another image's. */
    witness_init(&w);
    send(1, ASPECT_GREEN);
    send(2, ASPECT_RED);
    send(3, ASPECT_GREEN);
    assert_false(hears(1, ASPECT_GREEN));
}

static void lamps_sensed_otherwise_confirm_nothing(void **state)
{
    (void)state;
    send(1, ASPECT_GREEN);
    assert_false(hears(1, ASPECT_RED));
    assert_false(hears(1, ASPECT_GREEN)); /* that echo is used up */
    send(2, ASPECT_GREEN);
    assert_true(hears(2, ASPECT_GREEN));
}

static void what_was_never_sent_confirms_nothing(void **state)
{
    (void)state;
    struct output_frame f = frame(1, ASPECT_GREEN);
    f.may_write = false;
    witness_note(&w, &f);
    assert_false(hears(1, ASPECT_GREEN));
    assert_false(hears(2, ASPECT_GREEN));
    send(3, ASPECT_GREEN);
    struct cabinet_view v = echo(3, ASPECT_GREEN);
    v.epoch = 8;
    assert_false(witness_confirms(&w, GROUPS, &v));
    assert_true(hears(3, ASPECT_GREEN));
}

static void a_stale_read_or_lamps_in_other_hands_confirm_nothing(void **state)
{
    (void)state;
    static const uint32_t others[] = { CABINET_LEASE_FREE, CABINET_LOCAL, CABINET_POLICE,
                                       CABINET_FLASHING, CABINET_LATCHED };
    send(1, ASPECT_GREEN);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct cabinet_view v = echo(1, ASPECT_GREEN);
        v.flags = others[i];
        assert_false(witness_confirms(&w, GROUPS, &v));
    }
    struct cabinet_view v = echo(1, ASPECT_GREEN);
    v.is_fresh = false;
    assert_false(witness_confirms(&w, GROUPS, &v));
    v.is_fresh = true;
    v.flags = CABINET_DOOR_OPEN;
    assert_true(witness_confirms(&w, GROUPS, &v));
}

static void frames_are_forgotten_after_the_last_thirty_two(void **state)
{
    (void)state;
    for (int32_t seq = 1; seq <= WITNESS_FRAMES + 1; seq++) {
        send((uint16_t)seq, ASPECT_GREEN);
    }
    assert_false(hears(1, ASPECT_GREEN));
    assert_true(hears(2, ASPECT_GREEN));
    assert_true(hears(WITNESS_FRAMES + 1, ASPECT_GREEN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_echo_confirms_once, start),
        cmocka_unit_test_setup(a_late_echo_of_the_same_lamps_confirms_and_older_ones_do_not, start),
        cmocka_unit_test_setup(an_echo_of_other_lamps_confirms_nothing, start),
        cmocka_unit_test_setup(lamps_sensed_otherwise_confirm_nothing, start),
        cmocka_unit_test_setup(what_was_never_sent_confirms_nothing, start),
        cmocka_unit_test_setup(a_stale_read_or_lamps_in_other_hands_confirm_nothing, start),
        cmocka_unit_test_setup(frames_are_forgotten_after_the_last_thirty_two, start),
    };
    return RUN_TESTS(tests);
}
