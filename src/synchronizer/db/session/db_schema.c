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

static enum rc read_table(struct db_link *link, struct text table, struct arena *arena,
                          struct db_schema *schema_out, struct fail *fail)
{
    enum rc rc = db_schema_select(link,
                                  "SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, COLLATION_NAME, "
                                  "COLUMN_KEY = 'PRI', COALESCE(COLUMN_DEFAULT, 'NULL') <> 'NULL' "
                                  "FROM information_schema.COLUMNS "
                                  "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ",
                                  table, arena, &schema_out->columns, fail);

    return rc == RC_OK
               ? db_schema_select(link,
                                  "SELECT EVENT_MANIPULATION FROM information_schema.TRIGGERS "
                                  "WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND ACTION_TIMING = "
                                  "'BEFORE' AND TRIGGER_NAME NOT LIKE 'mobync\\_%' AND "
                                  "EVENT_OBJECT_TABLE = ",
                                  table, arena, &schema_out->triggers, fail)
               : rc;
}

enum rc db_schema_read(struct db_link *link, const struct mapping *mapping, struct arena *arena,
                       const struct db_schema **schemas_out, struct fail *fail)
{
    struct db_schema *schemas = ARENA_ARRAY(arena, mapping->model_count, struct db_schema);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = read_table(link, mapping->models[i].table, arena, &schemas[i], fail);
    *schemas_out = schemas;
    return rc;
}
