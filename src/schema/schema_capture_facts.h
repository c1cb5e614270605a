/* schema_capture_facts.h: what triggers depend on, of all mapped tables of a database.
 * Process: reads the catalog of a session; changes nothing.
 * Owns:    nothing; all of it lies in the session's arena.
 * Units:   none.
 * Fails:   the rc and *fail of the link.
 * Holds:   a model without all columns of its keys has no facts. */
#ifndef MOBYNC_SCHEMA_CAPTURE_FACTS_H
#define MOBYNC_SCHEMA_CAPTURE_FACTS_H

#include "schema_capture.h"
#include "schema_session.h"

struct schema_capture_facts {
    const struct mapping *mapping;
    struct catalog_table *tables;    /* by model index */
    struct schema_capture *captures; /* by model index; model NULL: see Holds */
};

NODISCARD enum rc schema_capture_facts_read(struct schema_session *session,
                                            struct schema_capture_facts *facts_out,
                                            struct fail *fail);

#endif
