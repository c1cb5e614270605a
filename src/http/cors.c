/* Cross-origin resource sharing: cors_decide() holds a request's origin beside the config,
 * cors_write() puts the outcome into the head of the response. */
#include "cors.h"

/* What a client may send, and what it may read (docs/api.md); Chrome keeps no preflight longer. */
#define ALLOWED_HEADERS                                                                            \
    "Authorization, Content-Type, Content-Encoding, X-Request-Id, X-Mobync-Device"
#define EXPOSED_HEADERS "X-Request-Id, Retry-After"
#define MAX_AGE_S       "7200"

struct cors cors_decide(const struct cors_policy *policy, struct text origin)
{
    struct cors cors = {.vary = policy->count > 0};

    for (size_t i = 0; i < policy->count; i++) {
        const struct text allowed = policy->origins[i];

        if (text_is(allowed, "*"))
            return (struct cors){.allow_origin = allowed};
        if (text_equal(allowed, origin))
            cors.allow_origin = allowed;
    }
    return cors;
}

void cors_write(const struct cors *cors, struct buf *head)
{
    if (cors->vary)
        buf_add_str(head, "Vary: Origin\r\n");
    if (cors->allow_origin.len == 0)
        return;
    buf_add_str(head, "Access-Control-Allow-Origin: ");
    buf_add_text(head, cors->allow_origin);
    buf_add_str(head, "\r\nAccess-Control-Expose-Headers: " EXPOSED_HEADERS "\r\n");
    if (cors->methods == NULL)
        return;
    buf_add_str(head, "Access-Control-Allow-Methods: ");
    buf_add_str(head, cors->methods);
    buf_add_str(head, "\r\nAccess-Control-Allow-Headers: " ALLOWED_HEADERS
                      "\r\nAccess-Control-Max-Age: " MAX_AGE_S "\r\n");
}
