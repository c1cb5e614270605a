/* Questions of operators: each is one SELECT within the snapshot, asked by ask(). */
#include "db_inspect.h"

#include "db_quote.h"
#include "db_rows.h"
#include "db_session.h"
#include "db_tables.h"

/* Most diffs fit; longer ones cost a second look at the row. */
#define TEXT_BYTES ((size_t)2048)
/* Parameters of the longest question. */
#define PARAMETERS ((size_t)8)
/* Known ids that are looked at, each with two look-ups. */
#define KNOWN_MAX ((int64_t)100000)

/* One SELECT, its parameters, and who takes its rows. */
struct question {
    struct db_session *session;
    struct buf *sql;
    struct db_args args;
    const char *what;
    const enum db_cell_kind *kinds;
    size_t column_count;
    enum rc (*take)(void *context, const struct db_rows *rows, struct fail *fail);
    void *context;
};

static struct question question_of(struct synchronizer *base, const char *what)
{
    struct db_session *s = db_session_of(base);
    struct buf *sql = db_session_sql(s);

    return (struct question){
        .session = s,
        .sql = sql,
        .args = db_args_of(PARAMETERS, &s->scratch),
        .what = what,
    };
}

static void add_diffs_table(struct question *q, const char *before, const char *behind)
{
    buf_add_str(q->sql, before);
    db_quote_name(q->sql, q->session->link.settings->diffs_table);
    buf_add_str(q->sql, behind);
}

static void add_object(struct question *q, const struct inspect_object *object)
{
    db_args_text(&q->args, object->owner);
    db_args_text(&q->args, object->model->name);
    db_args_text(&q->args, object->id);
}

#define OF_OBJECT " WHERE owner = ? AND model = ? AND object_id = ?"

static enum rc ask(struct question *q, struct fail *fail)
{
    struct db_rows rows = {.link = &q->session->link, .what = q->what};
    bool more = false;
    enum rc rc = db_stmt_get(&q->session->statements, buf_text(q->sql), &rows.stmt, fail);

    if (rc != RC_OK)
        return rc;
    rc = db_rows_open(&rows, q->kinds, q->column_count, &q->args, TEXT_BYTES, fail);
    while (rc == RC_OK && (rc = db_rows_next(&rows, &more, fail)) == RC_OK && more)
        rc = q->take(q->context, &rows, fail);
    db_rows_close(&rows);
    return rc;
}

static enum rc take_integer(void *context, const struct db_rows *rows, struct fail *fail)
{
    int64_t *integer = context;

    (void)fail;
    *integer = db_rows_integer(rows, 0);
    return RC_OK;
}

/* A question whose answer is one number. */
static enum rc ask_integer(struct question *q, int64_t *integer_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER};

    *integer_out = 0;
    q->kinds = KINDS;
    q->column_count = ARRAY_LEN(KINDS);
    q->take = take_integer;
    q->context = integer_out;
    return ask(q, fail);
}

static enum rc inspect_count(struct synchronizer *s, const struct inspect_object *object,
                             int64_t *count_out, struct fail *fail)
{
    struct question q = question_of(s, "count an object's diffs");

    add_diffs_table(&q, "SELECT COUNT(*) FROM ", OF_OBJECT);
    add_object(&q, object);
    return ask_integer(&q, count_out, fail);
}

enum diff_column { OBJECT_ID, CLOCK, SEQ, TIME_MS, ID, TYPE, JSON_DATA, FIELD_TIMES };

static const enum db_cell_kind DIFF_KINDS[] = {
    [OBJECT_ID] = DB_CELL_TEXT,  [CLOCK] = DB_CELL_INTEGER,    [SEQ] = DB_CELL_INTEGER,
    [TIME_MS] = DB_CELL_INTEGER, [ID] = DB_CELL_TEXT,          [TYPE] = DB_CELL_TEXT,
    [JSON_DATA] = DB_CELL_TEXT,  [FIELD_TIMES] = DB_CELL_TEXT,
};

