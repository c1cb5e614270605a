/* Tells what became of an object since a clock, from its summary and its row: summary_tell().
 * Invariant: what is told executes on any copy of the object that a device of that clock has. */
#include "summary.h"

#include "made_ids.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Did the object begin or end behind what is asked for? Then the next sync tells it whole. */
static bool turned_later(const struct summary *summary, const struct summary_query *query)
{
    return summary->first_clock >= query->until_clock ||
           summary->created_clock >= query->until_clock ||
           summary->deleted_clock >= query->until_clock;
}

static struct diff diff_of(const struct summary *summary, const struct summary_query *query,
                           enum diff_type type, int64_t clock, int64_t time_ms)
{
    return (struct diff){
        .owner = query->owner,
        .clock = clock < query->until_clock ? clock : query->until_clock - 1,
        .time_ms = time_ms,
        .type = type,
        .model = summary->model,
        .object_id = summary->object_id,
        .unread = true,
        .summary = summary,
    };
}

static void write(struct diff *diff, const struct field_value *fields, size_t count,
                  struct arena *arena)
{
    diff->id = made_id_of_summary(diff->model, diff->object_id, diff->clock, diff->type, arena);
    diff->json_data = diff_write_json_data(diff->object_id, fields, count, arena);
    diff->field_times = diff_write_field_times(fields, count, diff->time_ms, arena);
}

static struct diff tell_delete(const struct summary *summary, const struct summary_query *query,
                               int64_t clock, int64_t time_ms, struct arena *arena)
{
    struct diff diff = diff_of(summary, query, DIFF_DELETE, clock, time_ms);

    write(&diff, NULL, 0, arena);
    return diff;
}

/* The whole row. What nobody set counts as set at time 0. */
static struct diff tell_create(const struct summary *summary, const struct summary_query *query,
                               const struct value *values, struct arena *arena)
{
    const struct model *model = summary->model;
    const bool made = summary->created_clock != SUMMARY_NEVER;
    struct diff diff =
        diff_of(summary, query, DIFF_CREATE, made ? summary->created_clock : summary->last_clock,
                summary->created_ms);
    struct field_value *fields = ARENA_ARRAY(arena, model->field_count, struct field_value);
    size_t count = 0;

    for (; values != NULL && count < model->field_count; count++)
        fields[count] = (struct field_value){.field = &model->fields[count],
                                             .value = values[count],
                                             .time_ms = summary->fields[count].time_ms};
    write(&diff, fields, count, arena);
    return diff;
}

/* The fields that were set since the clock. */
static struct diff tell_update(const struct summary *summary, const struct summary_query *query,
                               const struct value *values, struct arena *arena, size_t *count_out)
{
    const struct model *model = summary->model;
    struct field_value *fields = ARENA_ARRAY(arena, model->field_count, struct field_value);
    struct diff diff = diff_of(summary, query, DIFF_UPDATE, query->since_clock, 0);
    size_t count = 0;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct summary_field *set = &summary->fields[i];

        if (set->clock < query->since_clock || set->clock == SUMMARY_NEVER)
            continue;
        diff.clock = later(diff.clock, set->clock);
        diff.time_ms = later(diff.time_ms, set->time_ms);
        fields[count] = (struct field_value){.field = &model->fields[i], .time_ms = set->time_ms};
        if (values != NULL)
            fields[count].value = values[i];
        count++;
    }
    if (diff.clock >= query->until_clock)
        diff.clock = query->until_clock - 1;
    write(&diff, fields, count, arena);
    *count_out = count;
    return diff;
}

/* It lives, and so does its row, or it is told though that is gone. */
static size_t tell_living(const struct summary *summary, const struct summary_query *query,
                          const struct value *values, struct arena *arena, struct diff *diffs_out)
{
    const int64_t since = query->since_clock;
    size_t field_count;

    /* A new device has none of it, however long it was there. */
    if (summary->first_clock >= since || (since == 0 && !query->compare)) {
        diffs_out[0] = tell_create(summary, query, values, arena);
        return 1;
    }
    if (summary->created_clock >= since) { /* mutant: recreated_told_as_update */
        diffs_out[0] =
            tell_delete(summary, query, summary->created_clock, summary->created_ms, arena);
        diffs_out[1] = tell_create(summary, query, values, arena);
        return 2;
    }
    diffs_out[0] = tell_update(summary, query, values, arena, &field_count);
    return field_count > 0 || query->compare ? 1 : 0;
}

size_t summary_tell(const struct summary *summary, const struct summary_query *query,
                    const struct value *values, struct arena *arena,
                    struct diff diffs_out[SUMMARY_DIFFS_MAX])
{
    if (summary->last_clock < query->since_clock || turned_later(summary, query))
        return 0;
    if (!summary_lives(summary)) {
        if (summary->deleted_clock < query->since_clock)
            return 0;
        diffs_out[0] =
            tell_delete(summary, query, summary->deleted_clock, summary->deleted_ms, arena);
        return 1;
    }
    if (values == NULL && !query->without_row)
        return 0;
    return tell_living(summary, query, values, arena, diffs_out);
}
