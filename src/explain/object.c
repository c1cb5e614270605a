/* Explains one object: explain_object(). All but the merge reads one snapshot, part by part. */
#include "clock.h"
#include "explain.h"
#include "json_dom.h"
#include "row_create.h"
#include "row_lookup.h"
#include "parts.h"
#include "compact.h"

#define PART_DIFFS ((size_t)500)
#define KNOWN_MAX  ((size_t)20)

struct job {
    struct synchronizer *s;
    const struct explain_object_query *query;
    struct arena *arena; /* of the results */
    struct explain_object *object;
    const struct row *row;
    struct compact all;   /* the object's whole history */
    struct compact since; /* S(c) of it */
};

/* Does the response need what is folded? */
static bool is_below_horizon(const struct job *job)
{
    return job->query->clock >= 0 && job->query->clock < job->object->horizon.compacted_below;
}

static enum rc take_part(struct job *job, const struct inspect_diffs *part, struct fail *fail)
{
    struct field_history *contest = &job->object->contest;
    size_t before = 0; /* the clock */
    enum rc rc;

    for (size_t i = 0; i < part->count; i++) {
        field_history_add(contest, &part->items[i], part->places[i]);
        before += part->items[i].clock < job->query->clock;
    }
    rc = compact_add(&job->all, part->items, part->count, fail);
    if (rc == RC_OK && !is_below_horizon(job))
        rc = compact_add(&job->since, part->items + before, part->count - before, fail);
    return rc;
}

static enum rc read_diffs(struct job *job, struct fail *fail)
{
    const struct explain_object_query *query = job->query;
    struct inspect_diffs_query read = {.object = &query->object, .max = PART_DIFFS};
    struct inspect_diffs part = {.count = 0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    do {
        arena_clear(&arena);
        read.after = job->object->contest.last;
        rc = job->s->ops->inspect->diffs(job->s, &read, &arena, &part, fail);
        if (rc != RC_OK)
            break;
        query->show(query->context, job->object, &part);
        rc = take_part(job, &part, fail);
    } while (rc == RC_OK && part.count == PART_DIFFS);
    arena_release(&arena);
    return rc;
}

static enum rc read_summary(struct job *job, struct fail *fail)
{
    struct synchronizer *s = job->s;
    struct explain_object *object = job->object;
    struct summary *summary = ARENA_NEW(job->arena, struct summary);
    bool found = false;
    enum rc rc =
        s->ops->compaction->find_horizon(s, job->query->object.owner, &object->horizon, fail);

    if (rc == RC_OK && object->horizon.compacted_below > 0)
        rc = s->ops->inspect->summary(s, &job->query->object, job->arena, summary, &found, fail);
    if (rc != RC_OK || !found)
        return rc;
    object->summary = summary;
    field_history_begin(&object->contest, summary);
    return RC_OK;
}

/* S(c) as a sync reads it, with what is told of a summary and its row. */
static enum rc read_since(struct job *job, struct fail *fail)
{
    const struct inspect_object *about = &job->query->object;
    const struct object_history_query query = {
        .of = {about->owner, about->model},
        .since_clock = job->query->clock,
        .ids = {&about->id, 1},
    };
    struct diff_list *since = &job->since.diffs;
    enum rc rc = job->s->ops->read_object_history(job->s, &query, job->arena, since, fail);

    for (size_t i = 0; rc == RC_OK && i < since->count; i++)
        if (since->items[i].unread)
            rc = diff_parse_stored(&since->items[i], job->arena, fail);
    return rc;
}

/* The value of a stored diff in the form that the row has it in: a set in the order of its members,
 * digits beyond 64 signed bits. What the column no longer takes stays as it was read. */
static struct value held_value(const struct job *job, const struct field_value *set)
{
    const struct mapped_field at = column_of(job->s->columns, job->query->object.model, set->field);
    const struct json_token token = json_dom_token(set->value.json, job->arena);
    struct value value;
    struct fail ignored;

