/* What `mobync status` prints, as tables and as one JSON object; TOTALS lists what is counted. */
#include "status_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_print.h"
#include "plural.h"
#include "table.h"
#include "terminal.h"

#define JSON_MAX_BYTES ((size_t)1024 * 1024)
#define MIB            (1024.0 * 1024.0)
#define DAY_S          ((int64_t)86400)

/* A number shown as total and rate: the sum of some places of the stats. */
static const struct total {
    const char *name; /* with spaces; JSON has _ in their place */
    size_t place;
    size_t count;
} TOTALS[] = {
    {"pulls", STATS_PLACE(syncs) + STATS_PULL, 1},
    {"pushes", STATS_PLACE(syncs) + STATS_PUSH, 1},
    {"resends", STATS_PLACE(syncs) + STATS_RESEND, 1},
    {"requests", STATS_PLACE(requests),
     sizeof(((struct stats *)NULL)->requests) / sizeof(uint64_t)},
    {"errors", STATS_PLACE(errors), FAIL_CODES},
    {"diffs received", STATS_PLACE(diffs_in), DIFF_TYPES},
    {"diffs sent", STATS_PLACE(diffs_out), DIFF_TYPES},
    {"rejected diffs", STATS_PLACE(rejected), FAIL_CODES},
    {"retries", STATS_PLACE(retries), FAIL_CAUSES},
    {"bytes in", STATS_PLACE(bytes_in), 1},
    {"bytes out", STATS_PLACE(bytes_out), 1},
    {"diffs of other SQL", STATS_PLACE(drained), 1},
    {"owners drained", STATS_PLACE(housekeeping_owners), 1},
    {"owners reconciled", STATS_PLACE(reconciled), 1},
    {"diffs compacted", STATS_PLACE(compacted_diffs), 1},
    {"devices from long ago", STATS_PLACE(returns), STATS_RETURNS},
    {"pokes", STATS_PLACE(pokes), 1},
    {"webhook calls", STATS_PLACE(webhook_calls), 1},
    {"webhook failures", STATS_PLACE(webhook_failures), 1},
    {"first syncs", STATS_PLACE(first_syncs), 1},
    {"database connects", STATS_PLACE(connects), 1},
    {"worker restarts", STATS_PLACE(restarts), STATS_RESTARTS},
};

static uint64_t total_of(const struct status_report *report, const struct total *total)
{
    const uint64_t *numbers = (const uint64_t *)&report->sum + total->place;
    uint64_t sum = 0;

    for (size_t i = 0; i < total->count; i++)
        sum += numbers[i];
    return sum;
}

/* The status query itself is a connection to the master, not a request: it is not counted. */
static double rate_of(const struct status *status, const struct total *total)
{
    const int64_t passed_ms = status->now.now_ms - status->before.now_ms;

    if (passed_ms <= 0)
        return 0;
    return (double)(total_of(&status->now, total) - total_of(&status->before, total)) * 1000 /
           (double)passed_ms;
}

static int64_t uptime_s(const struct status_report *report)
{
    return report->now_ms / 1000 - (int64_t)report->sum.start_time_s;
}

static int64_t outbox_age_s(const struct status *status)
{
    const int64_t oldest_ms = status->outbox.oldest_ms;
    const int64_t age_ms = status->now.now_ms - oldest_ms;

    return oldest_ms > 0 && age_ms > 0 ? age_ms / 1000 : 0;
}

static const char *worker_group_name(const struct status_report_worker *worker)
{
    return worker->leaving ? "leaving" : "current";
}

static void print_head(const struct status_report *report)
{
    char started[TERMINAL_TIME_SIZE];

    terminal_time((int64_t)report->sum.start_time_s * 1000, started);
    printf("mobync %s, pid %" PRId64 ", since %s (%" PRId64 " s)\n"
           "on %s, configuration %" PRIu64 "%s\n\n",
           report->version, report->master_pid, started, uptime_s(report), report->listen,
           report->sum.generation,
           report->sum.reload_successful ? "" : "; the last one read was faulty and is not used");
}

static void print_database(const struct status_report *report)
{
    if (report->database[0] != '\0')
        printf("database at %s\n", report->database);
    else
        printf("database not used yet\n");
}

static bool is_elected(const struct status_report *report)
{
    return report->housekeeper_pid != 0 && report->sum.housekeeping_elected != 0;
}

