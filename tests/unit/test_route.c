/* From a request to its response: paths, methods, the order of the checks, and how each ending of a
 * sync reaches the client. The engine, the token table and the database are played here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>
#include <unistd.h>

#include "app.h"
#include "clock.h"
#include "in_range.h"
#include "sync.h"
#include "log.h"
#include "synchronizer.h"
#include "stats.h"
#include "translation.h"

#define GOOD  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"
#define WRONG "0bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_-0"
#define DIFF(owner)                                                                                \
    "{\"id\":\"d1\",\"owner\":\"" owner "\",\"logical_clock\":0,\"utc_timestamp\":5,"              \
    "\"type\":\"create\",\"model\":\"tasks\",\"json_data\":\"{\\\"id\\\":\\\"u1\\\"}\"}"
#define SYNC(token, diffs)                                                                         \
    "{\"auth_token\":\"" token "\",\"logical_clock\":3,\"diffs\":[" diffs "]}"

/* What the engine was asked, and what it is to answer. */
static struct {
    unsigned calls;
    char owner[OWNER_MAX_BYTES + 1];
    char first_diff_owner[OWNER_MAX_BYTES + 1];
    int64_t clock;
    int64_t clock_skew_ms;
    size_t diffs;
    enum rc rc;
    enum fail_code code;
    unsigned pings;
    enum rc ping_rc;
    unsigned measurements;
    enum rc measure_rc;
    bool moved;
} engine;

/* Where the database says that an owner is. */
static struct {
    unsigned asked;
    enum rc rc;
    struct owner_place place;
} moves;

/* Of the pool; without any, all owners are its own. */
static struct shard_list shards;

enum rc sync_apply(struct synchronizer *s, const struct sync_request *request, struct arena *arena,
                   struct sync_answer *answer_out, struct fail *fail)
{
    (void)s;
    (void)arena;
    engine.calls++;
    snprintf(engine.owner, sizeof(engine.owner), "%.*s", TEXT_ARG(request->owner));
    engine.clock = request->clock;
    engine.clock_skew_ms = request->clock_skew_ms;
    engine.diffs = request->diffs.count;
    if (engine.diffs > 0)
        snprintf(engine.first_diff_owner, sizeof(engine.first_diff_owner), "%.*s",
                 TEXT_ARG(request->diffs.items[0].owner));
    if (engine.rc != RC_OK) {
        fail_set(fail, engine.rc, engine.code, "the engine said no");
        fail_detail(fail, "for the log");
        fail->moved = engine.moved;
        return engine.rc;
    }
    *answer_out = (struct sync_answer){.next_clock = request->clock + 1};
    return RC_OK;
}

enum rc sync_translated(struct synchronizer *s, const struct sync_request *request,
                        const struct sync_translation *translation, struct arena *arena,
                        struct sync_answer *answer_out, struct fail *fail)
{
    (void)translation;
    return sync_apply(s, request, arena, answer_out, fail);
}

enum rc sync_look(struct synchronizer *s, const struct sync_request *request,
                  const struct sync_look *look, struct arena *arena, int64_t *next_clock_out,
                  struct fail *fail)
{
    struct sync_answer answer;
    enum rc rc = sync_apply(s, request, arena, &answer, fail);

    (void)look;
    *next_clock_out = request->clock;
    return rc;
}

static enum rc find_token(struct synchronizer *s, const unsigned char *hash, int64_t now_ms,
                          struct arena *arena, struct token_found *found_out, struct fail *fail)
{
    static const unsigned char GOOD_HASH[] = {0x07, 0xa0, 0xef, 0x06}; /* SHA-256, its beginning */
    bool good = memcmp(hash, GOOD_HASH, sizeof(GOOD_HASH)) == 0;

    (void)s;
    (void)now_ms;
    (void)arena;
    (void)fail;
    *found_out = (struct token_found){good ? TEXT_LITERAL("alice") : TEXT_LITERAL(""), 0};
    return RC_OK;
}

static enum rc play_ping(struct synchronizer *s, struct fail *fail)
{
    (void)s;
    engine.pings++;
    return engine.ping_rc == RC_OK ? RC_OK : fail_busy(fail, engine.ping_rc, "no link");
}

static enum rc play_measure(struct synchronizer *s, uint64_t max, struct outbox_size *size_out,
                            struct fail *fail)
{
    (void)s;
    engine.measurements++;
    assert_int_in_range(max, 1000, 100000); /* a scrape stays cheap */
    *size_out = (struct outbox_size){.entries = 12, .oldest_ms = clock_now_ms() - 90500};
    return engine.measure_rc == RC_OK ? RC_OK : fail_busy(fail, engine.measure_rc, "no link");
}

