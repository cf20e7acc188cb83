/* posix_openpt */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "modbus.h"

/* A slave on the other end of a pseudo terminal, written from the serial line specification:
 * function 3 answers with the address as value. What it does with each request is scripted, one
 * letter each: a answer, l answer 150 ms late, s silence, c wrong CRC, e exception 2. */
struct slave {
    int fd;
    const char *script;
    pthread_t thread;
};

static uint16_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int32_t bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xa001u : crc >> 1;
        }
    }
    return (uint16_t)crc;
}

static void sleep_ms(int32_t ms)
{
    const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

static void slave_answer(const struct slave *s, const uint8_t *asked, char how)
{
    uint8_t out[16] = { asked[0], asked[1], 2, asked[2], asked[3] };
    size_t size = 5;
    if (how == 'e') {
        out[1] |= 0x80;
        out[2] = 2;
        size = 3;
    }
    const uint16_t crc = (uint16_t)(crc_of(out, size) ^ (how == 'c' ? 1 : 0));
    out[size++] = (uint8_t)(crc & 0xff);
    out[size++] = (uint8_t)(crc >> 8);
    if (how == 'l') {
        sleep_ms(150);
    }
    if (how != 's') {
        (void)!write(s->fd, out, size);
    }
}

static void *slave_run(void *self)
{
    struct slave *s = self;
    for (const char *how = s->script; *how != '\0'; how++) {
        uint8_t asked[8];
        for (size_t got = 0; got < sizeof asked;) {
            const ssize_t n = read(s->fd, &asked[got], sizeof asked - got);
            if (n <= 0) {
                return NULL;
            }
            got += (size_t)n;
        }
        slave_answer(s, asked, *how);
    }
    return NULL;
}

static struct modbus_link *line_open(struct slave *s, const char *script)
{
    s->script = script;
    s->fd = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(s->fd >= 0);
    assert_int_equal(grantpt(s->fd), 0);
    assert_int_equal(unlockpt(s->fd), 0);
    struct site_link site = {
        .kind = LINK_RTU, .baud = 38400, .data_bits = 8, .stop_bits = 1, .parity = 'N'
    };
    (void)snprintf(site.host, sizeof site.host, "%s", ptsname(s->fd));
    struct modbus_link *link = modbus_link_open(&site);
    assert_non_null(link);
    return link;
}

static struct modbus_reply ask(struct modbus_link *link, uint16_t address)
{
    const struct modbus_request q = { .ticket = address,
                                      .function = MODBUS_READ_HOLDING,
                                      .unit = 5,
                                      .read_address = address,
                                      .read_count = 1,
                                      .timeout_ms = 100 };
    struct modbus_reply r;
    modbus_link_transfer(link, &q, &r);
    assert_int_equal(r.ticket, address);
    return r;
}

/* The port is opened by the first transfer, which flushes it: the slave starts only then. */
static void warm_up(struct modbus_link *link, struct slave *s)
{
    assert_int_equal(ask(link, 1).status, STATUS_TIMEOUT);
    uint8_t asked[8];
    assert_int_equal(read(s->fd, asked, sizeof asked), sizeof asked);
    assert_int_equal(pthread_create(&s->thread, NULL, slave_run, s), 0);
}

static void line_close(struct slave *s, struct modbus_link *link)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    modbus_link_close(link);
    (void)close(s->fd);
}

static void a_serial_slave_is_read(void **state)
{
    (void)state;
    struct slave s;
    struct modbus_link *link = line_open(&s, "aa");
    warm_up(link, &s);
    for (uint16_t address = 0x1234; address < 0x1236; address++) {
        const struct modbus_reply r = ask(link, address);
        assert_int_equal(r.status, STATUS_OK);
        assert_int_equal(r.count, 1);
        assert_int_equal(r.read[0], address);
        assert_true(r.done_at.ms >= r.sent_at.ms);
    }
    line_close(&s, link);
}

