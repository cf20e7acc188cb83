#include "read.h"

#include <stdio.h>
#include <string.h>

#include "decimal.h"

enum { EDIT_MAX = 40 };

struct seconds_text seconds_of(int32_t ms)
{
    struct seconds_text t = { .s = "" };
    (void)decimal_format(ms / 100, 1, 1, t.s, sizeof t.s);
    return t;
}

struct diag_at reader_at(const struct yaml_node *item, const char *key)
{
    const struct yaml_node *n = yaml_get(item, key);
    if (n != NULL) {
        return yaml_at(n);
    }
    if (item != NULL) {
        return yaml_key_at(item);
    }
    const struct diag_at nowhere = { .file = "", .line = 0, .column = 0 };
    return nowhere;
}

/* ---- names ---- */

/* Levenshtein, one row; long names are cut, which only makes them less alike. */
static int32_t edit_distance(const char *a, const char *b)
{
    const int32_t la = min_i32((int32_t)strlen(a), EDIT_MAX);
    const int32_t lb = min_i32((int32_t)strlen(b), EDIT_MAX);
    int32_t row[EDIT_MAX + 1] = { 0 };
    for (int32_t j = 0; j <= lb; j++) {
        row[j] = j;
    }
    for (int32_t i = 1; i <= la; i++) {
        int32_t diagonal = row[0];
        row[0] = i;
        for (int32_t j = 1; j <= lb; j++) {
            const int32_t swap = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = min_i32(swap, min_i32(row[j], row[j - 1]) + 1);
        }
    }
    return row[lb];
}

const char *name_nearest(const char *name, const char *const *words, size_t count)
{
    const int32_t length = (int32_t)strlen(name);
    int32_t best = length <= 3 ? 2 : min_i32(3, length / 3) + 1; /* less than this is near */
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        const int32_t d = edit_distance(name, words[i]);
        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}

bool name_is_good(const char *text)
{
    const size_t length = strlen(text);
    return length > 0 && length < NAME_MAX_BYTES &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
               length;
}

