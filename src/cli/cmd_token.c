#include <stdio.h>

#include "clock.h"
#include "id.h"
#include "options.h"
#include "settings.h"
#include "terminal.h"
#include "units.h"

/* 365000 days: the year of expiry still has four digits. */
#define TTL_MAX_MS ((int64_t)365000 * 24 * 3600 * 1000)

/* What one of the commands was told. */
struct order {
    const char *program;
    const char *config_path;
    const char *owner; /* create */
    int64_t ttl_ms;    /* create; 0: for ever */
    size_t most;       /* create: limits.owner_tokens */
    const char *id;    /* revoke */
};

typedef enum cli_status token_work(struct synchronizer *s, const struct order *order,
                                   struct arena *arena);

static enum cli_status with_config(const struct config *config, struct order *order,
                                   token_work *work)
{
    struct db_settings settings = settings_mysql(config);
    struct synchronizer *s;
    enum cli_status status;
    struct arena arena;

    if (config->tokens_table.len == 0) {
        fprintf(stderr,
                "%s: %s has no sync tokens: add 'tokens: { table: mobync_tokens }' under 'auth:' "
                "and run 'mobync schema --apply'\n",
                order->program, order->config_path);
        return CLI_FAILED;
    }
    order->most = config->limit_owner_tokens;
    arena_init(&arena);
    s = db_synchronizer_new(&settings);
    status = work(s, order, &arena);
    db_synchronizer_free(s);
    arena_release(&arena);
    return status;
}

static enum cli_status with_tokens(struct order *order, token_work *work)
{
    struct config *config = settings_load(order->config_path);
    enum cli_status status;

    if (config == NULL)
        return CLI_FAILED;
    status = with_config(config, order, work);
    config_free(config);
    return status;
}

/* 64 random bits: enough to name a token among all of one database. */
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

static enum cli_status has_too_many(const struct order *order)
{
    fprintf(stderr, "%s: ", order->program);
    terminal_text(stderr, text_of(order->owner));
    fprintf(stderr,
            " has as many tokens as limits.owner_tokens allows, %zu that are neither expired nor "
            "revoked: revoke some ('mobync token list', 'mobync token revoke ID'), or raise the "
            "limit in %s\n",
            order->most, order->config_path);
    return CLI_FAILED;
}

static enum cli_status create_token(struct synchronizer *s, const struct order *order,
                                    struct arena *arena)
{
    unsigned char hash[TOKEN_HASH_BYTES];
    char token[AUTH_TOKEN_LEN + 1];
    int64_t now_ms = clock_now_ms();
    struct token_record record = {
        .id = make_id(arena),
        .owner = text_of(order->owner),
        .created_ms = now_ms,
        .expires_ms = order->ttl_ms > 0 ? now_ms + order->ttl_ms : 0,
    };
    char expires[TERMINAL_MOMENT_SIZE];
    struct fail fail = {0};
    bool made;

    auth_token_make(token, hash);
    if (db_token_create(s, hash, &record, order->most, &made, &fail) != RC_OK)
        return command_failed(order->program, &fail);
    if (!made)
        return has_too_many(order);
    terminal_moment(record.expires_ms, expires);
    fprintf(stderr, "%s: id %.*s, expires: %s; it is shown this once and not stored\n",
            order->program, TEXT_ARG(record.id), expires);
    printf("%s\n", token);
    return CLI_OK;
}

static enum cli_status check_create(const char *program, const char *owner, const char *ttl,
                                    int64_t *ttl_ms_out)
{
    if (owner == NULL || !auth_owner_valid(text_of(owner))) {
        fprintf(stderr, "%s: give --owner, 1 to %zu bytes of UTF-8\n", program, OWNER_MAX_BYTES);
        return CLI_USAGE;
    }
    *ttl_ms_out = 0;
    if (ttl == NULL)
        return CLI_GO_ON;
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
        {.name = "owner", .argument = "OWNER", .help = "whose token it is", .value_out = &owner},
        {.name = "ttl",
         .argument = "DURATION",
         .help = "how long it is valid, such as 30d; without it for ever",
         .value_out = &ttl},
    };
    const struct options options = {
        .program = "mobync token create",
        .about = "makes a token and prints it, alone, on standard output",
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
    return with_tokens(&(struct order){.program = options.program,
                                       .config_path = read.config_path,
                                       .owner = owner,
                                       .ttl_ms = ttl_ms},
                       create_token);
}

