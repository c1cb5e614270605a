/* From auth.jwt of the config to what jwks_store.h, jwks_fetch.h and jwks_cache.h do with it. */
#include "issuer_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "jwks.h"
#include "jwks_cache.h"
#include "jwks_fetch.h"
#include "settings.h"

struct issuer {
    struct issuer *next;
    char *url;
    unsigned users;
    struct jwks_store *store;
};

static struct issuer *find(const struct issuer_keys *keys, const struct config *config)
{
    struct issuer *issuer = keys->first;

    while (issuer != NULL && !text_is(config->jwt.jwks_url, issuer->url))
        issuer = issuer->next;
    return issuer;
}

static bool has_url(const struct config *config)
{
    return config->jwt.enabled && config->jwt.jwks_url.len > 0;
}

/* A cache is a help at best: whatever is wrong with it, the issuer is asked. */
static void read_cache(struct issuer *issuer, const struct config *config)
{
    const char *path = config->jwt.jwks_cache.ptr;
    struct buf document;
    struct fail fail;
    enum rc rc;

    buf_init(&document, JWKS_MAX_BYTES);
    rc = jwks_cache_read(path, text_of(issuer->url), &document, &fail);
    if (rc == RC_OK && !document.overflow) {
        jwks_store_put(issuer->store, buf_text(&document));
        log_info("the issuer's keys begin with those of %s", path);
    } else if (rc != RC_REJECTED) {
        log_warn("the cached key set is not used: %s", fail_reason(&fail));
    }
    buf_release(&document);
}

static struct issuer *add(struct issuer_keys *keys, const struct config *config)
{
    struct jwks_store *store = jwks_store_new();
    struct text url = config->jwt.jwks_url;
    struct issuer *issuer;

    if (store == NULL || !jwks_store_signal_me(store)) {
        log_error("cannot share the issuer's keys with the workers: %s", strerror(errno));
        jwks_store_free(store);
        return NULL;
    }
    issuer = alloc_or_die(sizeof(*issuer));
    *issuer = (struct issuer){.next = keys->first, .url = alloc_or_die(url.len + 1)};
    memcpy(issuer->url, url.ptr, url.len + 1);
    issuer->store = store;
    keys->first = issuer;
    read_cache(issuer, config);
    return issuer;
}

bool issuer_keys_take(struct issuer_keys *keys, const struct config *config)
{
    struct issuer *issuer;

    if (!has_url(config))
        return true;
    issuer = find(keys, config);
    if (issuer != NULL)
        jwks_store_want(issuer->store); /* who reloads wants to know what there is */
    else
        issuer = add(keys, config);
    if (issuer == NULL)
        return false;
    issuer->users++;
    return true;
}

static void drop(struct issuer_keys *keys, struct issuer *issuer)
{
    struct issuer **at = &keys->first;

    while (*at != issuer)
        at = &(*at)->next;
    *at = issuer->next;
    jwks_store_free(issuer->store);
    free(issuer->url);
    free(issuer);
}

void issuer_keys_give_back(struct issuer_keys *keys, const struct config *config)
{
    struct issuer *issuer = has_url(config) ? find(keys, config) : NULL;

    if (issuer != NULL && --issuer->users == 0)
        drop(keys, issuer);
}

struct jwks_store *issuer_keys_of(const struct issuer_keys *keys, const struct config *config)
{
    return has_url(config) ? find(keys, config)->store : NULL;
}

int64_t issuer_keys_due_us(const struct issuer_keys *keys, const struct config *config)
{
    const struct jwks_store *store = issuer_keys_of(keys, config);

    return store != NULL ? jwks_store_due_us(store, config->jwt.refresh_ms) : INT64_MAX;
}

bool issuer_keys_is_first(const struct issuer_keys *keys, const struct config *config)
{
    const struct jwks_store *store = issuer_keys_of(keys, config);

    return store != NULL && jwks_store_version(store) == 0 && jwks_store_is_untried(store);
}

void issuer_keys_begin(struct issuer_keys *keys, const struct config *config)
{
    jwks_store_begin(issuer_keys_of(keys, config), clock_monotonic_us());
}

void issuer_keys_end(struct issuer_keys *keys, const struct config *config, bool successful)
{
    const char *path = config->jwt.jwks_cache.ptr;

    jwks_store_end(issuer_keys_of(keys, config), successful);
    if (successful && !jwks_cache_keep(path))
        log_warn("cannot keep the issuer's keys in %s: %s", path, strerror(errno));
}

