/* Tokens → an owner: nobody is let in but by a signature of ours over claims that jansson reads as
 * we do.
 *
 * Input: a letter, then
 *   r  an Authorization header, or a token, as it comes;
 *   else a JWT's header, a newline, and its claims, which are encoded and then signed:
 *   s  as they should be; 3 by HS384; o with another key; n not at all; e by the empty key;
 *   p  as they should be, but the signature is padded with '=', which is another token;
 *   d  by ES256, with the newer of two keys; c by HS256, with that one's PEM as the secret;
 *   E  by EdDSA. */
#include "auth.h"

#include <jansson.h>

#include "fuzz.h"
#include "jws.h"

#define KEY       "a secret of thirty-two bytes ...."
#define OTHER_KEY "A secret of thirty-two bytes ...."
#define NOW_MS    ((int64_t)1700000000 * 1000)
#define LEEWAY_S  60.0
#define DATE_MAX  9007199254740992.0
#define ISSUER    "https://issuer.example"
#define AUDIENCE  "mobync"

/* What a server knows: a secret, or two public keys, as while keys are changed, or a key that
 * libjwt does not know. */
enum ring { RING_SECRET, RING_PUBLIC, RING_EDDSA, RINGS };

/* The letter of who signs for the ring. */
static const char SIGNERS[RINGS] = {[RING_SECRET] = 's', [RING_PUBLIC] = 'd', [RING_EDDSA] = 'E'};

/* New in each process: no verdict depends on which it is. */
static EVP_PKEY *newer_key(void)
{
    static EVP_PKEY *key;

    if (key == NULL)
        key = jws_signer("P-256");
    return key;
}

static EVP_PKEY *eddsa_key(void)
{
    static EVP_PKEY *key;

    if (key == NULL)
        key = jws_signer("ED25519");
    return key;
}

static struct text newer_pem(void)
{
    static struct buf pem;

    if (pem.len > 0)
        return buf_text(&pem);
    buf_init(&pem, 4096);
    return jws_public(newer_key(), &pem);
}

static const struct key *read_key(enum key_algorithm algorithm, struct text material)
{
    struct key_fault fault;
    const struct key *key = key_new(algorithm, material, &fault);

    fuzz_check(key != NULL, "there is a key");
    return key;
}

static void read_public(struct key_ring_entry *older, struct key_ring_entry *newer)
{
    EVP_PKEY *pair = jws_signer("P-256");
    struct buf pem;

    buf_init(&pem, 4096);
    *older =
        (struct key_ring_entry){TEXT_LITERAL("old"), read_key(KEY_ES256, jws_public(pair, &pem))};
    *newer = (struct key_ring_entry){TEXT_LITERAL("new"), read_key(KEY_ES256, newer_pem())};
    buf_release(&pem);
    EVP_PKEY_free(pair);
}

static const struct key *read_eddsa(void)
{
    const struct key *key;
    struct buf pem;

    buf_init(&pem, 4096);
    key = read_key(KEY_EDDSA, jws_public(eddsa_key(), &pem));
    buf_release(&pem);
    return key;
}

static const struct key_ring *ring_of(enum ring kind)
{
    static struct key_ring_entry secret, public[2], eddsa;
    static const struct key_ring rings[RINGS] = {
        [RING_SECRET] = {.algorithm = KEY_HS256, .entries = &secret, .count = 1},
        [RING_PUBLIC] = {.algorithm = KEY_ES256, .entries = public, .count = 2},
        [RING_EDDSA] = {.algorithm = KEY_EDDSA, .entries = &eddsa, .count = 1},
    };

    if (secret.key == NULL) {
        secret.key = read_key(KEY_HS256, TEXT_LITERAL(KEY));
        read_public(&public[0], &public[1]);
        eddsa.key = read_eddsa();
    }
    return &rings[kind];
}

static struct auth *new_auth(enum ring ring, bool strict)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .keys = ring_of(ring),
                .owner_claim = TEXT_LITERAL("sub"),
                .issuer = strict ? TEXT_LITERAL(ISSUER) : TEXT_LITERAL(""),
                .audience = strict ? TEXT_LITERAL(AUDIENCE) : TEXT_LITERAL(""),
                .require_exp = strict},
    };

    return auth_new(&settings, NULL);
}

