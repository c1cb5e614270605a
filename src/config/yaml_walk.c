#include "yaml_walk.h"

#include <assert.h>
#include <stdio.h>

#include "edit_distance.h"
#include "units.h"

struct walk {
    struct yaml_tree *document;
    struct diagnostics *faults;
    yaml_walk_visit *visit;
    void *context;
    char path[128];
};

/* True if the value fits, as far as its own table goes; members and entries speak for themselves.
 */
typedef bool yaml_walk_kind(struct walk *walk, const cyaml_schema_value_t *schema,
                            const struct place *at);

static void yaml_walk_value(struct walk *walk, const cyaml_schema_value_t *schema,
                            const struct place *at);

/* Returns the length to go back to with leave(). */
static size_t enter(struct walk *walk, const char *key)
{
    size_t len = strlen(walk->path);
    const char *dot = len > 0 && key[0] != '[' ? "." : "";
    int added = snprintf(walk->path + len, sizeof(walk->path) - len, "%s%s", dot, key);

    assert(added > 0 && (size_t)added < sizeof(walk->path) - len);
    return len;
}

static void leave(struct walk *walk, size_t len)
{
    walk->path[len] = '\0';
}

static bool yaml_walk_uint(struct walk *walk, const cyaml_schema_value_t *schema,
                           const struct place *at)
{
    struct text text = yaml_tree_text(at->node);
    bool octal = text.len > 1 && text.ptr[0] == '0'; /* to libcyaml */
    int64_t value;

    if (!octal && units_parse(UNITS_COUNT, text, &value) &&
        (schema->data_size >= sizeof(value) || value <= UINT32_MAX))
        return true;
    diagnostics_add(walk->faults, at->line, "%s is '%.*s': give %s", walk->path, TEXT_ARG(text),
                    units_forms(UNITS_COUNT));
    return false;
}

static bool yaml_walk_bool(struct walk *walk, const cyaml_schema_value_t *schema,
                           const struct place *at)
{
    struct text text = yaml_tree_text(at->node);

    (void)schema;
    if (text_is(text, "true") || text_is(text, "false"))
        return true;
    diagnostics_add(walk->faults, at->line, "%s is '%.*s': give true or false", walk->path,
                    TEXT_ARG(text));
    return false;
}

static bool yaml_walk_enum(struct walk *walk, const cyaml_schema_value_t *schema,
                           const struct place *at)
{
    struct text text = yaml_tree_text(at->node);
    char words[128] = "";
    size_t len = 0;

    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        const char *word = schema->enumeration.strings[i].str;

        if (text_is(text, word))
            return true;
        len +=
            (size_t)snprintf(words + len, sizeof(words) - len, "%s%s", i > 0 ? " or " : "", word);
        assert(len < sizeof(words));
    }
    diagnostics_add(walk->faults, at->line, "%s is '%.*s': give %s", walk->path, TEXT_ARG(text),
                    words);
    return false;
}

static bool yaml_walk_string(struct walk *walk, const cyaml_schema_value_t *schema,
                             const struct place *at)
{
    struct text text = yaml_tree_text(at->node);

    (void)schema;
    if (memchr(text.ptr, '\0', text.len) == NULL)
        return true;
    diagnostics_add(walk->faults, at->line, "%s holds a NUL character: remove the \\0", walk->path);
    return false;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, struct text key)
{
    for (; fields->key != NULL; fields++)
        if (text_is(key, fields->key))
            return fields;
    return NULL;
}

static const char *nearest_key(const cyaml_schema_field_t *fields, struct text key)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;

    for (; fields->key != NULL; fields++) {
        size_t distance = edit_distance(text_of(fields->key), key);

        if (distance < best) {
            best = distance;
            nearest = fields->key;
        }
    }
    return nearest;
}

static void add_unknown_key(struct walk *walk, const cyaml_schema_field_t *fields,
                            const yaml_node_t *key)
{
    const char *nearest = nearest_key(fields, yaml_tree_text(key));
    const char *block = walk->path[0] == '\0' ? "the file" : walk->path;

    if (nearest != NULL)
        diagnostics_add(walk->faults, yaml_tree_line(key),
                        "unknown key '%.*s' in %s: did you mean '%s'?",
                        TEXT_ARG(yaml_tree_text(key)), block, nearest);
    else
        diagnostics_add(walk->faults, yaml_tree_line(key),
                        "unknown key '%.*s' in %s: remove it, or see docs/config.md for the keys",
                        TEXT_ARG(yaml_tree_text(key)), block);
}

/* The same key in an earlier pair; NULL if there is none. */
static const yaml_node_t *earlier_key(struct walk *walk, const yaml_node_t *mapping,
                                      const yaml_node_pair_t *pair)
{
    struct text key = yaml_tree_text(yaml_tree_node(walk->document, pair->key));

    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *earlier = yaml_tree_node(walk->document, p->key);

        if (earlier->type == YAML_SCALAR_NODE && text_equal(yaml_tree_text(earlier), key))
            return earlier;
    }
    return NULL;
}

