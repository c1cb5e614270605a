/* db_session.h: what the files of the MariaDB synchronizer share; nobody else includes it.
 * Holds:   in_transaction from START TRANSACTION until commit or rollback, also while the link is
 *          lost: until then nothing reconnects, for the rest of a transaction must not run alone.
 * Owns:    the link, its statements, and scratch memory that lives for one operation. */
#ifndef MOBYNC_DB_SESSION_H
#define MOBYNC_DB_SESSION_H

#include "db_batch.h"
#include "db_stmt.h"
#include "db_synchronizer.h"

struct db_session {
    struct synchronizer base;
    struct db_link link;
    struct db_statements statements;
    bool in_transaction;
    bool in_snapshot; /* in_transaction, too: reads lock nothing */
    struct arena scratch;
    struct buf sql;
    unsigned *ranks;               /* base.model_ranks */
    struct relation *relations;    /* base.relations */
    uint64_t relations_generation; /* of both; 0: not read yet */
    MYSQL_RES *unique_keys;        /* (table, key, column), NULL: not read yet */
    uint64_t keys_generation;
};

static inline struct db_session *db_session_of(struct synchronizer *s)
{
    return (struct db_session *)s;
}

/* Connects if need be, and reads the foreign keys on a new connection. */
NODISCARD enum rc db_session_open(struct db_session *s, struct fail *fail);

/* The same, and a transaction on it. */
NODISCARD enum rc db_session_transact(struct db_session *s, struct fail *fail);

/* Runs what a transaction or a lone statement begins with. A link that was lost while it lay idle
 * is noticed here, where nothing is done yet: then once more on a new one. */
typedef enum rc db_attempt(struct db_session *s, void *context, struct fail *fail);
NODISCARD enum rc db_session_first(struct db_session *s, db_attempt *attempt, void *context,
                                   struct fail *fail);

/* Empty memory for one operation: what the one before left there is gone. */
struct arena *db_session_scratch(struct db_session *s);
/* An empty buffer for SQL, too: for operations of a transaction alone. */
struct buf *db_session_sql(struct db_session *s);

/* Foreign keys between the mapped tables, as base.model_ranks and base.relations say. */
NODISCARD enum rc db_relations_read(struct db_session *s, struct fail *fail);

/* INVALID_DATA after a statement on the model's table: names the field if the server named its
 * column, and tells a taken id from another value that must be unique. */
NODISCARD enum rc db_refusal_explain(struct db_session *s, const struct model *model,
                                     MYSQL_STMT *stmt, struct fail *fail);

/* What is known of the ids, for what read_push does not ask itself. */
NODISCARD enum rc db_find_known(struct db_session *s, struct text owner, const struct text *ids,
                                size_t count, struct known_id *known_out, struct fail *fail);

/* The owner's row: locked, its clock taken. */
NODISCARD enum rc db_owner_lock(struct db_session *s, struct text owner, int64_t *clock_out,
                                struct fail *fail);

/* The owner's clock as it stands, nothing locked; 0 for an owner never seen. */
NODISCARD enum rc db_owner_clock(struct db_session *s, struct text owner, int64_t *clock_out,
                                 struct fail *fail);

/* Rows of the transaction's owner for a table of our own. A key that is there already: RC_RETRY. */
NODISCARD enum rc db_own_insert(struct db_session *s, const struct db_batch *batch,
                                enum db_statement_id id, const char *what, struct fail *fail);

/* Rows for mobync_known; the caller fills the ids. */
enum db_known_column { DB_KNOWN_OWNER, DB_KNOWN_CLOCK, DB_KNOWN_ID };
struct db_batch db_known_batch(struct text owner, int64_t clock, size_t count, struct arena *arena);

/* Operations of synchronizer.h: db_history.c. */
enum rc db_read_history(struct synchronizer *base, struct text owner, int64_t since_clock,
                        const struct history_limit *limit, struct arena *arena,
                        struct history *history_out, struct fail *fail);
enum rc db_read_push(struct synchronizer *base, const struct push_query *query, struct arena *arena,
                     struct history *history_out, struct known_id *known_out, struct fail *fail);
enum rc db_read_object_history(struct synchronizer *base, struct text owner, int64_t since_clock,
                               const struct model *model, const struct text *ids, size_t count,
                               struct arena *arena, struct diff_list *diffs_inout,
                               struct fail *fail);
enum rc db_read_history_part(struct synchronizer *base, const struct history_part *part,
                             struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                             struct fail *fail);

/* db_diffs.c */
enum rc db_find_existed(struct synchronizer *base, struct text owner, const struct model *model,
                        const struct text *ids, size_t count, bool *existed_out, struct fail *fail);
enum rc db_append(struct synchronizer *base, struct text owner, const struct diff *const *diffs,
                  size_t count, struct fail *fail);
enum rc db_remember(struct synchronizer *base, struct text owner, int64_t clock,
                    const struct text *ids, size_t count, struct fail *fail);

/* db_rejects.c */
enum rc db_put_rejects(struct synchronizer *base, struct text owner, int64_t clock,
                       const struct reject *rejects, size_t count, struct fail *fail);
enum rc db_find_rejects(struct synchronizer *base, struct text owner, const struct text *ids,
                        size_t count, struct arena *arena, struct reject *rejects_out,
                        struct fail *fail);
enum rc db_take_reject(struct synchronizer *base, struct text owner, struct text id,
                       bool *found_out, struct fail *fail);

/* db_objects.c */
enum rc db_read_objects(struct synchronizer *base, struct text owner, const struct model *model,
                        const struct text *ids, size_t count, struct arena *arena,
                        struct row *rows_out, struct fail *fail);
enum rc db_create_objects(struct synchronizer *base, struct text owner, const struct model *model,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail);
enum rc db_update_objects(struct synchronizer *base, struct text owner, const struct model *model,
                          const struct object *objects, size_t count, size_t *applied_out,
                          struct fail *fail);
enum rc db_remove_objects(struct synchronizer *base, struct text owner, const struct model *model,
                          const struct text *ids, size_t count, size_t *applied_out,
                          struct fail *fail);
enum rc db_validate(struct synchronizer *base, struct text owner, const struct model *model,
                    enum diff_type type, struct text json_data, bool *allowed_out,
                    struct fail *fail);

#endif
