/* mobync forget: deletes everything that is kept of an owner, in transactions of bounded size. Run
 * again, it goes on where it was ended: the owner's clock goes last. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli_context.h"
#include "plural.h"
#include "progress.h"
#include "schema.h"

#define PROGRAM "mobync forget"

/* Of one transaction. */
#define ROWS_MAX ((size_t)1000)
/* How often a transaction that met passing trouble begins again, and what it waits before. */
#define TRIES_MAX 10u
#define WAIT_NS   200000000L
/* Devices that sync meanwhile leave something new behind. */
#define ROUNDS_MAX 3u

struct args {
    const char *owner;
    bool rows;
    bool check;
};

struct forgetting {
    struct synchronizer *s;
    struct text owner;
    struct owner_table_list tables;
    bool rows; /* of mapped tables, too */
    struct progress progress;
    uint64_t done;
};

static bool is_meant(const struct forgetting *forgetting, const struct owner_table *table)
{
    return forgetting->rows || table->model == NULL;
}

static enum rc forget_some(const struct forgetting *forgetting, const struct owner_table *table,
                           size_t *count_out, struct fail *fail)
{
    const struct timespec wait = {.tv_nsec = WAIT_NS};
    struct synchronizer *s = forgetting->s;
    enum rc rc = RC_RETRY;

    for (unsigned tries = 0; rc == RC_RETRY && tries < TRIES_MAX; tries++) {
        if (tries > 0)
            nanosleep(&wait, NULL);
        rc = s->ops->owner_data->forget(s, forgetting->owner, table, ROWS_MAX, count_out, fail);
    }
    return rc;
}

static enum rc forget_table(struct forgetting *forgetting, const struct owner_table *table,
                            struct fail *fail)
{
    size_t count = ROWS_MAX;
    enum rc rc = RC_OK;

    while (rc == RC_OK && count == ROWS_MAX) {
        rc = forget_some(forgetting, table, &count, fail);
        forgetting->done += rc == RC_OK ? count : 0;
        progress_show(&forgetting->progress, "rows", forgetting->done, 0);
    }
    return rc;
}

static enum rc forget_tables(struct forgetting *forgetting, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < forgetting->tables.count; i++)
        if (is_meant(forgetting, &forgetting->tables.items[i]))
            rc = forget_table(forgetting, &forgetting->tables.items[i], fail);
    return rc;
}

typedef void show_count(const struct owner_table *table, int64_t count);

/* What is left, as one snapshot has it. */
static enum rc count_tables(struct forgetting *forgetting, show_count *show, int64_t *total_out,
                            struct fail *fail)
{
    struct synchronizer *s = forgetting->s;
    int64_t clock;
    enum rc rc = s->ops->begin_snapshot(s, forgetting->owner, &clock, fail);

    *total_out = 0;
    for (size_t i = 0; rc == RC_OK && i < forgetting->tables.count; i++) {
        const struct owner_table *table = &forgetting->tables.items[i];
        int64_t count = 0;

        if (!is_meant(forgetting, table))
            continue;
        rc = s->ops->owner_data->count(s, forgetting->owner, table, &count, fail);
        *total_out += count;
        if (show != NULL && count > 0)
            show(table, count);
    }
    s->ops->rollback(s);
    return rc;
}

static void print_count(const struct owner_table *table, int64_t count)
{
    printf("%.*s: %lld row%s\n", TEXT_ARG(table->name), (long long)count, plural((uint64_t)count));
}

static enum rc forget_all(struct forgetting *forgetting, int64_t *left_out, struct fail *fail)
{
    enum rc rc = RC_OK;

    *left_out = 1;
    for (unsigned round = 0; rc == RC_OK && *left_out > 0 && round < ROUNDS_MAX; round++) {
        rc = forget_tables(forgetting, fail);
        if (rc == RC_OK)
            rc = count_tables(forgetting, NULL, left_out, fail);
    }
    return rc;
}

static void add_verb(const struct cli_context *context, const struct owner_table *table)
{
    const struct db_settings settings = settings_db(context->config);
    const struct text account = schema_account(&settings, context->arena);

    fprintf(stderr, "    GRANT SELECT, UPDATE, DELETE ON `%s`.`%.*s` TO %.*s;\n",
            context->config->database.name.ptr, TEXT_ARG(table->name), TEXT_ARG(account));
}

/* The account that serves has no need to delete most of this. */
static void print_remedy(const struct cli_context *context, const struct forgetting *forgetting,
                         enum rc rc)
{
    if (rc == RC_REJECTED) {
        fprintf(stderr, PROGRAM ": delete the rows that refer to it first, and run the command "
                                "again; what is deleted already stays deleted\n");
        return;
    }
    if (rc != RC_FATAL)
        return;
    fprintf(stderr, PROGRAM ": if the account lacks the privilege, give --config a copy of the "
                            "configuration with the user of an administrator, or grant:\n");
    for (size_t i = 0; i < forgetting->tables.count; i++)
        if (is_meant(forgetting, &forgetting->tables.items[i]))
            add_verb(context, &forgetting->tables.items[i]);
}

static enum cli_status run_forget(const struct cli_context *context, struct forgetting *forgetting)
{
    struct fail fail = {0};
    int64_t left = 0;
    enum rc rc;

    progress_begin(&forgetting->progress, PROGRAM, false);
    rc = forget_all(forgetting, &left, &fail);
    progress_end(&forgetting->progress);
    if (rc != RC_OK) {
        if (fail.moved)
            return cli_failed(context, rc, &fail);
        command_failed(PROGRAM, &fail);
        print_remedy(context, forgetting, rc);
        return CLI_FAILED;
    }
    printf("%llu row%s deleted\n", (unsigned long long)forgetting->done, plural(forgetting->done));
    if (left == 0)
        return CLI_OK;
    fprintf(stderr,
            PROGRAM ": devices of this owner still sync: revoke their tokens or disable the "
                    "login, and run the command again\n");
    return CLI_FAILED;
}

static enum cli_status run_check(const struct cli_context *context, struct forgetting *forgetting)
{
    struct fail fail = {0};
    int64_t total = 0;
    enum rc rc = count_tables(forgetting, print_count, &total, &fail);

    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    if (total > 0)
        return CLI_FAILED;
    printf("nothing is kept of this owner%s\n",
           forgetting->rows ? "" : " in the server's own tables");
    return CLI_OK;
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct forgetting forgetting = {
        .s = context->synchronizer,
        .owner = text_of(args->owner),
        .rows = args->rows,
    };
    struct fail fail = {0};
    enum rc rc = forgetting.s->ops->owner_data->tables(forgetting.s, context->arena,
                                                       &forgetting.tables, &fail);

    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    return args->check ? run_check(context, &forgetting) : run_forget(context, &forgetting);
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    return cli_check_owner(program, args->owner);
}

enum cli_status cmd_forget(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "whose data to delete", &args.owner),
        OPTION_FLAG("rows", "the rows of the mapped tables, too", &args.rows),
        OPTION_FLAG("check", "delete nothing: count what is there, and fail if anything is",
                    &args.check),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "delete everything that is kept of an owner: the history, known ids, rejected "
                 "diffs, tokens and the clock",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