static void sign(struct buf *token, char letter)
{
    switch (letter) {
    case 'd':
        jws_sign(token, newer_key());
        break;
    case 'E':
        jws_sign(token, eddsa_key());
        break;
    case 'c':
        jws_sign_secret(token, EVP_sha256(), newer_pem());
        break;
    case '3':
        jws_sign_secret(token, EVP_sha384(), TEXT_LITERAL(KEY));
        break;
    case 'o':
        jws_sign_secret(token, EVP_sha256(), TEXT_LITERAL(OTHER_KEY));
        break;
    case 'e':
        jws_sign_secret(token, EVP_sha256(), TEXT_LITERAL(""));
        break;
    case 'n':
        jws_add_signature(token, TEXT_LITERAL(""));
        break;
    default:
        jws_sign_secret(token, EVP_sha256(), TEXT_LITERAL(KEY));
    }
    if (letter == 'p')
        buf_add_char(token, '=');
}

#define LEVELS_MAX 16

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int levels_of(const json_t *value)
{
    const json_t *item;
    const char *key;
    size_t i;
    int most = 0;

    json_object_foreach((json_t *)(uintptr_t)value, key, item) most = larger(most, levels_of(item));
    json_array_foreach(value, i, item) most = larger(most, levels_of(item));
    return json_is_object(value) || json_is_array(value) ? most + 1 : 0;
}

/* NULL also where it holds U+0000, or a number that jansson has no room for. */
static json_t *object_of(struct text text)
{
    json_t *value;

    /* jansson swallows a raw NUL behind a number or a word. */
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
        return NULL;
    value = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(value) && levels_of(value) <= LEVELS_MAX)
        return value;
    json_decref(value);
    return NULL;
}

static bool is_string(const json_t *value, const char *wanted)
{
    return json_is_string(value) && json_string_length(value) == strlen(wanted) &&
           strcmp(json_string_value(value), wanted) == 0;
}

static bool holds_audience(const json_t *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach(value, i, item) if (is_string(item, AUDIENCE)) return true;
    return is_string(value, AUDIENCE);
}

static bool is_date(const json_t *value)
{
    return json_is_number(value) && json_number_value(value) <= DATE_MAX &&
           json_number_value(value) >= -DATE_MAX;
}

static bool times_allow(const json_t *claims, bool strict)
{
    const json_t *exp = json_object_get(claims, "exp"), *nbf = json_object_get(claims, "nbf");
    double now_s = (double)NOW_MS / 1000.0;

    if ((exp == NULL && strict) || (exp != NULL && !is_date(exp)) || (nbf != NULL && !is_date(nbf)))
        return false;
    return (exp == NULL || now_s < json_number_value(exp) + LEEWAY_S) &&
           (nbf == NULL || now_s >= json_number_value(nbf) - LEEWAY_S);
}

/* NULL: names nobody. */
static const char *owner_of(const json_t *claims)
{
    static char digits[24];
    const json_t *sub = json_object_get(claims, "sub");

    if (json_is_string(sub))
        return auth_owner_valid((struct text){json_string_value(sub), json_string_length(sub)})
                   ? json_string_value(sub)
                   : NULL;
    if (!json_is_integer(sub) || json_integer_value(sub) < 0 ||
        json_integer_value(sub) >= INT64_C(1) << 53)
        return NULL;
    snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(sub));
    return digits;
}

static bool claims_allow(const json_t *claims, bool strict)
{
    if (!times_allow(claims, strict))
        return false;
    if (strict && (!is_string(json_object_get(claims, "iss"), ISSUER) ||
                   !holds_audience(json_object_get(claims, "aud"))))
        return false;
    return owner_of(claims) != NULL;
}

/* Does the header go with that signature, for who knows that ring? */
static bool header_allows(const json_t *header, char letter, enum ring ring)
{
    const char *critical = "crit";
    const json_t *algorithm = json_object_get(header, "alg");

    if (json_object_get(header, critical) != NULL)
        return false;
    if (letter != SIGNERS[ring])
        return false;
    if (ring == RING_PUBLIC)
        return is_string(algorithm, "ES256") && is_string(json_object_get(header, "kid"), "new");
    return is_string(algorithm, ring == RING_SECRET ? "HS256" : "EdDSA");
}

/* One that nobody can find fault with, if it is allowed at all. */
static bool is_plain_header(const json_t *header, enum ring ring)
{
    const json_t *typ = json_object_get(header, "typ"), *kid = json_object_get(header, "kid");
    size_t members = 1u + (typ != NULL) + (kid != NULL);

    return (typ == NULL || is_string(typ, "JWT") ||
            (ring != RING_SECRET && is_string(typ, "at+jwt"))) &&
           json_object_size(header) == members;
}

