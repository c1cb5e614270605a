#include <assert.h>
#include <jwt.h>
#include <limits.h>
#include <stdlib.h>

#include "claims.h"
#include "verifier.h"

#define TOKEN_MAX_BYTES ((size_t)8 * 1024)
#define LEEWAY_S        60.0

/* Without a key libjwt checks no signature at all, and "none" needs none. */
static jwt_alg_t pinned_algorithm(const struct auth_settings *settings)
{
    jwt_alg_t algorithm = jwt_str_alg(settings->jwt.algorithm.ptr);

    assert(algorithm != JWT_ALG_NONE && algorithm != JWT_ALG_INVAL);
    assert(settings->jwt.key.len > 0 && settings->jwt.key.len <= INT_MAX);
    return algorithm;
}

static void free_jwt(void *jwt)
{
    jwt_free(jwt);
}

/* An extension that the signer calls critical must be understood or the token refused (RFC 7515,
 * 4.1.11); libjwt does not look. */
static bool has_critical_extension(jwt_t *jwt)
{
    char *critical = jwt_get_headers_json(jwt, "crit");

    free(critical);
    return critical != NULL;
}

/* libjwt verifies by the algorithm that the token itself names: it is compared with ours before any
 * claim is believed. */
static enum rc decode(const struct auth_settings *settings, struct text token, struct arena *arena,
                      jwt_t **jwt_out, struct fail *fail)
{
    jwt_alg_t algorithm = pinned_algorithm(settings);
    jwt_t *jwt = NULL;

    if (token.len == 0)
        return auth_refuse(fail, "no token");
    if (token.len > TOKEN_MAX_BYTES)
        return auth_refuse(fail, "longer than 8 KiB");
    if (memchr(token.ptr, '\0', token.len) != NULL)
        return auth_refuse(fail, "holds a NUL");
    if (jwt_decode(&jwt, arena_text(arena, token).ptr, (const unsigned char *)settings->jwt.key.ptr,
                   (int)settings->jwt.key.len) != 0)
        return auth_refuse(fail, "not a JWT, or not signed with our key");
    arena_on_clear(arena, free_jwt, jwt);
    if (jwt_get_alg(jwt) != algorithm)
        return auth_refuse(fail, "another algorithm than the configured one");
    if (has_critical_extension(jwt))
        return auth_refuse(fail, "a critical extension that is not known here");
    *jwt_out = jwt;
    return RC_OK;
}

static enum rc check_expiry(const struct claims *claims, bool required, double now_s,
                            struct fail *fail)
{
    double exp_s = 0;

    switch (claims_number(claims, "exp", &exp_s)) {
    case CLAIM_ABSENT:
        return required ? auth_refuse(fail, "no exp") : RC_OK;
    case CLAIM_WRONG_TYPE:
        return auth_refuse(fail, "exp is not a number");
    case CLAIM_PRESENT:
        break;
    }
    return now_s < exp_s + LEEWAY_S ? RC_OK : auth_refuse(fail, "expired");
}

static enum rc check_not_before(const struct claims *claims, double now_s, struct fail *fail)
{
    double nbf_s = 0;

    switch (claims_number(claims, "nbf", &nbf_s)) {
    case CLAIM_ABSENT:
        return RC_OK;
    case CLAIM_WRONG_TYPE:
        return auth_refuse(fail, "nbf is not a number");
    case CLAIM_PRESENT:
        break;
    }
    return now_s >= nbf_s - LEEWAY_S ? RC_OK : auth_refuse(fail, "not valid yet");
}

static enum rc check_parties(const struct claims *claims, const struct auth_settings *settings,
                             struct fail *fail)
{
    struct text issuer = {"", 0};

    if (settings->jwt.issuer.len > 0 && (claims_text(claims, "iss", &issuer) != CLAIM_PRESENT ||
                                         !text_equal(issuer, settings->jwt.issuer)))
        return auth_refuse(fail, "another issuer");
    if (settings->jwt.audience.len > 0 && !claims_hold(claims, "aud", settings->jwt.audience))
        return auth_refuse(fail, "another audience");
    return RC_OK;
}

static enum rc read_owner(const struct claims *claims, const struct auth_settings *settings,
                          struct text *owner_out, struct fail *fail)
{
    struct text owner = {"", 0};

    if (claims_text(claims, settings->jwt.owner_claim.ptr, &owner) != CLAIM_PRESENT)
        return auth_refuse(fail, "no owner claim, or it is no string");
    if (!auth_owner_valid(owner))
        return auth_refuse(fail, "not an owner: empty, too long, or holds U+0000");
    *owner_out = owner;
    return RC_OK;
}

static bool enabled(const struct auth_settings *settings)
{
    return settings->jwt.enabled;
}

static enum rc try(struct auth *auth, const struct auth_attempt *attempt, struct text *owner_out,
                   struct fail *fail)
{
    const struct auth_settings *settings = &auth->settings;
    double now_s = (double)attempt->now_ms / 1000.0;
    struct claims *claims;
    jwt_t *jwt = NULL;
    enum rc rc = decode(settings, attempt->request->token, attempt->arena, &jwt, fail);

    if (rc != RC_OK)
        return rc;
    claims = claims_of(jwt, attempt->arena);
    if (claims == NULL)
        return auth_refuse(fail, "its claims cannot be read");
    if ((rc = check_expiry(claims, settings->jwt.require_exp, now_s, fail)) == RC_OK &&
        (rc = check_not_before(claims, now_s, fail)) == RC_OK &&
        (rc = check_parties(claims, settings, fail)) == RC_OK)
        rc = read_owner(claims, settings, owner_out, fail);
    return rc;
}

const struct verifier JWT_VERIFIER = {.name = "jwt", .enabled = enabled, .try = try};
