/* From foreign keys to triggers on parents: schema_cascades_add_delete(), _add_update(). A body
 * finds the owners of the rows that a key is about to take along, however many tables lie between,
 * and writes one 'R' for each: compare this model of this owner.
 * Invariant: a way through the keys takes each once; a table that refers to itself is followed to
 * any depth. */
#include "schema_cascades.h"

#include <assert.h>
#include <stdio.h>

#include "schema_outbox.h"
#include "schema_wire.h"

/* InnoDB itself follows no more. */
#define DEPTH_MAX   15
#define COLUMNS_MAX 64

struct way {
    struct buf *sql;
    const struct schema_cascades *of;
    struct text root;
    bool deletes; /* else the root's keys change */
    const struct catalog_foreign_key *keys[DEPTH_MAX];
    size_t count;
};

bool schema_cascades_acts(struct text rule)
{
    return text_is(rule, "CASCADE") || text_is(rule, "SET NULL") || text_is(rule, "SET DEFAULT");
}

static bool same_table(const struct schema_cascades *cascades, struct text a, struct text b)
{
    return text_equal(a, b) || (cascades->names_in_lower_case && text_equal_nocase(a, b));
}

static const struct schema_capture *capture_of(const struct schema_cascades *cascades,
                                               struct text table)
{
    for (size_t i = 0; i < cascades->facts->mapping->model_count; i++) {
        const struct schema_capture *capture = &cascades->facts->captures[i];

        if (capture->model != NULL && same_table(cascades, capture->model->table, table))
            return capture;
    }
    return NULL;
}

static bool is_loop(const struct schema_cascades *cascades, const struct catalog_foreign_key *key)
{
    return same_table(cascades, key->child, key->parent);
}

/* A table whose rows go with their parents of the same table. */
static bool is_tree(const struct way *way, struct text table)
{
    const struct catalog_foreign_keys *keys = way->of->keys;

    for (size_t i = 0; way->deletes && i < keys->count; i++)
        if (same_table(way->of, keys->items[i].child, table) && is_loop(way->of, &keys->items[i]) &&
            text_is(keys->items[i].delete_rule, "CASCADE"))
            return true;
    return false;
}

static bool has_column(const struct text *columns, size_t count, struct text column)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal_nocase(columns[i], column))
            return true;
    return false;
}

struct column_list {
    struct text items[COLUMNS_MAX];
    size_t count;
};

static void add_names(struct column_list *list, const struct text *columns, size_t count)
{
    for (size_t i = 0; i < count && list->count < COLUMNS_MAX; i++)
        if (!has_column(list->items, list->count, columns[i]))
            list->items[list->count++] = columns[i];
}

/* What the rest of the way has to know of the rows of its level `at`: 0 is the root. */
static struct column_list columns_at(const struct way *way, size_t at, struct text table)
{
    const struct catalog_foreign_keys *keys = way->of->keys;
    struct column_list list = {.count = 0};
    const struct schema_capture *capture;

    for (size_t i = 0; i < keys->count; i++)
        if (same_table(way->of, keys->items[i].child, table) && is_loop(way->of, &keys->items[i]))
            add_names(&list, keys->items[i].parent_columns, keys->items[i].column_count);
    if (at < way->count) {
        add_names(&list, way->keys[at]->parent_columns, way->keys[at]->column_count);
        return list;
    }
    capture = capture_of(way->of, table);
    assert(capture != NULL); /* walk() adds a way only to a table that is captured */
    add_names(&list, &capture->owner->name, 1);
    if (capture->deleted != NULL)
        add_names(&list, &capture->deleted->name, 1);
    return list;
}

static void add_columns(struct buf *sql, const struct column_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        buf_add_str(sql, i > 0 ? ", " : " ");
        schema_wire_add_column(sql, "t", list->items[i]);
    }
}

/* "t.child = p.parent AND …" */
static void add_join(struct buf *sql, const struct catalog_foreign_key *key)
{
    for (size_t i = 0; i < key->column_count; i++) {
        buf_add_str(sql, i > 0 ? " AND " : "");
        schema_wire_add_column(sql, "t", key->columns[i]);
        buf_add_str(sql, " = ");
        schema_wire_add_column(sql, "p", key->parent_columns[i]);
    }
}

static bool starts_at_level(const struct way *way)
{
    return is_tree(way, way->root);
}

/* What a cursor has to know of the root's row. */
static struct column_list columns_of_root(const struct way *way)
{
    struct column_list list = {.count = 0};

