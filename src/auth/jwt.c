/* JSON Web Tokens: JWT_VERIFIER. The algorithm is the config's, never the token's; no claim is
 * looked at before the signature holds. libjwt verifies what it can, signature.h the rest. */
#include <assert.h>
#include <jwt.h>
#include <limits.h>
#include <openssl/err.h>

#include "base64url.h"
#include "claims.h"
#include "key_source.h"
#include "signature.h"

#define LEEWAY_S 60.0

/* Who verifies tokens of an algorithm: libjwt, where it knows it, those whose typ is JWT; it takes
 * no access tokens (RFC 9068). */
static const struct {
    jwt_alg_t by_libjwt;
    bool takes_access_tokens;
} ALGORITHMS[KEY_ALGORITHMS] = {
    [KEY_HS256] = {JWT_ALG_HS256, false},
    [KEY_RS256] = {JWT_ALG_RS256, true},
    [KEY_ES256] = {JWT_ALG_ES256, true},
    [KEY_EDDSA] = {JWT_ALG_NONE, true},
};

enum type { TYPE_JWT, TYPE_ACCESS_TOKEN, TYPE_OTHER };

/* A signed JWT (RFC 7515, 7.1): what it claims to be, and what is signed. Nothing in it is believed
 * before its signature is. */
struct unverified {
    const struct claims *header;
    const struct claims *payload;
    struct text message; /* what is signed: the first two parts and the dot between them */
    struct text signature;
};

static bool take_part(struct text *rest, struct arena *arena, struct text *part_out)
{
    const char *dot = memchr(rest->ptr, '.', rest->len);
    struct text encoded = *rest;

    if (dot == NULL)
        return false;
    encoded.len = (size_t)(dot - rest->ptr);
    rest->ptr = dot + 1;
    rest->len -= encoded.len + 1;
    return encoded.len > 0 && base64url_decode(encoded, arena, part_out);
}

/* A fourth part would leave a dot in the signature, which libjwt reads with whatever garbage is in
 * between. */
static bool split(struct text token, struct arena *arena, struct unverified *unverified_out,
                  struct text *header_out, struct text *payload_out)
{
    struct text rest = token;

    if (!take_part(&rest, arena, header_out) || !take_part(&rest, arena, payload_out))
        return false;
    unverified_out->message = (struct text){token.ptr, token.len - rest.len - 1};
    return rest.len > 0 && base64url_decode(rest, arena, &unverified_out->signature);
}

/* Among keys with names the header's kid says which: it is compared with theirs, which are valid
 * ids (key.h), and goes nowhere else. A token without one can only mean a key that has no rival.
 * NULL: none. */
static const struct key *pick_key(const struct key_ring *keys, const struct claims *header)
{
    struct text id = {"", 0};

    if (keys->count == 0)
        return NULL;
    if (keys->entries[0].id.len == 0 || (keys->count == 1 && !claims_have(header, "kid")))
        return keys->entries[0].key;
    if (claims_text(header, "kid", &id) != CLAIM_PRESENT)
        return NULL;
    for (size_t i = 0; i < keys->count; i++)
        if (text_equal(keys->entries[i].id, id))
            return keys->entries[i].key;
    return NULL;
}

/* Types are compared as media types are, without case; "application/" may be left out, except of
 * JWT, which libjwt takes in no other form. One that is called something else is a token of another
 * kind. */
static enum type type_of(const struct claims *header)
{
    static const struct {
        struct text name;
        enum type type;
    } TYPES[] = {
        {{"JWT", 3}, TYPE_JWT},
        {{"at+jwt", 6}, TYPE_ACCESS_TOKEN},
        {{"application/at+jwt", 18}, TYPE_ACCESS_TOKEN},
    };
    struct text name = {"", 0};

    if (!claims_have(header, "typ"))
        return TYPE_JWT;
    if (claims_text(header, "typ", &name) != CLAIM_PRESENT)
        return TYPE_OTHER;
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
        if (text_equal_nocase(name, TYPES[i].name))
            return TYPES[i].type;
    return TYPE_OTHER;
}

static enum rc check_type(enum key_algorithm algorithm, enum type type, struct fail *fail)
{
    if (type == TYPE_OTHER)
        return verifier_refuse(fail, "its typ is neither JWT nor at+jwt");
    if (type == TYPE_ACCESS_TOKEN && !ALGORITHMS[algorithm].takes_access_tokens)
        return verifier_refuse(fail, "its typ is at+jwt, which needs a public key");
    return RC_OK;
}

