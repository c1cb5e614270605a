/* Values of a list: one of them (enum), or some of them (set), which the column has as a text with
 * commas. The canonical order of a set is that of its members. */
#include <stdio.h>

#include "json_write.h"
#include "value_type.h"

struct members {
    const struct text *items;
    size_t count; /* 0: not known, so that any will do */
};

static struct members members_of(const struct mapped_field *at)
{
    const struct column *column = at->column;

    if (at->field->value_count > 0)
        return (struct members){at->field->values, at->field->value_count};
    return column == NULL ? (struct members){NULL, 0}
                          : (struct members){column->members, column->member_count};
}

#define NO_PLACE SIZE_MAX

/* In the same spelling. */
static size_t place_of(const struct members *members, struct text value)
{
    for (size_t i = 0; i < members->count; i++)
        if (text_equal(members->items[i], value))
            return i;
    return NO_PLACE;
}

static const char *not_a_member(struct value_input *input, const struct members *members,
                                const char *what)
{
    size_t len = (size_t)snprintf(input->reason, sizeof(input->reason), "%s of", what);

    for (size_t i = 0; i < members->count && len < sizeof(input->reason); i++)
        len += (size_t)snprintf(input->reason + len, sizeof(input->reason) - len, "%s %.*s",
                                i > 0 ? "," : "", TEXT_ARG(members->items[i]));
    if (len + sizeof(" is expected") > sizeof(input->reason))
        len = (size_t)snprintf(input->reason, sizeof(input->reason), "%s of its %zu values", what,
                               members->count);
    snprintf(input->reason + len, sizeof(input->reason) - len, " is expected");
    return input->reason;
}

const char *value_choice_parse_enum(struct value_input *input, struct value *value)
{
    const struct members members = members_of(&input->at);

    value->text = input->token->string;
    if (input->token->kind != JSON_KIND_STRING)
        return "a string is expected";
    if (members.count == 0 || place_of(&members, value->text) != NO_PLACE)
        return NULL;
    return not_a_member(input, &members, "one");
}

/* The members that are chosen, in their order, with commas between them. */
static struct text join(const struct members *members, const bool *chosen, struct arena *arena)
{
    size_t bytes = 1, len = 0;
    char *text;

    for (size_t i = 0; i < members->count; i++)
        bytes += chosen[i] ? members->items[i].len + 1 : 0;
    text = arena_alloc(arena, bytes);
    for (size_t i = 0; i < members->count; i++) {
        if (!chosen[i])
            continue;
        if (len > 0)
            text[len++] = ',';
        memcpy(text + len, members->items[i].ptr, members->items[i].len);
        len += members->items[i].len;
    }
    text[len] = '\0';
    return (struct text){text, len};
}

static const char *choose(const struct members *members, struct text value, bool *chosen)
{
    const size_t place = place_of(members, value);

    if (place == NO_PLACE)
        return "";
    if (chosen[place])
        return "each value is expected once at most";
    chosen[place] = true;
    return NULL;
}

static bool is_list_of_strings(struct value_input *input, struct members *strings_out)
{
    struct json_member *elements;
    struct text *strings;
    size_t count;

    if (input->token->kind != JSON_KIND_ARRAY)
        return false;
    elements = json_dom_elements(input->token->raw, SIZE_MAX, input->arena, &count);
    strings = ARENA_ARRAY(input->arena, count, struct text);
    for (size_t i = 0; i < count; i++) {
        const struct json_token token = json_dom_token(elements[i].raw_value, input->arena);

        if (token.kind != JSON_KIND_STRING || token.string.len == 0 ||
            memchr(token.string.ptr, ',', token.string.len) != NULL)
            return false;
        strings[i] = token.string;
    }
    *strings_out = (struct members){strings, count};
    return true;
}

const char *value_choice_parse_set(struct value_input *input, struct value *value)
{
    struct members members = members_of(&input->at), strings;
    const char *reason = NULL;
    bool *chosen;

    if (!is_list_of_strings(input, &strings))
        return "a list of strings is expected";
    if (members.count == 0)
        members = strings;
    chosen = ARENA_ARRAY(input->arena, members.count, bool);
    for (size_t i = 0; reason == NULL && i < strings.count; i++)
        reason = choose(&members, strings.items[i], chosen);
    if (reason == NULL)
        value->text = join(&members, chosen, input->arena);
    return reason == NULL || reason[0] != '\0' ? reason : not_a_member(input, &members, "a list");
}

/* What stands before the next comma; *rest becomes what is behind it. */
static struct text next_part(struct text *rest)
{
    const char *comma = memchr(rest->ptr, ',', rest->len);
    const size_t len = comma == NULL ? rest->len : (size_t)(comma - rest->ptr);
    const struct text part = {rest->ptr, len};
    const size_t taken = comma == NULL ? len : len + 1;

    *rest = (struct text){rest->ptr + taken, rest->len - taken};
    return part;
}

void value_choice_write_set(const struct mapped_field *at, const struct value *value,
                            struct buf *buf)
{
    struct text rest = value->text;

    (void)at;
    buf_add_char(buf, '[');
    while (rest.len > 0) {
        json_write_string(buf, next_part(&rest));
        if (rest.len > 0)
            buf_add_char(buf, ',');
    }
    buf_add_char(buf, ']');
}

/* Of a text that others wrote in their own order; what is no set of the members stays. */
bool value_choice_from_set(const struct mapped_field *at, const struct value *raw,
                           struct arena *arena, struct value *value)
{
    const struct members members = members_of(at);
    struct text rest = raw->text;
    bool *chosen;

    if (raw->kind != VALUE_TEXT)
        return false;
    chosen = ARENA_ARRAY(arena, members.count, bool);
    while (rest.len > 0)
        if (choose(&members, next_part(&rest), chosen) != NULL)
            return true;
    value->text = join(&members, chosen, arena);
    return true;
}

static bool nth_subset(const struct members *members, unsigned n, struct arena *arena,
                       struct text *text_out)
{
    const size_t bits = 8 * sizeof(n);
    bool *chosen = ARENA_ARRAY(arena, members->count, bool);

    if (members->count < bits && n >> members->count != 0)
        return false;
    for (size_t i = 0; i < members->count && i < bits; i++)
        chosen[i] = (n >> i & 1) != 0;
    *text_out = join(members, chosen, arena);
    return true;
}

bool value_choice_nth(struct mapped_field at, unsigned n, struct arena *arena,
                      struct text *text_out)
{
    struct members members = members_of(&at);

    if (at.column != NULL && at.column->member_count > 0)
        members = (struct members){at.column->members, at.column->member_count};
    if (members.count == 0)
        return false;
    if (at.field->type == FIELD_SET)
        return nth_subset(&members, n, arena, text_out);
    if (n >= members.count)
        return false;
    *text_out = members.items[n];
    return true;
}
