/* Keys of rows and comparisons of columns as SQL for triggers: schema_wire_add_key(),
 * schema_wire_add_same(). Collations never decide: they take 'x' for 'X'. */
#include "schema_wire.h"

#include <assert.h>

#include "id.h"
#include "schema_types.h"

void schema_wire_add_column(struct buf *sql, const char *row, struct text column)
{
    buf_add_str(sql, row);
    buf_add_char(sql, '.');
    db_quote_name(sql, column);
}

static bool is_plain(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~' || strchr("'\\;", text.ptr[i]) != NULL)
            return false;
    return true;
}

void schema_wire_add_literal(struct buf *sql, struct text text)
{
    if (is_plain(text)) {
        buf_printf(sql, "'%.*s'", TEXT_ARG(text));
        return;
    }
    buf_add_str(sql, "_utf8mb4 0x");
    for (size_t i = 0; i < text.len; i++)
        buf_printf(sql, "%02X", (unsigned)(unsigned char)text.ptr[i]);
}

static bool is_text(const struct catalog_column *column)
{
    return column->character_set.len > 0;
}

/* Of bytes, the characters; of a CHAR, without the padding that a sql_mode adds. */
static void add_text(struct buf *sql, const struct catalog_column *column, const char *row)
{
    const bool padded = text_is(column->data_type, "char");

    buf_add_str(sql, padded ? "TRIM(TRAILING ' ' FROM CONVERT(" : "CONVERT(");
    schema_wire_add_column(sql, row, column->name);
    buf_add_str(sql, padded ? " USING utf8mb4))" : " USING utf8mb4)");
}

/* + 0 takes the leading zeros off that ZEROFILL shows. */
static void add_integer(struct buf *sql, const struct catalog_column *column, const char *row)
{
    const bool zeros = strstr(column->column_type.ptr, "zerofill") != NULL;

    buf_add_str(sql, "CAST(");
    schema_wire_add_column(sql, row, column->name);
    buf_add_str(sql, zeros ? " + 0 AS CHAR)" : " AS CHAR)");
}

/* Of 32 digits: HEX() makes them of bytes. */
static void add_hyphens(struct buf *sql, const struct catalog_column *column, const char *row)
{
    buf_add_str(sql, "LOWER(INSERT(INSERT(INSERT(INSERT(");
    if (is_text(column)) {
        add_text(sql, column, row);
    } else {
        buf_add_str(sql, "HEX(");
        schema_wire_add_column(sql, row, column->name);
        buf_add_char(sql, ')');
    }
    buf_add_str(sql, ", 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))");
}

static void add_lower(struct buf *sql, const struct catalog_column *column, const char *row)
{
    buf_add_str(sql, "LOWER(");
    if (is_text(column) || text_is(column->data_type, "varbinary")) {
        add_text(sql, column, row);
    } else {
        buf_add_str(sql, "CAST(");
        schema_wire_add_column(sql, row, column->name);
        buf_add_str(sql, " AS CHAR)");
    }
    buf_add_char(sql, ')');
}

/* Other values are no UUIDs, and shown as they are. */
static void add_hyphens_if(struct buf *sql, const struct catalog_column *column, const char *row)
{
    buf_add_str(sql, is_text(column) ? "IF(CHAR_LENGTH(" : "IF(LENGTH(");
    schema_wire_add_column(sql, row, column->name);
    buf_printf(sql, ") = %d, ", is_text(column) ? ID_UUID_DIGITS : ID_UUID_BYTES);
    add_hyphens(sql, column, row);
    buf_add_str(sql, ", ");
    add_lower(sql, column, row);
    buf_add_char(sql, ')');
}

static void add_uuid(struct buf *sql, const struct catalog_column *column, const char *row)
{
    if (text_is(column->data_type, "binary"))
        add_hyphens(sql, column, row);
    else if (text_is(column->data_type, "varbinary") || schema_types_omits_hyphens(column))
        add_hyphens_if(sql, column, row);
    else
        add_lower(sql, column, row);
}

void schema_wire_add_key(struct buf *sql, enum key_type type, const struct catalog_column *column,
                         const char *row)
{
    switch (type) {
    case KEY_STRING:
        add_text(sql, column, row);
        break;
    case KEY_INTEGER:
        add_integer(sql, column, row);
        break;
    case KEY_UUID:
        add_uuid(sql, column, row);
        break;
    case KEY_REFERENCE:
    case KEY_TYPES:
        assert(false);
    }
}

/* By bytes: other collations take more for a percent sign than that. */
void schema_wire_begin_escape(struct buf *sql)
{
    buf_add_str(sql, "REPLACE(REPLACE(");
}

void schema_wire_end_escape(struct buf *sql)
{
    buf_add_str(sql, " COLLATE utf8mb4_bin, '%', '%25'), ':', '%3A')");
}

/* How OLD and NEW of a column compare by what they are, and not by how they are shown: a TIMESTAMP
 * by its seconds, of which two are one hour of the clock when summer time ends. */
static const struct {
    const char *data_type;
    const char *before;
    const char *after;
} COMPARED[] = {
    {"timestamp", "UNIX_TIMESTAMP(", ")"},
    {"json", "CAST(CAST(", " AS CHAR) AS BINARY)"},
    {"enum", "", ""},
    {"set", "", ""},
    {"uuid", "", ""},
};

static void add_compared(struct buf *sql, const struct catalog_column *column, const char *row)
{
    const char *before = is_text(column) ? "CAST(" : "",
               *after = is_text(column) ? " AS BINARY)" : "";

    for (size_t i = 0; i < ARRAY_LEN(COMPARED); i++) {
        if (!text_is(column->data_type, COMPARED[i].data_type))
            continue;
        before = COMPARED[i].before;
        after = COMPARED[i].after;
    }
    buf_add_str(sql, before);
    schema_wire_add_column(sql, row, column->name);
    buf_add_str(sql, after);
}

void schema_wire_add_same(struct buf *sql, const struct catalog_column *column)
{
    add_compared(sql, column, "NEW");
    buf_add_str(sql, " <=> ");
    add_compared(sql, column, "OLD");
}
