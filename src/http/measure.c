/* What the database holds, for operators: how much other SQL has written that no device was told
 * of, and the history. measure_database() asks at most once a second, and nothing whose cost grows
 * with what is there. */
#include "clock.h"
#include "exchange.h"

static void ask_database(struct http_app *app, int64_t now_us)
{
    struct synchronizer *s = app->settings.synchronizer;
    struct measured *measured = &app->measured;
    struct fail fail = {0};

    measured->measured_us = now_us;
    measured->outbox_rc = s->ops->changes->measure(s, OUTBOX_COUNTED, &measured->outbox, &fail);
    measured->history_rc = s->ops->measure_history(s, &measured->history, &fail);
}

static uint64_t age_s(int64_t oldest_ms)
{
    const int64_t now_ms = clock_now_ms();

    return oldest_ms > 0 && oldest_ms < now_ms ? (uint64_t)(now_ms - oldest_ms) / 1000 : 0;
}

static uint64_t term_s(int64_t term_ms)
{
    return term_ms == COMPACTION_FOREVER ? STATS_FOREVER : (uint64_t)term_ms / 1000;
}

void measure_database(struct http_app *app, struct stats *sum)
{
    const struct measured *measured = &app->measured;
    const int64_t now_us = clock_monotonic_us();

    if (measured->measured_us == 0 || now_us - measured->measured_us >= ASKED_AGAIN_US)
        ask_database(app, now_us);
    sum->history_keep_s = term_s(app->settings.history.keep_ms);
    sum->history_deletes_s = term_s(app->settings.history.deletes_ms);
    sum->outbox_entries = sum->outbox_age_s = STATS_UNKNOWN;
    sum->history_diffs = sum->history_summaries = sum->history_bytes = STATS_UNKNOWN;
    if (measured->outbox_rc == RC_OK) {
        sum->outbox_entries = measured->outbox.entries;
        sum->outbox_age_s = age_s(measured->outbox.oldest_ms);
    }
    if (measured->history_rc == RC_OK) {
        sum->history_diffs = (uint64_t)measured->history.diffs;
        sum->history_summaries = (uint64_t)measured->history.summaries;
        sum->history_bytes = (uint64_t)measured->history.bytes;
    }
}
