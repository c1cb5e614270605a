/* Requests and diffs: what is refused and in which words, what is accepted, and that both are
 * written back as they came. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "diff.h"
#include "json_write.h"

#define NAME(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static struct field task_fields[] = {
    {.name = NAME("name"), .type = FIELD_STRING, .required = true, .max_length = 5},
    {.name = NAME("priority"), .type = FIELD_INTEGER, .index = 1},
    {.name = NAME("tags"), .type = FIELD_LIST, .index = 2},
    {.name = NAME("extra"), .type = FIELD_JSON, .index = 3},
};
static struct field post_fields[] = {
    {.name = NAME("title"), .type = FIELD_STRING, .required = true},
    {.name = NAME("kind"),
     .type = FIELD_STRING,
     .required = true,
     .index = 1,
     .fill = {.on_create = NAME("note")}},
    {.name = NAME("made"), .type = FIELD_INTEGER, .access = FIELD_READ_ONLY, .index = 2},
    {.name = NAME("state"), .type = FIELD_STRING, .access = FIELD_READ_ONLY_IGNORED, .index = 3},
};
static struct model models[] = {
    {.name = NAME("tasks"), .fields = task_fields, .field_count = 4},
    {.name = NAME("bare"), .index = 1},
    {.name = NAME("posts"), .fields = post_fields, .field_count = 4, .index = 2},
};

static struct arena arena;
static struct mapping mapping;
static struct diff_rules rules;
static struct fail fail_seen;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    fail_clear(&fail_seen);
    mapping = (struct mapping){.models = models, .model_count = 3};
    rules =
        (struct diff_rules){.mapping = &mapping, .max_diffs = 3, .owner = TEXT_LITERAL("alice")};
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static enum rc parse(struct text body, struct request_body **request)
{
    return request_parse(arena_text(&arena, body), &arena, request, &fail_seen);
}

static struct request_body *good_request(const char *body)
{
    struct request_body *request = NULL;

    if (parse(text_of(body), &request) != RC_OK)
        fail_msg("%s: %s", body, fail_seen.message);
    return request;
}

static void expect_fail(enum fail_code code, const char *diff_id, const char *field)
{
    assert_string_equal(fail_code_name(fail_seen.code), fail_code_name(code));
    assert_string_equal(fail_seen.diff_id, diff_id);
    assert_string_equal(fail_seen.field, field);
    assert_true(strlen(fail_seen.message) > 10);
}

static void test_bodies_that_are_refused(void **state)
{
    static const char *const BODIES[] = {
        "",
        " ",
        "[]",
        "5",
        "null",
        "\"{}\"",
        "{",
        "{} {}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":\"\xFF\"}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":\"\\ud800\"}",
        "{\"diffs\\u0000\":[]}",
        "true",
        "1",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
        struct request_body *request;

        fail_clear(&fail_seen);
        if (parse(text_of(BODIES[i]), &request) != RC_REJECTED)
            fail_msg("accepted: %s", BODIES[i]);
        expect_fail(FAIL_INVALID_REQUEST, "", "");
    }
}

/* {"a":[[…1…]]} of that many levels in all. */
static struct text nested(unsigned levels)
{
    struct text text;
    struct buf buf;

    buf_init(&buf, 10000);
    buf_add_str(&buf, "{\"id\":\"o\",\"extra\":");
    for (unsigned i = 1; i < levels; i++)
        buf_add_char(&buf, '[');
    buf_add_char(&buf, '1');
    for (unsigned i = 1; i < levels; i++)
        buf_add_char(&buf, ']');
    buf_add_char(&buf, '}');
    text = arena_text(&arena, buf_text(&buf));
    buf_release(&buf);
    return text;
}

static void test_body_depth(void **state)
{
    struct request_body *request;

    (void)state;
    assert_int_equal(parse(nested(100), &request), RC_OK);
    assert_int_equal(parse(nested(101), &request), RC_REJECTED);
    expect_fail(FAIL_INVALID_REQUEST, "", "");
    assert_non_null(strstr(fail_seen.message, "too many levels"));
}

static void test_token(void **state)
{
    struct text token = TEXT_LITERAL("?");

    (void)state;
    assert_int_equal(
        request_token(good_request("{\"auth_token\":\"t\\u006b\"}"), &token, &fail_seen), RC_OK);
    assert_true(text_is(token, "tk"));
    assert_int_equal(request_token(good_request("{}"), &token, &fail_seen), RC_OK);
    assert_int_equal(token.len, 0);
    assert_int_equal(request_token(good_request("{\"auth_token\":5}"), &token, &fail_seen),
                     RC_REJECTED);
    expect_fail(FAIL_INVALID_REQUEST, "", "auth_token");
    assert_int_equal(request_token(good_request("{\"auth_token\":null}"), &token, &fail_seen),
                     RC_REJECTED);
}

