/* claims.h: the claims of a JWT, read by their JSON type and never by coercion.
 * Why:     libjwt reads the string "12abc" as the number 12; a claim of the wrong type must not
 * pass. Owns:    what it hands out lies in the arena given. Fails:   in the return value alone; the
 * caller words the refusal. */
#ifndef MOBYNC_CLAIMS_H
#define MOBYNC_CLAIMS_H

#include <jwt.h>

#include "arena.h"

struct claims;

enum claim_found { CLAIM_ABSENT, CLAIM_PRESENT, CLAIM_WRONG_TYPE };

/* NULL if libjwt cannot give them. */
struct claims *claims_of(jwt_t *jwt, struct arena *arena);

enum claim_found claims_number(const struct claims *claims, const char *name, double *number_out);
enum claim_found claims_text(const struct claims *claims, const char *name, struct text *text_out);
/* The claim is this text, or an array that holds it. */
bool claims_hold(const struct claims *claims, const char *name, struct text wanted);

#endif
