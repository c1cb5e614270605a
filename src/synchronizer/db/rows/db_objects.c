/* Reads and writes rows of the mapped tables, each statement made of the model's names. A refused
 * statement is explained by db_refusal_explain(). */
#include "db_objects.h"

#include <assert.h>
#include <stdlib.h>

#include "db_batch.h"
#include "db_fill.h"
#include "db_lookup.h"
#include "db_quote.h"
#include "db_references.h"
#include "db_refusal.h"
#include "db_select.h"
#include "db_tables.h"
#include "text_index.h"

#define SETTLED_PARAMETERS ((size_t)3)

/* A statement sees one moment. */
static void add_settled(const struct db_lookup *lookup, struct db_args *args)
{
    buf_add_str(&lookup->session->sql,
                " AND EXISTS (SELECT 1 FROM " DB_OWNERS_TABLE " WHERE owner = ? AND next_clock = ?)"
                " AND NOT EXISTS (SELECT 1 FROM " DB_CHANGES_TABLE " WHERE owner = ?)");
    db_args_text(args, lookup->owner);
    db_args_integer(args, *lookup->settled_at);
    db_args_text(args, lookup->owner);
}

/* Rows that are there; or, where the look-up has a context, those that are deleted softly. */
static void build_read(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       struct db_args *args)
{
    struct db_session *s = lookup->session;

    buf_add_str(&s->sql, "SELECT ");
    db_select_add(&s->sql, lookup->select, args);
    buf_add_str(&s->sql, " FROM ");
    db_quote_name(&s->sql, lookup->model->table);
    buf_add_str(&s->sql, " WHERE ");
    db_lookup_add_keys(lookup, list, args);
    if (lookup->context == NULL)
        db_fill_add_live(&s->sql, s, lookup->model);
    else
        db_fill_add_deleted(&s->sql, s, lookup->model);
    if (lookup->settled_at != NULL)
        add_settled(lookup, args);
    else if (!s->in_snapshot && !s->in_drain)
        buf_add_str(&s->sql, " FOR UPDATE");
}

static void found_object(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct row *found = lookup->out;

    found[at] = (struct row){
        .live = true,
        .values = db_select_values(lookup->select, rows, lookup->arena),
    };
}

/* What the look-up lacks of its keys and its columns. */
static enum rc run_read(struct db_lookup *lookup, struct id_list ids, struct arena *arena,
                        struct fail *fail)
{
    struct db_session *s = lookup->session;
    const struct model *model = lookup->model;
    const struct owner_model of = {lookup->owner, model};
    struct db_lookup_keys keys = {.columns = db_keys_of(&s->keys, model), .ids = ids.items};
    const struct db_select select = db_select_of(s, of, 0, arena);
    struct db_key_value *values;
    enum rc rc = db_references_ids(s, of, ids, arena, &values, fail);

    if (rc != RC_OK)
        return rc;
    keys.owner = db_keys_value(&keys.columns->owner, of.owner, arena);
    keys.values = values;
    lookup->keys = &keys;
    lookup->select = &select;
    lookup->build = build_read;
    lookup->kinds = select.kinds;
    lookup->column_count = select.count;
    lookup->parameters = select.parameters + (lookup->settled_at != NULL ? SETTLED_PARAMETERS : 0);
    lookup->arena = arena;
    rc = db_lookup_run(lookup, ids.items, ids.count, fail);
    lookup->keys = NULL;
    lookup->select = NULL;
    return rc;
}

static enum rc read_rows(struct synchronizer *base, struct owner_model of, struct id_list ids,
                         const int64_t *settled_at, struct arena *arena, struct row *rows_out,
                         struct fail *fail)
{
    struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "read objects",
        .owner = of.owner,
        .model = of.model,
        .settled_at = settled_at,
        .found = found_object,
        .out = rows_out,
    };

    for (size_t i = 0; i < ids.count; i++)
        rows_out[i] = (struct row){0};
    return run_read(&lookup, ids, arena, fail);
}

enum rc db_objects_read(struct synchronizer *base, struct owner_model of, struct id_list ids,
                        struct arena *arena, struct row *rows_out, struct fail *fail)
{
    return read_rows(base, of, ids, NULL, arena, rows_out, fail);
}

