/* Adds to a push's plan what was not part of it.
 * Entry:     tell_begin(), tell_diff().
 * Invariant: what is told is stored. */
#include "tell.h"

static void make_room(struct txn *txn, size_t more)
{
    struct merge_plan *plan = &txn->plan;
    struct merge_stored *stored =
        ARENA_ARRAY(txn->arena, plan->stored_count + more, struct merge_stored);
    struct diff *answer = ARENA_ARRAY(txn->arena, plan->answer.count + more, struct diff);

    if (plan->stored_count > 0)
        memcpy(stored, plan->stored, plan->stored_count * sizeof(*stored));
    for (size_t i = 0; i < plan->answer.count; i++)
        diff_move(&answer[i], &plan->answer.items[i]);
    plan->stored = stored;
    plan->answer.items = answer;
}

struct tell tell_begin(struct txn *txn, size_t count)
{
    struct diff_list *answer = &txn->plan.answer;
    struct text *ids;

    make_room(txn, count);
    ids = ARENA_ARRAY(txn->arena, answer->count, struct text);
    for (size_t i = 0; i < answer->count; i++)
        ids[i] = answer->items[i].object_id;
    return (struct tell){txn, text_index_of(ids, answer->count, txn->arena)};
}

/* What the device is told of the object already: at most a delete, and one other. */
struct answered {
    struct diff *gone;
    struct diff *other;
};

static struct answered find(const struct tell *tell, const struct diff *about)
{
    size_t at = text_index_find(&tell->index, about->object_id);
    struct answered found = {NULL, NULL};

    for (; at != TEXT_INDEX_NONE; at = text_index_next(&tell->index, at)) {
        struct diff *diff = &tell->txn->plan.answer.items[at];

        if (diff->model != about->model)
            continue;
        if (diff->type == DIFF_DELETE)
            found.gone = diff;
        else
            found.other = diff;
    }
    return found;
}

/* The values in place of what the diff says of their fields. */
static void lay_over(struct diff *diff, const struct diff *values, struct arena *arena)
{
    const size_t max = diff->field_count + values->field_count;
    struct field_value *fields = ARENA_ARRAY(arena, max, struct field_value);
    size_t count = 0;

    for (size_t i = 0; i < diff->field_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < values->field_count; k++)
            replaced |= values->fields[k].field == diff->fields[i].field;
        if (!replaced)
            fields[count++] = diff->fields[i];
    }
    for (size_t k = 0; k < values->field_count; k++)
        fields[count++] = values->fields[k];
    diff->fields = fields;
    diff->field_count = count;
    diff->json_data = diff_write_json_data(diff->object_id, fields, count, arena);
}

static void append(struct txn *txn, const struct diff *diff)
{
    txn->plan.answer.items[txn->plan.answer.count++] = *diff;
}

/* A diff of the response that is not to be sent; tell_end() takes it out. */
static void void_diff(struct diff *diff)
{
    diff->type = DIFF_TYPES;
}

/* A create that the device has not got yet needs no delete. */
static void answer_delete(struct txn *txn, const struct answered *found, const struct diff *diff)
{
    const bool lacked = found->other != NULL && found->other->type == DIFF_CREATE;

    if (found->other != NULL)
        void_diff(found->other);
    if (found->gone == NULL && !lacked)
        append(txn, diff);
}

static enum rc answer_fields(struct txn *txn, struct diff *other, const struct diff *diff,
                             struct fail *fail)
{
    enum rc rc = other->unread ? diff_parse_stored(other, txn->arena, fail) : RC_OK;

    if (rc == RC_OK)
        lay_over(other, diff, txn->arena);
    return rc;
}

enum rc tell_diff(struct tell *tell, const struct diff *diff, struct fail *fail)
{
    struct txn *txn = tell->txn;
    const struct answered found = find(tell, diff);

    /* mutant: filled_not_stored */
    txn->plan.stored[txn->plan.stored_count++] = (struct merge_stored){.diff = *diff};
    if (diff->type == DIFF_DELETE)
        answer_delete(txn, &found, diff);
    else if (found.other != NULL) /* mutant: filled_told_apart */
        return answer_fields(txn, found.other, diff, fail);
    else if (found.gone == NULL || diff->type == DIFF_CREATE)
        append(txn, diff);
    return RC_OK;
}

void tell_end(struct tell *tell)
{
    struct diff_list *answer = &tell->txn->plan.answer;
    size_t kept = 0;

    for (size_t i = 0; i < answer->count; i++)
        if (answer->items[i].type != DIFF_TYPES)
            diff_move(&answer->items[kept++], &answer->items[i]);
    answer->count = kept;
}
