/* What was touched since a device's last pull, as WatermelonDB's changes: watermelon_pull(). A
 * device without a last pull, or with one that this history never gave, gets all rows. */
#include "watermelon.h"

#include "json_dom.h"
#include "json_write.h"
#include "row_pages.h"
#include "touched_walk.h"
#include "watermelon_id.h"
#include "wire_value.h"

#define PAGE_OBJECTS  ((size_t)500)
#define RAW_MAX_BYTES ((size_t)1 << 30)

/* The body of a pull. */
struct ask {
    int64_t clock;    /* 0 where all is told, too */
    bool first;       /* lastPulledAt is null */
    bool replacement; /* what the device has and has not changed itself is to go */
    bool migrates;
    bool *whole; /* by model index: all its rows are new to the device */
};

static enum rc reject(struct fail *fail, const char *key, const char *what)
{
    fail_reject(fail, FAIL_INVALID_REQUEST, "%s: %s", key, what);
    fail_at_field(fail, text_of(key));
    return RC_REJECTED;
}

static bool is_absent(const struct json_token *token)
{
    return token == NULL || token->kind == JSON_KIND_NULL;
}

static enum rc read_clock(const struct json_entries *body, struct ask *ask, struct fail *fail)
{
    const struct json_token *token = json_dom_find(body, "lastPulledAt");
    int64_t at = 0;

    if (!is_absent(token) && !json_dom_counter(token, INT64_MAX, &at))
        return reject(fail, "lastPulledAt", "the timestamp of a pull, or null, is expected");
    ask->first = at == 0;
    ask->clock = at > 0 ? at - 1 : 0; /* mutant: melon_skips_a_clock */
    return RC_OK;
}

/* A table that is not mapped is the app's alone. */
static bool add_whole(struct ask *ask, const struct mapping *mapping, const struct json_token *name)
{
    const struct model *model;

    if (name->kind != JSON_KIND_STRING)
        return false;
    model = mapping_find(mapping, name->string);
    if (model != NULL)
        ask->migrates = ask->whole[model->index] = true;
    return true;
}

/* An element: a name, or an object with a key "table". */
static bool read_name(struct text element, bool object, struct arena *arena,
                      struct json_token *name_out)
{
    const struct json_token *name;
    struct json_entries entries;
    struct json_fault fault;

    if (!object) {
        *name_out = json_dom_token(element, arena);
        return true;
    }
    if (!json_dom_entries(element, arena, &entries, &fault) ||
        (name = json_dom_find(&entries, "table")) == NULL)
        return false;
    *name_out = *name;
    return true;
}

static bool add_list(struct ask *ask, const struct mapping *mapping, const struct json_token *list,
                     bool objects, struct arena *arena)
{
    struct json_member *items;
    size_t count;

    if (is_absent(list))
        return true;
    if (list->kind != JSON_KIND_ARRAY)
        return false;
    items = json_dom_elements(list->raw, SIZE_MAX, arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct json_token name;

        if (!read_name(items[i].raw_value, objects, arena, &name) ||
            !add_whole(ask, mapping, &name))
            return false;
    }
    return true;
}

static enum rc read_migration(const struct json_entries *body, const struct mapping *mapping,
                              struct arena *arena, struct ask *ask, struct fail *fail)
{
    const struct json_token *token = json_dom_find(body, "migration");
    struct json_entries migration;
    struct json_fault fault;

    if (is_absent(token))
        return RC_OK;
    if (!json_dom_entries(token->raw, arena, &migration, &fault) ||
        !add_list(ask, mapping, json_dom_find(&migration, "tables"), false, arena) ||
        !add_list(ask, mapping, json_dom_find(&migration, "columns"), true, arena))
        return reject(fail, "migration",
                      "tables and columns of a migration, or null, are expected");
    return RC_OK;
}

static enum rc read_ask(struct text text, const struct mapping *mapping, struct arena *arena,
                        struct ask *ask, struct fail *fail)
{
    struct json_entries body;
    struct json_fault fault;
    enum rc rc;

    *ask = (struct ask){.whole = ARENA_ARRAY(arena, mapping->model_count, bool)};
    if (!json_dom_entries(text, arena, &body, &fault))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the request body is not a valid JSON object: %s (byte %zu)",
                           fault.reason, fault.offset);
    rc = read_clock(&body, ask, fail);
    return rc == RC_OK ? read_migration(&body, mapping, arena, ask, fail) : rc;
}

/* One that is under way. */
struct pull {
    struct synchronizer *s;
    struct text owner;
    struct ask *ask;
    const struct version *version; /* of the app; NULL: the newest */
    struct client_out *out;
    struct watermelon_facts *facts;
    struct arena *arena;
    struct arena page;
    const struct model *model;
    bool model_begun;
    size_t rows;
    size_t models;
    const struct touched_told *told; /* all that was stored since; NULL: it is to be looked up */
    bool unsettled;                  /* what was read with it does not fit it */
    struct text *gone;               /* of the model */
    size_t gone_count;
    size_t gone_capacity;
};

