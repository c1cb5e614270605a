/* The metrics, one row each, and their text: metrics_write() for any stats, metrics_route() for
 * those of the pool. */
#include "metrics.h"

#include <inttypes.h>

#include "exchange.h"
#include "reply.h"
#include "stats.h"

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define LABELS_MAX   2

enum kind { COUNTER, GAUGE, HISTOGRAM, LAGS, INFO };

/* A dimension of a metric: its values are places of an array in the stats. */
struct label {
    const char *name;
    size_t first; /* below it there is nothing to tell */
    size_t count;
    const char *(*value)(size_t place);
};

struct metric {
    const char *name;
    const char *help;
    enum kind kind;
    size_t place; /* of its first number in the stats */
    const struct label *labels[LABELS_MAX];
};

static const char *code_name(size_t code)
{
    return fail_code_name((enum fail_code)code);
}

static const char *cause_name(size_t cause)
{
    return fail_cause_name((enum fail_cause)cause);
}

static const char *type_name(size_t type)
{
    return diff_type_name((enum diff_type)type);
}

static const struct label ROUTE = {"route", 0, STATS_ROUTES, stats_route_name};
static const struct label STATUS = {"status", 0, STATS_STATUSES, stats_status_name};
static const struct label CODE = {"code", 0, FAIL_CODES, code_name};
static const struct label KIND = {"kind", 0, STATS_SYNC_KINDS, stats_sync_kind_name};
static const struct label TYPE = {"type", 0, DIFF_TYPES, type_name};
static const struct label WINNER = {"winner", 0, STATS_WINNERS, stats_winner_name};
static const struct label CAUSE = {"cause", 0, FAIL_CAUSES, cause_name};
static const struct label WAY = {"way", 0, STATS_FLUSHES, stats_flush_name};
static const struct label RETURN = {"answer", 0, STATS_RETURNS, stats_return_name};
static const struct label LAG = {"gt", 0, STATS_LAGS, stats_lag_name};
static const struct label RESTART = {"cause", 0, STATS_RESTARTS, stats_restart_name};
static const struct label STAGE = {"state", STATS_IDLE, STATS_STAGES, stats_stage_name};

#define AT(member) STATS_PLACE(member)

