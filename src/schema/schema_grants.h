/* schema_grants.h: may the account do to a table what serving this config takes?
 * Fails:   the rc is about the connection; a missing privilege goes to the session's reporter, with
 *          the GRANT that is needed. */
#ifndef MOBYNC_SCHEMA_GRANTS_H
#define MOBYNC_SCHEMA_GRANTS_H

#include "schema_own_tables.h"
#include "schema_session.h"

/* A column, and by which verbs it is named. */
struct schema_grants_column {
    struct text name;
    bool verbs[SCHEMA_VERBS];
};

/* What is asked of an account on one table; columns that are not there are not among them. */
struct schema_grants_request {
    struct text table;
    struct schema_grants_column *columns;
    size_t column_count;
    bool verbs[SCHEMA_VERBS];
    unsigned config_line;
};

/* What the account does to a model's table, whatever clients send. */
void schema_grants_model_verbs(const struct model *model, bool verbs_out[SCHEMA_VERBS]);

/* Reports what is missing as one GRANT. *readable_out false: information_schema hides columns of
 * this table, so no more can be said about it. */
NODISCARD enum rc schema_grants_check(struct schema_session *session,
                                      const struct schema_grants_request *request,
                                      bool *readable_out, struct fail *fail);
/* The table cannot be seen at all: it is missing, or every privilege on it is. */
void schema_grants_report_hidden(struct schema_session *session,
                                 const struct schema_grants_request *request);

/* " TO `user`@`host`": names of accounts are quoted like other names, and no link is needed to
 * escape them. */
void schema_grants_add_account(struct buf *sql, const struct db_settings *settings);

#endif
