/* schema_customer_triggers.h: what the triggers of a mapped table do to what devices send.
 * Pure:    but for the session's reporter; the triggers come with the struct catalog_table.
 * Holds:   a trigger is judged by the assignments in its text; what a procedure does that it calls
 *          is not seen. */
#ifndef MOBYNC_SCHEMA_CUSTOMER_TRIGGERS_H
#define MOBYNC_SCHEMA_CUSTOMER_TRIGGERS_H

#include "schema_session.h"

/* Who fills a column that has no default and that an INSERT leaves out? */
enum schema_filler {
    SCHEMA_NOBODY,
    SCHEMA_TRIGGER,
    SCHEMA_UNKNOWN, /* the account may not see whether there are triggers */
};

enum schema_filler schema_customer_triggers_filler(const struct catalog_table *table,
                                                   struct text column);

/* Warns of every BEFORE trigger that sets a mapped column. */
void schema_customer_triggers_check(struct schema_session *session, const struct model *model,
                                    const struct catalog_table *table);

#endif
