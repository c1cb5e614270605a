/* Sends a response piece by piece: client_out_step(). */
#include "client_out.h"

/* A response leaves in pieces of about this size. */
#define FLUSH_BYTES ((size_t)64 * 1024)

enum rc client_out_step(struct client_out *out, struct fail *fail)
{
    if (out->body->overflow)
        return fail_fatal(fail, "the response is larger than %zu bytes", out->body->max_bytes);
    if (out->flush == NULL || out->body->len < FLUSH_BYTES)
        return RC_OK;
    out->begun = true;
    return out->flush(out->context, fail);
}

enum rc client_out_result(const struct client_out *out, enum rc rc, struct fail *fail)
{
    if (rc == RC_RETRY && out->begun)
        return fail_busy(fail, RC_UNCERTAIN, "the response broke off: %s", fail_reason(fail));
    return rc;
}
