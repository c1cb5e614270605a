/* schema_propose.h: models for existing tables, by guesses and by the checks of `mobync check`.
 * Owns:    nothing; all of it lies in the arena of the session.
 * Changes: the session's reporter while it works: that is told no fault of a proposal.
 * Holds:   the checks find no fault in a model that is proposed. */
#ifndef MOBYNC_SCHEMA_PROPOSE_H
#define MOBYNC_SCHEMA_PROPOSE_H

#include "schema_session.h"

/* A column, in the order of the table. */
struct proposal_column {
    const struct catalog_column *column;
    bool key;           /* the id's, the owner's, the database's own, soft deletes': not a field */
    bool read_only;     /* for the database or the server to set: … */
    struct fill fill;   /* … to this */
    struct text parent; /* the table that a foreign key refers to; empty: none */
    enum field_type types[FIELD_TYPES]; /* that may hold it, the most natural first … */
    size_t type_count;
    size_t type_at;    /* … and the one that is proposed; type_count: none */
    const char *fault; /* what the checks have against the last one that was tried, or NULL */
    bool faulted;      /* in this pass */
};

struct proposal {
    struct catalog_table table; /* read by the caller; the rest is zero before the proposal */
    struct proposal_column *columns;
    const struct catalog_column *owner;
    const struct catalog_column **other_owners; /* columns that could be the owner, too */
    size_t other_owner_count;
    const struct catalog_column **id; /* what devices know rows by … */
    size_t id_count;
    const struct catalog_column *own_key; /* … where this is the database's: AUTO_INCREMENT */
    bool adds_id;                         /* the table does not have that column yet */
    const struct catalog_column *deleted; /* of soft deletes; NULL: a delete takes the row away */
    struct model *model;                  /* its fields are the columns that have a type */
    const char *refusal;                  /* why it is not mapped; NULL: it is */
    /* Where no column is the owner's: the foreign key to rows that have one, and these; or NULL. */
    const struct catalog_reference *owned_by;
    const struct proposal *parent;
};

/* All of them refer to each other. `all`: nobody named these tables, so a framework's own are left
 * out. */
void schema_propose(struct schema_session *session, struct proposal *items, size_t count, bool all);

bool schema_propose_is_field(const struct proposal_column *column);
/* Would a create fail, because nothing fills this column? */
bool schema_propose_is_unfilled(const struct proposal *proposal,
                                const struct proposal_column *column);

#endif
