/* reply.h: every response that the server sends, successes and errors (docs/protocol.md 3).
 * Pure:    but for the buffer, for the stream that some write to, and for chance.
 * Owns:    nothing; the body is serve's buffer, overwritten.
 * Units:   Retry-After in seconds: of SERVER_BUSY 1 to 5 by chance, so that clients do not come
 *          back all at once; of RATE_LIMITED 1.
 * Fails:   reply_sync() alone: RC_FATAL if the response exceeds the buffer's maximum; then an error
 *          is to be written over it. The sync itself is committed, and the client may send it
 *          again.
 * Holds:   what is written whole is strict JSON; what a stream breaks off is not. */
#ifndef MOBYNC_REPLY_H
#define MOBYNC_REPLY_H

#include "sync.h"
#include "http.h"

NODISCARD enum rc reply_sync(struct http_reply *reply, const struct sync_answer *answer,
                             struct fail *fail);

/* The same in pieces, sent through the reply's stream while it grows. RC_UNCERTAIN once the peer is
 * gone. */
void reply_sync_begin(struct http_reply *reply, const struct sync_answer *answer);
NODISCARD enum rc reply_sync_add(struct http_reply *reply, const struct diff_list *diffs,
                                 struct fail *fail);
void reply_sync_end(struct http_reply *reply, const struct sync_answer *answer);
/* 204, without a body. */
void reply_nothing(struct http_reply *reply);
/* 204 that tells nginx to give the request to the pool of that shard (docs/scale.md 4). */
void reply_elsewhere(struct http_reply *reply, struct text shard, struct arena *arena);
void reply_healthy(struct http_reply *reply);
/* Empty, 200; the caller writes the body, and may send what there is of it, if the reply has a
 * stream: RC_UNCERTAIN once the peer is gone. */
void reply_text(struct http_reply *reply, const char *content_type);
NODISCARD enum rc reply_flush(struct http_reply *reply, struct fail *fail);
void reply_error(struct http_reply *reply, const struct fail *fail);

#endif
