#include "cbor.h"

#include <cbor/encoding.h>
#include <cbor/streaming.h>
#include <string.h>

enum { HEAD_MAX_BYTES = 9, TAG_TIME_TEXT = 0 };

/* Writing. A box begins with one byte for its head; when it is closed its members are counted, and
 * what is in it moves if the head needs more. */

static void put_head(struct payload_writer *w, const unsigned char *head, size_t size)
{
    payload_put(w, (const char *)head, size);
}

static void cbor_open(struct payload_writer *w, enum payload_box box)
{
    const unsigned char place = 0;
    (void)box;
    w->start[w->depth] = w->used;
    put_head(w, &place, 1);
}

static void cbor_close(struct payload_writer *w, enum payload_box box)
{
    unsigned char head[HEAD_MAX_BYTES];
    const size_t count = w->member_count[w->depth];
    const size_t start = w->start[w->depth];
    const size_t size = box == BOX_MAP ? cbor_encode_map_start(count, head, sizeof head)
                                       : cbor_encode_array_start(count, head, sizeof head);
    REQUIRE(size >= 1);
    if (w->is_full || size - 1 > w->room - w->used) {
        w->is_full = true;
        return;
    }
    memmove(w->bytes + start + size, w->bytes + start + 1, w->used - start - 1);
    memcpy(w->bytes + start, head, size);
    w->used += size - 1;
}

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void cbor_text(struct payload_writer *w, const char *text)
{
    unsigned char head[HEAD_MAX_BYTES];
    const uint8_t *bytes = (const uint8_t *)text;
    const size_t size = strlen(text);
    size_t length = 0;
    for (size_t i = 0; i < size;) {
        const size_t step = payload_utf8(bytes + i, size - i);
        length += step > 0 ? step : sizeof replacement - 1;
        i += step > 0 ? step : 1;
    }
    put_head(w, head, cbor_encode_string_start(length, head, sizeof head));
    for (size_t i = 0; i < size;) {
        const size_t step = payload_utf8(bytes + i, size - i);
        payload_put(w, step > 0 ? text + i : replacement, step > 0 ? step : sizeof replacement - 1);
        i += step > 0 ? step : 1;
    }
}

static void cbor_integer(struct payload_writer *w, int64_t value)
{
    unsigned char head[HEAD_MAX_BYTES];
    const size_t size = value >= 0 ? cbor_encode_uint((uint64_t)value, head, sizeof head)
                                   : cbor_encode_negint((uint64_t)(-1 - value), head, sizeof head);
    put_head(w, head, size);
}

static void cbor_boolean(struct payload_writer *w, bool value)
{
    unsigned char head[HEAD_MAX_BYTES];
    put_head(w, head, cbor_encode_bool(value, head, sizeof head));
}

static void cbor_null(struct payload_writer *w)
{
    unsigned char head[HEAD_MAX_BYTES];
    put_head(w, head, cbor_encode_null(head, sizeof head));
}

const struct payload_form cbor_form = {
    .content_type = "application/cbor",
    .open = cbor_open,
    .close = cbor_close,
    .key = cbor_text,
    .text = cbor_text,
    .integer = cbor_integer,
    .boolean = cbor_boolean,
    .null = cbor_null,
};

/* Reading: the library calls us for each item; open boxes are a stack of ours. */

enum { ENDLESS = -1 };

struct box {
    int32_t value_ix, last_ix;
    int64_t left; /* members still to come, ENDLESS: until a break */
    bool has_key;
    uint32_t key;
};

struct reader {
    struct value_tree *tree;
    bool is_bad, is_done;
    bool is_tagged;  /* the next item must be the text of a time */
    bool is_chunked; /* inside a text of several pieces, */
    uint32_t chunks; /* which begin here in the tree's text */
    size_t left;     /* bytes of the message after this item's head: no box has more members */
    int32_t depth;
    struct box box[PAYLOAD_DEPTH_MAX];
};

static void fail(struct reader *r)
{
    r->is_bad = true;
}

static void end_boxes(struct reader *r)
{
    while (r->depth > 0 && r->box[r->depth - 1].left == 0) { /* ends: depth falls */
        r->depth--;
    }
    r->is_done = r->depth == 0;
}

