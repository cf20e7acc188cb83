#include "json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Writing. */

static void put_text(struct payload_writer *w, const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    const size_t size = strlen(text);
    payload_put(w, "\"", 1);
    for (size_t i = 0; i < size;) {
        const size_t length = payload_utf8(bytes + i, size - i);
        char escape[8];
        if (length == 0) {
            payload_put(w, "\\ufffd", 6);
        } else if (bytes[i] == '"' || bytes[i] == '\\') {
            payload_put(w, "\\", 1);
            payload_put(w, text + i, 1);
        } else if (bytes[i] < 0x20) {
            (void)snprintf(escape, sizeof escape, "\\u%04x", bytes[i]);
            payload_put(w, escape, 6);
        } else {
            payload_put(w, text + i, length);
        }
        i += length > 0 ? length : 1;
    }
    payload_put(w, "\"", 1);
}

static void separate(struct payload_writer *w)
{
    if (w->depth > 0 && !w->has_key && w->member_count[w->depth - 1] > 0) {
        payload_put(w, ",", 1);
    }
}

static void json_open(struct payload_writer *w, enum payload_box box)
{
    separate(w);
    payload_put(w, box == BOX_MAP ? "{" : "[", 1);
}

static void json_close(struct payload_writer *w, enum payload_box box)
{
    payload_put(w, box == BOX_MAP ? "}" : "]", 1);
}

static void json_key(struct payload_writer *w, const char *key)
{
    separate(w);
    put_text(w, key);
    payload_put(w, ":", 1);
}

static void json_text(struct payload_writer *w, const char *text)
{
    separate(w);
    put_text(w, text);
}

static void json_integer(struct payload_writer *w, int64_t value)
{
    char text[24];
    separate(w);
    const int length = snprintf(text, sizeof text, "%" PRId64, value);
    payload_put(w, text, (size_t)length);
}

static void json_boolean(struct payload_writer *w, bool value)
{
    separate(w);
    payload_put(w, value ? "true" : "false", value ? 4 : 5);
}

static void json_null(struct payload_writer *w)
{
    separate(w);
    payload_put(w, "null", 4);
}

const struct payload_form json_form = {
    .content_type = "application/json",
    .open = json_open,
    .close = json_close,
    .key = json_key,
    .text = json_text,
    .integer = json_integer,
    .boolean = json_boolean,
    .null = json_null,
};

/* Reading. */

static bool is_escaped_zero(const uint8_t *bytes, size_t left)
{
    return left >= 6 && memcmp(bytes, "\\u0000", 6) == 0;
}

/* What cJSON lets pass or takes its time over: zeros (it would cut the text there), bad UTF-8,
 * depth (it descends by recursion, a thousand levels). */
static bool is_sound(const uint8_t *bytes, size_t size)
{
    int32_t depth = 0;
    bool is_text = false;
    for (size_t i = 0; i < size;) {
        const size_t length = payload_utf8(bytes + i, size - i);
        if (length == 0 || bytes[i] == '\0') {
            return false;
        }
        if (is_text && bytes[i] == '\\') {
            if (is_escaped_zero(bytes + i, size - i)) {
                return false;
            }
            i += i + 1 < size ? 1 : 0; /* what is escaped cannot end the text */
        } else if (bytes[i] == '"') {
            is_text = !is_text;
        } else if (!is_text && (bytes[i] == '{' || bytes[i] == '[')) {
            depth++;
        } else if (!is_text && (bytes[i] == '}' || bytes[i] == ']')) {
            depth--;
        }
        if (depth > PAYLOAD_DEPTH_MAX) {
            return false;
        }
        const size_t step = payload_utf8(bytes + i, size - i);
        i += step > 0 ? step : 1;
    }
    return true;
}

static bool is_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at == end;
}

static enum value_kind kind_of(const cJSON *item)
{
    const double largest = 9007199254740992.0; /* 2^53: from here on integers have gaps */
    if (cJSON_IsBool(item)) {
        return VALUE_BOOLEAN;
    }
    if (cJSON_IsNumber(item)) {
        const bool is_small = item->valuedouble >= -largest && item->valuedouble <= largest;
        return is_small && (double)(int64_t)item->valuedouble == item->valuedouble ? VALUE_INTEGER
                                                                                   : VALUE_REAL;
    }
    if (cJSON_IsString(item)) {
        return VALUE_TEXT;
    }
    if (cJSON_IsArray(item)) {
        return VALUE_ARRAY;
    }
    return cJSON_IsObject(item) ? VALUE_MAP : VALUE_NULL;
}

/* One value without what is inside it; NULL: no room. */
static struct value *copy_one(struct value_tree *tree, const cJSON *item)
{
    const enum value_kind kind = kind_of(item);
    struct value *v = value_add(tree, kind);
    if (v == NULL || !value_store(tree, item->string != NULL ? item->string : "", &v->key)) {
        return NULL;
    }
    if (kind == VALUE_TEXT && !value_store(tree, item->valuestring, &v->text)) {
        return NULL;
    }
    v->real = cJSON_IsNumber(item) ? item->valuedouble : 0.0;
    v->integer = kind == VALUE_INTEGER ? (int64_t)item->valuedouble
                                       : (kind == VALUE_BOOLEAN && cJSON_IsTrue(item) ? 1 : 0);
    return v;
}

/* The members of one box; false: no room, or a key twice. */
static bool copy_members(struct value_tree *tree, const cJSON *box, uint32_t box_ix,
                         const cJSON **source)
{
    int32_t last_ix = VALUE_NONE;
    for (const cJSON *item = box->child; item != NULL; item = item->next) {
        const struct value *whole = &tree->value[box_ix];
        if (whole->kind == VALUE_MAP && value_get(tree, whole, item->string) != NULL) {
            return false;
        }
        const int32_t ix = (int32_t)tree->count;
        if (copy_one(tree, item) == NULL) {
            return false;
        }
        source[ix] = item;
        if (last_ix == VALUE_NONE) {
            tree->value[box_ix].child = ix;
        } else {
            tree->value[last_ix].next = ix;
        }
        last_ix = ix;
    }
    return true;
}

/* Breadth first: values are their own queue, so nothing descends. */
static bool copy_tree(struct value_tree *tree, const cJSON *root)
{
    const cJSON *source[PAYLOAD_VALUE_MAX] = { root };
    if (copy_one(tree, root) == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < tree->count; i++) {
        REQUIRE(source[i] != NULL); /* put there when the value was copied */
        const bool is_box = tree->value[i].kind == VALUE_MAP || tree->value[i].kind == VALUE_ARRAY;
        if (is_box && !copy_members(tree, source[i], i, source)) {
            return false;
        }
    }
    return true;
}

enum status json_read(const void *bytes, size_t size, struct value_tree *tree)
{
    tree->count = 0;
    tree->used = 0;
    if (size == 0 || size > PAYLOAD_MAX_BYTES || !is_sound(bytes, size)) {
        return STATUS_INVALID;
    }
    const char *text = bytes;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, size, &end, 0);
    const bool is_good = root != NULL && is_blank(end, text + size) && copy_tree(tree, root);
    cJSON_Delete(root);
    if (!is_good) {
        tree->count = 0;
        tree->used = 0;
    }
    return is_good ? STATUS_OK : STATUS_INVALID;
}
