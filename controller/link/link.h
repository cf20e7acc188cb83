/* link.h: kavsak-link's logic as a step over struct world: the session with the daemon and one node
 * for each junction. All memory is taken by link_create(); a step never waits. Owned by main, in
 * one thread. */
#ifndef KAVSAK_LINK_H
#define KAVSAK_LINK_H

#include "node.h"
#include "session.h"

enum {
    LINK_NODE_MAX = MQTT_CLIENT_MAX,
    LINK_MESSAGES_PER_STEP = 64, /* of the daemon */
    /* What comes over MQTT is as strong as an operator at most: the broker's access list is all
     * that says who sent it, until commands are signed. */
    LINK_ROLE = ROLE_OPERATOR
};

struct link_config {
    const struct world *world;
    const char *release;
    uint32_t node_count;
    const struct node_config *node; /* plan and site are only needed during link_create */
};

struct link;

MUST_CHECK enum status link_create(const struct link_config *config, struct link **link);
void link_destroy(struct link *link);
void link_step(struct link *link, mono_t now);
/* Says "shutdown" on every node. True: all have said it. Call again until then. */
bool link_stop(struct link *link, mono_t now);

const struct node *link_node(const struct link *link, uint32_t node_ix);
bool link_has_daemon(const struct link *link);

#endif
