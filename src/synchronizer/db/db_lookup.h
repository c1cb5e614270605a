/* db_lookup.h: rows of one owner by a list of ids, in as many rounds as the list is long.
 * Holds:   every id of the list is told about its row, also where the list names it twice; a row
 *          that the list does not name byte for byte is ignored, whatever the table's collation.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_LOOKUP_H
#define MOBYNC_DB_LOOKUP_H

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

struct db_lookup {
    struct db_session *session;
    const char *what;
    struct text owner;
    const struct model *model; /* NULL where the ids are those of diffs */
    /* Appends the SELECT to session->sql, and its parameters; column 0 is the id. */
    void (*build)(const struct db_lookup *lookup, const struct db_lookup_list *list,
                  struct db_args *args);
    const enum db_cell_kind *kinds;
    size_t column_count;
    /* ids[at] has this row. */
    void (*found)(const struct db_lookup *lookup, size_t at, const struct db_rows *rows);
    struct arena *arena; /* for what found() keeps; may be NULL */
    void *out;           /* found()'s own */
};

NODISCARD enum rc db_lookup_run(const struct db_lookup *lookup, const struct text *ids,
                                size_t count, struct fail *fail);

/* Appends "(?,?,…)" and the ids as parameters. */
void db_lookup_add_list(const struct db_lookup *lookup, const struct db_lookup_list *list,
                        struct db_args *args);

#endif
