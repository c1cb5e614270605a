#include "reply.h"

#include "id.h"
#include "json_text.h"

#define RETRY_AFTER_MAX_S 5u

static void start(struct http_reply *reply, int status)
{
    buf_clear(reply->body);
    reply->status = status;
    reply->retry_after_s = 0;
    reply->content_type = "application/json";
    reply->allow = NULL;
}

static void add_diffs(struct buf *body, const struct diff_list *diffs)
{
    buf_add_char(body, '[');
    for (size_t i = 0; i < diffs->count && !body->overflow; i++) {
        if (i > 0)
            buf_add_char(body, ',');
        diff_write(body, &diffs->items[i]);
    }
    buf_add_char(body, ']');
}

enum rc reply_sync(struct http_reply *reply, const struct sync_answer *answer, struct fail *fail)
{
    struct buf *body = reply->body;

    start(reply, 200);
    buf_add_str(body, "{\"success\": true, \"message\": \"\", \"logical_clock\": ");
    buf_add_int(body, answer->next_clock);
    buf_add_str(body, ", \"diffs\": ");
    add_diffs(body, &answer->diffs);
    buf_add_char(body, '}');
    if (body->overflow)
        return fail_fatal(fail, "the answer of %zu diffs is larger than %zu bytes",
                          answer->diffs.count, body->max_bytes);
    return RC_OK;
}

void reply_healthy(struct http_reply *reply)
{
    start(reply, 200);
    buf_add_str(reply->body, "{\"status\":\"ok\"}");
}

/* The database words some messages: what is no UTF-8 would make the answer no JSON. */
static void add_string(struct buf *body, const char *string)
{
    struct text text = text_of(string);

    json_write_string(body, text_is_utf8(text) ? text : TEXT_LITERAL("?"));
}

static void add_where(struct buf *body, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    buf_printf(body, ", \"%s\": ", key);
    add_string(body, value);
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
    buf_add_str(body, "{\"success\": false, \"message\": ");
    add_string(body, fail->message);
    buf_printf(body, ", \"error\": {\"code\": \"%s\"", fail_code_name(fail->code));
    add_where(body, "diff_id", fail->diff_id);
    add_where(body, "field", fail->field);
    buf_add_str(body, "}, \"logical_clock\": 0, \"diffs\": []}");
}