/* A model that there is nothing to tell of is not named. */
static void begin_model(struct pull *pull)
{
    struct buf *body = pull->out->body;

    if (pull->model_begun)
        return;
    pull->model_begun = true;
    if (pull->models++ > 0)
        buf_add_char(body, ',');
    json_write_string(body, pull->model->name);
    buf_add_str(body, ":{\"created\":[],\"updated\":[");
}

static void write_raw(const struct pull *pull, struct text id, const struct value *values,
                      struct buf *body)
{
    const struct model *model = pull->model;

    buf_add_str(body, "{\"id\":");
    json_write_string(body, id);
    for (size_t i = 0; i < model->field_count; i++) {
        buf_add_char(body, ',');
        json_write_string(body, model->fields[i].name);
        buf_add_char(body, ':');
        wire_value_write(WIRE_WATERMELON, column_of(pull->s->columns, model, &model->fields[i]),
                         &values[i], body);
    }
    buf_add_char(body, '}');
}

/* In the words of the app's version. */
static void write_lowered(const struct pull *pull, struct text id, const struct value *values,
                          const struct version_model *seen)
{
    struct buf raw;
    struct text lowered;
    struct arena scratch;

    arena_init(&scratch);
    buf_init(&raw, RAW_MAX_BYTES);
    write_raw(pull, id, values, &raw);
    (void)version_lower(seen, true, buf_text(&raw), &scratch, &lowered);
    buf_add_text(pull->out->body, lowered);
    buf_release(&raw);
    arena_release(&scratch);
}

static enum rc write_row(struct pull *pull, struct text id, const struct value *values,
                         struct fail *fail)
{
    const struct version_model *seen = version_model(pull->version, pull->model->name);

    if (!watermelon_id_valid(id)) /* mutant: melon_any_id */
        return RC_OK;
    begin_model(pull);
    if (pull->rows++ > 0)
        buf_add_char(pull->out->body, ',');
    if (seen == NULL)
        write_raw(pull, id, values, pull->out->body);
    else
        write_lowered(pull, id, values, seen);
    pull->facts->updated++;
    return client_out_step(pull->out, fail);
}

static enum rc write_all_rows(struct pull *pull, struct fail *fail)
{
    struct object_row_list rows;
    struct row_walk walk;
    enum rc rc = RC_OK;

    row_pages_begin(&walk, (struct owner_model){pull->owner, pull->model}, pull->arena);
    while (rc == RC_OK && walk.more) {
        arena_clear(&pull->page);
        rc = row_pages_next(pull->s, &walk, &pull->page, &rows, fail);
        for (size_t i = 0; rc == RC_OK && i < rows.count; i++)
            rc = write_row(pull, rows.items[i].id, rows.items[i].values, fail);
    }
    return rc;
}

static void add_gone(struct pull *pull, struct text id)
{
    if (!watermelon_id_valid(id))
        return;
    pull->gone = ARENA_ROOM(pull->arena, pull->gone, pull->gone_count, &pull->gone_capacity);
    pull->gone[pull->gone_count++] = arena_text(pull->arena, id);
}

static enum rc take_page(struct pull *pull, const struct touched_page *page, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < page->touched.count; i++) {
        const struct row *row = &page->rows[i];

        if (!row->live)
            add_gone(pull, page->touched.items[i].id);
        else if (!pull->ask->whole[pull->model->index]) /* mutant: melon_row_twice */
            rc = write_row(pull, page->touched.items[i].id, row->values, fail);
    }
    return rc;
}

static enum rc write_told(struct pull *pull, struct fail *fail)
{
    const struct owner_model of = {pull->owner, pull->model};
    struct touched_page page;
    bool settled;
    enum rc rc;

    arena_clear(&pull->page);
    rc = touched_walk_told(pull->s, of, pull->told, &pull->page, &page, &settled, fail);
    if (rc == RC_OK && settled)
        return take_page(pull, &page, fail);
    pull->unsettled |= !settled;
    return rc;
}

static enum rc write_touched(struct pull *pull, struct fail *fail)
{
    struct touched_query query = {
        .of = {pull->owner, pull->model},
        .after = touched_walk_from(pull->ask->clock),
        .limit = PAGE_OBJECTS,
    };
    struct touched_page page = {.touched = {.count = PAGE_OBJECTS}};
    enum rc rc = RC_OK;

    while (rc == RC_OK && page.touched.count == PAGE_OBJECTS) {
        arena_clear(&pull->page);
        rc = touched_walk_next(pull->s, &query, &pull->page, &page, fail);
        if (rc == RC_OK)
            rc = take_page(pull, &page, fail);
        if (rc == RC_OK && page.touched.count > 0)
            query.after = page.touched.items[page.touched.count - 1].at;
    }
    return rc;
}

static void end_model(struct pull *pull)
{
    struct buf *body = pull->out->body;

    if (pull->gone_count > 0)
        begin_model(pull);
    if (!pull->model_begun)
        return;
    buf_add_str(body, "],\"deleted\":[");
    for (size_t i = 0; i < pull->gone_count; i++) {
        if (i > 0)
            buf_add_char(body, ',');
        json_write_string(body, pull->gone[i]);
    }
    buf_add_str(body, "]}");
    pull->facts->deleted += pull->gone_count;
}

