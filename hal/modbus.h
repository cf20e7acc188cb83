/* modbus.h: one Modbus link, TCP or RTU, as seen by the one thread that owns it: a transfer blocks
 * until it is answered, refused or timed out. Decides when to connect again and when an answer is
 * too old to be believed; never repeats a request, never splits one (max_registers is the
 * caller's), never asks libmodbus to recover a link by itself, which can send for ever. Owned by
 * the link's thread. */
#ifndef KAVSAK_MODBUS_H
#define KAVSAK_MODBUS_H

#include "site.h"
#include "world.h"

enum {
    MODBUS_CONNECT_MS = 300,     /* longest wait for a TCP handshake: three ticks */
    MODBUS_PAUSE_FIRST_MS = 100, /* after a failed connect; doubles up to */
    MODBUS_PAUSE_MAX_MS = 3200,
    MODBUS_TIMEOUTS_MAX = 3 /* unanswered in a row: the connection is made anew */
};

/* Counts since it was opened, for status and logs. */
struct modbus_counters {
    uint64_t transfers, answered, timeouts, malformed, exceptions, io_errors, connects;
    uint64_t stale_answers; /* came after their timeout and were thrown away (serial: in pieces) */
};

struct modbus_link;

/* Takes room for a link and remembers where it leads; connects at the first transfer. NULL: no
 * memory, or the address is no number (names would block on a resolver), or the port or line is
 * impossible. */
MUST_CHECK struct modbus_link *modbus_link_open(const struct site_link *site);
void modbus_link_close(struct modbus_link *link);

/* One transaction, at most timeout_ms long, plus MODBUS_CONNECT_MS when it has to connect first.
 * While a pause after a failed connect lasts it answers STATUS_IO at once. reply is filled whole in
 * any case. */
void modbus_link_transfer(struct modbus_link *link, const struct modbus_request *request,
                          struct modbus_reply *reply);

bool modbus_link_is_connected(const struct modbus_link *link);
const struct modbus_counters *modbus_link_counters(const struct modbus_link *link);

#endif
