/* A key set → keys: what is taken, jansson finds in the document, for the same purpose, and nothing
 * in it is private.
 *
 * Input: a letter for the algorithm (h, r, e, d; of a capital letter the document may hold
 * secrets), then the document. */
#include "jwks.h"

#include <jansson.h>

#include "fuzz.h"

static const struct {
    char letter;
    bool secrets;
    enum key_algorithm algorithm;
    const char *kty;
} LETTERS[] = {
    {'h', false, KEY_HS256, "oct"}, {'H', true, KEY_HS256, "oct"}, {'r', false, KEY_RS256, "RSA"},
    {'R', true, KEY_RS256, "RSA"},  {'e', false, KEY_ES256, "EC"}, {'E', true, KEY_ES256, "EC"},
    {'d', false, KEY_EDDSA, "OKP"}, {'D', true, KEY_EDDSA, "OKP"},
};

static bool is_string(const json_t *value, struct text wanted)
{
    return json_is_string(value) &&
           text_equal((struct text){json_string_value(value), json_string_length(value)}, wanted);
}

/* Absent, or this. */
static bool agrees(const json_t *key, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(key, name);

    return value == NULL || is_string(value, text_of(wanted));
}

static bool may_be(const json_t *key, const struct key_ring_entry *entry, const char *kty)
{
    const json_t *kid = json_object_get(key, "kid");

    return is_string(json_object_get(key, "kty"), text_of(kty)) && agrees(key, "use", "sig") &&
           (entry->id.len == 0 || is_string(kid, entry->id));
}

static void expect_key(const json_t *keys, const struct key_ring_entry *entry, const char *kty)
{
    const json_t *key;
    size_t i;

    json_array_foreach(keys, i, key) if (may_be(key, entry, kty)) return;
    fuzz_break("a key that is taken is one of the document");
}

static void expect_nothing_private(const json_t *keys, bool secrets)
{
    static const char *const NAMES[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
    const json_t *key;
    size_t i;

    json_array_foreach(keys, i, key)
    {
        for (size_t n = 0; n < ARRAY_LEN(NAMES); n++)
            fuzz_check(json_object_get(key, NAMES[n]) == NULL, "nothing private is let pass");
        fuzz_check(secrets || json_object_get(key, "k") == NULL, "no secret is let pass");
    }
}

static void judge(const struct key_ring *ring, struct text json, size_t letter)
{
    json_error_t error;
    json_t *document =
        json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    const json_t *keys = json_object_get(document, "keys");

    if (document == NULL && json_error_code(&error) == json_error_numeric_overflow)
        return;
    fuzz_check(json_is_array(keys), "what is taken is a key set to jansson");
    expect_nothing_private(keys, LETTERS[letter].secrets);
    for (size_t i = 0; i < ring->count; i++) {
        fuzz_check(ring->entries[i].id.len > 0 || ring->count == 1, "several keys have names");
        for (size_t j = 0; j < i; j++)
            fuzz_check(!text_equal(ring->entries[i].id, ring->entries[j].id), "names differ");
        expect_key(keys, &ring->entries[i], LETTERS[letter].kty);
    }
    json_decref(document);
}

static void note_nothing(void *context, const char *line)
{
    (void)context;
    fuzz_check(line[0] != '\0', "a key that is skipped is skipped for a reason");
}

static void try(struct text json, size_t letter, struct arena *arena)
{
    const struct jwks_rules rules = {.algorithm = LETTERS[letter].algorithm,
                                     .secrets = LETTERS[letter].secrets,
                                     .skip = note_nothing};
    struct key_fault fault = {""};
    struct key_ring ring;
    bool taken = jwks_read(&rules, json, arena, &ring, &fault);

    fuzz_check(!taken || ring.count > 0, "a set that is taken holds a key");
    fuzz_check(taken || fault.text[0] != '\0', "a set that is refused is refused for a reason");
    if (taken)
        judge(&ring, json, letter);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; size > 0 && i < ARRAY_LEN(LETTERS); i++)
        if (data[0] == (uint8_t)LETTERS[i].letter)
            try((struct text){(const char *)data + 1, size - 1}, i, &arena);
    arena_release(&arena);
    return 0;
}
