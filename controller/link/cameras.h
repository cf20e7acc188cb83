/* cameras.h: camera zones as detectors: which message concerns which zone, what is in each zone,
 * how old that is; told to the daemon whenever something came. A camera that falls silent ages into
 * "stale" in the daemon by itself; here it is only noticed and logged. Never guesses: a retained
 * message has no age and is not used. Owned by struct node. */
#ifndef KAVSAK_CAMERAS_H
#define KAVSAK_CAMERAS_H

#include "camera_decode.h"
#include "wire.h"
#include "world.h"

enum { CAMERA_OBJECT_MAX = 32, CAMERA_PREFIX_BYTES = SITE_TOPIC_BYTES };

struct camera {
    struct site_camera site;
    char available[CAMERA_PREFIX_BYTES + 16]; /* Frigate's own last will; "" none */
    bool has_spoken, is_silent, is_down;
    bool is_occupied;
    uint8_t edge_count;
    mono_t heard_at;
    int32_t source_age_ms; /* of the last message when it came */
    bool counts; /* the last message said how many there are and how many of them stand: */
    int32_t vehicles, queued;
    uint32_t object_count;
    struct camera_object {
        uint64_t id;
        bool is_standing;
    } object[CAMERA_OBJECT_MAX];
};

struct cameras {
    const char *node;
    uint32_t count;
    struct camera camera[SITE_CAMERA_MAX];
    uint64_t is_due; /* detector_ix: to be told */
    uint64_t messages, strange, retained;
};

struct cameras_moment {
    const struct world *world;
    struct value_tree *tree;
    mono_t now;
    wall_t wall;
    bool wall_is_synced;
};

void cameras_init(struct cameras *c, const char *node, const struct site *site);

/* False: no camera of ours speaks on this topic. */
bool cameras_take(struct cameras *c, const struct mqtt_message *m,
                  const struct cameras_moment *moment);

/* Notices silence. */
void cameras_step(struct cameras *c, const struct cameras_moment *moment);

/* A new daemon knows nothing: tell it all. */
void cameras_announce(struct cameras *c);

/* Fills what is to be told; false: nothing. cameras_told() when it has been sent. */
bool cameras_tell(const struct cameras *c, mono_t now, struct wire_detectors *out);
void cameras_told(struct cameras *c);

#endif
