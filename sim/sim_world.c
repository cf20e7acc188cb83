#include "sim_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_BYTES_MAX = 1 << 26,
    WRITE_MAX = 65536, /* writes remembered between two syncs */
    HANDLE_MAX = 128,
    MESSAGE_BYTES = 4096,
    MESSAGE_MAX = 256,
    SECTOR_BYTES = 512,
    NOTICE_MAX = 16,
    NOTICE_BYTES = 64,
    PUBLISHED_MAX = 256,
    ARRIVING_MAX = 32,
    ARRIVING_BYTES = 70000
};

struct sim_file {
    char path[PATH_MAX_BYTES];
    uint64_t size, durable_size, room;
    uint8_t *bytes, *durable;
};

struct sim_write { /* not yet on disk */
    uint32_t file_ix;
    uint64_t at, size;
};

struct sim_handle {
    bool is_open;
    uint32_t file_ix;
};

struct sim_message {
    size_t size;
    uint8_t bytes[MESSAGE_BYTES];
};

struct sim_pipe {
    uint32_t first, count;
    struct sim_message *message; /* MESSAGE_MAX */
};

struct sim_peer {
    bool is_used, is_accepted, has_hung_up, is_closed;
    struct peer_identity who;
    uint32_t room;
    struct sim_pipe to_daemon, to_client;
};

struct sim_link {
    bool is_under_way;
    struct modbus_reply reply;
};

struct sim_arriving {
    struct mqtt_message message;
    char topic[256], response_topic[256], correlation[64];
    char payload[ARRIVING_BYTES];
};

struct sim_client { /* of the broker */
    bool is_up;
    uint32_t session;
    uint32_t first, count;
    struct sim_arriving *arriving; /* ARRIVING_MAX; NULL until something arrives */
};

struct sim_notice {
    char text[NOTICE_BYTES];
    uint32_t count;
};

struct sim_world {
    struct world world;
    mono_t now;
    int64_t wall_offset_ms;
    int32_t utc_offset_s;
    bool wall_is_synced;
    uint64_t random;
    sim_modbus *answer;
    void *answer_self;
    uint32_t link_count;
    struct sim_link *link;
    struct sim_file_faults faults;
    uint32_t file_count;
    struct sim_file file[SIM_FILE_MAX];
    uint32_t write_count;
    struct sim_write *write;
    struct sim_handle handle[HANDLE_MAX];
    struct sim_peer peer[SIM_PEER_MAX];
    struct sim_client client[SIM_MQTT_MAX];
    uint32_t published_first, published_count, published_room;
    struct sim_published *published; /* PUBLISHED_MAX; NULL until something is published */
    uint32_t log_count;
    char log[SIM_LOG_MAX][SIM_LOG_BYTES];
    struct sim_notice notice[NOTICE_MAX];
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    REQUIRE(memory != NULL);
    return memory;
}

/* Clocks, chance, words. */

static mono_t now_mono(void *self)
{
    const struct sim_world *s = self;
    return s->now;
}

static wall_t now_wall(void *self, const char *zone, int32_t *utc_offset_s, bool *is_synced)
{
    const struct sim_world *s = self;
    *utc_offset_s = strcmp(zone, "UTC") == 0 ? 0 : s->utc_offset_s;
    *is_synced = s->wall_is_synced;
    return (wall_t){ .ms = s->now.ms + s->wall_offset_ms };
}

static uint64_t split_mix(uint64_t *state) /* Steele, Lea, Flood: SplitMix64 (2014) */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t random_next(void *self)
{
    struct sim_world *s = self;
    return split_mix(&s->random);
}

static void notify(void *self, const char *state)
{
    struct sim_world *s = self;
    for (size_t i = 0; i < NOTICE_MAX; i++) {
        struct sim_notice *n = &s->notice[i];
        if (n->count == 0) {
            (void)snprintf(n->text, sizeof n->text, "%s", state);
        }
        if (strcmp(n->text, state) == 0) {
            n->count++;
            return;
        }
    }
}

static void say(void *self, int priority, const char *line)
{
    struct sim_world *s = self;
    (void)priority;
    (void)snprintf(s->log[s->log_count % SIM_LOG_MAX], SIM_LOG_BYTES, "%s", line);
    s->log_count++;
}

/* Modbus. */

