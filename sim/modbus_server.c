#include "modbus_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <modbus/modbus.h>

/* Modbus TCP frame: transaction, protocol, length (two bytes each), unit, function, data. */
enum {
    AT_PROTOCOL = 2,
    AT_LENGTH = 4,
    AT_UNIT = 6,
    AT_FUNCTION = 7,
    AT_ADDRESS = 8,
    AT_COUNT = 10,
    FRAME_HEAD = 6,
    FRAME_MAX = 260,
    NOBODY = 11, /* exception: gateway target failed to respond */
    BUFFER_BYTES = 2 * FRAME_MAX
};

struct port {
    int fd;
    int32_t number;
    size_t device_count;
    struct modbus_device device[MODBUS_SERVER_DEVICE_MAX];
};

struct client {
    int fd; /* -1: free */
    struct port *port;
    size_t size;
    uint8_t bytes[BUFFER_BYTES];
    int64_t due_ms; /* the frame at the front waits until then; 0: not asked yet */
    enum modbus_fate fate;
};

struct modbus_server {
    modbus_t *bus; /* builds answers; its socket is the client's being answered */
    modbus_mapping_t *map;
    size_t port_count;
    size_t device_count;
    struct port *port[MODBUS_SERVER_DEVICE_MAX];
    struct client client[MODBUS_SERVER_CLIENT_MAX];
};

struct modbus_server *modbus_server_create(void)
{
    struct modbus_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        s->client[i].fd = -1;
    }
    s->bus = modbus_new_tcp("127.0.0.1", 502); /* never connected: see struct modbus_server */
    s->map = modbus_mapping_new(0, 64, MODBUS_SERVER_REGISTERS, 0);
    if (s->bus == NULL || s->map == NULL) {
        modbus_server_destroy(s);
        return NULL;
    }
    return s;
}

static void client_drop(struct client *c)
{
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    memset(c, 0, sizeof *c);
    c->fd = -1;
}

void modbus_server_destroy(struct modbus_server *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        client_drop(&s->client[i]);
    }
    for (size_t i = 0; i < s->port_count; i++) {
        (void)close(s->port[i]->fd);
        free(s->port[i]);
    }
    if (s->map != NULL) {
        modbus_mapping_free(s->map);
    }
    if (s->bus != NULL) {
        modbus_free(s->bus);
    }
    free(s);
}

static int listen_on(const char *address, int32_t number)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)number) };
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 32) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static struct port *port_find_or_open(struct modbus_server *s, const char *address, int32_t number)
{
    for (size_t i = 0; i < s->port_count; i++) {
        if (s->port[i]->number == number) {
            return s->port[i];
        }
    }
    struct port *port = calloc(1, sizeof *port);
    const int fd = port == NULL ? -1 : listen_on(address, number);
    if (fd < 0) {
        free(port);
        return NULL;
    }
    port->fd = fd;
    port->number = number;
    s->port[s->port_count++] = port;
    return port;
}

enum status modbus_server_add(struct modbus_server *s, const char *address, int32_t port_number,
                              const struct modbus_device *device)
{
    if (s->device_count == MODBUS_SERVER_DEVICE_MAX) {
        return STATUS_NO_SPACE;
    }
    struct port *port = port_find_or_open(s, address, port_number);
    if (port == NULL) {
        return STATUS_IO;
    }
    for (size_t i = 0; i < port->device_count; i++) {
        const uint8_t taken = port->device[i].unit;
        if (taken == 0 || device->unit == 0 || taken == device->unit) {
            return STATUS_REFUSED;
        }
    }
    port->device[port->device_count++] = *device;
    s->device_count++;
    return STATUS_OK;
}

static uint16_t word_at(const uint8_t *bytes, size_t at)
{
    return (uint16_t)((uint32_t)bytes[at] << 8 | bytes[at + 1]);
}

static struct modbus_device *device_of(struct port *port, uint8_t unit)
{
    for (size_t i = 0; i < port->device_count; i++) {
        if (port->device[i].unit == 0 || port->device[i].unit == unit) {
            return &port->device[i];
        }
    }
    return NULL;
}

/* What a request asks, in one shape for all functions. */
struct asked {
    uint8_t function;
    uint16_t read_address, read_count;
    uint16_t write_address, write_count;
    uint16_t values[MODBUS_MAX_WRITE_REGISTERS];
};

