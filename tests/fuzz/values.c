/* json_data → values and back: what is read, written again in any of the ways that the server has,
 * and read again, is the same; so is what a column gives back.
 *
 * Input: json_data, then perhaps a NUL and the stored field_times. */
#include "diff.h"
#include "diff_read.h"
#include "fuzz.h"
#include "json_write.h"

#define TIME_MS ((int64_t)1600000000000)

static struct diff diff_of(enum diff_type type, struct text json_data)
{
    return (struct diff){
        .id = TEXT_LITERAL("d1"),
        .owner = TEXT_LITERAL("alice"),
        .time_ms = TIME_MS,
        .type = type,
        .model = &fuzz_mapping(false)->models[0],
        .json_data = json_data,
    };
}

/* A list or json is text, and only its white space may change on the way. */
static bool same_text(const struct field *field, struct text a, struct text b)
{
    struct buf left, right;
    bool same;

    if (field->type != FIELD_LIST && field->type != FIELD_JSON)
        return text_equal(a, b);
    buf_init(&left, a.len);
    buf_init(&right, b.len);
    json_write_compact(&left, a);
    json_write_compact(&right, b);
    same = text_equal(buf_text(&left), buf_text(&right));
    buf_release(&left);
    buf_release(&right);
    return same;
}

static bool same_value(const struct field *field, const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT)
        return same_text(field, a->text, b->text);
    return value_equal(a, b);
}

static void expect_same(const struct diff *a, const struct diff *b, const char *promise)
{
    fuzz_check(text_equal(a->object_id, b->object_id) && a->field_count == b->field_count, promise);
    for (size_t i = 0; i < a->field_count; i++) {
        const struct field_value *left = &a->fields[i], *right = &b->fields[i];

        fuzz_check(left->field == right->field &&
                       same_value(left->field, &left->value, &right->value),
                   promise);
    }
}

static bool read_diff(struct diff *diff, bool ignore_unknown_fields, struct arena *arena)
{
    const struct diff_reading reading = {
        .ignore_unknown_fields = ignore_unknown_fields, .columns = fuzz_columns(), .arena = arena};
    struct fail fail = {0};
    enum rc rc = diff_read_json_data(diff, &reading, &fail);

    fuzz_check(rc == RC_OK || (rc == RC_REJECTED && fail.code == FAIL_INVALID_DATA),
               "json_data is right, or INVALID_DATA");
    fuzz_check(rc == RC_OK || fail.field[0] != '\0' || fail.message[0] != '\0',
               "what is refused is told why");
    return rc == RC_OK;
}

static void check_written(const struct diff *diff, const struct field_value *fields,
                          struct arena *arena, const char *promise)
{
    struct text json = diff_write_json_data(diff->object_id, fields, diff->field_count, arena);
    struct diff again = diff_of(diff->type, json);

    fuzz_check(fuzz_is_json(json), "json_data that we write is strict JSON");
    fuzz_check(read_diff(&again, false, arena), promise);
    expect_same(diff, &again, promise);
}

/* As if the values came from the row, where nobody knows how they were written. */
static void check_row(const struct diff *diff, struct arena *arena)
{
    struct field_value *fields = ARENA_ARRAY(arena, diff->field_count, struct field_value);

    for (size_t i = 0; i < diff->field_count; i++) {
        fields[i] = diff->fields[i];
        fields[i].value.json = (struct text){NULL, 0};
    }
    check_written(diff, fields, arena, "values written as from a row read back the same");
}

/* Through the column's own form. */
static void check_columns(const struct diff *diff, struct arena *arena)
{
    for (size_t i = 0; i < diff->field_count; i++) {
        const struct field_value *set = &diff->fields[i];
        const struct mapped_field at = column_of(fuzz_columns(), diff->model, set->field);
        const struct value raw = value_to_column(at, &set->value, arena);
        const struct value back = value_from_column(at, &raw, arena);

        fuzz_check(same_value(set->field, &set->value, &back),
                   "a value comes back from its column as it was");
        fuzz_check(fuzz_is_json(back.json), "a value from a column is strict JSON");
    }
}