static enum status modbus_submit(void *self, uint32_t link_ix, const struct modbus_request *request)
{
    struct sim_world *s = self;
    REQUIRE(link_ix < s->link_count);
    struct sim_link *link = &s->link[link_ix];
    if (link->is_under_way) {
        return STATUS_AGAIN;
    }
    link->is_under_way = true;
    link->reply = (struct modbus_reply){ .status = STATUS_IO, .done_at = s->now };
    if (s->answer != NULL) {
        s->answer(s->answer_self, link_ix, request, s->now, &link->reply);
    }
    link->reply.ticket = request->ticket;
    link->reply.sent_at = s->now;
    return STATUS_OK;
}

static bool modbus_take(void *self, uint32_t link_ix, struct modbus_reply *reply)
{
    struct sim_world *s = self;
    REQUIRE(link_ix < s->link_count);
    struct sim_link *link = &s->link[link_ix];
    if (!link->is_under_way || link->reply.done_at.ms > s->now.ms) {
        return false;
    }
    link->is_under_way = false;
    *reply = link->reply;
    return true;
}

/* Sockets. */

static bool pipe_put(struct sim_pipe *p, const void *bytes, size_t size)
{
    if (p->count >= MESSAGE_MAX || size > MESSAGE_BYTES) {
        return false;
    }
    struct sim_message *m = &p->message[(p->first + p->count) % MESSAGE_MAX];
    m->size = size;
    memcpy(m->bytes, bytes, size);
    p->count++;
    return true;
}

static size_t pipe_take(struct sim_pipe *p, void *bytes, size_t room)
{
    if (p->count == 0) {
        return 0;
    }
    const struct sim_message *m = &p->message[p->first];
    const size_t size = m->size < room ? m->size : room;
    memcpy(bytes, m->bytes, size);
    p->first = (p->first + 1) % MESSAGE_MAX;
    p->count--;
    return size;
}

static bool socket_accept(void *self, uint32_t *peer_ix, struct peer_identity *who)
{
    struct sim_world *s = self;
    for (uint32_t i = 0; i < SIM_PEER_MAX; i++) {
        if (s->peer[i].is_used && !s->peer[i].is_accepted) {
            s->peer[i].is_accepted = true;
            *peer_ix = i;
            *who = s->peer[i].who;
            return true;
        }
    }
    return false;
}

static enum status socket_receive(void *self, uint32_t peer_ix, void *bytes, size_t room,
                                  size_t *size)
{
    struct sim_world *s = self;
    struct sim_peer *p = &s->peer[peer_ix];
    if (p->to_daemon.count > 0) {
        *size = pipe_take(&p->to_daemon, bytes, room);
        return STATUS_OK;
    }
    return p->has_hung_up ? STATUS_IO : STATUS_AGAIN;
}

static enum status socket_send(void *self, uint32_t peer_ix, const void *bytes, size_t size)
{
    struct sim_world *s = self;
    struct sim_peer *p = &s->peer[peer_ix];
    if (p->has_hung_up) {
        return STATUS_IO;
    }
    if (p->to_client.count >= p->room) {
        return STATUS_AGAIN;
    }
    return pipe_put(&p->to_client, bytes, size) ? STATUS_OK : STATUS_AGAIN;
}

static void socket_close(void *self, uint32_t peer_ix)
{
    struct sim_world *s = self;
    s->peer[peer_ix].is_closed = true;
}

/* MQTT. */

static enum status mqtt_publish(void *self, uint32_t client_ix, const struct mqtt_message *message,
                                uint32_t *token)
{
    struct sim_world *s = self;
    *token = 0;
    if (client_ix >= SIM_MQTT_MAX || !s->client[client_ix].is_up) {
        return STATUS_IO;
    }
    if (s->published_count >= s->published_room) {
        return STATUS_AGAIN;
    }
    if (s->published == NULL) {
        s->published = allocate(PUBLISHED_MAX, sizeof *s->published);
    }
    struct sim_published *p =
        &s->published[(s->published_first + s->published_count) % PUBLISHED_MAX];
    REQUIRE(message->payload_bytes < sizeof p->payload);
    memset(p, 0, sizeof *p);
    p->client_ix = client_ix;
    p->qos = message->qos;
    p->retain = message->retain;
    (void)snprintf(p->topic, sizeof p->topic, "%s", message->topic);
    p->payload_bytes = message->payload_bytes;
    if (message->payload_bytes > 0) {
        memcpy(p->payload, message->payload, message->payload_bytes);
    }
    REQUIRE(message->correlation_bytes < sizeof p->correlation);
    if (message->correlation_bytes > 0) {
        memcpy(p->correlation, message->correlation, message->correlation_bytes);
    }
    *token = ++s->published_count;
    return STATUS_OK;
}