    if (value_parse(at, &token, job->arena, &value, &ignored) != RC_OK || value.rounded)
        return set->value;
    value.json = set->value.json;
    return value;
}

/* What the diffs come to, copied: they go with the job. */
static void take_values(const struct job *job)
{
    const struct model *model = job->query->object.model;
    struct field_history *contest = &job->object->contest;
    struct arena scratch;
    struct net net;

    arena_init(&scratch);
    net_init(&net, model, &scratch);
    for (size_t i = 0; i < job->all.diffs.count; i++)
        net_add(&net, &job->all.diffs.items[i], job->all.diffs.items[i].type);
    for (size_t i = 0; i < net.field_count; i++) {
        struct value *value = &contest->fields[net.fields[i].field->index].value;

        *value = held_value(job, &net.fields[i]);
        value->json = arena_text(job->arena, value->json);
        if (value->kind == VALUE_TEXT)
            value->text = arena_text(job->arena, value->text);
    }
    arena_release(&scratch);
}

static void compare_row(struct explain_object *object, const struct row *row)
{
    struct field_history *contest = &object->contest;

    object->row_live = row->live;
    object->differs = row->live != (contest->state == EXPLAIN_LIVE);
    for (size_t i = 0; row->live && i < contest->field_count; i++) {
        struct explain_field *field = &contest->fields[i];

        field->row = &row->values[i];
        field->differs = field->settings > 0 && !field->last.folded &&
                         !value_same(field->field, &field->value, field->row);
        object->differs = object->differs || field->differs;
    }
}

static enum rc read_row(struct job *job, struct fail *fail)
{
    const struct inspect_object *object = &job->query->object;
    struct row *row = ARENA_NEW(job->arena, struct row);
    enum rc rc = job->s->ops->read(job->s, (struct owner_model){object->owner, object->model},
                                   (struct id_list){&object->id, 1}, job->arena, row, fail);

    if (rc == RC_OK)
        compare_row(job->object, row);
    job->row = row;
    return rc;
}

static enum rc read_known(const struct job *job, struct fail *fail)
{
    struct explain_object *object = job->object;
    const struct inspect_known_query query = {
        .object = &job->query->object,
        .since_clock = object->contest.first.clock,
        .max = KNOWN_MAX + 1,
    };
    struct inspect_known_list known = {.count = 0};
    enum rc rc;

    if (object->contest.state == EXPLAIN_UNHEARD)
        return RC_OK;
    rc = job->s->ops->inspect->known(job->s, &query, job->arena, &known, fail);
    object->known = known.items;
    object->known_more = known.count > KNOWN_MAX;
    object->known_count = object->known_more ? KNOWN_MAX : known.count;
    return rc;
}

static enum explain_reason why_nothing(const struct job *job, enum net_kind since)
{
    const struct explain_object *object = job->object;

    if (object->contest.state == EXPLAIN_UNHEARD)
        return EXPLAIN_NO_DIFF;
    if (job->since.diffs.count == 0)
        return EXPLAIN_SEEN;
    if (since == NET_CANCELLED)
        return EXPLAIN_CANCELLED;
    if (object->contest.state == EXPLAIN_DELETED)
        return EXPLAIN_GONE;
    return object->row_live ? EXPLAIN_NO_CHANGE : EXPLAIN_ROW_GONE;
}

/* The merge of a pull, with nothing but this object's diffs in S(c). */
static enum rc merge_answer(const struct job *job, struct fail *fail)
{
    const struct diff_list nothing = {0};
    const struct merge_input input = {
        .owner = job->query->object.owner,
        .client_clock = job->query->clock,
        .push_clock = job->object->next_clock,
        .now_ms = clock_now_ms(),
        .clock_skew_ms = job->query->clock_skew_ms,
        .history = &job->since.diffs,
        .request = &nothing,
        .arena = job->arena,
    };
    struct explain_object_answer *answer = &job->object->answer;
    struct merge *merge;
    enum net_kind since;
    struct merge_plan plan = {.next_clock = 0};
    enum rc rc = merge_begin(&input, &merge, fail);

