/* Files that the config names: certificates, the password, keys. Entry points: the checks that
 * config_table.c names. What is read goes into the config; copies of secrets are wiped. */
#include "config_check.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "jwks.h"
#include "jwks_fetch.h"
#include "plural.h"

/* More than any key or password. */
#define SECRET_MAX_BYTES ((size_t)64 * 1024)
/* Certificates of every authority that there is. */
#define READABLE_MAX_BYTES ((size_t)16 * 1024 * 1024)
/* As for HS256. */
#define POKE_KEY_MIN_BYTES 32
/* A rotation has two or three; every key is one more that may sign. */
#define KEYS_MAX ((size_t)64)

static bool read_file(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at, const char *path, struct buf *buf)
{
    struct fail fail;

    if (fd_read_file(path, buf, &fail) == RC_OK)
        return true;
    diagnostics_add(check->faults, at->line, "%s: cannot read %s: %s", key->path, fail.message,
                    access(path, F_OK) != 0 && errno == ENOENT
                        ? "create the file, or correct the path"
                        : "correct the path, or let the server's user read the file");
    return false;
}

/* A tree of libyaml's ends its texts with a NUL. */
static const char *path_at(const struct yaml_place *at)
{
    return yaml_tree_text(at->node).ptr;
}

void config_check_readable(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    struct buf buf;

    buf_init(&buf, READABLE_MAX_BYTES);
    (void)read_file(check, key, at, path_at(at), &buf);
    buf_release(&buf);
}

static struct text without_newline(struct text text)
{
    if (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    else
        return text;
    if (text.len > 0 && text.ptr[text.len - 1] == '\r')
        text.len--;
    return text;
}

static void release_secret(struct buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->capacity);
    buf_release(buf);
}

/* Whoever reads a secret can sign; whoever writes any key, too. */
static void warn_of_access(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at, const char *path, bool secret)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return;
    if (secret && (st.st_mode & (S_IROTH | S_IWOTH)) != 0)
        diagnostics_warn(check->faults, at->line,
                         "%s: every user of this machine has access to %s: run 'chmod o= %s'",
                         key->path, path, path);
    else if ((st.st_mode & S_IWOTH) != 0)
        diagnostics_warn(check->faults, at->line,
                         "%s: every user of this machine can write to %s: run 'chmod o-w %s'",
                         key->path, path, path);
}

static void check_password_text(struct config_check *check, const struct config_key *key,
                                const struct yaml_place *at, struct text password)
{
    if (password.len == 0)
        diagnostics_add(check->faults, at->line,
                        "%s is an empty file: write the password into it, or remove the key",
                        key->path);
    else if (memchr(password.ptr, '\0', password.len) != NULL)
        diagnostics_add(check->faults, at->line,
                        "%s contains a NUL byte, which a password cannot: write it again",
                        key->path);
}

void config_check_password(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    struct text *password = &check->config->database.password;
    struct buf buf;

    buf_init(&buf, SECRET_MAX_BYTES);
    if (read_file(check, key, at, path_at(at), &buf)) {
        *password = arena_text(&check->config->arena, without_newline(buf_text(&buf)));
        check_password_text(check, key, at, *password);
        warn_of_access(check, key, at, path_at(at), true);
    }
    release_secret(&buf);
}

void config_check_poke(struct config_check *check, const struct config_key *key,
                       const struct yaml_place *at)
{
    if (yaml_tree_get(check->tree, at->node, "publish").node != NULL &&
        yaml_tree_get(check->tree, at->node, "key_file").node == NULL)
        diagnostics_add(check->faults, at->line,
                        "%s has publish, but no key_file: run 'openssl rand -base64 32 >FILE' as "
                        "the server's user, and name the file",
                        key->path);
}

static void read_poke_secret(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at, struct text *secret)
{
    struct buf buf;

    buf_init(&buf, SECRET_MAX_BYTES);
    if (read_file(check, key, at, path_at(at), &buf)) {
        *secret = arena_text(&check->config->arena, without_newline(buf_text(&buf)));
        if (secret->len < POKE_KEY_MIN_BYTES)
            diagnostics_add(
                check->faults, at->line,
                "%s has %zu byte%s, but a secret needs %d: run 'openssl rand -base64 32 "
                ">FILE'",
                key->path, secret->len, plural(secret->len), POKE_KEY_MIN_BYTES);
        warn_of_access(check, key, at, path_at(at), true);
    }
    release_secret(&buf);
}

