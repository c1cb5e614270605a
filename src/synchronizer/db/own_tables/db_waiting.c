/* Who has entries in the outbox: db_waiting_find(), which reads a few entries at a time, and goes
 * on behind the last owner among them, whose other entries are not read.
 *
 * Not one GROUP BY: whether that jumps from owner to owner or reads every entry, each engine
 * decides by its statistics, and MySQL 9.7 sorts an owner's entries to find the first. */
#include "db_waiting.h"

#include <assert.h>

#include "db_query.h"

#define TEXT_BYTES ((size_t)512) /* owners are seldom longer */
#define AT_ONCE    ((size_t)32) /* entries: most owners have fewer, or one look more does not matter */

enum entry_cell { OWNER, SEQ, MS, NEXT_CLOCK };

struct finding {
    struct arena *scratch;
    struct text after;
    size_t max;
    struct arena *arena;
    struct waiting_list *waiting;
    size_t entries; /* read at once */
};

/* There is one. */
static struct waiting_owner *last_of(const struct waiting_list *waiting)
{
    return &waiting->items[waiting->count - 1];
}

static enum rc take_entry(void *context, const struct db_rows *rows, struct fail *fail)
{
    struct finding *finding = context;
    struct waiting_list *waiting = finding->waiting;
    const struct text owner = db_rows_text(rows, OWNER, finding->scratch);

    (void)fail;
    finding->entries++;
    if (waiting->count > 0 && text_equal(last_of(waiting)->owner, owner)) {
        last_of(waiting)->last_seq = (uint64_t)db_rows_integer(rows, SEQ);
        return RC_OK;
    }
    if (waiting->count == finding->max)
        return RC_OK;
    waiting->items[waiting->count++] = (struct waiting_owner){
        .owner = arena_text(finding->arena, owner),
        .last_seq = (uint64_t)db_rows_integer(rows, SEQ),
        .oldest_ms = db_rows_integer(rows, MS),
        .next_clock = db_rows_integer(rows, NEXT_CLOCK),
    };
    return RC_OK;
}

static enum rc read_entries(struct db_session *s, struct finding *finding, struct fail *fail)
{
    static const enum db_cell_kind KINDS[] = {
        [OWNER] = DB_CELL_TEXT,
        [SEQ] = DB_CELL_INTEGER,
        [MS] = DB_CELL_INTEGER,
        [NEXT_CLOCK] = DB_CELL_INTEGER,
    };
    const struct waiting_list *waiting = finding->waiting;
    struct db_query query = db_query_fixed(s, STATEMENT_FIND_WAITING, "look who waits");

    finding->entries = 0;
    db_args_text(&query.args, waiting->count == 0 ? finding->after : last_of(waiting)->owner);
    db_args_integer(&query.args, (int64_t)AT_ONCE);
    return db_query_each(&query, DB_COLUMNS(KINDS, TEXT_BYTES), take_entry, finding, fail);
}

/* Entries that were taken out since leave what was read. */
static enum rc read_last_seq(struct db_session *s, struct waiting_owner *last, struct fail *fail)
{
    struct db_query query = db_query_fixed(s, STATEMENT_LAST_CHANGE, "look for the last change");
    int64_t seq;
    enum rc rc;

    db_args_text(&query.args, last->owner);
    rc = db_query_integer(&query, &seq, fail);
    if (rc == RC_OK && seq != 0)
        last->last_seq = (uint64_t)seq;
    return rc;
}

static enum rc try_find(struct db_session *s, void *context, struct fail *fail)
{
    struct finding *finding = context;
    struct waiting_list *waiting = finding->waiting;
    bool more = true;
    enum rc rc = db_session_open(s, fail);

    waiting->count = 0;
    while (rc == RC_OK && more && waiting->count < finding->max) {
        rc = read_entries(s, finding, fail);
        more = finding->entries == AT_ONCE;
        if (rc == RC_OK && more)
            rc = read_last_seq(s, last_of(waiting), fail);
    }
    return rc;
}

enum rc db_waiting_find(struct synchronizer *base, struct text after, size_t max,
                        struct arena *arena, struct waiting_list *waiting_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);
    struct finding finding = {&s->scratch, after, max, arena, waiting_out, 0};

    assert(!s->link.in_transaction);
    waiting_out->items = ARENA_ARRAY(arena, max, struct waiting_owner);
    return db_session_first(s, try_find, &finding, fail);
}
