#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "commands.h"
#include "fetch.h"
#include "status.h"
#include "unit.h"

_Static_assert((SERVER_QUEUE_BYTES & (SERVER_QUEUE_BYTES - 1)) == 0, "rings are powers of two");

enum {
    HEARS_ALL = 0xffff,
    FETCH_NONE = FETCH_DESK_MAX,
    STREAM_MIN_TICKS = 1,
    TURNED_AWAY_LOG_MS = 1000
};

struct peer {
    bool is_used, has_greeted;
    uint32_t world_ix; /* of world->socket_* */
    uint64_t visit;    /* +1 for every peer that ever came */
    int32_t role;
    bool may_feed;
    uint32_t streams;
    uint16_t junction_ix; /* of its streams; HEARS_ALL */
    uint32_t status_every_ticks;
    uint32_t snapshot_ix; /* next junction to be told whole after a subscription */
    uint32_t fetch_place, fetch_request;
    uint16_t dropped;
    mono_t moved_at; /* its queue was empty, or a message left it */
    mono_t came_at;
    size_t head, tail; /* bytes ever put and taken */
    uint8_t *ring;     /* SERVER_QUEUE_BYTES: sizes and messages */
};

union message { /* room and alignment for any message */
    struct wire_header header;
    struct wire_hello hello;
    struct wire_subscribe subscribe;
    struct wire_status status;
    struct wire_events events;
    struct wire_command command;
    struct wire_result result;
    struct wire_detectors detectors;
    struct wire_fetch fetch;
    struct wire_plan plan;
    struct wire_alarms alarms;
    struct wire_metrics metrics;
    struct wire_names names;
    struct wire_decisions decisions;
    struct wire_neighbour neighbour;
    union fetch_page page;
    struct wire_text text;
    uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

struct server {
    struct server_config config;
    struct commands commands;
    uint64_t visits;
    uint64_t dropped;
    uint64_t ticks;
    union message in, out;
    bool has_turned_away;
    mono_t turned_away_at; /* said in the log */
    struct peer peer[SERVER_PEER_MAX];
};

enum status server_create(const struct server_config *config, struct server **server)
{
    if (config->grant_count > SERVER_GRANT_MAX) {
        return STATUS_INVALID;
    }
    struct server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return STATUS_NO_SPACE;
    }
    s->config = *config;
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        s->peer[i].ring = calloc(1, SERVER_QUEUE_BYTES);
        if (s->peer[i].ring == NULL) {
            server_destroy(s);
            return STATUS_NO_SPACE;
        }
    }
    /* High half from the boot, so that results of two runs cannot be taken for each other. */
    commands_init(&s->commands, (config->boot_id << 32) | 1);
    *server = s;
    return STATUS_OK;
}

void server_destroy(struct server *server)
{
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        free(server->peer[i].ring);
    }
    free(server);
}

uint64_t server_dropped(const struct server *server)
{
    return server->dropped;
}

/* Queues. */

static void ring_copy_in(struct peer *p, const void *bytes, size_t size)
{
    const size_t at = p->head & (SERVER_QUEUE_BYTES - 1);
    const size_t before = size < SERVER_QUEUE_BYTES - at ? size : SERVER_QUEUE_BYTES - at;
    memcpy(p->ring + at, bytes, before);
    memcpy(p->ring, (const uint8_t *)bytes + before, size - before);
    p->head += size;
}

static void ring_copy_out(const struct peer *p, size_t from, void *bytes, size_t size)
{
    const size_t at = from & (SERVER_QUEUE_BYTES - 1);
    const size_t before = size < SERVER_QUEUE_BYTES - at ? size : SERVER_QUEUE_BYTES - at;
    memcpy(bytes, p->ring + at, before);
    memcpy((uint8_t *)bytes + before, p->ring, size - before);
}

static bool has_room(const struct peer *p, size_t size)
{
    return p->head - p->tail + sizeof(uint32_t) + size <= SERVER_QUEUE_BYTES;
}

