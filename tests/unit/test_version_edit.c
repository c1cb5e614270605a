/* Diffs raised from an older version of the app to the newest, and lowered again: by example, and
 * that the way there and back ends where it began, byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "versions.h"

#define T(s)                                                                                       \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }
#define FIELDS(list)      .fields = (list), .field_count = sizeof(list) / sizeof((list)[0])
#define assert_text(a, b) assert_string_equal((a).ptr, (b))

static struct arena arena;

static struct version_value STATUS[] = {{T("\"open\""), T("0")}, {T("\"do\\\"ne\""), T("1")}};
static struct version_value FLAG[] = {{T("1"), T("\"yes\"")}, {T("0"), T("\"no\"")}};
static struct version_value ANSWER[] = {{T("\"y\""), T("true")}, {T("\"n\""), T("false")}};
static struct version_field FIELDS_2[] = {
    {.name = T("title"), .older = T("name")},
    {.name = T("status"), .older = T("state"), .values = STATUS, .value_count = 2},
    {.name = T("flag"), .older = T("flag"), .values = FLAG, .value_count = 2},
    {.name = T("answer"), .older = T("answer"), .values = ANSWER, .value_count = 2},
    {.name = T("left"), .older = T("right")},
    {.name = T("right"), .older = T("left")},
    {.name = T("priority")},
    {.name = T("color"), .initial = T("\"grey\"")},
    {.name = T("size"), .initial = T("[1,2]")},
};
static struct version_gone GONE_2[] = {{T("legacy"), T("7")}, {T("old"), {NULL, 0}}};
static struct version_model TASKS = {
    .name = T("tasks"), .hides = true, FIELDS(FIELDS_2), .gone = GONE_2, .gone_count = 2};
static struct version_model COMMENTS = {.name = T("comments"), .unknown = true};

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void raises(void **state)
{
    static const struct {
        const char *json, *raised, *unknown;
        bool create;
    } CASES[] = {
        {"{\"id\":\"1\"}", "{\"id\":\"1\"}", "", false},
        {"{\"id\":\"1\",\"name\":\"a\"}", "{\"id\":\"1\",\"title\":\"a\"}", "", false},
        {" { \"name\" : \"a\" , \"id\":\"1\" } ", " { \"title\" : \"a\" , \"id\":\"1\" } ", "",
         false},
        {"{\"id\":\"1\",\"state\":0}", "{\"id\":\"1\",\"status\":\"open\"}", "", false},
        {"{\"id\":\"1\",\"state\":null}", "{\"id\":\"1\",\"status\":null}", "", false},
        {"{\"id\":\"1\",\"state\":7}", "{\"id\":\"1\",\"status\":7}", "", false},
        {"{\"id\":\"1\",\"flag\":\"yes\"}", "{\"id\":\"1\",\"flag\":1}", "", false},
        {"{\"id\":\"1\",\"flag\":\"y\\u0065s\"}", "{\"id\":\"1\",\"flag\":1}", "", false},
        {"{\"id\":\"1\",\"answer\":1}", "{\"id\":\"1\",\"answer\":\"y\"}", "", false},
        {"{\"id\":\"1\",\"answer\":false}", "{\"id\":\"1\",\"answer\":\"n\"}", "", false},
        {"{\"id\":\"1\",\"left\":1,\"right\":2}", "{\"id\":\"1\",\"right\":1,\"left\":2}", "",
         false},
        {"{\"id\":\"1\",\"other\":[1, 2]}", "{\"id\":\"1\",\"other\":[1, 2]}", "", false},
        {"{\"id\":\"1\",\"legacy\":3,\"name\":\"a\"}", "{\"id\":\"1\",\"title\":\"a\"}", "", false},
        {"{\"old\":3,\"id\":\"1\"}", "{\"id\":\"1\"}", "", false},
        {"{\"id\":\"1\",\"priority\":3}", "{\"id\":\"1\"}", "priority", false},
        {"{\"id\":\"1\",\"title\":3}", "{\"id\":\"1\"}", "title", false},
        {"{\"id\":\"1\",\"n\\u0061me\":\"a\"}", "{\"id\":\"1\",\"title\":\"a\"}", "", false},
        {"{\"id\":\"1\"}", "{\"id\":\"1\",\"color\":\"grey\",\"size\":[1,2]}", "", true},
        {"{\"id\":\"1\", \"name\":\"a\" }",
         "{\"id\":\"1\", \"title\":\"a\",\"color\":\"grey\",\"size\":[1,2] }", "", true},
        {"no JSON", "no JSON", "", true},
        {"[1]", "[1]", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const struct version_raised raised =
            version_raise(&TASKS, CASES[i].create, text_of(CASES[i].json), &arena);

        assert_text(arena_text(&arena, raised.json_data), CASES[i].raised);
        assert_text(arena_text(&arena, raised.unknown), CASES[i].unknown);
        assert_int_equal(raised.initial, CASES[i].create && CASES[i].json[0] == '{');
    }
}

static void lowers(void **state)
{
    static const struct {
        const char *json, *lowered;
        bool create, any;
    } CASES[] = {
        {"{\"id\":\"1\",\"title\":\"a\",\"priority\":5}", "{\"id\":\"1\",\"name\":\"a\"}", false,
         true},
        {"{\"id\":\"1\",\"priority\":5}", "{\"id\":\"1\"}", false, false},
        {"{\"id\":\"1\",\"priority\":5,\"color\":\"red\"}", "{\"id\":\"1\"}", false, false},
        {"{\"priority\":5,\"id\":\"1\",\"status\":\"open\"}", "{\"id\":\"1\",\"state\":0}", false,
         true},
        {"{\"id\":\"1\",\"status\":\"do\\u0022ne\"}", "{\"id\":\"1\",\"state\":1}", false, true},
        {"{\"id\":\"1\",\"status\":\"later\"}", "{\"id\":\"1\",\"state\":\"later\"}", false, true},
        {"{\"id\":\"1\",\"flag\":true}", "{\"id\":\"1\",\"flag\":\"yes\"}", false, true},
        {"{\"id\":\"1\",\"title\":\"a\"}", "{\"id\":\"1\",\"name\":\"a\",\"legacy\":7}", true,
         true},
        {"{\"id\":\"1\"}", "{\"id\":\"1\",\"legacy\":7}", true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct text lowered;

        assert_int_equal(
            version_lower(&TASKS, CASES[i].create, text_of(CASES[i].json), &arena, &lowered),
            CASES[i].any);
        assert_text(arena_text(&arena, lowered), CASES[i].lowered);
    }
}

/* What an old device sends, other devices of its version are sent. */
static void the_way_back_is_verbatim(void **state)
{
    static const char *const CASES[] = {
        "{\"id\":\"1\"}",
        "{ \"id\" : \"1\" }",
        "{\"id\":\"1\",\"name\":\"\\u00e4 \\n\",\"state\":1,\"flag\":\"no\",\"answer\":true}",
        "\n{\"state\" : 0,\t\"id\":\"1\",\"left\": 1.50e3,\"right\":{\"name\":1}, \"x\":[ ]}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        for (int create = 0; create < 2; create++) {
            struct version_model model = TASKS;
            struct version_raised raised;
            struct text lowered;

            model.gone_count = 0; /* the newest has no place for them */
            raised = version_raise(&model, create != 0, text_of(CASES[i]), &arena);
            (void)version_lower(&model, create != 0, raised.json_data, &arena, &lowered);
            assert_text(arena_text(&arena, lowered), CASES[i]);
        }
}

