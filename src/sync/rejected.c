#include "txn.h"

static struct rejections *closed_verdicts(const struct txn *script)
{
    struct rejections *verdicts = ARENA_NEW(script->arena, struct rejections);

    rejections_init(verdicts, script->request->diffs.count, false, script->arena);
    return verdicts;
}

/* Those that were refused; an operator may have dropped or retried some of them since. */
static enum rc find_kept(struct txn *script, const struct known_id *known, size_t count,
                         struct fail *fail)
{
    const struct diff_list *diffs = &script->request->diffs;
    struct text *ids = ARENA_ARRAY(script->arena, count, struct text);
    struct reject *kept = ARENA_ARRAY(script->arena, count, struct reject);
    size_t n = 0;
    enum rc rc;

    for (size_t i = 0; i < diffs->count; i++)
        if (known[i].rejected)
            ids[n++] = diffs->items[i].id;
    rc = script->s->ops->find_rejects(script->s, script->request->owner, ids, count, script->arena,
                                      kept, fail);
    script->recalled = ARENA_ARRAY(script->arena, diffs->count, struct reject);
    for (size_t i = 0, k = 0; rc == RC_OK && i < diffs->count; i++)
        if (known[i].rejected)
            script->recalled[i] = kept[k++];
    return rc;
}

/* Where none is refused alone, what breaks the rules and was settled by no earlier sync fails this
 * one. */
static enum rc fail_unreadable(const struct txn *script, struct fail *fail)
{
    const struct rejections *verdicts = script->input.verdicts;

    if (verdicts == NULL || rejections_open(verdicts))
        return RC_OK;
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].refused && !verdicts->items[i].earlier)
            return rejection_fail(verdicts, i, script->request->diffs.items[i].id, fail);
    return RC_OK;
}

enum rc rejected_recall(struct txn *script, const struct known_id *known, struct fail *fail)
{
    size_t rejected = 0;
    enum rc rc = RC_OK;

    script->recalled = NULL;
    for (size_t i = 0; i < script->request->diffs.count; i++) {
        rejected += known[i].rejected;
        if (known[i].clock >= 0 && !known[i].rejected &&
            rejections_refused(script->input.verdicts, i))
            rejections_forgive(script->input.verdicts, i);
    }
    if (rejected == 0)
        return fail_unreadable(script, fail);
    rc = find_kept(script, known, rejected, fail);
    if (script->input.verdicts == NULL)
        script->input.verdicts = closed_verdicts(script);
    for (size_t i = 0; rc == RC_OK && i < script->request->diffs.count; i++)
        if (known[i].rejected)
            /* mutant: refused_once_only */
            rejections_recall(script->input.verdicts, i, script->recalled[i].code);
    return rc == RC_OK ? fail_unreadable(script, fail) : rc;
}

/* The answer's diffs of one model whose rows are looked at again. */
struct looked_at {
    const struct model *model;
    struct diff **diffs;
    struct text *ids;
    size_t count;
};

static void look_at_model(struct txn *script, struct looked_at *looked)
{
    looked->count = 0;
    for (size_t i = 0; i < script->plan.doubtful_count; i++) {
        struct diff *diff = &script->plan.answer.items[script->plan.doubtful[i]];

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

static enum rc refresh_model(struct txn *script, const struct looked_at *looked, struct fail *fail)
{
    struct row *rows = ARENA_ARRAY(script->arena, looked->count, struct row);
    enum rc rc = script->s->ops->read(script->s, script->request->owner, looked->model, looked->ids,
                                      looked->count, script->arena, rows, fail);

    for (size_t i = 0; rc == RC_OK && i < looked->count; i++)
        if (rows[i].live)
            take_row(looked->diffs[i], &rows[i], script->arena);
    return rc;
}

enum rc rejected_refresh(struct txn *script, struct fail *fail)
{
    const size_t most = script->plan.doubtful_count;
    struct looked_at looked = {
        .diffs = ARENA_ARRAY(script->arena, most, struct diff *),
        .ids = ARENA_ARRAY(script->arena, most, struct text),
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; most > 0 && rc == RC_OK && i < script->s->mapping->model_count; i++) {
        looked.model = &script->s->mapping->models[i];
        look_at_model(script, &looked);
        if (looked.count > 0)
            rc = refresh_model(script, &looked, fail);
    }
    return rc;
}

static struct reject reject_of(const struct txn *script, size_t at)
{
    const struct diff *diff = &script->request->diffs.items[at];
    const struct rejection *verdict = &script->input.verdicts->items[at];

    return (struct reject){
        .owner = script->request->owner,
        .id = diff->id,
        .clock = script->input.push_clock,
        .time_ms = script->input.now_ms,
        .request_id = script->request->request_id,
        .code = verdict->code,
        .message = verdict->message,
        .field = verdict->field,
        .detail = verdict->detail,
        .diff = diff->entry,
    };
}

void rejected_collect(struct txn *script)
{
    const struct rejections *verdicts = script->input.verdicts;

    script->rejected_count = 0;
    script->rejected_new = 0;
    if (verdicts == NULL || verdicts->refused_count == 0)
        return;
    script->rejected = ARENA_ARRAY(script->arena, verdicts->refused_count, struct reject);
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].refused && merge_role(script->merge, i) == MERGE_NEW)
            script->rejected[script->rejected_count++] = reject_of(script, i);
    script->rejected_new = script->rejected_count;
    for (size_t i = 0; script->recalled != NULL && i < verdicts->count; i++)
        /* mutant: rejects_told_once */
        if (script->recalled[i].id.len > 0 && merge_role(script->merge, i) == MERGE_KNOWN)
            script->rejected[script->rejected_count++] = script->recalled[i];
}

enum rc rejected_keep(struct txn *script, struct fail *fail)
{
    if (script->rejected_new == 0)
        return RC_OK;
    return script->s->ops->put_rejects(script->s, script->request->owner, script->input.push_clock,
                                       script->rejected, script->rejected_new, fail);
}
