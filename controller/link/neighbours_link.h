/* neighbours_link.h: what junctions tell each other, over MQTT (docs/neighbours.md): publishes what
 * the daemon's junction has to say, brings to the daemon what is said to it. Judges the message:
 * who sent it, its form, its age, its bounds, whether it is about a road of ours, and how many come
 * in a second; what fails is counted, and now and then logged. What it means is the daemon's.
 * Owned by struct node. */
#ifndef KAVSAK_NEIGHBOURS_LINK_H
#define KAVSAK_NEIGHBOURS_LINK_H

#include "mqtt.h"
#include "neighbour.h"
#include "outlet.h"
#include "plan.h"

enum {
    NEIGHBOURS_EXIT_MAX = 32,            /* lanes of others that we feed */
    NEIGHBOURS_PAYLOAD_MAX_BYTES = 2048, /* sixty bins of four digits and their frame take 500 */
    NEIGHBOURS_OLD_MS = 60000,           /* the last bin is over */
    NEIGHBOURS_AHEAD_MS = 2000,          /* clocks kept by NTP differ by far less */
    NEIGHBOURS_PER_SECOND_MAX = 40       /* to the daemon, of one junction */
};

struct neighbours_link {
    bool is_on; /* the junction has a name that can stand in topics */
    char city[TOPIC_NODE_BYTES];
    char name[NAME_MAX_BYTES];
    enum topic_dots dots;
    uint32_t exit_count;
    char exit[NEIGHBOURS_EXIT_MAX][NAME_MAX_BYTES * 2]; /* "junction/lane" */
    uint64_t seq;
    int32_t in_second;
    mono_t second_at;
    uint64_t told, heard, refused, dropped; /* dropped: more than a second's share */
};

enum neighbours_verdict {
    NEIGHBOURS_NOT_OURS, /* not a topic of this kind */
    NEIGHBOURS_REFUSED,
    NEIGHBOURS_HEARD
};

struct neighbours_moment {
    struct value_tree *tree;
    mono_t now;
    wall_t wall;
    bool wall_is_synced;
};

void neighbours_link_init(struct neighbours_link *n, const char *node, const struct plan *plan,
                          enum topic_dots dots);

/* What its connection has to ask for; as many as there is room for. */
void neighbours_link_subscribe(const struct neighbours_link *n, struct mqtt_client_settings *out);

/* NEIGHBOURS_HEARD: *out is to be passed on. NEIGHBOURS_REFUSED: why says what is wrong. */
enum neighbours_verdict neighbours_link_take(struct neighbours_link *n,
                                             const struct mqtt_message *message,
                                             const struct neighbours_moment *m,
                                             struct neighbour_message *out, const char **why);

/* What the junction has to say. */
void neighbours_link_tell(struct neighbours_link *n, const struct neighbour_message *message,
                          struct outlet *o);

#endif
