/* db_relations.h: the foreign keys between the mapped tables, as struct synchronizer shows them.
 * Owns:    ranks and items, until db_relations_release().
 * Holds:   ranks are all 0, and there are no relations, until they have been read. */
#ifndef MOBYNC_DB_RELATIONS_H
#define MOBYNC_DB_RELATIONS_H

#include "arena.h"
#include "db_link.h"

struct db_relations {
    unsigned *ranks; /* by model index */
    struct relation *items;
    size_t count;
    size_t capacity;
    uint64_t generation; /* of the connection that they were read on; 0: not read yet */
};

void db_relations_init(struct db_relations *relations, size_t model_count);
void db_relations_release(struct db_relations *relations);
NODISCARD enum rc db_relations_read(struct db_relations *relations, struct db_link *link,
                                    const struct mapping *mapping, struct arena *scratch,
                                    struct fail *fail);

#endif
