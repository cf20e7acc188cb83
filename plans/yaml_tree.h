/* yaml_tree.h (yaml.c): bytes of one file to a bounded tree of mappings, lists and scalars that
 * know where they were said. Takes the part of YAML that all readers agree on, and refuses the rest
 * by rule: anchors, aliases, tags, several documents, duplicate keys, and plain scalars that
 * YAML 1.1 turns into something else (no, 12:30, 010). Never interprets a value: scalars stay text.
 * Owned by load.c, freed by yaml_finish. */
#ifndef KAVSAK_YAML_TREE_H
#define KAVSAK_YAML_TREE_H

#include "diag.h"
#include "types.h"

enum { YAML_FILE_MAX_BYTES = 1048576, YAML_DEPTH_MAX = 16, YAML_NODE_MAX = 20000 };

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

/* Children of a mapping carry their key; those of a list have none. */
struct yaml_node {
    int32_t kind;         /* enum yaml_kind */
    int32_t line, column; /* 1-based */
    const char *file;
    const char *key; /* NULL outside mappings */
    int32_t key_line, key_column;
    const char *text; /* scalars; "" otherwise */
    bool is_quoted;
    bool is_refused; /* reported already: whoever reads it keeps quiet */
    int32_t child_count;
    struct yaml_node *parent, *child, *last, *next;
};

struct yaml_doc {
    char path[DIAG_FILE_BYTES];
    struct yaml_node *node;
    int32_t node_count, node_max;
    char *text; /* all keys and scalars, zero-terminated */
    size_t text_size, text_used;
    const struct yaml_node *root; /* NULL: nothing usable */
};

/* Parses size bytes that came from path; findings go to diag. The tree holds what could be read, so
 * that the reader finds the other errors too; root is NULL if nothing could. STATUS_NO_SPACE: no
 * memory. */
MUST_CHECK enum status yaml_parse(struct yaml_doc *doc, const char *path, const char *bytes,
                                  size_t size, struct diag *diag);
void yaml_finish(struct yaml_doc *doc);

/* Value of a key, NULL if there is none. node may be NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Where a node's value, or its key, was said. */
struct diag_at yaml_at(const struct yaml_node *node);
struct diag_at yaml_key_at(const struct yaml_node *node);

#endif