int32_t name_find(struct reader *r, enum ref ref, const char *name)
{
    const struct names *names = &r->names[ref];
    for (int32_t i = 0; i < names->count; i++) {
        if (strcmp(names->name[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t name_need(struct reader *r, enum ref ref, const struct yaml_node *node, const char *name,
                  int32_t rule)
{
    const int32_t ix = name_find(r, ref, name);
    if (ix < 0 && !r->names[ref].is_absent) {
        const char *near = name_nearest(name, r->names[ref].name, (size_t)r->names[ref].count);
        const struct diag_at at = node->key == name ? yaml_key_at(node) : yaml_at(node);
        diag_rule(r->diag, rule, at, "no %s is called '%.40s'%s%s%s", format_ref_name((int32_t)ref),
                  name, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                  near != NULL ? "'?" : "");
    }
    return ix;
}

int32_t word_find(const char *const *words, const char *text)
{
    for (int32_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

static int32_t word_need(struct reader *r, const struct yaml_node *node, const char *const *words)
{
    const int32_t ix = word_find(words, node->text);
    if (ix >= 0) {
        return ix;
    }
    size_t count = 0;
    char list[160] = "";
    for (; words[count] != NULL; count++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", count > 0 ? ", " : "",
                       words[count]);
    }
    const char *near = name_nearest(node->text, words, count);
    diag_rule(r->diag, RULE_WORD_UNKNOWN, yaml_at(node), "'%.40s' is none of %s%s%s%s", node->text,
              list, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
              near != NULL ? "'?" : "");
    return -1;
}

/* ---- numbers ---- */

static void tell_range(struct reader *r, const struct yaml_node *node, const char *text,
                       const struct field *f)
{
    char least[24];
    char most[24];
    const int32_t places = format_places(f->type);
    const int32_t factor = format_factor(f->type);
    const char *unit = format_unit(f->type);
    diag_rule(r->diag, RULE_NUMBER_RANGE, yaml_at(node), "%s: %.20s is outside %s to %s%s%s",
              f->key, text, decimal_format(f->least / factor, places, 0, least, sizeof least),
              decimal_format(f->most / factor, places, 0, most, sizeof most),
              unit[0] != '\0' ? " " : "", unit);
}

bool number_read(struct reader *r, const struct yaml_node *node, const char *text,
                 const struct field *f, int32_t *value)
{
    const int32_t places = format_places(f->type);
    int32_t scaled = 0;
    switch (decimal_parse(text, places, &scaled)) {
    case DECIMAL_OK:
        break;
    case DECIMAL_COMMA:
        diag_rule(r->diag, RULE_NUMBER_COMMA, yaml_at(node),
                  "%s: '%.20s' has a comma; the decimal sign is a point", f->key, text);
        return false;
    case DECIMAL_TOO_PRECISE:
        diag_rule(r->diag, RULE_NUMBER_PRECISE, yaml_at(node),
                  "%s: %.20s has more than %d decimal%s", f->key, text, places,
                  places == 1 ? "" : "s");
        return false;
    case DECIMAL_NOT_A_NUMBER:
        diag_rule(r->diag, RULE_NUMBER_BAD, yaml_at(node), "%s: '%.40s' is not a number", f->key,
                  text);
        return false;
    case DECIMAL_TOO_LARGE:
        tell_range(r, node, text, f);
        return false;
    }
    const int64_t wide = (int64_t)scaled * format_factor(f->type);
    if (wide < f->least || wide > f->most) {
        tell_range(r, node, text, f);
        return false;
    }
    /* 1 km/h is 1000 m in 3600 s; half a centimetre per second is not worth a decimal. */
    *value = f->type == FIELD_KMH ? (scaled * 1000 + 18) / 36 : (int32_t)wide;
    return true;
}

/* ---- scalars ---- */

static bool text_read(struct reader *r, const struct yaml_node *node, const struct field *f,
                      char *target)
{
    const size_t length = strlen(node->text);
    if (f->type == FIELD_NAME && !name_is_good(node->text)) {
        diag_rule(r->diag, RULE_NAME_BAD, yaml_at(node), "%s: '%.60s' is not a name", f->key,
                  node->text);
        return false;
    }
    bool is_plain = true;
    for (const char *p = node->text; *p != '\0'; p++) {
        is_plain = is_plain && *p > ' ' && *p < 0x7f;
    }
    if (!is_plain || length == 0 || length >= (size_t)f->most) {
        diag_rule(r->diag, RULE_TEXT_BAD, yaml_at(node),
                  "%s: at most %d letters, digits and signs without spaces", f->key, f->most - 1);
        return false;
    }
    memcpy(target, node->text, length + 1);
    return true;
}

static bool bool_read(struct reader *r, const struct yaml_node *node, const struct field *f,
                      bool *target)
{
    static const char *const words[] = { "false", "true", NULL };
    const int32_t ix = node->is_quoted ? -1 : word_find(words, node->text);
    if (ix < 0) {
        diag_rule(r->diag, RULE_WORD_UNKNOWN, yaml_at(node),
                  "%s: '%.20s' is neither true nor false", f->key, node->text);
        return false;
    }
    *target = ix == 1;
    return true;
}

static bool is_scalar(struct reader *r, const struct yaml_node *node, const char *key)
{
    if (node->is_refused) {
        return false;
    }
    if (node->kind != YAML_SCALAR) {
        diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(node), "%s: one value is wanted, not a %s",
                  key, node->kind == YAML_MAP ? "mapping" : "list");
        return false;
    }
    return true;
}

/* A list of words or names, to bits. What is wrong in it is reported and left out. */
static bool bits_read(struct reader *r, const struct yaml_node *node, const struct field *f,
                      uint32_t *bits)
{
    if (node->is_refused) {
        return false;
    }
    if (node->kind != YAML_LIST) {
        diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(node), "%s: a list is wanted: [a, b]", f->key);
        return false;
    }
    uint32_t found = 0;
    for (const struct yaml_node *n = node->child; n != NULL; n = n->next) {
        int32_t ix = -1;
        if (is_scalar(r, n, f->key)) {
            ix = f->type == FIELD_WORDS
                     ? word_need(r, n, f->words)
                     : name_need(r, (enum ref)f->of, n, n->text, RULE_NAME_UNKNOWN);
        }
        if (ix < 0 || ix >= 32) {
            continue;
        }
        if ((found & bit32((uint32_t)ix)) != 0) {
            diag_rule(r->diag, RULE_NAME_TWICE, yaml_at(n), "%s: '%.40s' stands twice", f->key,
                      n->text);
        }
        found |= bit32((uint32_t)ix);
    }
    if (f->type == FIELD_REFS && f->least > 0 && node->child_count == 0) {
        diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(node), "%s: at least one name is wanted",
                  f->key);
    }
    *bits = found;
    return true;
}

static bool ref_read(struct reader *r, const struct yaml_node *node, const struct field *f,
                     int32_t *target)
{
    /* A source that belongs to no detector is a rule of its own: it is wiring, not spelling. */
    const bool is_source = f->of == REF_DETECTOR;
    const int32_t ix = name_need(r, (enum ref)f->of, node, node->text,
                                 is_source ? RULE_SOURCE_UNKNOWN : RULE_NAME_UNKNOWN);
    if (ix >= 0) {
        *target = ix;
    }
    return ix >= 0;
}

/* One value to its place. */
static bool value_read(struct reader *r, const struct yaml_node *node, const struct field *f,
                       void *target)
{
    if (f->type == FIELD_WORDS || f->type == FIELD_REFS) {
        return bits_read(r, node, f, target);
    }
    if (!is_scalar(r, node, f->key)) {
        return false;
    }
    if (f->type == FIELD_WORD) {
        const int32_t ix = word_need(r, node, f->words);
        if (ix >= 0) {
            *(int32_t *)target = ix;
        }
        return ix >= 0;
    }
    if (f->type == FIELD_NAME || f->type == FIELD_TEXT) {
        return text_read(r, node, f, target);
    }
    if (f->type == FIELD_BOOL) {
        return bool_read(r, node, f, target);
    }
    if (f->type == FIELD_REF) {
        return ref_read(r, node, f, target);
    }
    return number_read(r, node, node->text, f, target);
}

/* ---- the table ---- */

const struct field *field_find(enum shape shape, const char *key)
{
    for (size_t i = 0; i < format_field_count; i++) {
        const struct field *f = &format_fields[i];
        if (f->shape == (int32_t)shape && strcmp(f->key, key) == 0) {
            return f;
        }
    }
    return NULL;
}

bool field_read_one(struct reader *r, const struct yaml_node *node, enum shape shape,
                    const char *key, void *target)
{
    const struct field *f = field_find(shape, key);
    REQUIRE(f != NULL);
    const struct yaml_node *n = yaml_get(node, key);
    return n != NULL && value_read(r, n, f, target);
}

static void tell_unknown_keys(struct reader *r, const struct yaml_node *node, enum shape shape)
{
    const char *known[64];
    size_t count = 0;
    for (size_t i = 0; i < format_field_count && count < 64; i++) {
        if (format_fields[i].shape == (int32_t)shape) {
            known[count] = format_fields[i].key;
            count++;
        }
    }
    for (const struct yaml_node *n = node->child; n != NULL; n = n->next) {
        if (field_find(shape, n->key) != NULL) {
            continue;
        }
        const char *near = name_nearest(n->key, known, count);
        diag_rule(r->diag, RULE_KEY_UNKNOWN, yaml_key_at(n), "unknown key '%.60s'%s%s%s", n->key,
                  near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                  near != NULL ? "'?" : "");
    }
}

static void default_write(const struct field *f, void *target)
{
    const bool is_left = f->otherwise == FIELD_REQUIRED || f->otherwise == FIELD_BY_TYPE ||
                         f->otherwise == FIELD_COMPUTED;
    if (is_left) {
        return;
    }
    if (f->type == FIELD_BOOL) {
        *(bool *)target = f->otherwise != 0;
    } else if (f->type == FIELD_NAME || f->type == FIELD_TEXT) {
        *(char *)target = '\0';
    } else if (f->type == FIELD_KMH) {
        *(int32_t *)target = (f->otherwise * 1000 + 18) / 36;
    } else {
        *(int32_t *)target = f->otherwise;
    }
}

void fields_read(struct reader *r, const struct yaml_node *node, enum shape shape, void *base,
                 uint32_t ix)
{
    const struct yaml_node *map = node;
    if (node != NULL && node->kind != YAML_MAP) {
        if (!node->is_refused) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(node),
                      "a mapping of keys is wanted here: %s", format_shapes[shape].name);
        }
        map = NULL;
    }
    if (map != NULL) {
        tell_unknown_keys(r, map, shape);
    }
    for (size_t i = 0; i < format_field_count; i++) {
        const struct field *f = &format_fields[i];
        if (f->shape != (int32_t)shape) {
            continue;
        }
        const struct yaml_node *n = yaml_get(map, f->key);
        if (n == NULL && map != NULL && f->otherwise == FIELD_REQUIRED) {
            diag_rule(r->diag, RULE_KEY_MISSING, yaml_key_at(map), "%s: '%s' is missing",
                      map->key != NULL ? map->key : format_shapes[shape].name, f->key);
        }
        if (f->offset == FIELD_NOWHERE) {
            continue;
        }
        void *target = (char *)base + f->offset + (size_t)f->stride * ix;
        if (n == NULL || !value_read(r, n, f, target)) {
            default_write(f, target);
        }
    }
}

static const struct yaml_node *field_of_kind(struct reader *r, const struct yaml_node *node,
                                             enum shape shape, const char *key, enum yaml_kind kind)
{
    const struct field *f = field_find(shape, key);
    REQUIRE(f != NULL);
    const struct yaml_node *n = yaml_get(node, key);
    if (n == NULL) {
        return NULL;
    }
    if (n->kind != (int32_t)kind) {
        if (!n->is_refused) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(n), "%s: a %s is wanted", key,
                      kind == YAML_MAP ? "mapping" : "list");
        }
        return NULL;
    }
    const bool is_counted = f->type == FIELD_NAMED || f->type == FIELD_LIST ||
                            f->type == FIELD_DAYS || f->type == FIELD_RINGS ||
                            f->type == FIELD_KEYS;
    if (is_counted && n->child_count > f->most) {
        diag_rule(r->diag, RULE_TOO_MANY, yaml_key_at(n), "%s: %d, but at most %d are possible",
                  key, n->child_count, f->most);
        return NULL;
    }
    if (is_counted && n->child_count < f->least) {
        diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(n), "%s: at least one is wanted", key);
        return NULL;
    }
    return n;
}

