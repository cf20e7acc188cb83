#include "node.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "reading.h"

static const char *const presence_word[] = {
    [PRESENCE_UNSAID] = "offline",
    [PRESENCE_OFFLINE] = "offline",
    [PRESENCE_ONLINE] = "online",
    [PRESENCE_SHUTDOWN] = "shutdown",
};

static uint64_t buttons_of(const struct plan *p)
{
    uint64_t buttons = 0;
    for (int32_t i = 0; i < p->detector_count; i++) {
        buttons |= p->detector[i].type == DETECTOR_BUTTON ? bit64((uint32_t)i) : 0;
    }
    return buttons;
}

void node_init(struct node *n, const struct world *world, uint32_t client_ix,
               const struct node_config *config)
{
    memset(n, 0, sizeof *n);
    REQUIRE(topic_node_is_good(config->plan->node));
    (void)snprintf(n->name, sizeof n->name, "%s", config->plan->node);
    n->plan_hash = config->plan->plan_hash;
    n->client_ix = client_ix;
    n->junction_ix = SESSION_JUNCTION_NONE;
    outlet_init(&n->outlet, world, client_ix, n->name, config->dots, config->form);
    n->plan = *config->plan;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        channel_init(&n->channel[i], &channel_kinds[i]);
    }
    past_init(&n->past, &n->plan, config->state_folder);
    alarms_init(&n->alarms, buttons_of(config->plan));
    cameras_init(&n->cameras, n->name, config->site);
    neighbours_link_init(&n->neighbours, n->name, config->plan, config->dots);
}

static void subscribe(struct mqtt_client_settings *out, const struct mqtt_subscription *wanted)
{
    for (uint32_t i = 0; i < out->subscription_count; i++) {
        if (strcmp(out->subscription[i].topic, wanted->topic) == 0) {
            return; /* several zones of one camera share its topic */
        }
    }
    REQUIRE(out->subscription_count < MQTT_SUBSCRIPTION_MAX);
    out->subscription[out->subscription_count++] = *wanted;
}

static void subscribe_cameras(const struct cameras *c, struct mqtt_client_settings *out)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct mqtt_subscription topic = { .is_bulk = true };
        (void)snprintf(topic.topic, sizeof topic.topic, "%s", c->camera[i].site.topic);
        subscribe(out, &topic);
    }
    for (uint32_t i = 0; i < c->count; i++) {
        struct mqtt_subscription topic = { .is_bulk = true, .wants_retained = true };
        (void)snprintf(topic.topic, sizeof topic.topic, "%s", c->camera[i].available);
        /* A city has one Frigate at a junction; further ones age out like any silent camera. */
        if (topic.topic[0] != '\0' && out->subscription_count < MQTT_SUBSCRIPTION_MAX) {
            subscribe(out, &topic);
        }
    }
}

void node_client_settings(const struct node_config *config, struct mqtt_client_settings *out)
{
    const char *node = config->plan->node;
    struct mqtt_subscription topic = { .is_bulk = false };
    struct cameras cameras;
    struct neighbours_link neighbours;
    struct payload_writer w;
    memset(out, 0, sizeof *out);
    (void)snprintf(out->client_id, sizeof out->client_id, "kavsak-link:%s", node);
    topic_write(out->will_topic, node, &(struct topic){ .type = TOPIC_PRESENCE }, config->dots);
    payload_begin(&w, config->form, out->will_payload, sizeof out->will_payload - 1);
    payload_text(&w, presence_word[PRESENCE_OFFLINE]);
    REQUIRE(payload_end(&w) == STATUS_OK);
    (void)snprintf(out->content_type, sizeof out->content_type, "%s", config->form->content_type);
    (void)snprintf(topic.topic, sizeof topic.topic, "%s/command/#", node);
    subscribe(out, &topic);
    (void)snprintf(topic.topic, sizeof topic.topic, "%s/throttle/#", node);
    subscribe(out, &topic);
    (void)snprintf(topic.topic, sizeof topic.topic, "%s/fetch/#", node);
    subscribe(out, &topic);
    cameras_init(&cameras, node, config->site);
    subscribe_cameras(&cameras, out);
    neighbours_link_init(&neighbours, node, config->plan, config->dots);
    neighbours_link_subscribe(&neighbours, out);
}

/* From the daemon. */

void node_take_status(struct node *n, uint16_t junction_ix, const struct wire_status *s)
{
    if (n->junction_ix == SESSION_JUNCTION_NONE) {
        cameras_announce(&n->cameras);
    }
    n->junction_ix = junction_ix;
    n->status = *s;
    n->has_status = true;
    n->has_ever_status = true;
    n->is_away = false;
    n->has_lost = false;
    /* Another plan may number its detectors otherwise: ours would occupy the wrong ones. */
    n->has_other_plan = s->plan_hash_hi != (uint32_t)(n->plan_hash >> 32);
    alarms_take_status(&n->alarms, s);
}

