/* Asks a server whether it takes writes: db_writable_check(). */
#include "db_writable.h"

#include <mysqld_error.h>

#include "db_result.h"

static enum rc refuse(struct db_link *link, unsigned number, const char *why, struct fail *fail)
{
    link->error_number = number;
    fail_busy(fail, RC_RETRY, "%s", why);
    fail->cause = FAIL_CAUSE_LINK;
    return RC_RETRY;
}

static enum rc check_read_only(struct db_link *link, struct arena *arena, struct fail *fail)
{
    struct db_result result = {0};
    enum rc rc = db_result_read(link, TEXT_LITERAL("SELECT @@global.read_only"),
                                "asking whether it is read-only", arena, &result, fail);

    if (rc == RC_OK && !text_is(db_result_text(&result, 0, 0), "0"))
        rc = refuse(link, ER_OPTION_PREVENTS_STATEMENT, "the server is read-only (read_only = 1)",
                    fail);
    return rc;
}

/* A node that has lost sight of the others, or takes over their data, can be connected to. */
static enum rc check_node(struct db_link *link, struct arena *arena, struct fail *fail)
{
    static const struct {
        const char *name;
        const char *value;
        const char *otherwise;
    } WANTED[] = {
        {"wsrep_ready", "ON", "the node is not ready (wsrep_ready is not ON)"},
        {"wsrep_cluster_status", "Primary", "the node is not in the primary component"},
    };
    struct db_result result = {0};
    enum rc rc = db_result_read(link,
                                TEXT_LITERAL("SHOW GLOBAL STATUS WHERE Variable_name IN "
                                             "('wsrep_ready', 'wsrep_cluster_status')"),
                                "asking the node for its state", arena, &result, fail);

    for (size_t row = 0; rc == RC_OK && row < result.rows; row++)
        for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(WANTED); i++)
            if (text_is(db_result_text(&result, row, 0), WANTED[i].name) &&
                !text_is(db_result_text(&result, row, 1), WANTED[i].value))
                rc = refuse(link, ER_UNKNOWN_COM_ERROR, WANTED[i].otherwise, fail);
    return rc;
}

enum rc db_writable_check(struct db_link *link, struct fail *fail)
{
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = check_read_only(link, &arena, fail);
    if (rc == RC_OK && link->cluster)
        rc = check_node(link, &arena, fail);
    arena_release(&arena);
    return rc;
}
