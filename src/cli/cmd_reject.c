#include <stdio.h>

#include "sync.h"
#include "options.h"
#include "reject_print.h"
#include "settings.h"
#include "terminal.h"

/* What one of the commands was told. */
struct order {
    const char *owner; /* NULL: any */
    char **ids;
    size_t id_count;
    bool json;
};

/* What it works with. */
struct desk {
    const char *program;
    const struct config *config;
    struct synchronizer *synchronizer;
    struct arena *arena;
};

typedef enum cli_status reject_work(const struct desk *desk, const struct order *order);

/* What the commands differ in. */
struct reject_command {
    const char *program;
    const char *about;
    const char *operand;
    bool operands;
    bool json;
    reject_work *work;
};

/* What else to say of a failure. What is fatal is mostly a table that is not there. */
static void print_remedy(const struct desk *desk, enum rc rc)
{
    static const char *const REMEDIES[] = {
        [RC_UNCERTAIN] = "it may be done all the same: 'mobync reject list' tells",
        [RC_FATAL] = "'mobync check' tells what is missing, 'mobync schema --apply' makes it",
    };

    if (REMEDIES[rc] != NULL)
        fprintf(stderr, "%s: %s\n", desk->program, REMEDIES[rc]);
}

static enum cli_status list_rejects(const struct desk *desk, const struct order *order)
{
    const struct reject_filter filter = {.owner = text_of(order->owner)};
    struct reject *rejects = NULL;
    struct fail fail = {0};
    size_t count = 0;
    enum rc rc = db_reject_list(desk->synchronizer, &filter, desk->arena, &rejects, &count, &fail);

    if (rc != RC_OK) {
        command_failed(desk->program, &fail);
        print_remedy(desk, rc);
        return CLI_FAILED;
    }
    if (count == 0)
        fprintf(stderr, "%s: there are none%s\n", desk->program,
                desk->config->rejected_diffs == CONFIG_REJECTED_QUARANTINE
                    ? ""
                    : ", and with 'rejected_diffs: fail_sync' there will be none");
    if (!order->json)
        reject_print_table(rejects, count, desk->arena);
    for (size_t i = 0; i < count && order->json; i++)
        reject_print_json(&rejects[i]);
    return CLI_OK;
}

static enum rc find_one(const struct desk *desk, const struct reject_filter *filter,
                        struct reject *reject_out, struct fail *fail)
{
    struct reject *rejects = NULL;
    size_t count = 0;
    enum rc rc = db_reject_list(desk->synchronizer, filter, desk->arena, &rejects, &count, fail);

    if (rc != RC_OK)
        return rc;
    if (count == 0)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "no reject has this id%s: 'mobync reject list' shows them all",
                           filter->owner.len > 0 ? " and this owner" : "");
    if (count > 1)
        return fail_reject(fail, FAIL_NOT_FOUND,
                           "%zu owners have a reject of this id: say whose with --owner", count);
    *reject_out = rejects[0];
    return RC_OK;
}

typedef enum rc reject_step(const struct desk *desk, const struct order *order,
                            const struct reject *reject, struct fail *fail);

static enum rc take_step(const struct desk *desk, const struct order *order, const char *id,
                         reject_step *step, struct fail *fail)
{
    const struct reject_filter filter = {.owner = text_of(order->owner), .id = text_of(id)};
    struct reject reject = {.clock = 0};
    enum rc rc = find_one(desk, &filter, &reject, fail);

    return rc == RC_OK ? step(desk, order, &reject, fail) : rc;
}

/* Of several ids, those behind a refused one are still done; trouble with the database ends it. */
static enum cli_status for_each_id(const struct desk *desk, const struct order *order,
                                   reject_step *step)
{
    enum cli_status status = CLI_OK;

    for (size_t i = 0; i < order->id_count; i++) {
        struct fail fail = {0};
        enum rc rc = take_step(desk, order, order->ids[i], step, &fail);

        if (rc == RC_OK)
            continue;
        status = CLI_FAILED;
        fprintf(stderr, "%s: %s: %s\n", desk->program, order->ids[i], fail_reason(&fail));
        print_remedy(desk, rc);
        if (rc != RC_REJECTED)
            break;
    }
    return status;
}

static enum rc show_step(const struct desk *desk, const struct order *order,
                         const struct reject *reject, struct fail *fail)
{
    (void)desk;
    (void)fail;
    if (order->json)
        reject_print_json(reject);
    else
        reject_print_whole(reject);
    return RC_OK;
}

static enum cli_status show_reject(const struct desk *desk, const struct order *order)
{
    return for_each_id(desk, order, show_step);
}

static void print_whose(FILE *to, const struct reject *reject)
{
    terminal_text(to, reject->id);
    fputs(" of ", to);
    terminal_text(to, reject->owner);
}

/* The code and the field beside the reason: they are what the device would have been told. */
static void explain_refusal(const struct desk *desk, struct fail *fail)
{
    const struct fail refusal = *fail;

    fail_detail(fail, "%s%s%s: %s; nothing has changed%s%s", fail_code_name(refusal.code),
                refusal.field[0] != '\0' ? " in " : "", refusal.field, fail_reason(&refusal),
                strcmp(refusal.field, "model") == 0 ? ": map the model first, in " : "",
                strcmp(refusal.field, "model") == 0 ? desk->config->path.ptr : "");
}

