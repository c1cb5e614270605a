/* mobync schema: prints or applies the plan of the schema room, or the privileges it needs. */
#include <stdio.h>

#include "cli_context.h"
#include "schema.h"

#define PROGRAM "mobync schema"

struct plan {
    struct text *statements;
    size_t count;
};

static enum cli_status print_plan(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        printf("%.*s;\n", TEXT_ARG(plan->statements[i]));
    if (plan->count == 0)
        fprintf(stderr, "-- nothing is needed: the database has all that the config names\n");
    return CLI_OK;
}

static struct text first_line(struct text t)
{
    const char *end = t.len == 0 ? NULL : memchr(t.ptr, '\n', t.len);

    return end == NULL ? t : (struct text){t.ptr, (size_t)(end - t.ptr)};
}

/* One statement at a time: what succeeded before a failure stays, and is reported. */
static enum cli_status apply_plan(const struct db_settings *settings, const struct plan *plan)
{
    struct fail fail = {0};

    for (size_t i = 0; i < plan->count; i++) {
        fprintf(stderr, PROGRAM ": %.*s\n", TEXT_ARG(first_line(plan->statements[i])));
        if (schema_apply(settings, &plan->statements[i], 1, &fail) != RC_OK)
            return command_failed(PROGRAM, &fail);
    }
    if (plan->count == 0)
        fprintf(stderr, PROGRAM ": nothing to do\n");
    else
        fprintf(stderr, PROGRAM ": done, %zu statement%s\n", plan->count,
                plan->count == 1 ? "" : "s");
    return CLI_OK;
}

/* Not in the plan: without it, recent writes cost more to tell of, and nothing else. */
static enum cli_status note_admin(const struct db_settings *settings, struct arena *arena)
{
    struct fail fail = {0};
    struct text sql;

    if (schema_plan_admin(settings, arena, &sql, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    if (sql.len > 0)
        fprintf(stderr, "-- this account may not; have an administrator run:\n-- %.*s;\n",
                TEXT_ARG(sql));
    return CLI_OK;
}

struct args {
    bool apply;
    bool grants;
};

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct db_settings settings = settings_db(context->config);
    struct plan plan = {.count = 0};
    struct fail fail = {0};
    enum cli_status status;

    if (args->grants) {
        schema_grants(&settings, context->arena, &plan.statements, &plan.count);
        return print_plan(&plan);
    }
    if (schema_plan(&settings, context->arena, &plan.statements, &plan.count, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    status = args->apply ? apply_plan(&settings, &plan) : print_plan(&plan);
    return status == CLI_OK ? note_admin(&settings, context->arena) : status;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    if (!args->apply || !args->grants)
        return CLI_GO_ON;
    fprintf(stderr, "%s: --grants only prints: an administrator must run the SQL\n", program);
    return CLI_USAGE;
}

enum cli_status cmd_schema(int argc, char **argv)
{
    struct args args = {.apply = false};
    const struct option_row rows[] = {
        OPTION_FLAG("apply", "run the SQL instead of printing it", &args.apply),
        OPTION_FLAG(
            "grants",
            "print only the privileges that the account needs, and the procedure that it calls",
            &args.grants),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print the SQL that the configuration still needs; it only ever adds",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
