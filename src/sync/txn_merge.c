/* The merge inside a transaction, and whether its diffs are allowed.
 * Entry:     txn_merge().
 * Invariant: merged again until no more diffs are refused. */
#include "row_lookup.h"
#include "txn.h"

/* Rows that are deleted from a tree must be known, so that children go before their parents. */
static void want_tangled_rows(struct txn *txn)
{
    for (size_t i = 0; i < txn->merge->object_count; i++) {
        struct merge_object *object = &txn->merge->objects[i];

        if (object->given.client_net.deleted != NULL && rows_tangled(txn->s, object->model))
            object->wants_row = true;
    }
}

/* What BEFORE triggers make of an update shows beside the row as it was. */
static void want_altered_rows(struct txn *txn)
{
    for (size_t i = 0; i < txn->merge->object_count; i++) {
        struct merge_object *object = &txn->merge->objects[i];

        if (object->given.client_net.kind == NET_UPDATE &&
            columns_alter(txn->s->columns, object->model, DIFF_UPDATE))
            object->wants_row = true;
    }
}

static bool is_repaired(const struct merge_object *object)
{
    const struct merge_diffs *diffs = &object->given.new_diffs;

    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i]->flawed)
            return true;
    return false;
}

/* The validation function is asked about a flawed diff as it is stored, which the row decides: as a
 * create, as an update, or not at all (docs/merging.md 8.4). */
static void want_repaired_rows(struct txn *txn)
{
    for (size_t i = 0; i < txn->merge->object_count; i++) {
        struct merge_object *object = &txn->merge->objects[i];

        if (object->model->validate.len > 0 && is_repaired(object))
            object->wants_row = true; /* mutant: asked_about_a_guess */
    }
}

static enum rc merge_once(struct txn *txn, struct fail *fail)
{
    enum rc rc = merge_begin(&txn->input, &txn->merge, fail);

    if (rc != RC_OK)
        return rc;
    if (txn->row_by_row)
        merge_want_all_rows(txn->merge);
    if (txn->s->relations.count > 0)
        want_tangled_rows(txn);
    want_altered_rows(txn);
    if (txn->merge->has_flaws)
        want_repaired_rows(txn);
    rc = row_lookup_read(txn->s, txn->merge, txn->arena, fail);
    return rc == RC_OK ? merge_finish(txn->merge, &txn->plan, fail) : rc;
}

static enum rc ask_synchronizer(const struct txn *txn, const struct diff *diff, struct fail *fail)
{
    const struct model *model = diff->model;
    bool allowed = model->allow[diff->type];
    enum rc rc = RC_OK;

    /* What is flawed is asked about as it is stored. */
    if (allowed && model->validate.len > 0 && !diff->flawed)
        rc = txn->s->ops->validate(txn->s, (struct owner_model){txn->request->owner, model},
                                   diff->type, diff->json_data, &allowed, fail);
    if (rc == RC_OK && !allowed)
        rc = fail_reject(fail, FAIL_FORBIDDEN, "%s of %.*s is not allowed%s",
                         diff_type_name(diff->type), TEXT_ARG(model->name),
                         model->allow[diff->type] ? " by its validation rule" : "");
    return rc;
}

/* May this be done, which the client's diff asks for? */
static enum rc ask_one(struct txn *txn, const struct diff *done, const struct diff *sent,
                       struct fail *fail)
{
    const size_t at = (size_t)(sent - txn->request->diffs.items);
    struct rejections *rejections = txn->input.rejections;
    enum rc rc;

    if (rejections_refused(rejections, at))
        return RC_OK;
    rc = ask_synchronizer(txn, done, fail);
    if (rc == RC_REJECTED)
        fail_at_diff(fail, sent->id);
    if (rc != RC_REJECTED || !rejections_open(rejections) || !rejection_is_of_one_diff(fail))
        return rc;
    rejections_refuse(rejections, at, fail);
    return RC_OK;
}

/* Every new diff as it was sent … */
static enum rc ask_as_sent(struct txn *txn, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < txn->merge->object_count; i++) {
        const struct merge_diffs *new_diffs = &txn->merge->objects[i].given.new_diffs;

        for (size_t k = 0; rc == RC_OK && k < new_diffs->count; k++) {
            bool *asked = &txn->asked[new_diffs->items[k] - txn->request->diffs.items];

            if (!*asked)
                rc = ask_one(txn, new_diffs->items[k], new_diffs->items[k], fail);
            *asked = true;
        }
    }
    return rc;
}

/* … and as it is stored where a create turns out to be an update (else a create could do what
 * updates may not), and where what it stands for was flawed. */
static enum rc ask_as_stored(struct txn *txn, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < txn->plan.stored_count; i++) {
        const struct merge_stored *stored = &txn->plan.stored[i];

        if (stored->retyped != NULL) /* mutant: not_asked_as_update */
            rc = ask_one(txn, stored->as_done != NULL ? stored->as_done : &stored->diff,
                         stored->retyped, fail);
        else if (stored->repaired != NULL) /* mutant: repaired_not_asked */
            rc = ask_one(txn, &stored->diff, stored->repaired, fail);
    }
    return rc;
}

static size_t refused_count(const struct txn *txn)
{
    return txn->input.rejections == NULL ? 0 : txn->input.rejections->refused_count;
}

enum rc txn_merge(struct txn *txn, struct fail *fail)
{
    size_t refused;
    enum rc rc;

    do {
        refused = refused_count(txn);
        rc = merge_once(txn, fail);
        if (rc == RC_OK && txn->merge->has_new && refused == refused_count(txn))
            rc = ask_as_sent(txn, fail);
        if (rc == RC_OK && refused == refused_count(txn))
            rc = ask_as_stored(txn, fail);
    } while (rc == RC_OK && refused != refused_count(txn));
    return rc;
}
