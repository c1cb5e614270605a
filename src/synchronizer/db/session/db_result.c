/* Copies a whole result into an arena: db_result_read(). Afterwards the link is free again. */
#include "db_result.h"

#include <assert.h>
#include <mysql.h>

static void copy_rows(MYSQL_RES *rows, struct arena *arena, struct db_result *result_out)
{
    struct text *at;
    MYSQL_ROW row;

    result_out->width = mysql_num_fields(rows);
    result_out->rows = (size_t)mysql_num_rows(rows);
    result_out->cells = at = ARENA_ARRAY(arena, result_out->rows * result_out->width, struct text);
    while ((row = mysql_fetch_row(rows)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(rows);

        for (size_t i = 0; i < result_out->width; i++, at++)
            if (row[i] != NULL)
                *at = arena_text(arena, (struct text){row[i], lengths[i]});
    }
}

enum rc db_result_read(struct db_link *link, struct text sql, const char *what, struct arena *arena,
                       struct db_result *result_out, struct fail *fail)
{
    MYSQL_RES *rows;

    if (mysql_real_query(link->mysql, sql.ptr, sql.len) != 0 ||
        (rows = mysql_store_result(link->mysql)) == NULL)
        return db_link_error(link, NULL, what, false, fail);
    copy_rows(rows, arena, result_out);
    mysql_free_result(rows);
    return db_link_check_transaction(link, what, fail);
}

static struct text cell(const struct db_result *result, size_t row, size_t column)
{
    assert(row < result->rows && column < result->width);
    return result->cells[row * result->width + column];
}

bool db_result_is_null(const struct db_result *result, size_t row, size_t column)
{
    return cell(result, row, column).ptr == NULL;
}

struct text db_result_text(const struct db_result *result, size_t row, size_t column)
{
    const struct text text = cell(result, row, column);

    return text.ptr == NULL ? TEXT_LITERAL("") : text;
}
