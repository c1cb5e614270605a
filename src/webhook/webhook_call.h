/* webhook_call.h: what a call of the webhook says, and how it is signed.
 * Pure:    same input, same output.
 * Owns:    nothing; the body goes to the caller's buffer.
 * Units:   a clock is the owner's counter.
 * Fails:   never. */
#ifndef MOBYNC_WEBHOOK_CALL_H
#define MOBYNC_WEBHOOK_CALL_H

#include "buf.h"
#include "poke_pipe.h"

#define WEBHOOK_BODY_MAX_BYTES ((size_t)2048)
#define WEBHOOK_SIGNATURE_LEN  64 /* hex digits */

/* Appends {"owner":"…","clock":…}. */
void webhook_call_body(struct buf *body, const struct poke_change *change);

/* HMAC-SHA-256 of the body's bytes. */
void webhook_call_sign(struct text key, struct text body,
                       char signature_out[WEBHOOK_SIGNATURE_LEN + 1]);

#endif
