/* synchronizer.h: what the server asks of a database; the C form of the reference's Synchronizer
 * class. Two implement it: db_synchronizer.h (the product), memory_synchronizer.h (tests).
 * Process: one caller at a time; nothing is shared between two synchronizers but the database.
 * Scope:   every operation names one owner and sees that owner's rows and diffs alone
 *          (docs/protocol.md 7.8); those of rejects.h and tokens.h, for operators, may see all.
 * Order:   begin, any number of operations, then commit or rollback; or begin_snapshot, reads, then
 *          rollback. Outside of both: read_history (a pull), find_fork, make_durable, ping, elect,
 *          measure_history, rejects, tokens and lineages.
 * Owns:    results lie in the arena given.
 * Units:   clocks as docs/protocol.md 4, times in milliseconds since 1970 UTC.
 * Fails:   RC_REJECTED: the database refuses the data (constraint, does not fit); *fail says why,
 *          without the diff's id, which the caller knows. What was written before the refused
 *          statement stands. After every other failure the caller rolls back: RC_RETRY: the whole
 *          transaction may be run again. RC_UNCERTAIN: commit alone. RC_FATAL: the process ends.
 * Holds:   a transaction without a commit that returned RC_OK or RC_UNCERTAIN changes nothing. */
#ifndef MOBYNC_SYNCHRONIZER_H
#define MOBYNC_SYNCHRONIZER_H

#include "arena.h"
#include "changes.h"
#include "column.h"
#include "compaction.h"
#include "diff.h"
#include "fail.h"
#include "inspect.h"
#include "lineage.h"
#include "model.h"
#include "owner_data.h"
#include "owner_moves.h"
#include "rejects.h"
#include "tokens.h"

struct synchronizer;

/* S(c) and the owner's clock. */
struct history {
    int64_t next_clock;     /* 0 for an owner never seen */
    struct lineage lineage; /* at most LINEAGE_FRESH_MS old */
    struct horizon horizon; /* where c is less than compacted_below, diffs are what is left of S(c):
                               read_history_part and read_object_history tell the rest */
    struct diff_list diffs; /* logical_clock >= c, in the order (logical_clock, seq); unread. Diffs
                               of models that are no longer mapped are left out */
    int64_t oldest_s;       /* for how long the first of the diffs has been stored, those that are
                               left out too; 0: there is none */
    bool young;             /* what this tells may not be on disk: see make_durable */
    bool behind; /* the tables hold what no diff tells yet: to be drained first (changes.h) */
    bool more;   /* there was more than was asked for: diffs is empty */
};

/* How much of a history is read at once: whichever is reached first. */
struct history_limit {
    size_t diffs;
    size_t bytes; /* of json_data */
};

/* All of an owner's objects of one model. */
struct owner_model {
    struct text owner;
    const struct model *model;
};

/* Of diffs or of objects. */
struct id_list {
    const struct text *items;
    size_t count;
};

/* What a pull asks for: S(c). */
struct pull_query {
    struct text owner;
    int64_t since_clock;
    const struct history_limit *limit; /* NULL: none */
};

/* What of S(c) is about these objects; below the horizon as struct history_part says. */
struct object_history_query {
    struct owner_model of;
    int64_t since_clock;
    struct id_list ids;
    bool without_row; /* what a summary says is told though the row is gone, without values */
};

/* What a push must know before it is merged. */
struct push_query {
    struct text owner;
    int64_t since_clock;
    const struct history_limit *limit; /* NULL: none */
    const struct text *ids;            /* of the request's diffs */
    size_t count;
};

/* A part of S(c), object by object: for what is too large to be held, or compacted in part. Where
 * since_clock is below the owner's horizon, what a summary and its row say comes first of an
 * object, as diffs that summary_tell() makes (summary.h; their `summary` is set), then
 * its stored diffs. */
struct history_part {
    struct text owner;
    const struct model *model;
    int64_t since_clock;
    int64_t until_clock;  /* exclusive */
    struct text after_id; /* objects behind this one, in the order of their ids' bytes */
    struct text only_id;  /* not empty: this object alone */
    bool compare;         /* as summary_query says: told though the row is gone, for comparing */
    struct history_limit limit;
};

/* Objects of which something is stored behind that place, at most so many. */
struct touched_query {
    struct owner_model of;
    struct inspect_place after;
    size_t limit;
};

/* Ids of diffs. */
struct id_range {
    struct text from; /* the first … */
    struct text to;   /* … and what lies behind the last */
};

struct touched {
    struct text id;
    struct inspect_place at; /* of the object's last diff */
};

struct touched_list {
    struct touched *items;
    size_t count;
};

/* A row of a mapped table, this owner's. */
struct row {
    bool live;
    struct value *values; /* by field index; NULL where not live */
};

