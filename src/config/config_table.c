/* The key table: one row for each key of the config file, in the order of the manual.
 * Entry point: CONFIG_TABLE. A row's member takes the value; its check sees values that fit. */
#include "config_table.h"

#include "config.h"
#include "config_check.h"

#define MEMBER(structure, name)                                                                    \
    .offset = offsetof(structure, name), .size = sizeof(((structure *)NULL)->name)
#define INTO(name)         MEMBER(struct config, name)
#define INTO_MODEL(name)   MEMBER(struct model, name)
#define INTO_FIELD(name)   MEMBER(struct field, name)
#define INTO_FILL(name)    MEMBER(struct filled_column, name)
#define INTO_HOST(name)    MEMBER(struct config_host, name)
#define INTO_SHARD(name)   MEMBER(struct config_shard, name)
#define INTO_VERSION(name) MEMBER(struct version, name)

/* What the database's identifiers take. */
#define IDENTIFIER "at most 64 characters"

static const char *const OWNER_CHECKS[] = {
    [CONFIG_OWNER_VERIFY] = "verify", [CONFIG_OWNER_STAMP] = "stamp", NULL};

static const char *const REQUIRES[] = {
    [CONFIG_REQUIRE_ANY] = "any", [CONFIG_REQUIRE_WRITABLE] = "writable", NULL};

/* The index is the value of mapping.ignore_unknown_fields. */
static const char *const UNKNOWN_FIELDS[] = {[false] = "reject", [true] = "ignore", NULL};

/* The index is the value of mapping.json_booleans. */
static const char *const BOOLEANS[] = {[false] = "numbers", [true] = "json", NULL};

static const char *const ZONES[] = {[FIELD_ZONE_NONE] = "none", [FIELD_ZONE_UTC] = "UTC", NULL};

static const char *const AS[] = {[FIELD_AS_NUMBER] = "number", [FIELD_AS_STRING] = "string", NULL};

static const char *const REJECTED_DIFFS[] = {
    [CONFIG_REJECTED_FAIL_SYNC] = "fail_sync", [CONFIG_REJECTED_QUARANTINE] = "quarantine", NULL};

static const char *const LOG_OWNERS[] = {
    [CONFIG_LOG_OWNER_PLAIN] = "plain", [CONFIG_LOG_OWNER_HASH] = "hash", NULL};

static const char *const LOG_LEVELS[] = {[LOG_LEVEL_DEBUG] = "debug",
                                         [LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_ERROR] = "error",
                                         NULL};

/* The index is the value of field.access. */
static const char *const ACCESSES[] = {[FIELD_WRITABLE] = "false",
                                       [FIELD_READ_ONLY] = "true",
                                       [FIELD_READ_ONLY_IGNORED] = "ignore",
                                       NULL};

static const char *field_type_word(unsigned index)
{
    return index < FIELD_TYPES ? field_type_name((enum field_type)index) : NULL;
}

static const char *part_type_word(unsigned index)
{
    return index < KEY_TYPES ? key_type_name((enum key_type)index) : NULL;
}

static const char *key_type_word(unsigned index)
{
    return index < KEY_REFERENCE ? part_type_word(index) : NULL;
}

static const char *diff_type_word(unsigned index)
{
    return index < DIFF_TYPES ? diff_type_name((enum diff_type)index) : NULL;
}

static const char *algorithm_word(unsigned index)
{
    return index < KEY_ALGORITHMS ? key_algorithm_name((enum key_algorithm)index) : NULL;
}