/* The message is the peer's last to know how many before it were lost. */
static void send_to(struct server *s, struct peer *p, struct wire_header *header, mono_t now)
{
    const uint32_t size = header->size;
    if (!has_room(p, size)) {
        p->dropped = p->dropped < UINT16_MAX ? (uint16_t)(p->dropped + 1) : UINT16_MAX;
        s->dropped++;
        return;
    }
    if (p->head == p->tail) {
        p->moved_at = now;
    }
    header->dropped = p->dropped;
    p->dropped = 0;
    ring_copy_in(p, &size, sizeof size);
    ring_copy_in(p, header, size);
}

static void drop_peer(struct server *s, struct peer *p)
{
    if (p->fetch_place != FETCH_NONE) {
        journal_desk_drop(s->config.desk, p->fetch_place);
    }
    s->config.world->socket_close(s->config.world->self, p->world_ix);
    p->is_used = false;
}

static void flush_queue(struct server *s, struct peer *p, mono_t now)
{
    const struct world *w = s->config.world;
    while (p->tail != p->head) {
        uint32_t size = 0;
        ring_copy_out(p, p->tail, &size, sizeof size);
        ring_copy_out(p, p->tail + sizeof size, s->out.bytes, size);
        const enum status status = w->socket_send(w->self, p->world_ix, s->out.bytes, size);
        if (status == STATUS_AGAIN) {
            break;
        }
        if (status != STATUS_OK) {
            drop_peer(s, p);
            return;
        }
        p->tail += sizeof size + size;
        p->moved_at = now;
    }
    if (p->tail != p->head && mono_since_ms(now, p->moved_at) >= SERVER_STUCK_MS) {
        char line[120];
        (void)snprintf(line, sizeof line, "socket: a peer has read nothing for %d s and is dropped",
                       SERVER_STUCK_MS / 1000);
        w->log(w->self, LOG_WARNING, line);
        drop_peer(s, p);
    }
}

/* Coming. */

static bool is_meant(const struct server_grant *g, const struct peer_identity *who)
{
    if (!g->is_group) {
        return who->uid == g->id;
    }
    bool is_member = who->gid == g->id;
    for (uint32_t i = 0; i < who->group_count && i < PEER_GROUP_MAX; i++) {
        is_member = is_member || who->group[i] == g->id;
    }
    return is_member;
}

static void grant_role(const struct server *s, const struct peer_identity *who, struct peer *p)
{
    p->role = ROLE_OBSERVER;
    p->may_feed = false;
    if (who->has_more_groups) {
        char line[120];
        (void)snprintf(line, sizeof line,
                       "socket: user %u is in more than %d groups; only the first one counts here",
                       (unsigned)who->uid, PEER_GROUP_MAX);
        s->config.world->log(s->config.world->self, LOG_WARNING, line);
    }
    for (uint32_t i = 0; i < s->config.grant_count; i++) {
        const struct server_grant *g = &s->config.grant[i];
        if (is_meant(g, who)) {
            p->role = max_i32(p->role, g->role);
            p->may_feed = p->may_feed || g->may_feed;
        }
    }
}

static void fill_refusal(struct wire_text *m, uint32_t request, const char *why)
{
    memset(m, 0, sizeof *m);
    wire_head(&m->header, WIRE_REFUSED, sizeof *m, request);
    (void)snprintf(m->text, sizeof m->text, "%s", why);
}

/* A crowd makes one line a second in the log, not one for each. */
static void turn_away(struct server *s, uint32_t world_ix, mono_t now)
{
    const struct world *w = s->config.world;
    char why[64];
    (void)snprintf(why, sizeof why, "all %d places for clients are taken", SERVER_PEER_MAX);
    fill_refusal(&s->out.text, 0, why);
    const enum status sent = w->socket_send(w->self, world_ix, &s->out.text, sizeof s->out.text);
    (void)sent; /* closing says it as well */
    w->socket_close(w->self, world_ix);
    if (!s->has_turned_away || mono_since_ms(now, s->turned_away_at) >= TURNED_AWAY_LOG_MS) {
        w->log(w->self, LOG_WARNING, "socket: too many peers, one more was turned away");
        s->has_turned_away = true;
        s->turned_away_at = now;
    }
}

