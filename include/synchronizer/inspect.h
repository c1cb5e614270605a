/* inspect.h: what the database knows of one owner and of one of its objects, for operators.
 * Process: reads of one snapshot of the database.
 * Order:   between begin_snapshot and rollback (synchronizer.h): nothing is locked or written.
 * Memory:  what grows with the history is read in parts, and counted by the database in parts.
 * Owns:    results lie in the arena given.
 * Units:   as synchronizer.h; sizes in bytes.
 * Fails:   as synchronizer.h says.
 * Holds:   parts that follow each other make up the whole, nothing twice. */
#ifndef MOBYNC_INSPECT_H
#define MOBYNC_INSPECT_H

#include "arena.h"
#include "diff.h"
#include "fail.h"
#include "model.h"

struct summary;
struct synchronizer;

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

/* The object's diffs behind that place, at most so many. */
struct inspect_diffs_query {
    const struct inspect_object *object;
    struct inspect_place after;
    size_t max;
};

/* Stored diffs, parsed, in the order (logical_clock, seq). */
struct inspect_diffs {
    const struct inspect_object *object;
    struct diff *items;
    struct inspect_place *places;
    size_t count;
};

/* Ids that may have been about the object, of syncs from that clock on, at most so many. */
struct inspect_known_query {
    const struct inspect_object *object;
    int64_t since_clock;
    size_t max;
};

/* An id that is known, without a stored diff of its own. */
struct inspect_known {
    struct text id;
    int64_t clock;
    bool rejected;
    bool beside; /* its sync stored something about the object; else nothing at all */
};

struct inspect_known_list {
    struct inspect_known *items; /* newest first */
    size_t count;
};

/* The owner's kept rejects whose ids come behind that one in the order of their bytes. */
struct inspect_rejects_query {
    struct text owner;
    struct text after;
    size_t max;
};

struct inspect_id_list {
    struct text *items;
    size_t count;
};

/* Whole clocks from that one on, about so many diffs. */
struct inspect_part_query {
    struct text owner;
    int64_t since_clock;
    size_t about;
};

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

/* The model's objects behind that id, at most so many. The model need not be mapped. */
struct inspect_objects_query {
    struct text owner;
    struct text model;
    struct text after;
    size_t max;
};

/* Objects that the history tells of. */
struct inspect_objects {
    int64_t count;
    int64_t deleted;     /* … whose last diff is a delete */
    struct text last_id; /* where the next part begins behind; empty: there was nothing */
};

/* What else is kept of an owner. */
struct inspect_rest {
    int64_t known;
    int64_t known_rejected; /* of these */
    int64_t rejects[FAIL_CODES];
    int64_t oldest_reject_ms; /* 0: there is none */
    int64_t newest_reject_ms;
    int64_t tokens;        /* 0, too, where the config has none */
    int64_t token_used_ms; /* 0: never; at most an hour behind */
    int64_t summaries;     /* of objects whose older diffs were compacted, of all models … */
    int64_t tombstones;    /* … of which so many are of deleted objects */
};

struct inspect_ops {
    enum rc (*count)(struct synchronizer *s, const struct inspect_object *object,
                     int64_t *count_out, struct fail *fail);
    /* Fewer than asked for only at the end of the history. */
    enum rc (*diffs)(struct synchronizer *s, const struct inspect_diffs_query *query,
                     struct arena *arena, struct inspect_diffs *diffs_out, struct fail *fail);
    /* Of syncs that stored something about the object, or nothing at all: which object an id was
     * about is not kept. Of very many the newest alone are looked at. */
    enum rc (*known)(struct synchronizer *s, const struct inspect_known_query *query,
                     struct arena *arena, struct inspect_known_list *known_out, struct fail *fail);
    enum rc (*reject_ids)(struct synchronizer *s, const struct inspect_rejects_query *query,
                          struct arena *arena, struct inspect_id_list *ids_out, struct fail *fail);
    enum rc (*part)(struct synchronizer *s, const struct inspect_part_query *query,
                    struct arena *arena, struct inspect_part *part_out, struct fail *fail);
    enum rc (*objects)(struct synchronizer *s, const struct inspect_objects_query *query,
                       struct arena *arena, struct inspect_objects *objects_out, struct fail *fail);
    /* The owner's rows in the model's table, whoever made them, that are not deleted softly. */
    enum rc (*rows)(struct synchronizer *s, struct text owner, const struct model *model,
                    int64_t *count_out, struct fail *fail);
    /* What is left of the object's compacted diffs; count and diffs know nothing of it. */
    enum rc (*summary)(struct synchronizer *s, const struct inspect_object *object,
                       struct arena *arena, struct summary *summary_out, bool *found_out,
                       struct fail *fail);
    enum rc (*rest)(struct synchronizer *s, struct text owner, struct inspect_rest *rest_out,
                    struct fail *fail);
};

#endif
