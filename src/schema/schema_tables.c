/* The faults that a table as a whole may have, whosoever it is: schema_tables_check(). */
#include "schema_tables.h"

/* The engine must be able to roll back. */
static void check_engine(struct schema_session *session, const struct catalog_table *table,
                         unsigned config_line)
{
    const char *name = schema_session_quote(session, table->name);

    if (!table->transactional)
        schema_session_fault(session, config_line,
                             "table %s has the engine %s, which has no transactions: convert "
                             "it to InnoDB",
                             name, table->engine.ptr);
}

enum rc schema_tables_check(struct schema_session *session, const struct catalog_table *table,
                            const struct schema_grants_request *request, bool *readable_out,
                            struct fail *fail)
{
    enum rc rc;

    *readable_out = false;
    if (table->kind == CATALOG_HIDDEN) {
        schema_grants_report_hidden(session, request);
        return RC_OK;
    }
    rc = schema_grants_check(session, request, readable_out, fail);
    if (rc == RC_OK && *readable_out)
        check_engine(session, table, request->config_line);
    return rc;
}
