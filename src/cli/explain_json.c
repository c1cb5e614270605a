/* The explain commands' findings as one JSON document, written while the diffs are read; the form
 * explain_form_json is the entry point. */
#include "explain_print.h"
#include "json_check.h"
#include "json_print.h"
#include "made_ids.h"
#include "terminal.h"

/* A column may hold what is not JSON: other SQL writes to it. */
static void add_row_value(struct buf *json, const char *key, const struct value *value)
{
    struct json_fault fault;
    struct arena arena;

    arena_init(&arena);
    if (json_check(value->json, JSON_MAX_DEPTH, &arena, NULL, &fault))
        json_print_raw(json, key, value->json);
    else
        json_print_text(json, key, value->json);
    arena_release(&arena);
}

static void add_time(struct buf *json, int64_t time_ms)
{
    char moment[TERMINAL_TIME_MS_SIZE];

    terminal_time_ms(time_ms, moment);
    json_print_integer(json, "utc_timestamp", time_ms);
    json_print_text(json, "time", text_of(moment));
}

static void add_stored_diff(struct buf *json, const struct diff *diff, struct inspect_place place)
{
    buf_add_char(json, '{');
    json_print_integer(json, "logical_clock", place.clock);
    json_print_integer(json, "seq", place.seq);
    add_time(json, diff->time_ms);
    json_print_text(json, "id", diff->id);
    json_print_text(json, "type", text_of(diff_type_name(diff->type)));
    if (made_id_is_of_change(diff))
        json_print_raw(json, "from_sql", TEXT_LITERAL("true"));
    json_print_raw(json, "json_data", diff->json_data);
    json_print_raw(json, "field_times", diff->field_times);
    buf_add_char(json, '}');
}

static void add_horizon(struct buf *json, const struct horizon *horizon)
{
    json_print_integer(json, "compacted_below", horizon->compacted_below);
    json_print_integer(json, "forgotten_below", horizon->forgotten_below);
}

static void begin_object(struct explain_page *page, const struct explain_object *object)
{
    struct buf *json = &page->json;

    buf_add_char(json, '{');
    json_print_text(json, "owner", page->owner);
    json_print_text(json, "model", page->object.model->name);
    json_print_text(json, "id", page->object.id);
    json_print_integer(json, "next_clock", object->next_clock);
    add_horizon(json, &object->horizon);
    json_print_key(json, "diffs");
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
        json_print_flush(&page->json);
    }
    progress_show(&page->progress, "diffs", page->shown, (uint64_t)so_far->diff_count);
}

static void add_setter(struct buf *json, const char *key, const struct explain_setter *setter)
{
    json_print_key(json, key);
    buf_add_char(json, '{');
    json_print_bool(json, "folded", setter->folded);
    if (!setter->folded) {
        json_print_text(json, "id", text_of(setter->id));
        json_print_integer(json, "seq", setter->place.seq);
    }
    json_print_integer(json, "logical_clock", setter->place.clock);
    add_time(json, setter->time_ms);
    if (setter->from_sql)
        json_print_raw(json, "from_sql", TEXT_LITERAL("true"));
    buf_add_char(json, '}');
}

static void add_field(struct buf *json, const struct explain_field *field)
{
    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    json_print_text(json, "name", field->field->name);
    json_print_integer(json, "settings", (int64_t)field->settings);
    if (field->settings > 0) {
        if (!field->last.folded)
            json_print_raw(json, "value", field->value.json);
        add_setter(json, "set_by", &field->last);
        json_print_text(json, "why", text_of(explain_why_name(explain_why(field))));
    }
    if (field->settings > 1)
        add_setter(json, "rival", &field->rival);
    if (field->row != NULL)
        add_row_value(json, "row", field->row);
    json_print_bool(json, "differs", field->differs);
    buf_add_char(json, '}');
}

static void add_fields(struct buf *json, const struct explain_object *object)
{
    const struct field_history *contest = &object->contest;

    json_print_key(json, "fields");
    buf_add_char(json, '[');
    for (size_t i = 0; i < contest->field_count; i++)
        add_field(json, &contest->fields[i]);
    buf_add_char(json, ']');
}

static void add_reject(struct buf *json, const struct reject *reject)
{
    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    json_print_text(json, "id", reject->id);
    json_print_integer(json, "logical_clock", reject->clock);
    json_print_moment(json, "time", reject->time_ms);
    json_print_text(json, "request_id", reject->request_id);
    json_print_text(json, "code", text_of(fail_code_name(reject->code)));
    json_print_text(json, "field", reject->field);
    json_print_text(json, "message", reject->message);
    json_print_text(json, "detail", reject->detail);
    json_print_raw(json, "diff", reject->diff);
    buf_add_char(json, '}');
}

