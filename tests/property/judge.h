/* judge.h: does what the server said agree with what the oracle says?
 * Canonical form, where the page leaves several responses right:
 *   - the order of diffs in a response does not count: they are matched by object and type; clock
 *     and time are those that keys.h leaves them, and free within a circle of rows;
 *   - a diff that the server makes itself has any id that the client does not know;
 *   - a diff in which no field of a stored diff is left (loose) has any id and time;
 *   - json_data of a merged diff: "id" first, no white space, then the right fields in any order;
 *   - a null that fills up a row may be left out, and an update of nothing but such nulls too; a
 *     merged create may have more of them;
 *   - a delete of an object that the client lacks does nothing: any id, and it may be there or not;
 *   - NO_SUCH_OBJECT may name any update at fault;
 *   - the order of refused diffs does not count; a field that is named must be the right one.
 * Pure:    no I/O.
 * Fails:   with false and a sentence in *violation. */
#ifndef MOBYNC_PROPERTY_JUDGE_H
#define MOBYNC_PROPERTY_JUDGE_H

#include "keys.h"
#include "oracle.h"
#include "server.h"

/* Success or not, the clock, and which diffs were refused. */
bool judge_verdict(const struct oracle_outcome *expected, const struct server_reply *reply,
                   struct buf *violation);
/* … and the response, diff by diff. */
bool judge_reply(const struct oracle_outcome *expected, const struct server_reply *reply,
                 const struct keys *keys, struct buf *violation);

/* Stored diffs with the same clock, of one owner: expected[…] against what the server keeps. */
bool judge_stored(const struct oracle_list *expected, const struct diff_list *stored,
                  struct buf *violation);

/* docs/protocol.md 7.3, 7.7 and 7.9 by themselves: at most one diff an object (delete and create
 * for a REPLACE), nothing that the client sent, clocks in [client's, next), the order of keys.h. */
bool judge_shape(const struct server_call *call, const struct server_reply *reply,
                 const struct keys *keys, struct buf *violation);

#endif
