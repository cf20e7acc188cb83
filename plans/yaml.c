#include "yaml_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "rules.h"

/* While the events of libyaml arrive: the path from the root to where we are. A key waits here
 * until its value comes. */
struct builder {
    struct yaml_doc *doc;
    struct diag *diag;
    struct yaml_node *open[YAML_DEPTH_MAX];
    int32_t depth;
    int32_t too_deep; /* levels below YAML_DEPTH_MAX: skipped, counted to find the way back */
    const char *key;
    int32_t key_line, key_column;
    bool key_is_skipped; /* a duplicate or complex key: its value is read and thrown away */
    bool is_full;
    int32_t documents;
};

static struct diag_at mark_at(const struct builder *b, yaml_mark_t mark)
{
    const struct diag_at at = { .file = b->doc->path,
                                .line = (int32_t)mark.line + 1,
                                .column = (int32_t)mark.column + 1 };
    return at;
}

struct diag_at yaml_at(const struct yaml_node *node)
{
    const struct diag_at at = { .file = node->file, .line = node->line, .column = node->column };
    return at;
}

struct diag_at yaml_key_at(const struct yaml_node *node)
{
    if (node->key == NULL) {
        return yaml_at(node);
    }
    const struct diag_at at = { .file = node->file,
                                .line = node->key_line,
                                .column = node->key_column };
    return at;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
    if (node == NULL || node->kind != YAML_MAP) {
        return NULL;
    }
    for (const struct yaml_node *n = node->child; n != NULL; n = n->next) {
        if (strcmp(n->key, key) == 0) {
            return n;
        }
    }
    return NULL;
}

static const char *keep_text(struct builder *b, const yaml_char_t *text, size_t length,
                             struct diag_at at)
{
    struct yaml_doc *d = b->doc;
    if (length + 1 > d->text_size - d->text_used) {
        if (!b->is_full) {
            diag_rule(b->diag, RULE_FILE_TOO_MANY, at, "more text than a plan file may hold");
        }
        b->is_full = true;
        return "";
    }
    char *copy = d->text + d->text_used;
    memcpy(copy, text, length);
    copy[length] = '\0';
    d->text_used += length + 1;
    if (strlen(copy) != length) {
        diag_rule(b->diag, RULE_FILE_BYTES, at, "a zero byte inside a text");
    }
    return copy;
}

/* ---- plain scalars that YAML 1.1 readers take for something else ---- */

static bool is_word_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool looks_like(const char *text, const char *shape)
{
    /* shape: 9 one digit, 8 one or more digits, everything else itself; all of the text. */
    for (; *shape != '\0'; shape++) {
        if (*shape == '9' || *shape == '8') {
            if (*text < '0' || *text > '9') {
                return false;
            }
            text++;
            while (*shape == '8' && *text >= '0' && *text <= '9') {
                text++;
            }
        } else if (*text++ != *shape) {
            return false;
        }
    }
    return *text == '\0';
}

static bool is_odd_number(const char *text)
{
    static const char *const special[] = { ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF",
                                           ".nan", ".NaN", ".NAN", "+.inf", NULL };
    const char *t = text + (*text == '-' || *text == '+' ? 1 : 0);
    const bool is_number = (*t >= '0' && *t <= '9') || (*t == '.' && t[1] >= '0' && t[1] <= '9');
    if (!is_number) {
        return is_word_of(text, special);
    }
    const size_t digits = strspn(t, "0123456789");
    const size_t all = strspn(t, "0123456789.eE_xob+-abcdfABCDF");
    const bool has_radix = *t == '0' && (t[1] == 'x' || t[1] == 'o' || t[1] == 'b');
    const bool has_exponent =
        (t[digits] == 'e' || t[digits] == 'E' || (t[digits] == '.' && strpbrk(t, "eE") != NULL)) &&
        strspn(t, "0123456789.eE+-") == strlen(t) && t[all - 1] >= '0' && t[all - 1] <= '9';
    const bool has_underscore = strchr(t, '_') != NULL && strspn(t, "0123456789_.") == strlen(t);
    const bool has_bare_point = *t == '.' || (t[digits] == '.' && t[digits + 1] == '\0');
    return t[all] == '\0' && (has_radix || has_exponent || has_underscore || has_bare_point ||
                              (*text == '+' && strspn(t, "0123456789.") == strlen(t)));
}

