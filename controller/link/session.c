#include "session.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

void session_init(struct session *s, const struct world *world, int32_t role, const char *release)
{
    memset(s, 0, sizeof *s);
    s->world = world;
    s->role = role;
    s->release = release;
}

static void say(const struct session *s, int priority, const char *line)
{
    s->world->log(s->world->self, priority, line);
}

static void leave(struct session *s, const char *why)
{
    s->world->socket_close(s->world->self, s->peer_ix);
    s->state = SESSION_AWAY;
    say(s, LOG_WARNING, why);
}

bool session_send(struct session *s, struct wire_header *message)
{
    if (s->state == SESSION_AWAY) {
        return false;
    }
    s->request = s->request == UINT32_MAX ? 1 : s->request + 1; /* 0 is for streams */
    message->request = s->request;
    const enum status status =
        s->world->socket_send(s->world->self, s->peer_ix, message, message->size);
    if (status != STATUS_OK && status != STATUS_AGAIN) {
        leave(s, "kavsakd is gone");
    }
    return status == STATUS_OK;
}

static void greet(struct session *s)
{
    struct wire_hello hello = { .role = s->role, .program = "kavsak-link" };
    (void)snprintf(hello.release, sizeof hello.release, "%s", s->release);
    wire_head(&hello.header, WIRE_HELLO, sizeof hello, 0);
    if (!session_send(s, &hello.header) && s->state != SESSION_AWAY) {
        leave(s, "kavsakd takes no hello");
    }
}

void session_step(struct session *s, mono_t now)
{
    const struct world *w = s->world;
    struct peer_identity who;
    if (s->state != SESSION_AWAY && mono_since_ms(now, s->heard_at) >= SESSION_SILENT_MS) {
        leave(s, "kavsakd has been silent for 3 s: connecting anew");
    }
    if (s->state == SESSION_AWAY && w->socket_accept(w->self, &s->peer_ix, &who)) {
        s->state = SESSION_GREETING;
        s->heard_at = now;
        s->asked_ix = 0;
        greet(s);
    }
}

static void ask_junction(struct session *s)
{
    struct wire_status question;
    memset(&question, 0, sizeof question);
    wire_head(&question.header, WIRE_STATUS, sizeof question, 0);
    question.header.junction_ix = (uint16_t)s->asked_ix;
    if (!session_send(s, &question.header) && s->state != SESSION_AWAY) {
        leave(s, "kavsakd takes no questions");
    }
}

bool session_has_found(const struct session *s)
{
    return s->state == SESSION_FINDING && s->asked_ix >= s->daemon.junction_count;
}

static void advance(struct session *s)
{
    const uint16_t type = s->in.header.type;
    if (s->state == SESSION_GREETING && type == WIRE_HELLO) {
        s->daemon = s->in.hello;
        s->state = SESSION_FINDING;
        say(s, LOG_INFO, "kavsakd answers");
    } else if (s->state == SESSION_FINDING && type == WIRE_STATUS) {
        s->asked_ix++;
    } else {
        return;
    }
    if (s->asked_ix < s->daemon.junction_count) {
        ask_junction(s);
    }
}

const union session_message *session_take(struct session *s, mono_t now)
{
    const struct world *w = s->world;
    size_t size = 0;
    const struct wire_header *header = NULL;
    if (s->state == SESSION_AWAY) {
        return NULL;
    }
    const enum status status =
        w->socket_receive(w->self, s->peer_ix, s->in.bytes, sizeof s->in.bytes, &size);
    if (status == STATUS_AGAIN) {
        return NULL;
    }
    if (status != STATUS_OK) {
        leave(s, "kavsakd is gone");
        return NULL;
    }
    if (wire_check(s->in.bytes, size, &header) != STATUS_OK) {
        leave(s, "kavsakd speaks another version of the protocol");
        return NULL;
    }
    s->heard_at = now;
    s->dropped += header->dropped;
    advance(s);
    return s->state != SESSION_AWAY ? &s->in : NULL;
}

void session_subscribe(struct session *s, uint16_t junction_ix)
{
    struct wire_subscribe m = { .streams = WIRE_STREAM_STATUS | WIRE_STREAM_ALARMS |
                                           WIRE_STREAM_NEIGHBOURS | WIRE_STREAM_EVENTS,
                                .status_every_ms = SESSION_STATUS_MS };
    wire_head(&m.header, WIRE_SUBSCRIBE, sizeof m, 0);
    m.header.junction_ix = junction_ix;
    s->state = SESSION_UP;
    if (!session_send(s, &m.header) && s->state != SESSION_AWAY) {
        leave(s, "kavsakd takes no subscription");
    }
}