static enum rc retry_step(const struct desk *desk, const struct order *order,
                          const struct reject *reject, struct fail *fail)
{
    /* Whose it is was settled when it came, whatever owner the diff itself names. */
    const struct diff_rules rules = {
        .mapping = &desk->config->mapping,
        .max_diffs = 1,
        .stamp_owner = true,
        .owner = reject->owner,
    };
    struct sync_answer answer = {.next_clock = 0};
    enum rc rc = sync_retry(desk->synchronizer, reject, &rules, desk->arena, &answer, fail);

    (void)order;
    if (rc == RC_REJECTED)
        explain_refusal(desk, fail);
    if (rc != RC_OK)
        return rc;
    print_whose(stdout, reject);
    printf(" is applied: the owner's clock is %lld now\n", (long long)answer.next_clock);
    return RC_OK;
}

static enum cli_status retry_rejects(const struct desk *desk, const struct order *order)
{
    return for_each_id(desk, order, retry_step);
}

/* What was dropped is gone: the last trace of it goes to standard output. */
static enum rc drop_step(const struct desk *desk, const struct order *order,
                         const struct reject *reject, struct fail *fail)
{
    bool found = false;
    enum rc rc = db_reject_drop(desk->synchronizer, reject->owner, reject->id, &found, fail);

    (void)order;
    if (rc == RC_OK && !found)
        rc = fail_reject(fail, FAIL_NOT_FOUND, "somebody else has just dropped or retried it");
    if (rc != RC_OK)
        return rc;
    fprintf(stderr, "%s: ", desk->program);
    print_whose(stderr, reject);
    fputs(" is dropped; it was:\n", stderr);
    reject_print_json(reject);
    return RC_OK;
}

static enum cli_status drop_rejects(const struct desk *desk, const struct order *order)
{
    return for_each_id(desk, order, drop_step);
}

static enum cli_status with_config(const struct reject_command *command,
                                   const struct config *config, const struct order *order)
{
    struct db_settings settings = settings_mysql(config);
    struct synchronizer *s = db_synchronizer_new(&settings);
    enum cli_status status;
    struct arena arena;

    arena_init(&arena);
    status = command->work(
        &(struct desk){
            .program = command->program, .config = config, .synchronizer = s, .arena = &arena},
        order);
    db_synchronizer_free(s);
    arena_release(&arena);
    return status;
}

static enum cli_status with_rejects(const struct reject_command *command, const char *config_path,
                                    const struct order *order)
{
    struct config *config = settings_load(config_path);
    enum cli_status status;

    if (config == NULL)
        return CLI_FAILED;
    status = with_config(command, config, order);
    config_free(config);
    return status;
}

/* An empty text would stand for all. */
static enum cli_status check_order(const struct reject_command *command, const struct order *order)
{
    if (order->owner != NULL && !auth_owner_valid(text_of(order->owner))) {
        fprintf(stderr, "%s: --owner takes 1 to %zu bytes of UTF-8\n", command->program,
                OWNER_MAX_BYTES);
        return CLI_USAGE;
    }
    for (size_t i = 0; i < order->id_count; i++) {
        if (order->ids[i][0] != '\0')
            continue;
        fprintf(stderr, "%s: an ID is empty\n", command->program);
        return CLI_USAGE;
    }
    return CLI_GO_ON;
}

static enum cli_status run(const struct reject_command *command, int argc, char **argv)
{
    struct order order = {.owner = NULL};
    const struct option_row rows[] = {
        {.name = "owner",
         .argument = "OWNER",
         .help = "of this owner alone",
         .value_out = &order.owner},
        {.name = "json", .help = "one JSON object a line", .flag_out = &order.json},
    };
    const struct options options = {
        .program = command->program,
        .about = command->about,
        .operand = command->operand,
        .operands = command->operands,
        .rows = rows,
        .count = command->json ? 2 : 1,
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    order.ids = read.operands;
    order.id_count = read.operand_count;
    status = check_order(command, &order);
    return status == CLI_GO_ON ? with_rejects(command, read.config_path, &order) : status;
}

static enum cli_status run_list(int argc, char **argv)
{
    static const struct reject_command LIST = {
        .program = "mobync reject list",
        .about = "lists the diffs that were refused and are kept, oldest first",
        .json = true,
        .work = list_rejects,
    };

    return run(&LIST, argc, argv);
}

static enum cli_status run_show(int argc, char **argv)
{
    static const struct reject_command SHOW = {
        .program = "mobync reject show",
        .about = "prints all that is known of a refused diff",
        .operand = "ID",
        .json = true,
        .work = show_reject,
    };

    return run(&SHOW, argc, argv);
}

static enum cli_status run_retry(int argc, char **argv)
{
    static const struct reject_command RETRY = {
        .program = "mobync reject retry",
        .about = "applies refused diffs as changes of now, which all devices of their owners "
                 "receive; what is refused again stays",
        .operand = "ID",
        .operands = true,
        .work = retry_rejects,
    };

    return run(&RETRY, argc, argv);
}

static enum cli_status run_drop(int argc, char **argv)
{
    static const struct reject_command DROP = {
        .program = "mobync reject drop",
        .about = "forgets refused diffs, and prints what they were as JSON",
        .operand = "ID",
        .operands = true,
        .work = drop_rejects,
    };

    return run(&DROP, argc, argv);
}

enum cli_status cmd_reject(int argc, char **argv)
{
    static const struct command COMMANDS[] = {
        {"list", "lists the diffs that were refused", run_list},
        {"show", "prints all of one", run_show},
        {"retry", "applies them as changes of now", run_retry},
        {"drop", "forgets them", run_drop},
    };
    static const struct command_set REJECT = {
        .program = "mobync reject",
        .about = "diffs that were refused while the rest of their sync was applied "
                 "(rejected_diffs: quarantine)",
        .commands = COMMANDS,
        .count = ARRAY_LEN(COMMANDS),
    };

    return command_dispatch(&REJECT, argc, argv);
}