/* A new value in its place; NULL: there is none. */
static struct value *add(struct reader *r, enum value_kind kind)
{
    const bool is_misplaced =
        r->is_bad || r->is_done || r->is_chunked || (r->is_tagged && kind != VALUE_TEXT);
    struct box *b = r->depth > 0 ? &r->box[r->depth - 1] : NULL;
    const bool is_map = b != NULL && r->tree->value[b->value_ix].kind == VALUE_MAP;
    struct value *v = is_misplaced || (is_map && !b->has_key) ? NULL : value_add(r->tree, kind);
    if (v == NULL) {
        fail(r);
        return NULL;
    }
    r->is_tagged = false;
    if (b != NULL) {
        const int32_t ix = (int32_t)(v - r->tree->value);
        v->key = is_map ? b->key : 0;
        if (b->last_ix == VALUE_NONE) {
            r->tree->value[b->value_ix].child = ix;
        } else {
            r->tree->value[b->last_ix].next = ix;
        }
        b->last_ix = ix;
        b->has_key = false;
        b->left -= b->left > 0 ? 1 : 0;
    }
    return v;
}

static void add_plain(struct reader *r, enum value_kind kind, int64_t integer, double real)
{
    struct value *v = add(r, kind);
    if (v != NULL) {
        v->integer = integer;
        v->real = real;
        end_boxes(r);
    }
}

/* As JSON's: whole numbers up to 2^53 are integers, whatever they are written as. */
static void add_number(struct reader *r, double value)
{
    const double largest = 9007199254740992.0;
    const bool is_small = value >= -largest && value <= largest;
    const bool is_whole = is_small && (double)(int64_t)value == value;
    if (!(value - value == 0.0)) { /* NaN, infinity: JSON has none */
        fail(r);
        return;
    }
    add_plain(r, is_whole ? VALUE_INTEGER : VALUE_REAL, is_whole ? (int64_t)value : 0, value);
}

static void take_uint(void *self, uint64_t value)
{
    add_number(self, (double)value);
}

static void take_uint8(void *self, uint8_t value)
{
    take_uint(self, value);
}

static void take_uint16(void *self, uint16_t value)
{
    take_uint(self, value);
}

static void take_uint32(void *self, uint32_t value)
{
    take_uint(self, value);
}

static void take_negint(void *self, uint64_t value)
{
    add_number(self, -1.0 - (double)value);
}

static void take_negint8(void *self, uint8_t value)
{
    take_negint(self, value);
}

static void take_negint16(void *self, uint16_t value)
{
    take_negint(self, value);
}

static void take_negint32(void *self, uint32_t value)
{
    take_negint(self, value);
}

static void take_float(void *self, float value)
{
    add_number(self, (double)value);
}

static void take_double(void *self, double value)
{
    add_number(self, value);
}

static void take_boolean(void *self, bool value)
{
    add_plain(self, VALUE_BOOLEAN, value ? 1 : 0, 0.0);
}

static void take_null(void *self)
{
    add_plain(self, VALUE_NULL, 0, 0.0);
}

/* Texts. */

static bool append(struct reader *r, const uint8_t *bytes, size_t size)
{
    struct value_tree *t = r->tree;
    for (size_t i = 0; i < size;) {
        const size_t step = payload_utf8(bytes + i, size - i);
        if (step == 0 || bytes[i] == '\0') {
            return false;
        }
        i += step;
    }
    if (size + 1 > sizeof t->text - t->used) {
        return false;
    }
    memcpy(t->text + t->used, bytes, size);
    t->used += (uint32_t)size;
    return true;
}

/* The text that begins at offset is whole: a key, or a value. */
static void end_text(struct reader *r, uint32_t offset)
{
    struct value_tree *t = r->tree;
    struct box *b = r->depth > 0 ? &r->box[r->depth - 1] : NULL;
    t->text[t->used++] = '\0';
    if (b != NULL && t->value[b->value_ix].kind == VALUE_MAP && !b->has_key) {
        const bool is_double = value_get(t, &t->value[b->value_ix], t->text + offset) != NULL;
        b->has_key = true;
        b->key = offset;
        r->is_bad = r->is_bad || is_double || r->is_tagged;
        return;
    }
    struct value *v = add(r, VALUE_TEXT);
    if (v != NULL) {
        v->text = offset;
        end_boxes(r);
    }
}

static void take_text(void *self, cbor_data bytes, size_t size)
{
    struct reader *r = self;
    const uint32_t offset = r->tree->used;
    if (r->is_bad || r->is_done || !append(r, bytes, size)) {
        fail(r);
    } else if (!r->is_chunked) {
        end_text(r, offset);
    }
}

