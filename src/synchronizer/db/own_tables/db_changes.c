/* A drain's transaction, and the entries of the outbox that it reads and takes: DB_CHANGES_OPS.
 * Entries are taken by their whole keys, read by plain SELECTs: nothing waits for who writes. */
#include "db_changes.h"

#include <assert.h>

#include "clock.h"
#include "db_batch.h"
#include "db_children.h"
#include "db_diffs.h"
#include "db_lineage_cache.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_waiting.h"
#include "db_walk.h"

/* Lists of fields are seldom longer. */
#define TEXT_BYTES ((size_t)512)

struct begin_context {
    struct text owner;
    struct owner_state *state;
};

/* The owner's lock comes first: behind it the first plain SELECT opens the read view. */
static enum rc try_lock(struct db_session *s, const struct begin_context *begin, bool *there_out,
                        struct fail *fail)
{
    enum rc rc = db_link_exec(&s->link, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", fail);

    if (rc != RC_OK)
        return rc;
    rc = db_session_transact(s, fail);
    /* The level would stay for the next transaction, whatever that is. */
    if (rc != RC_OK) {
        db_link_close(&s->link);
        return rc;
    }
    s->in_drain = true;
    return db_owners_drain(s, begin->owner, begin->state, there_out, fail);
}

/* An owner who is new is made before, so that the transaction locks a row and no gap. */
static enum rc make_and_lock(struct db_session *s, const struct begin_context *begin,
                             struct fail *fail)
{
    bool there = false;
    enum rc rc;

    db_session_rollback(s);
    rc = db_owners_make(s, begin->owner, fail);
    if (rc == RC_OK)
        rc = try_lock(s, begin, &there, fail);
    if (rc == RC_OK && !there)
        rc = fail_busy(fail, RC_RETRY, "the owner was erased meanwhile");
    return rc;
}

static enum rc try_begin(struct db_session *s, void *context, struct fail *fail)
{
    bool there = false;
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = db_lineage_refresh(s, fail);
    if (rc == RC_OK)
        rc = try_lock(s, context, &there, fail);
    return rc == RC_OK && !there ? make_and_lock(s, context, fail) : rc;
}

static enum rc begin(struct synchronizer *base, struct text owner, struct owner_state *state_out,
                     struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct begin_context context = {.owner = owner, .state = state_out};

    assert(!s->link.in_transaction);
    return db_session_first(s, try_begin, &context, fail);
}

enum change_cell { SEQ, MODEL, OBJECT_ID, OP, OWN, FIELDS, MS };

struct reading {
    struct db_session *session;
    size_t max;
    struct arena *arena;
    struct change_list *changes;
    size_t capacity;
};

static enum rc parse_op(struct text op, enum change_op *op_out, struct fail *fail)
{
    static const struct {
        const char *name;
        enum change_op op;
    } OPS[] = {
        {"I", CHANGE_INSERT}, {"U", CHANGE_UPDATE}, {"D", CHANGE_DELETE}, {"R", CHANGE_RECONCILE}};

    for (size_t i = 0; i < ARRAY_LEN(OPS); i++)
        if (text_is(op, OPS[i].name)) {
            *op_out = OPS[i].op;
            return RC_OK;
        }
    return fail_fatal(fail, "an entry of the outbox has the unknown operation '%.*s'",
                      TEXT_ARG(op));
}

/* The names up to the next comma; *rest lies behind it. */
static struct text next_name(struct text *rest)
{
    const char *comma = memchr(rest->ptr, ',', rest->len);
    const size_t len = comma == NULL ? rest->len : (size_t)(comma - rest->ptr);
    const struct text name = {rest->ptr, len};

