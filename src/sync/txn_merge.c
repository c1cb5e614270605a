#include "row_lookup.h"
#include "txn.h"

/* Rows that are deleted from a tree must be known, so that children go before their parents. */
static void want_tangled_rows(struct txn *script)
{
    for (size_t i = 0; i < script->merge->object_count; i++) {
        struct merge_object *object = &script->merge->objects[i];

        if (object->l.deleted != NULL && rows_tangled(script->s, object->model))
            object->wants_facts = true;
    }
}

static enum rc merge_once(struct txn *script, struct fail *fail)
{
    enum rc rc = merge_begin(&script->input, &script->merge, fail);

    if (rc != RC_OK)
        return rc;
    if (script->careful)
        merge_want_all_facts(script->merge);
    if (script->s->relations.count > 0)
        want_tangled_rows(script);
    rc = row_lookup_read(script->s, script->merge, script->arena, fail);
    return rc == RC_OK ? merge_finish(script->merge, &script->plan, fail) : rc;
}

static enum rc ask_synchronizer(const struct txn *script, const struct diff *diff,
                                struct fail *fail)
{
    const struct model *model = diff->model;
    bool allowed = model->allow[diff->type];
    enum rc rc = RC_OK;

    if (allowed && model->validate.len > 0)
        rc = script->s->ops->validate(script->s, script->request->owner, model, diff->type,
                                      diff->json_data, &allowed, fail);
    if (rc == RC_OK && !allowed)
        rc = fail_reject(fail, FAIL_FORBIDDEN, "%s of %.*s is not allowed%s",
                         diff_type_name(diff->type), TEXT_ARG(model->name),
                         model->allow[diff->type] ? " by its validation rule" : "");
    return rc;
}

/* May this be done, which the client's diff asks for? */
static enum rc ask_one(struct txn *script, const struct diff *done, const struct diff *sent,
                       struct fail *fail)
{
    const size_t at = (size_t)(sent - script->request->diffs.items);
    struct rejections *verdicts = script->input.verdicts;
    enum rc rc;

    if (rejections_refused(verdicts, at))
        return RC_OK;
    rc = ask_synchronizer(script, done, fail);
    if (rc == RC_REJECTED)
        fail_at_diff(fail, sent->id);
    if (rc != RC_REJECTED || !rejections_open(verdicts) || !rejection_is_of_one_diff(fail))
        return rc;
    rejections_refuse(verdicts, at, fail);
    return RC_OK;
}

/* Every new diff as it was sent … */
static enum rc ask_as_sent(struct txn *script, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < script->merge->object_count; i++) {
        const struct merge_diffs *fresh = &script->merge->objects[i].fresh;

        for (size_t k = 0; rc == RC_OK && k < fresh->count; k++) {
            bool *asked = &script->asked[fresh->items[k] - script->request->diffs.items];

            if (!*asked)
                rc = ask_one(script, fresh->items[k], fresh->items[k], fail);
            *asked = true;
        }
    }
    return rc;
}

/* … and as it is stored where a create turns out to be an update: else a create could do what
 * updates may not. */
static enum rc ask_as_stored(struct txn *script, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < script->plan.stored_count; i++) {
        const struct merge_stored *stored = &script->plan.stored[i];

        if (stored->retyped != NULL) /* mutant: not_asked_as_update */
            rc = ask_one(script, &stored->diff, stored->retyped, fail);
    }
    return rc;
}

static size_t refused_count(const struct txn *script)
{
    return script->input.verdicts == NULL ? 0 : script->input.verdicts->refused_count;
}

enum rc txn_merge(struct txn *script, struct fail *fail)
{
    size_t refused;
    enum rc rc;

    do {
        refused = refused_count(script);
        rc = merge_once(script, fail);
        if (rc == RC_OK && script->merge->has_new)
            rc = ask_as_sent(script, fail);
        if (rc == RC_OK && refused == refused_count(script))
            rc = ask_as_stored(script, fail);
    } while (rc == RC_OK && refused != refused_count(script));
    return rc;
}
