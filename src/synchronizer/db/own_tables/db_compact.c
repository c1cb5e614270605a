/* One step of an owner's compaction: db_compact_step(). Under the owner's lock the horizon rises,
 * whole objects are folded, and what is left below it goes, in one transaction: ids where nothing
 * is left to fold, tombstones where no id is left. */
#include "db_compact.h"

#include <assert.h>
#include <mysql.h>

#include "db_batch.h"
#include "db_diff_row.h"
#include "db_lookup.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_quote.h"
#include "db_summaries.h"
#include "db_tables.h"
#include "text_index.h"

#define TEXT_BYTES ((size_t)2048)

struct step {
    struct db_session *session;
    const struct compaction *job;
    struct compacted *done;
    struct arena *arena; /* of the step */
    struct arena *diff;  /* of one diff */
    int64_t next_clock;
    bool there;          /* the owner */
    bool has_tombstones; /* there may be some */
};

/* --- the owner's row */

static enum rc take_owner(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct step *step = context;

    (void)fail;
    step->there = true;
    step->next_clock = db_rows_integer(rows, 0);
    step->done->horizon = (struct horizon){db_rows_integer(rows, 1), db_rows_integer(rows, 2)};
    step->has_tombstones = db_rows_integer(rows, 3) != 0;
    return RC_OK;
}

static enum rc try_begin(struct db_session *s, void *context, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER, DB_CELL_INTEGER,
                                              DB_CELL_INTEGER};
    struct step *step = context;
    enum rc rc = db_session_transact(s, fail);
    struct db_query query;

    step->there = false;
    if (rc != RC_OK)
        return rc;
    query = db_query_fixed(s, STATEMENT_LOCK_COMPACTED, "lock owner");
    db_args_text(&query.args, step->job->owner);
    rc = db_query_each(&query, DB_COLUMNS(KINDS, 0), take_owner, step, fail);
    return rc == RC_OK ? db_owners_here(s, step->next_clock, fail) : rc;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static enum rc raise_horizon(struct step *step, struct fail *fail)
{
    const struct horizon to = step->job->to;
    struct horizon *now = &step->done->horizon;
    const struct horizon was = *now;
    struct db_query query;

    now->compacted_below =
        larger(was.compacted_below, smaller(to.compacted_below, step->next_clock));
    now->forgotten_below =
        larger(was.forgotten_below, smaller(to.forgotten_below, now->compacted_below));
    if (now->compacted_below == was.compacted_below && now->forgotten_below == was.forgotten_below)
        return RC_OK;
    query = db_query_fixed(step->session, STATEMENT_SET_HORIZON, "raise the horizon");
    db_args_integer(&query.args, now->compacted_below);
    db_args_integer(&query.args, now->forgotten_below);
    db_args_text(&query.args, step->job->owner);
    return db_query_run(&query, fail);
}

/* --- what is to be folded: objects of the oldest diffs */

/* Of one model, or of all before they are told apart. */
struct objects {
    struct text *models;
    struct text *ids;
    size_t *counts; /* of an object's diffs below the horizon */
    size_t count;
};

static struct objects new_objects(size_t max, struct arena *arena)
{
    return (struct objects){
        .models = ARENA_ARRAY(arena, max, struct text),
        .ids = ARENA_ARRAY(arena, max, struct text),
        .counts = ARENA_ARRAY(arena, max, size_t),
    };
}

static enum rc take_object(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct objects *objects = context;

    (void)fail;
    objects->models[objects->count] = db_rows_text(rows, 0, rows->into);
    objects->ids[objects->count++] = db_rows_text(rows, 1, rows->into);
    return RC_OK;
}

