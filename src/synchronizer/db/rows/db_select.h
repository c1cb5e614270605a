/* db_select.h: what a SELECT of a model's rows names, and how its rows are read: the columns of the
 * id, as the wire has it, and those of the fields behind them.
 * Owns:    nothing; kinds lie in the arena given, what is read of a row too.
 * Order:   db_select_of(), db_select_add() where the statement names its columns, then by row
 *          db_select_id() and db_select_values().
 * Holds:   the columns come first of all in the statement. */
#ifndef MOBYNC_DB_SELECT_H
#define MOBYNC_DB_SELECT_H

#include "db_rows.h"
#include "db_session.h"

struct db_select {
    const struct db_session *session;
    struct text owner;
    const struct model *model;
    const struct db_model_keys *keys;
    enum db_cell_kind *kinds; /* how its columns travel */
    size_t count;             /* … their number */
    size_t parameters;        /* of the question marks that db_select_add() writes, at most */
};

/* `more` columns behind them are the caller's: their kinds are DB_CELL_TEXT until it sets them. */
struct db_select db_select_of(const struct db_session *s, struct owner_model of, size_t more,
                              struct arena *arena);
/* "`id`,`name`,…"; and the id alone, of which the rows are read with db_select_id(). */
void db_select_add(struct buf *sql, const struct db_select *select, struct db_args *args);
void db_select_add_id(struct buf *sql, const struct db_select *select, struct db_args *args);

/* Empty: the row has no id that the wire could name. */
struct text db_select_id(const struct db_select *select, const struct db_rows *rows,
                         struct arena *arena);
/* By field index. */
struct value *db_select_values(const struct db_select *select, const struct db_rows *rows,
                               struct arena *arena);

/* What the field's column refers to, or NULL. */
const struct db_reference *db_select_reference(const struct db_model_keys *keys,
                                               const struct field *field);
struct mapped_field db_select_place(const struct db_session *s, const struct model *model,
                                    const struct field *field);
/* How a field's values are sent: as its column has them. */
enum db_cell_kind db_select_held_kind(const struct db_session *s, const struct model *model,
                                      const struct field *field);

#endif
