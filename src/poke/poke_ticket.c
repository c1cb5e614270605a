/* Channels and tickets, which are MACs (HMAC-SHA-256) of what they stand for: poke_channel(),
 * poke_ticket_write(), poke_ticket_read(). */
#include "poke_ticket.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define MAC_HEX_LEN 32 /* the first half of the MAC */

/* The kind comes first, so that no owner's name gives a ticket's MAC. */
static void mac(struct text key, const char *kind, struct text of, char hex_out[MAC_HEX_LEN + 1])
{
    unsigned char input[EVP_MAX_MD_SIZE + 1024];
    unsigned char whole[EVP_MAX_MD_SIZE];
    const size_t kind_len = strlen(kind) + 1; /* with its NUL */

    assert(kind_len + of.len <= sizeof(input) && key.len <= INT32_MAX);
    memcpy(input, kind, kind_len);
    memcpy(input + kind_len, of.ptr, of.len);
    const unsigned char *done =
        HMAC(EVP_sha256(), key.ptr, (int)key.len, input, kind_len + of.len, whole, NULL);
    assert(done != NULL);
    for (size_t i = 0; i < MAC_HEX_LEN / 2; i++)
        snprintf(hex_out + 2 * i, 3, "%02x", whole[i]);
}

void poke_channel(struct text key, struct text owner, char channel_out[POKE_CHANNEL_LEN + 1])
{
    mac(key, "channel", owner, channel_out);
}

/* "CHANNEL.SECONDS", which the MAC is of. */
static void sign(struct text key, struct text claims, char mac_out[MAC_HEX_LEN + 1])
{
    mac(key, "ticket", claims, mac_out);
}

void poke_ticket_write(struct text key, const char *channel, int64_t now_ms,
                       char ticket_out[POKE_TICKET_MAX + 1])
{
    char mac_hex[MAC_HEX_LEN + 1];
    int len = snprintf(ticket_out, POKE_TICKET_MAX + 1, "%s.%" PRId64, channel,
                       now_ms / 1000 + POKE_TICKET_S);

    assert(len > 0 && len < POKE_TICKET_MAX - MAC_HEX_LEN);
    sign(key, (struct text){ticket_out, (size_t)len}, mac_hex);
    snprintf(ticket_out + len, (size_t)(POKE_TICKET_MAX + 1 - len), ".%s", mac_hex);
}

/* What stands between the channel and the MAC. */
static bool has_time(struct text claims, int64_t now_ms)
{
    const struct text seconds = {claims.ptr + POKE_CHANNEL_LEN + 1,
                                 claims.len - POKE_CHANNEL_LEN - 1};
    uint64_t end_s;

    return text_to_uint(seconds, INT64_MAX / 1000, &end_s) && now_ms / 1000 <= (int64_t)end_s;
}

bool poke_ticket_read(struct text key, struct text ticket, int64_t now_ms,
                      char channel_out[POKE_CHANNEL_LEN + 1])
{
    char wanted[MAC_HEX_LEN + 1];
    struct text claims;

    if (ticket.len < POKE_CHANNEL_LEN + 3 + MAC_HEX_LEN || ticket.len > POKE_TICKET_MAX)
        return false;
    claims = (struct text){ticket.ptr, ticket.len - MAC_HEX_LEN - 1};
    if (ticket.ptr[POKE_CHANNEL_LEN] != '.' || ticket.ptr[claims.len] != '.')
        return false;
    sign(key, claims, wanted);
    if (CRYPTO_memcmp(wanted, ticket.ptr + claims.len + 1, MAC_HEX_LEN) != 0 ||
        !has_time(claims, now_ms))
        return false;
    memcpy(channel_out, ticket.ptr, POKE_CHANNEL_LEN);
    channel_out[POKE_CHANNEL_LEN] = '\0';
    return true;
}
