/* server.h: a server that the simulated phones talk to, whatever it is: memory_server.h or
 * stack_server.h; and what it holds, compared with the oracle.
 * Owns:    server_free() gives back what the server holds; what it reads lies in the arena given.
 * Fails:   replies carry an rc; readers and checks say false and add a sentence to *violation.
 * Holds:   nothing here judges a response. */
#ifndef MOBYNC_PROPERTY_SERVER_H
#define MOBYNC_PROPERTY_SERVER_H

#include "keys.h"
#include "oracle.h"
#include "world.h"

/* Other SQL, a transaction. */
struct server_sql {
    const struct sql_statement *statements;
    size_t count;
    int64_t now_ms;
    bool rolls_back;
    bool quiet; /* no trigger sees it */
};

struct server_call {
    struct text owner;
    int64_t clock;
    struct diff_list diffs;
    int64_t now_ms;
    int64_t clock_skew_ms;
    const struct world_rules *rules;
    bool as_text;                    /* in memory: through the request's JSON text and its parser */
    bool reset;                      /* the device can start from scratch */
    const struct server_sql *middle; /* other SQL that commits while this is served; NULL: none … */
    unsigned middle_nth;             /* … and when */
    unsigned fail_nth;               /* what goes wrong on the way, and when; 0: nothing */
    enum rc fail_rc;
};

struct server_reject {
    struct text id;
    enum fail_code code;
    struct text field; /* empty: none is named */
    bool any_field;    /* … for a real database does not say which a CHECK is about */
};

struct server_reply {
    enum rc rc;
    enum fail_code code;
    struct text diff_id;
    int64_t next_clock;
    bool reset; /* the device is to start from scratch with the diffs */
    struct diff_list diffs;
    struct server_reject *rejects; /* those of earlier syncs too */
    size_t reject_count;
    bool interrupted; /* the call's other SQL was committed */
    bool repeated;    /* the request reached the server more than once: this answers any of them */
};

struct server_stored {
    int64_t next_clock;
    bool waits;             /* the outbox holds something of other SQL */
    struct diff_list diffs; /* in the order (clock, seq) */
};

/* A refused diff as the server keeps it. */
struct server_kept {
    bool kept;
    int64_t clock;
    enum fail_code code;
};

struct server_horizon {
    int64_t below;
    int64_t forgotten;
};

struct server;

struct server_ops {
    /* No owner has anything; the keys must outlive their use. */
    void (*reset)(struct server *server, const struct keys *keys);
    struct server_reply (*sync)(struct server *server, const struct server_call *call,
                                struct arena *arena);
    bool (*read_rows)(struct server *server, struct text owner, struct cells rows[WORLD_OBJECTS],
                      struct arena *arena, struct buf *violation);
    bool (*read_stored)(struct server *server, struct text owner, struct server_stored *stored_out,
                        struct arena *arena, struct buf *violation);
    /* NULL: refused diffs cannot be looked at, nor can an operator do anything about them. */
    bool (*read_reject)(struct server *server, struct text owner, struct text id,
                        struct server_kept *kept_out, struct arena *arena, struct buf *violation);
    /* The call's owner, time and rules count. A reply's diff_id is the id that it has now. */
    struct server_reply (*retry)(struct server *server, const struct server_call *call,
                                 struct text id, struct arena *arena);
    bool (*drop)(struct server *server, struct text owner, struct text id, struct arena *arena,
                 struct buf *violation);
    /* Other SQL in one transaction, which ends as it says; quiet: no trigger sees it. NULL: there
     * is none. */
    bool (*write)(struct server *server, const struct server_sql *sql, struct arena *arena,
                  struct buf *violation);
    /* As oracle_reconcile(). */
    bool (*reconcile)(struct server *server, struct text owner, const struct model *model,
                      int64_t now_ms, struct buf *violation);
    /* Compaction: one step, about so large. NULL: there is none. */
    bool (*compact)(struct server *server, struct text owner, const struct server_horizon *to,
                    size_t max, struct server_horizon *now_out, struct buf *violation);
    struct oracle_witness (*witness)(struct server *server, struct buf *violation);
    /* Everything that the server holds of this owner, as one text, once nothing of it changes. */
    struct text (*dump)(struct server *server, struct text owner, struct arena *arena);
    void (*free)(struct server *server);
};

struct server {
    const struct server_ops *ops;
};

/* The body of POST /sync. */
struct text server_request_text(const struct server_call *call, struct arena *arena);

/* This owner's rows are the oracle's. */
bool server_check_rows(struct server *server, struct oracle *oracle, struct text owner,
                       struct arena *arena, struct buf *violation);
/* … and its stored diffs, with their fields' own times where they can be read, its clock, and what
 * is kept of refused diffs. */
bool server_check_stored(struct server *server, struct oracle *oracle, struct text owner,
                         struct arena *arena, struct buf *violation);

#endif
