/* db_inspect.h: what the tables know of one owner and of one of its objects, for operators.
 * Order:   between begin_snapshot and rollback (synchronizer.h): nothing is locked or written.
 * Memory:  what grows with the history is read in parts, and counted by the database in parts.
 * Owns:    results lie in the arena given.
 * Units:   as synchronizer.h; sizes in bytes.
 * Fails:   as synchronizer.h says. */
#ifndef MOBYNC_DB_INSPECT_H
#define MOBYNC_DB_INSPECT_H

#include "synchronizer.h"

struct inspect_object {
    struct text owner;
    const struct model *model;
    struct text id;
};

/* Where a diff stands in its owner's history. */
struct inspect_place {
    int64_t clock;
    int64_t seq;
};

#define INSPECT_BEGINNING                                                                          \
    (struct inspect_place)                                                                         \
    {                                                                                              \
        -1, -1                                                                                     \
    }

/* Stored diffs, parsed, in the order (logical_clock, seq). */
struct inspect_diffs {
    struct diff *items;
    struct inspect_place *places;
    size_t count;
};

NODISCARD enum rc db_inspect_count(struct synchronizer *s, const struct inspect_object *object,
                                   int64_t *count_out, struct fail *fail);
/* Those behind the place, at most so many; fewer only at the end of the history. */
NODISCARD enum rc db_inspect_diffs(struct synchronizer *s, const struct inspect_object *object,
                                   struct inspect_place after, size_t most, struct arena *arena,
                                   struct inspect_diffs *diffs_out, struct fail *fail);

/* An id that is known, without a stored diff of its own. */
struct inspect_known {
    struct text id;
    int64_t clock;
    bool rejected;
    bool beside; /* its sync stored something about the object; else nothing at all */
};

/* Those that may have been about the object, newest first, at most so many: of syncs that stored
 * something about it, or nothing at all, from that clock on. Which object it was is not kept. Of
 * very many the newest alone are looked at. */
NODISCARD enum rc db_inspect_known(struct synchronizer *s, const struct inspect_object *object,
                                   int64_t since_clock, size_t most, struct arena *arena,
                                   struct inspect_known **known_out, size_t *count_out,
                                   struct fail *fail);

/* Ids of kept rejects behind that one in the order of their bytes, at most so many. */
NODISCARD enum rc db_inspect_reject_ids(struct synchronizer *s, struct text owner,
                                        struct text after, size_t most, struct arena *arena,
                                        struct text **ids_out, size_t *count_out,
                                        struct fail *fail);

/* A part of the history, counted. */
struct inspect_diff_count {
    struct text model; /* mapped or not */
    enum diff_type type;
    int64_t diffs;
    int64_t bytes; /* of json_data and field_times */
    int64_t latest_ms;
};

struct inspect_part {
    struct inspect_diff_count *items;
    size_t count;
    int64_t last_clock; /* where the next part begins behind; -1: there was nothing */
};

/* Whole clocks from that one on, about so many diffs. */
NODISCARD enum rc db_inspect_part(struct synchronizer *s, struct text owner, int64_t since_clock,
                                  size_t about, struct arena *arena, struct inspect_part *part_out,
                                  struct fail *fail);

/* Objects that the history tells of. */
struct inspect_objects {
    int64_t count;
    int64_t deleted;     /* … whose last diff is a delete */
    struct text last_id; /* where the next part begins behind; empty: there was nothing */
};

/* The model's objects behind that id, at most so many. The model need not be mapped. */
NODISCARD enum rc db_inspect_objects(struct synchronizer *s, struct text owner, struct text model,
                                     struct text after, size_t most, struct arena *arena,
                                     struct inspect_objects *objects_out, struct fail *fail);

/* The owner's rows in the model's table, whoever made them. */
NODISCARD enum rc db_inspect_rows(struct synchronizer *s, struct text owner,
                                  const struct model *model, int64_t *count_out, struct fail *fail);

/* What else is kept of an owner. */
struct inspect_rest {
    int64_t known;
    int64_t known_rejected; /* of these */
    int64_t rejects[FAIL_CODES];
    int64_t oldest_reject_ms; /* 0: there is none */
    int64_t newest_reject_ms;
    int64_t tokens;        /* 0, too, where the config has none */
    int64_t token_used_ms; /* 0: never; at most an hour behind */
};

NODISCARD enum rc db_inspect_rest(struct synchronizer *s, struct text owner,
                                  struct inspect_rest *rest_out, struct fail *fail);

#endif