static bool mqtt_take(void *self, uint32_t client_ix, struct mqtt_message *message)
{
    struct sim_world *s = self;
    struct sim_client *c = &s->client[client_ix];
    if (client_ix >= SIM_MQTT_MAX || c->count == 0) {
        return false;
    }
    *message = c->arriving[c->first].message; /* stays until ARRIVING_MAX more have come */
    c->first = (c->first + 1) % ARRIVING_MAX;
    c->count--;
    return true;
}

static bool mqtt_is_up(void *self, uint32_t client_ix, uint32_t *session)
{
    const struct sim_world *s = self;
    *session = client_ix < SIM_MQTT_MAX ? s->client[client_ix].session : 0;
    return client_ix < SIM_MQTT_MAX && s->client[client_ix].is_up;
}

/* The simulated broker acknowledges at once. */
static uint32_t mqtt_waiting(void *self, uint32_t client_ix)
{
    (void)self;
    (void)client_ix;
    return 0;
}

/* Files. */

static int32_t find_file(const struct sim_world *s, const char *path)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (strcmp(s->file[i].path, path) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* Room for at least this many bytes, zero where nothing was written. */
static void grow_file(struct sim_file *f, uint64_t bytes)
{
    if (bytes <= f->room) {
        return;
    }
    const uint64_t room = bytes > 2 * f->room ? bytes : 2 * f->room;
    f->bytes = realloc(f->bytes, room);
    f->durable = realloc(f->durable, room);
    REQUIRE(f->bytes != NULL && f->durable != NULL);
    memset(f->bytes + f->room, 0, room - f->room);
    memset(f->durable + f->room, 0, room - f->room);
    f->room = room;
}

static int32_t make_file(struct sim_world *s, const char *path)
{
    if (s->file_count >= SIM_FILE_MAX || strlen(path) >= PATH_MAX_BYTES) {
        return -1;
    }
    struct sim_file *f = &s->file[s->file_count];
    memset(f, 0, sizeof *f);
    memcpy(f->path, path, strlen(path) + 1);
    return (int32_t)s->file_count++;
}

static enum status file_open(void *self, const char *path, enum file_open how, int *handle)
{
    struct sim_world *s = self;
    if (s->faults.open != STATUS_OK) {
        return s->faults.open;
    }
    int32_t file_ix = find_file(s, path);
    if (file_ix < 0 && how == FILE_WRITE) {
        file_ix = make_file(s, path);
    }
    if (file_ix < 0) {
        return STATUS_NOT_FOUND;
    }
    for (int h = 0; h < HANDLE_MAX; h++) {
        if (!s->handle[h].is_open) {
            s->handle[h] = (struct sim_handle){ .is_open = true, .file_ix = (uint32_t)file_ix };
            *handle = h;
            return STATUS_OK;
        }
    }
    return STATUS_IO;
}

static struct sim_file *file_of(struct sim_world *s, int handle)
{
    REQUIRE(handle >= 0 && handle < HANDLE_MAX && s->handle[handle].is_open);
    return &s->file[s->handle[handle].file_ix];
}

static enum status file_reserve(void *self, int handle, uint64_t bytes)
{
    struct sim_world *s = self;
    struct sim_file *f = file_of(s, handle);
    if (bytes > FILE_BYTES_MAX) {
        return STATUS_NO_SPACE;
    }
    if (f->size < bytes) {
        if (s->faults.reserve != STATUS_OK) {
            return s->faults.reserve;
        }
        grow_file(f, bytes);
        f->size = bytes;
        f->durable_size = bytes;
    }
    return STATUS_OK;
}

static void remember_write(struct sim_world *s, uint32_t file_ix, uint64_t at, uint64_t size)
{
    REQUIRE(s->write_count < WRITE_MAX);
    s->write[s->write_count++] = (struct sim_write){ .file_ix = file_ix, .at = at, .size = size };
}

static enum status file_write(void *self, int handle, uint64_t at, const void *bytes, size_t size)
{
    struct sim_world *s = self;
    struct sim_file *f = file_of(s, handle);
    enum status status = s->faults.write;
    size_t taken = size;
    if (status == STATUS_OK && size > s->faults.write_room) {
        taken = (size_t)s->faults.write_room; /* a disk that fills up takes a part */
        status = STATUS_NO_SPACE;
    } else if (status != STATUS_OK) {
        taken = 0;
    }
    if (at + taken > FILE_BYTES_MAX) {
        return STATUS_NO_SPACE;
    }
    if (s->faults.write_room != UINT64_MAX) {
        s->faults.write_room -= taken;
    }
    grow_file(f, at + taken);
    memcpy(f->bytes + at, bytes, taken);
    f->size = at + taken > f->size ? at + taken : f->size;
    if (taken > 0) {
        remember_write(s, s->handle[handle].file_ix, at, taken);
    }
    return status;
}

static enum status file_read(void *self, int handle, uint64_t at, void *bytes, size_t room,
                             size_t *size)
{
    struct sim_world *s = self;
    const struct sim_file *f = file_of(s, handle);
    if (s->faults.read != STATUS_OK) {
        return s->faults.read;
    }
    const uint64_t left = at < f->size ? f->size - at : 0;
    *size = left < room ? (size_t)left : room;
    if (*size > 0) {
        memcpy(bytes, f->bytes + at, *size);
    }
    return STATUS_OK;
}

static enum status file_size(void *self, int handle, uint64_t *bytes)
{
    *bytes = file_of(self, handle)->size;
    return STATUS_OK;
}

static enum status file_sync(void *self, int handle)
{
    struct sim_world *s = self;
    struct sim_file *f = file_of(s, handle);
    if (s->faults.sync != STATUS_OK) {
        return s->faults.sync;
    }
    const uint32_t file_ix = s->handle[handle].file_ix;
    memcpy(f->durable, f->bytes, f->size);
    f->durable_size = f->size;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->write_count; i++) {
        if (s->write[i].file_ix != file_ix) {
            s->write[kept++] = s->write[i];
        }
    }
    s->write_count = kept;
    return STATUS_OK;
}

