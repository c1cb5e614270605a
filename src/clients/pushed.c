/* Looks up the objects of a push, model by model, and writes the diffs that a request of them would
 * have. Entry: pushed_look_up(), pushed_diffs_begin(). */
#include "pushed.h"

#include <assert.h>

#include "json_write.h"
#include "object_id.h"
#include "text_index.h"

#define BODY_MAX_BYTES ((size_t)INT32_MAX)

void pushed_add(struct pushed_list *list, struct pushed pushed, struct arena *arena)
{
    list->items = ARENA_ROOM(arena, list->items, list->count, &list->capacity);
    list->items[list->count++] = pushed;
}

enum rc pushed_check(const struct pushed_list *list, struct arena *arena, struct fail *fail)
{
    struct text *ids = ARENA_ARRAY(arena, list->count, struct text);
    struct text_index index;

    for (size_t i = 0; i < list->count; i++)
        ids[i] = list->items[i].id;
    index = text_index_of(ids, list->count, arena);
    for (size_t i = 0; i < list->count; i++)
        for (size_t at = text_index_next(&index, i); at != TEXT_INDEX_NONE;
             at = text_index_next(&index, at))
            if (list->items[at].model == list->items[i].model) /* mutant: pushed_twice */
                return fail_reject(fail, FAIL_INVALID_REQUEST, "%.*s %.*s is there twice",
                                   TEXT_ARG(list->items[i].model->name), TEXT_ARG(ids[i]));
    return RC_OK;
}

/* The objects of one model. */
struct batch {
    const struct sync_scene *scene;
    const struct model *model;
    struct pushed **items;
    struct text *ids;
    size_t count;
};

static bool may_be_guessed(const struct pushed *pushed)
{
    return pushed->is_new;
}

static bool is_to_be_looked_up(const struct pushed *pushed)
{
    return !pushed->guessed;
}

static void collect(struct batch *batch, const struct pushed_list *list,
                    bool (*wanted)(const struct pushed *))
{
    batch->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct pushed *pushed = &list->items[i];

        if (pushed->model != batch->model || !wanted(pushed) ||
            !object_id_is_canonical(pushed->model, pushed->id))
            continue;
        batch->items[batch->count] = pushed;
        batch->ids[batch->count++] = pushed->id;
    }
}

/* Of those that are not live, which come first, what the history knows. */
static enum rc look_into_past(const struct batch *batch, size_t absent, struct fail *fail)
{
    const struct sync_scene *scene = batch->scene;
    const struct owner_model of = {scene->owner, batch->model};
    const struct id_list ids = {batch->ids, absent};
    bool *existed = ARENA_ARRAY(scene->arena, absent, bool);
    enum rc rc =
        absent > 0 ? scene->s->ops->find_existing(scene->s, of, ids, existed, fail) : RC_OK;

    for (size_t i = 0; rc == RC_OK && i < absent; i++)
        if (existed[i])
            batch->items[i]->state = PUSHED_GONE;
    return rc;
}

static enum rc look_up(const struct batch *batch, struct fail *fail)
{
    const struct sync_scene *scene = batch->scene;
    const struct owner_model of = {scene->owner, batch->model};
    const struct id_list ids = {batch->ids, batch->count};
    struct row *rows = ARENA_ARRAY(scene->arena, batch->count, struct row);
    size_t absent = 0;
    enum rc rc = scene->s->ops->read(scene->s, of, ids, scene->arena, rows, fail);

    for (size_t i = 0; rc == RC_OK && i < batch->count; i++) {
        struct pushed *pushed = batch->items[i];

        pushed->row = rows[i].live ? rows[i].values : NULL;
        pushed->state = rows[i].live ? PUSHED_LIVE : PUSHED_UNKNOWN;
        if (rows[i].live)
            continue;
        batch->items[absent] = pushed;
        batch->ids[absent++] = pushed->id;
    }
    return rc == RC_OK ? look_into_past(batch, absent, fail) : rc;
}

/* Most new objects are: then their rows need no look. */
static enum rc guess(const struct batch *batch, struct fail *fail)
{
    const struct sync_scene *scene = batch->scene;
    const struct owner_model of = {scene->owner, batch->model};
    const struct id_list ids = {batch->ids, batch->count};
    bool *existed = ARENA_ARRAY(scene->arena, batch->count, bool);
    enum rc rc = scene->s->ops->find_existing(scene->s, of, ids, existed, fail);

    for (size_t i = 0; rc == RC_OK && i < batch->count; i++) {
        batch->items[i]->guessed = !existed[i]; /* mutant: pushed_gone_is_new */
        *scene->guessed |= batch->items[i]->guessed;
    }
    return rc;
}

static void forget(struct pushed_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].guessed = false;
        list->items[i].state = PUSHED_UNKNOWN;
        list->items[i].row = NULL;
    }
}

