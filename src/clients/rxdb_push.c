/* A push of RxDB, document by document against the row: what the client changed is what differs
 * from what it assumed. Entry: rxdb_push(). What both sides changed, the row keeps, unless the
 * same device set it last; what it comes to is the document's conflict where it is not the new one.
 * Invariant: whatever is refused, the client ends with what the row holds. */
#include "rxdb.h"

#include "json_write.h"
#include "pushed.h"
#include "rxdb_device.h"
#include "rxdb_document.h"
#include "wire_value.h"

#define CONFLICTS_MAX_BYTES ((size_t)256 << 20)

/* One row of the push as it was sent. */
struct sent {
    struct json_entries state;
    struct json_entries assumed;
    bool deleted;
    bool has_assumed;
    bool assumed_deleted;
    bool *own; /* by field index: this device set it last; NULL: it was not asked */
};

enum action { NOTHING, CREATE, UPDATE, DELETE };

/* What was assumed, and what it is to be. */
enum edit { NEW, CHANGED, REVIVED, NEW_DELETED, DELETED, DELETED_AGAIN, CHANGES };

/* What is gone stays gone for whoever does not know it yet. */
static const enum action ACTIONS[CHANGES][PUSHED_STATES] = {
    /* mutant: rx_new_revives */
    [NEW] = {[PUSHED_UNKNOWN] = CREATE, [PUSHED_LIVE] = UPDATE, [PUSHED_GONE] = NOTHING},
    /* mutant: rx_edit_revives */
    [CHANGED] = {[PUSHED_UNKNOWN] = CREATE, [PUSHED_LIVE] = UPDATE, [PUSHED_GONE] = NOTHING},
    /* mutant: rx_stays_gone */
    [REVIVED] = {[PUSHED_UNKNOWN] = CREATE, [PUSHED_LIVE] = UPDATE, [PUSHED_GONE] = CREATE},
    [NEW_DELETED] = {[PUSHED_UNKNOWN] = NOTHING, [PUSHED_LIVE] = DELETE, [PUSHED_GONE] = NOTHING},
    [DELETED] = {[PUSHED_UNKNOWN] = NOTHING, [PUSHED_LIVE] = DELETE, [PUSHED_GONE] = NOTHING},
    [DELETED_AGAIN] = {NOTHING, NOTHING, NOTHING},
};

static const enum diff_type TYPES[] = {
    [CREATE] = DIFF_CREATE, [UPDATE] = DIFF_UPDATE, [DELETE] = DIFF_DELETE};

static enum edit edit_of(const struct sent *sent)
{
    if (!sent->has_assumed)
        return sent->deleted ? NEW_DELETED : NEW;
    if (sent->assumed_deleted)
        return sent->deleted ? DELETED_AGAIN : REVIVED;
    return sent->deleted ? DELETED : CHANGED;
}

struct translating {
    const struct rxdb_push *push;
    const struct version *version;    /* of the app; NULL: the newest */
    const struct version_model *seen; /* what it sees of the model; NULL: as the newest */
    struct pushed_list list;
    char device[ID_UUID_LEN + 1]; /* that its diffs' ids begin with; empty: nobody knows */
    struct text conflicts;
    struct arena *arena;
};

/* ---- What was sent ---- */

static enum rc reject(struct fail *fail, const char *what)
{
    return fail_reject(fail, FAIL_INVALID_REQUEST, "%s", what);
}

static bool is_deleted(const struct json_entries *document)
{
    const struct json_token *token = json_dom_find(document, "_deleted");

    return token != NULL && text_is(token->raw, "true");
}

/* In the names and values of the newest version. */
static bool read_document(const struct translating *t, const struct json_token *token,
                          struct json_entries *document_out)
{
    struct json_fault fault;

    return json_dom_entries(version_raise(t->seen, false, token->raw, t->arena).json_data, t->arena,
                            document_out, &fault);
}

static enum rc read_row(struct translating *t, struct text row, struct fail *fail)
{
    struct sent *sent = ARENA_NEW(t->arena, struct sent);
    const struct json_token *state, *assumed, *id;
    struct json_entries entries;
    struct json_fault fault;

