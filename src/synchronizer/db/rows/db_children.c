/* Finds the rows that foreign keys delete or clear with a parent: db_children_find(). The keys are
 * read when a connection first deletes rows. */
#include "db_children.h"

#include "db_definition.h"
#include "db_fill.h"
#include "db_lookup.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_references.h"
#include "db_result.h"
#include "db_select.h"

#define TEXT_BYTES      ((size_t)1024)
#define KEY_COLUMNS_MAX ((size_t)64)
/* No table of a mapping has this name: it would be the server's own. */
#define PARENT "mobync_parent"

/* A foreign key between mapped tables that acts on its own when a parent is deleted. */
struct child_key {
    const struct model *child;
    const struct model *parent;
    struct text name;
    bool deletes; /* else the columns become NULL */
    struct text columns[KEY_COLUMNS_MAX];
    struct text parent_columns[KEY_COLUMNS_MAX];
    size_t count;
};

struct child_keys {
    struct child_key *items;
    size_t count;
    size_t capacity;
};

enum key_cell { KEY_NAME, KEY_PLACE, KEY_COLUMN, KEY_TABLE, KEY_PARENT_COLUMN };

#define KEYS_SQL                                                                                   \
    "SELECT CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_NAME, "               \
    "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "                             \
    "WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "

static const struct model *model_of_table(const struct mapping *mapping, struct text table)
{
    for (size_t i = 0; i < mapping->model_count; i++)
        if (text_equal_nocase(mapping->models[i].table, table))
            return &mapping->models[i];
    return NULL;
}

/* *key lacks its columns and parent; false: the other table is not mapped. */
static bool take_columns(struct child_key *key, const struct mapping *mapping,
                         const struct db_result *keys)
{
    for (size_t row = 0; row < keys->rows; row++) {
        uint64_t place = 0;

        if (!text_equal_nocase(db_result_text(keys, row, KEY_NAME), key->name) ||
            !text_to_uint(db_result_text(keys, row, KEY_PLACE), KEY_COLUMNS_MAX, &place) ||
            place == 0)
            continue;
        key->parent = model_of_table(mapping, db_result_text(keys, row, KEY_TABLE));
        key->columns[place - 1] = db_result_text(keys, row, KEY_COLUMN);
        key->parent_columns[place - 1] = db_result_text(keys, row, KEY_PARENT_COLUMN);
        key->count++;
    }
    return key->parent != NULL;
}

/* Appended where the key acts and the other table is mapped. */
static void learn_key(struct child_keys *found, struct child_key key, struct db_session *s,
                      const struct db_result *keys, struct text definition)
{
    const char *rule = db_definition_rules(definition, key.name).on_delete;

    key.deletes = strcmp(rule, "CASCADE") == 0;
    if (!(key.deletes || strcmp(rule, "SET NULL") == 0) ||
        !take_columns(&key, s->base.mapping, keys))
        return;
    found->items = ARENA_ROOM(&s->children.arena, found->items, found->count, &found->capacity);
    found->items[found->count++] = key;
}

static enum rc learn_child(struct db_session *s, const struct model *child,
                           struct child_keys *found, struct fail *fail)
{
    struct text definition = TEXT_LITERAL("");
    struct db_result keys;
    enum rc rc =
        db_schema_select(&s->link, KEYS_SQL, child->table, &s->children.arena, &keys, fail);

    if (rc == RC_OK && keys.rows > 0)
        rc = db_definition_read(&s->link, child->table, &s->children.arena, &definition, fail);
    for (size_t row = 0; rc == RC_OK && row < keys.rows; row++)
        if (text_is(db_result_text(&keys, row, KEY_PLACE), "1"))
            learn_key(
                found,
                (struct child_key){.child = child, .name = db_result_text(&keys, row, KEY_NAME)}, s,
                &keys, definition);
    return rc;
}

static enum rc learn(struct db_session *s, const struct child_keys **keys_out, struct fail *fail)
{
    struct db_learned *learned = &s->children;
    const struct mapping *mapping = s->base.mapping;
    struct child_keys *keys;
    enum rc rc = RC_OK;

    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    if (learned->generation == s->link.generation) {
        *keys_out = learned->facts;
        return RC_OK;
    }
    arena_clear(&learned->arena);
    *keys_out = learned->facts = keys = ARENA_NEW(&learned->arena, struct child_keys);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = learn_child(s, &mapping->models[i], keys, fail);
    if (rc == RC_OK)
        learned->generation = s->link.generation;
    return rc;
}

struct search {
    struct db_session *session;
    struct owner_model of;
    const struct child_key *key;
    struct db_lookup_keys parents;
    struct db_select child;
    struct arena *arena;
    struct child_list *children;
    size_t *capacity;
};

static void add_names(struct buf *sql, const struct text *names, size_t count, const char *table)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_str(sql, i == 0 ? table : ",");
        if (i > 0)
            buf_add_str(sql, table);
        db_quote_name(sql, names[i]);
    }
}

