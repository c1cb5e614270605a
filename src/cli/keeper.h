/* keeper.h: what the housekeeping process owns, tied together for serve_helper_hooks.
 * Process: the housekeeper's own, after the fork; it connects with its first step.
 * Owns:    keeper_start() allocates; config, host and pipe outlive it.
 * Fails:   never here; what a step fails with is housekeeping.h's business. */
#ifndef MOBYNC_KEEPER_H
#define MOBYNC_KEEPER_H

#include "config.h"
#include "db_hosts.h"
#include "poke_pipe.h"
#include "serve.h"

struct keeper;

struct keeper *keeper_start(const struct config *config, struct db_host_in_use *host,
                            const struct poke_pipe *pipe);
void keeper_step(struct keeper *keeper, struct serve_step *step_out);
void keeper_stop(struct keeper *keeper);

#endif
