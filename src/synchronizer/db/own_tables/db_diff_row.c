/* Reads a row of the diff table: db_diff_row_read(). */
#include "db_diff_row.h"

enum rc db_diff_row_read(const struct db_rows *rows, struct owner_model of, struct arena *arena,
                         struct arena *scratch, struct diff *diff_out, struct fail *fail)
{
    const struct versions *versions = rows->link->settings->mapping->versions;

    *diff_out = (struct diff){
        .id = db_rows_text(rows, DB_DIFF_ID, arena),
        .owner = of.owner,
        .clock = db_rows_integer(rows, DB_DIFF_CLOCK),
        .time_ms = db_rows_integer(rows, DB_DIFF_TIME_MS),
        .model = of.model,
        .json_data = db_rows_text(rows, DB_DIFF_JSON_DATA, arena),
        .object_id = db_rows_text(rows, DB_DIFF_OBJECT_ID, arena),
        .field_times = db_rows_text(rows, DB_DIFF_FIELD_TIMES, arena),
        .unread = true,
    };
    if (!diff_type_parse(db_rows_text(rows, DB_DIFF_TYPE, scratch), &diff_out->type))
        return fail_fatal(fail, "the stored diff %.*s has no known type", TEXT_ARG(diff_out->id));
    if (versions != NULL)
        diff_raise_stored(diff_out, versions, db_rows_integer(rows, DB_DIFF_SCHEMA_VERSION), arena);
    return RC_OK;
}
