#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traci.h"

/* A server of the protocol, in a process of its own, that says what a script tells it: for each
 * message that comes the next answer, whatever was asked. */
enum { ANSWERS_MAX = 16, ANSWER_BYTES = 512 };

struct answer {
    uint8_t bytes[ANSWER_BYTES];
    size_t size;
    bool is_split; /* sent byte by byte */
    bool is_last;  /* and then the server dies, after cut bytes */
    size_t cut;
};

struct server {
    struct answer answer[ANSWERS_MAX];
    size_t count;
    pid_t pid;
};

static void put(struct answer *a, const void *bytes, size_t size)
{
    assert_true(a->size + size <= sizeof a->bytes);
    memcpy(a->bytes + a->size, bytes, size);
    a->size += size;
}

static void put_u8(struct answer *a, int value)
{
    const uint8_t byte = (uint8_t)value;
    put(a, &byte, 1);
}

static void put_i32(struct answer *a, int32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        put_u8(a, (int)((uint32_t)value >> shift & 0xff));
    }
}

static void put_double(struct answer *a, double value)
{
    uint64_t v = 0;
    memcpy(&v, &value, sizeof v);
    put_i32(a, (int32_t)(uint32_t)(v >> 32));
    put_i32(a, (int32_t)(uint32_t)v);
}

static void put_string(struct answer *a, const char *text)
{
    put_i32(a, (int32_t)strlen(text));
    put(a, text, strlen(text));
}

static void put_status(struct answer *a, int command, int result, const char *text)
{
    put_u8(a, (int)(7 + strlen(text)));
    put_u8(a, command);
    put_u8(a, result);
    put_string(a, text);
}

static void put_int(struct answer *a, int variable, int32_t value)
{
    put_u8(a, variable);
    put_u8(a, 0);
    put_u8(a, 0x09);
    put_i32(a, value);
}

static void put_real(struct answer *a, int variable, double value)
{
    put_u8(a, variable);
    put_u8(a, 0);
    put_u8(a, 0x0b);
    put_double(a, value);
}

static void put_heading(struct answer *a, int response, const char *id, int variables)
{
    put_u8(a, 0); /* the long form, as SUMO always has it here */
    put_i32(a, 0);
    put_u8(a, response);
    put_string(a, id);
    put_u8(a, variables);
}

static void put_simulation(struct answer *a, double time_s)
{
    put_heading(a, 0xeb, "", 4);
    put_real(a, 0x66, time_s);
    put_int(a, 0x73, 3);
    put_int(a, 0x79, 1);
    put_int(a, 0x7d, 40);
}

static void put_loop(struct answer *a, const char *id, int32_t count, double occupancy,
                     double quiet_s)
{
    put_heading(a, 0xe0, id, 3);
    put_int(a, 0x10, count);
    put_real(a, 0x13, occupancy);
    put_real(a, 0x16, quiet_s);
}

static struct answer *next(struct server *s)
{
    assert_true(s->count < ANSWERS_MAX);
    return &s->answer[s->count++];
}

static void greet(struct server *s, int32_t version)
{
    *s = (struct server){ 0 };
    struct answer *a = next(s);
    put_status(a, 0x00, 0, "");
    put_u8(a, 2 + 4 + 4 + 4);
    put_u8(a, 0x00);
    put_i32(a, version);
    put_string(a, "FAKE");
    a = next(s);
    put_status(a, 0xdb, 0, "");
    put_simulation(a, 0);
    a = next(s);
    put_status(a, 0xab, 0, "");
    put_u8(a, 0);
    put_i32(a, 0);
    put_u8(a, 0xbb);
    put_u8(a, 0x1d);
    put_string(a, "");
    put_u8(a, 0x0b);
    put_double(a, 3600);
}

static void watch_loop(struct server *s, const char *id)
{
    struct answer *a = next(s);
    put_status(a, 0xd0, 0, "");
    put_loop(a, id, 0, 0, 1e9);
}

