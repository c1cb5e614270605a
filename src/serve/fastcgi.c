/* One FastCGI request from its params to its log line; fastcgi_run() is the way through it. A body
 * reaches the handler whole or not at all, and a connection is reused only after a request that was
 * read to its end. */
#include "fastcgi.h"

#include <malloc.h>
#include <stdio.h>

#include "clock.h"
#include "content_coding.h"
#include "id.h"
#include "log.h"

#define HEAD_MAX_BYTES     ((size_t)1024)
#define REQUEST_TIME_MAX_S ((uint64_t)253402300799) /* the year 9999 */
#define REPLY_MAX_BYTES    ((size_t)256 * 1024 * 1024)
#define KEPT_BUFFER_BYTES  ((size_t)1024 * 1024)
#define READ_STEP_BYTES    ((size_t)64 * 1024)
#define WRITE_STEP_BYTES   ((size_t)1024 * 1024) /* libfcgi takes an int */
#define AT_ONCE_BYTES      ((size_t)8 * 1024)    /* any socket takes these, whoever reads */
#define REQUEST_ID_MAX     64u
#define LOGGED_PATH_BYTES  128u

/* What is found out about one exchange, on its way through the functions below. */
struct fastcgi_exchange {
    struct http_stream stream; /* the first member: flush() finds the rest by it */
    struct fastcgi *fastcgi;
    const FCGX_Request *fcgi;
    uint64_t streamed_bytes;
    struct http_request request;
    struct http_reply reply;
    struct http_facts facts;
    int64_t start_us;
    bool read_to_end; /* the connection may carry another request */
    bool sent;
};

void fastcgi_init(struct fastcgi *fastcgi, const struct http_handler *handler,
                  struct scoreboard_slot *slot)
{
    *fastcgi = (struct fastcgi){.handler = handler, .slot = slot};
    arena_init(&fastcgi->arena);
    buf_init(&fastcgi->head, HEAD_MAX_BYTES);
    buf_init(&fastcgi->request_body, handler->max_body_bytes);
    buf_init(&fastcgi->reply_body, REPLY_MAX_BYTES);
}

void fastcgi_release(struct fastcgi *fastcgi)
{
    arena_release(&fastcgi->arena);
    buf_release(&fastcgi->head);
    buf_release(&fastcgi->request_body);
    buf_release(&fastcgi->reply_body);
}

static struct text param(const FCGX_Request *fcgi, const char *name)
{
    return text_of(FCGX_GetParam(name, fcgi->envp));
}

static struct text request_path(const FCGX_Request *fcgi)
{
    static const char *const NAMES[] = {"DOCUMENT_URI", "SCRIPT_NAME", "REQUEST_URI"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        struct text path = param(fcgi, NAMES[i]);
        const char *query = path.len > 0 ? memchr(path.ptr, '?', path.len) : NULL;

        if (query != NULL)
            path.len = (size_t)(query - path.ptr);
        if (path.len > 0)
            return path;
    }
    return (struct text){"", 0};
}

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* It goes into a header and the log: anything but plain characters is not taken over. */
static bool is_request_id(struct text id)
{
    if (id.len == 0 || id.len > REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!is_id_char(id.ptr[i]))
            return false;
    return true;
}

static struct text request_id(const FCGX_Request *fcgi, struct arena *arena)
{
    struct text id = param(fcgi, "REQUEST_ID");
    char uuid[ID_UUID_LEN + 1];

    if (is_request_id(id))
        return id;
    id_uuid(uuid);
    return arena_text(arena, (struct text){uuid, ID_UUID_LEN});
}

/* nginx's $msec: "1700000000.123". 0 for anything else. */
static int64_t request_time(struct text seconds)
{
    const char *point = seconds.len == 0 ? NULL : memchr(seconds.ptr, '.', seconds.len);
    const size_t whole = point == NULL ? 0 : (size_t)(point - seconds.ptr);
    uint64_t s, ms;

    if (point == NULL || seconds.len - whole != 4 ||
        !text_to_uint((struct text){seconds.ptr, whole}, REQUEST_TIME_MAX_S, &s) ||
        !text_to_uint((struct text){point + 1, 3}, 999, &ms))
        return 0;
    return (int64_t)(s * 1000 + ms);
}

static void read_params(struct fastcgi *fastcgi, const FCGX_Request *fcgi,
                        struct http_request *request)
{
    const char *trusted = fastcgi->handler->trusted_param;