static void test_clock(void **state)
{
    static const struct {
        const char *value;
        int64_t clock; /* -1: refused */
    } CASES[] = {
        {"0", 0},
        {"-0", 0},
        {"3", 3},
        {"9007199254740991", 9007199254740991},
        {"\"3\"", 3},
        {"\"0\"", 0},
        {"\"9007199254740991\"", 9007199254740991},
        {"9007199254740992", -1},
        {"\"9007199254740992\"", -1},
        {"-1", -1},
        {"\"-1\"", -1},
        {"\"\"", -1},
        {"\" 3\"", -1},
        {"\"3\\u0000\"", -1},
        {"\"3x\"", -1},
        {"1.0", -1},
        {"1e0", -1},
        {"true", -1},
        {"null", -1},
        {"[]", -1},
        {"9223372036854775808", -1},
        {"18446744073709551616", -1},
        {"99999999999999999999999", -1},
        {"-9223372036854775809", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t clock = -1;
        char body[100];
        enum rc rc;

        snprintf(body, sizeof(body), "{\"logical_clock\":%s}", CASES[i].value);
        rc = request_clock(good_request(body), &clock, &fail_seen);
        if (rc != (CASES[i].clock < 0 ? RC_REJECTED : RC_OK))
            fail_msg("%s: rc %d", CASES[i].value, (int)rc);
        if (rc == RC_OK)
            assert_true(clock == CASES[i].clock);
        else
            expect_fail(FAIL_INVALID_REQUEST, "", "logical_clock");
    }
    assert_int_equal(request_clock(good_request("{}"), &(int64_t){0}, &fail_seen), RC_REJECTED);
    expect_fail(FAIL_INVALID_REQUEST, "", "logical_clock");
    assert_non_null(strstr(fail_seen.message, "missing"));
}

static enum rc read_diffs(const char *diffs, struct diff_list *list)
{
    size_t size = strlen(diffs) + 20;
    char *body = arena_alloc(&arena, size);

    snprintf(body, size, "{\"diffs\":%s}", diffs);
    return request_diffs(good_request(body), &rules, &arena, list, NULL, &fail_seen);
}

enum key { ID, OWNER, CLOCK, TIME, TYPE, MODEL, JSON_DATA, KEYS };

static const char *const KEY_NAMES[KEYS] = {"id",   "owner", "logical_clock", "utc_timestamp",
                                            "type", "model", "json_data"};

/* A diff as its values in JSON; NULL leaves the key out. */
struct wire {
    const char *values[KEYS];
};

static const struct wire GOOD_WIRE = {{
    "\"d1\"",
    "\"alice\"",
    "3",
    "1604114123778",
    "\"create\"",
    "\"tasks\"",
    "\"{\\\"id\\\":\\\"o1\\\",\\\"name\\\":\\\"x\\\"}\"",
}};

static enum rc read_wire(const struct wire *wire, struct diff_list *list)
{
    struct buf buf;
    enum rc rc;

    buf_init(&buf, 100000);
    buf_add_str(&buf, "[{\"unknown\":[null]");
    /* Backwards: the order of the checks must not be that of the text. */
    for (int key = KEYS - 1; key >= 0; key--)
        if (wire->values[key] != NULL)
            buf_printf(&buf, ",\"%s\":%s", KEY_NAMES[key], wire->values[key]);
    buf_add_str(&buf, "}]");
    fail_clear(&fail_seen);
    rc = read_diffs(buf.data, list);
    buf_release(&buf);
    return rc;
}

/* The same diff but with this type and json_data, given as plain text. */
static enum rc read_data(const char *type, struct text json_data, struct diff *diff)
{
    struct wire wire = GOOD_WIRE;
    char quoted_type[20];
    struct diff_list list = {0};
    struct buf buf;
    enum rc rc;

    buf_init(&buf, 100000);
    json_write_string(&buf, json_data);
    snprintf(quoted_type, sizeof(quoted_type), "\"%s\"", type);
    wire.values[TYPE] = quoted_type;
    wire.values[JSON_DATA] = buf.data;
    rc = read_wire(&wire, &list);
    buf_release(&buf);
    if (rc == RC_OK)
        *diff = list.items[0];
    return rc;
}

/* The field at that place, which must be there. */
static const struct field_value *field_at(const struct diff *diff, size_t i)
{
    if (i >= diff->field_count)
        fail_msg("the diff has %zu fields", diff->field_count);
    return &diff->fields[i];
}

static void test_good_diff(void **state)
{
    struct wire wire = GOOD_WIRE;
    struct diff_list list = {0};
    const struct diff *diff;

    (void)state;
    assert_int_equal(read_wire(&wire, &list), RC_OK);
    assert_int_equal(list.count, 1);
    diff = &list.items[0];
    assert_true(text_is(diff->id, "d1"));
    assert_true(text_is(diff->owner, "alice"));
    assert_true(diff->clock == 3);
    assert_true(diff->time_ms == 1604114123778);
    assert_int_equal(diff->type, DIFF_CREATE);
    assert_ptr_equal(diff->model, &models[0]);
    assert_true(text_is(diff->json_data, "{\"id\":\"o1\",\"name\":\"x\"}"));
    assert_true(text_is(diff->object_id, "o1"));
    assert_int_equal(diff->field_count, 1);
    assert_ptr_equal(field_at(diff, 0)->field, &task_fields[0]);
    assert_true(text_is(field_at(diff, 0)->value.text, "x"));
    assert_true(text_is(field_at(diff, 0)->value.json, "\"x\""));
    assert_true(field_at(diff, 0)->time_ms == 1604114123778);
    assert_ptr_equal(field_at(diff, 0)->source, diff);
    assert_int_equal(diff->field_times.len, 0);
}

static void test_top_level_of_diffs(void **state)
{
    static const char *const BODIES[] = {"{}", "{\"diffs\":null}", "{\"diffs\":{}}",
                                         "{\"diffs\":\"[]\"}", "{\"diffs\":[1,2,3,4]}"};
    struct diff_list list = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
        struct request_body *request = good_request(BODIES[i]);

        assert_int_equal(request_diffs(request, &rules, &arena, &list, NULL, &fail_seen),
                         RC_REJECTED);
        expect_fail(FAIL_INVALID_REQUEST, "", "diffs");
    }
    assert_non_null(strstr(fail_seen.message, "at most 3"));
    assert_int_equal(read_diffs("[]", &list), RC_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(read_diffs("[null]", &list), RC_REJECTED);
    expect_fail(FAIL_INVALID_REQUEST, "", "diffs");
    assert_non_null(strstr(fail_seen.message, "diffs[0]"));
}

static void test_entry_that_is_no_object_says_which(void **state)
{
    struct diff_list list = {0};

    (void)state;
    assert_int_equal(read_diffs("[{\"id\":\"d\",\"owner\":\"alice\",\"logical_clock\":0,"
                                "\"utc_timestamp\":0,\"type\":\"delete\",\"model\":\"tasks\","
                                "\"json_data\":\"{\\\"id\\\":\\\"o\\\"}\"},[]]",
                                &list),
                     RC_REJECTED);
    expect_fail(FAIL_INVALID_REQUEST, "", "diffs");
    assert_non_null(strstr(fail_seen.message, "diffs[1]"));
}

#define LONG_ID                                                                                    \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_values_that_break_the_rules(void **state)
{
    static const struct {
        enum key key;
        const char *value;
        const char *diff_id;
    } CASES[] = {
        {ID, NULL, ""},
        {ID, "\"\"", ""},
        {ID, "5", ""},
        {ID, "null", ""},
        {ID, "\"a\\u0000b\"", ""},
        {ID, "\"" LONG_ID "x\"", ""},
        {OWNER, NULL, "d1"},
        {OWNER, "\"\"", "d1"},
        {OWNER, "7", "d1"},
        {OWNER, "\"alice\\u0000\"", "d1"},
        {CLOCK, NULL, "d1"},
        {CLOCK, "\"3\"", "d1"},
        {CLOCK, "-1", "d1"},
        {CLOCK, "1.0", "d1"},
        {CLOCK, "true", "d1"},
        {CLOCK, "9007199254740992", "d1"},
        {CLOCK, "18446744073709551616", "d1"},
        {TIME, NULL, "d1"},
        {TIME, "null", "d1"},
        {TIME, "9007199254740992", "d1"},
        {TYPE, NULL, "d1"},
        {TYPE, "\"Create\"", "d1"},
        {TYPE, "\"create\\u0000\"", "d1"},
        {TYPE, "0", "d1"},
        {MODEL, NULL, "d1"},
        {MODEL, "\"\"", "d1"},
        {MODEL, "\"nothing\"", "d1"},
        {MODEL, "\"tasks\\u0000\"", "d1"},
        {MODEL, "[]", "d1"},
        {JSON_DATA, NULL, "d1"},
        {JSON_DATA, "{\"id\":\"o1\"}", "d1"},
        {JSON_DATA, "\"\"", "d1"},
        {JSON_DATA, "\"[]\"", "d1"},
        {JSON_DATA, "\"{} x\"", "d1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct wire wire = GOOD_WIRE;
        struct diff_list list;

        wire.values[CASES[i].key] = CASES[i].value;
        if (read_wire(&wire, &list) != RC_REJECTED)
            fail_msg("accepted: %s %s", KEY_NAMES[CASES[i].key], CASES[i].value);
        expect_fail(FAIL_INVALID_DATA, CASES[i].diff_id, KEY_NAMES[CASES[i].key]);
        if (CASES[i].value == NULL)
            assert_non_null(strstr(fail_seen.message, "missing"));
    }
}

static void test_longest_id(void **state)
{
    struct wire wire = GOOD_WIRE;
    struct diff_list list = {0};

    (void)state;
    wire.values[ID] = "\"" LONG_ID "\"";
    assert_int_equal(read_wire(&wire, &list), RC_OK);
    wire.values[MODEL] = "\"nothing\"";
    assert_int_equal(read_wire(&wire, &list), RC_REJECTED);
    expect_fail(FAIL_INVALID_DATA, LONG_ID, "model");
}

/* Everything is wrong: each repair brings the next key to light, in the order of the checks. */
static void test_order_of_checks(void **state)
{
    struct wire wire = {{"0", "0", "[]", "[]", "0", "0", "0"}};
    struct diff_list list = {0};

    (void)state;
    for (int key = 0; key < KEYS; key++) {
        assert_int_equal(read_wire(&wire, &list), RC_REJECTED);
        assert_string_equal(fail_seen.field, KEY_NAMES[key]);
        wire.values[key] = GOOD_WIRE.values[key];
    }
    assert_int_equal(read_wire(&wire, &list), RC_OK);
}

static void test_owner_check(void **state)
{
    struct wire wire = GOOD_WIRE;
    struct diff_list list = {0};

    (void)state;
    wire.values[OWNER] = "\"mallory\"";
    assert_int_equal(read_wire(&wire, &list), RC_REJECTED);
    expect_fail(FAIL_FORBIDDEN, "d1", "owner");
    assert_null(strstr(fail_seen.message, "mallory"));
    assert_null(strstr(fail_seen.message, "alice"));
    rules.stamp_owner = true;
    assert_int_equal(read_wire(&wire, &list), RC_OK);
    assert_true(text_is(list.items[0].owner, "alice"));
    wire.values[OWNER] = "\"\"";
    assert_int_equal(read_wire(&wire, &list), RC_REJECTED);
    expect_fail(FAIL_INVALID_DATA, "d1", "owner");
}

static void test_object_ids(void **state)
{
    static const struct {
        const char *json_data;
        const char *field;
    } CASES[] = {
        {"{}", "id"},
        {"{\"id\":\"\"}", "id"},
        {"{\"id\":1}", "id"},
        {"{\"id\":null}", "id"},
        {"{\"id\":\"a\\u0000b\"}", "id"},
        {"{\"id\":\"" LONG_ID "x\"}", "id"},
        {"{\"Id\":\"a\"}", "id"},
        {"{\"id\":\"a\",\"id\":\"b\"}", "json_data"},
        {"{\"id\":\"a\",\"\\u0069d\":\"b\"}", "json_data"},
        {"{'id':'a'}", "json_data"},
        {"\"id\"", "json_data"},
        {"{\"id\":\"a\"}}", "json_data"},
        {"{\"id\":\"a\",\"x\":NaN}", "json_data"},
        {"{\"id\":\"\\ud800\"}", "json_data"},
    };
    static const char *const TYPES[] = {"create", "update", "delete"};
    struct diff diff = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        for (size_t type = 0; type < ARRAY_LEN(TYPES); type++) {
            if (read_data(TYPES[type], text_of(CASES[i].json_data), &diff) != RC_REJECTED)
                fail_msg("accepted: %s", CASES[i].json_data);
            expect_fail(FAIL_INVALID_DATA, "d1", CASES[i].field);
        }
    assert_int_equal(read_data("update", TEXT_LITERAL("{\"id\":\"" LONG_ID "\"}"), &diff), RC_OK);
    assert_true(text_is(diff.object_id, LONG_ID));
    assert_int_equal(read_data("delete", TEXT_LITERAL("{\"\\u0069d\":\"\\u0061\"}"), &diff), RC_OK);
    assert_true(text_is(diff.object_id, "a"));
}

static void test_json_data_depth_counts_anew(void **state)
{
    struct diff diff = {0};

    (void)state;
    assert_int_equal(read_data("update", nested(100), &diff), RC_OK);
    assert_int_equal(field_at(&diff, 0)->value.text.len, 199);
    assert_int_equal(read_data("update", nested(101), &diff), RC_REJECTED);
    expect_fail(FAIL_INVALID_DATA, "d1", "json_data");
}

static void test_fields_in_order_with_their_text(void **state)
{
    struct text data =
        TEXT_LITERAL("{ \"extra\" : {\"a\": 1e999} , \"id\":\"o\", \"tags\":[1, 2.50],"
                     "\"pri\\u006frity\" :-7,\"name\":\"\\u00e9\\\"\\u0000\" }");
    static const char *const NAMES[] = {"extra", "tags", "priority", "name"};
    static const char *const TEXTS[] = {"{\"a\": 1e999}", "[1, 2.50]", "-7",
                                        "\"\\u00e9\\\"\\u0000\""};
    struct diff diff = {0};

    (void)state;
    assert_int_equal(read_data("create", data, &diff), RC_OK);
    assert_true(text_equal(diff.json_data, data));
    assert_int_equal(diff.field_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct text *json = &field_at(&diff, i)->value.json;

        assert_true(text_is(field_at(&diff, i)->field->name, NAMES[i]));
        assert_true(text_is(*json, TEXTS[i]));
        assert_true(json->ptr > diff.json_data.ptr &&
                    json->ptr < diff.json_data.ptr + diff.json_data.len);
    }
    assert_true(field_at(&diff, 2)->value.integer == -7);
    assert_true(text_equal(field_at(&diff, 3)->value.text, TEXT_LITERAL("\xC3\xA9\"\0")));
}

static void test_fields_that_break_the_mapping(void **state)
{
    static const struct {
        const char *type;
        const char *json_data;
        const char *field;
    } CASES[] = {
        {"create", "{\"id\":\"o\",\"name\":\"x\",\"color\":1}", "color"},
        {"update", "{\"id\":\"o\",\"Name\":\"x\"}", "Name"},
        {"create", "{\"id\":\"o\"}", "name"},
        {"create", "{\"id\":\"o\",\"name\":null}", "name"},
        {"update", "{\"id\":\"o\",\"name\":null}", "name"},
        {"update", "{\"id\":\"o\",\"name\":\"123456\"}", "name"},
        {"update", "{\"id\":\"o\",\"name\":5}", "name"},
        {"update", "{\"id\":\"o\",\"priority\":9223372036854775808}", "priority"},
        {"update", "{\"id\":\"o\",\"priority\":-9223372036854775809}", "priority"},
        {"update", "{\"id\":\"o\",\"priority\":1.0}", "priority"},
        {"update", "{\"id\":\"o\",\"tags\":[[]]}", "tags"},
    };
    struct diff diff = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        if (read_data(CASES[i].type, text_of(CASES[i].json_data), &diff) != RC_REJECTED)
            fail_msg("accepted: %s", CASES[i].json_data);
        expect_fail(FAIL_INVALID_DATA, "d1", CASES[i].field);
        assert_non_null(strstr(fail_seen.message, CASES[i].field));
    }
}

/* One diff where diffs are judged alone. */
static const struct diff *read_alone(const char *type, const char *json_data,
                                     struct rejections *rejections)
{
    struct diff_list list = {0};
    struct buf buf;

    buf_init(&buf, 10000);
    buf_printf(&buf,
               "{\"diffs\":[{\"id\":\"d1\",\"owner\":\"alice\",\"logical_clock\":3,"
               "\"utc_timestamp\":5,\"type\":\"%s\",\"model\":\"tasks\",\"json_data\":",
               type);
    json_write_string(&buf, text_of(json_data));
    buf_add_str(&buf, "}]}");
    assert_int_equal(request_diffs(good_request(arena_text(&arena, buf_text(&buf)).ptr), &rules,
                                   &arena, &list, rejections, &fail_seen),
                     RC_OK);
    buf_release(&buf);
    assert_int_equal(list.count, 1);
    return list.items;
}

/* The merge judges them, once it knows what the diffs of their object come to. */
static void test_flaws_are_kept_where_diffs_stand_alone(void **state)
{
    static const struct {
        const char *type;
        const char *json_data;
        size_t fields;
        size_t flawed; /* the field of them that is */
        const char *flaw;
    } CASES[] = {
        {"update", "{\"id\":\"o\",\"name\":5,\"priority\":1}", 2, 0, "field name: a string"},
        {"update", "{\"id\":\"o\",\"priority\":1,\"name\":null}", 2, 1, "field name: null"},
        {"create", "{\"id\":\"o\",\"name\":\"123456\"}", 1, 0, "field name: longer than"},
        {"create", "{\"id\":\"o\",\"priority\":1}", 2, 1, "field name: required"},
        {"create", "{\"id\":\"o\"}", 1, 0, "field name: required"},
    };
    struct rejections rejections;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct diff *diff = read_alone(CASES[i].type, CASES[i].json_data, &rejections);

        assert_int_equal(rejections.refused_count, 0);
        assert_true(diff->flawed);
        assert_int_equal(diff->field_count, CASES[i].fields);
        for (size_t f = 0; f < diff->field_count; f++)
            assert_true((diff->fields[f].flaw != NULL) == (f == CASES[i].flawed));
        assert_non_null(strstr(diff->fields[CASES[i].flawed].flaw, CASES[i].flaw));
        assert_true(text_is(diff->json_data, CASES[i].json_data));
    }
    assert_false(read_alone("delete", "{\"id\":\"o\",\"name\":5}", &rejections)->flawed);
    assert_false(read_alone("update", "{\"id\":\"o\",\"name\":\"x\"}", &rejections)->flawed);
    read_alone("update", "{\"id\":\"o\",\"name\":5,\"color\":1}", &rejections);
    assert_int_equal(rejections.refused_count, 1);
    assert_string_equal(rejections.items[0].field.ptr, "color");
}

