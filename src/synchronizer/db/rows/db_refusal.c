/* Names the field that a refusal is about, from the server's message: db_refusal_explain(). */
#include "db_refusal.h"

#include <mysql.h>
#include <mysqld_error.h>

#include "db_quote.h"

#define HINT_MAX_BYTES ((size_t)8 * 1024)

/* Where the server's messages name columns. Tried in order, at their last place in the message:
 * what comes before may hold the client's own text. */
static const struct {
    const char *before;
    const char *after;
} COLUMN_MARKS[] = {
    {" for column ", " at row"},
    {"Column ", " cannot be null"},
    {"Field ", " doesn't have a default value"},
    {"FOREIGN KEY (", ")"},
    {"CONSTRAINT ", " failed for"},
};

static const char *last_place(const char *message, const char *mark)
{
    const char *last = NULL;

    for (const char *at = strstr(message, mark); at != NULL; at = strstr(at + 1, mark))
        last = at;
    return last;
}

/* The part of the message that names columns; empty if there is none. */
static struct text column_part(const char *message)
{
    for (size_t i = 0; i < ARRAY_LEN(COLUMN_MARKS); i++) {
        const char *start = last_place(message, COLUMN_MARKS[i].before);
        const char *end = start == NULL ? NULL : strstr(start, COLUMN_MARKS[i].after);

        if (end != NULL) {
            start += strlen(COLUMN_MARKS[i].before);
            return (struct text){start, (size_t)(end - start)};
        }
    }
    return TEXT_LITERAL("");
}

static bool is_name_end(char c)
{
    return c == '`' || c == '\'' || c == '.';
}

/* Does the part hold the name between quotes, or behind a table's name and a dot? */
static bool names_column(struct text part, struct text name)
{
    for (size_t at = 1; at + name.len < part.len; at++)
        if (is_name_end(part.ptr[at - 1]) && is_name_end(part.ptr[at + name.len]) &&
            memcmp(part.ptr + at, name.ptr, name.len) == 0)
            return true;
    return false;
}

/* What the table says of the owner it says of every diff: the request fails, and nothing is taken
 * back from the device (docs/rejected-writes.md). */
static void blame_owner(unsigned number, struct fail *fail)
{
    const struct fail refused = *fail;
    const bool missing = number == ER_NO_REFERENCED_ROW_2 || number == ER_NO_REFERENCED_ROW;

    fail_reject(fail, refused.code, "%s",
                missing ? "the application does not know this owner yet: send the same request "
                          "again later"
                        : "the owner does not fit the table's owner column");
    fail_detail(fail, "%s", refused.detail);
    fail->of_request = true;
}

static bool names_id(struct text part, const struct model *model)
{
    for (size_t i = 0; i < model_id_count(model); i++)
        if (names_column(part, model_id_part(model, i).column))
            return true;
    return false;
}

static void name_field(const struct model *model, unsigned number, struct text part,
                       struct fail *fail)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (names_column(part, model->fields[i].column)) {
            fail_at_field(fail, model->fields[i].name);
            return;
        }
    if (names_id(part, model)) {
        if (model_id_count(model) > 1)
            fail_at_field(fail, TEXT_LITERAL("id"));
    } else if (names_column(part, model->owner_column)) {
        blame_owner(number, fail);
    }
}

/* What a message leaves out, the catalog tells: MySQL names the constraint of a check, and no
 * column of a parameter's; without a privilege on the parent, no server names the foreign key. Each
 * row is a constraint or a column that it may have been: the columns, in backticks. */