static void file_close(void *self, int handle)
{
    struct sim_world *s = self;
    (void)file_of(s, handle);
    s->handle[handle].is_open = false;
}

static enum status file_rename(void *self, const char *from, const char *to)
{
    struct sim_world *s = self;
    const int32_t file_ix = find_file(s, from);
    if (file_ix < 0 || strlen(to) >= PATH_MAX_BYTES) {
        return STATUS_NOT_FOUND;
    }
    const int32_t old = find_file(s, to);
    if (old >= 0 && old != file_ix) {
        s->file[old].path[0] = '\0';
    }
    memcpy(s->file[file_ix].path, to, strlen(to) + 1);
    return STATUS_OK;
}

static enum status file_remove(void *self, const char *path)
{
    struct sim_world *s = self;
    const int32_t file_ix = find_file(s, path);
    if (file_ix < 0) {
        return STATUS_NOT_FOUND;
    }
    s->file[file_ix].path[0] = '\0';
    return STATUS_OK;
}

static enum status file_list(void *self, const char *folder, uint32_t *cursor, char *name,
                             size_t room)
{
    const struct sim_world *s = self;
    const size_t length = strlen(folder);
    for (; *cursor < s->file_count; (*cursor)++) {
        const char *path = s->file[*cursor].path;
        if (strncmp(path, folder, length) == 0 && path[length] == '/' &&
            strlen(path + length + 1) < room) {
            memcpy(name, path + length + 1, strlen(path + length + 1) + 1);
            (*cursor)++;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

void sim_world_set_file_faults(struct sim_world *s, const struct sim_file_faults *faults)
{
    s->faults = *faults;
}

uint64_t sim_world_unsynced_bytes(const struct sim_world *s)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < s->write_count; i++) {
        bytes += s->write[i].size;
    }
    return bytes;
}

static void forget_volatile(struct sim_world *s)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        struct sim_file *f = &s->file[i];
        memcpy(f->bytes, f->durable, f->room);
        f->size = f->durable_size;
    }
    s->write_count = 0;
    memset(s->handle, 0, sizeof s->handle);
}

static void make_durable(struct sim_file *f, uint64_t at, uint64_t size)
{
    memcpy(f->durable + at, f->bytes + at, size);
    f->durable_size = at + size > f->durable_size ? at + size : f->durable_size;
}

void sim_world_crash(struct sim_world *s, uint64_t kept)
{
    for (uint32_t i = 0; i < s->write_count && kept > 0; i++) {
        const uint64_t size = s->write[i].size < kept ? s->write[i].size : kept;
        make_durable(&s->file[s->write[i].file_ix], s->write[i].at, size);
        kept -= size;
    }
    forget_volatile(s);
}

