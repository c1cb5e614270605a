/* Single values: addresses, names in the database, the trusted parameter. Entry points: the checks
 * that config_table.c names; the value's type and range have been checked. */
#include "config_check.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "model.h"

/* A path needs its NUL in sun_path. */
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)
/* Of MySQL and MariaDB, for databases, tables, columns and functions. */
#define IDENTIFIER_MAX_CHARS  ((size_t)64)
#define PARAM_MAX_BYTES       ((size_t)64)
#define WEBHOOK_URL_MAX_BYTES ((size_t)2000)

/* inet_pton wants a NUL behind the address. */
static bool is_address(int family, struct text text)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (text.len == 0 || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_tcp(struct text text)
{
    const char *colon = memrchr(text.ptr, ':', text.len);
    struct text host;
    struct text port;
    uint64_t number;

    if (colon == NULL)
        return false;
    host = (struct text){text.ptr, (size_t)(colon - text.ptr)};
    port = (struct text){colon + 1, text.len - host.len - 1};
    if (!text_to_uint(port, 65535, &number) || number == 0)
        return false;
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        return is_address(AF_INET6, (struct text){host.ptr + 1, host.len - 2});
    return is_address(AF_INET, host);
}

static void check_socket_path(struct config_check *check, struct text path,
                              const struct yaml_place *at, const char *key)
{
    if (path.len > SOCKET_PATH_MAX)
        diagnostics_add(check->faults, at->line,
                        "%s has a path of %zu bytes, but a socket allows %zu: choose a shorter one",
                        key, path.len, SOCKET_PATH_MAX);
}

/* What is there already and would not be replaced; NULL if a socket is, or nothing. */
static const char *obstacle(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || S_ISSOCK(st.st_mode))
        return NULL;
    if (S_ISDIR(st.st_mode))
        return "a directory";
    return S_ISREG(st.st_mode) ? "a regular file" : "not a socket";
}

/* An abstract socket has no mode, so that anybody on the machine could connect. */
static void check_own_socket(struct config_check *check, const char *key, struct text path,
                             const struct yaml_place *at)
{
    const char *there = obstacle(path.ptr);

    if (path.ptr[0] == '@')
        diagnostics_add(
            check->faults, at->line,
            "%s is 'unix:%.*s', an abstract socket, which nothing protects: give a path "
            "such as unix:/run/mobync/mobync.sock",
            key, TEXT_ARG(path));
    else if (path.ptr[0] != '/')
        diagnostics_add(
            check->faults, at->line,
            "%s is 'unix:%.*s', a relative path, which depends on where the server was started: "
            "give the absolute path",
            key, TEXT_ARG(path));
    else if (there != NULL)
        diagnostics_add(check->faults, at->line,
                        "%s is 'unix:%.*s', which is %s: give another path", key, TEXT_ARG(path),
                        there);
    check_socket_path(check, path, at, key);
}

bool config_unix_path(struct text address, struct text *path_out)
{
    static const char PREFIX[] = "unix:";
    const size_t prefix_len = sizeof(PREFIX) - 1;

    if (!text_starts_with(address, PREFIX) || address.len == prefix_len)
        return false;
    *path_out = (struct text){address.ptr + prefix_len, address.len - prefix_len};
    return true;
}

void config_check_listen(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    struct text text = yaml_tree_text(at->node);
    struct text path;

    if (config_unix_path(text, &path))
        check_own_socket(check, key->path, path, at);
    else if (!is_tcp(text))
        diagnostics_add(
            check->faults, at->line,
            "listen is '%.*s': give unix:/path/to.sock, an address such as 127.0.0.1:9000, "
            "or [::1]:9000",
            TEXT_ARG(text));
}

void config_check_control(struct config_check *check, const struct config_key *key,
                          const struct yaml_place *at)
{
    struct text text = yaml_tree_text(at->node);
    struct text path;

    if (config_unix_path(text, &path))
        check_own_socket(check, key->path, path, at);
    else
        diagnostics_add(
            check->faults, at->line,
            "control is '%.*s': give unix:/path/to.sock, because only this machine may ask",
            TEXT_ARG(text));
}

void config_check_poke_publish(struct config_check *check, const struct config_key *key,
                               const struct yaml_place *at)
{
    struct text text = yaml_tree_text(at->node);
    struct text path;

    if (config_unix_path(text, &path))
        check_own_socket(check, key->path, path, at);
    else
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give unix:/path/to.sock, at which nginx listens", key->path,
                        TEXT_ARG(text));
}

/* What is behind the scheme. */
static struct text host_of(struct text url, size_t scheme_len)
{
    struct text host = {url.ptr + scheme_len, 0};

    if (url.len <= scheme_len)
        return TEXT_LITERAL("");
    while (scheme_len + host.len < url.len && strchr("/?#", host.ptr[host.len]) == NULL)
        host.len++;
    return host;
}