/* What create and update set. Fields that are not named get the column's default (create) or
 * stay (update). */
struct object {
    struct text id;
    const struct field_value *fields;
    size_t field_count;
};

/* What this owner's earlier syncs know of a diff's id. */
struct known_id {
    int64_t clock; /* at which it was taken; -1: never sent */
    bool rejected; /* … and refused, while the rest of its sync was applied */
};

/* Where an owner's history went on after the database was set back: no clock between them was given
 * in this lineage, or ever will be. */
struct fork {
    int64_t head; /* next_clock then */
    int64_t base; /* the first clock after it */
};

/* What a request that may come from another lineage asks. */
struct fork_query {
    struct text owner;
    int64_t clock;
    struct text lineage; /* empty: it names none */
};

struct fork_found {
    bool lost;     /* the clock lies behind a fork's head and before its base … */
    int64_t head;  /* … which is this */
    bool ancestor; /* the lineage is an earlier one of this database */
};

/* What an owner's history says of an object. */
struct object_past {
    bool existed; /* some stored diff is about it, or its row is deleted softly … */
    bool deleted; /* … as it is now; else of the diffs the last one is a delete */
};

/* What all owners' histories take, by the engine's own statistics. */
struct history_size {
    int64_t diffs;
    int64_t summaries; /* of what was compacted */
    int64_t bytes;     /* on disk, with indexes and known ids */
};

struct synchronizer_ops {
    /* Starts the transaction, locks the owner and takes a clock. *head_out is next_clock before it.
     * This push's diffs get the clock below next_clock as read_push() then finds it: the head, or
     * the base of the epoch where that is later. */
    enum rc (*begin)(struct synchronizer *s, struct text owner, int64_t *head_out,
                     struct fail *fail);
    /* Notes that the clock from begin lies behind a gap. */
    enum rc (*fork)(struct synchronizer *s, struct text owner, const struct fork *fork,
                    struct fail *fail);
    /* Within a transaction or outside of it. RC_RETRY: the query's lineage is newer than the one
     * that the history named. */
    enum rc (*find_fork)(struct synchronizer *s, const struct fork_query *query,
                         struct fork_found *found_out, struct fail *fail);
    enum rc (*commit)(struct synchronizer *s, struct fail *fail);
    /* Cannot fail: a link that does not answer is dropped, and the database rolls back. */
    void (*rollback)(struct synchronizer *s);

    /* Outside of both: waits until no crash of the database can take back what was read from it, the
     * owner's clock and diffs or any row. A commit does so, too. Never connects: whoever lost the
     * link reads again. */
    enum rc (*make_durable)(struct synchronizer *s, struct text owner, struct fail *fail);

