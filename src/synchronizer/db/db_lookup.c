/* Looks rows up by lists of ids, round by round: db_lookup_run(). */
#include "db_lookup.h"

#include "db_query.h"
#include "db_quote.h"
#include "object_id.h"
#include "text_index.h"

/* IN lists come in few lengths, so that few statements serve all. */
#define LIST_MAX ((size_t)256)
/* Ids are shorter; longer texts of rows cost a second look. */
#define TEXT_BYTES ((size_t)1024)
/* Of an id's parts, escaped; a row whose id is longer is nobody's. */
#define JOINED_MAX_BYTES ((size_t)64 * 1024)
/* Parameters beside the list's, of the widest statement: a UNION of two look-ups. */
#define PARAMETERS(length) (2 * (2 + (length)))

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

void db_lookup_add_keys(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args)
{
    const struct db_lookup_keys *keys = lookup->keys;
    const struct db_key_value *values =
        keys->values + (size_t)(list->ids - keys->ids) * keys->columns->id_count;

    db_keys_add_equal(&lookup->session->sql, "", &keys->columns->owner);
    db_keys_add_args(args, &keys->columns->owner, &keys->owner);
    buf_add_str(&lookup->session->sql, " AND ");
    if (keys->columns->id_count == 1)
        add_one_column(lookup, list, values, args);
    else
        add_columns(lookup, list, values, args);
}

/* Of the statement; of a UNION of two look-ups, where the ids are those of diffs. */
static size_t parameters_of(const struct db_lookup *lookup, size_t length)
{
    size_t each = 0;

    if (lookup->keys == NULL)
        return PARAMETERS(length);
    for (size_t i = 0; i < lookup->keys->columns->id_count; i++)
        each += db_keys_parameters(&lookup->keys->columns->id[i]);
    return lookup->parameters + db_keys_parameters(&lookup->keys->columns->owner) + each * length;
}

/* The id of the row, as the wire has it. */
static struct text row_id(const struct db_lookup *lookup, const struct db_rows *rows,
                          struct arena *arena)
{
    const struct db_model_keys *columns;
    struct text parts[MODEL_ID_PARTS_MAX];
    struct buf joined;
    struct text id;

    if (lookup->keys == NULL)
        return db_rows_text(rows, 0, arena);
    columns = lookup->keys->columns;
    for (size_t i = 0; i < columns->id_count; i++)
        parts[i] = db_keys_wire(db_keys_told(&columns->id[i]), rows, i, arena);
    if (columns->id_count == 1)
        return parts[0];
    buf_init(&joined, JOINED_MAX_BYTES);
    object_id_join(&joined, parts, columns->id_count);
    id = arena_text(arena, buf_text(&joined));
    buf_release(&joined);
    return id;
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
