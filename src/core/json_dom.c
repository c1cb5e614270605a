#include "json_dom.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>

static void put_object(void *object)
{
    json_object_put(object);
}

static bool refuse(struct json_fault *fault, const char *reason, size_t offset)
{
    *fault = (struct json_fault){reason, offset};
    return false;
}

/* json-c's reading of the whole text; NULL for null, and where json-c stops before the end. */
static struct json_object *read_all(struct text json)
{
    /* json-c counts a scalar as a level too. */
    struct json_tokener *tokener = json_tokener_new_ex((int)JSON_MAX_DEPTH + 1);
    struct json_object *object;

    assert(tokener != NULL); /* out of memory ends the process, as in the arena */
    object = json_tokener_parse_ex(tokener, json.ptr, (int)json.len);
    if (json_tokener_get_parse_end(tokener) != json.len) {
        json_object_put(object);
        object = NULL;
    }
    json_tokener_free(tokener);
    return object;
}

bool json_dom_parse(struct text json, struct arena *arena, struct json_members *members_out,
                    struct json_object **object_out, struct json_fault *fault_out)
{
    struct json_object *object;

    if (json.len > INT_MAX)
        return refuse(fault_out, "it is longer than 2 GiB", INT_MAX);
    if (!json_text_check(json, JSON_MAX_DEPTH, arena, members_out, fault_out))
        return false;
    object = read_all(json);
    if (object != NULL)
        arena_on_clear(arena, put_object, object);
    if (json_object_get_type(object) != json_type_object)
        return refuse(fault_out, "it is no object", 0);
    *object_out = object;
    return true;
}

static enum json_kind kind_of(struct json_object *value)
{
    static const enum json_kind KINDS[] = {
        [json_type_null] = JSON_KIND_NULL,     [json_type_boolean] = JSON_KIND_BOOLEAN,
        [json_type_double] = JSON_KIND_REAL,   [json_type_int] = JSON_KIND_INTEGER,
        [json_type_object] = JSON_KIND_OBJECT, [json_type_array] = JSON_KIND_ARRAY,
        [json_type_string] = JSON_KIND_STRING,
    };

    return KINDS[json_object_get_type(value)];
}

static struct json_entry entry_of(const char *key, struct json_object *value, struct text raw)
{
    struct json_entry entry = {.key = text_of(key), .token = {.kind = kind_of(value), .raw = raw}};

    if (entry.token.kind == JSON_KIND_STRING)
        entry.token.string =
            (struct text){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
    return entry;
}

bool json_dom_entries(struct text json, struct arena *arena, struct json_entries *entries_out,
                      struct json_fault *fault_out)
{
    struct json_members members;
    struct json_object *object;
    size_t i = 0;

    if (!json_dom_parse(json, arena, &members, &object, fault_out))
        return false;
    /* Keys are unique, so json-c has as many entries as the text has members, in its order. */
    assert((size_t)json_object_object_length(object) == members.count);
    entries_out->items = ARENA_ARRAY(arena, members.count, struct json_entry);
    entries_out->count = members.count;
    json_object_object_foreach(object, key, value)
    {
        entries_out->items[i] = entry_of(key, value, members.items[i].raw_value);
        i++;
    }
    return true;
}
