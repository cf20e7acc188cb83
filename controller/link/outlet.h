/* outlet.h: how one RSMP node speaks: a payload written in the form of its configuration, put on a
 * topic of its own. Knows no meaning. What cannot be sent is said to the caller, who decides
 * whether to try again; nothing waits here. Owned by struct node. */
#ifndef KAVSAK_OUTLET_H
#define KAVSAK_OUTLET_H

#include "payload.h"
#include "topic.h"
#include "world.h"

struct outlet {
    const struct world *world;
    uint32_t client_ix;
    const char *node;
    enum topic_dots dots;
    struct payload_writer writer;
    const struct payload_form *form;
    uint64_t sent, unsent;
    char bytes[PAYLOAD_OUT_BYTES];
};

struct outlet_how {
    int32_t qos;
    bool retain;
};

struct outlet_asker { /* where an answer goes, and how it is written: as the question was */
    const struct payload_form *form;
    char topic[TOPIC_BYTES];
    uint8_t correlation[128];
    size_t correlation_bytes;
};

void outlet_init(struct outlet *o, const struct world *world, uint32_t client_ix, const char *node,
                 enum topic_dots dots, const struct payload_form *form);

/* A fresh payload to write into. */
struct payload_writer *outlet_begin(struct outlet *o);
struct payload_writer *outlet_begin_answer(struct outlet *o, const struct outlet_asker *to);

/* Sends it. STATUS_AGAIN, STATUS_IO: not now. */
MUST_CHECK enum status outlet_send(struct outlet *o, const struct topic *topic,
                                   struct outlet_how how);
/* The same with a payload that was written elsewhere; whole and closed. */
MUST_CHECK enum status outlet_send_other(struct outlet *o, const struct topic *topic,
                                         struct outlet_how how, const struct payload_writer *w);
MUST_CHECK enum status outlet_answer(struct outlet *o, const struct outlet_asker *to);

/* Where the answer to a message goes: where the asker wants it, if that is allowed, else to the
 * default topic. */
void outlet_find_asker(const struct outlet *o, const struct topic *otherwise,
                       const struct mqtt_message *m, struct outlet_asker *asker);

/* An empty retained message: the broker forgets what it kept. */
MUST_CHECK enum status outlet_clear(struct outlet *o, const struct topic *topic);

#endif