enum rc db_objects_read_settled(struct synchronizer *base, struct owner_model of,
                                struct id_list ids, int64_t next_clock, struct arena *arena,
                                struct row *rows_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    enum rc rc;

    assert(!s->link.in_transaction);
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    s->reads_alone = true;
    rc = read_rows(base, of, ids, &next_clock, arena, rows_out, fail);
    s->reads_alone = false;
    return rc;
}

static void found_deleted(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    bool *deleted = lookup->out;

    (void)rows;
    deleted[at] = true;
}

enum rc db_objects_find_deleted(struct db_session *s, struct owner_model of, struct id_list ids,
                                bool *deleted_out, struct fail *fail)
{
    struct db_lookup lookup = {
        .session = s,
        .what = "find objects that are deleted softly",
        .owner = of.owner,
        .model = of.model,
        .found = found_deleted,
        .context = deleted_out,
        .out = deleted_out,
    };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    for (size_t i = 0; i < ids.count; i++)
        deleted_out[i] = false;
    rc = run_read(&lookup, ids, &arena, fail);
    arena_release(&arena);
    return rc;
}

/* An object to be written, and which fields it sets: a byte by field index. */
struct written {
    const struct object *object;
    const struct db_key_value *id; /* part by part */
    struct text set;
    size_t level; /* of creates: how many others of them come before it, as its parents do */
    size_t place; /* in the caller's order */
};

/* What one statement sets: fields, in the order of its parameters, which owner and id follow; and
 * what the server fills beside them. */
struct field_list {
    const struct field **fields;
    size_t count;
    struct text set; /* a byte by field index */
    struct db_fill *fills;
    size_t fill_count;
};

struct write;

struct write_op {
    const char *what;
    void (*build)(const struct write *write, const struct field_list *list);
    void (*build_values)(const struct write *write, const struct field_list *list); /* or NULL */
    enum diff_type fills; /* what is filled is that of such a change */
    bool creates;         /* rows that were not there at all */
};

struct write {
    struct db_session *session;
    const struct write_op *op;
    struct text owner;
    const struct model *model;
    const struct db_model_keys *keys;
    struct db_key_value owner_value;
};

static void add_columns(struct buf *sql, const struct field_list *list, const char *after)
{
    for (size_t i = 0; i < list->count; i++) {
        db_quote_name(sql, list->fields[i]->column);
        buf_add_str(sql, after);
    }
}

/* Where the row is the one, by the bytes of its id and owner. */
static void add_where(struct buf *sql, const struct db_model_keys *keys)
{
    buf_add_str(sql, " WHERE ");
    db_keys_add_equal(sql, "", &keys->owner);
    for (size_t i = 0; i < keys->id_count; i++) {
        buf_add_str(sql, " AND ");
        db_keys_add_equal(sql, "", &keys->id[i]);
    }
}

static void build_create(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    buf_add_str(sql, "INSERT INTO ");
    db_quote_name(sql, write->model->table);
    buf_add_str(sql, " (");
    add_columns(sql, list, ",");
    for (size_t i = 0; i < list->fill_count; i++) {
        db_quote_name(sql, list->fills[i].name);
        buf_add_char(sql, ',');
    }
    db_quote_name(sql, write->keys->owner.column);
    for (size_t i = 0; i < write->keys->id_count; i++) {
        buf_add_char(sql, ',');
        db_quote_name(sql, write->keys->id[i].column);
    }
    buf_add_str(sql, ") VALUES ");
}

static void build_values(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    buf_add_char(sql, '(');
    for (size_t i = 0; i < list->count; i++)
        buf_add_str(sql, "?,");
    for (size_t i = 0; i < list->fill_count; i++) {
        db_fill_add_value(sql, write->session, &list->fills[i]);
        buf_add_char(sql, ',');
    }
    for (size_t i = 0; i < write->keys->id_count; i++)
        buf_add_str(sql, "?,");
    buf_add_str(sql, "?)");
}

static void begin_update(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    buf_add_str(sql, "UPDATE ");
    db_quote_name(sql, write->model->table);
    buf_add_str(sql, " SET ");
    add_columns(sql, list, "=?,");
    for (size_t i = 0; i < list->fill_count; i++) {
        db_quote_name(sql, list->fills[i].name);
        buf_add_char(sql, '=');
        db_fill_add_value(sql, write->session, &list->fills[i]);
        buf_add_char(sql, ',');
    }
}

