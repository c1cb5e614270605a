/* Reads the compact notation of a story, line by line: case_file_read() is the entry point. Every
 * line becomes members of the step that the last `>` began, or the file is refused. */
#include "case_file.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_ids.h"

struct reader {
    const char *path;
    unsigned line_number;
    const char *at; /* in the line */
    bool failed;
    struct json_object *story;
    struct json_object *step;     /* NULL before the first */
    struct json_object *diffs;    /* of the request or response that is being read */
    struct json_object *owner;    /* of the step's request, or NULL */
    struct json_object *clock;    /* of the request, NULL where a diff must say its own */
    struct json_object *response; /* NULL while the request is read */
    bool restored;                /* before the next request … */
    struct json_object *others;   /* … and what other SQL does then, NULL: nothing */
};

static void complain(struct reader *reader, const char *what)
{
    if (!reader->failed)
        printf("%s:%u: %s\n", reader->path, reader->line_number, what);
    reader->failed = true;
}

static void skip_spaces(struct reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

/* Is this the next word? If so, goes on behind it. */
static bool take(struct reader *reader, const char *word)
{
    size_t len = strlen(word);

    skip_spaces(reader);
    if (strncmp(reader->at, word, len) != 0 || (isalnum((unsigned char)word[len - 1]) &&
                                                reader->at[len] != ' ' && reader->at[len] != '\0'))
        return false;
    reader->at += len;
    return true;
}

/* One JSON value, wherever it ends. */
static struct json_object *take_json(struct reader *reader)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *value;

    skip_spaces(reader);
    value = json_tokener_parse_ex(tokener, reader->at, (int)strlen(reader->at) + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success)
        complain(reader, "this is not JSON");
    reader->at += json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    return value;
}

/* A plain word up to a space, or a JSON string. */
static struct json_object *take_word(struct reader *reader)
{
    const char *begin;

    skip_spaces(reader);
    if (*reader->at == '"')
        return take_json(reader);
    begin = reader->at;
    while (*reader->at != '\0' && *reader->at != ' ')
        reader->at++;
    if (reader->at == begin)
        complain(reader, "a word is missing");
    return json_object_new_string_len(begin, (int)(reader->at - begin));
}

/* The rest of the line: as it stands, or a JSON string. */
static struct json_object *take_rest(struct reader *reader)
{
    const char *begin;

    skip_spaces(reader);
    if (*reader->at == '"')
        return take_json(reader);
    begin = reader->at;
    reader->at += strlen(begin);
    return json_object_new_string(begin);
}

/* Digits, or * where the value does not matter. */
static struct json_object *take_number(struct reader *reader)
{
    char *end;
    long long number;

    skip_spaces(reader);
    if (*reader->at == '*') {
        reader->at++;
        return json_object_new_string("*");
    }
    number = strtoll(reader->at, &end, 10);
    if (end == reader->at)
        complain(reader, "a number is missing");
    reader->at = end;
    return json_object_new_int64(number);
}

/* KEY=VALUE: the value, NULL where the next word is not that key. */
static struct json_object *take_option(struct reader *reader, const char *key)
{
    size_t len = strlen(key);

    skip_spaces(reader);
    if (strncmp(reader->at, key, len) != 0 || reader->at[len] != '=')
        return NULL;
    reader->at += len + 1;
    return take_word(reader);
}

/* KEY=true or KEY=false, as a boolean into the object; nothing where the next word is not it. */
static void take_flag(struct reader *reader, const char *key, struct json_object *into)
{
    struct json_object *value = take_option(reader, key);

    if (value == NULL)
        return;
    json_object_object_add(
        into, key, json_object_new_boolean(strcmp(json_object_get_string(value), "true") == 0));
    json_object_put(value);
}

static struct json_object *or_any(struct json_object *value)
{
    return value != NULL ? value : json_object_new_string("*");
}

/* The diff's own clock and time, "@CLOCK:TIME", or the time alone. */
static void read_moment(struct reader *reader, struct json_object *diff)
{
    struct json_object *first, *time;

    if (!take(reader, "@")) {
        complain(reader, "a diff needs @TIME or @CLOCK:TIME");
        return;
    }
    first = take_number(reader);
    if (*reader->at == ':') {
        reader->at++;
        time = take_number(reader);
    } else {
        time = first;
        first = json_object_get(reader->clock);
        if (first == NULL)
            complain(reader, "a diff of a response needs @CLOCK:TIME");
    }
    json_object_object_add(diff, "logical_clock", first);
    json_object_object_add(diff, "utc_timestamp", time);
}

