/* Writing into the outbox, as SQL of triggers: schema_outbox_add_insert(). */
#include "schema_outbox.h"

#include "db_tables.h"
#include "schema_wire.h"

/* Not UNIX_TIMESTAMP(NOW(3)): that is an hour off when summer time ends. */
#define NOW_MS "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000"

void schema_outbox_add_not_own(struct buf *sql, const struct model *model)
{
    buf_add_str(sql, "NOT (CAST(@mobync_own AS BINARY) <=> CAST(");
    schema_wire_add_literal(sql, model->name);
    buf_add_str(sql, " AS BINARY))");
}

void schema_outbox_add_insert(struct buf *sql, const struct schema_outbox_entry *entry)
{
    buf_add_str(sql, "INSERT INTO " DB_CHANGES_TABLE
                     " (owner, model, object_id, op, own, fields, ms) VALUES (" SCHEMA_OUTBOX_OWNER
                     ", ");
    schema_wire_add_literal(sql, entry->model->name);
    buf_printf(sql, ", %s, '%c', @mobync_own IS NOT NULL, %s, " NOW_MS ");\n", entry->id, entry->op,
               entry->fields);
}