/* The id is set to itself: an update without a field still tells whether the row is there. */
static void end_update(const struct write *write)
{
    struct buf *sql = &write->session->sql;
    const struct text id = write->keys->id[0].column;

    db_quote_name(sql, id);
    buf_add_char(sql, '=');
    db_quote_name(sql, id);
}

static void build_update(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    begin_update(write, list);
    end_update(write);
    add_where(sql, write->keys);
    /* mutant: deleted_row_updated */
    db_fill_add_live(sql, write->session, write->model);
}

/* Fields that neither the object nor the server sets get what an INSERT gives them. */
static void add_defaults(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    for (size_t i = 0; i < write->model->field_count; i++) {
        const struct field *field = &write->model->fields[i];

        /* mutant: revived_with_old_values */
        if (list->set.ptr[i] != 0 || field_is_filled(field, DIFF_CREATE))
            continue;
        db_quote_name(sql, field->column);
        buf_add_str(sql, "=DEFAULT,");
    }
}

static void build_revive(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    begin_update(write, list);
    add_defaults(write, list);
    if (write->model->live_value.len == 0) { /* else the list has it */
        db_quote_name(sql, write->model->deleted_column);
        buf_add_str(sql, "=DEFAULT,");
    }
    end_update(write);
    add_where(sql, write->keys);
    db_fill_add_deleted(sql, write->session, write->model);
}

static void build_soft_delete(const struct write *write, const struct field_list *list)
{
    const struct db_fill deleted = db_fill_deleted(write->session, write->model);
    struct buf *sql = &write->session->sql;

    begin_update(write, list);
    db_quote_name(sql, deleted.name);
    buf_add_char(sql, '=');
    db_fill_add_value(sql, write->session, &deleted);
    add_where(sql, write->keys);
    db_fill_add_live(sql, write->session, write->model);
}

static const struct write_op CREATE = {"create objects", build_create, build_values, DIFF_CREATE,
                                       true};
static const struct write_op UPDATE = {"update objects", build_update, NULL, DIFF_UPDATE, false};
static const struct write_op REVIVE = {"create objects again", build_revive, NULL, DIFF_CREATE,
                                       false};
static const struct write_op SOFT_DELETE = {"delete objects", build_soft_delete, NULL, DIFF_UPDATE,
                                            false};

/* An array of rows can say "the default" for one row's cell, so that one INSERT serves all
 * creates. It can say "leave as it is" too, but that turns a NULL into not NULL (seen in 10.11), so
 * an UPDATE names the fields that it sets. */
static bool sets_all(const struct write *write)
{
    return write->op->creates && db_link_takes_arrays(&write->session->link);
}

static struct text fields_set(const struct write *write, const struct object *object)
{
    const size_t len = write->model->field_count;
    char *set = arena_zalloc(&write->session->kept, len + 1);

    for (size_t i = 0; i < len && sets_all(write); i++)
        set[i] = field_is_filled(&write->model->fields[i], DIFF_CREATE) ? 0 : 1;
    for (size_t i = 0; i < object->field_count; i++)
        set[object->fields[i].field->index] = 1;
    return (struct text){set, len};
}