/* Diffs of models that are not mapped stay, however old: nobody knows their fields. */
static enum rc find_oldest(struct step *step, struct objects *objects_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT};
    const struct mapping *mapping = step->session->base.mapping;
    struct buf *sql = &step->session->sql;
    struct db_query query =
        db_query_made(step->session, 3 + mapping->model_count, "find the oldest diffs");

    *objects_out = new_objects(step->job->max, step->arena);
    query.into = step->arena;
    buf_add_str(sql, "SELECT model, object_id FROM ");
    db_quote_name(sql, step->session->link.settings->diffs_table);
    buf_add_str(sql, " FORCE INDEX (PRIMARY) WHERE owner = ? AND logical_clock < ? AND model IN (");
    db_args_text(&query.args, step->job->owner);
    db_args_integer(&query.args, step->done->horizon.compacted_below);
    for (size_t i = 0; i < mapping->model_count; i++) {
        buf_add_str(sql, i == 0 ? "?" : ",?");
        db_args_text(&query.args, mapping->models[i].name);
    }
    buf_add_str(sql, ") ORDER BY logical_clock, seq LIMIT ?");
    db_args_integer(&query.args, (int64_t)step->job->max);
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_object, objects_out, fail);
}

/* Each object of the model once. */
static struct objects objects_of(const struct step *step, const struct objects *oldest,
                                 const struct model *model)
{
    struct objects all = new_objects(oldest->count, step->arena);
    struct objects each = new_objects(oldest->count, step->arena);
    struct text_index index;

    for (size_t i = 0; i < oldest->count; i++)
        if (text_equal(oldest->models[i], model->name))
            all.ids[all.count++] = oldest->ids[i];
    index = text_index_of(all.ids, all.count, step->arena);
    for (size_t i = 0; i < all.count; i++)
        if (text_index_find(&index, all.ids[i]) == i)
            each.ids[each.count++] = all.ids[i];
    return each;
}

/* --- folding them */

struct folding {
    struct step *step;
    const struct model *model;
    struct objects objects;
    struct summary **summaries; /* by place among the objects */
    size_t folded;              /* diffs */
    enum rc rc;
    struct fail *fail;
};

static void add_condition(const struct db_lookup *lookup, const struct db_lookup_list *list,
                          struct db_args *args)
{
    const struct folding *folding = lookup->out;

    buf_add_str(&lookup->session->sql,
                " WHERE owner = ? AND model = ? AND logical_clock < ? AND object_id IN ");
    db_args_text(args, lookup->owner);
    db_args_text(args, lookup->model->name);
    db_args_integer(args, folding->step->done->horizon.compacted_below);
    db_lookup_add_list(lookup, list, args);
}

static void add_from(const struct db_lookup *lookup)
{
    buf_add_str(&lookup->session->sql, " FROM ");
    db_quote_name(&lookup->session->sql, lookup->session->link.settings->diffs_table);
    buf_add_str(&lookup->session->sql, " d FORCE INDEX (" DB_OBJECT_KEY ")");
}

static void build_count(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args)
{
    buf_add_str(&lookup->session->sql, "SELECT object_id, COUNT(*)");
    add_from(lookup);
    add_condition(lookup, list, args);
    buf_add_str(&lookup->session->sql, " GROUP BY object_id");
}

static void found_count(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    const struct folding *folding = lookup->out;

    folding->objects.counts[at] = (size_t)db_rows_integer(rows, 1);
}

static void build_diffs(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args)
{
    buf_add_str(&lookup->session->sql, "SELECT " DB_DIFF_COLUMNS);
    add_from(lookup);
    add_condition(lookup, list, args);
    buf_add_str(&lookup->session->sql, " ORDER BY object_id, logical_clock, seq");
}

static enum rc fold_diff(struct folding *folding, size_t at, const struct db_rows *rows)
{
    const struct step *step = folding->step;
    const struct owner_model of = {step->job->owner, folding->model};
    struct diff diff;
    enum rc rc;

    arena_clear(step->diff);
    rc = db_diff_row_read(rows, of, step->diff, step->diff, &diff, folding->fail);
    if (rc == RC_OK)
        rc = diff_parse_stored(&diff, step->diff, folding->fail);
    if (rc != RC_OK)
        return rc;
    summary_add(folding->summaries[at], &diff, db_rows_integer(rows, DB_DIFF_SEQ),
                step->session->base.columns, step->arena);
    folding->folded++;
    return RC_OK;
}

static void found_diff(const struct db_lookup *lookup, size_t at, const struct db_rows *rows)
{
    struct folding *folding = lookup->out;

    if (folding->rc == RC_OK)
        folding->rc = fold_diff(folding, at, rows);
}