static void take_text_start(void *self)
{
    struct reader *r = self;
    if (r->is_chunked || r->is_done) {
        fail(r);
    }
    r->is_chunked = true;
    r->chunks = r->tree->used;
}

/* Boxes. */

static void begin_box(struct reader *r, enum value_kind kind, int64_t count)
{
    struct value *v = r->depth < PAYLOAD_DEPTH_MAX ? add(r, kind) : NULL;
    if (v == NULL) {
        fail(r);
        return;
    }
    r->box[r->depth++] = (struct box){ .value_ix = (int32_t)(v - r->tree->value),
                                       .last_ix = VALUE_NONE,
                                       .left = count };
    end_boxes(r);
}

/* Each member takes a byte at least: what claims more is refused before anything is done. */
static void take_array_start(void *self, size_t count)
{
    struct reader *r = self;
    if (count > r->left) {
        fail(r);
        return;
    }
    begin_box(r, VALUE_ARRAY, (int64_t)count);
}

static void take_map_start(void *self, size_t count)
{
    struct reader *r = self;
    if (count > r->left / 2) {
        fail(r);
        return;
    }
    begin_box(r, VALUE_MAP, (int64_t)count);
}

static void take_endless_array(void *self)
{
    begin_box(self, VALUE_ARRAY, ENDLESS);
}

static void take_endless_map(void *self)
{
    begin_box(self, VALUE_MAP, ENDLESS);
}

static void take_break(void *self)
{
    struct reader *r = self;
    struct box *b = r->depth > 0 ? &r->box[r->depth - 1] : NULL;
    if (r->is_chunked) {
        r->is_chunked = false;
        if (sizeof r->tree->text - r->tree->used < 1) {
            fail(r);
        } else {
            end_text(r, r->chunks);
        }
    } else if (b == NULL || b->left != ENDLESS || b->has_key || r->is_tagged) {
        fail(r);
    } else {
        b->left = 0;
        end_boxes(r);
    }
}

static void take_tag(void *self, uint64_t tag)
{
    struct reader *r = self;
    r->is_bad = r->is_bad || tag != TAG_TIME_TEXT || r->is_tagged || r->is_chunked;
    r->is_tagged = true;
}

/* What JSON does not have. */
static void refuse(void *self)
{
    fail(self);
}

static void refuse_bytes(void *self, cbor_data bytes, size_t size)
{
    (void)bytes;
    (void)size;
    fail(self);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = take_uint8,
    .uint16 = take_uint16,
    .uint32 = take_uint32,
    .uint64 = take_uint,
    .negint8 = take_negint8,
    .negint16 = take_negint16,
    .negint32 = take_negint32,
    .negint64 = take_negint,
    .byte_string_start = refuse,
    .byte_string = refuse_bytes,
    .string = take_text,
    .string_start = take_text_start,
    .indef_array_start = take_endless_array,
    .array_start = take_array_start,
    .indef_map_start = take_endless_map,
    .map_start = take_map_start,
    .tag = take_tag,
    .float2 = take_float,
    .float4 = take_float,
    .float8 = take_double,
    .undefined = refuse,
    .null = take_null,
    .boolean = take_boolean,
    .indef_break = take_break,
};

enum status cbor_read(const void *bytes, size_t size, struct value_tree *tree)
{
    struct reader r = { .tree = tree };
    size_t at = 0;
    tree->count = 0;
    tree->used = 0;
    r.is_bad = size == 0 || size > PAYLOAD_MAX_BYTES;
    if (!r.is_bad) {
        tree->text[tree->used++] = '\0'; /* the key of values that have none */
    }
    while (!r.is_bad && !r.is_done && at < size) { /* ends: every item has a byte */
        r.left = size - at - 1;
        const struct cbor_decoder_result one =
            cbor_stream_decode((cbor_data)bytes + at, size - at, &callbacks, &r);
        if (one.status != CBOR_DECODER_FINISHED || one.read == 0) {
            r.is_bad = true;
        }
        at += one.read;
    }
    const bool is_good = !r.is_bad && r.is_done && at == size && tree->count > 0;
    if (!is_good) {
        tree->count = 0;
        tree->used = 0;
    }
    return is_good ? STATUS_OK : STATUS_INVALID;
}
