/* memory_store.h: what the synchronizer in memory holds, with the undo log of its transaction.
 * Owns:    struct memory all of it. Diffs, rows and rejects are one block of memory each, what they
 *          point to behind them.
 * Holds:   every change within a transaction has its entry in the undo log; those from `mark` on
 *          are what rewind takes back. A snapshot needs no copy: nobody writes while it lasts. */
#ifndef MOBYNC_MEMORY_STORE_H
#define MOBYNC_MEMORY_STORE_H

#include "memory_map.h"
#include "memory_rules.h"
#include "summary.h"
#include "synchronizer.h"

struct stored_row {
    size_t value_count;
    bool deleted; /* softly: for devices it is not there */
    struct value values[];
};

struct stored_diff {
    struct diff diff; /* without the parsed fields */
    int64_t version;  /* the newest of the app then; 0: there were none */
    int64_t seq;      /* the order in which the owner's were stored */
    char bytes[];
};

struct stored_summary {
    struct summary summary; /* without its fields … */
    struct text fields;     /* … which are these */
    char bytes[];
};

struct stored_reject {
    struct reject reject; /* without owner and id */
    bool kept;            /* false: taken, and its id alone is known */
    char bytes[];
};

/* Of the outbox. */
struct memory_entry {
    uint64_t seq;
    struct text object_id; /* empty: all of the model */
    const struct model *model;
    enum change_op op;
    bool own;
    bool all_fields;
    uint64_t fields; /* bit n: field n changed */
    int64_t time_ms;
    char bytes[];
};

#define MEMORY_FORKS_MAX    16
#define MEMORY_LINEAGES_MAX 16

struct memory_owner {
    int64_t next_clock;
    int64_t head; /* next_clock before begin, for rollback */
    struct fork forks[MEMORY_FORKS_MAX];
    size_t fork_count;
    size_t fork_count_before;   /* begin */
    struct stored_diff **diffs; /* by (clock, seq) */
    size_t diff_count;
    size_t diff_capacity;
    int64_t last_seq;
    struct horizon horizon;
    struct memory_map *summaries; /* by model; ptr: struct stored_summary */
    struct memory_map diff_ids;   /* number: the clock */
    struct memory_map known;      /* number: the clock */
    struct memory_map rejects;    /* ptr: struct stored_reject; known ids, too */
    struct memory_map *rows;      /* by model; ptr: struct stored_row */
    struct memory_map *existed;   /* by model; number: how many diffs */
    size_t model_count;
    struct memory_entry **entries; /* by seq */
    size_t entry_count;
    size_t entry_capacity;
    int64_t reconciled; /* generation; 0: not yet */
    bool adopted;
    int64_t reconciled_before; /* begin */
    bool adopted_before;
};

enum undo_kind {
    UNDO_APPEND,
    UNDO_REMEMBER,
    UNDO_PUT_REJECT,
    UNDO_TAKE_REJECT,
    UNDO_ROW,
    UNDO_TAKE_CHANGE
};

struct undo {
    enum undo_kind kind;
    size_t model;
    char *id; /* NULL for UNDO_APPEND, which takes the last diff */
    size_t id_len;
    struct stored_row *row;     /* as it was; NULL: not there */
    struct memory_entry *entry; /* UNDO_TAKE_CHANGE */
};

#define MEMORY_NO_MARK SIZE_MAX

struct memory {
    struct synchronizer base;
    unsigned *zero_ranks;
    struct memory_map owners; /* ptr: struct memory_owner */
    int64_t epoch;
    char lineages[MEMORY_LINEAGES_MAX][64]; /* the last one is that of now */
    size_t lineage_count;
    struct memory_owner *open; /* of the transaction; NULL: none */
    bool in_snapshot;          /* `open` is read alone, and NULL for an owner never seen */
    bool in_drain;             /* `open` is written to, too, but others' writes are not seen */
    struct undo *undos;
    size_t undo_count;
    size_t undo_capacity;
    size_t mark;      /* undo_count at that time, or MEMORY_NO_MARK */
    unsigned fail_in; /* operations from now; 0: never */
    enum rc fail_rc;
    bool all_old; /* what is read is on disk */
    memory_validate *validate;
    void *validate_context;
    memory_constraint *constraint;
    void *constraint_context;
    memory_before *before;
    void *before_context;
    bool triggers; /* what other SQL writes is noted in the outbox … */
    uint64_t last_seq;
    int64_t generation; /* 1 at first */
    memory_interrupt *interrupt;
    void *interrupt_context;
    unsigned interrupt_in;    /* operations from now; 0: never, or it was … */
    bool interrupt_waits;     /* … for the end of a snapshot */
    struct memory_map *locks; /* by model; of the open transaction, while there is an interrupt */
    struct buf json;
    struct arena scratch; /* of one row */
};

static inline struct memory *memory_of(struct synchronizer *s)
{
    return (struct memory *)s;
}

/* Every operation starts here: does it fail on demand? */
NODISCARD enum rc memory_step(struct memory *m, struct fail *fail);
/* Those on an owner's data happen in that owner's transaction. */
NODISCARD enum rc memory_step_in(struct memory *m, struct text owner, struct fail *fail);

/* Begins a transaction on the owner's data, who is made if need be. */
void memory_open(struct memory *m, struct text owner);
/* Its end, whatever became of it. */
void memory_close(struct memory *m);

/* NULL for an owner never seen. */
struct memory_owner *memory_owner_find(struct memory *m, struct text name);
struct memory_owner *memory_owner_put(struct memory *m, struct text name);
void memory_owner_free(void *owner);

/* Of zeros; freed by the caller. */
void *memory_zeroed(size_t count, size_t size_bytes);

/* A copy of the text at *at, which moves behind it. */
struct text memory_put_bytes(char **at, struct text t);

/* In the order of seq. */
void memory_entry_insert(struct memory_owner *owner, struct memory_entry *entry);

struct undo *memory_undo_add(struct memory *m, enum undo_kind kind, struct text id);
/* Takes back what was changed since there were so many entries. */
void memory_undo_to(struct memory *m, size_t count);

/* Raised to the newest version of the app, unread. */
struct diff memory_diff_copy(const struct memory *m, const struct stored_diff *stored_diff,
                             struct text owner, struct arena *arena);

/* The place of the owner's first diff with that clock or a later one. */
size_t memory_first_since(const struct memory_owner *owner, int64_t since_clock);

#endif