static struct db_lookup lookup_of(struct folding *folding, const char *what)
{
    return (struct db_lookup){
        .session = folding->step->session,
        .what = what,
        .owner = folding->step->job->owner,
        .model = folding->model,
        .out = folding,
    };
}

/* As many of the objects as the step takes, the first at least. */
static enum rc choose_objects(struct folding *folding, size_t left, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_INTEGER};
    struct db_lookup lookup = lookup_of(folding, "count diffs");
    struct objects *objects = &folding->objects;
    size_t diffs = 0, taken = 0;
    enum rc rc;

    lookup.build = build_count;
    lookup.kinds = KINDS;
    lookup.column_count = ARRAY_LEN(KINDS);
    lookup.found = found_count;
    rc = db_lookup_run(&lookup, objects->ids, objects->count, fail);
    while (taken < objects->count && (taken == 0 || diffs + objects->counts[taken] <= left))
        diffs += objects->counts[taken++];
    if (taken < objects->count)
        folding->step->done->more = true;
    objects->count = taken;
    return rc;
}

static enum rc read_diffs(struct folding *folding, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_DIFF_KINDS};
    struct db_lookup lookup = lookup_of(folding, "read the oldest diffs");
    enum rc rc;

    lookup.build = build_diffs;
    lookup.kinds = KINDS;
    lookup.column_count = ARRAY_LEN(KINDS);
    lookup.found = found_diff;
    rc = db_lookup_run(&lookup, folding->objects.ids, folding->objects.count, fail);
    return rc == RC_OK ? folding->rc : rc;
}

static enum rc fold_objects(struct folding *folding, struct fail *fail)
{
    const struct step *step = folding->step;
    const struct owner_model of = {step->job->owner, folding->model};
    const struct objects *objects = &folding->objects;
    enum rc rc;

    folding->summaries = ARENA_ARRAY(step->arena, objects->count, struct summary *);
    rc = db_summaries_find(step->session, of, (struct id_list){objects->ids, objects->count},
                           step->arena, folding->summaries, fail);
    for (size_t i = 0; rc == RC_OK && i < objects->count; i++) {
        if (folding->summaries[i] != NULL)
            continue;
        folding->summaries[i] = ARENA_NEW(step->arena, struct summary);
        summary_init(folding->summaries[i], folding->model, objects->ids[i], step->arena);
    }
    return rc == RC_OK ? read_diffs(folding, fail) : rc;
}

/* A row that is gone without being in a summary would be lost for good. With an alias a DELETE
 * takes a FORCE INDEX: else it would look at all rows of a small table, and wait for those of
 * others. */
static enum rc delete_diffs(struct folding *folding, struct fail *fail)
{
    struct db_session *s = folding->step->session;
    const struct db_lookup lookup = lookup_of(folding, "");
    const struct objects *objects = &folding->objects;
    size_t deleted = 0;
    enum rc rc = RC_OK;

    for (size_t at = 0; rc == RC_OK && at < objects->count;) {
        const struct db_lookup_list list =
            db_lookup_list_of(objects->ids + at, objects->count - at);
        struct db_query query = db_query_made(s, 3 + list.length, "delete compacted diffs");

        buf_add_str(&s->sql, "DELETE d");
        add_from(&lookup);
        add_condition(&lookup, &list, &query.args);
        rc = db_query_run(&query, fail);
        if (rc == RC_OK)
            deleted += (size_t)mysql_stmt_affected_rows(query.stmt);
        at += list.count;
    }
    if (rc == RC_OK && deleted != folding->folded)
        rc = fail_fatal(fail, "compaction deletes %zu diffs, of which it has folded %zu", deleted,
                        folding->folded);
    return rc;
}

static enum rc note_tombstones(struct folding *folding, struct fail *fail)
{
    struct step *step = folding->step;
    bool any = false;
    struct db_query query;

    for (size_t i = 0; i < folding->objects.count; i++)
        any |= !summary_lives(folding->summaries[i]);
    if (!any || step->has_tombstones)
        return RC_OK;
    step->has_tombstones = true;
    query = db_query_fixed(step->session, STATEMENT_NOTE_DELETES, "note tombstones");
    db_args_text(&query.args, step->job->owner);
    return db_query_run(&query, fail);
}