void issuer_keys_open(struct issuer_keys *keys, const struct config *config)
{
    const char *path = config->jwt.jwks_cache.ptr;

    settings_forget_secrets(config);
    keys->set_up = jwks_fetch_init(&keys->set_up_fail);
    keys->cache_fd = jwks_cache_open(path);
    if (keys->cache_fd < 0)
        log_warn("cannot keep the issuer's keys in %s: %s; without them, a start while the issuer "
                 "cannot be reached lets nobody in",
                 path, strerror(errno));
}

static void log_skipped(void *context, const char *line)
{
    (void)context;
    log_warn("of the issuer's key set, %s; it is not used", line);
}

static enum rc fetch(const struct config *config, struct buf *document, struct fail *fail)
{
    const struct jwks_fetch what = {
        .url = config->jwt.jwks_url.ptr,
        .ca_file = config->jwt.jwks_ca_file.ptr,
        .version = MOBYNC_VERSION,
    };

    return jwks_fetch(&what, document, fail);
}

/* Reads what was fetched as the workers will; keys that are skipped are told of once. */
static enum rc judge(const struct config *config, struct text document, bool is_new,
                     size_t *count_out, struct fail *fail)
{
    const struct jwks_rules rules = {
        .algorithm = config->jwt.keys.algorithm,
        .skip = is_new ? log_skipped : NULL,
    };
    struct key_fault fault;
    struct key_ring ring;
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena);
    if (!jwks_read(&rules, document, &arena, &ring, &fault))
        rc = fail_set(fail, RC_FATAL, FAIL_INTERNAL, "the key set %s", fault.text);
    *count_out = ring.count;
    arena_release(&arena);
    return rc;
}

bool issuer_keys_fit(const struct issuer_keys *keys, const struct config *config, struct fail *fail)
{
    const struct jwks_store *store = issuer_keys_of(keys, config);
    struct buf document;
    size_t ignored;
    bool fit;

    if (store == NULL)
        return true;
    buf_init(&document, JWKS_MAX_BYTES);
    fit = jwks_store_get(store, &document) == 0 ||
          judge(config, buf_text(&document), false, &ignored, fail) == RC_OK;
    buf_release(&document);
    return fit;
}

static bool is_known(const struct jwks_store *store, struct text document)
{
    struct buf known;
    bool same;

    buf_init(&known, JWKS_MAX_BYTES);
    same = jwks_store_get(store, &known) > 0 && text_equal(buf_text(&known), document);
    buf_release(&known);
    return same;
}

static void log_fetched(const struct config *config, bool is_new, size_t count)
{
    struct log_record record;

    log_begin(&record, is_new ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
              is_new ? "the issuer has another key set" : "the issuer has the same key set");
    log_add(&record, "url", config->jwt.jwks_url);
    log_add_int(&record, "keys", (int64_t)count);
    log_end(&record);
}

static void write_cache(struct issuer_keys *keys, const struct config *config, struct text document)
{
    if (keys->cache_fd >= 0 && !jwks_cache_write(keys->cache_fd, config->jwt.jwks_url, document))
        log_warn("cannot write the issuer's keys beside %s: %s", config->jwt.jwks_cache.ptr,
                 strerror(errno));
}

bool issuer_keys_fetch(struct issuer_keys *keys, const struct config *config)
{
    struct jwks_store *store = issuer_keys_of(keys, config);
    struct buf document;
    struct fail fail = keys->set_up_fail;
    size_t count = 0;
    bool is_new = false;
    enum rc rc = keys->set_up;

    buf_init(&document, JWKS_MAX_BYTES);
    if (rc == RC_OK)
        rc = fetch(config, &document, &fail);
    if (rc == RC_OK) {
        is_new = !is_known(store, buf_text(&document));
        rc = judge(config, buf_text(&document), is_new, &count, &fail);
    }
    if (rc == RC_OK) {
        if (is_new)
            jwks_store_put(store, buf_text(&document));
        write_cache(keys, config, buf_text(&document));
        log_fetched(config, is_new, count);
    } else {
        log_error("cannot fetch the issuer's keys from %s: %s; %s", config->jwt.jwks_url.ptr,
                  fail_reason(&fail),
                  jwks_store_version(store) > 0 ? "the old ones stay in use"
                                                : "there are none yet, so no token is accepted");
    }
    buf_release(&document);
    return rc == RC_OK;
}

bool issuer_keys_check(const struct config *config, struct fail *fail)
{
    struct buf document;
    size_t count;
    enum rc rc = jwks_fetch_init(fail);

    buf_init(&document, JWKS_MAX_BYTES);
    if (rc == RC_OK)
        rc = fetch(config, &document, fail);
    if (rc == RC_OK)
        rc = judge(config, buf_text(&document), false, &count, fail);
    buf_release(&document);
    return rc == RC_OK;
}
