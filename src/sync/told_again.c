/* Tells again what became of void and refused diffs: the row as it is, or that there is none.
 * Entry:     told_again().
 * Invariant: an object has at most one diff of a type at one clock. */
#include "told_again.h"

#include "noticed.h"
#include "tell.h"

/* Objects of one model. */
struct again {
    struct txn *txn;
    const struct model *model;
    struct noticed *noticed;
    struct text *ids;
    struct row *rows;
    size_t count;
};

static bool is_stored(const struct txn *txn, const struct text_index *index,
                      const struct diff *diff)
{
    size_t at = text_index_find(index, diff->object_id);

    for (; at != TEXT_INDEX_NONE; at = text_index_next(index, at))
        if (txn->plan.stored[at].diff.model == diff->model)
            return true;
    return false;
}

static struct text_index index_stored(const struct txn *txn)
{
    const size_t count = txn->plan.stored_count;
    struct text *ids = ARENA_ARRAY(txn->arena, count, struct text);

    for (size_t i = 0; i < count; i++)
        ids[i] = txn->plan.stored[i].diff.object_id;
    return text_index_of(ids, count, txn->arena);
}

static void add(struct again *again, const struct diff *diff)
{
    struct noticed *noticed = &again->noticed[again->count];

    again->ids[again->count++] = diff->object_id;
    noticed_init(noticed, again->model, diff->object_id, again->txn->arena);
    for (size_t i = 0; i < diff->field_count; i++)
        noticed->times[diff->fields[i].field->index] = 0;
    if (diff->field_count == 0 && again->model->field_count > 0)
        noticed->times[0] = 0;
}

/* Those of the model of which nothing is stored. A request names an object in one diff. */
static void collect(struct again *again, const struct text_index *index)
{
    const struct diff_list *diffs = &again->txn->request->diffs;

    again->count = 0;
    for (size_t i = 0; i < diffs->count; i++) {
        const struct diff *diff = &diffs->items[i];

        if (diff->model == again->model && diff->object_id.len > 0 &&
            merge_role(again->txn->merge, i) == MERGE_NEW && !is_stored(again->txn, index, diff))
            add(again, diff);
    }
}

/* A field that is told again was set when it was set. */
static enum rc take_times(const struct again *again, struct fail *fail)
{
    struct diff_list diffs = {0};
    const struct text_index index = text_index_of(again->ids, again->count, again->txn->arena);
    const struct object_history_query query = {
        .of = {again->txn->request->owner, again->model},
        .ids = {again->ids, again->count},
    };
    struct synchronizer *s = again->txn->s;
    enum rc rc = s->ops->read_object_history(s, &query, again->txn->arena, &diffs, fail);

    for (size_t i = 0; rc == RC_OK && i < diffs.count; i++) {
        const size_t at = text_index_find(&index, diffs.items[i].object_id);

        rc = diff_parse_stored(&diffs.items[i], again->txn->arena, fail);
        for (size_t k = 0; rc == RC_OK && k < diffs.items[i].field_count; k++) {
            const struct field_value *set = &diffs.items[i].fields[k];
            int64_t *time_ms = &again->noticed[at].times[set->field->index];

            *time_ms = *time_ms == NOTICED_NEVER ? NOTICED_NEVER : set->time_ms;
        }
    }
    return rc;
}

static enum rc read_all(struct again *again, struct fail *fail)
{
    struct synchronizer *s = again->txn->s;
    enum rc rc = s->ops->read(s, (struct owner_model){again->txn->request->owner, again->model},
                              (struct id_list){again->ids, again->count}, again->txn->arena,
                              again->rows, fail);

    return rc == RC_OK ? take_times(again, fail) : rc;
}

static enum rc tell_all(struct again *again, struct fail *fail)
{
    struct txn *txn = again->txn;
    const struct noticed_place place = {txn->request->owner, txn->input.push_clock};
    struct tell tell = tell_begin(txn, again->count);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < again->count; i++) {
        const bool live = again->rows[i].live;
        struct diff diff;

        if (live && again->model->field_count == 0)
            continue;
        diff = noticed_diff(&again->noticed[i], live ? DIFF_UPDATE : DIFF_DELETE, &again->rows[i],
                            place, txn->arena);
        rc = tell_diff(&tell, &diff, fail);
    }
    tell_end(&tell);
    return rc;
}

enum rc told_again(struct txn *txn, struct fail *fail)
{
    const size_t max = txn->request->diffs.count;
    const struct text_index index = index_stored(txn);
    struct again again = {
        .txn = txn,
        .noticed = ARENA_ARRAY(txn->arena, max, struct noticed),
        .ids = ARENA_ARRAY(txn->arena, max, struct text),
        .rows = ARENA_ARRAY(txn->arena, max, struct row),
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < txn->s->mapping->model_count; i++) {
        again.model = &txn->s->mapping->models[i];
        collect(&again, &index);
        if (again.count == 0)
            continue;
        rc = read_all(&again, fail);
        if (rc == RC_OK)
            rc = tell_all(&again, fail);
    }
    return rc;
}
