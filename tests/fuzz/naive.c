/* A small world of two models, each row an array of numbers; a diff is a plain assignment. */
#include "naive.h"

#include <stdio.h>

#define FIELD(n, key)                                                                              \
    {                                                                                              \
        .name = {key, 1}, .column = {key, 1}, .type = FIELD_INTEGER, .index = (n)                  \
    }
#define MODEL(n, key)                                                                              \
    {                                                                                              \
        .name = {key, 1}, .table = {key, 1}, .id_column = {"id", 2}, .allow = {true, true, true},  \
        .owner_column = {"owner_id", 8}, .fields = fields, .field_count = NAIVE_FIELDS,            \
        .index = (n)                                                                               \
    }

const struct mapping *naive_mapping(void)
{
    static struct field fields[] = {FIELD(0, "a"), FIELD(1, "b"), FIELD(2, "c")};
    static struct model models[] = {MODEL(0, "m"), MODEL(1, "n")};
    static const struct mapping mapping = {.models = models, .model_count = NAIVE_MODELS};

    return &mapping;
}

static const struct text IDS[NAIVE_IDS] = {{"x", 1}, {"y", 1}};

struct naive_object naive_object(size_t number)
{
    return (struct naive_object){&naive_mapping()->models[number / NAIVE_IDS],
                                 IDS[number % NAIVE_IDS]};
}

size_t naive_number(const struct model *model, struct text id)
{
    for (size_t i = 0; i < NAIVE_OBJECTS; i++)
        if (naive_object(i).model == model && text_equal(naive_object(i).id, id))
            return i;
    fuzz_break("a diff is about an object of this world");
}

struct field_value naive_field(const struct field *field, int64_t cell, struct arena *arena)
{
    struct field_value set = {.field = field, .value.kind = VALUE_NULL};
    char digits[32];

    if (cell != 0)
        set.value = (struct value){.kind = VALUE_INTEGER, .integer = cell};
    snprintf(digits, sizeof(digits), "%lld", (long long)cell);
    set.value.json = arena_text(arena, text_of(cell == 0 ? "null" : digits));
    return set;
}

void naive_fill(struct diff *diff, unsigned mask, unsigned nulls, int64_t first,
                struct arena *arena)
{
    diff->fields = ARENA_ARRAY(arena, NAIVE_FIELDS, struct field_value);
    diff->field_count = 0;
    for (unsigned i = 0; i < NAIVE_FIELDS && diff->type != DIFF_DELETE; i++) {
        struct field_value *set = &diff->fields[diff->field_count];

        if ((mask >> i & 1) == 0)
            continue;
        *set = naive_field(&diff->model->fields[i], (nulls >> i & 1) != 0 ? 0 : first + i, arena);
        set->time_ms = diff->time_ms;
        set->source = diff;
        diff->field_count++;
    }
    diff->json_data = diff_write_json_data(diff->object_id, diff->fields, diff->field_count, arena);
}

static void set_cells(struct naive_row *row, const struct field_value *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &fields[i].value;

        fuzz_check(value->kind == VALUE_NULL || value->kind == VALUE_INTEGER,
                   "a value is of its field's type");
        row->cells[fields[i].field->index] = value->kind == VALUE_NULL ? 0 : value->integer;
    }
}

bool naive_execute(struct naive_rows *rows, const struct diff *diff)
{
    struct naive_row *row = &rows->of[naive_number(diff->model, diff->object_id)];

    if (diff->type == DIFF_DELETE) {
        *row = (struct naive_row){.live = false};
        return true;
    }
    if (row->live == (diff->type == DIFF_CREATE))
        return false;
    row->live = true;
    set_cells(row, diff->fields, diff->field_count);
    return true;
}

static bool change_rows(struct naive_rows *rows, const struct merge_rows *changes,
                        enum diff_type type)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct merge_row *change = &changes->items[i];
        struct naive_row *row = &rows->of[naive_number(change->model, change->id)];

        if (row->live == (type == DIFF_CREATE))
            return false;
        if (type != DIFF_UPDATE)
            *row = (struct naive_row){.live = type == DIFF_CREATE};
        if (type != DIFF_DELETE)
            set_cells(row, change->fields, change->field_count);
    }
    return true;
}

bool naive_apply(struct naive_rows *rows, const struct merge_plan *plan)
{
    return change_rows(rows, &plan->replaced, DIFF_DELETE) &&
           change_rows(rows, &plan->creates, DIFF_CREATE) &&
           change_rows(rows, &plan->updates, DIFF_UPDATE) &&
           change_rows(rows, &plan->deletes, DIFF_DELETE);
}

bool naive_equal(const struct naive_rows *a, const struct naive_rows *b)
{
    for (size_t i = 0; i < NAIVE_OBJECTS; i++) {
        const struct naive_row *left = &a->of[i], *right = &b->of[i];

        if (left->live != right->live)
            return false;
        for (size_t f = 0; left->live && f < NAIVE_FIELDS; f++)
            if (left->cells[f] != right->cells[f])
                return false;
    }
    return true;
}
