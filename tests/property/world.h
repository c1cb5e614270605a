/* world.h: the small worlds in which histories are played: models, objects, rows, random numbers.
 * Pure:    no I/O, no clock; everything random comes from a struct random with a seed.
 * Owns:    nothing; texts point into the arena of the history being played.
 * Units:   a cell is a field's value as JSON text, exactly as a diff wrote it; "null" when unset.
 * Fails:   flat_parse() alone, with false: the text is no JSON object.
 * Holds:   at most WORLD_FIELDS fields a model and WORLD_OBJECTS objects an owner. One world is in
 *          use at a time, WORLD_PLAIN at first; what is here is about that one. */
#ifndef MOBYNC_PROPERTY_WORLD_H
#define MOBYNC_PROPERTY_WORLD_H

#include "arena.h"
#include "column.h"
#include "diff.h"
#include "model.h"

#define WORLD_FIELDS    ((size_t)8) /* WORLD_PLAIN has up to five a model */
#define WORLD_OBJECTS   ((size_t)6)
#define WORLD_MODELS    ((size_t)3) /* WORLD_PLAIN has two */
#define WORLD_RELATIONS ((size_t)3)
#define WORLD_DENIALS   (DIFF_TYPES * 2u) /* bits of `denied` that worlds use */
#define WORLD_GHOST     WORLD_OBJECTS /* its number, of an object whose model the server lacks */
#define WORLD_PLACES    (WORLD_OBJECTS + 1)

struct random {
    uint64_t state;
};

uint64_t random_next(struct random *random);
/* 0 … bound - 1. */
uint32_t random_below(struct random *random, uint32_t bound);
/* True once in `in` times. */
bool random_one(struct random *random, uint32_t in);

/* What the server refuses where it does so diff by diff. */
struct world_rules {
    bool quarantine;  /* else nothing of the rest counts */
    bool strict;      /* some values are refused, by the validation function and by a CHECK */
    bool required;    /* the first field of each model is */
    unsigned denied;  /* bit DIFF_TYPES * model + type: the mapping does not allow it */
    unsigned guarded; /* bit DIFF_TYPES * object + type: the validation function says no */
};

enum world_kind {
    WORLD_PLAIN, /* trees and leaves, whose ids and foreign keys are strings */
    WORLD_KEYED, /* … are integers, UUIDs, and two references with a string; leaves refer to trees;
                  * a field of every type */
    WORLD_KINDS
};

/* One row as a device or the server has it. */
struct cells {
    bool live;
    struct text json[WORLD_FIELDS];
};

/* Until the next call; no server and no phone of another world may be at work. */
void world_use(enum world_kind kind);

const struct mapping *world_mapping(void);
/* … and ghosts, which are not mapped: what may stand in requests and answers. */
const struct mapping *world_wire_mapping(void);
/* From now on a delete in the models whose bits are set leaves the row, which nobody sees. */
void world_delete_softly(unsigned models);
/* From now on the table of WORLD_PLAIN's trees makes something else of the rows that devices write:
 * a tree that is created without a height gets a default, and a BEFORE trigger fells trees by their
 * height. */
void world_alter(bool on);
/* What it makes of a row that comes to these cells, of which the fields with set bits were set. */
void world_before(const struct model *model, enum diff_type type, unsigned set,
                  struct cells *cells);
/* What the tables tell a synchronizer that can ask them. */
const struct columns *world_table_columns(void);
/* What the tables of the world are like: NULL where values do not depend on it. */
const struct columns *world_columns(void);
/* The models' `allow`, `validate` and `required` are those of the rules, until the next call. */
void world_restrict(const struct world_rules *rules);

/* What may be a foreign key. WORLD_PLAIN: 0: leaves.tree_id, 1: trees.parent_id (a tree of trees),
 * 2: trees.crown_id, which names a leaf and closes a circle of models with 0. WORLD_KEYED: 0:
 * leaves.tree_id, 1 and 2: the tree and the leaf in the id of a grafting; all references. */
const struct relation *world_relation(size_t number);

/* SQL for the ids and the cells of a model's rows, as devices see them: the id first, then fields
 * in their order, of the owner %s. NULL: its columns are what devices see. */
const char *world_select(const struct model *model);

struct world_object {
    const struct model *model;
    struct text id;
};

/* Object number n of the world, the models taking turns; WORLD_GHOST the ghost. */
struct world_object world_object(size_t number);
/* The inverse; WORLD_PLACES if there is no such object. */
size_t world_object_number(const struct model *model, struct text id);

/* The object that the id of this one names by the relation, a part of the id; WORLD_PLACES if it is
 * no child of it. */
size_t world_id_parent(const struct relation *relation, size_t child);
/* The object that the cell of this field refers to; WORLD_PLACES: none. */
size_t world_parent(const struct field *field, struct text json);

void cells_clear(struct cells *cells);
/* Same liveness and same values; true is 1, false is 0, and NULL is what was never set. */
bool cells_equal(const struct model *model, const struct cells *a, const struct cells *b);
bool cell_equal(const struct field *field, struct text a, struct text b);

/* A value for the field that tells apart every `value`, now and then an odd spelling of it; one
 * that may be a foreign key names an object of the world. */
struct text world_value(const struct field *field, uint32_t value, struct arena *arena);
/* Is the JSON of its values a string? */
bool world_is_string(const struct field *field);
/* The typed value behind a cell, as a strict parser would have read it; of types that WORLD_PLAIN
 * lacks its JSON. */
struct value world_typed(const struct field *field, struct text json);

/* A value of the wrong type, or another spelling of an id; empty where every type is right. */
struct text world_wrong_value(const struct field *field);

/* What the validation function says. */
bool world_validates(const struct world_rules *rules, const struct model *model,
                     enum diff_type type, struct text json_data);
/* The CHECK; names the field that it is about. */
bool world_row_fits(const struct world_rules *rules, const struct model *model,
                    const struct cells *row, struct text *field_out);
/* Does the server store its values in another spelling? */
bool world_rewrites(const struct diff *diff);
/* Can it be told what the diff sets? */
bool world_parses(const struct diff *diff);
/* Is this a value of the field's type, and not null where the field is required? */
bool world_value_fits(const struct field *field, struct text json);
/* Does the diff keep docs/protocol.md 2 and the mapping, whatever the rows are? */
bool world_readable(const struct diff *diff);

/* Members of one JSON object, values as they are written; the object's id apart. */
struct flat {
    struct text object_id;
    struct field_value fields[WORLD_FIELDS];
    size_t count;
    bool id_first;
    bool foreign; /* a field is in it that the model lacks */
};

/* A field that the model lacks is a fault. */
bool flat_parse(const struct model *model, struct text json, struct flat *flat_out);
/* {"id":…,fields} without any space, in the order given. */
struct text flat_write(struct text object_id, const struct field_value *fields, size_t count,
                       struct arena *arena);

#endif
