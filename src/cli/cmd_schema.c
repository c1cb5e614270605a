/* mobync schema: prints or applies the plan of the schema room, or the privileges it needs. */
#include <stdio.h>

#include "schema.h"
#include "options.h"
#include "settings.h"

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

static enum cli_status print_grants(const struct config *config)
{
    struct db_settings settings = settings_db(config);
    struct plan plan;
    struct arena arena;

    arena_init(&arena);
    schema_grants(&settings, &arena, &plan.statements, &plan.count);
    (void)print_plan(&plan);
    arena_release(&arena);
    return CLI_OK;
}

static enum cli_status run(const struct config *config, bool apply)
{
    struct db_settings settings = settings_db(config);
    struct plan plan = {.count = 0};
    struct fail fail = {0};
    enum cli_status status;
    struct arena arena;

    arena_init(&arena);
    if (schema_plan(&settings, &arena, &plan.statements, &plan.count, &fail) != RC_OK)
        status = command_failed(PROGRAM, &fail);
    else
        status = apply ? apply_plan(&settings, &plan) : print_plan(&plan);
    if (status == CLI_OK)
        status = note_admin(&settings, &arena);
    arena_release(&arena);
    return status;
}

enum cli_status cmd_schema(int argc, char **argv)
{
    bool apply = false, grants = false;
    const struct option_row rows[] = {
        {.name = "apply", .help = "run the SQL instead of printing it", .flag_out = &apply},
        {.name = "grants",
         .help =
             "print only the privileges that the account needs, and the procedure that it calls",
         .flag_out = &grants},
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "print the SQL that the configuration still needs; it only ever adds",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    struct config *config;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    if (apply && grants) {
        fprintf(stderr, PROGRAM ": --grants only prints: an administrator must run the SQL\n");
        return CLI_USAGE;
    }
    config = settings_load(read.config_path);
    if (config == NULL)
        return CLI_FAILED;
    status = grants ? print_grants(config) : run(config, apply);
    config_free(config);
    return status;
}
