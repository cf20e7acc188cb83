#include "neighbours_link.h"

#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "reading.h"

static const char inflow_code[] = "kavsak.inflow";
static const char room_code[] = "kavsak.room";

/* The node's last level is its name among its neighbours. */
static bool split_node(const char *node, char city[TOPIC_NODE_BYTES], const char **name)
{
    const char *slash = strrchr(node, '/');
    if (slash == NULL) {
        return false;
    }
    (void)snprintf(city, TOPIC_NODE_BYTES, "%.*s", (int)(slash - node), node);
    *name = slash + 1;
    return true;
}

static void note_exit(struct neighbours_link *n, const char *link)
{
    const char *slash = strchr(link, '/');
    for (uint32_t i = 0; i < n->exit_count; i++) {
        if (strcmp(n->exit[i], link) == 0) {
            return;
        }
    }
    if (slash != NULL && n->exit_count < NEIGHBOURS_EXIT_MAX) {
        (void)snprintf(n->exit[n->exit_count++], sizeof n->exit[0], "%s", link);
    }
}

void neighbours_link_init(struct neighbours_link *n, const char *node, const struct plan *plan,
                          enum topic_dots dots)
{
    const char *name = NULL;
    memset(n, 0, sizeof *n);
    n->dots = dots;
    n->is_on = split_node(node, n->city, &name) && strcmp(name, plan->junction_name) == 0;
    (void)snprintf(n->name, sizeof n->name, "%s", plan->junction_name);
    for (int32_t i = 0; i < plan->movement_count; i++) {
        note_exit(n, plan->movement[i].exit);
    }
}

/* Topics. */

static void add_topic(struct mqtt_client_settings *out, const char *topic, enum topic_dots dots,
                      size_t fixed)
{
    struct mqtt_subscription s = { .is_bulk = true };
    (void)snprintf(s.topic, sizeof s.topic, "%s", topic);
    for (size_t i = fixed; dots == DOTS_TO_UNDERSCORES && s.topic[i] != '\0'; i++) {
        if (s.topic[i] == '.') {
            s.topic[i] = '_';
        }
    }
    for (uint32_t i = 0; i < out->subscription_count; i++) {
        if (strcmp(out->subscription[i].topic, s.topic) == 0) {
            return;
        }
    }
    if (out->subscription_count < MQTT_SUBSCRIPTION_MAX) {
        out->subscription[out->subscription_count++] = s;
    }
}

void neighbours_link_subscribe(const struct neighbours_link *n, struct mqtt_client_settings *out)
{
    char topic[TOPIC_BYTES];
    if (!n->is_on) {
        return;
    }
    int fixed = snprintf(topic, sizeof topic, "%s/+", n->city);
    (void)snprintf(topic, sizeof topic, "%s/+/status/%s/%s", n->city, inflow_code, n->name);
    add_topic(out, topic, n->dots, (size_t)fixed);
    for (uint32_t i = 0; i < n->exit_count; i++) {
        const int length = (int)strcspn(n->exit[i], "/");
        char node[TOPIC_NODE_BYTES + NAME_MAX_BYTES * 2];
        fixed = snprintf(node, sizeof node, "%s/%.*s", n->city, length, n->exit[i]);
        if (topic_node_is_good(node)) {
            (void)snprintf(topic, sizeof topic, "%s/status/%s", node, room_code);
            add_topic(out, topic, n->dots, (size_t)fixed);
        }
    }
}

/* Whose topic it is, and which of both kinds. */
static bool read_topic(const struct neighbours_link *n, const char *topic,
                       struct neighbour_message *out)
{
    const size_t city = strlen(n->city);
    char node[TOPIC_NODE_BYTES + NAME_MAX_BYTES];
    struct topic_parts parts;
    if (!n->is_on || strncmp(topic, n->city, city) != 0 || topic[city] != '/') {
        return false;
    }
    const size_t length = strcspn(topic + city + 1, "/");
    if (length == 0 || length >= sizeof out->from) {
        return false;
    }
    (void)snprintf(out->from, sizeof out->from, "%.*s", (int)length, topic + city + 1);
    (void)snprintf(node, sizeof node, "%s/%s", n->city, out->from);
    if (strcmp(out->from, n->name) == 0 || !topic_read(topic, node, &parts) ||
        parts.type != TOPIC_STATUS) {
        return false;
    }
    const bool is_inflow = topic_is_code(parts.code, inflow_code, n->dots);
    out->direction = is_inflow ? NEIGHBOUR_INFLOW : NEIGHBOUR_ROOM;
    return is_inflow ? topic_is_code(parts.channel, n->name, n->dots)
                     : topic_is_code(parts.code, room_code, n->dots);
}