    if (starts_at_level(way))
        return columns_at(way, 0, way->root);
    add_names(&list, way->keys[0]->parent_columns, way->keys[0]->column_count);
    return list;
}

/* The type of a column of the root's, by what refers to it: a value for which that is too small has
 * no children. The largest, where several do. NULL: nothing says. */
static const struct catalog_column *type_of_root(const struct way *way, struct text column)
{
    const struct catalog_foreign_keys *keys = way->of->keys;
    const struct catalog_column *type = NULL;

    for (size_t i = 0; i < keys->count; i++) {
        const struct catalog_foreign_key *key = &keys->items[i];

        if (key->parent_elsewhere || !same_table(way->of, key->parent, way->root))
            continue;
        for (size_t k = 0; k < key->column_count; k++)
            if (text_equal_nocase(key->parent_columns[k], column) && key->types[k] != NULL &&
                (type == NULL || key->types[k]->max_characters > type->max_characters))
                type = key->types[k];
    }
    return type;
}

/* MariaDB 11.8 parses a cursor once more after an ALTER of a table in it, and has forgotten by then
 * that it is a trigger's: OLD in it fails, and the next time ends the server. So it reads variables
 * there. */
static bool reads_variable(const struct way *way, struct text column)
{
    return way->of->mariadb && type_of_root(way, column) != NULL;
}

static void add_variables(const struct way *way)
{
    const struct column_list columns = columns_of_root(way);

    for (size_t i = 0; i < columns.count; i++) {
        const struct catalog_column *type = type_of_root(way, columns.items[i]);

        if (!reads_variable(way, columns.items[i]))
            continue;
        buf_printf(way->sql, "            DECLARE mobync_old_%zu %s", i, type->column_type.ptr);
        if (type->character_set.len > 0)
            buf_printf(way->sql, " CHARACTER SET %s COLLATE %s", type->character_set.ptr,
                       type->collation.ptr);
        buf_add_str(way->sql, " DEFAULT ");
        schema_wire_add_column(way->sql, "OLD", columns.items[i]);
        buf_add_str(way->sql, ";\n");
    }
}

static void add_root_column(const struct way *way, struct text column)
{
    const struct column_list columns = columns_of_root(way);
    size_t at = 0;

    while (at < columns.count && !text_equal_nocase(columns.items[at], column))
        at++;
    if (reads_variable(way, column))
        buf_printf(way->sql, "mobync_old_%zu", at);
    else
        schema_wire_add_column(way->sql, "OLD", column);
}

static void add_root_columns(const struct way *way)
{
    const struct column_list columns = columns_of_root(way);

    for (size_t i = 0; i < columns.count; i++) {
        buf_add_str(way->sql, i > 0 ? ", " : " ");
        add_root_column(way, columns.items[i]);
    }
}

/* "t.child = root's parent AND …" */
static void add_root_join(const struct way *way)
{
    const struct catalog_foreign_key *key = way->keys[0];

    for (size_t i = 0; i < key->column_count; i++) {
        buf_add_str(way->sql, i > 0 ? " AND " : "");
        schema_wire_add_column(way->sql, "t", key->columns[i]);
        buf_add_str(way->sql, " = ");
        add_root_column(way, key->parent_columns[i]);
    }
}

static void add_descendants(const struct way *way, size_t at, struct text table,
                            const struct column_list *columns)
{
    const struct catalog_foreign_keys *keys = way->of->keys;
    struct buf *sql = way->sql;

    for (size_t i = 0; i < keys->count; i++) {
        if (!same_table(way->of, keys->items[i].child, table) ||
            !is_loop(way->of, &keys->items[i]) || !text_is(keys->items[i].delete_rule, "CASCADE"))
            continue;
        buf_add_str(sql, " UNION SELECT");
        add_columns(sql, columns);
        buf_add_str(sql, " FROM ");
        db_quote_name(sql, table);
        buf_printf(sql, " t JOIN mobync_%zu p ON ", at);
        add_join(sql, &keys->items[i]);
    }
}

