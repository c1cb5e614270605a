/* synchronizer.h: what the engine asks of a database; the C form of the reference's Synchronizer
 * class. Two implement it: mysql_synchronizer.h (the product) and memory_synchronizer.h (unit
 * tests). Walls:   every operation names one owner and sees that owner's rows and diffs alone
 * (PROTOCOL 7.8). Order:   begin, any number of operations, then commit or rollback. read_history
 * alone may also be called outside a transaction: a pull. Owns:    what it hands out lies in the
 * arena given. Units:   clocks as PROTOCOL 4, times in milliseconds since 1970 UTC. Fails:
 * RC_REJECTED: the data is refused (constraint, does not fit), *fail says why, without the diff's
 * id, which the caller knows. RC_RETRY: roll back, then the whole transaction may be tried again.
 * RC_UNCERTAIN: commit alone. RC_FATAL: the process should end. After any failure but RC_OK the
 * caller rolls back. */
#ifndef MOBYNC_SYNCHRONIZER_H
#define MOBYNC_SYNCHRONIZER_H

#include "arena.h"
#include "diff.h"
#include "fail.h"
#include "model.h"

struct synchronizer;

/* S(c) and the owner's clock. */
struct history {
    int64_t next_clock;     /* 0 for an owner never seen */
    struct diff_list diffs; /* logical_clock >= c, in the order (logical_clock, seq); parsed. Diffs
                               of models that are no longer mapped are left out */
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

struct synchronizer_ops {
    /* Starts the transaction, locks the owner and takes the clock: *clock_out is what this push's
     * diffs get, and next_clock is one more if the transaction commits. */
    enum rc (*begin)(struct synchronizer *s, struct text owner, int64_t *clock_out,
                     struct fail *fail);
    enum rc (*commit)(struct synchronizer *s, struct fail *fail);
    /* Cannot fail: a link that does not answer is dropped, and the database rolls back. */
    void (*rollback)(struct synchronizer *s);

    enum rc (*read_history)(struct synchronizer *s, struct text owner, int64_t since_clock,
                            struct arena *arena, struct history *history_out, struct fail *fail);
    /* clocks_out[i]: the clock at which ids[i] was taken, -1 if this owner never sent it. */
    enum rc (*find_known)(struct synchronizer *s, struct text owner, const struct text *ids,
                          size_t count, int64_t *clocks_out, struct fail *fail);
    /* existed_out[i]: some stored diff of this owner is about that object. */
    enum rc (*find_existed)(struct synchronizer *s, struct text owner, const struct model *model,
                            const struct text *ids, size_t count, bool *existed_out,
                            struct fail *fail);
    /* Rows by id, locked until the transaction ends. */
    enum rc (*read)(struct synchronizer *s, struct text owner, const struct model *model,
                    const struct text *ids, size_t count, struct arena *arena, struct row *rows_out,
                    struct fail *fail);

    /* *applied_out counts the rows that were there to be created, updated (also to the same values)
     * or deleted. A create whose id is taken: RC_REJECTED OBJECT_EXISTS. */
    enum rc (*create)(struct synchronizer *s, struct text owner, const struct model *model,
                      const struct object *objects, size_t count, size_t *applied_out,
                      struct fail *fail);
    enum rc (*update)(struct synchronizer *s, struct text owner, const struct model *model,
                      const struct object *objects, size_t count, size_t *applied_out,
                      struct fail *fail);
    enum rc (*remove)(struct synchronizer *s, struct text owner, const struct model *model,
                      const struct text *ids, size_t count, size_t *applied_out, struct fail *fail);

    /* The model's validation function, asked about one diff; true where there is none. */
    enum rc (*validate)(struct synchronizer *s, struct text owner, const struct model *model,
                        enum diff_type type, struct text json_data, bool *allowed_out,
                        struct fail *fail);

    /* Stores diffs in the order given, from seq 0 on; each carries the clock from begin. */
    enum rc (*append)(struct synchronizer *s, struct text owner, const struct diff *const *diffs,
                      size_t count, struct fail *fail);
    /* Ids that took effect inside another diff, or had none. */
    enum rc (*remember)(struct synchronizer *s, struct text owner, int64_t clock,
                        const struct text *ids, size_t count, struct fail *fail);

    /* Does the database answer? */
    enum rc (*ping)(struct synchronizer *s, struct fail *fail);
};

struct synchronizer {
    const struct synchronizer_ops *ops;
    const struct mapping *mapping;
    /* By model index: parents have lower ranks than the children whose foreign keys name them. All
     * 0 until the implementation has read them; kept by it. */
    const unsigned *model_ranks;
    /* The foreign keys behind the ranks, field by field; kept by the implementation like them. */
    struct relations relations;
};

#endif
