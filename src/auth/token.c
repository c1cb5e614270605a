/* Opaque tokens: TOKEN_VERIFIER, and auth_token_make() for new ones. */
#include <assert.h>
#include <openssl/evp.h>

#include "base64url.h"
#include "id.h"
#include "synchronizer.h"
#include "verifier.h"

#define RANDOM_BYTES 32

static void hash_token(struct text token, unsigned char *hash_out)
{
    unsigned len = 0;
    int done = EVP_Digest(token.ptr, token.len, hash_out, &len, EVP_sha256(), NULL);

    assert(done == 1 && len == TOKEN_HASH_BYTES);
}

/* Only what auth_token_make() can have made is worth a question to the database. */
static bool is_plausible(struct text token)
{
    if (token.len != AUTH_TOKEN_LEN)
        return false;
    for (size_t i = 0; i < token.len; i++)
        if (!base64url_is_letter(token.ptr[i]))
            return false;
    return true;
}

static bool enabled(const struct auth_settings *settings)
{
    return settings->tokens;
}

static enum rc try(struct auth *auth, const struct auth_attempt *attempt,
                   struct auth_accepted *accepted_out, struct fail *fail)
{
    unsigned char hash[TOKEN_HASH_BYTES];
    struct text token = attempt->request->token;
    struct synchronizer *s = auth->synchronizer;
    struct token_found found;
    enum rc rc;

    if (token.len == 0)
        return verifier_refuse(fail, "no token");
    if (!is_plausible(token))
        return verifier_refuse(fail, "not in the form that this server makes");
    hash_token(token, hash);
    rc = s->ops->tokens->find(s, hash, attempt->now_ms, attempt->arena, &found, fail);
    if (rc != RC_OK)
        return rc;
    if (!auth_owner_valid(found.owner))
        return verifier_refuse(fail, "unknown, revoked or expired");
    *accepted_out = (struct auth_accepted){
        .owner = found.owner,
        .until_ms = found.expires_ms != 0 ? found.expires_ms : INT64_MAX,
    };
    return RC_OK;
}

const struct verifier TOKEN_VERIFIER = {.name = "tokens", .enabled = enabled, .try = try};

static char url_safe(char base64)
{
    switch (base64) {
    case '+':
        return '-';
    case '/':
        return '_';
    default:
        return base64;
    }
}

void auth_token_make(char token_out[AUTH_TOKEN_LEN + 1], unsigned char *hash_out)
{
    unsigned char random[RANDOM_BYTES];
    unsigned char base64[AUTH_TOKEN_LEN + 2]; /* one '=' and the NUL behind it */

    id_random_bytes(random, sizeof(random));
    EVP_EncodeBlock(base64, random, (int)sizeof(random));
    for (size_t i = 0; i < AUTH_TOKEN_LEN; i++)
        token_out[i] = url_safe((char)base64[i]);
    token_out[AUTH_TOKEN_LEN] = '\0';
    hash_token((struct text){token_out, AUTH_TOKEN_LEN}, hash_out);
}
