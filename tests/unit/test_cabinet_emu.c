/* mkstemp and mkdtemp */
#define _POSIX_C_SOURCE 200809L

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "cabinet_control.h"
#include "cabinet_play.h"
#include "cabinet_store.h"

#include <stdlib.h>
#include <unistd.h>

static const char cross[] = "site 7\nhash 0123456789abcdef\nmin-yellow 3.0\n"
                            "channel 1 red 0 yellow 1 green 2 flash yellow\n"
                            "channel 2 red 3 yellow 4 green 5 flash red\n"
                            "conflict 1 2\n";

enum { ALL_RED = 1 << 0 | 1 << 3, MAIN_GREEN = 1 << 2 | 1 << 3, BOTH_GREEN = 1 << 2 | 1 << 5 };

struct bench {
    struct cabinet cabinet;
    struct cabinet_command command;
    int64_t now_ms;
};

static void bench_init(struct bench *b)
{
    char error[128];
    memset(b, 0, sizeof *b);
    b->cabinet.number = 1;
    assert_int_equal(monitor_parse(cross, &b->cabinet.config, error, sizeof error), STATUS_OK);
    const struct cabinet_memory memory = { .boot_count = 0 };
    b->now_ms = 1000;
    cabinet_emu_init(&b->cabinet.emu, &b->cabinet.config, &memory, b->now_ms);
    b->command = (struct cabinet_command){ .epoch = 1, .heartbeat = 0xaaaa };
}

static enum cabinet_verdict send_same(struct bench *b)
{
    uint16_t registers[CABINET_COMMAND_REGISTERS];
    cabinet_encode_command(&b->command, registers);
    return cabinet_emu_command(&b->cabinet.emu, registers, CABINET_COMMAND_REGISTERS, b->now_ms);
}

static enum cabinet_verdict send(struct bench *b, uint16_t mode, uint32_t lamps)
{
    b->now_ms += 100;
    b->command.seq++;
    b->command.heartbeat = b->command.heartbeat == 0x5555 ? 0xaaaa : 0x5555;
    b->command.mode = mode;
    b->command.image.on[0] = lamps;
    return send_same(b);
}

static struct cabinet_state look(struct bench *b)
{
    uint16_t registers[CABINET_STATE_REGISTERS];
    struct cabinet_state s;
    cabinet_emu_tick(&b->cabinet.emu, b->now_ms);
    cabinet_emu_state(&b->cabinet.emu, registers);
    assert_int_equal(cabinet_decode_state(registers, CABINET_STATE_REGISTERS, &s), STATUS_OK);
    return s;
}

static void take_over(struct bench *b)
{
    assert_int_equal(send(b, 2, 0), CABINET_ACCEPTED);
    assert_int_equal(send(b, 1, ALL_RED), CABINET_ACCEPTED);
    assert_int_equal(look(b).sensed.on[0], ALL_RED);
}

static void it_wakes_in_flash_with_a_free_lease(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    const struct cabinet_state s = look(&b);
    assert_int_equal(s.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(s.boot_count, 1);
    assert_int_equal(s.sensed.on[0], 1 << 1 | 1 << 3);
    assert_int_equal(s.sensed.flash[0], 1 << 1 | 1 << 3);
    b.now_ms += 3600000;
    assert_int_equal(look(&b).flags, CABINET_LEASE_FREE | CABINET_FLASHING);
}

static void no_image_is_shown_before_flash_was_taken_over(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, CABINET_FLASHING);
    assert_int_equal(look(&b).sensed.on[0], 1 << 1 | 1 << 3);
    assert_int_equal(send(&b, 2, MAIN_GREEN), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, 0);
    assert_int_equal(look(&b).sensed.on[0], 1 << 1 | 1 << 3);
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_ACCEPTED);
    assert_int_equal(look(&b).sensed.on[0], MAIN_GREEN);
}

