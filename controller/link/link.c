#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct link {
    const struct world *world;
    struct session session;
    bool was_up;
    uint32_t node_count;
    uint32_t reader; /* who asked for a slice of the journal last */
    struct node *node;
    struct value_tree tree;
};

enum status link_create(const struct link_config *config, struct link **link)
{
    REQUIRE(config->node_count > 0 && config->node_count <= LINK_NODE_MAX);
    struct link *l = calloc(1, sizeof *l);
    struct node *nodes = calloc(config->node_count, sizeof *nodes);
    if (l == NULL || nodes == NULL) {
        free(l);
        free(nodes);
        return STATUS_NO_SPACE;
    }
    l->world = config->world;
    l->node = nodes;
    l->node_count = config->node_count;
    session_init(&l->session, config->world, LINK_ROLE, config->release);
    for (uint32_t i = 0; i < config->node_count; i++) {
        node_init(&l->node[i], config->world, i, &config->node[i]);
    }
    *link = l;
    return STATUS_OK;
}

void link_destroy(struct link *link)
{
    if (link != NULL) {
        free(link->node);
        free(link);
    }
}

const struct node *link_node(const struct link *link, uint32_t node_ix)
{
    REQUIRE(node_ix < link->node_count);
    return &link->node[node_ix];
}

bool link_has_daemon(const struct link *link)
{
    return link->session.state == SESSION_UP;
}

static struct node_moment moment_of(struct link *l, mono_t now)
{
    int32_t utc_offset_s = 0;
    struct node_moment m = {
        .world = l->world, .session = &l->session, .tree = &l->tree, .now = now
    };
    m.wall = l->world->now_wall(l->world->self, "UTC", &utc_offset_s, &m.wall_is_synced);
    return m;
}

static void take_status(struct link *l, const struct wire_status *s)
{
    const size_t room = sizeof s->node;
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (memchr(s->node, '\0', room) != NULL && strcmp(s->node, l->node[i].name) == 0) {
            node_take_status(&l->node[i], s->header.junction_ix, s);
        }
    }
}

static void take_alarms(struct link *l, const struct wire_alarms *a)
{
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (l->node[i].junction_ix == a->header.junction_ix) {
            node_take_alarms(&l->node[i], a);
        }
    }
}

static void take_result(struct link *l, const struct node_moment *m, struct wire_result *r)
{
    r->text[sizeof r->text - 1] = '\0';
    const bool is_known = r->result >= 0 && r->result < COMMAND_RESULT_COUNT;
    const enum command_result result = is_known ? (enum command_result)r->result : COMMAND_FAILED;
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (node_take_result(&l->node[i], m, r->header.request, result, r->text)) {
            return;
        }
    }
}

static void take_neighbour(struct link *l, const struct node_moment *m,
                           const struct wire_neighbour *said)
{
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (l->node[i].junction_ix == said->header.junction_ix) {
            node_take_neighbour(&l->node[i], m, &said->message);
        }
    }
}

static void take_events(struct link *l, const struct node_moment *m, const struct wire_events *e)
{
    for (uint32_t i = 0; i < l->node_count; i++) {
        const uint16_t junction_ix = e->header.junction_ix;
        const bool is_of_process = e->header.request == 0 && junction_ix == SESSION_PROCESS;
        if (is_of_process || l->node[i].junction_ix == junction_ix) {
            node_take_events(&l->node[i], m, e);
        }
    }
}

static void take_metrics(struct link *l, const struct wire_metrics *metrics)
{
    for (uint32_t i = 0; i < l->node_count; i++) {
        node_take_metrics(&l->node[i], metrics);
    }
}

static void take_decisions(struct link *l, const struct wire_decisions *decisions)
{
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (l->node[i].junction_ix == decisions->header.junction_ix) {
            node_take_decisions(&l->node[i], decisions);
        }
    }
}

/* The daemon refuses what makes no sense to it: a command gets that as its answer, the rest is said
 * in the log. */
