/* Looks rows up by lists of ids, round by round: db_lookup_run(). */
#include "db_lookup.h"

#include "db_query.h"
#include "db_quote.h"
#include "text_index.h"

/* IN lists come in few lengths, so that few statements serve all. */
#define LIST_MAX ((size_t)256)
/* Ids are shorter; longer texts of rows cost a second look. */
#define TEXT_BYTES ((size_t)1024)
/* Of the widest statement: a UNION of two look-ups, one of which joins. */
#define PARAMETERS(length) (2 * (3 + (length)))

struct db_lookup_list db_lookup_list_of(const struct text *ids, size_t count)
{
    size_t length = 1;

    while (length < count && length < LIST_MAX)
        length *= 4;
    return (struct db_lookup_list){ids, count < LIST_MAX ? count : LIST_MAX, length};
}

void db_lookup_add_list(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_add_char(sql, '(');
    for (size_t i = 0; i < list->length; i++) {
        buf_add_str(sql, i == 0 ? "?" : ",?");
        db_args_text(args, list->ids[i < list->count ? i : list->count - 1]);
    }
    buf_add_char(sql, ')');
}

/* The last id stands for those that the list is too short for. */
static size_t place_in(const struct db_lookup_list *list, size_t at)
{
    return at < list->count ? at : list->count - 1;
}

static void add_one_column(const struct db_lookup *lookup, const struct db_lookup_list *list,
                           const struct db_key_value *values, struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;
    struct db_key_column column = lookup->keys->columns->id[0];

    column.inexact = false; /* take_rows() looks at the bytes */
    db_quote_name(sql, column.column);
    buf_add_str(sql, " IN (");
    for (size_t i = 0; i < list->length; i++) {
        buf_add_str(sql, i == 0 ? "?" : ",?");
        db_keys_add_args(args, &column, &values[place_in(list, i)]);
    }
    buf_add_char(sql, ')');
}

static void add_columns(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        const struct db_key_value *values, struct db_args *args)
{
    const struct db_model_keys *columns = lookup->keys->columns;
    struct buf *sql = &lookup->session->sql;

    for (size_t i = 0; i < list->length; i++) {
        buf_add_str(sql, i == 0 ? "((" : ") OR (");
        for (size_t part = 0; part < columns->id_count; part++) {
            if (part > 0)
                buf_add_str(sql, " AND ");
            db_keys_add_equal(sql, "", &columns->id[part]);
            db_keys_add_args(args, &columns->id[part],
                             &values[place_in(list, i) * columns->id_count + part]);
        }
    }
    buf_add_str(sql, "))");
}

static void add_owner(const struct db_lookup *lookup, struct db_args *args)
{
    const struct db_key_column *owner = &lookup->keys->columns->owner;

    db_keys_add_equal(&lookup->session->sql, "", owner);
    db_keys_add_args(args, owner, &lookup->keys->owner);
    buf_add_str(&lookup->session->sql, " AND ");
}

static const struct db_key_value *values_of(const struct db_lookup *lookup,
                                            const struct db_lookup_list *list)
{
    const struct db_lookup_keys *keys = lookup->keys;

    return keys->values + (size_t)(list->ids - keys->ids) * keys->columns->id_count;
}

void db_lookup_add_keys(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args)
{
    add_owner(lookup, args);
    if (lookup->keys->columns->id_count == 1)
        add_one_column(lookup, list, values_of(lookup, list), args);
    else
        add_columns(lookup, list, values_of(lookup, list), args);
}

void db_lookup_add_exact_keys(const struct db_lookup *lookup, const struct db_lookup_list *list,
                              struct db_args *args)
{
    const struct db_model_keys *columns = lookup->keys->columns;

    add_owner(lookup, args);
    if (columns->id_count == 1 && !columns->id[0].inexact)
        add_one_column(lookup, list, values_of(lookup, list), args);
    else
        add_columns(lookup, list, values_of(lookup, list), args);
}

size_t db_lookup_exact_parameters(const struct db_model_keys *columns, size_t length)
{
    size_t each = 0;

    for (size_t i = 0; i < columns->id_count; i++)
        each += db_keys_parameters(&columns->id[i]);
    return db_keys_parameters(&columns->owner) + each * length;
}

/* Of the statement; of a UNION of two look-ups, where the ids are those of diffs. */
static size_t parameters_of(const struct db_lookup *lookup, size_t length)
{
    if (lookup->keys == NULL)
        return PARAMETERS(length);
    return lookup->parameters + db_lookup_exact_parameters(lookup->keys->columns, length);
}

/* The id of the row, as the wire has it. */
static struct text row_id(const struct db_lookup *lookup, const struct db_rows *rows,
                          struct arena *arena)
{
    return lookup->keys == NULL ? db_rows_text(rows, 0, arena)
                                : db_keys_wire_id(lookup->keys->columns, rows, arena);
}

static enum rc take_rows(const struct db_lookup *lookup, const struct db_lookup_list *list,
                         size_t first, struct db_rows *rows, struct fail *fail)
{
    struct arena *scratch = &lookup->session->scratch;
    struct text_index index = text_index_of(list->ids, list->count, scratch);
    bool more;
    enum rc rc;

    while ((rc = db_rows_next(rows, &more, fail)) == RC_OK && more) {
        struct text id = row_id(lookup, rows, scratch);

        for (size_t at = text_index_find(&index, id); at != TEXT_INDEX_NONE;
             at = text_index_next(&index, at))
            lookup->found(lookup, first + at, rows);
    }
    return rc;
}

static enum rc run_round(const struct db_lookup *lookup, const struct db_lookup_list *list,
                         size_t first, struct fail *fail)
{
    struct db_query query =
        db_query_made(lookup->session, parameters_of(lookup, list->length), lookup->what);
    const struct db_columns columns = {lookup->kinds, lookup->column_count, TEXT_BYTES};
    struct db_rows rows;
    enum rc rc;

    lookup->build(lookup, list, &query.args);
    rc = db_query_open(&query, columns, &rows, fail);
    if (rc == RC_OK)
        rc = take_rows(lookup, list, first, &rows, fail);
    db_rows_close(&rows);
    return rc;
}

enum rc db_lookup_run(const struct db_lookup *lookup, const struct text *ids, size_t count,
                      struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t first = 0; first < count && rc == RC_OK; first += LIST_MAX) {
        const struct db_lookup_list list = db_lookup_list_of(ids + first, count - first);

        rc = run_round(lookup, &list, first, fail);
    }
    return rc;
}