/* Keys and values alike; quoted text is always what it says. True: refused. */
static bool judge_plain(struct builder *b, const char *text, struct diag_at at)
{
    static const char *const booleans[] = { "y",   "Y",   "yes",  "Yes",  "YES",   "n",     "N",
                                            "no",  "No",  "NO",   "on",   "On",    "ON",    "off",
                                            "Off", "OFF", "True", "TRUE", "False", "FALSE", NULL };
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    if (is_word_of(text, booleans)) {
        diag_rule(b->diag, RULE_YAML_BOOLEAN, at,
                  "'%s' means true or false to some readers; write true or false, or quote it",
                  text);
    } else if (is_word_of(text, nulls)) {
        diag_rule(b->diag, RULE_YAML_NULL, at, "no value here");
    } else if (looks_like(text, "8:8") || looks_like(text, "8:8:8")) {
        diag_rule(b->diag, RULE_YAML_SEXAGESIMAL, at,
                  "%.20s without quotes is a number of base 60 to some readers; write \"%.20s\"",
                  text, text);
    } else if (looks_like(text, "9999-99-99") || looks_like(text, "8-8-8")) {
        diag_rule(b->diag, RULE_YAML_DATE, at, "a date needs quotes: \"%.20s\"", text);
    } else if (text[text[0] == '-'] == '0' && strspn(text + (text[0] == '-'), "0123456789") > 1) {
        diag_rule(b->diag, RULE_YAML_OCTAL, at,
                  "%.20s begins with 0 and is octal to some readers; leave the 0 out", text);
    } else if (is_odd_number(text)) {
        diag_rule(b->diag, RULE_YAML_NUMBER, at, "write '%.40s' as a plain decimal number", text);
    } else if (strcmp(text, "<<") == 0) {
        diag_rule(b->diag, RULE_YAML_ALIAS, at, "merge keys are not read here");
    } else {
        return false;
    }
    return true;
}

static void judge_properties(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
                             yaml_mark_t mark)
{
    if (anchor != NULL) {
        diag_rule(b->diag, RULE_YAML_ANCHOR, mark_at(b, mark), "anchor '&%.40s'",
                  (const char *)anchor);
    }
    if (tag != NULL) {
        diag_rule(b->diag, RULE_YAML_TAG, mark_at(b, mark), "tag '%.40s'", (const char *)tag);
    }
}

/* ---- building ---- */

static bool wants_key(const struct builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == YAML_MAP && b->key == NULL &&
           !b->key_is_skipped;
}

/* A new node below the open one, or the root. NULL: dropped (full, or value of a refused key). */
static struct yaml_node *add_node(struct builder *b, enum yaml_kind kind, yaml_mark_t mark)
{
    struct yaml_doc *d = b->doc;
    if (b->key_is_skipped) {
        b->key_is_skipped = false;
        return NULL;
    }
    if (d->node_count >= d->node_max) {
        if (!b->is_full) {
            diag_rule(b->diag, RULE_FILE_TOO_MANY, mark_at(b, mark), "more than %d values",
                      YAML_NODE_MAX);
        }
        b->is_full = true;
        b->key = NULL;
        return NULL;
    }
    struct yaml_node *n = &d->node[d->node_count];
    d->node_count++;
    const struct diag_at at = mark_at(b, mark);
    *n = (struct yaml_node){ .kind = (int32_t)kind,
                             .line = at.line,
                             .column = at.column,
                             .file = d->path,
                             .key = b->key,
                             .key_line = b->key_line,
                             .key_column = b->key_column,
                             .text = "" };
    b->key = NULL;
    if (b->depth == 0) {
        d->root = n;
        return n;
    }
    struct yaml_node *parent = b->open[b->depth - 1];
    n->parent = parent;
    if (parent->child == NULL) {
        parent->child = n;
    } else {
        parent->last->next = n;
    }
    parent->last = n;
    parent->child_count++;
    return n;
}

