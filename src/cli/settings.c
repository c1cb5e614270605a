/* Copies config members into each layer's settings; nothing is decided here. */
#include "settings.h"

#include <assert.h>
#include <stdio.h>

#include "db_tables.h"

static void print_fault(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    fprintf(stderr, "%s\n", line);
}

struct config *settings_load(const char *path)
{
    return config_load(path, print_fault, NULL);
}

struct config *settings_load_unmapped(const char *path)
{
    return config_load_unmapped(path, print_fault, NULL);
}

_Static_assert(CONFIG_HOSTS_MAX <= DB_HOSTS_MAX, "every host of the config has its place");

static void take_hosts(const struct config_database *database, struct db_settings *settings)
{
    settings->host_count = database->host_count > 0 ? database->host_count : 1;
    settings->hosts[0] = (struct db_host){database->socket, database->host, database->port};
    for (size_t i = 0; i < database->host_count; i++)
        settings->hosts[i] = (struct db_host){database->hosts[i].socket, database->hosts[i].host,
                                              database->hosts[i].port};
}

struct db_settings settings_db(const struct config *config)
{
    const struct config_database *database = &config->database;
    struct db_settings settings = {
        .writable = database->require == CONFIG_REQUIRE_WRITABLE,
        .user = database->user,
        .password = database->password,
        .database = database->name,
        .tls = database->tls,
        .tls_verify = database->tls_verify,
        .tls_ca = database->tls_ca,
        .tls_cert = database->tls_cert,
        .tls_key = database->tls_key,
        .diffs_table = config->diffs_table,
        .tokens_table = config->tokens_table,
        .moves_table = config->shard_count > 0 ? TEXT_LITERAL(DB_MOVES_TABLE) : TEXT_LITERAL(""),
        .mapping = &config->mapping,
        .body_bytes = config->limit_body_bytes,
    };

    take_hosts(database, &settings);
    return settings;
}

/* Of a worker that waits for an issuer, of whom nobody knows how long it takes. */
#define ISSUER_WAIT_MS ((int64_t)1000)

/* The rest of the request has its time, too. */
static int64_t wait_ms(const struct config *config)
{
    const int64_t half_ms = config->request_timeout_ms / 2;

    return half_ms < ISSUER_WAIT_MS ? half_ms : ISSUER_WAIT_MS;
}

struct auth_settings settings_auth(const struct config *config)
{
    const struct config_jwt *jwt = &config->jwt;

    return (struct auth_settings){
        .jwt =
            {
                .enabled = jwt->enabled,
                .algorithm = jwt->keys.algorithm,
                .wait_ms = wait_ms(config),
                .keys = jwt->enabled && jwt->jwks_url.len == 0 ? &jwt->keys : NULL,
                .owner_claim = jwt->owner_claim,
                .issuer = jwt->issuer,
                .audience = jwt->audience,
                .require_exp = jwt->require_exp,
            },
        .tokens = config->tokens_table.len > 0,
        .trusted_param = config->trusted_param.len > 0,
        .cache_ms = config->auth_cache_ms,
    };
}

struct shard_list settings_shards(const struct config *config)
{
    struct shard_list list = {.count = config->shard_count};

    for (size_t i = 0; i < list.count; i++) {
        const bool ok =
            shard_range_parse(config->shards[i].hash, &list.items[i].from, &list.items[i].to);

        assert(ok);
        list.items[i].name = config->shards[i].name;
        if (text_equal(list.items[i].name, config->shard))
            list.own = i;
    }
    return list;
}

static struct poke_settings settings_poke(const struct config *config, const struct poke_pipe *pipe)
{
    struct text path;

    return (struct poke_settings){
        .publish_path = config_unix_path(config->poke_publish, &path) ? path.ptr : NULL,
        .key = config->poke_key,
        .webhook = config->poke_webhook.len > 0 ? pipe : NULL,
    };
}

struct history_terms settings_history(const struct config *config)
{
    return (struct history_terms){config->history_keep_ms, config->history_deletes_ms};
}

struct http_app_settings settings_http(const struct config *config, struct auth *auth,
                                       struct synchronizer *s, const struct poke_pipe *pipe)
{
    return (struct http_app_settings){
        .mapping = &config->mapping,
        .auth = auth,
        .synchronizer = s,
        .max_body_bytes = config->limit_body_bytes,
        .max_diffs = config->limit_diffs,
        .max_watermelon_body_bytes = config->limit_watermelon_body_bytes,
        .max_watermelon_changes = config->limit_watermelon_changes,
        .clock_skew_ms = config->clock_skew_ms,
        .history = settings_history(config),
        .stamp_owner = config->owner_check == CONFIG_OWNER_STAMP,
        .quarantine = config->rejected_diffs == CONFIG_REJECTED_QUARANTINE,
        .trusted_param = config->trusted_param.len > 0 ? config->trusted_param.ptr : NULL,
        .cors = {config->cors_origins, config->cors_origin_count},
        .poke = settings_poke(config, pipe),
        .shards = settings_shards(config),
    };
}

struct housekeeping_settings settings_housekeeping(const struct config *config,
                                                   struct synchronizer *s,
                                                   const struct poke_pipe *pipe)
{
    return (struct housekeeping_settings){
        .synchronizer = s,
        .poke = settings_poke(config, pipe),
        .history = settings_history(config),
    };
}

struct serve_settings settings_serve(const struct config *config)
{
    return (struct serve_settings){
        .listen = config->listen.ptr,
        .workers = config->workers,
        .max_requests = config->max_requests,
        .request_timeout_ms = config->request_timeout_ms,
        .stop_timeout_ms = config->stop_timeout_ms,
        .control = config->control.ptr,
        .log_level = config->log_level,
        .log_hash_owners = config->log_owner == CONFIG_LOG_OWNER_HASH,
    };
}

static void wipe(struct text secret)
{
    if (secret.len > 0)
        explicit_bzero((void *)(uintptr_t)secret.ptr, secret.len);
}

void settings_forget_secrets(const struct config *config)
{
    const struct key_ring *keys = &config->jwt.keys;

    wipe(config->database.password);
    wipe(config->poke_key);
    for (size_t i = 0; i < keys->count; i++)
        if (key_algorithm_is_secret(keys->algorithm))
            wipe(key_material(keys->entries[i].key));
}
