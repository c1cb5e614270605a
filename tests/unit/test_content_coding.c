/* Bodies in gzip: which codings are taken, what unpacks to what, and where unpacking stops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "content_coding.h"
#include "gzip.h"

#define LIMIT ((size_t)100000)

struct bench {
    struct arena arena;
    struct buf body;
    struct fail fail;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    arena_init(&bench->arena);
    buf_init(&bench->body, LIMIT);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    buf_release(&bench->body);
    arena_release(&bench->arena);
    free(bench);
    return 0;
}

static struct content_coding *open_coding(struct bench *bench, const char *header)
{
    struct content_coding *coding;

    arena_clear(&bench->arena);
    buf_clear(&bench->body);
    assert_int_equal(content_coding_open(text_of(header), &bench->arena, &coding, &bench->fail),
                     RC_OK);
    return coding;
}

static enum rc unpack(struct bench *bench, struct text packed, size_t piece_bytes)
{
    struct content_coding *coding = open_coding(bench, "gzip");
    enum rc rc = RC_OK;

    for (size_t at = 0; rc == RC_OK && at < packed.len; at += piece_bytes) {
        const size_t left = packed.len - at;
        const struct text piece = {packed.ptr + at, left < piece_bytes ? left : piece_bytes};

        rc = content_coding_add(coding, piece, &bench->body, &bench->fail);
    }
    return rc == RC_OK ? content_coding_close(coding, &bench->fail) : rc;
}

static void expect_refused(struct bench *bench, struct text packed, enum fail_code code)
{
    assert_int_equal(unpack(bench, packed, packed.len), RC_REJECTED);
    assert_int_equal(bench->fail.code, code);
    assert_int_equal(unpack(bench, packed, 1), RC_REJECTED);
    assert_int_equal(bench->fail.code, code);
}

static void codings_are_found_in_the_header(void **state)
{
    static const struct {
        const char *header;
        bool gzip;
    } TAKEN[] = {{"", false},        {"identity", false},      {" Identity ,", false},
                 {"gzip", true},     {"GZip", true},           {"x-gzip", true},
                 {", gzip ,", true}, {"identity, gzip", true}, {"gzip,identity", true}};
    static const char *const REFUSED[] = {"br",         "deflate", "gzip, gzip", "x-gzip,gzip",
                                          "gzip, br",   "zstd",    "gzi",        "gzipp",
                                          "gzip;q=1.0", "*",       "gzip gzip"};
    struct bench *bench = *state;
    struct content_coding *coding;

    for (size_t i = 0; i < ARRAY_LEN(TAKEN); i++)
        assert_int_equal(open_coding(bench, TAKEN[i].header) != NULL, TAKEN[i].gzip);
    for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++) {
        assert_int_equal(
            content_coding_open(text_of(REFUSED[i]), &bench->arena, &coding, &bench->fail),
            RC_REJECTED);
        assert_int_equal(bench->fail.code, FAIL_UNSUPPORTED_MEDIA_TYPE);
    }
}

static void bodies_unpack_in_pieces_of_any_size(void **state)
{
    static const size_t LENGTHS[] = {0, 1, 16383, 16384, 16385, 32768, 65536, LIMIT};
    static const size_t PIECES[] = {1, 7, 1000, 1 << 20};
    static char plain[LIMIT];
    struct bench *bench = *state;

    for (size_t i = 0; i < LIMIT; i++)
        plain[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        struct text packed = gzip_pack((struct text){plain, LENGTHS[i]});

        for (size_t j = 0; j < ARRAY_LEN(PIECES); j++) {
            assert_int_equal(unpack(bench, packed, PIECES[j]), RC_OK);
            assert_int_equal(bench->body.len, LENGTHS[i]);
            assert_memory_equal(buf_text(&bench->body).ptr, plain, LENGTHS[i]);
        }
        gzip_free(packed);
    }
}

/* RFC 1952: a series of members is the members' contents, one behind the other. */
static void members_follow_each_other(void **state)
{
    struct text one = gzip_pack(TEXT_LITERAL("{\"a\":"));
    struct text two = gzip_pack(TEXT_LITERAL("1}"));
    struct bench *bench = *state;
    char both[200];

    assert_true(one.len + two.len <= sizeof(both));
    memcpy(both, one.ptr, one.len);
    memcpy(both + one.len, two.ptr, two.len);
    for (size_t piece = 1; piece < 60; piece++) {
        assert_int_equal(unpack(bench, (struct text){both, one.len + two.len}, piece), RC_OK);
        assert_true(text_is(buf_text(&bench->body), "{\"a\":1}"));
    }
    expect_refused(bench, (struct text){both, one.len + two.len - 1}, FAIL_INVALID_REQUEST);
    expect_refused(bench, (struct text){both, one.len + 1}, FAIL_INVALID_REQUEST);
    gzip_free(one);
    gzip_free(two);
}