static const struct {
    unsigned number;
    const char *select; /* … and the table's name follows … */
    const char *among; /* … and the server's message, where it tells one from others; else NULL */
    const char *end;
} HINTS[] = {
    {ER_NO_REFERENCED_ROW,
     "SELECT GROUP_CONCAT('`', COLUMN_NAME, '`') FROM information_schema.KEY_COLUMN_USAGE WHERE "
     "TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_NAME = ",
     NULL, " GROUP BY CONSTRAINT_NAME"},
    {DB_CHECK_VIOLATED,
     "SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c JOIN "
     "information_schema.TABLE_CONSTRAINTS t USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME) WHERE "
     "CONSTRAINT_SCHEMA = DATABASE() AND t.TABLE_NAME = ",
     " AND LOCATE(CONCAT('''', CONSTRAINT_NAME, ''''), ", ")"},
    {DB_CHARSET_PARAMETER,
     "SELECT CONCAT('`', COLUMN_NAME, '`') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
     "DATABASE() AND CHARACTER_SET_NAME <> 'utf8mb4' AND TABLE_NAME = ",
     " AND LOCATE(CONCAT('into ', COLLATION_NAME, ' '), ", ")"},
};

static enum rc read_hint(struct db_session *s, const struct model *model, size_t hint,
                         const char *message, struct arena *arena, struct text *part_out,
                         struct fail *fail)
{
    struct db_result rows = {.rows = 0};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, HINT_MAX_BYTES);
    buf_add_str(&sql, HINTS[hint].select);
    db_quote_value(&s->link, &sql, model->table);
    if (HINTS[hint].among != NULL) {
        buf_add_str(&sql, HINTS[hint].among);
        db_quote_value(&s->link, &sql, text_of(message));
    }
    buf_add_str(&sql, HINTS[hint].end);
    rc = db_result_read(&s->link, buf_text(&sql), "asking what was refused", arena, &rows, fail);
    buf_release(&sql);
    if (rc == RC_OK && rows.rows == 1)
        *part_out = db_result_text(&rows, 0, 0);
    return rc;
}

static size_t count_fields(const struct model *model, struct text part)
{
    size_t count = 0;

    for (size_t i = 0; i < model->field_count; i++)
        count += names_column(part, model->fields[i].column);
    return count;
}

/* Of several that it may have been, none is named. */
static enum rc name_by_catalog(struct db_session *s, const struct model *model, unsigned number,
                               const char *message, struct fail *fail)
{
    const struct fail refused = *fail;
    struct text part = TEXT_LITERAL("");
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena);
    for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(HINTS); i++)
        if (HINTS[i].number == number)
            rc = read_hint(s, model, i, message, &arena, &part, fail);
    if (rc == RC_OK) {
        *fail = refused;
        if (count_fields(model, part) <= 1)
            name_field(model, number, part, fail);
        rc = RC_REJECTED;
    }
    arena_release(&arena);
    return rc;
}

static enum rc read_unique_keys(struct db_session *s, struct fail *fail)
{
    static const char SELECT[] = "SELECT table_name, index_name, column_name "
                                 "FROM information_schema.statistics "
                                 "WHERE table_schema = DATABASE() AND non_unique = 0";
    struct db_unique_keys *keys = &s->unique_keys;
    enum rc rc;

    if (keys->generation == s->link.generation)
        return RC_OK;
    keys->generation = 0;
    arena_clear(&keys->arena);
    rc = db_result_read(&s->link, text_of(SELECT), SELECT, &keys->arena, &keys->result, fail);
    if (rc == RC_OK)
        keys->generation = s->link.generation;
    return rc;
}

/* What the columns of a unique key are to the model. */
struct key_columns {
    size_t id_columns;
    bool has_other; /* beside those of id and owner */
    const struct field *field;
};

static void take_column(const struct model *model, struct text column, struct key_columns *key)
{
    if (model_id_has_column(model, column)) {
        key->id_columns++;
        return;
    }
    if (text_equal_nocase(column, model->owner_column))
        return;
    key->has_other = true;
    for (size_t i = 0; i < model->field_count; i++)
        if (text_equal_nocase(column, model->fields[i].column))
            key->field = &model->fields[i];
}

static struct key_columns key_columns_of(const struct db_session *s, const struct model *model,
                                         struct text name)
{
    const struct db_result *keys = &s->unique_keys.result;
    struct key_columns key = {0};

