/* The stored form of a summary's fields: [[clock,time,"hash","name",…],…], a list for each diff
 * that set some last, without names if it set all of the model's.
 * Entry:     summary_write_fields(), summary_parse_fields(). */
#include "summary.h"

#include <assert.h>
#include <inttypes.h>

#include "json_dom.h"
#include "json_write.h"

#define HASH_DIGITS 16
/* Of a list without its names. */
#define HEAD_BOUND ((size_t)64)

static bool is_of_group(const struct summary_field *field, const struct summary_field *of)
{
    return field->clock != SUMMARY_NEVER && field->group == of->group &&
           field->clock == of->clock && field->time_ms == of->time_ms;
}

/* The fields that the diff of `at` set last. */
struct setting {
    size_t at;
    unsigned count;
    uint64_t hash;
    bool hashed;
};

static struct setting setting_of(const struct summary *summary, size_t at)
{
    const struct summary_field *of = &summary->fields[at];
    struct setting setting = {.at = at, .hashed = true};

    for (size_t i = at; i < summary->model->field_count; i++) {
        if (!is_of_group(&summary->fields[i], of))
            continue;
        setting.count++;
        setting.hash += summary->fields[i].hash;
    }
    if (of->group > 0) {
        setting.hash = summary->groups[of->group - 1].hash;
        setting.hashed = summary->groups[of->group - 1].count == setting.count;
    }
    return setting;
}

static void write_names(struct buf *buf, const struct summary *summary, const struct setting *set)
{
    for (size_t i = set->at; i < summary->model->field_count; i++) {
        if (!is_of_group(&summary->fields[i], &summary->fields[set->at]))
            continue;
        buf_add_char(buf, ',');
        json_write_string(buf, summary->model->fields[i].name);
    }
}

static void write_setting(struct buf *buf, const struct summary *summary, const struct setting *set)
{
    const struct summary_field *of = &summary->fields[set->at];

    buf_add_str(buf, buf->len > 1 ? ",[" : "[");
    buf_add_int(buf, of->clock);
    buf_add_char(buf, ',');
    buf_add_int(buf, of->time_ms);
    if (set->hashed)
        buf_printf(buf, ",\"%016" PRIx64 "\"", set->hash);
    else
        buf_add_str(buf, ",\"\"");
    if (set->count < summary->model->field_count)
        write_names(buf, summary, set);
    buf_add_char(buf, ']');
}

static bool is_first_of_group(const struct summary *summary, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_of_group(&summary->fields[i], &summary->fields[at]))
            return false;
    return summary->fields[at].clock != SUMMARY_NEVER;
}

struct text summary_write_fields(const struct summary *summary, struct arena *arena)
{
    size_t bound = HEAD_BOUND;
    struct buf buf;
    struct text text;

    for (size_t i = 0; i < summary->model->field_count; i++)
        bound += HEAD_BOUND + JSON_STRING_BOUND(summary->model->fields[i].name.len);
    buf_init(&buf, bound);
    buf_add_char(&buf, '[');
    for (size_t i = 0; i < summary->model->field_count; i++) {
        struct setting setting;

        if (!is_first_of_group(summary, i))
            continue;
        setting = setting_of(summary, i);
        write_setting(&buf, summary, &setting);
    }
    buf_add_char(&buf, ']');
    assert(!buf.overflow);
    text = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static enum rc corrupt(const struct summary *summary, struct fail *fail)
{
    return fail_fatal(fail, "the summary of %.*s %.*s is corrupt: its fields are none of ours",
                      TEXT_ARG(summary->model->name), TEXT_ARG(summary->object_id));
}

static bool parse_hash(struct text digits, uint64_t *hash_out)
{
    *hash_out = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const char c = digits.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *hash_out = *hash_out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return digits.len == HASH_DIGITS || digits.len == 0;
}

static struct summary_field *find_field(struct summary *summary, struct text name)
{
    for (size_t i = 0; i < summary->model->field_count; i++)
        if (text_equal(summary->model->fields[i].name, name))
            return &summary->fields[i];
    return NULL;
}

/* A list's head: clock, time and hash. */
static bool parse_head(const struct json_token *tokens, size_t count, struct summary_field *set_out,
                       struct summary_group *group_out, bool *hashed_out)
{
    *set_out = (struct summary_field){0};
    *group_out = (struct summary_group){0};
    if (count < 3 || tokens[2].kind != JSON_KIND_STRING ||
        !json_dom_counter(&tokens[0], DIFF_INTEGER_MAX, &set_out->clock) ||
        !json_dom_counter(&tokens[1], DIFF_INTEGER_MAX, &set_out->time_ms))
        return false;
    *hashed_out = tokens[2].string.len > 0;
    return parse_hash(tokens[2].string, &group_out->hash);
}

static bool parse_names(struct summary *summary, const struct json_token *names, size_t count,
                        const struct summary_field *set)
{
    for (size_t i = 0; i < count; i++) {
        struct summary_field *field;

        if (names[i].kind != JSON_KIND_STRING)
            return false;
        field = find_field(summary, names[i].string);
        if (field != NULL)
            *field = *set;
    }
    for (size_t i = 0; count == 0 && i < summary->model->field_count; i++)
        summary->fields[i] = *set;
    return true;
}

/* The elements of an array, as tokens; false if it is none. */
static bool parse_list(struct text json, struct arena *arena, struct json_token **tokens_out,
                       size_t *count_out)
{
    struct json_members members = {.most = SIZE_MAX};
    struct json_fault fault;

    if (json.len == 0 || json.ptr[0] != '[' ||
        !json_check(json, JSON_MAX_DEPTH, arena, &members, &fault))
        return false;
    *count_out = members.count;
    *tokens_out = ARENA_ARRAY(arena, members.count, struct json_token);
    for (size_t i = 0; i < members.count; i++)
        (*tokens_out)[i] = json_dom_token(members.items[i].raw_value, arena);
    return true;
}

static bool parse_setting(struct summary *summary, struct text list, struct arena *arena)
{
    struct summary_group *group = &summary->groups[summary->group_count];
    struct summary_field set;
    struct json_token *tokens;
    size_t count;
    bool hashed;

    if (!parse_list(list, arena, &tokens, &count) ||
        !parse_head(tokens, count, &set, group, &hashed))
        return false;
    set.group = (unsigned)++summary->group_count;
    if (hashed)
        group->count = (unsigned)(count > 3 ? count - 3 : summary->model->field_count);
    return parse_names(summary, tokens + 3, count - 3, &set);
}

enum rc summary_parse_fields(struct summary *summary, struct text fields, struct arena *arena,
                             struct fail *fail)
{
    struct json_token *lists;
    size_t count;

    if (!parse_list(fields, arena, &lists, &count))
        return corrupt(summary, fail);
    summary->groups = ARENA_ARRAY(arena, count, struct summary_group);
    summary->group_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!parse_setting(summary, lists[i].raw, arena))
            return corrupt(summary, fail);
    return RC_OK;
}
