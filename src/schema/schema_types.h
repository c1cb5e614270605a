/* schema_types.h: the SQL types of a field type: those that fit it, and the one that we create.
 * Pure:    const tables; to add a field type, add a row to TYPES in schema_types.c. */
#ifndef MOBYNC_SCHEMA_TYPES_H
#define MOBYNC_SCHEMA_TYPES_H

#include "attributes.h"
#include "catalog.h"
#include "column.h"

/* A column type that holds a field type, perhaps with a but. */
struct schema_fit {
    const char *data_type;
    const char *warning; /* NULL: none. "column X is TYPE: …" */
    const char *remedy;  /* of the warning: "make it …" */
};

/* A column that fits, looked at more closely. */
struct schema_fitted {
    const struct field *field;
    const struct catalog_column *catalog;
    struct column column;
};

struct schema_type {
    const struct schema_fit *fits; /* what is not among them is a fault */
    size_t fit_count;
    const char *remedy;  /* "make it …" */
    const char *created; /* in CREATE TABLE; NULL: a text as wide as the field's max_length */
    const char *created_on_mysql;  /* instead, where that is MySQL */
    const char *created_of_values; /* instead: with the field's values as members, if it has some */
    bool has_max_length;           /* which the column must hold */
    bool has_negative;             /* values, which an UNSIGNED column refuses */
    bool rounded_by_digits;        /* in a column of so many digits: DOUBLE(10, 2) */
    /* NULL: none. "column X is TYPE, which …: what to do" */
    const char *(*fault)(const struct schema_fitted *fitted);
    const char *(*warning)(const struct schema_fitted *fitted);
    const char *json_fault;   /* in a column that MariaDB checks to be JSON, or NULL; … */
    const char *json_warning; /* … "column X is JSON, which …" */
};

const struct schema_type *schema_types_of(enum field_type type);
/* The column types of ids and owners. NULL: it does not fit. */
const struct schema_fit *schema_types_key_fit(enum key_type type, struct text data_type);
/* UUIDs lie in it as 32 digits without hyphens: Django's CHAR(32). */
bool schema_types_omits_hyphens(const struct catalog_column *column);
/* NULL: it does not fit. */
const struct schema_fit *schema_types_fit(enum field_type type, struct text data_type);
/* The field types that fit an existing column, the most natural first; their number. */
size_t schema_types_candidates(const struct catalog_column *column,
                               enum field_type types_out[FIELD_TYPES]);

#endif