static void take_refusal(struct link *l, const struct node_moment *m, struct wire_text *t)
{
    char line[200];
    t->text[sizeof t->text - 1] = '\0';
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (node_take_refusal(&l->node[i], m, t->header.request) ||
            node_take_result(&l->node[i], m, t->header.request, COMMAND_DENIED, t->text)) {
            return;
        }
    }
    (void)snprintf(line, sizeof line, "kavsakd refuses: %s", t->text);
    l->world->log(l->world->self, LOG_WARNING, line);
}

/* Everything is known: hear the one junction that is ours, or all and pick. */
static void subscribe(struct link *l)
{
    uint32_t found = 0;
    uint16_t junction_ix = SESSION_ALL;
    char line[160];
    for (uint32_t i = 0; i < l->node_count; i++) {
        const struct node *n = &l->node[i];
        if (n->junction_ix != SESSION_JUNCTION_NONE) {
            found++;
            junction_ix = n->junction_ix;
        } else {
            (void)snprintf(line, sizeof line, "kavsakd has no junction with node %s", n->name);
            l->world->log(l->world->self, LOG_ERR, line);
        }
    }
    session_subscribe(&l->session, found == 1 ? junction_ix : SESSION_ALL);
}

static void take_message(struct link *l, const struct node_moment *m,
                         const union session_message *in)
{
    union session_message *message = &l->session.in;
    switch ((enum wire_type)in->header.type) {
    case WIRE_STATUS:
        take_status(l, &message->status);
        return;
    case WIRE_ALARMS:
        take_alarms(l, &message->alarms);
        return;
    case WIRE_RESULT:
        take_result(l, m, &message->result);
        return;
    case WIRE_NEIGHBOUR:
        take_neighbour(l, m, &message->neighbour);
        return;
    case WIRE_EVENTS:
        take_events(l, m, &message->events);
        return;
    case WIRE_METRICS:
        take_metrics(l, &message->metrics);
        return;
    case WIRE_DECISIONS:
        take_decisions(l, &message->decisions);
        return;
    case WIRE_REFUSED:
        take_refusal(l, m, &message->text);
        return;
    case WIRE_HELLO:
    case WIRE_SUBSCRIBE:
    case WIRE_COMMAND:
    case WIRE_DETECTORS:
    case WIRE_FETCH:
    case WIRE_PLAN:
    case WIRE_NAMES:
    case WIRE_TYPE_COUNT:
        return; /* hellos are the session's, the others were never asked for */
    }
}

static void hear_daemon(struct link *l, const struct node_moment *m)
{
    session_step(&l->session, m->now);
    for (int32_t i = 0; i < LINK_MESSAGES_PER_STEP; i++) {
        const union session_message *in = session_take(&l->session, m->now);
        if (in == NULL) {
            break;
        }
        for (uint32_t k = 0; in->header.dropped > 0 && k < l->node_count; k++) {
            node_miss(&l->node[k]);
        }
        take_message(l, m, in);
        if (session_has_found(&l->session)) {
            subscribe(l);
        }
    }
    for (uint32_t i = 0; l->session.state == SESSION_AWAY && i < l->node_count; i++) {
        node_lose_controller(&l->node[i]);
    }
}

/* The daemon reads its journal for us one slice at a time: who is next in turn, asks. */
static void read_journal(struct link *l, const struct node_moment *m)
{
    bool is_reading = false;
    for (uint32_t i = 0; i < l->node_count; i++) {
        if (node_is_reading(&l->node[i])) {
            is_reading = node_read_on(&l->node[i], m) || is_reading; /* if it waits too long */
        }
    }
    for (uint32_t i = 1; i <= l->node_count && !is_reading; i++) {
        const uint32_t ix = (l->reader + i) % l->node_count;
        is_reading = node_read_on(&l->node[ix], m);
        l->reader = is_reading ? ix : l->reader;
    }
}

void link_step(struct link *link, mono_t now)
{
    const struct node_moment m = moment_of(link, now);
    hear_daemon(link, &m);
    for (uint32_t i = 0; i < link->node_count; i++) {
        node_step(&link->node[i], &m);
    }
    read_journal(link, &m);
}

bool link_stop(struct link *link, mono_t now)
{
    const struct node_moment m = moment_of(link, now);
    bool is_done = true;
    for (uint32_t i = 0; i < link->node_count; i++) {
        is_done = node_stop(&link->node[i], &m) && is_done;
    }
    return is_done;
}
