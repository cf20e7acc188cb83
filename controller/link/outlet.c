#include "outlet.h"

#include <string.h>

#include "reading.h"

void outlet_init(struct outlet *o, const struct world *world, uint32_t client_ix, const char *node,
                 enum topic_dots dots, const struct payload_form *form)
{
    *o = (struct outlet){
        .world = world, .client_ix = client_ix, .node = node, .dots = dots, .form = form
    };
}

struct payload_writer *outlet_begin(struct outlet *o)
{
    payload_begin(&o->writer, o->form, o->bytes, sizeof o->bytes);
    return &o->writer;
}

struct payload_writer *outlet_begin_answer(struct outlet *o, const struct outlet_asker *to)
{
    payload_begin(&o->writer, to->form, o->bytes, sizeof o->bytes);
    return &o->writer;
}

static enum status publish(struct outlet *o, const struct mqtt_message *message)
{
    uint32_t token = 0;
    const enum status status =
        o->world->mqtt_publish(o->world->self, o->client_ix, message, &token);
    o->sent += status == STATUS_OK ? 1 : 0;
    o->unsent += status == STATUS_OK ? 0 : 1;
    return status;
}

enum status outlet_send_other(struct outlet *o, const struct topic *topic, struct outlet_how how,
                              const struct payload_writer *w)
{
    char text[TOPIC_BYTES];
    /* PAYLOAD_OUT_BYTES holds the largest of our messages, so that this is a bug. */
    REQUIRE(payload_end(w) == STATUS_OK);
    topic_write(text, o->node, topic, o->dots);
    return publish(o, &(struct mqtt_message){ .topic = text,
                                              .payload = w->bytes,
                                              .payload_bytes = w->used,
                                              .qos = how.qos,
                                              .retain = how.retain });
}

enum status outlet_send(struct outlet *o, const struct topic *topic, struct outlet_how how)
{
    return outlet_send_other(o, topic, how, &o->writer);
}

enum status outlet_answer(struct outlet *o, const struct outlet_asker *to)
{
    REQUIRE(payload_end(&o->writer) == STATUS_OK);
    return publish(o, &(struct mqtt_message){ .topic = to->topic,
                                              .payload = o->bytes,
                                              .payload_bytes = o->writer.used,
                                              .qos = 1,
                                              .correlation = to->correlation,
                                              .correlation_bytes = to->correlation_bytes,
                                              .content_type = to->form->content_type });
}

void outlet_find_asker(const struct outlet *o, const struct topic *otherwise,
                       const struct mqtt_message *m, struct outlet_asker *asker)
{
    *asker = (struct outlet_asker){ .form = reading_form(m->payload, m->payload_bytes, o->form) };
    if (m->response_topic != NULL && topic_may_answer(m->response_topic, o->node)) {
        memcpy(asker->topic, m->response_topic, strlen(m->response_topic) + 1);
    } else {
        topic_write(asker->topic, o->node, otherwise, o->dots);
    }
    if (m->correlation_bytes <= sizeof asker->correlation && m->correlation_bytes > 0) {
        memcpy(asker->correlation, m->correlation, m->correlation_bytes);
        asker->correlation_bytes = m->correlation_bytes;
    }
}

enum status outlet_clear(struct outlet *o, const struct topic *topic)
{
    char text[TOPIC_BYTES];
    topic_write(text, o->node, topic, o->dots);
    return publish(o, &(struct mqtt_message){ .topic = text, .qos = 1, .retain = true });
}