static enum rc fold_model(struct step *step, const struct objects *oldest,
                          const struct model *model, struct fail *fail)
{
    struct folding folding = {
        .step = step,
        .model = model,
        .objects = objects_of(step, oldest, model),
        .fail = fail,
    };
    const struct summary **summaries;
    enum rc rc;

    if (folding.objects.count == 0)
        return RC_OK;
    if (step->done->diffs >= step->job->max) {
        step->done->more = true;
        return RC_OK;
    }
    rc = choose_objects(&folding, step->job->max - step->done->diffs, fail);
    if (rc == RC_OK)
        rc = fold_objects(&folding, fail);
    if (rc != RC_OK)
        return rc;
    summaries = ARENA_ARRAY(step->arena, folding.objects.count, const struct summary *);
    for (size_t i = 0; i < folding.objects.count; i++)
        summaries[i] = folding.summaries[i];
    rc = db_summaries_put(step->session, step->job->owner, summaries, folding.objects.count, fail);
    if (rc == RC_OK)
        rc = delete_diffs(&folding, fail);
    if (rc == RC_OK)
        rc = note_tombstones(&folding, fail);
    step->done->diffs += folding.folded;
    step->done->objects += folding.objects.count;
    return rc;
}

static enum rc fold(struct step *step, struct fail *fail)
{
    const struct mapping *mapping = step->session->base.mapping;
    struct objects oldest = {.count = 0};
    enum rc rc = RC_OK;

    if (mapping->model_count > 0)
        rc = find_oldest(step, &oldest, fail);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = fold_model(step, &oldest, &mapping->models[i], fail);
    step->done->more |= oldest.count == step->job->max;
    return rc;
}

/* --- what is left behind */

struct old_ids {
    struct text *items;
    size_t count;
    size_t capacity;
};

static enum rc take_id(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct old_ids *ids = context;

    (void)fail;
    ids->items = ARENA_ROOM(rows->into, ids->items, ids->count, &ids->capacity);
    ids->items[ids->count++] = db_rows_text(rows, 0, rows->into);
    return RC_OK;
}

static enum rc delete_ids(struct step *step, const struct old_ids *ids, struct fail *fail)
{
    struct db_session *s = step->session;
    const struct db_lookup lookup = {.session = s};
    enum rc rc = RC_OK;

    for (size_t at = 0; rc == RC_OK && at < ids->count;) {
        const struct db_lookup_list list = db_lookup_list_of(ids->items + at, ids->count - at);
        struct db_query query = db_query_made(s, 1 + list.length, "forget known ids");

        buf_add_str(&s->sql, "DELETE k FROM " DB_KNOWN_TABLE " k FORCE INDEX (PRIMARY) "
                             "WHERE owner = ? AND id IN ");
        db_args_text(&query.args, step->job->owner);
        db_lookup_add_list(&lookup, &list, &query.args);
        rc = db_query_run(&query, fail);
        if (rc == RC_OK)
            step->done->ids += (size_t)mysql_stmt_affected_rows(query.stmt);
        at += list.count;
    }
    return rc;
}

/* The clock of the id that is one too many, counted from the horizon down; 0: there is none. */
static enum rc find_ids_clock(struct step *step, int64_t *clock_out, struct fail *fail)
{
    struct db_query query =
        db_query_fixed(step->session, STATEMENT_FIND_OLD_IDS_CLOCK, "find the clock of old ids");

    db_args_text(&query.args, step->job->owner);
    db_args_integer(&query.args, step->done->horizon.compacted_below);
    db_args_integer(&query.args, (int64_t)step->job->max);
    return db_query_integer(&query, clock_out, fail);
}

/* The later a push, the sooner its ids go, and all of them at once: else of what a device sends
 * again, an early diff could be taken for new while the later one that overrode it is known. */
