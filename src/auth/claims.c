/* Members of a JWT by name and JSON type, on top of json_dom.h. */
#include "claims.h"

#include "json_dom.h"
#include "value.h"

/* Up to here a double holds every second. */
#define DATE_MAX 9007199254740992.0

/* The largest integer that has no neighbor of the same double. */
#define ID_NUMBER_MAX ((UINT64_C(1) << 53) - 1)

struct claims {
    struct json_entries entries;
    struct arena *arena;
};

const struct claims *claims_read(struct text json, struct arena *arena)
{
    struct claims *claims = ARENA_NEW(arena, struct claims);
    struct json_fault fault;

    claims->arena = arena;
    if (!json_check(json, CLAIMS_MAX_DEPTH, arena, NULL, &fault) ||
        !json_dom_entries(json, arena, &claims->entries, &fault))
        return NULL;
    return claims;
}

bool claims_have(const struct claims *claims, const char *name)
{
    return json_dom_find(&claims->entries, name) != NULL;
}

enum claim_found claims_date(const struct claims *claims, const char *name, double *date_out)
{
    static const struct field date = {.type = FIELD_FLOAT, .required = true};
    const struct json_token *token = json_dom_find(&claims->entries, name);
    struct value value;
    struct fail ignored;

    if (token == NULL)
        return CLAIM_ABSENT;
    if (value_parse((struct mapped_field){&date, NULL}, token, claims->arena, &value, &ignored) !=
            RC_OK ||
        value.real < -DATE_MAX || value.real > DATE_MAX)
        return CLAIM_WRONG_TYPE;
    *date_out = value.real;
    return CLAIM_PRESENT;
}

enum claim_found claims_text(const struct claims *claims, const char *name, struct text *text_out)
{
    const struct json_token *token = json_dom_find(&claims->entries, name);

    if (token == NULL)
        return CLAIM_ABSENT;
    if (token->kind != JSON_KIND_STRING)
        return CLAIM_WRONG_TYPE;
    *text_out = token->string;
    return CLAIM_PRESENT;
}

enum claim_found claims_id(const struct claims *claims, const char *name, struct text *id_out)
{
    const struct json_token *token = json_dom_find(&claims->entries, name);
    uint64_t ignored;

    if (token == NULL || token->kind != JSON_KIND_INTEGER)
        return claims_text(claims, name, id_out);
    if (!text_to_uint(token->raw, ID_NUMBER_MAX, &ignored))
        return CLAIM_WRONG_TYPE;
    *id_out = token->raw;
    return CLAIM_PRESENT;
}

static bool is_string(const struct json_token *token, struct text wanted)
{
    return token->kind == JSON_KIND_STRING && text_equal(token->string, wanted);
}

bool claims_hold(const struct claims *claims, const char *name, struct text wanted)
{
    const struct json_token *token = json_dom_find(&claims->entries, name);
    const struct json_member *elements;
    size_t count;

    if (token == NULL || token->kind != JSON_KIND_ARRAY)
        return token != NULL && is_string(token, wanted);
    elements = json_dom_elements(token->raw, SIZE_MAX, claims->arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct json_token element = json_dom_token(elements[i].raw_value, claims->arena);

        if (is_string(&element, wanted))
            return true;
    }
    return false;
}
