#include "payload.h"

#include <string.h>

void payload_begin(struct payload_writer *w, const struct payload_form *form, void *bytes,
                   size_t room)
{
    *w = (struct payload_writer){ .form = form, .bytes = bytes, .room = room };
}

void payload_put(struct payload_writer *w, const char *bytes, size_t size)
{
    if (w->is_full || size > w->room - w->used) {
        w->is_full = true;
        return;
    }
    memcpy(w->bytes + w->used, bytes, size);
    w->used += size;
}

void payload_open(struct payload_writer *w, enum payload_box box)
{
    REQUIRE(w->depth < PAYLOAD_DEPTH_MAX);
    w->form->open(w, box);
    w->has_key = false;
    w->box[w->depth] = box;
    w->member_count[w->depth] = 0;
    w->depth++;
}

static void count_member(struct payload_writer *w)
{
    w->has_key = false;
    if (w->depth > 0) {
        w->member_count[w->depth - 1]++;
    }
}

void payload_close(struct payload_writer *w)
{
    REQUIRE(w->depth > 0 && !w->has_key);
    w->depth--;
    w->form->close(w, w->box[w->depth]);
    count_member(w);
}

void payload_key(struct payload_writer *w, const char *key)
{
    REQUIRE(w->depth > 0 && w->box[w->depth - 1] == BOX_MAP && !w->has_key);
    w->form->key(w, key);
    w->has_key = true;
}

void payload_text(struct payload_writer *w, const char *text)
{
    w->form->text(w, text);
    count_member(w);
}

void payload_integer(struct payload_writer *w, int64_t value)
{
    w->form->integer(w, value);
    count_member(w);
}

void payload_boolean(struct payload_writer *w, bool value)
{
    w->form->boolean(w, value);
    count_member(w);
}

void payload_null(struct payload_writer *w)
{
    w->form->null(w);
    count_member(w);
}

enum status payload_end(const struct payload_writer *w)
{
    REQUIRE(w->depth == 0);
    return w->is_full ? STATUS_NO_SPACE : STATUS_OK;
}

/* RFC 3629, table of section 4: lead byte, how many follow, least and most of the first of these.
 */
size_t payload_utf8(const uint8_t *bytes, size_t left)
{
    static const struct {
        uint8_t from, until, follow, least, most;
    } row[] = {
        { 0x00, 0x7f, 0, 0x80, 0xbf }, { 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf },
        { 0xe1, 0xec, 2, 0x80, 0xbf }, { 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf },
        { 0xf0, 0xf0, 3, 0x90, 0xbf }, { 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
    };
    for (size_t i = 0; left > 0 && i < sizeof row / sizeof row[0]; i++) {
        if (bytes[0] < row[i].from || bytes[0] > row[i].until) {
            continue;
        }
        if (left <= row[i].follow) {
            return 0;
        }
        for (size_t k = 1; k <= row[i].follow; k++) {
            const uint8_t least = k == 1 ? row[i].least : 0x80;
            const uint8_t most = k == 1 ? row[i].most : 0xbf;
            if (bytes[k] < least || bytes[k] > most) {
                return 0;
            }
        }
        return (size_t)row[i].follow + 1;
    }
    return 0;
}

static const struct value *value_at(const struct value_tree *tree, int32_t ix)
{
    return ix >= 0 && (uint32_t)ix < tree->count ? &tree->value[ix] : NULL;
}

const struct value *value_root(const struct value_tree *tree)
{
    return value_at(tree, 0);
}

const struct value *value_first(const struct value_tree *tree, const struct value *box)
{
    return box != NULL ? value_at(tree, box->child) : NULL;
}

const struct value *value_next(const struct value_tree *tree, const struct value *value)
{
    return value != NULL ? value_at(tree, value->next) : NULL;
}

const struct value *value_get(const struct value_tree *tree, const struct value *map,
                              const char *key)
{
    if (map == NULL || map->kind != VALUE_MAP) {
        return NULL;
    }
    for (const struct value *v = value_first(tree, map); v != NULL; v = value_next(tree, v)) {
        if (strcmp(tree->text + v->key, key) == 0) {
            return v;
        }
    }
    return NULL;
}

const char *value_text(const struct value_tree *tree, const struct value *value)
{
    return value != NULL && value->kind == VALUE_TEXT ? tree->text + value->text : NULL;
}

bool value_integer(const struct value *value, int64_t *integer)
{
    if (value == NULL || value->kind != VALUE_INTEGER) {
        return false;
    }
    *integer = value->integer;
    return true;
}

struct value *value_add(struct value_tree *tree, enum value_kind kind)
{
    if (tree->count >= PAYLOAD_VALUE_MAX) {
        return NULL;
    }
    struct value *v = &tree->value[tree->count++];
    *v = (struct value){ .kind = (int32_t)kind, .child = VALUE_NONE, .next = VALUE_NONE };
    return v;
}

bool value_store(struct value_tree *tree, const char *text, uint32_t *offset)
{
    const size_t size = strlen(text) + 1;
    if (size > sizeof tree->text - tree->used) {
        return false;
    }
    memcpy(tree->text + tree->used, text, size);
    *offset = tree->used;
    tree->used += (uint32_t)size;
    return true;
}
