/* Plays a story, step by step, and compares what comes back: case_run(). */
#include "case.h"

#include <stdio.h>

#include "app.h"
#include "auth.h"
#include "case_file.h"

#define FIELD(text_, type_, required_, max_)                                                       \
    {                                                                                              \
        .name = {text_, sizeof(text_) - 1}, .column = {text_, sizeof(text_) - 1}, .type = type_,   \
        .required = required_, .max_length = max_                                                  \
    }
#define NAMED(text_)                                                                               \
    .name = {text_, sizeof(text_) - 1}, .table = {text_, sizeof(text_) - 1},                       \
    .id_column = {"id", 2}, .owner_column = {"owner_id", 8}

static struct field model1_fields[] = {FIELD("field1", FIELD_STRING, false, 0)};
static struct field tasks_fields[] = {
    FIELD("name", FIELD_STRING, true, 10),      FIELD("done", FIELD_BOOLEAN, false, 0),
    FIELD("priority", FIELD_INTEGER, false, 0), FIELD("score", FIELD_FLOAT, false, 0),
    FIELD("tags", FIELD_LIST, false, 0),        FIELD("extra", FIELD_JSON, false, 0),
};
static struct field lists_fields[] = {
    FIELD("title", FIELD_STRING, false, 0),
    FIELD("first_id", FIELD_STRING, false, 100),
};
static struct field items_fields[] = {
    FIELD("list_id", FIELD_STRING, false, 100),
    FIELD("after_id", FIELD_STRING, false, 100),
};
static struct field log_fields[] = {FIELD("line", FIELD_STRING, false, 0)};

/* Keys that are no strings: an integer beside a UUID, and references in fields and in an id. */
enum { PROJECTS = 6, STEPS, LABELS, POSTS, FLAGS, STAMPS, KINDS, MODELS };
static struct model models[MODELS];

#define REFERENCE(text_, column_, to_)                                                             \
    {                                                                                              \
        .name = {text_, sizeof(text_) - 1}, .column = {column_, sizeof(column_) - 1},              \
        .type = FIELD_REFERENCE, .parent = &models[to_]                                            \
    }
#define NUMBERED(text_)                                                                            \
    .name = {text_, sizeof(text_) - 1}, .table = {text_, sizeof(text_) - 1},                       \
    .id_column = {"sync_id", 7}, .id_type = KEY_UUID, .owner_column = {"user_id", 7},              \
    .owner_type = KEY_INTEGER, .allow = {true, true, true}

static struct field projects_fields[] = {
    FIELD("name", FIELD_STRING, false, 40),
    REFERENCE("above", "above_id", PROJECTS),
};
static struct field steps_fields[] = {
    FIELD("text", FIELD_STRING, false, 40),
    REFERENCE("project", "project_id", PROJECTS),
};
static struct field labels_fields[] = {FIELD("weight", FIELD_INTEGER, false, 0)};
static struct id_part labels_id[] = {
    {.column = {"project_id", 10}, .type = KEY_REFERENCE, .parent = &models[PROJECTS]},
    {.column = {"label", 5}, .type = KEY_STRING},
};

/* Columns that the server fills, and soft deletes. */
#define FILLED(text_, create_, update_)                                                            \
    {                                                                                              \
        {text_, sizeof(text_) - 1},                                                                \
            {{create_, sizeof(create_) - 1}, {update_, sizeof(update_) - 1}},                      \
    }
#define FILL(create_, update_)                                                                     \
    .fill = {{create_, sizeof(create_) - 1}, {update_, sizeof(update_) - 1}}

static struct field posts_fields[] = {
    FIELD("title", FIELD_STRING, true, 40),
    {.name = {"kind", 4},
     .column = {"kind", 4},
     .type = FIELD_STRING,
     .required = true,
     .max_length = 20,
     FILL("note", "")},
    {.name = {"rank", 4}, .column = {"rank", 4}, .type = FIELD_INTEGER, FILL("7", "")},
    {.name = {"made", 4},
     .column = {"made", 4},
     .type = FIELD_INTEGER,
     .access = FIELD_READ_ONLY,
     FILL("1234", "")},
    {.name = {"state", 5},
     .column = {"state", 5},
     .type = FIELD_STRING,
     .max_length = 20,
     .access = FIELD_READ_ONLY_IGNORED,
     FILL("new", "changed")},
    {.name = {"hits", 4}, .column = {"hits", 4}, .type = FIELD_INTEGER, .access = FIELD_READ_ONLY},
};
static struct field flags_fields[] = {
    FIELD("field1", FIELD_STRING, false, 40),
    REFERENCE("above", "above_id", FLAGS),
};
static struct filled_column posts_filled[] = {
    FILLED("source", "app", ""),
    FILLED("touched_at", "now", "now"),
};

