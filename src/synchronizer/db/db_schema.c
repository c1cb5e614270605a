/* Looks the mapped tables up in information_schema: db_schema_read(). */
#include "db_schema.h"

#include "db_quote.h"

#define SQL_MAX_BYTES ((size_t)4096)

enum rc db_schema_select(struct db_link *link, const char *select, struct text table,
                         struct arena *arena, struct db_result *result_out, struct fail *fail)
{
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_MAX_BYTES);
    buf_add_str(&sql, select);
    db_quote_value(link, &sql, table);
    rc =
        db_result_read(link, buf_text(&sql), "read the columns of tables", arena, result_out, fail);
    buf_release(&sql);
    return rc;
}

enum rc db_schema_read(struct db_link *link, const struct mapping *mapping, struct arena *arena,
                       const struct db_result **results_out, struct fail *fail)
{
    struct db_result *results = ARENA_ARRAY(arena, mapping->model_count, struct db_result);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = db_schema_select(link,
                              "SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, COLLATION_NAME, "
                              "COLUMN_KEY = 'PRI' FROM information_schema.COLUMNS "
                              "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ",
                              mapping->models[i].table, arena, &results[i], fail);
    *results_out = results;
    return rc;
}
