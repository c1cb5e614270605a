/* Questions of operators: each is one SELECT within the snapshot. */
#include "db_inspect.h"

#include "db_diff_row.h"
#include "db_fill.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_summaries.h"
#include "db_tables.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)
/* Parameters of the longest question. */
#define PARAMETERS ((size_t)13)
/* Known ids that are looked at, each with two look-ups. */
#define KNOWN_MAX ((int64_t)100000)

/* What is kept of its rows lies in `into`; NULL: nothing outlives the question. */
static struct db_query question_of(struct synchronizer *base, const char *what, struct arena *into)
{
    struct db_query query = db_query_made(db_session_of(base), PARAMETERS, what);

    if (into != NULL)
        query.into = into;
    return query;
}

static void add_sql(struct db_query *q, const char *sql)
{
    buf_add_str(&q->session->sql, sql);
}

static void add_name(struct db_query *q, const char *before, struct text name, const char *behind)
{
    add_sql(q, before);
    db_quote_name(&q->session->sql, name);
    add_sql(q, behind);
}

static void add_diffs_table(struct db_query *q, const char *before, const char *behind)
{
    add_name(q, before, q->session->link.settings->diffs_table, behind);
}

static void add_object(struct db_query *q, const struct inspect_object *object)
{
    db_args_text(&q->args, object->owner);
    db_args_text(&q->args, object->model->name);
    db_args_text(&q->args, object->id);
}

#define OF_OBJECT " WHERE owner = ? AND model = ? AND object_id = ?"

static enum rc inspect_count(struct synchronizer *s, const struct inspect_object *object,
                             int64_t *count_out, struct fail *fail)
{
    struct db_query q = question_of(s, "count an object's diffs", NULL);

    add_diffs_table(&q, "SELECT COUNT(*) FROM ", OF_OBJECT);
    add_object(&q, object);
    return db_query_integer(&q, count_out, fail);
}

static const enum db_cell_kind DIFF_KINDS[] = {DB_DIFF_KINDS};

static enum rc take_diff(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_diffs *diffs = context;
    struct diff *diff = &diffs->items[diffs->count];
    const struct owner_model of = {diffs->object->owner, diffs->object->model};
    enum rc rc = db_diff_row_read(rows, of, rows->into, rows->into, diff, fail);

    if (rc != RC_OK)
        return rc;
    diffs->places[diffs->count++] =
        (struct inspect_place){diff->clock, db_rows_integer(rows, DB_DIFF_SEQ)};
    return diff_parse_stored(diff, rows->into, fail);
}

static enum rc inspect_diffs(struct synchronizer *s, const struct inspect_diffs_query *query,
                             struct arena *arena, struct inspect_diffs *diffs_out,
                             struct fail *fail)
{
    struct db_query q = question_of(s, "read an object's diffs", arena);

    *diffs_out = (struct inspect_diffs){
        .object = query->object,
        .items = ARENA_ARRAY(arena, query->max, struct diff),
        .places = ARENA_ARRAY(arena, query->max, struct inspect_place),
    };
    add_diffs_table(&q, "SELECT " DB_DIFF_COLUMNS " FROM ",
                    " FORCE INDEX (" DB_OBJECT_KEY ")" OF_OBJECT
                    " AND logical_clock >= ? AND (logical_clock > ? OR seq > ?)"
                    " ORDER BY logical_clock, seq LIMIT ?");
    add_object(&q, query->object);
    db_args_integer(&q.args, query->after.clock);
    db_args_integer(&q.args, query->after.clock);
    db_args_integer(&q.args, query->after.seq);
    db_args_integer(&q.args, (int64_t)query->max);
    return db_query_each(&q, DB_COLUMNS(DIFF_KINDS, TEXT_BYTES), take_diff, diffs_out, fail);
}

static enum rc take_known(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_known_list *known = context;

    (void)fail;
    known->items[known->count++] = (struct inspect_known){
        .id = db_rows_text(rows, 0, rows->into),
        .clock = db_rows_integer(rows, 1),
        .rejected = db_rows_integer(rows, 2) != 0,
        .beside = db_rows_integer(rows, 3) != 0,
    };
    return RC_OK;
}