    *rest = comma == NULL ? (struct text){"", 0} : (struct text){comma + 1, rest->len - len - 1};
    return name;
}

/* A field that is not mapped any more is nobody's. */
static void parse_fields(struct change *change, struct text names, struct arena *arena)
{
    change->all_fields = names.len == 0 || text_is(names, "*");
    if (change->all_fields)
        return;
    change->fields = ARENA_ARRAY(arena, change->model->field_count, const struct field *);
    while (names.len > 0 && change->field_count < change->model->field_count) {
        const struct field *field = model_field(change->model, next_name(&names));

        if (field != NULL)
            change->fields[change->field_count++] = field;
    }
}

static enum rc take_change(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct reading *reading = context;
    struct arena *scratch = &reading->session->scratch;
    struct change_list *changes = reading->changes;
    struct change *change;

    changes->more = changes->count == reading->max;
    if (changes->more)
        return RC_OK;
    changes->items = ARENA_ROOM(reading->arena, changes->items, changes->count, &reading->capacity);
    change = &changes->items[changes->count++];
    *change = (struct change){
        .seq = (uint64_t)db_rows_integer(rows, SEQ),
        .model_name = db_rows_text(rows, MODEL, reading->arena),
        .object_id = db_rows_text(rows, OBJECT_ID, reading->arena),
        .own = db_rows_integer(rows, OWN) != 0,
        .time_ms = db_rows_integer(rows, MS),
    };
    change->model = mapping_find(reading->session->base.mapping, change->model_name);
    if (change->model != NULL && text_is(db_rows_text(rows, OP, scratch), "U"))
        parse_fields(change, db_rows_text(rows, FIELDS, scratch), reading->arena);
    return parse_op(db_rows_text(rows, OP, scratch), &change->op, fail);
}

static enum rc read_changes(struct synchronizer *base, struct text owner, size_t max,
                            struct arena *arena, struct change_list *changes_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {
        [SEQ] = DB_CELL_INTEGER, [MODEL] = DB_CELL_TEXT,  [OBJECT_ID] = DB_CELL_TEXT,
        [OP] = DB_CELL_TEXT,     [OWN] = DB_CELL_INTEGER, [FIELDS] = DB_CELL_TEXT,
        [MS] = DB_CELL_INTEGER,
    };
    struct db_session *s = db_session_of(base);
    struct reading reading = {s, max, arena, changes_out, 0};
    struct db_query query = db_query_fixed(s, STATEMENT_READ_CHANGES, "read the outbox");

    assert(s->link.in_transaction);
    *changes_out = (struct change_list){0};
    db_args_text(&query.args, owner);
    db_args_integer(&query.args, (int64_t)max + 1);
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_change, &reading, fail);
}

static enum rc take(struct synchronizer *base, struct text owner, const struct change_list *changes,
                    struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER, DB_CELL_TEXT,
                                              DB_CELL_TEXT};
    struct db_session *s = db_session_of(base);
    struct db_batch batch;
    const struct db_batch_sql sql =
        db_batch_fixed(&s->statements, STATEMENT_TAKE_CHANGE, "take entries out");
    MYSQL_STMT *stmt;
    size_t taken;

    db_session_sql(s);
    batch = db_batch_of(KINDS, ARRAY_LEN(KINDS), changes->count, &s->scratch);
    batch.columns[1].is_unsigned = true;
    for (size_t i = 0; i < changes->count; i++) {
        db_batch_text(&batch, 0, i, owner);
        db_batch_integer(&batch, 1, i, (int64_t)changes->items[i].seq);
        db_batch_text(&batch, 2, i, changes->items[i].object_id);
        db_batch_text(&batch, 3, i, changes->items[i].model_name);
    }
    return db_batch_run(&batch, &s->statements, &sql, &taken, &stmt, fail);
}

struct measuring {
    uint64_t max;
    struct outbox_size *size;
};

static enum rc take_size(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct outbox_size *size = context;

    (void)fail;
    size->entries = (uint64_t)db_rows_integer(rows, 0);
    size->oldest_ms = db_rows_integer(rows, 1);
    return RC_OK;
}

