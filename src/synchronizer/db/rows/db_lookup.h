/* db_lookup.h: rows of one owner by a list of ids, in as many rounds as the list is long.
 * Holds:   every id of the list is told about its row, also where the list names it twice; a row
 *          that the list does not name byte for byte is ignored, whatever the table's collation.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_LOOKUP_H
#define MOBYNC_DB_LOOKUP_H

#include "db_keys.h"
#include "db_rows.h"
#include "db_session.h"

/* The ids of one round; `length` question marks stand for them. */
struct db_lookup_list {
    const struct text *ids;
    size_t count;
    size_t length;
};

/* As many of the ids, from the first on, as a round takes. */
struct db_lookup_list db_lookup_list_of(const struct text *ids, size_t count);

struct db_select;

/* The ids and the owner as a mapped table's columns hold them. */
struct db_lookup_keys {
    const struct db_model_keys *columns;
    struct db_key_value owner;
    const struct text *ids;            /* all of the look-up … */
    const struct db_key_value *values; /* … and their parts, back to back */
};

struct db_lookup {
    struct db_session *session;
    const char *what;
    struct text owner;
    const struct model *model;         /* NULL where the ids are those of diffs */
    const struct db_lookup_keys *keys; /* NULL where the ids are those of diffs … */
    const struct db_select *select;    /* build()'s and found()'s, of rows; may be NULL */
    size_t parameters; /* … else how many the statement has beside those of the keys */
    /* Appends the SELECT to session->sql, and its parameters; the id is the first column, or the
     * first ones. */
    void (*build)(const struct db_lookup *lookup, const struct db_lookup_list *list,
                  struct db_args *args);
    const enum db_cell_kind *kinds;
    size_t column_count;
    /* ids[at] has this row. */
    void (*found)(const struct db_lookup *lookup, size_t at, const struct db_rows *rows);
    const int64_t *settled_at; /* rows only while the owner's clock is this, and nothing is untold;
                                  NULL: always */
    struct arena *arena;       /* for what found() keeps; may be NULL */
    const void *context;       /* build()'s and found()'s own … */
    void *out;                 /* … and what found() fills */
};

NODISCARD enum rc db_lookup_run(const struct db_lookup *lookup, const struct text *ids,
                                size_t count, struct fail *fail);

/* Appends the condition on owner and ids, and its parameters. */
void db_lookup_add_keys(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args);
/* … which holds for rows that the ids do not name byte for byte, too, unless the next one is used:
 * for conditions of which no row is looked at. */
void db_lookup_add_exact_keys(const struct db_lookup *lookup, const struct db_lookup_list *list,
                              struct db_args *args);
/* Of its question marks, at most. */
size_t db_lookup_exact_parameters(const struct db_model_keys *columns, size_t length);
/* Appends "(?,?,…)" and the ids as parameters. */
void db_lookup_add_list(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args);

#endif
