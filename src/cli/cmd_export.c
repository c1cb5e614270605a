/* mobync export: everything that is kept of an owner, as one snapshot has it, as lines of JSON. */
#include <stdio.h>
#include <unistd.h>

#include "cli_context.h"
#include "json_print.h"
#include "json_write.h"
#include "progress.h"

#define PROGRAM "mobync export"

#define LINE_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct args {
    const char *owner;
};

struct output {
    struct buf line;
    struct progress progress;
    uint64_t rows;
};

static void add_cell(struct buf *json, const struct owner_cell *cell)
{
    json_write_string(json, cell->column);
    buf_add_char(json, ':');
    switch (cell->kind) {
    case OWNER_CELL_NULL:
        buf_add_str(json, "null");
        break;
    case OWNER_CELL_NUMBER:
        buf_add_text(json, cell->value);
        break;
    case OWNER_CELL_TEXT:
    case OWNER_CELL_HEX:
        json_write_string(json, cell->value);
        break;
    }
}

static enum rc print_row(void *context, const struct owner_row *row, struct fail *fail)
{
    struct output *output = context;
    struct buf *json = &output->line;

    buf_add_char(json, '{');
    json_print_text(json, "table", row->table->name);
    if (row->table->model != NULL)
        json_print_text(json, "model", row->table->model->name);
    json_print_key(json, "row");
    buf_add_char(json, '{');
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            buf_add_char(json, ',');
        add_cell(json, &row->cells[i]);
    }
    buf_add_str(json, "}}\n");
    if (json->overflow)
        return fail_fatal(fail, "a row of table %.*s is too large", TEXT_ARG(row->table->name));
    json_print_flush(json);
    progress_show(&output->progress, "rows", ++output->rows, 0);
    return RC_OK;
}

static enum rc print_tables(struct synchronizer *s, struct text owner,
                            const struct owner_table_list *tables, struct output *output,
                            struct fail *fail)
{
    int64_t clock;
    enum rc rc = s->ops->begin_snapshot(s, owner, &clock, fail);

    for (size_t i = 0; rc == RC_OK && i < tables->count; i++)
        rc = s->ops->owner_data->read(s, owner, &tables->items[i], print_row, output, fail);
    s->ops->rollback(s);
    return rc;
}

static enum cli_status export(const struct cli_context *context, const void *given) {
    const struct args *args = given; struct synchronizer *s = context->synchronizer;
    struct owner_table_list tables;
    struct output output = {.rows = 0};
    struct fail fail = {0};
    enum rc rc = s->ops->owner_data->tables(s, context->arena, &tables, &fail);

    buf_init(&output.line, LINE_MAX_BYTES);
    progress_begin(&output.progress, PROGRAM, isatty(STDOUT_FILENO) != 0);
    if (rc == RC_OK) rc = print_tables(s, text_of(args->owner), &tables, &output, &fail);
    progress_end(&output.progress);
    buf_release(&output.line);
    if (rc != RC_OK) return cli_failed(context, rc, &fail);
    if (output.rows == 0)
        fprintf(stderr, PROGRAM ": nothing is kept of '%s' (case counts)\n", args->owner);
    return CLI_OK;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    return cli_check_owner(program, args->owner);
}

enum cli_status cmd_export(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "whose data to print", &args.owner),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print everything that is kept of an owner, in the mapped tables and in the "
                 "server's own, one JSON object per line; change nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, export, &args}, argc, argv);
}