static int compare_written(const void *left, const void *right)
{
    const struct written *a = left;
    const struct written *b = right;
    int order = text_compare(a->set, b->set);

    if (order != 0)
        return order;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int compare_levels(const void *left, const void *right)
{
    const struct written *a = left;
    const struct written *b = right;

    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Objects that set the same fields, for one statement. */
struct run {
    const struct written *objects;
    size_t count;
    struct field_list list;
    size_t *columns;                     /* by field index: its place in the list */
    const struct db_key_value **parents; /* by field index: by row, what a reference holds */
};

static struct field_list fields_of(const struct write *write, struct text set)
{
    struct field_list list = {
        .fields = ARENA_ARRAY(&write->session->kept, set.len, const struct field *),
    };

    for (size_t i = 0; i < set.len; i++)
        if (set.ptr[i] != 0)
            list.fields[list.count++] = &write->model->fields[i];
    list.set = set;
    list.fill_count = db_fill_list(write->session, write->model, write->op->fills, set, &list.fills,
                                   &write->session->kept);
    return list;
}

/* A stored value may no longer be of its field's type: then the column travels as text, and the
 * server decides whether it fits. */
static bool kind_fits(enum db_cell_kind kind, enum value_kind value)
{
    static const bool FITS[][4] = {
        [DB_CELL_TEXT] = {true, true, true, true},
        [DB_CELL_BYTES] = {true, true, true, true},
        [DB_CELL_INTEGER] = {[VALUE_NULL] = true, [VALUE_INTEGER] = true},
        [DB_CELL_REAL] = {[VALUE_NULL] = true, [VALUE_INTEGER] = true, [VALUE_REAL] = true},
    };

    return FITS[kind][value];
}

static void choose_kinds(const struct write *write, const struct run *run, enum db_cell_kind *kinds)
{
    for (size_t row = 0; row < run->count; row++) {
        const struct object *object = run->objects[row].object;

        for (size_t i = 0; i < object->field_count; i++) {
            const struct field *field = object->fields[i].field;
            const size_t column = run->columns[field->index];

            if (db_select_reference(write->keys, field) == NULL &&
                !kind_fits(kinds[column], object->fields[i].value.kind))
                kinds[column] = DB_CELL_TEXT;
        }
    }
}

/* For a column that travels as text. */
static struct text text_of_value(const struct value *raw, struct arena *arena)
{
    char digits[TEXT_NUMBER_MAX];

    if (raw->kind == VALUE_TEXT)
        return raw->text;
    return raw->kind == VALUE_INTEGER ? arena_text(arena, text_of_int(raw->integer, digits))
                                      : raw->json;
}

static void set_cell(struct db_batch *batch, size_t column, size_t row, struct mapped_field at,
                     const struct value *value)
{
    struct value raw;

    if (value->kind == VALUE_NULL) {
        db_batch_null(batch, column, row);
    } else if (batch->columns[column].kind == DB_CELL_INTEGER) {
        db_batch_integer(batch, column, row, value->integer);
    } else if (batch->columns[column].kind == DB_CELL_REAL) {
        db_batch_real(batch, column, row,
                      value->kind == VALUE_REAL ? value->real : (double)value->integer);
    } else {
        raw = value_to_column(at, value, batch->arena);
        db_batch_text(batch, column, row, text_of_value(&raw, batch->arena));
    }
}

static void set_key(struct db_batch *batch, size_t column, size_t row,
                    const struct db_key_value *value)
{
    if (!value->known)
        db_batch_null(batch, column, row);
    else if (value->kind == DB_CELL_INTEGER)
        db_batch_integer(batch, column, row, value->integer);
    else
        db_batch_text(batch, column, row, value->text);
}

/* How often a statement names the column: a condition may compare it twice. */
static size_t times(const struct write *write, const struct db_key_column *column)
{
    return write->op->creates ? 1 : db_keys_parameters(column);
}

static size_t key_cells(const struct write *write)
{
    size_t count = times(write, &write->keys->owner);

    for (size_t i = 0; i < write->keys->id_count; i++)
        count += times(write, &write->keys->id[i]);
    return count;
}

/* In the order of a statement's last parameters. */
static void set_keys(const struct write *write, struct db_batch *batch, size_t row,
                     const struct db_key_value *id)
{
    size_t column = batch->column_count - key_cells(write);

    for (size_t i = 0; i < times(write, &write->keys->owner); i++)
        set_key(batch, column++, row, &write->owner_value);
    for (size_t part = 0; part < write->keys->id_count; part++)
        for (size_t i = 0; i < times(write, &write->keys->id[part]); i++)
            set_key(batch, column++, row, &id[part]);
}

static void choose_key_kinds(const struct write *write, enum db_cell_kind *kinds)
{
    for (size_t i = 0; i < times(write, &write->keys->owner); i++)
        *kinds++ = write->keys->owner.kind;
    for (size_t part = 0; part < write->keys->id_count; part++)
        for (size_t i = 0; i < times(write, &write->keys->id[part]); i++)
            *kinds++ = write->keys->id[part].kind;
}

static void set_row(const struct write *write, struct db_batch *batch, size_t row,
                    const struct written *written, const struct run *run)
{
    const struct object *object = written->object;
    const size_t fields = run->list.count;

    for (size_t column = 0; column < fields && object->field_count < fields; column++)
        db_batch_default(batch, column, row);
    for (size_t i = 0; i < object->field_count; i++) {
        const size_t field = object->fields[i].field->index;
        const struct db_key_value *parents = run->parents[field];

        if (parents != NULL) /* mutant: reference_holds_the_id */
            set_key(batch, run->columns[field], row, &parents[row]);
        else
            set_cell(batch, run->columns[field], row,
                     db_select_place(write->session, write->model, object->fields[i].field),
                     &object->fields[i].value);
    }
    set_keys(write, batch, row, written->id);
}

static struct db_batch batch_of(const struct write *write, const struct run *run)
{
    struct arena *scratch = &write->session->scratch;
    const size_t count = run->list.count + key_cells(write);
    enum db_cell_kind *kinds = ARENA_ARRAY(scratch, count, enum db_cell_kind);
    struct db_batch batch;

    for (size_t i = 0; i < run->list.count; i++)
        kinds[i] = db_select_held_kind(write->session, write->model, run->list.fields[i]);
    choose_kinds(write, run, kinds);
    choose_key_kinds(write, kinds + run->list.count);
    batch = db_batch_of(kinds, count, run->count, scratch);
    for (size_t row = 0; row < run->count; row++)
        set_row(write, &batch, row, &run->objects[row], run);
    return batch;
}

static enum rc run_batch(struct db_session *s, const struct model *model,
                         const struct db_batch *batch, const struct db_batch_sql *sql,
                         size_t *applied_out, struct fail *fail)
{
    MYSQL_STMT *stmt;
    size_t applied = 0;
    enum rc rc = db_batch_run(batch, &s->statements, sql, &applied, &stmt, fail);

    *applied_out += applied;
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA && stmt != NULL)
        rc = db_refusal_explain(s, model, stmt, fail);
    return rc;
}

static struct run run_of(const struct write *write, const struct written *objects, size_t count)
{
    struct arena *kept = &write->session->kept;
    struct run run = {
        .objects = objects,
        .count = count,
        .list = fields_of(write, objects[0].set),
        .columns = ARENA_ARRAY(kept, write->model->field_count, size_t),
        .parents = ARENA_ARRAY(kept, write->model->field_count, const struct db_key_value *),
    };

    for (size_t i = 0; i < run.list.count; i++)
        run.columns[run.list.fields[i]->index] = i;
    return run;
}

/* The value that the object sets the field to, or NULL. */
static const struct value *value_of(const struct object *object, const struct field *field)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (object->fields[i].field == field)
            return &object->fields[i].value;
    return NULL;
}

