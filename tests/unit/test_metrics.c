/* The text for Prometheus: what an exchange adds, which line it comes to, and the form of all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "metrics.h"
#include "stats.h"

static struct buf text;

static const char *written(const struct stats *stats)
{
    struct version items[VERSIONS_SPAN - 1];

    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        items[i] = (struct version){.number = (int64_t)i + 1};
    buf_clear(&text);
    metrics_write(&text, stats, "1.2.3");
    metrics_write_versions(&text, stats, &(struct versions){items, ARRAY_LEN(items), 32, 32, {0}});
    assert_false(text.overflow);
    return text.data;
}

/* A whole line of what is written now. */
static void expect_line(const char *line)
{
    const size_t len = strlen(line);

    for (const char *at = text.data; (at = strstr(at, line)) != NULL; at++)
        if ((at == text.data || at[-1] == '\n') && at[len] == '\n')
            return;
    fail_msg("no line %s", line);
}

static void every_fact_has_its_line(void **state)
{
    const struct stats_request request = {.route = STATS_SYNC,
                                          .status = 503,
                                          .sent = false,
                                          .bytes_in = 100,
                                          .bytes_out = 200,
                                          .duration_us = 2500000};
    struct stats stats = {
        .errors = {[FAIL_SERVER_BUSY] = 1},
        .syncs = {[STATS_RESEND] = 1},
        .diffs_in = {[DIFF_CREATE] = 2, [DIFF_DELETE] = 1},
        .diffs_out = {[DIFF_UPDATE] = 4},
        .rejected = {[FAIL_INVALID_DATA] = 5},
        .versions = {[2] = 9, [0] = 8},
        .known = 3,
        .contested = {[STATS_CLIENT] = 6, [STATS_SERVER] = 7},
        .retries = {[FAIL_CAUSE_DEADLOCK] = 2},
        .connects = 1,
        .connects_failed = 8,
    };
    static const char *const LINES[] = {
        "mobync_requests_total{route=\"/sync\",status=\"503\"} 1",
        "mobync_requests_total{route=\"/sync\",status=\"200\"} 0",
        "mobync_requests_total{route=\"other\",status=\"other\"} 0",
        "mobync_errors_total{code=\"SERVER_BUSY\"} 1",
        "mobync_unsent_answers_total 1",
        "mobync_request_bytes_total 100",
        "mobync_response_bytes_total 200",
        "mobync_request_duration_seconds_bucket{route=\"/sync\",le=\"2\"} 0",
        "mobync_request_duration_seconds_bucket{route=\"/sync\",le=\"5\"} 1",
        "mobync_request_duration_seconds_bucket{route=\"/sync\",le=\"+Inf\"} 1",
        "mobync_request_duration_seconds_sum{route=\"/sync\"} 2.500000",
        "mobync_request_duration_seconds_count{route=\"/sync\"} 1",
        "mobync_request_duration_seconds_count{route=\"/healthz\"} 0",
        "mobync_transaction_duration_seconds_bucket{le=\"0.001\"} 0",
        "mobync_transaction_duration_seconds_bucket{le=\"0.002\"} 1",
        "mobync_transaction_duration_seconds_sum 0.001500",
        "mobync_syncs_total{kind=\"pull\"} 0",
        "mobync_syncs_total{kind=\"resend\"} 1",
        "mobync_version_syncs_total{version=\"2\"} 9",
        "mobync_version_syncs_total{version=\"32\"} 8",
        "mobync_diffs_received_total{type=\"create\"} 2",
        "mobync_diffs_received_total{type=\"delete\"} 1",
        "mobync_diffs_sent_total{type=\"update\"} 4",
        "mobync_known_diffs_total 3",
        "mobync_contested_fields_total{winner=\"client\"} 6",
        "mobync_contested_fields_total{winner=\"server\"} 7",
        "mobync_rejected_diffs_total{code=\"INVALID_DATA\"} 5",
        "mobync_transaction_retries_total{cause=\"deadlock\"} 2",
        "mobync_database_connects_total 1",
        "mobync_database_connect_failures_total 8",
        "mobync_device_lag_seconds_bucket{le=\"604800\"} 1",
        "mobync_device_lag_seconds_bucket{le=\"1209600\"} 2",
        "mobync_device_lag_seconds_bucket{le=\"+Inf\"} 3",
        "mobync_device_lag_seconds_sum 101209600",
        "mobync_device_lag_seconds_count 3",
        "mobync_device_lag_last_time_seconds{gt=\"604800\"} 1600000000",
        "mobync_device_lag_last_time_seconds{gt=\"1209600\"} 1500000000",
        "mobync_device_lag_last_time_seconds{gt=\"94608000\"} 1500000000",
        "mobync_build_info{version=\"1.2.3\"} 1",
    };

    (void)state;
    stats_add_request(&stats, &request);
    stats_observe(&stats.transaction_time, 1500);
    stats_observe_lag(&stats, 0, 1400000000);
    stats_observe_lag(&stats, 100000000, 1500000000);
    stats_observe_lag(&stats, 1209600, 1600000000);
    assert_int_equal(stats_requests(&stats), 1);
    (void)written(&stats);
    for (size_t i = 0; i < ARRAY_LEN(LINES); i++)
        expect_line(LINES[i]);
    assert_null(strstr(text.data, "kind=\"none\""));
    assert_null(strstr(text.data, "state=\"vacant\""));
}