static void accept_peers(struct server *s, mono_t now)
{
    const struct world *w = s->config.world;
    uint32_t world_ix = 0;
    struct peer_identity who;
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        struct peer *p = &s->peer[i];
        if (p->is_used) {
            continue;
        }
        if (!w->socket_accept(w->self, &world_ix, &who)) {
            return;
        }
        uint8_t *ring = p->ring;
        *p = (struct peer){ .is_used = true,
                            .world_ix = world_ix,
                            .visit = ++s->visits,
                            .junction_ix = HEARS_ALL,
                            .fetch_place = FETCH_NONE,
                            .moved_at = now,
                            .came_at = now,
                            .ring = ring };
        grant_role(s, &who, p);
    }
    /* No place is free: the others are told so and closed at once, instead of waiting in vain. */
    for (size_t i = 0; i < SERVER_PEER_MAX && w->socket_accept(w->self, &world_ix, &who); i++) {
        turn_away(s, world_ix, now);
    }
}

/* Answers. */

static void refuse(struct server *s, struct peer *p, uint32_t request, const char *why, mono_t now)
{
    fill_refusal(&s->out.text, request, why);
    send_to(s, p, &s->out.text.header, now);
}

static void greet(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    struct wire_hello *asked = &s->in.hello;
    struct wire_hello *m = &s->out.hello;
    if (asked->role < ROLE_OBSERVER || asked->role >= ROLE_COUNT) {
        refuse(s, p, asked->header.request, "no such role", now);
        return;
    }
    p->role = min_i32(p->role, asked->role);
    p->has_greeted = true;
    memset(m, 0, sizeof *m);
    wire_head(&m->header, WIRE_HELLO, sizeof *m, asked->header.request);
    m->role = p->role;
    m->junction_count = unit_junction_count(unit);
    m->boot_id = s->config.boot_id;
    (void)snprintf(m->program, sizeof m->program, "kavsakd");
    (void)snprintf(m->release, sizeof m->release, "%s", s->config.release);
    send_to(s, p, &m->header, now);
}

static void send_status(struct server *s, struct peer *p, const struct unit *unit,
                        uint32_t junction_ix, uint32_t request, mono_t now)
{
    unit_status(unit, junction_ix, &s->out.status);
    s->out.header.request = request;
    s->out.header.junction_ix = (uint16_t)junction_ix;
    send_to(s, p, &s->out.header, now);
}

static void send_alarms(struct server *s, struct peer *p, const struct unit *unit,
                        uint32_t junction_ix, uint32_t request, mono_t now)
{
    unit_alarms(unit, junction_ix, &s->out.alarms);
    s->out.header.request = request;
    s->out.header.junction_ix = (uint16_t)junction_ix;
    send_to(s, p, &s->out.header, now);
}

static bool is_heard(const struct peer *p, uint32_t junction_ix)
{
    return p->junction_ix == HEARS_ALL || p->junction_ix == junction_ix;
}

static void subscribe(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const struct wire_subscribe *m = &s->in.subscribe;
    const uint32_t known =
        WIRE_STREAM_STATUS | WIRE_STREAM_EVENTS | WIRE_STREAM_ALARMS | WIRE_STREAM_NEIGHBOURS;
    const uint16_t junction_ix = m->header.junction_ix;
    if ((m->streams & ~known) != 0) {
        refuse(s, p, m->header.request, "no such stream", now);
        return;
    }
    if (junction_ix != HEARS_ALL && junction_ix >= unit_junction_count(unit)) {
        refuse(s, p, m->header.request, "no such junction", now);
        return;
    }
    p->streams = m->streams;
    p->junction_ix = junction_ix;
    const int32_t every_ms = max_i32(m->status_every_ms, STREAM_MIN_TICKS * TICK_MS);
    p->status_every_ticks = (uint32_t)(every_ms / TICK_MS);
    p->snapshot_ix = 0;
}

static void send_metrics(struct server *s, struct peer *p, const struct unit *unit,
                         uint32_t request, mono_t now)
{
    unit_metrics(unit, &s->out.metrics);
    s->out.header.request = request;
    send_to(s, p, &s->out.header, now);
}

