/* object_id.c: which texts are ids of each kind, and their one spelling. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "id.h"
#include "object_id.h"

static const char UUID[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

static void test_integers(void **state)
{
    static const struct {
        const char *text;
        int64_t integer;
    } GOOD[] = {
        {"0", 0},
        {"1", 1},
        {"-1", -1},
        {"42", 42},
        {"-42", -42},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const BAD[] = {
        "",
        "-",
        "01",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1e0",
        "1.0",
        "0x1",
        "--1",
        "-01",
        "1_0",
        "\xEF\xBC\x91",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        int64_t integer = 7;

        assert_true(key_integer(text_of(GOOD[i].text), &integer));
        assert_true(integer == GOOD[i].integer);
        assert_true(key_is_canonical(KEY_INTEGER, text_of(GOOD[i].text)));
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (key_is_canonical(KEY_INTEGER, text_of(BAD[i])))
            fail_msg("'%s' is taken for an integer", BAD[i]);
}

static void test_uuids(void **state)
{
    static const char *const BAD[] = {
        "",
        "0F8FAD5B-D9CB-469F-A165-70867728950E",
        "0f8fad5b-d9cb-469f-a165-70867728950",
        "0f8fad5b-d9cb-469f-a165-70867728950e0",
        "0f8fad5bd9cb469fa16570867728950e",
        "{0f8fad5b-d9cb-469f-a165-70867728950}",
        "0f8fad5b-d9cb-469f-a165_70867728950e",
        "0f8fad5b-d9cb-469f-a165-7086772895 e",
        "0f8fad5b-d9cb-469fa-165-70867728950e",
    };
    unsigned char bytes[ID_UUID_BYTES];
    char again[ID_UUID_LEN + 1];

    (void)state;
    assert_true(key_is_canonical(KEY_UUID, text_of(UUID)));
    assert_true(id_uuid_parse(text_of(UUID), bytes));
    assert_int_equal(bytes[0], 0x0F);
    assert_int_equal(bytes[15], 0x0E);
    id_uuid_write(bytes, again);
    assert_string_equal(again, UUID);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (key_is_canonical(KEY_UUID, text_of(BAD[i])))
            fail_msg("'%s' is taken for a UUID", BAD[i]);
    assert_true(id_uuid_parse(text_of(BAD[1]), bytes));
    id_uuid_write(bytes, again);
    assert_string_equal(again, UUID);
}

static void test_digits_of_uuids(void **state)
{
    static const char DIGITS[] = "0F8fad5bd9cb469fa16570867728950e";
    unsigned char bytes[ID_UUID_BYTES];
    char again[ID_UUID_LEN + 1], digits[ID_UUID_DIGITS + 1];

    (void)state;
    assert_true(id_uuid_parse_digits(text_of(DIGITS), bytes));
    id_uuid_write(bytes, again);
    assert_string_equal(again, UUID);
    id_uuid_write_digits(bytes, digits);
    assert_string_equal(digits, "0f8fad5bd9cb469fa16570867728950e");
    assert_false(id_uuid_parse_digits(text_of(UUID), bytes));
    assert_false(id_uuid_parse_digits(text_of("0F8fad5bd9cb469fa16570867728950"), bytes));
    assert_false(id_uuid_parse_digits(text_of("0F8fad5bd9cb469fa16570867728950-"), bytes));
    assert_false(id_uuid_parse(text_of(DIGITS), bytes));
}

static const struct model POSTS = {.id_column = {"id", 2}, .id_type = KEY_INTEGER};

/* Of a text, a post and a UUID. */
static struct id_part parts[] = {
    {.column = {"label", 5}, .type = KEY_STRING},
    {.column = {"post_id", 7}, .type = KEY_REFERENCE, .parent = &POSTS},
    {.column = {"uid", 3}, .type = KEY_UUID},
};
static const struct model PIVOT = {
    .id_column = {"label", 5}, .id_parts = parts, .id_part_count = 3};