/* clang-format off */
static const struct metric METRICS[] = {
    {"mobync_requests_total", "Requests answered, by route and HTTP status.",
     COUNTER, AT(requests), {&ROUTE, &STATUS}},
    {"mobync_errors_total", "Requests answered with an error, by its code.",
     COUNTER, AT(errors), {&CODE}},
    {"mobync_unsent_answers_total", "Responses that the web server did not accept in full.",
     COUNTER, AT(unsent), {NULL}},
    {"mobync_request_duration_seconds", "Time from a request's params to its response, by route.",
     HISTOGRAM, AT(request_time), {&ROUTE}},
    {"mobync_transaction_duration_seconds", "Time of a sync's database work, with merge and retries.",
     HISTOGRAM, AT(transaction_time), {NULL}},
    {"mobync_request_bytes_total", "Bytes of request bodies.",
     COUNTER, AT(bytes_in), {NULL}},
    {"mobync_response_bytes_total", "Bytes of response bodies.",
     COUNTER, AT(bytes_out), {NULL}},
    {"mobync_syncs_total", "Syncs that succeeded: pulls, pushes, and resends of known diffs alone.",
     COUNTER, AT(syncs), {&KIND}},
    {"mobync_diffs_received_total", "Diffs in requests that were read, by type.",
     COUNTER, AT(diffs_in), {&TYPE}},
    {"mobync_diffs_sent_total", "Diffs in responses, by type.",
     COUNTER, AT(diffs_out), {&TYPE}},
    {"mobync_known_diffs_total", "Diffs received again under an id that was sent before.",
     COUNTER, AT(known), {NULL}},
    {"mobync_contested_fields_total", "Fields that both sides had set, by who won.",
     COUNTER, AT(contested), {&WINNER}},
    {"mobync_rejected_diffs_total", "Diffs refused and kept while the rest was applied, by code.",
     COUNTER, AT(rejected), {&CODE}},
    {"mobync_transaction_retries_total", "Transactions restarted, by cause.",
     COUNTER, AT(retries), {&CAUSE}},
    {"mobync_clocks_ahead_total", "Requests whose clock the server never gave: was it set back?",
     COUNTER, AT(clocks_ahead), {NULL}},
    {"mobync_pokes_total", "Clocks announced to listening devices.",
     COUNTER, AT(pokes), {NULL}},
    {"mobync_poke_failures_total", "Clocks that could not be announced.",
     COUNTER, AT(pokes_failed), {NULL}},
    {"mobync_webhook_calls_total", "Calls of the webhook that it accepted.",
     COUNTER, AT(webhook_calls), {NULL}},
    {"mobync_webhook_failures_total", "Calls of the webhook that failed.",
     COUNTER, AT(webhook_failures), {NULL}},
    {"mobync_webhook_lost_total", "Changes that the webhook was not told.",
     COUNTER, AT(webhook_lost), {NULL}},
    {"mobync_webhook_waiting_owners", "Owners of whose changes the webhook is still to be told.",
     GAUGE, AT(webhook_waiting), {NULL}},
    {"mobync_drained_diffs_total", "Diffs made of what other SQL wrote into the mapped tables.",
     COUNTER, AT(drained), {NULL}},
    {"mobync_reconciled_owners_total", "Owners whose tables and history were compared.",
     COUNTER, AT(reconciled), {NULL}},
    {"mobync_first_syncs_total", "First syncs of devices, answered from the tables.",
     COUNTER, AT(first_syncs), {NULL}},
    {"mobync_device_lag_seconds", "For how long the oldest change was stored that a syncing device had not seen.",
     LAGS, AT(lag), {NULL}},
    {"mobync_device_lag_last_time_seconds", "When a device last synced that was further behind, since 1970 UTC.",
     GAUGE, AT(lag_time_s), {&LAG}},
    {"mobync_returning_devices_total", "Requests from beyond the horizon of the history, by answer.",
     COUNTER, AT(returns), {&RETURN}},
    {"mobync_outbox_entries", "Changes by other SQL that are not diffs yet; estimated if many.",
     GAUGE, AT(outbox_entries), {NULL}},
    {"mobync_outbox_oldest_age_seconds", "Age of the oldest of them; of many at least so old.",
     GAUGE, AT(outbox_age_s), {NULL}},
    {"mobync_history_diffs", "Diffs stored of all owners, as the database estimates.",
     GAUGE, AT(history_diffs), {NULL}},
    {"mobync_history_summaries", "Summaries of objects whose old diffs are folded, as estimated.",
     GAUGE, AT(history_summaries), {NULL}},
    {"mobync_history_bytes", "What all of them and known ids take on disk, as estimated.",
     GAUGE, AT(history_bytes), {NULL}},
    {"mobync_database_connects_total", "Connections made to the database.",
     COUNTER, AT(connects), {NULL}},
    {"mobync_database_connect_failures_total", "Attempts to connect that failed.",
     COUNTER, AT(connects_failed), {NULL}},
    {"mobync_flushes_total", "Waits for others' commits to be on disk before a response, by way.",
     COUNTER, AT(flushes), {&WAY}},
    {"mobync_housekeeper_elected", "Whether this pool keeps house on the database: 1, else 0.",
     GAUGE, AT(housekeeping_elected), {NULL}},
    {"mobync_housekeeping_rounds_total", "Rounds of housekeeping jobs that came to their end.",
     COUNTER, AT(housekeeping_rounds), {NULL}},
    {"mobync_housekeeping_last_round_time_seconds", "When one last did, since 1970 UTC.",
     GAUGE, AT(housekeeping_round_time_s), {NULL}},
    {"mobync_housekeeping_failures_total", "Steps of housekeeping that failed, to be tried again.",
     COUNTER, AT(housekeeping_failures), {NULL}},
    {"mobync_housekeeping_drained_owners_total", "Owners whose outbox was drained without a sync.",
     COUNTER, AT(housekeeping_owners), {NULL}},
    {"mobync_compacted_diffs_total", "Old diffs folded into summaries.",
     COUNTER, AT(compacted_diffs), {NULL}},
    {"mobync_compacted_ids_total", "Known ids that were forgotten, older than whole diffs are kept.",
     COUNTER, AT(compacted_ids), {NULL}},
    {"mobync_compacted_tombstones_total", "Deleted objects that were forgotten.",
     COUNTER, AT(compacted_tombstones), {NULL}},
    {"mobync_compaction_lag_seconds", "How long a diff was overdue at most that the last walk folded.",
     GAUGE, AT(compaction_lag_s), {NULL}},
    {"mobync_history_oldest_diff_time_seconds", "When the oldest diff was stored that it met, since 1970 UTC.",
     GAUGE, AT(oldest_diff_time_s), {NULL}},
    {"mobync_history_keep_seconds", "For how long whole diffs are kept.",
     GAUGE, AT(history_keep_s), {NULL}},
    {"mobync_history_deletes_seconds", "For how long deletes are remembered.",
     GAUGE, AT(history_deletes_s), {NULL}},
    {"mobync_compaction_walks_total", "Walks over all owners for old diffs that came to their end.",
     COUNTER, AT(compaction_walks), {NULL}},
    {"mobync_compaction_last_walk_time_seconds", "When one last did, since 1970 UTC.",
     GAUGE, AT(compaction_walk_time_s), {NULL}},
    {"mobync_housekeeper_restarts_total", "Housekeeping processes that ended but for a reload.",
     COUNTER, AT(housekeeper_restarts), {NULL}},
    {"mobync_notifier_restarts_total", "Notifying processes that ended but for a reload.",
     COUNTER, AT(notifier_restarts), {NULL}},
    {"mobync_workers", "Worker processes, by state.",
     GAUGE, AT(workers), {&STAGE}},
    {"mobync_workers_wanted", "Worker processes that the configuration asks for.",
     GAUGE, AT(workers_wanted), {NULL}},
    {"mobync_worker_restarts_total", "Workers that ended while the pool kept running, by cause.",
     COUNTER, AT(restarts), {&RESTART}},
    {"mobync_config_generation", "Configurations put into use since the start.",
     GAUGE, AT(generation), {NULL}},
    {"mobync_config_reloads_total", "Reloads that put a configuration into use.",
     COUNTER, AT(reloads), {NULL}},
    {"mobync_config_reload_failures_total", "Reloads that kept the old configuration.",
     COUNTER, AT(reloads_failed), {NULL}},
    {"mobync_config_last_reload_successful", "Whether the last configuration read is in use.",
     GAUGE, AT(reload_successful), {NULL}},
    {"mobync_start_time_seconds", "When the pool started, since 1970 UTC.",
     GAUGE, AT(start_time_s), {NULL}},
    {"mobync_key_set_fetches_total", "Fetches of the issuer's key set that succeeded.",
     COUNTER, AT(key_fetches), {NULL}},
    {"mobync_key_set_fetch_failures_total", "Fetches of the issuer's key set that failed.",
     COUNTER, AT(key_fetches_failed), {NULL}},
    {"mobync_key_set_last_fetch_time_seconds", "When the key set was last fetched, since 1970 UTC.",
     GAUGE, AT(key_fetch_time_s), {NULL}},
    {"mobync_build_info", "The program; always 1.",
     INFO, 0, {NULL}},
};
/* clang-format on */