static void what_the_master_counts(void **state)
{
    const struct stats stats = {
        .restarts = {[STATS_TIMEOUT] = 2},
        .reloads_failed = 3,
        .reload_successful = 1,
        .generation = 4,
        .workers_wanted = 8,
        .start_time_s = 1604114123,
        .workers = {[STATS_IDLE] = 7, [STATS_LEAVING] = 1},
        .outbox_entries = 5,
        .outbox_age_s = STATS_UNKNOWN,
        .history_diffs = 17,
        .history_bytes = STATS_UNKNOWN,
        .history_keep_s = 2592000,
        .history_deletes_s = STATS_FOREVER,
        .compaction_lag_s = 61,
        .oldest_diff_time_s = 1600000000,
        .housekeeping_elected = 1,
        .housekeeper_restarts = 6,
    };

    (void)state;
    (void)written(&stats);
    expect_line("mobync_worker_restarts_total{cause=\"timeout\"} 2");
    expect_line("mobync_config_reload_failures_total 3");
    expect_line("mobync_config_last_reload_successful 1");
    expect_line("mobync_config_generation 4");
    expect_line("mobync_workers_wanted 8");
    expect_line("mobync_start_time_seconds 1604114123");
    expect_line("mobync_workers{state=\"idle\"} 7");
    expect_line("mobync_outbox_entries 5");
    expect_line("mobync_outbox_oldest_age_seconds NaN");
    expect_line("mobync_history_diffs 17");
    expect_line("mobync_history_bytes NaN");
    expect_line("mobync_history_keep_seconds 2592000");
    expect_line("mobync_history_deletes_seconds +Inf");
    expect_line("mobync_compaction_lag_seconds 61");
    expect_line("mobync_history_oldest_diff_time_seconds 1600000000");
    expect_line("mobync_housekeeper_elected 1");
    expect_line("mobync_housekeeper_restarts_total 6");
    expect_line("mobync_workers{state=\"leaving\"} 1");
}

static void odd_exchanges_find_a_place(void **state)
{
    static const struct {
        enum stats_route route;
        int status;
        int64_t duration_us;
        const char *line;
    } ROWS[] = {
        {STATS_ELSEWHERE, 413, 0, "mobync_requests_total{route=\"other\",status=\"413\"} 1"},
        {STATS_ELSEWHERE, 404, 0, "mobync_requests_total{route=\"other\",status=\"404\"} 1"},
        {STATS_HEALTHZ, 418, 0, "mobync_requests_total{route=\"/healthz\",status=\"other\"} 1"},
        {STATS_METRICS, 200, 500,
         "mobync_request_duration_seconds_bucket{route=\"/metrics\",le=\"0.0005\"} 1"},
        {STATS_METRICS, 200, 501,
         "mobync_request_duration_seconds_bucket{route=\"/metrics\",le=\"0.0005\"} 0"},
        {STATS_SYNC, 200, 31000000,
         "mobync_request_duration_seconds_bucket{route=\"/sync\",le=\"30\"} 0"},
        {STATS_SYNC, 200, 31000000,
         "mobync_request_duration_seconds_bucket{route=\"/sync\",le=\"+Inf\"} 1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct stats stats = {0};

        stats_add_request(&stats, &(struct stats_request){.route = ROWS[i].route,
                                                          .status = ROWS[i].status,
                                                          .sent = true,
                                                          .duration_us = ROWS[i].duration_us});
        (void)written(&stats);
        expect_line(ROWS[i].line);
    }
}

/* Each number of the stats moves exactly one series (two of a histogram's: itself and those above
 * it): no member is forgotten, and none is told twice. */
static void every_number_is_told(void **state)
{
    struct stats zero = {0};
    char *before = strdup(written(&zero));

    (void)state;
    for (size_t place = 0; place < STATS_NUMBERS; place++) {
        struct stats one = {0};
        const bool hidden = place == STATS_PLACE(workers) + STATS_VACANT;

        ((uint64_t *)&one)[place] = 1;
        if ((strcmp(written(&one), before) == 0) != hidden)
            fail_msg("number %zu is %s", place, hidden ? "told" : "not told");
    }
    free(before);
}

static int setup(void **state)
{
    (void)state;
    buf_init(&text, (size_t)256 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_has_its_line),
        cmocka_unit_test(what_the_master_counts),
        cmocka_unit_test(odd_exchanges_find_a_place),
        cmocka_unit_test(every_number_is_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
