/* mobync reject: rejected diffs that are kept; each of its commands is a struct options and a
 * function. */
#include <stdio.h>

#include "cli_context.h"
#include "reject_print.h"
#include "sync.h"
#include "terminal.h"

struct args {
    const char *owner; /* NULL: any */
    char **ids;
    size_t id_count;
    bool json;
};

static enum cli_status list_rejects(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    const struct reject_filter filter = {.owner = text_of(args->owner)};
    struct synchronizer *s = context->synchronizer;
    struct reject *rejects = NULL;
    struct fail fail = {0};
    size_t count = 0;
    enum rc rc = s->ops->rejects->list(s, &filter, context->arena, &rejects, &count, &fail);

    if (rc != RC_OK)
        return cli_failed(context, rc, &fail);
    if (count == 0)
        fprintf(stderr, "%s: there are none%s\n", context->program,
                context->config->rejected_diffs == CONFIG_REJECTED_QUARANTINE
                    ? ""
                    : ", and with 'rejected_diffs: fail_sync' there will be none");
    if (!args->json)
        reject_print_table(rejects, count, context->arena);
    for (size_t i = 0; i < count && args->json; i++)
        reject_print_json(&rejects[i]);
    return CLI_OK;
}

static enum rc find_one(const struct cli_context *context, const struct reject_filter *filter,
                        struct reject *reject_out, struct fail *fail)
{
    struct synchronizer *s = context->synchronizer;
    struct reject *rejects = NULL;
    size_t count = 0;
    enum rc rc = s->ops->rejects->list(s, filter, context->arena, &rejects, &count, fail);

    if (rc != RC_OK)
        return rc;
    if (count == 0)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "no reject has this id%s: 'mobync reject list' shows them all",
                           filter->owner.len > 0 ? " and this owner" : "");
    if (count > 1)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "%zu owners have a reject of this id: name one with --owner", count);
    *reject_out = rejects[0];
    return RC_OK;
}

typedef enum rc reject_step(const struct cli_context *context, const struct args *args,
                            const struct reject *reject, struct fail *fail);

static enum rc take_step(const struct cli_context *context, const struct args *args, const char *id,
                         reject_step *step, struct fail *fail)
{
    const struct reject_filter filter = {.owner = text_of(args->owner), .id = text_of(id)};
    struct reject reject = {.clock = 0};
    enum rc rc = find_one(context, &filter, &reject, fail);

    return rc == RC_OK ? step(context, args, &reject, fail) : rc;
}

/* A rejection does not keep the ids after it from being processed; a database error does. */
static enum cli_status for_each_id(const struct cli_context *context, const struct args *args,
                                   reject_step *step)
{
    enum cli_status status = CLI_OK;

    for (size_t i = 0; i < args->id_count; i++) {
        struct fail fail = {0};
        enum rc rc = take_step(context, args, args->ids[i], step, &fail);

        if (rc == RC_OK)
            continue;
        status = CLI_FAILED;
        fprintf(stderr, "%s: %s: %s\n", context->program, args->ids[i], fail_reason(&fail));
        cli_print_remedy(context, rc);
        if (rc != RC_REJECTED)
            break;
    }
    return status;
}

static enum rc show_step(const struct cli_context *context, const struct args *args,
                         const struct reject *reject, struct fail *fail)
{
    (void)context;
    (void)fail;
    if (args->json)
        reject_print_json(reject);
    else
        reject_print_whole(reject);
    return RC_OK;
}

static enum cli_status show_reject(const struct cli_context *context, const void *given)
{
    return for_each_id(context, given, show_step);
}

static void print_whose(FILE *to, const struct reject *reject)
{
    terminal_text(to, reject->id);
    fputs(" of ", to);
    terminal_text(to, reject->owner);
}

/* Adds code and field to the reason, as the device would have received them. */
static void explain_refusal(const struct cli_context *context, struct fail *fail)
{
    const struct fail refusal = *fail;

    fail_detail(fail, "%s%s%s: %s; nothing has changed%s%s", fail_code_name(refusal.code),
                refusal.field[0] != '\0' ? " in " : "", refusal.field, fail_reason(&refusal),
                strcmp(refusal.field, "model") == 0 ? ": map the model first, in " : "",
                strcmp(refusal.field, "model") == 0 ? context->config->path.ptr : "");
}