static bool is_of_this_machine(struct text host)
{
    const char *port = memrchr(host.ptr, ':', host.len);
    const struct text name = {host.ptr, port != NULL ? (size_t)(port - host.ptr) : host.len};

    return text_is(name, "localhost") || text_is(name, "[::1]") || text_starts_with(name, "127.");
}

static bool is_printable(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

void config_check_poke_webhook(struct config_check *check, const struct config_key *key,
                               const struct yaml_place *at)
{
    static const char HTTP[] = "http://", HTTPS[] = "https://";
    const struct text url = yaml_tree_text(at->node);
    const bool is_secure = text_starts_with(url, HTTPS);
    const struct text host = host_of(url, is_secure ? sizeof(HTTPS) - 1 : sizeof(HTTP) - 1);

    if ((!is_secure && !text_starts_with(url, HTTP)) || host.len == 0 || host.ptr[0] == ':')
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give the whole URL, such as https://push.example/mobync",
                        key->path, TEXT_ARG(url));
    else if (url.len > WEBHOOK_URL_MAX_BYTES || !is_printable(url))
        diagnostics_add(check->faults, at->line,
                        "%s contains spaces or other characters that a URL cannot, or is too long: "
                        "correct it",
                        key->path);
    else if (!is_secure && !is_of_this_machine(host))
        diagnostics_warn(check->faults, at->line,
                         "%s is not https: whoever is on the way reads who changes data, and can "
                         "keep the calls for himself: use https",
                         key->path);
}

void config_check_socket(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    check_socket_path(check, yaml_tree_text(at->node), at, key->path);
}

void config_check_owner_requests(struct config_check *check, const struct config_key *key,
                                 const struct yaml_place *at)
{
    struct yaml_place at_workers = config_check_find(check, "workers");
    struct text workers = config_check_text(check, at_workers, "workers");
    int64_t pool;
    int64_t most;

    if (config_key_parse(key, yaml_tree_text(at->node), &most) &&
        config_key_parse(key, workers, &pool) && most > 0 && most >= pool)
        diagnostics_warn(check->faults, at->line,
                         "%s is %lld, but there are %lld workers, so one owner may occupy all of "
                         "them: give less, or 0 for no limit",
                         key->path, (long long)most, (long long)pool);
}

/* What the stock client knows of an error is that there was one. */
void config_check_rejected_diffs(struct config_check *check, const struct config_key *key,
                                 const struct yaml_place *at)
{
    if (text_is(yaml_tree_text(at->node), "fail_sync"))
        diagnostics_warn(check->faults, at->line,
                         "%s is fail_sync: a device with one rejected diff does not sync any more "
                         "until its app withdraws the diff: set quarantine, unless the app reads "
                         "error.diff_id (docs/rejected-writes.md)",
                         key->path);
}

/* The value at a path, or its default. */
static struct text term(struct config_check *check, const char *path, int64_t *value_out)
{
    const struct text text = config_check_text(check, config_check_find(check, path), path);

    if (!config_key_parse(config_key_find(check->table, path), text, value_out))
        *value_out = -1;
    return text;
}

/* A device that is older than the tombstones starts from scratch: what it was to be told of by
 * whole diffs must not be gone before. */
void config_check_history(struct config_check *check, const struct config_key *key,
                          const struct yaml_place *at)
{
    int64_t keep_ms, deletes_ms;
    const struct text keep = term(check, "history.keep", &keep_ms);
    const struct text deletes = term(check, "history.deletes", &deletes_ms);

    if (deletes_ms >= 0 && keep_ms > deletes_ms)
        diagnostics_add(check->faults, at->line,
                        "%s.keep is %.*s, but %s.deletes is %.*s: give deletes at least as long as "
                        "keep",
                        key->path, TEXT_ARG(keep), key->path, TEXT_ARG(deletes));
}

static bool has_control(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F)
            return true;
    return false;
}

/* Characters above U+FFFF take four bytes, and no identifier may hold them. */
static bool has_four_byte(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0xF0)
            return true;
    return false;
}

/* Why the database would refuse it as a name; NULL if it would not. */
static const char *identifier_fault(struct text name)
{
    if (has_control(name))
        return "contains a control character";
    if (has_four_byte(name))
        return "contains a character above U+FFFF, which a database name cannot";
    if (name.ptr[name.len - 1] == ' ')
        return "ends with a space, which a database name cannot";
    return NULL;
}

void config_check_name(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at)
{
    struct text name = yaml_tree_text(at->node);
    size_t chars = text_utf8_length(name);
    const char *fault = identifier_fault(name);

    if (chars > IDENTIFIER_MAX_CHARS)
        diagnostics_add(check->faults, at->line,
                        "%s has %zu characters, but the database allows %zu: choose a shorter name",
                        key->path, chars, IDENTIFIER_MAX_CHARS);
    if (fault != NULL)
        diagnostics_add(check->faults, at->line, "%s '%.*s' %s: rename it", key->path,
                        TEXT_ARG(name), fault);
}

