/* Every answer, to the byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "in_range.h"
#include "reply.h"

#define ANSWER_MAX ((size_t)64 * 1024)

static struct buf body;
static struct http_reply reply = {.body = &body};

static int open_body(void **state)
{
    (void)state;
    buf_init(&body, ANSWER_MAX);
    return 0;
}

static int close_body(void **state)
{
    (void)state;
    buf_release(&body);
    return 0;
}

static void expect_body(const char *expected)
{
    assert_string_equal(buf_text(&body).ptr, expected);
    assert_int_equal(body.len, strlen(expected));
    assert_string_equal(reply.content_type, "application/json");
}

static void a_sync_without_diffs(void **state)
{
    const struct sync_answer answer = {.next_clock = 9007199254740991};
    struct fail fail = {0};

    (void)state;
    assert_int_equal(reply_sync(&reply, &answer, &fail), RC_OK);
    assert_int_equal(reply.status, 200);
    expect_body("{\"success\": true, \"message\": \"\", \"logical_clock\": 9007199254740991, "
                "\"diffs\": []}");
}

static const struct model TASKS = {.name = {"tasks", 5}};

static struct diff make_diff(const char *id)
{
    return (struct diff){
        .id = text_of(id),
        .owner = TEXT_LITERAL("al\"ice"),
        .clock = 3,
        .time_ms = 1604114123778,
        .type = DIFF_UPDATE,
        .model = &TASKS,
        .json_data = TEXT_LITERAL("{\"id\":\"uuid1\", \"name\":\"\xC3\xAB\"}"),
        .object_id = TEXT_LITERAL("uuid1"),
    };
}

static void a_sync_with_diffs(void **state)
{
    struct diff diffs[] = {make_diff("d1"), make_diff("d2")};
    const struct sync_answer answer = {.next_clock = 4, .diffs = {diffs, ARRAY_LEN(diffs)}};
    struct fail fail = {0};
    struct buf expected;

    (void)state;
    buf_init(&expected, ANSWER_MAX);
    buf_add_str(&expected,
                "{\"success\": true, \"message\": \"\", \"logical_clock\": 4, \"diffs\": [");
    diff_write(&expected, &diffs[0]);
    buf_add_char(&expected, ',');
    diff_write(&expected, &diffs[1]);
    buf_add_str(&expected, "]}");
    assert_int_equal(reply_sync(&reply, &answer, &fail), RC_OK);
    expect_body(expected.data);
    assert_non_null(strstr(body.data, "\"json_data\":\"{\\\"id\\\":\\\"uuid1\\\", "));
    buf_release(&expected);
}

static void an_answer_that_is_too_large(void **state)
{
    struct diff diff = make_diff("d1");
    const struct sync_answer answer = {.next_clock = 4, .diffs = {&diff, 1}};
    struct fail fail = {0};

    (void)state;
    body.max_bytes = 200;
    assert_int_equal(reply_sync(&reply, &answer, &fail), RC_FATAL);
    assert_int_equal(fail.code, FAIL_INTERNAL);
    reply_error(&reply, &fail);
    assert_int_equal(reply.status, 500);
    assert_false(body.overflow);
    assert_non_null(strstr(body.data, "\"code\": \"INTERNAL\""));
    assert_null(strstr(body.data, "larger than")); /* the detail stays in the log */
}

static void an_error(void **state)
{
    struct fail fail;

    (void)state;
    (void)fail_reject(&fail, FAIL_FORBIDDEN, "not \"yours\"");
    fail_detail(&fail, "secret");
    reply_error(&reply, &fail);
    assert_int_equal(reply.status, 403);
    assert_int_equal(reply.retry_after_s, 0);
    assert_null(reply.allow);
    expect_body("{\"success\": false, \"message\": \"not \\\"yours\\\"\", \"error\": "
                "{\"code\": \"FORBIDDEN\"}, \"logical_clock\": 0, \"diffs\": []}");
}