/* "(a,b) IN (SELECT …": a name without its table is the inner one's, if that has it. */
static void build(const struct search *search, const struct db_lookup_list *list,
                  struct db_args *args)
{
    struct db_session *s = search->session;
    const struct child_key *key = search->key;
    const struct db_key_column *owner = &search->child.keys->owner;
    const struct db_key_value value = db_keys_value(owner, search->of.owner, args->arena);
    const struct db_lookup lookup = {.session = s, .keys = &search->parents};
    struct buf *sql = &s->sql;

    buf_add_str(sql, "SELECT ");
    db_select_add_id(sql, &search->child, args);
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, key->child->table);
    buf_add_str(sql, " WHERE ");
    db_keys_add_equal(sql, "", owner);
    db_keys_add_args(args, owner, &value);
    buf_add_str(sql, " AND (");
    add_names(sql, key->columns, key->count, "");
    buf_add_str(sql, ") IN (SELECT ");
    add_names(sql, key->parent_columns, key->count, PARENT ".");
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, key->parent->table);
    buf_add_str(sql, " " PARENT " WHERE ");
    db_lookup_add_exact_keys(&lookup, list, args);
    buf_add_char(sql, ')');
    db_fill_add_live(sql, s, key->child);
}

static void add_child(const struct search *search, struct text id, const struct field *field)
{
    struct child_list *children = search->children;

    children->items = ARENA_ROOM(search->arena, children->items, children->count, search->capacity);
    children->items[children->count++] = (struct child_row){
        .model = search->key->child,
        .id = id,
        .field = field,
        .deleted = search->key->deletes,
    };
}

static const struct field *field_of(const struct model *model, struct text column)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal_nocase(model->fields[i].column, column))
            return &model->fields[i];
    return NULL;
}

/* A row is deleted once; of those that are cleared, each field is one child. */
static enum rc take_child(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct search *search = context;
    const struct child_key *key = search->key;
    const struct text id = db_select_id(&search->child, rows, search->arena);

    (void)fail;
    if (id.len == 0)
        return RC_OK;
    if (key->deletes)
        add_child(search, id, field_of(key->child, key->columns[0]));
    for (size_t i = 0; !key->deletes && i < key->count; i++) {
        const struct field *field = field_of(key->child, key->columns[i]);

        if (field != NULL)
            add_child(search, id, field);
    }
    return RC_OK;
}

static enum rc run_round(struct search *search, const struct db_lookup_list *list,
                         struct fail *fail)
{
    const struct db_key_column *owner = &search->child.keys->owner;
    const size_t parameters = search->child.parameters + db_keys_parameters(owner) +
                              db_lookup_exact_parameters(search->parents.columns, list->length);
    struct db_query query = db_query_made(search->session, parameters, "find children");
    const struct db_columns columns = {search->child.kinds, search->child.keys->id_count,
                                       TEXT_BYTES};

    build(search, list, &query.args);
    return db_query_each(&query, columns, take_child, search, fail);
}

static enum rc search_all(struct search *search, struct id_list ids, struct fail *fail)
{
    enum rc rc = RC_OK;

    search->child =
        db_select_of(search->session, (struct owner_model){search->of.owner, search->key->child}, 0,
                     search->arena);
    for (size_t first = 0; rc == RC_OK && first < ids.count;) {
        const struct db_lookup_list list = db_lookup_list_of(ids.items + first, ids.count - first);

        rc = run_round(search, &list, fail);
        first += list.count;
    }
    return rc;
}

/* Only where a key acts at all: the parents' ids may have to be looked up. */
static enum rc find_parents(struct search *search, struct id_list ids, struct fail *fail)
{
    struct db_session *s = search->session;
    const struct db_model_keys *columns = db_keys_of(&s->keys, search->of.model);
    struct db_key_value *values;
    enum rc rc = db_references_ids(s, search->of, ids, search->arena, &values, fail);

    search->parents = (struct db_lookup_keys){
        .columns = columns,
        .owner = db_keys_value(&columns->owner, search->of.owner, search->arena),
        .ids = ids.items,
        .values = rc == RC_OK ? values : NULL,
    };
    return rc;
}

enum rc db_children_find(struct synchronizer *base, struct owner_model of, struct id_list ids,
                         struct arena *arena, struct child_list *children_out, struct fail *fail)
{
    size_t capacity = 0;
    struct search search = {
        .session = db_session_of(base),
        .of = of,
        .arena = arena,
        .children = children_out,
        .capacity = &capacity,
    };
    const struct child_keys none = {0}, *keys = &none;
    enum rc rc;

    *children_out = (struct child_list){0};
    /* For the database, a soft delete is none. */
    if (model_deletes_softly(of.model) || ids.count == 0)
        return RC_OK;
    rc = learn(search.session, &keys, fail);
    for (size_t i = 0; rc == RC_OK && i < keys->count; i++) {
        if (keys->items[i].parent != of.model)
            continue;
        search.key = &keys->items[i];
        if (search.parents.values == NULL)
            rc = find_parents(&search, ids, fail);
        if (rc == RC_OK)
            rc = search_all(&search, ids, fail);
    }
    return rc;
}
