/* catalog.h: what the database says about itself: server, tables, functions, privileges.
 * Process: reads information_schema over an open link; changes nothing.
 * Owns:    nothing; all results lie in the arena given. Texts are NUL-terminated; what the database
 *          has as NULL is an empty text.
 * Units:   lengths of text in characters, sizes in bytes.
 * Fails:   the rc and *fail of the link.
 * Holds:   information_schema hides from an account what it has no privilege on; whoever judges by
 *          these structs asks catalog_denied() first. */
#ifndef MOBYNC_CATALOG_H
#define MOBYNC_CATALOG_H

#include "arena.h"
#include "db_link.h"
#include "db_quote.h"

struct catalog_server {
    bool mariadb;
    unsigned version; /* 101119 is 10.11.19 */
    struct text version_text;
    struct text account; /* 'user'@'host', quoted for a GRANT */
    bool read_only;
    bool innodb_read_only;
    bool statement_binlog; /* every change is logged as its statement … */
    bool mixed_binlog;     /* … or those that replicas can repeat */
    bool names_in_lower_case;
    bool in_utc;               /* sessions that do not choose a time zone */
    bool compresses;           /* InnoDB writes tables of ROW_FORMAT=COMPRESSED */
    uint64_t max_packet_bytes; /* 0: unknown */
};

struct catalog_column {
    struct text name;
    struct text data_type;   /* bigint */
    struct text column_type; /* bigint(20) unsigned */
    struct text character_set;
    struct text collation;
    uint64_t max_characters; /* of char, varchar and the like; their bytes where they hold bytes */
    uint64_t max_bytes;
    uint64_t character_bytes; /* of the longest character; 1 where it holds no text */
    bool nullable;
    bool generated;
    bool auto_increment;
    bool has_default;   /* an INSERT may leave the column out */
    bool default_value; /* … and gets something other than NULL then */
    bool default_now;   /* … the present time … */
    bool default_zero;  /* … or 0 */
    bool wall_clock;    /* a DATETIME that takes the session's time by itself */
    bool primary;       /* part of the primary key … */
    bool refers;        /* … of a foreign key … */
    bool referenced;    /* … or of what one of this database refers to */
    bool on_update;     /* an UPDATE sets it that does not name it */
    bool json_check;    /* MariaDB's JSON: a LONGTEXT with a constraint of its own */
};

struct catalog_key {
    struct text name;
    bool unique;
    bool whole; /* no column by a prefix alone */
    struct text *columns;
    size_t column_count;
};

struct catalog_reference {
    struct text name;
    struct text parent; /* a table of the same database */
    struct text *columns;
    struct text *parent_columns; /* to which those above refer, one by one */
    size_t column_count;
    struct text delete_rule;
};

/* BEFORE triggers alone: the others do not change the row. */
struct catalog_trigger {
    struct text name;
    struct text event; /* INSERT, UPDATE, DELETE */
    struct text statement;
};

enum catalog_kind {
    CATALOG_MISSING,
    CATALOG_HIDDEN, /* the account has no privilege on it, if it exists at all */
    CATALOG_TABLE,
    CATALOG_OTHER, /* a view, a sequence */
};

struct catalog_table {
    enum catalog_kind kind;
    struct text name;
    struct text type; /* BASE TABLE, VIEW */
    struct text engine;
    bool transactional;
    struct catalog_column *columns;
    size_t column_count;
    struct catalog_key *keys;
    size_t key_count;
    struct catalog_reference *references;
    size_t reference_count;
    struct catalog_trigger *triggers;
    size_t trigger_count;
    bool triggers_hidden; /* the account lacks the privilege to see them */
};

struct catalog_function {
    bool found;
    struct text returns; /* tinyint */
    uint64_t parameter_count;
};

NODISCARD enum rc catalog_read_server(struct db_link *link, struct arena *arena,
                                      struct catalog_server *server_out, struct fail *fail);
/* Columns, keys and references are there for CATALOG_TABLE alone. */
NODISCARD enum rc catalog_read_table(struct db_link *link, struct text name, struct arena *arena,
                                     struct catalog_table *table_out, struct fail *fail);
/* Of a base table, what its columns say of themselves; no keys. None where all is hidden. */
NODISCARD enum rc catalog_read_columns(struct db_link *link, struct text name, struct arena *arena,
                                       struct catalog_column **columns_out, size_t *count_out,
                                       struct fail *fail);
NODISCARD enum rc catalog_read_function(struct db_link *link, struct text name, struct arena *arena,
                                        struct catalog_function *function_out, struct fail *fail);

/* The base tables of the database, by name. */
NODISCARD enum rc catalog_read_names(struct db_link *link, struct arena *arena,
                                     struct text **names_out, size_t *count_out, struct fail *fail);

/* Would the account be refused this statement? It may hold parameters; it is prepared, which checks
 * privileges of every origin (roles and grants on the whole database too), and never run. */
NODISCARD enum rc catalog_denied(struct db_link *link, const struct buf *sql, bool *denied_out,
                                 struct fail *fail);

/* What did somebody mean who wrote `name`? A table or view of the database; an empty text if none
 * is like it. */
NODISCARD enum rc catalog_nearest_table(struct db_link *link, struct text name, struct arena *arena,
                                        struct text *nearest_out, struct fail *fail);
/* The same of a column's name, among those of the table; but case matters to neither. */
struct text catalog_nearest(const struct text *names, size_t count, struct text name);

/* NULL if there is none. Names of columns compare without case, as in SQL. */
const struct catalog_column *catalog_column(const struct catalog_table *table, struct text name);
/* Is there a unique key of exactly these columns, in any order? */
bool catalog_has_unique(const struct catalog_table *table, const struct text *columns,
                        size_t count);

#endif