static void the_heartbeat_may_be_999_ms_old_and_not_1000(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    b.now_ms += 999;
    assert_int_equal(look(&b).flags, 0);
    b.now_ms += 1;
    const struct cabinet_state s = look(&b);
    assert_int_equal(s.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(s.fault, MONITOR_HEARTBEAT);
    assert_int_equal(b.cabinet.emu.counters.flash_after_ms, 1000);
}

static void a_heartbeat_that_stands_still_is_no_heartbeat(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    for (int32_t i = 0; i < 9; i++) {
        b.now_ms += 100;
        b.command.seq++;
        assert_int_equal(send_same(&b), CABINET_ACCEPTED);
    }
    b.now_ms += 100;
    assert_int_equal(look(&b).fault, MONITOR_HEARTBEAT);
}

static void lost_frames_do_not_stop_the_heartbeat(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    for (int32_t i = 0; i < 30; i++) {
        b.command.seq++; /* every second frame is lost: the value that arrives is always the same */
        b.command.heartbeat ^= 0xffff;
        b.now_ms += 100;
        assert_int_equal(send(&b, 1, ALL_RED), CABINET_ACCEPTED);
        assert_int_equal(look(&b).flags, 0);
    }
}

static void a_command_that_comes_too_late_does_not_revive_the_lease(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    b.now_ms += 1000;
    assert_int_equal(send(&b, 1, ALL_RED), CABINET_REFUSED);
    assert_int_not_equal(look(&b).flags & CABINET_LEASE_FREE, 0);
}

static void a_heartbeat_of_zero_flashes_at_once(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    b.command.seq++;
    b.command.heartbeat = 0;
    assert_int_equal(send_same(&b), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    b.command.epoch++;
    b.command.seq++;
    assert_int_equal(send_same(&b), CABINET_REFUSED); /* nor is a lease taken with it */
}

static void only_the_holder_is_obeyed_and_only_a_newer_epoch_follows(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.command.epoch = 0;
    assert_int_equal(send(&b, 2, 0), CABINET_REFUSED);
    b.command.epoch = 100;
    take_over(&b);
    b.command.epoch = 101;
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_REFUSED);
    b.command.epoch = 99;
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_REFUSED);
    assert_int_equal(look(&b).sensed.on[0], ALL_RED);
    b.now_ms += 1000;
    b.command.epoch = 100;
    assert_int_equal(send(&b, 2, 0), CABINET_REFUSED);
    b.command.epoch = 99;
    assert_int_equal(send(&b, 2, 0), CABINET_REFUSED);
    b.command.epoch = 101;
    assert_int_equal(send(&b, 2, 0), CABINET_ACCEPTED);
    assert_int_equal(look(&b).epoch, 101);
}

static void epochs_and_sequence_numbers_roll_over(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.command.epoch = 0x7fff;
    b.command.seq = 0xfffd;
    take_over(&b);
    assert_int_equal(send(&b, 1, ALL_RED), CABINET_ACCEPTED); /* 0 */
    assert_int_equal(b.command.seq, 0);
    b.now_ms += 1000;
    (void)look(&b);
    b.command.epoch = 0xfffe;
    take_over(&b);
    b.now_ms += 1000;
    (void)look(&b);
    b.command.epoch = 0;
    take_over(&b);
    b.now_ms += 1000;
    (void)look(&b);
    b.command.epoch = 1;
    take_over(&b);
}

static void old_frames_are_refused_and_repeated_ones_change_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    b.command.image.on[0] = MAIN_GREEN;
    b.command.heartbeat ^= 0xffff;
    b.now_ms += 500;
    assert_int_equal(send_same(&b), CABINET_REPEATED);
    assert_int_equal(look(&b).sensed.on[0], ALL_RED);
    b.command.seq--;
    assert_int_equal(send_same(&b), CABINET_REFUSED);
    b.now_ms += 500;
    assert_int_equal(look(&b).fault, MONITOR_HEARTBEAT); /* neither kept the heartbeat alive */
}

static void illegal_values_are_refused(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    assert_int_equal(send(&b, 0, ALL_RED), CABINET_REFUSED);
    assert_int_equal(send(&b, 4, ALL_RED), CABINET_REFUSED);
    b.command.heartbeat = 0x1234;
    b.command.mode = 1;
    b.command.seq++;
    assert_int_equal(send_same(&b), CABINET_REFUSED);
    assert_int_equal(b.cabinet.emu.counters.refused_value, 3);
}

/* Conflicting image until it is taken away; the ms it took. */
static int64_t provoke(struct bench *b)
{
    const int64_t from_ms = b->now_ms + 100;
    assert_int_equal(send(b, 1, BOTH_GREEN), CABINET_ACCEPTED);
    for (int32_t i = 0; i < 100 && !b->cabinet.emu.holds_flash; i++) {
        b->now_ms += 10;
        cabinet_emu_tick(&b->cabinet.emu, b->now_ms);
    }
    return b->now_ms - from_ms;
}