static void print_housekeeper(const struct status_report *report)
{
    const uint64_t round_s = report->sum.housekeeping_round_time_s;
    char moment[TERMINAL_TIME_SIZE];

    terminal_time((int64_t)round_s * 1000, moment);
    if (report->housekeeper_pid == 0)
        printf("housekeeping by nobody: the process has ended, and is started again\n");
    else if (!is_elected(report))
        printf("housekeeping not here: pid %" PRId64 " waits until it is elected\n",
               report->housekeeper_pid);
    else
        printf("housekeeping by pid %" PRId64 ", the last round ended %s\n",
               report->housekeeper_pid, moment);
}

static void print_notifier(const struct status_report *report)
{
    if (report->notifier_pid != 0)
        printf("webhook called by pid %" PRId64 ", %" PRIu64 " owners wait, %" PRIu64
               " changes lost\n",
               report->notifier_pid, report->sum.webhook_waiting, report->sum.webhook_lost);
}

static void print_outbox(const struct status *status)
{
    const struct outbox_size *outbox = &status->outbox;
    const char *about = outbox->estimated ? "about " : "";
    const char *least = outbox->estimated ? "at least " : "";

    if (!status->outbox_known)
        printf("outbox unknown: the database does not respond\n");
    else if (outbox->entries == 0)
        printf("outbox empty\n");
    else
        printf("outbox %s%" PRIu64 " entr%s, the oldest %s%" PRId64 " s old\n", about,
               outbox->entries, outbox->entries == 1 ? "y" : "ies", least, outbox_age_s(status));
}

static void print_history(const struct status *status)
{
    const struct history_size *size = &status->history;
    const uint64_t walk_s = status->now.sum.compaction_walk_time_s;
    char moment[TERMINAL_TIME_SIZE];

    terminal_time((int64_t)walk_s * 1000, moment);
    if (status->history_known)
        printf("history about %" PRId64 " diff%s and %" PRId64 " %s, %.1f MiB with indexes\n",
               size->diffs, plural((uint64_t)size->diffs), size->summaries,
               size->summaries == 1 ? "summary" : "summaries", (double)size->bytes / MIB);
    else
        printf("history unknown: the database does not respond\n");
    if (walk_s > 0)
        printf("compaction was through with all owners %s\n", moment);
}

/* In whole days, or the next smaller unit: 30 d. */
static void print_duration(const char *before, int64_t s)
{
    static const struct {
        int64_t s;
        const char *name;
    } UNITS[] = {{DAY_S, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t unit = 0;

    while (s < UNITS[unit].s && unit + 1 < ARRAY_LEN(UNITS))
        unit++;
    printf("%s%" PRId64 " %s", before, s / UNITS[unit].s, UNITS[unit].name);
}

static void print_term(const char *before, int64_t term_ms)
{
    if (term_ms == COMPACTION_FOREVER)
        printf("%sforever", before);
    else
        print_duration(before, term_ms / 1000);
}

static int64_t oldest_diff_s(const struct status_report *report)
{
    const int64_t stored_s = (int64_t)report->sum.oldest_diff_time_s;
    const int64_t now_s = report->now_ms / 1000;

    return stored_s > 0 && stored_s < now_s ? now_s - stored_s : 0;
}

static void print_horizon(const struct status *status)
{
    const struct status_report *report = &status->now;

    print_term("history keeps diffs for ", status->terms.keep_ms);
    print_term(", deletes for ", status->terms.deletes_ms);
    if (report->sum.oldest_diff_time_s > 0)
        print_duration("; the oldest diff is of ", oldest_diff_s(report));
    if (report->sum.oldest_diff_time_s > 0)
        printf(" ago");
    if (report->sum.compaction_walk_time_s > 0)
        print_duration(", folded with a delay of at most ", (int64_t)report->sum.compaction_lag_s);
    printf("\n\n");
}

static void print_moves(const struct status *status)
{
    const size_t between = status->survey.between;

    if (!status->has_shards)
        return;
    if (!status->survey_known)
        printf("owners between shards unknown: the database does not respond\n");
    else if (between == 0)
        printf("no owner between shards\n");
    else
        printf(
            "%zu owner%s between shards, such as %.*s: unless 'mobync move-owner' is at work, run "
            "it again\n",
            between, plural(between), TEXT_ARG(status->survey.between_owner));
}

static void print_totals(const struct status *status)
{
    static const struct table_column COLUMNS[] = {
        {"", 30, false},
        {"TOTAL", 24, true},
        {"A SECOND", 24, true},
    };
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < ARRAY_LEN(TOTALS); i++) {
        table_row(&table);
        table_cell(&table, text_of(TOTALS[i].name));
        table_format(&table, "%" PRIu64, total_of(&status->now, &TOTALS[i]));
        table_format(&table, "%.1f", rate_of(status, &TOTALS[i]));
    }
    table_print(&table);
    table_release(&table);
}

static void print_workers(const struct status *status)
{
    static const struct table_column COLUMNS[] = {
        {"SLOT", 6, true},    {"PID", 10, true},         {"CONFIG", 8, false},
        {"STATE", 10, false}, {"FOR SECONDS", 16, true}, {"REQUESTS", 24, true},
    };
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < status->now.worker_count; i++) {
        const struct status_report_worker *worker = &status->workers[i];

        table_row(&table);
        table_integer(&table, (int64_t)worker->slot);
        table_integer(&table, worker->pid);
        table_cell(&table, text_of(worker_group_name(worker)));
        table_cell(&table, text_of(stats_stage_name(worker->stage)));
        table_format(&table, "%.3f", (double)worker->age_us / 1e6);
        table_integer(&table, (int64_t)worker->requests);
    }
    table_print(&table);
    table_release(&table);
}

