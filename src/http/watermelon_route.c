/* POST /watermelon/pull and /watermelon/push: WatermelonDB's two functions, each a request
 * (docs/watermelondb.md). */
#include "watermelon.h"

#include "client_route.h"
#include "clock.h"
#include "reply.h"
#include "version.h"

static enum rc begin(struct http_app *app, struct exchange *exchange,
                     struct sync_request *request_out, struct fail *fail)
{
    enum rc rc = access_check_content_type(exchange->request, fail);
    int64_t number = REQUEST_NO_NUMBER;

    if (rc == RC_OK)
        rc = client_route_begin(app, exchange, request_out, fail);
    if (rc == RC_OK && app->settings.mapping->versions != NULL)
        rc = watermelon_schema_version(exchange->request->body, exchange->arena, &number, fail);
    return rc == RC_OK ? version_decide(app, exchange, number, &request_out->version, fail) : rc;
}

enum rc watermelon_pull_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const int64_t started_us = clock_monotonic_us();
    struct http_facts *facts = exchange->facts;
    struct client_out out = client_route_out(exchange);
    struct watermelon_facts pulled;
    struct sync_request request;
    enum rc rc = begin(app, exchange, &request, fail);

    if (rc != RC_OK)
        return rc;
    rc = watermelon_pull(app->settings.synchronizer, exchange->request->body, &request, &out,
                         exchange->arena, &pulled, fail);
    client_route_took(exchange, started_us);
    if (rc != RC_OK)
        return rc;
    facts->clock_in = pulled.clock_in;
    facts->clock_out = pulled.clock_out;
    facts->diffs_out = pulled.updated + pulled.deleted;
    facts->counts.diffs_out[DIFF_UPDATE] += pulled.updated;
    facts->counts.diffs_out[DIFF_DELETE] += pulled.deleted;
    facts->counts.syncs[STATS_PULL]++;
    return RC_OK;
}

enum rc watermelon_push_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const int64_t started_us = clock_monotonic_us();
    const struct watermelon_push push = {
        .body = exchange->request->body,
        .time_ms = access_time_ms(exchange->request),
        .max_changes = app->settings.max_watermelon_changes,
        .quarantine = app->settings.quarantine,
    };
    struct sync_answer answer = {.next_clock = 0};
    struct sync_request request;
    enum rc rc = begin(app, exchange, &request, fail);

    if (rc != RC_OK)
        return rc;
    rc = watermelon_push(app->settings.synchronizer, &push, &request, exchange->arena, &answer,
                         fail);
    client_route_took(exchange, started_us);
    if (rc != RC_OK)
        return rc;
    client_route_count_push(exchange, &request, &answer);
    reply_text(exchange->reply, "application/json");
    buf_add_str(exchange->reply->body, "{}");
    return RC_OK;
}