static enum rc read_post(const char *type, const char *json_data, struct diff *diff)
{
    struct wire wire = GOOD_WIRE;
    char quoted_type[20];
    struct diff_list list = {0};
    struct buf buf;
    enum rc rc;

    buf_init(&buf, 1000);
    json_write_string(&buf, text_of(json_data));
    snprintf(quoted_type, sizeof(quoted_type), "\"%s\"", type);
    wire.values[MODEL] = "\"posts\"";
    wire.values[TYPE] = quoted_type;
    wire.values[JSON_DATA] = buf.data;
    rc = read_wire(&wire, &list);
    buf_release(&buf);
    if (rc == RC_OK)
        *diff = list.items[0];
    return rc;
}

static void test_read_only_fields(void **state)
{
    static const char *const REFUSED[][2] = {
        {"create", "{\"id\":\"o\",\"title\":\"t\",\"made\":1}"},
        {"update", "{\"id\":\"o\",\"made\":1}"},
        {"update", "{\"id\":\"o\",\"made\":null}"},
        {"update", "{\"id\":\"o\",\"state\":\"x\",\"made\":\"no number\"}"},
    };
    struct diff diff;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++) {
        if (read_post(REFUSED[i][0], REFUSED[i][1], &diff) != RC_REJECTED)
            fail_msg("accepted: %s", REFUSED[i][1]);
        expect_fail(FAIL_INVALID_DATA, "d1", "made");
    }
    /* A create that has no value of it, and a field that is left out. */
    assert_int_equal(
        read_post("create", "{\"id\":\"o\",\"made\":null,\"title\":\"t\",\"state\":null}", &diff),
        RC_OK);
    assert_int_equal(diff.field_count, 1);
    assert_false(diff.left_out);
    assert_true(text_is(diff.json_data, "{\"id\":\"o\",\"title\":\"t\"}"));
    assert_int_equal(read_post("update", "{\"id\":\"o\",\"title\":\"t\",\"state\":\"x\"}", &diff),
                     RC_OK);
    assert_true(diff.left_out);
    assert_true(text_is(diff.json_data, "{\"id\":\"o\",\"title\":\"t\"}"));
    assert_int_equal(read_post("update", "{\"id\":\"o\",\"state\":null}", &diff), RC_OK);
    assert_true(diff.left_out);
    assert_true(text_is(diff.json_data, "{\"id\":\"o\"}"));
    /* Required means that null is refused, where the server has a default. */
    assert_int_equal(read_post("create", "{\"id\":\"o\",\"title\":\"t\",\"kind\":null}", &diff),
                     RC_REJECTED);
    expect_fail(FAIL_INVALID_DATA, "d1", "kind");
}

