/* Signs with OpenSSL's HMAC. */
#include "jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "clock.h"

#define DAY_S       86400
#define HEADER      "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define PAYLOAD_MAX 256u

static void write_base64url(struct buf *buf, const unsigned char *bytes, size_t len)
{
    const size_t whole = (len + 2) / 3 * 4;
    unsigned char *at = (unsigned char *)buf_reserve(buf, whole);

    if (at == NULL)
        return;
    EVP_EncodeBlock(at, bytes, (int)len);
    for (size_t i = 0; i < whole && at[i] != '='; i++) {
        if (at[i] == '+')
            at[i] = '-';
        else if (at[i] == '/')
            at[i] = '_';
        buf->len++;
    }
}

void jwt_write(struct buf *buf, struct text key, const char *owner)
{
    const size_t start = buf->len;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char payload[PAYLOAD_MAX];
    unsigned digest_len = 0;
    int len = snprintf(payload, sizeof(payload), "{\"sub\":\"%s\",\"exp\":%lld}", owner,
                       (long long)(clock_now_ms() / 1000 + DAY_S));

    write_base64url(buf, (const unsigned char *)HEADER, strlen(HEADER));
    buf_add_char(buf, '.');
    write_base64url(buf, (const unsigned char *)payload, (size_t)len);
    HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)buf->data + start,
         buf->len - start, digest, &digest_len);
    buf_add_char(buf, '.');
    write_base64url(buf, digest, digest_len);
}
