/* Tells a new device of the rows, straight from the tables.
 * Entry:     first_pull() and first_stream(); first_add_untold() where it has diffs of its own.
 * Invariant: what does not fit is dropped, and read again when it is sent. */
#include "first.h"

#include "history_limit.h"
#include "response.h"
#include "row_create.h"
#include "row_order.h"
#include "row_pages.h"
#include "settled.h"
#include "untold.h"

bool first_is_pull(const struct txn *txn)
{
    return txn->anew || (txn->request->clock == 0 && txn->request->diffs.count == 0);
}

static int64_t clock_before(int64_t next_clock)
{
    return next_clock > 0 ? next_clock - 1 : 0;
}

/* ---- What is held ---- */

struct held {
    struct diff_list diffs;
    size_t capacity;
    struct history_limit left;
    bool full;
    bool ordered; /* the response's order asks for the creates' fields */
};

static struct held held_of(const struct txn *txn)
{
    const struct sync_request *request = txn->request;

    return (struct held){
        .left = history_limit_of(request->sink != NULL ? &request->limit : NULL),
        .ordered = txn->s->relations.count > 0,
    };
}

/* What is left of it once its page is gone. */
static struct diff keep(const struct held *held, const struct diff *create, struct arena *arena)
{
    struct diff kept = *create;

    if (held->ordered)
        return kept;
    kept.id = arena_text(arena, create->id);
    kept.object_id = arena_text(arena, create->object_id);
    kept.json_data = arena_text(arena, create->json_data);
    kept.fields = NULL;
    kept.field_count = 0;
    kept.unread = true;
    return kept;
}

static void hold(struct held *held, const struct diff_list *creates, struct arena *arena)
{
    for (size_t i = 0; i < creates->count && !held->full; i++) {
        const struct diff *create = &creates->items[i];

        held->full = !history_limit_take(&held->left, create->json_data.len);
        if (held->full)
            break;
        held->diffs.items =
            ARENA_ROOM(arena, held->diffs.items, held->diffs.count, &held->capacity);
        held->diffs.items[held->diffs.count++] = keep(held, create, arena);
    }
}

static struct diff_list creates_of(struct owner_model of, const struct object_row_list *rows,
                                   int64_t clock, struct arena *arena)
{
    struct diff_list creates = {ARENA_ARRAY(arena, rows->count, struct diff), rows->count};

    for (size_t i = 0; i < rows->count; i++)
        creates.items[i] = row_create(of, &rows->items[i], clock, arena);
    return creates;
}

/* No more rows than may be held, and one that tells that there are more. */
static void limit_page(struct row_walk *walk, const struct held *held)
{
    if (walk->limit > held->left.diffs)
        walk->limit = held->left.diffs + 1;
}

/* Of the model, all rows; or, in a push, those that are untold. The page's arena is the response's
 * own where fields are kept, too. */
static enum rc hold_model(struct txn *txn, const struct model *model, const struct untold *untold,
                          struct held *held, struct fail *fail)
{
    const struct owner_model of = {txn->request->owner, model};
    struct object_row_list rows;
    struct arena page, *arena;
    struct diff_list creates;
    struct row_walk walk;
    enum rc rc = RC_OK;

    arena_init(&page);
    arena = held->ordered ? txn->arena : &page;
    row_pages_begin(&walk, of, txn->arena);
    while (rc == RC_OK && walk.more && !held->full) {
        arena_clear(&page);
        if (untold == NULL)
            limit_page(&walk, held);
        rc = row_pages_next(txn->s, &walk, arena, &rows, fail);
        if (rc != RC_OK)
            break;
        if (untold != NULL)
            rc = untold_creates(untold, model, &rows, arena, &creates, fail);
        else
            creates = creates_of(of, &rows, clock_before(txn->plan.next_clock), arena);
        if (rc == RC_OK)
            hold(held, &creates, txn->arena);
    }
    arena_release(&page);
    return rc;
}

static enum rc hold_all(struct txn *txn, const struct untold *untold, struct held *held,
                        struct fail *fail)
{
    const struct mapping *mapping = txn->s->mapping;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && !held->full && i < mapping->model_count; i++)
        rc = hold_model(txn, &mapping->models[i], untold, held, fail);
    return rc;
}

/* ---- Without diffs ---- */

static enum rc read_settled(struct txn *txn, drain_last *read, void *context, struct fail *fail)
{
    const struct drain_job job = txn_drain_job(txn);
    const struct settled_query query = {
        .job = &job,
        .undrained = txn->request->undrained,
        .read = read,
        .context = context,
    };

    return settled_read(&query, fail);
}

static enum rc hold_rows(void *context, int64_t next_clock, struct fail *fail)
{
    struct txn *txn = context;
    struct held held = held_of(txn);
    enum rc rc;

    txn->plan = (struct merge_plan){.next_clock = next_clock};
    rc = hold_all(txn, NULL, &held, fail);
    txn->history.more = held.full;
    txn->undurable = next_clock > 0 || held.diffs.count > 0;
    if (!held.full)
        txn->plan.answer = held.diffs;
    return rc;
}

enum rc first_pull(struct txn *txn, struct fail *fail)
{
    return read_settled(txn, hold_rows, txn, fail);
}

