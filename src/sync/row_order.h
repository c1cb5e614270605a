/* row_order.h: which rows must be created before which others, where tables refer to themselves or
 * to each other in a circle (docs/merging.md 9.2).
 * Pure:    no I/O.
 * Owns:    its memory, some 40 bytes a row: row_order_release() gives it back.
 * Units:   a depth is a number of rows: 0 for one without a parent among the rows.
 * Fails:   never; what a circle of rows leaves open is at some depth.
 * Order:   row_order_add() for all rows, row_order_settle(), then row_order_depth(). */
#ifndef MOBYNC_ROW_ORDER_H
#define MOBYNC_ROW_ORDER_H

#include "synchronizer.h"

struct row_node;
struct row_edge;

struct row_order {
    struct row_node *nodes;
    size_t node_count;
    size_t node_capacity;
    struct row_edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    uint32_t deepest;
};

void row_order_init(struct row_order *order);
void row_order_release(struct row_order *order);

/* The arena is for what it needs meanwhile. */
void row_order_add(struct row_order *order, const struct synchronizer *s, const struct model *model,
                   const struct object_row_list *rows, struct arena *arena);
void row_order_settle(struct row_order *order);
uint32_t row_order_depth(const struct row_order *order, const struct model *model, struct text id);

#endif
