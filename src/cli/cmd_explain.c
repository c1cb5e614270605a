/* mobync explain: asks explain.h about an object or an owner, and prints it in one of the two forms
 * of explain_print.h. */
#include <stdio.h>
#include <unistd.h>

#include "cli_context.h"
#include "explain_print.h"

#define PROGRAM "mobync explain"

struct args {
    const char *owner;
    const char *model; /* NULL: a summary of the owner */
    const char *id;
    const char *clock_option;
    int64_t clock;
    bool json;
};

static const struct explain_form *form_of(const struct args *args)
{
    return args->json ? &explain_form_json : &explain_form_table;
}

static enum cli_status print_object(const struct cli_context *context, const struct args *args,
                                    struct explain_page *page)
{
    const struct explain_object_query query = {
        .object = page->object,
        .clock = args->clock,
        .clock_skew_ms = context->config->clock_skew_ms,
        .show = form_of(args)->show,
        .context = page,
    };
    struct explain_object object;
    struct fail fail = {0};
    enum rc rc = explain_object(context->synchronizer, &query, context->arena, &object, &fail);

    progress_end(&page->progress);
    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    form_of(args)->object(page, &object);
    return CLI_OK;
}

static void report_progress(void *context, const char *what, uint64_t done)
{
    struct explain_page *page = context;

    progress_show(&page->progress, what, done, 0);
}

static enum cli_status print_owner(const struct cli_context *context, const struct args *args,
                                   struct explain_page *page)
{
    const struct explain_owner_query query = {
        .owner = page->owner,
        .clock = args->clock,
        .clock_skew_ms = context->config->clock_skew_ms,
        .limit = http_held_history,
        .progress = report_progress,
        .context = page,
    };
    struct explain_owner owner;
    struct fail fail = {0};
    enum rc rc = explain_owner(context->synchronizer, &query, context->arena, &owner, &fail);

    progress_end(&page->progress);
    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    form_of(args)->owner(page, &owner);
    return CLI_OK;
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct explain_page page = {.owner = text_of(args->owner), .clock = args->clock};
    enum cli_status status;

    page.object = (struct inspect_object){.owner = page.owner, .id = text_of(args->id)};
    if (args->model != NULL) {
        page.object.model = cli_find_model(context, args->model);
        if (page.object.model == NULL)
            return CLI_FAILED;
    }
    explain_page_init(&page);
    /* Rows that appear on the same terminal show the progress themselves. */
    progress_begin(&page.progress, PROGRAM, args->model != NULL && isatty(STDOUT_FILENO) != 0);
    status = args->model != NULL ? print_object(context, args, &page)
                                 : print_owner(context, args, &page);
    explain_page_release(&page);
    return status;
}

static enum cli_status check_object(const struct args *args)
{
    if ((args->model == NULL) == (args->id == NULL) && (args->id == NULL || args->id[0] != '\0'))
        return CLI_GO_ON;
    fprintf(stderr, PROGRAM ": one object takes both --model and --id; give neither for all of the "
                            "owner's\n");
    return CLI_USAGE;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;
    enum cli_status status = cli_check_owner(program, args->owner);

    (void)read;
    if (status == CLI_GO_ON)
        status = check_object(args);
    return status == CLI_GO_ON ? cli_read_clock(program, args->clock_option, &args->clock) : status;
}

enum cli_status cmd_explain(int argc, char **argv)
{
    struct args args = {.clock = EXPLAIN_NO_CLOCK};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "whose data to explain", &args.owner),
        OPTION_VALUE("model", "MODEL", "the model of one object", &args.model),
        OPTION_VALUE("id", "ID", "the id of that object", &args.id),
        OPTION_VALUE("clock", "CLOCK", "include what a device at this logical clock would receive",
                     &args.clock_option),
        OPTION_FLAG("json", "print one JSON document", &args.json),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "explain what became of an object, or of all objects of an owner, and why; change "
                 "nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
