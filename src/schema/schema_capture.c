/* The bodies of triggers on mapped tables: schema_capture_add_body(). A row that devices have is
 * live; what becomes live is an insert, what ceases to be a delete, and a row that gets another
 * owner or id is both. */
#include "schema_capture.h"

#include <assert.h>

#include "column.h"
#include "schema_outbox.h"
#include "schema_wire.h"

#define PARENT "mobync_parent"
/* Longer lists of names do not fit the outbox's column. */
#define FIELD_NAMES_MAX_BYTES ((size_t)60000)

struct body {
    struct buf *sql;
    const struct schema_capture *of;
};

static bool is_time(struct text value)
{
    const enum fill_kind kind = fill_kind(value);

    return kind == FILL_NOW || kind == FILL_NOW_S || kind == FILL_NOW_MS;
}

static bool holds_numbers(const struct catalog_column *column)
{
    static const char *const NUMBERS[] = {"tinyint", "smallint", "mediumint", "int",    "bigint",
                                          "year",    "bit",      "float",     "double", "decimal"};

    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        if (text_is(column->data_type, NUMBERS[i]))
            return true;
    return false;
}

static bool is_number(struct text text)
{
    return text.len > 0 && text.len < 64 &&
           strspn(text.ptr + (text.ptr[0] == '-'), "0123456789.") ==
               text.len - (text.ptr[0] == '-');
}

static void add_constant(struct buf *sql, const struct catalog_column *column, struct text value)
{
    const bool number = holds_numbers(column);

    if (number && (text_is(value, "true") || text_is(value, "false")))
        buf_add_str(sql, text_is(value, "true") ? "1" : "0");
    else if (number && is_number(value))
        buf_add_text(sql, value);
    else
        schema_wire_add_literal(sql, fill_kind(value) == FILL_EMPTY ? TEXT_LITERAL("") : value);
}

void schema_capture_add_live(struct buf *sql, const struct model *model,
                             const struct catalog_column *deleted, const char *row)
{
    if (deleted == NULL) {
        buf_add_str(sql, "TRUE");
        return;
    }
    if (!is_time(model->deleted_value))
        buf_add_str(sql, "NOT (");
    schema_wire_add_column(sql, row, deleted->name);
    if (is_time(model->deleted_value)) {
        buf_add_str(sql, " IS NULL");
        return;
    }
    buf_add_str(sql, " <=> ");
    add_constant(sql, deleted, model->deleted_value);
    buf_add_char(sql, ')');
}

static void add_live(const struct body *body, const char *row)
{
    schema_capture_add_live(body->sql, body->of->model, body->of->deleted, row);
}

static size_t part_count(const struct body *body)
{
    return model_id_count(body->of->model);
}

static bool has_parents(const struct body *body)
{
    for (size_t i = 0; i < part_count(body); i++)
        if (body->of->id[i].parent != NULL)
            return true;
    return false;
}

static void add_declarations(const struct body *body, enum schema_capture_event event)
{
    struct buf *sql = body->sql;

    buf_add_str(sql, "BEGIN\n    DECLARE " SCHEMA_OUTBOX_OWNER ", " SCHEMA_OUTBOX_ID);
    if (event == SCHEMA_ON_UPDATE)
        buf_add_str(sql, ", " SCHEMA_OUTBOX_FIELDS);
    for (size_t i = 0; i < part_count(body); i++)
        if (body->of->id[i].parent != NULL)
            buf_printf(sql, ", mobync_part_%zu", i);
    buf_add_str(sql, " TEXT CHARACTER SET utf8mb4;\n"
                     "    DECLARE CONTINUE HANDLER FOR " SCHEMA_OUTBOX_REFUSED " BEGIN END;\n"
                     "    DECLARE CONTINUE HANDLER FOR " SCHEMA_OUTBOX_LOST_COLUMN);
    buf_add_str(sql, event == SCHEMA_ON_UPDATE ? " SET " SCHEMA_OUTBOX_FIELDS " = '*';\n"
                                               : " BEGIN END;\n");
}