static void print_errors(const struct status_report *report)
{
    static const struct table_column COLUMNS[] = {
        {"LAST ERRORS", 24, false},
        {"CODE", 32, false},
        {"REQUEST ID", 72, false},
    };
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < report->error_count; i++) {
        char moment[TERMINAL_TIME_MS_SIZE];

        terminal_time_ms(report->errors[i].time_ms, moment);
        table_row(&table);
        table_cell(&table, text_of(moment));
        table_cell(&table, text_of(report->errors[i].code));
        table_cell(&table, text_of(report->errors[i].request_id));
    }
    table_print(&table);
    table_release(&table);
}

/* Syncs of devices that were further behind than the bound. */
static uint64_t lagging(const struct status_report *report, size_t bound)
{
    uint64_t count = 0;

    for (size_t i = bound + 1; i < STATS_BUCKETS; i++)
        count += report->sum.lag.buckets[i];
    return count;
}

/* Of less than a day nobody asks, nor what is behind the first bound that no device exceeds. */
static void print_lags(const struct status_report *report)
{
    static const struct table_column COLUMNS[] = {
        {"DAYS BEHIND, MORE THAN", 30, true},
        {"SYNCS", 24, true},
        {"THE LAST", 24, false},
    };
    bool any = true;
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; any && i < STATS_LAGS; i++) {
        const uint64_t last_s = report->sum.lag_time_s[i];
        char moment[TERMINAL_TIME_SIZE] = "-";

        if (stats_lag_bucket_s(i) < DAY_S)
            continue;
        any = last_s > 0;
        if (any)
            terminal_time((int64_t)last_s * 1000, moment);
        table_row(&table);
        table_integer(&table, stats_lag_bucket_s(i) / DAY_S);
        table_format(&table, "%" PRIu64, lagging(report, i));
        table_cell(&table, text_of(moment));
    }
    table_print(&table);
    table_release(&table);
    putchar('\n');
}

static uint64_t version_total(const struct status *status, int64_t number)
{
    return status->now.sum.versions[number % VERSIONS_SPAN];
}

static double version_rate(const struct status *status, int64_t number)
{
    const uint64_t before = status->before.sum.versions[number % VERSIONS_SPAN];
    const double elapsed_ms = (double)(status->now.now_ms - status->before.now_ms);

    return elapsed_ms > 0 ? (double)(version_total(status, number) - before) * 1000 / elapsed_ms
                          : 0;
}

static void print_version(struct table *table, const struct status *status, int64_t number,
                          const char *state)
{
    table_row(table);
    table_format(table, "version %" PRId64 "%s", number, state);
    table_format(table, "%" PRIu64, version_total(status, number));
    table_format(table, "%.1f", version_rate(status, number));
}

static void print_versions(const struct status *status)
{
    static const struct table_column COLUMNS[] = {
        {"SYNCS OF THE APP'S", 30, false},
        {"TOTAL", 24, true},
        {"A SECOND", 24, true},
    };
    const struct versions *versions = status->versions;
    struct table table;

    table_init(&table, COLUMNS, ARRAY_LEN(COLUMNS));
    for (size_t i = 0; i < versions->count; i++)
        print_version(&table, status, versions->items[i].number,
                      versions->items[i].retired ? ", retired" : "");
    print_version(&table, status, versions->newest, ", the newest");
    table_print(&table);
    table_release(&table);
}