static enum rc forget_ids(struct step *step, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT};
    struct db_query query;
    struct old_ids ids = {.count = 0};
    int64_t from_clock;
    enum rc rc = find_ids_clock(step, &from_clock, fail);

    if (rc != RC_OK)
        return rc;
    query = db_query_fixed(step->session, STATEMENT_FIND_OLD_IDS, "find old known ids");
    query.into = step->arena;
    db_args_text(&query.args, step->job->owner);
    db_args_integer(&query.args, from_clock);
    db_args_integer(&query.args, step->done->horizon.compacted_below);
    rc = db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_id, &ids, fail);
    if (rc == RC_OK)
        rc = delete_ids(step, &ids, fail);
    step->done->more |= from_clock > 0;
    return rc;
}

static enum rc renew_oldest(struct step *step, struct fail *fail)
{
    struct db_query query =
        db_query_fixed(step->session, STATEMENT_RENEW_DELETES, "note the oldest tombstone");

    db_args_text(&query.args, step->job->owner);
    db_args_text(&query.args, step->job->owner);
    return db_query_run(&query, fail);
}

static enum rc delete_tombstones(struct step *step, const struct objects *tombstones,
                                 struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT, DB_CELL_TEXT};
    struct db_session *s = step->session;
    const struct db_batch_sql sql =
        db_batch_fixed(&s->statements, STATEMENT_FORGET_SUMMARY, "forget tombstones");
    struct db_batch batch;
    MYSQL_STMT *stmt;

    db_session_sql(s);
    batch = db_batch_of(KINDS, ARRAY_LEN(KINDS), tombstones->count, &s->scratch);
    for (size_t i = 0; i < tombstones->count; i++) {
        db_batch_text(&batch, 0, i, step->job->owner);
        db_batch_text(&batch, 1, i, tombstones->models[i]);
        db_batch_text(&batch, 2, i, tombstones->ids[i]);
    }
    return db_batch_run(&batch, &s->statements, &sql, &step->done->tombstones, &stmt, fail);
}

static enum rc forget_tombstones(struct step *step, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_TEXT, DB_CELL_TEXT};
    struct objects tombstones = new_objects(step->job->max, step->arena);
    struct db_query query =
        db_query_fixed(step->session, STATEMENT_FIND_TOMBSTONES, "find forgotten tombstones");
    enum rc rc;

    query.into = step->arena;
    db_args_text(&query.args, step->job->owner);
    db_args_integer(&query.args, step->done->horizon.forgotten_below);
    db_args_integer(&query.args, (int64_t)step->job->max);
    rc = db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_object, &tombstones, fail);
    if (rc != RC_OK || tombstones.count == 0)
        return rc;
    step->done->more |= tombstones.count == step->job->max;
    rc = delete_tombstones(step, &tombstones, fail);
    return rc == RC_OK ? renew_oldest(step, fail) : rc;
}

static enum rc work(struct step *step, struct fail *fail)
{
    enum rc rc = raise_horizon(step, fail);

    if (rc == RC_OK)
        rc = fold(step, fail);
    if (rc == RC_OK && !step->done->more)
        rc = forget_ids(step, fail);
    if (rc == RC_OK && !step->done->more && step->has_tombstones)
        rc = forget_tombstones(step, fail);
    return rc;
}

static enum rc run(struct step *step, struct fail *fail)
{
    struct db_session *s = step->session;
    enum rc rc = db_session_first(s, try_begin, step, fail);

    if (rc == RC_OK && step->there)
        rc = work(step, fail);
    if (rc == RC_OK && step->there)
        rc = db_session_commit(s, fail);
    if (rc != RC_OK || !step->there)
        db_session_rollback(s);
    return rc;
}

enum rc db_compact_step(struct synchronizer *base, const struct compaction *job,
                        struct compacted *compacted_out, struct fail *fail)
{
    struct arena arena, diff;
    struct step step = {
        .session = db_session_of(base),
        .job = job,
        .done = compacted_out,
        .arena = &arena,
        .diff = &diff,
    };
    enum rc rc;

    assert(!step.session->link.in_transaction && job->max > 0);
    *compacted_out = (struct compacted){0};
    arena_init(&arena);
    arena_init(&diff);
    rc = run(&step, fail);
    if (rc != RC_OK)
        *compacted_out = (struct compacted){0};
    arena_release(&diff);
    arena_release(&arena);
    return rc;
}