static void send_plan(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const struct wire_plan *asked = &s->in.plan;
    const char *text = unit_plan_text(unit, asked->header.junction_ix);
    if (text == NULL) {
        refuse(s, p, asked->header.request, "the text of the plan is not kept here", now);
        return;
    }
    const size_t length = strlen(text);
    const size_t pages = length / WIRE_TEXT_MAX_BYTES + 1;
    if (asked->page_ix >= pages) {
        refuse(s, p, asked->header.request, "no such page", now);
        return;
    }
    struct wire_plan *m = &s->out.plan;
    memset(m, 0, sizeof *m);
    wire_head(&m->header, WIRE_PLAN, sizeof *m, asked->header.request);
    m->header.junction_ix = asked->header.junction_ix;
    m->page_ix = asked->page_ix;
    m->page_count = (uint32_t)pages;
    const size_t from = (size_t)asked->page_ix * WIRE_TEXT_MAX_BYTES;
    m->used = (uint32_t)(length - from < WIRE_TEXT_MAX_BYTES ? length - from : WIRE_TEXT_MAX_BYTES);
    memcpy(m->text, text + from, m->used);
    send_to(s, p, &m->header, now);
}

static void send_names(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const struct wire_names *asked = &s->in.names;
    const uint32_t junction_ix = asked->header.junction_ix;
    if (asked->kind >= WIRE_NAMES_KIND_COUNT) {
        refuse(s, p, asked->header.request, "no such kind of names", now);
        return;
    }
    struct wire_names *m = &s->out.names;
    status_fill_names(m, unit_junction(unit, junction_ix)->plan, (enum wire_names_kind)asked->kind);
    m->header.request = asked->header.request;
    m->header.junction_ix = (uint16_t)junction_ix;
    send_to(s, p, &m->header, now);
}

static void send_decision(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const struct wire_header asked = s->in.header;
    unit_decision(unit, asked.junction_ix, &s->out.decisions);
    s->out.header.request = asked.request;
    s->out.header.junction_ix = asked.junction_ix;
    send_to(s, p, &s->out.header, now);
}

/* Commands. */

static void send_result(struct server *s, struct peer *p, uint32_t request, const char *id,
                        enum command_result result, const char *text, mono_t now)
{
    struct wire_result *m = &s->out.result;
    memset(m, 0, sizeof *m);
    wire_head(&m->header, WIRE_RESULT, sizeof *m, request);
    m->result = (int32_t)result;
    (void)snprintf(m->id, sizeof m->id, "%.*s", (int)sizeof m->id - 1, id);
    (void)snprintf(m->text, sizeof m->text, "%s", text);
    send_to(s, p, &m->header, now);
}

static void send_entry(struct server *s, const struct commands_entry *e, mono_t now)
{
    struct peer *p = &s->peer[e->asker.peer_ix];
    if (p->is_used && p->visit == e->asker.visit) {
        send_result(s, p, e->asker.request, e->id, e->result, commands_result_text(e->result), now);
    }
}

static void command(struct server *s, struct peer *p, struct unit *unit, mono_t now)
{
    struct wire_command *c = &s->in.command;
    const uint32_t junction_ix = c->header.junction_ix;
    const struct input_frame *in = unit_input(unit, junction_ix);
    const struct commands_moment moment = {
        .now = now,
        .wall = in->wall,
        .wall_is_synced = in->wall_is_synced,
        .node = unit_junction(unit, junction_ix)->plan->node,
        .peer_role = p->role,
    };
    const struct commands_asker asker = { .peer_ix = (uint32_t)(p - s->peer),
                                          .visit = p->visit,
                                          .request = c->header.request };
    enum command_result result = COMMAND_DONE;
    char text[COMMANDS_TEXT_BYTES];
    enum commands_verdict verdict = commands_judge(&s->commands, c, &moment, &asker, &result, text);
    if (verdict == COMMANDS_GO && unit_command(unit, junction_ix, &c->command) != STATUS_OK) {
        commands_forget(&s->commands, c->command.command_id);
        verdict = COMMANDS_REFUSED;
        result = COMMAND_BUSY;
        (void)snprintf(text, sizeof text, "too many commands wait for the next ticks");
    }
    if (verdict == COMMANDS_GO || verdict == COMMANDS_REFUSED) {
        unit_record_command(unit, junction_ix, c, result);
    }
    if (verdict == COMMANDS_REFUSED || verdict == COMMANDS_REPEATED) {
        send_result(s, p, c->header.request, c->id, result, text, now);
    }
}

/* Detectors. */