static void test_update_needs_no_required_field(void **state)
{
    struct diff diff = {0};

    (void)state;
    assert_int_equal(read_data("update", TEXT_LITERAL("{\"id\":\"o\",\"priority\":null}"), &diff),
                     RC_OK);
    assert_int_equal(diff.field_count, 1);
    assert_int_equal(field_at(&diff, 0)->value.kind, VALUE_NULL);
    assert_true(text_is(field_at(&diff, 0)->value.json, "null"));
}

static void test_delete_keeps_no_fields(void **state)
{
    struct text data = TEXT_LITERAL("{\"id\":\"o\",\"name\":5,\"color\":1}");
    struct diff diff = {0};

    (void)state;
    assert_int_equal(read_data("delete", data, &diff), RC_OK);
    assert_int_equal(diff.field_count, 0);
    assert_true(text_equal(diff.json_data, data));
}

static void test_unknown_fields_ignored(void **state)
{
    struct text known = TEXT_LITERAL("{ \"name\" : \"x\", \"id\":\"o\" }");
    struct diff diff = {0};

    (void)state;
    mapping.ignore_unknown_fields = true;
    assert_int_equal(read_data("create", known, &diff), RC_OK);
    assert_true(text_equal(diff.json_data, known));
    assert_int_equal(read_data("create",
                               TEXT_LITERAL("{ \"name\" : \"\\u00e9\", \"color\":{\"a\":1},"
                                            "\"id\":\"o\\\"\",\"tags\":[ 1, \"a b\" ]}"),
                               &diff),
                     RC_OK);
    assert_true(
        text_is(diff.json_data, "{\"id\":\"o\\\"\",\"name\":\"\\u00e9\",\"tags\":[1,\"a b\"]}"));
    assert_int_equal(diff.field_count, 2);
    assert_int_equal(read_data("create", TEXT_LITERAL("{\"id\":\"o\",\"color\":1}"), &diff),
                     RC_REJECTED);
    expect_fail(FAIL_INVALID_DATA, "d1", "name");
}

