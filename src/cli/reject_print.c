/* Kept rejects as a table, as lines "name value", and as JSON. A refused diff may be anything but
 * JSON of the right form, so what is read from it may be missing. */
#include "reject_print.h"

#include "json_check.h"
#include "json_print.h"
#include "json_write.h"
#include "table.h"
#include "terminal.h"

#define NOTHING TEXT_LITERAL("-")

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

/* The message comes last: it is long. */
static const struct table_column COLUMNS[] = {
    {"WHEN", SIZE_MAX, false},  {"OWNER", SIZE_MAX, false},   {"ID", SIZE_MAX, false},
    {"MODEL", SIZE_MAX, false}, {"TYPE", SIZE_MAX, false},    {"CODE", SIZE_MAX, false},
    {"FIELD", SIZE_MAX, false}, {"MESSAGE", SIZE_MAX, false},
};

static void add_row(struct table *table, const struct reject *reject, struct arena *arena)
{
    char moment[TERMINAL_TIME_SIZE];

    terminal_time(reject->time_ms, moment);
    table_row(table);
    table_cell(table, text_of(moment));
    table_cell(table, reject->owner);
    table_cell(table, reject->id);
    table_cell(table, string_of(reject, "model", arena));
    table_cell(table, string_of(reject, "type", arena));
    table_cell(table, text_of(fail_code_name(reject->code)));
    table_cell(table, or_nothing(reject->field));
    table_cell(table, reject->message);
}

void reject_print_table(const struct reject *rejects, size_t count, struct arena *arena)
{
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < count; i++)
        add_row(&table, &rejects[i], arena);
    table_print(&table);
    table_release(&table);
}

static void print_line(const char *name, struct text value)
{
    printf("%-9s", name);
    terminal_text(stdout, or_nothing(value));
    putchar('\n');
}

void reject_print_whole(const struct reject *reject)
{
    char moment[TERMINAL_TIME_SIZE];
    struct buf diff;

    terminal_time(reject->time_ms, moment);
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

static void add_present(struct buf *line, const char *key, struct text value)
{
    if (value.len > 0)
        json_print_text(line, key, value);
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
    char moment[TERMINAL_TIME_SIZE];
    struct buf line;

    terminal_time(reject->time_ms, moment);
    buf_init(&line, json_bound(reject));
    buf_add_char(&line, '{');
    add_present(&line, "owner", reject->owner);
    add_present(&line, "id", reject->id);
    json_print_text(&line, "time", text_of(moment));
    json_print_integer(&line, "clock", reject->clock);
    add_present(&line, "request_id", reject->request_id);
    json_print_text(&line, "code", text_of(fail_code_name(reject->code)));
    add_present(&line, "field", reject->field);
    add_present(&line, "message", reject->message);
    add_present(&line, "detail", reject->detail);
    json_print_raw(&line, "diff", reject->diff);
    buf_add_str(&line, "}\n");
    json_print_flush(&line);
    buf_release(&line);
}
