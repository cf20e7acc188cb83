/* The emulated cabinet as a controller meets it: a process of its own, spoken to through
 * hal/modbus.c. Prints the frames that were exchanged. Arguments: the program, a monitor file.
 * Ports 15210 to 15219. */
#include "test.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cabinet.h"
#include "modbus.h"

enum { PORT = 15210, TIMEOUT_MS = 400, FRAME_MS = 100 };
enum { LAMPS_RED = 1 << 0 | 1 << 3 | 1 << 6, LAMPS_MAIN_GREEN = 1 << 2 | 1 << 3 | 1 << 6 };

static const char *program_path;
static const char *monitor_path;

struct bench {
    pid_t pid;
    struct modbus_link *link;
    char folder[32];
    char socket[64];
    char *more[6]; /* arguments of the program beyond the usual, NULL at the end */
    struct cabinet_command command;
};

static int64_t now_ms(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int32_t ms)
{
    const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

static void start_program(struct bench *b)
{
    char port[8];
    (void)snprintf(port, sizeof port, "%d", PORT);
    char *arguments[16] = {
        strdup(program_path), "--port",  port,      "--monitor", strdup(monitor_path),
        "--control",          b->socket, "--state", b->folder,   NULL
    };
    for (size_t i = 0; b->more[i] != NULL; i++) {
        arguments[9 + i] = b->more[i];
    }
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    b->pid = fork();
    assert_true(b->pid >= 0);
    if (b->pid == 0) {
        (void)dup2(ready[1], STDOUT_FILENO);
        (void)close(ready[0]);
        (void)execv(program_path, arguments);
        _exit(127);
    }
    (void)close(ready[1]);
    char line[128] = "";
    assert_true(read(ready[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "ready"));
    (void)close(ready[0]);
    free(arguments[0]);
    free(arguments[4]);
}

static void stop_program(struct bench *b)
{
    int status = 0;
    assert_int_equal(kill(b->pid, SIGTERM), 0);
    assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    (void)snprintf(b->folder, sizeof b->folder, "/tmp/kavsak-cabinet-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    (void)snprintf(b->socket, sizeof b->socket, "%s/control", b->folder);
    start_program(b);
    struct site_link site = { .kind = LINK_TCP, .port = PORT };
    (void)snprintf(site.host, sizeof site.host, "127.0.0.1");
    b->link = modbus_link_open(&site);
    assert_non_null(b->link);
    b->command = (struct cabinet_command){ .epoch = 1, .heartbeat = 0xaaaa, .mode = 2 };
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    char path[128];
    modbus_link_close(b->link);
    stop_program(b);
    for (int32_t n = 1; n <= 3; n++) {
        (void)snprintf(path, sizeof path, "%s/cabinet-%d.state", b->folder, (int)n);
        (void)unlink(path);
    }
    (void)rmdir(b->folder);
    free(b);
    return 0;
}

/* One control line; the answer is kept for the caller until the next. */
static const char *say(const struct bench *b, const char *line)
{
    static char answer[4096];
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, b->socket, strlen(b->socket) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_true(write(fd, line, strlen(line)) > 0);
    assert_int_equal(write(fd, "\n", 1), 1);
    const ssize_t got = read(fd, answer, sizeof answer - 1);
    assert_true(got > 0);
    answer[got] = '\0';
    (void)close(fd);
    return answer;
}

static int64_t count_of(const struct bench *b, const char *name)
{
    char key[64];
    (void)snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(say(b, "state"), key);
    assert_non_null(found);
    return strtoll(found + strlen(key), NULL, 10);
}

static void print_frame(const struct cabinet_command *c, const struct cabinet_state *s)
{
    print_message(
        "# -> epoch %u seq %u mode %u on %03x   <- epoch %u seq %u flags %02x fault %u on "
        "%03x flash %03x\n",
        c->epoch, c->seq, c->mode, c->image.on[0], s->epoch, s->seq, s->flags, s->fault,
        s->sensed.on[0], s->sensed.flash[0]);
}

/* One transaction as a daemon makes it; heartbeat and sequence go on by themselves. */
static struct cabinet_state frame(struct bench *b, uint16_t mode, uint32_t lamps)
{
    b->command.mode = mode;
    b->command.image.on[0] = lamps;
    b->command.seq++;
    b->command.heartbeat = b->command.heartbeat == 0x5555 ? 0xaaaa : 0x5555;
    struct modbus_request q = { .function = MODBUS_WRITE_READ,
                                .unit = 1,
                                .read_address = CABINET_STATE_ADDRESS,
                                .read_count = CABINET_STATE_REGISTERS,
                                .write_address = CABINET_COMMAND_ADDRESS,
                                .write_count = CABINET_COMMAND_REGISTERS,
                                .timeout_ms = TIMEOUT_MS };
    cabinet_encode_command(&b->command, q.write);
    struct modbus_reply r;
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    struct cabinet_state s;
    assert_int_equal(cabinet_decode_state(r.read, r.count, &s), STATUS_OK);
    print_frame(&b->command, &s);
    return s;
}

static struct cabinet_state look(struct bench *b)
{
    const struct modbus_request q = { .function = MODBUS_READ_HOLDING,
                                      .unit = 1,
                                      .read_address = CABINET_STATE_ADDRESS,
                                      .read_count = CABINET_STATE_REGISTERS,
                                      .timeout_ms = TIMEOUT_MS };
    struct modbus_reply r;
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    struct cabinet_state s;
    assert_int_equal(cabinet_decode_state(r.read, r.count, &s), STATUS_OK);
    return s;
}

/* Start-up in short: flash taken over, then all red. */
static void take_over(struct bench *b)
{
    const struct cabinet_state s = frame(b, 2, LAMPS_RED);
    assert_int_equal(s.epoch, b->command.epoch);
    assert_int_equal(s.flags & (CABINET_LEASE_FREE | CABINET_FLASHING), 0);
    (void)frame(b, 1, LAMPS_RED);
}

static void a_frame_is_obeyed_echoed_and_sensed(void **state)
{
    struct bench *b = *state;
    struct cabinet_state s = look(b);
    assert_int_equal(s.site_id, 7);
    assert_true(s.safety_hash == UINT64_C(0x0123456789abcdef));
    assert_int_equal(s.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    assert_int_equal(s.sensed.on[0], 1 << 1 | 1 << 3);
    assert_int_equal(s.sensed.flash[0], 1 << 1 | 1 << 3);
    take_over(b);
    s = frame(b, 1, LAMPS_MAIN_GREEN);
    assert_int_equal(s.seq, b->command.seq);
    assert_int_equal(s.sensed.on[0], LAMPS_MAIN_GREEN);
    assert_int_equal(s.sensed.flash[0], 0);
}

static void a_lost_heartbeat_flashes_within_its_time_and_frees_the_lease(void **state)
{
    struct bench *b = *state;
    take_over(b);
    (void)frame(b, 1, LAMPS_MAIN_GREEN);
    const int64_t from_ms = now_ms();
    struct cabinet_state s = look(b);
    while ((s.flags & CABINET_FLASHING) == 0) {
        assert_true(now_ms() - from_ms < 2000);
        sleep_ms(5);
        s = look(b);
    }
    const int64_t after_ms = now_ms() - from_ms;
    print_message("# flash %" PRId64 " ms after the last frame\n", after_ms);
    assert_in_range(after_ms, 980, 1100);
    assert_in_range(count_of(b, "flash_after_ms"), 1000, 1050);
    assert_int_equal(s.fault, 4);
    assert_int_equal(s.flags & CABINET_LATCHED, 0);
    assert_int_not_equal(s.flags & CABINET_LEASE_FREE, 0);
    /* The old epoch is spent; a newer one comes in, and only through flash. */
    s = frame(b, 1, LAMPS_MAIN_GREEN);
    assert_int_not_equal(s.flags & CABINET_LEASE_FREE, 0);
    b->command.epoch++;
    s = frame(b, 1, LAMPS_MAIN_GREEN);
    assert_int_equal(s.epoch, b->command.epoch);
    assert_int_not_equal(s.flags & CABINET_FLASHING, 0);
    take_over(b);
    assert_int_equal(look(b).sensed.on[0], LAMPS_RED);
}

static void a_second_commander_is_not_obeyed(void **state)
{
    struct bench *b = *state;
    b->command.epoch = 5;
    take_over(b);
    struct bench other = *b;
    other.command.epoch = 4;
    struct cabinet_state s = frame(&other, 1, LAMPS_MAIN_GREEN);
    assert_int_equal(s.epoch, 5);
    assert_int_equal(s.sensed.on[0], LAMPS_RED);
    other.command.epoch = 6; /* newer, but the lease is held */
    s = frame(&other, 1, LAMPS_MAIN_GREEN);
    assert_int_equal(s.epoch, 5);
    assert_int_equal(s.sensed.on[0], LAMPS_RED);
    assert_int_equal(count_of(b, "refused_epoch"), 2);
}

static void a_conflict_latches_until_reset_even_through_a_restart(void **state)
{
    struct bench *b = *state;
    take_over(b);
    struct cabinet_state s;
    const int64_t from_ms = now_ms();
    do {
        s = frame(b, 1, 1 << 2 | 1 << 5 | 1 << 6);
        sleep_ms(20);
        assert_true(now_ms() - from_ms < 1000);
    } while ((s.flags & CABINET_LATCHED) == 0);
    print_message("# conflict ended after %" PRId64 " ms\n", now_ms() - from_ms);
    assert_in_range(now_ms() - from_ms, 290, 450);
    assert_int_equal(s.fault, 1);
    assert_int_equal(s.conflict_count, 1);
    stop_program(b);
    start_program(b);
    modbus_link_close(b->link);
    struct site_link site = { .kind = LINK_TCP, .port = PORT, .host = "127.0.0.1" };
    b->link = modbus_link_open(&site);
    assert_non_null(b->link);
    s = look(b);
    assert_int_not_equal(s.flags & CABINET_LATCHED, 0);
    assert_int_equal(s.boot_count, 2);
    assert_int_equal(s.conflict_count, 1);
    b->command.epoch++;
    s = frame(b, 2, LAMPS_RED);
    assert_int_not_equal(s.flags & CABINET_FLASHING, 0);
    assert_string_equal(say(b, "press reset"), "ok\n");
    assert_int_not_equal(look(b).flags & CABINET_RESET_SEEN, 0);
    assert_int_equal(look(b).flags & CABINET_RESET_SEEN, 0);
    take_over(b);
    s = look(b);
    assert_int_equal(s.flags, 0);
    assert_int_equal(s.sensed.on[0], LAMPS_RED);
}

static void a_garbled_image_changes_nothing(void **state)
{
    struct bench *b = *state;
    take_over(b);
    struct modbus_request q = { .function = MODBUS_WRITE_REGISTERS,
                                .unit = 1,
                                .write_address = CABINET_COMMAND_ADDRESS,
                                .write_count = CABINET_COMMAND_REGISTERS,
                                .timeout_ms = TIMEOUT_MS };
    b->command.seq++;
    b->command.image.on[0] = LAMPS_MAIN_GREEN;
    cabinet_encode_command(&b->command, q.write);
    q.write[CABINET_C_ON] ^= 1u << 5;
    struct modbus_reply r;
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(look(b).sensed.on[0], LAMPS_RED);
    assert_int_equal(count_of(b, "refused_crc"), 1);
}

static void wire_faults_are_told_apart_and_survived(void **state)
{
    struct bench *b = *state;
    struct modbus_request q = { .ticket = 9,
                                .function = MODBUS_READ_HOLDING,
                                .unit = 1,
                                .read_address = CABINET_STATE_ADDRESS,
                                .read_count = CABINET_STATE_REGISTERS,
                                .timeout_ms = 60 };
    struct modbus_reply r;
    assert_string_equal(say(b, "exception"), "ok\n");
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_INVALID);
    assert_int_equal(r.exception, 4);
    assert_int_equal(r.ticket, 9);
    assert_string_equal(say(b, "drop 1"), "ok\n");
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_TIMEOUT);
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_string_equal(say(b, "garbage"), "ok\n");
    modbus_link_transfer(b->link, &q, &r);
    assert_int_not_equal(r.status, STATUS_OK);
    assert_int_equal(r.exception, 0);
    assert_int_equal(r.read[0], 0);
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_string_equal(say(b, "stale"), "ok\n");
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_INVALID);
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.status, STATUS_OK);
    q.read_address = 0x0300;
    modbus_link_transfer(b->link, &q, &r);
    assert_int_equal(r.exception, 2);
}

