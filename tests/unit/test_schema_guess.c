/* What names and foreign keys say about the owner and the id of a table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema_guess.h"

#define COLUMNS_MAX 6

/* Columns are BIGINT unless they say "name:type"; those behind it are likely owners in order. */
struct owner_case {
    const char *columns[COLUMNS_MAX];
    const char *refers[2]; /* "column", "table" of a foreign key */
    const char *owners[COLUMNS_MAX];
};

static const struct owner_case OWNER_CASES[] = {
    {{"id", "user_id"}, {0}, {"user_id"}},
    {{"id", "userId"}, {0}, {"userId"}},
    {{"guid:varchar", "homeowner"}, {0}, {0}},
    {{"postAuthor", "coauthor"}, {0}, {"postAuthor"}},
    {{"ID", "post_author", "post_parent"}, {0}, {"post_author"}},
    {{"comment_author:tinytext", "comment_author_IP:varchar", "user_id"}, {0}, {"user_id"}},
    {{"author_id", "owner_id"}, {0}, {"owner_id", "author_id"}},
    {{"last_editor_user_id", "user_id"}, {0}, {"user_id", "last_editor_user_id"}},
    {{"is_superuser:tinyint", "name:varchar"}, {0}, {0}},
    {{"reader", "user_id"}, {"reader", "app_users"}, {"reader", "user_id"}},
    {{"customer_id", "user_id"}, {"customer_id", "customers"}, {"customer_id", "user_id"}},
    {{"topic", "title:varchar"}, {"topic", "topics"}, {0}},
    {{"owner:uuid", "title:varchar"}, {0}, {"owner:uuid"}},
    {{"owner:text", "title:varchar"}, {0}, {0}},
};

/* "name:type", or a BIGINT. */
static struct catalog_column column_of(const char *words)
{
    const char *colon = strchr(words, ':');

    return (struct catalog_column){
        .name = {words, colon == NULL ? strlen(words) : (size_t)(colon - words)},
        .data_type = text_of(colon == NULL ? "bigint" : colon + 1),
    };
}

static void test_owners(void **state)
{
    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(OWNER_CASES); c++) {
        const struct owner_case *k = &OWNER_CASES[c];
        struct catalog_column columns[COLUMNS_MAX];
        const struct catalog_column *found[COLUMNS_MAX];
        struct text column = text_of(k->refers[0]);
        struct catalog_reference reference = {
            .columns = &column, .column_count = 1, .parent = text_of(k->refers[1])};
        struct catalog_table table = {
            .columns = columns, .references = &reference, .reference_count = k->refers[0] != NULL};
        size_t count, wanted = 0;

        while (table.column_count < COLUMNS_MAX && k->columns[table.column_count] != NULL) {
            columns[table.column_count] = column_of(k->columns[table.column_count]);
            table.column_count++;
        }
        count = schema_guess_owners(&table, found);
        for (; wanted < COLUMNS_MAX && k->owners[wanted] != NULL; wanted++) {
            if (wanted >= count ||
                !text_equal(found[wanted]->name, column_of(k->owners[wanted]).name))
                fail_msg("case %zu: owner %zu is not %s", c, wanted, k->owners[wanted]);
        }
        assert_int_equal(count, wanted);
    }
}

static void test_uuids(void **state)
{
    static const struct {
        const char *name, *data_type, *column_type;
        bool uuid;
    } CASES[] = {
        {"id", "uuid", "uuid", true},
        {"id", "binary", "binary(16)", true},
        {"id", "binary", "binary(20)", false},
        {"hash", "char", "char(36)", true},
        {"external_uuid", "char", "char(32)", true},
        {"externalGuid", "char", "char(32)", true},
        {"md5", "char", "char(32)", false},
        {"uuid_md5", "char", "char(32)", false},
        {"uuid", "varchar", "varchar(32)", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct catalog_column column = {.name = text_of(CASES[i].name),
                                              .data_type = text_of(CASES[i].data_type),
                                              .column_type = text_of(CASES[i].column_type)};

        if (schema_guess_is_uuid(&column) != CASES[i].uuid)
            fail_msg("%s %s", CASES[i].name, CASES[i].column_type);
    }
}

static void test_people(void **state)
{
    static const char *const PEOPLE[] = {"users",    "User",      "wp_users", "auth_user",
                                         "app_user", "Customers", "accounts"};
    static const char *const OTHERS[] = {"wp_usermeta", "user_roles", "tasks", "app_user_seq", ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PEOPLE); i++)
        assert_true(schema_guess_is_people(text_of(PEOPLE[i])));
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
        assert_false(schema_guess_is_people(text_of(OTHERS[i])));
}

static void test_frameworks(void **state)
{
    (void)state;
    assert_string_equal(schema_guess_framework(text_of("migrations")), "Laravel");
    assert_string_equal(schema_guess_framework(text_of("_prisma_migrations")), "Prisma");
    assert_string_equal(schema_guess_framework(text_of("schema_migrations")), "Rails");
    assert_null(schema_guess_framework(text_of("training_sessions")));
    assert_null(schema_guess_framework(text_of("tasks")));
}

/* Columns 0, 1, 2 are the owner, a and b; a key is the string of its columns. */
struct id_case {
    const char *primary;
    const char *unique;
    const char *nullable;
    const char *id;
};

static const struct id_case ID_CASES[] = {
    {"1", NULL, "", "1"},   {"01", NULL, "", "1"},   {"10", NULL, "", "1"},
    {"21", NULL, "", "21"}, {"012", NULL, "", "12"}, {"0", "1", "", ""},
    {NULL, "12", "", "12"}, {NULL, "12", "2", ""},   {NULL, NULL, "", ""},
};

static struct catalog_key key_of(const char *name, const char *digits, struct text *names,
                                 const struct catalog_column *columns)
{
    struct catalog_key key = {
        .name = text_of(name), .unique = true, .whole = true, .columns = names};

    for (; *digits != '\0'; digits++)
        names[key.column_count++] = columns[*digits - '0'].name;
    return key;
}

static void test_ids(void **state)
{
    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(ID_CASES); c++) {
        const struct id_case *k = &ID_CASES[c];
        struct catalog_column columns[3] = {column_of("owner"), column_of("a"), column_of("b")};
        const struct catalog_column *found[3];
        struct text names[2][3];
        struct catalog_key keys[2];
        struct catalog_table table = {.columns = columns, .column_count = 3, .keys = keys};
        size_t count;

        for (const char *digit = k->nullable; *digit != '\0'; digit++)
            columns[*digit - '0'].nullable = true;
        if (k->unique != NULL)
            keys[table.key_count++] = key_of("a_key", k->unique, names[0], columns);
        if (k->primary != NULL)
            keys[table.key_count++] = key_of("PRIMARY", k->primary, names[1], columns);
        count = schema_guess_id(&table, &columns[0], found);
        if (count != strlen(k->id))
            fail_msg("case %zu: %zu columns, not %zu", c, count, strlen(k->id));
        for (size_t i = 0; i < count; i++)
            assert_ptr_equal(found[i], &columns[k->id[i] - '0']);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners), cmocka_unit_test(test_uuids),
        cmocka_unit_test(test_people), cmocka_unit_test(test_frameworks),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
