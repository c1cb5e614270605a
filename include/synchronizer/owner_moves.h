/* owner_moves.h: where an owner's data are, in this database or another one, and how they get there
 * (docs/scale.md 4).
 * Process: find() is for whoever has met an owner that is not here; the others are for operators.
 * Order:   outside of any transaction, except copy(): `from` is in a snapshot.
 * Owns:    what is handed out lies in the arena given.
 * Units:   clocks as docs/protocol.md 4.
 * Fails:   as synchronizer.h says; RC_REJECTED where the other database refuses a row, or the owner
 *          is not where the caller thinks. A privilege that the account lacks is RC_FATAL.
 * Holds:   while an owner is not here, no sync of it reads or writes anything in this database. */
#ifndef MOBYNC_OWNER_MOVES_H
#define MOBYNC_OWNER_MOVES_H

#include "owner_data.h"

enum owner_where {
    OWNER_HERE,
    OWNER_LEAVING,  /* its data are here; nobody may touch them */
    OWNER_ARRIVING, /* … are not all here yet */
    OWNER_AWAY,
    OWNER_WHERES /* their number */
};

struct owner_place {
    enum owner_where where;
    bool known;         /* the owner has a clock in this database, or had one */
    bool recorded;      /* … and was moved here, or away, at some time */
    struct text shard;  /* the other one, where recorded */
    int64_t next_clock; /* also while the owner is leaving */
    bool adopted;       /* changes.h: struct owner_state … */
    int64_t compacted_below;
    int64_t forgotten_below;
};

/* What is wrong with where owners are, as far as one database can tell. */
struct owner_survey {
    struct text lineage; /* the database's own */
    size_t between;      /* owners who are leaving or arriving */
    struct text between_owner;
    struct text *unmoved; /* some of the owners that no move has brought here or taken away */
    size_t unmoved_count;
};

struct owner_moves_ops {
    enum rc (*find)(struct synchronizer *s, struct text owner, struct arena *arena,
                    struct owner_place *place_out, struct fail *fail);
    /* One at a time; for as long as the connection lasts. */
    enum rc (*lock)(struct synchronizer *s, struct fail *fail);
    /* From one place to another, or RC_REJECTED if it is not there any more. Of an owner that is
     * here, the clock is taken as it is then. */
    enum rc (*change)(struct synchronizer *s, struct text owner, const struct owner_place *was,
                      struct owner_place *now_inout, struct fail *fail);
    /* Devices that name a lineage of `from` are not strangers to s; RC_REJECTED if s would give
     * clocks twice that `from` may have given. */
    enum rc (*know_lineage)(struct synchronizer *s, struct synchronizer *from, struct fail *fail);
    /* Adds the owner's rows of one table, as `from` has them, to the same table here. */
    enum rc (*copy)(struct synchronizer *s, struct synchronizer *from, struct text owner,
                    const struct owner_table *table, size_t *count_out, struct fail *fail);
    /* At most so many of those that were not moved. */
    enum rc (*survey)(struct synchronizer *s, size_t most_unmoved, struct arena *arena,
                      struct owner_survey *survey_out, struct fail *fail);
};

#endif
