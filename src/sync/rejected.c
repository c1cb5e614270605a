/* What became of refused diffs in earlier syncs, and what is told and kept of this one's.
 * Entry:     rejected_recall(), rejected_refresh(), rejected_collect(), rejected_keep().
 * Invariant: what an earlier sync decided stands. */
#include "txn.h"

static struct rejections *closed_rejections(const struct txn *txn)
{
    struct rejections *rejections = ARENA_NEW(txn->arena, struct rejections);

    rejections_init(rejections, txn->request->diffs.count, false, txn->arena);
    return rejections;
}

/* Those that were refused; an operator may have dropped or retried some of them since. */
static enum rc find_kept(struct txn *txn, const struct known_id *known, size_t count,
                         struct fail *fail)
{
    const struct diff_list *diffs = &txn->request->diffs;
    struct text *ids = ARENA_ARRAY(txn->arena, count, struct text);
    struct reject *kept = ARENA_ARRAY(txn->arena, count, struct reject);
    size_t n = 0;
    enum rc rc;

    for (size_t i = 0; i < diffs->count; i++)
        if (known[i].rejected)
            ids[n++] = diffs->items[i].id;
    rc = txn->s->ops->find_rejects(txn->s, txn->request->owner, (struct id_list){ids, count},
                                   txn->arena, kept, fail);
    txn->recalled = ARENA_ARRAY(txn->arena, diffs->count, struct reject);
    for (size_t i = 0, k = 0; rc == RC_OK && i < diffs->count; i++)
        if (known[i].rejected)
            txn->recalled[i] = kept[k++];
    return rc;
}

/* Where none is refused alone, what breaks the rules and was settled by no earlier sync fails this
 * one. */
static enum rc fail_unreadable(const struct txn *txn, struct fail *fail)
{
    const struct rejections *rejections = txn->input.rejections;

    if (rejections == NULL || rejections_open(rejections))
        return RC_OK;
    for (size_t i = 0; i < rejections->count; i++)
        if (rejections->items[i].refused && !rejections->items[i].earlier)
            return rejection_fail(rejections, i, txn->request->diffs.items[i].id, fail);
    return RC_OK;
}

enum rc rejected_recall(struct txn *txn, const struct known_id *known, struct fail *fail)
{
    size_t rejected = 0;
    enum rc rc = RC_OK;

    txn->recalled = NULL;
    for (size_t i = 0; i < txn->request->diffs.count; i++) {
        rejected += known[i].rejected;
        if (known[i].clock >= 0 && !known[i].rejected &&
            rejections_refused(txn->input.rejections, i))
            rejections_forgive(txn->input.rejections, i);
    }
    if (rejected == 0)
        return fail_unreadable(txn, fail);
    rc = find_kept(txn, known, rejected, fail);
    if (txn->input.rejections == NULL)
        txn->input.rejections = closed_rejections(txn);
    for (size_t i = 0; rc == RC_OK && i < txn->request->diffs.count; i++)
        if (known[i].rejected)
            /* mutant: refused_once_only */
            rejections_recall(txn->input.rejections, i, txn->recalled[i].code);
    return rc == RC_OK ? fail_unreadable(txn, fail) : rc;
}

/* The response's diffs of one model whose rows are looked at again. */
struct looked_at {
    const struct model *model;
    struct diff **diffs;
    struct text *ids;
    size_t count;
};

static void look_at_model(struct txn *txn, struct looked_at *looked)
{
    looked->count = 0;
    for (size_t i = 0; i < txn->plan.unsure_count; i++) {
        struct diff *diff = &txn->plan.answer.items[txn->plan.unsure[i]];

        if (diff->model != looked->model)
            continue;
        looked->diffs[looked->count] = diff;
        looked->ids[looked->count++] = diff->object_id;
    }
}

static void take_row(struct diff *diff, const struct row *row, struct arena *arena)
{
    for (size_t i = 0; i < diff->field_count; i++)
        diff->fields[i].value = row->values[diff->fields[i].field->index];
    diff->json_data = diff_write_json_data(diff->object_id, diff->fields, diff->field_count, arena);
}

static enum rc refresh_model(struct txn *txn, const struct looked_at *looked, struct fail *fail)
{
    struct row *rows = ARENA_ARRAY(txn->arena, looked->count, struct row);
    enum rc rc =
        txn->s->ops->read(txn->s, (struct owner_model){txn->request->owner, looked->model},
                          (struct id_list){looked->ids, looked->count}, txn->arena, rows, fail);

    for (size_t i = 0; rc == RC_OK && i < looked->count; i++)
        if (rows[i].live)
            take_row(looked->diffs[i], &rows[i], txn->arena);
    return rc;
}

enum rc rejected_refresh(struct txn *txn, struct fail *fail)
{
    const size_t max = txn->plan.unsure_count;
    struct looked_at looked = {
        .diffs = ARENA_ARRAY(txn->arena, max, struct diff *),
        .ids = ARENA_ARRAY(txn->arena, max, struct text),
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; max > 0 && rc == RC_OK && i < txn->s->mapping->model_count; i++) {
        looked.model = &txn->s->mapping->models[i];
        look_at_model(txn, &looked);
        if (looked.count > 0)
            rc = refresh_model(txn, &looked, fail);
    }
    return rc;
}

static struct reject reject_of(const struct txn *txn, size_t at)
{
    const struct diff *diff = &txn->request->diffs.items[at];
    const struct rejection *rejection = &txn->input.rejections->items[at];

    return (struct reject){
        .owner = txn->request->owner,
        .id = diff->id,
        .clock = txn->input.push_clock,
        .time_ms = txn->input.now_ms,
        .request_id = txn->request->request_id,
        .code = rejection->code,
        .message = rejection->message,
        .field = rejection->field,
        .detail = rejection->detail,
        .diff = diff->entry,
    };
}

void rejected_collect(struct txn *txn)
{
    const struct rejections *rejections = txn->input.rejections;

    txn->rejected_count = 0;
    txn->rejected_new = 0;
    if (rejections == NULL || rejections->refused_count == 0)
        return;
    txn->rejected = ARENA_ARRAY(txn->arena, rejections->refused_count, struct reject);
    for (size_t i = 0; i < rejections->count; i++)
        if (rejections->items[i].refused && merge_role(txn->merge, i) == MERGE_NEW)
            txn->rejected[txn->rejected_count++] = reject_of(txn, i);
    txn->rejected_new = txn->rejected_count;
    for (size_t i = 0; txn->recalled != NULL && i < rejections->count; i++)
        /* mutant: rejects_told_once */
        if (txn->recalled[i].id.len > 0 && merge_role(txn->merge, i) == MERGE_KNOWN)
            txn->rejected[txn->rejected_count++] = txn->recalled[i];
}

enum rc rejected_keep(struct txn *txn, struct fail *fail)
{
    if (txn->rejected_new == 0)
        return RC_OK;
    return txn->s->ops->put_rejects(txn->s, txn->request->owner, txn->input.push_clock,
                                    txn->rejected, txn->rejected_new, fail);
}
