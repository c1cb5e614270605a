/* keys.h: the foreign keys of the small world, and the order that they ask of a response
 * (docs/protocol.md 7.9), read thus:
 *   creates  row by row: one whose foreign key names an object whose create is in the same response
 *            comes strictly after that one, through chains and self-references. Within a circle of
 *            rows nothing is claimed;
 *   deletes  model by model: one in a parent model comes strictly after those in its child models.
 *            Models in a circle, a self-reference included: nothing is claimed;
 *   REPLACE  the create strictly after the delete;
 *   the later one, where it does not come later anyhow, has the other's clock and its time + 1.
 * Pure:    no I/O.
 * Holds:   at most KEYS_ITEMS diffs per response. */
#ifndef MOBYNC_PROPERTY_KEYS_H
#define MOBYNC_PROPERTY_KEYS_H

#include "world.h"

#define KEYS_ITEMS ((size_t)32)

struct keys {
    struct relation items[WORLD_RELATIONS];
    struct relations relations;
    unsigned ranks[WORLD_MODELS]; /* parents lower than children; equal within a circle */
};

/* Bit n of mask: the world's relation n is a foreign key. Relations point into *keys. */
void keys_init(struct keys *keys, unsigned mask);

/* Bit j of before[i]: diff j has to be executed strictly before diff i. */
struct claims {
    uint32_t before[KEYS_ITEMS];
    uint32_t circles; /* bit i: create i is part of a circle of rows */
};

void keys_claims(const struct keys *keys, const struct diff_list *answer,
                 struct claims *claims_out);

/* Clock and time that a response's diff has at least, going by those in front of it. */
void keys_push_back(const struct claims *claims, const struct diff_list *answer, size_t at,
                    int64_t *clock, int64_t *time_ms);

/* What a server does to its answer. */
void keys_order(const struct keys *keys, struct diff_list *answer);

#endif
