#include "cameras.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "json.h"

void cameras_init(struct cameras *c, const char *node, const struct site *site)
{
    *c = (struct cameras){ .node = node };
    for (int32_t i = 0; i < site->camera_count && i < SITE_CAMERA_MAX; i++) {
        struct camera *k = &c->camera[c->count++];
        k->site = site->camera[i];
        const size_t prefix = strcspn(k->site.topic, "/");
        if (k->site.format == CAMERA_FRIGATE) {
            static const char suffix[] = "/available";
            memcpy(k->available, site->camera[i].topic, prefix);
            memcpy(k->available + prefix, suffix, sizeof suffix);
        }
    }
}

static void say(const struct cameras *c, const struct camera *k, const struct cameras_moment *m,
                const char *what)
{
    char line[256];
    (void)snprintf(line, sizeof line, "%s: camera %.100s, zone %.30s: %s", c->node, k->site.topic,
                   k->site.zone, what);
    m->world->log(m->world->self, LOG_WARNING, line);
}

/* How long the message was under way. A clock that is not set, here or in the camera, tells
 * nothing: then only the time since arrival counts. */
static int32_t age_at_source(const struct camera_report *r, const struct cameras_moment *m)
{
    if (!r->has_source_time || !m->wall_is_synced || r->source_time.ms >= m->wall.ms) {
        return 0;
    }
    const int64_t age_ms = m->wall.ms - r->source_time.ms;
    return age_ms < AGE_MAX_MS ? (int32_t)age_ms : AGE_MAX_MS;
}

static void forget_object(struct camera *k, uint64_t object)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < k->object_count; i++) {
        if (k->object[i].id != object) {
            k->object[kept++] = k->object[i];
        }
    }
    k->object_count = kept;
}

/* Of more objects than fit, the one that was seen first is the likeliest to have been missed. */
static void note_object(struct camera *k, const struct camera_report *r)
{
    forget_object(k, r->object);
    if (k->object_count == CAMERA_OBJECT_MAX) {
        forget_object(k, k->object[0].id);
    }
    k->object[k->object_count++] =
        (struct camera_object){ .id = r->object, .is_standing = r->standing > 0 };
}

/* A count that does not say who stands is no zone to reckon with: at red, nobody standing would
 * mean an empty lane. */
static void note_counts(struct camera *k, const struct camera_report *r)
{
    k->counts = r->has_standing;
    k->vehicles = r->count;
    k->queued = r->standing;
    if (r->news != CAMERA_COUNT) {
        k->vehicles = (int32_t)k->object_count;
        k->queued = 0;
        for (uint32_t i = 0; i < k->object_count; i++) {
            k->queued += k->object[i].is_standing ? 1 : 0;
        }
    }
}

static void note_report(struct cameras *c, struct camera *k, const struct camera_report *r,
                        const struct cameras_moment *m)
{
    /* After a silence objects may have left unseen. */
    if (k->has_spoken && mono_since_ms(m->now, k->heard_at) > k->site.max_age_ms) {
        k->object_count = 0;
    }
    bool is_occupied = r->count > 0;
    if (r->news != CAMERA_COUNT) {
        if (r->news == CAMERA_ENTERED) {
            note_object(k, r);
        } else {
            forget_object(k, r->object);
        }
        is_occupied = k->object_count > 0;
    }
    note_counts(k, r);
    if (is_occupied && !k->is_occupied) {
        k->edge_count++;
    }
    if (k->is_silent) {
        say(c, k, m, "speaks again");
    }
    k->is_occupied = is_occupied;
    k->has_spoken = true;
    k->is_silent = false;
    k->is_down = false;
    k->heard_at = m->now;
    k->source_age_ms = age_at_source(r, m);
    c->is_due |= bit64((uint32_t)k->site.detector_ix);
}

/* Frigate's own last will: the only thing that may come retained, for it is a state. */
static void note_available(struct cameras *c, struct camera *k, const struct mqtt_message *message,
                           const struct cameras_moment *m)
{
    const bool is_down = message->payload_bytes == 7 && memcmp(message->payload, "offline", 7) == 0;
    if (is_down != k->is_down) {
        say(c, k, m, is_down ? "its program is offline" : "its program is back");
    }
    k->object_count = is_down ? 0 : k->object_count;
    if (is_down) {
        c->is_due |= bit64((uint32_t)k->site.detector_ix);
    }
    k->is_down = is_down;
}

