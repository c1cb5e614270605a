/* Finds the owners of whom something may be compacted, page by page: DB_COMPACTION_OPS. A page is
 * one statement, which looks at one diff and one known id of each owner; who has something costs a
 * few looks more. */
#include <assert.h>

#include "db_compact.h"
#include "db_owners.h"
#include "db_query.h"
#include "db_tables.h"

#define TEXT_BYTES ((size_t)512)
#define MS         ((int64_t)1000)
/* An owner's tombstones are read all to find the old ones: so the oldest one waits a little longer
 * than it must. */
#define PATIENCE ((int64_t)32)

enum cell { OWNER, NEXT_CLOCK, COMPACTED, FORGOTTEN, FIRST, IDS, DELETES };

struct candidate {
    struct text owner;
    int64_t next_clock;
    struct horizon horizon;
    int64_t first_s; /* the age of the first diff; 0: there is none */
    bool diffs;
    bool ids;
    bool deletes;
};

struct page {
    const struct compaction_query *query;
    struct arena *arena;
    struct candidate *items;
    size_t count;
};

static int64_t seconds_of(int64_t ms)
{
    return ms / MS + (ms % MS > 0);
}

static bool keeps_all(const struct compaction_query *query)
{
    return query->keep_ms == COMPACTION_FOREVER;
}

static bool forgets_none(const struct compaction_query *query)
{
    return keeps_all(query) || query->deletes_ms == COMPACTION_FOREVER;
}

/* How long ago a tombstone was folded that is to go. */
static int64_t delete_age(const struct compaction_query *query)
{
    if (forgets_none(query) || query->deletes_ms < query->keep_ms)
        return 0;
    return seconds_of(query->deletes_ms - query->keep_ms);
}

static int64_t keep_age(const struct compaction_query *query)
{
    return keeps_all(query) ? 0 : seconds_of(query->keep_ms);
}

/* Of what is below the horizon, some is left to be folded. */
static void take_first(struct candidate *candidate, const struct compaction_query *query,
                       const struct db_rows *rows)
{
    const int64_t first = db_rows_is_null(rows, FIRST) ? 0 : db_rows_integer(rows, FIRST);

    candidate->first_s = first < 0 ? -1 - first : first;
    candidate->diffs = !db_rows_is_null(rows, FIRST) && !keeps_all(query) &&
                       (first < 0 || first >= keep_age(query));
}

static enum rc take_candidate(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct page *page = context;
    struct candidate *candidate = &page->items[page->count++];

    (void)fail;
    *candidate = (struct candidate){
        .owner = db_rows_text(rows, OWNER, page->arena),
        .next_clock = db_rows_integer(rows, NEXT_CLOCK),
        .horizon = {db_rows_integer(rows, COMPACTED), db_rows_integer(rows, FORGOTTEN)},
        .ids = db_rows_integer(rows, IDS) != 0,
        .deletes = db_rows_integer(rows, DELETES) != 0,
    };
    take_first(candidate, page->query, rows);
    return RC_OK;
}

static enum rc read_page(struct db_session *s, struct page *page, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {
        [OWNER] = DB_CELL_TEXT,        [NEXT_CLOCK] = DB_CELL_INTEGER,
        [COMPACTED] = DB_CELL_INTEGER, [FORGOTTEN] = DB_CELL_INTEGER,
        [FIRST] = DB_CELL_INTEGER,     [IDS] = DB_CELL_INTEGER,
        [DELETES] = DB_CELL_INTEGER,
    };
    const struct compaction_query *query = page->query;
    const int64_t delete_s = delete_age(query);
    struct db_query q = db_query_fixed(s, STATEMENT_FIND_COMPACTABLE, "look what can be compacted");

    page->count = 0;
    db_args_integer(&q.args, !forgets_none(query));
    db_args_integer(&q.args, delete_s + delete_s / PATIENCE);
    db_args_text(&q.args, query->after);
    db_args_integer(&q.args, (int64_t)query->max);
    return db_query_each(&q, DB_COLUMNS(KINDS, TEXT_BYTES), take_candidate, page, fail);
}

struct next_diff {
    bool there;
    int64_t clock;
    bool old;
};

static enum rc take_next(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct next_diff *next = context;

    (void)fail;
    *next = (struct next_diff){true, db_rows_integer(rows, 0), db_rows_integer(rows, 1) != 0};
    return RC_OK;
}

static enum rc next_from(struct db_session *s, const struct page *page, struct text owner,
                         int64_t clock, struct next_diff *next_out, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {DB_CELL_INTEGER, DB_CELL_INTEGER};
    struct db_query q = db_query_fixed(s, STATEMENT_IS_OLD, "look how old a diff is");

    *next_out = (struct next_diff){0};
    db_args_integer(&q.args, keep_age(page->query));
    db_args_text(&q.args, owner);
    db_args_integer(&q.args, clock);
    return db_query_each(&q, DB_COLUMNS(KINDS, 0), take_next, next_out, fail);
}

/* The clock of the first diff that is to be kept, or the one behind the last diff. Diffs of later
 * clocks were stored later. */