static struct diff stored(enum diff_type type, const char *json_data, const char *field_times)
{
    return (struct diff){
        .id = TEXT_LITERAL("d1"),
        .owner = TEXT_LITERAL("alice"),
        .clock = 2,
        .time_ms = 1000,
        .type = type,
        .model = &models[0],
        .json_data = text_of(json_data),
        .field_times = text_of(field_times),
    };
}

static void test_stored(void **state)
{
    struct diff diff = stored(DIFF_UPDATE,
                              "{\"id\":\"o\",\"gone\":1,\"name\":\"longer than five\","
                              "\"priority\":\"high\",\"tags\": [1, 2]}",
                              "{\"tags\":1500,\"gone\":7}");

    (void)state;
    assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_OK);
    assert_true(text_is(diff.object_id, "o"));
    assert_int_equal(diff.field_count, 3);
    assert_true(text_is(field_at(&diff, 0)->value.text, "longer than five"));
    assert_int_equal(field_at(&diff, 1)->value.kind, VALUE_TEXT);
    assert_true(text_is(field_at(&diff, 1)->value.text, "\"high\""));
    assert_true(text_is(field_at(&diff, 1)->value.json, "\"high\""));
    assert_true(text_is(field_at(&diff, 2)->value.json, "[1, 2]"));
    assert_true(field_at(&diff, 0)->time_ms == 1000);
    assert_true(field_at(&diff, 2)->time_ms == 1500);
    assert_ptr_equal(field_at(&diff, 2)->source, &diff);
}

