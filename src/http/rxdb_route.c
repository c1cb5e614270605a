/* GET and POST /rxdb/MODEL/pull, POST /rxdb/MODEL/push: the handlers of RxDB's replication
 * (docs/rxdb.md). */
#include "rxdb.h"

#include "client_route.h"
#include "clock.h"
#include "reply.h"
#include "version.h"

#define PATH_START "/rxdb/"

/* What stands between /rxdb/ and the last slash. */
static struct text model_name(struct text path)
{
    const size_t start = sizeof(PATH_START) - 1;
    size_t end = path.len;

    while (end > start && path.ptr[end - 1] != '/')
        end--;
    return (struct text){path.ptr + start, end > start ? end - 1 - start : 0};
}

static enum rc begin(struct http_app *app, struct exchange *exchange, bool has_body,
                     const struct model **model_out, struct sync_request *request_out,
                     struct fail *fail)
{
    const struct text name = model_name(exchange->path);
    enum rc rc = has_body ? access_check_content_type(exchange->request, fail) : RC_OK;

    if (rc == RC_OK)
        rc = client_route_begin(app, exchange, request_out, fail);
    if (rc == RC_OK)
        rc = version_decide(app, exchange, REQUEST_NO_NUMBER, &request_out->version, fail);
    *model_out = mapping_find(app->settings.mapping, name);
    if (rc == RC_OK && *model_out != NULL && !version_knows(request_out->version, *model_out))
        *model_out = NULL;
    if (rc == RC_OK && *model_out == NULL)
        rc = fail_reject(fail, FAIL_NOT_FOUND, "the model %.*s is not mapped", TEXT_ARG(name));
    return rc;
}

enum rc rxdb_pull_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const int64_t started_us = clock_monotonic_us();
    struct http_facts *facts = exchange->facts;
    struct client_out out = client_route_out(exchange);
    struct rxdb_pull pull = {
        .by_query = text_is(exchange->request->method, "GET"),
        .query = exchange->request->query,
        .body = exchange->request->body,
        .device = exchange->request->device,
        .max_documents = app->settings.max_diffs,
    };
    struct sync_request request;
    struct rxdb_facts pulled;
    enum rc rc = begin(app, exchange, !pull.by_query, &pull.model, &request, fail);

    if (rc != RC_OK)
        return rc;
    rc = rxdb_pull(app->settings.synchronizer, &pull, &request, &out, exchange->arena, &pulled,
                   fail);
    client_route_took(exchange, started_us);
    if (rc != RC_OK)
        return rc;
    facts->clock_in = pulled.clock_in;
    facts->clock_out = pulled.clock_out;
    facts->diffs_out = pulled.documents;
    facts->counts.diffs_out[DIFF_UPDATE] += pulled.documents - pulled.deleted;
    facts->counts.diffs_out[DIFF_DELETE] += pulled.deleted;
    facts->counts.syncs[STATS_PULL]++;
    return RC_OK;
}

enum rc rxdb_push_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const int64_t started_us = clock_monotonic_us();
    struct rxdb_push push = {
        .body = exchange->request->body,
        .device = exchange->request->device,
        .time_ms = access_time_ms(exchange->request),
        .max_rows = app->settings.max_diffs,
    };
    struct sync_answer answer = {.next_clock = 0};
    struct sync_request request;
    struct text conflicts;
    enum rc rc = begin(app, exchange, true, &push.model, &request, fail);

    if (rc != RC_OK)
        return rc;
    rc = rxdb_push(app->settings.synchronizer, &push, &request, exchange->arena, &answer,
                   &conflicts, fail);
    client_route_took(exchange, started_us);
    if (rc != RC_OK)
        return rc;
    client_route_count_push(exchange, &request, &answer);
    reply_text(exchange->reply, "application/json");
    buf_add_text(exchange->reply->body, conflicts);
    return RC_OK;
}
