/* Reads and writes mobync_summaries: by ids, in the order of ids, and whole rows. A clock that is
 * SUMMARY_NEVER is NULL in the table, where it takes no place, and so is its time. */
#include "db_summaries.h"

#include "db_lookup.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_tables.h"

/* Most groups of fields fit; longer texts cost a second look at the row. */
#define TEXT_BYTES ((size_t)1024)

/* Of DB_SUMMARY_COLUMNS. */
enum summary_column {
    OBJECT_ID,
    FIRST_CLOCK,
    CREATED_CLOCK,
    CREATED_MS,
    DELETED_CLOCK,
    DELETED_MS,
    LAST_CLOCK,
    LAST_SEQ,
    FIELDS
};

static const enum db_cell_kind KINDS[] = {
    [OBJECT_ID] = DB_CELL_TEXT,        [FIRST_CLOCK] = DB_CELL_INTEGER,
    [CREATED_CLOCK] = DB_CELL_INTEGER, [CREATED_MS] = DB_CELL_INTEGER,
    [DELETED_CLOCK] = DB_CELL_INTEGER, [DELETED_MS] = DB_CELL_INTEGER,
    [LAST_CLOCK] = DB_CELL_INTEGER,    [LAST_SEQ] = DB_CELL_INTEGER,
    [FIELDS] = DB_CELL_TEXT,
};

static int64_t never_or(const struct db_rows *rows, enum summary_column column)
{
    return db_rows_is_null(rows, column) ? SUMMARY_NEVER : db_rows_integer(rows, column);
}

static enum rc read_row(const struct db_rows *rows, const struct model *model,
                        struct summary *summary_out, struct arena *arena, struct fail *fail)
{
    summary_init(summary_out, model, db_rows_text(rows, OBJECT_ID, arena), arena);
    summary_out->first_clock = never_or(rows, FIRST_CLOCK);
    summary_out->created_clock = never_or(rows, CREATED_CLOCK);
    summary_out->created_ms = db_rows_integer(rows, CREATED_MS);
    summary_out->deleted_clock = never_or(rows, DELETED_CLOCK);
    summary_out->deleted_ms = db_rows_integer(rows, DELETED_MS);
    summary_out->last_clock = db_rows_integer(rows, LAST_CLOCK);
    summary_out->last_seq = db_rows_integer(rows, LAST_SEQ);
    return summary_parse_fields(summary_out, db_rows_text(rows, FIELDS, arena), arena, fail);
}

struct finding {
    struct summary **summaries;
    struct arena *arena;
    enum rc rc;
    struct fail *fail;
};

static void build_find(const struct db_lookup *lookup, const struct db_lookup_list *list,
                       struct db_args *args)
{
    buf_add_str(&lookup->session->sql,
                "SELECT " DB_SUMMARY_COLUMNS " FROM " DB_SUMMARIES_TABLE
                " FORCE INDEX (PRIMARY) WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
}

static void found(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct finding *finding = lookup->out;

    if (finding->rc != RC_OK)
        return;
    finding->summaries[at] = ARENA_NEW(finding->arena, struct summary);
    finding->rc =
        read_row(rows, lookup->model, finding->summaries[at], finding->arena, finding->fail);
}

enum rc db_summaries_find(struct db_session *s, struct owner_model of, struct id_list ids,
                          struct arena *arena, struct summary **summaries_out, struct fail *fail)
{
    struct finding finding = {summaries_out, arena, RC_OK, fail};
    const struct db_lookup lookup = {
        .session = s,
        .what = "find summaries",
        .owner = of.owner,
        .model = of.model,
        .build = build_find,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found,
        .out = &finding,
    };
    enum rc rc;

    for (size_t i = 0; i < ids.count; i++)
        summaries_out[i] = NULL;
    rc = db_lookup_run(&lookup, ids.items, ids.count, fail);
    return rc == RC_OK ? finding.rc : rc;
}

struct taking {
    const struct model *model;
    struct db_summary_list *list;
};

static enum rc take(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct taking *taking = context;

    return read_row(rows, taking->model, &taking->list->items[taking->list->count++], rows->into,
                    fail);
}

enum rc db_summaries_read(struct db_session *s, const struct history_part *part, size_t max,
                          struct arena *arena, struct db_summary_list *list_out, struct fail *fail)
{
    const bool alone = part->only_id.len > 0;
    struct taking taking = {part->model, list_out};
    struct db_query query = db_query_fixed(
        s, alone ? STATEMENT_READ_SUMMARY : STATEMENT_READ_SUMMARIES, "read summaries");

    *list_out = (struct db_summary_list){.items = ARENA_ARRAY(arena, max, struct summary)};
    query.into = arena;
    db_args_text(&query.args, part->owner);
    db_args_text(&query.args, part->model->name);
    db_args_text(&query.args, alone ? part->only_id : part->after_id);
    db_args_integer(&query.args, part->since_clock);
    db_args_integer(&query.args, (int64_t)max);
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take, &taking, fail);
}

static const enum db_cell_kind PUT_KINDS[] = {
    DB_CELL_TEXT,    DB_CELL_TEXT,    DB_CELL_TEXT,    DB_CELL_INTEGER,
    DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER,
    DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_TEXT,    DB_CELL_INTEGER,
};

static void set_or_never(struct db_batch *batch, size_t column, size_t row, int64_t clock,
                         int64_t value)
{
    if (clock == SUMMARY_NEVER)
        db_batch_null(batch, column, row);
    else
        db_batch_integer(batch, column, row, value);
}

static void set_row(struct db_batch *batch, size_t row, struct text owner,
                    const struct summary *summary)
{
    db_batch_text(batch, 0, row, owner);
    db_batch_text(batch, 1, row, summary->model->name);
    db_batch_text(batch, 2, row, summary->object_id);
    set_or_never(batch, 3, row, summary->first_clock, summary->first_clock);
    set_or_never(batch, 4, row, summary->created_clock, summary->created_clock);
    set_or_never(batch, 5, row, summary->created_clock, summary->created_ms);
    set_or_never(batch, 6, row, summary->deleted_clock, summary->deleted_clock);
    set_or_never(batch, 7, row, summary->deleted_clock, summary->deleted_ms);
    db_batch_integer(batch, 8, row, summary->last_clock);
    db_batch_integer(batch, 9, row, summary->last_seq);
    db_batch_text(batch, 10, row, summary_write_fields(summary, batch->arena));
    db_batch_integer(batch, 11, row, !summary_lives(summary));
}

enum rc db_summaries_put(struct db_session *s, struct text owner,
                         const struct summary *const *summaries, size_t count, struct fail *fail)
{
    struct db_batch batch;

    db_session_sql(s);
    batch = db_batch_of(PUT_KINDS, ARRAY_LEN(PUT_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        set_row(&batch, i, owner, summaries[i]);
    return db_owners_insert(s, &batch, STATEMENT_PUT_SUMMARY, "store summaries", fail);
}
