/* The key set that processes share, when it is fetched again, and its copy on disk; what a worker
 * makes of each.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth.h"
#include "clock.h"
#include "jwks.h"
#include "jwks_cache.h"
#include "jwks_fetch.h"
#include "jwks_store.h"
#include "jws.h"

#define NOW_MS     ((int64_t)1700000000 * 1000)
#define REFRESH_MS ((int64_t)3600 * 1000)
#define URL        "https://issuer.example/jwks.json"

static struct jwks_store *store;
static struct buf document;

static int begin(void **state)
{
    (void)state;
    store = jwks_store_new();
    buf_init(&document, JWKS_MAX_BYTES);
    return store == NULL;
}

static int end(void **state)
{
    (void)state;
    jwks_store_free(store);
    buf_release(&document);
    return 0;
}

static void documents_of_any_length(void **state)
{
    static const size_t LENGTHS[] = {0, 1, 7, 8, 9, 4095, JWKS_MAX_BYTES - 1, JWKS_MAX_BYTES};
    uint64_t before = 0;
    char *bytes = malloc(JWKS_MAX_BYTES);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(jwks_store_version(store), 0);
    assert_int_equal(jwks_store_get(store, &document), 0);
    assert_int_equal(document.len, 0);
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        memset(bytes, 'a' + (int)i, LENGTHS[i]);
        jwks_store_put(store, (struct text){bytes, LENGTHS[i]});
        assert_int_not_equal(jwks_store_version(store), before);
        before = jwks_store_get(store, &document);
        assert_int_equal(before, jwks_store_version(store));
        assert_true(text_equal(buf_text(&document), (struct text){bytes, LENGTHS[i]}));
    }
    free(bytes);
}

/* Writes documents of one letter each, of another length for each letter, until it is killed. */
static void write_forever(void)
{
    char bytes[26 * 100];

    for (unsigned i = 0;; i++) {
        size_t letter = i % 26;

        memset(bytes, 'a' + (int)letter, (letter + 1) * 100);
        jwks_store_put(store, (struct text){bytes, (letter + 1) * 100});
    }
}

static void expect_whole(struct text text)
{
    assert_true(text.len > 0);
    assert_int_equal(text.len, (size_t)(text.ptr[0] - 'a' + 1) * 100);
    for (size_t i = 1; i < text.len; i++)
        assert_int_equal(text.ptr[i], text.ptr[0]);
}

static void a_reader_gets_whole_documents(void **state)
{
    pid_t writer = fork();

    (void)state;
    if (writer == 0)
        write_forever();
    assert_true(writer > 0);
    while (jwks_store_version(store) == 0)
        usleep(100);
    for (unsigned i = 0; i < 20000; i++) {
        jwks_store_get(store, &document);
        expect_whole(buf_text(&document));
    }
    kill(writer, SIGKILL); /* in the middle of whatever it does */
    waitpid(writer, NULL, 0);
    jwks_store_get(store, &document);
    expect_whole(buf_text(&document));
}

static void when_a_fetch_is_due(void **state)
{
    const int64_t began_us = clock_monotonic_us();
    static const int64_t DELAYS_S[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

    (void)state;
    assert_true(jwks_store_is_untried(store));
    assert_true(jwks_store_due_us(store, REFRESH_MS) <= began_us);
    jwks_store_begin(store, began_us);
    assert_false(jwks_store_is_untried(store));
    jwks_store_end(store, true);
    assert_int_equal(jwks_store_due_us(store, REFRESH_MS), began_us + REFRESH_MS * 1000);
    for (size_t i = 0; i < ARRAY_LEN(DELAYS_S); i++) {
        jwks_store_begin(store, began_us);
        jwks_store_end(store, false);
        assert_int_equal(jwks_store_due_us(store, REFRESH_MS), began_us + DELAYS_S[i] * 1000000);
    }
    /* An issuer that is away is not asked more often than one that is there. */
    assert_int_equal(jwks_store_due_us(store, 10000), began_us + 10 * 1000000);
    jwks_store_begin(store, began_us);
    jwks_store_end(store, true);
    assert_int_equal(jwks_store_due_us(store, REFRESH_MS), began_us + REFRESH_MS * 1000);
}

static void who_asks_makes_it_due_after_the_pause(void **state)
{
    const int64_t now_us = clock_monotonic_us();

    (void)state;
    jwks_store_begin(store, now_us);
    jwks_store_end(store, true);
    for (unsigned i = 0; i < 100000; i++) /* more than the pipe holds */
        assert_false(jwks_store_ask(store, 1000));
    assert_int_equal(jwks_store_due_us(store, REFRESH_MS), now_us + JWKS_STORE_PAUSE_MS * 1000);
    assert_true(clock_monotonic_us() < now_us + 1000 * 1000 * 100);
    jwks_store_begin(store, now_us);
    jwks_store_end(store, true);
    assert_int_equal(jwks_store_due_us(store, REFRESH_MS), now_us + REFRESH_MS * 1000);
}

/* As the master and its fetcher do. */
static pid_t fetch_when_asked(struct text found)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    while (jwks_store_due_us(store, REFRESH_MS) > clock_monotonic_us())
        usleep(100);
    jwks_store_begin(store, clock_monotonic_us());
    if (found.len > 0)
        jwks_store_put(store, found);
    jwks_store_end(store, found.len > 0);
    _exit(0);
}

