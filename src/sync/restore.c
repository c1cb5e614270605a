/* One diff made of old values, in the transaction of a push: sync_restore(). What it must change it
 * finds under the owner's lock, so that nothing is written that is there already. */
#include "restore.h"

#include "clock.h"
#include "held_value.h"
#include "made_ids.h"
#include "translation.h"

/* Beside json_data, twice as long at most once it is a string. */
#define ENTRY_BYTES ((size_t)16 * 1024)

struct restoring {
    const struct sync_restore *restore;
    struct sync_restored *restored;
    bool stands; /* a dry run has come to its end */
};

/* A field that is NULL is left out of a create: there it says nothing. */
static bool is_wanted(const struct sync_scene *scene, const struct model *model,
                      const struct field_value *set, const struct row *row)
{
    if (set->field->access != FIELD_WRITABLE)
        return false;
    if (!row->live)
        return !text_is(set->value.json, "null");
    return !held_value_is(scene->s->columns, model, set, &row->values[set->field->index],
                          scene->arena);
}

static struct diff make(const struct restoring *restoring, const struct sync_scene *scene,
                        const struct row *row)
{
    const struct sync_restore *restore = restoring->restore;
    const struct model *model = restore->of.model;
    struct field_value *fields =
        ARENA_ARRAY(scene->arena, restore->field_count, struct field_value);
    struct diff diff = {
        .owner = scene->owner,
        .clock = scene->clock,
        .time_ms = clock_now_ms(),
        .type = row->live ? DIFF_UPDATE : DIFF_CREATE,
        .model = model,
        .fields = fields,
    };

    for (size_t i = 0; i < restore->field_count; i++)
        if (is_wanted(scene, model, &restore->fields[i], row))
            fields[diff.field_count++] = restore->fields[i];
    diff.id = made_id_of_restore(model, restore->id, diff.time_ms, scene->arena);
    diff.json_data = diff_write_json_data(restore->id, fields, diff.field_count, scene->arena);
    return diff;
}

/* As if a device had sent it: what was right then may be wrong now. */
static enum rc read_as_sent(const struct sync_scene *scene, const struct diff *made,
                            struct diff *diff_out, struct fail *fail)
{
    const struct diff_rules rules = {
        .mapping = scene->s->mapping,
        .columns = scene->s->columns,
        .owner = scene->owner,
    };
    struct buf entry;
    enum rc rc;

    buf_init(&entry, ENTRY_BYTES + 8 * made->json_data.len);
    diff_write(&entry, made);
    if (entry.overflow)
        rc = fail_fatal(fail, "the object is too large");
    else
        rc = request_diff(arena_text(scene->arena, buf_text(&entry)), &rules, scene->arena,
                          diff_out, fail);
    buf_release(&entry);
    return rc;
}

static enum rc translate(void *context, const struct sync_scene *scene,
                         struct sync_request *request_inout, struct fail *fail)
{
    struct restoring *restoring = context;
    const struct sync_restore *restore = restoring->restore;
    struct row row = {.live = false};
    struct diff made;
    enum rc rc = scene->s->ops->read(scene->s, restore->of, (struct id_list){&restore->id, 1},
                                     scene->arena, &row, fail);

    request_inout->diffs = (struct diff_list){ARENA_NEW(scene->arena, struct diff), 0};
    if (rc != RC_OK)
        return rc;
    made = make(restoring, scene, &row);
    restoring->restored->changes = !row.live || made.field_count > 0;
    if (!restoring->restored->changes)
        return RC_OK;
    rc = read_as_sent(scene, &made, request_inout->diffs.items, fail);
    request_inout->diffs.count = rc == RC_OK;
    if (rc == RC_OK)
        restoring->restored->diff = *request_inout->diffs.items;
    return rc;
}

/* The rows stand, and all but the commit is done: what fails here is rolled back. */
static enum rc end_dry_run(void *context, const struct sync_scene *scene, struct fail *fail)
{
    struct restoring *restoring = context;

    (void)scene;
    if (!restoring->restore->dry_run)
        return RC_OK;
    restoring->stands = true;
    return fail_reject(fail, FAIL_NOT_FOUND, "a dry run");
}

enum rc sync_restore(struct synchronizer *s, const struct sync_restore *restore,
                     struct arena *arena, struct sync_restored *restored_out, struct fail *fail)
{
    struct restoring restoring = {restore, restored_out, false};
    const struct sync_translation translation = {
        .context = &restoring,
        .of_now = true,
        .translate = translate,
        .answer = end_dry_run,
    };
    const struct sync_request request = {
        .owner = restore->of.owner,
        .limit = {SIZE_MAX, SIZE_MAX},
        .undrained = restore->dry_run,
    };
    struct sync_answer answer = {.next_clock = 0};
    enum rc rc;

    *restored_out = (struct sync_restored){.changes = false};
    rc = sync_translated(s, &request, &translation, arena, &answer, fail);
    if (rc == RC_REJECTED && restoring.stands)
        return RC_OK;
    restored_out->next_clock = answer.next_clock;
    return rc;
}