static void add_rejects(struct buf *json, const struct explain_object *object)
{
    json_print_key(json, "rejects");
    buf_add_char(json, '[');
    for (size_t i = 0; i < object->reject_count; i++)
        add_reject(json, &object->rejects[i]);
    buf_add_char(json, ']');
    json_print_bool(json, "rejects_more", object->rejects_more);
}

static void add_known(struct buf *json, const struct explain_object *object)
{
    json_print_key(json, "known");
    buf_add_char(json, '[');
    for (size_t i = 0; i < object->known_count; i++) {
        buf_add_str(json, i > 0 ? ",{" : "{");
        json_print_text(json, "id", object->known[i].id);
        json_print_integer(json, "logical_clock", object->known[i].clock);
        json_print_bool(json, "rejected", object->known[i].rejected);
        json_print_bool(json, "beside", object->known[i].beside);
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
    json_print_bool(json, "known_more", object->known_more);
}

static void add_answer(struct buf *json, const struct explain_page *page,
                       const struct explain_object_answer *answer)
{
    json_print_key(json, "answer");
    if (page->clock == EXPLAIN_NO_CLOCK) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    json_print_integer(json, "clock", page->clock);
    json_print_text(json, "reason", text_of(explain_reason_name(answer->reason)));
    json_print_text(json, "message", text_of(explain_reason_sentence(answer->reason)));
    json_print_key(json, "diffs");
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
    json_print_text(json, "state", text_of(explain_state_name(object->contest.state)));
    json_print_text(json, "table", page->object.model->table);
    json_print_bool(json, "row", object->row_live);
    json_print_bool(json, "differs", object->differs);
    add_fields(json, object);
    add_rejects(json, object);
    add_known(json, object);
    add_answer(json, page, &object->answer);
    buf_add_str(json, "}\n");
    json_print_flush(json);
}

static void add_model(struct buf *json, const struct explain_model *model, bool answered)
{
    static const char *const COUNTS[DIFF_TYPES] = {"creates", "updates", "deletes"};

    buf_add_str(json, json->data[json->len - 1] == '[' ? "{" : ",{");
    json_print_text(json, "model", model->name);
    json_print_bool(json, "mapped", model->model != NULL);
    for (size_t i = 0; i < DIFF_TYPES; i++)
        json_print_integer(json, COUNTS[i], model->diffs[i]);
    json_print_integer(json, "bytes", model->bytes);
    json_print_integer(json, "latest_utc_timestamp", model->latest_ms);
    json_print_integer(json, "objects", model->objects);
    json_print_integer(json, "live", model->objects - model->deleted);
    json_print_integer(json, "deleted", model->deleted);
    json_print_integer(json, "rows", model->rows);
    if (answered) {
        json_print_key(json, "answer");
        buf_add_char(json, '{');
        for (size_t i = 0; i < DIFF_TYPES; i++)
            json_print_integer(json, COUNTS[i], (int64_t)model->answer[i]);
        buf_add_char(json, '}');
    }
    buf_add_char(json, '}');
}

static void add_rest(struct buf *json, const struct inspect_rest *rest)
{
    json_print_integer(json, "summaries", rest->summaries);
    json_print_integer(json, "tombstones", rest->tombstones);
    json_print_integer(json, "known", rest->known);
    json_print_integer(json, "known_rejected", rest->known_rejected);
    json_print_key(json, "rejects");
    buf_add_char(json, '{');
    for (size_t i = 0; i < FAIL_CODES; i++)
        if (rest->rejects[i] > 0)
            json_print_integer(json, fail_code_name((enum fail_code)i), rest->rejects[i]);
    buf_add_char(json, '}');
    json_print_moment(json, "oldest_reject", rest->oldest_reject_ms);
    json_print_moment(json, "newest_reject", rest->newest_reject_ms);
    json_print_integer(json, "tokens", rest->tokens);
    json_print_moment(json, "token_used", rest->token_used_ms);
}

static void print_owner(struct explain_page *page, const struct explain_owner *owner)
{
    const bool asked = page->clock != EXPLAIN_NO_CLOCK;
    struct buf *json = &page->json;

    buf_add_char(json, '{');
    json_print_text(json, "owner", page->owner);
    json_print_integer(json, "next_clock", owner->next_clock);
    add_horizon(json, &owner->horizon);
    if (asked) {
        json_print_integer(json, "clock", page->clock);
        json_print_bool(json, "ahead", owner->ahead);
        json_print_bool(json, "too_old", owner->too_old);
    }
    add_rest(json, &owner->rest);
    json_print_key(json, "models");
    buf_add_char(json, '[');
    for (size_t i = 0; i < owner->model_count; i++)
        add_model(json, &owner->models[i], asked && !owner->ahead && !owner->too_old);
    buf_add_str(json, "]}\n");
    json_print_flush(json);
}

const struct explain_form explain_form_json = {show_diffs, end_object, print_owner};