static bool take_values(const uint8_t *frame, size_t size, size_t at, uint16_t most,
                        struct asked *a)
{
    const size_t bytes = at < size ? frame[at] : 0;
    if (a->write_count < 1 || a->write_count > most || bytes != (size_t)2 * a->write_count ||
        size != at + 1 + bytes) {
        return false;
    }
    for (size_t i = 0; i < a->write_count; i++) {
        a->values[i] = word_at(frame, at + 1 + 2 * i);
    }
    return true;
}

/* 0, or the exception the request deserves. libmodbus is only given what passed here: its own
 * checks sleep half a second on bad counts. */
static uint8_t ask(const uint8_t *frame, size_t size, struct asked *a)
{
    memset(a, 0, sizeof *a);
    a->function = frame[AT_FUNCTION];
    const bool known = a->function == MODBUS_FC_READ_DISCRETE_INPUTS ||
                       a->function == MODBUS_FC_READ_HOLDING_REGISTERS ||
                       a->function == MODBUS_FC_WRITE_MULTIPLE_REGISTERS ||
                       a->function == MODBUS_FC_WRITE_AND_READ_REGISTERS;
    if (!known) {
        return MODBUS_EXCEPTION_ILLEGAL_FUNCTION;
    }
    if (size < AT_COUNT + 2) {
        return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    }
    bool good = true;
    if (a->function == MODBUS_FC_WRITE_MULTIPLE_REGISTERS) {
        a->write_address = word_at(frame, AT_ADDRESS);
        a->write_count = word_at(frame, AT_COUNT);
        good = take_values(frame, size, AT_COUNT + 2, MODBUS_MAX_WRITE_REGISTERS, a);
    } else {
        a->read_address = word_at(frame, AT_ADDRESS);
        a->read_count = word_at(frame, AT_COUNT);
        good = a->read_count >= 1 && a->read_count <= MODBUS_MAX_READ_REGISTERS;
    }
    if (a->function == MODBUS_FC_WRITE_AND_READ_REGISTERS) {
        if (size < AT_COUNT + 6) {
            return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
        }
        a->write_address = word_at(frame, AT_COUNT + 2);
        a->write_count = word_at(frame, AT_COUNT + 4);
        good = good && take_values(frame, size, AT_COUNT + 6, MODBUS_MAX_WR_WRITE_REGISTERS, a);
    } else if (a->write_count == 0) {
        good = good && size == AT_COUNT + 2;
    }
    return good ? 0 : MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
}

/* Lets the device act. 0, or the exception. Writes come before reads, as function 23 promises. */
static uint8_t act(struct modbus_server *s, struct modbus_device *d, const struct asked *a,
                   int64_t now_ms)
{
    if (a->function == MODBUS_FC_READ_DISCRETE_INPUTS) {
        const uint64_t inputs = d->inputs(d->self);
        for (uint32_t i = 0; i < 64; i++) {
            s->map->tab_input_bits[i] = (inputs & bit64(i)) != 0;
        }
        return a->read_address + a->read_count > 64 ? MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS : 0;
    }
    const bool outside = a->read_address + a->read_count > MODBUS_SERVER_REGISTERS ||
                         a->write_address + a->write_count > MODBUS_SERVER_REGISTERS;
    if (outside) {
        return MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    }
    if (a->write_count > 0 &&
        !d->write(d->self, a->write_address, a->values, a->write_count, now_ms)) {
        return MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    }
    if (a->read_count > 0 &&
        !d->read(d->self, a->read_address, &s->map->tab_registers[a->read_address], a->read_count,
                 now_ms)) {
        return MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    }
    return 0;
}

static bool send_noise(int fd)
{
    uint8_t noise[32];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (uint8_t)(0x5a + 37 * i);
    }
    return send(fd, noise, sizeof noise, MSG_NOSIGNAL) == (ssize_t)sizeof noise;
}

/* False: the connection is beyond use. */
static bool answer(struct modbus_server *s, struct client *c, uint8_t *frame, size_t size,
                   int64_t now_ms)
{
    if (c->fate == FATE_DROP) {
        return true;
    }
    (void)modbus_set_socket(s->bus, c->fd);
    struct modbus_device *d = device_of(c->port, frame[AT_UNIT]);
    if (d == NULL) {
        return modbus_reply_exception(s->bus, frame, NOBODY) != -1;
    }
    struct asked asked;
    uint8_t exception = c->fate == FATE_EXCEPTION ? MODBUS_EXCEPTION_SLAVE_OR_SERVER_FAILURE
                                                  : ask(frame, size, &asked);
    if (exception == 0) {
        exception = act(s, d, &asked, now_ms);
    }
    if (exception != 0) {
        return modbus_reply_exception(s->bus, frame, exception) != -1;
    }
    if (c->fate == FATE_GARBAGE) {
        return send_noise(c->fd);
    }
    if (c->fate == FATE_STALE) {
        frame[1] ^= 0x55;
    }
    return modbus_reply(s->bus, frame, (int)size, s->map) != -1;
}