void sim_world_crash_sectors(struct sim_world *s, uint64_t seed)
{
    for (uint32_t i = 0; i < s->write_count; i++) {
        const struct sim_write *w = &s->write[i];
        for (uint64_t at = w->at; at < w->at + w->size;) {
            const uint64_t sector_end = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
            const uint64_t end = sector_end < w->at + w->size ? sector_end : w->at + w->size;
            if ((split_mix(&seed) & 1u) != 0) {
                make_durable(&s->file[w->file_ix], at, end - at);
            }
            at = end;
        }
    }
    forget_volatile(s);
}

uint8_t *sim_world_file(struct sim_world *s, const char *path, uint64_t *size)
{
    const int32_t file_ix = find_file(s, path);
    if (file_ix < 0) {
        return NULL;
    }
    *size = s->file[file_ix].size;
    return s->file[file_ix].bytes;
}

void sim_world_remove_files(struct sim_world *s)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        s->file[i].path[0] = '\0';
    }
}

/* Life. */

struct sim_world *sim_world_create(uint32_t link_count)
{
    struct sim_world *s = allocate(1, sizeof *s);
    s->now.ms = 1000000;
    s->wall_offset_ms = INT64_C(1800000000000) - s->now.ms; /* a Friday in January 2027 */
    s->utc_offset_s = 3 * 3600;
    s->wall_is_synced = true;
    s->random = 1;
    s->faults.write_room = UINT64_MAX;
    s->published_room = PUBLISHED_MAX;
    s->link_count = link_count;
    s->link = allocate(link_count + 1, sizeof *s->link);
    s->write = allocate(WRITE_MAX, sizeof *s->write);
    s->world = (struct world){
        .self = s,
        .now_mono = now_mono,
        .now_wall = now_wall,
        .random = random_next,
        .notify = notify,
        .log = say,
        .modbus_submit = modbus_submit,
        .modbus_take = modbus_take,
        .socket_accept = socket_accept,
        .socket_receive = socket_receive,
        .socket_send = socket_send,
        .socket_close = socket_close,
        .mqtt_publish = mqtt_publish,
        .mqtt_take = mqtt_take,
        .mqtt_is_up = mqtt_is_up,
        .mqtt_waiting = mqtt_waiting,
        .file_open = file_open,
        .file_reserve = file_reserve,
        .file_write = file_write,
        .file_read = file_read,
        .file_size = file_size,
        .file_sync = file_sync,
        .file_close = file_close,
        .file_rename = file_rename,
        .file_remove = file_remove,
        .file_list = file_list,
    };
    return s;
}

void sim_world_destroy(struct sim_world *s)
{
    if (s == NULL) {
        return;
    }
    for (uint32_t i = 0; i < SIM_FILE_MAX; i++) {
        free(s->file[i].bytes);
        free(s->file[i].durable);
    }
    for (uint32_t i = 0; i < SIM_PEER_MAX; i++) {
        free(s->peer[i].to_daemon.message);
        free(s->peer[i].to_client.message);
    }
    for (uint32_t i = 0; i < SIM_MQTT_MAX; i++) {
        free(s->client[i].arriving);
    }
    free(s->published);
    free(s->link);
    free(s->write);
    free(s);
}

struct sim_world *sim_world_clone(const struct sim_world *s)
{
    struct sim_world *copy = sim_world_create(s->link_count);
    copy->now = s->now;
    copy->wall_offset_ms = s->wall_offset_ms;
    copy->file_count = s->file_count;
    for (uint32_t i = 0; i < s->file_count; i++) {
        struct sim_file *f = &copy->file[i];
        *f = s->file[i];
        f->bytes = allocate(1, f->room);
        f->durable = allocate(1, f->room);
        memcpy(f->bytes, s->file[i].bytes, f->room);
        memcpy(f->durable, s->file[i].durable, f->room);
    }
    copy->write_count = s->write_count;
    memcpy(copy->write, s->write, s->write_count * sizeof *s->write);
    return copy;
}

const struct world *sim_world_of(struct sim_world *s)
{
    return &s->world;
}

mono_t sim_world_now(const struct sim_world *s)
{
    return s->now;
}

void sim_world_advance(struct sim_world *s, int64_t ms)
{
    REQUIRE(ms >= 0);
    s->now.ms += ms;
}

void sim_world_set_wall(struct sim_world *s, wall_t wall, int32_t utc_offset_s, bool is_synced)
{
    s->wall_offset_ms = wall.ms - s->now.ms;
    s->utc_offset_s = utc_offset_s;
    s->wall_is_synced = is_synced;
}

void sim_world_step_wall(struct sim_world *s, int64_t ms)
{
    s->wall_offset_ms += ms;
}