/* The id that the server derives. */
static struct text derived_id(const struct json_object *diff, const struct model *model,
                              struct text object_id, bool of_row, struct arena *arena)
{
    enum diff_type type = DIFF_CREATE;

    if (of_row)
        return made_id_of_row(model, object_id, arena);
    diff_type_parse(text_of(json_object_get_string(json_object_object_get(diff, "type"))), &type);
    return made_id_of_change(model, object_id,
                             json_object_get_int64(json_object_object_get(diff, "logical_clock")),
                             type, arena);
}

/* In place of the id "row" the one that the server derives for such a create, and in place of "sql"
 * that for a change by other SQL. */
static void derive_id(struct json_object *diff)
{
    const char *id = json_object_get_string(json_object_object_get(diff, "id"));
    const char *json_data = json_object_get_string(json_object_object_get(diff, "json_data"));
    const bool of_row = strcmp(id, "row") == 0, of_sql = strcmp(id, "sql") == 0;
    struct json_object *data = of_row || of_sql ? json_tokener_parse(json_data) : NULL;
    struct model model = {.index = 0};
    struct text object_id;
    struct arena arena;

    if (data == NULL)
        return;
    arena_init(&arena);
    model.name = text_of(json_object_get_string(json_object_object_get(diff, "model")));
    object_id = text_of(json_object_get_string(json_object_object_get(data, "id")));
    json_object_object_add(
        diff, "id",
        json_object_new_string(derived_id(diff, &model, object_id, of_row, &arena).ptr));
    arena_release(&arena);
    json_object_put(data);
}

static struct json_object *read_diff(struct reader *reader)
{
    struct json_object *diff, *owner;

    if (take(reader, "diff"))
        return take_json(reader);
    diff = json_object_new_object();
    json_object_object_add(diff, "id", take_word(reader));
    json_object_object_add(diff, "type", take_word(reader));
    json_object_object_add(diff, "model", take_word(reader));
    read_moment(reader, diff);
    owner = take_option(reader, "owner");
    json_object_object_add(diff, "owner", owner != NULL ? owner : json_object_get(reader->owner));
    json_object_object_add(diff, "json_data", take_rest(reader));
    derive_id(diff);
    return diff;
}

static void read_rejected(struct reader *reader)
{
    struct json_object *all, *one = json_object_new_object(), *field;

    if (!json_object_object_get_ex(reader->response, "rejected", &all)) {
        all = json_object_new_array();
        json_object_object_add(reader->response, "rejected", all);
    }
    json_object_object_add(one, "id", take_word(reader));
    json_object_object_add(one, "code", take_word(reader));
    field = take_option(reader, "field");
    if (field != NULL)
        json_object_object_add(one, "field", field);
    json_object_object_add(one, "message", or_any(take_option(reader, "message")));
    json_object_array_add(all, one);
}

static void read_below(struct reader *reader)
{
    if (reader->diffs == NULL)
        complain(reader, "no diffs belong here");
    else if (reader->response != NULL && take(reader, "rejected"))
        read_rejected(reader);
    else
        json_object_array_add(reader->diffs, read_diff(reader));
}

static void begin_step(struct reader *reader)
{
    struct json_object *steps;

    reader->step = json_object_new_object();
    reader->response = NULL;
    reader->diffs = NULL;
    reader->owner = NULL;
    reader->clock = NULL;
    json_object_object_get_ex(reader->story, "steps", &steps);
    json_object_array_add(steps, reader->step);
    if (reader->others != NULL)
        json_object_object_add(reader->step, "others", reader->others);
    reader->others = NULL;
    if (reader->restored)
        json_object_object_add(reader->step, "restored", json_object_new_boolean(true));
    reader->restored = false;
}

static void read_restored(struct reader *reader)
{
    reader->restored = true;
}

