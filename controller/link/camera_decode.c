#include "camera_decode.h"

#include <string.h>

#include "moment.h"

enum { COUNT_MAX = 10000 };

/* FNV-1a: object ids are only ever compared with each other. */
static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const char *at = text; *at != '\0'; at++) {
        h = (h ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    return h;
}

/* A state or count in whatever way cameras write it: true, 1, "true", "3". */
static bool read_count(const struct value_tree *tree, const struct value *v, int32_t *count)
{
    int64_t integer = 0;
    const char *text = value_text(tree, v);
    if (v != NULL && v->kind == VALUE_BOOLEAN) {
        integer = v->integer;
    } else if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        integer = text[0] == 't' ? 1 : 0;
    } else if (text != NULL) {
        const size_t length = strspn(text, "0123456789");
        if (length == 0 || length > 5 || text[length] != '\0') {
            return false;
        }
        for (size_t i = 0; i < length; i++) {
            integer = integer * 10 + (text[i] - '0');
        }
    } else if (!value_integer(v, &integer)) {
        return false;
    }
    if (integer < 0 || integer > COUNT_MAX) {
        return false;
    }
    *count = (int32_t)integer;
    return true;
}

/* How many of them stand, where a message says it; never more than there are. */
static void read_standing(const struct value_tree *tree, const struct value *v,
                          struct camera_report *report)
{
    report->has_standing = read_count(tree, v, &report->standing);
    report->standing = min_i32(report->standing, report->count);
}

static bool is_of_class(const struct site_camera *camera, const char *label)
{
    return camera->label[0] == '\0' || (label != NULL && strcmp(label, camera->label) == 0);
}

/* ONVIF over MQTT: {"UtcTime", "Source": {..., "Rule"}, "Key", "Data": {...}}; the names in Data
 * are those of the rule's kind. */
static void decode_onvif(const struct site_camera *camera, const struct value_tree *tree,
                         struct camera_report *report)
{
    static const char *const names[] = { "State", "IsInside", "IsMotion", "Count" };
    static const char *const classes[] = { "ClassTypes", "ObjectType", "Class" };
    const struct value *root = value_root(tree);
    const struct value *data = value_get(tree, root, "Data");
    const char *rule = value_text(tree, value_get(tree, value_get(tree, root, "Source"), "Rule"));
    if (data == NULL || rule == NULL) {
        return;
    }
    report->news = CAMERA_ELSEWHERE;
    if (strcmp(rule, camera->zone) != 0) {
        return;
    }
    /* A rule that names no class was set up in the camera for the class that it watches. */
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const char *label = value_text(tree, value_get(tree, data, classes[i]));
        if (label != NULL && !is_of_class(camera, label)) {
            return;
        }
    }
    report->news = CAMERA_STRANGE;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (read_count(tree, value_get(tree, data, names[i]), &report->count)) {
            report->news = CAMERA_COUNT;
            read_standing(tree, value_get(tree, data, "Stationary"), report);
            break;
        }
    }
    const char *at = value_text(tree, value_get(tree, root, "UtcTime"));
    report->has_source_time = at != NULL && moment_read(at, &report->source_time);
}

static bool has_zone(const struct value_tree *tree, const struct value *zones, const char *zone)
{
    for (const struct value *v = value_first(tree, zones); v != NULL; v = value_next(tree, v)) {
        const char *text = value_text(tree, v);
        if (text != NULL && strcmp(text, zone) == 0) {
            return true;
        }
    }
    return false;
}

/* Frigate, frigate/events: {"type": "new"|"update"|"end", "before": {...}, "after": {...}}. */
static void decode_object(const struct site_camera *camera, const struct value_tree *tree,
                          struct camera_report *report)
{
    const struct value *root = value_root(tree);
    const struct value *after = value_get(tree, root, "after");
    const char *type = value_text(tree, value_get(tree, root, "type"));
    const char *id = value_text(tree, value_get(tree, after, "id"));
    const char *label = value_text(tree, value_get(tree, after, "label"));
    const struct value *zones = value_get(tree, after, "current_zones");
    if (type == NULL || id == NULL || label == NULL || zones == NULL ||
        zones->kind != VALUE_ARRAY) {
        return;
    }
    report->object = hash(id);
    report->news = CAMERA_ELSEWHERE;
    if (is_of_class(camera, label)) {
        const bool is_in = strcmp(type, "end") != 0 && has_zone(tree, zones, camera->zone);
        report->news = is_in ? CAMERA_ENTERED : CAMERA_LEFT;
        report->count = is_in ? 1 : 0;
        read_standing(tree, value_get(tree, after, "stationary"), report);
    }
    const struct value *at = value_get(tree, after, "frame_time");
    if (at != NULL && (at->kind == VALUE_REAL || at->kind == VALUE_INTEGER) && at->real > 0.0 &&
        at->real < 1e11) {
        report->has_source_time = true;
        report->source_time.ms = (int64_t)(at->real * 1000.0);
    }
}

void camera_decode(const struct site_camera *camera, const struct value_tree *tree,
                   struct camera_report *report)
{
    const struct value *root = value_root(tree);
    *report = (struct camera_report){ .news = CAMERA_STRANGE };
    switch ((enum camera_format)camera->format) {
    case CAMERA_ONVIF:
        decode_onvif(camera, tree, report);
        return;
    case CAMERA_FRIGATE:
        /* frigate/<zone>/<label>: a bare count, or {"count", "stationary"} of whoever repeats it;
         * the topic has chosen zone and class. */
        if (read_count(tree, root, &report->count)) {
            report->news = CAMERA_COUNT;
        } else if (read_count(tree, value_get(tree, root, "count"), &report->count)) {
            report->news = CAMERA_COUNT;
            read_standing(tree, value_get(tree, root, "stationary"), report);
        } else {
            decode_object(camera, tree, report);
        }
        return;
    }
}
