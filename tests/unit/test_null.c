#include "test.h"

#include <string.h>

#include "null.h"

struct bench {
    struct null_cabinet cabinet;
    struct output_frame frame;
    struct cabinet_view view;
    int64_t now_ms;
};

static void bench_init(struct bench *b)
{
    const int32_t flash[SG_MAX] = { ASPECT_FLASH_YELLOW, ASPECT_DARK };
    memset(b, 0, sizeof *b);
    null_cabinet_init(&b->cabinet, 7, 0x1234, flash, 2);
    b->frame = (struct output_frame){ .may_write = true, .heartbeat = true, .epoch = 3 };
    for (int32_t i = 0; i < SG_MAX; i++) {
        b->frame.aspect[i] = ASPECT_RED;
    }
}

static void exchange(struct bench *b, bool with_frame)
{
    b->now_ms += TICK_MS;
    b->frame.seq++;
    null_cabinet_exchange(&b->cabinet, with_frame ? &b->frame : NULL, (mono_t){ .ms = b->now_ms },
                          &b->view);
}

static void it_waits_in_flash_with_a_free_lease(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    exchange(&b, false);
    assert_true(b.view.is_present && b.view.is_fresh);
    assert_int_equal(b.view.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(b.view.site_id, 7);
    assert_true(b.view.safety_hash == 0x1234);
    assert_int_equal(b.view.aspect[0], ASPECT_FLASH_YELLOW);
    assert_int_equal(b.view.aspect[1], ASPECT_DARK);
    assert_int_equal(b.view.aspect[2], ASPECT_RED);
}

static void every_frame_is_confirmed_at_once(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    for (int32_t i = 0; i < 100; i++) {
        b.frame.aspect[0] = i % 2 == 0 ? ASPECT_GREEN : ASPECT_YELLOW;
        exchange(&b, true);
        assert_int_equal(b.view.epoch, 3);
        assert_int_equal(b.view.seq, b.frame.seq);
        assert_int_equal(b.view.flags, 0);
        assert_int_equal(b.view.seen_at.ms, b.now_ms);
        assert_memory_equal(b.view.aspect, b.frame.aspect, sizeof b.view.aspect);
    }
}

static void a_frame_that_may_not_be_written_is_not_obeyed(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.frame.may_write = false;
    exchange(&b, true);
    assert_int_equal(b.view.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(b.view.epoch, 0);
}

static void without_frames_for_a_second_it_flashes(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    exchange(&b, true);
    for (int32_t i = 0; i < 9; i++) {
        exchange(&b, false);
        assert_int_equal(b.view.flags, 0);
    }
    exchange(&b, false);
    assert_int_equal(b.view.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(b.view.aspect[0], ASPECT_FLASH_YELLOW);
}

static void a_stopped_heartbeat_flashes_at_once(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    exchange(&b, true);
    b.frame.heartbeat = false;
    exchange(&b, true);
    assert_int_equal(b.view.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
}

static void a_latch_stays_until_reset(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    exchange(&b, true);
    b.frame.wants_flash = b.frame.wants_latch = true;
    exchange(&b, true);
    b.frame.wants_flash = b.frame.wants_latch = false;
    exchange(&b, true);
    assert_int_equal(b.view.flags, CABINET_FLASHING | CABINET_LATCHED);
    assert_int_equal(b.view.aspect[0], ASPECT_FLASH_YELLOW);
    null_cabinet_reset(&b.cabinet);
    exchange(&b, true);
    assert_int_equal(b.view.flags, CABINET_RESET_SEEN);
    assert_int_equal(b.view.aspect[0], ASPECT_RED);
    exchange(&b, true);
    assert_int_equal(b.view.flags, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_in_flash_with_a_free_lease),
        cmocka_unit_test(every_frame_is_confirmed_at_once),
        cmocka_unit_test(a_frame_that_may_not_be_written_is_not_obeyed),
        cmocka_unit_test(without_frames_for_a_second_it_flashes),
        cmocka_unit_test(a_stopped_heartbeat_flashes_at_once),
        cmocka_unit_test(a_latch_stays_until_reset),
    };
    return RUN_TESTS(tests);
}