    *request = (struct http_request){
        .method = param(fcgi, "REQUEST_METHOD"),
        .path = request_path(fcgi),
        .content_type = param(fcgi, "CONTENT_TYPE"),
        .authorization = param(fcgi, "HTTP_AUTHORIZATION"),
        .origin = param(fcgi, "HTTP_ORIGIN"),
        .preflight = param(fcgi, "HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
        .trusted_owner = trusted != NULL ? param(fcgi, trusted) : (struct text){NULL, 0},
        .request_id = request_id(fcgi, &fastcgi->arena),
        .asked_for = param(fcgi, "REQUEST_URI"),
        .query = param(fcgi, "QUERY_STRING"),
        .device = param(fcgi, "HTTP_X_MOBYNC_DEVICE"),
        .routed = param(fcgi, "MOBYNC_ROUTED").len > 0,
        .time_ms = request_time(param(fcgi, "REQUEST_TIME")),
    };
}

static enum rc ended_early(size_t got, size_t wanted, struct fail *fail)
{
    return fail_reject(fail, FAIL_INVALID_REQUEST, "the body ended early: %zu of %zu bytes", got,
                       wanted);
}

/* Stops early when the stream ends: at its regular end libfcgi reports no error at all, so only
 * counting tells. The buffer grows with what arrives, not with what was announced. */
static void read_bytes(FCGX_Stream *in, size_t wanted, struct buf *body)
{
    while (body->len < wanted) {
        size_t left = wanted - body->len;
        int step = (int)(left < READ_STEP_BYTES ? left : READ_STEP_BYTES);
        char *end = buf_reserve(body, (size_t)step);
        int got = end != NULL ? FCGX_GetStr(end, step, in) : 0;

        body->len += (size_t)got;
        if (got < step)
            break;
    }
    if (body->data != NULL)
        body->data[body->len] = '\0';
}

/* The same, unpacked; stops at the first fault. Only the packed bytes are counted. */
static enum rc unpack_bytes(struct fastcgi *fastcgi, FCGX_Stream *in, size_t wanted,
                            struct content_coding *coding, struct fail *fail)
{
    struct buf piece;
    enum rc rc = RC_OK;
    size_t read = 0;

    buf_init(&piece, READ_STEP_BYTES);
    while (rc == RC_OK && read < wanted) {
        const size_t left = wanted - read;
        const size_t step = left < READ_STEP_BYTES ? left : READ_STEP_BYTES;

        buf_clear(&piece);
        read_bytes(in, step, &piece);
        read += piece.len;
        if (piece.len < step)
            rc = ended_early(read, wanted, fail);
        else
            rc = content_coding_add(coding, buf_text(&piece), &fastcgi->request_body, fail);
    }
    buf_release(&piece);
    return rc == RC_OK ? content_coding_close(coding, fail) : rc;
}

static enum rc read_coded(struct fastcgi *fastcgi, const FCGX_Request *fcgi, size_t wanted,
                          struct fail *fail)
{
    struct buf *body = &fastcgi->request_body;
    struct content_coding *coding;
    enum rc rc =
        content_coding_open(param(fcgi, "HTTP_CONTENT_ENCODING"), &fastcgi->arena, &coding, fail);

    if (rc != RC_OK)
        return rc;
    if (coding != NULL)
        return unpack_bytes(fastcgi, fcgi->in, wanted, coding, fail);
    read_bytes(fcgi->in, wanted, body);
    return body->len < wanted ? ended_early(body->len, wanted, fail) : RC_OK;
}

static size_t body_limit(const struct http_handler *handler, struct text path)
{
    return handler->body_limit == NULL ? handler->max_body_bytes
                                       : handler->body_limit(handler->app, path);
}

static enum rc read_body(struct fastcgi *fastcgi, const FCGX_Request *fcgi, struct text path,
                         bool *to_end_out, struct fail *fail)
{
    struct text length = param(fcgi, "CONTENT_LENGTH");
    size_t max_bytes = body_limit(fastcgi->handler, path);
    uint64_t wanted = 0;
    enum rc rc;

    fastcgi->request_body.max_bytes = max_bytes;
    if (length.len > 0 && !text_to_uint(length, UINT64_MAX, &wanted))
        return fail_reject(fail, FAIL_INVALID_REQUEST, "CONTENT_LENGTH is not a number of bytes");
    if (wanted > max_bytes)
        return fail_reject(fail, FAIL_TOO_LARGE, "the body has %llu bytes, the limit is %zu",
                           (unsigned long long)wanted, max_bytes);
    /* Without a body there is nothing that a coding could change. */
    if (wanted > 0 && (rc = read_coded(fastcgi, fcgi, (size_t)wanted, fail)) != RC_OK)
        return rc;
    /* The end of the stream is a record of its own: left unread, it would be the first thing of the
     * next request on a kept connection. */
    if (FCGX_GetChar(fcgi->in) != EOF)
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           length.len == 0 ? "a request with a body needs a CONTENT_LENGTH"
                                           : "the body is longer than its CONTENT_LENGTH");
    *to_end_out = FCGX_GetError(fcgi->in) == 0;
    return RC_OK;
}