static void take_key(struct builder *b, const yaml_event_t *e)
{
    const struct diag_at at = mark_at(b, e->start_mark);
    const char *key = keep_text(b, e->data.scalar.value, e->data.scalar.length, at);
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        (void)judge_plain(b, key, at);
    }
    const struct yaml_node *before = yaml_get(b->open[b->depth - 1], key);
    if (before != NULL) {
        diag_rule(b->diag, RULE_YAML_DUPLICATE, at, "'%.60s' was already given in line %d", key,
                  before->key_line);
        b->key_is_skipped = true;
        return;
    }
    b->key = key;
    b->key_line = at.line;
    b->key_column = at.column;
}

static void take_scalar(struct builder *b, const yaml_event_t *e)
{
    judge_properties(b, e->data.scalar.anchor, e->data.scalar.tag, e->start_mark);
    if (b->too_deep > 0) {
        return;
    }
    if (wants_key(b)) {
        take_key(b, e);
        return;
    }
    struct yaml_node *n = add_node(b, YAML_SCALAR, e->start_mark);
    if (n == NULL) {
        return;
    }
    n->is_quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    n->text = keep_text(b, e->data.scalar.value, e->data.scalar.length, yaml_at(n));
    if (!n->is_quoted) {
        /* libyaml puts an absent value behind its key; the key is where a person looks. */
        n->is_refused = judge_plain(b, n->text, n->text[0] == '\0' ? yaml_key_at(n) : yaml_at(n));
    }
}

/* A mapping or list begins. What is not kept (too deep, or below a refused key) is skipped whole.
 */
static void take_open(struct builder *b, enum yaml_kind kind, yaml_mark_t mark)
{
    if (b->too_deep > 0) {
        b->too_deep++;
        return;
    }
    if (wants_key(b)) {
        diag_rule(b->diag, RULE_YAML_SYNTAX, mark_at(b, mark), "a key must be a word or a number");
        b->too_deep = 1;
        b->key_is_skipped = true;
        return;
    }
    if (b->depth == YAML_DEPTH_MAX) {
        diag_rule(b->diag, RULE_FILE_TOO_DEEP, mark_at(b, mark), "nested deeper than %d levels",
                  YAML_DEPTH_MAX);
        b->too_deep = 1;
        b->key = NULL;
        b->key_is_skipped = false;
        return;
    }
    struct yaml_node *n = add_node(b, kind, mark);
    if (n == NULL) {
        b->too_deep = 1;
        return;
    }
    b->open[b->depth] = n;
    b->depth++;
}

static void take_close(struct builder *b)
{
    if (b->too_deep > 0) {
        b->too_deep--;
    } else {
        b->depth--;
        b->key = NULL;
        b->key_is_skipped = false;
    }
}

/* An alias stands where a value or key should; what it leaves behind is marked as refused. */
static void take_alias(struct builder *b, const yaml_event_t *e)
{
    diag_rule(b->diag, RULE_YAML_ALIAS, mark_at(b, e->start_mark), "alias '*%.40s'",
              (const char *)e->data.alias.anchor);
    if (b->too_deep > 0) {
        return;
    }
    if (wants_key(b)) {
        b->key_is_skipped = true;
        return;
    }
    struct yaml_node *n = add_node(b, YAML_SCALAR, e->start_mark);
    if (n != NULL) {
        n->is_refused = true;
    }
}

