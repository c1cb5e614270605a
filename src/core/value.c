/* Values between JSON and columns, by the row of their type.
 * Entry:     value_parse(), value_write_json(), value_from_column(), value_to_column().
 * Invariant: what a type is stands in its row alone (value_types.c). */
#include "value.h"

#include "json_write.h"
#include "plural.h"
#include "value_type.h"

/* A value's JSON is at most six times its text (\\u00XX), and a packet holds 1 GiB. */
#define JSON_MAX_BYTES ((size_t)8 * 1024 * 1024 * 1024)

static enum rc refuse(const struct field *field, const char *reason, struct fail *fail)
{
    fail_reject(fail, FAIL_INVALID_DATA, "field %s: %s", field->name.ptr, reason);
    fail_at_field(fail, field->name);
    return RC_REJECTED;
}

static enum rc check_length(const struct field *field, const struct value *value, struct fail *fail)
{
    if (field->max_length == 0 || text_utf8_length(value->text) <= field->max_length ||
        !field_type_takes(field->type, FIELD_MAX_LENGTH))
        return RC_OK;
    fail_reject(fail, FAIL_INVALID_DATA, "field %s: longer than its %zu character%s: shorten it",
                field->name.ptr, field->max_length, plural(field->max_length));
    fail_at_field(fail, field->name);
    return RC_REJECTED;
}

enum rc value_parse(struct mapped_field at, const struct json_token *token, struct arena *arena,
                    struct value *value_out, struct fail *fail)
{
    const struct value_type *type = value_type_of(at.field->type);
    struct value_input input;
    const char *reason;

    *value_out = (struct value){.kind = VALUE_NULL, .json = token->raw};
    if (token->kind == JSON_KIND_NULL)
        return at.field->required
                   ? refuse(at.field, "null is given, but the field is required", fail)
                   : RC_OK;
    input.at = at;
    input.token = token;
    input.arena = arena;
    value_out->kind = type->kind;
    reason = type->parse(&input, value_out);
    if (reason != NULL)
        return refuse(at.field, reason, fail);
    return check_length(at.field, value_out, fail);
}

/* What no longer fits the type of its field: of whatever kind it is. */
static void write_stray(const struct mapped_field *at, const struct value *value, struct buf *buf)
{
    if (value->kind == VALUE_TEXT && field_type_is_json(at->field->type))
        value_text_write_json(at, value, buf);
    else if (value->kind == VALUE_TEXT)
        value_text_write_string(at, value, buf);
    else if (value->kind == VALUE_INTEGER)
        buf_add_int(buf, value->integer);
    else
        value_number_write_float(at, value, buf);
}

void value_write_json(struct mapped_field at, const struct value *value, struct buf *buf)
{
    const struct value_type *type = value_type_of(at.field->type);

    if (value->kind == VALUE_NULL)
        buf_add_str(buf, "null");
    else if (value->kind == type->kind || type->writes_all)
        type->write(&at, value, buf);
    else
        write_stray(&at, value, buf);
}

static struct text json_of(struct mapped_field at, const struct value *value, struct arena *arena)
{
    struct text json;
    struct buf buf;

    buf_init(&buf, JSON_MAX_BYTES);
    value_write_json(at, value, &buf);
    json = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return json;
}

void value_spell(struct mapped_field at, struct value *value, struct arena *arena)
{
    struct text json;

    if (!value->rounded && !value->rewritten)
        return;
    json = json_of(at, value, arena);
    if (text_equal(json, value->json))
        return;
    value->json = json;
    value->rewritten = true;
}

struct value value_from_column(struct mapped_field at, const struct value *raw, struct arena *arena)
{
    const struct value_type *type = value_type_of(at.field->type);
    struct value value = *raw;

    if (raw->kind != VALUE_NULL && type->from_column != NULL &&
        !type->from_column(&at, raw, arena, &value))
        value = *raw;
    value.json = json_of(at, &value, arena);
    return value;
}

struct value value_to_column(struct mapped_field at, const struct value *value, struct arena *arena)
{
    const struct value_type *type = value_type_of(at.field->type);
    struct value raw = *value;

    if (value->kind != VALUE_NULL && type->to_column != NULL &&
        type->to_column(&at, value, arena, &raw))
        return raw;
    return *value;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_TEXT:
        return text_equal(a->text, b->text);
    case VALUE_INTEGER:
        return a->integer == b->integer;
    case VALUE_REAL:
        return a->real == b->real;
    }
    return false;
}

/* A merged diff has no white space, the row has the client's. */
bool value_same(const struct field *field, const struct value *a, const struct value *b)
{
    struct buf compact[2];
    bool same;

    if (!field_type_is_json(field->type) || a->kind != VALUE_TEXT || b->kind != VALUE_TEXT)
        return value_equal(a, b);
    buf_init(&compact[0], a->text.len + 1);
    buf_init(&compact[1], b->text.len + 1);
    json_write_compact(&compact[0], a->text);
    json_write_compact(&compact[1], b->text);
    same = text_equal(buf_text(&compact[0]), buf_text(&compact[1]));
    buf_release(&compact[0]);
    buf_release(&compact[1]);
    return same;
}