static void the_first_who_asks_waits(void **state)
{
    const int64_t long_ago_us = clock_monotonic_us() - JWKS_STORE_PAUSE_MS * 1000;

    (void)state;
    for (unsigned successful = 0; successful < 2; successful++) {
        pid_t pid;

        jwks_store_begin(store, long_ago_us);
        jwks_store_end(store, true);
        pid = fetch_when_asked(text_of(successful ? "new" : ""));
        assert_true(pid > 0);
        assert_int_equal(jwks_store_ask(store, 60 * 1000), successful);
        waitpid(pid, NULL, 0);
    }
    assert_int_equal(jwks_store_get(store, &document), 1);
    assert_true(text_is(buf_text(&document), "new"));
}

static void nobody_waits_for_longer_than_told(void **state)
{
    int64_t began_us = clock_monotonic_us();

    (void)state;
    assert_false(jwks_store_ask(store, 50)); /* and nobody fetches */
    assert_true(clock_monotonic_us() - began_us >= 50 * 1000);
}

/* --- what a worker makes of it */

static EVP_PKEY *signers[2];
static const char *const IDS[] = {"one", "two"};

static int make_signers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(signers); i++)
        signers[i] = jws_signer("P-256");
    return 0;
}

static int free_signers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(signers); i++)
        EVP_PKEY_free(signers[i]);
    return 0;
}

static void add_jwk(struct buf *json, size_t which)
{
    unsigned char point[65];
    size_t len = 0;

    assert_int_equal(
        EVP_PKEY_get_octet_string_param(signers[which], "pub", point, sizeof(point), &len), 1);
    assert_int_equal(len, sizeof(point));
    buf_printf(json, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"%s\",\"x\":\"", IDS[which]);
    jws_add_base64url(json, (struct text){(const char *)point + 1, 32});
    buf_add_str(json, "\",\"y\":\"");
    jws_add_base64url(json, (struct text){(const char *)point + 33, 32});
    buf_add_str(json, "\"}");
}

/* Those of the signers from first to last. */
static void publish(size_t first, size_t last)
{
    struct buf json;

    buf_init(&json, JWKS_MAX_BYTES);
    buf_add_str(&json, "{\"keys\":[");
    for (size_t i = first; i <= last; i++) {
        buf_add_str(&json, i > first ? "," : "");
        add_jwk(&json, i);
    }
    buf_add_str(&json, "]}");
    jwks_store_put(store, buf_text(&json));
    buf_release(&json);
}

static void expect(struct auth *auth, size_t which, const char *reason)
{
    struct text owner = {"", 0};
    struct buf header, token;
    struct fail fail = {0};
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    buf_init(&header, 1024);
    buf_init(&token, 4096);
    buf_printf(&header, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", IDS[which]);
    jws_begin(&token, buf_text(&header), TEXT_LITERAL("{\"sub\":\"alice\",\"exp\":1700000100}"));
    jws_sign(&token, signers[which]);
    rc = auth_owner(auth, &(struct auth_request){.token = buf_text(&token)}, NOW_MS, &arena, &owner,
                    &fail);
    if ((rc == RC_OK) != (reason == NULL))
        fail_msg("%s: rc %d, %s", IDS[which], (int)rc, fail.detail);
    if (reason != NULL && strstr(fail.detail, reason) == NULL)
        fail_msg("%s: refused for another reason: %s", IDS[which], fail.detail);
    buf_release(&token);
    buf_release(&header);
    arena_release(&arena);
}

static struct auth *new_auth(void)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .algorithm = KEY_ES256,
                .issuer_keys = store,
                .wait_ms = 60 * 1000,
                .owner_claim = TEXT_LITERAL("sub"),
                .require_exp = true},
        .cache_ms = 60 * 1000,
    };

    /* Else the first unknown key would wait for a fetch. */
    jwks_store_begin(store, clock_monotonic_us());
    jwks_store_end(store, true);
    return auth_new(&settings, NULL);
}

static void keys_come_and_go(void **state)
{
    struct auth *auth = new_auth();

    (void)state;
    expect(auth, 0, "no key of the issuer is known yet");
    publish(0, 0);
    expect(auth, 0, NULL);
    expect(auth, 1, "none of our keys");
    publish(0, 1);
    expect(auth, 0, NULL);
    expect(auth, 1, NULL);
    publish(1, 1); /* what was believed of the first is forgotten */
    expect(auth, 0, "none of our keys");
    expect(auth, 1, NULL);
    auth_free(auth);
}

/* It is not put there by the server, but by whoever could write to its memory. */
static void a_document_that_is_none_lets_nobody_in(void **state)
{
    struct auth *auth = new_auth();

    (void)state;
    publish(0, 0);
    expect(auth, 0, NULL);
    jwks_store_put(store, TEXT_LITERAL("{\"keys\":[]}"));
    expect(auth, 0, "no key of the issuer is known yet");
    publish(0, 0);
    expect(auth, 0, NULL);
    auth_free(auth);
}