static enum rc inspect_known(struct synchronizer *s, const struct inspect_known_query *query,
                             struct arena *arena, struct inspect_known_list *known_out,
                             struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_INTEGER,
                                              DB_CELL_INTEGER};
    struct db_query q = question_of(s, "find known ids of an object's syncs", arena);

    *known_out = (struct inspect_known_list){
        .items = ARENA_ARRAY(arena, query->max, struct inspect_known),
    };
    add_diffs_table(&q,
                    "SELECT id, logical_clock, rejected, beside FROM (SELECT k.id, "
                    "k.logical_clock, k.rejected, EXISTS (SELECT 1 FROM ",
                    " d" OF_OBJECT " AND d.logical_clock = k.logical_clock) AS beside, ");
    add_object(&q, query->object);
    add_diffs_table(&q, "EXISTS (SELECT 1 FROM ",
                    " d WHERE d.owner = k.owner AND d.logical_clock = k.logical_clock) AS kept "
                    "FROM (SELECT owner, id, logical_clock, rejected FROM " DB_KNOWN_TABLE
                    " WHERE owner = ? AND logical_clock >= ? "
                    "ORDER BY logical_clock DESC, id LIMIT ?) k) found "
                    "WHERE beside OR NOT kept ORDER BY logical_clock DESC, id LIMIT ?");
    db_args_text(&q.args, query->object->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, KNOWN_MAX);
    db_args_integer(&q.args, (int64_t)query->max);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take_known, known_out, fail);
}

static enum rc take_id(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_id_list *ids = context;

    (void)fail;
    ids->items[ids->count++] = db_rows_text(rows, 0, rows->into);
    return RC_OK;
}

static enum rc inspect_reject_ids(struct synchronizer *s, const struct inspect_rejects_query *query,
                                  struct arena *arena, struct inspect_id_list *ids_out,
                                  struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT};
    struct db_query q = question_of(s, "list an owner's rejects", arena);

    *ids_out = (struct inspect_id_list){.items = ARENA_ARRAY(arena, query->max, struct text)};
    add_sql(&q,
            "SELECT id FROM " DB_REJECTS_TABLE " WHERE owner = ? AND id > ? ORDER BY id LIMIT ?");
    db_args_text(&q.args, query->owner);
    db_args_text(&q.args, query->after);
    db_args_integer(&q.args, (int64_t)query->max);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take_id, ids_out, fail);
}

struct part_taking {
    struct inspect_part *part;
    size_t capacity;
};

static enum rc take_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct part_taking *taking = context;
    struct inspect_part *part = taking->part;
    struct text type = db_rows_text(rows, 1, rows->into);
    struct inspect_diff_count *count;

    part->items = ARENA_ROOM(rows->into, part->items, part->count, &taking->capacity);
    count = &part->items[part->count++];
    *count = (struct inspect_diff_count){
        .model = db_rows_text(rows, 0, rows->into),
        .diffs = db_rows_integer(rows, 2),
        .bytes = db_rows_integer(rows, 3),
        .latest_ms = db_rows_integer(rows, 4),
    };
    if (!diff_type_parse(type, &count->type))
        return fail_fatal(fail, "stored diffs have the unknown type %.*s", TEXT_ARG(type));
    return RC_OK;
}

/* The last clock among so many diffs: the part holds all diffs of it. */
static enum rc find_part_end(struct synchronizer *s, const struct inspect_part_query *query,
                             int64_t *last_clock_out, struct fail *fail)
{
    struct db_query q = question_of(s, "find the end of a part of the history", NULL);

    add_diffs_table(&q, "SELECT COALESCE(MAX(logical_clock), -1) FROM (SELECT logical_clock FROM ",
                    " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock >= ? "
                    "ORDER BY logical_clock LIMIT ?) part");
    db_args_text(&q.args, query->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, (int64_t)query->about);
    return db_query_integer(&q, last_clock_out, fail);
}

