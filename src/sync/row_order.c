/* Rows as hashes of their ids, and the references between them: a depth-first search gives each row
 * its depth.
 * Entry:     row_order_add(), row_order_settle(), row_order_depth().
 * Invariant: a row is deeper than its parents, but for one reference of each circle. */
#include "row_order.h"

#include <assert.h>
#include <stdlib.h>

#include "object_id.h"

#define NOT_THERE SIZE_MAX
#define DEPTH_MAX ((uint32_t)(1u << 30) - 1)

enum state { NEW, OPEN, DONE };

struct row_node {
    uint64_t hash;
    uint32_t edges_end; /* its edges that the search has not followed yet lie before it */
    uint32_t state : 2;
    uint32_t depth : 30; /* so far */
};

/* Of two hashes while rows are added, then of two places among the nodes. */
struct row_edge {
    uint64_t child;
    uint64_t parent;
};

void row_order_init(struct row_order *order)
{
    *order = (struct row_order){0};
}

void row_order_release(struct row_order *order)
{
    free(order->nodes);
    free(order->edges);
    row_order_init(order);
}

static void *grown(void *items, size_t count, size_t *capacity, size_t size_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 1024 : *capacity + *capacity / 2;
    return realloc_or_die(items, *capacity * size_bytes);
}

/* Two ids of one hash only cost an owner the order of their rows. */
static uint64_t hash_of(const struct model *model, struct text id)
{
    return text_hash(id, model->index);
}

static void add_edge(struct row_order *order, uint64_t child, uint64_t parent)
{
    order->edges =
        grown(order->edges, order->edge_count, &order->edge_capacity, sizeof(*order->edges));
    order->edges[order->edge_count++] = (struct row_edge){child, parent};
}

/* The id that the row's reference holds; false if it holds none. */
static bool referred_id(const struct relation *relation, const struct object_row *row,
                        struct arena *arena, struct text *id_out)
{
    struct text parts[MODEL_ID_PARTS_MAX];
    const struct value *value;

    if (relation->field == NULL) {
        if (!object_id_split(relation->child, row->id, arena, parts))
            return false;
        *id_out = parts[relation->id_part];
        return true;
    }
    value = &row->values[relation->field->index];
    *id_out = value->text;
    return value->kind == VALUE_TEXT;
}

static void add_row(struct row_order *order, const struct synchronizer *s,
                    const struct model *model, const struct object_row *row, struct arena *arena)
{
    const uint64_t hash = hash_of(model, row->id);

    order->nodes =
        grown(order->nodes, order->node_count, &order->node_capacity, sizeof(*order->nodes));
    order->nodes[order->node_count++] = (struct row_node){.hash = hash};
    for (size_t i = 0; i < s->relations.count; i++) {
        const struct relation *relation = &s->relations.items[i];
        struct text parent;

        if (relation->child == model &&
            s->model_ranks[relation->parent->index] == s->model_ranks[model->index] &&
            referred_id(relation, row, arena, &parent))
            add_edge(order, hash, hash_of(relation->parent, parent));
    }
}

void row_order_add(struct row_order *order, const struct synchronizer *s, const struct model *model,
                   const struct object_row_list *rows, struct arena *arena)
{
    for (size_t i = 0; i < rows->count; i++)
        add_row(order, s, model, &rows->items[i], arena);
}

static int compare_nodes(const void *a, const void *b)
{
    const struct row_node *left = a, *right = b;

    return left->hash < right->hash ? -1 : left->hash > right->hash;
}

static int compare_edges(const void *a, const void *b)
{
    const struct row_edge *left = a, *right = b;

    return left->child < right->child ? -1 : left->child > right->child;
}

static size_t find(const struct row_order *order, uint64_t hash)
{
    size_t low = 0, high = order->node_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (order->nodes[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < order->node_count && order->nodes[low].hash == hash ? low : NOT_THERE;
}

/* Edges between nodes, by child; those to rows that are not there are dropped. */
static void place_edges(struct row_order *order)
{
    size_t kept = 0;

    for (size_t i = 0; i < order->edge_count; i++) {
        const size_t parent = find(order, order->edges[i].parent);

        if (parent != NOT_THERE)
            order->edges[kept++] = (struct row_edge){find(order, order->edges[i].child), parent};
    }
    order->edge_count = kept;
    if (kept > 1)
        qsort(order->edges, kept, sizeof(*order->edges), compare_edges);
    for (size_t i = 0; i < kept; i++)
        order->nodes[order->edges[i].child].edges_end = (uint32_t)i + 1;
}

/* The next parent of the row to look at, NOT_THERE after the last. */
static size_t next_parent(struct row_order *order, size_t at)
{
    struct row_node *node = &order->nodes[at];

    if (node->edges_end == 0 || order->edges[node->edges_end - 1].child != at)
        return NOT_THERE;
    return (size_t)order->edges[--node->edges_end].parent;
}

static void put_below(struct row_order *order, size_t at, size_t parent)
{
    struct row_node *node = &order->nodes[at];
    const uint32_t depth = order->nodes[parent].depth + 1;

    if (depth > node->depth)
        node->depth = depth & DEPTH_MAX;
    if (node->depth > order->deepest)
        order->deepest = node->depth;
}

/* Without recursion: a chain may be as long as the table. A parent that is open closes a circle. */
static void search_from(struct row_order *order, size_t start, uint32_t *stack)
{
    size_t open = 0;

    stack[open++] = (uint32_t)start;
    order->nodes[start].state = OPEN;
    while (open > 0) {
        const size_t at = stack[open - 1];
        const size_t parent = next_parent(order, at);

        if (parent == NOT_THERE) {
            order->nodes[at].state = DONE;
            open--;
            if (open > 0)
                put_below(order, stack[open - 1], at);
        } else if (order->nodes[parent].state == NEW) {
            order->nodes[parent].state = OPEN;
            stack[open++] = (uint32_t)parent;
        } else if (order->nodes[parent].state == DONE) {
            put_below(order, at, parent);
        }
    }
}

void row_order_settle(struct row_order *order)
{
    uint32_t *stack = alloc_or_die((order->node_count + 1) * sizeof(*stack));

    assert(order->node_count < DEPTH_MAX && order->edge_count < UINT32_MAX);
    if (order->node_count > 1)
        qsort(order->nodes, order->node_count, sizeof(*order->nodes), compare_nodes);
    place_edges(order);
    for (size_t i = 0; i < order->node_count; i++)
        if (order->nodes[i].state == NEW)
            search_from(order, i, stack);
    free(stack);
}

uint32_t row_order_depth(const struct row_order *order, const struct model *model, struct text id)
{
    const size_t at = find(order, hash_of(model, id));

    return at == NOT_THERE ? 0 : order->nodes[at].depth;
}
