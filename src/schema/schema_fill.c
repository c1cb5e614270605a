/* Checks default, on_update and delete against the table: schema_fill_check(). */
#include "schema_fill.h"

#include "column.h"

/* Columns by what they hold, as far as filling them goes. */
enum holds { HOLDS_TIME, HOLDS_NUMBER, HOLDS_TEXT, HOLDS_MEMBER, HOLDS_OTHER };

static enum holds holds_what(const struct column *column)
{
    static const enum holds HOLDS[COLUMN_TYPES] = {
        [COLUMN_UNKNOWN] = HOLDS_OTHER,  [COLUMN_TEXT] = HOLDS_TEXT,
        [COLUMN_BINARY] = HOLDS_TEXT,    [COLUMN_VARBINARY] = HOLDS_TEXT,
        [COLUMN_INTEGER] = HOLDS_NUMBER, [COLUMN_YEAR] = HOLDS_TIME,
        [COLUMN_BIT] = HOLDS_NUMBER,     [COLUMN_FLOAT] = HOLDS_NUMBER,
        [COLUMN_DOUBLE] = HOLDS_NUMBER,  [COLUMN_DECIMAL] = HOLDS_NUMBER,
        [COLUMN_DATE] = HOLDS_TIME,      [COLUMN_DATETIME] = HOLDS_TIME,
        [COLUMN_TIMESTAMP] = HOLDS_TIME, [COLUMN_TIME] = HOLDS_TIME,
        [COLUMN_ENUM] = HOLDS_MEMBER,    [COLUMN_SET] = HOLDS_OTHER,
        [COLUMN_UUID] = HOLDS_OTHER,
    };

    return HOLDS[column->type];
}

/* One column that the config fills, and where it says so. */
struct filled {
    struct schema_session *session;
    const struct model *model;
    const struct catalog_column *catalog;
    struct column column;
    const char *where; /* `table`.`column` */
    unsigned config_line;
};

static bool is_number(struct text text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-', digits = 0;

    if (text_is(text, "true") || text_is(text, "false"))
        return true;
    for (; at < text.len; at++) {
        if (text.ptr[at] >= '0' && text.ptr[at] <= '9')
            digits++;
        else if (text.ptr[at] != '.')
            return false;
    }
    return digits > 0;
}

static bool is_member(const struct column *column, struct text text)
{
    for (size_t i = 0; i < column->member_count; i++)
        if (text_equal_nocase(column->members[i], text))
            return true;
    return false;
}

#define SECONDS_BITS      32u
#define MILLISECONDS_BITS 64u

static bool holds_count(const struct column *column, unsigned bits)
{
    return holds_what(column) == HOLDS_NUMBER &&
           (column->type != COLUMN_INTEGER || column->bits >= bits);
}

/* Why the column cannot take the value; NULL if it can. */
static const char *constant_fault(const struct filled *filled, struct text value)
{
    switch (holds_what(&filled->column)) {
    case HOLDS_NUMBER:
        return is_number(value) ? NULL : "which holds numbers: give a number";
    case HOLDS_MEMBER:
        return is_member(&filled->column, value) ? NULL : "which lacks it: give one of its members";
    case HOLDS_TEXT:
        return text_utf8_length(value) <= filled->catalog->max_characters ||
                       filled->column.type != COLUMN_TEXT
                   ? NULL
                   : "which is too short for it: give a shorter one";
    case HOLDS_TIME:
        return value.ptr[0] >= '0' && value.ptr[0] <= '9' ? NULL
                                                          : "which holds times: give now, or one";
    case HOLDS_OTHER:
        break;
    }
    return NULL;
}

static const char *value_fault(const struct filled *filled, struct text value)
{
    switch (fill_kind(value)) {
    case FILL_NOW:
        return holds_what(&filled->column) == HOLDS_TIME
                   ? NULL
                   : "which holds no times: give now_s or now_ms for an integer, or a constant";
    case FILL_NOW_S:
        return holds_count(&filled->column, SECONDS_BITS)
                   ? NULL
                   : "which cannot count seconds: give now for a time, or map an INT";
    case FILL_NOW_MS:
        return holds_count(&filled->column, MILLISECONDS_BITS)
                   ? NULL
                   : "which cannot count milliseconds: give now for a time, or map a BIGINT";
    case FILL_EMPTY:
        return holds_what(&filled->column) == HOLDS_TEXT
                   ? NULL
                   : "which holds no texts: give a constant of its type";
    case FILL_CONSTANT:
        return constant_fault(filled, value);
    case FILL_NOTHING:
        break;
    }
    return NULL;
}