void config_check_model_name(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    size_t bytes = yaml_tree_text(at->node).len;

    if (bytes <= MODEL_NAME_MAX_BYTES)
        config_check_name(check, key, at);
    else
        diagnostics_add(check->faults, at->line,
                        "%s has %zu bytes, but a model name allows %zu: choose a shorter one",
                        key->path, bytes, MODEL_NAME_MAX_BYTES);
}

void config_check_field_name(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    config_check_name(check, key, at);
    if (text_is(yaml_tree_text(at->node), "id"))
        diagnostics_add(
            check->faults, at->line,
            "a field is named 'id', the key of the object's id: remove it; the model's 'id' "
            "names its column");
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_param_name(struct text name)
{
    if (name.len > PARAM_MAX_BYTES || !is_upper(name.ptr[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        char c = name.ptr[i];

        if (!is_upper(c) && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

/* Params that have a meaning already: nginx fills them, mostly with what the client sent.
 * REMOTE_USER is among them: nginx takes it from the request's header, whether a password was asked
 * or not. */
static bool is_taken_param(struct text name)
{
    static const char *const PARAMS[] = {
        "AUTH_TYPE",    "CONTENT_LENGTH",  "CONTENT_TYPE",      "DOCUMENT_ROOT",
        "DOCUMENT_URI", "FCGI_ROLE",       "GATEWAY_INTERFACE", "HTTPS",
        "MOBYNC_CLOSE", "MOBYNC_ROUTED",   "PATH_INFO",         "PATH_TRANSLATED",
        "QUERY_STRING", "REDIRECT_STATUS", "REMOTE_ADDR",       "REMOTE_HOST",
        "REMOTE_IDENT", "REMOTE_PORT",     "REMOTE_USER",       "REQUEST_FILENAME",
        "REQUEST_ID",   "REQUEST_METHOD",  "REQUEST_SCHEME",    "REQUEST_TIME",
        "REQUEST_URI",  "SCRIPT_FILENAME", "SCRIPT_NAME",       "SERVER_ADDR",
        "SERVER_NAME",  "SERVER_PORT",     "SERVER_PROTOCOL",   "SERVER_SOFTWARE",
    };

    for (size_t i = 0; i < ARRAY_LEN(PARAMS); i++)
        if (text_is(name, PARAMS[i]))
            return true;
    return text_starts_with(name, "HTTP_");
}

void config_check_trusted_param(struct config_check *check, const struct config_key *key,
                                const struct yaml_place *at)
{
    struct text name = yaml_tree_text(at->node);

    if (!is_param_name(name))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give a name of A-Z, 0-9 and _, such as MOBYNC_OWNER",
                        key->path, TEXT_ARG(name));
    else if (is_taken_param(name))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', which nginx or the client fills: choose a name of your own, "
                        "such as MOBYNC_OWNER",
                        key->path, TEXT_ARG(name));
}

/* The part behind the scheme: as a browser writes it, without a path. */
static bool is_authority(struct text text)
{
    static const char CHARS[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\0' || strchr(CHARS, text.ptr[i]) == NULL)
            return false;
    return text.len > 0;
}

static bool is_scheme(struct text text)
{
    static const char CHARS[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\0' || strchr(CHARS, text.ptr[i]) == NULL)
            return false;
    return text.len > 0;
}

/* Browsers leave out the port that goes without saying: one that is given would never match. */
static bool has_needless_port(struct text origin)
{
    return (text_starts_with(origin, "https://") && text_ends_with(origin, ":443")) ||
           (text_starts_with(origin, "http://") && text_ends_with(origin, ":80"));
}

void config_check_origin(struct config_check *check, const struct config_key *key,
                         const struct yaml_place *at)
{
    struct text origin = yaml_tree_text(at->node);
    const char *end = memmem(origin.ptr, origin.len, "://", 3);
    const size_t scheme_len = end != NULL ? (size_t)(end - origin.ptr) : 0;

    if (text_is(origin, "*"))
        return;
    if (end == NULL || !is_scheme((struct text){origin.ptr, scheme_len}) ||
        !is_authority((struct text){end + 3, origin.len - scheme_len - 3}))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s': give scheme and host as browsers send them, in lower case "
                        "and without a slash at the end, such as https://app.example, or '*'",
                        key->path, TEXT_ARG(origin));
    else if (has_needless_port(origin))
        diagnostics_add(check->faults, at->line,
                        "%s is '%.*s', but browsers do not send the default port: remove it",
                        key->path, TEXT_ARG(origin));
}

void config_check_origins(struct config_check *check, const struct config_key *key,
                          const struct yaml_place *at)
{
    const size_t count = yaml_tree_count(at->node);

    for (size_t i = 0; i < count && count > 1; i++) {
        struct yaml_place item = yaml_tree_item(check->tree, at->node, i);

        if (text_is(yaml_tree_text(item.node), "*"))
            diagnostics_add(check->faults, item.line,
                            "%s has '*' beside others, which allows every origin: remove the '*' "
                            "or the others",
                            key->path);
    }
}
