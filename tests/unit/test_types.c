#include "test.h"

#include "neighbour.h"
#include "plan.h"
#include "request.h"
#include "types.h"

static void ages_stop_at_their_maximum(void **state)
{
    (void)state;
    assert_int_equal(age_add_ms(0, TICK_MS), TICK_MS);
    assert_int_equal(age_add_ms(AGE_MAX_MS - TICK_MS - 1, TICK_MS), AGE_MAX_MS - 1);
    assert_int_equal(age_add_ms(AGE_MAX_MS - TICK_MS, TICK_MS), AGE_MAX_MS);
    assert_int_equal(age_add_ms(AGE_MAX_MS, TICK_MS), AGE_MAX_MS);
}

static void monotonic_differences_are_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(mono_since_ms((mono_t){ .ms = 250 }, (mono_t){ .ms = 100 }), 150);
    assert_int_equal(mono_since_ms((mono_t){ .ms = 100 }, (mono_t){ .ms = 100 }), 0);
}

static void green_flash_counts_as_green_and_ped_clear_does_not(void **state)
{
    (void)state;
    assert_true(aspect_is_green(ASPECT_GREEN));
    assert_true(aspect_is_green(ASPECT_GREEN_FLASH));
    assert_false(aspect_is_green(ASPECT_PED_CLEAR));
    assert_false(aspect_is_green(ASPECT_RED_YELLOW));
}

static void permissive_pairs_do_not_conflict_but_entries_do(void **state)
{
    (void)state;
    static struct safety s;
    s.intergreen_ms[0][1] = 5000;
    s.intergreen_ms[1][0] = NO_CONFLICT_MS;
    assert_true(safety_conflict(&s, 0, 1));
    assert_false(safety_conflict(&s, 1, 0));
    s.permissive[0] = (int32_t)bit32(1);
    assert_false(safety_conflict(&s, 0, 1));
}

static void masks_hold_every_index(void **state)
{
    (void)state;
    assert_true(bit32(SG_MAX - 1) != 0);
    assert_true(bit64(DETECTOR_MAX - 1) != 0);
    assert_true(sizeof(sg_mask_t) * 8 >= SG_MAX);
    assert_true(sizeof(detector_mask_t) * 8 >= DETECTOR_MAX);
}

static void requests_and_neighbours_have_room_in_a_record(void **state)
{
    (void)state;
    assert_true(sizeof(struct request) <= 64);
    assert_true(sizeof(struct neighbour_message) <= 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_stop_at_their_maximum),
        cmocka_unit_test(monotonic_differences_are_milliseconds),
        cmocka_unit_test(green_flash_counts_as_green_and_ped_clear_does_not),
        cmocka_unit_test(permissive_pairs_do_not_conflict_but_entries_do),
        cmocka_unit_test(masks_hold_every_index),
        cmocka_unit_test(requests_and_neighbours_have_room_in_a_record),
    };
    return RUN_TESTS(tests);
}
