/* schema_moments.h: columns that keep when a row was made, changed or deleted, by their names, and
 * what is set there by whom: `mobync map`.
 * Pure:    reads structs of the catalog; no connection.
 * Owns:    nothing; texts are literals, in the words of the config (struct fill).
 * Holds:   what is proposed for a column passes schema_fill_check(). */
#ifndef MOBYNC_SCHEMA_MOMENTS_H
#define MOBYNC_SCHEMA_MOMENTS_H

#include "catalog.h"
#include "model.h"

enum schema_moment {
    SCHEMA_NO_MOMENT,
    SCHEMA_CREATED,
    SCHEMA_UPDATED,
    SCHEMA_DELETED,      /* when */
    SCHEMA_DELETED_FLAG, /* whether */
};

enum schema_moment schema_moments_guess(const struct catalog_column *column);

/* Is the column for the database and the server alone to set? *fill_out: what the server sets, as
 * the backend does elsewhere; empty where the database does. */
bool schema_moments_is_read_only(const struct catalog_column *column, struct fill *fill_out);

/* What a soft delete sets the column to; empty: it is not a column of soft deletes. *live_out: what
 * it has otherwise, if that has to be said. */
struct text schema_moments_deletion(const struct catalog_column *column, struct text *live_out);

#endif