static enum rc look_up_model(struct batch *batch, const struct pushed_list *list, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (batch->scene->guessed != NULL) {
        collect(batch, list, may_be_guessed);
        rc = batch->count > 0 ? guess(batch, fail) : RC_OK;
    }
    collect(batch, list, is_to_be_looked_up);
    return rc == RC_OK && batch->count > 0 ? look_up(batch, fail) : rc;
}

enum rc pushed_look_up(struct pushed_list *list, const struct sync_scene *scene, struct fail *fail)
{
    const struct mapping *mapping = scene->s->mapping;
    struct batch batch = {
        .scene = scene,
        .items = ARENA_ARRAY(scene->arena, list->count, struct pushed *),
        .ids = ARENA_ARRAY(scene->arena, list->count, struct text),
    };
    enum rc rc = RC_OK;

    forget(list);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++) {
        batch.model = &mapping->models[i];
        rc = look_up_model(&batch, list, fail);
    }
    return rc;
}

void pushed_diffs_begin(struct pushed_diffs *diffs, const struct sync_request *request,
                        const struct sync_scene *scene, int64_t time_ms)
{
    *diffs = (struct pushed_diffs){
        .version = request->version,
        .owner = scene->owner,
        .clock = scene->clock,
        .time_ms = time_ms,
    };
    buf_init(&diffs->body, BODY_MAX_BYTES);
    buf_init(&diffs->json_data, BODY_MAX_BYTES);
    buf_add_str(&diffs->body, "{\"diffs\":[");
}

void pushed_diffs_begin_one(struct pushed_diffs *diffs, struct text object_id)
{
    buf_clear(&diffs->json_data);
    buf_add_str(&diffs->json_data, "{\"id\":");
    json_write_string(&diffs->json_data, object_id);
}

void pushed_diffs_add_field(struct pushed_diffs *diffs, struct text name, struct text json)
{
    buf_add_char(&diffs->json_data, ',');
    json_write_string(&diffs->json_data, name);
    buf_add_char(&diffs->json_data, ':');
    buf_add_text(&diffs->json_data, json);
}

static void add_key(struct buf *body, const char *key, struct text value)
{
    buf_add_str(body, key);
    json_write_string(body, value);
}

/* As a device of that version writes it: what creates of it do not say is then given to them. */
static struct text json_data_of(const struct pushed_diffs *diffs, const struct model *model,
                                struct arena *arena)
{
    struct text json_data = buf_text(&diffs->json_data);

    if (diffs->version != NULL)
        (void)version_lower(version_model(diffs->version, model->name), false, json_data, arena,
                            &json_data);
    return json_data;
}

void pushed_diffs_end_one(struct pushed_diffs *diffs, struct text id, enum diff_type type,
                          const struct model *model, struct arena *arena)
{
    struct buf *body = &diffs->body;

    buf_add_char(&diffs->json_data, '}');
    if (diffs->count++ > 0)
        buf_add_char(body, ',');
    add_key(body, "{\"id\":", id);
    add_key(body, ",\"owner\":", diffs->owner);
    buf_add_str(body, ",\"logical_clock\":");
    buf_add_int(body, diffs->clock);
    buf_add_str(body, ",\"utc_timestamp\":");
    buf_add_int(body, diffs->time_ms);
    add_key(body, ",\"type\":", text_of(diff_type_name(type)));
    add_key(body, ",\"model\":", model->name);
    add_key(body, ",\"json_data\":", json_data_of(diffs, model, arena));
    buf_add_char(body, '}');
}

static enum rc read_diffs(struct text body, const struct sync_scene *scene,
                          struct sync_request *request, struct fail *fail)
{
    const struct diff_rules rules = {
        .version = request->version,
        .mapping = scene->s->mapping,
        .columns = scene->s->columns,
        .max_diffs = SIZE_MAX,
        .stamp_owner = true,
        .owner = scene->owner,
    };
    struct request_body *parsed;
    enum rc rc = request_parse(body, scene->arena, &parsed, fail);

    return rc == RC_OK ? request_diffs(parsed, &rules, scene->arena, &request->diffs,
                                       request->rejections, fail)
                       : rc;
}

enum rc pushed_diffs_end(struct pushed_diffs *diffs, const struct sync_scene *scene,
                         struct sync_request *request_inout, struct fail *fail)
{
    const bool overflow = diffs->body.overflow || diffs->json_data.overflow;
    struct text body;

    buf_add_str(&diffs->body, "]}");
    body = overflow ? TEXT_LITERAL("") : arena_text(scene->arena, buf_text(&diffs->body));
    buf_release(&diffs->body);
    buf_release(&diffs->json_data);
    return overflow ? fail_reject(fail, FAIL_TOO_LARGE, "the push is too large")
                    : read_diffs(body, scene, request_inout, fail);
}