static enum rc play_measure_history(struct synchronizer *s, struct history_size *size_out,
                                    struct fail *fail)
{
    (void)s;
    *size_out = (struct history_size){.diffs = 77, .bytes = 4096};
    return engine.measure_rc == RC_OK ? RC_OK : fail_busy(fail, engine.measure_rc, "no link");
}

static enum rc play_find_place(struct synchronizer *s, struct text owner, struct arena *arena,
                               struct owner_place *place_out, struct fail *fail)
{
    (void)s;
    (void)arena;
    assert_true(text_is(owner, "alice"));
    moves.asked++;
    *place_out = moves.place;
    return moves.rc == RC_OK ? RC_OK : fail_busy(fail, moves.rc, "no link");
}

static const struct owner_moves_ops MOVES_OPS = {.find = play_find_place};
static const struct change_ops CHANGE_OPS = {.measure = play_measure};
static const struct token_ops TOKEN_OPS = {.find = find_token};
static const struct synchronizer_ops OPS = {
    .ping = play_ping,
    .measure_history = play_measure_history,
    .tokens = &TOKEN_OPS,
    .changes = &CHANGE_OPS,
    .owner_moves = &MOVES_OPS,
};
static struct field fields[] = {{.name = {"name", 4}, .column = {"name", 4}}};
static struct model models[] = {
    {.name = {"tasks", 5}, .allow = {true, true, true}, .fields = fields, .field_count = 1},
};
static const struct mapping MAPPING = {.models = models, .model_count = 1};
static struct synchronizer synchronizer = {.ops = &OPS, .mapping = &MAPPING};

static void read_stats(const void *context, struct stats *sum_out)
{
    *sum_out = *(const struct stats *)context;
}

static const struct stats STATS = {.generation = 3};

/* What the gate was asked, and what it is to answer. */
static struct {
    unsigned calls;
    char owner[OWNER_MAX_BYTES + 1];
    bool closed;
} gate;

static bool play_gate(void *context, struct text owner)
{
    assert_ptr_equal(context, &gate);
    gate.calls++;
    snprintf(gate.owner, sizeof(gate.owner), "%.*s", TEXT_ARG(owner));
    return !gate.closed;
}

/* One app and the last exchange with it. */
struct bench {
    struct auth *auth;
    struct http_handler *handler;
    struct arena arena;
    struct buf body;
    struct http_reply reply;
    struct http_facts facts;
    enum http_verdict verdict;
};

static void open_with(struct bench *bench, bool stamp_owner, struct cors_policy cors)
{
    const struct auth_settings auth = {.tokens = true, .trusted_param = true};
    struct http_app_settings settings = {
        .mapping = &MAPPING,
        .synchronizer = &synchronizer,
        .max_body_bytes = 4096,
        .max_diffs = 2,
        .clock_skew_ms = 300000,
        .stamp_owner = stamp_owner,
        .trusted_param = "MOBYNC_OWNER",
        .metrics = {&STATS, read_stats, "1.2.3"},
        .gate = {&gate, play_gate},
        .cors = cors,
        .shards = shards,
    };

    *bench = (struct bench){.auth = auth_new(&auth, &synchronizer)};
    settings.auth = bench->auth;
    bench->handler = http_app_new(&settings);
    arena_init(&bench->arena);
    buf_init(&bench->body, 65536);
    bench->reply.body = &bench->body;
}

static void open_bench(struct bench *bench, bool stamp_owner)
{
    open_with(bench, stamp_owner, (struct cors_policy){NULL, 0});
}

static void close_bench(struct bench *bench)
{
    buf_release(&bench->body);
    arena_release(&bench->arena);
    http_app_free(bench->handler);
    auth_free(bench->auth);
}

static int setup(void **state)
{
    static struct bench bench;

    memset(&engine, 0, sizeof(engine));
    memset(&gate, 0, sizeof(gate));
    memset(&moves, 0, sizeof(moves));
    shards.count = 0;
    synchronizer.counts = (struct synchronizer_counts){0};
    log_set_level(LOG_LEVEL_ERROR);
    open_bench(&bench, false);
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    close_bench(*state);
    return 0;
}

