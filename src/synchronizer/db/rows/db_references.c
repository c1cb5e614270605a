/* Looks parents up, by id and by key: db_references_find(), db_references_add_select(). */
#include "db_references.h"

#include "db_lookup.h"
#include "db_quote.h"
#include "object_id.h"

/* No table of a mapping has this name: it would be the server's own. */
#define PARENT "mobync_parent"

static void build_find(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       struct db_args *args)
{
    const struct db_reference *reference = lookup->context;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT ");
    db_quote_name(sql, reference->id.column);
    buf_add_char(sql, ',');
    db_quote_name(sql, reference->key.column);
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, reference->parent->table);
    buf_add_str(sql, " WHERE ");
    db_lookup_add_keys(lookup, list, args);
}

static void found_key(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    const struct db_reference *reference = lookup->context;
    struct db_key_value *key = (struct db_key_value *)lookup->out + at;

    if (db_rows_is_null(rows, 1) ||
        (reference->key.kind == DB_CELL_INTEGER && db_rows_is_huge(rows, 1)))
        return;
    *key = (struct db_key_value){.known = true, .kind = reference->key.kind};
    if (key->kind == DB_CELL_INTEGER)
        key->integer = db_rows_integer(rows, 1);
    else
        key->text = db_rows_text(rows, 1, lookup->arena);
}

enum rc db_references_find(struct db_session *s, const struct db_reference *reference,
                           struct text owner, struct id_list ids, struct arena *arena,
                           struct db_key_value *keys_out, struct fail *fail)
{
    const enum db_cell_kind kinds[] = {reference->id.kind, reference->key.kind};
    struct db_key_value *values = ARENA_ARRAY(arena, ids.count, struct db_key_value);
    const struct db_lookup_keys keys = {
        .columns = db_keys_of(&s->keys, reference->parent),
        .owner = db_keys_value(&reference->owner, owner, arena),
        .ids = ids.items,
        .values = values,
    };
    const struct db_lookup lookup = {
        .session = s,
        .what = "find parents",
        .owner = owner,
        .model = reference->parent,
        .keys = &keys,
        .build = build_find,
        .kinds = kinds,
        .column_count = ARRAY_LEN(kinds),
        .found = found_key,
        .context = reference,
        .arena = arena,
        .out = keys_out,
    };

    for (size_t i = 0; i < ids.count; i++) {
        values[i] = db_keys_value(&reference->id, ids.items[i], arena);
        keys_out[i] = (struct db_key_value){.known = false};
    }
    return ids.count > 0 ? db_lookup_run(&lookup, ids.items, ids.count, fail) : RC_OK;
}

/* One part of all ids: what its column holds. */
static enum rc find_parts(struct db_session *s, const struct db_key_column *column,
                          struct text owner, struct id_list parts, struct arena *arena,
                          struct db_key_value *values_out, struct fail *fail)
{
    if (column->reference != NULL)
        return db_references_find(s, column->reference, owner, parts, arena, values_out, fail);
    for (size_t i = 0; i < parts.count; i++)
        values_out[i] = db_keys_value(column, parts.items[i], arena);
    return RC_OK;
}

enum rc db_references_ids(struct db_session *s, struct owner_model of, struct id_list ids,
                          struct arena *arena, struct db_key_value **values_out, struct fail *fail)
{
    const struct db_model_keys *columns = db_keys_of(&s->keys, of.model);
    const size_t count = columns->id_count;
    struct text *parts = ARENA_ARRAY(arena, ids.count, struct text);
    struct db_key_value *found = ARENA_ARRAY(arena, ids.count, struct db_key_value);
    struct text split[MODEL_ID_PARTS_MAX];
    enum rc rc = RC_OK;

    *values_out = ARENA_ARRAY(arena, ids.count * count, struct db_key_value);
    for (size_t part = 0; rc == RC_OK && part < count; part++) {
        for (size_t i = 0; i < ids.count; i++)
            /* mutant: first_part_alone */
            parts[i] = object_id_split(of.model, ids.items[i], arena, split) ? split[part]
                                                                             : TEXT_LITERAL("");
        rc = find_parts(s, &columns->id[part], of.owner, (struct id_list){parts, ids.count}, arena,
                        found, fail);
        for (size_t i = 0; rc == RC_OK && i < ids.count; i++)
            (*values_out)[i * count + part] = found[i];
    }
    return rc;
}

/* A subquery locks nothing, where a join would lock the parents with their children. */
void db_references_add_select(struct buf *sql, const struct db_reference *reference,
                              struct text table, struct text column)
{
    buf_add_str(sql, "(SELECT " PARENT ".");
    db_quote_name(sql, reference->id.column);
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, reference->parent->table);
    buf_add_str(sql, " " PARENT " WHERE ");
    db_keys_add_equal(sql, PARENT ".", &reference->owner);
    buf_add_str(sql, " AND " PARENT ".");
    db_quote_name(sql, reference->key.column);
    buf_add_str(sql, " = ");
    db_quote_name(sql, table);
    buf_add_char(sql, '.');
    db_quote_name(sql, column);
    buf_add_char(sql, ')');
}

size_t db_references_parameters(const struct db_reference *reference)
{
    return db_keys_parameters(&reference->owner);
}

void db_references_add_args(struct db_args *args, const struct db_reference *reference,
                            struct text owner)
{
    const struct db_key_value value = db_keys_value(&reference->owner, owner, args->arena);

    db_keys_add_args(args, &reference->owner, &value);
}