static enum rc inspect_part(struct synchronizer *s, const struct inspect_part_query *query,
                            struct arena *arena, struct inspect_part *part_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT, DB_CELL_INTEGER,
                                              DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct part_taking taking = {.part = part_out};
    struct db_query q;
    enum rc rc;

    *part_out = (struct inspect_part){0};
    rc = find_part_end(s, query, &part_out->last_clock, fail);
    if (rc != RC_OK || part_out->last_clock < 0)
        return rc;
    q = question_of(s, "count a part of the history", arena);
    add_diffs_table(&q,
                    "SELECT model, type, COUNT(*), CAST(SUM(OCTET_LENGTH(json_data) + "
                    "COALESCE(OCTET_LENGTH(field_times), 0)) AS SIGNED), MAX(`utc_timestamp`) "
                    "FROM ",
                    " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock BETWEEN ? AND ? "
                    "GROUP BY model, type");
    db_args_text(&q.args, query->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, part_out->last_clock);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take_count, &taking, fail);
}

static enum rc take_objects(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_objects *objects = context;

    (void)fail;
    *objects = (struct inspect_objects){
        .count = db_rows_integer(rows, 0),
        .deleted = db_rows_integer(rows, 1),
        .last_id = db_rows_text(rows, 2, rows->into),
    };
    return RC_OK;
}

/* Objects by the keys alone: those of diffs and those of summaries, so many of each, of which the
 * first are taken. Of each the last diff, by one look at the end of its key, else the summary. */
static enum rc inspect_objects(struct synchronizer *s, const struct inspect_objects_query *query,
                               struct arena *arena, struct inspect_objects *objects_out,
                               struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_TEXT};
    struct db_query q = question_of(s, "count objects", arena);

    *objects_out = (struct inspect_objects){0};
    add_diffs_table(&q,
                    "SELECT COUNT(*), CAST(COALESCE(SUM(COALESCE((SELECT l.type = 'delete' FROM ",
                    " l FORCE INDEX (" DB_OBJECT_KEY ") WHERE l.owner = ? AND l.model = ? "
                    "AND l.object_id = o.object_id ORDER BY l.owner DESC, l.model DESC, "
                    "l.object_id DESC, l.logical_clock DESC, l.seq DESC LIMIT 1), "
                    "(SELECT c.deleted_clock IS NOT NULL FROM " DB_SUMMARIES_TABLE " c "
                    "WHERE c.owner = ? AND c.model = ? AND c.object_id = o.object_id))), 0) "
                    "AS SIGNED), MAX(o.object_id) ");
    add_diffs_table(
        &q, "FROM (SELECT object_id FROM ((SELECT object_id FROM ",
        " FORCE INDEX (" DB_OBJECT_KEY ") WHERE owner = ? AND model = ? "
        "AND object_id > ? GROUP BY object_id ORDER BY object_id LIMIT ?) "
        "UNION (SELECT object_id FROM " DB_SUMMARIES_TABLE " FORCE INDEX (PRIMARY) "
        "WHERE owner = ? AND model = ? AND object_id > ? ORDER BY object_id LIMIT ?)) u "
        "ORDER BY object_id LIMIT ?) o");
    for (size_t i = 0; i < 4; i++) {
        db_args_text(&q.args, query->owner);
        db_args_text(&q.args, query->model);
        if (i < 2)
            continue;
        db_args_text(&q.args, query->after);
        db_args_integer(&q.args, (int64_t)query->max);
    }
    db_args_integer(&q.args, (int64_t)query->max);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take_objects, objects_out, fail);
}

static enum rc inspect_rows(struct synchronizer *s, struct text owner, const struct model *model,
                            int64_t *count_out, struct fail *fail)
{
    struct db_query q = question_of(s, "count rows", NULL);
    const struct db_key_column *column = &db_keys_of(&db_session_of(s)->keys, model)->owner;
    const struct db_key_value value = db_keys_value(column, owner, q.args.arena);

    add_name(&q, "SELECT COUNT(*) FROM ", model->table, " WHERE ");
    db_keys_add_equal(&q.session->sql, "", column);
    db_keys_add_args(&q.args, column, &value);
    db_fill_add_live(&q.session->sql, q.session, model);
    return db_query_integer(&q, count_out, fail);
}

static enum rc take_known_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_rest *rest = context;

    (void)fail;
    rest->known = db_rows_integer(rows, 0);
    rest->known_rejected = db_rows_integer(rows, 1);
    return RC_OK;
}