static void send(struct bench *bench, const struct http_request *request)
{
    arena_clear(&bench->arena);
    bench->verdict = bench->handler->handle(bench->handler->app, request, &bench->arena,
                                            &bench->reply, &bench->facts);
}

static struct http_request sync_of(const char *body)
{
    return (struct http_request){
        .method = TEXT_LITERAL("POST"),
        .path = TEXT_LITERAL("/sync"),
        .content_type = TEXT_LITERAL("application/json"),
        .body = text_of(body),
    };
}

static void send_sync(struct bench *bench, const char *body)
{
    struct http_request request = sync_of(body);

    send(bench, &request);
}

static void expect(const struct bench *bench, int status, const char *code)
{
    char member[64];

    if (bench->reply.status != status)
        fail_msg("%d: %s", bench->reply.status, bench->body.data);
    assert_string_equal(bench->facts.code, code);
    if (code[0] == '\0')
        return;
    snprintf(member, sizeof(member), "\"code\": \"%s\"", code);
    assert_non_null(strstr(bench->body.data, member));
}

static void a_sync(void **state)
{
    struct bench *bench = *state;

    send_sync(bench, SYNC(GOOD, DIFF("alice")));
    expect(bench, 200, "");
    assert_string_equal(
        bench->body.data,
        "{\"success\": true, \"message\": \"\", \"logical_clock\": 4, \"diffs\": []}");
    assert_int_equal(bench->verdict, HTTP_GO_ON);
    assert_string_equal(engine.owner, "alice");
    assert_int_equal(engine.clock, 3);
    assert_int_equal(engine.clock_skew_ms, 300000);
    assert_int_equal(engine.diffs, 1);
    assert_string_equal(bench->facts.route, "/sync");
    assert_true(text_is(bench->facts.owner, "alice"));
    assert_int_equal(bench->facts.clock_in, 3);
    assert_int_equal(bench->facts.clock_out, 4);
    assert_int_equal(bench->facts.diffs_in, 1);
    assert_int_equal(bench->facts.diffs_out, 0);
}

