#include "test.h"

#include <stdio.h>
#include <string.h>

#include "monitor.h"

static const char cross[] = "# by hand\n"
                            "site 7\n"
                            "hash 0123456789abcdef\n"
                            "heartbeat 1.5\n"
                            "min-yellow 3.0\n"
                            "channel 1 red 0 yellow 1 green 2 flash yellow\n"
                            "channel 2 red 3 yellow 4 green 5 flash red min-yellow 4.0 # wide\n"
                            "channel 3 red 40 green 95\n"
                            "conflict 1 2 3\n";

enum {
    RED1 = 0,
    YELLOW1 = 1,
    GREEN1 = 2,
    RED2 = 3,
    YELLOW2 = 4,
    GREEN2 = 5,
    RED3 = 40,
    GREEN3 = 95
};

struct view {
    struct monitor_config config;
    struct monitor monitor;
    struct lamp_image lamps;
    int64_t now_ms;
};

static void put(struct view *v, int32_t lamp, bool on)
{
    const uint32_t bit = bit32((uint32_t)lamp % 32);
    v->lamps.on[lamp / 32] = on ? v->lamps.on[lamp / 32] | bit : v->lamps.on[lamp / 32] & ~bit;
}

static void view_init(struct view *v)
{
    char error[128];
    memset(v, 0, sizeof *v);
    assert_int_equal(monitor_parse(cross, &v->config, error, sizeof error), STATUS_OK);
    monitor_init(&v->monitor, &v->config);
    v->now_ms = 1000;
    put(v, RED1, true);
    put(v, RED2, true);
    put(v, RED3, true);
}

/* Shows what is lit for so long, looked at every 10 ms; the first fault. */
static enum monitor_fault show(struct view *v, int32_t for_ms)
{
    enum monitor_fault fault = monitor_see(&v->monitor, &v->lamps, v->now_ms);
    for (int32_t t = 0; t < for_ms && fault == MONITOR_NO_FAULT; t += 10) {
        v->now_ms += 10;
        fault = monitor_see(&v->monitor, &v->lamps, v->now_ms);
    }
    return fault;
}

static void main_green(struct view *v)
{
    put(v, RED1, false);
    put(v, GREEN1, true);
    assert_int_equal(show(v, 5000), MONITOR_NO_FAULT);
}

static void main_yellow(struct view *v, int32_t for_ms)
{
    put(v, GREEN1, false);
    put(v, YELLOW1, true);
    assert_int_equal(show(v, for_ms), MONITOR_NO_FAULT);
    put(v, YELLOW1, false);
    put(v, RED1, true);
}

static void the_file_says_what_was_wired(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    assert_int_equal(v.config.site_id, 7);
    assert_true(v.config.safety_hash == UINT64_C(0x0123456789abcdef));
    assert_int_equal(v.config.heartbeat_ms, 1500);
    assert_int_equal(v.config.channel[0].min_yellow_ms, 3000);
    assert_int_equal(v.config.channel[1].min_yellow_ms, 4000);
    assert_int_equal(v.config.channel[1].flash, MONITOR_FLASH_RED);
    assert_int_equal(v.config.channel[2].flash, MONITOR_FLASH_DARK);
    assert_int_equal(v.config.channel[2].lamp[LAMP_YELLOW], -1);
    assert_int_equal(v.config.channel[0].conflicts, 1 << 1 | 1 << 2);
    assert_int_equal(v.config.channel[1].conflicts, 1 << 0);
    assert_int_equal(v.config.channel[2].conflicts, 1 << 0);
}

static void refuses(const char *text, const char *expected)
{
    struct monitor_config config;
    char error[128] = "";
    assert_int_equal(monitor_parse(text, &config, error, sizeof error), STATUS_INVALID);
    assert_memory_equal(error, expected, strlen(expected));
}

