/* topic.h: RSMP topics, N/type/code[/channel], made and taken apart. Knows the words of the draft
 * and the mapping of dots for brokers that refuse them; knows no meaning. Pure. */
#ifndef KAVSAK_TOPIC_H
#define KAVSAK_TOPIC_H

#include "types.h"

enum { TOPIC_BYTES = 256, TOPIC_CODE_BYTES = 48, TOPIC_NODE_BYTES = 64 };

enum topic_type {
    TOPIC_PRESENCE,
    TOPIC_STATUS,
    TOPIC_CHANNEL,
    TOPIC_THROTTLE,
    TOPIC_REPLAY,
    TOPIC_FETCH,
    TOPIC_HISTORY,
    TOPIC_COMMAND,
    TOPIC_RESULT,
    TOPIC_ALARM,
    TOPIC_TYPE_COUNT
};

enum topic_dots { DOTS_KEPT, DOTS_TO_UNDERSCORES }; /* nats-server 2.9 refuses dots in topics */

struct topic {
    enum topic_type type;
    const char *code;    /* NULL or "" none: presence */
    const char *channel; /* likewise */
};

struct topic_parts { /* of an incoming one */
    enum topic_type type;
    char code[TOPIC_CODE_BYTES]; /* as on the wire */
    char channel[TOPIC_CODE_BYTES];
};

/* Letters, digits, dot, underscore, hyphen; 1 to 4 levels, none of them empty or a word of
 * topic_type. */
bool topic_node_is_good(const char *node);

/* What is too long is a bug: codes are ours, nodes were checked. */
void topic_write(char out[TOPIC_BYTES], const char *node, const struct topic *topic,
                 enum topic_dots dots);

/* False: not of this node, or not of this form. */
bool topic_read(const char *text, const char *node, struct topic_parts *parts);

/* Whether a code or channel on the wire is this one of ours. */
bool topic_is_code(const char *on_wire, const char *code, enum topic_dots dots);

/* A topic that others gave us to answer on: no wildcard, nothing that we listen to ourselves. */
bool topic_may_answer(const char *text, const char *node);

#endif
