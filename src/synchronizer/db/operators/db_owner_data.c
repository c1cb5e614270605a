/* What the database keeps of an owner, whatever the tables' columns are: counted, read, deleted.
 * Columns come as texts that the server makes, so no type of theirs is unknown here. */
#include "db_owner_data.h"

#include <assert.h>
#include <mysql.h>

#include "db_owners.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_tables.h"

#define TEXT_BYTES ((size_t)1024)
/* Owner, and a limit. */
#define PARAMETERS ((size_t)3)

/* Children before parents, as far as there is an order. */
static void sort_models(const struct synchronizer *s, struct owner_table_list *tables)
{
    for (size_t i = 1; i < tables->count; i++) {
        const struct owner_table moved = tables->items[i];
        const unsigned rank = s->model_ranks[moved.model->index];
        size_t at = i;

        for (; at > 0 && s->model_ranks[tables->items[at - 1].model->index] < rank; at--)
            tables->items[at] = tables->items[at - 1];
        tables->items[at] = moved;
    }
}

static void add_table(struct owner_table_list *tables, struct text name, const struct model *model)
{
    if (name.len > 0)
        tables->items[tables->count++] = (struct owner_table){name, model};
}

/* Two models may share a table, with columns of its owners that differ: so each is one here. */
static enum rc tables(struct synchronizer *base, struct arena *arena,
                      struct owner_table_list *tables_out, struct fail *fail)
{
    const struct mapping *mapping = base->mapping;
    const struct db_settings *settings = db_session_of(base)->link.settings;
    enum rc rc = base->ops->ping(base, fail);

    *tables_out = (struct owner_table_list){
        .items = ARENA_ARRAY(arena, mapping->model_count + DB_TABLES, struct owner_table),
    };
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < mapping->model_count; i++)
        add_table(tables_out, mapping->models[i].table, &mapping->models[i]);
    sort_models(base, tables_out);
    add_table(tables_out, settings->diffs_table, NULL);
    add_table(tables_out, TEXT_LITERAL(DB_KNOWN_TABLE), NULL);
    add_table(tables_out, TEXT_LITERAL(DB_REJECTS_TABLE), NULL);
    add_table(tables_out, TEXT_LITERAL(DB_FORKS_TABLE), NULL);
    add_table(tables_out, TEXT_LITERAL(DB_CHANGES_TABLE), NULL);
    add_table(tables_out, TEXT_LITERAL(DB_SUMMARIES_TABLE), NULL);
    add_table(tables_out, settings->moves_table, NULL);
    add_table(tables_out, settings->tokens_table, NULL);
    add_table(tables_out, TEXT_LITERAL(DB_OWNERS_TABLE), NULL);
    return RC_OK;
}

static const struct db_key_column OWN_OWNER = {
    .column = {"owner", sizeof("owner") - 1},
    .type = KEY_STRING,
    .kind = DB_CELL_TEXT,
};

/* "`owner` = ?", which stands last. */
static void add_owner(struct db_query *query, const struct owner_table *table, struct text owner)
{
    struct db_session *s = query->session;
    const struct db_key_column *column =
        table->model == NULL ? &OWN_OWNER : &db_keys_of(&s->keys, table->model)->owner;
    const struct db_key_value value = db_keys_value(column, owner, query->args.arena);

    db_keys_add_equal(&s->sql, "", column);
    db_keys_add_args(&query->args, column, &value);
}

void db_owner_data_where(struct db_query *query, const struct owner_table *table, struct text owner)
{
    db_quote_name(&query->session->sql, table->name);
    buf_add_str(&query->session->sql, " WHERE ");
    add_owner(query, table, owner);
}

static enum rc count(struct synchronizer *base, struct text owner, const struct owner_table *table,
                     int64_t *count_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_query query = db_query_made(s, PARAMETERS, "count an owner's rows");

    buf_add_str(&s->sql, "SELECT COUNT(*) FROM ");
    db_owner_data_where(&query, table, owner);
    return db_query_integer(&query, count_out, fail);
}

/* How the server writes a column as a text. */
struct form {
    const char *before;
    const char *behind;
    enum owner_cell_kind kind;
};

