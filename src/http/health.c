/* GET /healthz: health_route() asks the database at most once a second, whoever asks how often. */
#include "clock.h"
#include "exchange.h"
#include "reply.h"

/* Whatever ails the database, a probe is told to come again: 503, and the worker stays. */
static void ask_database(struct http_app *app, int64_t now_us)
{
    struct synchronizer *s = app->settings.synchronizer;
    struct health *health = &app->health;
    struct fail fail = {0};

    health->checked_us = now_us;
    health->rc = s->ops->ping(s, &fail);
    if (health->rc != RC_OK)
        health->rc = fail_busy(&health->fail, RC_RETRY, "no database: %s", fail_reason(&fail));
}

enum rc health_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    struct health *health = &app->health;
    int64_t now_us = clock_monotonic_us();

    if (health->checked_us == 0 || now_us - health->checked_us >= ASKED_AGAIN_US)
        ask_database(app, now_us);
    if (health->rc != RC_OK) {
        *fail = health->fail;
        return health->rc;
    }
    reply_healthy(exchange->reply);
    return RC_OK;
}