static struct field stamps_fields[] = {
    FIELD("at", FIELD_DATETIME, true, 0),    FIELD("until", FIELD_TIMESTAMP, true, 0),
    FIELD("ms", FIELD_DATETIME_MS, true, 0), FIELD("day", FIELD_DATE, true, 0),
    FIELD("span", FIELD_TIME, true, 0),      FIELD("cost", FIELD_DECIMAL, true, 0),
    FIELD("share", FIELD_DECIMAL, true, 0),  FIELD("token", FIELD_UUID, true, 0),
};

static struct text kinds[] = {{"oak", 3}, {"ash tree", 8}};
static struct text tools[] = {{"axe", 3}, {"saw", 3}, {"rope", 4}};

#define TYPED(text_, ...)                                                                          \
    {                                                                                              \
        .name = {text_, sizeof(text_) - 1}, .column = {text_, sizeof(text_) - 1},                  \
        .type = __VA_ARGS__                                                                        \
    }

static struct field kinds_fields[] = {
    TYPED("local", FIELD_DATETIME),
    TYPED("utc", FIELD_DATETIME, .zone = FIELD_ZONE_UTC),
    TYPED("stamp", FIELD_TIMESTAMP),
    TYPED("ms", FIELD_DATETIME_MS),
    TYPED("day", FIELD_DATE),
    TYPED("span", FIELD_TIME),
    TYPED("cost", FIELD_DECIMAL),
    TYPED("kind", FIELD_ENUM, .values = kinds, .value_count = ARRAY_LEN(kinds)),
    TYPED("tools", FIELD_SET, .values = tools, .value_count = ARRAY_LEN(tools)),
    TYPED("tag", FIELD_UUID),
    TYPED("scan", FIELD_BYTES),
    TYPED("serial", FIELD_INTEGER, .as = FIELD_AS_STRING),
    TYPED("done", FIELD_BOOLEAN, .json_booleans = true),
};

static struct model models[MODELS] = {
    {NAMED("model1"), .allow = {true, true, true}, .fields = model1_fields, .field_count = 1},
    {NAMED("tasks"), .allow = {true, true, true}, .fields = tasks_fields, .field_count = 6},
    {NAMED("items"), .allow = {true, true, true}, .fields = items_fields, .field_count = 2},
    {NAMED("lists"), .allow = {true, true, true}, .fields = lists_fields, .field_count = 2},
    {NAMED("guarded"), .validate = {"may_write", 9}, .allow = {true, true, true},
     .fields = model1_fields, .field_count = 1},
    {NAMED("log"), .allow = {true, false, false}, .fields = log_fields, .field_count = 1},
    [PROJECTS] = {NUMBERED("projects"), .fields = projects_fields, .field_count = 2},
    [STEPS] = {NUMBERED("steps"), .fields = steps_fields, .field_count = 2},
    [LABELS] = {.name = {"labels", 6},
                .table = {"labels", 6},
                .id_column = {"project_id", 10},
                .id_type = KEY_REFERENCE,
                .id_parts = labels_id,
                .id_part_count = 2,
                .owner_column = {"user_id", 7},
                .owner_type = KEY_INTEGER,
                .allow = {true, true, true},
                .fields = labels_fields,
                .field_count = 1},
    [POSTS] = {NAMED("posts"), .allow = {true, true, true}, .fields = posts_fields,
               .field_count = 6, .deleted_column = {"deleted_at", 10}, .deleted_value = {"now", 3},
               .filled = posts_filled, .filled_count = 2},
    [FLAGS] = {NUMBERED("flags"), .fields = flags_fields, .field_count = 2,
               .deleted_column = {"is_deleted", 10}, .deleted_value = {"1", 1}},
    [STAMPS] = {NAMED("stamps"), .allow = {true, true, true}, .fields = stamps_fields,
                .field_count = 8},
    [KINDS] = {NAMED("kinds"), .allow = {true, true, true}, .fields = kinds_fields,
               .field_count = ARRAY_LEN(kinds_fields)},
};

void case_mapping(struct mapping *mapping_out)
{
    for (size_t m = 0; m < ARRAY_LEN(models); m++) {
        models[m].index = m;
        for (size_t f = 0; f < models[m].field_count; f++)
            models[m].fields[f].index = f;
    }
    tasks_fields[3].round = true;
    *mapping_out = (struct mapping){.models = models, .model_count = ARRAY_LEN(models)};
}

