/* changes.h: what other SQL wrote into the mapped tables, as their triggers noted it in the outbox,
 * and the tables as they stand, for comparing (docs/sql-writes.md).
 * Process: as synchronizer.h.
 * Order:   begin, any of these and of synchronizer.h's reads, take_clock before the first append,
 *          then commit or rollback. read, take and find_children also within a push's transaction,
 *          and read_rows, find_told and behind within a snapshot.
 * Owns:    results lie in the arena given.
 * Units:   clocks as docs/protocol.md 4, times in milliseconds since 1970 UTC.
 * Fails:   as synchronizer.h.
 * Holds:   a change and its entry in the outbox are one transaction of whoever made them: whoever
 *          reads one sees the other. Nothing here waits for other SQL, nor other SQL for it. */
#ifndef MOBYNC_CHANGES_H
#define MOBYNC_CHANGES_H

#include "arena.h"
#include "fail.h"
#include "model.h"
#include "value.h"

struct synchronizer;
struct owner_model;
struct id_list;
struct object_past;

enum change_op {
    CHANGE_INSERT,
    CHANGE_UPDATE,
    CHANGE_DELETE,
    CHANGE_RECONCILE, /* the database itself changed rows of the model, nobody knows which */
};

/* One entry of the outbox. */
struct change {
    uint64_t
        seq; /* the order in which they were written; with the two names and the owner the key */
    struct text model_name;
    struct text object_id;     /* empty: CHANGE_RECONCILE */
    const struct model *model; /* NULL: it is not mapped any more */
    enum change_op op;
    bool own;        /* made by a statement of this server's, in a table that it did not name */
    bool all_fields; /* of an update, nobody knows which fields: any may have changed */
    const struct field **fields; /* of an update: those that changed, and are mapped still */
    size_t field_count;
    int64_t time_ms;
};

struct change_list {
    struct change *items; /* in the order of seq */
    size_t count;
    bool more; /* there are others behind them */
};

/* What begin() finds of an owner. */
struct owner_state {
    int64_t next_clock; /* 0 for an owner never seen */
    bool reconciled;    /* tables and history were compared, since when the outbox tells the rest */
    bool adopted; /* … when there was no history: rows without any diff are known to devices */
};

/* A live row with its id. */
struct object_row {
    struct text id;
    struct value *values; /* by field index */
};

struct object_row_list {
    struct object_row *items;
    size_t count;
};

/* A walk through all of an owner's live rows of one model, each once, in no order of theirs. */
struct row_walk {
    struct text owner;
    const struct model *model;
    size_t limit;      /* rows of one step, 1 at least */
    struct text place; /* opaque: empty at first; kept by the steps in the walk's arena */
    bool more;         /* true at first */
    struct arena *arena;
};

/* A row that the database itself deletes, or whose references it clears, when its parent goes. */
struct child_row {
    const struct model *model;
    struct text id;
    const struct field *field; /* that refers to the parent; NULL: a part of the id */
    bool deleted;              /* with its parent; else the field becomes NULL */
};

struct child_list {
    struct child_row *items;
    size_t count;
};

/* Of so many entries operators are told exactly: counting them takes a few milliseconds. */
#define OUTBOX_COUNTED ((uint64_t)10000)

struct outbox_size {
    uint64_t entries;  /* as many as were counted, or more where they are estimated */
    bool estimated;    /* there may be more than were counted */
    int64_t oldest_ms; /* of those that were counted; 0: there are none */
};

/* An owner who has entries. */
struct waiting_owner {
    struct text owner;
    uint64_t last_seq; /* another one than before: there are new entries */
    int64_t oldest_ms;
    int64_t next_clock; /* 0 for an owner never seen */
};

struct waiting_list {
    struct waiting_owner *items;
    size_t count;
};

struct change_ops {
    /* Locks the owner, who is made if need be, but takes no clock. What is read from then on is of
     * one moment, whatever others commit, and locks nothing. */
    enum rc (*begin)(struct synchronizer *s, struct text owner, struct owner_state *state_out,
                     struct fail *fail);
    /* What is appended from now on gets this clock, which lies at next_clock of begin() or later. */
    enum rc (*take_clock)(struct synchronizer *s, struct text owner, int64_t clock,
                          struct fail *fail);
    /* The oldest entries; in a push's transaction those of others that are committed, too. */
    enum rc (*read)(struct synchronizer *s, struct text owner, size_t max, struct arena *arena,
                    struct change_list *changes_out, struct fail *fail);
    /* Takes these entries out. */
    enum rc (*take)(struct synchronizer *s, struct text owner, const struct change_list *changes,
                    struct fail *fail);
    /* Is the owner not reconciled yet, or has entries? In a snapshot: as it was then. */
    enum rc (*behind)(struct synchronizer *s, struct text owner, bool *behind_out,
                      struct fail *fail);
    /* What stored diffs alone say, whatever the rows are; see find_past. */
    enum rc (*find_told)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                         struct object_past *past_out, struct fail *fail);
    /* The next step of a walk; RC_REJECTED INVALID_CLOCK if its place is not one of the table's. */
    enum rc (*read_rows)(struct synchronizer *s, struct row_walk *walk, struct arena *arena,
                         struct object_row_list *rows_out, struct fail *fail);
    /* Were the owner's rows adopted? */
    enum rc (*find_adopted)(struct synchronizer *s, struct text owner, bool *adopted_out,
                            struct fail *fail);
    enum rc (*set_reconciled)(struct synchronizer *s, struct text owner, bool adopted,
                              struct fail *fail);
    /* Direct children of these parents alone, which their rows still name. */
    enum rc (*find_children)(struct synchronizer *s, struct owner_model of, struct id_list ids,
                             struct arena *arena, struct child_list *children_out,
                             struct fail *fail);

    /* For operators and housekeeping: outside of a transaction. */
    /* Owners behind that one, in the order of their bytes, max at most; fewer only if there are no
     * others. What it costs grows with the owners that it finds, not with their entries. */
    enum rc (*find_waiting)(struct synchronizer *s, struct text after, size_t max,
                            struct arena *arena, struct waiting_list *waiting_out,
                            struct fail *fail);
    /* Counts max entries at most, in the order of their owners: what it costs does not grow with
     * the outbox. */
    enum rc (*measure)(struct synchronizer *s, uint64_t max, struct outbox_size *size_out,
                       struct fail *fail);
    /* Makes the owners' next syncs compare tables and history again: of this owner, all where it is
     * empty; of this model, all where it is NULL. *owners_out: how many owners are known to be
     * affected. */
    enum rc (*reconcile)(struct synchronizer *s, struct text owner, const struct model *model,
                         uint64_t *owners_out, struct fail *fail);
};

#endif