struct diffs_taking {
    const struct inspect_object *object;
    struct arena *arena;
    struct inspect_diffs *diffs;
};

static enum rc take_diff(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct diffs_taking *taking = context;
    struct inspect_diffs *diffs = taking->diffs;
    struct diff *diff = &diffs->items[diffs->count];

    *diff = (struct diff){
        .id = db_rows_text(rows, ID, taking->arena),
        .owner = taking->object->owner,
        .clock = db_rows_integer(rows, CLOCK),
        .time_ms = db_rows_integer(rows, TIME_MS),
        .model = taking->object->model,
        .json_data = db_rows_text(rows, JSON_DATA, taking->arena),
        .field_times = db_rows_text(rows, FIELD_TIMES, taking->arena),
    };
    if (!diff_type_parse(db_rows_text(rows, TYPE, taking->arena), &diff->type))
        return fail_fatal(fail, "the stored diff %.*s has no known type", TEXT_ARG(diff->id));
    diffs->places[diffs->count++] = (struct inspect_place){diff->clock, db_rows_integer(rows, SEQ)};
    return diff_parse_stored(diff, taking->arena, fail);
}

static enum rc inspect_diffs(struct synchronizer *s, const struct inspect_diffs_query *query,
                             struct arena *arena, struct inspect_diffs *diffs_out,
                             struct fail *fail)
{
    struct question q = question_of(s, "read an object's diffs");
    struct diffs_taking taking = {query->object, arena, diffs_out};

    *diffs_out = (struct inspect_diffs){
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
    q.kinds = DIFF_KINDS;
    q.column_count = ARRAY_LEN(DIFF_KINDS);
    q.take = take_diff;
    q.context = &taking;
    return ask(&q, fail);
}

struct known_taking {
    struct arena *arena;
    struct inspect_known_list *known;
};

static enum rc take_known(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct known_taking *taking = context;

    (void)fail;
    taking->known->items[taking->known->count++] = (struct inspect_known){
        .id = db_rows_text(rows, 0, taking->arena),
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
    struct question q = question_of(s, "find known ids of an object's syncs");
    struct known_taking taking = {arena, known_out};

    *known_out = (struct inspect_known_list){
        .items = ARENA_ARRAY(arena, query->max, struct inspect_known),
    };
    add_diffs_table(&q,
                    "SELECT id, logical_clock, rejected, beside FROM (SELECT k.id, "
                    "k.logical_clock, k.rejected, EXISTS (SELECT 1 FROM ",
                    " d" OF_OBJECT " AND d.logical_clock = k.logical_clock) AS beside, ");
    add_object(&q, query->object);
    add_diffs_table(&q, "EXISTS (SELECT 1 FROM ",
                    " d WHERE d.owner = k.owner AND d.logical_clock = k.logical_clock) AS stored "
                    "FROM (SELECT owner, id, logical_clock, rejected FROM " DB_KNOWN_TABLE
                    " WHERE owner = ? AND logical_clock >= ? "
                    "ORDER BY logical_clock DESC, id LIMIT ?) k) found "
                    "WHERE beside OR NOT stored ORDER BY logical_clock DESC, id LIMIT ?");
    db_args_text(&q.args, query->object->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, KNOWN_MAX);
    db_args_integer(&q.args, (int64_t)query->max);
    q.kinds = KINDS;
    q.column_count = ARRAY_LEN(KINDS);
    q.take = take_known;
    q.context = &taking;
    return ask(&q, fail);
}

struct ids_taking {
    struct arena *arena;
    struct inspect_id_list *ids;
};

static enum rc take_id(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct ids_taking *taking = context;

    (void)fail;
    taking->ids->items[taking->ids->count++] = db_rows_text(rows, 0, taking->arena);
    return RC_OK;
}

static enum rc inspect_reject_ids(struct synchronizer *s, const struct inspect_rejects_query *query,
                                  struct arena *arena, struct inspect_id_list *ids_out,
                                  struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT};
    struct question q = question_of(s, "list an owner's rejects");
    struct ids_taking taking = {arena, ids_out};

    *ids_out = (struct inspect_id_list){.items = ARENA_ARRAY(arena, query->max, struct text)};
    buf_add_str(q.sql, "SELECT id FROM " DB_REJECTS_TABLE
                       " WHERE owner = ? AND id > ? ORDER BY id LIMIT ?");
    db_args_text(&q.args, query->owner);
    db_args_text(&q.args, query->after);
    db_args_integer(&q.args, (int64_t)query->max);
    q.kinds = KINDS;
    q.column_count = ARRAY_LEN(KINDS);
    q.take = take_id;
    q.context = &taking;
    return ask(&q, fail);
}

struct part_taking {
    struct arena *arena;
    struct inspect_part *part;
    size_t capacity;
};

static struct inspect_diff_count *next_count(struct part_taking *taking)
{
    struct inspect_part *part = taking->part;

