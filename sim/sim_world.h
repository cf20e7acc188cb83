/* sim_world.h: the simulated world of the daemon's logic: a clock that moves when told, files in
 * memory that know what has reached the disk and what a crash would take, Modbus answered by a
 * callback, sockets and MQTT as queues. Deterministic, single-threaded. The broker of this world
 * routes nothing: a test sees what was published and says what arrives; it is down until told. */
#ifndef KAVSAK_SIM_WORLD_H
#define KAVSAK_SIM_WORLD_H

#include "world.h"

enum {
    SIM_FILE_MAX = 64,
    SIM_PEER_MAX = 32,
    SIM_LOG_MAX = 64,
    SIM_LOG_BYTES = 400,
    SIM_MQTT_MAX = 4
};

/* Answers a request at once; fills reply but for ticket and sent_at. done_at, never before now,
 * says when the asker may have it; latency and silence are made with it. */
typedef void sim_modbus(void *self, uint32_t link_ix, const struct modbus_request *request,
                        mono_t now, struct modbus_reply *reply);

struct sim_world;

struct sim_world *sim_world_create(uint32_t link_count);
void sim_world_destroy(struct sim_world *s);
const struct world *sim_world_of(struct sim_world *s);

/* Clocks. Wall time runs with monotonic time; a step moves wall time alone. */
mono_t sim_world_now(const struct sim_world *s);
void sim_world_advance(struct sim_world *s, int64_t ms);
void sim_world_set_wall(struct sim_world *s, wall_t wall, int32_t utc_offset_s, bool is_synced);
void sim_world_step_wall(struct sim_world *s, int64_t ms);

void sim_world_set_modbus(struct sim_world *s, sim_modbus *answer, void *self);

/* Files. Faults hold until changed; STATUS_OK is none. */
struct sim_file_faults {
    enum status open, reserve, write, sync, read;
    uint64_t
        write_room; /* bytes that may still be written before STATUS_NO_SPACE; UINT64_MAX none */
};
void sim_world_set_file_faults(struct sim_world *s, const struct sim_file_faults *faults);
/* Bytes written since the last sync of their file, over all files, in the order of writing. */
uint64_t sim_world_unsynced_bytes(const struct sim_world *s);
/* Power fails: of the unsynced bytes the first `kept` reached the disk. All handles are gone. */
void sim_world_crash(struct sim_world *s, uint64_t kept);
/* Power fails: each 512-byte sector that has unsynced bytes reached the disk or not, by chance. */
void sim_world_crash_sectors(struct sim_world *s, uint64_t seed);
/* A copy of all files, on disk and not, to come back to. */
struct sim_world *sim_world_clone(const struct sim_world *s);
/* The bytes of a file, to look at or to spoil; NULL: there is none. */
uint8_t *sim_world_file(struct sim_world *s, const char *path, uint64_t *size);
void sim_world_remove_files(struct sim_world *s);

/* Socket clients. */
uint32_t sim_world_connect(struct sim_world *s, const struct peer_identity *who);
bool sim_world_say(struct sim_world *s, uint32_t peer_ix, const void *bytes, size_t size);
/* Size of the next message for this client, 0 none. */
size_t sim_world_hear(struct sim_world *s, uint32_t peer_ix, void *bytes, size_t room);
void sim_world_hang_up(struct sim_world *s, uint32_t peer_ix);
bool sim_world_is_closed(const struct sim_world *s, uint32_t peer_ix); /* by the daemon */
/* The client does not read: how many messages the kernel takes until STATUS_AGAIN. */
void sim_world_set_socket_room(struct sim_world *s, uint32_t peer_ix, uint32_t messages);

/* MQTT. What a client published, oldest first; false: nothing more. */
struct sim_published {
    uint32_t client_ix;
    int32_t qos;
    bool retain;
    char topic[256];
    char payload[32768]; /* with a closing zero */
    size_t payload_bytes;
    char correlation[64];
};
void sim_world_mqtt_set_up(struct sim_world *s, uint32_t client_ix, bool is_up); /* a new session */
bool sim_world_mqtt_hear(struct sim_world *s, struct sim_published *published);
bool sim_world_mqtt_say(struct sim_world *s, uint32_t client_ix, const struct mqtt_message *m);
void sim_world_mqtt_set_room(struct sim_world *s, uint32_t messages); /* until STATUS_AGAIN */

/* What was said. */
uint32_t sim_world_log_count(const struct sim_world *s);
bool sim_world_logged(const struct sim_world *s, const char *part); /* of one of the last lines */
uint32_t sim_world_notified(const struct sim_world *s, const char *state); /* how often */

#endif
