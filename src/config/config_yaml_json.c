/* Writes nodes of the config file as JSON: config_yaml_json(). */
#include "config_yaml_json.h"

#include "buf.h"
#include "json_dom.h"
#include "json_write.h"

/* More than any config file has. */
#define JSON_MAX_BYTES ((size_t)8 * 1024 * 1024)

static bool is_number(struct text text, struct arena *arena)
{
    struct json_fault fault;

    if (text.len == 0 || !json_check(text, 1, arena, NULL, &fault))
        return false;
    return strchr("-0123456789", text.ptr[0]) != NULL;
}

static bool is_literal(const yaml_node_t *scalar, struct arena *arena)
{
    const struct text text = yaml_tree_text(scalar);

    return scalar->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text_is(text, "true") || text_is(text, "false") || is_number(text, arena));
}

static void write_node(struct buf *buf, struct yaml_tree *tree, const yaml_node_t *node,
                       struct arena *arena);

static void write_list(struct buf *buf, struct yaml_tree *tree, const yaml_node_t *node,
                       struct arena *arena)
{
    buf_add_char(buf, '[');
    for (size_t i = 0; i < yaml_tree_count(node); i++) {
        if (i > 0)
            buf_add_char(buf, ',');
        write_node(buf, tree, yaml_tree_item(tree, node, i).node, arena);
    }
    buf_add_char(buf, ']');
}

static void write_block(struct buf *buf, struct yaml_tree *tree, const yaml_node_t *node,
                        struct arena *arena)
{
    buf_add_char(buf, '{');
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (pair > node->data.mapping.pairs.start)
            buf_add_char(buf, ',');
        json_write_string(buf, yaml_tree_text(yaml_tree_node(tree, pair->key)));
        buf_add_char(buf, ':');
        write_node(buf, tree, yaml_tree_node(tree, pair->value), arena);
    }
    buf_add_char(buf, '}');
}

/* Its depth is bounded by the tree's. */
static void write_node(struct buf *buf, struct yaml_tree *tree, const yaml_node_t *node,
                       struct arena *arena)
{
    if (node->type == YAML_SEQUENCE_NODE)
        write_list(buf, tree, node, arena);
    else if (node->type == YAML_MAPPING_NODE)
        write_block(buf, tree, node, arena);
    else if (yaml_tree_is_null(node))
        buf_add_str(buf, "null");
    else if (is_literal(node, arena))
        buf_add_text(buf, yaml_tree_text(node));
    else
        json_write_string(buf, yaml_tree_text(node));
}

static struct text take(struct buf *buf, struct arena *arena)
{
    const struct text text = arena_text(arena, buf_text(buf));

    buf_release(buf);
    return text;
}

struct text config_yaml_json(struct yaml_tree *tree, const yaml_node_t *node, struct arena *arena)
{
    struct buf buf;

    buf_init(&buf, JSON_MAX_BYTES);
    write_node(&buf, tree, node, arena);
    return take(&buf, arena);
}

struct text config_yaml_json_string(const yaml_node_t *scalar, struct arena *arena)
{
    struct buf buf;

    buf_init(&buf, JSON_MAX_BYTES);
    json_write_string(&buf, yaml_tree_text(scalar));
    return take(&buf, arena);
}
