#include "check.h"

#include "schema.h"

void check_database(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place socket = document_get(check->document, at->node, "socket");
    struct place host = document_get(check->document, at->node, "host");
    struct place port = document_get(check->document, at->node, "port");
    struct place tls = document_get(check->document, at->node, "tls");

    if (socket.node == NULL && host.node == NULL)
        faults_add(check->faults, at->line,
                   "%s has neither socket nor host: add 'socket: /run/mysqld/mysqld.sock', or host "
                   "and port",
                   rule->path);
    if (socket.node != NULL && host.node != NULL)
        faults_add(check->faults, host.line, "%s has both socket and host: keep one", rule->path);
    if (port.node != NULL && host.node == NULL)
        faults_add(check->faults, port.line, "%s has a port but no host: add host, or remove port",
                   rule->path);
    if (tls.node != NULL && host.node == NULL)
        faults_add(check->faults, tls.line,
                   "%s has tls but no host, and a socket never leaves the machine: remove tls",
                   rule->path);
}

void check_tls(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place cert = document_get(check->document, at->node, "cert");
    struct place key = document_get(check->document, at->node, "key");

    if ((cert.node == NULL) != (key.node == NULL))
        faults_add(check->faults, cert.node == NULL ? key.line : cert.line,
                   "%s has one of cert and key: give both, or none", rule->path);
}

void check_auth(struct check *check, const struct check_rule *rule, const struct place *at)
{
    static const char *const VERIFIERS[] = {"jwt", "tokens", "trusted_param"};

    for (size_t i = 0; i < ARRAY_LEN(VERIFIERS); i++)
        if (document_get(check->document, at->node, VERIFIERS[i]).node != NULL)
            return;
    faults_add(check->faults, at->line,
               "%s lets nobody in: set at least one of jwt, tokens and trusted_param", rule->path);
}

/* Tables that hold something else already. */
static bool is_taken(struct text table)
{
    return text_is(table, CHECK_OWN_PREFIX "owners") || text_is(table, CHECK_OWN_PREFIX "known");
}

void check_tokens_table(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct text table = document_text(at->node);
    struct text prefix = TEXT_LITERAL(CHECK_OWN_PREFIX);

    if (table.len <= prefix.len || memcmp(table.ptr, prefix.ptr, prefix.len) != 0)
        faults_add(check->faults, at->line,
                   "%s is '%.*s': the server's tables begin with " CHECK_OWN_PREFIX
                   ", take such a name",
                   rule->path, TEXT_ARG(table));
    else if (is_taken(table))
        faults_add(check->faults, at->line,
                   "%s is '%.*s', which holds something else: take another name, such "
                   "as " SCHEMA_TOKENS_TABLE,
                   rule->path, TEXT_ARG(table));
}

void check_diffs_table(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct text table = document_text(at->node);

    if (is_taken(table))
        faults_add(check->faults, at->line,
                   "%s is '%.*s', which holds something else: take another name, such "
                   "as " SCHEMA_DIFFS_TABLE,
                   rule->path, TEXT_ARG(table));
}

static void check_against_tokens(struct check *check, struct text diffs, unsigned line)
{
    struct place auth = document_get(check->document, check->document->root, "auth");
    struct place tokens = document_get(check->document, auth.node, "tokens");
    struct place table = document_get(check->document, tokens.node, "table");

    if (tokens.node != NULL && text_equal(diffs, document_text_or(table, SCHEMA_TOKENS_TABLE)))
        faults_add(check->faults, line, "diffs_table and the tokens' table are one: '%.*s'; rename",
                   TEXT_ARG(diffs));
}

void check_own_tables(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place diffs_table = document_get(check->document, at->node, "diffs_table");
    struct place models = document_get(check->document, at->node, "models");
    struct text diffs = document_text_or(diffs_table, SCHEMA_DIFFS_TABLE);

    (void)rule;
    if (diffs_table.node != NULL)
        check_against_tokens(check, diffs, diffs_table.line);
    for (size_t i = 0; i < document_count(models.node); i++) {
        struct place model = document_item(check->document, models.node, i);
        struct place table = check_table_of(check, model.node);

        if (text_equal(document_text(table.node), diffs))
            faults_add(check->faults, table.line,
                       "table '%.*s' holds the diffs: map another, or set diffs_table",
                       TEXT_ARG(diffs));
    }
}
