/* server.h: the daemon's side of its socket (core/wire.h): who may do what, streams with bounded
 * queues, commands with their envelope, pages of the journal. Reads the unit, changes it only by
 * commands that passed every check and by detector values of peers that may feed them. Owned by
 * struct unit, stepped by the tick thread after the outputs have left. Garbage is answered with
 * WIRE_REFUSED; a peer that does not read loses messages, is told how many, and after
 * SERVER_STUCK_MS is dropped. */
#ifndef KAVSAK_SERVER_H
#define KAVSAK_SERVER_H

#include "journal.h"
#include "wire.h"

enum {
    SERVER_PEER_MAX = 16,
    SERVER_GRANT_MAX = 16,
    SERVER_QUEUE_BYTES = 1 << 18, /* of each peer */
    SERVER_RECEIVE_MAX = 8,       /* messages of one peer in one tick */
    SERVER_STUCK_MS = 10000,      /* reads nothing, or has not said hello, for this long: dropped */
    SERVER_COMMAND_VALID_MS = 30000, /* contracts: a command may be under way this long */
    SERVER_EFFECT_MAX_MS = 86400000,
    SERVER_RESULT_WAIT_MS = 5000, /* no result of the tick after this long: failed */
    SERVER_ID_MAX = 64,           /* answers remembered, for commands sent twice */
    SERVER_ISSUER_MAX = 32        /* counters remembered */
};

/* Which role a local user or group has; the highest that fits counts, nobody listed is an observer.
 */
struct server_grant {
    bool is_group; /* id is a gid, else a uid */
    uint32_t id;
    int32_t role;  /* enum role */
    bool may_feed; /* camera detectors: kavsak-link */
};

struct server;
struct unit;

struct server_config {
    const struct world *world;
    struct journal_desk *desk; /* NULL: WIRE_FETCH is refused */
    uint32_t grant_count;
    struct server_grant grant[SERVER_GRANT_MAX];
    uint64_t boot_id;
    const char *release;
};

MUST_CHECK enum status server_create(const struct server_config *config, struct server **server);
void server_destroy(struct server *server);

/* One step: new peers, what they say, streams that are due, queues. */
void server_step(struct server *server, struct unit *unit, mono_t now);

/* Of one junction's tick, in order; wall and first sequence number are those of the journal. */
void server_publish_events(struct server *server, uint32_t junction_ix,
                           const struct wire_event *events, uint32_t count, mono_t now);

/* What a junction has to say to the next ones, for those who bring it there. */
void server_publish_neighbour(struct server *server, uint32_t junction_ix,
                              const struct neighbour_message *message, mono_t now);

uint64_t server_dropped(const struct server *server);

#endif
