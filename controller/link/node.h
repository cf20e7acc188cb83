/* node.h: one junction as one RSMP node: presence, channels, alarms, commands, cameras, over one
 * MQTT connection of its own. Brings what the daemon says to the broker and what the broker says to
 * the daemon; decides nothing about signals. Stepped by link.c. */
#ifndef KAVSAK_NODE_H
#define KAVSAK_NODE_H

#include "alarms.h"
#include "cameras.h"
#include "channels.h"
#include "mqtt.h"
#include "neighbours_link.h"
#include "past.h"
#include "plan.h"
#include "remote.h"

enum {
    NODE_MESSAGES_PER_STEP = 16,
    NODE_STRANGE_PAUSE_MS = 10000,
    /* A controller is away when it has not answered for this long: less is a restart of ours, or a
     * socket that is opened anew. */
    NODE_AWAY_MS = 2000,
    NODE_DECISION_MS = 1000, /* asked for while somebody wants them */
    NODE_METRICS_MS = 60000
};

struct node_config {
    const struct plan *plan;
    const struct site *site;
    enum topic_dots dots;
    const struct payload_form *form;
    const char *state_folder; /* NULL: nothing outlives the process */
};

enum presence { PRESENCE_UNSAID, PRESENCE_OFFLINE, PRESENCE_ONLINE, PRESENCE_SHUTDOWN };

struct node {
    char name[TOPIC_NODE_BYTES];
    uint64_t plan_hash;
    uint32_t client_ix;
    uint16_t junction_ix; /* SESSION_JUNCTION_NONE: the controller does not answer */
    uint32_t session;     /* of the broker */
    enum presence presence;
    bool is_stopping;
    bool has_status, has_other_plan; /* has_status: and it is of now */
    bool is_away, has_lost, has_ever_status;
    mono_t lost_at;
    struct wire_status status;
    struct plan plan;
    struct wire_metrics metrics;
    struct decision decision;
    mono_t metrics_at, decision_at; /* next to be asked for */
    struct channel channel[CHANNEL_COUNT];
    struct past past;
    struct alarms alarms;
    struct remote remote;
    struct cameras cameras;
    struct neighbours_link neighbours;
    struct outlet outlet;
    uint64_t strange; /* messages that made no sense and got no answer */
    mono_t strange_at;
};

struct node_moment {
    const struct world *world;
    struct session *session;
    struct value_tree *tree;
    mono_t now;
    wall_t wall;
    bool wall_is_synced;
};

void node_init(struct node *n, const struct world *world, uint32_t client_ix,
               const struct node_config *config);

/* What its connection must ask of the broker: will and subscriptions. */
void node_client_settings(const struct node_config *config, struct mqtt_client_settings *out);

/* From the daemon. A status of this node says which junction it is and that it lives. */
void node_take_status(struct node *n, uint16_t junction_ix, const struct wire_status *s);
void node_take_alarms(struct node *n, const struct wire_alarms *set);
void node_take_metrics(struct node *n, const struct wire_metrics *metrics);
void node_take_decisions(struct node *n, const struct wire_decisions *decisions);
/* Events as they happen, or a page of the journal. */
void node_take_events(struct node *n, const struct node_moment *m,
                      const struct wire_events *events);
/* The daemon could not send us everything. */
void node_miss(struct node *n);
bool node_take_refusal(struct node *n, const struct node_moment *m, uint32_t request);
/* Slices of the journal: one at a time is under way for all nodes. */
bool node_is_reading(const struct node *n);
bool node_read_on(struct node *n, const struct node_moment *m);
void node_lose_controller(struct node *n);
/* What this junction has to say to the next ones: it goes to the broker at once or not at all. */
void node_take_neighbour(struct node *n, const struct node_moment *m,
                         const struct neighbour_message *message);
bool node_take_result(struct node *n, const struct node_moment *m, uint32_t request,
                      enum command_result result, const char *text);

/* One step: what came, what is due. */
void node_step(struct node *n, const struct node_moment *m);

/* From now on "shutdown". True: said, or there is nobody to say it to. */
bool node_stop(struct node *n, const struct node_moment *m);

#endif
