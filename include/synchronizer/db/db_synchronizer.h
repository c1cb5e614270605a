/* db_synchronizer.h: the synchronizer on MariaDB or MySQL, driven by the mapping's tables.
 * Process: one connection; made in the worker, never inherited over fork. It connects when first
 *          used, and again after the link was lost; timeouts are always set.
 * Owns:    the connection and its prepared statements; db_synchronizer_free() closes all.
 * Fails:   as synchronizer.h says. A database that is away is RC_RETRY with SERVER_BUSY. */
#ifndef MOBYNC_DB_SYNCHRONIZER_H
#define MOBYNC_DB_SYNCHRONIZER_H

#include "db_settings.h"
#include "synchronizer.h"

/* Settings and mapping must outlive it. Does not connect yet. */
struct synchronizer *db_synchronizer_new(const struct db_settings *settings);
void db_synchronizer_free(struct synchronizer *s);

/* Refused diffs (rejected_diffs: quarantine), for operators. */
struct reject_filter {
    struct text owner; /* empty: of all owners */
    struct text id;    /* empty: all ids */
};

/* Oldest first. */
NODISCARD enum rc db_reject_list(struct synchronizer *s, const struct reject_filter *filter,
                                 struct arena *arena, struct reject **rejects_out,
                                 size_t *count_out, struct fail *fail);
/* *found_out is false if there is none. Its id stays known. */
NODISCARD enum rc db_reject_drop(struct synchronizer *s, struct text owner, struct text id,
                                 bool *found_out, struct fail *fail);

/* Opaque tokens (CONTRACT: mobync token). Only a token's SHA-256 comes here. */
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

NODISCARD enum rc db_token_find(struct synchronizer *s, const unsigned char *hash, int64_t now_ms,
                                struct arena *arena, struct token_found *found_out,
                                struct fail *fail);
/* *made_out is false, and there is no new token, if the owner has `most` already that are neither
 * revoked nor expired when this one is created; 0: no cap. */
NODISCARD enum rc db_token_create(struct synchronizer *s, const unsigned char *hash,
                                  const struct token_record *record, size_t most, bool *made_out,
                                  struct fail *fail);
NODISCARD enum rc db_token_list(struct synchronizer *s, struct arena *arena,
                                struct token_record **records_out, size_t *count_out,
                                struct fail *fail);
/* *found_out is false if there is no token with that id. */
NODISCARD enum rc db_token_revoke(struct synchronizer *s, struct text id, bool *found_out,
                                  struct fail *fail);

#endif