static void a_trip_latches_and_keeps_the_lease(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    assert_in_range(provoke(&b), 200, 450);
    struct cabinet_state s = look(&b);
    assert_int_equal(s.flags, CABINET_FLASHING | CABINET_LATCHED);
    assert_int_equal(s.fault, MONITOR_CONFLICT);
    assert_int_equal(s.conflict_count, 1);
    for (int32_t i = 0; i < 50; i++) {
        assert_int_equal(send(&b, i % 2 == 0 ? 2 : 1, MAIN_GREEN), CABINET_ACCEPTED);
        s = look(&b);
        assert_int_equal(s.sensed.flash[0], 1 << 1 | 1 << 3);
        assert_int_equal(s.seq, b.command.seq);
    }
}

static void only_reset_ends_a_latch_and_only_start_up_follows(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    (void)provoke(&b);
    const struct cabinet_memory kept = b.cabinet.emu.memory;
    cabinet_emu_init(&b.cabinet.emu, &b.cabinet.config, &kept, b.now_ms);
    assert_int_equal(look(&b).flags, CABINET_LEASE_FREE | CABINET_FLASHING | CABINET_LATCHED);
    b.command.epoch++;
    assert_int_equal(send(&b, 2, 0), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, CABINET_FLASHING | CABINET_LATCHED);
    cabinet_emu_press_reset(&b.cabinet.emu, b.now_ms);
    assert_int_equal(look(&b).flags, CABINET_FLASHING | CABINET_RESET_SEEN);
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, CABINET_FLASHING);
    assert_int_equal(send(&b, 2, 0), CABINET_ACCEPTED);
    assert_int_equal(look(&b).flags, 0);
}

static void command_mode_3_latches(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    assert_int_equal(send(&b, 3, 0), CABINET_ACCEPTED);
    assert_int_equal(send(&b, 2, 0), CABINET_ACCEPTED);
    const struct cabinet_state s = look(&b);
    assert_int_equal(s.flags, CABINET_FLASHING | CABINET_LATCHED);
    assert_int_equal(s.fault, MONITOR_COMMANDED);
    assert_int_equal(b.cabinet.emu.counters.trips, 1);
}

static void the_monitor_judges_the_lamps_and_not_the_command(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    assert_int_equal(send(&b, 1, MAIN_GREEN), CABINET_ACCEPTED);
    assert_true(cabinet_emu_lamp_fault(&b.cabinet.emu, 5, LAMP_STUCK_ON, false, b.now_ms));
    assert_int_equal(look(&b).sensed.on[0], MAIN_GREEN | 1 << 5);
    b.now_ms += 400;
    assert_int_equal(look(&b).fault, MONITOR_CONFLICT);
    bench_init(&b);
    take_over(&b);
    assert_true(cabinet_emu_lamp_fault(&b.cabinet.emu, 3, LAMP_STUCK_OFF, false, b.now_ms));
    b.now_ms += 800;
    assert_int_equal(look(&b).fault, MONITOR_RED_FAIL);
}

static void a_read_back_that_lies_does_not_trip_the_monitor(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    assert_true(cabinet_emu_lamp_fault(&b.cabinet.emu, 3, LAMP_STUCK_OFF, true, b.now_ms));
    assert_true(cabinet_emu_lamp_fault(&b.cabinet.emu, 5, LAMP_STUCK_ON, true, b.now_ms));
    for (int32_t i = 0; i < 20; i++) {
        assert_int_equal(send(&b, 1, ALL_RED), CABINET_ACCEPTED);
    }
    assert_int_equal(look(&b).sensed.on[0], 1 << 0 | 1 << 5);
    assert_int_equal(look(&b).flags, 0);
    assert_true(cabinet_emu_lamp_fault(&b.cabinet.emu, 3, LAMP_HEALTHY, true, b.now_ms));
    assert_false(cabinet_emu_lamp_fault(&b.cabinet.emu, 96, LAMP_HEALTHY, true, b.now_ms));
}

