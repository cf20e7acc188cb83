#include "peers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are read as they come");

static enum status fail(char text[PEERS_TEXT_BYTES], const char *what, const char *path)
{
    (void)snprintf(text, PEERS_TEXT_BYTES, "%s '%s': %s", what, path, strerror(errno));
    return STATUS_IO;
}

static enum status peer_create(struct peer *peer)
{
    atomic_init(&peer->place, PEER_FREE);
    atomic_init(&peer->has_gone, 0);
    peer->fd = -1;
    enum status status = queue_create(&peer->in, PEERS_IN_SLOTS, PEERS_MESSAGE_BYTES);
    if (status == STATUS_OK) {
        status = queue_create(&peer->out, PEERS_OUT_SLOTS, PEERS_MESSAGE_BYTES);
    }
    return status;
}

static bool somebody_answers(const struct sockaddr_un *address)
{
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    const bool answered =
        connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    (void)close(fd);
    return answered;
}

static enum status listen_at(struct peers *p, char text[PEERS_TEXT_BYTES])
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, p->path, sizeof p->path);
    if (somebody_answers(&address)) {
        (void)snprintf(text, PEERS_TEXT_BYTES, "another daemon already listens on '%s'", p->path);
        return STATUS_REFUSED;
    }
    struct stat old;
    if (lstat(p->path, &old) == 0 && S_ISSOCK(old.st_mode) && unlink(p->path) != 0) {
        return fail(text, "cannot replace socket", p->path);
    }
    p->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->listener < 0) {
        return fail(text, "cannot make socket", p->path);
    }
    const mode_t before = umask(0117); /* a socket takes its mode from here */
    const int bound = bind(p->listener, (const struct sockaddr *)&address, sizeof address);
    const int error = errno;
    (void)umask(before);
    errno = error;
    if (bound != 0 || listen(p->listener, PEERS_MAX) != 0) {
        return fail(text, "cannot listen on socket", p->path);
    }
    return STATUS_OK;
}

enum status peers_open(struct peers *p, const char *path, char text[PEERS_TEXT_BYTES])
{
    memset(p, 0, sizeof *p);
    p->listener = -1;
    p->wake = -1;
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        if (peer_create(&p->peer[i]) != STATUS_OK) {
            (void)snprintf(text, PEERS_TEXT_BYTES, "no memory for %d socket clients", PEERS_MAX);
            return STATUS_NO_SPACE;
        }
    }
    if (strlen(path) >= sizeof p->path) {
        (void)snprintf(text, PEERS_TEXT_BYTES, "the path of the socket is longer than %zu bytes",
                       sizeof p->path - 1);
        return STATUS_IO;
    }
    (void)snprintf(p->path, sizeof p->path, "%s", path);
    p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->wake < 0) {
        return fail(text, "cannot make an eventfd for", path);
    }
    return listen_at(p, text);
}

void peers_close(struct peers *p)
{
    if (p == NULL) {
        return;
    }
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        if (p->peer[i].fd >= 0) {
            (void)close(p->peer[i].fd);
        }
        queue_destroy(&p->peer[i].in);
        queue_destroy(&p->peer[i].out);
    }
    if (p->listener >= 0) {
        (void)close(p->listener);
        (void)unlink(p->path);
    }
    if (p->wake >= 0) {
        (void)close(p->wake);
    }
}

static int32_t place_of(const struct peer *peer)
{
    return atomic_load_explicit(&peer->place, memory_order_acquire);
}

static void move_to(struct peer *peer, enum peer_place place)
{
    atomic_store_explicit(&peer->place, place, memory_order_release);
}

static bool has_gone(const struct peer *peer)
{
    return atomic_load_explicit(&peer->has_gone, memory_order_acquire) != 0;
}

static bool queue_has_room(const struct queue *q)
{
    return atomic_load_explicit(&q->put_count, memory_order_relaxed) -
               atomic_load_explicit(&q->take_count, memory_order_acquire) <
           q->slot_count;
}

uint32_t peers_poll_set(const struct peers *p, struct pollfd set[PEERS_MAX + 2])
{
    uint32_t count = 0;
    set[count++] = (struct pollfd){ .fd = p->listener, .events = POLLIN };
    set[count++] = (struct pollfd){ .fd = p->wake, .events = POLLIN };
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        const struct peer *peer = &p->peer[i];
        size_t size = 0;
        if (place_of(peer) == PEER_FREE || has_gone(peer)) {
            continue;
        }
        short events = 0;
        if (queue_has_room(&peer->in)) {
            events |= POLLIN;
        }
        if (queue_peek(&peer->out, &size) != NULL) {
            events |= POLLOUT;
        }
        set[count++] = (struct pollfd){ .fd = peer->fd, .events = events };
    }
    return count;
}

/* One message at a time straight into a buffer of ours. A packet larger than any message arrives
 * cut, with its size told by MSG_TRUNC: it is passed on cut, so that whoever checks sizes refuses
 * it. */
