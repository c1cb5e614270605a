/* Columns for what the server fills: schema_ddl_fill(). */
#include "schema_ddl_fill.h"

#include "db_quote.h"

size_t schema_ddl_fill_count(const struct model *model)
{
    return model->filled_count + (model_deletes_softly(model) ? 1 : 0);
}

struct text schema_ddl_fill_name(const struct model *model, size_t at)
{
    return at < model->filled_count ? model->filled[at].column : model->deleted_column;
}

static bool is_truth(struct text value)
{
    return text_is(value, "true") || text_is(value, "false") || text_is(value, "1") ||
           text_is(value, "0");
}

static bool is_integer(struct text value)
{
    uint64_t number;

    return text_to_uint(value, INT64_MAX, &number);
}

static const char *type_for(struct text value)
{
    switch (fill_kind(value)) {
    case FILL_NOW:
        return "DATETIME(3)";
    case FILL_NOW_S:
    case FILL_NOW_MS:
        return "BIGINT";
    case FILL_EMPTY:
    case FILL_CONSTANT:
    case FILL_NOTHING:
        break;
    }
    if (is_truth(value))
        return "TINYINT(1)";
    return is_integer(value) ? "BIGINT" : "VARCHAR(255)";
}

static bool is_false(struct text value)
{
    return text_is(value, "0") || text_is(value, "false");
}

/* What rows have that are there. */
static void add_live_default(struct buf *sql, struct text live)
{
    buf_add_str(sql, " NOT NULL DEFAULT ");
    if (is_truth(live))
        buf_add_char(sql, is_false(live) ? '0' : '1');
    else
        db_quote_literal(sql, fill_kind(live) == FILL_EMPTY ? TEXT_LITERAL("") : live);
}

/* A flag that a delete sets is not set before. */
static void add_deleted(struct buf *sql, const struct model *model)
{
    const struct text value = model->deleted_value;

    buf_add_str(sql, type_for(value));
    if (model->live_value.len > 0)
        add_live_default(sql, model->live_value);
    else if (is_truth(value))
        buf_printf(sql, " NOT NULL DEFAULT %d", is_false(value));
    else
        buf_add_str(sql, " NULL DEFAULT NULL");
}

void schema_ddl_fill(struct buf *sql, const struct model *model, size_t at)
{
    const struct fill *fill = at < model->filled_count ? &model->filled[at].fill : NULL;

    db_quote_name(sql, schema_ddl_fill_name(model, at));
    buf_add_char(sql, ' ');
    if (fill == NULL) {
        add_deleted(sql, model);
        return;
    }
    buf_add_str(sql, type_for(fill->on_create.len > 0 ? fill->on_create : fill->on_update));
    buf_add_str(sql, " NULL DEFAULT NULL");
}
