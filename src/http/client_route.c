/* Requests of other client engines, before and after their translation: client_route_begin(). */
#include "client_route.h"

#include "clock.h"
#include "rejected_log.h"
#include "reply.h"

enum rc client_route_begin(struct http_app *app, struct exchange *exchange,
                           struct sync_request *request_out, struct fail *fail)
{
    enum rc rc = access_by_header(app, exchange, fail);

    *request_out = (struct sync_request){
        .owner = exchange->facts->owner,
        .clock_skew_ms = app->settings.clock_skew_ms,
        .terms = app->settings.history,
        .request_id = exchange->request->request_id,
        .limit = http_held_history,
        .stats = &exchange->facts->counts,
    };
    return rc;
}

static enum rc flush(void *context, struct fail *fail)
{
    const struct exchange *exchange = context;

    return reply_flush(exchange->reply, fail);
}

struct client_out client_route_out(struct exchange *exchange)
{
    reply_text(exchange->reply, "application/json");
    return (struct client_out){
        .body = exchange->reply->body,
        .flush = exchange->reply->stream != NULL ? flush : NULL,
        .context = exchange,
    };
}

void client_route_took(struct exchange *exchange, int64_t started_us)
{
    const int64_t took_us = clock_monotonic_us() - started_us;

    exchange->facts->database_us = took_us;
    if (took_us > 0)
        stats_observe(&exchange->facts->counts.transaction_time, took_us);
}

void client_route_count_push(struct exchange *exchange, const struct sync_request *request,
                             const struct sync_answer *answer)
{
    struct http_facts *facts = exchange->facts;

    facts->clock_in = request->clock;
    facts->clock_out = answer->next_clock;
    facts->diffs_in = request->diffs.count;
    for (size_t i = 0; i < request->diffs.count; i++)
        facts->counts.diffs_in[request->diffs.items[i].type]++;
    facts->counts.syncs[STATS_PUSH]++;
    rejected_log(answer, facts);
}
