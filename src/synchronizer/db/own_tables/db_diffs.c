/* The diff table: what it tells of objects, and diffs behind those it has. */
#include "db_diffs.h"

#include "db_lookup.h"
#include "db_owners.h"
#include "db_quote.h"
#include "db_tables.h"

struct finding_past {
    struct object_past *past;
    int64_t *seqs; /* of what was found */
    bool compacted;
};

/* The diffs of each object's last clock, and what is left of those before the horizon. The
 * optimizer is told the order: by statistics that were taken when the table was small it would
 * begin with all diffs of the owner. */
static void build_find_past(const struct db_lookup *lookup, const struct db_lookup_list *list,
                            struct db_args *args)
{
    const struct finding_past *past = lookup->out;
    const struct text diffs = lookup->session->link.settings->diffs_table;
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT d.object_id, d.type = 'delete', d.seq FROM "
                     "(SELECT object_id, MAX(logical_clock) AS clock FROM ");
    db_quote_name(sql, diffs);
    buf_add_str(sql, " FORCE INDEX (" DB_OBJECT_KEY ")"
                     " WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
    buf_add_str(sql, " GROUP BY object_id) l STRAIGHT_JOIN ");
    db_quote_name(sql, diffs);
    buf_add_str(sql, " d FORCE INDEX (" DB_OBJECT_KEY ") ON d.owner = ? AND d.model = ?"
                     " AND d.object_id = l.object_id AND d.logical_clock = l.clock");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    if (!past->compacted)
        return;
    buf_add_str(
        sql, " UNION ALL SELECT object_id, deleted_clock IS NOT NULL, -1 FROM " DB_SUMMARIES_TABLE
             " WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
}

/* Stored diffs come behind what was compacted. */
static void found_past(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    const struct finding_past *finding = lookup->out;
    const int64_t seq = db_rows_integer(rows, 2);
    struct object_past *past = &finding->past[at];

    if (past->existed && seq < finding->seqs[at])
        return;
    finding->seqs[at] = seq;
    *past = (struct object_past){.existed = true, .deleted = db_rows_integer(rows, 1) != 0};
}

static enum rc find_past(struct db_session *s, struct owner_model of, struct id_list ids,
                         struct finding_past *finding, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER};
    const struct db_lookup lookup = {
        .session = s,
        .what = "find objects in the history",
        .owner = of.owner,
        .model = of.model,
        .build = build_find_past,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_past,
        .out = finding,
    };

    return db_lookup_run(&lookup, ids.items, ids.count, fail);
}

enum rc db_diffs_find_past(struct synchronizer *base, struct owner_model of, struct id_list ids,
                           struct object_past *past_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct finding_past finding = {.past = past_out};
    struct horizon horizon;
    struct arena arena;
    enum rc rc = db_owners_horizon(s, of.owner, &horizon, fail);

    arena_init(&arena);
    for (size_t i = 0; i < ids.count; i++)
        past_out[i] = (struct object_past){.existed = false};
    finding.seqs = ARENA_ARRAY(&arena, ids.count, int64_t);
    finding.compacted = horizon.compacted_below > 0;
    if (rc == RC_OK)
        rc = find_past(s, of, ids, &finding, fail);
    arena_release(&arena);
    return rc;
}

/* The key alone is read, of each object once; what was compacted is asked for always, where the
 * horizon would be a statement more. */
static void build_find_existing(const struct db_lookup *lookup, const struct db_lookup_list *list,
                                struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_add_str(sql, "SELECT object_id FROM ");
    db_quote_name(sql, lookup->session->link.settings->diffs_table);
    buf_add_str(sql, " FORCE INDEX (" DB_OBJECT_KEY ")"
                     " WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
    buf_add_str(sql, " GROUP BY object_id UNION ALL SELECT object_id FROM " DB_SUMMARIES_TABLE
                     " WHERE owner = ? AND model = ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_lookup_add_list(lookup, list, args);
}

static void found_existing(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    bool *existed = lookup->out;

    (void)rows;
    existed[at] = true;
}

enum rc db_diffs_find_existing(struct synchronizer *base, struct owner_model of, struct id_list ids,
                               bool *existed_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT};
    const struct db_lookup lookup = {
        .session = db_session_of(base),
        .what = "find objects in the history",
        .owner = of.owner,
        .model = of.model,
        .build = build_find_existing,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_existing,
        .out = existed_out,
    };

    for (size_t i = 0; i < ids.count; i++)
        existed_out[i] = false;
    return db_lookup_run(&lookup, ids.items, ids.count, fail);
}

static const enum db_cell_kind APPEND_KINDS[] = {
    DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_TEXT,
    DB_CELL_TEXT, DB_CELL_TEXT,    DB_CELL_TEXT,    DB_CELL_TEXT, DB_CELL_INTEGER,
};

/* All diffs are of the newest version by then. */
static int64_t newest_version(const struct db_session *s)
{
    const struct versions *versions = s->base.mapping->versions;

    return versions != NULL ? versions->newest : 0;
}

static void set_append_row(struct db_batch *batch, size_t row, struct text owner, int64_t seq,
                           const struct diff *diff)
{
    db_batch_text(batch, 0, row, owner);
    db_batch_integer(batch, 1, row, diff->clock);
    db_batch_integer(batch, 2, row, seq);
    db_batch_text(batch, 3, row, diff->id);
    db_batch_integer(batch, 4, row, diff->time_ms);
    db_batch_text(batch, 5, row, text_of(diff_type_name(diff->type)));
    db_batch_text(batch, 6, row, diff->model->name);
    db_batch_text(batch, 7, row, diff->object_id);
    db_batch_text(batch, 8, row, diff->json_data);
    if (diff->field_times.len > 0)
        db_batch_text(batch, 9, row, diff->field_times);
    else
        db_batch_null(batch, 9, row);
}

enum rc db_diffs_append(struct synchronizer *base, struct text owner,
                        const struct diff *const *diffs, size_t count, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_batch batch;

    db_session_sql(s);
    batch = db_batch_of(APPEND_KINDS, ARRAY_LEN(APPEND_KINDS), count, &s->scratch);
    for (size_t i = 0; i < count; i++) {
        set_append_row(&batch, i, owner, s->next_seq++, diffs[i]);
        db_batch_integer(&batch, 10, i, newest_version(s));
    }
    return db_owners_insert(s, &batch, STATEMENT_APPEND_DIFF, "append diffs", fail);
}
