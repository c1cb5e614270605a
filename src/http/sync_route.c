/* POST /sync: sync_route() checks, authenticates and reads a request, in this order, applies it and
 * writes the response. Nothing of the diffs is read before the token is accepted. */
#include "clock.h"
#include "exchange.h"
#include "log.h"
#include "reply.h"

const struct history_limit http_held_history = {.diffs = 10000, .bytes = (size_t)16 << 20};

#define AHEAD_LOG_US ((int64_t)60 * 1000 * 1000)

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

/* Before anything of the request is done: the surplus of one owner costs next to nothing. */
static enum rc pass_gate(const struct owner_gate *gate, struct text owner, struct fail *fail)
{
    if (gate->enter == NULL || gate->enter(gate->context, owner))
        return RC_OK;
    fail_reject(fail, FAIL_RATE_LIMITED, "too many requests at a time; try again later");
    fail_detail(fail, "limits.owner_requests: this owner has that many in flight");
    return RC_REJECTED;
}

static enum rc authenticate(struct http_app *app, struct exchange *exchange, struct text token,
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

/* A bad token is answered before the diffs are looked at (docs/protocol.md 3): one in the header
 * before the body is parsed, one in the body before anything else of it is read. */
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

/* What the columns take decides which values are right, and the first request of a worker is the
 * first to ask. */
static enum rc know_columns(struct synchronizer *s, struct fail *fail)
{
    return s->columns != NULL ? RC_OK : s->ops->ping(s, fail);
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

    if ((rc = check_content_type(exchange->request, fail)) != RC_OK ||
        (rc = open_body(app, exchange, &body, fail)) != RC_OK ||
        (rc = request_clock(body, &sync_out->clock, fail)) != RC_OK ||
        (rc = request_lineage(body, &sync_out->lineage, fail)) != RC_OK ||
        (rc = know_columns(settings->synchronizer, fail)) != RC_OK)
        return rc;
    facts->clock_in = sync_out->clock;
    sync_out->owner = facts->owner;
    sync_out->clock_skew_ms = settings->clock_skew_ms;
    rules = (struct diff_rules){
        .mapping = settings->mapping,
        .columns = settings->synchronizer->columns,
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

/* A line for every diff that was refused now: what was resent has had its line. */
static void log_rejected(const struct sync_answer *answer, struct http_facts *facts)
{
    facts->rejected = answer->rejected_new;
    for (size_t i = 0; i < answer->rejected_new; i++) {
        const struct reject *reject = &answer->rejected[i];
        struct log_record record;

        facts->counts.rejected[reject->code]++;
        log_begin(&record, LOG_LEVEL_WARN, "diff refused and kept");
        log_add_owner(&record, reject->owner);
        log_add(&record, "diff_id", reject->id);
        log_add(&record, "code", text_of(fail_code_name(reject->code)));
        if (reject->field.len > 0)
            log_add(&record, "field", reject->field);
        log_add(&record, "reason", reject->detail.len > 0 ? reject->detail : reject->message);
        log_end(&record);
    }
}

static enum rc begin_stream(void *context, const struct sync_answer *answer, struct fail *fail)
{
    const struct exchange *exchange = context;

    (void)fail;
    reply_sync_begin(exchange->reply, answer);
    return RC_OK;
}

static enum rc add_to_stream(void *context, const struct diff_list *diffs, struct fail *fail)
{
    const struct exchange *exchange = context;

    count_types(diffs, exchange->facts->counts.diffs_out);
    return reply_sync_add(exchange->reply, diffs, fail);
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

enum rc sync_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    struct http_facts *facts = exchange->facts;
    const struct sync_sink sink = {exchange, begin_stream, add_to_stream};
    struct sync_request sync = {.stats = &facts->counts};
    struct sync_answer answer = {.next_clock = 0};
    enum rc rc = read_sync(app, exchange, &sync, fail);

    if (rc != RC_OK)
        return rc;
    if (exchange->reply->stream != NULL) {
        sync.sink = &sink;
        sync.limit = http_held_history;
    }
    rc = apply(app, &sync, exchange, &answer, fail);
    if (rc != RC_OK)
        return rc;
    facts->clock_out = answer.next_clock;
    facts->diffs_out = answer.diffs.count + answer.streamed;
    facts->counts.syncs[kind_of(facts)]++;
    count_types(&answer.diffs, facts->counts.diffs_out);
    log_rejected(&answer, facts);
    return write_reply(exchange->reply, &answer, fail);
}