void node_take_alarms(struct node *n, const struct wire_alarms *set)
{
    alarms_take(&n->alarms, set);
}

void node_take_metrics(struct node *n, const struct wire_metrics *metrics)
{
    n->metrics = *metrics;
}

void node_take_decisions(struct node *n, const struct wire_decisions *decisions)
{
    struct decision d;
    const struct wire_decision *first = &decisions->decision[0];
    if (decisions->count > 0 && first->used <= sizeof first->packed &&
        decision_decode(first->packed, first->used, &d)) {
        n->decision = d;
    }
}

void node_lose_controller(struct node *n)
{
    n->junction_ix = SESSION_JUNCTION_NONE;
    n->has_status = false;
    past_lose(&n->past);
}

static struct past_moment past_of(struct node *n, const struct node_moment *m)
{
    uint32_t session = 0;
    const struct world *w = m->world;
    /* In this order: nothing waits after a loss either, but then we are no longer up. */
    const uint32_t waiting = w->mqtt_waiting(w->self, n->client_ix);
    const bool is_up = w->mqtt_is_up(w->self, n->client_ix, &session) && session == n->session;
    return (struct past_moment){ .world = w,
                                 .outlet = &n->outlet,
                                 .channel = n->channel,
                                 .tree = m->tree,
                                 .alarms = &n->alarms,
                                 .plan = &n->plan,
                                 .status = n->has_status ? &n->status : NULL,
                                 .is_up = is_up,
                                 .waiting = waiting,
                                 .now = m->now,
                                 .wall = m->wall };
}

void node_take_events(struct node *n, const struct node_moment *m, const struct wire_events *events)
{
    past_hear(&n->past, events, m->now);
}

void node_miss(struct node *n)
{
    feed_miss(&n->past.feed);
}

bool node_take_refusal(struct node *n, const struct node_moment *m, uint32_t request)
{
    return past_refuse(&n->past, request, m->now);
}

bool node_is_reading(const struct node *n)
{
    return past_is_asked(&n->past);
}

bool node_read_on(struct node *n, const struct node_moment *m)
{
    return n->junction_ix != SESSION_JUNCTION_NONE &&
           past_ask(&n->past, m->session, n->junction_ix, m->now);
}

static void notice_absence(struct node *n, mono_t now)
{
    if (n->has_status) {
        return;
    }
    if (!n->has_lost) {
        n->has_lost = true;
        n->lost_at = now;
    }
    n->is_away = n->is_away || mono_since_ms(now, n->lost_at) >= NODE_AWAY_MS;
}

static struct remote_context remote_of(struct node *n, const struct node_moment *m)
{
    /* Both are of one machine, but kavsakd may have been told to trust its clock. */
    const bool is_synced = m->wall_is_synced || (n->has_status && n->status.wall_is_synced != 0);
    return (struct remote_context){ .remote = &n->remote,
                                    .outlet = &n->outlet,
                                    .session = m->session,
                                    .alarms = &n->alarms,
                                    .world = m->world,
                                    .plan = &n->plan,
                                    .tree = m->tree,
                                    .junction_ix = n->junction_ix,
                                    .wall = m->wall,
                                    .wall_is_synced = is_synced,
                                    .now = m->now };
}

bool node_take_result(struct node *n, const struct node_moment *m, uint32_t request,
                      enum command_result result, const char *text)
{
    const struct remote_context c = remote_of(n, m);
    return remote_result(&c, request, result, text);
}

/* From the broker. */

static void strange(struct node *n, const struct node_moment *m, const char *topic,
                    const char *what)
{
    char line[320];
    if (n->strange == 0 || mono_since_ms(m->now, n->strange_at) >= NODE_STRANGE_PAUSE_MS) {
        (void)snprintf(line, sizeof line, "%s: %.120s: %s", n->name, topic, what);
        m->world->log(m->world->self, LOG_WARNING, line);
        n->strange_at = m->now;
    }
    n->strange++;
}

static struct channel *find_channel(struct node *n, const struct topic_parts *parts)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        const struct channel_kind *kind = n->channel[i].kind;
        const char *name = kind->name != NULL ? kind->name : "";
        if (topic_is_code(parts->code, kind->code, n->outlet.dots) &&
            strcmp(parts->channel, name) == 0) {
            return &n->channel[i];
        }
    }
    return NULL;
}