static struct form form_of(struct text type)
{
    static const struct {
        const char *type;
        struct form form;
    } FORMS[] = {
        {"bit", {"CONCAT(", " + 0)", OWNER_CELL_NUMBER}},
        {"tinyint", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"smallint", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"mediumint", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"int", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"bigint", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"float", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"double", {"CONCAT(", ")", OWNER_CELL_NUMBER}},
        {"binary", {"HEX(", ")", OWNER_CELL_HEX}},
        {"varbinary", {"HEX(", ")", OWNER_CELL_HEX}},
        {"tinyblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"blob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"mediumblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"longblob", {"HEX(", ")", OWNER_CELL_HEX}},
        {"geometry", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"point", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"linestring", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"polygon", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"multipoint", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"multilinestring", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"multipolygon", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"geometrycollection", {"ST_AsText(", ")", OWNER_CELL_TEXT}},
        {"geomcollection", {"ST_AsText(", ")", OWNER_CELL_TEXT}}, /* MySQL's name of it */
    };

    for (size_t i = 0; i < ARRAY_LEN(FORMS); i++)
        if (text_equal_nocase(type, text_of(FORMS[i].type)))
            return FORMS[i].form;
    return (struct form){"CONCAT(", ")", OWNER_CELL_TEXT};
}

/* What a token is checked by tells nothing of its owner. */
static bool is_secret(const struct owner_table *table, struct text tokens_table, struct text column)
{
    return table->model == NULL && text_equal(table->name, tokens_table) &&
           text_equal(column, TEXT_LITERAL("hash"));
}

/* The columns of one table, and its row that is being read. */
struct reading {
    const struct owner_table *table;
    struct owner_cell *cells;
    enum owner_cell_kind *forms; /* of values that are not NULL */
    enum db_cell_kind *kinds;
    size_t count;
    struct arena row;
    owner_take_row *take;
    void *context;
};

static enum rc read_columns(struct db_session *s, const struct owner_table *table,
                            struct arena *arena, struct db_result *columns_out, struct fail *fail)
{
    struct buf *sql = db_session_sql(s);

    buf_add_str(sql, "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS "
                     "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ");
    db_quote_value(&s->link, sql, table->name);
    buf_add_str(sql, " ORDER BY ORDINAL_POSITION");
    return db_result_read(&s->link, buf_text(sql), "read a table's columns", arena, columns_out,
                          fail);
}

static void add_columns(struct db_session *s, const struct db_result *columns,
                        struct reading *reading, struct arena *arena)
{
    reading->cells = ARENA_ARRAY(arena, columns->rows, struct owner_cell);
    reading->forms = ARENA_ARRAY(arena, columns->rows, enum owner_cell_kind);
    reading->kinds = ARENA_ARRAY(arena, columns->rows, enum db_cell_kind);
    for (size_t i = 0; i < columns->rows; i++) {
        const struct text name = db_result_text(columns, i, 0);
        const struct form form = form_of(db_result_text(columns, i, 1));

        if (is_secret(reading->table, s->link.settings->tokens_table, name))
            continue;
        buf_printf(&s->sql, "%s%s", reading->count == 0 ? "" : ", ", form.before);
        db_quote_name(&s->sql, name);
        buf_add_str(&s->sql, form.behind);
        reading->kinds[reading->count] = DB_CELL_TEXT;
        reading->forms[reading->count] = form.kind;
        reading->cells[reading->count++].column = name;
    }
}

static enum rc take_row(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct reading *reading = context;
    const struct owner_row row = {reading->table, reading->cells, reading->count};

    arena_clear(&reading->row);
    for (size_t i = 0; i < reading->count; i++) {
        struct owner_cell *cell = &reading->cells[i];

        cell->kind = db_rows_is_null(rows, i) ? OWNER_CELL_NULL : reading->forms[i];
        cell->value = db_rows_text(rows, i, &reading->row);
    }
    return reading->take(reading->context, &row, fail);
}

static enum rc read_rows(struct db_session *s, struct text owner, const struct db_result *columns,
                         struct reading *reading, struct arena *arena, struct fail *fail)
{
    struct db_query query = db_query_made(s, PARAMETERS, "read an owner's rows");