static void switches_take_lamps_and_lease_and_give_neither_back(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    cabinet_emu_switch(&b.cabinet.emu, SWITCH_LOCAL, true, b.now_ms);
    assert_int_equal(look(&b).flags, CABINET_LOCAL | CABINET_FLASHING);
    b.command.epoch++;
    assert_int_equal(send(&b, 2, 0), CABINET_REFUSED);
    cabinet_emu_switch(&b.cabinet.emu, SWITCH_POLICE, true, b.now_ms);
    assert_int_equal(look(&b).sensed.on[0], ALL_RED);
    cabinet_emu_switch(&b.cabinet.emu, SWITCH_LOCAL, false, b.now_ms);
    cabinet_emu_switch(&b.cabinet.emu, SWITCH_POLICE, false, b.now_ms);
    assert_int_equal(look(&b).flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    take_over(&b);
    cabinet_emu_switch(&b.cabinet.emu, SWITCH_DOOR, true, b.now_ms);
    assert_int_equal(look(&b).flags, CABINET_DOOR_OPEN); /* a door is only told */
}

static void a_reboot_loses_the_lease_but_not_the_epoch(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    take_over(&b);
    cabinet_emu_reboot(&b.cabinet.emu, b.now_ms);
    assert_int_equal(look(&b).boot_count, 2);
    assert_int_equal(look(&b).flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(send(&b, 2, 0), CABINET_REFUSED);
    b.command.epoch++;
    assert_int_equal(send(&b, 2, 0), CABINET_ACCEPTED);
}

static void edges_are_counted_where_they_happen(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    for (int32_t i = 0; i < 300; i++) {
        assert_true(cabinet_emu_input(&b.cabinet.emu, 63, true, b.now_ms));
        assert_true(cabinet_emu_input(&b.cabinet.emu, 63, true, b.now_ms));
        assert_true(cabinet_emu_input(&b.cabinet.emu, 63, false, b.now_ms));
    }
    assert_int_equal(look(&b).edge_count[63], 300 - 256);
    assert_true(look(&b).occupied == 0);
    assert_false(cabinet_emu_input(&b.cabinet.emu, 64, true, b.now_ms));
    assert_false(cabinet_emu_input(&b.cabinet.emu, -1, true, b.now_ms));
}

static void control_lines_are_obeyed_or_answered_with_an_error(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    char answer[CONTROL_ANSWER_BYTES];
    static const char *const good[] = { "press reset",     "police on",
                                        "police off",      "input 5 on",
                                        "lamp 3 stuck-on", "lamp 3 ok",
                                        "drop 20",         "delay 80",
                                        "garbage",         "exception",
                                        "stale 2",         "reboot",
                                        "door on",         "readback 1 stuck-off",
                                        "@1 local on" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        control_line(&b.cabinet, 1, good[i], b.now_ms, answer);
        assert_string_equal(answer, "ok");
    }
    assert_int_equal(b.cabinet.wire.drop, 20);
    assert_int_equal(b.cabinet.wire.delay_ms, 80);
    assert_true(b.cabinet.wants_hang_up);
    static const char *const bad[] = { "",           "press",        "press play",
                                       "police",     "input x on",   "input 5",
                                       "lamp 96 ok", "lamp 3 green", "drop -1",
                                       "drop 1 2 3", "delay",        "@2 state",
                                       "@ state",    "delay 1e3",    "state of the art please" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        control_line(&b.cabinet, 1, bad[i], b.now_ms, answer);
        assert_memory_equal(answer, "error: ", 7);
    }
    control_line(&b.cabinet, 1, "state", b.now_ms, answer);
    assert_int_equal(answer[0], '{');
    assert_int_equal(answer[strlen(answer) - 1], '}');
    assert_non_null(strstr(answer, "\"channels\":{\"1\":\"y\",\"2\":\"r\"}"));
}

static void spoilt_requests_are_counted_down(void **state)
{
    (void)state;
    struct wire_faults w = { .drop = 2, .garbage = 1, .exception = 1, .stale = 1, .delay_ms = 5 };
    const enum modbus_fate expected[] = { FATE_DROP,  FATE_DROP,   FATE_GARBAGE, FATE_EXCEPTION,
                                          FATE_STALE, FATE_ANSWER, FATE_ANSWER };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int32_t delay_ms = 0;
        assert_int_equal(wire_fate(&w, &delay_ms), expected[i]);
        assert_int_equal(delay_ms, 5);
    }
}

static void memory_survives_and_a_damaged_file_latches(void **state)
{
    (void)state;
    char folder[] = "/tmp/kavsak-store-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/state", folder);
    struct cabinet_memory out;
    assert_int_equal(store_load(path, &out), STATUS_NOT_FOUND);
    const struct cabinet_memory in = {
        .boot_count = 70000, .conflict_count = 3, .epoch = 65535, .latch = MONITOR_SHORT_YELLOW
    };
    assert_int_equal(store_save(path, &in), STATUS_OK);
    assert_int_equal(store_load(path, &out), STATUS_OK);
    assert_int_equal(out.boot_count, in.boot_count);
    assert_int_equal(out.conflict_count, in.conflict_count);
    assert_int_equal(out.epoch, in.epoch);
    assert_int_equal(out.latch, in.latch);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("kavsak-cabinet 1 boots 7 confl", file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_load(path, &out), STATUS_INVALID);
    assert_int_not_equal(out.latch, MONITOR_NO_FAULT);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* Writes text to a file, reads it as a recording. */
static enum status open_text(struct play *p, const char *text, char *error, size_t error_bytes)
{
    char path[] = "/tmp/kavsak-play-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
    const enum status s = play_open(p, path, error, error_bytes);
    (void)unlink(path);
    return s;
}

static void recorded_events_are_played_when_they_are_due(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct play p;
    char error[128] = "";
    play_init(&p);
    assert_int_equal(open_text(&p,
                               "TimeStamp,DeviceId,EventId,Parameter\r\n"
                               "2024-02-29T23:59:59.500Z,227,1,2\r\n"
                               "2024-02-29T23:59:59.607Z,227,400,-1\r\n"
                               "2024-02-29T23:59:59.700Z,227,82,5\r\n"
                               "2024-03-01 00:00:00.700,227,81,5\r\n"
                               "2024-03-01T00:00:00.7,227,82,200\n",
                               error, sizeof error),
                     STATUS_OK);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.skipped, 1);
    play_start(&p, &b.cabinet.emu, 10000);
    play_step(&p, &b.cabinet.emu, 10199);
    assert_true(b.cabinet.emu.occupied == 0);
    play_step(&p, &b.cabinet.emu, 10200);
    assert_true(b.cabinet.emu.occupied == 1u << 4);
    play_step(&p, &b.cabinet.emu, 11199);
    assert_false(play_is_over(&p));
    play_step(&p, &b.cabinet.emu, 11200);
    assert_true(b.cabinet.emu.occupied == 0);
    assert_true(play_is_over(&p));
    play_finish(&p);
}