static void throttle(struct node *n, const struct node_moment *m, const struct topic_parts *parts,
                     const struct mqtt_message *message)
{
    struct channel *c = find_channel(n, parts);
    if (message->retain) {
        strange(n, m, message->topic, "a retained throttle is not carried out");
        return;
    }
    if (c == NULL) {
        strange(n, m, message->topic, "no such channel");
        return;
    }
    const struct value *root = reading_take(message->payload, message->payload_bytes, m->tree);
    const char *action = value_text(m->tree, value_get(m->tree, root, "action"));
    const struct value *limit = value_get(m->tree, root, "timeout");
    int64_t timeout_s = 0;
    const bool is_good = limit == NULL || (value_integer(limit, &timeout_s) && timeout_s > 0 &&
                                           timeout_s <= CHANNEL_TIMEOUT_MAX_S);
    if (action != NULL && strcmp(action, "start") == 0 && is_good) {
        channel_start(c, (int32_t)timeout_s, m->now);
    } else if (action != NULL && strcmp(action, "stop") == 0 && is_good) {
        channel_stop(c);
    } else {
        strange(n, m, message->topic, "action must be start or stop, timeout 1 to 86400 s");
    }
}

static void fetch(struct node *n, const struct node_moment *m, const struct topic_parts *parts,
                  const struct mqtt_message *message)
{
    const struct past_moment pm = past_of(n, m);
    const struct channel *c = find_channel(n, parts);
    const struct topic as_asked = { .type = TOPIC_HISTORY,
                                    .code = parts->code,
                                    .channel = parts->channel };
    const struct topic topic = c != NULL ? channel_topic(c, TOPIC_HISTORY) : as_asked;
    if (message->retain) {
        strange(n, m, message->topic, "a retained fetch is not answered");
        return;
    }
    past_fetch(&n->past, &pm, c, &topic, message);
}

static void take_own(struct node *n, const struct node_moment *m,
                     const struct mqtt_message *message)
{
    struct topic_parts parts;
    if (!topic_read(message->topic, n->name, &parts) || parts.code[0] == '\0') {
        strange(n, m, message->topic, "not a topic that asks something of a node");
        return;
    }
    if (parts.type == TOPIC_THROTTLE) {
        throttle(n, m, &parts, message);
    } else if (parts.type == TOPIC_FETCH) {
        fetch(n, m, &parts, message);
    } else if (parts.type == TOPIC_COMMAND && parts.channel[0] == '\0') {
        const struct remote_context c = remote_of(n, m);
        remote_take(&c, parts.code, message);
    } else {
        strange(n, m, message->topic, "not a topic that asks something of a node");
    }
}

/* True: it was one of a neighbour, believed or not. */
static bool take_neighbour(struct node *n, const struct node_moment *m,
                           const struct mqtt_message *message)
{
    const struct neighbours_moment nm = {
        .tree = m->tree, .now = m->now, .wall = m->wall, .wall_is_synced = m->wall_is_synced
    };
    struct wire_neighbour out;
    const char *why = NULL;
    memset(&out, 0, sizeof out);
    const enum neighbours_verdict verdict =
        neighbours_link_take(&n->neighbours, message, &nm, &out.message, &why);
    if (verdict == NEIGHBOURS_REFUSED) {
        strange(n, m, message->topic, why);
    }
    if (verdict == NEIGHBOURS_HEARD && n->junction_ix != SESSION_JUNCTION_NONE) {
        wire_head(&out.header, WIRE_NEIGHBOUR, sizeof out, 0);
        out.header.junction_ix = n->junction_ix;
        const bool was_sent = session_send(m->session, &out.header);
        (void)was_sent; /* the next one is a second away */
    }
    return verdict != NEIGHBOURS_NOT_OURS;
}

void node_take_neighbour(struct node *n, const struct node_moment *m,
                         const struct neighbour_message *message)
{
    uint32_t session = 0;
    if (m->world->mqtt_is_up(m->world->self, n->client_ix, &session)) {
        neighbours_link_tell(&n->neighbours, message, &n->outlet);
    }
}

static void take_messages(struct node *n, const struct node_moment *m)
{
    const struct cameras_moment cm = { .world = m->world,
                                       .tree = m->tree,
                                       .now = m->now,
                                       .wall = m->wall,
                                       .wall_is_synced = m->wall_is_synced };
    struct mqtt_message message;
    for (int32_t i = 0; i < NODE_MESSAGES_PER_STEP; i++) {
        if (!m->world->mqtt_take(m->world->self, n->client_ix, &message)) {
            break;
        }
        if (!cameras_take(&n->cameras, &message, &cm) && !take_neighbour(n, m, &message)) {
            take_own(n, m, &message);
        }
    }
    cameras_step(&n->cameras, &cm);
}