static void a_late_serial_answer_is_not_taken_for_the_next(void **state)
{
    (void)state;
    struct slave s;
    struct modbus_link *link = line_open(&s, "la");
    warm_up(link, &s);
    assert_int_equal(ask(link, 0x0101).status, STATUS_TIMEOUT);
    sleep_ms(80); /* it arrives in the meantime */
    const struct modbus_reply r = ask(link, 0x0202);
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.read[0], 0x0202);
    assert_true(modbus_link_counters(link)->stale_answers > 0);
    line_close(&s, link);
}

static void a_broken_crc_and_an_exception_are_told_apart(void **state)
{
    (void)state;
    struct slave s;
    struct modbus_link *link = line_open(&s, "cea");
    warm_up(link, &s);
    struct modbus_reply r = ask(link, 1);
    assert_int_equal(r.status, STATUS_INVALID);
    assert_int_equal(r.exception, 0);
    assert_int_equal(r.read[0], 0);
    r = ask(link, 1);
    assert_int_equal(r.status, STATUS_INVALID);
    assert_int_equal(r.exception, 2);
    assert_int_equal(ask(link, 7).read[0], 7);
    assert_int_equal(modbus_link_counters(link)->malformed, 1);
    assert_int_equal(modbus_link_counters(link)->exceptions, 1);
    line_close(&s, link);
}

static void silence_is_over_when_the_timeout_says_so(void **state)
{
    (void)state;
    struct slave s;
    struct modbus_link *link = line_open(&s, "s");
    warm_up(link, &s);
    const struct modbus_reply r = ask(link, 1);
    assert_int_equal(r.status, STATUS_TIMEOUT);
    assert_in_range(r.done_at.ms - r.sent_at.ms, 95, 200);
    line_close(&s, link);
}

static void links_that_cannot_be_are_not_opened(void **state)
{
    (void)state;
    struct site_link site = { .kind = LINK_TCP, .port = 502, .host = "cabinet.example" };
    assert_null(modbus_link_open(&site)); /* a name would ask a resolver, for seconds */
    (void)snprintf(site.host, sizeof site.host, "192.0.2.1");
    site.port = 0;
    assert_null(modbus_link_open(&site));
    site.port = 65536;
    assert_null(modbus_link_open(&site));
    site.kind = LINK_NULL;
    assert_null(modbus_link_open(&site));
    modbus_link_close(NULL);
}

static void impossible_requests_never_reach_the_wire(void **state)
{
    (void)state;
    const struct site_link site = { .kind = LINK_TCP, .port = 9, .host = "127.0.0.1" };
    struct modbus_link *link = modbus_link_open(&site);
    assert_non_null(link);
    const struct modbus_request bad[] = {
        { .function = 99, .unit = 1, .read_count = 1 },
        { .function = MODBUS_READ_HOLDING, .unit = 1, .read_count = 0 },
        { .function = MODBUS_READ_COILS, .unit = 1, .read_count = MODBUS_REGISTERS_MAX + 1 },
        { .function = MODBUS_WRITE_REGISTERS, .unit = 1, .write_count = MODBUS_WRITE_MAX + 1 },
        { .function = MODBUS_WRITE_READ, .unit = 1, .write_count = 1, .read_count = 0 },
        { .function = MODBUS_READ_HOLDING, .unit = 250, .read_count = 1 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct modbus_reply r;
        modbus_link_transfer(link, &bad[i], &r);
        assert_int_equal(r.status, STATUS_INVALID);
        assert_int_equal(modbus_link_counters(link)->io_errors, 0);
    }
    modbus_link_close(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_slave_is_read),
        cmocka_unit_test(a_late_serial_answer_is_not_taken_for_the_next),
        cmocka_unit_test(a_broken_crc_and_an_exception_are_told_apart),
        cmocka_unit_test(silence_is_over_when_the_timeout_says_so),
        cmocka_unit_test(links_that_cannot_be_are_not_opened),
        cmocka_unit_test(impossible_requests_never_reach_the_wire),
    };
    return RUN_TESTS(tests);
}
