/* What a server may have forgotten below its horizon: oracle_compact(), oracle_follow(). */
#include "oracle_state.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void oracle_compact(struct oracle *oracle, struct text name, int64_t below, int64_t forgotten)
{
    struct owner *owner = oracle_owner(oracle, name);

    owner->compacted_below = most(owner->compacted_below, least(below, owner->next_clock));
    owner->forgotten_below = most(owner->forgotten_below, least(forgotten, owner->compacted_below));
}

int64_t oracle_compacted_below(struct oracle *oracle, struct text owner)
{
    return oracle_owner(oracle, owner)->compacted_below;
}

int64_t oracle_forgotten_below(struct oracle *oracle, struct text owner)
{
    return oracle_owner(oracle, owner)->forgotten_below;
}

static bool follow_id(struct owner *owner, struct known *known,
                      const struct oracle_witness *witness, struct buf *violation)
{
    bool there;

    if (!witness->knows(witness->context, owner->name, known->id, &there))
        return false;
    if (there || known->forgotten)
        return true;
    known->forgotten = true; /* what nobody sent may never have been remembered */
    if (known->made || (known->clock < owner->compacted_below && !known->verdict.refused))
        return true;
    buf_printf(violation, "the id %.*s of clock %lld is forgotten above the horizon (10.3)",
               TEXT_ARG(known->id), (long long)known->clock);
    return false;
}

static bool is_about(const struct oracle_diff *diff, const struct world_object *object)
{
    return diff->model == object->model && text_equal(diff->object_id, object->id);
}

/* All of it: its last diff is a delete. */
static void forget_object(struct owner *owner, const struct world_object *object)
{
    size_t kept = 0;

    for (size_t i = 0; i < owner->stored.count; i++)
        if (!is_about(&owner->stored.items[i], object))
            owner->stored.items[kept++] = owner->stored.items[i];
    owner->stored.count = kept;
    oracle_own_parts(&owner->stored);
}

static bool follow_object(struct owner *owner, const struct world_object *object,
                          const struct oracle_witness *witness, struct buf *violation)
{
    const struct oracle_diff *last = NULL;
    bool told;

    for (size_t i = 0; i < owner->stored.count; i++)
        if (is_about(&owner->stored.items[i], object))
            last = &owner->stored.items[i];
    if (last == NULL)
        return true;
    if (!witness->tells_of(witness->context, owner->name, object->model, object->id, &told))
        return false;
    if (told)
        return true;
    if (last->type != DIFF_DELETE || last->clock >= owner->forgotten_below) {
        buf_printf(violation, "%.*s/%.*s is forgotten, though it %s (10.4)",
                   TEXT_ARG(object->model->name), TEXT_ARG(object->id),
                   last->type == DIFF_DELETE ? "was deleted above the horizon" : "lives");
        return false;
    }
    forget_object(owner, object);
    return true;
}

bool oracle_follow(struct oracle *oracle, struct text name, const struct oracle_witness *witness,
                   struct buf *violation)
{
    struct owner *owner = oracle_owner(oracle, name);

    for (size_t i = 0; i < owner->known_count; i++)
        if (owner->known[i].id.len > 0 && !follow_id(owner, &owner->known[i], witness, violation))
            return false;
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        const struct world_object object = world_object(i);

        if (!follow_object(owner, &object, witness, violation))
            return false;
    }
    return true;
}