void config_check_poke_key(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    read_poke_secret(check, key, at, &check->config->poke_key);
}

void config_check_poke_webhook_key(struct config_check *check, const struct config_key *key,
                                   const struct yaml_place *at)
{
    read_poke_secret(check, key, at, &check->config->poke_webhook_key);
}

/* False if the file names none that there is, which is a fault by then. */
static bool algorithm_of(struct config_check *check, enum key_algorithm *algorithm_out)
{
    struct yaml_place algorithm = config_check_find(check, "auth.jwt.algorithm");

    return key_algorithm_parse(config_check_text(check, algorithm, "auth.jwt.algorithm"),
                               algorithm_out);
}

void config_check_jwt(struct config_check *check, const struct config_key *key,
                      const struct yaml_place *at)
{
    static const char *const SOURCES[] = {"key_file", "key_dir", "jwks_file", "jwks_url"};
    const char *first = NULL;

    for (size_t i = 0; i < ARRAY_LEN(SOURCES); i++) {
        struct yaml_place source = yaml_tree_get(check->tree, at->node, SOURCES[i]);

        if (source.node != NULL && first != NULL)
            diagnostics_add(check->faults, source.line, "%s has both %s and %s: keep one",
                            key->path, first, SOURCES[i]);
        else if (source.node != NULL)
            first = SOURCES[i];
    }
    if (first == NULL)
        diagnostics_add(check->faults, at->line,
                        "%s has no keys: add key_file for one, key_dir for several, jwks_url for "
                        "those of an issuer, or jwks_file",
                        key->path);
}

/* A secret would be everybody's at a URL. */
void config_check_jwks_url(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    const char *fault = jwks_fetch_url_fault(yaml_tree_text(at->node));
    enum key_algorithm algorithm;

    if (fault != NULL)
        diagnostics_add(check->faults, at->line, "%s %s", key->path, fault);
    else if (algorithm_of(check, &algorithm) && key_algorithm_is_secret(algorithm))
        diagnostics_add(check->faults, at->line,
                        "%s cannot have the secret of %s: set the algorithm of the issuer's keys",
                        key->path, key_algorithm_name(algorithm));
}

/* The server's user writes there, who may be another than the one that checks. */
void config_check_jwks_cache(struct config_check *check, const struct config_key *key,
                             const struct yaml_place *at)
{
    struct text path = yaml_tree_text(at->node);

    if (path.len == 0 || path.ptr[0] != '/')
        diagnostics_add(check->faults, at->line, "%s is '%.*s': give the absolute path of a file",
                        key->path, TEXT_ARG(path));
}

/* One key file; whose says how it is called in a fault. */
static void read_key(struct config_check *check, const struct config_key *key,
                     const struct yaml_place *at, const char *path, struct key_ring_entry *entry)
{
    struct key_ring *keys = &check->config->jwt.keys;
    struct key_fault fault;
    struct buf buf;

    buf_init(&buf, SECRET_MAX_BYTES);
    if (read_file(check, key, at, path, &buf)) {
        struct key *made = key_new(keys->algorithm, without_newline(buf_text(&buf)), &fault);

        if (made != NULL)
            arena_on_clear(&check->config->arena, key_free, made);
        else if (entry->id.len > 0)
            diagnostics_add(check->faults, at->line, "%s: %s %s", key->path, path, fault.text);
        else
            diagnostics_add(check->faults, at->line, "%s %s", key->path, fault.text);
        warn_of_access(check, key, at, path, key_algorithm_is_secret(keys->algorithm));
        entry->key = made;
    }
    release_secret(&buf);
}

void config_check_key_file(struct config_check *check, const struct config_key *key,
                           const struct yaml_place *at)
{
    struct key_ring *keys = &check->config->jwt.keys;

    if (!algorithm_of(check, &keys->algorithm))
        return;
    keys->entries = ARENA_NEW(&check->config->arena, struct key_ring_entry);
    keys->count = 1;
    read_key(check, key, at, path_at(at), &keys->entries[0]);
}

