/* Asks for the lock of the database's housekeeping: db_elect(). Its name holds a hash of the
 * database's, which may be as long as a name of a lock. */
#include "db_elect.h"

#include <assert.h>
#include <stdio.h>

#include "db_query.h"
#include "id.h"

#define LOCK_PREFIX "mobync_house_"
#define LOCK_BYTES  (sizeof(LOCK_PREFIX) + ID_UUID_LEN)

static void write_name(const struct db_session *s, char name_out[LOCK_BYTES])
{
    char hash[ID_UUID_LEN + 1];

    id_uuid_of(s->link.settings->database, hash);
    snprintf(name_out, LOCK_BYTES, LOCK_PREFIX "%s", hash);
}

static enum rc try_elect(struct db_session *s, void *context, struct fail *fail)
{
    bool *elected = context;
    char name[LOCK_BYTES];
    int64_t locked = 0;
    enum rc rc = db_session_open(s, fail);
    struct db_query query = db_query_fixed(s, STATEMENT_ELECT, "ask who keeps house");

    write_name(s, name);
    db_args_text(&query.args, text_of(name));
    if (rc == RC_OK)
        rc = db_query_integer(&query, &locked, fail);
    *elected = rc == RC_OK && locked == 1;
    if (*elected)
        s->elected = s->link.generation;
    return rc;
}

enum rc db_elect(struct synchronizer *base, bool *elected_out, struct fail *fail)
{
    struct db_session *s = db_session_of(base);

    assert(!s->link.in_transaction);
    *elected_out = s->link.mysql != NULL && s->elected == s->link.generation;
    return *elected_out ? RC_OK : db_session_first(s, try_elect, elected_out, fail);
}
