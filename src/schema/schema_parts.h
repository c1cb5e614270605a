/* schema_parts.h: what the files behind schema.h share; included by them and by tests.
 * Owns:    struct schema_check owns its link and its arena, from schema_check_open() to
 *          schema_check_close().
 * Fails:   the rc speaks of the connection; what is wrong with the schema is told to the reporter.
 * Holds:   every name in a message or a statement is quoted; a statement in a message works as
 *          pasted. */
#ifndef MOBYNC_SCHEMA_PARTS_H
#define MOBYNC_SCHEMA_PARTS_H

#include "catalog.h"
#include "schema.h"

struct schema_check {
    struct db_link link;
    struct arena arena;
    struct catalog_server server;
    schema_report *report;
    void *context;
    size_t faults;
};

/* Connects and asks the server about itself. Whatever the rc, schema_check_close() comes after. */
NODISCARD enum rc schema_check_open(struct schema_check *check, const struct db_settings *settings,
                                    struct fail *fail);
void schema_check_close(struct schema_check *check);

void schema_fault(struct schema_check *check, unsigned config_line, const char *format, ...)
    PRINTF_LIKE(3, 4);
void schema_warn(struct schema_check *check, unsigned config_line, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* `name`, quoted for SQL and for messages alike; in the check's arena. */
const char *schema_name(struct schema_check *check, struct text name);
/* A NUL-terminated copy in the check's arena; releases the buffer. */
const char *schema_take(struct schema_check *check, struct buf *buf);

/* What an account does to a table. */
enum schema_verb { SCHEMA_SELECT, SCHEMA_INSERT, SCHEMA_UPDATE, SCHEMA_DELETE, SCHEMA_VERBS };

/* A column of it. Without `add` nothing harmless can be made up for the rows that are there: an
 * expiry or a revocation least of all. */
struct schema_own_column {
    const char *name;
    const char *add; /* its type in ALTER TABLE, as in db_tables.c; NULL: only by hand */
};

/* A table that the server keeps for itself. */
#define SCHEMA_OWN_TABLES      5
#define SCHEMA_OWN_COLUMNS_MAX 11
#define SCHEMA_OWN_KEYS_MAX    2
#define SCHEMA_KEY_COLUMNS_MAX 3
struct schema_own {
    struct text name;
    void (*create)(struct buf *sql, bool mariadb, struct text table);
    struct schema_own_column columns[SCHEMA_OWN_COLUMNS_MAX + 1];      /* up to a NULL name */
    const char *keys[SCHEMA_OWN_KEYS_MAX][SCHEMA_KEY_COLUMNS_MAX + 1]; /* the unique ones */
    const char *path; /* name of the key that statements force, beside the unique ones, or NULL … */
    const char *path_columns; /* … and its columns, as SQL lists them */
    bool verbs[SCHEMA_VERBS];
};

/* Is its path there, or does it need none? Nor does a table that has worse to mend. */
bool schema_own_has_path(const struct schema_own *own, const struct catalog_table *table);

/* Fills own_out, in the order in which they are made; returns how many this config has. */
size_t schema_own_tables(const struct db_settings *settings,
                         struct schema_own own_out[SCHEMA_OWN_TABLES]);

/* One of the unique keys of an own table, as the table has it. */
struct schema_own_key {
    struct text columns[SCHEMA_KEY_COLUMNS_MAX];
    size_t count;
    bool there;
    bool addable; /* every column is there, and of a type that a key takes whole */
};

/* What is missing and addable is what schema_plan() adds, and where schema_check() says
 * so: both ask here. Returns the number of keys. */
size_t schema_own_keys(const struct schema_own *own, const struct catalog_table *table,
                       struct schema_own_key keys_out[SCHEMA_OWN_KEYS_MAX]);

/* What is asked of an account on one table; columns that are not there are not among them. */
struct schema_grants {
    struct text table;
    struct text *columns;
    size_t column_count;
    size_t first_updated; /* of columns; those before it are never changed */
    bool verbs[SCHEMA_VERBS];
    unsigned config_line;
};

/* What the account does to a model's table, whatever clients send. */
void schema_model_verbs(const struct model *model, bool verbs_out[SCHEMA_VERBS]);

/* Reports what is missing as one GRANT. *readable_out false: information_schema hides columns of
 * this table, so no more can be said about it. */
NODISCARD enum rc schema_check_grants(struct schema_check *check,
                                      const struct schema_grants *grants, bool *readable_out,
                                      struct fail *fail);
/* The table cannot be seen at all: it is missing, or every privilege on it is. */
void schema_report_hidden(struct schema_check *check, const struct schema_grants *grants);

void schema_check_server(struct schema_check *check, unsigned database_line);
/* A model's table and its validation function. */
NODISCARD enum rc schema_check_model(struct schema_check *check, const struct mapping *mapping,
                                     const struct model *model, struct fail *fail);
/* Every column of a mapped table, its id, owner and fields first. */
void schema_check_columns(struct schema_check *check, const struct model *model,
                          const struct catalog_table *table);

/* Is it the id's, the owner's or a field's? */
bool schema_is_mapped(const struct model *model, struct text column);

/* The engine must be able to roll back. */
void schema_check_engine(struct schema_check *check, const struct catalog_table *table,
                         unsigned config_line);
/* Is there a unique key of exactly these columns, in any order? */
bool schema_has_unique(const struct catalog_table *table, const struct text *columns, size_t count);

#endif