    enum rc (*read_history)(struct synchronizer *s, const struct pull_query *query,
                            struct arena *arena, struct history *history_out, struct fail *fail);
    /* In the order (logical_clock, seq), added behind what *diffs_inout holds. Within a transaction
     * the rows that summaries are told from are locked. */
    enum rc (*read_object_history)(struct synchronizer *s, const struct object_history_query *query,
                                   struct arena *arena, struct diff_list *diffs_inout,
                                   struct fail *fail);
    /* Between here and rollback the owner's data are read as they are now, whatever others commit;
     * nothing is locked, nothing can be written. read_history_part, read_object_history,
     * find_touched, read, find_rejects, inspect and the reads of owner_data alone may be called. */
    enum rc (*begin_snapshot)(struct synchronizer *s, struct text owner, int64_t *next_clock_out,
                              struct fail *fail);
    /* The first diffs of the part in the order (object_id, logical_clock, seq), as many as the
     * limit says, one at least if there is any; *more_out: there are others behind them. */
    enum rc (*read_history_part)(struct synchronizer *s, const struct history_part *part,
                                 struct arena *arena, struct diff_list *diffs_out, bool *more_out,
                                 struct fail *fail);
    /* Each object once, in the order of their places. Within a snapshot or a drain's transaction. */
    enum rc (*find_touched)(struct synchronizer *s, const struct touched_query *query,
                            struct arena *arena, struct touched_list *touched_out,
                            struct fail *fail);
    /* Is a diff of the owner stored whose id is in this range, by its bytes? As find_touched. */
    enum rc (*has_ids)(struct synchronizer *s, struct text owner, const struct id_range *range,
                       bool *found_out, struct fail *fail);
    /* S(c) as read_history, and by place among the ids what is known of each. next_clock counts the
     * clock that begin took. */
    enum rc (*read_push)(struct synchronizer *s, const struct push_query *query,
                         struct arena *arena, struct history *history_out,
                         struct known_id *known_out, struct fail *fail);
    enum rc (*find_past)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail);
    /* Of the past only whether the object existed: that is cheaper. */
    enum rc (*find_existing)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             bool *existed_out, struct fail *fail);
    /* Rows by id, locked until the transaction ends. */
    enum rc (*read)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                    struct arena *arena, struct row *rows_out, struct fail *fail);
    /* Outside of any transaction: rows as of a moment at which the owner's clock is this and nothing
     * is untold; at any other time, none is live. Locks nothing. */
    enum rc (*read_settled)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                            int64_t next_clock, struct arena *arena, struct row *rows_out,
                            struct fail *fail);

    /* *applied_out counts the rows that were there to be created, updated (also to the same values)
     * or deleted. A create whose id is taken: RC_REJECTED OBJECT_EXISTS. */
    enum rc (*create)(struct synchronizer *s, struct owner_model of, const struct object *objects,
                      size_t count, size_t *applied_out, struct fail *fail);
    enum rc (*update)(struct synchronizer *s, struct owner_model of, const struct object *objects,
                      size_t count, size_t *applied_out, struct fail *fail);
    enum rc (*remove)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                      size_t *applied_out, struct fail *fail);

    /* The model's validation function, asked about one diff; true where there is none. */
    enum rc (*validate)(struct synchronizer *s, struct owner_model of, enum diff_type type,
                        struct text json_data, bool *allowed_out, struct fail *fail);

    /* Stores diffs in the order given, behind those that the transaction has stored already; each
     * carries the clock from begin, or from take_clock. */
    enum rc (*append)(struct synchronizer *s, struct text owner, const struct diff *const *diffs,
                      size_t count, struct fail *fail);
    /* Ids that took effect inside another diff, or had none. */
    enum rc (*remember)(struct synchronizer *s, struct text owner, int64_t clock,
                        const struct text *ids, size_t count, struct fail *fail);

    /* Keeps refused diffs and remembers their ids as known and rejected. The reject's owner and
     * clock are those given. */
    enum rc (*put_rejects)(struct synchronizer *s, struct text owner, int64_t clock,
                           const struct reject *rejects, size_t count, struct fail *fail);
    /* rejects_out[i].id is empty where none of that id is kept (any more). */
    enum rc (*find_rejects)(struct synchronizer *s, struct text owner, struct id_list ids,
                            struct arena *arena, struct reject *rejects_out, struct fail *fail);
    /* Takes one out of those kept; its id stays known and rejected. */
    enum rc (*take_reject)(struct synchronizer *s, struct text owner, struct text id,
                           bool *found_out, struct fail *fail);

    /* Within a transaction: rewind undoes what was written since mark, and keeps the locks. */
    enum rc (*mark)(struct synchronizer *s, struct fail *fail);
    enum rc (*rewind)(struct synchronizer *s, struct fail *fail);

    /* Does the database answer? */
    enum rc (*ping)(struct synchronizer *s, struct fail *fail);

    /* Outside of a transaction: is this the one of all that use the database which keeps house
     * there? It is until its connection ends, of which it learns with the next statement: so two
     * may be for a moment, and nothing may depend on there being one. */
    enum rc (*elect)(struct synchronizer *s, bool *elected_out, struct fail *fail);

    /* For operators, outside of a transaction: an estimate that costs the same whatever there is. */
    enum rc (*measure_history)(struct synchronizer *s, struct history_size *size_out,
                               struct fail *fail);

    /* NULL where the implementation has none. */
    const struct reject_ops *rejects;
    const struct token_ops *tokens;
    const struct inspect_ops *inspect;
    const struct lineage_ops *lineages;
    const struct owner_data_ops *owner_data;
    const struct owner_moves_ops *owner_moves;
    const struct change_ops *changes;        /* never NULL */
    const struct compaction_ops *compaction; /* never NULL */
};

struct synchronizer_counts {
    uint64_t connects; /* how often the database was found … */
    uint64_t failed_connects;
    uint64_t flushes_by_procedure; /* how often make_durable waited, by the way that it took */
    uint64_t flushes_by_update;
};

struct synchronizer {
    const struct synchronizer_ops *ops;
    const struct mapping *mapping;
    /* By model index: parents have lower ranks than the children whose foreign keys name them. All
     * 0 until the implementation has read them; kept by it. */
    const unsigned *model_ranks;
    /* The foreign keys behind the ranks, field by field; kept by the implementation like them. */
    struct relations relations;
    /* The columns of the mapped tables; NULL until the implementation has read them, which ping()
     * makes it do. Read again on a new connection. */
    const struct columns *columns;
    struct synchronizer_counts counts; /* kept by the implementation */
    /* Set for each request by who runs its transactions: where the engine may have made it up, the
     * first duplicate key is RC_RETRY, and clears this. */
    bool doubts_duplicates;
    /* Set by who moves owners: one that is not here is read and deleted all the same. */
    bool moves_owners;
};

#endif
