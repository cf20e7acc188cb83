/* peers.h: the daemon's Unix socket. The service thread accepts, receives and sends; the tick only
 * touches bounded queues, so that no client, however slow or hostile, can delay a lamp. Knows
 * nothing of what the messages mean. One peer is one place in a table: free, arrived, in use, left
 * behind. */
#ifndef KAVSAK_PEERS_H
#define KAVSAK_PEERS_H

#include <poll.h>

#include "queue.h"
#include "world.h"

enum {
    PEERS_MAX = 20, /* SERVER_PEER_MAX, and some more to be told that there is no place */
    PEERS_IN_SLOTS = 8,
    PEERS_OUT_SLOTS = 32,
    PEERS_MESSAGE_BYTES = 4096, /* = WIRE_MESSAGE_MAX_BYTES */
    PEERS_TEXT_BYTES = 300
};

/* Who may change it is said for each: service thread (S) or tick (T). */
enum peer_place {
    PEER_FREE,    /* S: to arrived */
    PEER_ARRIVED, /* T: to in use */
    PEER_IN_USE,  /* T: to left */
    PEER_LEFT     /* S: closes it, to free */
};

struct peer {
    _Atomic int32_t place;    /* enum peer_place */
    _Atomic int32_t has_gone; /* S: the other side hung up; what it sent may still wait */
    int fd;                   /* S */
    struct peer_identity who; /* S before arrived, then constant */
    struct queue in;          /* S puts, T takes */
    struct queue out;         /* T puts, S takes */
};

struct peers {
    int listener;
    int wake; /* eventfd: the tick has put something */
    _Atomic int32_t is_woken;
    char path[108]; /* sun_path */
    struct peer peer[PEERS_MAX];
};

/* Binds and listens; mode 0660. STATUS_REFUSED: another daemon listens there. */
MUST_CHECK enum status peers_open(struct peers *p, const char *path, char text[PEERS_TEXT_BYTES]);
void peers_close(struct peers *p); /* and removes the socket */

/* The service thread: what to poll for (room for PEERS_MAX + 2), and one round of work after it. */
uint32_t peers_poll_set(const struct peers *p, struct pollfd set[PEERS_MAX + 2]);
void peers_serve(struct peers *p);

/* The tick: as in world.h. */
bool peers_accept(struct peers *p, uint32_t *peer_ix, struct peer_identity *who);
enum status peers_receive(struct peers *p, uint32_t peer_ix, void *bytes, size_t room,
                          size_t *size);
enum status peers_send(struct peers *p, uint32_t peer_ix, const void *bytes, size_t size);
void peers_leave(struct peers *p, uint32_t peer_ix);

#endif
