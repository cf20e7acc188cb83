/* camera_decode.h: what one message says about one camera zone: ONVIF Profile M events and
 * Frigate's counts and tracked objects (docs/rsmp.md has samples). Pure; keeps nothing: cameras.c
 * does. */
#ifndef KAVSAK_CAMERA_DECODE_H
#define KAVSAK_CAMERA_DECODE_H

#include "payload.h"
#include "site.h"

enum camera_news {
    CAMERA_STRANGE,   /* not a message of this format */
    CAMERA_ELSEWHERE, /* well formed, but of another zone or class */
    CAMERA_COUNT,     /* so many objects are in the zone; a plain state is 0 or 1 */
    CAMERA_ENTERED,   /* this object is in the zone */
    CAMERA_LEFT       /* this object is not, or no longer exists */
};

struct camera_report {
    enum camera_news news;
    int32_t count;
    bool has_standing; /* the message says what stands: */
    int32_t standing;  /* of the counted; CAMERA_ENTERED: 1 if this object does */
    uint64_t object;   /* its id, hashed */
    bool has_source_time;
    wall_t source_time;
};

void camera_decode(const struct site_camera *camera, const struct value_tree *tree,
                   struct camera_report *report);

#endif