/* What the engine's statistics say, which are not exact, and may be old. */
static enum rc estimate(struct db_session *s, struct outbox_size *size, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_ESTIMATE_CHANGES, "estimate the outbox");
    int64_t rows;
    enum rc rc = db_query_integer(&query, &rows, fail);

    size->estimated = true;
    if (rc == RC_OK && rows > 0 && (uint64_t)rows > size->entries)
        size->entries = (uint64_t)rows;
    return rc;
}

static enum rc try_measure(struct db_session *s, void *context, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER};
    const struct measuring *measuring = context;
    enum rc rc = db_session_open(s, fail);
    struct db_query query = db_query_fixed(s, STATEMENT_MEASURE_CHANGES, "measure the outbox");

    db_args_integer(&query.args, (int64_t)measuring->max);
    if (rc == RC_OK)
        rc = db_query_each(&query, DB_COLUMNS(KINDS, 0), take_size, measuring->size, fail);
    if (rc == RC_OK && measuring->size->entries == measuring->max)
        rc = estimate(s, measuring->size, fail);
    return rc;
}

static enum rc measure(struct synchronizer *base, uint64_t max, struct outbox_size *size_out,
                       struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct measuring measuring = {max < INT64_MAX ? max : INT64_MAX, size_out};

    assert(!s->link.in_transaction);
    *size_out = (struct outbox_size){0};
    return db_session_first(s, try_measure, &measuring, fail);
}

struct reconciling {
    struct text owner;
    const struct model *model;
    uint64_t *owners;
};

static struct db_query reconcile_query(struct db_session *s, const struct reconciling *what)
{
    const bool all = what->owner.len == 0;
    struct db_query query = db_query_fixed(s,
                                           what->model != NULL ? STATEMENT_RECONCILE_MODEL
                                           : all               ? STATEMENT_RECONCILE_ALL
                                                               : STATEMENT_RECONCILE_OWNER,
                                           "have tables compared");

    if (what->model != NULL) {
        db_args_text(&query.args, what->model->name);
        db_args_integer(&query.args, clock_now_ms());
        db_args_integer(&query.args, all);
    }
    if (what->model != NULL || !all)
        db_args_text(&query.args, what->owner);
    return query;
}

static enum rc try_reconcile(struct db_session *s, void *context, struct fail *fail)
{
    const struct reconciling *what = context;
    enum rc rc = db_session_open(s, fail);
    struct db_query query = reconcile_query(s, what);

    if (rc == RC_OK)
        rc = db_query_run(&query, fail);
    if (rc == RC_OK)
        *what->owners = (uint64_t)mysql_stmt_affected_rows(query.stmt);
    return rc;
}

static enum rc count_owners(struct db_session *s, uint64_t *owners_out, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_COUNT_OWNERS, "count the owners");
    int64_t owners;
    enum rc rc = db_query_integer(&query, &owners, fail);

    *owners_out = (uint64_t)owners;
    return rc;
}

static enum rc reconcile(struct synchronizer *base, struct text owner, const struct model *model,
                         uint64_t *owners_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct reconciling what = {owner, model, owners_out};
    enum rc rc;

    assert(!s->link.in_transaction);
    *owners_out = 0;
    rc = db_session_first(s, try_reconcile, &what, fail);
    if (rc == RC_OK && model == NULL && owner.len == 0)
        rc = count_owners(s, owners_out, fail);
    db_lineage_forget(s);
    return rc;
}

const struct change_ops DB_CHANGES_OPS = {
    .begin = begin,
    .take_clock = db_owners_take_clock,
    .read = read_changes,
    .take = take,
    .behind = db_owners_behind,
    .find_told = db_diffs_find_past,
    .read_rows = db_walk_read,
    .find_adopted = db_owners_find_adopted,
    .set_reconciled = db_owners_set_reconciled,
    .find_children = db_children_find,
    .find_waiting = db_waiting_find,
    .measure = measure,
    .reconcile = reconcile,
};
