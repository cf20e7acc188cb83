/* modbus_server.h: Modbus TCP devices behind one poll loop: many ports, many units, many clients,
 * one thread. Frames the stream by itself and never blocks on a slow client; libmodbus builds the
 * answers. Decides nothing about a device: what is written goes to it, what is read comes from it.
 * Answers can be dropped, delayed or spoilt on request, because that is what the field does. Owned
 * by the program. */
#ifndef KAVSAK_MODBUS_SERVER_H
#define KAVSAK_MODBUS_SERVER_H

#include <poll.h>

#include "types.h"

enum {
    MODBUS_SERVER_DEVICE_MAX = 128,
    MODBUS_SERVER_CLIENT_MAX = 256,
    MODBUS_SERVER_REGISTERS = 0x0200, /* holding registers 0 to 0x1ff of every device */
    MODBUS_SERVER_POLL_MAX = MODBUS_SERVER_DEVICE_MAX + MODBUS_SERVER_CLIENT_MAX
};

enum modbus_fate {
    FATE_ANSWER,
    FATE_DROP,      /* the request is lost on its way: not obeyed, not answered */
    FATE_GARBAGE,   /* obeyed; the answer is noise */
    FATE_EXCEPTION, /* not obeyed: exception 4, device failure */
    FATE_STALE      /* obeyed; answered under another transaction's number */
};

struct modbus_device {
    void *self;
    uint8_t unit; /* 0: any unit of its port */
    /* Registers were written. False: no such registers here (exception 2). */
    bool (*write)(void *self, uint16_t address, const uint16_t *values, uint16_t count,
                  int64_t now_ms);
    /* Registers are about to be read. False: no such registers here. */
    bool (*read)(void *self, uint16_t address, uint16_t *values, uint16_t count, int64_t now_ms);
    uint64_t (*inputs)(void *self); /* discrete inputs 0 to 63 (function 2) */
    enum modbus_fate (*fate)(void *self, int32_t *delay_ms);
};

struct modbus_server;

MUST_CHECK struct modbus_server *modbus_server_create(void);
void modbus_server_destroy(struct modbus_server *s);

/* Adds a device; the first of a port opens it. STATUS_IO: port not to be had; STATUS_REFUSED: unit
 * taken; STATUS_NO_SPACE. address is a dotted IPv4 address. */
MUST_CHECK enum status modbus_server_add(struct modbus_server *s, const char *address, int32_t port,
                                         const struct modbus_device *device);

/* One turn of the loop: fill the array, poll it, serve it. due_ms: at most this long until a
 * delayed answer. */
size_t modbus_server_fill(const struct modbus_server *s, struct pollfd fds[MODBUS_SERVER_POLL_MAX]);
void modbus_server_serve(struct modbus_server *s, const struct pollfd *fds, size_t count,
                         int64_t now_ms);

/* All connections of a device's port break, as when it loses power. */
void modbus_server_hang_up(struct modbus_server *s, const void *device_self);
size_t modbus_server_clients(const struct modbus_server *s);

#endif
