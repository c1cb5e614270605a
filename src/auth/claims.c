#include "claims.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>

#include "json_text.h"

/* Up to here a double holds every second; infinity is beyond. */
#define DATE_MAX 9007199254740992.0

struct claims {
    struct json_object *object;
};

static struct json_object *object_of(const struct claims *claims, const char *name,
                                     enum claim_found *found_out)
{
    struct json_object *value = NULL;
    bool found = json_object_object_get_ex(claims->object, name, &value);

    *found_out = found ? CLAIM_PRESENT : CLAIM_ABSENT;
    return value;
}

static void put_object(void *object)
{
    json_object_put(object);
}

bool claims_strict(struct text json, struct arena *arena)
{
    struct json_fault fault;

    return json_text_check(json, CLAIMS_MAX_DEPTH, arena, NULL, &fault);
}

const struct claims *claims_read(struct text json, struct arena *arena)
{
    struct json_tokener *tokener;
    struct json_object *object;
    struct claims *claims;

    if (json.len > INT_MAX || !claims_strict(json, arena))
        return NULL;
    tokener = json_tokener_new_ex((int)CLAIMS_MAX_DEPTH + 1);
    assert(tokener != NULL); /* out of memory ends the process, as in the arena */
    object = json_tokener_parse_ex(tokener, json.ptr, (int)json.len);
    json_tokener_free(tokener);
    arena_on_clear(arena, put_object, object);
    if (json_object_get_type(object) != json_type_object)
        return NULL;
    claims = ARENA_NEW(arena, struct claims);
    claims->object = object;
    return claims;
}

bool claims_have(const struct claims *claims, const char *name)
{
    return json_object_object_get_ex(claims->object, name, NULL);
}

enum claim_found claims_date(const struct claims *claims, const char *name, double *date_out)
{
    enum claim_found found;
    struct json_object *value = object_of(claims, name, &found);
    enum json_type type = json_object_get_type(value);
    double date;

    if (found == CLAIM_ABSENT)
        return found;
    if (type != json_type_int && type != json_type_double)
        return CLAIM_WRONG_TYPE;
    date = json_object_get_double(value);
    if (date < -DATE_MAX || date > DATE_MAX)
        return CLAIM_WRONG_TYPE;
    *date_out = date;
    return CLAIM_PRESENT;
}

static struct text text_of_string(struct json_object *string)
{
    return (struct text){json_object_get_string(string),
                         (size_t)json_object_get_string_len(string)};
}

enum claim_found claims_text(const struct claims *claims, const char *name, struct text *text_out)
{
    enum claim_found found;
    struct json_object *value = object_of(claims, name, &found);

    if (found == CLAIM_ABSENT)
        return found;
    if (json_object_get_type(value) != json_type_string)
        return CLAIM_WRONG_TYPE;
    *text_out = text_of_string(value);
    return CLAIM_PRESENT;
}

static bool is_string(struct json_object *value, struct text wanted)
{
    return json_object_get_type(value) == json_type_string &&
           text_equal(text_of_string(value), wanted);
}

bool claims_hold(const struct claims *claims, const char *name, struct text wanted)
{
    enum claim_found found;
    struct json_object *value = object_of(claims, name, &found);

    if (json_object_get_type(value) != json_type_array)
        return is_string(value, wanted);
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (is_string(json_object_array_get_idx(value, i), wanted))
            return true;
    return false;
}
