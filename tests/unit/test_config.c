/* The config file: every key, its default and its range, every fault with its line and remedy, and
 * what the manual and the example say of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "config_file.h"
#include "config_table.h"
#include "edit_distance.h"
#include "fd.h"
#include "jws.h"
#include "units.h"

/* Three lines, four lines: what every good file needs. */
#define LISTEN   "listen: unix:/s\n"
#define DATABASE "database: {socket: /s, user: u, name: n}\n"
#define AUTH     "auth: {tokens: {}}\n"
#define HEAD     LISTEN DATABASE AUTH
#define MODEL    "models:\n  - name: t\n    fields:\n"
#define FIELD    "      - {name: a, type: string}\n"
#define MODELS   MODEL FIELD

/* A good file but for one part: that key of listen, that block, that field, that last line. */
#define LISTEN_AT(value)      "listen: " value "\n" DATABASE AUTH MODELS
#define DATABASE_OF(keys)     LISTEN "database: {" keys "}\n" AUTH MODELS
#define DATABASE_LINES(lines) LISTEN AUTH MODELS "database:\n" lines
#define AUTH_OF(keys)         LISTEN DATABASE "auth: {" keys "}\n" MODELS
#define DELETES_OF(value)     HEAD "models:\n  - name: t\n    delete: " value "\n    fields:\n" FIELD
#define FILL_OF(list)         HEAD "models:\n  - name: t\n    fill: [" list "]\n    fields:\n" FIELD
#define FIELD_OF(keys)        HEAD MODEL "      - {" keys "}\n"
#define ID_OF(value)          HEAD "models:\n  - name: t\n    id: " value "\n    fields:\n" FIELD
#define SHARDS_OF(shard, list)                                                                     \
    LISTEN DATABASE "auth: {trusted_param: OWNER}\n" MODELS shard "shards: [" list "]\n"
#define SHARD_A    "{name: a, hash: 0000-7fff}"
#define MORE(line) HEAD MODELS line "\n"
#define VERSIONED                                                                                  \
    HEAD MODEL FIELD "      - {name: b, type: enum, values: [x, y], required: true}\n"             \
                     "      - {name: c, type: boolean}\n"                                          \
                     "      - {name: d, type: integer, read_only: true}\n"                         \
                     "      - {name: e, type: string}\n"
/* The 14th line is the model of version 1, of which everything but what is said is as in t. */
#define VERSION_OF(parts) VERSIONED "versions:\n  - version: 1\n    models: { t: {" parts "} }\n"

#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static char directory[] = "/tmp/mobync-config-XXXXXX";

/* What a load said. */
struct said {
    char lines[32][512];
    size_t count;
};

static void hear(void *context, bool warning, const char *line)
{
    struct said *said = context;

    assert_int_equal(warning, strstr(line, ": warning: ") != NULL);
    assert_true(said->count < ARRAY_LEN(said->lines));
    assert_null(strchr(line, '\n'));
    snprintf(said->lines[said->count++], sizeof(said->lines[0]), "%s", line);
}

/* Closed to others, as secrets should be. */
static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_public(const char *path, const char *kind)
{
    EVP_PKEY *signer = jws_signer(kind);
    struct buf pem;

    buf_init(&pem, 1 << 16);
    jws_public(signer, &pem);
    write_file(path, pem.data, pem.len);
    buf_release(&pem);
    EVP_PKEY_free(signer);
}

static struct config *load(const char *yaml, struct said *said)
{
    said->count = 0;
    write_file("test.yaml", yaml, strlen(yaml));
    return config_load("test.yaml", hear, said);
}

static struct config *load_good(const char *yaml)
{
    struct said said;
    struct config *config = load(yaml, &said);

    if (config == NULL)
        fail_msg("%s", said.lines[0]);
    assert_int_equal(said.count, 0);
    return config;
}

#define assert_text(text, expected)                                                                \
    do {                                                                                           \
        assert_string_equal((text).ptr, (expected));                                               \
        assert_int_equal((text).len, strlen(expected));                                            \
    } while (0)

/* RFC 7517, A.1, and RFC 7515, A.1. */
#define JWK_EC                                                                                     \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"x\":"                                     \
    "\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv"                                                   \
    "7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define JWK_SECRET                                                                                 \
    "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"                       \
    "1qS0gZH75aKtMN3Yj0iPS4hcgUu"                                                                  \
    "TwjAzZr1Z9CAow\"}"

static void write_set(const char *path, const char *keys)
{
    char json[2048];

    snprintf(json, sizeof(json), "{\"keys\":[%s]}", keys);
    write_file(path, json, strlen(json));
}

static int enter_directory(void **state)
{
    char key[40];

    (void)state;
    memset(key, 'k', sizeof(key));
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return -1;
    if (mkdir("keys", 0700) != 0 || mkdir("none", 0700) != 0 || mkdir("one", 0700) != 0)
        return -1;
    write_file("one/a.key", "0123456789abcdef0123456789abcdef", 32);
    write_public("rsa.pem", "RSA-2048");
    write_public("weak.pem", "RSA-1024");
    write_public("ec.pem", "P-256");
    write_public("p384.pem", "P-384");
    write_public("ed.pem", "ED25519");
    write_set("ec.json", JWK_EC "}");
    write_set("two.json", JWK_EC "}," JWK_SECRET);
    write_set("secret.json", JWK_SECRET);
    write_set("private.json", JWK_EC ",\"d\":\"AQAB\"}");
    write_file("good.key", key, sizeof(key));
    write_file("crlf.key", "0123456789abcdef0123456789abcdef\r\n", 34);
    write_file("two_newlines.key", "0123456789abcdef0123456789abcdef\n\n", 34);
    write_file("short.key", "0123456789abcdef0123456789abcde\n", 32);
    write_file("empty.key", "\n", 1);
    write_file("password", "se cret\n", 8);
    write_file("nul.password", "a\0b", 3);
    return 0;
}

