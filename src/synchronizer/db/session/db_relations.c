/* Reads the foreign keys and ranks the models by them: db_relations_read(). */
#include "db_relations.h"

#include <stdlib.h>

#include "db_result.h"

enum key_column { TABLE, COLUMN, PARENT_TABLE, PARENT_COLUMN };

#define KEYS_SQL                                                                                   \
    "SELECT table_name, column_name, referenced_table_name, referenced_column_name "               \
    "FROM information_schema.key_column_usage "                                                    \
    "WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE() "                    \
    "ORDER BY table_name, constraint_name, ordinal_position"

struct foreign_keys {
    const struct mapping *mapping;
    struct db_relations *relations;
    bool *parents; /* [child * models + parent] */
};

/* Names compare without case: on a server that stores them in lower case, information_schema does
 * not spell them as the config does. A key too many costs nothing but an order. */
static bool is_name(struct text name, struct text column)
{
    return text_equal_nocase(name, column);
}

static void add_relation(struct db_relations *relations, struct relation relation)
{
    if (relations->count == relations->capacity) {
        relations->capacity = relations->capacity == 0 ? 16 : relations->capacity * 2;
        relations->items =
            realloc_or_die(relations->items, relations->capacity * sizeof(*relations->items));
    }
    relations->items[relations->count++] = relation;
}

/* One column of a key between the two: a relation if it is a field that names the parent's id. */
static void take_column(struct foreign_keys *keys, const struct model *child,
                        const struct model *parent, const struct db_result *result, size_t row)
{
    keys->parents[child->index * keys->mapping->model_count + parent->index] = true;
    if (model_id_count(parent) > 1 ||
        !is_name(parent->id_column, db_result_text(result, row, PARENT_COLUMN)))
        return;
    for (size_t i = 0; i < child->field_count; i++)
        if (child->fields[i].parent == NULL &&
            is_name(child->fields[i].column, db_result_text(result, row, COLUMN)))
            add_relation(keys->relations, (struct relation){child, &child->fields[i], parent, 0});
}

static void take_reference(struct foreign_keys *keys, struct relation relation)
{
    if (relation.parent == NULL)
        return;
    keys->parents[relation.child->index * keys->mapping->model_count + relation.parent->index] =
        true;
    add_relation(keys->relations, relation);
}

/* What the config calls a reference is one, with or without a foreign key: the parent's key is
 * looked up before the child is written. */
static void take_references(struct foreign_keys *keys, const struct model *child)
{
    for (size_t i = 0; i < child->field_count; i++)
        take_reference(keys, (struct relation){.child = child,
                                               .field = &child->fields[i],
                                               .parent = child->fields[i].parent});
    for (size_t i = 0; i < child->id_part_count; i++)
        take_reference(
            keys,
            (struct relation){.child = child, .parent = child->id_parts[i].parent, .id_part = i});
}

static void take_key(struct foreign_keys *keys, const struct db_result *result, size_t row)
{
    const struct mapping *mapping = keys->mapping;

    for (size_t child = 0; child < mapping->model_count; child++) {
        if (!is_name(mapping->models[child].table, db_result_text(result, row, TABLE)))
            continue;
        for (size_t parent = 0; parent < mapping->model_count; parent++)
            if (is_name(mapping->models[parent].table, db_result_text(result, row, PARENT_TABLE)))
                take_column(keys, &mapping->models[child], &mapping->models[parent], result, row);
    }
}

/* reaches[a * n + b]: b is a parent of a, or a parent's parent, and so on (Warshall). */
static bool *all_ancestors(const bool *parents, size_t n, struct arena *arena)
{
    bool *reaches = ARENA_ARRAY(arena, n * n, bool);

    memcpy(reaches, parents, n * n * sizeof(*reaches));
    for (size_t via = 0; via < n; via++)
        for (size_t from = 0; from < n; from++)
            for (size_t to = 0; reaches[from * n + via] && to < n; to++)
                reaches[from * n + to] |= reaches[via * n + to];
    return reaches;
}

/* A model stands one above the highest of its ancestors; models in a circle of foreign keys share a
 * rank, for no order would please all of their keys. */
static bool lift(const bool *reaches, size_t n, size_t child, unsigned *ranks)
{
    const unsigned before = ranks[child];

    for (size_t parent = 0; parent < n; parent++) {
        const bool circle = reaches[parent * n + child];
        const unsigned least = ranks[parent] + (circle ? 0 : 1);

        if (child != parent && reaches[child * n + parent] && ranks[child] < least)
            ranks[child] = least;
    }
    return ranks[child] != before;
}

/* Ends: without circles no rank reaches the number of models. */
static void set_ranks(const bool *reaches, size_t n, unsigned *ranks)
{
    bool lifted = true;

    memset(ranks, 0, n * sizeof(*ranks));
    while (lifted) {
        lifted = false;
        for (size_t child = 0; child < n; child++)
            lifted |= lift(reaches, n, child, ranks);
    }
}

void db_relations_init(struct db_relations *relations, size_t model_count)
{
    const size_t bytes = model_count * sizeof(*relations->ranks);

    *relations = (struct db_relations){.ranks = memset(alloc_or_die(bytes), 0, bytes)};
}

void db_relations_release(struct db_relations *relations)
{
    free(relations->ranks);
    free(relations->items);
}

enum rc db_relations_read(struct db_relations *relations, struct db_link *link,
                          const struct mapping *mapping, struct arena *scratch, struct fail *fail)
{
    const size_t n = mapping->model_count;
    struct foreign_keys keys = {.mapping = mapping, .relations = relations};
    struct db_result result;
    enum rc rc = db_result_read(link, TEXT_LITERAL(KEYS_SQL), KEYS_SQL, scratch, &result, fail);

    if (rc != RC_OK)
        return rc;
    keys.parents = ARENA_ARRAY(scratch, n * n, bool);
    relations->count = 0;
    for (size_t row = 0; row < result.rows; row++)
        take_key(&keys, &result, row);
    for (size_t child = 0; child < n; child++)
        take_references(&keys, &mapping->models[child]);
    set_ranks(all_ancestors(keys.parents, n, scratch), n, relations->ranks);
    relations->generation = link->generation;
    return RC_OK;
}
