/* Writes the columns that a SELECT of a model's rows names, and reads them: db_select_of(). */
#include "db_select.h"

#include "db_quote.h"
#include "db_references.h"
#include "object_id.h"

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

struct mapped_field db_select_place(const struct db_session *s, const struct model *model,
                                    const struct field *field)
{
    return column_of(s->base.columns, model, field);
}

const struct db_reference *db_select_reference(const struct db_model_keys *keys,
                                               const struct field *field)
{
    return field->parent != NULL ? &keys->fields[field->index] : NULL;
}

static enum db_cell_kind told_kind(const struct db_session *s, const struct model *model,
                                   const struct field *field)
{
    const struct db_reference *reference = db_select_reference(db_keys_of(&s->keys, model), field);

    return reference != NULL ? reference->id.kind : cell_kind(db_select_place(s, model, field));
}

enum db_cell_kind db_select_held_kind(const struct db_session *s, const struct model *model,
                                      const struct field *field)
{
    const struct db_reference *reference = db_select_reference(db_keys_of(&s->keys, model), field);

    return reference != NULL ? reference->key.kind : cell_kind(db_select_place(s, model, field));
}

struct db_select db_select_of(const struct db_session *s, struct owner_model of, size_t more,
                              struct arena *arena)
{
    const struct model *model = of.model;
    const struct db_model_keys *keys = db_keys_of(&s->keys, model);
    struct db_select select = {
        .session = s,
        .owner = of.owner,
        .model = model,
        .keys = keys,
        .count = keys->id_count + model->field_count,
    };

    select.kinds = ARENA_ARRAY(arena, select.count + more, enum db_cell_kind);
    for (size_t i = 0; i < keys->id_count; i++) {
        select.kinds[i] = db_keys_told(&keys->id[i])->kind;
        if (keys->id[i].reference != NULL)
            select.parameters += db_references_parameters(keys->id[i].reference);
    }
    for (size_t i = 0; i < model->field_count; i++) {
        const struct db_reference *reference = db_select_reference(keys, &model->fields[i]);

        select.kinds[keys->id_count + i] = told_kind(s, model, &model->fields[i]);
        if (reference != NULL)
            select.parameters += db_references_parameters(reference);
    }
    return select;
}

/* A column as it stands, or the parent's id for what it holds. */
static void add_told(struct buf *sql, const struct db_select *select, struct text column,
                     const struct db_reference *reference, struct db_args *args)
{
    if (reference == NULL) {
        db_quote_name(sql, column);
        return;
    }
    db_references_add_select(sql, reference, select->model->table, column);
    db_references_add_args(args, reference, select->owner);
}

void db_select_add_id(struct buf *sql, const struct db_select *select, struct db_args *args)
{
    for (size_t i = 0; i < select->keys->id_count; i++) {
        const struct db_key_column *column = &select->keys->id[i];

        if (i > 0)
            buf_add_char(sql, ',');
        add_told(sql, select, column->column, column->reference, args);
    }
}

void db_select_add(struct buf *sql, const struct db_select *select, struct db_args *args)
{
    db_select_add_id(sql, select, args);
    for (size_t i = 0; i < select->model->field_count; i++) {
        const struct field *field = &select->model->fields[i];

        buf_add_char(sql, ',');
        add_told(sql, select, field->column, db_select_reference(select->keys, field), args);
    }
}

/* Could a diff name it? */
static bool is_told(const struct model *model, struct text id)
{
    return id.len > 0 && id.len <= DIFF_ID_MAX_BYTES && memchr(id.ptr, '\0', id.len) == NULL &&
           object_id_is_canonical(model, id);
}

struct text db_select_id(const struct db_select *select, const struct db_rows *rows,
                         struct arena *arena)
{
    const struct text nothing = TEXT_LITERAL("");
    struct text id;

    for (size_t i = 0; i < select->keys->id_count; i++)
        if (db_rows_is_null(rows, i) ||
            (select->kinds[i] == DB_CELL_INTEGER && db_rows_is_huge(rows, i)))
            return nothing;
    id = db_keys_wire_id(select->keys, rows, arena);
    return is_told(select->model, id) ? id : nothing;
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

/* The raw value of a reference is the parent's id, as its own column has it. */
static struct value read_reference(const struct db_reference *reference, const struct db_rows *rows,
                                   size_t column, struct arena *arena)
{
    if (db_rows_is_null(rows, column))
        return (struct value){.kind = VALUE_NULL};
    return (struct value){.kind = VALUE_TEXT,
                          .text = db_keys_wire(&reference->id, rows, column, arena)};
}

static struct value read_field(const struct db_select *select, const struct field *field,
                               const struct db_rows *rows, struct arena *arena)
{
    const struct db_reference *reference = db_select_reference(select->keys, field);
    const size_t column = select->keys->id_count + field->index;
    struct mapped_field at = db_select_place(select->session, select->model, field);
    const struct value raw = reference != NULL
                                 ? read_reference(reference, rows, column, arena)
                                 : read_cell(rows, column, select->kinds[column], arena);

    if (reference != NULL)
        at.column = NULL;
    return value_from_column(at, &raw, arena);
}

struct value *db_select_values(const struct db_select *select, const struct db_rows *rows,
                               struct arena *arena)
{
    struct value *values = ARENA_ARRAY(arena, select->model->field_count, struct value);

    for (size_t i = 0; i < select->model->field_count; i++)
        values[i] = read_field(select, &select->model->fields[i], rows, arena);
    return values;
}
