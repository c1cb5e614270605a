/* The strict check: json_check() walks the text once, without recursion. */
#include "json_check.h"

#include <assert.h>
#include <stdlib.h>

#include "json_string.h"

#define FIRST_KEYS    ((size_t)64)
#define FIRST_MEMBERS ((size_t)8)
/* Up to here, comparing each key with each is faster than sorting them. */
#define PAIRWISE_KEYS ((size_t)16)
#define END_OF_TEXT   (-1)
/* Of UTF-8, where some editors and libraries put it unasked; it is not seen when printed. */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct key {
    struct text name; /* decoded */
    size_t offset;    /* of its opening quote */
};

struct level {
    bool is_object;
    size_t first_key; /* where its keys begin in the checker's */
};

/* The keys of all open objects lie in one array, innermost last. */
struct checker {
    const char *start;
    const char *at;
    const char *end;
    const char *reason; /* set by the step that ends in STEP_FAULT */
    struct arena *arena;
    struct level *levels;
    unsigned depth;
    unsigned max_depth;
    struct key *keys;
    size_t key_count;
    size_t key_capacity;
    struct json_members *members; /* NULL: not wanted */
    size_t member_capacity;
};

enum step {
    STEP_VALUE,
    STEP_FIRST_ELEMENT, /* or the end of an empty array */
    STEP_ELEMENT,
    STEP_FIRST_KEY, /* or the end of an empty object */
    STEP_KEY,
    STEP_AFTER_VALUE,
    STEP_DONE,
    STEP_FAULT,
};

static enum step fault(struct checker *c, const char *reason)
{
    c->reason = reason;
    return STEP_FAULT;
}

/* The next byte that is no white space, not consumed. */
static int peek(struct checker *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
    return c->at < c->end ? (unsigned char)*c->at : END_OF_TEXT;
}

/* An array that is full moves to one of twice its size; the arena keeps the old one. */
static void *grown(struct arena *arena, const void *items, size_t *capacity, size_t size_bytes)
{
    void *larger = arena_array(arena, *capacity * 2, size_bytes);

    memcpy(larger, items, *capacity * size_bytes);
    *capacity *= 2;
    return larger;
}

static enum step check_string(struct checker *c)
{
    bool ignored;

    c->reason = json_string_skip(&c->at, c->end, &ignored);
    return c->reason == NULL ? STEP_AFTER_VALUE : STEP_FAULT;
}

static bool skip_digits(struct checker *c)
{
    const char *from = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > from;
}

/* Consumes the next byte if it is one of the two. */
static bool skip_one(struct checker *c, char one, char other)
{
    if (c->at == c->end || (*c->at != one && *c->at != other))
        return false;
    c->at++;
    return true;
}

static enum step check_number(struct checker *c)
{
    skip_one(c, '-', '-');
    if (!skip_one(c, '0', '0') && !skip_digits(c))
        return fault(c, "a value is missing or begins with an unexpected character");
    if (skip_one(c, '.', '.') && !skip_digits(c))
        return fault(c, "a number has no digit after its point");
    if (skip_one(c, 'e', 'E')) {
        skip_one(c, '+', '-');
        if (!skip_digits(c))
            return fault(c, "a number has no digit in its exponent");
    }
    return STEP_AFTER_VALUE;
}

static enum step check_literal(struct checker *c, struct text literal)
{
    if ((size_t)(c->end - c->at) < literal.len || memcmp(c->at, literal.ptr, literal.len) != 0)
        return fault(c, "a word is not true, false or null");
    c->at += literal.len;
    return STEP_AFTER_VALUE;
}

static enum step open_level(struct checker *c, bool is_object)
{
    if (c->depth == c->max_depth)
        return fault(c, "too many levels of arrays and objects");
    c->levels[c->depth++] = (struct level){.is_object = is_object, .first_key = c->key_count};
    c->at++;
    return is_object ? STEP_FIRST_KEY : STEP_FIRST_ELEMENT;
}

static enum step check_value(struct checker *c)
{
    switch (peek(c)) {
    case '"':
        return check_string(c);
    case '{':
        return open_level(c, true);
    case '[':
        return open_level(c, false);
    case 't':
        return check_literal(c, TEXT_LITERAL("true"));
    case 'f':
        return check_literal(c, TEXT_LITERAL("false"));
    case 'n':
        return check_literal(c, TEXT_LITERAL("null"));
    default:
        return check_number(c);
    }
}

/* By name, equal ones in the order of the text. */
static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a, *right = b;
    int order = text_compare(left->name, right->name);

    return order != 0 ? order : (left->offset > right->offset) - (left->offset < right->offset);
}

/* A key that stands a second time, or NULL. */
static const struct key *find_double(struct key *keys, size_t count)
{
    size_t reach = count;

    if (count > PAIRWISE_KEYS) {
        qsort(keys, count, sizeof(*keys), compare_keys);
        reach = 1;
    }
    for (size_t i = 1; i < count; i++)
        for (size_t back = 1; back <= i && back <= reach; back++)
            if (text_equal(keys[i].name, keys[i - back].name))
                return &keys[i];
    return NULL;
}

static enum step close_level(struct checker *c)
{
    const struct level *level = &c->levels[--c->depth];
    const struct key *twice;

