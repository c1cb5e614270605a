/* Values that must fit each other: of database, of auth, and the names of tables. Entry points: the
 * checks that config_table.c names; each sees one value that fits its row. */
#include "config_check.h"

void config_check_database(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    struct yaml_place socket = yaml_tree_get(check->tree, at->node, "socket");
    struct yaml_place host = yaml_tree_get(check->tree, at->node, "host");
    struct yaml_place port = yaml_tree_get(check->tree, at->node, "port");
    struct yaml_place tls = yaml_tree_get(check->tree, at->node, "tls");

    if (socket.node == NULL && host.node == NULL)
        diagnostics_add(
            check->faults, at->line,
            "%s has neither socket nor host: add 'socket: /run/mysqld/mysqld.sock', or host "
            "and port",
            key->path);
    if (socket.node != NULL && host.node != NULL)
        diagnostics_add(check->faults, host.line, "%s has both socket and host: keep one",
                        key->path);
    if (port.node != NULL && host.node == NULL)
        diagnostics_add(check->faults, port.line,
                        "%s has a port but no host: add host, or remove port", key->path);
    if (tls.node != NULL && host.node == NULL)
        diagnostics_add(check->faults, tls.line,
                        "%s has tls but no host, and a socket never leaves the machine: remove tls",
                        key->path);
}

void config_check_tls(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at)
{
    struct yaml_place cert = yaml_tree_get(check->tree, at->node, "cert");
    struct yaml_place private_key = yaml_tree_get(check->tree, at->node, "key");

    if ((cert.node == NULL) != (private_key.node == NULL))
        diagnostics_add(check->faults, cert.node == NULL ? private_key.line : cert.line,
                        "%s has only one of cert and key: give both or neither", key->path);
}

void config_check_auth(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at)
{
    static const char *const VERIFIERS[] = {"jwt", "tokens", "trusted_param"};

    for (size_t i = 0; i < ARRAY_LEN(VERIFIERS); i++)
        if (yaml_tree_get(check->tree, at->node, VERIFIERS[i]).node != NULL)
            return;
    diagnostics_add(check->faults, at->line,
                    "%s lets nobody in: set at least one of jwt, tokens and trusted_param",
                    key->path);
}

static void add_if_taken(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    struct text table = yaml_tree_text(at->node);

    if (text_is(table, CONFIG_CHECK_OWN_PREFIX "owners") ||
        text_is(table, CONFIG_CHECK_OWN_PREFIX "known"))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', which holds something else: choose another name, such as %s",
                        key->path, TEXT_ARG(table), key->fallback);
}

void config_check_tokens_table(struct config_check *check, const struct config_key *key,
                               const struct yaml_place *at)
{
    struct text table = yaml_tree_text(at->node);
    struct text prefix = TEXT_LITERAL(CONFIG_CHECK_OWN_PREFIX);

    config_check_name(check, key, at);
    add_if_taken(check, key, at);
    if (table.len <= prefix.len || memcmp(table.ptr, prefix.ptr, prefix.len) != 0)
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': the server's tables begin with " CONFIG_CHECK_OWN_PREFIX
                        "; choose such a name",
                        key->path, TEXT_ARG(table));
}

void config_check_diffs_table(struct config_check *check, const struct config_key *key,
                              const struct yaml_place *at)
{
    config_check_name(check, key, at);
    add_if_taken(check, key, at);
}

static void check_against_tokens(struct config_check *check, struct text diffs, unsigned line)
{
    struct yaml_place table = config_check_find(check, "auth.tokens.table");

    if (config_check_find(check, "auth.tokens").node != NULL &&
        text_equal(diffs, config_check_text(check, table, "auth.tokens.table")))
        diagnostics_add(check->faults, line,
                        "diffs_table and auth.tokens.table are both '%.*s': rename one",
                        TEXT_ARG(diffs));
}

void config_check_own_tables(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    struct yaml_place diffs_table = yaml_tree_get(check->tree, at->node, "diffs_table");
    struct yaml_place models = yaml_tree_get(check->tree, at->node, "models");
    struct text diffs = config_check_text(check, diffs_table, "diffs_table");

    (void)key;
    if (diffs_table.node != NULL)
        check_against_tokens(check, diffs, diffs_table.line);
    for (size_t i = 0; i < yaml_tree_count(models.node); i++) {
        struct yaml_place model = yaml_tree_item(check->tree, models.node, i);
        struct yaml_place table = config_check_table_of(check, model.node);

        if (text_equal(yaml_tree_text(table.node), diffs))
            diagnostics_add(check->faults, table.line,
                            "table '%.*s' holds the diffs: map another table, or set diffs_table",
                            TEXT_ARG(diffs));
    }
}
