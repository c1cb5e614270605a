/* Content type, token, and the gate that keeps one owner from taking all workers:
 * access_check_content_type(), access_by_header(). */
#include "access.h"

#include "clock.h"

static struct text without_parameters(struct text content_type)
{
    const char *semicolon =
        content_type.len == 0 ? NULL : memchr(content_type.ptr, ';', content_type.len);

    if (semicolon != NULL)
        content_type.len = (size_t)(semicolon - content_type.ptr);
    return text_trim(content_type);
}

enum rc access_check_content_type(const struct http_request *request, struct fail *fail)
{
    if (text_equal_nocase(without_parameters(request->content_type),
                          TEXT_LITERAL("application/json")))
        return RC_OK;
    return fail_reject(fail, FAIL_UNSUPPORTED_MEDIA_TYPE,
                       "send the sync as Content-Type: application/json");
}

/* Before anything of the request is done: the surplus of one owner costs next to nothing. */
static enum rc pass_gate(const struct owner_gate *gate, struct text owner, struct fail *fail)
{
    if (gate->enter == NULL || gate->enter(gate->context, owner))
        return RC_OK;
    fail_reject(fail, FAIL_RATE_LIMITED, "too many requests at a time; try again later");
    fail_detail(fail, "limits.owner_requests: this owner has that many in flight");
    return RC_REJECTED;
}

enum rc access_authenticate(struct http_app *app, struct exchange *exchange, struct text token,
                            struct fail *fail)
{
    const struct auth_request request = {
        .token = token,
        .trusted_owner = exchange->request->trusted_owner,
    };
    struct text *owner = &exchange->facts->owner;
    enum rc rc =
        auth_owner(app->settings.auth, &request, clock_now_ms(), exchange->arena, owner, fail);

    return rc == RC_OK ? pass_gate(&app->settings.gate, *owner, fail) : rc;
}

/* Where an owner was moved to is known at its home alone. */
static enum rc find_pool(const struct shard_list *shards, struct exchange *exchange,
                         struct fail *fail)
{
    size_t home;

    if (shards->count == 0 || exchange->request->routed)
        return RC_OK;
    home = shard_home(shards, exchange->facts->owner);
    if (home == shards->own)
        return RC_OK;
    exchange->shard = shards->items[home].name;
    return fail_busy(fail, RC_RETRY, "the owner is another shard's");
}

enum rc access_authenticate_here(struct http_app *app, struct exchange *exchange, struct text token,
                                 struct fail *fail)
{
    enum rc rc = access_authenticate(app, exchange, token, fail);

    return rc == RC_OK ? find_pool(&app->settings.shards, exchange, fail) : rc;
}

enum rc access_know_columns(struct synchronizer *s, struct fail *fail)
{
    return s->columns != NULL ? RC_OK : s->ops->ping(s, fail);
}

enum rc access_by_header(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const struct text token = auth_bearer(exchange->request->authorization);
    enum rc rc = access_authenticate_here(app, exchange, token, fail);

    return rc == RC_OK ? access_know_columns(app->settings.synchronizer, fail) : rc;
}

int64_t access_time_ms(const struct http_request *request)
{
    return request->time_ms > 0 ? request->time_ms : clock_now_ms();
}