static void a_late_answer_is_never_taken_for_the_next(void **state)
{
    struct bench *b = *state;
    take_over(b);
    assert_string_equal(say(b, "delay 90"), "ok\n");
    const struct modbus_request state_asked = { .function = MODBUS_READ_HOLDING,
                                                .unit = 1,
                                                .read_address = CABINET_STATE_ADDRESS,
                                                .read_count = 2,
                                                .timeout_ms = 60 };
    struct modbus_reply r;
    modbus_link_transfer(b->link, &state_asked, &r);
    assert_int_equal(r.status, STATUS_TIMEOUT);
    assert_string_equal(say(b, "delay 0"), "ok\n");
    sleep_ms(60); /* the late answer, two registers of site, lies in the socket now */
    struct modbus_request lamps_asked = state_asked;
    lamps_asked.read_address = CABINET_STATE_ADDRESS + CABINET_S_ON;
    modbus_link_transfer(b->link, &lamps_asked, &r);
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.read[0], LAMPS_RED);
    assert_true(modbus_link_counters(b->link)->stale_answers > 0);
}

static void an_absent_cabinet_costs_no_time_and_is_found_again(void **state)
{
    struct bench *b = *state;
    take_over(b);
    stop_program(b);
    const struct modbus_request q = { .function = MODBUS_READ_HOLDING,
                                      .unit = 1,
                                      .read_address = CABINET_STATE_ADDRESS,
                                      .read_count = CABINET_STATE_REGISTERS,
                                      .timeout_ms = 60 };
    struct modbus_reply r;
    const int64_t from_ms = now_ms();
    for (int32_t i = 0; i < 1000; i++) {
        modbus_link_transfer(b->link, &q, &r);
        assert_int_equal(r.status, STATUS_IO);
    }
    assert_true(now_ms() - from_ms < 500);
    start_program(b);
    const int64_t back_ms = now_ms();
    do {
        sleep_ms(10);
        modbus_link_transfer(b->link, &q, &r);
        assert_true(now_ms() - back_ms < MODBUS_PAUSE_MAX_MS + 500);
    } while (r.status != STATUS_OK);
    assert_int_equal(modbus_link_counters(b->link)->connects, 2);
}

