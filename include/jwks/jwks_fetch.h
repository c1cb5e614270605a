/* jwks_fetch.h: a key set from where its issuer publishes it, by HTTPS.
 * Process: for one that serves nobody: it resolves names, talks TLS to whom the URL names, and may
 *          take JWKS_FETCH_MAX_MS. libcurl starts a thread to resolve names.
 * Rule:    https alone, also after a redirect; the certificate must be valid, for that name; status
 *          200; JWKS_MAX_BYTES at most, decompressed.
 * Owns:    nothing; the document goes to the caller's buffer.
 * Units:   bytes; milliseconds.
 * Fails:   RC_FATAL with a sentence for operators, which begins behind "cannot fetch URL: ".
 * Holds:   what is fetched is whole; that it is a key set is for jwks.h to say. */
#ifndef MOBYNC_JWKS_FETCH_H
#define MOBYNC_JWKS_FETCH_H

#include "buf.h"
#include "fail.h"

#define JWKS_FETCH_MAX_MS ((int64_t)10 * 1000)

struct jwks_fetch {
    const char *url;
    const char *ca_file; /* certificates to trust instead of the system's; NULL or empty: those */
    const char *version; /* of the program, for the User-Agent */
};

/* Once in the process, before any thread, and before rights are given up: loads libcurl. */
NODISCARD enum rc jwks_fetch_init(struct fail *fail);

/* Into a buffer of JWKS_MAX_BYTES; after jwks_fetch_init() alone. */
NODISCARD enum rc jwks_fetch(const struct jwks_fetch *fetch, struct buf *document_out,
                             struct fail *fail);

/* NULL, or what is wrong with the URL: "is not https: ..." */
const char *jwks_fetch_url_fault(struct text url);

#endif