/* Empty where the reference is NULL, not set, or no id at all. */
static struct text referred_id(const struct object *object, const struct field *field)
{
    const struct value *value = value_of(object, field);

    return value != NULL && value->kind == VALUE_TEXT ? value->text : TEXT_LITERAL("");
}

static bool refers(const struct object *object, const struct field *field)
{
    const struct value *value = value_of(object, field);

    return value != NULL && value->kind != VALUE_NULL;
}

static enum rc reject_reference(struct text field, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_DATA, DB_NO_PARENT_MESSAGE);
    fail_at_field(fail, field);
    fail->clash = true;
    return RC_REJECTED;
}

/* The ids that the field names, each once, and by row its place among them. */
struct parents_asked {
    struct text *ids;
    size_t count;
    size_t *places;
};

static struct parents_asked ask_parents(const struct write *write, const struct run *run,
                                        const struct field *field)
{
    struct arena *kept = &write->session->kept;
    struct text *all = ARENA_ARRAY(kept, run->count, struct text);
    struct parents_asked asked = {
        .ids = ARENA_ARRAY(kept, run->count, struct text),
        .places = ARENA_ARRAY(kept, run->count, size_t),
    };
    struct text_index index;

    for (size_t row = 0; row < run->count; row++)
        all[row] = referred_id(run->objects[row].object, field);
    index = text_index_of(all, run->count, kept);
    for (size_t row = 0; row < run->count; row++) {
        const size_t first = text_index_find(&index, all[row]);

        asked.places[row] = first < row ? asked.places[first] : asked.count;
        if (first == row && all[row].len > 0)
            asked.ids[asked.count++] = all[row];
    }
    return asked;
}

