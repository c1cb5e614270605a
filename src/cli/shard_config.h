/* shard_config.h: is another file the configuration of a shard of ours?
 * Pure:    reads two configs.
 * Owns:    nothing.
 * Units:   shards count from 0, in the order of the list.
 * Fails:   RC_REJECTED, with a sentence that names the file.
 * Holds:   files that it lets pass have the same list of shards, and map the same tables. */
#ifndef MOBYNC_SHARD_CONFIG_H
#define MOBYNC_SHARD_CONFIG_H

#include "config.h"
#include "fail.h"

NODISCARD enum rc shard_config_fits(const struct config *ours, const struct config *theirs,
                                    size_t shard, struct fail *fail);

#endif