static void feed(struct server *s, struct peer *p, struct unit *unit, mono_t now)
{
    const struct wire_detectors *m = &s->in.detectors;
    const char *problem = NULL;
    if (!p->may_feed) {
        problem = "this user may not feed detectors";
    } else if (m->count > DETECTOR_MAX) {
        problem = "too many detectors";
    }
    const int32_t known =
        problem == NULL ? unit_junction(unit, m->header.junction_ix)->plan->detector_count : 0;
    for (uint32_t i = 0; problem == NULL && i < m->count; i++) {
        if (m->detector[i].detector_ix >= known || m->detector[i].quality > INPUT_FAILED ||
            m->detector[i].age_ms < 0 || m->detector[i].age_ms > AGE_MAX_MS ||
            m->detector[i].zone_queued > m->detector[i].zone_vehicles) {
            problem = "no such detector, or a value out of range";
        }
    }
    if (problem != NULL) {
        refuse(s, p, m->header.request, problem, now);
        return;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        const struct detector_input value = { .is_occupied = m->detector[i].is_occupied != 0,
                                              .edge_count = m->detector[i].edge_count,
                                              .has_zone = m->detector[i].has_zone != 0,
                                              .zone_vehicles = m->detector[i].zone_vehicles,
                                              .zone_queued = m->detector[i].zone_queued,
                                              .quality = m->detector[i].quality,
                                              .age_ms = m->detector[i].age_ms };
        if (!unit_feed_detector(unit, m->header.junction_ix, m->detector[i].detector_ix, &value,
                                now)) {
            refuse(s, p, m->header.request, "site.yaml names no camera for this detector", now);
            return;
        }
    }
}

/* What is wrong with a message itself the unit counts; here only who may bring one. */
static void hear_neighbour(struct server *s, struct peer *p, struct unit *unit, mono_t now)
{
    const struct wire_neighbour *m = &s->in.neighbour;
    if (!p->may_feed) {
        refuse(s, p, m->header.request, "this user may not speak for neighbours", now);
        return;
    }
    unit_hear_neighbour(unit, m->header.junction_ix, &m->message);
}

/* Fetches. */

static void begin_fetch(struct server *s, struct peer *p, mono_t now)
{
    const struct wire_fetch *m = &s->in.fetch;
    if (s->config.desk == NULL) {
        refuse(s, p, m->header.request, "no journal is kept", now);
    } else if (m->what >= WIRE_FETCH_COUNT) {
        refuse(s, p, m->header.request, "the journal has nothing of that kind", now);
    } else if (p->fetch_place != FETCH_NONE) {
        refuse(s, p, m->header.request, "one fetch at a time", now);
    } else if (journal_desk_ask(s->config.desk, m, &p->fetch_place) != STATUS_OK) {
        p->fetch_place = FETCH_NONE;
        refuse(s, p, m->header.request, "too many fetches are under way, ask again", now);
    } else {
        p->fetch_request = m->header.request;
    }
}

/* One page. False: none now. */
static bool send_page(struct server *s, struct peer *p, mono_t now)
{
    union fetch_page *page = &s->out.page;
    bool is_last = false;
    const enum status status = journal_desk_take(s->config.desk, p->fetch_place, page, &is_last);
    if (status == STATUS_AGAIN) {
        return false;
    }
    if (status != STATUS_OK) {
        p->fetch_place = FETCH_NONE;
        refuse(s, p, p->fetch_request, "the journal cannot be read", now);
        return false;
    }
    if (is_last) {
        p->fetch_place = FETCH_NONE;
    }
    send_to(s, p, &page->header, now);
    return true;
}

/* Pages wait for the reader instead of being dropped, and leave half of the queue to streams. */
static void continue_fetch(struct server *s, struct peer *p, mono_t now)
{
    bool has_sent = true;
    for (int32_t i = 0; i < FETCH_PAGES && has_sent; i++) {
        has_sent = p->fetch_place != FETCH_NONE && has_room(p, SERVER_QUEUE_BYTES / 2) &&
                   send_page(s, p, now);
    }
}

/* What a peer says. */

