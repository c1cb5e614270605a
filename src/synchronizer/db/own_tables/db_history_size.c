/* Asks information_schema, and no table of ours: db_history_size_measure(). */
#include "db_history_size.h"

#include <assert.h>

#include "db_query.h"

static enum rc take_size(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct history_size *size = context;

    (void)fail;
    *size = (struct history_size){
        .diffs = db_rows_integer(rows, 0),
        .summaries = db_rows_integer(rows, 1),
        .bytes = db_rows_integer(rows, 2),
    };
    return RC_OK;
}

static enum rc try_measure(struct db_session *s, void *context, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER};
    const struct text table = s->link.settings->diffs_table;
    enum rc rc = db_session_open(s, fail);
    struct db_query query = db_query_fixed(s, STATEMENT_MEASURE_HISTORY, "measure the history");

    db_args_text(&query.args, table);
    db_args_text(&query.args, table);
    return rc == RC_OK ? db_query_each(&query, DB_COLUMNS(KINDS, 0), take_size, context, fail) : rc;
}

enum rc db_history_size_measure(struct synchronizer *base, struct history_size *size_out,
                                struct fail *fail)
{
    struct db_session *s = db_session_of(base);

    assert(!s->link.in_transaction);
    *size_out = (struct history_size){0};
    return db_session_first(s, try_measure, size_out, fail);
}