static void check_value(const struct filled *filled, const char *key, struct text value)
{
    const char *fault = value_fault(filled, value);

    if (fault != NULL)
        schema_session_fault(filled->session, filled->config_line,
                             "%s of column %s is '%.*s', but the column is %s, %s", key,
                             filled->where, TEXT_ARG(value), filled->catalog->column_type.ptr,
                             fault);
}

/* False, and a fault, if the column is not there, or nobody can set it. */
static bool find_filled(struct schema_session *session, const struct model *model,
                        const struct catalog_table *table, struct text column,
                        struct filled *filled_out)
{
    const struct catalog_column *catalog = catalog_column(table, column);
    const char *name = schema_session_quote_column(session, model->table, column);

    if (catalog == NULL) {
        schema_session_fault(
            session, model->config_line,
            "column %s does not exist: run `mobync schema --apply`, or correct its "
            "name",
            name);
        return false;
    }
    if (catalog->generated || catalog->auto_increment) {
        schema_session_fault(session, model->config_line,
                             "column %s is %s, which the database itself fills: remove it", name,
                             catalog->generated ? "generated" : "AUTO_INCREMENT");
        return false;
    }
    *filled_out = (struct filled){
        .session = session,
        .model = model,
        .catalog = catalog,
        .column = column_parse(catalog->column_type, &session->arena),
        .where = name,
        .config_line = model->config_line,
    };
    return true;
}

static void check_fill(const struct filled *filled, const struct fill *fill)
{
    check_value(filled, "default", fill->on_create);
    check_value(filled, "on_update", fill->on_update);
}

static bool is_time(struct text value)
{
    const enum fill_kind kind = fill_kind(value);

    return kind == FILL_NOW || kind == FILL_NOW_S || kind == FILL_NOW_MS;
}

/* Whatever INSERTs of others leave out. */
static void check_live(const struct filled *filled)
{
    const struct text live = filled->model->live_value;

    check_value(filled, "delete.live", live);
    if (filled->catalog->nullable && !filled->catalog->default_value)
        schema_session_warn(filled->session, filled->config_line,
                            "column %s is NULL by default, not '%.*s' as delete.live says, so rows "
                            "that are inserted without it count as deleted: give it that default",
                            filled->where, TEXT_ARG(live));
}

/* A row that is not deleted has what the config says, or what an INSERT gives it that does not know
 * of the column. */
static void check_deleted(const struct filled *filled)
{
    const struct catalog_column *column = filled->catalog;
    const struct text value = filled->model->deleted_value;

    check_value(filled, "delete.set", value);
    if (filled->model->live_value.len > 0) {
        check_live(filled);
        return;
    }
    if (is_time(value) && (!column->nullable || column->default_value))
        schema_session_fault(
            filled->session, filled->config_line,
            "column %s is the time of a delete, but %s, so that no row is told from a deleted one: "
            "make it NULL by default, or say in delete.live what a live row has",
            filled->where, column->nullable ? "has a default" : "is NOT NULL");
    else if (!column->has_default)
        schema_session_fault(filled->session, filled->config_line,
                             "column %s says whether a row is deleted, but has no default, which "
                             "rows have that are not: give it one",
                             filled->where);
}

void schema_fill_check(struct schema_session *session, const struct model *model,
                       const struct catalog_table *table)
{
    struct filled filled;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];

        if ((field->fill.on_create.len > 0 || field->fill.on_update.len > 0) &&
            catalog_column(table, field->column) != NULL &&
            find_filled(session, model, table, field->column, &filled)) {
            filled.config_line = field->config_line;
            check_fill(&filled, &field->fill);
        }
    }
    for (size_t i = 0; i < model->filled_count; i++)
        if (find_filled(session, model, table, model->filled[i].column, &filled))
            check_fill(&filled, &model->filled[i].fill);
    if (model_deletes_softly(model) &&
        find_filled(session, model, table, model->deleted_column, &filled))
        check_deleted(&filled);
}

bool schema_fill_has(const struct model *model, struct text column)
{
    for (size_t i = 0; i < model->filled_count; i++)
        if (model->filled[i].fill.on_create.len > 0 &&
            text_equal_nocase(model->filled[i].column, column))
            return true;
    return model_deletes_softly(model) && text_equal_nocase(model->deleted_column, column);
}