static void what_is_cut_short_is_refused(void **state)
{
    struct text packed = gzip_pack(TEXT_LITERAL("{\"logical_clock\":0,\"diffs\":[]}"));

    for (size_t len = 1; len < packed.len; len++)
        expect_refused(*state, (struct text){packed.ptr, len}, FAIL_INVALID_REQUEST);
    gzip_free(packed);
}

static void what_is_corrupt_is_refused(void **state)
{
    struct text packed = gzip_pack(TEXT_LITERAL("{\"logical_clock\":0,\"diffs\":[]}"));
    char *bytes = (char *)(uintptr_t)packed.ptr;

    expect_refused(*state, TEXT_LITERAL("{\"logical_clock\":0}"), FAIL_INVALID_REQUEST);
    expect_refused(*state, TEXT_LITERAL("\x78\x9c\x03\x00\x00\x00\x00\x01"), FAIL_INVALID_REQUEST);
    bytes[packed.len - 8] ^= 1; /* the checksum */
    expect_refused(*state, packed, FAIL_INVALID_REQUEST);
    bytes[packed.len - 8] ^= 1;
    bytes[packed.len - 4] ^= 1; /* the length */
    expect_refused(*state, packed, FAIL_INVALID_REQUEST);
    bytes[packed.len - 4] ^= 1;
    bytes[12] ^= 0x55;
    expect_refused(*state, packed, FAIL_INVALID_REQUEST);
    gzip_free(packed);
}

static void something_behind_it_is_refused(void **state)
{
    struct text packed = gzip_pack(TEXT_LITERAL("{}"));
    char bytes[100] = {0};

    assert_true(packed.len + 1 < sizeof(bytes));
    memcpy(bytes, packed.ptr, packed.len);
    expect_refused(*state, (struct text){bytes, packed.len + 1}, FAIL_INVALID_REQUEST);
    bytes[packed.len] = 'x';
    expect_refused(*state, (struct text){bytes, packed.len + 1}, FAIL_INVALID_REQUEST);
    gzip_free(packed);
}

/* However much it would unfold to, nothing past the limit is ever in memory, and no more of it is
 * read than is needed. */
static void a_bomb_stops_at_the_limit(void **state)
{
    const struct text zeros = {calloc(1, 50 * LIMIT), 50 * LIMIT};
    struct text packed = gzip_pack(zeros);
    struct bench *bench = *state;
    struct content_coding *coding = open_coding(bench, "gzip");
    size_t fed = 0;

    assert_non_null(zeros.ptr);
    while (content_coding_add(coding, (struct text){packed.ptr + fed, 1}, &bench->body,
                              &bench->fail) == RC_OK)
        assert_true(++fed < packed.len);
    assert_int_equal(bench->fail.code, FAIL_TOO_LARGE);
    assert_true(fed < packed.len / 20);
    assert_true(bench->body.capacity <= LIMIT + 1);
    expect_refused(bench, packed, FAIL_TOO_LARGE);
    gzip_free(packed);
    packed = gzip_pack((struct text){zeros.ptr, LIMIT + 1});
    expect_refused(bench, packed, FAIL_TOO_LARGE);
    gzip_free(packed);
    free((void *)(uintptr_t)zeros.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codings_are_found_in_the_header),
        cmocka_unit_test(bodies_unpack_in_pieces_of_any_size),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_is_corrupt_is_refused),
        cmocka_unit_test(something_behind_it_is_refused),
        cmocka_unit_test(a_bomb_stops_at_the_limit),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