static void take_event(struct builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        b->documents++;
        if (b->documents > 1) {
            diag_rule(b->diag, RULE_YAML_DOCUMENTS, mark_at(b, e->start_mark),
                      "a second document begins");
        }
        if (e->data.document_start.version_directive != NULL ||
            e->data.document_start.tag_directives.start !=
                e->data.document_start.tag_directives.end) {
            diag_rule(b->diag, RULE_YAML_TAG, mark_at(b, e->start_mark),
                      "directives are not read here");
        }
        break;
    case YAML_SCALAR_EVENT:
        take_scalar(b, e);
        break;
    case YAML_ALIAS_EVENT:
        take_alias(b, e);
        break;
    case YAML_MAPPING_START_EVENT:
        judge_properties(b, e->data.mapping_start.anchor, e->data.mapping_start.tag, e->start_mark);
        take_open(b, YAML_MAP, e->start_mark);
        break;
    case YAML_SEQUENCE_START_EVENT:
        judge_properties(b, e->data.sequence_start.anchor, e->data.sequence_start.tag,
                         e->start_mark);
        take_open(b, YAML_LIST, e->start_mark);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        take_close(b);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

/* Runs before libyaml, whose words for a tab do not help anybody. */
static bool bytes_are_fit(const struct yaml_doc *d, const char *bytes, size_t size,
                          struct diag *diag)
{
    struct diag_at at = { .file = d->path, .line = 1, .column = 0 };
    bool is_indent = true;
    bool is_fit = true;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        at.column++;
        if (c == '\n') {
            at.line++;
            at.column = 0;
            is_indent = true;
        } else if (c == '\t' && is_indent) {
            diag_rule(diag, RULE_YAML_TAB, at, "a tab in the indentation");
            is_fit = false;
            is_indent = false;
        } else if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
            diag_rule(diag, RULE_FILE_BYTES, at, "control character 0x%02x", c);
            return false;
        } else if (c != ' ') {
            is_indent = false;
        }
    }
    return is_fit;
}

static void tell_parser_error(struct builder *b, const yaml_parser_t *parser)
{
    const char *problem = parser->problem != NULL ? parser->problem : "not readable";
    if (parser->error == YAML_READER_ERROR) {
        diag_rule(b->diag, RULE_FILE_BYTES, mark_at(b, parser->mark), "not UTF-8 text: %s",
                  problem);
    } else {
        diag_rule(b->diag, RULE_YAML_SYNTAX, mark_at(b, parser->problem_mark), "%s%s%s", problem,
                  parser->context != NULL ? ", " : "",
                  parser->context != NULL ? parser->context : "");
    }
}

static void parse_events(struct builder *b, yaml_parser_t *parser)
{
    /* Every event takes at least one byte of input, save the opening and closing ones. */
    for (int32_t i = 0; i < 2 * YAML_FILE_MAX_BYTES; i++) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            tell_parser_error(b, parser);
            b->doc->root = NULL; /* half a file would only look like a wrong one */
            return;
        }
        const bool is_end = event.type == YAML_STREAM_END_EVENT;
        take_event(b, &event);
        yaml_event_delete(&event);
        if (is_end || b->documents > 1 || b->is_full) {
            return;
        }
    }
}

enum status yaml_parse(struct yaml_doc *doc, const char *path, const char *bytes, size_t size,
                       struct diag *diag)
{
    *doc = (struct yaml_doc){ 0 };
    (void)snprintf(doc->path, sizeof doc->path, "%s", path);
    struct builder b = { .doc = doc, .diag = diag };
    const struct diag_at top = { .file = doc->path, .line = 0, .column = 0 };
    if (size > YAML_FILE_MAX_BYTES) {
        diag_rule(diag, RULE_FILE_TOO_LARGE, top, "larger than %d bytes", YAML_FILE_MAX_BYTES);
        return STATUS_INVALID;
    }
    const uint32_t errors = diag->errors;
    if (!bytes_are_fit(doc, bytes, size, diag)) {
        return STATUS_INVALID;
    }
    yaml_parser_t parser;
    /* No value takes less than a byte of the file, nor becomes more than twice as long by escapes.
     */
    doc->node_max = min_i32((int32_t)size + 1, YAML_NODE_MAX);
    doc->text_size = 2 * size + (size_t)doc->node_max * 2;
    doc->text = malloc(doc->text_size);
    doc->node = calloc((size_t)doc->node_max, sizeof *doc->node);
    if (doc->text == NULL || doc->node == NULL || yaml_parser_initialize(&parser) == 0) {
        yaml_finish(doc);
        return STATUS_NO_SPACE;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    parse_events(&b, &parser);
    yaml_parser_delete(&parser);
    if (doc->root == NULL && diag->errors == errors) {
        diag_rule(diag, RULE_YAML_NULL, top, "the file is empty");
    }
    return diag->errors == errors ? STATUS_OK : STATUS_INVALID;
}

void yaml_finish(struct yaml_doc *doc)
{
    if (doc == NULL) {
        return;
    }
    free(doc->text);
    free(doc->node);
    doc->text = NULL;
    doc->node = NULL;
    doc->root = NULL;
    doc->node_count = 0;
}
