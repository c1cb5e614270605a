#include "verifier.h"

static bool enabled(const struct auth_settings *settings)
{
    return settings->trusted_param;
}

static enum rc try(struct auth *auth, const struct auth_attempt *attempt, struct text *owner_out,
                   struct fail *fail)
{
    struct text owner = attempt->request->trusted_owner;

    (void)auth;
    if (owner.len == 0)
        return auth_refuse(fail, "not set");
    if (!auth_owner_valid(owner))
        return auth_refuse(fail, "not an owner: too long, or not UTF-8");
    *owner_out = owner;
    return RC_OK;
}

const struct verifier PARAM_VERIFIER = {.name = "trusted_param", .enabled = enabled, .try = try};
