/* schema_trigger_set.h: the triggers that a config needs in this database, and those that are
 * there.
 * Process: reads the catalog of a session; changes nothing.
 * Owns:    nothing; all of it lies in the session's arena.
 * Units:   none.
 * Fails:   the rc and *fail of the link.
 * Holds:   a trigger's name ends with a hash of what it does: one of the same name does the same,
 *          and nobody has to read bodies, which databases hide. */
#ifndef MOBYNC_SCHEMA_TRIGGER_SET_H
#define MOBYNC_SCHEMA_TRIGGER_SET_H

#include "catalog_database.h"
#include "schema_session.h"

struct schema_trigger {
    struct text name;
    struct text table;
    const char *when; /* AFTER INSERT */
    struct text body;
    const struct model *model; /* whose writes it records; NULL: of a parent */
    bool there;
    bool allowed; /* the account may create it; else it does not see it either */
};

struct schema_trigger_set {
    struct schema_trigger *wanted;
    size_t count;
    size_t capacity;
    struct catalog_own_trigger *stale; /* made by another release, for another mapping or table */
    size_t stale_count;
    size_t waiting; /* models whose table, or a column of its keys, is not there yet */
};

NODISCARD enum rc schema_trigger_set_read(struct schema_session *session,
                                          struct schema_trigger_set *set_out, struct fail *fail);

/* Adds one, if it has a body; what: "insert" …, for its name. */
void schema_trigger_set_add(struct schema_session *session, struct schema_trigger_set *set,
                            const struct schema_trigger *trigger, const char *what);

/* Is it a name that this server gives to triggers? */
bool schema_trigger_is_own(struct text name);

#endif
