/* mobync schema: prints or applies the plan of the schema room, or the privileges it needs; takes
 * the triggers out again. */
#include <stdio.h>

#include "cli_context.h"
#include "plural.h"
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
        fprintf(stderr, PROGRAM ": done, %zu statement%s\n", plan->count, plural(plan->count));
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

/* Statements inside a trigger end with a semicolon, too. */
static void print_step(FILE *to, const struct schema_step *step)
{
    if (step->kind == SCHEMA_STEP_CREATE)
        fprintf(to, "DELIMITER ;;\n%.*s;;\nDELIMITER ;\n", TEXT_ARG(step->sql));
    else
        fprintf(to, "%.*s;\n", TEXT_ARG(step->sql));
}

static void note_waiting(const struct schema_steps *steps)
{
    if (steps->waiting > 0)
        fprintf(stderr,
                "-- %zu table%s not as the configuration needs %s yet: run this SQL, then "
                "`" PROGRAM "` again for the triggers\n",
                steps->waiting, steps->waiting == 1 ? " is" : "s are",
                steps->waiting == 1 ? "it" : "them");
}

static void report_refused(const struct cli_context *context, const struct schema_steps *refused)
{
    if (refused->count == 0)
        return;
    fprintf(stderr,
            "-- this account may not; what other SQL writes reaches no device until an "
            "administrator has run this,\n-- for example by `" PROGRAM " -c %s | mariadb %s` (with "
            "a binary log, triggers take SUPER):\n",
            context->config->path.ptr, context->config->database.name.ptr);
    for (size_t i = 0; i < refused->count; i++)
        print_step(stderr, &refused->items[i]);
}

/* How many of the plan were run: a trigger that nobody saw before is refused beside them. */
static size_t count_done(const struct schema_steps *steps, const struct schema_steps *refused)
{
    size_t done = steps->count;

    for (size_t i = 0; i < refused->count; i++)
        done -= refused->items[i].kind != SCHEMA_STEP_FREE || !refused->items[i].admin;
    return done;
}

/* What is refused keeps nothing else from working. */
static enum cli_status apply_steps(const struct cli_context *context,
                                   const struct db_settings *settings,
                                   const struct schema_steps *steps)
{
    struct schema_steps refused;
    size_t done;
    struct fail fail = {0};

    if (schema_apply_steps(settings, steps, context->arena, &refused, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    done = count_done(steps, &refused);
    if (done > 0)
        fprintf(stderr, PROGRAM ": done, %zu statement%s about triggers\n", done, plural(done));
    report_refused(context, &refused);
    return CLI_OK;
}

static enum cli_status print_steps(const struct schema_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        print_step(stdout, &steps->items[i]);
    note_waiting(steps);
    return CLI_OK;
}

struct args {
    bool apply;
    bool grants;
    bool remove_triggers;
};

static enum cli_status remove_triggers(const struct cli_context *context, bool apply)
{
    const struct db_settings settings = settings_db(context->config);
    struct schema_steps steps;
    struct fail fail = {0};

    if (schema_plan_untrigger(&settings, context->arena, &steps, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    if (steps.count == 0)
        fprintf(stderr, "-- this account sees no trigger of the server's\n");
    return apply ? apply_steps(context, &settings, &steps) : print_steps(&steps);
}

/* The account may not be there yet: what takes no connection is printed in any case. */
static enum cli_status print_grants(const struct cli_context *context)
{
    const struct db_settings settings = settings_db(context->config);
    struct plan plan = {.count = 0};
    struct schema_steps steps;
    struct fail fail = {0};

    schema_grants(&settings, context->arena, &plan.statements, &plan.count);
    print_plan(&plan);
    if (schema_plan_parents(&settings, context->arena, &steps, &fail) == RC_OK)
        return print_steps(&steps);
    fprintf(stderr,
            "-- the account cannot connect yet: once it can, run `" PROGRAM " --grants` again, for "
            "tables that are not mapped, but to which mapped ones refer\n");
    return CLI_OK;
}

/* A worker may not know yet that owners are to be compared. */
static void wait_for_workers(const struct db_settings *settings)
{
    bool there = false;
    struct fail fail = {0};

    if (schema_has_owners(settings, &there, &fail) != RC_OK || there)
        cli_wait_for_workers();
}

/* Tables first: triggers are made for columns as they are. */
static enum cli_status add_all(const struct cli_context *context, bool apply)
{
    const struct db_settings settings = settings_db(context->config);
    struct plan plan = {.count = 0};
    struct schema_steps steps;
    struct fail fail = {0};
    enum cli_status status = CLI_OK;

    if (schema_plan(&settings, context->arena, &plan.statements, &plan.count, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    if (apply)
        status = apply_plan(&settings, &plan);
    if (status != CLI_OK)
        return status;
    if (schema_plan_triggers(&settings, context->arena, &steps, &fail) != RC_OK)
        return command_failed(PROGRAM, &fail);
    if (!apply && (plan.count > 0 || steps.count == 0))
        status = print_plan(&plan);
    if (status == CLI_OK)
        status = apply ? apply_steps(context, &settings, &steps) : print_steps(&steps);
    if (status == CLI_OK && apply && plan.count + steps.count > 0)
        wait_for_workers(&settings);
    return status == CLI_OK ? note_admin(&settings, context->arena) : status;
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;

    if (args->remove_triggers)
        return remove_triggers(context, args->apply);
    return args->grants ? print_grants(context) : add_all(context, args->apply);
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    if (args->grants && (args->apply || args->remove_triggers)) {
        fprintf(stderr,
                "%s: --grants only prints, and nothing else: an administrator must run the "
                "SQL\n",
                program);
        return CLI_USAGE;
    }
    return CLI_GO_ON;
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
        OPTION_FLAG("remove-triggers",
                    "print only the SQL that drops the server's triggers; with --apply, run it",
                    &args.remove_triggers),
    };
    const struct options options = {
        .program = PROGRAM,
        .about =
            "print the SQL that the configuration still needs; it only ever adds, and drops no "
            "trigger but the server's own",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}
