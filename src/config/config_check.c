/* Compares the document with the key table and finds every fault, where libcyaml stops at its
 * first: unknown, missing and repeated keys, values of another form or out of range; then runs the
 * check of each row whose value fits. Entry point: config_check(). */
#include "config_check.h"

#include <assert.h>

#include "edit_distance.h"

/* In messages, what stands for the file itself. */
static const char *path_of(const struct config_key *key)
{
    return key->path[0] == '\0' ? "the file" : key->path;
}

static void check_value(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at);

static bool fits_text(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at)
{
    struct text text = yaml_tree_text(at->node);

    if (memchr(text.ptr, '\0', text.len) == NULL)
        return true;
    diagnostics_add(check->faults, at->line, "%s contains a NUL character: remove the \\0",
                    key->path);
    return false;
}

static bool is_in_range(const struct config_key *key, int64_t value)
{
    int64_t least;
    int64_t most;

    if (key->least == NULL || (key->type == CONFIG_TERM && value == INT64_MAX))
        return true;
    if (!config_key_parse(key, text_of(key->least), &least) ||
        !config_key_parse(key, text_of(key->most), &most))
        assert(!"a range of the key table is unreadable");
    return value >= least && value <= most;
}

/* Counts, durations, sizes, booleans and words. */
static bool fits_form(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at)
{
    struct text text = yaml_tree_text(at->node);
    int64_t value;

    if (config_key_parse(key, text, &value)) {
        if (is_in_range(key, value))
            return true;
        diagnostics_add(check->faults, at->line, "%s is %.*s: give a value from %s to %s",
                        key->path, TEXT_ARG(text), key->least, key->most);
    } else {
        diagnostics_add(check->faults, at->line, "%s is '%.*s': give %s", key->path, TEXT_ARG(text),
                        config_key_forms(key, check->faults->arena));
    }
    return false;
}

static const struct config_key *find_child(const struct config_key *block, struct text name)
{
    const struct config_key *key = block;

    while ((key = config_key_child(block, key)) != NULL)
        if (text_is(name, config_key_name(key)))
            return key;
    return NULL;
}

static const char *nearest_name(const struct config_key *block, struct text name)
{
    struct edit_nearest nearest = edit_nearest_to(name);
    const struct config_key *key = block;

    while ((key = config_key_child(block, key)) != NULL)
        edit_nearest_try(&nearest, config_key_name(key));
    return nearest.name;
}

static void add_unknown_key(struct config_check *check, const struct config_key *block,
                            const yaml_node_t *name)
{
    const char *nearest = nearest_name(block, yaml_tree_text(name));

    if (nearest != NULL)
        diagnostics_add(check->faults, yaml_tree_line(name),
                        "unknown key '%.*s' in %s: did you mean '%s'?",
                        TEXT_ARG(yaml_tree_text(name)), path_of(block), nearest);
    else
        diagnostics_add(check->faults, yaml_tree_line(name),
                        "unknown key '%.*s' in %s: remove it, or see docs/config.md for the keys",
                        TEXT_ARG(yaml_tree_text(name)), path_of(block));
}

/* The same key in an earlier pair; NULL if there is none. */
static const yaml_node_t *earlier_name(struct config_check *check, const yaml_node_t *mapping,
                                       const yaml_node_pair_t *pair)
{
    struct text name = yaml_tree_text(yaml_tree_node(check->tree, pair->key));

    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *earlier = yaml_tree_node(check->tree, p->key);

        if (earlier->type == YAML_SCALAR_NODE && text_equal(yaml_tree_text(earlier), name))
            return earlier;
    }
    return NULL;
}

static void check_pair(struct config_check *check, const struct config_key *block,
                       const yaml_node_t *mapping, const yaml_node_pair_t *pair)
{
    const yaml_node_t *name = yaml_tree_node(check->tree, pair->key);
    const yaml_node_t *earlier = earlier_name(check, mapping, pair);
    const struct config_key *key = find_child(block, yaml_tree_text(name));
    struct yaml_place at = yaml_tree_place(name, yaml_tree_node(check->tree, pair->value));

    if (name->type != YAML_SCALAR_NODE)
        diagnostics_add(check->faults, yaml_tree_line(name),
                        "a key is not a word: write 'key: value'");
    else if (earlier != NULL)
        diagnostics_add(check->faults, yaml_tree_line(name),
                        "duplicate key '%.*s' (first on line %u): remove one",
                        TEXT_ARG(yaml_tree_text(name)), yaml_tree_line(earlier));
    else if (key == NULL)
        add_unknown_key(check, block, name);
    else
        check_value(check, key, &at);
}

static bool has_name(struct config_check *check, const yaml_node_t *mapping, const char *name)
{
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++)
        if (text_is(yaml_tree_text(yaml_tree_node(check->tree, pair->key)), name))
            return true;
    return false;
}