static void every_slip_in_the_file_is_named_with_its_line(void **state)
{
    (void)state;
#define HEAD "site 7\nhash 0123456789abcdef\nchannel 1 red 0 yellow 1 green 2\n"
    refuses("", "line 0: the file ends without a channel");
    refuses("site 7\nchannel 1 red 0 green 1\n", "line 2: the file ends without a hash");
    refuses("channel 1 red 0 green 1\n", "line 1: the file ends without a site");
    refuses("site 0\n", "line 1: site");
    refuses("site 7\nsite 7\n", "line 2: site is said once");
    refuses("site 7\nhash 123\n", "line 2: hash");
    refuses("site 7\nhash 0123456789ABCDEF\n", "line 2: hash");
    refuses(HEAD "channel 1 red 3\n", "line 4: channel 1 is described twice");
    refuses(HEAD "channel 2 red 2 green 4\n", "line 4: output 2 already");
    refuses(HEAD "channel 2 red 96 green 4\n", "line 4: red must be");
    refuses(HEAD "channel 2 red -1 green 4\n", "line 4: red must be");
    refuses(HEAD "channel 2 red 3 red 4\n", "line 4: red is said twice");
    refuses(HEAD "channel 2 red 3 blue 4\n", "line 4: a channel has no 'blue'");
    refuses(HEAD "channel 2 red 3 green\n", "line 4: say: channel");
    refuses(HEAD "channel 33 red 3 green 4\n", "line 4: say: channel");
    refuses(HEAD "channel 2 red 3 green 4 flash yellow\n", "line 4: it cannot flash");
    refuses(HEAD "channel 2 red 3 green 4 flash blue\n", "line 4: flash is");
    refuses(HEAD "conflict 1 2\n", "line 4: conflict 1 2: describe both");
    refuses(HEAD "conflict 1 1\n", "line 4: '1' is no other channel");
    refuses(HEAD "conflict 1\n", "line 4: say: conflict");
    refuses(HEAD "heartbeat 0.4\n", "line 4: heartbeat");
    refuses(HEAD "heartbeat 2.1\n", "line 4: heartbeat");
    refuses(HEAD "heartbeat 1.05\n", "line 4: heartbeat");
    refuses(HEAD "min-yellow three\n", "line 4: min-yellow");
    refuses(HEAD "max-yellow 3\n", "line 4: no such word: 'max-yellow'");
    refuses(HEAD "heartbeat 1 2\n", "line 4: 'heartbeat' wants one value");
    refuses(HEAD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\n", "line 4: too long");
}

static void any_bytes_are_read_or_refused(void **state)
{
    (void)state;
    uint32_t seed = 1;
    char text[sizeof cross];
    for (int32_t i = 0; i < 20000; i++) {
        memcpy(text, cross, sizeof cross);
        for (int32_t k = 0; k < 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % (sizeof cross - 1)] = (char)(seed >> 24);
        }
        struct monitor_config config;
        char error[128] = "";
        if (monitor_parse(text, &config, error, sizeof error) != STATUS_OK) {
            assert_memory_equal(error, "line ", 5);
        }
    }
}

static void a_lawful_change_does_not_trip(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    for (int32_t round = 0; round < 3; round++) {
        assert_int_equal(show(&v, 2000), MONITOR_NO_FAULT);
        put(&v, YELLOW1, true); /* red-yellow */
        assert_int_equal(show(&v, 1000), MONITOR_NO_FAULT);
        put(&v, YELLOW1, false);
        main_green(&v);
        main_yellow(&v, 3000);
    }
    assert_int_equal(show(&v, 2000), MONITOR_NO_FAULT);
}

static void a_conflict_is_borne_for_299_ms_and_not_for_300(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    put(&v, RED2, false);
    put(&v, GREEN2, true);
    assert_int_equal(monitor_see(&v.monitor, &v.lamps, v.now_ms), MONITOR_NO_FAULT);
    assert_int_equal(monitor_see(&v.monitor, &v.lamps, v.now_ms + 299), MONITOR_NO_FAULT);
    assert_int_equal(monitor_see(&v.monitor, &v.lamps, v.now_ms + 300), MONITOR_CONFLICT);
    assert_int_equal(v.monitor.channel_a, 1);
    assert_int_equal(v.monitor.channel_b, 2);
}

static void green_against_the_yellow_after_green_is_a_conflict(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    put(&v, GREEN1, false);
    put(&v, YELLOW1, true);
    put(&v, RED3, false);
    put(&v, GREEN3, true);
    assert_int_equal(show(&v, 400), MONITOR_CONFLICT);
}

static void yellow_of_the_start_up_is_no_conflict(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    put(&v, RED1, false);
    put(&v, YELLOW1, true);
    put(&v, RED2, false);
    put(&v, YELLOW2, true);
    assert_int_equal(show(&v, 2000), MONITOR_NO_FAULT);
    put(&v, YELLOW1, false);
    put(&v, RED1, true);
    put(&v, YELLOW2, false);
    put(&v, RED2, true);
    assert_int_equal(show(&v, 1000), MONITOR_NO_FAULT); /* nor a short yellow */
}