/* The keys of the parents that the field names, row by row. */
static enum rc find_parents(const struct write *write, struct run *run, const struct field *field,
                            struct fail *fail)
{
    struct arena *kept = &write->session->kept;
    const struct parents_asked asked = ask_parents(write, run, field);
    struct db_key_value *found = ARENA_ARRAY(kept, asked.count, struct db_key_value);
    struct db_key_value *keys = ARENA_ARRAY(kept, run->count, struct db_key_value);
    enum rc rc =
        db_references_find(write->session, db_select_reference(write->keys, field), write->owner,
                           (struct id_list){asked.ids, asked.count}, kept, found, fail);

    for (size_t row = 0; rc == RC_OK && row < run->count; row++) {
        const struct object *object = run->objects[row].object;

        if (referred_id(object, field).len > 0)
            keys[row] = found[asked.places[row]];
        if (!keys[row].known && refers(object, field)) /* mutant: no_parent_is_null */
            rc = reject_reference(field->name, fail);
    }
    run->parents[field->index] = keys;
    return rc;
}

static enum rc find_all_parents(const struct write *write, struct run *run, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < run->list.count; i++)
        if (db_select_reference(write->keys, run->list.fields[i]) != NULL)
            rc = find_parents(write, run, run->list.fields[i], fail);
    return rc;
}

static struct db_batch_sql build_sql(const struct write *write, const struct field_list *list)
{
    const struct buf *sql = &write->session->sql;
    struct db_batch_sql built = {.what = write->op->what, .customers_code = true};
    size_t head;

    write->op->build(write, list);
    head = sql->len;
    if (write->op->build_values != NULL)
        write->op->build_values(write, list);
    built.text = buf_text(sql);
    built.values = (struct text){built.text.ptr + head, sql->len - head};
    return built;
}

static enum rc write_run(const struct write *write, const struct written *objects, size_t count,
                         size_t *applied_out, struct fail *fail)
{
    struct db_session *s = write->session;
    struct run run = run_of(write, objects, count);
    struct db_batch batch;
    struct db_batch_sql sql;
    enum rc rc = find_all_parents(write, &run, fail);

    if (rc == RC_OK)
        rc = db_session_own(s, write->model, fail);
    if (rc != RC_OK)
        return rc;
    db_session_sql(s);
    batch = batch_of(write, &run);
    sql = build_sql(write, &run.list);
    return run_batch(s, write->model, &batch, &sql, applied_out, fail);
}

/* The level behind that of the parents among the creates before it: its key is the database's to
 * give, and must be there to be referred to. */
static size_t level_of(const struct write *write, const struct written *written, size_t at,
                       const struct text_index *index)
{
    size_t level = 0;

    for (size_t i = 0; i < write->model->field_count; i++) {
        const struct field *field = &write->model->fields[i];
        size_t parent;

        if (field->parent != write->model)
            continue;
        parent = text_index_find(index, referred_id(written[at].object, field));
        if (parent != TEXT_INDEX_NONE && parent < at && level <= written[parent].level)
            level = written[parent].level + 1;
    }
    return level;
}

/* Creates keep their order: a row may refer to one before it in the same table. */
static void sort_creates(const struct write *write, struct written *written, size_t count)
{
    struct arena *kept = &write->session->kept;
    struct text *ids = ARENA_ARRAY(kept, count, struct text);
    struct text_index index;
    size_t highest = 0;
    bool tree = false;

    for (size_t i = 0; i < write->model->field_count; i++)
        tree |= write->model->fields[i].parent == write->model;
    if (!tree || count < 2)
        return;
    for (size_t i = 0; i < count; i++)
        ids[i] = written[i].object->id;
    index = text_index_of(ids, count, kept);
    for (size_t i = 0; i < count; i++) {
        written[i].level = level_of(write, written, i, &index);
        highest = written[i].level > highest ? written[i].level : highest;
    }
    if (highest > 0)
        qsort(written, count, sizeof(*written), compare_levels);
}

