/* tokens.h: opaque tokens, of which the database has the SHA-256 alone.
 * Process: statements of the database.
 * Order:   each operation stands alone, outside of any transaction.
 * Owns:    what they hand out lies in the arena given.
 * Units:   times in milliseconds since 1970 UTC.
 * Fails:   as synchronizer.h says.
 * Holds:   no secret is stored or handed out. */
#ifndef MOBYNC_TOKENS_H
#define MOBYNC_TOKENS_H

#include "arena.h"
#include "fail.h"

struct synchronizer;

#define TOKEN_HASH_BYTES ((size_t)32)
#define TOKEN_ID_LEN     ((size_t)16)

struct token_record {
    struct text id; /* 16 hex digits, to name it without knowing it */
    struct text owner;
    int64_t created_ms;
    int64_t expires_ms;  /* 0: never */
    int64_t last_use_ms; /* 0: never; at most an hour behind */
    bool revoked;
};

struct token_found {
    struct text owner;  /* empty: there is no such token, or it is revoked or expired */
    int64_t expires_ms; /* 0: never */
};

struct token_ops {
    enum rc (*find)(struct synchronizer *s, const unsigned char *hash, int64_t now_ms,
                    struct arena *arena, struct token_found *found_out, struct fail *fail);
    /* *made_out is false, and there is no new token, if the owner has `most` already that are
     * neither revoked nor expired when this one is created; 0: no cap. */
    enum rc (*create)(struct synchronizer *s, const unsigned char *hash,
                      const struct token_record *record, size_t most, bool *made_out,
                      struct fail *fail);
    enum rc (*list)(struct synchronizer *s, struct arena *arena, struct token_record **records_out,
                    size_t *count_out, struct fail *fail);
    /* *found_out is false if there is no token with that id. */
    enum rc (*revoke)(struct synchronizer *s, struct text id, bool *found_out, struct fail *fail);
};

#endif
