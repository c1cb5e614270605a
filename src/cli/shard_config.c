/* A file of another shard, or of other shards than ours knows, would mix owners up:
 * shard_config_fits(). */
#include "shard_config.h"

#include "settings.h"

static bool same_shards(const struct shard_list *ours, const struct shard_list *theirs)
{
    bool same = ours->count == theirs->count;

    for (size_t i = 0; same && i < ours->count; i++)
        same = text_equal(ours->items[i].name, theirs->items[i].name) &&
               ours->items[i].from == theirs->items[i].from &&
               ours->items[i].to == theirs->items[i].to;
    return same;
}

static bool same_tables(const struct config *ours, const struct config *theirs)
{
    bool same = ours->mapping.model_count == theirs->mapping.model_count &&
                text_equal(ours->diffs_table, theirs->diffs_table);

    for (size_t i = 0; same && i < ours->mapping.model_count; i++)
        same = text_equal(ours->mapping.models[i].table, theirs->mapping.models[i].table);
    return same;
}

enum rc shard_config_fits(const struct config *ours, const struct config *theirs, size_t shard,
                          struct fail *fail)
{
    const struct shard_list list = settings_shards(ours), their_list = settings_shards(theirs);

    if (their_list.own != shard || !same_shards(&list, &their_list))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "%s is not the configuration of shard %s with the same list of shards",
                           theirs->path.ptr, list.items[shard].name.ptr);
    return same_tables(ours, theirs)
               ? RC_OK
               : fail_reject(fail, FAIL_INVALID_REQUEST, "%s maps other tables", theirs->path.ptr);
}