/* Alone, a SELECT … INTO locks nothing; SET of a subquery would. An aggregate always has a row. */
static void add_parent(const struct body *body, size_t at, const char *row, const char *indent)
{
    const struct schema_capture_part *part = &body->of->id[at];
    const struct schema_capture_parent *parent = part->parent;
    struct buf *sql = body->sql;

    buf_printf(sql, "%sSELECT MAX(", indent);
    schema_wire_add_key(sql, part->type, parent->id, PARENT);
    buf_printf(sql, ") INTO mobync_part_%zu FROM ", at);
    db_quote_name(sql, parent->table);
    buf_add_str(sql, " " PARENT " WHERE ");
    schema_wire_add_column(sql, PARENT, parent->key->name);
    buf_add_str(sql, " = ");
    schema_wire_add_column(sql, row, part->column->name);
    buf_add_str(sql, " AND CAST(");
    schema_wire_add_key(sql, parent->owner_type, parent->owner, PARENT);
    buf_add_str(sql, " AS BINARY) = CAST(");
    schema_wire_add_key(sql, body->of->model->owner_type, body->of->owner, row);
    buf_add_str(sql, " AS BINARY);\n");
}

static void add_part(const struct body *body, size_t at, const char *row)
{
    const struct schema_capture_part *part = &body->of->id[at];

    if (part->parent != NULL)
        buf_printf(body->sql, "CONVERT(mobync_part_%zu USING utf8mb4)", at);
    else
        schema_wire_add_key(body->sql, part->type, part->column, row);
}

static void add_id(const struct body *body, const char *row)
{
    struct buf *sql = body->sql;

    if (part_count(body) == 1) {
        add_part(body, 0, row);
        return;
    }
    buf_add_str(sql, "CONCAT(");
    for (size_t i = 0; i < part_count(body); i++) {
        const bool escaped = body->of->id[i].type == KEY_STRING;

        buf_add_str(sql, i > 0 ? ", ':', " : "");
        if (escaped)
            schema_wire_begin_escape(sql);
        add_part(body, i, row);
        if (escaped)
            schema_wire_end_escape(sql);
    }
    buf_add_char(sql, ')');
}

/* What cannot be named any more is compared as a whole: its parent went first. */
static void add_reconcile(const struct body *body, const struct model *model, const char *indent)
{
    buf_add_str(body->sql, indent);
    schema_outbox_add_insert(body->sql, &(struct schema_outbox_entry){model, 'R', "''", "NULL"});
}

static void add_record(const struct body *body, char op, const char *row, const char *indent)
{
    const struct schema_outbox_entry entry = {body->of->model, op, SCHEMA_OUTBOX_ID,
                                              op == 'U' ? SCHEMA_OUTBOX_FIELDS : "NULL"};
    struct buf *sql = body->sql;

    for (size_t i = 0; i < part_count(body); i++)
        if (body->of->id[i].parent != NULL)
            add_parent(body, i, row, indent);
    buf_printf(sql, "%sSET " SCHEMA_OUTBOX_OWNER " = ", indent);
    schema_wire_add_key(sql, body->of->model->owner_type, body->of->owner, row);
    buf_add_str(sql, ", " SCHEMA_OUTBOX_ID " = ");
    add_id(body, row);
    buf_printf(sql,
               ";\n%sIF LENGTH(" SCHEMA_OUTBOX_OWNER ")" SCHEMA_OUTBOX_FITS
               " AND LENGTH(" SCHEMA_OUTBOX_ID ")" SCHEMA_OUTBOX_FITS " THEN\n%s    ",
               indent, indent);
    schema_outbox_add_insert(sql, &entry);
    if (has_parents(body)) {
        buf_printf(sql,
                   "%sELSEIF LENGTH(" SCHEMA_OUTBOX_OWNER ")" SCHEMA_OUTBOX_FITS
                   " AND " SCHEMA_OUTBOX_ID " IS NULL THEN\n%s    ",
                   indent, indent);
        add_reconcile(body, body->of->model, "");
    }
    buf_printf(sql, "%sEND IF;\n", indent);
}

static void add_insert_or_delete(const struct body *body, char op, const char *row)
{
    struct buf *sql = body->sql;

    buf_add_str(sql, "    IF ");
    schema_outbox_add_not_own(sql, body->of->model);
    if (body->of->deleted != NULL) {
        buf_add_str(sql, " AND ");
        add_live(body, row);
    }
    buf_add_str(sql, " THEN\n");
    add_record(body, op, row, "        ");
    buf_add_str(sql, "    END IF;\n");
}

/* Owner, id and whether the row is live: are they as they were? */
static void add_stayed(const struct body *body)
{
    struct buf *sql = body->sql;

    schema_wire_add_same(sql, body->of->owner);
    for (size_t i = 0; i < part_count(body); i++) {
        buf_add_str(sql, " AND ");
        schema_wire_add_same(sql, body->of->id[i].column);
    }
    if (body->of->deleted == NULL)
        return;
    buf_add_str(sql, " AND (");
    add_live(body, "NEW");
    buf_add_str(sql, ") = (");
    add_live(body, "OLD");
    buf_add_char(sql, ')');
}

