/* remote_codes.h: the commands of the interface in one table: code, what it becomes, its values.
 * Reads the values of a command into what the tick understands. Judges no person and no time;
 * whether the junction has such a thing is the tick's to say. Pure. */
#ifndef KAVSAK_REMOTE_CODES_H
#define KAVSAK_REMOTE_CODES_H

#include "command.h"
#include "payload.h"
#include "plan.h"
#include "topic.h"

enum { REMOTE_PLAN_NONE = -1, REMOTE_REASON_BYTES = 200, REMOTE_TOKEN_BYTES = 20 };

enum remote_path {                   /* who carries it out */
                   REMOTE_TO_DAEMON, /* kavsakd */
                   REMOTE_MODE, /* kavsakd, flash and all-red only with the token of a preparation
                                 */
                   REMOTE_PREPARE,           /* nobody yet: hands out a token */
                   REMOTE_CLOCK,             /* nobody: clocks follow their time service */
                   REMOTE_ALARM_ACKNOWLEDGE, /* the link itself */
                   REMOTE_ALARM_SUSPEND
};

struct remote_values { /* of one command, as read */
    struct command command;
    int32_t plan;                   /* echoed; REMOTE_PLAN_NONE */
    char token[REMOTE_TOKEN_BYTES]; /* "" none */
};

struct remote_refusal {
    enum command_result result;
    char text[REMOTE_REASON_BYTES];
};

struct remote_source { /* where values are read from */
    const struct value_tree *tree;
    const struct value *values;
    const struct plan *plan;
};

struct remote_code {
    const char *code;
    enum remote_path path;
    enum command_kind kind; /* COMMAND_NONE: read() says, or none */
    bool (*read)(const struct remote_source *s, struct remote_values *out,
                 struct remote_refusal *r);
};

/* NULL: none of ours. */
const struct remote_code *remote_code_find(const char *on_wire, enum topic_dots dots);

/* Whatever can be read of the values is in out, also if something else is wrong. */
bool remote_code_read(const struct remote_code *code, const struct remote_source *s,
                      struct remote_values *out, struct remote_refusal *r);

/* Says no: "<which><what>". Always false. */
bool remote_refuse(struct remote_refusal *r, enum command_result result, const char *what,
                   const char *which);

#endif
