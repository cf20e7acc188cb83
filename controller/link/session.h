/* session.h: the link's side of the daemon's socket: reaches it, greets, finds the junctions of our
 * nodes, subscribes, and notices when the daemon falls silent. Hands whole messages to its caller;
 * keeps none. The world connects; nothing here waits. Owned by struct link. */
#ifndef KAVSAK_SESSION_H
#define KAVSAK_SESSION_H

#include "wire.h"
#include "world.h"

enum {
    SESSION_STATUS_MS = 200, /* changes of lamps come at once; letters, stages, cycles this often */
    SESSION_SILENT_MS = 3000, /* streams stopped for this long: the daemon hangs */
    SESSION_JUNCTION_NONE = 0xffff,
    SESSION_ALL = 0xffff,    /* in wire_subscribe: every junction */
    SESSION_PROCESS = 0xffff /* in events: none of them, the daemon as a whole */
};

union session_message {
    struct wire_header header;
    struct wire_hello hello;
    struct wire_status status;
    struct wire_alarms alarms;
    struct wire_result result;
    struct wire_neighbour neighbour;
    struct wire_metrics metrics;
    struct wire_decisions decisions;
    struct wire_events events;
    struct wire_text text;
    uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

enum session_state {
    SESSION_AWAY,     /* nobody listens */
    SESSION_GREETING, /* our hello is under way */
    SESSION_FINDING,  /* asking one junction after the other who it is */
    SESSION_UP
};

struct session {
    const struct world *world;
    enum session_state state;
    uint32_t peer_ix;
    uint32_t request; /* last used */
    mono_t heard_at;
    struct wire_hello daemon;
    uint32_t asked_ix; /* junction asked last while finding */
    int32_t role;
    const char *release;
    uint64_t dropped; /* messages the daemon could not send us */
    union session_message in;
};

void session_init(struct session *s, const struct world *world, int32_t role, const char *release);

/* Connects, and gives up a daemon that is silent. */
void session_step(struct session *s, mono_t now);

/* The next message for the caller; NULL: nothing now. While finding, statuses come that were asked
 * for; when all were asked the caller says what to subscribe to. */
const union session_message *session_take(struct session *s, mono_t now);

/* All junctions are known. junction_ix: the only one that concerns us, or SESSION_ALL. */
void session_subscribe(struct session *s, uint16_t junction_ix);
bool session_has_found(const struct session *s);

/* Sends a message whose header was filled by wire_head; numbers it. False: not now, or gone. */
MUST_CHECK bool session_send(struct session *s, struct wire_header *message);

#endif
