/* column.h: what the database says of the columns of mapped tables, as far as their values depend
 * on it.
 * Pure:    no I/O; the synchronizer reads the types when it connects.
 * Owns:    nothing; members lie in the arena given.
 * Units:   scale counts digits behind the point, of seconds too; bytes and bits as they say.
 * Fails:   never; a type that nobody knows is COLUMN_UNKNOWN.
 * Holds:   what nobody has asked the database about is COLUMN_UNKNOWN: its values are checked by
 *          their field alone, and travel as the field's kind. */
#ifndef MOBYNC_COLUMN_H
#define MOBYNC_COLUMN_H

#include "arena.h"
#include "model.h"

enum column_type {
    COLUMN_UNKNOWN,
    COLUMN_TEXT,      /* JSON, too */
    COLUMN_BINARY,    /* of one width: shorter values are padded with zero bytes */
    COLUMN_VARBINARY, /* BLOBs, too */
    COLUMN_INTEGER,
    COLUMN_YEAR,
    COLUMN_BIT,
    COLUMN_FLOAT,
    COLUMN_DOUBLE,
    COLUMN_DECIMAL,
    COLUMN_DATE,
    COLUMN_DATETIME,
    COLUMN_TIMESTAMP,
    COLUMN_TIME,
    COLUMN_ENUM,
    COLUMN_SET,
    COLUMN_UUID,
    COLUMN_TYPES /* their number */
};

struct column {
    enum column_type type;
    bool is_unsigned;
    unsigned bits;              /* integers and BIT */
    unsigned precision;         /* DECIMAL: digits in all */
    unsigned scale;             /* DECIMAL, DATETIME, TIMESTAMP, TIME */
    uint64_t bytes;             /* BINARY: the width; VARBINARY and BLOBs: the longest value */
    unsigned characters;        /* CHAR, VARCHAR: the longest value */
    const struct text *members; /* ENUM, SET */
    size_t member_count;
    bool has_default; /* other than NULL */
};

/* Of one model's table. */
struct model_columns {
    struct column id;
    struct column owner;
    struct column *fields; /* by field index */
    struct column *filled; /* by place in the model's list */
    struct column deleted; /* of soft deletes */
    /* BEFORE triggers may make something else of a row that is created or updated */
    bool alters[DIFF_TYPES];
};

/* By model index; none: nothing is known. */
struct columns {
    const struct model_columns *models;
    size_t model_count;
};

/* A field with its column; column NULL: not known. */
struct mapped_field {
    const struct field *field;
    const struct column *column;
};

/* From information_schema's COLUMN_TYPE: "decimal(10,2) unsigned". */
struct column column_parse(struct text column_type, struct arena *arena);

/* UUIDs lie in it without their hyphens, as an ORM writes them that lacks a type of 16 bytes. */
bool column_omits_hyphens(const struct column *column);

/* May a row hold something else than what such a change writes? False where nothing is known. */
bool columns_alter(const struct columns *columns, const struct model *model, enum diff_type type);

/* NULL: nothing is known of the table. columns may be NULL, here as below. */
const struct model_columns *columns_of(const struct columns *columns, const struct model *model);
struct mapped_field column_of(const struct columns *columns, const struct model *model,
                              const struct field *field);
/* COLUMN_UNKNOWN where nothing is known. */
enum column_type column_type_of(const struct mapped_field *at);

#endif
