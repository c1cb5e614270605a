/* document.h: the config file as a tree in which every value knows its line.
 * Owns:    the tree, until document_release(); nodes and texts point into it.
 * Units:   line is 1-based.
 * Fails:   document_parse() adds one fault: a YAML parser cannot go on after its first.
 * Holds:   what YAML calls null (nothing, ~, null) is no value: a key with it is not set. In quotes
 *          it is a text, and a fault (walk.h). */
#ifndef MOBYNC_DOCUMENT_H
#define MOBYNC_DOCUMENT_H

#include <yaml.h>

#include "faults.h"

struct document {
    yaml_document_t tree;
    const yaml_node_t *root;
};

/* A value and the line to name when it is at fault: a scalar's own; for a list or a mapping that of
 * the key before it. */
struct place {
    const yaml_node_t *node; /* NULL: not set */
    unsigned line;
};

NODISCARD bool document_parse(struct document *document, struct text yaml, struct faults *faults);
void document_release(struct document *document);

unsigned document_line(const yaml_node_t *node);
const yaml_node_t *document_node(struct document *document, int node_id);
bool document_is_null(const yaml_node_t *node);
/* A null in quotes, which libcyaml would take for none. */
bool document_is_quoted_null(const yaml_node_t *node);
struct place document_place(const yaml_node_t *key, const yaml_node_t *value);

/* For what is no scalar, no mapping, no list, these answer as for an empty one. */
struct text document_text(const yaml_node_t *scalar);
/* What stands at the place, else the default. */
struct text document_text_or(struct place at, const char *otherwise);
/* Node NULL if the key is not there or not set. */
struct place document_get(struct document *document, const yaml_node_t *mapping, const char *key);
size_t document_count(const yaml_node_t *list);
struct place document_item(struct document *document, const yaml_node_t *list, size_t index);

#endif
