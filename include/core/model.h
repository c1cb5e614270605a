/* model.h: how the protocol's models and fields map to the customer's tables.
 * Pure:    no I/O; built once by config (or by a test) and const afterwards.
 * Owns:    nothing; all texts are NUL-terminated and live as long as the config they came from.
 * Units:   max_length in characters, 0 for none; config_line is 1-based, 0 where there is no file.
 * Fails:   never; NULL or false for a name that is not there.
 * Holds:   indexes are places: models[i].index is i, and so for fields. */
#ifndef MOBYNC_MODEL_H
#define MOBYNC_MODEL_H

#include "text.h"
#include "versions.h"

#define MODEL_NAME_MAX_BYTES ((size_t)64)

/* Their rows: value_types.c and schema_types.c (docs/architecture.md 5). */
enum field_type {
    FIELD_STRING,
    FIELD_INTEGER,
    FIELD_FLOAT,
    FIELD_BOOLEAN,
    FIELD_LIST,
    FIELD_JSON,
    FIELD_DATETIME,
    FIELD_TIMESTAMP,
    FIELD_DATETIME_MS,
    FIELD_DATE,
    FIELD_TIME,
    FIELD_DECIMAL,
    FIELD_ENUM,
    FIELD_SET,
    FIELD_UUID,
    FIELD_BYTES,
    FIELD_REFERENCE, /* the id of an object of another model; its column holds that one's key */
    FIELD_TYPES      /* their number */
};

/* Config keys of a field that only some types have: FIELD_OPTIONS of value_types.c. */
enum field_option {
    FIELD_MAX_LENGTH = 1 << 0,
    FIELD_ZONE = 1 << 1,
    FIELD_AS = 1 << 2,
    FIELD_ROUND = 1 << 3,
    FIELD_VALUES = 1 << 4,
};

enum field_zone { FIELD_ZONE_NONE, FIELD_ZONE_UTC };
enum field_as { FIELD_AS_NUMBER, FIELD_AS_STRING };

/* May devices set the field? Its value they are told in any case. */
enum field_access {
    FIELD_WRITABLE,
    FIELD_READ_ONLY,         /* a diff that sets it is refused … */
    FIELD_READ_ONLY_IGNORED, /* … or applied without it */
};

/* What the server sets a column to where a diff does not: in the words of the config, which
 * fill_kind() reads. Empty: nothing. */
struct fill {
    struct text on_create;
    struct text on_update;
};

enum fill_kind {
    FILL_NOTHING,
    FILL_NOW,    /* the time, as the column holds times */
    FILL_NOW_S,  /* … in seconds since 1970 UTC */
    FILL_NOW_MS, /* … in milliseconds */
    FILL_EMPTY,  /* the empty text */
    FILL_CONSTANT,
};

/* What a diff does to an object; also the index into struct model's allow. */
enum diff_type { DIFF_CREATE, DIFF_UPDATE, DIFF_DELETE, DIFF_TYPES /* their number */ };

/* How ids and owners are written on the wire, and what their columns hold (object_id.h). */
enum key_type {
    KEY_STRING,
    KEY_INTEGER,
    KEY_UUID,
    KEY_REFERENCE, /* a part of an id alone: the id of an object of another model */
    KEY_TYPES      /* their number */
};

struct model;

struct field {
    struct text name;   /* key inside json_data */
    struct text column; /* column of the table */
    enum field_type type;
    struct text to;             /* references only: the model's name … */
    const struct model *parent; /* … and the model */
    bool required;              /* in a create, unless fill.on_create is there; and never null */
    enum field_access access;
    struct fill fill;
    size_t max_length;    /* FIELD_MAX_LENGTH */
    enum field_zone zone; /* FIELD_ZONE */
    enum field_as as;     /* FIELD_AS */
    bool round;           /* FIELD_ROUND: what the column cuts is taken; else refused */
    struct text *values;  /* FIELD_VALUES: all that it may have; none: the column's members */
    size_t value_count;
    bool json_booleans; /* write true and false, not 1 and 0 */
    size_t index;       /* place in its model */
    unsigned config_line;
};

/* A column of an id that several make up. */
struct id_part {
    struct text column;
    enum key_type type;
    struct text to;             /* references only: the model's name … */
    const struct model *parent; /* … and the model */
};

#define MODEL_ID_PARTS_MAX ((size_t)8)

/* A column that is no field, and that the server fills. */
struct filled_column {
    struct text column;
    struct fill fill;
};

struct model {
    struct text name;
    struct text table;
    struct text id_column; /* the first one, where id_parts has several */
    enum key_type id_type;
    struct id_part *id_parts; /* the columns that make up the id … */
    size_t id_part_count;     /* … 0: id_column alone */
    struct text owner_column;
    enum key_type owner_type;
    struct text validate;       /* stored function; empty: none */
    struct text deleted_column; /* of soft deletes; empty: a delete takes the row away */
    struct text deleted_value;  /* what it is then set to, as struct fill's texts */
    struct text live_value; /* what it has otherwise, a constant; empty: NULL if deleted_value is
                                   a time, else anything but that */
    struct filled_column *filled;
    size_t filled_count;
    bool allow[DIFF_TYPES];
    bool unmapped; /* a name that a diff used, without a table: it has no field and never a row */
    struct field *fields;
    size_t field_count;
    size_t index; /* place in its mapping; model_count where it is unmapped */
    unsigned config_line;
};

struct mapping {
    struct model *models;
    size_t model_count;
    bool ignore_unknown_fields;      /* else they are INVALID_DATA */
    bool json_booleans;              /* of every field; else 1 and 0 */
    const struct versions *versions; /* of the app; the models are the newest. NULL: there is one */
};

/* A foreign key between mapped tables: the child's field, or a part of its id, holds the id of an
 * object of the parent. */
struct relation {
    const struct model *child;
    const struct field *field;  /* NULL: the part of the id */
    const struct model *parent; /* may be the child itself: a tree */
    size_t id_part;
};

struct relations {
    const struct relation *items;
    size_t count;
};

/* "string" … and "create" …: the names of config and wire. */
const char *field_type_name(enum field_type type);
bool field_type_parse(struct text name, enum field_type *type_out);
bool field_type_takes(enum field_type type, enum field_option option);
const char *diff_type_name(enum diff_type type);
bool diff_type_parse(struct text name, enum diff_type *type_out);

/* "string" …, as the config writes them. */
const char *key_type_name(enum key_type type);

/* The columns of the id: one at least. */
size_t model_id_count(const struct model *model);
struct id_part model_id_part(const struct model *model, size_t at);
bool model_id_has_column(const struct model *model, struct text column);

enum fill_kind fill_kind(struct text value);
/* Does a row hold another value of the field, after a diff of that type which does not set it, than
 * the device that sent the diff knows of? Type: a create or an update. */
bool field_is_filled(const struct field *field, enum diff_type type);
bool model_deletes_softly(const struct model *model);

/* NULL if there is none of that name. */
const struct model *mapping_find(const struct mapping *mapping, struct text name);
const struct field *model_field(const struct model *model, struct text name);

#endif
