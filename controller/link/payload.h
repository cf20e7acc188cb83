/* payload.h: what RSMP messages are made of, whatever their bytes look like: a writer that emits
 * maps, arrays and values into the caller's buffer, and a small tree that incoming messages are
 * read into. The forms (json.c, cbor.c) are back ends of both; nothing else in link knows a brace.
 * Allocates nothing; everything is bounded here. */
#ifndef KAVSAK_PAYLOAD_H
#define KAVSAK_PAYLOAD_H

#include "types.h"

enum {
    PAYLOAD_MAX_BYTES = 65536, /* incoming, whatever the broker lets through */
    PAYLOAD_DEPTH_MAX = 16,
    PAYLOAD_VALUE_MAX = 2048, /* of one incoming message */
    PAYLOAD_OUT_BYTES = 65536 /* the largest of ours, 48 lanes with 96 movements, takes 30 KB */
};

/* Writing. Maps and arrays are closed in the order in which they were opened: a bug otherwise. */
struct payload_writer;
enum payload_box { BOX_MAP, BOX_ARRAY };

struct payload_form { /* a back end */
    const char *content_type;
    void (*open)(struct payload_writer *w, enum payload_box box);
    void (*close)(struct payload_writer *w, enum payload_box box);
    void (*key)(struct payload_writer *w, const char *key);
    void (*text)(struct payload_writer *w, const char *text); /* bad UTF-8 becomes U+FFFD */
    void (*integer)(struct payload_writer *w, int64_t value);
    void (*boolean)(struct payload_writer *w, bool value);
    void (*null)(struct payload_writer *w);
};

struct payload_writer {
    const struct payload_form *form;
    char *bytes;
    size_t room, used;
    bool is_full; /* something did not fit: nothing of it may be sent */
    int32_t depth;
    enum payload_box box[PAYLOAD_DEPTH_MAX];
    uint32_t member_count[PAYLOAD_DEPTH_MAX];
    size_t start[PAYLOAD_DEPTH_MAX]; /* where a box begins, for forms that need to know */
    bool has_key;
};

void payload_begin(struct payload_writer *w, const struct payload_form *form, void *bytes,
                   size_t room);
void payload_open(struct payload_writer *w, enum payload_box box);
void payload_close(struct payload_writer *w);
void payload_key(struct payload_writer *w, const char *key);
void payload_text(struct payload_writer *w, const char *text);
void payload_integer(struct payload_writer *w, int64_t value);
void payload_boolean(struct payload_writer *w, bool value);
void payload_null(struct payload_writer *w);
/* Everything is closed; STATUS_NO_SPACE if it did not fit. */
MUST_CHECK enum status payload_end(const struct payload_writer *w);

/* For back ends: appends, or notes that it does not fit. */
void payload_put(struct payload_writer *w, const char *bytes, size_t size);

/* Length of the well-formed UTF-8 sequence at the beginning, 0 if there is none. */
size_t payload_utf8(const uint8_t *bytes, size_t left);

/* Reading. */
enum value_kind {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_INTEGER, /* numbers without fraction, up to 2^53 */
    VALUE_REAL,
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_MAP
};

enum { VALUE_NONE = -1 };

struct value {
    int32_t kind;        /* enum value_kind */
    int32_t child, next; /* index or VALUE_NONE */
    uint32_t key, text;  /* offsets into the tree's text */
    int64_t integer;     /* of booleans too */
    double real;
};

struct value_tree { /* the first value is the root */
    uint32_t count;
    uint32_t used;
    struct value value[PAYLOAD_VALUE_MAX];
    char text[PAYLOAD_MAX_BYTES + 2 * PAYLOAD_VALUE_MAX]; /* each text with its closing zero */
};

/* All of these take NULL for a value that is not there and answer "not there". */
const struct value *value_root(const struct value_tree *tree);
const struct value *value_get(const struct value_tree *tree, const struct value *map,
                              const char *key);
const struct value *value_first(const struct value_tree *tree, const struct value *box);
const struct value *value_next(const struct value_tree *tree, const struct value *value);
const char *value_text(const struct value_tree *tree, const struct value *value);
bool value_integer(const struct value *value, int64_t *integer);

/* For back ends: a new value, NULL if there is no room; a text's offset, false likewise. */
struct value *value_add(struct value_tree *tree, enum value_kind kind);
bool value_store(struct value_tree *tree, const char *text, uint32_t *offset);

#endif
