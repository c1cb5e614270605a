/* The ring that tokens are verified with: that of the config, or what jwks_store.h holds, which is
 * read again when it is another document. */
#include "key_source.h"

#include <stdlib.h>

#include "jwks.h"
#include "log.h"

struct key_source {
    const struct auth_settings *settings;
    struct arena arena; /* of the issuer's keys */
    struct key_ring ring;
    struct buf document;
    uint64_t version; /* of the document that was read; 0: none */
};

struct key_source *key_source_new(const struct auth_settings *settings)
{
    struct key_source *source = alloc_or_die(sizeof(*source));

    *source = (struct key_source){.settings = settings};
    source->ring.algorithm = settings->jwt.algorithm;
    if (settings->jwt.keys != NULL)
        source->ring = *settings->jwt.keys;
    arena_init(&source->arena);
    buf_init(&source->document, JWKS_MAX_BYTES);
    (void)key_source_follow(source);
    return source;
}

void key_source_free(struct key_source *source)
{
    if (source == NULL)
        return;
    arena_release(&source->arena);
    buf_release(&source->document);
    free(source);
}

const struct key_ring *key_source_ring(const struct key_source *source)
{
    return &source->ring;
}

/* Who put it there has read it, too: a fault now is one of the config, whose algorithm the keys of
 * an older document are not for. */
static void read_document(struct key_source *source)
{
    const struct jwks_rules rules = {.algorithm = source->settings->jwt.algorithm};
    struct key_fault fault;

    source->ring = (struct key_ring){.algorithm = rules.algorithm};
    arena_clear(&source->arena);
    if (!jwks_read(&rules, buf_text(&source->document), &source->arena, &source->ring, &fault)) {
        source->ring.count = 0;
        log_warn("the key set of the issuer %s", fault.text);
    }
}

bool key_source_follow(struct key_source *source)
{
    const struct jwks_store *store = source->settings->jwt.issuer_keys;

    if (store == NULL || jwks_store_version(store) == source->version)
        return false;
    source->version = jwks_store_get(store, &source->document);
    read_document(source);
    return true;
}

bool key_source_ask(struct key_source *source)
{
    const struct auth_settings *settings = source->settings;

    return settings->jwt.issuer_keys != NULL &&
           jwks_store_ask(settings->jwt.issuer_keys, settings->jwt.wait_ms) &&
           key_source_follow(source);
}