static const char *as_text(struct json_object *value)
{
    return json_object_to_json_string_ext(value,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static bool complain(const char *where, struct json_object *expected, struct json_object *got)
{
    printf("    at %s\n      expected %s\n", where, as_text(expected));
    printf("      got      %s\n", as_text(got));
    return false;
}

/* NULL where the key is not there, or is null. */
static struct json_object *member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, key, &value);
    return value;
}

static bool is_true(struct json_object *value)
{
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

static bool matches(const char *where, struct json_object *expected, struct json_object *got);

/* A key that must not be there is null in the story. */
static bool object_matches(const char *where, struct json_object *expected, struct json_object *got)
{
    if (!json_object_is_type(got, json_type_object))
        return complain(where, expected, got);
    json_object_object_foreach(expected, key, value)
    {
        char deeper[300];

        snprintf(deeper, sizeof(deeper), "%.200s.%.80s", where, key);
        if (!json_object_object_get_ex(got, key, NULL) && value != NULL)
            return complain(deeper, value, NULL);
        if (!matches(deeper, value, member(got, key)))
            return false;
    }
    return true;
}

static bool array_matches(const char *where, struct json_object *expected, struct json_object *got)
{
    size_t count = json_object_array_length(expected);

    if (!json_object_is_type(got, json_type_array) || json_object_array_length(got) != count)
        return complain(where, expected, got);
    for (size_t i = 0; i < count; i++) {
        char deeper[300];

        snprintf(deeper, sizeof(deeper), "%.200s[%zu]", where, i);
        if (!matches(deeper, json_object_array_get_idx(expected, i),
                     json_object_array_get_idx(got, i)))
            return false;
    }
    return true;
}

static bool matches(const char *where, struct json_object *expected, struct json_object *got)
{
    if (json_object_is_type(expected, json_type_string) &&
        strcmp(json_object_get_string(expected), "*") == 0)
        return true;
    if (json_object_is_type(expected, json_type_object))
        return object_matches(where, expected, got);
    if (json_object_is_type(expected, json_type_array))
        return array_matches(where, expected, got);
    return json_object_equal(expected, got) ? true : complain(where, expected, got);
}

static struct text text_of_json(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_string))
        return (struct text){NULL, 0};
    return (struct text){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static struct text body_of(struct json_object *request, struct arena *arena)
{
    struct json_object *body = member(request, "body");
    struct text hex = text_of_json(member(request, "hex"));
    struct text raw = text_of_json(member(request, "raw"));
    char *dump;

    if (body != NULL)
        return text_of(as_text(body));
    if (hex.len == 0)
        return raw;
    dump = arena_alloc(arena, hex.len / 2);
    for (size_t i = 0; i + 1 < hex.len; i += 2)
        dump[i / 2] = (char)(hex_digit(hex.ptr[i]) * 16 + hex_digit(hex.ptr[i + 1]));
    return (struct text){dump, hex.len / 2};
}

static struct text with_default(struct json_object *request, const char *key, const char *usual)
{
    struct json_object *value = member(request, key);

    return value != NULL ? text_of_json(value) : text_of(usual);
}

static struct json_object *parse(struct text json)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *value = json_tokener_parse_ex(tokener, json.ptr, (int)json.len + 1);

    json_tokener_free(tokener);
    return value;
}

static bool check_answer(struct json_object *step, const struct http_reply *reply)
{
    struct json_object *expected = member(step, "answer");
    int64_t status = json_object_get_int64(member(step, "status"));
    struct json_object *got = parse(buf_text(reply->body));
    bool good = true;

    if (reply->status != status || got == NULL) {
        printf("    status %d instead of %d: %s\n", reply->status, (int)status, reply->body->data);
        good = false;
    }
    if (good && expected != NULL)
        good = matches("answer", expected, got);
    json_object_put(got);
    return good;
}

static struct json_object *row_as_json(const struct model *model, const struct row *row)
{
    struct json_object *fields = json_object_new_object();

    for (size_t f = 0; f < model->field_count; f++) {
        struct buf text;

        buf_init(&text, 1 << 20);
        value_write_json((struct mapped_field){&model->fields[f], NULL}, &row->values[f], &text);
        json_object_object_add(fields, model->fields[f].name.ptr, parse(buf_text(&text)));
        buf_release(&text);
    }
    return fields;
}

static bool check_row(const struct case_ground *ground, struct text owner,
                      const struct model *model, const char *id, struct json_object *expected,
                      struct arena *arena)
{
    struct text wanted = text_of(id);
    struct fail fail = {0};
    struct row row;
    char where[200];
    struct json_object *got;
    bool good;