static void paths_and_methods(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
        const char *code, *allow;
    } ROWS[] = {
        {"GET", "/sync", 405, "METHOD_NOT_ALLOWED", "POST"},
        {"PUT", "/sync", 405, "METHOD_NOT_ALLOWED", "POST"},
        {"post", "/sync", 405, "METHOD_NOT_ALLOWED", "POST"},
        {"", "/sync", 405, "METHOD_NOT_ALLOWED", "POST"},
        {"POST", "/healthz", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"},
        {"GET", "/healthz", 200, "", NULL},
        {"HEAD", "/healthz", 200, "", NULL},
        {"GET", "/metrics", 200, "", NULL},
        {"POST", "/metrics", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"},
        {"GET", "/", 404, "NOT_FOUND", NULL},
        {"POST", "", 404, "NOT_FOUND", NULL},
        {"POST", "/sync/", 404, "NOT_FOUND", NULL},
        {"POST", "/Sync", 404, "NOT_FOUND", NULL},
        {"POST", "/syncx", 404, "NOT_FOUND", NULL},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct http_request request = sync_of(SYNC(GOOD, ""));

        request.method = text_of(ROWS[i].method);
        request.path = text_of(ROWS[i].path);
        send(bench, &request);
        expect(bench, ROWS[i].status, ROWS[i].code);
        if (ROWS[i].allow == NULL)
            assert_null(bench->reply.allow);
        else
            assert_string_equal(bench->reply.allow, ROWS[i].allow);
    }
    assert_int_equal(engine.calls, 0);
}

static void content_types(void **state)
{
    static const struct {
        const char *type;
        int status;
    } ROWS[] = {
        {"application/json", 200},
        {"Application/JSON", 200},
        {"application/json; charset=utf-8", 200},
        {"application/json ;x=y", 200},
        {"text/plain", 415},
        {"application/jsonx", 415},
        {"application/json2; application/json", 415},
        {"text/plain; application/json", 415},
        {"", 415},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct http_request request = sync_of(SYNC(GOOD, ""));

        request.content_type = text_of(ROWS[i].type);
        send(bench, &request);
        expect(bench, ROWS[i].status, ROWS[i].status == 200 ? "" : "UNSUPPORTED_MEDIA_TYPE");
    }
}

/* docs/protocol.md 3: a bad token is answered before the diffs are looked at. */
static void the_order_of_the_checks(void **state)
{
    static const struct {
        const char *why, *authorization, *body;
        int status;
        const char *code;
    } ROWS[] = {
        {"good header, no token in the body", "Bearer " GOOD, "{\"logical_clock\":0,\"diffs\":[]}",
         200, ""},
        {"good header wins over a wrong body", "Bearer " GOOD, SYNC(WRONG, ""), 200, ""},
        {"wrong header wins over a good body", "Bearer " WRONG, SYNC(GOOD, ""), 401,
         "INVALID_SYNC_TOKEN"},
        {"wrong header before a broken body", "Bearer " WRONG, "{", 401, "INVALID_SYNC_TOKEN"},
        {"good header, broken body", "Bearer " GOOD, "{", 400, "INVALID_REQUEST"},
        {"good header, a body token that is not a string", "Bearer " GOOD,
         "{\"auth_token\":1,\"logical_clock\":0,\"diffs\":[]}", 200, ""},
        {"another scheme is no token", "Basic " GOOD, SYNC(GOOD, ""), 200, ""},
        {"no header, broken body", "", "{", 400, "INVALID_REQUEST"},
        {"no header, an array", "", "[]", 400, "INVALID_REQUEST"},
        {"no header, empty body", "", "", 400, "INVALID_REQUEST"},
        {"no token at all", "", "{\"logical_clock\":0,\"diffs\":[]}", 401, "INVALID_SYNC_TOKEN"},
        {"a token that is not a string", "", "{\"auth_token\":1,\"logical_clock\":0,\"diffs\":[]}",
         400, "INVALID_REQUEST"},
        {"wrong token before bad diffs", "", SYNC(WRONG, "1"), 401, "INVALID_SYNC_TOKEN"},
        {"wrong token before a missing clock", "", "{\"auth_token\":\"" WRONG "\"}", 401,
         "INVALID_SYNC_TOKEN"},
        {"good token, no clock", "", "{\"auth_token\":\"" GOOD "\",\"diffs\":[]}", 400,
         "INVALID_REQUEST"},
        {"good token, no diffs", "", "{\"auth_token\":\"" GOOD "\",\"logical_clock\":0}", 400,
         "INVALID_REQUEST"},
        {"a diff that is not an object", "", SYNC(GOOD, "1"), 400, "INVALID_REQUEST"},
        {"another owner's diff", "", SYNC(GOOD, DIFF("bob")), 403, "FORBIDDEN"},
        {"more diffs than allowed", "",
         SYNC(GOOD, DIFF("alice") "," DIFF("alice") "," DIFF("alice")), 400, "INVALID_REQUEST"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct http_request request = sync_of(ROWS[i].body);

        engine.calls = 0;
        request.authorization = text_of(ROWS[i].authorization);
        send(bench, &request);
        if (bench->reply.status != ROWS[i].status)
            fail_msg("%s: %s", ROWS[i].why, bench->body.data);
        expect(bench, ROWS[i].status, ROWS[i].code);
        assert_int_equal(engine.calls, ROWS[i].status == 200);
    }
}

static void a_trusted_owner_needs_no_token(void **state)
{
    struct http_request request = sync_of("{\"logical_clock\":\"7\",\"diffs\":[]}");
    struct bench *bench = *state;

    request.trusted_owner = TEXT_LITERAL("carol");
    send(bench, &request);
    expect(bench, 200, "");
    assert_string_equal(engine.owner, "carol");
    assert_int_equal(engine.clock, 7);
}

/* Asked once, of whom the token names, before the body is looked at; nobody else is. */
static void an_owner_passes_the_gate_first(void **state)
{
    static const struct {
        const char *why, *authorization, *trusted, *body;
        const char *owner; /* whom the gate is asked about, or NULL */
    } ROWS[] = {
        {"token in the header", "Bearer " GOOD, "", "{", "alice"},
        {"token in the body", "", "", SYNC(GOOD, "1"), "alice"},
        {"trusted param", "", "carol", "{\"logical_clock\":0}", "carol"},
        {"wrong token", "Bearer " WRONG, "", SYNC(GOOD, ""), NULL},
        {"no token", "", "", "{}", NULL},
        {"no JSON", "", "", "{", NULL},
    };
    struct bench *bench = *state;

    gate.closed = true;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct http_request request = sync_of(ROWS[i].body);

        gate.calls = 0;
        request.authorization = text_of(ROWS[i].authorization);
        request.trusted_owner = text_of(ROWS[i].trusted);
        send(bench, &request);
        if (gate.calls != (ROWS[i].owner != NULL))
            fail_msg("%s: %u calls", ROWS[i].why, gate.calls);
        if (ROWS[i].owner == NULL)
            continue;
        assert_string_equal(gate.owner, ROWS[i].owner);
        expect(bench, 429, "RATE_LIMITED");
        assert_int_equal(bench->reply.retry_after_s, 1);
        assert_int_equal(bench->verdict, HTTP_GO_ON);
        assert_true(text_is(bench->facts.owner, ROWS[i].owner));
        assert_null(strstr(bench->body.data, "in flight"));
    }
    assert_int_equal(engine.calls, 0);
    gate.closed = false;
    gate.calls = 0;
    send_sync(bench, SYNC(GOOD, ""));
    expect(bench, 200, "");
    assert_int_equal(gate.calls, 1);
}

static void stamped_owners(void **state)
{
    struct bench stamping;

    (void)state;
    open_bench(&stamping, true);
    send_sync(&stamping, SYNC(GOOD, DIFF("asdf")));
    expect(&stamping, 200, "");
    assert_string_equal(engine.first_diff_owner, "alice");
    close_bench(&stamping);
}

static void how_a_sync_ends(void **state)
{
    static const struct {
        enum rc rc;
        enum fail_code code;
        const char *wire;
        int status;
        enum http_verdict verdict;
    } ROWS[] = {
        {RC_REJECTED, FAIL_INVALID_CLOCK, "INVALID_CLOCK", 409, HTTP_GO_ON},
        {RC_REJECTED, FAIL_INVALID_DATA, "INVALID_DATA", 400, HTTP_GO_ON},
        {RC_RETRY, FAIL_SERVER_BUSY, "SERVER_BUSY", 503, HTTP_GO_ON},
        {RC_RETRY, FAIL_INTERNAL, "SERVER_BUSY", 503, HTTP_GO_ON},
        {RC_UNCERTAIN, FAIL_SERVER_BUSY, "SERVER_BUSY", 503, HTTP_GO_ON},
        {RC_FATAL, FAIL_INTERNAL, "INTERNAL", 500, HTTP_LEAVE},
        {RC_FATAL, FAIL_INVALID_DATA, "INTERNAL", 500, HTTP_LEAVE},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        engine.rc = ROWS[i].rc;
        engine.code = ROWS[i].code;
        send_sync(bench, SYNC(GOOD, ""));
        expect(bench, ROWS[i].status, ROWS[i].wire);
        assert_int_equal(bench->verdict, ROWS[i].verdict);
        assert_int_equal(bench->reply.retry_after_s > 0, ROWS[i].status == 503);
        assert_null(strstr(bench->body.data, "for the log"));
    }
}

/* What the sync of a body writes on standard error. */
static void capture_log(struct bench *bench, const char *body, struct buf *lines)
{
    int kept = dup(STDERR_FILENO);
    char chunk[512];
    int ends[2];
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    send_sync(bench, body);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
    while ((got = read(ends[0], chunk, sizeof(chunk))) > 0)
        buf_add(lines, chunk, (size_t)got);
    close(ends[0]);
}

static void a_failure_is_logged_once(void **state)
{
    struct bench *bench = *state;
    struct buf lines;

    buf_init(&lines, 4096);
    log_set_level(LOG_LEVEL_INFO);
    capture_log(bench, SYNC(WRONG, ""), &lines);
    assert_non_null(strstr(lines.data, "level=info"));
    assert_non_null(strstr(lines.data, "code=INVALID_SYNC_TOKEN route=/sync"));
    assert_non_null(strstr(lines.data, "detail=\"tokens: unknown"));
    assert_null(strstr(lines.data, WRONG));
    assert_ptr_equal(strchr(lines.data, '\n'), lines.data + lines.len - 1);

    buf_clear(&lines);
    capture_log(bench, SYNC(GOOD, ""), &lines);
    assert_int_equal(lines.len, 0);

    engine.rc = RC_RETRY;
    capture_log(bench, SYNC(GOOD, ""), &lines);
    assert_non_null(strstr(lines.data, "level=warn"));
    assert_non_null(strstr(lines.data, "owner=alice"));
    buf_release(&lines);
}

static void probe(struct bench *bench)
{
    const struct http_request request = {
        .method = TEXT_LITERAL("GET"),
        .path = TEXT_LITERAL("/healthz"),
    };

    send(bench, &request);
}

static void health(void **state)
{
    const struct timespec over_a_second = {.tv_sec = 1, .tv_nsec = 50000000};
    struct bench *bench = *state;

    probe(bench);
    expect(bench, 200, "");
    assert_string_equal(bench->body.data, "{\"status\":\"ok\"}");
    engine.ping_rc = RC_FATAL;
    probe(bench);
    expect(bench, 200, "");
    assert_int_equal(engine.pings, 1);

    nanosleep(&over_a_second, NULL);
    probe(bench);
    expect(bench, 503, "SERVER_BUSY");
    assert_int_equal(bench->verdict, HTTP_GO_ON);
    assert_int_in_range(bench->reply.retry_after_s, 1, 5);
    probe(bench);
    expect(bench, 503, "SERVER_BUSY");
    assert_int_equal(engine.pings, 2);
}

static void metrics(void **state)
{
    const struct http_request request = {
        .method = TEXT_LITERAL("GET"),
        .path = TEXT_LITERAL("/metrics"),
    };
    struct bench *bench = *state;

    send(bench, &request);
    expect(bench, 200, "");
    assert_string_equal(bench->reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_non_null(strstr(bench->body.data, "\nmobync_config_generation 3\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_build_info{version=\"1.2.3\"} 1\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_outbox_entries 12\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_outbox_oldest_age_seconds 90\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_history_diffs 77\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_history_bytes 4096\n"));
    send(bench, &request);
    assert_int_equal(engine.measurements, 1);
}

/* A scrape tells what is known, whatever ails the database. */
static void metrics_without_a_database(void **state)
{
    const struct http_request request = {
        .method = TEXT_LITERAL("GET"),
        .path = TEXT_LITERAL("/metrics"),
    };
    struct bench *bench = *state;

    engine.measure_rc = RC_FATAL;
    send(bench, &request);
    expect(bench, 200, "");
    assert_int_equal(bench->verdict, HTTP_GO_ON);
    assert_non_null(strstr(bench->body.data, "\nmobync_config_generation 3\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_outbox_entries NaN\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_outbox_oldest_age_seconds NaN\n"));
    assert_non_null(strstr(bench->body.data, "\nmobync_history_diffs NaN\n"));
}

/* What the database link did is told of the request that needed it, once. */
static void connects_are_told_once(void **state)
{
    struct bench *bench = *state;

    synchronizer.counts.connects += 2;
    synchronizer.counts.failed_connects++;
    send_sync(bench, SYNC(GOOD, ""));
    assert_int_equal(bench->facts.counts.syncs[STATS_PULL], 1);
    assert_int_equal(bench->facts.counts.connects, 2);
    assert_int_equal(bench->facts.counts.connects_failed, 1);
    send_sync(bench, SYNC(GOOD, DIFF("alice")));
    assert_int_equal(bench->facts.counts.syncs[STATS_PUSH], 1);
    assert_int_equal(bench->facts.counts.diffs_in[DIFF_CREATE], 1);
    assert_int_equal(bench->facts.counts.connects, 0);
    assert_int_equal(bench->facts.counts.connects_failed, 0);
}

/* The headers that a browser gets for the last reply. */
static const char *cors_of(const struct bench *bench)
{
    static char lines[1000];
    struct buf head;

    buf_init(&head, sizeof(lines) - 1);
    cors_write(&bench->reply.cors, &head);
    snprintf(lines, sizeof(lines), "%s", buf_text(&head).ptr);
    buf_release(&head);
    return lines;
}

#define EXPOSED "\r\nAccess-Control-Expose-Headers: X-Request-Id, Retry-After\r\n"

static void open_to(struct bench *bench, const struct text *origins, size_t count)
{
    close_bench(bench);
    open_with(bench, false, (struct cors_policy){origins, count});
}

static void pages_of_other_origins(void **state)
{
    const struct text origins[] = {TEXT_LITERAL("https://a.example"),
                                   TEXT_LITERAL("https://b.example")};
    static const struct {
        const char *origin;
        const char *head;
    } ROWS[] = {
        {"", "Vary: Origin\r\n"},
        {"https://b.example",
         "Vary: Origin\r\nAccess-Control-Allow-Origin: https://b.example" EXPOSED},
        {"https://b.example.evil", "Vary: Origin\r\n"},
        {"https://b", "Vary: Origin\r\n"},
        {"null", "Vary: Origin\r\n"},
        {"*", "Vary: Origin\r\n"},
    };
    struct bench *bench = *state;
    struct fail fail;

    (void)fail_reject(&fail, FAIL_TOO_LARGE, "too large");
    open_to(bench, origins, ARRAY_LEN(origins));
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct http_request request = sync_of(SYNC(GOOD, ""));

        request.origin = text_of(ROWS[i].origin);
        send(bench, &request);
        expect(bench, 200, "");
        assert_string_equal(cors_of(bench), ROWS[i].head);
        request.path = TEXT_LITERAL("/nowhere");
        send(bench, &request);
        expect(bench, 404, "NOT_FOUND");
        assert_string_equal(cors_of(bench), ROWS[i].head);
        bench->reply.cors = (struct cors){.vary = false};
        bench->handler->refuse(bench->handler->app, &request, &fail, &bench->reply);
        assert_string_equal(cors_of(bench), ROWS[i].head);
    }
}

static void any_origin(void **state)
{
    const struct text any = TEXT_LITERAL("*");
    struct http_request request = sync_of(SYNC(GOOD, ""));
    struct bench *bench = *state;

    open_to(bench, &any, 1);
    request.origin = TEXT_LITERAL("https://whoever.example");
    send(bench, &request);
    assert_string_equal(cors_of(bench), "Access-Control-Allow-Origin: *" EXPOSED);
    open_to(bench, NULL, 0);
    send(bench, &request);
    expect(bench, 200, "");
    assert_string_equal(cors_of(bench), "");
}

static void preflights(void **state)
{
    const struct text only = TEXT_LITERAL("https://a.example");
    static const struct {
        const char *path;
        const char *origin;
        const char *asked;
        int status;
        const char *code;
    } ROWS[] = {
        {"/sync", "https://a.example", "POST", 204, ""},
        {"/healthz", "https://a.example", "GET", 204, ""},
        {"/sync", "https://b.example", "POST", 403, "FORBIDDEN"},
        {"/sync", "", "POST", 405, "METHOD_NOT_ALLOWED"},
        {"/sync", "https://a.example", "", 405, "METHOD_NOT_ALLOWED"},
        {"/nowhere", "https://a.example", "POST", 404, "NOT_FOUND"},
    };
    struct bench *bench = *state;

    open_to(bench, &only, 1);
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        const struct http_request request = {.method = TEXT_LITERAL("OPTIONS"),
                                             .path = text_of(ROWS[i].path),
                                             .origin = text_of(ROWS[i].origin),
                                             .preflight = text_of(ROWS[i].asked)};

        send(bench, &request);
        expect(bench, ROWS[i].status, ROWS[i].code);
        assert_int_equal(strstr(cors_of(bench), "Access-Control-Max-Age: 7200") != NULL,
                         ROWS[i].status == 204);
        if (ROWS[i].status == 204) {
            assert_null(bench->reply.content_type);
            assert_int_equal(bench->body.len, 0);
        }
    }
    assert_non_null(strstr(cors_of(bench), "Allow-Origin: https://a.example"));
    assert_int_equal(engine.calls, 0);
}