static int leave_directory(void **state)
{
    static const char *const FILES[] = {
        "good.key",     "crlf.key",  "two_newlines.key", "short.key", "empty.key",   "password",
        "nul.password", "test.yaml", "rsa.pem",          "weak.pem",  "ec.pem",      "p384.pem",
        "ed.pem",       "one/a.key", "ec.json",          "two.json",  "secret.json", "private.json",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        unlink(FILES[i]);
    return rmdir("keys") != 0 || rmdir("none") != 0 || rmdir("one") != 0 || chdir("/") != 0 ||
           rmdir(directory) != 0;
}

static void test_defaults(void **state)
{
    struct config *config = load_good(HEAD MODELS);

    (void)state;
    assert_text(config->path, "test.yaml");
    assert_text(config->listen, "unix:/s");
    assert_int_equal(config->workers, 8);
    assert_int_equal(config->max_requests, 100000);
    assert_int_equal(config->request_timeout_ms, 60 * 1000);
    assert_int_equal(config->stop_timeout_ms, 30 * 1000);
    assert_text(config->diffs_table, "diffs");
    assert_text(config->tokens_table, "mobync_tokens");
    assert_text(config->trusted_param, "");
    assert_text(config->control, "unix:/control.sock");
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    assert_int_equal(config->log_owner, CONFIG_LOG_OWNER_PLAIN);
    assert_false(config->jwt.enabled);
    assert_int_equal(config->jwt.keys.count, 0);
    assert_int_equal(config->auth_cache_ms, 5000);
    assert_int_equal(config->owner_check, CONFIG_OWNER_VERIFY);
    assert_int_equal(config->rejected_diffs, CONFIG_REJECTED_QUARANTINE);
    assert_int_equal(config->limit_body_bytes, 8 * 1024 * 1024);
    assert_int_equal(config->limit_diffs, 10000);
    assert_int_equal(config->clock_skew_ms, 5 * 60 * 1000);
    assert_int_equal(config->limit_owner_requests, 0);
    assert_int_equal(config->limit_owner_tokens, 100);
    assert_int_equal(config->history_keep_ms, (int64_t)30 * 86400 * 1000);
    assert_int_equal(config->history_deletes_ms, (int64_t)365 * 86400 * 1000);
    assert_false(config->mapping.ignore_unknown_fields);
    config_free(config);
}

static void test_control(void **state)
{
    static const struct {
        const char *listen, *control;
    } ROWS[] = {
        {"listen: unix:/run/mobync/mobync.sock\n", "unix:/run/mobync/control.sock"},
        {"listen: unix:/s\ncontrol: ~\n", "unix:/control.sock"},
        {"listen: unix:/s\ncontrol: unix:/c/d\n", "unix:/c/d"},
        {"listen: unix:/run/control.sock\n", ""},
        {"listen: 127.0.0.1:9000\n", ""},
        {"listen: 127.0.0.1:9000\ncontrol: unix:/c\n", "unix:/c"},
        /* 107 bytes have room, 108 have not */
        {"listen: unix:/" SEVENTY TEN TEN "012/mobync.sock\n",
         "unix:/" SEVENTY TEN TEN "012/control.sock"},
        {"listen: unix:/" SEVENTY TEN TEN "0123/mobync.sock\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char yaml[1024];
        struct config *config;

        snprintf(yaml, sizeof(yaml), "%s%s", ROWS[i].listen, DATABASE AUTH MODELS);
        config = load_good(yaml);
        assert_text(config->control, ROWS[i].control);
        config_free(config);
    }
}

static void test_log(void **state)
{
    struct config *config = load_good(HEAD MODELS "log: { owner: hash, level: warn }\n");

    (void)state;
    assert_int_equal(config->log_level, LOG_LEVEL_WARN);
    assert_int_equal(config->log_owner, CONFIG_LOG_OWNER_HASH);
    config_free(config);
}

static void test_database_defaults(void **state)
{
    struct config *config = load_good(HEAD MODELS);

    (void)state;
    assert_text(config->database.socket, "/s");
    assert_text(config->database.host, "");
    assert_int_equal(config->database.port, 3306);
    assert_text(config->database.user, "u");
    assert_text(config->database.password, "");
    assert_text(config->database.name, "n");
    assert_false(config->database.tls);
    assert_text(config->database.tls_ca, "");
    assert_int_equal(config->database.config_line, 2);
    config_free(config);
}

static void test_model_defaults(void **state)
{
    struct config *config = load_good(HEAD MODELS);
    const struct model *model = &config->mapping.models[0];

    (void)state;
    assert_int_equal(config->mapping.model_count, 1);
    assert_text(model->name, "t");
    assert_text(model->table, "t");
    assert_text(model->id_column, "id");
    assert_text(model->owner_column, "owner_id");
    assert_text(model->validate, "");
    for (size_t i = 0; i < DIFF_TYPES; i++)
        assert_true(model->allow[i]);
    assert_int_equal(model->config_line, 5);
    assert_int_equal(model->field_count, 1);
    assert_text(model->fields[0].name, "a");
    assert_text(model->fields[0].column, "a");
    assert_int_equal(model->fields[0].type, FIELD_STRING);
    assert_false(model->fields[0].required);
    assert_int_equal(model->fields[0].max_length, 0);
    assert_int_equal(model->fields[0].config_line, 7);
    config_free(config);
}

static void test_every_setting(void **state)
{
    struct config *config =
        load_good("listen: '[::1]:9000'\n"
                  "workers: 1024\n"
                  "max_requests: 0\n"
                  "request_timeout: 100ms\n"
                  "stop_timeout: 1h\n"
                  "diffs_table: sync_diffs\n"
                  "owner_check: stamp\n"
                  "unknown_fields: ignore\n"
                  "rejected_diffs: quarantine\n"
                  "limits: {body: 64KiB, diffs: 7, clock_skew: 2h, owner_requests: 1023,"
                  " owner_tokens: 0}\n"
                  "history: {keep: 1h, deletes: forever}\n"
                  "auth: {trusted_param: MOBYNC_OWNER, cache: 0s}\n" DATABASE MODELS);

    (void)state;
    assert_text(config->listen, "[::1]:9000");
    assert_int_equal(config->workers, 1024);
    assert_int_equal(config->max_requests, 0);
    assert_int_equal(config->request_timeout_ms, 100);
    assert_int_equal(config->stop_timeout_ms, 3600 * 1000);
    assert_text(config->diffs_table, "sync_diffs");
    assert_int_equal(config->owner_check, CONFIG_OWNER_STAMP);
    assert_int_equal(config->rejected_diffs, CONFIG_REJECTED_QUARANTINE);
    assert_true(config->mapping.ignore_unknown_fields);
    assert_int_equal(config->limit_body_bytes, 64 * 1024);
    assert_int_equal(config->limit_diffs, 7);
    assert_int_equal(config->clock_skew_ms, 2 * 3600 * 1000);
    assert_int_equal(config->limit_owner_requests, 1023);
    assert_int_equal(config->limit_owner_tokens, 0);
    assert_int_equal(config->history_keep_ms, 3600 * 1000);
    assert_true(config->history_deletes_ms == INT64_MAX);
    assert_text(config->trusted_param, "MOBYNC_OWNER");
    assert_int_equal(config->auth_cache_ms, 0);
    assert_text(config->tokens_table, "");
    config_free(config);
}

static void test_database_over_tls(void **state)
{
    struct config *config =
        load_good(LISTEN AUTH MODELS "database:\n"
                                     "  host: db.example\n"
                                     "  port: 3307\n"
                                     "  user: u\n"
                                     "  password_file: password\n"
                                     "  name: n\n"
                                     "  tls: {ca: good.key, cert: good.key, key: crlf.key,"
                                     " verify: false}\n");

    (void)state;
    assert_text(config->database.socket, "");
    assert_text(config->database.host, "db.example");
    assert_int_equal(config->database.port, 3307);
    assert_text(config->database.password, "se cret");
    assert_true(config->database.tls);
    assert_false(config->database.tls_verify);
    assert_text(config->database.tls_ca, "good.key");
    assert_text(config->database.tls_cert, "good.key");
    assert_text(config->database.tls_key, "crlf.key");
    assert_int_equal(config->database.config_line, 7);
    config_free(config);
}

static void test_shards(void **state)
{
    struct config *config =
        load_good(SHARDS_OF("shard: b\n", SHARD_A ", {name: b, hash: 8000-ffff, config: /b.yaml}"));

    (void)state;
    assert_text(config->shard, "b");
    assert_int_equal(config->shard_count, 2);
    assert_text(config->shards[0].name, "a");
    assert_text(config->shards[0].hash, "0000-7fff");
    assert_text(config->shards[0].config, "");
    assert_text(config->shards[1].config, "/b.yaml");
    config_free(config);
}

static void test_hosts(void **state)
{
    struct config *config = load_good(LISTEN AUTH MODELS "database:\n"
                                                         "  hosts:\n"
                                                         "    - socket: /s\n"
                                                         "    - {host: h}\n"
                                                         "    - {host: h, port: 3307}\n"
                                                         "  user: u\n"
                                                         "  name: n\n"
                                                         "  tls: {}\n");

    (void)state;
    assert_int_equal(config->database.host_count, 3);
    assert_text(config->database.hosts[0].socket, "/s");
    assert_text(config->database.hosts[0].host, "");
    assert_int_equal(config->database.hosts[0].config_line, 9);
    assert_text(config->database.hosts[1].host, "h");
    assert_int_equal(config->database.hosts[1].port, 3306);
    assert_int_equal(config->database.hosts[2].port, 3307);
    assert_int_equal(config->database.hosts_line, 8);
    assert_int_equal(config->database.require, CONFIG_REQUIRE_WRITABLE);
    config_free(config);
}

static void expect_require(const char *database, enum config_require require)
{
    struct config *config = load_good(database);

    assert_int_equal(config->database.require, require);
    config_free(config);
}

static void test_what_a_server_must_be(void **state)
{
    (void)state;
    expect_require(HEAD MODELS, CONFIG_REQUIRE_ANY);
    expect_require(LISTEN AUTH MODELS
                   "database: {socket: /s, user: u, name: n, require: writable}\n",
                   CONFIG_REQUIRE_WRITABLE);
    expect_require(LISTEN AUTH MODELS
                   "database: {hosts: [{host: h}], user: u, name: n, require: any}\n",
                   CONFIG_REQUIRE_ANY);
}

static void test_tls_alone_is_verified(void **state)
{
    struct config *config =
        load_good(LISTEN AUTH MODELS "database: {host: h, user: u, name: n, tls: {}}\n");

    (void)state;
    assert_true(config->database.tls);
    assert_true(config->database.tls_verify);
    assert_text(config->database.tls_ca, "");
    config_free(config);
}

static void test_jwt(void **state)
{
    struct config *config = load_good(LISTEN DATABASE MODELS "auth: {jwt: {key_file: good.key}}\n");

    (void)state;
    assert_true(config->jwt.enabled);
    assert_int_equal(config->jwt.keys.algorithm, KEY_HS256);
    assert_int_equal(config->jwt.keys.count, 1);
    assert_int_equal(config->jwt.keys.entries[0].id.len, 0);
    assert_text(config->jwt.owner_claim, "sub");
    assert_text(config->jwt.issuer, "");
    assert_text(config->jwt.audience, "");
    assert_true(config->jwt.require_exp);
    assert_text(config->tokens_table, "");
    config_free(config);

    config = load_good(LISTEN DATABASE MODELS
                       "auth: {jwt: {algorithm: HS256, key_file: good.key, owner_claim: uid,"
                       " issuer: i, audience: a, require_exp: false}}\n");
    assert_text(config->jwt.owner_claim, "uid");
    assert_text(config->jwt.issuer, "i");
    assert_text(config->jwt.audience, "a");
    assert_false(config->jwt.require_exp);
    config_free(config);
}

static void expect_secret(const char *yaml, const char *secret)
{
    struct config *config = load_good(yaml);
    struct text material = key_material(config->jwt.keys.entries[0].key);

    if (!text_is(material, secret))
        fail_msg("the secret is '%.*s'", TEXT_ARG(material));
    config_free(config);
}

static void test_one_newline_is_no_part_of_a_key(void **state)
{
    (void)state;
    expect_secret(LISTEN DATABASE MODELS "auth: {jwt: {key_file: crlf.key}}\n",
                  "0123456789abcdef0123456789abcdef");
    expect_secret(LISTEN DATABASE MODELS "auth: {jwt: {key_file: two_newlines.key}}\n",
                  "0123456789abcdef0123456789abcdef\n");
}

/* As some editors of Windows write every file. */
static void test_a_byte_order_mark_is_ignored(void **state)
{
    struct config *config =
        load_good("\xEF\xBB\xBF" LISTEN DATABASE MODELS "auth: {jwt: {key_file: good.key}}\n");

    (void)state;
    assert_text(config->listen, "unix:/s");
    config_free(config);
}

static void test_public_keys(void **state)
{
    static const struct {
        enum key_algorithm algorithm;
        const char *auth;
    } FILES[] = {
        {KEY_RS256, "auth: {jwt: {algorithm: RS256, key_file: rsa.pem}}\n"},
        {KEY_ES256, "auth: {jwt: {algorithm: ES256, key_file: ec.pem}}\n"},
        {KEY_EDDSA, "auth: {jwt: {algorithm: EdDSA, key_file: ed.pem}}\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        char yaml[1024];
        struct config *config;

        snprintf(yaml, sizeof(yaml), "%s%s", LISTEN DATABASE MODELS, FILES[i].auth);
        config = load_good(yaml);
        assert_int_equal(config->jwt.keys.algorithm, FILES[i].algorithm);
        assert_int_equal(config->jwt.keys.count, 1);
        assert_non_null(config->jwt.keys.entries[0].key);
        config_free(config);
    }
}

static void test_key_sets(void **state)
{
    struct config *config = load_good(AUTH_OF("jwt: {algorithm: ES256, jwks_file: ec.json}"));

    (void)state;
    assert_int_equal(config->jwt.keys.algorithm, KEY_ES256);
    assert_int_equal(config->jwt.keys.count, 1);
    assert_text(config->jwt.keys.entries[0].id, "one");
    assert_text(config->jwt.jwks_url, "");
    config_free(config);

    config = load_good(AUTH_OF("jwt: {jwks_file: secret.json}"));
    assert_int_equal(config->jwt.keys.count, 1);
    assert_int_equal(key_material(config->jwt.keys.entries[0].key).len, 64);
    config_free(config);
}

static void test_keys_of_a_set_that_are_skipped(void **state)
{
    struct said said;
    struct config *config = load(AUTH_OF("jwt: {algorithm: ES256, jwks_file: two.json}"), &said);

    (void)state;
    assert_non_null(config);
    assert_int_equal(config->jwt.keys.count, 1);
    assert_int_equal(said.count, 1);
    assert_string_equal(
        said.lines[0], "test.yaml:3: warning: auth.jwt.jwks_file: two.json: key 2: its kty is oct, "
                       "not EC; it is not used");
    config_free(config);
}

static void test_an_issuer(void **state)
{
    struct config *config = load_good(
        LISTEN DATABASE MODELS
        "auth:\n  jwt:\n    algorithm: EdDSA\n    jwks_url: https://a.example/jwks.json\n");

    (void)state;
    assert_text(config->jwt.jwks_url, "https://a.example/jwks.json");
    assert_int_equal(config->jwt.jwks_line, 10);
    assert_int_equal(config->jwt.refresh_ms, 3600 * 1000);
    assert_text(config->jwt.jwks_cache, "/var/lib/mobync/jwks.cache");
    assert_text(config->jwt.jwks_ca_file, "");
    assert_int_equal(config->jwt.keys.algorithm, KEY_EDDSA);
    assert_int_equal(config->jwt.keys.count, 0);
    config_free(config);

    config = load_good(AUTH_OF("jwt: {algorithm: RS256, jwks_url: 'https://a.example/', refresh: "
                               "10s, jwks_cache: /c, jwks_ca_file: good.key}"));
    assert_int_equal(config->jwt.refresh_ms, 10 * 1000);
    assert_text(config->jwt.jwks_cache, "/c");
    assert_text(config->jwt.jwks_ca_file, "good.key");
    config_free(config);
}

#define KEY_DIR(algorithm)                                                                         \
    LISTEN DATABASE MODELS "auth: {jwt: {algorithm: " algorithm ", key_dir: keys}}\n"

static void unlink_all(const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(unlink(files[i]), 0);
}

static void test_folder_of_keys(void **state)
{
    static const char *const FILES[] = {"keys/2024-b.pem", "keys/2024-a.pem", "keys/.swap.pem"};
    struct config *config;

    (void)state;
    write_public(FILES[0], "P-256");
    write_public(FILES[1], "P-256");
    write_file(FILES[2], "half a k", 8);
    config = load_good(KEY_DIR("ES256"));
    assert_int_equal(config->jwt.keys.algorithm, KEY_ES256);
    assert_int_equal(config->jwt.keys.count, 2);
    assert_text(config->jwt.keys.entries[0].id, "2024-a");
    assert_text(config->jwt.keys.entries[1].id, "2024-b");
    assert_non_null(config->jwt.keys.entries[0].key);
    assert_non_null(config->jwt.keys.entries[1].key);
    config_free(config);
    unlink_all(FILES, ARRAY_LEN(FILES));
}

static void test_folder_of_secrets(void **state)
{
    static const char *const FILES[] = {"keys/a.key", "keys/b.key"};
    struct config *config;

    (void)state;
    write_file(FILES[0], "0123456789abcdef0123456789abcdef\n", 33);
    write_file(FILES[1], "1123456789abcdef0123456789abcdef\n", 33);
    config = load_good(KEY_DIR("HS256"));
    assert_int_equal(config->jwt.keys.count, 2);
    config_free(config);
    unlink_all(FILES, ARRAY_LEN(FILES));
}

static void expect_folder_fault(const char *path, const char *kind, const char *says)
{
    struct said said;

    write_public(path, kind);
    assert_null(load(KEY_DIR("ES256"), &said));
    assert_int_equal(said.count, 1);
    if (strstr(said.lines[0], says) == NULL)
        fail_msg("expected '%s': %s", says, said.lines[0]);
    assert_int_equal(unlink(path), 0);
}

static void test_faults_of_a_folder(void **state)
{
    static const char *const GOOD[] = {"keys/good.pem"};

    (void)state;
    write_public(GOOD[0], "P-256");
    expect_folder_fault("keys/old.pem", "P-384",
                        "test.yaml:7: auth.jwt.key_dir: keys/old.pem "
                        "holds a key of another curve");
    expect_folder_fault("keys/a key.pem", "P-256", "the name of keys/a key.pem is not a key id");
    expect_folder_fault("keys/a.b.pem", "P-256", "the name of keys/a.b.pem is not a key id");
    assert_int_equal(mkfifo("keys/fifo.pem", 0600), 0);
    expect_folder_fault("keys/good.pem", "P-256", "cannot read keys/fifo.pem: not a regular file");
    assert_int_equal(unlink("keys/fifo.pem"), 0);
}

static void test_a_folder_has_64_keys_at_most(void **state)
{
    char path[64];
    struct said said;

    (void)state;
    for (int i = 0; i <= 64; i++) {
        struct config *config;

        snprintf(path, sizeof(path), "keys/k%d.key", i);
        write_file(path, "0123456789abcdef0123456789abcdef", 32);
        config = i < 63 ? NULL : load(KEY_DIR("HS256"), &said);
        assert_int_equal(config != NULL, i == 63);
        config_free(config);
    }
    assert_int_equal(said.count, 1);
    assert_non_null(strstr(said.lines[0], "holds more than 64 keys"));
    for (int i = 0; i <= 64; i++) {
        snprintf(path, sizeof(path), "keys/k%d.key", i);
        assert_int_equal(unlink(path), 0);
    }
}

static void test_a_key_that_is_a_fifo_does_not_hang(void **state)
{
    struct said said;

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_null(load(LISTEN DATABASE MODELS "auth: {jwt: {key_file: fifo}}\n", &said));
    assert_int_equal(said.count, 1);
    assert_non_null(
        strstr(said.lines[0], "auth.jwt.key_file: cannot read fifo: not a regular file"));
    assert_int_equal(unlink("fifo"), 0);
}

/* Usable all the same: the config comes with it. */
static void expect_warning(const char *yaml, const char *path, mode_t mode, const char *says)
{
    struct said said;
    struct config *config;
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(chmod(path, mode), 0);
    config = load(yaml, &said);
    assert_non_null(config);
    config_free(config);
    assert_int_equal(said.count, says != NULL);
    if (says != NULL && strstr(said.lines[0], says) == NULL)
        fail_msg("expected '%s': %s", says, said.lines[0]);
    assert_int_equal(chmod(path, st.st_mode & 07777), 0);
}

static void test_secrets_open_to_everybody(void **state)
{
    static const char *const SECRET = LISTEN DATABASE MODELS "auth: {jwt: {key_file: good.key}}\n";
    static const char *const PUBLIC =
        LISTEN DATABASE MODELS "auth: {jwt: {algorithm: RS256, key_file: rsa.pem}}\n";
    static const char *const PASSWORD =
        LISTEN AUTH MODELS "database: {socket: /s, user: u, name: n, password_file: password}\n";

    (void)state;
    expect_warning(SECRET, "good.key", 0640, NULL);
    expect_warning(SECRET, "good.key", 0644,
                   "test.yaml:7: warning: auth.jwt.key_file: every user of this machine has access "
                   "to good.key: run 'chmod o= good.key'");
    expect_warning(SECRET, "good.key", 0602, "has access to good.key");
    expect_warning(PUBLIC, "rsa.pem", 0644, NULL);
    expect_warning(PUBLIC, "rsa.pem", 0646, "every user of this machine can write to rsa.pem");
    expect_warning(PASSWORD, "password", 0600, NULL);
    expect_warning(PASSWORD, "password", 0604, "has access to password");
}

static void test_a_folder_open_to_everybody(void **state)
{
    static const char *const FILES[] = {"keys/a.pem"};

    (void)state;
    write_public(FILES[0], "P-256");
    expect_warning(KEY_DIR("ES256"), "keys", 0755, NULL);
    expect_warning(KEY_DIR("ES256"), "keys", 0777, "can write to keys");
    unlink_all(FILES, ARRAY_LEN(FILES));
}

static void test_other_files_in_a_folder(void **state)
{
    static const char *const FILES[] = {"keys/a.pem", "keys/a.key"};
    struct said said;
    struct config *config;

    (void)state;
    write_public(FILES[0], "P-256");
    write_public(FILES[1], "P-256");
    config = load(KEY_DIR("ES256"), &said);
    assert_non_null(config);
    assert_int_equal(config->jwt.keys.count, 1);
    config_free(config);
    assert_int_equal(said.count, 1);
    assert_non_null(strstr(said.lines[0],
                           "warning: auth.jwt.key_dir: keys/a.key is not read: ES256 "
                           "keys are named KID.pem"));
    unlink_all(FILES, ARRAY_LEN(FILES));
}

static void test_keys_of_models(void **state)
{
    struct config *config = load_good(
        HEAD MODELS "  - name: projects\n"
                    "    id: {column: sync_id, type: uuid}\n"
                    "    owner: {column: user_id, type: integer}\n"
                    "    fields:\n"
                    "      - {name: above, column: parent_id, type: reference, to: projects}\n"
                    "      - {name: text, type: reference, to: t}\n"
                    "  - name: tags\n"
                    "    id:\n"
                    "      columns:\n"
                    "        - {column: project_id, type: reference, to: projects}\n"
                    "        - label\n"
                    "        - {column: n, type: integer}\n"
                    "    owner: {type: uuid}\n"
                    "    fields: [{name: a, type: string}]\n"
                    "  - name: plain\n"
                    "    id: {type: integer}\n"
                    "    owner: ~\n"
                    "    fields: [{name: a, type: string}]\n");
    const struct model *models = config->mapping.models;

    (void)state;
    assert_text(models[0].id_column, "id");
    assert_text(models[0].owner_column, "owner_id");
    assert_int_equal(models[0].id_type, KEY_STRING);
    assert_int_equal(model_id_count(&models[0]), 1);
    assert_text(models[1].id_column, "sync_id");
    assert_int_equal(models[1].id_type, KEY_UUID);
    assert_text(models[1].owner_column, "user_id");
    assert_int_equal(models[1].owner_type, KEY_INTEGER);
    assert_int_equal(models[1].fields[0].type, FIELD_REFERENCE);
    assert_text(models[1].fields[0].column, "parent_id");
    assert_ptr_equal(models[1].fields[0].parent, &models[1]);
    assert_ptr_equal(models[1].fields[1].parent, &models[0]);
    assert_null(models[0].fields[0].parent);
    assert_int_equal(model_id_count(&models[2]), 3);
    assert_text(model_id_part(&models[2], 0).column, "project_id");
    assert_ptr_equal(model_id_part(&models[2], 0).parent, &models[1]);
    assert_text(model_id_part(&models[2], 1).column, "label");
    assert_int_equal(model_id_part(&models[2], 1).type, KEY_STRING);
    assert_null(model_id_part(&models[2], 1).parent);
    assert_int_equal(model_id_part(&models[2], 2).type, KEY_INTEGER);
    assert_text(models[2].owner_column, "owner_id");
    assert_int_equal(models[2].owner_type, KEY_UUID);
    assert_text(models[3].id_column, "id");
    assert_int_equal(models[3].id_type, KEY_INTEGER);
    assert_text(models[3].owner_column, "owner_id");
    assert_int_equal(models[3].owner_type, KEY_STRING);
    config_free(config);
}

static void test_what_the_server_fills(void **state)
{
    struct config *config =
        load_good(HEAD "models:\n  - name: t\n"
                       "    delete: {column: gone, set: now}\n"
                       "    fill:\n"
                       "      - {column: made, default: now}\n"
                       "      - {column: changed, default: now_s, on_update: now_s}\n"
                       "    fields:\n"
                       "      - {name: a, type: string, required: true, default: empty}\n"
                       "      - {name: b, type: integer, read_only: true, on_update: 7}\n"
                       "      - {name: c, type: integer, read_only: ignore}\n"
                       "  - name: u\n    fields: [{name: a, type: string}]\n");
    const struct model *model = &config->mapping.models[0];

    (void)state;
    assert_true(model_deletes_softly(model));
    assert_text(model->deleted_column, "gone");
    assert_int_equal(fill_kind(model->deleted_value), FILL_NOW);
    assert_int_equal(model->filled_count, 2);
    assert_text(model->filled[0].column, "made");
    assert_int_equal(fill_kind(model->filled[0].fill.on_create), FILL_NOW);
    assert_int_equal(fill_kind(model->filled[0].fill.on_update), FILL_NOTHING);
    assert_int_equal(fill_kind(model->filled[1].fill.on_update), FILL_NOW_S);
    assert_int_equal(fill_kind(model->fields[0].fill.on_create), FILL_EMPTY);
    assert_int_equal(fill_kind(model->fields[1].fill.on_update), FILL_CONSTANT);
    assert_int_equal(model->fields[0].access, FIELD_WRITABLE);
    assert_int_equal(model->fields[1].access, FIELD_READ_ONLY);
    assert_int_equal(model->fields[2].access, FIELD_READ_ONLY_IGNORED);
    assert_true(field_is_filled(&model->fields[0], DIFF_CREATE));
    assert_false(field_is_filled(&model->fields[0], DIFF_UPDATE));
    assert_true(field_is_filled(&model->fields[2], DIFF_UPDATE));
    assert_false(field_is_filled(&config->mapping.models[1].fields[0], DIFF_CREATE));
    assert_false(model_deletes_softly(&config->mapping.models[1]));
    config_free(config);
}

static void test_model_in_full(void **state)
{
    struct config *config = load_good(HEAD MODELS "  - name: notes\n"
                                                  "    table: app notes\n"
                                                  "    id: note_id\n"
                                                  "    owner: who\n"
                                                  "    allow: [create, delete]\n"
                                                  "    validate: may_note\n"
                                                  "    fields:\n"
                                                  "      - {name: owner_id, type: integer}\n"
                                                  "      - name: text\n"
                                                  "        column: body\n"
                                                  "        type: string\n"
                                                  "        max_length: 40\n"
                                                  "        required: true\n");
    const struct model *model = &config->mapping.models[1];

    (void)state;
    assert_text(model->table, "app notes");
    assert_text(model->id_column, "note_id");
    assert_text(model->owner_column, "who");
    assert_text(model->validate, "may_note");
    assert_true(model->allow[DIFF_CREATE] && model->allow[DIFF_DELETE]);
    assert_false(model->allow[DIFF_UPDATE]);
    assert_int_equal(model->index, 1);
    assert_int_equal(model->config_line, 8);
    assert_int_equal(model->fields[0].type, FIELD_INTEGER);
    assert_text(model->fields[1].column, "body");
    assert_int_equal(model->fields[1].max_length, 40);
    assert_true(model->fields[1].required);
    assert_int_equal(model->fields[1].index, 1);
    assert_int_equal(model->fields[1].config_line, 16);
    config_free(config);
}

/* A value that is taken, and what is said of it. */
struct advised {
    const char *yaml;
    const char *says; /* NULL: nothing */
};

static void expect_advice(const struct advised *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct said said;
        struct config *config = load(rows[i].yaml, &said);

        assert_non_null(config);
        config_free(config);
        assert_int_equal(said.count, rows[i].says != NULL);
        if (rows[i].says != NULL && strstr(said.lines[0], rows[i].says) == NULL)
            fail_msg("expected '%s': %s", rows[i].says, said.lines[0]);
    }
}

static void test_one_rejected_diff_must_not_stop_a_device(void **state)
{
    static const struct advised ROWS[] = {
        {HEAD MODELS, NULL},
        {HEAD MODELS "rejected_diffs: quarantine\n", NULL},
        {HEAD MODELS "rejected_diffs: fail_sync\n",
         "test.yaml:8: warning: rejected_diffs is fail_sync: a device with one rejected diff does "
         "not sync any more until its app withdraws the diff: set quarantine"},
    };

    (void)state;
    expect_advice(ROWS, ARRAY_LEN(ROWS));
}

static void test_a_cap_that_never_bites(void **state)
{
    static const struct advised ROWS[] = {
        {HEAD MODELS "limits: {owner_requests: 0}\n", NULL},
        {HEAD MODELS "limits: {owner_requests: 7}\n", NULL},
        {HEAD MODELS "limits: {owner_requests: 8}\n",
         "test.yaml:8: warning: limits.owner_requests is 8, but there are 8 workers, so one owner "
         "may occupy all of them: give less, or 0 for no limit"},
        {HEAD MODELS "workers: 9\nlimits: {owner_requests: 8}\n", NULL},
        {HEAD MODELS "workers: 3\nlimits:\n  diffs: 5\n  owner_requests: 4\n",
         "test.yaml:11: warning: limits.owner_requests is 4, but there are 3 workers"},
    };

    (void)state;
    expect_advice(ROWS, ARRAY_LEN(ROWS));
}

static void test_origins(void **state)
{
    static const struct {
        const char *yaml;
        size_t count;
    } NONE_OR_SOME[] = {
        {HEAD MODELS, 0},
        {HEAD MODELS "cors: ~\n", 0},
        {HEAD MODELS "cors: {}\n", 0},
        {HEAD MODELS "cors: {origins: ~}\n", 0},
        {HEAD MODELS "cors: {origins: []}\n", 0},
        {HEAD MODELS "cors: {origins: ['*']}\n", 1},
        {HEAD MODELS "cors:\n  origins:\n    - https://app.example\n    - http://localhost:3000\n"
                     "    - http://[::1]:8080\n    - capacitor://localhost\n",
         4},
    };
    struct config *config;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NONE_OR_SOME); i++) {
        config = load_good(NONE_OR_SOME[i].yaml);
        assert_int_equal(config->cors_origin_count, NONE_OR_SOME[i].count);
        if (NONE_OR_SOME[i].count == 1)
            assert_text(config->cors_origins[0], "*");
        if (NONE_OR_SOME[i].count == 4)
            assert_text(config->cors_origins[1], "http://localhost:3000");
        config_free(config);
    }
}