struct ask {
    enum ring ring;
    bool strict;
    struct text token;
    struct text owner;
};

static bool ask_auth(struct ask *ask, struct arena *arena)
{
    static struct auth *auths[RINGS][2];
    const struct auth_request request = {.token = ask->token};
    struct auth **auth = &auths[ask->ring][ask->strict];
    struct fail fail = {0};
    enum rc rc;

    if (*auth == NULL)
        *auth = new_auth(ask->ring, ask->strict);
    rc = auth_owner(*auth, &request, NOW_MS, arena, &ask->owner, &fail);
    fuzz_check(rc == RC_OK || (rc == RC_REJECTED && fail.code == FAIL_INVALID_SYNC_TOKEN),
               "a token is good, or INVALID_SYNC_TOKEN");
    fuzz_check(rc != RC_OK || auth_owner_valid(ask->owner), "an owner is one");
    return rc == RC_OK;
}

static void try_raw(struct text input, struct arena *arena)
{
    for (unsigned ring = 0; ring < RINGS; ring++) {
        struct ask whole = {.ring = (enum ring)ring, .token = input};
        struct ask bearer = {.ring = (enum ring)ring, .token = auth_bearer(input)};

        fuzz_check(bearer.token.len <= input.len, "a token is part of its header");
        fuzz_check(!ask_auth(&whole, arena) && !ask_auth(&bearer, arena),
                   "without the key nobody signs");
    }
}

/* A token, as jansson reads its parts. */
struct reading {
    char letter;
    struct text token;
    json_t *header;
    json_t *claims;
};

/* jansson has no room for U+0000 and for numbers beyond 64 bits, and so libjwt refuses them; where
 * the server verifies without it, they may stand in members that count for nothing. */
static bool is_beyond_jansson(const struct reading *reading, enum ring ring)
{
    return ring != RING_SECRET && (reading->header == NULL || reading->claims == NULL);
}

static void compare(const struct reading *reading, enum ring ring, bool strict, struct arena *arena)
{
    struct ask ask = {.ring = ring, .strict = strict, .token = reading->token};
    bool let_in = ask_auth(&ask, arena);
    bool may = reading->header != NULL && reading->claims != NULL &&
               header_allows(reading->header, reading->letter, ring) &&
               claims_allow(reading->claims, strict);

    fuzz_check(!let_in || reading->letter == SIGNERS[ring], "who is let in has our signature");
    if (is_beyond_jansson(reading, ring))
        return;
    fuzz_check(!let_in || may, "who is let in has our signature, the algorithm and the claims");
    /* jansson reads 0 and -0 alike. */
    fuzz_check(let_in || !may || !is_plain_header(reading->header, ring) ||
                   reading->token.len > 8192 || strcmp(owner_of(reading->claims), "0") == 0,
               "who has all of them is let in");
    if (let_in)
        fuzz_check(text_is(ask.owner, owner_of(reading->claims)),
                   "the owner is the one whom the claims name");
}

static void try_jwt(char letter, struct text input, struct arena *arena)
{
    const char *newline = input.len > 0 ? memchr(input.ptr, '\n', input.len) : NULL;
    struct reading reading = {.letter = letter};
    struct text header, claims;
    struct buf token;

    if (newline == NULL)
        return;
    header = (struct text){input.ptr, (size_t)(newline - input.ptr)};
    claims = (struct text){newline + 1, input.len - header.len - 1};
    buf_init(&token, input.len * 2 + 512);
    jws_begin(&token, header, claims);
    sign(&token, letter);
    reading.token = buf_text(&token);
    reading.header = object_of(header);
    reading.claims = object_of(claims);
    for (unsigned ring = 0; ring < RINGS; ring++) {
        compare(&reading, (enum ring)ring, false, arena);
        compare(&reading, (enum ring)ring, true, arena);
    }
    buf_release(&token);
    json_decref(reading.header);
    json_decref(reading.claims);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input;
    struct arena arena;

    if (size == 0 || data[0] == '\0')
        return 0;
    input = (struct text){(const char *)data + 1, size - 1};
    arena_init(&arena);
    if (data[0] == 'r')
        try_raw(input, &arena);
    else if (strchr("s3oenpdcE", data[0]) != NULL)
        try_jwt((char)data[0], input, &arena);
    arena_release(&arena);
    return 0;
}
