/* Quotes names and values for SQL text. */
#include "db_quote.h"

#include <mysql.h>

void db_quote_name(struct buf *sql, struct text name)
{
    buf_add_char(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '`')
            buf_add_char(sql, '`');
        buf_add_char(sql, name.ptr[i]);
    }
    buf_add_char(sql, '`');
}

void db_quote_value(struct db_link *link, struct buf *sql, struct text value)
{
    char *at;

    buf_add_char(sql, '\'');
    at = buf_reserve(sql, value.len * 2 + 1);
    if (at != NULL)
        sql->len += mysql_real_escape_string(link->mysql, at, value.ptr, value.len);
    buf_add_char(sql, '\'');
}

void db_quote_literal(struct buf *sql, struct text value)
{
    buf_add_char(sql, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\'' || value.ptr[i] == '\\')
            buf_add_char(sql, value.ptr[i]);
        buf_add_char(sql, value.ptr[i]);
    }
    buf_add_char(sql, '\'');
}
