/* db_refusal.h: which field the server's refusal is about.
 * Fails:   RC_REJECTED with what *fail said before, the field added where it is known. */
#ifndef MOBYNC_DB_REFUSAL_H
#define MOBYNC_DB_REFUSAL_H

#include "db_session.h"

/* INVALID_DATA after a statement on the model's table: names the field if the server named its
 * column, and tells a taken id from another value that must be unique. What the table says of the
 * owner alone is a fault of the whole request. */
NODISCARD enum rc db_refusal_explain(struct db_session *s, const struct model *model,
                                     MYSQL_STMT *stmt, struct fail *fail);

#endif
