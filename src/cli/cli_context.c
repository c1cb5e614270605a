/* Reads the options, loads the config, lends it with a synchronizer and an arena to a command's
 * work, and frees all of it: cli_run() is the entry point. */
#include "cli_context.h"

#include <stdio.h>
#include <time.h>

#include "edit_distance.h"

enum cli_status cli_check_owner(const char *program, const char *owner)
{
    if (owner != NULL && auth_owner_valid(text_of(owner)))
        return CLI_GO_ON;
    fprintf(stderr, "%s: give --owner, 1 to %zu bytes of UTF-8\n", program, OWNER_MAX_BYTES);
    return CLI_USAGE;
}

enum cli_status cli_check_object(const char *program, const char *model, const char *id)
{
    if (model != NULL && id != NULL && id[0] != '\0')
        return CLI_GO_ON;
    fprintf(stderr, "%s: give --model and --id of the object\n", program);
    return CLI_USAGE;
}

enum cli_status cli_read_clock(const char *program, const char *clock, int64_t *clock_out)
{
    uint64_t number;

    if (clock == NULL)
        return CLI_GO_ON;
    if (text_to_uint(text_of(clock), (uint64_t)DIFF_INTEGER_MAX, &number)) {
        *clock_out = (int64_t)number;
        return CLI_GO_ON;
    }
    fprintf(stderr, "%s: --clock %s: give the device's logical clock, an integer from 0\n", program,
            clock);
    return CLI_USAGE;
}

const struct model *cli_find_model(const struct cli_context *context, const char *name)
{
    const struct mapping *mapping = &context->config->mapping;
    const struct model *model = mapping_find(mapping, text_of(name));
    struct edit_nearest nearest = edit_nearest_to(text_of(name));

    if (model != NULL)
        return model;
    for (size_t i = 0; i < mapping->model_count; i++)
        edit_nearest_try(&nearest, mapping->models[i].name.ptr);
    fprintf(stderr, "%s: %s has no model '%s'", context->program, context->config->path.ptr, name);
    if (nearest.name != NULL)
        fprintf(stderr, ": did you mean '%s'?\n", nearest.name);
    else
        fprintf(stderr, ": its models are listed under 'models:'\n");
    return NULL;
}

static enum cli_status with_config(const struct cli_task *task, const struct config *config)
{
    struct db_settings settings = settings_db(config);
    struct synchronizer *s = db_synchronizer_new(&settings);
    enum cli_status status;
    struct arena arena;

    arena_init(&arena);
    status = task->work(
        &(struct cli_context){
            .program = task->options.program, .config = config, .synchronizer = s, .arena = &arena},
        task->args);
    db_synchronizer_free(s);
    arena_release(&arena);
    return status;
}

enum cli_status cli_run(const struct cli_task *task, int argc, char **argv)
{
    struct options_read read;
    struct config *config;
    enum cli_status status = options_parse(&task->options, argc, argv, &read);

    if (status == CLI_GO_ON && task->check != NULL)
        status = task->check(task->options.program, &read, task->args);
    if (status != CLI_GO_ON)
        return status;
    config = settings_load(read.config_path);
    if (config == NULL)
        return CLI_FAILED;
    status = with_config(task, config);
    config_free(config);
    return status;
}

/* What is fatal is mostly a table that is missing. */
void cli_print_remedy(const struct cli_context *context, enum rc rc)
{
    static const char fatal[] = "'mobync check' shows what the database lacks, and 'mobync schema "
                                "--apply' creates missing tables";
    static const char *const REMEDIES[] = {
        [RC_UNCERTAIN] = "it may have been done: 'mobync reject list' shows whether it was",
        [RC_FATAL] = fatal,
    };

    if (REMEDIES[rc] != NULL)
        fprintf(stderr, "%s: %s\n", context->program, REMEDIES[rc]);
}

void cli_wait_for_workers(void)
{
    struct timespec left = {.tv_sec = LINEAGE_FRESH_MS / 1000 + 1};
    int interrupted;

    do
        interrupted = nanosleep(&left, &left);
    while (interrupted != 0);
}

enum cli_status cli_failed(const struct cli_context *context, enum rc rc, const struct fail *fail)
{
    command_failed(context->program, fail);
    if (fail->moved)
        fprintf(stderr,
                "%s: this owner is on another shard, or on its way: 'mobync move-owner' with "
                "--owner alone says where\n",
                context->program);
    else
        cli_print_remedy(context, rc);
    return CLI_FAILED;
}