static void an_unknown_key_is_fetched_at_once(void **state)
{
    struct auth *auth = new_auth();
    pid_t pid;

    (void)state;
    publish(0, 0);
    expect(auth, 0, NULL);
    jwks_store_begin(store, clock_monotonic_us() - JWKS_STORE_PAUSE_MS * 1000);
    jwks_store_end(store, true);
    pid = fork();
    if (pid == 0) {
        while (jwks_store_due_us(store, REFRESH_MS) > clock_monotonic_us())
            usleep(100);
        publish(0, 1);
        jwks_store_end(store, true);
        _exit(0);
    }
    expect(auth, 1, NULL);
    waitpid(pid, NULL, 0);
    auth_free(auth);
}

/* --- the copy on disk */

static char folder[] = "/tmp/mobync-jwks.XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    buf_init(&document, JWKS_MAX_BYTES);
    memcpy(strrchr(folder, '.'), ".XXXXXX", 8);
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    (void)state;
    buf_release(&document);
    unlink("cache");
    unlink("cache.new");
    return chdir("/") != 0 || rmdir(folder) != 0;
}

static enum rc read_cache(const char *url)
{
    struct fail fail;

    buf_clear(&document);
    return jwks_cache_read("cache", text_of(url), &document, &fail);
}

static void write_cache(const char *text)
{
    int fd = jwks_cache_open("cache");

    assert_true(fd >= 0);
    assert_true(jwks_cache_write(fd, TEXT_LITERAL(URL), text_of(text)));
    assert_true(jwks_cache_keep("cache"));
}

static void a_cache_is_of_one_url(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(read_cache(URL), RC_REJECTED);
    write_cache("{\"keys\":[]}");
    assert_int_equal(read_cache(URL), RC_OK);
    assert_true(text_is(buf_text(&document), "{\"keys\":[]}"));
    assert_int_equal(read_cache(URL "x"), RC_REJECTED);
    assert_int_equal(read_cache("https://issuer.example/jwks.jso"), RC_REJECTED);
    assert_int_equal(read_cache(""), RC_REJECTED);
    assert_int_equal(stat("cache", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    write_cache("{}");
    assert_int_equal(read_cache(URL), RC_OK);
    assert_true(text_is(buf_text(&document), "{}"));
    assert_int_not_equal(access("cache.new", F_OK), 0);
}

/* Whoever wrote it died, or found the disk full: the old one stays. */
static void half_a_cache_is_none(void **state)
{
    int fd;

    (void)state;
    write_cache("{}");
    fd = jwks_cache_open("cache");
    close(fd);
    assert_true(jwks_cache_keep("cache"));
    assert_int_equal(read_cache(URL), RC_OK);
    assert_true(text_is(buf_text(&document), "{}"));
    assert_int_equal(unlink("cache.new"), 0);
    assert_true(jwks_cache_keep("cache")); /* it could not even be opened */
}

static void urls(void **state)
{
    static const char *const GOOD[] = {
        "https://a.example",
        "https://a.example/jwks.json?x=1",
        "https://[::1]:8443/",
        "https://www.googleapis.com/service_accounts/v1/jwk/"
        "securetoken@system.gserviceaccount.com",
    };
    static const struct {
        const char *url;
        const char *says;
    } BAD[] = {
        {"", "does not begin with https://"},
        {"http://a.example/", "does not begin with https://"},
        {"HTTPS://a.example/", "does not begin with https://"},
        {"file:///etc/passwd", "does not begin with https://"},
        {"https:/a.example", "does not begin with https://"},
        {"https://", "names no host"},
        {"https:///jwks.json", "names no host"},
        {"https://:443/", "names no host"},
        {"https://user:secret@a.example/", "contains a user name"},
        {"https://a.example/ b", "contains spaces"},
        {"https://a.example/\n", "contains spaces"},
        {"https://\xC3\xA9.example/", "contains spaces or other characters"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        if (jwks_fetch_url_fault(text_of(GOOD[i])) != NULL)
            fail_msg("%s: %s", GOOD[i], jwks_fetch_url_fault(text_of(GOOD[i])));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const char *fault = jwks_fetch_url_fault(text_of(BAD[i].url));

        if (fault == NULL || strstr(fault, BAD[i].says) == NULL)
            fail_msg("%s: %s", BAD[i].url, fault != NULL ? fault : "no fault");
    }
}

#define TEST(name)    cmocka_unit_test_setup_teardown(name, begin, end)
#define ON_DISK(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(documents_of_any_length),
        TEST(a_reader_gets_whole_documents),
        TEST(when_a_fetch_is_due),
        TEST(who_asks_makes_it_due_after_the_pause),
        TEST(the_first_who_asks_waits),
        TEST(nobody_waits_for_longer_than_told),
        TEST(keys_come_and_go),
        TEST(a_document_that_is_none_lets_nobody_in),
        TEST(an_unknown_key_is_fetched_at_once),
        ON_DISK(a_cache_is_of_one_url),
        ON_DISK(half_a_cache_is_none),
        cmocka_unit_test(urls),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
