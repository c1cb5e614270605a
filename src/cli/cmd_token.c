/* mobync token: creates, lists and revokes sync tokens. The token itself is only ever printed by
 * create; the database has its hash. */
#include <stdio.h>

#include "cli_context.h"
#include "clock.h"
#include "id.h"
#include "json_print.h"
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
    const char *ttl;   /* create */
    int64_t ttl_ms;    /* … 0: forever */
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

static enum cli_status check_create(const char *program, const struct options_read *read,
                                    void *given)
{
    struct args *args = given;
    enum cli_status status = cli_check_owner(program, args->owner);

    (void)read;
    if (status != CLI_GO_ON || args->ttl == NULL)
        return status;
    if (!units_parse(UNITS_DURATION, text_of(args->ttl), &args->ttl_ms) || args->ttl_ms == 0 ||
        args->ttl_ms > TTL_MAX_MS) {
        fprintf(stderr, "%s: --ttl %s: give %s, up to 365000d\n", program, args->ttl,
                units_forms(UNITS_DURATION));
        return CLI_USAGE;
    }
    return CLI_GO_ON;
}

static enum cli_status run_create(int argc, char **argv)
{
    struct args args = {.work = create_token};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "the owner of the token", &args.owner),
        OPTION_VALUE("ttl", "DURATION", "how long it is valid, such as 30d (default: forever)",
                     &args.ttl),
    };
    const struct options options = {
        .program = "mobync token create",
        .about = "create a token and print it, alone, on standard output",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check_create, work, &args}, argc, argv);
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

static enum cli_status check_list(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    return args->owner == NULL ? CLI_GO_ON : cli_check_owner(program, args->owner);
}

static enum cli_status run_list(int argc, char **argv)
{
    struct args args = {.work = list_tokens};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "only those of this owner", &args.owner),
        OPTION_FLAG("json", "print one JSON object per line", &args.json),
    };
    const struct options options = {
        .program = "mobync token list",
        .about = "list the tokens, without the secrets themselves",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check_list, work, &args}, argc, argv);
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

static enum cli_status take_id(const char *program, const struct options_read *read, void *given)
{
    struct args *args = given;

    (void)program;
    args->id = read->operand;
    return CLI_GO_ON;
}

static enum cli_status run_revoke(int argc, char **argv)
{
    struct args args = {.work = revoke_token};
    const struct options options = {
        .program = "mobync token revoke",
        .about = "revoke a token; 'mobync token list' shows the ids",
        .operand = "ID",
    };

    return cli_run(&(struct cli_task){options, take_id, work, &args}, argc, argv);
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