static void preflights_without_origins_are_as_any_options(void **state)
{
    const struct http_request request = {.method = TEXT_LITERAL("OPTIONS"),
                                         .path = TEXT_LITERAL("/sync"),
                                         .origin = TEXT_LITERAL("https://a.example"),
                                         .preflight = TEXT_LITERAL("POST")};
    struct bench *bench = *state;

    send(bench, &request);
    expect(bench, 405, "METHOD_NOT_ALLOWED");
    assert_string_equal(cors_of(bench), "");
}

/* Alice is at home in shard a (docs/scale.md 4). */
static void open_shard(struct bench *bench, size_t own)
{
    close_bench(bench);
    shards = (struct shard_list){
        .items = {{TEXT_LITERAL("a"), 0, 0x7fff}, {TEXT_LITERAL("b"), 0x8000, SHARD_SLOT_MAX}},
        .count = 2,
        .own = own,
    };
    open_bench(bench, false);
}

static void expect_elsewhere(const struct bench *bench, const char *location)
{
    assert_true(text_is(bench->reply.elsewhere, location));
    assert_int_equal(bench->reply.status, 204);
    assert_int_equal(bench->body.len, 0);
}

static void owners_of_another_shard(void **state)
{
    struct http_request request = sync_of(SYNC(GOOD, DIFF("alice")));
    struct bench *bench = *state;

    open_shard(bench, 1);
    send(bench, &request);
    expect_elsewhere(bench, "@mobync_shard_a");
    assert_true(text_is(bench->facts.owner, "alice"));
    assert_int_equal(engine.calls, 0);
    assert_int_equal(moves.asked, 0);
    /* Nobody learns where an owner is without that owner's token. */
    send_sync(bench, SYNC(WRONG, ""));
    expect(bench, 401, "INVALID_SYNC_TOKEN");
    assert_int_equal(bench->reply.elsewhere.len, 0);
    /* Her home sends her here: she was moved. */
    request.routed = true;
    send(bench, &request);
    expect(bench, 200, "");
    assert_int_equal(engine.calls, 1);
    open_shard(bench, 0);
    request.routed = false;
    send(bench, &request);
    expect(bench, 200, "");
    assert_int_equal(bench->reply.elsewhere.len, 0);
    assert_int_equal(engine.calls, 2);
}