static void police_take_the_lamps_and_the_lease(void **state)
{
    struct bench *b = *state;
    take_over(b);
    (void)frame(b, 1, LAMPS_MAIN_GREEN);
    assert_string_equal(say(b, "police on"), "ok\n");
    struct cabinet_state s = frame(b, 1, LAMPS_MAIN_GREEN);
    assert_int_not_equal(s.flags & CABINET_POLICE, 0);
    assert_int_equal(s.flags & CABINET_LEASE_FREE, 0);
    assert_int_equal(s.sensed.on[0], LAMPS_RED);
    assert_string_equal(say(b, "police off"), "ok\n");
    s = look(b);
    assert_int_equal(s.flags, CABINET_LEASE_FREE | CABINET_FLASHING);
    b->command.epoch++;
    take_over(b);
}

static void inputs_edges_and_broken_lamps_are_reported(void **state)
{
    struct bench *b = *state;
    take_over(b);
    assert_string_equal(say(b, "input 5 on"), "ok\n");
    assert_string_equal(say(b, "input 6 pulse"), "ok\n");
    assert_string_equal(say(b, "input 7 faulty"), "ok\n");
    assert_string_equal(say(b, "lamp 3 stuck-off"), "ok\n");
    const struct cabinet_state s = look(b);
    assert_true(s.occupied == 1u << 5);
    assert_true(s.faulty == 1u << 7);
    assert_int_equal(s.edge_count[5], 1);
    assert_int_equal(s.edge_count[6], 1);
    assert_int_equal(s.sensed.on[0], LAMPS_RED & ~(1 << 3));
    assert_string_equal(say(b, "input 64 on"), "error: inputs are 0 to 63\n");
    assert_string_equal(say(b, "dance"), "error: no such word; see docs/cabinet.md\n");
}