    c->at++;
    twice = find_double(c->keys + level->first_key, c->key_count - level->first_key);
    if (twice != NULL) {
        c->at = c->start + twice->offset;
        return fault(c, "duplicate key in an object");
    }
    c->key_count = level->first_key;
    return STEP_AFTER_VALUE;
}

static void add_key(struct checker *c, struct text name, size_t offset)
{
    if (c->key_count == c->key_capacity)
        c->keys = grown(c->arena, c->keys, &c->key_capacity, sizeof(*c->keys));
    c->keys[c->key_count++] = (struct key){name, offset};
}

/* The value begins here; end_member() adds its length. */
static void begin_member(struct checker *c, struct text raw_key)
{
    struct json_members *members = c->members;

    if (c->depth != 1 || members == NULL)
        return;
    if (members->count >= members->most) {
        members->count++;
        return;
    }
    if (members->items == NULL)
        members->items = ARENA_ARRAY(c->arena, c->member_capacity, struct json_member);
    else if (members->count == c->member_capacity)
        members->items =
            grown(c->arena, members->items, &c->member_capacity, sizeof(*members->items));
    members->items[members->count++] = (struct json_member){raw_key, {c->at, 0}};
}

static void end_member(struct checker *c)
{
    struct json_members *members = c->members;
    struct text *raw;

    if (c->depth != 1 || members == NULL || members->count > members->most)
        return;
    raw = &members->items[members->count - 1].raw_value;
    raw->len = (size_t)(c->at - raw->ptr);
}

static enum step check_element(struct checker *c)
{
    peek(c);
    begin_member(c, (struct text){0});
    return check_value(c);
}

static enum step check_key(struct checker *c)
{
    const char *quote;
    struct text raw, name;
    bool escaped;

    if (peek(c) != '"')
        return fault(c, "a key in double quotes is missing");
    quote = c->at;
    c->reason = json_string_skip(&c->at, c->end, &escaped);
    if (c->reason != NULL)
        return STEP_FAULT;
    raw = (struct text){quote + 1, (size_t)(c->at - quote - 2)};
    name = escaped ? json_string_decode(raw, c->arena) : raw;
    if (escaped && memchr(name.ptr, '\0', name.len) != NULL)
        return fault(c, "a key contains U+0000");
    add_key(c, name, (size_t)(quote - c->start));
    if (peek(c) != ':')
        return fault(c, "a colon is missing after a key");
    c->at++;
    peek(c);
    begin_member(c, raw);
    return STEP_VALUE;
}

static enum step check_after_value(struct checker *c)
{
    const struct level *level;
    int next;

    if (c->depth == 0)
        return STEP_DONE;
    level = &c->levels[c->depth - 1];
    end_member(c);
    next = peek(c);
    if (next == (level->is_object ? '}' : ']'))
        return close_level(c);
    if (next != ',')
        return fault(c, level->is_object ? "a comma or } is missing" : "a comma or ] is missing");
    c->at++;
    return level->is_object ? STEP_KEY : STEP_ELEMENT;
}

static enum step check_next(struct checker *c, enum step step)
{
    switch (step) {
    case STEP_VALUE:
        return check_value(c);
    case STEP_FIRST_ELEMENT:
        return peek(c) == ']' ? close_level(c) : check_element(c);
    case STEP_ELEMENT:
        return check_element(c);
    case STEP_FIRST_KEY:
        return peek(c) == '}' ? close_level(c) : check_key(c);
    case STEP_KEY:
        return check_key(c);
    case STEP_AFTER_VALUE:
        return check_after_value(c);
    case STEP_DONE:
    case STEP_FAULT:
        break;
    }
    return step;
}

bool json_check(struct text json, unsigned max_depth, struct arena *arena,
                struct json_members *members_out, struct json_fault *fault_out)
{
    struct level levels[JSON_MAX_DEPTH];
    struct key keys[FIRST_KEYS];
    const char *start = json.len > 0 ? json.ptr : "";
    struct checker c = {
        .start = start,
        .at = start,
        .end = start + json.len,
        .arena = arena,
        .levels = levels,
        .max_depth = max_depth,
        .keys = keys,
        .key_capacity = FIRST_KEYS,
        .members = members_out,
        .member_capacity = FIRST_MEMBERS,
    };
    enum step step = STEP_VALUE;

    assert(max_depth <= JSON_MAX_DEPTH);
    if (members_out != NULL)
        *members_out = (struct json_members){.most = members_out->most};
    if (json.len >= sizeof(BYTE_ORDER_MARK) - 1 &&
        memcmp(json.ptr, BYTE_ORDER_MARK, sizeof(BYTE_ORDER_MARK) - 1) == 0)
        step = fault(&c, "it begins with a byte order mark (EF BB BF); send it without one");
    while (step != STEP_DONE && step != STEP_FAULT)
        step = check_next(&c, step);
    if (step == STEP_DONE && peek(&c) != END_OF_TEXT)
        step = fault(&c, "something stands behind the value");
    if (step == STEP_FAULT)
        *fault_out = (struct json_fault){c.reason, (size_t)(c.at - c.start)};
    return step == STEP_DONE;
}
