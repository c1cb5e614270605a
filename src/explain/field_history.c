/* Follows one object's diffs field by field: field_history_add(), for each diff in their order. */
#include "explain.h"

#include "made_ids.h"

void field_history_init(struct field_history *contest, const struct model *model,
                        struct arena *arena)
{
    *contest = (struct field_history){
        .last = INSPECT_BEGINNING,
        .fields = ARENA_ARRAY(arena, model->field_count, struct explain_field),
        .field_count = model->field_count,
    };
    for (size_t i = 0; i < contest->field_count; i++)
        contest->fields[i].field = &model->fields[i];
}

void field_history_begin(struct field_history *contest, const struct summary *summary)
{
    contest->state = summary_lives(summary) ? EXPLAIN_LIVE : EXPLAIN_DELETED;
    contest->first = (struct inspect_place){summary->last_clock, summary->last_seq};
    for (size_t i = 0; summary_lives(summary) && i < contest->field_count; i++) {
        const struct summary_field *set = &summary->fields[i];
        struct explain_field *field = &contest->fields[i];

        if (set->clock == SUMMARY_NEVER)
            continue;
        field->settings = 1;
        field->last = (struct explain_setter){
            .place = {set->clock, -1},
            .time_ms = set->time_ms,
            .folded = true,
        };
    }
}

static void forget_settings(struct field_history *contest)
{
    for (size_t i = 0; i < contest->field_count; i++)
        contest->fields[i].settings = 0;
}

static void take_setting(struct explain_field *field, const struct diff *diff,
                         struct inspect_place place, int64_t time_ms)
{
    const size_t len = diff->id.len < EXPLAIN_ID_BYTES ? diff->id.len : EXPLAIN_ID_BYTES;

    if (field->settings == 1 || (field->settings > 1 && field->last.time_ms > field->rival.time_ms))
        field->rival = field->last;
    field->settings++;
    memcpy(field->last.id, diff->id.ptr, len);
    field->last.id[len] = '\0';
    field->last.place = place;
    field->last.time_ms = time_ms;
    field->last.from_sql = made_id_is_of_change(diff);
    field->last.folded = false;
}

/* As docs/merging.md 5 folds: an update of what is deleted says nothing, a create of what is live
 * is laid over it. */
void field_history_add(struct field_history *contest, const struct diff *diff,
                       struct inspect_place place)
{
    if (contest->state == EXPLAIN_UNHEARD)
        contest->first = place;
    contest->last = place;
    if (diff->type == DIFF_UPDATE && contest->state == EXPLAIN_DELETED)
        return;
    if (diff->type == DIFF_DELETE || contest->state == EXPLAIN_DELETED)
        forget_settings(contest);
    contest->state = diff->type == DIFF_DELETE ? EXPLAIN_DELETED : EXPLAIN_LIVE;
    for (size_t i = 0; diff->type != DIFF_DELETE && i < diff->field_count; i++) {
        const struct field_value *set = &diff->fields[i];

        take_setting(&contest->fields[set->field->index], diff, place, set->time_ms);
    }
}

enum explain_why explain_why(const struct explain_field *field)
{
    if (field->settings < 2)
        return EXPLAIN_ONLY;
    return field->rival.time_ms > field->last.time_ms ? EXPLAIN_LATER_CLOCK : EXPLAIN_LATER_TIME;
}

const char *explain_why_name(enum explain_why why)
{
    static const char *const NAMES[EXPLAIN_WHYS] = {
        [EXPLAIN_ONLY] = "only",
        [EXPLAIN_LATER_TIME] = "later_time",
        [EXPLAIN_LATER_CLOCK] = "later_clock",
    };

    return NAMES[why];
}

const char *explain_state_name(enum explain_state state)
{
    static const char *const NAMES[EXPLAIN_STATES] = {
        [EXPLAIN_UNHEARD] = "unheard",
        [EXPLAIN_LIVE] = "live",
        [EXPLAIN_DELETED] = "deleted",
    };

    return NAMES[state];
}
