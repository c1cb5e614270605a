/* One exchange: what of a FastCGI request arrives at the handler, and what goes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzip.h"
#include "in_range.h"
#include "pool.h"

#define MAX_BODY     5000000
#define MAX_BODY_KEY "max_body 5000000\n"

/* How long libfcgi, where it waits for the peer to close, does so in these tests. */
#define CLOSE_WAIT_MS "6000"

/* One pool with one worker for all tests of this file: each also proves that the one before it left
 * the worker usable. */
static int set_up(void **state)
{
    pool_set_up(state);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_WAIT_MS, 1);
    pool_start(*state, MAX_BODY_KEY);
    return 0;
}

static int tear_down(void **state)
{
    int status = pool_stop(*state);

    pool_tear_down(state);
    return status;
}

static void expect_answer(int fd, int status, const char *body_start)
{
    struct fcgi_answer answer;

    assert_true(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.status, status);
    if (strncmp(answer.body, body_start, strlen(body_start)) != 0)
        fail_msg("got %s instead of %s", answer.body, body_start);
    fcgi_answer_release(&answer);
}

static void check_echo(const struct pool *pool, size_t len)
{
    char *body = malloc(len + 1);
    struct fcgi_answer answer;
    int fd = pool_connect(pool);

    assert_non_null(body);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)(i * 7 + i / 251);
    assert_true(fcgi_send_request(fd, "/echo", body, len, false));
    assert_true(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, len);
    assert_memory_equal(answer.body, body, len);
    fcgi_answer_release(&answer);
    free(body);
    close(fd);
}

static void bodies_pass_unchanged(void **state)
{
    static const size_t LENGTHS[] = {0, 1, 8191, 8192, 65535, 65536, 1048577, MAX_BODY};

    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++)
        check_echo(*state, LENGTHS[i]);
}

