/* Reads and writes rows of the mapped tables, each statement made of the model's names. A refused
 * statement is explained by db_refusal_explain(). */
#include "db_objects.h"

#include <stdlib.h>

#include "db_batch.h"
#include "db_lookup.h"
#include "db_quote.h"
#include "db_refusal.h"

/* How a field's values are sent and read: as its column has them, or as the field does. */
static enum db_cell_kind cell_kind(struct mapped_field at)
{
    static const enum db_cell_kind BY_COLUMN[COLUMN_TYPES] = {
        [COLUMN_TEXT] = DB_CELL_TEXT,       [COLUMN_BINARY] = DB_CELL_BYTES,
        [COLUMN_VARBINARY] = DB_CELL_BYTES, [COLUMN_INTEGER] = DB_CELL_INTEGER,
        [COLUMN_YEAR] = DB_CELL_INTEGER,    [COLUMN_BIT] = DB_CELL_BYTES,
        [COLUMN_FLOAT] = DB_CELL_REAL,      [COLUMN_DOUBLE] = DB_CELL_REAL,
        [COLUMN_DECIMAL] = DB_CELL_TEXT,    [COLUMN_DATE] = DB_CELL_TEXT,
        [COLUMN_DATETIME] = DB_CELL_TEXT,   [COLUMN_TIMESTAMP] = DB_CELL_TEXT,
        [COLUMN_TIME] = DB_CELL_TEXT,       [COLUMN_ENUM] = DB_CELL_TEXT,
        [COLUMN_SET] = DB_CELL_TEXT,        [COLUMN_UUID] = DB_CELL_TEXT,
    };
    static const enum db_cell_kind BY_VALUE[VALUE_KINDS] = {
        [VALUE_NULL] = DB_CELL_TEXT,
        [VALUE_TEXT] = DB_CELL_TEXT,
        [VALUE_INTEGER] = DB_CELL_INTEGER,
        [VALUE_REAL] = DB_CELL_REAL,
    };
    const enum column_type type = column_type_of(&at);

    return type == COLUMN_UNKNOWN ? BY_VALUE[field_type_kind(at.field->type)] : BY_COLUMN[type];
}

static struct mapped_field place_of(const struct db_session *s, const struct model *model,
                                    const struct field *field)
{
    return column_of(s->base.columns, model, field);
}

static void add_where(struct buf *sql, const struct model *model)
{
    buf_add_str(sql, " WHERE ");
    db_quote_name(sql, model->owner_column);
    buf_add_str(sql, " = ? AND ");
    db_quote_name(sql, model->id_column);
}

static void build_read(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       struct db_args *args)
{
    const struct model *model = lookup->model;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT ");
    db_quote_name(sql, model->id_column);
    for (size_t i = 0; i < model->field_count; i++) {
        buf_add_char(sql, ',');
        db_quote_name(sql, model->fields[i].column);
    }
    buf_add_str(sql, " FROM ");
    db_quote_name(sql, model->table);
    add_where(sql, model);
    buf_add_str(sql, " IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
    if (!lookup->session->in_snapshot)
        buf_add_str(sql, " FOR UPDATE");
}

/* A number beyond 64 signed bits, of an unsigned column, is kept as its digits. */
static struct value huge_value(int64_t bits, struct arena *arena)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)bits);

    return (struct value){.kind = VALUE_TEXT,
                          .text = arena_text(arena, (struct text){digits, (size_t)len})};
}

/* As the column gives it. */
static struct value read_cell(const struct db_rows *rows, size_t column, enum db_cell_kind kind,
                              struct arena *arena)
{
    struct value value = {.kind = VALUE_NULL};

    if (db_rows_is_null(rows, column))
        return value;
    switch (kind) {
    case DB_CELL_TEXT:
    case DB_CELL_BYTES:
        value.kind = VALUE_TEXT;
        value.text = db_rows_text(rows, column, arena);
        break;
    case DB_CELL_INTEGER:
        if (db_rows_is_huge(rows, column))
            return huge_value(db_rows_integer(rows, column), arena);
        value.kind = VALUE_INTEGER;
        value.integer = db_rows_integer(rows, column);
        break;
    case DB_CELL_REAL:
        value.kind = VALUE_REAL;
        value.real = db_rows_real(rows, column);
        break;
    }
    return value;
}

