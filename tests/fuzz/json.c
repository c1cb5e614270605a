/* Strict JSON against jansson: what we accept it accepts, with the same values, and the other way
 * round. */
#include <jansson.h>

#include "fuzz.h"
#include "json_dom.h"
#include "value.h"
#include "json_string.h"
#include "json_check.h"
#include "json_write.h"

static void compare(struct text raw, const json_t *value, struct arena *arena);

/* jansson takes numbers only that fit its types; we leave that to whoever wants a number. */
enum verdict { VERDICT_ACCEPT, VERDICT_REFUSE, VERDICT_NONE };

static enum verdict ask_jansson(struct text json, json_t **value_out)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;

    /* It swallows a raw NUL behind a number or a word, where RFC 8259 allows none anywhere. */
    *value_out = NULL;
    if (json.len == 0 || memchr(json.ptr, '\0', json.len) != NULL)
        return VERDICT_REFUSE;
    *value_out = json_loadb(json.ptr, json.len, flags, &error);
    if (*value_out != NULL)
        return VERDICT_ACCEPT;
    return json_error_code(&error) == json_error_numeric_overflow ? VERDICT_NONE : VERDICT_REFUSE;
}

static unsigned levels_of(const json_t *value)
{
    unsigned deepest = 0, levels;
    const json_t *item;
    size_t i;

    if (!json_is_array(value) && !json_is_object(value))
        return 0;
    json_array_foreach(value, i, item)
    {
        levels = levels_of(item);
        deepest = levels > deepest ? levels : deepest;
    }
    /* It takes no const, but changes nothing. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)value); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
        levels = levels_of(json_object_iter_value(at));
        deepest = levels > deepest ? levels : deepest;
    }
    return deepest + 1;
}

static void compare_strings(struct text ours, const json_t *theirs)
{
    fuzz_check(json_is_string(theirs), "a string is a string to jansson");
    fuzz_check(
        text_equal(ours, (struct text){json_string_value(theirs), json_string_length(theirs)}),
        "a string has the same characters for jansson");
}

/* Written again and read again it is the same. */
static void check_writer(struct text string, struct arena *arena)
{
    struct buf buf;
    const char *at, *end;
    bool escaped;

    buf_init(&buf, 6 * string.len + 2);
    json_write_string(&buf, string);
    fuzz_check(!buf.overflow, "a string takes at most six times its bytes");
    at = buf.data;
    end = buf.data + buf.len;
    fuzz_check(json_string_skip(&at, end, &escaped) == NULL && at == end,
               "a string that we write is a strict one");
    fuzz_check(
        text_equal(json_string_decode((struct text){buf.data + 1, buf.len - 2}, arena), string),
        "a string that we write reads back the same");
    buf_release(&buf);
}

static void compare_string(struct text raw, const json_t *value, struct arena *arena)
{
    struct text ours = json_string_decode((struct text){raw.ptr + 1, raw.len - 2}, arena);

    compare_strings(ours, value);
    check_writer(ours, arena);
}

static void compare_object(struct text raw, const json_t *value, struct arena *arena)
{
    struct json_entries entries;
    struct json_fault fault;
    bool ok = json_dom_entries(raw, arena, &entries, &fault);

    fuzz_check(ok, "a part of a strict text is strict");
    fuzz_check(json_is_object(value) && entries.count == json_object_size(value),
               "an object has as many members for jansson");
    for (size_t i = 0; i < entries.count; i++) {
        const struct json_entry *entry = &entries.items[i];
        const json_t *theirs = json_object_getn(value, entry->key.ptr, entry->key.len);

        fuzz_check(theirs != NULL, "jansson knows the key");
        if (entry->token.kind == JSON_KIND_STRING)
            compare_strings(entry->token.string, theirs);
        compare(entry->token.raw, theirs, arena);
    }
}

static void compare_array(struct text raw, const json_t *value, struct arena *arena)
{
    size_t count;
    const struct json_member *items = json_dom_elements(raw, SIZE_MAX, arena, &count);

    fuzz_check(json_is_array(value) && count == json_array_size(value),
               "an array has as many elements for jansson");
    for (size_t i = 0; i < count; i++)
        compare(items[i].raw_value, json_array_get(value, i), arena);
}

static void compare_number(struct text raw, const json_t *value)
{
    const struct field integer = {.name = TEXT_LITERAL("n"), .type = FIELD_INTEGER};
    const struct field real = {.name = TEXT_LITERAL("n"), .type = FIELD_FLOAT};
    bool whole = memchr(raw.ptr, '.', raw.len) == NULL && memchr(raw.ptr, 'e', raw.len) == NULL &&
                 memchr(raw.ptr, 'E', raw.len) == NULL;
    const struct json_token token = {.kind = whole ? JSON_KIND_INTEGER : JSON_KIND_REAL,
                                     .raw = raw};
    struct value ours;
    struct fail fail;

    fuzz_check(json_is_number(value) && json_is_integer(value) == whole,
               "a number is of the same kind for jansson");
    fuzz_check((value_parse((struct mapped_field){&integer, NULL}, &token, NULL, &ours, &fail) ==
                RC_OK) == whole,
               "an integer is one without fraction and exponent");
    if (whole)
        fuzz_check(ours.integer == json_integer_value(value), "an integer is the same to jansson");
    fuzz_check(value_parse((struct mapped_field){&real, NULL}, &token, NULL, &ours, &fail) == RC_OK,
               "a number is a float");
    fuzz_check(whole || ours.real == json_real_value(value), "a float is the same to jansson");
}

static void compare(struct text raw, const json_t *value, struct arena *arena)
{
    switch (raw.ptr[0]) {
    case '{':
        compare_object(raw, value, arena);
        break;
    case '[':
        compare_array(raw, value, arena);
        break;
    case '"':
        compare_string(raw, value, arena);
        break;
    case 't':
    case 'f':
        fuzz_check(raw.ptr[0] == 't' ? json_is_true(value) : json_is_false(value),
                   "true and false are the same to jansson");
        break;
    case 'n':
        fuzz_check(json_is_null(value), "null is null to jansson");
        break;
    default:
        compare_number(raw, value);
    }
}

static struct text trimmed(struct text json)
{
    while (strchr(" \t\r\n", json.ptr[json.len - 1]) != NULL)
        json.len--;
    while (strchr(" \t\r\n", json.ptr[0]) != NULL)
        json = (struct text){json.ptr + 1, json.len - 1};
    return json;
}

static void check_compact(struct text json, const json_t *value)
{
    json_t *again;
    struct buf compact;

    buf_init(&compact, json.len);
    json_write_compact(&compact, json);
    fuzz_check(!compact.overflow, "without white space a text is no longer");
    fuzz_check(ask_jansson(buf_text(&compact), &again) == VERDICT_ACCEPT &&
                   json_equal(again, value),
               "without white space a text says the same");
    json_decref(again);
    buf_release(&compact);
}

static void check_accepted(struct text json, const json_t *value, struct arena *arena)
{
    /* Where a number ends, a byte must end it: json_token's promise, kept by the caller. */
    compare(trimmed(arena_text(arena, json)), value, arena);
    check_compact(json, value);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text json = {(const char *)data, size};
    struct json_fault fault = {NULL, 0};
    enum verdict verdict;
    struct arena arena;
    json_t *value;
    bool ok;

    arena_init(&arena);
    ok = json_check(json, JSON_MAX_DEPTH, &arena, NULL, &fault);
    verdict = ask_jansson(json, &value);
    if (ok) {
        fuzz_check(verdict != VERDICT_REFUSE, "what we accept jansson accepts");
    } else {
        fuzz_check(fault.reason != NULL && fault.offset <= size, "a fault says why and where");
        fuzz_check(verdict != VERDICT_ACCEPT || levels_of(value) > JSON_MAX_DEPTH,
                   "what jansson accepts, and is not too deep, we accept");
    }
    if (ok && verdict == VERDICT_ACCEPT)
        check_accepted(json, value, &arena);
    json_decref(value);
    arena_release(&arena);
    return 0;
}
