/* One JSON object and its MAC: webhook_call_body(), webhook_call_sign(). */
#include "webhook_call.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "json_write.h"

void webhook_call_body(struct buf *body, const struct poke_change *change)
{
    buf_add_str(body, "{\"owner\":");
    json_write_string(body, (struct text){change->owner, change->owner_len});
    buf_add_str(body, ",\"clock\":");
    buf_add_int(body, change->clock);
    buf_add_char(body, '}');
}

void webhook_call_sign(struct text key, struct text body,
                       char signature_out[WEBHOOK_SIGNATURE_LEN + 1])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    const unsigned char *done = HMAC(EVP_sha256(), key.ptr, (int)key.len,
                                     (const unsigned char *)body.ptr, body.len, mac, NULL);

    assert(done != NULL);
    for (size_t i = 0; i < WEBHOOK_SIGNATURE_LEN / 2; i++)
        snprintf(signature_out + 2 * i, 3, "%02x", mac[i]);
}
