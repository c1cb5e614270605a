/* The routes, as routes.h lists them, and what becomes of a request: handle() finds the route, runs
 * it, and answers and logs once where it failed. Entry point: http_app_new(). */
#include <assert.h>
#include <stdlib.h>

#include "content_coding.h"
#include "exchange.h"
#include "log.h"
#include "reply.h"

struct route {
    const char *path;
    const char *methods; /* as the Allow header lists them */
    enum rc (*run)(struct http_app *app, struct exchange *exchange, struct fail *fail);
};

#define ROUTE_ROW(name, path, methods, handler) [STATS_##name] = {path, methods, handler},
static const struct route ROUTES[STATS_ELSEWHERE] = {ROUTES_EACH(ROUTE_ROW)};

/* What becomes of a request that ended so. Only a refusal names its own code on the wire. */
static const struct outcome {
    enum log_level level;
    enum http_verdict verdict;
    enum fail_code code;
} OUTCOMES[] = {
    [RC_REJECTED] = {LOG_LEVEL_INFO, HTTP_GO_ON, FAIL_INTERNAL},
    [RC_RETRY] = {LOG_LEVEL_WARN, HTTP_GO_ON, FAIL_SERVER_BUSY},
    [RC_UNCERTAIN] = {LOG_LEVEL_WARN, HTTP_GO_ON, FAIL_SERVER_BUSY},
    [RC_FATAL] = {LOG_LEVEL_ERROR, HTTP_LEAVE, FAIL_INTERNAL},
};

/* A * of the pattern stands for anything but a slash. */
static bool path_matches(struct text path, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    const size_t before = star == NULL ? 0 : (size_t)(star - pattern);
    const size_t behind = star == NULL ? 0 : strlen(star + 1);

    if (star == NULL)
        return text_is(path, pattern);
    if (path.len <= before + behind || memcmp(path.ptr, pattern, before) != 0 ||
        memcmp(path.ptr + path.len - behind, star + 1, behind) != 0)
        return false;
    return memchr(path.ptr + before, '/', path.len - before - behind) == NULL;
}

static enum stats_route find_route(struct text path)
{
    size_t route = 0;

    while (route < STATS_ELSEWHERE && !path_matches(path, ROUTES[route].path))
        route++;
    return (enum stats_route)route;
}

/* Of these paths alone, the app's version may be the last segment (docs/versions.md). */
static bool has_versions(enum stats_route route)
{
    return route == STATS_SYNC || route == STATS_WATERMELON_PULL ||
           route == STATS_WATERMELON_PUSH || route == STATS_RXDB_PULL || route == STATS_RXDB_PUSH;
}

/* Takes a number off the end of the path. */
static enum stats_route find_versioned(struct text *path_inout, int64_t *version_out)
{
    const struct text path = *path_inout;
    const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
    enum stats_route route = find_route(path);
    struct text before, digits;
    uint64_t number;

    *version_out = REQUEST_NO_NUMBER;
    if (route != STATS_ELSEWHERE || slash == NULL)
        return route;
    before = (struct text){path.ptr, (size_t)(slash - path.ptr)};
    digits = (struct text){slash + 1, path.len - before.len - 1};
    route = find_route(before);
    if (!has_versions(route) || !text_to_uint(digits, (uint64_t)DIFF_INTEGER_MAX, &number))
        return STATS_ELSEWHERE;
    *path_inout = before;
    *version_out = (int64_t)number;
    return route;
}

static bool allows(const struct route *route, struct text method)
{
    const char *at = route->methods;
    size_t len;

    for (; *at != '\0'; at += len + strspn(at + len, ", ")) {
        len = strcspn(at, ", ");
        if (text_equal((struct text){at, len}, method))
            return true;
    }
    return false;
}

static void log_if_any(struct log_record *record, const char *key, const char *value)
{
    if (value[0] != '\0')
        log_add(record, key, text_of(value));
}

static void log_failure(enum log_level level, const struct http_facts *facts,
                        const struct fail *fail)
{
    struct log_record record;

    log_begin(&record, level, fail->message);
    if (record.len == 0)
        return;
    log_add(&record, "code", text_of(fail_code_name(fail->code)));
    log_if_any(&record, "route", facts->route);
    if (facts->owner.len > 0)
        log_add_owner(&record, facts->owner);
    log_if_any(&record, "diff_id", fail->diff_id);
    log_if_any(&record, "field", fail->field);
    log_if_any(&record, "detail", fail->detail);
    log_end(&record);
}

static enum http_verdict answer_failure(enum rc rc, struct fail *fail,
                                        const struct exchange *exchange)
{
    const struct outcome *outcome = &OUTCOMES[rc];

    assert(rc != RC_OK);
    if (rc != RC_REJECTED)
        fail->code = outcome->code;
    exchange->facts->code = fail_code_name(fail->code);
    exchange->facts->counts.errors[fail->code]++;
    log_failure(outcome->level, exchange->facts, fail);
    if (exchange->reply->stream != NULL && exchange->reply->stream->begun)
        exchange->reply->stream->broken = true;
    else
        reply_error(exchange->reply, fail);
    return outcome->verdict;
}

/* A browser asks before it sends what a page of another origin wants to send. */
static bool is_preflight(const struct http_request *request)
{
    return text_is(request->method, "OPTIONS") && request->origin.len > 0 &&
           request->preflight.len > 0;
}

static enum rc answer_preflight(const struct route *route, struct http_reply *reply,
                                struct fail *fail)
{
    if (reply->cors.allow_origin.len == 0)
        return fail_reject(fail, FAIL_FORBIDDEN, "cors.origins does not list this origin");
    reply_nothing(reply);
    reply->cors.methods = route->methods;
    return RC_OK;
}

