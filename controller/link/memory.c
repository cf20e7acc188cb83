#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "json.h"

enum { MEMORY_VERSION = 1 };

void memory_init(struct memory *m, const char *folder, const char *node)
{
    memset(m, 0, sizeof *m);
    if (folder == NULL) {
        return;
    }
    const int length = snprintf(m->path, sizeof m->path, "%s/link-%s.json", folder, node);
    if (length < 0 || (size_t)length + sizeof ".new" > sizeof m->path) {
        m->path[0] = '\0';
        return;
    }
    /* A node is several levels; its file is one name. */
    for (char *at = m->path + strlen(folder) + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '~';
        }
    }
}

static uint64_t hash_of(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static size_t write_all(struct memory *m, const struct events *events, const struct alarms *alarms)
{
    struct payload_writer w;
    payload_begin(&w, &json_form, m->bytes, sizeof m->bytes);
    payload_open(&w, BOX_MAP);
    payload_key(&w, "version");
    payload_integer(&w, MEMORY_VERSION);
    payload_key(&w, "confirmed");
    payload_integer(&w, (int64_t)events->confirmed);
    payload_key(&w, "spans");
    payload_open(&w, BOX_ARRAY);
    for (uint32_t i = 0; i < events->span_count; i++) {
        payload_open(&w, BOX_ARRAY);
        payload_integer(&w, (int64_t)events->span[i].after);
        payload_integer(&w, (int64_t)events->span[i].until);
        payload_close(&w);
    }
    payload_close(&w);
    payload_key(&w, "alarms");
    alarms_write_memory(alarms, &w);
    payload_close(&w);
    REQUIRE(payload_end(&w) == STATUS_OK); /* 80 alarms of 300 bytes at most */
    return w.used;
}

static bool take_spans(const struct value_tree *tree, struct event_span span[EVENTS_SPAN_MAX],
                       uint32_t *count)
{
    const struct value *list = value_get(tree, value_root(tree), "spans");
    *count = 0;
    for (const struct value *v = value_first(tree, list); v != NULL; v = value_next(tree, v)) {
        int64_t after = 0;
        int64_t until = 0;
        const struct value *first = value_first(tree, v);
        if (*count == EVENTS_SPAN_MAX || !value_integer(first, &after) ||
            !value_integer(value_next(tree, first), &until) || after < 0 || until <= after) {
            return false;
        }
        span[(*count)++] =
            (struct event_span){ .after = (uint64_t)after, .until = (uint64_t)until };
    }
    return true;
}

static bool take_all(const struct value_tree *tree, struct events *events, struct alarms *alarms)
{
    struct event_span span[EVENTS_SPAN_MAX];
    uint32_t count = 0;
    int64_t version = 0;
    int64_t confirmed = 0;
    const struct value *root = value_root(tree);
    const bool is_good = value_integer(value_get(tree, root, "version"), &version) &&
                         version == MEMORY_VERSION &&
                         value_integer(value_get(tree, root, "confirmed"), &confirmed) &&
                         confirmed >= 0 && take_spans(tree, span, &count) &&
                         alarms_take_memory(alarms, tree, value_get(tree, root, "alarms"));
    if (is_good) {
        events_remember(events, (uint64_t)confirmed, span, count);
    }
    return is_good;
}

bool memory_load(struct memory *m, const struct world *world, struct value_tree *tree,
                 struct events *events, struct alarms *alarms)
{
    int handle = -1;
    size_t size = 0;
    if (m->path[0] == '\0' ||
        world->file_open(world->self, m->path, FILE_READ, &handle) != STATUS_OK) {
        return true; /* the first start */
    }
    const enum status status =
        world->file_read(world->self, handle, 0, m->bytes, sizeof m->bytes, &size);
    world->file_close(world->self, handle);
    if (status == STATUS_OK && json_read(m->bytes, size, tree) == STATUS_OK &&
        take_all(tree, events, alarms)) {
        m->saved = hash_of(m->bytes, size);
        return true;
    }
    char line[PATH_MAX_BYTES + 80];
    (void)snprintf(line, sizeof line, "%s cannot be read: beginning anew", m->path);
    world->log(world->self, LOG_WARNING, line);
    return false;
}

static enum status save(const struct memory *m, const struct world *world, size_t size)
{
    char beside[PATH_MAX_BYTES + 8];
    int handle = -1;
    (void)snprintf(beside, sizeof beside, "%s.new", m->path);
    (void)world->file_remove(world->self, beside); /* of a start that was cut off */
    enum status status = world->file_open(world->self, beside, FILE_WRITE, &handle);
    if (status != STATUS_OK) {
        return status;
    }
    status = world->file_write(world->self, handle, 0, m->bytes, size);
    world->file_close(world->self, handle);
    return status == STATUS_OK ? world->file_rename(world->self, beside, m->path) : status;
}

void memory_step(struct memory *m, const struct world *world, const struct events *events,
                 const struct alarms *alarms, mono_t now, bool is_last)
{
    if (m->path[0] == '\0' || (!is_last && mono_since_ms(now, m->saved_at) < MEMORY_EVERY_MS)) {
        return;
    }
    m->saved_at = now;
    const size_t size = write_all(m, events, alarms);
    const uint64_t hash = hash_of(m->bytes, size);
    if (hash == m->saved) {
        return;
    }
    const enum status status = save(m, world, size);
    if (status == STATUS_OK) {
        m->saved = hash;
    } else if (!m->has_failed) {
        char line[PATH_MAX_BYTES + 80];
        (void)snprintf(line, sizeof line, "%s cannot be written", m->path);
        world->log(world->self, LOG_ERR, line);
    }
    m->has_failed = status != STATUS_OK;
}
