/* shard.h: which of several databases holds an owner (docs/scale.md 4).
 * Pure:    a hash of the owner, and a search in a short list.
 * Owns:    nothing; names are the config's.
 * Units:   slots are the first 16 bits of the SHA-256 of the owner's bytes.
 * Fails:   shard_range_parse() returns false; nothing else does.
 * Holds:   as long as the list's ranges cover all slots once, each owner has one home. */
#ifndef MOBYNC_SHARD_H
#define MOBYNC_SHARD_H

#include "attributes.h"
#include "text.h"

#define SHARDS_MAX     64
#define SHARD_SLOT_MAX 0xffffu
#define SHARD_NAME_MAX ((size_t)32)

struct shard {
    struct text name;
    unsigned from; /* slots, both inclusive */
    unsigned to;
};

struct shard_list {
    struct shard items[SHARDS_MAX];
    size_t count; /* 0: there is one database for all */
    size_t own;   /* that of this pool */
};

/* "0000-7fff" */
NODISCARD bool shard_range_parse(struct text range, unsigned *from_out, unsigned *to_out);

/* Lower case, digits and _, so that it fits into the name of a location of nginx. */
bool shard_name_valid(struct text name);

/* Where the owner is, unless it was moved. */
size_t shard_home(const struct shard_list *shards, struct text owner);

/* The shard of that name; false if there is none. */
bool shard_find(const struct shard_list *shards, struct text name, size_t *index_out);

#endif