static bool read_exactly(int fd, uint8_t *bytes, size_t size)
{
    size_t got = 0;
    while (got < size) {
        const ssize_t n = read(fd, bytes + got, size - got);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

/* Long enough for the reader to have seen what there is. */
static void nap(void)
{
    struct timeval t = { .tv_usec = 200 };
    (void)select(0, NULL, NULL, NULL, &t);
}

static bool say(int fd, const struct answer *a)
{
    struct answer head = { 0 };
    put_i32(&head, (int32_t)(a->size + 4));
    put(&head, a->bytes, a->is_last ? a->cut : a->size);
    if (!a->is_split) {
        return write(fd, head.bytes, head.size) == (ssize_t)head.size && !a->is_last;
    }
    for (size_t i = 0; i < head.size; i++) {
        if (write(fd, head.bytes + i, 1) != 1) {
            return false;
        }
        nap();
    }
    return !a->is_last;
}

static _Noreturn void serve(int fd, const struct server *s)
{
    uint8_t bytes[4096];
    for (size_t i = 0; i < s->count; i++) {
        if (!read_exactly(fd, bytes, 4)) {
            _exit(0);
        }
        const size_t size = (size_t)bytes[2] << 8 | bytes[3];
        if (size > sizeof bytes || !read_exactly(fd, bytes, size - 4) || !say(fd, &s->answer[i])) {
            _exit(0);
        }
    }
    /* The closing command. */
    _exit(read_exactly(fd, bytes, 4) ? 0 : 1);
}

static struct traci *attach(struct server *s, char error[TRACI_ERROR_BYTES])
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        (void)close(fd[0]);
        serve(fd[1], s);
    }
    (void)close(fd[1]);
    return traci_attach(fd[0], error);
}

static void leave(struct server *s, struct traci *t)
{
    traci_stop(t);
    assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
}

static void it_reads_loops_and_the_simulation(void **state)
{
    (void)state;
    struct server s;
    char error[TRACI_ERROR_BYTES];
    greet(&s, 20);
    watch_loop(&s, "a");
    watch_loop(&s, "b");
    for (int32_t i = 0; i < 2; i++) {
        struct answer *a = next(&s);
        a->is_split = i == 1; /* the same in single bytes */
        put_status(a, 0x02, 0, "");
        put_i32(a, 3);
        put_loop(a, "b", 1, 100, 0);
        put_loop(a, "a", 2, 40, 0.25);
        put_simulation(a, i + 1);
    }
    struct traci *t = attach(&s, error);
    assert_non_null(t);
    assert_int_equal(traci_end_ms(t), 3600000);
    uint32_t ix = 9;
    assert_int_equal(traci_watch_loop(t, "a", &ix), STATUS_OK);
    assert_int_equal(ix, 0);
    assert_int_equal(traci_watch_loop(t, "b", &ix), STATUS_OK);
    assert_int_equal(ix, 1);
    assert_int_equal(traci_step(t), STATUS_OK);
    assert_int_equal(traci_time_ms(t), 1000);
    assert_int_equal(traci_reading(t, 0)->entered, 2);
    assert_int_equal(traci_reading(t, 0)->occupancy_pct, 40);
    assert_int_equal(traci_reading(t, 0)->quiet_ms, 250);
    assert_int_equal(traci_reading(t, 1)->entered, 1);
    assert_int_equal(traci_reading(t, 1)->quiet_ms, 0);
    assert_int_equal(traci_step(t), STATUS_OK);
    assert_int_equal(traci_time_ms(t), 2000);
    assert_int_equal(traci_reading(t, 0)->entered, 2);
    assert_int_equal(traci_reading(t, 1)->entered, 0); /* who stands there came before */
    leave(&s, t);
}

static void an_old_version_is_refused(void **state)
{
    (void)state;
    struct server s;
    char error[TRACI_ERROR_BYTES];
    greet(&s, 19);
    s.count = 1;
    assert_null(attach(&s, error));
    assert_non_null(strstr(error, "version 19"));
    assert_int_equal(waitpid(s.pid, NULL, 0), s.pid);
}

static void a_refusal_has_its_own_words_and_ends_nothing(void **state)
{
    (void)state;
    struct server s;
    char error[TRACI_ERROR_BYTES];
    greet(&s, 21);
    put_status(next(&s), 0xd0, 0xff, "Induction loop 'x' is not known");
    watch_loop(&s, "a");
    struct answer *a = next(&s);
    put_status(a, 0xc2, 0xff, "Traffic light 'y' is not known");
    put_status(a, 0x02, 0, "");
    put_i32(a, 1);
    put_simulation(a, 1);
    struct traci *t = attach(&s, error);
    assert_non_null(t);
    uint32_t ix = 0;
    assert_int_equal(traci_watch_loop(t, "x", &ix), STATUS_INVALID);
    assert_non_null(strstr(traci_error(t), "'x' is not known"));
    assert_int_equal(traci_watch_loop(t, "a", &ix), STATUS_OK);
    assert_int_equal(traci_set_state(t, "y", "rG"), STATUS_OK);
    assert_int_equal(traci_step(t), STATUS_INVALID);
    assert_non_null(strstr(traci_error(t), "'y' is not known"));
    leave(&s, t);
}

