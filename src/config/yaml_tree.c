/* libyaml's document with its limits: bounded before it is built, one document, lines kept.
 * Entry points: yaml_tree_parse(), then yaml_tree_get() and yaml_tree_item(). */
#include "yaml_tree.h"

/* The deepest value of the schema lies at 5. */
#define LEVELS_MAX 16
/* Of thousands of fields. */
#define VALUES_MAX 20000u

static unsigned line_at(struct text yaml, size_t offset)
{
    unsigned line = 1;

    for (size_t i = 0; i < offset && i < yaml.len; i++)
        line += yaml.ptr[i] == '\n';
    return line;
}

static void add_syntax_fault(const yaml_parser_t *parser, struct text yaml,
                             struct diagnostics *faults)
{
    /* Bytes that are no text are noticed before there are lines: only their offset is known. */
    bool unreadable = parser->error == YAML_READER_ERROR;
    unsigned line = unreadable ? line_at(yaml, parser->problem_offset)
                               : (unsigned)parser->problem_mark.line + 1;

    diagnostics_add(faults, line, "not valid YAML: %s%s%s: correct it, then check again",
                    parser->context == NULL ? "" : parser->context,
                    parser->context == NULL ? "" : ", ",
                    parser->problem == NULL ? "out of memory" : parser->problem);
}

static bool is_last(yaml_parser_t *parser, struct text yaml, struct diagnostics *faults)
{
    yaml_document_t next;
    const yaml_node_t *root;

    if (!yaml_parser_load(parser, &next)) {
        add_syntax_fault(parser, yaml, faults);
        return false;
    }
    root = yaml_document_get_root_node(&next);
    if (root != NULL)
        diagnostics_add(faults, (unsigned)next.start_mark.line + 1,
                        "a second document begins here: keep one and remove the line with ---");
    yaml_document_delete(&next);
    return root == NULL;
}

/* What an event adds to the depth, and to the number of values. */
static const struct {
    int deeper;
    unsigned values;
} EVENTS[] = {
    [YAML_NO_EVENT] = {0, 0},
    [YAML_ALIAS_EVENT] = {0, 1},
    [YAML_SCALAR_EVENT] = {0, 1},
    [YAML_SEQUENCE_START_EVENT] = {1, 1},
    [YAML_MAPPING_START_EVENT] = {1, 1},
    [YAML_SEQUENCE_END_EVENT] = {-1, 0},
    [YAML_MAPPING_END_EVENT] = {-1, 0},
};

/* Reads events alone, so that it stops where the limit is passed: to build the tree of a file that
 * is nothing but brackets takes libyaml half a minute. A fault of the syntax is left to
 * load_tree(). */
static bool is_bounded(yaml_parser_t *parser, struct diagnostics *faults)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    unsigned values = 0;
    int depth = 0;

    while (type != YAML_STREAM_END_EVENT) {
        yaml_event_t event;
        unsigned line;

        if (!yaml_parser_parse(parser, &event))
            return true;
        type = event.type;
        line = (unsigned)event.start_mark.line + 1;
        yaml_event_delete(&event);
        depth += EVENTS[type].deeper;
        values += EVENTS[type].values;
        if (depth > LEVELS_MAX) {
            diagnostics_add(faults, line,
                            "nested deeper than %d levels: close brackets, correct the indentation",
                            LEVELS_MAX);
            return false;
        }
        if (values > VALUES_MAX) {
            diagnostics_add(faults, line, "more than %u values: name another file with -c",
                            VALUES_MAX);
            return false;
        }
    }
    return true;
}

static bool load_tree(struct yaml_tree *tree, yaml_parser_t *parser, struct text yaml,
                      struct diagnostics *faults)
{
    if (!yaml_parser_load(parser, &tree->document)) {
        add_syntax_fault(parser, yaml, faults);
        return false;
    }
    tree->root = yaml_document_get_root_node(&tree->document);
    if (tree->root == NULL)
        diagnostics_add(faults, 1, "the file is empty: start from a copy of conf/mobync.yaml");
    if (tree->root != NULL && is_last(parser, yaml, faults))
        return true;
    yaml_tree_release(tree);
    return false;
}

static bool begin(yaml_parser_t *parser, struct text yaml, struct diagnostics *faults)
{
    if (!yaml_parser_initialize(parser)) {
        diagnostics_add(faults, 1, "out of memory: try again");
        return false;
    }
    yaml_parser_set_input_string(parser, (const unsigned char *)yaml.ptr, yaml.len);
    return true;
}

bool yaml_tree_parse(struct yaml_tree *tree, struct text yaml, struct diagnostics *faults)
{
    yaml_parser_t parser;
    bool ok;

    if (!begin(&parser, yaml, faults))
        return false;
    ok = is_bounded(&parser, faults);
    yaml_parser_delete(&parser);
    if (!ok || !begin(&parser, yaml, faults))
        return false;
    ok = load_tree(tree, &parser, yaml, faults);
    yaml_parser_delete(&parser);
    return ok;
}

void yaml_tree_release(struct yaml_tree *tree)
{
    yaml_document_delete(&tree->document);
    tree->root = NULL;
}

unsigned yaml_tree_line(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

const yaml_node_t *yaml_tree_node(struct yaml_tree *tree, int node_id)
{
    return yaml_document_get_node(&tree->document, node_id);
}

static bool reads_as_null(const yaml_node_t *node)
{
    static const char *const NULLS[] = {"", "~", "null", "Null", "NULL"};

    if (node->type != YAML_SCALAR_NODE)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(NULLS); i++)
        if (text_is(yaml_tree_text(node), NULLS[i]))
            return true;
    return false;
}

bool yaml_tree_is_null(const yaml_node_t *node)
{
    return reads_as_null(node) && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool yaml_tree_is_quoted_null(const yaml_node_t *node)
{
    return reads_as_null(node) && node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

struct yaml_place yaml_tree_place(const yaml_node_t *key, const yaml_node_t *value)
{
    bool own_line = value->type == YAML_SCALAR_NODE && !yaml_tree_is_null(value);

    return (struct yaml_place){value, yaml_tree_line(own_line ? value : key)};
}

struct text yaml_tree_text(const yaml_node_t *scalar)
{
    if (scalar == NULL || scalar->type != YAML_SCALAR_NODE)
        return (struct text){"", 0};
    return (struct text){(const char *)scalar->data.scalar.value, scalar->data.scalar.length};
}

struct yaml_place yaml_tree_get(struct yaml_tree *tree, const yaml_node_t *mapping, const char *key)
{
    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return (struct yaml_place){0};
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = yaml_tree_node(tree, pair->key);
        const yaml_node_t *value = yaml_tree_node(tree, pair->value);

        if (text_is(yaml_tree_text(key_node), key) && !yaml_tree_is_null(value))
            return yaml_tree_place(key_node, value);
    }
    return (struct yaml_place){0};
}

size_t yaml_tree_count(const yaml_node_t *list)
{
    if (list == NULL || list->type != YAML_SEQUENCE_NODE)
        return 0;
    return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
}

struct yaml_place yaml_tree_item(struct yaml_tree *tree, const yaml_node_t *list, size_t index)
{
    const yaml_node_t *item = yaml_tree_node(tree, list->data.sequence.items.start[index]);

    return (struct yaml_place){item, yaml_tree_line(item)};
}