static void test_stored_null_and_delete(void **state)
{
    struct diff diff = stored(DIFF_CREATE, "{\"id\":\"o\",\"name\":null}", "");

    (void)state;
    assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_OK);
    assert_int_equal(field_at(&diff, 0)->value.kind, VALUE_NULL);
    diff = stored(DIFF_DELETE, "{\"id\":\"o\",\"name\":1}", "");
    assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_OK);
    assert_int_equal(diff.field_count, 0);
    assert_true(text_is(diff.object_id, "o"));
}

static void test_stored_corrupt(void **state)
{
    static const struct {
        const char *json_data, *field_times;
    } CASES[] = {
        {"", ""},
        {"[]", ""},
        {"{\"id\":\"o\"", ""},
        {"{\"name\":\"x\"}", ""},
        {"{\"id\":5}", ""},
        {"{\"id\":\"o\",\"name\":\"x\"}", "[]"},
        {"{\"id\":\"o\",\"name\":\"x\"}", "{\"name\":\"1\"}"},
        {"{\"id\":\"o\",\"name\":\"x\"}", "{\"name\":-1}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct diff diff = stored(DIFF_UPDATE, CASES[i].json_data, CASES[i].field_times);

        fail_clear(&fail_seen);
        assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_FATAL);
        assert_int_equal(fail_seen.code, FAIL_INTERNAL);
        assert_non_null(strstr(fail_seen.detail, "d1"));
    }
}

