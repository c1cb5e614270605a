/* rejected_log.h: says in the log and in the stats what was refused alone.
 * Owns:    nothing.
 * Fails:   never. */
#ifndef MOBYNC_REJECTED_LOG_H
#define MOBYNC_REJECTED_LOG_H

#include "http.h"
#include "sync.h"

void rejected_log(const struct sync_answer *answer, struct http_facts *facts);

#endif