void sim_world_set_modbus(struct sim_world *s, sim_modbus *answer, void *self)
{
    s->answer = answer;
    s->answer_self = self;
}

/* Clients. */

uint32_t sim_world_connect(struct sim_world *s, const struct peer_identity *who)
{
    uint32_t ix = 0;
    while (ix < SIM_PEER_MAX && s->peer[ix].is_used) {
        ix++;
    }
    REQUIRE(ix < SIM_PEER_MAX);
    struct sim_peer *p = &s->peer[ix];
    p->is_used = true;
    p->who = *who;
    p->room = MESSAGE_MAX;
    p->to_daemon.message = allocate(MESSAGE_MAX, sizeof *p->to_daemon.message);
    p->to_client.message = allocate(MESSAGE_MAX, sizeof *p->to_client.message);
    return ix;
}

bool sim_world_say(struct sim_world *s, uint32_t peer_ix, const void *bytes, size_t size)
{
    return pipe_put(&s->peer[peer_ix].to_daemon, bytes, size);
}

size_t sim_world_hear(struct sim_world *s, uint32_t peer_ix, void *bytes, size_t room)
{
    return pipe_take(&s->peer[peer_ix].to_client, bytes, room);
}

void sim_world_hang_up(struct sim_world *s, uint32_t peer_ix)
{
    s->peer[peer_ix].has_hung_up = true;
}

bool sim_world_is_closed(const struct sim_world *s, uint32_t peer_ix)
{
    return s->peer[peer_ix].is_closed;
}

void sim_world_set_socket_room(struct sim_world *s, uint32_t peer_ix, uint32_t messages)
{
    s->peer[peer_ix].room = messages;
}

uint32_t sim_world_log_count(const struct sim_world *s)
{
    return s->log_count;
}

bool sim_world_logged(const struct sim_world *s, const char *part)
{
    const uint32_t lines = s->log_count < SIM_LOG_MAX ? s->log_count : SIM_LOG_MAX;
    for (uint32_t i = 0; i < lines; i++) {
        if (strstr(s->log[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

uint32_t sim_world_notified(const struct sim_world *s, const char *state)
{
    for (size_t i = 0; i < NOTICE_MAX; i++) {
        if (s->notice[i].count > 0 && strcmp(s->notice[i].text, state) == 0) {
            return s->notice[i].count;
        }
    }
    return 0;
}

void sim_world_mqtt_set_up(struct sim_world *s, uint32_t client_ix, bool is_up)
{
    REQUIRE(client_ix < SIM_MQTT_MAX);
    s->client[client_ix].is_up = is_up;
    s->client[client_ix].session += is_up ? 1 : 0;
}

bool sim_world_mqtt_hear(struct sim_world *s, struct sim_published *published)
{
    if (s->published_count == 0) {
        return false;
    }
    *published = s->published[s->published_first];
    s->published_first = (s->published_first + 1) % PUBLISHED_MAX;
    s->published_count--;
    return true;
}

bool sim_world_mqtt_say(struct sim_world *s, uint32_t client_ix, const struct mqtt_message *m)
{
    REQUIRE(client_ix < SIM_MQTT_MAX);
    struct sim_client *c = &s->client[client_ix];
    if (c->count >= ARRIVING_MAX || m->payload_bytes >= ARRIVING_BYTES) {
        return false;
    }
    if (c->arriving == NULL) {
        c->arriving = allocate(ARRIVING_MAX, sizeof *c->arriving);
    }
    struct sim_arriving *a = &c->arriving[(c->first + c->count) % ARRIVING_MAX];
    a->message = *m;
    (void)snprintf(a->topic, sizeof a->topic, "%s", m->topic);
    a->message.topic = a->topic;
    if (m->response_topic != NULL) {
        (void)snprintf(a->response_topic, sizeof a->response_topic, "%s", m->response_topic);
        a->message.response_topic = a->response_topic;
    }
    REQUIRE(m->correlation_bytes <= sizeof a->correlation);
    if (m->correlation_bytes > 0) {
        memcpy(a->correlation, m->correlation, m->correlation_bytes);
        a->message.correlation = a->correlation;
    }
    if (m->payload_bytes > 0) {
        memcpy(a->payload, m->payload, m->payload_bytes);
    }
    a->message.payload = a->payload;
    c->count++;
    return true;
}

void sim_world_mqtt_set_room(struct sim_world *s, uint32_t messages)
{
    s->published_room = messages < PUBLISHED_MAX ? messages : PUBLISHED_MAX;
}