    if (part->count == taking->capacity) {
        struct inspect_diff_count *grown;

        taking->capacity = taking->capacity == 0 ? 16 : taking->capacity * 2;
        grown = ARENA_ARRAY(taking->arena, taking->capacity, struct inspect_diff_count);
        if (part->count > 0)
            memcpy(grown, part->items, part->count * sizeof(*grown));
        part->items = grown;
    }
    return &part->items[part->count++];
}

static enum rc take_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct part_taking *taking = context;
    struct inspect_diff_count *count = next_count(taking);
    struct text type = db_rows_text(rows, 1, taking->arena);

    *count = (struct inspect_diff_count){
        .model = db_rows_text(rows, 0, taking->arena),
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
    struct question q = question_of(s, "find the end of a part of the history");

    add_diffs_table(&q, "SELECT COALESCE(MAX(logical_clock), -1) FROM (SELECT logical_clock FROM ",
                    " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock >= ? "
                    "ORDER BY logical_clock LIMIT ?) part");
    db_args_text(&q.args, query->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, (int64_t)query->about);
    return ask_integer(&q, last_clock_out, fail);
}

static enum rc inspect_part(struct synchronizer *s, const struct inspect_part_query *query,
                            struct arena *arena, struct inspect_part *part_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT, DB_CELL_INTEGER,
                                              DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct part_taking taking = {.arena = arena, .part = part_out};
    struct question q;
    enum rc rc;

    *part_out = (struct inspect_part){0};
    rc = find_part_end(s, query, &part_out->last_clock, fail);
    if (rc != RC_OK || part_out->last_clock < 0)
        return rc;
    q = question_of(s, "count a part of the history");
    add_diffs_table(&q,
                    "SELECT model, type, COUNT(*), CAST(SUM(OCTET_LENGTH(json_data) + "
                    "COALESCE(OCTET_LENGTH(field_times), 0)) AS SIGNED), MAX(`utc_timestamp`) "
                    "FROM ",
                    " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock BETWEEN ? AND ? "
                    "GROUP BY model, type");
    db_args_text(&q.args, query->owner);
    db_args_integer(&q.args, query->since_clock);
    db_args_integer(&q.args, part_out->last_clock);
    q.kinds = KINDS;
    q.column_count = ARRAY_LEN(KINDS);
    q.take = take_count;
    q.context = &taking;
    return ask(&q, fail);
}

struct objects_taking {
    struct arena *arena;
    struct inspect_objects *objects;
};

static enum rc take_objects(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct objects_taking *taking = context;

    (void)fail;
    *taking->objects = (struct inspect_objects){
        .count = db_rows_integer(rows, 0),
        .deleted = db_rows_integer(rows, 1),
        .last_id = db_rows_text(rows, 2, taking->arena),
    };
    return RC_OK;
}

/* Objects by the key alone; of each the diffs of its last clock, mostly one; of these the last. */
static enum rc inspect_objects(struct synchronizer *s, const struct inspect_objects_query *query,
                               struct arena *arena, struct inspect_objects *objects_out,
                               struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_TEXT};
    struct question q = question_of(s, "count objects");
    struct objects_taking taking = {arena, objects_out};

