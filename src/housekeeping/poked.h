/* poked.h: of which changes devices were told, owner by owner, so that they are told once.
 * Pure:    memory of a fixed size.
 * Owns:    poked_init() allocates what poked_release() gives back.
 * Units:   none.
 * Fails:   never. With more owners than it has places, some are forgotten: told twice, that is. */
#ifndef MOBYNC_POKED_H
#define MOBYNC_POKED_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct poked {
    struct poked_place *places;
};

void poked_init(struct poked *poked);
void poked_release(struct poked *poked);

/* Is this new, as far as is known? From now on it is not. */
bool poked_is_new(struct poked *poked, struct text owner, uint64_t seq);

#endif
