/* The JSON of diffs.
 * Entry:     diff_write().
 * Invariant: json_data that is not merged is written byte for byte. */
#include "diff.h"

#include <assert.h>

#include "json_write.h"

#define STRING_BOUND(t) JSON_STRING_BOUND((t).len)
/* Of any number, with what stands before it. */
#define NUMBER_BOUND ((size_t)32)
/* Of the keys of a diff, its numbers and its type. */
#define HEAD_BOUND ((size_t)192)

static void write_field(struct buf *buf, const struct field_value *set)
{
    buf_add_char(buf, ',');
    json_write_string(buf, set->field->name);
    buf_add_char(buf, ':');
    if (set->value.json.len > 0)
        json_write_compact(buf, set->value.json);
    else
        value_write_json((struct mapped_field){set->field, NULL}, &set->value, buf);
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

static char *put_text(char *out, struct text t)
{
    if (t.len > 0)
        memcpy(out, t.ptr, t.len);
    return out + t.len;
}

static char *put_integer(char *out, int64_t value)
{
    char chars[TEXT_NUMBER_MAX];

    return put_text(out, text_of_int(value, chars));
}

void diff_write(struct buf *buf, const struct diff *diff)
{
    char *out = buf_reserve(buf, HEAD_BOUND + STRING_BOUND(diff->id) + STRING_BOUND(diff->owner) +
                                     STRING_BOUND(diff->model->name));

    if (out == NULL)
        return;
    out = put_text(out, TEXT_LITERAL("{\"id\":"));
    out = json_put_string(out, diff->id);
    out = put_text(out, TEXT_LITERAL(",\"owner\":"));
    out = json_put_string(out, diff->owner);
    out = put_text(out, TEXT_LITERAL(",\"logical_clock\":"));
    out = put_integer(out, diff->clock);
    out = put_text(out, TEXT_LITERAL(",\"utc_timestamp\":"));
    out = put_integer(out, diff->time_ms);
    out = put_text(out, TEXT_LITERAL(",\"type\":\""));
    out = put_text(out, text_of(diff_type_name(diff->type)));
    out = put_text(out, TEXT_LITERAL("\",\"model\":"));
    out = json_put_string(out, diff->model->name);
    out = put_text(out, TEXT_LITERAL(",\"json_data\":"));
    buf->len = (size_t)(out - buf->data);
    json_write_string(buf, diff->json_data);
    buf_add_char(buf, '}');
}