/* An issuer may have a key that is newer than what we know of it. */
static const struct key *find_key(struct auth *auth, const struct claims *header)
{
    const struct key *key = pick_key(key_source_ring(auth->keys), header);

    if (key != NULL || !claims_have(header, "kid") || !key_source_ask(auth->keys))
        return key;
    token_cache_clear(auth->cache);
    return pick_key(key_source_ring(auth->keys), header);
}

/* The header's alg does not choose, it only has to agree (RFC 8725, 3.1), to the letter, where
 * libjwt takes it in any case; an extension that the signer calls critical must be understood, or
 * the token refused (RFC 7515, 4.1.11), for which libjwt does not look. */
static enum rc check_header(const struct key_ring *keys, const struct claims *header,
                            struct fail *fail)
{
    struct text algorithm = {"", 0};

    if (header == NULL)
        return verifier_refuse(fail, "not a JWT: its header is not a valid JSON object");
    if (claims_text(header, "alg", &algorithm) != CLAIM_PRESENT ||
        !text_is(algorithm, key_algorithm_name(keys->algorithm)))
        return verifier_refuse(fail, "another algorithm than auth.jwt.algorithm");
    if (claims_have(header, "crit"))
        return verifier_refuse(fail, "unknown critical extension");
    return check_type(keys->algorithm, type_of(header), fail);
}

/* Everything that libjwt would let pass, before the signature is looked at. */
static enum rc check_form(const struct key_ring *keys, struct text token, struct arena *arena,
                          struct unverified *unverified_out, struct fail *fail)
{
    struct text header, payload;
    enum rc rc;

    if (token.len == 0)
        return verifier_refuse(fail, "no token");
    if (token.len > TOKEN_MAX_BYTES)
        return verifier_refuse(fail, "longer than 8 KiB");
    if (!split(token, arena, unverified_out, &header, &payload))
        return verifier_refuse(fail, "not a JWT: not three parts of base64url");
    unverified_out->header = claims_read(header, arena);
    rc = check_header(keys, unverified_out->header, fail);
    if (rc != RC_OK)
        return rc;
    unverified_out->payload = claims_read(payload, arena);
    return unverified_out->payload != NULL
               ? RC_OK
               : verifier_refuse(fail, "its claims are not a valid JSON object");
}

static void free_jwt(void *jwt)
{
    jwt_free(jwt);
}

/* libjwt verifies by the algorithm that the token itself names: what it took is compared with ours
 * once more before any claim is believed. What libjwt leaves among OpenSSL's errors would be taken
 * for one of the database's link, where that is TLS. */
static enum rc verify_by_libjwt(enum key_algorithm algorithm, const struct key *key,
                                struct text token, struct arena *arena, struct fail *fail)
{
    struct text material = key_material(key);
    jwt_t *jwt = NULL;
    int failed;

    /* Without a key libjwt checks no signature at all. */
    assert(material.len > 0 && material.len <= INT_MAX);
    memory_watch_begin();
    failed = jwt_decode(&jwt, arena_text(arena, token).ptr, (const unsigned char *)material.ptr,
                        (int)material.len);
    memory_watch_end(); /* it calls that a bad token */
    ERR_clear_error();
    if (failed != 0)
        return verifier_refuse(fail, "not signed with our key, or not readable by libjwt");
    arena_on_clear(arena, free_jwt, jwt);
    if (jwt_get_alg(jwt) != ALGORITHMS[algorithm].by_libjwt)
        return verifier_refuse(fail, "another algorithm than auth.jwt.algorithm");
    return RC_OK;
}

/* The config's algorithm and the type say who verifies; whoever does is given the algorithm, or
 * asked for it. */
static enum rc verify(const struct key_ring *keys, const struct key *key, struct text token,
                      const struct unverified *unverified, struct arena *arena, struct fail *fail)
{
    if (ALGORITHMS[keys->algorithm].by_libjwt != JWT_ALG_NONE &&
        type_of(unverified->header) == TYPE_JWT)
        return verify_by_libjwt(keys->algorithm, key, token, arena, fail);
    if (!signature_holds(keys->algorithm, key, unverified->message, unverified->signature))
        return verifier_refuse(fail, "not signed with our key");
    return RC_OK;
}

