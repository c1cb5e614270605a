/* The wire forms of field types, engine by engine: FORMS. Entry: wire_value_write(),
 * wire_value_read(). */
#include "wire_value.h"

#include <assert.h>
#include <stdlib.h>

#include "json_write.h"

/* Of one value's JSON. */
#define VALUE_MAX_BYTES ((size_t)1 << 30)
/* Milliseconds that a double holds exactly. */
#define MS_MOST 9007199254740991.0

enum form {
    AS_JSON_DATA,  /* as other devices have it */
    BLANK_IS_NULL, /* the same; "" is what the engine has where there is none */
    BOOLEAN,       /* true and false */
    MOMENT,        /* milliseconds since 1970 */
    JSON_IN_TEXT,  /* a string that holds JSON */
};

static const enum form FORMS[FIELD_TYPES][WIRE_ENGINES] = {
    [FIELD_STRING] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_INTEGER] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_FLOAT] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_BOOLEAN] = {BOOLEAN, BOOLEAN},
    [FIELD_LIST] = {JSON_IN_TEXT, AS_JSON_DATA},
    [FIELD_JSON] = {JSON_IN_TEXT, AS_JSON_DATA},
    [FIELD_DATETIME] = {MOMENT, AS_JSON_DATA},
    [FIELD_TIMESTAMP] = {MOMENT, AS_JSON_DATA},
    [FIELD_DATETIME_MS] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_DATE] = {BLANK_IS_NULL, AS_JSON_DATA},
    [FIELD_TIME] = {BLANK_IS_NULL, AS_JSON_DATA},
    [FIELD_DECIMAL] = {BLANK_IS_NULL, AS_JSON_DATA},
    [FIELD_ENUM] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_SET] = {JSON_IN_TEXT, AS_JSON_DATA},
    [FIELD_UUID] = {BLANK_IS_NULL, AS_JSON_DATA},
    [FIELD_BYTES] = {AS_JSON_DATA, AS_JSON_DATA},
    [FIELD_REFERENCE] = {BLANK_IS_NULL, AS_JSON_DATA},
};

static struct text take_text(struct buf *buf, struct arena *arena)
{
    const struct text text = arena_text(arena, buf_text(buf));

    assert(!buf->overflow);
    buf_release(buf);
    return text;
}

static void write_in_text(struct mapped_field at, const struct value *value, struct buf *buf)
{
    struct buf json;

    buf_init(&json, VALUE_MAX_BYTES);
    value_write_json(at, value, &json);
    json_write_string(buf, buf_text(&json));
    buf_release(&json);
}

static void write_moment(struct mapped_field at, const struct value *value, struct buf *buf)
{
    int64_t ms;

    if (value_moment_ms(value, &ms))
        buf_add_int(buf, ms);
    else
        value_write_json(at, value, buf);
}

void wire_value_write(enum wire_engine engine, struct mapped_field at, const struct value *value,
                      struct buf *buf)
{
    const enum form form = FORMS[at.field->type][engine];

    if (value->kind == VALUE_NULL) /* mutant: null_is_a_value */
        buf_add_str(buf, "null");
    else if (form == BOOLEAN && value->kind == VALUE_INTEGER)
        buf_add_str(buf, value->integer != 0 ? "true" : "false");
    else if (form == MOMENT)
        write_moment(at, value, buf);
    else if (form == JSON_IN_TEXT)
        write_in_text(at, value, buf);
    else
        value_write_json(at, value, buf);
}

/* Behind a number stands a byte that ends it (json_dom.h). */
static struct text read_moment(struct mapped_field at, const struct json_token *token,
                               struct arena *arena)
{
    struct buf buf;
    double ms;
    bool written = false;

    if (token->kind != JSON_KIND_INTEGER && token->kind != JSON_KIND_REAL)
        return token->raw;
    ms = strtod(token->raw.ptr, NULL);
    buf_init(&buf, VALUE_MAX_BYTES);
    if (ms >= -MS_MOST && ms <= MS_MOST)
        written = value_write_moment(at, (int64_t)ms, &buf);
    if (!written)
        buf_add_text(&buf, token->raw);
    return take_text(&buf, arena);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value alone: what it is, its first byte says. */
static struct text without_space(struct text json)
{
    while (json.len > 0 && is_space(json.ptr[0]))
        json = (struct text){json.ptr + 1, json.len - 1};
    while (json.len > 0 && is_space(json.ptr[json.len - 1]))
        json.len--;
    return json;
}

static struct text read_in_text(const struct json_token *token, struct arena *arena)
{
    struct json_fault fault;

    if (token->kind != JSON_KIND_STRING)
        return token->raw;
    if (token->string.len == 0)
        return TEXT_LITERAL("null");
    return json_check(token->string, JSON_MAX_DEPTH, arena, NULL, &fault)
               ? without_space(token->string)
               /* mutant: broken_text_is_json */
               : token->raw;
}

struct text wire_value_read(enum wire_engine engine, struct mapped_field at,
                            const struct json_token *token, struct arena *arena)
{
    switch (FORMS[at.field->type][engine]) {
    case MOMENT:
        return read_moment(at, token, arena);
    case JSON_IN_TEXT:
        return read_in_text(token, arena);
    case BLANK_IS_NULL:
        if (token->kind == JSON_KIND_STRING && token->string.len == 0) /* mutant: blank_is_kept */
            return TEXT_LITERAL("null");
        return token->raw;
    case AS_JSON_DATA:
    case BOOLEAN:
        break;
    }
    return token->raw;
}

bool wire_value_parse(enum wire_engine engine, struct mapped_field at,
                      const struct json_token *token, struct arena *arena, struct value *value_out)
{
    struct fail ignored;
    struct text json = TEXT_LITERAL("null");
    struct json_token plain;

    if (token != NULL)
        json = wire_value_read(engine, at, token, arena);
    plain = json_dom_token(json, arena);
    if (plain.kind == JSON_KIND_NULL) { /* also where the field must not be null */
        *value_out = (struct value){.kind = VALUE_NULL, .json = json};
        return true;
    }
    return value_parse(at, &plain, arena, value_out, &ignored) == RC_OK;
}

void wire_value_write_empty(struct mapped_field at, struct buf *buf)
{
    static const char *const EMPTY[FIELD_TYPES] = {
        [FIELD_STRING] = "\"\"",
        [FIELD_INTEGER] = "0",
        [FIELD_FLOAT] = "0",
        [FIELD_BOOLEAN] = "false",
        [FIELD_LIST] = "[]",
        [FIELD_JSON] = "{}",
        [FIELD_DATETIME_MS] = "0",
        [FIELD_DATE] = "\"1970-01-01\"",
        [FIELD_TIME] = "\"00:00:00\"",
        [FIELD_DECIMAL] = "\"0\"",
        [FIELD_ENUM] = "\"\"",
        [FIELD_SET] = "[]",
        [FIELD_UUID] = "\"00000000-0000-0000-0000-000000000000\"",
        [FIELD_BYTES] = "\"\"",
        [FIELD_REFERENCE] = "\"\"",
    };
    const enum field_type type = at.field->type;

    if (type == FIELD_DATETIME || type == FIELD_TIMESTAMP)
        value_write_moment(at, 0, buf);
    else if (type == FIELD_ENUM && at.field->value_count > 0)
        json_write_string(buf, at.field->values[0]);
    else if (type == FIELD_INTEGER && at.field->as == FIELD_AS_STRING)
        buf_add_str(buf, "\"0\"");
    else
        buf_add_str(buf, EMPTY[type]);
}
