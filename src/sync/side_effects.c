/* Looks into the outbox once more, and tells what triggers and foreign keys did.
 * Entry:     side_effects_tell().
 * Invariant: an entry is taken out in the transaction that stores its diff. */
#include "side_effects.h"

#include "children.h"
#include "noticed_rows.h"
#include "tell.h"
#include "told_objects.h"

/* More than that is left to the next drain. */
#define MAX_ENTRIES ((size_t)10000)

/* The response may be about any object that the merge knows, also by its row. */
static bool is_touched(const struct told_objects *objects, const struct change *change)
{
    return told_objects_find(objects, change->model, change->object_id) != NULL;
}

/* *others_out: others changed objects of the request. Selected is what this push is to tell. */
static struct change_list select_entries(const struct txn *txn, const struct change_list *entries,
                                         bool *others_out)
{
    const struct told_objects objects = told_objects_of(txn->merge, txn->arena);
    struct change_list selected = {.items = ARENA_ARRAY(txn->arena, entries->count, struct change)};

    *others_out = false;
    for (size_t i = 0; i < entries->count; i++) {
        const struct change *change = &entries->items[i];
        const bool of_others = !change->own && change->model != NULL &&
                               is_touched(&objects, change); /* mutant: second_look_blind */

        *others_out = *others_out || of_others;
        if (change->op != CHANGE_RECONCILE && change->model != NULL &&
            (change->own || of_others)) /* mutant: side_effect_untold */
            selected.items[selected.count++] = *change;
    }
    return selected;
}

/* The outbox as it is now. It is nearly always empty, and then nothing is sorted. */
static enum rc read_entries(const struct txn *txn, struct change_list *selected_out,
                            bool *behind_out, struct fail *fail)
{
    struct change_list entries;
    enum rc rc = txn->s->ops->changes->read(txn->s, txn->request->owner, MAX_ENTRIES, txn->arena,
                                            &entries, fail);

    *selected_out = (struct change_list){.count = 0};
    *behind_out = false;
    if (rc != RC_OK || entries.count == 0)
        return rc;
    *selected_out = select_entries(txn, &entries, behind_out);
    *behind_out = *behind_out || entries.more;
    return RC_OK;
}

/* What devices are told of the object once the push's own diffs are stored. */
static void count_stored(const struct txn *txn, const struct noticed_list *list,
                         struct noticed_rows *found)
{
    struct text *ids = ARENA_ARRAY(txn->arena, list->count, struct text);
    struct text_index index;

    for (size_t i = 0; i < list->count; i++)
        ids[i] = list->items[i].id;
    index = text_index_of(ids, list->count, txn->arena);
    for (size_t i = 0; i < txn->plan.stored_count; i++) {
        const struct diff *stored = &txn->plan.stored[i].diff;
        const size_t at = text_index_find(&index, stored->object_id);

        if (at != TEXT_INDEX_NONE && list->items[at].model == stored->model)
            found->told[at] =
                (struct object_past){.existed = true, .deleted = stored->type == DIFF_DELETE};
    }
}

static enum rc tell_object(struct tell *tell, const struct noticed *noticed,
                           const struct object_past *told, const struct row *row, struct fail *fail)
{
    const struct txn *txn = tell->txn;
    const struct noticed_place place = {txn->request->owner, txn->input.push_clock};
    /* An owner who was drained has no row that is untold, unless it was adopted. */
    const enum merge_effect effect =
        noticed_effect(noticed, noticed_past_of(told, true), row->live);
    struct diff diff;

    return noticed_tell(noticed, effect, row, place, txn->arena, &diff)
               ? tell_diff(tell, &diff, fail)
               : RC_OK;
}

static enum rc tell_model(struct tell *tell, const struct change_list *changes,
                          const struct model *model, struct fail *fail)
{
    struct txn *txn = tell->txn;
    const struct noticed_list list = noticed_objects(changes, model, txn->arena);
    struct noticed_rows found;
    enum rc rc = noticed_read(txn->s, (struct owner_model){txn->request->owner, model}, &list,
                              txn->arena, &found, fail);

    if (rc == RC_OK)
        count_stored(txn, &list, &found);
    for (size_t i = 0; rc == RC_OK && i < list.count; i++)
        rc = tell_object(tell, &list.items[i], &found.told[i], &found.rows[i], fail);
    return rc;
}

static enum rc tell_all(struct txn *txn, const struct change_list *changes, struct fail *fail)
{
    const struct mapping *mapping = txn->s->mapping;
    struct tell tell = tell_begin(txn, changes->count);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++)
        rc = tell_model(&tell, changes, &mapping->models[i], fail);
    tell_end(&tell);
    return rc;
}

/* What a busy writer did is told at the clock that the transaction took, as a push tells it. */
static enum rc tell_at_own_clock(struct txn *txn, const struct change_list *changes,
                                 struct fail *fail)
{
    enum rc rc = tell_all(txn, changes, fail);

    if (rc == RC_OK)
        rc = txn->s->ops->changes->take(txn->s, txn->request->owner, changes, fail);
    txn->plan.next_clock = txn->input.push_clock + 1; /* mutant: busy_resend_without_a_clock */
    return rc;
}

enum rc side_effects_look(struct txn *txn, bool *told_out, struct fail *fail)
{
    struct change_list selected;
    bool behind;
    enum rc rc = read_entries(txn, &selected, &behind, fail);

    *told_out = false;
    if (rc != RC_OK || !behind)
        return rc;
    txn->behind = txn->looks++ < TXN_MAX_LOOKS; /* mutant: resend_looks_once */
    if (txn->behind)
        return RC_OK;
    if (selected.count == 0)
        return fail_busy(fail, RC_RETRY, "other SQL keeps changing too many objects");
    *told_out = true;
    return tell_at_own_clock(txn, &selected, fail);
}

enum rc side_effects_tell(struct txn *txn, struct fail *fail)
{
    struct change_list selected, told;
    bool behind;
    enum rc rc = read_entries(txn, &selected, &behind, fail);

    if (rc != RC_OK)
        return rc;
    txn->behind = behind && txn->looks++ < TXN_MAX_LOOKS;
    if (txn->behind)
        return RC_OK;
    told = selected;
    rc = children_compare(txn, &told, fail);
    if (rc == RC_OK && told.count > 0)
        rc = tell_all(txn, &told, fail);
    if (rc == RC_OK && selected.count > 0)
        rc = txn->s->ops->changes->take(txn->s, txn->request->owner, &selected, fail);
    return rc;
}
