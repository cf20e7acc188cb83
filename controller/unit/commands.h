/* commands.h: what must hold before a command reaches a tick: a whole envelope, the right node,
 * a role that may, a clock that is trusted, delivery in time, a counter that rises, an effect
 * with an end. Remembers what was asked, so that a command sent twice acts once and is answered
 * twice. Refuses with a code and a sentence. Whether the junction can do it is the tick's to
 * say. Owned by struct server. */
#ifndef KAVSAK_COMMANDS_H
#define KAVSAK_COMMANDS_H

#include "server.h"

enum { COMMANDS_TEXT_BYTES = 160 };

struct commands_asker { /* whom to answer; a peer's number is reused, its visit is not */
    uint32_t peer_ix;
    uint64_t visit;
    uint32_t request;
};

struct commands_entry {
    bool is_used, is_pending;
    uint64_t command_id;
    uint32_t junction_ix;
    mono_t asked_at;
    struct commands_asker asker;
    enum command_result result;
    char id[40];
    char by[40];
};

struct commands_issuer {
    uint64_t counter;
    uint64_t used_at; /* order of use, for who is forgotten first */
    char by[40];
};

struct commands {
    uint64_t next_id;
    uint64_t uses;
    struct commands_entry entry[SERVER_ID_MAX];
    struct commands_issuer issuer[SERVER_ISSUER_MAX];
};

struct commands_moment {
    mono_t now;
    wall_t wall;
    bool wall_is_synced;
    const char *node;  /* of the junction addressed */
    int32_t peer_role; /* enum role that the socket grants */
};

struct commands_rule { /* what a command asks of the person who gives it */
    int32_t role;      /* enum role */
    bool needs_end;    /* it lasts */
};

enum commands_verdict {
    COMMANDS_GO, /* hand it to the tick under c->command.command_id, then wait for its result */
    COMMANDS_REFUSED,  /* result and text say why */
    COMMANDS_REPEATED, /* done before: result and text say how it ended */
    COMMANDS_UNDER_WAY /* asked before, no result yet: this asker gets it */
};

/* first_id: of this run; numbers of two runs should not meet. */
void commands_init(struct commands *c, uint64_t first_id);

/* Of a command of core/command.h; one that gives back what another took needs no end. */
struct commands_rule commands_rule_of(const struct command *command);

/* Judges an envelope and, on COMMANDS_GO, gives it its command_id and remembers it. */
enum commands_verdict commands_judge(struct commands *c, struct wire_command *command,
                                     const struct commands_moment *m,
                                     const struct commands_asker *asker,
                                     enum command_result *result, char text[COMMANDS_TEXT_BYTES]);

/* The queue of the tick was full after all: forgets it. */
void commands_forget(struct commands *c, uint64_t command_id);

/* A result came out of the tick. NULL: of none of ours. */
const struct commands_entry *commands_finish(struct commands *c, uint32_t junction_ix,
                                             uint32_t id_low, enum command_result result);

/* One that has waited SERVER_RESULT_WAIT_MS: it becomes COMMAND_FAILED. NULL: none (left). */
const struct commands_entry *commands_expire(struct commands *c, mono_t now);

const char *commands_result_text(enum command_result result);

#endif