/* Rows of a level are those that refer to the level before; the root's own row is OLD. */
static void add_level(const struct way *way, size_t at)
{
    const struct text table = at == 0 ? way->root : way->keys[at - 1]->child;
    const struct column_list columns = columns_at(way, at, table);
    struct buf *sql = way->sql;

    buf_printf(sql, "%smobync_%zu (", at == 0 || (at == 1 && !starts_at_level(way)) ? "" : ", ",
               at);
    for (size_t i = 0; i < columns.count; i++) {
        buf_add_str(sql, i > 0 ? ", " : "");
        db_quote_name(sql, columns.items[i]);
    }
    buf_add_str(sql, ") AS (SELECT");
    if (at == 0)
        add_root_columns(way);
    else
        add_columns(sql, &columns);
    if (at > 0) {
        buf_add_str(sql, " FROM ");
        db_quote_name(sql, table);
        if (at == 1 && !starts_at_level(way)) {
            buf_add_str(sql, " t WHERE ");
            add_root_join(way);
        } else {
            buf_printf(sql, " t JOIN mobync_%zu p ON ", at - 1);
            add_join(sql, way->keys[at - 1]);
        }
    }
    if (is_tree(way, table))
        add_descendants(way, at, table, &columns);
    buf_add_char(sql, ')');
}

static void add_select(const struct way *way)
{
    const struct schema_capture *capture = capture_of(way->of, way->keys[way->count - 1]->child);
    struct buf *sql = way->sql;
    char last[32];

    snprintf(last, sizeof(last), "mobync_%zu", way->count);
    buf_add_str(sql, "WITH RECURSIVE ");
    for (size_t i = starts_at_level(way) ? 0 : 1; i <= way->count; i++)
        add_level(way, i);
    buf_add_str(sql, " SELECT DISTINCT ");
    schema_wire_add_key(sql, capture->model->owner_type, capture->owner, last);
    buf_printf(sql, " FROM %s WHERE ", last);
    schema_capture_add_live(sql, capture->model, capture->deleted, last);
    buf_add_str(sql, " LIMIT 18446744073709551615"); /* whatever sql_select_limit is */
}

static void add_entry(const struct way *way, const struct schema_capture *capture,
                      const char *indent)
{
    buf_printf(way->sql, "%sIF LENGTH(" SCHEMA_OUTBOX_OWNER ")" SCHEMA_OUTBOX_FITS " THEN\n%s    ",
               indent, indent);
    schema_outbox_add_insert(way->sql,
                             &(struct schema_outbox_entry){capture->model, 'R', "''", "NULL"});
    buf_printf(way->sql, "%sEND IF;\n", indent);
}

/* A cursor is a plain read where INSERT … SELECT would be a locking one. Without the handler that
 * leaves the block, a cursor that cannot be opened would fail with the statement. */
static void add_block(const struct way *way)
{
    struct buf *sql = way->sql;

    buf_add_str(sql, "        BEGIN\n"
                     "            DECLARE mobync_end BOOLEAN DEFAULT FALSE;\n");
    add_variables(way);
    buf_add_str(sql, "            DECLARE mobync_owners CURSOR FOR ");
    add_select(way);
    buf_add_str(sql, ";\n            DECLARE EXIT HANDLER FOR " SCHEMA_OUTBOX_LOST_COLUMN
                     ", " SCHEMA_OUTBOX_REFUSED " BEGIN END;\n"
                     "            DECLARE CONTINUE HANDLER FOR NOT FOUND SET mobync_end = TRUE;\n"
                     "            OPEN mobync_owners;\n"
                     "            mobync_rows: LOOP\n"
                     "                FETCH mobync_owners INTO " SCHEMA_OUTBOX_OWNER ";\n"
                     "                IF mobync_end THEN LEAVE mobync_rows; END IF;\n");
    add_entry(way, capture_of(way->of, way->keys[way->count - 1]->child), "                ");
    buf_add_str(sql, "            END LOOP;\n        END;\n");
}

/* From a column of the last child to the root's column that it gets its value from; false: none. */
static bool find_source(const struct way *way, struct text *column_inout)
{
    for (size_t i = way->count; i-- > 0;) {
        const struct catalog_foreign_key *key = way->keys[i];
        size_t at = 0;

        while (at < key->column_count && !text_equal_nocase(key->columns[at], *column_inout))
            at++;
        if (at == key->column_count || !text_is(key->update_rule, "CASCADE"))
            return false;
        *column_inout = key->parent_columns[at];
    }
    return true;
}

/* Whoever gets the rows has to hear of them, too. */
static void add_new_owner(const struct way *way)
{
    const struct schema_capture *capture = capture_of(way->of, way->keys[way->count - 1]->child);
    struct catalog_column column = *capture->owner;

    if (!find_source(way, &column.name))
        return;
    buf_add_str(way->sql, "        SET " SCHEMA_OUTBOX_OWNER " = ");
    schema_wire_add_key(way->sql, capture->model->owner_type, &column, "NEW");
    buf_add_str(way->sql, ";\n");
    add_entry(way, capture, "        ");
}

