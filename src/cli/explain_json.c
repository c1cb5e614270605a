#include <inttypes.h>
#include <stdio.h>

#include "explain_print.h"
#include "json_check.h"
#include "json_write.h"
#include "terminal.h"

static void write_out(struct buf *json)
{
    fwrite(buf_text(json).ptr, 1, json->len, stdout);
    buf_clear(json);
}

/* `"key":`, behind a comma unless it is the first of its object. */
static void add_key(struct buf *json, const char *key)
{
    char last = ',';

    if (json->len > 0)
        last = json->data[json->len - 1];
    if (last != '{' && last != '[' && last != ',')
        buf_add_char(json, ',');
    buf_printf(json, "\"%s\":", key);
}

static void add_text(struct buf *json, const char *key, struct text text)
{
    add_key(json, key);
    json_write_string(json, text_is_utf8(text) ? text : TEXT_LITERAL("?"));
}

static void add_integer(struct buf *json, const char *key, int64_t integer)
{
    add_key(json, key);
    buf_add_int(json, integer);
}

static void add_bool(struct buf *json, const char *key, bool value)
{
    add_key(json, key);
    buf_add_str(json, value ? "true" : "false");
}

/* JSON that stands as it is, null where there is none. */
static void add_raw(struct buf *json, const char *key, struct text raw)
{
    add_key(json, key);
    if (raw.len > 0)
        json_write_compact(json, raw);
    else
        buf_add_str(json, "null");
}

/* A column may hold what is no JSON: other SQL writes to it. */
static void add_row_value(struct buf *json, const char *key, const struct value *value)
{
    struct json_fault fault;
    struct arena arena;

    arena_init(&arena);
    if (json_check(value->json, JSON_MAX_DEPTH, &arena, NULL, &fault))
        add_raw(json, key, value->json);
    else
        add_text(json, key, value->json);
    arena_release(&arena);
}

static void add_time(struct buf *json, int64_t time_ms)
{
    char moment[TERMINAL_MOMENT_MS_SIZE];

    terminal_moment_ms(time_ms, moment);
    add_integer(json, "utc_timestamp", time_ms);
    add_text(json, "time", text_of(moment));
}

static void add_moment(struct buf *json, const char *key, int64_t time_ms)
{
    char moment[TERMINAL_MOMENT_SIZE];

    terminal_moment(time_ms, moment);
    if (time_ms == 0)
        add_raw(json, key, TEXT_LITERAL(""));
    else
        add_text(json, key, text_of(moment));
}

static void add_stored_diff(struct buf *json, const struct diff *diff, struct inspect_place place)
{
    buf_add_char(json, '{');
    add_integer(json, "logical_clock", place.clock);
    add_integer(json, "seq", place.seq);
    add_time(json, diff->time_ms);
    add_text(json, "id", diff->id);
    add_text(json, "type", text_of(diff_type_name(diff->type)));
    add_raw(json, "json_data", diff->json_data);
    add_raw(json, "field_times", diff->field_times);
    buf_add_char(json, '}');
}

static void begin_object(struct explain_page *page, const struct explain_object *object)
{
    struct buf *json = &page->json;

    buf_add_char(json, '{');
    add_text(json, "owner", page->owner);
    add_text(json, "model", page->object.model->name);
    add_text(json, "id", page->object.id);
    add_integer(json, "next_clock", object->next_clock);
    add_key(json, "diffs");
    buf_add_char(json, '[');
}

static void show_diffs(void *context, const struct explain_object *so_far,
                       const struct inspect_diffs *part)
{
    struct explain_page *page = context;

    if (page->shown == 0)
        begin_object(page, so_far);
    for (size_t i = 0; i < part->count; i++) {
        if (page->shown++ > 0)
            buf_add_char(&page->json, ',');
        add_stored_diff(&page->json, &part->items[i], part->places[i]);
        write_out(&page->json);
    }
    progress_tell(&page->progress, "diffs", page->shown, (uint64_t)so_far->diff_count);
}

static void add_setter(struct buf *json, const char *key, const struct explain_setter *setter)
{
    add_key(json, key);
    buf_add_char(json, '{');
    add_text(json, "id", text_of(setter->id));
    add_integer(json, "logical_clock", setter->place.clock);
    add_integer(json, "seq", setter->place.seq);
    add_time(json, setter->time_ms);
    buf_add_char(json, '}');
}

static void add_field(struct buf *json, const struct explain_field *field)
{
    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    add_text(json, "name", field->field->name);
    add_integer(json, "settings", (int64_t)field->settings);
    if (field->settings > 0) {
        add_raw(json, "value", field->value.json);
        add_setter(json, "set_by", &field->last);
        add_text(json, "why", text_of(explain_why_name(explain_why(field))));
    }
    if (field->settings > 1)
        add_setter(json, "rival", &field->rival);
    if (field->row != NULL)
        add_row_value(json, "row", field->row);
    add_bool(json, "differs", field->differs);
    buf_add_char(json, '}');
}

static void add_fields(struct buf *json, const struct explain_object *object)
{
    const struct field_history *contest = &object->contest;

    add_key(json, "fields");
    buf_add_char(json, '[');
    for (size_t i = 0; i < contest->field_count; i++)
        add_field(json, &contest->fields[i]);
    buf_add_char(json, ']');
}

