/* What no trigger sees, and what triggers cost whoever writes: schema_trigger_limits_check(), of
 * docs/sql-writes.md 3 what depends on the database. */
#include "schema_trigger_limits.h"

#include "schema_cascades.h"

static bool same_table(const struct schema_session *session, struct text a, struct text b)
{
    return text_equal(a, b) || (session->server.names_in_lower_case && text_equal_nocase(a, b));
}

static const struct model *model_of(const struct schema_session *session, struct text table)
{
    const struct mapping *mapping = session->link.settings->mapping;

    for (size_t i = 0; i < mapping->model_count; i++)
        if (same_table(session, mapping->models[i].table, table))
            return &mapping->models[i];
    return NULL;
}

/* A table whose keys take rows of mapped tables along. */
static const struct schema_trigger *parent_of(const struct schema_session *session,
                                              const struct schema_trigger_set *set,
                                              struct text table)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->wanted[i].model == NULL && same_table(session, set->wanted[i].table, table))
            return &set->wanted[i];
    return NULL;
}

/* Their triggers alone read other tables. The fault of STATEMENT is told of the server. */
static void warn_mixed(struct schema_session *session, const struct schema_trigger_set *set,
                       unsigned line)
{
    size_t at = 0;

    while (at < set->count && set->wanted[at].model != NULL)
        at++;
    if (at < set->count && session->server.mixed_binlog)
        schema_session_warn(
            session, line,
            "the database server has a binary log with binlog_format = MIXED, so SQL that deletes "
            "rows of %s or changes their keys locks their children, too, and may end in deadlocks: "
            "set binlog_format = ROW",
            schema_session_quote(session, set->wanted[at].table));
}

static enum rc warn_partitioned(struct schema_session *session, struct fail *fail)
{
    struct text *names;
    size_t count = 0;
    enum rc rc = catalog_read_partitioned(&session->link, &session->arena, &names, &count, fail);

    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        const struct model *model = model_of(session, names[i]);

        if (model != NULL)
            schema_session_warn(session, model->config_line,
                                "table %s is partitioned, and what drops, truncates or exchanges a "
                                "partition fires no trigger: run `mobync reconcile --model %.*s` "
                                "after each such statement",
                                schema_session_quote(session, names[i]), TEXT_ARG(model->name));
    }
    return rc;
}

static enum rc warn_replica(struct schema_session *session, unsigned line, struct fail *fail)
{
    bool untriggered;
    enum rc rc =
        catalog_replicates_untriggered(&session->link, &session->arena, &untriggered, fail);

    if (rc == RC_OK && untriggered)
        schema_session_warn(
            session, line,
            "the database server is a replica and runs no triggers for what it replicates in row "
            "format, so that reaches no device unless the source has the triggers, too: set "
            "slave_run_triggers_for_rbr = YES here, or run `mobync schema --apply` on the source");
    return rc;
}

static enum rc warn_elsewhere(struct schema_session *session, const struct schema_trigger_set *set,
                              unsigned line, struct fail *fail)
{
    struct catalog_foreign_keys keys;
    enum rc rc = catalog_read_foreign_keys(&session->link, &session->arena, &keys, fail);

    for (size_t i = 0; rc == RC_OK && i < keys.count; i++) {
        const struct catalog_foreign_key *key = &keys.items[i];
        const struct model *model = model_of(session, key->child);

        if (!key->parent_elsewhere ||
            (model == NULL && parent_of(session, set, key->child) == NULL))
            continue;
        if (schema_cascades_acts(key->delete_rule) || schema_cascades_acts(key->update_rule))
            schema_session_warn(
                session, model != NULL ? model->config_line : line,
                "foreign key %s of table %s refers to table %s of another database, where no "
                "trigger is made: what it deletes or changes here reaches no device until "
                "`mobync reconcile` has run",
                schema_session_quote(session, key->name), schema_session_quote(session, key->child),
                schema_session_quote(session, key->parent));
    }
    return rc;
}

enum rc schema_trigger_limits_check(struct schema_session *session,
                                    const struct schema_trigger_set *set, unsigned line,
                                    struct fail *fail)
{
    enum rc rc;

    warn_mixed(session, set, line);
    rc = warn_partitioned(session, fail);
    if (rc == RC_OK)
        rc = warn_replica(session, line, fail);
    return rc == RC_OK ? warn_elsewhere(session, set, line, fail) : rc;
}
