/* A JWKS document: jwks_read() goes through its keys, and gives those that can be told apart. */
#include "jwks.h"

#include <stdarg.h>
#include <stdio.h>

#include "jwk.h"

struct reader {
    const struct jwks_rules *rules;
    struct arena *arena;
    struct key_ring *ring;
    struct key_fault *fault;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct key_fault *fault,
                                                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    return false;
}

/* place counts from 1, for keys without a name. */
static void skip(const struct reader *reader, struct text id, size_t place, const char *reason)
{
    char line[JWKS_ID_MAX_BYTES + sizeof(struct key_fault) + 32];

    if (reader->rules->skip == NULL)
        return;
    if (id.len > 0)
        snprintf(line, sizeof(line), "key '%.*s': %s", TEXT_ARG(id), reason);
    else
        snprintf(line, sizeof(line), "key %zu: %s", place, reason);
    reader->rules->skip(reader->rules->context, line);
}

static bool is_known(const struct key_ring *ring, struct text id)
{
    for (size_t i = 0; i < ring->count; i++)
        if (id.len > 0 && text_equal(ring->entries[i].id, id))
            return true;
    return false;
}

static void take(const struct reader *reader, struct text id, size_t place, struct key *key)
{
    struct key_ring *ring = reader->ring;

    arena_on_clear(reader->arena, key_free, key);
    if (is_known(ring, id))
        skip(reader, id, place, "another key has the same kid");
    else
        ring->entries[ring->count++] =
            (struct key_ring_entry){.id = arena_text(reader->arena, id), .key = key};
}

/* False if the whole document is to be refused. */
static bool read_key(const struct reader *reader, struct text json, size_t place)
{
    struct json_entries members;
    struct json_fault ignored;
    struct key_fault fault;
    struct key *key;

    if (!json_dom_entries(json, reader->arena, &members, &ignored)) {
        skip(reader, (struct text){"", 0}, place, "it is not an object");
        return true;
    }
    switch (jwk_read(reader->rules, &members, reader->arena, &key, &fault)) {
    case JWK_TAKEN:
        take(reader, jwk_id(&members), place, key);
        break;
    case JWK_SKIPPED:
        skip(reader, jwk_id(&members), place, fault.text);
        break;
    case JWK_LEAKED:
        *reader->fault = fault;
        return false;
    }
    return true;
}

/* Among several, one without a name cannot be meant by any token. */
static void drop_nameless(const struct reader *reader)
{
    struct key_ring *ring = reader->ring;
    size_t kept = 0;

    if (ring->count == 1)
        return;
    for (size_t i = 0; i < ring->count; i++) {
        if (ring->entries[i].id.len > 0)
            ring->entries[kept++] = ring->entries[i];
        else
            skip(reader, ring->entries[i].id, i + 1, "it has no kid, and there are other keys");
    }
    ring->count = kept;
}

static bool read_keys(const struct reader *reader, const struct json_token *keys)
{
    struct key_ring *ring = reader->ring;
    const struct json_member *items;
    size_t count;

    items = json_dom_elements(keys->raw, JWKS_MAX_KEYS, reader->arena, &count);
    if (count > JWKS_MAX_KEYS)
        return refuse(reader->fault, "holds %zu keys: %zu at most are read", count, JWKS_MAX_KEYS);
    ring->entries = ARENA_ARRAY(reader->arena, JWKS_MAX_KEYS, struct key_ring_entry);
    for (size_t i = 0; i < count; i++)
        if (!read_key(reader, items[i].raw_value, i + 1))
            return false;
    drop_nameless(reader);
    return ring->count > 0 ||
           refuse(reader->fault, "holds no key that verifies %s: set algorithm to that of its keys",
                  key_algorithm_name(ring->algorithm));
}

bool jwks_read(const struct jwks_rules *rules, struct text json, struct arena *arena,
               struct key_ring *ring_out, struct key_fault *fault_out)
{
    const struct reader reader = {
        .rules = rules, .arena = arena, .ring = ring_out, .fault = fault_out};
    struct json_entries members;
    struct json_fault fault;
    const struct json_token *keys;

    *ring_out = (struct key_ring){.algorithm = rules->algorithm};
    if (json.len > JWKS_MAX_BYTES)
        return refuse(fault_out, "is larger than %zu bytes", JWKS_MAX_BYTES);
    if (!json_dom_entries(json, arena, &members, &fault))
        return refuse(fault_out, "is not a JWKS: not a valid JSON object: %s (byte %zu)",
                      fault.reason, fault.offset);
    keys = json_dom_find(&members, "keys");
    if (keys == NULL || keys->kind != JSON_KIND_ARRAY)
        return refuse(fault_out, "is not a JWKS: it has no array of keys");
    return read_keys(&reader, keys);
}
