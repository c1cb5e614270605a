/* version.h: which version of the app a request comes from, and what of a response is for it.
 * Owns:    nothing; results lie in the arena given.
 * Fails:   RC_REJECTED OUTDATED_APP of a version that the config has no more, INVALID_REQUEST of
 *          one that it has not yet. */
#ifndef MOBYNC_VERSION_H
#define MOBYNC_VERSION_H

#include "exchange.h"
#include "sync.h"

/* in_body: what the body says, or REQUEST_NO_NUMBER. *version_out: NULL is the newest. */
NODISCARD enum rc version_decide(const struct http_app *app, struct exchange *exchange,
                                 int64_t in_body, const struct version **version_out,
                                 struct fail *fail);

/* Does it have the model? */
bool version_knows(const struct version *version, const struct model *model);

/* From the version of the number `from` to that of the request; *migration_out: NULL, nothing. */
NODISCARD enum rc version_migration(const struct mapping *mapping, int64_t from,
                                    const struct version *to, struct arena *arena,
                                    const struct sync_migration **migration_out, struct fail *fail);

/* What of the diffs the version is sent. */
struct diff_list version_lower_diffs(const struct version *version, const struct diff_list *diffs,
                                     struct arena *arena);

/* What refusals of these diffs call their fields. */
void version_lower_rejected(const struct version *version, const struct diff_list *diffs,
                            const struct sync_answer *answer);
void version_lower_fail(const struct version *version, const struct diff_list *diffs,
                        struct fail *fail);

#endif
