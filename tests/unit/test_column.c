/* Column types as the catalog prints them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "attributes.h"
#include "column.h"

static struct arena arena;

static void test_types(void **state)
{
    static const struct {
        const char *sql;
        struct column column;
    } CASES[] = {
        {"varchar(255)", {COLUMN_TEXT, .characters = 255}},
        {"char(32)", {COLUMN_TEXT, .characters = 32}},
        {"longtext", {.type = COLUMN_TEXT}},
        {"json", {.type = COLUMN_TEXT}},
        {"bigint(20) unsigned", {COLUMN_INTEGER, .is_unsigned = true, .bits = 64}},
        {"bigint", {COLUMN_INTEGER, .bits = 64}},
        {"int(10) unsigned zerofill", {COLUMN_INTEGER, .is_unsigned = true, .bits = 32}},
        {"tinyint(1)", {COLUMN_INTEGER, .bits = 8}},
        {"mediumint(9)", {COLUMN_INTEGER, .bits = 24}},
        {"year(4)", {COLUMN_YEAR, .bits = 16}},
        {"bit(64)", {COLUMN_BIT, .bits = 64}},
        {"bit(1)", {COLUMN_BIT, .bits = 1}},
        {"float", {.type = COLUMN_FLOAT}},
        {"double unsigned", {COLUMN_DOUBLE, .is_unsigned = true}},
        {"decimal(10,2)", {COLUMN_DECIMAL, .precision = 10, .scale = 2}},
        {"decimal(65,30) unsigned",
         {COLUMN_DECIMAL, .is_unsigned = true, .precision = 65, .scale = 30}},
        {"date", {.type = COLUMN_DATE}},
        {"datetime", {.type = COLUMN_DATETIME}},
        {"datetime(6)", {COLUMN_DATETIME, .scale = 6}},
        {"timestamp(3)", {COLUMN_TIMESTAMP, .scale = 3}},
        {"time", {.type = COLUMN_TIME}},
        {"binary(16)", {COLUMN_BINARY, .bytes = 16}},
        {"varbinary(300)", {COLUMN_VARBINARY, .bytes = 300}},
        {"blob", {COLUMN_VARBINARY, .bytes = 65535}},
        {"uuid", {.type = COLUMN_UUID}},
        {"point", {.type = COLUMN_UNKNOWN}},
        {"", {.type = COLUMN_UNKNOWN}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct column read = column_parse(text_of(CASES[i].sql), &arena);
        const struct column *expected = &CASES[i].column;

        if (read.type != expected->type || read.is_unsigned != expected->is_unsigned ||
            read.bits != expected->bits || read.precision != expected->precision ||
            read.scale != expected->scale || read.bytes != expected->bytes ||
            read.characters != expected->characters)
            fail_msg("%s", CASES[i].sql);
        assert_int_equal(read.member_count, 0);
    }
}

static void test_members(void **state)
{
    static const char *const EXPECTED[] = {"a", "it's", "", "b,c", "back\\slash", "(x)"};
    const struct column read =
        column_parse(TEXT_LITERAL("enum('a','it''s','','b,c','back\\\\slash','(x)')"), &arena);

    (void)state;
    assert_int_equal(read.type, COLUMN_ENUM);
    assert_int_equal(read.member_count, ARRAY_LEN(EXPECTED));
    for (size_t i = 0; i < ARRAY_LEN(EXPECTED); i++)
        assert_true(text_is(read.members[i], EXPECTED[i]));
    assert_int_equal(column_parse(TEXT_LITERAL("set('x')"), &arena).type, COLUMN_SET);
    /* What no server prints must not be read beyond its end. */
    assert_int_equal(column_parse(TEXT_LITERAL("enum('a"), &arena).member_count, 1);
    assert_int_equal(column_parse(TEXT_LITERAL("enum("), &arena).member_count, 0);
}

static void test_of_field(void **state)
{
    static struct field field = {.name = {"f", 1}};
    static const struct model model = {.fields = &field, .field_count = 1};
    static const struct model unmapped = {.unmapped = true, .index = 1};
    struct column column = {.type = COLUMN_DATE};
    const struct model_columns models[] = {{.fields = &column}};
    const struct columns columns = {models, 1}, none = {NULL, 0};
    const struct mapped_field at = column_of(&columns, &model, &field);

    (void)state;
    assert_ptr_equal(at.column, &column);
    assert_int_equal(column_type_of(&at), COLUMN_DATE);
    assert_null(column_of(NULL, &model, &field).column);
    assert_null(column_of(&none, &model, &field).column);
    assert_null(column_of(&columns, &unmapped, &field).column);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_of_field),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
