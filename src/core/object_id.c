/* The one spelling of each id: canonical keys, and ids that several columns make up.
 * Entry:     object_id_is_canonical(), object_id_split(), object_id_join().
 * Invariant: parts are parted by ':'; in a part ':' is %3A and '%' is %25, and nothing else is
 *            escaped. */
#include "object_id.h"

#include <assert.h>

#include "id.h"

bool key_integer(struct text key, int64_t *integer_out)
{
    const bool negative = key.len > 0 && key.ptr[0] == '-';
    const struct text digits = {key.ptr + negative, key.len - negative};
    uint64_t magnitude;

    if (!text_to_uint(digits, (uint64_t)INT64_MAX + negative, &magnitude) ||
        (digits.ptr[0] == '0' && key.len > 1))
        return false;
    *integer_out = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return true;
}

static bool is_string(struct text key)
{
    return key.len > 0;
}

static bool is_integer(struct text key)
{
    int64_t ignored;

    return key_integer(key, &ignored);
}

static const struct {
    bool (*is_canonical)(struct text key);
    const char *form;
} KEYS[KEY_TYPES] = {
    [KEY_STRING] = {is_string, "a string"},
    [KEY_INTEGER] = {is_integer, "an integer in decimal digits, such as \"42\","},
    [KEY_UUID] = {id_is_uuid, "a UUID in lower case"},
    [KEY_REFERENCE] = {is_string, "the id of another object"}, /* its parent's type says which */
};

bool key_is_canonical(enum key_type type, struct text key)
{
    assert(type < KEY_TYPES);
    return KEYS[type].is_canonical(key); /* mutant: any_spelling_of_ids */
}

const char *key_type_form(enum key_type type)
{
    assert(type < KEY_TYPES);
    return KEYS[type].form;
}

bool object_id_owner_fits(const struct model *model, struct text owner)
{
    return key_is_canonical(model->owner_type, owner);
}

static bool part_is_canonical(const struct model *model, size_t at, struct text part)
{
    const struct id_part column = model_id_part(model, at);

    if (column.parent != NULL)
        return key_is_canonical(column.parent->id_type, part);
    return key_is_canonical(column.type, part);
}

/* What stands for the character, or NULL. */
static const char *escape_of(char c)
{
    return c == ':' ? "%3A" : c == '%' ? "%25" : NULL;
}

/* The part up to the end or the next ':', which *rest then lies behind; false if it is escaped in
 * another way than ours. */
static bool take_part(struct text *rest, struct arena *arena, struct text *part_out)
{
    char *part = arena_alloc(arena, rest->len + 1);
    size_t len = 0, at = 0;

    for (; at < rest->len && rest->ptr[at] != ':'; at++) {
        if (rest->ptr[at] != '%') {
            part[len++] = rest->ptr[at];
            continue;
        }
        if (rest->len - at < 3)
            return false;
        if (memcmp(rest->ptr + at, "%3A", 3) == 0)
            part[len++] = ':';
        else if (memcmp(rest->ptr + at, "%25", 3) == 0)
            part[len++] = '%';
        else
            return false;
        at += 2;
    }
    part[len] = '\0';
    *part_out = (struct text){part, len};
    *rest = (struct text){rest->ptr + at, rest->len - at};
    return true;
}

static bool split_parts(const struct model *model, struct text id, struct arena *arena,
                        struct text *parts_out)
{
    const size_t count = model_id_count(model);

    for (size_t i = 0; i < count; i++) {
        if (!take_part(&id, arena, &parts_out[i]) || !part_is_canonical(model, i, parts_out[i]))
            return false;
        if (i + 1 < count && id.len == 0)
            return false;
        if (i + 1 < count)
            id = (struct text){id.ptr + 1, id.len - 1};
    }
    return id.len == 0;
}

bool object_id_split(const struct model *model, struct text id, struct arena *arena,
                     struct text *parts_out)
{
    if (model_id_count(model) > 1)
        return split_parts(model, id, arena, parts_out);
    parts_out[0] = id;
    return part_is_canonical(model, 0, id);
}

bool object_id_is_canonical(const struct model *model, struct text id)
{
    struct text parts[MODEL_ID_PARTS_MAX];
    struct arena scratch;
    bool canonical;

    if (model_id_count(model) == 1)
        return part_is_canonical(model, 0, id);
    arena_init(&scratch);
    canonical = split_parts(model, id, &scratch, parts);
    arena_release(&scratch);
    return canonical;
}

void object_id_join(struct buf *buf, const struct text *parts, size_t count)
{
    if (count == 1) {
        buf_add_text(buf, parts[0]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(buf, ':');
        for (size_t k = 0; k < parts[i].len; k++) {
            const char *escape = escape_of(parts[i].ptr[k]);

            if (escape != NULL)
                buf_add_str(buf, escape);
            else
                buf_add_char(buf, parts[i].ptr[k]);
        }
    }
}
