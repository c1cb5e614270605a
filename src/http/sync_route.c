/* POST /sync: sync_route() checks, authenticates and reads a request, in this order, applies it and
 * writes the response. Nothing of the diffs is read before the token is accepted. */
#include "access.h"
#include "clock.h"
#include "log.h"
#include "rejected_log.h"
#include "reply.h"
#include "version.h"

const struct history_limit http_held_history = {.diffs = 10000, .bytes = (size_t)16 << 20};

#define AHEAD_LOG_US ((int64_t)60 * 1000 * 1000)

/* A bad token is answered before the diffs are looked at (docs/protocol.md 3): one in the header
 * before the body is parsed, one in the body before anything else of it is read. */
static enum rc open_body(struct http_app *app, struct exchange *exchange,
                         struct request_body **body_out, struct fail *fail)
{
    struct text header_token = auth_bearer(exchange->request->authorization);
    struct text body_token;
    enum rc rc;

    if (header_token.len > 0 &&
        (rc = access_authenticate_here(app, exchange, header_token, fail)) != RC_OK)
        return rc;
    rc = request_parse(exchange->request->body, exchange->arena, body_out, fail);
    if (rc != RC_OK || header_token.len > 0)
        return rc;
    rc = request_token(*body_out, &body_token, fail);
    return rc == RC_OK ? access_authenticate_here(app, exchange, body_token, fail) : rc;
}

static void count_types(const struct diff_list *diffs, uint64_t counts[DIFF_TYPES])
{
    for (size_t i = 0; i < diffs->count; i++)
        counts[diffs->items[i].type]++;
}

/* A diff that breaks the rules of now may have been taken by an earlier sync, under others: that is
 * known once its id was looked for. */
static void keep_rejections(bool quarantine, struct rejections *rejections,
                            struct sync_request *sync_out)
{
    if (!quarantine)
        rejections_close(rejections);
    sync_out->rejections = quarantine || rejections->refused_count > 0 ? rejections : NULL;
}

/* Nothing but NULLs where the config has no versions. */
static enum rc read_version(struct http_app *app, struct exchange *exchange,
                            const struct request_body *body, struct sync_request *sync_out,
                            struct fail *fail)
{
    const struct mapping *mapping = app->settings.mapping;
    int64_t number, migrate_from;
    enum rc rc;

    if (mapping->versions == NULL)
        return RC_OK;
    if ((rc = request_number(body, "schema_version", &number, fail)) != RC_OK ||
        (rc = version_decide(app, exchange, number, &sync_out->version, fail)) != RC_OK ||
        (rc = request_number(body, "migrate_from", &migrate_from, fail)) != RC_OK)
        return rc;
    return version_migration(mapping, migrate_from, sync_out->version, exchange->arena,
                             &sync_out->migration, fail);
}

static enum rc read_sync(struct http_app *app, struct exchange *exchange,
                         struct sync_request *sync_out, struct fail *fail)
{
    const struct http_app_settings *settings = &app->settings;
    struct http_facts *facts = exchange->facts;
    struct request_body *body;
    struct rejections *rejections;
    struct diff_rules rules;
    enum rc rc;

    if ((rc = access_check_content_type(exchange->request, fail)) != RC_OK ||
        (rc = open_body(app, exchange, &body, fail)) != RC_OK ||
        (rc = request_clock(body, &sync_out->clock, fail)) != RC_OK ||
        (rc = request_lineage(body, &sync_out->lineage, fail)) != RC_OK ||
        (rc = request_reset(body, &sync_out->reset, fail)) != RC_OK ||
        (rc = read_version(app, exchange, body, sync_out, fail)) != RC_OK ||
        (rc = access_know_columns(settings->synchronizer, fail)) != RC_OK)
        return rc;
    facts->clock_in = sync_out->clock;
    sync_out->owner = facts->owner;
    sync_out->clock_skew_ms = settings->clock_skew_ms;
    sync_out->terms = settings->history;
    rules = (struct diff_rules){
        .mapping = settings->mapping,
        .columns = settings->synchronizer->columns,
        .version = sync_out->version,
        .max_diffs = settings->max_diffs,
        .stamp_owner = settings->stamp_owner,
        .owner = facts->owner,
    };
    sync_out->request_id = exchange->request->request_id;
    rejections = ARENA_NEW(exchange->arena, struct rejections);
    rc = request_diffs(body, &rules, exchange->arena, &sync_out->diffs, rejections, fail);
    if (rc != RC_OK)
        return rc;
    keep_rejections(settings->quarantine, rejections, sync_out);
    facts->diffs_in = sync_out->diffs.count;
    count_types(&sync_out->diffs, facts->counts.diffs_in);
    return RC_OK;
}

