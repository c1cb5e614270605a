/* catalog_database.h: what the database says of itself as a whole: foreign keys between its tables,
 * the server's own triggers, and what the account may do in its own right.
 * Process: reads information_schema over an open link; changes nothing.
 * Owns:    nothing; all results lie in the arena given, texts as catalog.h.
 * Units:   none.
 * Fails:   the rc and *fail of the link.
 * Holds:   information_schema hides from an account what it has no privilege on: a trigger of a
 *          table on which the account lacks TRIGGER is not there to be seen. */
#ifndef MOBYNC_CATALOG_DATABASE_H
#define MOBYNC_CATALOG_DATABASE_H

#include "catalog.h"

struct catalog_foreign_key {
    struct text name;
    struct text child;
    struct text parent;
    bool parent_elsewhere; /* in another database */
    struct text delete_rule;
    struct text update_rule;
    struct text *columns;
    struct text *parent_columns;
    const struct catalog_column **types; /* of the columns; NULL: hidden */
    size_t column_count;
};

struct catalog_foreign_keys {
    struct catalog_foreign_key *items;
    size_t count;
};

NODISCARD enum rc catalog_read_foreign_keys(struct db_link *link, struct arena *arena,
                                            struct catalog_foreign_keys *keys_out,
                                            struct fail *fail);

/* Operations on partitions, which fire no trigger, empty these. */
NODISCARD enum rc catalog_read_partitioned(struct db_link *link, struct arena *arena,
                                           struct text **names_out, size_t *count_out,
                                           struct fail *fail);

/* Does the server repeat what another one wrote, and row events of that without triggers? False
 * where the server cannot be told to run them, too (MySQL). */
NODISCARD enum rc catalog_replicates_untriggered(struct db_link *link, struct arena *arena,
                                                 bool *untriggered_out, struct fail *fail);

/* A trigger whose name begins as the server's own do. */
struct catalog_own_trigger {
    struct text name;
    struct text table;
};

struct catalog_own_triggers {
    struct catalog_own_trigger *items;
    size_t count;
};

#define CATALOG_OWN_TRIGGER "mobync_"

NODISCARD enum rc catalog_read_own_triggers(struct db_link *link, struct arena *arena,
                                            struct catalog_own_triggers *triggers_out,
                                            struct fail *fail);

/* On which tables the account has a privilege itself: roles count for nothing where a trigger
 * runs. */
struct catalog_privilege {
    bool everywhere; /* on all tables of the database */
    struct text *tables;
    size_t table_count;
};

NODISCARD enum rc catalog_read_privilege(struct db_link *link, struct text account,
                                         const char *privilege, struct arena *arena,
                                         struct catalog_privilege *privilege_out,
                                         struct fail *fail);
bool catalog_may(const struct catalog_privilege *privilege, struct text table);

#endif