static void head_has_what_the_reply_says(void **state)
{
    const struct pool *pool = *state;
    struct fcgi_answer answer;

    assert_true(fcgi_post(pool->address, "/busy", "", &answer));
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "Status: 503 Service Unavailable\r\n"));
    assert_non_null(strstr(answer.head, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(answer.head, "\r\nContent-Length: 0\r\n"));
    assert_non_null(strstr(answer.head, "\r\nX-Request-Id: "));
    assert_non_null(strstr(answer.head, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(answer.head, "\r\nRetry-After: 7\r\n"));
    assert_non_null(strstr(answer.head, "\r\nAllow: POST\r\n"));
    assert_non_null(strstr(answer.head, "\r\nAccept-Encoding: gzip\r\n"));
    fcgi_answer_release(&answer);
    assert_true(fcgi_post(pool->address, "/echo", "ab", &answer));
    assert_non_null(strstr(answer.head, "Status: 200 OK\r\n"));
    assert_non_null(strstr(answer.head, "\r\nContent-Length: 2\r\n"));
    assert_null(strstr(answer.head, "Retry-After"));
    assert_null(strstr(answer.head, "Allow"));
    assert_null(strstr(answer.head, "Accept-Encoding"));
    fcgi_answer_release(&answer);
}

static void a_head_without_a_body(void **state)
{
    const struct pool *pool = *state;
    struct fcgi_answer answer;

    assert_true(fcgi_post(pool->address, "/nothing", "", &answer));
    assert_int_equal(answer.status, 204);
    assert_non_null(strstr(answer.head, "Status: 204 No Content\r\n"));
    assert_null(strstr(answer.head, "\r\nContent-Length:"));
    assert_null(strstr(answer.head, "\r\nContent-Type:"));
    assert_non_null(strstr(answer.head, "\r\nVary: Origin\r\n"));
    assert_non_null(strstr(answer.head, "\r\nAccess-Control-Allow-Methods: POST\r\n"));
    fcgi_answer_release(&answer);
}

static void get_params(const struct pool *pool, const struct fcgi_param *params, size_t count,
                       struct fcgi_answer *answer_out)
{
    int fd = pool_connect(pool);

    assert_true(fcgi_send_begin(fd, 1, false));
    assert_true(fcgi_send_params(fd, 1, params, count));
    assert_true(fcgi_send_stdin_end(fd, 1));
    assert_true(fcgi_read_answer(fd, answer_out));
    close(fd);
}

static void params_arrive(void **state)
{
    const struct fcgi_param params[] = {{"REQUEST_METHOD", "GET"},
                                        {"DOCUMENT_URI", "/params"},
                                        {"SCRIPT_NAME", "/script"},
                                        {"REQUEST_URI", "/uri?x=1"},
                                        {"CONTENT_TYPE", "text/plain; charset=utf-8"},
                                        {"CONTENT_LENGTH", ""},
                                        {"HTTP_AUTHORIZATION", "Bearer abc"},
                                        {"MOBYNC_OWNER", "alice"},
                                        {"REQUEST_ID", "Ab.c_d-9"}};
    struct fcgi_answer answer;

    get_params(*state, params, sizeof(params) / sizeof(params[0]), &answer);
    assert_string_equal(answer.body,
                        "GET|/params|text/plain; charset=utf-8|Bearer abc|alice|Ab.c_d-9");
    assert_non_null(strstr(answer.head, "\r\nX-Request-Id: Ab.c_d-9\r\n"));
    fcgi_answer_release(&answer);
    pool_await_log(*state, "request_id=Ab.c_d-9 msg=request method=GET path=/params status=200", 1);
}

static void path_falls_back(void **state)
{
    const struct fcgi_param params[] = {{"REQUEST_METHOD", "GET"},
                                        {"SCRIPT_NAME", ""},
                                        {"REQUEST_URI", "/from/uri?x=/other"},
                                        {"REQUEST_ID", "1"}};
    struct fcgi_answer answer;

    get_params(*state, params, sizeof(params) / sizeof(params[0]), &answer);
    assert_string_equal(answer.body, "GET|/from/uri||||1");
    fcgi_answer_release(&answer);
    get_params(*state, params, 1, &answer);
    assert_non_null(strstr(answer.body, "GET|||||"));
    fcgi_answer_release(&answer);
}

static void bad_request_ids_are_replaced(void **state)
{
    static const char *const BAD[] = {
        "",         "a b",  "a\r\nSet-Cookie: x",
        "\xc3\xa4", "a\"b", "12345678901234567890123456789012345678901234567890123456789012345"};

    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        const struct fcgi_param params[] = {{"REQUEST_METHOD", "GET"}, {"REQUEST_ID", BAD[i]}};
        struct fcgi_answer answer;
        const char *id;

        get_params(*state, params, 2, &answer);
        id = strrchr(answer.body, '|');
        assert_non_null(id);
        assert_int_equal(strspn(id + 1, "0123456789abcdef-"), 36);
        assert_non_null(strstr(answer.head, id + 1));
        assert_null(strstr(answer.head, "Set-Cookie"));
        fcgi_answer_release(&answer);
    }
}

static void short_body_is_refused_and_never_handled(void **state)
{
    const struct pool *pool = *state;
    long before = pool_get_number(pool, "/handled");
    int fd = pool_connect(pool);

    assert_true(fcgi_send_post(fd, "/echo", "10", false));
    assert_true(fcgi_send_stdin(fd, 1, "12345", 5));
    assert_true(fcgi_send_stdin_end(fd, 1));
    expect_answer(fd, 400, "INVALID_REQUEST: the body ended early: 5 of 10 bytes");
    close(fd);
    assert_int_equal(pool_get_number(pool, "/handled"), before + 1);
}

static void body_of_a_peer_that_left_is_never_handled(void **state)
{
    const struct pool *pool = *state;
    long before = pool_get_number(pool, "/handled");
    int fd = pool_connect(pool);

    assert_true(fcgi_send_post(fd, "/echo", "10", false));
    assert_true(fcgi_send_stdin(fd, 1, "12345", 5));
    close(fd);
    assert_int_equal(pool_get_number(pool, "/handled"), before + 1);
    pool_await_log(pool, "status=400 code=INVALID_REQUEST sent=no", 1);
}