/* The payload. */

static const char *read_bins(const struct value_tree *tree, const struct value *values,
                             struct neighbour_message *out)
{
    const struct value *bins = value_get(tree, values, "bins");
    int32_t count = 0;
    if (bins == NULL || bins->kind != VALUE_ARRAY) {
        return "no bins";
    }
    for (const struct value *v = value_first(tree, bins); v != NULL; v = value_next(tree, v)) {
        int64_t mveh = 0;
        if (count == NEIGHBOUR_BINS) {
            return "more than 60 bins";
        }
        if (!value_integer(v, &mveh) || mveh < 0 || mveh > NEIGHBOUR_BIN_MAX_MVEH) {
            return "a bin is not a number from 0 to 2000";
        }
        out->bin_mveh[count++] = (uint16_t)mveh;
    }
    return NULL;
}

static const char *read_room(const struct value_tree *tree, const struct value *values,
                             struct neighbour_message *out)
{
    int64_t room = 0;
    if (!value_integer(value_get(tree, values, "room"), &room) || room < 0 ||
        room > NEIGHBOUR_ROOM_MAX) {
        return "room is not a number from 0 to 250";
    }
    out->room_vehicles = (int32_t)room;
    return NULL;
}

/* An inflow is about a lane of ours, room about one of the sender's that we feed. */
static const char *check_link(const struct neighbours_link *n, const struct neighbour_message *m)
{
    const char *owner = m->direction == NEIGHBOUR_INFLOW ? n->name : m->from;
    const size_t length = strlen(owner);
    bool is_ours = strncmp(m->link, owner, length) == 0 && m->link[length] == '/';
    if (m->direction == NEIGHBOUR_ROOM) {
        bool is_fed = false;
        for (uint32_t i = 0; i < n->exit_count; i++) {
            is_fed = is_fed || strcmp(n->exit[i], m->link) == 0;
        }
        is_ours = is_ours && is_fed;
    }
    return is_ours ? NULL : "not about a road between the two";
}

static const char *check_age(const struct neighbours_moment *m, wall_t made_at)
{
    if (!m->wall_is_synced) {
        return "our clock is not synchronised, so it has no age";
    }
    if (made_at.ms > m->wall.ms + NEIGHBOURS_AHEAD_MS) {
        return "it is of the future";
    }
    return made_at.ms < m->wall.ms - NEIGHBOURS_OLD_MS ? "it is older than a minute" : NULL;
}

static const char *read_entry(const struct neighbours_link *n, const struct neighbours_moment *m,
                              const struct value *entry, struct neighbour_message *out)
{
    const struct value *values = value_get(m->tree, entry, "values");
    const char *at = value_text(m->tree, value_get(m->tree, entry, "ts"));
    const char *link = value_text(m->tree, value_get(m->tree, values, "link"));
    int64_t version = 0;
    if (!value_integer(value_get(m->tree, values, "version"), &version) ||
        version != NEIGHBOUR_VERSION) {
        return "not version 1";
    }
    if (at == NULL || !moment_read(at, &out->made_at)) {
        return "ts is not a time";
    }
    if (link == NULL || strlen(link) >= sizeof out->link) {
        return "link is not \"junction/lane\"";
    }
    out->version = NEIGHBOUR_VERSION;
    (void)snprintf(out->link, sizeof out->link, "%s", link);
    const char *why = check_link(n, out);
    if (why == NULL) {
        why = check_age(m, out->made_at);
    }
    if (why == NULL) {
        why = out->direction == NEIGHBOUR_INFLOW ? read_bins(m->tree, values, out)
                                                 : read_room(m->tree, values, out);
    }
    return why;
}

