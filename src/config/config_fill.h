/* config_fill.h: the values of a config file, or their defaults, put into the members of the rows.
 * Owns:    texts and entries of lists lie in the arena given.
 * Holds:   the values have been checked (config_check.h); a text may be empty, but never NULL. */
#ifndef MOBYNC_CONFIG_FILL_H
#define MOBYNC_CONFIG_FILL_H

#include "config_file.h"

/* A block, its slots and the structure that its rows' members belong to. */
void config_fill(struct arena *arena, const struct config_key *block,
                 const struct config_slot *slots, void *into);

#endif
