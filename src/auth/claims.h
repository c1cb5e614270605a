/* claims.h: the members of a JWT's header or payload, read by their JSON type and never by
 * coercion.
 * Rule:    the text is strict JSON (json_check.h), an object without a key twice, of few levels.
 * Owns:    what it hands out lies in the arena given.
 * Units:   a date is a number of seconds since 1970 UTC.
 * Fails:   in the return value alone; the caller words the refusal. */
#ifndef MOBYNC_CLAIMS_H
#define MOBYNC_CLAIMS_H

#include "arena.h"
#include "attributes.h"

struct claims;

/* No signer nests deeper. */
#define CLAIMS_MAX_DEPTH 16u

enum claim_found { CLAIM_ABSENT, CLAIM_PRESENT, CLAIM_WRONG_TYPE };

/* NULL if the text breaks the rule. */
NODISCARD const struct claims *claims_read(struct text json, struct arena *arena);

bool claims_have(const struct claims *claims, const char *name);
/* CLAIM_WRONG_TYPE also for a number beyond 2^53, which is nobody's date. */
enum claim_found claims_date(const struct claims *claims, const char *name, double *date_out);
enum claim_found claims_text(const struct claims *claims, const char *name, struct text *text_out);
/* A string, or the digits of an integer from 0 to 2^53-1, which every JSON parser reads alike. */
enum claim_found claims_id(const struct claims *claims, const char *name, struct text *id_out);
/* The claim is this text, or an array that holds it. */
bool claims_hold(const struct claims *claims, const char *name, struct text wanted);

#endif