static void check_length(const struct pool *pool, const char *length, const char *expected)
{
    int fd = pool_connect(pool);

    assert_true(fcgi_send_post(fd, "/echo", length, false));
    assert_true(fcgi_send_stdin(fd, 1, "12345", 5));
    assert_true(fcgi_send_stdin_end(fd, 1));
    expect_answer(fd, 400, expected);
    close(fd);
}

static void wrong_lengths_are_refused(void **state)
{
    static const char *const GARBAGE[] = {
        "x", "5x", "-5", "+5", "5 ", "0x5", "99999999999999999999999999"};
    long before = pool_get_number(*state, "/handled");

    for (size_t i = 0; i < sizeof(GARBAGE) / sizeof(GARBAGE[0]); i++)
        check_length(*state, GARBAGE[i], "INVALID_REQUEST: CONTENT_LENGTH is not");
    check_length(*state, "4", "INVALID_REQUEST: the body is longer than its CONTENT_LENGTH");
    check_length(*state, NULL, "INVALID_REQUEST: a request with a body needs a CONTENT_LENGTH");
    check_length(*state, "", "INVALID_REQUEST: a request with a body needs a CONTENT_LENGTH");
    assert_int_equal(pool_get_number(*state, "/handled"), before + 1);
}

static void oversized_body_is_refused_unread(void **state)
{
    int fd = pool_connect(*state);

    /* Nothing of the body is sent: reading it would block. */
    assert_true(fcgi_send_post(fd, "/echo", "5000001", false));
    expect_answer(fd, 413, "TOO_LARGE: the body has 5000001 bytes, the limit is 5000000");
    close(fd);
}

/* A web server sends the body although the response was sent: closing must not truncate it. */
static void oversized_body_that_is_sent_gets_its_answer(void **state)
{
    static char body[MAX_BODY + 1];
    int fd = pool_connect(*state);

    assert_true(fcgi_send_request(fd, "/echo", body, sizeof(body), false));
    expect_answer(fd, 413, "TOO_LARGE");
    close(fd);
}

static void send_coded(int fd, const char *coding, struct text body, bool keep)
{
    char length[24];
    const struct fcgi_param params[] = {{"REQUEST_METHOD", "POST"},
                                        {"DOCUMENT_URI", "/echo"},
                                        {"CONTENT_LENGTH", length},
                                        {"HTTP_CONTENT_ENCODING", coding}};

    snprintf(length, sizeof(length), "%zu", body.len);
    assert_true(fcgi_send_begin(fd, 1, keep));
    assert_true(fcgi_send_params(fd, 1, params, sizeof(params) / sizeof(params[0])));
    assert_true(fcgi_send_stdin(fd, 1, body.ptr, body.len));
    assert_true(fcgi_send_stdin_end(fd, 1));
}

static void expect_of_coded(const struct pool *pool, const char *coding, struct text body,
                            struct fcgi_answer *answer_out)
{
    int fd = pool_connect(pool);

    send_coded(fd, coding, body, false);
    assert_true(fcgi_read_answer(fd, answer_out));
    close(fd);
}

static void packed_bodies_arrive_unpacked(void **state)
{
    static char plain[MAX_BODY];
    struct text packed;
    struct fcgi_answer answer;

    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (char)(i * i / 1000);
    packed = gzip_pack((struct text){plain, sizeof(plain)});
    expect_of_coded(*state, "gzip", packed, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, sizeof(plain));
    assert_memory_equal(answer.body, plain, sizeof(plain));
    fcgi_answer_release(&answer);
    expect_of_coded(*state, "identity", TEXT_LITERAL("plain"), &answer);
    assert_string_equal(answer.body, "plain");
    fcgi_answer_release(&answer);
    gzip_free(packed);
}

static void packed_body_on_a_kept_connection(void **state)
{
    struct text packed = gzip_pack(TEXT_LITERAL("once more"));
    int fd = pool_connect(*state);

    for (int i = 0; i < 3; i++) {
        send_coded(fd, "x-gzip", packed, true);
        expect_answer(fd, 200, "once more");
    }
    close(fd);
    gzip_free(packed);
}

