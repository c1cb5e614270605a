/* Live pokes: POST /poke_ticket gives a device a ticket with which it may listen, GET /poke_auth
 * tells nginx what a listener may hear (docs/poke.md). poke_note() and poke_send() announce a clock
 * once its response has left, and tell it to the notifier where there is a webhook. */
#include <assert.h>

#include "access.h"
#include "clock.h"
#include "reply.h"

static bool is_on(const struct http_app *app)
{
    return app->settings.poke.publish_path != NULL;
}

static enum rc require_poke(const struct http_app *app, struct fail *fail)
{
    if (is_on(app))
        return RC_OK;
    fail_reject(fail, FAIL_NOT_FOUND, "no such path");
    fail_detail(fail, "poke.publish is not set");
    return RC_REJECTED;
}

enum rc poke_ticket_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const struct text key = app->settings.poke.key;
    const struct text token = auth_bearer(exchange->request->authorization);
    char channel[POKE_CHANNEL_LEN + 1];
    char ticket[POKE_TICKET_MAX + 1];
    enum rc rc;

    if ((rc = require_poke(app, fail)) != RC_OK ||
        (rc = access_authenticate(app, exchange, token, fail)) != RC_OK)
        return rc;
    poke_channel(key, exchange->facts->owner, channel);
    poke_ticket_write(key, channel, clock_now_ms(), ticket);
    reply_text(exchange->reply, "application/json");
    buf_printf(exchange->reply->body,
               "{\"success\": true, \"ticket\": \"%s\", \"expires_in\": %d}\n", ticket,
               POKE_TICKET_S);
    return RC_OK;
}

/* The value of `ticket` in a query; its characters need no escapes. */
static struct text ticket_of(struct text asked_for)
{
    static const char NAME[] = "ticket=";
    const char *at = asked_for.len == 0 ? NULL : memchr(asked_for.ptr, '?', asked_for.len);
    const char *end = asked_for.ptr + asked_for.len;

    while (at != NULL) {
        const struct text rest = {at + 1, (size_t)(end - at - 1)};
        const char *next = memchr(rest.ptr, '&', rest.len);

        if (text_starts_with(rest, NAME))
            return (struct text){rest.ptr + sizeof(NAME) - 1,
                                 (size_t)((next != NULL ? next : end) - rest.ptr) - sizeof(NAME) +
                                     1};
        at = next;
    }
    return (struct text){"", 0};
}

/* By a ticket, or as for a sync where the client can send headers. */
static enum rc find_channel(struct http_app *app, struct exchange *exchange, char *channel_out,
                            struct fail *fail)
{
    const struct text key = app->settings.poke.key;
    const struct text ticket = ticket_of(exchange->request->asked_for);
    enum rc rc;

    if (ticket.len > 0) {
        if (poke_ticket_read(key, ticket, clock_now_ms(), channel_out))
            return RC_OK;
        return fail_reject(fail, FAIL_INVALID_SYNC_TOKEN,
                           "the ticket is invalid or too old; get a "
                           "new one");
    }
    rc = access_authenticate(app, exchange, auth_bearer(exchange->request->authorization), fail);
    if (rc == RC_OK)
        poke_channel(key, exchange->facts->owner, channel_out);
    return rc;
}

enum rc poke_auth_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    char *channel = arena_array(exchange->arena, POKE_CHANNEL_LEN + 1, 1);
    enum rc rc;

    if ((rc = require_poke(app, fail)) != RC_OK ||
        (rc = find_channel(app, exchange, channel, fail)) != RC_OK)
        return rc;
    reply_nothing(exchange->reply);
    exchange->reply->channel = text_of(channel);
    return RC_OK;
}

/* By a push, or by what other SQL wrote. */
static bool has_moved(const struct http_facts *facts)
{
    return facts->counts.syncs[STATS_PUSH] > 0 || facts->counts.drained > 0;
}

void poke_note(struct http_app *app, const struct http_facts *facts)
{
    const struct poke_settings *settings = &app->settings.poke;
    struct poke *poke = &app->poke;

    poke->is_due = (is_on(app) || settings->webhook != NULL) && has_moved(facts);
    if (!poke->is_due)
        return;
    assert(facts->owner.len <= sizeof(poke->owner));
    memcpy(poke->owner, facts->owner.ptr, facts->owner.len);
    poke->owner_len = facts->owner.len;
    poke->clock = facts->clock_out;
}

static void publish(struct http_app *app, struct text owner, struct stats *counts)
{
    char channel[POKE_CHANNEL_LEN + 1];

    poke_channel(app->settings.poke.key, owner, channel);
    if (poke_publish(&app->publisher, channel, app->poke.clock))
        counts->pokes++;
    else
        counts->pokes_failed++;
}

void poke_send(struct http_app *app, struct http_facts *facts)
{
    const struct poke_pipe *webhook = app->settings.poke.webhook;
    struct poke *poke = &app->poke;
    const struct text owner = {poke->owner, poke->owner_len};

    if (!poke->is_due)
        return;
    poke->is_due = false;
    if (is_on(app))
        publish(app, owner, &facts->counts);
    if (webhook != NULL)
        facts->counts.webhook_lost += !poke_pipe_write(webhook, owner, poke->clock);
}