static void channels_without_a_conflict_line_may_be_open_together(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    put(&v, RED2, false);
    put(&v, GREEN2, true);
    put(&v, RED3, false);
    put(&v, GREEN3, true);
    assert_int_equal(show(&v, 5000), MONITOR_NO_FAULT);
}

/* Pulses of 150 ms green on a foe; how many are borne with these gaps. */
static int32_t pulses_borne(int32_t gap_ms)
{
    struct view v;
    view_init(&v);
    main_green(&v);
    for (int32_t n = 0; n < 10; n++) {
        put(&v, GREEN3, true);
        put(&v, RED3, false);
        if (show(&v, 150) != MONITOR_NO_FAULT) {
            return n;
        }
        put(&v, GREEN3, false);
        put(&v, RED3, true);
        if (show(&v, gap_ms) != MONITOR_NO_FAULT) {
            return n;
        }
    }
    return 10;
}

static void short_conflicts_add_up_unless_they_are_rare(void **state)
{
    (void)state;
    assert_int_equal(pulses_borne(500), 1);
    assert_int_equal(pulses_borne(700), 10);
}

static void a_head_may_be_dark_for_less_than_800_ms(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    put(&v, RED2, false);
    assert_int_equal(show(&v, 790), MONITOR_NO_FAULT);
    assert_int_equal(show(&v, 10), MONITOR_RED_FAIL);
    assert_int_equal(v.monitor.channel_a, 2);
    view_init(&v);
    put(&v, RED2, false);
    assert_int_equal(show(&v, 790), MONITOR_NO_FAULT);
    put(&v, RED2, true);
    assert_int_equal(show(&v, 5000), MONITOR_NO_FAULT);
}

static void a_yellow_may_not_be_shorter_than_the_file_says(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    main_yellow(&v, 2990);
    assert_int_equal(show(&v, 10), MONITOR_SHORT_YELLOW);
    view_init(&v);
    main_green(&v);
    main_yellow(&v, 3000);
    assert_int_equal(show(&v, 5000), MONITOR_NO_FAULT);
}

static void a_green_without_any_yellow_is_a_short_yellow(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    put(&v, GREEN1, false);
    put(&v, RED1, true);
    assert_int_equal(show(&v, 0), MONITOR_SHORT_YELLOW);
    view_init(&v);
    put(&v, RED3, false);
    put(&v, GREEN3, true);
    assert_int_equal(show(&v, 5000), MONITOR_NO_FAULT);
    put(&v, GREEN3, false);
    put(&v, RED3, true);
    assert_int_equal(show(&v, 5000), MONITOR_NO_FAULT); /* a pedestrian head has none */
}

static void red_and_green_of_one_head_trip_after_450_ms(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    put(&v, RED1, true);
    assert_int_equal(show(&v, 440), MONITOR_NO_FAULT);
    assert_int_equal(show(&v, 10), MONITOR_DUAL);
}

static void rest_forgets_what_was_before(void **state)
{
    (void)state;
    struct view v;
    view_init(&v);
    main_green(&v);
    monitor_rest(&v.monitor);
    put(&v, GREEN1, false);
    put(&v, RED1, true);
    assert_int_equal(show(&v, 1000), MONITOR_NO_FAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_says_what_was_wired),
        cmocka_unit_test(every_slip_in_the_file_is_named_with_its_line),
        cmocka_unit_test(any_bytes_are_read_or_refused),
        cmocka_unit_test(a_lawful_change_does_not_trip),
        cmocka_unit_test(a_conflict_is_borne_for_299_ms_and_not_for_300),
        cmocka_unit_test(green_against_the_yellow_after_green_is_a_conflict),
        cmocka_unit_test(yellow_of_the_start_up_is_no_conflict),
        cmocka_unit_test(channels_without_a_conflict_line_may_be_open_together),
        cmocka_unit_test(short_conflicts_add_up_unless_they_are_rare),
        cmocka_unit_test(a_head_may_be_dark_for_less_than_800_ms),
        cmocka_unit_test(a_yellow_may_not_be_shorter_than_the_file_says),
        cmocka_unit_test(a_green_without_any_yellow_is_a_short_yellow),
        cmocka_unit_test(red_and_green_of_one_head_trip_after_450_ms),
        cmocka_unit_test(rest_forgets_what_was_before),
    };
    return RUN_TESTS(tests);
}
