#include "modbus.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <modbus/modbus.h>

enum {
    LINE_QUIET_MS =
        20, /* a serial line silent this long carries no frame (3.5 characters at 2400 baud) */
    LINE_DRAIN_MAX_MS =
        500,         /* a line that babbles longer gets its request anyway and fails by itself */
    SILENT_MS = 1000 /* response timeout where the request names none */
};

struct modbus_link {
    modbus_t *bus;
    bool is_tcp;
    bool is_connected;
    bool must_flush; /* a late answer may still be under way */
    int32_t timeouts_in_row;
    int64_t pause_ms;
    mono_t retry_at;
    struct modbus_counters counters;
};

static mono_t clock_now(void)
{
    struct timespec t;
    const int failed = clock_gettime(CLOCK_MONOTONIC, &t);
    REQUIRE(failed == 0);
    return (mono_t){ .ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 };
}

static bool host_is_numeric(const char *host)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    freeaddrinfo(found);
    return true;
}

static modbus_t *bus_create(const struct site_link *site)
{
    if (site->kind == LINK_TCP) {
        if (!host_is_numeric(site->host) || site->port < 1 || site->port > 65535) {
            return NULL;
        }
        char service[8];
        (void)snprintf(service, sizeof service, "%d", (int)site->port);
        return modbus_new_tcp_pi(site->host, service);
    }
    if (site->kind == LINK_RTU) {
        return modbus_new_rtu(site->host, site->baud, site->parity, site->data_bits,
                              site->stop_bits);
    }
    return NULL;
}

struct modbus_link *modbus_link_open(const struct site_link *site)
{
    struct modbus_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return NULL;
    }
    link->bus = bus_create(site);
    if (link->bus == NULL) {
        free(link);
        return NULL;
    }
    link->is_tcp = site->kind == LINK_TCP;
    link->pause_ms = MODBUS_PAUSE_FIRST_MS;
    /* Never MODBUS_ERROR_RECOVERY_LINK: its send may loop for ever (libmodbus issues 39, 199, 618).
     */
    (void)modbus_set_error_recovery(link->bus, MODBUS_ERROR_RECOVERY_NONE);
    /* Zero: the response timeout bounds the whole answer, not each of its bytes. */
    (void)modbus_set_byte_timeout(link->bus, 0, 0);
    return link;
}

static void link_drop(struct modbus_link *link)
{
    if (link->is_connected) {
        modbus_close(link->bus);
    }
    link->is_connected = false;
    link->must_flush = false;
    link->timeouts_in_row = 0;
}

void modbus_link_close(struct modbus_link *link)
{
    if (link == NULL) {
        return;
    }
    link_drop(link);
    modbus_free(link->bus);
    free(link);
}

bool modbus_link_is_connected(const struct modbus_link *link)
{
    return link->is_connected;
}

const struct modbus_counters *modbus_link_counters(const struct modbus_link *link)
{
    return &link->counters;
}

static void set_timeout(struct modbus_link *link, int32_t timeout_ms)
{
    const uint32_t ms = timeout_ms > 0 ? (uint32_t)timeout_ms : SILENT_MS;
    (void)modbus_set_response_timeout(link->bus, ms / 1000, ms % 1000 * 1000);
}

/* Pauses double, so that an absent device costs neither processor nor network; the first is short,
 * so that a cabinet that was only restarted is back before its lease matters. */