    if (ground->synchronizer->ops->read(ground->synchronizer, (struct owner_model){owner, model},
                                        (struct id_list){&wanted, 1}, arena, &row,
                                        &fail) != RC_OK) {
        printf("    cannot read the row: %s %s\n", fail.message, fail.detail);
        return false;
    }
    snprintf(where, sizeof(where), "%.60s %.60s of %.60s", model->name.ptr, id, owner.ptr);
    if (!row.live)
        return expected == NULL ? true : complain(where, expected, NULL);
    got = row_as_json(model, &row);
    good = matches(where, expected, got);
    json_object_put(got);
    return good;
}

static bool check_rows(const struct case_ground *ground, struct json_object *step,
                       struct arena *arena)
{
    struct json_object *rows = member(step, "rows");
    struct text owner = text_of_json(member(member(step, "request"), "owner"));
    int64_t clock;
    struct fail fail = {0};
    bool good = true;

    if (rows == NULL)
        return true;
    /* Rows are read under the owner's lock; nothing is kept of it. */
    if (ground->synchronizer->ops->begin(ground->synchronizer, owner, &clock, &fail) != RC_OK)
        return false;
    json_object_object_foreach(rows, name, objects)
    {
        const struct model *model = mapping_find(ground->mapping, text_of(name));

        json_object_object_foreach(objects, id, fields)
        {
            good = check_row(ground, owner, model, id, fields, arena) && good;
        }
    }
    ground->synchronizer->ops->rollback(ground->synchronizer);
    return good;
}

#define LINEAGES_MAX 8

struct stage {
    const struct case_ground *ground;
    struct http_handler *handler;
    struct arena arena;
    struct buf body;
    char lineages[LINEAGES_MAX][80]; /* that responses named, in their order */
    size_t lineage_count;
};

static void learn_lineage(struct stage *stage, const struct buf *body)
{
    struct json_object *answer = parse(buf_text(body));
    const char *lineage = json_object_get_string(member(answer, "lineage"));
    size_t i = 0;

    while (lineage != NULL && i < stage->lineage_count && strcmp(stage->lineages[i], lineage) != 0)
        i++;
    if (lineage != NULL && i == stage->lineage_count && i < LINEAGES_MAX)
        snprintf(stage->lineages[stage->lineage_count++], sizeof(stage->lineages[0]), "%s",
                 lineage);
    json_object_put(answer);
}

static void put_lineage(const struct stage *stage, struct json_object *request)
{
    struct json_object *body = member(request, "body");
    const char *lineage = json_object_get_string(member(body, "lineage"));
    size_t place;

    if (lineage == NULL || *lineage != '@')
        return;
    place = (size_t)strtoul(lineage + 1, NULL, 10);
    if (place < stage->lineage_count)
        json_object_object_add(body, "lineage", json_object_new_string(stage->lineages[place]));
}

static bool restore(const struct stage *stage)
{
    struct synchronizer *s = stage->ground->synchronizer;
    struct arena arena;
    struct lineage now;
    struct fail fail = {0};
    bool good;

    arena_init(&arena);
    good = s->ops->lineages->raise(s, 0, &arena, &now, &fail) == RC_OK;
    if (!good)
        printf("    restored: %s\n", fail_reason(&fail));
    arena_release(&arena);
    return good;
}

static bool run_other(const struct case_ground *ground, struct json_object *other)
{
    const struct text op = text_of_json(member(other, "op"));
    struct case_write write = {
        .owner = text_of_json(member(other, "owner")),
        .model = mapping_find(ground->mapping, text_of_json(member(other, "model"))),
        .id = text_of_json(member(other, "id")),
        .fields = member(other, "fields"),
    };
    struct json_object *statement = member(other, "sql");
    struct synchronizer *s = ground->synchronizer;
    struct fail fail;
    uint64_t owners;

    if (statement != NULL)
        return ground->run_other_sql(ground->context, json_object_get_string(statement));
    if (text_is(op, "reconcile"))
        return s->ops->changes->reconcile(s, (struct text){0}, NULL, &owners, &fail) == RC_OK;
    if (!diff_type_parse(text_is(op, "insert") ? TEXT_LITERAL("create") : op, &write.type) ||
        write.model == NULL) {
        printf("    ! %.*s of no known model or kind\n", TEXT_ARG(op));
        return false;
    }
    return ground->write_row(ground->context, &write);
}

