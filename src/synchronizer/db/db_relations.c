#include "db_session.h"

enum key_column { TABLE, COLUMN, PARENT_TABLE, PARENT_COLUMN };

#define KEYS_SQL                                                                                   \
    "SELECT table_name, column_name, referenced_table_name, referenced_column_name "               \
    "FROM information_schema.key_column_usage "                                                    \
    "WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE() "                    \
    "ORDER BY table_name, constraint_name, ordinal_position"

struct foreign_keys {
    struct db_session *s;
    bool *parents; /* [child * models + parent] */
    size_t capacity;
};

/* Names compare without case: on a server that stores them in lower case, information_schema does
 * not spell them as the config does. A key too many costs nothing but an order. */
static bool is_name(struct text name, const char *column)
{
    return text_equal_nocase(name, text_of(column));
}

static void add_relation(struct foreign_keys *keys, struct relation relation)
{
    struct db_session *s = keys->s;
    size_t *count = &s->base.relations.count;

    if (*count == keys->capacity) {
        keys->capacity = keys->capacity == 0 ? 16 : keys->capacity * 2;
        s->relations = realloc_or_die(s->relations, keys->capacity * sizeof(*s->relations));
        s->base.relations.items = s->relations;
    }
    s->relations[(*count)++] = relation;
}

/* One column of a key between the two: a relation if it is a field that names the parent's id. */
static void take_column(struct foreign_keys *keys, const struct model *child,
                        const struct model *parent, MYSQL_ROW row)
{
    keys->parents[child->index * keys->s->base.mapping->model_count + parent->index] = true;
    if (!is_name(parent->id_column, row[PARENT_COLUMN]))
        return;
    for (size_t i = 0; i < child->field_count; i++)
        if (is_name(child->fields[i].column, row[COLUMN]))
            add_relation(keys, (struct relation){child, &child->fields[i], parent});
}

static void take_key(struct foreign_keys *keys, MYSQL_ROW row)
{
    const struct mapping *mapping = keys->s->base.mapping;

    for (size_t child = 0; child < mapping->model_count; child++) {
        if (!is_name(mapping->models[child].table, row[TABLE]))
            continue;
        for (size_t parent = 0; parent < mapping->model_count; parent++)
            if (is_name(mapping->models[parent].table, row[PARENT_TABLE]))
                take_column(keys, &mapping->models[child], &mapping->models[parent], row);
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

enum rc db_relations_read(struct db_session *s, struct fail *fail)
{
    const size_t n = s->base.mapping->model_count;
    struct foreign_keys keys = {.s = s};
    MYSQL_RES *result;
    MYSQL_ROW row;
    enum rc rc = db_link_query(&s->link, KEYS_SQL, &result, fail);

    if (rc != RC_OK)
        return rc;
    keys.parents = ARENA_ARRAY(db_session_scratch(s), n * n, bool);
    s->base.relations.count = 0;
    while ((row = mysql_fetch_row(result)) != NULL)
        take_key(&keys, row);
    mysql_free_result(result);
    set_ranks(all_ancestors(keys.parents, n, &s->scratch), n, s->ranks);
    s->relations_generation = s->link.generation;
    return RC_OK;
}
