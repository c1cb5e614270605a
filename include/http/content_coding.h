/* content_coding.h: the body of a request, unpacked as its Content-Encoding says
 * (docs/protocol.md 2.5).
 * Pure:    no I/O, no clock.
 * Owns:    the state of zlib lies in the arena; the body is the caller's buffer.
 * Units:   bytes; the maximum of the body's buffer counts them unpacked.
 * Fails:   UNSUPPORTED_MEDIA_TYPE for any coding but gzip; TOO_LARGE as soon as the body passes its
 *          maximum, INVALID_REQUEST for what is not gzip or is cut short. Nothing of the body is to
 *          be used then.
 * Holds:   the result does not depend on how the packed bytes are divided into pieces. */
#ifndef MOBYNC_CONTENT_CODING_H
#define MOBYNC_CONTENT_CODING_H

#include "arena.h"
#include "buf.h"
#include "fail.h"

/* What an Accept-Encoding header of a response lists. */
#define CONTENT_CODING_ACCEPTED "gzip"

struct content_coding; /* NULL: the body is as it is sent */

/* Reads the header: a list, in which `identity` stands for nothing and gzip may occur once, also as
 * x-gzip, in any case. */
NODISCARD enum rc content_coding_open(struct text header, struct arena *arena,
                                      struct content_coding **coding_out, struct fail *fail);

/* Unpacks one more piece of the packed bytes to the end of the body. */
NODISCARD enum rc content_coding_add(struct content_coding *coding, struct text piece,
                                     struct buf *body, struct fail *fail);

/* There are no more pieces: has the last one ended what was begun? */
NODISCARD enum rc content_coding_close(const struct content_coding *coding, struct fail *fail);

#endif
