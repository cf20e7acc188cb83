#include "test.h"

#include "event.h"

static void codes_have_names_and_others_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(event_name(EVENT_GREEN_BEGIN), "green begin");
    assert_string_equal(event_name(EVENT_PHASE_ON), "phase on");
    assert_string_equal(event_name(EVENT_MAX_RED), "max red");
    assert_string_equal(event_name(EVENT_SPLIT_CHANGE_1 + 15), "split change");
    assert_string_equal(event_name(EVENT_COORD_STATE), "coord state");
    assert_string_equal(event_name(999), "unknown");
    assert_string_equal(event_name(UINT16_MAX), "unknown");
}

static void a_full_list_counts_what_it_drops(void **state)
{
    (void)state;
    static struct event_list list;
    event_list_clear(&list);
    for (uint32_t i = 0; i < EVENT_PER_TICK_MAX + 3; i++) {
        event_add(&list, EVENT_DETECTOR_ON, i);
    }
    assert_int_equal(list.count, EVENT_PER_TICK_MAX);
    assert_int_equal(list.dropped, 3);
    assert_int_equal(list.event[EVENT_PER_TICK_MAX - 1].param, EVENT_PER_TICK_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_names_and_others_are_unknown),
        cmocka_unit_test(a_full_list_counts_what_it_drops),
    };
    return RUN_TESTS(tests);
}
