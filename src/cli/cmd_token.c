/* mobync token: creates, lists and revokes sync tokens. The token itself is only ever printed by
 * create; the database has its hash. */
#include <stdio.h>

#include "cli_context.h"
#include "clock.h"
#include "id.h"
#include "json_print.h"
#include "options.h"
#include "table.h"
#include "terminal.h"
#include "units.h"

/* More than an owner's name of escapes alone takes. */
#define JSON_LINE_MAX_BYTES ((size_t)4096)

/* 365000 days: the year of expiry still has four digits. */
#define TTL_MAX_MS ((int64_t)365000 * 24 * 3600 * 1000)

struct args;
typedef enum cli_status token_work(const struct cli_context *context, const struct args *args);

struct args {
    const char *owner; /* create, list */
    int64_t ttl_ms;    /* create; 0: forever */
    bool json;         /* list */
    const char *id;    /* revoke */
    token_work *work;
};

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;

    if (context->config->tokens_table.len > 0)
        return args->work(context, args);
    fprintf(stderr,
            "%s: %s has no sync tokens: add 'tokens: { table: mobync_tokens }' under 'auth:' and "
            "run 'mobync schema --apply'\n",
            context->program, context->config->path.ptr);
    return CLI_FAILED;
}

/* 64 random bits: enough to identify a token within a database. */
static struct text make_id(struct arena *arena)
{
    static const char HEX[] = "0123456789abcdef";
    unsigned char random[TOKEN_ID_LEN / 2];
    char id[TOKEN_ID_LEN];

    id_random_bytes(random, sizeof(random));
    for (size_t i = 0; i < TOKEN_ID_LEN; i++)
        id[i] = HEX[i % 2 == 0 ? random[i / 2] >> 4 : random[i / 2] & 0x0F];
    return arena_text(arena, (struct text){id, sizeof(id)});
}

static enum cli_status has_too_many(const struct cli_context *context, const struct args *args)
{
    fprintf(stderr, "%s: ", context->program);
    terminal_text(stderr, text_of(args->owner));
    fprintf(stderr,
            " has as many tokens as limits.owner_tokens allows, %zu that are neither expired nor "
            "revoked: revoke some ('mobync token list', 'mobync token revoke ID'), or raise the "
            "limit in %s\n",
            context->config->limit_owner_tokens, context->config->path.ptr);
    return CLI_FAILED;
}

static enum cli_status create_token(const struct cli_context *context, const struct args *args)
{
    unsigned char hash[TOKEN_HASH_BYTES];
    char token[AUTH_TOKEN_LEN + 1];
    int64_t now_ms = clock_now_ms();
    struct token_record record = {
        .id = make_id(context->arena),
        .owner = text_of(args->owner),
        .created_ms = now_ms,
        .expires_ms = args->ttl_ms > 0 ? now_ms + args->ttl_ms : 0,
    };
    char expires[TERMINAL_TIME_SIZE];
    struct synchronizer *s = context->synchronizer;
    struct fail fail = {0};
    bool made;

    auth_token_make(token, hash);
    if (s->ops->tokens->create(s, hash, &record, context->config->limit_owner_tokens, &made,
                               &fail) != RC_OK)
        return command_failed(context->program, &fail);
    if (!made)
        return has_too_many(context, args);
    terminal_time(record.expires_ms, expires);
    fprintf(stderr, "%s: id %.*s, expires: %s; it is shown only now and not stored\n",
            context->program, TEXT_ARG(record.id), expires);
    printf("%s\n", token);
    return CLI_OK;
}

static enum cli_status check_create(const char *program, const char *owner, const char *ttl,
                                    int64_t *ttl_ms_out)
{
    enum cli_status status = cli_check_owner(program, owner);

    *ttl_ms_out = 0;
    if (status != CLI_GO_ON || ttl == NULL)
        return status;
    if (!units_parse(UNITS_DURATION, text_of(ttl), ttl_ms_out) || *ttl_ms_out == 0 ||
        *ttl_ms_out > TTL_MAX_MS) {
        fprintf(stderr, "%s: --ttl %s: give %s, up to 365000d\n", program, ttl,
                units_forms(UNITS_DURATION));
        return CLI_USAGE;
    }
    return CLI_GO_ON;
}

static enum cli_status run_create(int argc, char **argv)
{
    const char *owner = NULL, *ttl = NULL;
    const struct option_row rows[] = {
        {.name = "owner",
         .argument = "OWNER",
         .help = "the owner of the token",
         .value_out = &owner},
        {.name = "ttl",
         .argument = "DURATION",
         .help = "how long it is valid, such as 30d (default: forever)",
         .value_out = &ttl},
    };
    const struct options options = {
        .program = "mobync token create",
        .about = "create a token and print it, alone, on standard output",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    int64_t ttl_ms;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON)
        status = check_create(options.program, owner, ttl, &ttl_ms);
    if (status != CLI_GO_ON)
        return status;
    return cli_run(options.program, read.config_path, work,
                   &(struct args){.owner = owner, .ttl_ms = ttl_ms, .work = create_token});
}