static void receive_from(struct peer *peer)
{
    uint8_t bytes[PEERS_MESSAGE_BYTES];
    for (uint32_t i = 0; i < PEERS_IN_SLOTS && queue_has_room(&peer->in); i++) {
        const ssize_t got = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0) {
            REQUIRE(queue_put(&peer->in, bytes, (size_t)got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            atomic_store_explicit(&peer->has_gone, 1, memory_order_release);
            return;
        } else {
            return;
        }
    }
}

static void send_to(struct peer *peer)
{
    size_t size = 0;
    for (uint32_t i = 0; i < PEERS_OUT_SLOTS; i++) {
        const void *bytes = queue_peek(&peer->out, &size);
        if (bytes == NULL) {
            return;
        }
        const ssize_t sent = send(peer->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (sent < 0) {
            atomic_store_explicit(&peer->has_gone, 1, memory_order_release);
            return;
        }
        queue_drop(&peer->out);
    }
}

/* The tick has left it: nobody else looks at the queues now. */
static void free_place(struct peer *peer)
{
    (void)close(peer->fd);
    peer->fd = -1;
    queue_clear(&peer->in);
    queue_clear(&peer->out);
    atomic_store_explicit(&peer->has_gone, 0, memory_order_relaxed);
    move_to(peer, PEER_FREE);
}

/* Both are what the other side had when it connected: a new membership counts from its next login
 * on. */
static bool identify(int fd, struct peer_identity *who)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return false;
    }
    *who = (struct peer_identity){ .uid = credentials.uid,
                                   .gid = credentials.gid,
                                   .pid = credentials.pid };
    size = sizeof who->group;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, who->group, &size) == 0) {
        who->group_count = (uint32_t)(size / sizeof who->group[0]);
        return true;
    }
    who->has_more_groups = errno == ERANGE;
    return who->has_more_groups;
}

/* With every place taken a newcomer waits in the backlog, which is bounded too. */
static void accept_one(struct peers *p)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &p->peer[i];
        if (place_of(peer) != PEER_FREE) {
            continue;
        }
        const int fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        if (!identify(fd, &peer->who)) {
            (void)close(fd);
            return;
        }
        peer->fd = fd;
        move_to(peer, PEER_ARRIVED);
        return;
    }
}

void peers_serve(struct peers *p)
{
    uint64_t wakes = 0;
    atomic_store_explicit(&p->is_woken, 0, memory_order_release);
    const ssize_t got = read(p->wake, &wakes, sizeof wakes);
    (void)got; /* empty is the usual case */
    accept_one(p);
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &p->peer[i];
        const int32_t place = place_of(peer);
        if (place == PEER_LEFT) {
            if (!has_gone(peer)) {
                send_to(peer);
            }
            free_place(peer);
        } else if (place != PEER_FREE && !has_gone(peer)) {
            send_to(peer);
            receive_from(peer);
        }
    }
}

/* A write to an eventfd never waits; one for each round of the service thread is enough. */
static void wake_service(struct peers *p)
{
    if (atomic_exchange_explicit(&p->is_woken, 1, memory_order_acq_rel) == 0) {
        const uint64_t one = 1;
        const ssize_t written = write(p->wake, &one, sizeof one);
        (void)written;
    }
}

bool peers_accept(struct peers *p, uint32_t *peer_ix, struct peer_identity *who)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &p->peer[i];
        if (place_of(peer) == PEER_ARRIVED) {
            *peer_ix = i;
            *who = peer->who;
            move_to(peer, PEER_IN_USE);
            return true;
        }
    }
    return false;
}

enum status peers_receive(struct peers *p, uint32_t peer_ix, void *bytes, size_t room, size_t *size)
{
    REQUIRE(peer_ix < PEERS_MAX && place_of(&p->peer[peer_ix]) == PEER_IN_USE);
    struct peer *peer = &p->peer[peer_ix];
    const bool gone_before =
        has_gone(peer); /* asked first: what it sent before it went still counts */
    if (queue_take(&peer->in, bytes, room, size)) {
        return STATUS_OK;
    }
    return gone_before ? STATUS_IO : STATUS_AGAIN;
}

enum status peers_send(struct peers *p, uint32_t peer_ix, const void *bytes, size_t size)
{
    REQUIRE(peer_ix < PEERS_MAX && place_of(&p->peer[peer_ix]) == PEER_IN_USE);
    struct peer *peer = &p->peer[peer_ix];
    if (has_gone(peer)) {
        return STATUS_IO;
    }
    if (!queue_put(&peer->out, bytes, size)) {
        return STATUS_AGAIN;
    }
    wake_service(p);
    return STATUS_OK;
}

void peers_leave(struct peers *p, uint32_t peer_ix)
{
    REQUIRE(peer_ix < PEERS_MAX && place_of(&p->peer[peer_ix]) == PEER_IN_USE);
    move_to(&p->peer[peer_ix], PEER_LEFT);
    wake_service(p);
}