const struct yaml_node *field_map(struct reader *r, const struct yaml_node *node, enum shape shape,
                                  const char *key)
{
    return field_of_kind(r, node, shape, key, YAML_MAP);
}

const struct yaml_node *field_list(struct reader *r, const struct yaml_node *node, enum shape shape,
                                   const char *key)
{
    return field_of_kind(r, node, shape, key, YAML_LIST);
}

/* ---- the names of all files, before anything refers to them ---- */

static void names_of(struct reader *r, enum ref ref, int32_t file, enum shape shape,
                     const char *key)
{
    const struct yaml_doc *doc = r->doc[file];
    const struct yaml_node *root = doc != NULL ? doc->root : NULL;
    if (shape == SHAPE_SCHEDULE) {
        root = yaml_get(root, "schedule");
    }
    const struct yaml_node *map = field_map(r, root, shape, key);
    struct names *names = &r->names[ref];
    names->is_absent = doc == NULL || doc->root == NULL;
    if (map == NULL) {
        return;
    }
    for (const struct yaml_node *n = map->child; n != NULL && names->count < NAMES_MAX;
         n = n->next) {
        if (!name_is_good(n->key)) {
            diag_rule(r->diag, RULE_NAME_BAD, yaml_key_at(n), "'%.60s' is not a name", n->key);
        }
        names->name[names->count] = n->key;
        names->node[names->count] = n;
        names->count++;
    }
}

void names_collect(struct reader *r)
{
    names_of(r, REF_GROUP, FILE_SAFETY, SHAPE_SAFETY, "groups");
    names_of(r, REF_LANE, FILE_LANES, SHAPE_LANES, "lanes");
    names_of(r, REF_DETECTOR, FILE_LANES, SHAPE_LANES, "detectors");
    names_of(r, REF_STAGE, FILE_PLAN, SHAPE_PLAN, "stages");
    names_of(r, REF_PHASE, FILE_PLAN, SHAPE_PLAN, "phases");
    names_of(r, REF_OVERLAP, FILE_PLAN, SHAPE_PLAN, "overlaps");
    names_of(r, REF_PATTERN, FILE_PLAN, SHAPE_PLAN, "plans");
    names_of(r, REF_DAY, FILE_PLAN, SHAPE_SCHEDULE, "days");
    names_of(r, REF_WEEK, FILE_PLAN, SHAPE_SCHEDULE, "weeks");
    names_of(r, REF_LINK, FILE_SITE, SHAPE_SITE, "links");
}