static void test_origins_that_no_browser_sends(void **state)
{
    static const char *const FORM = "give scheme and host as browsers send them";
    static const struct {
        const char *entries;
        const char *says;
    } ROWS[] = {
        {"https://app.example/", FORM},
        {"https://app.example/path", FORM},
        {"app.example", FORM},
        {"https://App.example", FORM},
        {"'https://*.example'", FORM},
        {"'https://'", FORM},
        {"'://app.example'", FORM},
        {"'null'", "null"},
        {"'https://a.example, https://b.example'", FORM},
        {"'https://a.example\u00e4'", FORM},
        {"\"https://a.example\\r\\nX: y\"", FORM},
        {"'https://app.example:443'", "browsers do not send the default port: remove it"},
        {"'http://app.example:80'", "browsers do not send the default port: remove it"},
        {"https://app.example, '*'", "has '*' beside others"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char yaml[2000];
        struct said said;

        snprintf(yaml, sizeof(yaml), HEAD MODELS "cors: {origins: [%s]}\n", ROWS[i].entries);
        if (load(yaml, &said) != NULL)
            fail_msg("%s: no fault", ROWS[i].entries);
        assert_int_equal(said.count, 1);
        if (strstr(said.lines[0], ROWS[i].says) == NULL)
            fail_msg("%s: %s", ROWS[i].entries, said.lines[0]);
    }
}

static void test_tilde_is_not_set(void **state)
{
    struct config *config = load_good("listen: 127.0.0.1:9000\n"
                                      "workers: ~\n"
                                      "limits: ~\n"
                                      "diffs_table:\n"
                                      "owner_check: null\n"
                                      "database: {socket: /s, host: ~, user: u, name: n, tls: ~}\n"
                                      "auth: {jwt: ~, tokens: {table: ~}, trusted_param: ~}\n"
                                      "models:\n"
                                      "  - name: t\n"
                                      "    allow: ~\n"
                                      "    validate: ~\n"
                                      "    fields: [{name: a, type: string, required: ~}]\n");

    (void)state;
    assert_int_equal(config->workers, 8);
    assert_text(config->diffs_table, "diffs");
    assert_false(config->jwt.enabled);
    assert_false(config->database.tls);
    assert_text(config->tokens_table, "mobync_tokens");
    assert_text(config->trusted_param, "");
    assert_true(config->mapping.models[0].allow[DIFF_UPDATE]);
    config_free(config);
}

/* A list written once and named again is read at both places; its lines are where it stands. */
static void test_alias(void **state)
{
    struct config *config = load_good(HEAD "models:\n"
                                           "  - name: t\n"
                                           "    fields: &common\n"
                                           "      - {name: a, type: string}\n"
                                           "  - name: u\n"
                                           "    fields: *common\n");
    struct said said;

    (void)state;
    assert_int_equal(config->mapping.models[1].fields[0].config_line, 7);
    config_free(config);
    assert_null(load(HEAD "models:\n"
                          "  - name: t\n"
                          "    fields: &common\n"
                          "      - {name: a, type: strin}\n"
                          "  - name: u\n"
                          "    fields: *common\n",
                     &said));
    assert_int_equal(said.count, 1);
}

struct fault_case {
    const char *what;
    const char *yaml;
    unsigned line;
    const char *says;
};

static const struct fault_case FAULTS[] = {
    /* The text. */
    {"empty", "# nothing\n", 1, "the file is empty"},
    {"syntax", LISTEN "database: [a\n" AUTH MODELS, 3, "not valid YAML"},
    {"not UTF-8", LISTEN DATABASE "diffs_table: '\xFF'\n", 3, "not valid YAML"},
    {"two documents", HEAD MODELS "---\n" HEAD, 8, "second document"},
    {"top is a list", "- a\n", 1, "the file is a list"},

    /* Keys of tables. */
    {"id is a list", HEAD "models:\n  - name: t\n    id: [a]\n    fields:\n" FIELD, 6,
     "models[].id is a list: give a column, or keys with values"},
    {"id of an unknown type", ID_OF("{type: number}"), 6,
     "models[].id.type is 'number': give one of string, integer, uuid"},
    {"id is a reference alone", ID_OF("{type: reference}"), 6, "give one of string, integer, uuid"},
    {"unknown key of an id", ID_OF("{colour: a}"), 6, "unknown key 'colour' in models[].id"},
    {"id with columns and a column", ID_OF("{column: a, columns: [b]}"), 6,
     "models[].id has columns: remove column and type"},
    {"id with columns and a type", ID_OF("{type: uuid, columns: [b]}"), 6,
     "models[].id has columns: remove column and type"},
    {"id without columns", ID_OF("{columns: []}"), 6, "is an empty list"},
    {"id that repeats a column", ID_OF("{columns: [b, {column: B}]}"), 6,
     "the id repeats the column 'B'"},
    {"id of nine columns", ID_OF("{columns: [b, c, d, e, f, g, h, i, j]}"), 6,
     "has 9 entries: name at most 8 columns"},
    {"id column without a name", ID_OF("{columns: [{type: uuid}]}"), 6,
     "models[].id.columns[].column is missing"},
    {"owner among the columns of the id", ID_OF("{columns: [b, owner_id]}"), 6,
     "id and owner are both the column 'owner_id'"},
    {"field among the columns of the id", ID_OF("{columns: [b, a]}"), 8,
     "a field is mapped to 'a', the id column"},
    {"owner of an unknown type",
     HEAD "models:\n  - name: t\n    owner: {type: uid}\n    fields:\n" FIELD, 6,
     "models[].owner.type is 'uid': give one of string, integer, uuid"},
    {"owner of columns",
     HEAD "models:\n  - name: t\n    owner: {columns: [a]}\n    fields:\n" FIELD, 6,
     "unknown key 'columns' in models[].owner"},
    {"reference to nothing", FIELD_OF("name: a, type: reference"), 7,
     "models[].fields[] is a reference without 'to'"},
    {"to without reference", FIELD_OF("name: a, type: string, to: t"), 7,
     "models[].fields[] has 'to', but is not a reference"},
    {"reference to an unknown model", FIELD_OF("name: a, type: reference, to: u"), 7,
     "a reference names the model 'u', which is not there"},
    {"id that refers to an unknown model",
     ID_OF("{columns: [{column: b, type: reference, to: u}]}"), 6,
     "a reference names the model 'u', which is not there"},
    {"reference to several columns",
     HEAD "models:\n  - name: t\n    id: {columns: [b, c]}\n    fields:\n"
          "      - {name: a, type: reference, to: t}\n",
     8, "whose id has several columns"},

    /* The structure. */
    {"unknown key", MORE("wokers: 8"), 8, "'wokers' in the file: did you mean 'workers'?"},
    {"unknown key, nothing near", MORE("zzzzzz: 8"), 8, "unknown key 'zzzzzz'"},
    {"unknown key deep", HEAD MODEL "      - name: a\n        typ: x\n        type: string\n", 8,
     "'typ' in models[].fields[]: did you mean 'type'?"},
    {"key twice", HEAD MODELS LISTEN, 8, "duplicate key 'listen' (first on line 1)"},
    {"key is a list", MORE("[a]: b"), 8, "a key is not a word"},
    {"list for a word", MORE("diffs_table: [a]"), 8, "diffs_table is a list: give one"},
    {"block for a number", HEAD MODELS "workers:\n  a: b\n", 8, "workers is a block of keys"},
    {"word for a block", MORE("limits: 3"), 8, "limits is a single value: give keys"},
    {"word for a list", HEAD "models: t\n", 4, "models is a single value: give a list"},
    {"word for a number", MORE("workers: many"), 8, "workers is 'many': give a whole"},
    {"number with a tail", MORE("workers: 8x"), 8, "workers is '8x': give a whole"},
    {"negative number", MORE("max_requests: -1"), 8, "max_requests is '-1'"},
    {"number with a zero before", MORE("workers: 010"), 8, "workers is '010'"},
    {"number over 32 bits", MORE("workers: 4294967304"), 8,
     "workers is 4294967304: give a value from 1 to 1024"},
    {"word for a boolean", FIELD_OF("name: a, type: string, required: yes"), 7,
     "required is 'yes': give true or false"},
    {"unknown word", MORE("owner_check: maybe"), 8, "give one of verify, stamp"},
    {"unknown mode", MORE("rejected_diffs: keep"), 8, "give one of fail_sync, quarantine"},
    {"unknown word 2", MORE("unknown_fields: drop"), 8, "give one of reject, ignore"},
    {"NUL", HEAD MODELS "diffs_table: \"a\\0b\"\n", 8, "contains a NUL"},

    /* Required keys: the line of the mapping that lacks them. */
    {"no listen", DATABASE AUTH MODELS, 1, "listen is missing"},
    {"no database", LISTEN AUTH MODELS, 1, "database is missing"},
    {"no auth", LISTEN DATABASE MODELS, 1, "auth is missing"},
    {"no models", HEAD, 1, "models is missing"},
    {"no user", DATABASE_LINES("  socket: /s\n  name: n\n"), 7, "database.user is missing"},
    {"no database name", DATABASE_LINES("  socket: /s\n  user: n\n"), 7,
     "database.name is missing"},
    {"no key", LISTEN DATABASE "auth:\n  jwt:\n    algorithm: HS256\n" MODELS, 4,
     "auth.jwt has no keys: add key_file"},
    {"two places of keys",
     LISTEN DATABASE "auth:\n  jwt:\n    key_file: good.key\n    key_dir: one\n" MODELS, 6,
     "auth.jwt has both key_file and key_dir"},
    {"no model name", HEAD "models:\n  - table: t\n    fields:\n" FIELD, 5,
     "models[].name is missing"},
    {"read_only in another word", FIELD_OF("name: a, type: string, read_only: yes"), 7,
     "read_only is 'yes': give one of false, true, ignore"},
    {"read_only and required", FIELD_OF("name: a, type: string, read_only: ignore, required: true"),
     7, "models[].fields[] is read_only, so no device can set it: remove required"},
    {"empty default", FIELD_OF("name: a, type: string, default: ''"), 7, "default is empty"},
    {"delete without a value", DELETES_OF("{column: gone}"), 6, "models[].delete.set is missing"},
    {"delete without a column", DELETES_OF("{set: now}"), 6, "models[].delete.column is missing"},
    {"delete that sets a field", DELETES_OF("{column: A, set: now}"), 6,
     "models[].delete.column is 'A', which is the column of a field"},
    {"delete that sets the id", DELETES_OF("{column: id, set: now}"), 6, "which is the id column"},
    {"delete that sets the owner", DELETES_OF("{column: Owner_id, set: 1}"), 6,
     "which is the owner column"},
    {"delete by what a live row has", DELETES_OF("{column: gone, set: 1, live: 1}"), 6,
     "models[].delete.live is '1', which a delete sets: give another"},
    {"delete with a time of live rows", DELETES_OF("{column: gone, set: 1, live: now}"), 6,
     "models[].delete.live is 'now', a time: give the constant"},
    {"fill of a field", FILL_OF("{column: a, default: 1}"), 6,
     "give the field itself default or on_update"},
    {"fill with nothing", FILL_OF("{column: b}"), 6, "has neither default nor on_update"},
    {"fill twice", FILL_OF("{column: b, default: 1}, {column: B, on_update: 2}"), 6,
     "which is filled already: remove one"},
    {"fill of no column", FILL_OF("{default: 1}"), 6, "models[].fill[].column is missing"},
    {"no type", FIELD_OF("name: a"), 7, "models[].fields[].type is missing"},
    {"null for a required key", LISTEN_AT("~"), 1, "listen is empty"},
    {"models empty", HEAD "models: []\n", 4, "models is an empty list"},
    {"models null", HEAD "models:\n", 4, "models is empty"},
    {"fields that are no list", HEAD "models:\n  - name: t\n    fields: none\n", 6,
     "models[].fields is a single value: give a list"},

    /* Quotes make an empty text, which is not what leaving the key out means. */
    {"issuer quoted", AUTH_OF("jwt: {key_file: good.key, issuer: ''}"), 3,
     "auth.jwt.issuer is empty: give one value or leave the key out (~)"},
    {"audience quoted", AUTH_OF("jwt: {key_file: good.key, audience: \"\"}"), 3,
     "auth.jwt.audience is empty"},
    {"owner_claim quoted", AUTH_OF("jwt: {key_file: good.key, owner_claim: ''}"), 3,
     "auth.jwt.owner_claim is empty"},
    {"tokens table quoted", AUTH_OF("tokens: {table: ''}"), 3, "auth.tokens.table is empty"},
    {"trusted_param quoted", AUTH_OF("trusted_param: ''"), 3, "auth.trusted_param is empty"},
    {"diffs_table quoted", MORE("diffs_table: ''"), 8, "diffs_table is empty"},
    {"validate quoted", MORE("    validate: ''"), 8, "models[].validate is empty"},
    {"table quoted", MORE("    table: ''"), 8, "models[].table is empty"},
    {"column quoted", FIELD_OF("name: a, column: '', type: string"), 7,
     "models[].fields[].column is empty"},
    {"null quoted", MORE("diffs_table: 'null'"), 8,
     "diffs_table is 'null', which counts as no value"},
    {"socket quoted", DATABASE_OF("socket: '', user: u, name: n"), 2, "database.socket is empty"},
    {"listen quoted", LISTEN_AT("''"), 1, "listen is empty: give one value"},

    /* listen, workers, limits. */
    {"listen is a word", LISTEN_AT("here"), 1, "listen is 'here': give unix:"},
    {"listen without path", LISTEN_AT("'unix:'"), 1, "listen is 'unix:'"},
    {"listen without port", LISTEN_AT("127.0.0.1"), 1, "listen is '127.0.0.1'"},
    {"listen on port 0", LISTEN_AT("127.0.0.1:0"), 1, "127.0.0.1:0"},
    {"listen on port 65536", LISTEN_AT("127.0.0.1:65536"), 1, ":65536"},
    {"listen on a bad address", LISTEN_AT("127.0.0.256:80"), 1, ".256:80"},
    {"listen, IPv6 bare", LISTEN_AT("::1:9000"), 1, "or [::1]:9000"},
    {"listen path too long",
     "listen: unix:/" SEVENTY "0123456789012345678901234567890123456\n" DATABASE AUTH MODELS, 1,
     "listen has a path of 108 bytes, but a socket allows 107"},
    {"listen on a relative path", LISTEN_AT("unix:run/s"), 1,
     "listen is 'unix:run/s', a relative path, which depends on where the server was started: give "
     "the absolute path"},
    {"listen on an abstract socket", LISTEN_AT("unix:@s"), 1, "listen is 'unix:@s'"},
    {"listen on a directory", LISTEN_AT("unix:/tmp"), 1,
     "listen is 'unix:/tmp', which is a directory: give another path"},
    {"listen on a file", LISTEN_AT("unix:/etc/passwd"), 1,
     "listen is 'unix:/etc/passwd', which is a regular file"},
    {"listen on a device", LISTEN_AT("unix:/dev/null"), 1,
     "listen is 'unix:/dev/null', which is not a socket"},
    {"control is a word", MORE("control: here"), 8, "control is 'here': give unix:"},
    {"control by TCP", MORE("control: 127.0.0.1:1"), 8, "control is '127.0.0.1:1': give unix:"},
    {"control is relative", MORE("control: unix:a/b"), 8, "control is 'unix:a/b', a relative path"},
    {"log.owner", MORE("log: { owner: none }"), 8, "log.owner is 'none': give one of plain, hash"},
    {"log.level", MORE("log: { level: all }"), 8,
     "log.level is 'all': give one of debug, info, warn, error"},
    {"workers 0", MORE("workers: 0"), 8, "workers is 0: give a value from 1 to 1024"},
    {"workers 1025", MORE("workers: 1025"), 8, "workers is 1025"},
    {"timeout without unit", MORE("request_timeout: 60"), 8,
     "request_timeout is '60': give a duration such as 500ms, 30s, 5m, 2h or 30d"},
    {"timeout too short", MORE("request_timeout: 99ms"), 8, "from 100ms to 1h"},
    {"stop timeout too long", MORE("stop_timeout: 61m"), 8, "stop_timeout is 61m"},
    {"size with another unit", HEAD MODELS "limits:\n  body: 8MB\n", 9,
     "limits.body is '8MB': give a size such as 512, 64KiB, 8MiB or 1GiB"},
    {"body 0", MORE("limits: {body: 0}"), 8, "limits.body is 0"},
    {"body too large", MORE("limits: {body: 1025MiB}"), 8, "from 1 to 1GiB"},
    {"diffs 0", MORE("limits: {diffs: 0}"), 8, "limits.diffs is 0"},
    {"diffs too many", MORE("limits: {diffs: 1000001}"), 8, "from 1 to 1000000"},
    {"skew", MORE("limits: {clock_skew: 366d}"), 8, "limits.clock_skew is 366d"},
    {"keep", MORE("history: {keep: 59m}"), 8, "history.keep is 59m: give a value from 1h to 3650d"},
    {"forever", MORE("history: {keep: always}"), 8,
     "history.keep is 'always': give a duration such as 12h or 30d, or forever"},
    {"keep longer than deletes", MORE("history: {keep: 2d, deletes: 1d}"), 8,
     "history.keep is 2d, but history.deletes is 1d"},
    {"keep longer than the default", MORE("history: {keep: forever}"), 8,
     "history.keep is forever, but history.deletes is 365d"},
    {"owner_requests too many", MORE("limits: {owner_requests: 1025}"), 8,
     "limits.owner_requests is 1025: give a value from 0 to 1024"},
    {"owner_tokens too many", MORE("limits: {owner_tokens: 1000001}"), 8,
     "limits.owner_tokens is 1000001: give a value from 0 to 1000000"},
    {"owner_requests, no number", MORE("limits: {owner_requests: half}"), 8,
     "limits.owner_requests is 'half'"},

    /* shards */
    {"a gap between shards", SHARDS_OF("shard: a\n", SHARD_A ", {name: b, hash: 8001-ffff}"), 9,
     "8000 to 8000 are of no shard"},
    {"a gap behind shards", SHARDS_OF("shard: a\n", SHARD_A), 9, "8000 to ffff are of no shard"},
    {"a value of two shards", SHARDS_OF("shard: a\n", SHARD_A ", {name: b, hash: 7fff-ffff}"), 9,
     "7fff is of another shard, too"},
    {"no range", SHARDS_OF("shard: a\n", SHARD_A ", {name: b, hash: 8000-FFFF}"), 9,
     "shards[].hash is '8000-FFFF': give two values of four hexadecimal digits"},
    {"no name of a shard", SHARDS_OF("shard: a\n", SHARD_A ", {name: B, hash: 8000-ffff}"), 9,
     "shards[].name is 'B'"},
    {"a shard twice", SHARDS_OF("shard: a\n", SHARD_A ", {name: a, hash: 8000-ffff}"), 9,
     "shards has 'a' twice"},
    {"a shard that is not there", SHARDS_OF("shard: c\n", SHARD_A ", {name: b, hash: 8000-ffff}"),
     8, "shard is 'c', which shards does not have"},
    {"shards without shard", SHARDS_OF("", SHARD_A ", {name: b, hash: 8000-ffff}"), 8,
     "shard does not say which one this pool is"},
    {"shard without shards", MORE("shard: a"), 8, "which shards does not have"},
    {"tokens with shards",
     HEAD MODELS "shard: a\nshards: [" SHARD_A ", {name: b, hash: 8000-ffff}]\n", 3,
     "auth.tokens does not go with shards"},

    /* database */
    {"neither socket nor host", DATABASE_OF("user: u, name: n"), 2, "neither socket nor host"},
    {"socket and host", DATABASE_LINES("  user: u\n  name: n\n  socket: /s\n  host: h\n"), 11,
     "both socket and host"},
    {"socket and hosts",
     DATABASE_LINES("  user: u\n  name: n\n  socket: /s\n  hosts: [{host: h}]\n"), 11,
     "both socket and hosts"},
    {"host and hosts", DATABASE_LINES("  user: u\n  name: n\n  host: g\n  hosts: [{host: h}]\n"),
     11, "both host and hosts"},
    {"port beside hosts", DATABASE_LINES("  user: u\n  name: n\n  port: 1\n  hosts: [{host: h}]\n"),
     10, "give each of hosts its own"},
    {"no hosts", DATABASE_LINES("  user: u\n  name: n\n  hosts: []\n"), 10, "hosts"},
    {"a host with two places",
     DATABASE_LINES("  user: u\n  name: n\n  hosts:\n    - socket: /s\n      host: h\n"), 12,
     "database.hosts[] has both socket and host"},
    {"a host without a place",
     DATABASE_LINES("  user: u\n  name: n\n  hosts:\n    - socket: /s\n    - port: 1\n"), 12,
     "database.hosts[] has neither socket nor host"},
    {"a port of a socket",
     DATABASE_LINES("  user: u\n  name: n\n  hosts:\n    - socket: /s\n      port: 1\n"), 12,
     "database.hosts[] has a port but no host"},
    {"a host twice",
     DATABASE_LINES("  user: u\n  name: n\n  hosts:\n    - host: h\n    - {host: h, port: 3306}\n"),
     12, "names a server that it has already"},
    {"nine hosts",
     DATABASE_LINES("  user: u\n  name: n\n  hosts: [{host: a}, {host: b}, {host: c}, {host: d},"
                    " {host: e}, {host: f}, {host: g}, {host: h}, {host: i}]\n"),
     10, "has 9 entries: give at most 8"},
    {"tls with sockets alone",
     DATABASE_LINES("  user: u\n  name: n\n  hosts: [{socket: /s}]\n  tls: {}\n"), 11,
     "tls but no host"},
    {"require, no word", DATABASE_LINES("  user: u\n  name: n\n  socket: /s\n  require: primary\n"),
     11, "database.require is 'primary': give one of any, writable"},
    {"port without host", DATABASE_LINES("  user: u\n  name: n\n  socket: /s\n  port: 1\n"), 11,
     "a port but no host"},
    {"tls without host", DATABASE_LINES("  user: u\n  name: n\n  socket: /s\n  tls: {}\n"), 11,
     "tls but no host"},
    {"port 0", DATABASE_OF("host: h, port: 0, user: u, name: n"), 2, "database.port is 0"},
    {"port 65536", DATABASE_OF("host: h, port: 65536, user: u, name: n"), 2,
     "database.port is 65536"},
    {"password_file missing",
     DATABASE_LINES("  socket: /s\n  user: u\n  name: n\n  password_file: nowhere\n"), 11,
     "cannot read nowhere: No such file or directory: create the file, or correct the path"},
    {"password_file empty",
     LISTEN AUTH MODELS "database: {socket: /s, user: u, name: n, password_file: empty.key}\n", 7,
     "an empty file"},
    {"password with NUL",
     LISTEN AUTH MODELS "database: {socket: /s, user: u, name: n, password_file: nul.password}\n",
     7, "NUL byte"},
    {"tls file missing",
     DATABASE_LINES("  host: h\n  user: u\n  name: n\n  tls:\n    ca: nowhere\n"), 12,
     "database.tls.ca: cannot read nowhere"},
    {"tls cert without key",
     DATABASE_LINES("  host: h\n  user: u\n  name: n\n  tls:\n    cert: good.key\n"), 12,
     "one of cert and key"},
    {"socket path too long",
     LISTEN "database: {socket: /" SEVENTY SEVENTY ", user: u, name: n}\n" AUTH MODELS, 2,
     "database.socket has a path of 141 bytes"},
    {"database name too long",
     LISTEN "database: {socket: /s, user: u, name: " SEVENTY "}\n" AUTH MODELS, 2,
     "database.name has 70 characters"},

    /* auth */
    {"auth lets nobody in", AUTH_OF(""), 3, "auth lets nobody in"},
    {"auth all null", LISTEN DATABASE "auth:\n  jwt: ~\n  tokens: ~\n" MODELS, 3,
     "auth lets nobody in"},
    {"algorithm",
     LISTEN DATABASE "auth:\n  jwt:\n    algorithm: RS384\n    key_file: good.key\n" MODELS, 5,
     "auth.jwt.algorithm is 'RS384': give one of HS256, RS256, ES256, EdDSA"},
    {"algorithm in lower case", AUTH_OF("jwt: {algorithm: es256, key_file: ec.pem}"), 3,
     "auth.jwt.algorithm is 'es256'"},
    {"algorithm none", AUTH_OF("jwt: {algorithm: none, key_file: good.key}"), 3,
     "is 'none': give one of HS256"},
    {"algorithm in upper case", AUTH_OF("jwt: {algorithm: EDDSA, key_file: ed.pem}"), 3,
     "auth.jwt.algorithm is 'EDDSA': give one of HS256, RS256, ES256, EdDSA"},
    {"another key for EdDSA", AUTH_OF("jwt: {algorithm: EdDSA, key_file: ec.pem}"), 3,
     "auth.jwt.key_file holds a key of type EC, EdDSA needs ED25519"},
    {"key missing", LISTEN DATABASE "auth:\n  jwt:\n    key_file: nowhere\n" MODELS, 5,
     "auth.jwt.key_file: cannot read nowhere: No such file or directory: create the file, or "
     "correct "
     "the path"},
    {"key is a directory", AUTH_OF("jwt: {key_file: .}"), 3, "cannot read .: not a regular file"},
    {"key never ends", AUTH_OF("jwt: {key_file: /dev/zero}"), 3,
     "cannot read /dev/zero: not a regular file"},
    {"public key for HS256", AUTH_OF("jwt: {key_file: rsa.pem}"), 3,
     "auth.jwt.key_file holds a PEM, which is not a secret for HS256"},
    {"secret for RS256", AUTH_OF("jwt: {algorithm: RS256, key_file: good.key}"), 3,
     "auth.jwt.key_file holds no PEM"},
    {"weak key", AUTH_OF("jwt: {algorithm: RS256, key_file: weak.pem}"), 3,
     "auth.jwt.key_file holds an RSA key of 1024 bits"},
    {"other type of key", AUTH_OF("jwt: {algorithm: RS256, key_file: ec.pem}"), 3,
     "auth.jwt.key_file holds a key of type EC, RS256 needs RSA"},
    {"other curve", AUTH_OF("jwt: {algorithm: ES256, key_file: p384.pem}"), 3,
     "auth.jwt.key_file holds a key of another curve"},
    {"two sources of keys", AUTH_OF("jwt: {key_file: good.key, jwks_file: secret.json}"), 3,
     "auth.jwt has both key_file and jwks_file: keep one"},
    {"set missing", AUTH_OF("jwt: {jwks_file: nowhere}"), 3,
     "auth.jwt.jwks_file: cannot read nowhere: No such file"},
    {"set is no set", AUTH_OF("jwt: {jwks_file: good.key}"), 3,
     "auth.jwt.jwks_file: good.key is not a JWKS: not a valid JSON object"},
    {"set with a private key", AUTH_OF("jwt: {algorithm: ES256, jwks_file: private.json}"), 3,
     "auth.jwt.jwks_file: private.json holds a private key"},
    {"url without TLS", AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'http://a.example/'}"), 3,
     "auth.jwt.jwks_url does not begin with https://"},
    {"url without a host", AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'https:///a'}"), 3,
     "auth.jwt.jwks_url names no host"},
    {"url with a password", AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'https://u:p@a.example/'}"),
     3, "auth.jwt.jwks_url contains a user name or password"},
    {"url of a secret", AUTH_OF("jwt: {jwks_url: 'https://a.example/'}"), 3,
     "auth.jwt.jwks_url cannot have the secret of HS256"},
    {"refresh too often",
     AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'https://a.example/', refresh: 9s}"), 3,
     "auth.jwt.refresh is 9s: give a value from 10s to 30d"},
    {"cache somewhere",
     AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'https://a.example/', jwks_cache: jwks}"), 3,
     "auth.jwt.jwks_cache is 'jwks': give the absolute path"},
    {"authorities missing",
     AUTH_OF("jwt: {algorithm: ES256, jwks_url: 'https://a.example/', jwks_ca_file: nowhere}"), 3,
     "auth.jwt.jwks_ca_file: cannot read nowhere"},
    {"folder missing", AUTH_OF("jwt: {key_dir: nowhere}"), 3,
     "auth.jwt.key_dir: cannot read nowhere: No such file"},
    {"folder is a file", AUTH_OF("jwt: {key_dir: good.key}"), 3,
     "auth.jwt.key_dir: cannot read good.key: Not a directory"},
    {"folder empty", AUTH_OF("jwt: {key_dir: none}"), 3,
     "auth.jwt.key_dir: none holds no key: add one as KID.key"},
    {"cache for too long", AUTH_OF("tokens: {}, cache: 61s"), 3,
     "auth.cache is 61s: give a value from 0s to 60s"},
    {"cache without a unit", AUTH_OF("tokens: {}, cache: 0"), 3,
     "auth.cache is '0': give a duration"},
    {"key empty", AUTH_OF("jwt: {key_file: empty.key}"), 3, "no key"},
    {"key short", AUTH_OF("jwt: {key_file: short.key}"), 3, "a key of 31 bytes, HS256 needs 32"},
    {"tokens table", AUTH_OF("tokens: {table: tokens}"), 3,
     "is 'tokens': the server's tables begin with mobync_"},
    {"tokens table, prefix alone", AUTH_OF("tokens: {table: mobync_}"), 3, "begin with mobync_"},
    {"tokens table taken", AUTH_OF("tokens: {table: mobync_known}"), 3,
     "'mobync_known', which holds something else"},
    {"param in lower case", AUTH_OF("trusted_param: owner"), 3,
     "auth.trusted_param is 'owner': give a name of A-Z"},
    {"param begins with a digit", AUTH_OF("trusted_param: 1A"), 3, "'1A'"},
    {"param is a header", AUTH_OF("trusted_param: HTTP_X_OWNER"), 3,
     "'HTTP_X_OWNER', which nginx or the client fills"},
    {"param is a client's", AUTH_OF("trusted_param: QUERY_STRING"), 3,
     "'QUERY_STRING', which nginx or the client fills"},
    {"param is nginx's", AUTH_OF("trusted_param: REMOTE_USER"), 3,
     "'REMOTE_USER', which nginx or the client fills"},
    {"param is nginx's id", AUTH_OF("trusted_param: REQUEST_ID"), 3, "'REQUEST_ID', which nginx"},
    {"param is an address", AUTH_OF("trusted_param: REMOTE_ADDR"), 3, "'REMOTE_ADDR', which nginx"},
    {"param is a path", AUTH_OF("trusted_param: DOCUMENT_URI"), 3, "'DOCUMENT_URI', which nginx"},

    /* Our tables and the mapped ones. */
    {"diffs_table is a model's", MORE("diffs_table: t"), 5, "table 't' holds the diffs"},
    {"a model's table is diffs", HEAD "models:\n  - name: t\n    table: diffs\n    fields:\n" FIELD,
     6, "table 'diffs' holds the diffs"},
    {"diffs_table taken", MORE("diffs_table: mobync_owners"), 8, "'mobync_owners', which"},
    {"diffs_table taken by refused diffs", MORE("diffs_table: mobync_rejects"), 8,
     "'mobync_rejects', which"},
    {"diffs_table taken by the outbox", MORE("diffs_table: mobync_changes"), 8,
     "'mobync_changes', which"},
    {"diffs_table is the tokens'", MORE("diffs_table: mobync_tokens"), 8,
     "diffs_table and auth.tokens.table are both 'mobync_tokens'"},
    {"diffs_table too long", HEAD MODELS "diffs_table: " SEVENTY "\n", 8, "has 70 characters"},
    {"a model's table is ours",
     HEAD "models:\n  - name: t\n    table: MoBync_known\n    fields:\n" FIELD, 6,
     "names that begin with mobync_"},

    /* models */
    {"model twice", HEAD MODELS "  - table: x\n    name: t\n    fields:\n" FIELD, 9,
     "two models are named 't' (first on line 5)"},
    {"two models on one table", HEAD MODELS "  - name: u\n    table: t\n    fields:\n" FIELD, 9,
     "two models are mapped to the table 't' (first on line 5)"},
    {"model name too long",
     HEAD "models:\n  - name: " SEVENTY "\n    table: t\n    fields:\n" FIELD, 5,
     "models[].name has 70 bytes, but a model name allows 64"},
    {"model name, bytes",
     HEAD "models:\n  - name: ééééééééééééééééééééééééééééééééé\n"
          "    fields:\n" FIELD,
     5, "has 66 bytes, but a model name allows 64"},
    {"table with a control character",
     HEAD "models:\n  - name: t\n    table: \"a\\tb\"\n"
          "    fields:\n" FIELD,
     6, "models[].table 'a?b' contains a control character"},
    {"table ends with a space", HEAD "models:\n  - name: t\n    table: 'a '\n    fields:\n" FIELD,
     6, "ends with a space"},
    {"column above U+FFFF", FIELD_OF("name: a, column: 😀, type: string"), 7, "above U+FFFF"},
    {"id and owner the same", HEAD "models:\n  - name: t\n    id: OWNER_id\n    fields:\n" FIELD, 6,
     "id and owner are both the column 'OWNER_id'"},
    {"owner is id", HEAD "models:\n  - name: t\n    owner: id\n    fields:\n" FIELD, 6,
     "id and owner are both"},
    {"validate too long",
     HEAD "models:\n  - name: t\n    validate: " SEVENTY "\n    fields:\n" FIELD, 6,
     "models[].validate has 70"},
    {"allow unknown", HEAD MODELS "    allow:\n      - create\n      - read\n", 10,
     "models[].allow[] is 'read': give one of create, update, delete"},
    {"allow empty", MORE("    allow: []"), 8, "models[].allow is an empty list"},
    {"allow twice", HEAD MODELS "    allow:\n      - create\n      - delete\n      - create\n", 11,
     "models[].allow repeats 'create' (first on line 9)"},
    {"allow null", MORE("    allow: [~]"), 8, "models[].allow[] is empty"},

    /* fields */
    {"field twice", MORE("      - {name: a, column: b, type: integer}"), 8,
     "two fields are named 'a' (first on line 7)"},
    {"column twice", MORE("      - {name: b, column: A, type: integer}"), 8,
     "two fields are mapped to the column 'A' (first on line 7)"},
    {"field on the id column", MORE("      - {name: b, column: ID, type: string}"), 8,
     "mapped to 'ID', the id column"},
    {"field on the owner column", MORE("      - {name: owner_id, type: string}"), 8,
     "mapped to 'owner_id', the owner column"},
    {"field on a named id column", HEAD "models:\n  - name: t\n    id: a\n    fields:\n" FIELD, 8,
     "mapped to 'a', the id column"},
    {"field is the id", MORE("      - {name: id, type: string}"), 8, "a field is named 'id'"},
    {"field named id", MORE("      - {name: id, column: b, type: string}"), 8,
     "a field is named 'id'"},
    {"field type", FIELD_OF("name: a, type: text"), 7,
     "is 'text': give one of string, integer, float, boolean, list, json"},
    {"max_length of an integer",
     HEAD MODEL "      - name: a\n        type: integer\n"
                "        max_length: 3\n",
     9, "max_length is for strings, but this is 'integer'"},
    {"max_length 0", FIELD_OF("name: a, type: string, max_length: 0"), 7, "max_length is 0"},
    /* versions */
    {"version twice", VERSIONED "versions:\n  - version: 1\n  - version: 1\n", 14,
     "version 1 is there twice (first on line 13)"},
    {"version too new", VERSIONED "newest_version: 2\nversions:\n  - version: 2\n", 14,
     "version 2 is not older than newest_version, 2"},
    {"versions too far apart", VERSIONED "newest_version: 40\nversions:\n  - version: 8\n", 14,
     "version 8 is 32 before the newest"},
    {"default of no version", VERSIONED "default_version: 3\nversions:\n  - version: 1\n", 12,
     "default_version is 3, which is not served"},
    {"default of a retired version",
     VERSIONED "default_version: 1\nversions:\n  - version: 1\n    retired: true\n", 12,
     "default_version is 1, which is not served"},
    {"version of an unknown model", VERSIONED "versions:\n  - version: 1\n    models: { u: ~ }\n",
     14, "version 1 names the model 'u', which is not in models"},
    {"version of a removed model", VERSIONED "versions:\n  - version: 1\n    removed: [t]\n", 14,
     "lists the model 't' under removed, but it is in models"},
    {"version of a list", VERSIONED "versions:\n  - version: 1\n    models: { t: [a] }\n", 14,
     "version 1, model 't': is another thing"},
    {"part of a version", VERSION_OF("renames: {a: z}"), 14, "unknown key 'renames'"},
    {"form of a part", VERSION_OF("without: a"), 14, "without is another thing: give a list"},
    {"renamed unknown field", VERSION_OF("rename: {z: a}"), 14, "rename names the field 'z'"},
    {"renamed to the id", VERSION_OF("rename: {a: id}"), 14, "rename says no name that 'a' had"},
    {"renamed to another", VERSION_OF("rename: {a: c}"), 14, "two fields are called 'c' there"},
    {"renamed and hidden", VERSION_OF("rename: {a: z}, without: [a]"), 14,
     "'a' is renamed or has values, but the version does not see it"},
    {"default that does not fit", VERSION_OF("defaults: {b: z}"), 14,
     "the default of 'b' does not fit"},
    {"default of read_only", VERSION_OF("defaults: {d: 1}"), 14, "'d' is read_only"},
    {"required and hidden", VERSION_OF("without: [b]"), 14,
     "'b' is required, but the version does not see it"},
    {"values of a kind", VERSION_OF("values: {c: [true]}"), 14, "values are for string, integer"},
    {"values that do not fit", VERSION_OF("values: {b: {x: 0, y: 1, z: 2}}"), 14,
     "values of 'b' have 'z', which does not fit"},
    {"values of two ways", VERSION_OF("values: {b: {x: 0, y: 0}}"), 14,
     "values of 'b' lead two ways at 'y'"},
    {"values that lack one", VERSION_OF("values: {b: {x: 0}}"), 14, "values of 'b' lack \"y\""},
    {"values of half a boolean", VERSION_OF("values: {c: {true: yes}}"), 14,
     "values of 'c' lack 0"},
    {"values of no way back", VERSION_OF("values: {a: {x: z}}"), 14,
     "values of 'a' have \"z\" for the version, which is also a value of the newest"},
    {"values of nothing", VERSION_OF("values: {a: {x: ~}}"), 14,
     "values of 'a' say nothing for 'x'"},
    {"removed and there", VERSION_OF("removed: {a: 1}"), 14,
     "the removed field 'a' is also another"},
    {"removed id", VERSION_OF("removed: {id: 1}"), 14, "removed has 'id'"},
    {"field name too long", HEAD MODEL "      - {name: " SEVENTY ", type: string}\n", 7,
     "models[].fields[].name has 70"},
};