static void found_object(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    const struct model *model = lookup->model;
    struct row *found = lookup->out;
    struct value *values = ARENA_ARRAY(lookup->arena, model->field_count, struct value);

    for (size_t i = 0; i < model->field_count; i++) {
        const struct value raw = read_cell(rows, 1 + i, lookup->kinds[1 + i], lookup->arena);

        values[i] = value_from_column(place_of(lookup->session, model, &model->fields[i]), &raw,
                                      lookup->arena);
    }
    found[at] = (struct row){.live = true, .values = values};
}

enum rc db_objects_read(struct synchronizer *base, struct owner_model of, struct id_list ids,
                        struct arena *arena, struct row *rows_out, struct fail *fail)
{
    enum db_cell_kind *kinds = ARENA_ARRAY(arena, 1 + of.model->field_count, enum db_cell_kind);
    const struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "read objects",
        .owner = of.owner,
        .model = of.model,
        .build = build_read,
        .kinds = kinds,
        .column_count = 1 + of.model->field_count,
        .found = found_object,
        .arena = arena,
        .out = rows_out,
    };

    kinds[0] = DB_CELL_TEXT;
    for (size_t i = 0; i < of.model->field_count; i++)
        kinds[1 + i] = cell_kind(place_of(lookup.session, of.model, &of.model->fields[i]));
    for (size_t i = 0; i < ids.count; i++)
        rows_out[i] = (struct row){0};
    return db_lookup_run(&lookup, ids.items, ids.count, fail);
}

/* An object to be written, and which fields it sets: a byte by field index. */
struct written {
    const struct object *object;
    struct text set;
    size_t place; /* in the caller's order */
};

/* The fields that one statement sets, in the order of its parameters; owner and id follow. */
struct field_list {
    const struct field **fields;
    size_t count;
};

struct write_op {
    const char *what;
    void (*build)(struct buf *sql, const struct model *model, const struct field_list *list);
    bool creates;
};

struct write {
    struct db_session *session;
    const struct write_op *op;
    struct text owner;
    const struct model *model;
};

static void add_columns(struct buf *sql, const struct field_list *list, const char *after)
{
    for (size_t i = 0; i < list->count; i++) {
        db_quote_name(sql, list->fields[i]->column);
        buf_add_str(sql, after);
    }
}

