/* Depth-first search along the references.
 * Entry:     toposort_parents_first().
 * Invariant: no recursion: a chain may be as long as the request. */
#include "toposort.h"

#include "object_id.h"

struct lookup {
    const struct toposort_item *items;
    size_t *slots; /* position + 1; 0: free */
    size_t mask;
};

static size_t *lookup_slot(const struct lookup *lookup, const struct model *model, struct text id)
{
    size_t at = (size_t)text_hash(id, model->index) & lookup->mask;

    for (;; at = (at + 1) & lookup->mask) {
        const struct toposort_item *item;

        if (lookup->slots[at] == 0)
            return &lookup->slots[at];
        item = &lookup->items[lookup->slots[at] - 1];
        if (item->model == model && text_equal(item->id, id))
            return &lookup->slots[at];
    }
}

static struct lookup lookup_items(const struct toposort_item *items, size_t count,
                                  struct arena *arena)
{
    struct lookup lookup = {.items = items};
    size_t slots = 16;

    while (slots < count * 2)
        slots *= 2;
    lookup.slots = ARENA_ARRAY(arena, slots, size_t);
    lookup.mask = slots - 1;
    for (size_t i = 0; i < count; i++)
        *lookup_slot(&lookup, items[i].model, items[i].id) = i + 1;
    return lookup;
}

static const struct value *value_of(const struct toposort_item *item, const struct field *field)
{
    for (size_t i = 0; i < item->field_count; i++)
        if (item->fields[i].field == field)
            return &item->fields[i].value;
    return NULL;
}

/* The id that the item's reference holds; false if it holds none. */
static bool referred_id(const struct toposort_item *item, const struct relation *relation,
                        struct arena *arena, struct text *id_out)
{
    struct text parts[MODEL_ID_PARTS_MAX];
    const struct value *value;

    if (relation->field == NULL) {
        if (!object_id_split(item->model, item->id, arena, parts))
            return false;
        *id_out = parts[relation->id_part]; /* mutant: first_part_of_ids */
        return true;
    }
    value = value_of(item, relation->field);
    if (value == NULL || value->kind != VALUE_TEXT)
        return false;
    *id_out = value->text;
    return true;
}

/* The position + 1 of the item that this one's reference names; 0 if it is not among them. */
static size_t parent_of(const struct lookup *lookup, const struct toposort_item *item,
                        const struct relation *relation, struct arena *arena)
{
    struct text id;

    if (relation->child != item->model || !referred_id(item, relation, arena, &id))
        return 0;
    return *lookup_slot(lookup, relation->parent, id);
}

static void find_parents(struct toposort *sorted, const struct toposort_item *items, size_t count,
                         const struct relations *relations, struct arena *arena)
{
    struct lookup lookup = lookup_items(items, count, arena);
    size_t used = 0;

    sorted->parents = ARENA_ARRAY(arena, count * relations->count, size_t);
    sorted->parents_start = ARENA_ARRAY(arena, count + 1, size_t);
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < relations->count; r++) {
            size_t parent = parent_of(&lookup, &items[i], &relations->items[r], arena);

            if (parent != 0 && parent - 1 != i)
                sorted->parents[used++] = parent - 1;
        }
        sorted->parents_start[i + 1] = used;
    }
}

/* Depth-first without recursion: a chain of references may be as long as the request. */
struct walk {
    struct toposort *sorted;
    size_t *stack;
    size_t *next_parent; /* by item: the parent to look at next */
    unsigned char *state;
    size_t done;
};

enum { WALK_NEW, WALK_OPEN, WALK_DONE };

static void walk_from(struct walk *walk, size_t start)
{
    size_t depth = 0;

    walk->stack[depth++] = start;
    walk->state[start] = WALK_OPEN;
    while (depth > 0) {
        size_t at = walk->stack[depth - 1];
        size_t parent;

        if (walk->next_parent[at] == walk->sorted->parents_start[at + 1]) {
            walk->state[at] = WALK_DONE;
            walk->sorted->sequence[walk->done++] = at;
            depth--;
            continue;
        }
        parent = walk->sorted->parents[walk->next_parent[at]++];
        if (walk->state[parent] == WALK_NEW) {
            walk->state[parent] = WALK_OPEN;
            walk->stack[depth++] = parent;
        }
    }
}

struct toposort toposort_parents_first(const struct toposort_item *items, size_t count,
                                       const struct relations *relations, struct arena *arena)
{
    struct toposort sorted = {.sequence = ARENA_ARRAY(arena, count, size_t)};
    struct walk walk = {
        .sorted = &sorted,
        .stack = ARENA_ARRAY(arena, count, size_t),
        .next_parent = ARENA_ARRAY(arena, count, size_t),
        .state = arena_zalloc(arena, count),
    };

    find_parents(&sorted, items, count, relations, arena);
    for (size_t i = 0; i < count; i++)
        walk.next_parent[i] = sorted.parents_start[i];
    for (size_t i = 0; i < count; i++)
        if (walk.state[i] == WALK_NEW)
            walk_from(&walk, i);
    return sorted;
}