/* One series of a metric. */
struct series {
    const struct metric *metric;
    const uint64_t *numbers; /* of the stats, from its first one on */
    size_t places[LABELS_MAX];
};

static void add_label(struct buf *body, bool *first, const char *name, const char *value)
{
    buf_printf(body, "%c%s=\"%s\"", *first ? '{' : ',', name, value);
    *first = false;
}

static void add_name(struct buf *body, const struct series *series, const char *suffix,
                     const char *bound)
{
    bool first = true;

    buf_add_str(body, series->metric->name);
    buf_add_str(body, suffix);
    for (size_t i = 0; i < LABELS_MAX && series->metric->labels[i] != NULL; i++) {
        const struct label *label = series->metric->labels[i];

        add_label(body, &first, label->name, label->value(series->places[i]));
    }
    if (bound != NULL)
        add_label(body, &first, "le", bound);
    if (!first)
        buf_add_char(body, '}');
    buf_add_char(body, ' ');
}

/* How many there are of the series behind this label. */
static size_t count_of(const struct metric *metric, size_t label)
{
    return label < LABELS_MAX && metric->labels[label] != NULL ? metric->labels[label]->count : 1;
}

/* The place of the series among those of its metric. */
static size_t place_of(const struct series *series)
{
    return series->places[0] * count_of(series->metric, 1) + series->places[1];
}

static void write_number(struct buf *body, const struct series *series)
{
    const uint64_t number = series->numbers[place_of(series)];

    add_name(body, series, "", NULL);
    if (number == STATS_UNKNOWN)
        buf_add_str(body, "NaN\n");
    else if (number == STATS_FOREVER)
        buf_add_str(body, "+Inf\n");
    else
        buf_printf(body, "%" PRIu64 "\n", number);
}

static void add_count(struct buf *body, const struct series *series, const char *suffix,
                      const char *bound, uint64_t count)
{
    add_name(body, series, suffix, bound);
    buf_printf(body, "%" PRIu64 "\n", count);
}