/* Where there is no body, its coding is nobody's concern. */
static void coding_of_no_body_is_ignored(void **state)
{
    struct fcgi_answer answer;

    expect_of_coded(*state, "gzip", TEXT_LITERAL(""), &answer);
    assert_int_equal(answer.status, 200);
    fcgi_answer_release(&answer);
    expect_of_coded(*state, "br", TEXT_LITERAL(""), &answer);
    assert_int_equal(answer.status, 200);
    fcgi_answer_release(&answer);
}

static void expect_unpacking_refused(const struct pool *pool, const char *coding, struct text body,
                                     int status, const char *expected)
{
    int fd = pool_connect(pool);

    send_coded(fd, coding, body, true);
    expect_answer(fd, status, expected);
    close(fd);
}

static void packed_bodies_that_cannot_be_unpacked_are_refused(void **state)
{
    static char zeros[10 * MAX_BODY];
    struct text bomb = gzip_pack((struct text){zeros, sizeof(zeros)});
    struct text packed = gzip_pack(TEXT_LITERAL("cut short"));
    long before = pool_get_number(*state, "/handled");

    expect_unpacking_refused(*state, "br", packed, 415, "UNSUPPORTED_MEDIA_TYPE");
    expect_unpacking_refused(*state, "gzip, gzip", packed, 415, "UNSUPPORTED_MEDIA_TYPE");
    expect_unpacking_refused(*state, "gzip", bomb, 413, "TOO_LARGE");
    expect_unpacking_refused(*state, "gzip", TEXT_LITERAL("plain"), 400, "INVALID_REQUEST");
    packed.len--;
    expect_unpacking_refused(*state, "gzip", packed, 400,
                             "INVALID_REQUEST: the body ended early: its gzip is cut short");
    assert_int_equal(pool_get_number(*state, "/handled"), before + 1);
    gzip_free(bomb);
    gzip_free(packed);
}

static void second_request_on_a_kept_connection(void **state)
{
    int fd = pool_connect(*state);

    for (int i = 0; i < 3; i++) {
        assert_true(fcgi_send_request(fd, "/echo", "once more", 9, true));
        expect_answer(fd, 200, "once more");
    }
    assert_true(fcgi_send_request(fd, "/echo", "last", 4, false));
    expect_answer(fd, 200, "last");
    assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
    close(fd);
}

static void kept_connection_with_an_unread_body_is_closed(void **state)
{
    struct fcgi_answer answer;
    int fd = pool_connect(*state);

    assert_true(fcgi_send_post(fd, "/echo", "5000001", true));
    expect_answer(fd, 413, "TOO_LARGE");
    /* What follows is taken for the rest of that body, not for a request. */
    (void)fcgi_send_request(fd, "/echo", "smuggled", 8, true);
    assert_false(fcgi_read_answer(fd, &answer));
    assert_int_equal(answer.raw_len, 0);
    fcgi_answer_release(&answer);
    close(fd);
}

/* The one worker is the kept connection's until that was idle for a second. */
static void idle_kept_connection_blocks_nobody_for_long(void **state)
{
    int kept = pool_connect(*state);
    int64_t start_ms;

    start_ms = now_ms();
    assert_true(fcgi_send_request(kept, "/echo", "x", 1, true));
    expect_answer(kept, 200, "x");
    assert_true(pool_get_number(*state, "/pid") > 0);
    assert_int_in_range(now_ms() - start_ms, 1000, POOL_PATIENCE_MS);
    assert_true(fcgi_await_close(kept, POOL_PATIENCE_MS));
    close(kept);
}

/* Each kept connection alone would hold the one worker for a second. */
static void kept_connection_is_closed_where_nothing_follows(void **state)
{
    static const struct fcgi_param PARAMS[] = {{"REQUEST_METHOD", "POST"},
                                               {"DOCUMENT_URI", "/echo"},
                                               {"CONTENT_LENGTH", "1"},
                                               {"MOBYNC_CLOSE", "1"}};
    const int64_t start_ms = now_ms();

    for (int i = 0; i < 5; i++) {
        int fd = pool_connect(*state);

        assert_true(fcgi_send_begin(fd, 1, true));
        assert_true(fcgi_send_params(fd, 1, PARAMS, sizeof(PARAMS) / sizeof(PARAMS[0])));
        assert_true(fcgi_send_stdin(fd, 1, "x", 1));
        assert_true(fcgi_send_stdin_end(fd, 1));
        expect_answer(fd, 200, "x");
        assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
        close(fd);
    }
    assert_int_in_range(now_ms() - start_ms, 0, 5000);
}

