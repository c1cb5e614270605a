/* sql.h: what other programs than the server write into the small world's tables: what a history
 * says of it, and the statements that it comes to where the tables stand as they do.
 * Pure:    no I/O, no clock; everything random comes from a struct random with a seed.
 * Owns:    nothing; values lie in the arena given.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   sql_read() with false: the text is no transaction.
 * Holds:   a statement is one that the database would take: a key that is free, references to what
 *          is there. */
#ifndef MOBYNC_PROPERTY_SQL_H
#define MOBYNC_PROPERTY_SQL_H

#include <stdio.h>

#include "world.h"

#define SQL_WRITES ((size_t)3)

enum sql_kind {
    SQL_INSERT,
    SQL_UPDATE, /* of some fields, to new values or to those that they have */
    SQL_DELETE,
    SQL_REPLACE, /* a delete and an insert, whatever was there */
    SQL_HIDE,    /* a soft delete; where there are none, a delete … */
    SQL_SHOW,    /* … and its opposite; else an insert */
    SQL_MOVE,    /* to another owner */
    SQL_RENAME,  /* another id */
    SQL_KINDS
};

/* As a history has it. */
struct sql_write {
    enum sql_kind kind;
    size_t object;
    unsigned owner;  /* SQL_MOVE: whose it becomes */
    size_t other;    /* SQL_RENAME: the object that it becomes, if both are of one model */
    unsigned fields; /* bit n: field n is set */
    unsigned nulls;  /* bit n: … to null */
    uint32_t value;
    bool same; /* SQL_UPDATE: to the values that the row has */
};

struct sql_transaction {
    struct sql_write writes[SQL_WRITES];
    size_t count;
    bool rolls_back;
    bool quiet; /* no trigger sees it: the operator has tables and history compared afterwards */
};

/* As the database gets it. */
struct sql_statement {
    enum sql_kind kind;
    struct text owner;
    const struct model *model;
    struct text id;
    struct text to_owner; /* SQL_MOVE */
    struct text to_id;    /* SQL_RENAME; else its own */
    unsigned fields;      /* those that the statement names */
    struct cells cells;   /* the row that it comes to */
};

/* A row of the tables. */
struct sql_row {
    struct cells cells;
    bool hidden; /* it is there, deleted softly */
};

/* The tables as they stand, for whoever asks. */
struct sql_tables {
    struct sql_row (*row)(void *context, struct text owner, size_t object);
    void *context;
    const struct world_rules *rules;
    bool careful; /* nothing is removed that devices may refer to */
};

struct sql_transaction sql_random(struct random *random, size_t objects, unsigned owners);

/* False: as the tables are it does nothing, or the database would refuse it. */
bool sql_resolve(const struct sql_write *write, struct text owner, struct text to_owner,
                 const struct sql_tables *tables, struct arena *arena,
                 struct sql_statement *statement_out);

/* " rolls_back=0 quiet=0 w0=…", and back from such a line. */
void sql_print(const struct sql_transaction *transaction, FILE *out);
bool sql_read(const char *line, struct sql_transaction *transaction_out);

#endif