    if (!json_dom_entries(row, t->arena, &entries, &fault))
        return reject(fail, "each row of a push is an object");
    state = json_dom_find(&entries, "newDocumentState");
    assumed = json_dom_find(&entries, "assumedMasterState");
    if (assumed != NULL && assumed->kind == JSON_KIND_NULL)
        assumed = NULL;
    sent->has_assumed = assumed != NULL;
    if (state == NULL || !read_document(t, state, &sent->state) ||
        (assumed != NULL && !read_document(t, assumed, &sent->assumed)))
        return reject(fail, "newDocumentState, and assumedMasterState if it is there, are objects");
    id = json_dom_find(&sent->state, "id");
    if (id == NULL || id->kind != JSON_KIND_STRING || id->string.len == 0)
        return reject(fail, "newDocumentState has an id that is a string");
    sent->deleted = is_deleted(&sent->state);
    sent->assumed_deleted = sent->has_assumed && is_deleted(&sent->assumed);
    pushed_add(&t->list,
               (struct pushed){.model = t->push->model,
                               .id = id->string,
                               .of_engine = sent,
                               .is_new = edit_of(sent) == NEW},
               t->arena);
    return RC_OK;
}

static enum rc read_rows(struct translating *t, struct fail *fail)
{
    struct json_members rows = {.most = t->push->max_rows};
    struct json_fault fault;
    enum rc rc = RC_OK;

    if (!json_check(t->push->body, JSON_MAX_DEPTH, t->arena, &rows, &fault) ||
        json_dom_token(text_trim(t->push->body), t->arena).kind != JSON_KIND_ARRAY)
        return reject(fail, "the request body is not a JSON array of rows");
    if (rows.count > rows.most)
        return fail_reject(fail, FAIL_TOO_LARGE, "more than %zu rows: see limits.diffs", rows.most);
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++)
        rc = read_row(t, rows.items[i].raw_value, fail);
    return rc == RC_OK ? pushed_check(&t->list, t->arena, fail) : rc;
}

/* ---- Who set what last ---- */

/* Objects of which a field differs from what was assumed. */
static bool is_contested(const struct pushed *pushed)
{
    const struct sent *sent = pushed->of_engine;

    return pushed->state == PUSHED_LIVE && !sent->deleted;
}

static enum rc read_own(struct translating *t, const struct sync_scene *scene, struct fail *fail)
{
    const struct owner_model of = {scene->owner, t->push->model};
    struct text *ids = ARENA_ARRAY(scene->arena, t->list.count, struct text);
    struct rxdb_last_known *known;
    size_t count = 0;
    enum rc rc;

    for (size_t i = 0; i < t->list.count; i++)
        if (is_contested(&t->list.items[i]))
            ids[count++] = t->list.items[i].id;
    if (t->device[0] == '\0' || count == 0)
        return RC_OK;
    known = ARENA_ARRAY(scene->arena, count, struct rxdb_last_known);
    rc =
        rxdb_last_known_read(scene->s, of, (struct id_list){ids, count}, scene->arena, known, fail);
    for (size_t i = 0, k = 0; rc == RC_OK && i < t->list.count; i++) {
        struct sent *sent = t->list.items[i].of_engine;

        sent->own = ARENA_ARRAY(scene->arena, of.model->field_count, bool);
        if (!is_contested(&t->list.items[i]))
            continue;
        for (size_t f = 0; f < of.model->field_count; f++) {
            const struct field_value *last = known[k].fields[f];

            sent->own[f] = last != NULL && last->source != NULL &&
                           text_starts_with(last->source->id, t->device);
        }
        k++;
    }
    return rc;
}

/* ---- What becomes of it ---- */

/* A document in the hand, and a field of it. */
struct comparing {
    const struct sync_scene *scene;
    const struct version_model *seen;
    const struct pushed *pushed;
    const struct sent *sent;
};

static bool same(const struct comparing *c, const struct field *field,
                 const struct json_entries *document, const struct value *row)
{
    const struct mapped_field at = column_of(c->scene->s->columns, c->pushed->model, field);
    struct value value;

    return wire_value_parse(WIRE_RXDB, at, json_dom_find(document, field->name.ptr),
                            c->scene->arena, &value) &&
           value_same(field, &value, row);
}

static bool as_assumed(const struct comparing *c, const struct field *field)
{
    const struct mapped_field at = column_of(c->scene->s->columns, c->pushed->model, field);
    const struct json_token *assumed = json_dom_find(&c->sent->assumed, field->name.ptr);
    const struct json_token *state = json_dom_find(&c->sent->state, field->name.ptr);
    struct value value;

    if (assumed != NULL && state != NULL && text_equal(assumed->raw, state->raw))
        return true;
    return wire_value_parse(WIRE_RXDB, at, assumed, c->scene->arena, &value) &&
           same(c, field, &c->sent->state, &value);
}

/* Of a live row: does the device's value go into it? */
static bool applies(const struct comparing *c, const struct field *field)
{
    const struct value *row = &c->pushed->row[field->index];
    const bool own = c->sent->own != NULL && c->sent->own[field->index];

    /* mutant: unseen_in_documents */
    if (!version_sees(c->seen, field->name) || same(c, field, &c->sent->state, row))
        return false;
    if (!c->sent->has_assumed || c->sent->assumed_deleted)
        return row->kind == VALUE_NULL || own; /* mutant: rx_takes_the_row */
    /* mutant: rx_row_loses */
    return !as_assumed(c, field) && (own || same(c, field, &c->sent->assumed, row));
}

