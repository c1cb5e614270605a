/* The JSON of every response. A sync is written whole by reply_sync() or in pieces by
 * reply_sync_begin(), _add() and _end(): byte for byte the same. */
#include "reply.h"

#include <inttypes.h>

#include "id.h"
#include "json_write.h"

#define RETRY_AFTER_MAX_S 5u
/* What an owner has in flight is over in moments. */
#define RATE_RETRY_AFTER_S 1u
/* A streamed answer leaves in pieces of about this size. */
#define FLUSH_BYTES ((size_t)64 * 1024)

static void start(struct http_reply *reply, int status)
{
    buf_clear(reply->body);
    reply->status = status;
    reply->retry_after_s = 0;
    reply->content_type = "application/json";
    reply->allow = NULL;
    reply->accept_encoding = NULL;
    reply->diffs_written = 0;
    reply->elsewhere = (struct text){NULL, 0};
}

static void add_diff(struct http_reply *reply, const struct diff *diff)
{
    if (reply->diffs_written++ > 0)
        buf_add_char(reply->body, ',');
    diff_write(reply->body, diff);
}

/* The database words some messages: what is not UTF-8 would make the response invalid JSON. */
static void add_words(struct buf *body, struct text words)
{
    json_write_string(body, text_is_utf8(words) ? words : TEXT_LITERAL("?"));
}

static void add_rejected(struct buf *body, const struct sync_answer *answer)
{
    for (size_t i = 0; i < answer->rejected_count && !body->overflow; i++) {
        const struct reject *reject = &answer->rejected[i];

        buf_add_str(body, i == 0 ? ", \"rejected\": [{\"id\": " : ", {\"id\": ");
        json_write_string(body, reject->id);
        buf_printf(body, ", \"code\": \"%s\", \"message\": ", fail_code_name(reject->code));
        add_words(body, reject->message);
        if (reject->field.len > 0) {
            buf_add_str(body, ", \"field\": ");
            add_words(body, reject->field);
        }
        buf_add_char(body, '}');
    }
    if (answer->rejected_count > 0)
        buf_add_char(body, ']');
}

static void add_sentence(struct buf *body, size_t rejected)
{
    if (rejected == 1)
        buf_add_str(body, "1 change was refused and reverted: see rejected");
    else if (rejected > 1)
        buf_printf(body, "%zu changes were refused and reverted: see rejected", rejected);
}

static void open_sync(struct http_reply *reply, const struct sync_answer *answer)
{
    struct buf *body = reply->body;

    start(reply, 200);
    buf_add_str(body, "{\"success\": true, \"message\": \"");
    add_sentence(body, answer->rejected_count);
    buf_add_str(body, "\", \"logical_clock\": ");
    buf_add_int(body, answer->next_clock);
    buf_add_str(body, ", \"diffs\": [");
}

static void close_sync(struct buf *body, const struct sync_answer *answer)
{
    buf_add_char(body, ']');
    add_rejected(body, answer);
    if (answer->reset)
        buf_add_str(body, ", \"reset\": true");
    if (answer->lineage.len > 0) {
        buf_add_str(body, ", \"lineage\": ");
        json_write_string(body, answer->lineage);
    }
    buf_add_char(body, '}');
}

enum rc reply_sync(struct http_reply *reply, const struct sync_answer *answer, struct fail *fail)
{
    struct buf *body = reply->body;

    open_sync(reply, answer);
    for (size_t i = 0; i < answer->diffs.count && !body->overflow; i++)
        add_diff(reply, &answer->diffs.items[i]);
    close_sync(body, answer);
    if (body->overflow)
        return fail_fatal(fail, "the response of %zu diffs is larger than %zu bytes",
                          answer->diffs.count, body->max_bytes);
    return RC_OK;
}

enum rc reply_flush(struct http_reply *reply, struct fail *fail)
{
    if (reply->body->overflow || !reply->stream->flush(reply->stream, reply))
        return fail_busy(fail, RC_UNCERTAIN, "the peer left while the response was being sent");
    return RC_OK;
}

void reply_sync_begin(struct http_reply *reply, const struct sync_answer *answer)
{
    open_sync(reply, answer);
}

enum rc reply_sync_add(struct http_reply *reply, const struct diff_list *diffs, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < diffs->count; i++) {
        add_diff(reply, &diffs->items[i]);
        if (reply->body->len >= FLUSH_BYTES)
            rc = reply_flush(reply, fail);
    }
    return rc;
}

void reply_sync_end(struct http_reply *reply, const struct sync_answer *answer)
{
    close_sync(reply->body, answer);
}

void reply_nothing(struct http_reply *reply)
{
    start(reply, 204);
    reply->content_type = NULL;
}

/* Of a location with a name, nginx keeps the method and the body. */
void reply_elsewhere(struct http_reply *reply, struct text shard, struct arena *arena)
{
    static const char PREFIX[] = "@mobync_shard_";
    char *location = arena_alloc(arena, sizeof(PREFIX) + shard.len);

    reply_nothing(reply);
    memcpy(location, PREFIX, sizeof(PREFIX) - 1);
    memcpy(location + sizeof(PREFIX) - 1, shard.ptr, shard.len);
    reply->elsewhere = (struct text){location, sizeof(PREFIX) - 1 + shard.len};
}

void reply_healthy(struct http_reply *reply)
{
    start(reply, 200);
    buf_add_str(reply->body, "{\"status\":\"ok\"}");
}

void reply_text(struct http_reply *reply, const char *content_type)
{
    start(reply, 200);
    reply->content_type = content_type;
}

static void add_where(struct buf *body, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    buf_printf(body, ", \"%s\": ", key);
    add_words(body, text_of(value));
}

static unsigned retry_after_s(void)
{
    unsigned char chance;

    id_random_bytes(&chance, sizeof(chance));
    return 1 + chance % RETRY_AFTER_MAX_S;
}

void reply_error(struct http_reply *reply, const struct fail *fail)
{
    struct buf *body = reply->body;

    start(reply, fail_code_status(fail->code));
    if (fail->code == FAIL_SERVER_BUSY)
        reply->retry_after_s = retry_after_s();
    if (fail->code == FAIL_RATE_LIMITED)
        reply->retry_after_s = RATE_RETRY_AFTER_S;
    buf_add_str(body, "{\"success\": false, \"message\": ");
    add_words(body, text_of(fail->message));
    buf_printf(body, ", \"error\": {\"code\": \"%s\"", fail_code_name(fail->code));
    add_where(body, "diff_id", fail->diff_id);
    add_where(body, "field", fail->field);
    buf_add_char(body, '}');
    if (fail->restarts)
        buf_printf(body, ", \"restart_clock\": %" PRId64, fail->restart_clock);
    add_where(body, "lineage", fail->lineage);
    buf_add_str(body, ", \"logical_clock\": 0, \"diffs\": []}");
}
