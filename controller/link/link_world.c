#include "link_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

static int64_t clock_ms(clockid_t which)
{
    struct timespec at;
    REQUIRE(clock_gettime(which, &at) == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

mono_t link_world_now(void)
{
    return (mono_t){ .ms = clock_ms(CLOCK_MONOTONIC) };
}

static mono_t now_mono(void *self)
{
    (void)self;
    return link_world_now();
}

/* Messages are in UTC, so no zone is ever asked for. */
static wall_t now_wall(void *self, const char *zone, int32_t *utc_offset_s, bool *is_synced)
{
    struct timex state = { .modes = 0 };
    (void)self;
    REQUIRE(strcmp(zone, "UTC") == 0);
    *utc_offset_s = 0;
    *is_synced = adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
    return (wall_t){ .ms = clock_ms(CLOCK_REALTIME) };
}

static uint64_t random_next(void *self)
{
    uint64_t value = 0;
    (void)self;
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) != (ssize_t)sizeof value) {
        value = (uint64_t)clock_ms(CLOCK_MONOTONIC) * UINT64_C(1000000007);
    }
    return value;
}

/* A full buffer at systemd loses a word of ours: the next one comes within a second. */
static void notify(void *self, const char *state)
{
    const struct link_world *w = self;
    if (w->notify_fd >= 0) {
        (void)send(w->notify_fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void say(void *self, int priority, const char *line)
{
    (void)self;
    (void)fprintf(stderr, "<%d>%s\n", priority, line);
}

/* The daemon's socket. */

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool socket_accept(void *self, uint32_t *peer_ix, struct peer_identity *who)
{
    struct link_world *w = self;
    const mono_t now = link_world_now();
    if (w->fd >= 0 || mono_since_ms(now, w->tried_at) < LINK_CONNECT_PAUSE_MS) {
        return false;
    }
    w->tried_at = now;
    w->fd = connect_to(w->socket_path);
    *peer_ix = 0;
    *who = (struct peer_identity){ .pid = 0 };
    return w->fd >= 0;
}

static enum status socket_receive(void *self, uint32_t peer_ix, void *bytes, size_t room,
                                  size_t *size)
{
    struct link_world *w = self;
    REQUIRE(peer_ix == 0 && w->fd >= 0);
    const ssize_t got = recv(w->fd, bytes, room, MSG_DONTWAIT);
    if (got > 0) {
        *size = (size_t)got;
        return STATUS_OK;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? STATUS_AGAIN : STATUS_IO;
}

static enum status socket_send(void *self, uint32_t peer_ix, const void *bytes, size_t size)
{
    struct link_world *w = self;
    REQUIRE(peer_ix == 0 && w->fd >= 0);
    const ssize_t sent = send(w->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)size) {
        return STATUS_OK;
    }
    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? STATUS_AGAIN : STATUS_IO;
}

static void socket_close(void *self, uint32_t peer_ix)
{
    struct link_world *w = self;
    REQUIRE(peer_ix == 0 && w->fd >= 0);
    (void)close(w->fd);
    w->fd = -1;
}

/* MQTT. */

static enum status publish(void *self, uint32_t client_ix, const struct mqtt_message *message,
                           uint32_t *token)
{
    const struct link_world *w = self;
    return mqtt_publish(w->mqtt, client_ix, message, token);
}

static bool take(void *self, uint32_t client_ix, struct mqtt_message *message)
{
    const struct link_world *w = self;
    return mqtt_take(w->mqtt, client_ix, message);
}

static bool is_up(void *self, uint32_t client_ix, uint32_t *session)
{
    const struct link_world *w = self;
    return mqtt_is_up(w->mqtt, client_ix, session);
}

static uint32_t waiting(void *self, uint32_t client_ix)
{
    const struct link_world *w = self;
    return mqtt_waiting(w->mqtt, client_ix);
}

/* sd_notify(3) is one datagram; an @ stands for the zero of an abstract address. */
static int open_notify(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path) {
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

void link_world_init(struct link_world *w, const char *socket_path)
{
    *w = (struct link_world){ .socket_path = socket_path, .fd = -1, .notify_fd = open_notify() };
    w->tried_at.ms = link_world_now().ms - LINK_CONNECT_PAUSE_MS;
    w->world = (struct world){
        .self = w,
        .now_mono = now_mono,
        .now_wall = now_wall,
        .random = random_next,
        .notify = notify,
        .log = say,
        .socket_accept = socket_accept,
        .socket_receive = socket_receive,
        .socket_send = socket_send,
        .socket_close = socket_close,
        .mqtt_publish = publish,
        .mqtt_take = take,
        .mqtt_is_up = is_up,
        .mqtt_waiting = waiting,
    };
    files_fill_world(&w->world);
}

void link_world_finish(struct link_world *w)
{
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
    if (w->notify_fd >= 0) {
        (void)close(w->notify_fd);
    }
}