/* What happens before the request. */
static bool run_others(const struct stage *stage, struct json_object *step)
{
    struct json_object *others = member(step, "others");

    if (is_true(member(step, "restored")) && !restore(stage))
        return false;
    for (size_t i = 0; others != NULL && i < json_object_array_length(others); i++)
        if (!run_other(stage->ground, json_object_array_get_idx(others, i)))
            return false;
    return true;
}

static bool run_step(struct stage *stage, struct json_object *step)
{
    struct json_object *request = member(step, "request");
    const bool ready = run_others(stage, step);
    struct http_request http = {
        .method = with_default(request, "method", "POST"),
        .path = with_default(request, "path", "/sync"),
        .content_type = with_default(request, "content_type", "application/json"),
        .authorization = text_of_json(member(request, "authorization")),
        .trusted_owner = text_of_json(member(request, "owner")),
        .request_id = TEXT_LITERAL("case"),
    };
    struct http_reply reply = {.body = &stage->body};
    struct http_facts facts = {0};
    bool good;

    put_lineage(stage, request);
    http.body = body_of(request, &stage->arena);
    buf_clear(&stage->body);
    stage->handler->handle(stage->handler->app, &http, &stage->arena, &reply, &facts);
    good = check_answer(step, &reply) && ready;
    learn_lineage(stage, &stage->body);
    good = check_rows(stage->ground, step, &stage->arena) && good;
    arena_clear(&stage->arena);
    return good;
}

static bool run_statements(const struct case_ground *ground, struct json_object *statements)
{
    for (size_t i = 0; statements != NULL && i < json_object_array_length(statements); i++)
        if (!ground->run_sql(ground->context,
                             json_object_get_string(json_object_array_get_idx(statements, i))))
            return false;
    return true;
}

static bool run_story(const struct case_ground *ground, struct json_object *story)
{
    struct json_object *config = member(story, "config");
    struct json_object *steps = member(story, "steps");
    const struct auth_settings trusting = {.trusted_param = true};
    struct auth *auth = auth_new(&trusting, ground->synchronizer);
    int64_t max_diffs = json_object_get_int64(member(config, "max_diffs"));
    const struct http_app_settings settings = {
        .mapping = ground->mapping,
        .auth = auth,
        .synchronizer = ground->synchronizer,
        .max_body_bytes = 1 << 20,
        .max_diffs = max_diffs > 0 ? (size_t)max_diffs : 1000,
        .clock_skew_ms = 300000,
        .stamp_owner = is_true(member(config, "stamp_owner")),
        .quarantine = is_true(member(config, "quarantine")),
        .trusted_param = "MOBYNC_OWNER",
    };
    struct stage stage = {.ground = ground, .handler = http_app_new(&settings)};
    bool good = run_statements(ground, member(config, "sql"));

    ground->mapping->ignore_unknown_fields = is_true(member(config, "ignore_unknown_fields"));
    arena_init(&stage.arena);
    buf_init(&stage.body, 1 << 24);
    for (size_t i = 0; i < json_object_array_length(steps) && good; i++) {
        good = run_step(&stage, json_object_array_get_idx(steps, i));
        if (!good)
            printf("    in step %zu\n", i + 1);
    }
    buf_release(&stage.body);
    arena_release(&stage.arena);
    http_app_free(stage.handler);
    auth_free(auth);
    return good;
}

static bool has_statements(struct json_object *others)
{
    for (size_t i = 0; others != NULL && i < json_object_array_length(others); i++)
        if (member(json_object_array_get_idx(others, i), "sql") != NULL)
            return true;
    return false;
}

/* What the story needs and this ground lacks; NULL if nothing. */
static const char *lacking(const struct case_ground *ground, struct json_object *story)
{
    struct json_object *steps = member(story, "steps");

    if (!ground->has_sql && member(member(story, "config"), "sql") != NULL)
        return "SQL";
    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        struct json_object *others = member(json_object_array_get_idx(steps, i), "others");

        if (!ground->has_sql && has_statements(others))
            return "SQL";
        if (ground->write_row == NULL && others != NULL)
            return "triggers";
    }
    return NULL;
}

bool case_run(const char *path, const struct case_ground *ground)
{
    struct json_object *story = case_file_read(path);
    bool good;

    if (story == NULL)
        return false;
    if (lacking(ground, story) != NULL) {
        printf("skip   %s (needs %s)\n", path, lacking(ground, story));
        json_object_put(story);
        return true;
    }
    good = run_story(ground, story);
    printf("%s %s\n", good ? "ok    " : "FAILED", path);
    json_object_put(story);
    return good;
}