static bool needs_junction(uint16_t type)
{
    return type == WIRE_STATUS || type == WIRE_COMMAND || type == WIRE_DETECTORS ||
           type == WIRE_PLAN || type == WIRE_ALARMS || type == WIRE_NAMES ||
           type == WIRE_DECISIONS || type == WIRE_NEIGHBOUR;
}

static void obey(struct server *s, struct peer *p, struct unit *unit,
                 const struct wire_header *header, mono_t now)
{
    const uint32_t request = header->request;
    const uint32_t junction_ix = header->junction_ix;
    if (!p->has_greeted && header->type != WIRE_HELLO) {
        refuse(s, p, request, "say hello first", now);
        return;
    }
    if (needs_junction(header->type) && junction_ix >= unit_junction_count(unit)) {
        refuse(s, p, request, "no such junction", now);
        return;
    }
    switch ((enum wire_type)header->type) {
    case WIRE_HELLO:
        greet(s, p, unit, now);
        return;
    case WIRE_SUBSCRIBE:
        subscribe(s, p, unit, now);
        return;
    case WIRE_STATUS:
        send_status(s, p, unit, junction_ix, request, now);
        return;
    case WIRE_COMMAND:
        command(s, p, unit, now);
        return;
    case WIRE_DETECTORS:
        feed(s, p, unit, now);
        return;
    case WIRE_FETCH:
        begin_fetch(s, p, now);
        return;
    case WIRE_PLAN:
        send_plan(s, p, unit, now);
        return;
    case WIRE_ALARMS:
        send_alarms(s, p, unit, junction_ix, request, now);
        return;
    case WIRE_METRICS:
        send_metrics(s, p, unit, request, now);
        return;
    case WIRE_NAMES:
        send_names(s, p, unit, now);
        return;
    case WIRE_DECISIONS:
        send_decision(s, p, unit, now);
        return;
    case WIRE_NEIGHBOUR:
        hear_neighbour(s, p, unit, now);
        return;
    case WIRE_EVENTS:
    case WIRE_RESULT:
    case WIRE_REFUSED:
    case WIRE_TYPE_COUNT:
        break;
    }
    refuse(s, p, request, "only the daemon says this", now);
}

static void hear(struct server *s, struct peer *p, struct unit *unit, mono_t now)
{
    const struct world *w = s->config.world;
    for (int32_t i = 0; i < SERVER_RECEIVE_MAX; i++) {
        size_t size = 0;
        const enum status status =
            w->socket_receive(w->self, p->world_ix, s->in.bytes, sizeof s->in.bytes, &size);
        if (status == STATUS_AGAIN) {
            return;
        }
        if (status != STATUS_OK) {
            drop_peer(s, p);
            return;
        }
        const struct wire_header *header = NULL;
        switch (wire_check(s->in.bytes, size, &header)) {
        case STATUS_OK:
            obey(s, p, unit, header, now);
            break;
        case STATUS_NOT_FOUND:
            refuse(s, p, s->in.header.request, "unknown type of message", now);
            break;
        case STATUS_AGAIN:
        case STATUS_INVALID:
        case STATUS_REFUSED:
        case STATUS_IO:
        case STATUS_TIMEOUT:
        case STATUS_NO_SPACE:
            refuse(s, p, 0, "not a message of this protocol version", now);
            break;
        }
    }
}

/* Streams. */

/* What a new subscriber begins with: of each junction its status and alarms, no more at once than
 * its queue takes. */
static void continue_snapshot(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const size_t largest = sizeof(struct wire_status) + sizeof(struct wire_alarms) + 64;
    for (; p->snapshot_ix < unit_junction_count(unit) && has_room(p, largest); p->snapshot_ix++) {
        if (is_heard(p, p->snapshot_ix) && (p->streams & WIRE_STREAM_STATUS) != 0) {
            send_status(s, p, unit, p->snapshot_ix, 0, now);
        }
        if (is_heard(p, p->snapshot_ix) && (p->streams & WIRE_STREAM_ALARMS) != 0) {
            send_alarms(s, p, unit, p->snapshot_ix, 0, now);
        }
    }
}