static void test_unread(void **state)
{
    static const struct {
        const char *json_data;
        bool sets;
    } CASES[] = {
        {"{\"id\":\"o\",\"name\":\"x\"}", true},
        {"{\"priority\":1,\"id\":\"o\"}", true},
        {"{\"id\":\"o\"}", false},
        {"{\"id\":\"o\",\"gone\":\"name\"}", false},
        {"{\"id\":\"o\",\"gone\":\"\\\"name\\\":1\"}", false},
        {"{\"id\":\"o\",\"surname\":1,\"names\":2}", false},
        {"{\"id\":\"o\",\"names\":2,\"name\":null}", true},
        {"name", false},
        {"\"name\"", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct diff diff = stored(DIFF_UPDATE, CASES[i].json_data, "");

        assert_false(diff_surely_sets(&diff)); /* read, and without a field */
        diff.unread = true;
        assert_true(diff_surely_sets(&diff) == CASES[i].sets);
    }
}

/* The table's column says which object it is, where it was read. */
static void test_stored_object_id(void **state)
{
    struct diff diff = stored(DIFF_UPDATE, "{\"id\":\"o\",\"name\":\"x\"}", "");

    (void)state;
    diff.object_id = TEXT_LITERAL("column");
    diff.unread = true;
    assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_OK);
    assert_true(text_is(diff.object_id, "column"));
    assert_false(diff.unread);
    assert_true(diff_surely_sets(&diff));
}

static void test_write_json_data(void **state)
{
    struct field_value fields[] = {
        {.field = &task_fields[1], .value = {.kind = VALUE_INTEGER, .integer = -5}},
        {.field = &task_fields[3],
         .value = {.kind = VALUE_TEXT, .json = TEXT_LITERAL("{ \"a\" : 1.50 }")}},
        {.field = &task_fields[0], .value = {.kind = VALUE_TEXT, .text = TEXT_LITERAL("a\"b\x01")}},
        {.field = &task_fields[2], .value = {.kind = VALUE_NULL}},
    };

    (void)state;
    assert_true(text_is(diff_write_json_data(TEXT_LITERAL("o\n1"), fields, 4, &arena),
                        "{\"id\":\"o\\n1\",\"priority\":-5,\"extra\":{\"a\":1.50},"
                        "\"name\":\"a\\\"b\\u0001\",\"tags\":null}"));
    assert_true(text_is(diff_write_json_data(TEXT_LITERAL("\x01\x02\x03"), NULL, 0, &arena),
                        "{\"id\":\"\\u0001\\u0002\\u0003\"}"));
}

