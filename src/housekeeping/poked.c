/* A table of hashes: poked_is_new(). Two owners of one place push each other out. */
#include "poked.h"

#include <stdlib.h>

#include "arena.h"

#define PLACES ((size_t)1 << 16)

struct poked_place {
    uint64_t owner; /* a hash */
    uint64_t seq;
};

void poked_init(struct poked *poked)
{
    poked->places = alloc_or_die(PLACES * sizeof(*poked->places));
    memset(poked->places, 0, PLACES * sizeof(*poked->places));
}

void poked_release(struct poked *poked)
{
    free(poked->places);
    poked->places = NULL;
}

bool poked_is_new(struct poked *poked, struct text owner, uint64_t seq)
{
    const uint64_t hash = text_hash(owner, 0);
    struct poked_place *place = &poked->places[hash % PLACES];
    const bool is_new = place->owner != hash || place->seq != seq;

    *place = (struct poked_place){hash, seq};
    return is_new;
}