static const char *state_of(const struct token_record *record, int64_t now_ms)
{
    if (record->revoked)
        return "revoked";
    return record->expires_ms != 0 && record->expires_ms <= now_ms ? "expired" : "active";
}

/* The owner comes last: it is of any width. */
static void print_record(const struct token_record *record, int64_t now_ms)
{
    char created[TERMINAL_MOMENT_SIZE], expires[TERMINAL_MOMENT_SIZE],
        last_use[TERMINAL_MOMENT_SIZE];

    terminal_moment(record->created_ms, created);
    terminal_moment(record->expires_ms, expires);
    terminal_moment(record->last_use_ms, last_use);
    printf("%.*s  %-20s  %-20s  %-20s  %-7s  ", TEXT_ARG(record->id), created, expires, last_use,
           state_of(record, now_ms));
    terminal_text(stdout, record->owner);
    putchar('\n');
}

static enum cli_status list_tokens(struct synchronizer *s, const struct order *order,
                                   struct arena *arena)
{
    struct token_record *records = NULL;
    int64_t now_ms = clock_now_ms();
    struct fail fail = {0};
    size_t count = 0;

    if (db_token_list(s, arena, &records, &count, &fail) != RC_OK)
        return command_failed(order->program, &fail);
    printf("%-16s  %-20s  %-20s  %-20s  %-7s  %s\n", "ID", "CREATED", "EXPIRES", "LAST USE",
           "STATE", "OWNER");
    for (size_t i = 0; i < count; i++)
        print_record(&records[i], now_ms);
    return CLI_OK;
}

static enum cli_status run_list(int argc, char **argv)
{
    const struct options options = {
        .program = "mobync token list",
        .about = "lists all tokens, without what they are",
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    return with_tokens(&(struct order){.program = options.program, .config_path = read.config_path},
                       list_tokens);
}

static enum cli_status revoke_token(struct synchronizer *s, const struct order *order,
                                    struct arena *arena)
{
    struct fail fail = {0};
    bool found = false;

    (void)arena;
    if (db_token_revoke(s, text_of(order->id), &found, &fail) != RC_OK)
        return command_failed(order->program, &fail);
    fprintf(stderr, "%s: %s %s\n", order->program, order->id,
            found ? "is revoked" : "is the id of no token");
    return found ? CLI_OK : CLI_FAILED;
}

static enum cli_status run_revoke(int argc, char **argv)
{
    const struct options options = {
        .program = "mobync token revoke",
        .about = "makes a token invalid from now on; 'mobync token list' shows the ids",
        .operand = "ID",
    };
    struct options_read read;
    enum cli_status status = options_parse(&options, argc, argv, &read);

    if (status != CLI_GO_ON)
        return status;
    return with_tokens(&(struct order){.program = options.program,
                                       .config_path = read.config_path,
                                       .id = read.operand},
                       revoke_token);
}

enum cli_status cmd_token(int argc, char **argv)
{
    static const struct command COMMANDS[] = {
        {"create", "makes a token for an owner", run_create},
        {"list", "lists all tokens", run_list},
        {"revoke", "makes a token invalid", run_revoke},
    };
    static const struct command_set TOKEN = {
        .program = "mobync token",
        .about = "opaque sync tokens, of which only the SHA-256 is stored",
        .commands = COMMANDS,
        .count = ARRAY_LEN(COMMANDS),
    };

    return command_dispatch(&TOKEN, argc, argv);
}
