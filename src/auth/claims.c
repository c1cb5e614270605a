#include "claims.h"

#include <json-c/json.h>
#include <stdlib.h>

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

struct claims *claims_of(jwt_t *jwt, struct arena *arena)
{
    char *json = jwt_get_grants_json(jwt, NULL);
    struct json_object *object = json == NULL ? NULL : json_tokener_parse(json);
    struct claims *claims;

    free(json);
    if (object == NULL)
        return NULL;
    arena_on_clear(arena, put_object, object);
    claims = ARENA_NEW(arena, struct claims);
    claims->object = object;
    return claims;
}

enum claim_found claims_number(const struct claims *claims, const char *name, double *number_out)
{
    enum claim_found found;
    struct json_object *value = object_of(claims, name, &found);
    enum json_type type = json_object_get_type(value);

    if (found == CLAIM_ABSENT)
        return found;
    if (type != json_type_int && type != json_type_double)
        return CLAIM_WRONG_TYPE;
    *number_out = json_object_get_double(value);
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
