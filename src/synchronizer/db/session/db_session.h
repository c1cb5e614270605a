/* db_session.h: a connection with its statements, and the transaction that runs on it.
 * Holds:   link.in_transaction from START TRANSACTION until commit or rollback: until then nothing
 *          reconnects, for the rest of a transaction must not run alone.
 * Owns:    the link, its statements, and scratch memory that lives for one operation.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_SESSION_H
#define MOBYNC_DB_SESSION_H

#include "db_keys.h"
#include "db_relations.h"
#include "db_result.h"
#include "db_stmt.h"
#include "db_types.h"
#include "synchronizer.h"

/* db_refusal.c: the unique keys of the database, read when first asked for. */
struct db_unique_keys {
    struct arena arena;
    struct db_result result; /* (table, key, column) */
    uint64_t generation;     /* of the connection that they were read on; 0: not read yet */
};

/* db_lineage_cache.h: what a session goes by. */
struct db_lineage_copy {
    int64_t epoch;
    char id[LINEAGE_ID_MAX_BYTES];
    size_t id_len;
    int64_t read_us;     /* of the monotonic clock */
    uint64_t generation; /* of the connection that it was read on; 0: read it */
    int64_t compared;    /* mobync_lineage.generation: of comparing tables with histories */
};

/* What a file has learned of the tables when it was first asked: its own to know what. */
struct db_learned {
    struct arena arena;
    void *facts;
    uint64_t generation; /* of the connection that they were learned on; 0: not yet */
};

/* db_owners.h: how far the history of the transaction's owner is compacted. */
struct db_horizon_copy {
    struct horizon horizon;
    char owner[OWNER_MAX_BYTES];
    size_t owner_len; /* 0: it was not read in this transaction */
};

struct db_session {
    struct synchronizer base;
    struct db_link link;
    struct db_stmt_cache statements;
    bool in_snapshot; /* link.in_transaction, too: reads lock nothing, of one moment */
    bool reads_alone; /* one statement, outside of any transaction */
    bool in_drain;    /* … and there is the owner's lock, and one may write */
    struct arena scratch;
    struct buf sql;
    struct db_types types; /* behind base.columns */
    struct db_keys keys;
    struct arena kept;             /* of one write of objects, whatever it looks up */
    struct db_relations relations; /* behind base.model_ranks and base.relations */
    struct db_unique_keys unique_keys;
    struct db_lineage_copy lineage;
    struct db_learned walks;
    struct db_learned children;
    uint64_t elected;   /* the generation of the connection that has the lock of db_elect.h */
    int64_t next_clock; /* of the owner that is locked */
    struct db_horizon_copy horizon;
    int64_t next_seq;        /* of the diffs that the transaction appends */
    const struct model *own; /* whose rows @mobync_own says that we write … */
    uint64_t own_generation; /* … on the connection of that generation */
};

static inline struct db_session *db_session_of(struct synchronizer *s)
{
    return (struct db_session *)s;
}

void db_session_init(struct db_session *s, const struct db_settings *settings,
                     const struct synchronizer_ops *ops);
void db_session_release(struct db_session *s);

/* Connects if need be, and reads the columns' types and the foreign keys on a new connection. */
NODISCARD enum rc db_session_open(struct db_session *s, struct fail *fail);

/* The same, and a transaction on it. */
NODISCARD enum rc db_session_transact(struct db_session *s, struct fail *fail);

/* Runs what a transaction or a lone statement begins with. A link that was lost while it lay idle
 * is noticed here, where nothing is done yet: then once more on a new one. */
typedef enum rc db_attempt(struct db_session *s, void *context, struct fail *fail);
NODISCARD enum rc db_session_first(struct db_session *s, db_attempt *attempt, void *context,
                                   struct fail *fail);

/* As the operations of synchronizer.h. */
NODISCARD enum rc db_session_commit(struct db_session *s, struct fail *fail);
void db_session_rollback(struct db_session *s);

/* A statement of the transaction: never alone, on a new link. */
NODISCARD enum rc db_session_exec(struct db_session *s, const char *sql, struct fail *fail);

/* Before rows of the model are written: its triggers leave our own writes out, those of others note
 * what else our statements change (docs/architecture.md 4). Empties session->sql. */
NODISCARD enum rc db_session_own(struct db_session *s, const struct model *model,
                                 struct fail *fail);

/* Connects if need be, and asks the server for a sign of life. */
NODISCARD enum rc db_session_ping(struct db_session *s, struct fail *fail);

/* Empty memory for one operation: what the one before left there is gone. */
struct arena *db_session_scratch(struct db_session *s);
/* An empty buffer for SQL, too: for operations of a transaction alone. */
struct buf *db_session_sql(struct db_session *s);

#endif
