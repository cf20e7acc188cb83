/* remote.h: commands from MQTT. Takes the envelope apart, refuses what may never be carried out
 * (retained, malformed, unknown, too many at once), hands the rest to the daemon, which judges who,
 * when and whether, and answers every single one with a word of docs/rsmp.md. Decides nothing about
 * signals. Owned by struct node. */
#ifndef KAVSAK_REMOTE_H
#define KAVSAK_REMOTE_H

#include "alarms.h"
#include "outlet.h"
#include "remote_codes.h"
#include "session.h"
#include "wire.h"

enum {
    REMOTE_PENDING_MAX = 16,
    REMOTE_WAIT_MS = 8000, /* the daemon itself answers within 5 s */
    REMOTE_BURST = 64,     /* commands at once; each 100 ms one more may come */
    REMOTE_EACH_MS = 100,
    REMOTE_PREPARED_MAX = 4,
    REMOTE_PREPARED_MS = 30000 /* a second thought that takes longer was another thought */
};

struct remote_pending {
    bool is_used;
    uint32_t request;
    mono_t asked_at;
    const struct remote_code *code; /* NULL: none of ours */
    struct remote_values values;
    wall_t until; /* of the effect; 0 it has no end */
    char id[40];
    struct outlet_asker asker;
};

struct remote_prepared { /* flash or all-red, asked for and not yet confirmed */
    bool is_used;
    mono_t asked_at;
    int32_t kind; /* enum command_kind */
    char token[REMOTE_TOKEN_BYTES];
    char by[40];
};

struct remote {
    struct remote_pending pending[REMOTE_PENDING_MAX];
    struct remote_prepared prepared[REMOTE_PREPARED_MAX];
    mono_t paid_until;                   /* commands of a flood push this ahead of now */
    uint64_t taken, refused, unanswered; /* unanswered: the reply could not be queued */
};

/* All that the work on one message needs. */
struct remote_context {
    struct remote *remote;
    struct outlet *outlet;
    struct session *session;
    struct alarms *alarms; /* whose acknowledgements are kept here, not by the daemon */
    const struct world *world;
    const struct plan *plan;
    struct value_tree *tree; /* room to read into */
    uint16_t junction_ix;    /* SESSION_JUNCTION_NONE: the controller does not answer */
    wall_t wall;
    bool wall_is_synced;
    mono_t now;
};

/* One message on N/command/<code>. */
void remote_take(const struct remote_context *c, const char *code, const struct mqtt_message *m);

/* The daemon answered request with this result or refusal. False: none of ours. */
bool remote_result(const struct remote_context *c, uint32_t request, enum command_result result,
                   const char *text);

/* Gives up what waited too long, and everything if the controller is gone. */
void remote_step(const struct remote_context *c);

#endif