/* "KID.key" for secrets, "KID.pem" for public keys. */
static const char *suffix_of(const struct key_ring *keys)
{
    return key_algorithm_is_secret(keys->algorithm) ? ".key" : ".pem";
}

static void add_key(struct config_check *check, const struct config_key *key,
                    const struct yaml_place *at, const char *name)
{
    struct key_ring *keys = &check->config->jwt.keys;
    const char *suffix = suffix_of(keys);
    struct text id = text_of(name);
    struct buf path;

    if (!text_ends_with(id, suffix)) {
        diagnostics_warn(check->faults, at->line, "%s: %s/%s is not read: %s keys are named KID%s",
                         key->path, path_at(at), name, key_algorithm_name(keys->algorithm), suffix);
        return;
    }
    id.len -= strlen(suffix);
    if (!key_id_valid(id)) {
        diagnostics_add(
            check->faults, at->line,
            "%s: the name of %s/%s is not a key id: use 1 to %zu letters, digits, - and _",
            key->path, path_at(at), name, KEY_ID_MAX_BYTES);
        return;
    }
    if (keys->count == KEYS_MAX) {
        diagnostics_add(check->faults, at->line, "%s: %s holds more than %zu keys: remove old ones",
                        key->path, path_at(at), KEYS_MAX);
        return;
    }
    keys->entries[keys->count].id = arena_text(&check->config->arena, id);
    buf_init(&path, (size_t)2 * PATH_MAX); /* a folder that could be opened, and a name in it */
    buf_printf(&path, "%s/%s", path_at(at), name);
    read_key(check, key, at, path.data, &keys->entries[keys->count]);
    buf_release(&path);
    keys->count++;
}

/* What begins with a dot is an editor's, or how others swap whole folders. */
static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

void config_check_key_dir(struct config_check *check, const struct config_key *key,
                          const struct yaml_place *at)
{
    struct key_ring *keys = &check->config->jwt.keys;
    struct dirent **names = NULL;
    int count;

    if (!algorithm_of(check, &keys->algorithm))
        return;
    count = scandir(path_at(at), &names, is_visible, alphasort);
    if (count < 0) {
        diagnostics_add(check->faults, at->line,
                        "%s: cannot read %s: %s: give a folder that the server's user can read",
                        key->path, path_at(at), strerror(errno));
        return;
    }
    warn_of_access(check, key, at, path_at(at), false);
    keys->entries = ARENA_ARRAY(&check->config->arena, KEYS_MAX, struct key_ring_entry);
    keys->count = 0;
    for (int i = 0; i < count; i++) {
        add_key(check, key, at, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    if (keys->count == 0)
        diagnostics_add(check->faults, at->line, "%s: %s holds no key: add one as KID%s", key->path,
                        path_at(at), suffix_of(keys));
}

/* What is said of a key of a set. */
struct key_place {
    struct config_check *check;
    const struct config_key *key;
    const struct yaml_place *at;
};

static void warn_of_skipped(void *context, const char *line)
{
    const struct key_place *place = context;

    diagnostics_warn(place->check->faults, place->at->line, "%s: %s: %s; it is not used",
                     place->key->path, path_at(place->at), line);
}

void config_check_jwks_file(struct config_check *check, const struct config_key *key,
                            const struct yaml_place *at)
{
    struct key_ring *keys = &check->config->jwt.keys;
    struct key_place place = {check, key, at};
    struct jwks_rules rules = {.secrets = true, .skip = warn_of_skipped, .context = &place};
    struct key_fault fault;
    struct buf buf;

    if (!algorithm_of(check, &rules.algorithm))
        return;
    buf_init(&buf, JWKS_MAX_BYTES);
    if (read_file(check, key, at, path_at(at), &buf)) {
        if (!jwks_read(&rules, buf_text(&buf), &check->config->arena, keys, &fault))
            diagnostics_add(check->faults, at->line, "%s: %s %s", key->path, path_at(at),
                            fault.text);
        warn_of_access(check, key, at, path_at(at), key_algorithm_is_secret(rules.algorithm));
    }
    release_secret(&buf);
}