static void refuse(struct fastcgi *fastcgi, const struct fail *fail,
                   struct fastcgi_exchange *exchange)
{
    buf_clear(&fastcgi->reply_body);
    exchange->reply = (struct http_reply){.content_type = "application/json",
                                          .status = fail_code_status(fail->code),
                                          .body = &fastcgi->reply_body};
    fastcgi->handler->refuse(fastcgi->handler->app, &exchange->request, fail, &exchange->reply);
    exchange->facts.code = fail_code_name(fail->code);
    exchange->facts.counts.errors[fail->code]++;
}

static void add_header(struct buf *head, const char *name, struct text value)
{
    buf_add_str(head, name);
    buf_add_str(head, ": ");
    buf_add_text(head, value);
    buf_add_str(head, "\r\n");
}

static void add_number_header(struct buf *head, const char *name, int64_t value)
{
    char chars[TEXT_NUMBER_MAX];

    add_header(head, name, text_of_int(value, chars));
}

static void add_status(struct buf *head, int status)
{
    buf_add_str(head, "Status: ");
    buf_add_int(head, status);
    buf_add_char(head, ' ');
    buf_add_str(head, stats_status_phrase(status));
    buf_add_str(head, "\r\n");
}

static void write_head(struct buf *head, const struct http_reply *reply, struct text id)
{
    buf_clear(head);
    add_status(head, reply->status);
    if (reply->content_type != NULL)
        add_header(head, "Content-Type", text_of(reply->content_type));
    /* RFC 9110 allows no length in a 204. */
    if (reply->status != 204 && (reply->stream == NULL || !reply->stream->begun))
        add_number_header(head, "Content-Length", (int64_t)reply->body->len);
    add_header(head, "X-Request-Id", id);
    add_header(head, "Cache-Control", TEXT_LITERAL("no-store"));
    if (reply->retry_after_s > 0)
        add_number_header(head, "Retry-After", reply->retry_after_s);
    if (reply->allow != NULL)
        add_header(head, "Allow", text_of(reply->allow));
    if (reply->accept_encoding != NULL)
        add_header(head, "Accept-Encoding", text_of(reply->accept_encoding));
    if (reply->channel.len > 0)
        add_header(head, "X-Mobync-Channel", reply->channel);
    if (reply->elsewhere.len > 0)
        add_header(head, "X-Accel-Redirect", reply->elsewhere);
    cors_write(&reply->cors, head);
    buf_add_str(head, "\r\n");
}

static bool put_all(FCGX_Stream *out, struct text bytes)
{
    for (size_t at = 0; at < bytes.len; at += WRITE_STEP_BYTES) {
        size_t left = bytes.len - at;

        if (FCGX_PutStr(bytes.ptr + at, (int)(left < WRITE_STEP_BYTES ? left : WRITE_STEP_BYTES),
                        out) < 0)
            return false;
    }
    return true;
}

/* A piece of a reply that is not whole yet. It is progress: the master's timeout starts again. */
static bool flush(struct http_stream *stream, const struct http_reply *reply)
{
    struct fastcgi_exchange *exchange = (struct fastcgi_exchange *)stream;
    struct buf *body = reply->body;
    bool sent = true;

    scoreboard_enter(exchange->fastcgi->slot, STATS_REPLYING);
    if (!stream->begun) {
        stream->begun = true;
        write_head(&exchange->fastcgi->head, reply, exchange->request.request_id);
        sent = put_all(exchange->fcgi->out, buf_text(&exchange->fastcgi->head));
    }
    sent = sent && put_all(exchange->fcgi->out, buf_text(body));
    exchange->streamed_bytes += body->len;
    buf_clear(body);
    return sent;
}

