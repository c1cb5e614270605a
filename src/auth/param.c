/* The owner that nginx vouches for: PARAM_VERIFIER. */
#include "verifier.h"

static bool enabled(const struct auth_settings *settings)
{
    return settings->trusted_param;
}

static enum rc try(struct auth *auth, const struct auth_attempt *attempt,
                   struct auth_accepted *accepted_out, struct fail *fail)
{
    struct text owner = attempt->request->trusted_owner;

    (void)auth;
    if (owner.len == 0)
        return verifier_refuse(fail, "not set");
    if (!auth_owner_valid(owner))
        return verifier_refuse(fail, "not an owner: too long, or not UTF-8");
    *accepted_out = (struct auth_accepted){.owner = owner, .until_ms = 0};
    return RC_OK;
}

const struct verifier PARAM_VERIFIER = {.name = "trusted_param", .enabled = enabled, .try = try};