static bool is_meta(struct text key)
{
    return text_is(key, "id") || text_starts_with(key, "_");
}

/* Of a key that is no field: was it changed? The mapping says what becomes of it. */
static bool is_new_key(const struct sent *sent, const struct json_entry *entry)
{
    for (size_t i = 0; sent->has_assumed && i < sent->assumed.count; i++)
        if (text_equal(sent->assumed.items[i].key, entry->key))
            return !text_equal(sent->assumed.items[i].token.raw, entry->token.raw);
    return true;
}

static void add_all(struct pushed_diffs *diffs, const struct comparing *c)
{
    for (size_t i = 0; i < c->sent->state.count; i++) {
        const struct json_entry *entry = &c->sent->state.items[i];

        if (!is_meta(entry->key))
            pushed_diffs_add_field(diffs, entry->key, entry->token.raw);
    }
}

/* How many. */
static size_t add_changed(struct pushed_diffs *diffs, const struct comparing *c)
{
    const struct model *model = c->pushed->model;
    size_t count = 0;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        const struct json_token *token = json_dom_find(&c->sent->state, field->name.ptr);

        if (!applies(c, field))
            continue;
        pushed_diffs_add_field(diffs, field->name,
                               token == NULL ? TEXT_LITERAL("null") : token->raw);
        count++;
    }
    for (size_t i = 0; i < c->sent->state.count; i++) {
        const struct json_entry *entry = &c->sent->state.items[i];

        if (is_meta(entry->key) || model_field(model, entry->key) != NULL ||
            !is_new_key(c->sent, entry))
            continue;
        pushed_diffs_add_field(diffs, entry->key, entry->token.raw);
        count++;
    }
    return count;
}

static void write_diff(const struct translating *t, const struct sync_scene *scene,
                       struct pushed_diffs *diffs, const struct pushed *pushed)
{
    const struct comparing c = {scene, t->seen, pushed, pushed->of_engine};
    const enum action action = ACTIONS[edit_of(c.sent)][pushed->state];
    char id[2 * ID_UUID_LEN + 2];
    char *end = stpcpy(id, t->device);

    if (action == NOTHING)
        return;
    pushed_diffs_begin_one(diffs, pushed->id);
    if (action == CREATE)
        add_all(diffs, &c);
    if (action == UPDATE && add_changed(diffs, &c) == 0)
        return;
    if (end != id)
        *end++ = '-';
    id_uuid(end);
    pushed_diffs_end_one(diffs, text_of(id), TYPES[action], pushed->model, scene->arena);
}

/* ---- Parents ---- */

static struct text key_of(const struct field_value *value, struct arena *arena)
{
    char digits[TEXT_NUMBER_MAX];

    if (value->value.kind == VALUE_TEXT)
        return value->value.text;
    if (value->value.kind == VALUE_INTEGER)
        return arena_text(arena, text_of_int(value->value.integer, digits));
    return TEXT_LITERAL("");
}

static bool is_created_too(const struct diff_list *diffs, const struct model *parent,
                           struct text id)
{
    for (size_t i = 0; i < diffs->count; i++)
        if (diffs->items[i].model == parent && diffs->items[i].type == DIFF_CREATE &&
            text_equal(diffs->items[i].object_id, id))
            return true;
    return false;
}

static enum rc check_parent(const struct sync_scene *scene, const struct diff_list *diffs,
                            const struct model *parent, struct text id, struct fail *fail)
{
    struct pushed_list list = {0};
    enum rc rc;

    if (id.len == 0 || is_created_too(diffs, parent, id))
        return RC_OK;
    pushed_add(&list, (struct pushed){.model = parent, .id = id}, scene->arena);
    rc = pushed_look_up(&list, scene, fail);
    if (rc == RC_OK && list.items[0].state == PUSHED_UNKNOWN)
        return fail_busy(fail, RC_RETRY, "%.*s %.*s is not there yet", TEXT_ARG(parent->name),
                         TEXT_ARG(id));
    return rc;
}

/* Collections replicate side by side: a parent may still be under way. One that is gone will not
 * come, and the child is refused. */
static enum rc check_parents(const struct sync_scene *scene, const struct diff_list *diffs,
                             struct fail *fail)
{
    const struct relations *relations = &scene->s->relations;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++)
        for (size_t k = 0; rc == RC_OK && k < diffs->items[i].field_count; k++)
            for (size_t r = 0; rc == RC_OK && r < relations->count; r++)
                if (relations->items[r].field == diffs->items[i].fields[k].field &&
                    relations->items[r].child == diffs->items[i].model)
                    rc = check_parent(scene, diffs, relations->items[r].parent,
                                      key_of(&diffs->items[i].fields[k], scene->arena), fail);
    return rc;
}

