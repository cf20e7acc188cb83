/* world.h: all that the daemon's and the link's logic may touch: clocks, Modbus, socket, MQTT,
 * files, random, notify. One table of functions, implemented by the real world (controller/daemon,
 * controller/link) and by the simulated one (sim/). No call blocks except file_sync, which only the
 * journal's own thread makes. Nothing else in unit or link reads a clock or touches a descriptor.
 */
#ifndef KAVSAK_WORLD_H
#define KAVSAK_WORLD_H

#include "types.h"

enum { MODBUS_REGISTERS_MAX = 125, MODBUS_WRITE_MAX = 121, PATH_MAX_BYTES = 512 };

enum modbus_function {
    MODBUS_READ_COILS = 1,
    MODBUS_READ_DISCRETE = 2,
    MODBUS_READ_HOLDING = 3,
    MODBUS_READ_INPUT = 4,
    MODBUS_WRITE_COILS = 15,
    MODBUS_WRITE_REGISTERS = 16,
    MODBUS_WRITE_READ = 23 /* one transaction: registers written, then registers read */
};

/* One transaction. Bits travel one for each array element (0 or 1), as in libmodbus. */
struct modbus_request {
    uint32_t ticket;  /* chosen by the asker, echoed in the reply */
    uint8_t function; /* enum modbus_function */
    uint8_t unit;
    uint16_t read_address, read_count;
    uint16_t write_address, write_count;
    int32_t timeout_ms;
    uint16_t write[MODBUS_WRITE_MAX];
};

struct modbus_reply {
    uint32_t ticket;
    enum status
        status; /* STATUS_OK, _TIMEOUT, _IO (connection), _INVALID (malformed or an exception) */
    uint8_t exception; /* Modbus exception code, 0 none */
    mono_t sent_at, done_at;
    uint16_t count;
    uint16_t read[MODBUS_REGISTERS_MAX];
};

enum { PEER_GROUP_MAX = 256 };

struct peer_identity { /* of a socket client, from SO_PEERCRED and SO_PEERGROUPS */
    uint32_t uid, gid;
    int32_t pid;
    bool has_more_groups; /* than fit: none of them is listed */
    uint32_t group_count;
    uint32_t group[PEER_GROUP_MAX]; /* beside gid */
};

struct mqtt_message {
    const char *topic;
    const void *payload;
    size_t payload_bytes;
    int32_t qos; /* 0 or 1 */
    bool retain;
    const char *response_topic; /* MQTT 5, else NULL */
    const void *correlation;    /* MQTT 5, else NULL */
    size_t correlation_bytes;
    const char *content_type; /* MQTT 5, outgoing; a constant; NULL: that of the connection */
};

enum file_open { FILE_READ, FILE_WRITE /* created if absent, never truncated */ };

struct world {
    void *self;

    mono_t (*now_mono)(void *self);
    /* is_synced: the clock is disciplined (adjtimex). utc_offset_s: of zone (tz database) at that
     * moment. */
    wall_t (*now_wall)(void *self, const char *zone, int32_t *utc_offset_s, bool *is_synced);
    uint64_t (*random)(void *self);
    void (*notify)(void *self, const char *state);           /* sd_notify(3) text */
    void (*log)(void *self, int priority, const char *line); /* syslog(3) priorities */

    /* Each link has room for one transaction under way. STATUS_AGAIN: the last one has not ended.
     * The world connects by itself, with pauses; while it cannot, replies say STATUS_IO. */
    enum status (*modbus_submit)(void *self, uint32_t link_ix,
                                 const struct modbus_request *request);
    bool (*modbus_take)(void *self, uint32_t link_ix, struct modbus_reply *reply);

    /* The daemon's side of the socket: peers are small numbers, reused after socket_close. In the
     * link process the only peer is the daemon: accepted whenever it has been reached again. */
    bool (*socket_accept)(void *self, uint32_t *peer_ix, struct peer_identity *who);
    /* STATUS_OK with *size, STATUS_AGAIN nothing there, STATUS_IO the peer has gone. */
    enum status (*socket_receive)(void *self, uint32_t peer_ix, void *bytes, size_t room,
                                  size_t *size);
    enum status (*socket_send)(void *self, uint32_t peer_ix, const void *bytes, size_t size);
    void (*socket_close)(void *self, uint32_t peer_ix);

    /* MQTT, link process only. A last will belongs to a connection, so every RSMP node is a client
     * of its own. Messages are handed over whole; STATUS_AGAIN: the bounded queue is full,
     * STATUS_IO: not connected. */
    enum status (*mqtt_publish)(void *self, uint32_t client_ix, const struct mqtt_message *message,
                                uint32_t *token);
    /* Valid until the next call. */
    bool (*mqtt_take)(void *self, uint32_t client_ix, struct mqtt_message *message);
    /* session: +1 for each connect, and when something handed over was lost after all. */
    bool (*mqtt_is_up)(void *self, uint32_t client_ix, uint32_t *session);
    /* Messages handed over and not yet acknowledged. 0 in an unchanged session: all have arrived.
     */
    uint32_t (*mqtt_waiting)(void *self, uint32_t client_ix);

    /* Files; a handle is a small number, negative is none. All return STATUS_IO, _NO_SPACE or
     * _NOT_FOUND. */
    enum status (*file_open)(void *self, const char *path, enum file_open how, int *handle);
    enum status (*file_reserve)(void *self, int handle, uint64_t bytes);
    enum status (*file_write)(void *self, int handle, uint64_t at, const void *bytes, size_t size);
    enum status (*file_read)(void *self, int handle, uint64_t at, void *bytes, size_t room,
                             size_t *size);
    enum status (*file_size)(void *self, int handle, uint64_t *bytes);
    enum status (*file_sync)(void *self, int handle);
    void (*file_close)(void *self, int handle);
    enum status (*file_rename)(void *self, const char *from,
                               const char *to); /* and syncs the folder */
    enum status (*file_remove)(void *self, const char *path);
    /* Names in a folder, one per call from *cursor = 0 on; STATUS_NOT_FOUND at the end. */
    enum status (*file_list)(void *self, const char *folder, uint32_t *cursor, char *name,
                             size_t room);
};

#endif