static void peer_that_stays_after_its_answer_holds_nobody(void **state)
{
    int fd = pool_connect(*state);
    int64_t start_ms = now_ms();

    assert_true(fcgi_send_request(fd, "/echo", "x", 1, false));
    expect_answer(fd, 200, "x");
    assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
    assert_true(pool_get_number(*state, "/pid") > 0);
    assert_int_in_range(now_ms() - start_ms, 0, 5000);
    close(fd);
}

static void connection_without_a_request_harms_nobody(void **state)
{
    static const char GARBAGE[64] = "GET / HTTP/1.1\r\n\r\n";
    long worker = pool_get_number(*state, "/pid");
    int fd = pool_connect(*state);

    close(fd);
    assert_int_equal(pool_get_number(*state, "/pid"), worker);
    fd = pool_connect(*state);
    assert_true(fcgi_send_bytes(fd, GARBAGE, sizeof(GARBAGE)));
    assert_true(fcgi_await_close(fd, POOL_PATIENCE_MS));
    close(fd);
    assert_int_equal(pool_get_number(*state, "/pid"), worker);
}

static void log_line_has_the_facts(void **state)
{
    char ignored[8];

    pool_get(*state, "/facts", ignored, sizeof(ignored));
    pool_await_log(*state,
                   "method=POST route=facts status=200 owner=alice clock_in=3 clock_out=4 "
                   "diffs_in=5 diffs_out=6 rejected=2 bytes_in=0 bytes_out=0 ms=",
                   1);
    pool_await_log(*state, " db_ms=1.234", 1);
}

static void fatal_verdict_answers_and_replaces_the_worker(void **state)
{
    const struct pool *pool = *state;
    struct fcgi_answer answer;
    long left;

    assert_true(fcgi_post(pool->address, "/leave", "", &answer));
    assert_int_equal(answer.status, 500);
    left = strtol(answer.body, NULL, 10);
    fcgi_answer_release(&answer);
    assert_int_not_equal(pool_get_number(pool, "/pid"), left);
    pool_await_log(pool, "worker ended with status 1", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_pass_unchanged),
        cmocka_unit_test(head_has_what_the_reply_says),
        cmocka_unit_test(a_head_without_a_body),
        cmocka_unit_test(params_arrive),
        cmocka_unit_test(path_falls_back),
        cmocka_unit_test(bad_request_ids_are_replaced),
        cmocka_unit_test(short_body_is_refused_and_never_handled),
        cmocka_unit_test(body_of_a_peer_that_left_is_never_handled),
        cmocka_unit_test(wrong_lengths_are_refused),
        cmocka_unit_test(oversized_body_is_refused_unread),
        cmocka_unit_test(oversized_body_that_is_sent_gets_its_answer),
        cmocka_unit_test(packed_bodies_arrive_unpacked),
        cmocka_unit_test(packed_body_on_a_kept_connection),
        cmocka_unit_test(coding_of_no_body_is_ignored),
        cmocka_unit_test(packed_bodies_that_cannot_be_unpacked_are_refused),
        cmocka_unit_test(second_request_on_a_kept_connection),
        cmocka_unit_test(kept_connection_with_an_unread_body_is_closed),
        cmocka_unit_test(idle_kept_connection_blocks_nobody_for_long),
        cmocka_unit_test(kept_connection_is_closed_where_nothing_follows),
        cmocka_unit_test(peer_that_stays_after_its_answer_holds_nobody),
        cmocka_unit_test(connection_without_a_request_harms_nobody),
        cmocka_unit_test(log_line_has_the_facts),
        cmocka_unit_test(fatal_verdict_answers_and_replaces_the_worker),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