/* Of parents nothing is read, not even types: bytes differ where values do. */
static void add_key_changed(const struct way *way)
{
    const struct catalog_foreign_key *key = way->keys[0];

    buf_add_str(way->sql, "    IF NOT (");
    for (size_t i = 0; i < key->column_count; i++) {
        buf_add_str(way->sql, i > 0 ? " AND CAST(" : "CAST(");
        schema_wire_add_column(way->sql, "NEW", key->parent_columns[i]);
        buf_add_str(way->sql, " AS BINARY) <=> CAST(");
        schema_wire_add_column(way->sql, "OLD", key->parent_columns[i]);
        buf_add_str(way->sql, " AS BINARY)");
    }
    buf_add_str(way->sql, ") THEN\n");
}

/* The server's own deletes look for children themselves. */
static void add_own_delete(const struct way *way)
{
    const struct schema_capture *root = capture_of(way->of, way->root);

    buf_add_str(way->sql, "    IF ");
    if (root == NULL)
        buf_add_str(way->sql, "TRUE");
    else
        schema_outbox_add_not_own(way->sql, root->model);
    buf_add_str(way->sql, " THEN\n");
}

static void add_way(const struct way *way)
{
    if (way->deletes)
        add_own_delete(way);
    else
        add_key_changed(way);
    add_block(way);
    if (!way->deletes)
        add_new_owner(way);
    buf_add_str(way->sql, "    END IF;\n");
}

static bool is_taken(const struct way *way, const struct catalog_foreign_key *key)
{
    for (size_t i = 0; i < way->count; i++)
        if (way->keys[i] == key)
            return true;
    return false;
}

/* An update goes on where the key that it changes is one that others refer to. */
static bool reaches(const struct way *way, const struct catalog_foreign_key *key)
{
    const struct catalog_foreign_key *before;

    if (!schema_cascades_acts(way->deletes ? key->delete_rule : key->update_rule))
        return false;
    if (way->count == 0)
        return true;
    before = way->keys[way->count - 1];
    if (way->deletes)
        return text_is(before->delete_rule, "CASCADE") && !is_loop(way->of, key);
    for (size_t i = 0; i < key->column_count; i++)
        if (has_column(before->columns, before->column_count, key->parent_columns[i]))
            return true;
    return false;
}

static void walk(struct way *way, struct text table) /* NOLINT(misc-no-recursion): DEPTH_MAX */
{
    const struct catalog_foreign_keys *keys = way->of->keys;

    for (size_t i = 0; way->count < DEPTH_MAX && i < keys->count; i++) {
        const struct catalog_foreign_key *key = &keys->items[i];

        if (key->parent_elsewhere || !same_table(way->of, key->parent, table) ||
            is_taken(way, key) || !reaches(way, key))
            continue;
        way->keys[way->count++] = key;
        if (capture_of(way->of, key->child) != NULL)
            add_way(way);
        if (!way->deletes || !is_loop(way->of, key))
            walk(way, key->child);
        way->count--;
    }
}

static void add_body(struct buf *sql, const struct schema_cascades *cascades, struct text parent,
                     bool deletes)
{
    struct way way = {.of = cascades, .root = parent, .deletes = deletes};
    struct buf blocks;

    buf_init(&blocks, sql->max_bytes);
    way.sql = &blocks;
    walk(&way, parent);
    if (blocks.len > 0) {
        buf_add_str(sql, "BEGIN\n    DECLARE " SCHEMA_OUTBOX_OWNER " TEXT CHARACTER SET utf8mb4;\n"
                         "    DECLARE CONTINUE HANDLER FOR " SCHEMA_OUTBOX_LOST_COLUMN
                         ", " SCHEMA_OUTBOX_REFUSED " BEGIN END;\n");
        buf_add_text(sql, buf_text(&blocks));
        buf_add_str(sql, "END");
    }
    buf_release(&blocks);
}

void schema_cascades_add_delete(struct buf *sql, const struct schema_cascades *cascades,
                                struct text parent)
{
    add_body(sql, cascades, parent, true);
}

void schema_cascades_add_update(struct buf *sql, const struct schema_cascades *cascades,
                                struct text parent)
{
    add_body(sql, cascades, parent, false);
}