/* The request's part: reads it and lets the handler, or else serve itself, fill in the reply. */
static enum http_verdict answer(struct fastcgi *fastcgi, const FCGX_Request *fcgi,
                                struct fastcgi_exchange *exchange)
{
    const struct http_handler *handler = fastcgi->handler;
    enum http_verdict verdict = HTTP_GO_ON;
    struct fail fail;

    if (read_body(fastcgi, fcgi, exchange->request.path, &exchange->read_to_end, &fail) != RC_OK) {
        refuse(fastcgi, &fail, exchange);
        return HTTP_GO_ON;
    }
    exchange->request.body = buf_text(&fastcgi->request_body);
    exchange->stream = (struct http_stream){.flush = flush};
    exchange->reply = (struct http_reply){.status = 200,
                                          .content_type = "application/json",
                                          .body = &fastcgi->reply_body,
                                          .stream = &exchange->stream};
    scoreboard_enter(fastcgi->slot, STATS_HANDLING);
    verdict = handler->handle(handler->app, &exchange->request, &fastcgi->arena, &exchange->reply,
                              &exchange->facts);
    if (fastcgi->reply_body.overflow && !exchange->stream.begun) {
        fail_fatal(&fail, "the response would exceed %zu bytes", REPLY_MAX_BYTES);
        log_error("%s", fail.detail);
        refuse(fastcgi, &fail, exchange);
    }
    return verdict;
}

/* A short answer holds the worker no longer. Who has it may send the next request, which must not
 * meet this one: the owner is let go before. A long one may have to wait for its reader. */
static void let_owner_go(const struct fastcgi *fastcgi, const struct http_reply *reply)
{
    if (reply->body->len <= AT_ONCE_BYTES && (reply->stream == NULL || !reply->stream->begun))
        scoreboard_leave_owner(fastcgi->slot);
}

/* Closes both streams here, where it can be seen whether the last bytes went out. */
static bool send_reply(struct fastcgi *fastcgi, const FCGX_Request *fcgi,
                       const struct http_reply *reply, struct text id)
{
    bool sent = true;

    if (reply->stream == NULL || !reply->stream->begun) {
        write_head(&fastcgi->head, reply, id);
        sent = put_all(fcgi->out, buf_text(&fastcgi->head));
    }
    sent = sent && put_all(fcgi->out, buf_text(reply->body));
    sent = FCGX_FClose(fcgi->err) == 0 && sent;
    return FCGX_FClose(fcgi->out) == 0 && sent;
}

static void add_ms(struct log_record *record, const char *key, int64_t us)
{
    char chars[TEXT_NUMBER_MAX];

    log_add(record, key, text_of_thousandths(us, chars));
}

static void add_route(struct log_record *record, const struct fastcgi_exchange *exchange)
{
    struct text path = exchange->request.path;

    if (path.len > LOGGED_PATH_BYTES)
        path.len = LOGGED_PATH_BYTES;
    if (exchange->facts.route != NULL)
        log_add(record, "route", text_of(exchange->facts.route));
    else
        log_add(record, "path", path);
}

static void add_sync_facts(struct log_record *record, const struct http_facts *facts)
{
    if (facts->owner.len == 0)
        return;
    log_add_owner(record, facts->owner);
    log_add_int(record, "clock_in", facts->clock_in);
    log_add_int(record, "clock_out", facts->clock_out);
    log_add_int(record, "diffs_in", (int64_t)facts->diffs_in);
    log_add_int(record, "diffs_out", (int64_t)facts->diffs_out);
    log_add_int(record, "rejected", (int64_t)facts->rejected);
}

static void log_exchange(const struct fastcgi *fastcgi, const struct fastcgi_exchange *exchange)
{
    const struct http_facts *facts = &exchange->facts;
    struct log_record record;

    log_begin(&record, LOG_LEVEL_INFO, "request");
    log_add(&record, "method", exchange->request.method);
    add_route(&record, exchange);
    log_add_int(&record, "status", exchange->reply.status);
    if (facts->code != NULL && facts->code[0] != '\0')
        log_add(&record, "code", text_of(facts->code));
    if (!exchange->sent)
        log_add(&record, "sent", TEXT_LITERAL("no"));
    add_sync_facts(&record, facts);
    log_add_int(&record, "bytes_in", (int64_t)fastcgi->request_body.len);
    log_add_int(&record, "bytes_out",
                (int64_t)(exchange->streamed_bytes + fastcgi->reply_body.len));
    add_ms(&record, "ms", clock_monotonic_us() - exchange->start_us);
    add_ms(&record, "db_ms", facts->database_us);
    log_end(&record);
}