static void check_fault(const struct fault_case *fault)
{
    struct said said;
    char prefix[32];

    snprintf(prefix, sizeof(prefix), "test.yaml:%u: ", fault->line);
    if (load(fault->yaml, &said) != NULL)
        fail_msg("%s: no fault", fault->what);
    if (said.count != 1)
        fail_msg("%s: %zu faults: %s / %s", fault->what, said.count, said.lines[0], said.lines[1]);
    if (strncmp(said.lines[0], prefix, strlen(prefix)) != 0)
        fail_msg("%s: expected line %u: %s", fault->what, fault->line, said.lines[0]);
    if (strstr(said.lines[0], fault->says) == NULL)
        fail_msg("%s: expected '%s': %s", fault->what, fault->says, said.lines[0]);
    if (strstr(said.lines[0] + strlen(prefix), ": ") == NULL)
        fail_msg("%s: not a word about what to do: %s", fault->what, said.lines[0]);
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FAULTS); i++)
        check_fault(&FAULTS[i]);
}

static void test_all_faults_in_order_of_lines(void **state)
{
    static const char *const EXPECTED[] = {
        "test.yaml:1: listen is 'nowhere'",
        "test.yaml:2: workers is 0",
        "test.yaml:3: unknown key 'wrkers'",
        "test.yaml:5: database.user is missing",
        "test.yaml:5: database has neither",
        "test.yaml:6: database.port is 'x'",
        "test.yaml:6: database has a port",
        "test.yaml:8: auth.jwt.key_file: cannot read",
        "test.yaml:13: models[].fields[].type is 'strng'",
        "test.yaml:14: two models are named 't'",
        "test.yaml:15: models[].fields is a single value",
    };
    struct said said;

    (void)state;
    assert_null(load("listen: nowhere\n"
                     "workers: 0\n"
                     "wrkers: 8\n"
                     "diffs_table: d\n"
                     "database:\n"
                     "  port: x\n"
                     "  name: n\n"
                     "auth: {jwt: {key_file: nowhere}}\n"
                     "limits: ~\n"
                     "models:\n"
                     "  - name: t\n"
                     "    fields:\n"
                     "      - {name: a, type: strng}\n"
                     "  - name: t\n"
                     "    fields: x\n",
                     &said));
    assert_int_equal(said.count, ARRAY_LEN(EXPECTED));
    for (size_t i = 0; i < ARRAY_LEN(EXPECTED); i++)
        if (strncmp(said.lines[i], EXPECTED[i], strlen(EXPECTED[i])) != 0)
            fail_msg("expected '%s…': %s", EXPECTED[i], said.lines[i]);
}

