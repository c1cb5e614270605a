/* The chain of verifiers: auth_owner() asks the cache, then each that is enabled. Every refusal has
 * the same message. */
#include "auth.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "key_source.h"

/* The order in which they are asked. */
static const struct verifier *const CHAIN[] = {&JWT_VERIFIER, &TOKEN_VERIFIER, &PARAM_VERIFIER};

struct auth *auth_new(const struct auth_settings *settings, struct synchronizer *s)
{
    struct auth *auth = alloc_or_die(sizeof(*auth));

    assert(settings->jwt.enabled || settings->tokens || settings->trusted_param);
    assert(s != NULL || !settings->tokens);
    assert(!settings->jwt.enabled ||
           (settings->jwt.keys != NULL) != (settings->jwt.issuer_keys != NULL));
    assert(settings->jwt.keys == NULL || settings->jwt.keys->count > 0);
    *auth = (struct auth){
        .settings = *settings,
        .synchronizer = s,
        .cache = token_cache_new(settings->cache_ms),
    };
    auth->keys = key_source_new(&auth->settings);
    return auth;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL)
        return;
    key_source_free(auth->keys);
    token_cache_free(auth->cache);
    free(auth);
}

/* What every verifier had to say, as "jwt: expired; tokens: unknown". */
struct reasons {
    char text[sizeof(((struct fail *)NULL)->detail)];
    size_t len;
};

static void add_reason(struct reasons *reasons, const char *name, const char *reason)
{
    size_t room = sizeof(reasons->text) - reasons->len;
    int len = snprintf(reasons->text + reasons->len, room, "%s%s: %s", reasons->len > 0 ? "; " : "",
                       name, reason);

    if (len > 0)
        reasons->len += (size_t)len < room ? (size_t)len : room - 1;
}

static enum rc ask_chain(struct auth *auth, const struct auth_attempt *attempt,
                         struct auth_accepted *accepted_out, struct fail *fail)
{
    struct reasons reasons = {.len = 0};

    for (size_t i = 0; i < ARRAY_LEN(CHAIN); i++) {
        enum rc rc;

        if (!CHAIN[i]->enabled(&auth->settings))
            continue;
        rc = CHAIN[i]->try(auth, attempt, accepted_out, fail);
        if (rc != RC_REJECTED)
            return rc;
        add_reason(&reasons, CHAIN[i]->name, fail->detail);
    }
    return verifier_refuse(fail, reasons.text);
}

enum rc auth_owner(struct auth *auth, const struct auth_request *request, int64_t now_ms,
                   struct arena *arena, struct text *owner_out, struct fail *fail)
{
    const struct auth_attempt attempt = {.request = request, .now_ms = now_ms, .arena = arena};
    struct auth_accepted accepted = {.until_ms = 0};
    struct token_cache_key key;
    bool cacheable = token_cache_key_of(auth->cache, request->token, &key);
    enum rc rc;

    /* A key that is gone takes with it what was believed of its tokens. */
    if (key_source_follow(auth->keys))
        token_cache_clear(auth->cache);
    if (cacheable && token_cache_find(auth->cache, &key, now_ms, arena, owner_out))
        return RC_OK;
    rc = ask_chain(auth, &attempt, &accepted, fail);
    if (rc != RC_OK)
        return rc;
    if (cacheable && accepted.until_ms > now_ms)
        token_cache_put(auth->cache, &key, accepted.owner, now_ms, accepted.until_ms);
    *owner_out = accepted.owner;
    return RC_OK;
}

struct text auth_bearer(struct text authorization)
{
    const struct text scheme = TEXT_LITERAL("Bearer");
    const struct text none = {"", 0};
    struct text start = text_trim(authorization);
    struct text token;

    if (start.len <= scheme.len)
        return none;
    token = (struct text){start.ptr + scheme.len, start.len - scheme.len};
    start.len = scheme.len;
    if (!text_equal_nocase(start, scheme) || text_trim(token).len == token.len)
        return none;
    return text_trim(token);
}