/* The claims are those of the very bytes that were signed, not what libjwt made of them. */
static enum rc decode(struct auth *auth, struct text token, struct arena *arena,
                      const struct claims **claims_out, struct fail *fail)
{
    const struct key_ring *keys = key_source_ring(auth->keys);
    struct unverified unverified = {.header = NULL};
    const struct key *key;
    enum rc rc = check_form(keys, token, arena, &unverified, fail);

    if (rc != RC_OK)
        return rc;
    key = find_key(auth, unverified.header);
    if (key == NULL)
        return verifier_refuse(fail, keys->count > 0 ? "no kid, or none of our keys"
                                                     : "no key of the issuer is known yet");
    rc = verify(keys, key, token, &unverified, arena, fail);
    *claims_out = unverified.payload;
    return rc;
}

static enum rc check_expiry(const struct claims *claims, bool required, double now_s,
                            int64_t *until_ms_out, struct fail *fail)
{
    double exp_s = 0;

    *until_ms_out = INT64_MAX;
    switch (claims_date(claims, "exp", &exp_s)) {
    case CLAIM_ABSENT:
        return required ? verifier_refuse(fail, "no exp") : RC_OK;
    case CLAIM_WRONG_TYPE:
        return verifier_refuse(fail, "exp is not a date");
    case CLAIM_PRESENT:
        break;
    }
    *until_ms_out = (int64_t)((exp_s + LEEWAY_S) * 1000.0);
    return now_s < exp_s + LEEWAY_S ? RC_OK
                                    : verifier_refuse(fail, "expired by this machine's clock");
}

static enum rc check_not_before(const struct claims *claims, double now_s, struct fail *fail)
{
    double nbf_s = 0;

    switch (claims_date(claims, "nbf", &nbf_s)) {
    case CLAIM_ABSENT:
        return RC_OK;
    case CLAIM_WRONG_TYPE:
        return verifier_refuse(fail, "nbf is not a date");
    case CLAIM_PRESENT:
        break;
    }
    return now_s >= nbf_s - LEEWAY_S
               ? RC_OK
               : verifier_refuse(fail, "not valid yet by this machine's clock");
}

static enum rc check_parties(const struct claims *claims, const struct auth_settings *settings,
                             struct fail *fail)
{
    struct text issuer = {"", 0};

    if (settings->jwt.issuer.len > 0 && (claims_text(claims, "iss", &issuer) != CLAIM_PRESENT ||
                                         !text_equal(issuer, settings->jwt.issuer)))
        return verifier_refuse(fail, "another issuer than auth.jwt.issuer");
    if (settings->jwt.audience.len > 0 && !claims_hold(claims, "aud", settings->jwt.audience))
        return verifier_refuse(fail, "another audience than auth.jwt.audience");
    return RC_OK;
}

static enum rc read_owner(const struct claims *claims, const struct auth_settings *settings,
                          struct text *owner_out, struct fail *fail)
{
    struct text owner = {"", 0};

    if (claims_id(claims, settings->jwt.owner_claim.ptr, &owner) != CLAIM_PRESENT)
        return verifier_refuse(fail, "no owner claim, or it is neither a string nor an integer "
                                     "from 0 to 2^53-1");
    if (!auth_owner_valid(owner))
        return verifier_refuse(fail, "not an owner: empty, too long, or holds U+0000");
    *owner_out = owner;
    return RC_OK;
}

static bool enabled(const struct auth_settings *settings)
{
    return settings->jwt.enabled;
}

static enum rc try(struct auth *auth, const struct auth_attempt *attempt,
                   struct auth_accepted *accepted_out, struct fail *fail)
{
    const struct auth_settings *settings = &auth->settings;
    double now_s = (double)attempt->now_ms / 1000.0;
    const struct claims *claims = NULL;
    enum rc rc = decode(auth, attempt->request->token, attempt->arena, &claims, fail);

    if (rc == RC_OK)
        rc = check_expiry(claims, settings->jwt.require_exp, now_s, &accepted_out->until_ms, fail);
    if (rc == RC_OK)
        rc = check_not_before(claims, now_s, fail);
    if (rc == RC_OK)
        rc = check_parties(claims, settings, fail);
    if (rc == RC_OK)
        rc = read_owner(claims, settings, &accepted_out->owner, fail);
    return rc;
}

const struct verifier JWT_VERIFIER = {.name = "jwt", .enabled = enabled, .try = try};
