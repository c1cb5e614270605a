/* Reads a model's diffs in parts that end with whole objects.
 * Entry:     history_walk_model().
 * Invariant: each object is shown once; one that does not fit into a part is compacted. */
#include "history_walk.h"

#include <assert.h>

#include "compact.h"

/* One clock holds four diffs of an object at most: so a part always holds a whole clock of it. */
#define MIN_OF_OBJECT ((size_t)5)
/* The column holds 128 characters, whoever wrote them. */
#define MAX_ID_BYTES (4 * DIFF_ID_MAX_BYTES)

/* The last clock may have come in part. */
static void drop_last_clock(struct diff_list *diffs)
{
    const int64_t last = diffs->items[diffs->count - 1].clock;

    while (diffs->count > 0 && diffs->items[diffs->count - 1].clock == last)
        diffs->count--;
}

static enum rc compact_part(struct compact *compact, const struct diff_list *diffs,
                            struct arena *arena, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++)
        rc = diff_parse_stored(&diffs->items[i], arena, fail);
    return rc == RC_OK ? compact_add(compact, diffs->items, diffs->count, fail) : rc;
}

static enum rc compact_object(const struct history_walk *walk, struct history_part *part,
                              struct compact *compact, struct fail *fail)
{
    struct arena *arena = walk->part;
    struct diff_list diffs;
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more) {
        arena_clear(arena);
        rc = walk->s->ops->read_history_part(walk->s, part, arena, &diffs, &more, fail);
        if (rc != RC_OK)
            break;
        if (more)
            drop_last_clock(&diffs);
        if (diffs.count > 0)
            part->since_clock = diffs.items[diffs.count - 1].clock + 1;
        else
            part->limit.bytes = 2 * part->limit.bytes + 1; /* it is less than one clock */
        rc = compact_part(compact, &diffs, arena, fail);
    }
    arena_clear(arena);
    return rc;
}

static struct history_limit object_limit(const struct history_limit *limit)
{
    return (struct history_limit){limit->diffs > MIN_OF_OBJECT ? limit->diffs : MIN_OF_OBJECT,
                                  limit->bytes};
}

/* One object with more diffs than a part holds. */
static enum rc visit_object(const struct history_walk *walk, struct history_part part,
                            struct fail *fail)
{
    struct compact compact;
    enum rc rc;

    part.limit = object_limit(&walk->limit);
    compact_init(&compact);
    rc = compact_object(walk, &part, &compact, fail);
    if (rc == RC_OK)
        rc = walk->visit(walk->context, &compact.diffs, fail);
    compact_release(&compact);
    return rc;
}

/* Where the last object begins: more of it may follow. */
static size_t last_object(const struct diff_list *diffs)
{
    size_t first = diffs->count - 1;

    while (first > 0 &&
           text_equal(diffs->items[first - 1].object_id, diffs->items[first].object_id))
        first--;
    return first;
}

/* Copies the id into the buffer: the part that holds it goes. */
static struct text keep_id(struct text id, char id_out[MAX_ID_BYTES])
{
    assert(id.len <= MAX_ID_BYTES);
    memcpy(id_out, id.ptr, id.len);
    return (struct text){id_out, id.len};
}

/* The whole objects of a part, or its only one, which is not whole. */
static enum rc visit_part(const struct history_walk *walk, const struct history_part *part,
                          struct diff_list *diffs, struct fail *fail)
{
    struct history_part alone = *part;

    if (diffs->count > 0)
        return walk->visit(walk->context, diffs, fail);
    alone.only_id = part->after_id;
    return visit_object(walk, alone, fail);
}

enum rc history_walk_model(const struct history_walk *walk, const struct model *model,
                           struct fail *fail)
{
    struct history_part part = {
        .owner = walk->owner,
        .model = model,
        .since_clock = walk->since_clock,
        .until_clock = walk->until_clock,
        .compare = walk->compare,
        .limit = walk->limit,
    };
    char after[MAX_ID_BYTES];
    struct diff_list diffs;
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more) {
        size_t whole;

        arena_clear(walk->part);
        rc = walk->s->ops->read_history_part(walk->s, &part, walk->part, &diffs, &more, fail);
        if (rc != RC_OK || diffs.count == 0)
            break;
        whole = more ? last_object(&diffs) : diffs.count;
        part.after_id = keep_id(diffs.items[whole > 0 ? whole - 1 : 0].object_id, after);
        diffs.count = whole;
        rc = visit_part(walk, &part, &diffs, fail);
    }
    return rc;
}