    if (rc != RC_OK)
        return rc;
    since = merge->object_count > 0 ? merge->objects[0].given.server_net.kind : NET_NONE;
    rc = row_lookup_read(job->s, merge, job->arena, fail);
    if (rc == RC_OK)
        rc = merge_finish(merge, &plan, fail);
    if (rc != RC_OK)
        return rc;
    answer->diffs = plan.answer;
    answer->reason = plan.answer.count > 0 ? EXPLAIN_SENT : why_nothing(job, since);
    return RC_OK;
}

/* A new device is told the row, whatever the history is. */
static void tell_row(const struct job *job)
{
    static const enum explain_reason ABSENT[EXPLAIN_STATES] = {
        [EXPLAIN_UNHEARD] = EXPLAIN_NO_DIFF,
        [EXPLAIN_LIVE] = EXPLAIN_ROW_GONE,
        [EXPLAIN_DELETED] = EXPLAIN_GONE,
    };
    const struct inspect_object *about = &job->query->object;
    struct explain_object_answer *answer = &job->object->answer;
    const struct object_row row = {.id = about->id, .values = job->row->values};
    const int64_t next_clock = job->object->next_clock;

    answer->reason = job->row->live ? EXPLAIN_SENT : ABSENT[job->object->contest.state];
    if (!job->row->live)
        return;
    answer->diffs = (struct diff_list){ARENA_NEW(job->arena, struct diff), 1};
    *answer->diffs.items = row_create((struct owner_model){about->owner, about->model}, &row,
                                      next_clock > 0 ? next_clock - 1 : 0, job->arena);
}

static enum rc read_answer(const struct job *job, struct fail *fail)
{
    if (job->query->clock == EXPLAIN_NO_CLOCK)
        return RC_OK;
    if (job->query->clock == 0) {
        tell_row(job);
        return RC_OK;
    }
    if (job->query->clock < job->object->horizon.forgotten_below)
        job->object->answer.reason = EXPLAIN_TOO_OLD;
    else if (job->query->clock <= job->object->next_clock)
        return merge_answer(job, fail);
    else
        job->object->answer.reason = EXPLAIN_AHEAD;
    return RC_OK;
}

static enum rc read_all(struct job *job, struct fail *fail)
{
    const struct inspect_object *object = &job->query->object;
    enum rc rc = job->s->ops->inspect->count(job->s, object, &job->object->diff_count, fail);

    if (rc == RC_OK)
        rc = read_summary(job, fail);
    if (rc == RC_OK)
        rc = read_diffs(job, fail);
    if (rc == RC_OK && is_below_horizon(job))
        rc = read_since(job, fail);
    if (rc == RC_OK) {
        take_values(job);
        rc = read_row(job, fail);
    }
    if (rc == RC_OK)
        rc = explain_rejects(job->s, object, job->arena, job->object, fail);
    if (rc == RC_OK)
        rc = read_known(job, fail);
    if (rc == RC_OK)
        rc = read_answer(job, fail);
    return rc;
}

/* What the response points to goes with the job. */
static enum rc keep_answer(const struct job *job, struct fail *fail)
{
    struct diff_list *diffs = &job->object->answer.diffs;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++) {
        struct diff *diff = &diffs->items[i];

        diff->id = arena_text(job->arena, diff->id);
        diff->json_data = arena_text(job->arena, diff->json_data);
        diff->object_id = arena_text(job->arena, diff->object_id);
        diff->field_times = (struct text){0};
        rc = diff_parse_stored(diff, job->arena, fail);
    }
    return rc;
}

enum rc explain_object(struct synchronizer *s, const struct explain_object_query *query,
                       struct arena *arena, struct explain_object *object_out, struct fail *fail)
{
    struct job job = {.s = s, .query = query, .arena = arena, .object = object_out};
    const struct text owner = query->object.owner;
    enum rc rc;

    *object_out = (struct explain_object){.next_clock = 0};
    field_history_init(&object_out->contest, query->object.model, arena);
    compact_init(&job.all);
    compact_init(&job.since);
    rc = s->ops->begin_snapshot(s, owner, &object_out->next_clock, fail);
    if (rc == RC_OK && object_out->next_clock == 0)
        rc = explain_unknown_owner(owner, fail);
    if (rc == RC_OK)
        rc = read_all(&job, fail);
    s->ops->rollback(s);
    if (rc == RC_OK)
        rc = keep_answer(&job, fail);
    compact_release(&job.all);
    compact_release(&job.since);
    return rc;
}
