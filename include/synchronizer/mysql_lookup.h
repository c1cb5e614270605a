/* mysql_lookup.h: rows of one owner by a list of ids, in as many rounds as the list is long.
 * Holds:   every id of the list is told about its row, also where the list names it twice; a row
 *          that the list does not name byte for byte is ignored, whatever the table's collation.
 * Fails:   as mysql_link_error() says. */
#ifndef MOBYNC_MYSQL_LOOKUP_H
#define MOBYNC_MYSQL_LOOKUP_H

#include "mysql_session.h"

/* The ids of one round; `length` question marks stand for them. */
struct mysql_list {
    const struct text *ids;
    size_t count;
    size_t length;
};

/* As many of the ids, from the first on, as a round takes. */
struct mysql_list mysql_list_of(const struct text *ids, size_t count);

struct mysql_lookup {
    struct mysql_session *session;
    const char *what;
    struct text owner;
    const struct model *model; /* NULL where the ids are those of diffs */
    /* Appends the SELECT to session->sql, and its parameters; column 0 is the id. */
    void (*build)(const struct mysql_lookup *lookup, const struct mysql_list *list,
                  struct mysql_args *args);
    const enum mysql_cell_kind *kinds;
    size_t column_count;
    /* ids[at] has this row. */
    void (*found)(const struct mysql_lookup *lookup, size_t at, const struct mysql_rows *rows);
    struct arena *arena; /* for what found() keeps; may be NULL */
    void *out;           /* found()'s own */
};

NODISCARD enum rc mysql_lookup_run(const struct mysql_lookup *lookup, const struct text *ids,
                                   size_t count, struct fail *fail);

/* Appends "(?,?,…)" and the ids as parameters. */
void mysql_lookup_add_list(const struct mysql_lookup *lookup, const struct mysql_list *list,
                           struct mysql_args *args);

#endif