void status_print_tables(const struct status *status)
{
    print_head(&status->now);
    print_database(&status->now);
    print_housekeeper(&status->now);
    print_notifier(&status->now);
    print_moves(status);
    print_outbox(status);
    print_history(status);
    print_horizon(status);
    print_totals(status);
    putchar('\n');
    print_lags(&status->now);
    if (status->versions != NULL) {
        print_versions(status);
        putchar('\n');
    }
    print_workers(status);
    if (status->now.error_count == 0)
        return;
    putchar('\n');
    print_errors(&status->now);
}

static void add_totals(struct buf *json, const struct status *status)
{
    json_print_key(json, "totals");
    buf_add_char(json, '{');
    for (size_t i = 0; i < ARRAY_LEN(TOTALS); i++) {
        buf_add_str(json, i > 0 ? ",\"" : "\"");
        for (const char *at = TOTALS[i].name; *at != '\0'; at++)
            buf_add(json, *at == ' ' ? "_" : at, 1);
        buf_printf(json, "\":{\"total\":%" PRIu64 ",\"per_second\":%.1f}",
                   total_of(&status->now, &TOTALS[i]), rate_of(status, &TOTALS[i]));
    }
    buf_add_char(json, '}');
}

static void add_version(struct buf *json, const struct status *status, int64_t number, bool retired,
                        bool first)
{
    buf_add_str(json, first ? "{" : ",{");
    json_print_integer(json, "version", number);
    json_print_bool(json, "retired", retired);
    json_print_integer(json, "syncs", (int64_t)version_total(status, number));
    buf_add_char(json, '}');
}

static void add_versions(struct buf *json, const struct status *status)
{
    const struct versions *versions = status->versions;

    if (versions == NULL)
        return;
    json_print_key(json, "versions");
    buf_add_char(json, '[');
    for (size_t i = 0; i < versions->count; i++)
        add_version(json, status, versions->items[i].number, versions->items[i].retired, i == 0);
    add_version(json, status, versions->newest, false, versions->count == 0);
    buf_add_char(json, ']');
}

static void add_outbox(struct buf *json, const struct status *status)
{
    json_print_key(json, "outbox");
    if (!status->outbox_known) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    json_print_integer(json, "entries", (int64_t)status->outbox.entries);
    json_print_bool(json, "estimated", status->outbox.estimated);
    json_print_integer(json, "oldest_age_s", outbox_age_s(status));
    buf_add_char(json, '}');
}

static void add_history(struct buf *json, const struct status *status)
{
    json_print_key(json, "history");
    if (!status->history_known) {
        buf_add_str(json, "null");
        return;
    }
    buf_add_char(json, '{');
    json_print_integer(json, "diffs", status->history.diffs);
    json_print_integer(json, "summaries", status->history.summaries);
    json_print_integer(json, "bytes", status->history.bytes);
    buf_add_char(json, '}');
}

static void add_term(struct buf *json, const char *key, int64_t term_ms)
{
    if (term_ms == COMPACTION_FOREVER)
        json_print_raw(json, key, TEXT_LITERAL(""));
    else
        json_print_integer(json, key, term_ms / 1000);
}

static void add_horizon(struct buf *json, const struct status *status)
{
    const struct stats *sum = &status->now.sum;

    json_print_key(json, "horizon");
    buf_add_char(json, '{');
    add_term(json, "keep_s", status->terms.keep_ms);
    add_term(json, "deletes_s", status->terms.deletes_ms);
    json_print_integer(json, "oldest_diff", (int64_t)sum->oldest_diff_time_s);
    json_print_integer(json, "compaction_lag_s", (int64_t)sum->compaction_lag_s);
    buf_add_char(json, '}');
}