static enum rc translate(void *context, const struct sync_scene *scene,
                         struct sync_request *request_inout, struct fail *fail)
{
    struct translating *t = context;
    struct pushed_diffs diffs;
    enum rc rc = pushed_look_up(&t->list, scene, fail);

    if (rc == RC_OK)
        rc = read_own(t, scene, fail);
    if (rc != RC_OK)
        return rc;
    pushed_diffs_begin(&diffs, request_inout, scene, t->push->time_ms);
    for (size_t i = 0; i < t->list.count; i++)
        write_diff(t, scene, &diffs, &t->list.items[i]);
    rc = pushed_diffs_end(&diffs, scene, request_inout, fail);
    /* mutant: rx_child_refused */
    return rc == RC_OK ? check_parents(scene, &request_inout->diffs, fail) : rc;
}

/* ---- What is answered ---- */

static bool is_as_sent(const struct translating *t, const struct sync_scene *scene,
                       const struct pushed *pushed)
{
    const struct comparing c = {scene, t->seen, pushed, pushed->of_engine};
    const struct model *model = pushed->model;

    if (pushed->state != PUSHED_LIVE)
        return c.sent->deleted; /* mutant: rx_no_tombstone */
    if (c.sent->deleted)
        return false;
    for (size_t i = 0; i < model->field_count; i++)
        if (version_sees(c.seen, model->fields[i].name) &&
            !same(&c, &model->fields[i], &c.sent->state, &pushed->row[i]))
            return false;
    for (size_t i = 0; i < c.sent->state.count; i++)
        if (!is_meta(c.sent->state.items[i].key) &&
            model_field(model, c.sent->state.items[i].key) == NULL)
            return false;
    return true;
}

static enum rc write_conflict(const struct translating *t, const struct sync_scene *scene,
                              const struct pushed *pushed, struct buf *buf, struct fail *fail)
{
    const struct rxdb_schema schema = {scene->s->columns, pushed->model, t->version};
    const struct sent *sent = pushed->of_engine;
    const struct owner_model of = {scene->owner, pushed->model};
    struct rxdb_last_known known;
    enum rc rc;

    if (pushed->state == PUSHED_LIVE) {
        rxdb_document_write_row(buf, &schema, pushed->id, pushed->row);
        return RC_OK;
    }
    rc = rxdb_last_known_read(scene->s, of, (struct id_list){&pushed->id, 1}, scene->arena, &known,
                              fail);
    if (rc == RC_OK)
        rxdb_document_write_gone(buf, &schema, pushed->id, &known, &sent->state);
    return rc;
}

/* The rows are as the push left them. */
static enum rc answer(void *context, const struct sync_scene *scene, struct fail *fail)
{
    struct translating *t = context;
    struct buf buf;
    enum rc rc = pushed_look_up(&t->list, scene, fail);

    buf_init(&buf, CONFLICTS_MAX_BYTES);
    buf_add_char(&buf, '[');
    for (size_t i = 0; rc == RC_OK && i < t->list.count; i++) {
        if (is_as_sent(t, scene, &t->list.items[i]))
            continue;
        if (buf.len > 1)
            buf_add_char(&buf, ',');
        rc = write_conflict(t, scene, &t->list.items[i], &buf, fail);
    }
    buf_add_char(&buf, ']');
    if (rc == RC_OK && buf.overflow)
        rc = fail_reject(fail, FAIL_TOO_LARGE, "the push has too many conflicts");
    t->conflicts = arena_text(t->arena, buf_text(&buf));
    buf_release(&buf);
    return rc;
}

enum rc rxdb_push(struct synchronizer *s, const struct rxdb_push *push,
                  struct sync_request *request_inout, struct arena *arena,
                  struct sync_answer *answer_out, struct text *conflicts_out, struct fail *fail)
{
    struct translating t = {
        .push = push,
        .version = request_inout->version,
        .seen = version_model(request_inout->version, push->model->name),
        .arena = arena,
    };
    const struct sync_translation translation = {
        .context = &t,
        .of_now = true,
        .translate = translate,
        .answer = answer,
    };
    enum rc rc = read_rows(&t, fail);

    if (rc != RC_OK)
        return rc;
    rxdb_device_id(push->device, t.device);
    request_inout->rejections = ARENA_NEW(arena, struct rejections);
    rc = sync_translated(s, request_inout, &translation, arena, answer_out, fail);
    *conflicts_out = t.conflicts;
    return rc;
}