static enum rc retry_step(const struct cli_context *context, const struct args *args,
                          const struct reject *reject, struct fail *fail)
{
    /* The owner was established when the diff arrived, whatever owner it names itself. */
    const struct diff_rules rules = {
        .mapping = &context->config->mapping,
        .max_diffs = 1,
        .stamp_owner = true,
        .owner = reject->owner,
    };
    struct sync_answer answer = {.next_clock = 0};
    enum rc rc = sync_retry(context->synchronizer, reject, &rules, context->arena, &answer, fail);

    (void)args;
    if (rc == RC_REJECTED)
        explain_refusal(context, fail);
    if (rc != RC_OK)
        return rc;
    print_whose(stdout, reject);
    printf(" is applied: the owner's clock is now %lld\n", (long long)answer.next_clock);
    return RC_OK;
}

static enum cli_status retry_rejects(const struct cli_context *context, const void *given)
{
    return for_each_id(context, given, retry_step);
}

/* A dropped diff is gone: standard output gets the last copy. */
static enum rc drop_step(const struct cli_context *context, const struct args *args,
                         const struct reject *reject, struct fail *fail)
{
    struct synchronizer *s = context->synchronizer;
    bool found = false;
    enum rc rc = s->ops->rejects->drop(s, reject->owner, reject->id, &found, fail);

    (void)args;
    if (rc == RC_OK && !found)
        rc = fail_reject(fail, FAIL_NOT_FOUND,
                         "it has just been dropped or retried by someone else");
    if (rc != RC_OK)
        return rc;
    fprintf(stderr, "%s: ", context->program);
    print_whose(stderr, reject);
    fputs(" is dropped; it was:\n", stderr);
    reject_print_json(reject);
    return RC_OK;
}

static enum cli_status drop_rejects(const struct cli_context *context, const void *given)
{
    return for_each_id(context, given, drop_step);
}

/* An empty text would match all. */
static enum cli_status check_args(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;

    args->ids = read->operands;
    args->id_count = read->operand_count;
    if (args->owner != NULL && !auth_owner_valid(text_of(args->owner))) {
        fprintf(stderr, "%s: --owner takes 1 to %zu bytes of UTF-8\n", program, OWNER_MAX_BYTES);
        return CLI_USAGE;
    }
    for (size_t i = 0; i < args->id_count; i++) {
        if (args->ids[i][0] != '\0')
            continue;
        fprintf(stderr, "%s: an ID is empty\n", program);
        return CLI_USAGE;
    }
    return CLI_GO_ON;
}

#define OWNER_ALONE 1u
#define WITH_JSON   2u

/* The options' count says how many of the rows the command takes. */
static enum cli_status run(struct options options, cli_work *work, int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "only those of this owner", &args.owner),
        OPTION_FLAG("json", "print one JSON object per line", &args.json),
    };

    options.rows = rows;
    return cli_run(&(struct cli_task){options, check_args, work, &args}, argc, argv);
}

static enum cli_status run_list(int argc, char **argv)
{
    static const struct options LIST = {
        .program = "mobync reject list",
        .about = "list the rejected diffs that are kept, oldest first",
        .count = WITH_JSON,
    };

    return run(LIST, list_rejects, argc, argv);
}

static enum cli_status run_show(int argc, char **argv)
{
    static const struct options SHOW = {
        .program = "mobync reject show",
        .about = "print everything known about a rejected diff",
        .operand = "ID",
        .count = WITH_JSON,
    };

    return run(SHOW, show_reject, argc, argv);
}

static enum cli_status run_retry(int argc, char **argv)
{
    static const struct options RETRY = {
        .program = "mobync reject retry",
        .about = "apply rejected diffs as new changes, which all devices of their owners receive; "
                 "those rejected again are kept",
        .operand = "ID",
        .operands = true,
        .count = OWNER_ALONE,
    };

    return run(RETRY, retry_rejects, argc, argv);
}

static enum cli_status run_drop(int argc, char **argv)
{
    static const struct options DROP = {
        .program = "mobync reject drop",
        .about = "delete rejected diffs, and print them as JSON",
        .operand = "ID",
        .operands = true,
        .count = OWNER_ALONE,
    };

    return run(DROP, drop_rejects, argc, argv);
}

enum cli_status cmd_reject(int argc, char **argv)
{
    static const struct command COMMANDS[] = {
        {"list", "list the rejected diffs", run_list},
        {"show", "print everything about one", run_show},
        {"retry", "apply them as new changes", run_retry},
        {"drop", "delete them", run_drop},
    };
    static const struct command_set REJECT = {
        .program = "mobync reject",
        .about = "manage diffs that were rejected while the rest of their sync was applied "
                 "(rejected_diffs: quarantine)",
        .commands = COMMANDS,
        .count = ARRAY_LEN(COMMANDS),
    };

    return command_dispatch(&REJECT, argc, argv);
}