static void a_recording_can_be_mapped_sped_up_and_entered_late(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct play p;
    char error[128] = "";
    play_init(&p);
    assert_int_equal(play_map(&p, "5:0,200:63"), STATUS_OK);
    p.speed_percent = 1000;
    p.from_ms = 1000;
    assert_int_equal(open_text(&p,
                               "2024-05-13T15:00:00.0Z,1,82,5\n2024-05-13T15:00:00.1Z,1,82,6\n"
                               "2024-05-13T15:00:02.0Z,1,82,200\n",
                               error, sizeof error),
                     STATUS_OK);
    play_start(&p, &b.cabinet.emu, 500);
    assert_true(b.cabinet.emu.occupied == 1);
    play_step(&p, &b.cabinet.emu, 599);
    assert_true(b.cabinet.emu.occupied == 1);
    play_step(&p, &b.cabinet.emu, 600);
    assert_true(b.cabinet.emu.occupied == (bit64(63) | 1));
    play_finish(&p);
    assert_int_equal(play_map(&p, "b5:64"), STATUS_INVALID);
    assert_int_equal(play_map(&p, "5:64"), STATUS_INVALID);
    assert_int_equal(play_map(&p, "5"), STATUS_INVALID);
    assert_int_equal(play_map(&p, "5:1,"), STATUS_INVALID);
    assert_int_equal(play_map(&p, ""), STATUS_INVALID);
}

