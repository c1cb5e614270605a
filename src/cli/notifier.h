/* notifier.h: what the notifying process owns, tied together for serve_helper_hooks.
 * Process: the notifier's own, after the fork: it gives up what it has no business with.
 * Owns:    notifier_start() allocates; config and pipe outlive it.
 * Fails:   notifier_start() with NULL, and the reason logged. */
#ifndef MOBYNC_NOTIFIER_H
#define MOBYNC_NOTIFIER_H

#include "config.h"
#include "poke_pipe.h"
#include "serve.h"

/* Does this config have a webhook? */
bool notifier_is_wanted(const struct config *config);

struct webhook;

struct webhook *notifier_start(const struct config *config, const struct poke_pipe *pipe);
void notifier_step(struct webhook *webhook, struct serve_step *step_out);

#endif
