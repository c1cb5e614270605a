/* jwks_store.h: the key set of one issuer, in memory that the master shares with whoever fetches it
 * and with all workers; when it is to be fetched again.
 * Process: made by the master before it forks. One process at a time puts a document, or begins and
 *          ends a fetch; any number read. Nothing is locked: a process may die at any instruction,
 *          and readers then keep the document before.
 * Fails:   jwks_store_new() with NULL where there is no memory to share; later there is nothing
 *          that can.
 * Holds:   a reader gets a whole document or none, and looks at one number to see that there is no
 *          other one. What a process put is bytes to whoever gets it: each reads it by jwks.h.
 * Units:   _us as clock_monotonic_us(), which is the same for all processes.
 * Owns:    jwks_store_free() gives back this process's part alone. */
#ifndef MOBYNC_JWKS_STORE_H
#define MOBYNC_JWKS_STORE_H

#include "attributes.h"
#include "buf.h"

struct jwks_store;

/* At most so often a token whose key is unknown makes the issuer be asked. */
#define JWKS_STORE_PAUSE_MS ((int64_t)10 * 1000)
/* A fetch that failed is tried again after 1 s, 2 s, 4 s, and at last every minute. */
#define JWKS_STORE_RETRY_FIRST_MS ((int64_t)1000)
#define JWKS_STORE_RETRY_LAST_MS  ((int64_t)60 * 1000)

/* NULL, with errno set, if there is no memory to share, or no pipe. */
NODISCARD struct jwks_store *jwks_store_new(void);
void jwks_store_free(struct jwks_store *store);

/* Of JWKS_MAX_BYTES at most. */
void jwks_store_put(struct jwks_store *store, struct text document);
/* 0: none yet; another one for every document. */
uint64_t jwks_store_version(const struct jwks_store *store);
/* Clears the buffer and puts the document into it; returns its version. */
uint64_t jwks_store_get(const struct jwks_store *store, struct buf *document_out);

/* By the process that starts fetches. */
void jwks_store_begin(struct jwks_store *store, int64_t now_us);
void jwks_store_end(struct jwks_store *store, bool successful);
bool jwks_store_is_untried(const struct jwks_store *store);
/* When the next fetch is due; what is past is due now. */
int64_t jwks_store_due_us(const struct jwks_store *store, int64_t refresh_ms);
/* Whoever starts fetches wants one himself, after the pause. */
void jwks_store_want(struct jwks_store *store);
/* From now on this process gets SIGIO when somebody wants a fetch: jwks_store_due_us() may be
 * sooner then. False, with errno set. */
NODISCARD bool jwks_store_signal_me(struct jwks_store *store);

/* For a worker that met a token of an unknown key: asks for a fetch. If it is the first to do so,
 * and the pause since the last fetch is over, waits for the end of that fetch, wait_ms at most; all
 * others get no wait. True if the document is another one afterwards. */
bool jwks_store_ask(struct jwks_store *store, int64_t wait_ms);

#endif