static void an_error_of_a_diff(void **state)
{
    struct fail fail;

    (void)state;
    (void)fail_reject(&fail, FAIL_INVALID_DATA, "too long");
    fail_at_diff(&fail, text_of("d\n1"));
    reply_error(&reply, &fail);
    assert_int_equal(reply.status, 400);
    expect_body(
        "{\"success\": false, \"message\": \"too long\", \"error\": {\"code\": \"INVALID_DATA\", "
        "\"diff_id\": \"d\\n1\"}, \"logical_clock\": 0, \"diffs\": []}");
    fail_at_field(&fail, text_of("name"));
    reply_error(&reply, &fail);
    expect_body(
        "{\"success\": false, \"message\": \"too long\", \"error\": {\"code\": \"INVALID_DATA\", "
        "\"diff_id\": \"d\\n1\", \"field\": \"name\"}, \"logical_clock\": 0, \"diffs\": []}");
}

static void an_error_after_another_answer(void **state)
{
    const struct sync_answer answer = {.next_clock = 1};
    struct fail fail;

    (void)state;
    assert_int_equal(reply_sync(&reply, &answer, &fail), RC_OK);
    (void)fail_reject(&fail, FAIL_NOT_FOUND, "x");
    reply_error(&reply, &fail);
    expect_body("{\"success\": false, \"message\": \"x\", \"error\": {\"code\": \"NOT_FOUND\"}, "
                "\"logical_clock\": 0, \"diffs\": []}");
}

static void a_message_that_is_no_utf8(void **state)
{
    struct fail fail;

    (void)state;
    (void)fail_reject(&fail, FAIL_INVALID_DATA, "bad \xFF byte");
    reply_error(&reply, &fail);
    expect_body("{\"success\": false, \"message\": \"?\", \"error\": {\"code\": \"INVALID_DATA\"}, "
                "\"logical_clock\": 0, \"diffs\": []}");
}

static void every_code_has_its_status(void **state)
{
    static const int STATUS[FAIL_CODES] = {
        [FAIL_INTERNAL] = 500,           [FAIL_INVALID_REQUEST] = 400,
        [FAIL_INVALID_DATA] = 400,       [FAIL_INVALID_SYNC_TOKEN] = 401,
        [FAIL_FORBIDDEN] = 403,          [FAIL_NOT_FOUND] = 404,
        [FAIL_METHOD_NOT_ALLOWED] = 405, [FAIL_UNSUPPORTED_MEDIA_TYPE] = 415,
        [FAIL_INVALID_CLOCK] = 409,      [FAIL_NO_SUCH_OBJECT] = 409,
        [FAIL_OBJECT_EXISTS] = 409,      [FAIL_TOO_LARGE] = 413,
        [FAIL_OUTDATED_APP] = 410,       [FAIL_RATE_LIMITED] = 429,
        [FAIL_SERVER_BUSY] = 503,
    };

    (void)state;
    for (enum fail_code code = 0; code < FAIL_CODES; code++) {
        struct fail fail = {.code = code};

        reply_error(&reply, &fail);
        assert_int_equal(reply.status, STATUS[code]);
    }
}

static void busy_says_when_to_come_again(void **state)
{
    const struct fail fail = {.code = FAIL_SERVER_BUSY};
    bool seen[6] = {false};

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        reply_error(&reply, &fail);
        assert_int_in_range(reply.retry_after_s, 1, 5);
        seen[reply.retry_after_s] = true;
    }
    for (unsigned s = 1; s <= 5; s++)
        assert_true(seen[s]);
}

static void too_many_at_once_may_come_again_soon(void **state)
{
    const struct fail fail = {.code = FAIL_RATE_LIMITED};

    (void)state;
    reply_error(&reply, &fail);
    assert_int_equal(reply.retry_after_s, 1);
}

static void healthy(void **state)
{
    (void)state;
    reply_healthy(&reply);
    assert_int_equal(reply.status, 200);
    expect_body("{\"status\":\"ok\"}");
}

#define WITH_BODY(test) cmocka_unit_test_setup_teardown(test, open_body, close_body)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BODY(a_sync_without_diffs),
        WITH_BODY(a_sync_with_diffs),
        WITH_BODY(an_answer_that_is_too_large),
        WITH_BODY(an_error),
        WITH_BODY(an_error_of_a_diff),
        WITH_BODY(an_error_after_another_answer),
        WITH_BODY(a_message_that_is_no_utf8),
        WITH_BODY(every_code_has_its_status),
        WITH_BODY(busy_says_when_to_come_again),
        WITH_BODY(too_many_at_once_may_come_again_soon),
        WITH_BODY(healthy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