static enum rc take_reject_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_rest *rest = context;
    int64_t oldest_ms = db_rows_integer(rows, 2), newest_ms = db_rows_integer(rows, 3);
    enum fail_code code;

    (void)fail;
    /* A later release, gone back from, may have known more codes. */
    if (!fail_code_parse(db_rows_text(rows, 0, rows->into), &code))
        code = FAIL_INTERNAL;
    rest->rejects[code] += db_rows_integer(rows, 1);
    if (rest->oldest_reject_ms == 0 || oldest_ms < rest->oldest_reject_ms)
        rest->oldest_reject_ms = oldest_ms;
    if (newest_ms > rest->newest_reject_ms)
        rest->newest_reject_ms = newest_ms;
    return RC_OK;
}

static enum rc take_token_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_rest *rest = context;

    (void)fail;
    rest->tokens = db_rows_integer(rows, 0);
    rest->token_used_ms = db_rows_integer(rows, 1);
    return RC_OK;
}

static enum rc inspect_summary(struct synchronizer *s, const struct inspect_object *object,
                               struct arena *arena, struct summary *summary_out, bool *found_out,
                               struct fail *fail)
{
    struct summary *summary;
    enum rc rc =
        db_summaries_find(db_session_of(s), (struct owner_model){object->owner, object->model},
                          (struct id_list){&object->id, 1}, arena, &summary, fail);

    *found_out = rc == RC_OK && summary != NULL;
    if (*found_out)
        *summary_out = *summary;
    return rc;
}

static enum rc take_summary_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct inspect_rest *rest = context;

    (void)fail;
    rest->summaries = db_rows_integer(rows, 0);
    rest->tombstones = db_rows_integer(rows, 1);
    return RC_OK;
}

#define INTEGER DB_CELL_INTEGER

/* What is kept of an owner beside the diffs. */
static const struct rest_query {
    const char *what;
    const char *select;
    const char *table; /* NULL: that of the tokens, if there is one */
    const char *behind;
    size_t column_count;
    enum db_cell_kind kinds[4];
    db_take_row *take;
} REST[] = {
    {"count known ids",
     "SELECT COUNT(*), CAST(COALESCE(SUM(rejected), 0) AS SIGNED) FROM ",
     DB_KNOWN_TABLE,
     " WHERE owner = ?",
     2,
     {INTEGER, INTEGER},
     take_known_count},
    {"count rejects",
     "SELECT code, COUNT(*), MIN(created_ms), MAX(created_ms) FROM ",
     DB_REJECTS_TABLE,
     " WHERE owner = ? GROUP BY code",
     4,
     {DB_CELL_TEXT, INTEGER, INTEGER, INTEGER},
     take_reject_count},
    {"count summaries",
     "SELECT COUNT(*), COUNT(deleted_clock) FROM ",
     DB_SUMMARIES_TABLE,
     " WHERE owner = ?",
     2,
     {INTEGER, INTEGER},
     take_summary_count},
    {"count tokens",
     "SELECT COUNT(*), COALESCE(MAX(last_use_ms), 0) FROM ",
     NULL,
     " WHERE owner = ?",
     2,
     {INTEGER, INTEGER},
     take_token_count},
};

static enum rc ask_rest(struct synchronizer *s, const struct rest_query *query, struct text owner,
                        struct inspect_rest *rest, struct fail *fail)
{
    struct db_query q = question_of(s, query->what, NULL);
    const struct db_columns columns = {query->kinds, query->column_count, TEXT_BYTES};
    struct text table = text_of(query->table);

    if (query->table == NULL)
        table = q.session->link.settings->tokens_table;
    if (table.len == 0)
        return RC_OK;
    add_name(&q, query->select, table, query->behind);
    db_args_text(&q.args, owner);
    return db_query_each(&q, columns, query->take, rest, fail);
}

static enum rc inspect_rest(struct synchronizer *s, struct text owner,
                            struct inspect_rest *rest_out, struct fail *fail)
{
    enum rc rc = RC_OK;

    *rest_out = (struct inspect_rest){0};
    for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(REST); i++)
        rc = ask_rest(s, &REST[i], owner, rest_out, fail);
    return rc;
}

const struct inspect_ops DB_INSPECT_OPS = {
    .count = inspect_count,
    .diffs = inspect_diffs,
    .known = inspect_known,
    .reject_ids = inspect_reject_ids,
    .part = inspect_part,
    .objects = inspect_objects,
    .rows = inspect_rows,
    .summary = inspect_summary,
    .rest = inspect_rest,
};