static void owners_that_were_moved(void **state)
{
    static const struct {
        enum rc rc;
        enum owner_where where;
        const char *shard;
        const char *location; /* NULL: devices wait */
    } ROWS[] = {
        {RC_OK, OWNER_AWAY, "b", "@mobync_shard_b"},
        {RC_OK, OWNER_AWAY, "gone", NULL},
        {RC_OK, OWNER_LEAVING, "b", NULL},
        {RC_OK, OWNER_ARRIVING, "b", NULL},
        {RC_OK, OWNER_HERE, "b", NULL},
        {RC_RETRY, OWNER_AWAY, "b", NULL},
    };
    struct bench *bench = *state;

    open_shard(bench, 0);
    engine.rc = RC_REJECTED;
    engine.code = FAIL_SERVER_BUSY;
    engine.moved = true;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        moves.rc = ROWS[i].rc;
        moves.place = (struct owner_place){.where = ROWS[i].where,
                                           .known = true,
                                           .recorded = true,
                                           .shard = text_of(ROWS[i].shard)};
        send_sync(bench, SYNC(GOOD, ""));
        assert_int_equal(moves.asked, i + 1);
        if (ROWS[i].location != NULL) {
            expect_elsewhere(bench, ROWS[i].location);
            continue;
        }
        expect(bench, 503, "SERVER_BUSY");
        assert_int_equal(bench->reply.elsewhere.len, 0);
    }
    /* Whatever else fails is no reason to ask. */
    engine.moved = false;
    send_sync(bench, SYNC(GOOD, ""));
    expect(bench, 503, "SERVER_BUSY");
    assert_int_equal(moves.asked, ARRAY_LEN(ROWS));
}

