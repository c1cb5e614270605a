/* db_keys.h: how the columns of ids, owners and references compare in this database, and the SQL
 * that names a model's rows by them.
 * Owns:    what it has learned, until it is read again or db_keys_release().
 * Holds:   a row is found by the bytes of its id and owner, whatever its columns' collations. Where
 *          those compare bytes themselves, nothing else is asked of the server.
 * Fails:   as db_link_error() says. */
#ifndef MOBYNC_DB_KEYS_H
#define MOBYNC_DB_KEYS_H

#include "db_args.h"
#include "db_schema.h"
#include "db_rows.h"

struct db_reference;

/* A column that a row is named by. */
struct db_key_column {
    struct text column;
    enum key_type type; /* of what it holds: never KEY_REFERENCE */
    enum db_cell_kind kind;
    bool omits_hyphens;                   /* of UUIDs, which are 32 digits there */
    bool inexact;                         /* it takes some texts for others */
    bool drops_spaces;                    /* CHAR: at the end */
    const struct db_reference *reference; /* a part of an id that refers to a parent; else NULL */
};

/* What a column of a child holds: the parent's key, which may be another column than its id. */
struct db_reference {
    const struct model *parent; /* NULL: the field is no reference */
    struct db_key_column key;
    struct db_key_column id; /* the parent's */
    struct db_key_column owner;
};

struct db_model_keys {
    struct db_key_column owner;
    struct db_key_column *id; /* by part */
    size_t id_count;
    struct db_reference *fields; /* by field index */
};

struct db_keys {
    struct db_model_keys *models; /* by model index */
    struct arena arena;
};

void db_keys_init(struct db_keys *keys);
void db_keys_release(struct db_keys *keys);
/* From db_schema_read(), of which nothing is kept, and from foreign keys. */
NODISCARD enum rc db_keys_learn(struct db_keys *keys, struct db_link *link,
                                const struct mapping *mapping, const struct db_schema *schemas,
                                struct fail *fail);

static inline const struct db_model_keys *db_keys_of(const struct db_keys *keys,
                                                     const struct model *model)
{
    return &keys->models[model->index];
}

/* The column whose value the wire has in its place: the parent's id. */
static inline const struct db_key_column *db_keys_told(const struct db_key_column *column)
{
    return column->reference != NULL ? &column->reference->id : column;
}

/* A key as its column holds it. */
struct db_key_value {
    bool known; /* false: no row has it */
    enum db_cell_kind kind;
    union {
        struct text text;
        int64_t integer;
    };
};

/* Of what the wire has; its parts, where it refers to others, are db_references.h's. */
struct db_key_value db_keys_value(const struct db_key_column *column, struct text wire,
                                  struct arena *arena);
/* And back. */
struct text db_keys_wire(const struct db_key_column *column, const struct db_rows *rows, size_t at,
                         struct arena *arena);
/* The id, from the first columns of a row: its parts, as the wire has them. */
struct text db_keys_wire_id(const struct db_model_keys *keys, const struct db_rows *rows,
                            struct arena *arena);

/* "`column` = ?", and a second parameter of the same value where the column is inexact; `table`
 * goes before the column, with its dot. */
void db_keys_add_equal(struct buf *sql, const char *table, const struct db_key_column *column);
size_t db_keys_parameters(const struct db_key_column *column);
void db_keys_add_args(struct db_args *args, const struct db_key_column *column,
                      const struct db_key_value *value);

#endif