static const char *read_payload(const struct neighbours_link *n, const struct mqtt_message *message,
                                const struct neighbours_moment *m, struct neighbour_message *out)
{
    if (message->retain) {
        return "retained, so it has no age";
    }
    if (message->payload_bytes > NEIGHBOURS_PAYLOAD_MAX_BYTES) {
        return "too long";
    }
    if (reading_take(message->payload, message->payload_bytes, m->tree) == NULL) {
        return "not JSON";
    }
    const struct value *entries = value_get(m->tree, value_root(m->tree), "entries");
    const struct value *entry = value_first(m->tree, entries);
    if (entry == NULL || value_next(m->tree, entry) != NULL) {
        return "not one entry";
    }
    return read_entry(n, m, entry, out);
}

static bool has_share(struct neighbours_link *n, mono_t now)
{
    if (mono_since_ms(now, n->second_at) >= 1000) {
        n->second_at = now;
        n->in_second = 0;
    }
    n->in_second++;
    return n->in_second <= NEIGHBOURS_PER_SECOND_MAX;
}

enum neighbours_verdict neighbours_link_take(struct neighbours_link *n,
                                             const struct mqtt_message *message,
                                             const struct neighbours_moment *m,
                                             struct neighbour_message *out, const char **why)
{
    memset(out, 0, sizeof *out);
    if (!read_topic(n, message->topic, out)) {
        return NEIGHBOURS_NOT_OURS;
    }
    if (!has_share(n, m->now)) {
        n->dropped++;
        *why = "more than 40 in a second";
        return NEIGHBOURS_REFUSED;
    }
    *why = read_payload(n, message, m, out);
    if (*why != NULL) {
        n->refused++;
        return NEIGHBOURS_REFUSED;
    }
    n->heard++;
    return NEIGHBOURS_HEARD;
}

/* Out. */

static void write_values(struct payload_writer *w, const struct neighbour_message *m)
{
    payload_key(w, "version");
    payload_integer(w, NEIGHBOUR_VERSION);
    payload_key(w, "link");
    payload_text(w, m->link);
    if (m->direction == NEIGHBOUR_ROOM) {
        payload_key(w, "room");
        payload_integer(w, m->room_vehicles);
        return;
    }
    payload_key(w, "bins");
    payload_open(w, BOX_ARRAY);
    for (int32_t i = 0; i < NEIGHBOUR_BINS; i++) {
        payload_integer(w, m->bin_mveh[i]);
    }
    payload_close(w);
}

void neighbours_link_tell(struct neighbours_link *n, const struct neighbour_message *message,
                          struct outlet *o)
{
    char to[NAME_MAX_BYTES];
    char at[MOMENT_BYTES];
    const size_t length = strcspn(message->link, "/");
    const bool is_inflow = message->direction == NEIGHBOUR_INFLOW;
    const bool is_sayable =
        is_inflow || (message->direction == NEIGHBOUR_ROOM && message->room_vehicles >= 0);
    if (!n->is_on || !is_sayable || length == 0 || length >= sizeof to ||
        memchr(message->link, '\0', sizeof message->link) == NULL) {
        return;
    }
    (void)snprintf(to, sizeof to, "%.*s", (int)length, message->link);
    moment_write(message->made_at, at);
    struct payload_writer *w = outlet_begin(o);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, at);
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    write_values(w, message);
    payload_close(w);
    payload_key(w, "seq");
    payload_integer(w, (int64_t)n->seq);
    payload_close(w);
    payload_close(w);
    payload_close(w);
    const struct topic topic = { .type = TOPIC_STATUS,
                                 .code = is_inflow ? inflow_code : room_code,
                                 .channel = is_inflow ? to : NULL };
    /* What cannot be sent now is older than the next one: it is not kept. */
    if (outlet_send(o, &topic, (struct outlet_how){ .qos = 0, .retain = false }) == STATUS_OK) {
        n->seq++;
        n->told++;
    }
}