static void build_create(struct buf *sql, const struct model *model, const struct field_list *list)
{
    buf_add_str(sql, "INSERT INTO ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " (");
    add_columns(sql, list, ",");
    db_quote_name(sql, model->owner_column);
    buf_add_char(sql, ',');
    db_quote_name(sql, model->id_column);
    buf_add_str(sql, ") VALUES (");
    for (size_t i = 0; i < list->count; i++)
        buf_add_str(sql, "?,");
    buf_add_str(sql, "?,?)");
}

/* The id is set to itself: an update without a field still tells whether the row is there. */
static void build_update(struct buf *sql, const struct model *model, const struct field_list *list)
{
    buf_add_str(sql, "UPDATE ");
    db_quote_name(sql, model->table);
    buf_add_str(sql, " SET ");
    add_columns(sql, list, "=?,");
    db_quote_name(sql, model->id_column);
    buf_add_char(sql, '=');
    db_quote_name(sql, model->id_column);
    add_where(sql, model);
    buf_add_str(sql, " = ?");
}

static const struct write_op CREATE = {"create objects", build_create, true};
static const struct write_op UPDATE = {"update objects", build_update, false};

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
    char *set = arena_zalloc(&write->session->scratch, len + 1);

    if (sets_all(write))
        memset(set, 1, len);
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

static struct field_list fields_of(const struct write *write, struct text set)
{
    struct field_list list = {
        .fields = ARENA_ARRAY(&write->session->scratch, set.len, const struct field *),
    };

    for (size_t i = 0; i < set.len; i++)
        if (set.ptr[i] != 0)
            list.fields[list.count++] = &write->model->fields[i];
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

static void choose_kinds(const struct written *objects, size_t count, const size_t *columns,
                         enum db_cell_kind *kinds)
{
    for (size_t row = 0; row < count; row++) {
        const struct object *object = objects[row].object;

        for (size_t i = 0; i < object->field_count; i++) {
            const size_t column = columns[object->fields[i].field->index];

            if (!kind_fits(kinds[column], object->fields[i].value.kind))
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

static void set_row(const struct write *write, struct db_batch *batch, size_t row,
                    const struct object *object, const size_t *columns)
{
    const size_t fields = batch->column_count - 2;

    for (size_t column = 0; column < fields && object->field_count < fields; column++)
        db_batch_default(batch, column, row);
    for (size_t i = 0; i < object->field_count; i++)
        set_cell(batch, columns[object->fields[i].field->index], row,
                 place_of(write->session, write->model, object->fields[i].field),
                 &object->fields[i].value);
    db_batch_text(batch, fields, row, write->owner);
    db_batch_text(batch, fields + 1, row, object->id);
}

/* Objects that set the same fields. */
static struct db_batch batch_of(const struct write *write, const struct field_list *list,
                                const struct written *objects, size_t count)
{
    struct arena *scratch = &write->session->scratch;
    enum db_cell_kind *kinds = ARENA_ARRAY(scratch, list->count + 2, enum db_cell_kind);
    size_t *columns = ARENA_ARRAY(scratch, write->model->field_count, size_t);
    struct db_batch batch;

    for (size_t i = 0; i < list->count; i++) {
        kinds[i] = cell_kind(place_of(write->session, write->model, list->fields[i]));
        columns[list->fields[i]->index] = i;
    }
    kinds[list->count] = kinds[list->count + 1] = DB_CELL_TEXT;
    choose_kinds(objects, count, columns, kinds);
    batch = db_batch_of(kinds, list->count + 2, count, scratch);
    for (size_t row = 0; row < count; row++)
        set_row(write, &batch, row, objects[row].object, columns);
    return batch;
}

static enum rc run_batch(struct db_session *s, const struct model *model,
                         const struct db_batch *batch, const char *what, size_t *applied_out,
                         struct fail *fail)
{
    MYSQL_STMT *stmt;
    size_t applied = 0;
    enum rc rc = db_stmt_get(&s->statements, buf_text(&s->sql), &stmt, fail);

    if (rc != RC_OK)
        return rc;
    s->link.customers_code = true;
    rc = db_batch_run(batch, &s->link, stmt, what, &applied, fail);
    s->link.customers_code = false;
    *applied_out += applied;
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_DATA)
        rc = db_refusal_explain(s, model, stmt, fail);
    return rc;
}

static enum rc write_run(const struct write *write, const struct written *objects, size_t count,
                         size_t *applied_out, struct fail *fail)
{
    struct db_session *s = write->session;
    struct field_list list = fields_of(write, objects[0].set);
    struct db_batch batch = batch_of(write, &list, objects, count);

    buf_clear(&s->sql);
    write->op->build(&s->sql, write->model, &list);
    return run_batch(s, write->model, &batch, write->op->what, applied_out, fail);
}

static enum rc write_objects(const struct write *write, const struct object *objects, size_t count,
                             size_t *applied_out, struct fail *fail)
{
    struct db_session *s = write->session;
    struct written *written;
    enum rc rc = RC_OK;

    *applied_out = 0;
    if (s->link.mysql == NULL)
        return db_link_is_lost(fail);
    db_session_sql(s);
    written = ARENA_ARRAY(&s->scratch, count, struct written);
    for (size_t i = 0; i < count; i++)
        written[i] = (struct written){&objects[i], fields_set(write, &objects[i]), i};
    /* Creates keep their order: a row may refer to one before it in the same table. */
    if (!write->op->creates)
        qsort(written, count, sizeof(*written), compare_written);
    for (size_t from = 0, to = 0; from < count && rc == RC_OK; from = to) {
        while (to < count && text_equal(written[from].set, written[to].set))
            to++;
        rc = write_run(write, written + from, to - from, applied_out, fail);
    }
    return rc;
}

enum rc db_objects_create(struct synchronizer *base, struct owner_model of,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail)
{
    const struct write write = {db_session_of(base), &CREATE, of.owner, of.model};

    return write_objects(&write, objects, count, applied_out, fail);
}

enum rc db_objects_update(struct synchronizer *base, struct owner_model of,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail)
{
    const struct write write = {db_session_of(base), &UPDATE, of.owner, of.model};

    return write_objects(&write, objects, count, applied_out, fail);
}

enum rc db_objects_remove(struct synchronizer *base, struct owner_model of, struct id_list ids,
                          size_t *applied_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT};
    struct db_session *s = db_session_of(base);
    struct buf *sql = db_session_sql(s);
    struct db_batch batch = db_batch_of(KINDS, ARRAY_LEN(KINDS), ids.count, &s->scratch);

    *applied_out = 0;
    for (size_t i = 0; i < ids.count; i++) {
        db_batch_text(&batch, 0, i, of.owner);
        db_batch_text(&batch, 1, i, ids.items[i]);
    }
    buf_add_str(sql, "DELETE FROM ");
    db_quote_name(sql, of.model->table);
    add_where(sql, of.model);
    buf_add_str(sql, " = ?");
    return run_batch(s, of.model, &batch, "delete objects", applied_out, fail);
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