/* What is our fault, for those who look at the pool; the log has the rest. */
static void note_error(const struct fastcgi *fastcgi, const struct fastcgi_exchange *exchange)
{
    struct scoreboard_error error = {.time_ms = clock_now_ms()};

    snprintf(error.code, sizeof(error.code), "%s", exchange->facts.code);
    snprintf(error.request_id, sizeof(error.request_id), "%.*s",
             TEXT_ARG(exchange->request.request_id));
    scoreboard_note_error(fastcgi->slot, &error);
}

static void count_exchange(const struct fastcgi *fastcgi, struct fastcgi_exchange *exchange)
{
    const struct stats_request request = {
        .route = exchange->facts.counted_as,
        .status = exchange->reply.status,
        .sent = exchange->sent,
        .bytes_in = fastcgi->request_body.len,
        .bytes_out = exchange->streamed_bytes + fastcgi->reply_body.len,
        .duration_us = clock_monotonic_us() - exchange->start_us,
    };

    stats_add_request(&exchange->facts.counts, &request);
    if (exchange->reply.status >= 500 && exchange->facts.code != NULL)
        note_error(fastcgi, exchange);
    scoreboard_count(fastcgi->slot, &exchange->facts.counts);
}

static void recycle(struct buf *buf)
{
    if (buf->capacity > KEPT_BUFFER_BYTES)
        buf_release(buf);
    else
        buf_clear(buf);
}

/* A web server may ask to keep the connection for its END_REQUEST alone, by which it tells a whole
 * response from one that was cut off, and say by a param that it sends nothing more on it. */
static bool is_kept(const FCGX_Request *fcgi)
{
    return fcgi->keepConnection && param(fcgi, "MOBYNC_CLOSE").len == 0;
}

/* When closing, libfcgi first waits for the peer to close: bytes that nobody reads would turn into
 * a reset, which takes the response with it. After a request that was read to its end there are
 * none, and the wait would only hold the worker: a detached connection is closed at once. */
static void end_connection(FCGX_Request *fcgi, bool read_to_end)
{
    if (!read_to_end) {
        FCGX_Free(fcgi, 1);
        return;
    }
    if (is_kept(fcgi)) {
        FCGX_Finish_r(fcgi);
        return;
    }
    FCGX_Detach(fcgi);
    fcgi->keepConnection = 0;
    FCGX_Finish_r(fcgi);
}

/* Gives back all that the request took. Freed memory stays with the process until it is told to
 * return it: a large sync once must not be this worker's size forever. */
static void forget_request(struct fastcgi *fastcgi)
{
    bool large = fastcgi->arena.used_bytes > KEPT_BUFFER_BYTES ||
                 fastcgi->request_body.capacity > KEPT_BUFFER_BYTES ||
                 fastcgi->reply_body.capacity > KEPT_BUFFER_BYTES;

    scoreboard_leave_owner(fastcgi->slot);
    log_set_request_id((struct text){NULL, 0});
    arena_clear(&fastcgi->arena);
    recycle(&fastcgi->request_body);
    recycle(&fastcgi->reply_body);
    if (large)
        malloc_trim(0);
}

enum http_verdict fastcgi_run(struct fastcgi *fastcgi, FCGX_Request *fcgi)
{
    struct fastcgi_exchange exchange = {.start_us = clock_monotonic_us(),
                                        .fastcgi = fastcgi,
                                        .fcgi = fcgi,
                                        .facts = {.counted_as = STATS_ELSEWHERE}};
    enum http_verdict verdict;

    read_params(fastcgi, fcgi, &exchange.request);
    log_set_request_id(exchange.request.request_id);
    verdict = answer(fastcgi, fcgi, &exchange);
    scoreboard_enter(fastcgi->slot, STATS_REPLYING);
    let_owner_go(fastcgi, &exchange.reply);
    /* Broken off without its end, so that the web server does not pass it on as whole. */
    exchange.sent = !exchange.stream.broken &&
                    send_reply(fastcgi, fcgi, &exchange.reply, exchange.request.request_id);
    if (fastcgi->handler->afterwards != NULL)
        fastcgi->handler->afterwards(fastcgi->handler->app, &exchange.facts);
    count_exchange(fastcgi, &exchange);
    log_exchange(fastcgi, &exchange);
    /* The params live in fcgi: nothing of the request is used after this. */
    end_connection(fcgi, exchange.read_to_end && !exchange.stream.broken);
    forget_request(fastcgi);
    return verdict;
}
