/* mobync history: an object's diffs in their order, from whom each is, and what the object was
 * then. Each form is a function for each diff, and one for the end. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli_context.h"
#include "diff_print.h"
#include "history.h"
#include "json_print.h"
#include "progress.h"
#include "terminal.h"

#define PROGRAM "mobync history"

/* Rows that are aligned with each other. */
#define TABLE_ROWS      500u
#define LINE_MAX_BYTES  ((size_t)1024 * 1024 * 1024)
#define STATE_MAX_BYTES ((size_t)4096)

struct args {
    const char *owner;
    const char *model;
    const char *id;
    bool json;
};

struct page {
    struct inspect_object object;
    struct progress progress;
    uint64_t shown;
    struct table table;
    struct buf text; /* a line of JSON, or a cell */
};

static const struct table_column COLUMNS[] = {
    {"CLOCK", 20, true},
    {"SEQ", 10, true},
    {"CLIENT TIMESTAMP", 30, false},
    {"MS", 20, true},
    {"TYPE", 6, false},
    {"FROM", 8, false},
    {"ID", DIFF_PRINT_ID_WIDTH, false},
    {"SETS", 100, false},
    {"THE OBJECT THEN", 200, false},
};

/* Nothing but the end of it is kept. */
static void print_folded(const struct explain_history *history)
{
    const struct summary *summary = history->summary;
    char moment[TERMINAL_TIME_MS_SIZE];

    if (history->horizon.compacted_below > 0)
        printf("kept     since clock %" PRId64 ": older diffs are folded, without their values\n",
               history->horizon.compacted_below);
    if (summary == NULL)
        return;
    printf("before   ");
    if (summary->created_clock != SUMMARY_NEVER) {
        terminal_time_ms(summary->created_ms, moment);
        printf("created at clock %" PRId64 " (%s), ", summary->created_clock, moment);
    }
    if (!summary_lives(summary)) {
        terminal_time_ms(summary->deleted_ms, moment);
        printf("deleted at clock %" PRId64 " (%s)\n", summary->deleted_clock, moment);
        return;
    }
    printf("changed last at clock %" PRId64 "\n", summary->last_clock);
}

static void print_head(const struct page *page, const struct explain_history *history)
{
    printf("object   ");
    terminal_text(stdout, page->object.id);
    printf(" of model ");
    terminal_text(stdout, page->object.model->name);
    printf(", owner ");
    terminal_text(stdout, page->object.owner);
    printf("\nclock    the owner's next one is %" PRId64 "\n", history->next_clock);
    printf("diffs    %" PRId64 " kept about the object\n", history->diff_count);
    print_folded(history);
    if (history->diff_count > 0)
        putchar('\n');
}

/* Fields in the order of the model. */
static void add_state(struct table *table, const struct explain_past *past, struct buf *cell)
{
    if (past->state == EXPLAIN_DELETED) {
        table_cell(table, TEXT_LITERAL("deleted"));
        return;
    }
    buf_clear(cell);
    for (size_t i = 0; i < past->model->field_count && cell->len < STATE_MAX_BYTES; i++) {
        const struct explain_past_field *field = &past->fields[i];

        if (!field->known)
            continue;
        if (cell->len > 0)
            buf_add_char(cell, ' ');
        buf_add_text(cell, past->model->fields[i].name);
        buf_add_char(cell, '=');
        buf_add_text(cell, buf_text(&field->json));
    }
    if (!past->whole)
        buf_add_str(cell, cell->len > 0 ? " …" : "…");
    table_cell(table, buf_text(cell));
}

static void show_row(void *context, const struct explain_step *step)
{
    struct page *page = context;
    struct table *table = &page->table;

    if (page->shown++ == 0)
        print_head(page, step->so_far);
    table_row(table);
    table_integer(table, step->place.clock);
    table_integer(table, step->place.seq);
    diff_print_time(table, step->diff->time_ms);
    table_cell(table, text_of(diff_type_name(step->diff->type)));
    table_cell(table, text_of(explain_origin_name(step->origin)));
    table_cell(table, step->diff->id);
    diff_print_fields(table, step->diff);
    add_state(table, step->past, &page->text);
    if (page->shown % TABLE_ROWS == 0)
        table_print(table);
    progress_show(&page->progress, "diffs", page->shown, (uint64_t)step->so_far->diff_count);
}

/* Whether what is kept begins with the object, as far as it can be told. */
static bool begins_before(const struct explain_history *history)
{
    if (history->summary != NULL)
        return true;
    return history->diff_count > 0 ? history->first_type != DIFF_CREATE : history->row_live;
}

static void end_table(struct page *page, const struct explain_history *history,
                      const struct explain_past *past)
{
    (void)past;
    if (page->shown == 0)
        print_head(page, history);
    table_print(&page->table);
    printf("\nrow      %s table %.*s\n", history->row_live ? "there, in" : "not there, in",
           TEXT_ARG(page->object.model->table));
    if (!begins_before(history) || history->summary != NULL)
        return;
    if (history->diff_count > 0)
        printf("before   the object is older than clock %" PRId64
               ": of what it was before, no diff is kept\n",
               history->first.clock);
    else
        printf("before   no diff about the object is kept\n");
}

static void add_moment(struct buf *json, const char *clock_key, const char *time_key, int64_t clock,
                       int64_t time_ms)
{
    if (clock == SUMMARY_NEVER)
        return;
    json_print_integer(json, clock_key, clock);
    json_print_integer(json, time_key, time_ms);
}

