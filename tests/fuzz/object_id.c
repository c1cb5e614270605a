/* Ids of objects, of every kind that a model may have: one spelling for each key of a table.
 *
 * Input: the id. */
#include "object_id.h"

#include "fuzz.h"
#include "id.h"

#define KEY(text, kind)                                                                            \
    {                                                                                              \
        .column = {text, sizeof(text) - 1}, .type = (kind)                                         \
    }
#define REFERENCE(text, at)                                                                        \
    {                                                                                              \
        .column = {text, sizeof(text) - 1}, .type = KEY_REFERENCE, .parent = &models[at]           \
    }
#define PARTS(list) .id_parts = (list), .id_part_count = ARRAY_LEN(list)

static struct model models[6];
static struct id_part texts[] = {KEY("a", KEY_STRING), KEY("b", KEY_STRING)};
static struct id_part mixed[] = {KEY("a", KEY_INTEGER), KEY("b", KEY_UUID), KEY("c", KEY_STRING)};
static struct id_part parents[] = {REFERENCE("a", 1), REFERENCE("b", 2)};
static struct model models[6] = {
    {.id_type = KEY_STRING}, {.id_type = KEY_INTEGER}, {.id_type = KEY_UUID},
    {PARTS(texts)},          {PARTS(mixed)},           {PARTS(parents)},
};

static void check_parts(const struct model *model, struct text id, const struct text *parts)
{
    for (size_t i = 0; i < model_id_count(model); i++) {
        const struct id_part part = model_id_part(model, i);

        fuzz_check(part.parent != NULL ? object_id_is_canonical(part.parent, parts[i])
                                       : key_is_canonical(part.type, parts[i]),
                   "each part of an id is a key of its column");
        fuzz_check(parts[i].len <= id.len, "a part is no longer than the id");
    }
}

static void check_model(const struct model *model, struct text id)
{
    struct text parts[MODEL_ID_PARTS_MAX] = {{0}};
    const size_t count = model_id_count(model);
    struct arena arena;
    struct buf joined;
    bool canonical, split;

    arena_init(&arena);
    buf_init(&joined, id.len * 3 + 16);
    canonical = object_id_is_canonical(model, id);
    split = object_id_split(model, id, &arena, parts);
    fuzz_check(canonical == split, "a canonical id, and no other, has parts");
    if (split) {
        check_parts(model, id, parts);
        object_id_join(&joined, parts, count);
        fuzz_check(text_equal(buf_text(&joined), id), "the parts of an id make up that id");
    }
    buf_release(&joined);
    arena_release(&arena);
}

/* Any texts have one id, which has these parts. */
static void check_join(struct text first, struct text second)
{
    const struct text parts[] = {first, second};
    struct text again[MODEL_ID_PARTS_MAX];
    struct arena arena;
    struct buf joined;

    arena_init(&arena);
    buf_init(&joined, (first.len + second.len) * 3 + 16);
    object_id_join(&joined, parts, ARRAY_LEN(parts));
    if (object_id_split(&models[3], buf_text(&joined), &arena, again))
        fuzz_check(text_equal(again[0], first) && text_equal(again[1], second),
                   "what was joined is taken apart as it was");
    else
        fuzz_check(first.len == 0 || second.len == 0, "texts make an id");
    buf_release(&joined);
    arena_release(&arena);
}

static void check_keys(struct text key)
{
    unsigned char bytes[ID_UUID_BYTES];
    char uuid[ID_UUID_LEN + 1];
    char digits[TEXT_NUMBER_MAX];
    int64_t integer;

    fuzz_check(key_integer(key, &integer) == key_is_canonical(KEY_INTEGER, key),
               "a canonical integer is one");
    if (key_integer(key, &integer))
        fuzz_check(text_equal(text_of_int(integer, digits), key), "an integer has one spelling");
    if (!key_is_canonical(KEY_UUID, key))
        return;
    fuzz_check(id_uuid_parse(key, bytes), "a canonical UUID is one");
    id_uuid_write(bytes, uuid);
    fuzz_check(text_equal((struct text){uuid, ID_UUID_LEN}, key), "a UUID has one spelling");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text id = {(const char *)data, size};
    const char *colon = size > 0 ? memchr(data, ':', size) : NULL;

    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        check_model(&models[i], id);
    check_keys(id);
    if (colon != NULL)
        check_join((struct text){id.ptr, (size_t)(colon - id.ptr)},
                   (struct text){colon + 1, size - 1 - (size_t)(colon - id.ptr)});
    return 0;
}