/* Bytes of the frame at the front; 0: not whole yet; -1: this is not Modbus TCP. */
static int frame_size(const struct client *c)
{
    if (c->size < FRAME_HEAD) {
        return 0;
    }
    const uint32_t length = word_at(c->bytes, AT_LENGTH);
    if (word_at(c->bytes, AT_PROTOCOL) != 0 || length < 2 || length > FRAME_MAX - FRAME_HEAD) {
        return -1;
    }
    return c->size >= FRAME_HEAD + length ? (int)(FRAME_HEAD + length) : 0;
}

/* Answers whole frames in order. A delayed one holds back those behind it, as a slow device would.
 */
static bool client_work(struct modbus_server *s, struct client *c, int64_t now_ms)
{
    for (int32_t i = 0; i < BUFFER_BYTES / FRAME_HEAD; i++) {
        const int size = frame_size(c);
        if (size <= 0) {
            return size == 0;
        }
        if (c->due_ms == 0) {
            const struct modbus_device *d = device_of(c->port, c->bytes[AT_UNIT]);
            int32_t delay_ms = 0;
            c->fate = d == NULL ? FATE_ANSWER : d->fate(d->self, &delay_ms);
            c->due_ms = now_ms + delay_ms;
        }
        if (now_ms < c->due_ms) {
            return true;
        }
        c->due_ms = 0;
        if (!answer(s, c, c->bytes, (size_t)size, now_ms)) {
            return false;
        }
        c->size -= (size_t)size;
        memmove(c->bytes, &c->bytes[size], c->size);
    }
    return true;
}

static bool client_read(struct client *c)
{
    const size_t room = sizeof c->bytes - c->size;
    if (room == 0) {
        return true; /* not read while a delayed frame blocks the buffer */
    }
    const ssize_t got = recv(c->fd, &c->bytes[c->size], room, MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    c->size += (size_t)got;
    return true;
}

static void port_accept(struct modbus_server *s, struct port *port)
{
    const int fd = accept4(port->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        if (s->client[i].fd < 0) {
            s->client[i] = (struct client){ .fd = fd, .port = port };
            return;
        }
    }
    (void)close(fd);
}

size_t modbus_server_fill(const struct modbus_server *s, struct pollfd fds[MODBUS_SERVER_POLL_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < s->port_count; i++) {
        fds[count++] = (struct pollfd){ .fd = s->port[i]->fd, .events = POLLIN };
    }
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        const struct client *c = &s->client[i];
        if (c->fd >= 0) {
            const bool is_full = c->size == sizeof c->bytes;
            fds[count++] = (struct pollfd){ .fd = c->fd, .events = is_full ? 0 : POLLIN };
        }
    }
    return count;
}

void modbus_server_serve(struct modbus_server *s, const struct pollfd *fds, size_t count,
                         int64_t now_ms)
{
    size_t at = s->port_count;
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        struct client *c = &s->client[i];
        if (c->fd < 0) {
            continue;
        }
        bool good = true;
        if (at < count && fds[at].fd == c->fd && fds[at].revents != 0) {
            good = (fds[at].revents & POLLIN) != 0 ? client_read(c) : false;
        }
        at++;
        if (!good || !client_work(s, c, now_ms)) {
            client_drop(c);
        }
    }
    for (size_t i = 0; i < s->port_count && i < count; i++) {
        if ((fds[i].revents & POLLIN) != 0) {
            port_accept(s, s->port[i]);
        }
    }
}

void modbus_server_hang_up(struct modbus_server *s, const void *device_self)
{
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        struct client *c = &s->client[i];
        for (size_t k = 0; c->fd >= 0 && k < c->port->device_count; k++) {
            if (c->port->device[k].self == device_self) {
                client_drop(c);
                break;
            }
        }
    }
}

size_t modbus_server_clients(const struct modbus_server *s)
{
    size_t count = 0;
    for (size_t i = 0; i < MODBUS_SERVER_CLIENT_MAX; i++) {
        count += s->client[i].fd >= 0 ? 1 : 0;
    }
    return count;
}
