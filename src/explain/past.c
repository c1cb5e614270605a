/* An object's state, diff by diff: explain_past_add(), as docs/merging.md 5 folds. */
#include <stdlib.h>

#include "history.h"
#include "json_write.h"
#include "made_ids.h"

#define VALUE_MAX_BYTES ((size_t)1024 * 1024 * 1024)

enum explain_origin explain_origin(const struct diff *diff)
{
    if (made_id_is_of_change(diff))
        return EXPLAIN_SQL;
    if (made_id_is_of_fill(diff))
        return EXPLAIN_SERVER;
    return made_id_is_of_restore(diff) ? EXPLAIN_OPERATOR : EXPLAIN_DEVICE;
}

const char *explain_origin_name(enum explain_origin origin)
{
    static const char *const NAMES[EXPLAIN_ORIGINS] = {
        [EXPLAIN_DEVICE] = "device",
        [EXPLAIN_SQL] = "sql",
        [EXPLAIN_SERVER] = "server",
        [EXPLAIN_OPERATOR] = "operator",
    };

    return NAMES[origin];
}

void explain_past_init(struct explain_past *past, const struct model *model)
{
    const size_t count = model->field_count > 0 ? model->field_count : 1;

    *past = (struct explain_past){
        .model = model,
        .fields = alloc_or_die(count * sizeof(struct explain_past_field)),
    };
    for (size_t i = 0; i < model->field_count; i++) {
        past->fields[i].known = false;
        buf_init(&past->fields[i].json, VALUE_MAX_BYTES);
    }
}

void explain_past_release(struct explain_past *past)
{
    for (size_t i = 0; i < past->model->field_count; i++)
        buf_release(&past->fields[i].json);
    free(past->fields);
}

/* Values are not kept. */
void explain_past_begin(struct explain_past *past, const struct summary *summary)
{
    past->state = summary_lives(summary) ? EXPLAIN_LIVE : EXPLAIN_DELETED;
    past->whole = past->state == EXPLAIN_DELETED;
}

static void forget(struct explain_past *past)
{
    for (size_t i = 0; i < past->model->field_count; i++)
        past->fields[i].known = false;
}

static void set(struct explain_past *past, const struct field_value *value)
{
    struct explain_past_field *field = &past->fields[value->field->index];

    field->known = true;
    buf_clear(&field->json);
    if (value->value.json.len > 0)
        json_write_compact(&field->json, value->value.json);
    else
        value_write_json((struct mapped_field){value->field, NULL}, &value->value, &field->json);
}

/* An update of what is deleted says nothing, a create of what is live is laid over it. */
void explain_past_add(struct explain_past *past, const struct diff *diff, int64_t until_ms)
{
    const bool live = past->state == EXPLAIN_LIVE;

    if (diff->type == DIFF_UPDATE && past->state == EXPLAIN_DELETED)
        return;
    if (diff->type != DIFF_UPDATE && diff->time_ms > until_ms)
        return;
    if (diff->type == DIFF_DELETE) {
        past->state = EXPLAIN_DELETED;
        past->whole = true; /* what follows begins with a create */
        forget(past);
        return;
    }
    if (diff->type == DIFF_CREATE && !live) {
        past->whole = true;
        forget(past);
    }
    for (size_t i = 0; i < diff->field_count; i++) {
        if (diff->fields[i].time_ms > until_ms)
            continue;
        past->state = EXPLAIN_LIVE;
        set(past, &diff->fields[i]);
    }
    if (diff->type == DIFF_CREATE)
        past->state = EXPLAIN_LIVE;
}