static const char *state_of(const struct token_record *record, int64_t now_ms)
{
    if (record->revoked)
        return "revoked";
    return record->expires_ms != 0 && record->expires_ms <= now_ms ? "expired" : "active";
}

static void add_row(struct table *table, const struct token_record *record, int64_t now_ms)
{
    const int64_t times_ms[] = {record->created_ms, record->expires_ms, record->last_use_ms};
    char moment[TERMINAL_TIME_SIZE];

    table_row(table);
    table_cell(table, record->id);
    for (size_t i = 0; i < ARRAY_LEN(times_ms); i++) {
        terminal_time(times_ms[i], moment);
        table_cell(table, text_of(moment));
    }
    table_cell(table, text_of(state_of(record, now_ms)));
    table_cell(table, record->owner);
}

static void print_json(const struct token_record *record, int64_t now_ms)
{
    struct buf line;

    buf_init(&line, JSON_LINE_MAX_BYTES);
    buf_add_char(&line, '{');
    json_print_text(&line, "id", record->id);
    json_print_text(&line, "owner", record->owner);
    json_print_moment(&line, "created", record->created_ms);
    json_print_moment(&line, "expires", record->expires_ms);
    json_print_moment(&line, "last_use", record->last_use_ms);
    json_print_text(&line, "state", text_of(state_of(record, now_ms)));
    buf_add_str(&line, "}\n");
    json_print_flush(&line);
    buf_release(&line);
}

static enum cli_status list_tokens(const struct cli_context *context, const struct args *args)
{
    /* The owner comes last: it is of any width. */
    static const struct table_column COLUMNS[] = {
        {"ID", TOKEN_ID_LEN, false}, {"CREATED", 20, false}, {"EXPIRES", 20, false},
        {"LAST USE", 20, false},     {"STATE", 7, false},    {"OWNER", OWNER_MAX_BYTES, false},
    };
    struct token_record *records = NULL;
    int64_t now_ms = clock_now_ms();
    struct synchronizer *s = context->synchronizer;
    struct fail fail = {0};
    struct table table;
    size_t count = 0;

    if (s->ops->tokens->list(s, context->arena, &records, &count, &fail) != RC_OK)
        return command_failed(context->program, &fail);
    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < count; i++) {
        if (args->owner != NULL && !text_is(records[i].owner, args->owner))
            continue;
        if (args->json)
            print_json(&records[i], now_ms);
        else
            add_row(&table, &records[i], now_ms);
    }
    if (!args->json)
        table_print_headed(&table);
    table_release(&table);
    return CLI_OK;
}

static enum cli_status run_list(int argc, char **argv)
{
    struct args args = {.work = list_tokens};
    const struct option_row rows[] = {
        {.name = "owner",
         .argument = "OWNER",
         .help = "only those of this owner",
         .value_out = &args.owner},
        {.name = "json", .help = "print one JSON object per line", .flag_out = &args.json},
    };
    const struct options options = {
        .program = "mobync token list",
        .about = "list the tokens, without the secrets themselves",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status == CLI_GO_ON && args.owner != NULL)
        status = cli_check_owner(options.program, args.owner);
    return status == CLI_GO_ON ? cli_run(options.program, read.config_path, work, &args) : status;
}

static enum cli_status revoke_token(const struct cli_context *context, const struct args *args)
{
    struct synchronizer *s = context->synchronizer;
    struct fail fail = {0};
    bool found = false;

    if (s->ops->tokens->revoke(s, text_of(args->id), &found, &fail) != RC_OK)
        return command_failed(context->program, &fail);
    fprintf(stderr, "%s: %s %s\n", context->program, args->id,
            found ? "is revoked" : "is the id of no token");
    return found ? CLI_OK : CLI_FAILED;
}

static enum cli_status run_revoke(int argc, char **argv)
{
    const struct options options = {
        .program = "mobync token revoke",
        .about = "revoke a token; 'mobync token list' shows the ids",
        .operand = "ID",
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    return cli_run(options.program, read.config_path, work,
                   &(struct args){.id = read.operand, .work = revoke_token});
}

enum cli_status cmd_token(int argc, char **argv)
{
    static const struct command COMMANDS[] = {
        {"create", "create a token for an owner", run_create},
        {"list", "list the tokens", run_list},
        {"revoke", "revoke a token", run_revoke},
    };
    static const struct command_set TOKEN = {
        .program = "mobync token",
        .about = "manage opaque sync tokens, of which only the SHA-256 is stored",
        .commands = COMMANDS,
        .count = ARRAY_LEN(COMMANDS),
    };

    return command_dispatch(&TOKEN, argc, argv);
}
