/* How much of a guessed signature was right must not show in the time of the refusal. libjwt
 * compares for us: whether it does so in constant time is looked at here, for it once did not
 * (CVE-2024-25189). The dynamic linker leads its calls through this file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "auth.h"
#include "jws.h"

#define SECRET         "a secret of thirty-two bytes ...."
#define NOW_MS         ((int64_t)1700000000 * 1000)
#define MAC_LETTERS    43
#define LONG           ((size_t)1 << 16)
#define ROUNDS_MIN     50
#define ROUNDS_MAX     5000
#define LARGEST_FACTOR 1.5

int jwt_strcmp(const char *a, const char *b);

typedef int compare(const char *a, const char *b);

static struct {
    unsigned whole; /* comparisons of two signatures of full length */
    unsigned others;
} seen;

static compare *libjwt_compare(void)
{
    compare *real;
    void *symbol = dlsym(RTLD_NEXT, "jwt_strcmp");

    assert_non_null(symbol); /* this libjwt has none: it compares like strcmp() */
    memcpy(&real, &symbol, sizeof(real));
    return real;
}

int jwt_strcmp(const char *a, const char *b)
{
    if (strlen(a) == MAC_LETTERS && strlen(b) == MAC_LETTERS)
        seen.whole++;
    else
        seen.others++;
    return libjwt_compare()(a, b);
}

static struct key_ring_entry entry;
static const struct key_ring ring = {.algorithm = KEY_HS256, .entries = &entry, .count = 1};

static enum rc ask(struct text token)
{
    const struct auth_settings settings = {
        .jwt = {.enabled = true,
                .keys = &ring,
                .owner_claim = TEXT_LITERAL("sub"),
                .require_exp = true},
    };
    const struct auth_request request = {.token = token};
    struct auth *auth = auth_new(&settings, NULL);
    struct text owner;
    struct fail fail;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = auth_owner(auth, &request, NOW_MS, &arena, &owner, &fail);
    arena_release(&arena);
    auth_free(auth);
    return rc;
}

static void every_guess_is_compared_in_full(void **state)
{
    unsigned char mac[JWS_SIGNATURE_MAX];
    struct key_fault fault;
    struct key *key = key_new(KEY_HS256, TEXT_LITERAL(SECRET), &fault);
    struct buf token;
    size_t len, begun;

    (void)state;
    entry.key = key;
    buf_init(&token, 4096);
    jws_begin(&token, TEXT_LITERAL("{\"alg\":\"HS256\"}"),
              TEXT_LITERAL("{\"sub\":\"alice\",\"exp\":1700000100}"));
    begun = token.len;
    len = jws_mac(EVP_sha256(), TEXT_LITERAL(SECRET), buf_text(&token), mac);
    for (size_t i = 0; i <= len; i++) {
        seen.whole = seen.others = 0;
        token.len = begun;
        if (i < len)
            mac[i] ^= 1;
        jws_add_signature(&token, (struct text){(const char *)mac, len});
        if (i < len)
            mac[i] ^= 1;
        assert_int_equal(ask(buf_text(&token)), i < len ? RC_REJECTED : RC_OK);
        assert_int_equal(seen.whole, 1);
        assert_int_equal(seen.others, 0);
    }
    buf_release(&token);
    key_free(key);
}

static double cpu_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of two comparisons whose texts differ at the first letter, and at the last. */
struct times {
    double early_s, late_s; /* the least of the samples: what else the machine does only adds */
};

static void take(double *least_s, compare *compared, const char *a, const char *b)
{
    double from_s = cpu_s();
    bool differ = compared(a, b) != 0;
    double took_s = cpu_s() - from_s;

    assert_true(differ);
    if (took_s < *least_s)
        *least_s = took_s;
}

static bool are_equal(struct times times)
{
    return times.early_s <= times.late_s * LARGEST_FACTOR &&
           times.late_s <= times.early_s * LARGEST_FACTOR;
}

static char *letters(size_t differs_at)
{
    char *text = alloc_or_die(LONG + 1);

    memset(text, 'a', LONG);
    text[LONG] = '\0';
    if (differs_at < LONG)
        text[differs_at] = 'b';
    return text;
}

/* The samples alternate, so that both sides meet the same load. More of them bring both times
 * closer to the truth: no number of them makes those of a comparison that stops equal. */
static struct times times_of(compare *compared)
{
    char *text = letters(LONG), *early = letters(0), *late = letters(LONG - 1);
    struct times least = {INFINITY, INFINITY};

    for (unsigned i = 0; i < ROUNDS_MIN || (i < ROUNDS_MAX && !are_equal(least)); i++) {
        take(&least.early_s, compared, text, early);
        take(&least.late_s, compared, text, late);
    }
    free(late);
    free(early);
    free(text);
    return least;
}

static void where_they_differ_does_not_show(void **state)
{
    struct times times = times_of(libjwt_compare());

    (void)state;
    if (!are_equal(times))
        fail_msg("the first letter takes %.2f us, the last %.2f us", times.early_s * 1e6,
                 times.late_s * 1e6);
}

static int compare_until_they_differ(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a - *b;
}

/* What the test above is for, it notices. */
static void a_comparison_that_stops_shows(void **state)
{
    struct times times = times_of(compare_until_they_differ);

    (void)state;
    assert_false(are_equal(times));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_guess_is_compared_in_full),
        cmocka_unit_test(where_they_differ_does_not_show),
        cmocka_unit_test(a_comparison_that_stops_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