static void read_other(struct reader *reader)
{
    struct json_object *other = json_object_new_object();

    if (reader->others == NULL)
        reader->others = json_object_new_array();
    json_object_array_add(reader->others, other);
    if (take(reader, "reconcile")) {
        json_object_object_add(other, "op", json_object_new_string("reconcile"));
        return;
    }
    if (take(reader, "sql")) {
        json_object_object_add(other, "sql", take_rest(reader));
        return;
    }
    json_object_object_add(other, "owner", take_word(reader));
    json_object_object_add(other, "op", take_word(reader));
    json_object_object_add(other, "model", take_word(reader));
    json_object_object_add(other, "id", take_word(reader));
    skip_spaces(reader);
    if (*reader->at != '\0')
        json_object_object_add(other, "fields", take_json(reader));
}

static void read_options(struct reader *reader, struct json_object *request)
{
    static const char *const KEYS[] = {"method", "path", "content_type", "authorization"};

    for (size_t i = 0; i < sizeof(KEYS) / sizeof(*KEYS); i++) {
        struct json_object *value = take_option(reader, KEYS[i]);

        if (value != NULL)
            json_object_object_add(request, KEYS[i], value);
    }
}

static void read_request_body(struct reader *reader, struct json_object *request,
                              struct json_object *token)
{
    struct json_object *body = json_object_new_object();
    struct json_object *lineage = take_option(reader, "lineage");

    if (token != NULL)
        json_object_object_add(body, "auth_token", token);
    if (lineage != NULL)
        json_object_object_add(body, "lineage", lineage);
    take_flag(reader, "reset", body);
    reader->diffs = json_object_new_array();
    json_object_object_add(body, "logical_clock", json_object_get(reader->clock));
    json_object_object_add(body, "diffs", reader->diffs);
    json_object_object_add(request, "body", body);
}

static void read_request(struct reader *reader)
{
    struct json_object *request = json_object_new_object(), *token;

    begin_step(reader);
    json_object_object_add(reader->step, "request", request);
    skip_spaces(reader);
    if (reader->at[0] == '-' && (reader->at[1] == ' ' || reader->at[1] == '\0')) {
        reader->at++;
    } else {
        reader->owner = take_word(reader);
        json_object_object_add(request, "owner", reader->owner);
    }
    skip_spaces(reader);
    if (isdigit((unsigned char)*reader->at)) {
        reader->clock = take_number(reader);
        json_object_object_add(reader->step, "clock", reader->clock);
        token = take_option(reader, "token");
        read_options(reader, request);
        read_request_body(reader, request, token);
        return;
    }
    read_options(reader, request);
    if (take(reader, "body"))
        json_object_object_add(request, "body", take_json(reader));
    else if (take(reader, "raw"))
        json_object_object_add(request, "raw", take_rest(reader));
    else if (take(reader, "hex"))
        json_object_object_add(request, "hex", take_rest(reader));
    else
        complain(reader, "a request needs a clock, or body, raw or hex");
}

/* What an error's body says beside its code. */
static void read_error(struct reader *reader)
{
    struct json_object *error = json_object_new_object();
    struct json_object *diff, *field, *restart;

    json_object_object_add(error, "code", take_word(reader));
    diff = take_option(reader, "diff");
    if (diff != NULL)
        json_object_object_add(error, "diff_id", diff);
    field = take_option(reader, "field");
    if (field != NULL)
        json_object_object_add(error, "field", field);
    restart = take_option(reader, "restart");
    if (restart != NULL) {
        json_object_object_add(reader->response, "restart_clock",
                               strcmp(json_object_get_string(restart), "none") == 0
                                   ? NULL
                                   : json_object_new_int64(json_object_get_int64(restart)));
        json_object_object_add(reader->response, "lineage", json_object_new_string("*"));
        json_object_put(restart);
    }
    json_object_object_add(reader->response, "success", json_object_new_boolean(false));
    json_object_object_add(reader->response, "error", error);
    json_object_object_add(reader->response, "logical_clock", json_object_new_int64(0));
    json_object_object_add(reader->response, "message", or_any(take_option(reader, "message")));
    json_object_object_add(reader->response, "diffs", json_object_new_array());
}