static void add_lags(struct buf *json, const struct status_report *report)
{
    json_print_key(json, "device_lags");
    buf_add_char(json, '[');
    for (size_t i = 0; i < STATS_LAGS; i++) {
        buf_add_str(json, i > 0 ? ",{" : "{");
        json_print_integer(json, "more_than_s", stats_lag_bucket_s(i));
        json_print_integer(json, "syncs", (int64_t)lagging(report, i));
        json_print_integer(json, "last", (int64_t)report->sum.lag_time_s[i]);
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
}

static void add_housekeeper(struct buf *json, const struct status_report *report)
{
    const struct stats *sum = &report->sum;

    json_print_key(json, "housekeeper");
    buf_add_char(json, '{');
    json_print_integer(json, "pid", report->housekeeper_pid);
    json_print_bool(json, "elected", is_elected(report));
    json_print_integer(json, "last_round", (int64_t)sum->housekeeping_round_time_s);
    json_print_integer(json, "rounds", (int64_t)sum->housekeeping_rounds);
    json_print_integer(json, "failures", (int64_t)sum->housekeeping_failures);
    json_print_integer(json, "drained_owners", (int64_t)sum->housekeeping_owners);
    json_print_integer(json, "restarts", (int64_t)sum->housekeeper_restarts);
    json_print_integer(json, "compaction_walks", (int64_t)sum->compaction_walks);
    json_print_integer(json, "last_compaction_walk", (int64_t)sum->compaction_walk_time_s);
    json_print_integer(json, "forgotten_ids", (int64_t)sum->compacted_ids);
    json_print_integer(json, "forgotten_tombstones", (int64_t)sum->compacted_tombstones);
    buf_add_char(json, '}');
}

static void add_notifier(struct buf *json, const struct status_report *report)
{
    const struct stats *sum = &report->sum;

    json_print_key(json, "notifier");
    buf_add_char(json, '{');
    json_print_integer(json, "pid", report->notifier_pid);
    json_print_integer(json, "waiting", (int64_t)sum->webhook_waiting);
    json_print_integer(json, "calls", (int64_t)sum->webhook_calls);
    json_print_integer(json, "failures", (int64_t)sum->webhook_failures);
    json_print_integer(json, "lost", (int64_t)sum->webhook_lost);
    json_print_integer(json, "restarts", (int64_t)sum->notifier_restarts);
    buf_add_char(json, '}');
}

static void add_workers(struct buf *json, const struct status *status)
{
    json_print_key(json, "workers");
    buf_add_char(json, '[');
    for (size_t i = 0; i < status->now.worker_count; i++) {
        const struct status_report_worker *worker = &status->workers[i];

        buf_add_str(json, i > 0 ? ",{" : "{");
        json_print_integer(json, "slot", (int64_t)worker->slot);
        json_print_integer(json, "pid", worker->pid);
        json_print_text(json, "config", text_of(worker_group_name(worker)));
        json_print_text(json, "state", text_of(stats_stage_name(worker->stage)));
        json_print_integer(json, "for_ms", worker->age_us / 1000);
        json_print_integer(json, "requests", (int64_t)worker->requests);
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
}

static void add_errors(struct buf *json, const struct status_report *report)
{
    json_print_key(json, "last_errors");
    buf_add_char(json, '[');
    for (size_t i = 0; i < report->error_count; i++) {
        buf_add_str(json, i > 0 ? ",{" : "{");
        json_print_integer(json, "time_ms", report->errors[i].time_ms);
        json_print_text(json, "code", text_of(report->errors[i].code));
        json_print_text(json, "request_id", text_of(report->errors[i].request_id));
        buf_add_char(json, '}');
    }
    buf_add_char(json, ']');
}

void status_print_json(const struct status *status)
{
    const struct status_report *now = &status->now;
    struct buf json;

    buf_init(&json, JSON_MAX_BYTES);
    buf_add_char(&json, '{');
    json_print_text(&json, "version", text_of(now->version));
    json_print_text(&json, "listen", text_of(now->listen));
    if (now->database[0] != '\0')
        json_print_text(&json, "database", text_of(now->database));
    else
        json_print_raw(&json, "database", TEXT_LITERAL(""));
    json_print_integer(&json, "pid", now->master_pid);
    json_print_integer(&json, "started", (int64_t)now->sum.start_time_s);
    json_print_integer(&json, "uptime_s", uptime_s(now));
    json_print_integer(&json, "config_generation", (int64_t)now->sum.generation);
    json_print_bool(&json, "last_reload_successful", now->sum.reload_successful);
    json_print_integer(&json, "workers_wanted", (int64_t)now->sum.workers_wanted);
    add_housekeeper(&json, now);
    add_notifier(&json, now);
    if (status->survey_known)
        json_print_integer(&json, "owners_between_shards", (int64_t)status->survey.between);
    else
        json_print_raw(&json, "owners_between_shards", TEXT_LITERAL(""));
    add_outbox(&json, status);
    add_history(&json, status);
    add_horizon(&json, status);
    add_lags(&json, now);
    add_versions(&json, status);
    add_totals(&json, status);
    add_workers(&json, status);
    add_errors(&json, now);
    buf_add_str(&json, "}\n");
    json_print_flush(&json);
    buf_release(&json);
}