bool cameras_take(struct cameras *c, const struct mqtt_message *m,
                  const struct cameras_moment *moment)
{
    bool is_ours = false;
    bool is_read = false;
    for (uint32_t i = 0; i < c->count; i++) {
        struct camera *k = &c->camera[i];
        if (k->available[0] != '\0' && strcmp(k->available, m->topic) == 0) {
            is_ours = true;
            note_available(c, k, m, moment);
        }
        if (strcmp(k->site.topic, m->topic) != 0) {
            continue;
        }
        if (!is_ours) {
            c->messages++;
            c->retained += m->retain ? 1 : 0;
        }
        is_ours = true;
        if (m->retain) {
            return true;
        }
        if (!is_read && json_read(m->payload, m->payload_bytes, moment->tree) != STATUS_OK) {
            c->strange++;
            return true;
        }
        is_read = true;
        struct camera_report report;
        camera_decode(&k->site, moment->tree, &report);
        c->strange += report.news == CAMERA_STRANGE ? 1 : 0;
        if (report.news != CAMERA_STRANGE && report.news != CAMERA_ELSEWHERE) {
            note_report(c, k, &report, moment);
        }
    }
    return is_ours;
}

void cameras_step(struct cameras *c, const struct cameras_moment *moment)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct camera *k = &c->camera[i];
        const bool is_silent =
            k->has_spoken && mono_since_ms(moment->now, k->heard_at) > k->site.max_age_ms;
        if (is_silent && !k->is_silent) {
            k->is_silent = true;
            say(c, k, moment, "silent for longer than its max_age_s: stale");
        }
    }
}

void cameras_announce(struct cameras *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->camera[i].has_spoken || c->camera[i].is_down) {
            c->is_due |= bit64((uint32_t)c->camera[i].site.detector_ix);
        }
    }
}

/* Several zones may watch one detector: occupied if one is, and only as good as the worst of them.
 * Their counts are of no use: nobody says whether they overlap. */
static void merge(const struct cameras *c, uint32_t detector_ix, mono_t now,
                  struct detector_input *out)
{
    int32_t zones = 0;
    *out = (struct detector_input){ .quality = INPUT_GOOD };
    for (uint32_t i = 0; i < c->count; i++) {
        const struct camera *k = &c->camera[i];
        if ((uint32_t)k->site.detector_ix != detector_ix) {
            continue;
        }
        const int64_t since_ms = k->has_spoken ? mono_since_ms(now, k->heard_at) : AGE_MAX_MS;
        const int32_t age_ms =
            age_add_ms(k->source_age_ms, since_ms < AGE_MAX_MS ? (int32_t)since_ms : AGE_MAX_MS);
        out->age_ms = max_i32(out->age_ms, age_ms);
        out->is_occupied = out->is_occupied || k->is_occupied;
        out->has_zone = k->counts && zones == 0;
        out->zone_vehicles = out->has_zone ? (uint8_t)min_i32(k->vehicles, UINT8_MAX) : 0;
        out->zone_queued = out->has_zone ? (uint8_t)min_i32(k->queued, UINT8_MAX) : 0;
        zones++;
        out->edge_count = (uint8_t)(out->edge_count + k->edge_count);
        if (k->is_down) {
            out->quality = INPUT_FAILED;
        } else if (out->quality == INPUT_GOOD && age_ms > k->site.max_age_ms) {
            out->quality = INPUT_STALE;
        }
    }
}

bool cameras_tell(const struct cameras *c, mono_t now, struct wire_detectors *out)
{
    memset(out, 0, sizeof *out);
    wire_head(&out->header, WIRE_DETECTORS, sizeof *out, 0);
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        if ((c->is_due & bit64(i)) == 0) {
            continue;
        }
        struct detector_input value;
        merge(c, i, now, &value);
        out->detector[out->count].detector_ix = (uint16_t)i;
        out->detector[out->count].is_occupied = value.is_occupied ? 1 : 0;
        out->detector[out->count].edge_count = value.edge_count;
        out->detector[out->count].has_zone = value.has_zone ? 1 : 0;
        out->detector[out->count].zone_vehicles = value.zone_vehicles;
        out->detector[out->count].zone_queued = value.zone_queued;
        out->detector[out->count].quality = value.quality;
        out->detector[out->count].age_ms = value.age_ms;
        out->count++;
    }
    return out->count > 0;
}

void cameras_told(struct cameras *c)
{
    c->is_due = 0;
}