/* True whatever it holds: its keys speak for themselves. */
static bool fits_block(struct config_check *check, const struct config_key *block,
                       const struct yaml_place *at)
{
    const struct config_key *key = block;

    for (const yaml_node_pair_t *pair = at->node->data.mapping.pairs.start;
         pair < at->node->data.mapping.pairs.top; pair++)
        check_pair(check, block, at->node, pair);
    while ((key = config_key_child(block, key)) != NULL)
        if (key->required && !has_name(check, at->node, config_key_name(key)))
            diagnostics_add(check->faults, at->line,
                            "%s is missing: add it; docs/config.md describes it", key->path);
    return true;
}

static bool fits_list(struct config_check *check, const struct config_key *list,
                      const struct yaml_place *at)
{
    const struct config_key *entry = config_key_child(list, list);
    size_t count = yaml_tree_count(at->node);

    if (count == 0 && list->type != CONFIG_TEXTS && !list->maybe_empty)
        diagnostics_add(check->faults, at->line, "%s is an empty list: give at least one entry",
                        list->path);
    for (size_t i = 0; i < count; i++) {
        struct yaml_place item = yaml_tree_item(check->tree, at->node, i);

        check_value(check, entry, &item);
    }
    return true;
}

/* The mapping must be read before it can be judged (config_versions.c). */
static bool fits_free(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at)
{
    (void)check;
    (void)key;
    (void)at;
    return true;
}

static bool fits_column(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    return at->node->type == YAML_SCALAR_NODE ? fits_text(check, key, at)
                                              : fits_block(check, key, at);
}

static const struct {
    /* True if the value fits, as far as its own row goes. */
    bool (*fits)(struct config_check *check, const struct config_key *key,
                 const struct yaml_place *at);
    yaml_node_type_t node;
    yaml_node_type_t or_node; /* YAML_NO_NODE: none */
} TYPES[CONFIG_TYPES] = {
    [CONFIG_TEXT] = {fits_text, YAML_SCALAR_NODE},
    [CONFIG_COUNT] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_DURATION] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_TERM] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_SIZE] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_BOOLEAN] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_WORD] = {fits_form, YAML_SCALAR_NODE},
    [CONFIG_WORDS] = {fits_list, YAML_SEQUENCE_NODE},
    [CONFIG_TEXTS] = {fits_list, YAML_SEQUENCE_NODE},
    [CONFIG_BLOCK] = {fits_block, YAML_MAPPING_NODE},
    [CONFIG_FEATURE] = {fits_block, YAML_MAPPING_NODE},
    [CONFIG_FREE] = {fits_free, YAML_MAPPING_NODE},
    [CONFIG_LIST] = {fits_list, YAML_SEQUENCE_NODE},
    [CONFIG_COLUMN] = {fits_column, YAML_SCALAR_NODE, YAML_MAPPING_NODE},
};

static const char *node_name(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE)
        return "a list";
    return node->type == YAML_MAPPING_NODE ? "a block of keys" : "a single value";
}

static void add_null(struct config_check *check, const struct config_key *key,
                     const struct yaml_place *at)
{
    const bool quoted = yaml_tree_is_quoted_null(at->node);
    const char *or_not = quoted && !key->required ? " or leave the key out (~)" : "";
    const char *forms = config_key_forms(key, check->faults->arena);
    struct text text = yaml_tree_text(at->node);

    if (quoted && text.len > 0)
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', which counts as no value: give %s%s", path_of(key),
                        TEXT_ARG(text), forms, or_not);
    else if (quoted || key->required)
        diagnostics_add(check->faults, at->line, "%s is empty: give %s%s", path_of(key), forms,
                        or_not);
}

static void check_value(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    if (yaml_tree_is_null(at->node) || yaml_tree_is_quoted_null(at->node))
        add_null(check, key, at);
    else if (at->node->type != TYPES[key->type].node && at->node->type != TYPES[key->type].or_node)
        diagnostics_add(check->faults, at->line, "%s is %s: give %s", path_of(key),
                        node_name(at->node), config_key_forms(key, check->faults->arena));
    else if (TYPES[key->type].fits(check, key, at) && key->check != NULL)
        key->check(check, key, at);
}

void config_check(struct config_check *check)
{
    struct yaml_place root = {check->tree->root, yaml_tree_line(check->tree->root)};

    check_value(check, check->table, &root);
}

struct yaml_place config_check_find(struct config_check *check, const char *path)
{
    struct yaml_place at = {check->tree->root, 0};

    for (const struct config_key *key = check->table + 1; key->path != NULL; key++) {
        const size_t len = strlen(key->path);

        if (strncmp(key->path, path, len) == 0 && (path[len] == '.' || path[len] == '\0'))
            at = yaml_tree_get(check->tree, at.node, config_key_name(key));
    }
    return at;
}

struct text config_check_text(struct config_check *check, struct yaml_place at, const char *path)
{
    return at.node != NULL ? yaml_tree_text(at.node)
                           : text_of(config_key_find(check->table, path)->fallback);
}
