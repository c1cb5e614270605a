/* summary.h: what is left of an object's old diffs once they are compacted (docs/merging.md 15).
 * Pure:    no I/O, no clock.
 * Owns:    nothing; everything lies in the arena given.
 * Units:   clocks as docs/protocol.md 4, times in milliseconds since 1970 UTC; SUMMARY_NEVER where
 *          there is none.
 * Fails:   summary_parse_fields() alone: RC_FATAL where the stored text is none of ours.
 * Holds:   a summary has no values: those are in the row. All of an object's diffs below a clock
 *          are in its summary, or none: stored diffs of the object come behind all of it. */
#ifndef MOBYNC_SUMMARY_H
#define MOBYNC_SUMMARY_H

#include "column.h"
#include "diff.h"
#include "fold.h"

#define SUMMARY_NEVER ((int64_t)-1)

/* The last setting of a field. */
struct summary_field {
    int64_t clock; /* SUMMARY_NEVER: none of the diffs set it, since the last create */
    int64_t time_ms;
    uint64_t hash;  /* of its value, where group is 0 */
    unsigned group; /* else place in `groups` + 1: the hash is that of all of the group's values */
};

/* Fields that one diff set, as they were read from the stored form. */
struct summary_group {
    uint64_t hash;
    unsigned count; /* fields that the hash is of; 0: it is not known any more */
};

struct summary {
    const struct model *model;
    struct text object_id;
    int64_t first_clock;   /* of its first create; NEVER: it was there before any diff */
    int64_t created_clock; /* of its last create; NEVER: none since it was deleted, or at all */
    int64_t created_ms;
    int64_t deleted_clock; /* of its last delete, if that is the end; NEVER: it lives */
    int64_t deleted_ms;
    int64_t last_clock; /* of its last diff, with the seq beside it … */
    int64_t last_seq;   /* … so that find_touched's order stays: NEVER for an empty summary */
    struct summary_field *fields; /* by field index */
    struct summary_group *groups;
    size_t group_count;
};

/* An empty one. */
void summary_init(struct summary *summary, const struct model *model, struct text object_id,
                  struct arena *arena);

/* One more diff of the object, read (diff_parse_stored), the next in the order (clock, seq). What
 * the columns make of a value is what counts; NULL: they are not known. */
void summary_add(struct summary *summary, const struct diff *diff, int64_t seq,
                 const struct columns *columns, struct arena *arena);

/* The column `fields`: JSON, [] where there is nothing to tell. */
struct text summary_write_fields(const struct summary *summary, struct arena *arena);
/* Fields that are no longer mapped are left out. The other members are for the caller to fill. */
NODISCARD enum rc summary_parse_fields(struct summary *summary, struct text fields,
                                       struct arena *arena, struct fail *fail);

/* A copy in the arena. */
struct summary *summary_copy(const struct summary *summary, struct arena *arena);

static inline bool summary_lives(const struct summary *summary)
{
    return summary->deleted_clock == SUMMARY_NEVER;
}

/* What is to be told of it. */
struct summary_query {
    struct text owner;
    int64_t since_clock;
    int64_t until_clock; /* exclusive; INT64_MAX: no limit. What became of the object behind it is
                            for the next sync */
    /* Say what the summary says though there is no row, without values: for comparing it with the
     * table, and where a stored diff of the object (behind the summary) deletes it. */
    bool without_row;
    /* For comparing: since 0 a row that was there before any diff is an update, not a create. */
    bool compare;
};

/* The most that a summary is told as: a delete and a create. */
#define SUMMARY_DIFFS_MAX 2

/* As diffs, written and parsed, in their order, `summary` of which is this one: it must live as
 * long as they do. values: the row's, by field index; NULL where no row is live. Returns how
 * many. */
size_t summary_tell(const struct summary *summary, const struct summary_query *query,
                    const struct value *values, struct arena *arena,
                    struct diff diffs_out[SUMMARY_DIFFS_MAX]);

/* Is it certain that the row still holds what the field was set to, or that it is NULL if it was
 * set to nothing? kept: by field index, the fields that no stored diff set behind the summary;
 * values: the row's. */
bool summary_verifies(const struct summary *summary, const struct field *field, const bool *kept,
                      const struct value *values, struct arena *arena);

/* A value as rows hold it, hashed: for the parts of the summary alone. */
uint64_t summary_hash(const struct field *field, const struct value *held, struct arena *arena);

#endif
