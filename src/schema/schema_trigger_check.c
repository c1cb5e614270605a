/* Will devices learn of what other SQL writes? schema_check_triggers(): warnings alone. */
#include <stdio.h>

#include "schema_trigger_limits.h"
#include "schema_trigger_set.h"

#define NAMES_MAX_BYTES ((size_t)64 * 1024)

struct check {
    struct schema_session session;
    struct schema_trigger_set set;
    unsigned line; /* of the database */
};

/* A trigger needs the privilege where it is, too: without it, what fires it fails. */
static bool is_fine(const struct schema_trigger *trigger)
{
    return trigger->there && trigger->allowed;
}

/* Of the same table, was another told of before this one? */
static bool is_told_before(const struct schema_trigger_set *set, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!is_fine(&set->wanted[i]) && text_equal(set->wanted[i].table, set->wanted[at].table))
            return true;
    return false;
}

static const char *names_of(struct check *check, struct text table)
{
    const struct schema_trigger_set *set = &check->set;
    const char *before = "";
    struct buf names;

    buf_init(&names, NAMES_MAX_BYTES);
    for (size_t i = 0; i < set->count; i++) {
        if (set->wanted[i].there || !text_equal(set->wanted[i].table, table))
            continue;
        buf_add_str(&names, before);
        db_quote_name(&names, set->wanted[i].name);
        before = ", ";
    }
    return schema_session_take(&check->session, &names);
}

static void warn_hidden(struct check *check, const struct schema_trigger *trigger, unsigned line)
{
    struct schema_session *session = &check->session;
    const char *table = schema_session_quote(session, trigger->table);

    schema_session_warn(
        session, line,
        "account %s lacks the privilege TRIGGER on table %s itself, so nobody knows whether "
        "devices learn of what other SQL writes to it; and if it has triggers that run as this "
        "account, that SQL fails: GRANT SELECT, TRIGGER ON %s.%s TO %s, then "
        "run `mobync schema --apply`",
        session->server.account.ptr, table,
        schema_session_quote(session, session->link.settings->database), table,
        session->server.account.ptr);
}

static void warn_missing(struct check *check, const struct schema_trigger *trigger, unsigned line)
{
    schema_session_warn(
        &check->session, line,
        trigger->model != NULL
            ? "table %s lacks the triggers %s, so what other SQL writes to it reaches no device: "
              "run `mobync schema --apply`"
            : "table %s lacks the triggers %s, so what its foreign keys delete or change in other "
              "tables reaches no device: run `mobync schema --apply`",
        schema_session_quote(&check->session, trigger->table), names_of(check, trigger->table));
}

static void check_wanted(struct check *check)
{
    for (size_t i = 0; i < check->set.count; i++) {
        const struct schema_trigger *trigger = &check->set.wanted[i];
        const unsigned line = trigger->model != NULL ? trigger->model->config_line : check->line;

        if (is_fine(trigger) || is_told_before(&check->set, i))
            continue;
        if (trigger->allowed)
            warn_missing(check, trigger, line);
        else
            warn_hidden(check, trigger, line);
    }
}

static void check_stale(struct check *check)
{
    struct schema_session *session = &check->session;

    for (size_t i = 0; i < check->set.stale_count; i++)
        schema_session_warn(session, check->line,
                            "trigger %s of table %s is not one that this configuration needs: run "
                            "`mobync schema --apply`, which drops it",
                            schema_session_quote(session, check->set.stale[i].name),
                            schema_session_quote(session, check->set.stale[i].table));
}

enum rc schema_check_triggers(const struct db_settings *settings, unsigned database_line,
                              schema_report *report, void *context, struct fail *fail)
{
    struct check check = {.line = database_line};
    enum rc rc = schema_session_open(&check.session, settings, report, context, fail);

    if (rc == RC_OK)
        rc = schema_trigger_set_read(&check.session, &check.set, fail);
    if (rc == RC_OK) {
        check_wanted(&check);
        check_stale(&check);
        rc = schema_trigger_limits_check(&check.session, &check.set, database_line, fail);
    }
    schema_session_close(&check.session);
    return rc;
}
