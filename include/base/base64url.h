/* base64url.h: the alphabet of tokens (RFC 4648, 5), without padding, to the letter.
 * Pure:    no I/O, no locale.
 * Owns:    nothing; what is decoded lies in the arena.
 * Units:   bytes.
 * Fails:   false for another letter, an impossible length, or bits behind the last byte: of all
 *          texts that could mean the same bytes one alone is accepted.
 * Holds:   no two texts decode to the same bytes. */
#ifndef MOBYNC_BASE64URL_H
#define MOBYNC_BASE64URL_H

#include "arena.h"
#include "attributes.h"

bool base64url_is_letter(char c);

NODISCARD bool base64url_decode(struct text encoded, struct arena *arena, struct text *bytes_out);

#endif