static void test_no_file(void **state)
{
    struct said said = {.count = 0};

    (void)state;
    assert_null(config_load("nowhere.yaml", hear, &said));
    assert_int_equal(said.count, 1);
    assert_string_equal(said.lines[0], "nowhere.yaml:1: cannot read nowhere.yaml: No such file or "
                                       "directory: name another file with -c");
}

static void expect_refused(const char *path, const char *line)
{
    struct said said = {.count = 0};

    assert_null(config_load(path, hear, &said));
    assert_int_equal(said.count, 1);
    assert_string_equal(said.lines[0], line);
}

static void test_only_regular_files(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    expect_refused("fifo",
                   "fifo:1: cannot read fifo: not a regular file: name another file with -c");
    expect_refused("/dev/zero",
                   "/dev/zero:1: cannot read /dev/zero: not a regular file: name another "
                   "file with -c");
    expect_refused(".", ".:1: cannot read .: not a regular file: name another file with -c");
    assert_int_equal(unlink("fifo"), 0);
}

/* What would keep a parser busy for long. */
static const struct {
    const char *what;
    const char *part;
    size_t times;
    const char *says;
} HUGE_FILES[] = {
    {"brackets", "[", 100000, "nested deeper than 16 levels"},
    {"braces", "{a: ", 100000, "nested deeper than 16 levels"},
    {"dashes", "- ", 100000, "nested deeper than 16 levels"},
    {"entries", "- a\n", 20001, "more than 20000 values"},
    {"comments", "# 3456789\n", 104858, "larger than 1048576 bytes"},
};