/* A record of a row, if it is live. */
static void add_record_if_live(const struct body *body, char op, const char *row)
{
    if (body->of->deleted == NULL) {
        add_record(body, op, row, "            ");
        return;
    }
    buf_add_str(body->sql, "            IF ");
    add_live(body, row);
    buf_add_str(body->sql, " THEN\n");
    add_record(body, op, row, "                ");
    buf_add_str(body->sql, "            END IF;\n");
}

static void add_moved(const struct body *body)
{
    add_record_if_live(body, 'D', "OLD");
    for (size_t i = 0; i < body->of->dependent_count; i++)
        add_reconcile(body, body->of->dependents[i], "            ");
    add_record_if_live(body, 'I', "NEW");
    for (size_t i = 0; i < body->of->dependent_count; i++)
        add_reconcile(body, body->of->dependents[i], "            ");
}

static bool is_listable(const struct body *body, const struct field *field)
{
    size_t bytes = 0;

    for (size_t i = 0; i < body->of->model->field_count; i++)
        bytes += body->of->model->fields[i].name.len + 1;
    return bytes <= FIELD_NAMES_MAX_BYTES && memchr(field->name.ptr, ',', field->name.len) == NULL;
}

static void add_field_name(const struct body *body, const struct field *field)
{
    buf_add_str(body->sql, ",\n                IF(");
    schema_wire_add_same(body->sql, body->of->fields[field->index]);
    buf_add_str(body->sql, ", '', CONCAT(',', ");
    schema_wire_add_literal(body->sql, field->name);
    buf_add_str(body->sql, "))");
}

/* What has changed among fields whose names a list cannot hold: any of them stands for all. */
static void add_unlistable(const struct body *body)
{
    const struct model *model = body->of->model;
    const char *before = "            IF NOT (";
    size_t count = 0;

    for (size_t i = 0; i < model->field_count; i++) {
        if (body->of->fields[i] == NULL || is_listable(body, &model->fields[i]))
            continue;
        buf_add_str(body->sql, count++ > 0 ? " AND " : before);
        schema_wire_add_same(body->sql, body->of->fields[i]);
    }
    if (count > 0)
        buf_add_str(body->sql, ") THEN\n                SET " SCHEMA_OUTBOX_FIELDS
                               " = '*';\n            END IF;\n");
}

static void add_changed_fields(const struct body *body)
{
    const struct model *model = body->of->model;

    buf_add_str(body->sql, "            SET " SCHEMA_OUTBOX_FIELDS " = SUBSTR(CONCAT(''");
    for (size_t i = 0; i < model->field_count; i++)
        if (body->of->fields[i] != NULL && is_listable(body, &model->fields[i]))
            add_field_name(body, &model->fields[i]);
    buf_add_str(body->sql, "), 2);\n");
    add_unlistable(body);
}

static void add_update(const struct body *body)
{
    struct buf *sql = body->sql;

    buf_add_str(sql, "    IF ");
    schema_outbox_add_not_own(sql, body->of->model);
    buf_add_str(sql, " THEN\n        IF NOT (");
    add_stayed(body);
    buf_add_str(sql, ") THEN\n");
    add_moved(body);
    buf_add_str(sql, "        ELSEIF ");
    add_live(body, "NEW");
    buf_add_str(sql, " THEN\n");
    add_changed_fields(body);
    buf_add_str(sql, "            IF " SCHEMA_OUTBOX_FIELDS " <> '' THEN\n");
    add_record(body, 'U', "NEW", "                ");
    buf_add_str(sql, "            END IF;\n        END IF;\n    END IF;\n");
}

void schema_capture_add_body(struct buf *sql, const struct schema_capture *capture,
                             enum schema_capture_event event)
{
    const struct body body = {sql, capture};

    add_declarations(&body, event);
    switch (event) {
    case SCHEMA_ON_INSERT:
        add_insert_or_delete(&body, 'I', "NEW");
        break;
    case SCHEMA_ON_UPDATE:
        add_update(&body);
        break;
    case SCHEMA_ON_DELETE:
        add_insert_or_delete(&body, 'D', "OLD");
        break;
    }
    buf_add_str(sql, "END");
}
