/* Shards: their names, and that their ranges cover each owner once. Entry points: the checks that
 * config_table.c names, and config_check_own_shard() for what the whole file says. */
#include "config_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "shard.h"

void config_check_shard_name(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    const struct text name = yaml_tree_text(at->node);

    if (!shard_name_valid(name))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give 1 to %zu characters of a-z, 0-9 and _", key->path,
                        TEXT_ARG(name), SHARD_NAME_MAX);
}

void config_check_shard_hash(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    const struct text range = yaml_tree_text(at->node);
    unsigned from, to;

    if (!shard_range_parse(range, &from, &to))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give two values of four hexadecimal digits in lower case, "
                        "such as 0000-7fff",
                        key->path, TEXT_ARG(range));
}

struct range {
    unsigned from;
    unsigned to;
    unsigned line;
};

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

/* False if one of them is no range, of which its own check tells. */
static bool read_ranges(struct config_check *check, const struct yaml_place *at,
                        struct range ranges[SHARDS_MAX], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct yaml_place entry = yaml_tree_item(check->tree, at->node, i);
        const struct yaml_place hash = yaml_tree_get(check->tree, entry.node, "hash");

        ranges[i].line = hash.node != NULL ? hash.line : entry.line;
        if (hash.node == NULL ||
            !shard_range_parse(yaml_tree_text(hash.node), &ranges[i].from, &ranges[i].to))
            return false;
    }
    return true;
}

static void check_cover(struct config_check *check, const struct config_key *key, unsigned line,
                        struct range *ranges, size_t count)
{
    unsigned next = 0;

    qsort(ranges, count, sizeof(*ranges), by_start);
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].from < next)
            diagnostics_add(check->faults, ranges[i].line,
                            "%s[].hash: %04x is of another shard, too: let each value be of one",
                            key->path, ranges[i].from);
        else if (ranges[i].from > next)
            diagnostics_add(check->faults, ranges[i].line,
                            "%s[].hash: %04x to %04x are of no shard: let some range have them",
                            key->path, next, ranges[i].from - 1);
        if (ranges[i].to >= next)
            next = ranges[i].to + 1;
    }
    if (next <= SHARD_SLOT_MAX)
        diagnostics_add(check->faults, line,
                        "%s[].hash: %04x to ffff are of no shard: let some range have them",
                        key->path, next);
}

static void check_names(struct config_check *check, const struct config_key *key,
                        const struct yaml_place *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct yaml_place entry = yaml_tree_item(check->tree, at->node, i);
        const struct yaml_place name = yaml_tree_get(check->tree, entry.node, "name");

        for (size_t j = 0; j < i; j++) {
            const struct yaml_place other = yaml_tree_item(check->tree, at->node, j);

            if (name.node != NULL &&
                text_equal(yaml_tree_text(name.node),
                           yaml_tree_text(yaml_tree_get(check->tree, other.node, "name").node)))
                diagnostics_add(check->faults, name.line, "%s has '%.*s' twice: rename one",
                                key->path, TEXT_ARG(yaml_tree_text(name.node)));
        }
    }
}

void config_check_shards(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    const size_t count = yaml_tree_count(at->node);
    struct range ranges[SHARDS_MAX] = {{0}};

    if (count > SHARDS_MAX) {
        diagnostics_add(check->faults, at->line, "%s has %zu entries: give at most %d", key->path,
                        count, SHARDS_MAX);
        return;
    }
    check_names(check, key, at, count);
    if (read_ranges(check, at, ranges, count))
        check_cover(check, key, at->line, ranges, count);
}

static bool has_shard(struct config_check *check, const struct yaml_place *shards, struct text name)
{
    for (size_t i = 0; i < yaml_tree_count(shards->node); i++)
        if (text_equal(yaml_tree_text(
                           yaml_tree_get(check->tree,
                                         yaml_tree_item(check->tree, shards->node, i).node, "name")
                               .node),
                       name))
            return true;
    return false;
}

/* A token that is looked up has no owner before, and so no database in which to look. */
static void check_tokens(struct config_check *check)
{
    const struct yaml_place tokens = config_check_find(check, "auth.tokens");

    if (tokens.node != NULL)
        diagnostics_add(check->faults, tokens.line,
                        "auth.tokens does not go with shards, for nobody knows which one has a "
                        "token: use jwt or trusted_param");
}

void config_check_own_shard(struct config_check *check, const struct yaml_place *file)
{
    const struct yaml_place shard = yaml_tree_get(check->tree, file->node, "shard");
    const struct yaml_place shards = yaml_tree_get(check->tree, file->node, "shards");

    if (shards.node != NULL) {
        check_tokens(check);
        if (shard.node == NULL)
            diagnostics_add(check->faults, shards.line,
                            "there are shards, and shard does not say which one this pool is: add "
                            "it");
    }
    if (shard.node != NULL && !has_shard(check, &shards, yaml_tree_text(shard.node)))
        diagnostics_add(check->faults, shard.line,
                        "shard is '%.*s', which shards does not have: name one of them",
                        TEXT_ARG(yaml_tree_text(shard.node)));
}