static void tell_cameras(struct node *n, const struct node_moment *m)
{
    struct wire_detectors out;
    if (n->junction_ix == SESSION_JUNCTION_NONE || n->has_other_plan ||
        !cameras_tell(&n->cameras, m->now, &out)) {
        return;
    }
    out.header.junction_ix = n->junction_ix;
    if (session_send(m->session, &out.header)) {
        cameras_told(&n->cameras);
    }
}

/* What the daemon tells only those who ask. */
static void ask_daemon(struct node *n, const struct node_moment *m)
{
    struct wire_metrics metrics;
    struct wire_decisions decisions;
    if (n->junction_ix == SESSION_JUNCTION_NONE) {
        return;
    }
    if (m->now.ms >= n->metrics_at.ms) {
        n->metrics_at.ms = m->now.ms + NODE_METRICS_MS;
        memset(&metrics, 0, sizeof metrics);
        wire_head(&metrics.header, WIRE_METRICS, sizeof metrics, 0);
        const bool was_sent = session_send(m->session, &metrics.header);
        (void)was_sent; /* the next one is a minute away */
    }
    if (n->channel[CHANNEL_DECISION].is_wanted && m->now.ms >= n->decision_at.ms) {
        n->decision_at.ms = m->now.ms + NODE_DECISION_MS;
        memset(&decisions, 0, sizeof decisions);
        wire_head(&decisions.header, WIRE_DECISIONS, sizeof decisions, 0);
        decisions.header.junction_ix = n->junction_ix;
        const bool was_sent = session_send(m->session, &decisions.header);
        (void)was_sent;
    }
}

/* To the broker. */

static void say_presence(struct node *n)
{
    enum presence wanted = n->is_away ? PRESENCE_OFFLINE : PRESENCE_ONLINE;
    wanted = n->is_stopping ? PRESENCE_SHUTDOWN : wanted;
    if (wanted == n->presence) {
        return;
    }
    payload_text(outlet_begin(&n->outlet), presence_word[wanted]);
    const struct outlet_how how = { .qos = 1, .retain = true };
    if (outlet_send(&n->outlet, &(struct topic){ .type = TOPIC_PRESENCE }, how) == STATUS_OK) {
        n->presence = wanted;
    }
}

static void announce(struct node *n)
{
    n->presence = PRESENCE_UNSAID;
    alarms_announce(&n->alarms);
    past_announce(&n->past);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        channel_announce(&n->channel[i]);
    }
}

/* The order of rsmp.md, 2.5: presence, alarms, states of all channels, entries. */
static void speak(struct node *n, const struct node_moment *m)
{
    const struct channel_moment cm = { .view = { .status = n->is_away ? NULL : &n->status,
                                                 .plan = &n->plan,
                                                 .metrics = &n->metrics,
                                                 .decision = &n->decision },
                                       .now = m->now };
    say_presence(n);
    alarms_step(&n->alarms, &n->outlet, m->wall);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        channel_step_state(&n->channel[i], &n->outlet, &cm);
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        channel_step_entries(&n->channel[i], &n->outlet, &cm);
    }
}

void node_step(struct node *n, const struct node_moment *m)
{
    uint32_t session = 0;
    const bool is_up = m->world->mqtt_is_up(m->world->self, n->client_ix, &session);
    if (is_up && session != n->session) {
        n->session = session;
        announce(n);
    }
    notice_absence(n, m->now);
    alarms_set(&n->alarms, FACT_CONTROLLER, n->is_away, m->wall);
    alarms_set(&n->alarms, FACT_OTHER_PLAN, n->has_status && n->has_other_plan, m->wall);
    take_messages(n, m);
    tell_cameras(n, m);
    ask_daemon(n, m);
    const struct remote_context c = remote_of(n, m);
    remote_step(&c);
    if (n->junction_ix != SESSION_JUNCTION_NONE && m->session->state == SESSION_UP) {
        past_begin(&n->past, m->now, m->wall);
    }
    if (is_up && (n->has_ever_status || n->is_away)) {
        speak(n, m);
    }
    const struct past_moment pm = past_of(n, m);
    past_step(&n->past, &pm);
}

bool node_stop(struct node *n, const struct node_moment *m)
{
    uint32_t session = 0;
    n->is_stopping = true;
    const struct past_moment pm = past_of(n, m);
    past_stop(&n->past, &pm);
    if (m->world->mqtt_is_up(m->world->self, n->client_ix, &session)) {
        say_presence(n);
        return n->presence == PRESENCE_SHUTDOWN;
    }
    return true;
}