/* A device without anything has nothing to delete, and one whose set is replaced deletes what is
 * not in it. */
static enum rc write_model(struct pull *pull, const struct model *model, struct fail *fail)
{
    const bool all = pull->ask->first || pull->ask->replacement;
    enum rc rc = RC_OK;

    pull->model = model;
    pull->model_begun = false;
    pull->rows = pull->gone_count = 0;
    if (all || pull->ask->whole[model->index]) /* mutant: melon_migrates_nothing */
        rc = write_all_rows(pull, fail);
    if (rc == RC_OK && !all) /* mutant: melon_deleted_at_first */
        rc = pull->told != NULL ? write_told(pull, fail) : write_touched(pull, fail);
    if (rc == RC_OK)
        end_model(pull);
    return rc;
}

static void begin(struct pull *pull)
{
    buf_clear(pull->out->body);
    buf_add_str(pull->out->body, "{\"changes\":{");
    pull->models = 0;
    pull->facts->updated = pull->facts->deleted = 0;
}

static enum rc read_changes(void *context, int64_t next_clock, struct fail *fail)
{
    struct pull *pull = context;
    const struct mapping *mapping = pull->s->mapping;
    enum rc rc = RC_OK;

    (void)next_clock;
    begin(pull);
    arena_init(&pull->page);
    for (size_t i = 0; rc == RC_OK && i < mapping->model_count; i++) {
        const struct version_model *seen = version_model(pull->version, mapping->models[i].name);

        if (seen == NULL || !seen->unknown)
            rc = write_model(pull, &mapping->models[i], fail);
    }
    arena_release(&pull->page);
    return client_out_result(pull->out, rc, fail);
}

/* Nothing is sent before it is clear that all of it fits. */
static enum rc read_told(void *context, const struct diff_list *diffs, int64_t next_clock,
                         bool *taken_out, struct fail *fail)
{
    const struct touched_told told = {diffs, next_clock};
    struct pull *pull = context;
    struct client_out *out = pull->out;
    struct client_out whole = {.body = out->body};
    enum rc rc;

    pull->told = &told;
    pull->unsettled = false;
    pull->out = &whole;
    rc = read_changes(pull, next_clock, fail);
    pull->out = out;
    pull->told = NULL;
    *taken_out = !pull->unsettled;
    return rc;
}

static enum rc look(struct pull *pull, const struct sync_request *request, struct fail *fail)
{
    struct sync_request own = *request;
    const bool changes_only = !pull->ask->first && !pull->ask->replacement && !pull->ask->migrates;
    const struct sync_look look = {
        .context = pull,
        .changes_only = changes_only,
        .read_told = changes_only ? read_told : NULL,
        .read = read_changes,
    };

    own.clock = pull->ask->replacement ? 0 : pull->ask->clock;
    own.clock_of_pull = true;
    own.reset = pull->ask->first || pull->ask->replacement;
    begin(pull);
    return sync_look(pull->s, &own, &look, pull->arena, &pull->facts->clock_out, fail);
}

static void end(struct pull *pull)
{
    struct buf *body = pull->out->body;

    buf_add_str(body, "},\"timestamp\":");
    buf_add_int(body, pull->facts->clock_out + 1);
    if (pull->ask->replacement)
        buf_add_str(body, ",\"experimentalStrategy\":\"replacement\"");
    buf_add_char(body, '}');
}

enum rc watermelon_schema_version(struct text body, struct arena *arena, int64_t *number_out,
                                  struct fail *fail)
{
    struct json_entries entries;
    struct json_fault fault;
    const struct json_token *token = NULL;

    *number_out = REQUEST_NO_NUMBER;
    if (json_dom_entries(body, arena, &entries, &fault))
        token = json_dom_find(&entries, "schemaVersion");
    if (is_absent(token) || json_dom_counter(token, DIFF_INTEGER_MAX, number_out))
        return RC_OK;
    return reject(fail, "schemaVersion", "the number of the app's schema is expected");
}

enum rc watermelon_pull(struct synchronizer *s, struct text body,
                        const struct sync_request *request, struct client_out *out,
                        struct arena *arena, struct watermelon_facts *facts_out, struct fail *fail)
{
    struct ask ask;
    struct pull pull = {.s = s,
                        .owner = request->owner,
                        .version = request->version,
                        .ask = &ask,
                        .out = out,
                        .facts = facts_out,
                        .arena = arena};
    enum rc rc = read_ask(body, s->mapping, arena, &ask, fail);

    *facts_out = (struct watermelon_facts){0};
    if (rc != RC_OK)
        return rc;
    facts_out->clock_in = ask.clock;
    rc = look(&pull, request, fail);
    if (rc == RC_REJECTED && fail->code == FAIL_INVALID_CLOCK) {
        pull.ask->replacement = true;
        rc = look(&pull, request, fail);
    }
    rc = client_out_result(out, rc, fail);
    if (rc == RC_OK)
        end(&pull);
    return rc;
}
