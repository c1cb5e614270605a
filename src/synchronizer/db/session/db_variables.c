/* The session variables as rows of VARIABLES, and the statements made of them: db_variables_set(),
 * db_variables_probe(). */
#include "db_variables.h"

#define NEVER 0xffffffffu

enum { MARIADB = 1, MYSQL = 2, BOTH = MARIADB | MYSQL };

struct variable {
    const char *name;
    const char *value; /* NULL: only probed, because to set it needs a privilege */
    const char *other; /* true where another value is in force; NULL: name <> value */
    unsigned servers;
    unsigned from; /* versions; to NEVER where the row does not say, and never itself */
    unsigned below;
};

#define ALL_ROWS "18446744073709551615"

static const struct variable VARIABLES[] = {
    /* What a statement means. */
    /* Not NO_ZERO_DATE: a column that we leave out may have the day zero for its default. */
    {"sql_mode", "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'", NULL,
     BOTH, 0, NEVER},
    {"old_mode", "'UTF8_IS_UTF8MB3'", NULL, MARIADB, 0, NEVER},
    {"standard_compliant_cte", "1", NULL, MARIADB, 0, NEVER},
    {"sql_auto_is_null", "0", NULL, BOTH, 0, NEVER},
    {"time_zone", "'+00:00'", NULL, BOTH, 0, NEVER}, /* of TIMESTAMP columns */
    {"div_precision_increment", "4", NULL, BOTH, 0, NEVER},
    {"group_concat_max_len", "1048576", NULL, BOTH, 0, NEVER},
    {"max_sort_length", "1024", NULL, BOTH, 0, NEVER},
    {"default_storage_engine", "InnoDB", "@@session.default_storage_engine <> 'InnoDB'", BOTH, 0,
     NEVER},

    /* Bytes. The first three turn text into mojibake where they differ from what the client library
     * believes. */
    {"character_set_client", "utf8mb4", "@@session.character_set_client <> 'utf8mb4'", BOTH, 0,
     NEVER},
    {"character_set_connection", "utf8mb4", "@@session.character_set_connection <> 'utf8mb4'", BOTH,
     0, NEVER},
    {"character_set_results", "utf8mb4",
     "COALESCE(@@session.character_set_results, '') <> 'utf8mb4'", BOTH, 0, NEVER},
    {"collation_connection", "utf8mb4_bin", "@@session.collation_connection <> 'utf8mb4_bin'", BOTH,
     0, NEVER},
    {"character_set_filesystem", "binary", "@@session.character_set_filesystem <> 'binary'",
     MARIADB, 0, NEVER},

    /* How many rows. max_join_size resets sql_big_selects, which therefore comes after it. */
    {"sql_select_limit", ALL_ROWS, NULL, BOTH, 0, NEVER},
    {"max_join_size", ALL_ROWS, NULL, BOTH, 0, NEVER},
    {"sql_big_selects", "1", NULL, BOTH, 0, NEVER},
    {"sql_safe_updates", "0", NULL, BOTH, 0, NEVER},
    {"system_versioning_asof", "DEFAULT", "@@session.system_versioning_asof <> 'DEFAULT'", MARIADB,
     0, NEVER},

    /* An IN list of any length is looked up in the index: by statistics alone, which may be of a day
     * when the table was small, a long one becomes a scan of all that the owner has. */
    {"eq_range_index_dive_limit", "0", NULL, BOTH, 0, NEVER},

    /* Which rows are refused, and in which words: db_refusal.c and db_error.c read the messages and
     * db_link_check_notes() the notes. */
    {"foreign_key_checks", "1", NULL, BOTH, 0, NEVER},
    {"unique_checks", "1", NULL, BOTH, 0, NEVER},
    {"check_constraint_checks", "1", NULL, MARIADB, 0, NEVER},
    {"lc_messages", "'en_US'", NULL, BOTH, 0, NEVER},
    {"sql_notes", "1", NULL, BOTH, 0, NEVER},
    {"max_error_count", "65535", NULL, MARIADB, 0, NEVER},
    {"max_error_count", NULL, "@@session.max_error_count = 0", MYSQL, 0, NEVER},
    {"note_verbosity", "'basic'", NULL, MARIADB, 100616, 100700},
    {"note_verbosity", "'basic'", NULL, MARIADB, 101106, 110000},
    {"note_verbosity", "'basic'", NULL, MARIADB, 110400, NEVER},

    /* db_children.c reads SHOW CREATE TABLE. */
    {"sql_quote_show_create", "1", NULL, BOTH, 0, NEVER},

    /* Transactions, and how long something may take. Lock waits are short; a metadata lock of an
     * ALTER TABLE would otherwise hold a worker for a day. A streamed response may take long. */
    {"autocommit", "1", NULL, BOTH, 0, NEVER},
    {"completion_type", "'NO_CHAIN'", NULL, BOTH, 0, NEVER},
    {"tx_isolation", "'READ-COMMITTED'", NULL, MARIADB, 0, NEVER},
    {"transaction_isolation", "'READ-COMMITTED'", NULL, MYSQL, 0, NEVER},
    {"tx_read_only", "0", NULL, MARIADB, 0, NEVER},
    {"transaction_read_only", "0", NULL, MYSQL, 0, NEVER},
    {"innodb_lock_wait_timeout", "2", NULL, BOTH, 0, NEVER},
    {"lock_wait_timeout", "5", NULL, BOTH, 0, NEVER},
    {"max_statement_time", "0", NULL, MARIADB, 0, NEVER},
    {"max_execution_time", "0", NULL, MYSQL, 0, NEVER},
    {"wait_timeout", "28800", NULL, BOTH, 0, NEVER},
    {"net_read_timeout", "30", NULL, BOTH, 0, NEVER},
    {"net_write_timeout", "60", NULL, BOTH, 0, NEVER},
    {"idle_transaction_timeout", "0", NULL, MARIADB, 0, NEVER},
    {"idle_write_transaction_timeout", "0", NULL, MARIADB, 0, NEVER},
    {"idle_readonly_transaction_timeout", "0", NULL, MARIADB, 0, NEVER},
};

static bool has(struct db_variables_server server, const struct variable *v)
{
    const unsigned kind = server.mariadb ? MARIADB : MYSQL;

    return (v->servers & kind) != 0 && server.version >= v->from && server.version < v->below;
}

void db_variables_set(struct buf *sql, struct db_variables_server server)
{
    const char *before = "SET SESSION ";

    for (size_t i = 0; i < ARRAY_LEN(VARIABLES); i++) {
        const struct variable *v = &VARIABLES[i];

        if (!has(server, v) || v->value == NULL)
            continue;
        buf_printf(sql, "%s%s = %s", before, v->name, v->value);
        before = ", ";
    }
}

void db_variables_probe(struct buf *sql, struct db_variables_server server)
{
    buf_add_str(sql, "SELECT CONCAT_WS(', '");
    for (size_t i = 0; i < ARRAY_LEN(VARIABLES); i++) {
        const struct variable *v = &VARIABLES[i];

        if (!has(server, v))
            continue;
        if (v->other != NULL)
            buf_printf(sql, ", IF(%s, '%s', NULL)", v->other, v->name);
        else
            buf_printf(sql, ", IF(@@session.%s <> %s, '%s', NULL)", v->name, v->value, v->name);
    }
    buf_add_str(sql, ")");
}
