/* Looks rows up by lists of ids, round by round: db_lookup_run(). */
#include "db_lookup.h"

#include "db_query.h"
#include "text_index.h"

/* IN lists come in few lengths, so that few statements serve all. */
#define LIST_MAX ((size_t)256)
/* Ids are shorter; longer texts of rows cost a second look. */
#define TEXT_BYTES ((size_t)1024)
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

static enum rc take_rows(const struct db_lookup *lookup, const struct db_lookup_list *list,
                         size_t first, struct db_rows *rows, struct fail *fail)
{
    struct arena *scratch = &lookup->session->scratch;
    struct text_index index = text_index_of(list->ids, list->count, scratch);
    bool more;
    enum rc rc;

    while ((rc = db_rows_next(rows, &more, fail)) == RC_OK && more) {
        struct text id = db_rows_text(rows, 0, scratch);

        for (size_t at = text_index_find(&index, id); at != TEXT_INDEX_NONE;
             at = text_index_next(&index, at))
            lookup->found(lookup, first + at, rows);
    }
    return rc;
}

static enum rc run_round(const struct db_lookup *lookup, const struct db_lookup_list *list,
                         size_t first, struct fail *fail)
{
    struct db_query query = db_query_made(lookup->session, PARAMETERS(list->length), lookup->what);
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