static void test_huge_files_fail_fast(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(HUGE_FILES); i++) {
        struct said said;
        struct buf yaml;
        clock_t started = clock();

        buf_init(&yaml, (size_t)2 * 1024 * 1024);
        for (size_t k = 0; k < HUGE_FILES[i].times; k++)
            buf_add_str(&yaml, HUGE_FILES[i].part);
        assert_null(load(buf_text(&yaml).ptr, &said));
        buf_release(&yaml);
        assert_int_equal(said.count, 1);
        if (strstr(said.lines[0], HUGE_FILES[i].says) == NULL)
            fail_msg("%s: %s", HUGE_FILES[i].what, said.lines[0]);
        assert_true(clock() - started < 2 * CLOCKS_PER_SEC);
    }
}

static void test_lines_of_the_database(void **state)
{
    struct config *config = load_good(LISTEN AUTH MODELS "database:\n"
                                                         "  name: n\n"
                                                         "  user: u\n"
                                                         "  socket: /s\n");

    (void)state;
    assert_int_equal(config->database.config_line, 7);
    assert_int_equal(config->database.name_line, 8);
    assert_int_equal(config->database.user_line, 9);
    assert_int_equal(config->database.socket_line, 10);
    assert_int_equal(config->database.host_line, 7);
    assert_int_equal(config->database.tls_line, 7);
    config_free(config);
}