static void a_hundred_clients_are_served_at_once(void **state)
{
    struct bench *b = *state;
    enum { CLIENTS = 100 };
    struct modbus_link *links[CLIENTS];
    struct modbus_link *own = b->link;
    const struct site_link site = { .kind = LINK_TCP, .port = PORT, .host = "127.0.0.1" };
    for (size_t i = 0; i < CLIENTS; i++) {
        links[i] = modbus_link_open(&site);
        assert_non_null(links[i]);
    }
    for (size_t n = 0; n < 5 * CLIENTS; n++) {
        b->link = links[n % CLIENTS];
        assert_int_equal(look(b).site_id, 7);
    }
    assert_int_equal(count_of(b, "reads"), 5 * CLIENTS);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(modbus_link_counters(links[i])->connects, 1);
        modbus_link_close(links[i]);
    }
    b->link = own;
}

/* The program again, with more arguments. */
static void start_again(struct bench *b, char *const more[])
{
    stop_program(b);
    for (size_t i = 0; more[i] != NULL; i++) {
        b->more[i] = more[i];
    }
    start_program(b);
}

static uint16_t inputs_of_unit(uint16_t port, uint8_t unit, uint8_t *exception)
{
    struct site_link site = { .kind = LINK_TCP, .port = port, .host = "127.0.0.1" };
    struct modbus_link *link = modbus_link_open(&site);
    assert_non_null(link);
    const struct modbus_request q = { .function = MODBUS_READ_HOLDING,
                                      .unit = unit,
                                      .read_address = CABINET_STATE_ADDRESS + CABINET_S_INPUTS,
                                      .read_count = 1,
                                      .timeout_ms = TIMEOUT_MS };
    struct modbus_reply r;
    modbus_link_transfer(link, &q, &r);
    modbus_link_close(link);
    *exception = r.exception;
    return r.read[0];
}

