/* check_shards.h: what `mobync check` says of shards: are owners where they belong, are moves done,
 *          do the databases belong together?
 * Process: connects to each shard whose configuration can be read here.
 * Owns:    nothing.
 * Units:   config_line as schema.h.
 * Fails:   never: whatever is wrong is a warning, for serving goes on.
 * Holds:   changes nothing; without shards in the config it does nothing. */
#ifndef MOBYNC_CHECK_SHARDS_H
#define MOBYNC_CHECK_SHARDS_H

#include "config.h"
#include "schema.h"

void check_shards(const struct config *config, schema_report *report, void *context);

#endif
