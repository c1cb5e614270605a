/* Ids that are known: those of stored diffs, and those of mobync_known beside them. */
#include "db_known.h"

#include "db_lookup.h"
#include "db_owners.h"
#include "db_quote.h"
#include "db_tables.h"

static void add_known_part(const struct db_lookup *lookup, const struct db_lookup_list *list,
                           struct text table, const char *rejected, struct db_args *args)
{
    struct buf *sql = &lookup->session->sql;

    buf_printf(sql, "SELECT id, logical_clock, %s FROM ", rejected);
    db_quote_name(sql, table);
    buf_add_str(sql, " WHERE owner = ? AND id IN ");
    db_args_text(args, lookup->owner);
    db_lookup_add_list(lookup, list, args);
}

static void build_find_known(const struct db_lookup *lookup, const struct db_lookup_list *list,
                             struct db_args *args)
{
    add_known_part(lookup, list, lookup->session->link.settings->diffs_table, "0", args);
    buf_add_str(&lookup->session->sql, " UNION ALL ");
    add_known_part(lookup, list, TEXT_LITERAL(DB_KNOWN_TABLE), "rejected", args);
}

static void found_known(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct known_id *known = lookup->out;

    known[at].clock = db_rows_integer(rows, 1);
    known[at].rejected = db_rows_integer(rows, 2) != 0;
}

enum rc db_known_find(struct db_session *s, struct text owner, const struct text *ids, size_t count,
                      struct known_id *known_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER};
    const struct db_lookup lookup = {
        .session = s,
        .what = "find known ids",
        .owner = owner,
        .build = build_find_known,
        .kinds = KINDS,
        .column_count = ARRAY_LEN(KINDS),
        .found = found_known,
        .out = known_out,
    };

    return db_lookup_run(&lookup, ids, count, fail);
}

struct db_batch db_known_batch(struct text owner, int64_t clock, size_t count, struct arena *arena)
{
    static const enum db_cell_kind KINDS[] = {
        [DB_KNOWN_OWNER] = DB_CELL_TEXT,
        [DB_KNOWN_CLOCK] = DB_CELL_INTEGER,
        [DB_KNOWN_ID] = DB_CELL_TEXT,
    };
    struct db_batch batch = db_batch_of(KINDS, ARRAY_LEN(KINDS), count, arena);

    for (size_t i = 0; i < count; i++) {
        db_batch_text(&batch, DB_KNOWN_OWNER, i, owner);
        db_batch_integer(&batch, DB_KNOWN_CLOCK, i, clock);
    }
    return batch;
}

enum rc db_known_remember(struct synchronizer *base, struct text owner, int64_t clock,
                          const struct text *ids, size_t count, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct db_batch batch;

    db_session_sql(s);
    batch = db_known_batch(owner, clock, count, &s->scratch);
    for (size_t i = 0; i < count; i++)
        db_batch_text(&batch, DB_KNOWN_ID, i, ids[i]);
    return db_owners_insert(s, &batch, STATEMENT_REMEMBER_ID, "remember ids", fail);
}