static void cabinets_share_a_port_by_unit(void **state)
{
    struct bench *b = *state;
    char second[512];
    char third[512];
    (void)snprintf(second, sizeof second, "%d/1:%s", PORT + 1, monitor_path);
    (void)snprintf(third, sizeof third, "%d/2:%s", PORT + 1, monitor_path);
    char *const more[] = { "--cabinet", second, "--cabinet", third, NULL };
    start_again(b, more);
    assert_string_equal(say(b, "@2 input 1 on"), "ok\n");
    assert_string_equal(say(b, "@3 input 2 on"), "ok\n");
    uint8_t exception = 0;
    assert_int_equal(inputs_of_unit(PORT + 1, 1, &exception), 1 << 1);
    assert_int_equal(inputs_of_unit(PORT + 1, 2, &exception), 1 << 2);
    assert_int_equal(exception, 0);
    assert_int_equal(inputs_of_unit(PORT + 1, 3, &exception), 0);
    assert_int_equal(exception, 11);
    assert_int_equal(inputs_of_unit(PORT, 1, &exception), 0);
    assert_int_equal(exception, 0);
}

static void a_recording_arrives_on_the_wire_edge_by_edge(void **state)
{
    struct bench *b = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/events.csv", b->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("TimeStamp,DeviceId,EventId,Parameter\n", file);
    for (int32_t n = 0; n < 20; n++) { /* ten pulses on channel 3 */
        (void)fprintf(file, "2024-05-13T15:00:%02d.%dZ,1,%d,3\n", n / 8, n % 8,
                      n % 2 == 0 ? 82 : 81);
    }
    (void)fclose(file);
    char *const more[] = { "--play", path, NULL };
    start_again(b, more);
    sleep_ms(100);
    assert_int_equal(look(b).edge_count[2], 0); /* nobody holds the lease yet */
    take_over(b);
    int32_t seen = 0;
    for (int32_t i = 0; i < 40 && seen < 10; i++) {
        seen = frame(b, 1, LAMPS_RED).edge_count[2];
        sleep_ms(FRAME_MS);
    }
    assert_int_equal(seen, 10);
    assert_int_equal(count_of(b, "input_changes"), 20);
    (void)unlink(path);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: system_cabinet PROGRAM MONITOR\n");
        return 2;
    }
    program_path = argv[1];
    monitor_path = argv[2];
#define SYSTEM_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SYSTEM_TEST(a_frame_is_obeyed_echoed_and_sensed),
        SYSTEM_TEST(a_lost_heartbeat_flashes_within_its_time_and_frees_the_lease),
        SYSTEM_TEST(a_second_commander_is_not_obeyed),
        SYSTEM_TEST(a_conflict_latches_until_reset_even_through_a_restart),
        SYSTEM_TEST(a_garbled_image_changes_nothing),
        SYSTEM_TEST(wire_faults_are_told_apart_and_survived),
        SYSTEM_TEST(a_late_answer_is_never_taken_for_the_next),
        SYSTEM_TEST(an_absent_cabinet_costs_no_time_and_is_found_again),
        SYSTEM_TEST(police_take_the_lamps_and_the_lease),
        SYSTEM_TEST(inputs_edges_and_broken_lamps_are_reported),
        SYSTEM_TEST(a_hundred_clients_are_served_at_once),
        SYSTEM_TEST(cabinets_share_a_port_by_unit),
        SYSTEM_TEST(a_recording_arrives_on_the_wire_edge_by_edge),
    };
    return RUN_TESTS(tests);
}