/* Of a set whose members only the column knows, and of digits beyond 64 signed bits, the JSON is
 * what was stored; of the rest the value is, too. */
static void expect_same_stored(const struct diff *diff, const struct diff *stored)
{
    fuzz_check(diff->field_count == stored->field_count, "what was stored has its fields");
    for (size_t i = 0; i < diff->field_count; i++) {
        const struct field_value *left = &diff->fields[i], *right = &stored->fields[i];
        const bool by_json = left->field->type == FIELD_SET ||
                             (left->field->type == FIELD_INTEGER && left->value.kind == VALUE_TEXT);

        fuzz_check(left->field == right->field &&
                       (by_json ? text_equal(left->value.json, right->value.json)
                                : same_value(left->field, &left->value, &right->value)),
                   "what was stored reads back the same");
    }
}

static void check_stored(const struct diff *diff, struct arena *arena)
{
    struct diff stored = *diff;
    struct fail fail;

    for (size_t i = 0; i < diff->field_count; i++)
        diff->fields[i].time_ms = TIME_MS + (int64_t)(diff->fields[i].value.json.len % 3);
    stored.field_times =
        diff_write_field_times(diff->fields, diff->field_count, diff->time_ms, arena);
    fuzz_check(diff_parse_stored(&stored, arena, &fail) == RC_OK, "what was stored can be read");
    expect_same_stored(diff, &stored);
    for (size_t i = 0; i < diff->field_count; i++)
        fuzz_check(stored.fields[i].time_ms == diff->fields[i].time_ms,
                   "a field's own time reads back the same");
}

static void check_accepted(struct diff *diff, struct arena *arena)
{
    struct diff again = diff_of(diff->type, diff->json_data);

    fuzz_check(diff->object_id.len > 0 && diff->object_id.len <= DIFF_ID_MAX_BYTES,
               "an id has 1 to 128 bytes");
    fuzz_check(fuzz_is_json(diff->json_data), "json_data that we accept is strict JSON");
    fuzz_check(diff->type != DIFF_DELETE || diff->field_count == 0, "a delete has no fields");
    if (diff->type == DIFF_DELETE)
        return;
    fuzz_check(read_diff(&again, false, arena),
               "json_data that is kept holds no field that the model lacks");
    expect_same(diff, &again, "json_data that is kept says what was read");
    check_written(diff, diff->fields, arena, "values as they were written read back the same");
    check_row(diff, arena);
    check_columns(diff, arena);
    check_stored(diff, arena);
}

/* Whatever stands in the diff table: read, or called corrupt. */
static void check_table(enum diff_type type, struct text json_data, struct text field_times,
                        struct arena *arena)
{
    struct diff diff = diff_of(type, json_data);
    struct fail fail = {0};
    enum rc rc;

    diff.field_times = field_times;
    rc = diff_parse_stored(&diff, arena, &fail);
    fuzz_check(rc == RC_OK || rc == RC_FATAL, "a stored diff can be read, or is corrupt");
    if (rc == RC_OK)
        for (size_t i = 0; i < diff.field_count; i++)
            fuzz_check(diff.fields[i].time_ms >= 0 && diff.fields[i].time_ms <= DIFF_INTEGER_MAX,
                       "a field's own time is a time");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *split = size > 0 ? memchr(data, '\0', size) : NULL;
    struct text input = {(const char *)data, size};
    struct text json_data, field_times = {NULL, 0};
    struct arena arena;

    arena_init(&arena);
    if (split != NULL) {
        field_times = (struct text){split + 1, size - 1 - (size_t)(split - input.ptr)};
        input.len = (size_t)(split - input.ptr);
    }
    json_data = arena_text(&arena, input);
    for (unsigned type = DIFF_CREATE; type < DIFF_TYPES; type++) {
        for (unsigned ignoring = 0; ignoring < 2; ignoring++) {
            struct diff diff = diff_of((enum diff_type)type, json_data);

            if (read_diff(&diff, ignoring == 1, &arena))
                check_accepted(&diff, &arena);
        }
        check_table((enum diff_type)type, json_data, field_times, &arena);
    }
    arena_release(&arena);
    return 0;
}