/* The text without the files that only a deployment has. */
static void replace(struct buf *into, const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);

    assert_non_null(at);
    buf_add(into, text, (size_t)(at - text));
    buf_add_str(into, new);
    buf_add_str(into, at + strlen(old));
}

static void test_shipped_example(void **state)
{
    struct buf shipped, with_key, whole;
    struct fail fail;
    struct config *config;

    (void)state;
    buf_init(&shipped, 1 << 20);
    buf_init(&with_key, 1 << 20);
    buf_init(&whole, 1 << 20);
    assert_int_equal(fd_read_file(MOBYNC_SOURCE_DIR "/conf/mobync.yaml", &shipped, &fail), RC_OK);
    replace(&with_key, shipped.data, "/etc/mobync/jwt.key", "good.key");
    replace(&whole, with_key.data, "/etc/mobync/db.password", "password");
    config = load_good(whole.data);
    assert_int_equal(config->workers, 8);
    assert_int_equal(config->limit_owner_requests, 6);
    assert_text(config->mapping.models[0].name, "tasks");
    assert_int_equal(config->mapping.models[0].field_count, 6);
    config_free(config);
    buf_release(&shipped);
    buf_release(&with_key);
    buf_release(&whole);
}

/* The same where the text may not have it. */
static void replace_any(struct buf *into, const char *text, const char *old, const char *new)
{
    if (strstr(text, old) != NULL)
        replace(into, text, old, new);
    else
        buf_add_str(into, text);
}