static void read_success(struct reader *reader, struct json_object *clock)
{
    struct json_object *message = take_option(reader, "message");

    take_flag(reader, "reset", reader->response);
    reader->clock = NULL; /* a diff of a response says its own */
    reader->diffs = json_object_new_array();
    json_object_object_add(reader->response, "success", json_object_new_boolean(true));
    json_object_object_add(reader->response, "message",
                           message != NULL ? message : json_object_new_string(""));
    json_object_object_add(reader->response, "logical_clock", clock);
    json_object_object_add(reader->response, "diffs", reader->diffs);
}

/* "< 3 …", "< 400 INVALID_DATA …" or "< status 404". */
static void read_response(struct reader *reader)
{
    struct json_object *number;
    bool status_alone, error;

    if (reader->step == NULL || reader->response != NULL) {
        complain(reader, "a response without a request");
        return;
    }
    status_alone = take(reader, "status");
    number = take_number(reader);
    skip_spaces(reader);
    error = isupper((unsigned char)*reader->at);
    reader->response = json_object_new_object();
    reader->diffs = NULL;
    json_object_object_add(reader->step, status_alone ? "unread" : "answer", reader->response);
    if (status_alone || error)
        json_object_object_add(reader->step, "status", number);
    if (error) {
        read_error(reader);
    } else if (!status_alone) {
        json_object_object_add(reader->step, "status", json_object_new_int(200));
        read_success(reader, number);
    }
}

static struct json_object *member_or_new(struct json_object *object, const char *key)
{
    struct json_object *value;

    if (!json_object_object_get_ex(object, key, &value)) {
        value = json_object_new_object();
        json_object_object_add(object, key, value);
    }
    return value;
}

static void read_row(struct reader *reader)
{
    struct json_object *model, *id, *rows;

    if (reader->response == NULL) {
        complain(reader, "a row before a response");
        return;
    }
    model = take_word(reader);
    id = take_word(reader);
    rows = member_or_new(member_or_new(reader->step, "rows"), json_object_get_string(model));
    json_object_object_add(rows, json_object_get_string(id),
                           take(reader, "none") ? NULL : take_json(reader));
    json_object_put(model);
    json_object_put(id);
}

static void read_config(struct reader *reader)
{
    struct json_object *key = take_word(reader);

    json_object_object_add(member_or_new(reader->story, "config"), json_object_get_string(key),
                           take_json(reader));
    json_object_put(key);
}

static void read_sql(struct reader *reader)
{
    struct json_object *config = member_or_new(reader->story, "config"), *statements;

    if (!json_object_object_get_ex(config, "sql", &statements)) {
        statements = json_object_new_array();
        json_object_object_add(config, "sql", statements);
    }
    json_object_array_add(statements, take_rest(reader));
}

static void read_line(struct reader *reader, const char *line)
{
    static const struct {
        const char *mark;
        void (*read)(struct reader *reader);
    } LINES[] = {{">", read_request},         {"<", read_response}, {"=", read_row},
                 {"config", read_config},     {"sql", read_sql},    {"  ", read_below},
                 {"restored", read_restored}, {"!", read_other}};
    size_t i = 0;

    if (*line == '\0' || *line == '#')
        return;
    while (i < sizeof(LINES) / sizeof(*LINES) &&
           strncmp(line, LINES[i].mark, strlen(LINES[i].mark)) != 0)
        i++;
    if (i == sizeof(LINES) / sizeof(*LINES)) {
        complain(reader, "a line begins with >, <, =, !, config, sql, restored, # or two spaces");
        return;
    }
    reader->at = line + strlen(LINES[i].mark);
    LINES[i].read(reader);
    skip_spaces(reader);
    if (*reader->at != '\0')
        complain(reader, "there is more on this line than was understood");
}

struct json_object *case_file_read(const char *path)
{
    struct reader reader = {.path = path, .story = json_object_new_object()};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;

    json_object_object_add(reader.story, "steps", json_object_new_array());
    if (file == NULL)
        complain(&reader, "cannot be opened");
    while (file != NULL && !reader.failed && (len = getline(&line, &capacity, file)) >= 0) {
        reader.line_number++;
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        read_line(&reader, line);
    }
    free(line);
    if (file != NULL)
        fclose(file);
    if (reader.others != NULL) {
        complain(&reader, "no request behind other SQL");
        json_object_put(reader.others);
    }
    if (reader.failed) {
        json_object_put(reader.story);
        return NULL;
    }
    return reader.story;
}