/* What is left of diffs that are folded. */
static void add_summary(struct buf *json, const struct summary *summary)
{
    json_print_key(json, "folded");
    if (summary == NULL) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    json_print_integer(json, "last_clock", summary->last_clock);
    add_moment(json, "created_clock", "created_timestamp", summary->created_clock,
               summary->created_ms);
    add_moment(json, "deleted_clock", "deleted_timestamp", summary->deleted_clock,
               summary->deleted_ms);
    buf_add_char(json, '}');
}

static void begin_document(struct page *page, const struct explain_history *history)
{
    struct buf *json = &page->text;

    buf_add_char(json, '{');
    json_print_text(json, "owner", page->object.owner);
    json_print_text(json, "model", page->object.model->name);
    json_print_text(json, "id", page->object.id);
    json_print_integer(json, "next_clock", history->next_clock);
    json_print_integer(json, "compacted_below", history->horizon.compacted_below);
    add_summary(json, history->summary);
    json_print_key(json, "diffs");
    buf_add_char(json, '[');
}

static void add_object(struct buf *json, const struct explain_past *past)
{
    json_print_key(json, "object");
    if (past->state != EXPLAIN_LIVE) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    for (size_t i = 0; i < past->model->field_count; i++)
        if (past->fields[i].known)
            json_print_raw(json, past->model->fields[i].name.ptr, buf_text(&past->fields[i].json));
    buf_add_char(json, '}');
}

static void show_json(void *context, const struct explain_step *step)
{
    struct page *page = context;
    struct buf *json = &page->text;
    const struct diff *diff = step->diff;
    char moment[TERMINAL_TIME_MS_SIZE];

    if (page->shown++ == 0)
        begin_document(page, step->so_far);
    else
        buf_add_char(json, ',');
    terminal_time_ms(diff->time_ms, moment);
    buf_add_char(json, '{');
    json_print_integer(json, "logical_clock", step->place.clock);
    json_print_integer(json, "seq", step->place.seq);
    json_print_integer(json, "utc_timestamp", diff->time_ms);
    json_print_text(json, "time", text_of(moment));
    json_print_text(json, "type", text_of(diff_type_name(diff->type)));
    json_print_text(json, "from", text_of(explain_origin_name(step->origin)));
    json_print_text(json, "id", diff->id);
    json_print_raw(json, "json_data", diff->json_data);
    json_print_raw(json, "field_times", diff->field_times);
    add_object(json, step->past);
    json_print_bool(json, "whole", step->past->whole);
    buf_add_char(json, '}');
    json_print_flush(json);
    progress_show(&page->progress, "diffs", page->shown, (uint64_t)step->so_far->diff_count);
}

static void end_json(struct page *page, const struct explain_history *history,
                     const struct explain_past *past)
{
    struct buf *json = &page->text;

    if (page->shown == 0)
        begin_document(page, history);
    buf_add_str(json, "],");
    json_print_text(json, "state", text_of(explain_state_name(past->state)));
    json_print_bool(json, "row", history->row_live);
    json_print_bool(json, "begins_before", begins_before(history));
    buf_add_str(json, "}\n");
    json_print_flush(json);
}

static const struct form {
    void (*show)(void *context, const struct explain_step *step);
    void (*end)(struct page *page, const struct explain_history *history,
                const struct explain_past *past);
} FORMS[] = {
    [false] = {show_row, end_table},
    [true] = {show_json, end_json},
};

static enum cli_status print(const struct cli_context *context, const struct form *form,
                             struct page *page)
{
    const struct explain_history_query query = {
        .object = page->object,
        .until = EXPLAIN_NOW,
        .show = form->show,
        .context = page,
    };
    struct explain_history history;
    struct explain_past past;
    struct fail fail = {0};
    enum rc rc;

    explain_past_init(&past, page->object.model);
    rc = explain_history(context->synchronizer, &query, context->arena, &past, &history, &fail);
    progress_end(&page->progress);
    if (rc == RC_OK)
        form->end(page, &history, &past);
    explain_past_release(&past);
    return rc == RC_OK ? CLI_OK : cli_failed(context, rc, &fail);
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct page page = {.object = {.owner = text_of(args->owner), .id = text_of(args->id)}};
    enum cli_status status;

    page.object.model = cli_find_model(context, args->model);
    if (page.object.model == NULL)
        return CLI_FAILED;
    table_init(&page.table, COLUMNS, ARRAY_LEN(COLUMNS));
    buf_init(&page.text, LINE_MAX_BYTES);
    progress_begin(&page.progress, PROGRAM, isatty(STDOUT_FILENO) != 0);
    status = print(context, &FORMS[args->json], &page);
    buf_release(&page.text);
    table_release(&page.table);
    return status;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;
    enum cli_status status = cli_check_owner(program, args->owner);

    (void)read;
    return status == CLI_GO_ON ? cli_check_object(program, args->model, args->id) : status;
}

enum cli_status cmd_history(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "whose object", &args.owner),
        OPTION_VALUE("model", "MODEL", "the model of the object", &args.model),
        OPTION_VALUE("id", "ID", "the id of the object", &args.id),
        OPTION_FLAG("json", "print one JSON document", &args.json),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print the diffs that are kept about an object, from whom each is, and what the "
                 "object was after it; change nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