static void the_newest_is_left_alone(void **state)
{
    const struct text json = TEXT_LITERAL("{ \"id\":\"1\", \"title\" : 1 }");
    struct text lowered;

    (void)state;
    assert_ptr_equal(version_raise(NULL, true, json, &arena).json_data.ptr, json.ptr);
    assert_true(version_lower(NULL, true, json, &arena, &lowered));
    assert_ptr_equal(lowered.ptr, json.ptr);
}

/* The times of a merged diff's fields are no values, whatever numbers they are. */
static void times_are_raised_by_their_keys(void **state)
{
    const struct text times = TEXT_LITERAL("{\"name\":5,\"state\":0,\"old\":1}");

    (void)state;
    assert_text(arena_text(&arena, version_raise_keys(&TASKS, times, &arena)),
                "{\"title\":5,\"status\":0}");
}

static void finds_versions_and_names(void **state)
{
    struct version_model models[] = {TASKS, COMMENTS};
    struct text removed[] = {T("notes")};
    struct version items[] = {
        {.number = 2, .models = models, .model_count = 2, .removed = removed, .removed_count = 1},
        {.number = 4},
    };
    const struct versions versions = {.items = items, .count = 2, .newest = 5};
    const struct version *found;

    (void)state;
    assert_true(versions_find(&versions, 5, &found));
    assert_null(found);
    assert_true(versions_find(&versions, 4, &found));
    assert_ptr_equal(found, &items[1]);
    assert_false(versions_find(&versions, 3, &found));
    assert_false(versions_find(&versions, 0, &found));
    assert_ptr_equal(versions_first(&versions), &items[0]);
    assert_ptr_equal(version_model(&items[0], TEXT_LITERAL("tasks")), &models[0]);
    assert_null(version_model(&items[0], TEXT_LITERAL("notes")));
    assert_null(version_model(NULL, TEXT_LITERAL("tasks")));
    assert_true(version_removed(&items[0], TEXT_LITERAL("notes")));
    assert_false(version_removed(NULL, TEXT_LITERAL("notes")));
    assert_true(version_sees(&TASKS, TEXT_LITERAL("title")));
    assert_true(version_sees(&TASKS, TEXT_LITERAL("other")));
    assert_false(version_sees(&TASKS, TEXT_LITERAL("color")));
    assert_false(version_sees(&COMMENTS, TEXT_LITERAL("text")));
    assert_true(version_sees(NULL, TEXT_LITERAL("color")));
    assert_text(version_lower_name(&TASKS, TEXT_LITERAL("status")), "state");
    assert_int_equal(version_lower_name(&TASKS, TEXT_LITERAL("priority")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(raises, begin, end),
        cmocka_unit_test_setup_teardown(lowers, begin, end),
        cmocka_unit_test_setup_teardown(the_way_back_is_verbatim, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(times_are_raised_by_their_keys, begin, end),
        cmocka_unit_test_setup_teardown(finds_versions_and_names, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