    *objects_out = (struct inspect_objects){0};
    add_diffs_table(&q,
                    "SELECT COUNT(*), CAST(COALESCE(SUM(l.type = 'delete'), 0) AS SIGNED), "
                    "MAX(l.object_id) FROM (SELECT object_id, MAX(logical_clock) AS last_clock "
                    "FROM ",
                    " FORCE INDEX (" DB_OBJECT_KEY ") WHERE owner = ? AND model = ? "
                    "AND object_id > ? GROUP BY object_id ORDER BY object_id LIMIT ?) o ");
    add_diffs_table(&q, "STRAIGHT_JOIN ",
                    " l FORCE INDEX (" DB_OBJECT_KEY ") ON l.owner = ? AND l.model = ? "
                    "AND l.object_id = o.object_id AND l.logical_clock = o.last_clock ");
    add_diffs_table(&q, "WHERE NOT EXISTS (SELECT 1 FROM ",
                    " n FORCE INDEX (" DB_OBJECT_KEY ") WHERE n.owner = l.owner "
                    "AND n.model = l.model AND n.object_id = l.object_id "
                    "AND n.logical_clock = l.logical_clock AND n.seq > l.seq)");
    db_args_text(&q.args, query->owner);
    db_args_text(&q.args, query->model);
    db_args_text(&q.args, query->after);
    db_args_integer(&q.args, (int64_t)query->max);
    db_args_text(&q.args, query->owner);
    db_args_text(&q.args, query->model);
    q.kinds = KINDS;
    q.column_count = ARRAY_LEN(KINDS);
    q.take = take_objects;
    q.context = &taking;
    return ask(&q, fail);
}

static enum rc inspect_rows(struct synchronizer *s, struct text owner, const struct model *model,
                            int64_t *count_out, struct fail *fail)
{
    struct question q = question_of(s, "count rows");

    buf_add_str(q.sql, "SELECT COUNT(*) FROM ");
    db_quote_name(q.sql, model->table);
    buf_add_str(q.sql, " WHERE ");
    db_quote_name(q.sql, model->owner_column);
    buf_add_str(q.sql, " = ?");
    db_args_text(&q.args, owner);
    return ask_integer(&q, count_out, fail);
}

struct rest_taking {
    struct inspect_rest *rest;
    struct arena *arena;
};

static enum rc take_known_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct rest_taking *taking = context;

    (void)fail;
    taking->rest->known = db_rows_integer(rows, 0);
    taking->rest->known_rejected = db_rows_integer(rows, 1);
    return RC_OK;
}

static enum rc take_reject_count(void *context, const struct db_rows *rows, struct fail *fail)
{
    const struct rest_taking *taking = context;
    struct inspect_rest *rest = taking->rest;
    int64_t oldest_ms = db_rows_integer(rows, 2), newest_ms = db_rows_integer(rows, 3);
    enum fail_code code;

    (void)fail;
    /* A later release, gone back from, may have known more codes. */
    if (!fail_code_parse(db_rows_text(rows, 0, taking->arena), &code))
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
    const struct rest_taking *taking = context;

    (void)fail;
    taking->rest->tokens = db_rows_integer(rows, 0);
    taking->rest->token_used_ms = db_rows_integer(rows, 1);
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
    enum rc (*take)(void *context, const struct db_rows *rows, struct fail *fail);
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
    struct question q = question_of(s, query->what);
    struct rest_taking taking = {rest, &q.session->scratch};
    struct text table = text_of(query->table);

    if (query->table == NULL)
        table = q.session->link.settings->tokens_table;
    if (table.len == 0)
        return RC_OK;
    buf_add_str(q.sql, query->select);
    db_quote_name(q.sql, table);
    buf_add_str(q.sql, query->behind);
    db_args_text(&q.args, owner);
    q.kinds = query->kinds;
    q.column_count = query->column_count;
    q.take = query->take;
    q.context = &taking;
    return ask(&q, fail);
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
    .rest = inspect_rest,
};