static void stream(struct server *s, struct peer *p, const struct unit *unit, mono_t now)
{
    const uint32_t wants = p->streams & (WIRE_STREAM_STATUS | WIRE_STREAM_ALARMS);
    if (wants == 0) {
        return;
    }
    continue_snapshot(s, p, unit, now);
    for (uint32_t j = 0; j < p->snapshot_ix; j++) {
        if (!is_heard(p, j)) {
            continue;
        }
        /* Each junction has its own turn, so that a thousand do not come in one tick. */
        const bool is_due = (s->ticks + j) % p->status_every_ticks == 0;
        if ((wants & WIRE_STREAM_STATUS) != 0 && (is_due || unit_has_changed(unit, j))) {
            send_status(s, p, unit, j, 0, now);
        }
        if ((wants & WIRE_STREAM_ALARMS) != 0 && unit_alarms_have_changed(unit, j)) {
            send_alarms(s, p, unit, j, 0, now);
        }
    }
}

static void publish_results(struct server *s, uint32_t junction_ix, const struct wire_event *events,
                            uint32_t count, mono_t now)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct event *e = &events[i].event;
        if (e->code != EVENT_COMMAND_RESULT || e->param >= COMMAND_RESULT_COUNT) {
            continue;
        }
        const struct commands_entry *entry = commands_finish(
            &s->commands, junction_ix, (uint32_t)e->detail, (enum command_result)e->param);
        if (entry != NULL) {
            send_entry(s, entry, now);
        }
    }
}

static bool wants_events(const struct peer *p, uint32_t junction_ix)
{
    /* What concerns the process concerns each of its junctions. */
    return p->is_used && (p->streams & WIRE_STREAM_EVENTS) != 0 &&
           (junction_ix == UNIT_PROCESS || is_heard(p, junction_ix));
}

void server_publish_events(struct server *server, uint32_t junction_ix,
                           const struct wire_event *events, uint32_t count, mono_t now)
{
    publish_results(server, junction_ix, events, count, now);
    struct wire_events *m = &server->out.events;
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        struct peer *p = &server->peer[i];
        for (uint32_t from = 0; wants_events(p, junction_ix) && from < count;
             from += WIRE_EVENT_MAX) {
            memset(m, 0, sizeof *m);
            wire_head(&m->header, WIRE_EVENTS, sizeof *m, 0);
            m->header.junction_ix = (uint16_t)junction_ix;
            m->count = count - from < WIRE_EVENT_MAX ? count - from : WIRE_EVENT_MAX;
            memcpy(m->event, events + from, m->count * sizeof *events);
            send_to(server, p, &m->header, now);
        }
    }
}

void server_publish_neighbour(struct server *server, uint32_t junction_ix,
                              const struct neighbour_message *message, mono_t now)
{
    struct wire_neighbour *m = &server->out.neighbour;
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        struct peer *p = &server->peer[i];
        if (!p->is_used || (p->streams & WIRE_STREAM_NEIGHBOURS) == 0 ||
            !is_heard(p, junction_ix)) {
            continue;
        }
        memset(m, 0, sizeof *m);
        wire_head(&m->header, WIRE_NEIGHBOUR, sizeof *m, 0);
        m->header.junction_ix = (uint16_t)junction_ix;
        m->message = *message;
        send_to(server, p, &m->header, now);
    }
}

/* One who connects and says nothing would keep a place from those who have something to say. */
static void drop_silent(struct server *s, struct peer *p, mono_t now)
{
    if (!p->has_greeted && mono_since_ms(now, p->came_at) >= SERVER_STUCK_MS) {
        const struct world *w = s->config.world;
        w->log(w->self, LOG_WARNING, "socket: a peer never said hello and is dropped");
        drop_peer(s, p);
    }
}

void server_step(struct server *server, struct unit *unit, mono_t now)
{
    struct server *s = server;
    s->ticks++;
    accept_peers(s, now);
    for (const struct commands_entry *e = commands_expire(&s->commands, now); e != NULL;
         e = commands_expire(&s->commands, now)) {
        send_entry(s, e, now);
    }
    for (size_t i = 0; i < SERVER_PEER_MAX; i++) {
        struct peer *p = &s->peer[i];
        if (p->is_used) {
            hear(s, p, unit, now);
        }
        if (p->is_used) {
            drop_silent(s, p, now);
        }
        if (p->is_used) {
            stream(s, p, unit, now);
            continue_fetch(s, p, now);
            flush_queue(s, p, now);
        }
    }
}