/* One that is under way. */
struct sending {
    struct txn *txn;
    struct sync_answer *answer;
    struct arena page;
    int64_t time_ms; /* of rows without a parent of their rank: later than all of lower ranks */
    bool begun;
};

typedef enum rc take_page(struct sending *sending, const struct model *model,
                          const struct object_row_list *rows, struct row_order *order,
                          struct fail *fail);

static enum rc each_page(struct sending *sending, const struct model *model, take_page *take,
                         struct row_order *order, struct fail *fail)
{
    const struct owner_model of = {sending->txn->request->owner, model};
    struct object_row_list rows;
    struct row_walk walk;
    enum rc rc = RC_OK;

    row_pages_begin(&walk, of, sending->txn->arena);
    while (rc == RC_OK && walk.more) {
        arena_clear(&sending->page);
        rc = row_pages_next(sending->txn->s, &walk, &sending->page, &rows, fail);
        if (rc == RC_OK)
            rc = take(sending, model, &rows, order, fail);
    }
    return rc;
}

static enum rc add_to_order(struct sending *sending, const struct model *model,
                            const struct object_row_list *rows, struct row_order *order,
                            struct fail *fail)
{
    (void)fail;
    row_order_add(order, sending->txn->s, model, rows, &sending->page);
    return RC_OK;
}

static enum rc send_page(struct sending *sending, const struct model *model,
                         const struct object_row_list *rows, struct row_order *order,
                         struct fail *fail)
{
    const struct sync_request *request = sending->txn->request;
    const struct diff_list creates =
        creates_of((struct owner_model){request->owner, model}, rows,
                   clock_before(sending->answer->next_clock), &sending->page);

    for (size_t i = 0; i < creates.count; i++)
        creates.items[i].time_ms =
            sending->time_ms + row_order_depth(order, model, creates.items[i].object_id);
    return response_add(request, sending->answer, &creates, fail);
}

/* Models of one rank: those that refer to themselves or to each other are read twice, first for
 * the order of their rows. */
static enum rc send_rank(struct sending *sending, const struct model *const *models, size_t count,
                         struct fail *fail)
{
    const struct synchronizer *s = sending->txn->s;
    struct row_order order;
    enum rc rc = RC_OK;

    row_order_init(&order);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        if (rows_tangled(s, models[i]))
            rc = each_page(sending, models[i], add_to_order, &order, fail);
    row_order_settle(&order);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = each_page(sending, models[i], send_page, &order, fail);
    if (s->relations.count > 0)
        sending->time_ms += order.deepest + 1;
    row_order_release(&order);
    return rc;
}

static unsigned rank_of(const struct synchronizer *s, const struct model *model)
{
    return s->model_ranks == NULL ? 0 : s->model_ranks[model->index];
}

static enum rc send_ranks(struct sending *sending, struct fail *fail)
{
    const struct synchronizer *s = sending->txn->s;
    const struct model **models = response_models(s, sending->txn->arena);
    const size_t count = s->mapping->model_count;
    size_t first = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && first < count) {
        size_t end = first + 1;

        while (end < count && rank_of(s, models[end]) == rank_of(s, models[first]))
            end++;
        rc = send_rank(sending, models + first, end - first, fail);
        first = end;
    }
    return rc;
}

static enum rc send_all(void *context, int64_t next_clock, struct fail *fail)
{
    struct sending *sending = context;
    enum rc rc;

    sending->answer->next_clock = next_clock;
    sending->begun = true;
    rc = response_begin(sending->txn->request, sending->answer, fail);
    arena_init(&sending->page);
    if (rc == RC_OK)
        rc = send_ranks(sending, fail);
    arena_release(&sending->page);
    return response_result(rc, fail);
}

enum rc first_stream(struct txn *txn, struct sync_answer *answer_inout, struct fail *fail)
{
    struct sending sending = {.txn = txn, .answer = answer_inout};
    enum rc rc = read_settled(txn, send_all, &sending, fail);

    return sending.begun ? response_result(rc, fail) : rc;
}

/* ---- With diffs ---- */

static void add_to_answer(struct txn *txn, const struct diff_list *creates)
{
    const struct diff_list *answer = &txn->plan.answer;
    const size_t count = answer->count + creates->count;
    struct diff *items = ARENA_ARRAY(txn->arena, count, struct diff);

    for (size_t i = 0; i < answer->count; i++)
        diff_move(&items[i], &answer->items[i]);
    for (size_t i = 0; i < creates->count; i++)
        items[answer->count + i] = creates->items[i];
    txn->plan.answer = (struct diff_list){items, count};
}

static enum rc hold_untold(void *context, int64_t next_clock, struct fail *fail)
{
    struct txn *txn = context;
    const struct untold untold = {
        .s = txn->s,
        .owner = txn->request->owner,
        .told = told_objects_of(txn->merge, txn->arena),
        .until_clock = txn->plan.next_clock,
        .read_clock = next_clock,
    };
    struct held held = held_of(txn);
    enum rc rc = hold_all(txn, &untold, &held, fail);

    txn->rows_more = held.full;
    if (rc == RC_OK && !held.full && held.diffs.count > 0) {
        add_to_answer(txn, &held.diffs);
        txn->undurable = true;
    }
    return rc;
}

enum rc first_add_untold(struct txn *txn, struct fail *fail)
{
    txn->rows_more = false;
    return read_settled(txn, hold_untold, txn, fail);
}