static bool is_known(const struct write *write, const struct db_key_value *id)
{
    for (size_t part = 0; part < write->keys->id_count; part++)
        if (!id[part].known)
            return false;
    return write->owner_value.known;
}

/* What the columns would not keep as it is. */
static bool drops_spaces(const struct db_key_column *column, const struct db_key_value *value)
{
    return column->drops_spaces && value->text.len > 0 &&
           value->text.ptr[value->text.len - 1] == ' ';
}

static enum rc check_created(const struct write *write, const struct db_key_value *id,
                             struct fail *fail)
{
    if (!write->owner_value.known) {
        fail_reject(fail, FAIL_INVALID_DATA, "the owner does not fit the table's owner column");
        fail->of_request = true;
        return RC_REJECTED;
    }
    for (size_t part = 0; part < write->keys->id_count; part++) {
        if (!id[part].known)
            return reject_reference(TEXT_LITERAL("id"), fail);
        if (!drops_spaces(&write->keys->id[part], &id[part]))
            continue;
        fail_reject(fail, FAIL_INVALID_DATA, "the id ends in a space, which its column drops");
        fail_at_field(fail, TEXT_LITERAL("id"));
        return RC_REJECTED;
    }
    return RC_OK;
}

/* What no row can be is not there to be updated. */
static enum rc take_objects(const struct write *write, const struct object *objects, size_t count,
                            struct written *written_out, size_t *count_out, struct fail *fail)
{
    struct arena *kept = &write->session->kept;
    struct text *ids = ARENA_ARRAY(kept, count, struct text);
    struct db_key_value *values = NULL;
    enum rc rc;

    *count_out = 0;
    if (write->session->link.mysql == NULL)
        return db_link_is_lost(fail);
    for (size_t i = 0; i < count; i++)
        ids[i] = objects[i].id;
    rc = db_references_ids(write->session, (struct owner_model){write->owner, write->model},
                           (struct id_list){ids, count}, kept, &values, fail);
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        const struct db_key_value *id = values + i * write->keys->id_count;

        if (write->op->creates)
            rc = check_created(write, id, fail);
        else if (!is_known(write, id))
            continue;
        written_out[(*count_out)++] = (struct written){
            .object = &objects[i],
            .id = id,
            .set = fields_set(write, &objects[i]),
            .place = i,
        };
    }
    return rc;
}

static struct write write_of(struct synchronizer *base, const struct write_op *op,
                             struct owner_model of)
{
    struct db_session *s = db_session_of(base);
    const struct db_model_keys *keys = db_keys_of(&s->keys, of.model);

    arena_clear(&s->kept);
    return (struct write){
        .session = s,
        .op = op,
        .owner = of.owner,
        .model = of.model,
        .keys = keys,
        .owner_value = db_keys_value(&keys->owner, of.owner, &s->kept),
    };
}

static enum rc write_objects(const struct write *write, const struct object *objects, size_t count,
                             size_t *applied_out, struct fail *fail)
{
    struct written *written = ARENA_ARRAY(&write->session->kept, count, struct written);
    size_t taken;
    enum rc rc = take_objects(write, objects, count, written, &taken, fail);

    *applied_out = 0;
    if (rc != RC_OK)
        return rc;
    if (write->op->creates)
        sort_creates(write, written, taken);
    else
        qsort(written, taken, sizeof(*written), compare_written);
    for (size_t from = 0, to = 0; from < taken && rc == RC_OK; from = to) {
        while (to < taken && written[from].level == written[to].level &&
               text_equal(written[from].set, written[to].set))
            to++;
        rc = write_run(write, written + from, to - from, applied_out, fail);
    }
    return rc;
}

/* Rows that are deleted softly are brought back, the others inserted; in the caller's order, for a
 * row may refer to one before it. */
static enum rc create_or_revive(struct synchronizer *base, struct owner_model of,
                                const struct object *objects, size_t count, const bool *deleted,
                                size_t *applied_out, struct fail *fail)
{
    enum rc rc = RC_OK;

    *applied_out = 0;
    for (size_t from = 0, to = 0; from < count && rc == RC_OK; from = to) {
        const struct write write = write_of(base, deleted[from] ? &REVIVE : &CREATE, of);
        size_t applied = 0;

        while (to < count && deleted[to] == deleted[from])
            to++;
        rc = write_objects(&write, objects + from, to - from, &applied, fail);
        *applied_out += applied;
    }
    return rc;
}