static void test_write_field_times(void **state)
{
    struct field_value fields[] = {
        {.field = &task_fields[0], .time_ms = 5},
        {.field = &task_fields[1], .time_ms = 7},
        {.field = &task_fields[2], .time_ms = DIFF_INTEGER_MAX},
    };
    struct diff diff = stored(DIFF_UPDATE, "{\"id\":\"o\",\"name\":\"x\",\"priority\":1}", "");

    (void)state;
    diff.field_times = diff_write_field_times(fields, 3, 5, &arena);
    assert_true(text_is(diff.field_times, "{\"priority\":7,\"tags\":9007199254740991}"));
    assert_int_equal(diff_write_field_times(fields, 1, 5, &arena).len, 0);
    assert_int_equal(diff_write_field_times(NULL, 0, 5, &arena).len, 0);
    assert_int_equal(diff_parse_stored(&diff, &arena, &fail_seen), RC_OK);
    assert_true(field_at(&diff, 1)->time_ms == 7);
}

static void test_write(void **state)
{
    struct diff diff = stored(DIFF_UPDATE, "{\"id\":\"o\",\"name\":\"\\u00e9\n\"}", "");
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    diff_write(&buf, &diff);
    assert_string_equal(buf.data, "{\"id\":\"d1\",\"owner\":\"alice\",\"logical_clock\":2,"
                                  "\"utc_timestamp\":1000,\"type\":\"update\",\"model\":\"tasks\","
                                  "\"json_data\":\"{\\\"id\\\":\\\"o\\\",\\\"name\\\":"
                                  "\\\"\\\\u00e9\\n\\\"}\"}");
    buf_release(&buf);
}

/* What is written is read again as the same diff. */
static void test_written_diff_reads_back(void **state)
{
    struct diff_list list = {0}, again = {0};
    struct wire wire = GOOD_WIRE;
    struct buf buf;

    (void)state;
    wire.values[JSON_DATA] =
        "\"{ \\\"name\\\":\\\"\\\\u0001\\\\n/\\\",\\n\\\"id\\\":\\\"\\u00e9\\\"}\"";
    assert_int_equal(read_wire(&wire, &list), RC_OK);
    buf_init(&buf, 1000);
    buf_add_char(&buf, '[');
    diff_write(&buf, &list.items[0]);
    buf_add_char(&buf, ']');
    assert_int_equal(read_diffs(buf.data, &again), RC_OK);
    assert_true(text_equal(again.items[0].json_data, list.items[0].json_data));
    assert_true(text_is(again.items[0].object_id, "\xC3\xA9"));
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bodies_that_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_body_depth, begin, end),
        cmocka_unit_test_setup_teardown(test_token, begin, end),
        cmocka_unit_test_setup_teardown(test_clock, begin, end),
        cmocka_unit_test_setup_teardown(test_good_diff, begin, end),
        cmocka_unit_test_setup_teardown(test_top_level_of_diffs, begin, end),
        cmocka_unit_test_setup_teardown(test_entry_that_is_no_object_says_which, begin, end),
        cmocka_unit_test_setup_teardown(test_values_that_break_the_rules, begin, end),
        cmocka_unit_test_setup_teardown(test_longest_id, begin, end),
        cmocka_unit_test_setup_teardown(test_order_of_checks, begin, end),
        cmocka_unit_test_setup_teardown(test_owner_check, begin, end),
        cmocka_unit_test_setup_teardown(test_object_ids, begin, end),
        cmocka_unit_test_setup_teardown(test_json_data_depth_counts_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_fields_in_order_with_their_text, begin, end),
        cmocka_unit_test_setup_teardown(test_fields_that_break_the_mapping, begin, end),
        cmocka_unit_test_setup_teardown(test_flaws_are_kept_where_diffs_stand_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_read_only_fields, begin, end),
        cmocka_unit_test_setup_teardown(test_update_needs_no_required_field, begin, end),
        cmocka_unit_test_setup_teardown(test_delete_keeps_no_fields, begin, end),
        cmocka_unit_test_setup_teardown(test_unknown_fields_ignored, begin, end),
        cmocka_unit_test_setup_teardown(test_stored, begin, end),
        cmocka_unit_test_setup_teardown(test_stored_null_and_delete, begin, end),
        cmocka_unit_test_setup_teardown(test_stored_corrupt, begin, end),
        cmocka_unit_test_setup_teardown(test_unread, begin, end),
        cmocka_unit_test_setup_teardown(test_stored_object_id, begin, end),
        cmocka_unit_test_setup_teardown(test_write_json_data, begin, end),
        cmocka_unit_test_setup_teardown(test_write_field_times, begin, end),
        cmocka_unit_test_setup_teardown(test_write, begin, end),
        cmocka_unit_test_setup_teardown(test_written_diff_reads_back, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
