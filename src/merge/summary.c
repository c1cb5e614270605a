/* Folds an object's old diffs into a summary.
 * Entry:     summary_init(), summary_add(); summary_verifies() for what the row has become.
 * Invariant: as FOLD of fold.c: a delete absorbs what came before it, and an update of what is
 * deleted changes nothing. */
#include "summary.h"

#include <assert.h>

#include "held_value.h"
#include "json_write.h"

void summary_init(struct summary *summary, const struct model *model, struct text object_id,
                  struct arena *arena)
{
    *summary = (struct summary){
        .model = model,
        .object_id = object_id,
        .first_clock = SUMMARY_NEVER,
        .created_clock = SUMMARY_NEVER,
        .deleted_clock = SUMMARY_NEVER,
        .last_clock = SUMMARY_NEVER,
        .last_seq = SUMMARY_NEVER,
        .fields = ARENA_ARRAY(arena, model->field_count, struct summary_field),
    };
    for (size_t i = 0; i < model->field_count; i++)
        summary->fields[i].clock = SUMMARY_NEVER;
}

struct summary *summary_copy(const struct summary *summary, struct arena *arena)
{
    struct summary *copy = ARENA_NEW(arena, struct summary);
    const size_t fields = summary->model->field_count;

    *copy = *summary;
    copy->object_id = arena_text(arena, summary->object_id);
    copy->fields = ARENA_ARRAY(arena, fields, struct summary_field);
    copy->groups = ARENA_ARRAY(arena, summary->group_count, struct summary_group);
    if (fields > 0)
        memcpy(copy->fields, summary->fields, fields * sizeof(*copy->fields));
    if (summary->group_count > 0)
        memcpy(copy->groups, summary->groups, summary->group_count * sizeof(*copy->groups));
    return copy;
}

/* What tells equal values apart from others, whatever their spelling: value_same(). */
static struct text content_of(const struct field *field, const struct value *value,
                              struct arena *arena)
{
    struct buf buf;
    struct text text = {0};

    if (value->kind == VALUE_NULL)
        return text;
    if (value->kind == VALUE_TEXT && !field_type_is_json(field->type))
        return value->text;
    buf_init(&buf, value->kind == VALUE_TEXT ? value->text.len + 1 : (size_t)2 * TEXT_NUMBER_MAX);
    if (value->kind == VALUE_TEXT)
        json_write_compact(&buf, value->text);
    else if (value->kind == VALUE_INTEGER)
        buf_add_int(&buf, value->integer);
    else
        buf_printf(&buf, "%a", value->real);
    assert(!buf.overflow);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

uint64_t summary_hash(const struct field *field, const struct value *held, struct arena *arena)
{
    const uint64_t name = text_hash(field->name, 0);

    return text_hash(content_of(field, held, arena), name + (uint64_t)held->kind);
}

static void forget_fields(struct summary *summary)
{
    for (size_t i = 0; i < summary->model->field_count; i++)
        summary->fields[i] = (struct summary_field){.clock = SUMMARY_NEVER};
    summary->group_count = 0;
}

static void lay_fields(struct summary *summary, const struct diff *diff,
                       const struct columns *columns, struct arena *arena)
{
    for (size_t i = 0; i < diff->field_count; i++) {
        const struct field_value *set = &diff->fields[i];
        const struct value held = held_value_of(columns, summary->model, set, arena);

        summary->fields[set->field->index] = (struct summary_field){
            .clock = diff->clock,
            .time_ms = set->time_ms, /* mutant: summary_time_lost */
            .hash = summary_hash(set->field, &held, arena),
        };
    }
}

static void add_create(struct summary *summary, const struct diff *diff)
{
    if (summary->last_clock == SUMMARY_NEVER)
        summary->first_clock = diff->clock; /* mutant: first_create_unknown */
    else if (summary_lives(summary))
        return; /* over what is there: an update */
    forget_fields(summary);
    summary->created_clock = diff->clock;
    summary->created_ms = diff->time_ms;
    summary->deleted_clock = SUMMARY_NEVER;
    summary->deleted_ms = 0;
}

static void add_delete(struct summary *summary, const struct diff *diff)
{
    forget_fields(summary);
    summary->created_clock = SUMMARY_NEVER;
    summary->created_ms = 0;
    summary->deleted_clock = diff->clock;
    summary->deleted_ms = diff->time_ms;
}

void summary_add(struct summary *summary, const struct diff *diff, int64_t seq,
                 const struct columns *columns, struct arena *arena)
{
    assert(!diff->unread && diff->clock >= summary->last_clock);
    if (diff->type == DIFF_DELETE)
        add_delete(summary, diff);
    else if (diff->type == DIFF_CREATE)
        add_create(summary, diff);
    if (summary_lives(summary))
        lay_fields(summary, diff, columns, arena);
    summary->last_clock = diff->clock;
    summary->last_seq = seq;
}

static bool verifies_group(const struct summary *summary, unsigned number, const bool *kept,
                           const struct value *values, struct arena *arena)
{
    const struct summary_group *group = &summary->groups[number - 1];
    unsigned count = 0;
    uint64_t hash = 0;

    for (size_t i = 0; i < summary->model->field_count; i++) {
        if (summary->fields[i].group != number || !kept[i])
            continue;
        hash += summary_hash(&summary->model->fields[i], &values[i], arena);
        count++;
    }
    return count > 0 && count == group->count &&
           hash == group->hash; /* mutant: hash_not_compared */
}

bool summary_verifies(const struct summary *summary, const struct field *field, const bool *kept,
                      const struct value *values, struct arena *arena)
{
    const struct summary_field *set = &summary->fields[field->index];
    const struct value *value = &values[field->index];

    if (set->clock == SUMMARY_NEVER)
        return value->kind == VALUE_NULL;
    if (set->group == 0)
        return set->hash == summary_hash(field, value, arena);
    return verifies_group(summary, set->group, kept, values, arena);
}