    for (size_t row = 0; row < keys->rows; row++)
        if (text_equal_nocase(db_result_text(keys, row, 0), model->table) &&
            text_equal_nocase(db_result_text(keys, row, 1), name))
            take_column(model, db_result_text(keys, row, 2), &key);
    return key;
}

/* "Duplicate entry '…' for key 'NAME'"; MySQL puts the table and a dot before the name. */
static struct text key_name(const struct model *model, const char *message)
{
    static const char MARK[] = " for key '";
    const char *start = last_place(message, MARK);
    const char *end = start == NULL ? NULL : strrchr(start, '\'');
    struct text name;

    if (start == NULL || end < start + sizeof(MARK) - 1)
        return TEXT_LITERAL("");
    start += sizeof(MARK) - 1;
    name = (struct text){start, (size_t)(end - start)};
    if (name.len > model->table.len && name.ptr[model->table.len] == '.' &&
        memcmp(name.ptr, model->table.ptr, model->table.len) == 0) {
        name.ptr += model->table.len + 1;
        name.len -= model->table.len + 1;
    }
    return name;
}

/* Devices do not see the row that is in the way. */
static void hint_at_deleted(struct fail *fail)
{
    const struct fail refused = *fail;

    fail_reject(fail, refused.code,
                "another row has this value already, perhaps one that is deleted and keeps it");
    fail_detail(fail, "%s", refused.detail);
    fail->clash = refused.clash;
}

/* When a node of a cluster has aborted a transaction, the next one may meet rows of the first that
 * are on their way out. */
static bool take_doubt(struct db_session *s)
{
    const bool doubt = s->link.cluster && s->base.doubts_duplicates;

    if (doubt)
        s->base.doubts_duplicates = false;
    return doubt;
}

static enum rc explain_duplicate(struct db_session *s, const struct model *model,
                                 const char *message, struct fail *fail)
{
    struct key_columns key;
    struct fail refused = *fail;
    enum rc rc;

    if (take_doubt(s))
        return fail_busy(fail, RC_RETRY, "%s", refused.detail);
    rc = read_unique_keys(s, fail);
    if (rc != RC_OK)
        return rc;
    *fail = refused;
    key = key_columns_of(s, model, key_name(model, message));
    if (key.id_columns == model_id_count(model) && !key.has_other) {
        fail_reject(fail, FAIL_OBJECT_EXISTS, "the id is taken by another object");
        fail_detail(fail, "%s", refused.detail);
        fail->clash = refused.clash;
        return RC_REJECTED;
    }
    if (model_deletes_softly(model))
        hint_at_deleted(fail);
    if (key.field != NULL)
        fail_at_field(fail, key.field->name);
    return RC_REJECTED;
}

enum rc db_refusal_explain(struct db_session *s, const struct model *model, MYSQL_STMT *stmt,
                           struct fail *fail)
{
    const struct text part = column_part(mysql_stmt_error(stmt));

    switch (mysql_stmt_errno(stmt)) {
    case ER_DUP_ENTRY:
        return explain_duplicate(s, model, mysql_stmt_error(stmt), fail);
    case 0: /* it was a note */
        name_field(model, 0, column_part(fail->detail), fail);
        return RC_REJECTED;
    case ER_SIGNAL_EXCEPTION: /* the customer's own words */
    case ER_SIGNAL_NOT_FOUND:
    case ER_ROW_IS_REFERENCED: /* names the column of another table */
    case ER_ROW_IS_REFERENCED_2:
        return RC_REJECTED;
    case ER_NO_REFERENCED_ROW:
    case DB_CHECK_VIOLATED:
    case DB_CHARSET_PARAMETER:
        return name_by_catalog(s, model, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), fail);
    default:
        name_field(model, mysql_stmt_errno(stmt), part, fail);
        return RC_REJECTED;
    }
}
