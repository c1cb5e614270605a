#include "config_check.h"

#include "config_keys.h"

void check_database(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place socket = yaml_tree_get(check->document, at->node, "socket");
    struct place host = yaml_tree_get(check->document, at->node, "host");
    struct place port = yaml_tree_get(check->document, at->node, "port");
    struct place tls = yaml_tree_get(check->document, at->node, "tls");

    if (socket.node == NULL && host.node == NULL)
        diagnostics_add(
            check->faults, at->line,
            "%s has neither socket nor host: add 'socket: /run/mysqld/mysqld.sock', or host "
            "and port",
            rule->path);
    if (socket.node != NULL && host.node != NULL)
        diagnostics_add(check->faults, host.line, "%s has both socket and host: keep one",
                        rule->path);
    if (port.node != NULL && host.node == NULL)
        diagnostics_add(check->faults, port.line,
                        "%s has a port but no host: add host, or remove port", rule->path);
    if (tls.node != NULL && host.node == NULL)
        diagnostics_add(check->faults, tls.line,
                        "%s has tls but no host, and a socket never leaves the machine: remove tls",
                        rule->path);
}

void check_tls(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place cert = yaml_tree_get(check->document, at->node, "cert");
    struct place key = yaml_tree_get(check->document, at->node, "key");

    if ((cert.node == NULL) != (key.node == NULL))
        diagnostics_add(check->faults, cert.node == NULL ? key.line : cert.line,
                        "%s has one of cert and key: give both, or none", rule->path);
}

void check_auth(struct check *check, const struct check_rule *rule, const struct place *at)
{
    static const char *const VERIFIERS[] = {"jwt", "tokens", "trusted_param"};

    for (size_t i = 0; i < ARRAY_LEN(VERIFIERS); i++)
        if (yaml_tree_get(check->document, at->node, VERIFIERS[i]).node != NULL)
            return;
    diagnostics_add(check->faults, at->line,
                    "%s lets nobody in: set at least one of jwt, tokens and trusted_param",
                    rule->path);
}

/* Tables that hold something else already. */
static bool is_taken(struct text table)
{
    return text_is(table, CHECK_OWN_PREFIX "owners") || text_is(table, CHECK_OWN_PREFIX "known");
}

void check_tokens_table(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct text table = yaml_tree_text(at->node);
    struct text prefix = TEXT_LITERAL(CHECK_OWN_PREFIX);

    if (table.len <= prefix.len || memcmp(table.ptr, prefix.ptr, prefix.len) != 0)
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': the server's tables begin with " CHECK_OWN_PREFIX
                        ", take such a name",
                        rule->path, TEXT_ARG(table));
    else if (is_taken(table))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', which holds something else: take another name, such "
                        "as " CONFIG_DEFAULT_TOKENS_TABLE,
                        rule->path, TEXT_ARG(table));
}

void check_diffs_table(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct text table = yaml_tree_text(at->node);

    if (is_taken(table))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', which holds something else: take another name, such "
                        "as " CONFIG_DEFAULT_DIFFS_TABLE,
                        rule->path, TEXT_ARG(table));
}

static void check_against_tokens(struct check *check, struct text diffs, unsigned line)
{
    struct place auth = yaml_tree_get(check->document, check->document->root, "auth");
    struct place tokens = yaml_tree_get(check->document, auth.node, "tokens");
    struct place table = yaml_tree_get(check->document, tokens.node, "table");

    if (tokens.node != NULL &&
        text_equal(diffs, yaml_tree_text_or(table, CONFIG_DEFAULT_TOKENS_TABLE)))
        diagnostics_add(check->faults, line,
                        "diffs_table and the tokens' table are one: '%.*s'; rename",
                        TEXT_ARG(diffs));
}

void check_own_tables(struct check *check, const struct check_rule *rule, const struct place *at)
{
    struct place diffs_table = yaml_tree_get(check->document, at->node, "diffs_table");
    struct place models = yaml_tree_get(check->document, at->node, "models");
    struct text diffs = yaml_tree_text_or(diffs_table, CONFIG_DEFAULT_DIFFS_TABLE);

    (void)rule;
    if (diffs_table.node != NULL)
        check_against_tokens(check, diffs, diffs_table.line);
    for (size_t i = 0; i < yaml_tree_count(models.node); i++) {
        struct place model = yaml_tree_item(check->document, models.node, i);
        struct place table = check_table_of(check, model.node);

        if (text_equal(yaml_tree_text(table.node), diffs))
            diagnostics_add(check->faults, table.line,
                            "table '%.*s' holds the diffs: map another, or set diffs_table",
                            TEXT_ARG(diffs));
    }
}
