/* response.h: a response that is too large to be held, on its way piece by piece.
 * Process: hands the response to the request's sink.
 * Owns:    nothing; lists lie in the arena given.
 * Units:   counts of diffs.
 * Fails:   as the sink; see response_result().
 * Holds:   once it was begun, the client can be told nothing else any more. */
#ifndef MOBYNC_RESPONSE_H
#define MOBYNC_RESPONSE_H

#include "sync.h"

/* Begins it with the diffs that *answer_inout holds, which are then counted instead. */
NODISCARD enum rc response_begin(const struct sync_request *request,
                                 struct sync_answer *answer_inout, struct fail *fail);
NODISCARD enum rc response_add(const struct sync_request *request, struct sync_answer *answer_inout,
                               const struct diff_list *diffs, struct fail *fail);
/* How a response that was begun ended: RC_UNCERTAIN in place of RC_RETRY. */
NODISCARD enum rc response_result(enum rc rc, struct fail *fail);

/* All models, parents before their children. */
const struct model **response_models(const struct synchronizer *s, struct arena *arena);

#endif
