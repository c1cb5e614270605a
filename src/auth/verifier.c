/* What the verifiers share: the one refusal, and what an owner is. Lies below all of them. */
#include "verifier.h"

enum rc verifier_refuse(struct fail *fail, const char *reason)
{
    enum rc rc = fail_reject(fail, FAIL_INVALID_SYNC_TOKEN,
                             "the sync token is missing or invalid; get a new one and try again");

    fail_detail(fail, "%s", reason);
    return rc;
}

bool auth_owner_valid(struct text owner)
{
    return owner.len > 0 && owner.len <= OWNER_MAX_BYTES && text_is_utf8(owner) &&
           memchr(owner.ptr, '\0', owner.len) == NULL;
}
