/* jwks_cache.h: the last good key set of an issuer in a file, for a start while the issuer is away.
 * Process: the fetcher writes, the master puts in place, whoever starts reads.
 * Form:    the URL, a newline, the document. What was fetched from elsewhere is never read.
 * Owns:    descriptors are the caller's until jwks_cache_write() closes them.
 * Units:   bytes.
 * Holds:   the file is replaced as a whole or not at all: it is written beside it, as PATH.new, by
 *          one process, and renamed by another.
 * Fails:   rc RC_FATAL with a sentence, or errno; a cache that fails keeps nobody from serving. */
#ifndef MOBYNC_JWKS_CACHE_H
#define MOBYNC_JWKS_CACHE_H

#include "buf.h"
#include "fail.h"

/* RC_REJECTED: there is none, or it is another URL's. */
NODISCARD enum rc jwks_cache_read(const char *path, struct text url, struct buf *document_out,
                                  struct fail *fail);

/* -1, with errno set, or a descriptor that PATH.new is written through. */
NODISCARD int jwks_cache_open(const char *path);
/* False, with errno set: the file is left empty then. Closes the descriptor. */
NODISCARD bool jwks_cache_write(int fd, struct text url, struct text document);
/* Puts what was written in place, if it was. False with errno set. */
NODISCARD bool jwks_cache_keep(const char *path);

#endif