static void death_in_the_middle_of_an_answer_is_told_and_lasts(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 54; cut += 7) {
        struct server s;
        char error[TRACI_ERROR_BYTES];
        greet(&s, 20);
        struct answer *a = next(&s);
        put_status(a, 0x02, 0, "");
        put_i32(a, 1);
        put_simulation(a, 1);
        a->is_last = true;
        a->cut = cut;
        struct traci *t = attach(&s, error);
        assert_non_null(t);
        assert_int_equal(traci_step(t), STATUS_IO);
        assert_non_null(strstr(traci_error(t), "sumo ended"));
        assert_int_equal(traci_step(t), STATUS_IO);
        leave(&s, t);
    }
}

static void an_answer_that_ends_early_is_no_answer(void **state)
{
    (void)state;
    struct server s;
    char error[TRACI_ERROR_BYTES];
    greet(&s, 20);
    struct answer *a = next(&s);
    put_status(a, 0x02, 0, "");
    put_i32(a, 3); /* and there is one */
    put_simulation(a, 1);
    struct traci *t = attach(&s, error);
    assert_non_null(t);
    assert_int_equal(traci_step(t), STATUS_IO);
    assert_non_null(strstr(traci_error(t), "TraCI"));
    leave(&s, t);
}

static void a_program_that_is_not_there_is_named_with_its_package(void **state)
{
    (void)state;
    char name[] = "sumo-that-is-not-there";
    char error[TRACI_ERROR_BYTES];
    assert_null(traci_start((char *[]){ name, NULL }, error));
    assert_non_null(strstr(error, "not found: install the package sumo"));
}

static void a_program_that_ends_at_once_is_told_with_its_words(void **state)
{
    (void)state;
    char shell[] = "sh";
    char option[] = "-c";
    char script[] = "echo 'Error: the net is missing.' >&2; exit 1";
    char error[TRACI_ERROR_BYTES];
    assert_null(traci_start((char *[]){ shell, option, script, NULL }, error));
    assert_non_null(strstr(error, "the net is missing"));
}

/* Control sees what a cabinet sees: the client's source has no command of the domains of vehicles
 * (0xa4, 0xc4, 0xd4), persons (0xae), types, routes, or contexts around objects (0x80 to 0x8f). */
static void it_can_ask_nothing_of_a_vehicle(void **state)
{
    (void)state;
    static const char *const allowed[] = { "0x00", "0x02", "0x7f", "0xab",
                                           "0xc2", "0xd0", "0xdb", "0xdd" };
    char path[512];
    char line[512];
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, sizeof path, "%s/sim/traci.c", source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t commands = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *value = strstr(line, " = 0x");
        if (strncmp(line, "    CMD_", 8) != 0 || value == NULL) {
            continue;
        }
        commands++;
        bool is_allowed = false;
        for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
            is_allowed = is_allowed || strncmp(value + 3, allowed[i], 4) == 0;
        }
        assert_true(is_allowed);
        assert_null(strstr(line, "VEHICLE_"));
    }
    (void)fclose(file);
    assert_int_equal(commands, sizeof allowed / sizeof *allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_loops_and_the_simulation),
        cmocka_unit_test(an_old_version_is_refused),
        cmocka_unit_test(a_refusal_has_its_own_words_and_ends_nothing),
        cmocka_unit_test(death_in_the_middle_of_an_answer_is_told_and_lasts),
        cmocka_unit_test(an_answer_that_ends_early_is_no_answer),
        cmocka_unit_test(a_program_that_is_not_there_is_named_with_its_package),
        cmocka_unit_test(a_program_that_ends_at_once_is_told_with_its_words),
        cmocka_unit_test(it_can_ask_nothing_of_a_vehicle),
    };
    return RUN_TESTS(tests);
}
