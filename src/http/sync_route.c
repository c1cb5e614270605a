#include "clock.h"
#include "exchange.h"
#include "reply.h"

static struct text without_parameters(struct text content_type)
{
    const char *semicolon =
        content_type.len == 0 ? NULL : memchr(content_type.ptr, ';', content_type.len);

    if (semicolon != NULL)
        content_type.len = (size_t)(semicolon - content_type.ptr);
    return text_trim(content_type);
}

static enum rc check_content_type(const struct http_request *request, struct fail *fail)
{
    if (text_equal_nocase(without_parameters(request->content_type),
                          TEXT_LITERAL("application/json")))
        return RC_OK;
    return fail_reject(fail, FAIL_UNSUPPORTED_MEDIA_TYPE,
                       "send the sync as Content-Type: application/json");
}

static enum rc authenticate(struct http_app *app, struct exchange *exchange, struct text token,
                            struct fail *fail)
{
    const struct auth_request request = {
        .token = token,
        .trusted_owner = exchange->request->trusted_owner,
    };

    return auth_owner(app->settings.auth, &request, clock_now_ms(), exchange->arena,
                      &exchange->facts->owner, fail);
}

/* A bad token is answered before the diffs are looked at (PROTOCOL 3): one in the header before the
 * body is parsed, one in the body before anything else of it is read. */
static enum rc open_body(struct http_app *app, struct exchange *exchange,
                         struct request_body **body_out, struct fail *fail)
{
    struct text header_token = auth_bearer(exchange->request->authorization);
    struct text body_token;
    enum rc rc;

    if (header_token.len > 0 && (rc = authenticate(app, exchange, header_token, fail)) != RC_OK)
        return rc;
    rc = request_parse(exchange->request->body, exchange->arena, body_out, fail);
    if (rc != RC_OK || header_token.len > 0)
        return rc;
    rc = request_token(*body_out, &body_token, fail);
    return rc == RC_OK ? authenticate(app, exchange, body_token, fail) : rc;
}

static enum rc read_sync(struct http_app *app, struct exchange *exchange,
                         struct sync_request *sync_out, struct fail *fail)
{
    const struct http_app_settings *settings = &app->settings;
    struct http_facts *facts = exchange->facts;
    struct request_body *body;
    struct diff_rules rules;
    enum rc rc;

    if ((rc = check_content_type(exchange->request, fail)) != RC_OK ||
        (rc = open_body(app, exchange, &body, fail)) != RC_OK ||
        (rc = request_clock(body, &sync_out->clock, fail)) != RC_OK)
        return rc;
    facts->clock_in = sync_out->clock;
    sync_out->owner = facts->owner;
    sync_out->clock_skew_ms = settings->clock_skew_ms;
    rules = (struct diff_rules){
        .mapping = settings->mapping,
        .max_diffs = settings->max_diffs,
        .stamp_owner = settings->stamp_owner,
        .owner = facts->owner,
    };
    rc = request_diffs(body, &rules, exchange->arena, &sync_out->diffs, fail);
    facts->diffs_in = rc == RC_OK ? sync_out->diffs.count : 0;
    return rc;
}

enum rc sync_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    struct http_facts *facts = exchange->facts;
    struct sync_request sync = {.clock = 0};
    struct sync_answer answer = {.next_clock = 0};
    int64_t started_us;
    enum rc rc = read_sync(app, exchange, &sync, fail);

    if (rc != RC_OK)
        return rc;
    started_us = clock_monotonic_us();
    rc = sync_apply(app->settings.synchronizer, &sync, exchange->arena, &answer, fail);
    facts->database_us = clock_monotonic_us() - started_us;
    if (rc != RC_OK)
        return rc;
    facts->clock_out = answer.next_clock;
    facts->diffs_out = answer.diffs.count;
    return reply_sync(exchange->reply, &answer, fail);
}
