/* naive.h: rows, and what diffs do to them, as simply as it can be said: a merge is held beside it.
 * Pure:    no I/O, no clock.
 * Owns:    nothing; texts lie in the arena of the input.
 * Units:   a cell is an integer, 0 for null. */
#ifndef MOBYNC_FUZZ_NAIVE_H
#define MOBYNC_FUZZ_NAIVE_H

#include "diff.h"
#include "fuzz.h"
#include "merge.h"

#define NAIVE_MODELS  ((size_t)2)
#define NAIVE_IDS     ((size_t)2) /* of objects, in each model */
#define NAIVE_OBJECTS (NAIVE_MODELS * NAIVE_IDS)
#define NAIVE_FIELDS  ((size_t)3)

struct naive_row {
    bool live;
    int64_t cells[NAIVE_FIELDS];
};

struct naive_rows {
    struct naive_row of[NAIVE_OBJECTS];
};

const struct mapping *naive_mapping(void);

struct naive_object {
    const struct model *model;
    struct text id;
};

struct naive_object naive_object(size_t number);
/* The inverse. */
size_t naive_number(const struct model *model, struct text id);

struct field_value naive_field(const struct field *field, int64_t cell, struct arena *arena);
/* Fields and json_data of a diff of that object; bit n of mask: field n is set, to first + n, or to
 * null where that bit of nulls is set too. */
void naive_fill(struct diff *diff, unsigned mask, unsigned nulls, int64_t first,
                struct arena *arena);

/* Executes one diff as a phone's database does; false if that fails: a create of what is there, an
 * update of what is not. */
bool naive_execute(struct naive_rows *rows, const struct diff *diff);

/* The row changes of a plan. False if a row is not there to be updated or deleted, or is there
 * already. */
bool naive_apply(struct naive_rows *rows, const struct merge_plan *plan);

bool naive_equal(const struct naive_rows *a, const struct naive_rows *b);

#endif