/* A response that is sent while it is written. */
struct stream_out {
    const struct exchange *exchange;
    const struct sync_request *sync;
    struct arena part; /* what of the diffs is the version's */
};

static enum rc begin_stream(void *context, const struct sync_answer *answer, struct fail *fail)
{
    const struct stream_out *out = context;

    (void)fail;
    reply_sync_begin(out->exchange->reply, answer);
    return RC_OK;
}

static enum rc add_to_stream(void *context, const struct diff_list *diffs, struct fail *fail)
{
    struct stream_out *out = context;
    const struct diff_list lowered = version_lower_diffs(out->sync->version, diffs, &out->part);
    enum rc rc;

    count_types(&lowered, out->exchange->facts->counts.diffs_out);
    rc = reply_sync_add(out->exchange->reply, &lowered, fail);
    arena_clear(&out->part);
    return rc;
}

static enum rc write_reply(struct http_reply *reply, const struct sync_answer *answer,
                           struct fail *fail)
{
    if (answer->streamed == 0)
        return reply_sync(reply, answer, fail);
    reply_sync_end(reply, answer);
    return RC_OK;
}

static enum stats_sync_kind kind_of(const struct http_facts *facts)
{
    if (facts->diffs_in == 0)
        return STATS_PULL;
    return facts->counts.known == facts->diffs_in ? STATS_RESEND : STATS_PUSH;
}

/* A device's clock that nobody gave is what a restored backup looks like. Once in a while is
 * enough: where it is one, every device may come. */
static void log_ahead(struct http_app *app, const struct sync_request *sync)
{
    const int64_t now_us = clock_monotonic_us();
    char clock[TEXT_NUMBER_MAX];
    struct log_record record;

    if (app->ahead_logged_us != 0 && now_us - app->ahead_logged_us < AHEAD_LOG_US)
        return;
    app->ahead_logged_us = now_us;
    log_begin(&record, LOG_LEVEL_ERROR,
              "a device is ahead of the server: if the database was restored from a backup, or a "
              "replica took over, run 'mobync restored' now");
    log_add_owner(&record, sync->owner);
    log_add(&record, "clock_in", text_of_int(sync->clock, clock));
    log_end(&record);
}

static enum rc apply(struct http_app *app, const struct sync_request *sync,
                     struct exchange *exchange, struct sync_answer *answer_out, struct fail *fail)
{
    const int64_t started_us = clock_monotonic_us();
    enum rc rc = sync_apply(app->settings.synchronizer, sync, exchange->arena, answer_out, fail);
    const int64_t took_us = clock_monotonic_us() - started_us;

    if (exchange->facts->counts.clocks_ahead > 0)
        log_ahead(app, sync);
    exchange->facts->database_us = took_us;
    if (took_us > 0)
        stats_observe(&exchange->facts->counts.transaction_time, took_us);
    return rc;
}

static enum rc refused(const struct sync_request *sync, enum rc rc, struct fail *fail)
{
    version_lower_fail(sync->version, &sync->diffs, fail);
    return rc;
}

enum rc sync_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    struct http_facts *facts = exchange->facts;
    struct sync_request sync = {.stats = &facts->counts};
    struct stream_out out = {.exchange = exchange, .sync = &sync};
    const struct sync_sink sink = {&out, begin_stream, add_to_stream};
    struct sync_answer answer = {.next_clock = 0};
    enum rc rc = read_sync(app, exchange, &sync, fail);

    if (rc != RC_OK)
        return refused(&sync, rc, fail);
    arena_init(&out.part);
    if (exchange->reply->stream != NULL) {
        sync.sink = &sink;
        sync.limit = http_held_history;
    }
    rc = apply(app, &sync, exchange, &answer, fail);
    arena_release(&out.part);
    if (rc != RC_OK)
        return refused(&sync, rc, fail);
    answer.diffs = version_lower_diffs(sync.version, &answer.diffs, exchange->arena);
    facts->clock_out = answer.next_clock;
    facts->diffs_out = answer.diffs.count + answer.streamed;
    facts->counts.syncs[kind_of(facts)]++;
    count_types(&answer.diffs, facts->counts.diffs_out);
    rejected_log(&answer, facts);
    version_lower_rejected(sync.version, &sync.diffs, &answer);
    return write_reply(exchange->reply, &answer, fail);
}
