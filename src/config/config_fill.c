/* Puts every value, or its default, into the member that its row names, by the row's type.
 * Entry point: config_fill(). The slot of a row is as far into its block's as the row is below
 * it. */
#include "config_fill.h"

#include <assert.h>

/* Of any integer type, enumeration or boolean: values are in range by now. */
static void store_number(void *member, size_t size, int64_t value)
{
    const uint32_t narrow = (uint32_t)value;
    const bool truth = value != 0;

    if (size == sizeof(value))
        memcpy(member, &value, size);
    else if (size == sizeof(narrow))
        memcpy(member, &narrow, size);
    else if (size == sizeof(truth))
        memcpy(member, &truth, size);
    else
        assert(!"a member of the key table holds no number");
}

static void fill_text(struct arena *arena, const char *value, void *member)
{
    const struct text text = arena_text(arena, text_of(value != NULL ? value : ""));

    memcpy(member, &text, sizeof(text));
}

static void fill_number(const struct config_key *key, const char *value, void *member)
{
    int64_t number = 0;
    const bool ok = value == NULL || config_key_parse(key, text_of(value), &number);

    assert(ok);
    store_number(member, key->size, number);
}

/* The member's bools: those that are named; all if the list is not set. */
static void fill_words(const struct config_key *key, const struct config_slot *slot, bool *member)
{
    char *const *words = slot != NULL ? slot->value : NULL;

    for (unsigned i = 0; config_key_word(key, i) != NULL; i++)
        member[i] = words == NULL;
    for (unsigned i = 0; words != NULL && i < slot->count; i++) {
        int64_t index = 0;
        const bool ok = config_key_parse(key, text_of(words[i]), &index);

        assert(ok);
        member[index] = true;
    }
}

static void fill_texts(struct arena *arena, const struct config_key *key,
                       const struct config_slot *slot, char *into)
{
    char *const *values = slot != NULL ? slot->value : NULL;
    const size_t count = values != NULL ? slot->count : 0;
    struct text *texts = ARENA_ARRAY(arena, count, struct text);
    const void *entries = texts;

    for (size_t i = 0; i < count; i++)
        fill_text(arena, values[i], &texts[i]);
    memcpy(into + key->offset, &entries, sizeof(entries));
    memcpy(into + key->count_offset, &count, sizeof(count));
}

static void fill_list(struct arena *arena, const struct config_key *list,
                      const struct config_slot *slot, char *into)
{
    const struct config_key *entry = config_key_child(list, list);
    const size_t slots_each = config_key_count_below(entry) + 1;
    const size_t count = slot != NULL ? slot->count : 0;
    char *entries = arena_array(arena, count, entry->size);

    for (size_t i = 0; i < count; i++)
        config_fill(arena, entry, (const struct config_slot *)slot->value + i * slots_each,
                    entries + i * entry->size);
    memcpy(into + list->offset, &entries, sizeof(entries));
    memcpy(into + list->count_offset, &count, sizeof(count));
}

/* The value of a text or a number as the file or its default has it; NULL: none. */
static const char *value_of(const struct config_key *block, const struct config_key *key,
                            const struct config_slot *slots)
{
    const struct config_key *other = block;

    if (slots != NULL && slots[key - block].value != NULL)
        return slots[key - block].value;
    if (slots == NULL && block->type == CONFIG_FEATURE)
        return NULL;
    if (key->like == NULL)
        return key->fallback;
    while (strcmp(config_key_name(other), key->like) != 0)
        other = config_key_child(block, other);
    return value_of(block, other, slots);
}

static void fill_key(struct arena *arena, const struct config_key *block,
                     const struct config_key *key, const struct config_slot *slots, char *into)
{
    const struct config_slot *slot = slots != NULL ? &slots[key - block] : NULL;

    if (config_key_is_block(key)) {
        const struct config_slot *below = slot != NULL ? slot->value : NULL;

        if (key->size > 0)
            store_number(into + key->offset, key->size, below != NULL);
        config_fill(arena, key, below, into);
    } else if (key->type == CONFIG_LIST) {
        fill_list(arena, key, slot, into);
    } else if (key->type == CONFIG_TEXTS) {
        fill_texts(arena, key, slot, into);
    } else if (key->type == CONFIG_WORDS) {
        fill_words(key, slot, (bool *)(into + key->offset));
    } else if (key->type == CONFIG_TEXT && key->size > 0) {
        fill_text(arena, value_of(block, key, slots), into + key->offset);
    } else if (key->size > 0) {
        fill_number(key, value_of(block, key, slots), into + key->offset);
    }
}

void config_fill(struct arena *arena, const struct config_key *block,
                 const struct config_slot *slots, void *into)
{
    const struct config_key *key = block;

    while ((key = config_key_child(block, key)) != NULL)
        fill_key(arena, block, key, slots, into);
}