static void assert_split(const struct model *model, const char *id, const char *const *expected)
{
    struct text found[MODEL_ID_PARTS_MAX];
    struct arena arena;
    struct buf joined;

    arena_init(&arena);
    buf_init(&joined, 1024);
    assert_true(object_id_is_canonical(model, text_of(id)));
    assert_true(object_id_split(model, text_of(id), &arena, found));
    for (size_t i = 0; i < model_id_count(model); i++)
        assert_true(text_is(found[i], expected[i]));
    object_id_join(&joined, found, model_id_count(model));
    assert_true(text_is(buf_text(&joined), id));
    buf_release(&joined);
    arena_release(&arena);
}

static void test_parts(void **state)
{
    static const char *const REST = ":12:0f8fad5b-d9cb-469f-a165-70867728950e";
    static const struct {
        const char *escaped;
        const char *label;
    } LABELS[] = {
        {"a", "a"},
        {"a b", "a b"},
        {"%3A", ":"},
        {"%25", "%"},
        {"%253A", "%3A"},
        {"%3A%3A", "::"},
        {"\xC3\xA9", "\xC3\xA9"},
        {"a%25b%3Ac", "a%b:c"},
        {"-0", "-0"},
    };
    char id[200];

    (void)state;
    for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
        const char *const expected[] = {LABELS[i].label, "12", UUID};

        snprintf(id, sizeof(id), "%s%s", LABELS[i].escaped, REST);
        assert_split(&PIVOT, id, expected);
    }
}

static void test_bad_parts(void **state)
{
    static const char *const BAD[] = {
        "a",
        "a:12",
        ":12:0f8fad5b-d9cb-469f-a165-70867728950e",
        "a:12:",
        "a:012:0f8fad5b-d9cb-469f-a165-70867728950e",
        "a:x:0f8fad5b-d9cb-469f-a165-70867728950e",
        "a::0f8fad5b-d9cb-469f-a165-70867728950e",
        "a:12:0F8FAD5B-D9CB-469F-A165-70867728950E",
        "a:12:0f8fad5b-d9cb-469f-a165-70867728950e:",
        "a:12:0f8fad5b-d9cb-469f-a165-70867728950e:b",
        "a:b:12:0f8fad5b-d9cb-469f-a165-70867728950e",
        "%:12:0f8fad5b-d9cb-469f-a165-70867728950e",
        "%3a:12:0f8fad5b-d9cb-469f-a165-70867728950e",
        "%41:12:0f8fad5b-d9cb-469f-a165-70867728950e",
        "a:%31%32:0f8fad5b-d9cb-469f-a165-70867728950e",
        "a:12:0f8fad5b-d9cb-469f-a165-70867728950%3",
        "::",
        ":",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (object_id_is_canonical(&PIVOT, text_of(BAD[i])))
            fail_msg("'%s' is taken for an id", BAD[i]);
}

/* An id of one column is not escaped. */
static void test_one_column(void **state)
{
    static const struct model plain = {.id_column = {"id", 2}};
    static const char *const ID[] = {"a:%"};

    (void)state;
    assert_split(&plain, ID[0], ID);
    assert_true(object_id_is_canonical(&POSTS, TEXT_LITERAL("7")));
    assert_false(object_id_is_canonical(&POSTS, TEXT_LITERAL("07")));
    assert_true(object_id_owner_fits(&plain, TEXT_LITERAL("07")));
}

static void test_owners(void **state)
{
    static const struct model numbered = {.owner_type = KEY_INTEGER};

    (void)state;
    assert_true(object_id_owner_fits(&numbered, TEXT_LITERAL("42")));
    assert_false(object_id_owner_fits(&numbered, TEXT_LITERAL("042")));
    assert_false(object_id_owner_fits(&numbered, TEXT_LITERAL("alice")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),        cmocka_unit_test(test_uuids),
        cmocka_unit_test(test_digits_of_uuids), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_bad_parts),       cmocka_unit_test(test_one_column),
        cmocka_unit_test(test_owners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
