/* Members, elements and scalars of a checked text. Only scalars with escapes ever reach json-c. */
#include "json_dom.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>

#include "json_string.h"

static void put_object(void *object)
{
    json_object_put(object);
}

static bool refuse(struct json_fault *fault, const char *reason, size_t offset)
{
    *fault = (struct json_fault){reason, offset};
    return false;
}

/* json-c's reading of one scalar, complete. */
static struct json_object *read_scalar(struct text raw, struct arena *arena)
{
    struct json_tokener *tokener;
    struct json_object *object;

    memory_watch_begin();
    tokener = json_tokener_new_ex(1);
    assert(tokener != NULL); /* out of memory ends the process, as in the arena */
    object = json_tokener_parse_ex(tokener, raw.ptr, (int)raw.len);
    json_tokener_free(tokener);
    memory_watch_end(); /* json-c 0.16 leaves out part of a string and says nothing */
    assert(object != NULL);
    arena_on_clear(arena, put_object, object);
    return object;
}

/* json-c 0.16 takes the character of a pair such as \uD837\uDE00 for a half of one, by its low
 * bits, and puts U+FFFD in its place. */
static bool may_hold_pair(struct text inner)
{
    const char *end = inner.ptr + inner.len;

    for (const char *at = inner.ptr;
         (at = memmem(at, (size_t)(end - at), "\\u", 2)) != NULL && end - at > 2; at += 2)
        if (at[2] == 'd' || at[2] == 'D')
            return true;
    return false;
}

static struct text decode_string(struct text raw, struct arena *arena)
{
    const struct text inner = {raw.ptr + 1, raw.len - 2};
    struct json_object *object;

    /* Without an escape the characters stand as they are. */
    if (memchr(inner.ptr, '\\', inner.len) == NULL)
        return inner;
    if (may_hold_pair(inner))
        return json_string_decode(inner, arena);
    object = read_scalar(raw, arena);
    return (struct text){json_object_get_string(object),
                         (size_t)json_object_get_string_len(object)};
}

static bool has_fraction_or_exponent(struct text raw)
{
    for (size_t i = 0; i < raw.len; i++)
        if (raw.ptr[i] == '.' || raw.ptr[i] == 'e' || raw.ptr[i] == 'E')
            return true;
    return false;
}

/* The text is strict JSON: its first byte tells all but the kinds of numbers apart. */
static enum json_kind kind_of(struct text raw)
{
    switch (raw.ptr[0]) {
    case '{':
        return JSON_KIND_OBJECT;
    case '[':
        return JSON_KIND_ARRAY;
    case '"':
        return JSON_KIND_STRING;
    case 't':
    case 'f':
        return JSON_KIND_BOOLEAN;
    case 'n':
        return JSON_KIND_NULL;
    default:
        return has_fraction_or_exponent(raw) ? JSON_KIND_REAL : JSON_KIND_INTEGER;
    }
}

struct json_token json_dom_token(struct text raw, struct arena *arena)
{
    struct json_token token = {.kind = kind_of(raw), .raw = raw};

    if (token.kind == JSON_KIND_STRING)
        token.string = decode_string(raw, arena);
    return token;
}

static struct json_entry entry_of(const struct json_member *member, struct arena *arena)
{
    struct json_entry entry = {
        .key = member->raw_key,
        .token = json_dom_token(member->raw_value, arena),
    };

    if (memchr(member->raw_key.ptr, '\\', member->raw_key.len) != NULL)
        entry.key = json_string_decode(member->raw_key, arena);
    return entry;
}

static bool is_object(struct text json)
{
    size_t at = 0;

    while (at < json.len && strchr(" \t\r\n", json.ptr[at]) != NULL)
        at++;
    return at < json.len && json.ptr[at] == '{';
}

bool json_dom_entries(struct text json, struct arena *arena, struct json_entries *entries_out,
                      struct json_fault *fault_out)
{
    struct json_members members = {.most = SIZE_MAX};

    if (json.len > INT_MAX)
        return refuse(fault_out, "it is longer than 2 GiB", INT_MAX);
    if (!json_check(json, JSON_MAX_DEPTH, arena, &members, fault_out))
        return false;
    if (!is_object(json))
        return refuse(fault_out, "it is not an object", 0);
    entries_out->items = ARENA_ARRAY(arena, members.count, struct json_entry);
    entries_out->count = members.count;
    for (size_t i = 0; i < members.count; i++)
        entries_out->items[i] = entry_of(&members.items[i], arena);
    return true;
}

const struct json_token *json_dom_find(const struct json_entries *entries, const char *key)
{
    for (size_t i = 0; i < entries->count; i++)
        if (text_is(entries->items[i].key, key))
            return &entries->items[i].token;
    return NULL;
}

struct json_member *json_dom_elements(struct text json, size_t most, struct arena *arena,
                                      size_t *count_out)
{
    struct json_members members = {.most = most};
    struct json_fault fault;
    bool checked = json_check(json, JSON_MAX_DEPTH, arena, &members, &fault);

    assert(checked);
    *count_out = members.count;
    return members.items;
}

bool json_dom_counter(const struct json_token *token, int64_t max, int64_t *counter_out)
{
    uint64_t counter = 0;

    if (token->kind != JSON_KIND_INTEGER)
        return false;
    if (!text_equal(token->raw, TEXT_LITERAL("-0")) &&
        !text_to_uint(token->raw, (uint64_t)max, &counter))
        return false;
    *counter_out = (int64_t)counter;
    return true;
}