static void what_serve_refuses_itself(void **state)
{
    const struct http_request request = sync_of("");
    struct bench *bench = *state;
    struct fail fail;

    (void)fail_reject(&fail, FAIL_TOO_LARGE, "the body is larger than 4096 bytes");
    bench->handler->refuse(bench->handler->app, &request, &fail, &bench->reply);
    assert_int_equal(bench->reply.status, 413);
    assert_non_null(strstr(bench->body.data, "\"code\": \"TOO_LARGE\""));
    assert_int_equal(bench->handler->max_body_bytes, 4096);
    assert_string_equal(bench->handler->trusted_param, "MOBYNC_OWNER");
    assert_null(bench->reply.accept_encoding);
    (void)fail_reject(&fail, FAIL_UNSUPPORTED_MEDIA_TYPE, "no such coding");
    bench->handler->refuse(bench->handler->app, &request, &fail, &bench->reply);
    assert_int_equal(bench->reply.status, 415);
    assert_string_equal(bench->reply.accept_encoding, "gzip");
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(a_sync),
        WITH_BENCH(paths_and_methods),
        WITH_BENCH(content_types),
        WITH_BENCH(the_order_of_the_checks),
        WITH_BENCH(a_trusted_owner_needs_no_token),
        WITH_BENCH(an_owner_passes_the_gate_first),
        WITH_BENCH(stamped_owners),
        WITH_BENCH(how_a_sync_ends),
        WITH_BENCH(a_failure_is_logged_once),
        WITH_BENCH(health),
        WITH_BENCH(metrics),
        WITH_BENCH(metrics_without_a_database),
        WITH_BENCH(connects_are_told_once),
        WITH_BENCH(pages_of_other_origins),
        WITH_BENCH(any_origin),
        WITH_BENCH(preflights),
        WITH_BENCH(preflights_without_origins_are_as_any_options),
        WITH_BENCH(owners_of_another_shard),
        WITH_BENCH(owners_that_were_moved),
        WITH_BENCH(what_serve_refuses_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