static void add_bucket(struct buf *body, const struct series *series, size_t bucket,
                       uint64_t up_to_here)
{
    const int64_t bound_us = stats_bucket_us(bucket);
    char bound[TEXT_NUMBER_MAX] = "+Inf";

    if (bound_us != INT64_MAX)
        snprintf(bound, sizeof(bound), "%g", (double)bound_us / 1e6);
    add_count(body, series, "_bucket", bound, up_to_here);
}

static void write_histogram(struct buf *body, const struct series *series)
{
    const struct stats_histogram *histogram =
        (const struct stats_histogram *)series->numbers + place_of(series);
    uint64_t up_to_here = 0;

    for (size_t i = 0; i < STATS_BUCKETS; i++) {
        up_to_here += histogram->buckets[i];
        add_bucket(body, series, i, up_to_here);
    }
    add_name(body, series, "_sum", NULL);
    buf_printf(body, "%" PRIu64 ".%06" PRIu64 "\n", histogram->sum_us / 1000000,
               histogram->sum_us % 1000000);
    add_count(body, series, "_count", NULL, up_to_here);
}

static void write_lags(struct buf *body, const struct series *series)
{
    const struct stats_lag *lag = (const struct stats_lag *)series->numbers;
    uint64_t up_to_here = 0;

    for (size_t i = 0; i < STATS_BUCKETS; i++) {
        up_to_here += lag->buckets[i];
        add_count(body, series, "_bucket", stats_lag_name(i), up_to_here);
    }
    add_count(body, series, "_sum", NULL, lag->sum_s);
    add_count(body, series, "_count", NULL, up_to_here);
}

static const struct {
    const char *type;
    void (*write)(struct buf *body, const struct series *series);
} KINDS[] = {
    [COUNTER] = {"counter", write_number},
    [GAUGE] = {"gauge", write_number},
    [HISTOGRAM] = {"histogram", write_histogram},
    [LAGS] = {"histogram", write_lags},
    [INFO] = {"gauge", NULL},
};

static size_t first_of(const struct metric *metric, size_t label)
{
    return metric->labels[label] != NULL ? metric->labels[label]->first : 0;
}

static void write_all_series(struct buf *body, const struct metric *metric,
                             const struct stats *stats)
{
    struct series series = {.metric = metric, .numbers = (const uint64_t *)stats + metric->place};
    size_t *places = series.places;

    for (places[0] = first_of(metric, 0); places[0] < count_of(metric, 0); places[0]++)
        for (places[1] = first_of(metric, 1); places[1] < count_of(metric, 1); places[1]++)
            KINDS[metric->kind].write(body, &series);
}

void metrics_write(struct buf *body, const struct stats *stats, const char *version)
{
    for (size_t i = 0; i < ARRAY_LEN(METRICS); i++) {
        const struct metric *metric = &METRICS[i];

        buf_printf(body, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                   KINDS[metric->kind].type);
        if (metric->kind == INFO)
            buf_printf(body, "%s{version=\"%s\"} 1\n", metric->name, version);
        else
            write_all_series(body, metric, stats);
    }
}

static void write_version(struct buf *body, const struct stats *stats, int64_t number)
{
    buf_printf(body, "mobync_version_syncs_total{version=\"%" PRId64 "\"} %" PRIu64 "\n", number,
               stats->versions[number % VERSIONS_SPAN]);
}

void metrics_write_versions(struct buf *body, const struct stats *stats,
                            const struct versions *versions)
{
    static const char NAME[] = "mobync_version_syncs_total";

    buf_printf(body, "# HELP %s Syncs that succeeded, by the app's version.\n# TYPE %s counter\n",
               NAME, NAME);
    for (size_t i = 0; i < versions->count; i++)
        write_version(body, stats, versions->items[i].number);
    write_version(body, stats, versions->newest);
}

enum rc metrics_route(struct http_app *app, struct exchange *exchange, struct fail *fail)
{
    const struct metrics_source *source = &app->settings.metrics;
    struct stats sum;

    (void)fail;
    source->read(source->context, &sum);
    measure_database(app, &sum);
    reply_text(exchange->reply, CONTENT_TYPE);
    metrics_write(exchange->reply->body, &sum, source->version);
    if (app->settings.mapping->versions != NULL)
        metrics_write_versions(exchange->reply->body, &sum, app->settings.mapping->versions);
    return RC_OK;
}
