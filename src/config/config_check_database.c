/* Values that must fit each other: of database, of auth, and the names of tables. Entry points: the
 * checks that config_table.c names; each sees one value that fits its row. */
#include "config_check.h"

#define SERVER_KEYS 3

/* Is there a `host` that TLS could be about? */
static bool leaves_the_machine(struct config_check *check, const yaml_node_t *database)
{
    const yaml_node_t *hosts = yaml_tree_get(check->tree, database, "hosts").node;

    if (yaml_tree_get(check->tree, database, "host").node != NULL)
        return true;
    for (size_t i = 0; i < yaml_tree_count(hosts); i++)
        if (yaml_tree_get(check->tree, yaml_tree_item(check->tree, hosts, i).node, "host").node !=
            NULL)
            return true;
    return false;
}

/* The database has one server, or several: one of the keys says where. */
static void check_server_keys(struct config_check *check, const struct config_key *key,
                              const struct yaml_place *at)
{
    static const char *const KEYS[SERVER_KEYS] = {"socket", "host", "hosts"};
    const char *first = NULL;

    for (size_t i = 0; i < SERVER_KEYS; i++) {
        const struct yaml_place found = yaml_tree_get(check->tree, at->node, KEYS[i]);

        if (found.node == NULL)
            continue;
        if (first != NULL)
            diagnostics_add(check->faults, found.line, "%s has both %s and %s: keep one", key->path,
                            first, KEYS[i]);
        first = KEYS[i];
    }
    if (first == NULL)
        diagnostics_add(
            check->faults, at->line,
            "%s has neither socket nor host: add 'socket: /run/mysqld/mysqld.sock', or host "
            "and port",
            key->path);
}

static void check_port(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at, const char *remedy)
{
    struct yaml_place port = yaml_tree_get(check->tree, at->node, "port");

    if (port.node != NULL && yaml_tree_get(check->tree, at->node, "host").node == NULL)
        diagnostics_add(check->faults, port.line, "%s has a port but no host: %s", key->path,
                        remedy);
}

void config_check_database(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    struct yaml_place tls = yaml_tree_get(check->tree, at->node, "tls");
    const bool several = yaml_tree_get(check->tree, at->node, "hosts").node != NULL;

    check_server_keys(check, key, at);
    check_port(check, key, at, several ? "give each of hosts its own" : "add host, or remove port");
    if (tls.node != NULL && !leaves_the_machine(check, at->node))
        diagnostics_add(check->faults, tls.line,
                        "%s has tls but no host, and a socket never leaves the machine: remove tls",
                        key->path);
}

void config_check_host(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at)
{
    struct yaml_place socket = yaml_tree_get(check->tree, at->node, "socket");
    struct yaml_place host = yaml_tree_get(check->tree, at->node, "host");

    if (socket.node == NULL && host.node == NULL)
        diagnostics_add(check->faults, at->line, "%s has neither socket nor host: add one",
                        key->path);
    else
        check_port(check, key, at, "add host, or remove port");
    if (socket.node != NULL && host.node != NULL)
        diagnostics_add(check->faults, host.line, "%s has both socket and host: keep one",
                        key->path);
}

static bool same_place(struct config_check *check, const yaml_node_t *a, const yaml_node_t *b)
{
    static const char *const KEYS[] = {"socket", "host"};
    struct yaml_place port_a = yaml_tree_get(check->tree, a, "port");
    struct yaml_place port_b = yaml_tree_get(check->tree, b, "port");

    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        struct yaml_place in_a = yaml_tree_get(check->tree, a, KEYS[i]);
        struct yaml_place in_b = yaml_tree_get(check->tree, b, KEYS[i]);

        if ((in_a.node == NULL) != (in_b.node == NULL) ||
            !text_equal(yaml_tree_text(in_a.node), yaml_tree_text(in_b.node)))
            return false;
    }
    return text_equal(config_check_text(check, port_a, "database.hosts[].port"),
                      config_check_text(check, port_b, "database.hosts[].port"));
}

void config_check_hosts(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at)
{
    const size_t count = yaml_tree_count(at->node);

    if (count > CONFIG_HOSTS_MAX)
        diagnostics_add(check->faults, at->line, "%s has %zu entries: give at most %d", key->path,
                        count, CONFIG_HOSTS_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            struct yaml_place entry = yaml_tree_item(check->tree, at->node, i);

            if (same_place(check, entry.node, yaml_tree_item(check->tree, at->node, j).node))
                diagnostics_add(check->faults, entry.line,
                                "%s names a server that it has already: remove one", key->path);
        }
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
    static const char *const TAKEN[] = {
        CONFIG_CHECK_OWN_PREFIX "owners",  CONFIG_CHECK_OWN_PREFIX "known",
        CONFIG_CHECK_OWN_PREFIX "rejects", CONFIG_CHECK_OWN_PREFIX "lineage",
        CONFIG_CHECK_OWN_PREFIX "forks",   CONFIG_CHECK_OWN_PREFIX "changes",
    };
    struct text table = yaml_tree_text(at->node);

    for (size_t i = 0; i < ARRAY_LEN(TAKEN); i++)
        if (text_is(table, TAKEN[i]))
            diagnostics_add(
                check->faults, at->line,
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
    config_check_own_shard(check, at);
    if (diffs_table.node != NULL)
        check_against_tokens(check, diffs, diffs_table.line);
    for (size_t i = 0; i < yaml_tree_count(models.node); i++) {
        struct yaml_place model = yaml_tree_item(check->tree, models.node, i);
        struct yaml_place table = config_check_table_of(check, model.node);

        /* Where the model is no mapping, or the name no text, that is told already. */
        if (table.node != NULL && text_equal(yaml_tree_text(table.node), diffs))
            diagnostics_add(check->faults, table.line,
                            "table '%.*s' holds the diffs: map another table, or set diffs_table",
                            TEXT_ARG(diffs));
    }
}