    buf_add_str(&s->sql, "SELECT ");
    add_columns(s, columns, reading, arena);
    buf_add_str(&s->sql, " FROM ");
    db_owner_data_where(&query, reading->table, owner);
    return db_query_each(&query, (struct db_columns){reading->kinds, reading->count, TEXT_BYTES},
                         take_row, reading, fail);
}

static enum rc read(struct synchronizer *base, struct text owner, const struct owner_table *table,
                    owner_take_row *take, void *context, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct reading reading = {.table = table, .take = take, .context = context};
    struct db_result columns = {.rows = 0};
    struct arena arena;
    enum rc rc;

    assert(s->in_snapshot);
    arena_init(&arena);
    arena_init(&reading.row);
    rc = read_columns(s, table, &arena, &columns, fail);
    if (rc == RC_OK && columns.rows == 0)
        rc = fail_fatal(fail, "table %.*s is not there", TEXT_ARG(table->name));
    if (rc == RC_OK)
        rc = read_rows(s, owner, &columns, &reading, &arena, fail);
    arena_release(&reading.row);
    arena_release(&arena);
    return rc;
}

struct forget_context {
    struct text owner;
    const struct owner_table *table;
    size_t max;
    size_t changed;
};

/* Syncs of the owner, if any come still, wait meanwhile. */
static enum rc lock_owner(struct db_session *s, struct text owner, struct fail *fail)
{
    struct owner_state state;
    bool there;

    return db_owners_drain(s, owner, &state, &there, fail);
}

static enum rc run_change(struct db_query *query, struct forget_context *forget, struct fail *fail)
{
    struct db_session *s = query->session;
    enum rc rc;

    buf_add_str(&s->sql, " LIMIT ?");
    db_args_integer(&query->args, (int64_t)(forget->max - forget->changed));
    s->link.customers_code = forget->table->model != NULL;
    rc = db_query_run(query, fail);
    s->link.customers_code = false;
    if (rc == RC_OK)
        forget->changed += (size_t)mysql_stmt_affected_rows(query->stmt);
    return rc;
}

/* Rows of the model that refer to each other, or to rows of a model that refers to them, have no
 * order in which they could go. */
static enum rc cut_ties(struct db_session *s, struct forget_context *forget, struct fail *fail)
{
    const struct model *model = forget->table->model;
    const struct relations *relations = &s->base.relations;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < relations->count && forget->changed < forget->max; i++) {
        const struct relation *relation = &relations->items[i];
        struct db_query query;

        if (relation->child != model || relation->field == NULL || relation->field->required ||
            s->base.model_ranks[relation->parent->index] < s->base.model_ranks[model->index])
            continue;
        query = db_query_made(s, PARAMETERS, "let go of an owner's rows");
        buf_add_str(&s->sql, "UPDATE ");
        db_quote_name(&s->sql, model->table);
        buf_add_str(&s->sql, " SET ");
        db_quote_name(&s->sql, relation->field->column);
        buf_add_str(&s->sql, " = NULL WHERE ");
        db_quote_name(&s->sql, relation->field->column);
        buf_add_str(&s->sql, " IS NOT NULL AND ");
        add_owner(&query, forget->table, forget->owner);
        rc = run_change(&query, forget, fail);
    }
    return rc;
}

static enum rc delete_rows(struct db_session *s, struct forget_context *forget, struct fail *fail)
{
    struct db_query query = db_query_made(s, PARAMETERS, "forget an owner's rows");

    buf_add_str(&s->sql, "DELETE FROM ");
    db_owner_data_where(&query, forget->table, forget->owner);
    return run_change(&query, forget, fail);
}

static enum rc try_forget(struct db_session *s, void *context, struct fail *fail)
{
    struct forget_context *forget = context;
    enum rc rc = db_session_transact(s, fail);

    forget->changed = 0;
    if (rc == RC_OK)
        rc = lock_owner(s, forget->owner, fail);
    if (rc == RC_OK && forget->table->model != NULL)
        rc = db_session_own(s, forget->table->model, fail);
    if (rc == RC_OK && forget->table->model != NULL)
        rc = cut_ties(s, forget, fail);
    if (rc == RC_OK && forget->changed < forget->max)
        rc = delete_rows(s, forget, fail);
    return rc;
}

static enum rc forget(struct synchronizer *base, struct text owner, const struct owner_table *table,
                      size_t max, size_t *forgotten_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct forget_context context = {.owner = owner, .table = table, .max = max};
    enum rc rc;

    assert(!s->link.in_transaction && max > 0);
    rc = db_session_first(s, try_forget, &context, fail);
    if (rc == RC_OK)
        rc = db_session_commit(s, fail);
    if (rc != RC_OK)
        db_session_rollback(s);
    *forgotten_out = rc == RC_OK ? context.changed : 0;
    return rc;
}

const struct owner_data_ops DB_OWNER_DATA_OPS = {
    .tables = tables,
    .count = count,
    .read = read,
    .forget = forget,
};
