#include <stdio.h>
#include <unistd.h>

#include "explain_print.h"
#include "inquiry.h"
#include "edit_distance.h"
#include "options.h"

#define PROGRAM "mobync explain"

/* What the command was told. */
struct order {
    const char *owner;
    const char *model; /* NULL: a summary of the owner */
    const char *id;
    int64_t clock;
    const struct explain_form *form;
};

static const struct model *closest(const struct mapping *mapping, struct text name)
{
    const struct model *best = NULL;
    size_t best_distance = SIZE_MAX;

    for (size_t i = 0; i < mapping->model_count; i++) {
        size_t distance = edit_distance(mapping->models[i].name, name);

        if (distance < best_distance) {
            best = &mapping->models[i];
            best_distance = distance;
        }
    }
    return best;
}

static const struct model *find_model(const struct config *config, const char *name)
{
    const struct model *model = mapping_find(&config->mapping, text_of(name));
    const struct model *near = NULL;

    if (model != NULL)
        return model;
    near = closest(&config->mapping, text_of(name));
    fprintf(stderr, PROGRAM ": %s has no model '%s'", config->path.ptr, name);
    if (near != NULL)
        fprintf(stderr, ": did you mean '%s'?\n", near->name.ptr);
    else
        fprintf(stderr, ": its models stand under 'models:'\n");
    return NULL;
}

static enum cli_status print_object(const struct inquiry *inquiry, const struct order *order,
                                    struct explain_page *page)
{
    const struct explain_object_query query = {
        .object = page->object,
        .clock = order->clock,
        .clock_skew_ms = inquiry->config->clock_skew_ms,
        .show = order->form->show,
        .context = page,
    };
    struct explain_object object;
    struct fail fail = {0};
    enum rc rc = explain_object(inquiry->synchronizer, &query, inquiry->arena, &object, &fail);

    progress_end(&page->progress);
    if (rc != RC_OK)
        return inquiry_failed(inquiry, rc, &fail);
    order->form->object(page, &object);
    return CLI_OK;
}

static void tell_progress(void *context, const char *what, uint64_t done)
{
    struct explain_page *page = context;

    progress_tell(&page->progress, what, done, 0);
}

static enum cli_status print_owner(const struct inquiry *inquiry, const struct order *order,
                                   struct explain_page *page)
{
    const struct explain_owner_query query = {
        .owner = page->owner,
        .clock = order->clock,
        .clock_skew_ms = inquiry->config->clock_skew_ms,
        .limit = http_held_history,
        .progress = tell_progress,
        .context = page,
    };
    struct explain_owner owner;
    struct fail fail = {0};
    enum rc rc = explain_owner(inquiry->synchronizer, &query, inquiry->arena, &owner, &fail);

    progress_end(&page->progress);
    if (rc != RC_OK)
        return inquiry_failed(inquiry, rc, &fail);
    order->form->owner(page, &owner);
    return CLI_OK;
}

static enum cli_status work(const struct inquiry *inquiry, const void *context)
{
    const struct order *order = context;
    struct explain_page page = {.owner = inquiry->owner, .clock = order->clock};
    enum cli_status status;

    page.object = (struct inspect_object){.owner = inquiry->owner, .id = text_of(order->id)};
    if (order->model != NULL) {
        page.object.model = find_model(inquiry->config, order->model);
        if (page.object.model == NULL)
            return CLI_FAILED;
    }
    explain_page_init(&page);
    /* Rows that appear on the same terminal say enough. */
    progress_begin(&page.progress, PROGRAM, order->model != NULL && isatty(STDOUT_FILENO) != 0);
    status = order->model != NULL ? print_object(inquiry, order, &page)
                                  : print_owner(inquiry, order, &page);
    explain_page_release(&page);
    return status;
}

static enum cli_status check_object(const struct order *order)
{
    if ((order->model == NULL) == (order->id == NULL) &&
        (order->id == NULL || order->id[0] != '\0'))
        return CLI_GO_ON;
    fprintf(stderr, PROGRAM ": an object takes both --model and --id; without both it is about all "
                            "of the owner's\n");
    return CLI_USAGE;
}

enum cli_status cmd_explain(int argc, char **argv)
{
    struct order order = {.clock = EXPLAIN_NO_CLOCK};
    const char *clock = NULL;
    bool json = false;
    const struct option_row rows[] = {
        {.name = "owner", .argument = "OWNER", .help = "whose data", .value_out = &order.owner},
        {.name = "model",
         .argument = "MODEL",
         .help = "one object: its model",
         .value_out = &order.model},
        {.name = "id", .argument = "ID", .help = "… and its id", .value_out = &order.id},
        {.name = "clock",
         .argument = "CLOCK",
         .help = "what a device at this logical clock would be sent",
         .value_out = &clock},
        {.name = "json", .help = "one JSON document", .flag_out = &json},
    };
    const struct options options = {
        .program = PROGRAM,
        .about =
            "tells what became of an object, or of all of an owner's, and why; changes nothing",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON)
        status = inquiry_owner(PROGRAM, order.owner);
    if (status == CLI_GO_ON)
        status = check_object(&order);
    if (status == CLI_GO_ON)
        status = inquiry_clock(PROGRAM, clock, &order.clock);
    if (status != CLI_GO_ON)
        return status;
    order.form = json ? &explain_form_json : &explain_form_table;
    return inquiry_run(PROGRAM, read.config_path, order.owner, work, &order);
}