static void yaml_walk_pair(struct walk *walk, const cyaml_schema_field_t *fields,
                           const yaml_node_t *mapping, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_tree_node(walk->document, pair->key);
    const yaml_node_t *earlier = earlier_key(walk, mapping, pair);
    const cyaml_schema_field_t *field = find_field(fields, yaml_tree_text(key));
    struct place at = yaml_tree_place(key, yaml_tree_node(walk->document, pair->value));
    size_t len;

    if (key->type != YAML_SCALAR_NODE) {
        diagnostics_add(walk->faults, yaml_tree_line(key), "a key is no word: write 'key: value'");
    } else if (earlier != NULL) {
        diagnostics_add(walk->faults, yaml_tree_line(key),
                        "'%.*s' stands twice (first on line %u): remove one",
                        TEXT_ARG(yaml_tree_text(key)), yaml_tree_line(earlier));
    } else if (field == NULL) {
        add_unknown_key(walk, fields, key);
    } else {
        len = enter(walk, field->key);
        yaml_walk_value(walk, &field->value, &at);
        leave(walk, len);
    }
}

static bool has_key(struct walk *walk, const yaml_node_t *mapping, const char *key)
{
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++)
        if (text_is(yaml_tree_text(yaml_tree_node(walk->document, pair->key)), key))
            return true;
    return false;
}

static bool yaml_walk_mapping(struct walk *walk, const cyaml_schema_value_t *schema,
                              const struct place *at)
{
    const cyaml_schema_field_t *fields = schema->mapping.fields;

    for (const yaml_node_pair_t *pair = at->node->data.mapping.pairs.start;
         pair < at->node->data.mapping.pairs.top; pair++)
        yaml_walk_pair(walk, fields, at->node, pair);
    for (; fields->key != NULL; fields++) {
        size_t len;

        if ((fields->value.flags & CYAML_FLAG_OPTIONAL) != 0 ||
            has_key(walk, at->node, fields->key))
            continue;
        len = enter(walk, fields->key);
        diagnostics_add(walk->faults, at->line,
                        "%s is missing: add it, docs/config.md tells what it is", walk->path);
        leave(walk, len);
    }
    return true;
}

static bool yaml_walk_sequence(struct walk *walk, const cyaml_schema_value_t *schema,
                               const struct place *at)
{
    size_t count = yaml_tree_count(at->node);
    size_t len;

    if (count < schema->sequence.min)
        diagnostics_add(walk->faults, at->line, "%s is an empty list: give at least one entry",
                        walk->path);
    len = enter(walk, "[]");
    for (size_t i = 0; i < count; i++) {
        struct place item = yaml_tree_item(walk->document, at->node, i);

        yaml_walk_value(walk, schema->sequence.entry, &item);
    }
    leave(walk, len);
    return true;
}

static const struct {
    yaml_node_type_t node;
    const char *wanted;
    yaml_walk_kind *run;
} KINDS[CYAML__TYPE_COUNT] = {
    [CYAML_UINT] = {YAML_SCALAR_NODE, "a whole number", yaml_walk_uint},
    [CYAML_BOOL] = {YAML_SCALAR_NODE, "true or false", yaml_walk_bool},
    [CYAML_ENUM] = {YAML_SCALAR_NODE, "one word", yaml_walk_enum},
    [CYAML_STRING] = {YAML_SCALAR_NODE, "one value", yaml_walk_string},
    [CYAML_MAPPING] = {YAML_MAPPING_NODE, "keys with values ('key: value')", yaml_walk_mapping},
    [CYAML_SEQUENCE] = {YAML_SEQUENCE_NODE, "a list ('- entry')", yaml_walk_sequence},
};

static const char *node_name(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE)
        return "a list";
    return node->type == YAML_MAPPING_NODE ? "a block of keys" : "a single value";
}

static void add_quoted_null(struct walk *walk, const char *path, const char *wanted, bool optional,
                            const struct place *at)
{
    const char *or_not = optional ? " or leave the key out (~)" : "";
    struct text text = yaml_tree_text(at->node);

    if (text.len == 0)
        diagnostics_add(walk->faults, at->line, "%s is empty: give %s%s", path, wanted, or_not);
    else
        diagnostics_add(walk->faults, at->line, "%s is '%.*s', which counts as no value: give %s%s",
                        path, TEXT_ARG(text), wanted, or_not);
}

static void yaml_walk_value(struct walk *walk, const cyaml_schema_value_t *schema,
                            const struct place *at)
{
    const char *path = walk->path[0] == '\0' ? "the file" : walk->path;
    const bool optional =
        (schema->flags & CYAML_FLAG_POINTER_NULL_STR) == CYAML_FLAG_POINTER_NULL_STR;

    assert(KINDS[schema->type].run != NULL);
    if (yaml_tree_is_quoted_null(at->node)) {
        add_quoted_null(walk, path, KINDS[schema->type].wanted, optional, at);
    } else if (yaml_tree_is_null(at->node)) {
        if (!optional)
            diagnostics_add(walk->faults, at->line, "%s is empty: give %s", path,
                            KINDS[schema->type].wanted);
    } else if (at->node->type != KINDS[schema->type].node) {
        diagnostics_add(walk->faults, at->line, "%s is %s: give %s", path, node_name(at->node),
                        KINDS[schema->type].wanted);
    } else if (KINDS[schema->type].run(walk, schema, at)) {
        walk->visit(walk->context, walk->path, at);
    }
}

void yaml_walk_document(struct yaml_tree *document, const cyaml_schema_value_t *schema,
                        struct diagnostics *faults, yaml_walk_visit *visit, void *context)
{
    struct walk walk = {
        .document = document,
        .faults = faults,
        .visit = visit,
        .context = context,
    };
    struct place root = {document->root, yaml_tree_line(document->root)};

    yaml_walk_value(&walk, schema, &root);
}
