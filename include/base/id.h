/* id.h: identifiers that the server makes itself.
 * Process: asks the kernel for randomness; what is made of a name is pure.
 * Owns:    nothing.
 * Units:   bytes; a UUID has 36 characters.
 * Fails:   ends the process when the kernel gives no randomness: an id that repeats would be worse.
 * Holds:   two ids of the server are never the same, in practice. */
#ifndef MOBYNC_ID_H
#define MOBYNC_ID_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "text.h"

#define ID_UUID_LEN    36
#define ID_UUID_BYTES  16
#define ID_UUID_DIGITS 32 /* without its hyphens */

void id_random_bytes(void *bytes, size_t len);
/* A version 4 UUID in lower case, NUL-terminated. */
void id_uuid(char uuid_out[ID_UUID_LEN + 1]);
/* The version 8 UUID that belongs to a name: the same for the same name, in practice no other's
 * (SHA-256). */
void id_uuid_of(struct text name, char uuid_out[ID_UUID_LEN + 1]);

/* Is it a UUID as id_uuid_of() makes them? Nobody else is expected to. */
bool id_is_made(struct text t);

/* Is it a UUID of any version in lower case, its groups parted by hyphens? */
bool id_is_uuid(struct text t);
/* The same in any case; false if it is not one. */
bool id_uuid_parse(struct text t, unsigned char bytes_out[ID_UUID_BYTES]);
void id_uuid_write(const unsigned char bytes[ID_UUID_BYTES], char uuid_out[ID_UUID_LEN + 1]);
/* Both, without hyphens. */
bool id_uuid_parse_digits(struct text t, unsigned char bytes_out[ID_UUID_BYTES]);
void id_uuid_write_digits(const unsigned char bytes[ID_UUID_BYTES],
                          char digits_out[ID_UUID_DIGITS + 1]);
/* What a column has for a UUID that is no text of 36 characters there: its digits, or its bytes. It
 * lies in the arena. False if it is not one. */
bool id_uuid_hold(struct text t, bool digits, struct arena *arena, struct text *held_out);

#define ID_KEY_BYTES 32

/* 64 bits that stand for a name: the same under the same key, and nobody who lacks the key finds
 * two names with the same. */
uint64_t id_hash_of(const unsigned char key[ID_KEY_BYTES], struct text name);

#endif