static enum rc find_kept(struct db_session *s, const struct page *page,
                         const struct candidate *candidate, int64_t *clock_out, struct fail *fail)
{
    int64_t low = candidate->horizon.compacted_below; /* below are old ones */
    int64_t high = candidate->next_clock;             /* none of those from here on is */
    enum rc rc = RC_OK;

    while (rc == RC_OK && low < high) {
        const int64_t middle = low + (high - low) / 2;
        struct next_diff next;

        rc = next_from(s, page, candidate->owner, middle, &next, fail);
        if (rc == RC_OK && next.there && next.old)
            low = next.clock + 1;
        else
            high = middle;
    }
    *clock_out = low;
    return rc;
}

static enum rc find_forgotten(struct db_session *s, const struct page *page, struct text owner,
                              int64_t *clock_out, struct fail *fail)
{
    struct db_query q = db_query_fixed(s, STATEMENT_FIND_OLD_DELETES, "find old tombstones");

    db_args_text(&q.args, owner);
    db_args_integer(&q.args, delete_age(page->query));
    return db_query_integer(&q, clock_out, fail);
}

static enum rc add_owner(struct db_session *s, const struct page *page,
                         const struct candidate *candidate, struct compactable_list *list,
                         struct fail *fail)
{
    struct horizon to = candidate->horizon;
    int64_t kept = 0, forgotten = 0;
    enum rc rc = RC_OK;

    if (candidate->diffs)
        rc = find_kept(s, page, candidate, &kept, fail);
    if (rc == RC_OK && candidate->deletes)
        rc = find_forgotten(s, page, candidate->owner, &forgotten, fail);
    if (kept > to.compacted_below)
        to.compacted_below = kept;
    if (forgotten > to.compacted_below)
        forgotten = to.compacted_below;
    if (forgotten > to.forgotten_below)
        to.forgotten_below = forgotten;
    list->items[list->count++] = (struct compactable){candidate->owner, to, candidate->first_s};
    return rc;
}

/* What is on its way elsewhere is compacted there. */
static bool is_here(const struct db_session *s, const struct candidate *candidate)
{
    struct fail ignored;

    return db_owners_here(s, candidate->next_clock, &ignored) == RC_OK;
}

struct finding {
    struct page *page;
    struct compactable_list *list;
};

static enum rc try_find(struct db_session *s, void *context, struct fail *fail)
{
    const struct finding *finding = context;
    struct page *page = finding->page;
    struct compactable_list *list = finding->list;
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = read_page(s, page, fail);
    list->count = 0;
    list->oldest_s = 0;
    for (size_t i = 0; rc == RC_OK && i < page->count; i++) {
        const struct candidate *candidate = &page->items[i];

        if (!is_here(s, candidate))
            continue;
        if (list->oldest_s < candidate->first_s)
            list->oldest_s = candidate->first_s;
        if (candidate->diffs || candidate->ids || candidate->deletes)
            rc = add_owner(s, page, candidate, list, fail);
    }
    return rc;
}

static enum rc find_compactable(struct synchronizer *base, const struct compaction_query *query,
                                struct arena *arena, struct compactable_list *list_out,
                                struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct page page = {
        .query = query,
        .arena = arena,
        .items = ARENA_ARRAY(arena, query->max, struct candidate),
    };
    struct finding finding = {&page, list_out};
    enum rc rc;

    assert(!s->link.in_transaction);
    *list_out = (struct compactable_list){
        .items = ARENA_ARRAY(arena, query->max, struct compactable),
    };
    rc = db_session_first(s, try_find, &finding, fail);
    if (rc == RC_OK && page.count > 0)
        list_out->last = page.items[page.count - 1].owner;
    list_out->more = rc == RC_OK && page.count == query->max;
    return rc;
}

struct horizon_context {
    struct text owner;
    struct horizon *horizon;
};

static enum rc try_find_horizon(struct db_session *s, void *context, struct fail *fail)
{
    const struct horizon_context *found = context;
    enum rc rc = s->link.in_transaction ? RC_OK : db_session_open(s, fail);

    return rc == RC_OK ? db_owners_horizon(s, found->owner, found->horizon, fail) : rc;
}

static enum rc find_horizon(struct synchronizer *base, struct text owner,
                            struct horizon *horizon_out, struct fail *fail)
{
    struct horizon_context context = {owner, horizon_out};

    *horizon_out = (struct horizon){0};
    return db_session_first(db_session_of(base), try_find_horizon, &context, fail);
}

struct unseen_context {
    struct text owner;
    int64_t since_clock;
    int64_t *age_s;
};

static enum rc try_find_unseen(struct db_session *s, void *context, struct fail *fail)
{
    const struct unseen_context *unseen = context;
    enum rc rc = db_session_open(s, fail);
    struct db_query q =
        db_query_fixed(s, STATEMENT_FIND_UNSEEN_DELETE, "find the oldest unseen delete");

    db_args_text(&q.args, unseen->owner);
    db_args_integer(&q.args, unseen->since_clock);
    return rc == RC_OK ? db_query_integer(&q, unseen->age_s, fail) : rc;
}

static enum rc find_unseen_delete(struct synchronizer *base, struct text owner, int64_t since_clock,
                                  int64_t *age_s_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct unseen_context context = {owner, since_clock, age_s_out};

    assert(!s->link.in_transaction);
    *age_s_out = 0;
    return db_session_first(s, try_find_unseen, &context, fail);
}

const struct compaction_ops DB_COMPACTION_OPS = {
    .find_compactable = find_compactable,
    .compact = db_compact_step,
    .find_horizon = find_horizon,
    .find_unseen_delete = find_unseen_delete,
};