/* Every block of YAML in the manual of authentication is a config, once its key files exist. */
static void test_the_blocks_of_the_manual(void **state)
{
    static const char OPEN[] = "```yaml\n", CLOSE[] = "```\n";
    struct buf manual, block, yaml;
    unsigned count = 0;
    struct fail fail;

    (void)state;
    buf_init(&manual, 1 << 20);
    assert_int_equal(fd_read_file(MOBYNC_SOURCE_DIR "/docs/auth.md", &manual, &fail), RC_OK);
    for (const char *at = manual.data; (at = strstr(at, OPEN)) != NULL; count++) {
        const char *first = at + strlen(OPEN);

        at = strstr(first, CLOSE);
        assert_non_null(at);
        buf_init(&block, 1 << 20);
        buf_init(&yaml, 1 << 20);
        buf_add_str(&block, LISTEN DATABASE MODELS);
        buf_add(&block, first, (size_t)(at - first));
        replace_any(&yaml, block.data, "/etc/mobync/jwt.pem", "ec.pem");
        buf_clear(&block);
        replace_any(&block, yaml.data, "/etc/mobync/passport.pem", "rsa.pem");
        config_free(load_good(block.data));
        buf_release(&block);
        buf_release(&yaml);
    }
    assert_int_equal(count, 8);
    buf_release(&manual);
}

static void test_libcyaml_has_the_last_word(void **state)
{
    struct text yaml = TEXT_LITERAL(LISTEN "workers: [many]\n");
    struct config_file file;
    struct arena arena;
    struct diagnostics faults;

    (void)state;
    arena_init(&arena);
    diagnostics_init(&faults, &arena);
    assert_false(config_file_load(&file, CONFIG_TABLE, yaml, &faults));
    config_file_release(&file);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].line, 2);
    assert_non_null(strstr(faults.items[0].message, "Expecting STRING"));
    arena_release(&arena);
}

/* The row of the block or list that a path lies in; NULL if it lies in none. */
static const struct config_key *parent_of(const char *path)
{
    const size_t len = strlen(path);
    const char *dot = strrchr(path, '.');
    size_t parent_len = dot != NULL ? (size_t)(dot - path) : 0;
    char parent[128];

    if (len > 2 && strcmp(path + len - 2, "[]") == 0)
        parent_len = len - 2;
    snprintf(parent, sizeof(parent), "%.*s", (int)parent_len, path);
    return config_key_find(CONFIG_TABLE, parent);
}

static bool is_among_children(const struct config_key *parent, const struct config_key *key)
{
    const struct config_key *child = parent;

    while ((child = config_key_child(parent, child)) != NULL)
        if (child == key)
            return true;
    return false;
}

static void check_row(const struct config_key *key)
{
    const struct config_key *parent = parent_of(key->path);
    const char *const values[] = {key->fallback, key->least, key->most};
    const bool is_entry = key->path[strlen(key->path) - 1] == ']';
    int64_t value;

    if (config_key_find(CONFIG_TABLE, key->path) != key)
        fail_msg("%s: two rows", key->path);
    if (parent == NULL || !is_among_children(parent, key))
        fail_msg("%s: not below its block", key->path);
    if (!is_entry && (key->meaning == NULL || strchr(key->meaning, '|') != NULL))
        fail_msg("%s: no meaning for a cell of the manual", key->path);
    if ((key->least == NULL) != (key->most == NULL))
        fail_msg("%s: half a range", key->path);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (values[i] != NULL && key->type != CONFIG_TEXT && key->type != CONFIG_COLUMN &&
            !config_key_parse(key, text_of(values[i]), &value))
            fail_msg("%s: %s does not fit the type", key->path, values[i]);
}

static void test_rows_of_the_key_table(void **state)
{
    (void)state;
    assert_null(config_key_find(CONFIG_TABLE, "models[].nothing"));
    for (const struct config_key *key = CONFIG_TABLE + 1; key->path != NULL; key++)
        check_row(key);
}

static void test_units(void **state)
{
    static const struct {
        enum units kind;
        const char *text;
        int64_t value; /* -1: refused */
    } CASES[] = {
        {UNITS_COUNT, "0", 0},
        {UNITS_COUNT, "9223372036854775807", INT64_MAX},
        {UNITS_COUNT, "9223372036854775808", -1},
        {UNITS_COUNT, "1s", -1},
        {UNITS_COUNT, "", -1},
        {UNITS_DURATION, "500ms", 500},
        {UNITS_DURATION, "30s", 30000},
        {UNITS_DURATION, "5m", 300000},
        {UNITS_DURATION, "2h", 7200000},
        {UNITS_DURATION, "30d", 2592000000},
        {UNITS_DURATION, "30", -1},
        {UNITS_DURATION, "s", -1},
        {UNITS_DURATION, "-1s", -1},
        {UNITS_DURATION, "1.5h", -1},
        {UNITS_DURATION, "1 s", -1},
        {UNITS_DURATION, "1S", -1},
        {UNITS_DURATION, "106751991167d", 106751991167 * 86400000},
        {UNITS_DURATION, "106751991168d", -1},
        {UNITS_SIZE, "512", 512},
        {UNITS_SIZE, "64KiB", 65536},
        {UNITS_SIZE, "8MiB", 8388608},
        {UNITS_SIZE, "1GiB", 1073741824},
        {UNITS_SIZE, "8MB", -1},
        {UNITS_SIZE, "8k", -1},
        {UNITS_SIZE, "9999999999GiB", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t value = -1;
        bool ok = units_parse(CASES[i].kind, text_of(CASES[i].text), &value);

        if (ok != (CASES[i].value >= 0) || value != CASES[i].value)
            fail_msg("%s: %lld", CASES[i].text, (long long)value);
    }
}

static void expect_text(struct text text, const char *expected)
{
    assert_string_equal(text.ptr, expected);
}

static void test_versions(void **state)
{
    struct config *config = load_good(
        VERSIONED "newest_version: 7\ndefault_version: 2\noutdated_message: update\nversions:\n"
                  "  - version: 5\n    retired: true\n"
                  "  - version: 2\n    removed: [old]\n    models:\n      t:\n"
                  "        rename: {a: name}\n        without: [d]\n"
                  "        values: {b: {x: 0, y: \"1\"}, c: {true: yes, false: no}}\n"
                  "        defaults: {e: 12}\n        removed: {f: 1.5, g: ~, h: [1, x]}\n");
    const struct versions *versions = config->mapping.versions;
    const struct version_model *model;

    (void)state;
    assert_ptr_equal(versions, &config->versions);
    assert_int_equal(versions->newest, 7);
    assert_int_equal(versions->of_silent, 2);
    expect_text(versions->message, "update");
    assert_int_equal(versions->count, 2);
    assert_int_equal(versions->items[0].number, 2);
    assert_false(versions->items[0].retired);
    assert_true(versions->items[1].retired);
    assert_true(version_removed(&versions->items[0], TEXT_LITERAL("old")));
    model = version_model(&versions->items[0], TEXT_LITERAL("t"));
    assert_non_null(model);
    assert_null(version_model(&versions->items[1], TEXT_LITERAL("t")));
    assert_true(model->hides);
    expect_text(version_lower_name(model, TEXT_LITERAL("a")), "name");
    assert_false(version_sees(model, TEXT_LITERAL("d")));
    assert_false(version_sees(model, TEXT_LITERAL("e")));
    expect_text(version_raise(model, true,
                              TEXT_LITERAL("{\"id\":\"1\",\"b\":\"1\",\"c\":\"yes\",\"g\":1}"),
                              &config->arena)
                    .json_data,
                "{\"id\":\"1\",\"b\":\"y\",\"c\":1,\"e\":\"12\"}");
    assert_int_equal(model->gone_count, 3);
    expect_text(model->gone[0].value, "1.5");
    assert_int_equal(model->gone[1].value.len, 0);
    expect_text(model->gone[2].value, "[1,\"x\"]");
    config_free(config);
}

/* One number is one version more than none: what is stored bears it from then on. */
static void test_versions_by_default(void **state)
{
    struct config *config = load_good(HEAD MODELS);

    (void)state;
    assert_null(config->mapping.versions);
    config_free(config);
    config = load_good(MORE("newest_version: 1"));
    assert_int_equal(config->mapping.versions->newest, 1);
    assert_int_equal(config->mapping.versions->of_silent, 1);
    config_free(config);
    config = load_good(MORE("versions:\n  - version: 3\n    models: { t: ~ }"));
    assert_int_equal(config->mapping.versions->newest, 4);
    assert_int_equal(config->mapping.versions->of_silent, 4);
    assert_true(config->mapping.versions->items[0].models[0].unknown);
    config_free(config);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_int_equal(edit_distance(text_of("workers"), text_of("workers")), 0);
    assert_int_equal(edit_distance(text_of("workers"), text_of("wokers")), 1);
    assert_int_equal(edit_distance(text_of("listen"), text_of("lsiten")), 2);
    assert_int_equal(edit_distance(text_of("id"), text_of("models")), SIZE_MAX);
    assert_int_equal(edit_distance(text_of("id"), text_of(SEVENTY)), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_versions_by_default),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_database_defaults),
        cmocka_unit_test(test_model_defaults),
        cmocka_unit_test(test_every_setting),
        cmocka_unit_test(test_database_over_tls),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_what_a_server_must_be),
        cmocka_unit_test(test_tls_alone_is_verified),
        cmocka_unit_test(test_jwt),
        cmocka_unit_test(test_a_byte_order_mark_is_ignored),
        cmocka_unit_test(test_public_keys),
        cmocka_unit_test(test_key_sets),
        cmocka_unit_test(test_keys_of_a_set_that_are_skipped),
        cmocka_unit_test(test_an_issuer),
        cmocka_unit_test(test_the_blocks_of_the_manual),
        cmocka_unit_test(test_folder_of_keys),
        cmocka_unit_test(test_folder_of_secrets),
        cmocka_unit_test(test_faults_of_a_folder),
        cmocka_unit_test(test_a_folder_has_64_keys_at_most),
        cmocka_unit_test(test_other_files_in_a_folder),
        cmocka_unit_test(test_a_key_that_is_a_fifo_does_not_hang),
        cmocka_unit_test(test_secrets_open_to_everybody),
        cmocka_unit_test(test_a_folder_open_to_everybody),
        cmocka_unit_test(test_one_newline_is_no_part_of_a_key),
        cmocka_unit_test(test_what_the_server_fills),
        cmocka_unit_test(test_model_in_full),
        cmocka_unit_test(test_keys_of_models),
        cmocka_unit_test(test_one_rejected_diff_must_not_stop_a_device),
        cmocka_unit_test(test_a_cap_that_never_bites),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_origins_that_no_browser_sends),
        cmocka_unit_test(test_tilde_is_not_set),
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_all_faults_in_order_of_lines),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_only_regular_files),
        cmocka_unit_test(test_huge_files_fail_fast),
        cmocka_unit_test(test_lines_of_the_database),
        cmocka_unit_test(test_shipped_example),
        cmocka_unit_test(test_libcyaml_has_the_last_word),
        cmocka_unit_test(test_rows_of_the_key_table),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
