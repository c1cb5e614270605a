#include "reject_print.h"

#include "json_check.h"
#include "json_write.h"
#include "terminal.h"

#define NOTHING TEXT_LITERAL("-")

static struct text moment_of(const struct reject *reject, struct arena *arena)
{
    char moment[TERMINAL_MOMENT_SIZE];

    terminal_moment(reject->time_ms, moment);
    return arena_text(arena, text_of(moment));
}

static struct text or_nothing(struct text text)
{
    return text.len > 0 ? text : NOTHING;
}

/* A string of the diff as it was written, without the quotes. A refused diff may lack anything. */
static struct text string_of(const struct reject *reject, const char *key, struct arena *arena)
{
    struct json_members members = {.most = SIZE_MAX};
    struct json_fault fault;

    if (!json_check(reject->diff, JSON_MAX_DEPTH, arena, &members, &fault))
        return NOTHING;
    for (size_t i = 0; i < members.count; i++) {
        struct text value = members.items[i].raw_value;

        if (text_is(members.items[i].raw_key, key) && value.ptr[0] == '"')
            return or_nothing((struct text){value.ptr + 1, value.len - 2});
    }
    return NOTHING;
}

static struct text owner_of(const struct reject *reject, struct arena *arena)
{
    (void)arena;
    return reject->owner;
}

static struct text id_of(const struct reject *reject, struct arena *arena)
{
    (void)arena;
    return reject->id;
}

static struct text model_of(const struct reject *reject, struct arena *arena)
{
    return string_of(reject, "model", arena);
}

static struct text type_of(const struct reject *reject, struct arena *arena)
{
    return string_of(reject, "type", arena);
}

static struct text code_of(const struct reject *reject, struct arena *arena)
{
    (void)arena;
    return text_of(fail_code_name(reject->code));
}

static struct text field_of(const struct reject *reject, struct arena *arena)
{
    (void)arena;
    return or_nothing(reject->field);
}

static struct text message_of(const struct reject *reject, struct arena *arena)
{
    (void)arena;
    return reject->message;
}

/* The message comes last: it is long. */
static const struct {
    const char *heading;
    struct text (*cell)(const struct reject *reject, struct arena *arena);
} COLUMNS[] = {
    {"WHEN", moment_of}, {"OWNER", owner_of}, {"ID", id_of},       {"MODEL", model_of},
    {"TYPE", type_of},   {"CODE", code_of},   {"FIELD", field_of}, {"MESSAGE", message_of},
};

struct table_row {
    struct text cells[ARRAY_LEN(COLUMNS)];
};

static void print_row(const struct table_row *row, const size_t widths[ARRAY_LEN(COLUMNS)])
{
    const size_t last = ARRAY_LEN(COLUMNS) - 1;

    for (size_t i = 0; i < last; i++)
        terminal_cell(stdout, row->cells[i], widths[i]);
    terminal_text(stdout, row->cells[last]);
    putchar('\n');
}

static void fill_rows(const struct reject *rejects, size_t count, struct arena *arena,
                      struct table_row *rows_out)
{
    for (size_t column = 0; column < ARRAY_LEN(COLUMNS); column++) {
        rows_out[0].cells[column] = text_of(COLUMNS[column].heading);
        for (size_t i = 0; i < count; i++)
            rows_out[i + 1].cells[column] = COLUMNS[column].cell(&rejects[i], arena);
    }
}

void reject_print_table(const struct reject *rejects, size_t count, struct arena *arena)
{
    struct table_row *rows = ARENA_ARRAY(arena, count + 1, struct table_row);
    size_t widths[ARRAY_LEN(COLUMNS)] = {0};

    if (count == 0)
        return;
    fill_rows(rejects, count, arena, rows);
    for (size_t i = 0; i <= count; i++)
        for (size_t column = 0; column < ARRAY_LEN(COLUMNS); column++) {
            size_t width = text_utf8_length(rows[i].cells[column]);

            widths[column] = width > widths[column] ? width : widths[column];
        }
    for (size_t i = 0; i <= count; i++)
        print_row(&rows[i], widths);
}

static void print_line(const char *name, struct text value)
{
    printf("%-9s", name);
    terminal_text(stdout, or_nothing(value));
    putchar('\n');
}

void reject_print_whole(const struct reject *reject)
{
    char moment[TERMINAL_MOMENT_SIZE];
    struct buf diff;

    terminal_moment(reject->time_ms, moment);
    print_line("id", reject->id);
    print_line("owner", reject->owner);
    print_line("when", text_of(moment));
    printf("%-9s%lld\n", "clock", (long long)reject->clock);
    print_line("request", reject->request_id);
    print_line("code", text_of(fail_code_name(reject->code)));
    print_line("field", reject->field);
    print_line("message", reject->message);
    print_line("detail", reject->detail);
    buf_init(&diff, reject->diff.len + 1);
    json_write_compact(&diff, reject->diff);
    print_line("diff", buf_text(&diff));
    buf_release(&diff);
}

static void add_member(struct buf *line, const char *key, struct text value)
{
    if (value.len == 0)
        return;
    buf_printf(line, "\"%s\":", key);
    json_write_string(line, value);
    buf_add_char(line, ',');
}

/* Bytes of the line at most: an escape has six. */
static size_t json_bound(const struct reject *reject)
{
    size_t strings = reject->owner.len + reject->id.len + reject->request_id.len +
                     reject->message.len + reject->field.len + reject->detail.len;

    return 6 * strings + reject->diff.len + 512;
}

void reject_print_json(const struct reject *reject)
{
    char moment[TERMINAL_MOMENT_SIZE];
    struct buf line;

    terminal_moment(reject->time_ms, moment);
    buf_init(&line, json_bound(reject));
    buf_add_char(&line, '{');
    add_member(&line, "owner", reject->owner);
    add_member(&line, "id", reject->id);
    add_member(&line, "time", text_of(moment));
    buf_printf(&line, "\"clock\":%lld,", (long long)reject->clock);
    add_member(&line, "request_id", reject->request_id);
    add_member(&line, "code", text_of(fail_code_name(reject->code)));
    add_member(&line, "field", reject->field);
    add_member(&line, "message", reject->message);
    add_member(&line, "detail", reject->detail);
    buf_add_str(&line, "\"diff\":");
    json_write_compact(&line, reject->diff);
    buf_add_char(&line, '}');
    printf("%s\n", line.data);
    buf_release(&line);
}