static bool link_connect(struct modbus_link *link)
{
    const mono_t now = clock_now();
    if (now.ms < link->retry_at.ms) {
        return false;
    }
    set_timeout(link, MODBUS_CONNECT_MS);
    if (modbus_connect(link->bus) == -1) {
        link->retry_at.ms = clock_now().ms + link->pause_ms;
        link->pause_ms =
            link->pause_ms * 2 < MODBUS_PAUSE_MAX_MS ? link->pause_ms * 2 : MODBUS_PAUSE_MAX_MS;
        return false;
    }
    if (link->is_tcp) {
        const int on = 1;
        (void)setsockopt(modbus_get_socket(link->bus), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    link->is_connected = true;
    link->must_flush = !link->is_tcp; /* a serial line may hold bytes from before we opened it */
    link->counters.connects++;
    return true;
}

/* RTU has no transaction number: an answer that comes late looks like the answer to the next
 * question. So after a timeout the line must have been quiet before anything is asked again. */
static void wait_for_quiet_line(struct modbus_link *link)
{
    const mono_t from = clock_now();
    while (mono_since_ms(clock_now(), from) < LINE_DRAIN_MAX_MS) {
        struct pollfd line = { .fd = modbus_get_socket(link->bus), .events = POLLIN };
        if (poll(&line, 1, LINE_QUIET_MS) <= 0 || (line.revents & POLLIN) == 0) {
            return;
        }
        (void)modbus_flush(link->bus);
        link->counters.stale_answers++;
    }
}

static void discard_stale(struct modbus_link *link)
{
    if (!link->is_tcp) {
        wait_for_quiet_line(link);
    }
    const int bytes = modbus_flush(link->bus);
    link->counters.stale_answers +=
        bytes > 0 ? 1 : 0; /* always 0 on a serial line: counted above */
    link->must_flush = false;
}

static bool request_is_possible(const struct modbus_request *q)
{
    switch ((enum modbus_function)q->function) {
    case MODBUS_READ_COILS:
    case MODBUS_READ_DISCRETE:
    case MODBUS_READ_HOLDING:
    case MODBUS_READ_INPUT:
        return q->read_count >= 1 && q->read_count <= MODBUS_REGISTERS_MAX;
    case MODBUS_WRITE_COILS:
    case MODBUS_WRITE_REGISTERS:
        return q->write_count >= 1 && q->write_count <= MODBUS_WRITE_MAX;
    case MODBUS_WRITE_READ:
        return q->read_count >= 1 && q->read_count <= MODBUS_REGISTERS_MAX && q->write_count >= 1 &&
               q->write_count <= MODBUS_WRITE_MAX;
    }
    return false;
}

static int read_bits(modbus_t *bus, const struct modbus_request *q, uint16_t *out)
{
    uint8_t bits[MODBUS_REGISTERS_MAX] = { 0 };
    const int got = q->function == MODBUS_READ_COILS
                        ? modbus_read_bits(bus, q->read_address, q->read_count, bits)
                        : modbus_read_input_bits(bus, q->read_address, q->read_count, bits);
    for (int i = 0; i < got && i < MODBUS_REGISTERS_MAX; i++) {
        out[i] = bits[i] != 0;
    }
    return got;
}

static int write_bits(modbus_t *bus, const struct modbus_request *q)
{
    uint8_t bits[MODBUS_WRITE_MAX];
    for (size_t i = 0; i < q->write_count; i++) {
        bits[i] = q->write[i] != 0;
    }
    return modbus_write_bits(bus, q->write_address, q->write_count, bits);
}

/* Values read, or -1 with errno; writes answer 0. */
static int bus_transfer(modbus_t *bus, const struct modbus_request *q, uint16_t *out)
{
    switch ((enum modbus_function)q->function) {
    case MODBUS_READ_COILS:
    case MODBUS_READ_DISCRETE:
        return read_bits(bus, q, out);
    case MODBUS_READ_HOLDING:
        return modbus_read_registers(bus, q->read_address, q->read_count, out);
    case MODBUS_READ_INPUT:
        return modbus_read_input_registers(bus, q->read_address, q->read_count, out);
    case MODBUS_WRITE_COILS:
        return write_bits(bus, q) == -1 ? -1 : 0;
    case MODBUS_WRITE_REGISTERS:
        return modbus_write_registers(bus, q->write_address, q->write_count, q->write) == -1 ? -1
                                                                                             : 0;
    case MODBUS_WRITE_READ:
        return modbus_write_and_read_registers(bus, q->write_address, q->write_count, q->write,
                                               q->read_address, q->read_count, out);
    }
    errno = EINVAL;
    return -1;
}

/* A device that refuses is healthy. One that is silent may answer late: what comes before the next
 * question is thrown away, and later answers are told by their transaction number. Anything else
 * means that we no longer know where in the stream we are: hang up. */
static void transfer_failed(struct modbus_link *link, int error, struct modbus_reply *reply)
{
    if (error > MODBUS_ENOBASE && error < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX) {
        reply->status = STATUS_INVALID;
        reply->exception = (uint8_t)(error - MODBUS_ENOBASE);
        link->timeouts_in_row = 0;
        link->counters.exceptions++;
        return;
    }
    if (error == ETIMEDOUT) {
        reply->status = STATUS_TIMEOUT;
        link->counters.timeouts++;
        link->must_flush = true;
        if (++link->timeouts_in_row >= MODBUS_TIMEOUTS_MAX) {
            link_drop(link);
        }
        return;
    }
    const bool malformed = error >= EMBBADCRC && error <= EMBBADSLAVE;
    reply->status = malformed ? STATUS_INVALID : STATUS_IO;
    link->counters.malformed += malformed ? 1 : 0;
    link->counters.io_errors += malformed ? 0 : 1;
    if (malformed && !link->is_tcp) {
        link->must_flush = true;
        return;
    }
    link_drop(link);
}

void modbus_link_transfer(struct modbus_link *link, const struct modbus_request *request,
                          struct modbus_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    reply->ticket = request->ticket;
    reply->status = STATUS_INVALID;
    reply->sent_at = clock_now();
    reply->done_at = reply->sent_at;
    link->counters.transfers++;
    if (!request_is_possible(request) || modbus_set_slave(link->bus, request->unit) == -1) {
        return;
    }
    if (!link->is_connected && !link_connect(link)) {
        reply->status = STATUS_IO;
        reply->done_at = clock_now();
        link->counters.io_errors++;
        return;
    }
    if (link->must_flush) {
        discard_stale(link);
    }
    set_timeout(link, request->timeout_ms);
    reply->sent_at = clock_now();
    errno = 0;
    const int got = bus_transfer(link->bus, request, reply->read);
    const int error = errno;
    reply->done_at = clock_now();
    if (got < 0) {
        memset(reply->read, 0, sizeof reply->read);
        transfer_failed(link, error, reply);
        return;
    }
    reply->status = STATUS_OK;
    reply->count = (uint16_t)got;
    link->timeouts_in_row = 0;
    link->pause_ms = MODBUS_PAUSE_FIRST_MS;
    link->counters.answered++;
}