static void buttons_are_played_where_they_are_named(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct play p;
    char error[128] = "";
    play_init(&p);
    assert_int_equal(play_map(&p, "b4:52"), STATUS_OK);
    assert_int_equal(open_text(&p,
                               "2024-05-13T15:00:00.0Z,1,90,4\n2024-05-13T15:00:00.0Z,1,90,2\n"
                               "2024-05-13T15:00:00.0Z,1,82,4\n2024-05-13T15:00:00.3Z,1,89,4\n",
                               error, sizeof error),
                     STATUS_OK);
    assert_int_equal(p.skipped, 1); /* the button that is not named; detectors keep their inputs */
    play_start(&p, &b.cabinet.emu, 500);
    play_step(&p, &b.cabinet.emu, 500);
    assert_true(b.cabinet.emu.occupied == (bit64(52) | bit64(3)));
    play_step(&p, &b.cabinet.emu, 800);
    assert_true(b.cabinet.emu.occupied == bit64(3));
    play_finish(&p);
}

static void an_on_after_an_on_is_played_as_another_vehicle(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct play p;
    char error[128] = "";
    play_init(&p);
    assert_int_equal(open_text(&p, "2024-05-13T15:00:00.0Z,1,82,1\n2024-05-13T15:00:01.3Z,1,82,1\n",
                               error, sizeof error),
                     STATUS_OK);
    play_start(&p, &b.cabinet.emu, 0);
    play_step(&p, &b.cabinet.emu, 0);
    const uint8_t one = b.cabinet.emu.edge_count[0];
    play_step(&p, &b.cabinet.emu, 1300);
    assert_true(b.cabinet.emu.occupied == 1);
    assert_int_equal(b.cabinet.emu.edge_count[0], one + 1);
    play_finish(&p);
}

static void a_bad_recording_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        { "2024-05-13T15:00:00Z,1,82\n", "line 1, column 26: expected a comma and the event's" },
        { "2024-05-13T15:00:01Z,1,1,5\n", "no detector event" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct play p;
        char error[128] = "";
        play_init(&p);
        assert_int_equal(open_text(&p, bad[i][0], error, sizeof error), STATUS_INVALID);
        assert_memory_equal(error, bad[i][1], strlen(bad[i][1]));
        play_finish(&p);
    }
    struct play p;
    char error[128] = "";
    play_init(&p);
    assert_int_equal(play_open(&p, "/nonexistent/events.csv", error, sizeof error), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_wakes_in_flash_with_a_free_lease),
        cmocka_unit_test(no_image_is_shown_before_flash_was_taken_over),
        cmocka_unit_test(the_heartbeat_may_be_999_ms_old_and_not_1000),
        cmocka_unit_test(a_heartbeat_that_stands_still_is_no_heartbeat),
        cmocka_unit_test(lost_frames_do_not_stop_the_heartbeat),
        cmocka_unit_test(a_command_that_comes_too_late_does_not_revive_the_lease),
        cmocka_unit_test(a_heartbeat_of_zero_flashes_at_once),
        cmocka_unit_test(only_the_holder_is_obeyed_and_only_a_newer_epoch_follows),
        cmocka_unit_test(epochs_and_sequence_numbers_roll_over),
        cmocka_unit_test(old_frames_are_refused_and_repeated_ones_change_nothing),
        cmocka_unit_test(illegal_values_are_refused),
        cmocka_unit_test(a_trip_latches_and_keeps_the_lease),
        cmocka_unit_test(only_reset_ends_a_latch_and_only_start_up_follows),
        cmocka_unit_test(command_mode_3_latches),
        cmocka_unit_test(the_monitor_judges_the_lamps_and_not_the_command),
        cmocka_unit_test(a_read_back_that_lies_does_not_trip_the_monitor),
        cmocka_unit_test(switches_take_lamps_and_lease_and_give_neither_back),
        cmocka_unit_test(a_reboot_loses_the_lease_but_not_the_epoch),
        cmocka_unit_test(edges_are_counted_where_they_happen),
        cmocka_unit_test(control_lines_are_obeyed_or_answered_with_an_error),
        cmocka_unit_test(spoilt_requests_are_counted_down),
        cmocka_unit_test(memory_survives_and_a_damaged_file_latches),
        cmocka_unit_test(recorded_events_are_played_when_they_are_due),
        cmocka_unit_test(a_recording_can_be_mapped_sped_up_and_entered_late),
        cmocka_unit_test(buttons_are_played_where_they_are_named),
        cmocka_unit_test(an_on_after_an_on_is_played_as_another_vehicle),
        cmocka_unit_test(a_bad_recording_is_refused_with_its_line),
    };
    return RUN_TESTS(tests);
}