static enum rc run_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const enum stats_route found = find_versioned(&exchange->path, &exchange->path_version);
    const struct route *route = &ROUTES[found];

    exchange->facts->counted_as = found;
    if (found == STATS_ELSEWHERE)
        return fail_reject(fail, FAIL_NOT_FOUND, "no such path");
    exchange->facts->route = route->path;
    if (app->settings.cors.count > 0 && is_preflight(exchange->request))
        return answer_preflight(route, exchange->reply, fail);
    if (!allows(route, exchange->request->method))
        return fail_reject(fail, FAIL_METHOD_NOT_ALLOWED, "this path accepts %s", route->methods);
    return route->run(app, exchange, fail);
}

/* What the link to the database cost, whichever part of the request needed it. */
static void count_database(struct http_app *app, struct http_facts *facts)
{
    const struct synchronizer_counts before = app->counted;
    const struct synchronizer_counts now = app->settings.synchronizer->counts;

    app->counted = now;
    facts->counts.connects = now.connects - before.connects;
    facts->counts.connects_failed = now.failed_connects - before.failed_connects;
    facts->counts.flushes[STATS_FLUSH_PROCEDURE] =
        now.flushes_by_procedure - before.flushes_by_procedure;
    facts->counts.flushes[STATS_FLUSH_UPDATE] = now.flushes_by_update - before.flushes_by_update;
}

/* The owner was moved: home knows where to. Until it is settled there, devices wait. */
static void find_moved(struct http_app *app, struct exchange *exchange)
{
    struct synchronizer *s = app->settings.synchronizer;
    struct owner_place place;
    struct fail unseen = {0};
    size_t shard;

    if (app->settings.shards.count == 0 || s->ops->owner_moves == NULL ||
        s->ops->owner_moves->find(s, exchange->facts->owner, exchange->arena, &place, &unseen) !=
            RC_OK)
        return;
    if (place.where == OWNER_AWAY && shard_find(&app->settings.shards, place.shard, &shard))
        exchange->shard = app->settings.shards.items[shard].name;
}

static enum http_verdict handle_failure(struct http_app *app, enum rc rc, struct fail *fail,
                                        struct exchange *exchange)
{
    const struct http_stream *stream = exchange->reply->stream;

    if (fail->moved)
        find_moved(app, exchange);
    if (exchange->shard.len == 0 || (stream != NULL && stream->begun))
        return answer_failure(rc, fail, exchange);
    reply_elsewhere(exchange->reply, exchange->shard, exchange->arena);
    return HTTP_GO_ON;
}

static enum http_verdict handle(void *opaque, const struct http_request *request,
                                struct arena *arena, struct http_reply *reply,
                                struct http_facts *facts)
{
    const struct http_app *app = opaque;
    struct exchange exchange = {
        .request = request, .path = request->path, .arena = arena, .reply = reply, .facts = facts};
    enum http_verdict verdict = HTTP_GO_ON;
    struct fail fail = {0};
    enum rc rc;

    *facts = (struct http_facts){.route = "", .code = ""};
    reply->cors = cors_decide(&app->settings.cors, request->origin);
    rc = run_route(opaque, &exchange, &fail);
    count_database(opaque, facts);
    if (rc == RC_OK && facts->version > 0)
        facts->counts.versions[facts->version % VERSIONS_SPAN]++;
    if (rc != RC_OK)
        verdict = handle_failure(opaque, rc, &fail, &exchange);
    else
        poke_note(opaque, facts);
    if (fail.code == FAIL_METHOD_NOT_ALLOWED)
        reply->allow = ROUTES[facts->counted_as].methods;
    return verdict;
}

static void afterwards(void *opaque, struct http_facts *facts)
{
    poke_send(opaque, facts);
}

static void refuse(void *opaque, const struct http_request *request, const struct fail *fail,
                   struct http_reply *reply)
{
    const struct http_app *app = opaque;
    const struct http_facts facts = {.route = ""};

    log_failure(LOG_LEVEL_INFO, &facts, fail);
    reply_error(reply, fail);
    reply->cors = cors_decide(&app->settings.cors, request->origin);
    /* That of a content type is noticed by the route, and must not have the header (RFC 9110). */
    if (fail->code == FAIL_UNSUPPORTED_MEDIA_TYPE)
        reply->accept_encoding = CONTENT_CODING_ACCEPTED;
}

static size_t body_limit(const void *opaque, struct text path)
{
    const struct http_app *app = opaque;
    int64_t version;

    return find_versioned(&path, &version) == STATS_WATERMELON_PUSH
               ? app->settings.max_watermelon_body_bytes
               : app->settings.max_body_bytes;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

struct http_handler *http_app_new(const struct http_app_settings *settings)
{
    struct http_app *app = alloc_or_die(sizeof(*app));

    *app = (struct http_app){
        .handler = {.app = app,
                    .max_body_bytes =
                        larger(settings->max_body_bytes, settings->max_watermelon_body_bytes),
                    .body_limit = body_limit,
                    .trusted_param = settings->trusted_param,
                    .handle = handle,
                    .afterwards = afterwards,
                    .refuse = refuse},
        .settings = *settings,
    };
    poke_publisher_init(&app->publisher, settings->poke.publish_path);
    return &app->handler;
}

void http_app_free(struct http_handler *handler)
{
    struct http_app *app = handler != NULL ? handler->app : NULL;

    if (app != NULL)
        poke_publisher_release(&app->publisher);
    free(app);
}
