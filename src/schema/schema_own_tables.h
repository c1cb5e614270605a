/* schema_own_tables.h: the tables that the server keeps for itself, one const row each.
 * Pure:    no connection; what the database has of them comes as a struct catalog_table.
 * Holds:   SCHEMA_OWN_TABLES is in the order in which they are created. */
#ifndef MOBYNC_SCHEMA_OWN_TABLES_H
#define MOBYNC_SCHEMA_OWN_TABLES_H

#include "catalog.h"
#include "db_tables.h"

/* What an account does to a table. */
enum schema_verb { SCHEMA_SELECT, SCHEMA_INSERT, SCHEMA_UPDATE, SCHEMA_DELETE, SCHEMA_VERBS };

/* Without `add`, there is no safe value for existing rows: an expiry or a revocation least of all.
 */
struct schema_own_column {
    const char *name;
    const char *add; /* its type in ALTER TABLE, as in db_tables.c; NULL: only by hand */
};

#define SCHEMA_OWN_COLUMNS_MAX 12
#define SCHEMA_OWN_KEYS_MAX    2
#define SCHEMA_KEY_COLUMNS_MAX 4
struct schema_own_table {
    enum db_table table;
    const char *name;   /* NULL: the config names it, in … */
    size_t name_offset; /* … this member of struct db_settings */
    struct schema_own_column columns[SCHEMA_OWN_COLUMNS_MAX + 1];      /* up to a NULL name */
    const char *keys[SCHEMA_OWN_KEYS_MAX][SCHEMA_KEY_COLUMNS_MAX + 1]; /* the unique ones */
    const char *index; /* the key that statements need, beside the unique ones, or NULL … */
    const char *index_columns; /* … and its columns, as SQL lists them */
    bool verbs[SCHEMA_VERBS];
    void (*fill)(struct buf *sql); /* inserts the row that the table must have, or NULL */
};

extern const struct schema_own_table SCHEMA_OWN_TABLES[DB_TABLES];

/* Empty: this config has no such table. */
struct text schema_own_tables_name(const struct schema_own_table *own,
                                   const struct db_settings *settings);

/* One of the unique keys of an own table, as the table has it. */
struct schema_own_key {
    struct text columns[SCHEMA_KEY_COLUMNS_MAX];
    size_t count;
    bool there;
    bool addable; /* every column is there, and of a type that a key takes whole */
};

/* What is missing and addable is what schema_plan() adds, and where schema_check() says
 * so: both ask here. Returns the number of keys. */
size_t schema_own_tables_keys(const struct schema_own_table *own, const struct catalog_table *table,
                              struct schema_own_key keys_out[SCHEMA_OWN_KEYS_MAX]);

/* Has the readable table the row that it must have? */
NODISCARD enum rc schema_own_tables_filled(struct db_link *link, const struct schema_own_table *own,
                                           struct arena *arena, bool *filled_out,
                                           struct fail *fail);

enum schema_own_index {
    SCHEMA_OWN_INDEX_FITS,
    SCHEMA_OWN_INDEX_MISSING,
    SCHEMA_OWN_INDEX_OTHER, /* there is one of that name, with other columns */
};

/* It fits also if the table needs none, or lacks a unique key that cannot be added: that comes
 * first. */
enum schema_own_index schema_own_tables_index(const struct schema_own_table *own,
                                              const struct catalog_table *table);

#endif