static enum rc create_softly(struct synchronizer *base, struct owner_model of,
                             const struct object *objects, size_t count, size_t *applied_out,
                             struct fail *fail)
{
    struct arena arena;
    struct text *ids;
    bool *deleted;
    enum rc rc;

    arena_init(&arena);
    ids = ARENA_ARRAY(&arena, count, struct text);
    deleted = ARENA_ARRAY(&arena, count, bool);
    for (size_t i = 0; i < count; i++)
        ids[i] = objects[i].id;
    *applied_out = 0;
    rc = db_objects_find_deleted(db_session_of(base), of, (struct id_list){ids, count}, deleted,
                                 fail);
    if (rc == RC_OK)
        rc = create_or_revive(base, of, objects, count, deleted, applied_out, fail);
    arena_release(&arena);
    return rc;
}

enum rc db_objects_create(struct synchronizer *base, struct owner_model of,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail)
{
    struct write write;

    if (model_deletes_softly(of.model))
        return create_softly(base, of, objects, count, applied_out, fail);
    write = write_of(base, &CREATE, of);
    return write_objects(&write, objects, count, applied_out, fail);
}

enum rc db_objects_update(struct synchronizer *base, struct owner_model of,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail)
{
    const struct write write = write_of(base, &UPDATE, of);

    return write_objects(&write, objects, count, applied_out, fail);
}

static void build_delete(const struct write *write, const struct field_list *list)
{
    struct buf *sql = &write->session->sql;

    (void)list;
    buf_add_str(sql, "DELETE FROM ");
    db_quote_name(sql, write->model->table);
    add_where(sql, write->keys);
}

static const struct write_op DELETE = {"delete objects", build_delete, NULL, DIFF_DELETE, false};

enum rc db_objects_remove(struct synchronizer *base, struct owner_model of, struct id_list ids,
                          size_t *applied_out, struct fail *fail)
{
    const struct write_op *op = model_deletes_softly(of.model) ? &SOFT_DELETE : &DELETE;
    const struct write write = write_of(base, op, of);
    struct object *objects = ARENA_ARRAY(&write.session->kept, ids.count, struct object);

    for (size_t i = 0; i < ids.count; i++)
        objects[i].id = ids.items[i];
    return write_objects(&write, objects, ids.count, applied_out, fail);
}

static enum rc ask_function(struct db_session *s, const struct db_args *args, bool *allowed_out,
                            struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER};
    struct db_rows rows = {.link = &s->link, .what = "validate"};
    bool more = false;
    enum rc rc = db_stmt_get(&s->statements, buf_text(&s->sql), &rows.stmt, fail);

    if (rc != RC_OK)
        return rc;
    s->link.customers_code = true;
    rc = db_rows_open(&rows, KINDS, ARRAY_LEN(KINDS), args, 0, fail);
    if (rc == RC_OK)
        rc = db_rows_next(&rows, &more, fail);
    s->link.customers_code = false;
    /* NULL is no permission. */
    *allowed_out = rc == RC_OK && more && db_rows_integer(&rows, 0) != 0;
    db_rows_close(&rows);
    /* A function that raises an error has not said yes, whatever the error is about. */
    if (rc == RC_REJECTED) {
        fail->code = FAIL_FORBIDDEN;
        fail->clash = false;
    }
    return rc;
}

enum rc db_objects_validate(struct synchronizer *base, struct owner_model of, enum diff_type type,
                            struct text json_data, bool *allowed_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct buf *sql = db_session_sql(s);
    struct db_args args = db_args_of(3, &s->scratch);

    *allowed_out = true;
    if (of.model->validate.len == 0)
        return RC_OK;
    buf_add_str(sql, "SELECT ");
    db_quote_name(sql, of.model->validate);
    buf_add_str(sql, "(?, ?, ?)");
    db_args_text(&args, of.owner);
    db_args_text(&args, text_of(diff_type_name(type)));
    db_args_text(&args, json_data);
    return ask_function(s, &args, allowed_out, fail);
}