/* clang-format off */
const struct config_key CONFIG_TABLE[] = {
    {"", CONFIG_BLOCK, .required = true, .check = config_check_own_tables},

    {"listen", CONFIG_TEXT, .required = true, INTO(listen), .check = config_check_listen,
     .range = "at most 107 bytes of path",
     .meaning = "Where workers wait for nginx: `unix:` and an absolute path at which there is a "
                "socket or nothing, or an IPv4 or IPv6 address with a port (`127.0.0.1:9000`, "
                "`[::1]:9000`)"},
    {"workers", CONFIG_COUNT, .fallback = "8", .least = "1", .most = "1024", INTO(workers),
     .meaning = "Worker processes, each with one database connection, each serving one request at "
                "a time"},
    {"max_requests", CONFIG_COUNT, .fallback = "100000", .range = "0: no limit",
     INTO(max_requests),
     .meaning = "Requests that a worker serves before a new worker replaces it"},
    {"request_timeout", CONFIG_DURATION, .fallback = "60s", .least = "100ms", .most = "1h",
     INTO(request_timeout_ms),
     .meaning = "How long a worker may take for one request; then it is killed and replaced"},
    {"stop_timeout", CONFIG_DURATION, .fallback = "30s", .least = "100ms", .most = "1h",
     INTO(stop_timeout_ms),
     .meaning = "How long workers may take to finish in-flight requests at a stop or a reload; "
                "then they are killed"},
    {"control", CONFIG_TEXT, INTO(control), .check = config_check_control,
     .range = "at most 107 bytes of path",
     .unset = "`" CONFIG_TABLE_CONTROL_FILE "` beside the socket of `listen`; none if `listen` is "
              "not `unix:`",
     .meaning = "Where [`mobync status`](metrics.md#mobync-status) asks the running server: "
                "`unix:` and an absolute path, mode 0600; two servers in one folder need one each"},
    {"log", CONFIG_BLOCK, .meaning = "What the [log](metrics.md#the-log) holds"},
    {"log.owner", CONFIG_WORD, .fallback = "plain", .words = LOG_OWNERS, INTO(log_owner),
     .meaning = "How the log names owners; `hash` writes the first 16 hex digits of the SHA-256, a "
                "pseudonym that anyone who knows the owner can compute"},
    {"log.level", CONFIG_WORD, .fallback = "info", .words = LOG_LEVELS, INTO(log_level),
     .meaning = "The lowest level that is logged; `info` logs every request"},

    {"database", CONFIG_BLOCK, .required = true, .check = config_check_database,
     .meaning = "The MariaDB or MySQL server: one of `socket`, `host` and `hosts`"},
    {"database.socket", CONFIG_TEXT, INTO(database.socket), .check = config_check_socket,
     .range = "at most 107 bytes",
     .meaning = "Path of the database's Unix socket"},
    {"database.host", CONFIG_TEXT, INTO(database.host),
     .meaning = "Name or address of the database server, instead of `socket`"},
    {"database.port", CONFIG_COUNT, .fallback = "3306", .least = "1", .most = "65535",
     INTO(database.port), .meaning = "Port at `host`"},
    {"database.hosts", CONFIG_LIST, .range = "at most 8",
     .offset = offsetof(struct config, database.hosts),
     .count_offset = offsetof(struct config, database.host_count), .check = config_check_hosts,
     .meaning = "Instead of `socket` or `host`: several servers with the same data, in order of "
                "preference ([cluster.md](cluster.md)). A worker uses the first that it can "
                "connect to and that is as `require` says, and keeps to it until it fails"},
    {"database.hosts[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct config_host),
     .check = config_check_host},
    {"database.hosts[].socket", CONFIG_TEXT, INTO_HOST(socket), .check = config_check_socket,
     .range = "at most 107 bytes",
     .meaning = "Path of the server's Unix socket"},
    {"database.hosts[].host", CONFIG_TEXT, INTO_HOST(host),
     .meaning = "Name or address of the server, instead of `socket`; an address needs no name "
                "server while things fail"},
    {"database.hosts[].port", CONFIG_COUNT, .fallback = "3306", .least = "1", .most = "65535",
     INTO_HOST(port), .meaning = "Port at `host`"},
    {"database.require", CONFIG_WORD, .words = REQUIRES, INTO(database.require),
     .unset = "`writable` with `hosts`, otherwise `any`",
     .meaning = "What a server must be to be used, asked at each connect and after each fault: "
                "`writable` is not `read_only` and, as a Galera node, ready and in the primary "
                "component"},
    {"database.user", CONFIG_TEXT, .required = true, INTO(database.user),
     .meaning = "The user to log in as"},
    {"database.password_file", CONFIG_TEXT, .unset = "no password",
     .check = config_check_password,
     .meaning = "A file that holds the password; one newline at its end is not part of it"},
    {"database.name", CONFIG_TEXT, .required = true, .range = IDENTIFIER, INTO(database.name),
     .check = config_check_name,
     .meaning = "The database with the mapped tables; the server creates its own tables there, "
                "too"},
    {"database.tls", CONFIG_FEATURE, .unset = "no TLS", INTO(database.tls),
     .check = config_check_tls,
     .meaning = "TLS to `host`, and to each of `hosts` that is not a socket; `tls: {}` uses "
                "every default"},
    {"database.tls.ca", CONFIG_TEXT, .unset = "the system's", INTO(database.tls_ca),
     .check = config_check_readable,
     .meaning = "A file of CA certificates; one of them must have signed the database server's"},
    {"database.tls.cert", CONFIG_TEXT, INTO(database.tls_cert), .check = config_check_readable,
     .meaning = "The client certificate of mobync; needs `key`"},
    {"database.tls.key", CONFIG_TEXT, INTO(database.tls_key), .check = config_check_readable,
     .meaning = "The private key of `cert`"},
    {"database.tls.verify", CONFIG_BOOLEAN, .fallback = "true", INTO(database.tls_verify),
     .meaning = "Whether the database server's certificate must be valid, and valid for `host`"},
    {"diffs_table", CONFIG_TEXT, .fallback = "diffs", .range = IDENTIFIER, INTO(diffs_table),
     .check = config_check_diffs_table,
     .meaning = "The table that stores diffs; it cannot be the table of a model"},

    {"shard", CONFIG_TEXT, INTO(shard), .unset = "there are no shards",
     .meaning = "Which of `shards` this pool and its database are"},
    {"shards", CONFIG_LIST, .unset = "one database has all owners", .range = "at most 64",
     .offset = offsetof(struct config, shards),
     .count_offset = offsetof(struct config, shard_count), .check = config_check_shards,
     .meaning = "Several databases, each with a pool of its own, that share the owners "
                "([scale.md](scale.md#4-shards)); the same list in the configuration of each pool"},
    {"shards[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct config_shard)},
    {"shards[].name", CONFIG_TEXT, .required = true, .range = "1 to 32 of a-z, 0-9 and _",
     INTO_SHARD(name), .check = config_check_shard_name,
     .meaning = "Its name, also in nginx: the location `@mobync_shard_NAME`"},
    {"shards[].hash", CONFIG_TEXT, .required = true, .range = "`0000-0000` to `ffff-ffff`",
     INTO_SHARD(hash), .check = config_check_shard_hash,
     .meaning = "The owners that are at home there: the first and the last of the values that the "
                "first four hexadecimal digits of the SHA-256 of an owner can have. Together, all "
                "of `shards` cover `0000` to `ffff`, each value once. Never change it: owners would "
                "be looked for elsewhere"},
    {"shards[].config", CONFIG_TEXT, INTO_SHARD(config), .unset = "unknown",
     .meaning = "The configuration file of its pool, for `mobync move-owner` alone"},

    {"auth", CONFIG_BLOCK, .required = true, .check = config_check_auth,
     .meaning = "Who may sync, and as which owner"},
    {"auth.jwt", CONFIG_FEATURE, INTO(jwt.enabled), .check = config_check_jwt,
     .meaning = "JSON Web Tokens that your own service or an issuer signs; needs one of `key_file`, "
                "`key_dir`, `jwks_file` and `jwks_url`"},
    {"auth.jwt.algorithm", CONFIG_WORD, .fallback = "HS256", .word = algorithm_word,
     INTO(jwt.keys.algorithm),
     .meaning = "The one algorithm that may sign a token"},
    {"auth.jwt.key_file", CONFIG_TEXT, .check = config_check_key_file,
     .meaning = "A file that holds the key: for HS256 a secret of at least 32 bytes (one newline "
                "at its end is not part of it), for the others a public key in PEM"},
    {"auth.jwt.key_dir", CONFIG_TEXT, .range = "at most 64 keys", .check = config_check_key_dir,
     .meaning = "Instead of `key_file`, a folder of keys from which the token's `kid` selects one: "
                "`KID.key` for HS256, `KID.pem` for the others ([more](auth.md#several-keys))"},
    {"auth.jwt.jwks_file", CONFIG_TEXT, .range = "at most 256 KiB, 64 keys",
     .check = config_check_jwks_file,
     .meaning = "Instead of `key_file`, a JSON Web Key Set (RFC 7517) from which the token's `kid` "
                "selects a key ([more](auth.md#key-sets)); read at start and reload"},
    {"auth.jwt.jwks_url", CONFIG_TEXT, INTO(jwt.jwks_url), .check = config_check_jwks_url,
     .range = "`https://` alone",
     .meaning = "Instead of `key_file`, where an issuer publishes its key set; not with HS256 "
                "([more](auth.md#key-sets))"},
    {"auth.jwt.refresh", CONFIG_DURATION, .fallback = "1h", .least = "10s", .most = "30d",
     INTO(jwt.refresh_ms),
     .meaning = "How often `jwks_url` is fetched; also at start and reload, and for a token with an "
                "unknown `kid`, at most every 10 s"},
    {"auth.jwt.jwks_cache", CONFIG_TEXT, .fallback = "/var/lib/mobync/jwks.cache",
     INTO(jwt.jwks_cache), .check = config_check_jwks_cache,
     .meaning = "A file in which the server keeps the last key set of `jwks_url`, for a start while "
                "the issuer cannot be reached; its folder must exist, and be writable for the "
                "server"},
    {"auth.jwt.jwks_ca_file", CONFIG_TEXT, .unset = "the system's", INTO(jwt.jwks_ca_file),
     .check = config_check_readable,
     .meaning = "A file of CA certificates; one of them must have signed the certificate of "
                "`jwks_url`"},
    {"auth.jwt.owner_claim", CONFIG_TEXT, .fallback = "sub", INTO(jwt.owner_claim),
     .meaning = "The claim that holds the owner"},
    {"auth.jwt.issuer", CONFIG_TEXT, .unset = "not checked", INTO(jwt.issuer),
     .meaning = "What the claim `iss` must be"},
    {"auth.jwt.audience", CONFIG_TEXT, .unset = "not checked", INTO(jwt.audience),
     .meaning = "What the claim `aud` must be or contain"},
    {"auth.jwt.require_exp", CONFIG_BOOLEAN, .fallback = "true", INTO(jwt.require_exp),
     .meaning = "Whether a token must have an expiry; if it has `exp` or `nbf`, they always count, "
                "with 60 s of leeway"},
    {"auth.tokens", CONFIG_FEATURE,
     .meaning = "Opaque tokens of `mobync token create`; `tokens: {}` uses the default"},
    {"auth.tokens.table", CONFIG_TEXT, .fallback = "mobync_tokens", .range = IDENTIFIER,
     INTO(tokens_table), .check = config_check_tokens_table,
     .meaning = "The table of their SHA-256 hashes; the name must begin with `mobync_`"},
    {"auth.trusted_param", CONFIG_TEXT, .range = IDENTIFIER, INTO(trusted_param),
     .check = config_check_trusted_param,
     .meaning = "A FastCGI parameter that holds the owner, for nginx's `auth_request`; letters A-Z, "
                "digits and `_`, beginning with a letter"},
    {"auth.cache", CONFIG_DURATION, .fallback = "5s", .least = "0s", .most = "60s",
     INTO(auth_cache_ms),
     .meaning = "How long a worker accepts a verified token without checking it again; a "
                "revocation may take that long ([more](auth.md#how-long-a-token-is-believed))"},
    {"owner_check", CONFIG_WORD, .fallback = "verify", .words = OWNER_CHECKS, INTO(owner_check),
     .meaning = "What happens to a diff that names another owner: `verify` rejects the request, "
                "`stamp` replaces the name by the authenticated owner (Flutter client 0.0.8 always "
                "names \"asdf\")"},

    {"unknown_fields", CONFIG_WORD, .fallback = "reject", .words = UNKNOWN_FIELDS,
     INTO(mapping.ignore_unknown_fields),
     .meaning = "What happens to a field that is not mapped: `reject` rejects the diff, `ignore` "
                "leaves the field out of what is stored and sent on"},
    {"booleans", CONFIG_WORD, .fallback = "numbers", .words = BOOLEANS, INTO(mapping.json_booleans),
     .meaning = "How the server writes booleans: `numbers` are `1` and `0`, `json` is `true` and "
                "`false`, also where a device sent a number; it accepts both in any case"},
    {"rejected_diffs", CONFIG_WORD, .fallback = "quarantine", .words = REJECTED_DIFFS,
     INTO(rejected_diffs), .check = config_check_rejected_diffs,
     .meaning = "What happens to a diff that is rejected: `quarantine` sets that diff aside, undoes "
                "it on the device and applies the rest; `fail_sync` rejects the whole request, "
                "which the device sends again with every sync (`mobync check` warns of it) "
                "([rejected-writes.md](rejected-writes.md))"},
    {"limits", CONFIG_BLOCK, .meaning = "What one request, and one owner, may have"},
    {"limits.body", CONFIG_SIZE, .fallback = "8MiB", .least = "1", .most = "1GiB",
     INTO(limit_body_bytes),
     .meaning = "Size of a request body, compressed and decompressed; nginx's `client_max_body_size` "
                "must allow it, too"},
    {"limits.diffs", CONFIG_COUNT, .fallback = "10000", .least = "1", .most = "1000000",
     INTO(limit_diffs), .meaning = "Diffs in one request"},
    {"limits.watermelon_body", CONFIG_SIZE, .fallback = "64MiB", .least = "1", .most = "1GiB",
     INTO(limit_watermelon_body_bytes),
     .meaning = "Size of the body of a push by [WatermelonDB](watermelondb.md), which sends all "
                "that a device has changed in one; nginx's `client_max_body_size` of that path "
                "must allow it, too"},
    {"limits.watermelon_changes", CONFIG_COUNT, .fallback = "100000", .least = "1",
     .most = "10000000", INTO(limit_watermelon_changes),
     .meaning = "Changes in one push by WatermelonDB"},
    {"limits.clock_skew", CONFIG_DURATION, .fallback = "5m", .least = "0s", .most = "365d",
     INTO(clock_skew_ms),
     .meaning = "How far a client timestamp may be ahead of the server's clock; a later one counts "
                "as this far ahead when changes are compared"},
    {"limits.owner_requests", CONFIG_COUNT, .fallback = "0", .least = "0", .most = "1024",
     .range = "0: no limit", INTO(limit_owner_requests), .check = config_check_owner_requests,
     .meaning = "Requests of one owner in flight at a time, whatever their tokens and addresses; "
                "more get 429 at once; set it below `workers`, because each request occupies one "
                "worker (`mobync check` warns otherwise)"},
    {"limits.owner_tokens", CONFIG_COUNT, .fallback = "100", .least = "0", .most = "1000000",
     .range = "0: no limit", INTO(limit_owner_tokens),
     .meaning = "Opaque tokens of one owner that are neither expired nor revoked; `mobync token "
                "create` creates no more"},

    {"history", CONFIG_BLOCK, .check = config_check_history,
     .meaning = "How long what devices may still need is kept ([history.md](history.md))"},
    {"history.keep", CONFIG_TERM, .fallback = "30d", .least = "1h", .most = "3650d",
     .range = "or `forever`", INTO(history_keep_ms),
     .meaning = "How long whole diffs are kept, for `mobync explain`, `history` and "
                "`restore-object`, and so that a diff that is sent again is recognized; older ones "
                "are folded into a summary of their object, without values"},
    {"history.deletes", CONFIG_TERM, .fallback = "365d", .least = "1h", .most = "3650d",
     .range = "or `forever`; at least `keep`", INTO(history_deletes_ms),
     .meaning = "How long it is remembered that an object was deleted: a device that stays away "
                "for longer has to start from scratch"},

    {"cors", CONFIG_BLOCK, .meaning = "Web apps in a browser (cross-origin resource sharing)"},
    {"cors.origins", CONFIG_TEXTS, .unset = "none", .offset = offsetof(struct config, cors_origins),
     .count_offset = offsetof(struct config, cors_origin_count), .check = config_check_origins,
     .meaning = "Origins whose pages may sync, as browsers send them (`https://app.example`); "
                "`['*']` allows all. Cookies are never allowed "
                "([more](deploy.md#web-apps))"},
    {"cors.origins[]", CONFIG_TEXT, .required = true, .check = config_check_origin},

    {"poke", CONFIG_BLOCK, .check = config_check_poke,
     .meaning = "Tells devices at once that there is something to fetch ([more](poke.md))"},
    {"poke.publish", CONFIG_TEXT, INTO(poke_publish), .check = config_check_poke_publish,
     .range = "at most 107 bytes of path", .unset = "no pokes",
     .meaning = "Where nginx takes announcements: `unix:` and the absolute path of its socket"},
    {"poke.key_file", CONFIG_TEXT, .check = config_check_poke_key,
     .range = "at least 32 bytes", .unset = "none",
     .meaning = "A file with a secret for the tickets of listening devices, required with "
                "`publish` (one newline at its end is not part of it); the same on all machines"},
    {"poke.webhook", CONFIG_TEXT, INTO(poke_webhook), .check = config_check_poke_webhook,
     .range = "at most 2000 bytes", .unset = "no webhook",
     .meaning = "A URL that is told of owners' changes, for push services "
                "([more](poke.md#5-the-webhook))"},
    {"poke.webhook_key_file", CONFIG_TEXT, .check = config_check_poke_webhook_key,
     .range = "at least 32 bytes", .unset = "calls are not signed",
     .meaning = "A file with a secret that the webhook's calls are signed with (one newline at its "
                "end is not part of it)"},

    {"newest_version", CONFIG_COUNT, .least = "1", .most = "1000000000", INTO(versions.newest),
     .unset = "one more than the last of `versions`",
     .meaning = "The version of the app that `models` describes ([versions.md](versions.md))"},
    {"default_version", CONFIG_COUNT, .least = "1", .most = "1000000000", INTO(versions.of_silent),
     .unset = "`newest_version`",
     .meaning = "The version of apps whose requests name none"},
    {"outdated_message", CONFIG_TEXT, INTO(versions.message),
     .fallback = "this version of the app is no longer supported; please update it",
     .meaning = "What apps of a version that is not served any more are told, for their users"},
    {"versions", CONFIG_LIST, .maybe_empty = true, .unset = "none",
     .range = "numbers that differ by less than 32",
     .offset = offsetof(struct config, versions.items),
     .count_offset = offsetof(struct config, versions.count),
     .meaning = "Older versions of the app, and where what they see differs from `models` "
                "([versions.md](versions.md))"},
    {"versions[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct version)},
    {"versions[].version", CONFIG_COUNT, .required = true, .least = "1", .most = "1000000000",
     INTO_VERSION(number),
     .meaning = "Its number, below `newest_version`"},
    {"versions[].retired", CONFIG_BOOLEAN, .fallback = "false", INTO_VERSION(retired),
     .meaning = "Whether its apps get 410; what was stored in its time can still be read"},
    {"versions[].models", CONFIG_FREE, .unset = "as in `models`",
     .meaning = "By their names, the models that differ: `~` for one that it does not have, or a "
                "block of `rename`, `without`, `defaults`, `values` and `removed` "
                "([versions.md](versions.md#2-what-differs))"},
    {"versions[].removed", CONFIG_TEXTS, .unset = "none",
     .offset = offsetof(struct version, removed),
     .count_offset = offsetof(struct version, removed_count),
     .meaning = "Models that it has and that are no longer in `models`: what its apps send of them "
                "is taken and dropped"},
    {"versions[].removed[]", CONFIG_TEXT, .required = true, .range = "at most 64 bytes"},

    {"models", CONFIG_LIST, .required = true, .range = "at least one",
     .offset = offsetof(struct config, mapping.models),
     .count_offset = offsetof(struct config, mapping.model_count), .check = config_check_models,
     .meaning = "What the app calls its models, and the tables that store them"},
    {"models[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct model), .check = config_check_model},
    {"models[].name", CONFIG_TEXT, .required = true, .range = "at most 64 bytes",
     INTO_MODEL(name), .check = config_check_model_name,
     .meaning = "The `model` of a diff"},
    {"models[].table", CONFIG_TEXT, .like = "name", .range = IDENTIFIER, INTO_MODEL(table),
     .check = config_check_name,
     .meaning = "The table; no two models can share one"},
    {"models[].id", CONFIG_COLUMN, .fallback = "id", .range = IDENTIFIER,
     .check = config_check_column,
     .meaning = "The column of the object's id, or a block that also says what it holds "
                "([keys](#keys))"},
    {"models[].id.column", CONFIG_TEXT, .fallback = "id", .range = IDENTIFIER,
     .check = config_check_name,
     .meaning = "The column"},
    {"models[].id.type", CONFIG_WORD, .fallback = "string", .word = key_type_word,
     .meaning = "What it holds, and how ids are written on the wire"},
    {"models[].id.columns", CONFIG_LIST, .range = "at most 8", .check = config_check_id_columns,
     .meaning = "Instead of `column`: the columns that make up the id"},
    {"models[].id.columns[]", CONFIG_COLUMN, .required = true, .check = config_check_column},
    {"models[].id.columns[].column", CONFIG_TEXT, .required = true, .range = IDENTIFIER,
     .check = config_check_name,
     .meaning = "One of them; an entry that is a name alone holds strings"},
    {"models[].id.columns[].type", CONFIG_WORD, .fallback = "string", .word = part_type_word,
     .meaning = "What it holds"},
    {"models[].id.columns[].to", CONFIG_TEXT, .range = "at most 64 bytes",
     .meaning = "Of a `reference`: the model that it refers to"},
    {"models[].owner", CONFIG_COLUMN, .fallback = "owner_id", .range = IDENTIFIER,
     .check = config_check_column,
     .meaning = "The column of the owner, or a block that also says what it holds"},
    {"models[].owner.column", CONFIG_TEXT, .fallback = "owner_id", .range = IDENTIFIER,
     .check = config_check_name,
     .meaning = "The column"},
    {"models[].owner.type", CONFIG_WORD, .fallback = "string", .word = key_type_word,
     .meaning = "What it holds; a push with a token for another kind of owner is refused"},
    {"models[].allow", CONFIG_WORDS, .unset = "all three", .word = diff_type_word,
     INTO_MODEL(allow), .check = config_check_allow,
     .meaning = "What clients may do"},
    {"models[].allow[]", CONFIG_WORD, .required = true, .word = diff_type_word},
    {"models[].validate", CONFIG_TEXT, .range = IDENTIFIER, INTO_MODEL(validate),
     .check = config_check_name,
     .meaning = "A stored function (owner, type, json_data) RETURNS BOOLEAN that the server calls "
                "before it applies a diff; false rejects the diff"},
    {"models[].delete", CONFIG_FEATURE,
     .unset = "a delete deletes the row",
     .meaning = "Soft deletes: a delete sets a column, and a row that has it set is not there for "
                "devices ([more](#soft-deletes))"},
    {"models[].delete.column", CONFIG_TEXT, .required = true, .range = IDENTIFIER,
     INTO_MODEL(deleted_column), .check = config_check_name,
     .meaning = "The column"},
    {"models[].delete.set", CONFIG_TEXT, .required = true, INTO_MODEL(deleted_value),
     .range = "`now`, `now_s`, `now_ms` or a constant",
     .meaning = "What a delete sets it to. Without `live`, a row is deleted if the column is not "
                "NULL (times) or has the constant"},
    {"models[].delete.live", CONFIG_TEXT, INTO_MODEL(live_value), .range = "`empty` or a constant",
     .meaning = "What the column of a live row has, and what a create sets it to: `0` of a time that "
                "is NOT NULL. With anything else, a row is deleted"},
    {"models[].fill", CONFIG_LIST, .unset = "none", .offset = offsetof(struct model, filled),
     .count_offset = offsetof(struct model, filled_count),
     .meaning = "Columns that are no fields, and that the server fills "
                "([more](#columns-that-the-server-fills))"},
    {"models[].fill[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct filled_column),
     .check = config_check_fill},
    {"models[].fill[].column", CONFIG_TEXT, .required = true, .range = IDENTIFIER,
     INTO_FILL(column), .check = config_check_name,
     .meaning = "The column"},
    {"models[].fill[].default", CONFIG_TEXT, INTO_FILL(fill.on_create),
     .range = "`now`, `now_s`, `now_ms`, `empty` or a constant",
     .unset = "the column's default",
     .meaning = "What a create sets it to"},
    {"models[].fill[].on_update", CONFIG_TEXT, INTO_FILL(fill.on_update),
     .range = "as `default`",
     .meaning = "What an update and a soft delete set it to"},
    {"models[].fields", CONFIG_LIST, .maybe_empty = true,
     .unset = "none: a row is its id, as in a table that links two others",
     .offset = offsetof(struct model, fields),
     .count_offset = offsetof(struct model, field_count),
     .meaning = "The keys of `json_data` beside `id`, and their columns"},
    {"models[].fields[]", CONFIG_BLOCK, .required = true, .size = sizeof(struct field),
     .check = config_check_field},
    {"models[].fields[].name", CONFIG_TEXT, .required = true, .range = IDENTIFIER,
     INTO_FIELD(name), .check = config_check_field_name,
     .meaning = "The key in `json_data`; it cannot be `id`"},
    {"models[].fields[].column", CONFIG_TEXT, .like = "name", .range = IDENTIFIER,
     INTO_FIELD(column), .check = config_check_name,
     .meaning = "The column; it cannot be that of the id or the owner, and no two fields can share "
                "one"},
    {"models[].fields[].type", CONFIG_WORD, .required = true, .word = field_type_word,
     INTO_FIELD(type), .meaning = "The type; see below"},
    {"models[].fields[].to", CONFIG_TEXT, .range = "at most 64 bytes", INTO_FIELD(to),
     .meaning = "Of a `reference`: the model that it refers to"},
    {"models[].fields[].required", CONFIG_BOOLEAN, .fallback = "false", INTO_FIELD(required),
     .meaning = "Whether a create must set the field (unless it has a `default`), and null is "
                "rejected"},
    {"models[].fields[].read_only", CONFIG_WORD, .fallback = "false", .words = ACCESSES,
     INTO_FIELD(access),
     .meaning = "Whether the field is for the database alone to set, and is only sent to devices: "
                "`true` rejects a diff that sets it, `ignore` leaves the field out "
                "([more](#columns-that-the-server-fills))"},
    {"models[].fields[].default", CONFIG_TEXT, INTO_FIELD(fill.on_create),
     .range = "`now`, `now_s`, `now_ms`, `empty` or a constant",
     .unset = "the column's default",
     .meaning = "What a create without the field sets it to; the device that sent the create is "
                "told"},
    {"models[].fields[].on_update", CONFIG_TEXT, INTO_FIELD(fill.on_update),
     .range = "as `default`",
     .meaning = "What an update without the field sets it to, and a soft delete"},
    {"models[].fields[].max_length", CONFIG_COUNT, .least = "1", .most = "1073741823",
     .range = "characters", .unset = "the column decides", INTO_FIELD(max_length),
     .meaning = "The longest string; for strings only"},
    {"models[].fields[].zone", CONFIG_WORD, .fallback = "none", .words = ZONES, INTO_FIELD(zone),
     .meaning = "Whether a `datetime` is in UTC: then it has a `Z`, and devices may send offsets"},
    {"models[].fields[].as", CONFIG_WORD, .fallback = "number", .words = AS, INTO_FIELD(as),
     .meaning = "How an `integer` is written in JSON: as a `number`, or as a `string` of digits for "
                "clients that round numbers beyond 2^53"},
    {"models[].fields[].round", CONFIG_BOOLEAN, .fallback = "false", INTO_FIELD(round),
     .meaning = "Whether digits that the column cannot hold are rounded, and the device told what "
                "is stored; otherwise the value is rejected"},
    {"models[].fields[].values", CONFIG_TEXTS, .unset = "the members of the column",
     .offset = offsetof(struct field, values), .count_offset = offsetof(struct field, value_count),
     .check = config_check_field_values,
     .meaning = "What an `enum` may be, or a `set` contain, in a text column or of a column to be "
                "created"},
    {"models[].fields[].values[]", CONFIG_TEXT, .required = true},
    {NULL, CONFIG_TEXT, .required = false},
};
/* clang-format on */