static void add_reject(struct buf *json, const struct reject *reject)
{
    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    add_text(json, "id", reject->id);
    add_integer(json, "logical_clock", reject->clock);
    add_moment(json, "time", reject->time_ms);
    add_text(json, "request_id", reject->request_id);
    add_text(json, "code", text_of(fail_code_name(reject->code)));
    add_text(json, "field", reject->field);
    add_text(json, "message", reject->message);
    add_text(json, "detail", reject->detail);
    add_raw(json, "diff", reject->diff);
    buf_add_char(json, '}');
}

static void add_rejects(struct buf *json, const struct explain_object *object)
{
    add_key(json, "rejects");
    buf_add_char(json, '[');
    for (size_t i = 0; i < object->reject_count; i++)
        add_reject(json, &object->rejects[i]);
    buf_add_char(json, ']');
    add_bool(json, "rejects_more", object->rejects_more);
}

static void add_known(struct buf *json, const struct explain_object *object)
{
    add_key(json, "known");
    buf_add_char(json, '[');
    for (size_t i = 0; i < object->known_count; i++) {
        buf_add_str(json, i > 0 ? ",{" : "{");
        add_text(json, "id", object->known[i].id);
        add_integer(json, "logical_clock", object->known[i].clock);
        add_bool(json, "rejected", object->known[i].rejected);
        add_bool(json, "beside", object->known[i].beside);
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
    add_bool(json, "known_more", object->known_more);
}

static void add_answer(struct buf *json, const struct explain_page *page,
                       const struct explain_object_answer *answer)
{
    add_key(json, "answer");
    if (page->clock == EXPLAIN_NO_CLOCK) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    add_integer(json, "clock", page->clock);
    add_text(json, "reason", text_of(explain_reason_name(answer->reason)));
    add_text(json, "message", text_of(explain_reason_sentence(answer->reason)));
    add_key(json, "diffs");
    buf_add_char(json, '[');
    for (size_t i = 0; i < answer->diffs.count; i++) {
        if (i > 0)
            buf_add_char(json, ',');
        diff_write(json, &answer->diffs.items[i]);
    }
    buf_add_str(json, "]}");
}

static void end_object(struct explain_page *page, const struct explain_object *object)
{
    struct buf *json = &page->json;

    buf_add_str(json, "],");
    add_text(json, "state", text_of(explain_state_name(object->contest.state)));
    add_text(json, "table", page->object.model->table);
    add_bool(json, "row", object->row_live);
    add_bool(json, "differs", object->differs);
    add_fields(json, object);
    add_rejects(json, object);
    add_known(json, object);
    add_answer(json, page, &object->answer);
    buf_add_str(json, "}\n");
    write_out(json);
}

static void add_model(struct buf *json, const struct explain_model *model, bool answered)
{
    static const char *const COUNTS[DIFF_TYPES] = {"creates", "updates", "deletes"};

    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    add_text(json, "model", model->name);
    add_bool(json, "mapped", model->model != NULL);
    for (size_t i = 0; i < DIFF_TYPES; i++)
        add_integer(json, COUNTS[i], model->diffs[i]);
    add_integer(json, "bytes", model->bytes);
    add_integer(json, "latest_utc_timestamp", model->latest_ms);
    add_integer(json, "objects", model->objects);
    add_integer(json, "live", model->objects - model->deleted);
    add_integer(json, "deleted", model->deleted);
    add_integer(json, "rows", model->rows);
    if (answered) {
        add_key(json, "answer");
        buf_add_char(json, '{');
        for (size_t i = 0; i < DIFF_TYPES; i++)
            add_integer(json, COUNTS[i], (int64_t)model->answer[i]);
        buf_add_char(json, '}');
    }
    buf_add_char(json, '}');
}

static void add_rest(struct buf *json, const struct inspect_rest *rest)
{
    add_integer(json, "known", rest->known);
    add_integer(json, "known_rejected", rest->known_rejected);
    add_key(json, "rejects");
    buf_add_char(json, '{');
    for (size_t i = 0; i < FAIL_CODES; i++)
        if (rest->rejects[i] > 0)
            add_integer(json, fail_code_name((enum fail_code)i), rest->rejects[i]);
    buf_add_char(json, '}');
    add_moment(json, "oldest_reject", rest->oldest_reject_ms);
    add_moment(json, "newest_reject", rest->newest_reject_ms);
    add_integer(json, "tokens", rest->tokens);
    add_moment(json, "token_used", rest->token_used_ms);
}

static void print_owner(struct explain_page *page, const struct explain_owner *owner)
{
    const bool asked = page->clock != EXPLAIN_NO_CLOCK;
    struct buf *json = &page->json;

    buf_add_char(json, '{');
    add_text(json, "owner", page->owner);
    add_integer(json, "next_clock", owner->next_clock);
    if (asked) {
        add_integer(json, "clock", page->clock);
        add_bool(json, "ahead", owner->ahead);
    }
    add_rest(json, &owner->rest);
    add_key(json, "models");
    buf_add_char(json, '[');
    for (size_t i = 0; i < owner->model_count; i++)
        add_model(json, &owner->models[i], asked && !owner->ahead);
    buf_add_str(json, "]}\n");
    write_out(json);
}

const struct explain_form explain_form_json = {show_diffs, end_object, print_owner};
