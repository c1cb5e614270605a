#include "diff.h"

#include <assert.h>

#include "json_text.h"

/* Bytes that json_write_string() adds at most, and those of any number. */
#define STRING_BOUND(t) (6 * (t).len + 2)
#define NUMBER_BOUND    ((size_t)32)

static void write_field(struct buf *buf, const struct field_value *set)
{
    buf_add_char(buf, ',');
    json_write_string(buf, set->field->name);
    buf_add_char(buf, ':');
    if (set->value.json.len > 0)
        json_write_compact(buf, set->value.json);
    else
        value_write_json(set->field, &set->value, buf);
}

static size_t field_bound(const struct field_value *set)
{
    size_t bound = STRING_BOUND(set->field->name) + set->value.json.len + NUMBER_BOUND;

    return set->value.kind == VALUE_TEXT ? bound + STRING_BOUND(set->value.text) : bound;
}

/* The text moves to the arena; the buffer ends. */
static struct text finish(struct buf *buf, struct arena *arena)
{
    struct text text;

    assert(!buf->overflow);
    text = arena_text(arena, buf_text(buf));
    buf_release(buf);
    return text;
}

struct text diff_write_json_data(struct text object_id, const struct field_value *fields,
                                 size_t field_count, struct arena *arena)
{
    size_t bound = STRING_BOUND(object_id) + NUMBER_BOUND;
    struct buf buf;

    for (size_t i = 0; i < field_count; i++)
        bound += field_bound(&fields[i]);
    buf_init(&buf, bound);
    buf_add_text(&buf, TEXT_LITERAL("{\"id\":"));
    json_write_string(&buf, object_id);
    for (size_t i = 0; i < field_count; i++)
        write_field(&buf, &fields[i]);
    buf_add_char(&buf, '}');
    return finish(&buf, arena);
}

struct text diff_write_field_times(const struct field_value *fields, size_t field_count,
                                   int64_t diff_time_ms, struct arena *arena)
{
    size_t bound = NUMBER_BOUND;
    struct buf buf;

    for (size_t i = 0; i < field_count; i++)
        bound += STRING_BOUND(fields[i].field->name) + NUMBER_BOUND;
    buf_init(&buf, bound);
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].time_ms == diff_time_ms)
            continue;
        buf_add_char(&buf, buf.len == 0 ? '{' : ',');
        json_write_string(&buf, fields[i].field->name);
        buf_add_char(&buf, ':');
        buf_add_int(&buf, fields[i].time_ms);
    }
    if (buf.len > 0)
        buf_add_char(&buf, '}');
    return finish(&buf, arena);
}

void diff_write(struct buf *buf, const struct diff *diff)
{
    buf_add_text(buf, TEXT_LITERAL("{\"id\":"));
    json_write_string(buf, diff->id);
    buf_add_text(buf, TEXT_LITERAL(",\"owner\":"));
    json_write_string(buf, diff->owner);
    buf_add_text(buf, TEXT_LITERAL(",\"logical_clock\":"));
    buf_add_int(buf, diff->clock);
    buf_add_text(buf, TEXT_LITERAL(",\"utc_timestamp\":"));
    buf_add_int(buf, diff->time_ms);
    buf_add_text(buf, TEXT_LITERAL(",\"type\":\""));
    buf_add_str(buf, diff_type_name(diff->type));
    buf_add_text(buf, TEXT_LITERAL("\",\"model\":"));
    json_write_string(buf, diff->model->name);
    buf_add_text(buf, TEXT_LITERAL(",\"json_data\":"));
    json_write_string(buf, diff->json_data);
    buf_add_char(buf, '}');
}
